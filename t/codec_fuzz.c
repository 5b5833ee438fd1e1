/* The codec under random use: valid values there and back, and values of a server that does not keep to its protocol. Every value lies
 * in a block of its own size, so that built with --enable-sanitizers every overrun shows.
 *
 *     AQUIFER_FUZZ_SEED=7 AQUIFER_FUZZ_ROUNDS=1000000 t/codec_fuzz.t
 *
 * Without these the seed is always the same, so that a failure can be repeated. */
#include <libpq-fe.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/wire/value.h"
#include "t/tap.h"

static uint64_t state;
static int rounds;

/* splitmix64: Steele, Lea, Flood, "Fast splittable pseudorandom number generators". */
static uint64_t draw(void)
{
    uint64_t z = state += 0x9E3779B97F4A7C15u;

    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

static size_t below(size_t limit)
{
    return (size_t)(draw() % limit);
}

/* ---- Random values ---------------------------------------------------------------------------------------------------------- */

static const Oid types[] = {
#define TYPE(NAME, name, oid, array_oid) oid, array_oid,
    AQ_TYPE_TABLE(TYPE)
#undef TYPE
        AQ__OID_CIDR,
    0, 600, 16399, /* point, an enum's array */
};

static const Oid type_of_kind[] = {
    [AQ_VALUE_BOOL] = AQ_OID_BOOL,           [AQ_VALUE_INT2] = AQ_OID_INT2,
    [AQ_VALUE_INT4] = AQ_OID_INT4,           [AQ_VALUE_INT8] = AQ_OID_INT8,
    [AQ_VALUE_FLOAT4] = AQ_OID_FLOAT4,       [AQ_VALUE_FLOAT8] = AQ_OID_FLOAT8,
    [AQ_VALUE_TEXT] = AQ_OID_TEXT,           [AQ_VALUE_BYTEA] = AQ_OID_BYTEA,
    [AQ_VALUE_DATE] = AQ_OID_DATE,           [AQ_VALUE_TIME] = AQ_OID_TIME,
    [AQ_VALUE_TIMESTAMP] = AQ_OID_TIMESTAMP, [AQ_VALUE_TIMESTAMPTZ] = AQ_OID_TIMESTAMPTZ,
    [AQ_VALUE_INTERVAL] = AQ_OID_INTERVAL,   [AQ_VALUE_UUID] = AQ_OID_UUID,
    [AQ_VALUE_NUMERIC] = AQ_OID_NUMERIC,     [AQ_VALUE_JSON] = AQ_OID_JSON,
    [AQ_VALUE_JSONB] = AQ_OID_JSONB,         [AQ_VALUE_INET] = AQ_OID_INET};

static const char *const texts[] = {"",  "a", "NULL",      "a,b",     "{\"x\"}", "\\", "\"",
                                    " ", "ü", "12345.678", "-0.0001", "1e5",     "[1]"};
static const char *const numerics[] = {
    "0", "1", "-1.50", "123456789.000100", "NaN", "Infinity", "1e50", "1e-50", "10000", ".0001"};
static const char *const documents[] = {"{\"a\": [1, null]}", "[]", "1", "\"x\"", "null"};

#define PICK(array) (array[below(AQ__COUNT_OF(array))])

static aq_inet_t inet;
static char bytes[16];

static aq_value_t random_value(aq_value_kind_t kind)
{
    uint64_t number = draw() >> below(64);

    for (size_t i = 0; i < 16; i++)
        inet.bytes[i] = bytes[i] = (char)(draw() % 2 ? draw() : 0);
    inet.family = draw() % 2 ? 4 : 6;
    inet.bits = (uint8_t)below(inet.family == 4 ? 33 : 129);
    switch (kind) {
    case AQ_VALUE_BOOL: return aq_bool(number % 2);
    case AQ_VALUE_INT2: return aq_int2((int16_t)number);
    case AQ_VALUE_INT4: return aq_int4((int32_t)number);
    case AQ_VALUE_INT8: return aq_int8((int64_t)number);
    case AQ_VALUE_FLOAT4: return aq_float4((float)(int64_t)number / 8);
    case AQ_VALUE_FLOAT8: return aq_float8((double)(int64_t)number / 1000);
    case AQ_VALUE_TEXT: return aq_text(PICK(texts));
    case AQ_VALUE_BYTEA: return aq_bytea(bytes, below(17));
    case AQ_VALUE_DATE: return aq_date((int32_t)(number % 4000000) - 2000000);
    case AQ_VALUE_TIME: return aq_time((int64_t)(number % 86400000001));
    case AQ_VALUE_TIMESTAMP: return aq_timestamp((int64_t)(number % 400000000000000000) - 200000000000000000);
    case AQ_VALUE_TIMESTAMPTZ:
        return aq_timestamptz((int64_t)(number % 400000000000000000) - 200000000000000000);
    case AQ_VALUE_INTERVAL:
        return aq_interval((aq_interval_t){(int32_t)number, (int32_t)(number >> 7), (int64_t)number});
    case AQ_VALUE_UUID: return aq_uuid((aq_uuid_t){{(uint8_t)number, 1, 2, 3}});
    case AQ_VALUE_NUMERIC: return aq_numeric(PICK(numerics));
    case AQ_VALUE_JSON: return aq_json(PICK(documents));
    case AQ_VALUE_JSONB: return aq_jsonb(PICK(documents));
    case AQ_VALUE_INET: return aq_inet(&inet);
    case AQ_VALUE_NULL:
    case AQ_VALUE_ARRAY: break;
    }
    return aq_null();
}

/* An array of scalars of one kind, made of single values' bytes so that all kinds go one way: dimensions at random. */
static void append_array(aq_text_t *field, aq_value_kind_t kind)
{
    size_t dimensions = below(4), count = dimensions > 0;
    char number[8];

#define PUT(value) \
    aq_text_append_bytes(field, number, (size_t)(aq__store32(number, (uint32_t)(value)) - number))
    PUT(dimensions);
    PUT(0);
    PUT(type_of_kind[kind]);
    for (size_t i = 0; i < dimensions; i++) {
        size_t size = 1 + below(3);

        count *= size;
        PUT(size);
        PUT(draw() % 4 ? 1 : draw() % 7);
    }
    for (size_t i = 0; i < count; i++) {
        aq_value_t value = draw() % 5 ? random_value(kind) : aq_null();
        aq_text_t row = {0};

        if (aq__encode_copy_row(&(aq_arguments_t){1, &value}, &row) != 0)
            bail_out("%s", aq_last_error()->message);
        aq_text_append_bytes(field, row.data + 2, row.length - 2);
        aq_text_dispose(&row);
    }
#undef PUT
}

/* The binary form of something, and its type. */
static Oid random_binary(aq_text_t *field)
{
    aq_value_kind_t kind = (aq_value_kind_t)(1 + below(AQ_VALUE_ARRAY - 1));
    aq_value_t value = random_value(kind);
    aq_text_t row = {0};

    if (draw() % 2) {
        append_array(field, kind);
        for (size_t i = 0; i < AQ__COUNT_OF(types); i++)
            if (aq__type_element(types[i]) == type_of_kind[kind])
                return types[i];
    }
    if (aq__encode_copy_row(&(aq_arguments_t){1, &value}, &row) != 0)
        bail_out("%s", aq_last_error()->message);
    aq_text_append_bytes(field, row.data + 6, row.length - 6);
    aq_text_dispose(&row);
    return type_of_kind[kind];
}

/* ---- Cells in blocks of their own size ------------------------------------------------------------------------------------------ */

typedef struct {
    aq_cell_t cell;
    char *block;
} boxed_t;

static aq_rows_t *make_rows(void)
{
    PGresult *result = PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK);
    PGresAttDesc column;

    memset(&column, 0, sizeof(column));
    column.name = (char *)(uintptr_t) "x";
    PQsetResultAttrs(result, 1, &column);
    return aq__rows_create(result);
}

/* libpq ends every value with a NUL; it is left away where nobody may count on it. */
static boxed_t box(const char *data, size_t length, Oid type, bool binary)
{
    bool nul = !binary || aq__type_is_text(type) || type == AQ_OID_JSONB;
    boxed_t boxed = {.block = malloc(length + nul)};

    if (length > 0)
        memcpy(boxed.block, data, length);
    if (nul)
        boxed.block[length] = '\0';
    boxed.cell = (aq_cell_t){
        .rows = make_rows(), .data = boxed.block, .length = (int32_t)length, .type = type, .binary = binary};
    return boxed;
}

static void unbox(boxed_t *boxed)
{
    aq_rows_close(boxed->cell.rows);
    free(boxed->block);
}

/* ---- Everything that can be asked of a cell --------------------------------------------------------------------------------------- */

static size_t sink;

static bool is_document(Oid type)
{
    return type == AQ_OID_JSON || type == AQ_OID_JSONB || type == AQ_OID_JSON_ARRAY ||
           type == AQ_OID_JSONB_ARRAY;
}

static bool json_is_valid(aq_cell_t cell)
{
    aq_text_t text = {0};
    json_error_t why;
    json_t *value;
    bool good;

    aq_text_append_cell_json(&text, cell);
    value =
        json_loadb(text.data, text.length, JSON_DECODE_ANY | JSON_DECODE_INT_AS_REAL | JSON_ALLOW_NUL, &why);
    good = !text.failed && (value != NULL || strstr(why.text, "overflow") != NULL || is_document(cell.type));
    if (!good)
        diag("type %u: %s: %s", cell.type, why.text, aq_text_string(&text));
    json_decref(value);
    aq_text_dispose(&text);
    return good;
}

static void touch(aq_cell_t cell)
{
    const char *text = aq_as_text(cell);
    aq_bytes_t bytea = aq_as_bytea(cell);

    sink += (text != NULL ? strlen(text) : 0) + aq_as_text_length(cell);
    for (size_t i = 0; i < bytea.length; i++)
        sink += ((const unsigned char *)bytea.data)[i];
    sink += (size_t)aq_as_bool(cell) + (size_t)aq_as_int2(cell) + (size_t)aq_as_int4(cell) +
            (size_t)aq_as_int8(cell);
    sink += isnan(aq_as_float4(cell)) + isnan(aq_as_float8(cell));
    sink += (size_t)aq_as_date(cell) + (size_t)aq_as_time(cell) + (size_t)aq_as_timestamp(cell) +
            (size_t)aq_as_interval(cell).days;
    sink += aq_as_uuid(cell).bytes[15] + aq_as_inet(cell).bytes[15];
}

static void touch_all(aq_cell_t cell)
{
    aq_cells_t cells = aq_as_array(cell);

    touch(cell);
    for (size_t i = 0; i < cells.count; i++)
        touch(cells.items[i]);
}

/* ---- Valid values ------------------------------------------------------------------------------------------------------------------ */

/* A value's text is read as the value. Times print without loss, floats too; -0 and NaN are equal to themselves as bytes. */
static bool agree(aq_cell_t a, aq_cell_t b)
{
    aq_cells_t x, y;
    const char *s = aq_as_text(a), *t = aq_as_text(b);
    bool same = s != NULL && t != NULL && strcmp(s, t) == 0;

    if (aq_is_null(a) || aq_is_null(b))
        return aq_is_null(a) && aq_is_null(b);
    switch (a.type) {
    case AQ_OID_BOOL: return same && aq_as_bool(a) == aq_as_bool(b);
    case AQ_OID_INT2:
    case AQ_OID_INT4:
    case AQ_OID_INT8: return same && aq_as_int8(a) == aq_as_int8(b);
    case AQ_OID_FLOAT4:
    case AQ_OID_FLOAT8:
    case AQ_OID_NUMERIC: return same && (aq_as_float8(a) == aq_as_float8(b) || isnan(aq_as_float8(a)));
    case AQ_OID_DATE: return same && aq_as_date(a) == aq_as_date(b);
    case AQ_OID_TIME: return same && aq_as_time(a) == aq_as_time(b);
    case AQ_OID_TIMESTAMP:
    case AQ_OID_TIMESTAMPTZ: return same && aq_as_timestamp(a) == aq_as_timestamp(b);
    case AQ_OID_INTERVAL: {
        aq_interval_t v = aq_as_interval(a), w = aq_as_interval(b);

        return same && v.months == w.months && v.days == w.days && v.microseconds == w.microseconds;
    }
    case AQ_OID_UUID: return same && memcmp(aq_as_uuid(a).bytes, aq_as_uuid(b).bytes, 16) == 0;
    case AQ_OID_INET: return same && memcmp(aq_as_inet(a).bytes, aq_as_inet(b).bytes, 16) == 0;
    case AQ_OID_BYTEA:
        return same && aq_as_bytea(a).length == aq_as_bytea(b).length &&
               memcmp(aq_as_bytea(a).data, aq_as_bytea(b).data, aq_as_bytea(a).length) == 0;
    default: break;
    }
    if (aq__type_element(a.type) == 0)
        return same;
    x = aq_as_array(a);
    y = aq_as_array(b);
    same &= x.items != NULL && y.items != NULL && x.count == y.count && x.dimensions == y.dimensions;
    for (size_t i = 0; i < x.count && same; i++)
        same = agree(x.items[i], y.items[i]);
    return same;
}

static void test_valid(void)
{
    int disagree = 0, errors = 0, invalid = 0;

    for (int i = 0; i < rounds; i++) {
        aq_text_t field = {0};
        Oid type = random_binary(&field);
        boxed_t binary = box(field.data, field.length, type, true), text;
        const char *form = aq_as_text(binary.cell);

        text = box(form != NULL ? form : "", form != NULL ? strlen(form) : 0, type, false);
        if (!agree(binary.cell, text.cell) && disagree++ < 5)
            diag("type %u: %s", type, form != NULL ? form : "no text");
        if ((aq_rows_error(binary.cell.rows) != NULL || aq_rows_error(text.cell.rows) != NULL) &&
            errors++ < 5)
            diag("%s",
                 aq_rows_error(aq_rows_error(text.cell.rows) != NULL ? text.cell.rows : binary.cell.rows)
                     ->message);
        invalid += !json_is_valid(binary.cell) + !json_is_valid(text.cell);
        unbox(&binary);
        unbox(&text);
        aq_text_dispose(&field);
    }
    is_int(disagree, 0, "a value's text is read as the same value, %d times", rounds);
    is_int(errors, 0, "... without an error");
    is_int(invalid, 0, "... and JSON is JSON");
}

/* ---- Values that are none ------------------------------------------------------------------------------------------------------------ */

static void mutate(aq_text_t *field)
{
    static const uint32_t interesting[] = {0,          1,          6,          7,          0xFFFFFFFF,
                                           0xFFFFFFFE, 0x7FFFFFFF, 0x80000000, 0x10000000, 65536};
    static const char characters[] = "{}\",\\ NUL-+:.e019[]=T";
    char number[4];

    switch (draw() % 6) {
    case 0:
        if (field->length > 0)
            field->data[below(field->length)] ^= (char)(1 << below(8));
        break;
    case 1:
        if (field->length > 0)
            field->data[below(field->length)] = (char)draw();
        break;
    case 2:
        if (field->length > 0)
            field->length = below(field->length);
        break;
    case 3:
        if (field->length >= 4) {
            (void)aq__store32(number, PICK(interesting));
            memcpy(field->data + (draw() % 2 ? below(field->length / 4) * 4 : below(field->length - 3)),
                   number, 4);
        }
        break;
    case 4:
        if (field->length > 0)
            field->data[below(field->length)] = characters[below(sizeof(characters) - 1)];
        break;
    default:
        if (draw() % 2)
            aq_text_append_char(field, (char)draw());
        else
            aq_text_append(field, PICK(texts));
        break;
    }
}

static void test_hostile(void)
{
    int invalid = 0, odd = 0, silent = 0, refused = 0;

    for (int i = 0; i < rounds; i++) {
        aq_text_t field = {0};
        Oid type = random_binary(&field);
        bool binary = draw() % 2;
        const aq_error_t *error;
        boxed_t boxed;

        if (!binary) {
            boxed_t good = box(field.data, field.length, type, true);

            aq_text_clear(&field);
            aq_text_append(&field, aq_as_text(good.cell));
            unbox(&good);
        }
        for (size_t k = below(4); k > 0; k--)
            mutate(&field);
        if (draw() % 16 == 0)
            type = PICK(types);
        boxed = box(field.data, field.length, type, binary);
        silent += aq_as_text(boxed.cell) == NULL && aq_rows_error(boxed.cell.rows) == NULL;
        error = aq_rows_error(boxed.cell.rows);
        refused += error != NULL;
        odd += error != NULL && error->code != AQ_EPROTOCOL &&
               (error->code != AQ_ETYPE || aq__type_is_binary(type));
        invalid += !json_is_valid(boxed.cell);
        touch_all(boxed.cell);
        unbox(&boxed);
        aq_text_dispose(&field);
    }
    is_int(invalid, 0, "whatever the server sends, JSON is JSON, %d times", rounds);
    is_int(silent, 0, "... what has no text is an error");
    is_int(odd, 0, "... that tells of the protocol");
    ok(refused > rounds / 20, "... and enough of it was refused: %d", refused);
}

/* Texts of users, who may write anything. */
static void test_parsers(void)
{
    static const char *const forms[] = {"2026-11-23 04:05:06.5+00",
                                        "0044-03-15 BC",
                                        "24:00:00",
                                        "1 year 2 mons -3 days +04:05:06.7",
                                        "P1Y2M-3DT4H5M6.7S",
                                        "00112233-4455-6677-8899-aabbccddeeff",
                                        "::ffff:10.0.0.1/64",
                                        "infinity"};
    int wrong = 0;

    for (int i = 0; i < rounds; i++) {
        aq_text_t text = {0};
        char *exact, buffer[80], *small;
        aq_timestamp_t timestamp;
        aq_interval_t interval;
        aq_date_t date;
        aq_time_t time;
        aq_uuid_t uuid;
        aq_inet_t address;
        size_t size = below(60);

        aq_text_append(&text, PICK(forms));
        for (size_t k = below(5); k > 0; k--)
            mutate(&text);
        exact = malloc(text.length + 1);
        memcpy(exact, text.data, text.length);
        exact[text.length] = '\0';
        small = malloc(size + 1);
        /* what can be read can be written, and read again as the same */
        if (aq_parse_timestamp(exact, &timestamp) == 0) {
            aq_timestamp_t again;

            wrong += aq_format_timestamp(timestamp, true, buffer, sizeof(buffer)) < 0 ||
                     aq_parse_timestamp(buffer, &again) != 0 || again != timestamp;
            wrong += aq_format_timestamp_iso8601(timestamp, true, buffer, sizeof(buffer)) < 0 ||
                     aq_parse_timestamp(buffer, &again) != 0 || again != timestamp;
            (void)aq_format_timestamp(timestamp, false, small, size);
        }
        if (aq_parse_date(exact, &date) == 0) {
            aq_date_t again;

            wrong += aq_format_date(date, buffer, sizeof(buffer)) < 0 || aq_parse_date(buffer, &again) != 0 ||
                     again != date;
            (void)aq_format_date(date, small, size);
        }
        if (aq_parse_time(exact, &time) == 0) {
            aq_time_t again;

            wrong += aq_format_time(time, buffer, sizeof(buffer)) < 0 || aq_parse_time(buffer, &again) != 0 ||
                     again != time;
        }
        if (aq_parse_interval(exact, &interval) == 0) {
            aq_interval_t again;

            wrong += aq_format_interval(interval, buffer, sizeof(buffer)) < 0 ||
                     aq_parse_interval(buffer, &again) != 0 || again.microseconds != interval.microseconds ||
                     again.months != interval.months || again.days != interval.days;
            (void)aq_format_interval(interval, small, size);
        }
        if (aq_parse_uuid(exact, &uuid) == 0)
            wrong += aq_format_uuid(uuid, buffer, sizeof(buffer)) != 36;
        if (aq_parse_inet(exact, &address) == 0) {
            aq_inet_t again;

            wrong += aq_format_inet(address, buffer, sizeof(buffer)) < 0 ||
                     aq_parse_inet(buffer, &again) != 0 || memcmp(&again, &address, sizeof(again)) != 0;
            (void)aq_format_inet(address, small, size);
        }
        if (wrong == 1) {
            diag("%s", exact);
            wrong = 2;
        }
        free(small);
        free(exact);
        aq_text_dispose(&text);
    }
    is_int(wrong, 0, "what the parsers read is written and read again as the same, %d times", rounds);
}

int main(void)
{
    state = getenv("AQUIFER_FUZZ_SEED") != NULL ? strtoull(getenv("AQUIFER_FUZZ_SEED"), NULL, 10) : 1;
    rounds = getenv("AQUIFER_FUZZ_ROUNDS") != NULL ? atoi(getenv("AQUIFER_FUZZ_ROUNDS")) : 20000;
    test_valid();
    test_hostile();
    test_parsers();
    note("%zu", sink);
    return tap_done();
}
