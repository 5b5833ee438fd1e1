/* op: a future with two sides, the maker who owes its completion and the consumer who closes it.
 *
 * The happy path: aq_op_create(), aq_then() or aq_await(), aq_op_complete() (which only queues it), delivery by the next turn,
 * aq_op_close(). The memory goes back when both sides are done with it, in whichever order.
 *
 *                 complete, fail              deliver                 close
 *     PENDING ---------------------> DONE ---------------> (consumer) ------> freed
 *        |  cancel, timeout            ^
 *        +-----------------------------+   the maker still owes: its outcome is dropped
 *
 * The failure modes: no memory for an op: everybody gets the loop's `late` op, which has failed for good and cannot be closed; no memory
 * for the text of an error: the op fails with its code and the table's text. */
#include <stdio.h>
#include <string.h>

#include "src/task/loop.h"
#include "src/task/sanitizers.h"

#ifdef AQ__ASAN
#define KEEP_SPARES 0 /* so that a use after the close is seen */
#else
#define KEEP_SPARES AQ__LOOP_SPARE_OPS
#endif

/* ---- Errors of ops --------------------------------------------------------------------------------------------- */

/* For errors that there was no memory to write down: the table's texts. */
static const aq_error_t bare_errors[] = {
#define ROW(name, number, http, retryable, text) {.code = (number), .message = (text)},
    AQ_ERROR_TABLE(ROW)
#undef ROW
};

static const aq_error_t *bare_error(int code)
{
    for (size_t i = 0; i < AQ__COUNT_OF(bare_errors); i++) {
        if (bare_errors[i].code == code)
            return &bare_errors[i];
    }
    return &bare_errors[0];
}

static bool is_bare(const aq_error_t *error)
{
    return error >= bare_errors && error < bare_errors + AQ__COUNT_OF(bare_errors);
}

static inline void free_error(const aq_error_t *error)
{
    if (error != NULL && !is_bare(error))
        aq__free((void *)(uintptr_t)error);
}

static const aq_error_t *format_error(int code, const char *format, va_list arguments) AQ_PRINTF(2, 0);

static const aq_error_t *format_error(int code, const char *format, va_list arguments)
{
    va_list again;
    int length;
    aq_error_t *error;

    va_copy(again, arguments);
    length = vsnprintf(NULL, 0, format, again);
    va_end(again);
    if (length < 0 || (error = aq__malloc(sizeof(*error) + (size_t)length + 1)) == NULL)
        return bare_error(code);
    *error = (aq_error_t){.code = code, .message = (char *)(error + 1)};
    vsnprintf((char *)(error + 1), (size_t)length + 1, format, arguments);
    return error;
}

static const aq_error_t *make_error(int code, const char *format, ...) AQ_PRINTF(2, 3);

static const aq_error_t *make_error(int code, const char *format, ...)
{
    va_list arguments;
    const aq_error_t *error;

    va_start(arguments, format);
    error = format_error(code, format, arguments);
    va_end(arguments);
    return error;
}

/* The strings of an error, for copying them all. */
static const size_t error_texts[] = {
    offsetof(aq_error_t, message),  offsetof(aq_error_t, detail),     offsetof(aq_error_t, hint),
    offsetof(aq_error_t, schema),   offsetof(aq_error_t, table),      offsetof(aq_error_t, column),
    offsetof(aq_error_t, datatype), offsetof(aq_error_t, constraint), offsetof(aq_error_t, statement),
};

static const char **text_of(const aq_error_t *error, size_t index)
{
    return (const char **)(uintptr_t)((const char *)error + error_texts[index]);
}

/* One block with the structure and its strings. */
static const aq_error_t *copy_error(const aq_error_t *from)
{
    size_t size = sizeof(*from);
    aq_error_t *to;
    char *end;

    if (is_bare(from))
        return from;
    for (size_t i = 0; i < AQ__COUNT_OF(error_texts); i++) {
        const char *text = *text_of(from, i);

        size += text != NULL ? strlen(text) + 1 : 0;
    }
    if ((to = aq__malloc(size)) == NULL)
        return bare_error(from->code);
    *to = *from;
    end = (char *)(to + 1);
    for (size_t i = 0; i < AQ__COUNT_OF(error_texts); i++) {
        const char *text = *text_of(from, i);

        if (text == NULL)
            continue;
        *text_of(to, i) = strcpy(end, text);
        end += strlen(text) + 1;
    }
    return to;
}

/* ---- Made and freed -------------------------------------------------------------------------------------------- */

/* Each member but `next` and `then_data`, one by one: zeroing the whole costs more than the rest. */
static inline void init(aq_op_t *op, aq_loop_t *loop, const aq_op_class_t *op_class, void *data,
                        void (*release)(aq_op_t *op))
{
    aq__owner_t *owner = aq__task_owner;
    const bool tasked = owner != NULL && owner->loop == loop;

    aq__list_append(tasked ? &owner->ops : &loop->owned, &op->owned);
    op->loop = loop;
    op->op_class = op_class;
    op->data = data;
    op->value = NULL;
    op->error = NULL;
    op->then = NULL;
    op->waiter = NULL;
    op->release = release;
    op->timer = NULL;
    op->done = op->closed = op->queued = op->cancel_asked = op->busy = op->kept = false;
    op->owed = true;
    op->tasked = tasked;
    loop->pending++;
    aq__loop_alive(loop);
}

void aq__op_init(aq_op_t *op, aq_loop_t *loop, const aq_op_class_t *op_class, void *data,
                 void (*release)(aq_op_t *op))
{
    init(op, loop, op_class, data, release);
}

static const aq_op_class_t late_class = {.name = "op"};

/* Done, closed and owed by nobody: whatever is done to it is ignored, except aq_then(). */
void aq__op_init_late(aq_loop_t *loop)
{
    loop->late = (aq_op_t){
        .loop = loop, .op_class = &late_class, .error = bare_error(AQ_ENOMEM), .done = true, .closed = true};
    aq__list_init(&loop->late.owned);
}

aq_op_t *aq_op_create(aq_loop_t *loop, const aq_op_class_t *op_class, void *data)
{
    aq_op_t *op = loop->spare_ops;

    if (op != NULL) {
        loop->spare_ops = op->next;
        loop->spare_op_count--;
    } else if ((op = aq__malloc(sizeof(*op))) == NULL) {
        return &loop->late;
    }
    init(op, loop, op_class, data, NULL);
    return op;
}

/* Both sides are done with it. */
static inline void release(aq_op_t *op)
{
    aq_loop_t *loop = op->loop;

    free_error(op->error);
    if (op->release != NULL) {
        op->release(op);
    } else if (loop->spare_op_count + 1 <= KEEP_SPARES) {
        op->next = loop->spare_ops;
        loop->spare_ops = op;
        loop->spare_op_count++;
    } else {
        aq__free(op);
    }
}

void aq__op_free_spares(aq_loop_t *loop)
{
    aq_op_t *op;

    while ((op = loop->spare_ops) != NULL) {
        loop->spare_ops = op->next;
        aq__free(op);
    }
    loop->spare_op_count = 0;
}

static inline void dispose_value(const aq_op_t *op, void *value)
{
    if (value != NULL && value != op && op->op_class->dispose != NULL)
        op->op_class->dispose(value);
}

void aq__op_stop_timer(aq_op_t *op)
{
    aq__timer_t *timer = op->timer;

    if (timer == NULL)
        return;
    op->timer = NULL;
    aq__timer_stop(op->loop, timer);
}

/* Its memory goes back unless someone still needs it. */
static inline void release_if_unused(aq_op_t *op)
{
    if (op->closed && !op->owed && !op->queued && !op->busy)
        release(op);
}

/* ---- Completion -------------------------------------------------------------------------------------------------- */

/* PENDING -> DONE, the only place. */
static inline void settle(aq_op_t *op, void *value, const aq_error_t *error)
{
    op->done = true;
    op->value = value;
    op->error = error;
    op->loop->pending--;
    if (op->timer != NULL)
        aq__op_stop_timer(op);
    if (op->then != NULL || op->waiter != NULL)
        aq__loop_push(op->loop, op);
}

/* Canceled, timed out or closed before; or the late one. */
static void complete_too_late(aq_op_t *op, void *value)
{
    if (!op->owed)
        return;
    op->owed = false;
    dispose_value(op, value);
    aq__loop_less_alive(op->loop);
    release_if_unused(op);
}

void aq_op_complete(aq_op_t *op, void *value)
{
    if (op->done || op->closed) {
        complete_too_late(op, value);
        return;
    }
    op->owed = false;
    settle(op, value != NULL ? value : op, NULL);
    aq__loop_less_alive(op->loop);
}

void aq__op_complete_none(aq_op_t *op)
{
    if (op->done || op->closed) {
        complete_too_late(op, NULL);
        return;
    }
    op->owed = false;
    settle(op, NULL, NULL);
    aq__loop_less_alive(op->loop);
}

static void fail(aq_op_t *op, const aq_error_t *error)
{
    op->owed = false;
    settle(op, NULL, error);
    aq__loop_less_alive(op->loop);
}

void aq_op_fail(aq_op_t *op, int code, const char *format, ...)
{
    va_list arguments;

    if (!op->owed || op->closed || op->done) {
        aq_op_complete(op, NULL); /* nobody wants to know */
        return;
    }
    va_start(arguments, format);
    fail(op, format_error(code < 0 ? code : AQ_EINVAL, format, arguments));
    va_end(arguments);
}

const aq_error_t *aq__op_error_format(int code, const char *format, va_list arguments)
{
    return format_error(code < 0 ? code : AQ_EINVAL, format, arguments);
}

void aq__op_fail_owned(aq_op_t *op, const aq_error_t *error)
{
    if (!op->owed || op->closed || op->done) {
        free_error(error);
        aq_op_complete(op, NULL);
    } else {
        fail(op, error);
    }
}

void aq_op_fail_with(aq_op_t *op, const aq_error_t *error)
{
    if (!op->owed || op->closed || op->done)
        aq_op_complete(op, NULL);
    else
        fail(op, copy_error(error));
}

aq_op_t *aq__op_failed(aq_loop_t *loop)
{
    static const aq_op_class_t failed_class = {.name = "failed"};
    aq_op_t *op = aq_op_create(loop, &failed_class, NULL);

    aq_op_fail_with(op, aq_last_error());
    return op;
}

/* ---- Cancel, timeout, close ------------------------------------------------------------------------------------- */

/* Asks the maker, at most once; what it does to the op meanwhile does not free it. True: the op may be let go. */
static bool ask_to_cancel(aq_op_t *op)
{
    bool let_go = true;

    if (op->cancel_asked || !op->owed)
        return false;
    op->cancel_asked = true;
    if (op->op_class->cancel != NULL) {
        op->busy = true;
        let_go = op->op_class->cancel(op, op->data);
        op->busy = false;
    }
    return let_go;
}

void aq_cancel(aq_op_t *op)
{
    if (op == NULL || op->done || op->busy)
        return;
    if (ask_to_cancel(op) && !op->done && !op->closed)
        settle(op, NULL, make_error(AQ_ECANCELED, "%s: canceled", op->op_class->name));
    release_if_unused(op);
}

/* The consumer waits no longer, whatever the maker says; it is asked afterwards, so what it completes with is too late. */
static void give_up(aq_op_t *op, const aq_error_t *error)
{
    settle(op, NULL, error);
    ask_to_cancel(op);
    release_if_unused(op);
}

void aq__op_abandon(aq_op_t *op)
{
    if (!op->done)
        give_up(op, make_error(AQ_ECANCELED, "%s: canceled", op->op_class->name));
}

static void on_timeout(uv_timer_t *handle)
{
    aq__timer_t *timer = handle->data;
    aq_op_t *op = timer->op;
    aq_loop_t *loop = op->loop;

    aq__loop_enter(loop);
    give_up(op, make_error(AQ_ETIMEDOUT, "%s: not done within %llu ms", op->op_class->name,
                           (unsigned long long)timer->milliseconds));
    aq__loop_leave(loop);
}

aq_op_t *aq_timeout(aq_op_t *op, uint64_t milliseconds)
{
    if (op->done)
        return op;
    aq__op_stop_timer(op);
    op->timer = aq__timer_start(op, milliseconds, on_timeout);
    if (op->timer == NULL) /* a wait without its deadline is worse than none */
        give_up(op, make_error(AQ_ENOMEM, "%s: timeout: out of memory", op->op_class->name));
    return op;
}

/* A pending op, or one whose consumer has not been told: rare. */
static void close_early(aq_op_t *op)
{
    if (op->then == aq__on_waited)
        aq__wait_orphan(op->then_data);
    if (op->waiter != NULL) {
        aq__task_orphan(op->waiter);
        op->waiter = NULL;
    }
    if (op->done)
        return;
    op->loop->pending--;
    aq__op_stop_timer(op);
    if (!op->busy)
        ask_to_cancel(op);
}

void aq_op_close(aq_op_t *op)
{
    if (op == NULL || op->closed)
        return;
    if (op->loop->delivering == op)
        op->loop->delivering = NULL;
    op->closed = true;
    aq__list_unlink(&op->owned);
    if (op->done)
        dispose_value(op, op->value);
    if (!op->done || op->queued)
        close_early(op);
    release_if_unused(op);
}

void aq__op_close_all(aq__list_t *owned)
{
    aq__list_t *node;

    while ((node = aq__list_first(owned)) != NULL)
        aq_op_close(AQ__CONTAINER_OF(node, aq_op_t, owned));
}

/* ---- Delivery ------------------------------------------------------------------------------------------------- */

/* aq_op_close() for an op of which we know that it is done, not queued, and awaited by nobody. */
static inline void close_delivered(aq_op_t *op)
{
    op->loop->delivering = NULL;
    op->closed = true;
    aq__list_unlink(&op->owned);
    dispose_value(op, op->value);
    if (!op->owed)
        release(op);
}

static inline void deliver(aq_loop_t *loop, aq_op_t *op)
{
    aq_task_t *waiter = op->waiter;

    op->queued = false;
    if (op->closed) {
        release_if_unused(op);
    } else if (waiter != NULL) {
        op->waiter = NULL;
        aq__task_resume(waiter);
    } else if (op->then != NULL) {
        loop->delivering = op->kept ? NULL : op;
        op->then(op, op->then_data);
        if (loop->delivering == op) /* else it was closed or kept, and may be gone */
            close_delivered(op);
    }
}

void aq__op_deliver(aq_op_t *op)
{
    deliver(op->loop, op);
}

/* Each task has a stack of its own, on pages of its own, which nobody has touched since it was suspended. What the next few need is asked for
 * together: one after the other their misses would cost more than everything else that an await does. Returns how many ops it looked at. */
static unsigned prefetch_tasks(const aq_op_t *first)
{
    enum { TOGETHER = 8 };
    unsigned count = 0;

    for (const aq_op_t *op = first; op != NULL && count < TOGETHER; op = op->next, count++)
        if (op->waiter != NULL)
            aq__task_prefetch(op->waiter);
    count = 0;
    for (const aq_op_t *op = first; op != NULL && count < TOGETHER; op = op->next, count++)
        if (op->waiter != NULL)
            aq__task_prefetch_stack(op->waiter);
    return count;
}

/* The same for the ops, with the structure of their maker that they may lie in, and what they bring: one ahead is enough. */
static inline void prefetch_next(const aq_op_t *next)
{
    enum { VALUE_MOSTLY = 192, MAKER_MOSTLY = 320 };

    if (next == NULL)
        return;
    aq__prefetch(next->value, VALUE_MOSTLY);
    aq__prefetch(next->next, MAKER_MOSTLY);
}

void aq__op_deliver_batch(aq_loop_t *loop)
{
    unsigned prefetched = 0;
    aq_op_t *op;

    while ((op = loop->batch) != NULL) {
        if (prefetched > 0)
            prefetched--;
        else if (op->waiter != NULL)
            prefetched = prefetch_tasks(op);
        prefetch_next(op->next);
        loop->batch = op->next;
        deliver(loop, op);
    }
}

/* ---- Consumers ------------------------------------------------------------------------------------------------- */

/* From a task's list to the loop's: the task's end does not close it any more. */
static void untask(aq_op_t *op)
{
    if (!op->tasked)
        return;
    op->tasked = false;
    aq__list_unlink(&op->owned);
    aq__list_append(&op->loop->owned, &op->owned);
}

static int then_late(aq_loop_t *loop, aq_then_cb cb, void *data)
{
    if (loop->late_then_count == AQ__LOOP_LATE_THENS)
        return aq__fail(AQ_ENOMEM, "then: out of memory");
    loop->late_thens[loop->late_then_count].then = cb;
    loop->late_thens[loop->late_then_count].data = data;
    loop->late_then_count++;
    if (loop->depth == 0)
        aq__loop_wake(loop);
    return AQ_OK;
}

int aq_then(aq_op_t *op, aq_then_cb cb, void *data)
{
    if (op->loop->uv == NULL)
        return op->error != NULL
                   ? aq__fail_with(op->error)
                   : aq__fail(AQ_ECLOSED, "then: the loop of op '%s' is gone", op->op_class->name);
    if (op->closed) /* only the late one can be seen closed */
        return then_late(op->loop, cb, data);
    if (op->then != NULL || op->waiter != NULL)
        return aq__fail(AQ_EEXIST, "then: op '%s' has a consumer already", op->op_class->name);
    op->then = cb;
    op->then_data = data;
    untask(op);
    if (op->done)
        aq__loop_push(op->loop, op);
    return AQ_OK;
}

void aq_op_keep(aq_op_t *op)
{
    op->kept = true;
    untask(op);
    if (op->loop->delivering == op)
        op->loop->delivering = NULL;
}

/* ---- Looking at it ------------------------------------------------------------------------------------------- */

bool aq_op_done(const aq_op_t *op)
{
    return op->done;
}

int aq_op_code(const aq_op_t *op)
{
    if (!op->done)
        return 1;
    return op->error != NULL ? op->error->code : AQ_OK;
}

const aq_error_t *aq_op_error(const aq_op_t *op)
{
    return op->error;
}

void *aq_op_value(const aq_op_t *op)
{
    return op->value;
}

void *aq_op_take(aq_op_t *op)
{
    void *value = op->value;

    if (value != op)
        op->value = NULL;
    return value;
}

aq_loop_t *aq_op_loop(const aq_op_t *op)
{
    return op->loop->uv != NULL ? op->loop : NULL;
}

void *aq_op_data(const aq_op_t *op)
{
    return op->data;
}
