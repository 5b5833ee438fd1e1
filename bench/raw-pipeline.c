/* Statements by hand: libpq in pipeline mode on uv_poll, one prepared statement per connection, binary both ways.
 *
 * The happy path: `run` fills each connection's share of what may be in flight; a connection that becomes readable takes all results
 * that are there, and for as many as were answered sends new ones, with one Sync behind them all (sync = turn) or one behind each
 * (sync = unit), and one flush. libpq 15's PQpipelineSync flushes by itself, later ones have PQsendPipelineSync.
 * An answer counts when its Sync has come: before that a statement may still be rolled back. */
#include "bench/bench.h"

#include <libpq-fe.h>
#include <stdlib.h>
#include <uv.h>

typedef struct raw raw_t;

typedef struct connection {
    uv_poll_t poll;
    raw_t *raw;
    PGconn *conn;
    int events;    /* what the poll handle asks for */
    int syncs;     /* Syncs that have not come back */
    int answered;  /* statements whose Sync is still to come */
    int allowance; /* statements that may be sent now */
} connection_t;

struct raw {
    uv_loop_t loop;
    bench_case_t bench_case;
    connection_t *connections;
    uint64_t issued, done, count, sum;
};

static void on_poll(uv_poll_t *poll, int status, int events);

static void want(connection_t *connection, int events)
{
    if (connection->events == events)
        return;
    connection->events = events;
    uv_poll_start(&connection->poll, events, on_poll);
}

static void send_sync(connection_t *connection)
{
#ifdef HAVE_PQSENDPIPELINESYNC
    if (!PQsendPipelineSync(connection->conn))
#else
    if (!PQpipelineSync(connection->conn))
#endif
        bench_die("raw: Sync: %s", PQerrorMessage(connection->conn));
    connection->syncs++;
}

static void send_one(connection_t *connection)
{
    raw_t *raw = connection->raw;
    uint32_t key = htonl((uint32_t)bench_key(raw->issued));
    const char *values[] = {(const char *)&key, "somebody new"};
    const int lengths[] = {sizeof key, 12}, formats[] = {1, 1};

    if (!PQsendQueryPrepared(connection->conn, "q", raw->bench_case.verb == BENCH_READ ? 1 : 2, values,
                             lengths, formats, 1))
        bench_die("raw: send: %s", PQerrorMessage(connection->conn));
    raw->issued++;
    if (raw->bench_case.sync == BENCH_SYNC_UNIT)
        send_sync(connection);
}

static void refill(connection_t *connection)
{
    raw_t *raw = connection->raw;
    int sent = 0;

    for (; connection->allowance > 0 && raw->issued < raw->count; connection->allowance--, sent++)
        send_one(connection);
    if (sent > 0 && raw->bench_case.sync == BENCH_SYNC_TURN)
        send_sync(connection);
}

static void flush(connection_t *connection)
{
    int rc = PQflush(connection->conn);

    if (rc < 0)
        bench_die("raw: flush: %s", PQerrorMessage(connection->conn));
    want(connection, rc == 1 ? UV_READABLE | UV_WRITABLE : UV_READABLE);
}

static void take(connection_t *connection, PGresult *result)
{
    raw_t *raw = connection->raw;
    uint32_t id;

    switch ((int)PQresultStatus(result)) {
    case PGRES_TUPLES_OK:
        memcpy(&id, PQgetvalue(result, 0, 0), sizeof id);
        raw->sum +=
            ntohl(id) + (unsigned char)PQgetvalue(result, 0, 1)[0] + (uint64_t)PQgetlength(result, 0, 2);
        connection->answered++;
        break;
    case PGRES_COMMAND_OK: connection->answered++; break;
    case PGRES_PIPELINE_SYNC:
        connection->syncs--;
        connection->allowance += connection->answered;
        raw->done += (uint64_t)connection->answered;
        connection->answered = 0;
        if (raw->done == raw->count)
            uv_stop(&raw->loop);
        break;
    default: bench_die("raw: result: %s", PQresultErrorMessage(result));
    }
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
    connection_t *connection = poll->data;
    PGresult *result;

    (void)status;
    if ((events & UV_READABLE) && !PQconsumeInput(connection->conn))
        bench_die("raw: read: %s", PQerrorMessage(connection->conn));
    while (connection->syncs > 0 && !PQisBusy(connection->conn)) {
        result = PQgetResult(connection->conn);
        if (result == NULL)
            continue;
        take(connection, result);
        PQclear(result);
    }
    refill(connection);
    flush(connection);
}

static void must(PGconn *conn, PGresult *result, ExecStatusType expected)
{
    if (PQresultStatus(result) != expected)
        bench_die("raw: %s", PQerrorMessage(conn));
    PQclear(result);
}

static void connect_one(raw_t *raw, connection_t *connection)
{
    connection->raw = raw;
    connection->conn = PQconnectdb(raw->bench_case.uri);
    if (PQstatus(connection->conn) != CONNECTION_OK)
        bench_die("raw: %s", PQerrorMessage(connection->conn));
    must(connection->conn,
         PQprepare(connection->conn, "q", raw->bench_case.verb == BENCH_READ ? BENCH_SELECT : BENCH_INSERT, 0,
                   NULL),
         PGRES_COMMAND_OK);
    PQsetnonblocking(connection->conn, 1);
    PQenterPipelineMode(connection->conn);
    connection->allowance = BENCH_IN_FLIGHT / raw->bench_case.connections;
    connection->poll.data = connection;
    uv_poll_init(&raw->loop, &connection->poll, PQsocket(connection->conn));
    want(connection, UV_READABLE);
}

static void *open_pipeline(const bench_case_t *bench_case)
{
    raw_t *raw = bench_alloc(sizeof *raw);

    raw->bench_case = *bench_case;
    uv_loop_init(&raw->loop);
    raw->connections = bench_alloc(sizeof *raw->connections * (size_t)bench_case->connections);
    for (int i = 0; i < bench_case->connections; i++)
        connect_one(raw, &raw->connections[i]);
    return raw;
}

static void reset_pipeline(void *state, uint64_t count)
{
    raw_t *raw = state;
    PGconn *conn;

    (void)count;
    if (raw->bench_case.verb == BENCH_READ)
        return;
    conn = PQconnectdb(raw->bench_case.uri);
    must(conn, PQexec(conn, "truncate bench_insert"), PGRES_COMMAND_OK);
    PQfinish(conn);
}

static uint64_t run_pipeline(void *state, uint64_t count)
{
    raw_t *raw = state;

    raw->issued = raw->done = raw->sum = 0;
    raw->count = count;
    for (int i = 0; i < raw->bench_case.connections; i++) {
        refill(&raw->connections[i]);
        flush(&raw->connections[i]);
    }
    uv_run(&raw->loop, UV_RUN_DEFAULT);
    return raw->sum;
}

static void close_pipeline(void *state)
{
    raw_t *raw = state;

    for (int i = 0; i < raw->bench_case.connections; i++) {
        uv_close((uv_handle_t *)&raw->connections[i].poll, NULL);
        PQfinish(raw->connections[i].conn);
    }
    uv_run(&raw->loop, UV_RUN_DEFAULT);
    uv_loop_close(&raw->loop);
    free(raw->connections);
    free(raw);
}

const bench_side_t raw_pipeline = {open_pipeline, reset_pipeline, run_pipeline, close_pipeline};
