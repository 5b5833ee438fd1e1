/* Names in expressions: columns, tables, types and sequences that a text without a tree mentions, and what they are called from now on.
 *
 * The happy path: what stands beside a name tells what it is: users.age, 'sad'::blog.mood, nextval('s'). A name with a schema is that of the schema; one
 * without is what the search path finds, or, where it finds nothing, the one that is asked for. The failure mode is no memory. */
#include <strings.h>

#include "src/schema/ddl.h"
#include "src/schema/naming.h"
#include "src/schema/read_sql-private.h"

/* An expression, cut into tokens, and what is looked for in it. */
typedef struct text {
    const aq__sql_reader_t *reader;
    const char *sql;
    const aq__sql_thing_t *thing;
    const char *spelt[2]; /* a sequence, in a literal: with its schema, and without */
    aq__sql_statement_t statement;
} text_t;

static const char *spell(aq__sql_reader_t *reader, const char *schema, const char *name)
{
    aq_text_t text = {0};
    const char *spelt;

    aq__name_append_qualified(&text, schema, name);
    spelt = text.failed ? NULL : aq_arena_strdup(reader->scratch, aq_text_string(&text));
    aq_text_dispose(&text);
    return spelt;
}

static int cut(aq__sql_reader_t *reader, const char *sql, const aq__sql_thing_t *thing, text_t *text)
{
    aq__sql_lexer_t lexer = {.text = sql, .length = strlen(sql)};
    bool end;

    *text = (text_t){reader, sql, thing, {NULL, NULL}, {.what = AQ__SQL_STATEMENT}};
    if (thing->kind == AQ__SQL_SEQUENCE) {
        text->spelt[0] = spell(reader, thing->schema != NULL ? thing->schema : "public", thing->name);
        text->spelt[1] = spell(reader, NULL, thing->name);
        if (text->spelt[0] == NULL || text->spelt[1] == NULL)
            return AQ_ENOMEM;
    }
    return aq__sql_next(&lexer, reader->scratch, &text->statement, &end);
}

/* Most expressions do not, which is seen without cutting them. A name with quotes in it is written in another way than it is. */
static bool may_mention(const char *sql, const aq__sql_thing_t *thing)
{
    size_t length = strlen(thing->name);

    if (strpbrk(thing->name, "\"'") != NULL)
        return true;
    for (; *sql != '\0'; sql++)
        if (strncasecmp(sql, thing->name, length) == 0)
            return true;
    return false;
}

/* A character or a keyword; no token is none. */
static bool is(const text_t *text, size_t token, const char *word)
{
    return token < text->statement.count && aq__sql_is(text->sql, &text->statement.tokens[token], word);
}

/* In quotes, of which two are one inside. */
static bool is_quoted(const char *start, size_t length, const char *name)
{
    for (size_t i = 1; i + 1 < length; i++) {
        if (*name++ != start[i])
            return false;
        i += start[i] == *start;
    }
    return *name == '\0';
}

/* Whether the token is this name: as a word it is folded to lower case. */
static bool is_name(const char *sql, const aq__sql_token_t *token, const char *name)
{
    size_t length = token->end - token->start;
    const char *start = sql + token->start;

    if (token->kind == AQ__SQL_QUOTED)
        return *start == '"' && is_quoted(start, length, name);
    if (token->kind != AQ__SQL_WORD)
        return false;
    for (size_t i = 0; i < length; i++)
        if (name[i] != (start[i] >= 'A' && start[i] <= 'Z' ? start[i] + ('a' - 'A') : start[i]))
            return false;
    return name[length] == '\0';
}

/* The first token of schema.name, whose last one this is. */
static size_t first_of(const text_t *text, size_t token)
{
    return token >= 2 && is(text, token - 1, ".") ? token - 2 : token;
}

/* A column, and not a function, a type or a key of a composite of the same name. */
static bool is_column(const text_t *text, size_t token, const char *column)
{
    return is_name(text->sql, &text->statement.tokens[token], column) && !is(text, token + 1, "(") &&
           (token == 0 || !is(text, token - 1, ":"));
}

/* The table in users.age or blog.users.age, and not a schema of the same name: blog.mood in a cast, blog.f(). */
static bool is_table(const text_t *text, size_t token, const char *table)
{
    size_t first = first_of(text, token);

    return is_name(text->sql, &text->statement.tokens[token], table) && is(text, token + 1, ".") &&
           token + 2 < text->statement.count && !is(text, token + 3, "(") &&
           (first == 0 || (!is(text, first - 1, ":") && !is(text, first - 1, "as")));
}

/* Which schema a type without one is of; `schema` where none is known. */
static bool finds_type(const aq__sql_reader_t *reader, const char *schema, const char *name)
{
    const char *found = reader->path_count > 0 ? schema : NULL;

    aq__sql_find_type(reader, name, &found);
    return aq__same_text(found, schema);
}

/* The type in 'sad'::mood, 'sad'::blog.mood, CAST('sad' AS mood) or mood 'sad'. */
static bool is_type(const text_t *text, size_t token, const aq__sql_thing_t *type)
{
    const aq__sql_token_t *tokens = text->statement.tokens;
    size_t first = first_of(text, token);
    bool cast = first > 0 && (is(text, first - 1, ":") || is(text, first - 1, "as"));
    bool literal = token + 1 < text->statement.count && tokens[token + 1].kind == AQ__SQL_STRING &&
                   !is(text, first, "escape");

    if (!is_name(text->sql, &tokens[token], type->name) || (!cast && !literal))
        return false;
    return first < token ? is_name(text->sql, &tokens[first], type->schema != NULL ? type->schema : "public")
                         : finds_type(text->reader, type->schema, type->name);
}

/* As finds_type() for sequences. Those of columns are found by their tables. */
static bool finds_sequence(const aq__sql_reader_t *reader, const aq__sql_thing_t *sequence)
{
    const aq__sequence_t *found = aq__sql_find_sequence(reader, NULL, sequence->name);

    return found == NULL || aq__same_text(found->schema, sequence->schema);
}

/* The sequence in nextval('blog.s'), or 's'::regclass. */
static bool is_sequence(const text_t *text, size_t token)
{
    const aq__sql_token_t *string = &text->statement.tokens[token];
    const char *start = text->sql + string->start;
    size_t type = is(text, token + 3, "pg_catalog") ? token + 5 : token + 3,
           length = string->end - string->start;
    bool drawn = token >= 2 && is(text, token - 1, "(") &&
                 (is(text, token - 2, "nextval") || is(text, token - 2, "currval"));

    return string->kind == AQ__SQL_STRING && *start == '\'' &&
           (drawn || (is(text, token + 1, ":") && is(text, type, "regclass"))) &&
           (is_quoted(start, length, text->spelt[0]) ||
            (is_quoted(start, length, text->spelt[1]) && finds_sequence(text->reader, text->thing)));
}

static bool is_thing(const text_t *text, size_t token)
{
    switch (text->thing->kind) {
    case AQ__SQL_COLUMN: return is_column(text, token, text->thing->name);
    case AQ__SQL_TABLE: return is_table(text, token, text->thing->name);
    case AQ__SQL_TYPE: return is_type(text, token, text->thing);
    case AQ__SQL_SEQUENCE: return is_sequence(text, token);
    }
    return false;
}

int aq__sql_mentions(aq__sql_reader_t *reader, const char *expression, const aq__sql_thing_t *thing,
                     bool *mentions)
{
    text_t text;

    *mentions = false;
    if (expression == NULL || !may_mention(expression, thing))
        return AQ_OK;
    if (cut(reader, expression, thing, &text) != AQ_OK)
        return AQ_ENOMEM;
    for (size_t i = 0; i < text.statement.count && !*mentions; i++)
        *mentions = is_thing(&text, i);
    return AQ_OK;
}

/* A table needs no schema, since only the one that the expression is of can be meant. */
static void append_new(aq_text_t *sql, const aq__sql_thing_t *thing)
{
    aq_text_t name = {0};

    if (thing->kind != AQ__SQL_SEQUENCE) {
        aq__name_append_qualified(sql, thing->kind == AQ__SQL_TYPE ? thing->schema : NULL, thing->name);
        return;
    }
    aq__name_append_qualified(&name, thing->schema, thing->name);
    aq__ddl_literal(sql, aq_text_string(&name));
    sql->failed = sql->failed || name.failed;
    aq_text_dispose(&name);
}

/* The expression with other names in it. */
static void append_renamed(aq_text_t *sql, const text_t *text, const aq__sql_thing_t *to)
{
    const aq__sql_token_t *tokens = text->statement.tokens;
    bool qualified = to->kind == AQ__SQL_TABLE || to->kind == AQ__SQL_TYPE;
    size_t copied = 0;

    for (size_t i = 0; i < text->statement.count; i++) {
        size_t start = tokens[qualified ? first_of(text, i) : i].start;

        if (!is_thing(text, i))
            continue;
        aq_text_append_bytes(sql, text->sql + copied, start - copied);
        append_new(sql, to);
        copied = tokens[i].end;
    }
    aq_text_append(sql, text->sql + copied);
}

int aq__sql_rename_in(aq__sql_reader_t *reader, const char **expression, const aq__sql_thing_t *from,
                      const aq__sql_thing_t *to)
{
    const char *renamed;
    text_t text;
    aq_text_t sql = {0};

    if (*expression == NULL || !may_mention(*expression, from))
        return AQ_OK;
    if (cut(reader, *expression, from, &text) != AQ_OK)
        return AQ_ENOMEM;
    append_renamed(&sql, &text, to);
    renamed = sql.failed ? NULL : aq_arena_strdup(reader->metadata->arena, aq_text_string(&sql));
    aq_text_dispose(&sql);
    if (renamed == NULL)
        return AQ_ENOMEM;
    *expression = renamed;
    return AQ_OK;
}

/* ---- The search path ------------------------------------------------------------------------------------------------------ */

static bool is_on_path(const aq__sql_reader_t *reader, const char *schema)
{
    for (size_t i = 0; i < reader->path_count; i++)
        if (aq__same_text(reader->path[i], schema))
            return true;
    return false;
}

/* By its name alone, if that is what the search path finds. */
static int qualify(aq__sql_reader_t *reader, const char **expression, const aq__sql_thing_t *thing)
{
    return thing->schema != NULL && is_on_path(reader, thing->schema)
               ? aq__sql_rename_in(reader, expression, thing, thing)
               : AQ_OK;
}

static int qualify_types(aq__sql_reader_t *reader, const char **expression)
{
    const aq__metadata_t *metadata = reader->metadata;
    int code = AQ_OK;

    for (size_t i = 0; i < metadata->enum_count && code == AQ_OK; i++)
        code =
            qualify(reader, expression,
                    &(aq__sql_thing_t){AQ__SQL_TYPE, metadata->enums[i]->schema, metadata->enums[i]->name});
    for (size_t i = 0; i < reader->type_count && code == AQ_OK; i++)
        code = qualify(reader, expression,
                       &(aq__sql_thing_t){AQ__SQL_TYPE, reader->types[i].schema, reader->types[i].name});
    return code;
}

static int qualify_column_sequence(aq__sql_reader_t *reader, const char **expression,
                                   const aq__column_t *column)
{
    const aq__sql_thing_t sequence = {AQ__SQL_SEQUENCE, column->table->schema,
                                      aq__sql_column_sequence(reader, column)};

    if (sequence.name == NULL)
        return AQ_ENOMEM;
    return qualify(reader, expression, &sequence);
}

static int qualify_sequences(aq__sql_reader_t *reader, const char **expression)
{
    const aq__metadata_t *metadata = reader->metadata;
    int code = AQ_OK;

    for (size_t i = 0; i < metadata->sequence_count && code == AQ_OK; i++)
        code = qualify(reader, expression,
                       &(aq__sql_thing_t){AQ__SQL_SEQUENCE, metadata->sequences[i]->schema,
                                          metadata->sequences[i]->name});
    for (size_t i = 0; i < metadata->table_count; i++)
        for (size_t j = 0; j < metadata->tables[i]->column_count && code == AQ_OK; j++)
            if (metadata->tables[i]->columns[j]->autoincrement == AQ_SERIAL)
                code = qualify_column_sequence(reader, expression, metadata->tables[i]->columns[j]);
    return code;
}

/* Whether the search path is more than public. */
static bool has_other_path(const aq__sql_reader_t *reader)
{
    for (size_t i = 0; i < reader->path_count; i++)
        if (reader->path[i] != NULL)
            return true;
    return false;
}

const char *aq__sql_expression(aq__sql_reader_t *reader, size_t from, size_t end)
{
    const char *expression = aq__sql_slice(reader, from, end);

    if (expression == NULL || !has_other_path(reader))
        return expression;
    if (qualify_types(reader, &expression) != AQ_OK)
        return NULL;
    if (strstr(expression, "'") != NULL && qualify_sequences(reader, &expression) != AQ_OK)
        return NULL;
    return expression;
}
