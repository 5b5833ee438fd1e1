/* Cancels that race with short queries on pipelined connections: none of them may hit a query that it was not meant for, and no write may be done
 * twice because one was hit and sent again. */
#include "t/pools.h"

enum { CANCELS = 500, IN_FLIGHT = 24 };

typedef struct {
    aq_op_t *op;
    int number;
    bool write;
} runner_t;

static struct {
    unsigned long seed;
    int number, canceled, right, wrong, writes;
} race;

static unsigned draw(unsigned below)
{
    race.seed = race.seed * 6364136223846793005ul + 1442695040888963407ul;
    return (unsigned)(race.seed >> 33) % below;
}

static void set_off(runner_t *runner)
{
    runner->number = ++race.number;
    runner->write = draw(4) == 0;
    if (runner->write)
        runner->op = aq__pool_execute(pool, "insert into stamps values ($1) returning id",
                                      aq_args(aq_int4(runner->number)));
    else if (draw(2) == 0)
        runner->op =
            aq__pool_read(pool, "select $1::int4 from generate_series(1, $2::int4) where generate_series = 1",
                          aq_args(aq_int4(runner->number), aq_int4((int)draw(4000) + 1)));
    else
        runner->op = aq__pool_execute(
            pool, "select $1::int4 from generate_series(1, $2::int4) where generate_series = 1",
            aq_args(aq_int4(runner->number), aq_int4((int)draw(4000) + 1)));
}

static void arrive(runner_t *runner)
{
    char expected[16];
    const char *text = outcome_of(runner->op);

    snprintf(expected, sizeof expected, "%d", runner->number);
    if (strcmp(text, expected) == 0) {
        race.right++;
        race.writes += runner->write;
    } else if (race.wrong++ < 5) {
        diag("%d: %s", runner->number, text);
    }
    aq_op_close(runner->op);
    set_off(runner);
}

/* Cancels what is likely to be a head: the oldest of those that read. */
static void strike(runner_t *runners)
{
    runner_t *oldest = NULL;

    for (int i = 0; i < IN_FLIGHT; i++)
        if (!runners[i].write && !aq_op_done(runners[i].op) &&
            (oldest == NULL || runners[i].number < oldest->number))
            oldest = &runners[i];
    if (oldest == NULL)
        return;
    race.canceled++;
    aq_op_close(oldest->op);
    set_off(oldest);
}

static void run_race(void)
{
    runner_t runners[IN_FLIGHT];

    race.seed = uv_hrtime();
    note("seed %lu", race.seed);
    race.number = race.canceled = race.right = race.wrong = race.writes = 0;
    pool->patience = 0;
    for (int i = 0; i < IN_FLIGHT; i++)
        set_off(&runners[i]);
    while (stats().cancels < CANCELS) {
        step();
        for (int i = 0; i < IN_FLIGHT; i++)
            if (aq_op_done(runners[i].op))
                arrive(&runners[i]);
        if (draw(3) == 0)
            strike(runners);
    }
    for (int i = 0; i < IN_FLIGHT; i++) {
        (void)aq_wait(runners[i].op);
        arrive(&runners[i]);
        aq_op_close(runners[i].op);
    }
}

static bool is_clean(void *data)
{
    aq_pool_stats_t now = stats();

    (void)data;
    return now.in_flight == 0 && now.busy == 0 && now.quarantined == 0;
}

static void check_race(const char *name, aq_sync_t sync)
{
    with_pool(name, .size = 3, .max_overflow = AQ_ZERO, .sync = sync)
    {
        int unsettled;

        cluster_sql(cluster, "truncate stamps");
        run_race();
        is_int(race.wrong, 0, "each of the others has its own row (%d of them)", race.right);
        note("%d ops let go, %d cancels, %d units sent again", race.canceled, (int)stats().cancels,
             (int)stats().resends);
        ok(await_that(is_clean, NULL, 5000), "all connections come back");
        is_int(stats().lost, 0, "none was lost");
        unsettled = (int)cluster_number(cluster, "select count(*) from stamps") - race.writes;
        ok(unsettled >= 0 && unsettled <= IN_FLIGHT, "each write was done once (%d of them, %d at the end)",
           race.writes, unsettled);
        is_int(cluster_number(
                   cluster,
                   "select count(*) from (select id from stamps group by id having count(*) > 1) as twice"),
               0, "none twice");
    }
}

int main(void)
{
    init_pools(NULL);
    cluster_sql(cluster, "create table stamps (id int)");
    check_race("500 cancels among short queries hit nothing else, each unit with its own Sync", AQ_SYNC_UNIT);
    check_race("500 cancels among short queries hit nothing else, reads sharing Syncs", AQ_SYNC_TURN);
    return done_pools();
}
