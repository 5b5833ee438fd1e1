/* What an app's configuration makes of its sessions (vectors config): what is recorded, which database things go to, whose session it is, what is left when it goes, and how objects
 * are shown. What needs no database is in t/config.c.
 *
 * A row of the vectors is a subtest and a function. Where the answer is another on purpose its reason stands in the table. */
#include "tap.h"

#include "t/cluster.h"
#include "t/first_loop.h"

#include <aquifer.h>
#include <string.h>
#include <uv.h>

typedef struct Todo {
    aq_object_t object;
    int32_t id;
    const char *title;
} Todo;

typedef struct B { /* of bind "two" */
    aq_object_t object;
    int32_t id;
} B;

typedef struct Missing { /* of a bind that is not configured */
    aq_object_t object;
    int32_t id;
} Missing;

typedef struct User {
    aq_object_t object;
    const char *name;
} User;

typedef struct Report {
    aq_object_t object;
    int32_t id;
    const char *user_name;
} Report;

static const aq_column_t todo_columns[] = {AQ_INT4(Todo, id, .primary_key = true),
                                           AQ_TEXT(Todo, title, .unique = true)};
AQ_MODEL(Todo, todo_columns, AQ_NONE, .table = "ms_todo");

static const aq_column_t b_columns[] = {AQ_INT4(B, id, .primary_key = true)};
AQ_MODEL(B, b_columns, AQ_NONE, .table = "ms_b", .bind = "two");

static const aq_column_t missing_columns[] = {AQ_INT4(Missing, id, .primary_key = true)};
AQ_MODEL(Missing, missing_columns, AQ_NONE, .bind = "missing");

static const aq_column_t user_columns[] = {AQ_TEXT(User, name, .primary_key = true)};
AQ_MODEL(User, user_columns, AQ_NONE, .table = "users");

static const aq_column_t report_columns[] = {
    AQ_INT4(Report, id, .primary_key = true, .autoincrement = AQ_AUTOINCREMENT_OFF),
    AQ_TEXT(Report, user_name, .primary_key = true),
};
AQ_MODEL(Report, report_columns, AQ_NONE);

static cluster_t *cluster;
static uv_loop_t loop;
static char second[1024];

/* ---- An app for each row ------------------------------------------------------------------------------------------------------- */

typedef struct world {
    aq_db_t *db;
    aq_app_t *app;
    aq_context_t *context;
} world_t;

static void done(aq_op_t *op)
{
    aq_wait(op);
    if (aq_op_code(op) != AQ_OK)
        bail_out("%s", aq_op_error(op)->message);
    aq_op_close(op);
}

/* `setup` NULL: none. */
static world_t open_world(const aq_session_setup_t *setup)
{
    aq_bind_config_t two = {.key = "two", .uri = second};
    aq_config_t config = {.database_uri = cluster_uri(cluster),
                          .binds = &two,
                          .bind_count = 1,
                          .record_queries = AQ_ON,
                          .track_modifications = AQ_OFF};
    world_t world = {.db = aq_db_create(), .app = aq_app_create(&config)};

    aq_db_model(world.db, Todo);
    aq_db_model(world.db, B);
    aq_db_model(world.db, Missing);
    aq_db_model(world.db, User);
    aq_db_model(world.db, Report);
    if (setup != NULL && aq_db_set_session_setup(world.db, setup) != AQ_OK)
        bail_out("%s", aq_last_error()->message);
    if (world.app == NULL || aq_db_init_app(world.db, world.app) != AQ_OK ||
        (world.context = aq_context_create(world.app, &loop)) == NULL)
        bail_out("%s", aq_last_error()->message);
    return world;
}

static void close_world(world_t *world)
{
    done(aq_context_close(world->context));
    aq_app_close(world->app);
    aq_db_close(world->db);
}

static void op_done(aq_op_t *op, const char *name)
{
    aq_wait(op);
    ok(aq_op_code(op) == AQ_OK, "%s", name) || (diag("%s", aq_op_error(op)->message), false);
    aq_op_close(op);
}

static void op_fails(aq_op_t *op, int code, const char *message)
{
    ok(aq_wait(op) == NULL, "it fails");
    is_str(aq_error_name(aq_op_code(op)), aq_error_name(code), "the code");
    is_str(aq_op_error(op)->message, message, "the whole text");
    aq_op_close(op);
}

static Todo *add_todo(aq_session_t *session, const char *title)
{
    Todo *todo = aq_new(session, Todo);

    todo->title = title;
    is_int(aq_add(session, todo), AQ_OK, "add");
    return todo;
}

static long todos(void)
{
    return cluster_number(cluster, "select count(*) from ms_todo");
}

/* ---- recording detail ---------------------------------------------------------------------------------------------------------------- */

/* The whole text is of t/golden/plan.sql: here is how it begins. */
static void is_record(const aq_record_t *record, const char *statement, const char *parameters, uint64_t rows)
{
    if (!ok(record != NULL, "a record"))
        return;
    ok(strncmp(record->statement, statement, strlen(statement)) == 0, "the statement: %s", record->statement);
    is_str(record->parameters, parameters, "its parameters");
    ok(record->fingerprint != 0, "its fingerprint");
    ok(record->start > 0 && record->end >= record->start && record->duration == record->end - record->start,
       "how long it took");
    is_int(record->rows, rows, "its rows");
    is_str(record->bind, NULL, "its bind");
    ok(strncmp(record->place.line, "t/orm_config.c:", 15) == 0 ||
           strstr(record->place.line, "/orm_config.c:") != NULL,
       "where it was asked for: %s", record->place.line);
    is_str(record->place.function, "recording_detail", "and in which function");
}

static void recording_detail(const json_t *expected)
{
    world_t world = open_world(NULL);
    aq_session_t *session = aq_session_open(world.context, NULL);
    aq_text_t shown = {0};
    Todo *todo;

    is_int(aq_session_record_count(session), json_array_size(json_object_get(expected, "empty_at_start")),
           "none at the start");
    todo = add_todo(session, "x");
    op_done(aq_commit(session), "insert");
    todo->title = "y";
    op_done(aq_commit(session), "update");
    is_int(aq_session_record_count(session), json_array_size(json_object_get(expected, "statements")),
           "so many: not BEGIN, not COMMIT");
    is_record(aq_session_record(session, 0),
              "INSERT INTO ms_todo (title) SELECT aq_in.c1 FROM unnest($1::text[]) aq_in(c1) RETURNING id",
              "ARRAY['x']", 1);
    is_record(aq_session_record(session, 1), "WITH aq_out AS (UPDATE ms_todo SET title = aq_in.c1 FROM ",
              "ARRAY['y'], ARRAY[1]", 1);
    aq_record_append(&shown, aq_session_record(session, 0));
    ok(strncmp(aq_text_string(&shown), json_string_value(json_object_get(expected, "repr")),
               strlen("<query statement=\"INSERT INTO ms_todo (title)")) == 0,
       "shown: %s", aq_text_string(&shown));
    aq_text_dispose(&shown);
    add_todo(session, "y");
    op_fails(aq_commit(session), AQ_EUNIQUE,
             "duplicate key value violates unique constraint \"ms_todo_title_key\"");
    is_int(aq_session_record_count(session), 3, "what failed is recorded too");
    is_str(aq_session_record(session, 2)->error,
           "duplicate key value violates unique constraint \"ms_todo_title_key\"", "with its error");
    aq_session_close(session);
    session = aq_session_open(world.context, NULL);
    is_int(aq_session_record_count(session), 0, "the next session has none");
    aq_session_close(session);
    is_int(aq_session_record_count(aq_session_current(NULL)), 0, "outside of any context there is none");
    close_world(&world);
}

/* ---- binds ------------------------------------------------------------------------------------------------------------------------- */

/* "inv" is the default one's name, "inv2" that of "two". */
static void is_on(aq_query_t *query, const json_t *expected, const char *what)
{
    const char *original = json_string_value(json_object_get(expected, what));
    aq_op_t *op = aq_scalar(query);
    const aq_cell_t *cell = aq_wait(op);

    ok(aq_op_code(op) == AQ_OK, "'%s' has an answer", what) || (diag("%s", aq_op_error(op)->message), false);
    if (cell != NULL)
        is_str(strcmp(aq_as_text(*cell), "two") == 0 ? "inv2" : "inv", original,
               "'%s' is answered by this database", what);
    aq_op_close(op);
}

static void session_get_bind(const json_t *expected)
{
    world_t world = open_world(NULL);
    aq_session_t *session = aq_session_open(world.context, NULL);

    is_str(aq_session_bind(session, &Todo_model), NULL, "a model without a bind");
    is_str(aq_session_bind(session, &B_model), "two", "a model with one");
    is_on(aq_columns(aq_query(session, Todo),
                     aq_fragment0("coalesce(max({Todo.title}), current_database()::text)")),
          expected, "A");
    is_on(aq_columns(aq_query(session, B),
                     aq_fragment0("coalesce(max({B.id}::text), current_database()::text)")),
          expected, "B");
    is_on(aq_sql(session, NULL, "select current_database()::text", NULL), expected, "none");
    is_on(aq_sql(session, NULL, "select coalesce(max(id::text), current_database()::text) from ms_b", NULL),
          expected, "select B table clause");
    is_on(aq_sql(session, NULL, "insert into ms_b default values returning current_database()::text", NULL),
          expected, "insert B clause");
    is_on(aq_query_set_bind(aq_sql(session, NULL, "select current_database()::text", NULL), NULL), expected,
          "text");
    op_done(aq_rollback(session), "rolled back");
    aq_session_close(session);
    close_world(&world);
}

#define NO_BIND "bind 'missing' is not configured: set it in AQUIFER_BINDS"

static void unconfigured_bind(const json_t *expected)
{
    world_t world = open_world(NULL);
    aq_session_t *session = aq_session_open(world.context, NULL);

    (void)expected;
    is_int(aq_add(session, aq_new(session, Missing)), AQ_OK, "add");
    op_fails(aq_flush(session), AQ_ENOBIND, NO_BIND);
    op_done(aq_rollback(session), "rolled back");
    op_fails(aq_all(aq_query(session, Missing)), AQ_ENOBIND, NO_BIND);
    op_fails(aq_get(session, Missing, 1), AQ_ENOBIND, NO_BIND);
    add_todo(session, "x");
    op_done(aq_commit(session), "others work");
    aq_session_close(session);
    close_world(&world);
}

/* ---- model repr -------------------------------------------------------------------------------------------------------------------- */

/* The original says where it is in memory: "<User (transient ADDR)>". */
static void is_shown(const void *object, const json_t *expected, const char *state)
{
    const char *original = json_string_value(json_object_get(expected, state)),
               *address = strstr(original, " ADDR");
    char text[64];
    aq_text_t shown = {0};

    snprintf(text, sizeof text, "%.*s%s", address != NULL ? (int)(address - original) : (int)strlen(original),
             original, address != NULL ? address + 5 : "");
    aq_object_append(&shown, object);
    is_str(aq_text_string(&shown), text, "%s", state);
    aq_text_dispose(&shown);
}

static void model_repr(const json_t *expected)
{
    world_t world = open_world(NULL);
    aq_session_t *session = aq_session_open(world.context, NULL);
    User *user = aq_new(session, User), *snake = aq_new(session, User);
    Report *report = aq_new(session, Report);

    user->name = "test";
    snake->name = "\U0001F40D";
    report->id = 2;
    report->user_name = "test";
    is_shown(user, expected, "transient");
    aq_add(session, user);
    is_shown(user, expected, "pending");
    aq_add(session, snake);
    aq_add(session, report);
    op_done(aq_flush(session), "flushed");
    is_shown(user, expected, "flushed");
    is_shown(snake, expected, "unicode");
    is_shown(report, expected, "composite");
    aq_delete(session, report);
    op_done(aq_flush(session), "deleted");
    is_shown(report, expected, "deleted flushed");
    op_done(aq_commit(session), "committed");
    is_shown(report, expected, "deleted committed");
    is_shown(user, expected, "committed (expired)");
    aq_expunge(session, user);
    is_shown(user, expected, "detached");
    aq_session_close(session);
    close_world(&world);
}

/* ---- scopes ------------------------------------------------------------------------------------------------------------------------ */

static const void *scope_key; /* of the next call */

static const void *scope_of(void *data, aq_context_t *context)
{
    (void)data, (void)context;
    return scope_key;
}

static void test_scopes(void)
{
    world_t world = open_world(NULL);
    aq_context_t *inner = aq_context_create(world.app, &loop);

    subtest("a session for each context, whatever the thread") {
        aq_session_t *session = aq_session_current(world.context);

        ok(session != NULL && aq_session_current(world.context) == session, "one for one");
        ok(aq_session_current(inner) != session, "another for another");
        aq_session_remove(inner);
        ok(aq_session_current(world.context) == session, "removing one leaves the other alone");
        is_int(aq_context_push(world.context), AQ_OK, "pushed");
        ok(aq_session_current(NULL) == session, "that of the current context");
        is_int(aq_context_push(inner), AQ_OK, "another context inside");
        ok(aq_session_current(NULL) != session, "has its own");
        aq_session_remove(NULL);
        is_int(aq_context_pop(), AQ_OK, "popped");
        ok(aq_session_current(NULL) == session, "and leaves the outer one's alone");
        aq_session_remove(NULL);
        is_int(aq_context_pop(), AQ_OK, "popped");
        ok(aq_session_current(NULL) == NULL && aq_last_error()->code == AQ_ENOAPP,
           "outside of any there is none");
        is_str(aq_last_error()->message,
               "no application found: either work inside a request or push a context (aq_context_push)",
               "the whole text");
    }
    done(aq_context_close(inner));
    close_world(&world);
}

static void test_scope_function(void)
{
    aq_session_setup_t setup = {.scope = scope_of};
    world_t world = open_world(&setup);
    const int keys[2] = {0, 1};

    subtest("a scope function: a key, a session") {
        aq_session_t *session;
        Todo *todo;

        scope_key = NULL;
        session = aq_session_current(world.context);
        ok(session == aq_session_current(world.context), "no key: the context's");
        scope_key = &keys[0];
        ok(aq_session_current(world.context) != session, "a key: another");
        session = aq_session_current(world.context);
        todo = add_todo(session, "scoped");
        ok(aq_contains(session, todo), "the object is in it");
        scope_key = &keys[1];
        ok(!aq_contains(aq_session_current(world.context), todo), "and not in that of another key");
        scope_key = &keys[0];
        ok(aq_session_current(world.context) == session, "it is still there");
        is_int(aq_db_set_session_setup(world.db, &setup), AQ_EINVAL, "after the seal: refused");
        is_str(aq_last_error()->message, "aq_db_set_session_setup: the db is sealed: contexts use it already",
               "the whole text");
    }
    close_world(&world);
}

/* ---- teardown ------------------------------------------------------------------------------------------------------------------------ */

/* "COMMIT_ON_TEARDOWN=None view=raise explicit_commit=True": what a view answers makes no difference to its session. */
static void teardown_row(const char *name, const json_t *expected)
{
    const bool commits = strstr(name, "explicit_commit=True") != NULL,
               on_teardown = strstr(name, "COMMIT_ON_TEARDOWN=True") != NULL;
    world_t world = open_world(NULL);
    aq_pool_stats_t stats;
    aq_session_t *session;

    aq_context_push(world.context);
    session = aq_session_current(NULL);
    add_todo(session, "x");
    op_done(aq_flush(session), "flushed");
    if (commits)
        op_done(aq_commit(session), "committed");
    aq_session_remove(NULL);
    aq_context_pop();
    done(aq_execute(world.context, NULL, "select 1", NULL));
    is_int(todos(), on_teardown ? commits : json_integer_value(json_object_get(expected, "rows")), "rows");
    is_int(aq_pool_get_stats(world.context, NULL, &stats), AQ_OK, "statistics");
    is_int(stats.busy + stats.held, json_integer_value(json_object_get(expected, "checked_out")),
           "connections in use");
    close_world(&world);
}

/* ---- Rows ----------------------------------------------------------------------------------------------------------------------------- */

static const struct {
    const char *group, *name;
    void (*test)(const json_t *expected);
    const char *version, *settled;
} rows[] = {
    {"recording", "detail", recording_detail, "2.3.2", "failures too, with their error"},
    {"binds", "session_get_bind", session_get_bind, "2.3.2", NULL},
    {"binds", "model_with_unconfigured_bind", unconfigured_bind, "2.3.2", NULL},
    {"model", "repr", model_repr, "3.x", NULL},
};

static void run_row(const char *group, const char *name, const json_t *row)
{
    const json_t *expect = json_object_get(row, "expect");

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (strcmp(rows[i].group, group) == 0 && strcmp(rows[i].name, name) == 0) {
            subtest("%s %s%s%s", group, name, rows[i].settled != NULL ? ", settled: " : "",
                    rows[i].settled != NULL ? rows[i].settled : "") {
                cluster_sql(cluster, "truncate ms_todo, users, report restart identity");
                rows[i].test(json_object_get(json_object_get(expect, rows[i].version), "result"));
            }
            return;
        }
    if (strcmp(group, "teardown") == 0)
        subtest("%s %s%s", group, name,
                strstr(name, "TEARDOWN=True") != NULL ? ", settled: what is not committed is not kept" : "") {
            cluster_sql(cluster, "truncate ms_todo restart identity");
            teardown_row(name, json_object_get(json_object_get(expect, "2.3.2"), "result"));
        }
    else if (strcmp(group, "model") == 0)
        fail("no function for row '%s' of %s", name, group);
}

static void test_vectors(void)
{
    json_t *vectors = vectors_load("config.json"), *row;
    size_t i;

    json_array_foreach(json_object_get(vectors, "rows"), i, row)
    {
        run_row(json_string_value(json_object_get(row, "group")),
                json_string_value(json_object_get(row, "name")), row);
    }
    json_decref(vectors);
}

static void create_tables(void)
{
    static const char *const binds[] = {NULL, "two"};
    world_t world = open_world(NULL);

    done(aq_create_all(world.context, &(aq_binds_t){binds, 2}));
    close_world(&world);
}

int main(void)
{
    const char *uri;

    open_first_loop();
    cluster = cluster_start(NULL);
    cluster_sql(cluster, "create database two");
    uri = cluster_uri(cluster);
    snprintf(second, sizeof second, "%s%sdbname=two", uri, strchr(uri, '?') != NULL ? "&" : "?");
    uv_loop_init(&loop);
    create_tables();
    test_vectors();
    test_scopes();
    test_scope_function();
    uv_run(&loop, UV_RUN_DEFAULT);
    is_int(uv_loop_close(&loop), 0, "uv_loop_close() == 0");
    cluster_close(cluster);
    return tap_done();
}
