/* Every way in which the work of a session ends early, at each turn of it: the loop closes, no memory is left, and the database has what was reported. */
#include "tap.h"

#include "t/blog.h"
#include "t/loops.h"

#include <libpq-fe.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static cluster_t *cluster;
static blog_t blog; /* its db and app serve all worlds */

/* ---- The database, looked at from outside ---------------------------------------------------------------------------------------------- */

static PGconn *side;

static long ask(const char *sql)
{
    PGresult *result = PQexec(side, sql);
    long number = -1;

    if (PQresultStatus(result) == PGRES_TUPLES_OK)
        number = atol(PQgetvalue(result, 0, 0));
    else if (PQresultStatus(result) != PGRES_COMMAND_OK)
        bail_out("%s: %s", sql, PQerrorMessage(side));
    PQclear(result);
    return number;
}

/* Ann has three posts, of which one has a tag. */
static void fill_tables(void)
{
    ask("truncate users, post, category, tag, post_tags restart identity;"
        "insert into users (username, email) values ('ann', 'old'), ('bob', null);"
        "insert into post (title, author_id) select 'post ' || n, 1 from generate_series(1, 3) n;"
        "insert into tag (name) values ('c');"
        "insert into post_tags values (1, 1)");
}

/* What the works below write, all of them the same: 0: nothing of it is there, 1: all of it; else something went wrong. */
static long written(void)
{
    return ask("select case when (select email from users where id = 1) = 'old'"
               " and not exists (select from users where username = 'eve') and (select count(*) from post) = "
               "3 then 0"
               " when (select email from users where id = 1) = 'new'"
               " and exists (select from users u join post p on p.author_id = u.id where u.username = 'eve')"
               " and (select count(*) from post) = 3 then 1 else 2 end");
}

/* ---- Worlds: a loop, a context, a session ---------------------------------------------------------------------------------------------- */

typedef struct world {
    aq_context_t *context;
    aq_session_t *session;
    User *ann, *eve;
    Post *post, *doomed;
    size_t blocks; /* that were out before */
} world_t;

static world_t world;

static void open_world(void)
{
    world = (world_t){.blocks = atomic_load(&allocations.blocks)};
    fill_tables();
    open_loop(); /* or what was not closed would end with the context */
    world.context = aq_context_create(blog.app, &uv);
    world.session = aq_session_open(world.context, NULL);
    if (world.session == NULL)
        bail_out("%s", aq_last_error()->message);
}

static void close_context(void)
{
    aq_op_t *op;

    if (world.context == NULL)
        return;
    op = aq_context_close(world.context);
    world.context = NULL;
    aq_wait(op);
    aq_op_close(op);
}

static void close_session(void)
{
    aq_session_close(world.session);
    world.session = NULL;
}

/* A thread that connects or cancels may outlive its pool by a moment, and so does its memory. */
static bool close_world(void)
{
    bool closed;

    close_session();
    close_context();
    closed = end_loop();
    for (int i = 0; i < 3000 && atomic_load(&allocations.blocks) != world.blocks; i++)
        usleep(1000);
    if (atomic_load(&allocations.blocks) != world.blocks)
        diag("%zu blocks, %zu before", atomic_load(&allocations.blocks), world.blocks);
    return closed && atomic_load(&allocations.blocks) == world.blocks;
}

#define with_open_world(name)                          \
    subtest("%s", name)                                \
        for (bool once_ = (open_world(), true); once_; \
             once_ = false, ok(close_world(), "everything closes, nothing is left"))

static bool is_quiet(void *data)
{
    aq_pool_stats_t stats;

    (void)data;
    aq_pool_get_stats(world.context, NULL, &stats);
    return stats.held == 0 && stats.busy == 0 && stats.quarantined == 0 && stats.in_flight == 0 &&
           stats.connecting == 0;
}

static bool is_settled(void *data)
{
    (void)data;
    return ask("select count(*) from pg_stat_activity where application_name = 'faults' and state <> "
               "'idle'") == 0;
}

/* One pass over the loop that waits up to 2 ms for something to happen. */
static void step(void)
{
    struct pollfd events = {.fd = uv_backend_fd(&uv), .events = POLLIN};

    poll(&events, 1, 2);
    uv_run(&uv, UV_RUN_NOWAIT);
}

/* ---- Works ------------------------------------------------------------------------------------------------------------------------------- */

static void must(aq_op_t *op)
{
    if (aq_wait(op) == NULL)
        bail_out("%s", aq_op_error(op)->message);
    aq_op_close(op);
}

static void *must_give(aq_op_t *op)
{
    void *value = aq_wait(op);

    if (value == NULL)
        bail_out("%s", aq_op_error(op) != NULL ? aq_op_error(op)->message : "nothing");
    aq_op_close(op);
    return value;
}

static void load_ann(void)
{
    world.ann = must_give(aq_get(world.session, User, 1));
}

/* An update, an insert that another one hangs on, a delete. */
static int change(aq_session_t *session, void *data)
{
    (void)data;
    world.eve = aq_new(session, User);
    world.post = aq_new(session, Post);
    if (world.eve == NULL || world.post == NULL)
        return aq_last_error()->code;
    world.ann->email = "new";
    world.eve->username = "eve";
    world.post->title = "of eve";
    if (aq_append(world.eve, User, posts, world.post) != AQ_OK || aq_add(session, world.eve) != AQ_OK ||
        aq_delete(session, world.doomed) != AQ_OK)
        return aq_last_error()->code;
    return AQ_OK;
}

static void load_all(void)
{
    load_ann();
    world.doomed = must_give(aq_get(world.session, Post, 3));
}

static void change_all(void)
{
    load_all();
    change(world.session, NULL);
}

static void begin_and_change(void)
{
    must(aq_begin(world.session, NULL));
    change_all();
}

static void flush_changes(void)
{
    change_all();
    must(aq_flush(world.session));
}

static void change_in_savepoints(void)
{
    load_all();
    must(aq_begin_nested(world.session));
    change(world.session, NULL);
    must(aq_begin_nested(world.session));
    aq_delete(world.session, world.ann);
    must(aq_rollback_nested(world.session));
}

static aq_op_t *start_get(void)
{
    return aq_get(world.session, User, 2);
}

static aq_op_t *start_query(void)
{
    aq_query_t *query = aq_query(world.session, User);

    aq_option(query, aq_joined_load(User, posts));
    aq_option(query, aq_selectin_load(Post, tags));
    return aq_all(query);
}

static void pend_user(void)
{
    User *user = aq_new(world.session, User);

    user->username = "pending";
    aq_add(world.session, user);
}

static aq_op_t *start_load(void)
{
    return aq_load(world.ann, User, posts);
}

static aq_op_t *start_flush(void)
{
    return aq_flush(world.session);
}

static aq_op_t *start_commit(void)
{
    return aq_commit(world.session);
}

static aq_op_t *start_commit_nested(void)
{
    return aq_commit_nested(world.session);
}

static aq_op_t *start_rollback(void)
{
    return aq_rollback(world.session);
}

static aq_op_t *start_rollback_nested(void)
{
    return aq_rollback_nested(world.session);
}

static aq_op_t *start_refresh(void)
{
    world.ann->email = "changed";
    return aq_refresh(world.session, world.ann);
}

static aq_op_t *start_merge(void)
{
    User *user = aq_new(world.session, User);

    user->id = 2;
    user->username = "bob";
    user->email = "merged";
    return aq_merge(world.session, user);
}

static aq_op_t *start_run(void)
{
    return aq_run(world.session, change, NULL, 3);
}

static void load_and_pend(void)
{
    load_ann();
    pend_user();
}

static aq_op_t *start_execute(void)
{
    return aq_session_execute(world.session, NULL, "update users set email = 'raw' where id = 2", NULL);
}

typedef struct kind {
    const char *name;
    void (*prepare)(void);
    aq_op_t *(*start)(void);
    bool commits;
} kind_t;

static void nothing(void)
{
}

static aq_op_t *start_stream(void)
{
    return aq_stream_of(aq_query(world.session, User));
}

static aq_op_t *start_bulk_update(void)
{
    return aq_bulk_update(aq_query(world.session, User), aq_assign(User, age, 3));
}

static const kind_t kinds[] = {
    {"get", nothing, start_get, false},
    {"a query with joined and selectin loads", nothing, start_query, false},
    {"a query that flushes first", pend_user, start_query, false},
    {"load", load_ann, start_load, false},
    {"load that flushes first", load_and_pend, start_load, false},
    {"flush", change_all, start_flush, false},
    {"commit through the pool", change_all, start_commit, true},
    {"commit of a transaction that has begun", begin_and_change, start_commit, true},
    {"commit of what was flushed", flush_changes, start_commit, true},
    {"commit with a savepoint open", change_in_savepoints, start_commit, true},
    {"commit_nested", change_in_savepoints, start_commit_nested, false},
    {"rollback", flush_changes, start_rollback, false},
    {"rollback_nested", change_in_savepoints, start_rollback_nested, false},
    {"refresh", load_ann, start_refresh, false},
    {"merge", nothing, start_merge, false},
    {"run", load_all, start_run, true},
    {"stream", nothing, start_stream, false},
    {"bulk update", nothing, start_bulk_update, false},
    {"execute", pend_user, start_execute, false},
};

/* ---- Ends ---------------------------------------------------------------------------------------------------------------------------------- */

typedef enum {
    CANCEL,
    TIMEOUT,
    CLOSE_OP,
    CLOSE_SESSION,
    CLOSE_CONTEXT,
    CLOSE_BOTH, /* the session, then its context */
    ABANDON,    /* the op is never closed */
    END_TASK,
    WAYS
} way_t;

static const char *const ways[] = {"aq_cancel",        "aq_timeout",
                                   "aq_op_close",      "aq_session_close",
                                   "aq_context_close", "aq_session_close and aq_context_close",
                                   "abandoned",        "its task's end"};

static void *start_and_wait(void *data)
{
    return aq_await(((const kind_t *)data)->start());
}

static aq_op_t *end_op(aq_op_t *op, way_t way)
{
    switch (way) {
    case CANCEL: aq_cancel(op); break;
    case TIMEOUT: aq_timeout(op, 0); break;
    case CLOSE_OP:
    case END_TASK: aq_op_close(op); return NULL;
    case CLOSE_SESSION: close_session(); break;
    case CLOSE_CONTEXT: close_context(); break;
    case CLOSE_BOTH:
        close_session();
        close_context();
        break;
    case ABANDON: return NULL;
    case WAYS: break;
    }
    return op;
}

/* The code of the op, 1 where nobody asked. */
static int outcome_of_op(aq_op_t *op)
{
    int code;

    if (op == NULL)
        return 1;
    aq_wait(op);
    code = aq_op_code(op);
    aq_op_close(op);
    return code;
}

/* Whatever happened: what is open is rolled back, and then the session works. */
static bool still_works(void)
{
    aq_op_t *rollback, *count;
    bool good;

    if (world.session == NULL || world.context == NULL)
        return true;
    rollback = aq_rollback(world.session);
    count = aq_count(aq_query(world.session, User));
    good = aq_wait(rollback) != NULL && aq_wait(count) != NULL;
    if (!good)
        diag("then: %s", aq_op_error(aq_op_error(rollback) != NULL ? rollback : count)->message);
    aq_op_close(rollback);
    aq_op_close(count);
    return good;
}

static bool agrees(const kind_t *kind, int code)
{
    const long there = written();

    if (!kind->commits)
        return there == 0;
    if (code == AQ_OK)
        return there == 1;
    return code == 1 || code == AQ_ECOMMITUNKNOWN || code == AQ_ETIMEDOUT || code == AQ_ECLOSED ? there <= 1
                                                                                                : there == 0;
}

/* What the session says of its objects is so. */
static bool memory_agrees(const kind_t *kind)
{
    const bool there = written() == 1;

    if (world.session == NULL || world.context == NULL || !kind->commits || world.eve == NULL)
        return true;
    return aq_object_state(world.eve) == (there ? AQ_PERSISTENT : AQ_TRANSIENT) &&
           strcmp(world.ann->email, there ? "new" : "old") == 0;
}

/* The end comes after so many turns. True: it was done before. */
static bool end_at(const kind_t *kind, way_t way, int turns)
{
    aq_op_t *op;
    bool done, good;
    int code;

    open_world();
    kind->prepare();
    op = way == END_TASK ? aq_spawn(aq_context_loop(world.context), start_and_wait, (void *)(uintptr_t)kind)
                         : kind->start();
    for (int i = 0; i < turns && !aq_op_done(op); i++)
        step();
    done = aq_op_done(op);
    code = outcome_of_op(end_op(op, way));
    good = still_works();
    if (world.context != NULL && world.session == NULL)
        good = await_on(&uv, is_quiet, NULL, 5000) && good;
    if (way == TIMEOUT || world.context == NULL || world.session == NULL)
        good = await_on(&uv, is_settled, NULL, 5000) && good;
    good = agrees(kind, code) && memory_agrees(kind) && good;
    good = close_world() && good;
    if (!good)
        fail("%s, %s at turn %d: %s, the database %ld", kind->name, ways[way], turns,
             code == 1 ? "?" : aq_error_name(code), written());
    return done;
}

static void test_ends(void)
{
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        subtest("%s ends early", kinds[i].name) {
            for (way_t way = CANCEL; way < WAYS; way++) {
                int turns = 0;

                while (!end_at(&kinds[i], way, turns) && turns < 100)
                    turns++;
                ok(turns >= 1 && turns < 100, "%s at each of its %d turns", ways[way], turns + 1);
            }
        }
}

/* ---- Closed from inside ------------------------------------------------------------------------------------------------------------------- */

static int calls;

static int close_in_event(void *data, aq_session_t *session)
{
    (void)data;
    calls++;
    aq_session_close(session);
    world.session = NULL;
    return AQ_OK;
}

static int close_in_signal(void *data, aq_session_t *session, const aq_changes_t *changes)
{
    (void)changes;
    return close_in_event(data, session);
}

static void close_in_then(aq_op_t *op, void *data)
{
    *(int *)data = aq_op_code(op);
    close_session();
}

static int commit_and_close(void)
{
    int code;
    aq_op_t *op;

    change_all();
    op = aq_commit(world.session);
    code = outcome_of_op(op);
    return code;
}

static void test_closing_in_signals(void)
{
    static const aq_signal_t signals[] = {AQ_BEFORE_MODELS_COMMITTED, AQ_MODELS_COMMITTED};

    for (size_t i = 0; i < 2; i++)
        with_open_world(i == 0 ? "closed in before_models_committed" : "closed in models_committed")
        {
            aq_signal_connect(blog.db, signals[i], NULL, close_in_signal, NULL);
            calls = 0;
            is_int(commit_and_close(), AQ_OK, "the commit that is on its way succeeds");
            is_int(calls, 1, "it was called");
            is_int(written(), 1, "and it is there");
            aq_signal_disconnect(blog.db, signals[i], NULL, close_in_signal, NULL);
        }
}

static void test_closing_in_events(void)
{
    static const aq_session_event_t events[] = {AQ_BEFORE_FLUSH, AQ_AFTER_FLUSH, AQ_BEFORE_COMMIT,
                                                AQ_AFTER_COMMIT};

    for (size_t i = 0; i < 4; i++)
        with_open_world("closed in an event")
        {
            aq_session_on(world.session, events[i], close_in_event, NULL);
            calls = 0;
            is_int(commit_and_close(), AQ_OK, "%zu: the commit that is on its way succeeds", i);
            is_int(calls, 1, "it was called");
            is_int(written(), 1, "and it is there");
        }
    with_open_world("closed in the callback of its own op")
    {
        int code = 1;

        change_all();
        aq_then(aq_commit(world.session), close_in_then, &code);
        must(aq_sleep(loop, 0));
        for (int i = 0; i < 1000 && code == 1; i++)
            step();
        is_int(code, AQ_OK, "committed");
        is_int(written(), 1, "and it is there");
    }
}

static void test_orphan(void)
{
    with_open_world("a context that is closed before its session")
    {
        aq_op_t *op;

        load_ann();
        close_context();
        is_str(world.ann->username, "ann", "its objects stay");
        op = aq_commit(world.session);
        aq_wait(op);
        is_int(aq_op_code(op), AQ_ECLOSED, "commit");
        is_str(aq_op_error(op)->message, "commit: the session's context is closed", "the whole text");
        aq_op_close(op);
    }
}

/* ---- One turn -------------------------------------------------------------------------------------------------------------------------------- */

static void test_one_turn(void)
{
    with_open_world("calls of one turn take effect in their order")
    {
        aq_op_t *ops[6];
        static const int codes[] = {AQ_OK, AQ_OK, AQ_OK, AQ_OK, AQ_OK, AQ_OK};

        change_all();
        ops[0] = aq_flush(world.session);
        ops[1] = aq_count(aq_query(world.session, User));
        ops[2] = aq_rollback(world.session);
        ops[3] = aq_get(world.session, User, 2);
        ops[4] = aq_count(aq_query(world.session, User));
        ops[5] = aq_commit(world.session);
        for (int i = 5; i >= 0; i--) {
            aq_wait(ops[i]);
            is_int(aq_op_code(ops[i]), codes[i], "op %d", i);
        }
        is_int(*(int64_t *)aq_op_value(ops[1]), 3, "flushed by then");
        is_int(*(int64_t *)aq_op_value(ops[4]), 2, "rolled back by then");
        for (int i = 0; i < 6; i++)
            aq_op_close(ops[i]);
        is_int(written(), 0, "nothing was left to commit");
    }
}

/* ---- Commits ------------------------------------------------------------------------------------------------------------------------------------- */

static void test_failed_transaction(void)
{
    with_open_world("a transaction in which a statement of the user's failed is not committed")
    {
        aq_op_t *op;

        begin_and_change();
        must(aq_flush(world.session));
        is_int(outcome_of_op(aq_session_execute(world.session, NULL, "select 1 / 0", NULL)), AQ_EDATA,
               "the statement fails");
        op = aq_commit(world.session);
        ok(aq_wait(op) == NULL, "and so does the commit");
        is_int(aq_op_code(op), AQ_EINACTIVE, "its code");
        is_str(aq_op_error(op) != NULL ? aq_op_error(op)->message : NULL,
               "commit: the server has rolled the transaction back, since a statement in it had failed",
               "the whole text");
        aq_op_close(op);
        must(aq_rollback(world.session));
        is_int(written(), 0, "nothing is there");
    }
}

static void test_deadline(void)
{
    with_open_world("a commit that has a deadline")
    {
        change_all();
        ask("begin; lock table users in access exclusive mode");
        is_int(outcome_of_op(aq_timeout(aq_commit(world.session), 50)), AQ_ETIMEDOUT,
               "is not waited for any longer");
        ask("commit");
        await_on(&uv, is_quiet, NULL, 5000);
        is_int(written(), 1, "it could not be stopped");
        is_int(outcome_of_op(aq_commit(world.session)), AQ_OK, "the next one finds nothing to do");
        is_str(aq_state_name(aq_object_state(world.eve)), "persistent", "objects are what the database has");
    }
}

/* ---- No memory ------------------------------------------------------------------------------------------------------------------------------- */

static int code_of(aq_op_t *op)
{
    return outcome_of_op(op);
}

/* Which lives as long as the session. */
static int value_of(aq_op_t *op, void *value)
{
    *(void **)value = aq_wait(op);
    return code_of(op);
}

/* A life: what fails first; AQ_OK: all of it went well. */
static int live(aq_session_t *session)
{
    int code = value_of(aq_get(session, User, 1), &world.ann);

    if (code == AQ_OK)
        code = value_of(aq_get(session, Post, 3), &world.doomed);
    if (code != AQ_OK)
        return code;
    code = change(session, NULL);
    if (code == AQ_OK)
        code = code_of(aq_load(world.ann, User, posts));
    if (code == AQ_OK)
        code = code_of(start_query());
    return code == AQ_OK ? code_of(aq_commit(session)) : code;
}

typedef struct life {
    int code;
    bool wrong;
} life_t;

static bool try_life(void *data)
{
    life_t *life = data;
    const size_t before = atomic_load(&allocations.blocks);
    size_t refused;
    long there;

    world.session = aq_session_open(world.context, NULL);
    life->code = world.session != NULL ? live(world.session) : aq_last_error()->code;
    refused = atomic_load(&allocations.refused);
    if (world.session != NULL && life->code != AQ_OK)
        code_of(aq_rollback(world.session));
    close_session();
    await_on(&uv, is_quiet, NULL, 5000);
    fail_request(0);
    there = written();
    if (there > 1 || (life->code == AQ_OK && there != 1) ||
        (life->code != AQ_OK && life->code != AQ_ENOMEM)) {
        life->wrong = true;
        diag("%s, the database %ld", aq_error_name(life->code), there);
    }
    if (atomic_load(&allocations.blocks) > before + 64)
        life->wrong = true;
    fill_tables();
    return life->code == AQ_OK && refused == 0;
}

static void test_without_memory(void)
{
    with_open_world("memory that runs out at each step")
    {
        life_t life = {0};
        size_t n;

        close_session();
        (void)try_life(&life);
        n = fail_each_request(try_life, &life, 3000);
        is_int(life.code, AQ_OK, "a session's life: until all of its %zu requests are met", n - 1);
        ok(!life.wrong, "it is all or nothing, and AQ_ENOMEM");
    }
}

int main(void)
{
    char named[1024];
    const char *uri;

    alarm(170);
    init_loops();
    cluster = cluster_start(NULL);
    uri = cluster_uri(cluster);
    snprintf(named, sizeof named, "%s%capplication_name=faults", uri, strchr(uri, '?') != NULL ? '&' : '?');
    side = PQconnectdb(uri);
    blog_open(&blog, cluster,
              &(aq_config_t){.database_uri = named,
                             .pool = {.close_timeout = 0.3, .grace = 0.3},
                             .track_modifications = AQ_ON});
    test_closing_in_signals();
    test_closing_in_events();
    test_orphan();
    test_one_turn();
    test_failed_transaction();
    test_deadline();
    test_without_memory();
    test_ends();
    ok(blog_close(&blog), "everything closes");
    PQfinish(side);
    cluster_close(cluster);
    ok(all_memory_is_back(), "all memory is back");
    return tap_done();
}
