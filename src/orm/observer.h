/* observer: what a session sends, for its records, where it keeps any: else all of this is nothing. */
#ifndef AQ_SRC_ORM_OBSERVER_H
#define AQ_SRC_ORM_OBSERVER_H

#include "src/orm/session.h"

/* The records of a unit's statements, until its outcome is known. */
typedef struct aq__observed aq__observed_t;

/* One statement. */
void aq__observe_begin(aq__work_t *work, const aq__branch_t *branch, const char *sql,
                       const aq_arguments_t *arguments);
void aq__observe_end(aq__work_t *work, aq_rows_t *rows, const aq_error_t *error);
/* A unit: whatever is added to it from now on. */
void aq__observe_unit(aq__work_t *work, const aq__branch_t *branch, aq_unit_t *unit);
aq__observed_t *aq__observed_take(aq__work_t *work); /* of the unit that was observed last; NULL: nothing */
void aq__observed_end(aq__observed_t *observed, aq_results_t *results, const aq_error_t *error);

#endif
