/* h2o: routes whose handlers run as tasks, with a context on each of h2o's loops.
 *
 *     static void show_user(aq_request_t *req)
 *     {
 *         aq_op_t *op = aq_read(NULL, NULL, "select name, email from users where name = $1",
 *                               aq_args(aq_text(aq_request_arg(req, "name"))));
 *         aq_rows_t *rows = aq_await(op);
 *
 *         if (rows == NULL)
 *             aq_respond_error(req, op);
 *         else if (aq_rows_count(rows) == 0)
 *             aq_abort(req, 404, "no such user");
 *         else
 *             aq_respond_row(req, 200, rows, 0);
 *     }
 *
 *     h2o_pathconf_t *path = h2o_config_register_path(host, "/", 0);
 *     aq_h2o_t *h2o = aq_h2o_init(path, app, NULL);
 *     aq_h2o_route(h2o, "GET", "/users/<name>", show_user);
 *     h2o_context_init(&h2o_context, loop, &config);              makes the loop's aq_context_t; NULL as context is that one
 *
 * A request ends in one of three ways: the handler answers it (exactly once); the handler returns or fails without an answer, which is
 * answered for it (500, or the status of the error); or the client leaves, and then the task is canceled: what it reads is
 * canceled, a write that is on its way is finished, answers go nowhere. What the functions here gave to the handler stays valid
 * until its task ends, also when the request is gone.
 *
 * Threads: routes are declared before the first h2o_context_init() and read by all threads; a request belongs to the thread of its loop.
 * Works with h2o's libuv flavour (libh2o, not libh2o-evloop), 2.2. */
#ifndef AQUIFER_H2O_H
#define AQUIFER_H2O_H

#include "aquifer.h"

AQ_BEGIN_DECLS

/* h2o's own; include <h2o.h> for what is in them. */
typedef struct st_h2o_pathconf_t h2o_pathconf_t;
typedef struct st_h2o_context_t h2o_context_t;

/* ---- Setting up ------------------------------------------------------------------------------------------------------------ */

typedef struct aq_h2o
    aq_h2o_t; /* the routes of one h2o path; goes with the h2o configuration (h2o_config_dispose) */
typedef struct aq_request aq_request_t; /* one request, from its route to the end of its task */
typedef void (*aq_handler_cb)(aq_request_t *req);

/* Zero is the default everywhere. */
typedef struct aq_h2o_options {
    size_t
        max_body; /* bytes; default 1 MiB; more is 413. h2o itself refuses what is bigger than its own limit, which is lowered to this
                          * if nobody set it */
    int max_json_depth; /* default 32 */
    int max_requests;   /* handlers that run at a time on a loop; default 20000; more is 503 */
} aq_h2o_options_t;

/* Serves the routes of `path`; a request that no route takes is 404, or 405 with Allow. NULL: aq_last_error(). */
AQ_API aq_h2o_t *aq_h2o_init(h2o_pathconf_t *path, aq_app_t *app, const aq_h2o_options_t *options);
/* A handler for a method ("GET", which takes HEAD too, "POST" ...) and a pattern of the whole path: "/users/<name>" takes one segment,
 * "<int:id>" digits that fit int64, "<uuid:id>" a UUID, "<path:rest>" the rest. Arguments are percent-decoded UTF-8; what is not, or not of its
 * type, is 404. Of several routes that fit the first declared is taken. OPTIONS is answered from the routes. AQ_EINVAL: the text says why. */
AQ_API int aq_h2o_route(aq_h2o_t *h2o, const char *method, const char *pattern, aq_handler_cb handler);
/* The context that h2o_context_init() made for this loop; NULL when that failed (aq_last_error()). */
AQ_API aq_context_t *aq_h2o_context(const aq_h2o_t *h2o, h2o_context_t *context);
/* From now on requests are answered 503, and the op is done when no handler runs. After so many seconds those that still do are canceled; a
 * second later it is done in any case. One at a time: AQ_EEXIST. */
AQ_API aq_op_t *aq_h2o_drain(aq_h2o_t *h2o, h2o_context_t *context, double seconds);
/* Closes the loop's context, as aq_context_close(): after the drain, before h2o_context_dispose(). */
AQ_API aq_op_t *aq_h2o_close(aq_h2o_t *h2o, h2o_context_t *context);
/* Handlers that run on this loop now. */
AQ_API size_t aq_h2o_running(const aq_h2o_t *h2o, h2o_context_t *context);

/* ---- What the client sent ---------------------------------------------------------------------------------------------------- */

AQ_API const char *aq_request_method(aq_request_t *req);
AQ_API const char *aq_request_route(aq_request_t *req); /* "GET /users/<name>": for logs */
AQ_API aq_context_t *aq_request_context(aq_request_t *req);
/* An argument of the pattern; a name that the pattern has not is NULL. */
AQ_API const char *aq_request_arg(aq_request_t *req, const char *name);
AQ_API int64_t aq_request_arg_int(aq_request_t *req, const char *name); /* of <int:name>; 0 for all else */
/* The first value of this name in the query string, decoded; NULL: there is none. Bad UTF-8 or a bad percent sign: answers 400 and ends the task. */
AQ_API const char *aq_request_query(aq_request_t *req, const char *name);
AQ_API const char *aq_request_header(aq_request_t *req,
                                     const char *name); /* the first of this name (lower case); NULL: none */
/* The whole body, with a NUL behind it; "" and 0 for none. */
AQ_API const char *aq_request_body(aq_request_t *req, size_t *length);
/* The body as JSON (jansson's json_t), borrowed. No JSON, too deep, or a name twice: answers 400 and ends the task. */
struct json_t;
AQ_API struct json_t *aq_request_json(aq_request_t *req);
/* A text member of the JSON object in the body, or a field of a form (application/x-www-form-urlencoded); NULL: there is none, or it is
 * null. Another type, bad UTF-8: answers 400, which names the field, and ends the task. */
AQ_API const char *aq_request_field(aq_request_t *req, const char *name);
/* True when the client left: nothing that is answered arrives. */
AQ_API bool aq_request_gone(const aq_request_t *req);

/* ---- Answers -------------------------------------------------------------------------------------------------------------------- */

/* Each answers once: the second is ignored, with an error in the log. The texts are copied. They do not end the task. */

/* Adds a header to the answer to come. Call it before the answer. The name is sent in lower case; one that is no header's name, and a value
 * with a line end, are left out, with an error in the log. */
AQ_API void aq_respond_header(aq_request_t *req, const char *name, const char *format, ...) AQ_PRINTF(3, 4);
AQ_API void aq_respond(aq_request_t *req, int status, const char *content_type, const void *data,
                       size_t length);
AQ_API void aq_respond_json(aq_request_t *req, int status, const char *text);
/* What a text builder holds, as JSON; 500 when it failed. */
AQ_API void aq_respond_json_text(aq_request_t *req, int status, const aq_text_t *text);
/* One row as an object, or all rows as an array. */
AQ_API void aq_respond_row(aq_request_t *req, int status, aq_rows_t *rows, size_t row);
AQ_API void aq_respond_rows(aq_request_t *req, int status, aq_rows_t *rows);
/* An error as problem details (RFC 9457): the status of the table, Retry-After on 503, the column where the database names one; never SQL or
 * values: those go to the log. */
AQ_API void aq_respond_error(aq_request_t *req, const aq_op_t *op);
AQ_API void aq_respond_problem(aq_request_t *req, int status, const char *field, const char *format, ...)
    AQ_PRINTF(4, 5);
/* Answers with a problem and ends the task. */
AQ_NORETURN AQ_API void aq_abort(aq_request_t *req, int status, const char *format, ...) AQ_PRINTF(3, 4);
AQ_NORETURN AQ_API void aq_abort_field(aq_request_t *req, int status, const char *field, const char *format,
                                       ...) AQ_PRINTF(4, 5);
AQ_API bool aq_responded(const aq_request_t *req);
/* 201 with this Location, and no body. */
AQ_API void aq_respond_created(aq_request_t *req, const char *format, ...) AQ_PRINTF(2, 3);
/* Appends what may stand in one segment of a path: everything else is %XX. */
AQ_API void aq_text_append_segment(aq_text_t *text, const char *segment);

AQ_END_DECLS

#endif
