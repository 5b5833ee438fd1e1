/* plan: a change set as statements: ordered by the foreign keys between tables, grouped into one for each (table, operation, set of columns), whatever the number of rows.
 *
 *     aq__plan_make(&plan, set, bind)         the order; AQ_EMAPPING: a cycle that nothing breaks
 *     aq__plan_add_to(&plan, unit)            its statements
 *     ... sent ...
 *     aq__plan_settle(&plan, results)         keys and server's values into the objects
 *
 * Keys that the server draws and others need in the same unit are carried inside it: the INSERT puts its RETURNING column, as one array, into a setting of the transaction (set_config(..., true)), and later
 * statements take element n of it. So there is nothing to ask before, no sequence to know, and no key is lost or out of order. */
#ifndef AQ_SRC_ORM_PLAN_H
#define AQ_SRC_ORM_PLAN_H

#include "src/orm/change.h"

typedef struct aq__step aq__step_t;

typedef struct aq__plan {
    aq_arena_t *arena;
    aq__changeset_t *set;
    const char *bind;
    aq__step_t **steps; /* in order */
    size_t step_count;
    int first; /* index in the unit of the first statement */
} aq__plan_t;

/* Of the changes of this bind. */
int aq__plan_make(aq__plan_t *plan, aq__changeset_t *set, const char *bind);
/* AQ_ENOMEM, AQ_EENCODING ...: a member's value cannot be sent; the text names it: "User.name: ...". */
int aq__plan_add_to(aq__plan_t *plan, aq_unit_t *unit);
/* The unit has succeeded: keys, defaults and generated columns are read into the objects and their snapshots. AQ_ENOMEM, what a member's decode() says, and AQ_ESTALE: a trigger left out
 * rows of an INSERT whose keys nobody needed in the unit, so that it is not known which ("INSERT statement on table 'users' expected to insert 2 row(s); 1 were inserted."): it is all written, but not all
 * of it is in the objects. */
int aq__plan_settle(aq__plan_t *plan, aq_results_t *results);
/* The unit has failed: an error that says more than the server's, where it came from a check of ours: AQ_ESTALE. NULL: the server's says it all. In the arena. */
const aq_error_t *aq__plan_explain(aq__plan_t *plan, const aq_error_t *error);
/* The statements as text, for golden files and echo: "INSERT INTO ...;\n". */
int aq__plan_append(aq__plan_t *plan, aq_text_t *text);

#endif
