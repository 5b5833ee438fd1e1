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
#include "src/wire/echo.h"
#include "src/wire/pool-private.h"
#include "src/wire/reader.h"

#define SHARED_READS_LIMIT \
    64 /* plain reads behind one Sync: bounds what one error makes the server do again */

static void pump(aq__connection_t *connection);

const char *aq__connection_state_name(aq__connection_state_t state)
{
    static const char *const names[] = {
#define STATE_NAME(name) [AQ__CONNECTION_##name] = #name,
        AQ__CONNECTION_STATES(STATE_NAME)
#undef STATE_NAME
    };

    return names[state];
}

/* ---- prepared statements of this connection ------------------------------------------------------------------- */

/* For each id: UNPREPARED, PREPARED, or the number of the group of units behind one Sync in which its Parse was sent and is not answered yet.
 * That group may use the name, because it fails when its Parse does. Later ones do without until it is certain. */
enum { UNPREPARED, PREPARED, FIRST_GROUP };

static uint32_t prepared_state(const aq__connection_t *connection, uint32_t id)
{
    return id < connection->prepared_size ? connection->prepared[id] : UNPREPARED;
}

static bool mark_prepared(aq__connection_t *connection, uint32_t id)
{
    if (id >= connection->prepared_size) {
        uint32_t size = (id + 1 + 63) & ~(uint32_t)63;
        uint32_t *prepared = aq__realloc(connection->prepared, size * sizeof *prepared);

        if (prepared == NULL)
            return false; /* then it is not prepared by name, that is all */
        memset(prepared + connection->prepared_size, 0,
               (size - connection->prepared_size) * sizeof *prepared);
        connection->prepared = prepared;
        connection->prepared_size = size;
    }
    connection->prepared[id] = connection->group;
    connection->prepared_count++;
    return true;
}

static void confirm_prepared(aq__connection_t *connection, uint32_t id)
{
    if (prepared_state(connection, id) != UNPREPARED)
        connection->prepared[id] = PREPARED;
}

static void unmark_prepared(aq__connection_t *connection, uint32_t id)
{
    if (prepared_state(connection, id) != UNPREPARED) {
        connection->prepared[id] = UNPREPARED;
        connection->prepared_count--;
    }
}

void aq__connection_forget_prepared(aq__connection_t *connection)
{
    for (uint32_t id = 0; id < connection->prepared_size; id++)
        connection->prepared[id] = UNPREPARED;
    connection->prepared_count = 0;
}

/* Whether this form is to be used by name here, and the id if it must be prepared first. */
static bool use_name(aq__connection_t *connection, aq__prepared_t *form, uint32_t *prepares)
{
    const aq_pool_t *pool = connection->pool;
    uint32_t state = form->id != 0 ? prepared_state(connection, form->id) : UNPREPARED;

    *prepares = 0;
    if (pool->unnamed || pool->options.prepare == AQ_PREPARE_UNNAMED)
        return false;
    if (state != UNPREPARED)
        return state == PREPARED || state == connection->group;
    if (connection->prepared_count >= (uint32_t)pool->options.statement_cache)
        return false;
    if (form->uses < 2 && pool->options.prepare != AQ_PREPARE_NAMED)
        return false;
    aq__registry_name(aq__pool_registry(connection->pool), form);
    if (mark_prepared(connection, form->id))
        *prepares = form->id;
    return *prepares != 0;
}

/* ---- sending ---------------------------------------------------------------------------------------------------- */

static bool append_item(aq__connection_t *connection, aq__query_item_t *item)
{
    aq__prepared_t *form = item->form;
    const aq__parameters_t *given = &item->parameters;
    const char *const *values = (const char *const *)given->values;
    int format = form->binary;

    form->uses++;
    item->id = 0;
    if (!use_name(connection, form, &item->prepares))
        return PQsendQueryParams(connection->pg, form->sql->text, given->count, given->types, values,
                                 given->lengths, given->formats, format);
    if (item->prepares != 0 &&
        !PQsendPrepare(connection->pg, form->name, form->sql->text, given->count, given->types))
        return false;
    item->id = form->id;
    return PQsendQueryPrepared(connection->pg, form->name, given->count, values, given->lengths,
                               given->formats, format);
}

static bool append_sync(aq__connection_t *connection)
{
    const aq__libpq_t *libpq = aq__libpq();

    connection->pool->syncs++;
    if (++connection->group < FIRST_GROUP)
        connection->group = FIRST_GROUP;
    return libpq->send_pipeline_sync != NULL ? libpq->send_pipeline_sync(connection->pg)
                                             : PQpipelineSync(connection->pg);
}

static uint64_t deadline_of(const aq_pool_t *pool, const aq__query_t *query)
{
    if (query->kind == AQ__QUERY_RESET)
        return aq__pool_after(pool, pool->options.grace);
    return pool->options.query_timeout > 0 ? aq__pool_after(pool, pool->options.query_timeout) : 0;
}

/* Appends one query, and its Sync unless the next one shares it. False: the connection must be given up. */
static bool append_query(aq__connection_t *connection, aq__query_t *query, bool sync)
{
    aq_pool_t *pool = connection->pool;

    for (unsigned i = 0; i < query->count; i++)
        if (!append_item(connection, &query->items[i]))
            return false;
    query->prepare_pending = query->count > 0 && query->items[0].prepares != 0;
    query->syncs = sync;
    if (sync && !append_sync(connection))
        return false;
    query->state = AQ__QUERY_SENT;
    query->since = aq__pool_now(pool);
    query->deadline = deadline_of(pool, query);
    if (query->deadline != 0)
        aq__pool_arm(pool, query->deadline);
    pool->units++;
    pool->statements += query->count;
    pool->shared_reads += !sync;
    return true;
}

/* Moves the outbox into libpq's buffer until that cannot be sent at once. */
static bool append_outbox(aq__connection_t *connection)
{
    unsigned shared = 0;
    aq__list_t *node;

    while (!connection->blocked && (node = aq__list_first(&connection->outbox)) != NULL) {
        aq__query_t *query = AQ__CONTAINER_OF(node, aq__query_t, link);
        aq__query_t *next =
            node->next == &connection->outbox ? NULL : AQ__CONTAINER_OF(node->next, aq__query_t, link);
        bool share;

        if (query->reader != NULL && !aq__list_empty(&connection->fifo))
            break; /* it begins once what was called before it is through */
        share = query->shares && next != NULL && next->shares && ++shared < SHARED_READS_LIMIT;

        if (!share)
            shared = 0;
        if (connection->pool->echo >= AQ_ECHO_ON)
            aq__echo_query(connection->pool->name, query);
        if (query->reader != NULL)
            return aq__reader_begin(query->reader, connection);
        if (!append_query(connection, query, !share))
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
        pump(connection); /* PQflush may have read while it could not write */
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

/* ---- results ------------------------------------------------------------------------------------------------------ */

static aq__query_t *head(const aq__connection_t *connection)
{
    aq__list_t *node = aq__list_first(&connection->fifo);

    return node != NULL ? AQ__CONTAINER_OF(node, aq__query_t, link) : NULL;
}

/* The query whose outcome comes next: the first of the batch that still misses one; the last when only the Sync is missing. */
static aq__query_t *current(aq__connection_t *connection)
{
    aq__query_t *query = connection->cursor != NULL ? connection->cursor : head(connection);

    while (query != NULL && query->next >= query->count && !query->syncs)
        query = AQ__CONTAINER_OF(query->link.next, aq__query_t, link); /* a Sync follows in its batch */
    connection->cursor = query;
    return query;
}

static bool is_stale_plan(const PGresult *failure)
{
    const char *sqlstate = PQresultErrorField(failure, PG_DIAG_SQLSTATE);
    const char *function = PQresultErrorField(failure, PG_DIAG_SOURCE_FUNCTION);

    if (sqlstate == NULL)
        return false;
    if (strcmp(sqlstate, "26000") == 0 || strcmp(sqlstate, "42P05") == 0)
        return true;
    return strcmp(sqlstate, "0A000") == 0 && function != NULL &&
           strcmp(function, "RevalidateCachedQuery") == 0;
}

/* "prepared statement does not exist / already exists" for a name that this connection did or did not make: someone else, a pooler, hands
 * our statements to another server connection. */
static bool is_pooler_in_the_way(const PGresult *failure)
{
    const char *sqlstate = PQresultErrorField(failure, PG_DIAG_SQLSTATE);

    return sqlstate != NULL && (strcmp(sqlstate, "26000") == 0 || strcmp(sqlstate, "42P05") == 0);
}

static void forget_plans(aq__connection_t *connection, aq__query_t *query)
{
    aq_pool_t *pool = connection->pool;

    if (pool->options.prepare == AQ_PREPARE_AUTO && is_pooler_in_the_way(query->failure) && !pool->unnamed) {
        aq_log(AQ_LOG_WARNING,
               "bind '%s': a pooler is in the way (%s): statements are no longer prepared by name",
               pool->name, PQresultErrorField(query->failure, PG_DIAG_MESSAGE_PRIMARY));
        pool->unnamed = true;
    }
    for (unsigned i = 0; i < query->count; i++) {
        unmark_prepared(connection, query->items[i].form->id);
        aq__registry_forget(&pool->registry, query->items[i].form);
    }
}

static bool was_stopped_by_us(const aq__query_t *query)
{
    const char *sqlstate = PQresultErrorField(query->failure, PG_DIAG_SQLSTATE);

    return sqlstate != NULL && strcmp(sqlstate, "57014") == 0;
}

static bool is_retryable(const PGresult *failure)
{
    const char *sqlstate = PQresultErrorField(failure, PG_DIAG_SQLSTATE);

    return sqlstate != NULL && (strcmp(sqlstate, "40001") == 0 || strcmp(sqlstate, "40P01") == 0);
}

/* The unit failed by its own error. */
static void settle_failure(aq__connection_t *connection, aq__query_t *query)
{
    const char *statement = query->failed < query->count ? aq__query_statement(query) : NULL;
    const char *sqlstate = PQresultErrorField(query->failure, PG_DIAG_SQLSTATE);
    bool lane = query->lane != NULL;

    if (query->abandoned) {
        aq__query_finish_abandoned(query);
    } else if (!query->stale && is_stale_plan(query->failure) &&
               (!lane || (!connection->in_transaction && connection->in_flight == 0))) {
        forget_plans(connection, query);
        query->stale = true;
        aq__pool_requeue(query);
    } else if (!lane && connection->shot && !query->op.cancel_asked && was_stopped_by_us(query)) {
        aq__pool_requeue(query); /* by a cancel that was meant for the unit before it */
    } else if (!lane && is_retryable(query->failure) && aq__pool_may_resend(query)) {
        aq__pool_requeue_later(query);
    } else if (query->op.cancel_asked && was_stopped_by_us(query)) {
        aq__query_fail(query, AQ_ECANCELED, "bind '%s': canceled while it ran: %s", connection->pool->name,
                       aq__query_statement(query));
    } else {
        if (!lane && sqlstate != NULL &&
            strcmp(sqlstate, "25006") == 0) /* a lane's BEGIN may have asked for it */
            aq__pool_on_read_only(connection);
        aq__query_fail_result(query, query->failure, statement);
    }
}

/* One query of a batch, once the Sync has spoken. */
static void settle(aq__connection_t *connection, aq__query_t *query, bool batch_failed)
{
    aq__list_unlink(&query->link);
    connection->in_flight--;
    if (query->failure != NULL)
        settle_failure(connection, query);
    else if (query->abandoned)
        aq__query_finish_abandoned(query);
    else if (batch_failed) {
        query->shares = false; /* a neighbour failed: again, with its own Sync */
        connection->pool->resends++;
        aq__query_rewind(query);
        aq__connection_queue(connection, query);
    } else {
        if (query->forgets)
            aq__connection_forget_prepared(connection);
        aq__query_succeed(query);
    }
}

/* Whether someone in the first batch of the fifo does not want its outcome any more. */
static bool has_unwanted_head(const aq__connection_t *connection)
{
    AQ__LIST_FOREACH(node, &connection->fifo) {
        const aq__query_t *query = AQ__CONTAINER_OF(node, aq__query_t, link);

        if (query->abandoned)
            return true;
        if (query->syncs)
            return false;
    }
    return false;
}

/* Nothing is to be stopped any more: what was held back meanwhile may go. */
static void stay(aq__connection_t *connection)
{
    if (connection->stop_at == 0)
        return;
    connection->stop_at = 0;
    aq__connection_schedule(connection);
}

static uint64_t grace_of(const aq__connection_t *connection)
{
    uint64_t due = aq__pool_after(connection->pool, connection->pool->options.grace);

    aq__pool_arm(connection->pool, due);
    return due;
}

static void on_sync(aq__connection_t *connection)
{
    bool failed = connection->batch_failed, last;

    connection->batch_failed = false;
    connection->cursor = NULL;
    connection->in_transaction = PQtransactionStatus(connection->pg) != PQTRANS_IDLE;
    do {
        aq__query_t *query = head(connection);

        if (query == NULL)
            return; /* a Sync that nobody waits for any more (pre-ping) */
        last = query->syncs;
        settle(connection, query, failed);
    } while (!last);
    stay(connection);
    connection->give_up = connection->cancel != NULL ? grace_of(connection) : 0;
    if (has_unwanted_head(connection))
        aq__connection_stop_head(connection);
}

static void on_failure(aq__connection_t *connection, aq__query_t *query, PGresult *result)
{
    connection->batch_failed = true;
    if (query == NULL) {
        PQclear(result);
        return;
    }
    if (query->prepare_pending)
        unmark_prepared(connection, query->items[query->next].prepares);
    if (query->failure != NULL) {
        PQclear(result);
        return;
    }
    query->failure = result;
    query->failed = query->next;
    query->failed_early = query->next < query->count;
}

/* A small result of a prepared statement, or one without columns, copied; NULL: it must be kept as it is. */
static aq_rows_t *copy_small(const aq__connection_t *connection, const aq__query_item_t *item,
                             PGresult *result)
{
    aq__prepared_t *form = item->form;

    if (PQnfields(result) == 0)
        return aq__rows_copy(result, NULL, connection->pool->blocks);
    if (item->id == 0 || item->id != form->id)
        return NULL;
    if (!aq__shape_fits(form->shape, item->id, result)) {
        aq__shape_release(form->shape);
        form->shape = aq__shape_create(item->id, result);
    }
    return form->shape != NULL ? aq__rows_copy(result, form->shape, connection->pool->blocks) : NULL;
}

/* The query behind this one was last touched when it was sent: its cache lines come while this one's row is copied. */
static void prefetch_next(const aq__query_t *query)
{
#if defined(__GNUC__)
    const char *next = (const char *)AQ__CONTAINER_OF(query->link.next, const aq__query_t, link);

    for (size_t i = 0; i < offsetof(aq__query_t, space); i += 64)
        __builtin_prefetch(next + i, 1);
#else
    (void)query;
#endif
}

static void on_rows(aq__connection_t *connection, aq__query_t *query, PGresult *result)
{
    aq__query_item_t *item = &query->items[query->next];

    prefetch_next(query);
    if (query->prepare_pending) {
        confirm_prepared(connection, item->prepares);
        PQclear(result);
        return;
    }
    if (!item->form->described ||
        item->form->id == 0) /* an unnamed statement's columns may change from one use to the next */
        aq__registry_describe(item->form, result);
    if (item->result != NULL || item->rows != NULL) /* it had a rule that made more than one */
        aq__query_clear_item(item);
    item->rows = copy_small(connection, item, result);
    item->result = item->rows == NULL ? result : NULL;
    if (item->rows != NULL)
        PQclear(result);
}

/* The NULL after a statement's results, or after its Parse's. */
static void on_end_of_results(aq__query_t *query)
{
    if (query == NULL || query->next >= query->count)
        return;
    if (query->prepare_pending) {
        query->prepare_pending = false;
        return;
    }
    query->next++;
    query->prepare_pending = query->next < query->count && query->items[query->next].prepares != 0;
}

/* False: the connection cannot go on. */
static bool dispatch(aq__connection_t *connection, PGresult *result)
{
    aq__query_t *query = current(connection);

    if (result == NULL) {
        on_end_of_results(query);
        return true;
    }
    switch (PQresultStatus(result)) {
    case PGRES_PIPELINE_SYNC:
        if (query != NULL && query->next < query->count)
            break; /* before the statement was answered: nobody knows what became of it */
        PQclear(result);
        on_sync(connection);
        return true;
    case PGRES_PIPELINE_ABORTED:
        if (query != NULL && query->prepare_pending)
            unmark_prepared(connection, query->items[query->next].prepares);
        connection->batch_failed = true;
        PQclear(result);
        return true;
    case PGRES_TUPLES_OK:
    case PGRES_COMMAND_OK:
    case PGRES_EMPTY_QUERY:
        if (query == NULL || query->next >= query->count)
            break;
        on_rows(connection, query, result);
        return true;
    case PGRES_FATAL_ERROR:
    case PGRES_BAD_RESPONSE:
        on_failure(connection, query, result);
        return PQstatus(connection->pg) == CONNECTION_OK;
    case PGRES_NONFATAL_ERROR:
    case PGRES_COPY_OUT:
    case PGRES_COPY_IN:
    case PGRES_COPY_BOTH:
    case PGRES_SINGLE_TUPLE:
    default: break;
    }
    PQclear(result);
    return false;
}

/* Reads everything that has arrived. */
static void pump(aq__connection_t *connection)
{
    unsigned before = connection->in_flight;
    PGnotify *notify;

    while (!aq__list_empty(&connection->fifo) && !PQisBusy(connection->pg)) {
        PGresult *result = PQgetResult(connection->pg);

        if (!dispatch(connection, result)) {
            aq__connection_lost(connection, NULL);
            return;
        }
    }
    while ((notify = PQnotifies(connection->pg)) != NULL)
        PQfreemem(notify); /* nobody listens on pooled connections */
    if (PQstatus(connection->pg) != CONNECTION_OK) {
        aq__connection_lost(connection, NULL);
        return;
    }
    if (aq__list_empty(&connection->fifo) && !aq__list_empty(&connection->outbox))
        aq__connection_schedule(connection); /* a reader waited for this */
    if (connection->in_flight != before)
        aq__pool_on_progress(connection);
}

/* ---- the socket ----------------------------------------------------------------------------------------------------- */

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
        pump(connection);
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

/* ---- stopping what nobody wants any more -------------------------------------------------------------------------------- */

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

    if (connection->give_up == 0 && has_unwanted_head(connection))
        connection->give_up = grace_of(connection);
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
        stay(connection); /* else one that is under way has to end first */
}

void aq__connection_on_cancel_end(aq__connection_t *connection)
{
    connection->cancel = NULL;
    if (!has_unwanted_head(connection) && connection->reader == NULL)
        connection->give_up = 0;
    aq__connection_schedule(connection);
    aq__pool_on_progress(connection);
}

int aq__connection_start(aq__connection_t *connection)
{
    aq_pool_t *pool = connection->pool;

    aq__turn_init(&connection->turn, on_turn);
    connection->group = FIRST_GROUP;
    connection->opened = aq__pool_now(pool);
    if (pool->options.recycle > 0) {
        double jitter = pool->options.recycle * pool->options.recycle_jitter * aq__pool_random(pool);

        connection->recycle_at = aq__pool_after(pool, pool->options.recycle - jitter);
    }
    if (!aq__connection_enter_pipeline(connection))
        return aq__fail(AQ_ECONNECT, "no pipeline mode: %s", PQerrorMessage(connection->pg));
    return start_polling(connection);
}

/* ---- the end ---------------------------------------------------------------------------------------------------------- */

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

void aq__connection_close(aq__connection_t *connection)
{
    aq__connection_lost(connection, "closed");
}

void aq__connection_lost(aq__connection_t *connection, const char *why)
{
    aq_pool_t *pool = connection->pool;
    bool wanted = why == NULL || strcmp(why, "closed") != 0;
    char reason[512];

    if (connection->state == AQ__CONNECTION_CLOSING)
        return;
    copy_reason(connection, why, reason, sizeof reason);
    if (wanted) {
        pool->lost++;
        aq_log(AQ_LOG_INFO, "bind '%s': connection %llu lost: %s", pool->name,
               (unsigned long long)connection->number, reason);
        aq__pool_event(pool, AQ_POOL_INVALIDATE, connection->number);
    }
    if (connection->reader != NULL)
        aq__reader_on_lost(connection->reader, reason);
    lose_queries(connection, reason);
    if (connection->lane != NULL)
        aq__lane_on_lost(connection->lane);
    shut(connection);
    aq__pool_on_lost(connection, wanted);
}
