/* Cells and rows as JSON (RFC 8259).
 *
 * The happy path: numbers and booleans are written bare, json as it is, the rest as a string; nothing goes through the rows' arena
 * except arrays.
 * The failure modes: what JSON has no form for (NaN, infinities) becomes a string; a malformed value becomes null, and the rows keep
 * the error; no memory: the text has failed and is what it was. */
#include "src/wire/value.h"

static void append_cell(aq_text_t *text, const aq_cell_t *cell);

static void append_form(aq_text_t *text, const char *form, int length)
{
    aq_text_append_char(text, '"');
    aq_text_append_bytes(text, form, (size_t)length);
    aq_text_append_char(text, '"');
}

/* ---- Numbers ---------------------------------------------------------------------------------------------------------------------- */

static size_t count_digits(const char *text, size_t length)
{
    size_t i = 0;

    while (i < length && text[i] >= '0' && text[i] <= '9')
        i++;
    return i;
}

/* number = [ minus ] int [ frac ] [ exp ] */
static bool is_json_number(const char *text, size_t length)
{
    size_t i = length > 0 && text[0] == '-', digits = count_digits(text + i, length - i);

    if (digits == 0 || (digits > 1 && text[i] == '0'))
        return false;
    i += digits;
    if (i < length && text[i] == '.') {
        digits = count_digits(text + i + 1, length - i - 1);
        if (digits == 0)
            return false;
        i += 1 + digits;
    }
    if (i < length && (text[i] == 'e' || text[i] == 'E')) {
        i++;
        i += i < length && (text[i] == '-' || text[i] == '+');
        digits = count_digits(text + i, length - i);
        if (digits == 0)
            return false;
        i += digits;
    }
    return i == length;
}

/* The server's text of a number, bare where JSON allows it. */
static void append_number_text(aq_text_t *text, const char *number, size_t length)
{
    if (is_json_number(number, length))
        aq_text_append_bytes(text, number, length);
    else
        aq_text_append_json(text, number, length);
}

static void append_malformed(aq_text_t *text, const aq_cell_t *cell)
{
    aq__cell_fail_form(cell, aq__type_name(cell->type));
    aq_text_append(text, "null");
}

static void append_numeric(aq_text_t *text, const aq_cell_t *cell)
{
    size_t start = text->length, length;
    char name[16];

    if (aq__numeric_append(text, cell->data, (size_t)cell->length) != 0) {
        append_malformed(text, cell);
        return;
    }
    length = text->length - start;
    if (text->failed || length > sizeof(name) || is_json_number(text->data + start, length))
        return;
    memcpy(name, text->data + start, length); /* NaN, Infinity or -Infinity */
    text->length = start;
    append_form(text, name, (int)length);
}

static void append_number(aq_text_t *text, const aq_cell_t *cell)
{
    char form[AQ__FORM_SIZE];

    if (!cell->binary)
        append_number_text(text, cell->data, (size_t)cell->length);
    else if (cell->type == AQ_OID_NUMERIC)
        append_numeric(text, cell);
    else if (cell->type == AQ_OID_FLOAT4 && cell->length == 4)
        append_number_text(text, form, (size_t)aq__float4_format(aq__load_float4(cell->data), form));
    else if (cell->type == AQ_OID_FLOAT8 && cell->length == 8)
        append_number_text(text, form, (size_t)aq__float8_format(aq__load_float8(cell->data), form));
    else
        append_malformed(text, cell);
}

/* ---- Times -------------------------------------------------------------------------------------------------------------------------- */

static int server_date(const aq_cell_t *cell, int32_t *value)
{
    int error = AQ_OK;

    if (cell->binary)
        return aq__date_read(cell->data, (size_t)cell->length, value) ? AQ_OK : AQ_EPROTOCOL;
    error = aq_parse_date(cell->data, value);
    if (*value != AQ_DATE_INFINITY && *value != AQ_DATE_NEGATIVE_INFINITY)
        *value -= AQ__EPOCH_DAYS;
    return error;
}

static int server_timestamp(const aq_cell_t *cell, int64_t *value)
{
    int error = AQ_OK;

    if (cell->binary)
        return aq__timestamp_read(cell->data, (size_t)cell->length, value) ? AQ_OK : AQ_EPROTOCOL;
    error = aq_parse_timestamp(cell->data, value);
    if (*value != AQ_TIMESTAMP_INFINITY && *value != AQ_TIMESTAMP_NEGATIVE_INFINITY)
        *value -= AQ__EPOCH_MICROSECONDS;
    return error;
}

/* The length of the ISO 8601 form, negative when the cell holds no such value. */
static int format_time(const aq_cell_t *cell, char *form)
{
    aq_interval_t interval;
    int64_t number;
    int32_t days;

    switch (cell->type) {
    case AQ_OID_DATE: return server_date(cell, &days) == 0 ? aq__date_format(days, true, form) : -1;
    case AQ_OID_TIME: return aq__time_of(cell, &number) == 0 ? aq__time_format(number, form) : -1;
    case AQ_OID_INTERVAL:
        return aq__interval_of(cell, &interval) == 0 ? aq__interval_format_iso8601(interval, form) : -1;
    default:
        if (server_timestamp(cell, &number) != 0)
            return -1;
        return aq__timestamp_format(number, cell->type == AQ_OID_TIMESTAMPTZ, true, form);
    }
}

static void append_time(aq_text_t *text, const aq_cell_t *cell)
{
    char form[AQ__FORM_SIZE];
    int length = format_time(cell, form);

    if (length >= 0) {
        append_form(text, form, length);
    } else if (!cell->binary) { /* of another DateStyle, or beyond what the types of C hold */
        aq_text_append_json(text, cell->data, (size_t)cell->length);
    } else {
        append_malformed(text, cell);
    }
}

/* ---- Arrays ------------------------------------------------------------------------------------------------------------------------ */

static void append_times(aq_text_t *text, char character, size_t times)
{
    while (times-- > 0)
        aq_text_append_char(text, character);
}

static void append_array(aq_text_t *text, const aq_cell_t *cell)
{
    aq__array_t array;

    if (!aq__array_read(cell, &array)) {
        aq_text_append(text, "null");
        text->failed |= aq_rows_error(cell->rows) != NULL && aq_rows_error(cell->rows)->code == AQ_ENOMEM;
        return;
    }
    if (array.count == 0)
        aq_text_append(text, "[]");
    for (size_t i = 0; i < array.count; i++) {
        size_t edges = aq__array_edges(&array, i);

        if (i > 0) {
            append_times(text, ']', edges);
            aq_text_append_char(text, ',');
        }
        append_times(text, '[', edges);
        append_cell(text, &array.items[i]);
    }
    append_times(text, ']', (size_t)array.dimensions);
}

/* ---- Cells and rows ------------------------------------------------------------------------------------------------------------------ */

static void append_string(aq_text_t *text, const aq_cell_t *cell)
{
    aq_text_t form = {0};

    if (!cell->binary || aq__type_is_text(cell->type)) {
        aq_text_append_json(text, cell->data, (size_t)cell->length);
        return;
    }
    if (aq__binary_append(&form, cell->type, cell->data, (size_t)cell->length) == 0) {
        aq_text_append_json(text, aq_text_string(&form), form.length);
    } else {
        append_malformed(text, cell);
    }
    text->failed |= form.failed;
    aq_text_dispose(&form);
}

static void append_json(aq_text_t *text, const aq_cell_t *cell)
{
    bool versioned = cell->binary && cell->type == AQ_OID_JSONB;

    if (cell->length - versioned < 1 || (versioned && *cell->data != 1))
        append_malformed(text, cell);
    else
        aq_text_append_bytes(text, cell->data + versioned, (size_t)(cell->length - versioned));
}

static void append_cell(aq_text_t *text, const aq_cell_t *cell)
{
    if (cell->length < 0) {
        aq_text_append(text, "null");
        return;
    }
    switch (cell->type) {
    case AQ_OID_BOOL: aq_text_append(text, aq_as_bool(*cell) ? "true" : "false"); return;
    case AQ_OID_INT2:
    case AQ_OID_INT4:
    case AQ_OID_INT8:
    case AQ_OID_OID: aq_text_append_int(text, aq_as_int8(*cell)); return;
    case AQ_OID_FLOAT4:
    case AQ_OID_FLOAT8:
    case AQ_OID_NUMERIC: append_number(text, cell); return;
    case AQ_OID_JSON:
    case AQ_OID_JSONB: append_json(text, cell); return;
    case AQ_OID_DATE:
    case AQ_OID_TIME:
    case AQ_OID_TIMESTAMP:
    case AQ_OID_TIMESTAMPTZ:
    case AQ_OID_INTERVAL: append_time(text, cell); return;
    default:
        if (aq__type_element(cell->type) != 0)
            append_array(text, cell);
        else
            append_string(text, cell);
        return;
    }
}

/* An append of several parts happens as a whole or not at all. */
static void settle(aq_text_t *text, size_t start)
{
    if (!text->failed || text->data == NULL)
        return;
    text->length = start;
    text->data[start] = '\0';
}

void aq_text_append_cell_json(aq_text_t *text, aq_cell_t cell)
{
    size_t start = text->length;

    append_cell(text, &cell);
    settle(text, start);
}

void aq_text_append_row_json(aq_text_t *text, aq_rows_t *rows, size_t row)
{
    size_t start = text->length, columns = aq_rows_columns(rows);

    if (rows == NULL || row >= rows->row_count) {
        (void)aq_cell(rows, row, 0); /* notes that there is no such row */
        aq_text_append(text, "null");
        return;
    }
    for (size_t i = 0; i < columns; i++) {
        const char *name = aq_rows_column_name(rows, i);
        aq_cell_t cell = aq_cell(rows, row, i);

        aq_text_append_char(text, i == 0 ? '{' : ',');
        aq_text_append_json(text, name, strlen(name));
        aq_text_append_char(text, ':');
        append_cell(text, &cell);
    }
    aq_text_append(text, columns == 0 ? "{}" : "}");
    settle(text, start);
}
