/* Streams: rows of any number in constant memory, and a connection that always finds its way back. */
#include <sys/resource.h>
#include <unistd.h>

#include "src/task/sanitizers.h"
#include "t/lanes.h"

/* Some hundred rows come, then nothing for a minute. */
#define STUCK \
    "select i, repeat('x', 100) from generate_series(1, 900) i union all select 0, 'end' from pg_sleep(60)"
#define NUMBERS \
    "select i as number, 'row ' || i as name from (select generate_series(1, $1::int4) as i) numbers"

static aq_stream_t *open_stream(aq_op_t **op, const char *sql, const aq_arguments_t *arguments)
{
    *op = aq__pool_stream(pool, sql, arguments);
    return value_of(*op);
}

/* Reads on until the end or at least `most` rows. How many; -1: an error, or a number that is not the next one from `first` on. */
static int64_t read_numbers(aq_stream_t *stream, int64_t first, int64_t most)
{
    int64_t seen = 0;

    while (seen < most) {
        aq_op_t *op = aq_stream_next(stream);
        aq_rows_t *rows = value_of(op);
        size_t count = aq_rows_count(rows);
        bool good = rows != NULL && count <= 256;

        for (size_t i = 0; i < count; i++, seen++)
            good = good && aq_as_int8(aq_cell(rows, i, 0)) == first + seen;
        aq_op_close(op);
        if (!good)
            return -1;
        if (count == 0)
            break;
    }
    return seen;
}

/* Reads STUCK until nothing more comes; the op that waits then. */
static aq_op_t *wait_in_the_middle(aq_stream_t *stream)
{
    aq_op_t *next = NULL;

    do {
        aq_op_close(next);
        next = aq_stream_next(stream);
        run_for(60);
    } while (aq_op_done(next));
    return next;
}

static void check_reading(void)
{
    aq_op_t *op, *next;
    aq_stream_t *stream;
    aq_rows_t *rows;

    for (int round = 0; round < 2; round++) { /* text first, binary once the columns are known */
        stream = open_stream(&op, NUMBERS, aq_args(aq_int4(1000)));
        is_int(read_numbers(stream, 1, 5000), 1000, "a stream gives every row once, in order, round %d",
               round);
        next = aq_stream_next(stream);
        rows = value_of(next);
        is_int(aq_rows_count(rows), 0, "asked again after its end it gives no rows again");
        is_str(aq_rows_command(rows), "SELECT 1000", "with the command's tag");
        is_int(aq_rows_affected(rows), 1000, "and how many there were");
        is_str(aq_rows_column_name(rows, 1), "name", "and the columns");
        aq_op_close(next);
        is_int(stats().held, 0, "its connection is back before it is closed");
        aq_stream_close(stream);
        ok(aq_op_value(op) == op, "a closed stream is no value any more");
        aq_op_close(op);
    }
    stream = open_stream(&op, "select 1 where false", NULL);
    is_int(read_numbers(stream, 1, 10), 0, "a stream may have no rows");
    aq_stream_close(stream);
    aq_op_close(op);
    cluster_sql(cluster, "create table note (id int primary key, body text)");
    stream =
        open_stream(&op, "insert into note select i, 'x' from generate_series(1, 600) i returning id", NULL);
    is_int(read_numbers(stream, 1, 1000), 600, "a statement that writes can be streamed");
    is_int(cluster_number(cluster, "select count(*) from note"), 600, "and is committed at its end");
    aq_stream_close(stream);
    aq_op_close(op);
    stream = open_stream(&op, "select id, null::text, body from note order by id", NULL);
    next = aq_stream_next(stream);
    rows = value_of(next);
    ok(aq_is_null(aq_cell(rows, 0, 1)), "NULL stays NULL");
    is_str(aq_as_text(aq_cell_named(rows, 0, "body")), "x", "texts are read by name");
    aq_stream_close(stream);
    is_str(aq_as_text(aq_cell_named(rows, 0, "body")), "x", "rows outlive their stream");
    aq_op_close(next);
    aq_op_close(op);
    ok(all_given_back(), "all connections are back");
    is_int(close_pool(), 0, "the pool closes with nothing cut off");
}

static void on_done(aq_op_t *op, void *data)
{
    (void)op;
    note_call("%s", (const char *)data);
}

static void check_lane(void)
{
    aq_op_t *lane_op = aq__pool_acquire(pool), *op, *after;
    aq_lane_t *lane = value_of(lane_op);
    aq_stream_t *stream;
    int64_t seen;

    record[0] = '\0';
    aq_then(aq_lane_execute(lane, "begin", NULL), on_done, (char[]){"begin"});
    aq_then(aq_lane_execute(lane, "insert into note values (1001, 'mine')", NULL), on_done,
            (char[]){"insert"});
    op = aq_lane_stream(lane,
                        "select id from note where id > 1000 union all select 1001 + i from "
                        "generate_series(1, 2000) i",
                        NULL);
    after = aq_lane_execute(lane, "select count(*) from note", NULL);
    stream = value_of(op);
    is_str(record, "begin insert", "a stream starts once the calls before it are through");
    seen = read_numbers(stream, 1001, 1);
    ok(seen > 0, "it sees what its transaction has written");
    ok(!aq_op_done(after), "a call behind it waits for its end");
    is_int(seen + read_numbers(stream, 1001 + seen, 5000), 2001, "it goes on to its end");
    is_int(number_of(after), 601, "then that call runs");
    ok(aq_lane_in_transaction(lane), "in the same transaction");
    aq_stream_close(stream);
    aq_op_close(op);
    ok(done(aq_lane_execute(lane, "rollback", NULL)), "which is rolled back");
    op = aq_lane_stream(lane, NUMBERS, aq_args(aq_int4(300)));
    after = aq_lane_stream(lane, NUMBERS, aq_args(aq_int4(5)));
    aq_release(lane);
    stream = value_of(op);
    is_int(read_numbers(stream, 1, 1000), 300, "a lane that was released goes on with what it was given");
    is_int(stats().held, 1, "and is held until then");
    is_int(read_numbers(value_of(after), 1, 1000), 5, "one stream after the other");
    is_int(stats().held, 0, "then it is back");
    aq_op_close(after);
    aq_op_close(op);
    aq_op_close(lane_op);
    is_int(close_pool(), 0, "the pool closes with nothing cut off");
}

static void check_closing_early(void)
{
    static const int64_t before[] = {0, 1, 300};
    aq_pool_options_t options = usual;
    aq_op_t *op, *next;
    aq_stream_t *stream;

    options.size = 1;
    options.max_overflow = AQ_ZERO;
    open_pool(&options);
    for (size_t i = 0; i < AQ__COUNT_OF(before); i++) {
        stream = open_stream(&op, NUMBERS, aq_args(aq_int4(50000000)));
        ok(read_numbers(stream, 1, before[i]) >= before[i], "after at least %d rows", (int)before[i]);
        aq_stream_close(stream);
        aq_op_close(op);
        ok(all_given_back(), "closing early gives the connection back");
        ok(server_rests(), "and the server stops working on it");
    }
    op = aq__pool_stream(pool, NUMBERS, aq_args(aq_int4(50000000)));
    aq_wait(op);
    aq_op_close(op);
    ok(all_given_back(), "closing the op closes a stream that nobody took");
    op = aq__pool_stream(pool, "select pg_sleep(60)", NULL);
    run_for(30);
    aq_op_close(op);
    ok(all_given_back() && server_rests(), "closing the op stops a stream that has not begun");
    stream = open_stream(&op, STUCK, NULL);
    next = wait_in_the_middle(stream);
    aq_stream_close(stream);
    is_str(failure_of(next),
           "AQ_ECANCELED: bind 'default': stream: it was closed while its rows were waited for",
           "closing tells who waits for rows");
    aq_op_close(op);
    stream = open_stream(&op, "select 1", NULL);
    aq_stream_close(aq_op_take(op));
    aq_op_close(op);
    (void)stream;
    aq_stream_close(NULL);
    ok(all_given_back(), "closing twice, or what was taken, or NULL, is fine");
    is_int(cluster_number(cluster, "select count(*) " OUR_BACKENDS), 1,
           "the same connection was used all the time");
    is_int(close_pool(), 0, "the pool closes with nothing cut off");
}

static void check_errors(void)
{
    aq_op_t *op, *next;
    aq_stream_t *stream;
    aq_rows_t *rows;
    int64_t seen = 0;

    is_str(failure_of(aq__pool_stream(pool, "select 1/0", NULL)), "AQ_EDATA: division by zero",
           "a statement that fails before its first row fails aq_stream");
    stream = open_stream(&op, "select 1000/(500 - i) from generate_series(1, 600) i", NULL);
    next = NULL;
    while ((rows = aq_wait(next = aq_stream_next(stream))) != NULL) {
        seen += (int64_t)aq_rows_count(rows);
        aq_op_close(next);
    }
    ok(seen == 499 || seen == 256, "rows that came before an error are given (%d of 499)", (int)seen);
    is_str(aq_op_error(next)->message, "division by zero", "then its text");
    is_str(aq_op_error(next)->sqlstate, "22012", "and its SQLSTATE");
    is_str(aq_op_error(next)->statement, "select 1000/(500 - i) from generate_series(1, 600) i",
           "and the statement");
    aq_op_close(next);
    is_str(failure_of(aq_stream_next(stream)), "AQ_EDATA: division by zero", "the error stays");
    is_int(stats().held, 0, "the connection is back although the stream is still open");
    aq_stream_close(stream);
    aq_op_close(op);
    stream = open_stream(&op, "insert into note values (1, 'twice') returning id", NULL);
    ok(stream == NULL, "a violated constraint fails it");
    is_str(aq_op_error(op)->constraint, "note_pkey", "and is named");
    aq_op_close(op);
    is_str(failure_of(aq__pool_stream(pool, NULL, NULL)),
           "AQ_EINVAL: bind 'default': stream: no statement (NULL)", "no statement");
    is_str(failure_of(aq__pool_stream(pool, "copy note to stdout", NULL)),
           "AQ_EINVAL: bind 'default': COPY needs aq_copy_out: copy note to stdout", "COPY is no stream");
    is_str(failure_of(aq__pool_stream(pool, "begin", NULL)),
           "AQ_ETXCONTROL: bind 'default': transaction control outside an exclusive lane (aq_acquire): begin",
           "nor is transaction control");
    is_str(failure_of(aq__pool_stream(pool, "select $1::int", NULL)),
           "AQ_EARGUMENTS: bind 'default': 0 arguments for a statement with 1 parameters: select $1::int",
           "arguments are counted");
    stream = open_stream(&op, STUCK, NULL);
    next = wait_in_the_middle(stream);
    is_str(failure_of(aq_stream_next(stream)),
           "AQ_EINVAL: bind 'default': stream: the rows asked for before have not come yet (one "
           "aq_stream_next at a time)",
           "one at a time");
    aq_cancel(next);
    is_str(failure_of(next), "AQ_ECANCELED: bind 'default': stream: canceled while it waited for rows",
           "waiting can be canceled");
    aq_op_close(op);
    ok(all_given_back() && server_rests(), "all connections are back");
    is_int(close_pool(), 0, "the pool closes with nothing cut off");
}

static void check_loss(void)
{
    aq_op_t *op, *next, *lane_op, *writing;
    aq_stream_t *stream;
    aq_lane_t *lane;

    stream = open_stream(&op, STUCK, NULL);
    next = wait_in_the_middle(stream);
    terminate_backends();
    while (aq_wait(next) != NULL) { /* the last rows that it had not sent yet */
        aq_op_close(next);
        next = aq_stream_next(stream);
    }
    has_str(
        failure_of(next),
        "AQ_ELOST: bind 'default': connection lost, nothing was kept: FATAL:  terminating connection due to "
        "administrator command",
        "a backend that is terminated is told to who waits");
    has_str(failure_of(aq_stream_next(stream)), "AQ_ELOST: ", "and to who asks later");
    is_int(stats().held, 0, "nothing is held");
    aq_stream_close(stream);
    aq_op_close(op);
    lane_op = aq__pool_acquire(pool);
    lane = value_of(lane_op);
    op = aq_lane_stream(lane, "select i from generate_series(1, 100000) i", NULL);
    stream = value_of(op);
    aq_lane_invalidate(lane, false);
    next = aq_stream_next(stream);
    is_int(aq_rows_count(value_of(next)) > 0, 1, "rows that had come are given after the connection is lost");
    aq_op_close(next);
    is_str(failure_of(aq_stream_next(stream)),
           "AQ_ELOST: bind 'default': connection lost, nothing was kept: closed", "then that it is lost");
    is_str(failure_of(aq_lane_stream(lane, "select 1", NULL)),
           "AQ_ELOST: bind 'default': the connection of this lane was lost",
           "a lane without connection has no streams");
    aq_release(lane);
    aq_stream_close(stream);
    aq_op_close(op);
    aq_op_close(lane_op);
    stream = open_stream(&op, STUCK, NULL);
    next = wait_in_the_middle(stream);
    writing =
        aq__pool_stream(pool, "insert into note select 2001, 'lost' from pg_sleep(60) returning id", NULL);
    run_for(60);
    is_int(close_pool(), 2, "closing the pool is bounded while streams are open");
    is_str(failure_of(next), "AQ_ELOST: bind 'default': connection lost, nothing was kept: closed",
           "they are told");
    is_str(
        failure_of(writing),
        "AQ_ECOMMITUNKNOWN: bind 'default': connection lost after the statement was sent, so it may or may "
        "not "
        "have been committed: closed",
        "and of one that writes not more than is known");
    aq_stream_close(stream);
    aq_op_close(op);
    terminate_backends();
    ok(server_rests(), "the server would notice once it sends something");
}

static void check_canceling(void)
{
    aq_pool_options_t options = usual;
    aq_op_t *lane_op, *op, *sleeping;
    aq_lane_t *lane;

    options.size = 1;
    options.max_overflow = AQ_ZERO;
    open_pool(&options);
    lane_op = aq__pool_acquire(pool);
    lane = value_of(lane_op);
    op = aq__pool_stream(pool, "select 1", NULL);
    run_for(5);
    aq_cancel(op);
    is_str(failure_of(op), "AQ_ECANCELED: bind 'default': stream: canceled while it waited for a connection",
           "canceled while it waits for a connection");
    sleeping = aq_lane_execute(lane, "select pg_sleep(0.2)", NULL);
    op = aq_lane_stream(lane, "select 1", NULL);
    run_for(20);
    aq_cancel(op);
    is_str(failure_of(op), "AQ_ECANCELED: bind 'default': stream: canceled before it was sent",
           "canceled behind another call");
    ok(done(sleeping), "which goes on");
    op = aq_lane_stream(lane, "select pg_sleep(60)", NULL);
    run_for(50);
    aq_cancel(op);
    is_str(failure_of(op), "AQ_ECANCELED: bind 'default': canceled while it ran: select pg_sleep(60)",
           "canceled while it runs");
    is_int(number_of(aq_lane_execute(lane, "select 7", NULL)), 7, "the next call of the lane is not hit");
    op =
        aq_lane_stream(lane, "insert into note select 3000, 'canceled' from pg_sleep(60) returning id", NULL);
    run_for(50);
    aq_cancel(op);
    is_str(
        failure_of(op),
        "AQ_ECANCELED: bind 'default': canceled while it ran: insert into note select 3000, 'canceled' from "
        "pg_sleep(60) returning id",
        "one that writes tells its real outcome");
    op = aq_timeout(aq_lane_stream(lane, "select pg_sleep(60)", NULL), 50);
    is_str(failure_of(op), "AQ_ETIMEDOUT: stream: not done within 50 ms", "a deadline of its own");
    op = aq__pool_stream(pool, "select 1", NULL);
    aq_release(lane);
    ok(value_of(op) != NULL, "one that waits for a connection gets it");
    aq_op_close(op);
    aq_op_close(lane_op);
    ok(all_given_back() && server_rests(), "all connections are back");
    for (int i = 0; i < 300; i++) { /* at every turn of its life */
        op = aq__pool_stream(pool, "select i from generate_series(1, 2000) i", NULL);
        for (int turn = 0; turn < i % 12; turn++)
            uv_run(&uv, UV_RUN_NOWAIT);
        if (i % 2 == 0)
            aq_cancel(op);
        aq_op_close(op);
        if (i % 3 == 0 && !done(aq__pool_execute(pool, "select 1", NULL)))
            fail("a stray cancel hit another call");
    }
    ok(all_given_back(), "300 streams closed at any turn, and all connections are back");
    is_int(close_pool(), 0, "the pool closes with nothing cut off");
}

static void check_deadlines(void)
{
    aq_pool_options_t options = usual;
    aq_op_t *op;
    aq_stream_t *stream;

    options.query_timeout = 0.2;
    options.timeout = 1;
    options.max_overflow = AQ_ZERO;
    open_pool(&options);
    is_str(failure_of(aq__pool_stream(pool, "select pg_sleep(60)", NULL)),
           "AQ_ETIMEDOUT: bind 'default': no answer within 200 ms (query_timeout): select pg_sleep(60)",
           "no first row within query_timeout");
    ok(all_given_back() && server_rests(), "it is stopped at the server");
    stream = open_stream(&op, NUMBERS, aq_args(aq_int4(100000)));
    run_for(500);
    is_int(read_numbers(stream, 1, 200000), 100000, "a slow consumer uses none of it up");
    aq_op_close(op);
    stream = open_stream(&op, STUCK, NULL);
    {
        aq_op_t *next = NULL;

        do {
            aq_op_close(next);
            next = aq_stream_next(stream);
        } while (aq_wait(next) != NULL);
        has_str(aq_op_error(next)->message,
                "bind 'default': no answer within 200 ms (query_timeout): select i, repeat",
                "no next row within query_timeout");
        aq_op_close(next);
    }
    aq_op_close(op);
    ok(all_given_back() && server_rests(), "it is stopped at the server");
    op = aq__pool_acquire(pool);
    value_of(op);
    {
        aq_op_t *second = aq__pool_acquire(pool);

        value_of(second);
        has_str(
            failure_of(aq__pool_stream(pool, "select 1", NULL)),
            "AQ_EPOOLTIMEOUT: bind 'default': stream: no connection within 1 s (2 of 2 busy; oldest held ",
            "without a free connection it waits no longer than the pool's timeout");
        aq_op_close(second);
    }
    aq_op_close(op);
    is_int(close_pool(), 0, "the pool closes with nothing cut off");
}

static long resident_kib(void)
{
    FILE *file = fopen("/proc/self/statm", "r");
    long size = 0, resident = 0;

    if (file != NULL) {
        if (fscanf(file, "%ld %ld", &size, &resident) != 2)
            resident = 0;
        fclose(file);
    }
    return resident * sysconf(_SC_PAGESIZE) / 1024;
}

/* What "constant memory" may vary by: the rows of which there are 1,000,000 would take more than 100 MiB. ASan keeps what was freed for a while. */
#ifdef AQ__ASAN
enum { VARIES_KIB = 65536 };
#else
enum { VARIES_KIB = 16384 };
#endif

static void check_back_pressure(void)
{
    aq_op_t *op;
    aq_stream_t *stream;
    long before, most = 0;
    int64_t seen = 0;

    stream = open_stream(&op, "select i, repeat('x', 1000) from generate_series(1, 100000) i", NULL);
    ok(read_numbers(stream, 1, 256) >= 256, "some rows are read");
    ok(cluster_await_number(cluster, 1, 8000,
                            "select count(*) " OUR_BACKENDS " and wait_event = 'ClientWrite'"),
       "then the server waits for the consumer");
    before = resident_kib();
    run_for(100);
    ok(resident_kib() - before < VARIES_KIB, "and nothing more piles up here");
    aq_stream_close(stream);
    aq_op_close(op);
    ok(all_given_back(), "its connection is back");

    stream =
        open_stream(&op, "select i, 'row ' || i, now(), i::float8 from generate_series(1, 1000000) i", NULL);
    seen = read_numbers(stream, 1, 256);
    before = resident_kib();
    for (int64_t got = 1; got > 0 && seen >= 0; seen += got) {
        got = read_numbers(stream, seen + 1, 256);
        if (resident_kib() > most)
            most = resident_kib();
    }
    is_int(seen, 1000000, "1,000,000 rows");
    ok(most - before < VARIES_KIB, "in constant memory (%ld KiB more than after the first batch)",
       most - before);
    aq_stream_close(stream);
    aq_op_close(op);
    is_int(close_pool(), 0, "the pool closes with nothing cut off");
}

static void *in_a_task(void *data)
{
    aq_stream_t *stream = aq_await(aq__pool_stream(data, NUMBERS, aq_args(aq_int4(100000))));

    if (stream == NULL)
        return NULL;
    aq_await(aq_stream_next(stream));
    aq_stream_next(stream);
    return data;
}

static void check_tasks(void)
{
    aq_op_t *op = aq_spawn(loop, in_a_task, pool);

    ok(value_of(op) == pool, "a task ends with a stream open");
    aq_op_close(op);
    ok(all_given_back() && server_rests(), "which closes it");
    is_int(close_pool(), 0, "the pool closes with nothing cut off");
}

/* Streams 600 rows; false when memory was out somewhere, and then nothing else may be wrong. */
static bool stream_some(void)
{
    aq_op_t *op, *next;
    aq_stream_t *stream;
    int64_t seen = -1;

    if (!try_pool(NULL))
        return false;
    op = aq__pool_stream(pool, NUMBERS, aq_args(aq_int4(600)));
    stream = aq_wait(op);
    for (int64_t got = stream != NULL; got > 0; seen += got) {
        next = aq_stream_next(stream);
        got = (int64_t)aq_rows_count(aq_wait(next));
        if (aq_op_code(next) < 0)
            seen = -1000;
        aq_op_close(next);
        if (seen < 0 && got > 0)
            seen = 0;
    }
    aq_stream_close(stream);
    aq_op_close(op);
    close_pool();
    return seen == 600;
}

static void check_memory(void)
{
    check_each_allocation("a stream", stream_some);
}

int main(void)
{
    init_pools(NULL);
    with_usual_pool("reading a stream") check_reading();
    with_usual_pool("streams on a lane") check_lane();
    with_loop("closing early") check_closing_early();
    with_usual_pool("errors") check_errors();
    with_usual_pool("the connection is lost") check_loss();
    with_loop("canceling") check_canceling();
    with_loop("deadlines") check_deadlines();
    with_usual_pool("back-pressure") check_back_pressure();
    with_usual_pool("tasks") check_tasks();
    subtest("out of memory")
        check_memory();
    return done_pools();
}
