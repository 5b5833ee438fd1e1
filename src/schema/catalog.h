/* Catalogs: what a live database has, read from pg_catalog. This room has no connection: it holds the queries, and is fed their rows.
 *
 *     aq__catalog_t *catalog = aq__catalog_create(NULL, &options);
 *     for (size_t i = 0; i < AQ__CATALOG_QUERIES; i++)
 *         ... run aq__catalog_query(i) ($1: the options, see there), and for each row: aq__catalog_add_row(catalog, i, values)
 *     aq__metadata_t *metadata = aq__catalog_take(catalog, &problems);         sealed
 *
 * The number of queries is constant, whatever the number of tables; they are one unit, so one round trip and one snapshot. */
#ifndef AQ_SRC_SCHEMA_CATALOG_H
#define AQ_SRC_SCHEMA_CATALOG_H

#include "src/schema/metadata.h"

typedef struct aq__catalog aq__catalog_t;

aq__catalog_t *aq__catalog_create(const char *bind); /* NULL: AQ_ENOMEM */
void aq__catalog_close(aq__catalog_t *catalog);      /* NULL is fine */
size_t aq__catalog_query_count(void);
const char *aq__catalog_query(
    size_t query); /* its text; parameter $1, text[]: the schemas; NULL: those of the search path */
size_t aq__catalog_column_count(size_t query);
/* One row of a query: its columns as text, NULL for NULL. AQ_ENOMEM, AQ_EMAPPING (the row makes no sense). */
int aq__catalog_add_row(aq__catalog_t *catalog, size_t query, const char *const *values);
/* What was read, sealed; the catalog is left for aq__catalog_close(). What metadata cannot express (a partition, a rule, a domain's check) is told in `problems`, and the rest is
 * there all the same. NULL: AQ_ENOMEM. */
aq__metadata_t *aq__catalog_take(aq__catalog_t *catalog, aq__problems_t *problems);

#endif
