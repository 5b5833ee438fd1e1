/* Records of statements: what they say, how many are kept, what is cut or not shown, and the notice of N+1 queries. Nothing here connects to a server;
 * sessions are made by hand. */
#include "heap.h"
#include "tap.h"

#include <aquifer.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "src/orm/record.h"
#include "src/orm/session.h"
#include "src/wire/arguments_text.h"
#include "src/wire/echo.h"
#include "src/wire/statement.h"

#define NOWHERE ((aq_place_t){NULL, NULL})

static const aq_place_t here = {"blog.c:12", "show_blog"}, there = {"blog.c:40", "show_author"};

/* ---- Arguments as text ---------------------------------------------------------------------------------------------------------------- */

/* What is shown of the arguments, as they were given and as they travel: the same. */
static void shows(const aq_arguments_t *arguments, const char *expected, const char *name)
{
    aq_text_t given = {0}, travelling = {0};
    aq__parameters_t encoded;
    size_t bytes;
    void *block;

    aq__arguments_append(&given, arguments);
    is_str(aq_text_string(&given), expected, "%s", name);
    if (aq__encode_measure(arguments, &bytes) == AQ_OK) {
        block = aq__malloc(bytes > 0 ? bytes : 1);
        aq__encode(arguments, block, &encoded);
        aq__parameters_append(&travelling, &encoded);
        is_str(aq_text_string(&travelling), expected, "%s, as they travel", name);
        aq__free(block);
    }
    aq_text_dispose(&given);
    aq_text_dispose(&travelling);
}

static void test_kinds(void)
{
    aq_uuid_t uuid = {{0x12, 0x34, 0x56, 0x78}};
    aq_inet_t inet = {.family = 4, .bits = 32, .bytes = {10, 0, 0, 1}};

    subtest("one of each kind") {
        shows(NULL, "", "none");
        shows(aq_args(aq_int4(1), aq_text("ann"), aq_null()), "1, 'ann', NULL", "of the manual");
        shows(aq_args(aq_bool(true), aq_bool(false)), "true, false", "booleans");
        shows(aq_args(aq_int2(-7), aq_int8(INT64_MIN), aq_float4(0.5f), aq_float8(1e300)),
              "-7, -9223372036854775808, 0.5, 1e+300", "numbers");
        shows(aq_args(aq_float8(0.0 / 0.0), aq_numeric("12.50"), aq_numeric("NaN")), "'NaN', 12.50, 'NaN'",
              "what is no number");
        shows(aq_args(aq_text("it's"), aq_text(""), aq_text("J\xC3\xB6rg")), "'it''s', '', 'J\xC3\xB6rg'",
              "texts");
        shows(aq_args(aq_json("{\"a\": 1}"), aq_jsonb("[]"), aq_bytea("\x01\xff", 2)),
              "'{\"a\": 1}', '[]', '\\x01ff'", "json, bytea");
        shows(aq_args(aq_date(0), aq_time(1), aq_timestamp(0), aq_timestamptz(0)),
              "'1970-01-01', '00:00:00.000001', '1970-01-01 00:00:00', '1970-01-01 00:00:00+00'", "times");
        shows(aq_args(aq_interval((aq_interval_t){.months = 14, .days = 3}), aq_uuid(uuid), aq_inet(&inet)),
              "'1 year 2 mons 3 days', '12345678-0000-0000-0000-000000000000', '10.0.0.1'", "the others");
        shows(aq_args(aq_text(NULL), aq_inet(NULL), aq_bytea(NULL, 0)), "NULL, NULL, NULL", "NULL pointers");
        shows(aq_args(aq_date(INT32_MIN + 1), (aq_value_t){.kind = (aq_value_kind_t)99}),
              "(out of range), (no such kind)", "what PostgreSQL does not have");
    }
}

static void test_arrays(void)
{
    int32_t numbers[1000];
    const char *texts[] = {"a", NULL, "it's"};
    bool flags[] = {true, false}, nulls[] = {false, true};
    aq_bytes_t bytes[] = {{.data = "\x01", .length = 1}};

    for (int i = 0; i < 1000; i++)
        numbers[i] = i + 1;
    subtest("arrays") {
        shows(aq_args(aq_int4_array(numbers, 0)), "ARRAY[]", "empty");
        shows(aq_args(aq_int4_array(numbers, 3), aq_text_array(texts, 3)),
              "ARRAY[1, 2, 3], ARRAY['a', NULL, 'it''s']", "short");
        shows(aq_args(aq_array(AQ_VALUE_BOOL, flags, 2, nulls), aq_array(AQ_VALUE_BYTEA, bytes, 1, NULL)),
              "ARRAY[true, NULL], ARRAY['\\x01']", "of other kinds");
        shows(aq_args(aq_int4_array(numbers, 20)),
              "ARRAY[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20]",
              "as many as are shown");
        shows(aq_args(aq_int4_array(numbers, 1000), aq_int4(5)),
              "ARRAY[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, ... 1000 in "
              "all], 5",
              "more");
        shows(aq_args(aq_array(AQ_VALUE_INT4, NULL, 0, NULL)), "ARRAY[]", "of nothing");
    }
}

static void test_cut(void)
{
    static char text[300], expected[320];
    static aq_value_t many[65535];
    aq_text_t line = {0};

    memset(text, 'x', 299);
    subtest("what is long") {
        snprintf(expected, sizeof(expected), "'%.100s...'", text);
        shows(aq_args(aq_text(text)), expected, "text");
        memcpy(text + 99, "\xC3\xB6", 2);
        snprintf(expected, sizeof(expected), "'%.99s...'", text);
        shows(aq_args(aq_json(text)), expected, "cut before a character");
        memset(text, '\x7f', 299);
        memset(expected, '\0', sizeof(expected));
        strcpy(expected, "'\\x");
        for (int i = 0; i < 49; i++)
            strcat(expected, "7f");
        strcat(expected, "...'");
        shows(aq_args(aq_bytea(text, 299)), expected, "bytea");
        for (size_t i = 0; i < 65535; i++)
            many[i] = aq_int4(7);
        aq__arguments_append(&line, &(aq_arguments_t){65535, many});
        is_int(line.length, 2004 + strlen("... 65535 in all"), "a long list has an end");
        is_str(line.data + line.length - 25, "7, 7, 7, ... 65535 in all", "and says how many there are");
        aq_text_clear(&line);
        aq__arguments_append_redacted(&line, &(aq_arguments_t){65535, many});
        is_str(line.data + line.length - 25, "?, ?, ?, ... 65535 in all", "redacted: the same");
        aq_text_clear(&line);
        aq__arguments_append_redacted(&line, aq_args(aq_int4(1), aq_text("ann"), aq_null()));
        is_str(aq_text_string(&line), "?, ?, ?", "redacted");
    }
    aq_text_dispose(&line);
}

/* ---- Statements ------------------------------------------------------------------------------------------------------------------------ */

static uint64_t fingerprint_of(const char *sql)
{
    uint64_t fingerprint = 0;

    is_int(aq__statement_fingerprint(sql, &fingerprint), AQ_OK, "the fingerprint of %.40s", sql);
    return fingerprint;
}

/* "select ((((1))))", some thousand levels deep. */
static char *nested(size_t levels)
{
    char *text = aq__malloc(2 * levels + 16);

    strcpy(text, "select ");
    memset(text + 7, '(', levels);
    text[7 + levels] = '1';
    memset(text + 8 + levels, ')', levels);
    text[8 + 2 * levels] = '\0';
    return text;
}

static void test_fingerprints(void)
{
    char *deep = nested(20000), *long_text = aq__malloc(1100001);

    memset(long_text, ' ', 1100000);
    memcpy(long_text, "select 1", 8);
    long_text[1100000] = '\0';
    subtest("fingerprints") {
        uint64_t one = fingerprint_of("select * from users where id = 1");
        char hex[17];

        snprintf(hex, sizeof(hex), "%016" PRIx64, one);
        is_str(hex, "a0ead580058af585", "libpg_query's");
        ok(one == fingerprint_of("select * from users where id = 1"), "of a text that is known already");
        ok(one == fingerprint_of("SELECT *\nFROM users WHERE id = $1 -- by key"), "of another spelling");
        ok(one != fingerprint_of("select * from users where name = 1"), "of another statement");
        ok(fingerprint_of("selec 1") != fingerprint_of("selec 2"), "of what is no SQL: of its bytes");
        ok(fingerprint_of("") == fingerprint_of("  "), "of nothing");
        ok(fingerprint_of("a") == UINT64_C(0xaf63dc4c8601ec8c), "of no SQL: FNV-1a");
        ok(fingerprint_of(deep) == fingerprint_of(deep), "of what nests too deep");
        ok(fingerprint_of(long_text) != fingerprint_of("select 1"), "of what is too long");
        ok(fingerprint_of("select '\xff'") != 0, "of what is not UTF-8");
    }
    aq__free(deep);
    aq__free(long_text);
}

static void redacts(const char *sql, const char *expected)
{
    aq_text_t text = {0};

    is_int(aq__statement_append_redacted(&text, sql), AQ_OK, "redacted: %.40s", sql);
    is_str(aq_text_string(&text), expected, "the text");
    aq_text_dispose(&text);
}

static void test_redaction(void)
{
    subtest("statements without constants") {
        redacts("select * from users where id = $1", "select * from users where id = $1");
        redacts("select 'ann', E'a\\'b', $q$x$q$, 12, 1.5e3, b'01', x'ff', U&'\\0041' from \"User\"",
                "select ?, ?, ?, ?, ?, ?, ?, ? from \"User\"");
        redacts("select U&'\\0041'  ", "select ?");
        redacts("select U&'ann', U&'bob'", "select ?, ?");
        redacts("select 1 -- for ann\n + /* her key */ 2", "select ? \n +  ?");
        redacts("select '\xC3\xB6', \"\xC3\xB6\", 5", "select ?, \"\xC3\xB6\", ?");
        redacts("frobnicate 'ann' where 7", "frobnicate ? where ?");
        redacts("", "");
        redacts("select 'not ended", "(17 bytes that are not shown)");
        redacts("select '\xff'", "(10 bytes that are not shown)");
    }
}

/* ---- Records --------------------------------------------------------------------------------------------------------------------------- */

static bool record_one(aq_session_t *session, const char *sql, aq_place_t place)
{
    aq__recorded_t *recorded = aq__record_begin(session->records, NULL, sql, NULL, place);

    return aq__record_end(session->records, recorded, 1, NULL);
}

static const char *shown(const aq_record_t *record)
{
    static aq_text_t text;

    aq_text_clear(&text);
    if (record == NULL) {
        aq_text_dispose(&text);
        return NULL;
    }
    aq_record_append(&text, record);
    return aq_text_string(&text);
}

static void sleep_a_little(void)
{
    struct timespec moment = {0, 2000000};

    nanosleep(&moment, NULL);
}

static void test_members(void)
{
    aq_session_t session = {.records = aq__records_create(10, 0, false)}, plain = {0};

    subtest("what a record says") {
        char bind[] = "users", error[] = "relation \"nope\" does not exist";
        aq__recorded_t *first =
            aq__record_begin(session.records, bind, "select $1::text", aq_args(aq_text("ann")), here);
        const aq_record_t *record;

        is_int(aq_session_record_count(&session), 0, "nothing before it has ended");
        memset(bind, 'x', sizeof(bind) - 1);
        sleep_a_little();
        ok(!aq__record_end(session.records, first, 3, NULL), "ended");
        record = aq_session_record(&session, 0);
        is_str(record->statement, "select $1::text", "statement");
        is_str(record->parameters, "'ann'", "parameters");
        is_str(record->bind, "users", "bind, copied");
        ok(record->fingerprint == fingerprint_of("select $2::text"), "fingerprint");
        is_int(record->rows, 3, "rows");
        is_str(record->error, NULL, "no error");
        is_str(record->place.line, "blog.c:12", "line");
        is_str(record->place.function, "show_blog", "function");
        ok(record->start > 0 && record->end > record->start, "start and end");
        ok(record->duration == record->end - record->start && record->duration >= 0.002, "duration");

        first = aq__record_begin(session.records, NULL, "select * from nope", NULL, NOWHERE);
        ok(!aq__record_end(session.records, first, 0, error), "one that failed");
        memset(error, 'x', sizeof(error) - 1);
        record = aq_session_record(&session, 1);
        is_str(record->error, "relation \"nope\" does not exist", "is recorded too, with its error, copied");
        is_str(record->parameters, "", "without parameters");
        is_str(record->bind, NULL, "on the default bind");
        is_str(record->place.line, "<unknown>", "from nowhere");
        ok(aq_session_record(&session, 2) == NULL, "there is no third");
    }
    subtest("as text") {
        aq_record_t record = {.statement = "INSERT INTO \"todo\" (title) VALUES ($1)",
                              .parameters = "'x'",
                              .duration = 0.00149,
                              .error = NULL};

        is_str(
            shown(&record),
            "<query statement=\"INSERT INTO \"todo\" (title) VALUES ($1)\" parameters=['x'] duration=0.001>",
            "of one that succeeded");
        record.error = "no";
        record.duration = 12.3456;
        is_str(shown(&record),
               "<query statement=\"INSERT INTO \"todo\" (title) VALUES ($1)\" parameters=['x'] "
               "duration=12.346 error=\"no\">",
               "of one that failed");
    }
    subtest("a session that records nothing") {
        is_int(aq_session_record_count(&plain), 0, "has none");
        ok(aq_session_record(&plain, 0) == NULL, "not one");
        aq_session_clear_records(&plain);
        is_int(aq_session_record_count(NULL), 0, "nor has no session");
        ok(aq_session_record(NULL, 0) == NULL, "not one either");
        aq_session_clear_records(NULL);
        aq__records_close(NULL);
        ok(!aq__record_end(session.records, NULL, 1, NULL), "what was not begun is not ended");
    }
    aq__records_close(session.records);
    (void)shown(NULL);
}

/* The statements that are kept, "a b c ". */
static const char *kept(const aq_session_t *session)
{
    static char text[512];

    text[0] = '\0';
    for (size_t i = 0; i < aq_session_record_count(session); i++)
        snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s ",
                 aq_session_record(session, i)->statement);
    return text;
}

static void test_ring(void)
{
    aq_session_t session = {.records = aq__records_create(3, 0, false)};
    aq__recorded_t *first, *second;
    size_t before;

    subtest("the newest are kept") {
        for (char sql[] = "a"; sql[0] <= 'e'; sql[0]++)
            (void)record_one(&session, sql, here);
        is_str(kept(&session), "c d e ", "three of five");
        before = atomic_load(&allocations.blocks);
        for (int i = 0; i < 1000; i++)
            (void)record_one(&session, i % 2 == 0 ? "f" : "g", here);
        is_str(kept(&session), "g f g ", "three of a thousand");
        ok(atomic_load(&allocations.blocks) <= before, "they take no more memory");
    }
    subtest("in the order in which they ended") {
        first = aq__record_begin(session.records, NULL, "first", NULL, here);
        second = aq__record_begin(session.records, NULL, "second", NULL, here);
        (void)aq__record_end(session.records, second, 0, NULL);
        (void)aq__record_end(session.records, first, 0, NULL);
        is_str(kept(&session), "g second first ", "the second before the first");
    }
    subtest("cleared") {
        first = aq__record_begin(session.records, NULL, "on its way", NULL, here);
        aq_session_clear_records(&session);
        is_str(kept(&session), "", "none is left");
        (void)aq__record_end(session.records, first, 0, NULL);
        is_str(kept(&session), "on its way ", "what was on its way comes after it");
    }
    subtest("a ring that grows after it was cleared") {
        aq_session_t other = {.records = aq__records_create(40, 0, false)};

        for (int i = 0; i < 20; i++)
            (void)record_one(&other, "x", here);
        aq_session_clear_records(&other);
        for (int i = 0; i < 100; i++)
            (void)record_one(&other, i < 60 ? "x" : i == 60 ? "first" : "y", here);
        is_int(aq_session_record_count(&other), 40, "is full");
        is_str(aq_session_record(&other, 0)->statement, "first", "begins with the oldest");
        is_str(aq_session_record(&other, 39)->statement, "y", "and ends with the newest");
        aq__records_close(other.records);
    }
    subtest("closed while a statement is on its way") {
        ok(aq__record_begin(session.records, "users", "x", aq_args(aq_int4(1)), here) != NULL, "one begins");
        aq__records_close(session.records);
        session.records = NULL;
        is_int(aq_session_record_count(&session), 0, "its memory went too (the end of this program tells)");
    }
}

static void test_long(void)
{
    aq_session_t session = {.records = aq__records_create(3, 1, false)},
                 hidden = {.records = aq__records_create(3, 0, true)};
    static char sql[20001], error[5001];
    const aq_record_t *record;

    memset(sql, 'x', 20000);
    memcpy(sql, "select '", 8);
    sql[19999] = '\'';
    memset(error, 'e', 5000);
    subtest("a long statement, a long error") {
        aq__recorded_t *recorded = aq__record_begin(session.records, NULL, sql, NULL, here);

        (void)aq__record_end(session.records, recorded, 0, error);
        record = aq_session_record(&session, 0);
        is_int(strlen(record->statement), 4099, "the statement is cut");
        is_str(record->statement + 4090, "xxxxxx...", "and says so");
        is_int(strlen(record->error), 1027, "so is the error");
        is_str(record->error + 1020, "eeee...", "and says so");
        ok(record->fingerprint == fingerprint_of("select $1"), "the fingerprint is of the whole statement");
        sql[10] = 'y';
        ok(record_one(&session, sql, here), "and counts");
        sql[4097] = '\0';
        (void)record_one(&session, sql, here);
        is_int(strlen(aq_session_record(&session, 2)->statement), 4099, "one byte too many");
        sql[4096] = '\0';
        (void)record_one(&session, sql, here);
        is_int(strlen(aq_session_record(&session, 2)->statement), 4096, "none too many");
    }
    subtest("redacted") {
        aq__recorded_t *recorded = aq__record_begin(
            hidden.records, NULL, "select $1, 'ann' where name = 'bob'", aq_args(aq_text("eve")), here);

        (void)aq__record_end(hidden.records, recorded, 0, NULL);
        record = aq_session_record(&hidden, 0);
        is_str(record->statement, "select $1, ? where name = ?", "the statement");
        is_str(record->parameters, "?", "the parameters");
        ok(record->fingerprint == fingerprint_of("select 1, 'x' where name = 'y'"), "not the fingerprint");
    }
    aq__records_close(session.records);
    aq__records_close(hidden.records);
}

/* ---- N+1 ------------------------------------------------------------------------------------------------------------------------------- */

static int times_told(aq_session_t *session, const char *sql, aq_place_t place, int times)
{
    int told = 0;

    for (int i = 0; i < times; i++)
        told += record_one(session, sql, place);
    return told;
}

static void test_n_plus_one(void)
{
    aq_session_t session = {.records = aq__records_create(5, 10, false)},
                 never = {.records = aq__records_create(5, 0, false)};

    subtest("the same statement from the same line") {
        is_int(times_told(&session, "select 1", here, 10), 0, "ten times: not yet");
        ok(record_one(&session, "select 1", here), "the eleventh tells");
        is_str(aq_session_record(&session, 4)->place.line, "blog.c:12", "its record is the last");
        is_int(times_told(&session, "select 1", here, 100), 0, "once");
        is_int(times_told(&never, "select 1", here, 100), 0, "never, where it is not asked for");
    }
    subtest("values do not matter, lines do") {
        is_int(times_told(&session, "select 7", here, 20), 0, "another value is the same statement");
        is_int(times_told(&session, "select 7", there, 20), 1, "another line is not");
        is_int(times_told(&session, "select a", there, 20), 1, "another statement");
        is_int(times_told(&session, "select a", NOWHERE, 20), 0, "of an unknown line nothing is known");
    }
    subtest("anew") {
        aq_session_clear_records(&session);
        is_int(times_told(&session, "select 1", here, 20), 1, "after clearing");
        is_int(times_told(&session, "select a", here, 5), 0, "and when it was forgotten");
        is_int(times_told(&session, "select 1", here, 20), 1, "because five others came in between");
    }
    aq__records_close(session.records);
    aq__records_close(never.records);
}

/* ---- Memory ----------------------------------------------------------------------------------------------------------------------------- */

static int record_some_with(bool redact)
{
    static unsigned number; /* texts that were never met */
    aq_session_t session = {.records = aq__records_create(40, 1, redact)};
    char sql[2][40];
    int code = session.records != NULL ? AQ_OK : AQ_ENOMEM;

    snprintf(sql[0], sizeof(sql[0]), "select 1 from a%u", ++number);
    snprintf(sql[1], sizeof(sql[1]), "select a from b%u", number);
    for (int i = 0; session.records != NULL && i < 20; i++) {
        aq__recorded_t *recorded = aq__record_begin(session.records, "users", sql[i % 2],
                                                    aq_args(aq_text("ann"), aq_numeric("5")), here);

        if (recorded == NULL)
            code = AQ_ENOMEM;
        (void)aq__record_end(session.records, recorded, 1, i == 3 ? "it failed" : NULL);
    }
    /* All that is kept is whole. */
    for (size_t i = 0; i < aq_session_record_count(&session); i++)
        if (aq_session_record(&session, i)->parameters == NULL)
            code = AQ_EINVAL;
    aq__records_close(session.records);
    return code;
}

static int record_some(void)
{
    return record_some_with(false);
}

static int record_redacted(void)
{
    return record_some_with(true);
}

int main(void)
{
    aq_set_allocator(counting_allocator, NULL);
    (void)fingerprint_of("select 1"); /* libpg_query and the stack that it needs keep what they have */
    test_kinds();
    test_arrays();
    test_cut();
    test_fingerprints();
    test_redaction();
    test_members();
    test_ring();
    test_long();
    test_n_plus_one();
    check_each_request("records", record_some);
    check_each_request("redacted records", record_redacted);
    ok(all_memory_is_back(), "all memory is back");
    return tap_done();
}
