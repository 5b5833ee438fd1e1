/* Streams: the rows of one statement, a batch at a time.
 *
 * The happy path: libpq gives one row (or, from version 17 on, a chunk of them) per result; they are copied into a batch until it is full or nothing
 * more has come; whoever waits gets it. While a full batch waits to be asked for, the socket is not read: TCP makes the server wait. The last
 * result, without a row, is what is given at the end and ever after.
 *
 * The failure modes are the reader's. Rows that came before an error are given out before it is told. */
#include "src/wire/reader.h"

#define BATCH_ROWS 256
#define BATCH_CELLS 16384 /* fewer rows when they have more columns than that allows */

struct aq_stream {
    aq__reader_t reader; /* first */
    aq_op_t *next;       /* who waits for rows */
    aq__shape_t *shape;  /* of all rows */
    aq_rows_t *rows;     /* the batch; never empty */
    PGresult *chunk;     /* the batch, as libpq 17 made it */
    PGresult *last;      /* that ended the rows: has the columns and the command's tag */
    bool described;
};

static bool has_batch(const aq_stream_t *stream)
{
    return stream->rows != NULL || stream->chunk != NULL;
}

static size_t capacity(const aq_stream_t *stream)
{
    size_t columns = stream->shape->count;

    if (columns * BATCH_ROWS <= BATCH_CELLS)
        return BATCH_ROWS;
    return columns < BATCH_CELLS ? BATCH_CELLS / columns : 1;
}

static bool is_full(const aq_stream_t *stream)
{
    return stream->chunk != NULL || (stream->rows != NULL && stream->rows->row_count == capacity(stream));
}

/* Moves the batch into rows. NULL: out of memory. */
static aq_rows_t *take_batch(aq_stream_t *stream)
{
    aq_rows_t *rows = stream->rows;
    PGresult *chunk = stream->chunk;

    stream->rows = NULL;
    stream->chunk = NULL;
    return chunk != NULL ? aq__rows_create(chunk) : rows;
}

/* The end may be asked for any number of times. */
static aq_rows_t *copy_last(const aq_stream_t *stream)
{
    PGresult *copy = PQcopyResult(stream->last, PG_COPYRES_ATTRS);

    return copy != NULL ? aq__rows_create(copy) : NULL;
}

/* Gives who waits what there is for them. */
static void deliver(aq_stream_t *stream)
{
    aq__reader_t *reader = &stream->reader;
    aq_op_t *op = stream->next;
    aq_rows_t *rows;

    if (op == NULL || (!has_batch(stream) && !reader->ended))
        return;
    stream->next = NULL;
    reader->deadline = 0;
    if (!has_batch(stream) && reader->error != NULL) {
        aq_op_fail_with(op, reader->error);
        return;
    }
    rows = has_batch(stream) ? take_batch(stream) : copy_last(stream);
    if (rows != NULL) {
        aq_op_complete(op, rows);
        return;
    }
    aq__reader_fail(reader, AQ_ENOMEM, "bind '%s': stream: out of memory for its rows", reader->pool->name);
    aq_op_fail_with(op, reader->error);
}

static void describe(aq_stream_t *stream, const PGresult *result)
{
    if (stream->described)
        return;
    stream->described = true;
    aq__registry_describe(stream->reader.form, result);
}

/* The first row of a batch makes it, the first of all its shape too. */
static bool copy_row(aq_stream_t *stream, const PGresult *result)
{
    if (stream->shape == NULL)
        stream->shape = aq__shape_create(0, result);
    if (stream->shape != NULL && stream->rows == NULL)
        stream->rows = aq__rows_gather(stream->shape, capacity(stream));
    return stream->rows != NULL && aq__rows_add(stream->rows, result);
}

static bool add_row(aq_stream_t *stream, PGresult *result)
{
    bool copied = copy_row(stream, result);

    PQclear(result);
    if (copied)
        return true;
    if (stream->rows != NULL && stream->rows->row_count == 0) {
        aq_rows_close(stream->rows);
        stream->rows = NULL;
    }
    aq__reader_fail(&stream->reader, AQ_ENOMEM, "bind '%s': stream: out of memory for its rows",
                    stream->reader.pool->name);
    return false;
}

static void keep_last(aq_stream_t *stream, PGresult *result)
{
    if (stream->last != NULL && PQcmdStatus(result)[0] == '\0') {
        PQclear(result);
        return;
    }
    PQclear(stream->last);
    stream->last = result;
}

/* False: the stream does not run any more; it is touched no more. */
static bool take(aq_stream_t *stream, PGresult *result)
{
    int status = (int)PQresultStatus(result); /* of NULL: an error */

    if (result == NULL || status == PGRES_FATAL_ERROR)
        return aq__reader_take(&stream->reader, result);
    switch (status) {
    case PGRES_SINGLE_TUPLE:
        describe(stream, result);
        return add_row(stream, result) && aq__reader_opened(&stream->reader);
    case AQ__TUPLES_CHUNK:
        describe(stream, result);
        stream->chunk = result;
        if (PQcmdStatus(result)[0] != '\0') /* libpq 18 puts the tag here, when the rows end within a chunk */
            stream->last = PQcopyResult(result, PG_COPYRES_ATTRS);
        return aq__reader_opened(&stream->reader);
    case PGRES_TUPLES_OK:
    case PGRES_COMMAND_OK:
    case PGRES_EMPTY_QUERY:
        describe(stream, result);
        keep_last(stream, result);
        return true;
    default: return aq__reader_take(&stream->reader, result);
    }
}

/* Reads what has arrived, up to a full batch. False: as take(). */
static bool gather(aq_stream_t *stream)
{
    PGconn *pg = stream->reader.connection->pg;

    while (!is_full(stream) && !PQisBusy(pg))
        if (!take(stream, PQgetResult(pg)))
            return false;
    return is_full(stream) || aq__reader_check(&stream->reader);
}

static void step(aq__reader_t *reader)
{
    aq_stream_t *stream = (aq_stream_t *)reader;

    if (!gather(stream))
        return;
    deliver(stream);
    if (reader->state == AQ__READER_RUNNING)
        aq__reader_watch(reader, !is_full(stream));
}

static bool begin(aq__reader_t *reader)
{
    const aq__libpq_t *libpq = aq__libpq();
    PGconn *pg = reader->connection->pg;

    return libpq->set_chunked_rows_mode != NULL ? libpq->set_chunked_rows_mode(pg, BATCH_ROWS) == 1
                                                : PQsetSingleRowMode(pg) == 1;
}

static void on_end(aq__reader_t *reader)
{
    deliver((aq_stream_t *)reader);
}

static bool on_close(aq__reader_t *reader)
{
    aq_stream_t *stream = (aq_stream_t *)reader;
    aq_op_t *op = stream->next;

    stream->next = NULL;
    if (op != NULL)
        aq__reader_refuse(reader, op, AQ_ECANCELED, "stream: it was closed while its rows were waited for");
    return true;
}

static void free_stream(aq__reader_t *reader)
{
    aq_stream_t *stream = (aq_stream_t *)reader;

    aq_rows_close(stream->rows);
    aq__shape_release(stream->shape);
    PQclear(stream->chunk);
    PQclear(stream->last);
    aq__free(stream);
}

static const aq__reader_class_t stream_class = {
    .begin = begin, .step = step, .on_end = on_end, .on_close = on_close, .free = free_stream};

/* ---- the calls ---------------------------------------------------------------------------------------------------------------- */

aq_op_t *aq__pool_stream(aq_pool_t *pool, const char *sql, const aq_arguments_t *arguments)
{
    return aq__reader_open(pool, NULL, AQ__QUERY_STREAM, sizeof(aq_stream_t), &stream_class, sql, arguments);
}

aq_op_t *aq_lane_stream(aq_lane_t *lane, const char *sql, const aq_arguments_t *arguments)
{
    return aq__reader_open(lane->pool, lane, AQ__QUERY_STREAM, sizeof(aq_stream_t), &stream_class, sql,
                           arguments);
}

static void dispose_rows(void *value)
{
    aq_rows_close(value);
}

/* Nobody waits any more; the rows stay for the next who asks. */
static bool on_cancel(aq_op_t *op, void *data)
{
    aq_stream_t *stream = data;

    stream->next = NULL;
    stream->reader.deadline = 0;
    aq__reader_refuse(&stream->reader, op, AQ_ECANCELED, "stream: canceled while it waited for rows");
    return false;
}

static const aq_op_class_t next_class = {.name = "stream next", .cancel = on_cancel, .dispose = dispose_rows};

aq_op_t *aq_stream_next(aq_stream_t *stream)
{
    aq__reader_t *reader = &stream->reader;
    aq_op_t *op = aq_op_create(reader->pool->loop, &next_class, stream);

    if (aq_op_done(op))
        return op; /* no memory for it */
    if (stream->next != NULL) {
        aq__reader_refuse(
            reader, op, AQ_EINVAL,
            "stream: the rows asked for before have not come yet (one aq_stream_next at a time)");
        return op;
    }
    stream->next = op;
    deliver(stream);
    if (reader->state != AQ__READER_RUNNING)
        return op;
    if (stream->next != NULL) {
        aq__reader_await(reader);
        (void)aq__connection_consume(reader->connection);
    }
    step(reader);
    return op;
}

void aq_stream_close(aq_stream_t *stream)
{
    if (stream != NULL)
        aq__reader_close(&stream->reader);
}
