/* aq_create_all(), aq_drop_all(), aq_diff() and aq_reflect() where life is not plain: search paths, temporary tables, roles and their settings, others
 * who make the same tables by hand, a standby, a pooler, pools of one connection, several apps and threads. */
#include "tap.h"

#include "src/base/base.h"
#include "t/cluster.h"
#include "t/loops.h"
#include "t/outcomes.h"

#include <aquifer.h>
#include <poll.h>
#include <pthread.h>
#include <unistd.h>

static cluster_t *cluster;

/* ---- Worlds: a db, an app, a context -------------------------------------------------------------------------------------------- */

typedef struct world {
    aq_db_t *db;
    aq_app_t *app;
    aq_context_t *context;
} world_t;

static const aq_pool_options_t usual_pool = {.size = 2, .close_timeout = 0.3, .grace = 0.3};

#define ID AQ_COLUMN(INT4, "id", .primary_key = true)

static const aq_column_t kind_columns[] = {ID, AQ_COLUMN(VARCHAR, "name", .length = 50, .index = true)};
AQ_TABLE(kind, kind_columns, .comment = "what things are");
static const aq_column_t thing_columns[] = {ID, AQ_COLUMN(INT4, "kind_id", .references = "kind.id")};
AQ_TABLE(thing, thing_columns);
static const aq_column_t other_columns[] = {ID};
AQ_TABLE(other, other_columns, .bind = "two");

static aq_db_t *make_db(void)
{
    aq_db_t *db = aq_db_create();

    if (aq_db_table(db, thing) != AQ_OK || aq_db_table(db, kind) != AQ_OK || aq_db_table(db, other) != AQ_OK)
        bail_out("%s", aq_last_error()->message);
    return db;
}

/* Of a db, which stays the caller's. Bind "two" is another database of the cluster, or `two`. */
static world_t world_of(aq_db_t *db, uv_loop_t *on, const char *uri, const char *two,
                        const aq_pool_options_t *pool)
{
    const aq_bind_config_t binds[] = {{.key = "two", .uri = two}};
    world_t made = {.app = aq_app_create(&(aq_config_t){.database_uri = uri,
                                                        .binds = binds,
                                                        .bind_count = 1,
                                                        .pool = *pool,
                                                        .track_modifications = AQ_ON})};

    if (made.app == NULL || aq_db_init_app(db, made.app) != AQ_OK ||
        (made.context = aq_context_create(made.app, on)) == NULL)
        bail_out("%s", aq_last_error()->message);
    return made;
}

static void close_world(world_t *old)
{
    aq_op_t *op = aq_context_close(old->context);

    aq_wait(op);
    aq_op_close(op);
    aq_app_close(old->app);
    aq_db_close(old->db);
}

static world_t world;
static char *two_uri;

/* The URI with one more parameter. Valid until the next. */
static const char *uri_with(const char *uri, const char *parameter)
{
    static char text[1024];

    snprintf(text, sizeof(text), "%s%c%s", uri, strchr(uri, '?') != NULL ? '&' : '?', parameter);
    return text;
}

static bool open_at(const char *uri, const aq_pool_options_t *pool)
{
    aq_db_t *db = make_db();

    uv_loop_init(&uv);
    world = world_of(db, &uv, uri, two_uri, pool);
    world.db = db;
    return true;
}

static void clean(void)
{
    cluster_sql(cluster, "drop schema public cascade; create schema public;"
                         " drop schema if exists blog cascade");
}

/* A thread that connects or cancels may outlive its pool by a moment, and so does its memory. */
static bool close_and_look(void)
{
    int closed;

    if (world.context != NULL)
        close_world(&world);
    uv_run(&uv, UV_RUN_DEFAULT);
    closed = uv_loop_close(&uv);
    for (int i = 0; i < 3000 && atomic_load(&allocations.blocks) != 0; i++)
        usleep(1000);
    clean();
    return all_memory_is_back() && closed == 0;
}

#define with_world_at(uri, pool, ...)                \
    subtest(__VA_ARGS__)                             \
        for (bool once_ = open_at(uri, pool); once_; \
             once_ = false, ok(close_and_look(), "everything closes, nothing is left"))
#define with_parameter(parameter, ...) \
    with_world_at(uri_with(cluster_uri(cluster), parameter), &usual_pool, __VA_ARGS__)
#define with_world(...) with_world_at(cluster_uri(cluster), &usual_pool, __VA_ARGS__)

#define DEFAULT aq_binds(NULL)
#define is_done(op, name) is_str(failure_of(op), "it succeeded", "%s", name)

/* The tables of the schemas that are used here: "blog.kind public.kind". */
static const char *tables(void)
{
    static char text[512];
    char *value =
        cluster_value(cluster, "select coalesce(string_agg(schemaname || '.' || tablename, ' '"
                               " order by schemaname, tablename), '') from pg_tables"
                               " where schemaname !~ '^pg_' and schemaname <> 'information_schema'");

    snprintf(text, sizeof(text), "%s", value);
    free(value);
    return text;
}

/* Everything about the op but its success: how many differences there are. */
static long differences(void)
{
    aq_op_t *op = aq_diff(world.context, NULL);
    const aq_diff_t *diff = aq_wait(op);
    long count = diff != NULL ? (long)diff->count : -1;

    for (size_t i = 0; diff != NULL && i < diff->count; i++)
        diag("%s: %s", aq_difference_kind_text(diff->items[i].kind), diff->items[i].text);
    if (diff == NULL)
        diag("%s", aq_op_error(op)->message);
    aq_op_close(op);
    return count;
}

static aq_lane_t *acquire(void)
{
    aq_op_t *op = aq_acquire(world.context, NULL);
    aq_lane_t *lane = aq_wait(op);

    if (lane == NULL)
        bail_out("%s", aq_op_error(op)->message);
    aq_op_take(op);
    aq_op_close(op);
    return lane;
}

static bool is_waiting(void *data)
{
    (void)data;
    return cluster_number(cluster, "select count(*) from pg_stat_activity where wait_event_type = 'Lock'") >
           0;
}

/* ---- Search paths -------------------------------------------------------------------------------------------------------------------- */

static void test_search_paths(void)
{
    with_parameter("options=-csearch_path%3Dblog%2Cpublic", "a table counts where it would be made")
    {
        cluster_sql(cluster, "create schema blog; create table public.kind (id int primary key, mine text)");
        is_done(aq_create_all(world.context, DEFAULT), "create_all");
        is_str(tables(), "blog.kind blog.thing public.kind", "it is in the first schema of the search path");
        is_int(differences(), 0, "where aq_diff looks too");
        is_done(aq_create_all(world.context, DEFAULT), "create_all again");
        is_done(aq_drop_all(world.context, DEFAULT), "drop_all");
        is_str(tables(), "public.kind", "what another schema has under that name is not ours");
        is_done(aq_drop_all(world.context, DEFAULT), "drop_all again");
        is_str(tables(), "public.kind", "nor when ours are gone");
    }
    with_world("the role's own schema, once it is there")
    {
        char *role = cluster_value(cluster, "select current_user"), expected[256];

        cluster_sql(cluster, "create schema %s", role);
        is_done(aq_create_all(world.context, DEFAULT), "create_all");
        snprintf(expected, sizeof(expected), "%s.kind %s.thing", role, role);
        is_str(tables(), expected, "is the first of \"$user\", public");
        is_int(differences(), 0, "without a difference");
        is_done(aq_drop_all(world.context, DEFAULT), "drop_all");
        is_str(tables(), "", "drops them");
        cluster_sql(cluster, "drop schema %s", role);
        free(role);
    }
    with_parameter("options=-csearch_path%3Dnope", "a search path without a schema")
    {
        aq_op_t *op = aq_create_all(world.context, DEFAULT);

        aq_wait(op);
        has_str(aq_op_error(op)->statement, "CREATE TABLE kind (", "its statement");
        is_str(failure_of(op),
               "AQ_EUNDEFINED: bind 'default': create_all: no schema has been selected to create in",
               "create_all: the whole text");
        is_done(aq_drop_all(world.context, DEFAULT), "drop_all has nothing to do");
    }
    with_parameter("options=-csearch_path%3D", "an empty search path")
        is_str(failure_of(aq_create_all(world.context, DEFAULT)),
               "AQ_EUNDEFINED: bind 'default': create_all: no schema has been selected to create in",
               "create_all: the whole text");
}

static const aq_pool_options_t pool_of_one = {
    .size = 1, .max_overflow = AQ_ZERO, .close_timeout = 0.3, .grace = 0.3};
static const aq_pool_options_t impatient_pool_of_one = {
    .size = 1, .max_overflow = AQ_ZERO, .timeout = 0.3, .close_timeout = 0.3, .grace = 0.3};

/* The one connection has temporary tables of the same names. */
static void test_temporary_tables(void)
{
    with_world_at(cluster_uri(cluster), &pool_of_one, "temporary tables are not meant, and not in the way")
    {
        is_str(outcome(aq_execute(world.context, NULL, "create temp table kind (mine text)", NULL)), "",
               "the connection has one");
        is_done(aq_create_all(world.context, DEFAULT), "create_all");
        is_str(tables(), "public.kind public.thing", "makes lasting ones");
        is_int(cluster_number(cluster, "select count(*) from pg_indexes where schemaname = 'public'"), 3,
               "with their indexes");
        is_str(
            outcome(aq_execute(world.context, NULL, "select obj_description('public.kind'::regclass)", NULL)),
            "what things are", "and comments");
        is_int(differences(), 0, "there is no difference");
        is_done(aq_drop_all(world.context, DEFAULT), "drop_all");
        is_str(tables(), "", "drops these");
        is_str(outcome(aq_execute(world.context, NULL,
                                  "select to_regclass('pg_temp.kind') is not null,"
                                  " current_setting('search_path')",
                                  NULL)),
               "t,\"$user\", public", "the temporary one stays, and so does the search path");
    }
}

/* ---- Roles ------------------------------------------------------------------------------------------------------------------------------ */

static void test_roles(void)
{
    cluster_sql(cluster, "drop role if exists guest; create role guest login");
    with_parameter("user=guest", "a role that may not create")
    {
        cluster_sql(cluster, "grant usage on schema public to guest");
        is_str(failure_of(aq_create_all(world.context, DEFAULT)),
               "AQ_EPERMISSION: bind 'default': create_all: permission denied for schema public",
               "create_all: the whole text");
        cluster_sql(cluster, "create table kind (id int primary key); create table thing (id int)");
        is_done(aq_create_all(world.context, DEFAULT), "where all is there it needs no rights");
        is_str(failure_of(aq_drop_all(world.context, DEFAULT)),
               "AQ_EPERMISSION: bind 'default': drop_all: must be owner of table thing",
               "drop_all: the whole text");
        is_str(tables(), "public.kind public.thing", "all stays");
    }
    with_parameter("options=-clock_timeout%3D100", "a lock_timeout of the role")
    {
        aq_lane_t *lane = acquire();

        is_str(outcome(aq_lane_execute(lane, "begin", NULL)), "", "begin");
        is_str(outcome(aq_lane_execute(lane, "select pg_advisory_xact_lock(7021522389597254145)", NULL)), "",
               "somebody is at it");
        is_str(failure_of(aq_create_all(world.context, DEFAULT)),
               "AQ_ELOCK: bind 'default': create_all: canceling statement due to lock timeout",
               "create_all: the whole text");
        aq_release(lane);
        is_done(aq_create_all(world.context, DEFAULT), "then it is made");
    }
    with_parameter("options=-cstatement_timeout%3D200", "a statement_timeout of the role")
    {
        aq_lane_t *lane = acquire();

        is_str(outcome(aq_lane_execute(lane, "begin", NULL)), "", "begin");
        is_str(outcome(aq_lane_execute(lane, "select pg_advisory_xact_lock(7021522389597254145)", NULL)), "",
               "somebody is at it");
        is_str(failure_of(aq_create_all(world.context, DEFAULT)),
               "AQ_EQUERYCANCELED: bind 'default': create_all: canceling statement due to statement timeout",
               "create_all: the whole text");
        aq_release(lane);
        is_done(aq_create_all(world.context, DEFAULT), "then it is made");
    }
    with_parameter("options=-cdefault_transaction_isolation%3Dserializable",
                   "a role whose transactions are serializable")
    {
        is_done(aq_create_all(world.context, DEFAULT), "create_all");
        is_int(differences(), 0, "diff");
        is_done(aq_drop_all(world.context, DEFAULT), "drop_all");
    }
    with_world("an event trigger that forbids")
    {
        cluster_sql(cluster, "create function no() returns event_trigger language plpgsql as"
                             " $$ begin raise exception 'not today' using hint = 'ask later'; end $$;"
                             " create event trigger no on ddl_command_start when tag in ('CREATE INDEX')"
                             " execute function no()");
        aq_op_t *op = aq_create_all(world.context, DEFAULT);

        aq_wait(op);
        is_str(aq_op_error(op)->hint, "ask later", "its hint");
        is_str(aq_op_error(op)->statement, "CREATE INDEX ix_kind_name ON kind (name)", "the statement");
        is_str(failure_of(op), "AQ_ESERVER: bind 'default': create_all: not today", "the whole text");
        cluster_sql(cluster, "drop event trigger no");
        is_str(tables(), "", "nothing is made");
    }
    cluster_sql(cluster, "drop role guest");
}

/* ---- Others ------------------------------------------------------------------------------------------------------------------------------ */

static void test_by_hand(void)
{
    with_world("a table that somebody makes by hand meanwhile")
    {
        aq_lane_t *lane = acquire();
        aq_op_t *op;

        is_str(outcome(aq_lane_execute(lane, "begin", NULL)), "", "begin");
        is_str(outcome(aq_lane_execute(lane, "create table thing (id int primary key, mine text)", NULL)), "",
               "it is made");
        op = aq_create_all(world.context, DEFAULT);
        ok(await_on(&uv, is_waiting, NULL, 5000), "which create_all cannot see, but waits for");
        is_str(outcome(aq_lane_execute(lane, "commit", NULL)), "", "commit");
        is_done(op, "it looks again, and succeeds");
        is_int(cluster_number(cluster, "select count(*) from information_schema.columns"
                                       " where table_name = 'thing' and column_name = 'mine'"),
               1, "what is there is left as it is");
        is_str(tables(), "public.kind public.thing", "the rest is made");
        aq_release(lane);
    }
    with_world("a table that somebody drops by hand meanwhile")
    {
        aq_lane_t *lane = acquire();
        aq_op_t *op;

        is_done(aq_create_all(world.context, DEFAULT), "create_all");
        is_str(outcome(aq_lane_execute(lane, "begin", NULL)), "", "begin");
        is_str(outcome(aq_lane_execute(lane, "drop table thing", NULL)), "", "it is dropped");
        op = aq_drop_all(world.context, DEFAULT);
        ok(await_on(&uv, is_waiting, NULL, 5000), "which drop_all cannot see, but waits for");
        is_str(outcome(aq_lane_execute(lane, "commit", NULL)), "", "commit");
        is_done(op, "it looks again, and succeeds");
        is_str(tables(), "", "nothing is left");
        aq_release(lane);
    }
    with_world("something else that has the name of a table")
    {
        aq_op_t *op;

        cluster_sql(cluster, "create sequence thing");
        op = aq_create_all(world.context, DEFAULT);
        aq_wait(op);
        has_str(aq_op_error(op)->statement, "CREATE TABLE thing (", "the statement");
        is_str(failure_of(op), "AQ_ESYNTAX: bind 'default': create_all: relation \"thing\" already exists",
               "is told when it is still there at the second look");
        is_str(tables(), "", "nothing is made");
    }
    with_world("an index that has the name of ours")
    {
        cluster_sql(cluster, "create table x (id int); create index ix_kind_name on x (id)");
        is_str(failure_of(aq_create_all(world.context, DEFAULT)),
               "AQ_ESYNTAX: bind 'default': create_all: relation \"ix_kind_name\" already exists",
               "create_all: the whole text");
        is_str(tables(), "public.x", "nothing is made");
    }
}

/* ---- Pools of one ------------------------------------------------------------------------------------------------------------------------- */

static void test_pool_of_one(void)
{
    with_world_at(cluster_uri(cluster), &pool_of_one, "a pool of one connection")
    {
        aq_op_t *ops[8];
        size_t good = 0;

        for (size_t i = 0; i < AQ__COUNT_OF(ops); i++)
            ops[i] = i % 4 == 0   ? aq_create_all(world.context, DEFAULT)
                     : i % 4 == 1 ? aq_diff(world.context, NULL)
                     : i % 4 == 2 ? aq_reflect(world.context, NULL, NULL)
                                  : aq_describe(world.context, NULL, "select $1::int");
        for (size_t i = 0; i < AQ__COUNT_OF(ops); i++) {
            good += aq_wait(ops[i]) != NULL;
            if (aq_op_error(ops[i]) != NULL)
                diag("%zu: %s", i, aq_op_error(ops[i])->message);
            aq_op_close(ops[i]);
        }
        is_int((long)good, (long)AQ__COUNT_OF(ops), "they take turns, and all succeed");
        is_int(differences(), 0, "everything was made");
    }
    with_world_at(cluster_uri(cluster), &impatient_pool_of_one, "a connection that somebody holds")
    {
        aq_lane_t *lane = acquire();
        const char *failure;

        failure = failure_of(aq_create_all(world.context, DEFAULT));
        has_str(failure,
                "AQ_EPOOLTIMEOUT: bind 'default': acquire: no connection within 300 ms (1 of 1 busy;"
                " oldest held ",
                "create_all says who");
        failure = failure_of(aq_diff(world.context, NULL));
        has_str(failure,
                "AQ_EPOOLTIMEOUT: bind 'default': send: no connection within 300 ms (1 of 1 busy;"
                " oldest held ",
                "so does diff");
        failure = failure_of(aq_describe(world.context, NULL, "select 1"));
        has_str(failure,
                "AQ_EPOOLTIMEOUT: bind 'default': describe: no connection within 300 ms (1 of 1 busy;"
                " oldest held ",
                "and describe");
        aq_release(lane);
        is_done(aq_create_all(world.context, DEFAULT), "then it is made");
    }
}

/* ---- Closing at each turn ------------------------------------------------------------------------------------------------------------------ */

static void on_end(aq_op_t *op, void *data)
{
    int *ends = data;

    if (aq_op_error(op) != NULL && aq_op_error(op)->message[0] == '\0')
        fail("an error without a text");
    ++*ends;
}

/* One pass over the loop that waits up to 2 ms for something to happen. */
static void step(void)
{
    struct pollfd events = {.fd = uv_backend_fd(&uv), .events = POLLIN};

    poll(&events, 1, 2);
    uv_run(&uv, UV_RUN_NOWAIT);
}

typedef aq_op_t *(*call_t)(void);

static aq_op_t *create(void)
{
    return aq_create_all(world.context, DEFAULT);
}

static aq_op_t *drop(void)
{
    return aq_drop_all(world.context, DEFAULT);
}

static aq_op_t *compare(void)
{
    return aq_diff(world.context, NULL);
}

static aq_op_t *reflect(void)
{
    return aq_reflect(world.context, NULL, NULL);
}

static aq_op_t *describe(void)
{
    return aq_describe(world.context, NULL, "select * from pg_class where relname = $1");
}

static const struct {
    const char *name;
    call_t call;
} calls[] = {{"create_all", create},
             {"drop_all", drop},
             {"diff", compare},
             {"reflect", reflect},
             {"describe", describe}};

/* The context closes after so many turns: the op has ended once, and soon. True: it was done before. */
static bool close_at(call_t call, int turns, bool *good)
{
    int ends = 0;
    double start;
    bool done;
    aq_op_t *op;

    open_at(cluster_uri(cluster), &usual_pool);
    op = call();
    aq_then(op, on_end, &ends);
    *good = *good && ends == 0;
    for (int i = 0; i < turns && ends == 0; i++)
        step();
    done = ends == 1;
    start = now_ms();
    close_world(&world);
    world.context = NULL;
    uv_run(&uv, UV_RUN_DEFAULT);
    *good = *good && ends == 1 && now_ms() - start < 2000 && uv_loop_close(&uv) == 0;
    if (!*good)
        diag("turn %d: ended %d times, closed in %.0f ms", turns, ends, now_ms() - start);
    return done;
}

static void test_closing(void)
{
    for (size_t i = 0; i < AQ__COUNT_OF(calls); i++)
        subtest("%s: its context closes at each turn", calls[i].name) {
            bool good = true;
            int turns = 0;

            if (calls[i].call == drop || calls[i].call == compare)
                cluster_sql(cluster, "create table kind (id int primary key); create table thing (id int)");
            while (!close_at(calls[i].call, turns, &good) && turns < 200) {
                turns++;
                if (calls[i].call == create)
                    clean();
            }
            ok(good && turns < 200, "it ends once, never inside the call, and closing is bounded");
            note("%d turns", turns);
            for (int j = 0; j < 3000 && atomic_load(&allocations.blocks) != 0; j++)
                usleep(1000);
            ok(all_memory_is_back(), "nothing is left");
            clean();
        }
}

/* ---- Several apps and threads ----------------------------------------------------------------------------------------------------------------- */

enum { ROUNDS = 20, SIDES = 2 };

typedef struct side {
    pthread_t thread;
    pthread_barrier_t *barrier;
    aq_db_t *db;
    aq_app_t *app;
    int number;
    char failure[512];
} side_t;

/* The binds in opposite order. */
static aq_op_t *call_of(const side_t *side, aq_context_t *context, int round)
{
    bool drops = round % 2 == 1 && (side->number == 0 || round % 4 == 1);
    const aq_binds_t *binds = side->number == 0 ? aq_binds(NULL, "two") : aq_binds("two", NULL);

    return drops ? aq_drop_all(context, binds) : aq_create_all(context, binds);
}

static void *run_side(void *data)
{
    side_t *side = data;
    uv_loop_t own;
    aq_context_t *context;
    aq_op_t *op;

    uv_loop_init(&own);
    context = aq_context_create(side->app, &own);
    for (int round = 0; round < 2 * ROUNDS; round++) {
        pthread_barrier_wait(side->barrier);
        op = call_of(side, context, round);
        if (aq_wait(op) == NULL)
            snprintf(side->failure, sizeof(side->failure), "round %d: %s", round, aq_op_error(op)->message);
        aq_op_close(op);
    }
    op = aq_context_close(context);
    aq_wait(op);
    aq_op_close(op);
    uv_run(&own, UV_RUN_DEFAULT);
    if (uv_loop_close(&own) != 0)
        snprintf(side->failure, sizeof(side->failure), "its loop does not close");
    return NULL;
}

static aq_app_t *app_of(aq_db_t *db)
{
    const aq_bind_config_t binds[] = {{.key = "two", .uri = two_uri}};
    aq_app_t *app = aq_app_create(&(aq_config_t){.database_uri = cluster_uri(cluster),
                                                 .binds = binds,
                                                 .bind_count = 1,
                                                 .pool = usual_pool,
                                                 .track_modifications = AQ_ON});

    if (app == NULL || aq_db_init_app(db, app) != AQ_OK)
        bail_out("%s", aq_last_error()->message);
    return app;
}

static void run_sides(bool one_app)
{
    side_t sides[SIDES] = {0};
    aq_db_t *db = make_db();
    aq_app_t *apps[SIDES];
    pthread_barrier_t barrier;

    pthread_barrier_init(&barrier, NULL, SIDES);
    for (int i = 0; i < SIDES; i++) {
        apps[i] = one_app && i > 0 ? NULL : app_of(db);
        sides[i] = (side_t){.barrier = &barrier, .app = one_app ? apps[0] : apps[i], .number = i};
    }
    for (int i = 0; i < SIDES; i++)
        pthread_create(&sides[i].thread, NULL, run_side, &sides[i]);
    for (int i = 0; i < SIDES; i++) {
        pthread_join(sides[i].thread, NULL);
        is_str(sides[i].failure, "", "thread %d: create_all and drop_all against the other, %d rounds", i + 1,
               ROUNDS);
    }
    pthread_barrier_destroy(&barrier);
    for (int i = 0; i < SIDES; i++)
        aq_app_close(apps[i]);
    aq_db_close(db);
    for (int i = 0; i < 3000 && atomic_load(&allocations.blocks) != 0; i++)
        usleep(1000);
    ok(all_memory_is_back(), "nothing is left");
    clean();
}

static void test_threads(void)
{
    subtest("two contexts of one app in two threads, their binds in opposite order")
        run_sides(true);
    subtest("two apps of one db in two threads, their binds in opposite order")
        run_sides(false);
}

/* ---- A restart, a standby, a pooler ---------------------------------------------------------------------------------------------------------- */

static void test_restart(void)
{
    with_world("the server is restarted")
    {
        is_done(aq_create_all(world.context, DEFAULT), "create_all before");
        cluster_restart(cluster, "immediate");
        run_on_for(&uv, 50);
        is_done(aq_drop_all(world.context, DEFAULT), "drop_all after, on a new connection");
        is_done(aq_create_all(world.context, DEFAULT), "create_all after");
        cluster_restart(cluster, "fast");
        run_on_for(&uv, 50);
        is_int(differences(), 0, "diff after");
    }
}

static void test_standby(void)
{
    cluster_t *standby;
    const char *const refusal = "cannot execute CREATE TABLE in a read-only transaction";
    char expected[256];

    if (!cluster_can_have_standby()) {
        skip("there is no pg_basebackup");
        return;
    }
    standby = cluster_start_standby(cluster);
    with_world_at(cluster_uri(standby), &usual_pool, "a standby")
    {
        snprintf(expected, sizeof(expected), "AQ_EREADONLY: bind 'default': create_all: %s", refusal);
        is_str(failure_of(aq_create_all(world.context, DEFAULT)), expected, "create_all: the whole text");
        is_done(aq_drop_all(world.context, DEFAULT), "drop_all has nothing to do");
        is_done(aq_reflect(world.context, NULL, NULL), "reflect");
        is_done(aq_describe(world.context, NULL, "select 1"), "describe");
        is_done(aq_diff(world.context, NULL), "diff");
    }
    cluster_close(standby);
}

/* Everything else is at work meanwhile, so that the pooler's servers change hands. With one unit at a time on each connection: PgBouncer 1.18 takes the
 * server away at the first of several Syncs, when what follows is half on its way. */
static void check_round_by_pooler(int round)
{
    aq_op_t *ops[12];
    size_t good = 0;

    for (size_t i = 0; i < AQ__COUNT_OF(ops); i++)
        ops[i] = i == 3   ? aq_create_all(world.context, DEFAULT)
                 : i == 5 ? aq_reflect(world.context, NULL, NULL)
                 : i == 7 ? aq_diff(world.context, NULL)
                 : i == 9
                     ? aq_describe(world.context, NULL, "select count(*) from pg_class where relname = $1")
                     : aq_execute(world.context, NULL, "select $1::int", aq_args(aq_int4((int)i)));
    for (size_t i = 0; i < AQ__COUNT_OF(ops); i++) {
        good += aq_wait(ops[i]) != NULL;
        if (aq_op_error(ops[i]) != NULL)
            diag("round %d, %zu: %s (%s)", round, i, aq_op_error(ops[i])->message,
                 aq_op_error(ops[i])->sqlstate);
        aq_op_close(ops[i]);
    }
    is_int((long)good, (long)AQ__COUNT_OF(ops), "round %d: all succeed", round);
    is_done(aq_drop_all(world.context, DEFAULT), "and drop_all");
}

static void test_pooler(void)
{
    static const aq_pool_options_t eight = {.size = 8, .close_timeout = 0.3, .grace = 0.3};
    static const aq_pool_options_t one_at_a_time = {
        .size = 12, .close_timeout = 0.3, .grace = 0.3, .pipeline_depth = 1};
    static const aq_pool_options_t unnamed = {
        .size = 12, .close_timeout = 0.3, .grace = 0.3, .pipeline_depth = 1, .prepare = AQ_PREPARE_UNNAMED};
    cluster_t *usual = cluster;

    cluster = cluster_start("--pgbouncer");
    with_world_at(cluster_uri(cluster), &eight, "through a pooler, alone")
    {
        aq_lane_t *lane = NULL;

        for (int round = 0; round < 8; round++) { /* another one holds now this server, now that one */
            is_done(aq_create_all(world.context, DEFAULT), "create_all");
            is_done(aq_drop_all(world.context, DEFAULT), "drop_all");
            aq_release(lane);
            lane = acquire();
            is_str(outcome(aq_lane_execute(lane, "begin", NULL)), "", "begin");
        }
        aq_release(lane);
    }
    with_world_at(cluster_uri(cluster), &one_at_a_time,
                  "through a pooler that gives a server per transaction") for (int round = 0; round < 20;
                                                                               round++)
        check_round_by_pooler(round);
    with_world_at(cluster_uri(cluster), &unnamed,
                  "the same with statements that have no names") for (int round = 0; round < 20; round++)
        check_round_by_pooler(round);
    cluster_close(cluster);
    cluster = usual;
}

int main(void)
{
    alarm(300);
    init_loops();
    cluster = cluster_start(NULL);
    cluster_sql(cluster, "create database two");
    two_uri = strdup(uri_with(cluster_uri(cluster), "dbname=two"));
    test_search_paths();
    test_temporary_tables();
    test_roles();
    test_by_hand();
    test_pool_of_one();
    test_closing();
    test_threads();
    test_restart();
    test_standby();
    test_pooler();
    free(two_uri);
    cluster_close(cluster);
    return tap_done();
}
