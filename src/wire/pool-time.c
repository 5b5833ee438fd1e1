/* Every wait of a pool has a deadline, and all of them share one timer, which is armed for the soonest and moved only to come sooner: a unit costs a
 * comparison. When it fires, the pool is swept: who waits, who is sent again, what runs, what is abandoned, what probes, what closes. */
#include <string.h>

#include "src/wire/pool-private.h"
#include "src/wire/reader.h"

static void on_timer(uv_timer_t *timer);

void aq__pool_arm(aq_pool_t *pool, uint64_t due)
{
    uint64_t now;

    if (pool->timer == NULL || aq__pool_is_armed(pool, due))
        return;
    now = aq__pool_now(pool);
    pool->timer_due = due;
    uv_timer_start(pool->timer, on_timer, due > now ? due - now : 0, 0);
}

static void soonest(uint64_t *due, uint64_t candidate)
{
    if (candidate != 0 && candidate < *due)
        *due = candidate;
}

static void sweep_waiters(aq_pool_t *pool, uint64_t now, uint64_t *due)
{
    if (pool->options.timeout <= 0)
        return;
    AQ__LIST_FOREACH_SAFE(node, &pool->waiters) {
        aq__query_t *query = AQ__CONTAINER_OF(node, aq__query_t, link);

        if (query->deadline > now) {
            soonest(due, query->deadline);
        } else {
            aq__pool_unwait(query);
            aq__pool_fail_waiting(query);
        }
    }
}

static void sweep_delayed(aq_pool_t *pool, uint64_t now, uint64_t *due)
{
    AQ__LIST_FOREACH_SAFE(node, &pool->delayed) {
        aq__query_t *query = AQ__CONTAINER_OF(node, aq__query_t, link);

        if (query->deadline > now) {
            soonest(due, query->deadline);
        } else {
            aq__list_unlink(node);
            aq__pool_requeue(query);
        }
    }
}

/* A unit that got no answer in time. Its consumer is told; the connection goes on waiting for it, for its grace. */
static void time_out(aq__connection_t *connection, aq__query_t *query)
{
    aq_pool_t *pool = connection->pool;
    char within[32];

    pool->timeouts++;
    aq__format_seconds(pool->options.query_timeout, within, sizeof within);
    if (query->kind == AQ__QUERY_RESET) {
        query->abandoned = query->told = query->released = true;
    } else if (query->writes) {
        aq__query_salvage(query);
        aq__query_abandon(
            query, AQ_ECOMMITUNKNOWN,
            "bind '%s': no answer within %s (query_timeout), so it may or may not have been committed: %s",
            pool->name, within, aq__query_statement(query));
        query->stoppable = false;
    } else {
        aq__query_abandon(query, AQ_ETIMEDOUT, "bind '%s': no answer within %s (query_timeout): %s",
                          pool->name, within, aq__query_statement(query));
    }
    if (aq__connection_runs(connection, query))
        aq__connection_stop_head(connection);
}

static void sweep_connection(aq__connection_t *connection, uint64_t now, uint64_t *due)
{
    AQ__LIST_FOREACH_SAFE(node, &connection->fifo) {
        aq__query_t *query = AQ__CONTAINER_OF(node, aq__query_t, link);

        if (query->abandoned || query->deadline == 0)
            continue;
        if (query->deadline > now)
            soonest(due, query->deadline);
        else
            time_out(connection, query);
    }
    if (connection->stop_at > now)
        soonest(due, connection->stop_at);
    else if (connection->stop_at != 0)
        aq__connection_stop_now(connection);
    aq__reader_sweep(connection, now, due);
    if (connection->give_up > now)
        soonest(due, connection->give_up);
    else if (connection->give_up != 0)
        aq__connection_lost(connection, connection->in_flight > 0
                                            ? "an abandoned unit did not end within its grace"
                                            : "a cancel did not end within its grace");
}

static void sweep_connections(aq_pool_t *pool, uint64_t now, uint64_t *due)
{
    static const aq__connection_state_t at_work[] = {AQ__CONNECTION_BUSY, AQ__CONNECTION_RESERVED,
                                                     AQ__CONNECTION_HELD, AQ__CONNECTION_QUARANTINED};
    aq__list_t round;

    for (size_t i = 0; i < AQ__COUNT_OF(at_work); i++) {
        aq__list_t *connections = &pool->connections[at_work[i]], *node;

        /* Losing one changes the lists, so each is taken off and put back before it is looked at. */
        aq__list_init(&round);
        aq__list_splice(&round, connections);
        while ((node = aq__list_shift(&round)) != NULL) {
            aq__list_append(connections, node);
            sweep_connection(AQ__CONTAINER_OF(node, aq__connection_t, link), now, due);
        }
    }
}

static void on_timer(uv_timer_t *timer)
{
    aq_pool_t *pool = timer->data;
    uint64_t now = aq__pool_now(pool), due = UINT64_MAX;

    aq__loop_enter(pool->loop);
    pool->timer_due = 0;
    sweep_waiters(pool, now, &due);
    sweep_delayed(pool, now, &due);
    sweep_connections(pool, now, &due);
    aq__listening_sweep(pool, now, &due);
    if (pool->down && pool->probe_at > now)
        soonest(&due, pool->probe_at);
    if (pool->state == AQ__POOL_DRAINING) {
        if (pool->close_at <= now)
            aq__pool_force_close(pool);
        else
            soonest(&due, pool->close_at);
    } else {
        aq__pool_serve(pool);
    }
    if (due != UINT64_MAX)
        aq__pool_arm(pool, due);
    aq__loop_leave(pool->loop);
}
