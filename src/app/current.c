/* Which context is the current one: what the running task inherited or pushed, else what this thread pushed.
 *
 * The happy path: aq_context_push() in a script's main(), or the h2o scope of a request, and NULL as context everywhere below.
 * The failure modes: nothing was pushed; the context was closed meanwhile, which counts as nothing. */
#include "src/app/app.h"

/* One push: what was current before it. */
typedef struct frame {
    struct frame *below;
    aq_context_t *before;
} frame_t;

/* The open contexts of this thread: a task may hold one that is gone. */
static _Thread_local aq__list_t open_contexts;

/* Of the running task, or of the thread: the current context, and what was pushed over what. */
static aq_context_t *get_context(void)
{
    return aq__task_local()[0];
}

static frame_t *get_frame(void)
{
    return aq__task_local()[1];
}

static void set_local(aq_context_t *context, frame_t *frame)
{
    void **words = aq__task_local();

    words[0] = context;
    words[1] = frame;
}

static bool is_open(const aq_context_t *context)
{
    if (context != NULL && open_contexts.next != NULL)
        AQ__LIST_FOREACH(link, &open_contexts)
            if (AQ__CONTAINER_OF(link, aq_context_t, link) == context)
                return true;
    return false;
}

void aq__context_opened(aq_context_t *context)
{
    if (open_contexts.next == NULL)
        aq__list_init(&open_contexts);
    aq__list_append(&open_contexts, &context->link);
}

aq_context_t *aq__context_peek(void)
{
    aq_context_t *context = get_context();

    return is_open(context) ? context : NULL;
}

aq_context_t *aq_context_current(void)
{
    aq_context_t *context = aq__context_peek();

    if (context == NULL)
        aq__fail(AQ_ENOAPP,
                 "no application found: either work inside a request or push a context (aq_context_push)");
    return context;
}

/* What a task pushed and did not pop goes with the task. */
static frame_t *allocate_in_task(void)
{
    aq_arena_t *arena = aq_task_arena();

    return arena != NULL ? aq_arena_alloc(arena, sizeof(frame_t)) : NULL;
}

int aq_context_push(aq_context_t *context)
{
    frame_t *frame;

    if (!is_open(context))
        return aq__fail(AQ_EINVAL, context == NULL
                                       ? "aq_context_push: the context is NULL"
                                       : "aq_context_push: the context is closed, or of another thread");
    frame = aq_task_current() == NULL ? aq__malloc(sizeof(*frame)) : allocate_in_task();
    if (frame == NULL)
        return AQ_ENOMEM;
    *frame = (frame_t){.below = get_frame(), .before = get_context()};
    set_local(context, frame);
    return AQ_OK;
}

int aq_context_pop(void)
{
    frame_t *frame = get_frame();

    if (frame == NULL)
        return aq__fail(AQ_EINVAL, "aq_context_pop: nothing was pushed");
    set_local(frame->before, frame->below);
    if (aq_task_current() == NULL)
        aq__free(frame);
    return AQ_OK;
}
