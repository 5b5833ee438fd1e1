/* Laying out C.
 *
 * The happy path: what fits into the line stays in it. Else the arguments of a call fill lines, what stands in braces gets a line each, and
 * strings are cut behind a space; an argument that needs several lines begins on one of its own. A list of five or more short entries
 * becomes columns, by the rule of clang-format.
 * The failure mode: no memory: the text says so. */
#include <limits.h>
#include <string.h>

#include "src/tool/layout.h"

enum { LIMIT = 110, INDENT = 4, NEVER = 1000000 };
enum { LITERAL_MOST = 4095 }; /* C11, 5.2.4.1 */

/* ---- Making ------------------------------------------------------------------------------------------------------------ */

const char *aq__make(aq__maker_t *maker, const char *format, ...)
{
    va_list arguments;
    const char *made;

    va_start(arguments, format);
    made = aq_arena_vprintf(maker->arena, format, arguments);
    va_end(arguments);
    maker->failed = maker->failed || made == NULL;
    return made != NULL ? made : "";
}

const char *aq__make_text(aq__maker_t *maker, aq_text_t *text)
{
    const char *made = text->failed ? NULL : aq_arena_strdup(maker->arena, aq_text_string(text));

    aq_text_dispose(text);
    maker->failed = maker->failed || made == NULL;
    return made != NULL ? made : "";
}

aq__node_t *aq__node(aq__maker_t *maker, aq__node_kind_t kind, const char *label, const char *text)
{
    aq__node_t *node = aq_arena_calloc(maker->arena, 1, sizeof(*node));

    maker->failed = maker->failed || node == NULL;
    maker->has_long_text =
        maker->has_long_text || (kind == AQ__STRING && text != NULL && strlen(text) > LITERAL_MOST);
    if (node != NULL)
        *node = (aq__node_t){.kind = kind, .label = label != NULL ? label : "", .text = text};
    return node;
}

aq__node_t *aq__node_add(aq__maker_t *maker, aq__node_t *parent, aq__node_kind_t kind, const char *label,
                         const char *text)
{
    aq__node_t *node = aq__node(maker, kind, label, text);

    aq__node_adopt(parent, node);
    return node;
}

void aq__node_adopt(aq__node_t *parent, aq__node_t *child)
{
    if (parent == NULL || child == NULL)
        return;
    if (parent->last != NULL)
        parent->last->next = child;
    else
        parent->first = child;
    parent->last = child;
    parent->count++;
}

/* ---- Strings ------------------------------------------------------------------------------------------------------------- */

/* The escape of one character; NULL: it stands for itself. Two question marks could be a trigraph. */
static const char *escape_of(char c, char before)
{
    switch (c) {
    case '"': return "\\\"";
    case '\\': return "\\\\";
    case '\n': return "\\n";
    case '\r': return "\\r";
    case '\t': return "\\t";
    case '?': return before == '?' ? "\\?" : NULL;
    default: return NULL;
    }
}

static bool is_control(char c)
{
    return (unsigned char)c < 0x20 || c == 0x7f;
}

/* Of the escaped text; octal, which has three digits at most. */
static void append_escaped(aq_text_t *text, const char *string, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        const char *escape = escape_of(string[i], i > 0 ? string[i - 1] : '\0');

        if (escape != NULL)
            aq_text_append(text, escape);
        else if (is_control(string[i]))
            aq_text_appendf(text, "\\%03o", (unsigned)(unsigned char)string[i]);
        else
            aq_text_append_char(text, string[i]);
    }
}

/* Columns that a UTF-8 character takes: most of East Asia takes two. */
static size_t character_width(const char *string, size_t *length)
{
    unsigned char lead = (unsigned char)string[0];

    *length = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    return (lead >= 0xe3 && lead <= 0xed) || lead == 0xf0 ? 2 : 1;
}

static size_t text_width(const char *string)
{
    size_t width = 0, length;

    for (; *string != '\0'; string += strnlen(string, length))
        width += character_width(string, &length);
    return width;
}

/* Of one character in a literal. */
static size_t escaped_width(const char *string, char before, size_t *length)
{
    const char *escape = escape_of(*string, before);

    *length = 1;
    if (escape != NULL)
        return strlen(escape);
    return is_control(*string) ? 4 : character_width(string, length);
}

/* The bytes of the next piece, which with its quotes takes `most` columns at most, and `last_most` if it is the last. It ends behind a line's
 * end, else behind the last space, else where it must. */
static size_t next_piece(const char *string, size_t most, size_t last_most)
{
    size_t at = 0, width = 2, space = 0, fits = 0, length;

    while (string[at] != '\0') {
        width += escaped_width(string + at, at > 0 ? string[at - 1] : '\0', &length);
        if (width > most)
            return space > 0 ? space : fits > 0 ? fits : length;
        at += strnlen(string + at, length);
        fits = at;
        if (string[at - 1] == '\n')
            return at;
        if (string[at - 1] == ' ' && string[at] != '\0')
            space = at;
    }
    return width <= last_most || space == 0 ? at : space;
}

static void append_piece(aq_text_t *text, const char *string, size_t length)
{
    aq_text_append_char(text, '"');
    append_escaped(text, string, length);
    aq_text_append_char(text, '"');
}

void aq__layout_append_string(aq_text_t *text, const char *string)
{
    append_piece(text, string, strlen(string));
}

void aq__layout_append_comment(aq_text_t *text, const char *string)
{
    for (size_t i = 0; string[i] != '\0'; i++) {
        if (i > 0 &&
            ((string[i - 1] == '*' && string[i] == '/') || (string[i - 1] == '/' && string[i] == '*')))
            aq_text_append_char(text, ' ');
        aq_text_append_char(text, is_control(string[i]) ? ' ' : string[i]);
    }
}

/* ---- Widths --------------------------------------------------------------------------------------------------------------- */

/* NEVER: it has lines. */
static size_t string_width(const char *string)
{
    size_t width = 2, length;
    const char *end = strchr(string, '\n');

    if (end != NULL && end[1] != '\0')
        return NEVER;
    for (char before = '\0'; *string != '\0'; before = *string, string += strnlen(string, length))
        width += escaped_width(string, before, &length);
    return width;
}

/* In one line. */
static size_t node_width(const aq__node_t *node)
{
    size_t width = strlen(node->label);

    if (node->kind == AQ__STRING)
        return width + string_width(node->text);
    width += node->text != NULL ? text_width(node->text) : 0;
    if (node->kind == AQ__ATOM)
        return width;
    for (const aq__node_t *child = node->first; child != NULL; child = child->next)
        width += node_width(child) + (child->next != NULL ? 2 : 0);
    return width + 2;
}

/* ---- Nodes ------------------------------------------------------------------------------------------------------------------ */

static void append_flat(aq_text_t *text, const aq__node_t *node)
{
    aq_text_append(text, node->label);
    if (node->kind == AQ__STRING)
        aq__layout_append_string(text, node->text);
    else
        aq_text_append(text, node->text);
    if (node->kind == AQ__ATOM || node->kind == AQ__STRING)
        return;
    aq_text_append_char(text, node->kind == AQ__CALL ? '(' : '{');
    for (const aq__node_t *child = node->first; child != NULL; child = child->next) {
        append_flat(text, child);
        aq_text_append(text, child->next != NULL ? ", " : "");
    }
    aq_text_append_char(text, node->kind == AQ__CALL ? ')' : '}');
}

static void append_break(aq_text_t *text, size_t column)
{
    aq_text_appendf(text, "\n%*s", (int)column, "");
}

static void append_pieces(aq_text_t *text, const char *string, size_t column, size_t tail)
{
    size_t room = column + 16 < LIMIT ? LIMIT - column : 16;
    size_t last_room = room > tail ? room - tail : 1, length;

    for (bool first = true; first || *string != '\0'; first = false, string += length) {
        if (!first)
            append_break(text, column);
        length = next_piece(string, room, last_room);
        append_piece(text, string, length);
    }
}

/* Fills lines. */
static void append_arguments(aq_text_t *text, const aq__node_t *node, size_t align, size_t tail)
{
    size_t column = align;
    bool broken = false;

    for (const aq__node_t *child = node->first; child != NULL; child = child->next) {
        size_t behind = child->next != NULL ? 1 : 1 + tail, width = node_width(child);

        if (child != node->first) {
            if (!broken && column + 1 + width + behind <= LIMIT) {
                aq_text_append_char(text, ' ');
                column++;
            } else {
                append_break(text, align);
                column = align;
            }
        }
        broken = column + width + behind > LIMIT;
        aq__layout_append(text, child, column, behind);
        aq_text_append(text, child->next != NULL ? "," : "");
        column += width + 1;
    }
}

/* One a line. */
static void append_members(aq_text_t *text, const aq__node_t *node, size_t align, size_t tail)
{
    for (const aq__node_t *child = node->first; child != NULL; child = child->next) {
        if (child != node->first)
            append_break(text, align);
        aq__layout_append(text, child, align, child->next != NULL ? 1 : 1 + tail);
        aq_text_append(text, child->next != NULL ? "," : "");
    }
}

/* ".columns =" and the rest in the next line, if that is enough. */
static bool append_below(aq_text_t *text, const aq__node_t *node, size_t column, size_t tail)
{
    size_t label = strlen(node->label);
    aq__node_t rest = *node;

    rest.label = "";
    if (node->kind != AQ__CALL || label == 0 || column + INDENT + node_width(&rest) + tail > LIMIT)
        return false;
    aq_text_append_bytes(text, node->label, label - 1);
    append_break(text, column + INDENT);
    append_flat(text, &rest);
    return true;
}

void aq__layout_append(aq_text_t *text, const aq__node_t *node, size_t column, size_t tail)
{
    size_t label = node != NULL ? strlen(node->label) : 0;

    if (node == NULL)
        return;
    if (node->kind == AQ__ATOM || column + node_width(node) + tail <= LIMIT) {
        append_flat(text, node);
        return;
    }
    if (append_below(text, node, column, tail))
        return;
    aq_text_append(text, node->label);
    if (node->kind == AQ__STRING) {
        append_pieces(text, node->text, column + label, tail);
        return;
    }
    aq_text_append(text, node->text);
    aq_text_append_char(text, node->kind == AQ__CALL ? '(' : '{');
    column += label + (node->text != NULL ? text_width(node->text) : 0) + 1;
    if (node->kind == AQ__CALL)
        append_arguments(text, node, column, tail);
    else
        append_members(text, node, column, tail);
    aq_text_append_char(text, node->kind == AQ__CALL ? ')' : '}');
}

/* ---- Lists ------------------------------------------------------------------------------------------------------------------- */

enum { MOST_COLUMNS = LIMIT / 3, FEWEST_ENTRIES = 5, GREATEST_DIFFERENCE = 10 };

/* How wide the columns are if there are `count` of them. False: entries of one differ too much, or the line is too short. */
static bool measure_columns(const aq__node_t *list, size_t count, size_t *sizes)
{
    size_t least[MOST_COLUMNS], column = 0, total = count - 1;

    if (count > list->count)
        return false;
    for (size_t i = 0; i < count; i++) {
        sizes[i] = 0;
        least[i] = SIZE_MAX;
    }
    for (const aq__node_t *entry = list->first; entry != NULL; entry = entry->next) {
        size_t width = node_width(entry) + 1;

        sizes[column] = width > sizes[column] ? width : sizes[column];
        least[column] = width < least[column] ? width : least[column];
        column = column + 1 < count ? column + 1 : 0;
    }
    for (size_t i = 0; i < count; i++) {
        if (i + 1 < count && sizes[i] - least[i] > GREATEST_DIFFERENCE)
            return false;
        total += sizes[i];
    }
    return total <= LIMIT - INDENT;
}

/* The fewest that give the fewest lines. */
static size_t choose_columns(const aq__node_t *list)
{
    size_t sizes[MOST_COLUMNS], best = 0, best_lines = 0;

    for (size_t count = MOST_COLUMNS; count > 1 && list->count >= FEWEST_ENTRIES; count--) {
        size_t lines = (list->count + count - 1) / count;

        if (!measure_columns(list, count, sizes))
            continue;
        if (best != 0 && lines > best_lines)
            break;
        best = count;
        best_lines = lines;
    }
    return best;
}

static void append_columns(aq_text_t *text, const aq__node_t *list, size_t count)
{
    size_t sizes[MOST_COLUMNS], column = 0;

    (void)measure_columns(list, count, sizes);
    for (const aq__node_t *entry = list->first; entry != NULL; entry = entry->next) {
        bool ends = column + 1 == count || entry->next == NULL;

        aq_text_appendf(text, "%*s", column == 0 ? INDENT : 1, "");
        append_flat(text, entry);
        aq_text_append_char(text, ',');
        if (ends)
            aq_text_append_char(text, '\n');
        else
            aq_text_appendf(text, "%*s", (int)(sizes[column] - node_width(entry) - 1), "");
        column = ends ? 0 : column + 1;
    }
}

/* Braces that need several lines are a block: a comma behind the last of them says so to clang-format. */
static void append_entry(aq_text_t *text, const aq__node_t *entry, size_t indent)
{
    aq_text_appendf(text, "%*s", (int)indent, "");
    if (entry->kind == AQ__BRACES && indent + node_width(entry) + 1 > LIMIT) {
        aq_text_appendf(text, "%s{\n", entry->label);
        for (const aq__node_t *child = entry->first; child != NULL; child = child->next)
            append_entry(text, child, indent + INDENT);
        aq_text_appendf(text, "%*s}", (int)indent, "");
    } else {
        aq__layout_append(text, entry, indent, 1);
    }
    aq_text_append(text, ",\n");
}

void aq__layout_append_list(aq_text_t *text, const char *head, const aq__node_t *list)
{
    size_t columns = list != NULL ? choose_columns(list) : 0;

    aq_text_appendf(text, "%s{\n", head);
    if (columns > 1)
        append_columns(text, list, columns);
    for (const aq__node_t *entry = columns > 1 || list == NULL ? NULL : list->first; entry != NULL;
         entry = entry->next)
        append_entry(text, entry, INDENT);
    aq_text_append(text, "};\n");
}
