/* Reading a live database.
 *
 * The happy path: an app of one bind on a loop of its own; the name of the database and its tables are asked for in one round trip.
 * The failure modes: a URI that is none, no server, no rights: told on stderr as the library tells it, status 3. */
#include "src/tool/live.h"

#include <string.h>
#include <uv.h>

typedef struct live {
    aq_db_t *db;
    aq_app_t *app;
    uv_loop_t loop;
    aq_context_t *context;
} live_t;

bool aq__tool_is_uri(const char *operand)
{
    return strncmp(operand, "postgres", strlen("postgres")) == 0 && strstr(operand, "://") != NULL;
}

static bool open_live(live_t *live, const char *uri)
{
    live->db = aq_db_create();
    live->app = live->db != NULL
                    ? aq_app_create(&(aq_config_t){.database_uri = uri, .track_modifications = AQ_OFF})
                    : NULL;
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

static int use_answers(const aq__tool_arguments_t *arguments, aq_op_t *name, aq_op_t *tables,
                       aq__tool_live_cb use)
{
    aq_rows_t *rows = aq_wait(name);
    const aq_metadata_t *metadata = rows != NULL ? aq_wait(tables) : NULL;
    const aq_error_t *error = aq_op_error(rows == NULL ? name : tables);

    if (metadata == NULL)
        return aq__tool_fail(arguments, "%s", error != NULL ? error->message : aq_last_error()->message);
    return use(arguments, metadata, aq_as_text(aq_cell(rows, 0, 0)));
}

static int reflect(const aq__tool_arguments_t *arguments, aq_context_t *context, aq__tool_live_cb use)
{
    aq_reflect_options_t options = {0};
    aq_op_t *name, *tables;
    int status;

    options.schemas = aq__tool_values(arguments, "--schema", &options.schema_count);
    if (options.schema_count == 0)
        options.schemas = NULL;
    name = aq_read(context, NULL, "select pg_catalog.current_database()", NULL);
    tables = aq_reflect(context, NULL, &options);
    aq_op_keep(name);
    aq_op_keep(tables);
    status = use_answers(arguments, name, tables, use);
    aq_op_close(name);
    aq_op_close(tables);
    return status;
}

int aq__tool_reflect_uri(const aq__tool_arguments_t *arguments, const char *uri, aq__tool_live_cb use)
{
    live_t live = {0};
    int status;

    aq_set_log(NULL, NULL, AQ_LOG_ERROR); /* what a warning would say is in the error */
    if (uv_loop_init(&live.loop) != 0)
        return aq__tool_fail(arguments, "no event loop could be made");
    status = open_live(&live, uri) ? reflect(arguments, live.context, use)
                                   : aq__tool_fail(arguments, "%s", aq_last_error()->message);
    close_live(&live);
    (void)uv_loop_close(&live.loop);
    return status;
}
