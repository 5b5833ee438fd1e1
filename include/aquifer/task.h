/* task: ops and tasks on one libuv loop.
 *
 * An op is a future: made by every asynchronous call, completed exactly once, never inside the call that made it.
 * A task is a coroutine on its own small stack, in which aq_await() suspends only that task.
 *
 *     static void *greet(void *data)                             runs as a task
 *     {
 *         aq_rows_t *rows = aq_await(aq_execute(data, NULL, "select 'hello'", NULL));
 *         return rows ? "done" : NULL;
 *     }
 *     aq_op_t *op = aq_spawn(aq_context_loop(context), greet, context);
 *     aq_then(op, on_greeted, NULL);                              callback style, in any libuv program
 *
 * Whose op is it?
 *   - Made inside a task, on its loop, it belongs to that task: closed when the task ends, or earlier by aq_op_close().
 *   - aq_then() gives it to the library: closed when the callback returns, unless the callback calls aq_op_keep().
 *   - Everything else belongs to the caller, who calls aq_op_close(); what is forgotten is closed with the loop.
 * Closing an op that is not done yet cancels it and drops its result; nobody is called.
 *
 * Threads: everything here belongs to the thread that runs the loop. */
#ifndef AQUIFER_TASK_H
#define AQUIFER_TASK_H

#include "aquifer/base.h"

struct
    uv_loop_s; /* uv.h needs POSIX feature macros; a program that is compiled without them can still include this */
typedef struct uv_loop_s uv_loop_t;

AQ_BEGIN_DECLS

/* ---- Loop ------------------------------------------------------------------------------------------------------- */

/* What Aquifer keeps for one uv_loop_t: the queue of completed ops, pooled stacks, spare ops. Contexts open and close
 * it by themselves; programs that use ops without a context do it by hand. */
typedef struct aq_loop aq_loop_t;

/* The one of this uv_loop_t: made on the first call, counted on later ones. NULL: aq_last_error().
 * It keeps uv_run() alive only while ops are pending. */
AQ_API aq_loop_t *aq_loop_open(uv_loop_t *uv);
/* Counts down. The last close cancels what suspended tasks await and runs each task to its end, then closes forgotten ops;
 * at once, or at the end of the turn when it is called from a callback of ours or from a task. Then the handles close, which
 * takes one more turn of the loop (uv_run(uv, UV_RUN_DEFAULT)) before uv_loop_close() succeeds. It is bounded: awaits fail from
 * then on, deferred calls' too, and a task that has made 64 of them in vain is ended where it stands. NULL is fine. */
AQ_API void aq_loop_close(aq_loop_t *loop);
AQ_API uv_loop_t *aq_loop_uv(const aq_loop_t *loop);

/* ---- Op ---------------------------------------------------------------------------------------------------------- */

typedef struct aq_op aq_op_t;
typedef void (*aq_then_cb)(aq_op_t *op, void *data);

/* Calls `cb(op, data)` once the op is done, from the loop, also when it is done already. One consumer per op: AQ_EEXIST
 * when there is one. After the callback the op is closed (see above). AQ_ENOMEM only for an op that there was no memory for. */
AQ_API int aq_then(aq_op_t *op, aq_then_cb cb, void *data);
/* Suspends the current task until the op is done. The value, which lives as long as the op; NULL exactly when it failed
 * (aq_op_error() tells), but for the calls that may find nothing and say so (aq_get): there NULL without an error is "none". An op that is
 * done already gives its outcome at once. In a task that was canceled a pending op becomes AQ_ECANCELED at once, even one that cannot be
 * stopped; only deferred calls may still wait (see aq_defer).
 * Wrong use gives NULL as well, aq_last_error() tells, and the op goes on: outside a task or for its own op AQ_EDEADLK, an op that has another
 * consumer AQ_EEXIST, one of another loop AQ_EINVAL. When the op is closed meanwhile: NULL, and aq_last_error() is AQ_ECANCELED. */
AQ_API void *aq_await(aq_op_t *op);
/* Runs the loop until the op is done: for scripts and tests, outside the loop. Value as for aq_await. Inside a callback of any
 * loop of this thread, whoever made that callback, or a task: NULL, aq_last_error() is AQ_EDEADLK, and the op goes on. When a
 * callback closes the op or its loop meanwhile: NULL and AQ_ECLOSED. */
AQ_API void *aq_wait(aq_op_t *op);
/* Asks for the op to end early. It completes with AQ_ECANCELED, or with its real outcome where that cannot be stopped
 * any more (a write that is on its way). A done op: nothing. */
AQ_API void aq_cancel(aq_op_t *op);
/* Unless the op is done within so many milliseconds, fails it with AQ_ETIMEDOUT and asks for its end as aq_cancel() does. The
 * deadline is firm: what cannot be stopped any more is not waited for, and may still take effect. A later call replaces the
 * deadline. Returns the op. */
AQ_API aq_op_t *aq_timeout(aq_op_t *op, uint64_t milliseconds);
/* Gives the op back, and its value with it. NULL is fine. */
AQ_API void aq_op_close(aq_op_t *op);
/* Inside an aq_then callback or before it, or for an op of a task: it now belongs to the caller. */
AQ_API void aq_op_keep(aq_op_t *op);

AQ_API bool aq_op_done(const aq_op_t *op);
AQ_API int aq_op_code(const aq_op_t *op);                /* AQ_OK, AQ_E..., or 1 while it is pending */
AQ_API const aq_error_t *aq_op_error(const aq_op_t *op); /* NULL unless it failed; lives as long as the op */
AQ_API void *aq_op_value(
    const aq_op_t
        *op); /* borrowed; NULL unless it succeeded. An op that has nothing to give has itself as value */
AQ_API void *aq_op_take(aq_op_t *op); /* moves the value to the caller, who closes it as its type says */
AQ_API aq_loop_t *aq_op_loop(const aq_op_t *op); /* NULL: the loop is gone */

/* An op that is done when all of these are. Takes the ops; they are closed with it. It succeeds when all did (its value is
 * itself); otherwise it fails with the error of the first that failed in time, after the last is done. Canceling it cancels those
 * still pending. count 0: done at once. It fails with AQ_EEXIST, and takes none, when one of them has a consumer already or is
 * named twice. */
AQ_API aq_op_t *aq_op_all(aq_loop_t *loop, aq_op_t *const *ops, size_t count);
/* An op that is done after so many milliseconds. */
AQ_API aq_op_t *aq_sleep(aq_loop_t *loop, uint64_t milliseconds);

/* ---- Making ops of one's own --------------------------------------------------------------------------------------- */

/* How the ops of one kind behave; a static const. Every member may be NULL. */
typedef struct aq_op_class {
    const char *name; /* "execute": shown in errors */
    /* Someone asked to cancel, at most once, and never after completion. True: let go, the op becomes AQ_ECANCELED now;
     * the maker still owes one aq_op_complete/aq_op_fail, whose outcome is dropped. False: it will complete with
     * its real outcome. NULL is like true. The callback may itself complete the op. */
    bool (*cancel)(aq_op_t *op, void *data);
    /* Frees a value that nobody took. */
    void (*dispose)(void *value);
} aq_op_class_t;

/* A pending op; `data` comes back in `cancel` and from aq_op_data(). The maker owes exactly one aq_op_complete or
 * aq_op_fail, also after a cancel, and must not touch the op after that. uv_run() goes on while it is owed. Never NULL: when
 * memory is out, an op that has failed with AQ_ENOMEM (aq_op_done() tells) and that ignores completion; all such are one. */
AQ_API aq_op_t *aq_op_create(aq_loop_t *loop, const aq_op_class_t *op_class, void *data);
AQ_API void *aq_op_data(const aq_op_t *op);
AQ_API void aq_op_complete(aq_op_t *op, void *value);
AQ_API void aq_op_fail(aq_op_t *op, int code, const char *format, ...) AQ_PRINTF(3, 4);
AQ_API void aq_op_fail_with(aq_op_t *op, const aq_error_t *error); /* copies the strings */

/* ---- Task ----------------------------------------------------------------------------------------------------------- */

typedef struct aq_task aq_task_t;
typedef void *(*aq_task_cb)(void *data);

/* Starts `cb(data)` as a task on the next turn. The op is done when the task ends: its value is what `cb` returned, which must
 * outlive the task; NULL counts as success (the value is then the op itself), but as AQ_ECANCELED in a task that was canceled.
 * Canceling the op cancels what the task awaits, now and later; its outcome remains what the task ends with. `cb` is called in
 * any case, canceled or not, so that it can free `data`. Closing the op cancels and forgets the task. AQ_ENOMEM: no stack. */
AQ_API aq_op_t *aq_spawn(aq_loop_t *loop, aq_task_cb cb, void *data);
AQ_API aq_task_t *aq_task_current(void); /* NULL outside a task */
AQ_API aq_arena_t *aq_task_arena(void);  /* freed with the current task; NULL outside or out of memory */
AQ_API bool aq_task_canceled(void);
/* Who this task is, in pool statistics and errors ("GET /report"); the text is copied. */
AQ_API int aq_task_set_label(const char *label);
AQ_API const char *aq_task_label(void); /* NULL outside a task or when not set */
/* Calls `cb(data)` when the current task ends, however it ends, newest first. aq_await() works in it, also when the task was
 * canceled (cleaning up may take a round trip), but not once the loop is being closed. Ending the task in it ends only
 * that call. AQ_ENOMEM or AQ_EDEADLK (no task): not taken. */
AQ_API int aq_defer(void (*cb)(void *data), void *data);
/* Ends the current task from any depth: deferred calls run, its ops and arena are freed, nothing after this line runs.
 * Outside a task it aborts the program: there is nothing it could return to. */
AQ_NORETURN AQ_API void aq_task_exit(void *value);
AQ_NORETURN AQ_API void aq_task_fail(int code, const char *format, ...) AQ_PRINTF(2, 3);

/* Usable bytes of the stacks of tasks spawned from now on in this process; default 128 KiB (virtual: only touched pages count),
 * at least 16 KiB. Each has a guard page below it: an overflow is a fault, never corruption. */
AQ_API int aq_task_set_stack_size(size_t bytes);

typedef struct aq_task_stats {
    size_t running; /* tasks that have not ended */
    size_t stacks;  /* stacks in use and spare */
    size_t spare_stacks;
    size_t pending_ops;
} aq_task_stats_t;

AQ_API void aq_task_get_stats(const aq_loop_t *loop, aq_task_stats_t *stats);

AQ_END_DECLS

#endif
