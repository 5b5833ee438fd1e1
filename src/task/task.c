/* task: coroutines, one stack each, resumed only by the delivery of what they await.
 *
 * The happy path: aq_spawn() queues the task's `wake`; its delivery switches to the task; aq_await() makes the task the waiter of an op
 * and switches back; the op's delivery switches to the task again; in the end deferred calls run, the task's ops and arena go, its own op
 * completes, and the loop's side takes the stack back.
 *
 *     SUSPENDED <-> RUNNING -> ENDING (<-> SUSPENDED) -> ENDED
 *
 * ENDING runs the deferred calls: cleaning up after a cancel may have to wait (a rollback), so there aq_await() works although the task was
 * canceled. Only the closing of the loop fails those awaits as well.
 *
 * The failure modes: no stack or no memory: the op that aq_spawn() gives has failed. A task that goes on awaiting after its loop was
 * closed is ended at its AQ__AWAITS_AFTER_CLOSE-th failed await, as by aq_task_fail(); one that never awaits and never returns blocks the
 * loop's thread, now as before. */
#include <stdatomic.h>
#include <stdlib.h>

#include "src/task/loop.h"
#include "src/task/switch.h"

enum { STACK_LEAST = 16 * 1024, STACK_DEFAULT = 128 * 1024 };

typedef struct defer {
    struct defer *next;
    void (*cb)(void *data);
    void *data;
} defer_t;

struct aq_task {
    aq__stack_t stack; /* first: the pool finds the task's memory by it */
    /* What every await and resume touches: with the above two cache lines. */
    bool canceled;
    bool ending;
    bool ended;
    aq_loop_t *loop;
    aq__switch_t context;
    aq__owner_t owner;
    aq_op_t *awaiting; /* NULL while it runs; and while it is to resume with nothing */
    /* The rest. */
    void *local[2];
    aq_op_t *op;          /* completed when the task has ended */
    unsigned late_awaits; /* after its loop was closed */
    aq__list_t link;      /* in loop->tasks */
    aq_task_cb cb;
    void *data;
    aq_arena_t *arena;
    char *label;
    defer_t *defers; /* newest first */
    void *value;
    const aq_error_t *error;
    aq_op_t wake; /* stands in the ready queue for a task that awaits no op */
};

/* A task never changes its thread, so an address of this that the compiler keeps across a switch stays right. */
static _Thread_local aq_task_t *current __attribute__((tls_model("initial-exec")));
_Thread_local aq__owner_t *aq__task_owner __attribute__((tls_model("initial-exec")));
static _Thread_local void *thread_local_words[2];
static atomic_size_t stack_size = STACK_DEFAULT;

static const aq_op_class_t wake_class = {.name = "wake"};

/* ---- The end ----------------------------------------------------------------------------------------------------- */

static void run_defers(aq_task_t *task)
{
    defer_t *defer;

    while ((defer = task->defers) != NULL) {
        defer_t taken = *defer;

        task->defers = taken.next;
        aq__free(defer);
        taken.cb(taken.data);
    }
}

static void complete(aq_task_t *task)
{
    if (task->error != NULL)
        aq__op_fail_owned(task->op, task->error);
    else if (task->value == NULL && task->canceled && task->label != NULL)
        aq_op_fail(task->op, AQ_ECANCELED, "task '%s': canceled", task->label);
    else if (task->value == NULL && task->canceled)
        aq_op_fail(task->op, AQ_ECANCELED, "task: canceled");
    else
        aq_op_complete(task->op, task->value);
}

/* What ends may begin something: calls deferred on the task's arena make ops, and defer more. */
static bool has_leftovers(const aq_task_t *task)
{
    return task->defers != NULL || !aq__list_empty(&task->owner.ops) || task->arena != NULL;
}

/* Also from within a deferred call that ends the task again: the rest of them runs then. */
AQ_NORETURN static void end(aq_task_t *task)
{
    task->ending = true;
    while (has_leftovers(task)) {
        aq_arena_t *arena;

        run_defers(task);
        aq__op_close_all(&task->owner.ops);
        arena = task->arena;
        task->arena = NULL;
        aq_arena_close(arena);
    }
    aq__list_unlink(&task->link);
    task->loop->running--;
    complete(task);
    aq__free(task->label);
    task->ended = true;
    aq__switch_leave(&task->context);
    abort(); /* not reached: nobody resumes a task that has ended */
}

void aq_task_exit(void *value)
{
    aq_task_t *task = current;

    if (task == NULL) {
        aq_log(AQ_LOG_ERROR, "aq_task_exit: called outside a task");
        abort();
    }
    if (!task->ending)
        task->value = value;
    end(task);
}

void aq_task_fail(int code, const char *format, ...)
{
    aq_task_t *task = current;
    va_list arguments;

    if (task == NULL) {
        aq_log(AQ_LOG_ERROR, "aq_task_fail: called outside a task");
        abort();
    }
    if (!task->ending) {
        va_start(arguments, format);
        task->error = aq__op_error_format(code, format, arguments);
        va_end(arguments);
    }
    end(task);
}

/* ---- Spawn and switch -------------------------------------------------------------------------------------------- */

static void run(void *data)
{
    aq_task_t *task = data;

    task->value = task->cb(task->data);
    end(task);
}

/* How much of a suspended stack a resumed task uses soon: what it returns through, and what it calls next. */
enum { STACK_ABOVE = 192, STACK_BELOW = 320 };

void aq__task_prefetch(const aq_task_t *task)
{
    aq__prefetch(task, offsetof(aq_task_t, local));
}

void aq__task_prefetch_stack(const aq_task_t *task)
{
    const char *top = aq__switch_top(&task->context);

    if (top != NULL)
        aq__prefetch(top - STACK_BELOW, STACK_BELOW + STACK_ABOVE);
}

void aq__task_resume(aq_task_t *task)
{
    aq_task_t *before = current; /* a task may run another loop of its own */

    current = task;
    aq__task_owner = &task->owner;
    aq__switch_to_task(&task->context);
    current = before;
    aq__task_owner = before != NULL ? &before->owner : NULL;
    if (task->ended) {
        aq__switch_dispose(&task->context);
        aq__stack_give(&task->loop->stacks, &task->stack);
    }
}

/* Canceling it cancels what it awaits, now (here) and later (aq_await looks at `canceled`). Its outcome is what it ends with. */
static bool on_cancel(aq_op_t *op, void *data)
{
    aq_task_t *task = data;

    (void)op;
    task->canceled = true;
    if (task->awaiting != NULL && !task->ending)
        aq_cancel(task->awaiting);
    return false;
}

static const aq_op_class_t task_class = {.name = "task", .cancel = on_cancel};

static aq_task_t *create(aq_loop_t *loop)
{
    size_t size = atomic_load_explicit(&stack_size, memory_order_relaxed);
    aq__stack_t *stack = aq__stack_take(&loop->stacks, size, sizeof(aq_task_t));
    aq_task_t *task;

    if (stack == NULL)
        return NULL;
    task = AQ__CONTAINER_OF(stack, aq_task_t, stack);
    *task = (aq_task_t){.stack = *stack, .loop = loop};
    return task;
}

aq_op_t *aq_spawn(aq_loop_t *loop, aq_task_cb cb, void *data)
{
    aq_task_t *task;

    if (loop->torn) {
        aq__fail(AQ_ECLOSED, "spawn: the loop is closed");
        return aq__op_failed(loop);
    }
    if ((task = create(loop)) == NULL)
        return aq__op_failed(loop);
    task->op = aq_op_create(loop, &task_class, task);
    if (aq_op_done(task->op)) {
        aq_op_t *op = task->op;

        aq__stack_give(&loop->stacks, &task->stack);
        return op;
    }
    task->cb = cb;
    task->data = data;
    task->local[0] = aq__task_local()[0];
    aq__list_init(&task->owner.ops);
    task->owner.loop = loop;
    aq__list_append(&loop->tasks, &task->link);
    loop->running++;
    aq__switch_init(&task->context, task->stack.bottom, task->stack.usable, run, task);
    task->wake = (aq_op_t){.loop = loop, .op_class = &wake_class, .done = true, .waiter = task};
    aq__loop_push(loop, &task->wake);
    return task->op;
}

/* ---- Await ------------------------------------------------------------------------------------------------------- */

/* Its task was canceled, or its loop closed. */
static void *refuse(aq_task_t *task, aq_op_t *op)
{
    if (task->loop->torn && ++task->late_awaits > AQ__AWAITS_AFTER_CLOSE)
        aq_task_fail(AQ_ECANCELED, "task: still awaiting after its loop was closed");
    aq__op_abandon(op);
    aq__fail(AQ_ECANCELED, "await '%s': the task was canceled", op->op_class->name);
    return NULL;
}

void *aq_await(aq_op_t *op)
{
    aq_task_t *task = current;

    if (task == NULL) {
        aq__fail(AQ_EDEADLK, "await '%s': not inside a task", op->op_class->name);
        return NULL;
    }
    if (op->done)
        return op->value;
    if (op->op_class == &task_class && op->data == task) {
        aq__fail(AQ_EDEADLK, "await '%s': it is the task's own", op->op_class->name);
        return NULL;
    }
    if (op->loop != task->loop) {
        aq__fail(AQ_EINVAL, "await '%s': the op belongs to another loop", op->op_class->name);
        return NULL;
    }
    if (op->then != NULL || op->waiter != NULL) {
        aq__fail(AQ_EEXIST, "await '%s': the op has a consumer already", op->op_class->name);
        return NULL;
    }
    if (task->canceled && (!task->ending || task->loop->torn))
        return refuse(task, op);
    op->waiter = task;
    task->awaiting = op;
    aq__switch_back(&task->context);
    if (task->awaiting == NULL) { /* and the op may be gone */
        aq__fail(AQ_ECANCELED, "await: the op or its loop was closed meanwhile");
        return NULL;
    }
    task->awaiting = NULL;
    return op->value;
}

void aq__task_orphan(aq_task_t *task)
{
    task->awaiting = NULL;
    if (task->loop->torn) /* aq__task_end_all() comes by */
        return;
    task->wake.waiter = task;
    aq__loop_push(task->loop, &task->wake);
}

/* ---- The loop closes -------------------------------------------------------------------------------------------- */

/* Tasks that wait for their turn need no queue any more. */
static void drop_wakes(aq_loop_t *loop)
{
    aq_op_t *op = loop->ready.head, *next;

    loop->ready = (aq__queue_t){NULL, &loop->ready.head};
    for (; op != NULL; op = next) {
        next = op->next;
        op->queued = false;
        if (op->op_class != &wake_class)
            aq__loop_push(loop, op);
    }
}

void aq__task_end_all(aq_loop_t *loop)
{
    aq__list_t *node;

    drop_wakes(loop);
    while ((node = aq__list_first(&loop->tasks)) != NULL) {
        aq_task_t *task = AQ__CONTAINER_OF(node, aq_task_t, link);
        aq_op_t *op = task->awaiting;

        task->canceled = true;
        if (op != NULL) {
            task->awaiting = NULL;
            op->waiter = NULL;
            aq__op_abandon(op);
        }
        aq__task_resume(task); /* it cannot suspend again, so it ends */
    }
}

/* ---- What the current task may ask for ---------------------------------------------------------------------------- */

aq_loop_t *aq__task_loop(void)
{
    return current != NULL ? current->loop : NULL;
}

void **aq__task_local(void)
{
    return current != NULL ? current->local : thread_local_words;
}

aq_task_t *aq_task_current(void)
{
    return current;
}

bool aq_task_canceled(void)
{
    return current != NULL && current->canceled;
}

aq_arena_t *aq_task_arena(void)
{
    if (current == NULL) {
        aq__fail(AQ_EDEADLK, "task arena: not inside a task");
        return NULL;
    }
    if (current->arena == NULL)
        current->arena = aq_arena_create();
    return current->arena;
}

int aq_task_set_label(const char *label)
{
    char *copy = NULL;

    if (current == NULL)
        return aq__fail(AQ_EDEADLK, "task label: not inside a task");
    if (label != NULL && (copy = aq__strdup(label)) == NULL)
        return aq__fail(AQ_ENOMEM, "task label '%s': out of memory", label);
    aq__free(current->label);
    current->label = copy;
    return AQ_OK;
}

const char *aq_task_label(void)
{
    return current != NULL ? current->label : NULL;
}

int aq_defer(void (*cb)(void *data), void *data)
{
    defer_t *defer;

    if (current == NULL)
        return aq__fail(AQ_EDEADLK, "defer: not inside a task");
    if ((defer = aq__malloc(sizeof(*defer))) == NULL)
        return aq__fail(AQ_ENOMEM, "defer: out of memory");
    *defer = (defer_t){current->defers, cb, data};
    current->defers = defer;
    return AQ_OK;
}

int aq_task_set_stack_size(size_t bytes)
{
    if (bytes < STACK_LEAST)
        return aq__fail(AQ_EINVAL, "task stack size %zu: at least %d bytes", bytes, STACK_LEAST);
    if (bytes > SIZE_MAX / 2)
        return aq__fail(AQ_EINVAL, "task stack size %zu: too big", bytes);
    atomic_store_explicit(&stack_size, bytes, memory_order_relaxed);
    return AQ_OK;
}

void aq_task_get_stats(const aq_loop_t *loop, aq_task_stats_t *stats)
{
    *stats = (aq_task_stats_t){
        .running = loop->running,
        .stacks = loop->stacks.count,
        .spare_stacks = loop->stacks.spare_count,
        .pending_ops = loop->pending,
    };
}
