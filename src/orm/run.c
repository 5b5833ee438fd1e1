/* run: a piece of work and its commit, again where that may help.
 *
 * The happy path: a task calls the work, then commits; the op is done.
 *
 *     WORKING -> COMMITTING -> done
 *        |            |
 *        +-- error ---+--> rolled back -> (may succeed the next time, tries left) a moment's pause -> WORKING
 *                                      -> done, with the error
 *
 * The failure modes: no memory for the task; the op is canceled, which ends what the task awaits; the session is closed meanwhile: the work is not called any more, and the
 * session's memory stays until the task has ended. */
#include "src/orm/session.h"

typedef struct run {
    aq_op_t *op;
    aq_session_t *session;
    aq_work_cb work;
    void *data;
    int retries;
    aq_op_t *task;
    aq_error_t *error; /* of the last try */
} run_t;

static void remember(run_t *run, const aq_error_t *error)
{
    aq__free(run->error);
    run->error = aq__error_copy(error);
}

static void ignore(aq_op_t *op, void *data)
{
    (void)op;
    (void)data;
}

/* AQ_OK, or the code of run->error. */
static int try_once(run_t *run)
{
    aq_op_t *commit;
    int code;

    if (run->session->closing || run->session->orphaned)
        code = aq__fail(AQ_ECLOSED, "run: the %s is closed",
                        run->session->closing ? "session" : "session's context");
    else
        code = run->work(run->session, run->data);
    if (code != AQ_OK) {
        if (aq_last_error()->code != code)
            aq__fail(code, "run: the work failed: %s", aq_strerror(code));
        remember(run, aq_last_error());
        return code;
    }
    commit = aq_commit(run->session);
    if (aq_await(commit) != NULL) {
        aq_op_close(commit);
        return AQ_OK;
    }
    code = aq_op_code(commit);
    remember(run, aq_op_error(commit) != NULL ? aq_op_error(commit) : aq_last_error());
    aq_op_close(commit);
    return code < 0 ? code : AQ_ECANCELED;
}

/* Full jitter, doubled with each try. */
static uint64_t pause_of(int attempt)
{
    const uint64_t most = (uint64_t)10 << (attempt < 7 ? attempt : 7);

    return 1 + aq__hash(&(uint64_t){uv_hrtime()}, sizeof(uint64_t)) % most;
}

static void *run_task(void *data)
{
    run_t *run = data;

    for (int attempt = 0;; attempt++) {
        const int code = try_once(run);

        if (code == AQ_OK)
            return run->session;
        (void)aq_then(aq_rollback(run->session), ignore,
                      NULL); /* what follows comes after it; done in any case */
        if (!aq_error_retryable(code) || attempt >= run->retries || aq_task_canceled())
            return NULL;
        if (aq_await(aq_sleep(run->session->loop, pause_of(attempt))) == NULL)
            return NULL;
    }
}

static void dispose(run_t *run)
{
    aq__session_release(run->session);
    aq__free(run->error);
    aq__free(run);
}

static void on_ended(aq_op_t *task, void *data)
{
    run_t *run = data;

    if (aq_op_code(task) != AQ_OK)
        aq_op_fail_with(run->op, run->error != NULL ? run->error : aq_op_error(task));
    else if (run->error != NULL && aq_op_value(task) != run->session)
        aq_op_fail_with(run->op, run->error);
    else
        aq_op_complete(run->op, run->session);
    dispose(run);
}

static bool on_cancel(aq_op_t *op, void *data)
{
    (void)op;
    aq_cancel(((run_t *)data)->task);
    return false; /* it ends with what the commit ends with */
}

static const aq_op_class_t run_class = {.name = "run", .cancel = on_cancel};

static run_t *create(aq_session_t *session, aq_work_cb work, void *data, int retries)
{
    run_t *run = aq__calloc(1, sizeof *run);

    if (run == NULL)
        return NULL;
    *run = (run_t){.session = session, .work = work, .data = data, .retries = retries};
    run->op = aq_op_create(session->loop, &run_class, run);
    aq__session_hold(session);
    return run;
}

aq_op_t *aq_run(aq_session_t *session, aq_work_cb work, void *data, int retries)
{
    aq_op_t *op;
    run_t *run;

    if (work == NULL || retries < 0) {
        aq__fail(AQ_EINVAL, work == NULL ? "run: no work (NULL)" : "run: retries must be at least 0");
        return aq__session_failed(session);
    }
    if (session->engine == NULL || session->orphaned) {
        aq__fail(AQ_ECLOSED, "run: the session's context is closed");
        return aq__op_failed_nowhere();
    }
    if ((run = create(session, work, data, retries)) == NULL)
        return aq__session_failed(session);
    op = run->op;
    run->task = aq_spawn(session->loop, run_task, run);
    if (aq_then(run->task, on_ended, run) != AQ_OK) {
        aq_op_fail_with(op, aq_last_error());
        dispose(run);
    }
    return op;
}
