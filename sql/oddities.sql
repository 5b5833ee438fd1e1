-- What nobody writes, and what must be read all the same.

CREATE SCHEMA "Odd Ones";
CREATE SCHEMA other AUTHORIZATION CURRENT_USER
    CREATE TABLE twin (id int PRIMARY KEY, same text)
    CREATE TABLE twin2 (id int REFERENCES twin);

CREATE TABLE empty ();
CREATE TABLE twin (id bigint PRIMARY KEY, other text);
CREATE TABLE "Odd Ones".twin (id uuid PRIMARY KEY);

CREATE TYPE "the ""Mood""" AS ENUM ('it''s', '', 'a"b', 'back\slash', 'Größe', $$dollar$$);

CREATE TABLE "Weird ""Table"" name" (
    "select"        int,
    "from"          text DEFAULT 'from',
    "Quote""d"      int DEFAULT 1 CHECK ("Quote""d" <> 2),
    " spaces "      text,
    "grüße"         text DEFAULT 'Grüße',
    "数据"          text,
    "a;b"           text DEFAULT ';',
    "--comment"     text,
    "a_name_that_has_exactly_63_bytes_which_is_all_that_it_can_have_" int,
    "$1"            int,
    "1st"           int,
    U&"d\0061t\+000061" int,
    mood            "the ""Mood""" DEFAULT 'it''s',
    moods           "the ""Mood"""[]
);

-- columns that are called like types and keywords
CREATE TABLE types (
    int int, integer integer, text text, "varchar" varchar, date date, "time" time, "timestamp" timestamp, "interval" interval,
    "char" "char", bpchar bpchar, "bit" bit, name name, oid oid, json json, uuid uuid, type text, value int, key int, zone text, year int
);

CREATE TABLE every_type (
    a01 smallint, a02 int2, a03 integer, a04 int, a05 int4, a06 bigint, a07 int8,
    a08 real, a09 float4, a10 double precision, a11 float8, a12 float, a13 float(24), a14 float(25),
    a15 numeric, a16 numeric(5), a17 numeric(10,2), a18 decimal(10, 0), a19 dec(3), a20 numeric(3, -2), a21 numeric(1000, 1000),
    b01 char, b02 char(1), b03 character(7), b04 varchar, b05 varchar(5), b06 character varying(6), b07 char varying (7), b08 bpchar, b09 national character varying(3), b10 text,
    c01 bit, c02 bit(3), c03 bit varying, c04 varbit(5), c05 bytea, c06 "char", c07 name,
    d01 date, d02 time, d03 time(0), d04 time(3) without time zone, d05 time with time zone, d06 timetz(0), d07 time(0) with time zone,
    d08 timestamp, d09 timestamp(0), d10 timestamp with time zone, d11 timestamptz(3), d12 timestamp(6) with time zone,
    e01 interval, e02 interval(0), e03 interval year, e04 interval year to month, e05 interval day to second(3), e06 interval second(2), e07 interval hour to minute,
    f01 boolean, f02 bool, f03 uuid, f04 json, f05 jsonb, f06 xml, f07 inet, f08 cidr, f09 macaddr, f10 macaddr8, f11 money,
    g01 point, g02 line, g03 lseg, g04 box, g05 path, g06 polygon, g07 circle,
    h01 int4range, h02 tstzmultirange, h03 tsvector, h04 tsquery, h05 oid, h06 regclass, h07 pg_lsn, h08 pg_catalog.int4, h09 pg_catalog.varchar(3), h10 jsonpath,
    i01 int[], i02 int[3], i03 int[][], i04 int[2][3], i05 int array, i06 int ARRAY[4], i07 varchar(5)[], i08 numeric(4,2)[][], i09 "char"[], i10 timestamp(0) with time zone[], i11 interval day to second(3)[]
);

CREATE TABLE defaults (
    a text DEFAULT $$it's$$,
    b text DEFAULT $tag$a $$ b$tag$,
    c text DEFAULT E'a\'b\\c\n',
    d text DEFAULT 'two '
        'lines',
    e text DEFAULT ('brackets') COLLATE "C" NOT NULL,
    f int DEFAULT - 5 CHECK (f < 0) NOT NULL,
    g int DEFAULT (1 + 2) * 3 /* a comment, with a ; in it */ + 4,
    h text DEFAULT 'a' || 'b' || /* nested /* comment */ */ 'c',
    i int DEFAULT NULL,
    j int[] DEFAULT '{1,2,3}'::int[] NOT NULL,
    k int[] DEFAULT ARRAY[1, 2, 3],
    l text[] DEFAULT ARRAY[['a', 'b'], ['c', 'd,e']],
    m timestamptz DEFAULT now() - interval '1 day',
    n date DEFAULT date '2020-02-29',
    o bit(3) DEFAULT B'101' UNIQUE,
    p boolean DEFAULT 1 = 1,
    q text DEFAULT CASE WHEN 1 > 2 THEN 'no' ELSE 'yes' END CONSTRAINT q_not_empty CHECK (q <> ''),
    r int DEFAULT length('x'::text) UNIQUE DEFERRABLE INITIALLY DEFERRED CHECK (r > 0),
    s text DEFAULT U&'d\0061ta',
    t jsonb DEFAULT '{"a": [1, 2, {"b": null}]}',
    u text DEFAULT current_user,
    v numeric DEFAULT 1e-10,
    w text DEFAULT '-- no comment',
    x text DEFAULT '/* nor this */',
    y int DEFAULT 5 NULL
);

CREATE TABLE self (
    id int PRIMARY KEY REFERENCES self,
    a int, b int, c int,
    UNIQUE (a, b) INCLUDE (c),
    FOREIGN KEY (b, a) REFERENCES self (a, b) MATCH FULL ON DELETE CASCADE ON UPDATE SET DEFAULT,
    FOREIGN KEY (a, b) REFERENCES self (a, b) MATCH SIMPLE ON DELETE SET DEFAULT (b) DEFERRABLE INITIALLY IMMEDIATE
);
CREATE TABLE IF NOT EXISTS self (never int);

-- a triangle
CREATE TABLE x (id int PRIMARY KEY, y int);
CREATE TABLE y (id int PRIMARY KEY, z int);
CREATE TABLE z (id int PRIMARY KEY, x int REFERENCES x);
ALTER TABLE x ADD FOREIGN KEY (y) REFERENCES y;
ALTER TABLE y ADD FOREIGN KEY (z) REFERENCES z;

CREATE INDEX "Index on ""odd"" names" ON "Weird ""Table"" name" ("Quote""d", (("1st") + 1) DESC NULLS FIRST, lower("from") text_pattern_ops);
CREATE INDEX ON types ((text || 'x')) WHERE (text IS NOT NULL) AND value > 0;
CREATE INDEX CONCURRENTLY IF NOT EXISTS types_ix ON types USING hash (int);
CREATE INDEX IF NOT EXISTS types_ix ON types (text);
CREATE INDEX ON every_type USING gist (h03 tsvector_ops(siglen = 100), g04);

ALTER TABLE x RENAME COLUMN y TO "Y";
ALTER TABLE x RENAME TO renamed;
ALTER TABLE renamed ADD COLUMN n int, ADD CHECK (n > "Y"), ADD CHECK (n < 100);
ALTER TABLE renamed RENAME n TO "N";
ALTER TABLE renamed RENAME CONSTRAINT renamed_check TO big;
ALTER TABLE renamed DROP CONSTRAINT "renamed_n_check";
ALTER TABLE IF EXISTS nothing ADD COLUMN n int;
DROP TABLE IF EXISTS nothing;

CREATE TABLE short_lived (id serial PRIMARY KEY);
DROP TABLE short_lived;
CREATE SEQUENCE down AS smallint INCREMENT BY -1 MINVALUE -100 START -5 NO CYCLE;
CREATE TABLE big_serial (id bigserial, other serial, PRIMARY KEY (other));
ALTER SEQUENCE big_serial_id_seq INCREMENT BY 2 RESTART;
ALTER TABLE big_serial ALTER other DROP DEFAULT;

SET search_path TO "Odd Ones", other, public;
CREATE TABLE here (id int PRIMARY KEY, twin uuid REFERENCES twin, twin2 int REFERENCES other.twin, mood "the ""Mood""");
SET search_path TO DEFAULT;
