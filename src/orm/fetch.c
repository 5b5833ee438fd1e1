/* fetch: queries that are run.
 *
 * The happy path: when its turn comes, and what was pending is flushed, the query becomes a statement; its rows become objects, with what was joined to them (gather.c); relationships that
 * come along by statements of their own follow (load.c); then the op is done. What is no objects, the rows themselves are.
 *
 * The failure modes: what was wrong with the query all the time; a lock without a transaction; the statement fails; more rows than asked for. */
#include "src/orm/fetch.h"

#include "src/orm/load.h"
#include "src/orm/observer.h"

/* What is wanted of a query: the op's name, the form of its statement, and how many rows tell all there is to know (-1: as many as there are). */
#define WANTS(X)                              \
    X(ALL, "all", OBJECTS, -1)                \
    X(FIRST, "first", OBJECTS, 1)             \
    X(ONE, "one", OBJECTS, 2)                 \
    X(ONE_OR_NONE, "one_or_none", OBJECTS, 2) \
    X(COUNT, "count", COUNT, -1)              \
    X(ANY, "any", ANY, -1)                    \
    X(TUPLES, "tuples", COLUMNS, -1)          \
    X(SCALAR, "scalar", COLUMNS, 2)           \
    X(JSON, "json", JSON, -1)

typedef enum want {
#define ROW(NAME, name, FORM, enough) WANT_##NAME,
    WANTS(ROW)
#undef ROW
} want_t;

static const struct {
    aq__query_form_t form;
    int64_t enough;
} wants[] = {
#define ROW(NAME, name, FORM, enough) [WANT_##NAME] = {AQ__FORM_##FORM, enough},
    WANTS(ROW)
#undef ROW
};

typedef struct fetch {
    aq__loading_t loading; /* first */
    aq_query_t *query;
    want_t want;
    aq__compiled_t compiled;
    aq__branch_t *branch;
    aq_objects_t objects;
    aq_objects_t *result; /* the same, in the session's arena */
    aq_rows_t *rows;      /* until the op is closed */
    union {
        int64_t count;
        bool any;
        aq_cell_t cell;
        aq_bytes_t bytes;
    } value;
} fetch_t;

/* ---- Objects --------------------------------------------------------------------------------------------------------------------------- */

static void finish_objects(aq__work_t *work, int code)
{
    fetch_t *fetch = (fetch_t *)(void *)work;
    const aq_objects_t *objects = &fetch->objects;
    void *first = objects->count > 0 ? objects->items[0] : NULL;

    if (code != AQ_OK)
        aq__work_fail_last(work);
    else if (fetch->want == WANT_ALL)
        aq__work_done(work, fetch->result);
    else if (fetch->want == WANT_ONE && first == NULL)
        aq__work_fail(work, AQ_ENOROW, "one: no row was found when one was required");
    else if (fetch->want != WANT_FIRST && objects->count > 1)
        aq__work_fail(work, AQ_EMANYROWS, "%s: multiple rows were found when exactly one was required",
                      aq__work_name(work));
    else
        aq__work_done(work, first);
}

/* The list outlives the op where the manual says so: it is the session's. */
static int keep_objects(fetch_t *fetch, const aq__gather_t *gather)
{
    aq_arena_t *arena = fetch->loading.work.session->arena;
    const aq__distinct_t *found = &gather->shapes[0];
    aq_objects_t *result = aq_arena_alloc(arena, sizeof *result);
    void **items = result != NULL ? aq_arena_dup(arena, found->items, found->count * sizeof *items) : NULL;

    if (items == NULL)
        return AQ_ENOMEM;
    fetch->objects = *result = (aq_objects_t){items, found->count};
    fetch->result = result;
    return AQ_OK;
}

static int gather_rows(fetch_t *fetch, aq__gather_t *gather, aq_rows_t *rows)
{
    int code = AQ_OK;

    for (size_t row = 0; row < aq_rows_count(rows) && code == AQ_OK; row++)
        code = aq__gather_row(gather, rows, row);
    if (code == AQ_OK)
        code = aq__gather_end(gather);
    if (code == AQ_OK)
        code = keep_objects(fetch, gather);
    return code == AQ_OK ? aq__loading_follow(&fetch->loading, gather, fetch->query) : code;
}

/* Of one's own SQL: by the columns' names. */
static int find_columns(const fetch_t *fetch, aq_rows_t *rows)
{
    aq__row_shape_t *shape = fetch->compiled.shape_count > 0 ? &fetch->compiled.shapes[0] : NULL;

    if (shape == NULL)
        return aq__fail(AQ_EINVAL, "%s: the statement has no model: aq_tuples() gives its rows",
                        aq__work_name(&fetch->loading.work));
    return shape->columns == NULL ? aq__row_shape_find(shape, rows, fetch->loading.arena) : AQ_OK;
}

static void read_objects(fetch_t *fetch, aq_rows_t *rows)
{
    aq__work_t *work = &fetch->loading.work;
    aq__gather_t gather;
    int code = find_columns(fetch, rows);

    if (code == AQ_OK)
        code = aq__gather_open(&gather, work->session, fetch->loading.arena, &fetch->compiled);
    if (code == AQ_OK) {
        gather.meeting = fetch->query->lock != AQ_LOCK_NONE ? AQ__MEETS_NEWER : AQ__MEETS_EXPIRED;
        code = gather_rows(fetch, &gather, rows);
        aq__gather_close(&gather);
    }
    if (code != AQ_OK)
        aq__work_fail_last(work);
    else
        aq__loading_run(&fetch->loading, finish_objects);
}

/* ---- Other values ----------------------------------------------------------------------------------------------------------------------- */

/* The rows stay with the op: they are taken from the one that is closed when this callback returns. */
static void take_rows(fetch_t *fetch)
{
    fetch->rows = aq__work_take_rows(&fetch->loading.work);
}

static void read_scalar(fetch_t *fetch, aq_rows_t *rows)
{
    aq__work_t *work = &fetch->loading.work;

    if (aq_rows_count(rows) > 1) {
        aq__work_fail(work, AQ_EMANYROWS, "scalar: multiple rows were found when exactly one was required");
    } else if (aq_rows_count(rows) == 0) {
        aq__work_done(work, NULL);
    } else {
        take_rows(fetch);
        fetch->value.cell = aq_cell(rows, 0, 0);
        aq__work_done(work, &fetch->value.cell);
    }
}

static void read_json(fetch_t *fetch, aq_rows_t *rows)
{
    aq__work_t *work = &fetch->loading.work;
    const aq_cell_t cell = aq_cell(rows, 0, 0);
    const char *text;

    take_rows(fetch);
    text = aq_as_text(cell);
    fetch->value.bytes = (aq_bytes_t){text != NULL ? text : "[]", text != NULL ? aq_as_text_length(cell) : 2};
    aq__work_done(work, &fetch->value.bytes);
}

static void on_rows(aq__work_t *work, aq_rows_t *rows)
{
    fetch_t *fetch = (fetch_t *)(void *)work;

    if (rows == NULL) {
        aq__work_fail_with(work, aq_op_error(work->pending));
        return;
    }
    switch (fetch->want) {
    case WANT_ALL:
    case WANT_FIRST:
    case WANT_ONE:
    case WANT_ONE_OR_NONE: read_objects(fetch, rows); break;
    case WANT_COUNT:
        fetch->value.count = aq_as_int8(aq_cell(rows, 0, 0));
        aq__work_done(work, &fetch->value.count);
        break;
    case WANT_ANY:
        fetch->value.any = aq_as_bool(aq_cell(rows, 0, 0));
        aq__work_done(work, &fetch->value.any);
        break;
    case WANT_TUPLES:
        take_rows(fetch);
        aq__work_done(work, rows);
        break;
    case WANT_SCALAR: read_scalar(fetch, rows); break;
    case WANT_JSON: read_json(fetch, rows); break;
    }
}

/* ---- Run ---------------------------------------------------------------------------------------------------------------------------------- */

static int compile(fetch_t *fetch)
{
    aq_query_t *query = fetch->query;
    const int64_t limit = query->limit, most = wants[fetch->want].enough;
    int code = aq__loading_open(&fetch->loading);

    if (code != AQ_OK)
        return code;
    if (most >= 0 && (limit < 0 || limit > most))
        query->limit = most;
    code = aq__query_compile(query, wants[fetch->want].form, fetch->loading.arena, &fetch->compiled);
    query->limit = limit;
    return code;
}

static int check_lock(const aq__work_t *work, const aq_query_t *query, const aq__branch_t *branch)
{
    if (query->lock == AQ_LOCK_NONE || branch->state == AQ__BRANCH_OPEN)
        return AQ_OK;
    return aq__fail(AQ_EINVAL, "%s: rows are locked until the end of a transaction: aq_begin() one first",
                    aq__work_name(work));
}

/* What may write is part of the session's transaction. */
void aq__fetch_begin(aq__work_t *work, const aq_query_t *query, const aq__compiled_t *compiled,
                     aq__branch_t **branch, void (*then)(aq__work_t *work, int code))
{
    aq__sql_use_t use = AQ__SQL_READS; /* those that queries make */

    if ((*branch = aq__session_branch(work->session, compiled->bind)) == NULL ||
        check_lock(work, query, *branch) != AQ_OK) {
        then(work, aq_last_error()->code);
        return;
    }
    if (query->sql != NULL)
        use = aq__pool_use((*branch)->pool, compiled->sql);
    switch (use) {
    case AQ__SQL_READS: then(work, AQ_OK); break;
    case AQ__SQL_WRITES: aq__branch_open(work, *branch, "begin", then); break;
    case AQ__SQL_CONTROLS: then(work, aq__work_refuse_control(work, compiled->sql)); break;
    }
}

static void send_fetch(aq__work_t *work, int code)
{
    fetch_t *fetch = (fetch_t *)(void *)work;

    if (code != AQ_OK)
        aq__work_fail_last(work);
    else
        aq__session_read(work, fetch->branch, fetch->compiled.sql, &fetch->compiled.arguments,
                         fetch->compiled.reads, on_rows);
}

static void start(aq__work_t *work)
{
    fetch_t *fetch = (fetch_t *)(void *)work;

    if (compile(fetch) != AQ_OK)
        aq__work_fail_last(work);
    else
        aq__fetch_begin(work, fetch->query, &fetch->compiled, &fetch->branch, send_fetch);
}

static void release(aq__work_t *work)
{
    aq_rows_close(((fetch_t *)(void *)work)->rows);
}

static const aq__work_class_t classes[] = {
#define ROW(NAME, name, FORM, enough)                                                                 \
    [WANT_##NAME] = {                                                                                 \
        AQ__WORK(name),    .reads = true, .flushes = true, .start = start, .free = aq__loading_close, \
        .release = release},
    WANTS(ROW)
#undef ROW
};
#undef WANTS

static aq_op_t *fetch(aq_query_t *query, want_t want, aq_place_t place)
{
    fetch_t *made = (fetch_t *)(void *)aq__work_create(query->session, &classes[want], sizeof *made, place);

    if (made == NULL)
        return aq__session_failed(query->session);
    made->query = query;
    made->want = want;
    return &made->loading.work.op;
}

aq_op_t *aq_query_all(aq_query_t *query, aq_place_t place)
{
    return fetch(query, WANT_ALL, place);
}

aq_op_t *aq_query_first(aq_query_t *query, aq_place_t place)
{
    return fetch(query, WANT_FIRST, place);
}

aq_op_t *aq_query_one(aq_query_t *query, aq_place_t place)
{
    return fetch(query, WANT_ONE, place);
}

aq_op_t *aq_query_one_or_none(aq_query_t *query, aq_place_t place)
{
    return fetch(query, WANT_ONE_OR_NONE, place);
}

aq_op_t *aq_query_count(aq_query_t *query, aq_place_t place)
{
    return fetch(query, WANT_COUNT, place);
}

aq_op_t *aq_query_any(aq_query_t *query, aq_place_t place)
{
    return fetch(query, WANT_ANY, place);
}

aq_op_t *aq_query_tuples(aq_query_t *query, aq_place_t place)
{
    return fetch(query, WANT_TUPLES, place);
}

aq_op_t *aq_query_scalar(aq_query_t *query, aq_place_t place)
{
    return fetch(query, WANT_SCALAR, place);
}

aq_op_t *aq_query_json(aq_query_t *query, aq_place_t place)
{
    return fetch(query, WANT_JSON, place);
}
