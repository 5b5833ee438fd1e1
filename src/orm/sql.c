/* Statements of the user's own: with $1 ... or :name, on the bind that has their tables.
 *
 * The happy path: names become numbers, libpg_query parses the statement and tells its tables, the db's metadata tells where those are. The failure modes: several statements; both kinds of parameters; a value too many or too few; tables of several binds, and
 * syntax that this parser does not know: these two are no errors once aq_query_set_bind() has said where it runs. */
#include "src/orm/texts.h"
#include "src/schema/read_sql-private.h"
#include "src/wire/tree.h"

typedef struct reading {
    aq_arena_t *arena;
    const char *text;
    aq__sql_template_t *made;
    aq__sql_statement_t tokens;
    size_t copied;
    bool numbered;
    const char **commons; /* names of common table expressions: no tables */
    size_t common_count;
    int code;
} reading_t;

/* ---- Parameters --------------------------------------------------------------------------------------------------------------------------- */

static int add_piece(reading_t *reading, const aq__piece_t *piece, size_t from, size_t to)
{
    aq__piece_t before = {.kind = AQ__PIECE_TEXT, .text = reading->text + reading->copied};
    int code;

    before.length = from - reading->copied;
    reading->copied = to;
    code = aq__template_add(reading->arena, reading->made, &before);
    return code == AQ_OK ? aq__template_add(reading->arena, reading->made, piece) : code;
}

/* One more text in a list that doubles. */
static int push(aq_arena_t *arena, const char ***items, size_t count, const char *text)
{
    if (count == 0 || (count & (count - 1)) == 0) {
        const char **grown = aq_arena_calloc(arena, count != 0 ? 2 * count : 1, sizeof(*grown));

        if (grown == NULL)
            return AQ_ENOMEM;
        if (count != 0)
            memcpy(grown, *items, count * sizeof(*grown));
        *items = grown;
    }
    (*items)[count] = text;
    return AQ_OK;
}

static int find_name(reading_t *reading, const char *text, size_t length, size_t *number)
{
    aq__sql_template_t *made = reading->made;
    const char *name;
    int code;

    for (*number = 0; *number < made->name_count; (*number)++)
        if (strlen(made->names[*number]) == length && memcmp(made->names[*number], text, length) == 0)
            return AQ_OK;
    name = aq_arena_strndup(reading->arena, text, length);
    code = name != NULL ? push(reading->arena, &made->names, made->name_count, name) : AQ_ENOMEM;
    if (code == AQ_OK)
        made->parameter_count = ++made->name_count;
    return code;
}

/* Not the second half of "::", nor the upper bound of a slice, a[1:n]. */
static bool is_name(const reading_t *reading, size_t at)
{
    const aq__sql_token_t *tokens = reading->tokens.tokens;
    char before = tokens[at].start > 0 ? reading->text[tokens[at].start - 1] : ' ';

    return aq__sql_is(reading->text, &tokens[at], ":") && at + 1 < reading->tokens.count &&
           tokens[at + 1].start == tokens[at].end && tokens[at + 1].kind == AQ__SQL_WORD &&
           strchr(":])\"'_$", before) == NULL && !(before >= '0' && before <= '9') &&
           !((before | 0x20) >= 'a' && (before | 0x20) <= 'z') && (unsigned char)before < 0x80;
}

static bool is_number(const reading_t *reading, size_t at)
{
    const aq__sql_token_t *tokens = reading->tokens.tokens;

    return aq__sql_is(reading->text, &tokens[at], "$") && at + 1 < reading->tokens.count &&
           tokens[at + 1].start == tokens[at].end && tokens[at + 1].kind == AQ__SQL_NUMBER;
}

static int read_name(reading_t *reading, size_t at)
{
    const aq__sql_token_t *tokens = reading->tokens.tokens;
    aq__piece_t piece = {.kind = AQ__PIECE_PARAMETER, .text = reading->text + tokens[at].start};
    size_t length = tokens[at + 1].end - tokens[at + 1].start;
    int code = find_name(reading, reading->text + tokens[at + 1].start, length, &piece.number);

    piece.length = length + 1;
    return code == AQ_OK ? add_piece(reading, &piece, tokens[at].start, tokens[at + 1].end) : code;
}

static void read_number(reading_t *reading, size_t at)
{
    const char *digits = reading->text + reading->tokens.tokens[at].end;
    size_t number = 0;

    for (; *digits >= '0' && *digits <= '9' && number < 100000; digits++)
        number = number * 10 + (size_t)(*digits - '0');
    reading->numbered = true;
    if (number > reading->made->parameter_count)
        reading->made->parameter_count = number;
}

static int read_tokens(reading_t *reading)
{
    aq__sql_template_t *made = reading->made;
    aq__piece_t rest = {.kind = AQ__PIECE_TEXT};
    int code = AQ_OK;

    reading->copied = reading->tokens.start;
    for (size_t i = 0; i < reading->tokens.count && code == AQ_OK; i++) {
        if (is_name(reading, i))
            code = read_name(reading, i++);
        else if (is_number(reading, i))
            read_number(reading, i);
    }
    if (code != AQ_OK)
        return code;
    if (reading->numbered && made->name_count > 0)
        return aq__template_refuse(reading->arena, &made->error, AQ_EINVAL,
                                   "sql: parameters are numbered or named, not both: $1 and :%s",
                                   made->names[0]);
    /* Without what a semicolon ends: the statement may be put inside of another. */
    rest.text = reading->text + reading->copied;
    rest.length = reading->tokens.end > reading->copied ? reading->tokens.end - reading->copied : 0;
    return aq__template_add(reading->arena, made, &rest);
}

/* ---- Tables --------------------------------------------------------------------------------------------------------------------------------- */

static const char *text_of(reading_t *reading, aq__message_t message, const char *name)
{
    aq__field_t field;
    const char *text;

    if (!aq__message_find(message, name, &field) || field.data == field.data_end)
        return NULL;
    text = aq_arena_strndup(reading->arena, (const char *)field.data, (size_t)(field.data_end - field.data));
    if (text == NULL)
        reading->code = AQ_ENOMEM;
    return text;
}

static void find_commons(aq__message_t message, void *data)
{
    reading_t *reading = data;
    const char *name;

    if (reading->code != AQ_OK || message.type != &pg_query__common_table_expr__descriptor)
        return;
    name = text_of(reading, message, "ctename");
    if (name != NULL && push(reading->arena, &reading->commons, reading->common_count, name) == AQ_OK)
        reading->common_count++;
    else
        reading->code = AQ_ENOMEM;
}

static bool is_common(const reading_t *reading, const char *name)
{
    for (size_t i = 0; i < reading->common_count; i++)
        if (strcmp(reading->commons[i], name) == 0)
            return true;
    return false;
}

static void find_tables(aq__message_t message, void *data)
{
    reading_t *reading = data;
    aq__sql_template_t *made = reading->made;
    const char *name, *schema;

    if (reading->code != AQ_OK || message.type != &pg_query__range_var__descriptor)
        return;
    name = text_of(reading, message, "relname");
    schema = text_of(reading, message, "schemaname");
    if (reading->code != AQ_OK || name == NULL || (schema == NULL && is_common(reading, name)))
        return;
    if (push(reading->arena, &made->tables, made->table_count, name) == AQ_OK &&
        push(reading->arena, &made->schemas, made->table_count, schema) == AQ_OK)
        made->table_count++;
    else
        reading->code = AQ_ENOMEM;
}

static size_t count_statements(aq__message_t root)
{
    size_t count = 0;

    for (aq__field_t field; aq__message_next(&root, &field);)
        count += field.type != NULL && strcmp(field.type->name, "stmts") == 0;
    return count;
}

static int read_tree(reading_t *reading, const aq__tree_t *tree)
{
    size_t count = count_statements(tree->root);
    int code;

    if (count != 1)
        return aq__template_refuse(reading->arena, &reading->made->error, AQ_EMULTIPLE,
                                   "sql: %zu statements: one at a time", count);
    code = aq__tree_walk(tree->root, find_commons, reading);
    if (code == AQ_OK)
        code = aq__tree_walk(tree->root, find_tables, reading);
    return code != AQ_OK ? code : reading->code;
}

/* ---- Parsing ---------------------------------------------------------------------------------------------------------------------------------- */

/* The statement as it is sent. NULL: AQ_ENOMEM. */
static const char *numbered_text(const reading_t *reading)
{
    aq_text_t sql = {0};
    const char *kept;

    for (size_t i = 0; i < reading->made->piece_count; i++) {
        const aq__piece_t *piece = &reading->made->pieces[i];

        if (piece->kind == AQ__PIECE_PARAMETER)
            aq_text_appendf(&sql, "$%zu", piece->number + 1);
        else
            aq_text_append_bytes(&sql, piece->text, piece->length);
    }
    kept = sql.failed ? NULL : aq_arena_strdup(reading->arena, aq_text_string(&sql));
    aq_text_dispose(&sql);
    return kept;
}

static size_t characters(const char *text, size_t length)
{
    size_t count = 0;

    for (size_t i = 0; i < length; i++)
        count += ((unsigned char)text[i] & 0xC0) != 0x80;
    return count;
}

/* Where a character of the numbered text is in the user's. */
static int position_of(const reading_t *reading, int position)
{
    size_t sent = 0, wanted = position > 0 ? (size_t)position - 1 : 0;
    size_t written = characters(reading->text, reading->tokens.start);

    for (size_t i = 0; i < reading->made->piece_count; i++) {
        const aq__piece_t *piece = &reading->made->pieces[i];
        size_t own = characters(piece->text, piece->length), length = own;

        if (piece->kind == AQ__PIECE_PARAMETER)
            length = piece->number < 9 ? 2 : piece->number < 99 ? 3 : piece->number < 999 ? 4 : 5;
        if (wanted < sent + length)
            return (int)(written + (piece->kind == AQ__PIECE_PARAMETER ? 0 : wanted - sent)) + 1;
        sent += length;
        written += own;
    }
    return (int)written + 1;
}

static int parse(reading_t *reading)
{
    const char *sql = numbered_text(reading);
    aq__tree_t tree;
    int code = sql != NULL ? aq__tree_parse(sql, strlen(sql), &tree) : AQ_ENOMEM;

    if (code != AQ_OK)
        return code;
    if (tree.result.error != NULL && strcmp(tree.result.error->message, "out of memory") == 0)
        code = aq__fail(AQ_ENOMEM, "sql: out of memory");
    else if (tree.result.error != NULL)
        code = aq__template_refuse(reading->arena, &reading->made->unparsed, AQ_ESYNTAX,
                                   "sql: %s at character %d (it is read as PostgreSQL %s reads it: where it "
                                   "is newer syntax, aq_query_set_bind() says where it runs)",
                                   tree.result.error->message,
                                   position_of(reading, tree.result.error->cursorpos), PG_MAJORVERSION);
    else if (tree.root.type == NULL)
        code =
            aq__template_refuse(reading->arena, &reading->made->unparsed, AQ_ESYNTAX,
                                "sql: it nests too deep to be read: aq_query_set_bind() says where it runs");
    else
        code = read_tree(reading, &tree);
    aq__tree_close(&tree);
    return code;
}

/* Behind the first statement there may be a semicolon, blanks and comments. */
static int check_rest(reading_t *reading, aq__sql_lexer_t *lexer)
{
    aq__sql_statement_t next;
    bool end;
    int code = aq__sql_next(lexer, reading->arena, &next, &end);

    if (code == AQ_OK && !end)
        code = aq__template_refuse(reading->arena, &reading->made->error, AQ_EMULTIPLE,
                                   "sql: more than one statement: one at a time");
    return code;
}

int aq__statement_read(aq_arena_t *arena, const char *text, aq__sql_template_t *made)
{
    reading_t reading = {.arena = arena, .text = text, .made = made};
    aq__sql_lexer_t lexer = {.text = text, .length = strlen(text)};
    bool end;
    int code = aq__sql_next(&lexer, arena, &reading.tokens, &end);

    if (code != AQ_OK)
        return code;
    if (end || reading.tokens.what != AQ__SQL_STATEMENT)
        return aq__template_refuse(arena, &made->error, AQ_EINVAL,
                                   end ? "sql: there is no statement in it"
                                       : "sql: commands of psql are no SQL");
    code = check_rest(&reading, &lexer);
    if (code == AQ_OK && made->error == NULL)
        code = read_tokens(&reading);
    return code == AQ_OK && made->error == NULL ? parse(&reading) : code;
}
