/* load: relationships of objects that are there, each by one statement for all of them.
 *
 * A piece of work that loads begins with an aq__loading_t. Steps are added to it; they are run one after the other, each adds those that come along with what it loads. */
#ifndef AQ_SRC_ORM_LOAD_H
#define AQ_SRC_ORM_LOAD_H

#include "src/orm/gather.h"

/* One relation of some objects. */
typedef struct aq__load_step {
    const aq__relation_t *relation;
    void **parents;
    size_t count;
    aq_query_t *around;  /* subquery: the query that gave the parents; NULL: selectin */
    aq_query_t *options; /* the query whose options say what comes along; NULL: none */
} aq__load_step_t;

typedef struct aq__loading {
    aq__work_t work;   /* first */
    aq_arena_t *arena; /* made by aq__loading_open(), closed when the work is done */
    aq__load_step_t *steps;
    size_t step_count, next;
    aq__compiled_t compiled;     /* of the step that runs */
    struct aq__parents *parents; /* the same */
    void (*then)(aq__work_t *work, int code);
} aq__loading_t;

int aq__loading_open(aq__loading_t *loading); /* AQ_ENOMEM */
void aq__loading_close(aq__work_t *work);     /* for work_class.free */
/* AQ_ENOMEM. The parents are copied. */
int aq__loading_add(aq__loading_t *loading, const aq__load_step_t *step);
/* What the statement says is to follow, of the objects that it gave. AQ_ENOMEM. */
int aq__loading_follow(aq__loading_t *loading, const aq__gather_t *gather, aq_query_t *query);
/* Runs the steps; `then(work, AQ_OK)`, or an error, which is the thread's last. */
void aq__loading_run(aq__loading_t *loading, void (*then)(aq__work_t *work, int code));

void aq__loads_send(aq_session_t *session); /* what aq_load() asked for in this turn */

#endif
