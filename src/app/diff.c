/* What differs between the models of a bind and its database.
 *
 * The happy path: the database is reflected and compared; where all expressions read the same, that is it, after one round trip. Otherwise
 * the server is asked about those that do not (judge.c), which is one more, and it is compared again. Nothing is written. Comparing parses
 * expressions, so it is done in a thread of libuv's pool: the loop goes on.
 * The failure modes: those of any unit; a context that is closed meanwhile. A server that cannot judge leaves it at what the texts say.
 *
 * The op owns the op that it waits for: canceling or closing the one does it to the other. While it is compared, the op lets go at once and is
 * completed, for nobody, when the thread is through. The context is held until then, and the models with it. */
#include <string.h>

#include "src/app/judge.h"

typedef struct comparison {
    aq_op_t op;
    aq_context_t *context; /* held until the outcome is there; then NULL */
    const char *bind;      /* NULL: the default one */
    const aq__metadata_t *wanted;
    aq_arena_t *arena; /* of the diff too */
    aq__judge_t *judge;
    aq_op_t *reflection; /* owns `live` */
    const aq__metadata_t *live;
    aq_op_t *question;
    int answers, schemas; /* the statements of the question that tell these; answers -1: none was asked for */
    uv_work_t work;
    bool comparing;                  /* the thread has it */
    const char *const *schema_names; /* those that exist, as far as they are known */
    size_t schema_count;
    aq_diff_t *diff; /* NULL: there was no memory */
} comparison_t;

static void release_context(comparison_t *comparison)
{
    if (comparison->context != NULL)
        aq__context_release(comparison->context);
    comparison->context = NULL;
}

static void free_comparison(comparison_t *comparison)
{
    release_context(comparison);
    aq_op_close(comparison->question);
    aq_op_close(comparison->reflection);
    aq__judge_dispose(comparison->judge);
    aq_arena_close(comparison->arena);
    aq__free(comparison);
}

static void on_release(aq_op_t *op)
{
    free_comparison(AQ__CONTAINER_OF(op, comparison_t, op));
}

static bool on_cancel(aq_op_t *op, void *data)
{
    comparison_t *comparison = data;

    if (comparison->comparing)
        return true; /* on_compared() completes it */
    if (op->closed) {
        aq_op_complete(op, NULL); /* on_release() closes what it waits for */
        return true;
    }
    aq_cancel(comparison->question != NULL ? comparison->question : comparison->reflection);
    return false; /* it completes with that */
}

static const aq_op_class_t diff_class = {.name = "diff", .cancel = on_cancel};

static void fail_with(comparison_t *comparison, const aq_error_t *error)
{
    release_context(comparison);
    aq_op_fail_with(&comparison->op, error);
}

/* NULL: the thread's last error. */
static void finish(comparison_t *comparison, aq_diff_t *diff)
{
    if (diff == NULL) {
        fail_with(comparison, aq_last_error());
        return;
    }
    release_context(comparison);
    aq_op_complete(&comparison->op, diff);
}

/* Waits for an op of our own, which nobody else closes. */
static void wait_for(comparison_t *comparison, aq_op_t *op, aq_then_cb cb)
{
    if (aq_op_done(op) || aq_then(op, cb, comparison) != AQ_OK) {
        fail_with(comparison, aq_op_error(op) != NULL ? aq_op_error(op) : aq_last_error());
        return;
    }
    aq__list_unlink(&op->owned);
    op->tasked = false;
}

/* ---- Comparing --------------------------------------------------------------------------------------------------------------------- */

/* In the thread: reads what is sealed, and writes what is touched by nobody else meanwhile. */
static void on_compare(uv_work_t *work)
{
    comparison_t *comparison = AQ__CONTAINER_OF(work, comparison_t, work);
    const aq__diff_options_t options = {aq__judge_same, comparison->judge, comparison->schema_names,
                                        comparison->schema_count};

    if (aq__diff(comparison->arena, comparison->wanted, comparison->live, &options, &comparison->diff) !=
            AQ_OK ||
        comparison->judge->failed)
        comparison->diff = NULL;
}

static void ask(comparison_t *comparison);

/* A schema that holds nothing looks as if it were not there. */
static bool misses_schema(const aq_diff_t *diff)
{
    return diff->count > 0 && diff->items[0].kind == AQ_DIFFERENCE_MISSING_SCHEMA;
}

/* Whether the server must be asked before it can be said. */
static bool is_open(const comparison_t *comparison)
{
    return comparison->question == NULL && !comparison->op.cancel_asked && !comparison->op.closed &&
           (comparison->judge->count > 0 || misses_schema(comparison->diff));
}

static void on_compared(uv_work_t *work, int status)
{
    comparison_t *comparison = AQ__CONTAINER_OF(work, comparison_t, work);
    aq_loop_t *loop = comparison->context->loop;
    aq_pool_t *pool;

    (void)status;
    aq__loop_enter(loop);
    comparison->comparing = false;
    if (comparison->diff == NULL)
        (void)aq__fail(AQ_ENOMEM, "diff: %s", aq_strerror(AQ_ENOMEM));
    if (comparison->diff == NULL || !is_open(comparison))
        finish(comparison, comparison->diff);
    else if (aq__context_find(&comparison->context, comparison->bind, &pool) != AQ_OK)
        finish(comparison, NULL); /* it was closed meanwhile */
    else
        ask(comparison);
    aq__loop_leave(loop);
}

static void compare(comparison_t *comparison)
{
    comparison->comparing = true;
    uv_queue_work(aq_loop_uv(comparison->context->loop), &comparison->work, on_compare,
                  on_compared); /* fails for want of a callback only */
}

/* ---- Asking the server ---------------------------------------------------------------------------------------------------------------- */

static const char *const *read_schemas(comparison_t *comparison, aq_rows_t *rows)
{
    const char **schemas = aq_arena_calloc(comparison->arena, aq_rows_count(rows) + 1, sizeof(*schemas));

    for (size_t i = 0; i < aq_rows_count(rows) && schemas != NULL; i++) {
        schemas[i] = aq_arena_strdup(comparison->arena, aq_as_text(aq_cell(rows, i, 0)));
        if (schemas[i] == NULL)
            return NULL;
    }
    return schemas;
}

static void compare_again(comparison_t *comparison, aq_results_t *results)
{
    aq_rows_t *schema_rows = aq_results_rows(results, (size_t)comparison->schemas);
    int code = comparison->answers >= 0
                   ? aq__judge_take(comparison->judge, aq_results_rows(results, (size_t)comparison->answers))
                   : AQ_OK;

    comparison->schema_names = read_schemas(comparison, schema_rows);
    comparison->schema_count = aq_rows_count(schema_rows);
    if (comparison->schema_names != NULL && code == AQ_OK)
        compare(comparison);
    else
        finish(comparison, NULL);
}

/* An error of a statement, such as that there is no PL/pgSQL; not of the connection, nor one that asks to try again. */
static bool is_no_judge(const aq_error_t *error)
{
    static const char *const others[] = {"08", "40", "53", "57"};

    if (error->sqlstate[0] == '\0')
        return false;
    for (size_t i = 0; i < AQ__COUNT_OF(others); i++)
        if (strncmp(error->sqlstate, others[i], 2) == 0)
            return false;
    return true;
}

static bool is_closed(comparison_t *comparison)
{
    aq_pool_t *pool;

    return aq__context_find(&comparison->context, comparison->bind, &pool) != AQ_OK;
}

static void on_answer(aq_op_t *op, void *data)
{
    comparison_t *comparison = data;
    const aq_error_t *error = aq_op_error(op);

    aq_op_keep(op);
    if (error != NULL && !is_no_judge(error)) {
        fail_with(comparison, error);
    } else if (is_closed(comparison)) {
        finish(comparison, NULL);
    } else if (error != NULL) {
        comparison->judge->has_ruled = true;
        compare(comparison);
    } else {
        compare_again(comparison, aq_op_value(op));
    }
}

static void ask(comparison_t *comparison)
{
    aq_unit_t *unit = aq_unit_create();

    comparison->answers = -1;
    if (comparison->judge->count > 0)
        comparison->answers = aq__judge_add(comparison->judge, unit);
    comparison->schemas = aq_unit_add(unit, "select nspname::text from pg_catalog.pg_namespace", NULL);
    if (comparison->schemas < 0 || (comparison->judge->count > 0 && comparison->answers < 0)) {
        aq_unit_close(unit);
        finish(comparison, NULL);
        return;
    }
    comparison->question = aq_send(comparison->context, comparison->bind, unit);
    wait_for(comparison, comparison->question, on_answer);
}

/* ---- Reflecting ------------------------------------------------------------------------------------------------------------------------ */

static void on_reflected(aq_op_t *op, void *data)
{
    comparison_t *comparison = data;

    aq_op_keep(op);
    if (aq_op_error(op) != NULL) {
        fail_with(comparison, aq_op_error(op));
        return;
    }
    comparison->live = aq_op_value(op);
    if (is_closed(comparison))
        finish(comparison, NULL);
    else
        compare(comparison);
}

typedef struct schemas {
    aq_arena_t *arena;
    const char **items;
    size_t count;
    bool failed;
} schemas_t;

static void use_schema(schemas_t *schemas, const char *schema)
{
    const char **items;

    for (size_t i = 0; i < schemas->count; i++)
        if (schemas->items[i] == schema ||
            (schema != NULL && schemas->items[i] != NULL && strcmp(schemas->items[i], schema) == 0))
            return;
    items = aq__grow(schemas->arena, schemas->items, schemas->count, sizeof(*items));
    if (items == NULL) {
        schemas->failed = true;
        return;
    }
    items[schemas->count++] = schema;
    schemas->items = items;
}

/* Those that the models name; NULL: the search path's. */
static schemas_t used_schemas(const comparison_t *comparison)
{
    const aq__metadata_t *wanted = comparison->wanted;
    schemas_t schemas = {.arena = comparison->arena};

    for (size_t i = 0; i < wanted->table_count; i++)
        use_schema(&schemas, wanted->tables[i]->schema);
    for (size_t i = 0; i < wanted->enum_count; i++)
        use_schema(&schemas, wanted->enums[i]->schema);
    for (size_t i = 0; i < wanted->sequence_count; i++)
        use_schema(&schemas, wanted->sequences[i]->schema);
    return schemas;
}

static void reflect(comparison_t *comparison)
{
    static aq_diff_t nothing;
    const schemas_t schemas = used_schemas(comparison);

    if (schemas.failed) {
        finish(comparison, NULL);
    } else if (schemas.count == 0) {
        finish(comparison, &nothing);
    } else {
        const aq_reflect_options_t options = {schemas.items, schemas.count, .first_of_path = true};

        comparison->reflection = aq_reflect(comparison->context, comparison->bind, &options);
        wait_for(comparison, comparison->reflection, on_reflected);
    }
}

/* ---- The call ----------------------------------------------------------------------------------------------------------------------------- */

static comparison_t *make_comparison(aq_context_t *context, const char *bind, const aq__metadata_t *wanted)
{
    comparison_t *comparison = aq__calloc(1, sizeof(*comparison));

    if (comparison == NULL)
        return NULL;
    comparison->context = context;
    aq__context_hold(context);
    comparison->wanted = wanted;
    comparison->arena = aq_arena_create();
    if (comparison->arena != NULL) {
        comparison->bind = aq_arena_strdup(comparison->arena, bind);
        comparison->judge = aq__judge_create(comparison->arena);
    }
    if (comparison->judge != NULL && (comparison->bind != NULL || bind == NULL))
        return comparison;
    free_comparison(comparison);
    return NULL;
}

static aq_op_t *start(aq_context_t *context, const char *bind, const aq__metadata_t *wanted)
{
    comparison_t *comparison = make_comparison(context, bind, wanted);

    if (comparison == NULL)
        return aq__context_failed(context);
    aq__op_init(&comparison->op, context->loop, &diff_class, comparison, on_release);
    reflect(comparison);
    return &comparison->op;
}

aq_op_t *aq__diff_with(aq_context_t *context, const char *bind, const aq__metadata_t *wanted)
{
    aq_pool_t *pool;

    return aq__context_find(&context, bind, &pool) == AQ_OK ? start(context, bind, wanted)
                                                            : aq__context_failed(context);
}

aq_op_t *aq_diff(aq_context_t *context, const char *bind)
{
    static const aq__metadata_t nothing = {0};
    const aq__metadata_t *wanted;
    aq_pool_t *pool;

    if (aq__context_find(&context, bind, &pool) != AQ_OK)
        return aq__context_failed(context);
    wanted = aq__models_metadata(context->app->db->models, bind);
    return start(context, bind, wanted != NULL ? wanted : &nothing);
}
