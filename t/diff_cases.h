/* What differs, case by case: two schemas as SQL, the one that is wanted and the one that is there, and all that the diff of the two says. t/diff.c
 * compares them as they are written; t/diff_server.c lets a server have the second one, and runs what the diff says until nothing is left to say.
 *
 * `expected` has for each difference its kind, "!" where data could be lost or refused, its text, and a line for each line of its statements. */
#ifndef AQUIFER_T_DIFF_CASES_H
#define AQUIFER_T_DIFF_CASES_H

#include <string.h>

#include "aquifer/base.h"
#include "aquifer/diff.h"

typedef struct diff_case {
    const char *name, *wanted, *live, *expected;
    bool stays; /* no statement mends it: it is said again after all statements were run */
} diff_case_t;

static inline void append_differences(aq_text_t *text, const aq_diff_t *diff)
{
    for (size_t i = 0; i < diff->count; i++) {
        const aq_difference_t *item = &diff->items[i];

        aq_text_appendf(text, "%s%s: %s\n", aq_difference_kind_text(item->kind), item->loses_data ? "!" : "",
                        item->text);
        for (const char *line = item->sql; line != NULL;
             line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL)
            aq_text_appendf(text, "    %.*s\n", (int)strcspn(line, "\n"), line);
    }
}

static const diff_case_t diff_cases[] = {
    /* ---- Nothing ------------------------------------------------------------------------------------------------------------- */
    {.name = "the same",
     .wanted = "CREATE TABLE t (id serial PRIMARY KEY, name text NOT NULL UNIQUE);",
     .live = "CREATE TABLE t (id serial PRIMARY KEY, name text NOT NULL UNIQUE);"},
    {.name = "columns in another order, types under other names",
     .wanted = "CREATE TABLE t (a integer, b varchar(5)[], c numeric(10), d timestamp, e bool, f char, g "
               "float8, h interval year to month);",
     .live = "CREATE TABLE t (h interval year to month, g double precision, f character(1), e boolean, d "
             "timestamp without time zone,"
             " c numeric(10,0), b character varying(5)[], a int4);"},
    {.name = "what an index has when it does not say so",
     .wanted = "CREATE TABLE t (a int, b int); CREATE INDEX i ON t (a, b DESC);",
     .live = "CREATE TABLE t (a int, b int); CREATE INDEX i ON t USING btree (a ASC NULLS LAST, b DESC NULLS "
             "FIRST);"},
    {.name = "a default of NULL",
     .wanted = "CREATE TABLE t (a int DEFAULT NULL, b int);",
     .live = "CREATE TABLE t (a int, b int DEFAULT NULL);"},
    {.name = "a serial that is spelled out",
     .wanted = "CREATE TABLE t (id serial, a int);",
     .live = "CREATE SEQUENCE t_id_seq AS integer; CREATE TABLE t (id integer DEFAULT "
             "nextval('t_id_seq'::regclass) NOT NULL, a int);"
             " ALTER SEQUENCE t_id_seq OWNED BY t.id;"},
    {.name = "a foreign key whose columns stand in another order",
     .wanted = "CREATE TABLE p (x int, y int, PRIMARY KEY (x, y)); CREATE TABLE c (a int, b int, FOREIGN KEY "
               "(a, b) REFERENCES p (x, y));",
     .live = "CREATE TABLE p (x int, y int, PRIMARY KEY (x, y)); CREATE TABLE c (a int, b int, FOREIGN KEY "
             "(b, a) REFERENCES p (y, x));"},

    /* ---- Schemas, types, sequences -------------------------------------------------------------------------------------------- */
    {.name = "a schema with a table",
     .wanted = "CREATE SCHEMA blog; CREATE TABLE blog.t (a int); CREATE TABLE u (a int);",
     .live = "CREATE TABLE u (a int);",
     .expected = "missing schema: schema blog: the database has no such schema\n"
                 "    CREATE SCHEMA IF NOT EXISTS blog\n"
                 "missing table: blog.t: the database has no such table\n"
                 "    CREATE TABLE blog.t (\n"
                 "        a INTEGER\n"
                 "    )\n"},
    {.name = "an enum type, and a table that uses it",
     .wanted = "CREATE TYPE mood AS ENUM ('sad', 'it''s ok'); COMMENT ON TYPE mood IS 'how'; CREATE TABLE t "
               "(m mood DEFAULT 'sad');",
     .live = "CREATE TABLE u (a int);",
     .expected = "missing type: type mood: the database has no such type\n"
                 "    CREATE TYPE mood AS ENUM ('sad', 'it''s ok');\n"
                 "    COMMENT ON TYPE mood IS 'how'\n"
                 "missing table: t: the database has no such table\n"
                 "    CREATE TABLE t (\n"
                 "        m mood DEFAULT 'sad'\n"
                 "    )\n"
                 "extra table!: u: only the database has this table\n"
                 "    DROP TABLE u\n"},
    {.name = "labels are added where they belong",
     .wanted = "CREATE TYPE mood AS ENUM ('awful', 'sad', 'ok', 'happy', 'mad'); CREATE TABLE t (m mood);",
     .live = "CREATE TYPE mood AS ENUM ('sad', 'happy'); CREATE TABLE t (m mood);",
     .expected = "other labels: type mood: the models say ('awful', 'sad', 'ok', 'happy', 'mad'), the "
                 "database has ('sad', 'happy')\n"
                 "    ALTER TYPE mood ADD VALUE 'awful' BEFORE 'sad';\n"
                 "    ALTER TYPE mood ADD VALUE 'ok' AFTER 'sad';\n"
                 "    ALTER TYPE mood ADD VALUE 'mad' AFTER 'happy'\n"},
    {.name = "a label that is gone",
     .wanted = "CREATE TYPE mood AS ENUM ('sad'); CREATE TABLE t (m mood);",
     .live = "CREATE TYPE mood AS ENUM ('sad', 'happy'); CREATE TABLE t (m mood);",
     .expected = "other labels: type mood: the models say ('sad'), the database has ('sad', 'happy'); no "
                 "statement takes the label 'happy' away\n",
     .stays = true},
    {.name = "labels in another order",
     .wanted = "CREATE TYPE mood AS ENUM ('sad', 'happy'); CREATE TABLE t (m mood);",
     .live = "CREATE TYPE mood AS ENUM ('happy', 'sad'); CREATE TABLE t (m mood);",
     .expected = "other labels: type mood: the models say ('sad', 'happy'), the database has ('happy', "
                 "'sad'); no statement puts labels into another order\n",
     .stays = true},
    {.name = "a sequence",
     .wanted = "CREATE SEQUENCE s INCREMENT BY 2; COMMENT ON SEQUENCE s IS 'even'; CREATE TABLE t (a int);",
     .live = "CREATE TABLE t (a int);",
     .expected = "missing sequence: sequence s: the database has no such sequence\n"
                 "    CREATE SEQUENCE s INCREMENT BY 2;\n"
                 "    COMMENT ON SEQUENCE s IS 'even'\n"},
    {.name = "a sequence with other options",
     .wanted = "CREATE SEQUENCE s INCREMENT BY 2 CYCLE; CREATE TABLE t (a int);",
     .live = "CREATE SEQUENCE s MAXVALUE 99; CREATE TABLE t (a int);",
     .expected = "other sequence: sequence s: the models say INCREMENT BY 2 MAXVALUE 9223372036854775807 "
                 "CYCLE, the database has INCREMENT BY 1 MAXVALUE 99 NO CYCLE\n"
                 "    ALTER SEQUENCE s INCREMENT BY 2 MAXVALUE 9223372036854775807 CYCLE\n"},
    {.name = "owners of sequences",
     .wanted = "CREATE TABLE t (a int, b int); CREATE TABLE n (a int); CREATE SEQUENCE p OWNED BY t.a; "
               "CREATE SEQUENCE q OWNED BY t.b; "
               "CREATE SEQUENCE r; CREATE SEQUENCE s OWNED BY t.a; CREATE SEQUENCE u OWNED BY n.a;",
     .live = "CREATE TABLE t (a int); CREATE SEQUENCE p OWNED BY t.a; CREATE SEQUENCE q OWNED BY t.a; CREATE "
             "SEQUENCE r OWNED BY t.a;",
     .expected =
         "missing sequence: sequence s: the database has no such sequence\n"
         "    CREATE SEQUENCE s\n"
         "missing sequence: sequence u: the database has no such sequence\n"
         "    CREATE SEQUENCE u\n"
         "missing table: n: the database has no such table\n"
         "    CREATE TABLE n (\n"
         "        a INTEGER\n"
         "    );\n"
         "    ALTER SEQUENCE u OWNED BY n.a\n"
         "missing column: t.b: the database has no such column\n"
         "    ALTER TABLE t ADD COLUMN b INTEGER;\n"
         "    ALTER SEQUENCE q OWNED BY t.b\n"
         "other sequence: sequence r: the models say no owner, the database has OWNED BY t.a\n"
         "    ALTER SEQUENCE r OWNED BY NONE\n"
         "other sequence: sequence s: the models say OWNED BY t.a, the database has no such sequence\n"
         "    ALTER SEQUENCE s OWNED BY t.a\n"},

    /* ---- Tables --------------------------------------------------------------------------------------------------------------- */
    {.name = "a table with all that belongs to it",
     .wanted = "CREATE TABLE u (id serial PRIMARY KEY); CREATE TABLE t (id serial PRIMARY KEY, u_id int "
               "REFERENCES u, name text UNIQUE);"
               " CREATE INDEX by_name ON t (lower(name)); COMMENT ON TABLE t IS 'a table'; COMMENT ON COLUMN "
               "t.name IS 'its name';"
               " COMMENT ON INDEX by_name IS 'fast';",
     .live = "CREATE TABLE u (id serial PRIMARY KEY);",
     .expected = "missing table: t: the database has no such table\n"
                 "    CREATE TABLE t (\n"
                 "        id SERIAL NOT NULL,\n"
                 "        u_id INTEGER,\n"
                 "        name TEXT,\n"
                 "        PRIMARY KEY (id),\n"
                 "        FOREIGN KEY(u_id) REFERENCES u (id),\n"
                 "        UNIQUE (name)\n"
                 "    );\n"
                 "    CREATE INDEX by_name ON t ((lower(name)));\n"
                 "    COMMENT ON TABLE t IS 'a table';\n"
                 "    COMMENT ON COLUMN t.name IS 'its name';\n"
                 "    COMMENT ON INDEX by_name IS 'fast'\n"},
    {.name = "a default that draws from the sequence of a table that comes later",
     .wanted = "CREATE TABLE a (x int); CREATE TABLE b (id serial PRIMARY KEY);"
               " ALTER TABLE a ALTER COLUMN x SET DEFAULT nextval('b_id_seq'::regclass);",
     .live = "CREATE TABLE c (a int);  DROP TABLE c;",
     .expected =
         "missing table: a: the database has no such table\n"
         "    CREATE TABLE a (\n"
         "        x INTEGER\n"
         "    )\n"
         "missing table: b: the database has no such table\n"
         "    CREATE TABLE b (\n"
         "        id SERIAL NOT NULL,\n"
         "        PRIMARY KEY (id)\n"
         "    )\n"
         "other default: a.x: the models say DEFAULT nextval('b_id_seq'::regclass), the database has no "
         "such column\n"
         "    ALTER TABLE a ALTER COLUMN x SET DEFAULT nextval('b_id_seq'::regclass)\n"},
    {.name = "tables in a circle",
     .wanted = "CREATE TABLE a (id int PRIMARY KEY, b_id int); CREATE TABLE b (id int PRIMARY KEY, a_id int "
               "REFERENCES a);"
               " ALTER TABLE a ADD FOREIGN KEY (b_id) REFERENCES b;",
     .live = "CREATE TABLE c (a int);  DROP TABLE c;",
     .expected = "missing table: a: the database has no such table\n"
                 "    CREATE TABLE a (\n"
                 "        id INTEGER NOT NULL,\n"
                 "        b_id INTEGER,\n"
                 "        PRIMARY KEY (id)\n"
                 "    )\n"
                 "missing table: b: the database has no such table\n"
                 "    CREATE TABLE b (\n"
                 "        id INTEGER NOT NULL,\n"
                 "        a_id INTEGER,\n"
                 "        PRIMARY KEY (id)\n"
                 "    )\n"
                 "missing constraint: a: the database has no FOREIGN KEY(b_id) REFERENCES b (id)\n"
                 "    ALTER TABLE a ADD FOREIGN KEY(b_id) REFERENCES b (id)\n"
                 "missing constraint: b: the database has no FOREIGN KEY(a_id) REFERENCES a (id)\n"
                 "    ALTER TABLE b ADD FOREIGN KEY(a_id) REFERENCES a (id)\n"},
    {.name = "a table that refers to what is yet to come",
     .wanted = "CREATE TABLE u (id serial PRIMARY KEY, code int UNIQUE); CREATE TABLE t (code int REFERENCES "
               "u (code));",
     .live = "CREATE TABLE u (id serial PRIMARY KEY);",
     .expected = "missing table: t: the database has no such table\n"
                 "    CREATE TABLE t (\n"
                 "        code INTEGER\n"
                 "    )\n"
                 "missing column: u.code: the database has no such column\n"
                 "    ALTER TABLE u ADD COLUMN code INTEGER\n"
                 "missing constraint: u: the database has no UNIQUE (code)\n"
                 "    ALTER TABLE u ADD UNIQUE (code)\n"
                 "missing constraint: t: the database has no FOREIGN KEY(code) REFERENCES u (code)\n"
                 "    ALTER TABLE t ADD FOREIGN KEY(code) REFERENCES u (code)\n"},
    {.name = "tables that only the database has",
     .wanted = "CREATE TABLE t (a int);",
     .live = "CREATE TABLE t (a int); CREATE TABLE old (id int PRIMARY KEY); CREATE TABLE older (old_id int "
             "REFERENCES old);",
     .expected = "extra table!: older: only the database has this table\n"
                 "    DROP TABLE older\n"
                 "extra table!: old: only the database has this table\n"
                 "    DROP TABLE \"old\"\n"},
    {.name = "tables in a circle that only the database has",
     .wanted = "CREATE TABLE t (a int);",
     .live = "CREATE TABLE t (a int); CREATE TABLE a (id int PRIMARY KEY, b_id int); CREATE TABLE b (id int "
             "PRIMARY KEY, a_id int REFERENCES a);"
             " ALTER TABLE a ADD CONSTRAINT a_b_id_fkey FOREIGN KEY (b_id) REFERENCES b;",
     .expected = "extra table!: b: only the database has this table\n"
                 "    ALTER TABLE a DROP CONSTRAINT IF EXISTS a_b_id_fkey;\n"
                 "    DROP TABLE b\n"
                 "extra table!: a: only the database has this table\n"
                 "    DROP TABLE a\n"},

    /* ---- Columns -------------------------------------------------------------------------------------------------------------- */
    {.name = "columns that are missing",
     .wanted = "CREATE TABLE t (id int PRIMARY KEY, a int, b text NOT NULL, c int NOT NULL DEFAULT 5, d "
               "serial, e int GENERATED ALWAYS AS (a * 2) STORED,"
               " f int GENERATED BY DEFAULT AS IDENTITY); COMMENT ON COLUMN t.a IS 'a';",
     .live = "CREATE TABLE t (id int PRIMARY KEY);",
     .expected = "missing column: t.a: the database has no such column\n"
                 "    ALTER TABLE t ADD COLUMN a INTEGER;\n"
                 "    COMMENT ON COLUMN t.a IS 'a'\n"
                 "missing column!: t.b: the database has no such column; it is NOT NULL without a default, "
                 "so adding it fails where the table has rows\n"
                 "    ALTER TABLE t ADD COLUMN b TEXT NOT NULL\n"
                 "missing column: t.c: the database has no such column\n"
                 "    ALTER TABLE t ADD COLUMN c INTEGER DEFAULT 5 NOT NULL\n"
                 "missing column: t.d: the database has no such column\n"
                 "    ALTER TABLE t ADD COLUMN d SERIAL NOT NULL\n"
                 "missing column: t.f: the database has no such column\n"
                 "    ALTER TABLE t ADD COLUMN f INTEGER GENERATED BY DEFAULT AS IDENTITY\n"
                 "missing column: t.e: the database has no such column\n"
                 "    ALTER TABLE t ADD COLUMN e INTEGER GENERATED ALWAYS AS (a * 2) STORED\n"},
    {.name = "a column that only the database has",
     .wanted = "CREATE TABLE t (id int PRIMARY KEY);",
     .live = "CREATE TABLE t (id int PRIMARY KEY, a int, b int NOT NULL);",
     .expected = "extra column!: t.a: only the database has this column\n"
                 "    ALTER TABLE t DROP COLUMN a\n"
                 "extra column!: t.b: only the database has this column; it is NOT NULL without a default, "
                 "so no row can be inserted without it\n"
                 "    ALTER TABLE t DROP COLUMN b\n"},
    {.name = "types that PostgreSQL converts by itself",
     .wanted = "CREATE TABLE t (a bigint, b smallint, c text, d varchar(10), e timestamptz, f numeric(12, "
               "2), g date, h text);",
     .live = "CREATE TABLE t (a integer, b integer, c varchar(5), d varchar(20), e timestamp, f numeric(10, "
             "2), g timestamp, h integer[]);",
     .expected = "other type: t.a: the models say BIGINT, the database has INTEGER\n"
                 "    ALTER TABLE t ALTER COLUMN a TYPE BIGINT\n"
                 "other type!: t.b: the models say SMALLINT, the database has INTEGER\n"
                 "    ALTER TABLE t ALTER COLUMN b TYPE SMALLINT\n"
                 "other type: t.c: the models say TEXT, the database has VARCHAR(5)\n"
                 "    ALTER TABLE t ALTER COLUMN c TYPE TEXT\n"
                 "other type!: t.d: the models say VARCHAR(10), the database has VARCHAR(20)\n"
                 "    ALTER TABLE t ALTER COLUMN d TYPE VARCHAR(10)\n"
                 "other type!: t.e: the models say TIMESTAMP WITH TIME ZONE, the database has TIMESTAMP "
                 "WITHOUT TIME ZONE\n"
                 "    ALTER TABLE t ALTER COLUMN e TYPE TIMESTAMP WITH TIME ZONE\n"
                 "other type: t.f: the models say NUMERIC(12, 2), the database has NUMERIC(10, 2)\n"
                 "    ALTER TABLE t ALTER COLUMN f TYPE NUMERIC(12, 2)\n"
                 "other type!: t.g: the models say DATE, the database has TIMESTAMP WITHOUT TIME ZONE\n"
                 "    ALTER TABLE t ALTER COLUMN g TYPE DATE\n"
                 "other type: t.h: the models say TEXT, the database has INTEGER[]\n"
                 "    ALTER TABLE t ALTER COLUMN h TYPE TEXT\n"},
    {.name = "types that it must be told how to convert",
     .wanted = "CREATE TABLE t (a integer DEFAULT 1, b uuid, c boolean, d bigint, e jsonb[], f date);",
     .live = "CREATE TABLE t (a text DEFAULT '1', b text, c integer, d boolean, e text[], f time);",
     .expected = "other type!: t.a: the models say INTEGER, the database has TEXT\n"
                 "    ALTER TABLE t ALTER COLUMN a DROP DEFAULT, ALTER COLUMN a TYPE INTEGER USING "
                 "a::INTEGER, ALTER COLUMN a SET DEFAULT 1\n"
                 "other type!: t.b: the models say UUID, the database has TEXT\n"
                 "    ALTER TABLE t ALTER COLUMN b TYPE UUID USING b::UUID\n"
                 "other type!: t.c: the models say BOOLEAN, the database has INTEGER\n"
                 "    ALTER TABLE t ALTER COLUMN c TYPE BOOLEAN USING c::BOOLEAN\n"
                 "other type!: t.d: the models say BIGINT, the database has BOOLEAN\n"
                 "    ALTER TABLE t ALTER COLUMN d TYPE BIGINT USING d::integer::BIGINT\n"
                 "other type!: t.e: the models say JSONB[], the database has TEXT[]\n"
                 "    ALTER TABLE t ALTER COLUMN e TYPE JSONB[] USING e::JSONB[]\n"
                 "other type!: t.f: the models say DATE, the database has TIME WITHOUT TIME ZONE\n"
                 "    ALTER TABLE t ALTER COLUMN f TYPE DATE USING f::text::DATE\n"},
    {.name = "an enum instead of a text",
     .wanted = "CREATE TYPE mood AS ENUM ('sad', 'happy'); CREATE TABLE t (m mood DEFAULT 'sad');",
     .live = "CREATE TABLE t (m varchar(10) DEFAULT 'sad');",
     .expected = "missing type: type mood: the database has no such type\n"
                 "    CREATE TYPE mood AS ENUM ('sad', 'happy')\n"
                 "other type!: t.m: the models say mood, the database has VARCHAR(10)\n"
                 "    ALTER TABLE t ALTER COLUMN m DROP DEFAULT, ALTER COLUMN m TYPE mood USING m::mood, "
                 "ALTER COLUMN m SET DEFAULT 'sad'\n"},
    {.name = "a serial that gets bigger",
     .wanted = "CREATE TABLE t (id bigserial PRIMARY KEY, i bigint GENERATED ALWAYS AS IDENTITY);",
     .live = "CREATE TABLE t (id serial PRIMARY KEY, i int GENERATED ALWAYS AS IDENTITY);",
     .expected = "other type: t.id: the models say BIGINT, the database has INTEGER\n"
                 "    ALTER TABLE t ALTER COLUMN id TYPE BIGINT;\n"
                 "    ALTER SEQUENCE t_id_seq AS BIGINT\n"
                 "other type: t.i: the models say BIGINT, the database has INTEGER\n"
                 "    ALTER TABLE t ALTER COLUMN i TYPE BIGINT\n"},
    {.name = "nullability",
     .wanted = "CREATE TABLE t (a int NOT NULL, b int);",
     .live = "CREATE TABLE t (a int, b int NOT NULL);",
     .expected = "other nullability!: t.a: the models say NOT NULL, the database allows NULL; the change "
                 "fails where rows have none\n"
                 "    ALTER TABLE t ALTER COLUMN a SET NOT NULL\n"
                 "other nullability: t.b: the models allow NULL, the database says NOT NULL\n"
                 "    ALTER TABLE t ALTER COLUMN b DROP NOT NULL\n"},
    {.name = "defaults",
     .wanted = "CREATE TABLE t (a int DEFAULT 1, b int DEFAULT 2, c int);",
     .live = "CREATE TABLE t (a int DEFAULT 3, b int, c int DEFAULT 4);",
     .expected = "other default: t.a: the models say DEFAULT 1, the database has DEFAULT 3\n"
                 "    ALTER TABLE t ALTER COLUMN a SET DEFAULT 1\n"
                 "other default: t.b: the models say DEFAULT 2, the database has no default\n"
                 "    ALTER TABLE t ALTER COLUMN b SET DEFAULT 2\n"
                 "other default: t.c: the models say no default, the database has DEFAULT 4\n"
                 "    ALTER TABLE t ALTER COLUMN c DROP DEFAULT\n"},
    {.name = "collations",
     .wanted = "CREATE TABLE t (a text COLLATE \"C\", b text);",
     .live = "CREATE TABLE t (a text, b text COLLATE \"POSIX\");",
     .expected =
         "other collation: t.a: the models say COLLATE \"C\", the database has the default collation\n"
         "    ALTER TABLE t ALTER COLUMN a TYPE TEXT COLLATE \"C\"\n"
         "other collation: t.b: the models say the default collation, the database has COLLATE \"POSIX\"\n"
         "    ALTER TABLE t ALTER COLUMN b TYPE TEXT\n"},
    {.name = "comments of the sequences of columns",
     .wanted = "CREATE TABLE t (id serial PRIMARY KEY, i int GENERATED ALWAYS AS IDENTITY, s serial, a int);"
               " COMMENT ON SEQUENCE t_id_seq IS 'of t'; COMMENT ON SEQUENCE t_s_seq IS 'the same';",
     .live = "CREATE TABLE t (id serial PRIMARY KEY, i int GENERATED ALWAYS AS IDENTITY, s serial, a int);"
             " COMMENT ON SEQUENCE t_i_seq IS 'gone'; COMMENT ON SEQUENCE t_s_seq IS 'the same';",
     .expected = "other comment: t.id, its sequence: the models' comment is 'of t', the database has none\n"
                 "    COMMENT ON SEQUENCE t_id_seq IS 'of t'\n"
                 "other comment: t.i, its sequence: the models have no comment, the database has 'gone'\n"
                 "    COMMENT ON SEQUENCE t_i_seq IS NULL\n"},
    {.name = "comments of the sequences of new columns",
     .wanted = "CREATE TABLE t (a int, id serial, i int GENERATED ALWAYS AS IDENTITY); COMMENT ON SEQUENCE "
               "t_id_seq IS 'of t'; COMMENT "
               "ON SEQUENCE t_i_seq IS 'of i'; COMMENT ON COLUMN t.i IS 'i';",
     .live = "CREATE TABLE t (a int);",
     .expected = "missing column: t.id: the database has no such column\n"
                 "    ALTER TABLE t ADD COLUMN id SERIAL NOT NULL;\n"
                 "    COMMENT ON SEQUENCE t_id_seq IS 'of t'\n"
                 "missing column: t.i: the database has no such column\n"
                 "    ALTER TABLE t ADD COLUMN i INTEGER GENERATED ALWAYS AS IDENTITY;\n"
                 "    COMMENT ON COLUMN t.i IS 'i';\n"
                 "    COMMENT ON SEQUENCE t_i_seq IS 'of i'\n"},
    {.name = "comments",
     .wanted =
         "CREATE TABLE t (a int, b int, CONSTRAINT k CHECK (a > 0)); CREATE INDEX i ON t (a); COMMENT ON "
         "TABLE t IS 'it''s a table';"
         " COMMENT ON COLUMN t.a IS 'new'; COMMENT ON CONSTRAINT k ON t IS 'k'; COMMENT ON INDEX i IS 'i';",
     .live = "CREATE TABLE t (a int, b int, CONSTRAINT k CHECK (a > 0)); CREATE INDEX i ON t (a);"
             " COMMENT ON COLUMN t.a IS 'old'; COMMENT ON COLUMN t.b IS 'gone';",
     .expected = "other comment: t.a: the models' comment is 'new', the database has 'old'\n"
                 "    COMMENT ON COLUMN t.a IS 'new'\n"
                 "other comment: t.b: the models have no comment, the database has 'gone'\n"
                 "    COMMENT ON COLUMN t.b IS NULL\n"
                 "other comment: t, constraint k: the models' comment is 'k', the database has none\n"
                 "    COMMENT ON CONSTRAINT k ON t IS 'k'\n"
                 "other comment: t, index i: the models' comment is 'i', the database has none\n"
                 "    COMMENT ON INDEX i IS 'i'\n"
                 "other comment: t: the models' comment is 'it's a table', the database has none\n"
                 "    COMMENT ON TABLE t IS 'it''s a table'\n"},

    /* ---- Who gives the values ---------------------------------------------------------------------------------------------------- */
    {.name = "from nothing to a sequence",
     .wanted = "CREATE TABLE t (a serial, b int GENERATED BY DEFAULT AS IDENTITY, c bigint GENERATED ALWAYS "
               "AS IDENTITY (START WITH 10 INCREMENT BY 5));",
     .live = "CREATE TABLE t (a int NOT NULL, b int DEFAULT 7, c bigint NOT NULL);",
     .expected =
         "other identity: t.a: the models say SERIAL, the database has no sequence\n"
         "    CREATE SEQUENCE t_a_seq AS INTEGER OWNED BY t.a;\n"
         "    SELECT setval('t_a_seq', greatest(max(a) + 1, 1), false) FROM t;\n"
         "    ALTER TABLE t ALTER COLUMN a SET DEFAULT nextval('t_a_seq')\n"
         "other nullability!: t.b: the models say NOT NULL, the database allows NULL; the change fails where "
         "rows have none\n"
         "    ALTER TABLE t ALTER COLUMN b SET NOT NULL\n"
         "other identity: t.b: the models say GENERATED BY DEFAULT AS IDENTITY, the database has no "
         "sequence\n"
         "    ALTER TABLE t ALTER COLUMN b DROP DEFAULT;\n"
         "    ALTER TABLE t ALTER COLUMN b ADD GENERATED BY DEFAULT AS IDENTITY;\n"
         "    SELECT setval('t_b_seq', greatest(max(b) + 1, 1), false) FROM t\n"
         "other identity: t.c: the models say GENERATED ALWAYS AS IDENTITY (START WITH 10 INCREMENT BY 5), "
         "the database has no sequence\n"
         "    ALTER TABLE t ALTER COLUMN c ADD GENERATED ALWAYS AS IDENTITY (START WITH 10 INCREMENT BY 5);\n"
         "    SELECT setval('t_c_seq', greatest(max(c) + 1, 10), false) FROM t\n"},
    {.name = "from a sequence to nothing",
     .wanted = "CREATE TABLE t (a int NOT NULL, b int, c int NOT NULL DEFAULT 3);",
     .live = "CREATE TABLE t (a serial, b int GENERATED BY DEFAULT AS IDENTITY, c serial);",
     .expected = "other identity: t.a: the models say no sequence, the database has SERIAL\n"
                 "    ALTER TABLE t ALTER COLUMN a DROP DEFAULT;\n"
                 "    DROP SEQUENCE t_a_seq\n"
                 "other identity: t.b: the models say no sequence, the database has GENERATED BY DEFAULT AS "
                 "IDENTITY\n"
                 "    ALTER TABLE t ALTER COLUMN b DROP IDENTITY\n"
                 "other nullability: t.b: the models allow NULL, the database says NOT NULL\n"
                 "    ALTER TABLE t ALTER COLUMN b DROP NOT NULL\n"
                 "other identity: t.c: the models say no sequence, the database has SERIAL\n"
                 "    ALTER TABLE t ALTER COLUMN c DROP DEFAULT;\n"
                 "    DROP SEQUENCE t_c_seq\n"
                 "other default: t.c: the models say DEFAULT 3, the database has no default\n"
                 "    ALTER TABLE t ALTER COLUMN c SET DEFAULT 3\n"},
    {.name = "from one kind to another",
     .wanted = "CREATE TABLE t (a serial, b int GENERATED ALWAYS AS IDENTITY, c int GENERATED BY DEFAULT AS "
               "IDENTITY);",
     .live =
         "CREATE TABLE t (a int GENERATED ALWAYS AS IDENTITY, b serial, c int GENERATED ALWAYS AS IDENTITY);",
     .expected = "other identity: t.a: the models say SERIAL, the database has GENERATED ALWAYS AS IDENTITY\n"
                 "    ALTER TABLE t ALTER COLUMN a DROP IDENTITY;\n"
                 "    CREATE SEQUENCE t_a_seq AS INTEGER OWNED BY t.a;\n"
                 "    SELECT setval('t_a_seq', greatest(max(a) + 1, 1), false) FROM t;\n"
                 "    ALTER TABLE t ALTER COLUMN a SET DEFAULT nextval('t_a_seq')\n"
                 "other identity: t.b: the models say GENERATED ALWAYS AS IDENTITY, the database has SERIAL\n"
                 "    ALTER TABLE t ALTER COLUMN b DROP DEFAULT;\n"
                 "    DROP SEQUENCE t_b_seq;\n"
                 "    ALTER TABLE t ALTER COLUMN b ADD GENERATED ALWAYS AS IDENTITY;\n"
                 "    SELECT setval('t_b_seq', greatest(max(b) + 1, 1), false) FROM t\n"
                 "other identity: t.c: the models say GENERATED BY DEFAULT AS IDENTITY, the database has "
                 "GENERATED ALWAYS AS IDENTITY\n"
                 "    ALTER TABLE t ALTER COLUMN c SET GENERATED BY DEFAULT\n"},
    {.name = "the options of an identity",
     .wanted = "CREATE TABLE t (a int GENERATED ALWAYS AS IDENTITY (INCREMENT BY 2 CACHE 10 CYCLE));",
     .live = "CREATE TABLE t (a int GENERATED ALWAYS AS IDENTITY (MAXVALUE 100));",
     .expected = "other identity: t.a: the models say GENERATED ALWAYS AS IDENTITY (INCREMENT BY 2 CACHE 10 "
                 "CYCLE), the database has GENERATED ALWAYS AS IDENTITY (MAXVALUE 100)\n"
                 "    ALTER TABLE t ALTER COLUMN a SET INCREMENT BY 2 SET MAXVALUE 2147483647 SET CACHE 10 "
                 "SET CYCLE\n"},

    /* ---- Generated columns --------------------------------------------------------------------------------------------------------- */
    {.name = "a generated column is otherwise, and what is on it",
     .wanted =
         "CREATE TABLE t (a int, b int GENERATED ALWAYS AS (a * 3) STORED UNIQUE); CREATE INDEX i ON t (b);"
         " COMMENT ON COLUMN t.b IS 'b';",
     .live =
         "CREATE TABLE t (a int, b int GENERATED ALWAYS AS (a * 2) STORED UNIQUE); CREATE INDEX i ON t (b);"
         " COMMENT ON COLUMN t.b IS 'b';",
     .expected = "other generation!: t.b: the models say GENERATED ALWAYS AS (a * 3) STORED, the database "
                 "has GENERATED ALWAYS AS (a * 2) STORED\n"
                 "    ALTER TABLE t DROP COLUMN b;\n"
                 "    ALTER TABLE t ADD COLUMN b INTEGER GENERATED ALWAYS AS (a * 3) STORED;\n"
                 "    COMMENT ON COLUMN t.b IS 'b'\n"
                 "missing constraint: t: UNIQUE (b) goes with a column that is made again\n"
                 "    ALTER TABLE t ADD UNIQUE (b)\n"
                 "missing index: t: INDEX i ON t (b) goes with a column that is made again\n"
                 "    CREATE INDEX i ON t (b)\n"},
    {.name = "what mentions a generated column that is made again",
     .wanted = "CREATE TABLE t (a int, b int GENERATED ALWAYS AS (a * 3) STORED, CONSTRAINT k CHECK (b > "
               "0)); CREATE INDEX i ON t (abs(b));"
               " CREATE INDEX j ON t (a) WHERE b > 1;",
     .live = "CREATE TABLE t (a int, b int GENERATED ALWAYS AS (a * 2) STORED, CONSTRAINT k CHECK (b > 0)); "
             "CREATE INDEX i ON t (abs(b));"
             " CREATE INDEX j ON t (a) WHERE b > 1;",
     .expected = "other generation!: t.b: the models say GENERATED ALWAYS AS (a * 3) STORED, the database "
                 "has GENERATED ALWAYS AS (a * 2) STORED\n"
                 "    ALTER TABLE t DROP COLUMN b;\n"
                 "    ALTER TABLE t ADD COLUMN b INTEGER GENERATED ALWAYS AS (a * 3) STORED\n"
                 "missing constraint: t: CONSTRAINT k CHECK (b > 0) goes with a column that is made again\n"
                 "    ALTER TABLE t ADD CONSTRAINT k CHECK (b > 0)\n"
                 "missing index: t: INDEX i ON t ((abs(b))) goes with a column that is made again\n"
                 "    CREATE INDEX i ON t ((abs(b)))\n"
                 "missing index: t: INDEX j ON t (a) WHERE b > 1 goes with a column that is made again\n"
                 "    CREATE INDEX j ON t (a) WHERE b > 1\n"},
    {.name = "generated columns that only the database has",
     .wanted = "CREATE TABLE t (a int);",
     .live = "CREATE TABLE t (a int, b int, c int GENERATED ALWAYS AS (b * 2) STORED);",
     .expected = "extra column!: t.c: only the database has this column\n"
                 "    ALTER TABLE t DROP COLUMN c\n"
                 "extra column!: t.b: only the database has this column\n"
                 "    ALTER TABLE t DROP COLUMN b\n"},
    {.name = "a generated column becomes an ordinary one, and the other way",
     .wanted = "CREATE TABLE t (a int, b int DEFAULT 3, c int GENERATED ALWAYS AS (a) STORED);",
     .live = "CREATE TABLE t (a int, b int GENERATED ALWAYS AS (a) STORED, c int);",
     .expected = "other generation: t.b: the models say an ordinary column, the database has GENERATED "
                 "ALWAYS AS (a) STORED\n"
                 "    ALTER TABLE t ALTER COLUMN b DROP EXPRESSION\n"
                 "other default: t.b: the models say DEFAULT 3, the database has no default\n"
                 "    ALTER TABLE t ALTER COLUMN b SET DEFAULT 3\n"
                 "other generation!: t.c: the models say GENERATED ALWAYS AS (a) STORED, the database has an "
                 "ordinary column\n"
                 "    ALTER TABLE t DROP COLUMN c;\n"
                 "    ALTER TABLE t ADD COLUMN c INTEGER GENERATED ALWAYS AS (a) STORED\n"},
    {.name = "a column that another is generated from gets another type",
     .wanted = "CREATE TABLE t (a bigint, b bigint GENERATED ALWAYS AS (a * 2) STORED, c int);",
     .live = "CREATE TABLE t (a int, b bigint GENERATED ALWAYS AS (a * 2) STORED, c int);",
     .expected =
         "other type: t.a: the models say BIGINT, the database has INTEGER\n"
         "    ALTER TABLE t DROP COLUMN IF EXISTS b;\n"
         "    ALTER TABLE t ALTER COLUMN a TYPE BIGINT\n"
         "other generation!: t.b: it must be made again, because a column that it is made from changes\n"
         "    ALTER TABLE t DROP COLUMN IF EXISTS b;\n"
         "    ALTER TABLE t ADD COLUMN b BIGINT GENERATED ALWAYS AS (a * 2) STORED\n"},

    /* ---- Constraints ----------------------------------------------------------------------------------------------------------------- */
    {.name = "constraints that are missing",
     .wanted = "CREATE TABLE u (id int PRIMARY KEY); CREATE TABLE t (id int PRIMARY KEY, a int UNIQUE, b int "
               "CHECK (b > 0), r int4range,"
               " u_id int CONSTRAINT to_u REFERENCES u ON DELETE CASCADE, CONSTRAINT no_overlap EXCLUDE "
               "USING gist (r WITH &&));",
     .live = "CREATE TABLE u (id int PRIMARY KEY); CREATE TABLE t (id int NOT NULL, a int, b int, r "
             "int4range, u_id int);",
     .expected =
         "missing constraint: t: the database has no PRIMARY KEY (id)\n"
         "    ALTER TABLE t ADD PRIMARY KEY (id)\n"
         "missing constraint: t: the database has no UNIQUE (a)\n"
         "    ALTER TABLE t ADD UNIQUE (a)\n"
         "missing constraint: t: the database has no CHECK (b > 0)\n"
         "    ALTER TABLE t ADD CHECK (b > 0)\n"
         "missing constraint: t: the database has no CONSTRAINT no_overlap EXCLUDE USING gist (r WITH &&)\n"
         "    ALTER TABLE t ADD CONSTRAINT no_overlap EXCLUDE USING gist (r WITH &&)\n"
         "missing constraint: t: the database has no CONSTRAINT to_u FOREIGN KEY(u_id) REFERENCES u (id) ON "
         "DELETE CASCADE\n"
         "    ALTER TABLE t ADD CONSTRAINT to_u FOREIGN KEY(u_id) REFERENCES u (id) ON DELETE CASCADE\n"},
    {.name = "constraints that only the database has",
     .wanted = "CREATE TABLE u (id int NOT NULL); CREATE TABLE t (id int, a int, u_id int);",
     .live = "CREATE TABLE u (id int CONSTRAINT u_pkey PRIMARY KEY);"
             " CREATE TABLE t (id int CONSTRAINT t_id_key UNIQUE, a int CONSTRAINT t_a_check CHECK (a > 0),"
             " u_id int CONSTRAINT t_u_id_fkey REFERENCES u);",
     .expected = "extra constraint: t: only the database has CONSTRAINT t_u_id_fkey FOREIGN KEY(u_id) "
                 "REFERENCES u (id)\n"
                 "    ALTER TABLE t DROP CONSTRAINT t_u_id_fkey\n"
                 "extra constraint: u: only the database has CONSTRAINT u_pkey PRIMARY KEY (id)\n"
                 "    ALTER TABLE u DROP CONSTRAINT u_pkey\n"
                 "extra constraint: t: only the database has CONSTRAINT t_id_key UNIQUE (id)\n"
                 "    ALTER TABLE t DROP CONSTRAINT t_id_key\n"
                 "extra constraint: t: only the database has CONSTRAINT t_a_check CHECK (a > 0)\n"
                 "    ALTER TABLE t DROP CONSTRAINT t_a_check\n"},
    {.name = "constraints that are otherwise",
     .wanted = "CREATE TABLE u (id int PRIMARY KEY); CREATE TABLE t (a int, b int, u_id int CONSTRAINT "
               "t_u_id_fkey REFERENCES u ON DELETE CASCADE,"
               " CONSTRAINT k CHECK (a > 1), CONSTRAINT q UNIQUE (a, b) DEFERRABLE);",
     .live = "CREATE TABLE u (id int PRIMARY KEY); CREATE TABLE t (a int, b int, u_id int CONSTRAINT "
             "t_u_id_fkey REFERENCES u,"
             " CONSTRAINT k CHECK (a > 0), CONSTRAINT q UNIQUE (a));",
     .expected =
         "other constraint: t: the models say CONSTRAINT q UNIQUE (a, b) DEFERRABLE INITIALLY IMMEDIATE, the "
         "database has CONSTRAINT q UNIQUE (a)\n"
         "    ALTER TABLE t DROP CONSTRAINT q;\n"
         "    ALTER TABLE t ADD CONSTRAINT q UNIQUE (a, b) DEFERRABLE INITIALLY IMMEDIATE\n"
         "other constraint: t: the models say CONSTRAINT k CHECK (a > 1), the database has CONSTRAINT k "
         "CHECK (a > 0)\n"
         "    ALTER TABLE t DROP CONSTRAINT k;\n"
         "    ALTER TABLE t ADD CONSTRAINT k CHECK (a > 1)\n"
         "other constraint: t: the models say CONSTRAINT t_u_id_fkey FOREIGN KEY(u_id) REFERENCES u (id) ON "
         "DELETE CASCADE, the database has CONSTRAINT t_u_id_fkey FOREIGN KEY(u_id) REFERENCES u (id)\n"
         "    ALTER TABLE t DROP CONSTRAINT t_u_id_fkey;\n"
         "    ALTER TABLE t ADD CONSTRAINT t_u_id_fkey FOREIGN KEY(u_id) REFERENCES u (id) ON DELETE "
         "CASCADE\n"},
    {.name = "constraints that the server named are otherwise",
     .wanted = "CREATE TABLE u (id int PRIMARY KEY); CREATE TABLE t (a int UNIQUE DEFERRABLE, u_id int "
               "REFERENCES u ON DELETE SET NULL);",
     .live = "CREATE TABLE u (id int CONSTRAINT u_pkey PRIMARY KEY); CREATE TABLE t (a int CONSTRAINT "
             "t_a_key UNIQUE,"
             " u_id int CONSTRAINT t_u_id_fkey REFERENCES u);",
     .expected = "other constraint: t: the models say UNIQUE (a) DEFERRABLE INITIALLY IMMEDIATE, the "
                 "database has CONSTRAINT t_a_key UNIQUE (a)\n"
                 "    ALTER TABLE t DROP CONSTRAINT t_a_key;\n"
                 "    ALTER TABLE t ADD UNIQUE (a) DEFERRABLE INITIALLY IMMEDIATE\n"
                 "other constraint: t: the models say FOREIGN KEY(u_id) REFERENCES u (id) ON DELETE SET "
                 "NULL, the database has CONSTRAINT t_u_id_fkey FOREIGN KEY(u_id) REFERENCES u (id)\n"
                 "    ALTER TABLE t DROP CONSTRAINT t_u_id_fkey;\n"
                 "    ALTER TABLE t ADD FOREIGN KEY(u_id) REFERENCES u (id) ON DELETE SET NULL\n"},
    {.name = "constraints and indexes with another name",
     .wanted = "CREATE TABLE t (a int, b int, CONSTRAINT new_key UNIQUE (a), CONSTRAINT new_check CHECK (a > "
               "0)); CREATE INDEX new_index ON t (b);",
     .live = "CREATE TABLE t (a int, b int, CONSTRAINT old_key UNIQUE (a), CONSTRAINT old_check CHECK (a > "
             "0)); CREATE INDEX old_index ON t (b);",
     .expected = "other constraint: t: the models say CONSTRAINT new_key UNIQUE (a), the database has "
                 "CONSTRAINT old_key UNIQUE (a)\n"
                 "    ALTER TABLE t RENAME CONSTRAINT old_key TO new_key\n"
                 "other constraint: t: the models say CONSTRAINT new_check CHECK (a > 0), the database has "
                 "CONSTRAINT old_check CHECK (a > 0)\n"
                 "    ALTER TABLE t RENAME CONSTRAINT old_check TO new_check\n"
                 "other index: t: the models say INDEX new_index ON t (b), the database has INDEX old_index "
                 "ON t (b)\n"
                 "    ALTER INDEX old_index RENAME TO new_index\n"},
    {.name = "a constraint that was not checked",
     .wanted = "CREATE TABLE t (a int, CONSTRAINT k CHECK (a > 0));",
     .live = "CREATE TABLE t (a int); ALTER TABLE t ADD CONSTRAINT k CHECK (a > 0) NOT VALID;",
     .expected = "other constraint: t: the models say CONSTRAINT k CHECK (a > 0), the database has "
                 "CONSTRAINT k CHECK (a > 0) NOT VALID\n"
                 "    ALTER TABLE t VALIDATE CONSTRAINT k\n"},
    {.name = "another primary key, which a foreign key refers to",
     .wanted = "CREATE TABLE u (id int PRIMARY KEY, code int NOT NULL, CONSTRAINT u_code_key UNIQUE (code) "
               "DEFERRABLE);"
               " CREATE TABLE t (u_id int CONSTRAINT t_u_id_fkey REFERENCES u (id));",
     .live = "CREATE TABLE u (id int NOT NULL, code int NOT NULL, CONSTRAINT u_pkey PRIMARY KEY (id) INCLUDE "
             "(code), CONSTRAINT u_code_key UNIQUE (code));"
             " CREATE TABLE t (u_id int CONSTRAINT t_u_id_fkey REFERENCES u (id));",
     .expected =
         "other constraint: u: the models say PRIMARY KEY (id), the database has CONSTRAINT u_pkey PRIMARY "
         "KEY (id) INCLUDE (code)\n"
         "    ALTER TABLE t DROP CONSTRAINT IF EXISTS t_u_id_fkey;\n"
         "    ALTER TABLE u DROP CONSTRAINT u_pkey;\n"
         "    ALTER TABLE u ADD PRIMARY KEY (id);\n"
         "    ALTER TABLE t ADD CONSTRAINT t_u_id_fkey FOREIGN KEY(u_id) REFERENCES u (id)\n"
         "other constraint: u: the models say CONSTRAINT u_code_key UNIQUE (code) DEFERRABLE INITIALLY "
         "IMMEDIATE, the database has CONSTRAINT u_code_key UNIQUE (code)\n"
         "    ALTER TABLE u DROP CONSTRAINT u_code_key;\n"
         "    ALTER TABLE u ADD CONSTRAINT u_code_key UNIQUE (code) DEFERRABLE INITIALLY IMMEDIATE\n"},
    {.name = "a key and what refers to it get another type",
     .wanted = "CREATE TABLE u (id text PRIMARY KEY); CREATE TABLE t (u_id text CONSTRAINT t_u_id_fkey "
               "REFERENCES u, a text, CONSTRAINT k CHECK (a <> ''));",
     .live = "CREATE TABLE u (id int CONSTRAINT u_pkey PRIMARY KEY); CREATE TABLE t (u_id int CONSTRAINT "
             "t_u_id_fkey REFERENCES u, a int,"
             " CONSTRAINT k CHECK (a > 0));",
     .expected = "other type: u.id: the models say TEXT, the database has INTEGER\n"
                 "    ALTER TABLE t DROP CONSTRAINT IF EXISTS t_u_id_fkey;\n"
                 "    ALTER TABLE u ALTER COLUMN id TYPE TEXT\n"
                 "other type: t.u_id: the models say TEXT, the database has INTEGER\n"
                 "    ALTER TABLE t DROP CONSTRAINT IF EXISTS t_u_id_fkey;\n"
                 "    ALTER TABLE t ALTER COLUMN u_id TYPE TEXT\n"
                 "other type: t.a: the models say TEXT, the database has INTEGER\n"
                 "    ALTER TABLE t DROP CONSTRAINT IF EXISTS k;\n"
                 "    ALTER TABLE t ALTER COLUMN a TYPE TEXT\n"
                 "other constraint: t: the models say CONSTRAINT k CHECK (a <> ''), the database has "
                 "CONSTRAINT k CHECK (a > 0)\n"
                 "    ALTER TABLE t DROP CONSTRAINT IF EXISTS k;\n"
                 "    ALTER TABLE t ADD CONSTRAINT k CHECK (a <> '')\n"
                 "other constraint: t: CONSTRAINT t_u_id_fkey FOREIGN KEY(u_id) REFERENCES u (id) must be "
                 "made again, because its columns get other types\n"
                 "    ALTER TABLE t DROP CONSTRAINT IF EXISTS t_u_id_fkey;\n"
                 "    ALTER TABLE t ADD CONSTRAINT t_u_id_fkey FOREIGN KEY(u_id) REFERENCES u (id)\n"},
    {.name = "a key that a strange table refers to",
     .wanted = "CREATE TABLE u (id int NOT NULL);",
     .live = "CREATE TABLE u (id int CONSTRAINT u_pkey PRIMARY KEY); CREATE TABLE x (u_id int CONSTRAINT "
             "x_u_id_fkey REFERENCES u);",
     .expected = "extra constraint: u: only the database has CONSTRAINT u_pkey PRIMARY KEY (id)\n"
                 "    ALTER TABLE x DROP CONSTRAINT IF EXISTS x_u_id_fkey;\n"
                 "    ALTER TABLE u DROP CONSTRAINT u_pkey\n"
                 "extra table!: x: only the database has this table\n"
                 "    DROP TABLE x\n"},

    /* ---- Indexes ------------------------------------------------------------------------------------------------------------------------ */
    {.name = "indexes that are missing, extra and otherwise",
     .wanted = "CREATE TABLE t (a int, b int, c text); CREATE UNIQUE INDEX i ON t (a) INCLUDE (b) WHERE b > "
               "0; CREATE INDEX j ON t (b) WITH (fillfactor = 70);"
               " CREATE INDEX k ON t (lower(c) DESC);",
     .live = "CREATE TABLE t (a int, b int, c text); CREATE INDEX x ON t USING hash (a); CREATE INDEX j ON t "
             "(b); CREATE INDEX k ON t (upper(c));",
     .expected = "extra index: t: only the database has INDEX x ON t USING hash (a)\n"
                 "    DROP INDEX x\n"
                 "missing index: t: the database has no UNIQUE INDEX i ON t (a) INCLUDE (b) WHERE b > 0\n"
                 "    CREATE UNIQUE INDEX i ON t (a) INCLUDE (b) WHERE b > 0\n"
                 "other index: t: the models say INDEX j ON t (b) WITH (fillfactor = 70), the database has "
                 "INDEX j ON t (b)\n"
                 "    DROP INDEX j;\n"
                 "    CREATE INDEX j ON t (b) WITH (fillfactor = 70)\n"
                 "other index: t: the models say INDEX k ON t ((lower(c)) DESC), the database has INDEX k ON "
                 "t ((upper(c)))\n"
                 "    DROP INDEX k;\n"
                 "    CREATE INDEX k ON t ((lower(c)) DESC)\n"},

    /* ---- What is in the way ---------------------------------------------------------------------------------------------- */
    {.name = "an identity becomes a text",
     .wanted = "CREATE TABLE t (id text PRIMARY KEY, a int);",
     .live = "CREATE TABLE t (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, a int);",
     .expected =
         "other identity: t.id: the models say no sequence, the database has GENERATED ALWAYS AS IDENTITY\n"
         "    ALTER TABLE t ALTER COLUMN id DROP IDENTITY\n"
         "other type: t.id: the models say TEXT, the database has INTEGER\n"
         "    ALTER TABLE t ALTER COLUMN id TYPE TEXT\n"},
    {.name = "a serial becomes a type that its default is not of",
     .wanted = "CREATE TABLE t (id uuid PRIMARY KEY, a int);",
     .live = "CREATE TABLE t (id serial PRIMARY KEY, a int);",
     .expected = "other identity: t.id: the models say no sequence, the database has SERIAL\n"
                 "    ALTER TABLE t ALTER COLUMN id DROP DEFAULT;\n"
                 "    DROP SEQUENCE t_id_seq\n"
                 "other type!: t.id: the models say UUID, the database has INTEGER\n"
                 "    ALTER TABLE t ALTER COLUMN id TYPE UUID USING id::text::UUID\n"},
    {.name = "a column with quotes in its name, from which another is generated",
     .wanted = "CREATE TABLE t (\"we\"\"ird\" varchar(5), g text GENERATED ALWAYS AS (\"we\"\"ird\" || 'x') "
               "STORED);",
     .live = "CREATE TABLE t (\"we\"\"ird\" text, g text GENERATED ALWAYS AS (\"we\"\"ird\" || 'x') STORED);",
     .expected =
         "other type!: t.we\"ird: the models say VARCHAR(5), the database has TEXT\n"
         "    ALTER TABLE t DROP COLUMN IF EXISTS g;\n"
         "    ALTER TABLE t ALTER COLUMN \"we\"\"ird\" TYPE VARCHAR(5)\n"
         "other generation!: t.g: it must be made again, because a column that it is made from changes\n"
         "    ALTER TABLE t DROP COLUMN IF EXISTS g;\n"
         "    ALTER TABLE t ADD COLUMN g TEXT GENERATED ALWAYS AS (\"we\"\"ird\" || 'x') STORED\n"},
    {.name = "indexes that cannot follow their column to another type",
     .wanted = "CREATE TABLE t (id int PRIMARY KEY, a uuid); CREATE INDEX w ON t (id) WHERE a IS NOT NULL; "
               "CREATE INDEX o ON t (a); CREATE INDEX p ON t (id, a);",
     .live = "CREATE TABLE t (id int PRIMARY KEY, a text); CREATE INDEX w ON t (id) WHERE a IS NOT NULL; "
             "CREATE INDEX o ON t (a text_pattern_ops); CREATE INDEX p ON t (id, a);",
     .expected = "other type!: t.a: the models say UUID, the database has TEXT\n"
                 "    DROP INDEX IF EXISTS w;\n"
                 "    DROP INDEX IF EXISTS o;\n"
                 "    ALTER TABLE t ALTER COLUMN a TYPE UUID USING a::UUID\n"
                 "other index: t: INDEX w ON t (id) WHERE a IS NOT NULL must be made again, because its "
                 "columns get other types\n"
                 "    DROP INDEX IF EXISTS w;\n"
                 "    CREATE INDEX w ON t (id) WHERE a IS NOT NULL\n"
                 "other index: t: the models say INDEX o ON t (a), the database has INDEX o ON t (a "
                 "text_pattern_ops)\n"
                 "    DROP INDEX IF EXISTS o;\n"
                 "    CREATE INDEX o ON t (a)\n"},
    {.name = "a check that cannot follow its column to another type",
     .wanted = "CREATE TYPE mood AS ENUM ('a', 'b'); CREATE TABLE t (id int PRIMARY KEY, a mood DEFAULT 'a', "
               "CONSTRAINT c CHECK (a <> 'b'));",
     .live = "CREATE TYPE mood AS ENUM ('a', 'b'); CREATE TABLE t (id int PRIMARY KEY, a text DEFAULT 'a', "
             "CONSTRAINT c CHECK (a <> 'b'));",
     .expected = "other type!: t.a: the models say mood, the database has TEXT\n"
                 "    ALTER TABLE t DROP CONSTRAINT IF EXISTS c;\n"
                 "    ALTER TABLE t ALTER COLUMN a DROP DEFAULT, ALTER COLUMN a TYPE mood USING a::mood, "
                 "ALTER COLUMN a SET DEFAULT 'a'\n"
                 "other constraint: t: CONSTRAINT c CHECK (a <> 'b') must be made again, because its columns "
                 "get other types\n"
                 "    ALTER TABLE t DROP CONSTRAINT IF EXISTS c;\n"
                 "    ALTER TABLE t ADD CONSTRAINT c CHECK (a <> 'b')\n"},
    {.name = "a primary key gets smaller",
     .wanted = "CREATE TABLE t (id int PRIMARY KEY, a int);",
     .live = "CREATE TABLE t (id int, a int, CONSTRAINT t_pkey PRIMARY KEY (id, a));",
     .expected = "other constraint: t: the models say PRIMARY KEY (id), the database has CONSTRAINT t_pkey "
                 "PRIMARY KEY (id, a)\n"
                 "    ALTER TABLE t DROP CONSTRAINT t_pkey;\n"
                 "    ALTER TABLE t ADD PRIMARY KEY (id)\n"
                 "other nullability: t.a: the models allow NULL, the database says NOT NULL\n"
                 "    ALTER TABLE t ALTER COLUMN a DROP NOT NULL\n"},
    {.name = "a foreign key leaves a key that goes",
     .wanted =
         "CREATE TABLE t (id int PRIMARY KEY); CREATE TABLE u (id int PRIMARY KEY, x int REFERENCES t (id));",
     .live = "CREATE TABLE t (id int PRIMARY KEY, a int CONSTRAINT t_a_key UNIQUE); CREATE TABLE u (id int "
             "PRIMARY KEY, x int CONSTRAINT u_x_fkey REFERENCES t (a));",
     .expected = "extra constraint: t: only the database has CONSTRAINT t_a_key UNIQUE (a)\n"
                 "    ALTER TABLE u DROP CONSTRAINT IF EXISTS u_x_fkey;\n"
                 "    ALTER TABLE t DROP CONSTRAINT t_a_key\n"
                 "other constraint: u: the models say FOREIGN KEY(x) REFERENCES t (id), the database has "
                 "CONSTRAINT u_x_fkey FOREIGN KEY(x) REFERENCES t (a)\n"
                 "    ALTER TABLE u DROP CONSTRAINT IF EXISTS u_x_fkey;\n"
                 "    ALTER TABLE u ADD FOREIGN KEY(x) REFERENCES t (id)\n"
                 "extra column!: t.a: only the database has this column\n"
                 "    ALTER TABLE t DROP COLUMN a\n"},
};

/* From one type to another: what t/diff.c says of it, and whether it is so, which t/diff_server.c asks. */
typedef struct conversion {
    const char *from, *to;
    const char *using; /* NULL: not needed */
    bool holds;        /* no value is lost */
} conversion_t;

static const conversion_t conversions[] = {
    {"smallint", "integer", NULL, true},
    {"integer", "bigint", NULL, true},
    {"bigint", "integer", NULL, false},
    {"integer", "numeric", NULL, true},
    {"integer", "numeric(10)", NULL, true},
    {"integer", "numeric(10, 2)", NULL, false},
    {"integer", "numeric(12, 2)", NULL, true},
    {"bigint", "numeric(18)", NULL, false},
    {"numeric(8, 2)", "numeric(10, 4)", NULL, true},
    {"numeric(8, 2)", "numeric(10, 1)", NULL, false},
    {"numeric(8, 2)", "numeric(9, 4)", NULL, false},
    {"numeric", "numeric(10)", NULL, false},
    {"numeric(10)", "numeric", NULL, true},
    {"numeric(5)", "integer", NULL, false},
    {"integer", "real", NULL, false},
    {"smallint", "real", NULL, true},
    {"integer", "double precision", NULL, true},
    {"bigint", "double precision", NULL, false},
    {"real", "double precision", NULL, true},
    {"double precision", "numeric", NULL, false},
    {"varchar(5)", "varchar(9)", NULL, true},
    {"varchar(9)", "varchar(5)", NULL, false},
    {"varchar(9)", "text", NULL, true},
    {"text", "varchar", NULL, true},
    {"text", "varchar(9)", NULL, false},
    {"char(5)", "varchar(5)", NULL, true},
    {"varchar(5)", "char(5)", NULL, false},
    {"text", "name", NULL, false},
    {"integer", "text", NULL, true},
    {"integer", "varchar(4)", NULL, false},
    {"timestamptz", "text", NULL, true},
    {"int[]", "text", NULL, true},
    {"int[]", "bigint[]", NULL, true},
    {"int[]", "text[]", NULL, true},
    {"int[]", "int", "a::text::INTEGER", false},
    {"text", "integer", "a::INTEGER", false},
    {"text", "uuid", "a::UUID", false},
    {"text[]", "uuid[]", "a::UUID[]", false},
    {"text", "jsonb", "a::JSONB", false},
    {"json", "jsonb", NULL, false},
    {"jsonb", "json", NULL, true},
    {"boolean", "integer", "a::INTEGER", false},
    {"integer", "boolean", "a::BOOLEAN", false},
    {"boolean", "bigint", "a::integer::BIGINT", false},
    {"numeric", "boolean", "a::integer::BOOLEAN", false},
    {"date", "timestamp", NULL, true},
    {"timestamp", "date", NULL, false},
    {"timestamp", "timestamptz", NULL, false},
    {"timestamp(3)", "timestamp", NULL, true},
    {"timestamp", "timestamp(3)", NULL, false},
    {"time", "interval", NULL, true},
    {"interval", "time", NULL, false},
    {"interval", "interval year to month", NULL, false},
    {"bytea", "text", NULL, true},
    {"text", "bytea", "a::BYTEA", false},
    {"uuid", "bytea", "a::text::BYTEA", false},
    {"inet", "text", NULL, true},
    {"oid", "bigint", NULL, true},
    {"oid", "integer", NULL, false},
    {"oid", "numeric", "a::text::NUMERIC", false},
    {"date", "time", "a::text::TIME WITHOUT TIME ZONE", false},
};

#endif
