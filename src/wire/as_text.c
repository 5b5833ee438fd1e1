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

static int put_integer(char *form, int64_t number)
{
    char digits[20], *first = digits + sizeof(digits), *to = form;
    uint64_t rest = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;

    do {
        *--first = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest != 0);
    if (number < 0)
        *to++ = '-';
    memcpy(to, first, (size_t)(digits + sizeof(digits) - first));
    return (int)(to - form + (digits + sizeof(digits) - first));
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

enum { MALFORMED = -1, UNBOUNDED = -2 };

/* Text that never fills AQ__FORM_SIZE: its length, or MALFORMED; UNBOUNDED: this type's may be longer. */
static int format(Oid type, const char *data, size_t length, char *form)
{
    aq_interval_t interval;
    aq_inet_t inet;
    int64_t number;
    int32_t days;

    if (fixed_size(type) != 0 && length != fixed_size(type))
        return MALFORMED;
    switch (type) {
    case AQ_OID_BOOL: *form = *data != 0 ? 't' : 'f'; return 1;
    case AQ_OID_INT2: return put_integer(form, (int16_t)aq__load16(data));
    case AQ_OID_INT4: return put_integer(form, (int32_t)aq__load32(data));
    case AQ_OID_INT8: return put_integer(form, (int64_t)aq__load64(data));
    case AQ_OID_OID: return put_integer(form, aq__load32(data));
    case AQ_OID_FLOAT4: return aq__float4_format(aq__load_float4(data), form);
    case AQ_OID_FLOAT8: return aq__float8_format(aq__load_float8(data), form);
    case AQ_OID_DATE:
        return aq__date_read(data, length, &days) ? aq__date_format(days, false, form) : MALFORMED;
    case AQ_OID_TIME: return aq__time_read(data, length, &number) ? aq__time_format(number, form) : MALFORMED;
    case AQ_OID_TIMESTAMP:
    case AQ_OID_TIMESTAMPTZ:
        if (!aq__timestamp_read(data, length, &number))
            return MALFORMED;
        return aq__timestamp_format(number, type == AQ_OID_TIMESTAMPTZ, false, form);
    case AQ_OID_INTERVAL:
        (void)aq__interval_read(data, length, &interval);
        return aq__interval_format(interval, form);
    case AQ_OID_UUID: return aq__uuid_format((const uint8_t *)data, form);
    case AQ__OID_CIDR:
    case AQ_OID_INET: return aq__inet_read(data, length, &inet) ? aq__inet_format(&inet, form) : MALFORMED;
    default: return UNBOUNDED;
    }
}

int aq__binary_append(aq_text_t *text, Oid type, const char *data, size_t length)
{
    char form[AQ__FORM_SIZE];
    int size = format(type, data, length, form);

    if (size == MALFORMED)
        return AQ_EPROTOCOL;
    if (size >= 0) {
        aq_text_append_bytes(text, form, (size_t)size);
        return AQ_OK;
    }
    switch (type) {
    case AQ_OID_NUMERIC: return aq__numeric_append(text, data, length);
    case AQ_OID_BYTEA: append_hex(text, data, length); return AQ_OK;
    case AQ_OID_JSONB:
        if (length < 1 || data[0] != 1)
            return AQ_EPROTOCOL;
        aq_text_append_bytes(text, data + 1, length - 1);
        return AQ_OK;
    default:
        if (!aq__type_is_text(type))
            return AQ_ETYPE;
        aq_text_append_bytes(text, data, length);
        return AQ_OK;
    }
}

/* ---- A cell ------------------------------------------------------------------------------------------------------------------------ */

/* Of whatever length; NULL also when only the length is asked for. */
static const char *convert_long(const aq_cell_t *cell, size_t *length, bool keep)
{
    aq_text_t text = {0};
    const char *copy = NULL;
    int error;

    if (aq__type_element(cell->type) != 0)
        error = aq__array_append(&text, cell);
    else
        error = aq__binary_append(&text, cell->type, cell->data, (size_t)cell->length);
    if (error != 0)
        aq__cell_fail_form(cell, aq__type_name(cell->type));
    else if (text.failed)
        aq__cell_fail_last(cell);
    else if (keep)
        copy = aq__cell_copy(cell, aq_text_string(&text), text.length);
    *length = error == 0 && !text.failed ? text.length : 0;
    aq_text_dispose(&text);
    return copy;
}

static const char *convert(const aq_cell_t *cell, size_t *length, bool keep)
{
    char form[AQ__FORM_SIZE];
    int size = format(cell->type, cell->data, (size_t)cell->length, form);

    if (size == UNBOUNDED)
        return convert_long(cell, length, keep);
    *length = size >= 0 ? (size_t)size : 0;
    if (size >= 0)
        return keep ? aq__cell_copy(cell, form, *length) : NULL;
    aq__cell_fail_form(cell, aq__type_name(cell->type));
    return NULL;
}

const char *aq_as_text_(aq_cell_t cell, size_t *wanted)
{
    size_t length = cell.length > 0 ? (size_t)cell.length : 0;
    const char *text = cell.data;

    if (cell.binary && cell.length >= 0 && !aq__type_is_text(cell.type)) {
        if (cell.type != AQ_OID_JSONB || length < 1 || *text != 1) {
            text = convert(&cell, &length, wanted == NULL);
        } else {
            text++;
            length--;
        }
    }
    if (wanted != NULL)
        *wanted = length;
    return text;
}
