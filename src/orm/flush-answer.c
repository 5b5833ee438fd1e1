/* What becomes of a flush when its units are answered.
 *
 * The happy path: the last answer settles it (flush-settle.c); commits of several binds that are to be all or none are ended first (two_phase.c).
 * The failure modes: a unit that has failed: the session is failed (aq__session_break); one bind that has committed while another has not: what was kept is settled and told. */
#include "src/orm/flush.h"
#include "src/orm/partial.h"

/* ---- The end of it ---------------------------------------------------------------------------------------------------- */

static void free_results(aq__flush_t *flush)
{
    for (size_t i = 0; i < flush->part_count; i++)
        aq_results_close(flush->parts[i].results);
}

void aq__flush_end(aq__flush_t *flush, int code)
{
    aq__work_t *work = flush->work;
    void (*then)(aq__work_t *, int) = flush->then;

    free_results(flush);
    aq_arena_close(flush->arena);
    then(work, code);
}

void aq__session_break(aq_session_t *session, const aq_error_t *error)
{
    static const aq_error_t no_memory = {.code = AQ_ENOMEM, .message = "out of memory"};

    if (session->failure == NULL) {
        session->failure_owned = aq__error_copy(error);
        session->failure = session->failure_owned != NULL ? session->failure_owned : &no_memory;
    }
    if (session->depth == 0)
        for (size_t i = 0; i < session->branch_count; i++)
            if (!session->branches[i]->joined)
                aq__branch_close(session->branches[i]);
}

/* ---- Answers ------------------------------------------------------------------------------------------------------------ */

static const char *bind_name(const aq__branch_t *branch)
{
    return branch->bind != NULL ? branch->bind : "default";
}

static const aq__flush_share_t *part_that(const aq__flush_t *flush, bool failed)
{
    for (size_t i = 0; i < flush->part_count; i++)
        if (flush->parts[i].sent && (flush->parts[i].code != AQ_OK) == failed)
            return &flush->parts[i];
    return NULL;
}

/* The session is failed, and its rollback will expire what could not be kept. */
static void keep_committed(aq__flush_t *flush)
{
    aq_session_t *session = flush->session;
    int code;

    flush->partial = true;
    aq__partial_filter(&flush->set);
    code = session->tracks ? aq__announce_add(session, &flush->set) : AQ_OK;
    if (code == AQ_OK)
        code = aq__flush_settle(flush);
    aq__partial_keep(session);
    if (code != AQ_OK)
        aq_log(AQ_LOG_ERROR, "%s: a bind has committed, but what came back could not be kept: %s",
               aq__work_name(flush->work), aq_last_error()->message);
    aq__announce_after(session);
}

static void fail(aq__flush_t *flush)
{
    const aq__flush_share_t *failed = part_that(flush, true),
                            *committed = flush->commit ? part_that(flush, false) : NULL;
    aq_session_t *session = flush->session;

    if (committed != NULL && failed != NULL) {
        aq_error_t error = *flush->error;

        aq__fail(AQ_EPARTIALCOMMIT, "%s: bind '%s' has committed, bind '%s' has not: %s",
                 aq__work_name(flush->work), bind_name(committed->branch), bind_name(failed->branch),
                 flush->error->message);
        error.code = AQ_EPARTIALCOMMIT;
        error.message = aq_last_error()->message;
        aq__session_break(session, &error);
        keep_committed(flush);
    } else {
        aq__session_break(session, flush->error);
    }
    aq__flush_end(flush, flush->error->code);
}

static void finish(aq__flush_t *flush)
{
    aq_session_t *session = flush->session;
    int code;

    for (size_t i = 0; i < flush->part_count; i++) {
        aq__flush_share_t *part = &flush->parts[i];

        if (!flush->commit)
            continue;
        if (part->sent)
            part->branch->code = part->code;
        if (part->branch->state == AQ__BRANCH_OPEN && part->code == AQ_OK) /* begun or not */
            aq__branch_close(part->branch);
    }
    if (flush->error != NULL) {
        fail(flush);
        return;
    }
    code = aq__flush_settle_all(flush);
    if (code != AQ_OK)
        aq__session_break(session, aq_last_error());
    aq__flush_end(flush, code);
}

/* A bind that could not be ended as it was to be. */
static void note_left(aq__flush_t *flush, aq__flush_share_t *part)
{
    const aq_error_t *left = part->participant->error;
    aq_error_t error = *left;

    part->code = left->code;
    if (flush->error == NULL) {
        flush->error = left;
        return;
    }
    error.message = aq_arena_printf(flush->arena, "%s; %s", flush->error->message, left->message);
    flush->error = error.message != NULL ? aq__error_dup(flush->arena, &error) : left;
}

/* A PREPARE that was in doubt is not, once the transaction was found and rolled back. */
static void note_none_kept(aq__flush_t *flush)
{
    aq_error_t error;

    if (flush->error == NULL || flush->error->code != AQ_ECOMMITUNKNOWN)
        return;
    for (size_t i = 0; i < flush->all.count; i++)
        if (flush->all.items[i]->error != NULL)
            return;
    error = *flush->error;
    error.code = AQ_ELOST;
    error.message = aq_arena_printf(flush->arena, "%s; it was not: it was found prepared, and rolled back",
                                    flush->error->message);
    if (error.message != NULL && (flush->error = aq__error_dup(flush->arena, &error)) == NULL)
        flush->error = aq_last_error();
}

/* All have committed, or none, but for those that are left. */
static void on_ended(void *data)
{
    aq__flush_t *flush = data;
    aq_session_t *session = flush->session;
    int code;

    note_none_kept(flush);
    code = flush->error != NULL ? flush->error->code : AQ_OK;
    aq__session_enter(session);
    for (size_t i = 0; i < flush->part_count; i++) {
        aq__flush_share_t *part = &flush->parts[i];

        if (part->participant == NULL)
            continue;
        if (part->code == AQ_OK || (part->participant->doubtful && part->participant->error == NULL))
            part->code = code != AQ_ECOMMITUNKNOWN ? code : AQ_ECANCELED;
        if (part->participant->error != NULL)
            note_left(flush, part);
    }
    finish(flush);
    aq__session_leave(session);
}

void aq__flush_answered(aq__flush_t *flush)
{
    if (flush->all.count > 0)
        aq__two_phase_end(&flush->all, flush->error == NULL, on_ended, flush);
    else
        finish(flush);
}

static void note_prepared(aq__flush_share_t *part)
{
    if (part->participant == NULL)
        return;
    part->participant->prepared = part->code == AQ_OK;
    part->participant->doubtful = part->code == AQ_ECOMMITUNKNOWN;
}

/* COMMIT of a transaction in which a statement has failed is no error to the server: it says that it has rolled back. */
static const aq_error_t *find_rollback(const aq__flush_t *flush, aq_results_t *results)
{
    const size_t count = results != NULL ? aq_results_count(results) : 0;

    if (!flush->commit || count == 0 ||
        strcmp(aq_rows_command(aq_results_rows(results, count - 1)), "ROLLBACK") != 0)
        return NULL;
    aq__fail(AQ_EINACTIVE,
             "%s: the server has rolled the transaction back, since a statement in it had failed",
             aq__work_name(flush->work));
    return aq_last_error();
}

void aq__flush_on_answer(aq__work_t *work, void *data, aq_results_t *results, const aq_error_t *error)
{
    aq__flush_share_t *part = data;
    aq__flush_t *flush = part->flush;

    (void)work;
    part->results = results;
    if (error == NULL)
        error = find_rollback(flush, results);
    part->code = error != NULL ? error->code : AQ_OK;
    note_prepared(part);
    if (error != NULL && flush->error == NULL) {
        const aq_error_t *explained = aq__plan_explain(&part->plan, error);

        flush->error = aq__error_dup(flush->arena, explained != NULL ? explained : error);
        if (flush->error == NULL)
            flush->error = aq_last_error();
    }
    if (--flush->waiting == 0)
        aq__flush_answered(flush);
}
