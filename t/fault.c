/*
 * The happy path: open, make ops, look at their outcomes, close. The failure modes are the tests' own; a hang ends the program after
 * WATCHDOG seconds.
 */
#include "t/fault.h"

#include <signal.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { WATCHDOG = 60 };

int64_t fault_now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

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
    int64_t start = fault_now_ms();
    aq_op_t *op = aq_context_close(fault->context);

    aq_wait(op);
    ok((double)(fault_now_ms() - start) < allowed * 1000 + 2000, "the context is closed within its %g s",
       allowed);
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

static void on_tick(uv_timer_t *timer)
{
    (void)timer;
}

static void on_timer_closed(uv_handle_t *handle)
{
    *(bool *)handle->data = true;
}

bool fault_await(fault_t *fault, bool (*condition)(fault_t *fault), int timeout_ms)
{
    int64_t deadline = fault_now_ms() + timeout_ms;
    bool closed = false, held;
    uv_timer_t timer;

    uv_timer_init(&fault->uv, &timer);
    uv_timer_start(&timer, on_tick, 1, 5);
    timer.data = &closed;
    while (!(held = condition(fault)) && fault_now_ms() < deadline)
        uv_run(&fault->uv, UV_RUN_ONCE);
    uv_close((uv_handle_t *)&timer, on_timer_closed);
    while (!closed)
        uv_run(&fault->uv, UV_RUN_NOWAIT);
    return held;
}

aq_pool_stats_t fault_stats(fault_t *fault)
{
    aq_pool_stats_t stats = {0};

    aq_pool_get_stats(fault->context, NULL, &stats);
    return stats;
}
