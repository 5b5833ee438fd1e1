/* What the client sent, as texts that live until the task ends.
 *
 * The happy path: a handler asks for an argument, a query value, a field.
 * The failure modes: a value that is no UTF-8, a body that is no JSON, a field of another type: each answers 400 with the name of what is
 * wrong, and ends the task. A client that left: what was not asked for before is NULL. */
#include <jansson.h>
#include <string.h>
#include <strings.h>

#include "src/h2o/h2o.h"

const char *aq_request_method(aq_request_t *req)
{
    return req->method;
}

const char *aq_request_route(aq_request_t *req)
{
    return req->route->label;
}

aq_context_t *aq_request_context(aq_request_t *req)
{
    return req->scope->context;
}

bool aq_request_gone(const aq_request_t *req)
{
    return req->gone;
}

bool aq_responded(const aq_request_t *req)
{
    return req->responded;
}

/* ---- Path, query, headers ------------------------------------------------------------------------------------------------ */

const char *aq_request_arg(aq_request_t *req, const char *name)
{
    for (size_t i = 0; i < req->matched.count; i++)
        if (strcmp(req->matched.arguments[i].name, name) == 0)
            return req->matched.arguments[i].text;
    return NULL;
}

int64_t aq_request_arg_int(aq_request_t *req, const char *name)
{
    for (size_t i = 0; i < req->matched.count; i++)
        if (strcmp(req->matched.arguments[i].name, name) == 0)
            return req->matched.arguments[i].number;
    return 0;
}

/* The first value of `name` among name=value&..., decoded. `what` is "query parameter" or "field". */
static const char *find_pair(aq_request_t *req, const char *pairs, const char *name, const char *what)
{
    while (*pairs != '\0') {
        size_t length = strcspn(pairs, "&"), name_length = strcspn(pairs, "=&");
        char *key = aq__percent_decode(req->arena, pairs, name_length, true), *value;

        if (key == NULL || strcmp(key, name) != 0) {
            pairs += length + (pairs[length] == '&');
            continue;
        }
        if (name_length == length)
            return "";
        value = aq__percent_decode(req->arena, pairs + name_length + 1, length - name_length - 1, true);
        if (value == NULL)
            aq_abort_field(req, 400, name, "%s '%s' is not valid percent-encoded UTF-8", what, name);
        return value;
    }
    return NULL;
}

const char *aq_request_query(aq_request_t *req, const char *name)
{
    const h2o_req_t *h2o = req->req;

    if (req->query == NULL && h2o != NULL && h2o->query_at != SIZE_MAX)
        req->query = aq_arena_strndup(req->arena, h2o->path.base + h2o->query_at + 1,
                                      h2o->path.len - h2o->query_at - 1);
    return req->query != NULL ? find_pair(req, req->query, name, "query parameter") : NULL;
}

const char *aq_request_header(aq_request_t *req, const char *name)
{
    ssize_t index;

    if (req->req == NULL)
        return NULL;
    index = h2o_find_header_by_str(&req->req->headers, name, strlen(name), -1);
    if (index < 0)
        return NULL;
    return aq_arena_strndup(req->arena, req->req->headers.entries[index].value.base,
                            req->req->headers.entries[index].value.len);
}

/* ---- Body ------------------------------------------------------------------------------------------------------------------ */

const char *aq_request_body(aq_request_t *req, size_t *length)
{
    if (req->body == NULL && req->req != NULL) {
        req->body_length = req->req->entity.len;
        req->body = aq_arena_strndup(req->arena, req->req->entity.base != NULL ? req->req->entity.base : "",
                                     req->body_length);
        if (req->body == NULL)
            aq_abort(req, 500, "out of memory");
    }
    if (length != NULL)
        *length = req->body != NULL ? req->body_length : 0;
    return req->body != NULL ? req->body : "";
}

/* The parser goes down the stack with each level, and a task's stack is small: so it is looked at first. */
static int depth_of(const char *text, size_t length)
{
    int depth = 0, deepest = 0;
    bool quoted = false;

    for (size_t i = 0; i < length; i++) {
        if (quoted && text[i] == '\\')
            i++;
        else if (text[i] == '"')
            quoted = !quoted;
        else if (!quoted && (text[i] == '{' || text[i] == '['))
            deepest = ++depth > deepest ? depth : deepest;
        else if (!quoted && (text[i] == '}' || text[i] == ']'))
            depth--;
    }
    return deepest;
}

struct json_t *aq_request_json(aq_request_t *req)
{
    int most = req->scope->h2o->options.max_json_depth;
    json_error_t error;
    const char *body;
    size_t length;

    if (req->json != NULL)
        return req->json;
    body = aq_request_body(req, &length);
    if (depth_of(body, length) > most)
        aq_abort(req, 400, "the body is nested deeper than %d levels", most);
    req->json = json_loadb(body, length, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
    if (req->json == NULL)
        aq_abort(req, 400, "the body is not JSON: line %d, column %d", error.line, error.column);
    return req->json;
}

static bool is_form(aq_request_t *req, const char *body)
{
    static const char form[] = "application/x-www-form-urlencoded";
    const char *type = aq_request_header(req, "content-type");

    body += strspn(body, " \t\r\n");
    return type != NULL && strncasecmp(type, form, sizeof(form) - 1) == 0 &&
           *body != '{'; /* curl says so of everything */
}

static const char *json_field(aq_request_t *req, const char *name)
{
    json_t *object = aq_request_json(req), *value = json_object_get(object, name);

    if (!json_is_object(object))
        aq_abort(req, 400, "the body is not a JSON object");
    if (value == NULL || json_is_null(value))
        return NULL;
    if (!json_is_string(value))
        aq_abort_field(req, 400, name, "field '%s' must be a text", name);
    return json_string_value(value);
}

const char *aq_request_field(aq_request_t *req, const char *name)
{
    const char *body = aq_request_body(req, NULL);

    return is_form(req, body) ? find_pair(req, body, name, "field") : json_field(req, name);
}
