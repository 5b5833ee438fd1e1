/* savepoint: transactions inside a session's transaction.
 *
 * The happy path: aq_begin_nested() flushes, sets a savepoint on each connection of the session and marks its place in memory (undo.c); aq_commit_nested() flushes and releases, aq_rollback_nested() goes
 * back, on the server and in memory. Savepoints are called aq_1, aq_2 ... by their depth.
 * The failure modes: no savepoint; a flush that fails, of which only a rollback to the savepoint, or of everything, makes the session usable again. */
#include <stdio.h>

#include "src/orm/everywhere.h"
#include "src/orm/listeners.h"

static const char *savepoint(aq__branch_t *branch, char *buffer, size_t size)
{
    snprintf(buffer, size, "savepoint aq_%u", branch->session->depth + 1);
    return buffer;
}

static void on_savepoint(aq__work_t *work, int code)
{
    aq_session_t *session = work->session;

    if (code == AQ_OK)
        code = aq__undo_mark(session);
    if (code != AQ_OK) {
        aq__session_break(session, aq_last_error());
        aq__work_fail_flushed(work);
        return;
    }
    session->depth++;
    for (size_t i = 0; i < session->branch_count; i++)
        if (session->branches[i]->state == AQ__BRANCH_OPEN)
            session->branches[i]->depth = session->depth;
    aq__work_done(work, session);
}

static void set_savepoints(aq__work_t *work, int code)
{
    if (code == AQ_OK) {
        aq__everywhere_send(work, savepoint, on_savepoint);
        return;
    }
    aq__session_break(work->session, aq_last_error()); /* what follows was to be in it */
    aq__work_fail_flushed(work);
}

/* Where nothing is open yet the default bind's transaction begins, so that there is something to go back to. */
static void on_nested_flushed(aq__work_t *work, int code)
{
    aq_session_t *session = work->session;
    aq__branch_t *branch;

    if (code != AQ_OK) {
        aq__work_fail_flushed(work);
        return;
    }
    for (size_t i = 0; i < session->branch_count; i++) {
        if (session->branches[i]->state == AQ__BRANCH_OPEN) {
            set_savepoints(work, AQ_OK);
            return;
        }
    }
    if ((branch = aq__session_branch(session, session->options.lane_bind)) == NULL)
        aq__work_fail_last(work);
    else
        aq__branch_open(work, branch, "begin", set_savepoints);
}

static void start_begin_nested(aq__work_t *work)
{
    aq__flush(work, false, on_nested_flushed);
}

static const char *release_savepoint(aq__branch_t *branch, char *buffer, size_t size)
{
    if (branch->depth < branch->session->depth)
        return NULL;
    snprintf(buffer, size, "release savepoint aq_%u", branch->depth);
    return buffer;
}

static void on_released(aq__work_t *work, int code)
{
    aq_session_t *session = work->session;

    if (code != AQ_OK) {
        aq__session_break(session, aq_last_error());
        aq__work_fail_flushed(work);
        return;
    }
    aq__undo_release(session);
    for (size_t i = 0; i < session->branch_count; i++)
        if (session->branches[i]->state == AQ__BRANCH_OPEN && session->branches[i]->depth == session->depth)
            session->branches[i]->depth--;
    session->depth--;
    aq__work_done(work, session);
}

static void on_nested_commit_flushed(aq__work_t *work, int code)
{
    if (code != AQ_OK)
        aq__work_fail_flushed(work);
    else
        aq__everywhere_send(work, release_savepoint, on_released);
}

static bool refuse_without_savepoint(aq__work_t *work)
{
    if (work->session->depth > 0)
        return false;
    aq__work_fail(work, AQ_EINVAL, "%s: there is no savepoint: aq_begin_nested() it first",
                  aq__work_name(work));
    return true;
}

static void start_commit_nested(aq__work_t *work)
{
    if (!refuse_without_savepoint(work))
        aq__flush(work, false, on_nested_commit_flushed);
}

static const char *back_to_savepoint(aq__branch_t *branch, char *buffer, size_t size)
{
    if (branch->depth < branch->session->depth)
        return NULL;
    snprintf(buffer, size, "rollback to savepoint aq_%u;release savepoint aq_%u", branch->depth,
             branch->depth);
    branch->depth--;
    return buffer;
}

static void on_back(aq__work_t *work, int code)
{
    aq_session_t *session = work->session;

    session->depth--;
    aq__undo_back(session, false);
    aq__session_revive(session);
    aq_expire_all(session);
    if (code != AQ_OK) {
        aq__session_break(session, aq_last_error());
        aq__work_fail_flushed(work);
        return;
    }
    (void)aq__session_event(session, AQ_AFTER_ROLLBACK);
    aq__work_done(work, session);
}

/* A transaction that was begun after the savepoint goes as a whole. */
static void start_rollback_nested(aq__work_t *work)
{
    aq_session_t *session = work->session;

    if (refuse_without_savepoint(work))
        return;
    for (size_t i = 0; i < session->branch_count; i++)
        if (session->branches[i]->state == AQ__BRANCH_OPEN && session->branches[i]->depth < session->depth &&
            !session->branches[i]->joined)
            aq__branch_close(session->branches[i]);
    aq__session_cut_streams(session);
    aq__everywhere_send(work, back_to_savepoint, on_back);
}

static const aq__work_class_t begin_nested_class = {AQ__WORK("begin_nested"), .start = start_begin_nested};
static const aq__work_class_t commit_nested_class = {AQ__WORK("commit_nested"), .start = start_commit_nested};
static const aq__work_class_t rollback_nested_class = {AQ__WORK("rollback_nested"), .revives = true,
                                                       .start = start_rollback_nested};

static const aq_place_t nowhere = {"<unknown>", ""};

aq_op_t *aq_begin_nested(aq_session_t *session)
{
    return aq__everywhere_call(session, &begin_nested_class, nowhere);
}

aq_op_t *aq_commit_nested(aq_session_t *session)
{
    return aq__everywhere_call(session, &commit_nested_class, nowhere);
}

aq_op_t *aq_rollback_nested(aq_session_t *session)
{
    return aq__everywhere_call(session, &rollback_nested_class, nowhere);
}
