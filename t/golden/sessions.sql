WITH aq_out AS (UPDATE users SET age = aq_in.c1 FROM unnest($1::int4[], $2::int4[]) aq_in(c1, c2) WHERE users.id = aq_in.c2 RETURNING 1) SELECT CASE WHEN count(*) < cardinality($2::int4[]) THEN ('aquifer: UPDATE statement on table ''users'' expected to update ' || cardinality($2::int4[]) || ' row(s); ' || count(*) || ' were matched.')::int4 END AS aq_stale FROM aq_out;
-- [ARRAY[31], ARRAY[1]]
WITH aq_out AS (INSERT INTO users (username) SELECT aq_in.c1 FROM unnest($1::text[]) aq_in(c1) RETURNING id) SELECT aq_out.id FROM (SELECT set_config('aq.k1', CASE WHEN count(*) = cardinality($1::text[]) THEN array_agg(aq_out.id)::text ELSE ('aquifer: INSERT statement on table ''users'' expected to insert ' || cardinality($1::text[]) || ' row(s); ' || count(*) || ' were inserted.')::int4::text END, true) FROM aq_out) aq_carry, aq_out;
-- [ARRAY['eve']]
INSERT INTO post (title, author_id) SELECT aq_in.c1, ((SELECT current_setting('aq.k1')::int4[]))[aq_in.c2] FROM unnest($1::text[], $2::int4[]) aq_in(c1, c2) RETURNING id, pub_date, views;
-- [ARRAY['again', 'again', 'again', 'again', 'again', 'again', 'again', 'again', 'again', 'again', 'again', 'again', 'again', 'again', 'again', 'again', 'again', 'again', 'again', 'again', ... 1000 in all], ARRAY[1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, ... 1000 in all]]
UPDATE post SET author_id = NULL WHERE post.author_id = ANY($1::int4[]);
-- [ARRAY[2]]
DELETE FROM users WHERE users.id = ANY($1::int4[]);
-- [ARRAY[2]]
