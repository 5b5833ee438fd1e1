/* Reflecting live databases: every feature, every kind of name, what cannot be expressed, and what goes wrong.
 *
 * t/reflect.sql has the features, t/golden/reflect.txt what is made of them; the rest is made and asserted here. */
#include "cluster.h"
#include "tap.h"

#include "src/app/app.h"
#include "t/described.h"
#include "t/golden.h"
#include "t/heap.h"
#include "t/loops.h"
#include "t/outcomes.h"

static cluster_t *cluster;
static aq_db_t *db;
static aq_app_t *app;
static aq_context_t *context;

/* ---- A context for each test --------------------------------------------------------------------------------------------------- */

/* The cluster's URI with one more parameter. */
static const char *uri_with(const char *parameter)
{
    static char text[1024];
    const char *uri = cluster_uri(cluster);

    if (parameter == NULL)
        return uri;
    snprintf(text, sizeof(text), "%s%c%s", uri, strchr(uri, '?') != NULL ? '&' : '?', parameter);
    return text;
}

static void open_context(const char *parameter)
{
    uv_loop_init(&uv);
    db = aq_db_create();
    app = aq_app_create(
        &(aq_config_t){.database_uri = uri_with(parameter), .pool.size = 1, .track_modifications = AQ_ON});
    if (app == NULL || aq_db_init_app(db, app) != AQ_OK || (context = aq_context_create(app, &uv)) == NULL)
        bail_out("%s", aq_last_error()->message);
    loop = aq_context_loop(context);
}

static bool close_context(void)
{
    aq_op_t *op = aq_context_close(context);
    bool closed = aq_wait(op) != NULL && uv_loop_close(&uv) == 0;

    aq_op_close(op);
    aq_app_close(app);
    aq_db_close(db);
    for (int i = 0; i < 3000 && atomic_load(&allocations.blocks) != 0; i++)
        usleep(1000); /* a thread that connects may outlive its pool by a moment */
    return all_memory_is_back() && closed;
}

#define with_context_of(parameter, ...)                           \
    subtest(__VA_ARGS__)                                          \
        for (bool once_ = (open_context(parameter), true); once_; \
             once_ = false, ok(close_context(), "the context closes, no memory is left"))
#define with_context(...) with_context_of(NULL, __VA_ARGS__)

/* ---- What is read ------------------------------------------------------------------------------------------------------------------ */

#define SCHEMAS(...)                                                              \
    (&(const aq_reflect_options_t){.schemas = (const char *const[]){__VA_ARGS__}, \
                                   .schema_count = AQ__COUNT_OF(((const char *const[]){__VA_ARGS__}))})

/* The description, or the error; for aq_free(). Closes the op. */
static char *description_of(aq_op_t *op)
{
    aq_text_t text = {0};
    const aq_metadata_t *metadata = aq_wait(op);

    if (metadata != NULL)
        say_metadata(&text, metadata);
    else
        aq_text_append(&text, aq_op_error(op)->message);
    aq_op_close(op);
    aq_text_append(&text, ""); /* something, in any case */
    return aq_text_take(&text);
}

static void is_read(const aq_reflect_options_t *options, const char *expected, const char *name)
{
    char *text = description_of(aq_reflect(context, NULL, options));

    is_text(text != NULL ? text : "", expected, "%s", name);
    aq_free(text);
}

/* Schema public as it was at first. */
static void make(const char *sql)
{
    cluster_sql(cluster,
                "drop schema public cascade; create schema public; grant all on schema public to public");
    cluster_sql(cluster, "%s", sql);
}

/* ---- Everything --------------------------------------------------------------------------------------------------------------------- */

static void test_features(void)
{
    with_context("every feature")
    {
        char *path = tap_source_path("t/reflect.sql"), *sql = tap_read_file(path), *text;

        make(sql);
        text = description_of(aq_reflect(context, NULL, NULL));
        is_golden(text, "reflect.txt", "all that is there");
        aq_free(text);
        free(sql);
        free(path);
    }
    with_context("an empty database")
    {
        make("select 1");
        is_read(NULL, "", "nothing, and nothing to tell");
    }
}

int main(void)
{
    alarm(300);
    init_loops();
    cluster = cluster_start("--set max_connections=20");
    test_features();
    cluster_close(cluster);
    return tap_done();
}
