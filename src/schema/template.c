/* Templates of names are parsed once: "uq_%(table_name)s" becomes a text and a token.
 *
 * The happy path: the text is cut at its "%"; each token is looked up among the user's, then among the built-in ones, then taken apart
 * as column_K_name and the like.
 * The failure modes: an empty template, a token that nobody knows, one that only foreign keys have, "%" without a whole "(token)s"
 * behind it. The messages have the key, the template and what is wrong in it. */
#include <string.h>

#include "src/schema/template.h"

typedef struct {
    aq_named_kind_t kind;
    const aq_name_token_t *tokens;
    size_t token_count;
    aq__template_t *parsed;
} parser_t;

static const char *const keys[] = {
#define KEY_(constant, key, text) #key,
    AQ__NAMED_TABLE(KEY_)
#undef KEY_
};

static int fail(const parser_t *parser, const char *why, size_t length, const char *what)
{
    return aq__fail(AQ_EMAPPING, "naming convention '%s': '%s': %s '%.*s'", keys[parser->kind],
                    parser->parsed->text, why, (int)length, what);
}

/* ---- Tokens ------------------------------------------------------------------------------------------------------------ */

static bool is_word(const char *name, size_t length, const char *word)
{
    return length == strlen(word) && memcmp(name, word, length) == 0;
}

/* Moves `*at` behind the word if it is there. */
static bool skip(const char **at, const char *end, const char *word)
{
    size_t length = strlen(word);

    if ((size_t)(end - *at) < length || memcmp(*at, word, length) != 0)
        return false;
    *at += length;
    return true;
}

/* More than any table has: past the last column. */
enum { MANY = 1000000 };

/* "0_", "12_", "0N_" or "0_N_". */
static bool parse_index(aq__template_part_t *part, const char **at, const char *end)
{
    const char *start = *at;

    if (skip(at, end, "0N_") || skip(at, end, "0_N_")) {
        part->all = true;
        part->separator = *at - start == 3 ? "" : "_";
        return true;
    }
    for (; *at < end && **at >= '0' && **at <= '9'; ++*at)
        part->index = part->index < MANY ? part->index * 10 + (size_t)(**at - '0') : MANY;
    return *at > start && skip(at, end, "_");
}

/* column_0_name, column_0N_key, referred_column_0_N_name, ... */
static bool parse_column(aq__template_part_t *part, const char *name, size_t length)
{
    const char *at = name, *end = name + length;

    part->source = skip(&at, end, "referred_") ? AQ__PART_REFERRED_COLUMN : AQ__PART_COLUMN;
    if (!skip(&at, end, "column_") || !parse_index(part, &at, end))
        return false;
    length = (size_t)(end - at);
    if (is_word(at, length, "name"))
        part->attribute = AQ__PART_NAME;
    else if (part->source == AQ__PART_COLUMN && is_word(at, length, "key"))
        part->attribute = AQ__PART_KEY;
    else if (part->source == AQ__PART_COLUMN && is_word(at, length, "label"))
        part->attribute = AQ__PART_LABEL;
    else
        return false;
    return true;
}

static bool parse_builtin(aq__template_part_t *part, const char *name, size_t length)
{
    if (is_word(name, length, "table_name"))
        part->source = AQ__PART_TABLE_NAME;
    else if (is_word(name, length, "constraint_name"))
        part->source = AQ__PART_CONSTRAINT_NAME;
    else if (is_word(name, length, "referred_table_name"))
        part->source = AQ__PART_REFERRED_TABLE_NAME;
    else
        return parse_column(part, name, length);
    return true;
}

static bool find_user_token(const parser_t *parser, aq__template_part_t *part, const char *name,
                            size_t length)
{
    for (size_t i = 0; i < parser->token_count; i++)
        if (is_word(name, length, parser->tokens[i].name)) {
            part->source = AQ__PART_USER;
            part->token = parser->tokens[i];
            part->token.name = NULL; /* the caller's: `text` is our copy */
            return true;
        }
    return false;
}

static int parse_token(const parser_t *parser, aq__template_part_t *part, const char *name, size_t length)
{
    *part = (aq__template_part_t){.text = name, .length = length};
    parser->parsed->renames |= is_word(name, length, "constraint_name");
    if (find_user_token(parser, part, name, length))
        return AQ_OK;
    if (!parse_builtin(part, name, length))
        return fail(parser, "there is no token", length, name);
    if (parser->kind != AQ_NAMED_FK &&
        (part->source == AQ__PART_REFERRED_TABLE_NAME || part->source == AQ__PART_REFERRED_COLUMN))
        return fail(parser, "only foreign keys ('fk') have the token", length, name);
    return AQ_OK;
}

/* ---- Templates ----------------------------------------------------------------------------------------------------------- */

/* One "%..." at `*at`, which moves behind it. */
static int parse_percent(const parser_t *parser, aq__template_part_t *part, const char **at)
{
    const char *start = *at, *name = start + 2, *end;

    if (start[1] == '%') {
        *part = (aq__template_part_t){.text = start, .length = 1};
        *at += 2;
        return AQ_OK;
    }
    if (start[1] != '(')
        return fail(parser, "a '%' must begin '%%' or '%(token)s', not", strlen(start), start);
    end = strchr(name, ')');
    if (end == NULL)
        return fail(parser, "incomplete format: ')' is missing behind", strlen(start), start);
    if (end[1] != 's')
        return fail(parser, "incomplete format: 's' is missing behind", (size_t)(end + 1 - start), start);
    *at = end + 2;
    return parse_token(parser, part, name, (size_t)(end - name));
}

static int parse(const parser_t *parser)
{
    aq__template_t *parsed = parser->parsed;
    const char *at = parsed->text;
    int code = AQ_OK;

    while (*at != '\0' && code == AQ_OK) {
        aq__template_part_t *part = &parsed->parts[parsed->part_count++];
        size_t length = strcspn(at, "%");

        if (length == 0) {
            code = parse_percent(parser, part, &at);
        } else {
            *part = (aq__template_part_t){.text = at, .length = length};
            at += length;
        }
    }
    return code;
}

/* How many parts it has at most: each "%" ends a text and begins a token. */
static size_t count_parts(const char *text)
{
    size_t count = 1;

    for (; (text = strchr(text, '%')) != NULL; text++)
        count += 2;
    return count;
}

int aq__template_parse(aq_arena_t *arena, aq_named_kind_t kind, const char *text,
                       const aq_name_token_t *tokens, size_t token_count, aq__template_t *parsed)
{
    parser_t parser = {.kind = kind, .tokens = tokens, .token_count = token_count, .parsed = parsed};

    *parsed = (aq__template_t){.text = aq_arena_strdup(arena, text)};
    if (parsed->text == NULL)
        return AQ_ENOMEM;
    if (*text == '\0')
        return aq__fail(AQ_EMAPPING, "naming convention '%s': the template is empty", keys[kind]);
    if (!aq_utf8_valid(text, strlen(text)))
        return aq__fail(AQ_EMAPPING, "naming convention '%s': the template is not valid UTF-8", keys[kind]);
    parsed->parts = aq_arena_calloc(arena, count_parts(text), sizeof(*parsed->parts));
    return parsed->parts != NULL ? parse(&parser) : AQ_ENOMEM;
}
