/* Memory by hand: what one more idle connection costs with libpq and a uv_poll_t, and one more query that waits for its turn in a
 * queue of one's own. The difference of two sizes is divided, so that what is there once cancels out. */
#include "bench/bench.h"

#include <libpq-fe.h>
#include <stdlib.h>
#include <uv.h>

enum { FEW = 4, MANY = 36, FEW_WAITING = 1000, MANY_WAITING = 9000 };

typedef struct connection {
    uv_poll_t poll;
    PGconn *conn;
} connection_t;

static void on_poll(uv_poll_t *poll, int status, int events)
{
    (void)poll, (void)status, (void)events;
}

static void on_closed(uv_handle_t *handle)
{
    connection_t *connection = (connection_t *)handle;

    PQfinish(connection->conn);
    free(connection);
}

static void close_one(uv_handle_t *handle, void *data)
{
    (void)data;
    uv_close(handle, on_closed);
}

static void connect_one(uv_loop_t *loop, const char *uri)
{
    connection_t *connection = bench_alloc(sizeof *connection);

    connection->conn = PQconnectdb(uri);
    if (PQstatus(connection->conn) != CONNECTION_OK)
        bench_die("raw: %s", PQerrorMessage(connection->conn));
    PQclear(PQexec(connection->conn, "select 1"));
    PQsetnonblocking(connection->conn, 1);
    PQenterPipelineMode(connection->conn);
    uv_poll_init(loop, &connection->poll, PQsocket(connection->conn));
    uv_poll_start(&connection->poll, UV_READABLE, on_poll);
}

double raw_memory_connection(const char *uri)
{
    uv_loop_t loop;
    double few = 0;
    double many;

    uv_loop_init(&loop);
    for (int i = 0; i < MANY; i++) {
        if (i == FEW)
            few = bench_heap();
        connect_one(&loop, uri);
    }
    many = bench_heap();
    uv_walk(&loop, close_one, NULL);
    uv_run(&loop, UV_RUN_DEFAULT);
    uv_loop_close(&loop);
    return (many - few) / (MANY - FEW);
}

/* The least that a query must keep until a connection has room: its parameter, and whom to tell. */
typedef struct waiting {
    struct waiting *next;
    void (*done)(PGresult *result, void *data);
    void *data;
    int32_t key;
} waiting_t;

double raw_memory_waiting(const char *uri)
{
    waiting_t *first = NULL, *waiting;
    double few = 0, many;

    (void)uri;
    for (int i = 0; i < MANY_WAITING; i++) {
        if (i == FEW_WAITING)
            few = bench_heap();
        waiting = bench_alloc(sizeof *waiting);
        waiting->next = first;
        first = waiting;
    }
    many = bench_heap();
    while ((waiting = first) != NULL) {
        first = waiting->next;
        free(waiting);
    }
    return (many - few) / (MANY_WAITING - FEW_WAITING);
}
