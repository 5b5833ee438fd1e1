/* aq_create_all() and aq_drop_all() on a database: order, all or nothing, several binds, two at once, every way in which they end early. */
#include "tap.h"

#include "t/again.h"
#include "t/cluster.h"
#include "t/loops.h"
#include "t/outcomes.h"
#include "t/turns.h"

#include <aquifer.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static cluster_t *cluster;
static char *second_uri; /* another database of the cluster */

/* ---- What is sent ------------------------------------------------------------------------------------------------------------ */

/* The statements that were echoed, white space squeezed, a line each. */
static aq_text_t sent;
static pthread_mutex_t sent_lock = PTHREAD_MUTEX_INITIALIZER;

static void append_squeezed(aq_text_t *text, const char *line)
{
    bool blank = false;

    for (; *line != '\0'; line++) {
        bool is_blank = *line == ' ' || *line == '\n';

        if (is_blank && !blank)
            aq_text_append_char(text, ' ');
        else if (!is_blank)
            aq_text_append_char(text, *line);
        blank = is_blank;
    }
    aq_text_append_char(text, '\n');
}

static void on_log(void *data, aq_log_level_t level, const char *message)
{
    const char *statement = strstr(message, "': ");

    (void)data;
    if (level != AQ_LOG_INFO || strncmp(message, "bind '", 6) != 0 || statement == NULL)
        return;
    statement += 3;
    pthread_mutex_lock(&sent_lock);
    if (strncmp(statement, "CREATE", 6) == 0 || strncmp(statement, "ALTER", 5) == 0 ||
        strncmp(statement, "DROP", 4) == 0 || strncmp(statement, "COMMENT", 7) == 0 ||
        strncmp(statement, "COMMIT", 6) == 0 || strncmp(statement, "BEGIN", 5) == 0)
        append_squeezed(&sent, statement);
    pthread_mutex_unlock(&sent_lock);
}

/* ---- Worlds: a db, an app, a context on the loop ----------------------------------------------------------------------------------- */

typedef struct world {
    aq_db_t *db;
    aq_app_t *app;
    aq_context_t *context;
} world_t;

static int (*add_models)(aq_db_t *db); /* what a test adds beside its tables */

static world_t open_world_on(uv_loop_t *on, const aq_table_t *const *tables)
{
    const aq_bind_config_t binds[] = {{.key = "two", .uri = second_uri}};
    world_t made = {.db = aq_db_create()};

    for (; *tables != NULL; tables++)
        if (aq_db_add_table(made.db, *tables) != AQ_OK)
            bail_out("%s", aq_last_error()->message);
    if (add_models != NULL && add_models(made.db) != AQ_OK)
        bail_out("%s", aq_last_error()->message);
    made.app = aq_app_create(&(aq_config_t){.database_uri = cluster_uri(cluster),
                                            .binds = binds,
                                            .bind_count = 1,
                                            .pool = {.close_timeout = 0.3, .grace = 0.3},
                                            .echo = AQ_ECHO_ON,
                                            .track_modifications = AQ_ON});
    if (made.app == NULL || aq_db_init_app(made.db, made.app) != AQ_OK ||
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

static void clean_databases(void)
{
    cluster_sql(cluster,
                "drop schema public cascade; create schema public; drop schema if exists shop cascade");
    cluster_sql(cluster, "drop database if exists two with (force)");
    cluster_sql(cluster, "create database two");
}

static bool open_world(const aq_table_t *const *tables)
{
    clean_databases();
    uv_loop_init(&uv);
    world = open_world_on(&uv, tables);
    return true;
}

/* A thread that connects or cancels may outlive its pool by a moment, and so does its memory. */
static bool close_world_and_loop(void)
{
    int closed;

    if (world.context != NULL)
        close_world(&world);
    aq_text_dispose(&sent);
    uv_run(&uv, UV_RUN_DEFAULT);
    closed = uv_loop_close(&uv);
    for (int i = 0; i < 3000 && atomic_load(&allocations.blocks) != 0; i++)
        usleep(1000);
    return all_memory_is_back() && closed == 0;
}

#define TABLES(...) ((const aq_table_t *const[]){__VA_ARGS__, NULL})
#define with_world(name, tables)                     \
    subtest("%s", name)                              \
        for (bool once_ = open_world(tables); once_; \
             once_ = false, ok(close_world_and_loop(), "everything closes, nothing is left"))

static void forget_sent(void)
{
    aq_text_clear(&sent);
}

static const char *tables_of(const char *bind)
{
    return outcome(aq_execute(world.context, bind,
                              "select coalesce(string_agg(tablename, ' ' order by tablename), '')"
                              " from pg_tables where schemaname in ('public', 'shop')",
                              NULL));
}

static long table_count(void)
{
    return cluster_number(cluster, "select count(*) from pg_tables where schemaname in ('public', 'shop')");
}

#define is_done(op, name) is_str(failure_of(op), "it succeeded", "%s", name)

/* How many units the default bind has sent. */
static long units(void)
{
    aq_pool_stats_t stats;

    aq_pool_get_stats(world.context, NULL, &stats);
    return (long)stats.units;
}

static bool is_quiet(void *data)
{
    aq_pool_stats_t stats;

    (void)data;
    aq_pool_get_stats(world.context, NULL, &stats);
    return stats.held == 0 && stats.busy == 0 && stats.quarantined == 0 && stats.in_flight == 0 &&
           stats.connecting == 0;
}

/* One pass over the loop that waits up to 2 ms for something to happen. */
static void step(void)
{
    struct pollfd events = {.fd = uv_backend_fd(&uv), .events = POLLIN};

    poll(&events, 1, 2);
    uv_run(&uv, UV_RUN_NOWAIT);
}

/* ---- Tables ------------------------------------------------------------------------------------------------------------------------ */

#define ID AQ_COLUMN(INT4, "id", .primary_key = true)

static const aq_column_t post_columns[] = {
    ID,
    AQ_COLUMN(VARCHAR, "title", .length = 80),
    AQ_COLUMN(TEXT, "body"),
    AQ_COLUMN(TIMESTAMP, "pub_date"),
    AQ_COLUMN(INT4, "category_id", .references = "category.id"),
};
AQ_TABLE(post, post_columns);
static const aq_column_t category_columns[] = {ID, AQ_COLUMN(VARCHAR, "name", .length = 50, .index = true)};
AQ_TABLE(category, category_columns);
static const aq_column_t tags_columns[] = {
    AQ_COLUMN(INT4, "tag_id", .primary_key = true, .references = "tag.id"),
    AQ_COLUMN(INT4, "post_id", .primary_key = true, .references = "post.id"),
};
AQ_TABLE(tags, tags_columns);
static const aq_column_t tag_columns[] = {
    ID, AQ_COLUMN(VARCHAR, "label", .length = 20, .nullable = true, .unique = true)};
AQ_TABLE(tag, tag_columns);
static const aq_column_t cyc_a_columns[] = {ID, AQ_COLUMN(INT4, "b_id", .nullable = true)};
static const aq_constraint_t cyc_a_constraints[] = {
    AQ_FOREIGN_KEY(.columns = AQ_COLUMNS("b_id"), .table = "cyc_b", .name = "fk_a_b")};
AQ_TABLE(cyc_a, cyc_a_columns, .constraints = AQ_LIST(cyc_a_constraints));
static const aq_column_t cyc_b_columns[] = {ID, AQ_COLUMN(INT4, "a_id", .nullable = true)};
static const aq_constraint_t cyc_b_constraints[] = {
    AQ_FOREIGN_KEY(.columns = AQ_COLUMNS("a_id"), .table = "cyc_a", .name = "fk_b_a")};
AQ_TABLE(cyc_b, cyc_b_columns, .constraints = AQ_LIST(cyc_b_constraints));

static const aq_table_t *const blog[] = {&post_table,  &category_table, &tags_table, &tag_table,
                                         &cyc_a_table, &cyc_b_table,    NULL};

/* ---- Vectors --------------------------------------------------------------------------------------------------------------------- */

/* The statements of a vector that are not questions, a line each; BEGIN says its isolation level here, and what does nothing sends no COMMIT. */
static void is_vector(const char *key, const char *name)
{
    json_t *vectors = vectors_load("ddl.json"), *row;
    aq_text_t expected = {0};
    size_t i;

    if (vectors == NULL)
        return;
    json_array_foreach(json_object_get(vectors, key), i, row)
    {
        const char *sql = json_string_value(json_array_get(row, 0));

        if (strcmp(sql, "BEGIN") == 0)
            aq_text_append(&expected, "BEGIN ISOLATION LEVEL READ COMMITTED\n");
        else if (strncmp(sql, "select", 6) != 0 &&
                 !(strcmp(sql, "COMMIT") == 0 && strstr(key, "again") != NULL))
            aq_text_appendf(&expected, "%s\n", sql);
    }
    is_text(aq_text_string(&sent), aq_text_string(&expected), "%s", name);
    aq_text_dispose(&expected);
    json_decref(vectors);
    forget_sent();
}

static void test_vectors(void)
{
    with_world("the vectors: everything is made in order, once, and dropped in reverse", blog)
    {
        long before;

        is_done(aq_create_all(world.context, AQ_ALL_BINDS), "create_all");
        is_vector("create_all_first", "vector: create_all_first");
        is_int(units(), 3, "three round trips: BEGIN, the question, all statements");
        is_str(tables_of(NULL), "category cyc_a cyc_b post tag tags", "the tables are there");

        before = units();
        is_done(aq_create_all(world.context, AQ_ALL_BINDS), "create_all again");
        is_vector("create_all_again", "vector: create_all_again");
        is_int(units() - before, 3, "two round trips, and a ROLLBACK that nobody waits for");
        is_done(aq_drop_all(world.context, AQ_ALL_BINDS), "drop_all");
        is_vector("drop_all", "vector: drop_all");
        is_str(tables_of(NULL), "", "nothing is left");
        is_done(aq_drop_all(world.context, AQ_ALL_BINDS), "drop_all again");
        is_vector("drop_all_again", "vector: drop_all_again");
    }
}

/* ---- Cycles -------------------------------------------------------------------------------------------------------------------- */

static const aq_column_t zx_columns[] = {ID, AQ_COLUMN(INT4, "y", .nullable = true, .references = "zy.id")};
AQ_TABLE(zx, zx_columns);
static const aq_column_t zy_columns[] = {ID, AQ_COLUMN(INT4, "x", .nullable = true, .references = "zx.id"),
                                         AQ_COLUMN(INT4, "self", .nullable = true, .references = "zy.id")};
AQ_TABLE(zy, zy_columns);

static void test_cycles(void)
{
    with_world("foreign keys of cycles without a name are found in the catalogs",
               TABLES(&zx_table, &zy_table))
    {
        is_done(aq_create_all(world.context, AQ_ALL_BINDS), "create_all");
        is_str(tables_of(NULL), "zx zy", "both tables are there");
        forget_sent();
        is_done(aq_drop_all(world.context, AQ_ALL_BINDS), "drop_all");
        is_text(aq_text_string(&sent),
                "BEGIN ISOLATION LEVEL READ COMMITTED\n"
                "ALTER TABLE zx DROP CONSTRAINT zx_y_fkey\n"
                "ALTER TABLE zy DROP CONSTRAINT zy_x_fkey\n"
                "DROP TABLE zy\n"
                "DROP TABLE zx\n"
                "COMMIT\n",
                "by the names that the server gave them; one to itself is not in the way");
        is_str(tables_of(NULL), "", "nothing is left");
    }
    with_world("foreign keys that the models do not know do not keep tables from being dropped", blog)
    {
        is_done(aq_create_all(world.context, AQ_ALL_BINDS), "create_all");
        cluster_sql(cluster, "alter table cyc_a drop constraint fk_a_b;"
                             " alter table category add by_hand int constraint \"By Hand\" references post");
        is_done(aq_drop_all(world.context, AQ_ALL_BINDS), "drop_all");
        is_str(tables_of(NULL), "", "nothing is left");
    }
    with_world("what others made of the tables is the server's error, and all stays", blog)
    {
        aq_op_t *op;

        is_done(aq_create_all(world.context, AQ_ALL_BINDS), "create_all");
        cluster_sql(cluster, "create view labels as select label from tag");
        op = aq_drop_all(world.context, AQ_ALL_BINDS);
        ok(aq_wait(op) == NULL && aq_op_code(op) == AQ_ESERVER, "drop_all fails");
        is_str(aq_op_error(op)->message,
               "bind 'default': drop_all: cannot drop table tag because other objects depend on it",
               "the whole text");
        is_str(aq_op_error(op)->detail, "view labels depends on table tag", "its detail");
        is_str(aq_op_error(op)->statement, "DROP TABLE tag", "its statement");
        is_str(aq_op_error(op)->sqlstate, "2BP01", "its SQLSTATE");
        aq_op_close(op);
        is_str(tables_of(NULL), "category cyc_a cyc_b post tag tags", "nothing was dropped");
    }
}

/* ---- Binds ----------------------------------------------------------------------------------------------------------------------- */

static const aq_column_t id_columns[] = {ID};
AQ_TABLE(ms_a, id_columns);
AQ_TABLE(ms_b, id_columns, .bind = "two");
AQ_TABLE(ms_c, id_columns, .bind = "missing");

/* create_all('two'), create_all(['two', 'nope']): what stands in brackets. */
static aq_op_t *create_as(const char *call)
{
    if (strcmp(call, "create_all('__all__')") == 0)
        return aq_create_all(world.context, AQ_ALL_BINDS);
    if (strcmp(call, "create_all(None)") == 0 || strcmp(call, "create_all([None])") == 0)
        return aq_create_all(world.context, aq_binds(NULL));
    if (strcmp(call, "create_all('two')") == 0)
        return aq_create_all(world.context, aq_binds("two"));
    if (strcmp(call, "create_all(['two', 'two'])") == 0)
        return aq_create_all(world.context, aq_binds("two", "two"));
    if (strcmp(call, "create_all('nope')") == 0)
        return aq_create_all(world.context, aq_binds("nope"));
    if (strcmp(call, "create_all(['two', 'nope'])") == 0)
        return aq_create_all(world.context, aq_binds("two", "nope"));
    return strcmp(call, "create_all([])") == 0 ? aq_create_all(world.context, aq_binds()) : NULL;
}

/* ["ms_a"] -> "ms_a" */
static const char *only_of(const json_t *names)
{
    return json_array_size(names) > 0 ? json_string_value(json_array_get(names, 0)) : "";
}

static void check_bind_row(const char *name, const json_t *expect)
{
    json_t *result = json_object_get(json_object_get(expect, "2.3.2"), "result");
    aq_op_t *op = create_as(name);

    if (op == NULL) {
        fail("it is known here");
    } else if (result != NULL) {
        is_done(op, "it succeeds");
        is_str(tables_of(NULL), only_of(json_array_get(result, 0)), "the tables of the default bind");
        is_str(tables_of("two"), only_of(json_array_get(result, 1)), "the tables of bind 'two'");
    } else {
        is_str(failure_of(op), "AQ_ENOBIND: bind 'nope' is not configured: set it in AQUIFER_BINDS",
               "the whole text");
        is_str(tables_of(NULL), "", "the default bind has none");
        is_str(tables_of("two"), strstr(name, "two") != NULL ? "ms_b" : "", "what came before it stays");
    }
}

static void test_bind_vectors(void)
{
    json_t *vectors = vectors_load("config.json"), *row;
    size_t i;

    json_array_foreach(json_object_get(vectors, "rows"), i, row)
    {
        const char *name = json_string_value(json_object_get(row, "name"));

        if (strcmp(json_string_value(json_object_get(row, "group")), "binds") != 0 ||
            strncmp(name, "create_all(", 11) != 0)
            continue;
        subtest("vector: %s", name) {
            open_world(TABLES(&ms_a_table, &ms_b_table));
            check_bind_row(name, json_object_get(row, "expect"));
            ok(close_world_and_loop(), "everything closes, nothing is left");
        }
    }
    json_decref(vectors);
}

/* The only table that the bind's database has, and the bind that its metadata names. */
static void is_reflected(const char *bind, const char *table)
{
    aq_op_t *op = aq_reflect(world.context, bind, NULL);
    const aq_metadata_t *metadata = aq_wait(op);

    is_int(metadata != NULL ? (long)aq_metadata_table_count(metadata) : -1, 1, "one table is reflected");
    is_str(metadata != NULL ? aq_metadata_table_name(metadata, 0) : NULL, table, "the bind's own");
    is_str(metadata != NULL ? aq_metadata_bind(metadata) : "", bind, "the bind is told");
    aq_op_close(op);
}

static void test_binds(void)
{
    with_world("binds", TABLES(&ms_a_table, &ms_b_table))
    {
        is_done(aq_create_all(world.context, aq_binds()), "an empty list: nothing");
        is_str(failure_of(aq_create_all(world.context, &(aq_binds_t){.count = 2})),
               "AQ_EINVAL: create_all: a list of 2 binds whose keys are NULL", "a list that is none");
        is_str(tables_of(NULL), "", "is made");
        is_done(aq_create_all(world.context, aq_binds("two", NULL)), "a list with the default one");
        is_str(tables_of(NULL), "ms_a", "makes its");
        is_str(tables_of("two"), "ms_b", "and the other's");
        is_done(aq_drop_all(world.context, aq_binds("two")), "drop_all of one");
        is_str(tables_of(NULL), "ms_a", "leaves the others");
        is_str(tables_of("two"), "", "and drops its own");
        is_done(aq_drop_all(world.context, AQ_ALL_BINDS), "drop_all of all, where one has none left");
        is_str(tables_of(NULL), "", "drops the rest");
        is_int(aq_db_bind_count(world.db), 2, "vector get_binds: the binds that tables name");
        ok(aq_db_bind_key(world.db, 0) == NULL, "the default one first");
        is_str(aq_db_bind_key(world.db, 1), "two", "then as they were named");
        ok(aq_db_bind_key(world.db, 2) == NULL, "past the last: NULL");
        ok(aq_db_metadata(world.db, NULL) != NULL, "vector get_tables_for_bind: the default one has some");
        ok(aq_db_metadata(world.db, "two") != NULL, "bind 'two' has");
        ok(aq_db_metadata(world.db, "nope") == NULL, "an unknown one has none");
    }
    with_world("vectors reflect and get_engine_unknown, as in 3.x: each bind has its own",
               TABLES(&ms_a_table, &ms_b_table))
    {
        is_done(aq_create_all(world.context, AQ_ALL_BINDS), "create_all");
        is_reflected(NULL, "ms_a");
        is_reflected("two", "ms_b");
        is_str(failure_of(aq_reflect(world.context, "nope", NULL)),
               "AQ_ENOBIND: bind 'nope' is not configured: set it in AQUIFER_BINDS",
               "an unknown one: reflect");
        is_str(failure_of(aq_drop_all(world.context, aq_binds("nope"))),
               "AQ_ENOBIND: bind 'nope' is not configured: set it in AQUIFER_BINDS", "drop_all");
        is_str(failure_of(aq_describe(world.context, "nope", "select 1")),
               "AQ_ENOBIND: bind 'nope' is not configured: set it in AQUIFER_BINDS", "describe");
    }
    with_world("vector model_with_unconfigured_bind, as in 3.x: it is told",
               TABLES(&ms_c_table, &ms_a_table, &ms_b_table))
    {
        is_str(failure_of(aq_create_all(world.context, AQ_ALL_BINDS)),
               "AQ_ENOBIND: bind 'missing' is not configured: set it in AQUIFER_BINDS", "the whole text");
        is_str(tables_of(NULL), "ms_a", "binds before it stay made");
        is_done(aq_create_all(world.context, aq_binds(NULL, "two")), "those that are there can be named");
        is_str(tables_of("two"), "ms_b", "and are made");
    }
    with_world("nothing is declared", TABLES(NULL))
    {
        is_done(aq_create_all(world.context, AQ_ALL_BINDS), "create_all");
        is_done(aq_create_all(world.context, aq_binds(NULL, "two")), "of binds that exist");
        is_done(aq_drop_all(world.context, AQ_ALL_BINDS), "drop_all");
        is_int(units(), 0, "asks nobody");
        ok(aq_db_metadata(world.db, NULL) == NULL, "and there is no metadata");
    }
    subtest("metadata of a db") {
        aq_db_t *db = aq_db_create();

        aq_db_table(db, ms_a);
        ok(aq_db_metadata(db, NULL) == NULL && aq_last_error()->code == AQ_EINVAL, "before the seal: none");
        is_str(aq_last_error()->message, "aq_db_metadata: the db is not sealed yet: aq_db_seal()",
               "the whole text");
        ok(aq_db_metadata(NULL, NULL) == NULL && aq_last_error()->code == AQ_EINVAL, "of NULL: none");
        is_str(aq_last_error()->message, "aq_db_metadata: the db is NULL", "the whole text");
        is_int(aq_db_seal(db), AQ_OK, "sealed");
        ok(aq_db_metadata(db, NULL) != NULL, "then it is there");
        aq_db_close(db);
        db = aq_db_create();
        aq_db_table(db, post);
        is_int(aq_db_seal(db), AQ_EMAPPING, "vector create_child_without_parent: no seal");
        has_str(aq_last_error()->message,
                "post.category_id: its foreign key refers to 'category.id', but there is no table 'category'",
                "which is told, before any SQL");
        ok(aq_db_metadata(db, NULL) == NULL && aq_last_error()->code == AQ_EMAPPING, "and no metadata");
        aq_db_close(db);
    }
    subtest("no context") {
        aq_op_t *op = aq_create_all(NULL, AQ_ALL_BINDS);

        is_int(aq_op_code(op), AQ_ENOAPP, "AQ_ENOAPP");
        is_str(aq_op_error(op)->message,
               "no application found: either work inside a request or push a context (aq_context_push)",
               "the whole text");
    }
}

/* ---- What is there already ----------------------------------------------------------------------------------------------------- */

static const char *const mood_labels[] = {"sad", "happy"};
static const aq_enum_t mood = {.name = "mood", .labels = AQ_LIST(mood_labels), .comment = "how one is"};
static const aq_column_t thing_columns[] = {
    AQ_COLUMN(INT8, "id", .primary_key = true, .sequence = {.start = 1000, .increment = 10}),
    {.name = "mood", .enumeration = &mood, .comment = "at the time"},
    AQ_COLUMN(INT4, "number", .autoincrement = AQ_IDENTITY, .sequence = {.start = 7}),
    AQ_COLUMN(INT8, "other", .nullable = true, .index = true, .references = "shop.thing.id"),
};
AQ_TABLE(thing, thing_columns, .schema = "shop", .comment = "all kinds of things");

/* The file, up to the line `end`. */
static void run_golden(const char *file, const char *end)
{
    char *path = tap_source_path(file), *sql = tap_read_file(path), *cut;

    if (sql == NULL)
        bail_out("%s cannot be read", path);
    cut = end != NULL ? strstr(sql, end) : NULL;
    if (cut != NULL)
        *cut = '\0';
    cluster_sql(cluster, "%s", sql);
    free(sql);
    free(path);
}

/* ---- Models that were generated -------------------------------------------------------------------------------------------------- */

/* A range_ops that is said, although it is the default, is told. */
static size_t difference_count(void)
{
    aq_op_t *op = aq_diff(world.context, NULL);
    const aq_diff_t *diff = aq_wait(op);
    size_t count = diff != NULL ? 0 : 999;

    for (size_t i = 0; diff != NULL && i < diff->count; i++)
        if (strstr(diff->items[i].text, "range_ops") == NULL) {
            diag("%s", diff->items[i].text);
            count++;
        }
    aq_op_close(op);
    return count;
}

/* t/golden/rental.h: a default draws from a sequence that stands alone, a foreign key is not valid. */
static void test_generated(void)
{
    add_models = add_rental;
    with_world("the models of sql/rental.sql", TABLES(NULL))
    {
        is_done(aq_create_all(world.context, AQ_ALL_BINDS), "create_all");
        is_int(difference_count(), 0, "the database has what the models say");
        is_str(outcome(
                   aq_execute(world.context, NULL,
                              "select nextval('receipt_number'), obj_description('receipt_number'::regclass),"
                              " pg_get_expr(adbin, adrelid) from pg_attrdef"
                              " where adrelid = 'payment'::regclass"
                              " and pg_get_expr(adbin, adrelid) like '%receipt%'",
                              NULL)),
               "1000,printed on receipts,nextval('receipt_number'::regclass)",
               "the default draws from the sequence");
        is_str(outcome(aq_execute(world.context, NULL,
                                  "select conname, convalidated from pg_constraint where not convalidated",
                                  NULL)),
               "inventory_store,f", "the foreign key is not valid");
        is_done(aq_create_all(world.context, AQ_ALL_BINDS), "create_all once more");
        is_done(aq_drop_all(world.context, AQ_ALL_BINDS), "drop_all");
        is_str(outcome(aq_execute(world.context, NULL,
                                  "select count(*) from pg_class where relkind in ('r', 'S')"
                                  " and relnamespace in ('public'::regnamespace, 'staff'::regnamespace)",
                                  NULL)),
               "0", "nothing is left");
    }
    add_models = NULL;
}

static void test_what_is_there(void)
{
    with_world("schemas, enums, sequences and comments", TABLES(&thing_table))
    {
        is_done(aq_create_all(world.context, AQ_ALL_BINDS), "create_all");
        is_str(outcome(aq_execute(
                   world.context, NULL,
                   "insert into shop.thing (mood) values ('sad'), ('happy') returning id, number", NULL)),
               "1000,7|1010,8", "the sequences have their options");
        is_str(outcome(aq_execute(
                   world.context, NULL,
                   "select pg_get_serial_sequence('shop.thing', 'id'),"
                   " obj_description('shop.thing'::regclass), obj_description('shop.mood'::regtype),"
                   " col_description('shop.thing'::regclass, 2)",
                   NULL)),
               "shop.thing_id_seq,all kinds of things,how one is,at the time",
               "the sequence is the column's; comments are there");
        is_done(aq_drop_all(world.context, AQ_ALL_BINDS), "drop_all");
        is_str(outcome(aq_execute(world.context, NULL,
                                  "select to_regclass('shop.thing'), to_regtype('shop.mood'),"
                                  " to_regclass('shop.thing_id_seq'), to_regnamespace('shop')",
                                  NULL)),
               "~,~,~,shop", "drops all but the schema");
        cluster_sql(cluster, "create type shop.mood as enum ('sad', 'happy', 'else')");
        forget_sent();
        is_done(aq_create_all(world.context, AQ_ALL_BINDS), "create_all where schema and enum are there");
        ok(strstr(aq_text_string(&sent), "CREATE SCHEMA") == NULL &&
               strstr(aq_text_string(&sent), "CREATE TYPE") == NULL &&
               strstr(aq_text_string(&sent), "COMMENT ON TYPE") == NULL,
           "leaves them as they are");
        is_str(tables_of(NULL), "thing", "and makes the table");
    }
    with_world("tables that are there are left as they are", blog)
    {
        cluster_sql(cluster, "create table category (id int primary key, other text);"
                             " create table cyc_a (id int primary key, b_id int)");
        is_done(aq_create_all(world.context, AQ_ALL_BINDS), "create_all");
        is_str(tables_of(NULL), "category cyc_a cyc_b post tag tags", "the others are made");
        is_int(
            cluster_number(cluster, "select count(*) from pg_indexes where indexname = 'ix_category_name'"),
            0, "no index is added to one that was there");
        is_int(cluster_number(cluster, "select count(*) from pg_constraint where conname = 'fk_a_b'"), 0,
               "and no foreign key");
        is_int(cluster_number(cluster, "select count(*) from pg_constraint where conname = 'fk_b_a'"), 1,
               "the new one has its own");
        cluster_sql(cluster, "drop table tags");
        is_done(aq_drop_all(world.context, AQ_ALL_BINDS), "drop_all where one is missing");
        is_str(tables_of(NULL), "", "drops the rest");
    }
    with_world("a search path", TABLES(&ms_a_table))
    {
        cluster_sql(cluster, "create schema shop; create table shop.ms_a (x int)");
        is_done(aq_create_all(world.context, AQ_ALL_BINDS), "create_all");
        is_str(tables_of(NULL), "ms_a ms_a", "a table in a schema that is not searched does not count");
        cluster_sql(cluster,
                    "drop table public.ms_a; alter role current_user set search_path = public, shop");
        aq_pool_dispose(world.context, NULL);
        is_done(aq_create_all(world.context, AQ_ALL_BINDS), "create_all");
        is_str(tables_of(NULL), "ms_a ms_a", "nor one in a schema that is not the first");
        cluster_sql(cluster, "alter role current_user reset search_path; drop schema shop cascade");
    }
    with_world("a view stands for a table, and is no table", TABLES(&ms_a_table))
    {
        cluster_sql(cluster, "create view ms_a as select 1 as id");
        is_done(aq_create_all(world.context, AQ_ALL_BINDS), "create_all");
        is_done(aq_drop_all(world.context, AQ_ALL_BINDS), "drop_all");
        is_int(cluster_number(cluster, "select count(*) from pg_views where viewname = 'ms_a'"), 1,
               "it stays");
    }
    subtest("the server takes what the golden files have") {
        clean_databases();
        cluster_sql(cluster, "create extension if not exists btree_gist");
        run_golden("t/golden/ddl.sql", "-- one table");
        is_int(table_count(), 4, "everything that metadata can hold");
        cluster_sql(cluster, "drop schema stock cascade; drop schema shop cascade");
        run_golden("t/golden/models.sql", NULL);
        is_int(table_count(), 2 + 4, "what models are");
    }
}

/* ---- Errors ------------------------------------------------------------------------------------------------------------------- */

static void test_errors(void)
{
    with_world("an error in the middle: nothing is made", blog)
    {
        aq_op_t *op;

        cluster_sql(cluster, "create sequence tag");
        op = aq_create_all(world.context, AQ_ALL_BINDS);
        ok(aq_wait(op) == NULL, "create_all fails");
        is_str(failure_of(op), "AQ_ESYNTAX: bind 'default': create_all: relation \"tag\" already exists",
               "the whole text");
        is_str(tables_of(NULL), "", "the tables before it are not there");
    }
    with_world("the error has what the server says, and the statement", blog)
    {
        aq_op_t *op;

        cluster_sql(cluster, "create view category as select 1 as id");
        op = aq_create_all(world.context, AQ_ALL_BINDS);
        ok(aq_wait(op) == NULL, "create_all fails");
        is_str(aq_op_error(op)->message,
               "bind 'default': create_all: referenced relation \"category\" is not a table",
               "the whole text");
        is_str(aq_op_error(op)->sqlstate, "42809", "its SQLSTATE");
        has_str(aq_op_error(op)->statement, "CREATE TABLE post (\n    id SERIAL NOT NULL,\n",
                "its statement");
        aq_op_close(op);
        is_str(tables_of(NULL), "", "nothing is made");
    }
    with_world("a database that only reads", TABLES(&ms_a_table))
    {
        cluster_sql(cluster, "alter role current_user set default_transaction_read_only = on");
        is_str(failure_of(aq_create_all(world.context, AQ_ALL_BINDS)),
               "AQ_EREADONLY: bind 'default': create_all: cannot execute CREATE TABLE in a read-only "
               "transaction",
               "the whole text");
        cluster_sql(cluster, "begin read write; alter role current_user reset default_transaction_read_only;"
                             " create table ms_a (id int); commit");
        is_done(aq_create_all(world.context, AQ_ALL_BINDS), "where all is there it need not write");
    }
    subtest("a server that is not there") {
        char *uri = second_uri;

        second_uri = strdup("postgresql://127.0.0.1:1/none");
        uv_loop_init(&uv);
        world = open_world_on(&uv, TABLES(&ms_b_table));
        has_str(failure_of(aq_create_all(world.context, AQ_ALL_BINDS)),
                "AQ_ECONNECT: bind 'two': ", "its error is told");
        ok(close_world_and_loop(), "everything closes, nothing is left");
        free(second_uri);
        second_uri = uri;
    }
}

/* ---- Two at once ------------------------------------------------------------------------------------------------------------------ */

enum { ROUNDS = 25, SIDES = 3 };

typedef struct side {
    pthread_t thread;
    pthread_barrier_t *barrier;
    char failures[512];
} side_t;

/* All create at once, one drops, all drop at once. */
static void *run_side(void *data)
{
    side_t *side = data;
    uv_loop_t own;
    world_t mine;

    uv_loop_init(&own);
    mine = open_world_on(&own, blog);
    for (int round = 0; round < ROUNDS; round++) {
        for (int drops = 0; drops < 2; drops++) {
            aq_op_t *op;

            pthread_barrier_wait(side->barrier);
            op = drops ? aq_drop_all(mine.context, aq_binds(NULL))
                       : aq_create_all(mine.context, aq_binds(NULL));
            if (aq_wait(op) == NULL)
                snprintf(side->failures, sizeof(side->failures), "round %d: %s", round,
                         aq_op_error(op)->message);
            aq_op_close(op);
        }
    }
    close_world(&mine);
    uv_run(&own, UV_RUN_DEFAULT);
    if (uv_loop_close(&own) != 0)
        snprintf(side->failures, sizeof(side->failures), "its loop does not close");
    return NULL;
}

static void test_two_at_once(void)
{
    side_t sides[SIDES] = {0};
    pthread_barrier_t barrier;

    clean_databases();
    pthread_barrier_init(&barrier, NULL, SIDES);
    for (int i = 0; i < SIDES; i++) {
        sides[i].barrier = &barrier;
        pthread_create(&sides[i].thread, NULL, run_side, &sides[i]);
    }
    for (int i = 0; i < SIDES; i++) {
        pthread_join(sides[i].thread, NULL);
        is_str(sides[i].failures, "",
               "thread %d of %d: %d times create_all and drop_all, at once with the others", i + 1, SIDES,
               ROUNDS);
    }
    pthread_barrier_destroy(&barrier);
    aq_text_dispose(&sent);
    with_world("several ops of one context at once", blog)
    {
        aq_op_t *ops[6];
        long good = 0;

        for (size_t i = 0; i < 6; i++)
            ops[i] =
                i < 4 ? aq_create_all(world.context, AQ_ALL_BINDS) : aq_drop_all(world.context, AQ_ALL_BINDS);
        for (size_t i = 0; i < 6; i++) {
            good += aq_wait(ops[i]) != NULL;
            aq_op_close(ops[i]);
        }
        is_int(good, 6, "all succeed");
        is_done(aq_create_all(world.context, AQ_ALL_BINDS), "and another one");
        is_str(tables_of(NULL), "category cyc_a cyc_b post tag tags", "everything is there");
    }
}

/* ---- Many tables ------------------------------------------------------------------------------------------------------------------- */

static void test_many(void)
{
    static aq_table_t many[200];
    static const aq_table_t *list[201];
    static char names[200][16];
    double start;
    clock_t before;

    for (int i = 0; i < 200; i++) {
        snprintf(names[i], sizeof(names[i]), "many%d", i);
        many[i] = (aq_table_t){.table = names[i], .columns = category_columns, .column_count = 2, .line = i};
        list[i] = &many[i];
    }
    with_world("200 tables", list)
    {
        start = now_ms();
        before = clock();
        turns_watch(&uv, TURNS_TOGETHER);
        is_done(aq_create_all(world.context, AQ_ALL_BINDS), "create_all");
        note("made in %.0f ms, of which %.1f ms were ours, at most %.1f ms in one turn", now_ms() - start,
             (double)(clock() - before) * 1000 / CLOCKS_PER_SEC, turns_longest());
        is_int(table_count(), 200, "all are there");
        is_int(units(), 3, "three round trips: BEGIN, the question, all statements");
        start = now_ms();
        is_done(aq_create_all(world.context, AQ_ALL_BINDS), "create_all again");
        note("found in %.1f ms", now_ms() - start);
        is_int(units(), 6, "in one, and a ROLLBACK that nobody waits for");
        is_done(aq_drop_all(world.context, AQ_ALL_BINDS), "drop_all");
        is_int(table_count(), 0, "none is left");
        is_int(units(), 9, "in two");
    }
}

/* ---- Ending early ------------------------------------------------------------------------------------------------------------------ */

typedef enum { CANCEL, CLOSE, TIMEOUT, TASK_END, WAYS } way_t;

static const char *const ways[] = {"aq_cancel", "aq_op_close", "aq_timeout", "its task's end"};

static void *create_and_wait(void *data)
{
    (void)data;
    return aq_await(aq_create_all(world.context, AQ_ALL_BINDS));
}

/* Let go of at turn `turns`: the outcome and the tables agree. True: it was done before. */
static bool end_at(way_t way, int turns)
{
    aq_op_t *op = way == TASK_END ? aq_spawn(aq_context_loop(world.context), create_and_wait, NULL)
                                  : aq_create_all(world.context, AQ_ALL_BINDS);
    bool done, good;
    long count;

    for (int i = 0; i < turns && !aq_op_done(op); i++)
        step();
    done = aq_op_done(op);
    switch (way) {
    case CANCEL: aq_cancel(op); break;
    case TIMEOUT: aq_timeout(op, 0); break;
    case CLOSE:
    case TASK_END:
        aq_op_close(op);
        op = NULL;
        break;
    case WAYS: break;
    }
    if (op != NULL)
        aq_wait(op);
    await_on(&uv, is_quiet, NULL, 5000);
    count = table_count();
    good = count == 0 || count == 6;
    if (op != NULL && way == CANCEL)
        good = good && (aq_op_code(op) == AQ_OK          ? count == 6
                        : aq_op_code(op) == AQ_ECANCELED ? count == 0
                                                         : false);
    if (!good)
        diag("%s at turn %d: %ld tables, %s", ways[way], turns, count,
             op != NULL ? aq_error_name(aq_op_code(op)) : "closed");
    aq_op_close(op);
    cluster_sql(cluster, "drop schema public cascade; create schema public");
    if (!good)
        fail("it is all or nothing");
    return done;
}

static void test_ending_at_each_turn(void)
{
    for (way_t way = CANCEL; way < WAYS; way++)
        with_world(ways[way], blog)
        {
            int turns = 0;

            while (!end_at(way, turns) && turns < 200)
                turns++;
            ok(turns > 3 && turns < 200, "at each of its turns: all or nothing, as it is told");
            is_done(aq_create_all(world.context, AQ_ALL_BINDS), "the next one works");
            is_str(tables_of(NULL), "category cyc_a cyc_b post tag tags", "everything is there");
        }
}

/* Holds the lock that create_all waits for. */
static aq_lane_t *hold_lock(void)
{
    aq_op_t *op = aq_acquire(world.context, NULL);
    aq_lane_t *lane = aq_wait(op);

    aq_op_take(op);
    aq_op_close(op);
    is_str(outcome(aq_lane_execute(lane, "begin", NULL)), "", "begin");
    is_str(outcome(aq_lane_execute(lane, "select pg_advisory_xact_lock(7021522389597254145)", NULL)), "",
           "the lock is taken");
    return lane;
}

#define WAITING "select count(*) from pg_stat_activity where wait_event_type = 'Lock'"

static bool is_waiting(void *data)
{
    (void)data;
    return cluster_number(cluster, WAITING) > 0;
}

/* The error, into `record`. */
static void on_end(aq_op_t *op, void *data)
{
    (void)data;
    snprintf(record, sizeof(record), "%s: %s", aq_error_name(aq_op_code(op)),
             aq_op_error(op) != NULL ? aq_op_error(op)->message : "");
}

static void test_waiting(void)
{
    with_world("who waits for another", blog)
    {
        aq_lane_t *lane = hold_lock();
        aq_op_t *op = aq_create_all(world.context, AQ_ALL_BINDS);

        ok(await_on(&uv, is_waiting, NULL, 5000), "it waits at the server");
        aq_cancel(op);
        is_str(failure_of(op),
               "AQ_ECANCELED: bind 'default': canceled while it ran:"
               " SELECT pg_catalog.pg_advisory_xact_lock(7021522389597254145)",
               "can be canceled: the whole text");
        op = aq_create_all(world.context, AQ_ALL_BINDS);
        ok(await_on(&uv, is_waiting, NULL, 5000), "the next one waits too");
        is_done(aq_execute(world.context, NULL, "create table tag (id int primary key)", NULL),
                "others go on");
        aq_release(lane);
        is_done(op, "and is made once the other is through");
        is_str(tables_of(NULL), "category cyc_a cyc_b post tag tags", "with what the other left");
    }
    with_world("a connection that is lost while it waits", blog)
    {
        aq_lane_t *lane = hold_lock();
        aq_op_t *op = aq_create_all(world.context, AQ_ALL_BINDS);

        ok(await_on(&uv, is_waiting, NULL, 5000), "it waits at the server");
        cluster_sql(cluster,
                    "select pg_terminate_backend(pid) from pg_stat_activity where wait_event_type = 'Lock'");
        has_str(failure_of(op), "AQ_ELOST: bind 'default': ", "nothing was kept, for certain");
        aq_release(lane);
        is_str(tables_of(NULL), "", "nothing was made");
    }
    with_world("a connection that is lost while the tables are made", blog)
    {
        aq_op_t *op = aq_acquire(world.context, NULL);
        aq_lane_t *lane = aq_wait(op);

        aq_op_take(op);
        aq_op_close(op);
        cluster_sql(cluster, "create table category (id int primary key)");
        is_str(outcome(aq_lane_execute(lane, "begin", NULL)), "", "begin");
        is_str(outcome(aq_lane_execute(lane, "lock table category in access exclusive mode", NULL)), "",
               "locked");
        op = aq_create_all(world.context, AQ_ALL_BINDS);
        ok(await_on(&uv, is_waiting, NULL, 5000), "it waits at the server");
        aq_cancel(op);
        for (int i = 0; i < 20; i++)
            step();
        ok(!aq_op_done(op), "a cancel comes too late for what changes something");
        cluster_sql(cluster,
                    "select pg_terminate_backend(pid) from pg_stat_activity where wait_event_type = 'Lock'");
        has_str(failure_of(op),
                "AQ_ELOST: bind 'default': connection lost, nothing was kept: ", "it is lost");
        aq_release(lane);
        is_str(tables_of(NULL), "category", "nothing was made");
    }
    with_world("a context that is closed meanwhile", blog)
    {
        aq_lane_t *lane = hold_lock();
        aq_op_t *op = aq_create_all(world.context, AQ_ALL_BINDS);
        double start;

        ok(await_on(&uv, is_waiting, NULL, 5000), "it waits at the server");
        aq_then(op, on_end, NULL);
        start = now_ms();
        close_world(&world);
        world.context = NULL;
        ok(now_ms() - start < 3000, "closing is bounded");
        is_str(record, "AQ_ELOST: bind 'default': connection lost, nothing was kept: closed",
               "the op has failed: the whole text");
        aq_release(lane);
        is_int(table_count(), 0, "nothing was made");
    }
    with_world("a context that is closed before", blog)
    {
        aq_op_t *op = aq_create_all(world.context, AQ_ALL_BINDS);

        aq_then(op, on_end, NULL);
        close_world(&world);
        world.context = NULL;
        is_str(record,
               "AQ_ECLOSED: bind 'default': acquire: the context was closed while it waited for a connection",
               "the op has failed: the whole text");
        is_int(table_count(), 0, "nothing was made");
    }
}

static void *create_in_task(void *data)
{
    if (aq_context_push(world.context) != AQ_OK)
        return NULL;
    data = aq_await(aq_create_all(NULL, AQ_ALL_BINDS)) != NULL ? data : NULL;
    return aq_await(aq_drop_all(NULL, aq_binds(NULL))) != NULL ? data : NULL;
}

static void test_in_a_task(void)
{
    static char yes[] = "yes";

    with_world("in a task, in the current context", blog)
    {
        aq_op_t *op = aq_spawn(aq_context_loop(world.context), create_in_task, yes);

        is_str(aq_wait(op), "yes", "both are awaited");
        aq_op_close(op);
        is_int(table_count(), 0, "made and dropped");
    }
}

/* ---- No memory ---------------------------------------------------------------------------------------------------------------------- */

typedef struct attempt {
    bool drops;
    bool wrong;
    int code;
} attempt_t;

/* One op whose nth request for memory fails: what it says is what there is. */
static bool try_once(void *data)
{
    attempt_t *attempt = data;
    aq_op_t *op = attempt->drops ? aq_drop_all(world.context, aq_binds(NULL))
                                 : aq_create_all(world.context, aq_binds(NULL));
    size_t refused;
    long count;

    aq_wait(op);
    attempt->code = aq_op_code(op);
    aq_op_close(op);
    await_on(&uv, is_quiet, NULL, 5000);
    refused = atomic_load(&allocations.refused);
    fail_request(0);
    count = table_count();
    if (attempt->code == AQ_OK ? count != (attempt->drops ? 0 : 2)
                               : attempt->code != AQ_ECOMMITUNKNOWN && count != (attempt->drops ? 2 : 0)) {
        attempt->wrong = true;
        diag("%s: %ld tables", aq_error_name(attempt->code), count);
    }
    if (attempt->drops && count == 0)
        cluster_sql(cluster, "create table zx (id int primary key); create table zy (id int primary key)");
    if (!attempt->drops)
        cluster_sql(cluster, "drop table if exists zx, zy cascade");
    return attempt->code == AQ_OK && refused == 0;
}

static void test_without_memory(void)
{
    with_world("memory that runs out at each step", TABLES(&zx_table, &zy_table))
    {
        attempt_t attempt = {0};
        size_t n;

        is_done(aq_create_all(world.context, AQ_ALL_BINDS), "once with all of it");
        cluster_sql(cluster, "drop table zx, zy cascade");
        n = fail_each_request(try_once, &attempt, 2000);
        is_int(attempt.code, AQ_OK, "create_all: until all of its %zu requests are met", n - 1);
        ok(!attempt.wrong, "it is all or nothing, as it is told");
        cluster_sql(cluster, "create table zx (id int primary key); create table zy (id int primary key)");
        attempt = (attempt_t){.drops = true};
        n = fail_each_request(try_once, &attempt, 2000);
        is_int(attempt.code, AQ_OK, "drop_all: until all of its %zu requests are met", n - 1);
        ok(!attempt.wrong, "it is all or nothing, as it is told");
    }
}

int main(void)
{
    const char *uri;

    alarm(300);
    aq_set_log(on_log, NULL, AQ_LOG_INFO);
    init_loops();
    cluster = cluster_start(NULL);
    uri = cluster_uri(cluster);
    second_uri = malloc(strlen(uri) + 16);
    sprintf(second_uri, "%s%cdbname=two", uri, strchr(uri, '?') != NULL ? '&' : '?');
    test_vectors();
    test_cycles();
    test_bind_vectors();
    test_binds();
    test_what_is_there();
    test_generated();
    test_errors();
    test_two_at_once();
    test_many();
    test_ending_at_each_turn();
    test_waiting();
    test_in_a_task();
    test_without_memory();
    free(second_uri);
    cluster_close(cluster);
    return tap_done();
}
