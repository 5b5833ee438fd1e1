/* aq__same_expression() against the server: what somebody writes, and what pg_get_expr makes of it, are the same; what is not the same is not. */
#include "tap.h"

#include "src/schema/read_sql.h"
#include "t/cluster.h"

#include <stdlib.h>
#include <string.h>

static const char schema[] =
    "CREATE TYPE mood AS ENUM ('sad', 'happy');"
    "CREATE SEQUENCE numbers; CREATE SCHEMA other; CREATE SEQUENCE other.numbers; CREATE SEQUENCE \"Odd\";"
    "CREATE TABLE t (i int, s smallint, b bigint, n numeric(10,2), f float8, r real, x text, y text, v "
    "varchar(20), c char(5), ok boolean, d date, ts timestamp,"
    " tz timestamptz, tm time, iv interval, u uuid, j json, jb jsonb, ia int[], xa text[], va varchar(10)[], "
    "m mood, ip inet, bytes bytea, bits bit(3), span "
    "tstzrange, words tsvector, \"Odd Name\" int)";

static const char *const checks[] = {
    "i > 0",
    "(i > 0)",
    "((i) > (0))",
    "i>0 AND b<5 and n <> 3",
    "i != 3",
    "not (i = 3)",
    "NOT ok",
    "ok",
    "ok IS TRUE",
    "ok IS NOT FALSE",
    "ok IS UNKNOWN",
    "x IS NULL OR x <> ''",
    "x ISNULL",
    "x notnull",
    "v <> ''",
    "v IN ('a', 'b', 'c')",
    "v NOT IN ('a', 'b')",
    "v IN ('a')",
    "v = ANY (ARRAY['a', 'b'])",
    "v = 'a' OR v = 'b'",
    "x IN ('new', 'done')",
    "x = ANY ('{new,done}'::text[])",
    "i IN (1, 2, 3)",
    "s IN (1, 2)",
    "i NOT IN (1, 2)",
    "i IN (1, 2, b)",
    "i IN (s, b)",
    "m IN ('sad', 'happy')",
    "m = 'sad'",
    "c = 'ab'",
    "c IN ('a', 'b')",
    "i BETWEEN 1 AND 10",
    "i NOT BETWEEN 1 AND 10",
    "i BETWEEN SYMMETRIC 10 AND 1",
    "n BETWEEN 0 AND 99.5",
    "d BETWEEN '2000-01-01' AND '2099-12-31'",
    "n >= 0",
    "n > 0.50",
    "f > 0",
    "f > 0.5 AND f < 1e3",
    "r <= 1.5",
    "b > i",
    "i + s * 2 > b",
    "n * i > 5",
    "i % 2 = 0",
    "i ^ 2 < 100",
    "-i < +5",
    "i > -5",
    "|/ f > 1",
    "@ i > 3",
    "x LIKE 'a%'",
    "x NOT LIKE '%b'",
    "v ILIKE 'A_'",
    "v NOT ILIKE 'A_'",
    "x LIKE 'a!%' ESCAPE '!'",
    "x SIMILAR TO '(a|b)%'",
    "x ~ '^[a-z]+$'",
    "v !~* 'x'",
    "x || 'a' = v",
    "x || v <> y",
    "length(v) > 3",
    "char_length(x) BETWEEN 2 AND 80",
    "lower(v) = v",
    "upper(x) = x COLLATE \"C\"",
    "x = v::text",
    "i = CAST(x AS integer)",
    "i::text = x",
    "x::int > 0",
    "d > '2000-01-01'",
    "d > date '2000-01-01'",
    "d < ts",
    "tz > now() - interval '1 day'",
    "tz <= CURRENT_TIMESTAMP",
    "ts AT TIME ZONE 'UTC' > tz",
    "extract(year FROM d) > 2000",
    "date_part('year', d) > 2000",
    "date_trunc('day', ts) = ts",
    "iv > '1 day'",
    "substring(x from 1 for 2) = 'ab'",
    "substring(x, 1, 2) = 'ab'",
    "position('a' in x) > 0",
    "trim(both ' ' from x) = x",
    "trim(x) <> ''",
    "overlay(x placing 'a' from 1) = y",
    "coalesce(x, '') <> ''",
    "coalesce(v, 'none') <> ''",
    "coalesce(s, i, 0) > 0",
    "nullif(x, '') IS NOT NULL",
    "greatest(i, s) > least(i, 3)",
    "CASE WHEN i > 0 THEN x ELSE 'none' END <> ''",
    "CASE WHEN ok THEN x = '' END",
    "CASE i WHEN 1 THEN ok WHEN 2 THEN NOT ok ELSE false END",
    "i IS DISTINCT FROM b",
    "i IS NOT DISTINCT FROM 5",
    "xa @> ARRAY['a', 'b']",
    "xa <@ '{a,b}'",
    "'a' = ANY (xa)",
    "1 = ALL (ia)",
    "ia[1] > 0",
    "ia[1:2] = ARRAY[1, 2]",
    "array_length(ia, 1) = 3",
    "cardinality(xa) > 0",
    "va <@ ARRAY['a', 'b']::varchar[]",
    "jb ? 'a'",
    "jb -> 'a' ->> 'b' = 'c'",
    "jb @> '{\"a\": 1}'",
    "(jb ->> 'age')::int >= 18",
    "(j ->> 'x') IS NOT NULL",
    "jb #>> '{a,b}' = 'c'",
    "ip << '10.0.0.0/8'",
    "family(ip) = 4",
    "bits = B'101'",
    "bytes <> '\\x00'",
    "u <> '00000000-0000-0000-0000-000000000000'",
    "span && tstzrange(now(), NULL)",
    "NOT isempty(span)",
    "(d, d) OVERLAPS (d, d)",
    "words @@ to_tsquery('english', 'a')",
    "\"Odd Name\" > 0",
    "t.i > 0",
    "(i > 0 AND (s > 0 AND b > 0)) OR n > 0",
    "i > 0 OR (s > 0 OR b > 0)",
    "i = 1 OR i = 2",
    "pg_catalog.length(x) > 0",
    "i OPERATOR(pg_catalog.=) 5",
    "x > 'a' /* with a comment */ AND\n y > 'b'",
    "x = 'it''s'",
    "x = E'a\\nb'",
    "x = $$dollar$$",
    "true",
    "num_nonnulls(i, s, b) = 1",
    "i IS NOT NULL = (s IS NOT NULL)",
    "(i IS NULL) <> (s IS NULL)",
    "format('%s', VARIADIC xa) <> ''",
    "concat(x, v, i) <> ''",
    "(i > 0) IS TRUE",
    "bool(i)",
    "mod(i, 2) = 0",
    "round(n, 1) = n",
    "round(i) = 1",
    "x <> ALL (ARRAY['a', 'b'])",
    "row(i, s) = row(1, 2)",
    "tm > '08:00'",
    "tm < time '18:00'",
};

/* A column and its default. */
static const char *const defaults[][2] = {
    {"i", "0"},
    {"i", "(5)"},
    {"i", "-1"},
    {"i", "'7'"},
    {"i", "1 + 1"},
    {"i", "'1'::integer"},
    {"s", "3"},
    {"b", "10000000000"},
    {"b", "1"},
    {"n", "0"},
    {"n", "0.99"},
    {"n", ".5"},
    {"n", "-1.5"},
    {"f", "1"},
    {"f", "'NaN'"},
    {"x", "'new'"},
    {"x", "'it''s'"},
    {"x", "''"},
    {"x", "$$a$$"},
    {"x", "'a' || 'b'"},
    {"x", "current_user"},
    {"x", "CURRENT_ROLE"},
    {"v", "'new'"},
    {"v", "'new'::text"},
    {"c", "'ab'"},
    {"ok", "true"},
    {"ok", "FALSE"},
    {"ok", "'t'"},
    {"ok", "not true"},
    {"d", "'2020-02-29'"},
    {"d", "CURRENT_DATE"},
    {"d", "now()"},
    {"d", "('now'::text)::date"},
    {"ts", "now()"},
    {"ts", "LOCALTIMESTAMP(3)"},
    {"ts", "timezone('utc', now())"},
    {"ts", "(now() at time zone 'utc')"},
    {"tz", "CURRENT_TIMESTAMP"},
    {"tz", "current_timestamp(0)"},
    {"tz", "now() + interval '30 days'"},
    {"tz", "clock_timestamp()"},
    {"tm", "'12:00:00'"},
    {"iv", "'1 day'"},
    {"u", "gen_random_uuid()"},
    {"j", "'{}'"},
    {"jb", "'{}'::jsonb"},
    {"jb", "jsonb_build_object('a', 1)"},
    {"ia", "'{}'"},
    {"ia", "ARRAY[1, 2]"},
    {"ia", "ARRAY[]::integer[]"},
    {"xa", "ARRAY['a', 'b']"},
    {"xa", "array[]::text[]"},
    {"va", "'{a,b}'::varchar[]"},
    {"va", "ARRAY['a', 'b']"},
    {"m", "'sad'"},
    {"m", "'sad'::mood"},
    {"m", "'sad'::public.mood"},
    {"ip", "'127.0.0.1'"},
    {"bits", "B'101'"},
    {"bytes", "'\\x0102'"},
    {"i", "nextval('numbers')"},
    {"i", "nextval('numbers'::regclass)"},
    {"i", "nextval('public.numbers')"},
    {"i", "nextval('other.numbers')"},
    {"i", "nextval('\"Odd\"')"},
    {"b", "pg_catalog.nextval('numbers')"},
    {"i", "CASE WHEN random() < 0.5 THEN 1 ELSE 2 END"},
    {"i", "(random() * 100)::int"},
    {"f", "random()"},
    {"n", "round(3.14159, 2)"},
    {"x", "md5(random()::text)"},
    {"x", "upper('a')"},
    {"x", "to_char(now(), 'YYYY')"},
    {"d", "date_trunc('month', now())::date"},
};

static const char *const indexes[] = {
    "lower(v)",
    "lower(x)",
    "(i + s)",
    "(x || y)",
    "(jb ->> 'a')",
    "((jb ->> 'a')::int)",
    "coalesce(x, '')",
    "(i::text)",
    "(v::text)",
    "date_trunc('day', ts)",
    "(ts::date)",
    "(tz AT TIME ZONE 'UTC')",
    "md5(x || v)",
    "(i IS NULL)",
    "abs(i)",
    "(CASE WHEN ok THEN i END)",
    "to_tsvector('english', x)",
    "to_tsvector('english', coalesce(x, '') || ' ' || coalesce(v, ''))",
    "(n::int)",
    "left(v, 3)",
    "(ia[1])",
    "(-i)",
};

static const char *const different[][2] = {
    {"i > 0", "i >= 0"},
    {"i > 0", "s > 0"},
    {"i > 0", "i > 1"},
    {"i > 0", "0 < i"},
    {"now()", "CURRENT_TIMESTAMP"},
    {"CURRENT_TIMESTAMP", "CURRENT_TIMESTAMP(3)"},
    {"CURRENT_DATE", "CURRENT_TIMESTAMP"},
    {"'new'", "'New'"},
    {"'new'", "'old'::text"},
    {"'a'", "a"},
    {"'1'::text", "'1'::integer"},
    {"x::int", "x::bigint"},
    {"x::int", "x"},
    {"(i)::text", "i"},
    {"ts::date", "ts"},
    {"x::varchar(5)", "x::varchar(6)"},
    {"lower(x)", "upper(x)"},
    {"lower(x)", "lower(y)"},
    {"n::int > 0", "n > 0"},
    {"1e3", "1e4"},
    {"1.5e-2", "0.15"},
    {"f(a)", "f(a, b)"},
    {"a.f(x)", "b.f(x)"},
    {"x IN ('a', 'b')", "x IN ('a', 'c')"},
    {"x IN ('a', 'b')", "x IN ('b', 'a')"},
    {"x IN ('a', 'b')", "x NOT IN ('a', 'b')"},
    {"x IN ('a', 'b')", "x IN ('a', 'b', 'c')"},
    {"i BETWEEN 1 AND 2", "i BETWEEN 2 AND 1"},
    {"i BETWEEN 1 AND 2", "i NOT BETWEEN 1 AND 2"},
    {"x LIKE 'a'", "x ILIKE 'a'"},
    {"x LIKE 'a'", "x NOT LIKE 'a'"},
    {"a AND b OR c", "a AND (b OR c)"},
    {"a OR b", "a AND b"},
    {"NOT a", "a"},
    {"x IS NULL", "x IS NOT NULL"},
    {"ok IS TRUE", "ok IS FALSE"},
    {"ok IS TRUE", "ok"},
    {"true", "false"},
    {"-1", "1"},
    {"1.5", "1.50001"},
    {"a - b - c", "a - (b - c)"},
    {"nextval('a')", "nextval('b'::regclass)"},
    {"nextval('other.a')", "nextval('a'::regclass)"},
    {"CASE WHEN a THEN 1 END", "CASE WHEN a THEN 1 ELSE 2 END"},
    {"CASE WHEN a THEN 1 ELSE 0 END", "CASE WHEN b THEN 1 ELSE 0 END"},
    {"x COLLATE \"C\"", "x COLLATE \"de\""},
    {"x COLLATE \"C\"", "x"},
    {"ARRAY[1, 2]", "ARRAY[2, 1]"},
    {"ia[1]", "ia[2]"},
    {"ia[1]", "ia[1:1]"},
    {"coalesce(a, b)", "nullif(a, b)"},
    {"count(*)", "count(a)"},
    {"count(DISTINCT a)", "count(a)"},
    {"greatest(a, b)", "least(a, b)"},
    {"\"X\" > 0", "x > 0"},
    {"extract(year FROM d)", "extract(month FROM d)"},
    {"i::numeric / 2", "i / 2"},
    {"(i)::numeric / (2)::numeric", "i / 2"},
    {"(i)::bigint * 2", "i * 2"},
    {"x::text > '5'", "x > '5'"},
    {"x::text > '5'::text", "x > 5"},
    {"x > 5.7::int", "x > 5.7"},
    {"x = 'abc'::char(2)", "x = 'abc'"},
    {"x = 'abc'::varchar(2)", "x = 'abc'"},
    {"x::numeric(5,1) > 2.5", "x > 2.5"},
    {"r = '0.1'::real", "r = 0.1"},
    {"ts > ('2020-01-01 10:00'::date)::timestamp", "ts > '2020-01-01 10:00'::timestamp"},
    {"f::text::real > r", "f::real > r"},
    {"n::text IS NULL", "n IS NULL"},
    {"d::timestamptz - '1 day'::interval = tz", "d - '1 day'::interval = tz"},
    {"d::timestamp > '2020-01-01'::timestamp", "d > '2020-01-01'"},
    {"x::geometry(Point)", "x::geometry(Polygon)"},
    {"x::coded('a')", "x::coded('b')"},
    {"x = '1'::text", "x = true"},
    {"", "1"},
    {"1", "1)"},
    {"1", "1, 2"},
    {"1 FROM x", "1"},
    {"(", "("},
    {"a; b", "a; c"},
    {"a", "a;"},
};

static const char *const equal[][2] = {
    {"I > 0", "(i>0)"},
    {"'new'", "'new'::text"},
    {"'new'", "'new'::character varying"},
    {"status = 'new'", "((status)::text = 'new'::text)"},
    {"1", "'1'::integer"},
    {"1.5e-2", "0.015"},
    {"1.5E+1", "15"},
    {"1e-10", "'0.0000000001'::numeric"},
    {"12.345e2", "1234.5"},
    {"0", "(0)::numeric"},
    {"x in ('a','b')", "((x)::text = ANY ((ARRAY['a'::character varying, 'b'::character varying])::text[]))"},
    {"a!=b", "(a <> b)"},
    {"nextval('s')", "nextval('public.s'::regclass)"},
    {"a /* x */ + -- y\n b", "(a + b)"},
    {"not wrong(", "not wrong("},
    {"not a thing at all", "not a thing at all"},
};

static void check_constraint(cluster_t *cluster, const char *expression)
{
    char *live;

    cluster_sql(cluster, "ALTER TABLE t ADD CONSTRAINT k CHECK (%s)", expression);
    live =
        cluster_value(cluster, "SELECT pg_get_expr(conbin, conrelid) FROM pg_constraint WHERE conname = 'k'");
    ok(aq__same_expression(expression, live) && aq__same_expression(live, expression), "CHECK (%s): %s",
       expression, live);
    cluster_sql(cluster, "ALTER TABLE t DROP CONSTRAINT k");
    free(live);
}

static void check_default(cluster_t *cluster, const char *column, const char *expression)
{
    char *live;

    cluster_sql(cluster, "ALTER TABLE t ALTER %s SET DEFAULT %s", column, expression);
    live = cluster_value(cluster, "SELECT pg_get_expr(adbin, adrelid) FROM pg_attrdef");
    ok(aq__same_expression(expression, live) && aq__same_expression(live, expression), "DEFAULT %s: %s",
       expression, live);
    cluster_sql(cluster, "ALTER TABLE t ALTER %s DROP DEFAULT", column);
    free(live);
}

static void check_index(cluster_t *cluster, const char *expression)
{
    char *live;

    cluster_sql(cluster, "CREATE INDEX k ON t (%s)", expression);
    live =
        cluster_value(cluster, "SELECT coalesce(pg_get_expr(indexprs, indrelid), pg_get_indexdef(indexrelid, "
                               "1, false)) FROM pg_index WHERE indexrelid = 'k'::regclass");
    ok(aq__same_expression(expression, live) && aq__same_expression(live, expression), "INDEX (%s): %s",
       expression, live);
    cluster_sql(cluster, "DROP INDEX k");
    free(live);
}

/* Casts in a long row on both sides, and brackets, cost no time that grows faster than they do. */
static void check_depth(void)
{
    enum { CASTS = 500, BRACKETS = 100000 };
    aq_text_t a = {0}, b = {0};

    aq_text_append(&a, "f(x");
    aq_text_append(&b, "f(x");
    for (int i = 0; i < CASTS; i++) {
        aq_text_append(&a, i % 2 == 0 ? "::text" : "::numeric");
        aq_text_append(&b, i % 2 == 0 ? "::numeric" : "::text");
    }
    aq_text_append(&a, ")");
    aq_text_append(&b, ")");
    ok(!aq__same_expression(aq_text_string(&a), aq_text_string(&b)), "%d casts are not another %d", CASTS,
       CASTS);
    aq_text_clear(&a);
    aq_text_clear(&b);
    for (int i = 0; i < BRACKETS; i++)
        aq_text_append_char(&a, '(');
    aq_text_append(&a, "x");
    for (int i = 0; i < BRACKETS; i++)
        aq_text_append_char(&a, ')');
    ok(!aq__same_expression(aq_text_string(&a), "x"), "what nests too deep is compared as text");
    ok(aq__same_expression(aq_text_string(&a), aq_text_string(&a)), "and may be the same");
    aq_text_dispose(&a);
    aq_text_dispose(&b);
}

int main(void)
{
    cluster_t *cluster = cluster_start(NULL);

    for (size_t i = 0; i < sizeof(different) / sizeof(different[0]); i++)
        ok((strcmp(different[i][0], different[i][1]) == 0) ==
               aq__same_expression(different[i][0], different[i][1]),
           "%s is not %s", different[i][0], different[i][1]);
    for (size_t i = 0; i < sizeof(equal) / sizeof(equal[0]); i++)
        ok(aq__same_expression(equal[i][0], equal[i][1]), "%s is %s", equal[i][0], equal[i][1]);
    check_depth();
    cluster_sql(cluster, "%s", schema);
    for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++)
        check_constraint(cluster, checks[i]);
    for (size_t i = 0; i < sizeof(defaults) / sizeof(defaults[0]); i++)
        check_default(cluster, defaults[i][0], defaults[i][1]);
    for (size_t i = 0; i < sizeof(indexes) / sizeof(indexes[0]); i++)
        check_index(cluster, indexes[i]);
    cluster_close(cluster);
    return tap_done();
}
