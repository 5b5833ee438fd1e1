/* Statements and tokens of an SQL text, as psql cuts them.
 *
 * libpg_query has a splitter and a scanner too, but one quote that is not closed, or the data of one COPY, and they give nothing for the whole file.
 *
 * The happy path: tokens up to a ";". The failure modes: a string or a comment that does not end takes the rest of the text, and the parser tells; a
 * bracket that is not closed does not, because a ";" ends a statement in brackets too, but for the commands of a rule and the body of a function. */
#include "src/schema/read_sql-private.h"

#include <strings.h>

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool starts_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (unsigned char)c >= 0x80;
}

static bool is_in_word(char c)
{
    return starts_word(c) || is_digit(c) || c == '$';
}

/* The character at an offset from where the lexer is; NUL behind the end. */
static char peek(const aq__sql_lexer_t *lexer, size_t offset)
{
    return lexer->at + offset < lexer->length ? lexer->text[lexer->at + offset] : '\0';
}

static void skip_line(aq__sql_lexer_t *lexer)
{
    while (lexer->at < lexer->length && lexer->text[lexer->at] != '\n')
        lexer->at++;
}

/* Comments of C nest. */
static void skip_comment(aq__sql_lexer_t *lexer)
{
    size_t open = 0;

    do {
        if (peek(lexer, 0) == '/' && peek(lexer, 1) == '*') {
            open++;
            lexer->at += 2;
        } else if (peek(lexer, 0) == '*' && peek(lexer, 1) == '/') {
            open--;
            lexer->at += 2;
        } else {
            lexer->at++;
        }
    } while (open > 0 && lexer->at < lexer->length);
    if (lexer->at > lexer->length)
        lexer->at = lexer->length;
}

/* White space and comments; whether a new line was among them. */
static bool skip_space(aq__sql_lexer_t *lexer)
{
    bool line = false;

    while (lexer->at < lexer->length) {
        char c = peek(lexer, 0);

        if (is_space(c)) {
            line = line || c == '\n';
            lexer->at++;
        } else if (c == '-' && peek(lexer, 1) == '-') {
            skip_line(lexer);
        } else if (c == '/' && peek(lexer, 1) == '*') {
            skip_comment(lexer);
        } else {
            break;
        }
    }
    return line;
}

/* ---- Tokens ------------------------------------------------------------------------------------------------------------- */

static void take_quoted(aq__sql_lexer_t *lexer, char quote, bool escapes)
{
    for (lexer->at++; lexer->at < lexer->length; lexer->at++) {
        if (escapes && peek(lexer, 0) == '\\' && lexer->at + 1 < lexer->length) {
            lexer->at++;
        } else if (peek(lexer, 0) == quote) {
            if (peek(lexer, 1) != quote)
                break;
            lexer->at++;
        }
    }
    if (lexer->at < lexer->length)
        lexer->at++;
}

/* Strings with nothing but white space between them, and a new line in it, are one. */
static void take_string(aq__sql_lexer_t *lexer, bool escapes)
{
    take_quoted(lexer, '\'', escapes);
    for (;;) {
        size_t end = lexer->at;

        if (!skip_space(lexer) || peek(lexer, 0) != '\'') {
            lexer->at = end;
            return;
        }
        take_quoted(lexer, '\'', escapes);
    }
}

/* The length of "$tag$"; 0: it is none. */
static size_t dollar_tag(const aq__sql_lexer_t *lexer)
{
    size_t length = 1;

    if (is_digit(peek(lexer, 1)))
        return 0;
    while (is_in_word(peek(lexer, length)) && peek(lexer, length) != '$')
        length++;
    return peek(lexer, length) == '$' ? length + 1 : 0;
}

static void take_dollar_quoted(aq__sql_lexer_t *lexer, size_t tag)
{
    const char *opening = lexer->text + lexer->at;

    for (lexer->at += tag; lexer->at + tag <= lexer->length; lexer->at++)
        if (memcmp(lexer->text + lexer->at, opening, tag) == 0) {
            lexer->at += tag;
            return;
        }
    lexer->at = lexer->length;
}

static void take_number(aq__sql_lexer_t *lexer)
{
    while (is_digit(peek(lexer, 0)) || (peek(lexer, 0) == '.' && peek(lexer, 1) != '.'))
        lexer->at++;
    if (peek(lexer, 0) == 'e' || peek(lexer, 0) == 'E') {
        size_t sign = peek(lexer, 1) == '+' || peek(lexer, 1) == '-' ? 2 : 1;

        if (is_digit(peek(lexer, sign)))
            lexer->at += sign;
        while (is_digit(peek(lexer, 0)))
            lexer->at++;
    }
}

/* A word, or the letter in front of a string: E'', B'', X'', N'', U&'', U&"" */
static aq__sql_kind_t take_word(aq__sql_lexer_t *lexer)
{
    char first = peek(lexer, 0), second = peek(lexer, 1), third = peek(lexer, 2);

    if (second == '\'' && strchr("eEbBxXnN", first) != NULL) {
        lexer->at++;
        take_string(lexer, first == 'e' || first == 'E');
        return AQ__SQL_STRING;
    }
    if ((first == 'u' || first == 'U') && second == '&' && (third == '\'' || third == '"')) {
        lexer->at += 2;
        if (third == '"')
            take_quoted(lexer, '"', false);
        else
            take_string(lexer, false);
        return third == '"' ? AQ__SQL_QUOTED : AQ__SQL_STRING;
    }
    while (is_in_word(peek(lexer, 0)))
        lexer->at++;
    return AQ__SQL_WORD;
}

static aq__sql_token_t take_token(aq__sql_lexer_t *lexer)
{
    aq__sql_token_t token = {.start = lexer->at};
    char c = peek(lexer, 0);
    size_t tag = c == '$' ? dollar_tag(lexer) : 0;

    if (starts_word(c)) {
        token.kind = take_word(lexer);
    } else if (c == '\'') {
        token.kind = AQ__SQL_STRING;
        take_string(lexer, false);
    } else if (c == '"') {
        token.kind = AQ__SQL_QUOTED;
        take_quoted(lexer, '"', false);
    } else if (tag > 0) {
        token.kind = AQ__SQL_STRING;
        take_dollar_quoted(lexer, tag);
    } else if (is_digit(c) || (c == '.' && is_digit(peek(lexer, 1)))) {
        token.kind = AQ__SQL_NUMBER;
        take_number(lexer);
    } else {
        token.kind = AQ__SQL_SYMBOL;
        lexer->at++;
    }
    token.end = lexer->at;
    return token;
}

bool aq__sql_is(const char *text, const aq__sql_token_t *token, const char *word)
{
    size_t length = strlen(word);

    return (token->kind == AQ__SQL_WORD || token->kind == AQ__SQL_SYMBOL) &&
           token->end - token->start == length && strncasecmp(text + token->start, word, length) == 0;
}

/* ---- Statements ----------------------------------------------------------------------------------------------------------- */

/* What decides whether a ";" ends a statement. */
typedef struct body {
    size_t brackets, begins;
} body_t;

/* Whether the statement starts with CREATE [OR REPLACE] and this word. */
static bool creates(const char *text, const aq__sql_statement_t *statement, const char *word)
{
    size_t at = 1;

    if (statement->count < 2 || !aq__sql_is(text, &statement->tokens[0], "create"))
        return false;
    if (statement->count > 3 && aq__sql_is(text, &statement->tokens[1], "or"))
        at = 3;
    return aq__sql_is(text, &statement->tokens[at], word);
}

static void follow_body(const char *text, const aq__sql_statement_t *statement, body_t *body)
{
    const aq__sql_token_t *token = &statement->tokens[statement->count - 1];

    if (aq__sql_is(text, token, "("))
        body->brackets++;
    else if (aq__sql_is(text, token, ")") && body->brackets > 0)
        body->brackets--;
    else if (aq__sql_is(text, token, "begin") &&
             (creates(text, statement, "function") || creates(text, statement, "procedure")))
        body->begins++;
    else if (aq__sql_is(text, token, "case") && body->begins > 0)
        body->begins++;
    else if (aq__sql_is(text, token, "end") && body->begins > 0)
        body->begins--;
}

static bool ends_here(const char *text, const aq__sql_statement_t *statement, const body_t *body)
{
    if (body->begins > 0)
        return false;
    return body->brackets == 0 || !creates(text, statement, "rule");
}

static bool copies_from_stdin(const char *text, const aq__sql_statement_t *statement)
{
    if (statement->count == 0 || !aq__sql_is(text, &statement->tokens[0], "copy"))
        return false;
    for (size_t i = 1; i + 1 < statement->count; i++)
        if (aq__sql_is(text, &statement->tokens[i], "from") &&
            aq__sql_is(text, &statement->tokens[i + 1], "stdin"))
            return true;
    return false;
}

/* Lines up to one that is "\." and nothing else. */
static void take_copy_data(aq__sql_lexer_t *lexer, aq__sql_statement_t *statement)
{
    skip_line(lexer);
    lexer->at += lexer->at < lexer->length;
    *statement = (aq__sql_statement_t){.what = AQ__SQL_COPY_DATA, .start = lexer->at};
    while (lexer->at < lexer->length) {
        size_t start = lexer->at;
        size_t length;

        skip_line(lexer);
        length = lexer->at - start;
        if (length > 0 && lexer->text[lexer->at - 1] == '\r')
            length--;
        if (length == 2 && memcmp(lexer->text + start, "\\.", 2) == 0)
            break;
        lexer->at += lexer->at < lexer->length;
    }
    statement->end = lexer->at;
}

/* Ends with the line, or with a second backslash. */
static void take_command(aq__sql_lexer_t *lexer, aq__sql_statement_t *statement)
{
    *statement = (aq__sql_statement_t){.what = AQ__SQL_COMMAND, .start = lexer->at};
    skip_line(lexer);
    statement->end = lexer->at;
    while (statement->end > statement->start + 1 && is_space(lexer->text[statement->end - 1]))
        statement->end--;
}

static int add_token(aq__sql_lexer_t *lexer, aq_arena_t *arena, aq__sql_statement_t *statement)
{
    aq__sql_token_t *tokens = aq__grow(arena, statement->tokens, statement->count, sizeof(*tokens));

    if (tokens == NULL)
        return AQ_ENOMEM;
    statement->tokens = tokens;
    tokens[statement->count++] = take_token(lexer);
    return AQ_OK;
}

static int take_statement(aq__sql_lexer_t *lexer, aq_arena_t *arena, aq__sql_statement_t *statement)
{
    body_t body = {0, 0};
    bool ended = false;

    *statement = (aq__sql_statement_t){.what = AQ__SQL_STATEMENT, .start = lexer->at};
    while (!ended && lexer->at < lexer->length) {
        char c = peek(lexer, 0);

        if (c == '\\')
            break; /* \gexec and the like end it */
        if (c == ';' && ends_here(lexer->text, statement, &body)) {
            lexer->at++;
            ended = true;
        } else {
            if (add_token(lexer, arena, statement) != AQ_OK)
                return AQ_ENOMEM;
            follow_body(lexer->text, statement, &body);
            skip_space(lexer);
        }
    }
    if (statement->count > 0)
        statement->end = statement->tokens[statement->count - 1].end;
    lexer->copy = ended && copies_from_stdin(lexer->text, statement);
    return AQ_OK;
}

int aq__sql_next(aq__sql_lexer_t *lexer, aq_arena_t *arena, aq__sql_statement_t *statement, bool *end)
{
    *end = false;
    if (lexer->copy) {
        lexer->copy = false;
        take_copy_data(lexer, statement);
        return AQ_OK;
    }
    for (;;) {
        skip_space(lexer);
        if (lexer->at >= lexer->length) {
            *end = true;
            return AQ_OK;
        }
        if (peek(lexer, 0) == '\\') {
            take_command(lexer, statement);
            return AQ_OK;
        }
        if (take_statement(lexer, arena, statement) != AQ_OK)
            return AQ_ENOMEM;
        if (statement->count > 0)
            return AQ_OK;
    }
}

/* ---- Depth ---------------------------------------------------------------------------------------------------------------------- */

/* Along any path down the tree a level was made by a token that is no constant and no comma. Commas part siblings, but for UNION and the like, whose
 * operands have commas of their own. What is in brackets hangs below what is around them, with up to BRACKET_LEVELS nodes for the
 * bracket itself (a sub-link, its SELECT, a target). */
enum { BRACKET_LEVELS = 4 };

typedef struct level {
    struct level *outer;
    size_t chain;   /* UNION, INTERSECT, EXCEPT */
    size_t own;     /* of the item that is open: other tokens that may make a level */
    size_t inner;   /* of the item that is open: the deepest of its brackets */
    size_t deepest; /* of the items before it */
} level_t;

static void end_item(level_t *level)
{
    if (level->own + level->inner > level->deepest)
        level->deepest = level->own + level->inner;
    level->own = level->inner = 0;
}

static level_t *close_level(level_t *level)
{
    level_t *outer = level->outer;
    size_t levels;

    end_item(level);
    if (outer == NULL)
        return level; /* no bracket was open: a syntax error */
    levels = level->chain + level->deepest + BRACKET_LEVELS;
    if (levels > outer->inner)
        outer->inner = levels;
    aq__free(level);
    return outer;
}

static level_t *open_level(level_t *outer)
{
    level_t *level = aq__calloc(1, sizeof(*level));

    if (level != NULL)
        level->outer = outer;
    return level;
}

/* NULL: out of memory. */
static level_t *count_token(const char *text, const aq__sql_token_t *token, level_t *level)
{
    if (token->kind == AQ__SQL_STRING || token->kind == AQ__SQL_NUMBER || token->kind == AQ__SQL_QUOTED)
        return level;
    if (aq__sql_is(text, token, "(") || aq__sql_is(text, token, "["))
        return open_level(level);
    if (aq__sql_is(text, token, ")") || aq__sql_is(text, token, "]"))
        return close_level(level);
    if (aq__sql_is(text, token, ",") || aq__sql_is(text, token, ";"))
        end_item(level);
    else if (aq__sql_is(text, token, "union") || aq__sql_is(text, token, "intersect") ||
             aq__sql_is(text, token, "except"))
        level->chain++;
    else if (!aq__sql_is(text, token, "."))
        level->own++;
    return level;
}

int aq__sql_depth(const char *text, const aq__sql_token_t *tokens, size_t count, size_t *depth)
{
    level_t *level, *next;
    int code = AQ_OK;

    *depth = 0;
    if (count <= AQ__SQL_DEPTH_MOST / BRACKET_LEVELS) /* not even if all of it were brackets */
        return AQ_OK;
    level = open_level(NULL);
    if (level == NULL)
        return AQ_ENOMEM;
    for (size_t i = 0; i < count && code == AQ_OK; i++) {
        next = count_token(text, &tokens[i], level);
        if (next == NULL)
            code = AQ_ENOMEM;
        else
            level = next;
    }
    while (level->outer != NULL)
        level = close_level(level);
    end_item(level);
    *depth = level->chain + level->deepest;
    aq__free(level);
    return code;
}
