/* Reading SQL: every problem's whole text: what is wrong, and what metadata cannot have. */
#include "tap.h"

#include "t/heap.h"
#include "t/reading.h"

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

/* A table that was left out is told once, whatever a dump says of it later. */
static void test_left_out_once(void)
{
    says(
        "CREATE TABLE p (a int) PARTITION BY RANGE (a); CREATE TABLE s.q (a int NOT NULL);\n"
        "ALTER TABLE ONLY p ATTACH PARTITION s.q DEFAULT;\n"
        "ALTER TABLE ONLY s.q ADD CONSTRAINT q_pkey PRIMARY KEY (a); CREATE INDEX q_a ON s.q (a);"
        "ALTER INDEX p_a ATTACH PARTITION s.q_a; COMMENT ON TABLE s.q IS 'x'; COMMENT ON COLUMN s.q.a IS 'x';"
        "COMMENT ON CONSTRAINT q_pkey ON s.q IS 'x'; ALTER TABLE s.q RENAME a TO b; ALTER TABLE s.q SET "
        "SCHEMA r;"
        "DROP TABLE s.q;",
        "t.sql:1:14: p: its PARTITION BY is left out\n"
        "t.sql:2:37: s.q: it is a partition of p now, and left out");
    says("CREATE TABLE p (a int) PARTITION BY RANGE (a); CREATE TABLE q PARTITION OF p DEFAULT; CREATE TEMP "
         "TABLE "
         "t (a int);\n"
         "CREATE INDEX ON q (a); CREATE INDEX ON t (a); CREATE INDEX ON s.q (a); COMMENT ON TABLE r IS 'x'; "
         "ALTER INDEX q_a SET (fillfactor = 70);",
         "t.sql:1:14: p: its PARTITION BY is left out\n"
         "t.sql:1:48: CREATE TABLE q: partitions are not read; it is left out\n"
         "t.sql:1:87: CREATE TEMP TABLE t: a temporary table is gone with its session; it is left out\n"
         "t.sql:2:47: CREATE INDEX ON s.q: there is no such table; it is left out\n"
         "t.sql:2:72: COMMENT ON TABLE r: there is no such thing that could have it; it is left out\n"
         "t.sql:2:99: ALTER INDEX q_a: it is about no table; it is left out");
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
    says("SELECT 1; SELECT 2 AS b INTO made; SELECT 3",
         "t.sql:1:1: SELECT: it declares nothing; it is left out\n"
         "t.sql:1:11: SELECT: INTO makes a table, and its columns are those of a query; it is "
         "left out");
    says("CREATE TABLE t (a int REFERENCES later, b int REFERENCES t (a))",
         "t.sql:1:23: t.a: its foreign key refers to table 'later', but there is no table 'later'\n"
         "t.sql:1:47: t.b: its foreign key refers to 't.a', which is not unique: it must be a primary key or "
         "have a unique constraint");
    says("CREATE TABLE t (a int UNIQUE DEFERRABLE, b int, c int, d int PRIMARY KEY DEFERRABLE INITIALLY "
         "DEFERRED);"
         "CREATE TABLE u (b int REFERENCES t (a), c int REFERENCES t)",
         "t.sql:1:127: u.b: its foreign key refers to 't.a', whose constraint is deferrable: foreign keys "
         "need one that is not\n"
         "t.sql:1:151: u.c: its foreign key refers to table 't', whose constraint is deferrable: foreign "
         "keys need one that is not");
    says("CREATE TABLE t (a int PRIMARY KEY DEFERRABLE UNIQUE);\n"
         "CREATE TABLE u (a int REFERENCES t, b int REFERENCES t (a))",
         "t.sql:2:23: u.a: its foreign key refers to table 't', whose primary key is deferrable: the columns "
         "must be named");
    says("CREATE TABLE t (a int UNIQUE DEFERRABLE, b int); CREATE UNIQUE INDEX i ON t (a); CREATE TABLE u (b "
         "int REFERENCES t (a))",
         "");
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

int main(void)
{
    aq_set_allocator(counting_allocator, NULL);
    test_syntax();
    test_left_out();
    test_left_out_once();
    test_wrong();
    test_long_names();
    test_deep();
    ok(all_memory_is_back(), "all memory is back");
    return tap_done();
}
