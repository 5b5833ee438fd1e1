/* Answers. Each ends what h2o keeps for the request, possibly inside the call: nothing of it is touched after h2o_send_inline().
 *
 * The happy path: status, headers, body, sent at once.
 * The failure modes: a second answer (ignored, logged), a client that left (nothing to do), an error, as problem details (RFC 9457) without
 * SQL or values: those go to the log. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <uv.h>

#include "src/h2o/h2o.h"

/* ---- Sending --------------------------------------------------------------------------------------------------------------- */

const char *aq__reason(int status)
{
    static const struct {
        int status;
        const char *reason;
    } reasons[] = {{200, "OK"},
                   {201, "Created"},
                   {202, "Accepted"},
                   {204, "No Content"},
                   {303, "See Other"},
                   {304, "Not Modified"},
                   {400, "Bad Request"},
                   {401, "Unauthorized"},
                   {403, "Forbidden"},
                   {404, "Not Found"},
                   {405, "Method Not Allowed"},
                   {406, "Not Acceptable"},
                   {409, "Conflict"},
                   {410, "Gone"},
                   {412, "Precondition Failed"},
                   {413, "Payload Too Large"},
                   {415, "Unsupported Media Type"},
                   {422, "Unprocessable Content"},
                   {429, "Too Many Requests"},
                   {500, "Internal Server Error"},
                   {501, "Not Implemented"},
                   {502, "Bad Gateway"},
                   {503, "Service Unavailable"},
                   {504, "Gateway Timeout"}};

    for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
        if (reasons[i].status == status)
            return reasons[i].reason;
    return status < 400 ? "OK" : status < 500 ? "Bad Request" : "Internal Server Error";
}

static const char *label_of(const aq_request_t *req)
{
    return req->route != NULL ? req->route->label : req->method;
}

/* A token (RFC 9110, 5.6.2). */
static bool is_header_name(const char *name)
{
    return name[0] != '\0' &&
           name[strspn(name, "!#$%&'*+-.^_`|~0123456789"
                             "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")] == '\0';
}

void aq_respond_header(aq_request_t *req, const char *name, const char *format, ...)
{
    aq_text_t value = {0};
    h2o_iovec_t copy, name_copy;
    va_list arguments;

    if (req->req == NULL)
        return;
    va_start(arguments, format);
    aq_text_vappendf(&value, format, arguments);
    va_end(arguments);
    if (value.failed || strpbrk(aq_text_string(&value), "\r\n") != NULL) {
        aq_log(AQ_LOG_ERROR, "%s: header '%s' is left out: %s", label_of(req), name,
               value.failed ? "out of memory" : "its value holds a line end");
    } else if (!is_header_name(name)) {
        aq_log(AQ_LOG_ERROR, "%s: header '%s' is left out: no header has such a name", label_of(req), name);
    } else {
        copy = h2o_strdup(&req->req->pool, aq_text_string(&value), value.length);
        name_copy = h2o_strdup(&req->req->pool, name, strlen(name));
        h2o_strtolower(name_copy.base, name_copy.len);
        h2o_add_header_by_str(&req->req->pool, &req->req->res.headers, name_copy.base, name_copy.len, 1, NULL,
                              copy.base, copy.len);
    }
    aq_text_dispose(&value);
}

void aq_respond(aq_request_t *req, int status, const char *content_type, const void *data, size_t length)
{
    h2o_req_t *h2o = req->req;

    if (req->responded) {
        aq_log(AQ_LOG_ERROR, "%s: a second answer (%d) is ignored", label_of(req), status);
        return;
    }
    req->responded = true;
    if (h2o == NULL)
        return;
    if (content_type != NULL)
        aq_respond_header(req, "content-type", "%s", content_type);
    if (req->scope->closing)
        h2o->http1_is_persistent = 0;
    h2o->res.status = status;
    h2o->res.reason = aq__reason(status);
    if (status != 204 && status != 304)
        h2o->res.content_length = length;
    req->req = NULL;
    h2o_send_inline(h2o, data != NULL ? data : "", length);
}

void aq_respond_json(aq_request_t *req, int status, const char *text)
{
    aq_respond(req, status, "application/json", text, strlen(text));
}

void aq_respond_json_text(aq_request_t *req, int status, const aq_text_t *text)
{
    if (text->failed)
        aq_respond_problem(req, 500, NULL, "out of memory");
    else
        aq_respond(req, status, "application/json", aq_text_string(text), text->length);
}

void aq_respond_row(aq_request_t *req, int status, aq_rows_t *rows, size_t row)
{
    aq_text_t text = {0};

    aq_text_append_row_json(&text, rows, row);
    aq_respond_json_text(req, status, &text);
    aq_text_dispose(&text);
}

void aq_respond_rows(aq_request_t *req, int status, aq_rows_t *rows)
{
    aq_text_t text = {0};

    aq_text_append_char(&text, '[');
    for (size_t i = 0; i < aq_rows_count(rows); i++) {
        if (i > 0)
            aq_text_append_char(&text, ',');
        aq_text_append_row_json(&text, rows, i);
    }
    aq_text_append_char(&text, ']');
    aq_respond_json_text(req, status, &text);
    aq_text_dispose(&text);
}

void aq_text_append_segment(aq_text_t *text, const char *segment)
{
    for (; *segment != '\0'; segment++)
        if (isalnum((unsigned char)*segment) || strchr("-._~", *segment) != NULL)
            aq_text_append_char(text, *segment);
        else
            aq_text_appendf(text, "%%%02X", (unsigned)(unsigned char)*segment);
}

void aq_respond_created(aq_request_t *req, const char *format, ...)
{
    aq_text_t location = {0};
    va_list arguments;

    va_start(arguments, format);
    aq_text_vappendf(&location, format, arguments);
    va_end(arguments);
    aq_respond_header(req, "location", "%s", aq_text_string(&location));
    aq_text_dispose(&location);
    aq_respond(req, 201, NULL, NULL, 0);
}

/* ---- Problems ------------------------------------------------------------------------------------------------------------------ */

static void append_member(aq_text_t *json, const char *name, const char *value)
{
    if (value == NULL)
        return;
    aq_text_appendf(json, ",\"%s\":", name);
    aq_text_append_json(json, value, strlen(value));
}

static void respond_problem(aq_request_t *req, int status, const char *field, const char *detail)
{
    aq_text_t json = {0};

    aq_text_append(&json, "{\"type\":\"about:blank\",\"title\":");
    aq_text_append_json(&json, aq__reason(status), strlen(aq__reason(status)));
    aq_text_appendf(&json, ",\"status\":%d", status);
    append_member(&json, "detail", detail);
    append_member(&json, "field", field);
    aq_text_append_char(&json, '}');
    if (status == 503)
        aq_respond_header(req, "retry-after", "1");
    if (json.failed)
        aq_respond(req, status, NULL, NULL, 0);
    else
        aq_respond(req, status, "application/problem+json", aq_text_string(&json), json.length);
    aq_text_dispose(&json);
}

static void respond_problem_v(aq_request_t *req, int status, const char *field, const char *format,
                              va_list arguments) AQ_PRINTF(4, 0);

static void respond_problem_v(aq_request_t *req, int status, const char *field, const char *format,
                              va_list arguments)
{
    aq_text_t detail = {0};

    aq_text_vappendf(&detail, format, arguments);
    respond_problem(req, status, field, aq_text_string(&detail));
    aq_text_dispose(&detail);
}

void aq_respond_problem(aq_request_t *req, int status, const char *field, const char *format, ...)
{
    va_list arguments;

    if (format == NULL) {
        respond_problem(req, status, field, NULL);
        return;
    }
    va_start(arguments, format);
    respond_problem_v(req, status, field, format, arguments);
    va_end(arguments);
}

void aq_abort(aq_request_t *req, int status, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    respond_problem_v(req, status, NULL, format, arguments);
    va_end(arguments);
    aq_task_exit(NULL);
}

void aq_abort_field(aq_request_t *req, int status, const char *field, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    respond_problem_v(req, status, field, format, arguments);
    va_end(arguments);
    aq_task_exit(NULL);
}

/* ---- Errors of the database -------------------------------------------------------------------------------------------------------- */

/* The columns of an error: the server's own word, or those in "Key (email)=(x) already exists.", whatever its language. */
static const char *find_field(const aq_error_t *error, char *buffer, size_t size)
{
    const char *open = error->detail != NULL ? strchr(error->detail, '(') : NULL;
    const char *close = open != NULL ? strstr(open, ")=(") : NULL;

    if (error->column != NULL)
        return error->column;
    if (close == NULL ||
        (error->code != AQ_EUNIQUE && error->code != AQ_EFOREIGNKEY && error->code != AQ_EEXCLUSION))
        return error->code <= AQ_EUNIQUE && error->code >= AQ_ECONSTRAINT ? error->constraint : NULL;
    (void)snprintf(buffer, size, "%.*s", (int)(close - open - 1), open + 1);
    return buffer;
}

/* What a client may read of an error. */
static void append_detail(aq_text_t *detail, const aq_error_t *error, const char *field, int status)
{
    static const struct {
        int code;
        const char *text;
    } texts[] = {{AQ_EUNIQUE, "%s is taken already"},
                 {AQ_EFOREIGNKEY, "%s refers to something that is not there, or something refers to it"},
                 {AQ_ENOTNULL, "%s is missing"},
                 {AQ_ECHECK, "%s is not allowed"},
                 {AQ_EEXCLUSION, "%s overlaps with another"}};

    for (size_t i = 0; field != NULL && i < sizeof(texts) / sizeof(texts[0]); i++)
        if (texts[i].code == error->code) {
            const char *rest = strchr(texts[i].text, 's') + 1;

            aq_text_append(detail, field);
            aq_text_append(detail, rest);
            return;
        }
    if (status != 500)
        aq_text_append(detail, aq_strerror(error->code));
}

/* A database that is away fails every request: of those only one a second is told. */
static void log_error(aq_request_t *req, int status, const char *message)
{
    aq__scope_t *scope = req->scope;
    uint64_t now = uv_now(aq_loop_uv(scope->loop));

    if (status != 503) {
        aq_log(AQ_LOG_ERROR, "%s: %s", label_of(req), message);
        return;
    }
    if (scope->logged != 0 && now - scope->logged < 1000) {
        scope->unlogged++;
        return;
    }
    if (scope->unlogged > 0)
        aq_log(AQ_LOG_WARNING, "%zu more requests were answered 503", scope->unlogged);
    aq_log(AQ_LOG_WARNING, "%s: %s", label_of(req), message);
    scope->logged = now;
    scope->unlogged = 0;
}

void aq_respond_error(aq_request_t *req, const aq_op_t *op)
{
    const aq_error_t *error = aq_op_error(op);
    aq_text_t detail = {0};
    char buffer[128];
    const char *field;
    int status;

    if (error == NULL) {
        aq_log(AQ_LOG_ERROR, "%s: aq_respond_error: the op has no error", label_of(req));
        aq_respond_problem(req, 500, NULL, NULL);
        return;
    }
    status = aq_error_http_status(error->code);
    field = find_field(error, buffer, sizeof(buffer));
    if (!req->gone && status >= 500)
        log_error(req, status, error->message);
    append_detail(&detail, error, field, status);
    respond_problem(req, status, field, detail.length > 0 ? aq_text_string(&detail) : NULL);
    aq_text_dispose(&detail);
}
