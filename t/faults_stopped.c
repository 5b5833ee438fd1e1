/* A server that stands still (SIGSTOP): nothing closes, nothing answers. Deadlines fire, and closing is bounded. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "t/fault.h"

enum { BACKENDS = 8 };

static cluster_t *cluster;
static pid_t stopped[BACKENDS + 1];
static int stopped_count;

/* The postmaster, so that nobody new is let in, and our backends. */
static void stop_server(void)
{
    char *pids = cluster_value(cluster, "select string_agg(pid::text, ' ') from pg_stat_activity"
                                        " where pid <> pg_backend_pid() and backend_type = 'client backend'");

    stopped_count = 0;
    stopped[stopped_count++] = cluster_postmaster_pid(cluster);
    for (char *save, *word = pids != NULL ? strtok_r(pids, " ", &save) : NULL;
         word != NULL && stopped_count <= BACKENDS; word = strtok_r(NULL, " ", &save))
        stopped[stopped_count++] = (pid_t)atoi(word);
    free(pids);
    for (int i = 0; i < stopped_count; i++)
        kill(stopped[i], SIGSTOP);
}

static void continue_server(void)
{
    for (int i = 0; i < stopped_count; i++)
        kill(stopped[i], SIGCONT);
}

/* The outcome of an op, and whether it came when it should. */
static const char *outcome_between(aq_op_t *op, double start, int least_ms, int most_ms)
{
    const char *got = outcome(op);
    double took = now_ms() - start;

    ok(took >= least_ms && took <= most_ms, "it came between %d and %d ms (%d ms)", least_ms, most_ms,
       (int)took);
    return got;
}

static void check_deadlines(void)
{
    aq_pool_options_t options = {.size = 1,
                                 .timeout = 0.6,
                                 .query_timeout = 0.3,
                                 .grace = 0.2,
                                 .close_timeout = 0.5,
                                 .connect_timeout = 2};
    fault_t fault;
    aq_op_t *read, *write, *behind;
    double start;

    fault_open(&fault, cluster_uri(cluster), &options);
    is_str(outcome(aq_execute(fault.context, NULL, "select 1", NULL)), "1", "it works");
    stop_server();
    start = now_ms();
    read = aq_execute(fault.context, NULL, "select 1", NULL);
    write = aq_execute(fault.context, NULL, "insert into kept values (1)", NULL);
    is_str(outcome_between(read, start, 290, 3000),
           "AQ_ETIMEDOUT: bind 'default': no answer within 300 ms (query_timeout): select 1",
           "a read that gets no answer");
    is_str(outcome_between(write, start, 290, 3000),
           "AQ_ECOMMITUNKNOWN: bind 'default': no answer within 300 ms (query_timeout), so it may or may not "
           "have been committed: "
           "insert into kept values (1)",
           "a write that gets no answer may yet be carried out");
    behind = aq_execute(fault.context, NULL, "select 2", NULL);
    start = now_ms();
    has_str(outcome_between(behind, start, 550, 3000),
            "AQ_EPOOLTIMEOUT: bind 'default': execute: no connection within 600 ms (",
            "what comes then waits for a connection as long as it may");
    is_int(fault_stats(&fault).open, 0, "the connection that stood still was given up after its grace");
    start = now_ms();
    fault_close(&fault);
    ok(now_ms() - start < 3000, "closing is bounded");
    continue_server();
}

/* All of it at once: many in flight, lanes held, some waiting, then close. */
static void check_close(void)
{
    aq_pool_options_t options = {.size = 2, .max_overflow = 1, .close_timeout = 0.3, .grace = 5};
    fault_t fault;
    aq_op_t *acquired;
    aq_lane_t *lane;
    int codes[20], on_lane, unknown = 0, lost = 0;

    fault_open(&fault, cluster_uri(cluster), &options);
    acquired = aq_acquire(fault.context, NULL);
    lane = aq_wait(acquired);
    aq_op_take(acquired);
    aq_op_close(acquired);
    is_str(outcome(aq_execute(fault.context, NULL, "select 1", NULL)), "1", "it works");
    stop_server();
    fault_note(aq_lane_execute(lane, "select 1", NULL), &on_lane);
    for (int i = 0; i < 20; i++)
        fault_note(
            aq_execute(fault.context, NULL, i % 2 == 0 ? "select 1" : "insert into kept values (2)", NULL),
            &codes[i]);
    run_on_for(&fault.uv, 50); /* they are sent */
    aq_release(lane);
    fault_close(&fault);
    for (int i = 0; i < 20; i++) {
        unknown += i % 2 == 1 && codes[i] == AQ_ECOMMITUNKNOWN;
        lost += i % 2 == 0 && codes[i] == AQ_ELOST;
    }
    is_int(unknown, 10, "the writes that were sent: nobody knows");
    is_int(lost, 10, "the reads: lost");
    is_str(aq_error_name(on_lane), "AQ_ELOST", "the lane's read too");
    continue_server();
}

/* It stands still for a while and goes on: nothing was lost. */
static void check_pause(void)
{
    aq_pool_options_t options = {.size = 2};
    fault_t fault;
    aq_op_t *ops[20];
    int good = 0;

    fault_open(&fault, cluster_uri(cluster), &options);
    is_str(outcome(aq_execute(fault.context, NULL, "select 1", NULL)), "1", "it works");
    stop_server();
    for (int i = 0; i < 20; i++)
        ops[i] = aq_execute(fault.context, NULL, "select $1::int4", aq_args(aq_int4(i)));
    is_str(outcome_code(aq_timeout(aq_execute(fault.context, NULL, "select 'late'", NULL), 100)),
           "AQ_ETIMEDOUT", "aq_timeout() fires meanwhile");
    continue_server();
    for (int i = 0; i < 20; i++)
        good += atoi(outcome(ops[i])) == i;
    is_int(good, 20, "a pause below the deadlines costs nothing but time");
    fault_close(&fault);
}

int main(void)
{
    aq_set_log(NULL, NULL, AQ_LOG_ERROR);
    cluster = cluster_start(NULL);
    cluster_sql(cluster, "create table kept (a int)");
    subtest("SIGSTOPped server: deadlines fire")
        check_deadlines();
    subtest("SIGSTOPped server: close is bounded")
        check_close();
    subtest("SIGSTOPped server that goes on")
        check_pause();
    cluster_close(cluster);
    return tap_done();
}
