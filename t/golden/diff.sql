---- a schema with a table ----

-- schema blog: the database has no such schema
CREATE SCHEMA IF NOT EXISTS blog;

-- blog.t: the database has no such table
CREATE TABLE blog.t (
    a INTEGER
);

---- an enum type, and a table that uses it ----

-- type mood: the database has no such type
CREATE TYPE mood AS ENUM ('sad', 'it''s ok');
COMMENT ON TYPE mood IS 'how';

-- t: the database has no such table
CREATE TABLE t (
    m mood DEFAULT 'sad'
);

-- u: only the database has this table
-- (this could lose or refuse data)
-- DROP TABLE u;

---- labels are added where they belong ----

-- type mood: the models say ('awful', 'sad', 'ok', 'happy', 'mad'), the database has ('sad', 'happy')
ALTER TYPE mood ADD VALUE 'awful' BEFORE 'sad';
ALTER TYPE mood ADD VALUE 'ok' AFTER 'sad';
ALTER TYPE mood ADD VALUE 'mad' AFTER 'happy';

---- a label that is gone ----

-- type mood: the models say ('sad'), the database has ('sad', 'happy'); no statement takes the label 'happy' away
-- (no statement mends it)

---- labels in another order ----

-- type mood: the models say ('sad', 'happy'), the database has ('happy', 'sad'); no statement puts labels into another order
-- (no statement mends it)

---- a sequence ----

-- sequence s: the database has no such sequence
CREATE SEQUENCE s INCREMENT BY 2;
COMMENT ON SEQUENCE s IS 'even';

---- a sequence with other options ----

-- sequence s: the models say INCREMENT BY 2 MAXVALUE 9223372036854775807 CYCLE, the database has INCREMENT BY 1 MAXVALUE 99 NO CYCLE
ALTER SEQUENCE s INCREMENT BY 2 MAXVALUE 9223372036854775807 CYCLE;

---- owners of sequences ----

-- sequence s: the database has no such sequence
CREATE SEQUENCE s;

-- sequence u: the database has no such sequence
CREATE SEQUENCE u;

-- n: the database has no such table
CREATE TABLE n (
    a INTEGER
);
ALTER SEQUENCE u OWNED BY n.a;

-- t.b: the database has no such column
ALTER TABLE t ADD COLUMN b INTEGER;
ALTER SEQUENCE q OWNED BY t.b;

-- sequence r: the models say no owner, the database has OWNED BY t.a
ALTER SEQUENCE r OWNED BY NONE;

-- sequence s: the models say OWNED BY t.a, the database has no such sequence
ALTER SEQUENCE s OWNED BY t.a;

---- a table with all that belongs to it ----

-- t: the database has no such table
CREATE TABLE t (
    id SERIAL NOT NULL,
    u_id INTEGER,
    name TEXT,
    PRIMARY KEY (id),
    FOREIGN KEY(u_id) REFERENCES u (id),
    UNIQUE (name)
);
CREATE INDEX by_name ON t ((lower(name)));
COMMENT ON TABLE t IS 'a table';
COMMENT ON COLUMN t.name IS 'its name';
COMMENT ON INDEX by_name IS 'fast';

---- a default that draws from the sequence of a table that comes later ----

-- a: the database has no such table
CREATE TABLE a (
    x INTEGER
);

-- b: the database has no such table
CREATE TABLE b (
    id SERIAL NOT NULL,
    PRIMARY KEY (id)
);

-- a.x: the models say DEFAULT nextval('b_id_seq'::regclass), the database has no such column
ALTER TABLE a ALTER COLUMN x SET DEFAULT nextval('b_id_seq'::regclass);

---- tables in a circle ----

-- a: the database has no such table
CREATE TABLE a (
    id INTEGER NOT NULL,
    b_id INTEGER,
    PRIMARY KEY (id)
);

-- b: the database has no such table
CREATE TABLE b (
    id INTEGER NOT NULL,
    a_id INTEGER,
    PRIMARY KEY (id)
);

-- a: the database has no FOREIGN KEY(b_id) REFERENCES b (id)
ALTER TABLE a ADD FOREIGN KEY(b_id) REFERENCES b (id);

-- b: the database has no FOREIGN KEY(a_id) REFERENCES a (id)
ALTER TABLE b ADD FOREIGN KEY(a_id) REFERENCES a (id);

---- a table that refers to what is yet to come ----

-- t: the database has no such table
CREATE TABLE t (
    code INTEGER
);

-- u.code: the database has no such column
ALTER TABLE u ADD COLUMN code INTEGER;

-- u: the database has no UNIQUE (code)
ALTER TABLE u ADD UNIQUE (code);

-- t: the database has no FOREIGN KEY(code) REFERENCES u (code)
ALTER TABLE t ADD FOREIGN KEY(code) REFERENCES u (code);

---- tables that only the database has ----

-- older: only the database has this table
-- (this could lose or refuse data)
-- DROP TABLE older;

-- old: only the database has this table
-- (this could lose or refuse data)
-- DROP TABLE "old";

---- tables in a circle that only the database has ----

-- b: only the database has this table
-- (this could lose or refuse data)
-- ALTER TABLE a DROP CONSTRAINT IF EXISTS a_b_id_fkey;
-- DROP TABLE b;

-- a: only the database has this table
-- (this could lose or refuse data)
-- DROP TABLE a;

---- columns that are missing ----

-- t.a: the database has no such column
ALTER TABLE t ADD COLUMN a INTEGER;
COMMENT ON COLUMN t.a IS 'a';

-- t.b: the database has no such column; it is NOT NULL without a default, so adding it fails where the table has rows
-- (this could lose or refuse data)
-- ALTER TABLE t ADD COLUMN b TEXT NOT NULL;

-- t.c: the database has no such column
ALTER TABLE t ADD COLUMN c INTEGER DEFAULT 5 NOT NULL;

-- t.d: the database has no such column
ALTER TABLE t ADD COLUMN d SERIAL NOT NULL;

-- t.f: the database has no such column
ALTER TABLE t ADD COLUMN f INTEGER GENERATED BY DEFAULT AS IDENTITY;

-- t.e: the database has no such column
ALTER TABLE t ADD COLUMN e INTEGER GENERATED ALWAYS AS (a * 2) STORED;

---- a column that only the database has ----

-- t.a: only the database has this column
-- (this could lose or refuse data)
-- ALTER TABLE t DROP COLUMN a;

-- t.b: only the database has this column; it is NOT NULL without a default, so no row can be inserted without it
-- (this could lose or refuse data)
-- ALTER TABLE t DROP COLUMN b;

---- types that PostgreSQL converts by itself ----

-- t.a: the models say BIGINT, the database has INTEGER
ALTER TABLE t ALTER COLUMN a TYPE BIGINT;

-- t.b: the models say SMALLINT, the database has INTEGER
-- (this could lose or refuse data)
-- ALTER TABLE t ALTER COLUMN b TYPE SMALLINT;

-- t.c: the models say TEXT, the database has VARCHAR(5)
ALTER TABLE t ALTER COLUMN c TYPE TEXT;

-- t.d: the models say VARCHAR(10), the database has VARCHAR(20)
-- (this could lose or refuse data)
-- ALTER TABLE t ALTER COLUMN d TYPE VARCHAR(10);

-- t.e: the models say TIMESTAMP WITH TIME ZONE, the database has TIMESTAMP WITHOUT TIME ZONE
-- (this could lose or refuse data)
-- ALTER TABLE t ALTER COLUMN e TYPE TIMESTAMP WITH TIME ZONE;

-- t.f: the models say NUMERIC(12, 2), the database has NUMERIC(10, 2)
ALTER TABLE t ALTER COLUMN f TYPE NUMERIC(12, 2);

-- t.g: the models say DATE, the database has TIMESTAMP WITHOUT TIME ZONE
-- (this could lose or refuse data)
-- ALTER TABLE t ALTER COLUMN g TYPE DATE;

-- t.h: the models say TEXT, the database has INTEGER[]
ALTER TABLE t ALTER COLUMN h TYPE TEXT;

---- types that it must be told how to convert ----

-- t.a: the models say INTEGER, the database has TEXT
-- (this could lose or refuse data)
-- ALTER TABLE t ALTER COLUMN a DROP DEFAULT, ALTER COLUMN a TYPE INTEGER USING a::INTEGER, ALTER COLUMN a SET DEFAULT 1;

-- t.b: the models say UUID, the database has TEXT
-- (this could lose or refuse data)
-- ALTER TABLE t ALTER COLUMN b TYPE UUID USING b::UUID;

-- t.c: the models say BOOLEAN, the database has INTEGER
-- (this could lose or refuse data)
-- ALTER TABLE t ALTER COLUMN c TYPE BOOLEAN USING c::BOOLEAN;

-- t.d: the models say BIGINT, the database has BOOLEAN
-- (this could lose or refuse data)
-- ALTER TABLE t ALTER COLUMN d TYPE BIGINT USING d::integer::BIGINT;

-- t.e: the models say JSONB[], the database has TEXT[]
-- (this could lose or refuse data)
-- ALTER TABLE t ALTER COLUMN e TYPE JSONB[] USING e::JSONB[];

-- t.f: the models say DATE, the database has TIME WITHOUT TIME ZONE
-- (this could lose or refuse data)
-- ALTER TABLE t ALTER COLUMN f TYPE DATE USING f::text::DATE;

---- an enum instead of a text ----

-- type mood: the database has no such type
CREATE TYPE mood AS ENUM ('sad', 'happy');

-- t.m: the models say mood, the database has VARCHAR(10)
-- (this could lose or refuse data)
-- ALTER TABLE t ALTER COLUMN m DROP DEFAULT, ALTER COLUMN m TYPE mood USING m::mood, ALTER COLUMN m SET DEFAULT 'sad';

---- a serial that gets bigger ----

-- t.id: the models say BIGINT, the database has INTEGER
ALTER TABLE t ALTER COLUMN id TYPE BIGINT;
ALTER SEQUENCE t_id_seq AS BIGINT;

-- t.i: the models say BIGINT, the database has INTEGER
ALTER TABLE t ALTER COLUMN i TYPE BIGINT;

---- nullability ----

-- t.a: the models say NOT NULL, the database allows NULL; the change fails where rows have none
-- (this could lose or refuse data)
-- ALTER TABLE t ALTER COLUMN a SET NOT NULL;

-- t.b: the models allow NULL, the database says NOT NULL
ALTER TABLE t ALTER COLUMN b DROP NOT NULL;

---- defaults ----

-- t.a: the models say DEFAULT 1, the database has DEFAULT 3
ALTER TABLE t ALTER COLUMN a SET DEFAULT 1;

-- t.b: the models say DEFAULT 2, the database has no default
ALTER TABLE t ALTER COLUMN b SET DEFAULT 2;

-- t.c: the models say no default, the database has DEFAULT 4
ALTER TABLE t ALTER COLUMN c DROP DEFAULT;

---- collations ----

-- t.a: the models say COLLATE "C", the database has the default collation
ALTER TABLE t ALTER COLUMN a TYPE TEXT COLLATE "C";

-- t.b: the models say the default collation, the database has COLLATE "POSIX"
ALTER TABLE t ALTER COLUMN b TYPE TEXT;

---- comments of the sequences of columns ----

-- t.id, its sequence: the models' comment is 'of t', the database has none
COMMENT ON SEQUENCE t_id_seq IS 'of t';

-- t.i, its sequence: the models have no comment, the database has 'gone'
COMMENT ON SEQUENCE t_i_seq IS NULL;

---- comments of the sequences of new columns ----

-- t.id: the database has no such column
ALTER TABLE t ADD COLUMN id SERIAL NOT NULL;
COMMENT ON SEQUENCE t_id_seq IS 'of t';

-- t.i: the database has no such column
ALTER TABLE t ADD COLUMN i INTEGER GENERATED ALWAYS AS IDENTITY;
COMMENT ON COLUMN t.i IS 'i';
COMMENT ON SEQUENCE t_i_seq IS 'of i';

---- comments ----

-- t.a: the models' comment is 'new', the database has 'old'
COMMENT ON COLUMN t.a IS 'new';

-- t.b: the models have no comment, the database has 'gone'
COMMENT ON COLUMN t.b IS NULL;

-- t, constraint k: the models' comment is 'k', the database has none
COMMENT ON CONSTRAINT k ON t IS 'k';

-- t, index i: the models' comment is 'i', the database has none
COMMENT ON INDEX i IS 'i';

-- t: the models' comment is 'it's a table', the database has none
COMMENT ON TABLE t IS 'it''s a table';

---- from nothing to a sequence ----

-- t.a: the models say SERIAL, the database has no sequence
CREATE SEQUENCE t_a_seq AS INTEGER OWNED BY t.a;
SELECT setval('t_a_seq', greatest(max(a) + 1, 1), false) FROM t;
ALTER TABLE t ALTER COLUMN a SET DEFAULT nextval('t_a_seq');

-- t.b: the models say NOT NULL, the database allows NULL; the change fails where rows have none
-- (this could lose or refuse data)
-- ALTER TABLE t ALTER COLUMN b SET NOT NULL;

-- t.b: the models say GENERATED BY DEFAULT AS IDENTITY, the database has no sequence
ALTER TABLE t ALTER COLUMN b DROP DEFAULT;
ALTER TABLE t ALTER COLUMN b ADD GENERATED BY DEFAULT AS IDENTITY;
SELECT setval('t_b_seq', greatest(max(b) + 1, 1), false) FROM t;

-- t.c: the models say GENERATED ALWAYS AS IDENTITY (START WITH 10 INCREMENT BY 5), the database has no sequence
ALTER TABLE t ALTER COLUMN c ADD GENERATED ALWAYS AS IDENTITY (START WITH 10 INCREMENT BY 5);
SELECT setval('t_c_seq', greatest(max(c) + 1, 10), false) FROM t;

---- from a sequence to nothing ----

-- t.a: the models say no sequence, the database has SERIAL
ALTER TABLE t ALTER COLUMN a DROP DEFAULT;
DROP SEQUENCE t_a_seq;

-- t.b: the models say no sequence, the database has GENERATED BY DEFAULT AS IDENTITY
ALTER TABLE t ALTER COLUMN b DROP IDENTITY;

-- t.b: the models allow NULL, the database says NOT NULL
ALTER TABLE t ALTER COLUMN b DROP NOT NULL;

-- t.c: the models say no sequence, the database has SERIAL
ALTER TABLE t ALTER COLUMN c DROP DEFAULT;
DROP SEQUENCE t_c_seq;

-- t.c: the models say DEFAULT 3, the database has no default
ALTER TABLE t ALTER COLUMN c SET DEFAULT 3;

---- from one kind to another ----

-- t.a: the models say SERIAL, the database has GENERATED ALWAYS AS IDENTITY
ALTER TABLE t ALTER COLUMN a DROP IDENTITY;
CREATE SEQUENCE t_a_seq AS INTEGER OWNED BY t.a;
SELECT setval('t_a_seq', greatest(max(a) + 1, 1), false) FROM t;
ALTER TABLE t ALTER COLUMN a SET DEFAULT nextval('t_a_seq');

-- t.b: the models say GENERATED ALWAYS AS IDENTITY, the database has SERIAL
ALTER TABLE t ALTER COLUMN b DROP DEFAULT;
DROP SEQUENCE t_b_seq;
ALTER TABLE t ALTER COLUMN b ADD GENERATED ALWAYS AS IDENTITY;
SELECT setval('t_b_seq', greatest(max(b) + 1, 1), false) FROM t;

-- t.c: the models say GENERATED BY DEFAULT AS IDENTITY, the database has GENERATED ALWAYS AS IDENTITY
ALTER TABLE t ALTER COLUMN c SET GENERATED BY DEFAULT;

---- the options of an identity ----

-- t.a: the models say GENERATED ALWAYS AS IDENTITY (INCREMENT BY 2 CACHE 10 CYCLE), the database has GENERATED ALWAYS AS IDENTITY (MAXVALUE 100)
ALTER TABLE t ALTER COLUMN a SET INCREMENT BY 2 SET MAXVALUE 2147483647 SET CACHE 10 SET CYCLE;

---- a generated column is otherwise, and what is on it ----

-- t.b: the models say GENERATED ALWAYS AS (a * 3) STORED, the database has GENERATED ALWAYS AS (a * 2) STORED
-- (this could lose or refuse data)
-- ALTER TABLE t DROP COLUMN b;
-- ALTER TABLE t ADD COLUMN b INTEGER GENERATED ALWAYS AS (a * 3) STORED;
-- COMMENT ON COLUMN t.b IS 'b';

-- t: UNIQUE (b) goes with a column that is made again
ALTER TABLE t ADD UNIQUE (b);

-- t: INDEX i ON t (b) goes with a column that is made again
CREATE INDEX i ON t (b);

---- what mentions a generated column that is made again ----

-- t.b: the models say GENERATED ALWAYS AS (a * 3) STORED, the database has GENERATED ALWAYS AS (a * 2) STORED
-- (this could lose or refuse data)
-- ALTER TABLE t DROP COLUMN b;
-- ALTER TABLE t ADD COLUMN b INTEGER GENERATED ALWAYS AS (a * 3) STORED;

-- t: CONSTRAINT k CHECK (b > 0) goes with a column that is made again
ALTER TABLE t ADD CONSTRAINT k CHECK (b > 0);

-- t: INDEX i ON t ((abs(b))) goes with a column that is made again
CREATE INDEX i ON t ((abs(b)));

-- t: INDEX j ON t (a) WHERE b > 1 goes with a column that is made again
CREATE INDEX j ON t (a) WHERE b > 1;

---- generated columns that only the database has ----

-- t.c: only the database has this column
-- (this could lose or refuse data)
-- ALTER TABLE t DROP COLUMN c;

-- t.b: only the database has this column
-- (this could lose or refuse data)
-- ALTER TABLE t DROP COLUMN b;

---- a generated column becomes an ordinary one, and the other way ----

-- t.b: the models say an ordinary column, the database has GENERATED ALWAYS AS (a) STORED
ALTER TABLE t ALTER COLUMN b DROP EXPRESSION;

-- t.b: the models say DEFAULT 3, the database has no default
ALTER TABLE t ALTER COLUMN b SET DEFAULT 3;

-- t.c: the models say GENERATED ALWAYS AS (a) STORED, the database has an ordinary column
-- (this could lose or refuse data)
-- ALTER TABLE t DROP COLUMN c;
-- ALTER TABLE t ADD COLUMN c INTEGER GENERATED ALWAYS AS (a) STORED;

---- a column that another is generated from gets another type ----

-- t.a: the models say BIGINT, the database has INTEGER
ALTER TABLE t DROP COLUMN IF EXISTS b;
ALTER TABLE t ALTER COLUMN a TYPE BIGINT;

-- t.b: it must be made again, because a column that it is made from changes
-- (this could lose or refuse data)
-- ALTER TABLE t DROP COLUMN IF EXISTS b;
-- ALTER TABLE t ADD COLUMN b BIGINT GENERATED ALWAYS AS (a * 2) STORED;

---- constraints that are missing ----

-- t: the database has no PRIMARY KEY (id)
ALTER TABLE t ADD PRIMARY KEY (id);

-- t: the database has no UNIQUE (a)
ALTER TABLE t ADD UNIQUE (a);

-- t: the database has no CHECK (b > 0)
ALTER TABLE t ADD CHECK (b > 0);

-- t: the database has no CONSTRAINT no_overlap EXCLUDE USING gist (r WITH &&)
ALTER TABLE t ADD CONSTRAINT no_overlap EXCLUDE USING gist (r WITH &&);

-- t: the database has no CONSTRAINT to_u FOREIGN KEY(u_id) REFERENCES u (id) ON DELETE CASCADE
ALTER TABLE t ADD CONSTRAINT to_u FOREIGN KEY(u_id) REFERENCES u (id) ON DELETE CASCADE;

---- constraints that only the database has ----

-- t: only the database has CONSTRAINT t_u_id_fkey FOREIGN KEY(u_id) REFERENCES u (id)
ALTER TABLE t DROP CONSTRAINT t_u_id_fkey;

-- u: only the database has CONSTRAINT u_pkey PRIMARY KEY (id)
ALTER TABLE u DROP CONSTRAINT u_pkey;

-- t: only the database has CONSTRAINT t_id_key UNIQUE (id)
ALTER TABLE t DROP CONSTRAINT t_id_key;

-- t: only the database has CONSTRAINT t_a_check CHECK (a > 0)
ALTER TABLE t DROP CONSTRAINT t_a_check;

---- constraints that are otherwise ----

-- t: the models say CONSTRAINT q UNIQUE (a, b) DEFERRABLE INITIALLY IMMEDIATE, the database has CONSTRAINT q UNIQUE (a)
ALTER TABLE t DROP CONSTRAINT q;
ALTER TABLE t ADD CONSTRAINT q UNIQUE (a, b) DEFERRABLE INITIALLY IMMEDIATE;

-- t: the models say CONSTRAINT k CHECK (a > 1), the database has CONSTRAINT k CHECK (a > 0)
ALTER TABLE t DROP CONSTRAINT k;
ALTER TABLE t ADD CONSTRAINT k CHECK (a > 1);

-- t: the models say CONSTRAINT t_u_id_fkey FOREIGN KEY(u_id) REFERENCES u (id) ON DELETE CASCADE, the database has CONSTRAINT t_u_id_fkey FOREIGN KEY(u_id) REFERENCES u (id)
ALTER TABLE t DROP CONSTRAINT t_u_id_fkey;
ALTER TABLE t ADD CONSTRAINT t_u_id_fkey FOREIGN KEY(u_id) REFERENCES u (id) ON DELETE CASCADE;

---- constraints that the server named are otherwise ----

-- t: the models say UNIQUE (a) DEFERRABLE INITIALLY IMMEDIATE, the database has CONSTRAINT t_a_key UNIQUE (a)
ALTER TABLE t DROP CONSTRAINT t_a_key;
ALTER TABLE t ADD UNIQUE (a) DEFERRABLE INITIALLY IMMEDIATE;

-- t: the models say FOREIGN KEY(u_id) REFERENCES u (id) ON DELETE SET NULL, the database has CONSTRAINT t_u_id_fkey FOREIGN KEY(u_id) REFERENCES u (id)
ALTER TABLE t DROP CONSTRAINT t_u_id_fkey;
ALTER TABLE t ADD FOREIGN KEY(u_id) REFERENCES u (id) ON DELETE SET NULL;

---- constraints and indexes with another name ----

-- t: the models say CONSTRAINT new_key UNIQUE (a), the database has CONSTRAINT old_key UNIQUE (a)
ALTER TABLE t RENAME CONSTRAINT old_key TO new_key;

-- t: the models say CONSTRAINT new_check CHECK (a > 0), the database has CONSTRAINT old_check CHECK (a > 0)
ALTER TABLE t RENAME CONSTRAINT old_check TO new_check;

-- t: the models say INDEX new_index ON t (b), the database has INDEX old_index ON t (b)
ALTER INDEX old_index RENAME TO new_index;

---- a constraint that was not checked ----

-- t: the models say CONSTRAINT k CHECK (a > 0), the database has CONSTRAINT k CHECK (a > 0) NOT VALID
ALTER TABLE t VALIDATE CONSTRAINT k;

---- another primary key, which a foreign key refers to ----

-- u: the models say PRIMARY KEY (id), the database has CONSTRAINT u_pkey PRIMARY KEY (id) INCLUDE (code)
ALTER TABLE t DROP CONSTRAINT IF EXISTS t_u_id_fkey;
ALTER TABLE u DROP CONSTRAINT u_pkey;
ALTER TABLE u ADD PRIMARY KEY (id);
ALTER TABLE t ADD CONSTRAINT t_u_id_fkey FOREIGN KEY(u_id) REFERENCES u (id);

-- u: the models say CONSTRAINT u_code_key UNIQUE (code) DEFERRABLE INITIALLY IMMEDIATE, the database has CONSTRAINT u_code_key UNIQUE (code)
ALTER TABLE u DROP CONSTRAINT u_code_key;
ALTER TABLE u ADD CONSTRAINT u_code_key UNIQUE (code) DEFERRABLE INITIALLY IMMEDIATE;

---- a key and what refers to it get another type ----

-- u.id: the models say TEXT, the database has INTEGER
ALTER TABLE t DROP CONSTRAINT IF EXISTS t_u_id_fkey;
ALTER TABLE u ALTER COLUMN id TYPE TEXT;

-- t.u_id: the models say TEXT, the database has INTEGER
ALTER TABLE t DROP CONSTRAINT IF EXISTS t_u_id_fkey;
ALTER TABLE t ALTER COLUMN u_id TYPE TEXT;

-- t.a: the models say TEXT, the database has INTEGER
ALTER TABLE t DROP CONSTRAINT IF EXISTS k;
ALTER TABLE t ALTER COLUMN a TYPE TEXT;

-- t: the models say CONSTRAINT k CHECK (a <> ''), the database has CONSTRAINT k CHECK (a > 0)
ALTER TABLE t DROP CONSTRAINT IF EXISTS k;
ALTER TABLE t ADD CONSTRAINT k CHECK (a <> '');

-- t: CONSTRAINT t_u_id_fkey FOREIGN KEY(u_id) REFERENCES u (id) must be made again, because its columns get other types
ALTER TABLE t DROP CONSTRAINT IF EXISTS t_u_id_fkey;
ALTER TABLE t ADD CONSTRAINT t_u_id_fkey FOREIGN KEY(u_id) REFERENCES u (id);

---- a key that a strange table refers to ----

-- u: only the database has CONSTRAINT u_pkey PRIMARY KEY (id)
ALTER TABLE x DROP CONSTRAINT IF EXISTS x_u_id_fkey;
ALTER TABLE u DROP CONSTRAINT u_pkey;

-- x: only the database has this table
-- (this could lose or refuse data)
-- DROP TABLE x;

---- indexes that are missing, extra and otherwise ----

-- t: only the database has INDEX x ON t USING hash (a)
DROP INDEX x;

-- t: the database has no UNIQUE INDEX i ON t (a) INCLUDE (b) WHERE b > 0
CREATE UNIQUE INDEX i ON t (a) INCLUDE (b) WHERE b > 0;

-- t: the models say INDEX j ON t (b) WITH (fillfactor = 70), the database has INDEX j ON t (b)
DROP INDEX j;
CREATE INDEX j ON t (b) WITH (fillfactor = 70);

-- t: the models say INDEX k ON t ((lower(c)) DESC), the database has INDEX k ON t ((upper(c)))
DROP INDEX k;
CREATE INDEX k ON t ((lower(c)) DESC);

---- an identity becomes a text ----

-- t.id: the models say no sequence, the database has GENERATED ALWAYS AS IDENTITY
ALTER TABLE t ALTER COLUMN id DROP IDENTITY;

-- t.id: the models say TEXT, the database has INTEGER
ALTER TABLE t ALTER COLUMN id TYPE TEXT;

---- a serial becomes a type that its default is not of ----

-- t.id: the models say no sequence, the database has SERIAL
ALTER TABLE t ALTER COLUMN id DROP DEFAULT;
DROP SEQUENCE t_id_seq;

-- t.id: the models say UUID, the database has INTEGER
-- (this could lose or refuse data)
-- ALTER TABLE t ALTER COLUMN id TYPE UUID USING id::text::UUID;

---- a column with quotes in its name, from which another is generated ----

-- t.we"ird: the models say VARCHAR(5), the database has TEXT
-- (this could lose or refuse data)
-- ALTER TABLE t DROP COLUMN IF EXISTS g;
-- ALTER TABLE t ALTER COLUMN "we""ird" TYPE VARCHAR(5);

-- t.g: it must be made again, because a column that it is made from changes
-- (this could lose or refuse data)
-- ALTER TABLE t DROP COLUMN IF EXISTS g;
-- ALTER TABLE t ADD COLUMN g TEXT GENERATED ALWAYS AS ("we""ird" || 'x') STORED;

---- indexes that cannot follow their column to another type ----

-- t.a: the models say UUID, the database has TEXT
-- (this could lose or refuse data)
-- DROP INDEX IF EXISTS w;
-- DROP INDEX IF EXISTS o;
-- ALTER TABLE t ALTER COLUMN a TYPE UUID USING a::UUID;

-- t: INDEX w ON t (id) WHERE a IS NOT NULL must be made again, because its columns get other types
DROP INDEX IF EXISTS w;
CREATE INDEX w ON t (id) WHERE a IS NOT NULL;

-- t: the models say INDEX o ON t (a), the database has INDEX o ON t (a text_pattern_ops)
DROP INDEX IF EXISTS o;
CREATE INDEX o ON t (a);

---- a check that cannot follow its column to another type ----

-- t.a: the models say mood, the database has TEXT
-- (this could lose or refuse data)
-- ALTER TABLE t DROP CONSTRAINT IF EXISTS c;
-- ALTER TABLE t ALTER COLUMN a DROP DEFAULT, ALTER COLUMN a TYPE mood USING a::mood, ALTER COLUMN a SET DEFAULT 'a';

-- t: CONSTRAINT c CHECK (a <> 'b') must be made again, because its columns get other types
ALTER TABLE t DROP CONSTRAINT IF EXISTS c;
ALTER TABLE t ADD CONSTRAINT c CHECK (a <> 'b');

---- a primary key gets smaller ----

-- t: the models say PRIMARY KEY (id), the database has CONSTRAINT t_pkey PRIMARY KEY (id, a)
ALTER TABLE t DROP CONSTRAINT t_pkey;
ALTER TABLE t ADD PRIMARY KEY (id);

-- t.a: the models allow NULL, the database says NOT NULL
ALTER TABLE t ALTER COLUMN a DROP NOT NULL;

---- a foreign key leaves a key that goes ----

-- t: only the database has CONSTRAINT t_a_key UNIQUE (a)
ALTER TABLE u DROP CONSTRAINT IF EXISTS u_x_fkey;
ALTER TABLE t DROP CONSTRAINT t_a_key;

-- u: the models say FOREIGN KEY(x) REFERENCES t (id), the database has CONSTRAINT u_x_fkey FOREIGN KEY(x) REFERENCES t (a)
ALTER TABLE u DROP CONSTRAINT IF EXISTS u_x_fkey;
ALTER TABLE u ADD FOREIGN KEY(x) REFERENCES t (id);

-- t.a: only the database has this column
-- (this could lose or refuse data)
-- ALTER TABLE t DROP COLUMN a;

