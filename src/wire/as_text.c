/* A cell as PostgreSQL's text.
 *
 * The happy path: text that came as text, or whose binary form is text, is returned where it lies in the result. Other binary forms
 * are written as the server would (DateStyle ISO, time zone UTC, extra_float_digits 1, bytea_output hex) into the rows' arena.
 * The failure modes: bytes that are no such value (NULL, and the rows' error says so), no memory. */
#include "src/wire/value.h"

/* ---- One binary value, appended --------------------------------------------------------------------------------------------------- */

static void append_hex(aq_text_t *text, const char *data, size_t length)
{
    static const char hex[] = "0123456789abcdef";
    char pairs[128];

    aq_text_append(text, "\\x");
    while (length > 0) {
        size_t count = length < sizeof(pairs) / 2 ? length : sizeof(pairs) / 2;

        for (size_t i = 0; i < count; i++) {
            pairs[2 * i] = hex[(unsigned char)data[i] >> 4];
            pairs[2 * i + 1] = hex[(unsigned char)data[i] & 15];
        }
        aq_text_append_bytes(text, pairs, 2 * count);
        data += count;
        length -= count;
    }
}

/* Those whose text has an end in sight; negative: the bytes are no such value. */
static int format(Oid type, const char *data, size_t length, char *form)
{
    aq_interval_t interval;
    aq_inet_t inet;
    int64_t number;
    int32_t days;

    switch (type) {
    case AQ_OID_DATE: return aq__date_read(data, length, &days) ? aq__date_format(days, false, form) : -1;
    case AQ_OID_TIME: return aq__time_read(data, length, &number) ? aq__time_format(number, form) : -1;
    case AQ_OID_TIMESTAMP:
    case AQ_OID_TIMESTAMPTZ:
        if (!aq__timestamp_read(data, length, &number))
            return -1;
        return aq__timestamp_format(number, type == AQ_OID_TIMESTAMPTZ, false, form);
    case AQ_OID_INTERVAL:
        return aq__interval_read(data, length, &interval) ? aq__interval_format(interval, form) : -1;
    case AQ_OID_FLOAT4: return aq__float4_format(aq__load_float4(data), form);
    case AQ_OID_FLOAT8: return aq__float8_format(aq__load_float8(data), form);
    case AQ_OID_UUID: return aq__uuid_format((const uint8_t *)data, form);
    default: return aq__inet_read(data, length, &inet) ? aq__inet_format(&inet, form) : -1;
    }
}

static int append_form(aq_text_t *text, Oid type, const char *data, size_t length)
{
    char form[AQ__FORM_SIZE];
    int size = format(type, data, length, form);

    if (size < 0)
        return AQ_EPROTOCOL;
    aq_text_append_bytes(text, form, (size_t)size);
    return AQ_OK;
}

/* How many bytes a value of this type has; 0: it varies. */
static size_t fixed_size(Oid type)
{
    switch (type) {
    case AQ_OID_BOOL: return 1;
    case AQ_OID_INT2: return 2;
    case AQ_OID_INT4:
    case AQ_OID_OID:
    case AQ_OID_DATE:
    case AQ_OID_FLOAT4: return 4;
    case AQ_OID_INT8:
    case AQ_OID_FLOAT8:
    case AQ_OID_TIME:
    case AQ_OID_TIMESTAMP:
    case AQ_OID_TIMESTAMPTZ: return 8;
    case AQ_OID_INTERVAL:
    case AQ_OID_UUID: return 16;
    default: return 0;
    }
}

int aq__binary_append(aq_text_t *text, Oid type, const char *data, size_t length)
{
    if (fixed_size(type) != 0 && length != fixed_size(type))
        return AQ_EPROTOCOL;
    switch (type) {
    case AQ_OID_BOOL: aq_text_append_char(text, *data != 0 ? 't' : 'f'); return AQ_OK;
    case AQ_OID_INT2: aq_text_append_int(text, (int16_t)aq__load16(data)); return AQ_OK;
    case AQ_OID_INT4: aq_text_append_int(text, (int32_t)aq__load32(data)); return AQ_OK;
    case AQ_OID_INT8: aq_text_append_int(text, (int64_t)aq__load64(data)); return AQ_OK;
    case AQ_OID_OID: aq_text_append_int(text, aq__load32(data)); return AQ_OK;
    case AQ_OID_NUMERIC: return aq__numeric_append(text, data, length);
    case AQ_OID_FLOAT4:
    case AQ_OID_FLOAT8:
    case AQ_OID_DATE:
    case AQ_OID_TIME:
    case AQ_OID_TIMESTAMP:
    case AQ_OID_TIMESTAMPTZ:
    case AQ_OID_INTERVAL:
    case AQ_OID_UUID:
    case AQ__OID_CIDR:
    case AQ_OID_INET: return append_form(text, type, data, length);
    case AQ_OID_BYTEA: append_hex(text, data, length); return AQ_OK;
    case AQ_OID_JSONB:
        if (length < 1 || data[0] != 1)
            return AQ_EPROTOCOL;
        aq_text_append_bytes(text, data + 1, length - 1);
        return AQ_OK;
    case AQ_OID_TEXT:
    case AQ_OID_VARCHAR:
    case AQ_OID_BPCHAR:
    case AQ_OID_NAME:
    case AQ_OID_JSON: aq_text_append_bytes(text, data, length); return AQ_OK;
    default: return AQ_ETYPE;
    }
}

/* ---- A cell ------------------------------------------------------------------------------------------------------------------------ */

static const char *in_arena(const aq_cell_t *cell, aq_text_t *text, size_t *length)
{
    char *copy = NULL;

    if (text->failed)
        aq__cell_fail_last(cell);
    else
        copy = aq__cell_copy(cell, aq_text_string(text), text->length);
    *length = copy != NULL ? text->length : 0;
    return copy;
}

static const char *converted(const aq_cell_t *cell, size_t *length)
{
    aq_text_t text = {0};
    const char *copy = NULL;
    int error;

    *length = 0;
    if (aq__type_element(cell->type) != 0)
        error = aq__array_append(&text, cell);
    else
        error = aq__binary_append(&text, cell->type, cell->data, (size_t)cell->length);
    if (error == 0)
        copy = in_arena(cell, &text, length);
    else
        aq__cell_fail_form(cell, aq__type_name(cell->type));
    aq_text_dispose(&text);
    return copy;
}

static inline const char *text_of(const aq_cell_t *cell, size_t *length)
{
    *length = cell->length > 0 ? (size_t)cell->length : 0;
    if (!cell->binary || aq__type_is_text(cell->type) || cell->length < 0)
        return cell->data;
    if (cell->type != AQ_OID_JSONB || cell->length < 1 || *cell->data != 1)
        return converted(cell, length);
    *length -= 1;
    return cell->data + 1;
}

const char *aq_as_text(aq_cell_t cell)
{
    size_t length;

    return text_of(&cell, &length);
}

size_t aq_as_text_length(aq_cell_t cell)
{
    size_t length;

    (void)text_of(&cell, &length);
    return length;
}
