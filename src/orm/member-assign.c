/* Values that the user gives, as keys and in filters, brought to the type of a member.
 *
 * The happy path: C has fewer types than SQL: an int stands for any integer, a date, an enum's value, true. What fits becomes what the column is.
 * The failure modes: what does not fit is AQ_ERANGE, another type AQ_ETYPE, where a member is set; where it is only compared it is left to the server. */
#include "src/orm/member-class.h"

#include <math.h>

static bool is_integer(const aq_value_t *value)
{
    return value->kind == AQ_VALUE_INT2 || value->kind == AQ_VALUE_INT4 || value->kind == AQ_VALUE_INT8;
}

static bool is_time(aq_value_kind_t kind)
{
    return kind == AQ_VALUE_DATE || kind == AQ_VALUE_TIME || kind == AQ_VALUE_TIMESTAMP ||
           kind == AQ_VALUE_TIMESTAMPTZ;
}

static bool fits(const aq__field_t *field, int64_t number)
{
    switch (field->member_class->type) {
    case AQ__MEMBER_BOOL: return number == 0 || number == 1;
    case AQ__MEMBER_INT2: return number >= INT16_MIN && number <= INT16_MAX;
    case AQ__MEMBER_INT4:
    case AQ__MEMBER_DATE: return number >= INT32_MIN && number <= INT32_MAX;
    case AQ__MEMBER_ENUM: return number >= 0 && (uint64_t)number < field->declared->enumeration->labels.count;
    case AQ__MEMBER_FLOAT4: return number >= -(1 << 24) && number <= 1 << 24;
    case AQ__MEMBER_FLOAT8: return number >= -(INT64_C(1) << 53) && number <= INT64_C(1) << 53;
    case AQ__MEMBER_INT8:
    case AQ__MEMBER_TIME:
    case AQ__MEMBER_TIMESTAMP: return true;
    case AQ__MEMBER_INTERVAL:
    case AQ__MEMBER_UUID:
    case AQ__MEMBER_INET:
    case AQ__MEMBER_TEXT:
    case AQ__MEMBER_BYTEA:
    case AQ__MEMBER_CUSTOM: break;
    }
    return false;
}

/* ---- For comparing ------------------------------------------------------------------------------------------------------------------- */

static void convert_integer(const aq__field_t *field, aq_value_t *value)
{
    int64_t number = value->as.integer;

    if (!fits(field, number))
        return;
    switch (field->member_class->type) {
    case AQ__MEMBER_BOOL: *value = aq_bool(number != 0); break;
    case AQ__MEMBER_FLOAT4: *value = aq_float4((float)number); break;
    case AQ__MEMBER_FLOAT8: *value = aq_float8((double)number); break;
    case AQ__MEMBER_ENUM: *value = aq_text(field->declared->enumeration->labels.items[number]); break;
    case AQ__MEMBER_INT2:
    case AQ__MEMBER_INT4:
    case AQ__MEMBER_INT8:
    case AQ__MEMBER_DATE:
    case AQ__MEMBER_TIME:
    case AQ__MEMBER_TIMESTAMP: value->kind = field->element; break;
    case AQ__MEMBER_INTERVAL:
    case AQ__MEMBER_UUID:
    case AQ__MEMBER_INET:
    case AQ__MEMBER_TEXT:
    case AQ__MEMBER_BYTEA:
    case AQ__MEMBER_CUSTOM: break;
    }
}

void aq__member_convert(const aq__field_t *field, aq_value_t *value)
{
    aq__member_type_t type = field->member_class->type;

    if (field->form == AQ__MEMBER_ARRAY)
        return;
    if (is_integer(value))
        convert_integer(field, value);
    else if (value->kind == AQ_VALUE_FLOAT8 && type == AQ__MEMBER_FLOAT4)
        *value = aq_float4((float)value->as.number);
    else if (value->kind == AQ_VALUE_FLOAT4 && type == AQ__MEMBER_FLOAT8)
        value->kind = AQ_VALUE_FLOAT8;
    else if ((value->kind == AQ_VALUE_TIMESTAMP || value->kind == AQ_VALUE_TIMESTAMPTZ) &&
             type == AQ__MEMBER_TIMESTAMP)
        value->kind = field->element;
}

/* ---- For members ------------------------------------------------------------------------------------------------------------------------ */

static const char *kind_name(const aq_value_t *value)
{
    static const char *const names[] = {[AQ_VALUE_NULL] = "NULL",
                                        [AQ_VALUE_BOOL] = "a bool",
                                        [AQ_VALUE_INT2] = "an int2",
                                        [AQ_VALUE_INT4] = "an int4",
                                        [AQ_VALUE_INT8] = "an int8",
                                        [AQ_VALUE_FLOAT4] = "a float4",
                                        [AQ_VALUE_FLOAT8] = "a float8",
                                        [AQ_VALUE_TEXT] = "a text",
                                        [AQ_VALUE_BYTEA] = "a bytea",
                                        [AQ_VALUE_DATE] = "a date",
                                        [AQ_VALUE_TIME] = "a time",
                                        [AQ_VALUE_TIMESTAMP] = "a timestamp",
                                        [AQ_VALUE_TIMESTAMPTZ] = "a timestamptz",
                                        [AQ_VALUE_INTERVAL] = "an interval",
                                        [AQ_VALUE_UUID] = "a uuid",
                                        [AQ_VALUE_NUMERIC] = "a numeric",
                                        [AQ_VALUE_JSON] = "a json",
                                        [AQ_VALUE_JSONB] = "a jsonb",
                                        [AQ_VALUE_INET] = "an inet",
                                        [AQ_VALUE_ARRAY] = "an array"};

    return (size_t)value->kind < AQ__COUNT_OF(names) ? names[value->kind] : "a value of no kind";
}

static int wrong_type(const aq__field_t *field, const aq_value_t *value)
{
    const char *name = field->member_class->name;

    return aq__member_fail(field, AQ_ETYPE, "%s where %s %s%s was asked for", kind_name(value),
                           strchr("aei", name[0]) != NULL ? "an" : "a", name,
                           field->form == AQ__MEMBER_ARRAY ? " array" : "");
}

static int assign_integer(const aq__field_t *field, const aq_value_t *value, void *member)
{
    int64_t number = value->as.integer;
    int32_t four = (int32_t)number;
    int16_t two = (int16_t)number;
    bool one = number != 0;

    if (!fits(field, number))
        return aq__member_fail(field, AQ_ERANGE, "%lld does not fit %s %s", (long long)number,
                               strchr("aei", field->member_class->name[0]) != NULL ? "an" : "a",
                               field->member_class->name);
    switch (aq__member_size(field)) {
    case sizeof(one): memcpy(member, &one, sizeof(one)); break;
    case sizeof(two): memcpy(member, &two, sizeof(two)); break;
    case sizeof(four): memcpy(member, &four, sizeof(four)); break;
    default: memcpy(member, &number, sizeof(number)); break;
    }
    return AQ_OK;
}

static int assign_number(const aq__field_t *field, const aq_value_t *value, void *member)
{
    double eight = is_integer(value) ? (double)value->as.integer : value->as.number;
    float four = (float)eight;

    if (field->member_class->type == AQ__MEMBER_FLOAT8) {
        memcpy(member, &eight, sizeof(eight));
        return AQ_OK;
    }
    if (isinf(four) && !isinf(eight))
        return aq__member_fail(field, AQ_ERANGE, "%g does not fit a float4", eight);
    memcpy(member, &four, sizeof(four));
    return AQ_OK;
}

static int assign_bytes(const aq__field_t *field, const aq_value_t *value, aq_arena_t *arena, void *member)
{
    aq_bytes_t bytes = value->as.bytes;
    const char *text;

    if (field->member_class->type == AQ__MEMBER_BYTEA) {
        memcpy(member, &bytes, sizeof(bytes));
        return field->member_class->keep(field, arena, member);
    }
    text = aq_arena_strndup(arena, bytes.data, bytes.length);
    return text != NULL ? field->member_class->parse(field, text, arena, member)
                        : aq__member_fail_last(field);
}

/* What kind of value a member takes beside its own. */
static bool takes(const aq__field_t *field, const aq_value_t *value)
{
    aq_value_kind_t kind = value->kind;

    switch (field->member_class->type) {
    case AQ__MEMBER_BOOL: return kind == AQ_VALUE_BOOL || is_integer(value);
    case AQ__MEMBER_INT2:
    case AQ__MEMBER_INT4:
    case AQ__MEMBER_INT8: return is_integer(value);
    case AQ__MEMBER_FLOAT4:
    case AQ__MEMBER_FLOAT8: return is_integer(value) || kind == AQ_VALUE_FLOAT4 || kind == AQ_VALUE_FLOAT8;
    case AQ__MEMBER_DATE:
    case AQ__MEMBER_TIME: return is_integer(value) || kind == field->element;
    case AQ__MEMBER_TIMESTAMP:
        return is_integer(value) || kind == AQ_VALUE_TIMESTAMP || kind == AQ_VALUE_TIMESTAMPTZ;
    case AQ__MEMBER_INTERVAL: return kind == AQ_VALUE_INTERVAL;
    case AQ__MEMBER_UUID: return kind == AQ_VALUE_UUID || kind == AQ_VALUE_TEXT;
    case AQ__MEMBER_INET: return kind == AQ_VALUE_INET || kind == AQ_VALUE_TEXT;
    case AQ__MEMBER_ENUM: return is_integer(value) || kind == AQ_VALUE_TEXT;
    case AQ__MEMBER_TEXT: return kind == AQ_VALUE_TEXT || kind == field->element;
    case AQ__MEMBER_BYTEA: return kind == AQ_VALUE_BYTEA;
    case AQ__MEMBER_CUSTOM: return kind == (field->declared->custom->bytes ? AQ_VALUE_BYTEA : AQ_VALUE_TEXT);
    }
    return false;
}

static int assign_custom(const aq__field_t *field, const aq_value_t *value, aq_arena_t *arena, void *member)
{
    const aq_custom_t *custom = field->declared->custom;

    return custom->decode(custom->data, value->as.bytes, arena, member) == AQ_OK
               ? AQ_OK
               : aq__member_fail_last(field);
}

static int assign_taken(const aq__field_t *field, const aq_value_t *value, aq_arena_t *arena, void *member)
{
    aq__member_type_t type = field->member_class->type;

    if (type == AQ__MEMBER_CUSTOM)
        return assign_custom(field, value, arena, member);
    if (type == AQ__MEMBER_FLOAT4 || type == AQ__MEMBER_FLOAT8)
        return assign_number(field, value, member);
    if (is_integer(value) || is_time(value->kind))
        return assign_integer(field, value, member);
    switch (value->kind) {
    case AQ_VALUE_BOOL: memcpy(member, &value->as.boolean, sizeof(bool)); break;
    case AQ_VALUE_INTERVAL: memcpy(member, &value->as.interval, sizeof(aq_interval_t)); break;
    case AQ_VALUE_UUID: memcpy(member, &value->as.uuid, sizeof(aq_uuid_t)); break;
    case AQ_VALUE_INET: memcpy(member, value->as.inet, sizeof(aq_inet_t)); break;
    case AQ_VALUE_TEXT:
    case AQ_VALUE_BYTEA:
    case AQ_VALUE_NUMERIC:
    case AQ_VALUE_JSON:
    case AQ_VALUE_JSONB: return assign_bytes(field, value, arena, member);
    case AQ_VALUE_NULL:
    case AQ_VALUE_INT2:
    case AQ_VALUE_INT4:
    case AQ_VALUE_INT8:
    case AQ_VALUE_FLOAT4:
    case AQ_VALUE_FLOAT8:
    case AQ_VALUE_DATE:
    case AQ_VALUE_TIME:
    case AQ_VALUE_TIMESTAMP:
    case AQ_VALUE_TIMESTAMPTZ:
    case AQ_VALUE_ARRAY: return wrong_type(field, value);
    }
    return AQ_OK;
}

/* An array is taken where its items are what the member's are. */
static int assign_array(const aq__field_t *field, const aq_value_t *value, aq_arena_t *arena, void *member)
{
    aq_text_array_t array = {value->as.array.items, value->as.array.nulls, value->as.array.count};

    if (value->kind != AQ_VALUE_ARRAY || value->element != field->element ||
        field->member_class->type == AQ__MEMBER_ENUM)
        return wrong_type(field, value);
    memcpy(member, &array, sizeof(array));
    return aq__items_keep(field, arena, member);
}

int aq__member_assign(const aq__field_t *field, const aq_value_t *value, aq_arena_t *arena, void *member)
{
    bool is_null = value->kind == AQ_VALUE_NULL || (value->kind == AQ_VALUE_INET && value->as.inet == NULL);
    const bool present = true;
    int code;

    if (is_null && !field->nullable)
        return wrong_type(field, value);
    memset(member, 0, field->size);
    if (is_null)
        return AQ_OK;
    if (field->form == AQ__MEMBER_ARRAY)
        return assign_array(field, value, arena, member);
    if (!takes(field, value))
        return wrong_type(field, value);
    code = assign_taken(field, value, arena, member);
    if (code == AQ_OK && field->form == AQ__MEMBER_NULLABLE)
        memcpy((char *)member + aq__member_size(field), &present, sizeof(present));
    return code;
}
