/* For tests that stand on a pool: one throwaway cluster, one loop (t/loops.h), pools with the usual options, and what is asked of the
 * server about the backends that these have. */
#ifndef AQUIFER_T_LANES_H
#define AQUIFER_T_LANES_H

#include "src/wire/pool-private.h"
#include "t/cluster.h"
#include "t/loops.h"
#include "t/outcomes.h"

static cluster_t *cluster;

static inline aq_pool_options_t usual_options(void)
{
    return (aq_pool_options_t){
        .size = 2,
        .max_overflow = 2,
        .timeout = 5,
        .recycle = -1,
        .recycle_jitter = 0.1,
        .connect_timeout = 10,
        .query_timeout = 20,
        .grace = 5,
        .close_timeout = 2,
        .pipeline_depth = 128,
        .max_waiters = 10000,
        .statement_cache = 256,
        .retry_limit = 3,
        .sync = AQ_SYNC_TURN,
        .prepare = AQ_PREPARE_AUTO,
    };
}

/* NULL: out of memory. */
static inline aq_pool_t *open_pool_at(const char *uri, const aq_pool_options_t *options)
{
    PQconninfoOption *all = PQconninfoParse(uri, NULL);
    const char *keywords[64], *values[64];
    aq_pool_options_t resolved = options != NULL ? *options : usual_options();
    aq__pool_setup_t setup = {
        .name = "default", .keywords = keywords, .values = values, .options = &resolved};
    aq_pool_t *pool = NULL;
    size_t count = 0;

    for (PQconninfoOption *option = all; option->keyword != NULL; option++) {
        if (option->val == NULL)
            continue;
        keywords[count] = option->keyword;
        values[count++] = option->val;
    }
    keywords[count] = "application_name";
    values[count++] = "pool under test";
    keywords[count] = values[count] = NULL;
    if (aq__pool_create(&pool, loop, &setup) != AQ_OK)
        pool = NULL;
    PQconninfoFree(all);
    return pool;
}

static inline aq_pool_t *open_pool(const aq_pool_options_t *options)
{
    return open_pool_at(cluster_uri(cluster), options);
}

static inline void on_pool_closed(void *data, unsigned forced)
{
    *(int *)data = (int)forced;
}

/* How many units were cut off; -1: it did not close. */
static inline int close_pool(aq_pool_t *pool)
{
    int forced = -1;

    /* Threads that still connect would outlive the pool by a moment, and so would their memory. */
    aq__loop_hold(loop);
    for (int i = 0; i < 1000 && pool->counts[AQ__CONNECTION_CONNECTING] + pool->cancels > 0; i++)
        uv_run(&uv, UV_RUN_ONCE);
    aq__loop_unhold(loop);
    aq__pool_close(pool, on_pool_closed, &forced);
    aq__loop_hold(loop);
    for (int i = 0; i < 100000 && forced < 0; i++)
        uv_run(&uv, UV_RUN_ONCE);
    aq__loop_unhold(loop);
    return forced;
}

/* Waits, and says why when it failed. */
static inline void *value_of(aq_op_t *op)
{
    void *value = aq_wait(op);

    if (value == NULL)
        diag("%s: %s", aq_error_name(aq_op_code(op)),
             aq_op_error(op) != NULL ? aq_op_error(op)->message : aq_last_error()->message);
    return value;
}

/* Runs it; whether it succeeded. */
static inline bool done(aq_op_t *op)
{
    bool good = value_of(op) != NULL;

    aq_op_close(op);
    return good;
}

/* The number in the first cell of what it gives. */
static inline int64_t number_of(aq_op_t *op)
{
    aq_rows_t *rows = value_of(op);
    int64_t number = rows != NULL ? aq_as_int8(aq_cell(rows, 0, 0)) : -1;

    aq_op_close(op);
    return number;
}

static inline int held(aq_pool_t *pool)
{
    aq_pool_stats_t stats;

    aq__pool_get_stats(pool, &stats);
    return stats.held;
}

/* Runs the loop until no connection is held, at most some seconds. */
static inline bool all_given_back(aq_pool_t *pool)
{
    uint64_t until = uv_hrtime() + UINT64_C(8000000000);

    aq__loop_hold(loop);
    while (held(pool) > 0 && uv_hrtime() < until)
        uv_run(&uv, UV_RUN_ONCE);
    aq__loop_unhold(loop);
    return held(pool) == 0;
}

/* Lets the loop run for so long. */
static inline void run_for(uint64_t milliseconds)
{
    aq_op_t *op = aq_sleep(loop, milliseconds);

    aq_wait(op);
    aq_op_close(op);
}

/* Backends of ours that the server is busy with. */
#define BUSY_BACKENDS \
    "select count(*) from pg_stat_activity where application_name = 'pool under test' and state = 'active'"

static inline bool server_rests(void)
{
    return cluster_await_number(cluster, 0, 8000, BUSY_BACKENDS);
}

typedef struct {
    bool (*some)(void);
    size_t failures;
    bool good, clean;
} each_allocation_t;

static inline bool do_without_memory(void *data)
{
    each_allocation_t *each = data;
    size_t n = atomic_load(&allocations.fail_at);

    fail_request(0); /* opening and closing the loop is not what is asked about */
    open_loop();
    fail_request(n);
    each->good = each->some() && atomic_load(&allocations.refused) == 0;
    each->failures += !each->good;
    fail_request(0);
    if (!close_loop()) {
        diag("request %zu", n);
        each->clean = false;
    }
    return each->good;
}

/* Does it again and again, with the first, the second ... allocation failing, until none has to fail any more. `some` makes its own pool, and
 * is true when everything went well. */
static inline void check_each_allocation(const char *name, bool (*some)(void))
{
    each_allocation_t each = {.some = some, .clean = true};

    fail_each_request(do_without_memory, &each, 399);
    ok(each.good, "%s needs some %zu allocations", name, each.failures);
    ok(each.clean, "whichever of them fails, nothing leaks and nothing hangs");
}

#endif
