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

const char *aq__sql_in_brackets(aq__sql_reader_t *reader, int location, const char *word)
{
    size_t count = reader->statement.count;
    size_t at = aq__sql_find(reader, aq__sql_token_at(reader, location), count, word);
    size_t open = aq__sql_find(reader, at, count, "(");

    return aq__sql_expression(reader, open < count ? open + 1 : count, aq__sql_close(reader, open));
}
