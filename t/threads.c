/* Threads with a loop each: nothing is shared but what is meant to be. t/run runs this under the thread sanitizer. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "aquifer/task.h"
#include "t/tap.h"

enum { THREADS = 2, ROUNDS = 20, TASKS = 20, OPS = 20 };

typedef struct side {
    uv_loop_t uv;
    aq_loop_t *loop;
    int number;
    size_t awaited;
    size_t called;
    size_t failed;
    bool closed; /* libuv found nothing left, each time */
    bool own_error;
} side_t;

static const aq_op_class_t plain = {.name = "plain"};

static void on_called(aq_op_t *op, void *data)
{
    side_t *side = data;

    side->called += aq_op_code(op) == AQ_OK;
}

static int fail_from(side_t *side, int depth)
{
    volatile char frame[512];
    volatile bool deep_enough = depth == 0; /* or the compiler sees that this never returns */

    frame[0] = (char)depth;
    if (deep_enough)
        aq_task_fail(AQ_EINVAL, "side %d", side->number);
    return depth == 0 ? 0 : fail_from(side, depth - 1) + frame[0];
}

static void *work(void *data)
{
    side_t *side = data;

    for (int i = 0; i < OPS; i++) {
        aq_op_t *op = aq_op_create(side->loop, &plain, NULL);

        aq_then(aq_sleep(side->loop, 0), on_called, side);
        aq_op_complete(op, NULL);
        side->awaited += aq_await(op) != NULL;
        side->awaited += aq_await(aq_timeout(aq_sleep(side->loop, 0), 60000)) != NULL;
        aq_op_close(op);
    }
    if (aq_task_arena() != NULL && aq_arena_printf(aq_task_arena(), "%d", side->number) != NULL)
        fail_from(side, 20);
    return NULL;
}

static void one_round(side_t *side)
{
    aq_op_t *ops[TASKS], *all;
    char expected[32];

    side->loop = aq_loop_open(&side->uv);
    for (int i = 0; i < TASKS; i++)
        ops[i] = aq_spawn(side->loop, work, side);
    all = aq_op_all(side->loop, ops, TASKS);
    aq_wait(all);
    snprintf(expected, sizeof(expected), "side %d", side->number);
    side->failed += strcmp(aq_op_error(all)->message, expected) == 0;
    aq_op_close(all);
    uv_run(&side->uv, UV_RUN_DEFAULT);
    aq_loop_close(side->loop);
    side->closed = uv_run(&side->uv, UV_RUN_DEFAULT) == 0 && side->closed;
}

/* Opens, uses and closes its loop again and again, beside the other thread. */
static void *run_side(void *data)
{
    side_t *side = data;

    uv_loop_init(&side->uv);
    side->closed = true;
    aq_task_set_stack_size(128 * 1024);
    for (int round = 0; round < ROUNDS; round++)
        one_round(side);
    aq_task_set_stack_size((size_t)side->number);
    side->own_error = aq_last_error()->code == AQ_EINVAL && aq_task_current() == NULL;
    side->closed = uv_loop_close(&side->uv) == 0 && side->closed;
    return NULL;
}

int main(void)
{
    static side_t sides[THREADS];
    pthread_t threads[THREADS];
    uv_loop_t first;

    uv_loop_init(&first); /* what libuv keeps open for the process */
    uv_loop_close(&first);
    tap_descriptors_expected(tap_descriptors());
    for (int i = 0; i < THREADS; i++) {
        sides[i].number = i + 1;
        if (pthread_create(&threads[i], NULL, run_side, &sides[i]) != 0)
            bail_out("cannot start a thread");
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    for (int i = 0; i < THREADS; i++) {
        is_int(sides[i].awaited, 2 * OPS * TASKS * ROUNDS, "thread %d: every await gave its value", i + 1);
        is_int(sides[i].called, OPS * TASKS * ROUNDS, "thread %d: every callback came", i + 1);
        is_int(sides[i].failed, ROUNDS, "thread %d: tasks failed from a depth with their own text", i + 1);
        ok(sides[i].closed, "thread %d: its loop closed each time", i + 1);
        ok(sides[i].own_error, "thread %d: its last error is its own", i + 1);
    }
    return tap_done();
}
