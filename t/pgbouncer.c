/* Through PgBouncer: what a transaction pooler does to prepared statements, units, lanes and cancels. */
#include <signal.h>

#include "t/pools.h"

enum { UNITS = 2000, IN_FLIGHT = 40 };

typedef struct {
    aq_op_t *ops[IN_FLIGHT];
    int made, right, failed, stale;
    char first_failure[512];
} load_t;

static const char *const statements[] = {
    "select $1::int4",
    "select $1::int4 from generate_series(1, 200) as n where n = 1",
    "select n from (values ($1::int4)) as v (n)",
    "insert into kept values ($1) returning id",
};

static void judge(load_t *load, aq_op_t *op)
{
    const aq_error_t *error = aq_op_error(op);

    if (error == NULL) {
        load->right++;
        return;
    }
    load->failed++;
    load->stale += strcmp(error->sqlstate, "26000") == 0 || strcmp(error->sqlstate, "42P05") == 0;
    if (load->failed == 1)
        snprintf(load->first_failure, sizeof load->first_failure, "%s", outcome_of(op));
}

/* Keeps so many statements in flight until all were made. */
static void run_load(load_t *load)
{
    *load = (load_t){.made = 0};
    while (load->right + load->failed < UNITS) {
        for (int i = 0; i < IN_FLIGHT; i++) {
            if (load->ops[i] != NULL && aq_op_done(load->ops[i])) {
                judge(load, load->ops[i]);
                aq_op_close(load->ops[i]);
                load->ops[i] = NULL;
            }
            if (load->ops[i] == NULL && load->made < UNITS)
                load->ops[i] =
                    aq__pool_execute(pool, statements[load->made++ % 4], aq_args(aq_int4(load->made)));
        }
        step();
    }
}

static void check_prepare(void)
{
    load_t load;

    with_pool("prepare = auto finds out by itself that a pooler is in the way, and nothing fails", .size = 8)
    {
        run_load(&load);
        is_int(load.failed, 0, "none of %d fails (%s)", UNITS, load.first_failure);
        note("%d sent again, %s", (int)stats().resends, pool->unnamed ? "unnamed" : "named");
        ok(pool->unnamed, "statements are no longer prepared by name");
    }
    with_pool("prepare = unnamed: nothing is sent again", .size = 8, .prepare = AQ_PREPARE_UNNAMED)
    {
        run_load(&load);
        is_int(load.failed, 0, "none of %d fails (%s)", UNITS, load.first_failure);
        is_int(stats().resends, 0, "none is sent again");
    }
    with_pool("prepare = named is taken at its word: what fails says that the pooler does not know the name",
              .size = 8, .prepare = AQ_PREPARE_NAMED)
    {
        run_load(&load);
        is_int(load.failed, load.stale, "all failures are such (%d of %d; %s)", load.failed, UNITS,
               load.first_failure);
    }
    is_int(cluster_number(
               cluster, "select count(*) from (select id from kept group by id having count(*) > 3) as many"),
           0, "no write was done twice");
}

static void check_units(void)
{
    with_pool("a unit is never split over servers", .size = 8)
    {
        aq_op_t *ops[IN_FLIGHT] = {NULL};
        int made = 0, done = 0, failed = 0, split = 0, servers[64] = {0}, server_count = 0;

        while (done < UNITS) {
            for (int i = 0; i < IN_FLIGHT; i++) {
                if (ops[i] != NULL && aq_op_done(ops[i])) {
                    aq_results_t *results = aq_op_value(ops[i]);
                    int pid = results == NULL ? 0 : aq_as_int4(aq_cell(aq_results_rows(results, 0), 0, 1)),
                        at = 0;
                    char xid[32];

                    done++;
                    failed += results == NULL;
                    snprintf(xid, sizeof xid, "%s",
                             results == NULL ? "" : aq_as_text(aq_cell(aq_results_rows(results, 0), 0, 0)));
                    for (size_t s = 1; results != NULL && s < aq_results_count(results); s++)
                        split += strcmp(aq_as_text(aq_cell(aq_results_rows(results, s), 0, 0)), xid) != 0 ||
                                 aq_as_int4(aq_cell(aq_results_rows(results, s), 0, 1)) != pid;
                    while (at < server_count && servers[at] != pid)
                        at++;
                    if (at == server_count && at < 64)
                        servers[server_count++] = pid;
                    aq_op_close(ops[i]);
                    ops[i] = NULL;
                }
                if (ops[i] == NULL && made < UNITS) {
                    aq_unit_t *unit = aq_unit_create();

                    for (int s = 0; s < 4; s++)
                        aq_unit_add(unit, "select pg_current_xact_id()::text, pg_backend_pid()", NULL);
                    made++;
                    ops[i] = aq__pool_send(pool, unit);
                }
            }
            step();
        }
        is_int(failed, 0, "none of %d fails", UNITS);
        is_int(split, 0, "each ran in one transaction of one server");
        ok(server_count > 1, "several servers were used (%d)", server_count);
    }
}

static void check_lanes(void)
{
    with_pool("lanes with transactions work, however often and with whatever statements", .size = 4)
    {
        aq_op_t *noise[20];
        int failed = 0;
        char first[512] = "";

        for (int i = 0; i < 60; i++) {
            aq_lane_t *lane = acquire();
            const char *const words[] = {"begin", "insert into kept values ($1)", "select count(*) from kept",
                                         "commit"};

            for (int j = 0; j < 20; j++)
                noise[j] = aq__pool_execute(pool, "select $1::int4", aq_args(aq_int4(j)));
            for (int j = 0; j < 4; j++) {
                aq_op_t *op = aq_lane_execute(lane, words[j], j == 1 ? aq_args(aq_int4(i)) : NULL);

                if (aq_wait(op) == NULL && failed++ == 0)
                    snprintf(first, sizeof first, "round %d, %s: %s", i, words[j], outcome_of(op));
                aq_op_close(op);
            }
            aq_release(lane);
            for (int j = 0; j < 20; j++) {
                if (aq_wait(noise[j]) == NULL && failed++ == 0)
                    snprintf(first, sizeof first, "noise: %s", outcome_of(noise[j]));
                aq_op_close(noise[j]);
            }
        }
        is_int(failed, 0, "nothing fails (%s)", first);
    }
}

/* The servers change hands: each lane gets in its next transaction the one that the other had. */
static void check_alternating_lanes(void)
{
    with_pool("two lanes whose transactions change servers work from the first on", .size = 4)
    {
        aq_lane_t *lanes[2] = {acquire(), acquire()};
        int failed = 0;
        char first[512] = "";

        for (int i = 0; i < 10; i++) {
            static const char *const words[] = {"begin", "insert into kept values ($1)",
                                                "select count(*) from kept", "commit"};

            for (int j = 0; j < 4; j++)
                for (int k = 0; k < 2; k++) {
                    aq_op_t *op = aq_lane_execute(lanes[k], words[j], j == 1 ? aq_args(aq_int4(i)) : NULL);

                    if (aq_wait(op) == NULL && failed++ == 0)
                        snprintf(first, sizeof first, "round %d, %s: %s", i, words[j], outcome_of(op));
                    aq_op_close(op);
                }
        }
        aq_release(lanes[0]);
        aq_release(lanes[1]);
        is_int(failed, 0, "nothing fails (%s)", first);
    }
}

static bool is_clean(void *data)
{
    aq_pool_stats_t now = stats();

    (void)data;
    return now.in_flight == 0 && now.busy == 0 && now.quarantined == 0;
}

static bool sleeps(void *data)
{
    (void)data;
    return cluster_number(cluster,
                          "select count(*) from pg_stat_activity where query = 'select pg_sleep(20)' and "
                          "state = 'active'") == 1;
}

static void check_cancel(void)
{
    with_pool("a cancel goes through the pooler to what it is meant for", .size = 2, .max_overflow = AQ_ZERO)
    {
        for (int i = 0; i < 5; i++) {
            aq_op_t *op = aq__pool_execute(pool, "select pg_sleep(20)", NULL);

            ok(await_that(sleeps, NULL, 5000), "it runs on a server");
            aq_cancel(op);
            is_str(outcome(op), "AQ_ECANCELED: execute: canceled", "its consumer is told at once");
            is_str(outcome(aq__pool_execute(pool, "select 'other'", NULL)), "other", "another is served");
            ok(await_that(is_clean, NULL, 3000), "the server stops it");
        }
        is_int(stats().lost, 0, "no connection was lost");
    }
}

static bool recovered(void *data)
{
    aq_op_t *op = aq__pool_execute(pool, "select 1", NULL);

    (void)data;
    return strcmp(outcome(op), "1") == 0;
}

static void check_restart(void)
{
    with_pool("a restarted PgBouncer is connected to again", .size = 2)
    {
        pid_t before;

        warm_up(2);
        is_str(outcome(aq__pool_execute(pool, "select 1", NULL)), "1", "before");
        before = cluster_pgbouncer_pid(cluster);
        cluster_restart(cluster, "fast");
        ok(cluster_pgbouncer_pid(cluster) != before, "it is another process");
        ok(await_that(recovered, NULL, 10000), "after");
        for (int i = 0; i < 10; i++)
            is_str(outcome(aq__pool_execute(pool, "select $1::int4", aq_args(aq_int4(1)))), "1",
                   "and goes on");
    }
}

static void check_session_mode(void)
{
    cluster_t *transaction_mode = cluster;
    load_t load;

    cluster = cluster_start("--pgbouncer=session");
    cluster_sql(cluster, "create table kept (id int)");
    with_pool("in session mode nothing fails and nothing is sent again", .size = 8)
    {
        run_load(&load);
        is_int(load.failed, 0, "none of %d fails (%s)", UNITS, load.first_failure);
        is_int(stats().resends, 0, "none is sent again");
    }
    cluster_close(cluster);
    cluster = transaction_mode;
}

int main(void)
{
    init_pools("--pgbouncer=transaction");
    cluster_sql(cluster, "create table kept (id int)");
    check_prepare();
    check_units();
    check_lanes();
    check_alternating_lanes();
    check_cancel();
    check_restart();
    check_session_mode();
    return done_pools();
}
