/* Contexts: apps on loops. Each test opens what it needs on a loop of its own and ends with uv_loop_close() == 0. */
#include "cluster.h"
#include "heap.h"
#include "tap.h"

#include <aquifer.h>

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

static cluster_t *cluster;
static char yes[] = "yes";

static aq_app_t *make_app(aq_db_t *db, aq_pool_options_t pool, const aq_bind_config_t *binds,
                          size_t bind_count)
{
    aq_app_t *app = aq_app_create(&(aq_config_t){.database_uri = cluster_uri(cluster),
                                                 .pool = pool,
                                                 .binds = binds,
                                                 .bind_count = bind_count,
                                                 .track_modifications = AQ_ON});

    if (app == NULL)
        bail_out("%s", aq_last_error()->message);
    if (aq_db_init_app(db, app) != AQ_OK)
        bail_out("%s", aq_last_error()->message);
    return app;
}

/* The first cell of what a statement gives, or the text of its error. Allocated. */
static char *ask(aq_context_t *context, const char *bind, const char *sql)
{
    aq_op_t *op = aq_execute(context, bind, sql, NULL);
    aq_rows_t *rows = aq_task_current() != NULL ? aq_await(op) : aq_wait(op);
    const char *text = rows != NULL ? aq_as_text(aq_cell(rows, 0, 0)) : aq_op_error(op)->message;
    char *copy = strdup(text != NULL ? text : "(null)");

    aq_op_close(op);
    return copy;
}

#define is_answer(context, bind, sql, expected, name)  \
    do {                                               \
        char *answer_ = ask((context), (bind), (sql)); \
                                                       \
        is_str(answer_, (expected), "%s", name);       \
        free(answer_);                                 \
    } while (0)

static void close_context(aq_context_t *context)
{
    aq_op_t *op = aq_context_close(context);

    ok(aq_wait(op) != NULL, "the context is closed");
}

/* ---- One context --------------------------------------------------------------------------------------------------------- */

static void test_one(void)
{
    subtest("a context is made, used and closed; then the loop can be closed") {
        uv_loop_t loop;
        aq_db_t *db = aq_db_create();
        aq_app_t *app = make_app(db, (aq_pool_options_t){0}, NULL, 0);
        aq_context_t *context;
        aq_op_t *op;
        char *described;

        uv_loop_init(&loop);
        context = aq_context_create(app, &loop);
        ok(context != NULL, "it is made");
        ok(aq_context_app(context) == app && aq_loop_uv(aq_context_loop(context)) == &loop,
           "it knows its app and loop");
        is_answer(context, NULL, "select 40 + 2", "42", "a statement is answered");
        is_int(aq_context_push(context), AQ_OK, "pushed");
        described = aq_db_describe(db);
        has_str(described, "<Aquifer postgresql://", "the db is described by the current app");
        aq_free(described);
        is_int(aq_context_pop(), AQ_OK, "popped");
        op = aq_context_close(context);
        ok(!aq_op_done(op), "a close is never done inside the call");
        ok(aq_wait(op) == op, "it is waited for");
        is_int(aq_op_code(op), AQ_OK, "it succeeded");
        ok(aq_op_loop(op) == NULL, "its loop is gone");
        is_int(uv_loop_close(&loop), 0, "uv_loop_close() == 0");
        aq_op_close(op);
        aq_app_close(app);
        aq_db_close(db);
    }
    subtest("contexts of an app without a db, or of nothing, are refused") {
        uv_loop_t loop;
        aq_app_t *app =
            aq_app_create(&(aq_config_t){.database_uri = cluster_uri(cluster), .track_modifications = AQ_ON});

        uv_loop_init(&loop);
        ok(aq_context_create(app, &loop) == NULL, "no db");
        is_int(aq_last_error()->code, AQ_ENOTREG, "AQ_ENOTREG");
        is_str(aq_last_error()->message,
               "aq_context_create: this app was not registered: call aq_db_init_app() first",
               "the whole text");
        ok(aq_context_create(NULL, &loop) == NULL && aq_last_error()->code == AQ_EINVAL, "no app");
        is_str(aq_last_error()->message, "aq_context_create: the app is NULL", "the whole text");
        ok(aq_context_create(app, NULL) == NULL && aq_last_error()->code == AQ_EINVAL, "no loop");
        aq_app_close(app);
        is_int(uv_loop_close(&loop), 0, "uv_loop_close() == 0");
    }
    subtest("an app closed before its context stays until the context is closed") {
        uv_loop_t loop;
        aq_db_t *db = aq_db_create();
        aq_app_t *app = make_app(db, (aq_pool_options_t){0}, NULL, 0);
        aq_context_t *context;

        uv_loop_init(&loop);
        context = aq_context_create(app, &loop);
        aq_app_close(app);
        aq_db_close(db);
        is_answer(context, NULL, "select 1", "1", "it works on");
        close_context(context);
        is_int(uv_loop_close(&loop), 0, "uv_loop_close() == 0");
    }
    subtest("a context that never connected is closed as well, and twice is AQ_ECLOSED") {
        uv_loop_t loop;
        aq_db_t *db = aq_db_create();
        aq_app_t *app = make_app(db, (aq_pool_options_t){0}, NULL, 0);
        aq_context_t *context;
        aq_op_t *first, *second, *late;

        uv_loop_init(&loop);
        context = aq_context_create(app, &loop);
        first = aq_context_close(context);
        second = aq_context_close(context);
        late = aq_execute(context, NULL, "select 1", NULL);
        ok(aq_wait(second) == NULL && aq_op_code(second) == AQ_ECLOSED, "the second is AQ_ECLOSED");
        is_str(aq_op_error(second)->message, "aq_context_close: the context is being closed already",
               "the whole text");
        is_int(aq_op_code(late), AQ_ECLOSED, "what comes late is AQ_ECLOSED");
        is_str(aq_op_error(late)->message, "the context is closed", "the whole text");
        ok(aq_wait(first) != NULL, "the first is done");
        is_int(uv_loop_close(&loop), 0, "uv_loop_close() == 0");
        aq_app_close(app);
        aq_db_close(db);
    }
}

/* ---- Callbacks and tasks that close ------------------------------------------------------------------------------------------ */

static void on_closed(aq_op_t *op, void *data)
{
    *(int *)data = aq_op_code(op) == AQ_OK ? 1 : -1;
}

static void *close_from_task(void *data)
{
    return aq_await(aq_context_close(data)) != NULL ? data : NULL;
}

static void *nap_and_close(void *data)
{
    aq_await(aq_sleep(aq_context_loop(data), 20));
    return aq_await(aq_context_close(data)) != NULL ? data : NULL;
}

static void test_closing(void)
{
    subtest("a close with aq_then(), forgotten, or awaited in a task ends uv_run()") {
        for (int way = 0; way < 4; way++) {
            uv_loop_t loop;
            aq_db_t *db = aq_db_create();
            aq_app_t *app = make_app(db, (aq_pool_options_t){0}, NULL, 0);
            aq_context_t *context;
            int closed = 0;

            uv_loop_init(&loop);
            context = aq_context_create(app, &loop);
            if (way % 2 == 0)
                is_answer(context, NULL, "select 1", "1", "connected");
            if (way == 0)
                aq_then(aq_context_close(context), on_closed, &closed);
            else if (way == 1)
                aq_context_close(context);
            else
                aq_then(
                    aq_spawn(aq_context_loop(context), way == 2 ? close_from_task : nap_and_close, context),
                    on_closed, &closed);
            is_int(uv_run(&loop, UV_RUN_DEFAULT), 0, "the loop ends");
            if (way != 1)
                is_int(closed, 1, "the consumer heard of it (way %d)", way);
            is_int(uv_loop_close(&loop), 0, "uv_loop_close() == 0");
            aq_app_close(app);
            aq_db_close(db);
        }
    }
    subtest("closing with work running waits for it; what waits in the queue is AQ_ECLOSED") {
        uv_loop_t loop;
        aq_db_t *db = aq_db_create();
        aq_app_t *app = make_app(db, (aq_pool_options_t){.size = 1, .max_overflow = AQ_ZERO}, NULL, 0);
        aq_context_t *context;
        aq_op_t *lane, *running, *waiting, *closing;
        bool lane_ok;

        uv_loop_init(&loop);
        context = aq_context_create(app, &loop);
        lane = aq_acquire(context, NULL);
        lane_ok = aq_wait(lane) != NULL;
        ok(lane_ok, "a lane takes the only connection");
        running = lane_ok ? aq_lane_execute(aq_op_value(lane), "select pg_sleep(0.3)::text || 'slept'", NULL)
                          : NULL;
        waiting = aq_execute(context, NULL, "select 1", NULL);
        closing = aq_context_close(context);
        ok(aq_wait(waiting) == NULL && aq_op_code(waiting) == AQ_ECLOSED, "what waits is AQ_ECLOSED");
        note("%s", aq_op_error(waiting)->message);
        if (lane_ok)
            aq_release(aq_op_take(lane));
        ok(running != NULL && aq_wait(running) != NULL, "what runs is finished");
        ok(aq_wait(closing) != NULL, "then the context is closed");
        is_int(uv_loop_close(&loop), 0, "uv_loop_close() == 0");
        aq_app_close(app);
        aq_db_close(db);
    }
    subtest("a loop that somebody else keeps open stays open") {
        uv_loop_t loop;
        aq_db_t *db = aq_db_create();
        aq_app_t *app = make_app(db, (aq_pool_options_t){0}, NULL, 0);
        aq_loop_t *kept;
        aq_context_t *context;
        aq_op_t *op;

        uv_loop_init(&loop);
        kept = aq_loop_open(&loop);
        context = aq_context_create(app, &loop);
        is_answer(context, NULL, "select 1", "1", "connected");
        op = aq_context_close(context);
        ok(aq_wait(op) != NULL && aq_op_loop(op) == kept, "the context is closed, the loop is not");
        ok(aq_wait(aq_sleep(kept, 1)) != NULL, "it works on");
        aq_loop_close(kept);
        uv_run(&loop, UV_RUN_DEFAULT);
        ok(aq_op_loop(op) == NULL, "now it is");
        aq_op_close(op);
        is_int(uv_loop_close(&loop), 0, "uv_loop_close() == 0");
        aq_app_close(app);
        aq_db_close(db);
    }
}

/* ---- Several ------------------------------------------------------------------------------------------------------------------- */

static void test_several(void)
{
    cluster_sql(cluster, "create database second");
    subtest("several binds: each statement goes to its own database") {
        char *uri = strdup(cluster_uri(cluster)), *database = strstr(uri, "/postgres?"), second[512];
        uv_loop_t loop;
        aq_db_t *db = aq_db_create();
        aq_bind_config_t binds[] = {{.key = "two"}};
        aq_app_t *app;
        aq_context_t *context;
        aq_text_t json = {0};
        aq_pool_stats_t stats;
        aq_op_t *op;

        note("%s", uri);
        snprintf(second, sizeof(second), "%s%sdbname=second", uri, strchr(uri, '?') != NULL ? "&" : "?");
        (void)database;
        binds[0].uri = second;
        app = make_app(db, (aq_pool_options_t){.size = 2}, binds, 1);
        uv_loop_init(&loop);
        context = aq_context_create(app, &loop);
        is_answer(context, "two", "select current_database()", "second", "the bind");
        is_answer(context, NULL, "select current_database() <> 'second'", "t", "the default");
        op = aq_execute(context, "nope", "select 1", NULL);
        ok(aq_wait(op) == NULL && aq_op_code(op) == AQ_ENOBIND, "an unknown bind is AQ_ENOBIND");
        is_str(aq_op_error(op)->message, "bind 'nope' is not configured: set it in AQUIFER_BINDS",
               "the whole text");
        aq_op_close(op);
        op = aq_send(context, "nope", aq_unit_create());
        is_int(aq_op_code(op), AQ_ENOBIND, "also for a unit, which is closed");
        aq_op_close(op);
        is_int(aq_pool_get_stats(context, "two", &stats), AQ_OK, "statistics");
        ok(stats.size == 2 && stats.open == 1 && stats.units == 1, "of the bind alone");
        is_int(aq_pool_get_stats(context, "nope", &stats), AQ_ENOBIND, "no statistics of an unknown bind");
        aq_pool_stats_json(context, &json);
        {
            json_t *parsed = json_loads(aq_text_string(&json), 0, NULL);

            is_int(json_object_size(parsed), 2, "as JSON: both");
            is_int(json_integer_value(json_object_get(json_object_get(parsed, "default"), "units")), 1,
                   "the default one");
            is_int(json_integer_value(json_object_get(json_object_get(parsed, "two"), "open")), 1,
                   "and the other");
            json_decref(parsed);
        }
        aq_text_dispose(&json);
        close_context(context);
        is_int(uv_loop_close(&loop), 0, "uv_loop_close() == 0");
        aq_app_close(app);
        aq_db_close(db);
        free(uri);
    }
    subtest("several apps on one db and one loop have pools of their own") {
        uv_loop_t loop;
        aq_db_t *db = aq_db_create();
        aq_app_t *one = make_app(db, (aq_pool_options_t){.size = 1}, NULL, 0);
        aq_app_t *two = make_app(db, (aq_pool_options_t){.size = 2}, NULL, 0);
        aq_context_t *first, *second;
        aq_pool_stats_t stats;
        char *pid, *other;

        is_int(aq_db_init_app(db, one), AQ_EEXIST, "one db per app: twice is AQ_EEXIST");
        uv_loop_init(&loop);
        first = aq_context_create(one, &loop);
        second = aq_context_create(two, &loop);
        ok(aq_context_loop(first) == aq_context_loop(second), "one loop");
        pid = ask(first, NULL, "select pg_backend_pid()");
        other = ask(second, NULL, "select pg_backend_pid()");
        ok(strcmp(pid, other) != 0, "two connections");
        free(pid);
        free(other);
        aq_pool_get_stats(second, NULL, &stats);
        is_int(stats.size, 2, "each with its own options");
        close_context(first);
        is_answer(second, NULL, "select 1", "1", "the second works on");
        close_context(second);
        is_int(uv_loop_close(&loop), 0, "uv_loop_close() == 0");
        aq_app_close(one);
        aq_app_close(two);
        aq_db_close(db);
    }
}

/* ---- The current context -------------------------------------------------------------------------------------------------------- */

static aq_context_t *contexts[2];

static void *inherits(void *data)
{
    aq_await(aq_sleep(aq_context_loop(data), 5)); /* others run meanwhile */
    return aq_context_current() == data ? yes : NULL;
}

static void *pushes(void *data)
{
    aq_context_t *mine = data, *other = mine == contexts[0] ? contexts[1] : contexts[0];
    aq_op_t *child;
    bool right = aq_context_current() == contexts[0];

    aq_context_push(other);
    child = aq_spawn(aq_context_loop(mine), inherits, other);
    aq_await(aq_sleep(aq_context_loop(mine), 3));
    right = right && aq_context_current() == other;
    aq_context_pop();
    right = right && aq_context_current() == contexts[0] && aq_context_pop() == AQ_EINVAL;
    aq_context_push(other); /* never popped: it goes with the task */
    return aq_await(child) != NULL && right ? yes : NULL;
}

static void *uses_current(void *data)
{
    aq_op_t *op = aq_execute(NULL, NULL, "select 7", NULL);
    aq_rows_t *rows = aq_await(op);

    (void)data;
    return rows != NULL && aq_as_int4(aq_cell(rows, 0, 0)) == 7 ? yes : NULL;
}

static void *without_app(void *data)
{
    aq_op_t *op = aq_execute(NULL, NULL, "select 7", NULL);

    return aq_await(op) == NULL && aq_op_code(op) == AQ_ENOAPP ? data : NULL;
}

static void test_current(void)
{
    uv_loop_t loop;
    aq_db_t *db = aq_db_create();
    aq_app_t *app = make_app(db, (aq_pool_options_t){0}, NULL, 0);
    aq_op_t *op, *ops[3];

    uv_loop_init(&loop);
    contexts[0] = aq_context_create(app, &loop);
    contexts[1] = aq_context_create(app, &loop);
    subtest("contexts are pushed and popped, nested") {
        ok(aq_context_current() == NULL && aq_last_error()->code == AQ_ENOAPP, "none");
        aq_context_push(contexts[0]);
        aq_context_push(contexts[1]);
        ok(aq_context_current() == contexts[1], "the second");
        is_answer(NULL, NULL, "select 1", "1", "NULL stands for it");
        aq_context_pop();
        ok(aq_context_current() == contexts[0], "the first again");
        aq_context_pop();
        ok(aq_context_current() == NULL, "none again");
        is_int(aq_context_pop(), AQ_EINVAL, "nothing to pop");
        is_int(aq_context_push(NULL), AQ_EINVAL, "nothing to push");
    }
    subtest("without a context an op fails with AQ_ENOAPP, wherever it is made") {
        op = aq_execute(NULL, NULL, "select 1", NULL);
        ok(op != NULL && aq_wait(op) == NULL, "outside a task");
        is_int(aq_op_code(op), AQ_ENOAPP, "AQ_ENOAPP");
        is_str(aq_op_error(op)->message,
               "no application found: either work inside a request or push a context (aq_context_push)",
               "the whole text");
        is_int(aq_then(op, on_closed, NULL), AQ_ENOAPP, "no loop could call back: aq_then() says so at once");
        aq_op_close(op);
        op = aq_spawn(aq_context_loop(contexts[0]), without_app, contexts[0]);
        ok(aq_wait(op) != NULL, "inside a task");
        aq_op_close(op);
    }
    subtest("a task inherits the context of where it was spawned, and its pushes are its own") {
        aq_context_push(contexts[0]);
        ops[0] = aq_spawn(aq_context_loop(contexts[0]), pushes, contexts[0]);
        ops[1] = aq_spawn(aq_context_loop(contexts[0]), inherits, contexts[0]);
        ops[2] = aq_spawn(aq_context_loop(contexts[0]), uses_current, NULL);
        aq_context_pop();
        for (int i = 0; i < 3; i++) {
            ok(aq_wait(ops[i]) != NULL, "task %d saw the right one throughout", i);
            aq_op_close(ops[i]);
        }
        ok(aq_context_current() == NULL, "and left nothing behind");
    }
    subtest("a context that was closed is not current any more") {
        aq_context_push(contexts[1]);
        close_context(contexts[1]);
        ok(aq_context_current() == NULL && aq_last_error()->code == AQ_ENOAPP, "it is AQ_ENOAPP");
        aq_context_pop();
    }
    close_context(contexts[0]);
    is_int(uv_loop_close(&loop), 0, "uv_loop_close() == 0");
    aq_app_close(app);
    aq_db_close(db);
}

/* ---- Two loops in two threads ------------------------------------------------------------------------------------------------------ */

typedef struct {
    aq_app_t *app;
    long sum;
    int closed;
} work_t;

static void *work(void *data)
{
    work_t *mine = data;
    uv_loop_t loop;
    aq_context_t *context;

    uv_loop_init(&loop);
    context = aq_context_create(mine->app, &loop);
    if (context != NULL) {
        aq_context_push(context);
        for (int i = 1; i <= 100; i++) {
            aq_op_t *op = aq_execute(NULL, NULL, "select $1::int4", aq_args(aq_int4(i)));
            aq_rows_t *rows = aq_wait(op);

            mine->sum += rows != NULL ? aq_as_int4(aq_cell(rows, 0, 0)) : -1000000;
            aq_op_close(op);
        }
        aq_context_pop();
        mine->closed = aq_wait(aq_context_close(context)) != NULL;
    }
    mine->closed = mine->closed && uv_loop_close(&loop) == 0;
    return NULL;
}

static void test_threads(void)
{
    subtest("one app on two loops in two threads") {
        aq_db_t *db = aq_db_create();
        aq_app_t *app = make_app(db, (aq_pool_options_t){0}, NULL, 0);
        work_t works[2] = {{.app = app}, {.app = app}};
        pthread_t threads[2];

        for (int i = 0; i < 2; i++)
            pthread_create(&threads[i], NULL, work, &works[i]);
        for (int i = 0; i < 2; i++) {
            pthread_join(threads[i], NULL);
            is_int(works[i].sum, 5050, "thread %d had all its answers", i);
            ok(works[i].closed, "and closed its loop");
        }
        aq_app_close(app);
        aq_db_close(db);
    }
}

/* ---- Out of memory --------------------------------------------------------------------------------------------------------- */

typedef struct {
    aq_app_t *app;
    size_t outside; /* blocks of the app */
    size_t made, wrong, open, leaks;
    bool last_made;
} attempt_t;

/* Makes a context one allocation of which fails, uses it if there is one, closes it. True: 20 were made, so that those of its use and of its
 * end have failed too. */
static bool try_context(void *data)
{
    attempt_t *attempt = data;
    aq_context_t *context;
    uv_loop_t loop;

    uv_loop_init(&loop);
    context = aq_context_create(attempt->app, &loop);
    attempt->last_made = context != NULL;
    if (context == NULL) {
        attempt->wrong += aq_last_error()->code != AQ_ENOMEM;
    } else {
        attempt->made++;
        attempt->wrong += aq_context_push(context) != AQ_OK && aq_last_error()->code != AQ_ENOMEM;
        aq_context_pop();
        aq_context_close(context);
    }
    fail_request(0);
    uv_run(&loop, UV_RUN_DEFAULT);
    attempt->open += uv_loop_close(&loop) != 0;
    attempt->leaks += allocations.blocks != attempt->outside;
    return attempt->made == 20;
}

static void test_memory(void)
{
    subtest("whichever allocation fails, a context is made or refused, and nothing is left") {
        attempt_t attempt = {0};
        uv_loop_t first;
        aq_db_t *db;
        size_t tries;

        aq_set_allocator(counting_allocator, NULL);
        allocations.fail_rest = true;
        db = aq_db_create();
        attempt.app = make_app(db, (aq_pool_options_t){0}, NULL, 0);
        uv_loop_init(&first);
        aq_context_close(
            aq_context_create(attempt.app, &first)); /* the first leaves what it has made to the db */
        uv_run(&first, UV_RUN_DEFAULT);
        uv_loop_close(&first);
        attempt.outside = allocations.blocks;
        tries = fail_each_request(try_context, &attempt, 1000);
        ok(attempt.last_made && tries > 22, "%zu tries", tries);
        is_int(attempt.wrong, 0, "what was refused is AQ_ENOMEM");
        is_int(attempt.open, 0, "every loop could be closed");
        is_int(attempt.leaks, 0, "nothing is left behind");
        aq_app_close(attempt.app);
        aq_db_close(db);
        is_int(allocations.blocks, 0, "nor is there at the end");
        aq_set_allocator(NULL, NULL);
    }
}

/* ---- Models ---------------------------------------------------------------------------------------------------------------- */

typedef struct Note {
    aq_object_t object;
    int32_t id;
    int32_t author_id;
} Note;
static const aq_column_t note_columns[] = {AQ_INT4(Note, id, .primary_key = true)};
static const aq_column_t lost_columns[] = {
    AQ_INT4(Note, id, .primary_key = true),
    AQ_INT4(Note, author_id, .references = "nobody.id"),
};
static const aq_column_t tags_columns[] = {AQ_COLUMN(INT4, "id", .primary_key = true)};
AQ_MODEL(Note, note_columns, AQ_NONE);
AQ_TABLE(tags, tags_columns);

static void keep_log(void *data, aq_log_level_t level, const char *message)
{
    aq_text_appendf(data, "%d %s\n", (int)level, message);
}

static void test_models(void)
{
    aq_db_t *db = aq_db_create();
    aq_app_t *app = make_app(db, (aq_pool_options_t){0}, NULL, 0);
    aq_text_t log = {0}, expected = {0};
    aq_context_t *context;
    uv_loop_t loop;

    uv_loop_init(&loop);
    is_int(aq_db_set_schema_options(db, &(aq_schema_options_t){.schema = "notes"}), AQ_OK,
           "a db has schema options");
    is_int(aq_db_model(db, Note), AQ_OK, "and takes models");
    is_int(aq_db_model(db, Note), AQ_OK, "one may be added twice");
    is_int(aq_db_table(db, tags), AQ_OK, "and tables");
    is_int(aq_db_set_schema_options(db, &(aq_schema_options_t){0}), AQ_EINVAL, "options come first");
    is_int(aq_db_add_model(NULL, &Note_model), AQ_EINVAL, "no db");
    is_str(aq_last_error()->message, "aq_db_add_model: the db is NULL", "is told");
    is_int(aq_db_add_model(db, NULL), AQ_EINVAL, "no model");
    is_str(aq_last_error()->message, "aq_db_add_model: the model is NULL", "is told");
    is_int(aq_db_add_table(db, NULL), AQ_EINVAL, "no table");
    is_str(aq_last_error()->message, "aq_db_add_table: the table is NULL", "is told");
    is_int(aq_db_add_sequence(db, NULL), AQ_EINVAL, "no sequence");
    is_str(aq_last_error()->message, "aq_db_add_sequence: the sequence is NULL", "is told");
    is_int(aq_db_add_enum(db, NULL, NULL), AQ_EINVAL, "no enum");
    is_str(aq_last_error()->message, "aq_db_add_enum: the enum is NULL", "is told");
    is_int(aq_db_set_schema_options(db, NULL), AQ_EINVAL, "no options");
    is_str(aq_last_error()->message, "aq_db_set_schema_options: the options are NULL", "is told");
    is_int(aq_db_seal(NULL), AQ_EINVAL, "no db to seal");
    is_str(aq_last_error()->message, "aq_db_seal: the db is NULL", "is told");
    context = aq_context_create(app, &loop);
    ok(context != NULL, "the first context seals the db");
    is_int(aq_db_table(db, tags), AQ_EINVAL, "which takes nothing from then on");
    is_int(aq_db_seal(db), AQ_OK, "it may be sealed again");
    close_context(context);
    aq_app_close(app);
    aq_db_close(db);

    aq_model_t lost = Note_model;
    lost.columns = lost_columns;
    lost.column_count = 2;
    db = aq_db_create();
    app = make_app(db, (aq_pool_options_t){0}, NULL, 0);
    aq_set_log(keep_log, &log, AQ_LOG_ERROR);
    is_int(aq_db_add_model(db, &lost), AQ_OK, "what only the seal can see");
    ok(aq_context_create(app, &loop) == NULL, "makes no context");
    is_int(aq_last_error()->code, AQ_EMAPPING, "but AQ_EMAPPING");
    aq_text_appendf(
        &expected,
        "3 %s:%d: note.author_id: its foreign key refers to 'nobody.id', but there is no table 'nobody'\n",
        Note_model.file, lost_columns[1].line);
    ok(aq_context_create(app, &loop) == NULL, "nor later");
    is_text(aq_text_string(&log), aq_text_string(&expected), "and the log has what is wrong, once");
    aq_set_log(NULL, NULL, AQ_LOG_WARNING);
    aq_text_dispose(&log);
    aq_text_dispose(&expected);
    aq_app_close(app);
    aq_db_close(db);
    ok(uv_loop_close(&loop) == 0, "the loop is closed");
}

int main(void)
{
    uv_loop_t first;

    uv_loop_init(&first); /* the first loop of a process opens descriptors that libuv keeps */
    uv_loop_close(&first);
    tap_descriptors_expected(tap_descriptors());
    cluster = cluster_start(NULL);
    test_memory();
    test_one();
    test_closing();
    test_several();
    test_current();
    test_threads();
    test_models();
    cluster_close(cluster);
    return tap_done();
}
