/* The inside of aq_loop_t, for the files of this room only.
 *
 * Two things keep uv_run() alive: `alive` counts ops that are owed and holds, and references the prepare handle between
 * 1 and 0; the idle handle is active exactly while something waits to be delivered or a turn is scheduled, which also makes libuv
 * poll without blocking. So a loop with nothing pending ends, and nothing queued is ever slept over. */
#ifndef AQ_SRC_TASK_LOOP_H
#define AQ_SRC_TASK_LOOP_H

#include "src/task/stack.h"
#include "src/task/task.h"

enum {
    AQ__LOOP_SPARE_OPS = 1024, /* what is kept for the next burst; more goes back to the allocator */
    AQ__LOOP_SPARE_TIMERS = 64,
    AQ__LOOP_LATE_THENS = 32,   /* consumers that the op for "out of memory" can have at a time */
    AQ__AWAITS_AFTER_CLOSE = 64 /* that a task may make before it is ended where it stands */
};

/* A timer of aq_timeout or aq_sleep. Stopped ones are kept: closing a uv handle for each would cost a turn. */
typedef struct aq__timer {
    uv_timer_t uv;
    aq_loop_t *loop;
    aq_op_t *op;
    uint64_t milliseconds;
    struct aq__timer *next; /* in the list of spares */
} aq__timer_t;

typedef struct aq__queue {
    aq_op_t *head;
    aq_op_t **tail; /* where the next one is hooked on */
} aq__queue_t;

struct aq_loop {
    uv_loop_t *uv;
    size_t alive; /* ops that are owed, and holds */
    int depth;    /* > 0: inside one of our callbacks */
    bool idling;
    bool referenced;   /* the prepare handle; `alive` > 0, except that it may lag behind inside a callback */
    bool closing;      /* the last aq_loop_close was called */
    bool torn;         /* tasks and ops were closed; waits for `alive` to become 0 */
    aq__queue_t ready; /* done, and someone wants to know */
    aq_op_t *batch;    /* what this turn delivers: those that were ready when it began */
    aq_op_t *delivering; /* whose callback runs; NULL once it was closed or kept */
    aq__list_t turns, early_turns;
    aq__list_t owned; /* ops that belong to no task */
    aq__list_t tasks;
    size_t pending; /* ops */
    size_t running; /* tasks */
    aq_op_t *spare_ops;
    size_t spare_op_count;
    aq__timer_t *spare_timers;
    size_t spare_timer_count;
    aq__stacks_t stacks;
    aq_op_t late; /* stands for every op that there was no memory for */
    struct {
        aq_then_cb then;
        void *data;
    } late_thens[AQ__LOOP_LATE_THENS];
    size_t late_then_count;
    uv_prepare_t prepare;
    uv_idle_t idle;
    unsigned handles; /* not closed yet, timers too */
    unsigned opened;
    aq_op_t *farewell;    /* done when all this is gone */
    aq__turn_t last_turn; /* closes the loop */
    unsigned last_turns;
    struct aq_loop *next; /* in the registry */
};

/* Makes sure that the next turn comes without waiting for an event. */
void aq__loop_wake(aq_loop_t *loop);
/* `alive` is not 0 any more, or is 0. */
void aq__loop_reference(aq_loop_t *loop);
void aq__loop_unreference(aq_loop_t *loop);

static inline void aq__loop_alive(aq_loop_t *loop)
{
    loop->alive++;
    if (!loop->referenced)
        aq__loop_reference(loop);
}

/* Inside a callback of ours its end looks after it: ops that follow each other do not change it back and forth. */
static inline void aq__loop_less_alive(aq_loop_t *loop)
{
    if (--loop->alive == 0 && loop->depth == 0)
        aq__loop_unreference(loop);
}

static inline void aq__loop_push(aq_loop_t *loop, aq_op_t *op)
{
    op->queued = true;
    op->next = NULL;
    *loop->ready.tail = op;
    loop->ready.tail = &op->next;
    if (loop->depth == 0 && !loop->idling)
        aq__loop_wake(loop);
}

/* op.c: hands a done op to its consumer, or its memory back when there is none any more; every op of the batch. */
void aq__op_deliver(aq_op_t *op);
void aq__op_deliver_batch(aq_loop_t *loop);
void aq__op_init_late(aq_loop_t *loop);
/* An error to keep for aq__op_fail_owned(), which takes it. */
const aq_error_t *aq__op_error_format(int code, const char *format, va_list arguments) AQ_PRINTF(2, 0);
void aq__op_fail_owned(aq_op_t *op, const aq_error_t *error);
void aq__op_free_spares(aq_loop_t *loop);
/* Cancels a pending op for a consumer that does not wait for the outcome: it becomes AQ_ECANCELED now. */
void aq__op_abandon(aq_op_t *op);
void aq__op_stop_timer(aq_op_t *op);
/* Closes every op on the list. */
void aq__op_close_all(aq__list_t *owned);

/* farewell.c: the op to deliver once the loop is gone, or NULL. */
aq_op_t *aq__loop_farewell(const aq_loop_t *loop);

/* wait.c: the consumer that aq_wait() is, and what it learns when its op is closed: `data` is the consumer's. */
void aq__on_waited(aq_op_t *op, void *data);
void aq__wait_orphan(void *data);

/* timer.c: runs `cb` after so many milliseconds; NULL: out of memory (aq_last_error). */
aq__timer_t *aq__timer_start(aq_op_t *op, uint64_t milliseconds, uv_timer_cb cb);
void aq__timer_stop(aq_loop_t *loop, aq__timer_t *timer);
void aq__timer_close_spares(aq_loop_t *loop);
void aq__loop_on_handle_closed(aq_loop_t *loop);

/* task.c */
/* Where ops belong that the current task makes on its own loop; NULL outside a task. */
typedef struct aq__owner {
    aq__list_t ops;
    aq_loop_t *loop;
} aq__owner_t;
extern _Thread_local aq__owner_t *aq__task_owner __attribute__((tls_model("initial-exec")));
/* Have the processor fetch what resuming it will need: the structure first, a little later the stack, which the structure knows. */
void aq__task_prefetch(const aq_task_t *task);
void aq__task_prefetch_stack(const aq_task_t *task);
/* Runs the task until it awaits or ends. */
void aq__task_resume(aq_task_t *task);
/* The op was closed while the task awaits it: the task resumes with nothing. */
void aq__task_orphan(aq_task_t *task);
/* Runs every task to its end: their awaits fail. */
void aq__task_end_all(aq_loop_t *loop);

#endif
