/* The happy path: queries come into the outbox; at the end of the turn they are appended to libpq's pipeline with their Syncs and flushed once;
 * the socket becomes readable; results are moved into the queries at the head of the fifo; the Sync's result delivers them.
 *
 * The failure modes:
 *   - an error in a unit: the server skips to its Sync; the unit fails, the next one begins as if nothing had been.
 *   - an error among plain reads that share a Sync: the others are sent again, each with its own Sync.
 *   - an error that belongs to no statement (a deferred constraint at commit): the unit fails although all its statements succeeded.
 *   - a plan that is out of date: the statement gets a new name and the unit is sent again, once.
 *   - the connection is lost: see lose_query(). */
#include "src/wire/connection.h"

#include <poll.h>
#include <string.h>

#include "src/wire/cancel.h"
#include "src/wire/describe.h"
#include "src/wire/echo.h"
#include "src/wire/pool-private.h"
#include "src/wire/reader.h"

/* Plain reads behind one Sync: bounds what one error makes the server do again. */
#define SHARED_READS_LIMIT 128

const char *aq__connection_state_name(aq__connection_state_t state)
{
    static const char *const names[] = {
#define STATE_NAME(name) [AQ__CONNECTION_##name] = #name,
        AQ__CONNECTION_STATES(STATE_NAME)
#undef STATE_NAME
    };

    return names[state];
}

/* ---- sending ----------------------------------------------------------------------------------------- */

static bool append_item(aq__connection_t *connection, aq__query_item_t *item)
{
    aq__prepared_t *form = item->form;
    const aq__parameters_t *given = &item->parameters;
    const char *const *values = (const char *const *)given->values;
    int format = form->binary;

    form->uses++;
    item->id = 0;
    item->binary = form->binary;
    if (!aq__use_name(connection, form, &item->prepares))
        return PQsendQueryParams(connection->pg, form->sql->text, given->count, given->types, values,
                                 given->lengths, given->formats, format);
    if (item->prepares != 0 &&
        !PQsendPrepare(connection->pg, form->name, form->sql->text, given->count, given->types))
        return false;
    item->id = form->id;
    return PQsendQueryPrepared(connection->pg, form->name, given->count, values, given->lengths,
                               given->formats, format);
}

/* What has come by then is sent at once, before the server comes to the Sync. */
static bool append_flush(aq__connection_t *connection, const aq__query_t *query, unsigned item)
{
    if (query->unit == NULL || item + 1 != query->unit->id_behind)
        return true;
    return PQsendFlushRequest(connection->pg) == 1;
}

static bool append_sync(aq__connection_t *connection)
{
    const aq__libpq_t *libpq = aq__libpq();

    connection->pool->syncs++;
    if (++connection->group < AQ__FIRST_GROUP)
        connection->group = AQ__FIRST_GROUP;
    return libpq->send_pipeline_sync != NULL ? libpq->send_pipeline_sync(connection->pg)
                                             : PQpipelineSync(connection->pg);
}

/* Milliseconds that it may take; 0: as long as it wants. */
static uint64_t time_for(const aq_pool_t *pool, const aq__query_t *query)
{
    return query->kind == AQ__QUERY_RESET ? pool->grace : pool->query_timeout;
}

/* Appends one query, and its Sync unless the next one shares it. False: the connection must be given up. */
static bool append_query(aq__connection_t *connection, aq__query_t *query, bool sync, uint64_t now)
{
    aq_pool_t *pool = connection->pool;
    bool describes = query->kind == AQ__QUERY_DESCRIBE;

    for (unsigned i = 0; i < query->count; i++)
        if (!(describes ? aq__connection_append_describe : append_item)(connection, &query->items[i]) ||
            !append_flush(connection, query, i))
            return false;
    query->prepare_pending = describes || (query->count > 0 && query->items[0].prepares != 0);
    query->syncs = sync;
    if (sync && !append_sync(connection))
        return false;
    query->state = AQ__QUERY_SENT;
    query->since = now;
    query->deadline = time_for(pool, query);
    if (query->deadline != 0) {
        query->deadline += now;
        if (!aq__pool_is_armed(pool, query->deadline))
            aq__pool_arm(pool, query->deadline);
    }
    pool->units++;
    pool->statements += query->count;
    pool->shared_reads += !sync;
    return true;
}

/* Moves the outbox into libpq's buffer until that cannot be sent at once. */
static bool append_outbox(aq__connection_t *connection)
{
    const uint64_t now = aq__pool_now(connection->pool);
    unsigned shared = 0;
    aq__list_t *node;

    while (!connection->blocked && (node = aq__list_first(&connection->outbox)) != NULL) {
        aq__query_t *query = AQ__CONTAINER_OF(node, aq__query_t, link);
        aq__query_t *next =
            node->next == &connection->outbox ? NULL : AQ__CONTAINER_OF(node->next, aq__query_t, link);
        bool share;

        if (query->reader != NULL && !aq__list_empty(&connection->fifo))
            break; /* it begins once what was called before it is through */
        if (next != NULL)
            aq__query_prefetch(next);
        share = query->shares && next != NULL && next->shares && ++shared < SHARED_READS_LIMIT;

        if (!share)
            shared = 0;
        if (connection->pool->echo >= AQ_ECHO_ON)
            aq__echo_query(connection->pool->name, query);
        if (query->reader != NULL)
            return aq__reader_begin(query->reader, connection);
        if (!append_query(connection, query, !share, now))
            return false;
        aq__list_unlink(node);
        aq__list_append(&connection->fifo, node);
        connection->unsent = true;
        if (share)
            continue;
        if (aq__libpq()->send_pipeline_sync ==
            NULL) /* PQpipelineSync has flushed: see whether all of it went */
            connection->blocked = PQflush(connection->pg) == 1;
    }
    return true;
}

static void watch_for(aq__connection_t *connection)
{
    aq__connection_watch(connection, UV_READABLE | (connection->blocked ? UV_WRITABLE : 0));
}

/* The end of the turn: everything that was queued goes out in one flush. */
static void on_turn(aq__turn_t *turn)
{
    aq__connection_t *connection = AQ__CONTAINER_OF(turn, aq__connection_t, turn);
    int rc;

    if (connection->reader != NULL || connection->pg == NULL || connection->cut)
        return;
    if (connection->cancel != NULL || connection->stop_at != 0)
        return; /* what comes next must not be hit by a cancel that is meant for what runs */
    if (!append_outbox(connection)) {
        aq__connection_lost(connection, PQerrorMessage(connection->pg));
        return;
    }
    if (connection->reader != NULL || connection->pg == NULL)
        return; /* a reader has begun */
    rc = PQflush(connection->pg);
    if (rc < 0) {
        aq__connection_lost(connection, PQerrorMessage(connection->pg));
        return;
    }
    connection->blocked = rc == 1;
    connection->unsent = connection->unsent && connection->blocked;
    watch_for(connection);
    if (rc == 1)
        aq__connection_pump(connection); /* PQflush may have read while it could not write */
}

void aq__connection_schedule(aq__connection_t *connection)
{
    aq__turn_schedule(connection->pool->loop, &connection->turn);
}

void aq__connection_queue(aq__connection_t *connection, aq__query_t *query)
{
    query->state = AQ__QUERY_QUEUED;
    query->connection = connection;
    aq__list_append(&connection->outbox, &query->link);
    connection->in_flight++;
    aq__connection_schedule(connection);
}

void aq__connection_unqueue(aq__query_t *query)
{
    aq__list_unlink(&query->link);
    query->connection->in_flight--;
    query->connection = NULL;
}

/* ---- the socket -------------------------------------------------------------------------------------- */

/* Reads what the socket has; what TLS has already taken from it would not make it readable again. */
bool aq__connection_consume(aq__connection_t *connection)
{
    const aq__libpq_t *libpq = aq__libpq();

    if (!PQconsumeInput(connection->pg))
        return false;
    if (PQsslInUse(connection->pg) && libpq->ssl_pending != NULL) {
        const void *ssl = PQsslStruct(connection->pg, "OpenSSL");

        for (int i = 0; ssl != NULL && i < 64 && libpq->ssl_pending(ssl) > 0; i++)
            if (!PQconsumeInput(connection->pg))
                return false;
    }
    return true;
}

static bool peer_is_gone(const aq__connection_t *connection)
{
    struct pollfd socket = {.fd = PQsocket(connection->pg), .events = POLLRDHUP};

    return poll(&socket, 1, 0) > 0;
}

/* While the Sync of the last unit has not been sent: libpq sends inside PQconsumeInput too, and drops what it could not send when the peer
 * is gone, without a word. So that nothing is taken for unsent which was sent: whether the peer is gone is asked before, and what is left
 * to send after. */
static void consume_unsent(aq__connection_t *connection)
{
    connection->cut = connection->cut || peer_is_gone(connection);
    (void)aq__connection_consume(connection);
    if (!connection->cut && PQflush(connection->pg) != 1)
        connection->unsent = false;
}

static void on_poll(uv_poll_t *handle, int status, int events)
{
    aq__connection_t *connection = handle->data;
    aq_loop_t *loop = connection->pool->loop;

    aq__loop_enter(loop);
    if (status < 0)
        connection->events =
            0; /* libuv stops a handle whose socket has an error; there may be last words to read all the same */
    if (connection->reader != NULL) {
        aq__reader_on_event(connection->reader, status, events);
    } else {
        /* A failure shows as PQstatus, after what has arrived was read. */
        if (connection->unsent)
            consume_unsent(connection);
        else if (status < 0 || (events & UV_READABLE) != 0)
            (void)aq__connection_consume(connection);
        if ((events & UV_WRITABLE) != 0)
            aq__connection_schedule(connection), connection->blocked = false;
        aq__connection_pump(connection);
        watch_for(connection);
    }
    aq__loop_leave(loop);
}

void aq__connection_watch(aq__connection_t *connection, int events)
{
    if (connection->events == events || connection->poll == NULL)
        return;
    connection->events = events;
    if (events == 0)
        uv_poll_stop(connection->poll);
    else
        uv_poll_start(connection->poll, events, on_poll);
}

/* Puts a fresh connection on the loop. */
static int start_polling(aq__connection_t *connection)
{
    aq_pool_t *pool = connection->pool;
    uv_poll_t *poll = aq__calloc(1, sizeof *poll);
    int rc;

    if (poll == NULL)
        return aq__fail(AQ_ENOMEM, "out of memory");
    rc = uv_poll_init(aq_loop_uv(pool->loop), poll, PQsocket(connection->pg));
    if (rc < 0) {
        aq__free(poll);
        return aq__fail(AQ_ESYSTEM, "uv_poll_init: %s", uv_strerror(rc));
    }
    poll->data = connection;
    uv_unref((uv_handle_t *)poll);
    connection->poll = poll;
    pool->handles++;
    aq__connection_watch(connection, UV_READABLE);
    return AQ_OK;
}

bool aq__connection_leave_pipeline(aq__connection_t *connection)
{
    return PQexitPipelineMode(connection->pg) == 1;
}

/* Single-row mode belongs to one query, but libpq (15 to 18) only forgets it when the next query begins outside a pipeline: the first one in the
 * pipeline would still have it. A query that it refuses begins too. Its refusal is nothing that anybody should read later. */
static void end_single_row_mode(PGconn *pg)
{
    (void)PQsendQuery(pg, NULL);
    (void)PQsetnonblocking(pg, 0); /* clears the error's text */
    (void)PQsetnonblocking(pg, 1);
}

bool aq__connection_enter_pipeline(aq__connection_t *connection)
{
    end_single_row_mode(connection->pg);
    return PQenterPipelineMode(connection->pg) == 1;
}

int aq__connection_start(aq__connection_t *connection)
{
    aq_pool_t *pool = connection->pool;

    aq__turn_init(&connection->turn, on_turn);
    connection->group = AQ__FIRST_GROUP;
    connection->opened = aq__pool_now(pool);
    if (pool->options.recycle > 0) {
        double jitter = pool->options.recycle * pool->options.recycle_jitter * aq__pool_random(pool);

        connection->recycle_at = aq__pool_after(pool, pool->options.recycle - jitter);
    }
    if (!aq__connection_enter_pipeline(connection))
        return aq__fail(AQ_ECONNECT, "no pipeline mode: %s", PQerrorMessage(connection->pg));
    return start_polling(connection);
}
