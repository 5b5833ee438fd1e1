/* farewell: ops that may outlive their loop.
 *
 * aq_wait(aq_context_close(context)) ends with the loop's handles closed and its memory gone, and yet the caller may look at the op,
 * close it, or forget it. So such ops are made of the thread's own memory: they cannot fail for want of it, and nothing leaks when they
 * are forgotten.
 *
 * The happy path: aq__op_farewell(), aq__loop_close_with(), and the op is done when the last handle of the loop is closed. While others
 * keep the loop open, and for a task of that loop, it is done at once.
 * The failure mode: more than SLOTS closes under way in one thread: the next is an ordinary op, which dies with its loop. */
#include <stdio.h>

#include "src/task/loop.h"

enum { SLOTS = 8, TEXT = 512, LAST_TURNS = 32 };

/* Where ops are at home that have no loop: nothing is ever queued there. */
static _Thread_local aq_loop_t nowhere = {.depth = 1};
static _Thread_local aq_op_t slots[SLOTS];
static _Thread_local unsigned next_slot;
static _Thread_local struct {
    aq_op_t op;
    aq_error_t error;
    char text[TEXT];
} failures[SLOTS];
static _Thread_local unsigned next_failure;

static void keep_memory(aq_op_t *op)
{
    (void)op;
}

/* A close is not canceled: it is bounded by itself. */
static bool on_cancel(aq_op_t *op, void *data)
{
    (void)op, (void)data;
    return false;
}

static const aq_op_class_t close_class = {.name = "close", .cancel = on_cancel};
static const aq_op_class_t failed_class = {.name = "failed"};

static bool is_slot(const aq_op_t *op)
{
    return op >= slots && op < slots + SLOTS;
}

aq_op_t *aq__op_farewell(aq_loop_t *loop)
{
    for (unsigned i = 0; i < SLOTS; i++) {
        aq_op_t *op = &slots[next_slot++ % SLOTS];

        if (op->owed || op->queued)
            continue;
        *op = (aq_op_t){.loop = loop, .op_class = &close_class, .release = keep_memory, .owed = true};
        aq__list_init(&op->owned);
        loop->pending++;
        aq__loop_alive(loop);
        return op;
    }
    return aq_op_create(loop, &close_class, NULL);
}

/* Closes the loop once those who are ready have been told, who may make others ready. */
static void on_last_turn(aq__turn_t *turn)
{
    aq_loop_t *loop = AQ__CONTAINER_OF(turn, aq_loop_t, last_turn);
    aq_op_t *op = loop->farewell;

    if (loop->ready.head != NULL && loop->last_turns++ < LAST_TURNS) {
        aq__turn_schedule(loop, turn);
        return;
    }
    loop->last_turns = 0;
    if (op != NULL && loop->opened > 1) { /* somebody opened it meanwhile */
        loop->farewell = NULL;
        aq_op_complete(op, NULL);
    } else if (op != NULL) {
        aq__op_stop_timer(op);
        aq__loop_less_alive(loop);
    }
    aq_loop_close(loop);
}

void aq__loop_close_with(aq_loop_t *loop, aq_op_t *op)
{
    if (loop->opened > 1) {
        aq_op_complete(op, NULL);
        aq_loop_close(loop);
        return;
    }
    if (op->waiter != NULL || !is_slot(op))
        aq_op_complete(op, NULL);
    else
        loop->farewell = op;
    aq__turn_init(&loop->last_turn, on_last_turn);
    aq__turn_schedule(loop, &loop->last_turn);
}

/* The loop's memory goes now. Its ops that somebody may still look at have no loop from here on. */
aq_op_t *aq__loop_farewell(const aq_loop_t *loop)
{
    aq_op_t *op = loop->farewell;

    for (unsigned i = 0; i < SLOTS; i++)
        if (slots[i].loop == loop)
            slots[i].loop = &nowhere;
    if (op == NULL)
        return NULL;
    op->owed = false;
    if (!op->done) {
        op->done = true;
        op->value = op;
    }
    return op->closed ? NULL : op;
}

aq_op_t *aq__op_failed_nowhere(void)
{
    unsigned i = next_failure++ % SLOTS;

    (void)snprintf(failures[i].text, TEXT, "%s", aq_last_error()->message);
    failures[i].error = (aq_error_t){.code = aq_last_error()->code, .message = failures[i].text};
    failures[i].op = (aq_op_t){.loop = &nowhere,
                               .op_class = &failed_class,
                               .error = &failures[i].error,
                               .done = true,
                               .closed = true};
    aq__list_init(&failures[i].op.owned);
    return &failures[i].op;
}
