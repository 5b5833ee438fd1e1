/* ALTER TABLE between two executions of a prepared statement: the statement is prepared anew, and nobody notices. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "t/fault.h"

static cluster_t *cluster;

/* Three times: plain, prepared by name, and by that name. */
static void warm_up(fault_t *fault, const char *sql, const char *expected)
{
    for (int i = 0; i < 3; i++)
        is_str(outcome(aq_execute(fault->context, NULL, sql, NULL)), expected, "%s: %s", sql, expected);
}

static void check_select(fault_t *fault)
{
    static const struct {
        const char *ddl, *expected;
    } steps[] = {
        {"alter table changing add column b text default 'new'", "1,new"},
        {"alter table changing alter column a type bigint", "1,new"},
        {"alter table changing drop column b", "1"},
        {"alter table changing alter column a type text using 'n' || a", "n1"},
        {"drop table changing; create table changing (z date); insert into changing values ('2026-11-23')",
         "2026-11-23"},
    };

    cluster_sql(cluster, "create table changing (a int); insert into changing values (1)");
    warm_up(fault, "select * from changing", "1");
    is_int(cluster_number(cluster, "select 0"), 0, "changes come from another connection");
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        cluster_sql(cluster, "%s", steps[i].ddl);
        warm_up(fault, "select * from changing", steps[i].expected);
    }
    is_int(fault_stats(fault).resends, 5, "each change made one statement be sent again");
    is_int(fault_stats(fault).connects, 1, "on the same connection");
    cluster_sql(cluster, "drop table changing");
}

/* The stale statement is in the middle of a unit: what ran before it is undone and done again, once. */
static void check_unit(fault_t *fault)
{
    cluster_sql(cluster,
                "create table changing (a int); insert into changing values (1); create table kept (i int)");
    warm_up(fault, "select * from changing", "1");
    warm_up(fault, "select 7", "7");
    cluster_sql(cluster, "alter table changing add column b int default 2");
    for (int i = 0; i < 3; i++) {
        aq_unit_t *unit = aq_unit_create();

        aq_unit_add(unit, "insert into kept values ($1)", aq_args(aq_int4(i)));
        aq_unit_add(unit, "select * from changing", NULL);
        aq_unit_add(unit, "insert into kept values ($1)", aq_args(aq_int4(i)));
        is_str(unit_outcome(aq_send(fault->context, NULL, unit)), ";1,2;",
               "the whole unit, with the new columns");
    }
    is_int(cluster_number(cluster, "select count(*) from kept"), 6, "each insert was kept once");
    cluster_sql(cluster, "drop table changing, kept");
}

/* In a pipeline with others, some behind the same Sync. */
static void check_pipeline(fault_t *fault)
{
    aq_op_t *ops[30];
    int wrong = 0;

    cluster_sql(cluster, "create table changing (a int); insert into changing values (1)");
    warm_up(fault, "select * from changing", "1");
    cluster_sql(cluster, "alter table changing add column b int default 2");
    for (int i = 0; i < 30; i++)
        ops[i] = i % 3 == 0   ? aq_read(fault->context, NULL, "select * from changing", NULL)
                 : i % 3 == 1 ? aq_execute(fault->context, NULL, "select * from changing", NULL)
                              : aq_read(fault->context, NULL, "select 7", NULL);
    for (int i = 0; i < 30; i++)
        wrong += strcmp(outcome(ops[i]), i % 3 == 2 ? "7" : "1,2") != 0;
    is_int(wrong, 0, "thirty in flight, twenty of them stale, all give their rows");
    cluster_sql(cluster, "drop table changing");
}

/* Inside a lane's transaction it cannot be done again: the error is told, and after ROLLBACK all is well. */
static void check_lane(fault_t *fault)
{
    aq_op_t *acquired = aq_acquire(fault->context, NULL);
    aq_lane_t *lane = aq_wait(acquired);

    aq_op_take(acquired);
    aq_op_close(acquired);
    cluster_sql(cluster, "create table changing (a int); insert into changing values (1)");
    for (int i = 0; i < 3; i++)
        is_str(outcome(aq_lane_execute(lane, "select * from changing", NULL)), "1", "on a lane");
    cluster_sql(cluster, "alter table changing add column b int default 2");
    is_str(outcome(aq_lane_execute(lane, "begin", NULL)), "", "begin");
    is_str(outcome(aq_lane_execute(lane, "select * from changing", NULL)),
           "AQ_ESTALEPLAN: cached plan must not change result type", "in a transaction the error is told");
    is_str(outcome(aq_lane_execute(lane, "rollback", NULL)), "", "rollback");
    is_str(outcome(aq_lane_execute(lane, "select * from changing", NULL)), "1,2",
           "and then the statement is prepared anew");
    cluster_sql(cluster, "alter table changing add column c int default 3");
    is_str(outcome(aq_lane_execute(lane, "begin", NULL)), "", "begin");
    is_str(outcome(aq_lane_execute(lane, "select * from changing", NULL)),
           "AQ_ESTALEPLAN: cached plan must not change result type", "once more");
    is_str(outcome(aq_lane_execute(lane, "rollback", NULL)), "", "rollback");
    is_str(outcome(aq_lane_execute(lane, "begin", NULL)), "", "begin");
    is_str(outcome(aq_lane_execute(lane, "select * from changing", NULL)), "1,2,3",
           "the next transaction has forgotten the old plan");
    is_str(outcome(aq_lane_execute(lane, "rollback", NULL)), "", "rollback");
    aq_release(lane);
    cluster_sql(cluster, "drop table changing");
}

int main(void)
{
    fault_t fault;

    cluster = cluster_start(NULL);
    fault_open(&fault, cluster_uri(cluster), &(aq_pool_options_t){.size = 1});
    subtest("ALTER TABLE between two executions")
        check_select(&fault);
    subtest("ALTER TABLE and a unit")
        check_unit(&fault);
    subtest("ALTER TABLE and a pipeline")
        check_pipeline(&fault);
    subtest("ALTER TABLE and a lane's transaction")
        check_lane(&fault);
    fault_close(&fault);
    cluster_close(cluster);
    return tap_done();
}
