/* wait: runs the loop until an op is done, for programs that have nothing else to run it for.
 *
 * The happy path: the op gets a consumer that sets a flag, and uv_run() goes on until it is set.
 * The failure modes: a callback closes the op, or its loop: the wait ends with AQ_ECLOSED. The caller is already inside the loop, where nobody would ever run it again. Tasks and our own callbacks know; of a
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

typedef struct wait {
    void *value;
    bool done;
    bool closed;
} wait_t;

/* Everything that aq_wait() wants of the op: the rest of this turn may close it. */
void aq__on_waited(aq_op_t *op, void *data)
{
    wait_t *wait = data;

    wait->done = true;
    wait->value = op->value;
    op->then = NULL;
    aq_op_keep(op);
}

void aq__wait_orphan(void *data)
{
    wait_t *wait = data;

    wait->closed = true;
}

void *aq_wait(aq_op_t *op)
{
    const char *name = op->op_class->name;
    uv_loop_t *uv = op->loop->uv;
    wait_t wait = {.value = NULL};

    if (aq_task_current() != NULL || op->loop->depth > 0 || inside_uv_run()) {
        aq__fail(AQ_EDEADLK, "wait '%s': inside the loop", name);
        return NULL;
    }
    if (op->done)
        return op->value;
    if (aq_then(op, aq__on_waited, &wait) != AQ_OK)
        return NULL;
    while (!wait.done && !wait.closed)
        uv_run(uv, UV_RUN_ONCE);
    if (wait.closed)
        aq__fail(AQ_ECLOSED, "wait '%s': the op or its loop was closed meanwhile", name);
    return wait.value;
}
