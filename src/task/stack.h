/* Stacks for tasks, each with a guard page below, kept for the next task. */
#ifndef AQ_SRC_TASK_STACK_H
#define AQ_SRC_TASK_STACK_H

#include <stddef.h>

enum { AQ__STACKS_SPARE = 256 }; /* per loop; more are unmapped */

/* The head of the owner's structure, which lies at the top of the stack that this describes. */
typedef struct aq__stack {
    struct aq__stack *next; /* in the list of spares */
    void *mapping;
    size_t mapped; /* bytes, with the guard page */
    void *bottom;  /* right above the guard page */
    size_t usable; /* bytes from there up to this structure */
    unsigned valgrind_id;
} aq__stack_t;

/* The stacks of one loop. The one used last is taken first: its pages are warm. */
typedef struct aq__stacks {
    aq__stack_t *spares;
    size_t spare_count;
    size_t count;     /* in use and spare */
    size_t page_size; /* 0: not asked yet */
} aq__stacks_t;

/* A stack with at least `usable` bytes and `reserved` bytes for the owner's structure; NULL: aq_last_error(). */
aq__stack_t *aq__stack_take(aq__stacks_t *stacks, size_t usable, size_t reserved);
void aq__stack_give(aq__stacks_t *stacks, aq__stack_t *stack);
void aq__stack_free_spares(aq__stacks_t *stacks);

#endif
