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

typedef struct {
    aq_context_t *context;
    frame_t *frames;
} local_t;

/* The open contexts of this thread: a task may hold one that is gone. */
static _Thread_local aq__list_t open_contexts;
static _Thread_local local_t thread_local_;

static local_t *local(void)
{
    return &thread_local_;
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
    aq_context_t *context = local()->context;

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

int aq_context_push(aq_context_t *context)
{
    frame_t *frame;

    if (!is_open(context))
        return aq__fail(AQ_EINVAL, context == NULL
                                       ? "aq_context_push: the context is NULL"
                                       : "aq_context_push: the context is closed, or of another thread");
    if ((frame = aq__malloc(sizeof(*frame))) == NULL)
        return AQ_ENOMEM;
    frame->before = local()->context;
    frame->below = local()->frames;
    local()->frames = frame;
    local()->context = context;
    return AQ_OK;
}

int aq_context_pop(void)
{
    frame_t *frame = local()->frames;

    if (frame == NULL)
        return aq__fail(AQ_EINVAL, "aq_context_pop: nothing was pushed");
    local()->context = frame->before;
    local()->frames = frame->below;
    aq__free(frame);
    return AQ_OK;
}

aq_app_t *aq_context_app(const aq_context_t *context)
{
    return context->app;
}

aq_loop_t *aq_context_loop(const aq_context_t *context)
{
    return context->loop;
}
