/* The codec without a server: C values into parameters and COPY rows, results into C values, text and JSON. */
#include <libpq-fe.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/wire/value.h"
#include "t/heap.h"
#include "t/tap.h"

/* ---- Results made by hand ---------------------------------------------------------------------------------------------- */

typedef struct {
    const char *name;
    Oid type;
    int format;
    const char *data; /* NULL: NULL */
    int length;
} field_t;

#define BINARY(name, type, bytes)               \
    {                                           \
        name, type, 1, bytes, sizeof(bytes) - 1 \
    }
#define TEXT(name, type, text)                \
    {                                         \
        name, type, 0, text, sizeof(text) - 1 \
    }

static PGresult *make_result(const field_t *fields, int count, int rows)
{
    PGresult *result = PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK);
    PGresAttDesc columns[64];

    memset(columns, 0, sizeof(columns));
    for (int i = 0; i < count; i++) {
        columns[i].name = (char *)(uintptr_t)fields[i].name;
        columns[i].typid = fields[i].type;
        columns[i].format = fields[i].format;
    }
    PQsetResultAttrs(result, count, columns);
    for (int row = 0; row < rows; row++)
        for (int i = 0; i < count; i++)
            PQsetvalue(result, row, i, (char *)(uintptr_t)fields[i].data,
                       fields[i].data != NULL ? fields[i].length : -1);
    return result;
}

static aq_rows_t *make_rows(const field_t *fields, int count, int rows)
{
    return aq__rows_create(make_result(fields, count, rows));
}
#define ROWS(fields, rows) make_rows(fields, (int)AQ__COUNT_OF(fields), rows)

static void is_error(aq_rows_t *rows, int code, const char *message, const char *promise)
{
    const aq_error_t *error = aq_rows_error(rows);

    is_str(error != NULL ? error->message : NULL, message, "%s", promise);
    if (error != NULL)
        is_str(aq_error_name(error->code), aq_error_name(code), "... as %s", aq_error_name(code));
    aq_rows_close(rows);
}

static void test_rows(void)
{
    static const field_t fields[] = {BINARY("id", 23, "\0\0\0\7"),
                                     TEXT("name", 25, "Ada"),
                                     {"age", 23, 1, NULL, 0},
                                     BINARY("big", 20, "\0\0\0\0\xB2\xD0\x5E\0")};
    aq_rows_t *rows = ROWS(fields, 3);

    is_int(aq_rows_count(rows), 3, "rows are counted");
    is_int(aq_rows_columns(rows), 4, "columns are counted");
    is_str(aq_rows_column_name(rows, 1), "name", "a column's name");
    is_str(aq_rows_column_name(rows, 4), NULL, "no name beyond the last column");
    is_int(aq_rows_column_type(rows, 1), 25, "a column's type");
    is_int(aq_rows_column_type(rows, 4), 0, "no type beyond the last column");
    is_int(aq_rows_column(rows, "age"), 2, "a column by name");
    is_int(aq_rows_column(rows, "Age"), AQ_ECOLUMN, "case counts");
    is_int(aq_as_int4(aq_cell(rows, 2, 0)), 7, "an int4");
    is_int(aq_as_int8(aq_cell_named(rows, 1, "big")), 3000000000, "an int8 by name");
    is_str(aq_as_text(aq_cell(rows, 0, 1)), "Ada", "a text");
    ok(aq_is_null(aq_cell(rows, 0, 2)), "a NULL");
    is_str(aq_as_text(aq_cell(rows, 0, 2)), NULL, "NULL as text");
    is_int(aq_as_text_length(aq_cell(rows, 0, 2)), 0, "... has no length");
    ok(aq_rows_error(rows) == NULL, "none of this is an error");
    is_int(aq_as_int4(aq_cell(rows, 0, 2)), 0, "NULL as an int4 is 0");
    is_int(aq_as_int4(aq_cell(rows, 0, 1)), 0, "text as an int4 is 0");
    is_error(rows, AQ_ENULL, "row 0, column 'age' (2): NULL where an int4 was asked for",
             "the first wrong access is kept");

    rows = ROWS(fields, 3);
    (void)aq_as_int4(aq_cell(rows, 1, 1));
    is_error(rows, AQ_ETYPE, "row 1, column 'name' (1): type 25 (text) where an int4 was asked for",
             "another type");
    rows = ROWS(fields, 3);
    (void)aq_as_int2(aq_cell(rows, 2, 3));
    is_error(rows, AQ_ERANGE, "row 2, column 'big' (3): 3000000000 does not fit an int2",
             "a number that does not fit");
    rows = ROWS(fields, 3);
    is_int(aq_as_int4(aq_cell(rows, 7, 0)), 0, "no such row gives 0");
    is_error(rows, AQ_EROW, "no row 7: there are 3", "... and says so");
    rows = ROWS(fields, 3);
    is_str(aq_as_text(aq_cell(rows, 0, 9)), NULL, "no such column gives NULL");
    is_error(rows, AQ_ECOLUMN, "no column 9: there are 4", "... and says so");
    rows = ROWS(fields, 3);
    (void)aq_as_text(aq_cell_named(rows, 0, "agee"));
    is_error(rows, AQ_ECOLUMN, "no column 'agee'", "a misspelt column");
}

/* True when the cell gives nothing but zero as this. */
static bool read_as(aq_cell_t cell, const char *as)
{
    static const char zeros[32];
    aq_interval_t interval;
    aq_uuid_t uuid;
    aq_inet_t inet;

    if (strcmp(as, "bool") == 0)
        return !aq_as_bool(cell);
    if (strcmp(as, "int2") == 0)
        return aq_as_int2(cell) == 0;
    if (strcmp(as, "int4") == 0)
        return aq_as_int4(cell) == 0;
    if (strcmp(as, "int8") == 0)
        return aq_as_int8(cell) == 0;
    if (strcmp(as, "float4") == 0)
        return aq_as_float4(cell) == 0;
    if (strcmp(as, "float8") == 0)
        return aq_as_float8(cell) == 0;
    if (strcmp(as, "date") == 0)
        return aq_as_date(cell) == 0;
    if (strcmp(as, "time") == 0)
        return aq_as_time(cell) == 0;
    if (strcmp(as, "timestamp") == 0)
        return aq_as_timestamp(cell) == 0;
    if (strcmp(as, "interval") == 0) {
        interval = aq_as_interval(cell);
        return interval.months == 0 && interval.days == 0 && interval.microseconds == 0;
    }
    if (strcmp(as, "uuid") == 0) {
        uuid = aq_as_uuid(cell);
        return memcmp(&uuid, zeros, sizeof(uuid)) == 0;
    }
    if (strcmp(as, "inet") == 0) {
        inet = aq_as_inet(cell);
        return inet.family == 0 && memcmp(inet.bytes, zeros, 16) == 0;
    }
    if (strcmp(as, "bytea") == 0)
        return aq_as_bytea(cell).data == NULL;
    if (strcmp(as, "array") == 0)
        return aq_as_array(cell).items == NULL;
    return aq_as_text(cell) == NULL;
}

/* A row for each way to read a cell in a way that it cannot be read. */
static void test_wrong_accesses(void)
{
    static const field_t fields[] = {TEXT("n", 23, "4x"),
                                     BINARY("b", 23, "\0\0\1"),
                                     TEXT("t", 25, "x"),
                                     TEXT("f", 701, "1.5.5"),
                                     TEXT("d", 1082, "tomorrow"),
                                     BINARY("h", 1083, "12345678"),
                                     TEXT("at", 1184, "Mon Nov 23"),
                                     TEXT("iv", 1186, "1 fortnight"),
                                     TEXT("u", 2950, "1234"),
                                     TEXT("ip", 869, "1.2.3.256"),
                                     TEXT("by", 17, "\\x123"),
                                     TEXT("ar", 1007, "{1,2"),
                                     BINARY("an", 1007, "\0\0\0\1"),
                                     TEXT("ok", 16, "yes"),
                                     BINARY("nu", 1700, "12"),
                                     TEXT("pt", 600, "(1,2)"),
                                     TEXT("far", 1114, "294276-12-31 00:00:00"),
                                     BINARY("farb", 1114, "\x7f\xff\xfc\xa2\xfe\xc4\xc8\0"),
                                     TEXT("big", 1700, "1e400"),
                                     BINARY("un", 600, "1234567812345678"),
                                     BINARY("js", 3802, "\2{}"),
                                     TEXT("i8", 20, "9223372036854775808"),
                                     BINARY("dm", 1082, "\x7f\xff\xff\xfe"),
                                     TEXT("e", 1007, "")};
    static const struct {
        const char *column, *as, *message;
        int code;
    } table[] = {
        {"n", "int4", "row 0, column 'n' (0): '4x' is no int4", AQ_EPROTOCOL},
        {"b", "int4", "row 0, column 'b' (1): these 3 bytes are no int4", AQ_EPROTOCOL},
        {"t", "bool", "row 0, column 't' (2): type 25 (text) where a bool was asked for", AQ_ETYPE},
        {"t", "int2", "row 0, column 't' (2): type 25 (text) where an int2 was asked for", AQ_ETYPE},
        {"t", "int8", "row 0, column 't' (2): type 25 (text) where an int8 was asked for", AQ_ETYPE},
        {"t", "float4", "row 0, column 't' (2): type 25 (text) where a float4 was asked for", AQ_ETYPE},
        {"t", "float8", "row 0, column 't' (2): type 25 (text) where a float8 was asked for", AQ_ETYPE},
        {"t", "date", "row 0, column 't' (2): type 25 (text) where a date was asked for", AQ_ETYPE},
        {"t", "time", "row 0, column 't' (2): type 25 (text) where a time was asked for", AQ_ETYPE},
        {"t", "timestamp", "row 0, column 't' (2): type 25 (text) where a timestamp was asked for", AQ_ETYPE},
        {"t", "interval", "row 0, column 't' (2): type 25 (text) where an interval was asked for", AQ_ETYPE},
        {"t", "uuid", "row 0, column 't' (2): type 25 (text) where a uuid was asked for", AQ_ETYPE},
        {"t", "inet", "row 0, column 't' (2): type 25 (text) where an inet was asked for", AQ_ETYPE},
        {"t", "bytea", "row 0, column 't' (2): type 25 (text) where a bytea was asked for", AQ_ETYPE},
        {"t", "array", "row 0, column 't' (2): type 25 (text) where an array was asked for", AQ_ETYPE},
        {"ar", "int4", "row 0, column 'ar' (11): type 1007 (int4[]) where an int4 was asked for", AQ_ETYPE},
        {"pt", "int4", "row 0, column 'pt' (15): type 600 where an int4 was asked for", AQ_ETYPE},
        {"pt", "array", "row 0, column 'pt' (15): type 600 where an array was asked for", AQ_ETYPE},
        {"f", "float8", "row 0, column 'f' (3): '1.5.5' is no float8", AQ_EPROTOCOL},
        {"d", "date", "row 0, column 'd' (4): date 'tomorrow': not of the form 2026-11-23", AQ_EPROTOCOL},
        {"h", "time", "row 0, column 'h' (5): these 8 bytes are no time", AQ_EPROTOCOL},
        {"h", "text", "row 0, column 'h' (5): these 8 bytes are no time", AQ_EPROTOCOL},
        {"at", "timestamp",
         "row 0, column 'at' (6): timestamp 'Mon Nov 23': not of the form 2026-11-23 04:05:06.5+00",
         AQ_EPROTOCOL},
        {"iv", "interval",
         "row 0, column 'iv' (7): interval '1 fortnight': not of the form 1 year 2 mons -3 days +04:05:06.7",
         AQ_EPROTOCOL},
        {"u", "uuid", "row 0, column 'u' (8): uuid '1234': not 32 hexadecimal digits", AQ_EPROTOCOL},
        {"ip", "inet", "row 0, column 'ip' (9): inet '1.2.3.256': not an address", AQ_EPROTOCOL},
        {"by", "bytea", "row 0, column 'by' (10): '\\x123' is no bytea", AQ_EPROTOCOL},
        {"ar", "array", "row 0, column 'ar' (11): '{1,2' is no int4[]", AQ_EPROTOCOL},
        {"an", "array", "row 0, column 'an' (12): these 4 bytes are no int4[]", AQ_EPROTOCOL},
        {"an", "text", "row 0, column 'an' (12): these 4 bytes are no int4[]", AQ_EPROTOCOL},
        {"e", "array", "row 0, column 'e' (23): '' is no int4[]", AQ_EPROTOCOL},
        {"ok", "bool", "row 0, column 'ok' (13): 'yes' is no bool", AQ_EPROTOCOL},
        {"nu", "float8", "row 0, column 'nu' (14): these 2 bytes are no float8", AQ_EPROTOCOL},
        {"nu", "text", "row 0, column 'nu' (14): these 2 bytes are no numeric", AQ_EPROTOCOL},
        {"far", "timestamp", "row 0, column 'far' (16): timestamp '294276-12-31 00:00:00': out of range",
         AQ_ERANGE},
        {"farb", "timestamp",
         "row 0, column 'farb' (17): timestamp '294276-11-27 08:47:47.275776': out of range", AQ_ERANGE},
        {"big", "float8", "row 0, column 'big' (18): a number too big for a float8", AQ_ERANGE},
        {"un", "text", "row 0, column 'un' (19): type 600 in binary form, which cannot be read", AQ_ETYPE},
        {"js", "text", "row 0, column 'js' (20): these 3 bytes are no jsonb", AQ_EPROTOCOL},
        {"i8", "int8", "row 0, column 'i8' (21): '9223372036854775808' is no int8", AQ_EPROTOCOL},
        {"dm", "date", "row 0, column 'dm' (22): these 4 bytes are no date", AQ_EPROTOCOL},
    };

    for (size_t i = 0; i < AQ__COUNT_OF(table); i++) {
        aq_rows_t *rows = ROWS(fields, 1);
        aq_cell_t cell = aq_cell_named(rows, 0, table[i].column);

        ok(read_as(cell, table[i].as), "%s as %s is zero", table[i].column, table[i].as);
        is_error(rows, table[i].code, table[i].message, "... and an error");
    }
}

static void test_nulls(void)
{
    static const char *const names[] = {"bool", "int2", "int4",      "int8",     "float4", "float8",
                                        "date", "time", "timestamp", "interval", "uuid",   "inet"};
    static const Oid types[] = {16, 21, 23, 20, 700, 701, 1082, 1083, 1184, 1186, 2950, 869};
    char message[128];

    for (size_t i = 0; i < AQ__COUNT_OF(names); i++) {
        aq_rows_t *rows = make_rows(&(field_t){"x", types[i], (int)i % 2, NULL, 0}, 1, 1);

        ok(read_as(aq_cell(rows, 0, 0), names[i]), "NULL as %s is zero", names[i]);
        (void)snprintf(message, sizeof(message), "row 0, column 'x' (0): NULL where %s %s was asked for",
                       strchr("aeio", names[i][0]) != NULL ? "an" : "a", names[i]);
        is_error(rows, AQ_ENULL, message, "... and an error");
    }
}

/* ---- Right accesses ------------------------------------------------------------------------------------------------------ */

static void test_numbers(void)
{
    static const field_t fields[] = {BINARY("i2", 21, "\xff\xfe"),
                                     TEXT("i4", 23, "-2147483648"),
                                     TEXT("i8", 20, "-9223372036854775808"),
                                     TEXT("oid", 26, "4294967295"),
                                     BINARY("f4", 700, "\x3f\xc0\0\0"),
                                     TEXT("f8", 701, "-Infinity"),
                                     TEXT("num", 1700, "123.456"),
                                     BINARY("nb", 1700, "\0\2\0\0\0\0\0\3\0\173\x11\xd0"),
                                     TEXT("nan", 701, "NaN")};
    aq_rows_t *rows = ROWS(fields, 1);

    is_int(aq_as_int2(aq_cell(rows, 0, 0)), -2, "an int2");
    is_int(aq_as_int4(aq_cell(rows, 0, 0)), -2, "... widens to an int4");
    is_int(aq_as_int8(aq_cell(rows, 0, 0)), -2, "... and to an int8");
    ok(aq_as_float8(aq_cell(rows, 0, 0)) == -2, "... and to a float8");
    is_int(aq_as_int4(aq_cell(rows, 0, 1)), INT32_MIN, "the least int4, from text");
    is_int(aq_as_int8(aq_cell(rows, 0, 2)), INT64_MIN, "the least int8, from text");
    is_int(aq_as_int8(aq_cell(rows, 0, 3)), UINT32_MAX, "the greatest oid");
    ok(aq_as_float4(aq_cell(rows, 0, 4)) == 1.5F, "a float4");
    ok(aq_as_float8(aq_cell(rows, 0, 4)) == 1.5, "... widens");
    ok(aq_as_float8(aq_cell(rows, 0, 5)) == -(double)INFINITY, "an infinity");
    ok(isnan(aq_as_float8(aq_cell(rows, 0, 8))), "a NaN");
    ok(aq_as_float8(aq_cell(rows, 0, 6)) == 123.456, "a numeric as float8, from text");
    ok(aq_as_float8(aq_cell(rows, 0, 7)) == 123.456, "... from binary");
    is_str(aq_as_text(aq_cell(rows, 0, 7)), "123.456", "... and as text");
    is_str(aq_as_text(aq_cell(rows, 0, 0)), "-2", "a binary int2 as text");
    ok(aq_rows_error(rows) == NULL, "none of this is an error");
    aq_rows_close(rows);
}

static void test_zero_copy(void)
{
    static const field_t fields[] = {BINARY("t", 25, "binary text"), TEXT("n", 23, "42"),
                                     BINARY("j", 3802, "\1{}")};
    PGresult *result = make_result(fields, 3, 1);
    aq_rows_t *rows = aq__rows_create(result);

    ok(aq_as_text(aq_cell(rows, 0, 0)) == PQgetvalue(result, 0, 0), "text points into the result");
    ok(aq_as_text(aq_cell(rows, 0, 1)) == PQgetvalue(result, 0, 1), "... what came as text too");
    ok(aq_as_text(aq_cell(rows, 0, 2)) == PQgetvalue(result, 0, 2) + 1, "... and jsonb, behind its version");
    is_int(aq_as_text_length(aq_cell(rows, 0, 2)), 2, "... with its length");
    ok(rows->arena == NULL, "... and nothing is allocated");
    aq_rows_close(rows);
}

/* ---- Text forms ---------------------------------------------------------------------------------------------------------- */

static void test_timestamps(void)
{
    static const struct {
        aq_timestamp_t value;
        const char *text, *zoned, *iso;
    } table[] = {
        {0, "1970-01-01 00:00:00", "1970-01-01 00:00:00+00", "1970-01-01T00:00:00Z"},
        {1795406706500000, "2026-11-23 04:05:06.5", "2026-11-23 04:05:06.5+00", "2026-11-23T04:05:06.5Z"},
        {-1, "1969-12-31 23:59:59.999999", "1969-12-31 23:59:59.999999+00", "1969-12-31T23:59:59.999999Z"},
        {951782400000001, "2000-02-29 00:00:00.000001", "2000-02-29 00:00:00.000001+00",
         "2000-02-29T00:00:00.000001Z"},
        {INT64_C(-63517824000000000), "0044-03-15 00:00:00 BC", "0044-03-15 00:00:00+00 BC",
         "-000043-03-15T00:00:00Z"},
        {INT64_C(-62167219200000000), "0001-01-01 00:00:00 BC", "0001-01-01 00:00:00+00 BC",
         "0000-01-01T00:00:00Z"},
        {INT64_C(253402300800000000), "10000-01-01 00:00:00", "10000-01-01 00:00:00+00",
         "+010000-01-01T00:00:00Z"},
        {INT64_C(-210866803200000000), "4714-11-24 00:00:00 BC", "4714-11-24 00:00:00+00 BC",
         "-004713-11-24T00:00:00Z"},
        {INT64_MAX - 1, "294247-01-10 04:00:54.775806", "294247-01-10 04:00:54.775806+00",
         "+294247-01-10T04:00:54.775806Z"},
        {AQ_TIMESTAMP_INFINITY, "infinity", "infinity", "infinity"},
        {AQ_TIMESTAMP_NEGATIVE_INFINITY, "-infinity", "-infinity", "-infinity"}};
    char buffer[80];
    aq_timestamp_t value;

    for (size_t i = 0; i < AQ__COUNT_OF(table); i++) {
        is_int(aq_format_timestamp(table[i].value, false, buffer, sizeof(buffer)), strlen(table[i].text),
               "%s has its length", table[i].text);
        is_str(buffer, table[i].text, "... and text");
        (void)aq_format_timestamp(table[i].value, true, buffer, sizeof(buffer));
        is_str(buffer, table[i].zoned, "... with a zone");
        (void)aq_format_timestamp_iso8601(table[i].value, true, buffer, sizeof(buffer));
        is_str(buffer, table[i].iso, "... as ISO 8601");
        ok(aq_parse_timestamp(table[i].text, &value) == 0 && value == table[i].value, "... and is read");
        ok(aq_parse_timestamp(table[i].zoned, &value) == 0 && value == table[i].value, "... with a zone");
        ok(aq_parse_timestamp(table[i].iso, &value) == 0 && value == table[i].value, "... as ISO 8601");
    }
    is_int(aq_format_timestamp(0, false, buffer, 19), AQ_EINVAL, "a buffer that is too small");
    is_str(aq_last_error()->message, "'1970-01-01 00:00:00': 19 bytes and a NUL do not fit a buffer of 19",
           "... is an error");
    is_int(aq_format_timestamp(INT64_MIN + 1, false, buffer, sizeof(buffer)), AQ_ERANGE,
           "a timestamp that PostgreSQL does not have");
    is_str(aq_last_error()->message,
           "timestamp of -9223372036854775807 microseconds: PostgreSQL's first is -210866803200000000",
           "... is an error");
}

static void test_timestamp_texts(void)
{
    static const struct {
        const char *text;
        aq_timestamp_t value;
    } good[] = {{"2026-01-02 03:04:05.678+02", 1767315845678000},
                {"2026-01-02 03:04:05.678+05:30", 1767303245678000},
                {"2026-01-02T03:04:05.678-0330", 1767335645678000},
                {"2026-01-02", 1767312000000000},
                {"2026-01-02 03:04", 1767323040000000},
                {"2026-01-01 24:00:00", 1767312000000000},
                {"2026-01-02 00:00:00.1234565", 1767312000123457},
                {"1850-01-01 00:00:00+00:53:28", INT64_C(-3786828808000000)}};
    static const struct {
        const char *text, *why;
    } bad[] = {
        {"", "timestamp '': not of the form 2026-11-23 04:05:06.5+00"},
        {"2026-02-29 00:00:00", "timestamp '2026-02-29 00:00:00': there is no such day"},
        {"2026-13-01", "timestamp '2026-13-01': there is no such day"},
        {"2026-01-02 25:00:00", "timestamp '2026-01-02 25:00:00': not of the form 2026-11-23 04:05:06.5+00"},
        {"2026-01-02 03:04:05 AD",
         "timestamp '2026-01-02 03:04:05 AD': not of the form 2026-11-23 04:05:06.5+00"},
        {"294277-01-01", "timestamp '294277-01-01': out of range"},
        {"4714-11-23 BC", "timestamp '4714-11-23 BC': out of range"},
        {"2026-01-02x", "timestamp '2026-01-02x': not of the form 2026-11-23 04:05:06.5+00"}};
    aq_timestamp_t value;

    for (size_t i = 0; i < AQ__COUNT_OF(good); i++) {
        is_int(aq_parse_timestamp(good[i].text, &value), 0, "'%s' is a timestamp", good[i].text);
        is_int(value, good[i].value, "... of that instant");
    }
    for (size_t i = 0; i < AQ__COUNT_OF(bad); i++) {
        ok(aq_parse_timestamp(bad[i].text, &value) < 0 && value == 0, "'%s' is none", bad[i].text);
        is_str(aq_last_error()->message, bad[i].why, "... and the error says why");
    }
}

static void test_dates_and_times(void)
{
    static const struct {
        aq_date_t value;
        const char *text;
    } dates[] = {{0, "1970-01-01"},
                 {20780, "2026-11-23"},

                 {-719163, "0001-12-31 BC"},
                 {-2440588, "4714-11-24 BC"},
                 {2145042905, "5874897-12-31"},
                 {AQ_DATE_INFINITY, "infinity"},
                 {AQ_DATE_NEGATIVE_INFINITY, "-infinity"}};
    static const struct {
        aq_time_t value;
        const char *text;
    } times[] = {{0, "00:00:00"},
                 {14706500000, "04:05:06.5"},
                 {86399999999, "23:59:59.999999"},
                 {86400000000, "24:00:00"}};
    char buffer[80];
    aq_date_t date;
    aq_time_t time;

    for (size_t i = 0; i < AQ__COUNT_OF(dates); i++) {
        (void)aq_format_date(dates[i].value, buffer, sizeof(buffer));
        is_str(buffer, dates[i].text, "the date %s", dates[i].text);
        ok(aq_parse_date(dates[i].text, &date) == 0 && date == dates[i].value, "... is read");
    }
    for (size_t i = 0; i < AQ__COUNT_OF(times); i++) {
        (void)aq_format_time(times[i].value, buffer, sizeof(buffer));
        is_str(buffer, times[i].text, "the time %s", times[i].text);
        ok(aq_parse_time(times[i].text, &time) == 0 && time == times[i].value, "... is read");
    }
    is_int(aq_parse_date("2026-02-30", &date), AQ_ERANGE, "a day that does not exist");
    is_str(aq_last_error()->message, "date '2026-02-30': there is no such day", "... is an error");
    is_int(aq_format_date(2145042906, buffer, sizeof(buffer)), AQ_ERANGE, "a day after the last");
    is_str(aq_last_error()->message, "date of day 2145042906: PostgreSQL has the days -2440588 to 2145042905",
           "... is an error");
    is_int(aq_parse_time("24:00:00.1", &time), AQ_EINVAL, "a time after the last");
    is_str(aq_last_error()->message, "time '24:00:00.1': not of the form 04:05:06.5", "... is an error");
    is_int(aq_format_time(-1, buffer, sizeof(buffer)), AQ_ERANGE, "a time before the first");
    is_str(aq_last_error()->message, "time of -1 microseconds: a day has 86400000000", "... is an error");
}

static void test_intervals(void)
{
    static const struct {
        aq_interval_t value;
        const char *text, *iso;
    } table[] = {{{0, 0, 0}, "00:00:00", "PT0S"},
                 {{14, -3, 14706700000}, "1 year 2 mons -3 days +04:05:06.7", "P1Y2M-3DT4H5M6.7S"},
                 {{-14, 0, 0}, "-1 years -2 mons", "P-1Y-2M"},
                 {{1, 1, 0}, "1 mon 1 day", "P1M1D"},
                 {{0, 0, -1}, "-00:00:00.000001", "PT-0.000001S"},
                 {{0, 0, INT64_MIN}, "-2562047788:00:54.775808", "PT-2562047788H-54.775808S"},
                 {{INT32_MIN, INT32_MIN, 0},
                  "-178956970 years -8 mons -2147483648 days",
                  "P-178956970Y-8M-2147483648D"},
                 {{INT32_MAX, INT32_MAX, INT64_MAX}, "infinity", "infinity"},
                 {{INT32_MIN, INT32_MIN, INT64_MIN}, "-infinity", "-infinity"}};
    static const char *const bad[] = {"",   "1",       "1 day ",   "1 fortnight", "P",  "PT",
                                      "P1", "1 day -", "04:60:00", "--1 day",     "P1H"};
    char buffer[80];
    aq_interval_t value;

    for (size_t i = 0; i < AQ__COUNT_OF(table); i++) {
        (void)aq_format_interval(table[i].value, buffer, sizeof(buffer));
        is_str(buffer, table[i].text, "the interval %s", table[i].text);
        (void)aq__interval_format_iso8601(table[i].value, buffer);
        is_str(buffer, table[i].iso, "... as ISO 8601");
        for (int k = 0; k < 2; k++)
            ok(aq_parse_interval(k ? table[i].iso : table[i].text, &value) == 0 &&
                   value.months == table[i].value.months && value.days == table[i].value.days &&
                   value.microseconds == table[i].value.microseconds,
               "... is read");
    }
    for (size_t i = 0; i < AQ__COUNT_OF(bad); i++)
        is_int(aq_parse_interval(bad[i], &value), AQ_EINVAL, "'%s' is no interval", bad[i]);
    is_int(aq_parse_interval("2147483648 days", &value), AQ_ERANGE, "too many days");
    is_str(aq_last_error()->message, "interval '2147483648 days': out of range", "... are an error");
    is_int(aq_parse_interval("99999999999999999999 days", &value), AQ_ERANGE, "many more too");
}

static void test_addresses(void)
{
    static const char *const inets[] = {"1.2.3.4",       "10.0.0.0/8",       "::",        "::1",
                                        "2001:db8::/32", "::ffff:1.2.3.4",   "::1.2.3.4", "1::8",
                                        "1:0:0:2::3",    "fe80::1:2:3:4/64", "0.0.0.0/0", "1:2:3:4:5:6:7:8"};
    static const char *const bad[] = {"",         "1.2.3",     "1.2.3.4/33", "::/129",
                                      "1.2.3.4/", "1.2.3.4/x", ":::",        "1.2.3.4 "};
    char buffer[80];
    aq_inet_t inet;
    aq_uuid_t uuid;

    for (size_t i = 0; i < AQ__COUNT_OF(inets); i++)
        ok(aq_parse_inet(inets[i], &inet) == 0 && aq_format_inet(inet, buffer, sizeof(buffer)) > 0 &&
               strcmp(buffer, inets[i]) == 0,
           "the address %s", inets[i]);
    for (size_t i = 0; i < AQ__COUNT_OF(bad); i++)
        is_int(aq_parse_inet(bad[i], &inet), AQ_EINVAL, "'%s' is no address", bad[i]);
    is_int(aq_format_inet((aq_inet_t){.family = 5}, buffer, sizeof(buffer)), AQ_ERANGE,
           "a family that does not exist");
    is_str(aq_last_error()->message, "inet of family 5: it is 4 or 6", "... is an error");
    is_int(aq_parse_uuid("{00112233-4455-6677-8899-AABBCCDDEEFF}", &uuid), 0,
           "a uuid in capitals and braces");
    (void)aq_format_uuid(uuid, buffer, sizeof(buffer));
    is_str(buffer, "00112233-4455-6677-8899-aabbccddeeff", "... is written as the server would");
    is_int(aq_parse_uuid("00112233445566778899aabbccddeeff", &uuid), 0, "a uuid without hyphens");
    is_int(aq_parse_uuid("00112233-4455-6677-8899-aabbccddeef", &uuid), AQ_EINVAL,
           "a uuid that is too short");
    is_int(aq_parse_uuid("00112233-4455-6677-8899-aabbccddeeff-", &uuid), AQ_EINVAL, "... or too long");
    is_str(aq_last_error()->message,
           "uuid '00112233-4455-6677-8899-aabbccddeeff-': not 32 hexadecimal digits", "... is an error");
}

/* ---- Arrays and JSON ----------------------------------------------------------------------------------------------------- */

static void test_arrays(void)
{
    static const field_t fields[] = {TEXT("a", 1007, "{1,NULL,-3}"),
                                     TEXT("t", 1009, "{\"a,\\\"b\",NULL,\"NULL\",\"\",  plain word }"),
                                     TEXT("m", 1007, "[0:1][5:6]={{1,2},{3,4}}"),
                                     TEXT("e", 1007, "{}"),
                                     {"n", 1007, 1, NULL, 0},
                                     TEXT("mood", 16399, "{sad,happy}")};
    aq_rows_t *rows = ROWS(fields, 1);
    aq_cells_t cells = aq_as_array(aq_cell(rows, 0, 0));

    is_int(cells.count, 3, "an array has its elements");
    is_int(cells.dimensions, 1, "... in one dimension");
    is_int(aq_as_int4(cells.items[2]), -3, "... which are cells");
    ok(aq_is_null(cells.items[1]), "... or NULL");
    is_int(cells.items[0].type, AQ_OID_INT4, "... and have a type");
    cells = aq_as_array(aq_cell(rows, 0, 1));
    is_int(cells.count, 5, "texts");
    is_str(aq_as_text(cells.items[0]), "a,\"b", "... without quotes and escapes");
    ok(aq_is_null(cells.items[1]), "... NULL");
    is_str(aq_as_text(cells.items[2]), "NULL", "... 'NULL'");
    is_str(aq_as_text(cells.items[3]), "", "... the empty one");
    is_str(aq_as_text(cells.items[4]), "plain word", "... without the blanks around");
    cells = aq_as_array(aq_cell(rows, 0, 2));
    is_int(cells.count, 4, "an array of two dimensions is flat");
    is_int(cells.dimensions, 2, "... and says how many");
    is_int(aq_as_int4(cells.items[2]), 3, "... in storage order");
    cells = aq_as_array(aq_cell(rows, 0, 3));
    ok(cells.count == 0 && cells.dimensions == 0 && cells.items != NULL, "an empty array is not NULL");
    cells = aq_as_array(aq_cell(rows, 0, 5));
    is_str(aq_as_text(cells.items[1]), "happy", "an array of a type that is not ours");
    ok(aq_rows_error(rows) == NULL, "none of this is an error");
    cells = aq_as_array(aq_cell(rows, 0, 4));
    ok(cells.items == NULL, "NULL as an array is NULL");
    is_error(rows, AQ_ENULL, "row 0, column 'n' (4): NULL where an array was asked for", "... and an error");
}

static void test_malformed_arrays(void)
{
    static const char *const literals[] = {
        "",      "{",      "}",      "{1",      "1",           "{1}}",   "{{1}",
        "{1,}",  "{,1}",   "{1 2}x", "{{1},2}", "{{1},{2,3}}", "{1}{2}", "{{{{{{{1}}}}}}}",
        "[1:2]", "[1:2]=", "{\"a",   "{a\\",    "{\"a\\",      "{1},",   "{{},{1}}"};

    for (size_t i = 0; i < AQ__COUNT_OF(literals); i++) {
        aq_rows_t *rows = make_rows(&(field_t){"x", 1009, 0, literals[i], (int)strlen(literals[i])}, 1, 1);

        ok(aq_as_array(aq_cell(rows, 0, 0)).items == NULL && aq_rows_error(rows) != NULL &&
               aq_rows_error(rows)->code == AQ_EPROTOCOL,
           "'%s' is no array", literals[i]);
        aq_rows_close(rows);
    }
}

static void test_json(void)
{
    static const field_t fields[] = {BINARY("id", 20, "\0\x20\0\0\0\0\0\1"),
                                     TEXT("quo\"ted", 25, "a\"b\\c\n\x01ü"),
                                     TEXT("bad", 25, "\xff"),
                                     TEXT("ok", 16, "t"),
                                     TEXT("f", 701, "0.1"),
                                     TEXT("nan", 700, "NaN"),
                                     TEXT("num", 1700, "-1.50"),
                                     TEXT("inf", 1700, "-Infinity"),
                                     TEXT("j", 114, "{\"a\": 1}"),
                                     BINARY("jb", 3802, "\1[1]"),
                                     TEXT("at", 1184, "2026-01-02 03:04:05.678+02"),
                                     TEXT("ts", 1114, "2026-01-02 03:04:05"),
                                     TEXT("d", 1082, "0044-03-15 BC"),
                                     TEXT("tm", 1083, "04:05:06"),
                                     TEXT("iv", 1186, "1 mon -1 days"),
                                     TEXT("by", 17, "\\x00ff"),
                                     TEXT("u", 2950, "00112233-4455-6677-8899-aabbccddeeff"),
                                     TEXT("arr", 1007, "{{1,NULL},{3,4}}"),
                                     TEXT("emp", 1009, "{}"),
                                     {"nil", 25, 0, NULL, 0},
                                     TEXT("pt", 600, "(1,2)"),
                                     TEXT("far", 1114, "294276-12-31 00:00:00"),
                                     TEXT("ger", 1082, "23.11.2026")};
    static const char expected[] =
        "{\"id\":9007199254740993,\"quo\\\"ted\":\"a\\\"b\\\\c\\n\\u0001ü\",\"bad\":\"\xEF\xBF\xBD\",\"ok\":"
        "true,\"f\":0.1,\"nan\":\"NaN\",\"num\":-1.50,\"inf\":\"-Infinity\","
        "\"j\":{\"a\": "
        "1},\"jb\":[1],\"at\":\"2026-01-02T01:04:05.678Z\",\"ts\":\"2026-01-02T03:04:05\",\"d\":\"-000043-03-"
        "15\",\"tm\":\"04:05:06\",\"iv\":\"P1M-1D\","
        "\"by\":\"\\\\x00ff\",\"u\":\"00112233-4455-6677-8899-aabbccddeeff\",\"arr\":[[1,null],[3,4]],"
        "\"emp\":[],\"nil\":null,\"pt\":\"(1,2)\",\"far\":\"294276-12-31 00:00:00\",\"ger\":\"23.11.2026\"}";
    aq_rows_t *rows = ROWS(fields, 1);
    aq_text_t text = {0};
    json_t *json;

    aq_text_append_row_json(&text, rows, 0);
    is_str(aq_text_string(&text), expected, "a row as JSON");
    json = json_loads(aq_text_string(&text), JSON_REJECT_DUPLICATES, NULL);
    ok(json != NULL, "... which is JSON");
    json_decref(json);
    ok(aq_rows_error(rows) == NULL, "... without an error");
    aq_text_clear(&text);
    aq_text_append_row_json(&text, rows, 1);
    is_str(aq_text_string(&text), "null", "a row that is not there");
    is_error(rows, AQ_EROW, "no row 1: there are 1", "... is an error");
    rows = make_rows(NULL, 0, 0);
    aq_text_clear(&text);
    aq_text_append_row_json(&text, rows, 0);
    is_error(rows, AQ_EROW, "no row 0: there are 0", "a row of a command without rows");
    aq_text_dispose(&text);
}

/* ---- Parameters ------------------------------------------------------------------------------------------------------------ */

static void test_parameters(void)
{
    aq_arguments_t none = {0, NULL};
    const aq_arguments_t *arguments = aq_args(aq_int4(258), aq_text("x"), aq_null(), aq_bool(true));
    aq__parameters_t parameters;
    size_t bytes;
    char *block;

    is_int(aq__encode_measure(&none, &bytes), 0, "no arguments");
    is_int(bytes, 0, "... need no room");
    is_int(aq__encode_measure(NULL, &bytes), 0, "NULL is none");
    is_int(aq__encode_measure(arguments, &bytes), 0, "four arguments");
    block = malloc(bytes);
    aq__encode(arguments, block, &parameters);
    is_int(parameters.count, 4, "... are four parameters");
    ok(parameters.values[2] == NULL, "... NULL is NULL");
    ok(parameters.values[3] + 1 == block + bytes, "... and the block is filled to its end");
    free(block);
    is_int(aq__encode_measure(aq_args(aq_bytea("", 0)), &bytes), 0, "bytea of no bytes");
    block = malloc(bytes);
    aq__encode(aq_args(aq_bytea("", 0)), block, &parameters);
    ok(parameters.values[0] != NULL && parameters.lengths[0] == 0, "... is not NULL");
    free(block);
}

/* What each kind becomes. */
static void test_kinds(void)
{
    static const aq_inet_t inet = {4, 24, false, {10, 0, 0, 1}}, cidr = {6, 32, true, {0x20, 1, 0xd, 0xb8}};
    static const int16_t int2s[] = {1, 2};
    static const char *const strings[] = {"a", NULL};
    static const bool nulls[] = {false, true};
    static const aq_bytes_t blobs[] = {{"\0\1", 2}};
    const struct {
        const char *name;
        aq_value_t value;
        Oid type;
        int format;
        const char *bytes;
        int length;
    } table[] = {
#define FORM(text) text, sizeof(text) - 1
        {"bool", aq_bool(true), 16, 1, FORM("\1")},
        {"int2", aq_int2(-2), 21, 1, FORM("\xff\xfe")},
        {"int4", aq_int4(258), 23, 1, FORM("\0\0\1\2")},
        {"int8", aq_int8(-1), 20, 1, FORM("\xff\xff\xff\xff\xff\xff\xff\xff")},
        {"float4", aq_float4(1.5F), 700, 1, FORM("\x3f\xc0\0\0")},
        {"float8", aq_float8(-2), 701, 1, FORM("\xc0\0\0\0\0\0\0\0")},
        {"text", aq_text("ü"), 0, 0, FORM("ü")},
        {"textn", aq_textn("abc", 2), 0, 0, FORM("ab")},
        {"the empty text", aq_text(""), 0, 0, FORM("")},
        {"bytea", aq_bytea("\0\xff", 2), 17, 1, FORM("\0\xff")},
        {"date", aq_date(10957), 1082, 1, FORM("\0\0\0\0")},
        {"date infinity", aq_date(AQ_DATE_INFINITY), 1082, 1, FORM("\x7f\xff\xff\xff")},
        {"the first date", aq_date(-2440588), 1082, 1, FORM("\xff\xda\x97\xa7")},
        {"time", aq_time(1), 1083, 1, FORM("\0\0\0\0\0\0\0\1")},
        {"timestamp", aq_timestamp(946684800000001), 1114, 1, FORM("\0\0\0\0\0\0\0\1")},
        {"timestamptz -infinity", aq_timestamptz(AQ_TIMESTAMP_NEGATIVE_INFINITY), 1184, 1,
         FORM("\x80\0\0\0\0\0\0\0")},
        {"interval", aq_interval((aq_interval_t){1, 2, 3}), 1186, 1,
         FORM("\0\0\0\0\0\0\0\3\0\0\0\2\0\0\0\1")},
        {"uuid", aq_uuid((aq_uuid_t){{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}}), 2950, 1,
         FORM("\1\2\3\4\5\6\7\10\11\12\13\14\15\16\17\20")},
        {"numeric", aq_numeric("1.50"), 1700, 0, FORM("1.50")},
        {"json", aq_json("{}"), 114, 0, FORM("{}")},
        {"jsonb", aq_jsonb("[]"), 3802, 0, FORM("[]")},
        {"inet", aq_inet(&inet), 869, 1, FORM("\2\x18\0\4\12\0\0\1")},
        {"cidr", aq_inet(&cidr), 650, 1, FORM("\3\x20\1\x10\x20\1\xd\xb8\0\0\0\0\0\0\0\0\0\0\0\0")},
        {"int2[]", aq_array(AQ_VALUE_INT2, int2s, 2, NULL), 1005, 1,
         FORM("\0\0\0\1\0\0\0\0\0\0\0\25\0\0\0\2\0\0\0\1\0\0\0\2\0\1\0\0\0\2\0\2")},
        {"an array with a NULL", aq_array(AQ_VALUE_INT2, int2s, 2, nulls), 1005, 1,
         FORM("\0\0\0\1\0\0\0\1\0\0\0\25\0\0\0\2\0\0\0\1\0\0\0\2\0\1\xff\xff\xff\xff")},
        {"text[] with a NULL", aq_text_array(strings, 2), 1009, 1,
         FORM("\0\0\0\1\0\0\0\1\0\0\0\31\0\0\0\2\0\0\0\1\0\0\0\1a\xff\xff\xff\xff")},
        {"an array without elements", aq_int8_array(NULL, 0), 1016, 1, FORM("\0\0\0\0\0\0\0\0\0\0\0\24")},
        {"bytea[]", aq_array(AQ_VALUE_BYTEA, blobs, 1, NULL), 1001, 1,
         FORM("\0\0\0\1\0\0\0\0\0\0\0\21\0\0\0\1\0\0\0\1\0\0\0\2\0\1")},
        {"jsonb[]", aq_array(AQ_VALUE_JSONB, (const char *const[]){"{}"}, 1, NULL), 3807, 1,
         FORM("\0\0\0\1\0\0\0\0\0\0\16\332\0\0\0\1\0\0\0\1\0\0\0\3\1{}")},
        {"numeric[]", aq_array(AQ_VALUE_NUMERIC, (const char *const[]){"-1.5"}, 1, NULL), 1231, 1,
         FORM("\0\0\0\1\0\0\0\0\0\0\6\244\0\0\0\1\0\0\0\1\0\0\0\14\0\2\0\0\100\0\0\1\0\1\23\210")},
#undef FORM
    };

    for (size_t i = 0; i < AQ__COUNT_OF(table); i++) {
        const aq_arguments_t arguments = {1, &table[i].value};
        aq__parameters_t parameters;
        size_t size;
        char *block;

        is_int(aq__encode_measure(&arguments, &size), 0, "%s", table[i].name);
        block = malloc(size);
        aq__encode(&arguments, block, &parameters);
        is_int(parameters.types[0], table[i].type, "... has its type");
        is_int(parameters.formats[0], table[i].format, "... its format");
        is_int(parameters.lengths[0], table[i].length, "... its length");
        is_mem(parameters.values[0], table[i].bytes, (size_t)table[i].length + (table[i].format == 0),
               "... and its bytes");
        ok(parameters.values[0] + table[i].length + (table[i].format == 0) == block + size,
           "... and no more");
        free(block);
    }
    for (int i = 0; i < 3; i++) {
        const aq_value_t value = i == 0 ? aq_null() : i == 1 ? aq_text(NULL) : aq_inet(NULL);
        aq__parameters_t parameters;
        char block[64];
        size_t size;

        is_int(aq__encode_measure(&(aq_arguments_t){1, &value}, &size), 0, "NULL");
        aq__encode(&(aq_arguments_t){1, &value}, block, &parameters);
        ok(parameters.values[0] == NULL && parameters.lengths[0] == 0, "... is sent as NULL");
    }
}

static aq_value_t raw_value(aq_value_kind_t kind, int64_t integer)
{
    aq_value_t value = aq_int8(integer);

    value.kind = kind;
    return value;
}

static void test_refused_values(void)
{
    static const aq_inet_t family = {5, 0, false, {0}}, bits = {4, 33, false, {0}};
    static const char *const good[] = {"a", "\xc3\x28"}, *const numbers[] = {"1", "x"};
    const struct {
        aq_value_t value;
        int code;
        const char *message;
    } table[] = {
        {aq_textn("ab\0c", 4), AQ_EENCODING, "argument $2: text with a NUL at byte 2"},
        {aq_text("ab\xff"), AQ_EENCODING, "argument $2: text that is not UTF-8 at byte 2"},
        {aq_text("ü\xed\xa0\x80"), AQ_EENCODING, "argument $2: text that is not UTF-8 at byte 2"},
        {aq_text("cut \xe2\x82"), AQ_EENCODING, "argument $2: text that is not UTF-8 at byte 4"},
        {aq_json("\xff"), AQ_EENCODING, "argument $2: json that is not UTF-8 at byte 0"},
        {aq_textn("x", 1073741824), AQ_ETOOBIG,
         "argument $2: text of 1073741824 bytes: the limit is 1073740799"},
        {aq_bytea("x", 1073740800), AQ_ETOOBIG,
         "argument $2: bytea of 1073740800 bytes: the limit is 1073740799"},
        {aq_bytea("x", 1073740799), AQ_ETOOBIG,
         "arguments of 1073740803 bytes in all: the limit is 1073740799"},
        {aq_date(-2440589), AQ_ERANGE,
         "argument $2: date of day -2440589: PostgreSQL has the days -2440588 to 2145042905"},
        {aq_date(2145042906), AQ_ERANGE,
         "argument $2: date of day 2145042906: PostgreSQL has the days -2440588 to 2145042905"},
        {aq_time(-1), AQ_ERANGE, "argument $2: time of -1 microseconds: a day has 86400000000"},
        {aq_time(86400000001), AQ_ERANGE,
         "argument $2: time of 86400000001 microseconds: a day has 86400000000"},
        {aq_timestamp(-210866803200000001), AQ_ERANGE,
         "argument $2: timestamp of -210866803200000001 microseconds: PostgreSQL's first is "
         "-210866803200000000"},
        {aq_timestamptz(INT64_MIN + 1), AQ_ERANGE,
         "argument $2: timestamptz of -9223372036854775807 microseconds: PostgreSQL's first is "
         "-210866803200000000"},
        {raw_value(AQ_VALUE_INT2, 32768), AQ_ERANGE, "argument $2: 32768 does not fit an int2"},
        {raw_value(AQ_VALUE_INT4, -2147483649), AQ_ERANGE, "argument $2: -2147483649 does not fit an int4"},
        {aq_inet(&family), AQ_ERANGE, "argument $2: inet of family 5: it is 4 or 6"},
        {aq_inet(&bits), AQ_ERANGE, "argument $2: inet of family 4 with 33 bits: the limit is 32"},
        {raw_value((aq_value_kind_t)99, 0), AQ_EINVAL,
         "argument $2: value of kind 99: there is no such kind"},
        {aq_array(AQ_VALUE_ARRAY, good, 1, NULL), AQ_EINVAL,
         "argument $2: array of kind 19: its elements must be scalars"},
        {aq_array(AQ_VALUE_NULL, good, 1, NULL), AQ_EINVAL,
         "argument $2: array of kind 0: its elements must be scalars"},
        {aq_array(AQ_VALUE_INT4, NULL, 1, NULL), AQ_EINVAL,
         "argument $2: array of 1 elements: they are at NULL"},
        {aq_array(AQ_VALUE_INT4, good, 134217728, NULL), AQ_ETOOBIG,
         "argument $2: array of 134217728 elements: the limit is 134217727"},
        {aq_text_array(good, 2), AQ_EENCODING, "argument $2: element 1: text that is not UTF-8 at byte 0"},
        {aq_array(AQ_VALUE_NUMERIC, numbers, 2, NULL), AQ_EINVAL,
         "argument $2: element 1: numeric 'x': not a number"},
    };
    size_t bytes;

    for (size_t i = 0; i < AQ__COUNT_OF(table); i++) {
        is_int(aq__encode_measure(aq_args(aq_int4(1), table[i].value), &bytes), table[i].code, "refused: %s",
               table[i].message);
        is_str(aq_last_error()->message, table[i].message, "... in so many words");
    }
}

/* A bad byte is found wherever it is. */
static void test_every_byte(void)
{
    int missed = 0, wrong = 0;
    size_t bytes;

    for (size_t length = 0; length < 40; length++) {
        char text[40];

        memset(text, 'a', sizeof(text));
        wrong += aq__encode_measure(aq_args(aq_textn(text, length)), &bytes) != 0;
        for (size_t i = 0; i < length; i++) {
            text[i] = '\0';
            missed += aq__encode_measure(aq_args(aq_textn(text, length)), &bytes) != AQ_EENCODING;
            text[i] = '\x80';
            missed += aq__encode_measure(aq_args(aq_textn(text, length)), &bytes) != AQ_EENCODING;
            text[i] = '\1';
            wrong += aq__encode_measure(aq_args(aq_textn(text, length)), &bytes) != 0;
            text[i] = '\x7f';
            wrong += aq__encode_measure(aq_args(aq_textn(text, length)), &bytes) != 0;
        }
    }
    is_int(missed, 0, "NUL and bad UTF-8 are found at every place of every length");
    is_int(wrong, 0, "... and nothing else is");
}

static void test_many_arguments(void)
{
    aq_value_t *values = calloc(65536, sizeof(*values));
    aq__parameters_t parameters;
    size_t bytes;
    char *block;

    for (int i = 0; i < 65536; i++)
        values[i] = aq_int4(i);
    is_int(aq__encode_measure(&(aq_arguments_t){65536, values}, &bytes), AQ_EARGUMENTS,
           "65,536 arguments are too many");
    is_str(aq_last_error()->message, "65536 arguments: the limit is 65535", "... and the error says so");
    is_int(aq__encode_measure(&(aq_arguments_t){65535, values}, &bytes), 0, "65,535 are not");
    block = malloc(bytes);
    aq__encode(&(aq_arguments_t){65535, values}, block, &parameters);
    is_mem(parameters.values[65534], "\0\0\xff\xfe", 4, "... the last is there");
    free(block);
    free(values);
}

static void test_numeric_texts(void)
{
    static const char *const bad[] = {"",     "-",     ".",  "1.2.3", "1e",   "1e+",
                                      "0x10", "1_000", " 1", "1 ",    "nano", "--1"};
    static const char *const far[] = {"1e131073", "1e-16384", "1e999999999999999999999"};
    aq_text_t text = {0};
    char message[128];

    for (size_t i = 0; i < AQ__COUNT_OF(bad); i++) {
        is_int(aq__encode_copy_row(aq_args(aq_numeric(bad[i])), &text), AQ_EINVAL, "'%s' is no numeric",
               bad[i]);
        (void)snprintf(message, sizeof(message), "field 1: numeric '%s': not a number", bad[i]);
        is_str(aq_last_error()->message, message, "... and the error says so");
    }
    for (size_t i = 0; i < AQ__COUNT_OF(far); i++)
        is_int(aq__encode_copy_row(aq_args(aq_numeric(far[i])), &text), AQ_ERANGE,
               "%s is beyond PostgreSQL's numeric", far[i]);
    is_int(text.length, 0, "nothing of it was appended");
    is_int(aq__encode_copy_row(aq_args(aq_numeric("0.00012"), aq_null()), &text), 0, "a row of COPY");
    is_mem(text.data, "\0\2\0\0\0\14\0\2\xff\xff\0\0\0\5\0\1\7\xd0\xff\xff\xff\xff", 22,
           "... has its count, lengths and bytes");
    is_int(text.length, 22, "... and no more");
    is_int(aq__encode_copy_row(aq_args(aq_int4(1), aq_text("\xff")), &text), AQ_EENCODING, "a bad one");
    is_str(aq_last_error()->message, "field 2: text that is not UTF-8 at byte 0", "... is refused");
    is_int(text.length, 22, "... as a whole");
    aq_text_dispose(&text);
}

/* ---- No memory --------------------------------------------------------------------------------------------------------------- */

/* Everything that allocates; whether all of it worked. */
static bool use_everything(void)
{
    static const field_t fields[] = {
        BINARY("n", 1700, "\0\2\0\0\0\0\0\3\0\173\x11\xd0"),
        TEXT("by", 17, "\\x00ff"),
        TEXT("a", 1009, "{a,\"b c\"}"),
        BINARY("b", 1007, "\0\0\0\1\0\0\0\0\0\0\0\27\0\0\0\1\0\0\0\1\0\0\0\4\0\0\0\7"),
        BINARY("d", 1082, "\0\0\0\0"),
        TEXT("i", 23, "x")};
    aq_rows_t *rows = ROWS(fields, 1);
    aq_text_t json = {0}, copy = {0};
    bool good;

    if (rows == NULL)
        return false;
    good = aq_as_text(aq_cell(rows, 0, 0)) != NULL;
    good &= aq_as_bytea(aq_cell(rows, 0, 1)).data != NULL;
    good &= aq_as_array(aq_cell(rows, 0, 2)).count == 2;
    good &= aq_as_text(aq_cell(rows, 0, 3)) != NULL;
    good &= aq_as_text(aq_cell(rows, 0, 4)) != NULL;
    good &= aq_as_text_length(aq_cell(rows, 0, 0)) == 7;
    good &= good == (aq_rows_error(rows) == NULL); /* what did not work is an error */
    aq_text_append_row_json(&json, rows, 0);
    good &= !json.failed;
    good &=
        aq__encode_copy_row(
            aq_args(aq_text(
                "a text that does not fit the first sixty-four bytes of a builder, which therefore grows")),
            &copy) == 0;
    (void)aq_as_int4(aq_cell(rows, 0, 5));
    good &= aq_rows_error(rows) != NULL && aq_rows_error(rows)->code == AQ_EPROTOCOL;
    if (aq_rows_error(rows) == NULL || aq_rows_error(rows)->message == NULL)
        fail("a wrong access is an error even without memory");
    aq_text_dispose(&json);
    aq_text_dispose(&copy);
    aq_rows_close(rows);
    return good;
}

typedef struct {
    size_t leaks, unnoticed;
    bool good;
} attempt_t;

static bool try_everything(void *data)
{
    attempt_t *attempt = data;

    attempt->good = use_everything();
    attempt->unnoticed += allocations.refused != 0 && attempt->good;
    attempt->leaks += allocations.blocks != 0;
    return allocations.refused == 0;
}

static void test_no_memory(void)
{
    attempt_t attempt = {0};
    size_t n = fail_each_request(try_everything, &attempt, 1000);

    ok(attempt.good && n > 8, "with enough memory everything works, after %zu times without", n - 1);
    is_int(attempt.leaks, 0, "whichever allocation fails, nothing leaks");
    is_int(attempt.unnoticed, 0, "... and it does not go unnoticed");
}

int main(void)
{
    aq_set_allocator(counting_allocator, NULL);
    test_rows();
    test_wrong_accesses();
    test_nulls();
    test_numbers();
    test_zero_copy();
    test_timestamps();
    test_timestamp_texts();
    test_dates_and_times();
    test_intervals();
    test_addresses();
    test_arrays();
    test_malformed_arrays();
    test_json();
    test_parameters();
    test_kinds();
    test_refused_values();
    test_every_byte();
    test_many_arguments();
    test_numeric_texts();
    test_no_memory();
    is_int(allocations.blocks, 0, "every block went back to the allocator");
    return tap_done();
}
