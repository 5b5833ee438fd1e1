/* What suspending a task costs: 256 ops that are completed in the next turn of the loop, each of which makes the next, by aq_then()
 * callbacks (`aq_thens`) and by tasks that await (`aq_awaits`). No database. An await is two switches: out of the task and into it. */
#include <stdlib.h>

#include "bench/aq.h"

typedef struct awaits {
    uv_loop_t uv;
    uv_idle_t idle; /* every turn completes what was made in the last one */
    aq_loop_t *loop;
    aq_op_t *pending[BENCH_IN_FLIGHT];
    int pending_count;
    uint64_t issued, done, count;
} awaits_t;

static const aq_op_class_t turn_class = {.name = "turn"};

static aq_op_t *issue(awaits_t *awaits)
{
    aq_op_t *op = aq_op_create(awaits->loop, &turn_class, awaits);

    awaits->issued++;
    awaits->pending[awaits->pending_count++] = op;
    return op;
}

static void on_idle(uv_idle_t *idle)
{
    awaits_t *awaits = idle->data;
    int count = awaits->pending_count;

    awaits->pending_count = 0;
    for (int i = 0; i < count; i++)
        aq_op_complete(awaits->pending[i], awaits);
}

static void count_one(awaits_t *awaits)
{
    if (++awaits->done == awaits->count)
        uv_stop(&awaits->uv);
}

static void on_done(aq_op_t *op, void *data)
{
    awaits_t *awaits = data;

    (void)op;
    count_one(awaits);
    if (awaits->issued < awaits->count)
        aq_then(issue(awaits), on_done, awaits);
}

static void *await_all(void *data)
{
    awaits_t *awaits = data;

    while (awaits->issued < awaits->count) {
        aq_op_t *op = issue(awaits);

        aq_await(op);
        aq_op_close(op);
        count_one(awaits);
    }
    return NULL;
}

static void on_ended(aq_op_t *op, void *data)
{
    (void)data;
    if (aq_op_code(op) != AQ_OK)
        aq_bench_die("task", op);
}

static uint64_t finish(awaits_t *awaits)
{
    uv_run(&awaits->uv, UV_RUN_DEFAULT);
    return awaits->done;
}

static uint64_t run_thens(void *state, uint64_t count)
{
    awaits_t *awaits = state;

    awaits->issued = awaits->done = 0;
    awaits->count = count;
    while (awaits->issued < count && awaits->issued < BENCH_IN_FLIGHT)
        aq_then(issue(awaits), on_done, awaits);
    return finish(awaits);
}

static uint64_t run_awaits(void *state, uint64_t count)
{
    awaits_t *awaits = state;

    awaits->issued = awaits->done = 0;
    awaits->count = count;
    for (int i = 0; i < BENCH_IN_FLIGHT; i++)
        aq_then(aq_spawn(awaits->loop, await_all, awaits), on_ended, NULL);
    return finish(awaits);
}

static void *open_awaits(const bench_case_t *bench_case)
{
    awaits_t *awaits = bench_alloc(sizeof *awaits);

    (void)bench_case;
    uv_loop_init(&awaits->uv);
    awaits->loop = aq_loop_open(&awaits->uv);
    if (awaits->loop == NULL)
        aq_bench_die("loop", NULL);
    awaits->idle.data = awaits;
    uv_idle_init(&awaits->uv, &awaits->idle);
    uv_idle_start(&awaits->idle, on_idle);
    return awaits;
}

static void close_awaits(void *state)
{
    awaits_t *awaits = state;

    aq_loop_close(awaits->loop);
    uv_close((uv_handle_t *)&awaits->idle, NULL);
    uv_run(&awaits->uv, UV_RUN_DEFAULT);
    if (uv_loop_close(&awaits->uv) != 0)
        bench_die("aquifer: the loop has handles left after aq_loop_close()");
    free(awaits);
}

const bench_side_t aq_thens = {open_awaits, NULL, run_thens, close_awaits};
const bench_side_t aq_awaits = {open_awaits, NULL, run_awaits, close_awaits};
