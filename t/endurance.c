/* A long life: 100,000 ops through one pool, of all kinds, and no more memory at the end than half way. */
#include <malloc.h>

#include "t/pools.h"

enum { OPS = 100000, IN_FLIGHT = 64, WARM = OPS / 2 };

static struct {
    int made, right, canceled, wrong;
    size_t blocks_when_warm, bytes_when_warm;
    char first[512];
} life;

static void next_op(void);

static void settle(aq_op_t *op, bool right)
{
    if (right)
        life.right++;
    else if (life.wrong++ == 0)
        snprintf(life.first, sizeof life.first, "%s", outcome_of(op));
    next_op();
}

static void on_rows(aq_op_t *op, void *data)
{
    aq_rows_t *rows = aq_op_value(op);

    settle(op, rows != NULL && aq_as_int4(aq_cell(rows, 0, 0)) == (int)(intptr_t)data);
}

static void on_results(aq_op_t *op, void *data)
{
    aq_results_t *results = aq_op_value(op);

    settle(op,
           results != NULL && aq_as_int4(aq_cell(aq_results_rows(results, 1), 0, 0)) == (int)(intptr_t)data);
}

static void on_failure(aq_op_t *op, void *data)
{
    (void)data;
    settle(op, aq_op_code(op) == AQ_EDATA);
}

static void on_lane(aq_op_t *op, void *data)
{
    (void)data;
    settle(op, aq_op_code(op) == AQ_OK);
}

static void send_unit(int number)
{
    aq_unit_t *unit = aq_unit_create();

    aq_unit_add(unit, "select 1", NULL);
    aq_unit_add(unit, "select $1::int4", aq_args(aq_int4(number)));
    aq_then(aq__pool_send(pool, unit), on_results, (void *)(intptr_t)number);
}

static void execute_distinct(int number)
{
    char sql[64];

    snprintf(sql, sizeof sql, "select $1::int4 /* %d */", number % 6000);
    aq_then(aq__pool_execute(pool, sql, aq_args(aq_int4(number))), on_rows, (void *)(intptr_t)number);
}

static void next_op(void)
{
    int number = ++life.made;

    if (number > OPS)
        return;
    if (number == WARM) {
        life.blocks_when_warm = atomic_load(&allocations.blocks);
        life.bytes_when_warm = mallinfo2().uordblks;
    }
    switch (number % 32) {
    case 0: aq_then(aq__pool_acquire(pool), on_lane, NULL); break;
    case 1: send_unit(number); break;
    case 2:
        aq_then(aq__pool_execute(pool, "select 1 / $1::int4", aq_args(aq_int4(0))), on_failure, NULL);
        break;
    case 3: execute_distinct(number); break;
    case 4:
        aq_op_close(aq__pool_execute(pool, "select 1", NULL));
        life.canceled++;
        next_op();
        break;
    default:
        aq_then(number % 2 == 0 ? aq__pool_read(pool, "select $1::int4", aq_args(aq_int4(number)))
                                : aq__pool_execute(pool, "select $1::int4", aq_args(aq_int4(number))),
                on_rows, (void *)(intptr_t)number);
    }
}

static bool all_done(void *data)
{
    (void)data;
    return life.right + life.canceled + life.wrong >= OPS;
}

int main(void)
{
    init_pools(NULL);
    with_pool("100,000 ops in a loop without growth", .size = 4, .max_overflow = 2)
    {
        size_t blocks, bytes;
        double since = now_ms();

        for (int i = 0; i < IN_FLIGHT; i++)
            next_op();
        ok(await_that(all_done, NULL, 60000), "all are done");
        since = now_ms() - since;
        blocks = atomic_load(&allocations.blocks);
        bytes = mallinfo2().uordblks;
        is_int(life.wrong, 0, "each has its value, or the error that it must have (%s)", life.first);
        is_int(life.right + life.canceled, OPS, "all of them");
        note("%.1f s; %d blocks half way, %d at the end; %d KiB half way, %d at the end", since / 1000,
             (int)life.blocks_when_warm, (int)blocks, (int)(life.bytes_when_warm / 1024),
             (int)(bytes / 1024));
        ok(blocks < life.blocks_when_warm + 64, "no more blocks than half way");
        ok(bytes < life.bytes_when_warm + (256u << 10), "no more bytes");
    }
    return done_pools();
}
