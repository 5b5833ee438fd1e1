/*
 * The happy path: open, make ops, look at their outcomes, close. The failure modes are the tests' own; a hang ends the program after
 * WATCHDOG seconds.
 */
#include "t/fault.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

enum { WATCHDOG = 60 };

static void on_alarm(int signal)
{
    static const char words[] = "Bail out! the program hangs\n";

    (void)signal;
    if (write(STDOUT_FILENO, words, sizeof words - 1) < 0)
        _exit(255);
    abort();
}

void fault_open(fault_t *fault, const char *uri, const aq_pool_options_t *pool)
{
    aq_config_t config = {.database_uri = uri, .track_modifications = AQ_OFF};

    signal(SIGALRM, on_alarm);
    signal(SIGPIPE, SIG_IGN);
    alarm(WATCHDOG);
    if (pool != NULL)
        config.pool = *pool;
    if (uv_loop_init(&fault->uv) != 0)
        bail_out("uv_loop_init failed");
    fault->db = aq_db_create();
    fault->app = aq_app_create(&config);
    if (fault->app == NULL || aq_db_init_app(fault->db, fault->app) != AQ_OK)
        bail_out("%s", aq_last_error()->message);
    fault->context = aq_context_create(fault->app, &fault->uv);
    if (fault->context == NULL)
        bail_out("%s", aq_last_error()->message);
}

void fault_close(fault_t *fault)
{
    double allowed = aq_app_bind_options(fault->app, NULL)->close_timeout;
    double start = now_ms();
    aq_op_t *op = aq_context_close(fault->context);

    aq_wait(op);
    ok(now_ms() - start < allowed * 1000 + 2000, "the context is closed within its %g s", allowed);
    aq_op_close(op);
    aq_app_close(fault->app);
    aq_db_close(fault->db);
    uv_run(&fault->uv, UV_RUN_DEFAULT);
    is_int(uv_loop_close(&fault->uv), 0, "nothing is left on the loop");
    uv_library_shutdown();
}

static void on_noted(aq_op_t *op, void *data)
{
    *(int *)data = aq_op_code(op);
}

void fault_note(aq_op_t *op, int *code)
{
    *code = 1;
    aq_then(op, on_noted, code);
}

aq_pool_stats_t fault_stats(fault_t *fault)
{
    aq_pool_stats_t stats = {0};

    aq_pool_get_stats(fault->context, NULL, &stats);
    return stats;
}
