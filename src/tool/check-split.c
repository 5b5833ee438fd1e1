/* check_split: a file's statements, their names and places.
 *
 * The happy path: libpg_query's scanner gives the tokens, comments among them; a semicolon outside brackets and outside BEGIN ATOMIC ... END ends a
 * statement, and so does a comment that names the next. The failure modes: a quote that does not end (the statement reaches to the end of the file and
 * is broken), other text that the scanner refuses (that statement is broken, the ones behind it are not), no memory. */
#include <stdlib.h>
#include <string.h>

#include "src/tool/check.h"

enum { RECOVERIES_MOST = 100, FAILURE = -1 };

typedef struct token {
    size_t start, end;
    int64_t kind;    /* FAILURE: the scanner does not take it */
    const char *why; /* of a failure */
} token_t;

/* What "aquifer: allow" names and is none; told once the statements are there. */
typedef struct unknown {
    struct unknown *next;
    size_t at, length;
    size_t statement; /* whose it is; there may be no such one */
} unknown_t;

typedef struct splitter {
    aq__check_t *check;
    token_t *tokens;
    size_t count, capacity;
    const char *name; /* that the comments gave last */
    size_t name_at;
    int name_uses;    /* statements that have it */
    uint32_t allowed; /* for the next statement */
    unknown_t *unknown;
    bool open;         /* check->statements' last one is not ended */
    bool create, rule; /* that begins with CREATE, and is CREATE RULE: it may have semicolons in brackets */
    int brackets, atomic;
    int64_t before; /* the token before this one */
} splitter_t;

/* ---- Tokens ------------------------------------------------------------------------------------------------------------ */

static int add_token(splitter_t *splitter, token_t token)
{
    if (aq__make_room(&splitter->tokens, &splitter->capacity, splitter->count, sizeof splitter->tokens[0]) !=
        AQ_OK)
        return AQ_ENOMEM;
    splitter->tokens[splitter->count++] = token;
    return AQ_OK;
}

static int add_tokens(splitter_t *splitter, const PgQueryProtobuf *packed, size_t base)
{
    const uint8_t *data = (const uint8_t *)packed->data;
    aq__message_t rest = {&pg_query__scan_result__descriptor, data, data + packed->len};
    aq__field_t field;

    while (aq__message_next(&rest, &field)) {
        aq__message_t message = aq__field_message(&field);
        token_t token;

        if (message.type == NULL)
            continue;
        token = (token_t){base + (size_t)aq__message_number(message, "start"),
                          base + (size_t)aq__message_number(message, "end"),
                          aq__message_number(message, "token"), NULL};
        if (add_token(splitter, token) != AQ_OK)
            return AQ_ENOMEM;
    }
    return AQ_OK;
}

/* What a scan that failed says, as a token; its end is where to go on. */
static int add_failure(splitter_t *splitter, const PgQueryError *error, size_t base)
{
    const char *text = splitter->check->text + base;
    size_t at = error->cursorpos > 0 ? aq__check_byte(text, (size_t)error->cursorpos) : 0, end = at;
    const char *near = strstr(error->message, " at or near "); /* all the rest of the file, perhaps */
    const char *why = near != NULL ? aq_arena_strndup(splitter->check->arena, error->message,
                                                      (size_t)(near - error->message))
                                   : aq_arena_strdup(splitter->check->arena, error->message);

    while ((text[end] >= '0' && text[end] <= '9') || (text[end] >= 'a' && text[end] <= 'z') ||
           (text[end] >= 'A' && text[end] <= 'Z') || text[end] == '_')
        end++;
    if (end == at || text[end] == '\'' ||
        text[end] == '&') /* a quote that does not end, or is wrong inside */
        end = strlen(text);
    return why != NULL ? add_token(splitter, (token_t){base + at, base + end, FAILURE, why}) : AQ_ENOMEM;
}

/* Scans from `base`; what comes before a failure is scanned again by itself. */
static int scan(splitter_t *splitter, size_t base, size_t *next)
{
    const char *text = splitter->check->text;
    PgQueryScanResult result = pg_query_scan(text + base);
    int code;

    *next = splitter->check->length;
    if (result.error == NULL) {
        code = add_tokens(splitter, &result.pbuf, base);
    } else {
        size_t at =
            result.error->cursorpos > 0 ? aq__check_byte(text + base, (size_t)result.error->cursorpos) : 0;
        char *before = aq_arena_strndup(splitter->check->arena, text + base, at);
        PgQueryScanResult first = pg_query_scan(before != NULL ? before : "");

        code = before == NULL        ? AQ_ENOMEM
               : first.error == NULL ? add_tokens(splitter, &first.pbuf, base)
                                     : AQ_OK;
        if (code == AQ_OK)
            code = add_failure(splitter, result.error, base);
        if (code == AQ_OK)
            *next = splitter->tokens[splitter->count - 1].end;
        pg_query_free_scan_result(first);
    }
    pg_query_free_scan_result(result);
    return code;
}

/* libpg_query 15-4.0 does not know where U&'...' ends: where the next token begins, or a blank before that. */
static void mend_ends(splitter_t *splitter)
{
    const char *text = splitter->check->text;

    for (size_t i = 0; i < splitter->count; i++) {
        token_t *token = &splitter->tokens[i];

        if (token->end > token->start)
            continue;
        token->end = i + 1 < splitter->count ? token[1].start : splitter->check->length;
        while (token->end > token->start + 1 && strchr(" \t\r\n", text[token->end - 1]) != NULL)
            token->end--;
    }
}

static int scan_all(splitter_t *splitter)
{
    size_t at = splitter->check->lines[0]; /* behind a byte order mark */
    int code = AQ_OK;

    for (int i = 0; code == AQ_OK && at < splitter->check->length && i < RECOVERIES_MOST; i++)
        code = scan(splitter, at, &at);
    mend_ends(splitter);
    return code;
}

/* ---- Statements ---------------------------------------------------------------------------------------------------------- */

static aq__check_statement_t *last(const splitter_t *splitter)
{
    return splitter->check->count > 0 ? &splitter->check->statements[splitter->check->count - 1] : NULL;
}

static aq__check_statement_t *add_statement(splitter_t *splitter, size_t at)
{
    aq__check_t *check = splitter->check;
    aq__check_statement_t *statement;

    if (aq__make_room(&check->statements, &check->capacity, check->count, sizeof check->statements[0]) !=
        AQ_OK)
        return NULL;
    statement = &check->statements[check->count++];
    memset(statement, 0, sizeof *statement);
    statement->name = splitter->name;
    statement->name_at = splitter->name_at;
    statement->at = at;
    statement->sql = "";
    statement->allowed = splitter->allowed;
    return statement;
}

static int open_statement(splitter_t *splitter, size_t at)
{
    aq__check_statement_t *statement = add_statement(splitter, at);

    if (statement == NULL)
        return AQ_ENOMEM;
    splitter->open = true;
    splitter->name_uses++;
    splitter->brackets = splitter->atomic = 0;
    splitter->create = splitter->rule = false;
    splitter->before = 0;
    splitter->allowed = 0;
    if (splitter->name == NULL || splitter->name_uses != 2) /* one word for all of them */
        return AQ_OK;
    return aq__check_tell(splitter->check, statement, AQ__LINT_MULTIPLE_STATEMENTS, at,
                          "one more statement under the name '%s': who asks for that name gets one of them",
                          statement->name);
}

static int close_statement(splitter_t *splitter)
{
    aq__check_statement_t *statement = last(splitter);

    if (!splitter->open)
        return AQ_OK;
    splitter->open = false;
    statement->sql =
        aq_arena_strndup(splitter->check->arena, splitter->check->text + statement->at, statement->length);
    return statement->sql != NULL ? AQ_OK : AQ_ENOMEM;
}

/* The name is gone: had it a statement? */
static int end_name(splitter_t *splitter)
{
    aq__check_statement_t *statement;

    if (splitter->name == NULL || splitter->name_uses > 0)
        return AQ_OK;
    statement = add_statement(splitter, splitter->name_at);
    if (statement == NULL)
        return AQ_ENOMEM;
    splitter->allowed = 0;
    return aq__check_tell(splitter->check, statement, AQ__LINT_NO_STATEMENT, splitter->name_at,
                          "there is no statement under the name '%s'", splitter->name);
}

/* ---- Comments ------------------------------------------------------------------------------------------------------------ */

static size_t skip_blanks(const char *text, size_t at, size_t end)
{
    while (at < end && (text[at] == ' ' || text[at] == '\t'))
        at++;
    return at;
}

static size_t skip_word(const char *text, size_t at, size_t end)
{
    while (at < end && strchr(" \t\r\n,", text[at]) == NULL)
        at++;
    return at;
}

/* "-- name: find_user :one" (sqlc, aiosql) and "-- :name find_user :one" (PugSQL). */
static bool find_name(const char *text, const token_t *comment, size_t *start, size_t *end)
{
    size_t at = skip_blanks(text, comment->start + 2, comment->end);

    if (comment->end - at < 5 || (strncmp(text + at, "name:", 5) != 0 && strncmp(text + at, ":name", 5) != 0))
        return false;
    *start = skip_blanks(text, at + 5, comment->end);
    *end = skip_word(text, *start, comment->end);
    return *end > *start && (text[at] == 'n' || *start > at + 5);
}

static int take_name(splitter_t *splitter, size_t start, size_t end)
{
    aq__check_t *check = splitter->check;
    int code = close_statement(splitter);

    if (code == AQ_OK)
        code = end_name(splitter);
    if (code != AQ_OK)
        return code;
    splitter->name = aq_arena_strndup(check->arena, check->text + start, end - start);
    splitter->name_at = start;
    splitter->name_uses = 0;
    return splitter->name != NULL ? AQ_OK : AQ_ENOMEM;
}

/* Whose a comment is that allows something: the open statement's; behind a semicolon on the same line that statement's; else the next one's. */
static uint32_t *allowed_by(splitter_t *splitter, size_t at)
{
    aq__check_statement_t *statement = last(splitter);
    size_t end = statement != NULL ? statement->at + statement->length : 0;

    if (statement == NULL)
        return &splitter->allowed;
    if (splitter->open ||
        (statement->length > 0 && memchr(splitter->check->text + end, '\n', at - end) == NULL))
        return &statement->allowed;
    return &splitter->allowed;
}

static int keep_unknown(splitter_t *splitter, const uint32_t *allowed, size_t at, size_t length)
{
    unknown_t *unknown = aq_arena_alloc(splitter->check->arena, sizeof *unknown);
    size_t count = splitter->check->count;

    if (unknown == NULL)
        return AQ_ENOMEM;
    *unknown = (unknown_t){splitter->unknown, at, length, allowed == &splitter->allowed ? count : count - 1};
    splitter->unknown = unknown;
    return AQ_OK;
}

static int tell_unknown(splitter_t *splitter)
{
    aq__check_t *check = splitter->check;
    int code = AQ_OK;

    for (const unknown_t *unknown = splitter->unknown; code == AQ_OK && unknown != NULL;
         unknown = unknown->next) {
        size_t index = unknown->statement < check->count ? unknown->statement : check->count - 1;

        if (check->count > 0)
            code = aq__check_tell(check, &check->statements[index], AQ__LINT_UNKNOWN_LINT, unknown->at,
                                  "there is no lint '%.*s'", (int)unknown->length, check->text + unknown->at);
    }
    return code;
}

/* "-- aquifer: allow select-star, cross-join"; what is behind one more "--" is a reason. */
static int take_allow(splitter_t *splitter, const token_t *comment)
{
    static const char start[] = "aquifer: allow";
    const char *text = splitter->check->text;
    size_t at = skip_blanks(text, comment->start + 2, comment->end), end;
    uint32_t *allowed = allowed_by(splitter, comment->start);

    if (comment->end - at < sizeof start - 1 || strncmp(text + at, start, sizeof start - 1) != 0)
        return AQ_OK;
    for (at += sizeof start - 1;; at = end) {
        int lint;

        while (at < comment->end && strchr(" \t,", text[at]) != NULL)
            at++;
        end = skip_word(text, at, comment->end);
        if (end == at || strncmp(text + at, "--", 2) == 0)
            return AQ_OK;
        lint = aq__lint_find(text + at, end - at);
        if (lint >= 0)
            *allowed |= UINT32_C(1) << lint;
        else if (keep_unknown(splitter, allowed, at, end - at) != AQ_OK)
            return AQ_ENOMEM;
    }
}

static int take_comment(splitter_t *splitter, const token_t *token)
{
    size_t start, end;

    if (token->kind == PG_QUERY__TOKEN__C_COMMENT)
        return AQ_OK;
    if (find_name(splitter->check->text, token, &start, &end))
        return take_name(splitter, start, end);
    return take_allow(splitter, token);
}

/* ---- The split ------------------------------------------------------------------------------------------------------------ */

static bool is_comment(int64_t kind)
{
    return kind == PG_QUERY__TOKEN__SQL_COMMENT || kind == PG_QUERY__TOKEN__C_COMMENT;
}

/* Keeps count of what a semicolon may be inside of. */
static void count_token(splitter_t *splitter, const token_t *token)
{
    switch ((int)token->kind) {
    case PG_QUERY__TOKEN__CREATE: splitter->create |= splitter->before == 0; break;
    case PG_QUERY__TOKEN__RULE: splitter->rule |= splitter->create && splitter->brackets == 0; break;
    case PG_QUERY__TOKEN__ASCII_40: splitter->brackets++; break;
    case PG_QUERY__TOKEN__ASCII_41: splitter->brackets -= splitter->brackets > 0; break;
    case PG_QUERY__TOKEN__ATOMIC: splitter->atomic += splitter->before == PG_QUERY__TOKEN__BEGIN_P; break;
    case PG_QUERY__TOKEN__CASE: splitter->atomic += splitter->atomic > 0; break;
    case PG_QUERY__TOKEN__END_P: splitter->atomic -= splitter->atomic > 0; break;
    default: break;
    }
    splitter->before = token->kind;
}

/* In a statement that is not right any bracket may be missing: only where they are allowed do semicolons not end it. */
static bool ends_statement(const splitter_t *splitter, const token_t *token)
{
    return token->kind == PG_QUERY__TOKEN__ASCII_59 && splitter->atomic == 0 &&
           !(splitter->rule && splitter->brackets > 0);
}

static int break_statement(splitter_t *splitter, const token_t *token)
{
    aq__check_statement_t *statement = last(splitter);
    aq__check_problem_t problem = {
        .severity = AQ__SEVERITY_ERROR, .id = "42601", .at = token->start, .text = token->why};

    statement->broken = true;
    return aq__check_add_problem(splitter->check, statement, &problem);
}

static int take_token(splitter_t *splitter, const token_t *token)
{
    int code = AQ_OK;

    if (is_comment(token->kind))
        return take_comment(splitter, token);
    if (ends_statement(splitter, token))
        return close_statement(splitter);
    if (!splitter->open)
        code = open_statement(splitter, token->start);
    if (code != AQ_OK)
        return code;
    last(splitter)->length = token->end - last(splitter)->at;
    count_token(splitter, token);
    return token->kind == FAILURE ? break_statement(splitter, token) : AQ_OK;
}

static int split(splitter_t *splitter)
{
    int code = scan_all(splitter);

    for (size_t i = 0; code == AQ_OK && i < splitter->count; i++)
        code = take_token(splitter, &splitter->tokens[i]);
    if (code == AQ_OK)
        code = close_statement(splitter);
    if (code == AQ_OK)
        code = end_name(splitter);
    return code == AQ_OK ? tell_unknown(splitter) : code;
}

/* ---- Names that are there twice -------------------------------------------------------------------------------------------- */

static int compare_names(const void *a, const void *b)
{
    const aq__check_statement_t *one = *(aq__check_statement_t *const *)a,
                                *other = *(aq__check_statement_t *const *)b;
    int order = strcmp(one->name, other->name);

    return order != 0 ? order : one->name_at < other->name_at ? -1 : one->name_at > other->name_at;
}

static int tell_twice(aq__check_t *check, aq__check_statement_t **named, size_t count)
{
    size_t first = 0, line, column;
    int code = AQ_OK;

    for (size_t i = 1; code == AQ_OK && i < count; i++) {
        if (strcmp(named[first]->name, named[i]->name) != 0)
            first = i;
        if (named[i]->name_at == named[first]->name_at || named[i]->name_at == named[i - 1]->name_at)
            continue;
        aq__check_place(check, named[first]->name_at, &line, &column);
        code = aq__check_tell(check, named[i], AQ__LINT_DUPLICATE_NAME, named[i]->name_at,
                              "the name '%s' is taken: line %zu has it", named[i]->name, line);
    }
    return code;
}

static int find_twice(aq__check_t *check)
{
    aq__check_statement_t **named = aq_arena_calloc(check->arena, check->count + 1, sizeof *named);
    size_t count = 0;

    if (named == NULL)
        return AQ_ENOMEM;
    for (size_t i = 0; i < check->count; i++)
        if (check->statements[i].name != NULL)
            named[count++] = &check->statements[i];
    qsort(named, count, sizeof(aq__check_statement_t *), compare_names);
    return tell_twice(check, named, count);
}

int aq__check_init(aq__check_t *check, const char *file, const char *text, size_t length)
{
    splitter_t splitter = {.check = check};
    int code;

    memset(check, 0, sizeof *check);
    check->file = file;
    check->text = text;
    check->length = length;
    check->arena = aq_arena_create();
    code = check->arena != NULL ? aq__check_find_lines(check) : AQ_ENOMEM;
    if (code == AQ_OK)
        code = split(&splitter);
    aq__free(splitter.tokens);
    if (code == AQ_OK)
        code = find_twice(check);
    if (code != AQ_OK)
        aq__check_dispose(check);
    return code;
}

void aq__check_dispose(aq__check_t *check)
{
    for (size_t i = 0; i < check->count; i++)
        aq__tree_close(&check->statements[i].tree);
    aq__free(check->statements);
    aq_arena_close(check->arena);
    memset(check, 0, sizeof *check);
}
