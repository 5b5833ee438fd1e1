/* Reading SQL: the statements of a schema file, turned into metadata. PostgreSQL's own parser (libpg_query) reads them.
 *
 *     aq__metadata_t *metadata = aq__metadata_create(NULL);
 *     code = aq__read_sql(metadata, "schema.sql", text, length, &problems);
 *     if (code == AQ_OK)
 *         code = aq__metadata_seal(metadata, &problems);
 *
 * What it understands: CREATE TABLE, TYPE ... AS ENUM, INDEX, SEQUENCE, SCHEMA; ALTER TABLE ... ADD (and SET DEFAULT, SET NOT NULL, DROP ..., RENAME);
 * ALTER SEQUENCE ... OWNED BY; COMMENT ON; SET search_path and BEGIN/COMMIT as pg_dump writes them. What it does not, it says: each is a problem with file, line
 * and column, and the rest is read all the same. */
#ifndef AQ_SRC_SCHEMA_READ_SQL_H
#define AQ_SRC_SCHEMA_READ_SQL_H

#include "src/schema/metadata.h"

/* Adds what the text declares. `file` is for messages, and must live as long as the metadata; `text` need not. AQ_EMAPPING: see `problems`. AQ_ENOMEM. */
int aq__read_sql(aq__metadata_t *metadata, const char *file, const char *text, size_t length,
                 aq__problems_t *problems);
/* A type as one writes it in CREATE TABLE ("varchar(20)[]", "mood", "double precision"), taken apart: `type->oid` where AQ_TYPE_TABLE has it, else its
 * name. AQ_EMAPPING: it is no type; AQ_ENOMEM. */
int aq__read_type(aq_arena_t *arena, const char *text, aq__type_t *type) AQ_MUST_USE;
/* The same for the types of all columns of the metadata that are text yet; what is no type is told. AQ_EMAPPING, AQ_ENOMEM. */
int aq__read_types(aq__metadata_t *metadata, aq__problems_t *problems);
/* Whether two SQL expressions are the same but for what does not matter: white space, case of key words, parentheses, and the casts that
 * the server adds when it shows them ('new'::text, (status)::text). Texts that cannot be parsed are compared as they are. */
bool aq__same_expression(const char *a, const char *b);

#endif
