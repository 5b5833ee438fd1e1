/* Tokens as text again: expressions the way their author wrote them.
 *
 * The tree says where a clause starts, not where it ends; the tokens do. Comments go, and each run of white space becomes one space, so that a
 * check over three lines is one line. */
#include "src/schema/naming.h"
#include "src/schema/read_sql-private.h"

size_t aq__sql_token_at(const aq__sql_reader_t *reader, int location)
{
    const aq__sql_statement_t *statement = &reader->statement;
    size_t at = statement->start + (location > 0 ? (size_t)location : 0);
    size_t token = 0;

    while (token < statement->count && statement->tokens[token].start < at)
        token++;
    return token;
}

bool aq__sql_token_is(const aq__sql_reader_t *reader, size_t token, const char *word)
{
    return token < reader->statement.count &&
           aq__sql_is(reader->text, &reader->statement.tokens[token], word);
}

static bool opens(const aq__sql_reader_t *reader, size_t token)
{
    return aq__sql_token_is(reader, token, "(") || aq__sql_token_is(reader, token, "[");
}

static bool closes(const aq__sql_reader_t *reader, size_t token)
{
    return aq__sql_token_is(reader, token, ")") || aq__sql_token_is(reader, token, "]");
}

size_t aq__sql_find(const aq__sql_reader_t *reader, size_t from, size_t end, const char *word)
{
    size_t open = 0;

    for (size_t i = from; i < end; i++) {
        if (open == 0 && aq__sql_token_is(reader, i, word))
            return i;
        if (opens(reader, i))
            open++;
        else if (closes(reader, i) && open > 0)
            open--;
    }
    return end;
}

size_t aq__sql_close(const aq__sql_reader_t *reader, size_t open)
{
    size_t depth = 0;

    for (size_t i = open; i < reader->statement.count; i++) {
        if (opens(reader, i))
            depth++;
        else if (closes(reader, i) && --depth == 0)
            return i;
    }
    return reader->statement.count;
}

/* An open bracket's worth of tokens more, at a time. */
size_t aq__sql_expression_end(const aq__sql_reader_t *reader, size_t from)
{
    size_t end = from;

    while (end < reader->statement.count && !closes(reader, end) && !aq__sql_token_is(reader, end, ","))
        end = opens(reader, end) ? aq__sql_close(reader, end) + 1 : end + 1;
    return end < reader->statement.count ? end : reader->statement.count;
}

static void append_tokens(aq_text_t *text, const aq__sql_reader_t *reader, size_t from, size_t end)
{
    const aq__sql_token_t *tokens = reader->statement.tokens;

    for (size_t i = from; i < end; i++) {
        if (i > from && tokens[i].start > tokens[i - 1].end)
            aq_text_append_char(text, ' ');
        aq_text_append_bytes(text, reader->text + tokens[i].start, tokens[i].end - tokens[i].start);
    }
}

static const char *keep(aq_arena_t *arena, aq_text_t *text)
{
    const char *kept = text->failed ? NULL : aq_arena_strdup(arena, aq_text_string(text));

    aq_text_dispose(text);
    return kept;
}

const char *aq__sql_slice(const aq__sql_reader_t *reader, size_t from, size_t end)
{
    size_t count = reader->statement.count;
    aq_text_t text = {0};

    append_tokens(&text, reader, from, end < count ? end : count);
    return keep(reader->metadata->arena, &text);
}

const char *aq__sql_in_brackets(const aq__sql_reader_t *reader, int location, const char *word)
{
    size_t count = reader->statement.count;
    size_t at = aq__sql_find(reader, aq__sql_token_at(reader, location), count, word);
    size_t open = aq__sql_find(reader, at, count, "(");

    return aq__sql_slice(reader, open < count ? open + 1 : count, aq__sql_close(reader, open));
}

/* ---- Names in expressions ---------------------------------------------------------------------------------------------------- */

/* Whether the token is this name: as a word it is folded to lower case. */
static bool is_name(const char *text, const aq__sql_token_t *token, const char *name)
{
    size_t length = token->end - token->start;
    const char *start = text + token->start;

    if (token->kind == AQ__SQL_WORD) {
        for (size_t i = 0; i < length; i++)
            if (name[i] != (start[i] >= 'A' && start[i] <= 'Z' ? start[i] + ('a' - 'A') : start[i]))
                return false;
        return name[length] == '\0';
    }
    if (token->kind != AQ__SQL_QUOTED || *start != '"')
        return false;
    for (size_t i = 1; i + 1 < length; i++) {
        if (*name++ != start[i])
            return false;
        i += start[i] == '"'; /* two of them are one */
    }
    return *name == '\0';
}

static int read_tokens(aq__sql_reader_t *reader, const char *expression, aq__sql_statement_t *statement)
{
    aq__sql_lexer_t lexer = {.text = expression, .length = strlen(expression)};
    bool end;

    *statement = (aq__sql_statement_t){.what = AQ__SQL_STATEMENT};
    return aq__sql_next(&lexer, reader->scratch, statement, &end);
}

/* A column, and not a function, a type or a key of a composite of the same name. */
static bool is_column(const char *expression, const aq__sql_statement_t *statement, size_t token,
                      const char *column)
{
    const aq__sql_token_t *tokens = statement->tokens;

    if (!is_name(expression, &tokens[token], column))
        return false;
    if (token + 1 < statement->count && aq__sql_is(expression, &tokens[token + 1], "("))
        return false;
    return token == 0 || !aq__sql_is(expression, &tokens[token - 1], ":");
}

/* The table in users.age; whether a schema stands before it or not. */
static bool is_table(const char *expression, const aq__sql_statement_t *statement, size_t token,
                     const char *table)
{
    return is_name(expression, &statement->tokens[token], table) && token + 2 < statement->count &&
           aq__sql_is(expression, &statement->tokens[token + 1], ".");
}

/* The type in 'sad'::mood, 'sad'::blog.mood or CAST('sad' AS mood). */
static bool is_type(const char *expression, const aq__sql_statement_t *statement, size_t token,
                    const char *type)
{
    const aq__sql_token_t *tokens = statement->tokens;
    size_t first = token >= 2 && aq__sql_is(expression, &tokens[token - 1], ".") ? token - 2 : token;

    return is_name(expression, &tokens[token], type) && first > 0 &&
           (aq__sql_is(expression, &tokens[first - 1], ":") ||
            aq__sql_is(expression, &tokens[first - 1], "as"));
}

static bool is_named(const char *expression, const aq__sql_statement_t *statement, size_t token,
                     aq__sql_named_t what, const char *name)
{
    switch (what) {
    case AQ__SQL_COLUMN: return is_column(expression, statement, token, name);
    case AQ__SQL_TABLE: return is_table(expression, statement, token, name);
    case AQ__SQL_TYPE: return is_type(expression, statement, token, name);
    }
    return false;
}

int aq__sql_mentions(aq__sql_reader_t *reader, const char *expression, const char *column, bool *mentions)
{
    aq__sql_statement_t statement;

    *mentions = false;
    if (expression == NULL)
        return AQ_OK;
    if (read_tokens(reader, expression, &statement) != AQ_OK)
        return AQ_ENOMEM;
    for (size_t i = 0; i < statement.count; i++)
        *mentions = *mentions || is_column(expression, &statement, i, column);
    return AQ_OK;
}

const char *aq__sql_rename_in(aq__sql_reader_t *reader, const char *expression, aq__sql_named_t what,
                              const char *from, const char *to)
{
    aq__sql_statement_t statement;
    aq_text_t text = {0};
    size_t copied = 0;

    if (read_tokens(reader, expression, &statement) != AQ_OK)
        return NULL;
    for (size_t i = 0; i < statement.count; i++) {
        if (!is_named(expression, &statement, i, what, from))
            continue;
        aq_text_append_bytes(&text, expression + copied, statement.tokens[i].start - copied);
        aq__name_append(&text, to);
        copied = statement.tokens[i].end;
    }
    aq_text_append(&text, expression + copied);
    return keep(reader->metadata->arena, &text);
}
