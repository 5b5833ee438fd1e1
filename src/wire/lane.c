/* Exclusive lanes: one connection, from aq_acquire to aq_release.
 *
 * The happy path: the pool gives an idle connection (aq__lane_create); the lane's queries go straight to it; release waits until they are through, rolls
 * back what is open, and gives the connection back. The failure modes: the connection is lost while it is held (the lane stays, and every call on it fails
 * with AQ_ELOST), the pool is closed, and a rollback that fails or does not end (the connection is closed). */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "src/wire/cancel.h"
#include "src/wire/pool-private.h"
#include "src/wire/reader.h"

static aq_lane_t *create(aq__connection_t *connection, aq__query_t *query)
{
    aq_lane_t *lane = aq__calloc(1, sizeof *lane);

    if (lane == NULL) {
        aq__fail(AQ_ENOMEM, "bind '%s': acquire: out of memory", connection->pool->name);
        return NULL;
    }
    lane->pool = connection->pool;
    lane->connection = connection;
    lane->since = aq__pool_now(lane->pool);
    snprintf(lane->label, sizeof lane->label, "%.63s",
             query->reader != NULL ? aq__reader_label(query->reader) : (const char *)query->space);
    aq__list_init(&lane->link);
    aq__list_append(&lane->pool->lanes, &lane->link);
    aq__pool_hold(lane->pool);
    return lane;
}

static void deliver(aq_lane_t *lane, aq__query_t *query)
{
    aq__pool_event(lane->pool, AQ_POOL_CHECKOUT, lane->connection->number);
    lane->connection->used = true;
    query->lane = lane;
    if (query->reader != NULL) {
        aq__reader_own_lane(query->reader, lane);
        aq__connection_queue(lane->connection, query);
    } else {
        lane->op = &query->op;
        aq__query_complete(query, lane);
    }
}

void aq__lane_forget_op(aq_lane_t *lane)
{
    lane->op = NULL;
}

static void free_lane(aq_lane_t *lane)
{
    aq_pool_t *pool = lane->pool;

    aq__list_unlink(&lane->link);
    aq__free(lane);
    aq__pool_release(pool);
}

void aq__lane_on_lost(aq_lane_t *lane)
{
    aq__query_t *pending = lane->pending;

    lane->connection->lane = NULL;
    lane->connection = NULL;
    if (pending != NULL) { /* it was tried and found dead: another one */
        aq__lane_cancel_pending(pending);
        aq__pool_requeue(pending);
    }
    if (lane->released)
        free_lane(lane);
}

/* ROLLBACK, DISCARD ALL, or nothing but a Sync (NULL), as a unit of ours. */
static bool send_reset(aq_lane_t *lane, const char *sql)
{
    aq__query_t *query = aq__query_create(lane->pool, AQ__QUERY_RESET);

    if (query == NULL)
        return false;
    query->lane = lane;
    if (sql != NULL && aq__query_set_statement(query, sql, NULL) != AQ_OK) {
        aq__query_fail_last(query);
        return false;
    }
    aq__connection_queue(lane->connection, query);
    return true;
}

void aq__lane_give(aq__connection_t *connection, aq__query_t *query)
{
    aq_lane_t *lane = create(connection, query);

    if (lane == NULL) {
        aq__query_fail_last(query);
        return;
    }
    aq__pool_move(connection, AQ__CONNECTION_HELD);
    connection->lane = lane;
    connection->in_transaction = false;
    if (lane->pool->options.pre_ping && connection->used && send_reset(lane, NULL)) {
        lane->pending = query;
        query->lane = lane;
        query->state = AQ__QUERY_PINGING;
        return;
    }
    deliver(lane, query);
}

void aq__lane_cancel_pending(aq__query_t *query)
{
    aq_lane_t *lane = query->lane;

    lane->pending = NULL;
    lane->op = NULL;
    lane->released = true;
    query->lane = NULL;
}

static void give_back(aq_lane_t *lane)
{
    aq__connection_t *connection = lane->connection;

    connection->lane = NULL;
    lane->connection = NULL;
    free_lane(lane);
    aq__pool_checkin(connection);
}

/* Nothing runs on the lane's connection. If it was released: clean it, step by step, then give it back. */
void aq__lane_on_idle(aq_lane_t *lane)
{
    aq__connection_t *connection = lane->connection;
    aq_pool_t *pool = lane->pool;

    if (lane->pending != NULL) {
        aq__query_t *query = lane->pending;

        lane->pending = NULL;
        deliver(lane, query);
        return;
    }
    if (!lane->released)
        return;
    if (PQtransactionStatus(connection->pg) != PQTRANS_IDLE) {
        if (lane->reset || !send_reset(lane, "ROLLBACK"))
            aq__connection_lost(connection, "the transaction that a lane left open could not be rolled back");
        else
            lane->reset = true; /* a lost lane that was released is gone */
        return;
    }
    if (pool->options.reset_discard && !lane->discarded) {
        lane->discarded = true;
        if (!send_reset(lane, "DISCARD ALL"))
            aq__connection_lost(connection, "out of memory");
        else
            aq__connection_forget_prepared(connection);
        return;
    }
    give_back(lane);
}

void aq_release(aq_lane_t *lane)
{
    if (lane == NULL || lane->released)
        return;
    lane->released = true;
    if (lane->op != NULL) { /* its value is gone from now on */
        ((aq__query_t *)lane->op)->lane = NULL;
        if (lane->op->value == lane)
            lane->op->value = lane->op;
        lane->op = NULL;
    }
    if (lane->connection == NULL) {
        free_lane(lane);
        return;
    }
    aq__pool_event(lane->pool, AQ_POOL_RESET, lane->connection->number);
    if (lane->connection->in_flight == 0 && lane->connection->cancel == NULL)
        aq__lane_on_idle(lane);
}

void aq_lane_invalidate(aq_lane_t *lane, bool soft)
{
    aq__connection_t *connection = lane->connection;

    if (connection == NULL)
        return;
    if (soft) {
        connection->invalid = true;
        aq__pool_event(lane->pool, AQ_POOL_SOFT_INVALIDATE, connection->number);
        return;
    }
    aq__pool_event(lane->pool, AQ_POOL_INVALIDATE, connection->number);
    aq__connection_close(connection);
}

bool aq_lane_in_transaction(const aq_lane_t *lane)
{
    return lane->connection != NULL && lane->connection->in_transaction;
}

int aq_lane_backend_pid(const aq_lane_t *lane)
{
    return lane->connection != NULL ? PQbackendPID(lane->connection->pg) : 0;
}

const char *aq_lane_parameter(const aq_lane_t *lane, const char *name)
{
    return lane->connection != NULL ? PQparameterStatus(lane->connection->pg, name) : NULL;
}

/* ---- the calls -------------------------------------------------------------------------------------------------------- */

/* Fails the query if the lane cannot take it any more. First of all: a lane may outlive its pool, and the pool's statements. */
bool aq__lane_refuses(const aq_lane_t *lane, aq__query_t *query)
{
    if (lane->released)
        aq__query_fail(query, AQ_EINVAL, "bind '%s': the lane was released already", lane->pool->name);
    else if (lane->connection == NULL)
        aq__query_fail(query, AQ_ELOST, "bind '%s': the connection of this lane was lost", lane->pool->name);
    else
        return false;
    return true;
}

aq_op_t *aq__lane_run(aq_lane_t *lane, aq__query_kind_t kind, const char *sql,
                      const aq_arguments_t *arguments)
{
    aq__query_t *query = aq__query_create(lane->pool, kind);
    aq_op_t *op;

    if (query == NULL)
        return aq__op_failed(lane->pool->loop);
    op = &query->op;
    query->lane = lane;
    if (aq__lane_refuses(lane, query))
        return op;
    if (aq__query_set_statement(query, sql, arguments) != AQ_OK)
        aq__query_fail_last(query);
    else
        aq__connection_queue(lane->connection, query);
    return op;
}

aq_op_t *aq_lane_execute(aq_lane_t *lane, const char *sql, const aq_arguments_t *arguments)
{
    return aq__lane_run(lane, AQ__QUERY_EXECUTE, sql, arguments);
}

aq_op_t *aq_lane_send(aq_lane_t *lane, aq_unit_t *unit)
{
    aq__query_t *query;
    aq_op_t *op;

    if (unit == NULL) {
        aq__fail(AQ_EINVAL, "bind '%s': send: no unit (NULL)", lane->pool->name);
        return aq__op_failed(lane->pool->loop);
    }
    query = aq__query_create(lane->pool, AQ__QUERY_UNIT);
    if (query == NULL) {
        aq_unit_close(unit);
        return aq__op_failed(lane->pool->loop);
    }
    op = &query->op;
    query->lane = lane;
    if (aq__lane_refuses(lane, query)) {
        aq_unit_close(unit);
        return op;
    }
    if (aq__query_set_unit(query, unit) != AQ_OK)
        aq__query_fail_last(query);
    else if (query->count == 0)
        aq__query_succeed(query);
    else
        aq__connection_queue(lane->connection, query);
    return op;
}
