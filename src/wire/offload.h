/* Blocking libpq calls off the loop: connecting (DNS, SCRAM, reading certificates) and, before libpq 17, cancelling.
 *
 * Each runs in a thread of its own, not in libuv's pool: a pool thread that waits for a dead host would hold up the program's
 * own file and DNS work, and could not be left behind when a pool must close in bounded time. */
#ifndef AQ_SRC_WIRE_OFFLOAD_H
#define AQ_SRC_WIRE_OFFLOAD_H

#include "src/task/task.h"

typedef struct aq__offload aq__offload_t;         /* of one pool: collects what its threads finish */
typedef struct aq__offload_job aq__offload_job_t; /* one call */

struct aq__offload_job {
    aq__list_t link;
    aq__offload_t *offload;
    void (*work)(aq__offload_job_t *job); /* in the thread */
    void (*done)(aq__offload_job_t *job); /* on the loop; frees the job */
    void (*discard)(
        aq__offload_job_t *
            job); /* instead of `done`, in the thread, when the offload was closed meanwhile; frees the job */
};

/* NULL: aq_last_error(). */
aq__offload_t *aq__offload_create(aq_loop_t *loop);
/* Nothing of it is called on the loop after this; threads still at work discard what they find. `closed(data)` follows from the loop. */
void aq__offload_close(aq__offload_t *offload, void (*closed)(void *data), void *data);
/* Starts the job; 0 or an error, and then the job is still the caller's. */
int aq__offload_start(aq__offload_t *offload, aq__offload_job_t *job);

#endif
