/* For tests of what stands on a pool's connections for a while: streams, copies, listeners. Their pools have the usual options, and the server is
 * asked what becomes of its backends.
 *
 *     with_usual_pool("errors") {
 *         is_str(failure_of(aq__pool_stream(pool, "select 1/0", NULL)), "AQ_EDATA: division by zero", "its error");
 *         ok(all_given_back() && server_rests(), "nothing goes on");
 *         is_int(close_pool(), 0, "nothing is cut off");
 *     } */
#ifndef AQUIFER_T_LANES_H
#define AQUIFER_T_LANES_H

#include "t/pools.h"

static const aq_pool_options_t usual = {
    .size = 2, .max_overflow = 2, .timeout = 5, .query_timeout = 20, .close_timeout = 2};

/* Makes the pool; the server knows its connections by their name. NULL: the usual options. False: aq_last_error(). */
static inline bool try_pool(const aq_pool_options_t *given)
{
    return make_pool(&pool, uri_with("application_name=pool%20under%20test"), given != NULL ? given : &usual);
}

static inline void open_pool(const aq_pool_options_t *given)
{
    if (!try_pool(given))
        bail_out("%s", aq_last_error()->message);
}

/* A loop and the usual pool on it, which the body closes. */
#define with_usual_pool(...) \
    with_loop(__VA_ARGS__) for (bool opened_ = (open_pool(NULL), true); opened_; opened_ = false)

static inline bool none_connects(void *data)
{
    (void)data;
    return pool->counts[AQ__CONNECTION_CONNECTING] + pool->cancels == 0;
}

/* end_pool(), but first lets threads end, so that with_loop() finds their memory given back. */
static inline int close_pool(void)
{
    await_that(none_connects, NULL, 10000);
    return end_pool();
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

static inline bool none_held(void *data)
{
    (void)data;
    return stats().held == 0;
}

/* Runs the loop until no connection is held, at most some seconds. */
static inline bool all_given_back(void)
{
    return await_that(none_held, NULL, 8000);
}

/* What the server knows of the pool's backends: "select pid " OUR_BACKENDS. */
#define OUR_BACKENDS "from pg_stat_activity where application_name = 'pool under test'"

static inline void terminate_backends(void)
{
    cluster_sql(cluster, "select pg_terminate_backend(pid) " OUR_BACKENDS);
}

static inline bool server_rests(void)
{
    return cluster_await_number(cluster, 0, 8000, "select count(*) " OUR_BACKENDS " and state = 'active'");
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

/* Does it again and again, with the first, the second ... allocation failing, until none has to fail any more. `some` makes its own pool by
 * try_pool(), closes it, and is true when everything went well. */
static inline void check_each_allocation(const char *name, bool (*some)(void))
{
    each_allocation_t each = {.some = some, .clean = true};

    fail_each_request(do_without_memory, &each, 399);
    ok(each.good, "%s needs some %zu allocations", name, each.failures);
    ok(each.clean, "whichever of them fails, nothing leaks and nothing hangs");
}

#endif
