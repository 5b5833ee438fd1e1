/* The end of a connection, and what it means for the queries on it: see judge(). */
#include <string.h>

#include "src/wire/cancel.h"
#include "src/wire/pool-private.h"
#include "src/wire/reader.h"

static void release(aq__connection_t *connection)
{
    aq__list_unlink(&connection->link);
    connection->pool->counts[AQ__CONNECTION_CLOSING]--;
    aq__free(connection->prepared);
    aq__free(connection);
}

static void on_poll_closed(uv_handle_t *handle)
{
    aq__connection_t *connection = handle->data;
    aq_pool_t *pool = connection->pool;

    release(connection);
    aq__free(handle);
    aq__pool_handle_closed(pool);
}

/* What a lost connection means for one of its queries.
 *
 *   not appended, or its Sync certainly unsent      nothing was done: again, elsewhere
 *   behind a unit at which the server reported that it gives up   never begun: again, elsewhere
 *   the server gave up while its statements ran     rolled back: AQ_ELOST
 *   it cannot write, or an open transaction was lost with it      AQ_ELOST
 *   otherwise                                       AQ_ECOMMITUNKNOWN */
typedef enum { LOST_AGAIN, LOST_NOTHING_KEPT, LOST_UNKNOWN } loss_t;

static loss_t judge(const aq__query_t *query, bool never_begun, bool gave_up, bool in_transaction)
{
    if (never_begun)
        return LOST_AGAIN;
    if (!query->writes || (gave_up && query->failed_early))
        return LOST_NOTHING_KEPT;
    if (in_transaction && !query->transaction)
        return LOST_NOTHING_KEPT;
    return LOST_UNKNOWN;
}

static void lose_query(aq__query_t *query, loss_t loss, const char *why)
{
    const char *name = aq__pool_name(query->pool);

    aq__list_unlink(&query->link);
    if (query->kind == AQ__QUERY_RESET) {
        aq__query_fail(query, AQ_ELOST, "lost");
    } else if (query->abandoned) {
        aq__query_finish_abandoned(query);
    } else if (loss == LOST_AGAIN && query->lane == NULL && aq__pool_may_resend(query)) {
        aq__pool_requeue(query);
    } else if (loss == LOST_UNKNOWN) {
        aq__query_salvage(query);
        aq__query_fail(query, AQ_ECOMMITUNKNOWN,
                       "bind '%s': connection lost after the unit was sent, so it may or may not have been "
                       "committed: %s",
                       name, why);
    } else {
        aq__query_fail(query, AQ_ELOST, "bind '%s': connection lost, nothing was kept: %s", name, why);
    }
}

/* The server's own last words, an error that says that this backend ends. */
static bool says_that_it_ends(const PGresult *failure)
{
    const char *sqlstate = failure != NULL ? PQresultErrorField(failure, PG_DIAG_SQLSTATE) : NULL;

    return sqlstate != NULL && strncmp(sqlstate, "57P0", 4) == 0;
}

/* The query behind which the server was to see the next Sync, and the first error before that. */
static const aq__query_t *first_group(const aq__connection_t *connection, const PGresult **failure)
{
    *failure = NULL;
    AQ__LIST_FOREACH(node, &connection->fifo) {
        const aq__query_t *query = AQ__CONTAINER_OF(node, aq__query_t, link);

        if (*failure == NULL)
            *failure = query->failure;
        if (query->syncs)
            return query;
    }
    return NULL;
}

static void copy_reason(aq__connection_t *connection, const char *why, char *buffer, size_t size)
{
    const PGresult *failure;

    first_group(connection, &failure);
    if (failure != NULL)
        why = PQresultErrorMessage(failure);
    if (why == NULL || why[0] == '\0')
        why = PQerrorMessage(connection->pg);
    if (why == NULL || why[0] == '\0')
        why = "the server sent what does not belong here";
    snprintf(buffer, size, "%.*s", (int)strcspn(why, "\n"),
             why); /* the first line: libpq's guesses follow it */
}

static void lose_queries(aq__connection_t *connection, const char *why)
{
    const PGresult *failure;
    const aq__query_t *first_end = first_group(connection, &failure);
    const aq__list_t *unsent = connection->unsent ? connection->fifo.prev : NULL;
    bool gave_up = says_that_it_ends(failure), behind = false;
    bool in_transaction = connection->lane != NULL && connection->in_transaction;
    aq__list_t again, *node;

    aq__list_init(&again);
    while ((node = aq__list_shift(&connection->fifo)) != NULL) {
        aq__query_t *query = AQ__CONTAINER_OF(node, aq__query_t, link);
        loss_t loss = judge(query, node == unsent || (gave_up && behind), gave_up, in_transaction);

        behind = behind || query == first_end;
        in_transaction =
            in_transaction && !query->transaction; /* a COMMIT before it: then it was on its own */
        if (loss == LOST_AGAIN)
            aq__list_append(&again, node);
        else
            lose_query(query, loss, why);
    }
    aq__list_splice(&again, &connection->outbox);
    while (!aq__list_empty(&again)) /* in reverse, because each goes to the head of the queue */
        lose_query(AQ__CONTAINER_OF(again.prev, aq__query_t, link), LOST_AGAIN, why);
    connection->in_flight = 0;
    connection->cursor = NULL;
}

/* Lets the socket go and the queries with it. The poll handle goes first: libpq may have closed the socket already, and its number may be
 * used again at once. */
static void shut(aq__connection_t *connection)
{
    aq_pool_t *pool = connection->pool;

    aq__list_unlink(&connection->turn.link);
    if (connection->cancel != NULL)
        aq__cancel_forget(connection->cancel);
    aq__pool_move(connection, AQ__CONNECTION_CLOSING);
    aq__pool_event(pool, AQ_POOL_CLOSE, connection->number);
    uv_poll_stop(connection->poll);
    uv_close((uv_handle_t *)connection->poll, on_poll_closed);
    connection->poll = NULL;
    PQfinish(connection->pg);
    connection->pg = NULL;
}

/* `suspect`: something went wrong, so that connections as old as this one are not to be trusted either. */
static void end(aq__connection_t *connection, const char *why, bool suspect)
{
    if (connection->reader != NULL)
        aq__reader_on_lost(connection->reader, why);
    lose_queries(connection, why);
    if (connection->lane != NULL)
        aq__lane_on_lost(connection->lane);
    shut(connection);
    aq__pool_on_lost(connection, suspect);
}

void aq__connection_close(aq__connection_t *connection)
{
    if (connection->state != AQ__CONNECTION_CLOSING)
        end(connection, "closed", false);
}

void aq__connection_lost(aq__connection_t *connection, const char *why)
{
    aq_pool_t *pool = connection->pool;
    char reason[512];

    if (connection->state == AQ__CONNECTION_CLOSING)
        return;
    copy_reason(connection, why, reason, sizeof reason);
    pool->lost++;
    aq_log(AQ_LOG_INFO, "bind '%s': connection %llu lost: %s", pool->name,
           (unsigned long long)connection->number, reason);
    aq__pool_event(pool, AQ_POOL_INVALIDATE, connection->number);
    end(connection, reason, true);
}
