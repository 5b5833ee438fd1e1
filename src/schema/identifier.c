/* Identifiers: whether a name can be one, how SQL spells it, and what becomes of one that is too long.
 *
 * The happy path: lower case letters, digits, "_" and "$", and no keyword: the name is spelt as it is.
 * The failure modes: NULL, nothing, bytes that are not UTF-8, too many bytes. The message has the whole name, or what of it is UTF-8. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/schema/md5.h"
#include "src/schema/naming.h"

/* Sorted. */
static const char *const keywords[] = {
#include "src/schema/keywords.h"
};

/* ---- Checks ------------------------------------------------------------------------------------------------------------ */

static int fail_encoding(const char *what, const char *name, size_t length)
{
    size_t valid = length < AQ__NAME_MAX ? length : AQ__NAME_MAX;

    while (!aq_utf8_valid(name, valid))
        valid--;
    return aq__fail(AQ_EMAPPING, "%s '%.*s...': the name is not valid UTF-8", what, (int)valid, name);
}

int aq__name_check_text(const char *what, const char *name)
{
    size_t length = name != NULL ? strlen(name) : 0;

    if (name == NULL)
        return aq__fail(AQ_EMAPPING, "%s: the name is missing", what);
    if (length == 0)
        return aq__fail(AQ_EMAPPING, "%s '': the name is empty", what);
    if (!aq_utf8_valid(name, length))
        return fail_encoding(what, name, length);
    return AQ_OK;
}

int aq__name_check(const char *what, const char *name)
{
    int code = aq__name_check_text(what, name);

    if (code != AQ_OK)
        return code;
    if (strlen(name) > AQ__NAME_MAX)
        return aq__fail(AQ_EMAPPING, "%s '%s': the name has %zu bytes: at most %d are allowed", what, name,
                        strlen(name), AQ__NAME_MAX);
    return AQ_OK;
}

/* ---- Quotes ------------------------------------------------------------------------------------------------------------ */

static int compare_keyword(const void *name, const void *keyword)
{
    return strcmp(name, *(const char *const *)keyword);
}

static bool is_keyword(const char *name)
{
    return bsearch(name, keywords, AQ__COUNT_OF(keywords), sizeof(keywords[0]), compare_keyword) != NULL;
}

bool aq__name_needs_quotes(const char *name)
{
    static const char first[] = "abcdefghijklmnopqrstuvwxyz_",
                      next[] = "abcdefghijklmnopqrstuvwxyz_0123456789$";

    if (name[0] == '\0' || strchr(first, name[0]) == NULL)
        return true;
    return name[strspn(name, next)] != '\0' || is_keyword(name);
}

void aq__name_append(aq_text_t *sql, const char *name)
{
    if (aq__name_needs_quotes(name))
        aq_text_append_identifier(sql, name);
    else
        aq_text_append(sql, name);
}

void aq__name_append_qualified(aq_text_t *sql, const char *schema, const char *name)
{
    if (schema != NULL) {
        aq__name_append(sql, schema);
        aq_text_append_char(sql, '.');
    }
    aq__name_append(sql, name);
}

/* ---- Too long ------------------------------------------------------------------------------------------------------------ */

const char *aq__name_shorten(aq_arena_t *arena, const char *name, size_t most)
{
    size_t length = strlen(name);
    uint8_t digest[AQ__MD5_SIZE];

    if (length <= most)
        return name;
    aq__md5(name, length, digest);
    return aq_arena_printf(arena, "%.*s_%02x%02x", (int)aq__utf8_cut(name, length, most - 8), name,
                           digest[AQ__MD5_SIZE - 2], digest[AQ__MD5_SIZE - 1]);
}

void aq__name_make(char *name, const char *first, const char *second, const char *label)
{
    size_t before = strlen(first), behind = strlen(second);
    size_t room = AQ__NAME_MAX - strlen(label) - 1 - (behind > 0);

    while (before + behind > room)
        before > behind ? before-- : behind--;
    before = aq__utf8_cut(first, strlen(first), before);
    behind = aq__utf8_cut(second, strlen(second), behind);
    snprintf(name, AQ__NAME_MAX + 1, "%.*s%s%.*s_%s", (int)before, first, behind > 0 ? "_" : "", (int)behind,
             second, label);
}
