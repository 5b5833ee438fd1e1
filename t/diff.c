/* The diff of two metadata: texts and statements, without a database. */
#include "tap.h"

#include "src/schema/compare.h"
#include "src/schema/read_sql.h"
#include "t/diff_cases.h"
#include "t/golden.h"
#include "t/heap.h"

#include <stdio.h>
#include <string.h>

/* ---- Metadata from SQL ----------------------------------------------------------------------------------------------------------- */

static int read_schema(const char *sql, aq__metadata_t **metadata, aq__problems_t *problems)
{
    int code;

    *metadata = aq__metadata_create(NULL);
    if (*metadata == NULL)
        return AQ_ENOMEM;
    code = aq__read_sql(*metadata, "case.sql", sql, strlen(sql), problems);
    return code == AQ_OK ? aq__metadata_seal(*metadata, problems) : code;
}

static aq__metadata_t *schema(const char *sql)
{
    aq__problems_t problems = {.arena = aq_arena_create()};
    aq__metadata_t *metadata;

    if (read_schema(sql, &metadata, &problems) != AQ_OK)
        bail_out("%s: %s", aq_last_error()->message, sql);
    aq_arena_close(problems.arena);
    return metadata;
}

static void test_case(const diff_case_t *test)
{
    aq_arena_t *arena = aq_arena_create();
    aq__metadata_t *wanted = schema(test->wanted), *live = schema(test->live);
    aq_diff_t *diff = NULL;
    aq_text_t text = {0};

    if (aq__diff(arena, wanted, live, NULL, &diff) != AQ_OK)
        bail_out("%s", aq_last_error()->message);
    append_differences(&text, diff);
    is_text(aq_text_string(&text), test->expected != NULL ? test->expected : "", "%s", test->name);
    aq_text_dispose(&text);
    aq__metadata_close(wanted);
    aq__metadata_close(live);
    aq_arena_close(arena);
}

/* What only metadata that no server has can be: pairs of wanted and live SQL, and all that is said. */
static void test_pure(void)
{
    static const diff_case_t cases[] = {
        {.name = "constraints without a name",
         .wanted = "CREATE TABLE t (a text, b int, CONSTRAINT k UNIQUE (a), CHECK (b > 1)); COMMENT ON "
                   "CONSTRAINT k ON t IS 'k';",
         .live = "CREATE TABLE t (a int UNIQUE, b int PRIMARY KEY, CHECK (b > 2)); CREATE TABLE u (b int "
                 "REFERENCES t);",
         .expected = "extra constraint: t: only the database has PRIMARY KEY (b); it has no name by which a "
                     "statement could reach it\n"
                     "extra constraint: t: only the database has CHECK (b > 2); it has no name by which a "
                     "statement could reach it\n"
                     "other type: t.a: the models say TEXT, the database has INTEGER\n"
                     "    ALTER TABLE t ALTER COLUMN a TYPE TEXT\n"
                     "other constraint: t: the models say CONSTRAINT k UNIQUE (a), the database has UNIQUE "
                     "(a); it has no name by which a statement could reach it\n"
                     "other nullability: t.b: the models allow NULL, the database says NOT NULL\n"
                     "    ALTER TABLE t ALTER COLUMN b DROP NOT NULL\n"
                     "missing constraint: t: the database has no CHECK (b > 1)\n"
                     "    ALTER TABLE t ADD CHECK (b > 1)\n"
                     "other comment: t, constraint k: the models' comment is 'k', the database has none; it "
                     "has no name by which a statement could reach it\n"
                     "extra table!: u: only the database has this table\n"
                     "    DROP TABLE u\n"},
        {.name = "a schema that the search path may be, for one of two tables",
         .wanted = "CREATE TABLE a.t (x int); CREATE TABLE b.t (y int);",
         .live = "CREATE TABLE t (x int);",
         .expected = "missing schema: schema a: the database has no such schema\n"
                     "    CREATE SCHEMA IF NOT EXISTS a\n"
                     "missing schema: schema b: the database has no such schema\n"
                     "    CREATE SCHEMA IF NOT EXISTS b\n"
                     "missing table: b.t: the database has no such table\n"
                     "    CREATE TABLE b.t (\n"
                     "        y INTEGER\n"
                     "    )\n"},
        {.name = "a schema that the search path may be, for one of two types and sequences",
         .wanted =
             "CREATE TYPE a.m AS ENUM ('x'); CREATE TYPE b.m AS ENUM ('y'); CREATE SEQUENCE a.s; CREATE "
             "SEQUENCE b.s CACHE 2;",
         .live = "CREATE TYPE m AS ENUM ('x'); CREATE SEQUENCE s;",
         .expected = "missing schema: schema a: the database has no such schema\n"
                     "    CREATE SCHEMA IF NOT EXISTS a\n"
                     "missing schema: schema b: the database has no such schema\n"
                     "    CREATE SCHEMA IF NOT EXISTS b\n"
                     "missing type: type b.m: the database has no such type\n"
                     "    CREATE TYPE b.m AS ENUM ('y')\n"
                     "missing sequence: sequence b.s: the database has no such sequence\n"
                     "    CREATE SEQUENCE b.s CACHE 2\n"},
        {.name = "the very schema before the search path's, of types and sequences",
         .wanted = "CREATE TYPE m AS ENUM ('x'); CREATE TYPE a.m AS ENUM ('y'); CREATE SEQUENCE s; CREATE "
                   "SEQUENCE a.s CACHE 2;",
         .live = "CREATE TYPE a.m AS ENUM ('y'); CREATE TYPE b.m AS ENUM ('x'); CREATE SEQUENCE a.s CACHE 2; "
                 "CREATE SEQUENCE b.s;"},
        {.name = "the very schema before the search path's",
         .wanted = "CREATE TABLE t (x int); CREATE TABLE a.t (y int);",
         .live = "CREATE TABLE a.t (y int); CREATE TABLE b.t (x int);"},
    };

    for (size_t i = 0; i < AQ__COUNT_OF(cases); i++)
        test_case(&cases[i]);
}

/* ---- Types ----------------------------------------------------------------------------------------------------------------------- */

static aq__type_t type_of(aq_arena_t *arena, const char *text)
{
    aq__type_t type = {0};

    if (aq__read_type(arena, text, &type) != AQ_OK)
        bail_out("%s: %s", text, aq_last_error()->message);
    return type;
}

static const struct {
    const char *a, *b;
    bool same;
} spellings[] = {
    {"int", "integer", true},
    {"int4", "int8", false},
    {"varchar(80)", "character varying(80)", true},
    {"varchar(80)", "varchar(81)", false},
    {"varchar(80)", "varchar", false},
    {"varchar", "text", false},
    {"char", "character(1)", true},
    {"char(2)", "char", false},
    {"numeric(10)", "decimal(10, 0)", true},
    {"numeric(10, 2)", "numeric(10, 3)", false},
    {"numeric", "numeric(10)", false},
    {"timestamp", "timestamp(6) without time zone", true},
    {"timestamp(3)", "timestamp", false},
    {"timestamptz", "timestamp with time zone", true},
    {"timestamptz", "timestamp", false},
    {"float", "double precision", true},
    {"float(24)", "real", true},
    {"interval year to month", "interval  YEAR TO MONTH", true},
    {"interval year to month", "interval", false},
    {"interval day to second(3)", "interval day to second(4)", false},
    {"int[]", "integer ARRAY", true},
    {"int[][]", "int[]", true},
    {"int[]", "int", false},
    {"tsvector", "pg_catalog.tsvector", true},
    {"tsvector", "tsquery", false},
    {"blog.mood", "mood", true},
    {"blog.mood", "shop.mood", false},
    {"geometry(point, 4326)", "geometry(Point,4326)", true},
    {"geometry(point, 4326)", "geometry(point, 4327)", false},
    {"bool", "boolean", true},
};

static void test_spellings(void)
{
    aq_arena_t *arena = aq_arena_create();

    for (size_t i = 0; i < AQ__COUNT_OF(spellings); i++) {
        aq__type_t a = {.text = spellings[i].a}, b = {.text = spellings[i].b}, resolved_a, resolved_b;

        ok(aq__type_resolve(arena, &a, &resolved_a) == AQ_OK &&
               aq__type_resolve(arena, &b, &resolved_b) == AQ_OK &&
               aq__same_type(&resolved_a, &resolved_b) == spellings[i].same &&
               aq__same_type(&resolved_b, &resolved_a) == spellings[i].same,
           "%s %s %s", a.text, spellings[i].same ? "is" : "is not", b.text);
    }
    aq_arena_close(arena);
}

static void test_conversions(void)
{
    aq_arena_t *arena = aq_arena_create();

    for (size_t i = 0; i < AQ__COUNT_OF(conversions); i++) {
        aq__type_t from = type_of(arena, conversions[i].from), to = type_of(arena, conversions[i].to);
        aq_text_t using = {0};
        bool told = aq__append_conversion(&using, "a", &from, &to);

        is_str(told ? aq_text_string(&using) : NULL, conversions[i].using, "from %s to %s",
               conversions[i].from, conversions[i].to);
        is_int(aq__type_holds(&to, &from), conversions[i].holds, "%s holds %s: %s", conversions[i].to,
               conversions[i].from, conversions[i].holds ? "yes" : "no");
        aq_text_dispose(&using);
    }
    aq_arena_close(arena);
}

/* ---- Scripts ---------------------------------------------------------------------------------------------------------------------- */

static void test_kinds(void)
{
    is_str(aq_difference_kind_text(AQ_DIFFERENCE_MISSING_SCHEMA), "missing schema", "the first kind");
    is_str(aq_difference_kind_text(AQ_DIFFERENCE_COMMENT), "other comment", "the last one");
    is_str(aq_difference_kind_text(AQ_DIFFERENCE_KINDS), "unknown difference", "none");
}

/* All cases, one behind the other, as scripts. */
static void test_script(void)
{
    aq_text_t sql = {0};

    for (size_t i = 0; i < AQ__COUNT_OF(diff_cases); i++) {
        aq_arena_t *arena = aq_arena_create();
        aq__metadata_t *wanted = schema(diff_cases[i].wanted), *live = schema(diff_cases[i].live);
        aq_diff_t *diff = NULL;

        if (aq__diff(arena, wanted, live, NULL, &diff) != AQ_OK)
            bail_out("%s", aq_last_error()->message);
        if (diff->count > 0)
            aq_text_appendf(&sql, "---- %s ----\n\n", diff_cases[i].name);
        aq_diff_append_sql(diff, &sql);
        if (diff->count > 0)
            aq_text_append(&sql, "\n");
        aq__metadata_close(wanted);
        aq__metadata_close(live);
        aq_arena_close(arena);
    }
    is_golden(aq_text_string(&sql), "diff.sql", "the scripts");
    aq_text_dispose(&sql);
}

static void test_script_lines(void)
{
    static const aq_difference_t items[] = {
        {.kind = AQ_DIFFERENCE_COMMENT,
         .text = "t: two\nlines\r\n; drop table t",
         .sql = "comment on table t is 'a'"},
        {.kind = AQ_DIFFERENCE_EXTRA_TABLE,
         .text = "t",
         .sql = "drop table a;\ndrop table b",
         .loses_data = true},
        {.kind = AQ_DIFFERENCE_TYPE_LABELS, .text = "type m"},
    };
    const aq_diff_t diff = {items, 3}, none = {NULL, 0};
    aq_text_t sql = {0};

    aq_diff_append_sql(&diff, &sql);
    is_text(aq_text_string(&sql),
            "-- t: two\n-- lines\n-- \n-- ; drop table t\ncomment on table t is 'a';\n\n"
            "-- t\n-- (this could lose or refuse data)\n-- drop table a;\n-- drop table b;\n\n"
            "-- type m\n-- (no statement mends it)\n",
            "whatever a text has in it stays a comment");
    aq_text_clear(&sql);
    aq_diff_append_sql(&none, &sql);
    is_str(aq_text_string(&sql), "", "no difference, no script");
    aq_text_dispose(&sql);
}

/* ---- Without memory ------------------------------------------------------------------------------------------------------------------ */

static aq__metadata_t *some_wanted, *some_live;

static int diff_once(void)
{
    aq_arena_t *arena = aq_arena_create();
    aq_diff_t *diff = NULL;
    int code = arena != NULL ? aq__diff(arena, some_wanted, some_live, NULL, &diff) : AQ_ENOMEM;

    aq_arena_close(arena);
    return code;
}

static const char *const of_memory[] = {"a table with all that belongs to it", "from one kind to another",
                                        "a key and what refers to it get another type",
                                        "indexes that are missing, extra and otherwise"};

static void test_memory(void)
{
    for (size_t i = 0; i < AQ__COUNT_OF(diff_cases); i++)
        for (size_t j = 0; j < AQ__COUNT_OF(of_memory); j++) {
            if (strcmp(diff_cases[i].name, of_memory[j]) != 0)
                continue;
            some_wanted = schema(diff_cases[i].wanted);
            some_live = schema(diff_cases[i].live);
            check_each_request(of_memory[j], diff_once);
            aq__metadata_close(some_wanted);
            aq__metadata_close(some_live);
        }
    ok(all_memory_is_back(), "nothing is left");
}

int main(void)
{
    aq_set_allocator(counting_allocator, NULL);
    for (size_t i = 0; i < AQ__COUNT_OF(diff_cases); i++)
        test_case(&diff_cases[i]);
    test_pure();
    test_spellings();
    test_conversions();
    test_kinds();
    test_script();
    test_script_lines();
    test_memory();
    return tap_done();
}
