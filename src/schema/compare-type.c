/* Types by their meaning.
 *
 * The happy path: a type that somebody wrote is read; both have an OID or a name then, and modifiers with their defaults spelled out.
 * The failure modes: what cannot be read is compared as it is written, but for case and white space; no memory. */
#include <ctype.h>
#include <string.h>

#include "src/schema/compare.h"
#include "src/schema/ddl.h"
#include "src/schema/read_sql.h"

int aq__type_resolve(aq_arena_t *arena, const aq__type_t *type, aq__type_t *resolved)
{
    int code;

    *resolved = *type;
    if (type->text == NULL)
        return AQ_OK;
    *resolved = (aq__type_t){0};
    code = aq__read_type(arena, type->text, resolved);
    if (code == AQ_ENOMEM)
        return code;
    if (code != AQ_OK)
        *resolved = *type;
    return AQ_OK;
}

/* ---- Modifiers ------------------------------------------------------------------------------------------------------------- */

/* With those that mean the same as none at all, and with those that are meant by none. */
static aq__type_t spell_out(const aq__type_t *type)
{
    aq__type_t full = *type;

    switch (full.oid) {
    case AQ_OID_BPCHAR:
        if (full.modifier_count == 0)
            full.modifiers[full.modifier_count++] = 1;
        break;
    case AQ_OID_NUMERIC:
        if (full.modifier_count == 1)
            full.modifiers[full.modifier_count++] = 0;
        break;
    case AQ_OID_TIME:
    case AQ_OID_TIMESTAMP:
    case AQ_OID_TIMESTAMPTZ:
    case AQ_OID_INTERVAL:
        if (full.modifier_count == 1 && full.modifiers[0] >= 6) /* microseconds: there is nothing finer */
            full.modifier_count = 0;
        break;
    default: break;
    }
    return full;
}

static bool same_modifiers(const aq__type_t *a, const aq__type_t *b)
{
    aq__type_t full_a = spell_out(a), full_b = spell_out(b);

    if (full_a.modifier_count != full_b.modifier_count)
        return false;
    for (int i = 0; i < full_a.modifier_count; i++)
        if (full_a.modifiers[i] != full_b.modifiers[i])
            return false;
    return true;
}

/* ---- Texts ----------------------------------------------------------------------------------------------------------------- */

static const char *next_of(const char *text)
{
    while (isspace((unsigned char)*text))
        text++;
    return text;
}

static bool reads_same(const char *a, const char *b)
{
    for (;; a++, b++) {
        a = next_of(a);
        b = next_of(b);
        if (tolower((unsigned char)*a) != tolower((unsigned char)*b))
            return false;
        if (*a == '\0')
            return true;
    }
}

/* Without memory they are not known to be the same, and whoever tells of it will miss the memory too. */
static bool written_same(const aq__type_t *a, const aq__type_t *b)
{
    aq_text_t text_a = {0}, text_b = {0};
    bool same;

    aq__ddl_type(&text_a, a);
    aq__ddl_type(&text_b, b);
    same = !text_a.failed && !text_b.failed && reads_same(aq_text_string(&text_a), aq_text_string(&text_b));
    aq_text_dispose(&text_a);
    aq_text_dispose(&text_b);
    return same;
}

/* ---- All of it ---------------------------------------------------------------------------------------------------------------- */

static bool same_fields(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : reads_same(a, b);
}

bool aq__same_type(const aq__type_t *a, const aq__type_t *b)
{
    if (a->text != NULL || b->text != NULL)
        return written_same(a, b);
    if (a->array != b->array || a->oid != b->oid || !same_fields(a->fields, b->fields))
        return false;
    if (a->name != NULL && b->name != NULL &&
        (!aq__same_text(a->name, b->name) || !aq__same_schema(a->schema, b->schema)))
        return false;
    return (a->name == NULL) == (b->name == NULL) && same_modifiers(a, b);
}
