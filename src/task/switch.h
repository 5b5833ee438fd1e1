/* switch: from the loop's stack to a task's and back. For task.c and deep.c only, inline because
 * it is what a task switch costs.
 *
 * Boost.Context's C symbols where configure found them (a dozen instructions), ucontext elsewhere or with AQ__UCONTEXT defined
 * (two system calls: it also saves the signal mask). */
#ifndef AQ_SRC_TASK_SWITCH_H
#define AQ_SRC_TASK_SWITCH_H

#include <stddef.h>
#include <stdint.h>

#include "src/task/sanitizers.h"

#if !defined(AQ_HAVE_FCONTEXT) && !defined(AQ__UCONTEXT)
#define AQ__UCONTEXT 1
#endif

#ifdef AQ__UCONTEXT
#include <ucontext.h>
#else
/* Boost.Context documentation, "Implementations: fcontext_t"; the library has no C header. */
typedef void *fcontext_t;
typedef struct {
    fcontext_t fctx; /* where the one who jumped here stopped */
    void *data;
} transfer_t;
fcontext_t make_fcontext(void *top, size_t size, void (*entry)(transfer_t transfer));
transfer_t jump_fcontext(fcontext_t to, void *data);
#endif

typedef struct aq__switch {
    void (*entry)(void *data); /* never returns: it ends with aq__switch_leave() */
    void *data;
#ifdef AQ__UCONTEXT
    ucontext_t task, resumer;
#else
    fcontext_t task, resumer;
#endif
#ifdef AQ__ASAN
    const void *bottom, *resumer_bottom;
    size_t size, resumer_size;
#endif
#ifdef AQ__TSAN
    void *fiber, *resumer_fiber;
#endif
} aq__switch_t;

/* Before a jump: to the task, back, or (last) back for good. */
static inline void aq__switch_announce_task(aq__switch_t *self, void **fake_stack)
{
#ifdef AQ__ASAN
    __sanitizer_start_switch_fiber(fake_stack, self->bottom, self->size);
#endif
#ifdef AQ__TSAN
    self->resumer_fiber = __tsan_get_current_fiber();
    __tsan_switch_to_fiber(self->fiber, 0);
#endif
    (void)self, (void)fake_stack;
}

static inline void aq__switch_announce_resumer(aq__switch_t *self, void **fake_stack)
{
#ifdef AQ__ASAN
    __sanitizer_start_switch_fiber(fake_stack, self->resumer_bottom, self->resumer_size);
#endif
#ifdef AQ__TSAN
    __tsan_switch_to_fiber(self->resumer_fiber, 0);
#endif
    (void)self, (void)fake_stack;
}

/* After a jump, on the stack where it arrived. */
static inline void aq__switch_arrived_in_task(aq__switch_t *self, void *fake_stack)
{
#ifdef AQ__ASAN
    __sanitizer_finish_switch_fiber(fake_stack, &self->resumer_bottom, &self->resumer_size);
#endif
    (void)self, (void)fake_stack;
}

static inline void aq__switch_arrived_back(void *fake_stack)
{
#ifdef AQ__ASAN
    __sanitizer_finish_switch_fiber(fake_stack, NULL, NULL);
#endif
    (void)fake_stack;
}

#ifdef AQ__UCONTEXT
static void aq__switch_enter(unsigned high, unsigned low)
{
    aq__switch_t *self = (aq__switch_t *)(((uintptr_t)high << 16 << 16) | low); /* makecontext passes ints */

    aq__switch_arrived_in_task(self, NULL);
    self->entry(self->data);
}
#else
static void aq__switch_enter(transfer_t transfer)
{
    aq__switch_t *self = transfer.data;

    self->resumer = transfer.fctx;
    aq__switch_arrived_in_task(self, NULL);
    self->entry(self->data);
}
#endif

/* The first aq__switch_to_task() will call `entry(data)` on this stack. */
static inline void aq__switch_init(aq__switch_t *self, void *bottom, size_t size, void (*entry)(void *data),
                                   void *data)
{
    self->entry = entry;
    self->data = data;
#ifdef AQ__ASAN
    self->bottom = bottom;
    self->size = size;
#endif
#ifdef AQ__TSAN
    self->fiber = __tsan_create_fiber(0);
#endif
#ifdef AQ__UCONTEXT
    getcontext(&self->task);
    self->task.uc_stack.ss_sp = bottom;
    self->task.uc_stack.ss_size = size;
    self->task.uc_link = NULL;
    makecontext(&self->task, (void (*)(void))(uintptr_t)aq__switch_enter, 2,
                (unsigned)((uintptr_t)self >> 16 >> 16), (unsigned)(uintptr_t)self);
#else
    self->task = make_fcontext((char *)bottom + size, size, aq__switch_enter);
#endif
}

static inline void aq__switch_dispose(aq__switch_t *self)
{
#ifdef AQ__TSAN
    __tsan_destroy_fiber(self->fiber);
#endif
    (void)self;
}

/* Where its stack ends while it is suspended, as a hint; NULL: unknown. */
static inline const char *aq__switch_top(const aq__switch_t *self)
{
#ifdef AQ__UCONTEXT
    (void)self;
    return NULL;
#else
    return self->task;
#endif
}

static inline void aq__switch_to_task(aq__switch_t *self)
{
    void *fake_stack = NULL;

    aq__switch_announce_task(self, &fake_stack);
#ifdef AQ__UCONTEXT
    swapcontext(&self->resumer, &self->task);
#else
    self->task = jump_fcontext(self->task, self).fctx;
#endif
    aq__switch_arrived_back(fake_stack);
}

static inline void aq__switch_back(aq__switch_t *self)
{
    void *fake_stack = NULL;

    aq__switch_announce_resumer(self, &fake_stack);
#ifdef AQ__UCONTEXT
    swapcontext(&self->task, &self->resumer);
#else
    self->resumer = jump_fcontext(self->resumer, NULL).fctx;
#endif
    aq__switch_arrived_in_task(self, fake_stack);
}

/* The same, and nobody comes back. */
static inline void aq__switch_leave(aq__switch_t *self)
{
    aq__switch_announce_resumer(self, NULL);
#ifdef AQ__UCONTEXT
    setcontext(&self->resumer);
#else
    jump_fcontext(self->resumer, NULL);
#endif
}

#endif
