/* Arguments as text: from the values that a program gave, or from the form in which they travel.
 *
 * The happy path: numbers and booleans stand as they are, all else in quotes, as in SQL. What varies in length is cut before it is written, so that a value of 1 GB costs no
 * more than a short one. The failure modes: a value that PostgreSQL does not have is told as that; what there is no memory for shows in text->failed. */
#include "src/wire/arguments_text.h"

#include "src/wire/echo.h"
#include "src/wire/value.h"

#define SHOWN ((size_t)100)   /* bytes of a value */
#define ITEMS ((size_t)20)    /* of an array */
#define ENOUGH ((size_t)2000) /* bytes of a list: what comes then is counted only */

/* ---- One value ----------------------------------------------------------------------------------------------------------------------- */

static void append_quoted(aq_text_t *text, const char *string, size_t length, bool cut)
{
    size_t shown = length > SHOWN ? aq__utf8_cut(string, length, SHOWN) : length;

    aq_text_append_char(text, '\'');
    for (size_t i = 0; i < shown; i++) {
        if (string[i] == '\'')
            aq_text_append_char(text, '\'');
        aq_text_append_char(text, string[i]);
    }
    aq_text_append(text, cut || shown < length ? "...'" : "'");
}

/* NaN and Infinity are none. */
static bool is_number(const char *string, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (memchr("+-.0123456789eE", string[i], 15) == NULL)
            return false;
    return length > 0 && length <= SHOWN;
}

static bool is_numeric(Oid type)
{
    return type == AQ_OID_INT2 || type == AQ_OID_INT4 || type == AQ_OID_INT8 || type == AQ_OID_FLOAT4 ||
           type == AQ_OID_FLOAT8 || type == AQ_OID_NUMERIC;
}

/* What the server would write for it. */
static void append_form(aq_text_t *text, Oid type, const char *form, size_t length, bool cut)
{
    if (type == AQ_OID_BOOL)
        aq_text_append(text, length == 1 && *form == 't' ? "true" : "false");
    else if (is_numeric(type) && is_number(form, length))
        aq_text_append_bytes(text, form, length);
    else
        append_quoted(text, form, length, cut);
}

static void append_binary(aq_text_t *text, Oid type, const char *data, size_t length)
{
    size_t most = type == AQ_OID_BYTEA                             ? SHOWN / 2
                  : aq__type_is_text(type) || type == AQ_OID_JSONB ? 2 * SHOWN
                                                                   : length;
    size_t shown = length < most ? length : most;
    aq_text_t form = {0};

    if (aq__binary_append(&form, type, data, shown) != AQ_OK)
        aq_text_appendf(text, "%zu bytes", length);
    else
        append_form(text, type, aq_text_string(&form), form.length, shown < length);
    text->failed = text->failed || form.failed;
    aq_text_dispose(&form);
}

/* ---- Lists ----------------------------------------------------------------------------------------------------------------------------- */

/* What stands before item i; false: `enough` of them were shown, and this was the end. */
static bool append_separator(aq_text_t *text, bool enough, size_t i, size_t count)
{
    if (i > 0)
        aq_text_append(text, ", ");
    if (enough)
        aq_text_appendf(text, "... %zu in all", count);
    return !enough;
}

/* ---- Of a program ---------------------------------------------------------------------------------------------------------------------- */

static void append_value(aq_text_t *text, const aq_value_t *value);

static void append_array(aq_text_t *text, const aq_value_t *array)
{
    size_t count = array->as.array.items != NULL ? array->as.array.count : 0;

    aq_text_append(text, "ARRAY[");
    for (size_t i = 0; i < count && append_separator(text, i >= ITEMS, i, count); i++) {
        aq_value_t item = aq__array_item(array, i);

        append_value(text, &item);
    }
    aq_text_append(text, "]");
}

/* Of a kind whose binary form is short. */
static void append_short(aq_text_t *text, const aq_value_t *value)
{
    const aq_arguments_t one = {1, value};
    _Alignas(max_align_t) char block[AQ__FORM_SIZE];
    aq__parameters_t encoded;
    size_t bytes;

    if (aq__encode_measure(&one, &bytes) != AQ_OK || bytes > sizeof(block)) {
        aq_text_append(text, "(out of range)");
        return;
    }
    aq__encode(&one, block, &encoded);
    if (encoded.values[0] == NULL)
        aq_text_append(text, "NULL");
    else
        append_binary(text, encoded.types[0], encoded.values[0], (size_t)encoded.lengths[0]);
}

static void append_value(aq_text_t *text, const aq_value_t *value)
{
    const char *data = value->as.bytes.data;

    switch (value->kind) {
    case AQ_VALUE_NULL: aq_text_append(text, "NULL"); return;
    case AQ_VALUE_TEXT:
    case AQ_VALUE_JSON:
    case AQ_VALUE_JSONB: append_quoted(text, data, value->as.bytes.length, false); return;
    case AQ_VALUE_NUMERIC: append_form(text, AQ_OID_NUMERIC, data, value->as.bytes.length, false); return;
    case AQ_VALUE_BYTEA: append_binary(text, AQ_OID_BYTEA, data, value->as.bytes.length); return;
    case AQ_VALUE_ARRAY: append_array(text, value); return;
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
    case AQ_VALUE_UUID:
    case AQ_VALUE_INET: append_short(text, value); return;
    }
    aq_text_append(text, "(no such kind)");
}

void aq__arguments_append(aq_text_t *text, const aq_arguments_t *arguments)
{
    size_t count = arguments != NULL ? arguments->count : 0, start = text->length;

    for (size_t i = 0; i < count && append_separator(text, text->length - start > ENOUGH, i, count); i++)
        append_value(text, &arguments->values[i]);
}

void aq__arguments_append_redacted(aq_text_t *text, const aq_arguments_t *arguments)
{
    size_t count = arguments != NULL ? arguments->count : 0, start = text->length;

    for (size_t i = 0; i < count && append_separator(text, text->length - start > ENOUGH, i, count); i++)
        aq_text_append_char(text, '?');
}

/* ---- As they travel -------------------------------------------------------------------------------------------------------------------- */

/* What aq__encode() wrote: one dimension, or none. */
static void append_encoded_array(aq_text_t *text, const char *data)
{
    size_t count = aq__load32(data) > 0 ? aq__load32(data + 12) : 0;
    Oid element = aq__load32(data + 8);

    aq_text_append(text, "ARRAY[");
    data += 20;
    for (size_t i = 0; i < count && append_separator(text, i >= ITEMS, i, count); i++) {
        int32_t length = (int32_t)aq__load32(data);

        data += 4;
        if (length < 0) {
            aq_text_append(text, "NULL");
            continue;
        }
        append_binary(text, element, data, (size_t)length);
        data += length;
    }
    aq_text_append(text, "]");
}

static void append_parameter(aq_text_t *text, const aq__parameters_t *given, size_t i)
{
    if (given->values[i] == NULL)
        aq_text_append(text, "NULL");
    else if (given->formats[i] == 0)
        append_form(text, given->types[i], given->values[i], strlen(given->values[i]), false);
    else if (aq__type_element(given->types[i]) != 0)
        append_encoded_array(text, given->values[i]);
    else
        append_binary(text, given->types[i], given->values[i], (size_t)given->lengths[i]);
}

void aq__parameters_append(aq_text_t *text, const aq__parameters_t *parameters)
{
    size_t count = (size_t)parameters->count, start = text->length;

    for (size_t i = 0; i < count && append_separator(text, text->length - start > ENOUGH, i, count); i++)
        append_parameter(text, parameters, i);
}
