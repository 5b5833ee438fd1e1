-- Indexes of every method, and with everything that an index can have.

CREATE TABLE t (
    a int, b text, c text[], d tsvector, e point, f int4range, g inet, h jsonb, i timestamptz, j date, k box, l circle, m polygon, n uuid, o varchar(10), p "char",
    c01 int, c02 int, c03 int, c04 int, c05 int, c06 int, c07 int, c08 int, c09 int, c10 int, c11 int, c12 int, c13 int, c14 int, c15 int, c16 int,
    c17 int, c18 int, c19 int, c20 int, c21 int, c22 int, c23 int, c24 int, c25 int, c26 int, c27 int, c28 int, c29 int, c30 int, c31 int, c32 int
);
CREATE INDEX thirty_two ON t (c01, c02, c03, c04, c05, c06, c07, c08, c09, c10, c11, c12, c13, c14, c15, c16, c17, c18, c19, c20, c21, c22, c23, c24, c25, c26, c27, c28, c29, c30, c31, c32);
CREATE INDEX ON t (a);
CREATE INDEX ON t (a);
CREATE INDEX ON t (a, b);
CREATE INDEX ON t USING btree (a ASC, b DESC, j NULLS FIRST, i DESC NULLS LAST);
CREATE UNIQUE INDEX ON t (a, b) NULLS NOT DISTINCT;
CREATE UNIQUE INDEX covering ON t (a) INCLUDE (b, c, j) WITH (fillfactor = 90, deduplicate_items = off) WHERE a > 0 AND b IS NOT NULL;
CREATE INDEX ON t (b text_pattern_ops, o varchar_pattern_ops);
CREATE INDEX ON t (b COLLATE "C", b text_pattern_ops DESC);
CREATE INDEX ON t (lower(b), (a + 1), (b || o), (a::text), ((h ->> 'k')), (a IS NULL), (i AT TIME ZONE 'UTC'), upper(b) COLLATE "C" text_pattern_ops DESC NULLS LAST);
CREATE INDEX ON t (coalesce(a, 0), (CASE WHEN a > 0 THEN b END), nullif(a, 1), greatest(a, c01), ("substring"(b, 1, 2)), ((b)), (c[1])) ;
CREATE INDEX ON t USING hash (b);
CREATE INDEX ON t USING hash (b text_pattern_ops) WITH (fillfactor = 60);
CREATE INDEX ON t USING gin (c, d) WITH (fastupdate = off, gin_pending_list_limit = 128);
CREATE INDEX ON t USING gin (h jsonb_path_ops);
CREATE INDEX ON t USING gin (to_tsvector('english', b));
CREATE INDEX ON t USING gin (to_tsvector('pg_catalog.simple'::regconfig, coalesce(b, '') || ' ' || coalesce(o, '')));
CREATE INDEX ON t USING gist (d tsvector_ops (siglen = 64), e, f range_ops) INCLUDE (a) WITH (buffering = on, fillfactor = 80);
CREATE INDEX ON t USING gist (g inet_ops, k, l, m);
CREATE INDEX ON t USING spgist (e kd_point_ops);
CREATE INDEX ON t USING spgist (e quad_point_ops) INCLUDE (a);
CREATE INDEX ON t USING spgist (b) WITH (fillfactor = 75);
CREATE INDEX ON t USING brin (i, a) WITH (pages_per_range = 16, autosummarize = on);
CREATE INDEX ON t USING brin (a int4_minmax_multi_ops (values_per_range = 16), n uuid_bloom_ops (n_distinct_per_range = 100, false_positive_rate = 0.05), f range_inclusion_ops);
CREATE INDEX part ON t (b) WHERE j = '2024-01-01' OR b LIKE 'a%' OR a IN (1, 2, 3) OR p = 'x';
CREATE INDEX "an ""index""" ON ONLY t (a DESC);
COMMENT ON INDEX part IS 'some of it';
COMMENT ON INDEX t_a_idx IS 'the first one';
ALTER INDEX t_a_idx1 RENAME TO "second One";
