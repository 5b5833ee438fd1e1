/* Waiting for a connection and giving it back: order, deadlines, limits, lanes beside the shared lane, and what the pool tells about all that. */
#include <math.h>
#include <signal.h>

#include "t/gate.h"

static bool all_idle(void *data)
{
    aq_pool_stats_t now = stats();

    (void)data;
    return now.idle == now.open && now.connecting == 0 && now.waiting == 0;
}

static bool await_idle(void)
{
    return await_that(all_idle, NULL, 5000);
}

static bool none_quarantined(void *data)
{
    (void)data;
    return stats().quarantined == 0;
}

static char served[512];

static void note_served(const char *what)
{
    size_t length = strlen(served);

    snprintf(served + length, sizeof served - length, "%s%s", length > 0 ? " " : "", what);
}

static void on_rows(aq_op_t *op, void *data)
{
    note_served(aq_op_code(op) == AQ_OK ? data : aq_error_name(aq_op_code(op)));
}

static void on_lane(aq_op_t *op, void *data)
{
    note_served(aq_op_code(op) == AQ_OK ? data : aq_error_name(aq_op_code(op)));
}

static bool served_is(void *data)
{
    return strlen(served) >= strlen(data);
}

/* ---- Order ---------------------------------------------------------------------------------------------------------------------- */

static void check_order(void)
{
    static char names[12][4];
    char *expected = (char[]){"0 1 2 3 4 6 7 8 9 10 11"};
    aq_op_t *fifth = NULL;

    served[0] = '\0';
    with_pool("who waits is served in the order of asking, whatever for; a waiter cancelled in the middle is "
              "passed over",
              .size = 1, .max_overflow = AQ_ZERO)
    {
        aq_lane_t *lane = acquire();

        for (int i = 0; i < 12; i++) {
            aq_op_t *op = i % 3 == 1 ? aq__pool_acquire(pool) : aq__pool_execute(pool, "select 1", NULL);

            snprintf(names[i], sizeof names[i], "%d", i);
            aq_then(op, i % 3 == 1 ? on_lane : on_rows, names[i]);
            if (i == 5)
                fifth = op;
        }
        turn();
        is_int(stats().waiting, 12, "all wait");
        aq_op_close(fifth);
        is_int(stats().waiting, 11, "one does not any more");
        is_str(served, "", "nobody was served yet");
        aq_release(lane);
        await_that(served_is, expected, 5000);
        is_str(served, expected, "the order");
        is_int(stats().connects, 1, "on one connection");
    }
    served[0] = '\0';
    with_pool("a query passes waiting lanes where it takes nothing from them", .size = 2,
              .max_overflow = AQ_ZERO)
    {
        aq_op_t *first, *second, *lane, *passing;

        warm_up(2);
        close_gate();
        first = aq__pool_execute(pool, "select count(*) from gate", NULL);
        second = aq__pool_execute(pool, "select count(*) from gate", NULL);
        ok(await_standing(2), "both connections are busy");
        lane = aq__pool_acquire(pool);
        turn();
        passing = aq__pool_execute(pool, "select 'passing'", NULL);
        turn();
        is_int(stats().waiting, 1, "the lane waits, the query is on a connection");
        is_int(pool->counts[AQ__CONNECTION_RESERVED], 1, "one connection runs out for the lane");
        open_gate();
        ok(aq_wait(lane) != NULL, "the lane is given");
        is_str(outcome(passing), "passing", "the query has its row");
        is_str(outcome(first), "0", "the first of those before");
        is_str(outcome(second), "0", "the second");
        aq_op_close(lane);
        ok(await_idle(), "all is idle");
    }
    with_pool("a query does not pass a waiting lane that needs its connection", .size = 1,
              .max_overflow = AQ_ZERO)
    {
        aq_op_t *first, *lane, *behind;

        warm_up(1);
        close_gate();
        first = aq__pool_execute(pool, "select count(*) from gate", NULL);
        ok(await_standing(1), "the connection is busy");
        lane = aq__pool_acquire(pool);
        behind = aq__pool_execute(pool, "select 'behind'", NULL);
        turn();
        is_int(stats().waiting, 2, "both wait");
        open_gate();
        ok(aq_wait(lane) != NULL, "the lane is given first");
        is_str(outcome_of(behind), "pending", "the query waits");
        is_str(outcome(first), "0", "the one before has its row");
        aq_op_close(lane);
        is_str(outcome(behind), "behind", "its row, once the lane is back");
    }
}

static struct {
    bool stop;
    int done, failed;
} stream;

static void on_stream(aq_op_t *op, void *data)
{
    (void)data;
    stream.done++;
    stream.failed += aq_op_code(op) != AQ_OK;
    if (!stream.stop)
        aq_then(aq__pool_execute(pool, "select 1", NULL), on_stream, NULL);
}

static bool goes_on(void *data)
{
    (void)data;
    return stream.done > 100; /* more than it began with */
}

static void check_starvation(void)
{
    with_pool("a stream of queries does not starve a lane: one connection runs out for it", .size = 2,
              .max_overflow = AQ_ZERO)
    {
        double since;

        stream.stop = false;
        stream.done = stream.failed = 0;
        for (int i = 0; i < 100; i++)
            aq_then(aq__pool_execute(pool, "select 1", NULL), on_stream, NULL);
        ok(await_on(&uv, goes_on, NULL, 5000), "a stream of queries has begun");
        for (int i = 0; i < 10; i++) {
            aq_op_t *op = aq__pool_acquire(pool);

            since = now_ms();
            ok(aq_wait(op) != NULL && now_ms() - since < 1000, "a lane is given while the stream goes on");
            aq_op_close(op);
        }
        stream.stop = true;
        ok(await_idle(), "the stream ends");
        is_int(stream.failed, 0, "none of its queries failed");
        ok(stream.done > 100, "it did go on");
        is_int(stats().connects, 2, "two connections");
    }
}

/* ---- Deadlines and limits -------------------------------------------------------------------------------------------------------- */

static void *hold_lane(void *data)
{
    aq_lane_t *lane;

    aq_task_set_label("GET /report");
    lane = aq_await(aq__pool_acquire(pool));
    *(bool *)data = lane != NULL;
    aq_await(aq_sleep(loop, 60000));
    return NULL;
}

static bool is_true(void *data)
{
    return *(bool *)data;
}

static void check_deadlines(void)
{
    with_pool("a waiter's deadline is kept to the millisecond; the error names who holds the connection, and "
              "how long",
              .size = 1, .max_overflow = AQ_ZERO, .timeout = 0.12)
    {
        bool held = false;
        aq_op_t *task = aq_spawn(loop, hold_lane, &held);
        aq_op_t *first, *second;
        double since;

        await_that(is_true, &held, 5000);
        run_for(260);
        since = now_ms();
        first = aq__pool_acquire(pool);
        second = aq__pool_execute(pool, "select 1", NULL);
        is_str(outcome(first),
               "AQ_EPOOLTIMEOUT: bind 'default': acquire: no connection within 120 ms "
               "(1 of 1 busy; oldest held 0.4 s by GET /report)",
               "a lane");
        since = now_ms() - since;
        ok(since >= 119 && since < 200, "after its deadline, not before (%.1f ms)", since);
        is_str(outcome(second),
               "AQ_EPOOLTIMEOUT: bind 'default': execute: no connection within 120 ms "
               "(1 of 1 busy; oldest held 0.4 s by GET /report)",
               "a query");
        is_int(stats().timeouts, 2, "both are counted");
        aq_cancel(task);
        aq_wait(task);
        aq_op_close(task);
        is_str(outcome(aq__pool_execute(pool, "select 'free'", NULL)), "free",
               "the end of the task has freed it");
    }
    with_pool("a program that was busy before it waits still has its whole deadline", .size = 1,
              .timeout = 0.25, .close_timeout = 0.25)
    {
        aq_lane_t *lane;

        usleep(300000);
        is_str(outcome(aq__pool_execute(pool, "select 'in time'", NULL)), "in time",
               "a query that has to connect first");
        lane = acquire();
        aq_lane_execute(lane, "select pg_sleep(0.1)", NULL);
        turn();
        aq_release(lane);
        usleep(300000);
        ok(end_pool() >= 0, "the pool closes");
    }
    with_pool("a timeout of zero fails at once when nothing is free", .size = 1, .max_overflow = AQ_ZERO,
              .timeout = AQ_ZERO)
    {
        aq_lane_t *lane = acquire();

        is_str(outcome(aq__pool_acquire(pool)),
               "AQ_EPOOLTIMEOUT: bind 'default': acquire: no connection within 0 ms (1 of 1 busy; oldest "
               "held 0.0 s by an unnamed task)",
               "a lane");
        is_str(outcome(aq__pool_execute(pool, "select 1", NULL)),
               "AQ_EPOOLTIMEOUT: bind 'default': execute: no connection within 0 ms (1 of 1 busy; oldest "
               "held 0.0 s by an unnamed task)",
               "a query");
        is_int(stats().waiting, 0, "nobody waits");
        aq_release(lane);
    }
    with_pool("more than max_waiters are refused at once, and told why", .size = 1, .max_overflow = AQ_ZERO,
              .max_waiters = 2)
    {
        aq_lane_t *lane = acquire();
        aq_op_t *first = aq__pool_execute(pool, "select 1", NULL), *second = aq__pool_acquire(pool);

        is_str(outcome(aq__pool_execute(pool, "select 3", NULL)),
               "AQ_EPOOLFULL: bind 'default': execute: 2 are waiting already, the limit is 2 (1 of 1 busy; "
               "oldest held 0.0 s by an unnamed task)",
               "the third");
        aq_op_close(second);
        second = aq__pool_execute(pool, "select 4", NULL);
        aq_release(lane);
        is_str(outcome(first), "1", "the first");
        is_str(outcome(second), "4", "one that came when there was room again");
    }
}

/* ---- Giving back -------------------------------------------------------------------------------------------------------------------- */

static void check_overflow(void)
{
    with_pool("overflow connections are closed when they come back", .size = 1, .max_overflow = 2)
    {
        aq_lane_t *lanes[3];

        for (int i = 0; i < 3; i++)
            lanes[i] = acquire();
        is_int(stats().open, 3, "three are open");
        for (int i = 0; i < 3; i++)
            aq_release(lanes[i]);
        is_int(stats().open, 1, "one stays");
        is_int(stats().idle, 1, "idle");
    }
    with_pool("an overflow connection that served waiting queries is closed when it is idle", .size = 1,
              .max_overflow = 1)
    {
        aq_lane_t *first = acquire(), *second = acquire();
        aq_op_t *op = aq__pool_execute(pool, "select 1", NULL);

        turn();
        aq_release(second);
        is_str(outcome(op), "1", "the query had it");
        aq_release(first);
        ok(await_idle(), "all is idle");
        is_int(stats().open, 1, "one stays");
    }
}

static int connections_made(void)
{
    return (int)stats().connects;
}

static void check_age(void)
{
    with_pool("a connection older than recycle is replaced before its next use", .size = 1, .recycle = 1,
              .recycle_jitter = AQ_ZERO)
    {
        is_str(outcome(aq__pool_execute(pool, "select 1", NULL)), "1", "a first query");
        run_for(400);
        is_str(outcome(aq__pool_execute(pool, "select 1", NULL)), "1", "in its lifetime");
        is_int(connections_made(), 1, "the same connection");
        usleep(650000);
        is_str(outcome(aq__pool_execute(pool, "select 1", NULL)), "1",
               "past its lifetime, in a program that slept");
        is_int(connections_made(), 2, "another connection");
    }
    with_pool("recycle's jitter spreads the ends of connections that were made together", .size = 12,
              .recycle = 100, .recycle_jitter = 0.5)
    {
        uint64_t least = UINT64_MAX, most = 0;

        warm_up(12);
        AQ__LIST_FOREACH(node, &pool->connections[AQ__CONNECTION_IDLE]) {
            aq__connection_t *connection = AQ__CONTAINER_OF(node, aq__connection_t, link);
            uint64_t life = connection->recycle_at - connection->opened;

            least = life < least ? life : least;
            most = life > most ? life : most;
        }
        ok(least >= 50000 && most <= 100000, "between half and all of it (%d to %d ms)", (int)least,
           (int)most);
        ok(most - least > 5000, "and not all the same");
    }
}

static int pid_of_next(void)
{
    aq_lane_t *lane = acquire();
    int pid = aq_lane_backend_pid(lane);

    aq_release(lane);
    turn();
    return pid;
}

static void check_choice(bool lifo)
{
    with_pool(lifo ? "lifo hands out the connection that came back last"
                   : "by default connections take turns",
              .size = 3, .lifo = lifo)
    {
        aq_lane_t *lanes[3];
        int pids[3];

        for (int i = 0; i < 3; i++) {
            lanes[i] = acquire();
            pids[i] = aq_lane_backend_pid(lanes[i]);
        }
        for (int i = 0; i < 3; i++)
            aq_release(lanes[i]);
        for (int i = 0; i < 4; i++)
            is_int(pid_of_next(), lifo ? pids[2] : pids[i % 3], "the right one, %d", i);
    }
}

static void check_pre_ping(void)
{
    with_pool("pre_ping finds a connection that does not answer, and gives another", .size = 1,
              .pre_ping = true, .grace = 0.2, .close_timeout = 0.5)
    {
        int first = pid_of_next(), second;

        kill(first, SIGSTOP);
        second = pid_of_next();
        kill(first, SIGCONT);
        ok(second != 0 && second != first, "another backend");
        is_int(stats().lost, 1, "the first one was lost");
        is_int(pid_of_next(), second, "the good one stays");
    }
    with_pool("pre_ping finds a connection that died unnoticed, and gives another", .size = 1,
              .pre_ping = true)
    {
        int first = pid_of_next(), second;

        cluster_number(cluster, "select pg_terminate_backend(%d, 5000)::int", first);
        second = pid_of_next();
        ok(second != 0 && second != first, "another backend");
    }
    with_pool("an acquire cancelled during its pre_ping gives the connection back", .size = 1,
              .max_overflow = AQ_ZERO, .pre_ping = true)
    {
        int first = pid_of_next();
        aq_op_t *op = aq__pool_acquire(pool);

        aq_cancel(op);
        is_str(outcome(op), "AQ_ECANCELED: bind 'default': acquire: canceled while its connection was tried",
               "it is told");
        is_int(pid_of_next(), first, "the connection is there for the next");
        is_int(stats().lost, 0, "and was not lost");
    }
}

/* ---- Lanes ---------------------------------------------------------------------------------------------------------------------------- */

static void *forget_lane(void *data)
{
    aq_lane_t *lane = aq_await(aq__pool_acquire(pool));

    aq_await(aq_lane_execute(lane, "begin", NULL));
    aq_await(aq_lane_execute(lane, "insert into kept values (1)", NULL));
    *(bool *)data = aq_lane_in_transaction(lane);
    return NULL;
}

static void check_lanes(void)
{
    with_pool("a lane that its task forgot is released when the task ends, and its work rolled back",
              .size = 1, .max_overflow = AQ_ZERO)
    {
        bool inside = false;
        aq_op_t *task = aq_spawn(loop, forget_lane, &inside);

        ok(aq_wait(task) != NULL, "the task ends");
        aq_op_close(task);
        ok(inside, "it was inside a transaction");
        is_str(outcome(aq__pool_execute(pool, "select count(*) from kept", NULL)), "0", "nothing was kept");
        is_int(stats().connects, 1, "on the same connection");
    }
    with_pool("release waits for what runs on the lane, which has its outcome", .size = 1,
              .max_overflow = AQ_ZERO)
    {
        aq_lane_t *lane = acquire();
        aq_op_t *begin = aq_lane_execute(lane, "begin", NULL);
        aq_op_t *insert = aq_lane_execute(lane, "insert into kept values (2) returning id", NULL);
        aq_op_t *commit = aq_lane_execute(lane, "commit", NULL);
        aq_op_t *open = aq_lane_execute(lane, "begin", NULL);
        aq_op_t *lost = aq_lane_execute(lane, "insert into kept values (3) returning id", NULL);

        aq_release(lane);
        is_str(outcome(begin), "", "begin");
        is_str(outcome(insert), "2", "insert");
        is_str(outcome(commit), "", "commit");
        is_str(outcome(open), "", "another begin");
        is_str(outcome(lost), "3", "an insert that nobody commits");
        is_str(outcome(aq__pool_execute(pool, "select id from kept", NULL)), "2",
               "what was committed stays, the rest is rolled back");
        is_int(stats().connects, 1, "on the same connection");
    }
    with_pool("invalidated hard, the connection is closed at once and what runs on it fails", .size = 1,
              .max_overflow = AQ_ZERO)
    {
        aq_lane_t *lane = acquire();
        aq_op_t *read = aq_lane_execute(lane, "select pg_sleep(10)", NULL);
        aq_op_t *op = aq_lane_execute(lane, "insert into kept select 1 from pg_sleep(10)", NULL);

        turn();
        turn();
        aq_lane_invalidate(lane, false);
        is_str(outcome(read), "AQ_ELOST: bind 'default': connection lost, nothing was kept: closed",
               "a read that ran");
        is_str(outcome(op),
               "AQ_ECOMMITUNKNOWN: bind 'default': connection lost after the unit was sent, so it may or may "
               "not have been "
               "committed: closed",
               "a write that was sent");
        is_str(outcome(aq_lane_execute(lane, "select 1", NULL)),
               "AQ_ELOST: bind 'default': the connection of this lane was lost", "what comes after");
        is_int(aq_lane_backend_pid(lane), 0, "no backend any more");
        aq_release(lane);
        is_str(outcome(aq__pool_execute(pool, "select 'new'", NULL)), "new", "the pool goes on");
        is_int(stats().connects, 2, "on another connection");
    }
    with_pool("invalidated softly, the connection is used to its release and never again", .size = 1,
              .max_overflow = AQ_ZERO)
    {
        aq_lane_t *lane = acquire();
        int pid = aq_lane_backend_pid(lane);

        aq_lane_invalidate(lane, true);
        is_str(outcome(aq_lane_execute(lane, "select 'still'", NULL)), "still", "it works");
        aq_release(lane);
        ok(pid_of_next() != pid, "the next one is another");
    }
    with_pool("reset_discard leaves nothing of a session to the next", .size = 1, .max_overflow = AQ_ZERO,
              .reset_discard = true)
    {
        for (int i = 0; i < 4; i++) {
            aq_lane_t *lane = acquire();

            is_str(outcome(aq_lane_execute(lane, "select current_setting('search_path')", NULL)),
                   "\"$user\", public", "a fresh session");
            is_str(outcome(aq_lane_execute(lane, "set search_path to pg_catalog", NULL)), "", "a setting");
            is_str(outcome(aq_lane_execute(lane, "create temporary table only_here (id int)", NULL)), "",
                   "a temporary table");
            aq_release(lane);
        }
        is_int(stats().connects, 1, "on one connection");
    }
    with_pool("without reset_discard a session's settings stay", .size = 1, .max_overflow = AQ_ZERO)
    {
        aq_lane_t *lane = acquire();

        is_str(outcome(aq_lane_execute(lane, "set application_name to 'mine'", NULL)), "", "a setting");
        is_str(aq_lane_parameter(lane, "application_name"), "mine", "the server reports it");
        aq_release(lane);
        is_str(outcome(aq__pool_execute(pool, "show application_name", NULL)), "mine",
               "the next one sees it");
    }
    with_pool("a lane that outlives its pool answers, and is released without harm", .size = 1,
              .max_overflow = AQ_ZERO, .close_timeout = 0.1)
    {
        aq_lane_t *lane = acquire();

        ok(end_pool() >= 0, "the pool closes");
        is_str(outcome(aq_lane_execute(lane, "select 1", NULL)),
               "AQ_ELOST: bind 'default': the connection of this lane was lost", "execute");
        is_str(outcome(aq_lane_send(lane, aq_unit_create())),
               "AQ_ELOST: bind 'default': the connection of this lane was lost", "send");
        ok(!aq_lane_in_transaction(lane), "it is in no transaction");
        aq_release(lane);
    }
    keep("truncate kept");
}

/* ---- Closing from inside the loop ------------------------------------------------------------------------------------------------- */

static int cut_off;

static bool is_closed(void *data)
{
    return *(int *)data >= 0;
}

static void on_last(aq_op_t *op, void *data)
{
    (void)op, (void)data;
    aq__loop_hold(loop);
    aq__pool_close(pool, on_pool_closed, &cut_off);
    pool = NULL;
}

static void check_close_inside(void)
{
    with_pool("a pool with idle connections may be closed from a callback", .size = 4)
    {
        warm_up(4);
        cut_off = -1;
        aq_then(aq__pool_execute(pool, "select 1", NULL), on_last, NULL);
        ok(await_that(is_closed, &cut_off, 5000), "it closes");
    }
}

/* ---- What it tells ------------------------------------------------------------------------------------------------------------------ */

/* "size=1 open=1 ..." of the members named, from the JSON. Valid until the next. */
static const char *told(const char *members)
{
    static char text[4096];
    char copy[256];
    aq_text_t json = {0};
    json_error_t error;
    json_t *parsed;
    size_t at = 0;

    aq__pool_append_json(pool, &json);
    parsed = json_loads(aq_text_string(&json), 0, &error);
    if (parsed == NULL)
        bail_out("%s: %s", error.text, aq_text_string(&json));
    snprintf(copy, sizeof copy, "%s", members);
    text[0] = '\0';
    for (char *save, *name = strtok_r(copy, " ", &save); name != NULL; name = strtok_r(NULL, " ", &save)) {
        json_t *value = json_object_get(parsed, name);
        char *shown = value != NULL ? json_dumps(value, JSON_ENCODE_ANY) : NULL;

        at += (size_t)snprintf(text + at, sizeof text - at, "%s%s=%s", at > 0 ? " " : "", name,
                               shown != NULL ? shown : "?");
        free(shown);
    }
    json_decref(parsed);
    aq_text_dispose(&json);
    return text;
}

static json_t *holders(void)
{
    aq_text_t json = {0};
    json_t *parsed, *list;

    aq__pool_append_json(pool, &json);
    parsed = json_loads(aq_text_string(&json), 0, NULL);
    list = json_incref(json_object_get(parsed, "holders"));
    json_decref(parsed);
    aq_text_dispose(&json);
    return list;
}

#define STATES "open idle busy held connecting quarantined waiting in_flight down"

static void check_statistics(void)
{
    with_pool("statistics tell each stage of a pool, as a struct and as JSON", .size = 2, .max_overflow = 1)
    {
        aq_lane_t *lane;
        aq_op_t *query, *waiting;
        aq_pool_stats_t now;
        json_t *list;

        is_str(told("size max_overflow " STATES),
               "size=2 max_overflow=1 open=0 idle=0 busy=0 held=0 connecting=0 quarantined=0 waiting=0 "
               "in_flight=0 down=false",
               "at first nothing is open");
        query = aq__pool_execute(pool, "select 1", NULL);
        is_str(told(STATES),
               "open=0 idle=0 busy=0 held=0 connecting=1 quarantined=0 waiting=1 in_flight=0 down=false",
               "connecting");
        is_str(outcome(query), "1", "a query");
        is_str(told(STATES " connects units statements syncs"),
               "open=1 idle=1 busy=0 held=0 connecting=0 quarantined=0 waiting=0 in_flight=0 down=false "
               "connects=1 units=1 statements=1 syncs=1",
               "idle");
        lane = acquire();
        warm_up(2);
        is_str(told(STATES),
               "open=3 idle=2 busy=0 held=1 connecting=0 quarantined=0 waiting=0 in_flight=0 down=false",
               "a lane is out");
        close_gate();
        query = aq__pool_execute(pool, "select count(*) from gate -- \"quoted\"\n", NULL);
        waiting = aq__pool_execute(pool, "select count(*) from gate", NULL);
        ok(await_standing(2), "two queries run");
        is_str(told(STATES),
               "open=3 idle=0 busy=2 held=1 connecting=0 quarantined=0 waiting=0 in_flight=2 down=false",
               "two queries");
        aq_cancel(waiting);
        now = stats();
        is_int(now.quarantined, 1, "one is abandoned");
        is_int(now.busy, 1, "one is busy");
        is_int(now.held, 1, "one is held");
        is_str(now.oldest_holder, "an unnamed task", "who holds longest");
        ok(now.oldest_held > 0 && now.oldest_held < 5, "for how long");
        list = holders();
        is_int(json_array_size(list), 3, "three hold something");
        is_str(json_string_value(json_object_get(json_array_get(list, 0), "holder")), "an unnamed task",
               "the lane");
        is_int(json_integer_value(json_object_get(json_array_get(list, 0), "pid")), aq_lane_backend_pid(lane),
               "its backend");
        is_str(json_string_value(json_object_get(json_array_get(list, 0), "state")), "HELD", "its state");
        is_str(json_string_value(json_object_get(json_array_get(list, 1), "holder")),
               "select count(*) from gate -- \"quoted\"\n", "the query");
        is_int(json_integer_value(json_object_get(json_array_get(list, 1), "in_flight")), 1,
               "what it has in flight");
        json_decref(list);
        aq_op_close(waiting);
        ok(await_that(none_quarantined, NULL, 5000), "it is stopped");
        is_str(told(STATES),
               "open=3 idle=1 busy=1 held=1 connecting=0 quarantined=0 waiting=0 in_flight=1 down=false",
               "one is idle again");
        open_gate();
        is_str(outcome(query), "0", "the other goes on");
        aq_release(lane);
        ok(await_idle(), "all is idle");
        is_str(told(STATES " cancels lost timeouts"),
               "open=2 idle=2 busy=0 held=0 connecting=0 quarantined=0 waiting=0 in_flight=0 down=false "
               "cancels=1 lost=0 timeouts=0",
               "at the end");
    }
}

int main(void)
{
    init_pools(NULL);
    make_gate();
    keep("create table kept (id int)");
    check_order();
    check_starvation();
    check_deadlines();
    check_overflow();
    check_age();
    check_choice(false);
    check_choice(true);
    check_pre_ping();
    check_lanes();
    check_close_inside();
    check_statistics();
    drop_keeper();
    return done_pools();
}
