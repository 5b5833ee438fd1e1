-- Names: the same in several schemas, those of types, functions and keywords, and everything that has to be quoted.

CREATE SCHEMA one;
CREATE SCHEMA "Two "" Two";
CREATE TYPE state AS ENUM ('a', 'b');
CREATE TYPE one.state AS ENUM ('c', 'd');
CREATE TYPE "Two "" Two".state AS ENUM ('e');
CREATE TABLE item (id int PRIMARY KEY, s state, o one.state, t "Two "" Two".state DEFAULT 'e');
CREATE TABLE one.item (id int PRIMARY KEY REFERENCES item, s state DEFAULT 'a', o one.state DEFAULT 'c', p public.state);
CREATE TABLE "Two "" Two".item (id int PRIMARY KEY REFERENCES one.item, CONSTRAINT "both" FOREIGN KEY (id) REFERENCES public.item);
CREATE INDEX same_index ON item (s);
CREATE INDEX same_index ON one.item (s);

-- tables that are called like types, columns like functions and system columns' relatives
CREATE TABLE int4 (id int PRIMARY KEY, "integer" text);
CREATE TABLE "timestamp" (id int PRIMARY KEY REFERENCES int4, now timestamptz, current_date_ date, version text, length int CHECK (length > 0), upper text CHECK (upper = upper(upper)));
CREATE TABLE "user" ("user" text, "order" int PRIMARY KEY, "group" int CHECK ("group" > 0 AND "group" <> "order"), "table" text, "column" text, "end" int, "desc" int, "all" int, "primary" int, "references" int);
CREATE INDEX "user" ON one.item (o) WHERE o <> 'd';
CREATE TABLE "Table" ("ID" int PRIMARY KEY, "Id" int REFERENCES "Table", id int GENERATED ALWAYS AS ("ID" * 2) STORED, "iD" int, UNIQUE ("Id", id), CHECK ("ID" > id));
CREATE TABLE "table" (ID int PRIMARY KEY, "a.b" int UNIQUE, "a b" int REFERENCES "table" ("a.b"), "a""b" int DEFAULT 1, "a'b" int, "a\b" int, "%s" int, "a,b" int, "(a)" int, "*" int, "?" int, "/* c */" int, "a
b" int, "	tab" int, "0" int, "-" int, "$" int, "a$b" int, "ʻ" int, "🙂" text DEFAULT '🙂');
CREATE INDEX ON "table" ("a.b", "a""b", ("a'b" + "a\b"), "a
b") WHERE "%s" > 0 AND "?" = 1;
COMMENT ON TABLE "table" IS E'a comment\nof two lines, with ''quotes'', "others", \\ backslashes, */ and /*, %s and ??/ ';
COMMENT ON COLUMN "table"."a""b" IS '';
COMMENT ON COLUMN "table"."🙂" IS '🙂';
COMMENT ON TYPE one.state IS 'of one';
COMMENT ON TABLE "table" IS NULL;
COMMENT ON TABLE item IS E'line one\nline two with ''quotes'', "others", \\ backslashes, */ and /*, %s and ??/ ';
CREATE TABLE class (class int PRIMARY KEY, struct text, int int, "return" bool, "if" int, main int, object text, errno int, "NULL" int, bool bool, "true" bool, EOF int, assert int, stdin int, "_Bool" int, aq_object_t int);
CREATE TABLE main (main int PRIMARY KEY);
CREATE TABLE "Item" (id int PRIMARY KEY);
CREATE TABLE items (id int PRIMARY KEY, item int REFERENCES "Item", item_id int REFERENCES item, items int REFERENCES items);
CREATE TABLE one."Items" (id int PRIMARY KEY);
CREATE TABLE aq_object (id int PRIMARY KEY);
CREATE TABLE "数据" ("数" int PRIMARY KEY, "据" int REFERENCES "数据");
CREATE TABLE "--" (id int PRIMARY KEY);
CREATE TABLE "__" (id int PRIMARY KEY);
CREATE TABLE pg_thing (oid int PRIMARY KEY, ctid_ int);
