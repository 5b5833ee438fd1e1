/* Differences between what is wanted (models) and what is there (a live database), and the statements that would mend them.
 *
 * Pure: both are sealed metadata, whatever they were made from. Nothing is run. */
#ifndef AQ_SRC_SCHEMA_DIFF_H
#define AQ_SRC_SCHEMA_DIFF_H

#include "aquifer/diff.h"
#include "src/schema/metadata.h"

typedef enum aq__expression_kind {
    AQ__EXPRESSION_DEFAULT,   /* of a column */
    AQ__EXPRESSION_GENERATED, /* of a column */
    AQ__EXPRESSION_CHECK, /* a condition: of a check constraint, or WHERE of an index or an exclusion constraint */
    AQ__EXPRESSION_PART /* of an index or an exclusion constraint */
} aq__expression_kind_t;

/* Two expressions that stand in the same place. */
typedef struct aq__expressions {
    aq__expression_kind_t kind;
    const aq__table_t *table;   /* the live one */
    const aq__column_t *column; /* the live one; NULL: it belongs to none */
    const char *wanted;         /* as somebody wrote it */
    const char *live;           /* as the server shows it */
} aq__expressions_t;

/* Whether they are the same. */
typedef bool (*aq__same_cb)(void *data, const aq__expressions_t *expressions);

/* What the comparison may know beside the two; zero is the default. */
typedef struct aq__diff_options {
    aq__same_cb same; /* NULL: aq__same_expression() */
    void *data;
    const char *const *schemas; /* that are there, beside those that hold something */
    size_t schema_count;
} aq__diff_options_t;

/* The differences, in the order in which they are to be mended; in memory of the arena. `options` may be NULL. AQ_ENOMEM. */
int aq__diff(aq_arena_t *arena, const aq__metadata_t *wanted, const aq__metadata_t *live,
             const aq__diff_options_t *options, aq_diff_t **diff) AQ_MUST_USE;

#endif
