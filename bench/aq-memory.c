/* Memory with Aquifer: one more idle connection (pool, poll handle, statement cache and libpq's own), one more op that waits for a
 * connection, one more suspended task. The difference of two sizes is divided, so that what is there once cancels out. */
#include <stdlib.h>

#include "bench/aq.h"

enum { FEW = 4, MANY = 36, FEW_WAITING = 1000, MANY_WAITING = 9000 };

/* Uses n connections at the same time, so that the pool has so many, then leaves them idle. */
static void open_connections(aq_bench_t *bench, int n)
{
    aq_op_t *ops[MANY];
    aq_pool_stats_t stats;

    for (int i = 0; i < n; i++)
        ops[i] = aq_acquire(bench->context, NULL);
    for (int i = 0; i < n; i++)
        if (aq_wait(ops[i]) == NULL)
            aq_bench_die("acquire", ops[i]);
    for (int i = 0; i < n; i++) {
        aq_op_t *op = aq_lane_execute(aq_op_value(ops[i]), "select 1", NULL);

        if (aq_wait(op) == NULL)
            aq_bench_die("select", op);
        aq_op_close(op);
    }
    for (int i = 0; i < n; i++) {
        aq_release(aq_op_take(ops[i]));
        aq_op_close(ops[i]);
    }
    aq_bench_sql(bench, "select 1");
    aq_pool_get_stats(bench->context, NULL, &stats);
    if (stats.open != n)
        bench_die("aquifer: %d connections are open, expected %d", stats.open, n);
}

static double heap_with(const char *uri, int connections)
{
    aq_bench_t bench;
    double before = bench_heap(), heap;

    aq_bench_open(&bench, uri, &(aq_pool_options_t){.size = connections, .max_overflow = AQ_ZERO});
    open_connections(&bench, connections);
    heap = bench_heap() - before;
    aq_bench_close(&bench);
    return heap;
}

double aq_memory_connection(const char *uri)
{
    heap_with(uri, FEW); /* what the first context of a process leaves behind */
    return (heap_with(uri, MANY) - heap_with(uri, FEW)) / (MANY - FEW);
}

static void on_read(aq_op_t *op, void *data)
{
    int *left = data;

    if (aq_op_code(op) != AQ_OK)
        aq_bench_die("read", op);
    --*left;
}

double aq_memory_waiting(const char *uri)
{
    aq_bench_t bench;
    double few = 0, many;
    int left = MANY_WAITING;

    aq_bench_open(&bench, uri, &(aq_pool_options_t){.size = 1, .max_overflow = AQ_ZERO, .pipeline_depth = 1});
    for (int i = 0; i < MANY_WAITING; i++) {
        if (i == FEW_WAITING)
            few = bench_heap();
        aq_then(aq_read(bench.context, NULL, BENCH_SELECT, aq_args(aq_int4(i))), on_read, &left);
    }
    many = bench_heap();
    while (left > 0)
        uv_run(&bench.uv, UV_RUN_ONCE);
    aq_bench_close(&bench);
    return (many - few) / (MANY_WAITING - FEW_WAITING);
}

/* An op that nobody completes: its task stays suspended until it is canceled. */
static void *wait_for_ever(void *data)
{
    static const aq_op_class_t never = {.name = "never"};
    aq_op_t *op = aq_op_create(data, &never, NULL);

    aq_await(op);
    if (!aq_op_done(op))
        bench_die("aquifer: the await of a pending op returned");
    aq_op_fail(op, AQ_ECANCELED, "canceled");
    return NULL;
}

static double suspend(aq_loop_t *loop, aq_op_t **ops, int from, int to)
{
    double before = bench_resident();

    for (int i = from; i < to; i++)
        ops[i] = aq_spawn(loop, wait_for_ever, loop);
    uv_run(aq_loop_uv(loop), UV_RUN_NOWAIT);
    uv_run(aq_loop_uv(loop), UV_RUN_NOWAIT);
    return bench_resident() - before;
}

double aq_memory_suspended(const char *uri)
{
    static aq_op_t *ops[MANY_WAITING];
    aq_task_stats_t stats;
    uv_loop_t uv;
    aq_loop_t *loop;
    double bytes;

    (void)uri;
    uv_loop_init(&uv);
    loop = aq_loop_open(&uv);
    suspend(loop, ops, 0, FEW_WAITING);
    bytes = suspend(loop, ops, FEW_WAITING, MANY_WAITING);
    aq_task_get_stats(loop, &stats);
    if (stats.running != MANY_WAITING)
        bench_die("aquifer: %zu tasks are suspended, expected %d", stats.running, MANY_WAITING);
    for (int i = 0; i < MANY_WAITING; i++)
        aq_op_close(ops[i]);
    uv_run(&uv, UV_RUN_NOWAIT);
    uv_run(&uv, UV_RUN_NOWAIT);
    aq_loop_close(loop);
    uv_run(&uv, UV_RUN_DEFAULT);
    if (uv_loop_close(&uv) != 0)
        bench_die("aquifer: the loop has handles left after aq_loop_close()");
    return bytes / (MANY_WAITING - FEW_WAITING);
}
