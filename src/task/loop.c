/* loop: what Aquifer keeps for one uv_loop_t, and its turn.
 *
 * The happy path: ops complete anywhere and only join `ready`; the prepare handle, which libuv calls right before it polls,
 * takes that queue as this turn's batch, delivers it, then runs the turns that were scheduled. What joins a queue meanwhile waits for
 * the next turn, so a chain of instant ops cannot starve the loop; the idle handle makes that turn come at once.
 *
 * Closing: aq_loop_close() ends the tasks and closes the ops, at once, or at the end of the turn when it was called from one.
 * The handles stay while makers owe completions or others hold the loop; when `alive` is 0, the next turn closes them, and the
 * last close callback frees the structure.
 *
 * The failure modes: no memory, and a uv_loop_t that refuses handles: aq_loop_open() gives NULL. */
#include "src/task/loop.h"

#include <pthread.h>
#include <string.h>

static pthread_mutex_t registry_lock = PTHREAD_MUTEX_INITIALIZER;
static aq_loop_t *registry; /* loops that are open; each is used by its own thread, only the list is shared */

static void on_prepare(uv_prepare_t *handle);
static void on_idle(uv_idle_t *handle);

/* ---- The turn ---------------------------------------------------------------------------------------------------- */

void aq__loop_wake(aq_loop_t *loop)
{
    if (loop->idling)
        return;
    loop->idling = true;
    uv_idle_start(&loop->idle, on_idle); /* cannot fail: the callback is not NULL */
}

static void rest(aq_loop_t *loop)
{
    if (!loop->idling)
        return;
    loop->idling = false;
    uv_idle_stop(&loop->idle);
}

static bool waiting(const aq_loop_t *loop)
{
    return loop->ready.head != NULL || loop->late_then_count > 0 || !aq__list_empty(&loop->turns) ||
           !aq__list_empty(&loop->early_turns) || (loop->closing && (!loop->torn || loop->alive == 0));
}

void aq__loop_reference(aq_loop_t *loop)
{
    loop->referenced = true;
    uv_ref((uv_handle_t *)&loop->prepare);
}

void aq__loop_unreference(aq_loop_t *loop)
{
    loop->referenced = false;
    uv_unref((uv_handle_t *)&loop->prepare);
    if (loop->closing)
        aq__loop_wake(loop);
}

void aq__loop_enter(aq_loop_t *loop)
{
    loop->depth++;
}

void aq__loop_leave(aq_loop_t *loop)
{
    if (--loop->depth > 0)
        return;
    if (loop->alive == 0 && loop->referenced)
        aq__loop_unreference(loop);
    if (waiting(loop))
        aq__loop_wake(loop);
}

void aq__loop_hold(aq_loop_t *loop)
{
    aq__loop_alive(loop);
}

void aq__loop_unhold(aq_loop_t *loop)
{
    aq__loop_less_alive(loop);
}

/* Consumers of ops that there was no memory for. New ones wait for the next turn. */
static void deliver_late(aq_loop_t *loop)
{
    size_t count = loop->late_then_count;

    for (size_t i = 0; i < count; i++)
        loop->late_thens[i].then(&loop->late, loop->late_thens[i].data);
    loop->late_then_count -= count;
    memmove(loop->late_thens, loop->late_thens + count, loop->late_then_count * sizeof(loop->late_thens[0]));
}

static void deliver(aq_loop_t *loop)
{
    if (loop->ready.head == NULL)
        return;
    loop->batch = loop->ready.head;
    loop->ready = (aq__queue_t){NULL, &loop->ready.head};
    aq__op_deliver_batch(loop);
}

static void run_turns(aq__list_t *turns)
{
    aq__list_t batch;
    aq__list_t *node;

    aq__list_init(&batch);
    aq__list_splice(&batch, turns);
    while ((node = aq__list_shift(&batch)) != NULL) {
        aq__turn_t *turn = AQ__CONTAINER_OF(node, aq__turn_t, link);

        turn->cb(turn);
    }
}

/* ---- Closing ------------------------------------------------------------------------------------------------------ */

void aq__loop_on_handle_closed(aq_loop_t *loop)
{
    aq_op_t *farewell;

    if (--loop->handles > 0)
        return;
    aq__op_free_spares(loop);
    aq__stack_free_spares(&loop->stacks);
    farewell = aq__loop_farewell(loop);
    aq__free(loop);
    if (farewell != NULL)
        aq__op_deliver(farewell);
}

static void on_closed(uv_handle_t *handle)
{
    aq__loop_on_handle_closed(handle->data);
}

static void tear_down(aq_loop_t *loop)
{
    loop->torn = true;
    loop->late_then_count = 0;
    aq__task_end_all(loop);
    aq__op_close_all(&loop->owned);
}

/* One step of closing, at the end of a turn. True: the handles are closing, nothing more may be queued. */
static bool close_step(aq_loop_t *loop)
{
    if (!loop->torn)
        tear_down(loop);
    if (loop->alive > 0 || loop->ready.head != NULL || !aq__list_empty(&loop->turns) ||
        !aq__list_empty(&loop->early_turns))
        return false;
    aq__op_close_all(&loop->owned);
    loop->idling = false;
    aq__timer_close_spares(loop);
    uv_close((uv_handle_t *)&loop->idle, on_closed);
    uv_close((uv_handle_t *)&loop->prepare, on_closed);
    return true;
}

static void on_prepare(uv_prepare_t *handle)
{
    aq_loop_t *loop = handle->data;

    loop->depth++;
    if (loop->late_then_count > 0)
        deliver_late(loop);
    deliver(loop);
    run_turns(&loop->early_turns);
    run_turns(&loop->turns);
    if (loop->closing && close_step(loop))
        return;
    loop->depth--;
    if (loop->alive == 0 && loop->referenced)
        aq__loop_unreference(loop);
    if (waiting(loop))
        aq__loop_wake(loop);
    else
        rest(loop);
}

static void on_idle(uv_idle_t *handle)
{
    (void)handle; /* its being active is what counts */
}

/* ---- Open and close -------------------------------------------------------------------------------------------- */

static aq_loop_t *find(const uv_loop_t *uv)
{
    for (aq_loop_t *loop = registry; loop != NULL; loop = loop->next) {
        if (loop->uv == uv)
            return loop;
    }
    return NULL;
}

static void init(aq_loop_t *loop, uv_loop_t *uv)
{
    loop->uv = uv;
    loop->ready.tail = &loop->ready.head;
    aq__list_init(&loop->turns);
    aq__list_init(&loop->early_turns);
    aq__list_init(&loop->owned);
    aq__list_init(&loop->tasks);
    aq__op_init_late(loop);
    uv_prepare_init(uv, &loop->prepare); /* these four always return 0 in every libuv so far */
    uv_idle_init(uv, &loop->idle);
    loop->prepare.data = loop->idle.data = loop;
    loop->handles = 2;
    uv_prepare_start(&loop->prepare, on_prepare);
    uv_unref((uv_handle_t *)&loop->prepare);
}

aq_loop_t *aq_loop_open(uv_loop_t *uv)
{
    aq_loop_t *loop;

    if (uv == NULL) {
        aq__fail(AQ_EINVAL, "open a loop: the uv_loop_t is NULL");
        return NULL;
    }
    pthread_mutex_lock(&registry_lock);
    loop = find(uv);
    if (loop == NULL && (loop = aq__calloc(1, sizeof(*loop))) != NULL) {
        init(loop, uv);
        loop->next = registry;
        registry = loop;
    }
    if (loop != NULL)
        loop->opened++;
    pthread_mutex_unlock(&registry_lock);
    if (loop == NULL)
        aq__fail(AQ_ENOMEM, "open a loop: out of memory");
    return loop;
}

static bool forget(aq_loop_t *loop)
{
    bool last;

    pthread_mutex_lock(&registry_lock);
    last = --loop->opened == 0;
    if (last) {
        aq_loop_t **link = &registry;

        while (*link != loop)
            link = &(*link)->next;
        *link = loop->next;
    }
    pthread_mutex_unlock(&registry_lock);
    return last;
}

void aq_loop_close(aq_loop_t *loop)
{
    if (loop == NULL || !forget(loop))
        return;
    loop->closing = true;
    if (loop->depth > 0) /* a callback or a task of this loop: on_prepare or aq__loop_leave() sees to it */
        return;
    loop->depth++;
    tear_down(loop);
    loop->depth--;
    aq__loop_wake(loop);
}

uv_loop_t *aq_loop_uv(const aq_loop_t *loop)
{
    return loop->uv;
}

/* ---- Turns ------------------------------------------------------------------------------------------------------- */

void aq__turn_init(aq__turn_t *turn, void (*cb)(aq__turn_t *turn))
{
    aq__list_init(&turn->link);
    turn->cb = cb;
}

static void schedule(aq_loop_t *loop, aq__list_t *turns, aq__turn_t *turn)
{
    if (!aq__list_empty(&turn->link))
        return;
    aq__list_append(turns, &turn->link);
    if (loop->depth == 0)
        aq__loop_wake(loop);
}

void aq__turn_schedule(aq_loop_t *loop, aq__turn_t *turn)
{
    schedule(loop, &loop->turns, turn);
}

void aq__turn_schedule_early(aq_loop_t *loop, aq__turn_t *turn)
{
    schedule(loop, &loop->early_turns, turn);
}
