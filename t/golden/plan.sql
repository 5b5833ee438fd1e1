-- one new object
INSERT INTO users (name, mood) SELECT aq_in.c1, aq_in.c2::mood FROM unnest($1::text[], $2::text[]) aq_in(c1, c2) RETURNING id, created, shout;

-- new objects that differ in a column that may be NULL are one statement
INSERT INTO users (name, email, mood) SELECT aq_in.c1, aq_in.c2, aq_in.c3::mood FROM unnest($1::text[], $2::text[], $3::text[]) aq_in(c1, c2, c3) RETURNING id, created, shout;

-- with a key of the user's, and without
INSERT INTO users (name, mood) SELECT aq_in.c1, aq_in.c2::mood FROM unnest($1::text[], $2::text[]) aq_in(c1, c2) RETURNING id, created, shout;
INSERT INTO users (id, name, mood) SELECT aq_in.c1, aq_in.c2, aq_in.c3::mood FROM unnest($1::int4[], $2::text[], $3::text[]) aq_in(c1, c2, c3) RETURNING created, shout;

-- nothing but the server's values
INSERT INTO ticket (id) VALUES (DEFAULT), (DEFAULT), (DEFAULT), (DEFAULT) RETURNING id, state;
INSERT INTO ticket (id) VALUES (DEFAULT), (DEFAULT) RETURNING id, state;
INSERT INTO ticket DEFAULT VALUES RETURNING id, state;

-- parents, children, grandchildren, many-to-many
WITH aq_out AS (INSERT INTO tag (name) SELECT aq_in.c1 FROM unnest($1::text[]) aq_in(c1) RETURNING id) SELECT aq_out.id FROM (SELECT set_config('aq.k3', CASE WHEN count(*) = cardinality($1::text[]) THEN array_agg(aq_out.id)::text ELSE ('aquifer: INSERT statement on table ''tag'' expected to insert ' || cardinality($1::text[]) || ' row(s); ' || count(*) || ' were inserted.')::int4::text END, true) FROM aq_out) aq_carry, aq_out;
WITH aq_out AS (INSERT INTO users (name, mood) SELECT aq_in.c1, aq_in.c2::mood FROM unnest($1::text[], $2::text[]) aq_in(c1, c2) RETURNING id, created, shout) SELECT aq_out.id, aq_out.created, aq_out.shout FROM (SELECT set_config('aq.k1', CASE WHEN count(*) = cardinality($1::text[]) THEN array_agg(aq_out.id)::text ELSE ('aquifer: INSERT statement on table ''users'' expected to insert ' || cardinality($1::text[]) || ' row(s); ' || count(*) || ' were inserted.')::int4::text END, true) FROM aq_out) aq_carry, aq_out;
WITH aq_out AS (INSERT INTO post (title, author_id) SELECT aq_in.c1, ((SELECT current_setting('aq.k1')::int4[]))[aq_in.c2] FROM unnest($1::text[], $2::int4[]) aq_in(c1, c2) RETURNING id) SELECT aq_out.id FROM (SELECT set_config('aq.k2', CASE WHEN count(*) = cardinality($1::text[]) THEN array_agg(aq_out.id)::text ELSE ('aquifer: INSERT statement on table ''post'' expected to insert ' || cardinality($1::text[]) || ' row(s); ' || count(*) || ' were inserted.')::int4::text END, true) FROM aq_out) aq_carry, aq_out;
INSERT INTO post (title, author_id) SELECT aq_in.c1, aq_in.c2 FROM unnest($1::text[], $2::int4[]) aq_in(c1, c2) RETURNING id;
INSERT INTO comment (post_id, body) SELECT ((SELECT current_setting('aq.k2')::int8[]))[aq_in.c1], aq_in.c2 FROM unnest($1::int4[], $2::text[]) aq_in(c1, c2) RETURNING id;
DELETE FROM post_tags USING unnest($1::int8[], $2::uuid[]) aq_in(c1, c2) WHERE post_tags.post_id = aq_in.c1 AND post_tags.tag_id = aq_in.c2;
INSERT INTO post_tags (post_id, tag_id) SELECT ((SELECT current_setting('aq.k2')::int8[]))[aq_in.c1], ((SELECT current_setting('aq.k3')::uuid[]))[aq_in.c2] FROM unnest($1::int4[], $2::int4[]) aq_in(c1, c2);
INSERT INTO post_tags (post_id, tag_id) SELECT ((SELECT current_setting('aq.k2')::int8[]))[aq_in.c1], aq_in.c2 FROM unnest($1::int4[], $2::uuid[]) aq_in(c1, c2);
INSERT INTO post_tags (post_id, tag_id) SELECT aq_in.c1, ((SELECT current_setting('aq.k3')::uuid[]))[aq_in.c2] FROM unnest($1::int8[], $2::int4[]) aq_in(c1, c2);

-- an UPDATE to a new parent
WITH aq_out AS (INSERT INTO users (name, mood) SELECT aq_in.c1, aq_in.c2::mood FROM unnest($1::text[], $2::text[]) aq_in(c1, c2) RETURNING id, created, shout) SELECT aq_out.id, aq_out.created, aq_out.shout FROM (SELECT set_config('aq.k1', CASE WHEN count(*) = cardinality($1::text[]) THEN array_agg(aq_out.id)::text ELSE ('aquifer: INSERT statement on table ''users'' expected to insert ' || cardinality($1::text[]) || ' row(s); ' || count(*) || ' were inserted.')::int4::text END, true) FROM aq_out) aq_carry, aq_out;
WITH aq_out AS (UPDATE post SET author_id = ((SELECT current_setting('aq.k1')::int4[]))[aq_in.c1] FROM unnest($1::int4[], $2::int8[]) aq_in(c1, c2) WHERE post.id = aq_in.c2 RETURNING 1) SELECT CASE WHEN count(*) < cardinality($2::int8[]) THEN ('aquifer: UPDATE statement on table ''post'' expected to update ' || cardinality($2::int8[]) || ' row(s); ' || count(*) || ' were matched.')::int4 END AS aq_stale FROM aq_out;

-- changed objects, by key; what the server works out comes back
WITH aq_out AS (UPDATE users SET name = aq_in.c1 FROM unnest($1::text[], $2::int4[]) WITH ORDINALITY aq_in(c1, c2, aq_n) WHERE users.id = aq_in.c2 RETURNING aq_in.aq_n, users.shout), aq_check AS (SELECT CASE WHEN count(*) < cardinality($2::int4[]) THEN ('aquifer: UPDATE statement on table ''users'' expected to update ' || cardinality($2::int4[]) || ' row(s); ' || count(*) || ' were matched.')::int4 END AS aq_stale FROM aq_out) SELECT aq_check.aq_stale, aq_out.aq_n, aq_out.shout FROM aq_check LEFT JOIN aq_out ON true;
WITH aq_out AS (UPDATE users SET email = aq_in.c1 FROM unnest($1::text[], $2::int4[]) WITH ORDINALITY aq_in(c1, c2, aq_n) WHERE users.id = aq_in.c2 RETURNING aq_in.aq_n, users.shout), aq_check AS (SELECT CASE WHEN count(*) < cardinality($2::int4[]) THEN ('aquifer: UPDATE statement on table ''users'' expected to update ' || cardinality($2::int4[]) || ' row(s); ' || count(*) || ' were matched.')::int4 END AS aq_stale FROM aq_out) SELECT aq_check.aq_stale, aq_out.aq_n, aq_out.shout FROM aq_check LEFT JOIN aq_out ON true;

-- compound keys, and one that changes
WITH aq_out AS (UPDATE seat SET price = aq_in.c1 FROM unnest($1::int4[], $2::int4[], $3::text[]) aq_in(c1, c2, c3) WHERE seat.row = aq_in.c2 AND seat.letter = aq_in.c3 RETURNING 1) SELECT CASE WHEN count(*) < cardinality($2::int4[]) THEN ('aquifer: UPDATE statement on table ''seat'' expected to update ' || cardinality($2::int4[]) || ' row(s); ' || count(*) || ' were matched.')::int4 END AS aq_stale FROM aq_out;
WITH aq_out AS (UPDATE seat SET row = aq_in.c1 FROM unnest($1::int4[], $2::int4[], $3::text[]) aq_in(c1, c2, c3) WHERE seat.row = aq_in.c2 AND seat.letter = aq_in.c3 RETURNING 1) SELECT CASE WHEN count(*) < cardinality($2::int4[]) THEN ('aquifer: UPDATE statement on table ''seat'' expected to update ' || cardinality($2::int4[]) || ' row(s); ' || count(*) || ' were matched.')::int4 END AS aq_stale FROM aq_out;

-- joined inheritance: new ones
WITH aq_out AS (INSERT INTO base (kind, name, revision) SELECT aq_in.c1, aq_in.c2, 1 FROM unnest($1::text[], $2::text[]) aq_in(c1, c2) RETURNING id) SELECT aq_out.id FROM (SELECT set_config('aq.k1', CASE WHEN count(*) = cardinality($1::text[]) THEN array_agg(aq_out.id)::text ELSE ('aquifer: INSERT statement on table ''base'' expected to insert ' || cardinality($1::text[]) || ' row(s); ' || count(*) || ' were inserted.')::int4::text END, true) FROM aq_out) aq_carry, aq_out;
INSERT INTO sub (id, title) SELECT ((SELECT current_setting('aq.k1')::int4[]))[aq_in.c1], aq_in.c2 FROM unnest($1::int4[], $2::text[]) aq_in(c1, c2);

-- joined inheritance: a column of the child, and a deleted one; both with their version
WITH aq_out AS (UPDATE base SET revision = base.revision + 1 FROM unnest($1::int4[], $2::int4[]) aq_in(c1, c2) WHERE base.id = aq_in.c1 AND base.revision = aq_in.c2 RETURNING 1) SELECT CASE WHEN count(*) < cardinality($1::int4[]) THEN ('aquifer: UPDATE statement on table ''base'' expected to update ' || cardinality($1::int4[]) || ' row(s); ' || count(*) || ' were matched.')::int4 END AS aq_stale FROM aq_out;
WITH aq_out AS (UPDATE sub SET title = aq_in.c1 FROM unnest($1::text[], $2::int4[]) aq_in(c1, c2) WHERE sub.id = aq_in.c2 RETURNING 1) SELECT CASE WHEN count(*) < cardinality($2::int4[]) THEN ('aquifer: UPDATE statement on table ''sub'' expected to update ' || cardinality($2::int4[]) || ' row(s); ' || count(*) || ' were matched.')::int4 END AS aq_stale FROM aq_out;
DELETE FROM sub WHERE sub.id = ANY($1::int4[]);
WITH aq_out AS (DELETE FROM base USING unnest($1::int4[], $2::int4[]) aq_in(c1, c2) WHERE base.id = aq_in.c1 AND base.revision = aq_in.c2 RETURNING 1) SELECT CASE WHEN count(*) < cardinality($1::int4[]) THEN ('aquifer: DELETE statement on table ''base'' expected to delete ' || cardinality($1::int4[]) || ' row(s); ' || count(*) || ' were matched.')::int4 END AS aq_stale FROM aq_out;

-- a tree: level by level
WITH aq_out AS (INSERT INTO node (name) SELECT aq_in.c1 FROM unnest($1::text[]) aq_in(c1) RETURNING id) SELECT aq_out.id FROM (SELECT set_config('aq.k1', CASE WHEN count(*) = cardinality($1::text[]) THEN array_agg(aq_out.id)::text ELSE ('aquifer: INSERT statement on table ''node'' expected to insert ' || cardinality($1::text[]) || ' row(s); ' || count(*) || ' were inserted.')::int4::text END, true) FROM aq_out) aq_carry, aq_out;
WITH aq_out AS (INSERT INTO node (name, parent_id) SELECT aq_in.c1, ((SELECT current_setting('aq.k1')::int4[]))[aq_in.c2] FROM unnest($1::text[], $2::int4[]) aq_in(c1, c2) RETURNING id) SELECT aq_out.id FROM (SELECT set_config('aq.k2', CASE WHEN count(*) = cardinality($1::text[]) THEN array_agg(aq_out.id)::text ELSE ('aquifer: INSERT statement on table ''node'' expected to insert ' || cardinality($1::text[]) || ' row(s); ' || count(*) || ' were inserted.')::int4::text END, true) FROM aq_out) aq_carry, aq_out;
INSERT INTO node (name, parent_id) SELECT aq_in.c1, ((SELECT current_setting('aq.k2')::int4[]))[aq_in.c2] FROM unnest($1::text[], $2::int4[]) aq_in(c1, c2) RETURNING id;
WITH aq_out AS (UPDATE node SET parent_id = ((SELECT current_setting('aq.k1')::int4[]))[aq_in.c1] FROM unnest($1::int4[], $2::int4[]) aq_in(c1, c2) WHERE node.id = aq_in.c2 RETURNING 1) SELECT CASE WHEN count(*) < cardinality($2::int4[]) THEN ('aquifer: UPDATE statement on table ''node'' expected to update ' || cardinality($2::int4[]) || ' row(s); ' || count(*) || ' were matched.')::int4 END AS aq_stale FROM aq_out;

-- two new nodes that are each other's parents
WITH aq_out AS (INSERT INTO node (name) SELECT aq_in.c1 FROM unnest($1::text[]) aq_in(c1) RETURNING id) SELECT aq_out.id FROM (SELECT set_config('aq.k1', CASE WHEN count(*) = cardinality($1::text[]) THEN array_agg(aq_out.id)::text ELSE ('aquifer: INSERT statement on table ''node'' expected to insert ' || cardinality($1::text[]) || ' row(s); ' || count(*) || ' were inserted.')::int4::text END, true) FROM aq_out) aq_carry, aq_out;
WITH aq_out AS (INSERT INTO node (name, parent_id) SELECT aq_in.c1, ((SELECT current_setting('aq.k1')::int4[]))[aq_in.c2] FROM unnest($1::text[], $2::int4[]) aq_in(c1, c2) RETURNING id) SELECT aq_out.id FROM (SELECT set_config('aq.k2', CASE WHEN count(*) = cardinality($1::text[]) THEN array_agg(aq_out.id)::text ELSE ('aquifer: INSERT statement on table ''node'' expected to insert ' || cardinality($1::text[]) || ' row(s); ' || count(*) || ' were inserted.')::int4::text END, true) FROM aq_out) aq_carry, aq_out;
UPDATE node SET parent_id = ((SELECT current_setting('aq.k2')::int4[]))[aq_in.c1] FROM unnest($1::int4[], $2::int4[]) aq_in(c1, c2) WHERE node.id = ((SELECT current_setting('aq.k1')::int4[]))[aq_in.c2];

-- a new node that is its own parent
WITH aq_out AS (INSERT INTO node (name) SELECT aq_in.c1 FROM unnest($1::text[]) aq_in(c1) RETURNING id) SELECT aq_out.id FROM (SELECT set_config('aq.k1', CASE WHEN count(*) = cardinality($1::text[]) THEN array_agg(aq_out.id)::text ELSE ('aquifer: INSERT statement on table ''node'' expected to insert ' || cardinality($1::text[]) || ' row(s); ' || count(*) || ' were inserted.')::int4::text END, true) FROM aq_out) aq_carry, aq_out;
UPDATE node SET parent_id = ((SELECT current_setting('aq.k1')::int4[]))[aq_in.c1] FROM unnest($1::int4[], $2::int4[]) aq_in(c1, c2) WHERE node.id = ((SELECT current_setting('aq.k1')::int4[]))[aq_in.c2];

-- a tree goes at once
DELETE FROM node WHERE node.id = ANY($1::int4[]);

-- a node whose descendants are not loaded
WITH RECURSIVE aq_rows AS (SELECT node.id FROM node WHERE node.parent_id = ANY($1::int4[]) UNION SELECT node.id FROM node JOIN aq_rows ON node.parent_id = aq_rows.id) DELETE FROM node USING aq_rows WHERE node.id = aq_rows.id;
DELETE FROM node WHERE node.id = ANY($1::int4[]);

-- two tables in a circle
WITH aq_out AS (INSERT INTO person (name) SELECT aq_in.c1 FROM unnest($1::text[]) aq_in(c1) RETURNING id) SELECT aq_out.id FROM (SELECT set_config('aq.k1', CASE WHEN count(*) = cardinality($1::text[]) THEN array_agg(aq_out.id)::text ELSE ('aquifer: INSERT statement on table ''person'' expected to insert ' || cardinality($1::text[]) || ' row(s); ' || count(*) || ' were inserted.')::int4::text END, true) FROM aq_out) aq_carry, aq_out;
WITH aq_out AS (INSERT INTO ball (owner_id) SELECT ((SELECT current_setting('aq.k1')::int4[]))[aq_in.c1] FROM unnest($1::int4[]) aq_in(c1) RETURNING id) SELECT aq_out.id FROM (SELECT set_config('aq.k2', CASE WHEN count(*) = cardinality($1::int4[]) THEN array_agg(aq_out.id)::text ELSE ('aquifer: INSERT statement on table ''ball'' expected to insert ' || cardinality($1::int4[]) || ' row(s); ' || count(*) || ' were inserted.')::int4::text END, true) FROM aq_out) aq_carry, aq_out;
UPDATE person SET favorite_id = ((SELECT current_setting('aq.k2')::int4[]))[aq_in.c1] FROM unnest($1::int4[], $2::int4[]) aq_in(c1, c2) WHERE person.id = ((SELECT current_setting('aq.k1')::int4[]))[aq_in.c2];

-- ... whose keys are the user's
INSERT INTO person (id, name) SELECT aq_in.c1, aq_in.c2 FROM unnest($1::int4[], $2::text[]) aq_in(c1, c2);
INSERT INTO ball (id, owner_id) SELECT aq_in.c1, aq_in.c2 FROM unnest($1::int4[], $2::int4[]) aq_in(c1, c2);
UPDATE person SET favorite_id = aq_in.c1 FROM unnest($1::int4[], $2::int4[]) aq_in(c1, c2) WHERE person.id = aq_in.c2;

-- ... go
UPDATE person SET favorite_id = NULL FROM unnest($1::int4[]) aq_in(c1) WHERE person.id = aq_in.c1;
DELETE FROM ball WHERE ball.id = ANY($1::int4[]);
DELETE FROM person WHERE person.id = ANY($1::int4[]);

-- ... that nothing breaks
AQ_EMAPPING: flush: new objects refer to each other in a circle, and none of these keys may be NULL: Hen.egg_id to Egg.id, Egg.hen_id to Hen.id

-- deleted objects, children first
DELETE FROM post WHERE post.id = ANY($1::int8[]);
DELETE FROM users WHERE users.id = ANY($1::int4[]);

-- with a compound key
DELETE FROM seat USING unnest($1::int4[], $2::text[]) aq_in(c1, c2) WHERE seat.row = aq_in.c1 AND seat.letter = aq_in.c2;

-- a user whose posts, and their comments and tags, are not loaded
DELETE FROM post_tags WHERE post_tags.post_id IN (SELECT post.id FROM post WHERE post.author_id = ANY($1::int4[]));
DELETE FROM comment WHERE comment.post_id IN (SELECT post.id FROM post WHERE post.author_id = ANY($1::int4[]));
DELETE FROM post WHERE post.author_id = ANY($1::int4[]);
DELETE FROM users WHERE users.id = ANY($1::int4[]);

-- children that stay
DELETE FROM post_tags WHERE post_tags.post_id = ANY($1::int8[]);
UPDATE post SET author_id = NULL WHERE post.author_id = ANY($1::int4[]);
DELETE FROM post WHERE post.id = ANY($1::int8[]);
DELETE FROM users WHERE users.id = ANY($1::int4[]);

-- deleted and added again with the same key
WITH aq_out AS (UPDATE users SET name = aq_in.c1, email = aq_in.c2, mood = aq_in.c3::mood, tags = NULL, created = DEFAULT FROM unnest($1::text[], $2::text[], $3::text[], $4::int4[]) WITH ORDINALITY aq_in(c1, c2, c3, c4, aq_n) WHERE users.id = aq_in.c4 RETURNING aq_in.aq_n, users.created, users.shout), aq_check AS (SELECT CASE WHEN count(*) < cardinality($4::int4[]) THEN ('aquifer: UPDATE statement on table ''users'' expected to update ' || cardinality($4::int4[]) || ' row(s); ' || count(*) || ' were matched.')::int4 END AS aq_stale FROM aq_out) SELECT aq_check.aq_stale, aq_out.aq_n, aq_out.created, aq_out.shout FROM aq_check LEFT JOIN aq_out ON true;

-- a circle with a key that the commit looks at
INSERT INTO "left" (id, right_id) SELECT aq_in.c1, aq_in.c2 FROM unnest($1::int4[], $2::int4[]) aq_in(c1, c2);
INSERT INTO "right" (id, left_id) SELECT aq_in.c1, aq_in.c2 FROM unnest($1::int4[], $2::int4[]) aq_in(c1, c2);

-- ... goes
DELETE FROM "right" WHERE "right".id = ANY($1::int4[]);
DELETE FROM "left" WHERE "left".id = ANY($1::int4[]);

-- ... which may not be NULL until the other's key is drawn
AQ_EMAPPING: flush: Left.right_id refers to a new Right whose key is drawn later, and it may not be NULL meanwhile: tables 'left' and 'right' refer to each other

-- a deleted row may have a unique value that a new one takes
DELETE FROM profile WHERE profile.id = ANY($1::int4[]);
INSERT INTO profile (owner_id) SELECT aq_in.c1 FROM unnest($1::int4[]) aq_in(c1) RETURNING id;

-- children that are not loaded and may have tables of their own
WITH aq_rows AS (SELECT part.id FROM part WHERE part.box_id = ANY($1::int4[])), aq_1 AS (DELETE FROM wheel USING aq_rows WHERE wheel.id = aq_rows.id) DELETE FROM part USING aq_rows WHERE part.id = aq_rows.id;
DELETE FROM box WHERE box.id = ANY($1::int4[]);

-- children that share their table with others
DELETE FROM pet WHERE pet.owner_id = ANY($1::int4[]) AND pet.kind IN ('dog', 'it''s a puppy');
DELETE FROM owner WHERE owner.id = ANY($1::int4[]);

-- new ones of several models of a table
INSERT INTO pet (kind) SELECT aq_in.c1 FROM unnest($1::text[]) aq_in(c1) RETURNING id;

