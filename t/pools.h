/* For tests of pools from below the context: a pool on the throwaway cluster and on a loop of its own (t/loops.h), which counts allocations
 * (t/heap.h). What its ops come to is told by t/outcomes.h.
 *
 *     with_pool("what is promised", .size = 1, .timeout = 0.2) {
 *         is_str(outcome(aq__pool_execute(pool, "select 1, 'x'", NULL)), "1,x", "its row");
 *     }                                          asserts that the loop closes and that all memory came back
 *
 * Options are those of aq_pool_options_t, zero being the default. A program that hangs is ended by SIGALRM. */
#ifndef AQUIFER_T_POOLS_H
#define AQUIFER_T_POOLS_H

#include <poll.h>
#include <unistd.h>

#include "src/app/app.h"
#include "src/wire/pool-private.h"
#include "t/cluster.h"
#include "t/loops.h"
#include "t/outcomes.h"

static cluster_t *cluster;
static aq_pool_t *pool;

/* One pass over the loop that waits up to 2 ms for something to happen. */
static inline void step(void)
{
    struct pollfd events = {.fd = uv_backend_fd(&uv), .events = POLLIN};

    poll(&events, 1, 2);
    uv_run(&uv, UV_RUN_NOWAIT);
}

/* ---- The pool ------------------------------------------------------------------------------------------------- */

/* Makes a pool of the URI on the loop; false: aq_last_error(). */
static inline bool make_pool(aq_pool_t **made, const char *uri, const aq_pool_options_t *given)
{
    PQconninfoOption *all = PQconninfoParse(uri, NULL);
    const char *keywords[64], *values[64];
    aq_pool_options_t options;
    aq__pool_setup_t setup = {.name = "default", .keywords = keywords, .values = values, .options = &options};
    size_t count = 0;
    bool good;

    if (aq__options_merge(&options, given, given) != AQ_OK)
        bail_out("%s", aq_last_error()->message);
    for (PQconninfoOption *option = all; option->keyword != NULL; option++) {
        keywords[count] = option->keyword;
        values[count++] = option->val;
    }
    keywords[count] = values[count] = NULL;
    good = aq__pool_create(made, loop, &setup) == AQ_OK;
    PQconninfoFree(all);
    return good;
}

/* The cluster's URI with one more parameter, such as "dbname=nope", which takes precedence. Valid until the next. */
static inline const char *uri_with(const char *parameter)
{
    static char text[1024];
    const char *uri = cluster_uri(cluster);

    snprintf(text, sizeof text, "%s%c%s", uri, strchr(uri, '?') != NULL ? '&' : '?', parameter);
    return text;
}

static inline void on_pool_closed(void *data, unsigned forced)
{
    *(int *)data = (int)forced;
    aq__loop_unhold(loop);
}

/* Closes the pool: how many units were cut off; -1: it takes longer than its close_timeout allows. */
static inline int end_pool(void)
{
    double end = now_ms() + pool->options.close_timeout * 1000.0 + 3000;
    static int forced;

    forced = -1;
    aq__loop_hold(loop);
    aq__pool_close(pool, on_pool_closed, &forced);
    while (forced < 0 && now_ms() < end)
        uv_run(&uv, UV_RUN_ONCE);
    pool = NULL;
    return forced;
}

/* close_loop() for a loop that pools were on: a thread that connects or cancels may outlive its pool by a moment, and so does its memory. */
static inline bool close_pool_loop(void)
{
    bool ended = end_loop();

    for (int i = 0; i < 3000 && atomic_load(&allocations.blocks) != 0; i++)
        usleep(1000);
    return all_memory_is_back() && ended;
}

static inline bool open_pool_and_loop(const char *uri, const aq_pool_options_t *given)
{
    open_loop();
    if (!make_pool(&pool, uri, given))
        bail_out("%s", aq_last_error()->message);
    return true;
}

static inline bool close_pool_and_loop(void)
{
    bool closed = pool == NULL || end_pool() >= 0;

    if (!closed)
        diag("the pool did not close in time");
    return close_pool_loop() && closed;
}

#define with_pool_at(uri, name, ...)                                                         \
    subtest("%s", name)                                                                      \
        for (bool once_ = open_pool_and_loop(uri, &(aq_pool_options_t){__VA_ARGS__}); once_; \
             once_ = false, ok(close_pool_and_loop(), "the pool and its loop close, nothing is left"))
#define with_pool(name, ...) with_pool_at(cluster_uri(cluster), name, __VA_ARGS__)

/* ---- What the pool does ---------------------------------------------------------------------------------------------------- */

/* Waits for a lane, which the caller releases; NULL after a failed assertion. */
static inline aq_lane_t *acquire(void)
{
    aq_op_t *op = aq__pool_acquire(pool);
    aq_lane_t *lane = aq_wait(op);

    if (lane == NULL)
        fail("a lane is given: %s", outcome_of(op));
    aq_op_take(op);
    aq_op_close(op);
    return lane;
}

static inline aq_pool_stats_t stats(void)
{
    aq_pool_stats_t now;

    aq__pool_get_stats(pool, &now);
    return now;
}

/* Opens all connections that the shared lane may have, and leaves them idle. */
static inline void warm_up(int connections)
{
    aq_lane_t *lanes[64];

    for (int i = 0; i < connections; i++)
        lanes[i] = acquire();
    for (int i = 0; i < connections; i++)
        aq_release(lanes[i]);
    turn();
}

static inline void drop_log(void *data, aq_log_level_t level, const char *message)
{
    (void)data, (void)level, (void)message;
}

/* First of all in main(). */
static inline void init_pools(const char *cluster_options)
{
    alarm(120);
    aq_set_log(drop_log, NULL, AQ_LOG_ERROR);
    init_loops();
    cluster = cluster_start(cluster_options);
}

static inline int done_pools(void)
{
    cluster_close(cluster);
    return tap_done();
}

#endif
