-- Keys and constraints in every form.

CREATE TABLE t1 (a int, b int, c int, d text, e int4range, f int, PRIMARY KEY (b, a) INCLUDE (c));
ALTER TABLE t1 ADD CONSTRAINT "t1's key" UNIQUE NULLS NOT DISTINCT (c, d) INCLUDE (a, f);
ALTER TABLE t1 ADD UNIQUE (d) DEFERRABLE, ADD UNIQUE (f, a) DEFERRABLE INITIALLY DEFERRED, ADD UNIQUE (f) NOT DEFERRABLE;
ALTER TABLE t1 ADD CONSTRAINT no_overlap EXCLUDE USING gist (e WITH &&) WHERE (a > 0) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE t1 ADD EXCLUDE USING gist (e range_ops WITH -|-, (e * '[1,10)'::int4range) WITH &&);
ALTER TABLE t1 ADD CONSTRAINT lowered EXCLUDE USING btree (lower(d) text_pattern_ops WITH =) INCLUDE (a);
ALTER TABLE t1 ADD CONSTRAINT hashed EXCLUDE USING hash (d WITH OPERATOR(pg_catalog.=));
ALTER TABLE t1 ADD CONSTRAINT sorted EXCLUDE (a DESC NULLS LAST WITH =, (b + 1) NULLS FIRST WITH =);
COMMENT ON CONSTRAINT "t1's key" ON t1 IS 'it''s unique';
COMMENT ON CONSTRAINT no_overlap ON t1 IS 'periods';
COMMENT ON CONSTRAINT t1_pkey ON t1 IS 'the key';

CREATE TABLE t2 (
    id int CONSTRAINT "the key" PRIMARY KEY,
    a int, b int, c int, d int,
    up int CONSTRAINT ref REFERENCES t2 (id) ON DELETE SET NULL ON UPDATE CASCADE,
    CONSTRAINT pair FOREIGN KEY (a, b) REFERENCES t1 (a, b) MATCH FULL ON DELETE RESTRICT ON UPDATE NO ACTION,
    FOREIGN KEY (c, d) REFERENCES t1 ON DELETE SET NULL (d),
    FOREIGN KEY (d, c) REFERENCES t1 ON DELETE SET DEFAULT (c, d) ON UPDATE SET DEFAULT DEFERRABLE,
    FOREIGN KEY (c) REFERENCES t1 (f) ON DELETE CASCADE INITIALLY DEFERRED
);
CREATE TABLE checks (
    a int CHECK (a > 0) CHECK (a < 100) CONSTRAINT odd CHECK (a % 2 = 1),
    b int CONSTRAINT bb NOT NULL CONSTRAINT b_check1 CHECK (b > a) NO INHERIT,
    c text CHECK (c IN ('a', 'b', 'c')) CHECK (c LIKE 'a%' OR c ~ '^b' AND NOT c ILIKE '%c%'),
    d date CHECK (d BETWEEN '2000-01-01' AND CURRENT_DATE) CHECK (d IS NOT NULL AND d IS DISTINCT FROM DATE '2001-01-01'),
    e int[] CHECK (array_length(e, 1) <= 3 AND 0 <> ALL (e) AND 5 = ANY (e)) CHECK (e[1] > 0),
    f jsonb CHECK (f ? 'key' AND f ->> 'a' = 'b' AND (f -> 'n')::int > 0),
    g text CHECK (CASE WHEN g = 'x' THEN true WHEN g = 'y' THEN a > 5 ELSE false END) CONSTRAINT checks_g CHECK (coalesce(g, c, '') <> ''),
    h text CHECK (char_length(h) < 10 AND substring(h from 1 for 2) = 'ab' AND position('b' in h) > 0 AND trim(both ' ' from h) = h),
    i timestamptz CHECK (extract(year from i) > 2000 AND i AT TIME ZONE 'UTC' > '2000-01-01' AND date_trunc('day', i) = i),
    j numeric(10, 2) CHECK (j >= 0.00 AND j <= 1e6 AND -j < 5 AND j::int = 3),
    k boolean CHECK (k) CHECK (k IS NOT FALSE) CONSTRAINT checks_k CHECK (NOT k OR a = 1),
    l int CONSTRAINT checks_l CHECK ((a, b) < (b, l) AND ROW(a, b) IS NOT NULL) CHECK (l = GREATEST(a, b, 3) OR l = LEAST(a, NULLIF(b, 3))),
    m xml CHECK (m IS DOCUMENT),
    n text CHECK (n COLLATE "C" < 'x') CHECK (n SIMILAR TO '[ab]+') CHECK (n || 'x' <> U&'\0441\043B'),
    o bit(3) CHECK (o & B'101' = B'001'),
    p inet CHECK (p << '10.0.0.0/8'),
    q text CHECK (q = E'a\tb\\c''d' OR q = $$dollar$$),
    CHECK (true), CHECK (a > 0 AND b > 0 OR c IS NULL), CONSTRAINT "with "" quote" CHECK (a <> b)
);
ALTER TABLE checks ADD CONSTRAINT later CHECK (b < 1000) NOT VALID;
ALTER TABLE t2 ADD CONSTRAINT later FOREIGN KEY (id) REFERENCES t2 NOT VALID;
CREATE UNIQUE INDEX made_before ON checks (b);
ALTER TABLE checks ADD CONSTRAINT b_unique UNIQUE USING INDEX made_before;
ALTER TABLE checks ADD CONSTRAINT checks_pkey PRIMARY KEY (a);
ALTER TABLE t2 ALTER CONSTRAINT ref DEFERRABLE INITIALLY DEFERRED;

-- keys and constraints whose names are as long as names get, or longer
CREATE TABLE a_table_with_a_name_that_is_really_much_longer_than_anybody_needs_it (
    a_column_with_a_name_that_is_really_much_longer_than_anybody_needs_it int PRIMARY KEY,
    another_column_with_a_name_that_is_really_much_longer_than_anybody_needs serial UNIQUE CHECK (another_column_with_a_name_that_is_really_much_longer_than_anybody_needs > 0),
    größe_die_auch_noch_sehr_lang_ist_und_deren_name_mit_ä_ö_ü_ist int REFERENCES a_table_with_a_name_that_is_really_much_longer_than_anybody_needs_it
);
CREATE INDEX ON a_table_with_a_name_that_is_really_much_longer_than_anybody_needs_it (größe_die_auch_noch_sehr_lang_ist_und_deren_name_mit_ä_ö_ü_ist, lower('x'));

-- two that refer to each other, twice, and one between
CREATE TABLE left_one (id int PRIMARY KEY, other int);
CREATE TABLE right_one (id int PRIMARY KEY, other int REFERENCES left_one, again int REFERENCES left_one);
CREATE TABLE middle (id int PRIMARY KEY REFERENCES right_one, l int REFERENCES left_one);
ALTER TABLE left_one ADD FOREIGN KEY (other) REFERENCES right_one, ADD CONSTRAINT second FOREIGN KEY (other) REFERENCES middle;
