/* pool.json: what SQLAlchemy's QueuePool does on real connections, step by step, and what the pool's exclusive lanes do in its place.
 *
 * A row is played: each step that it names is done here, and the events, counters, errors and labels that follow it are compared.
 * Where Aquifer differs on purpose, the subtest's name says so. */
#include "t/pools.h"

/* ---- one row being played ---------------------------------------------------------------------------------------- */

#define NAMES 26

typedef struct {
    aq_op_t *ops[NAMES];
    aq_lane_t *lanes[NAMES];
    char events[64][48];
    size_t event_count, event_next;
    uint64_t last_checkout;
    const aq_error_t *error; /* of the last checkout */
    uint64_t got;            /* connection of the last checkout */
    bool failed_checkout;
} play_t;

static void on_event(void *data, const char *bind, aq_pool_event_t event, uint64_t connection)
{
    play_t *play = data;

    (void)bind;
    if (event == AQ_POOL_CONNECT_FAILED)
        return;
    if (event == AQ_POOL_CHECKOUT)
        play->last_checkout = connection;
    if (play->event_count < AQ__COUNT_OF(play->events))
        snprintf(play->events[play->event_count++], sizeof play->events[0], "%s c%d",
                 aq_pool_event_name(event), (int)connection);
}

static const char *option_name(const char *name)
{
    return strcmp(name, "pool_use_lifo") == 0   ? "lifo"
           : strcmp(name, "pool_pre_ping") == 0 ? "pre_ping"
                                                : name;
}

static bool is_ours(const char *name)
{
    return strcmp(name, "pool_reset_on_return") != 0 && strcmp(name, "creator") != 0 &&
           strcmp(name, "poolclass") != 0;
}

/* The row's options, as a user's configuration would give them. */
static int configure(json_t *given, aq_pool_options_t *options)
{
    const char *name;
    json_t *value;

    *options = (aq_pool_options_t){.recycle_jitter = AQ_ZERO};
    json_object_foreach(given, name, value)
    {
        char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_REAL_PRECISION(6));
        int rc = is_ours(name) ? aq__options_set(options, option_name(name), text) : AQ_OK;

        free(text);
        if (rc != AQ_OK)
            return rc;
    }
    return AQ_OK;
}

static void start_at(play_t *play, const char *uri, aq_pool_options_t options)
{
    memset(play, 0, sizeof *play);
    options.on_event = on_event;
    options.on_event_data = play;
    if (!make_pool(&pool, uri, &options))
        bail_out("%s", aq_last_error()->message);
}

static void start(play_t *play, json_t *row)
{
    aq_pool_options_t options;

    if (configure(json_object_get(row, "options"), &options) != AQ_OK)
        bail_out("%s", aq_last_error()->message);
    start_at(play, cluster_uri(cluster), options);
}

static void end_play(play_t *play)
{
    pool->options.on_event = NULL;
    for (int i = 0; i < NAMES; i++) {
        aq_release(play->lanes[i]);
        aq_op_close(play->ops[i]);
    }
    if (end_pool() < 0)
        fail("the pool closes");
}

static void checkout(play_t *play, char name)
{
    int i = name - 'a';

    aq_release(play->lanes[i]);
    aq_op_close(play->ops[i]);
    uv_update_time(&uv);
    play->ops[i] = aq__pool_acquire(pool);
    play->lanes[i] = aq_wait(play->ops[i]);
    play->error = aq_op_error(play->ops[i]);
    play->got = play->last_checkout;
    play->failed_checkout = play->lanes[i] == NULL;
}

static void give_back(play_t *play, char name)
{
    aq_release(play->lanes[name - 'a']);
    play->lanes[name - 'a'] = NULL;
    run_for(1);
}

static bool run_on(play_t *play, char name, const char *sql)
{
    aq_op_t *op = aq_lane_execute(play->lanes[name - 'a'], sql, NULL);
    bool good = aq_wait(op) != NULL;

    if (!good)
        diag("%s: %s", sql, aq_op_error(op)->message);
    aq_op_close(op);
    return good;
}

/* ---- comparing --------------------------------------------------------------------------------------------------- */

static void check_event(play_t *play, const char *expected)
{
    const char *got = play->event_next < play->event_count ? play->events[play->event_next++] : NULL;

    is_str(got, expected, "%s", expected);
}

static void check_got(const play_t *play, json_t *expected)
{
    char label[16];

    snprintf(label, sizeof label, "c%d", (int)play->got);
    is_str(label, json_string_value(json_object_get(expected, "got")), "checked out");
}

static void check_status(json_t *status)
{
    aq_pool_stats_t now = stats();

    is_int(now.size, json_integer_value(json_object_get(status, "size")), "size");
    is_int(now.idle, json_integer_value(json_object_get(status, "checkedin")), "idle (checkedin)");
    is_int(now.held, json_integer_value(json_object_get(status, "checkedout")), "held (checkedout)");
    if (now.size > 0)
        is_int(now.open - now.size, json_integer_value(json_object_get(status, "overflow")),
               "open - size (overflow)");
}

/* "QueuePool limit of size 2 overflow 1 reached, connection timed out, timeout 0.30", in Aquifer's words. */
static void check_error(const play_t *play)
{
    int most = pool->options.size + pool->options.max_overflow;
    char within[32], begin[160];

    ok(play->failed_checkout, "the checkout fails");
    if (play->error == NULL)
        return;
    is_int(play->error->code, AQ_EPOOLTIMEOUT, "with the pool's time-out");
    if (pool->options.timeout < 1)
        snprintf(within, sizeof within, "%.0f ms", pool->options.timeout * 1000);
    else
        snprintf(within, sizeof within, "%g s", pool->options.timeout);
    snprintf(begin, sizeof begin,
             "bind 'default': acquire: no connection within %s (%d of %d busy; oldest held ", within, most,
             most);
    has_str(play->error->message, begin, "whose text says how long and how many");
}

/* ---- steps ----------------------------------------------------------------------------------------------------------- */

static void play_step(play_t *play, const char *step)
{
    char name;
    double seconds;

    if (sscanf(step, "checkout %c", &name) == 1)
        checkout(play, name);
    else if (sscanf(step, "return %c", &name) == 1)
        give_back(play, name);
    else if (sscanf(step, "%lf s later", &seconds) == 1)
        run_for((unsigned)(seconds * 1000));
    else if (strcmp(step, "invalidate a") == 0)
        aq_lane_invalidate(play->lanes[0], false);
    else if (strcmp(step, "soft invalidate a") == 0)
        aq_lane_invalidate(play->lanes[0], true);
    else if (strcmp(step, "end") != 0)
        fail("the step '%s' is one that this test knows", step);
}

static void check_item(play_t *play, json_t *item)
{
    json_t *status = json_object_get(item, "status");

    if (json_is_string(item))
        check_event(play, json_string_value(item));
    else if (json_object_get(item, "got") != NULL)
        check_got(play, item);
    else if (json_is_object(status))
        check_status(status);
    else if (json_object_get(item, "error") != NULL)
        check_error(play);
}

static void play_row(json_t *row)
{
    play_t play;
    size_t index;
    json_t *item;

    start(&play, row);
    json_array_foreach(json_object_get(row, "trace"), index, item)
    {
        const char *step = json_string_value(json_object_get(item, "step"));

        if (step != NULL)
            play_step(&play, step);
        else
            check_item(&play, item);
    }
    is_int(play.event_next, play.event_count, "and no other events");
    end_play(&play);
}

/* ---- rows whose steps the trace does not tell, or in which Aquifer differs on purpose ------------------------------ */

static void kill_backend(int pid)
{
    cluster_sql(cluster, "SELECT pg_terminate_backend(%d, 5000)", pid);
}

static int count_events(const play_t *play, const char *kind)
{
    int count = 0;

    for (size_t i = 0; i < play->event_count; i++)
        count += strncmp(play->events[i], kind, strlen(kind)) == 0;
    return count;
}

static const char *last_event(const play_t *play, size_t back)
{
    return play->event_count >= back ? play->events[play->event_count - back] : NULL;
}

typedef struct {
    unsigned delay, hold;
    const char *outcome;
    int order;
} waiter_t;

static int arrivals;

static void *wait_and_hold(void *data)
{
    waiter_t *waiter = data;
    aq_lane_t *lane;

    aq_await(aq_sleep(loop, waiter->delay));
    lane = aq_await(aq__pool_acquire(pool));
    waiter->outcome = lane != NULL ? "got" : "TimeoutError";
    waiter->order = ++arrivals;
    if (lane != NULL)
        aq_await(aq_sleep(loop, waiter->hold));
    aq_release(lane);
    return data;
}

static json_t *expected_waiters(json_t *row)
{
    json_t *item;
    size_t index;

    json_array_foreach(json_object_get(row, "trace"), index, item)
    {
        if (json_object_get(item, "waiters") != NULL)
            return json_object_get(item, "waiters");
    }
    return NULL;
}

/* Waiters come 50 ms apart while `a` holds the only connection, and each keeps it for a while. */
static void play_waiters(json_t *row, unsigned hold, unsigned release_after)
{
    json_t *expected = expected_waiters(row), *outcome;
    play_t play;
    waiter_t waiters[8];
    aq_op_t *ops[8];
    size_t i;

    start(&play, row);
    arrivals = 0;
    checkout(&play, 'a');
    json_array_foreach(expected, i, outcome)
    {
        waiters[i] = (waiter_t){.delay = 50 * (unsigned)(i + 1), .hold = hold};
        ops[i] = aq_spawn(loop, wait_and_hold, &waiters[i]);
    }
    run_for(release_after);
    give_back(&play, 'a');
    json_array_foreach(expected, i, outcome)
    {
        aq_wait(ops[i]);
        aq_op_close(ops[i]);
        is_str(waiters[i].outcome, json_string_value(json_array_get(outcome, 1)), "waiter %zu", i + 1);
        is_int(waiters[i].order, i + 1, "in the order in which they came");
    }
    end_play(&play);
}

static void play_served_in_order(json_t *row)
{
    play_waiters(row, 100, 300); /* recorded with 300 and 500 ms: the third had 50 ms left */
}

static void play_waiter_times_out(json_t *row)
{
    play_waiters(row, 2000, 300);
}

static void play_refused(json_t *row)
{
    aq_pool_options_t options;
    int code = configure(json_object_get(row, "options"), &options);

    if (code == AQ_OK)
        code = aq__options_merge(&options, &options, &options);
    is_int(code, AQ_ECONFIG, "refused when it is configured");
    note("%s", aq_last_error()->message);
}

static void play_pre_ping_replaces_dead(json_t *row)
{
    play_t play;

    start(&play, row);
    checkout(&play, 'a');
    checkout(&play, 'b');
    give_back(&play, 'b');
    kill_backend(aq_lane_backend_pid(play.lanes[0]));
    give_back(&play, 'a');
    run_for(50);
    is_int(count_events(&play, "close"), 2,
           "the dead one and the older one beside it are closed when it dies");
    checkout(&play, 'a');
    is_int(play.got, 3, "a new connection");
    ok(run_on(&play, 'a', "select 1"), "that works");
    checkout(&play, 'b');
    is_int(play.got, 4, "and another");
    end_play(&play);
}

static void play_disconnect_invalidates(json_t *row)
{
    play_t play;
    int pids[3];

    start(&play, row);
    for (int i = 0; i < 3; i++) {
        checkout(&play, (char)('a' + i));
        pids[i] = aq_lane_backend_pid(play.lanes[i]);
    }
    for (int i = 0; i < 3; i++)
        give_back(&play, (char)('a' + i));
    for (int i = 0; i < 3; i++)
        kill_backend(pids[i]);
    run_for(50);
    is_int(count_events(&play, "close"), 3, "all three are closed as soon as it is noticed");
    for (int i = 0; i < 3; i++) {
        checkout(&play, (char)('a' + i));
        is_int(play.got, 4 + i, "connection %d takes its place", 4 + i);
        ok(run_on(&play, (char)('a' + i), "select 1"), "nobody sees the error");
    }
    end_play(&play);
}

static void play_disconnect_in_transaction(json_t *row)
{
    play_t play;

    start(&play, row);
    checkout(&play, 'a');
    ok(run_on(&play, 'a', "begin") && run_on(&play, 'a', "select 1"), "inside a transaction");
    kill_backend(aq_lane_backend_pid(play.lanes[0]));
    for (int i = 0; i < 2; i++) {
        aq_op_t *op = aq_lane_execute(play.lanes[0], "select 1", NULL);

        ok(aq_wait(op) == NULL, "try %d fails", i + 1);
        is_int(aq_op_code(op), AQ_ELOST, "the connection is lost, and stays so for this lane");
        aq_op_close(op);
    }
    give_back(&play, 'a');
    checkout(&play, 'b');
    is_int(play.got, 2, "after it was given back: a new connection");
    ok(run_on(&play, 'b', "select 1"), "that works");
    end_play(&play);
}

static void play_reset(json_t *row)
{
    play_t play;

    start(&play, row);
    cluster_sql(cluster, "CREATE TABLE IF NOT EXISTS pool_t (a int)");
    cluster_sql(cluster, "TRUNCATE pool_t");
    checkout(&play, 'a');
    ok(run_on(&play, 'a', "begin") && run_on(&play, 'a', "insert into pool_t values (1)"),
       "uncommitted work");
    give_back(&play, 'a');
    run_for(50);
    is_int(cluster_number(cluster, "SELECT count(*) FROM pool_t"), 0, "is rolled back when it is returned");
    is_str(last_event(&play, 2), "reset c1", "reset");
    is_str(last_event(&play, 1), "checkin c1", "checkin");
    checkout(&play, 'b');
    is_int(play.got, 1, "the same connection");
    ok(!aq_lane_in_transaction(play.lanes[1]), "outside any transaction");
    end_play(&play);
}

static void play_dispose(json_t *row)
{
    play_t play;

    start(&play, row);
    checkout(&play, 'a');
    checkout(&play, 'b');
    give_back(&play, 'a');
    aq__pool_dispose(pool);
    is_str(last_event(&play, 1), "close c1", "what is idle is closed at once");
    give_back(&play, 'b');
    is_str(last_event(&play, 1), "close c2", "what was held is closed when it is returned");
    checkout(&play, 'c');
    is_int(play.got, 3, "and the next is new");
    is_int(stats().open, 1, "alone in the pool");
    end_play(&play);
}

static void play_invalidate(json_t *row, bool soft)
{
    play_t play;

    start(&play, row);
    checkout(&play, 'a');
    aq_lane_invalidate(play.lanes[0], soft);
    is_int(count_events(&play, soft ? "soft_invalidate" : "invalidate"), 1, "the event");
    is_int(count_events(&play, "close"), soft ? 0 : 1, "a soft one goes on, a hard one is closed");
    if (soft)
        ok(run_on(&play, 'a', "select 1"), "and works");
    give_back(&play, 'a');
    is_int(stats().open, 0, "its slot is free");
    checkout(&play, 'b');
    is_int(play.got, 2, "and the next checkout has a new connection");
    end_play(&play);
}

static void play_hard_invalidate(json_t *row)
{
    play_invalidate(row, false);
}

static void play_soft_invalidate(json_t *row)
{
    play_invalidate(row, true);
}

/* From the other database, because ours may not let us in. */
static void let_in(bool yes)
{
    char *uri = cluster_uri_by(cluster, "--unix"), command[1024];

    snprintf(command, sizeof command,
             "psql -qX -d \"$(echo '%s' | sed 's,@/aquifer,@/postgres,')\" -c "
             "\"ALTER DATABASE aquifer ALLOW_CONNECTIONS %s\"",
             uri, yes ? "true" : "false");
    if (system(command) != 0)
        bail_out("cannot change whether the server lets us in");
    free(uri);
}

static void check_turned_away(const play_t *play, int open)
{
    ok(play->failed_checkout, "the one who asked gets the error");
    if (play->error == NULL)
        return;
    is_int(play->error->code, AQ_ECONNECT, "that no connection could be made");
    has_str(play->error->message, "FATAL:  database \"aquifer\" is not currently accepting connections",
            "with libpq's text");
    is_int(stats().open + stats().connecting, open, "its slot is free again");
}

static void check_let_in_again(play_t *play)
{
    let_in(true);
    for (int i = 0; i < 20 && (i == 0 || play->failed_checkout); i++)
        checkout(play, 'b');
    is_int(play->got, 2, "the next try connects");
}

static void play_connect_failure(json_t *row)
{
    play_t play;

    start(&play, row);
    checkout(&play, 'a');
    let_in(false);
    checkout(&play, 'b');
    check_turned_away(&play, 1);
    check_let_in_again(&play);
    end_play(&play);
}

static void play_reconnect_failure(json_t *row)
{
    play_t play;

    start(&play, row);
    checkout(&play, 'a');
    let_in(false);
    aq_lane_invalidate(play.lanes[0], false);
    give_back(&play, 'a');
    checkout(&play, 'b');
    check_turned_away(&play, 0);
    check_let_in_again(&play);
    end_play(&play);
}

static const struct {
    const char *name;
    void (*play)(json_t *row);
    const char *differs;
} special[] = {
    {"waiters_served_in_order", play_served_in_order, ""},
    {"waiter_times_out", play_waiter_times_out, ""},
    {"timeout_negative", play_refused, " (differs: refused when it is configured)"},
    {"pool_size_negative", play_refused, " (differs: refused when it is configured)"},
    {"max_overflow_minus2", play_refused, " (differs: refused when it is configured)"},
    {"pre_ping_replaces_dead", play_pre_ping_replaces_dead, " (differs: closed when they die)"},
    {"disconnect_invalidates_whole_pool", play_disconnect_invalidates, " (differs: closed when they die)"},
    {"disconnect_in_transaction", play_disconnect_in_transaction,
     " (differs: such a lane must be given back)"},
    {"reset_on_return_rollback", play_reset, ""},
    {"reset_on_return_rollback_pending_insert", play_reset, ""},
    {"reset_on_return_commit_pending_insert", play_reset, " (differs: always rolls back)"},
    {"reset_on_return_none", play_reset, " (differs: always rolls back)"},
    {"dispose", play_dispose, " (differs: what was held is closed when it is returned)"},
    {"invalidate", play_hard_invalidate, " (differs: its slot has no connection until one is needed)"},
    {"soft_invalidate", play_soft_invalidate, " (differs: closed when it is returned)"},
    {"connect_failure_releases_slot", play_connect_failure, ""},
    {"reconnect_failure_keeps_slot", play_reconnect_failure, ""},
};

/* SQLAlchemy 1.4 and 2.0 differ in what a size of 0 means: FEATURES follows 2.0. */
static json_t *newest(json_t *row)
{
    json_t *differs = json_object_get(json_object_get(row, "differs"), "2.0.20");
    json_t *size = json_object_get(json_object_get(row, "options"), "pool_size");

    if (differs == NULL || size == NULL || json_integer_value(size) != 0)
        return json_incref(row);
    row = json_copy(row);
    json_object_set(row, "trace", differs);
    return row;
}

/* A connection that cannot be made: libpq's words after "failed: " are the recorded ones. */
static void check_connect_error(json_t *row, const char *message)
{
    const char *why = strstr(message, "failed: ");
    bool no_database = strstr(message, "does not exist") != NULL;
    play_t play;

    start_at(&play, uri_with(no_database ? "dbname=nope" : "host=/nonexistent"), (aq_pool_options_t){0});
    checkout(&play, 'a');
    ok(play.failed_checkout, "%s fails", json_string_value(json_object_get(row, "name")));
    is_int(play.error != NULL ? play.error->code : 0, AQ_ECONNECT, "as a connection that cannot be made");
    has_str(play.error != NULL ? play.error->message : NULL, why, "with libpq's text");
    end_play(&play);
}

static void check_row(json_t *row)
{
    const char *name = json_string_value(json_object_get(row, "name"));
    const char *message = json_string_value(json_object_get(row, "message"));

    if (message != NULL && strstr(message, "failed: ") != NULL) {
        check_connect_error(row, message);
        return;
    }
    for (size_t i = 0; i < AQ__COUNT_OF(special); i++)
        if (strcmp(special[i].name, name) == 0) {
            special[i].play(row);
            return;
        }
    row = newest(row);
    play_row(row);
    json_decref(row);
}

static const char *difference(const char *name)
{
    for (size_t i = 0; i < AQ__COUNT_OF(special); i++)
        if (strcmp(special[i].name, name) == 0)
            return special[i].differs;
    return "";
}

static void note_log(void *data, aq_log_level_t level, const char *message)
{
    (void)data;
    (void)level;
    note("%s", message);
}

int main(void)
{
    json_t *vectors = vectors_load("pool.json"), *row;
    size_t index;

    if (vectors == NULL)
        return tap_done();
    init_pools(NULL);
    aq_set_log(note_log, NULL, AQ_LOG_WARNING);
    open_loop();
    json_array_foreach(json_object_get(vectors, "rows"), index, row)
    {
        const char *name = json_string_value(json_object_get(row, "name"));

        if (strcmp(name, "nullpool") == 0)
            skip("nullpool: Aquifer's pools always keep connections");
        else
            subtest("%s%s", name, difference(name))
                check_row(row);
    }
    ok(close_pool_loop(), "the loop has nothing left");
    json_decref(vectors);
    return done_pools();
}
