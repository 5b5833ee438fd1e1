/* The happy path: create, set_statement, (the pool and a connection do the rest), succeed. A query lives until both sides are done:
 * the wire has ended it, and whoever holds the op has closed it; then release() gives its memory back to the pool's spare ones.
 * Failure modes: no memory before it started (the caller gets a failed op), bad arguments, and no memory for the value of work that was
 * done: the error then says that it was. */
#include "src/wire/query.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/wire/connection.h"
#include "src/wire/describe.h"
#include "src/wire/echo.h"
#include "src/wire/reader.h"

static void dispose_results(void *value)
{
    aq_results_close(value);
}

static void dispose_rows(void *value)
{
    aq_rows_close(value);
}

static void dispose_description(void *value)
{
    aq_description_close(value);
}

static void dispose_lane(void *value)
{
    aq_release(value);
}

static void dispose_reader(void *value)
{
    aq__reader_close(value);
}

static bool on_cancel(aq_op_t *op, void *data)
{
    (void)op;
    return aq__pool_cancel(data);
}

static const aq_op_class_t op_classes[] = {
    [AQ__QUERY_EXECUTE] = {.name = "execute", .cancel = on_cancel, .dispose = dispose_rows},
    [AQ__QUERY_UNIT] = {.name = "send", .cancel = on_cancel, .dispose = dispose_results},
    [AQ__QUERY_DESCRIBE] = {.name = "describe", .cancel = on_cancel, .dispose = dispose_description},
    [AQ__QUERY_STREAM] = {.name = "stream", .cancel = on_cancel, .dispose = dispose_reader},
    [AQ__QUERY_COPY_IN] = {.name = "copy in", .cancel = on_cancel, .dispose = dispose_reader},
    [AQ__QUERY_COPY_OUT] = {.name = "copy out", .cancel = on_cancel, .dispose = dispose_reader},
    [AQ__QUERY_ACQUIRE] = {.name = "acquire", .cancel = on_cancel, .dispose = dispose_lane},
    [AQ__QUERY_RESET] = {.name = "reset"},
};

void aq__query_clear_item(aq__query_item_t *item)
{
    PQclear(item->result);
    item->result = NULL;
    aq_rows_close(item->rows);
    item->rows = NULL;
}

static void clear_results(aq__query_t *query)
{
    for (unsigned i = 0; i < query->count; i++) {
        aq__query_item_t *item = &query->items[i];

        if (item->result != NULL || item->rows != NULL)
            aq__query_clear_item(item);
        item->prepares = 0;
    }
    if (query->failure != NULL)
        PQclear(query->failure);
    query->failure = NULL;
}

static void free_query(aq__query_t *query)
{
    if (query->unit != NULL)
        aq_unit_close(query->unit);
    aq__free(query->block);
    aq__pool_spare_query(query->pool, query);
}

static void on_release(aq_op_t *op)
{
    aq__query_t *query = (aq__query_t *)op;

    if (query->lane != NULL && query->kind == AQ__QUERY_ACQUIRE)
        aq__lane_forget_op(query->lane);
    if (query->reader != NULL)
        aq__reader_forget_op(query->reader);
    if (query->state == AQ__QUERY_SENT)
        query->released = true; /* it was told that it timed out, and still waits on its connection */
    else
        free_query(query);
}

aq__query_t *aq__query_create(aq_pool_t *pool, aq__query_kind_t kind)
{
    aq__query_t *query = aq__pool_take_query(pool);

    if (query == NULL) {
        aq__fail(AQ_ENOMEM, "bind '%s': %s: out of memory", aq__pool_name(pool), op_classes[kind].name);
        return NULL;
    }
    aq__zero((char *)query + offsetof(aq__query_t, link),
             offsetof(aq__query_t, space) - offsetof(aq__query_t, link));
    aq__list_init(&query->link);
    query->pool = pool;
    query->kind = (unsigned char)kind;
    if (kind != AQ__QUERY_RESET) {
        aq__op_init(&query->op, aq__pool_loop(pool), &op_classes[kind], query, on_release);
        query->op_made = true;
    }
    return query;
}

/* What one statement means for the unit it is in. */
static void note_statement(aq__query_t *query, const aq__sql_t *sql)
{
    const aq__statement_t *statement = &sql->statement;
    bool select = statement->kind == AQ__STATEMENT_SELECT;

    if (query->kind == AQ__QUERY_DESCRIBE)
        return; /* nothing of it is run */
    query->writes |= statement->writes;
    query->stoppable &= select || !statement->writes;
    query->alone |= statement->no_transaction;
    query->transaction |= statement->kind == AQ__STATEMENT_TRANSACTION;
    query->forgets |= sql->forgets;
}

/* A COPY that cannot be recognised, because its syntax is newer, is tried. */
static bool is_for_reader(unsigned char query, aq__statement_kind_t statement)
{
    if (query == AQ__QUERY_COPY_IN)
        return statement == AQ__STATEMENT_COPY_IN || statement == AQ__STATEMENT_UNCHECKED;
    if (query == AQ__QUERY_COPY_OUT)
        return statement == AQ__STATEMENT_COPY_OUT || statement == AQ__STATEMENT_UNCHECKED;
    return true;
}

static int check_statement(const aq__query_t *query, const aq__sql_t *sql, int given)
{
    const aq__statement_t *statement = &sql->statement;
    const char *bind = aq__pool_name(query->pool);

    if (statement->plain_read && query->kind == AQ__QUERY_EXECUTE && statement->parameter_count == given)
        return AQ_OK; /* as most are */
    if (statement->statement_count > 1)
        return aq__fail(AQ_EMULTIPLE, "bind '%s': %d statements in one text, use aq_unit_add for each: %s",
                        bind, statement->statement_count, sql->text);
    if (query->kind == AQ__QUERY_DESCRIBE)
        return AQ_OK;
    if (statement->kind == AQ__STATEMENT_TRANSACTION && query->lane == NULL)
        return aq__fail(AQ_ETXCONTROL,
                        "bind '%s': transaction control outside an exclusive lane (aq_acquire): %s", bind,
                        sql->text);
    if (!is_for_reader(query->kind, statement->kind))
        return aq__fail(AQ_EINVAL, "bind '%s': %s: not COPY ... %s: %s", bind, aq__query_verb(query),
                        query->kind == AQ__QUERY_COPY_IN ? "FROM STDIN" : "TO STDOUT", sql->text);
    if (query->kind != AQ__QUERY_COPY_IN && statement->kind == AQ__STATEMENT_COPY_IN)
        return aq__fail(AQ_EINVAL, "bind '%s': COPY needs aq_copy_in: %s", bind, sql->text);
    if (query->kind != AQ__QUERY_COPY_OUT && statement->kind == AQ__STATEMENT_COPY_OUT)
        return aq__fail(AQ_EINVAL, "bind '%s': COPY needs aq_copy_out: %s", bind, sql->text);
    if (statement->kind == AQ__STATEMENT_LISTEN)
        return aq__fail(AQ_EINVAL, "bind '%s': LISTEN and UNLISTEN need aq_listen: %s", bind, sql->text);
    if (statement->parameter_count >= 0 && statement->parameter_count != given)
        return aq__fail(AQ_EARGUMENTS, "bind '%s': %d arguments for a statement with %d parameters: %s", bind,
                        given, statement->parameter_count, sql->text);
    return AQ_OK;
}

static int resolve_item(aq__query_t *query, aq__query_item_t *item, aq__own_t own, const char *text)
{
    aq__sql_t *sql = own == AQ__OWN_NOT ? aq__registry_sql(aq__pool_registry(query->pool), text)
                                        : aq__registry_own(own, text, item->parameters.count);
    int rc;

    if (sql == NULL)
        return AQ_ENOMEM;
    rc = check_statement(query, sql, item->parameters.count);
    if (rc == AQ_OK) {
        item->form = aq__registry_form(sql, &item->parameters);
        rc = item->form != NULL ? AQ_OK : AQ_ENOMEM;
    }
    if (rc == AQ_OK)
        note_statement(query, sql);
    else
        aq__sql_release(sql);
    return rc;
}

int aq__query_set_statement(aq__query_t *query, const char *sql, const aq_arguments_t *arguments)
{
    size_t bytes;
    void *block = query->space;
    int rc;

    if (sql == NULL)
        return aq__fail(AQ_EINVAL, "bind '%s': %s: no statement (NULL)", aq__pool_name(query->pool),
                        aq__query_verb(query));
    rc = aq__encode_measure(arguments, &bytes);
    if (rc != AQ_OK)
        return rc;
    if (bytes > sizeof query->space) {
        block = query->block = aq__malloc(bytes);
        if (block == NULL)
            return aq__fail(AQ_ENOMEM, "bind '%s': %zu bytes of arguments: out of memory",
                            aq__pool_name(query->pool), bytes);
    }
    aq__encode(arguments, block, &query->first.parameters);
    query->items = &query->first;
    query->stoppable = true;
    rc = resolve_item(query, &query->first, AQ__OWN_NOT, sql);
    if (rc == AQ_OK)
        query->count = 1;
    return rc;
}

int aq__query_set_unit(aq__query_t *query, aq_unit_t *unit)
{
    query->unit = unit;
    query->stoppable = true;
    if (unit->error != NULL)
        return aq__fail_with(unit->error);
    query->items = unit->items;
    for (size_t i = 0; i < unit->count; i++) {
        int rc = resolve_item(query, &unit->items[i], unit->texts[i].own, unit->texts[i].sql);

        if (rc != AQ_OK)
            return rc;
        query->count++;
    }
    return AQ_OK;
}

/* Lets go of the statements: they may be forgotten again. */
static void end(aq__query_t *query)
{
    for (unsigned i = 0; i < query->count; i++)
        aq__sql_release(query->items[i].form->sql);
    clear_results(query);
    query->count = 0;
    query->state = AQ__QUERY_DONE;
}

void aq__query_rewind(aq__query_t *query)
{
    clear_results(query);
    query->next = 0;
    query->failed_early = false;
    query->prepare_pending = false;
    query->syncs = false;
    query->connection = NULL;
}

aq_rows_t *aq__query_take_rows(aq__query_item_t *item)
{
    aq_rows_t *rows = item->rows != NULL ? item->rows : aq__rows_create(item->result);

    item->rows = NULL;
    item->result = NULL;
    return rows;
}

/* Moves the results out of the items. NULL: out of memory. */
static void *take_value(aq__query_t *query)
{
    aq_results_t *results;

    if (query->kind == AQ__QUERY_EXECUTE)
        return aq__query_take_rows(&query->items[0]);
    if (query->kind == AQ__QUERY_DESCRIBE)
        return aq__description_create(query->items[0].result);
    results = aq__calloc(1, sizeof *results + query->count * sizeof results->rows[0]);
    if (results == NULL)
        return NULL;
    for (; results->count < query->count; results->count++) {
        aq_rows_t *rows = aq__query_take_rows(&query->items[results->count]);

        if (rows == NULL) {
            aq_results_close(results);
            return NULL;
        }
        results->rows[results->count] = rows;
    }
    return results;
}

void aq__query_complete(aq__query_t *query, void *value)
{
    query->state = AQ__QUERY_DONE;
    if (query->op_made)
        aq_op_complete(&query->op, value);
    else
        free_query(query);
}

static void echo_value(const aq__query_t *query, void *value)
{
    const char *bind = aq__pool_name(query->pool);

    if (query->kind == AQ__QUERY_EXECUTE)
        aq__echo_rows(bind, value);
    if (query->kind != AQ__QUERY_UNIT)
        return;
    for (size_t i = 0; i < aq_results_count(value); i++)
        aq__echo_rows(bind, aq_results_rows(value, i));
}

static void fail_to_take(aq__query_t *query)
{
    const char *bind = aq__pool_name(query->pool), *statement = aq__query_statement(query);

    if (query->kind == AQ__QUERY_DESCRIBE)
        aq__query_fail(query, AQ_ENOMEM, "bind '%s': describe: out of memory: %s", bind, statement);
    else
        aq__query_fail(query, AQ_ENOMEM,
                       "bind '%s': out of memory for the rows; the statement itself was carried out: %s",
                       bind, statement);
}

void aq__query_succeed(aq__query_t *query)
{
    void *value = NULL;

    if (query->kind != AQ__QUERY_RESET && !query->abandoned) {
        value = take_value(query);
        if (value == NULL) {
            fail_to_take(query);
            return;
        }
    }
    if (aq__pool_echo(query->pool) == AQ_ECHO_DEBUG && value != NULL)
        echo_value(query, value);
    end(query);
    aq__query_complete(query, value);
}

void aq__query_open(aq__query_t *query)
{
    end(query);
    aq__query_complete(query, query->reader);
}

/* The error's texts may lie in the results, which end() clears. A reader whose statement did not begin well goes with it. */
void aq__query_fail_with(aq__query_t *query, const aq_error_t *error)
{
    aq_error_t *copy = query->op_made ? aq__error_copy(error) : NULL;
    aq__reader_t *reader = query->reader;
    int code = error->code;

    query->reader = NULL;
    if (reader != NULL)
        aq__reader_forget_op(reader);
    end(query);
    if (!query->op_made)
        free_query(query);
    else if (copy != NULL)
        aq_op_fail_with(&query->op, copy);
    else
        aq_op_fail(&query->op, code, "%s", aq_strerror(code));
    aq__free(copy);
    if (reader != NULL)
        aq__reader_close(reader);
}

static void format_message(char *buffer, size_t size, const char *format, va_list arguments) AQ_PRINTF(3, 0);

/* Statements may be long: the end of such a text is "...". */
static void format_message(char *buffer, size_t size, const char *format, va_list arguments)
{
    int length = vsnprintf(buffer, size, format, arguments);

    if (length >= (int)size)
        memcpy(buffer + aq__utf8_cut(buffer, size - 1, size - 4), "...", 4);
}

void aq__query_fail(aq__query_t *query, int code, const char *format, ...)
{
    aq_error_t error = {.code = code, .statement = query->count > 0 ? aq__query_statement(query) : NULL};
    char buffer[1024];
    va_list arguments;

    va_start(arguments, format);
    format_message(buffer, sizeof buffer, format, arguments);
    va_end(arguments);
    error.message = buffer;
    aq__query_fail_with(query, &error);
}

void aq__query_abandon(aq__query_t *query, int code, const char *format, ...)
{
    aq_error_t error = {.code = code, .statement = aq__query_statement(query)};
    char buffer[1024];
    va_list arguments;

    va_start(arguments, format);
    format_message(buffer, sizeof buffer, format, arguments);
    va_end(arguments);
    error.message = buffer;
    query->abandoned = query->told = true;
    aq_op_fail_with(&query->op, &error);
}

void aq__query_finish_abandoned(aq__query_t *query)
{
    if (!query->told) {
        aq__query_fail(query, AQ_ECANCELED,
                       "canceled"); /* the op is that already: this only pays what we owe it */
        return;
    }
    end(query);
    if (query->released)
        free_query(query);
}

void aq__query_fail_last(aq__query_t *query)
{
    aq__query_fail_with(query, aq_last_error());
}

void aq__query_fail_result(aq__query_t *query, const PGresult *failure, const char *statement)
{
    PGresult *kept = query->failure; /* the error's texts may lie in it: it goes last */
    aq_error_t error;
    char buffer[1024];

    query->failure = NULL;
    aq__error_from_result(&error, failure, buffer, sizeof buffer);
    error.statement = statement;
    aq__query_fail_with(query, &error);
    PQclear(kept);
}

const char *aq__query_verb(const aq__query_t *query)
{
    return op_classes[query->kind].name;
}

const char *aq__query_statement(const aq__query_t *query)
{
    unsigned item = query->failure != NULL ? query->failed : query->next;

    if (item >= query->count && query->count > 0)
        item = query->count - 1;

    return query->count == 0 ? "" : query->items[item].form->sql->text;
}

void aq__error_from_result(aq_error_t *error, const PGresult *result, char *buffer, size_t size)
{
    const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char *position = PQresultErrorField(result, PG_DIAG_STATEMENT_POSITION);
    const char *primary = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    const char *function = PQresultErrorField(result, PG_DIAG_SOURCE_FUNCTION);
    size_t length;

    memset(error, 0, sizeof *error);
    error->code = sqlstate != NULL ? aq_error_from_sqlstate(sqlstate) : AQ_ELOST;
    if (function != NULL && strcmp(function, "RevalidateCachedQuery") == 0)
        error->code = AQ_ESTALEPLAN; /* 0A000 says no more than "not supported" */
    if (sqlstate != NULL)
        snprintf(error->sqlstate, sizeof error->sqlstate, "%s", sqlstate);
    snprintf(buffer, size, "%s", PQresultErrorMessage(result)); /* what libpq itself says is short */
    for (length = strlen(buffer); length > 0 && buffer[length - 1] == '\n'; length--)
        buffer[length - 1] = '\0';
    error->message = primary != NULL     ? primary
                     : buffer[0] != '\0' ? buffer
                                         : "the server reported an error without a text";
    error->detail = PQresultErrorField(result, PG_DIAG_MESSAGE_DETAIL);
    error->hint = PQresultErrorField(result, PG_DIAG_MESSAGE_HINT);
    error->schema = PQresultErrorField(result, PG_DIAG_SCHEMA_NAME);
    error->table = PQresultErrorField(result, PG_DIAG_TABLE_NAME);
    error->column = PQresultErrorField(result, PG_DIAG_COLUMN_NAME);
    error->datatype = PQresultErrorField(result, PG_DIAG_DATATYPE_NAME);
    error->constraint = PQresultErrorField(result, PG_DIAG_CONSTRAINT_NAME);
    error->position = position != NULL ? atoi(position) : 0;
}
