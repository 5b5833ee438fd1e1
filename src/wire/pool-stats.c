/* What a pool tells about itself: who holds what since when, as a struct, as JSON and in the texts of errors. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "src/wire/pool-private.h"

static const aq__connection_state_t taken[] = {AQ__CONNECTION_HELD, AQ__CONNECTION_BUSY,
                                               AQ__CONNECTION_RESERVED, AQ__CONNECTION_QUARANTINED};

/* Who keeps this connection: the label of its lane, or the statement that runs on it; NULL: nobody. */
static const char *holder_of(const aq__connection_t *connection, uint64_t *since)
{
    aq__list_t *first = aq__list_first(&connection->fifo);

    if (connection->lane != NULL) {
        *since = connection->lane->since;
        return connection->lane->label;
    }
    if (first == NULL)
        return NULL;
    *since = AQ__CONTAINER_OF(first, aq__query_t, link)->since;
    return aq__query_statement(AQ__CONTAINER_OF(first, aq__query_t, link));
}

const char *aq__pool_oldest_holder(const aq_pool_t *pool, uint64_t *oldest)
{
    const char *found = NULL;

    *oldest = UINT64_MAX;
    for (size_t i = 0; i < AQ__COUNT_OF(taken); i++) {
        AQ__LIST_FOREACH(node, &pool->connections[taken[i]]) {
            uint64_t since = 0;
            const char *holder = holder_of(AQ__CONTAINER_OF(node, aq__connection_t, link), &since);

            if (holder != NULL && since < *oldest) {
                *oldest = since;
                found = holder;
            }
        }
    }
    return found;
}

static int count_in_flight(const aq_pool_t *pool)
{
    int units = 0;

    for (int state = AQ__CONNECTION_BUSY; state <= AQ__CONNECTION_QUARANTINED; state++)
        AQ__LIST_FOREACH(node, &pool->connections[state])
            units += (int)AQ__CONTAINER_OF(node, aq__connection_t, link)->in_flight;
    return units;
}

void aq__pool_get_stats(aq_pool_t *pool, aq_pool_stats_t *stats)
{
    uint64_t since;

    *stats = (aq_pool_stats_t){
        .size = pool->options.size,
        .max_overflow = pool->options.max_overflow,
        .open = aq__pool_open_count(pool),
        .idle = pool->counts[AQ__CONNECTION_IDLE],
        .busy = pool->counts[AQ__CONNECTION_BUSY] + pool->counts[AQ__CONNECTION_RESERVED],
        .held = pool->counts[AQ__CONNECTION_HELD],
        .connecting = pool->counts[AQ__CONNECTION_CONNECTING],
        .quarantined = pool->counts[AQ__CONNECTION_QUARANTINED],
        .waiting = pool->waiting,
        .in_flight = count_in_flight(pool),
        .generation = pool->generation,
        .down = pool->down,
        .connects = pool->connects,
        .connect_failures = pool->connect_failures,
        .units = pool->units,
        .statements = pool->statements,
        .syncs = pool->syncs,
        .shared_reads = pool->shared_reads,
        .resends = pool->resends,
        .timeouts = pool->timeouts,
        .cancels = pool->canceled,
        .lost = pool->lost,
    };
    stats->oldest_holder = aq__pool_oldest_holder(pool, &since);
    if (stats->oldest_holder != NULL)
        stats->oldest_held = (double)(aq__pool_now(pool) - since) / 1000.0;
}

static void append_holder(aq_text_t *json, const aq__connection_t *connection, uint64_t now,
                          const char *separator)
{
    uint64_t since = 0;
    const char *holder = holder_of(connection, &since);

    if (holder == NULL)
        return;
    aq_text_appendf(json, "%s{\"connection\":%" PRIu64 ",\"pid\":%d,\"state\":\"%s\",\"holder\":", separator,
                    connection->number, PQbackendPID(connection->pg),
                    aq__connection_state_name(connection->state));
    aq_text_append_json(json, holder, strlen(holder));
    aq_text_appendf(json, ",\"seconds\":%.3f,\"in_flight\":%u}", (double)(now - since) / 1000.0,
                    connection->in_flight);
}

void aq__pool_append_json(aq_pool_t *pool, aq_text_t *json)
{
    aq_pool_stats_t stats;
    const char *separator = "";

    aq__pool_get_stats(pool, &stats);
    aq_text_appendf(
        json,
        "{\"size\":%d,\"max_overflow\":%d,\"open\":%d,\"idle\":%d,\"busy\":%d,\"held\":%d,\"connecting\":%d,"
        "\"quarantined\":%d,\"waiting\":%d,\"in_flight\":%d,\"generation\":%" PRIu64 ",\"down\":%s",
        stats.size, stats.max_overflow, stats.open, stats.idle, stats.busy, stats.held, stats.connecting,
        stats.quarantined, stats.waiting, stats.in_flight, stats.generation, stats.down ? "true" : "false");
    aq_text_appendf(json,
                    ",\"connects\":%" PRIu64 ",\"connect_failures\":%" PRIu64 ",\"units\":%" PRIu64
                    ",\"statements\":%" PRIu64 ",\"syncs\":%" PRIu64 ",\"shared_reads\":%" PRIu64
                    ",\"resends\":%" PRIu64 ",\"timeouts\":%" PRIu64 ",\"cancels\":%" PRIu64
                    ",\"lost\":%" PRIu64 ",\"holders\":[",
                    stats.connects, stats.connect_failures, stats.units, stats.statements, stats.syncs,
                    stats.shared_reads, stats.resends, stats.timeouts, stats.cancels, stats.lost);
    for (size_t i = 0; i < AQ__COUNT_OF(taken); i++) {
        AQ__LIST_FOREACH(node, &pool->connections[taken[i]]) {
            size_t before = json->length;

            append_holder(json, AQ__CONTAINER_OF(node, aq__connection_t, link), aq__pool_now(pool),
                          separator);
            if (json->length != before)
                separator = ",";
        }
    }
    aq_text_append(json, "]}");
}
