/* The results of a pipeline: moved into the queries at the head of the fifo as they come, delivered when their Sync has spoken.
 *
 * What a pipeline returns is told in libpq's documentation ("Pipeline Mode"): for each statement its result and a NULL, for each Sync one result. An
 * error is followed by "aborted" results up to the Sync; an error after all statements belongs to none of them (a deferred constraint). */
#include <string.h>

#include "src/wire/cancel.h"
#include "src/wire/pool-private.h"
#include "src/wire/reader.h"

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
        aq__unmark_prepared(connection, query->items[i].form->id);
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
    } else if (!lane && is_retryable(query->failure) && aq__pool_may_retry(query)) {
        aq__pool_requeue_later(query);
    } else if (query->op.cancel_asked && was_stopped_by_us(query)) {
        aq__query_fail(query, AQ_ECANCELED, "bind '%s': canceled while it ran: %s", connection->pool->name,
                       aq__query_statement(query));
    } else {
        if (is_stale_plan(query->failure)) /* too late to send this one again, not for the next */
            forget_plans(connection, query);
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
bool aq__connection_has_unwanted_head(const aq__connection_t *connection)
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
void aq__connection_stay(aq__connection_t *connection)
{
    if (connection->stop_at == 0)
        return;
    connection->stop_at = 0;
    aq__connection_schedule(connection);
}

uint64_t aq__connection_grace(const aq__connection_t *connection)
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
    aq__connection_stay(connection);
    connection->give_up = connection->cancel != NULL ? aq__connection_grace(connection) : 0;
    if (aq__connection_has_unwanted_head(connection))
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
        aq__unmark_prepared(connection, query->items[query->next].prepares);
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
    if (!aq__shape_fits(form->shape, item->id, item->binary, result)) {
        aq__shape_release(form->shape);
        form->shape = aq__shape_create(item->id, result);
    }
    return form->shape != NULL ? aq__rows_copy(result, form->shape, connection->pool->blocks) : NULL;
}

static void on_rows(aq__connection_t *connection, aq__query_t *query, PGresult *result)
{
    aq__query_item_t *item = &query->items[query->next];

    aq__query_prefetch(
        AQ__CONTAINER_OF(query->link.next, const aq__query_t, link)); /* while this one's row is copied */
    if (query->prepare_pending) {
        aq__confirm_prepared(connection, item->prepares);
        PQclear(result);
        return;
    }
    if (query->kind == AQ__QUERY_DESCRIBE) {
        aq__query_clear_item(item);
        item->result = result;
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
static bool dispatch(aq__connection_t *connection, PGresult *result, ExecStatusType status)
{
    aq__query_t *query = current(connection);

    if (result == NULL) {
        on_end_of_results(query);
        return true;
    }
    switch (status) {
    case PGRES_PIPELINE_SYNC:
        if (query != NULL && query->next < query->count)
            break; /* before the statement was answered: nobody knows what became of it */
        PQclear(result);
        on_sync(connection);
        return true;
    case PGRES_PIPELINE_ABORTED:
        if (query != NULL && query->prepare_pending)
            aq__unmark_prepared(connection, query->items[query->next].prepares);
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

/* The NULL behind the rows of a statement comes from libpq itself, whatever has arrived (14.6 to 18): asking PQisBusy() first would only make it look
 * at what is behind. */
static inline bool ends_now(const aq__connection_t *connection, ExecStatusType last)
{
    return (last == PGRES_TUPLES_OK || last == PGRES_COMMAND_OK) &&
           PQpipelineStatus(connection->pg) == PQ_PIPELINE_ON;
}

/* Reads everything that has arrived. */
void aq__connection_pump(aq__connection_t *connection)
{
    unsigned before = connection->in_flight, ended = 0;
    ExecStatusType last = PGRES_EMPTY_QUERY;
    PGnotify *notify;

    while (!aq__list_empty(&connection->fifo) && (ends_now(connection, last) || !PQisBusy(connection->pg))) {
        PGresult *result = PQgetResult(connection->pg);

        last = PQresultStatus(result);
        /* Each NULL ends something. A second one in a row means that libpq has dropped its pipeline with the connection, and would say so for ever. */
        ended = result == NULL ? ended + 1 : 0;
        if (ended > 1 || !dispatch(connection, result, last)) {
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
