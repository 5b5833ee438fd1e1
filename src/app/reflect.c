/* Reflecting: a database's tables as metadata.
 *
 * The happy path: one unit of two statements (settings, then the catalogs' query) goes to the pool, so one round trip and one snapshot whatever
 * there is to read; its rows become metadata, which is the op's value: some hundred of them in a turn of the loop, so that a big schema does not hold it up.
 * The failure modes: those of any unit, and of memory. A table that somebody drops meanwhile is still in the snapshot, but the server's functions
 * that show expressions look at what is there now, and give nothing, or fail with an internal error: then all is read again, a few times.
 *
 * The op owns the unit's op: canceling or closing the one does it to the other. The context is held until the outcome is there, and with it the
 * loop that the turns are of. */
#include <string.h>

#include "src/app/app.h"
#include "src/schema/catalog.h"

enum { MOST_TRIES = 4, MOST_ITEMS = 32, ROWS_A_TURN = 300 };

typedef struct reflection {
    aq_op_t op;
    aq_context_t *context; /* held until the outcome is there; then NULL */
    aq_pool_t *pool;       /* is there as long as `query`, which was made of it */
    aq_op_t *query;
    const char *bind; /* NULL: the default one */
    char *sql;
    aq_arena_t *arena;
    const char *const *schemas; /* NULL: those of the search path */
    size_t schema_count;
    bool first_of_path;
    int tries;
    aq__turn_t turn;        /* in which rows are read */
    aq__catalog_t *catalog; /* NULL: no rows are being read */
    aq_rows_t *rows;        /* of `query` */
    size_t next_row;
} reflection_t;

static void release_context(reflection_t *reflection)
{
    if (reflection->context != NULL)
        aq__context_release(reflection->context);
    reflection->context = NULL;
}

static void free_reflection(reflection_t *reflection)
{
    aq__list_unlink(&reflection->turn.link);
    aq__catalog_close(reflection->catalog);
    release_context(reflection);
    aq_op_close(reflection->query);
    aq__free(reflection->sql);
    aq_arena_close(reflection->arena);
    aq__free(reflection);
}

static void on_release(aq_op_t *op)
{
    free_reflection(AQ__CONTAINER_OF(op, reflection_t, op));
}

static bool on_cancel(aq_op_t *op, void *data)
{
    reflection_t *reflection = data;

    if (op->closed) {
        aq_op_complete(op, NULL); /* on_release() closes the query */
        return true;
    }
    aq_cancel(reflection->query);
    return false; /* it completes with the query, or when its rows are read */
}

static void dispose(void *value)
{
    aq_metadata_close(value);
}

static const aq_op_class_t reflect_class = {.name = "reflect", .cancel = on_cancel, .dispose = dispose};

/* ---- The answer ------------------------------------------------------------------------------------------------------------------ */

static int read_row(aq__catalog_t *catalog, aq_rows_t *rows, size_t row)
{
    int part = aq_as_int4(aq_cell(rows, row, 0));
    aq_cells_t cells = aq_as_array(aq_cell(rows, row, 1));
    const char *items[MOST_ITEMS];

    for (size_t i = 0; i < cells.count && i < MOST_ITEMS; i++)
        items[i] = aq_as_text(cells.items[i]);
    if (aq_rows_error(rows) != NULL)
        return aq__fail_with(aq_rows_error(rows));
    return aq__catalog_add_row(catalog, part, items, cells.count);
}

/* Whether it may be that something changed under the snapshot: an error of the server's own, or rows that make no sense. */
static bool is_worth_a_retry(const reflection_t *reflection, const aq_error_t *error)
{
    bool strange = strcmp(error->sqlstate, "XX000") == 0 || error->code == AQ_EMAPPING;

    return strange && reflection->tries < MOST_TRIES;
}

static void ask(reflection_t *reflection);

static void fail_with(reflection_t *reflection, const aq_error_t *error)
{
    release_context(reflection);
    aq_op_fail_with(&reflection->op, error);
}

/* Asks again, or fails. */
static void fail_or_retry(reflection_t *reflection, const aq_error_t *error)
{
    aq_op_t *old = reflection->query;

    aq__catalog_close(reflection->catalog);
    reflection->catalog = NULL;
    if (is_worth_a_retry(reflection, error)) {
        ask(reflection);
        aq_op_close(old);
    } else {
        fail_with(reflection, error);
    }
}

static void succeed(reflection_t *reflection)
{
    aq__metadata_t *metadata = aq__catalog_take(reflection->catalog);

    if (metadata == NULL) {
        fail_or_retry(reflection, aq_last_error());
        return;
    }
    release_context(reflection);
    aq_op_complete(&reflection->op, metadata);
}

static void read_some_rows(reflection_t *reflection)
{
    size_t end = reflection->next_row + ROWS_A_TURN, count = aq_rows_count(reflection->rows);

    for (; reflection->next_row < count && reflection->next_row < end; reflection->next_row++)
        if (read_row(reflection->catalog, reflection->rows, reflection->next_row) != AQ_OK) {
            fail_or_retry(reflection, aq_last_error());
            return;
        }
    if (reflection->next_row < end) /* what few rows make is ended in the same turn */
        succeed(reflection);
    else
        aq__turn_schedule(reflection->op.loop, &reflection->turn);
}

static void on_turn(aq__turn_t *turn)
{
    read_some_rows(AQ__CONTAINER_OF(turn, reflection_t, turn));
}

static void on_query_done(aq_op_t *op, void *data)
{
    reflection_t *reflection = data;

    aq_op_keep(op);
    if (aq_op_error(op) != NULL) {
        fail_or_retry(reflection, aq_op_error(op));
        return;
    }
    reflection->rows = aq_results_rows(aq_op_value(op), 1);
    reflection->next_row = 0;
    reflection->catalog = aq__catalog_create(reflection->bind);
    if (reflection->catalog != NULL)
        read_some_rows(reflection);
    else
        fail_with(reflection, aq_last_error());
}

/* ---- The question ------------------------------------------------------------------------------------------------------------------ */

/* NULL: out of memory. */
static aq_unit_t *make_unit(const reflection_t *reflection)
{
    aq_unit_t *unit = aq_unit_create();
    aq_value_t schemas = reflection->schemas != NULL
                             ? aq_text_array(reflection->schemas, reflection->schema_count)
                             : aq_null();

    if (unit == NULL)
        return NULL;
    aq_unit_add(unit, aq__catalog_settings(), NULL);
    aq__unit_add_own(unit, AQ__OWN_QUERY, reflection->sql,
                     aq_args(schemas, aq_bool(reflection->first_of_path)));
    return unit;
}

static void ask(reflection_t *reflection)
{
    aq_unit_t *unit = make_unit(reflection);
    aq_op_t *query =
        unit != NULL ? aq__pool_send(reflection->pool, unit) : aq__op_failed(reflection->op.loop);

    reflection->tries++;
    reflection->query = query;
    if (aq_op_done(query) || aq_then(query, on_query_done, reflection) != AQ_OK) {
        fail_with(reflection, aq_op_error(query) != NULL ? aq_op_error(query) : aq_last_error());
        return;
    }
    aq__list_unlink(&query->owned); /* only we close it */
    query->tasked = false;
}

static int copy_options(reflection_t *reflection, const aq_reflect_options_t *options)
{
    const char **schemas;

    if (options == NULL)
        return AQ_OK;
    reflection->first_of_path = options->first_of_path;
    if (options->schemas == NULL || options->schema_count == 0)
        return AQ_OK;
    schemas = aq_arena_calloc(reflection->arena, options->schema_count, sizeof(*schemas));
    if (schemas == NULL)
        return AQ_ENOMEM;
    for (size_t i = 0; i < options->schema_count; i++) {
        schemas[i] = aq_arena_strdup(reflection->arena, options->schemas[i]);
        if (schemas[i] == NULL && options->schemas[i] != NULL)
            return AQ_ENOMEM;
    }
    reflection->schemas = schemas;
    reflection->schema_count = options->schema_count;
    return AQ_OK;
}

static reflection_t *make_reflection(aq_context_t *context, aq_pool_t *pool, const char *bind,
                                     const aq_reflect_options_t *options)
{
    reflection_t *reflection = aq__calloc(1, sizeof(*reflection));

    if (reflection == NULL)
        return NULL;
    reflection->context = context;
    aq__context_hold(context);
    reflection->pool = pool;
    aq__turn_init(&reflection->turn, on_turn);
    reflection->sql = aq__catalog_query();
    reflection->arena = aq_arena_create();
    if (reflection->sql != NULL && reflection->arena != NULL) {
        reflection->bind = aq_arena_strdup(reflection->arena, bind);
        if ((reflection->bind != NULL || bind == NULL) && copy_options(reflection, options) == AQ_OK)
            return reflection;
    }
    free_reflection(reflection);
    return NULL;
}

aq_op_t *aq_reflect(aq_context_t *context, const char *bind, const aq_reflect_options_t *options)
{
    reflection_t *reflection = NULL;
    aq_loop_t *loop;
    aq_pool_t *pool;
    int code = aq__context_find(&context, bind, &pool);

    if (code == AQ_OK)
        reflection = make_reflection(context, pool, bind, options);
    loop = context != NULL ? context->loop : aq__task_loop();
    if (reflection == NULL)
        return loop != NULL ? aq__op_failed(loop) : aq__op_failed_nowhere();
    aq__op_init(&reflection->op, loop, &reflect_class, reflection, on_release);
    ask(reflection);
    return &reflection->op;
}
