/* Single statements with Aquifer: `aq_ops` by callbacks (256 ops in flight, each answer makes the next), `aq_tasks` by 256 tasks that
 * await one after the other. What raw-pipeline.c does by hand. */
#include <stdlib.h>

#include "bench/aq.h"

typedef struct statements {
    aq_bench_t bench;
    bench_case_t bench_case;
    uint64_t issued, done, count, sum;
} statements_t;

static aq_op_t *issue(statements_t *statements)
{
    int32_t key = bench_key(statements->issued++);

    if (statements->bench_case.verb == BENCH_READ)
        return aq_read(statements->bench.context, NULL, BENCH_SELECT, aq_args(aq_int4(key)));
    return aq_execute(statements->bench.context, NULL, BENCH_INSERT,
                      aq_args(aq_int4(key), aq_text("somebody new")));
}

static void take(statements_t *statements, aq_op_t *op, aq_rows_t *rows)
{
    if (rows == NULL)
        aq_bench_die("statement", op);
    if (++statements->done == statements->count)
        uv_stop(&statements->bench.uv);
    if (statements->bench_case.verb == BENCH_WRITE)
        return;
    statements->sum += (uint64_t)aq_as_int4(aq_cell(rows, 0, 0)) +
                       (unsigned char)aq_as_text(aq_cell(rows, 0, 1))[0] +
                       aq_as_text_length(aq_cell(rows, 0, 2));
}

static void on_rows(aq_op_t *op, void *data)
{
    statements_t *statements = data;

    take(statements, op, aq_op_value(op));
    if (statements->issued < statements->count)
        aq_then(issue(statements), on_rows, statements);
}

static void *work(void *data)
{
    statements_t *statements = data;

    while (statements->issued < statements->count) {
        aq_op_t *op = issue(statements);

        take(statements, op, aq_await(op));
        aq_op_close(op);
    }
    return NULL;
}

static void on_worked(aq_op_t *op, void *data)
{
    (void)data;
    if (aq_op_code(op) != AQ_OK)
        aq_bench_die("task", op);
}

static void start(statements_t *statements, uint64_t count)
{
    statements->issued = statements->done = statements->sum = 0;
    statements->count = count;
}

static uint64_t finish(statements_t *statements)
{
    uv_run(&statements->bench.uv, UV_RUN_DEFAULT);
    return statements->sum;
}

static uint64_t run_ops(void *state, uint64_t count)
{
    statements_t *statements = state;

    start(statements, count);
    while (statements->issued < count && statements->issued < BENCH_IN_FLIGHT)
        aq_then(issue(statements), on_rows, statements);
    return finish(statements);
}

static uint64_t run_tasks(void *state, uint64_t count)
{
    statements_t *statements = state;

    start(statements, count);
    for (int i = 0; i < BENCH_IN_FLIGHT; i++)
        aq_then(aq_spawn(aq_context_loop(statements->bench.context), work, statements), on_worked, NULL);
    return finish(statements);
}

static void *open_statements(const bench_case_t *bench_case)
{
    statements_t *statements = bench_alloc(sizeof *statements);
    aq_pool_options_t pool = {
        .size = bench_case->connections,
        .max_overflow = AQ_ZERO,
        .pipeline_depth = BENCH_IN_FLIGHT,
        .sync = bench_case->sync == BENCH_SYNC_TURN ? AQ_SYNC_TURN : AQ_SYNC_UNIT,
    };

    statements->bench_case = *bench_case;
    aq_bench_open(&statements->bench, bench_case->uri, &pool);
    return statements;
}

static void reset_statements(void *state, uint64_t count)
{
    statements_t *statements = state;

    (void)count;
    if (statements->bench_case.verb == BENCH_WRITE)
        aq_bench_sql(&statements->bench, "truncate bench_insert");
}

static void close_statements(void *state)
{
    statements_t *statements = state;

    aq_bench_close(&statements->bench);
    free(statements);
}

const bench_side_t aq_ops = {open_statements, reset_statements, run_ops, close_statements};
const bench_side_t aq_tasks = {open_statements, reset_statements, run_tasks, close_statements};
