/* The codec against PostgreSQL: what we send is what it gets, what it sends is what we read, and aq_as_text() of a binary value is the
 * server's own text. Every statement runs twice, with the rows in text and in binary. */
#include <libpq-fe.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/wire/codec.h"
#include "t/cluster.h"
#include "t/tap.h"

static PGconn *connection;

/* ---- Running statements -------------------------------------------------------------------------------------------------- */

static aq_rows_t *run(const char *sql, const aq_arguments_t *arguments, int format)
{
    aq__parameters_t parameters;
    size_t bytes;
    PGresult *result;
    char *block;

    if (aq__encode_measure(arguments, &bytes) != 0)
        bail_out("%s: %s", sql, aq_last_error()->message);
    block = malloc(bytes + 1);
    aq__encode(arguments, block, &parameters);
    result = PQexecParams(connection, sql, parameters.count, parameters.types, parameters.values,
                          parameters.lengths, parameters.formats, format);
    free(block);
    if (PQresultStatus(result) != PGRES_TUPLES_OK && PQresultStatus(result) != PGRES_COMMAND_OK)
        bail_out("%s: %s", sql, PQerrorMessage(connection));
    return aq__rows_create(result);
}

static bool is_json(aq_cell_t cell)
{
    aq_text_t text = {0};
    json_error_t why;
    json_t *value;
    bool good;

    aq_text_append_cell_json(&text, cell);
    value =
        json_loads(aq_text_string(&text), JSON_DECODE_ANY | JSON_DECODE_INT_AS_REAL | JSON_ALLOW_NUL, &why);
    good = value != NULL || strstr(why.text, "overflow") != NULL; /* numerics that no double holds */
    if (!good)
        diag("%s: %s", aq_text_string(&text), why.text);
    json_decref(value);
    aq_text_dispose(&text);
    return good;
}

/* `sql` gives a value and its text. */
static void same_text(const char *what, const char *sql, const aq_arguments_t *arguments)
{
    for (int format = 0; format <= 1; format++) {
        aq_rows_t *rows = run(sql, arguments, format);
        size_t wrong = 0;

        for (size_t i = 0; i < aq_rows_count(rows); i++) {
            const char *ours = aq_as_text(aq_cell(rows, i, 0)), *theirs = aq_as_text(aq_cell(rows, i, 1));
            bool same = ours == theirs || (ours != NULL && theirs != NULL && strcmp(ours, theirs) == 0);

            same &= aq_as_text_length(aq_cell(rows, i, 0)) == aq_as_text_length(aq_cell(rows, i, 1));
            same &= is_json(aq_cell(rows, i, 0));
            if (!same && wrong++ < 5)
                diag("%zu: got %s, the server has %s", i, ours != NULL ? ours : "NULL",
                     theirs != NULL ? theirs : "NULL");
        }
        if (aq_rows_error(rows) != NULL)
            diag("%s", aq_rows_error(rows)->message);
        ok(wrong == 0 && aq_rows_count(rows) > 0 && aq_rows_error(rows) == NULL,
           "%s in %s: %zu values read as the server's text", what, format == 1 ? "binary" : "text",
           aq_rows_count(rows));
        aq_rows_close(rows);
    }
}

/* ---- Random values ---------------------------------------------------------------------------------------------------------- */

static uint64_t seed = 20261123;

static uint64_t draw(void)
{
    uint64_t z = seed += 0x9E3779B97F4A7C15u;

    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

/* Of all magnitudes. */
static int64_t draw_between(int64_t least, int64_t most)
{
    uint64_t span = (uint64_t)most - (uint64_t)least, shift = draw() % 64, offset = draw() >> shift;

    offset = span == UINT64_MAX ? offset : offset % (span + 1);
    return (int64_t)(draw() % 2 ? (uint64_t)least + offset : (uint64_t)most - offset);
}

enum { MANY = 4000 };

/* ---- What the server makes of what we send ---------------------------------------------------------------------------------- */

/* Arrays there and back: every item must come back as it was, from text and from binary. */
#define ROUND_TRIP(what, KIND, type, as, cast, same)                                                 \
    static void round_trip_##as##_##KIND(const type *items, size_t count)                            \
    {                                                                                                \
        const char *sql =                                                                            \
            "select v, " PLAIN " from unnest($1::" cast "[]) with ordinality as u(v, n) order by n"; \
        const aq_arguments_t *arguments = aq_args(aq_array(AQ_VALUE_##KIND, items, count, NULL));    \
                                                                                                     \
        same_text(what, sql, arguments);                                                             \
        for (int format = 0; format <= 1; format++) {                                                \
            aq_rows_t *rows = run(sql, arguments, format);                                           \
            size_t wrong = 0;                                                                        \
                                                                                                     \
            for (size_t i = 0; i < count; i++) {                                                     \
                type got = aq_as_##as(aq_cell(rows, i, 0)), sent = items[i];                         \
                                                                                                     \
                if (!(same) && wrong++ < 5)                                                          \
                    diag("%zu: %s came back as something else", i, aq_as_text(aq_cell(rows, i, 1))); \
            }                                                                                        \
            if (aq_rows_error(rows) != NULL)                                                         \
                diag("%s", aq_rows_error(rows)->message);                                            \
            ok(wrong == 0 && aq_rows_count(rows) == count && aq_rows_error(rows) == NULL,            \
               what " in %s: %zu values there and back", format == 1 ? "binary" : "text", count);    \
            aq_rows_close(rows);                                                                     \
        }                                                                                            \
    }
#define PLAIN "format('%s', v)" /* the type's output, where a cast may differ */
#define SAME_BYTES (memcmp(&got, &sent, sizeof(got)) == 0)
#define SAME_NUMBER (got == sent || (isnan(got) && isnan(sent)))

ROUND_TRIP("bool", BOOL, bool, bool, "bool", got == sent)
ROUND_TRIP("int2", INT2, int16_t, int2, "int2", got == sent)
ROUND_TRIP("int4", INT4, int32_t, int4, "int4", got == sent)
ROUND_TRIP("int8", INT8, int64_t, int8, "int8", got == sent)
ROUND_TRIP("float4", FLOAT4, float, float4, "float4", SAME_NUMBER)
ROUND_TRIP("float8", FLOAT8, double, float8, "float8", SAME_NUMBER)
ROUND_TRIP("date", DATE, aq_date_t, date, "date", got == sent)
ROUND_TRIP("time", TIME, aq_time_t, time, "time", got == sent)
ROUND_TRIP("timestamp", TIMESTAMP, aq_timestamp_t, timestamp, "timestamp", got == sent)
ROUND_TRIP("timestamptz", TIMESTAMPTZ, aq_timestamp_t, timestamp, "timestamptz", got == sent)
ROUND_TRIP("interval", INTERVAL, aq_interval_t, interval, "interval", SAME_BYTES)
ROUND_TRIP("uuid", UUID, aq_uuid_t, uuid, "uuid", SAME_BYTES)
ROUND_TRIP("inet", INET, aq_inet_t, inet, "inet", SAME_BYTES)

#define FILL(items, value)            \
    for (size_t i = 0; i < MANY; i++) \
        items[i] = value;

static void test_integers(void)
{
    static bool bools[2] = {true, false};
    static int16_t int2s[MANY] = {INT16_MIN, INT16_MAX, 0, -1};
    static int32_t int4s[MANY] = {INT32_MIN, INT32_MAX, 0, -1};
    static int64_t int8s[MANY] = {INT64_MIN, INT64_MAX, 0, -1};

    for (size_t i = 4; i < MANY; i++) {
        int2s[i] = (int16_t)draw_between(INT16_MIN, INT16_MAX);
        int4s[i] = (int32_t)draw_between(INT32_MIN, INT32_MAX);
        int8s[i] = draw_between(INT64_MIN, INT64_MAX);
    }
    round_trip_bool_BOOL(bools, 2);
    round_trip_int2_INT2(int2s, MANY);
    round_trip_int4_INT4(int4s, MANY);
    round_trip_int8_INT8(int8s, MANY);
}

static double float8_of(uint64_t bits)
{
    double number;

    memcpy(&number, &bits, sizeof(number));
    return number;
}

static float float4_of(uint32_t bits)
{
    float number;

    memcpy(&number, &bits, sizeof(number));
    return number;
}

/* Everything that is awkward about shortest digits: powers of two and ten and their neighbours, subnormals, integers whose short forms
 * lie between two numbers. */
static size_t awkward_float8s(double *numbers)
{
    size_t n = 0;

    for (int e = -1074; e <= 1023; e++) {
        numbers[n++] = ldexp(1, e);
        numbers[n++] = nextafter(ldexp(1, e), 0);
        numbers[n++] = -nextafter(ldexp(1, e), (double)INFINITY);
    }
    for (int e = -323; e <= 308; e++) {
        char text[16];

        (void)snprintf(text, sizeof(text), "1e%d", e);
        numbers[n++] = strtod(text, NULL);
        numbers[n++] = nextafter(strtod(text, NULL), 0);
        numbers[n++] = nextafter(strtod(text, NULL), (double)INFINITY);
    }
    for (int i = 0; i < 3000; i++) /* 54 bits and a few zeros: next to the middles */
        numbers[n++] = ldexp((double)((draw() >> 11) | 1), (int)(draw() % 70));
    for (int i = 0; i < 3000;
         i++) /* the middles with few digits: an odd number of 54 bits that 5^k divides */
    {
        static const uint64_t fives[] = {1, 5, 25, 125, 625, 3125, 15625, 78125, 390625, 1953125, 9765625};
        uint64_t five = fives[draw() % AQ__COUNT_OF(fives)],
                 odd = (((UINT64_C(1) << 53) + (draw() >> 11)) / five | 1) * five;

        numbers[n++] = ldexp((double)(odd - 1), (int)(draw() % 12));
        numbers[n++] = ldexp((double)(odd + 1), (int)(draw() % 12));
    }
    for (int i = 0; i < 4000; i++)
        numbers[n++] = float8_of(draw());
    for (int i = 0; i < 4000; i++)
        numbers[n++] = (double)draw_between(-1000000000000, 1000000000000) / pow(10, (double)(draw() % 12));
    numbers[n++] = 0;
    numbers[n++] = -0.0;
    numbers[n++] = (double)NAN;
    numbers[n++] = (double)INFINITY;
    numbers[n++] = -(double)INFINITY;
    numbers[n++] = 1.7976931348623157e308;
    numbers[n++] = 9007199254740991.0;
    numbers[n++] = 9007199254740993.0;
    return n;
}

static size_t awkward_float4s(float *numbers)
{
    size_t n = 0;

    for (int e = -149; e <= 127; e++) {
        numbers[n++] = ldexpf(1, e);
        numbers[n++] = nextafterf(ldexpf(1, e), 0);
        numbers[n++] = -nextafterf(ldexpf(1, e), (float)INFINITY);
    }
    for (int i = 0; i < 6000; i++) {
        static const uint32_t fives[] = {1, 5, 25, 125, 625, 3125, 15625};
        uint32_t five = fives[draw() % AQ__COUNT_OF(fives)];
        uint32_t odd = (uint32_t)((((UINT64_C(1) << 24) + (draw() >> 40)) / five | 1) * five);

        numbers[n++] = ldexpf((float)(odd - 1), (int)(draw() % 12));
        numbers[n++] = ldexpf((float)(odd + 1), (int)(draw() % 12));
    }
    for (int i = 0; i < 8000; i++)
        numbers[n++] = float4_of((uint32_t)draw());
    for (int i = 0; i < 4000; i++)
        numbers[n++] = (float)draw_between(-1000000000, 1000000000) / powf(10, (float)(draw() % 9));
    numbers[n++] = -0.0F;
    numbers[n++] = (float)NAN;
    numbers[n++] = (float)INFINITY;
    numbers[n++] = 3.4028235e38F;
    return n;
}

static void test_floats(void)
{
    static double float8s[40000];
    static float float4s[40000];

    round_trip_float8_FLOAT8(float8s, awkward_float8s(float8s));
    round_trip_float4_FLOAT4(float4s, awkward_float4s(float4s));
}

static void test_times(void)
{
    static const aq_timestamp_t first = INT64_C(-210866803200000000), last = INT64_MAX - 1;
    static aq_date_t dates[MANY] = {-2440588, 2145042905, AQ_DATE_INFINITY, AQ_DATE_NEGATIVE_INFINITY,
                                    0,        -719529,    -719528,          -719162};
    static aq_time_t times[MANY] = {0, INT64_C(86400000000), 1, 999999};
    static aq_timestamp_t timestamps[MANY];

    for (size_t i = 8; i < MANY; i++)
        dates[i] =
            i % 2 ? (int32_t)draw_between(-2440588, 2145042905) : (int32_t)draw_between(-800000, 800000);
    for (size_t i = 4; i < MANY; i++)
        times[i] = draw_between(0, INT64_C(86400000000));
    for (size_t i = 0; i < MANY; i++)
        timestamps[i] = i % 3 ? draw_between(first, last)
                              : draw_between(-70000000000, 70000000000) * (i % 2 ? 1000000 : 997);
    timestamps[0] = first;
    timestamps[1] = last;
    timestamps[2] = AQ_TIMESTAMP_INFINITY;
    timestamps[3] = AQ_TIMESTAMP_NEGATIVE_INFINITY;
    round_trip_date_DATE(dates, MANY);
    round_trip_time_TIME(times, MANY);
    round_trip_timestamp_TIMESTAMP(timestamps, MANY);
    round_trip_timestamp_TIMESTAMPTZ(timestamps, MANY);
    same_text("the last timestamps",
              "select v, v::text from unnest('{294276-12-31 23:59:59.999999,294247-01-10 "
              "04:00:54.775807}'::timestamp[]) v",
              NULL);
    same_text("the last timestamptz",
              "select v, v::text from unnest('{294276-12-31 23:59:59.999999+00,4714-11-24 00:00:00+00 "
              "BC}'::timestamptz[]) v",
              NULL);
}

static void test_zones(void)
{
    static const char *const zones[] = {"UTC", "Europe/Berlin", "Asia/Kolkata", "America/St_Johns",
                                        "Pacific/Apia"};
    static const char sql[] =
        "select v, extract(epoch from v) * 1000000 from generate_series('1800-01-01'::timestamptz, "
        "'2100-01-01', "
        "'1000 days 03:04:05.678901') v union all select '0044-03-15 12:00:00+00 BC', extract(epoch from "
        "'0044-03-15 12:00:00+00 BC'::timestamptz) * 1000000";

    for (size_t z = 0; z < AQ__COUNT_OF(zones); z++) {
        aq_rows_t *rows;
        size_t wrong = 0;

        aq_rows_close(run("select set_config('timezone', $1, false)", aq_args(aq_text(zones[z])), 0));
        rows = run(sql, NULL, 0);
        for (size_t i = 0; i < aq_rows_count(rows); i++)
            if (aq_as_timestamp(aq_cell(rows, i, 0)) != (int64_t)atof(aq_as_text(aq_cell(rows, i, 1))) &&
                wrong++ < 5)
                diag("%s: %lld, not %s", aq_as_text(aq_cell(rows, i, 0)),
                     (long long)aq_as_timestamp(aq_cell(rows, i, 0)), aq_as_text(aq_cell(rows, i, 1)));
        ok(wrong == 0 && aq_rows_error(rows) == NULL,
           "timestamptz in the text of zone %s is the same instant", zones[z]);
        aq_rows_close(rows);
    }
    aq_rows_close(run("select set_config('timezone', 'UTC', false)", NULL, 0));
}

static void test_intervals(void)
{
    static aq_interval_t intervals[MANY] = {{0, 0, 0},    {1, 0, 0},  {-1, 0, 1}, {12, -3, 4},
                                            {-12, 1, -1}, {0, -1, 0}, {0, 0, -1}, {0, 0, INT64_MIN}};

    for (size_t i = 8; i < MANY; i++) {
        intervals[i].months = draw() % 3 ? (int32_t)draw_between(INT32_MIN + 1, INT32_MAX - 1) : 0;
        intervals[i].days = draw() % 3 ? (int32_t)draw_between(INT32_MIN, INT32_MAX) : 0;
        intervals[i].microseconds = draw() % 3 ? draw_between(INT64_MIN, INT64_MAX) : 0;
    }
    round_trip_interval_INTERVAL(intervals, MANY);
    if (PQserverVersion(connection) >= 170000)
        same_text("infinite intervals", "select v, v::text from unnest('{infinity,-infinity}'::interval[]) v",
                  NULL);
}

/* The ISO 8601 form that JSON gets is the server's of intervalstyle iso_8601, and the server reads both alike. */
static void test_intervals_iso8601(void)
{
    aq_rows_t *rows;
    size_t wrong = 0;

    aq_rows_close(run("select set_config('intervalstyle', 'iso_8601', false)", NULL, 0));
    rows = run("select v, v::text from (select make_interval((random() * 9 - 4)::int, (random() * 9 - "
               "4)::int, 0, (random() * 9 - 4)::int, 0, 0, "
               "round((random() * 9e5 - 4e5)::numeric, (random() * 6)::int)::float8) from generate_series(1, "
               "2000) union all "
               "values ('0'::interval), ('1 sec'), ('-1 sec'), ('1 min'), ('1 year'), ('-0.5 sec'), ('100 "
               "hours')) u(v)",
               NULL, 1);
    for (size_t i = 0; i < aq_rows_count(rows); i++) {
        aq_text_t text = {0}, expected = {0};
        aq_interval_t value = {0, 0, 0};
        const char *server = aq_as_text(aq_cell(rows, i, 1));

        aq_text_append_cell_json(&text, aq_cell(rows, i, 0));
        aq_text_append_json(&expected, server, strlen(server));
        (void)aq_parse_interval(server, &value);
        if ((strcmp(text.data, expected.data) != 0 || memcmp(&value, &(aq_interval_t){0}, 0) != 0 ||
             value.microseconds != aq_as_interval(aq_cell(rows, i, 0)).microseconds ||
             value.months != aq_as_interval(aq_cell(rows, i, 0)).months ||
             value.days != aq_as_interval(aq_cell(rows, i, 0)).days) &&
            wrong++ < 5)
            diag("%s, not %s", text.data, expected.data);
        aq_text_dispose(&text);
        aq_text_dispose(&expected);
    }
    ok(wrong == 0 && aq_rows_error(rows) == NULL,
       "intervals in JSON are ISO 8601 as the server writes it, and read back");
    aq_rows_close(rows);
    aq_rows_close(run("select set_config('intervalstyle', 'postgres', false)", NULL, 0));
}

static void test_uuids_and_inets(void)
{
    static aq_uuid_t uuids[MANY];
    static aq_inet_t inets[MANY];

    for (size_t i = 0; i < MANY; i++) {
        for (int k = 0; k < 16; k++)
            uuids[i].bytes[k] = (uint8_t)draw();
        inets[i].family = draw() % 3 ? 6 : 4;
        inets[i].bits = (uint8_t)(draw() % 2             ? draw() % (inets[i].family == 4 ? 33 : 129)
                                  : inets[i].family == 4 ? 32
                                                         : 128);
        for (int k = 0; k < (inets[i].family == 4 ? 4 : 16); k += 2) /* runs of zeros of all lengths */
            if (draw() % 3 == 0) {
                inets[i].bytes[k] = draw() % 2 ? (uint8_t)draw() : 0;
                inets[i].bytes[k + 1] = draw() % 4 ? (uint8_t)draw() : 0xFF;
            }
        if (draw() % 8 == 0 && inets[i].family == 6) {
            memset(inets[i].bytes, 0, 12);
            memset(inets[i].bytes + 10, draw() % 2 ? 0xFF : 0, 2);
        }
    }
    round_trip_uuid_UUID(uuids, MANY);
    round_trip_inet_INET(inets, MANY);
    same_text("cidr",
              "select v, v::text from "
              "unnest('{10.0.0.0/8,192.168.1.0/24,1.2.3.4/32,::/0,2001:db8::/32}'::cidr[]) v",
              NULL);
}

static void test_numerics(void)
{
    static char texts[MANY][200];
    static const char *items[MANY];
    static const char sql[] = "select v, v::text from unnest($1::numeric[]) v",
                      by_text[] = "select v::numeric, v::numeric::text from unnest($1::text[]) v";
    static const char *const special[] = {
        "0",    "-0",    "0.000",  "NaN",     "Infinity",          "-Infinity", "1e100", "-1e-100", "1.500",
        "9999", "10000", "0.0001", "0.00001", "99999999.99999999", ".5",        "5.",    "+7",      "1E+3"};
    aq_rows_t *ours, *theirs;
    size_t wrong = 0;

    for (size_t i = 0; i < MANY; i++) {
        char *to = texts[i];
        int before = (int)(draw() % 40), after = (int)(draw() % 40);

        items[i] = texts[i];
        if (i < AQ__COUNT_OF(special)) {
            strcpy(to, special[i]);
            continue;
        }
        if (draw() % 2)
            *to++ = '-';
        for (int k = 0; k < before; k++)
            *to++ = draw() % 3 ? '0' : (char)('0' + draw() % 10);
        *to++ = (char)('0' + draw() % 10);
        if (after > 0)
            *to++ = '.';
        for (int k = 0; k < after; k++)
            *to++ = draw() % 3 ? '0' : (char)('0' + draw() % 10);
        if (draw() % 4 == 0)
            (void)sprintf(to, "e%d", (int)(draw() % 60) - 30);
    }
    same_text("numeric", sql, aq_args(aq_array(AQ_VALUE_NUMERIC, items, MANY, NULL)));
    ours = run(sql, aq_args(aq_array(AQ_VALUE_NUMERIC, items, MANY, NULL)), 0);
    theirs = run(by_text, aq_args(aq_text_array(items, MANY)), 1);
    for (size_t i = 0; i < MANY; i++)
        if (strcmp(aq_as_text(aq_cell(ours, i, 0)), aq_as_text(aq_cell(theirs, i, 1))) != 0 && wrong++ < 5)
            diag("%s was sent as %s", items[i], aq_as_text(aq_cell(ours, i, 0)));
    is_int(wrong, 0, "numeric: binary written by us is what the server reads from the text");
    aq_rows_close(ours);
    aq_rows_close(theirs);
    for (int format = 0; format <= 1; format++) {
        size_t count;

        ours = run("select v, v::float8 from unnest($1::numeric[]) v",
                   aq_args(aq_array(AQ_VALUE_NUMERIC, items, MANY, NULL)), format);
        count = aq_rows_count(ours);
        wrong = 0;
        for (size_t i = 0; i < count; i++) {
            double a = aq_as_float8(aq_cell(ours, i, 0)), b = aq_as_float8(aq_cell(ours, i, 1));

            wrong += !(a == b || (isnan(a) && isnan(b)));
        }
        ok(wrong == 0 && count == MANY, "numeric in %s read as float8 is the server's cast",
           format ? "binary" : "text");
        aq_rows_close(ours);
    }
    same_text("long numerics",
              "select v, v::text from (values (repeat('9', 131072)::numeric), (('0.' || repeat('123', "
              "5461))::numeric), "
              "(10::numeric ^ 1000), (1 / 10::numeric ^ 900)) u(v)",
              NULL);
}

/* ---- Texts ------------------------------------------------------------------------------------------------------------------ */

static const char *const strings[] = {
    "",   "a",        "NULL", "null", " ",   "a b",    "{}",      "\"",   "\\",          "a,b", "{1,2}",
    "\n", "\t\r\v\f", "'",    "''",   "ü€😀", "a\\\"b", "\\x6162", "nULL", "[1:2]={1,2}", "$1",  "\x7f\x01"};

static void test_texts(void)
{
    enum { COUNT = AQ__COUNT_OF(strings) };
    bool nulls[COUNT] = {[3] = true, [7] = true};
    const char *holes[COUNT];
    aq_rows_t *rows;

    memcpy(holes, strings, sizeof(holes));
    holes[3] = NULL;
    for (size_t i = 0; i < COUNT; i++)
        for (int format = 0; format <= 1; format++) {
            rows = run("select $1::text, $1::varchar, md5($1::text)", aq_args(aq_text(strings[i])), format);
            ok(strcmp(aq_as_text(aq_cell(rows, 0, 0)), strings[i]) == 0 &&
                   strcmp(aq_as_text(aq_cell(rows, 0, 1)), strings[i]) == 0,
               "text %zu is the same there and back", i);
            aq_rows_close(rows);
        }
    for (int format = 0; format <= 1; format++) {
        aq_cells_t cells;
        size_t wrong = 0;

        rows = run("select $1, $1::text, cardinality($1), $2 is not distinct from $1",
                   aq_args(aq_array(AQ_VALUE_TEXT, holes, COUNT, nulls),
                           aq_array(AQ_VALUE_TEXT, strings, COUNT, nulls)),
                   format);
        is_str(aq_as_text(aq_cell(rows, 0, 0)), aq_as_text(aq_cell(rows, 0, 1)),
               "an array of texts has the server's literal");
        is_int(aq_as_int4(aq_cell(rows, 0, 2)), COUNT, "... and all elements");
        cells = aq_as_array(aq_cell(rows, 0, 0));
        is_int(cells.count, COUNT, "... which are all read");
        for (size_t i = 0; i < cells.count; i++)
            wrong +=
                nulls[i] ? !aq_is_null(cells.items[i]) : strcmp(aq_as_text(cells.items[i]), strings[i]) != 0;
        is_int(wrong, 0, "... as they were sent, NULLs too");
        aq_rows_close(rows);
    }
}

static void test_bytea(void)
{
    char bytes[256];
    static const char *const outputs[] = {"hex", "escape"};

    for (int i = 0; i < 256; i++)
        bytes[i] = (char)i;
    for (int k = 0; k < 2; k++)
        for (int format = 0; format <= 1; format++) {
            aq_rows_t *rows;
            aq_bytes_t got;

            aq_rows_close(
                run("select set_config('bytea_output', $1, false)", aq_args(aq_text(outputs[k])), 0));
            rows = run("select $1::bytea, $2::bytea, null::bytea",
                       aq_args(aq_bytea(bytes, 256), aq_bytea("", 0)), format);
            got = aq_as_bytea(aq_cell(rows, 0, 0));
            ok(got.length == 256 && memcmp(got.data, bytes, 256) == 0,
               "all bytes there and back, bytea_output %s", outputs[k]);
            got = aq_as_bytea(aq_cell(rows, 0, 1));
            ok(got.length == 0 && got.data != NULL, "none too");
            got = aq_as_bytea(aq_cell(rows, 0, 2));
            ok(got.data == NULL && aq_rows_error(rows) == NULL, "NULL is NULL");
            aq_rows_close(rows);
        }
    aq_rows_close(run("select set_config('bytea_output', 'hex', false)", NULL, 0));
    same_text("bytea",
              "select v, v::text from (select decode(repeat(md5(n::text), n), 'hex') from generate_series(0, "
              "40) n) u(v)",
              NULL);
}

static void test_json(void)
{
    static const char *const items[] = {"{\"a\": [1, 2.50, \"x\\\"y\"]}", "null", "\"\"", "[]", NULL};
    const aq_arguments_t *arguments =
        aq_args(aq_json(items[0]), aq_jsonb(items[0]), aq_array(AQ_VALUE_JSON, items, 5, NULL),
                aq_array(AQ_VALUE_JSONB, items, 5, NULL));

    for (int format = 0; format <= 1; format++) {
        aq_rows_t *rows =
            run("select $1, $2, $3, $4, $1::text, $2::text, $3::text, $4::text", arguments, format);

        for (size_t i = 0; i < 4; i++)
            is_str(aq_as_text(aq_cell(rows, 0, i)), aq_as_text(aq_cell(rows, 0, i + 4)),
                   "%s is the server's text",
                   aq_rows_column_type(rows, i) == AQ_OID_JSON ? "json" : "jsonb or an array");
        ok(is_json(aq_cell(rows, 0, 0)) && is_json(aq_cell(rows, 0, 1)) && is_json(aq_cell(rows, 0, 2)) &&
               is_json(aq_cell(rows, 0, 3)),
           "and JSON");
        aq_rows_close(rows);
    }
}

/* ---- Arrays ------------------------------------------------------------------------------------------------------------------ */

static void test_arrays(void)
{
    static const char *const literals[][2] = {
        {"int4[]", "{}"},
        {"int4[]", "{1}"},
        {"int4[]", "{1,NULL,-3}"},
        {"int4[]", "{{1,2,3},{4,5,6}}"},
        {"int4[]", "[0:2]={1,2,3}"},
        {"int4[]", "[-1:0][5:6]={{1,2},{3,NULL}}"},
        {"int4[]", "{{{{{{1}}}}}}"},
        {"int4[]", "{{{1,2}},{{3,4}},{{5,6}}}"},
        {"text[]", "{{\"a,b\",NULL},{\"NULL\",\"\"}}"},
        {"bool[]", "{t,f,NULL}"},
        {"int2[]", "{1,-2}"},
        {"int8[]", "{9223372036854775807}"},
        {"float4[]", "{1.5,NaN,-Infinity}"},
        {"float8[]", "{0.1,1e+300}"},
        {"numeric[]", "{1.50,NaN,-0.001}"},
        {"date[]", "{2026-01-02,infinity,\"0044-03-15 BC\"}"},
        {"time[]", "{24:00:00,01:02:03.4}"},
        {"timestamp[]", "{\"2026-01-02 03:04:05.678\",-infinity}"},
        {"timestamptz[]", "{\"2026-01-02 03:04:05+02\"}"},
        {"interval[]", "{\"1 day\",\"-1 mons +2 days\",00:00:01}"},
        {"uuid[]", "{00112233-4455-6677-8899-aabbccddeeff}"},
        {"bytea[]", "{\"\\\\x00ff\",\"\\\\x\"}"},
        {"inet[]", "{10.0.0.1,::1/64}"},
        {"json[]", "{\"{\\\"a\\\": 1}\",null}"},
        {"jsonb[]", "{\"{\\\"a\\\": 1}\",\"[1, 2]\"}"},
        {"varchar[]", "{a,\"b c\"}"},
        {"bpchar[]", "{\"a  \",b}"},
        {"name[]", "{pg_class}"},
        {"oid[]", "{4294967295}"},
        {"cidr[]", "{10.0.0.0/8}"},
        {"money[]", "{$1.00}"},
        {"point[]", "{\"(1,2)\"}"},
    };

    for (size_t i = 0; i < AQ__COUNT_OF(literals); i++) {
        char sql[256];
        aq_rows_t *text, *binary;
        aq_cells_t a, b;
        size_t wrong = 0;

        (void)snprintf(
            sql, sizeof(sql),
            "select v, v::text, array_ndims(v), array_to_json(v)::jsonb::text from (select '%s'::%s) u(v)",
            literals[i][1], literals[i][0]);
        text = run(sql, NULL, 0);
        binary = run(sql, NULL, aq__type_is_binary(aq_rows_column_type(text, 0)));
        is_str(aq_as_text(aq_cell(binary, 0, 0)), aq_as_text(aq_cell(text, 0, 1)), "%s %s", literals[i][0],
               literals[i][1]);
        a = aq_as_array(aq_cell(text, 0, 0));
        b = aq_as_array(aq_cell(binary, 0, 0));
        for (size_t k = 0; k < a.count && k < b.count; k++) {
            const char *x = aq_as_text(a.items[k]), *y = aq_as_text(b.items[k]);

            wrong += !(x == y || (x != NULL && y != NULL && strcmp(x, y) == 0));
        }
        ok(a.items != NULL && b.items != NULL && a.count == b.count && a.dimensions == b.dimensions &&
               wrong == 0,
           "... has the same elements in both forms");
        ok(aq_is_null(aq_cell(text, 0, 2)) ? a.dimensions == 0
                                           : (int)a.dimensions == aq_as_int4(aq_cell(text, 0, 2)),
           "... and the server's dimensions");
        if (strstr("int4[] text[] bool[] int2[] int8[] numeric[] json[] jsonb[]", literals[i][0]) != NULL &&
            strstr(literals[i][1], "NaN") == NULL)
            for (int k = 0; k < 2; k++) {
                aq_text_t ours = {0};
                aq_rows_t *again;

                aq_text_append_cell_json(&ours, aq_cell(k ? binary : text, 0, 0));
                again = run("select $1::jsonb::text", aq_args(aq_text(aq_text_string(&ours))), 0);
                is_str(aq_as_text(aq_cell(again, 0, 0)), aq_as_text(aq_cell(text, 0, 3)),
                       "... and the server's JSON");
                aq_rows_close(again);
                aq_text_dispose(&ours);
            }
        ok(is_json(aq_cell(text, 0, 0)) && is_json(aq_cell(binary, 0, 0)), "... and is JSON");
        ok(aq_rows_error(text) == NULL && aq_rows_error(binary) == NULL, "... without an error");
        if (aq_rows_error(text) != NULL || aq_rows_error(binary) != NULL)
            diag("%s", (aq_rows_error(text) != NULL ? aq_rows_error(text) : aq_rows_error(binary))->message);
        aq_rows_close(text);
        aq_rows_close(binary);
    }
}

static void test_array_parameters(void)
{
    static const bool nulls[3] = {false, true, false};
    static const int32_t numbers[3] = {1, 2, 3};
    aq_rows_t *rows = run("select $1, $2, $3, 3 = any($1), pg_typeof($4)::text",
                          aq_args(aq_int4_array(numbers, 3), aq_array(AQ_VALUE_INT4, numbers, 3, nulls),
                                  aq_int4_array(numbers, 0), aq_text_array(strings, 2)),
                          0);

    is_str(aq_as_text(aq_cell(rows, 0, 0)), "{1,2,3}", "an array parameter");
    is_str(aq_as_text(aq_cell(rows, 0, 1)), "{1,NULL,3}", "one with a NULL");
    is_str(aq_as_text(aq_cell(rows, 0, 2)), "{}", "one without elements");
    ok(aq_as_bool(aq_cell(rows, 0, 3)), "= any($1)");
    is_str(aq_as_text(aq_cell(rows, 0, 4)), "text[]", "texts are text[]");
    aq_rows_close(rows);
}

/* ---- Parameters ---------------------------------------------------------------------------------------------------------------- */

static void test_parameters(void)
{
    static const aq_inet_t inet = {4, 24, false, {192, 168, 1, 5}}, cidr = {4, 24, true, {192, 168, 1, 0}};
    static const aq_uuid_t uuid = {
        {0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff}};
    static const char *const expected[][2] = {{"boolean", "true"},
                                              {"smallint", "-2"},
                                              {"integer", "4"},
                                              {"bigint", "8"},
                                              {"real", "1.5"},
                                              {"double precision", "-2.5"},
                                              {"bytea", "\\x00ff"},
                                              {"date", "2026-11-23"},
                                              {"time without time zone", "04:05:06.5"},
                                              {"timestamp without time zone", "2026-11-23 04:05:06.5"},
                                              {"timestamp with time zone", "2026-11-23 04:05:06.5+00"},
                                              {"interval", "1 year 2 mons -3 days +04:05:06.7"},
                                              {"uuid", "00112233-4455-6677-8899-aabbccddeeff"},
                                              {"numeric", "1.50"},
                                              {"json", "{}"},
                                              {"jsonb", "[]"},
                                              {"inet", "192.168.1.5/24"},
                                              {"cidr", "192.168.1.0/24"},
                                              {"text[]", "{a,b}"},
                                              {"text", "x"}};
    static const char *const ab[] = {"a", "b"};
    const aq_value_t values[] = {aq_bool(true),
                                 aq_int2(-2),
                                 aq_int4(4),
                                 aq_int8(8),
                                 aq_float4(1.5F),
                                 aq_float8(-2.5),
                                 aq_bytea("\0\xff", 2),
                                 aq_date(20780),
                                 aq_time(14706500000),
                                 aq_timestamp(1795406706500000),
                                 aq_timestamptz(1795406706500000),
                                 aq_interval((aq_interval_t){14, -3, 14706700000}),
                                 aq_uuid(uuid),
                                 aq_numeric("1.50"),
                                 aq_json("{}"),
                                 aq_jsonb("[]"),
                                 aq_inet(&inet),
                                 aq_inet(&cidr),
                                 aq_text_array(ab, 2),
                                 aq_text("x")};

    for (size_t i = 0; i < AQ__COUNT_OF(values); i++) {
        aq_rows_t *rows =
            run(i + 1 < AQ__COUNT_OF(values) ? "select pg_typeof($1)::text, $1::text" : "select 'text', $1",
                &(aq_arguments_t){1, &values[i]}, 0);

        is_str(aq_as_text(aq_cell(rows, 0, 0)), expected[i][0], "the server gets a %s", expected[i][0]);
        is_str(aq_as_text(aq_cell(rows, 0, 1)), expected[i][1], "... with its value");
        aq_rows_close(rows);
    }
}

static void test_text_of_any_type(void)
{
    aq_rows_t *rows = run("create type mood as enum ('sad', 'happy')", NULL, 0);

    aq_rows_close(rows);
    rows = run("select $1::mood, $2::numeric, $3::int4range, null::int4 is not distinct from $4, "
               "array[$1::mood, null]",
               aq_args(aq_text("happy"), aq_text("1.20"), aq_text("[1,5)"), aq_null()), 0);
    is_str(aq_as_text(aq_cell(rows, 0, 0)), "happy", "a text as an enum");
    is_str(aq_as_text(aq_cell(rows, 0, 1)), "1.20", "... as a numeric");
    is_str(aq_as_text(aq_cell(rows, 0, 2)), "[1,5)", "... as a range");
    ok(aq_as_bool(aq_cell(rows, 0, 3)), "a NULL of the type that the server wants");
    is_int(aq_as_array(aq_cell(rows, 0, 4)).count, 2, "an array of enums, whose type is not known to us");
    is_str(aq_as_text(aq_as_array(aq_cell(rows, 0, 4)).items[0]), "happy", "... has its elements");
    ok(aq_is_null(aq_as_array(aq_cell(rows, 0, 4)).items[1]), "... and NULLs");
    ok(aq_rows_error(rows) == NULL, "... without an error");
    aq_rows_close(rows);
}

/* ---- Commands, COPY ------------------------------------------------------------------------------------------------------------- */

static void test_commands(void)
{
    static const struct {
        const char *sql, *command;
        uint64_t affected;
    } commands[] = {{"create table counted (id int)", "CREATE TABLE", 0},
                    {"insert into counted select generate_series(1, 5)", "INSERT 0 5", 5},
                    {"update counted set id = id where id < 3 returning id", "UPDATE 2", 2},
                    {"select * from counted", "SELECT 5", 5},
                    {"delete from counted", "DELETE 5", 5}};

    for (size_t i = 0; i < AQ__COUNT_OF(commands); i++) {
        aq_rows_t *rows = run(commands[i].sql, NULL, 1);

        is_str(aq_rows_command(rows), commands[i].command, "the command of %s", commands[i].sql);
        is_int(aq_rows_affected(rows), commands[i].affected, "... and its rows");
        aq_rows_close(rows);
    }
}

static void test_copy(void)
{
    static const char header[] = "PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0", trailer[] = "\377\377";
    static const aq_inet_t inet = {6, 64, false, {0x20, 1, 0xd, 0xb8}};
    static const int64_t numbers[] = {1, -2};
    aq_text_t data = {0};
    PGresult *result;
    aq_rows_t *rows;

    aq_rows_close(
        run("create table copied (id int4, name text, amount numeric, at timestamptz, doc jsonb, raw json, "
            "ip inet, tags int8[], blob bytea, nothing text, day date, ok bool, f float4)",
            NULL, 0));
    aq_text_append_bytes(&data, header, sizeof(header) - 1);
    for (int i = 0; i < 1000; i++)
        is_int(aq__encode_copy_row(aq_args(aq_int4(i), aq_text("ü"), aq_numeric("-12345.678900"),
                                           aq_timestamptz(1795406706500000), aq_jsonb("{\"a\":1}"),
                                           aq_json("[ 1]"), aq_inet(&inet), aq_int8_array(numbers, 2),
                                           aq_bytea("\0", 1), aq_null(), aq_date(0), aq_bool(false),
                                           aq_float4(0.1F)),
                                   &data),
               0, "a row of COPY") ||
            (i = 1000);
    aq_text_append_bytes(&data, trailer, 2);
    result = PQexec(connection, "copy copied from stdin (format binary)");
    is_int(PQresultStatus(result), PGRES_COPY_IN, "COPY begins");
    PQclear(result);
    PQputCopyData(connection, data.data, (int)data.length);
    PQputCopyEnd(connection, NULL);
    result = PQgetResult(connection);
    is_str(PQcmdStatus(result), "COPY 1000", "the server takes the rows");
    PQclear(result);
    PQclear(PQgetResult(connection));
    rows = run("select c::text, count(*) from (select name, amount, at, doc, raw, ip, tags, blob, nothing, "
               "day, ok, f from copied) c group by 1",
               NULL, 1);
    is_str(aq_as_text(aq_cell(rows, 0, 0)),
           "(ü,-12345.678900,\"2026-11-23 04:05:06.5+00\",\"{\"\"a\"\": 1}\",\"[ "
           "1]\",2001:db8::/64,\"{1,-2}\",\"\\\\x00\",,1970-01-01,f,0.1)",
           "... as they were");
    is_int(aq_as_int8(aq_cell(rows, 0, 1)), 1000, "... all of them");
    aq_rows_close(rows);
    aq_text_dispose(&data);
}

int main(void)
{
    cluster_t *cluster = cluster_start(NULL);

    connection = PQconnectdb(cluster_uri(cluster));
    if (PQstatus(connection) != CONNECTION_OK)
        bail_out("%s", PQerrorMessage(connection));
    aq_rows_close(run("select set_config('timezone', 'UTC', false), set_config('extra_float_digits', '1', "
                      "false), set_config('lc_monetary', 'C', false)",
                      NULL, 0));
    test_integers();
    test_floats();
    test_times();
    test_zones();
    test_intervals();
    test_intervals_iso8601();
    test_uuids_and_inets();
    test_numerics();
    test_texts();
    test_bytea();
    test_json();
    test_arrays();
    test_array_parameters();
    test_parameters();
    test_text_of_any_type();
    test_commands();
    test_copy();
    PQfinish(connection);
    cluster_close(cluster);
    return tap_done();
}
