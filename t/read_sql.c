/* Reading SQL, without a server: the files of sql/ against golden DDL, every problem's text, types, places, no memory, bytes that were changed. */
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

/* ---- Problems ---------------------------------------------------------------------------------------------------------------------- */

static void test_syntax(void)
{
    says("CREATE TABLE t (a int;\nCREATE TABLE u (a int);",
         "t.sql:1:22: syntax error at end of input; the statement is left out");
    says("CREATE TABLE (a int);\n\n  CREAT TABLE u (a int);\nCREATE TABLE t (a int); CREATE TABLE t (b int)",
         "t.sql:1:14: syntax error at or near \"(\"; the statement is left out\n"
         "t.sql:3:3: syntax error at or near \"CREAT\"; the statement is left out\n"
         "t.sql:4:38: table 't': it is declared twice, first at t.sql:4:14; this one is left out");
    says("SELECT 'größe' größe 1;", "t.sql:1:22: syntax error at or near \"1\"; the statement is left out");
    says("CREATE TABLE t (a text DEFAULT 'open); CREATE TABLE u ();",
         "t.sql:1:32: unterminated quoted string at or near \"'open); CREATE TABLE u ();\"; the statement is "
         "left out");
    says("CREATE TABLE t (a int) /* open", "");
    says("CREATE TABLE \"\xff\" (a int); CREATE TABLE t (a int)",
         "t.sql:1:1: the statement is not valid UTF-8; it is left out");
    says("\\restrict x1\n\\unrestrict x1\n\\connect blog\nCREATE TABLE t (a int);\n\\d t\nSELECT 1 \\gexec\n",
         "t.sql:3:1: \\connect blog: a command of psql; it is left out\n"
         "t.sql:5:1: \\d t: a command of psql; it is left out\n"
         "t.sql:6:1: SELECT: it declares nothing; it is left out\n"
         "t.sql:6:10: \\gexec: a command of psql; it is left out");
    says("COPY t (a, b) FROM stdin;\n1\tit's; a $$ row (\n\\N\t\"x\n\\.\nCREATE TABLE t (a SETOF int);\n",
         "t.sql:1:1: COPY t: rows are not part of a schema; it is left out\n"
         "t.sql:5:25: t.a: 'SETOF int' is no type of a column: it is a set");
    says("COPY t FROM stdin;\n1\n2", "t.sql:1:1: COPY t: rows are not part of a schema; it is left out");
    says("CREATE FUNCTION f() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; SELECT "
         "2; END; CREATE TABLE t (a int);"
         "CREATE RULE r AS ON INSERT TO t DO ALSO (SELECT 1; SELECT 2);",
         "t.sql:1:1: CREATE FUNCTION f: functions are not read; it is left out\n"
         "t.sql:1:131: CREATE RULE r: rules are not read; it is left out");
}

static void test_left_out(void)
{
    says("CREATE VIEW active_users AS SELECT 1;\ncreate or replace temp view \"Blog\".v as select 1;",
         "t.sql:1:1: CREATE VIEW active_users: views are not tables; it is left out\n"
         "t.sql:2:1: CREATE OR REPLACE TEMP VIEW \"Blog\".v: views are not tables; it is left out");
    says("CREATE EXTENSION IF NOT EXISTS citext; CREATE MATERIALIZED VIEW v AS SELECT 1; CREATE TABLE x AS "
         "SELECT 1;"
         "CREATE TRIGGER t AFTER INSERT ON x FOR EACH ROW EXECUTE FUNCTION f(); DO $$ begin end $$; CREATE "
         "POLICY p ON x; CREATE ROLE r",
         "t.sql:1:1: CREATE EXTENSION IF NOT EXISTS citext: extensions are not read, so it must be there "
         "before the tables are; it is left out\n"
         "t.sql:1:40: CREATE MATERIALIZED VIEW v: its columns are those of a query; it is left out\n"
         "t.sql:1:80: CREATE TABLE x: its columns are those of a query; it is left out\n"
         "t.sql:1:107: CREATE TRIGGER t: triggers are not read; it is left out\n"
         "t.sql:1:177: DO: what its code does is not known; it is left out\n"
         "t.sql:1:197: CREATE POLICY p: policies are not read; it is left out\n"
         "t.sql:1:219: CREATE ROLE r: roles are not read; it is left out");
    says("CREATE DOMAIN year AS int CHECK (value > 0); CREATE TYPE pair AS (a int, b int); CREATE TYPE r AS "
         "RANGE (subtype = int); CREATE TABLE t (y year, p pair[], r r)",
         "t.sql:1:1: CREATE DOMAIN year: domains are not read; columns keep the name of the type; it is left "
         "out\n"
         "t.sql:1:46: CREATE TYPE pair: composite types are not read; columns keep the name of the type; it "
         "is left out\n"
         "t.sql:1:82: CREATE TYPE r: range types are not read; columns keep the name of the type; it is left "
         "out");
    says("INSERT INTO a VALUES (1); INSERT INTO a VALUES (2); INSERT INTO b VALUES (1); UPDATE a SET x = 1; "
         "TRUNCATE a; DELETE FROM a",
         "t.sql:1:1: INSERT INTO a: rows are not part of a schema; it is left out\n"
         "t.sql:1:53: INSERT INTO b: rows are not part of a schema; it is left out\n"
         "t.sql:1:79: UPDATE a: rows are not part of a schema; it is left out\n"
         "t.sql:1:99: TRUNCATE a: rows are not part of a schema; it is left out\n"
         "t.sql:1:111: DELETE FROM a: rows are not part of a schema; it is left out");
    says("CREATE TEMP TABLE a (x int); CREATE TABLE b (x int) PARTITION BY RANGE (x); CREATE TABLE c "
         "PARTITION OF b DEFAULT; CREATE UNLOGGED TABLE d (x int) WITH (fillfactor = 70) TABLESPACE fast;"
         "CREATE TABLE e (x int) INHERITS (b); CREATE TABLE f OF pair; CREATE TABLE g (x text COMPRESSION "
         "pglz, UNIQUE (x) WITH (fillfactor = 7))",
         "t.sql:1:1: CREATE TEMP TABLE a: a temporary table is gone with its session; it is left out\n"
         "t.sql:1:43: b: its PARTITION BY is left out\n"
         "t.sql:1:77: CREATE TABLE c: partitions are not read; it is left out\n"
         "t.sql:1:138: d: its UNLOGGED is left out\n"
         "t.sql:1:138: d: its WITH (...) is left out\n"
         "t.sql:1:138: d: its TABLESPACE is left out\n"
         "t.sql:1:200: e: its INHERITS is left out: here all columns are its own\n"
         "t.sql:1:224: CREATE TABLE f: its columns are those of a type that was not read; it is left out\n"
         "t.sql:1:264: g.x: its COMPRESSION is left out\n"
         "t.sql:1:289: g: WITH (...) of its unique constraint is left out");
    says("CREATE FOREIGN TABLE f (a int) SERVER s; ROLLBACK; CREATE TEMP SEQUENCE s; SECURITY LABEL ON TABLE "
         "t IS 'x'; COMMENT ON SCHEMA s IS 'x'",
         "t.sql:1:1: CREATE FOREIGN TABLE f: foreign tables are not read; it is left out\n"
         "t.sql:1:42: ROLLBACK: nothing is taken back; it is left out\n"
         "t.sql:1:52: CREATE TEMP SEQUENCE s: a temporary sequence is gone with its session; it is left out\n"
         "t.sql:1:76: SECURITY LABEL ON TABLE t: it is not understood; it is left out\n"
         "t.sql:1:110: COMMENT ON SCHEMA s: there is no such thing that could have it; it is left out");
    says("BEGIN; SET x = 1; SET search_path = public; GRANT SELECT ON t TO PUBLIC; REVOKE ALL ON t FROM r; "
         "ALTER TABLE t OWNER TO x; ALTER VIEW v OWNER TO x; COMMIT;"
         "SELECT pg_catalog.setval('s', 1); COMMENT ON EXTENSION e IS 'x'; COMMENT ON SCHEMA public IS 'x'; "
         "CREATE SCHEMA s; ANALYZE; RESET ALL; SHOW x; LOCK t; DROP VIEW v;"
         "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO x; DISCARD ALL; SELECT set_config('x', 'y', "
         "true)",
         "");
}

static void test_wrong(void)
{
    says("CREATE TABLE t (a int, b text,\n a int)",
         "t.sql:2:2: t.a: it is declared twice, first at t.sql:1:17; this one is left out");
    says("CREATE TABLE s.t (a int CONSTRAINT k CHECK (a > 0),\n CONSTRAINT k UNIQUE (a), PRIMARY KEY (a), "
         "PRIMARY KEY (b), UNIQUE (a) INCLUDE (c), FOREIGN KEY (d) REFERENCES t, EXCLUDE (e WITH =))",
         "t.sql:2:2: s.t: the constraint 'k' is declared twice, first at t.sql:1:25; this one is left out\n"
         "t.sql:2:44: s.t: its primary key names the column 'b', which it does not have; it is left out\n"
         "t.sql:2:61: s.t: its unique constraint names the column 'c', which it does not have; it is left "
         "out\n"
         "t.sql:2:85: s.t: its foreign key names the column 'd', which it does not have; it is left out\n"
         "t.sql:2:115: s.t: its exclusion constraint names the column 'e', which it does not have; it is "
         "left out");
    says("CREATE TABLE t (a int PRIMARY KEY, b int,\n PRIMARY KEY (b))",
         "t.sql:2:2: t: it has two primary keys, the first at t.sql:1:23; this one is left out");
    says("CREATE TYPE m AS ENUM ('a'); CREATE TYPE m AS ENUM ('b'); CREATE SEQUENCE s; CREATE SEQUENCE s; "
         "CREATE SEQUENCE IF NOT EXISTS s; CREATE TABLE t (a int);"
         "CREATE INDEX i ON t (a); CREATE INDEX i ON t (a); CREATE INDEX ON t (z); CREATE INDEX ON t (a) "
         "INCLUDE (y); CREATE INDEX ON u (a)",
         "t.sql:1:30: type 'm': it is declared twice, first at t.sql:1:1; this one is left out\n"
         "t.sql:1:94: sequence 's': it is declared twice, first at t.sql:1:75; this one is left out\n"
         "t.sql:1:178: index 'i': it is declared twice, first at t.sql:1:153; this one is left out\n"
         "t.sql:1:203: t: its index names the column 'z', which it does not have; it is left out\n"
         "t.sql:1:226: t: its index names the column 'y', which it does not have; it is left out\n"
         "t.sql:1:261: CREATE INDEX ON u: there is no such table; it is left out");
    says("ALTER TABLE nope ADD a int; CREATE TABLE t (a int, i int GENERATED ALWAYS AS IDENTITY, s "
         "serial);\nALTER TABLE t ALTER b SET NOT NULL, REPLICA IDENTITY FULL, ENABLE ROW LEVEL SECURITY, "
         "DROP CONSTRAINT x,"
         " ALTER a SET GENERATED ALWAYS, ALTER i DROP NOT NULL, ALTER s DROP NOT NULL, ALTER a TYPE serial; "
         "ALTER SEQUENCE nope CACHE 2; ALTER VIEW v SET (x = 1)",
         "t.sql:1:1: ALTER TABLE nope: there is no such table; it is left out\n"
         "t.sql:2:15: ALTER TABLE t: ALTER b SET NOT NULL: there is no such column; it is left out\n"
         "t.sql:2:37: ALTER TABLE t: REPLICA IDENTITY FULL: a table cannot express it; it is left out\n"
         "t.sql:2:60: ALTER TABLE t: ENABLE ROW LEVEL SECURITY: a table cannot express it; it is left out\n"
         "t.sql:2:87: ALTER TABLE t: DROP CONSTRAINT x: there is no such constraint; it is left out\n"
         "t.sql:2:106: ALTER TABLE t: ALTER a SET GENERATED ALWAYS: the column is no identity; it is left "
         "out\n"
         "t.sql:2:136: ALTER TABLE t: ALTER i DROP NOT NULL: the column is a primary key or an identity; it "
         "is left out\n"
         "t.sql:2:159: ALTER TABLE t: ALTER s DROP NOT NULL: a serial column without NOT NULL is not "
         "expressed; it is left out\n"
         "t.sql:2:182: ALTER TABLE t: ALTER a TYPE serial: a serial is no type, but an integer with a "
         "sequence; it is left out\n"
         "t.sql:2:203: ALTER SEQUENCE nope: there is no such sequence; it is left out\n"
         "t.sql:2:232: ALTER VIEW v: it is about no table; it is left out");
    says("ALTER TYPE m ADD VALUE 'x'; CREATE TYPE m AS ENUM ('a', 'b'); ALTER TYPE m ADD VALUE 'a'; ALTER "
         "TYPE m ADD VALUE 'c' BEFORE 'z'; ALTER TYPE m RENAME VALUE 'z' TO 'y'; ALTER TYPE m RENAME VALUE "
         "'a' TO 'b'",
         "t.sql:1:1: ALTER TYPE m: there is no such enum; it is left out\n"
         "t.sql:1:63: type 'm': it has the label 'a' already\n"
         "t.sql:1:91: type 'm': it has no label 'z'\n"
         "t.sql:1:130: type 'm': it has no label 'z'\n"
         "t.sql:1:168: type 'm': it has the label 'b' already");
    says("CREATE SEQUENCE a AS text; CREATE SEQUENCE b OWNED BY t.x; CREATE TABLE t (y int); CREATE SEQUENCE "
         "c OWNED BY t.x; CREATE SEQUENCE d OWNED BY NONE",
         "t.sql:1:19: a sequence has the type smallint, integer or bigint\n"
         "t.sql:1:46: OWNED BY t.x: there is no such table\n"
         "t.sql:1:102: OWNED BY t.x: there is no such column");
    says("CREATE TABLE t (a int); CREATE TABLE blog.t (a int); ALTER TABLE t SET SCHEMA blog",
         "t.sql:1:54: ALTER TABLE t: there is a table of the new name already; it is left out");
    says("CREATE DOMAIN d AS int; CREATE TABLE t (a int, b d); DROP DOMAIN d CASCADE; DROP DOMAIN d; DROP "
         "DOMAIN "
         "IF EXISTS d, x.d",
         "t.sql:1:1: CREATE DOMAIN d: domains are not read; columns keep the name of the type; it is left "
         "out\n"
         "t.sql:1:77: DROP: there is no 'd'; it is left out");
    says("SET standard_conforming_strings = on; SET standard_conforming_strings TO off",
         "t.sql:1:39: SET: a backslash in a string stands for itself; it is left out");
    says("COMMENT ON TABLE t IS 'x'; COMMENT ON FUNCTION f() IS 'x'; COMMENT ON COLUMN t.a IS 'x'; DROP "
         "TABLE t; ALTER TABLE t RENAME TO u; ALTER TABLE t RENAME a TO b; CREATE TABLE t (a int, b int); "
         "CREATE TABLE u (a int);"
         "ALTER TABLE t RENAME a TO b; ALTER TABLE t RENAME TO u; ALTER TABLE z SET SCHEMA y; ALTER FUNCTION "
         "f() RENAME TO g",
         "t.sql:1:1: COMMENT ON TABLE t: there is no such thing that could have it; it is left out\n"
         "t.sql:1:28: COMMENT ON FUNCTION f: there is no such thing that could have it; it is left out\n"
         "t.sql:1:60: COMMENT ON COLUMN t.a: there is no such thing that could have it; it is left out\n"
         "t.sql:1:90: DROP: there is no 't'; it is left out\n"
         "t.sql:1:104: ALTER TABLE t: there is nothing of that name; it is left out\n"
         "t.sql:1:131: ALTER TABLE t: there is nothing of that name; it is left out\n"
         "t.sql:1:214: ALTER TABLE t: there is a column of the new name already; it is left out\n"
         "t.sql:1:243: ALTER TABLE t: there is a table of the new name already; it is left out\n"
         "t.sql:1:270: ALTER TABLE z: there is no such table; it is left out\n"
         "t.sql:1:298: ALTER FUNCTION f: it is about nothing that was read; it is left out");
    says(
        "CREATE TABLE t (LIKE u, a serial[]); CREATE TABLE v (x int, LIKE v); CREATE TABLE w (x int, LIKE v)",
        "t.sql:1:22: t: LIKE u: there is no such table; its columns are left out\n"
        "t.sql:1:27: t.a: 'serial[]' is no type of a column: a serial is no type, but an integer with a "
        "sequence\n"
        "t.sql:1:66: v: LIKE v: there is no such table; its columns are left out\n"
        "t.sql:1:98: w: LIKE v: both have a column 'x'; its columns are left out");
    says("CREATE TABLE t (a int REFERENCES later, b int REFERENCES t (a))",
         "t.sql:1:23: t.a: its foreign key refers to table 'later', but there is no table 'later'\n"
         "t.sql:1:47: t.b: its foreign key refers to 't.a', which is not unique: it must be a primary key or "
         "have a unique constraint");
}

static void test_long_names(void)
{
    says("CREATE TABLE t (a_name_that_has_exactly_63_bytes_which_is_all_that_it_can_have_ int);"
         "CREATE TABLE \"u\" (\"a_name_that_has_exactly_65_bytes_which_is_more_than_it_can_have__\" int)",
         "t.sql:1:104: 'a_name_that_has_exactly_65_bytes_which_is_more_than_it_can_have__': the name has 65 "
         "bytes, of which the server keeps 63");
}

static void test_deep(void)
{
    enum { LEVELS = 20000 };
    aq_text_t sql = {0};

    aq_text_append(&sql, "CREATE TABLE t (a int DEFAULT ");
    for (int i = 0; i < LEVELS; i++)
        aq_text_append_char(&sql, '(');
    aq_text_append(&sql, "1");
    for (int i = 0; i < LEVELS; i++)
        aq_text_append_char(&sql, ')');
    aq_text_append(&sql, "); CREATE TABLE u (a int, a int)");
    says(aq_text_string(&sql),
         "t.sql:1:1: the statement nests too deep; it is left out\n"
         "t.sql:1:40058: u.a: it is declared twice, first at t.sql:1:40051; this one is left out");
    aq_text_clear(&sql);
    aq_text_append(&sql, "CREATE TABLE t (a int CHECK (a > 1");
    for (int i = 0; i < LEVELS; i++)
        aq_text_append(&sql, " + - 1");
    aq_text_append(&sql, "))");
    says(aq_text_string(&sql), "t.sql:1:1: the statement nests too deep; it is left out");
    aq_text_clear(&sql);
    aq_text_append(&sql, "CREATE TABLE t (a int CHECK (a > 1");
    for (int i = 0; i < 1000; i++)
        aq_text_append(&sql, " + -1");
    aq_text_append(&sql, "), b text CHECK (");
    for (int i = 0; i < 400; i++)
        aq_text_append(&sql, "lower(");
    aq_text_append(&sql, "b");
    for (int i = 0; i < 400; i++)
        aq_text_append(&sql, ")");
    aq_text_append(&sql, " = b))");
    says(aq_text_string(&sql), "");
    aq_text_dispose(&sql);
}

/* ---- Types --------------------------------------------------------------------------------------------------------------------------- */

/* "#1043/20[]", "s.mood/3", "interval year to month", "'geometry(point, 4326)'" */
static const char *type_as_text(const char *text)
{
    static char buffer[512];
    aq_arena_t *arena = aq_arena_create();
    aq__type_t type;
    size_t length;

    if (aq__read_type(arena, text, &type) != AQ_OK) {
        snprintf(buffer, sizeof(buffer), "%s: %s", aq_error_name(aq_last_error()->code),
                 aq_last_error()->message);
        aq_arena_close(arena);
        return buffer;
    }
    if (type.text != NULL)
        snprintf(buffer, sizeof(buffer), "'%s'", type.text);
    else if (type.oid != 0)
        snprintf(buffer, sizeof(buffer), "#%u", type.oid);
    else
        snprintf(buffer, sizeof(buffer), "%s%s%s", type.schema != NULL ? type.schema : "",
                 type.schema != NULL ? "." : "", type.name);
    for (int i = 0; i < type.modifier_count; i++) {
        length = strlen(buffer);
        snprintf(buffer + length, sizeof(buffer) - length, "/%d", type.modifiers[i]);
    }
    length = strlen(buffer);
    snprintf(buffer + length, sizeof(buffer) - length, "%s%s%s", type.fields != NULL ? " " : "",
             type.fields != NULL ? type.fields : "", type.array ? "[]" : "");
    aq_arena_close(arena);
    return buffer;
}

static void test_types(void)
{
    static const char *const types[][2] = {
        {"int", "#23"},
        {"INTEGER", "#23"},
        {" int4 ", "#23"},
        {"pg_catalog.int4", "#23"},
        {"pg_catalog.\"int4\"", "#23"},
        {"bigint[]", "#20[]"},
        {"int[3][4]", "#23[]"},
        {"int array", "#23[]"},
        {"varchar(20)[]", "#1043/20[]"},
        {"character varying(20) ARRAY[4]", "#1043/20[]"},
        {"varchar", "#1043"},
        {"char", "#1042/1"},
        {"\"char\"", "char"},
        {"bpchar", "#1042"},
        {"numeric(10, 2)", "#1700/10/2"},
        {"decimal(5,-2)", "#1700/5/-2"},
        {"double precision", "#701"},
        {"float(24)", "#700"},
        {"timestamp(3) with time zone", "#1184/3"},
        {"timestamp", "#1114"},
        {"time(0) with time zone", "timetz/0"},
        {"time", "#1083"},
        {"interval", "#1186"},
        {"interval(3)", "#1186/3"},
        {"interval year to month", "#1186 year to month"},
        {"interval day to second (3)", "#1186/3 day to second"},
        {"interval second", "#1186 second"},
        {"bit(3)", "bit/3"},
        {"bit varying", "varbit"},
        {"citext", "citext"},
        {"\"My Type\"[]", "My Type[]"},
        {"blog.mood", "blog.mood"},
        {"public.mood", "mood"},
        {"Mood", "mood"},
        {"int -- a comment", "#23"},
        {"tsvector", "tsvector"},
        {"halfvec(3)", "halfvec/3"},
        {"geometry(point, 4326)", "'geometry(point, 4326)'"},
        {"t(1, 2, 3)", "'t(1, 2, 3)'"},
        {"serial",
         "AQ_EMAPPING: 'serial' is no type of a column: a serial is no type, but an integer with a sequence"},
        {"users.id%TYPE",
         "AQ_EMAPPING: 'users.id%TYPE' is no type of a column: syntax error at or near \"%\""},
        {"SETOF int", "AQ_EMAPPING: 'SETOF int' is no type of a column: it is a set"},
        {"", "AQ_EMAPPING: '' is no type of a column: it is empty"},
        {"  ", "AQ_EMAPPING: '  ' is no type of a column: it is empty"},
        {"int)", "AQ_EMAPPING: 'int)' is no type of a column: syntax error at or near \")\""},
        {"int), 1, (2", "AQ_EMAPPING: 'int), 1, (2' is no type of a column: syntax error at or near \")\""},
        {"varchar(", "AQ_EMAPPING: 'varchar(' is no type of a column: syntax error at end of input"},
        {"int; int", "AQ_EMAPPING: 'int; int' is no type of a column: syntax error at or near \";\""},
        {"not a type", "AQ_EMAPPING: 'not a type' is no type of a column: syntax error at or near \"not\""},
        {"5", "AQ_EMAPPING: '5' is no type of a column: syntax error at or near \"5\""},
        {"\xff", "AQ_EMAPPING: a type of a column is not valid UTF-8"},
    };

    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        is_str(type_as_text(types[i][0]), types[i][1], "type %s", types[i][0]);
}

/* Types that are text are taken apart by the seal. */
static void test_seal(void)
{
    aq__metadata_t *metadata = aq__metadata_create(NULL);
    aq__problems_t problems = {.arena = aq_arena_create()};
    const aq__source_t source = {"models.c", 12, 0};
    aq__table_t *table = aq__metadata_add_table(metadata, "blog", "post", source);
    aq__column_t *tags = aq__table_add_column(table, "tags", source),
                 *mood = aq__table_add_column(table, "mood", source),
                 *place = aq__table_add_column(table, "place", source),
                 *wrong = aq__table_add_column(table, "wrong", source);
    aq__enum_t *enumeration = aq__metadata_add_enum(metadata, NULL, "mood", source);
    aq_text_t said = {0};

    tags->type.text = "varchar(20)[]";
    mood->type.text = "mood";
    place->type.text = "geometry(point, 4326)";
    wrong->type.text = "oh no";
    is_int(aq__metadata_seal(metadata, &problems), AQ_EMAPPING, "a seal with a type that is none");
    aq__problems_append(&said, &problems);
    is_text(aq_text_string(&said),
            "models.c:12: blog.post.wrong: 'oh no' is no type of a column: syntax error at or near \"no\"",
            "names the column");
    ok(tags->type.oid == AQ_OID_VARCHAR && tags->type.array && tags->type.modifiers[0] == 20 &&
           tags->type.text == NULL,
       "others are taken apart");
    ok(mood->type.enumeration == enumeration, "and may be enums");
    is_str(place->type.text, "geometry(point, 4326)", "or stay what they are");
    aq_text_dispose(&said);
    aq__metadata_close(metadata);
    aq_arena_close(problems.arena);
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
    test_syntax();
    test_left_out();
    test_wrong();
    test_long_names();
    test_deep();
    test_types();
    test_seal();
    test_memory();
    test_changed();
    test_time();
    ok(all_memory_is_back(), "all memory is back");
    return tap_done();
}
