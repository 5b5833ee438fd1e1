/* Reading SQL: the statements of a schema file, turned into metadata. PostgreSQL's own parser (libpg_query) reads them.
 *
 *     aq__metadata_t *metadata = aq__metadata_create(NULL);
 *     code = aq__read_sql(metadata, "schema.sql", text, length, &problems);
 *     if (code == AQ_OK)
 *         code = aq__metadata_seal(metadata, &problems);
 *
 * What it understands: CREATE TABLE with all that metadata has, LIKE, INHERITS and OF a composite type, whose columns become the table's own; CREATE TYPE ... AS ENUM, INDEX, SEQUENCE, SCHEMA with what stands in it; ALTER TABLE, TYPE and
 * SEQUENCE of those; COMMENT ON, DROP, RENAME, SET SCHEMA; the search path, by SET and by set_config(). Hand-written files and those of pg_dump give
 * the same: a sequence that a column owns and draws from is a serial column. Expressions stay as they were written, without comments, but types and sequences that the search path finds get their schema. The
 * schema public is what the default search path decides: NULL.
 *
 * What metadata cannot have is a problem with file, line and column ("schema.sql:12:5: CREATE VIEW active_users: views are not tables; it is left
 * out"), as is what is wrong, and the rest is read all the same. Rows (INSERT, COPY ...) are told once for each table.
 *
 * Ignored by rule, since no metadata depends on it: SET, RESET, SHOW, DISCARD; BEGIN and COMMIT, but not ROLLBACK; GRANT, REVOKE, OWNER TO, ALTER DEFAULT
 * PRIVILEGES; setval(), set_config() of other settings; VACUUM, ANALYZE, CLUSTER, REINDEX, LOCK, CHECKPOINT, SET CONSTRAINTS; CREATE SCHEMA (the tables say it);
 * comments of an extension, a database, the schema public; DROP of what is never read; IF [NOT] EXISTS where the server does nothing either; CONCURRENTLY, RESTART, USING of a change of
 * type; DEFAULT NULL; \restrict and \unrestrict of pg_dump. */
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
/* Runs `cb(data)` to its end in a thread with a big stack, and gives back what it returned; its last error becomes that of the caller. Inside of one
 * it just calls: who reads many types or expressions does it all in one, since a thread, and what the parser sets up for it, takes longer than most texts do. */
int aq__sql_call_deep(int (*cb)(void *data), void *data);
/* Whether two SQL expressions are the same but for what does not matter: white space, case of key words, parentheses, and the casts that
 * the server adds when it shows them ('new'::text, (status)::text). Texts that cannot be parsed are compared as they are. */
bool aq__same_expression(const char *a, const char *b);

#endif
