/* Fragments: expressions of the user's own inside of a query.
 *
 * The happy path: the text is cut into what is SQL, what stands for a column ({User.age}) and what for a value ($1), and PostgreSQL's parser says that behind "select" it is one expression and nothing else. The
 * failure modes, each told with the text: it ends the expression and begins something else ("1) OR (1=1"), it has a comment or a semicolon, it is a list, it has a name, it is syntax that this parser does not know. */
#include "src/orm/texts.h"
#include "src/schema/read_sql-private.h"
#include "src/wire/tree.h"

static const char select_word[] = "select ";

typedef struct reading {
    aq_arena_t *arena;
    const char *text;
    aq__sql_template_t *made;
    aq__sql_statement_t tokens;
    char *parsed;  /* "select " and the text, columns as names in quotes of the same length */
    size_t copied; /* of the text, as pieces */
} reading_t;

#define REFUSE(reading_, code_, format_, ...)                                                            \
    aq__template_refuse((reading_)->arena, &(reading_)->made->error, (code_), "fragment '%s': " format_, \
                        (reading_)->text, __VA_ARGS__)

/* ---- Tokens ------------------------------------------------------------------------------------------------------------------------------- */

/* What is between tokens must be white space. */
static int check_gap(reading_t *reading, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++)
        if (strchr(" \t\r\n\f\v", reading->text[i]) == NULL)
            return REFUSE(reading, AQ_EINVAL, "%s have no place in it",
                          reading->text[i] == ';' ? "semicolons" : "comments");
    return AQ_OK;
}

static int check_gaps(reading_t *reading)
{
    const aq__sql_statement_t *tokens = &reading->tokens;
    size_t end = 0;
    int code = AQ_OK;

    for (size_t i = 0; i < tokens->count && code == AQ_OK && reading->made->error == NULL; i++) {
        code = check_gap(reading, end, tokens->tokens[i].start);
        end = tokens->tokens[i].end;
    }
    return code == AQ_OK && reading->made->error == NULL ? check_gap(reading, end, strlen(reading->text))
                                                         : code;
}

static int add_text(reading_t *reading, size_t to)
{
    aq__piece_t piece = {.kind = AQ__PIECE_TEXT, .text = reading->text + reading->copied};

    piece.length = to - reading->copied;
    reading->copied = to;
    return aq__template_add(reading->arena, reading->made, &piece);
}

static int add_piece(reading_t *reading, const aq__piece_t *piece, size_t from, size_t to)
{
    int code = add_text(reading, from);

    reading->copied = to;
    return code == AQ_OK ? aq__template_add(reading->arena, reading->made, piece) : code;
}

/* "{User.age}", whose first token this is; *last: its last. */
static int read_column(reading_t *reading, size_t first, size_t *last)
{
    const aq__sql_token_t *tokens = reading->tokens.tokens;
    aq__piece_t piece = {.kind = AQ__PIECE_COLUMN, .text = reading->text + tokens[first].end};
    const char *dot;
    size_t at = first + 1;

    while (at < reading->tokens.count &&
           (tokens[at].kind == AQ__SQL_WORD || aq__sql_is(reading->text, &tokens[at], ".")))
        at++;
    if (at == reading->tokens.count || !aq__sql_is(reading->text, &tokens[at], "}"))
        return REFUSE(reading, AQ_EINVAL, "the '{' at character %zu does not begin a column: {User.age}",
                      tokens[first].start + 1);
    piece.length = tokens[at].start - tokens[first].end;
    dot = memchr(piece.text, '.', piece.length);
    if (dot == NULL || dot == piece.text || dot + 1 == piece.text + piece.length)
        return REFUSE(reading, AQ_EINVAL, "{%.*s} is no column: {User.age}", (int)piece.length, piece.text);
    piece.owner = (size_t)(dot - piece.text);
    reading->parsed[sizeof(select_word) - 1 + tokens[first].start] = '"';
    reading->parsed[sizeof(select_word) - 1 + tokens[at].start] = '"';
    *last = at;
    return add_piece(reading, &piece, tokens[first].start, tokens[at].end);
}

/* "$1", whose tokens are the sign and the number. */
static int read_parameter(reading_t *reading, size_t first)
{
    const aq__sql_token_t *tokens = reading->tokens.tokens;
    const char *digits = reading->text + tokens[first].end;
    size_t length = strspn(digits, "0123456789"), number = 0;
    aq__piece_t piece = {.kind = AQ__PIECE_PARAMETER};

    for (size_t i = 0; i < length && number < 100000; i++)
        number = number * 10 + (size_t)(digits[i] - '0');
    if (number == 0 || number > 65535)
        return REFUSE(reading, AQ_EINVAL, "no parameter is called $%.*s", (int)length, digits);
    piece.number = number - 1;
    if (number > reading->made->parameter_count)
        reading->made->parameter_count = number;
    return add_piece(reading, &piece, tokens[first].start, tokens[first].end + length);
}

static bool is_parameter(const reading_t *reading, size_t at)
{
    const aq__sql_token_t *tokens = reading->tokens.tokens;

    return aq__sql_is(reading->text, &tokens[at], "$") && at + 1 < reading->tokens.count &&
           tokens[at + 1].start == tokens[at].end && tokens[at + 1].kind == AQ__SQL_NUMBER;
}

static int read_tokens(reading_t *reading)
{
    int code = AQ_OK;

    for (size_t i = 0; i < reading->tokens.count && code == AQ_OK && reading->made->error == NULL; i++) {
        if (aq__sql_is(reading->text, &reading->tokens.tokens[i], "{"))
            code = read_column(reading, i, &i);
        else if (is_parameter(reading, i))
            code = read_parameter(reading, i++);
    }
    return code == AQ_OK && reading->made->error == NULL ? add_text(reading, strlen(reading->text)) : code;
}

/* ---- The tree ---------------------------------------------------------------------------------------------------------------------------------- */

/* Every statement has these. */
static bool is_usual(const aq__field_t *field)
{
    const char *name = field->type != NULL ? field->type->name : "";

    return strcmp(name, "target_list") == 0 ||
           (strcmp(name, "op") == 0 && field->number == PG_QUERY__SET_OPERATION__SETOP_NONE) ||
           (strcmp(name, "limit_option") == 0 &&
            field->number == PG_QUERY__LIMIT_OPTION__LIMIT_OPTION_DEFAULT);
}

/* The only expression of the only list of a plain SELECT; {NULL}: it is something else. */
static aq__message_t only_target(aq__message_t select)
{
    static const aq__message_t none = {NULL, NULL, NULL};
    aq__message_t target = none;
    aq__field_t field;
    size_t targets = 0;

    while (aq__message_next(&select, &field)) {
        if (!is_usual(&field))
            return none;
        if (strcmp(field.type->name, "target_list") == 0) {
            target = aq__field_message(&field);
            targets++;
        }
    }
    return targets == 1 ? target : none;
}

static void find_star(aq__message_t message, void *data)
{
    bool *found = data;

    *found = *found || message.type == &pg_query__a__star__descriptor;
}

static bool is_bare_star(aq__message_t value)
{
    bool found = false;

    return value.type == &pg_query__column_ref__descriptor &&
           (aq__tree_walk(value, find_star, &found) != AQ_OK || found);
}

static bool is_one_expression(aq__message_t root)
{
    aq__message_t statement = aq__message_child(root, "stmts"), target, value;
    aq__field_t field;
    size_t statements = 0;

    for (aq__message_t rest = root; aq__message_next(&rest, &field);)
        statements += field.type != NULL && strcmp(field.type->name, "stmts") == 0;
    statement = aq__message_child(statement, "stmt");
    if (statements != 1 || statement.type != &pg_query__select_stmt__descriptor)
        return false;
    target = only_target(statement);
    if (target.type == NULL || aq__message_has(target, "name") || aq__message_has(target, "indirection"))
        return false;
    value = aq__message_child(target, "val");
    return value.type != NULL && !is_bare_star(value);
}

static int check_tree(reading_t *reading)
{
    aq__tree_t tree;
    int code = aq__tree_parse(reading->parsed, strlen(reading->parsed), &tree);
    const PgQueryError *error = tree.result.error;

    if (code != AQ_OK)
        return code;
    if (error != NULL && strcmp(error->message, "out of memory") == 0)
        code = aq__fail(AQ_ENOMEM, "fragment: out of memory");
    else if (error != NULL)
        code = REFUSE(
            reading, AQ_ESYNTAX,
            "%s at character %d (it is read as PostgreSQL %s reads it: newer syntax is not known here)",
            error->message, error->cursorpos - (int)sizeof(select_word) + 1, PG_MAJORVERSION);
    else if (tree.root.type == NULL)
        code = REFUSE(reading, AQ_ESYNTAX, "%s", "it nests too deep");
    else if (!is_one_expression(tree.root) ||
             aq__sql_is(reading->text, &reading->tokens.tokens[0], "all")) /* which SELECT would swallow */
        code = REFUSE(reading, AQ_ESYNTAX, "%s", "it is not one expression");
    aq__tree_close(&tree);
    return code;
}

int aq__fragment_read(aq_arena_t *arena, const char *text, aq__sql_template_t *made)
{
    reading_t reading = {.arena = arena, .text = text, .made = made};
    aq__sql_lexer_t lexer = {.text = text, .length = strlen(text)};
    bool end;
    int code = aq__sql_next(&lexer, arena, &reading.tokens, &end);

    if (code != AQ_OK)
        return code;
    if (end || reading.tokens.what != AQ__SQL_STATEMENT)
        return REFUSE(&reading, AQ_EINVAL, "%s", end ? "it is empty" : "it is not one expression");
    reading.parsed = aq_arena_printf(arena, "%s%s", select_word, text);
    if (reading.parsed == NULL)
        return AQ_ENOMEM;
    code = check_gaps(&reading);
    if (code == AQ_OK && made->error == NULL)
        code = read_tokens(&reading);
    return code == AQ_OK && made->error == NULL ? check_tree(&reading) : code;
}
