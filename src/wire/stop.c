/* Stopping what a connection runs and nobody wants any more: it gets a moment to end by itself, then a cancel if that can do no harm, then its
 * grace; meanwhile the connection takes nothing new. */
#include "src/wire/cancel.h"
#include "src/wire/pool-private.h"

bool aq__connection_runs(const aq__connection_t *connection, const aq__query_t *query)
{
    AQ__LIST_FOREACH(node, &connection->fifo) {
        if (node == &query->link)
            return true;
        if (AQ__CONTAINER_OF(node, aq__query_t, link)->syncs)
            return false;
    }
    return false;
}

void aq__connection_stop_head(aq__connection_t *connection)
{
    aq_pool_t *pool = connection->pool;

    if (connection->give_up == 0 && aq__connection_has_unwanted_head(connection))
        connection->give_up = aq__connection_grace(connection);
    if (connection->state == AQ__CONNECTION_BUSY || connection->state == AQ__CONNECTION_RESERVED)
        aq__pool_move(connection, AQ__CONNECTION_QUARANTINED);
    if (connection->stop_at == 0) {
        connection->stop_at = aq__pool_now(pool) + pool->patience;
        aq__pool_arm(pool, connection->stop_at);
    }
}

/* A cancel may come when what it was meant for has just ended, and hit what comes behind. A unit of the shared lane is then sent again;
 * what cannot be sent again must not be hit. Inside a lane's transaction there is nothing to save: that fails as a whole. */
static bool may_cancel(const aq__connection_t *connection)
{
    bool in_batch = true, wanted_only = true;

    AQ__LIST_FOREACH(node, &connection->fifo) {
        const aq__query_t *query = AQ__CONTAINER_OF(node, aq__query_t, link);
        bool unwanted = query->abandoned || (query->op_made && query->op.cancel_asked);

        if (in_batch && !query->stoppable)
            return false;
        if (!unwanted && (query->alone || (query->lane != NULL && !connection->in_transaction)))
            return false;
        wanted_only = wanted_only && !(in_batch && unwanted);
        in_batch = in_batch && !query->syncs;
    }
    return !wanted_only;
}

void aq__connection_stop_now(aq__connection_t *connection)
{
    if (connection->cancel == NULL && (!may_cancel(connection) || aq__cancel_start(connection)))
        aq__connection_stay(connection); /* else one that is under way has to end first */
}

void aq__connection_on_cancel_end(aq__connection_t *connection)
{
    connection->cancel = NULL;
    if (!aq__connection_has_unwanted_head(connection) && connection->reader == NULL)
        connection->give_up = 0;
    aq__connection_schedule(connection);
    aq__pool_on_progress(connection);
}
