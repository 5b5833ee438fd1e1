/* deep: a call on a big stack.
 *
 * The happy path: the process's spare stack is taken, the thread switches to it as to a task's, and back when the call returns. Two
 * threads at a time: the second maps a stack for itself, and the spare that is found when giving back is unmapped. The failure modes:
 * no address space. */
#include "src/task/deep.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "src/base/base.h"
#include "src/task/stack.h"
#include "src/task/switch.h"

enum { KEPT = 64 * 1024 }; /* bytes of a spare that stay in memory: what a statement of usual size needs */

typedef struct deep {
    aq__stack_t stack; /* first: the pool of stacks finds it there */
    void (*cb)(void *data);
    void *data;
    aq__switch_t context;
} deep_t;

static _Atomic(aq__stack_t *) spare;

static void run(void *data)
{
    deep_t *deep = data;

    deep->cb(deep->data);
    aq__switch_leave(&deep->context);
    abort(); /* not reached: nobody switches here again */
}

static deep_t *take(void)
{
    aq__stacks_t stacks = {.count = 0};
    aq__stack_t *stack = atomic_exchange(&spare, NULL);

    if (stack == NULL)
        stack = aq__stack_take(&stacks, AQ__DEEP_STACK, sizeof(deep_t));
    return (deep_t *)stack;
}

static void give_back(deep_t *deep)
{
    aq__stack_t *stack = &deep->stack;
    aq__stacks_t stacks = {.count = 1, .spare_count = 1};

    AQ__ASAN_UNPOISON(stack->bottom, stack->usable);
    madvise(stack->bottom, stack->usable - KEPT, MADV_DONTNEED);
    stack->next = NULL;
    stacks.spares = atomic_exchange(&spare, stack);
    aq__stack_free_spares(&stacks);
}

int aq__call_deep(void (*cb)(void *data), void *data)
{
    deep_t *deep = take();

    if (deep == NULL)
        return AQ_ENOMEM;
    deep->cb = cb;
    deep->data = data;
    aq__switch_init(&deep->context, deep->stack.bottom, deep->stack.usable, run, deep);
    aq__switch_to_task(&deep->context);
    aq__switch_dispose(&deep->context);
    give_back(deep);
    return AQ_OK;
}
