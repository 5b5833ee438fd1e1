/* object_stream: any number of objects in the memory of a batch.
 *
 * The happy path: the query's statement runs as a stream of rows (wire), on the connection of the session's transaction or on one of its own. The rows of a batch become objects of a session that is nothing
 * but that batch: its memory is reset when the next one is asked for, it has an identity map of its own and keeps no record of how they were loaded.
 *
 *     OPEN -> ENDED     all rows were given, or an error came instead: told again to whoever asks again
 *          -> CUT       its transaction or its session's context ended before
 *
 * The failure modes: what cannot be loaded in batches; the statement fails in the middle, after batches that were given; it is closed, or the session is, while a batch is waited for. While a stream has the connection
 * of a transaction, nothing else can use that: it is refused (branch.c), because it would wait for a stream that waits for its reader. */
#include "src/orm/object_stream.h"

#include "src/orm/fetch.h"
#include "src/orm/gather.h"
#include "src/orm/observer.h"

struct aq_object_stream {
    aq__list_t link;       /* session->streams */
    aq_session_t *session; /* that was asked */
    aq__branch_t *branch;  /* whose transaction's connection it has; NULL: one of its own, or none any more */
    aq_stream_t *rows;     /* NULL: ended or cut */
    aq_arena_t *arena;     /* of the statement */
    aq__compiled_t compiled;
    aq_session_t batch; /* its arena has the objects */
    aq_objects_t objects;
    aq_op_t *lower;    /* the rows that are waited for, or that nobody has asked for again */
    aq_op_t *next;     /* who waits for their objects */
    aq_error_t *error; /* how it ended; NULL: well, or not yet */
};

/* ---- The batch ------------------------------------------------------------------------------------------------------------------------- */

static void reset_batch(aq_object_stream_t *stream)
{
    aq_session_t *batch = &stream->batch;

    for (size_t i = 0; i < batch->mappers->count; i++) {
        if (batch->identities[i] != NULL)
            aq__identity_dispose(batch->identities[i]);
        batch->identities[i] = NULL;
        batch->cohorts[i] = NULL;
    }
    aq_arena_reset(batch->arena);
    stream->objects = (aq_objects_t){0};
}

static int make_batch(aq_object_stream_t *stream)
{
    const aq_session_t *session = stream->session;
    const size_t count = session->mappers->count;
    aq_session_t *batch = &stream->batch;

    batch->engine = session->engine;
    batch->mappers = session->mappers;
    batch->loop = session->loop;
    batch->number = ++session->engine->next_session;
    batch->options.read_only = true;
    aq__list_init(&batch->streams);
    batch->arena = aq_arena_create();
    batch->cohorts = aq_arena_calloc(stream->arena, count + 1, sizeof batch->cohorts[0]);
    batch->identities = aq_arena_calloc(stream->arena, count + 1, sizeof batch->identities[0]);
    return batch->arena != NULL && batch->cohorts != NULL && batch->identities != NULL ? AQ_OK : AQ_ENOMEM;
}

/* They are nobody's: what was changed in them would be written nowhere. */
static void set_apart(const aq__gather_t *gather)
{
    for (size_t i = 0; i < gather->compiled->shape_count; i++)
        for (size_t k = 0; k < gather->shapes[i].count; k++)
            aq__object_set_status(gather->shapes[i].items[k], AQ_DETACHED);
}

static int gather_rows(aq_object_stream_t *stream, aq__gather_t *gather, aq_rows_t *rows)
{
    const aq__distinct_t *found = &gather->shapes[0];
    int code = AQ_OK;

    for (size_t row = 0; row < aq_rows_count(rows) && code == AQ_OK; row++)
        code = aq__gather_row(gather, rows, row);
    if (code == AQ_OK)
        code = aq__gather_end(gather);
    set_apart(gather);
    if (code != AQ_OK)
        return code;
    stream->objects.items =
        aq_arena_dup(stream->batch.arena, found->items, found->count * sizeof found->items[0]);
    stream->objects.count = found->count;
    return stream->objects.items != NULL ? AQ_OK : AQ_ENOMEM;
}

static int read_batch(aq_object_stream_t *stream, aq_rows_t *rows)
{
    aq__row_shape_t *shape = &stream->compiled.shapes[0];
    aq__gather_t gather;
    int code = AQ_OK;

    if (aq_rows_count(rows) == 0)
        return AQ_OK;
    if (shape->columns == NULL)
        code = aq__row_shape_find(shape, rows, stream->arena);
    if (code == AQ_OK)
        code = aq__gather_open(&gather, &stream->batch, stream->batch.arena, &stream->compiled);
    if (code != AQ_OK)
        return code;
    code = gather_rows(stream, &gather, rows);
    aq__gather_close(&gather);
    return code;
}

/* ---- The end ----------------------------------------------------------------------------------------------------------------------------- */

/* Its connection is free for others. */
static void let_go(aq_object_stream_t *stream)
{
    aq_op_close(stream->lower);
    stream->lower = NULL;
    aq_stream_close(stream->rows);
    stream->rows = NULL;
    if (stream->branch != NULL)
        stream->branch->stream = NULL;
    stream->branch = NULL;
}

static void free_stream(aq_object_stream_t *stream)
{
    let_go(stream);
    aq__list_unlink(&stream->link);
    if (stream->batch.arena != NULL && stream->batch.identities != NULL && stream->batch.cohorts != NULL)
        reset_batch(stream);
    aq_arena_close(stream->batch.arena);
    aq_arena_close(stream->arena);
    aq__free(stream->error);
    aq__free(stream);
}

static void fail_next(aq_object_stream_t *stream, const aq_error_t *error)
{
    aq_op_t *op = stream->next;

    stream->next = NULL;
    if (op != NULL)
        aq_op_fail_with(op, error);
}

static void end_with(aq_object_stream_t *stream, const aq_error_t *error)
{
    stream->error = aq__error_copy(error);
    let_go(stream);
    fail_next(stream, stream->error != NULL ? stream->error : aq_last_error());
}

void aq__object_stream_cut(aq_object_stream_t *stream)
{
    if (stream->rows != NULL)
        end_with(stream, aq_last_error());
}

void aq__object_streams_cut(aq_session_t *session, const char *why)
{
    AQ__LIST_FOREACH_SAFE(node, &session->streams) {
        aq__fail(AQ_ECLOSED, "stream: %s", why);
        aq__object_stream_cut(AQ__CONTAINER_OF(node, aq_object_stream_t, link));
    }
}

void aq_object_stream_close(aq_object_stream_t *stream)
{
    if (stream == NULL)
        return;
    aq__fail(AQ_ECANCELED, "stream: it was closed while its objects were waited for");
    fail_next(stream, aq_last_error());
    free_stream(stream);
}

void aq__object_streams_close(aq_session_t *session)
{
    aq__list_t *node;

    while ((node = aq__list_first(&session->streams)) != NULL)
        aq_object_stream_close(AQ__CONTAINER_OF(node, aq_object_stream_t, link));
}

/* ---- The next batch -------------------------------------------------------------------------------------------------------------------------- */

static void give(aq_object_stream_t *stream)
{
    aq_op_t *op = stream->next;

    stream->next = NULL;
    aq_op_complete(op, &stream->objects);
}

static void take_batch(aq_object_stream_t *stream, aq_op_t *op)
{
    aq_rows_t *rows = aq_op_code(op) == AQ_OK ? aq_op_value(op) : NULL;

    if (rows == NULL) {
        end_with(stream, aq_op_error(op));
    } else if (read_batch(stream, rows) != AQ_OK) {
        end_with(stream, aq_last_error());
    } else {
        if (aq_rows_count(rows) == 0)
            let_go(stream);
        give(stream);
    }
}

static void on_batch(aq_op_t *op, void *data)
{
    aq_object_stream_t *stream = data;

    if (stream->next == NULL) { /* it was canceled meanwhile */
        aq_op_keep(op);
        return;
    }
    stream->lower = NULL; /* closed when this returns */
    take_batch(stream, op);
}

/* Nobody waits any more; the rows that come stay for the next who asks. */
static bool on_cancel(aq_op_t *op, void *data)
{
    aq_object_stream_t *stream = data;

    stream->next = NULL;
    aq_op_fail(op, AQ_ECANCELED, "stream: canceled while it waited for objects");
    return false;
}

static const aq_op_class_t next_class = {.name = "stream next", .cancel = on_cancel};

static void take_kept(aq_object_stream_t *stream)
{
    aq_op_t *op = stream->lower;

    stream->lower = NULL;
    take_batch(stream, op);
    aq_op_close(op);
}

static void ask(aq_object_stream_t *stream)
{
    reset_batch(stream);
    if (stream->lower != NULL) {
        if (aq_op_done(stream->lower))
            take_kept(stream);
        return;
    }
    if (stream->error != NULL) {
        fail_next(stream, stream->error);
    } else if (stream->rows == NULL) {
        give(stream);
    } else {
        stream->lower = aq_stream_next(stream->rows);
        if (aq_then(stream->lower, on_batch, stream) != AQ_OK) {
            stream->lower = NULL;
            end_with(stream, aq_last_error());
        }
    }
}

aq_op_t *aq_object_stream_next(aq_object_stream_t *stream)
{
    aq_op_t *op;

    if (stream->session->engine == NULL) {
        aq__fail(AQ_ECLOSED, "stream: the session's context is closed");
        return aq__op_failed_nowhere();
    }
    op = aq_op_create(stream->session->loop, &next_class, stream);
    if (aq_op_done(op))
        return op; /* no memory for it */
    if (stream->next != NULL) {
        aq_op_fail(op, AQ_EINVAL,
                   "stream: the objects asked for before have not come yet (one aq_object_stream_next() at a "
                   "time)");
        return op;
    }
    stream->next = op;
    ask(stream);
    return op;
}

/* ---- Opening --------------------------------------------------------------------------------------------------------------------------------- */

typedef struct opening {
    aq__work_t work; /* first */
    aq_query_t *query;
    aq__branch_t *branch;
    aq_object_stream_t *stream; /* until it is the value */
} opening_t;

static int refuse_relation(const aq__relation_t *relation, const char *why)
{
    return aq__fail(AQ_EINVAL, "stream: '%s.%s' %s: aq_lazy_load(%s, %s) leaves it out",
                    relation->mapper->name, relation->name, why, relation->mapper->name, relation->name);
}

/* Whatever needs more than the rows of a batch. */
static int check(const aq__compiled_t *compiled)
{
    if (compiled->shape_count == 0)
        return aq__fail(AQ_EINVAL, "stream: the statement has no model: aq_stream() gives its rows");
    if (compiled->follow_count > 0)
        return refuse_relation(compiled->follows[0].relation, "comes by a statement of its own");
    for (size_t i = 0; i < compiled->joined_count; i++)
        if (compiled->joined[i].relation->many)
            return refuse_relation(compiled->joined[i].relation,
                                   "is a list, of which a batch may have a part only");
    return AQ_OK;
}

static aq_object_stream_t *create(aq_session_t *session)
{
    aq_object_stream_t *stream = aq__calloc(1, sizeof *stream);

    if (stream == NULL)
        return NULL;
    stream->session = session;
    aq__list_init(&stream->link);
    if ((stream->arena = aq_arena_create()) != NULL && make_batch(stream) == AQ_OK)
        return stream;
    free_stream(stream);
    return NULL;
}

static void on_opened(aq__work_t *work, aq_op_t *op)
{
    opening_t *opening = (opening_t *)(void *)work;
    aq_object_stream_t *stream = opening->stream;

    aq__observe_end(work, NULL, aq_op_error(op));
    if (aq_op_code(op) != AQ_OK) {
        aq__work_fail_with(work, aq_op_error(op));
        return;
    }
    opening->stream = NULL;
    stream->rows = aq_op_take(op);
    aq__list_append(&work->session->streams, &stream->link);
    aq__work_done(work, stream);
}

static void send_stream(aq__work_t *work, int code)
{
    opening_t *opening = (opening_t *)(void *)work;
    const aq__compiled_t *compiled = &opening->stream->compiled;

    if (code != AQ_OK || aq__branch_free(opening->branch, "stream") != AQ_OK) {
        aq__work_fail_last(work);
        return;
    }
    aq__observe_begin(work, opening->branch, compiled->sql, &compiled->arguments);
    if (opening->branch->state == AQ__BRANCH_OPEN) {
        opening->stream->branch = opening->branch;
        opening->branch->stream = opening->stream;
    }
    aq__work_await(work, aq__branch_stream(opening->branch, compiled->sql, &compiled->arguments), on_opened);
}

static void start(aq__work_t *work)
{
    opening_t *opening = (opening_t *)(void *)work;
    aq_object_stream_t *stream = opening->stream = create(work->session);

    if (stream == NULL ||
        aq__query_compile(opening->query, AQ__FORM_OBJECTS, stream->arena, &stream->compiled) != AQ_OK ||
        check(&stream->compiled) != AQ_OK)
        aq__work_fail_last(work);
    else
        aq__fetch_begin(work, opening->query, &stream->compiled, &opening->branch, send_stream);
}

static void free_opening(aq__work_t *work)
{
    opening_t *opening = (opening_t *)(void *)work;

    if (opening->stream != NULL)
        free_stream(opening->stream);
}

static const aq__work_class_t stream_class = {AQ__WORK("stream"), .reads = true, .flushes = true,
                                              .start = start, .free = free_opening};

aq_op_t *aq_query_stream(aq_query_t *query, aq_place_t place)
{
    opening_t *opening =
        (opening_t *)(void *)aq__work_create(query->session, &stream_class, sizeof *opening, place);

    if (opening == NULL)
        return aq__session_failed(query->session);
    opening->query = query;
    return &opening->work.op;
}
