/* transaction: flush, begin, commit and rollback of a session.
 *
 * The happy path: aq_commit() announces, flushes and commits in one unit for each bind (flush.c); what was loaded before is expired then. aq_begin() takes a connection.
 *
 * The failure modes: a veto, or an event that fails: nothing is sent, and the session goes on; a flush that fails: nothing but a rollback is done any more. */
#include "src/orm/everywhere.h"
#include "src/orm/listeners.h"

/* ---- Flush --------------------------------------------------------------------------------------------------------------------------------- */

void aq__work_fail_flushed(aq__work_t *work)
{
    const aq_error_t *failure = work->session->failure;

    aq__work_fail_with(work, failure != NULL ? failure : aq_last_error());
}

static void on_flushed(aq__work_t *work, int code)
{
    if (code != AQ_OK)
        aq__work_fail_flushed(work);
    else
        aq__work_done(work, work->session);
}

static void start_flush(aq__work_t *work)
{
    aq__flush(work, false, on_flushed);
}

static const aq__work_class_t flush_class = {AQ__WORK("flush"), .start = start_flush};

static aq_op_t *call(aq_session_t *session, const aq__work_class_t *work_class, aq_place_t place)
{
    aq__work_t *work = aq__work_create(session, work_class, sizeof *work, place);

    return work != NULL ? &work->op : aq__session_failed(session);
}

aq_op_t *aq_session_flush(aq_session_t *session, aq_place_t place)
{
    return call(session, &flush_class, place);
}

/* ---- Commit --------------------------------------------------------------------------------------------------------------------------------- */

static void set_deleted_apart(aq_session_t *session)
{
    for (size_t i = 0; i < session->deleted.count; i++) {
        if (aq__object_status(session->deleted.items[i]) != AQ_DELETED)
            continue; /* a savepoint brought it back */
        aq__object_set_status(session->deleted.items[i], AQ_DETACHED);
        aq__object_mark(session->deleted.items[i], AQ__STATE_GONE);
    }
    session->deleted.count = 0;
}

static void on_committed(aq__work_t *work, int code)
{
    aq_session_t *session = work->session;

    if (code != AQ_OK) {
        aq__work_fail_flushed(work);
        return;
    }
    session->depth = 0;
    session->age++;
    set_deleted_apart(session);
    aq__undo_forget(session);
    aq__announce_after(session);
    (void)aq__session_event(session, AQ_AFTER_COMMIT);
    aq__work_done(work, session);
}

static void start_commit(aq__work_t *work)
{
    aq_session_t *session = work->session;

    for (size_t i = 0; i < session->branch_count; i++)
        session->branches[i]->code = 1;
    if (aq__announce_before(session) != AQ_OK || aq__session_event(session, AQ_BEFORE_COMMIT) != AQ_OK)
        aq__work_fail_last(work);
    else
        aq__flush(work, true, on_committed);
}

static const aq__work_class_t commit_class = {AQ__WORK("commit"), .start = start_commit};

aq_op_t *aq_session_commit(aq_session_t *session, aq_place_t place)
{
    return call(session, &commit_class, place);
}

/* ---- Rollback -------------------------------------------------------------------------------------------------------------------------------- */

void aq__session_revive(aq_session_t *session)
{
    aq__free(session->failure_owned);
    session->failure_owned = NULL;
    session->failure = NULL;
}

static void finish_rollback(aq__work_t *work, int code)
{
    aq_session_t *session = work->session;

    (void)code;
    for (size_t i = 0; i < session->branch_count; i++)
        aq__branch_close(session->branches[i]);
    aq__undo_back(session, true);
    aq__session_revive(session);
    session->deleted.count = 0;
    session->depth = 0;
    session->age++;
    (void)aq__session_event(session, AQ_AFTER_ROLLBACK);
    aq__work_done(work, session);
}

static const char *joined_rollback(aq__branch_t *branch, char *buffer, size_t size)
{
    (void)buffer;
    (void)size;
    return branch->joined && branch->begin == NULL
               ? "rollback to savepoint aq_session;release savepoint aq_session"
               : NULL;
}

static void start_rollback(aq__work_t *work)
{
    aq__session_cut_streams(work->session);
    aq__everywhere_send(work, joined_rollback, finish_rollback);
}

static const aq__work_class_t rollback_class = {AQ__WORK("rollback"), .revives = true,
                                                .start = start_rollback};

aq_op_t *aq_session_rollback(aq_session_t *session, aq_place_t place)
{
    return aq__everywhere_call(session, &rollback_class, place);
}

/* ---- Begin ----------------------------------------------------------------------------------------------------------------------------------- */

typedef struct beginning {
    aq__work_t work;
    aq__branch_t *branch;
    aq_begin_options_t options;
} beginning_t;

/* What follows was to be in it, and need not have waited for this. */
/* What was read before is not of this transaction: it is loaded anew when it is met in it. */
static void on_begun(aq__work_t *work, int code)
{
    if (code == AQ_OK)
        work->session->age++;
    if (code == AQ_OK) {
        aq__work_done(work, work->session);
        return;
    }
    aq__session_break(work->session, aq_last_error());
    aq__work_fail_flushed(work);
}

static const char *isolation_text(aq_isolation_t isolation)
{
    switch (isolation) {
    case AQ_ISOLATION_DEFAULT: return "";
    case AQ_READ_COMMITTED: return " isolation level read committed";
    case AQ_REPEATABLE_READ: return " isolation level repeatable read";
    case AQ_SERIALIZABLE: return " isolation level serializable";
    }
    return "";
}

static const char *begin_text(const beginning_t *beginning)
{
    const aq_begin_options_t *options = &beginning->options;

    return aq_arena_printf(beginning->work.session->arena, "begin%s%s%s", isolation_text(options->isolation),
                           options->read_only ? " read only" : "", options->deferrable ? " deferrable" : "");
}

static void start_begin(aq__work_t *work)
{
    beginning_t *beginning = (beginning_t *)(void *)work;
    aq__branch_t *branch = beginning->branch;
    const char *text;

    if (branch->state != AQ__BRANCH_IDLE) {
        aq__work_fail(work, AQ_EINVAL, "begin: a transaction has begun on bind '%s' already",
                      branch->bind != NULL ? branch->bind : "default");
        return;
    }
    if ((text = begin_text(beginning)) == NULL)
        aq__work_fail_last(work);
    else
        aq__branch_open(work, branch, text, on_begun);
}

static const aq__work_class_t begin_class = {AQ__WORK("begin"), .start = start_begin};

aq_op_t *aq_begin(aq_session_t *session, const aq_begin_options_t *options)
{
    aq__branch_t *branch = aq__session_branch(session, options != NULL ? options->bind : NULL);
    beginning_t *beginning;

    if (branch == NULL)
        return aq__session_failed(session);
    beginning = (beginning_t *)(void *)aq__work_create(session, &begin_class, sizeof *beginning,
                                                       (aq_place_t){"<unknown>", ""});
    if (beginning == NULL)
        return aq__session_failed(session);
    beginning->branch = branch;
    if (options != NULL)
        beginning->options = *options;
    return &beginning->work.op;
}

/* ---- Looking at it ---------------------------------------------------------------------------------------------------------------------------- */

bool aq_session_in_transaction(const aq_session_t *session)
{
    for (size_t i = 0; i < session->branch_count; i++)
        if (session->branches[i]->state == AQ__BRANCH_OPEN)
            return true;
    return false;
}

int aq_session_bind_code(const aq_session_t *session, const char *bind)
{
    for (size_t i = 0; i < session->branch_count; i++)
        if (aq__same_text(session->branches[i]->bind, bind))
            return session->branches[i]->code;
    return 1;
}

const char *aq_session_bind(const aq_session_t *session, const aq_model_t *model)
{
    const aq__mapper_t *mapper = aq__mappers_find(session->mappers, model);

    return mapper != NULL ? mapper->bind : NULL;
}
