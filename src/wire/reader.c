/* The happy path: begin() takes the connection out of pipeline mode and gives libpq the statement; the class's step() reads results as they come; the
 * NULL after the last of them hands the connection back, in pipeline mode, to what was queued on its lane meanwhile.
 *
 * The failure modes: the server's error (comes to whoever waits, or to the next who asks), no answer within query_timeout while somebody waits, the
 * connection lost, the handle closed early: then the server is asked to stop, and the connection is given up if that takes longer than its grace. */
#include "src/wire/reader.h"

#include <stdio.h>
#include <string.h>

#include "src/wire/cancel.h"

/* ---- its beginning ------------------------------------------------------------------------------------------------------- */

static void set_label(aq__reader_t *reader, const char *sql)
{
    const char *label = aq_task_label();

    snprintf(reader->label, sizeof reader->label, "%s", label != NULL ? label : sql);
}

aq_op_t *aq__reader_open(aq_pool_t *pool, aq_lane_t *lane, aq__query_kind_t kind, size_t size,
                         const aq__reader_class_t *reader_class, const char *sql,
                         const aq_arguments_t *arguments)
{
    aq__query_t *query = aq__query_create(pool, kind);
    aq__reader_t *reader;
    aq_op_t *op;

    if (query == NULL)
        return aq__op_failed(pool->loop);
    op = &query->op;
    query->lane = lane;
    if (lane != NULL && aq__lane_refuses(lane, query))
        return op;
    reader = aq__calloc(1, size);
    if (reader == NULL || aq__query_set_statement(query, sql, arguments) != AQ_OK) {
        aq__free(reader);
        aq__query_fail_last(query);
        return op;
    }
    reader->reader_class = reader_class;
    reader->pool = pool;
    reader->query = query;
    reader->op = op;
    reader->form = query->first.form;
    reader->form->sql->users++;
    reader->verb = aq__query_verb(query);
    set_label(reader, sql);
    aq__pool_hold(pool);
    query->reader = reader;
    if (reader_class->init != NULL)
        reader_class->init(reader);
    if (lane == NULL)
        return aq__pool_submit(pool, query);
    aq__connection_queue(lane->connection, query);
    return op;
}

const char *aq__reader_label(const aq__reader_t *reader)
{
    return reader->label;
}

void aq__reader_own_lane(aq__reader_t *reader, aq_lane_t *lane)
{
    reader->lane = lane;
}

static bool send_statement(aq__reader_t *reader)
{
    PGconn *pg = reader->connection->pg;
    aq__prepared_t *form = reader->form;
    const aq__parameters_t *given = &reader->query->first.parameters;

    form->uses++;
    if (!PQsendQueryParams(pg, form->sql->text, given->count, given->types,
                           (const char *const *)given->values, given->lengths, given->formats, form->binary))
        return false;
    return reader->reader_class->begin == NULL || reader->reader_class->begin(reader);
}

bool aq__reader_begin(aq__reader_t *reader, aq__connection_t *connection)
{
    aq_pool_t *pool = reader->pool;

    aq__list_unlink(&reader->query->link);
    reader->query->state = AQ__QUERY_READING;
    reader->query->since = aq__pool_now(pool);
    reader->connection = connection;
    reader->state = AQ__READER_RUNNING;
    connection->reader = reader;
    pool->units++;
    pool->statements++;
    pool->syncs++;
    if (!aq__connection_leave_pipeline(connection) || !send_statement(reader))
        return false;
    reader->uncertain = reader->form->sql->statement.writes &&
                        reader->query->kind != AQ__QUERY_COPY_IN; /* that has to be ended first */
    aq__reader_await(reader);
    if (aq__reader_flush(reader))
        aq__reader_watch(reader, true);
    return true;
}

bool aq__reader_opened(aq__reader_t *reader)
{
    aq__query_t *query = reader->query;
    bool wanted;

    if (query == NULL)
        return true;
    wanted = !query->op.closed && !query->op.done;
    reader->query = NULL;
    reader->deadline = 0;
    aq__query_open(query);
    return wanted;
}

/* ---- its end --------------------------------------------------------------------------------------------------------------- */

static const aq_error_t no_memory = {.code = AQ_ENOMEM, .message = "out of memory"};

static void free_reader(aq__reader_t *reader)
{
    aq_pool_t *pool = reader->pool;

    aq__reader_forget_op(reader);
    PQclear(reader->failure);
    if (reader->error != &no_memory)
        aq__free((void *)(uintptr_t)reader->error);
    reader->reader_class->free(reader);
    aq__pool_release(pool);
}

static void set_error(aq__reader_t *reader, const aq_error_t *error)
{
    if (reader->error != NULL)
        return; /* the first one counts */
    reader->error = aq__error_copy(error);
    if (reader->error == NULL)
        reader->error = &no_memory;
}

static void format_error(aq__reader_t *reader, int code, const char *format, va_list arguments)
    AQ_PRINTF(3, 0);

static void format_error(aq__reader_t *reader, int code, const char *format, va_list arguments)
{
    aq_error_t error = {.code = code, .statement = aq__reader_sql(reader)};
    char buffer[1024];

    vsnprintf(buffer, sizeof buffer, format, arguments);
    error.message = buffer;
    set_error(reader, &error);
}

static void note_error(aq__reader_t *reader, int code, const char *format, ...) AQ_PRINTF(3, 4);

static void note_error(aq__reader_t *reader, int code, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    format_error(reader, code, format, arguments);
    va_end(arguments);
}

/* Tells who waits. They may be the last who know the reader: it is touched no more, unless it still has its connection. */
static void end(aq__reader_t *reader)
{
    aq__query_t *query = reader->query;

    if (reader->ended)
        return;
    reader->ended = true;
    reader->deadline = 0;
    if (query != NULL && reader->error != NULL) {
        reader->query = NULL;
        aq__query_fail_with(query, reader->error); /* closes the reader too: its handle was never given out */
    } else if (aq__reader_opened(reader)) {
        reader->reader_class->on_end(reader);
    }
}

/* It has no connection any more. */
static void let_go(aq__reader_t *reader)
{
    reader->connection->reader = NULL;
    reader->connection = NULL;
    reader->lane = NULL;
    reader->state = AQ__READER_OVER;
    aq__sql_release(reader->form->sql);
    reader->form = NULL;
    if (reader->closed)
        free_reader(reader);
    else
        end(reader);
}

/* All results were read: the connection goes on with what its lane has for it. */
static void hand_back(aq__reader_t *reader)
{
    aq__connection_t *connection = reader->connection;

    if (connection->cancel == NULL)
        connection->give_up = 0;
    connection->in_transaction = PQtransactionStatus(connection->pg) != PQTRANS_IDLE;
    if (!aq__connection_enter_pipeline(connection)) {
        aq__connection_lost(connection, PQerrorMessage(connection->pg));
        return;
    }
    aq__connection_watch(connection, UV_READABLE);
    connection->in_flight--;
    if (reader->lane != NULL) {
        reader->lane->released = true;
        aq__pool_event(reader->pool, AQ_POOL_RESET, connection->number);
    }
    let_go(reader);
    aq__connection_schedule(connection);
    aq__pool_on_progress(connection);
}

void aq__reader_on_lost(aq__reader_t *reader, const char *why)
{
    const char *name = reader->pool->name;
    bool kept = reader->uncertain && !reader->connection->in_transaction && reader->failure == NULL;

    if (kept)
        note_error(reader, AQ_ECOMMITUNKNOWN,
                   "bind '%s': connection lost after the statement was sent, so it may or may not have been "
                   "committed: %s",
                   name, why);
    else
        note_error(reader, AQ_ELOST, "bind '%s': connection lost, nothing was kept: %s", name, why);
    if (reader->lane != NULL)
        reader->lane->released = true;
    let_go(reader);
}

/* ---- stopping ---------------------------------------------------------------------------------------------------------------- */

static bool stop_copying_in(aq__reader_t *reader)
{
    reader->copying = AQ__COPYING_NOTHING;
    return PQputCopyEnd(reader->connection->pg, "the COPY was closed before its end") == 1;
}

static void drop_copy_data(aq__reader_t *reader)
{
    char *data;
    int length;

    while ((length = PQgetCopyData(reader->connection->pg, &data, 1)) > 0)
        PQfreemem(data);
    if (length < 0)
        reader->copying = AQ__COPYING_NOTHING;
}

/* Reads what has come and drops it. False: that was not all yet. */
static bool drop_results(aq__reader_t *reader)
{
    PGconn *pg = reader->connection->pg;

    for (;;) {
        PGresult *result;
        ExecStatusType status;

        if (reader->copying == AQ__COPYING_OUT)
            drop_copy_data(reader);
        if (reader->copying == AQ__COPYING_OUT || PQisBusy(pg))
            return false;
        result = PQgetResult(pg);
        if (result == NULL)
            return true;
        status = PQresultStatus(result);
        PQclear(result);
        if (status == PGRES_COPY_OUT)
            reader->copying = AQ__COPYING_OUT;
        else if (status == PGRES_COPY_IN && !stop_copying_in(reader))
            return false;
    }
}

/* DRAINING: reads on to the end. */
static void drain(aq__reader_t *reader)
{
    if (drop_results(reader))
        hand_back(reader);
    else if (aq__reader_check(reader) && aq__reader_flush(reader))
        aq__reader_watch(reader, true);
}

/* Nobody wants the rest: it is stopped, if it has not come to its end already. */
static void stop(aq__reader_t *reader)
{
    aq__connection_t *connection = reader->connection;
    aq_pool_t *pool = reader->pool;

    reader->state = AQ__READER_DRAINING;
    reader->deadline = 0;
    connection->give_up = aq__pool_after(pool, pool->options.grace);
    aq__pool_arm(pool, connection->give_up);
    if (reader->copying == AQ__COPYING_IN)
        (void)stop_copying_in(reader);
    else if (!drop_results(reader) && connection->cancel == NULL)
        reader->cancels = !aq__cancel_start(connection);
    drain(reader);
}

void aq__reader_fail(aq__reader_t *reader, int code, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    format_error(reader, code, format, arguments);
    va_end(arguments);
    if (reader->state == AQ__READER_OVER)
        return;
    reader->state = AQ__READER_DRAINING;
    end(reader);
    stop(reader);
}

void aq__reader_close(aq__reader_t *reader)
{
    aq__reader_forget_op(reader);
    if (!reader->reader_class->on_close(reader))
        return;
    reader->closed = true;
    switch (reader->state) {
    case AQ__READER_WAITING:
        aq__sql_release(reader->form->sql);
        aq_release(reader->lane);
        free_reader(reader);
        break;
    case AQ__READER_RUNNING: stop(reader); break;
    case AQ__READER_DRAINING: break;
    case AQ__READER_OVER: free_reader(reader); break;
    }
}

bool aq__reader_cancel(aq__reader_t *reader)
{
    aq__connection_t *connection = reader->connection;

    if (!reader->uncertain)
        aq__reader_fail(reader, AQ_ECANCELED, "bind '%s': canceled while it ran: %s", reader->pool->name,
                        aq__reader_sql(reader));
    else if (connection->cancel == NULL) /* its real outcome tells whether that came in time */
        reader->cancels = !aq__cancel_start(connection);
    return false;
}

void aq__reader_forget_op(aq__reader_t *reader)
{
    aq_op_t *op = reader->op;

    if (op == NULL)
        return;
    ((aq__query_t *)op)->reader = NULL;
    if (op->value == reader)
        op->value = op; /* its value is gone from now on */
    reader->op = NULL;
}

/* ---- reading ------------------------------------------------------------------------------------------------------------------- */

const char *aq__reader_sql(const aq__reader_t *reader)
{
    return reader->form != NULL ? reader->form->sql->text : NULL;
}

bool aq__reader_flush(aq__reader_t *reader)
{
    int rc = PQflush(reader->connection->pg);

    reader->blocked = rc == 1;
    if (rc >= 0)
        return true;
    aq__connection_lost(reader->connection, PQerrorMessage(reader->connection->pg));
    return false;
}

void aq__reader_watch(aq__reader_t *reader, bool reading)
{
    aq__connection_watch(reader->connection, (reading || reader->blocked ? UV_READABLE : 0) |
                                                 (reader->blocked ? UV_WRITABLE : 0));
}

void aq__reader_await(aq__reader_t *reader)
{
    aq_pool_t *pool = reader->pool;

    if (pool->options.query_timeout <= 0)
        return;
    reader->deadline = aq__pool_after(pool, pool->options.query_timeout);
    aq__pool_arm(pool, reader->deadline);
}

void aq__reader_on_event(aq__reader_t *reader, int status, int events)
{
    if (status < 0 || (events & UV_READABLE) != 0)
        (void)aq__connection_consume(reader->connection); /* a failure shows once what had arrived was read */
    if (reader->blocked && !aq__reader_flush(reader))
        return;
    if (reader->deadline != 0)
        reader->deadline = aq__pool_after(reader->pool, reader->pool->options.query_timeout);
    if (reader->state == AQ__READER_DRAINING)
        drain(reader);
    else
        reader->reader_class->step(reader);
}

bool aq__reader_check(aq__reader_t *reader)
{
    const aq__connection_t *connection = reader->connection;

    if (PQstatus(connection->pg) == CONNECTION_OK)
        return true;
    aq__connection_lost(reader->connection,
                        reader->failure != NULL ? PQresultErrorMessage(reader->failure) : NULL);
    return false;
}

/* The server has said that it failed, and everything that it said was read. */
static void note_failure(aq__reader_t *reader)
{
    const char *sqlstate = PQresultErrorField(reader->failure, PG_DIAG_SQLSTATE);
    aq_error_t error;
    char buffer[1024];

    if (reader->query != NULL && reader->query->op.cancel_asked && sqlstate != NULL &&
        strcmp(sqlstate, "57014") == 0) {
        note_error(reader, AQ_ECANCELED, "bind '%s': canceled while it ran: %s", reader->pool->name,
                   aq__reader_sql(reader));
        return;
    }
    aq__error_from_result(&error, reader->failure, buffer, sizeof buffer);
    error.statement = aq__reader_sql(reader);
    set_error(reader, &error);
}

bool aq__reader_take(aq__reader_t *reader, PGresult *result)
{
    if (result == NULL) {
        if (reader->failure == NULL) {
            hand_back(reader);
        } else if (aq__reader_check(
                       reader)) { /* what the server said before it went away is not all that there is */
            note_failure(reader);
            hand_back(reader);
        }
        return false;
    }
    switch ((int)PQresultStatus(result)) {
    case PGRES_FATAL_ERROR:
    case PGRES_BAD_RESPONSE:
        if (reader->failure == NULL) {
            reader->failure = result;
            return true;
        }
        PQclear(result);
        return true;
    case PGRES_COPY_IN: reader->copying = AQ__COPYING_IN; break;
    case PGRES_COPY_OUT: reader->copying = AQ__COPYING_OUT; break;
    default: break;
    }
    PQclear(result);
    aq__reader_fail(reader, AQ_EINVAL, "bind '%s': %s: not a statement for this: %s", reader->pool->name,
                    reader->verb, aq__reader_sql(reader));
    return false;
}

void aq__reader_refuse(const aq__reader_t *reader, aq_op_t *op, int code, const char *format, ...)
{
    char buffer[512];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(buffer, sizeof buffer, format, arguments);
    va_end(arguments);
    aq_op_fail(op, code, "bind '%s': %s", reader->pool->name, buffer);
}

/* Nothing for so long, while somebody waited. */
static void time_out(aq__reader_t *reader)
{
    aq_pool_t *pool = reader->pool;
    char within[32];

    pool->timeouts++;
    aq__format_seconds(pool->options.query_timeout, within, sizeof within);
    if (reader->uncertain && !reader->connection->in_transaction)
        aq__reader_fail(
            reader, AQ_ECOMMITUNKNOWN,
            "bind '%s': no answer within %s (query_timeout), so it may or may not have been committed: %s",
            pool->name, within, aq__reader_sql(reader));
    else
        aq__reader_fail(reader, AQ_ETIMEDOUT, "bind '%s': no answer within %s (query_timeout): %s",
                        pool->name, within, aq__reader_sql(reader));
}

void aq__reader_sweep(aq__connection_t *connection, uint64_t now, uint64_t *due)
{
    aq__reader_t *reader = connection->reader;

    if (reader != NULL && reader->cancels && connection->cancel == NULL)
        reader->cancels = !aq__cancel_start(connection);
    if (reader == NULL || reader->deadline == 0)
        return;
    if (reader->deadline <= now)
        time_out(reader);
    else if (reader->deadline < *due)
        *due = reader->deadline;
}
