/* everywhere: the same step on every connection of a session at once.
 *
 * The happy path: each branch that is open gets a unit of its own, and the last answer ends the step. The failure mode: one that fails, whose error is kept until all have answered. */
#include "src/orm/everywhere.h"

#include <stdio.h>

static void on_one_answered(aq__work_t *work, void *data, aq_results_t *results, const aq_error_t *error)
{
    aq__everywhere_t *everywhere = (aq__everywhere_t *)(void *)work;

    (void)data;
    aq_results_close(results);
    if (error != NULL && everywhere->code == AQ_OK) {
        aq__fail_with(error);
        everywhere->code = error->code;
    }
    if (--everywhere->waiting == 0)
        everywhere->then(work, everywhere->code);
}

static void send_one(aq__work_t *work, aq__branch_t *branch, const char *sql)
{
    aq__everywhere_t *everywhere = (aq__everywhere_t *)(void *)work;
    aq_unit_t *unit = aq_unit_create();

    if (unit != NULL && branch->begin != NULL)
        aq_unit_add(unit, branch->begin, NULL);
    branch->begin = unit != NULL ? NULL : branch->begin;
    for (const char *end; unit != NULL && sql != NULL; sql = *end != '\0' ? end + 1 : NULL) {
        char one[96];

        end = strchrnul(sql, ';');
        snprintf(one, sizeof one, "%.*s", (int)(end - sql), sql);
        aq_unit_add(unit, one, NULL);
    }
    everywhere->waiting++;
    aq__session_send(work, branch, unit, NULL, NULL, on_one_answered);
}

void aq__everywhere_send(aq__work_t *work, aq__everywhere_cb sql, void (*then)(aq__work_t *work, int code))
{
    aq__everywhere_t *everywhere = (aq__everywhere_t *)(void *)work;
    aq_session_t *session = work->session;
    char buffer[96];

    everywhere->then = then;
    everywhere->waiting = 1;
    for (size_t i = 0; i < session->branch_count; i++) {
        aq__branch_t *branch = session->branches[i];
        const char *text = branch->state == AQ__BRANCH_OPEN ? sql(branch, buffer, sizeof buffer) : NULL;

        if (text != NULL)
            send_one(work, branch, text);
    }
    if (--everywhere->waiting == 0)
        then(work, everywhere->code);
}

aq_op_t *aq__everywhere_call(aq_session_t *session, const aq__work_class_t *work_class, aq_place_t place)
{
    aq__work_t *work = aq__work_create(session, work_class, sizeof(aq__everywhere_t), place);

    return work != NULL ? &work->op : aq__session_failed(session);
}
