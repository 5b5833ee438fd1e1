/* two_phase: a commit of several binds, all or none.
 *
 *     aq__two_phase_t all = {.work = work, .arena = arena};
 *     aq__two_phase_add(&all, branch, &participant);          for each bind: its unit ends with participant->prepare
 *     ... sent and answered: participant->prepared, ->doubtful ...
 *     aq__two_phase_end(&all, true, then, data);              COMMIT PREPARED, or (false) ROLLBACK PREPARED */
#ifndef AQ_SRC_ORM_TWO_PHASE_H
#define AQ_SRC_ORM_TWO_PHASE_H

#include "src/orm/session.h"

typedef struct aq__two_phase aq__two_phase_t;

/* A bind that takes part. */
typedef struct aq__participant {
    aq__two_phase_t *all;
    aq__branch_t *branch;
    const char *gid;     /* "aquifer_d1b2b0c7a8e1f004_0_users" */
    const char *prepare; /* the statement that its unit ends with */
    const char *sql;     /* that ends it */
    bool prepared;       /* PREPARE TRANSACTION has succeeded */
    bool doubtful;       /* its connection was lost, so it may have succeeded */
    aq_lane_t *lane;     /* that it is ended on, where its own was lost */
    unsigned tries;
    /* It is left prepared, or may be: "bind 'users' is left prepared as '...': ..."; NULL: it was ended as it was to be. */
    const aq_error_t *error;
} aq__participant_t;

struct aq__two_phase {
    aq__work_t *work;
    aq_arena_t *arena;
    aq__participant_t **items;
    size_t count;
    bool commit;
    size_t waiting;
    void (*then)(void *data);
    void *data;
};

/* AQ_ENOMEM, AQ_ESYSTEM (no random number). */
int aq__two_phase_add(aq__two_phase_t *all, aq__branch_t *branch, aq__participant_t **participant);
/* Ends those that are prepared or may be; `then(data)` when all of them are, or cannot be: see their errors. */
void aq__two_phase_end(aq__two_phase_t *all, bool commit, void (*then)(void *data), void *data);

#endif
