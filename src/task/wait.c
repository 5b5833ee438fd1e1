/* wait: runs the loop until an op is done, for programs that have nothing else to run it for.
 *
 * The happy path: the op gets a consumer that sets a flag, and uv_run() goes on until it is set.
 * The failure mode: the caller is already inside the loop, where nobody would ever run it again. Tasks and our own callbacks know; of a
 * callback that libuv called for somebody else (a user's timer) only the stack tells, so it is searched for uv_run(). That costs
 * microseconds, which a wait can afford. */
#include <dlfcn.h>
#include <string.h>
#include <unwind.h>

#include "src/task/loop.h"

/* By address for a static libuv, by name where a program's own idea of uv_run's address is an entry of its linkage table. */
static bool is_uv_run(uintptr_t start)
{
    Dl_info info;

    if (start == (uintptr_t)uv_run)
        return true;
    return dladdr((void *)start, &info) != 0 && info.dli_sname != NULL &&
           strcmp(info.dli_sname, "uv_run") == 0;
}

static _Unwind_Reason_Code look_at_frame(struct _Unwind_Context *frame, void *data)
{
    bool *found = data;

    *found = is_uv_run((uintptr_t)_Unwind_GetRegionStart(frame));
    return *found ? _URC_END_OF_STACK : _URC_NO_REASON;
}

static bool inside_uv_run(void)
{
    bool found = false;

    _Unwind_Backtrace(look_at_frame, &found);
    return found;
}

static void on_done(aq_op_t *op, void *data)
{
    bool *done = data;

    *done = true;
    aq_op_keep(op);
}

void *aq_wait(aq_op_t *op)
{
    aq_loop_t *loop = op->loop;
    const bool farewell = aq__op_is_farewell(op);
    const char *name = op->op_class->name;
    bool done = false;

    if (aq_task_current() != NULL || loop->depth > 0 || inside_uv_run()) {
        aq__fail(AQ_EDEADLK, "wait '%s': inside the loop", op->op_class->name);
        return NULL;
    }
    if (op->done)
        return op->value;
    if (aq_then(op, on_done, &done) != AQ_OK)
        return NULL;
    for (uv_loop_t *uv = loop->uv; !done && (farewell || aq__loop_is_open(loop));)
        uv_run(uv, UV_RUN_ONCE);
    if (!farewell && !aq__loop_is_open(loop)) { /* the op went with it */
        aq__fail(AQ_ECLOSED, "wait '%s': the loop was closed meanwhile", name);
        return NULL;
    }
    op->then = NULL;
    return op->value;
}
