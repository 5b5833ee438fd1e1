/* Reading a live database.
 *
 * The happy path: an app of one bind on a loop of its own; the name of the database and its tables are asked for in one round trip. With "--schema *" one
 * more goes before it, for the names of all schemas.
 * The failure modes: a URI that is none, no server, no rights: told on stderr as the library tells it, status 3. */
#include "src/tool/live.h"

#include <string.h>
#include <uv.h>

/* ---- A context --------------------------------------------------------------------------------------------------------------- */

typedef struct live {
    aq_db_t *db;
    aq_app_t *app;
    uv_loop_t loop;
    aq_context_t *context;
} live_t;

static bool open_live(live_t *live, const aq_config_t *config)
{
    live->db = aq_db_create();
    live->app = live->db != NULL ? aq_app_create(config) : NULL;
    if (live->app == NULL || aq_db_init_app(live->db, live->app) != AQ_OK)
        return false;
    live->context = aq_context_create(live->app, &live->loop);
    return live->context != NULL;
}

static void close_live(live_t *live)
{
    if (live->context != NULL)
        (void)aq_wait(aq_context_close(live->context));
    aq_app_close(live->app);
    aq_db_close(live->db);
}

/* A bad URI is told with the variable that programs take it from; here it was an argument. */
static int fail_to_open(const aq__tool_arguments_t *arguments)
{
    static const char variable[] = "AQUIFER_DATABASE_URI ";
    const char *message = aq_last_error()->message;
    bool named = strncmp(message, variable, strlen(variable)) == 0;

    return aq__tool_fail(arguments, "%s", named ? message + strlen(variable) : message);
}

int aq__tool_with_context(const aq__tool_arguments_t *arguments, const char *uri,
                          const aq_pool_options_t *pool, aq__tool_context_cb use, void *data)
{
    const aq_config_t config = {.database_uri = uri, .track_modifications = AQ_OFF, .pool = *pool};
    live_t live = {0};
    int status;

    aq_set_log(NULL, NULL, AQ_LOG_ERROR); /* what a warning would say is in the error */
    if (uv_loop_init(&live.loop) != 0)
        return aq__tool_fail(arguments, "no event loop could be made");
    status = open_live(&live, &config) ? use(arguments, live.context, data) : fail_to_open(arguments);
    close_live(&live);
    (void)uv_loop_close(&live.loop);
    return status;
}

/* ---- Its tables -------------------------------------------------------------------------------------------------------------- */

/* What reading found, in a list that may grow. */
static bool copy_problems(const aq__metadata_t *metadata, aq__problems_t *problems)
{
    for (size_t i = 0; i < metadata->problems.count; i++)
        if (aq__problem_add(problems, metadata->problems.items[i].source, "%s",
                            metadata->problems.items[i].text) == AQ_ENOMEM)
            return false;
    return true;
}

static int use_answers(const aq__tool_arguments_t *arguments, aq_op_t *name, aq_op_t *tables,
                       aq__tool_use_cb use)
{
    aq_rows_t *rows = aq_wait(name);
    const aq_metadata_t *metadata = rows != NULL ? aq_wait(tables) : NULL;
    const aq_error_t *error = aq_op_error(rows == NULL ? name : tables);
    aq__problems_t problems = {.arena = arguments->arena};
    int status;

    if (metadata == NULL)
        return aq__tool_fail(arguments, "%s", error != NULL ? error->message : aq_last_error()->message);
    if (!copy_problems(metadata, &problems))
        return aq__tool_fail(arguments, "%s", aq_strerror(AQ_ENOMEM));
    status = use(arguments, metadata, &problems, aq_as_text(aq_cell(rows, 0, 0)));
    return status == AQ__TOOL_DONE ? aq__tool_tell(arguments, &problems) : status;
}

/* Those that may be read beside the search path, in the order in which they were made. */
static const char all_schemas[] = "select nspname::text from pg_catalog.pg_namespace where nspname !~ '^pg_' "
                                  "and nspname <> 'information_schema' "
                                  "order by oid";

static bool is_all(const aq_reflect_options_t *options)
{
    return options->schema_count == 1 && strcmp(options->schemas[0], "*") == 0;
}

/* The search path, whose first schema models do not name, and all others. */
static int fill_schemas(const aq__tool_arguments_t *arguments, aq_rows_t *rows, aq_reflect_options_t *options)
{
    size_t count = aq_rows_count(rows);
    const char **schemas = aq_arena_calloc(arguments->arena, count + 1, sizeof(*schemas));

    if (schemas == NULL)
        return AQ_ENOMEM;
    for (size_t i = 0; i < count; i++) {
        schemas[i + 1] = aq_arena_strdup(arguments->arena, aq_as_text(aq_cell(rows, i, 0)));
        if (schemas[i + 1] == NULL)
            return AQ_ENOMEM;
    }
    options->schemas = schemas;
    options->schema_count = count + 1;
    return AQ_OK;
}

static int find_schemas(const aq__tool_arguments_t *arguments, aq_context_t *context,
                        aq_reflect_options_t *options)
{
    aq_op_t *op = aq_read(context, NULL, all_schemas, NULL);
    int status = AQ__TOOL_DONE;

    aq_op_keep(op);
    if (aq_wait(op) == NULL)
        status = aq__tool_fail(arguments, "%s", aq_op_error(op)->message);
    else if (fill_schemas(arguments, aq_op_value(op), options) != AQ_OK)
        status = aq__tool_fail(arguments, "%s", aq_strerror(AQ_ENOMEM));
    aq_op_close(op);
    return status;
}

static int reflect(const aq__tool_arguments_t *arguments, aq_context_t *context, void *data)
{
    const aq__tool_use_cb *use = data;
    aq_reflect_options_t options = {0};
    aq_op_t *name, *tables;
    int status = AQ__TOOL_DONE;

    options.schemas = aq__tool_values(arguments, "--schema", &options.schema_count);
    if (options.schema_count == 0)
        options.schemas = NULL;
    else if (is_all(&options))
        status = find_schemas(arguments, context, &options);
    if (status != AQ__TOOL_DONE)
        return status;
    name = aq_read(context, NULL, "select pg_catalog.current_database()", NULL);
    tables = aq_reflect(context, NULL, &options);
    aq_op_keep(name);
    aq_op_keep(tables);
    status = use_answers(arguments, name, tables, *use);
    aq_op_close(name);
    aq_op_close(tables);
    return status;
}

int aq__tool_use_database(const aq__tool_arguments_t *arguments, const char *uri, aq__tool_use_cb use)
{
    return aq__tool_with_context(arguments, uri, &(aq_pool_options_t){0}, reflect, &use);
}
