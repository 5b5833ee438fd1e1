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
#define BACKOFF_FIRST 50 /* ms */
#define BACKOFF_LAST 5000

/* ---- small things ------------------------------------------------------------------------------------ */

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

/* ---- connections: the one writer of their state ------------------------------------------------------ */

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
    pool->shortest = NULL;
    aq__list_unlink(&connection->link);
    pool->counts[connection->state]--;
    connection->state = state;
    pool->counts[state]++;
    aq__list_append(&pool->connections[state], &connection->link);
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

/* ---- growing ----------------------------------------------------------------------------------------- */

/* How many connections there may be now. 0 as an option: no limit. */
static int open_limit(const aq_pool_t *pool, bool exclusive)
{
    const aq_pool_options_t *options = &pool->options;

    if (options->size == 0 || (exclusive && options->max_overflow < 0))
        return INT32_MAX;
    return exclusive ? options->size + options->max_overflow : options->size;
}

/* No connection can be had: the next attempt is made after a while, longer each time, with full jitter. */
void aq__pool_back_off(aq_pool_t *pool, const char *message)
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
        aq__pool_back_off(pool, aq_last_error()->message);
        aq__pool_arm(pool, pool->probe_at);
        return false;
    }
    aq__list_append(&pool->connections[AQ__CONNECTION_CONNECTING], &connection->link);
    pool->counts[AQ__CONNECTION_CONNECTING]++;
    return true;
}

/* ---- who gets what ----------------------------------------------------------------------------------- */

/* `next`: how much is in flight on the shortest but one, or what one pipeline may have. */
static aq__connection_t *shortest_pipeline(const aq_pool_t *pool, unsigned *next)
{
    aq__connection_t *best = NULL;

    *next = (unsigned)pool->options.pipeline_depth;
    AQ__LIST_FOREACH(node, &pool->connections[AQ__CONNECTION_BUSY]) {
        aq__connection_t *connection = AQ__CONTAINER_OF(node, aq__connection_t, link);

        if (connection->in_flight >= *next || connection->blocked || expired(connection))
            continue;
        if (best == NULL || connection->in_flight < best->in_flight) {
            if (best != NULL)
                *next = best->in_flight;
            best = connection;
        } else {
            *next = connection->in_flight;
        }
    }
    return best;
}

/* What was found is found again without a look, until something else has less to do. */
static aq__connection_t *found_before(const aq_pool_t *pool)
{
    aq__connection_t *connection = pool->shortest;

    return connection != NULL && connection->in_flight < pool->shortest_until && !connection->blocked
               ? connection
               : NULL;
}

static void find_shortest(aq_pool_t *pool)
{
    unsigned next;

    pool->shortest = shortest_pipeline(pool, &next);
    pool->shortest_until = next + next / 8; /* where much is in flight, a little more makes no difference */
    if (pool->shortest_until > (unsigned)pool->options.pipeline_depth)
        pool->shortest_until = (unsigned)pool->options.pipeline_depth;
}

static bool give_shared(aq_pool_t *pool, aq__query_t *query)
{
    aq__connection_t *connection = found_before(pool);

    if (connection != NULL) {
        aq__connection_queue(connection, query);
        return true;
    }
    connection = take_idle(pool);
    if (connection != NULL) {
        aq__pool_move(connection, AQ__CONNECTION_BUSY);
    } else {
        find_shortest(pool);
        connection = pool->shortest;
        if (aq__pool_open_count(pool) < open_limit(pool, false)) {
            pool->shortest = NULL; /* the next one tries to grow too */
            grow(pool, false);
        }
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
    unsigned next;

    if (pool->counts[AQ__CONNECTION_CONNECTING] < exclusive)
        grow(pool, true);
    if (pool->counts[AQ__CONNECTION_CONNECTING] > 0)
        return;
    while (pool->counts[AQ__CONNECTION_RESERVED] < exclusive &&
           (connection = shortest_pipeline(pool, &next)) != NULL)
        aq__pool_move(connection, AQ__CONNECTION_RESERVED);
}

void aq__pool_unwait(aq__query_t *query)
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
        aq__pool_unwait(query);
        if (give(pool, query))
            continue;
        aq__list_insert_before(node_next, node);
        pool->waiting++;
        if (!aq__query_is_exclusive(query))
            break;
        make_way(pool, ++exclusive); /* before those behind it are given what it waits for */
    }
}

void aq__pool_on_serve_turn(aq__turn_t *turn)
{
    aq__pool_serve(AQ__CONTAINER_OF(turn, aq_pool_t, serve_turn));
}

void aq__pool_serve_soon(aq_pool_t *pool)
{
    if (pool->state != AQ__POOL_OPEN)
        return; /* nobody waits, and a turn that is due must not outlive the pool */
    aq__turn_schedule(pool->loop, &pool->serve_turn);
}

/* ---- waiting ----------------------------------------------------------------------------------------- */

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

void aq__pool_fail_waiting(aq__query_t *query)
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
        aq__pool_unwait(query);
        aq__pool_fail_waiting(query);
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

/* ---- the calls --------------------------------------------------------------------------------------- */

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

aq__sql_use_t aq__pool_use(aq_pool_t *pool, const char *text)
{
    aq__sql_t *sql = aq__registry_sql(aq__pool_registry(pool), text);
    aq__sql_use_t use = AQ__SQL_WRITES;

    if (sql == NULL)
        return use;
    if (sql->statement.plain_read)
        use = AQ__SQL_READS;
    else if (sql->statement.kind == AQ__STATEMENT_TRANSACTION)
        use = AQ__SQL_CONTROLS;
    aq__sql_release(sql);
    return use;
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
