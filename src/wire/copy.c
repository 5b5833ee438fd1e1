/* COPY in both directions, on an exclusive lane.
 *
 * The happy path in: what is written is gathered into pieces of 64 KiB, given to libpq, and sent at the latest at the end of the turn; a write is done
 * at once while less than 1 MiB is on its way, else when that was sent. aq_copy_end() sends the end and waits for the server's count.
 * The happy path out: the socket is read only while somebody asks for a piece, so the server waits for its consumer.
 *
 * The failure modes are the reader's. The server's error about data comes with aq_copy_end(): libpq does not look for it before. A COPY in that is
 * closed before its end is told to the server as failed, so nothing of it is kept. */
#include "src/wire/reader.h"

#include <stdlib.h>
#include <string.h>

#define PIECE ((size_t)64 * 1024)
#define HIGH_WATER ((size_t)1024 * 1024)

typedef enum { NOTHING_YET, BYTES, ROWS } written_t;

struct aq_copy {
    aq__reader_t reader; /* first */
    bool in;
    bool binary;
    int columns;
    /* in */
    aq__turn_t turn;      /* sends what was gathered */
    aq_text_t gathered;   /* not yet given to libpq */
    size_t unsent;        /* given to libpq since it had nothing left to send */
    size_t turned;        /* given to libpq in this turn: others want their turn too */
    written_t written;    /* who makes header and trailer */
    aq_op_t **writers;    /* whose bytes are taken, and who wait until there is room for more */
    size_t writing, room; /* how many, and for how many there is room */
    aq_op_t *end;         /* who waits for the server's count */
    uint64_t *copied;     /* that count, `end`'s value */
    bool orphan;          /* its handle was closed after its end was sent */
    /* out */
    aq_op_t *read; /* who waits for a piece */
    char *data;    /* libpq's, of `piece` */
    aq_bytes_t piece;
};

/* ---- in ------------------------------------------------------------------------------------------------------------------------ */

static void complete_writers(aq_copy_t *copy, const aq_error_t *error)
{
    size_t count = copy->writing;

    copy->writing = 0;
    for (size_t i = 0; i < count; i++) {
        if (error != NULL)
            aq_op_fail_with(copy->writers[i], error);
        else
            aq_op_complete(copy->writers[i], NULL);
    }
}

/* Gives libpq so many bytes. False: the copy does not run any more. */
static bool put(aq_copy_t *copy, const char *data, size_t length)
{
    aq__reader_t *reader = &copy->reader;
    int rc = PQputCopyData(reader->connection->pg, data, (int)length);

    if (rc < 0)
        aq__connection_lost(reader->connection, PQerrorMessage(reader->connection->pg));
    else if (rc == 0)
        aq__reader_fail(reader, AQ_ENOMEM, "bind '%s': copy in: out of memory for %zu bytes",
                        reader->pool->name, length);
    copy->unsent += length;
    copy->turned += length;
    return rc > 0;
}

static bool put_gathered(aq_copy_t *copy)
{
    size_t length = copy->gathered.length;
    bool good = length == 0 || put(copy, copy->gathered.data, length);

    aq_text_clear(&copy->gathered);
    return good;
}

static bool flush(aq_copy_t *copy)
{
    if (!aq__reader_flush(&copy->reader))
        return false;
    if (!copy->reader.blocked)
        copy->unsent = 0;
    return true;
}

static bool has_room(const aq_copy_t *copy)
{
    return copy->unsent < HIGH_WATER && copy->turned < HIGH_WATER;
}

static void let_writers_go_on(aq_copy_t *copy)
{
    if (!has_room(copy))
        return;
    if (copy->writing > 0)
        copy->reader.deadline = 0;
    complete_writers(copy, NULL);
}

/* The end of a turn. */
static void on_turn(aq__turn_t *turn)
{
    aq_copy_t *copy = AQ__CONTAINER_OF(turn, aq_copy_t, turn);

    if (copy->reader.state != AQ__READER_RUNNING || copy->end != NULL)
        return;
    if (!put_gathered(copy) || !flush(copy))
        return;
    copy->turned = 0;
    let_writers_go_on(copy);
    aq__reader_watch(&copy->reader, true);
}

/* In the midst of the data the server has nothing to say but notices, and that it is gone. */
static void go_on_writing(aq_copy_t *copy)
{
    (void)PQisBusy(copy->reader.connection->pg); /* takes the notices */
    if (!aq__reader_check(&copy->reader))
        return;
    if (!copy->reader.blocked)
        copy->unsent = 0;
    let_writers_go_on(copy);
    aq__reader_watch(&copy->reader, true);
}

/* ---- out ----------------------------------------------------------------------------------------------------------------------- */

static void give_piece(aq_copy_t *copy, char *data, size_t length)
{
    aq_op_t *op = copy->read;

    PQfreemem(copy->data);
    copy->data = data;
    copy->piece = (aq_bytes_t){.data = length > 0 ? data : "", .length = length};
    copy->read = NULL;
    copy->reader.deadline = 0;
    aq_op_complete(op, &copy->piece);
}

/* Gives who waits the next piece. True: there is none any more, what follows are results. */
static bool read_piece(aq_copy_t *copy)
{
    aq__reader_t *reader = &copy->reader;
    char *data;
    int length;

    if (copy->read == NULL) {
        aq__reader_watch(reader, false);
        return false;
    }
    length = PQgetCopyData(reader->connection->pg, &data, 1);
    if (length < 0) {
        reader->copying = AQ__COPYING_NOTHING;
        return true;
    }
    if (length > 0)
        give_piece(copy, data, (size_t)length);
    else if (!aq__reader_check(reader))
        return false;
    aq__reader_watch(reader, copy->read != NULL);
    return false;
}

/* ---- results -------------------------------------------------------------------------------------------------------------------- */

/* The server is ready for data, or has some. */
static bool begin_copying(aq_copy_t *copy, PGresult *result)
{
    copy->reader.copying = copy->in ? AQ__COPYING_IN : AQ__COPYING_OUT;
    copy->binary = PQbinaryTuples(result) == 1;
    copy->columns = PQnfields(result);
    PQclear(result);
    return aq__reader_opened(&copy->reader);
}

/* False: the copy does not run any more; it is touched no more. */
static bool take(aq_copy_t *copy, PGresult *result)
{
    ExecStatusType status = PQresultStatus(result);
    bool opening = copy->reader.query != NULL;

    if (result != NULL && opening && status == (copy->in ? PGRES_COPY_IN : PGRES_COPY_OUT))
        return begin_copying(copy, result);
    if (result != NULL && !opening && status == PGRES_COMMAND_OK) {
        if (copy->copied != NULL)
            *copy->copied = strtoull(PQcmdTuples(result), NULL, 10);
        PQclear(result);
        return true;
    }
    return aq__reader_take(&copy->reader, result);
}

static void step(aq__reader_t *reader)
{
    aq_copy_t *copy = (aq_copy_t *)reader;
    PGconn *pg = reader->connection->pg;

    for (;;) {
        if (reader->copying == AQ__COPYING_IN) {
            go_on_writing(copy);
            return;
        }
        if (reader->copying == AQ__COPYING_OUT && !read_piece(copy))
            return;
        if (PQisBusy(pg))
            break;
        if (!take(copy, PQgetResult(pg)))
            return;
    }
    if (aq__reader_check(reader))
        aq__reader_watch(reader, true);
}

static void end_with(aq_copy_t *copy, const aq_error_t *error)
{
    aq_op_t *op = copy->end;
    uint64_t *copied = copy->copied;

    copy->end = NULL;
    copy->copied = NULL;
    if (op != NULL && error == NULL) {
        aq_op_complete(op, copied);
        return;
    }
    aq__free(copied);
    if (op != NULL)
        aq_op_fail_with(op, error);
}

static void on_end(aq__reader_t *reader)
{
    aq_copy_t *copy = (aq_copy_t *)reader;
    aq_op_t *read = copy->read;

    aq__list_unlink(&copy->turn.link);
    complete_writers(copy, reader->error);
    end_with(copy, reader->error);
    if (read != NULL && reader->error == NULL) {
        give_piece(copy, NULL, 0);
    } else if (read != NULL) {
        copy->read = NULL;
        aq_op_fail_with(read, reader->error);
    }
    if (copy->orphan)
        aq__reader_close(reader);
}

static bool on_close(aq__reader_t *reader)
{
    static const char text[] = "it was closed while this was waited for";
    aq_copy_t *copy = (aq_copy_t *)reader;
    aq_op_t *read = copy->read;

    copy->read = NULL;
    if (read != NULL)
        aq__reader_refuse(reader, read, AQ_ECANCELED, "copy out: %s", text);
    copy->orphan = copy->end != NULL; /* its outcome is still told to who waits for it */
    for (size_t i = 0; i < copy->writing && !copy->orphan; i++)
        aq__reader_refuse(reader, copy->writers[i], AQ_ECANCELED, "copy in: %s", text);
    copy->writing = copy->orphan ? copy->writing : 0;
    return !copy->orphan;
}

static void free_copy(aq__reader_t *reader)
{
    aq_copy_t *copy = (aq_copy_t *)reader;

    aq__list_unlink(&copy->turn.link);
    aq_text_dispose(&copy->gathered);
    aq__free(copy->writers);
    aq__free(copy->copied);
    PQfreemem(copy->data);
    aq__free(copy);
}

static void init(aq__reader_t *reader)
{
    aq_copy_t *copy = (aq_copy_t *)reader;

    aq__turn_init(&copy->turn, on_turn);
    copy->in = reader->query->kind == AQ__QUERY_COPY_IN;
}

static const aq__reader_class_t copy_class = {
    .init = init, .step = step, .on_end = on_end, .on_close = on_close, .free = free_copy};

/* ---- the calls ------------------------------------------------------------------------------------------------------------------- */

static aq_op_t *open_copy(aq_pool_t *pool, aq_lane_t *lane, aq__query_kind_t kind, const char *sql)
{
    return aq__reader_open(pool, lane, kind, sizeof(aq_copy_t), &copy_class, sql, NULL);
}

aq_op_t *aq__pool_copy_in(aq_pool_t *pool, const char *sql)
{
    return open_copy(pool, NULL, AQ__QUERY_COPY_IN, sql);
}

aq_op_t *aq__pool_copy_out(aq_pool_t *pool, const char *sql)
{
    return open_copy(pool, NULL, AQ__QUERY_COPY_OUT, sql);
}

aq_op_t *aq_lane_copy_in(aq_lane_t *lane, const char *sql)
{
    return open_copy(lane->pool, lane, AQ__QUERY_COPY_IN, sql);
}

aq_op_t *aq_lane_copy_out(aq_lane_t *lane, const char *sql)
{
    return open_copy(lane->pool, lane, AQ__QUERY_COPY_OUT, sql);
}

static void dispose_count(void *value)
{
    aq__free(value);
}

/* The end is on its way: the real outcome tells. */
static bool cancel_end(aq_op_t *op, void *data)
{
    (void)op;
    (void)data;
    return false;
}

/* Nobody waits any more; the piece stays for the next who asks. */
static bool cancel_read(aq_op_t *op, void *data)
{
    aq_copy_t *copy = data;

    copy->read = NULL;
    copy->reader.deadline = 0;
    aq__reader_refuse(&copy->reader, op, AQ_ECANCELED, "copy out: canceled while it waited for data");
    return false;
}

static const aq_op_class_t write_class = {.name = "copy write"};
static const aq_op_class_t end_class = {.name = "copy end", .cancel = cancel_end, .dispose = dispose_count};
static const aq_op_class_t read_class = {.name = "copy read", .cancel = cancel_read};

/* Whether the op was failed because its copy takes nothing more. */
static bool refuses(const aq_copy_t *copy, aq_op_t *op)
{
    const aq__reader_t *reader = &copy->reader;

    if (aq_op_done(op))
        return true; /* no memory for it */
    if (!copy->in)
        aq__reader_refuse(reader, op, AQ_EINVAL, "copy out: it is read (aq_copy_read), not written");
    else if (reader->error != NULL)
        aq_op_fail_with(op, reader->error);
    else if (copy->end != NULL || reader->state != AQ__READER_RUNNING)
        aq__reader_refuse(reader, op, AQ_EINVAL, "copy in: its data was ended already (aq_copy_end)");
    else
        return false;
    return true;
}

/* Room for one more who waits, before anything is taken from it. */
static bool reserve_writer(aq_copy_t *copy, aq_op_t *op)
{
    size_t room = copy->room > 0 ? 2 * copy->room : 16;
    aq_op_t **more;

    if (copy->writing < copy->room)
        return true;
    more = aq__realloc(copy->writers, room * sizeof(*more));
    if (more == NULL) {
        aq__reader_refuse(&copy->reader, op, AQ_ENOMEM, "copy in: out of memory, nothing was taken");
        return false;
    }
    copy->writers = more;
    copy->room = room;
    return true;
}

/* Its bytes are taken: done now, or when there is room for more. */
static void finish_write(aq_copy_t *copy, aq_op_t *op)
{
    if (copy->writing == 0 && has_room(copy)) {
        aq_op_complete(op, NULL);
    } else {
        copy->writers[copy->writing++] = op;
        aq__reader_await(&copy->reader);
    }
    aq__turn_schedule(copy->reader.pool->loop, &copy->turn);
}

/* Takes the bytes. False: the copy does not run any more, and has an error. */
static bool take_bytes(aq_copy_t *copy, const char *data, size_t length)
{
    if (copy->gathered.length + length < PIECE) {
        aq_text_append_bytes(&copy->gathered, data, length);
        if (!copy->gathered.failed)
            return true;
        aq__reader_fail(&copy->reader, AQ_ENOMEM, "bind '%s': copy in: out of memory for %zu bytes",
                        copy->reader.pool->name, length);
        return false;
    }
    if (!put_gathered(copy))
        return false;
    for (; length > HIGH_WATER; length -= HIGH_WATER, data += HIGH_WATER)
        if (!put(copy, data, HIGH_WATER))
            return false;
    return put(copy, data, length);
}

aq_op_t *aq_copy_write(aq_copy_t *copy, const void *data, size_t length)
{
    aq_op_t *op = aq_op_create(copy->reader.pool->loop, &write_class, copy);

    if (refuses(copy, op))
        return op;
    if (copy->written == ROWS) {
        aq__reader_refuse(&copy->reader, op, AQ_EINVAL,
                          "copy in: aq_copy_write after aq_copy_write_row: it is one or the other");
        return op;
    }
    if (!reserve_writer(copy, op))
        return op;
    copy->written = BYTES;
    if (length == 0 || take_bytes(copy, data, length))
        finish_write(copy, op);
    else
        aq_op_fail_with(op, copy->reader.error);
    return op;
}

static const char header[19] = "PGCOPY\n\377\r\n"; /* signature, no flags, no extension */

/* What a row must be for this copy. False: the op was failed. */
static bool check_row(const aq_copy_t *copy, aq_op_t *op, const aq_arguments_t *row)
{
    size_t count = row != NULL ? row->count : 0;

    if (copy->written == BYTES)
        aq__reader_refuse(&copy->reader, op, AQ_EINVAL,
                          "copy in: aq_copy_write_row after aq_copy_write: it is one or the other");
    else if (!copy->binary)
        aq__reader_refuse(&copy->reader, op, AQ_EINVAL, "copy in: rows need a COPY with (format binary): %s",
                          aq__reader_sql(&copy->reader));
    else if (count != (size_t)copy->columns)
        aq__reader_refuse(&copy->reader, op, AQ_EARGUMENTS, "copy in: a row of %zu values for %d columns: %s",
                          count, copy->columns, aq__reader_sql(&copy->reader));
    else
        return true;
    return false;
}

/* Appends the row, with the header before the first. An error leaves no trace in the data. */
static int gather_row(aq_copy_t *copy, const aq_arguments_t *row)
{
    size_t before = copy->gathered.length;
    int rc = AQ_OK;

    if (copy->written == NOTHING_YET)
        aq_text_append_bytes(&copy->gathered, header, sizeof header);
    if (!copy->gathered.failed)
        rc = aq__encode_copy_row(row, &copy->gathered);
    if (rc == AQ_OK && copy->gathered.failed)
        rc = AQ_ENOMEM;
    if (rc == AQ_OK) {
        copy->written = ROWS;
        return AQ_OK;
    }
    copy->gathered.failed = false;
    copy->gathered.length = before;
    return rc;
}

aq_op_t *aq_copy_write_row(aq_copy_t *copy, const aq_arguments_t *row)
{
    aq_op_t *op = aq_op_create(copy->reader.pool->loop, &write_class, copy);

    if (refuses(copy, op) || !check_row(copy, op, row) || !reserve_writer(copy, op))
        return op;
    if (gather_row(copy, row) != AQ_OK)
        aq_op_fail_with(op, aq_last_error());
    else if (copy->gathered.length < PIECE || put_gathered(copy))
        finish_write(copy, op);
    else
        aq_op_fail_with(op, copy->reader.error);
    return op;
}

/* Sends what is left and the end. False: the copy does not run any more, and has an error. */
static bool send_end(aq_copy_t *copy)
{
    aq__reader_t *reader = &copy->reader;

    if (copy->binary && copy->written == NOTHING_YET && !take_bytes(copy, header, sizeof header))
        return false;
    if (copy->binary && copy->written != BYTES && !take_bytes(copy, "\377\377", 2))
        return false;
    if (!put_gathered(copy))
        return false;
    if (PQputCopyEnd(reader->connection->pg, NULL) != 1) {
        aq__connection_lost(reader->connection, PQerrorMessage(reader->connection->pg));
        return false;
    }
    reader->copying = AQ__COPYING_NOTHING;
    reader->uncertain = true;
    return true;
}

aq_op_t *aq_copy_end(aq_copy_t *copy)
{
    aq__reader_t *reader = &copy->reader;
    aq_op_t *op = aq_op_create(reader->pool->loop, &end_class, copy);

    if (refuses(copy, op))
        return op;
    copy->copied = aq__calloc(1, sizeof *copy->copied);
    if (copy->copied == NULL) {
        aq_op_fail_with(op, aq_last_error());
        return op;
    }
    if (!send_end(copy)) {
        aq_op_fail_with(op, reader->error);
        return op;
    }
    copy->end = op;
    aq__reader_await(reader);
    if (flush(copy))
        aq__reader_watch(reader, true);
    return op;
}

aq_op_t *aq_copy_read(aq_copy_t *copy)
{
    aq__reader_t *reader = &copy->reader;
    aq_op_t *op = aq_op_create(reader->pool->loop, &read_class, copy);

    if (aq_op_done(op))
        return op;
    if (copy->in || copy->read != NULL) {
        aq__reader_refuse(
            reader, op, AQ_EINVAL, "%s",
            copy->in ? "copy in: it is written (aq_copy_write), not read"
                     : "copy out: the piece asked for before has not come yet (one aq_copy_read at a time)");
        return op;
    }
    copy->read = op;
    if (reader->state == AQ__READER_OVER && reader->error == NULL) {
        give_piece(copy, NULL, 0);
    } else if (reader->state != AQ__READER_RUNNING) {
        copy->read = NULL;
        aq_op_fail_with(op, reader->error);
    } else {
        step(reader);
        if (copy->read == op) { /* nothing was there: look again */
            aq__reader_await(reader);
            (void)aq__connection_consume(reader->connection);
            step(reader);
        }
    }
    return op;
}

void aq_copy_close(aq_copy_t *copy)
{
    if (copy != NULL)
        aq__reader_close(&copy->reader);
}
