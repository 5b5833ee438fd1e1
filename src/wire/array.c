/* Array cells: PostgreSQL's binary form and its literal ('{1,NULL,"a,b"}') <-> cells of the elements, and text.
 *
 * The happy path: the value is copied into the rows' arena once, so that every element can end in a NUL of its own; then the
 * elements are cells like any other, with the type of the elements.
 * The failure modes: an array that is cut off, has impossible dimensions or counts, or is of another element type: AQ_EPROTOCOL on
 * the rows. Nothing is allocated for elements that the bytes at hand cannot hold. */
#include "src/wire/array_text.h"
#include "src/wire/value.h"

static bool fail_form(const aq_cell_t *cell)
{
    const char *name = aq__type_name(cell->type);

    aq__cell_fail_form(cell, name != NULL ? name : "array");
    return false;
}

/* Room for the elements. */
static aq_cell_t *make_items(const aq_cell_t *cell, size_t count)
{
    aq_arena_t *arena = aq__cell_arena(cell);
    aq_cell_t *items =
        arena != NULL ? aq_arena_calloc(arena, count + 1, sizeof(*items)) : NULL; /* never NULL for 0 */

    if (arena != NULL && items == NULL)
        aq__cell_fail_last(cell);
    return items;
}

/* An element: the cell of the array, except for what differs. */
static aq_cell_t item_of(const aq_cell_t *cell, const aq__array_t *array, const char *data, int32_t length)
{
    aq_cell_t item = *cell;

    item.type = array->element;
    item.data = length >= 0 ? data : NULL;
    item.length = length;
    return item;
}

/* ---- Binary ------------------------------------------------------------------------------------------------------------------------ */

/* array_send(): dimensions, flags, element type; per dimension size and lower bound; per element length (-1: NULL) and bytes. */
static bool read_header(const aq_cell_t *cell, aq__array_t *array, size_t *size)
{
    const char *data = cell->data;
    size_t length = (size_t)cell->length;
    uint32_t dimensions = length >= 12 ? aq__load32(data) : UINT32_MAX;

    if (dimensions > AQ__ARRAY_DIMENSIONS || length < 12 + 8 * (size_t)dimensions)
        return false;
    if (aq__load32(data + 8) != array->element)
        return false;
    array->dimensions = (int)dimensions;
    array->count = dimensions > 0;
    *size = 12 + 8 * (size_t)dimensions;
    for (uint32_t i = 0; i < dimensions; i++) {
        uint32_t elements = aq__load32(data + 12 + 8 * i);

        array->sizes[i] = elements;
        array->lower[i] = (int32_t)aq__load32(data + 16 + 8 * i);
        if (elements > length / 4) /* each needs four bytes; so the product below cannot overflow */
            return false;
        array->count *= elements;
        if (array->count > (length - *size) / 4)
            return false;
    }
    return true;
}

static bool read_binary(const aq_cell_t *cell, aq__array_t *array)
{
    aq_cell_t *items;
    size_t at;
    char *bytes;

    if (!read_header(cell, array, &at))
        return fail_form(cell);
    items = make_items(cell, array->count);
    bytes = items != NULL ? aq__cell_copy(cell, cell->data, (size_t)cell->length) : NULL;
    if (bytes == NULL)
        return false;
    for (size_t i = 0; i < array->count; i++) {
        size_t left = (size_t)cell->length - at;
        int32_t length = left >= 4 ? (int32_t)aq__load32(cell->data + at) : -2;

        if (length < -1 || (length > 0 && (size_t)length > left - 4))
            return fail_form(cell);
        bytes[at] = '\0'; /* ends the element before */
        at += 4;
        items[i] = item_of(cell, array, bytes + at, length);
        at += length > 0 ? (size_t)length : 0;
    }
    array->items = items;
    return at == (size_t)cell->length || fail_form(cell);
}

/* ---- Text -------------------------------------------------------------------------------------------------------------------------- */

typedef struct {
    const aq_cell_t *cell;
    aq__array_t *array;
    const char *at;
    char *to;         /* where the next element's text goes; NULL: elements are only counted */
    aq_cell_t *items; /* NULL likewise */
    int depth;
    bool wants_value;                           /* after a brace or a comma */
    bool opened;                                /* after a brace: it may be closed at once */
    int64_t children[AQ__ARRAY_DIMENSIONS + 1]; /* of the braces open at each depth */
} scan_t;

static bool is_space(char character)
{
    return character == ' ' || (character >= '\t' && character <= '\r');
}

static void skip_spaces(scan_t *scan)
{
    while (is_space(*scan->at))
        scan->at++;
}

static bool is_null_word(const char *word, size_t length)
{
    return length == 4 && (word[0] | 0x20) == 'n' && (word[1] | 0x20) == 'u' && (word[2] | 0x20) == 'l' &&
           (word[3] | 0x20) == 'l';
}

static void put(scan_t *scan, char character)
{
    if (scan->to != NULL)
        *scan->to++ = character;
}

/* One element's text, to its end; the length without escapes and surrounding spaces, -1: NULL, -2: cut off. */
static int64_t scan_element(scan_t *scan)
{
    bool quoted = *scan->at == '"', escaped = false;
    const char *first = scan->at;
    int64_t length = 0, spaces = 0;

    for (scan->at += quoted; quoted ? *scan->at != '"' : strchr(",{}", *scan->at) == NULL; scan->at++) {
        escaped |= *scan->at == '\\';
        scan->at += *scan->at == '\\';
        if (*scan->at == '\0')
            return -2;
        spaces = is_space(*scan->at) && !quoted ? spaces + 1 : 0;
        length++;
        put(scan, *scan->at);
    }
    scan->at += quoted;
    if (!quoted && *scan->at == '\0')
        return -2;
    if (scan->to != NULL)
        scan->to -= spaces;
    put(scan, '\0');
    return !quoted && !escaped && is_null_word(first, (size_t)(length - spaces)) ? -1 : length - spaces;
}

static bool take_element(scan_t *scan)
{
    aq__array_t *array = scan->array;
    const char *text = scan->to;
    int64_t length;

    if (!scan->wants_value || scan->depth == 0 || (array->count > 0 && array->dimensions != scan->depth))
        return false;
    length = scan_element(scan);
    if (length < -1)
        return false;
    array->dimensions = scan->depth;
    if (scan->items != NULL)
        scan->items[array->count] = item_of(scan->cell, array, text, (int32_t)length);
    array->count++;
    scan->children[scan->depth]++;
    scan->wants_value = scan->opened = false;
    return true;
}

static bool open_brace(scan_t *scan)
{
    if (!scan->wants_value || scan->depth == AQ__ARRAY_DIMENSIONS)
        return false;
    scan->children[++scan->depth] = 0;
    scan->opened = true;
    scan->at++;
    return true;
}

/* Braces side by side must hold the same number. */
static bool close_brace(scan_t *scan)
{
    int64_t *size;

    if (scan->depth == 0 || (scan->wants_value && !scan->opened))
        return false;
    size = &scan->array->sizes[scan->depth - 1];
    if (*size >= 0 && *size != scan->children[scan->depth])
        return false;
    *size = scan->children[scan->depth];
    scan->children[--scan->depth]++;
    scan->wants_value = scan->opened = false;
    scan->at++;
    return true;
}

static bool take_comma(scan_t *scan)
{
    if (scan->wants_value || scan->depth == 0)
        return false;
    scan->wants_value = true;
    scan->at++;
    return true;
}

/* "[0:2][1:3]=": the bounds are in the text already, nobody else asks for them. */
static void skip_bounds(scan_t *scan)
{
    size_t length = strspn(scan->at, "[]:+-0123456789");

    if (*scan->at == '[' && scan->at[length] == '=')
        scan->at += length + 1;
}

static bool scan_text(scan_t *scan)
{
    bool good = true;

    scan->array->count = 0;
    scan->array->dimensions = 0;
    for (int i = 0; i < AQ__ARRAY_DIMENSIONS; i++)
        scan->array->sizes[i] = -1;
    scan->wants_value = true;
    scan->opened = false;
    scan->depth = 0;
    skip_bounds(scan);
    do {
        skip_spaces(scan);
        switch (*scan->at) {
        case '{': good = open_brace(scan); break;
        case '}': good = close_brace(scan); break;
        case ',': good = take_comma(scan); break;
        default: good = take_element(scan); break;
        }
    } while (good && scan->depth > 0);
    return good && *scan->at == '\0' && scan->at == scan->cell->data + scan->cell->length;
}

static bool read_text(const aq_cell_t *cell, aq__array_t *array)
{
    scan_t count = {.cell = cell, .array = array, .at = cell->data}, take = count;

    if (!scan_text(&count))
        return fail_form(cell);
    take.items = make_items(cell, array->count);
    take.to = take.items != NULL ? aq__cell_copy(cell, cell->data, (size_t)cell->length) : NULL;
    if (take.to == NULL)
        return false;
    (void)scan_text(&take);
    array->items = take.items;
    return true;
}

/* ---- Both -------------------------------------------------------------------------------------------------------------------------- */

/* An array type that is not ours (of an enum, of a domain) comes as text; its elements then have no type. */
static bool may_be_array(const aq_cell_t *cell, const aq__array_t *array)
{
    if (array->element != 0)
        return true;
    return !cell->binary && aq__type_name(cell->type) == NULL && (*cell->data == '{' || *cell->data == '[');
}

bool aq__array_read(const aq_cell_t *cell, aq__array_t *array)
{
    bool good;

    *array = (aq__array_t){.element = aq__type_element(cell->type)};
    if (cell->length < 0 || !may_be_array(cell, array)) {
        aq__cell_fail_type(cell, "array");
        return false;
    }
    good = cell->binary ? read_binary(cell, array) : read_text(cell, array);
    if (array->count == 0)
        array->dimensions = 0;
    return good;
}

aq_cells_t aq_as_array(aq_cell_t cell)
{
    aq_cells_t cells = {NULL, 0, 0};
    aq__array_t array;

    if (aq__array_read(&cell, &array))
        cells = (aq_cells_t){array.items, array.count, (size_t)array.dimensions};
    return cells;
}

/* ---- Binary to text ---------------------------------------------------------------------------------------------------------------- */

/* array_out() quotes what could be read as something else. */
static bool needs_quotes(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (strchr("\"\\{},", text[i]) != NULL || is_space(text[i]))
            return true;
    return length == 0 || is_null_word(text, length);
}

static void append_quoted(aq_text_t *text, const char *element, size_t length)
{
    aq_text_append_char(text, '"');
    for (size_t i = 0; i < length; i++) {
        if (element[i] == '"' || element[i] == '\\')
            aq_text_append_char(text, '\\');
        aq_text_append_char(text, element[i]);
    }
    aq_text_append_char(text, '"');
}

void aq__array_append_element(aq_text_t *text, const aq_text_t *element)
{
    if (needs_quotes(aq_text_string(element), element->length))
        append_quoted(text, element->data, element->length);
    else
        aq_text_append_bytes(text, element->data, element->length);
    text->failed |= element->failed;
}

static int append_element(aq_text_t *text, aq_text_t *scratch, const aq_cell_t *item)
{
    int error;

    if (item->length < 0) {
        aq_text_append(text, "NULL");
        return AQ_OK;
    }
    aq_text_clear(scratch);
    error = aq__binary_append(scratch, item->type, item->data, (size_t)item->length);
    aq__array_append_element(text, scratch);
    return error;
}

static void append_bounds(aq_text_t *text, const aq__array_t *array)
{
    bool ordinary = true;

    for (int i = 0; i < array->dimensions; i++)
        ordinary &= array->lower[i] == 1;
    for (int i = 0; i < array->dimensions && !ordinary; i++)
        aq_text_appendf(text, "[%lld:%lld]%s", (long long)array->lower[i],
                        array->lower[i] + (long long)array->sizes[i] - 1,
                        i + 1 < array->dimensions ? "" : "=");
}

size_t aq__array_edges(const aq__array_t *array, size_t i)
{
    size_t edges = 0, block = 1;

    for (int k = array->dimensions - 1; k >= 0; k--) {
        block *= (size_t)array->sizes[k];
        edges += i % block == 0;
    }
    return edges;
}

static void append_times(aq_text_t *text, char character, size_t times)
{
    while (times-- > 0)
        aq_text_append_char(text, character);
}

int aq__array_append(aq_text_t *text, const aq_cell_t *cell)
{
    aq_text_t scratch = {0};
    aq__array_t array;
    int error = AQ_OK;

    if (!aq__array_read(cell, &array))
        return AQ_EPROTOCOL;
    append_bounds(text, &array);
    if (array.count == 0)
        aq_text_append(text, "{}");
    for (size_t i = 0; i < array.count && error == 0; i++) {
        size_t edges = aq__array_edges(&array, i);

        if (i > 0) {
            append_times(text, '}', edges);
            aq_text_append_char(text, ',');
        }
        append_times(text, '{', edges);
        error = append_element(text, &scratch, &array.items[i]);
    }
    if (array.count > 0)
        append_times(text, '}', (size_t)array.dimensions);
    aq_text_dispose(&scratch);
    return error;
}
