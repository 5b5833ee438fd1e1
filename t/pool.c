/* The pool and its connections, from below the context: what a program relies on when it sends units. */
#include <stdio.h>
#include <string.h>
#include <uv.h>

#include "src/wire/pool-private.h"
#include "t/cluster.h"
#include "t/tap.h"

static cluster_t *cluster;
static uv_loop_t uv;
static aq_loop_t *loop;

static aq_pool_options_t usual(void)
{
    return (aq_pool_options_t){
        .size = 5,
        .max_overflow = 10,
        .timeout = 5,
        .recycle = -1,
        .recycle_jitter = 0.1,
        .connect_timeout = 10,
        .query_timeout = 60,
        .grace = 2,
        .close_timeout = 2,
        .pipeline_depth = 128,
        .max_waiters = 10000,
        .statement_cache = 256,
        .retry_limit = 3,
        .sync = AQ_SYNC_TURN,
        .prepare = AQ_PREPARE_AUTO,
    };
}

static aq_pool_t *make_pool(const aq_pool_options_t *options)
{
    PQconninfoOption *all = PQconninfoParse(cluster_uri(cluster), NULL);
    const char *keywords[64], *values[64];
    aq__pool_setup_t setup = {.name = "default", .keywords = keywords, .values = values, .options = options};
    aq_pool_t *pool = NULL;
    size_t count = 0;

    for (PQconninfoOption *option = all; option->keyword != NULL; option++) {
        keywords[count] = option->keyword;
        values[count++] = option->val;
    }
    keywords[count] = values[count] = NULL;
    is_int(aq__pool_create(&pool, loop, &setup), AQ_OK, "a pool is made");
    PQconninfoFree(all);
    return pool;
}

static void on_closed(void *data, unsigned forced)
{
    (void)forced;
    *(bool *)data = true;
}

static void close_pool(aq_pool_t *pool)
{
    bool closed = false;

    aq__pool_close(pool, on_closed, &closed);
    for (int i = 0; i < 1000 && !closed; i++) {
        aq__loop_hold(loop);
        uv_run(&uv, UV_RUN_ONCE);
        aq__loop_unhold(loop);
    }
    ok(closed, "the pool is closed");
}

static void check_first_query(void)
{
    aq_pool_options_t options = usual();
    aq_pool_t *pool = make_pool(&options);

    for (int i = 0; i < 5; i++) {
        aq_op_t *op = aq__pool_execute(pool, "select $1::int4 + 1 as sum, 'x' as x", aq_args(aq_int4(41)));
        aq_rows_t *rows = aq_wait(op);

        if (!ok(rows != NULL, "a statement gives rows"))
            diag("%s", aq_op_error(op) != NULL ? aq_op_error(op)->message : "no error");
        if (rows != NULL) {
            is_int(aq_as_int4(aq_cell(rows, 0, 0)), 42, "its value, round %d", i);
            is_str(aq_as_text(aq_cell_named(rows, 0, "x")), "x", "its text");
        }
        aq_op_close(op);
    }
    {
        aq_op_t *op = aq__pool_execute(pool, "select 1/0", NULL);

        ok(aq_wait(op) == NULL, "an error fails the op");
        is_str(aq_op_error(op)->message, "division by zero", "with the server's text");
        is_str(aq_op_error(op)->sqlstate, "22012", "and its SQLSTATE");
        aq_op_close(op);
    }
    close_pool(pool);
}

/* A unit that could not be made is refused wherever it goes, so that nobody has to look at each step. */
static void check_no_unit(void)
{
    aq_pool_options_t options = usual();
    aq_pool_t *pool = make_pool(&options);
    aq_op_t *op = aq__pool_send(pool, NULL);

    is_int(aq_unit_add(NULL, "select 1", NULL), AQ_EINVAL, "nothing is added to no unit");
    is_str(aq_last_error()->message, "unit: there is none (NULL)", "and the error says so");
    ok(aq_wait(op) == NULL, "no unit is not sent");
    is_str(aq_op_error(op)->message, "bind 'default': send: no unit (NULL)", "and the op says so");
    aq_op_close(op);
    close_pool(pool);
}

static void check_many(void)
{
    aq_pool_options_t options = usual();
    aq_pool_t *pool;
    aq_op_t *ops[1000];
    int good = 0;

    options.size = 4;
    pool = make_pool(&options);
    for (int i = 0; i < 1000; i++)
        ops[i] = aq__pool_read(pool, "select $1::int4", aq_args(aq_int4(i)));
    for (int i = 0; i < 1000; i++) {
        aq_rows_t *rows = aq_wait(ops[i]);

        good += rows != NULL && aq_as_int4(aq_cell(rows, 0, 0)) == i;
        aq_op_close(ops[i]);
    }
    is_int(good, 1000, "1000 reads in flight, each with its own rows");
    close_pool(pool);
}

int main(void)
{
    cluster = cluster_start(NULL);
    uv_loop_init(&uv);
    loop = aq_loop_open(&uv);
    check_first_query();
    check_no_unit();
    check_many();
    aq_loop_close(loop);
    uv_run(&uv, UV_RUN_DEFAULT);
    is_int(uv_loop_close(&uv), 0, "the loop has nothing left");
    cluster_close(cluster);
    uv_library_shutdown();
    return tap_done();
}
