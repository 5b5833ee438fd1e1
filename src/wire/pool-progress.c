/* What happens to a pool's queries and connections once they are at work: units that are sent again or canceled, connections that have become idle, are
 * ready, could not be made, or are lost.
 *
 * The happy path: a connection is through, becomes idle, and whoever waits is served. The failure modes are the other functions. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "src/wire/pool-private.h"
#include "src/wire/reader.h"

/* ---- sending again ----------------------------------------------------------------------------------- */

bool aq__pool_may_resend(aq__query_t *query)
{
    return query->resends < query->pool->options.retry_limit && query->pool->state == AQ__POOL_OPEN;
}

bool aq__pool_may_retry(aq__query_t *query)
{
    if (query->unit == NULL || !query->unit->has_retries)
        return aq__pool_may_resend(query);
    return query->resends < query->unit->retries && query->pool->state == AQ__POOL_OPEN;
}

void aq__pool_requeue(aq__query_t *query)
{
    aq_pool_t *pool = query->pool;

    aq__query_rewind(query);
    pool->resends++;
    if (query->resends < UINT16_MAX)
        query->resends++;
    if (query->lane != NULL) {
        aq__connection_queue(query->lane->connection, query);
        return;
    }
    if (pool->state != AQ__POOL_OPEN) {
        aq__query_fail(query, AQ_ECLOSED,
                       "bind '%s': %s: the context was closed before the unit could be sent again",
                       pool->name, aq__query_verb(query));
        return;
    }
    if (query->op_made && query->op.cancel_asked) {
        aq__query_fail(query, AQ_ECANCELED, "bind '%s': %s: canceled before it was sent again", pool->name,
                       aq__query_verb(query));
        return;
    }
    query->state = AQ__QUERY_WAITING;
    query->since = aq__pool_now(pool);
    query->deadline = aq__pool_after(pool, pool->options.timeout);
    if (pool->options.timeout > 0)
        aq__pool_arm(pool, query->deadline);
    aq__list_prepend(&pool->waiters, &query->link);
    pool->waiting++;
    aq__pool_serve_soon(pool);
}

/* After some part of 10 ms, of 20 ms ... of 1.28 s: two that were in each other's way shall not meet again. */
void aq__pool_requeue_later(aq__query_t *query)
{
    aq_pool_t *pool = query->pool;
    const unsigned doublings = query->resends < 7 ? query->resends : 7;

    aq__query_rewind(query);
    query->state = AQ__QUERY_DELAYED;
    query->deadline = aq__pool_now(pool) + 1 + (uint64_t)(aq__pool_random(pool) * (double)(10u << doublings));
    aq__list_append(&pool->delayed, &query->link);
    aq__pool_arm(pool, query->deadline);
}

/* ---- canceling --------------------------------------------------------------------------------------- */

static bool cancel_sent(aq__query_t *query)
{
    aq__connection_t *connection = query->connection;
    query->abandoned = !query->writes; /* the real outcome of others tells whether the cancel came in time */
    if (query->stoppable && aq__connection_runs(connection, query))
        aq__connection_stop_head(connection);
    return query->abandoned;
}

bool aq__pool_cancel(aq__query_t *query)
{
    aq_pool_t *pool = query->pool;

    switch ((aq__query_state_t)query->state) {
    case AQ__QUERY_WAITING:
        aq__pool_unwait(query);
        aq__query_fail(query, AQ_ECANCELED, "bind '%s': %s: canceled while it waited for a connection",
                       pool->name, aq__query_verb(query));
        aq__pool_serve_soon(pool);
        return false;
    case AQ__QUERY_DELAYED:
        aq__list_unlink(&query->link);
        aq__query_fail(query, AQ_ECANCELED, "bind '%s': %s: canceled while it waited to be sent again",
                       pool->name, aq__query_verb(query));
        return false;
    case AQ__QUERY_QUEUED: {
        aq__connection_t *connection = query->connection;

        aq__connection_unqueue(query);
        aq__query_fail(query, AQ_ECANCELED, "bind '%s': %s: canceled before it was sent", pool->name,
                       aq__query_verb(query));
        aq__pool_on_progress(connection);
        return false;
    }
    case AQ__QUERY_PINGING:
        aq__lane_cancel_pending(query);
        aq__query_fail(query, AQ_ECANCELED, "bind '%s': %s: canceled while its connection was tried",
                       pool->name, aq__query_verb(query));
        return false;
    case AQ__QUERY_SENT: return cancel_sent(query);
    case AQ__QUERY_READING: return aq__reader_cancel(query->reader);
    case AQ__QUERY_DONE: return true;
    }
    return true;
}

/* ---- what connections report ------------------------------------------------------------------------- */

/* Overflow: nobody waits, and without it there are enough. Lanes that are out do not count: the first to come back are kept. */
static bool is_surplus(const aq__connection_t *connection)
{
    const aq_pool_t *pool = connection->pool;
    int kept = pool->counts[AQ__CONNECTION_IDLE] + pool->counts[AQ__CONNECTION_BUSY] +
               pool->counts[AQ__CONNECTION_RESERVED] + pool->counts[AQ__CONNECTION_QUARANTINED] -
               (connection->state != AQ__CONNECTION_HELD);

    return pool->options.size > 0 && kept >= pool->options.size && aq__list_empty(&pool->waiters);
}

/* The connection has nothing to do any more. */
static void become_idle(aq__connection_t *connection)
{
    aq_pool_t *pool = connection->pool;

    if (PQtransactionStatus(connection->pg) != PQTRANS_IDLE) {
        aq_log(AQ_LOG_WARNING, "bind '%s': connection %" PRIu64 " was left inside a transaction: closed",
               pool->name, connection->number);
        aq__connection_close(connection);
        return;
    }
    if (pool->state != AQ__POOL_OPEN || connection->invalid || connection->generation < pool->generation ||
        is_surplus(connection)) {
        aq__connection_close(connection);
        return;
    }
    aq__pool_move(connection, AQ__CONNECTION_IDLE);
    aq__pool_serve(pool);
}

void aq__pool_on_progress(aq__connection_t *connection)
{
    aq_pool_t *pool = connection->pool;
    bool through = connection->in_flight == 0 && connection->cancel == NULL;

    pool->shortest = NULL; /* this one may be it now */
    connection->shot = connection->shot && !through;
    switch (connection->state) {
    case AQ__CONNECTION_BUSY:
    case AQ__CONNECTION_RESERVED:
    case AQ__CONNECTION_QUARANTINED:
        if (through)
            become_idle(connection);
        else
            aq__pool_serve(pool);
        break;
    case AQ__CONNECTION_HELD:
        if (through)
            aq__lane_on_idle(connection->lane);
        break;
    case AQ__CONNECTION_CONNECTING:
    case AQ__CONNECTION_IDLE:
    case AQ__CONNECTION_CLOSING:
    case AQ__CONNECTION_STATE_COUNT: break;
    }
    aq__pool_close_if_drained(pool);
}

/* A lane gives its connection back, clean. */
void aq__pool_checkin(aq__connection_t *connection)
{
    aq_pool_t *pool = connection->pool;

    connection->lane = NULL;
    aq__pool_event(pool, AQ_POOL_CHECKIN, connection->number);
    become_idle(connection);
}

static void fail_connect(aq__query_t *query, int code, const char *message)
{
    aq__pool_unwait(query);
    aq__query_fail(query, code, "bind '%s': %s: cannot connect: %s", query->pool->name, aq__query_verb(query),
                   message);
}

/* Who is told that a connection could not be made: with none open all who wait; else only the exclusive lane at the head, whom no pipeline can
 * serve. When the server merely has no room for more, those that are open will do. */
static void fail_those_who_counted_on_it(aq_pool_t *pool, int code, const char *message, bool no_room)
{
    bool none_open = aq__pool_open_count(pool) == 0;

    AQ__LIST_FOREACH_SAFE(node, &pool->waiters) {
        aq__query_t *query = AQ__CONTAINER_OF(node, aq__query_t, link);

        if (none_open) {
            fail_connect(query, code, message);
        } else if (aq__query_is_exclusive(query) && !no_room) {
            fail_connect(query, code, message);
            return;
        }
    }
}

/* `code` is for those who waited, when it is our own failure and not the server's answer. */
static void fail_connection(aq__connection_t *connection, int code, const char *message, const char *sqlstate)
{
    aq_pool_t *pool = connection->pool;

    PQfinish(connection->pg);
    aq__list_unlink(&connection->link);
    pool->counts[AQ__CONNECTION_CONNECTING]--;
    aq__free(connection);
    pool->connect_failures++;
    aq__pool_back_off(pool, message);
    aq_log(AQ_LOG_WARNING, "bind '%s': cannot connect (%s): %s", pool->name,
           aq_error_name(sqlstate[0] != '\0' ? aq_error_from_sqlstate(sqlstate) : code), message);
    aq__pool_event(pool, AQ_POOL_CONNECT_FAILED, 0);
    fail_those_who_counted_on_it(pool, code, message, strcmp(sqlstate, "53300") == 0);
    aq__pool_serve(pool);
    aq__pool_close_if_drained(pool);
}

void aq__pool_on_connect_failed(aq__connection_t *connection, const char *message, const char *sqlstate)
{
    fail_connection(connection, AQ_ECONNECT, message, sqlstate);
}

void aq__pool_on_connected(aq__connection_t *connection)
{
    aq_pool_t *pool = connection->pool;

    pool->connects++;
    if (aq__connection_start(connection) != AQ_OK) {
        char message[512];

        snprintf(message, sizeof message, "%s", aq_last_error()->message);
        fail_connection(connection, aq_last_error()->code, message, "");
        return;
    }
    connection->number = ++pool->numbers;
    pool->down = false;
    pool->failures = 0;
    aq__pool_event(pool, AQ_POOL_CONNECT, connection->number);
    aq__pool_move(connection, AQ__CONNECTION_IDLE);
    if (pool->state != AQ__POOL_OPEN || connection->generation < pool->generation)
        aq__connection_close(connection);
    aq__pool_serve(pool);
    aq__pool_close_if_drained(pool);
}

/* The connections that were made before something went wrong with one of them are suspect. */
static void next_generation(aq_pool_t *pool)
{
    pool->generation++;
    pool->shortest = NULL;
    AQ__LIST_FOREACH_SAFE(node, &pool->connections[AQ__CONNECTION_IDLE])
        aq__connection_close(AQ__CONTAINER_OF(node, aq__connection_t, link));
}

void aq__pool_on_lost(aq__connection_t *connection, bool suspect)
{
    aq_pool_t *pool = connection->pool;

    if (suspect && pool->state == AQ__POOL_OPEN && connection->generation == pool->generation)
        next_generation(pool);
    aq__pool_serve_soon(pool);
    aq__pool_close_if_drained(pool);
}

void aq__pool_on_read_only(aq__connection_t *connection)
{
    aq_pool_t *pool = connection->pool;

    pool->shortest = NULL;
    aq_log(AQ_LOG_WARNING,
           "bind '%s': connection %" PRIu64
           " is read-only: the server may have become a standby, connecting anew",
           pool->name, connection->number);
    connection->invalid = true;
    if (connection->generation == pool->generation)
        next_generation(pool);
}

void aq__pool_dispose(aq_pool_t *pool)
{
    next_generation(pool);
    aq__pool_serve_soon(pool);
}
