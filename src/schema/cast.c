/* From one type to another: whether PostgreSQL converts a column by itself, how it is told to where it does not, and whether all values survive.
 *
 * Source: PostgreSQL documentation, CREATE CAST and ALTER TABLE (an ALTER COLUMN TYPE without USING wants a cast that is allowed in
 * assignments), and pg_cast. What is not in the tables here is converted by its text form, as a person would: c::text::uuid.
 * There is no failure mode: the server has the last word when the statement is run. */
#include <stdlib.h>
#include <string.h>

#include "src/schema/compare.h"
#include "src/schema/ddl.h"
#include "src/schema/naming.h"

static bool is_text(const aq__type_t *type)
{
    return !type->array && (type->oid == AQ_OID_TEXT || type->oid == AQ_OID_VARCHAR ||
                            type->oid == AQ_OID_BPCHAR || type->oid == AQ_OID_NAME);
}

/* ---- Casts that are allowed in assignments ------------------------------------------------------------------------------------- */

bool aq__is_number(uint32_t oid)
{
    return oid == AQ_OID_INT2 || oid == AQ_OID_INT4 || oid == AQ_OID_INT8 || oid == AQ_OID_NUMERIC ||
           oid == AQ_OID_FLOAT4 || oid == AQ_OID_FLOAT8;
}

static bool is_integer(uint32_t oid)
{
    return oid == AQ_OID_INT2 || oid == AQ_OID_INT4 || oid == AQ_OID_INT8;
}

static const struct {
    uint32_t from, to;
} assignments[] = {
    {AQ_OID_OID, AQ_OID_INT4},
    {AQ_OID_OID, AQ_OID_INT8},
    {AQ_OID_INT2, AQ_OID_OID},
    {AQ_OID_INT4, AQ_OID_OID},
    {AQ_OID_INT8, AQ_OID_OID},
    {AQ_OID_DATE, AQ_OID_TIMESTAMP},
    {AQ_OID_DATE, AQ_OID_TIMESTAMPTZ},
    {AQ_OID_TIMESTAMP, AQ_OID_DATE},
    {AQ_OID_TIMESTAMP, AQ_OID_TIME},
    {AQ_OID_TIMESTAMP, AQ_OID_TIMESTAMPTZ},
    {AQ_OID_TIMESTAMPTZ, AQ_OID_DATE},
    {AQ_OID_TIMESTAMPTZ, AQ_OID_TIME},
    {AQ_OID_TIMESTAMPTZ, AQ_OID_TIMESTAMP},
    {AQ_OID_TIME, AQ_OID_INTERVAL},
    {AQ_OID_INTERVAL, AQ_OID_TIME},
    {AQ_OID_JSON, AQ_OID_JSONB},
    {AQ_OID_JSONB, AQ_OID_JSON},
};

static bool is_assignable(uint32_t from, uint32_t to)
{
    if (from == to || (aq__is_number(from) && aq__is_number(to)))
        return true;
    for (size_t i = 0; i < AQ__COUNT_OF(assignments); i++)
        if (assignments[i].from == from && assignments[i].to == to)
            return true;
    return false;
}

static bool is_same_named(const aq__type_t *from, const aq__type_t *to)
{
    return from->name != NULL && to->name != NULL && aq__same_text(from->name, to->name) &&
           aq__same_schema(from->schema, to->schema);
}

static bool converts_itself(const aq__type_t *from, const aq__type_t *to)
{
    if (is_text(to)) /* each type has a cast to text that assignments may use */
        return true;
    if (from->array != to->array)
        return false;
    if (to->array && (to->oid == AQ_OID_TEXT || to->oid == AQ_OID_VARCHAR || to->oid == AQ_OID_BPCHAR))
        return true;
    return from->oid != 0 && to->oid != 0 ? is_assignable(from->oid, to->oid) : is_same_named(from, to);
}

/* ---- USING ------------------------------------------------------------------------------------------------------------------------ */

/* The type that leads from one to the other: boolean is a number by way of integer, all others by their text. NULL: none is needed. */
static const char *way(const aq__type_t *from, const aq__type_t *to)
{
    bool from_bool = !from->array && from->oid == AQ_OID_BOOL, to_bool = !to->array && to->oid == AQ_OID_BOOL;

    if (is_text(from))
        return NULL;
    if (from->array && to->array && (from->oid == AQ_OID_TEXT || from->oid == AQ_OID_VARCHAR))
        return NULL;
    if ((from_bool && to->oid == AQ_OID_INT4) || (to_bool && from->oid == AQ_OID_INT4))
        return NULL;
    if ((from_bool && aq__is_number(to->oid) && !to->array) ||
        (to_bool && aq__is_number(from->oid) && !from->array))
        return "integer";
    return "text";
}

bool aq__append_conversion(aq_text_t *sql, const char *column, const aq__type_t *from, const aq__type_t *to)
{
    const char *by;

    if (converts_itself(from, to))
        return false;
    by = way(from, to);
    aq__name_append(sql, column);
    if (by != NULL)
        aq_text_appendf(sql, "::%s", by);
    aq_text_append(sql, "::");
    aq__ddl_type(sql, to);
    return true;
}

/* ---- Whether all values survive ------------------------------------------------------------------------------------------------------ */

/* Decimal digits before the point. */
static int integer_digits(uint32_t oid)
{
    return oid == AQ_OID_INT2 ? 5 : oid == AQ_OID_INT4 ? 10 : 19;
}

static bool numeric_holds(const aq__type_t *to, const aq__type_t *from)
{
    int to_scale = to->modifier_count > 1 ? to->modifiers[1] : 0;
    int from_scale = from->modifier_count > 1 ? from->modifiers[1] : 0;

    if (to->modifier_count == 0)
        return from->oid == AQ_OID_NUMERIC || is_integer(from->oid);
    if (is_integer(from->oid))
        return to->modifiers[0] - to_scale >= integer_digits(from->oid) && to_scale >= 0;
    return from->oid == AQ_OID_NUMERIC && from->modifier_count > 0 && to_scale >= from_scale &&
           to->modifiers[0] - to_scale >= from->modifiers[0] - from_scale;
}

static bool number_holds(const aq__type_t *to, const aq__type_t *from)
{
    switch (to->oid) {
    case AQ_OID_INT4: return from->oid == AQ_OID_INT2 || from->oid == AQ_OID_INT4;
    case AQ_OID_INT8: return is_integer(from->oid);
    case AQ_OID_FLOAT4: return from->oid == AQ_OID_FLOAT4 || from->oid == AQ_OID_INT2;
    case AQ_OID_FLOAT8:
        return aq__is_number(from->oid) && from->oid != AQ_OID_INT8 && from->oid != AQ_OID_NUMERIC;
    case AQ_OID_NUMERIC: return numeric_holds(to, from);
    default: return to->oid == from->oid;
    }
}

/* The text of every value is one of these: text and varchar hold any, or only what is itself as short. char(n) is blind to blanks at the
 * end, so that it holds nothing but char. */
static bool text_holds(const aq__type_t *to, const aq__type_t *from)
{
    bool same_kind = from->oid == to->oid || (to->oid == AQ_OID_VARCHAR && from->oid == AQ_OID_BPCHAR);

    if (to->oid == AQ_OID_TEXT || (to->oid == AQ_OID_VARCHAR && to->modifier_count == 0))
        return true;
    if (to->oid == AQ_OID_NAME)
        return from->oid == AQ_OID_NAME && !from->array;
    return same_kind && !from->array && from->modifier_count > 0 && to->modifier_count > 0 &&
           to->modifiers[0] >= from->modifiers[0];
}

/* Digits of a second; the fields of an interval. */
static bool time_holds(const aq__type_t *to, const aq__type_t *from)
{
    int to_digits = to->modifier_count > 0 ? to->modifiers[0] : 6;
    int from_digits = from->modifier_count > 0 ? from->modifiers[0] : 6;

    if (from->oid == AQ_OID_DATE)
        return to->oid == AQ_OID_DATE || to->oid == AQ_OID_TIMESTAMP || to->oid == AQ_OID_TIMESTAMPTZ;
    return (from->oid == to->oid || (from->oid == AQ_OID_TIME && to->oid == AQ_OID_INTERVAL)) &&
           to_digits >= from_digits && (to->fields == NULL || aq__same_text(to->fields, from->fields));
}

bool aq__type_holds(const aq__type_t *to, const aq__type_t *from)
{
    if (is_text(to))
        return text_holds(to, from);
    if (to->array != from->array)
        return false;
    if (aq__is_number(to->oid) && aq__is_number(from->oid))
        return number_holds(to, from);
    if (to->oid == AQ_OID_INT8 && from->oid == AQ_OID_OID)
        return true;
    switch (to->oid) {
    case AQ_OID_TEXT: /* arrays of them */
    case AQ_OID_VARCHAR:
    case AQ_OID_BPCHAR: {
        aq__type_t one = *to, other = *from;

        one.array = other.array = false;
        return text_holds(&one, &other);
    }
    case AQ_OID_DATE:
    case AQ_OID_TIME:
    case AQ_OID_TIMESTAMP:
    case AQ_OID_TIMESTAMPTZ:
    case AQ_OID_INTERVAL: return time_holds(to, from);
    case AQ_OID_JSON: return from->oid == AQ_OID_JSONB;
    case AQ_OID_NUMERIC: return false;
    default: return aq__same_type(to, from);
    }
}
