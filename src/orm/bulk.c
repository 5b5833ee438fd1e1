/* bulk: UPDATE and DELETE of all rows that a query's filters find, by the server.
 *
 * The happy path: what is pending is flushed, the session's transaction begins where it has not, the statement is sent on its connection. Objects of the session do not learn of it.
 * The failure modes: what is wrong with the query or with what it sets; the server's, after which the transaction has failed until aq_rollback(). */
#include "src/orm/observer.h"
#include "src/orm/query.h"

typedef struct bulk {
    aq__work_t work; /* first */
    aq_arena_t *arena;
    aq__compiled_t compiled;
    aq__branch_t *branch;
    uint64_t rows;
} bulk_t;

static void on_results(aq__work_t *work, void *data, aq_results_t *results, const aq_error_t *error)
{
    bulk_t *bulk = (bulk_t *)(void *)work;

    (void)data;
    if (results != NULL)
        bulk->rows = aq_rows_affected(aq_results_rows(results, aq_results_count(results) - 1));
    if (error != NULL)
        aq__work_fail_with(work, error);
    else
        aq__work_done(work, &bulk->rows);
    aq_results_close(results);
}

static void on_open(aq__work_t *work, int code)
{
    bulk_t *bulk = (bulk_t *)(void *)work;
    aq_unit_t *unit = code == AQ_OK ? aq__session_unit(work, bulk->branch) : NULL;

    if (unit == NULL) {
        aq__work_fail_last(work);
        return;
    }
    aq_unit_add(unit, bulk->compiled.sql, &bulk->compiled.arguments); /* an error is the send's too */
    aq__session_send(work, bulk->branch, unit, aq__observed_take(work), NULL, on_results);
}

static void start(aq__work_t *work)
{
    bulk_t *bulk = (bulk_t *)(void *)work;

    bulk->branch = aq__session_branch(work->session, bulk->compiled.bind);
    if (bulk->branch == NULL)
        aq__work_fail_last(work);
    else
        aq__branch_open(work, bulk->branch, "begin", on_open);
}

static void close_arena(aq__work_t *work)
{
    aq_arena_close(((bulk_t *)(void *)work)->arena);
}

static const aq__work_class_t update_class = {AQ__WORK("update"), .flushes = true, .start = start,
                                              .free = close_arena};
static const aq__work_class_t delete_class = {AQ__WORK("delete"), .flushes = true, .start = start,
                                              .free = close_arena};

static bulk_t *create(aq_query_t *query, const aq__work_class_t *work_class, aq_place_t place)
{
    bulk_t *bulk = (bulk_t *)(void *)aq__work_create(query->session, work_class, sizeof *bulk, place);

    if (bulk != NULL && (bulk->arena = aq_arena_create()) == NULL)
        aq__work_fail_last(&bulk->work);
    return bulk;
}

/* The statement is made at once: what it sets may point to what is the caller's. */
aq_op_t *aq_query_update(aq_query_t *query, const aq_assignment_t *assignments, size_t count,
                         aq_place_t place)
{
    bulk_t *bulk = create(query, &update_class, place);

    if (bulk == NULL)
        return aq__session_failed(query->session);
    if (bulk->arena != NULL &&
        aq__query_compile_update(query, assignments, count, bulk->arena, &bulk->compiled) != AQ_OK)
        aq__work_fail_last(&bulk->work);
    return &bulk->work.op;
}

aq_op_t *aq_query_delete(aq_query_t *query, aq_place_t place)
{
    bulk_t *bulk = create(query, &delete_class, place);

    if (bulk == NULL)
        return aq__session_failed(query->session);
    if (bulk->arena != NULL &&
        aq__query_compile(query, AQ__FORM_DELETE, bulk->arena, &bulk->compiled) != AQ_OK)
        aq__work_fail_last(&bulk->work);
    return &bulk->work.op;
}
