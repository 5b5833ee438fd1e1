-- parents, children, toys: keys of each level are drawn in the same trip
WITH aq_out AS (INSERT INTO parent (name) SELECT aq_in.c1 FROM unnest($1::text[]) aq_in(c1) RETURNING id) SELECT aq_out.id FROM (SELECT set_config('aq.k1', CASE WHEN count(*) = cardinality($1::text[]) THEN array_agg(aq_out.id)::text ELSE ('aquifer: INSERT statement on table ''parent'' expected to insert ' || cardinality($1::text[]) || ' row(s); ' || count(*) || ' were inserted.')::int4::text END, true) FROM aq_out) aq_carry, aq_out;
    -- ARRAY['p', 'q']
WITH aq_out AS (INSERT INTO child (name, parent_id) SELECT aq_in.c1, ((SELECT current_setting('aq.k1')::int4[]))[aq_in.c2] FROM unnest($1::text[], $2::int4[]) aq_in(c1, c2) RETURNING id) SELECT aq_out.id FROM (SELECT set_config('aq.k2', CASE WHEN count(*) = cardinality($1::text[]) THEN array_agg(aq_out.id)::text ELSE ('aquifer: INSERT statement on table ''child'' expected to insert ' || cardinality($1::text[]) || ' row(s); ' || count(*) || ' were inserted.')::int4::text END, true) FROM aq_out) aq_carry, aq_out;
    -- ARRAY['a', 'b'], ARRAY[1, 1]
INSERT INTO toy (child_id) SELECT ((SELECT current_setting('aq.k2')::int4[]))[aq_in.c1] FROM unnest($1::int4[]) aq_in(c1) RETURNING id;
    -- ARRAY[1, 1]

-- a child that goes to another parent is no orphan
WITH aq_out AS (UPDATE child SET parent_id = aq_in.c1 FROM unnest($1::int4[], $2::int4[]) aq_in(c1, c2) WHERE child.id = aq_in.c2 RETURNING 1) SELECT CASE WHEN count(*) < cardinality($2::int4[]) THEN ('aquifer: UPDATE statement on table ''child'' expected to update ' || cardinality($2::int4[]) || ' row(s); ' || count(*) || ' were matched.')::int4 END AS aq_stale FROM aq_out;
    -- ARRAY[2], ARRAY[1]

-- an orphan goes, and its toys
DELETE FROM toy WHERE toy.id = ANY($1::int4[]);
    -- ARRAY[1, 2]
DELETE FROM child WHERE child.id = ANY($1::int4[]);
    -- ARRAY[1]

-- a child that was never written and is taken off is nothing

-- a child that is taken off and put back is as it was

-- a child that is deleted by itself
DELETE FROM child WHERE child.id = ANY($1::int4[]);
    -- ARRAY[2]

-- a parent whose children, and theirs, are not loaded
DELETE FROM toy WHERE toy.child_id IN (SELECT child.id FROM child WHERE child.parent_id = ANY($1::int4[]));
    -- ARRAY[1]
DELETE FROM child WHERE child.parent_id = ANY($1::int4[]);
    -- ARRAY[1]
DELETE FROM parent WHERE parent.id = ANY($1::int4[]);
    -- ARRAY[1]

-- ... of which one is in the session by chance
DELETE FROM toy WHERE toy.child_id IN (SELECT child.id FROM child WHERE child.parent_id = ANY($1::int4[]));
    -- ARRAY[1]
DELETE FROM toy WHERE toy.child_id = ANY($1::int4[]);
    -- ARRAY[2]
DELETE FROM child WHERE child.id = ANY($1::int4[]);
    -- ARRAY[2]
DELETE FROM child WHERE child.parent_id = ANY($1::int4[]);
    -- ARRAY[1]
DELETE FROM parent WHERE parent.id = ANY($1::int4[]);
    -- ARRAY[1]

-- a child goes to another parent, and the first one is deleted with the rest
WITH aq_out AS (UPDATE child SET parent_id = aq_in.c1 FROM unnest($1::int4[], $2::int4[]) aq_in(c1, c2) WHERE child.id = aq_in.c2 RETURNING 1) SELECT CASE WHEN count(*) < cardinality($2::int4[]) THEN ('aquifer: UPDATE statement on table ''child'' expected to update ' || cardinality($2::int4[]) || ' row(s); ' || count(*) || ' were matched.')::int4 END AS aq_stale FROM aq_out;
    -- ARRAY[2], ARRAY[1]
DELETE FROM child WHERE child.id = ANY($1::int4[]);
    -- ARRAY[2]
DELETE FROM parent WHERE parent.id = ANY($1::int4[]);
    -- ARRAY[1]

-- a list that is not loaded gets another
INSERT INTO child (name, parent_id) SELECT aq_in.c1, aq_in.c2 FROM unnest($1::text[], $2::int4[]) aq_in(c1, c2) RETURNING id;
    -- ARRAY['c'], ARRAY[2]

-- a plain pointer where nothing was loaded
WITH aq_out AS (UPDATE child SET parent_id = aq_in.c1 FROM unnest($1::int4[], $2::int4[]) aq_in(c1, c2) WHERE child.id = aq_in.c2 RETURNING 1) SELECT CASE WHEN count(*) < cardinality($2::int4[]) THEN ('aquifer: UPDATE statement on table ''child'' expected to update ' || cardinality($2::int4[]) || ' row(s); ' || count(*) || ' were matched.')::int4 END AS aq_stale FROM aq_out;
    -- ARRAY[2], ARRAY[1]

-- after a rollback: the same again
WITH aq_out AS (UPDATE child SET name = aq_in.c1 FROM unnest($1::text[], $2::int4[]) aq_in(c1, c2) WHERE child.id = aq_in.c2 RETURNING 1) SELECT CASE WHEN count(*) < cardinality($2::int4[]) THEN ('aquifer: UPDATE statement on table ''child'' expected to update ' || cardinality($2::int4[]) || ' row(s); ' || count(*) || ' were matched.')::int4 END AS aq_stale FROM aq_out;
    -- ARRAY['y'], ARRAY[1]
INSERT INTO child (name, parent_id) SELECT aq_in.c1, aq_in.c2 FROM unnest($1::text[], $2::int4[]) aq_in(c1, c2) RETURNING id;
    -- ARRAY['c'], ARRAY[2]

-- three flushes and a commit
INSERT INTO child (name, parent_id) SELECT aq_in.c1, aq_in.c2 FROM unnest($1::text[], $2::int4[]) aq_in(c1, c2) RETURNING id;
    -- ARRAY['c'], ARRAY[2]
INSERT INTO child (name, parent_id) SELECT aq_in.c1, aq_in.c2 FROM unnest($1::text[], $2::int4[]) aq_in(c1, c2) RETURNING id;
    -- ARRAY['c'], ARRAY[2]
INSERT INTO child (name, parent_id) SELECT aq_in.c1, aq_in.c2 FROM unnest($1::text[], $2::int4[]) aq_in(c1, c2) RETURNING id;
    -- ARRAY['c'], ARRAY[2]

-- one to one: both are new
WITH aq_out AS (INSERT INTO owner (name) SELECT aq_in.c1 FROM unnest($1::text[]) aq_in(c1) RETURNING id) SELECT aq_out.id FROM (SELECT set_config('aq.k1', CASE WHEN count(*) = cardinality($1::text[]) THEN array_agg(aq_out.id)::text ELSE ('aquifer: INSERT statement on table ''owner'' expected to insert ' || cardinality($1::text[]) || ' row(s); ' || count(*) || ' were inserted.')::int4::text END, true) FROM aq_out) aq_carry, aq_out;
    -- ARRAY['ann']
INSERT INTO pet (name, owner_id) SELECT aq_in.c1, ((SELECT current_setting('aq.k1')::int4[]))[aq_in.c2] FROM unnest($1::text[], $2::int4[]) aq_in(c1, c2) RETURNING id;
    -- ARRAY['cat'], ARRAY[1]

-- ... another takes the place of the old one, which stays
WITH aq_out AS (UPDATE pet SET owner_id = aq_in.c1 FROM unnest($1::int4[], $2::int4[]) aq_in(c1, c2) WHERE pet.id = aq_in.c2 RETURNING 1) SELECT CASE WHEN count(*) < cardinality($2::int4[]) THEN ('aquifer: UPDATE statement on table ''pet'' expected to update ' || cardinality($2::int4[]) || ' row(s); ' || count(*) || ' were matched.')::int4 END AS aq_stale FROM aq_out;
    -- ARRAY[NULL], ARRAY[1]
INSERT INTO pet (name, owner_id) SELECT aq_in.c1, aq_in.c2 FROM unnest($1::text[], $2::int4[]) aq_in(c1, c2) RETURNING id;
    -- ARRAY['dog'], ARRAY[1]

-- ... and comes back
WITH aq_out AS (UPDATE pet SET owner_id = aq_in.c1 FROM unnest($1::int4[], $2::int4[]) aq_in(c1, c2) WHERE pet.id = aq_in.c2 RETURNING 1) SELECT CASE WHEN count(*) < cardinality($2::int4[]) THEN ('aquifer: UPDATE statement on table ''pet'' expected to update ' || cardinality($2::int4[]) || ' row(s); ' || count(*) || ' were matched.')::int4 END AS aq_stale FROM aq_out;
    -- ARRAY[1, NULL], ARRAY[1, 2]

-- one to one: a pet goes to another owner, whose own has none then
WITH aq_out AS (UPDATE pet SET owner_id = aq_in.c1 FROM unnest($1::int4[], $2::int4[]) aq_in(c1, c2) WHERE pet.id = aq_in.c2 RETURNING 1) SELECT CASE WHEN count(*) < cardinality($2::int4[]) THEN ('aquifer: UPDATE statement on table ''pet'' expected to update ' || cardinality($2::int4[]) || ' row(s); ' || count(*) || ' were matched.')::int4 END AS aq_stale FROM aq_out;
    -- ARRAY[NULL, 1], ARRAY[1, 2]
DELETE FROM owner WHERE owner.id = ANY($1::int4[]);
    -- ARRAY[2]

-- one to one: the owner goes
WITH aq_out AS (UPDATE pet SET owner_id = aq_in.c1 FROM unnest($1::int4[], $2::int4[]) aq_in(c1, c2) WHERE pet.id = aq_in.c2 RETURNING 1) SELECT CASE WHEN count(*) < cardinality($2::int4[]) THEN ('aquifer: UPDATE statement on table ''pet'' expected to update ' || cardinality($2::int4[]) || ' row(s); ' || count(*) || ' were matched.')::int4 END AS aq_stale FROM aq_out;
    -- ARRAY[NULL], ARRAY[1]
DELETE FROM owner WHERE owner.id = ANY($1::int4[]);
    -- ARRAY[1]

-- passive deletes: children that are not loaded are the foreign key's
DELETE FROM album WHERE album.id = ANY($1::int4[]);
    -- ARRAY[1]

-- passive deletes: children that are loaded are deleted
DELETE FROM song WHERE song.id = ANY($1::int4[]);
    -- ARRAY[1, 2]
DELETE FROM album WHERE album.id = ANY($1::int4[]);
    -- ARRAY[1]

-- without save-update: both are added by hand
WITH aq_out AS (INSERT INTO album DEFAULT VALUES RETURNING id) SELECT aq_out.id FROM (SELECT set_config('aq.k1', CASE WHEN count(*) = 1 THEN array_agg(aq_out.id)::text ELSE ('aquifer: INSERT statement on table ''album'' expected to insert ' || 1 || ' row(s); ' || count(*) || ' were inserted.')::int4::text END, true) FROM aq_out) aq_carry, aq_out;
INSERT INTO song (album_id) SELECT ((SELECT current_setting('aq.k1')::int4[]))[aq_in.c1] FROM unnest($1::int4[]) aq_in(c1) RETURNING id;
    -- ARRAY[1]

-- many to one with delete-orphan: another takes the place of the old one, which goes
WITH aq_out AS (INSERT INTO cover (color) SELECT aq_in.c1 FROM unnest($1::text[]) aq_in(c1) RETURNING id) SELECT aq_out.id FROM (SELECT set_config('aq.k1', CASE WHEN count(*) = cardinality($1::text[]) THEN array_agg(aq_out.id)::text ELSE ('aquifer: INSERT statement on table ''cover'' expected to insert ' || cardinality($1::text[]) || ' row(s); ' || count(*) || ' were inserted.')::int4::text END, true) FROM aq_out) aq_carry, aq_out;
    -- ARRAY['blue']
WITH aq_out AS (UPDATE book SET cover_id = ((SELECT current_setting('aq.k1')::int4[]))[aq_in.c1] FROM unnest($1::int4[], $2::int4[]) aq_in(c1, c2) WHERE book.id = aq_in.c2 RETURNING 1) SELECT CASE WHEN count(*) < cardinality($2::int4[]) THEN ('aquifer: UPDATE statement on table ''book'' expected to update ' || cardinality($2::int4[]) || ' row(s); ' || count(*) || ' were matched.')::int4 END AS aq_stale FROM aq_out;
    -- ARRAY[1], ARRAY[1]
DELETE FROM cover WHERE cover.id = ANY($1::int4[]);
    -- ARRAY[1]

-- ... none does
WITH aq_out AS (UPDATE book SET cover_id = aq_in.c1 FROM unnest($1::int4[], $2::int4[]) aq_in(c1, c2) WHERE book.id = aq_in.c2 RETURNING 1) SELECT CASE WHEN count(*) < cardinality($2::int4[]) THEN ('aquifer: UPDATE statement on table ''book'' expected to update ' || cardinality($2::int4[]) || ' row(s); ' || count(*) || ' were matched.')::int4 END AS aq_stale FROM aq_out;
    -- ARRAY[NULL], ARRAY[1]
DELETE FROM cover WHERE cover.id = ANY($1::int4[]);
    -- ARRAY[2]

-- many to one with delete: what it refers to goes after it
DELETE FROM book WHERE book.id = ANY($1::int4[]);
    -- ARRAY[1]
DELETE FROM cover WHERE cover.id = ANY($1::int4[]);
    -- ARRAY[1]

-- new pages with new tags, linked from either side
WITH aq_out AS (INSERT INTO page (name) SELECT aq_in.c1 FROM unnest($1::text[]) aq_in(c1) RETURNING id) SELECT aq_out.id FROM (SELECT set_config('aq.k1', CASE WHEN count(*) = cardinality($1::text[]) THEN array_agg(aq_out.id)::text ELSE ('aquifer: INSERT statement on table ''page'' expected to insert ' || cardinality($1::text[]) || ' row(s); ' || count(*) || ' were inserted.')::int4::text END, true) FROM aq_out) aq_carry, aq_out;
    -- ARRAY['page', 'other']
WITH aq_out AS (INSERT INTO tag (name) SELECT aq_in.c1 FROM unnest($1::text[]) aq_in(c1) RETURNING id) SELECT aq_out.id FROM (SELECT set_config('aq.k2', CASE WHEN count(*) = cardinality($1::text[]) THEN array_agg(aq_out.id)::text ELSE ('aquifer: INSERT statement on table ''tag'' expected to insert ' || cardinality($1::text[]) || ' row(s); ' || count(*) || ' were inserted.')::int4::text END, true) FROM aq_out) aq_carry, aq_out;
    -- ARRAY['red', 'blue']
INSERT INTO page_tags (page_id, tag_id) SELECT ((SELECT current_setting('aq.k1')::int4[]))[aq_in.c1], ((SELECT current_setting('aq.k2')::int4[]))[aq_in.c2] FROM unnest($1::int4[], $2::int4[]) aq_in(c1, c2);
    -- ARRAY[1, 1, 2], ARRAY[1, 2, 2]

-- the same link from both sides is one
INSERT INTO page_tags (page_id, tag_id) SELECT aq_in.c1, aq_in.c2 FROM unnest($1::int4[], $2::int4[]) aq_in(c1, c2);
    -- ARRAY[2], ARRAY[1]

-- a link that is taken off and put back is as it was

-- a new tag of an old page
WITH aq_out AS (INSERT INTO tag (name) SELECT aq_in.c1 FROM unnest($1::text[]) aq_in(c1) RETURNING id) SELECT aq_out.id FROM (SELECT set_config('aq.k1', CASE WHEN count(*) = cardinality($1::text[]) THEN array_agg(aq_out.id)::text ELSE ('aquifer: INSERT statement on table ''tag'' expected to insert ' || cardinality($1::text[]) || ' row(s); ' || count(*) || ' were inserted.')::int4::text END, true) FROM aq_out) aq_carry, aq_out;
    -- ARRAY['green']
INSERT INTO page_tags (page_id, tag_id) SELECT aq_in.c1, ((SELECT current_setting('aq.k1')::int4[]))[aq_in.c2] FROM unnest($1::int4[], $2::int4[]) aq_in(c1, c2);
    -- ARRAY[1], ARRAY[1]

-- ... goes to another
DELETE FROM page_tags USING unnest($1::int4[], $2::int4[]) aq_in(c1, c2) WHERE page_tags.page_id = aq_in.c1 AND page_tags.tag_id = aq_in.c2;
    -- ARRAY[1], ARRAY[3]
INSERT INTO page_tags (page_id, tag_id) SELECT aq_in.c1, aq_in.c2 FROM unnest($1::int4[], $2::int4[]) aq_in(c1, c2);
    -- ARRAY[2], ARRAY[3]

-- ... and away
DELETE FROM page_tags USING unnest($1::int4[], $2::int4[]) aq_in(c1, c2) WHERE page_tags.page_id = aq_in.c1 AND page_tags.tag_id = aq_in.c2;
    -- ARRAY[2], ARRAY[3]
DELETE FROM tag WHERE tag.id = ANY($1::int4[]);
    -- ARRAY[3]

-- a page whose tags are not loaded
DELETE FROM page_tags WHERE page_tags.page_id = ANY($1::int4[]);
    -- ARRAY[1]
DELETE FROM page WHERE page.id = ANY($1::int4[]);
    -- ARRAY[1]

-- a list of which one was deleted goes on
INSERT INTO page_tags (page_id, tag_id) SELECT aq_in.c1, aq_in.c2 FROM unnest($1::int4[], $2::int4[]) aq_in(c1, c2);
    -- ARRAY[2], ARRAY[1]

-- ... and can be changed again
DELETE FROM page_tags USING unnest($1::int4[], $2::int4[]) aq_in(c1, c2) WHERE page_tags.page_id = aq_in.c1 AND page_tags.tag_id = aq_in.c2;
    -- ARRAY[1], ARRAY[1]

-- what is in the list already is not written again

-- a tree of four levels
WITH aq_out AS (INSERT INTO node (name, parent_id) SELECT aq_in.c1, aq_in.c2 FROM unnest($1::text[], $2::int4[]) aq_in(c1, c2) RETURNING id) SELECT aq_out.id FROM (SELECT set_config('aq.k1', CASE WHEN count(*) = cardinality($1::text[]) THEN array_agg(aq_out.id)::text ELSE ('aquifer: INSERT statement on table ''node'' expected to insert ' || cardinality($1::text[]) || ' row(s); ' || count(*) || ' were inserted.')::int4::text END, true) FROM aq_out) aq_carry, aq_out;
    -- ARRAY['a', 'e'], ARRAY[NULL, NULL]
WITH aq_out AS (INSERT INTO node (name, parent_id) SELECT aq_in.c1, ((SELECT current_setting('aq.k1')::int4[]))[aq_in.c2] FROM unnest($1::text[], $2::int4[]) aq_in(c1, c2) RETURNING id) SELECT aq_out.id FROM (SELECT set_config('aq.k2', CASE WHEN count(*) = cardinality($1::text[]) THEN array_agg(aq_out.id)::text ELSE ('aquifer: INSERT statement on table ''node'' expected to insert ' || cardinality($1::text[]) || ' row(s); ' || count(*) || ' were inserted.')::int4::text END, true) FROM aq_out) aq_carry, aq_out;
    -- ARRAY['b'], ARRAY[1]
WITH aq_out AS (INSERT INTO node (name, parent_id) SELECT aq_in.c1, ((SELECT current_setting('aq.k2')::int4[]))[aq_in.c2] FROM unnest($1::text[], $2::int4[]) aq_in(c1, c2) RETURNING id) SELECT aq_out.id FROM (SELECT set_config('aq.k3', CASE WHEN count(*) = cardinality($1::text[]) THEN array_agg(aq_out.id)::text ELSE ('aquifer: INSERT statement on table ''node'' expected to insert ' || cardinality($1::text[]) || ' row(s); ' || count(*) || ' were inserted.')::int4::text END, true) FROM aq_out) aq_carry, aq_out;
    -- ARRAY['c'], ARRAY[1]
INSERT INTO node (name, parent_id) SELECT aq_in.c1, ((SELECT current_setting('aq.k3')::int4[]))[aq_in.c2] FROM unnest($1::text[], $2::int4[]) aq_in(c1, c2) RETURNING id;
    -- ARRAY['d'], ARRAY[1]

-- a leaf is added, its parents follow, and come first
WITH aq_out AS (INSERT INTO node (name, parent_id) SELECT aq_in.c1, aq_in.c2 FROM unnest($1::text[], $2::int4[]) aq_in(c1, c2) RETURNING id) SELECT aq_out.id FROM (SELECT set_config('aq.k1', CASE WHEN count(*) = cardinality($1::text[]) THEN array_agg(aq_out.id)::text ELSE ('aquifer: INSERT statement on table ''node'' expected to insert ' || cardinality($1::text[]) || ' row(s); ' || count(*) || ' were inserted.')::int4::text END, true) FROM aq_out) aq_carry, aq_out;
    -- ARRAY['root'], ARRAY[NULL]
WITH aq_out AS (INSERT INTO node (name, parent_id) SELECT aq_in.c1, ((SELECT current_setting('aq.k1')::int4[]))[aq_in.c2] FROM unnest($1::text[], $2::int4[]) aq_in(c1, c2) RETURNING id) SELECT aq_out.id FROM (SELECT set_config('aq.k2', CASE WHEN count(*) = cardinality($1::text[]) THEN array_agg(aq_out.id)::text ELSE ('aquifer: INSERT statement on table ''node'' expected to insert ' || cardinality($1::text[]) || ' row(s); ' || count(*) || ' were inserted.')::int4::text END, true) FROM aq_out) aq_carry, aq_out;
    -- ARRAY['middle'], ARRAY[1]
INSERT INTO node (name, parent_id) SELECT aq_in.c1, ((SELECT current_setting('aq.k2')::int4[]))[aq_in.c2] FROM unnest($1::text[], $2::int4[]) aq_in(c1, c2) RETURNING id;
    -- ARRAY['leaf'], ARRAY[1]

-- a subtree moves, and gets a leaf
INSERT INTO node (name, parent_id) SELECT aq_in.c1, aq_in.c2 FROM unnest($1::text[], $2::int4[]) aq_in(c1, c2) RETURNING id;
    -- ARRAY['below d'], ARRAY[5]
WITH aq_out AS (UPDATE node SET parent_id = aq_in.c1 FROM unnest($1::int4[], $2::int4[]) aq_in(c1, c2) WHERE node.id = aq_in.c2 RETURNING 1) SELECT CASE WHEN count(*) < cardinality($2::int4[]) THEN ('aquifer: UPDATE statement on table ''node'' expected to update ' || cardinality($2::int4[]) || ' row(s); ' || count(*) || ' were matched.')::int4 END AS aq_stale FROM aq_out;
    -- ARRAY[2], ARRAY[4]

-- a root whose descendants are not loaded
WITH RECURSIVE aq_rows AS (SELECT node.id FROM node WHERE node.parent_id = ANY($1::int4[]) UNION SELECT node.id FROM node JOIN aq_rows ON node.parent_id = aq_rows.id) DELETE FROM node USING aq_rows WHERE node.id = aq_rows.id;
    -- ARRAY[1]
DELETE FROM node WHERE node.id = ANY($1::int4[]);
    -- ARRAY[1]

-- a root whose descendants are loaded
DELETE FROM node WHERE node.id = ANY($1::int4[]);
    -- ARRAY[1, 3, 4, 5]

-- parent and child change places
WITH aq_out AS (UPDATE node SET parent_id = aq_in.c1 FROM unnest($1::int4[], $2::int4[]) aq_in(c1, c2) WHERE node.id = aq_in.c2 RETURNING 1) SELECT CASE WHEN count(*) < cardinality($2::int4[]) THEN ('aquifer: UPDATE statement on table ''node'' expected to update ' || cardinality($2::int4[]) || ' row(s); ' || count(*) || ' were matched.')::int4 END AS aq_stale FROM aq_out;
    -- ARRAY[3, NULL], ARRAY[1, 3]

-- post_update: the favorite is a new one
WITH aq_out AS (INSERT INTO ball (owner_id) SELECT aq_in.c1 FROM unnest($1::int4[]) aq_in(c1) RETURNING id) SELECT aq_out.id FROM (SELECT set_config('aq.k1', CASE WHEN count(*) = cardinality($1::int4[]) THEN array_agg(aq_out.id)::text ELSE ('aquifer: INSERT statement on table ''ball'' expected to insert ' || cardinality($1::int4[]) || ' row(s); ' || count(*) || ' were inserted.')::int4::text END, true) FROM aq_out) aq_carry, aq_out;
    -- ARRAY[1]
WITH aq_out AS (UPDATE person SET favorite_id = ((SELECT current_setting('aq.k1')::int4[]))[aq_in.c1] FROM unnest($1::int4[], $2::int4[]) aq_in(c1, c2) WHERE person.id = aq_in.c2 RETURNING 1) SELECT CASE WHEN count(*) < cardinality($2::int4[]) THEN ('aquifer: UPDATE statement on table ''person'' expected to update ' || cardinality($2::int4[]) || ' row(s); ' || count(*) || ' were matched.')::int4 END AS aq_stale FROM aq_out;
    -- ARRAY[1], ARRAY[1]

-- ... an old one
WITH aq_out AS (UPDATE person SET favorite_id = aq_in.c1 FROM unnest($1::int4[], $2::int4[]) aq_in(c1, c2) WHERE person.id = aq_in.c2 RETURNING 1) SELECT CASE WHEN count(*) < cardinality($2::int4[]) THEN ('aquifer: UPDATE statement on table ''person'' expected to update ' || cardinality($2::int4[]) || ' row(s); ' || count(*) || ' were matched.')::int4 END AS aq_stale FROM aq_out;
    -- ARRAY[1], ARRAY[1]

-- ... none
WITH aq_out AS (UPDATE person SET favorite_id = aq_in.c1 FROM unnest($1::int4[], $2::int4[]) aq_in(c1, c2) WHERE person.id = aq_in.c2 RETURNING 1) SELECT CASE WHEN count(*) < cardinality($2::int4[]) THEN ('aquifer: UPDATE statement on table ''person'' expected to update ' || cardinality($2::int4[]) || ' row(s); ' || count(*) || ' were matched.')::int4 END AS aq_stale FROM aq_out;
    -- ARRAY[NULL], ARRAY[1]

-- post_update: both go
WITH aq_out AS (UPDATE person SET favorite_id = aq_in.c1 FROM unnest($1::int4[], $2::int4[]) aq_in(c1, c2) WHERE person.id = aq_in.c2 RETURNING 1) SELECT CASE WHEN count(*) < cardinality($2::int4[]) THEN ('aquifer: UPDATE statement on table ''person'' expected to update ' || cardinality($2::int4[]) || ' row(s); ' || count(*) || ' were matched.')::int4 END AS aq_stale FROM aq_out;
    -- ARRAY[NULL], ARRAY[1]
UPDATE person SET favorite_id = NULL FROM unnest($1::int4[]) aq_in(c1) WHERE person.id = aq_in.c1;
    -- ARRAY[1]
DELETE FROM ball WHERE ball.id = ANY($1::int4[]);
    -- ARRAY[1, 2]
DELETE FROM person WHERE person.id = ANY($1::int4[]);
    -- ARRAY[1]

-- post_update: the favorite goes
WITH aq_out AS (UPDATE person SET favorite_id = aq_in.c1 FROM unnest($1::int4[], $2::int4[]) aq_in(c1, c2) WHERE person.id = aq_in.c2 RETURNING 1) SELECT CASE WHEN count(*) < cardinality($2::int4[]) THEN ('aquifer: UPDATE statement on table ''person'' expected to update ' || cardinality($2::int4[]) || ' row(s); ' || count(*) || ' were matched.')::int4 END AS aq_stale FROM aq_out;
    -- ARRAY[NULL], ARRAY[1]
DELETE FROM ball WHERE ball.id = ANY($1::int4[]);
    -- ARRAY[2]

-- keys that are given and keys that are drawn, and their children
WITH aq_out AS (INSERT INTO box (label) SELECT aq_in.c1 FROM unnest($1::text[]) aq_in(c1) RETURNING id, made, doubled) SELECT aq_out.id, aq_out.made, aq_out.doubled FROM (SELECT set_config('aq.k1', CASE WHEN count(*) = cardinality($1::text[]) THEN array_agg(aq_out.id)::text ELSE ('aquifer: INSERT statement on table ''box'' expected to insert ' || cardinality($1::text[]) || ' row(s); ' || count(*) || ' were inserted.')::int4::text END, true) FROM aq_out) aq_carry, aq_out;
    -- ARRAY['drawn']
INSERT INTO box (id, label) SELECT aq_in.c1, aq_in.c2 FROM unnest($1::int8[], $2::text[]) aq_in(c1, c2) RETURNING made, doubled;
    -- ARRAY[70], ARRAY['given']
WITH aq_out AS (INSERT INTO box DEFAULT VALUES RETURNING id, label, made, doubled) SELECT aq_out.id, aq_out.label, aq_out.made, aq_out.doubled FROM (SELECT set_config('aq.k2', CASE WHEN count(*) = 1 THEN array_agg(aq_out.id)::text ELSE ('aquifer: INSERT statement on table ''box'' expected to insert ' || 1 || ' row(s); ' || count(*) || ' were inserted.')::int4::text END, true) FROM aq_out) aq_carry, aq_out;
INSERT INTO item (box_id) SELECT ((SELECT current_setting('aq.k1')::int8[]))[aq_in.c1] FROM unnest($1::int4[]) aq_in(c1) RETURNING id;
    -- ARRAY[1]
INSERT INTO item (box_id) SELECT aq_in.c1 FROM unnest($1::int8[]) aq_in(c1) RETURNING id;
    -- ARRAY[70]
INSERT INTO item (box_id) SELECT ((SELECT current_setting('aq.k2')::int8[]))[aq_in.c1] FROM unnest($1::int4[]) aq_in(c1) RETURNING id;
    -- ARRAY[1]

-- a generated column after an UPDATE, and a client's on-update value
WITH aq_out AS (UPDATE box SET size = aq_in.c1, changes = aq_in.c2 FROM unnest($1::int4[], $2::int4[], $3::int8[]) WITH ORDINALITY aq_in(c1, c2, c3, aq_n) WHERE box.id = aq_in.c3 RETURNING aq_in.aq_n, box.doubled), aq_check AS (SELECT CASE WHEN count(*) < cardinality($3::int8[]) THEN ('aquifer: UPDATE statement on table ''box'' expected to update ' || cardinality($3::int8[]) || ' row(s); ' || count(*) || ' were matched.')::int4 END AS aq_stale FROM aq_out) SELECT aq_check.aq_stale, aq_out.aq_n, aq_out.doubled FROM aq_check LEFT JOIN aq_out ON true;
    -- ARRAY[4], ARRAY[1], ARRAY[1]

-- ... that the user has set
WITH aq_out AS (UPDATE box SET size = aq_in.c1, changes = aq_in.c2 FROM unnest($1::int4[], $2::int4[], $3::int8[]) WITH ORDINALITY aq_in(c1, c2, c3, aq_n) WHERE box.id = aq_in.c3 RETURNING aq_in.aq_n, box.doubled), aq_check AS (SELECT CASE WHEN count(*) < cardinality($3::int8[]) THEN ('aquifer: UPDATE statement on table ''box'' expected to update ' || cardinality($3::int8[]) || ' row(s); ' || count(*) || ' were matched.')::int4 END AS aq_stale FROM aq_out) SELECT aq_check.aq_stale, aq_out.aq_n, aq_out.doubled FROM aq_check LEFT JOIN aq_out ON true;
    -- ARRAY[5], ARRAY[10], ARRAY[1]

-- a column that is flagged is written though it is the same
WITH aq_out AS (UPDATE box SET label = aq_in.c1, changes = aq_in.c2 FROM unnest($1::text[], $2::int4[], $3::int8[]) WITH ORDINALITY aq_in(c1, c2, c3, aq_n) WHERE box.id = aq_in.c3 RETURNING aq_in.aq_n, box.doubled), aq_check AS (SELECT CASE WHEN count(*) < cardinality($3::int8[]) THEN ('aquifer: UPDATE statement on table ''box'' expected to update ' || cardinality($3::int8[]) || ' row(s); ' || count(*) || ' were matched.')::int4 END AS aq_stale FROM aq_out) SELECT aq_check.aq_stale, aq_out.aq_n, aq_out.doubled FROM aq_check LEFT JOIN aq_out ON true;
    -- ARRAY['a'], ARRAY[1], ARRAY[1]

-- a new object with the key of a deleted one
WITH aq_out AS (UPDATE box SET label = aq_in.c1, made = DEFAULT, size = aq_in.c2, changes = aq_in.c3 FROM unnest($1::text[], $2::int4[], $3::int4[], $4::int8[]) WITH ORDINALITY aq_in(c1, c2, c3, c4, aq_n) WHERE box.id = aq_in.c4 RETURNING aq_in.aq_n, box.made, box.doubled), aq_check AS (SELECT CASE WHEN count(*) < cardinality($4::int8[]) THEN ('aquifer: UPDATE statement on table ''box'' expected to update ' || cardinality($4::int8[]) || ' row(s); ' || count(*) || ' were matched.')::int4 END AS aq_stale FROM aq_out) SELECT aq_check.aq_stale, aq_out.aq_n, aq_out.made, aq_out.doubled FROM aq_check LEFT JOIN aq_out ON true;
    -- ARRAY['again'], ARRAY[NULL], ARRAY[NULL], ARRAY[7]

-- compound keys, and a foreign key of two columns
INSERT INTO seat (row, number) SELECT aq_in.c1, aq_in.c2 FROM unnest($1::text[], $2::int4[]) aq_in(c1, c2);
    -- ARRAY['b', 'a', 'a'], ARRAY[1, 2, 1]
INSERT INTO ticket (seat_row, seat_number) SELECT aq_in.c1, aq_in.c2 FROM unnest($1::text[], $2::int4[]) aq_in(c1, c2) RETURNING id;
    -- ARRAY['a'], ARRAY[2]

-- ... changed
WITH aq_out AS (UPDATE seat SET price = aq_in.c1 FROM unnest($1::int4[], $2::text[], $3::int4[]) aq_in(c1, c2, c3) WHERE seat.row = aq_in.c2 AND seat.number = aq_in.c3 RETURNING 1) SELECT CASE WHEN count(*) < cardinality($2::text[]) THEN ('aquifer: UPDATE statement on table ''seat'' expected to update ' || cardinality($2::text[]) || ' row(s); ' || count(*) || ' were matched.')::int4 END AS aq_stale FROM aq_out;
    -- ARRAY[9, 9, 9], ARRAY['a', 'a', 'b'], ARRAY[1, 2, 1]
WITH aq_out AS (UPDATE ticket SET seat_row = aq_in.c1, seat_number = aq_in.c2 FROM unnest($1::text[], $2::int4[], $3::int4[]) aq_in(c1, c2, c3) WHERE ticket.id = aq_in.c3 RETURNING 1) SELECT CASE WHEN count(*) < cardinality($3::int4[]) THEN ('aquifer: UPDATE statement on table ''ticket'' expected to update ' || cardinality($3::int4[]) || ' row(s); ' || count(*) || ' were matched.')::int4 END AS aq_stale FROM aq_out;
    -- ARRAY['b'], ARRAY[1], ARRAY[1]

-- ... deleted: the ticket has no seat
WITH aq_out AS (UPDATE ticket SET seat_row = aq_in.c1, seat_number = aq_in.c2 FROM unnest($1::text[], $2::int4[], $3::int4[]) aq_in(c1, c2, c3) WHERE ticket.id = aq_in.c3 RETURNING 1) SELECT CASE WHEN count(*) < cardinality($3::int4[]) THEN ('aquifer: UPDATE statement on table ''ticket'' expected to update ' || cardinality($3::int4[]) || ' row(s); ' || count(*) || ' were matched.')::int4 END AS aq_stale FROM aq_out;
    -- ARRAY[NULL], ARRAY[NULL], ARRAY[1]
DELETE FROM seat USING unnest($1::text[], $2::int4[]) aq_in(c1, c2) WHERE seat.row = aq_in.c1 AND seat.number = aq_in.c2;
    -- ARRAY['a', 'b'], ARRAY[2, 1]

-- a part of a key changes, and what refers to it with it
WITH aq_out AS (UPDATE seat SET number = aq_in.c1, price = aq_in.c2 FROM unnest($1::int4[], $2::int4[], $3::text[], $4::int4[]) aq_in(c1, c2, c3, c4) WHERE seat.row = aq_in.c3 AND seat.number = aq_in.c4 RETURNING 1) SELECT CASE WHEN count(*) < cardinality($3::text[]) THEN ('aquifer: UPDATE statement on table ''seat'' expected to update ' || cardinality($3::text[]) || ' row(s); ' || count(*) || ' were matched.')::int4 END AS aq_stale FROM aq_out;
    -- ARRAY[5], ARRAY[7], ARRAY['a'], ARRAY[1]

-- joined inheritance of three levels, and whom they refer to
WITH aq_out AS (INSERT INTO team (name) SELECT aq_in.c1 FROM unnest($1::text[]) aq_in(c1) RETURNING id) SELECT aq_out.id FROM (SELECT set_config('aq.k1', CASE WHEN count(*) = cardinality($1::text[]) THEN array_agg(aq_out.id)::text ELSE ('aquifer: INSERT statement on table ''team'' expected to insert ' || cardinality($1::text[]) || ' row(s); ' || count(*) || ' were inserted.')::int4::text END, true) FROM aq_out) aq_carry, aq_out;
    -- ARRAY['t']
WITH aq_out AS (INSERT INTO person (kind, name, team_id) SELECT aq_in.c1, aq_in.c2, ((SELECT current_setting('aq.k1')::int4[]))[aq_in.c3] FROM unnest($1::text[], $2::text[], $3::int4[]) aq_in(c1, c2, c3) RETURNING id) SELECT aq_out.id FROM (SELECT set_config('aq.k2', CASE WHEN count(*) = cardinality($1::text[]) THEN array_agg(aq_out.id)::text ELSE ('aquifer: INSERT statement on table ''person'' expected to insert ' || cardinality($1::text[]) || ' row(s); ' || count(*) || ' were inserted.')::int4::text END, true) FROM aq_out) aq_carry, aq_out;
    -- ARRAY['lead', 'engineer', 'person'], ARRAY['l', 'e', 'p'], ARRAY[1, 1, 1]
INSERT INTO engineer (id, language) SELECT ((SELECT current_setting('aq.k2')::int4[]))[aq_in.c1], aq_in.c2 FROM unnest($1::int4[], $2::text[]) aq_in(c1, c2);
    -- ARRAY[1], ARRAY['c']
INSERT INTO engineer (id) SELECT ((SELECT current_setting('aq.k2')::int4[]))[aq_in.c1] FROM unnest($1::int4[]) aq_in(c1);
    -- ARRAY[2]
INSERT INTO lead (id, reports) SELECT ((SELECT current_setting('aq.k2')::int4[]))[aq_in.c1], aq_in.c2 FROM unnest($1::int4[], $2::int4[]) aq_in(c1, c2);
    -- ARRAY[1], ARRAY[2]

-- ... columns of each level
WITH aq_out AS (UPDATE person SET name = aq_in.c1 FROM unnest($1::text[], $2::int4[]) aq_in(c1, c2) WHERE person.id = aq_in.c2 RETURNING 1) SELECT CASE WHEN count(*) < cardinality($2::int4[]) THEN ('aquifer: UPDATE statement on table ''person'' expected to update ' || cardinality($2::int4[]) || ' row(s); ' || count(*) || ' were matched.')::int4 END AS aq_stale FROM aq_out;
    -- ARRAY['L'], ARRAY[1]
WITH aq_out AS (UPDATE engineer SET language = aq_in.c1 FROM unnest($1::text[], $2::int4[]) aq_in(c1, c2) WHERE engineer.id = aq_in.c2 RETURNING 1) SELECT CASE WHEN count(*) < cardinality($2::int4[]) THEN ('aquifer: UPDATE statement on table ''engineer'' expected to update ' || cardinality($2::int4[]) || ' row(s); ' || count(*) || ' were matched.')::int4 END AS aq_stale FROM aq_out;
    -- ARRAY['go'], ARRAY[2]
WITH aq_out AS (UPDATE lead SET reports = aq_in.c1 FROM unnest($1::int4[], $2::int4[]) aq_in(c1, c2) WHERE lead.id = aq_in.c2 RETURNING 1) SELECT CASE WHEN count(*) < cardinality($2::int4[]) THEN ('aquifer: UPDATE statement on table ''lead'' expected to update ' || cardinality($2::int4[]) || ' row(s); ' || count(*) || ' were matched.')::int4 END AS aq_stale FROM aq_out;
    -- ARRAY[3], ARRAY[1]

-- ... one goes
DELETE FROM lead WHERE lead.id = ANY($1::int4[]);
    -- ARRAY[1]
DELETE FROM engineer WHERE engineer.id = ANY($1::int4[]);
    -- ARRAY[1]
DELETE FROM person WHERE person.id = ANY($1::int4[]);
    -- ARRAY[1]

-- people who are not loaded go with their team, from all tables
WITH aq_rows AS (SELECT person.id FROM person WHERE person.team_id = ANY($1::int4[])), aq_1 AS (DELETE FROM lead USING aq_rows WHERE lead.id = aq_rows.id), aq_2 AS (DELETE FROM engineer USING aq_rows WHERE engineer.id = aq_rows.id) DELETE FROM person USING aq_rows WHERE person.id = aq_rows.id;
    -- ARRAY[1]
DELETE FROM team WHERE team.id = ANY($1::int4[]);
    -- ARRAY[1]

-- what was loaded by the base's query is changed in its own table
WITH aq_out AS (UPDATE person SET name = aq_in.c1 FROM unnest($1::text[], $2::int4[]) aq_in(c1, c2) WHERE person.id = aq_in.c2 RETURNING 1) SELECT CASE WHEN count(*) < cardinality($2::int4[]) THEN ('aquifer: UPDATE statement on table ''person'' expected to update ' || cardinality($2::int4[]) || ' row(s); ' || count(*) || ' were matched.')::int4 END AS aq_stale FROM aq_out;
    -- ARRAY['P'], ARRAY[3]
WITH aq_out AS (UPDATE lead SET reports = aq_in.c1 FROM unnest($1::int4[], $2::int4[]) aq_in(c1, c2) WHERE lead.id = aq_in.c2 RETURNING 1) SELECT CASE WHEN count(*) < cardinality($2::int4[]) THEN ('aquifer: UPDATE statement on table ''lead'' expected to update ' || cardinality($2::int4[]) || ' row(s); ' || count(*) || ' were matched.')::int4 END AS aq_stale FROM aq_out;
    -- ARRAY[1], ARRAY[1]

-- single-table inheritance: new ones, changed ones
INSERT INTO duck (kind, extra) SELECT aq_in.c1, aq_in.c2 FROM unnest($1::text[], $2::text[]) aq_in(c1, c2) RETURNING id;
    -- ARRAY['mallard'], ARRAY['x']
INSERT INTO duck (kind, name) SELECT aq_in.c1, aq_in.c2 FROM unnest($1::text[], $2::text[]) aq_in(c1, c2) RETURNING id;
    -- ARRAY['duck'], ARRAY['d']
WITH aq_out AS (UPDATE duck SET extra = aq_in.c1 FROM unnest($1::text[], $2::int4[]) aq_in(c1, c2) WHERE duck.id = aq_in.c2 RETURNING 1) SELECT CASE WHEN count(*) < cardinality($2::int4[]) THEN ('aquifer: UPDATE statement on table ''duck'' expected to update ' || cardinality($2::int4[]) || ' row(s); ' || count(*) || ' were matched.')::int4 END AS aq_stale FROM aq_out;
    -- ARRAY['y'], ARRAY[1]
WITH aq_out AS (UPDATE duck SET name = aq_in.c1 FROM unnest($1::text[], $2::int4[]) aq_in(c1, c2) WHERE duck.id = aq_in.c2 RETURNING 1) SELECT CASE WHEN count(*) < cardinality($2::int4[]) THEN ('aquifer: UPDATE statement on table ''duck'' expected to update ' || cardinality($2::int4[]) || ' row(s); ' || count(*) || ' were matched.')::int4 END AS aq_stale FROM aq_out;
    -- ARRAY['D'], ARRAY[2]

-- ... deleted ones
DELETE FROM duck WHERE duck.id = ANY($1::int4[]);
    -- ARRAY[1, 2]

-- a version is counted
WITH aq_out AS (UPDATE page SET text = aq_in.c1, version = page.version + 1 FROM unnest($1::text[], $2::int4[], $3::int4[]) aq_in(c1, c2, c3) WHERE page.id = aq_in.c2 AND page.version = aq_in.c3 RETURNING 1) SELECT CASE WHEN count(*) < cardinality($2::int4[]) THEN ('aquifer: UPDATE statement on table ''page'' expected to update ' || cardinality($2::int4[]) || ' row(s); ' || count(*) || ' were matched.')::int4 END AS aq_stale FROM aq_out;
    -- ARRAY['changed'], ARRAY[1], ARRAY[1]

-- ... and looked at by DELETE
WITH aq_out AS (DELETE FROM page USING unnest($1::int4[], $2::int4[]) aq_in(c1, c2) WHERE page.id = aq_in.c1 AND page.version = aq_in.c2 RETURNING 1) SELECT CASE WHEN count(*) < cardinality($1::int4[]) THEN ('aquifer: DELETE statement on table ''page'' expected to delete ' || cardinality($1::int4[]) || ' row(s); ' || count(*) || ' were matched.')::int4 END AS aq_stale FROM aq_out;
    -- ARRAY[1], ARRAY[2]

-- after a refresh it works
WITH aq_out AS (UPDATE page SET text = aq_in.c1, version = page.version + 1 FROM unnest($1::text[], $2::int4[], $3::int4[]) aq_in(c1, c2, c3) WHERE page.id = aq_in.c2 AND page.version = aq_in.c3 RETURNING 1) SELECT CASE WHEN count(*) < cardinality($2::int4[]) THEN ('aquifer: UPDATE statement on table ''page'' expected to update ' || cardinality($2::int4[]) || ' row(s); ' || count(*) || ' were matched.')::int4 END AS aq_stale FROM aq_out;
    -- ARRAY['mine'], ARRAY[1], ARRAY[7]

-- after a duplicate: another value
INSERT INTO page (text, version) SELECT aq_in.c1, aq_in.c2 FROM unnest($1::text[], $2::int4[]) aq_in(c1, c2) RETURNING id;
    -- ARRAY['three'], ARRAY[1]

-- a new row takes the unique value of a deleted one
WITH aq_out AS (DELETE FROM page USING unnest($1::int4[], $2::int4[]) aq_in(c1, c2) WHERE page.id = aq_in.c1 AND page.version = aq_in.c2 RETURNING 1) SELECT CASE WHEN count(*) < cardinality($1::int4[]) THEN ('aquifer: DELETE statement on table ''page'' expected to delete ' || cardinality($1::int4[]) || ' row(s); ' || count(*) || ' were matched.')::int4 END AS aq_stale FROM aq_out;
    -- ARRAY[1], ARRAY[1]
INSERT INTO page (text, version) SELECT aq_in.c1, aq_in.c2 FROM unnest($1::text[], $2::int4[]) aq_in(c1, c2) RETURNING id;
    -- ARRAY['one'], ARRAY[1]

