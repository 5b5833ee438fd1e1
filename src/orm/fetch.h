/* fetch: what all that run queries do before they send their statement. */
#ifndef AQ_SRC_ORM_FETCH_H
#define AQ_SRC_ORM_FETCH_H

#include "src/orm/query.h"

/* Finds the branch of the statement; one that may write gets a transaction to be in. `then(work, AQ_OK)`, or an error, which is the thread's last: AQ_ENOBIND, AQ_EINVAL (a lock without a transaction),
 * and those of aq__branch_open(). */
void aq__fetch_begin(aq__work_t *work, const aq_query_t *query, const aq__compiled_t *compiled,
                     aq__branch_t **branch, void (*then)(aq__work_t *work, int code));

#endif
