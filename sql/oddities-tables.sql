-- Tables that are more than tables: they inherit, are of a type, are partitioned, or are elsewhere. Models have their columns and constraints, and it is said what is not there.

CREATE TABLE parent (
    id serial PRIMARY KEY,
    n int CHECK (n > 0),
    t text,
    gone int,
    kept int,
    CONSTRAINT old CHECK (t <> '')
);
CREATE TABLE other (kept int, q int);
CREATE TABLE child (own int, t text DEFAULT 'own', kept int) INHERITS (parent);
CREATE TABLE grandchild (more int) INHERITS (child, other);
CREATE TABLE loner (kept int, gone int) INHERITS (parent);

-- what a parent gets, its heirs get
ALTER TABLE parent ADD COLUMN later varchar(20) DEFAULT 'x' NOT NULL CHECK (later <> 'y') UNIQUE;
ALTER TABLE parent ADD CHECK (n < 100), ADD CONSTRAINT no CHECK (n <> 5) NO INHERIT;
ALTER TABLE parent ALTER n TYPE bigint, ALTER n SET DEFAULT 7, ALTER t SET NOT NULL;
ALTER TABLE ONLY parent ALTER n SET DEFAULT 8;
ALTER TABLE parent RENAME t TO title;
ALTER TABLE parent RENAME CONSTRAINT old TO new;
ALTER TABLE parent DROP COLUMN gone, DROP COLUMN kept;
ALTER TABLE parent DROP CONSTRAINT parent_n_check;
ALTER TABLE ONLY parent DROP CONSTRAINT parent_n_check1;
ALTER TABLE parent RENAME TO elder;
ALTER TABLE child RENAME TO younger;
ALTER TABLE elder ADD s serial;

CREATE TABLE keyless (a int, b int);
CREATE TABLE key_heir () INHERITS (keyless);
ALTER TABLE keyless ADD PRIMARY KEY (a);

CREATE TABLE base (x int, y int);
CREATE TABLE base_heir () INHERITS (base);
ALTER TABLE ONLY base DROP COLUMN y;
ALTER TABLE base_heir DROP COLUMN y;
ALTER TABLE base ADD CONSTRAINT unchecked CHECK (x > 0) NOT VALID;
CREATE TABLE late_heir (x int, CONSTRAINT unchecked CHECK (x > 0));
ALTER TABLE late_heir INHERIT base;
ALTER TABLE base ADD z date;

CREATE TABLE short_parent (a int);
CREATE TABLE short_heir () INHERITS (short_parent);
DROP TABLE short_parent CASCADE;

-- tables of a type
CREATE TYPE pair AS (a int, b varchar(10));
CREATE TABLE pairs OF pair (a WITH OPTIONS PRIMARY KEY, CHECK (b <> ''));
CREATE TABLE more_pairs OF pair;
ALTER TYPE pair ADD ATTRIBUTE c date CASCADE, DROP ATTRIBUTE b CASCADE;

-- partitions
CREATE TABLE measured (place int NOT NULL, at date NOT NULL, value numeric(5, 2), PRIMARY KEY (place, at)) PARTITION BY RANGE (at);
CREATE TABLE measured_old PARTITION OF measured FOR VALUES FROM (MINVALUE) TO ('2020-01-01');
CREATE TABLE measured_new (place int NOT NULL, at date NOT NULL, value numeric(5, 2));
ALTER TABLE measured ATTACH PARTITION measured_new FOR VALUES FROM ('2020-01-01') TO (MAXVALUE);
CREATE INDEX measured_value ON measured (value);
ALTER TABLE measured ADD unit text DEFAULT 'm';

-- elsewhere
CREATE FOREIGN DATA WRAPPER nowhere;
CREATE SERVER far FOREIGN DATA WRAPPER nowhere;
CREATE FOREIGN TABLE away (a int, b text) SERVER far;

-- sequences keep their names, and so do defaults that draw from them
CREATE TABLE numbered (id serial, "Id" int GENERATED ALWAYS AS IDENTITY, n int DEFAULT nextval('numbered_id_seq'));
CREATE TABLE draws (a text DEFAULT 'x' || nextval('numbered_id_seq'));
CREATE SCHEMA blog;
ALTER TABLE numbered RENAME TO counted;
ALTER TABLE counted RENAME id TO number;
ALTER TABLE counted SET SCHEMA blog;
ALTER SEQUENCE blog.numbered_id_seq RENAME TO "my seq";

-- a type moves, in all casts
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE TABLE moods (
    m mood DEFAULT mood 'sad' CHECK (m <> 'ok'::mood),
    t text DEFAULT 'sad'::public.mood,
    u text DEFAULT (CAST('ok' AS mood))::text
);
CREATE INDEX ON moods ((m = 'ok'::mood)) WHERE m > 'sad'::mood;
ALTER TYPE mood SET SCHEMA blog;
ALTER TYPE blog.mood RENAME TO "Feeling";

-- what goes, takes along what needs it
CREATE TYPE lost AS ENUM ('a');
CREATE TABLE losers (g lost, t text DEFAULT 'a'::lost CHECK (t <> 'a'::lost::text), k int);
CREATE INDEX ON losers (k) WHERE g = 'a'::lost;
DROP TYPE lost CASCADE;
CREATE SEQUENCE sq;
CREATE TABLE drew (a int DEFAULT nextval('sq') + 1, id serial, i int GENERATED ALWAYS AS IDENTITY);
DROP SEQUENCE sq, drew_id_seq CASCADE;

-- a search path is not that of who makes the tables
SET search_path = blog, public;
CREATE TYPE hue AS ENUM ('red');
CREATE TYPE public.hue AS ENUM ('blue');
CREATE SEQUENCE hue_number;
CREATE TABLE hues (
    id serial PRIMARY KEY,
    h hue DEFAULT 'red'::hue CHECK (h = CAST('red' AS hue)),
    b public.hue DEFAULT 'blue'::public.hue,
    n int DEFAULT nextval('hue_number') + 1
);
CREATE INDEX ON hues (n) WHERE h = 'red'::hue;
ALTER TABLE hues ADD m int DEFAULT nextval('hues_id_seq');
RESET search_path;
