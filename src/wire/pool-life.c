/* How a pool comes and goes.
 *
 * The happy path of its end: what waits fails, what runs is waited for, the connections close, then the handles, and the shell goes with the
 * last query and lane that somebody still holds. The failure mode: what runs does not end within close_timeout, and is cut off. */
#include <string.h>

#include "src/wire/cancel.h"
#include "src/wire/pool-private.h"

#define PATIENCE 10 /* ms */
#define SPARE_QUERIES 1024

/* ---- query memory: a pool's shell stays until the last query and lane are given back ----------------- */

static void drop_user(aq_pool_t *pool)
{
    aq__list_t *node;

    if (--pool->users > 0)
        return;
    while ((node = aq__list_shift(&pool->spare)) != NULL)
        aq__free(AQ__CONTAINER_OF(node, aq__query_t, link));
    aq__blocks_close(pool->blocks);
    aq__free(pool->name);
    aq__free(pool);
}

aq__query_t *aq__pool_take_query(aq_pool_t *pool)
{
    aq__list_t *node = aq__list_shift(&pool->spare);
    aq__query_t *query;

    if (node != NULL) {
        pool->spare_count--;
        query = AQ__CONTAINER_OF(node, aq__query_t, link);
    } else {
        query = aq__malloc(sizeof *query);
    }
    pool->users += query != NULL;
    return query;
}

void aq__pool_spare_query(aq_pool_t *pool, aq__query_t *query)
{
    if (pool->spare_count < SPARE_QUERIES && pool->state != AQ__POOL_HANDLES) {
        aq__list_prepend(&pool->spare, &query->link);
        pool->spare_count++;
    } else {
        aq__free(query);
    }
    drop_user(pool);
}

void aq__pool_hold(aq_pool_t *pool)
{
    pool->users++;
}

void aq__pool_release(aq_pool_t *pool)
{
    drop_user(pool);
}

/* ---- life -------------------------------------------------------------------------------------------- */

static void free_contents(aq_pool_t *pool)
{
    aq__listening_free(pool);
    aq__registry_dispose(&pool->registry);
    aq__login_release(pool->login);
    aq__free(pool->down_text);
    pool->down_text = NULL;
}

static void start_timer(aq_pool_t *pool)
{
    uv_timer_init(aq_loop_uv(pool->loop), pool->timer);
    uv_unref((uv_handle_t *)pool->timer);
    pool->timer->data = pool;
}

int aq__pool_create(aq_pool_t **made, aq_loop_t *loop, const aq__pool_setup_t *setup)
{
    aq_pool_t *pool = aq__calloc(1, sizeof *pool);

    if (pool == NULL)
        return aq__fail(AQ_ENOMEM, "bind '%s': out of memory", setup->name);
    pool->loop = loop;
    pool->options = *setup->options;
    pool->query_timeout = pool->options.query_timeout > 0 ? aq__milliseconds(pool->options.query_timeout) : 0;
    pool->grace = aq__milliseconds(pool->options.grace);
    pool->echo = setup->echo;
    pool->users = 1;
    pool->patience = PATIENCE;
    pool->random = uv_hrtime() ^ (uint64_t)(uintptr_t)pool;
    for (size_t i = 0; i < AQ__CONNECTION_STATE_COUNT; i++)
        aq__list_init(&pool->connections[i]);
    aq__list_init(&pool->waiters);
    aq__list_init(&pool->delayed);
    aq__list_init(&pool->spare);
    aq__list_init(&pool->lanes);
    aq__list_init(&pool->cancelling);
    aq__turn_init(&pool->serve_turn, aq__pool_on_serve_turn);
    aq__registry_init(&pool->registry, (uint64_t)(aq__pool_random(pool) * 4294967296.0));
    pool->name = aq__strdup(setup->name);
    pool->login = aq__login_create(setup->keywords, setup->values);
    pool->blocks = aq__blocks_create();
    if (pool->name == NULL || pool->login == NULL || pool->blocks == NULL) {
        aq__fail(AQ_ENOMEM, "bind '%s': out of memory", setup->name);
        goto failed;
    }
    pool->timer = aq__calloc(1, sizeof *pool->timer);
    if (pool->timer == NULL) {
        aq__fail(AQ_ENOMEM, "bind '%s': out of memory", setup->name);
        goto failed;
    }
    pool->offload = aq__offload_create(loop);
    if (pool->offload == NULL)
        goto failed;
    start_timer(pool);
    pool->handles = 2;
    *made = pool;
    return AQ_OK;

failed:
    aq__free(pool->timer);
    free_contents(pool);
    drop_user(pool);
    return aq_last_error()->code;
}

void aq__pool_handle_closed(aq_pool_t *pool)
{
    if (--pool->handles > 0 || pool->state != AQ__POOL_HANDLES)
        return;
    if (pool->on_closed != NULL)
        pool->on_closed(pool->on_closed_data, pool->forced);
    free_contents(pool);
    drop_user(pool);
}

static void on_offload_closed(void *data)
{
    aq__pool_handle_closed(data);
}

static void on_timer_closed(uv_handle_t *handle)
{
    aq_pool_t *pool = handle->data;

    aq__free(handle);
    aq__pool_handle_closed(pool);
}

/* Everything that may still work is gone; now the handles. */
static void close_handles(aq_pool_t *pool)
{
    pool->state = AQ__POOL_HANDLES;
    aq__list_unlink(&pool->serve_turn.link);
    aq__cancel_end_all(pool);
    /* Those that were still connecting: their threads discard what they get. */
    AQ__LIST_FOREACH_SAFE(node, &pool->connections[AQ__CONNECTION_CONNECTING]) {
        aq__list_unlink(node);
        aq__free(AQ__CONTAINER_OF(node, aq__connection_t, link));
    }
    pool->counts[AQ__CONNECTION_CONNECTING] = 0;
    uv_close((uv_handle_t *)pool->timer, on_timer_closed);
    pool->timer = NULL;
    aq__offload_close(pool->offload, on_offload_closed, pool);
}

static bool drained(const aq_pool_t *pool)
{
    return pool->counts[AQ__CONNECTION_BUSY] + pool->counts[AQ__CONNECTION_RESERVED] +
               pool->counts[AQ__CONNECTION_HELD] + pool->counts[AQ__CONNECTION_QUARANTINED] ==
           0;
}

void aq__pool_close_if_drained(aq_pool_t *pool)
{
    if (pool->state == AQ__POOL_DRAINING && drained(pool) && aq__list_empty(&pool->delayed))
        close_handles(pool);
}

static aq__connection_t *first_connection(const aq_pool_t *pool, aq__connection_state_t state)
{
    aq__list_t *node = aq__list_first(&pool->connections[state]);

    return node != NULL ? AQ__CONTAINER_OF(node, aq__connection_t, link) : NULL;
}

static void close_all(aq_pool_t *pool, aq__connection_state_t state)
{
    aq__connection_t *connection;

    while ((connection = first_connection(pool, state)) != NULL) {
        pool->forced += connection->in_flight;
        aq__connection_close(connection);
    }
}

/* The time for running units is over. */
void aq__pool_force_close(aq_pool_t *pool)
{
    pool->state = AQ__POOL_FORCING;
    close_all(pool, AQ__CONNECTION_BUSY);
    close_all(pool, AQ__CONNECTION_RESERVED);
    close_all(pool, AQ__CONNECTION_QUARANTINED);
    close_all(pool, AQ__CONNECTION_HELD);
    if (pool->forced > 0)
        aq_log(AQ_LOG_WARNING, "bind '%s': close: %u units were still running after %g s and were cut off",
               pool->name, pool->forced, pool->options.close_timeout);
    close_handles(pool);
}

static void fail_all(aq_pool_t *pool, aq__list_t *list)
{
    aq__list_t *node;

    while ((node = aq__list_first(list)) != NULL) {
        aq__query_t *query = AQ__CONTAINER_OF(node, aq__query_t, link);

        aq__list_unlink(node);
        aq__query_fail(query, AQ_ECLOSED,
                       "bind '%s': %s: the context was closed while it waited for a connection", pool->name,
                       aq__query_verb(query));
    }
}

void aq__pool_close(aq_pool_t *pool, void (*cb)(void *data, unsigned forced), void *data)
{
    pool->on_closed = cb;
    pool->on_closed_data = data;
    pool->state = AQ__POOL_DRAINING;
    aq__listening_close(pool);
    fail_all(pool, &pool->waiters);
    fail_all(pool, &pool->delayed);
    pool->waiting = 0;
    AQ__LIST_FOREACH_SAFE(node, &pool->connections[AQ__CONNECTION_IDLE])
        aq__connection_close(AQ__CONTAINER_OF(node, aq__connection_t, link));
    if (pool->state != AQ__POOL_DRAINING)
        return; /* the last idle one has closed the rest */
    uv_update_time(aq_loop_uv(pool->loop));
    pool->close_at = aq__pool_after(pool, pool->options.close_timeout);
    aq__pool_arm(pool, pool->close_at);
    aq__pool_close_if_drained(pool);
}
