/* The routes of a path, and on each loop the context and the requests that run.
 *
 * The happy path: aq_h2o_init() makes an h2o handler; h2o_context_init() makes the loop's context, into the handler's slot; requests run;
 * aq_h2o_drain() waits for them; aq_h2o_close() closes the context; h2o_context_dispose() ends it.
 * The failure modes: no context (its requests are answered 503); handlers that outlast the drain, which are canceled; an h2o context that
 * is disposed of while its aq_context_t is open, which is closed then. */
#include <string.h>

#include "src/h2o/h2o.h"

typedef struct {
    h2o_handler_t super;
    aq_h2o_t *h2o;
} handler_t;

static aq__scope_t *scope_of(const aq_h2o_t *h2o, h2o_context_t *context)
{
    return h2o_context_get_handler_context(context, h2o->handler);
}

/* Those who wait for the end of the requests wait no longer. */
static void end_drain(aq__scope_t *scope)
{
    aq_op_t *drain = scope->drain, *deadline = scope->deadline;

    scope->drain = scope->deadline = NULL;
    aq_cancel(deadline);
    if (drain != NULL)
        aq_op_complete(drain, NULL);
}

/* ---- What h2o calls ------------------------------------------------------------------------------------------------------ */

static void on_context_init(h2o_handler_t *handler, h2o_context_t *context)
{
    aq_h2o_t *h2o = ((handler_t *)handler)->h2o;
    aq_arena_t *arena = aq_arena_create();
    aq__scope_t *scope = arena != NULL ? aq_arena_calloc(arena, 1, sizeof(*scope)) : NULL;

    h2o_context_set_handler_context(context, handler, scope);
    if (scope == NULL) {
        aq_arena_close(arena);
        return;
    }
    scope->h2o = h2o;
    scope->arena = arena;
    aq__list_init(&scope->requests);
    scope->loop = aq_loop_open(context->loop);
    scope->context = scope->loop != NULL ? aq_context_create(h2o->app, context->loop) : NULL;
    if (scope->context == NULL)
        aq_log(AQ_LOG_ERROR, "h2o: no context for this loop: %s", aq_last_error()->message);
}

static void on_context_dispose(h2o_handler_t *handler, h2o_context_t *context)
{
    aq__scope_t *scope = h2o_context_get_handler_context(context, handler);

    if (scope == NULL)
        return;
    h2o_context_set_handler_context(context, handler, NULL);
    if (scope->context != NULL) {
        aq_log(
            AQ_LOG_WARNING,
            "h2o: the context of this loop is closed late: call aq_h2o_close() before h2o_context_dispose()");
        aq_wait(aq_context_close(scope->context));
    }
    end_drain(scope);
    aq_loop_close(scope->loop);
    if (scope->running > 0)
        aq_log(AQ_LOG_ERROR, "h2o: %zu handlers still run on a loop that is disposed of", scope->running);
    else
        aq_arena_close(scope->arena);
}

static void on_dispose(h2o_handler_t *handler)
{
    aq_arena_close(((handler_t *)handler)->h2o->arena);
}

static int on_req(h2o_handler_t *handler, h2o_req_t *req)
{
    aq__scope_t *scope = h2o_context_get_handler_context(req->conn->ctx, handler);

    if (scope != NULL && scope->context != NULL)
        return aq__request_start(scope, req);
    req->http1_is_persistent = 0;
    h2o_send_error_503(req, "Service Unavailable", "closing", H2O_SEND_ERROR_KEEP_HEADERS);
    return 0;
}

/* ---- Setting up ------------------------------------------------------------------------------------------------------------ */

static aq_h2o_t *make(h2o_pathconf_t *path, aq_app_t *app, const aq_h2o_options_t *options)
{
    static const aq_h2o_options_t defaults = {
        .max_body = 1024 * 1024, .max_json_depth = 32, .max_requests = 20000};
    aq_arena_t *arena = aq_arena_create();
    aq_h2o_t *h2o = arena != NULL ? aq_arena_calloc(arena, 1, sizeof(*h2o)) : NULL;

    if (h2o == NULL) {
        aq_arena_close(arena);
        return NULL;
    }
    h2o->arena = arena;
    h2o->app = app;
    h2o->last_route = &h2o->routes;
    h2o->options = options != NULL ? *options : defaults;
    if (h2o->options.max_body == 0)
        h2o->options.max_body = defaults.max_body;
    if (h2o->options.max_json_depth == 0)
        h2o->options.max_json_depth = defaults.max_json_depth;
    if (h2o->options.max_requests == 0)
        h2o->options.max_requests = defaults.max_requests;
    if (path->global->max_request_entity_size == H2O_DEFAULT_MAX_REQUEST_ENTITY_SIZE)
        path->global->max_request_entity_size = h2o->options.max_body;
    return h2o;
}

aq_h2o_t *aq_h2o_init(h2o_pathconf_t *path, aq_app_t *app, const aq_h2o_options_t *options)
{
    handler_t *handler;
    aq_h2o_t *h2o;

    if (path == NULL || app == NULL) {
        aq_fail(AQ_EINVAL, "aq_h2o_init: the %s is NULL", path == NULL ? "path" : "app");
        return NULL;
    }
    if (options != NULL &&
        (options->max_json_depth < 0 || options->max_json_depth > 100 || options->max_requests < 0)) {
        aq_fail(AQ_EINVAL, "aq_h2o_init: max_json_depth must be from 1 to 100, max_requests positive");
        return NULL;
    }
    if ((h2o = make(path, app, options)) == NULL)
        return NULL;
    handler = (handler_t *)h2o_create_handler(path, sizeof(*handler));
    handler->super.on_context_init = on_context_init;
    handler->super.on_context_dispose = on_context_dispose;
    handler->super.dispose = on_dispose;
    handler->super.on_req = on_req;
    handler->h2o = h2o;
    h2o->handler = &handler->super;
    return h2o;
}

int aq_h2o_route(aq_h2o_t *h2o, const char *method, const char *pattern, aq_handler_cb handler)
{
    aq__route_t *route = aq__route_create(h2o->arena, method, pattern, handler);

    if (route == NULL)
        return aq_last_error()->code;
    *h2o->last_route = route;
    h2o->last_route = &route->next;
    return AQ_OK;
}

aq_context_t *aq_h2o_context(const aq_h2o_t *h2o, h2o_context_t *context)
{
    aq__scope_t *scope = scope_of(h2o, context);

    return scope != NULL ? scope->context : NULL;
}

size_t aq_h2o_running(const aq_h2o_t *h2o, h2o_context_t *context)
{
    aq__scope_t *scope = scope_of(h2o, context);

    return scope != NULL ? scope->running : 0;
}

/* ---- Closing ---------------------------------------------------------------------------------------------------------------- */

void aq__scope_request_ended(aq__scope_t *scope)
{
    if (--scope->running == 0 && scope->drain != NULL)
        end_drain(scope);
}

/* First the handlers are canceled, which ends them soon; a second later the drain ends without those that do not end. */
static void on_deadline(aq_op_t *op, void *data)
{
    aq__scope_t *scope = data;

    if (scope->deadline != op)
        return;
    scope->deadline = NULL;
    if (scope->overdue++ > 0) {
        end_drain(scope);
        return;
    }
    AQ__LIST_FOREACH(link, &scope->requests) {
        aq_cancel(AQ__CONTAINER_OF(link, aq_request_t, link)->task);
    }
    scope->deadline = aq_sleep(scope->loop, 1000);
    aq_then(scope->deadline, on_deadline, scope);
}

aq_op_t *aq_h2o_drain(aq_h2o_t *h2o, h2o_context_t *context, double seconds)
{
    static const aq_op_class_t drain_class = {.name = "drain"};
    aq__scope_t *scope = scope_of(h2o, context);
    aq_op_t *op = aq_op_create(scope->loop, &drain_class, NULL);

    scope->closing = true;
    if (scope->drain != NULL) {
        aq_op_fail(op, AQ_EEXIST, "aq_h2o_drain: one is under way already");
        return op;
    }
    if (scope->running == 0) {
        aq_op_complete(op, NULL);
        return op;
    }
    scope->drain = op;
    scope->deadline = aq_sleep(scope->loop, seconds > 0 ? (uint64_t)(seconds * 1000) : 0);
    aq_then(scope->deadline, on_deadline, scope);
    return op;
}

aq_op_t *aq_h2o_close(aq_h2o_t *h2o, h2o_context_t *context)
{
    aq__scope_t *scope = scope_of(h2o, context);
    aq_context_t *closing = scope->context;

    scope->closing = true;
    scope->context = NULL;
    return closing != NULL ? aq_context_close(closing) : aq_h2o_drain(h2o, context, 0);
}
