/* branch: what a session is on one bind: a pool, and from begin to commit or rollback a connection.
 *
 * The happy path: without a transaction reads and whole commits go to the pool as they are; aq__branch_open() takes a connection, the first unit begins with BEGIN, and
 * aq__branch_close() or a COMMIT in a unit ends it.
 *
 *     IDLE -> OPENING -> OPEN -> IDLE
 *
 * The failure modes: no connection in time; the connection is lost, after which everything on it fails with AQ_ELOST until the rollback; a session that is closed while it
 * waits for one. */
#include "src/orm/object_stream.h"
#include "src/orm/observer.h"
#include "src/orm/session.h"
#include "src/orm/settle.h"

/* ---- Found or made ----------------------------------------------------------------------------------------------------------------- */

static bool same_bind(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static int join(aq__branch_t *branch)
{
    const aq_session_options_t *options = &branch->session->options;

    if (options->lane == NULL || !same_bind(branch->bind, options->lane_bind))
        return AQ_OK;
    branch->lane = options->lane;
    branch->joined = true;
    return AQ_OK;
}

static aq__branch_t *add(aq_session_t *session, const char *bind, aq_pool_t *pool)
{
    aq__branch_t *branch = aq_arena_calloc(session->arena, 1, sizeof *branch);
    aq__branch_t **grown = aq__grow(session->arena, session->branches, session->branch_count, sizeof *grown);

    if (branch == NULL || grown == NULL)
        return NULL;
    session->branches = grown;
    branch->session = session;
    branch->pool = pool;
    branch->code = 1;
    if (bind != NULL && (branch->bind = aq_arena_strdup(session->arena, bind)) == NULL)
        return NULL;
    (void)join(branch);
    return grown[session->branch_count++] = branch;
}

aq__branch_t *aq__session_branch(aq_session_t *session, const char *bind)
{
    aq_pool_t *pool;

    for (size_t i = 0; i < session->branch_count; i++)
        if (same_bind(session->branches[i]->bind, bind))
            return session->branches[i];
    if (session->engine == NULL) {
        aq__fail(AQ_ECLOSED, "the session's context is closed");
        return NULL;
    }
    pool = session->engine->find_pool(session->engine, bind);
    return pool != NULL ? add(session, bind, pool) : NULL;
}

/* ---- Opened and closed -------------------------------------------------------------------------------------------------------------- */

static void cut_stream(aq__branch_t *branch)
{
    if (branch->stream == NULL)
        return;
    aq__fail(AQ_ECLOSED, "stream: the transaction that it was in has ended");
    aq__object_stream_cut(branch->stream);
}

static void ignore(aq_op_t *op, void *data)
{
    (void)op;
    (void)data;
}

void aq__branch_leave(aq__branch_t *branch)
{
    if (!branch->joined || branch->state != AQ__BRANCH_OPEN || branch->begin != NULL)
        return;
    cut_stream(branch);
    (void)aq_then(aq_lane_execute(branch->lane, "rollback to savepoint aq_session", NULL), ignore, NULL);
    (void)aq_then(aq_lane_execute(branch->lane, "release savepoint aq_session", NULL), ignore, NULL);
}

void aq__branch_close(aq__branch_t *branch)
{
    cut_stream(branch);
    if (!branch->joined) {
        aq_release(branch->lane);
        branch->lane = NULL;
    }
    branch->state = AQ__BRANCH_IDLE;
    branch->begin = NULL;
    branch->depth = 0;
}

typedef struct opening {
    aq__work_t *work;
    aq__branch_t *branch;
    const char *begin;
    void (*then)(aq__work_t *work, int code);
} opening_t;

static void opened(const opening_t *opening, aq_lane_t *lane, const aq_error_t *error)
{
    aq__branch_t *branch = opening->branch;

    branch->state = lane != NULL ? AQ__BRANCH_OPEN : AQ__BRANCH_IDLE;
    branch->lane = lane;
    branch->begin = lane != NULL ? opening->begin : NULL;
    if (lane == NULL)
        aq__fail_with(error);
    opening->then(opening->work, lane != NULL ? AQ_OK : aq_last_error()->code);
}

static void on_acquired(aq_op_t *op, void *data)
{
    opening_t opening = *(opening_t *)data;
    aq__branch_t *branch = opening.branch;
    aq_session_t *session = branch->session;
    aq_lane_t *lane = aq_op_code(op) == AQ_OK ? aq_op_take(op) : NULL;

    aq__free(data);
    opening.work->opening = false;
    aq__session_enter(session);
    opened(&opening, lane, aq_op_error(op));
    aq__session_leave(session);
}

static opening_t *opening_of(aq__work_t *work, aq__branch_t *branch, const char *begin,
                             void (*then)(aq__work_t *work, int code))
{
    opening_t *opening = aq__malloc(sizeof *opening);

    if (opening != NULL)
        *opening = (opening_t){work, branch, begin, then};
    return opening;
}

void aq__branch_open(aq__work_t *work, aq__branch_t *branch, const char *begin,
                     void (*then)(aq__work_t *work, int code))
{
    opening_t *opening;

    if (branch->state == AQ__BRANCH_OPEN) {
        then(work, AQ_OK);
        return;
    }
    if (branch->joined) {
        branch->state = AQ__BRANCH_OPEN;
        branch->begin = "savepoint aq_session";
        then(work, AQ_OK);
        return;
    }
    if ((opening = opening_of(work, branch, begin, then)) == NULL) {
        then(work, AQ_ENOMEM);
        return;
    }
    branch->state = AQ__BRANCH_OPENING;
    work->opening = true;
    if (aq_then(aq__pool_acquire(branch->pool), on_acquired, opening) != AQ_OK) {
        aq__free(opening);
        branch->state = AQ__BRANCH_IDLE;
        work->opening = false;
        then(work, aq_last_error()->code);
    }
}

/* ---- Reads -------------------------------------------------------------------------------------------------------------------------- */

static void on_rows(aq__work_t *work, aq_op_t *op)
{
    aq_rows_t *rows = aq_op_code(op) == AQ_OK ? aq_op_value(op) : NULL;

    aq__observe_end(work, rows, aq_op_error(op));
    work->rows_then(work, rows);
}

static void on_results(aq__work_t *work, aq_op_t *op)
{
    aq_results_t *results = aq_op_code(op) == AQ_OK ? aq_op_value(op) : NULL;
    aq_rows_t *rows = results != NULL ? aq_results_rows(results, aq_results_count(results) - 1) : NULL;

    aq__observe_end(work, rows, aq_op_error(op));
    work->rows_then(work, rows);
}

aq_rows_t *aq__work_take_rows(aq__work_t *work)
{
    if (work->in_unit) {
        work->results = aq_op_take(work->pending);
        return NULL;
    }
    return aq_op_take(work->pending);
}

/* The first statement of a transaction takes its BEGIN along. */
static aq_op_t *read_first(aq__branch_t *branch, const char *sql, const aq_arguments_t *arguments)
{
    aq_unit_t *unit = aq_unit_create();

    aq_unit_add(unit, branch->begin, NULL);
    aq_unit_add(unit, sql, arguments);
    branch->begin = NULL;
    return aq_lane_send(branch->lane, unit);
}

void aq__session_read(aq__work_t *work, aq__branch_t *branch, const char *sql,
                      const aq_arguments_t *arguments, bool plain,
                      void (*then)(aq__work_t *work, aq_rows_t *rows))
{
    const char *begin = branch->begin;
    aq_op_t *op;

    work->rows_then = then;
    work->in_unit = false;
    if (aq__branch_free(branch, aq__work_name(work)) != AQ_OK) {
        aq__work_await(work, aq__op_failed(work->session->loop), on_rows); /* others may wait for its rows */
        return;
    }
    aq__observe_begin(work, branch, sql, arguments);
    work->in_unit = branch->state == AQ__BRANCH_OPEN && branch->begin != NULL;
    if (work->in_unit) {
        op = read_first(branch, sql, arguments);
        if (aq_op_done(op)) /* it was refused: nothing has begun */
            branch->begin = begin;
        aq__work_await(work, op, on_results);
    } else if (branch->state == AQ__BRANCH_OPEN || branch->joined)
        aq__work_await(work, aq_lane_execute(branch->lane, sql, arguments), on_rows);
    else if (plain)
        aq__work_await(work, aq__pool_read(branch->pool, sql, arguments), on_rows);
    else
        aq__work_await(work, aq__pool_execute(branch->pool, sql, arguments), on_rows);
}

/* ---- Units -------------------------------------------------------------------------------------------------------------------------- */

aq_unit_t *aq__session_unit(aq__work_t *work, aq__branch_t *branch)
{
    aq_unit_t *unit = aq_unit_create();

    if (unit == NULL)
        return NULL;
    if (branch->state == AQ__BRANCH_OPEN && branch->begin != NULL) {
        aq_unit_add(unit, branch->begin, NULL);
        branch->taken = branch->begin;
        branch->begin = NULL;
    }
    aq__observe_unit(work, branch, unit);
    return unit;
}

/* For a unit that was made before its branch was open: BEGIN goes before it, in the same flush. Where that fails the unit does too. */
static void begin_first(aq__branch_t *branch)
{
    if (branch->state != AQ__BRANCH_OPEN || branch->begin == NULL)
        return;
    (void)aq_then(aq_lane_execute(branch->lane, branch->begin, NULL), ignore, NULL);
    branch->begin = NULL;
}

/* ---- Streams ------------------------------------------------------------------------------------------------------------------------ */

int aq__branch_free(const aq__branch_t *branch, const char *verb)
{
    if (branch->stream == NULL)
        return AQ_OK;
    return aq__fail(AQ_EINVAL,
                    "%s: a stream has the connection of the transaction on bind '%s': read it to its end or "
                    "close it first",
                    verb, branch->bind != NULL ? branch->bind : "default");
}

aq_op_t *aq__branch_stream(aq__branch_t *branch, const char *sql, const aq_arguments_t *arguments)
{
    begin_first(branch);
    return branch->state == AQ__BRANCH_OPEN ? aq_lane_stream(branch->lane, sql, arguments)
                                            : aq__pool_stream(branch->pool, sql, arguments);
}

/* ---- Units, sent --------------------------------------------------------------------------------------------------------------------- */

void aq__session_cut_streams(aq_session_t *session)
{
    for (size_t i = 0; i < session->branch_count; i++)
        cut_stream(session->branches[i]);
}

void aq__branch_put_back(aq__branch_t *branch)
{
    if (branch->taken != NULL)
        branch->begin = branch->taken;
    branch->taken = NULL;
}

typedef struct sent {
    aq__work_t *work;
    aq__branch_t *branch;
    void *data;
    void (*then)(aq__work_t *work, void *data, aq_results_t *results, const aq_error_t *error);
    aq__observed_t *observed;
} sent_t;

static void answer(void *data, aq_results_t *results, const aq_error_t *error)
{
    sent_t sent = *(sent_t *)data;
    aq_session_t *session = sent.work->session;

    aq__free(data);
    aq__session_enter(session);
    aq__observed_end(sent.observed, results, error);
    sent.then(sent.work, sent.data, results, error);
    aq__session_leave(session);
}

static void on_sent(aq_op_t *op, void *data)
{
    if (!aq__settle(((sent_t *)data)->branch, op, answer, data))
        answer(data, aq_op_code(op) == AQ_OK ? aq_op_take(op) : NULL, aq_op_error(op));
}

void aq__session_send(aq__work_t *work, aq__branch_t *branch, aq_unit_t *unit, aq__observed_t *observed,
                      void *data,
                      void (*then)(aq__work_t *work, void *data, aq_results_t *results,
                                   const aq_error_t *error))
{
    const bool is_free = aq__branch_free(branch, aq__work_name(work)) == AQ_OK;
    sent_t *sent = is_free ? aq__malloc(sizeof *sent) : NULL;
    aq_error_t *error;
    aq_op_t *op;

    if (sent == NULL) {
        error = aq__error_copy(aq_last_error()); /* events of records are the user's code */
        aq_unit_close(unit);
        aq__branch_put_back(branch);
        aq__observed_end(observed, NULL, error != NULL ? error : aq_last_error());
        then(work, data, NULL, error != NULL ? error : aq_last_error());
        aq__free(error);
        return;
    }
    *sent = (sent_t){work, branch, data, then, observed};
    begin_first(branch);
    op = branch->state == AQ__BRANCH_OPEN ? aq_lane_send(branch->lane, unit)
                                          : aq__pool_send(branch->pool, unit);
    if (aq_op_done(op) && aq_op_code(op) != AQ_OK) /* it was refused: nothing has begun */
        aq__branch_put_back(branch);
    branch->taken = NULL;
    if (aq_then(op, on_sent, sent) != AQ_OK) {
        aq__free(sent);
        aq__observed_end(observed, NULL, aq_last_error());
        then(work, data, NULL, aq_last_error());
    }
}
