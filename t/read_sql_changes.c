/* Reading SQL: what ALTER, RENAME and DROP do to other things than the one they name: tables that inherit, sequences of columns, types in expressions, and who needs what
 * is dropped. Each text is one that the server takes, or says why it would not. */
#include "tap.h"

#include "t/heap.h"
#include "t/reading.h"

/* What a parent gets, loses or has renamed, its heirs do. */
static void test_heirs(void)
{
    is_read("CREATE TABLE p (a int, b text, CONSTRAINT k CHECK (a > 0)); CREATE TABLE c (d int) INHERITS "
            "(p); CREATE TABLE g () INHERITS (c);\n"
            "ALTER TABLE p ADD e date DEFAULT now() NOT NULL CHECK (e > '2000-01-01') UNIQUE, ADD CHECK (b "
            "<> ''), ADD CONSTRAINT n CHECK (a < 9) NO INHERIT, ADD CONSTRAINT v CHECK (a <> 5) NOT VALID;",
            "t.sql:1:74: c: its INHERITS is left out: here all columns are its own\n"
            "t.sql:1:111: g: its INHERITS is left out: here all columns are its own",
            "CREATE TABLE p (\n"
            "    a INTEGER,\n"
            "    b TEXT,\n"
            "    e DATE DEFAULT now() NOT NULL,\n"
            "    CONSTRAINT k CHECK (a > 0),\n"
            "    CHECK (e > '2000-01-01'),\n"
            "    UNIQUE (e),\n"
            "    CHECK (b <> ''),\n"
            "    CONSTRAINT n CHECK (a < 9) NO INHERIT\n"
            ");\n"
            "ALTER TABLE p ADD CONSTRAINT v CHECK (a <> 5) NOT VALID;\n"
            "\n"
            "CREATE TABLE c (\n"
            "    a INTEGER,\n"
            "    b TEXT,\n"
            "    d INTEGER,\n"
            "    e DATE DEFAULT now() NOT NULL,\n"
            "    CONSTRAINT k CHECK (a > 0),\n"
            "    CONSTRAINT p_e_check CHECK (e > '2000-01-01'),\n"
            "    CONSTRAINT p_b_check CHECK (b <> '')\n"
            ");\n"
            "ALTER TABLE c ADD CONSTRAINT v CHECK (a <> 5) NOT VALID;\n"
            "\n"
            "CREATE TABLE g (\n"
            "    a INTEGER,\n"
            "    b TEXT,\n"
            "    d INTEGER,\n"
            "    e DATE DEFAULT now() NOT NULL,\n"
            "    CONSTRAINT k CHECK (a > 0),\n"
            "    CONSTRAINT p_e_check CHECK (e > '2000-01-01'),\n"
            "    CONSTRAINT p_b_check CHECK (b <> '')\n"
            ");\n"
            "ALTER TABLE g ADD CONSTRAINT v CHECK (a <> 5) NOT VALID;\n");
    is_read("CREATE TABLE p (a int, b text, CONSTRAINT k CHECK (a > 0)); CREATE TABLE c () INHERITS (p);\n"
            "ALTER TABLE p ALTER a TYPE bigint USING a + 1, ALTER a SET DEFAULT 7, ALTER b SET NOT NULL; "
            "ALTER TABLE ONLY p ALTER a SET DEFAULT 8;\n"
            "ALTER TABLE p RENAME a TO z; ALTER TABLE p RENAME CONSTRAINT k TO l;",
            "t.sql:1:74: c: its INHERITS is left out: here all columns are its own",
            "CREATE TABLE p (\n"
            "    z BIGINT DEFAULT 8,\n"
            "    b TEXT NOT NULL,\n"
            "    CONSTRAINT l CHECK (z > 0)\n"
            ");\n"
            "\n"
            "CREATE TABLE c (\n"
            "    z BIGINT DEFAULT 7,\n"
            "    b TEXT NOT NULL,\n"
            "    CONSTRAINT l CHECK (z > 0)\n"
            ");\n");
    is_read("CREATE TABLE p (a int, b int, c int CHECK (c > 0), d int); CREATE TABLE q (b int); CREATE TABLE "
            "c (c int) INHERITS (p, q);\n"
            "ALTER TABLE p DROP a, DROP b, DROP c; ALTER TABLE ONLY p DROP d;\n"
            "ALTER TABLE q DROP b; ALTER TABLE c DROP d;",
            "t.sql:1:97: c: its INHERITS is left out: here all columns are its own",
            "CREATE TABLE p (\n"
            ");\n"
            "\n"
            "CREATE TABLE q (\n"
            ");\n"
            "\n"
            "CREATE TABLE c (\n"
            "    c INTEGER,\n"
            "    CONSTRAINT p_c_check CHECK (c > 0)\n"
            ");\n");
    is_read("CREATE TABLE p (a int CONSTRAINT k CHECK (a > 0) CONSTRAINT l CHECK (a > 1) CONSTRAINT m CHECK "
            "(a > 2)); CREATE TABLE c (CONSTRAINT m CHECK (a > 2)) INHERITS (p);\n"
            "ALTER TABLE p DROP CONSTRAINT k, DROP CONSTRAINT m; ALTER TABLE ONLY p DROP CONSTRAINT l; ALTER "
            "TABLE c DROP CONSTRAINT l;",
            "t.sql:1:119: c: its INHERITS is left out: here all columns are its own",
            "CREATE TABLE p (\n"
            "    a INTEGER\n"
            ");\n"
            "\n"
            "CREATE TABLE c (\n"
            "    a INTEGER,\n"
            "    CONSTRAINT m CHECK (a > 2)\n"
            ");\n");
    is_read("CREATE TABLE p (a int); CREATE TABLE c () INHERITS (p); ALTER TABLE p ADD PRIMARY KEY (a); "
            "ALTER TABLE p ADD s serial;",
            "t.sql:1:38: c: its INHERITS is left out: here all columns are its own",
            "CREATE TABLE p (\n"
            "    a INTEGER NOT NULL,\n"
            "    s SERIAL NOT NULL,\n"
            "    PRIMARY KEY (a)\n"
            ");\n"
            "\n"
            "CREATE TABLE c (\n"
            "    a INTEGER NOT NULL,\n"
            "    s INTEGER DEFAULT nextval('p_s_seq'::regclass) NOT NULL\n"
            ");\n");
    is_read("CREATE TABLE p (a int); CREATE TABLE c (a int);\n"
            "ALTER TABLE c INHERIT p; ALTER TABLE p ADD b int; ALTER TABLE c NO INHERIT p; ALTER TABLE p ADD "
            "d int;",
            "t.sql:2:15: ALTER TABLE c: INHERIT p: a table cannot express it; it is left out\n"
            "t.sql:2:65: ALTER TABLE c: NO INHERIT p: a table cannot express it; it is left out",
            "CREATE TABLE p (\n"
            "    a INTEGER,\n"
            "    b INTEGER,\n"
            "    d INTEGER\n"
            ");\n"
            "\n"
            "CREATE TABLE c (\n"
            "    a INTEGER,\n"
            "    b INTEGER\n"
            ");\n");
    is_read("CREATE TABLE p (a int); CREATE TABLE c () INHERITS (p); DROP TABLE p CASCADE; CREATE TABLE p (a "
            "int); CREATE TABLE c () INHERITS (p); DROP TABLE c; ALTER TABLE p ADD b int;",
            "t.sql:1:38: c: its INHERITS is left out: here all columns are its own\n"
            "t.sql:1:116: c: its INHERITS is left out: here all columns are its own",
            "CREATE TABLE p (\n"
            "    a INTEGER,\n"
            "    b INTEGER\n"
            ");\n");
    is_read("CREATE TABLE p (a int); CREATE TABLE c () INHERITS (p); DROP TABLE p, c;",
            "t.sql:1:38: c: its INHERITS is left out: here all columns are its own", "");
}

/* What the server refuses. */
static void test_refused_heirs(void)
{
    is_read("CREATE TABLE p (a int, CONSTRAINT k CHECK (a > 0)); CREATE TABLE c (b int) INHERITS (p);\n"
            "ALTER TABLE ONLY p ADD x int; ALTER TABLE ONLY p ADD CHECK (a < 9); ALTER TABLE ONLY p ALTER a "
            "TYPE text; ALTER TABLE ONLY p RENAME a TO z; ALTER TABLE ONLY p RENAME CONSTRAINT k TO l; ALTER "
            "TABLE p ADD i int GENERATED ALWAYS AS IDENTITY;\n"
            "ALTER TABLE c DROP a, ALTER a TYPE text, DROP CONSTRAINT k; ALTER TABLE c RENAME a TO z; ALTER "
            "TABLE c RENAME CONSTRAINT k TO l; ALTER TABLE p RENAME a TO b;\n"
            "ALTER TABLE p INHERIT c; ALTER TABLE p INHERIT p; ALTER TABLE p INHERIT nope; DROP TABLE p;",
            "t.sql:1:66: c: its INHERITS is left out: here all columns are its own\n"
            "t.sql:2:20: ALTER TABLE p: ADD x int: tables that inherit from it need it too; it is left out\n"
            "t.sql:2:50: ALTER TABLE p: ADD CHECK (a < 9): tables that inherit from it need it too; it is "
            "left out\n"
            "t.sql:2:88: ALTER TABLE p: ALTER a TYPE text: tables that inherit from it need it too; it is "
            "left out\n"
            "t.sql:2:107: ALTER TABLE ONLY p: tables that inherit from it have it too; it is left out\n"
            "t.sql:2:141: ALTER TABLE ONLY p: tables that inherit from it have it too; it is left out\n"
            "t.sql:2:200: ALTER TABLE p: ADD i int GENERATED ALWAYS AS IDENTITY: tables that inherit from it "
            "cannot have an identity from it; it is left out\n"
            "t.sql:3:15: ALTER TABLE c: DROP a: it is inherited; it is left out\n"
            "t.sql:3:23: ALTER TABLE c: ALTER a TYPE text: it is inherited; it is left out\n"
            "t.sql:3:42: ALTER TABLE c: DROP CONSTRAINT k: it is inherited; it is left out\n"
            "t.sql:3:61: ALTER TABLE c: it is inherited; it is left out\n"
            "t.sql:3:90: ALTER TABLE c: it is inherited; it is left out\n"
            "t.sql:3:130: ALTER TABLE p: there is a column of the new name already; it is left out\n"
            "t.sql:4:15: ALTER TABLE p: INHERIT c: a table cannot inherit from itself; it is left out\n"
            "t.sql:4:40: ALTER TABLE p: INHERIT p: a table cannot inherit from itself; it is left out\n"
            "t.sql:4:65: ALTER TABLE p: INHERIT nope: there is no such table; it is left out\n"
            "t.sql:4:79: DROP TABLE p: c inherits from it, and there is no CASCADE; it is left out",
            "CREATE TABLE p (\n"
            "    a INTEGER,\n"
            "    CONSTRAINT k CHECK (a > 0)\n"
            ");\n"
            "\n"
            "CREATE TABLE c (\n"
            "    a INTEGER,\n"
            "    b INTEGER,\n"
            "    CONSTRAINT k CHECK (a > 0)\n"
            ");\n");
    is_read("CREATE TABLE p (a int, CONSTRAINT k CHECK (a > 0)); CREATE TABLE q (a text);\n"
            "CREATE TABLE c (a bigint, CONSTRAINT k CHECK (a > 1)) INHERITS (p);\n"
            "CREATE TABLE d () INHERITS (p, q);\n"
            "ALTER TABLE c ADD x int; ALTER TABLE p ADD x int[];",
            "t.sql:2:14: c: its INHERITS is left out: here all columns are its own\n"
            "t.sql:2:1: c.a: it is of another type than in p, from which it is inherited\n"
            "t.sql:2:1: c: its constraint 'k' is another than that of p, which it inherits\n"
            "t.sql:3:14: d: its INHERITS is left out: here all columns are its own\n"
            "t.sql:3:1: d.a: it is of another type than in q, from which it is inherited\n"
            "t.sql:4:26: c.x: it is of another type than in p, from which it is inherited",
            "CREATE TABLE p (\n"
            "    a INTEGER,\n"
            "    x INTEGER[],\n"
            "    CONSTRAINT k CHECK (a > 0)\n"
            ");\n"
            "\n"
            "CREATE TABLE q (\n"
            "    a TEXT\n"
            ");\n"
            "\n"
            "CREATE TABLE c (\n"
            "    a INTEGER,\n"
            "    x INTEGER,\n"
            "    CONSTRAINT k CHECK (a > 1)\n"
            ");\n"
            "\n"
            "CREATE TABLE d (\n"
            "    a INTEGER,\n"
            "    x INTEGER[],\n"
            "    CONSTRAINT k CHECK (a > 0)\n"
            ");\n");
    is_read(
        "CREATE TABLE p (a int, b int, CONSTRAINT k CHECK (b > 0)); CREATE TABLE q (a int, b int, CONSTRAINT "
        "k CHECK (b > 0)); CREATE TABLE c () INHERITS (p, q); CREATE TABLE d () INHERITS (c);\n"
        "ALTER TABLE p RENAME a TO z; ALTER TABLE p ALTER a TYPE bigint; ALTER TABLE q RENAME CONSTRAINT k "
        "TO l;\n"
        "ALTER TABLE q DROP a, DROP CONSTRAINT k; ALTER TABLE p RENAME a TO z; ALTER TABLE p ALTER z TYPE "
        "bigint; ALTER TABLE p RENAME CONSTRAINT k TO l;",
        "t.sql:1:132: c: its INHERITS is left out: here all columns are its own\n"
        "t.sql:1:167: d: its INHERITS is left out: here all columns are its own\n"
        "t.sql:2:1: ALTER TABLE p: a table that inherits it has it from another one too; it is left out\n"
        "t.sql:2:44: ALTER TABLE p: ALTER a TYPE bigint: a table that inherits it has it from another one "
        "too; "
        "it is left out\n"
        "t.sql:2:65: ALTER TABLE q: a table that inherits it has it from another one too; it is left out",
        "CREATE TABLE p (\n"
        "    z BIGINT,\n"
        "    b INTEGER,\n"
        "    CONSTRAINT l CHECK (b > 0)\n"
        ");\n"
        "\n"
        "CREATE TABLE q (\n"
        "    b INTEGER\n"
        ");\n"
        "\n"
        "CREATE TABLE c (\n"
        "    z BIGINT,\n"
        "    b INTEGER,\n"
        "    CONSTRAINT l CHECK (b > 0)\n"
        ");\n"
        "\n"
        "CREATE TABLE d (\n"
        "    z BIGINT,\n"
        "    b INTEGER,\n"
        "    CONSTRAINT l CHECK (b > 0)\n"
        ");\n");
    is_read("CREATE TABLE p (a int); CREATE TABLE q () INHERITS (p); CREATE TABLE r () INHERITS (p); CREATE "
            "TABLE s () INHERITS (q, r); ALTER TABLE p RENAME a TO z;",
            "t.sql:1:38: q: its INHERITS is left out: here all columns are its own\n"
            "t.sql:1:70: r: its INHERITS is left out: here all columns are its own\n"
            "t.sql:1:102: s: its INHERITS is left out: here all columns are its own",
            "CREATE TABLE p (\n"
            "    z INTEGER\n"
            ");\n"
            "\n"
            "CREATE TABLE q (\n"
            "    z INTEGER\n"
            ");\n"
            "\n"
            "CREATE TABLE r (\n"
            "    z INTEGER\n"
            ");\n"
            "\n"
            "CREATE TABLE s (\n"
            "    z INTEGER\n"
            ");\n");
    says("CREATE TABLE t (a int, g int GENERATED ALWAYS AS (a + 1) STORED);\nALTER TABLE t DROP a, DROP g;",
         "t.sql:2:15: ALTER TABLE t: DROP a: another column is generated from it, and there is no CASCADE; "
         "it is left out");
}

/* The sequences of serial and identity columns keep their names when tables and columns are renamed. */
static void test_sequences(void)
{
    is_read("CREATE TABLE t (id serial, n int GENERATED ALWAYS AS IDENTITY); CREATE TABLE u (a int DEFAULT "
            "nextval('t_id_seq'), b text DEFAULT 'n' || nextval('public.t_id_seq'::regclass)); ALTER TABLE t "
            "RENAME TO v; ALTER TABLE v RENAME id TO key;",
            "",
            "CREATE SEQUENCE t_id_seq AS INTEGER;\n"
            "CREATE TABLE v (\n"
            "    key INTEGER DEFAULT nextval('t_id_seq'::regclass) NOT NULL,\n"
            "    n INTEGER GENERATED ALWAYS AS IDENTITY (SEQUENCE NAME t_n_seq)\n"
            ");\n"
            "ALTER SEQUENCE t_id_seq OWNED BY v.key;\n"
            "\n"
            "CREATE TABLE u (\n"
            "    a INTEGER DEFAULT nextval('t_id_seq'),\n"
            "    b TEXT DEFAULT 'n' || nextval('public.t_id_seq'::regclass)\n"
            ");\n");
    is_read(
        "CREATE TABLE t (id serial); ALTER TABLE t RENAME TO v; ALTER SEQUENCE t_id_seq RENAME TO v_id_seq;",
        "",
        "CREATE TABLE v (\n"
        "    id SERIAL NOT NULL\n"
        ");\n");
    is_read("CREATE TABLE t (id serial); ALTER TABLE t RENAME id TO key; ALTER TABLE t RENAME key TO id;", "",
            "CREATE TABLE t (\n"
            "    id SERIAL NOT NULL\n"
            ");\n");
    is_read("CREATE TABLE t (id serial); CREATE TABLE u (a int DEFAULT nextval('t_id_seq'), b text DEFAULT "
            "'t_id_seq'); ALTER TABLE t SET SCHEMA blog; ALTER SEQUENCE blog.t_id_seq RENAME TO \"It's\";",
            "",
            "CREATE SCHEMA IF NOT EXISTS blog;\n"
            "\n"
            "CREATE SEQUENCE blog.\"It's\" AS INTEGER;\n"
            "CREATE TABLE blog.t (\n"
            "    id INTEGER DEFAULT nextval('blog.\"It''s\"'::regclass) NOT NULL\n"
            ");\n"
            "ALTER SEQUENCE blog.\"It's\" OWNED BY blog.t.id;\n"
            "\n"
            "CREATE TABLE u (\n"
            "    a INTEGER DEFAULT nextval('blog.\"It''s\"'),\n"
            "    b TEXT DEFAULT 't_id_seq'\n"
            ");\n");
}

/* What an enum is called now is in all casts. */
static void test_types(void)
{
    is_read("CREATE TYPE m AS ENUM ('a'); CREATE TYPE o.m AS ENUM ('a');\n"
            "CREATE TABLE t (x m DEFAULT m 'a', y text DEFAULT 'a'::public.m, z o.m DEFAULT 'a'::o.m CHECK "
            "(z < CAST('a' AS o.m)), g boolean GENERATED ALWAYS AS ('a'::m = 'a'::o.m) STORED);\n"
            "CREATE INDEX i ON t ((x = 'a'::m)) WHERE x > 'a'::m; ALTER TYPE m SET SCHEMA s; ALTER TYPE s.m "
            "RENAME TO \"Mood\"; ALTER TYPE o.m SET SCHEMA public;",
            "",
            "CREATE SCHEMA IF NOT EXISTS s;\n"
            "\n"
            "CREATE TYPE s.\"Mood\" AS ENUM ('a');\n"
            "CREATE TYPE m AS ENUM ('a');\n"
            "\n"
            "CREATE TABLE t (\n"
            "    x s.\"Mood\" DEFAULT s.\"Mood\" 'a',\n"
            "    y TEXT DEFAULT 'a'::s.\"Mood\",\n"
            "    z m DEFAULT 'a'::m,\n"
            "    g BOOLEAN GENERATED ALWAYS AS ('a'::s.\"Mood\" = 'a'::m) STORED,\n"
            "    CHECK (z < CAST('a' AS m))\n"
            ");\n"
            "CREATE INDEX i ON t ((x = 'a'::s.\"Mood\")) WHERE x > 'a'::s.\"Mood\";\n");
}

/* What something needs is not dropped without CASCADE. */
static void test_needed(void)
{
    is_read("CREATE TYPE m AS ENUM ('a'); CREATE TABLE t (x m[]); DROP TYPE m;",
            "t.sql:1:54: DROP TYPE m: t.x needs it, and there is no CASCADE; it is left out",
            "CREATE TYPE m AS ENUM ('a');\n"
            "\n"
            "CREATE TABLE t (\n"
            "    x m[]\n"
            ");\n");
    is_read("CREATE TYPE m AS ENUM ('a'); CREATE TABLE blog.t (x text DEFAULT 'a'::m);\n"
            "DROP TYPE IF EXISTS m RESTRICT;",
            "t.sql:2:1: DROP TYPE m: blog.t.x needs it, and there is no CASCADE; it is left out",
            "CREATE SCHEMA IF NOT EXISTS blog;\n"
            "\n"
            "CREATE TYPE m AS ENUM ('a');\n"
            "\n"
            "CREATE TABLE blog.t (\n"
            "    x TEXT DEFAULT 'a'::m\n"
            ");\n");
    is_read("CREATE TYPE m AS ENUM ('a'); CREATE TABLE t (x text, CHECK (x <> 'a'::m::text)); DROP TYPE m;",
            "t.sql:1:82: DROP TYPE m: t needs it, and there is no CASCADE; it is left out",
            "CREATE TYPE m AS ENUM ('a');\n"
            "\n"
            "CREATE TABLE t (\n"
            "    x TEXT,\n"
            "    CHECK (x <> 'a'::m::text)\n"
            ");\n");
    is_read("CREATE TYPE m AS ENUM ('a'); CREATE TABLE t (x text); CREATE INDEX ON t (x) WHERE 'a'::m > 'b'; "
            "DROP TYPE m;",
            "t.sql:1:97: DROP TYPE m: t needs it, and there is no CASCADE; it is left out",
            "CREATE TYPE m AS ENUM ('a');\n"
            "\n"
            "CREATE TABLE t (\n"
            "    x TEXT\n"
            ");\n"
            "CREATE INDEX t_x_idx ON t (x) WHERE 'a'::m > 'b';\n");
    is_read("CREATE TYPE m AS ENUM ('a'); CREATE TABLE t (x text DEFAULT 'a'::m CHECK (x <> 'a'::m::text), y "
            "boolean GENERATED ALWAYS AS (x::m > 'b') STORED, z m, w int); CREATE INDEX ON t (w) WHERE x = "
            "'a'::m::text; DROP TYPE m CASCADE;",
            "",
            "CREATE TABLE t (\n"
            "    x TEXT,\n"
            "    w INTEGER\n"
            ");\n");
    is_read("CREATE SEQUENCE s; CREATE TABLE t (a int DEFAULT nextval('s') + 1); DROP SEQUENCE s;",
            "t.sql:1:69: DROP SEQUENCE s: t.a needs it, and there is no CASCADE; it is left out",
            "CREATE SEQUENCE s;\n"
            "\n"
            "CREATE TABLE t (\n"
            "    a INTEGER DEFAULT nextval('s') + 1\n"
            ");\n");
    is_read("CREATE TABLE t (id serial); CREATE TABLE u (a int DEFAULT nextval('t_id_seq')); DROP SEQUENCE "
            "t_id_seq; DROP SEQUENCE u_a_seq;",
            "t.sql:1:81: DROP SEQUENCE t_id_seq: t.id needs it, and there is no CASCADE; it is left out\n"
            "t.sql:1:105: DROP: there is no 'u_a_seq'; it is left out",
            "CREATE TABLE t (\n"
            "    id SERIAL NOT NULL\n"
            ");\n"
            "\n"
            "CREATE TABLE u (\n"
            "    a INTEGER DEFAULT nextval('t_id_seq')\n"
            ");\n");
    is_read("CREATE TABLE t (id serial); CREATE TABLE u (a int DEFAULT nextval('t_id_seq'), b text DEFAULT "
            "'t_id_seq'); DROP SEQUENCE t_id_seq CASCADE;",
            "",
            "CREATE TABLE t (\n"
            "    id INTEGER NOT NULL\n"
            ");\n"
            "\n"
            "CREATE TABLE u (\n"
            "    a INTEGER,\n"
            "    b TEXT DEFAULT 't_id_seq'\n"
            ");\n");
    is_read("CREATE TABLE t (id int GENERATED ALWAYS AS IDENTITY); DROP SEQUENCE t_id_seq CASCADE;",
            "t.sql:1:55: DROP SEQUENCE t_id_seq: it is that of the identity t.id; it is left out",
            "CREATE TABLE t (\n"
            "    id INTEGER GENERATED ALWAYS AS IDENTITY\n"
            ");\n");
    is_read("CREATE DOMAIN d AS int; CREATE TABLE t (a d); DROP DOMAIN d;",
            "t.sql:1:1: CREATE DOMAIN d: domains are not read; columns keep the name of the type; it is left "
            "out\n"
            "t.sql:1:47: DROP DOMAIN d: t.a needs it, and there is no CASCADE; it is left out",
            "CREATE TABLE t (\n"
            "    a d\n"
            ");\n");
}

/* A typed table has the columns of its type, also those that the type gets later. */
static void test_typed(void)
{
    is_read("CREATE TYPE pair AS (a int, b text); CREATE TABLE t OF pair (b WITH OPTIONS DEFAULT 'x' NOT "
            "NULL, PRIMARY KEY (a)); ALTER TYPE pair ADD ATTRIBUTE c date CASCADE, ALTER ATTRIBUTE b TYPE "
            "varchar(9) CASCADE, DROP ATTRIBUTE a CASCADE;",
            "t.sql:1:1: CREATE TYPE pair: composite types are not read; columns keep the name of the type; "
            "it is left out\n"
            "t.sql:1:51: t: its OF pair is left out: here all columns are its own",
            "CREATE TABLE t (\n"
            "    b VARCHAR(9) DEFAULT 'x' NOT NULL,\n"
            "    c DATE\n"
            ");\n");
    is_read("CREATE TYPE s.pair AS (a int); CREATE TABLE t OF s.pair; CREATE TABLE u OF pair; ALTER TYPE "
            "s.pair ADD ATTRIBUTE b int; ALTER TYPE pair ADD ATTRIBUTE b int; DROP TYPE s.pair;",
            "t.sql:1:1: CREATE TYPE s.pair: composite types are not read; columns keep the name of the type; "
            "it is left out\n"
            "t.sql:1:45: t: its OF pair is left out: here all columns are its own\n"
            "t.sql:1:58: CREATE TABLE u: its columns are those of a type that was not read; it is left out\n"
            "t.sql:1:100: ALTER TYPE s.pair: ADD ATTRIBUTE b int: tables that inherit from it need it too; "
            "it is left out\n"
            "t.sql:1:121: ALTER TYPE pair: there is no such composite type; it is left out\n"
            "t.sql:1:158: DROP TYPE s.pair: t inherits from it, and there is no CASCADE; it is left out",
            "CREATE TABLE t (\n"
            "    a INTEGER\n"
            ");\n");
    is_read("CREATE TYPE pair AS (a int); CREATE TABLE t OF pair; DROP TYPE pair CASCADE;",
            "t.sql:1:1: CREATE TYPE pair: composite types are not read; columns keep the name of the type; "
            "it is left out\n"
            "t.sql:1:43: t: its OF pair is left out: here all columns are its own",
            "");
}

/* In expressions, too, a name is what the search path finds where it is read. */
static void test_path(void)
{
    is_read("CREATE SCHEMA blog; SET search_path = blog, public; CREATE TYPE mood AS ENUM ('sad'); CREATE "
            "TYPE public.mood AS ENUM ('ok'); CREATE TYPE public.color AS ENUM ('red'); CREATE SEQUENCE s; "
            "CREATE SEQUENCE public.q;\n"
            "CREATE TABLE t (id serial, m mood DEFAULT 'sad'::mood CHECK (m <> CAST('sad' AS mood)), o "
            "public.mood DEFAULT 'ok'::public.mood, c color DEFAULT 'red'::color, n int DEFAULT nextval('s') "
            "+ nextval('q'::regclass), g bool GENERATED ALWAYS AS (m = 'sad'::mood) STORED);\n"
            "CREATE INDEX i ON t ((m = 'sad'::mood)) WHERE m < 'sad'::mood; ALTER TABLE t ALTER o SET "
            "DEFAULT 'ok'::public.mood, ADD k int DEFAULT nextval('t_id_seq');",
            "",
            "CREATE SCHEMA IF NOT EXISTS blog;\n"
            "\n"
            "CREATE TYPE blog.mood AS ENUM ('sad');\n"
            "CREATE TYPE mood AS ENUM ('ok');\n"
            "CREATE TYPE color AS ENUM ('red');\n"
            "\n"
            "CREATE SEQUENCE blog.s;\n"
            "CREATE SEQUENCE q;\n"
            "\n"
            "CREATE TABLE blog.t (\n"
            "    id SERIAL NOT NULL,\n"
            "    m blog.mood DEFAULT 'sad'::blog.mood,\n"
            "    o mood DEFAULT 'ok'::public.mood,\n"
            "    c color DEFAULT 'red'::color,\n"
            "    n INTEGER DEFAULT nextval('blog.s') + nextval('q'::regclass),\n"
            "    g BOOLEAN GENERATED ALWAYS AS (m = 'sad'::blog.mood) STORED,\n"
            "    k INTEGER DEFAULT nextval('blog.t_id_seq'),\n"
            "    CHECK (m <> CAST('sad' AS blog.mood))\n"
            ");\n"
            "CREATE INDEX i ON blog.t ((m = 'sad'::blog.mood)) WHERE m < 'sad'::blog.mood;\n");
}

/* A schema takes along what is in it, and what needs that. */
static void test_schemas(void)
{
    is_read("CREATE TYPE s.m AS ENUM ('a'); CREATE SEQUENCE s.q; CREATE TABLE s.p (id int PRIMARY KEY); "
            "CREATE TABLE s.h () INHERITS (s.p); CREATE TABLE t (a s.m, b text DEFAULT 'a'::s.m, c int "
            "DEFAULT nextval('s.q'), d int REFERENCES s.p); CREATE TABLE c () INHERITS (s.p);\n"
            "DROP SCHEMA s;\n"
            "DROP SCHEMA none; DROP SCHEMA s CASCADE;",
            "t.sql:1:105: s.h: its INHERITS is left out: here all columns are its own\n"
            "t.sql:1:242: c: its INHERITS is left out: here all columns are its own\n"
            "t.sql:2:1: DROP SCHEMA s: it is not empty, and there is no CASCADE; it is left out",
            "CREATE TABLE t (\n"
            "    b TEXT,\n"
            "    c INTEGER,\n"
            "    d INTEGER\n"
            ");\n");
}

int main(void)
{
    aq_set_allocator(counting_allocator, NULL);
    test_heirs();
    test_refused_heirs();
    test_sequences();
    test_types();
    test_needed();
    test_typed();
    test_path();
    test_schemas();
    ok(all_memory_is_back(), "all memory is back");
    return tap_done();
}
