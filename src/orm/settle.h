/* settle: what became of a commit whose connection was lost. */
#ifndef AQ_SRC_ORM_SETTLE_H
#define AQ_SRC_ORM_SETTLE_H

#include "src/orm/session.h"

/* The results where it was committed (the callback closes them), else NULL and the error: AQ_ELOST where it was not, AQ_ECOMMITUNKNOWN where nobody can say. */
typedef void (*aq__settled_cb)(void *data, aq_results_t *results, const aq_error_t *error);

/* Of an op that sent a unit of this branch and is done. False: it has not failed with AQ_ECOMMITUNKNOWN, or its transaction's id (wire/commit.h) had not come: the callback will not be called. */
bool aq__settle(const aq__branch_t *branch, aq_op_t *op, aq__settled_cb then, void *data);

#endif
