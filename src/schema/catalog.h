/* Catalogs: what a live database has, read from pg_catalog. This room has no connection: it has the query, and is fed its rows.
 *
 *     aq__catalog_t *catalog = aq__catalog_create(NULL);
 *     ... run aq__catalog_settings(), then aq__catalog_query(), in one transaction, and for each row of it:
 *         aq__catalog_add_row(catalog, part, items, count)
 *     aq__metadata_t *metadata = aq__catalog_take(catalog);              sealed; metadata->problems tells what it does not say
 *     aq__catalog_close(catalog);
 *
 * It is one statement whatever the number of tables, so one round trip, and all of it is of one snapshot.
 *
 * What is read: tables and all that one says of them in CREATE TABLE, CREATE INDEX, CREATE SEQUENCE, CREATE TYPE ... AS ENUM and COMMENT ON.
 * Views, functions, roles and rights are none of that. A schema is NULL in what is of the first schema of the search path, if that was to be read. */
#ifndef AQ_SRC_SCHEMA_CATALOG_H
#define AQ_SRC_SCHEMA_CATALOG_H

#include "src/schema/metadata.h"

typedef struct aq__catalog aq__catalog_t;

/* The statement's text, for aq__free(); NULL: AQ_ENOMEM. Parameter $1, text[]: the schemas; NULL, or a NULL in it: those of the search path.
 * $2, boolean: of these only the first. Its columns: part, an int4, and item, an array of texts. */
char *aq__catalog_query(void);
/* A statement that goes before it, for the transaction: what the server shows depends on settings. */
const char *aq__catalog_settings(void);

aq__catalog_t *aq__catalog_create(const char *bind); /* NULL: AQ_ENOMEM */
void aq__catalog_close(aq__catalog_t *catalog);      /* NULL is fine */
/* One row: its items, NULL for NULL; nothing of it is kept. AQ_EMAPPING: it makes no sense, "catalog: column: 'type_oid' is NULL". AQ_ENOMEM. */
int aq__catalog_add_row(aq__catalog_t *catalog, int part, const char *const *items, size_t count);
/* What was read, sealed; the catalog is left for aq__catalog_close(). What metadata cannot express (a partition, a trigger, a domain's
 * checks) is told in metadata->problems, with what the seal has to tell; the rest is there all the same. NULL: AQ_ENOMEM. */
aq__metadata_t *aq__catalog_take(aq__catalog_t *catalog);

#endif
