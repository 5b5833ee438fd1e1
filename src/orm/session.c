/* session: opening, closing, and the queue of its work.
 *
 * The happy path: aq_session_open(); each asynchronous call queues a piece of work (aq__work_create); before the loop polls, on_turn() starts what may start, in order; each ends in
 * aq__work_done(), and the next turn goes on; aq_session_close() frees everything at once.
 *
 *     OPEN -> CLOSING (a write is on its way) -> (gone)
 *          -> ORPHANED (its context was closed): memory only, every call says AQ_ECLOSED
 *
 * The failure modes: no memory for the work: the op has failed; a session or context that is closed while work waits or runs: what waits fails, reads are dropped, a
 * flush or commit on its way ends as it ends. */
#include "src/orm/session.h"

#include <stdio.h>

#include "src/orm/get.h"
#include "src/orm/listeners.h"
#include "src/orm/load.h"
#include "src/orm/object_stream.h"
#include "src/orm/options.h"
#include "src/orm/record.h"

/* ---- Freed --------------------------------------------------------------------------------------------------------------------------- */

static void free_identities(aq_session_t *session)
{
    for (size_t i = 0; i < session->mappers->count; i++)
        if (session->identities[i] != NULL)
            aq__identity_dispose(session->identities[i]);
}

static void free_session(aq_session_t *session)
{
    if (session->identities != NULL)
        free_identities(session);
    aq__undo_forget(session);
    aq__objects_dispose(&session->pending);
    aq__objects_dispose(&session->doomed);
    aq__objects_dispose(&session->linked);
    aq__objects_dispose(&session->deleted);
    aq__free(session->flagged);
    aq__free(session->undo);
    aq__free(session->changes.items);
    aq__event_list_close(session->listening);
    aq__records_close(session->records);
    aq__free(session->failure_owned);
    aq_arena_close(session->arena);
    if (session->db != NULL)
        session->release_db(session->db);
    aq__free(session);
}

/* Nothing of it runs any more: its connections go back, and its engine does not know it any more. */
static void detach(aq_session_t *session)
{
    aq__engine_t *engine = session->engine;

    if (engine == NULL)
        return;
    for (size_t i = 0; i < session->branch_count; i++) {
        aq__branch_leave(session->branches[i]);
        aq__branch_close(session->branches[i]);
    }
    aq__list_unlink(&session->turn.link);
    aq__list_unlink(&session->link);
    session->engine = NULL;
    engine->release(engine);
}

static void detach_if_idle(aq_session_t *session)
{
    if (session->busy > 0 || !aq__list_empty(&session->running))
        return;
    detach(session);
    if (session->closing && session->runs == 0)
        free_session(session);
}

/* ---- Work ---------------------------------------------------------------------------------------------------------------------------- */

static void release_work(aq_op_t *op)
{
    aq__work_t *work = AQ__CONTAINER_OF(op, aq__work_t, op);

    if (work->work_class->release != NULL)
        work->work_class->release(work);
    aq_results_close(work->results);
    aq__free(work);
}

/* Its outcome, whenever it comes, is nothing to the work any more. */
static void drop_pending(aq__work_t *work)
{
    aq_op_close(work->pending);
    work->pending = NULL;
}

/* Nothing else will come back to it. Inside a callback of ours it may be about to go on: then it does. */
static bool can_stop(aq__work_t *work)
{
    return work->pending != NULL && work->session->busy == 0 &&
           (work->work_class->stop == NULL || work->work_class->stop(work));
}

/* Let go of reads at once, whether they can be stopped or not; a write that has begun ends as it ends. */
bool aq__work_cancel(aq_op_t *op, void *data)
{
    aq__work_t *work = data;

    (void)op;
    if (work->state == AQ__WORK_QUEUED) {
        aq__work_fail(work, AQ_ECANCELED, "%s: canceled", aq__work_name(work));
        return true;
    }
    if (work->state != AQ__WORK_RUNNING || !work->work_class->reads)
        return work->work_class->reads;
    if (!can_stop(work))
        return true;
    drop_pending(work);
    aq__work_fail(work, AQ_ECANCELED, "%s: canceled", aq__work_name(work));
    return true;
}

static void schedule(aq_session_t *session)
{
    aq__turn_schedule_early(session->loop, &session->turn);
}

aq__work_t *aq__work_create(aq_session_t *session, const aq__work_class_t *work_class, size_t size,
                            aq_place_t place)
{
    aq__work_t *work;

    if (session->engine == NULL || session->closing || session->orphaned) {
        aq__fail(AQ_ECLOSED, "%s: the %s is closed", work_class->op_class.name,
                 session->closing ? "session" : "session's context");
        return NULL;
    }
    if ((work = aq__calloc(1, size)) == NULL)
        return NULL;
    work->work_class = work_class;
    work->session = session;
    work->place = place;
    aq__list_init(&work->link);
    aq__op_init(&work->op, session->loop, &work_class->op_class, work, release_work);
    aq__list_append(&session->queue, &work->link);
    schedule(session);
    return work;
}

/* Unlinks it; the session, if that was waiting for it, may be gone after settle_session(). */
static aq_session_t *finish(aq__work_t *work)
{
    aq_session_t *session = work->session;

    aq__list_unlink(&work->link);
    if (work->state == AQ__WORK_RUNNING && !work->work_class->reads)
        session->writing--;
    work->state = AQ__WORK_DONE;
    work->session = NULL;
    if (work->work_class->free != NULL)
        work->work_class->free(work);
    return session;
}

static void go_on(aq_session_t *session)
{
    if (session->closing || session->orphaned)
        detach_if_idle(session);
    else if (!aq__list_empty(&session->queue))
        schedule(session);
}

void aq__work_done(aq__work_t *work, void *value)
{
    aq_session_t *session = finish(work);

    if (value != NULL)
        aq_op_complete(&work->op, value);
    else
        aq__op_complete_none(&work->op);
    go_on(session);
}

void aq__work_fail_with(aq__work_t *work, const aq_error_t *error)
{
    aq_error_t *copy = aq__error_copy(error); /* it may lie in what is freed now */
    aq_session_t *session = finish(work);

    if (copy != NULL)
        aq_op_fail_with(&work->op, copy);
    else
        aq_op_fail(&work->op, AQ_ENOMEM, "%s: out of memory", aq__work_name(work));
    aq__free(copy);
    go_on(session);
}

void aq__work_fail_last(aq__work_t *work)
{
    aq__work_fail_with(work, aq_last_error());
}

void aq__work_fail(aq__work_t *work, int code, const char *format, ...)
{
    va_list arguments;
    char message[1024];

    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    aq__fail(code, "%s", message);
    aq__work_fail_last(work);
}

int aq__work_refuse_control(const aq__work_t *work, const char *sql)
{
    return aq__fail(AQ_ETXCONTROL,
                    "%s: the session's transaction is for aq_begin(), aq_commit() and aq_rollback(): %s",
                    aq__work_name(work), sql);
}

aq_op_t *aq__session_failed(aq_session_t *session)
{
    return session->engine != NULL ? aq__op_failed(session->loop) : aq__op_failed_nowhere();
}

void aq__session_enter(aq_session_t *session)
{
    session->busy++;
}

static void end_running(aq_session_t *session);

/* It may have been closed in a callback meanwhile. */
void aq__session_leave(aq_session_t *session)
{
    if (session->busy == 1 && (session->closing || session->orphaned))
        end_running(session);
    session->busy--;
    if (session->closing || session->orphaned)
        detach_if_idle(session);
}

void aq__session_hold(aq_session_t *session)
{
    session->runs++;
}

void aq__session_release(aq_session_t *session)
{
    session->runs--;
    if (session->closing)
        detach_if_idle(session);
}

static void on_pending(aq_op_t *op, void *data)
{
    aq__work_t *work = data;
    aq_session_t *session = work->session;

    aq__session_enter(session);
    work->pending_then(work, op);
    aq__session_leave(session);
}

void aq__work_await(aq__work_t *work, aq_op_t *op, void (*then)(aq__work_t *work, aq_op_t *op))
{
    work->pending = op;
    work->pending_then = then;
    if (aq_then(op, on_pending, work) != AQ_OK)
        aq__work_fail_last(work);
}

/* ---- The turn ------------------------------------------------------------------------------------------------------------------------- */

static void refuse_inactive(aq__work_t *work)
{
    (void)aq__session_usable(work->session, aq__work_name(work));
    aq__work_fail_last(work);
}

static void set_running(aq__work_t *work)
{
    aq__list_unlink(&work->link);
    aq__list_append(&work->session->running, &work->link);
    work->state = AQ__WORK_RUNNING;
    if (!work->work_class->reads)
        work->session->writing++;
}

static void run(aq__work_t *work)
{
    aq_session_t *session = work->session;

    set_running(work);
    if (session->failure != NULL && !work->work_class->revives)
        refuse_inactive(work);
    else
        work->work_class->start(work);
}

/* Its siblings may start beside it now, and what is sent for all of them together is sent when they have. */
static void after_autoflush(aq__work_t *work, int code)
{
    aq_session_t *session = work->session;

    work->flushing = false;
    if (code != AQ_OK)
        aq__work_fail_with(work, session->failure != NULL ? session->failure : aq_last_error());
    else
        work->work_class->start(work);
    if (!session->closing && !session->orphaned)
        schedule(session);
}

/* A read before which something must be written is alone until that is done. */
static void flush_first(aq__work_t *work)
{
    set_running(work);
    work->flushing = true;
    aq__flush(work, false, after_autoflush);
}

/* `clean`: nothing was changed since it was looked at last, as between reads of one turn, however many. */
static bool must_flush(const aq__work_t *work, bool *clean)
{
    aq_session_t *session = work->session;

    if (!work->work_class->flushes || !session->autoflush || session->failure != NULL || *clean)
        return false;
    *clean = !aq__session_is_dirty(session);
    return !*clean;
}

/* What was started last flushes, or waits for its transaction's connection: nothing starts beside it. */
static bool is_preparing(const aq_session_t *session)
{
    const aq__list_t *last = session->running.prev;
    const aq__work_t *work = AQ__CONTAINER_OF(last, aq__work_t, link);

    return last != &session->running && (work->flushing || work->opening);
}

static void on_turn(aq__turn_t *turn)
{
    aq_session_t *session = AQ__CONTAINER_OF(turn, aq_session_t, turn);
    aq__list_t *node;
    bool clean = false;

    aq__session_enter(session);
    while ((node = aq__list_first(&session->queue)) != NULL && !session->closing && !session->orphaned) {
        aq__work_t *work = AQ__CONTAINER_OF(node, aq__work_t, link);
        const bool idle = aq__list_empty(&session->running);

        if (!idle && (!work->work_class->reads || is_preparing(session) || session->writing > 0))
            break;
        clean = clean && work->work_class->reads;
        if (!must_flush(work, &clean))
            run(work);
        else if (!idle)
            break;
        else
            flush_first(work);
    }
    if (!session->closing && !session->orphaned) {
        aq__gets_send(session);
        aq__loads_send(session);
    }
    aq__session_leave(session);
}

/* ---- Opened --------------------------------------------------------------------------------------------------------------------------- */

static int make_records(aq_session_t *session)
{
    const aq_session_options_t *options = &session->options;
    const unsigned n_plus_one = options->n_plus_one == AQ_ZERO ? 0
                                : options->n_plus_one == 0     ? 10
                                                               : (unsigned)options->n_plus_one;

    if (!session->engine->records)
        return AQ_OK;
    session->records = aq__records_create(options->record_limit != 0 ? (size_t)options->record_limit : 1000,
                                          n_plus_one, session->engine->redacts);
    return session->records != NULL ? AQ_OK : AQ_ENOMEM;
}

static int fill(aq_session_t *session)
{
    const aq_session_options_t *options = &session->options;
    const size_t count = session->mappers->count;

    session->autoflush = options->autoflush != AQ_OFF;
    session->tracks = options->track_modifications == AQ_UNSET ? session->engine->tracks
                                                               : options->track_modifications == AQ_ON;
    if ((session->arena = aq_arena_create()) == NULL ||
        (session->cohorts = aq_arena_calloc(session->arena, count + 1, sizeof(session->cohorts[0]))) ==
            NULL ||
        (session->identities = aq_arena_calloc(session->arena, count + 1, sizeof(session->identities[0]))) ==
            NULL)
        return AQ_ENOMEM;
    return make_records(session);
}

aq_session_t *aq__session_create(aq__engine_t *engine, const aq_session_options_t *options)
{
    static const aq_session_options_t none;
    aq_session_t *session;

    if (options == NULL)
        options = engine->setup != NULL ? &engine->setup->options : &none;
    if (aq__session_options_check("aq_session_open", options) != AQ_OK ||
        (session = aq__calloc(1, sizeof *session)) == NULL)
        return NULL;
    session->engine = engine;
    session->mappers = engine->mappers;
    session->loop = engine->loop;
    session->options = *options;
    session->number = ++engine->next_session;
    aq__list_init(&session->queue);
    aq__list_init(&session->running);
    aq__list_init(&session->streams);
    aq__turn_init(&session->turn, on_turn);
    aq__list_init(&session->link);
    if (fill(session) != AQ_OK) {
        free_session(session);
        aq__fail(AQ_ENOMEM, "aq_session_open: out of memory");
        return NULL;
    }
    aq__list_append(&engine->sessions, &session->link);
    engine->hold(engine);
    if (engine->db != NULL)
        engine->hold_db(engine->db);
    session->db = engine->db;
    session->release_db = engine->release_db;
    return session;
}

/* ---- Closed ---------------------------------------------------------------------------------------------------------------------------- */

static void end_queue(aq_session_t *session)
{
    aq__list_t *node;

    while ((node = aq__list_first(&session->queue)) != NULL) {
        aq__work_t *work = AQ__CONTAINER_OF(node, aq__work_t, link);

        aq__work_fail(work, AQ_ECLOSED, "%s: the session was closed", aq__work_name(work));
    }
}

/* Reads are dropped; a write that is on its way ends as it ends. */
static void end_running(aq_session_t *session)
{
    AQ__LIST_FOREACH_SAFE(node, &session->running) {
        aq__work_t *work = AQ__CONTAINER_OF(node, aq__work_t, link);

        if (work->flushing || work->opening || !work->work_class->reads)
            continue;
        drop_pending(work);
        aq__work_fail(work, AQ_ECLOSED, "%s: the session was closed", aq__work_name(work));
    }
}

static void end(aq_session_t *session, bool *flag)
{
    *flag = true;
    aq__session_enter(session);
    end_queue(session);
    aq__session_leave(session);
}

void aq_session_close(aq_session_t *session)
{
    if (session == NULL || session->closing)
        return;
    aq__object_streams_close(session);
    end(session, &session->closing);
}

void aq__session_orphan(aq_session_t *session)
{
    if (session->closing || session->orphaned)
        return;
    aq__object_streams_cut(session, "the session's context is closed");
    end(session, &session->orphaned);
}

/* ---- Looking at it ----------------------------------------------------------------------------------------------------------------------- */

aq_context_t *aq_session_context(const aq_session_t *session)
{
    return session->engine != NULL ? session->engine->context : NULL;
}

aq_loop_t *aq_session_loop(const aq_session_t *session)
{
    return session->engine != NULL ? session->loop : NULL;
}

aq_arena_t *aq_session_arena(aq_session_t *session)
{
    return session->arena;
}

void aq_session_set_data(aq_session_t *session, void *data)
{
    session->data = data;
}

void *aq_session_data(const aq_session_t *session)
{
    return session->data;
}

bool aq_session_is_active(const aq_session_t *session)
{
    return session->failure == NULL;
}

bool aq_session_autoflush(aq_session_t *session, bool on)
{
    const bool was = session->autoflush;

    session->autoflush = on;
    return was;
}

const aq__mapper_t *aq__session_mapper(aq_session_t *session, const aq_model_t *model)
{
    const size_t place = ((uintptr_t)model / sizeof(*model)) % AQ__ENGINE_KNOWN;
    const aq__mapper_t *mapper;

    if (session->engine == NULL)
        return aq__mappers_find(session->mappers, model);
    if (session->engine->known[place].model == model)
        return session->engine->known[place].mapper;
    if ((mapper = aq__mappers_find(session->engine->mappers, model)) != NULL) {
        session->engine->known[place].model = model;
        session->engine->known[place].mapper = mapper;
    }
    return mapper;
}

aq__cohort_t *aq__session_cohort(aq_session_t *session, const aq__mapper_t *mapper)
{
    aq__cohort_t *cohort = session->cohorts[mapper->index];
    aq__identity_t **identity = &session->identities[mapper->root->index];

    if (cohort != NULL)
        return cohort;
    if (*identity == NULL) {
        if ((*identity = aq_arena_calloc(session->arena, 1, sizeof **identity)) == NULL)
            return NULL;
        (*identity)->root = mapper->root;
    }
    if ((cohort = aq_arena_calloc(session->arena, 1, sizeof *cohort)) == NULL)
        return NULL;
    cohort->session = session;
    cohort->mapper = mapper;
    cohort->identity = *identity;
    cohort->snapshot_at = session->options.read_only ? 0 : mapper->object_size;
    return session->cohorts[mapper->index] = cohort;
}
