/* Backends that end: idle, in the middle of a unit, behind others, before its Sync was sent, and at commit. What is told must be true: what
 * failed was not kept, what cannot be known is called unknown, and what was never begun is done elsewhere. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "t/fault.h"

#define ADMIN "terminating connection due to administrator command"
#define OURS "from pg_stat_activity where pid <> pg_backend_pid() and backend_type = 'client backend'"

static cluster_t *cluster;

static void terminate_all(void)
{
    cluster_sql(cluster, "select pg_terminate_backend(pid) " OURS);
}

/* Runs the loop until so many backends of ours wait for this (pg_stat_activity.wait_event). */
static const char *awaited_event;
static bool is_waiting(void *fault)
{
    (void)fault;
    return cluster_number(cluster, "select count(*) " OURS " and state = 'active' and wait_event = '%s'",
                          awaited_event) > 0;
}
static bool await_event(fault_t *fault, const char *event)
{
    awaited_event = event;
    return ok(await_on(&fault->uv, is_waiting, fault, 5000), "the backend waits (%s)", event);
}

static bool has_none_open(void *fault)
{
    return fault_stats(fault).open == 0;
}

static void check_idle(void)
{
    fault_t fault;
    aq_op_t *ops[3];

    fault_open(&fault, cluster_uri(cluster), &(aq_pool_options_t){.size = 3});
    for (int i = 0; i < 3; i++)
        ops[i] = aq_acquire(fault.context, NULL); /* one connection each */
    for (int i = 0; i < 3; i++)
        aq_wait(ops[i]);
    for (int i = 0; i < 3; i++) {
        aq_release(aq_op_take(ops[i]));
        aq_op_close(ops[i]);
    }
    is_str(outcome(aq_execute(fault.context, NULL, "select 1", NULL)), "1", "they work");
    ok(fault_stats(&fault).open >= 3, "three are open, or one more");
    terminate_all();
    ok(await_on(&fault.uv, has_none_open, &fault, 2000),
       "connections whose backends end while idle leave by themselves");
    is_str(outcome(aq_execute(fault.context, NULL, "select 2", NULL)), "2",
           "the next unit gets a new one and no error");
    fault_close(&fault);
}

/* The backends are gone, but the loop has not noticed yet. */
static void check_idle_unnoticed(void)
{
    fault_t fault;

    fault_open(&fault, cluster_uri(cluster), &(aq_pool_options_t){.size = 1});
    is_str(outcome(aq_execute(fault.context, NULL, "select 1", NULL)), "1", "connected");
    terminate_all();
    cluster_await_number(cluster, 0, 2000, "select count(*) " OURS);
    is_str(outcome(aq_execute(fault.context, NULL, "select 2", NULL)),
           "AQ_ELOST: bind 'default': connection lost, nothing was kept: FATAL:  " ADMIN,
           "what is sent before that is noticed is told to be lost: it may be tried again");
    is_str(outcome(aq_execute(fault.context, NULL, "select 2", NULL)), "2", "the next try gets a new one");
    fault_close(&fault);
}

static void check_mid_unit(void)
{
    fault_t fault;
    aq_unit_t *unit;
    aq_op_t *op;

    fault_open(&fault, cluster_uri(cluster), &(aq_pool_options_t){.size = 1});
    op = aq_execute(fault.context, NULL, "select pg_sleep(30)", NULL);
    await_event(&fault, "PgSleep");
    terminate_all();
    is_str(outcome(op), "AQ_ELOST: bind 'default': connection lost, nothing was kept: FATAL:  " ADMIN,
           "a statement that was running");

    unit = aq_unit_create();
    aq_unit_add(unit, "insert into kept values (1)", NULL);
    aq_unit_add(unit, "select pg_sleep(30)", NULL);
    aq_unit_add(unit, "insert into kept values (2)", NULL);
    op = aq_send(fault.context, NULL, unit);
    await_event(&fault, "PgSleep");
    terminate_all();
    is_str(unit_outcome(op), "AQ_ELOST: bind 'default': connection lost, nothing was kept: FATAL:  " ADMIN,
           "a unit that writes, in the middle of its statements");
    is_int(cluster_number(cluster, "select count(*) from kept"), 0, "indeed nothing was kept");
    fault_close(&fault);
}

static void check_queued_behind(void)
{
    fault_t fault;
    aq_op_t *first, *others[10];
    int wrong = 0;

    fault_open(&fault, cluster_uri(cluster), &(aq_pool_options_t){.size = 1});
    is_str(outcome(aq_execute(fault.context, NULL, "select 1", NULL)), "1", "connected");
    first = aq_execute(fault.context, NULL, "select pg_sleep(30)", NULL);
    for (int i = 0; i < 10; i++)
        others[i] =
            aq_execute(fault.context, NULL, "insert into kept values ($1) returning a", aq_args(aq_int4(i)));
    await_event(&fault, "PgSleep");
    is_int(fault_stats(&fault).in_flight, 11, "one runs, ten were sent behind it");
    terminate_all();
    is_str(outcome(first), "AQ_ELOST: bind 'default': connection lost, nothing was kept: FATAL:  " ADMIN,
           "it fails");
    for (int i = 0; i < 10; i++)
        wrong += atoi(outcome(others[i])) != i;
    is_int(wrong, 0, "the ten, which were never begun, are done elsewhere");
    is_int(cluster_number(cluster, "select count(*) from kept"), 10, "each of them once");
    cluster_sql(cluster, "truncate kept");
    fault_close(&fault);
}

/* A deferred trigger sleeps, so the backend ends in the middle of its commit. Whether that came through cannot be known. */
static void check_at_commit(void)
{
    fault_t fault;
    aq_op_t *op;

    cluster_sql(cluster, "create function sleeps() returns trigger language plpgsql as $$ begin perform "
                         "pg_sleep(30); return null; end $$;"
                         "create table slow (a int);"
                         "create constraint trigger slow after insert on slow deferrable initially deferred "
                         "for each row execute function sleeps()");
    fault_open(&fault, cluster_uri(cluster), &(aq_pool_options_t){.size = 1});
    op = aq_execute(fault.context, NULL, "insert into slow values (1)", NULL);
    await_event(&fault, "PgSleep");
    terminate_all();
    has_str(outcome(op),
            "AQ_ECOMMITUNKNOWN: bind 'default': connection lost after the unit was sent, so it may or may "
            "not have been committed: FATAL:  " ADMIN,
            "a unit whose statements had all succeeded");
    is_str(outcome(aq_execute(fault.context, NULL, "select count(*) from slow", NULL)), "0",
           "this time it was not committed");
    fault_close(&fault);
    cluster_sql(cluster, "drop table slow; drop function sleeps");
}

/* On a lane inside a transaction nothing can have been committed before COMMIT is sent. */
static void check_lane(void)
{
    fault_t fault;
    aq_op_t *acquired, *op;
    aq_lane_t *lane;

    fault_open(&fault, cluster_uri(cluster), &(aq_pool_options_t){.size = 1});
    acquired = aq_acquire(fault.context, NULL);
    lane = aq_wait(acquired);
    aq_op_take(acquired);
    aq_op_close(acquired);
    is_str(outcome(aq_lane_execute(lane, "begin", NULL)), "", "begin");
    is_str(outcome(aq_lane_execute(lane, "insert into kept values (1)", NULL)), "", "insert");
    op = aq_lane_execute(lane, "update kept set a = (select 2 from pg_sleep(30))", NULL);
    await_event(&fault, "PgSleep");
    terminate_all();
    is_str(outcome(op), "AQ_ELOST: bind 'default': connection lost, nothing was kept: FATAL:  " ADMIN,
           "a write inside the transaction: surely nothing was kept");
    is_str(outcome(aq_lane_execute(lane, "commit", NULL)),
           "AQ_ELOST: bind 'default': the connection of this lane was lost",
           "the COMMIT is not sent anywhere else");
    aq_release(lane);
    is_int(cluster_number(cluster, "select count(*) from kept"), 0, "indeed nothing was kept");
    is_str(outcome(aq_execute(fault.context, NULL, "select 1", NULL)), "1", "the pool goes on");
    fault_close(&fault);
}

/* Rows that came before are given out; then the error is told, and again to whoever asks again. */
static void check_stream(void)
{
    fault_t fault;
    aq_op_t *opened, *op;
    aq_stream_t *stream;
    aq_rows_t *rows;
    size_t count = 0;
    int code = AQ_OK;

    fault_open(&fault, cluster_uri(cluster), &(aq_pool_options_t){.size = 1});
    opened =
        aq_stream(fault.context, NULL, "select repeat('x', 1000) from generate_series(1, 1000000)", NULL);
    stream = aq_wait(opened);
    aq_op_take(opened);
    aq_op_close(opened);
    for (int batch = 0; stream != NULL && code == AQ_OK; batch++) {
        if (batch == 3)
            terminate_all();
        op = aq_stream_next(stream);
        rows = aq_wait(op);
        code = aq_op_code(op);
        if (rows != NULL && aq_rows_count(rows) == 0)
            break;
        count += rows != NULL ? aq_rows_count(rows) : 0;
        aq_op_close(op);
    }
    ok(count > 0 && count < 1000000, "rows came until the backend ended (%d)", (int)count);
    is_str(aq_error_name(code), "AQ_ELOST", "then the stream says that it was lost");
    is_str(outcome_code(aq_stream_next(stream)), "AQ_ELOST", "and says so again");
    aq_stream_close(stream);
    is_str(outcome(aq_execute(fault.context, NULL, "select 1", NULL)), "1", "the pool goes on");
    fault_close(&fault);
}

static pid_t our_backend(void)
{
    return (pid_t)cluster_number(cluster, "select pid " OURS " limit 1");
}

static bool is_in_flight(void *fault)
{
    return fault_stats(fault).in_flight > 0;
}

/* The server does not read, so that the Sync of a big unit stays here; then its backend ends. */
static void check_before_sync(void)
{
    enum { SIZE = 8 << 20 };
    char *data = calloc(1, SIZE);
    fault_t fault;
    aq_op_t *op;
    pid_t backend;

    fault_open(&fault, cluster_uri(cluster), &(aq_pool_options_t){.size = 1});
    is_str(outcome(aq_execute(fault.context, NULL, "select 1", NULL)), "1", "connected");
    backend = our_backend();
    kill(backend, SIGSTOP);
    op = aq_execute(fault.context, NULL, "insert into kept select length($1::bytea) returning a",
                    aq_args(aq_bytea(data, SIZE)));
    ok(await_on(&fault.uv, is_in_flight, &fault, 1000), "8 MB are on their way");
    run_on_for(&fault.uv, 50); /* as far as they go */
    cluster_sql(cluster, "select pg_terminate_backend(%d)", (int)backend);
    kill(backend, SIGCONT);
    is_str(outcome(op), "8388608", "a unit whose Sync was not sent is done elsewhere");
    is_int(cluster_number(cluster, "select count(*) from kept"), 1, "once");
    is_int(fault_stats(&fault).resends, 1, "it was sent again");
    cluster_sql(cluster, "truncate kept");
    fault_close(&fault);
    free(data);
}

/* kill -9: no last words, and the server restarts all its backends. */
static void check_killed(void)
{
    fault_t fault;
    aq_unit_t *unit = aq_unit_create();
    aq_op_t *writes, *reads;

    fault_open(&fault, cluster_uri(cluster), &(aq_pool_options_t){.size = 2, .timeout = 5});
    aq_unit_add(unit, "insert into kept values (1)", NULL);
    aq_unit_add(unit, "select pg_sleep(30)", NULL);
    writes = aq_send(fault.context, NULL, unit);
    await_event(&fault, "PgSleep");
    kill(our_backend(), SIGKILL);
    has_str(unit_outcome(writes),
            "AQ_ECOMMITUNKNOWN: bind 'default': connection lost after the unit was sent, so it may or may "
            "not have been committed: ",
            "a unit that writes and whose server vanished without a word");
    for (int i = 0; i < 200; i++) { /* until it has recovered */
        reads = aq_execute(fault.context, NULL, "select count(*) from kept", NULL);
        if (strcmp(outcome(reads), "0") == 0)
            break;
        run_on_for(&fault.uv, 20);
    }
    is_str(outcome(aq_execute(fault.context, NULL, "select count(*) from kept", NULL)), "0",
           "the pool is back by itself when the server is");
    fault_close(&fault);
}

int main(void)
{
    cluster = cluster_start(NULL);
    cluster_sql(cluster, "create table kept (a int)");
    subtest("backends terminated when idle")
        check_idle();
    subtest("backends terminated when idle, and not noticed yet")
        check_idle_unnoticed();
    subtest("backends terminated mid-unit")
        check_mid_unit();
    subtest("units behind one whose backend was terminated")
        check_queued_behind();
    subtest("backends terminated at commit: AQ_ECOMMITUNKNOWN")
        check_at_commit();
    subtest("backends terminated inside a lane's transaction")
        check_lane();
    subtest("backends terminated in the middle of a stream")
        check_stream();
    subtest("backends terminated between flush and Sync")
        check_before_sync();
    subtest("a backend killed without a word")
        check_killed();
    cluster_close(cluster);
    return tap_done();
}
