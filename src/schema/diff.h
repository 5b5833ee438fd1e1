/* Differences between what is wanted (models) and what is there (a live database), and the statements that would mend them.
 *
 * Pure: both are sealed metadata, whatever they were made from. Nothing is run. */
#ifndef AQ_SRC_SCHEMA_DIFF_H
#define AQ_SRC_SCHEMA_DIFF_H

#include "aquifer/diff.h"
#include "src/schema/metadata.h"

/* Whether two expressions are the same: `wanted` as somebody wrote it, `live` as the server shows it; both belong to columns or constraints of the same table. */
typedef bool (*aq__same_cb)(void *data, const aq__table_t *table, const char *wanted, const char *live);

/* The differences, in the order in which they are to be mended; in memory of the arena. `same` NULL: aq__same_expression(). AQ_ENOMEM. */
int aq__diff(aq_arena_t *arena, const aq__metadata_t *wanted, const aq__metadata_t *live, aq__same_cb same,
             void *data, aq_diff_t **diff);

#endif
