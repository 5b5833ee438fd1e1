/* Reading SQL, without a server: the files of sql/ against golden DDL, statements, places, no memory, bytes that were changed. */
#include "tap.h"

#include "src/schema/ddl.h"
#include "src/schema/read_sql.h"
#include "t/golden.h"
#include "t/heap.h"
#include "t/reading.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* ---- Files -------------------------------------------------------------------------------------------------------------------- */

static const char *const files[] = {"quickstart", "rental", "music", "oddities"};
enum { FILES = sizeof(files) / sizeof(files[0]) };

static char *read_file(const char *name)
{
    char path[256], *full, *text;

    snprintf(path, sizeof(path), "sql/%s.sql", name);
    full = tap_source_path(path);
    text = tap_read_file(full);
    free(full);
    if (text == NULL)
        bail_out("%s cannot be read", path);
    return text;
}

static int compare_lines(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* In place. */
static void sort_lines(char *text)
{
    char *copy = strdup(text), *lines[4096], *rest = copy;
    size_t count = 0;

    while (count < sizeof(lines) / sizeof(lines[0]) && (lines[count] = strsep(&rest, "\n")) != NULL)
        count++;
    qsort(lines, count, sizeof(lines[0]), compare_lines);
    for (size_t i = 0; i < count; i++)
        text += sprintf(text, "%s%s", i > 0 ? "\n" : "", lines[i]);
    free(copy);
}

/* What is read, written, and read again is the same. */
static void test_file(const char *name)
{
    char *text = read_file(name), golden[128], *said, *ddl, *again;
    reading_t reading = read_bytes(name, text, strlen(text)), second;

    said = said_by(&reading);
    is_text(said != NULL ? said : "", "", "%s.sql is read without a problem", name);
    ddl = ddl_of(&reading);
    snprintf(golden, sizeof(golden), "read-%s.sql", name);
    is_golden(ddl, golden, name);
    second = read_text(ddl);
    is_int(second.problems.count, 0, "%s: its DDL is read without a problem", name);
    again = ddl_of(&second);
    sort_lines(ddl); /* keys of cycles come in the order in which they were read */
    sort_lines(again);
    is_text(again, ddl, "%s: and gives the same DDL", name);
    close_reading(&second);
    close_reading(&reading);
    aq_free(said);
    aq_free(ddl);
    aq_free(again);
    free(text);
}

/* ---- Statements ---------------------------------------------------------------------------------------------------------------- */

static void test_statements(void)
{
    becomes("", "");
    becomes("-- nothing\n/* at /* all */ */;;\n;", "");
    becomes("\xef\xbb\xbf"
            "CREATE TABLE t (a int)",
            "CREATE TABLE t (\n    a INTEGER\n);\n");
    becomes("CREATE TABLE t (a int); DROP TABLE t; CREATE TABLE t (b int);",
            "CREATE TABLE t (\n    b INTEGER\n);\n");
    becomes(
        "CREATE TABLE a.t (x int); CREATE TABLE b.t (x int); DROP TABLE a.t; ALTER TABLE b.t SET SCHEMA c",
        "CREATE SCHEMA IF NOT EXISTS c;\n\nCREATE TABLE c.t (\n    x INTEGER\n);\n");
    becomes(
        "CREATE TABLE public.t (a int); ALTER TABLE t ADD b int; CREATE TABLE u (a int); DROP TABLE public.u",
        "CREATE TABLE t (\n    a INTEGER,\n    b INTEGER\n);\n");
    becomes("CREATE TABLE t (a int PRIMARY KEY, b int UNIQUE, c int CHECK (c > a), d int);"
            "CREATE INDEX ON t (d); CREATE INDEX i ON t (a) WHERE b > 0; CREATE INDEX j ON t ((b + c)); "
            "ALTER TABLE t DROP b, DROP COLUMN IF EXISTS nope",
            "CREATE TABLE t (\n    a INTEGER NOT NULL,\n    c INTEGER,\n    d INTEGER,\n    PRIMARY KEY "
            "(a),\n    CHECK (c > a)\n);\nCREATE INDEX t_d_idx ON t (d);\n");
    becomes("CREATE TABLE t (a int PRIMARY KEY); CREATE TABLE u (a int REFERENCES t); DROP TABLE t CASCADE",
            "CREATE TABLE u (\n    a INTEGER\n);\n");
    becomes("CREATE TABLE t (a int PRIMARY KEY); CREATE TABLE u (b int REFERENCES t (a)); ALTER TABLE t "
            "RENAME TO v; ALTER TABLE v RENAME a TO c",
            "CREATE TABLE v (\n    c INTEGER NOT NULL,\n    CONSTRAINT t_pkey PRIMARY KEY (c)\n);\n\n"
            "CREATE TABLE u (\n    b INTEGER,\n    FOREIGN KEY(b) REFERENCES v (c)\n);\n");
    becomes("CREATE TYPE m AS ENUM ('a'); CREATE TABLE t (x m); ALTER TYPE m RENAME TO n; ALTER TYPE n ADD "
            "VALUE IF NOT EXISTS 'a'; ALTER TYPE n ADD VALUE 'b' AFTER 'a'; ALTER TYPE n SET SCHEMA s",
            "CREATE SCHEMA IF NOT EXISTS s;\n\nCREATE TYPE s.n AS ENUM ('a', 'b');\n\nCREATE TABLE t (\n    "
            "x s.n\n);\n");
    becomes(
        "CREATE TABLE t (a int CONSTRAINT c CHECK (t.a > 0 AND public.t.a < 9)); ALTER TABLE t RENAME TO u",
        "CREATE TABLE u (\n    a INTEGER,\n    CONSTRAINT c CHECK (u.a > 0 AND u.a < 9)\n);\n");
    becomes("CREATE TYPE m AS ENUM ('a'); CREATE TABLE t (x m DEFAULT 'a'::m, y text DEFAULT CAST('m' AS m), "
            "CONSTRAINT m CHECK (x <> 'a'::public.m)); ALTER TYPE m RENAME TO n",
            "CREATE TYPE n AS ENUM ('a');\n\nCREATE TABLE t (\n    x n DEFAULT 'a'::n,\n    y TEXT DEFAULT "
            "CAST('m' AS n),\n    CONSTRAINT m CHECK (x <> 'a'::n)\n);\n");
    becomes(
        "CREATE SEQUENCE s; CREATE TABLE t (a int DEFAULT nextval('s'), b int DEFAULT 5); ALTER SEQUENCE s "
        "RENAME TO \"it's\"",
        "CREATE SEQUENCE \"it's\";\n\nCREATE TABLE t (\n    a INTEGER DEFAULT "
        "nextval('\"it''s\"'),\n    b INTEGER DEFAULT 5\n);\n");
    becomes(
        "CREATE TABLE t (n int); CREATE SEQUENCE s OWNED BY t.n; ALTER TABLE t SET SCHEMA blog; ALTER TABLE "
        "blog.t SET SCHEMA blog",
        "CREATE SCHEMA IF NOT EXISTS blog;\n\nCREATE SEQUENCE blog.s;\n\nCREATE TABLE blog.t (\n    n "
        "INTEGER\n);\n\nALTER SEQUENCE blog.s OWNED BY blog.t.n;\n");
    becomes(
        "CREATE TYPE m AS ENUM ('a'); CREATE SEQUENCE s; CREATE TABLE t (x m[], y int DEFAULT nextval('s'), "
        "z int, g int GENERATED ALWAYS AS (z + 1) STORED); DROP TYPE m CASCADE; DROP SEQUENCE s CASCADE; "
        "ALTER TABLE t DROP z CASCADE",
        "CREATE TABLE t (\n    y INTEGER\n);\n");
    becomes(
        "CREATE TABLE t (a int PRIMARY KEY, b int UNIQUE); ALTER INDEX t_pkey RENAME TO k; ALTER INDEX "
        "public.t_b_key RENAME TO u",
        "CREATE TABLE t (\n    a INTEGER NOT NULL,\n    b INTEGER,\n    CONSTRAINT k PRIMARY KEY (a),\n    "
        "CONSTRAINT u UNIQUE (b)\n);\n");
    becomes("CREATE TYPE m AS ENUM ('a'); DROP TYPE m; CREATE SEQUENCE s; DROP SEQUENCE s; CREATE TABLE t (a "
            "int); CREATE INDEX i ON t (a); CREATE INDEX ON t (a); DROP INDEX i, t_a_idx;"
            "DROP VIEW v; DROP FUNCTION f(int); DROP TABLE t; CREATE TABLE s.t (); DROP SCHEMA s CASCADE",
            "");
    becomes(
        "CREATE TABLE t (a int, b text, c int[]);"
        "CREATE INDEX ON t (a); CREATE INDEX ON t (a) WHERE a > 0; CREATE INDEX ON t (lower(b), lower(b || "
        "'x'), b COLLATE \"C\") INCLUDE (b); CREATE INDEX ON t ((a + 1), (a - 1), (a::text), ('1'::int), "
        "(c[1]), (CASE WHEN true THEN 1 END), (CASE a WHEN 1 THEN 2 ELSE a END));"
        "CREATE INDEX ON t (coalesce(a, 1), nullif(a, 1), greatest(a, 1), least(a, 1), (ARRAY[a]), (ROW(a, "
        "1)), (b COLLATE \"C\" || 'x'), (a IS NULL), ((b)));"
        "COMMENT ON INDEX t_a_idx1 IS 'the second'",
        "CREATE TABLE t (\n    a INTEGER,\n    b TEXT,\n    c INTEGER[]\n);\n"
        "CREATE INDEX t_a_idx ON t (a);\n"
        "CREATE INDEX t_a_idx1 ON t (a) WHERE a > 0;\n"
        "CREATE INDEX t_lower_lower1_b_b1_idx ON t ((lower(b)), (lower(b || 'x')), b COLLATE \"C\") "
        "INCLUDE (b);\n"
        "CREATE INDEX t_expr_expr1_a_int4_c_case_a1_idx ON t ((a + 1), (a - 1), (a::text), ('1'::int), "
        "(c[1]), (CASE WHEN true THEN 1 END), (CASE a WHEN 1 THEN 2 ELSE a END));\n"
        "CREATE INDEX t_coalesce_nullif_greatest_least_array_row_expr_expr1_b_idx ON t ((coalesce(a, 1)), "
        "(nullif(a, 1)), (greatest(a, 1)), (least(a, 1)), (ARRAY[a]), (ROW(a, 1)), (b COLLATE \"C\" || "
        "'x'), (a IS NULL), b);\n\n"
        "COMMENT ON INDEX t_a_idx1 IS 'the second';\n");
    becomes(
        "CREATE TABLE t (id serial PRIMARY KEY, n int GENERATED ALWAYS AS IDENTITY, g int GENERATED "
        "ALWAYS AS (n * 2) STORED);"
        "ALTER TABLE t ALTER n SET GENERATED BY DEFAULT SET INCREMENT BY 3 RESTART, ALTER g DROP "
        "EXPRESSION, ALTER id TYPE bigint USING id::bigint",
        "CREATE SEQUENCE t_id_seq AS INTEGER;\nCREATE TABLE t (\n    id BIGINT DEFAULT "
        "nextval('t_id_seq'::regclass) NOT NULL,\n    n INTEGER GENERATED BY DEFAULT AS IDENTITY (INCREMENT "
        "BY 3),\n    g INTEGER,\n    PRIMARY KEY (id)\n);\nALTER SEQUENCE t_id_seq OWNED BY t.id;\n");
    becomes("CREATE TABLE t (n int GENERATED ALWAYS AS IDENTITY NOT NULL); ALTER TABLE t ALTER n DROP "
            "IDENTITY, ALTER n DROP NOT NULL; ALTER TABLE t ALTER n DROP IDENTITY IF EXISTS",
            "CREATE TABLE t (\n    n INTEGER\n);\n");
    becomes(
        "CREATE TABLE t (a int, b int); ALTER TABLE t ADD CONSTRAINT k CHECK (a > 0) NOT VALID; ALTER TABLE "
        "t VALIDATE CONSTRAINT k; CREATE UNIQUE INDEX u ON t (a, b);"
        "ALTER TABLE t ADD PRIMARY KEY USING INDEX u; ALTER TABLE t ALTER a TYPE varchar(3) COLLATE \"C\"",
        "CREATE TABLE t (\n    a VARCHAR(3) COLLATE \"C\" NOT NULL,\n    b INTEGER NOT NULL,\n    CONSTRAINT "
        "u PRIMARY KEY (a, b),\n    CONSTRAINT k CHECK (a > 0)\n);\n");
    becomes("CREATE TABLE t (a int UNIQUE, b int REFERENCES t (a) DEFERRABLE); ALTER TABLE t ALTER "
            "CONSTRAINT t_b_fkey NOT DEFERRABLE; ALTER TABLE t DROP CONSTRAINT IF EXISTS nope;"
            "COMMENT ON CONSTRAINT t_a_key ON t IS 'one'; COMMENT ON TABLE t IS 'gone'; COMMENT ON TABLE t "
            "IS NULL",
            "CREATE TABLE t (\n    a INTEGER,\n    b INTEGER,\n    CONSTRAINT t_a_key UNIQUE (a),\n    "
            "FOREIGN KEY(b) REFERENCES t (a)\n);\n\nCOMMENT ON CONSTRAINT t_a_key ON t IS 'one';\n");
    becomes(
        "CREATE TABLE a.t (x int); CREATE TABLE b.u (x int PRIMARY KEY); ALTER TABLE a.t ADD FOREIGN KEY (x) "
        "REFERENCES b.u",
        "CREATE SCHEMA IF NOT EXISTS b;\nCREATE SCHEMA IF NOT EXISTS a;\n\nCREATE TABLE b.u (\n    x INTEGER "
        "NOT NULL,\n"
        "    PRIMARY KEY (x)\n);\n\nCREATE TABLE a.t (\n    x INTEGER,\n    FOREIGN KEY(x) REFERENCES b.u "
        "(x)\n);\n");
    becomes("SELECT pg_catalog.set_config('search_path', '\"My\", other', false); CREATE TABLE t (a int "
            "PRIMARY KEY); CREATE TABLE other.u (a int);"
            "ALTER TABLE u ADD FOREIGN KEY (a) REFERENCES t; RESET search_path; CREATE TABLE t (b int)",
            "CREATE SCHEMA IF NOT EXISTS \"My\";\nCREATE SCHEMA IF NOT EXISTS other;\n\nCREATE TABLE "
            "\"My\".t (\n    a INTEGER NOT NULL,\n    PRIMARY KEY (a)\n);\n\n"
            "CREATE TABLE t (\n    b INTEGER\n);\n\nCREATE TABLE other.u (\n    a INTEGER,\n    FOREIGN "
            "KEY(a) REFERENCES \"My\".t (a)\n);\n");
    becomes("CREATE TABLE t (a int PRIMARY KEY, b int UNIQUE, c int UNIQUE); CREATE TABLE u (x int "
            "REFERENCES t, y int REFERENCES t (b), z int REFERENCES t (c));"
            "ALTER TABLE t DROP CONSTRAINT t_pkey CASCADE, DROP COLUMN b CASCADE",
            "CREATE TABLE t (\n    a INTEGER NOT NULL,\n    c INTEGER,\n    UNIQUE (c)\n);\n\n"
            "CREATE TABLE u (\n    x INTEGER,\n    y INTEGER,\n    z INTEGER,\n    FOREIGN KEY(z) REFERENCES "
            "t (c)\n);\n");
}

/* Keys to tables that come later, and LIKE. */
static void test_like(void)
{
    becomes("CREATE TABLE post (id int, author int REFERENCES \"user\"); CREATE TABLE \"user\" (id int "
            "PRIMARY KEY)",
            "CREATE TABLE \"user\" (\n    id INTEGER NOT NULL,\n    PRIMARY KEY (id)\n);\n\n"
            "CREATE TABLE post (\n    id INTEGER,\n    author INTEGER,\n    FOREIGN KEY(author) REFERENCES "
            "\"user\" (id)\n);\n");
    becomes("CREATE TABLE a (id serial PRIMARY KEY, n int DEFAULT 1 CHECK (n > 0), g int GENERATED ALWAYS AS "
            "(n) STORED, i int GENERATED ALWAYS AS IDENTITY (START 7), u text UNIQUE);"
            "CREATE INDEX x ON a (n, lower(u)) INCLUDE (g) WHERE n > 1; COMMENT ON COLUMN a.n IS 'n';"
            "CREATE TABLE b (LIKE a); CREATE TABLE c (LIKE a INCLUDING ALL EXCLUDING GENERATED, z int)",
            "CREATE TABLE a (\n    id SERIAL NOT NULL,\n    n INTEGER DEFAULT 1,\n    g INTEGER GENERATED "
            "ALWAYS AS (n) STORED,\n    i INTEGER GENERATED ALWAYS AS IDENTITY (START WITH 7),\n    u TEXT,\n"
            "    PRIMARY KEY (id),\n    CHECK (n > 0),\n    UNIQUE (u)\n);\nCREATE INDEX x ON a (n, "
            "(lower(u))) INCLUDE (g) WHERE n > 1;\n\n"
            "CREATE TABLE b (\n    id INTEGER NOT NULL,\n    n INTEGER,\n    g INTEGER,\n    i INTEGER NOT "
            "NULL,\n    u TEXT\n);\n\n"
            "CREATE TABLE c (\n    id INTEGER DEFAULT nextval('a_id_seq'::regclass) NOT NULL,\n    n INTEGER "
            "DEFAULT 1,\n    g INTEGER,\n    i INTEGER GENERATED ALWAYS AS IDENTITY (START WITH 7),\n    u "
            "TEXT,\n    z "
            "INTEGER,\n"
            "    PRIMARY KEY (id),\n    CONSTRAINT a_n_check CHECK (n > 0),\n    UNIQUE (u)\n);\nCREATE "
            "INDEX c_n_lower_g_idx ON "
            "c (n, "
            "(lower(u))) INCLUDE (g) WHERE n > 1;\n\n"
            "COMMENT ON COLUMN a.n IS 'n';\nCOMMENT ON COLUMN c.n IS 'n';\n");
}

static void test_parents(void)
{
    reading_t reading = read_text(
        "CREATE TABLE a (id serial PRIMARY KEY, n int CHECK (n > 0), g int GENERATED ALWAYS AS (n) STORED, "
        "CONSTRAINT x CHECK (n < 9) NO INHERIT);\n"
        "CREATE TABLE b (n int NOT NULL, d date DEFAULT now());\n"
        "CREATE TABLE c (z int, n int DEFAULT 5) INHERITS (a, b, none);\n"
        "CREATE TABLE p (a int) PARTITION BY LIST (a); CREATE TABLE q (a int REFERENCES b);\n"
        "ALTER TABLE ONLY p ATTACH PARTITION q DEFAULT; ALTER TABLE p ATTACH PARTITION q DEFAULT;");
    char *said = said_by(&reading), *ddl = ddl_of(&reading);

    is_text(said,
            "t.sql:3:14: c: its INHERITS is left out: here all columns are its own\n"
            "t.sql:3:57: c: INHERITS none: there is no such table; its columns are left out\n"
            "t.sql:4:14: p: its PARTITION BY is left out\n"
            "t.sql:5:37: q: it is a partition of p now, and left out\n"
            "t.sql:5:62: ALTER TABLE p: ATTACH PARTITION q DEFAULT: there is no such table; it is left out",
            "parents and partitions are told");
    is_text(
        ddl,
        "CREATE TABLE a (\n    id SERIAL NOT NULL,\n    n INTEGER,\n    g INTEGER GENERATED ALWAYS AS (n) "
        "STORED,\n    PRIMARY KEY (id),\n    CHECK (n > 0),\n    CONSTRAINT x CHECK (n < 9) NO "
        "INHERIT\n);\n\n"
        "CREATE TABLE b (\n    n INTEGER NOT NULL,\n    d DATE DEFAULT now()\n);\n\n"
        "CREATE TABLE c (\n    id INTEGER DEFAULT nextval('a_id_seq'::regclass) NOT NULL,\n    n INTEGER "
        "DEFAULT 5 NOT NULL,\n    g INTEGER GENERATED ALWAYS AS (n) STORED,\n    d DATE DEFAULT now(),\n    "
        "z "
        "INTEGER,\n    CONSTRAINT a_n_check CHECK (n > 0)\n);\n\n"
        "CREATE TABLE p (\n    a INTEGER\n);\n",
        "what is inherited, is there");
    aq_free(said);
    aq_free(ddl);
    close_reading(&reading);
}

/* ---- Places ----------------------------------------------------------------------------------------------------------------------- */

static void is_place(aq__source_t source, int line, int column, const char *name)
{
    char place[64], expected[64];

    snprintf(place, sizeof(place), "%s:%d:%d", source.file, source.line, source.column);
    snprintf(expected, sizeof(expected), "t.sql:%d:%d", line, column);
    is_str(place, expected, "the place of %s", name);
}

static void test_places(void)
{
    reading_t reading = read_text("-- a comment\n"
                                  "CREATE TYPE mood AS ENUM ('a');  CREATE SEQUENCE s;\n"
                                  "CREATE TABLE \"größe\" (\"größe\" int, b text\n"
                                  "    , c int CONSTRAINT k CHECK (c > 0), PRIMARY KEY (b)\n"
                                  ");\r\n"
                                  "  CREATE INDEX i ON \"größe\" (b);");
    const aq__table_t *table = reading.metadata->tables[0];

    is_int(reading.code, AQ_OK, "it is read");
    is_place(reading.metadata->enums[0]->source, 2, 1, "an enum");
    is_place(reading.metadata->sequences[0]->source, 2, 50, "a sequence");
    is_place(table->source, 3, 14, "a table");
    is_place(table->columns[0]->source, 3, 23, "a column");
    is_place(table->columns[1]->source, 3, 36, "a column behind wide characters");
    is_place(table->columns[2]->source, 4, 7, "a column in the next line");
    is_place(table->constraints[0]->source, 4, 13, "a constraint of a column");
    is_place(table->constraints[1]->source, 4, 41, "a constraint of a table");
    is_place(table->indexes[0]->source, 6, 3, "an index");
    close_reading(&reading);
}

/* ---- No memory ------------------------------------------------------------------------------------------------------------------------- */

static const char of_all_kinds[] =
    "CREATE SCHEMA s; CREATE TYPE s.m AS ENUM ('a', 'b'); ALTER TYPE s.m ADD VALUE 'c' BEFORE 'b'; SET "
    "search_path TO s, public;"
    "CREATE TABLE t (id serial PRIMARY KEY, m m DEFAULT 'a' COLLATE \"C\", n numeric(4, 2) CHECK (n > 0), g "
    "int GENERATED ALWAYS AS (id) STORED, p geometry(point, 1),"
    "i int GENERATED ALWAYS AS IDENTITY (START 5), u t, CONSTRAINT x UNIQUE (m, n) INCLUDE (g), FOREIGN KEY "
    "(g) REFERENCES t ON DELETE SET NULL (g),"
    "EXCLUDE USING gist (n range_ops WITH =, (g + 1) COLLATE \"C\" WITH &&) WHERE (n > 1));"
    "CREATE INDEX ON t (lower(m::text) text_pattern_ops DESC, n) INCLUDE (g) WITH (fillfactor = 7) WHERE n > "
    "0; CREATE TABLE l (LIKE t INCLUDING ALL);"
    "COMMENT ON CONSTRAINT t_n_check ON t IS 'x'; COMMENT ON SEQUENCE t_id_seq IS 'y'; ALTER TABLE t RENAME "
    "n TO o; ALTER TABLE t RENAME TO v; CREATE VIEW w AS SELECT 1; INSERT INTO v VALUES (1);"
    "CREATE SEQUENCE q; CREATE TABLE c (k bigint PRIMARY KEY DEFAULT nextval('q')); ALTER SEQUENCE q OWNED "
    "BY c.k; ALTER TABLE c ADD z text, DROP z; DROP TABLE l CASCADE; CREATE TABLE d (a m DEFAULT 'a'::m); "
    "ALTER TYPE m RENAME TO k; "
    "CREATE SEQUENCE r; ALTER TABLE d ADD b int DEFAULT nextval('r'); ALTER SEQUENCE r RENAME TO o; DROP "
    "SEQUENCE "
    "o CASCADE; DROP TYPE k CASCADE;"
    "CREATE TABLE e (k bigint NOT NULL) INHERITS (c); ALTER SEQUENCE t_i_seq MAXVALUE 9 AS smallint; ALTER "
    "SEQUENCE t_id_seq RENAME TO r; ALTER TABLE c ADD w int CHECK (w > 0), ADD CHECK (k > 1), ALTER k TYPE "
    "int, "
    "DROP CONSTRAINT c_w_check; ALTER TABLE c RENAME w TO x; ALTER TABLE c RENAME CONSTRAINT c_k_check TO d; "
    "ALTER TABLE "
    "c DROP x; CREATE SEQUENCE h; CREATE TABLE j (a text DEFAULT 'x' || nextval('h'), m s.m, n text CHECK (n "
    "> 'a'::s.m)); "
    "ALTER SEQUENCE h RENAME TO g; ALTER TABLE j SET SCHEMA o; DROP SEQUENCE g CASCADE; DROP SEQUENCE r "
    "CASCADE; CREATE TYPE pair AS (a int, d text); CREATE TABLE k OF pair (a WITH OPTIONS CHECK (a > 0)); "
    "ALTER TYPE pair ADD ATTRIBUTE b int CASCADE; CREATE TABLE n (x int, CONSTRAINT d CHECK (k > 1)) "
    "INHERITS (c); DROP TYPE "
    "pair CASCADE; DROP TABLE n; CREATE TABLE f (a int) PARTITION BY LIST (a); ALTER TABLE f ATTACH "
    "PARTITION e "
    "DEFAULT";

static int read_all_kinds(void)
{
    aq__metadata_t *metadata = aq__metadata_create(NULL);
    aq__problems_t problems = {.arena = aq_arena_create()};
    int code = AQ_ENOMEM;

    if (metadata != NULL && problems.arena != NULL)
        code = aq__read_sql(metadata, "t.sql", of_all_kinds, strlen(of_all_kinds), &problems);
    if (code == AQ_EMAPPING)
        code = problems.count == 8
                   ? AQ_OK
                   : AQ_EINVAL; /* view, row, INHERITS twice, type, OF, PARTITION BY, ATTACH */
    if (code == AQ_OK && metadata->tables[1]->columns[0]->autoincrement != AQ_SERIAL)
        code = AQ_EINVAL;
    aq__metadata_close(metadata);
    aq_arena_close(problems.arena);
    return code;
}

static int read_a_type(void)
{
    aq_arena_t *arena = aq_arena_create();
    aq__type_t type;
    int code = arena != NULL ? aq__read_type(arena, "blog.\"mood\"(3)[]", &type)
                             : AQ_ENOMEM; /* the parser reads it */

    aq_arena_close(arena);
    return code;
}

static void test_memory(void)
{
    check_each_request("reading all kinds of statements", read_all_kinds);
    check_each_request("reading a type", read_a_type);
}

/* ---- Bytes that were changed -------------------------------------------------------------------------------------------------------------- */

static unsigned next_number(unsigned *seed)
{
    *seed = *seed * 1664525 + 1013904223;
    return *seed >> 8;
}

static double clock_at(clockid_t clock)
{
    struct timespec time;

    clock_gettime(clock, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void read_and_forget(const char *text, size_t length)
{
    reading_t reading = read_bytes("t.sql", text, length);
    char *ddl = reading.code == AQ_OK ? ddl_of(&reading) : NULL;

    aq_free(ddl);
    close_reading(&reading);
}

/* Some bytes become others, or are gone, or twice there. */
static size_t change(char *text, size_t length, unsigned *seed)
{
    static const char bytes[] = "'\"();,$\\-/*. \n%[]:E0a\xff";

    for (unsigned i = 0; i < 1 + next_number(seed) % 4 && length > 8; i++) {
        size_t at = next_number(seed) % (length - 4), size = 1 + next_number(seed) % 4;

        switch (next_number(seed) % 3) {
        case 0: text[at] = bytes[next_number(seed) % (sizeof(bytes) - 1)]; break;
        case 1:
            memmove(text + at, text + at + size, length - at - size);
            length -= size;
            break;
        default: memmove(text + at, text + next_number(seed) % (length - 4), size); break;
        }
    }
    return length;
}

static void test_changed(void)
{
    static const char *const changed[] = {"quickstart", "rental", "music", "oddities", "oddities-tables"};
    enum { CHANGED = sizeof(changed) / sizeof(changed[0]) };
    const char *given = getenv("AQUIFER_SEED"), *long_run = getenv("AQUIFER_FUZZ_SECONDS");
    unsigned seed = given != NULL ? (unsigned)strtoul(given, NULL, 10) : (unsigned)time(NULL), first = seed;
    double seconds = long_run != NULL ? strtod(long_run, NULL) : 1.5;
    unsigned runs = 0;

    for (size_t i = 0; i < CHANGED; i++) {
        char *text = read_file(changed[i]), *copy = strdup(text);
        size_t length = strlen(text);
        double end = clock_at(CLOCK_MONOTONIC) + seconds / CHANGED;

        while (clock_at(CLOCK_MONOTONIC) < end) {
            memcpy(copy, text, length);
            read_and_forget(copy, next_number(&seed) % 4 == 0 ? next_number(&seed) % length
                                                              : change(copy, length, &seed));
            runs++;
        }
        free(copy);
        free(text);
    }
    pass("%u files with changed bytes, or cut off, were read (seed %u)", runs, first);
}

/* ---- Time ----------------------------------------------------------------------------------------------------------------------------------- */

static void test_time(void)
{
    enum { TABLES = 200, COLUMNS = 12 };
    aq_text_t sql = {0};
    reading_t reading;
    double start;

    for (int i = 0; i < TABLES; i++) {
        aq_text_appendf(&sql, "CREATE TABLE table_%d (\n    id bigserial PRIMARY KEY,\n", i);
        for (int j = 0; j < COLUMNS; j++)
            aq_text_appendf(&sql,
                            "    column_%d varchar(%d) NOT NULL DEFAULT 'new' CHECK (column_%d <> ''),\n", j,
                            j + 10, j);
        aq_text_appendf(&sql, "    parent_id bigint REFERENCES table_%d ON DELETE CASCADE\n);\n", i / 2);
        aq_text_appendf(&sql, "CREATE INDEX table_%d_parent ON table_%d (parent_id, lower(column_1));\n", i,
                        i);
    }
    start = clock_at(CLOCK_PROCESS_CPUTIME_ID);
    reading = read_bytes("t.sql", sql.data, sql.length);
    diag("reading and sealing %d tables, %zu bytes: %.1f ms of CPU", TABLES, sql.length,
         1e3 * (clock_at(CLOCK_PROCESS_CPUTIME_ID) - start));
    is_int(reading.sealed, AQ_OK, "many tables are read");
    is_int(reading.metadata->table_count, TABLES, "all of them");
    close_reading(&reading);
    aq_text_dispose(&sql);
}

int main(void)
{
    aq_set_allocator(counting_allocator, NULL);
    for (size_t i = 0; i < FILES; i++)
        test_file(files[i]);
    test_statements();
    test_like();
    test_parents();
    test_places();
    test_memory();
    test_changed();
    test_time();
    ok(all_memory_is_back(), "all memory is back");
    return tap_done();
}
