/* Errors in a pipeline: what fails is told, and nobody else notices. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "t/fault.h"

enum { UNITS = 12 };

static cluster_t *cluster;

/* For each k: k fails among UNITS inserts on one connection. */
static void check_each_unit(void)
{
    fault_t fault;
    int wrong = 0;

    fault_open(&fault, cluster_uri(cluster), &(aq_pool_options_t){.size = 1});
    cluster_sql(cluster, "create table kept (k int, i int)");
    for (int k = 0; k < UNITS; k++) {
        aq_op_t *ops[UNITS];

        for (int i = 0; i < UNITS; i++) /* a division by zero for i = k */
            ops[i] =
                aq_execute(fault.context, NULL, "insert into kept select $1::int4, $2::int4 + 0 / ($1 - $2)",
                           aq_args(aq_int4(k), aq_int4(i)));
        for (int i = 0; i < UNITS; i++)
            if (strcmp(outcome(ops[i]), i == k ? "AQ_EDATA: division by zero" : "") != 0)
                wrong++;
    }
    is_int(wrong, 0, "each of %d units failed once in the middle of the others, with its own error", UNITS);
    is_int(cluster_number(cluster, "select count(*) from kept"), UNITS * (UNITS - 1), "the others were kept");
    is_int(cluster_number(cluster, "select count(*) from kept where k = i"), 0, "it was not");
    is_int(fault_stats(&fault).connects, 1, "all on one connection");
    fault_close(&fault);
    cluster_sql(cluster, "drop table kept");
}

/* The same inside one unit: all or nothing. */
static void check_inside_unit(void)
{
    fault_t fault;
    int wrong = 0;

    fault_open(&fault, cluster_uri(cluster), &(aq_pool_options_t){.size = 1});
    cluster_sql(cluster, "create table kept (k int, i int)");
    for (int k = 0; k <= UNITS; k++) { /* k = UNITS: nothing fails */
        aq_unit_t *unit = aq_unit_create();
        aq_op_t *before, *op, *after;
        const char *got;

        for (int i = 0; i < UNITS; i++)
            aq_unit_add(unit, "insert into kept select $1::int4, $2::int4 + 0 / ($1 - $2)",
                        aq_args(aq_int4(k), aq_int4(i)));
        before = aq_execute(fault.context, NULL, "select 1", NULL);
        op = aq_send(fault.context, NULL, unit);
        after = aq_execute(fault.context, NULL, "select 2", NULL);
        got = unit_outcome(op);
        if (strcmp(got, k < UNITS ? "AQ_EDATA: division by zero" : ";;;;;;;;;;;") != 0 ||
            strcmp(outcome(before), "1") != 0 || strcmp(outcome(after), "2") != 0)
            wrong++;
    }
    is_int(wrong, 0, "a unit fails at each of its statements; its neighbours do not notice");
    is_int(cluster_number(cluster, "select count(*) from kept where k < %d", UNITS), 0,
           "nothing of a failed unit was kept");
    is_int(cluster_number(cluster, "select count(*) from kept"), UNITS, "all of the good one was");
    fault_close(&fault);
    cluster_sql(cluster, "drop table kept");
}

/* Plain reads of one turn behind one Sync. */
static void check_shared_sync(void)
{
    fault_t fault;
    int wrong = 0;

    fault_open(&fault, cluster_uri(cluster), &(aq_pool_options_t){.size = 1, .sync = AQ_SYNC_TURN});
    is_str(outcome(aq_read(fault.context, NULL, "select 1", NULL)), "1", "connected");
    for (int k = 0; k <= UNITS; k++) {
        aq_op_t *ops[UNITS];
        char expected[32];

        for (int i = 0; i < UNITS; i++)
            ops[i] = aq_read(fault.context, NULL, "select $2::int4 + 0 / ($1::int4 - $2)",
                             aq_args(aq_int4(k), aq_int4(i)));
        for (int i = 0; i < UNITS; i++) {
            snprintf(expected, sizeof expected, "%d", i);
            if (strcmp(outcome(ops[i]), i == k ? "AQ_EDATA: division by zero" : expected) != 0)
                wrong++;
        }
    }
    is_int(wrong, 0, "a read fails at each place of a shared Sync; the others give their rows");
    ok(fault_stats(&fault).shared_reads > 0, "Syncs were shared");
    ok(fault_stats(&fault).resends >= UNITS * (UNITS - 1), "and the others were sent again");
    is_int(fault_stats(&fault).connects, 1, "all on one connection");
    fault_close(&fault);
}

static int pooler_warnings;

static void on_log(void *data, aq_log_level_t level, const char *message)
{
    (void)data, (void)level;
    if (strstr(message, "pooler") != NULL)
        pooler_warnings++;
}

/* Each failing read beside each other failing read: every one gets its own error. */
static void check_many_errors_in_shared_sync(void)
{
    fault_t fault;
    aq_op_t *ops[UNITS];
    int wrong = 0;

    fault_open(&fault, cluster_uri(cluster), &(aq_pool_options_t){.size = 1});
    is_str(outcome(aq_read(fault.context, NULL, "select 1", NULL)), "1", "connected");
    for (int round = 0; round < 3; round++) { /* unnamed, being prepared, prepared */
        for (int i = 0; i < UNITS; i++)
            ops[i] = aq_read(fault.context, NULL,
                             i % 3 == 0   ? "select 1 / $1::int4"
                             : i % 3 == 1 ? "select nothing from nowhere where $1 = 0"
                                          : "select $1::int4",
                             aq_args(aq_int4(0)));
        for (int i = 0; i < UNITS; i++) {
            static const char *const expected[] = {"AQ_EDATA: division by zero",
                                                   "AQ_EUNDEFINED: relation \"nowhere\" does not exist", "0"};
            const char *got = outcome(ops[i]);

            if (strcmp(got, expected[i % 3]) != 0 && wrong++ == 0)
                diag("%s", got);
        }
    }
    is_int(wrong, 0,
           "run-time errors, errors in preparing and good reads behind one Sync, each with its own outcome");
    fault_close(&fault);
}

/* A statement that cannot be prepared, many at a time: those behind the first must not take its name for granted. */
static void check_failing_prepare(void)
{
    fault_t fault;
    aq_op_t *ops[UNITS];
    int wrong = 0;

    fault_open(&fault, cluster_uri(cluster), &(aq_pool_options_t){.size = 1});
    for (int round = 0; round < 5; round++) {
        for (int i = 0; i < UNITS; i++)
            ops[i] = i % 4 == 3 ? aq_execute(fault.context, NULL, "select $1::int4", aq_args(aq_int4(i)))
                                : aq_execute(fault.context, NULL, "insert into nowhere values ($1)",
                                             aq_args(aq_int4(i)));
        for (int i = 0; i < UNITS; i++) {
            const char *got = outcome(ops[i]);

            if (i % 4 == 3 ? atoi(got) != i
                           : strcmp(got, "AQ_EUNDEFINED: relation \"nowhere\" does not exist") != 0)
                if (wrong++ == 0)
                    diag("%d: %s", i, got);
        }
    }
    is_int(wrong, 0, "each has the error of its own statement");
    is_int(fault_stats(&fault).resends, 0, "none had to be sent again");
    fault_close(&fault);
}

/* A constraint that is checked at commit fails at the Sync, as an error of no statement. */
static void check_deferred_constraint(void)
{
    fault_t fault;
    aq_op_t *ops[3];
    const char *got;

    cluster_sql(cluster, "create table parent (id int primary key);"
                         "create table child (id int, parent int constraint has_parent references parent "
                         "deferrable initially deferred)");
    fault_open(&fault, cluster_uri(cluster), &(aq_pool_options_t){.size = 1});
    for (int round = 0; round < 3; round++) {
        ops[0] = aq_execute(fault.context, NULL, "insert into child values ($1, 0) returning id",
                            aq_args(aq_int4(round)));
        ops[1] = aq_execute(fault.context, NULL, "insert into parent values ($1) returning id",
                            aq_args(aq_int4(round + 1)));
        ops[2] = aq_read(fault.context, NULL, "select 'read'", NULL);
        got = outcome(ops[0]);
        is_str(got,
               "AQ_EFOREIGNKEY: insert or update on table \"child\" violates foreign key constraint "
               "\"has_parent\"",
               "the insert fails although its statement succeeded, round %d", round);
        is_int(outcome(ops[1])[0] - '0', round + 1, "the unit behind it is kept");
        is_str(outcome(ops[2]), "read", "and the read behind that gives its row");
    }
    is_int(cluster_number(cluster, "select count(*) from child"), 0, "nothing of the failed units is there");
    is_int(cluster_number(cluster, "select count(*) from parent"), 3, "everything of the others is");
    fault_close(&fault);
    cluster_sql(cluster, "drop table child, parent");
}

/* A serialization failure is sent again by itself; the error reaches nobody. */
static void check_retried(void)
{
    fault_t fault;

    cluster_sql(cluster, "create sequence tries;"
                         "create function fails_twice() returns int language plpgsql as $$"
                         " begin if nextval('tries') < 3 then raise exception 'again' using errcode = "
                         "'40001'; end if; return 42; end $$");
    fault_open(&fault, cluster_uri(cluster), &(aq_pool_options_t){.size = 1});
    is_str(outcome(aq_execute(fault.context, NULL, "select fails_twice()", NULL)), "42",
           "40001 twice, then the value");
    is_int(fault_stats(&fault).resends, 2, "it was sent again twice");
    cluster_sql(cluster, "select setval('tries', 1, false)");
    fault_close(&fault);
    fault_open(&fault, cluster_uri(cluster), &(aq_pool_options_t){.size = 1, .retry_limit = 1});
    is_str(outcome(aq_execute(fault.context, NULL, "select fails_twice()", NULL)), "AQ_ESERIALIZATION: again",
           "beyond retry_limit the error is told");
    cluster_sql(cluster, "select setval('tries', 1, false)");
    fault_close(&fault);
}

int main(void)
{
    cluster = cluster_start(NULL);
    aq_set_log(on_log, NULL, AQ_LOG_WARNING);
    subtest("an error in unit k of n pipelined ones touches no other")
        check_each_unit();
    subtest("an error in statement k of a unit undoes the unit and no other")
        check_inside_unit();
    subtest("in a shared Sync the others are sent again and nobody can tell")
        check_shared_sync();
    subtest("many errors in a shared Sync")
        check_many_errors_in_shared_sync();
    subtest("a statement that cannot be prepared, many at a time")
        check_failing_prepare();
    subtest("a deferred constraint that fails at the Sync with units queued behind it")
        check_deferred_constraint();
    subtest("a serialization failure is retried")
        check_retried();
    is_int(pooler_warnings, 0, "nobody took any of this for a pooler");
    cluster_close(cluster);
    return tap_done();
}
