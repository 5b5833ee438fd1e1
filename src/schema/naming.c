/* What constraints and indexes are called: the user's name, or what the convention makes of its template.
 *
 * The happy path: the parts of the kind's template are appended one by one, and a name that gets too long is shortened.
 * The failure modes: no name where one must be; a column that is not referred to; a token of the user's that fails; a user's name that
 * is too long. The messages begin with what was to be named: "table 'user': unique constraint (data): ...". */
#include <string.h>

#include "src/schema/naming.h"
#include "src/schema/template.h"

/* ---- Errors ------------------------------------------------------------------------------------------------------------ */

static void append_what(aq_text_t *text, const aq_named_t *what, bool columns)
{
    static const char *const kinds[] = {
#define KIND_(constant, key, text) text,
        AQ__NAMED_TABLE(KIND_)
#undef KIND_
    };

    aq_text_append(text, "table '");
    if (what->schema != NULL)
        aq_text_appendf(text, "%s.", what->schema);
    aq_text_appendf(text, "%s': %s", what->table, kinds[what->kind]);
    if (!columns || what->column_count == 0)
        return;
    for (size_t i = 0; i < what->column_count; i++)
        aq_text_appendf(text, "%s%s", i == 0 ? " (" : ", ", what->columns[i].name);
    aq_text_append_char(text, ')');
}

void aq__named_describe(aq_text_t *text, const aq_named_t *what)
{
    append_what(text, what, true);
}

/* "table 'user': unique constraint (data): ": then why, as `format` says. */
static int fail(const aq_named_t *what, int code, const char *format, ...) AQ_PRINTF(3, 4);

static int fail(const aq_named_t *what, int code, const char *format, ...)
{
    aq_text_t text = {0};
    va_list arguments;

    append_what(&text, what, true);
    aq_text_append(&text, ": ");
    va_start(arguments, format);
    aq_text_vappendf(&text, format, arguments);
    va_end(arguments);
    code = text.failed ? AQ_ENOMEM : aq__fail(code, "%s", aq_text_string(&text));
    aq_text_dispose(&text);
    return code;
}

/* The user's name. Where what is made of it will be shortened it may be of any length. */
static int check_name(const aq_named_t *what, bool any_length)
{
    aq_text_t text = {0};
    int code;

    append_what(&text, what, false);
    if (text.failed)
        code = AQ_ENOMEM;
    else if (any_length)
        code = aq__name_check_text(aq_text_string(&text), what->name);
    else
        code = aq__name_check(aq_text_string(&text), what->name);
    aq_text_dispose(&text);
    return code;
}

/* ---- Parts ------------------------------------------------------------------------------------------------------------- */

/* schema_table_column; a schema called "a.b" gives a_b. */
static void append_label(aq_text_t *name, const aq_named_t *what, const char *column)
{
    for (const char *at = what->schema; at != NULL && *at != '\0'; at++)
        aq_text_append_char(name, *at == '.' ? '_' : *at);
    if (what->schema != NULL)
        aq_text_append_char(name, '_');
    aq_text_append(name, what->table);
    aq_text_append_char(name, '_');
    aq_text_append(name, column);
}

static void append_column(aq_text_t *name, const aq__template_part_t *part, const aq_named_t *what,
                          size_t index)
{
    const aq_named_column_t *column = &what->columns[index];

    switch (part->attribute) {
    case AQ__PART_NAME: aq_text_append(name, column->name); break;
    case AQ__PART_KEY: aq_text_append(name, column->key != NULL ? column->key : column->name); break;
    case AQ__PART_LABEL: append_label(name, what, column->name); break;
    }
}

static int append_columns(aq_text_t *name, const aq__template_part_t *part, const aq_named_t *what)
{
    size_t first = part->all ? 0 : part->index, end = part->all ? what->column_count : part->index + 1;

    if (what->kind == AQ_NAMED_IX && what->column_count == 0)
        return fail(what, AQ_EMAPPING, "it has no name, and no columns to make '%%(%.*s)s' of",
                    (int)part->length, part->text);
    for (size_t i = first; i < end && i < what->column_count; i++) {
        if (i > first)
            aq_text_append(name, part->separator);
        append_column(name, part, what, i);
    }
    return AQ_OK;
}

static int append_referred_columns(aq_text_t *name, const aq__template_part_t *part, const aq_named_t *what)
{
    if (!part->all && part->index >= what->referred_count)
        return fail(what, AQ_EMAPPING,
                    "'%%(%.*s)s' is past the last of the columns that it refers to, which are %zu",
                    (int)part->length, part->text, what->referred_count);
    if (!part->all)
        aq_text_append(name, what->referred_columns[part->index]);
    for (size_t i = 0; part->all && i < what->referred_count; i++) {
        if (i > 0)
            aq_text_append(name, part->separator);
        aq_text_append(name, what->referred_columns[i]);
    }
    return AQ_OK;
}

static int append_constraint_name(aq_text_t *name, const aq_named_t *what)
{
    if (what->name == NULL)
        return fail(what, AQ_EMAPPING, "it has no name, and the naming convention has %%(constraint_name)s");
    aq_text_append(name, what->name);
    return AQ_OK;
}

static int append_user_token(aq_text_t *name, const aq__template_part_t *part, const aq_named_t *what)
{
    int code = part->token.append(name, what, part->token.data);

    if (code == AQ_OK || name->failed)
        return name->failed ? AQ_ENOMEM : AQ_OK;
    return fail(what, code, "'%%(%.*s)s': %s", (int)part->length, part->text, aq_last_error()->message);
}

static int append_part(aq_text_t *name, const aq__template_part_t *part, const aq_named_t *what)
{
    switch (part->source) {
    case AQ__PART_TEXT: aq_text_append_bytes(name, part->text, part->length); return AQ_OK;
    case AQ__PART_TABLE_NAME: aq_text_append(name, what->table); return AQ_OK;
    case AQ__PART_CONSTRAINT_NAME: return append_constraint_name(name, what);
    case AQ__PART_COLUMN: return append_columns(name, part, what);
    case AQ__PART_REFERRED_TABLE_NAME: aq_text_append(name, what->referred_table); return AQ_OK;
    case AQ__PART_REFERRED_COLUMN: return append_referred_columns(name, part, what);
    case AQ__PART_USER: return append_user_token(name, part, what);
    }
    return AQ_OK;
}

/* ---- Names ----------------------------------------------------------------------------------------------------------------- */

static int expand(aq_text_t *name, const aq__template_t *template, const aq_named_t *what)
{
    int code = AQ_OK;

    for (size_t i = 0; i < template->part_count && code == AQ_OK; i++)
        code = append_part(name, &template->parts[i], what);
    if (code != AQ_OK || name->failed)
        return code != AQ_OK ? code : AQ_ENOMEM;
    if (name->length == 0)
        return fail(what, AQ_EMAPPING, "the naming convention '%s' makes an empty name", template->text);
    if (!aq_utf8_valid(name->data, name->length))
        return fail(what, AQ_EMAPPING, "the naming convention '%s' makes a name that is not valid UTF-8",
                    template->text);
    return AQ_OK;
}

/* The arena's copy, shortened where it must be. */
static int keep(aq_arena_t *arena, const char *text, const char **name)
{
    const char *copy = aq__name_shorten(arena, text, AQ__NAME_MAX);

    *name = copy == text ? aq_arena_strdup(arena, text) : copy;
    return *name != NULL ? AQ_OK : AQ_ENOMEM;
}

int aq__naming_name(const aq__naming_t *naming, aq_arena_t *arena, const aq_named_t *what, const char **name)
{
    const aq__template_t *template = &naming->templates[what->kind];
    aq_text_t made = {0};
    int code = what->name != NULL ? check_name(what, what->final || template->renames) : AQ_OK;

    *name = NULL;
    if (code != AQ_OK)
        return code;
    if (what->name != NULL && (what->final || !template->renames))
        return keep(arena, what->name, name);
    if (template->text == NULL && what->kind == AQ_NAMED_IX)
        return fail(what, AQ_EMAPPING, "it has no name, and the naming convention has no template for 'ix'");
    if (template->text == NULL)
        return AQ_OK;
    code = expand(&made, template, what);
    if (code == AQ_OK)
        code = keep(arena, made.data, name);
    aq_text_dispose(&made);
    return code;
}

/* ---- The convention -------------------------------------------------------------------------------------------------------- */

static int check_tokens(const aq_naming_convention_t *convention)
{
    if (convention->tokens == NULL && convention->token_count > 0)
        return aq__fail(AQ_EMAPPING, "naming convention: .token_count is %zu, and .tokens is NULL",
                        convention->token_count);
    for (size_t i = 0; i < convention->token_count; i++) {
        const aq_name_token_t *token = &convention->tokens[i];

        if (token->name == NULL || token->name[0] == '\0' || strchr(token->name, ')') != NULL)
            return aq__fail(AQ_EMAPPING,
                            "naming convention: token %zu '%s': its name must not be empty or have a ')'", i,
                            token->name != NULL ? token->name : "");
        if (token->append == NULL)
            return aq__fail(AQ_EMAPPING, "naming convention: token '%s': it has no function", token->name);
        for (size_t j = 0; j < i; j++)
            if (strcmp(token->name, convention->tokens[j].name) == 0)
                return aq__fail(AQ_EMAPPING, "naming convention: token '%s': it is there twice", token->name);
    }
    return AQ_OK;
}

static bool is_empty(const aq_naming_convention_t *convention)
{
    return convention == NULL ||
           (convention->ix == NULL && convention->uq == NULL && convention->ck == NULL &&
            convention->fk == NULL && convention->pk == NULL && convention->token_count == 0);
}

aq__naming_t *aq__naming_create(aq_arena_t *arena, const aq_naming_convention_t *convention)
{
    static const aq_naming_convention_t usual = {.ix = "ix_%(column_0_label)s"};
    const aq_naming_convention_t *given = is_empty(convention) ? &usual : convention;
    const char *const texts[] = {
#define TEXT_(constant, key, text) given->key,
        AQ__NAMED_TABLE(TEXT_)
#undef TEXT_
    };
    aq__naming_t *naming = aq_arena_calloc(arena, 1, sizeof(*naming));
    int code = naming != NULL ? check_tokens(given) : AQ_ENOMEM;

    for (int kind = 0; kind < AQ__NAMED_KINDS && code == AQ_OK; kind++)
        if (texts[kind] != NULL)
            code = aq__template_parse(arena, (aq_named_kind_t)kind, texts[kind], given->tokens,
                                      given->token_count, &naming->templates[kind]);
    return code == AQ_OK ? naming : NULL;
}
