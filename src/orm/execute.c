/* execute: a raw statement inside a session's transaction, in order with its other ops.
 *
 * The happy path: text and values are copied into a unit when the call is made; when its turn comes, what is pending is flushed, the session's transaction on that bind is begun where it is
 * not, and the unit goes through its connection; the rows live as long as the op.
 * The failure modes: transaction control, which is the session's; those of aq_unit_add(); the server's, after which the transaction is failed until aq_rollback(), as the server says. */
#include "src/orm/observer.h"
#include "src/orm/session.h"

typedef struct execution {
    aq__work_t work; /* first */
    aq__branch_t *branch;
    aq_unit_t *unit;
    struct aq__observed *observed;
    aq_results_t *results; /* until the op is closed */
} execution_t;

static void on_results(aq__work_t *work, void *data, aq_results_t *results, const aq_error_t *error)
{
    execution_t *execution = (execution_t *)(void *)work;

    (void)data;
    execution->results = results;
    if (error != NULL)
        aq__work_fail_with(work, error);
    else
        aq__work_done(work, aq_results_rows(results, 0));
}

static void on_open(aq__work_t *work, int code)
{
    execution_t *execution = (execution_t *)(void *)work;
    aq_unit_t *unit = execution->unit;

    if (code != AQ_OK) {
        aq__work_fail_last(work);
        return;
    }
    execution->unit = NULL;
    aq__session_send(work, execution->branch, unit, execution->observed, NULL, on_results);
}

static void start(aq__work_t *work)
{
    aq__branch_open(work, ((execution_t *)(void *)work)->branch, "begin", on_open);
}

static void free_unit(aq__work_t *work)
{
    execution_t *execution = (execution_t *)(void *)work;

    if (execution->unit == NULL)
        return;
    aq__observed_end(execution->observed, NULL, aq_last_error());
    aq_unit_close(execution->unit);
    execution->unit = NULL;
}

static void release(aq__work_t *work)
{
    aq_results_close(((execution_t *)(void *)work)->results);
}

static const aq__work_class_t execute_class = {AQ__WORK("execute"), .flushes = true, .start = start,
                                               .free = free_unit, .release = release};

aq_op_t *aq_session_execute_at(aq_session_t *session, const char *bind, const char *sql,
                               const aq_arguments_t *arguments, aq_place_t place)
{
    aq__branch_t *branch = aq__session_branch(session, bind);
    execution_t *execution;

    if (branch == NULL || (execution = (execution_t *)(void *)aq__work_create(
                               session, &execute_class, sizeof *execution, place)) == NULL)
        return aq__session_failed(session);
    execution->branch = branch;
    if (sql != NULL && aq__pool_use(branch->pool, sql) == AQ__SQL_CONTROLS) {
        aq__work_refuse_control(&execution->work, sql);
        aq__work_fail_last(&execution->work);
        return &execution->work.op;
    }
    if ((execution->unit = aq_unit_create()) != NULL)
        aq__observe_unit(&execution->work, branch, execution->unit);
    execution->observed = aq__observed_take(&execution->work);
    if (execution->unit == NULL || aq_unit_add(execution->unit, sql, arguments) < 0)
        aq__work_fail_last(&execution->work);
    return &execution->work.op;
}
