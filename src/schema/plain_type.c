/* Types that are read without the parser, as nearly all that are written are: a name, numbers in brackets, square brackets.
 *
 * The happy path: words of the standard ("character varying") have the names of the catalog, other words are names. The failure modes: no memory; whatever else is
 * there (a keyword, quotes, a comment, "interval year to month") is left to the parser, and so is whatever is wrong, since it knows what to say. */
#include <string.h>

#include "src/schema/naming.h"
#include "src/schema/read_sql-private.h"

typedef struct words {
    const char *words; /* one space between two */
    const char *name;  /* in the catalog; NULL: left to the parser */
    int most;          /* modifiers; what may have them may have none */
    int implied;       /* modifier where there is none; 0: none */
    const char *zoned; /* the name with "with time zone" behind it; NULL: that cannot stand there */
} words_t;

/* The longer first where one begins like another. The rest are the keywords that no type can be called without quotes: an interval has words of its own behind it. */
static const words_t of_standard[] = {
    {"double precision", "float8", 0, 0, NULL},
    {"character varying", "varchar", 1, 0, NULL},
    {"char varying", "varchar", 1, 0, NULL},
    {"character", "bpchar", 1, 1, NULL},
    {"char", "bpchar", 1, 1, NULL},
    {"varchar", "varchar", 1, 0, NULL},
    {"int", "int4", 0, 0, NULL},
    {"integer", "int4", 0, 0, NULL},
    {"smallint", "int2", 0, 0, NULL},
    {"bigint", "int8", 0, 0, NULL},
    {"real", "float4", 0, 0, NULL},
    {"float", "float8", 0, 0, NULL},
    {"boolean", "bool", 0, 0, NULL},
    {"numeric", "numeric", 2, 0, NULL},
    {"decimal", "numeric", 2, 0, NULL},
    {"dec", "numeric", 2, 0, NULL},
    {"timestamp", "timestamp", 1, 0, "timestamptz"},
    {"time", "time", 1, 0, "timetz"},
#define LEFT_(word)            \
    {                          \
        word, NULL, 0, 0, NULL \
    }
    LEFT_("between"),
    LEFT_("bit"),
    LEFT_("coalesce"),
    LEFT_("exists"),
    LEFT_("extract"),
    LEFT_("greatest"),
    LEFT_("grouping"),
    LEFT_("inout"),
    LEFT_("interval"),
    LEFT_("least"),
    LEFT_("national"),
    LEFT_("nchar"),
    LEFT_("none"),
    LEFT_("normalize"),
    LEFT_("nullif"),
    LEFT_("out"),
    LEFT_("overlay"),
    LEFT_("position"),
    LEFT_("precision"),
    LEFT_("row"),
    LEFT_("setof"),
    LEFT_("substring"),
    LEFT_("treat"),
    LEFT_("trim"),
    LEFT_("values"),
    LEFT_("xmlattributes"),
    LEFT_("xmlconcat"),
    LEFT_("xmlelement"),
    LEFT_("xmlexists"),
    LEFT_("xmlforest"),
    LEFT_("xmlnamespaces"),
    LEFT_("xmlparse"),
    LEFT_("xmlpi"),
    LEFT_("xmlroot"),
    LEFT_("xmlserialize"),
    LEFT_("xmltable"),
    LEFT_("serial"),
    LEFT_("serial2"),
    LEFT_("serial4"),
    LEFT_("serial8"),
    LEFT_("smallserial"),
    LEFT_("bigserial"),
#undef LEFT_
};

/* ---- Pieces ------------------------------------------------------------------------------------------------------------------ */

static const char *skip_space(const char *at)
{
    return at + strspn(at, " \t\n\r\f");
}

static char lower(char character)
{
    return character >= 'A' && character <= 'Z' ? (char)(character | 0x20) : character;
}

static bool is_letter(char character)
{
    return (lower(character) >= 'a' && lower(character) <= 'z') || character == '_';
}

static bool is_digit(char character)
{
    return character >= '0' && character <= '9';
}

/* Takes a word without quotes, in lower case, and the space behind it; false: there is none, or one that is too long. */
static bool take_word(const char **at, char word[AQ__NAME_MAX + 1])
{
    size_t length = 0;

    if (!is_letter(**at))
        return false;
    for (; is_letter((*at)[length]) || is_digit((*at)[length]) || (*at)[length] == '$'; length++) {
        if (length == AQ__NAME_MAX)
            return false;
        word[length] = lower((*at)[length]);
    }
    word[length] = '\0';
    *at = skip_space(*at + length);
    return true;
}

static bool take(const char **at, char character)
{
    if (**at != character)
        return false;
    *at = skip_space(*at + 1);
    return true;
}

/* Takes words with one space between two in `words`, and any white space in the text. */
static bool take_words(const char **at, const char *words)
{
    const char *rest = *at;
    char word[AQ__NAME_MAX + 1];

    for (;; words++) {
        size_t length = strcspn(words, " ");

        if (!take_word(&rest, word) || strlen(word) != length || strncmp(word, words, length) != 0)
            return false;
        words += length;
        if (*words == '\0')
            break;
    }
    *at = rest;
    return true;
}

/* Not so many digits that they could be too many. */
static bool take_number(const char **at, int *number)
{
    size_t length = strspn(*at, "0123456789");

    if (length == 0 || length > 9)
        return false;
    *number = 0;
    for (size_t i = 0; i < length; i++)
        *number = *number * 10 + ((*at)[i] - '0');
    *at += length;
    if (is_letter(**at) || **at == '.' || **at == '$' || (**at & 0x80) != 0)
        return false;
    *at = skip_space(*at);
    return true;
}

/* "(10, 2)", or nothing. */
static bool take_modifiers(const char **at, int most, aq__type_t *type)
{
    if (!take(at, '('))
        return true;
    do {
        if (type->modifier_count == most || !take_number(at, &type->modifiers[type->modifier_count++]))
            return false;
    } while (take(at, ','));
    return take(at, ')');
}

/* "[][3]" to the end of the text. */
static bool take_bounds(const char **at, aq__type_t *type)
{
    int bound;

    while (take(at, '[')) {
        type->array = true;
        if (is_digit(**at) && !take_number(at, &bound))
            return false;
        if (!take(at, ']'))
            return false;
    }
    return **at == '\0';
}

/* ---- Types ------------------------------------------------------------------------------------------------------------------- */

typedef struct plain {
    char schema[AQ__NAME_MAX + 1]; /* "": none */
    char name[AQ__NAME_MAX + 1];
} plain_t;

static bool take_standard(const char **at, const words_t *words, plain_t *plain, aq__type_t *type)
{
    bool zoned = false;

    if (words->name == NULL || !take_modifiers(at, words->most, type))
        return false;
    if (words->implied != 0 && type->modifier_count == 0)
        type->modifiers[type->modifier_count++] = words->implied;
    if (words->zoned != NULL && !take_words(at, "without time zone"))
        zoned = take_words(at, "with time zone");
    strcpy(plain->schema, "pg_catalog");
    strcpy(plain->name, zoned ? words->zoned : words->name);
    return take_bounds(at, type);
}

/* A name, or two with a dot between them. What is in pg_catalog may be an interval. */
static bool take_named(const char **at, plain_t *plain, aq__type_t *type)
{
    if (!take_word(at, plain->name) || aq__name_needs_quotes(plain->name))
        return false;
    if (take(at, '.')) {
        strcpy(plain->schema, plain->name);
        if (strcmp(plain->schema, "pg_catalog") == 0 || !take_word(at, plain->name) ||
            aq__name_needs_quotes(plain->name))
            return false;
    }
    return take_modifiers(at, AQ__COUNT_OF(type->modifiers), type) && take_bounds(at, type);
}

static bool take_type(const char *at, plain_t *plain, aq__type_t *type)
{
    at = skip_space(at);
    for (size_t i = 0; i < AQ__COUNT_OF(of_standard); i++)
        if (take_words(&at, of_standard[i].words))
            return take_standard(&at, &of_standard[i], plain, type);
    return take_named(&at, plain, type);
}

int aq__read_plain_type(aq_arena_t *arena, const char *text, aq__type_t *type, bool *is_plain)
{
    plain_t plain = {"", ""};
    aq__type_t found = {0};

    *is_plain = take_type(text, &plain, &found);
    if (!*is_plain)
        return AQ_OK;
    *type = found;
    return aq__sql_set_type_name(NULL, arena, plain.schema[0] != '\0' ? plain.schema : NULL, plain.name,
                                 type);
}
