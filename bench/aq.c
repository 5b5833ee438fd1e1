#include "bench/models.h"

void aq_bench_die(const char *what, const aq_op_t *op)
{
    const aq_error_t *error = op != NULL ? aq_op_error(op) : NULL;

    bench_die("aquifer: %s: %s", what, error != NULL ? error->message : aq_last_error()->message);
}

void aq_bench_open(aq_bench_t *bench, const char *uri, const aq_pool_options_t *pool)
{
    aq_config_t config = {.database_uri = uri, .pool = *pool, .track_modifications = AQ_OFF};

    uv_loop_init(&bench->uv);
    bench->db = aq_db_create();
    bench->app = aq_app_create(&config);
    if (bench->db == NULL || bench->app == NULL || aq_db_model(bench->db, Person) != AQ_OK ||
        aq_db_model(bench->db, Row) != AQ_OK || aq_db_model(bench->db, Thing) != AQ_OK ||
        aq_db_init_app(bench->db, bench->app) != AQ_OK)
        aq_bench_die("app", NULL);
    bench->context = aq_context_create(bench->app, &bench->uv);
    if (bench->context == NULL)
        aq_bench_die("context", NULL);
}

void aq_bench_close(aq_bench_t *bench)
{
    aq_wait(aq_context_close(bench->context));
    uv_run(&bench->uv, UV_RUN_DEFAULT);
    if (uv_loop_close(&bench->uv) != 0)
        bench_die("aquifer: the loop has handles left after aq_context_close()");
    aq_app_close(bench->app);
    aq_db_close(bench->db);
}

aq_session_t *aq_bench_session(aq_bench_t *bench, const aq_session_options_t *options)
{
    aq_session_t *session = aq_session_open(bench->context, options);

    if (session == NULL)
        aq_bench_die("session", NULL);
    return session;
}

void *aq_bench_wait(const char *what, aq_op_t *op)
{
    void *value = aq_wait(op);

    if (value == NULL)
        aq_bench_die(what, op);
    aq_op_close(op);
    return value;
}

void aq_bench_sql(aq_bench_t *bench, const char *sql)
{
    aq_op_t *op = aq_execute(bench->context, NULL, sql, NULL);

    if (aq_wait(op) == NULL)
        aq_bench_die(sql, op);
    aq_op_close(op);
}
