/* all: one op that stands for many.
 *
 * The happy path: it becomes the consumer of each, counts them down, and completes with the last.
 * The failure modes: one of them fails: the first one's error is remembered, the rest goes on. Canceled: it cancels those still pending and
 * waits for their outcomes. Closed: all are closed. No memory: all are closed and the op has failed. */
#include "src/task/loop.h"

typedef struct all {
    aq_op_t op;
    size_t count;
    size_t pending;
    aq_op_t *failed; /* the first in time */
    aq_op_t *ops[];
} all_t;

static void close_ops(aq_op_t *const *ops, size_t count)
{
    for (size_t i = 0; i < count; i++)
        aq_op_close(ops[i]);
}

static void on_release(aq_op_t *op)
{
    all_t *all = AQ__CONTAINER_OF(op, all_t, op);

    close_ops(all->ops, all->count);
    aq__free(all);
}

static void finish(all_t *all)
{
    if (all->failed != NULL)
        aq_op_fail_with(&all->op, aq_op_error(all->failed));
    else
        aq_op_complete(&all->op, NULL);
}

static void count_done(all_t *all, aq_op_t *op)
{
    all->pending--;
    if (op->error != NULL && all->failed == NULL)
        all->failed = op;
}

static void on_one_done(aq_op_t *op, void *data)
{
    all_t *all = data;

    aq_op_keep(op);
    count_done(all, op);
    if (all->pending == 0)
        finish(all); /* last: it may free everything */
}

static bool on_cancel(aq_op_t *op, void *data)
{
    all_t *all = data;

    if (op->closed) {
        aq_op_complete(op, NULL); /* on_release() closes them */
        return true;
    }
    for (size_t i = 0; i < all->count; i++)
        aq_cancel(all->ops[i]);
    return false; /* it completes with the last */
}

static const aq_op_class_t all_class = {.name = "all", .cancel = on_cancel};

static void let_go(aq_op_t *const *ops, size_t count)
{
    for (size_t i = 0; i < count; i++)
        ops[i]->then = NULL;
}

/* Makes `all` the consumer of each, or of none. */
static int take(all_t *all, aq_loop_t *loop, aq_op_t *const *ops, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        aq_op_t *op = ops[i];
        bool late = op == &loop->late;

        if (op->loop == loop && (late || (op->then == NULL && op->waiter == NULL))) {
            op->then = late ? NULL : on_one_done; /* marks it, so that it is not taken twice */
            op->then_data = all;
            continue;
        }
        let_go(ops, i);
        if (op->loop != loop)
            return aq__fail(AQ_EINVAL, "all: op %zu of %zu ('%s') belongs to another loop", i + 1, count,
                            op->op_class->name);
        return aq__fail(AQ_EEXIST, "all: op %zu of %zu ('%s') has a consumer already", i + 1, count,
                        op->op_class->name);
    }
    return AQ_OK;
}

/* They are on no list any more: only `all` closes them. */
static void own(all_t *all, aq_op_t *const *ops, size_t count)
{
    all->count = all->pending = count;
    for (size_t i = 0; i < count; i++) {
        all->ops[i] = ops[i];
        aq__list_unlink(&ops[i]->owned);
        ops[i]->tasked = false;
        if (ops[i]->done)
            count_done(all, ops[i]);
    }
}

aq_op_t *aq_op_all(aq_loop_t *loop, aq_op_t *const *ops, size_t count)
{
    all_t *all =
        count < SIZE_MAX / sizeof(ops[0]) / 2 ? aq__malloc(sizeof(*all) + count * sizeof(ops[0])) : NULL;

    if (all == NULL) {
        close_ops(ops, count);
        aq__fail(AQ_ENOMEM, "all of %zu ops: out of memory", count);
        return aq__op_failed(loop);
    }
    if (take(all, loop, ops, count) != AQ_OK) {
        aq__free(all);
        return aq__op_failed(loop);
    }
    all->failed = NULL;
    own(all, ops, count);
    aq__op_init(&all->op, loop, &all_class, all, on_release);
    if (all->pending == 0)
        finish(all);
    return &all->op;
}
