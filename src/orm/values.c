/* Values of queries: copied out of the caller's block, and arrays of them brought to the types of columns.
 *
 * The happy path: numbers are in the value itself, texts and arrays are copied to the arena. An array of C integers becomes what the column is: dates, timestamps, labels of an enum. The failure modes: no memory; a number that is none of an enum's
 * values (AQ_ERANGE). What does not fit a column's type is left as it is: the server compares it, and finds nothing. */
#include "src/orm/member.h"
#include "src/orm/query.h"
#include "src/orm/session.h"

/* ---- Copies ------------------------------------------------------------------------------------------------------------------------ */

static size_t stride_of(aq_value_kind_t kind)
{
    switch (kind) {
    case AQ_VALUE_BOOL: return sizeof(bool);
    case AQ_VALUE_INT2: return sizeof(int16_t);
    case AQ_VALUE_INT4:
    case AQ_VALUE_DATE: return sizeof(int32_t);
    case AQ_VALUE_INT8:
    case AQ_VALUE_TIME:
    case AQ_VALUE_TIMESTAMP:
    case AQ_VALUE_TIMESTAMPTZ: return sizeof(int64_t);
    case AQ_VALUE_FLOAT4: return sizeof(float);
    case AQ_VALUE_FLOAT8: return sizeof(double);
    case AQ_VALUE_TEXT:
    case AQ_VALUE_NUMERIC:
    case AQ_VALUE_JSON:
    case AQ_VALUE_JSONB: return sizeof(char *);
    case AQ_VALUE_BYTEA: return sizeof(aq_bytes_t);
    case AQ_VALUE_INTERVAL: return sizeof(aq_interval_t);
    case AQ_VALUE_UUID: return sizeof(aq_uuid_t);
    case AQ_VALUE_INET: return sizeof(aq_inet_t);
    case AQ_VALUE_NULL:
    case AQ_VALUE_ARRAY: return 0;
    }
    return 0;
}

static bool is_texts(aq_value_kind_t element)
{
    return element == AQ_VALUE_TEXT || element == AQ_VALUE_NUMERIC || element == AQ_VALUE_JSON ||
           element == AQ_VALUE_JSONB;
}

/* Each of an array of texts or bytes. */
static int copy_items(aq_arena_t *arena, aq_value_t *to)
{
    char **texts = (char **)(uintptr_t)to->as.array.items;
    aq_bytes_t *bytes = (aq_bytes_t *)(uintptr_t)to->as.array.items;

    for (size_t i = 0; i < to->as.array.count; i++) {
        if (is_texts(to->element) && texts[i] != NULL) {
            texts[i] = aq_arena_strdup(arena, texts[i]);
            if (texts[i] == NULL)
                return AQ_ENOMEM;
        } else if (to->element == AQ_VALUE_BYTEA && bytes[i].data != NULL) {
            bytes[i].data = aq_arena_dup(arena, bytes[i].data, bytes[i].length);
            if (bytes[i].data == NULL)
                return AQ_ENOMEM;
        }
    }
    return AQ_OK;
}

static int copy_array(aq_arena_t *arena, const aq_value_t *from, aq_value_t *to)
{
    size_t count = from->as.array.count, stride = stride_of(from->element);

    if (count > SIZE_MAX / sizeof(aq_interval_t) / 2)
        return aq__fail(AQ_ETOOBIG, "an array of %zu items", count);
    if (count > 0 && from->as.array.items == NULL)
        return aq__fail(AQ_EINVAL, "an array of %zu items is NULL", count);
    to->as.array.items = aq_arena_dup(arena, count > 0 ? from->as.array.items : "", count * stride);
    if (to->as.array.items == NULL)
        return AQ_ENOMEM;
    if (from->as.array.nulls != NULL) {
        to->as.array.nulls = aq_arena_dup(arena, from->as.array.nulls, count * sizeof(bool));
        if (to->as.array.nulls == NULL)
            return AQ_ENOMEM;
    }
    return is_texts(from->element) || from->element == AQ_VALUE_BYTEA ? copy_items(arena, to) : AQ_OK;
}

int aq__value_copy(aq_arena_t *arena, const aq_value_t *from, aq_value_t *to)
{
    *to = *from;
    switch (from->kind) {
    case AQ_VALUE_TEXT:
    case AQ_VALUE_BYTEA:
    case AQ_VALUE_NUMERIC:
    case AQ_VALUE_JSON:
    case AQ_VALUE_JSONB: {
        char *copy = aq_arena_alloc(arena, from->as.bytes.length + 1);

        if (copy == NULL)
            return AQ_ENOMEM;
        memcpy(copy, from->as.bytes.data, from->as.bytes.length);
        copy[from->as.bytes.length] = '\0';
        to->as.bytes.data = copy;
        return AQ_OK;
    }
    case AQ_VALUE_INET:
        to->as.inet = from->as.inet != NULL ? aq_arena_dup(arena, from->as.inet, sizeof(aq_inet_t)) : NULL;
        return from->as.inet == NULL || to->as.inet != NULL ? AQ_OK : AQ_ENOMEM;
    case AQ_VALUE_ARRAY: return copy_array(arena, from, to);
    case AQ_VALUE_NULL:
    case AQ_VALUE_BOOL:
    case AQ_VALUE_INT2:
    case AQ_VALUE_INT4:
    case AQ_VALUE_INT8:
    case AQ_VALUE_FLOAT4:
    case AQ_VALUE_FLOAT8:
    case AQ_VALUE_DATE:
    case AQ_VALUE_TIME:
    case AQ_VALUE_TIMESTAMP:
    case AQ_VALUE_TIMESTAMPTZ:
    case AQ_VALUE_INTERVAL:
    case AQ_VALUE_UUID: return AQ_OK;
    }
    return AQ_OK;
}

int aq__arguments_copy(aq_arena_t *arena, const aq_arguments_t *from, aq_arguments_t *to)
{
    size_t count = from != NULL ? from->count : 0;
    aq_value_t *values = aq_arena_calloc(arena, count, sizeof(*values));

    if (values == NULL)
        return AQ_ENOMEM;
    for (size_t i = 0; i < count; i++) {
        int code = aq__value_copy(arena, &from->values[i], &values[i]);

        if (code != AQ_OK)
            return code;
    }
    to->count = count;
    to->values = values;
    return AQ_OK;
}

/* ---- Arrays as columns ---------------------------------------------------------------------------------------------------------------- */

static bool is_integers(aq_value_kind_t element)
{
    return element == AQ_VALUE_INT2 || element == AQ_VALUE_INT4 || element == AQ_VALUE_INT8;
}

static int64_t integer_at(const aq_value_t *array, size_t i)
{
    const void *items = array->as.array.items;

    return array->element == AQ_VALUE_INT2   ? ((const int16_t *)items)[i]
           : array->element == AQ_VALUE_INT4 ? ((const int32_t *)items)[i]
                                             : ((const int64_t *)items)[i];
}

/* Whether an array of integers can be one of this kind; `wide`: whether it needs 8 bytes. */
static bool takes_integers(aq_value_kind_t kind)
{
    return is_integers(kind) || kind == AQ_VALUE_DATE || kind == AQ_VALUE_TIME ||
           kind == AQ_VALUE_TIMESTAMP || kind == AQ_VALUE_TIMESTAMPTZ;
}

static bool all_fit(const aq_value_t *array, size_t size)
{
    int64_t most = size == 2 ? INT16_MAX : size == 4 ? INT32_MAX : INT64_MAX;

    for (size_t i = 0; size < 8 && i < array->as.array.count; i++)
        if (integer_at(array, i) > most || integer_at(array, i) < -most - 1)
            return false;
    return true;
}

static int convert_integers(aq_arena_t *arena, aq_value_kind_t kind, aq_value_t *array)
{
    size_t count = array->as.array.count, size = stride_of(kind);
    char *items;

    if (!all_fit(array, size))
        return AQ_OK;
    items = aq_arena_alloc(arena, count * size);
    if (items == NULL)
        return AQ_ENOMEM;
    for (size_t i = 0; i < count; i++) {
        int64_t number = integer_at(array, i);

        if (size == 2)
            ((int16_t *)(void *)items)[i] = (int16_t)number;
        else if (size == 4)
            ((int32_t *)(void *)items)[i] = (int32_t)number;
        else
            ((int64_t *)(void *)items)[i] = number;
    }
    array->as.array.items = items;
    array->element = kind;
    return AQ_OK;
}

static int convert_labels(aq_arena_t *arena, const aq__field_t *field, aq_value_t *array)
{
    const aq_labels_t *labels = &field->declared->enumeration->labels;
    size_t count = array->as.array.count;
    const char **items = aq_arena_calloc(arena, count, sizeof(*items));

    if (items == NULL)
        return AQ_ENOMEM;
    for (size_t i = 0; i < count; i++) {
        int64_t number = integer_at(array, i);

        if (array->as.array.nulls != NULL && array->as.array.nulls[i])
            continue;
        if (number < 0 || (uint64_t)number >= labels->count || labels->items[number] == NULL)
            return aq__fail(AQ_ERANGE, "%s.%s: %lld is none of the %zu values of enum '%s'", field->model,
                            field->attribute->name, (long long)number, labels->count,
                            field->declared->enumeration->name);
        items[i] = labels->items[number];
    }
    array->as.array.items = items;
    array->as.array.nulls = NULL;
    array->element = AQ_VALUE_TEXT;
    return AQ_OK;
}

int aq__array_convert(aq_arena_t *arena, const aq__field_t *field, aq_value_t *array)
{
    if (array->element == AQ_VALUE_TEXT && is_texts(field->kind))
        array->element = field->kind; /* the same C type */
    if (!is_integers(array->element) || array->element == field->kind)
        return AQ_OK;
    if (field->declared->enumeration != NULL && !field->declared->array)
        return convert_labels(arena, field, array);
    return takes_integers(field->kind) ? convert_integers(arena, field->kind, array) : AQ_OK;
}

/* Types that compare with text as it is. */
static bool is_text_oid(uint32_t oid)
{
    return oid == AQ_OID_TEXT || oid == AQ_OID_VARCHAR || oid == AQ_OID_BPCHAR || oid == AQ_OID_NAME ||
           oid == AQ_OID_TEXT_ARRAY;
}

const char *aq__array_cast(aq_arena_t *arena, const aq__field_t *field, aq_value_kind_t element, bool *failed)
{
    const char *cast, *brackets;

    if (element != AQ_VALUE_TEXT || is_text_oid(field->oid))
        return NULL;
    brackets = field->attribute->column->type.array ? "" : "[]";
    cast = field->cast[0] != '\0'
               ? aq_arena_printf(arena, "::text[]%s%s", field->cast, brackets)
               : aq_arena_printf(arena, "::text[]::%s%s", field->attribute->column->sql_type, brackets);
    *failed = *failed || cast == NULL;
    return cast;
}
