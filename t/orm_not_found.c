/* What is not there: get, first, one and one_or_none without a row, or with too many (vectors not_found). What a request is answered is of another file: here is what
 * the queries say that the answers are made of.
 *
 * A row of the vectors is a subtest. "404" is NULL without an error, or AQ_ENOROW where a row is required; "200" is the object. */
#include "tap.h"

#include "t/cluster.h"
#include "t/first_loop.h"

#include <aquifer.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

typedef struct U {
    aq_object_t object;
    int32_t id;
    const char *name;
    const char *note; /* NULL everywhere */
} U;

static const aq_column_t u_columns[] = {
    AQ_INT4(U, id, .primary_key = true),
    AQ_TEXT(U, name),
    AQ_TEXT_NULL(U, note),
};
AQ_MODEL(U, u_columns, AQ_NONE, .table = "nf_u");

typedef struct K {
    aq_object_t object;
    int32_t a, b;
} K;

static const aq_column_t k_columns[] = {
    AQ_INT4(K, a, .primary_key = true, .autoincrement = AQ_AUTOINCREMENT_OFF),
    AQ_INT4(K, b, .primary_key = true, .autoincrement = AQ_AUTOINCREMENT_OFF),
};
AQ_MODEL(K, k_columns, AQ_NONE, .table = "nf_k");

static cluster_t *cluster;
static aq_context_t *context;
static aq_session_t *session;

/* ---- Outcomes: "200 <U 1>", "404", "AQ_EARGUMENTS: ..." --------------------------------------------------------------------------- */

static aq_text_t outcome;

static const char *outcome_of(aq_op_t *op)
{
    void *object = aq_wait(op);

    aq_text_dispose(&outcome);
    if (object != NULL) {
        aq_text_append(&outcome, "200 ");
        aq_object_append(&outcome, object);
    } else if (aq_op_code(op) == AQ_OK || aq_error_http_status(aq_op_code(op)) == 404) {
        aq_text_append(&outcome, "404");
    } else {
        aq_text_appendf(&outcome, "%s: %s", aq_error_name(aq_op_code(op)), aq_op_error(op)->message);
    }
    aq_op_close(op);
    return aq_text_string(&outcome);
}

/* ---- get_or_404(99), composite get_or_404((1, None)) -------------------------------------------------------------------------------- */

static aq_value_t value_of(const char *text, size_t length)
{
    char *end, *copy = aq_arena_strndup(aq_session_arena(session), text, length);
    long long number;

    if (strcmp(copy, "None") == 0)
        return aq_null();
    if (copy[0] == '\'') {
        copy[strlen(copy) - 1] = '\0';
        return aq_text(copy + 1);
    }
    errno = 0;
    number = strtoll(copy, &end, 10);
    if (*end == '.')
        return aq_float8(strtod(copy, NULL));
    return *end != '\0' ? aq_text(copy) : aq_int8(number);
}

static size_t values_of(const char *text, aq_value_t *values, size_t most)
{
    size_t count = 0;

    for (text += strspn(text, "( "); *text != ')' && *text != '\0' && count < most;
         text += strspn(text, ", ")) {
        const size_t length = text[0] == '\'' ? strcspn(text + 1, "'") + 2 : strcspn(text, ",)");

        values[count++] = value_of(text, length);
        text += length;
    }
    return count;
}

static const char *get(const aq_model_t *model, const char *arguments)
{
    aq_value_t values[8];
    const aq_arguments_t key = {values_of(arguments, values, 8), values};

    return outcome_of(aq_session_get(session, model, &key, AQ_HERE));
}

/* ---- The others ---------------------------------------------------------------------------------------------------------------------- */

static aq_query_t *named(const char *name)
{
    aq_query_t *query = aq_query(session, U);

    aq_filter(query, aq_eq(U, name, name));
    return query;
}

static const char *first_none(void)
{
    return outcome_of(aq_first(named("zz")));
}

static const char *one_none(void)
{
    aq_op_t *op = aq_one(named("zz"));

    aq_wait(op);
    is_int(aq_op_code(op), AQ_ENOROW, "AQ_ENOROW");
    is_str(aq_op_error(op)->message, "one: no row was found when one was required", "the whole text");
    is_str(outcome_of(aq_one_or_none(named("zz"))), "404", "one_or_none: NULL, and no error");
    return outcome_of(op);
}

static const char *one_many(void)
{
    is_str(outcome_of(aq_one_or_none(named("b"))),
           "AQ_EMANYROWS: one_or_none: multiple rows were found when exactly one was required",
           "one_or_none");
    is_str(outcome_of(aq_first(named("b"))), "200 <U 2>", "first takes the first of many");
    return outcome_of(aq_one(named("b")));
}

static const char *get_missing(void)
{
    return outcome_of(aq_get(session, U, 99));
}

static const char *get_there(void)
{
    return outcome_of(aq_get(session, U, 1));
}

/* The first row's only column is NULL: it is no row that is missing. */
static const char *null_scalar(void)
{
    aq_query_t *query = named("a");
    aq_op_t *op;
    const aq_cell_t *cell;

    aq_columns(query, aq_column(U, note));
    op = aq_scalar(query);
    cell = aq_wait(op);
    ok(cell != NULL && aq_is_null(*cell), "there is a row, and its column is NULL");
    aq_op_close(op);
    return cell != NULL ? "404" : "none";
}

static const struct {
    const char *name;
    const char *(*run)(void);
} others[] = {
    {"first_or_404 none", first_none},
    {"first_or_404 description", first_none},
    {"one_or_404 none", one_none},
    {"db.get_or_404", get_missing},
    {"db.get_or_404 ok", get_there},
    {"db.one_or_404 many", one_many},
    {"db.first_or_404 null scalar", null_scalar},
};

/* ---- Where Aquifer says something else ------------------------------------------------------------------------------------------------ */

#define ARITY(count_, model_, key_)                                                            \
    "AQ_EARGUMENTS: get: incorrect number of values (" count_ ") in the identifier of " model_ \
    "; its primary key is " key_

static const struct {
    const char *name, *outcome, *why;
} settled[] = {
    {"get_or_404('1')", "AQ_ETYPE: U.id: a text where an int4 was asked for",
     "keys have types; the text of a request is parsed where it is a request's"},
    {"get_or_404('')", "AQ_ETYPE: U.id: a text where an int4 was asked for",
     "keys have types; the text of a request is parsed where it is a request's"},
    {"get_or_404(1.0)", "AQ_ETYPE: U.id: a float8 where an int4 was asked for", "keys have types"},
    {"composite get_or_404((1,))", ARITY("1", "K", "'K.a', 'K.b'"), "our words"},
    {"composite get_or_404((1, 2, 3))", ARITY("3", "K", "'K.a', 'K.b'"), "our words"},
    {"composite get_or_404(None)", ARITY("1", "K", "'K.a', 'K.b'"), "our words"},
    {"db.one_or_404 many", "AQ_EMANYROWS: one: multiple rows were found when exactly one was required",
     "that it is answered by 404 is of the answer"},
};

/* ---- Rows ------------------------------------------------------------------------------------------------------------------------------- */

static const char *run_row(const char *name)
{
    static const char simple[] = "get_or_404(", composite[] = "composite get_or_404(";

    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        if (strcmp(others[i].name, name) == 0)
            return others[i].run();
    if (strncmp(name, simple, strlen(simple)) == 0)
        return get(&U_model, name + strlen(simple));
    if (strncmp(name, composite, strlen(composite)) == 0)
        return get(&K_model, name + strlen(composite));
    return "no function for this row";
}

static const char *expected_of(const json_t *row, char *buffer, size_t size)
{
    const json_t *expect = json_object_get(json_object_get(row, "expect"), "3.x");
    const char *value = json_string_value(json_object_get(expect, "value"));
    const char *name = json_string_value(json_object_get(row, "name"));

    for (size_t i = 0; i < sizeof settled / sizeof settled[0]; i++)
        if (strcmp(settled[i].name, name) == 0)
            return settled[i].outcome;
    snprintf(buffer, size, "%d%s%s", (int)json_integer_value(json_object_get(expect, "status")),
             value != NULL ? " " : "", value != NULL ? value : "");
    return buffer;
}

static const char *reason_of(const char *name)
{
    for (size_t i = 0; i < sizeof settled / sizeof settled[0]; i++)
        if (strcmp(settled[i].name, name) == 0)
            return settled[i].why;
    return NULL;
}

static void test_vectors(void)
{
    json_t *vectors = vectors_load("not_found.json"), *row;
    char buffer[128];
    size_t i;

    json_array_foreach(json_object_get(vectors, "rows"), i, row)
    {
        const char *name = json_string_value(json_object_get(row, "name"));
        const char *why = reason_of(name);

        subtest("%s%s%s", name, why != NULL ? ", settled: " : "", why != NULL ? why : "") {
            session = aq_session_open(context, NULL);
            is_str(run_row(name), expected_of(row, buffer, sizeof buffer), "the outcome");
            aq_session_close(session);
        }
    }
    json_decref(vectors);
}

static void done(aq_op_t *op)
{
    if (aq_wait(op) == NULL)
        bail_out("%s", aq_op_error(op)->message);
    aq_op_close(op);
}

int main(void)
{
    uv_loop_t loop;
    aq_db_t *db = aq_db_create();
    aq_app_t *app;

    open_first_loop();
    cluster = cluster_start(NULL);
    uv_loop_init(&loop);
    aq_db_model(db, U);
    aq_db_model(db, K);
    app = aq_app_create(&(aq_config_t){.database_uri = cluster_uri(cluster), .track_modifications = AQ_OFF});
    if (app == NULL || aq_db_init_app(db, app) != AQ_OK || (context = aq_context_create(app, &loop)) == NULL)
        bail_out("%s", aq_last_error()->message);
    done(aq_create_all(context, AQ_ALL_BINDS));
    cluster_sql(cluster,
                "insert into nf_u values (1, 'a'), (2, 'b'), (3, 'b'); insert into nf_k values (1, 2)");
    test_vectors();
    aq_text_dispose(&outcome);
    done(aq_context_close(context));
    aq_app_close(app);
    aq_db_close(db);
    uv_run(&loop, UV_RUN_DEFAULT);
    is_int(uv_loop_close(&loop), 0, "uv_loop_close() == 0");
    cluster_close(cluster);
    return tap_done();
}
