/* COPY: data in and out at the server's pace, and nothing kept of what was not ended. */
#include <signal.h>
#include <unistd.h>

#include "t/lanes.h"

static int64_t count_of(aq_op_t *op)
{
    uint64_t *count = value_of(op);
    int64_t copied = count != NULL ? (int64_t)*count : -1;

    aq_op_close(op);
    return copied;
}

static aq_copy_t *open_in(aq_op_t **op, const char *sql)
{
    *op = aq__pool_copy_in(pool, sql);
    return value_of(*op);
}

static bool write_text(aq_copy_t *copy, const char *text)
{
    return done(aq_copy_write(copy, text, strlen(text)));
}

static void check_in(void)
{
    aq_op_t *op;
    aq_copy_t *copy = open_in(&op, "copy item (id, name) from stdin");
    char *value;

    ok(write_text(copy, "1\tone\n2\ttw") && write_text(copy, "o\n") && write_text(copy, ""),
       "text is written in any pieces");
    is_int(count_of(aq_copy_end(copy)), 2, "the server took 2 rows");
    value = cluster_value(cluster, "select string_agg(id || name, ' ' order by id) from item");
    is_str(value, "1one 2two", "and has them");
    free(value);
    is_int(stats().held, 0, "the connection is back");
    is_str(failure_of(aq_copy_end(copy)),
           "AQ_EINVAL: bind 'default': copy in: its data was ended already (aq_copy_end)", "it ends once");
    is_str(failure_of(aq_copy_write(copy, "x", 1)),
           "AQ_EINVAL: bind 'default': copy in: its data was ended already (aq_copy_end)",
           "nothing is written after that");
    is_str(failure_of(aq_copy_read(copy)),
           "AQ_EINVAL: bind 'default': copy in: it is written (aq_copy_write), not read", "nor read");
    aq_copy_close(copy);
    ok(aq_op_value(op) == op, "a closed copy is no value any more");
    aq_op_close(op);

    copy = open_in(&op, "copy item (id, name) from stdin");
    is_int(count_of(aq_copy_end(copy)), 0, "a copy may have no rows");
    aq_copy_close(copy);
    aq_op_close(op);
    copy = open_in(&op, "copy item from stdin (format binary)");
    is_int(count_of(aq_copy_end(copy)), 0, "in binary too");
    aq_copy_close(copy);
    aq_op_close(op);
    copy = open_in(&op, "copy item (id, name) from stdin");
    write_text(copy, "7\tdropped\n");
    aq_copy_close(copy);
    aq_op_close(op);
    ok(all_given_back(), "closing before the end gives the connection back");
    is_int(cluster_number(cluster, "select count(*) from item where id = 7"), 0, "and nothing is kept");
    op = aq__pool_copy_in(pool, "copy item (id, name) from stdin");
    value_of(op);
    aq_op_close(op);
    ok(all_given_back(), "closing the op closes a copy that nobody took");
    aq_copy_close(NULL);
    is_int(close_pool(), 0, "the pool closes with nothing cut off");
}

static void check_rows(void)
{
    aq_op_t *op, *last = NULL;
    aq_copy_t *copy = open_in(&op, "copy item (id, name, body) from stdin (format binary)");
    static char big[3 * 1024 * 1024];
    const uint8_t zeros[] = {0, 1, 0, 255};

    memset(big, 'b', sizeof big);
    ok(done(aq_copy_write_row(copy, aq_args(aq_int4(10), aq_text("ten"), aq_bytea(zeros, sizeof zeros)))),
       "a row");
    ok(done(aq_copy_write_row(copy, aq_args(aq_int4(11), aq_null(), aq_null()))), "one with NULLs");
    ok(done(aq_copy_write_row(copy, aq_args(aq_int4(12), aq_text(""), aq_bytea(big, sizeof big)))),
       "one with a value of 3 MiB");
    is_str(failure_of(aq_copy_write_row(copy, aq_args(aq_int4(13)))),
           "AQ_EARGUMENTS: bind 'default': copy in: a row of 1 values for 3 columns: copy item (id, name, "
           "body) from stdin (format binary)",
           "columns are counted");
    has_str(failure_of(aq_copy_write_row(copy, aq_args(aq_int4(14), aq_text("\xff"), aq_null()))),
            "AQ_EENCODING: ", "text is checked");
    is_str(
        failure_of(aq_copy_write(copy, "x", 1)),
        "AQ_EINVAL: bind 'default': copy in: aq_copy_write after aq_copy_write_row: it is one or the other",
        "bytes are not mixed with rows");
    is_int(count_of(aq_copy_end(copy)), 3, "what was refused is no part of the data");
    is_int(cluster_number(cluster, "select length(body) from item where id = 12"), (long)sizeof big,
           "the big value is whole");
    is_int(cluster_number(
               cluster,
               "select get_byte(body, 3) + length(body) from item where id = 10 and get_byte(body, 0) = 0"),
           259, "NUL bytes too");
    aq_copy_close(copy);
    aq_op_close(op);

    cluster_sql(cluster, "truncate item");
    copy = open_in(&op, "copy item (id, name) from stdin (format binary)");
    for (int32_t i = 1; i <= 100000; i++) { /* not awaited one by one */
        aq_op_t *write = aq_copy_write_row(copy, aq_args(aq_int4(i), aq_text("a name of some length")));

        if (last != NULL && i % 1000 == 0 && aq_wait(last) == NULL)
            fail("row %d", i);
        aq_op_close(last);
        last = write;
    }
    aq_op_close(last);
    is_int(count_of(aq_copy_end(copy)), 100000, "100,000 rows are copied in");
    is_int(cluster_number(cluster, "select sum(id) / 100000 from item"), 50000, "and are there");
    aq_copy_close(copy);
    aq_op_close(op);
    copy = open_in(&op, "copy item (id, name) from stdin");
    is_str(failure_of(aq_copy_write_row(copy, aq_args(aq_int4(1)))),
           "AQ_EINVAL: bind 'default': copy in: rows need a COPY with (format binary): copy item (id, name) "
           "from stdin",
           "rows need the binary format");
    aq_copy_close(copy);
    aq_op_close(op);
    ok(all_given_back(), "all connections are back");
    is_int(close_pool(), 0, "the pool closes with nothing cut off");
}

/* Reads to the end: how many pieces; the bytes are added up. -1: it failed. */
static int64_t read_all(aq_copy_t *copy, uint64_t *bytes)
{
    for (int64_t pieces = 0;; pieces++) {
        aq_op_t *op = aq_copy_read(copy);
        aq_bytes_t *piece = value_of(op);
        size_t length = piece != NULL ? piece->length : SIZE_MAX;

        aq_op_close(op);
        if (length == SIZE_MAX)
            return -1;
        if (length == 0)
            return pieces;
        *bytes += length;
    }
}

static void check_out(void)
{
    aq_op_t *op = aq__pool_copy_out(pool, "copy (select i, 'x' from generate_series(1, 3) i) to stdout"),
            *read;
    aq_copy_t *copy = value_of(op);
    aq_bytes_t *piece;
    uint64_t bytes = 0;

    read = aq_copy_read(copy);
    piece = value_of(read);
    ok(piece->length == 4 && memcmp(piece->data, "1\tx\n", 4) == 0, "a piece is a row in text");
    is_str(failure_of(aq_copy_write(copy, "x", 1)),
           "AQ_EINVAL: bind 'default': copy out: it is read (aq_copy_read), not written",
           "it is not written");
    aq_op_close(read);
    is_int(read_all(copy, &bytes), 2, "the others follow");
    is_int(read_all(copy, &bytes), 0, "the end may be asked for again");
    is_int(stats().held, 0, "the connection is back");
    aq_copy_close(copy);
    aq_op_close(op);

    bytes = 0;
    op = aq__pool_copy_out(pool, "copy item (id) to stdout (format binary)");
    copy = value_of(op);
    is_int(read_all(copy, &bytes), 100001, "100,000 rows are copied out, and a trailer");
    is_int(bytes, 19 + 100000 * 10 + 2, "every byte of them");
    aq_copy_close(copy);
    aq_op_close(op);

    op = aq__pool_copy_out(pool, "copy (select generate_series(1, 50000000)) to stdout");
    copy = value_of(op);
    aq_op_close(aq_copy_read(copy));
    ok(cluster_await_number(cluster, 1, 8000,
                            "select count(*) " OUR_BACKENDS " and wait_event = 'ClientWrite'"),
       "the server waits for who reads slowly");
    aq_copy_close(copy);
    aq_op_close(op);
    ok(all_given_back() && server_rests(), "closing before the end cancels it");

    op = aq__pool_copy_out(
        pool, "copy (select 1000 / (5000 - i) from (select generate_series(1, 6000) as i) n) to stdout");
    copy = value_of(op);
    bytes = 0;
    for (int64_t pieces = 0;; pieces++) {
        read = aq_copy_read(copy);
        if (aq_wait(read) == NULL) {
            is_int(pieces, 4999, "rows before an error are given");
            is_str(aq_op_error(read)->message, "division by zero", "then the error");
            aq_op_close(read);
            break;
        }
        aq_op_close(read);
    }
    is_str(failure_of(aq_copy_read(copy)), "AQ_EDATA: division by zero", "which stays");
    aq_copy_close(copy);
    aq_op_close(op);
    op = aq__pool_copy_out(pool, "copy (select i, repeat('x', 100) from generate_series(1, 900) i union all "
                                 "select 0, 'end' from pg_sleep(60)) to stdout");
    copy = value_of(op);
    do {
        read = aq_copy_read(copy);
        if (!aq_op_done(read))
            run_for(60);
    } while (aq_op_done(read) && (aq_op_close(read), true));
    is_str(failure_of(aq_copy_read(copy)),
           "AQ_EINVAL: bind 'default': copy out: the piece asked for before has not come yet (one "
           "aq_copy_read at a time)",
           "one at a time");
    aq_cancel(read);
    is_str(failure_of(read), "AQ_ECANCELED: bind 'default': copy out: canceled while it waited for data",
           "waiting can be canceled");
    read = aq_copy_read(copy);
    aq_copy_close(copy);
    is_str(failure_of(read),
           "AQ_ECANCELED: bind 'default': copy out: it was closed while this was waited for",
           "closing tells who waits");
    aq_op_close(op);
    ok(all_given_back() && server_rests(), "all connections are back");
    is_int(close_pool(), 0, "the pool closes with nothing cut off");
}

/* Of a copy into a table that takes a minute for each row: the op of its end, at which the server is. */
static aq_op_t *end_slowly(aq_copy_t *copy)
{
    aq_op_t *end;

    write_text(copy, "1\n");
    end = aq_copy_end(copy);
    run_for(50);
    return end;
}

static void check_errors(void)
{
    aq_op_t *op, *write = NULL, *end;
    aq_copy_t *copy = open_in(&op, "copy item (id, name) from stdin");
    static char line[100];

    write_text(copy, "900001\tgood\nbad\tbad\n");
    memset(line, 'x', sizeof line);
    line[99] = '\n';
    for (int i = 0; i < 50000; i++) { /* more than fits into any buffer */
        aq_op_close(write);
        write = aq_copy_write(copy, line, sizeof line);
        if (aq_wait(write) == NULL)
            break;
    }
    aq_op_close(write);
    end = aq_copy_end(copy);
    ok(aq_wait(end) == NULL, "a bad row fails the copy");
    is_str(aq_op_error(end)->message, "invalid input syntax for type integer: \"bad\"",
           "with the server's text");
    is_str(aq_op_error(end)->sqlstate, "22P02", "and its SQLSTATE");
    is_str(aq_op_error(end)->statement, "copy item (id, name) from stdin", "and the statement");
    aq_op_close(end);
    is_str(failure_of(aq_copy_write(copy, "x", 1)),
           "AQ_EDATA: invalid input syntax for type integer: \"bad\"", "it stays");
    aq_copy_close(copy);
    aq_op_close(op);
    is_int(cluster_number(cluster, "select count(*) from item where id = 900001"), 0, "nothing is kept");
    is_str(failure_of(aq__pool_copy_in(pool, "copy nothing from stdin")),
           "AQ_EUNDEFINED: relation \"nothing\" does not exist", "no such table");
    is_str(failure_of(aq__pool_copy_in(pool, "select 1")),
           "AQ_EINVAL: bind 'default': copy in: not COPY ... FROM STDIN: select 1", "no COPY");
    is_str(failure_of(aq__pool_copy_in(pool, "copy item to stdout")),
           "AQ_EINVAL: bind 'default': copy in: not COPY ... FROM STDIN: copy item to stdout",
           "the other direction");
    is_str(failure_of(aq__pool_copy_out(pool, "copy item (id, name) from stdin")),
           "AQ_EINVAL: bind 'default': copy out: not COPY ... TO STDOUT: copy item (id, name) from stdin",
           "both ways");
    is_str(failure_of(aq__pool_copy_out(pool, NULL)),
           "AQ_EINVAL: bind 'default': copy out: no statement (NULL)", "no statement");
    has_str(failure_of(aq__pool_copy_out(pool, "select 1 from from")), "AQ_ESYNTAX: syntax error",
            "what cannot be parsed is tried");
    copy = open_in(&op, "copy item (id, name) from stdin");
    write_text(copy, "1\tx\n");
    terminate_backends();
    for (int i = 0; i < 50; i++) {
        run_for(2);
        write = aq_copy_write(copy, line, sizeof line);
        if (aq_wait(write) == NULL)
            break;
        aq_op_close(write);
    }
    has_str(failure_of(write), "AQ_ELOST: bind 'default': connection lost, nothing was kept: ",
            "a lost connection fails the next write");
    aq_copy_close(copy);
    aq_op_close(op);
    copy = open_in(&op, "copy slow from stdin");
    end = end_slowly(copy);
    terminate_backends();
    has_str(failure_of(end),
            "AQ_ELOST: bind 'default': connection lost, nothing was kept: FATAL:  terminating connection",
            "lost while the server was at it: it says so");
    aq_copy_close(copy);
    aq_op_close(op);
    copy = open_in(&op, "copy slow from stdin");
    end = end_slowly(copy);
    aq_copy_close(copy);
    aq_op_close(op);
    is_int(close_pool(), 1, "closing the pool is bounded while a copy is being ended");
    is_str(
        failure_of(end),
        "AQ_ECOMMITUNKNOWN: bind 'default': connection lost after the statement was sent, so it may or may "
        "not have been committed: closed",
        "whose end tells no more than is known, even when its handle was closed");
    terminate_backends();
    ok(server_rests(), "nothing of ours runs on");
}

static void check_lane(void)
{
    aq_op_t *lane_op = aq__pool_acquire(pool), *op, *after;
    aq_lane_t *lane = value_of(lane_op);
    aq_copy_t *copy;
    uint64_t bytes = 0;

    cluster_sql(cluster, "truncate item");
    ok(done(aq_lane_execute(lane, "begin", NULL)), "a transaction begins");
    op = aq_lane_copy_in(lane, "copy item (id, name) from stdin");
    after = aq_lane_execute(lane, "select count(*) from item", NULL);
    copy = value_of(op);
    write_text(copy, "1\tx\n2\ty\n");
    ok(!aq_op_done(after), "a call behind a copy waits for its end");
    is_int(count_of(aq_copy_end(copy)), 2, "it ends");
    aq_copy_close(copy);
    aq_op_close(op);
    is_int(number_of(after), 2, "then it sees its rows");
    op = aq_lane_copy_out(lane, "copy item to stdout");
    is_int(read_all(value_of(op), &bytes), 2, "inside the same transaction");
    aq_op_close(op);
    ok(done(aq_lane_execute(lane, "rollback", NULL)), "which is rolled back");
    is_int(cluster_number(cluster, "select count(*) from item"), 0, "with what was copied");
    aq_release(lane);
    aq_op_close(lane_op);
    is_int(close_pool(), 0, "the pool closes with nothing cut off");
}

static void check_back_pressure(void)
{
    aq_pool_options_t options = usual;
    static char piece[100000];
    aq_op_t *op, *write = NULL;
    aq_copy_t *copy;
    pid_t backend;
    int written = 0;

    options.query_timeout = 0.3;
    open_pool(&options);
    copy = open_in(&op, "copy item (name) from stdin");
    backend = (pid_t)cluster_number(cluster, "select pid " OUR_BACKENDS " and state = 'active'");
    memset(piece, 'x', sizeof piece);
    piece[sizeof piece - 1] = '\n';
    kill(backend, SIGSTOP);
    for (; written < 1000; written++) {
        write = aq_copy_write(copy, piece, sizeof piece);
        turn();
        if (!aq_op_done(write))
            break;
        aq_op_close(write);
    }
    ok(written < 60, "a server that does not read makes writers wait (after %d00 KB)", written);
    is_str(
        failure_of(write),
        "AQ_ETIMEDOUT: bind 'default': no answer within 300 ms (query_timeout): copy item (name) from stdin",
        "not longer than query_timeout");
    kill(backend, SIGCONT);
    aq_copy_close(copy);
    aq_op_close(op);
    ok(all_given_back(), "its connection is back, or gone");
    is_int(cluster_number(cluster, "select count(*) from item"), 0, "nothing is kept");
    is_int(close_pool(), 0, "the pool closes with nothing cut off");
}

static void *in_a_task(void *data)
{
    aq_copy_t *copy = aq_await(aq__pool_copy_in(data, "copy item (id, name) from stdin"));

    if (copy == NULL)
        return NULL;
    for (int i = 0; i < 100; i++)
        aq_copy_write(copy, "1\tx\n", 4);
    return data;
}

static void check_canceling(void)
{
    aq_op_t *op = aq_spawn(loop, in_a_task, pool);

    ok(value_of(op) == pool, "a task ends in the midst of a copy");
    aq_op_close(op);
    ok(all_given_back(), "which is closed");
    for (int i = 0; i < 200; i++) { /* at every turn of its life */
        op = i % 2 == 0 ? aq__pool_copy_in(pool, "copy item (id, name) from stdin")
                        : aq__pool_copy_out(pool, "copy (select generate_series(1, 3000)) to stdout");
        for (int turn = 0; turn < i % 8; turn++)
            uv_run(&uv, UV_RUN_NOWAIT);
        if (aq_op_value(op) != NULL && i % 2 == 1)
            aq_op_close(aq_copy_read(aq_op_value(op)));
        else if (aq_op_value(op) != NULL)
            aq_op_close(i % 4 == 0 ? aq_copy_write(aq_op_value(op), "1\tx\n", 4)
                                   : aq_copy_end(aq_op_value(op)));
        if (i % 3 == 0)
            aq_cancel(op);
        aq_op_close(op);
    }
    ok(all_given_back(), "200 copies closed at any turn, and all connections are back");
    is_int(number_of(aq__pool_execute(pool, "select count(*) from item", NULL)), 0,
           "nothing is kept of them");
    is_int(close_pool(), 0, "the pool closes with nothing cut off");
}

static bool copy_some(void)
{
    aq_op_t *op, *end;
    aq_copy_t *copy;
    bool good = true;

    if (!try_pool(NULL))
        return false;
    op = aq__pool_copy_in(pool, "copy item from stdin (format binary)");
    copy = aq_wait(op);
    for (int i = 0; copy != NULL && i < 20; i++) {
        aq_op_t *write = aq_copy_write_row(copy, aq_args(aq_int4(i), aq_text("n"), aq_null()));

        good = aq_wait(write) != NULL && good;
        aq_op_close(write);
    }
    if (copy != NULL) {
        end = aq_copy_end(copy);
        good = aq_wait(end) != NULL && good;
        aq_op_close(end);
    }
    aq_copy_close(copy);
    aq_op_close(op);
    good = close_pool() >= 0 && good;
    return good && copy != NULL;
}

static void check_memory(void)
{
    check_each_allocation("a copy", copy_some);
}

int main(void)
{
    init_pools(NULL);
    cluster_sql(cluster, "create table item (id int, name text, body bytea)");
    cluster_sql(cluster, "create table slow (id int check (pg_sleep(60) is not null))");
    with_usual_pool("copying in") check_in();
    with_usual_pool("rows in binary") check_rows();
    with_usual_pool("copying out") check_out();
    with_usual_pool("errors") check_errors();
    with_usual_pool("on a lane") check_lane();
    with_loop("back-pressure") check_back_pressure();
    with_usual_pool("canceling") check_canceling();
    subtest("out of memory")
        check_memory();
    return done_pools();
}
