/* The users: GET /users/<name>, GET /users?limit=, POST /users.
 *
 * The table is made at start, or when the database is there at last: by the first request that needs it. Several loops and processes
 * may do so at once: aq_create_all() makes them take turns. */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "server/server.h"

/* ---- The table ------------------------------------------------------------------------------------------------------------- */

typedef struct User {
    aq_object_t object;
    int64_t id;
    const char *name;
    const char *email;
} User;

static const aq_column_t user_columns[] = {
    AQ_INT8(User, id, .primary_key = true, .autoincrement = AQ_IDENTITY_ALWAYS),
    AQ_TEXT(User, name, .unique = true, .check = "length(name) between 1 and 80"),
    AQ_TEXT(User, email, .unique = true, .check = "length(email) between 3 and 254"),
};
AQ_MODEL(User, user_columns, AQ_NONE, .table = "users");

static atomic_bool table_is_there;

/* In a handler: the table is there after this, or the request is answered with the reason. */
static void need_table(aq_request_t *req)
{
    aq_op_t *op;

    if (atomic_load(&table_is_there))
        return;
    op = aq_create_all(NULL, AQ_ALL_BINDS);
    aq_await(op);
    if (aq_op_code(op) != AQ_OK) {
        aq_respond_error(req, op);
        aq_task_exit(NULL);
    }
    atomic_store(&table_is_there, true);
}

static void on_table(aq_op_t *op, void *data)
{
    (void)data;
    if (aq_op_code(op) == AQ_OK)
        atomic_store(&table_is_there, true);
    else
        aq_log(AQ_LOG_WARNING, "table users: %s; trying again with the first request",
               aq_op_error(op)->message);
}

void users_begin(aq_context_t *context)
{
    aq_then(aq_create_all(context, AQ_ALL_BINDS), on_table, NULL);
}

/* ---- GET --------------------------------------------------------------------------------------------------------------------- */

static void show_user(aq_request_t *req)
{
    aq_op_t *op;
    aq_rows_t *rows;

    need_table(req);
    op = aq_read(NULL, NULL, "select id, name, email from users where name = $1",
                 aq_args(aq_text(aq_request_arg(req, "name"))));
    rows = aq_await(op);
    if (rows == NULL)
        aq_respond_error(req, op);
    else if (aq_rows_count(rows) == 0)
        aq_abort(req, 404, "no user has this name");
    else
        aq_respond_row(req, 200, rows, 0);
}

enum { LIMIT_DEFAULT = 20, LIMIT_MOST = 1000 };

static int32_t limit_of(aq_request_t *req)
{
    const char *text = aq_request_query(req, "limit");
    size_t length = text != NULL ? strlen(text) : 0;
    long limit =
        length > 0 && length <= 4 && strspn(text, "0123456789") == length ? strtol(text, NULL, 10) : 0;

    if (text == NULL)
        return LIMIT_DEFAULT;
    if (limit < 1 || limit > LIMIT_MOST)
        aq_abort_field(req, 400, "limit", "limit must be a number from 1 to %d", LIMIT_MOST);
    return (int32_t)limit;
}

static void list_users(aq_request_t *req)
{
    int32_t limit = limit_of(req);
    aq_op_t *op;
    aq_rows_t *rows;

    need_table(req);
    op = aq_read(NULL, NULL, "select id, name, email from users order by id limit $1",
                 aq_args(aq_int8(limit)));
    rows = aq_await(op);
    if (rows == NULL)
        aq_respond_error(req, op);
    else
        aq_respond_rows(req, 200, rows);
}

/* ---- POST ---------------------------------------------------------------------------------------------------------------------- */

/* A field that must be there and have so many bytes. */
static const char *need_field(aq_request_t *req, const char *name, size_t least, size_t most)
{
    const char *text = aq_request_field(req, name);
    size_t length = text != NULL ? strlen(text) : 0;

    if (text == NULL || length == 0)
        aq_abort_field(req, 400, name, "%s is missing", name);
    if (length < least || length > most)
        aq_abort_field(req, 400, name, "%s must have from %zu to %zu bytes", name, least, most);
    return text;
}

static void create_user(aq_request_t *req)
{
    const char *name = need_field(req, "name", 1, 80), *email = need_field(req, "email", 3, 254);
    aq_text_t segment = {0};
    aq_op_t *op;
    aq_rows_t *rows;

    need_table(req);
    op = aq_execute(NULL, NULL, "insert into users (name, email) values ($1, $2) returning id, name, email",
                    aq_args(aq_text(name), aq_text(email)));
    rows = aq_await(op);
    if (rows == NULL) {
        aq_respond_error(req, op);
        return;
    }
    aq_text_append_segment(&segment, name);
    aq_respond_header(req, "location", "/users/%s", aq_text_string(&segment));
    aq_text_dispose(&segment);
    aq_respond_row(req, 201, rows, 0);
}

int users_declare(aq_db_t *db)
{
    return aq_db_model(db, User);
}

int users_route(aq_h2o_t *routes)
{
    int code = aq_h2o_route(routes, "GET", "/users", list_users);

    if (code == AQ_OK)
        code = aq_h2o_route(routes, "POST", "/users", create_user);
    return code == AQ_OK ? aq_h2o_route(routes, "GET", "/users/<name>", show_user) : code;
}
