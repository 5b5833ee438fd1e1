/* Cancelling: an op at each turn of its life, by each way to let go of it; the quarantine that keeps a cancel from hitting anything else; and what
 * bounds the wait when the server does not listen. */
#include <signal.h>

#include "t/gate.h"

static bool is_clean(void *data)
{
    aq_pool_stats_t now = stats();

    (void)data;
    return now.in_flight == 0 && now.busy == 0 && now.quarantined == 0 && now.held == 0;
}

static bool await_clean(void)
{
    return await_that(is_clean, NULL, 5000);
}

static bool op_is_done(void *data)
{
    return aq_op_done(data);
}

/* ---- Each turn of its life ---------------------------------------------------------------------------------------------------- */

typedef enum { CONNECTING, FULL, QUEUED, HEAD, BEHIND, COMPLETED, STAGES } stage_t;
typedef enum { READ, FUNCTION, WRITE, KINDS } kind_t;
typedef enum { CANCEL, CLOSE, TIMEOUT, TASK_END, WAYS } way_t;

static const char *const stages[] = {"while it waits for a first connection",
                                     "while it waits in a full pool",
                                     "before it was sent",
                                     "as head of the pipeline",
                                     "behind another",
                                     "just completed"};
static const char *const kinds[] = {"a read", "a SELECT with a function", "a write"};
static const char *const ways[] = {"aq_cancel", "aq_op_close", "aq_timeout", "its task's end"};
static const char effects[] =
    "select (select count(*) from stamps) + (select count(*) from gate where id = 7)";
static const char *const statements[] = {"select id from gate where id = $1",
                                         "select stamp($1), count(*) from gate",
                                         "insert into gate values ($1) returning id"};

typedef struct {
    kind_t kind;
    way_t way;
    aq_op_t *op;     /* NULL: closed */
    aq_op_t *task;   /* TASK_END */
    char text[4096]; /* of the outcome, TASK_END: none */
} attempt_t;

static void *hold_op(void *data)
{
    attempt_t *attempt = data;

    attempt->op = aq__pool_execute(pool, statements[attempt->kind], aq_args(aq_int4(7)));
    aq_await(attempt->op);
    attempt->op = NULL;
    return NULL;
}

static void start(attempt_t *attempt)
{
    if (attempt->way != TASK_END) {
        attempt->op = aq__pool_execute(pool, statements[attempt->kind], aq_args(aq_int4(7)));
        return;
    }
    attempt->task = aq_spawn(loop, hold_op, attempt);
}

static void let_go(attempt_t *attempt)
{
    switch (attempt->way) {
    case CANCEL: aq_cancel(attempt->op); break;
    case CLOSE:
        aq_op_close(attempt->op);
        attempt->op = NULL;
        break;
    case TIMEOUT: aq_timeout(attempt->op, 1); break;
    case TASK_END: aq_cancel(attempt->task); break;
    case WAYS: break;
    }
}

static const char *settle(attempt_t *attempt)
{
    if (attempt->task != NULL) {
        aq_wait(attempt->task);
        aq_op_close(attempt->task);
        return "";
    }
    return attempt->op != NULL ? outcome(attempt->op) : "";
}

/* What the consumer must see; "" when it sees nothing any more. */
static const char *expected_outcome(stage_t stage, kind_t kind, way_t way)
{
    static const char *const values[] = {"7", ",0", "7"};

    if (way == CLOSE || way == TASK_END)
        return "";
    if (stage == COMPLETED)
        return values[kind];
    if (way == TIMEOUT)
        return "AQ_ETIMEDOUT: execute: not done within 1 ms";
    switch (stage) {
    case CONNECTING:
    case FULL: return "AQ_ECANCELED: bind 'default': execute: canceled while it waited for a connection";
    case QUEUED: return "AQ_ECANCELED: bind 'default': execute: canceled before it was sent";
    case HEAD:
        if (kind == FUNCTION)
            return "AQ_ECANCELED: bind 'default': canceled while it ran: select stamp($1), count(*) from "
                   "gate";
        /* fall through */
    case BEHIND:
        if (kind == READ)
            return "AQ_ECANCELED: execute: canceled";
        return kind == WRITE ? "7" : ",0";
    case COMPLETED:
    case STAGES: break;
    }
    return "?";
}

/* Whether what it does has been done at the end. */
static bool expected_effect(stage_t stage, kind_t kind, way_t way)
{
    if (kind == READ)
        return false;
    if (stage == HEAD)
        return kind == WRITE;
    if (stage == QUEUED)
        return way == TIMEOUT || way == TASK_END; /* those take effect a turn later, when it is on its way */
    return stage == BEHIND || stage == COMPLETED;
}

static void run_stage(stage_t stage, kind_t kind, way_t way)
{
    attempt_t attempt = {.kind = kind, .way = way};
    aq_lane_t *lane = NULL;
    aq_op_t *first = NULL;
    uint64_t cancels;
    const char *expected = expected_outcome(stage, kind, way);
    long before = count(effects);

    if (stage != CONNECTING)
        warm_up(1);
    cancels = stats().cancels;
    if (stage == FULL)
        lane = acquire();
    if (stage == HEAD || stage == BEHIND)
        close_gate();
    if (stage == BEHIND) {
        first = aq__pool_execute(pool, "select count(*) from gate where id < 0", NULL);
        await_standing(1);
    }
    start(&attempt);
    if (stage == HEAD)
        ok(await_standing(1), "it runs on the server");
    if (stage == BEHIND)
        turn(), turn();
    if (stage == FULL)
        turn();
    if (stage == COMPLETED && attempt.way != TASK_END)
        ok(await_that(op_is_done, attempt.op, 5000), "it is done, and nobody has been told");
    if (stage == COMPLETED && attempt.way == TASK_END)
        run_for(50);
    let_go(&attempt);
    if (way == TIMEOUT && stage != QUEUED && stage != CONNECTING)
        usleep(2000);
    if (stage == HEAD || stage == BEHIND) {
        if (stage == HEAD && kind != WRITE)
            ok(await_clean(), "its connection is free while the gate is still closed");
        else
            run_for(25);
        if (stage == BEHIND)
            is_int(stats().cancels, cancels, "no cancel is sent: what runs is another");
        open_gate();
    }
    if (stage == QUEUED && way == TIMEOUT) {
        (void)settle(&attempt); /* either is right: it may have been faster than its deadline */
    } else {
        is_str(settle(&attempt), expected, "what its consumer sees");
    }
    if (first != NULL)
        is_str(outcome(first), "0", "the one before it has its rows");
    aq_release(lane);
    ok(await_clean(), "its connection comes back");
    if (stage == HEAD)
        is_int(stats().cancels - cancels, kind == WRITE ? 0 : 1, "cancels sent to the server");
    if (!(stage == QUEUED && (way == TIMEOUT || way == TASK_END)) &&
        !(stage == CONNECTING && (way == TIMEOUT || way == TASK_END)))
        is_int(count(effects) - before, expected_effect(stage, kind, way), "what it did");
    is_str(outcome(aq__pool_execute(pool, "select 'after'", NULL)), "after", "the pool goes on");
    is_int(stats().lost, 0, "no connection was lost");
}

static void check_turns(void)
{
    for (int stage = 0; stage < STAGES; stage++)
        for (int kind = 0; kind < KINDS; kind++)
            for (int way = 0; way < WAYS; way++) {
                char name[200];

                snprintf(name, sizeof name, "%s %s, by %s", kinds[kind], stages[stage], ways[way]);
                keep("truncate gate, stamps");
                if (kind == READ)
                    keep("insert into gate values (7)");
                with_pool(name, .size = 1, .max_overflow = AQ_ZERO)
                    run_stage((stage_t)stage, (kind_t)kind, (way_t)way);
            }
}

/* ---- Lanes --------------------------------------------------------------------------------------------------------------------- */

/* Leaves the gate closed. */
static void cancel_standing_read(aq_lane_t *lane)
{
    aq_op_t *op;

    close_gate();
    op = aq_lane_execute(lane, "select id from gate", NULL);
    ok(await_standing(1), "it runs");
    aq_cancel(op);
    is_str(outcome(op), "AQ_ECANCELED: execute: canceled", "it is canceled at once");
}

static void check_lanes(void)
{
    with_pool("a read cancelled on a lane outside a transaction leaves the lane usable", .size = 1)
    {
        aq_lane_t *lane = acquire();

        cancel_standing_read(lane);
        is_str(outcome(aq_lane_execute(lane, "select 'next'", NULL)), "next", "the next call has its rows");
        is_int(stats().cancels, 1, "the server was asked");
        open_gate();
        aq_release(lane);
        ok(await_clean(), "the connection comes back");
        is_int(stats().lost, 0, "and was not lost");
    }
    with_pool("a read cancelled inside a lane's transaction fails the transaction, which can be rolled back",
              .size = 1)
    {
        aq_lane_t *lane = acquire();

        is_str(outcome(aq_lane_execute(lane, "begin", NULL)), "", "begin");
        is_str(outcome(aq_lane_execute(lane, "insert into stamps values (1)", NULL)), "", "insert");
        cancel_standing_read(lane);
        is_str(outcome(aq_lane_execute(lane, "select 'next'", NULL)),
               "AQ_ESERVER: current transaction is aborted, commands ignored until end of transaction block",
               "the next call is told what became of the transaction");
        ok(aq_lane_in_transaction(lane), "it is still in it");
        is_str(outcome(aq_lane_execute(lane, "rollback", NULL)), "", "rollback");
        is_str(outcome(aq_lane_execute(lane, "select 'next'", NULL)), "next", "and goes on");
        open_gate();
        aq_release(lane);
        ok(await_clean(), "the connection comes back");
        is_int(count("select count(*) from stamps"), 0, "nothing was kept");
    }
    with_pool("a write cancelled on a lane while it is on its way completes with its real outcome", .size = 1)
    {
        aq_lane_t *lane = acquire();
        aq_op_t *op;

        close_gate();
        op = aq_lane_execute(lane, "insert into gate values (1) returning id", NULL);
        ok(await_standing(1), "it runs");
        aq_cancel(op);
        run_for(20);
        ok(!aq_op_done(op), "it is not done by that");
        open_gate();
        is_str(outcome(op), "1", "its row");
        aq_release(lane);
        ok(await_clean(), "the connection comes back");
        is_int(stats().cancels, 0, "the server was not asked to stop it");
    }
    with_pool("what is queued on a lane behind a cancelled read is not hit by its cancel", .size = 1)
    {
        aq_lane_t *lane = acquire();
        aq_op_t *op, *behind[3];

        close_gate();
        op = aq_lane_execute(lane, "select id from gate", NULL);
        behind[0] = aq_lane_execute(lane, "select 1", NULL);
        behind[1] = aq_lane_execute(lane, "insert into stamps values (2) returning id", NULL);
        behind[2] = aq_lane_execute(lane, "select 3", NULL);
        ok(await_standing(1), "it runs");
        aq_cancel(op);
        is_str(outcome(op), "AQ_ECANCELED: execute: canceled", "it is canceled at once");
        run_for(20);
        open_gate();
        for (int i = 0; i < 3; i++) {
            char expected[2] = {(char)('1' + i), '\0'};

            is_str(outcome(behind[i]), expected, "the %d. behind it", i + 1);
        }
        aq_release(lane);
        ok(await_clean(), "the connection comes back");
    }
}

/* ---- Quarantine ------------------------------------------------------------------------------------------------------------------ */

static int most_cancels;

static bool is_clean_again(void *data)
{
    if (pool->cancels > most_cancels)
        most_cancels = pool->cancels;
    return is_clean(data);
}

static void check_quarantine(void)
{
    with_pool("a connection serves nothing until the cancel and what it was meant for are through", .size = 1,
              .max_overflow = AQ_ZERO)
    {
        aq_op_t *victim, *others[5];

        warm_up(1);
        close_gate();
        victim = aq__pool_execute(pool, "select id from gate", NULL);
        ok(await_standing(1), "it runs");
        aq_cancel(victim);
        is_int(stats().quarantined, 1, "its connection is in quarantine at once");
        for (int i = 0; i < 5; i++)
            others[i] = aq__pool_execute(pool, "select $1::int4", aq_args(aq_int4(i)));
        turn();
        is_int(stats().waiting, 5, "others wait");
        is_str(outcome(victim), "AQ_ECANCELED: execute: canceled", "the one that was canceled");
        for (int i = 0; i < 5; i++) {
            char expected[2] = {(char)('0' + i), '\0'};

            is_str(outcome(others[i]), expected, "a waiter");
        }
        is_int(stats().connects, 1, "all on one connection");
        open_gate();
    }
    with_pool("a read that is cancelled behind one Sync with others does not hold them up", .size = 1,
              .max_overflow = AQ_ZERO, .query_timeout = 5)
    {
        aq_op_t *first, *slow, *last;

        warm_up(1);
        close_gate();
        first = aq__pool_read(pool, "select 1", NULL);
        slow = aq__pool_read(pool, "select id from gate", NULL);
        last = aq__pool_read(pool, "select 3", NULL);
        ok(await_standing(1), "it runs");
        aq_cancel(slow);
        is_str(outcome(slow), "AQ_ECANCELED: execute: canceled", "it is canceled at once");
        is_str(outcome(first), "1", "the one before it");
        is_str(outcome(last), "3", "the one behind it");
        is_int(stats().cancels, 1, "because the server was asked to stop it");
        open_gate();
    }
    with_pool("of many cancels at most four are under way at once, the others follow", .size = 7)
    {
        aq_op_t *ops[7];

        warm_up(7);
        close_gate();
        for (int i = 0; i < 7; i++)
            ops[i] = aq__pool_execute(pool, "select id from gate", NULL);
        ok(await_standing(7), "they run");
        for (int i = 0; i < 7; i++)
            aq_op_close(ops[i]);
        most_cancels = 0;
        ok(await_that(is_clean_again, NULL, 5000), "all connections come back, although the gate is closed");
        ok(most_cancels > 0 && most_cancels <= 4, "at most four cancels are under way (%d)", most_cancels);
        is_int(stats().cancels, 7, "cancels in all");
        is_int(stats().lost, 0, "no connection was lost");
        open_gate();
    }
}

/* ---- Deadlines -------------------------------------------------------------------------------------------------------------------- */

static bool one_lost(void *data)
{
    (void)data;
    return stats().lost == 1;
}

static void check_grace(void)
{
    with_pool("a backend that does not obey a cancel loses its connection after the grace, others go on",
              .size = 2, .max_overflow = AQ_ZERO, .grace = 0.3, .close_timeout = 1)
    {
        aq_lane_t *lane = acquire();
        pid_t backend = (pid_t)aq_lane_backend_pid(lane);
        double since;
        aq_op_t *op;

        aq_release(lane);
        turn();
        kill(backend, SIGSTOP);
        op = aq__pool_execute(pool, "select 1", NULL);
        run_for(10);
        aq_cancel(op);
        since = now_ms();
        is_str(outcome(op), "AQ_ECANCELED: execute: canceled", "its consumer does not wait");
        for (int i = 0; i < 3; i++)
            is_str(outcome(aq__pool_execute(pool, "select 'other'", NULL)), "other", "the pool goes on");
        ok(await_that(one_lost, NULL, 3000), "its connection is closed");
        since = now_ms() - since;
        ok(since >= 250 && since < 900, "after its grace (%.0f ms)", since);
        ok(await_clean(), "nothing is left of it");
        kill(backend, SIGCONT);
    }
    with_pool("a pool whose backend does not obey closes in time, and everybody is told", .size = 1,
              .max_overflow = AQ_ZERO, .close_timeout = 0.3)
    {
        aq_lane_t *lane = acquire();
        pid_t backend = (pid_t)aq_lane_backend_pid(lane);
        aq_op_t *read, *write, *queued;
        char *big = calloc(1, 4 << 20);
        double since;

        aq_release(lane);
        turn();
        kill(backend, SIGSTOP);
        memset(big, 'x', (4 << 20) - 1);
        read = aq__pool_execute(pool, "select 1", NULL);
        write = aq__pool_execute(pool, "insert into gate select length($1)", aq_args(aq_text(big)));
        run_for(20);
        queued = aq__pool_execute(pool, "select 2", NULL);
        run_for(20);
        since = now_ms();
        ok(end_pool() >= 0, "it closes");
        since = now_ms() - since;
        ok(since >= 250 && since < 900, "after its close_timeout (%.0f ms)", since);
        is_str(outcome(read), "AQ_ELOST: bind 'default': connection lost, nothing was kept: closed",
               "a read that was sent");
        is_str(outcome(write), "AQ_ELOST: bind 'default': connection lost, nothing was kept: closed",
               "a write of which a part was sent");
        is_str(outcome(queued),
               "AQ_ECLOSED: bind 'default': execute: the context was closed while it waited for a connection",
               "one that was not sent");
        kill(backend, SIGCONT);
        free(big);
    }
}

static void check_query_timeout(void)
{
    with_pool("query_timeout ends the wait for a read, and its connection can be used again", .size = 1,
              .query_timeout = 0.2, .grace = 2)
    {
        double since;

        warm_up(1);
        close_gate();
        since = now_ms();
        is_str(outcome(aq__pool_execute(pool, "select id from gate", NULL)),
               "AQ_ETIMEDOUT: bind 'default': no answer within 200 ms (query_timeout): select id from gate",
               "the read");
        since = now_ms() - since;
        ok(since >= 190 && since < 600, "in time (%.0f ms)", since);
        is_str(outcome(aq__pool_execute(pool, "select 'next'", NULL)), "next", "the next one");
        is_int(stats().connects, 1, "on the same connection");
        is_int(stats().timeouts, 1, "one timeout is counted");
        open_gate();
    }
    with_pool("query_timeout of a write says that its outcome is not known", .size = 1, .query_timeout = 0.2,
              .grace = 0.3)
    {
        double since;

        warm_up(1);
        close_gate();
        since = now_ms();
        is_str(outcome(aq__pool_execute(pool, "insert into gate values (9)", NULL)),
               "AQ_ECOMMITUNKNOWN: bind 'default': no answer within 200 ms (query_timeout), so it may or may "
               "not have "
               "been committed: insert into gate values (9)",
               "the write");
        ok(await_that(one_lost, NULL, 3000), "its connection is closed after the grace");
        since = now_ms() - since;
        ok(since >= 450 && since < 1200, "in time (%.0f ms)", since);
        is_int(stats().cancels, 0, "the server was not asked to stop it");
        is_str(outcome(aq__pool_execute(pool, "select 'next'", NULL)), "next", "the pool goes on");
        open_gate();
    }
    with_pool("query_timeout on a lane: its transaction is failed, the lane is not lost", .size = 1,
              .query_timeout = 0.2)
    {
        aq_lane_t *lane = acquire();

        is_str(outcome(aq_lane_execute(lane, "begin", NULL)), "", "begin");
        close_gate();
        is_str(outcome(aq_lane_execute(lane, "select id from gate", NULL)),
               "AQ_ETIMEDOUT: bind 'default': no answer within 200 ms (query_timeout): select id from gate",
               "the read");
        is_str(outcome(aq_lane_execute(lane, "rollback", NULL)), "", "rollback");
        is_str(outcome(aq_lane_execute(lane, "select 'next'", NULL)), "next", "and goes on");
        aq_release(lane);
        open_gate();
    }
    with_pool("a closed op whose query_timeout passes leaves nothing behind", .size = 1, .query_timeout = 0.2,
              .grace = 0.2)
    {
        warm_up(1);
        close_gate();
        for (int i = 0; i < 4; i++) {
            aq_op_close(aq_timeout(aq__pool_execute(pool, "insert into gate values (1)", NULL), 10));
            run_for(10);
            aq_op_close(aq__pool_execute(pool, "insert into gate values (2)", NULL));
            run_for(10);
        }
        run_for(300);
        open_gate();
        ok(await_clean(), "the pool is clean");
    }
}

int main(void)
{
    init_pools(NULL);
    make_gate();
    cluster_sql(cluster, "create table stamps (id int);"
                         "create function stamp(int) returns text language sql volatile as"
                         " 'insert into stamps values ($1); select '''''");
    check_turns();
    check_lanes();
    check_quarantine();
    check_grace();
    check_query_timeout();
    drop_keeper();
    return done_pools();
}
