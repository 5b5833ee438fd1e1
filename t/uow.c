/* A session on a database of its own for each case, and what is asked of every commit. */
#include "t/uow.h"

#include <stdio.h>
#include <stdlib.h>

static void on_log(void *data, aq_log_level_t level, const char *message)
{
    uow_t *uow = data;

    (void)level;
    aq_text_appendf(&uow->warnings, "%s\n", message);
}

static void open_app(uow_t *uow, const aq_config_t *config)
{
    uow->app = aq_app_create(config);
    if (uow->app == NULL || aq_db_init_app(uow->db, uow->app) != AQ_OK ||
        (uow->context = aq_context_create(uow->app, &uow->uv)) == NULL)
        bail_out("%s", aq_last_error()->message);
}

void uow_open(uow_t *uow, cluster_t *cluster, void (*declare)(aq_db_t *db))
{
    *uow = (uow_t){.cluster = cluster, .result = json_array(), .db = aq_db_create()};
    cluster_sql(cluster, "drop schema public cascade; create schema public");
    uv_loop_init(&uow->uv);
    declare(uow->db);
    open_app(uow, &(aq_config_t){.database_uri = cluster_uri(cluster),
                                 .record_queries = AQ_ON,
                                 .track_modifications = AQ_OFF});
    uow_wait(uow, aq_create_all(uow->context, AQ_ALL_BINDS));
    uow->session = aq_session_open(uow->context, NULL);
    aq_set_log(on_log, uow, AQ_LOG_WARNING);
}

void uow_close(uow_t *uow)
{
    aq_set_log(NULL, NULL, AQ_LOG_WARNING);
    aq_session_close(uow->session);
    uow_wait(uow, aq_context_close(uow->context));
    aq_app_close(uow->app);
    aq_db_close(uow->db);
    uv_run(&uow->uv, UV_RUN_DEFAULT);
    is_int(uv_loop_close(&uow->uv), 0, "the loop is empty");
    json_decref(uow->result);
    aq_text_dispose(&uow->error);
    aq_text_dispose(&uow->warnings);
}

static void keep_error(uow_t *uow, aq_op_t *op)
{
    const aq_error_t *error = aq_op_error(op);

    if (aq_op_code(op) == AQ_OK || uow->code != AQ_OK)
        return;
    uow->code = aq_op_code(op);
    aq_text_append(&uow->error, error->message);
    snprintf(uow->sqlstate, sizeof(uow->sqlstate), "%s", error->sqlstate);
}

void *uow_wait(uow_t *uow, aq_op_t *op)
{
    void *value = aq_wait(op);

    keep_error(uow, op);
    aq_op_close(op);
    return value;
}

int uow_flush(uow_t *uow)
{
    return uow_wait(uow, aq_flush(uow->session)) != NULL ? AQ_OK : uow->code;
}

int uow_rollback(uow_t *uow)
{
    return uow_wait(uow, aq_rollback(uow->session)) != NULL ? AQ_OK : uow->code;
}

int uow_commit(uow_t *uow)
{
    aq_pool_stats_t before, after;
    aq_op_t *op;

    aq_pool_get_stats(uow->context, NULL, &before);
    op = aq_commit(uow->session);
    uow_wait(uow, op);
    aq_pool_get_stats(uow->context, NULL, &after);
    ok(after.units - before.units <= 1, "a commit is one unit at most");
    is_int(after.syncs - before.syncs, after.units - before.units, "which has one Sync");
    uow->round_trips += after.syncs - before.syncs;
    return uow->code;
}

void uow_execute(uow_t *uow, const char *sql)
{
    uow_wait(uow, aq_session_execute(uow->session, NULL, sql, NULL));
}

void uow_is_error(uow_t *uow, int code, const char *message)
{
    is_str(aq_error_name(uow->code), aq_error_name(code), "%s", aq_error_name(code));
    is_str(aq_text_string(&uow->error), message, "its message");
    uow->code = AQ_OK;
    aq_text_clear(&uow->error);
}

void uow_is_contents(uow_t *uow, const char *expected)
{
    char *contents = uow_contents(uow->cluster);

    is_text(contents, expected, "the tables have what they should");
    free(contents);
}

void uow_skip(uow_t *uow)
{
    uow->told = aq_session_record_count(uow->session);
}

void uow_tell(uow_t *uow, const char *title)
{
    aq_text_appendf(uow->sql, "-- %s\n", title);
    for (; uow->told < aq_session_record_count(uow->session); uow->told++) {
        const aq_record_t *record = aq_session_record(uow->session, uow->told);

        aq_text_appendf(uow->sql, "%s;\n", record->statement);
        if (record->parameters[0] != '\0')
            aq_text_appendf(uow->sql, "    -- %s\n", record->parameters);
    }
    aq_text_append(uow->sql, "\n");
}

void uow_result_int(uow_t *uow, int64_t number)
{
    json_array_append_new(uow->result, json_integer(number));
}

void uow_result_text(uow_t *uow, const char *text)
{
    json_array_append_new(uow->result, json_string(text));
}

void uow_result_bool(uow_t *uow, bool truth)
{
    json_array_append_new(uow->result, json_boolean(truth));
}

/* ---- Contents ----------------------------------------------------------------------------------------------------------- */

/* Gives a SELECT of one line for each table. */
static const char of_each_table[] =
    "select string_agg(format('select %L || string_agg(t::text, '' '' order by t::text) as line from %I t', "
    "relname || ': ', relname), ' union all ') "
    "from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace";

char *uow_contents_query(cluster_t *cluster)
{
    char *tables = cluster_value(cluster, "%s", of_each_table), *query;
    aq_text_t text = {0};

    aq_text_appendf(
        &text, "select coalesce(string_agg(line, E'\\n' order by line collate \"C\"), '') from (%s) lines",
        tables);
    free(tables);
    query = strdup(aq_text_string(&text));
    aq_text_dispose(&text);
    return query;
}

char *uow_contents(cluster_t *cluster)
{
    char *query = uow_contents_query(cluster), *contents = cluster_value(cluster, "%s", query);

    free(query);
    return contents;
}
