/* flush: what the files of a flush share.
 *
 * flush.c: from what changed to units that are sent. flush-answer.c: what becomes of it when they are answered. flush-settle.c: results back into objects. dirty.c: whether there is anything to flush. */
#ifndef AQ_SRC_ORM_FLUSH_H
#define AQ_SRC_ORM_FLUSH_H

#include "src/orm/observer.h"
#include "src/orm/plan.h"
#include "src/orm/two_phase.h"

/* A bind's share. */
typedef struct aq__flush_share {
    struct flush *flush;
    aq__branch_t *branch;
    aq__plan_t plan;
    aq_unit_t *unit; /* not sent yet */
    aq__observed_t *observed;
    aq__participant_t *participant; /* of a commit by PREPARE TRANSACTION; NULL: there is none */
    aq_results_t *results;
    bool sent;
    int code;
} aq__flush_share_t;

typedef struct flush {
    aq__work_t *work;
    aq_session_t *session;
    bool commit;
    bool partial;   /* one bind has committed, another has not */
    bool announced; /* BEFORE_FLUSH was called, and so AFTER_FLUSH will be */
    void (*then)(aq__work_t *work, int code);
    aq_arena_t *arena; /* this struct lives in it too */
    aq__changeset_t set;
    aq__flush_share_t *parts;
    size_t part_count;
    size_t opening;          /* the part whose connection is being waited for */
    size_t waiting;          /* units that are not answered */
    aq__two_phase_t all;     /* its participants; none: each commits for itself */
    const aq_error_t *error; /* the first; in the arena */
} aq__flush_t;

/* flush-answer.c. The callback of a part's unit; and what follows when none is waited for any more. */
void aq__flush_on_answer(aq__work_t *work, void *data, aq_results_t *results, const aq_error_t *error);
void aq__flush_answered(aq__flush_t *flush);
/* It is over: the flush is gone, and whoever wanted it goes on. */
void aq__flush_end(aq__flush_t *flush, int code);

/* flush-settle.c. The objects of the parts that were written are as the database has them. AQ_ENOMEM, AQ_ESTALE. */
int aq__flush_settle(aq__flush_t *flush);
/* All of them were: remembers how to undo it, what signals are to tell, settles, and says AFTER_FLUSH. */
int aq__flush_settle_all(aq__flush_t *flush);

#endif
