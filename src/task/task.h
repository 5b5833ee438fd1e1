/* What task gives to the rooms above it: the op's inside, so that it can be embedded in a bigger thing, and turns.
 *
 * One turn of the loop: libuv polls, our poll callbacks read results and complete ops (which only queues them), and the prepare
 * handle of the next iteration first delivers what is queued (callbacks run, tasks resume and make new units), then runs the
 * scheduled turns (connections flush). So a burst of completions and the requests that they cause share one flush. */
#ifndef AQ_SRC_TASK_H
#define AQ_SRC_TASK_H

#include <uv.h>

#include "aquifer/task.h"
#include "src/base/base.h"

struct aq_op {
    aq__list_t owned; /* on the list of its owner: a task's, or the loop's */
    aq_op_t *next;    /* in the queue of the ready */
    aq_loop_t *loop;
    const aq_op_class_t *op_class;
    void *data; /* the maker's */
    void *value;
    const aq_error_t *error; /* one block, or a static one; NULL: none */
    aq_then_cb then;
    void *then_data;
    aq_task_t *waiter;            /* suspended in aq_await */
    void (*release)(aq_op_t *op); /* frees the memory around an embedded op; NULL: pooled by task */
    struct aq__timer *timer;      /* of aq_timeout */
    /* Bits, so that a test of several is one instruction. */
    bool done : 1;   /* as the consumer sees it */
    bool owed : 1;   /* the maker has not completed it yet */
    bool closed : 1; /* the consumer is gone */
    bool queued : 1; /* in the queue of the ready */
    bool cancel_asked : 1;
    bool busy : 1;   /* the maker is being asked to cancel: not freed meanwhile */
    bool kept : 1;   /* not closed after the callback */
    bool tasked : 1; /* on a task's list */
};

/* Makes a pending op of memory that the caller embeds it in; `release` is called once both sides are done with it. */
void aq__op_init(aq_op_t *op, aq_loop_t *loop, const aq_op_class_t *op_class, void *data,
                 void (*release)(aq_op_t *op));
/* The op has succeeded and has nothing to give: its value is NULL. Only for calls whose manual says so. */
void aq__op_complete_none(aq_op_t *op);
/* An op that has failed already (the error of the thread, aq_last_error()): for calls that cannot start. Never NULL. */
aq_op_t *aq__op_failed(aq_loop_t *loop);

/* The same where there is no loop at all: aq_then() refuses it with its error. */
aq_op_t *aq__op_failed_nowhere(void);
/* The op of closing the last thing on a loop: it need not be closed, and may outlive the loop. */
aq_op_t *aq__op_farewell(aq_loop_t *loop);
/* aq_loop_close(), and the op is done after it: when the handles are closed if this was the last close. */
void aq__loop_close_with(aq_loop_t *loop, aq_op_t *op);

/* The loop of the running task; NULL outside a task. */
aq_loop_t *aq__task_loop(void);
/* Two words for the rooms above, of the running task, else of the thread. Tasks begin with [0] of where they are spawned. */
void **aq__task_local(void);

/* Something to do once before the loop polls again, after ready ops were delivered. Scheduling it twice is once.
 * A turn may schedule itself or others again: they run before the next poll after this one. */
typedef struct aq__turn {
    aq__list_t link; /* aq__list_init() it first; unlink it to take it back */
    void (*cb)(struct aq__turn *turn);
} aq__turn_t;

void aq__turn_init(aq__turn_t *turn, void (*cb)(aq__turn_t *turn));
void aq__turn_schedule(aq_loop_t *loop, aq__turn_t *turn);
/* The same, before those: for who makes units, so that connections send them in this turn. */
void aq__turn_schedule_early(aq_loop_t *loop, aq__turn_t *turn);
/* Keeps uv_run() alive without an op: for closes that are under way. */
void aq__loop_hold(aq_loop_t *loop);
void aq__loop_unhold(aq_loop_t *loop);
/* Marks "inside a callback of the loop" for aq_wait's check; our own uv callbacks bracket themselves with it. */
void aq__loop_enter(aq_loop_t *loop);
void aq__loop_leave(aq_loop_t *loop);

#endif
