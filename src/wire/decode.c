/* Decoding: a cell as a C value. Columns come in binary or as text, so every function reads both.
 *
 * The happy path: binary, of exactly the type asked for: a comparison and a load, for most types inline in the header.
 * The failure modes: NULL, another type, a number that does not fit, bytes that are no such value (a server that does not keep to
 * its protocol): the value is zero and the rows keep the first error. */
#include "src/wire/value.h"

/* ---- What was wrong ---------------------------------------------------------------------------------------------------------- */

/* "a uuid" is how it is said. */
static const char *article(const char *name)
{
    return strchr("aeio", name[0]) != NULL ? "an" : "a";
}

/* NULL, or no cell at all, which the rows know already. */
static void fail_absent(const aq_cell_t *cell, const char *wanted)
{
    if (cell->length == -1)
        aq__cell_fail(cell, AQ_ENULL, "NULL where %s %s was asked for", article(wanted), wanted);
}

void aq__cell_fail_type(const aq_cell_t *cell, const char *wanted)
{
    const char *name = aq__type_name(cell->type);

    if (cell->length < 0)
        fail_absent(cell, wanted);
    else if (name != NULL)
        aq__cell_fail(cell, AQ_ETYPE, "type %u (%s) where %s %s was asked for", cell->type, name,
                      article(wanted), wanted);
    else
        aq__cell_fail(cell, AQ_ETYPE, "type %u where %s %s was asked for", cell->type, article(wanted),
                      wanted);
}

/* The start of a text for an error. */
static int clip(const aq_cell_t *cell)
{
    return (int)aq__utf8_cut(cell->data, (size_t)cell->length, 60);
}

void aq__cell_fail_form(const aq_cell_t *cell, const char *wanted)
{
    if (wanted == NULL)
        aq__cell_fail(cell, AQ_ETYPE, "type %u in binary form, which cannot be read", cell->type);
    else if (cell->binary)
        aq__cell_fail(cell, AQ_EPROTOCOL, "these %d bytes are no %s", cell->length, wanted);
    else
        aq__cell_fail(cell, AQ_EPROTOCOL, "'%.*s' is no %s", clip(cell), cell->data, wanted);
}

/* ---- bool ------------------------------------------------------------------------------------------------------------------------ */

bool aq_as_bool(aq_cell_t cell)
{
    if (cell.length < 0 || cell.type != AQ_OID_BOOL)
        aq__cell_fail_type(&cell, "bool");
    else if (cell.length != 1 || (!cell.binary && *cell.data != 't' && *cell.data != 'f'))
        aq__cell_fail_form(&cell, "bool");
    else
        return cell.binary ? *cell.data != 0 : *cell.data == 't';
    return false;
}

/* ---- Integers -------------------------------------------------------------------------------------------------------------------- */

static bool is_integer_type(Oid type)
{
    return type == AQ_OID_INT4 || type == AQ_OID_INT8 || type == AQ_OID_INT2 || type == AQ_OID_OID;
}

bool aq__integer_parse(const char *text, size_t length, int64_t *value)
{
    bool minus = length > 0 && text[0] == '-';
    uint64_t number = 0, limit = (uint64_t)INT64_MAX + minus;
    size_t i = minus;

    if (i == length || length > 20)
        return false;
    for (; i < length; i++) {
        unsigned digit = (unsigned)(unsigned char)text[i] - '0';

        if (digit > 9 || number > (limit - digit) / 10)
            return false;
        number = number * 10 + digit;
    }
    *value = (int64_t)(minus ? 0 - number : number);
    return true;
}

static bool binary_integer(const aq_cell_t *cell, int64_t *value)
{
    if (cell->type == AQ_OID_INT4 && cell->length == 4)
        *value = (int32_t)aq__load32(cell->data);
    else if (cell->type == AQ_OID_INT8 && cell->length == 8)
        *value = (int64_t)aq__load64(cell->data);
    else if (cell->type == AQ_OID_INT2 && cell->length == 2)
        *value = (int16_t)aq__load16(cell->data);
    else if (cell->type == AQ_OID_OID && cell->length == 4)
        *value = aq__load32(cell->data);
    else
        return false;
    return true;
}

/* Any integer type as one that may be narrower. */
static int64_t integer(const aq_cell_t *cell, const char *wanted, int64_t least, int64_t most)
{
    int64_t value = 0;

    if (cell->length < 0 || !is_integer_type(cell->type)) {
        aq__cell_fail_type(cell, wanted);
        return 0;
    }
    if (!(cell->binary ? binary_integer(cell, &value)
                       : aq__integer_parse(cell->data, (size_t)cell->length, &value))) {
        aq__cell_fail_form(cell, wanted);
        return 0;
    }
    if (value >= least && value <= most)
        return value;
    aq__cell_fail(cell, AQ_ERANGE, "%lld does not fit an %s", (long long)value, wanted);
    return 0;
}

int16_t aq_as_int2_(aq_cell_t cell)
{
    return (int16_t)integer(&cell, "int2", INT16_MIN, INT16_MAX);
}

int32_t aq_as_int4_(aq_cell_t cell)
{
    return (int32_t)integer(&cell, "int4", INT32_MIN, INT32_MAX);
}

int64_t aq_as_int8_(aq_cell_t cell)
{
    return integer(&cell, "int8", INT64_MIN, INT64_MAX);
}

/* ---- Floating point ---------------------------------------------------------------------------------------------------------------- */

static int binary_float(const aq_cell_t *cell, double *value)
{
    if (cell->type == AQ_OID_FLOAT8 && cell->length == 8)
        *value = aq__load_float8(cell->data);
    else if (cell->type == AQ_OID_FLOAT4 && cell->length == 4)
        *value = (double)aq__load_float4(cell->data);
    else if (cell->type == AQ_OID_NUMERIC)
        return aq__numeric_to_float8(cell->data, (size_t)cell->length, value);
    else
        return AQ_EINVAL;
    return AQ_OK;
}

static double number(const aq_cell_t *cell, const char *wanted)
{
    double value = 0;
    int error;

    error = cell->binary
                ? binary_float(cell, &value)
                : aq__float_parse(cell->data, (size_t)cell->length, cell->type == AQ_OID_FLOAT4, &value);
    if (error == 0)
        return value;
    if (error == AQ_ERANGE)
        aq__cell_fail(cell, AQ_ERANGE, "a number too big for a %s", wanted);
    else
        aq__cell_fail_form(cell, wanted);
    return 0;
}

float aq_as_float4(aq_cell_t cell)
{
    if (cell.length >= 0 && cell.type == AQ_OID_FLOAT4)
        return (float)number(&cell, "float4");
    aq__cell_fail_type(&cell, "float4");
    return 0;
}

double aq_as_float8_(aq_cell_t cell)
{
    if (is_integer_type(cell.type))
        return (double)integer(&cell, "float8", INT64_MIN, INT64_MAX);
    if (cell.length >= 0 &&
        (cell.type == AQ_OID_FLOAT8 || cell.type == AQ_OID_FLOAT4 || cell.type == AQ_OID_NUMERIC))
        return number(&cell, "float8");
    aq__cell_fail_type(&cell, "float8");
    return 0;
}

/* ---- Dates and times ----------------------------------------------------------------------------------------------------------------- */

/* What a parser said; text that it cannot read is not what the server should have sent. */
static void fail_parse(const aq_cell_t *cell)
{
    const aq_error_t *why = aq_last_error();

    aq__cell_fail(cell, why->code == AQ_EINVAL ? AQ_EPROTOCOL : why->code, "%s", why->message);
}

/* True where a value can be read; otherwise the rows know why not. */
static bool is_type(const aq_cell_t *cell, Oid type, const char *wanted)
{
    if (cell->length >= 0 && cell->type == type)
        return true;
    aq__cell_fail_type(cell, wanted);
    return false;
}

bool aq__date_read(const char *data, size_t length, int32_t *value)
{
    if (length != 4)
        return false;
    *value = (int32_t)aq__load32(data);
    return *value == AQ_DATE_INFINITY || *value == AQ_DATE_NEGATIVE_INFINITY ||
           (*value >= AQ__DATE_FIRST - AQ__EPOCH_DAYS && *value <= AQ__DATE_LAST - AQ__EPOCH_DAYS);
}

bool aq__timestamp_read(const char *data, size_t length, int64_t *value)
{
    if (length != 8)
        return false;
    *value = (int64_t)aq__load64(data);
    return *value == AQ_TIMESTAMP_INFINITY || *value == AQ_TIMESTAMP_NEGATIVE_INFINITY ||
           (*value >= AQ__TIMESTAMP_FIRST && *value <= AQ__TIMESTAMP_LAST);
}

bool aq__time_read(const char *data, size_t length, int64_t *value)
{
    if (length != 8)
        return false;
    *value = (int64_t)aq__load64(data);
    return *value >= 0 && *value <= AQ__DAY;
}

bool aq__interval_read(const char *data, size_t length, aq_interval_t *value)
{
    if (length != 16)
        return false;
    value->microseconds = (int64_t)aq__load64(data);
    value->days = (int32_t)aq__load32(data + 8);
    value->months = (int32_t)aq__load32(data + 12);
    return true;
}

int aq__time_of(const aq_cell_t *cell, int64_t *value)
{
    if (!cell->binary)
        return aq_parse_time(cell->data, value);
    return aq__time_read(cell->data, (size_t)cell->length, value) ? AQ_OK : AQ_EPROTOCOL;
}

int aq__interval_of(const aq_cell_t *cell, aq_interval_t *value)
{
    if (!cell->binary)
        return aq_parse_interval(cell->data, value);
    return aq__interval_read(cell->data, (size_t)cell->length, value) ? AQ_OK : AQ_EPROTOCOL;
}

aq_date_t aq_as_date(aq_cell_t cell)
{
    int32_t value = 0;

    if (!is_type(&cell, AQ_OID_DATE, "date"))
        return 0;
    if (!cell.binary) {
        if (aq_parse_date(cell.data, &value) != 0)
            fail_parse(&cell);
        return value;
    }
    if (!aq__date_read(cell.data, (size_t)cell.length, &value)) {
        aq__cell_fail_form(&cell, "date");
        return 0;
    }
    return value == AQ_DATE_INFINITY || value == AQ_DATE_NEGATIVE_INFINITY ? value : value + AQ__EPOCH_DAYS;
}

aq_time_t aq_as_time(aq_cell_t cell)
{
    int64_t value = 0;

    if (!is_type(&cell, AQ_OID_TIME, "time") || aq__time_of(&cell, &value) == 0)
        return value;
    if (cell.binary)
        aq__cell_fail_form(&cell, "time");
    else
        fail_parse(&cell);
    return 0;
}

/* Microseconds since 1970 end 30 years before PostgreSQL's, which count from 2000. */
static aq_timestamp_t since_1970(const aq_cell_t *cell, int64_t value)
{
    char form[AQ__FORM_SIZE];
    aq_timestamp_t sum;

    if (value == AQ_TIMESTAMP_INFINITY || value == AQ_TIMESTAMP_NEGATIVE_INFINITY)
        return value;
    if (!__builtin_add_overflow(value, AQ__EPOCH_MICROSECONDS, &sum) && sum != AQ_TIMESTAMP_INFINITY)
        return sum;
    (void)aq__timestamp_format(value, cell->type == AQ_OID_TIMESTAMPTZ, false, form);
    aq__cell_fail(cell, AQ_ERANGE, "timestamp '%s': out of range", form);
    return 0;
}

/* Any that is not an ordinary one in binary. */
static aq_timestamp_t timestamp(const aq_cell_t *cell)
{
    int64_t value = 0;

    if (cell->type != AQ_OID_TIMESTAMPTZ && !is_type(cell, AQ_OID_TIMESTAMP, "timestamp"))
        return 0;
    if (cell->length < 0) {
        aq__cell_fail_type(cell, "timestamp");
    } else if (!cell->binary) {
        if (aq_parse_timestamp(cell->data, &value) != 0)
            fail_parse(cell);
    } else if (aq__timestamp_read(cell->data, (size_t)cell->length, &value)) {
        return since_1970(cell, value);
    } else {
        aq__cell_fail_form(cell, "timestamp");
        value = 0;
    }
    return value;
}

aq_timestamp_t aq_as_timestamp(aq_cell_t cell)
{
    if (cell.binary && cell.length == 8 &&
        (cell.type == AQ_OID_TIMESTAMPTZ || cell.type == AQ_OID_TIMESTAMP)) {
        int64_t value = (int64_t)aq__load64(cell.data);

        if (value >= AQ__TIMESTAMP_FIRST && value < INT64_MAX - AQ__EPOCH_MICROSECONDS)
            return value + AQ__EPOCH_MICROSECONDS;
    }
    return timestamp(&cell);
}

aq_interval_t aq_as_interval(aq_cell_t cell)
{
    aq_interval_t value = {0, 0, 0};

    if (!is_type(&cell, AQ_OID_INTERVAL, "interval") || aq__interval_of(&cell, &value) == 0)
        return value;
    if (cell.binary)
        aq__cell_fail_form(&cell, "interval");
    else
        fail_parse(&cell);
    return value;
}

/* ---- uuid and inet ---------------------------------------------------------------------------------------------------------------------- */

aq_uuid_t aq_as_uuid(aq_cell_t cell)
{
    aq_uuid_t value = {{0}};

    if (!is_type(&cell, AQ_OID_UUID, "uuid"))
        return value;
    if (!cell.binary) {
        if (aq_parse_uuid(cell.data, &value) != 0)
            fail_parse(&cell);
    } else if (cell.length == 16) {
        memcpy(value.bytes, cell.data, 16);
    } else {
        aq__cell_fail_form(&cell, "uuid");
    }
    return value;
}

aq_inet_t aq_as_inet(aq_cell_t cell)
{
    aq_inet_t value = {.family = 0};

    if (cell.type != AQ__OID_CIDR && !is_type(&cell, AQ_OID_INET, "inet"))
        return value;
    if (cell.length < 0) {
        aq__cell_fail_type(&cell, "inet");
    } else if (cell.binary) {
        if (!aq__inet_read(cell.data, (size_t)cell.length, &value)) {
            aq__cell_fail_form(&cell, "inet");
            value = (aq_inet_t){.family = 0};
        }
    } else if (aq_parse_inet(cell.data, &value) != 0) {
        fail_parse(&cell);
    } else {
        value.cidr = cell.type == AQ__OID_CIDR;
    }
    return value;
}

/* ---- bytea ------------------------------------------------------------------------------------------------------------------------------- */

/* "\x6162" */
static bool decode_hex(const char *text, size_t length, char *to, size_t *size)
{
    if (length % 2 != 0)
        return false;
    for (size_t i = 0; i < length; i += 2) {
        int high = aq__hex_digit(text[i]), low = aq__hex_digit(text[i + 1]);

        if (high < 0 || low < 0)
            return false;
        to[i / 2] = (char)(high << 4 | low);
    }
    *size = length / 2;
    return true;
}

static bool is_octal(const char *text, size_t length)
{
    return length >= 3 && text[0] >= '0' && text[0] <= '3' && text[1] >= '0' && text[1] <= '7' &&
           text[2] >= '0' && text[2] <= '7';
}

/* "a\\b\001": bytea_output escape */
static bool decode_escapes(const char *text, size_t length, char *to, size_t *size)
{
    char *start = to;

    for (size_t i = 0; i < length; i++) {
        if (text[i] != '\\') {
            *to++ = text[i];
        } else if (i + 1 < length && text[i + 1] == '\\') {
            *to++ = text[++i];
        } else if (is_octal(text + i + 1, length - i - 1)) {
            *to++ = (char)((text[i + 1] - '0') << 6 | (text[i + 2] - '0') << 3 | (text[i + 3] - '0'));
            i += 3;
        } else {
            return false;
        }
    }
    *size = (size_t)(to - start);
    return true;
}

static aq_bytes_t decode_bytea(const aq_cell_t *cell)
{
    aq_arena_t *arena = aq__cell_arena(cell);
    bool hex = cell->length >= 2 && cell->data[0] == '\\' && cell->data[1] == 'x';
    size_t length = (size_t)cell->length, size;
    char *bytes = arena != NULL ? aq_arena_alloc(arena, length + 1) : NULL;

    if (bytes == NULL)
        aq__cell_fail_last(cell);
    else if (hex ? decode_hex(cell->data + 2, length - 2, bytes, &size)
                 : decode_escapes(cell->data, length, bytes, &size))
        return (aq_bytes_t){bytes, size};
    else
        aq__cell_fail_form(cell, "bytea");
    return (aq_bytes_t){NULL, 0};
}

aq_bytes_t aq_as_bytea(aq_cell_t cell)
{
    if (cell.length < 0 && cell.type == AQ_OID_BYTEA)
        return (aq_bytes_t){NULL, 0};
    if (!is_type(&cell, AQ_OID_BYTEA, "bytea"))
        return (aq_bytes_t){NULL, 0};
    return cell.binary ? (aq_bytes_t){cell.data, (size_t)cell.length} : decode_bytea(&cell);
}
