/* The happy path: a query finds an idle connection, or the shortest pipeline; an exclusive lane finds an idle one. Whoever finds none waits in one
 * FIFO with a deadline, and the pool connects more while it may: up to `size` for the shared lane, `max_overflow` more for exclusive lanes.
 *
 * Nobody overtakes: a new query waits when anyone waits who could be served by what it would take. An exclusive lane at the head that finds no idle
 * connection reserves one, which then runs out; queries behind it go on using the others.
 *
 * The failure modes: the deadline passes (the error says who holds the connections), too many wait, the server is away (one connection probes, with
 * backoff; those who wait for a connection that fails to come get libpq's own text), and a lost connection, which makes all older idle ones suspect. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "src/wire/cancel.h"
#include "src/wire/pool-private.h"
#include "src/wire/reader.h"

#define CONNECTS_AT_ONCE 2
#define SPARE_QUERIES 1024
#define PATIENCE 10      /* ms */
#define BACKOFF_FIRST 50 /* ms */
#define BACKOFF_LAST 5000

/* ---- small things ------------------------------------------------------------------------------------------------------- */

aq_loop_t *aq__pool_loop(const aq_pool_t *pool)
{
    return pool->loop;
}

const char *aq__pool_name(const aq_pool_t *pool)
{
    return pool->name;
}

aq_echo_t aq__pool_echo(const aq_pool_t *pool)
{
    return pool->echo;
}

aq__registry_t *aq__pool_registry(aq_pool_t *pool)
{
    return &pool->registry;
}

/* splitmix64, for jitter. */
double aq__pool_random(aq_pool_t *pool)
{
    uint64_t z = (pool->random += UINT64_C(0x9e3779b97f4a7c15));

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (double)((z ^ (z >> 31)) >> 11) / 9007199254740992.0;
}

const char *aq_pool_event_name(aq_pool_event_t event)
{
    static const char *const names[] = {
        [AQ_POOL_CONNECT] = "connect",       [AQ_POOL_CHECKOUT] = "checkout",
        [AQ_POOL_RESET] = "reset",           [AQ_POOL_CHECKIN] = "checkin",
        [AQ_POOL_INVALIDATE] = "invalidate", [AQ_POOL_SOFT_INVALIDATE] = "soft_invalidate",
        [AQ_POOL_CLOSE] = "close",           [AQ_POOL_CONNECT_FAILED] = "connect_failed",
    };

    return (size_t)event < AQ__COUNT_OF(names) ? names[event] : "?";
}

void aq__pool_event(aq_pool_t *pool, aq_pool_event_t event, uint64_t connection)
{
    if (pool->echo >= AQ_ECHO_DEBUG)
        aq_log(AQ_LOG_INFO, "bind '%s': pool: %s connection %" PRIu64, pool->name, aq_pool_event_name(event),
               connection);
    if (pool->options.on_event != NULL)
        pool->options.on_event(pool->options.on_event_data, pool->name, event, connection);
}

/* ---- query memory: a pool's shell stays until the last query and lane are given back ------------------------------------ */

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

/* ---- connections: the one writer of their state --------------------------------------------------------------------------- */

static bool may_move(aq__connection_state_t from, aq__connection_state_t to)
{
    static const unsigned allowed[] = {
        [AQ__CONNECTION_CONNECTING] = 1u << AQ__CONNECTION_IDLE | 1u << AQ__CONNECTION_CLOSING,
        [AQ__CONNECTION_IDLE] =
            1u << AQ__CONNECTION_BUSY | 1u << AQ__CONNECTION_HELD | 1u << AQ__CONNECTION_CLOSING,
        [AQ__CONNECTION_BUSY] = 1u << AQ__CONNECTION_IDLE | 1u << AQ__CONNECTION_RESERVED |
                                1u << AQ__CONNECTION_QUARANTINED | 1u << AQ__CONNECTION_CLOSING,
        [AQ__CONNECTION_RESERVED] =
            1u << AQ__CONNECTION_IDLE | 1u << AQ__CONNECTION_QUARANTINED | 1u << AQ__CONNECTION_CLOSING,
        [AQ__CONNECTION_HELD] = 1u << AQ__CONNECTION_IDLE | 1u << AQ__CONNECTION_CLOSING,
        [AQ__CONNECTION_QUARANTINED] = 1u << AQ__CONNECTION_IDLE | 1u << AQ__CONNECTION_CLOSING,
        [AQ__CONNECTION_CLOSING] = 0,
    };

    return (allowed[from] & 1u << to) != 0;
}

void aq__pool_move(aq__connection_t *connection, aq__connection_state_t state)
{
    aq_pool_t *pool = connection->pool;

    if (!may_move(connection->state, state))
        aq_log(AQ_LOG_ERROR, "bind '%s': connection %" PRIu64 " may not go from %s to %s", pool->name,
               connection->number, aq__connection_state_name(connection->state),
               aq__connection_state_name(state));
    aq__list_unlink(&connection->link);
    pool->counts[connection->state]--;
    connection->state = state;
    pool->counts[state]++;
    aq__list_append(&pool->connections[state], &connection->link);
}

static aq__connection_t *first_connection(const aq_pool_t *pool, aq__connection_state_t state)
{
    aq__list_t *node = aq__list_first(&pool->connections[state]);

    return node != NULL ? AQ__CONTAINER_OF(node, aq__connection_t, link) : NULL;
}

int aq__pool_open_count(const aq_pool_t *pool)
{
    const int *counts = pool->counts;

    return counts[AQ__CONNECTION_IDLE] + counts[AQ__CONNECTION_BUSY] + counts[AQ__CONNECTION_RESERVED] +
           counts[AQ__CONNECTION_HELD] + counts[AQ__CONNECTION_QUARANTINED];
}

static bool expired(const aq__connection_t *connection)
{
    return connection->invalid || connection->generation < connection->pool->generation ||
           (connection->recycle_at != 0 && aq__pool_now(connection->pool) >= connection->recycle_at);
}

/* The next idle connection that is still good; those that are not are closed on the way. */
static aq__connection_t *take_idle(aq_pool_t *pool)
{
    aq__list_t *idle = &pool->connections[AQ__CONNECTION_IDLE];

    if (pool->options.recycle > 0)
        uv_update_time(aq_loop_uv(pool->loop)); /* outside uv_run() its clock stands still */
    while (!aq__list_empty(idle)) {
        aq__connection_t *connection =
            AQ__CONTAINER_OF(pool->options.lifo ? idle->prev : idle->next, aq__connection_t, link);

        if (!expired(connection))
            return connection;
        aq__connection_close(connection);
    }
    return NULL;
}

/* ---- growing ------------------------------------------------------------------------------------------------------------------ */

/* How many connections there may be now. 0 as an option: no limit. */
static int open_limit(const aq_pool_t *pool, bool exclusive)
{
    const aq_pool_options_t *options = &pool->options;

    if (options->size == 0 || (exclusive && options->max_overflow < 0))
        return INT32_MAX;
    return exclusive ? options->size + options->max_overflow : options->size;
}

/* No connection can be had: the next attempt is made after a while, longer each time, with full jitter. */
static void back_off(aq_pool_t *pool, const char *message)
{
    double most = BACKOFF_FIRST * (double)(1u << (pool->failures < 8 ? pool->failures : 8));

    if (most > BACKOFF_LAST)
        most = BACKOFF_LAST;
    pool->failures++;
    pool->down = true;
    pool->probe_at = aq__pool_now(pool) + (uint64_t)(most * aq__pool_random(pool));
    aq__free(pool->down_text);
    pool->down_text = aq__strdup(message);
}

/* Makes one more connection if one may be made for this kind of need. True: one is on its way for it. */
static bool grow(aq_pool_t *pool, bool exclusive)
{
    int connecting = pool->counts[AQ__CONNECTION_CONNECTING];
    aq__connection_t *connection;

    if (aq__pool_open_count(pool) + connecting >= open_limit(pool, exclusive) ||
        connecting >= CONNECTS_AT_ONCE)
        return false;
    if (pool->down && connecting > 0)
        return false; /* one probes */
    if (pool->down && aq__pool_now(pool) < pool->probe_at) {
        aq__pool_arm(pool, pool->probe_at);
        return false;
    }
    if (aq__connection_open(pool, &connection) != AQ_OK) {
        aq_log(AQ_LOG_ERROR, "bind '%s': cannot connect: %s", pool->name, aq_last_error()->message);
        back_off(pool, aq_last_error()->message);
        aq__pool_arm(pool, pool->probe_at);
        return false;
    }
    aq__list_append(&pool->connections[AQ__CONNECTION_CONNECTING], &connection->link);
    pool->counts[AQ__CONNECTION_CONNECTING]++;
    return true;
}

/* ---- who gets what -------------------------------------------------------------------------------------------------------------- */

static aq__connection_t *shortest_pipeline(const aq_pool_t *pool)
{
    aq__connection_t *best = NULL;

    AQ__LIST_FOREACH(node, &pool->connections[AQ__CONNECTION_BUSY]) {
        aq__connection_t *connection = AQ__CONTAINER_OF(node, aq__connection_t, link);

        if (connection->in_flight >= (unsigned)pool->options.pipeline_depth || connection->blocked)
            continue;
        if (best != NULL && connection->in_flight >= best->in_flight)
            continue;
        if (!expired(connection))
            best = connection;
    }
    return best;
}

static bool give_shared(aq_pool_t *pool, aq__query_t *query)
{
    aq__connection_t *connection = take_idle(pool);

    if (connection != NULL) {
        aq__pool_move(connection, AQ__CONNECTION_BUSY);
    } else {
        connection = shortest_pipeline(pool);
        if (aq__pool_open_count(pool) < open_limit(pool, false))
            grow(pool, false);
    }
    if (connection == NULL)
        return false;
    aq__connection_queue(connection, query);
    return true;
}

static bool give_exclusive(aq_pool_t *pool, aq__query_t *query)
{
    aq__connection_t *connection = take_idle(pool);

    if (connection != NULL)
        aq__lane_give(connection, query);
    return connection != NULL;
}

static bool give(aq_pool_t *pool, aq__query_t *query)
{
    return aq__query_is_exclusive(query) ? give_exclusive(pool, query) : give_shared(pool, query);
}

/* So many exclusive lanes cannot have an idle connection: let as many run out for them, if none can be made. */
static void make_way(aq_pool_t *pool, int exclusive)
{
    aq__connection_t *connection;

    if (pool->counts[AQ__CONNECTION_CONNECTING] < exclusive)
        grow(pool, true);
    if (pool->counts[AQ__CONNECTION_CONNECTING] > 0)
        return;
    while (pool->counts[AQ__CONNECTION_RESERVED] < exclusive &&
           (connection = shortest_pipeline(pool)) != NULL)
        aq__pool_move(connection, AQ__CONNECTION_RESERVED);
}

static void unwait(aq__query_t *query)
{
    aq__list_unlink(&query->link);
    query->pool->waiting--;
}

void aq__pool_serve(aq_pool_t *pool)
{
    int exclusive = 0;

    if (aq__list_empty(&pool->waiters) || pool->state != AQ__POOL_OPEN)
        return;
    AQ__LIST_FOREACH_SAFE(node, &pool->waiters) {
        aq__query_t *query = AQ__CONTAINER_OF(node, aq__query_t, link);

        if (exclusive >= CONNECTS_AT_ONCE && pool->counts[AQ__CONNECTION_IDLE] == 0 &&
            pool->counts[AQ__CONNECTION_BUSY] == 0)
            break; /* nothing is left for anybody, however many wait */
        if (aq__query_is_exclusive(query) && exclusive > 0) {
            make_way(pool, ++exclusive);
            continue;
        }
        unwait(query);
        if (give(pool, query))
            continue;
        aq__list_insert_before(node_next, node);
        pool->waiting++;
        if (!aq__query_is_exclusive(query))
            break;
        make_way(pool, ++exclusive); /* before those behind it are given what it waits for */
    }
}

static void on_serve_turn(aq__turn_t *turn)
{
    aq__pool_serve(AQ__CONTAINER_OF(turn, aq_pool_t, serve_turn));
}

void aq__pool_serve_soon(aq_pool_t *pool)
{
    if (pool->state != AQ__POOL_OPEN)
        return; /* nobody waits, and a turn that is due must not outlive the pool */
    aq__turn_schedule(pool->loop, &pool->serve_turn);
}

/* ---- waiting -------------------------------------------------------------------------------------------------------------------- */

static void describe_jam(const aq_pool_t *pool, bool exclusive, char *buffer, size_t size)
{
    int limit = open_limit(pool, exclusive), open = aq__pool_open_count(pool),
        idle = pool->counts[AQ__CONNECTION_IDLE];
    uint64_t since;
    const char *holder = aq__pool_oldest_holder(pool, &since);
    int length;

    if (open == 0) {
        snprintf(buffer, size, "%s",
                 pool->down && pool->down_text != NULL ? pool->down_text : "still connecting");
        return;
    }
    if (limit == INT32_MAX)
        length = snprintf(buffer, size, "%d busy", open - idle);
    else
        length = snprintf(buffer, size, "%d of %d busy", open - idle, limit);
    if (holder != NULL && length > 0 && (size_t)length < size)
        snprintf(buffer + length, size - (size_t)length, "; oldest held %.1f s by %.80s",
                 (double)(aq__pool_now(pool) - since) / 1000.0, holder);
}

void aq__format_seconds(double seconds, char *buffer, size_t size)
{
    if (seconds < 1.0)
        snprintf(buffer, size, "%.0f ms", seconds * 1000.0);
    else
        snprintf(buffer, size, "%g s", seconds);
}

static void fail_waiting(aq__query_t *query)
{
    aq_pool_t *pool = query->pool;
    char jam[512], within[32];

    describe_jam(pool, aq__query_is_exclusive(query), jam, sizeof jam);
    aq__format_seconds(pool->options.timeout, within, sizeof within);
    pool->timeouts++;
    aq__query_fail(query, AQ_EPOOLTIMEOUT, "bind '%s': %s: no connection within %s (%s)", pool->name,
                   aq__query_verb(query), within, jam);
}

/* A query that could not be given to a connection at once. */
static void wait_for_connection(aq_pool_t *pool, aq__query_t *query)
{
    bool exclusive = aq__query_is_exclusive(query);

    uv_update_time(aq_loop_uv(pool->loop)); /* before uv_run() its clock is behind: too early a deadline */
    if (pool->options.max_waiters >= 0 && pool->waiting >= pool->options.max_waiters) {
        char jam[512];

        describe_jam(pool, exclusive, jam, sizeof jam);
        aq__query_fail(query, AQ_EPOOLFULL, "bind '%s': %s: %d are waiting already, the limit is %d (%s)",
                       pool->name, aq__query_verb(query), pool->waiting, pool->options.max_waiters, jam);
        return;
    }
    query->state = AQ__QUERY_WAITING;
    query->since = aq__pool_now(pool);
    query->deadline = aq__pool_after(pool, pool->options.timeout);
    aq__list_append(&pool->waiters, &query->link);
    pool->waiting++;
    if (exclusive)
        make_way(pool, 1);
    else if (pool->counts[AQ__CONNECTION_CONNECTING] == 0)
        grow(pool, false);
    if (pool->options.timeout <= 0 && pool->counts[AQ__CONNECTION_CONNECTING] < pool->waiting) {
        unwait(query);
        fail_waiting(query);
        return;
    }
    if (pool->options.timeout > 0)
        aq__pool_arm(pool, query->deadline);
}

aq_op_t *aq__pool_submit(aq_pool_t *pool, aq__query_t *query)
{
    aq_op_t *op = &query->op;

    if (pool->state != AQ__POOL_OPEN)
        aq__query_fail(query, AQ_ECLOSED, "bind '%s': %s: the context is being closed", pool->name,
                       aq__query_verb(query));
    else if (!aq__list_empty(&pool->waiters)) {
        wait_for_connection(pool, query);
        aq__pool_serve_soon(pool); /* it may be one that takes nothing from those who wait */
    } else if (!give(pool, query))
        wait_for_connection(pool, query);
    return op;
}

/* ---- sending again --------------------------------------------------------------------------------------------------------------- */

bool aq__pool_may_resend(aq__query_t *query)
{
    return query->resends < query->pool->options.retry_limit && query->pool->state == AQ__POOL_OPEN;
}

void aq__pool_requeue(aq__query_t *query)
{
    aq_pool_t *pool = query->pool;

    aq__query_rewind(query);
    pool->resends++;
    if (query->resends < UINT8_MAX)
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

void aq__pool_requeue_later(aq__query_t *query)
{
    aq_pool_t *pool = query->pool;

    aq__query_rewind(query);
    query->state = AQ__QUERY_DELAYED;
    query->deadline =
        aq__pool_now(pool) + 1 + (uint64_t)(aq__pool_random(pool) * (double)(10u << query->resends));
    aq__list_append(&pool->delayed, &query->link);
    aq__pool_arm(pool, query->deadline);
}

/* ---- canceling -------------------------------------------------------------------------------------------------------------------- */

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
        unwait(query);
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

/* ---- what connections report ------------------------------------------------------------------------------------------------------- */

static void close_if_drained(aq_pool_t *pool);

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
    close_if_drained(pool);
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
    unwait(query);
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
    back_off(pool, message);
    aq_log(AQ_LOG_WARNING, "bind '%s': cannot connect (%s): %s", pool->name,
           aq_error_name(sqlstate[0] != '\0' ? aq_error_from_sqlstate(sqlstate) : code), message);
    aq__pool_event(pool, AQ_POOL_CONNECT_FAILED, 0);
    fail_those_who_counted_on_it(pool, code, message, strcmp(sqlstate, "53300") == 0);
    aq__pool_serve(pool);
    close_if_drained(pool);
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
    close_if_drained(pool);
}

/* The connections that were made before something went wrong with one of them are suspect. */
static void next_generation(aq_pool_t *pool)
{
    pool->generation++;
    AQ__LIST_FOREACH_SAFE(node, &pool->connections[AQ__CONNECTION_IDLE])
        aq__connection_close(AQ__CONTAINER_OF(node, aq__connection_t, link));
}

void aq__pool_on_lost(aq__connection_t *connection, bool suspect)
{
    aq_pool_t *pool = connection->pool;

    if (suspect && pool->state == AQ__POOL_OPEN && connection->generation == pool->generation)
        next_generation(pool);
    aq__pool_serve_soon(pool);
    close_if_drained(pool);
}

void aq__pool_on_read_only(aq__connection_t *connection)
{
    aq_pool_t *pool = connection->pool;

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

/* ---- time ---------------------------------------------------------------------------------------------------------------------------- */

static void on_timer(uv_timer_t *timer);

void aq__pool_arm(aq_pool_t *pool, uint64_t due)
{
    uint64_t now = aq__pool_now(pool);

    if (pool->timer == NULL || (pool->timer_due != 0 && pool->timer_due <= due))
        return;
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
            unwait(query);
            fail_waiting(query);
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

static void force_close(aq_pool_t *pool);

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
            force_close(pool);
        else
            soonest(&due, pool->close_at);
    } else {
        aq__pool_serve(pool);
    }
    if (due != UINT64_MAX)
        aq__pool_arm(pool, due);
    aq__loop_leave(pool->loop);
}

/* ---- life ------------------------------------------------------------------------------------------------------------------------------ */

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
    aq__turn_init(&pool->serve_turn, on_serve_turn);
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

static void close_if_drained(aq_pool_t *pool)
{
    if (pool->state == AQ__POOL_DRAINING && drained(pool) && aq__list_empty(&pool->delayed))
        close_handles(pool);
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
static void force_close(aq_pool_t *pool)
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
    close_if_drained(pool);
}

/* ---- the calls ------------------------------------------------------------------------------------------------------------------------ */

aq_op_t *aq__pool_execute(aq_pool_t *pool, const char *sql, const aq_arguments_t *arguments)
{
    aq__query_t *query = aq__query_create(pool, AQ__QUERY_EXECUTE);
    aq_op_t *op;

    if (query == NULL)
        return aq__op_failed(pool->loop);
    op = &query->op;
    if (aq__query_set_statement(query, sql, arguments) != AQ_OK)
        aq__query_fail_last(query);
    else
        aq__pool_submit(pool, query);
    return op;
}

aq_op_t *aq__pool_read(aq_pool_t *pool, const char *sql, const aq_arguments_t *arguments)
{
    aq__query_t *query = aq__query_create(pool, AQ__QUERY_EXECUTE);
    aq_op_t *op;

    if (query == NULL)
        return aq__op_failed(pool->loop);
    op = &query->op;
    if (aq__query_set_statement(query, sql, arguments) != AQ_OK) {
        aq__query_fail_last(query);
    } else if (!query->items[0].form->sql->statement.plain_read) {
        aq__query_fail(
            query, AQ_EINVAL,
            "bind '%s': read: not a plain SELECT (no locks, no writing, no functions with side effects): %s",
            pool->name, sql);
    } else {
        query->shares = pool->options.sync == AQ_SYNC_TURN;
        aq__pool_submit(pool, query);
    }
    return op;
}

aq_op_t *aq__pool_send(aq_pool_t *pool, aq_unit_t *unit)
{
    aq__query_t *query;
    aq_op_t *op;

    if (unit == NULL) {
        aq__fail(AQ_EINVAL, "bind '%s': send: no unit (NULL)", pool->name);
        return aq__op_failed(pool->loop);
    }
    query = aq__query_create(pool, AQ__QUERY_UNIT);
    if (query == NULL) {
        aq_unit_close(unit);
        return aq__op_failed(pool->loop);
    }
    op = &query->op;
    if (aq__query_set_unit(query, unit) != AQ_OK)
        aq__query_fail_last(query);
    else if (query->count == 0)
        aq__query_succeed(query);
    else
        aq__pool_submit(pool, query);
    return op;
}

aq_op_t *aq__pool_acquire(aq_pool_t *pool)
{
    aq__query_t *query = aq__query_create(pool, AQ__QUERY_ACQUIRE);
    const char *label = aq_task_label();

    if (query == NULL)
        return aq__op_failed(pool->loop);
    snprintf((char *)query->space, sizeof query->space, "%s", label != NULL ? label : "an unnamed task");
    return aq__pool_submit(pool, query);
}
