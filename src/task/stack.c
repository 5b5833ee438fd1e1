/* stack: one mapping each, the guard page lowest, the owner's structure at the top.
 *
 * The happy path: the spare that was used last. Otherwise a new mapping: two system calls, and pages as they are touched.
 * The failure modes: no address space, or more mappings than vm.max_map_count allows (each stack is two). */
#include "src/task/stack.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "src/base/base.h"
#include "src/task/sanitizers.h"

/* Stacks whose tops lay at the same place of their pages would have the same few lines of the first cache for all their hot frames. So each begins
 * a little lower than the one before, within half a page: what a suspended task keeps still fits one. */
enum { COLOURS = 8, COLOUR = 256 };

/* Asked once per pool: sysconf() is not free. */
static size_t page_size(aq__stacks_t *stacks)
{
    if (stacks->page_size == 0)
        stacks->page_size = (size_t)sysconf(_SC_PAGESIZE);
    return stacks->page_size;
}

static size_t round_up(size_t size, size_t to)
{
    return (size + to - 1) / to * to;
}

static void unmap(aq__stacks_t *stacks, aq__stack_t *stack)
{
    stacks->count--;
    AQ__VALGRIND_FORGET_STACK(stack->valgrind_id);
    munmap(stack->mapping, stack->mapped);
}

static aq__stack_t *map(aq__stacks_t *stacks, size_t mapped, size_t reserved)
{
    size_t page = page_size(stacks);
    char *mapping = mmap(NULL, mapped, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
    aq__stack_t *stack;

    if (mapping == MAP_FAILED || mprotect(mapping, page, PROT_NONE) != 0) {
        aq__fail(
            AQ_ENOMEM,
            "map a task's stack of %zu bytes: %s (%zu are mapped; each counts twice for vm.max_map_count)",
            mapped, strerror(errno), stacks->count);
        if (mapping != MAP_FAILED)
            munmap(mapping, mapped);
        return NULL;
    }
    stacks->count++;
    stack =
        (aq__stack_t *)(void *)(mapping + mapped - round_up(reserved, 64) - stacks->count % COLOURS * COLOUR);
    stack->mapping = mapping;
    stack->mapped = mapped;
    stack->usable = (size_t)((char *)stack - mapping) - page;
    stack->bottom = mapping + page;
    stack->valgrind_id = AQ__VALGRIND_NOTE_STACK(stack->bottom, stack);
    return stack;
}

aq__stack_t *aq__stack_take(aq__stacks_t *stacks, size_t usable, size_t reserved)
{
    size_t page = page_size(stacks);
    size_t mapped = page + round_up(usable + round_up(reserved, 64) + (COLOURS - 1) * COLOUR, page);
    aq__stack_t *stack;

    while ((stack = stacks->spares) != NULL) {
        stacks->spares = stack->next;
        stacks->spare_count--;
        if (stack->mapped == mapped)
            return stack;
        unmap(stacks, stack); /* from before aq_task_set_stack_size() */
    }
    return map(stacks, mapped, reserved);
}

void aq__stack_give(aq__stacks_t *stacks, aq__stack_t *stack)
{
    AQ__ASAN_UNPOISON(stack->bottom, stack->usable); /* aq_task_exit() left frames behind */
    if (stacks->spare_count == AQ__STACKS_SPARE) {
        unmap(stacks, stack);
        return;
    }
    stack->next = stacks->spares;
    stacks->spares = stack;
    stacks->spare_count++;
}

void aq__stack_free_spares(aq__stacks_t *stacks)
{
    aq__stack_t *stack;

    while ((stack = stacks->spares) != NULL) {
        stacks->spares = stack->next;
        unmap(stacks, stack);
    }
    stacks->spare_count = 0;
}
