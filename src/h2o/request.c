/* One request: from h2o's call to the end of its task.
 *
 *     h2o's request  ----------------------- answered, or disposed of because the client left
 *     the task          ------------------------------------- ended: everything that was given to the handler goes
 *
 * Either may end first. What the handler got lives in an arena of its own; `req` is NULL as soon as h2o's request must not be touched.
 *
 * The happy path: the route is found, the task is spawned with the loop's context as the current one, the handler answers, the task ends.
 * The failure modes: no route, no memory, too many at a time, too big a body: answered here. A client that leaves before the answer: the task is
 * canceled. A task that ends without an answer: it is given here. */
#include <jansson.h>
#include <string.h>

#include "src/h2o/h2o.h"

/* ---- The end ------------------------------------------------------------------------------------------------------------- */

static void dispose(aq_request_t *request)
{
    if (request->tether != NULL)
        request->tether->request = NULL;
    json_decref(request->json);
    aq_arena_close(request->arena);
}

static void on_task_done(aq_op_t *op, void *data)
{
    aq_request_t *request = data;
    aq__scope_t *scope = request->scope;

    if (!request->responded && !request->gone && aq_op_code(op) != AQ_OK) {
        aq_respond_error(request, op);
    } else if (!request->responded && !request->gone) {
        aq_log(AQ_LOG_ERROR, "%s: the handler gave no answer", request->route->label);
        aq_respond_problem(request, 500, NULL, NULL);
    }
    aq__list_unlink(&request->link);
    dispose(request);
    aq__scope_request_ended(scope);
}

/* h2o disposes of its request: after the answer, or because the client left. */
static void on_request_disposed(void *data)
{
    aq__tether_t *tether = data;
    aq_request_t *request = tether->request;

    if (request == NULL)
        return;
    request->tether = NULL;
    request->req = NULL;
    if (request->responded)
        return;
    request->gone = true;
    aq_cancel(request->task);
}

/* ---- The beginning --------------------------------------------------------------------------------------------------------- */

static void *run(void *data)
{
    aq_request_t *request = data;

    (void)aq_task_set_label(request->route->label); /* for statistics: goes without */
    request->route->handler(request);
    return NULL;
}

static int spawn(aq_request_t *request)
{
    aq__scope_t *scope = request->scope;
    int code = aq_context_push(scope->context); /* the task inherits it */

    if (code != AQ_OK)
        return code;
    request->task = aq_spawn(scope->loop, run, request);
    aq_context_pop();
    if ((code = aq_then(request->task, on_task_done, request)) != AQ_OK) {
        aq_op_close(request->task);
        return code;
    }
    request->tether =
        h2o_mem_alloc_shared(&request->req->pool, sizeof(*request->tether), on_request_disposed);
    request->tether->request = request;
    aq__list_insert_before(&scope->requests, &request->link);
    scope->running++;
    return AQ_OK;
}

static aq_request_t *make(aq__scope_t *scope, h2o_req_t *req)
{
    aq_arena_t *arena = aq_arena_create();
    aq_request_t *request = arena != NULL ? aq_arena_calloc(arena, 1, sizeof(*request)) : NULL;

    if (request == NULL) {
        aq_arena_close(arena);
        return NULL;
    }
    request->arena = arena;
    request->scope = scope;
    request->req = req;
    aq__list_init(&request->link);
    request->method = aq_arena_strndup(arena, req->method.base, req->method.len);
    return request;
}

static bool method_fits(const aq__route_t *route, const char *method)
{
    return strcmp(route->method, method) == 0 ||
           (strcmp(method, "HEAD") == 0 && strcmp(route->method, "GET") == 0);
}

/* The first route of this path and method; else `allow` has the methods of those of this path: "GET, HEAD, POST". */
static const aq__route_t *find_route(aq_request_t *request, aq_text_t *allow)
{
    const h2o_req_t *req = request->req;
    size_t length = req->query_at != SIZE_MAX ? req->query_at : req->path.len;

    for (const aq__route_t *route = request->scope->h2o->routes; route != NULL; route = route->next) {
        if (!aq__route_match(route, req->path.base, length, request->arena, &request->matched))
            continue;
        if (method_fits(route, request->method))
            return route;
        if (strstr(aq_text_string(allow), route->method) == NULL)
            aq_text_appendf(allow, "%s%s%s", allow->length > 0 ? ", " : "", route->method,
                            strcmp(route->method, "GET") == 0 ? ", HEAD" : "");
    }
    return NULL;
}

/* Answers a request that no handler will see. */
static void answer_without_route(aq_request_t *request, const aq_text_t *allow)
{
    if (allow->length == 0) {
        aq_respond_problem(request, 404, NULL, "nothing is here");
        return;
    }
    aq_respond_header(request, "allow", "%s, OPTIONS", aq_text_string(allow));
    if (strcmp(request->method, "OPTIONS") == 0)
        aq_respond(request, 204, NULL, NULL, 0);
    else
        aq_respond_problem(request, 405, NULL, "%s is not possible here", request->method);
}

static void start(aq_request_t *request)
{
    aq__scope_t *scope = request->scope;
    const aq_h2o_options_t *options = &scope->h2o->options;
    aq_text_t allow = {0};

    request->route = find_route(request, &allow);
    if (request->route == NULL)
        answer_without_route(request, &allow);
    else if (scope->closing || scope->running >= (size_t)options->max_requests)
        aq_respond_problem(request, 503, NULL,
                           scope->closing ? "shutting down" : "too many requests at a time");
    else if (request->req->entity.len > options->max_body)
        aq_respond_problem(request, 413, NULL, "the body is bigger than %zu bytes", options->max_body);
    else if (spawn(request) != AQ_OK)
        aq_respond_problem(request, 500, NULL, NULL);
    aq_text_dispose(&allow);
}

int aq__request_start(aq__scope_t *scope, h2o_req_t *req)
{
    aq_request_t *request = make(scope, req);

    if (scope->closing)
        req->http1_is_persistent = 0;
    if (request == NULL || request->method == NULL) {
        if (request != NULL)
            dispose(request);
        h2o_send_error_500(req, "Internal Server Error", "out of memory", 0);
        return 0;
    }
    start(request);
    if (request->tether == NULL) /* no task: it was answered at once */
        dispose(request);
    return 0;
}
