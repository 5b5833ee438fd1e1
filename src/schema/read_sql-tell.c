/* What the reader says: problems with their places.
 *
 * The happy path: a location of the tree becomes line and column, and the words of the statement what was left out. The failure modes: no memory. */
#include <strings.h>

#include "src/schema/read_sql-private.h"

/* ---- Places ---------------------------------------------------------------------------------------------------------------- */

int aq__sql_index_lines(aq__sql_reader_t *reader)
{
    for (size_t at = 0; at <= reader->length; at++) {
        if (at > 0 && reader->text[at - 1] != '\n')
            continue;
        size_t *lines = aq__grow(reader->arena, reader->lines, reader->line_count, sizeof(*lines));

        if (lines == NULL)
            return AQ_ENOMEM;
        lines[reader->line_count++] = at;
        reader->lines = lines;
    }
    return AQ_OK;
}

/* Columns are characters, as editors count them. */
static aq__source_t place_of(const aq__sql_reader_t *reader, size_t at)
{
    size_t low = 0, high = reader->line_count;
    int column = 1;

    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;

        if (reader->lines[middle] <= at)
            low = middle;
        else
            high = middle;
    }
    for (size_t i = reader->lines[low]; i < at && i < reader->length; i++)
        column += ((unsigned char)reader->text[i] & 0xc0) != 0x80;
    return (aq__source_t){reader->file, (int)low + 1, column};
}

aq__source_t aq__sql_source(const aq__sql_reader_t *reader, int location)
{
    return place_of(reader, reader->statement.start + (location > 0 ? (size_t)location : 0));
}

const char *aq__sql_place(aq__sql_reader_t *reader, aq__source_t source)
{
    const char *place = source.file == NULL ? "elsewhere"
                                            : aq_arena_printf(reader->scratch, "%s:%d:%d", source.file,
                                                              source.line, source.column);

    return place != NULL ? place : "?"; /* the text of the problem is not there either then */
}

const char *aq__sql_described(aq__sql_reader_t *reader, const char *schema, const char *name)
{
    const char *text = schema != NULL ? aq_arena_printf(reader->scratch, "%s.%s", schema, name) : name;

    return text != NULL ? text : name;
}

static int add_problem(aq__sql_reader_t *reader, size_t at, const char *text)
{
    int code = aq__problem_add(reader->problems, place_of(reader, at), "%s", text);

    reader->wrong = true;
    return code == AQ_ENOMEM ? code : AQ_OK;
}

int aq__sql_tell(aq__sql_reader_t *reader, int location, const char *format, ...)
{
    va_list arguments;
    const char *text;

    va_start(arguments, format);
    text = aq_arena_vprintf(reader->scratch, format, arguments);
    va_end(arguments);
    if (text == NULL)
        return AQ_ENOMEM;
    return add_problem(reader, reader->statement.start + (location > 0 ? (size_t)location : 0), text);
}

/* For what comes a thousand times, as the rows of a table do. */
static int tell_once(aq__sql_reader_t *reader, const char *text)
{
    const char *key;

    if (aq__map_get(&reader->told_once, text, strlen(text)) != NULL)
        return AQ_OK;
    key = aq_arena_strdup(reader->arena, text);
    if (key == NULL || aq__map_put(&reader->told_once, key, strlen(key), reader) != AQ_OK)
        return AQ_ENOMEM;
    return add_problem(reader, reader->statement.start, text);
}

/* ---- What is left out -------------------------------------------------------------------------------------------------------- */

/* Words that may stand between the first one of a statement and the name of what it is about. */
static const char leading[] =
    " access aggregate alter as cast class collation column comment concurrently "
    "configuration constraint conversion copy create data database default delete dictionary "
    "domain drop event exists extension family for foreign from function global group if "
    "import index insert into label language local mapping materialized merge method not of "
    "on only operator or parser policy privileges procedural procedure publication recursive "
    "refresh replace role routine rule schema search security sequence server statistics "
    "subscription system table tablespace temp template temporary text transform trigger "
    "truncate trusted type unique unlogged update user view wrapper ";

static bool leads(const aq__sql_reader_t *reader, size_t token)
{
    const aq__sql_token_t *word = &reader->statement.tokens[token];
    size_t length = word->end - word->start;

    if (word->kind != AQ__SQL_WORD)
        return false;
    for (const char *at = strchr(leading, ' '); at[1] != '\0'; at = strchr(at + 1, ' '))
        if (strncasecmp(at + 1, reader->text + word->start, length) == 0 && at[length + 1] == ' ')
            return true;
    return false;
}

static bool is_name(const aq__sql_reader_t *reader, size_t token)
{
    return token < reader->statement.count && (reader->statement.tokens[token].kind == AQ__SQL_WORD ||
                                               reader->statement.tokens[token].kind == AQ__SQL_QUOTED);
}

/* Whether a name stands behind the first word, when nothing else leads. */
static bool names_something(const aq__sql_reader_t *reader)
{
    static const char *const words[] = {"call", "copy", "execute", "update", "truncate"};

    for (size_t i = 0; i < AQ__COUNT_OF(words); i++)
        if (aq__sql_token_is(reader, 0, words[i]))
            return true;
    return false;
}

/* "CREATE OR REPLACE VIEW blog.active": the words that lead, in capitals, and the name behind them. */
static void append_head(aq_text_t *text, const aq__sql_reader_t *reader)
{
    const aq__sql_token_t *tokens = reader->statement.tokens;
    size_t token = 0, end;

    for (; token < reader->statement.count && (token == 0 || leads(reader, token)); token++) {
        if (token > 0)
            aq_text_append_char(text, ' ');
        for (size_t i = tokens[token].start; i < tokens[token].end; i++) {
            char c = reader->text[i];

            aq_text_append_char(text, c >= 'a' && c <= 'z' ? (char)(c - ('a' - 'A')) : c);
        }
    }
    if ((token == 1 && !names_something(reader)) || !is_name(reader, token))
        return;
    for (end = token + 1; aq__sql_token_is(reader, end, ".") && is_name(reader, end + 1);)
        end += 2;
    aq_text_append_char(text, ' ');
    for (; token < end; token++)
        aq_text_append_bytes(text, reader->text + tokens[token].start,
                             tokens[token].end - tokens[token].start);
}

static int leave_out(aq__sql_reader_t *reader, const char *why, bool once)
{
    aq_text_t text = {0};
    int code = AQ_ENOMEM;

    append_head(&text, reader);
    aq_text_appendf(&text, ": %s; it is left out", why);
    if (!text.failed)
        code = once ? tell_once(reader, aq_text_string(&text))
                    : add_problem(reader, reader->statement.start, aq_text_string(&text));
    aq_text_dispose(&text);
    return code;
}

int aq__sql_leave_out(aq__sql_reader_t *reader, const char *why)
{
    return leave_out(reader, why, false);
}

int aq__sql_leave_out_once(aq__sql_reader_t *reader, const char *why)
{
    return leave_out(reader, why, true);
}
