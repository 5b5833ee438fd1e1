/* A primary that goes away and a standby that takes its place: what a program sees, and that it needs no restart. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "t/fault.h"

static cluster_t *primary, *standby;

static const char *insert(fault_t *fault)
{
    return outcome(aq_execute(fault->context, NULL, "insert into t values (1) returning id", NULL));
}

/* The outcome of the first insert that succeeds; every other one must be an error that says what became of the row. */
static const char *insert_until_it_works(fault_t *fault, bool *honest)
{
    static const char unknown[] =
        "AQ_ECOMMITUNKNOWN: bind 'default': connection lost after the unit was sent, so it may or may "
        "not have been committed: server closed the connection unexpectedly";
    const char *got = "never";

    *honest = true;
    for (double end = now_ms() + 15000; now_ms() < end;) {
        got = insert(fault);
        if (strcmp(got, "1") == 0)
            return got;
        *honest = *honest && (strncmp(got, "AQ_ECONNECT: ", 13) == 0 || strncmp(got, "AQ_ELOST: ", 10) == 0 ||
                              strncmp(got, "AQ_EREADONLY: ", 14) == 0 || strcmp(got, unknown) == 0);
        note("%s", got);
        run_on_for(&fault->uv, 50);
    }
    return got;
}

static void check_write_on_a_standby(void)
{
    fault_t fault;

    fault_open(&fault, cluster_uri(standby), &(aq_pool_options_t){.size = 2});
    is_str(outcome(aq_execute(fault.context, NULL, "select pg_is_in_recovery()", NULL)), "t",
           "a standby can be read");
    is_str(insert(&fault), "AQ_EREADONLY: cannot execute INSERT in a read-only transaction",
           "but not written to");
    is_int(fault_stats(&fault).open, 0,
           "the connection that said so is not used again: it may be a primary's no more");
    is_int(fault_stats(&fault).generation, 1, "nor are those that are as old");
    is_str(outcome(aq_execute(fault.context, NULL, "select 1", NULL)), "1", "the next one connects anew");
    fault_close(&fault);
}

/* Sessions that turn read-only while they are pooled, as after a switch behind a virtual address. */
static void check_turns_read_only(void)
{
    fault_t fault;
    bool honest;

    fault_open(&fault, cluster_uri(primary), &(aq_pool_options_t){.size = 2});
    is_str(insert(&fault), "1", "a primary can be written to");
    cluster_sql(primary, "ALTER DATABASE aquifer SET default_transaction_read_only = on");
    cluster_sql(
        primary,
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = 'aquifer'");
    run_on_for(&fault.uv, 20);
    is_str(insert(&fault), "AQ_EREADONLY: cannot execute INSERT in a read-only transaction",
           "until it turns read-only");
    is_int(fault_stats(&fault).open, 0, "then its connections go");
    cluster_sql(primary,
                "BEGIN READ WRITE; ALTER DATABASE aquifer RESET default_transaction_read_only; COMMIT");
    is_str(insert_until_it_works(&fault, &honest), "1", "and new ones find it writable again");
    fault_close(&fault);
}

static void check_explicitly_read_only(void)
{
    fault_t fault;
    aq_lane_t *lane;
    aq_op_t *acquired;

    fault_open(&fault, cluster_uri(primary), &(aq_pool_options_t){.size = 1});
    acquired = aq_acquire(fault.context, NULL);
    lane = aq_wait(acquired);
    is_str(outcome(aq_lane_execute(lane, "begin read only", NULL)), "",
           "a transaction that is meant to only read");
    is_str(outcome(aq_lane_execute(lane, "insert into t values (2)", NULL)),
           "AQ_EREADONLY: cannot execute INSERT in a read-only transaction", "refuses to write");
    aq_release(lane);
    aq_op_close(acquired);
    is_str(insert(&fault), "1", "which says nothing about the server");
    is_int(fault_stats(&fault).generation, 0, "so its connections stay");
    fault_close(&fault);
}

static void check_failover(void)
{
    char uri[1024];
    fault_t fault;
    bool honest;

    snprintf(
        uri, sizeof uri,
        "postgresql://aquifer@/aquifer?host=%s/run,%s/run&port=5432,5432&target_session_attrs=read-write",
        cluster_dir(primary), cluster_dir(standby));
    fault_open(&fault, uri, &(aq_pool_options_t){.size = 3});
    is_str(insert(&fault), "1", "of two hosts the one that can be written to");
    is_int(cluster_await_number(standby, cluster_number(primary, "SELECT count(*) FROM t"), 5000,
                                "SELECT count(*) FROM t"),
           true, "the standby follows");
    cluster_stop(primary, "immediate");
    cluster_sql(standby, "SELECT pg_promote()");
    is_str(insert_until_it_works(&fault, &honest), "1",
           "the primary dies, the standby is promoted, and writing goes on");
    ok(honest, "every error until then says that nothing was kept, or that this is not known");
    fault_close(&fault);
}

static void quiet(void *data, aq_log_level_t level, const char *message)
{
    (void)data, (void)level;
    note("%s", message);
}

int main(void)
{
    primary = cluster_start(NULL);
    aq_set_log(quiet, NULL, AQ_LOG_WARNING);
    cluster_sql(primary, "CREATE TABLE t (id int)");
    standby = cluster_start_standby(primary);
    check_write_on_a_standby();
    check_turns_read_only();
    check_explicitly_read_only();
    check_failover();
    cluster_close(standby);
    cluster_close(primary);
    uv_library_shutdown();
    return tap_done();
}
