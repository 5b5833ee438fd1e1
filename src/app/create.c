/* create_all and drop_all: what models declare, made in the database and taken out of it.
 *
 * The happy path, for one bind after the other: an exclusive lane; BEGIN; a lock and one query for what is there; then all statements and
 * COMMIT as one unit. Each is a round trip. Where nothing is to be done the last one is not made.
 *
 *     ACQUIRING -> BEGINNING -> LOOKING -> CHANGING -> ACQUIRING (the next bind) ... -> (done)
 *          `-----------`-----------`----------`-------> (failed), or ACQUIRING (the same bind, once more)
 *                                               at each: the lane goes back, and what is open is rolled back
 *
 * BEGIN has a Sync of its own, so that the unit behind it, which waits for a lock and has only SELECTs, can be canceled. That one is sent when
 * BEGIN was answered: before that, a pooler of transactions does not know yet that both must go to one server.
 *
 * The lock is an advisory one, on a number of ours, held to the end of the transaction: who comes second waits for the first to commit, and
 * only then looks. CREATE TABLE IF NOT EXISTS would not do: two of them at once can both find nothing, and one fails on a unique index of the
 * catalogs. It makes ours wait for ours; where somebody makes or drops a table by hand in that moment the server fails, nothing is kept, and it looks once
 * more. The isolation level is said because under REPEATABLE READ the snapshot would be taken before the lock was granted.
 *
 * The failure modes: whatever a lane's calls fail with is the error of the op; the server's get "bind 'users': create_all: " in front and keep
 * their statement. Before CHANGING nothing was done, so a connection that is lost there is AQ_ELOST, never AQ_ECOMMITUNKNOWN. A cancel is passed on to
 * what is pending, whose outcome counts: a unit that changes something runs to its end once it is sent. The context stays until the job is done
 * with it, also when it is closed meanwhile: its pools then fail what is pending. */
#include <string.h>

#include "src/app/app.h"

/* "aquifer", and a 1: part of the protocol between programs that use this library. */
#define LOCK "SELECT pg_catalog.pg_advisory_xact_lock(7021522389597254145)"
#define BEGIN "BEGIN ISOLATION LEVEL READ COMMITTED"
/* Temporary tables are searched first where the path does not name them: they would be indexed, referred to and dropped in the place of ours. A
 * path that leads nowhere stays as it is, since with this it would lead there. */
#define TEMPORARY_LAST                                                                                     \
    "SELECT pg_catalog.set_config('search_path', pg_catalog.current_setting('search_path') || ', pg_temp'" \
    ", true) WHERE pg_catalog.current_schema() IS NOT NULL"

/* What stands in the unit of LOOKING. */
enum { LOCK_STATEMENT, THINGS_STATEMENT, FOREIGN_KEYS_STATEMENT };

typedef enum step { ACQUIRING, BEGINNING, LOOKING, CHANGING } step_t;

typedef struct job {
    aq_arena_t *arena; /* this struct lives in it too */
    aq_op_t *op;
    aq_context_t *context;
    bool drops;
    bool canceled;
    bool tried_twice; /* the bind that it is at */
    const char **keys;
    size_t count;
    size_t next; /* bind */
    step_t step;
    aq_op_t *pending; /* what is waited for; its callback ends that */
    aq_lane_t *lane;  /* NULL: none is held */
    aq_pool_t *pool;  /* of the bind that it is at */
    const aq__metadata_t *metadata;
    aq__present_t present;
    aq_unit_t *unit; /* that is being filled */
} job_t;

static void acquire(job_t *job);
static void next_bind(job_t *job);

static const char *verb(const job_t *job)
{
    return job->drops ? "drop_all" : "create_all";
}

/* ---- Ending ------------------------------------------------------------------------------------------------------------------- */

/* With an error, or with NULL: well. Completes the op last but for our own memory, which the error may be in. */
static void finish(job_t *job, const aq_error_t *error)
{
    aq_op_t *op = job->op;

    aq_unit_close(job->unit);
    aq_release(job->lane);
    aq__context_release(job->context);
    if (error != NULL)
        aq_op_fail_with(op, error);
    else
        aq_op_complete(op, NULL);
    aq_arena_close(job->arena);
}

/* The error may be the thread's last one, or of an op that goes when its callback returns. */
static void fail_with(job_t *job, const aq_error_t *error)
{
    static const aq_error_t no_memory = {.code = AQ_ENOMEM, .message = "create_all, drop_all: out of memory"};
    aq_error_t *told = aq__error_dup(job->arena, error);
    bool unknown = error->code == AQ_ECOMMITUNKNOWN && job->step != CHANGING;

    if (told != NULL && unknown) {
        told->code = AQ_ELOST;
        told->message = aq_arena_printf(
            job->arena, "bind '%s': %s: no answer while it looked for what is there, nothing was changed",
            aq__pool_name(job->pool), verb(job));
    } else if (told != NULL && told->sqlstate[0] != '\0') {
        told->message = aq_arena_printf(job->arena, "bind '%s': %s: %s", aq__pool_name(job->pool), verb(job),
                                        error->message);
    }
    finish(job, told != NULL && told->message != NULL ? told : &no_memory);
}

static void fail_last(job_t *job)
{
    fail_with(job, aq_last_error());
}

static bool is_canceled(job_t *job)
{
    if (!job->canceled)
        return false;
    aq__fail(AQ_ECANCELED, "%s: canceled", verb(job));
    fail_last(job);
    return true;
}

static void wait_for(job_t *job, step_t step, aq_op_t *op, aq_then_cb cb)
{
    job->step = step;
    job->pending = op;
    if (aq_then(op, cb, job) != AQ_OK)
        fail_last(job);
}

static void let_lane_go(job_t *job)
{
    aq_release(job->lane);
    job->lane = NULL;
}

/* Somebody was quicker: what was to be made is there, what was to be dropped is not, or both waited for each other; or a pooler gave us a server
 * that has not prepared our statements, which the pool knows by now. What it really is shows when it happens again. */
static bool is_of_the_moment(const aq_error_t *error)
{
    static const char *const states[] = {
        "23505",                   /* unique_violation: of the catalogs */
        "26000", "42P05",          /* invalid_sql_statement_name, duplicate_prepared_statement */
        "40001", "40P01",          /* serialization_failure, deadlock_detected */
        "42704", "42710",          /* undefined_object, duplicate_object */
        "42P01", "42P06", "42P07", /* undefined_table, duplicate_schema, duplicate_table */
        "XX000",                   /* internal_error: "tuple concurrently updated", "cache lookup failed" */
    };

    for (size_t i = 0; i < AQ__COUNT_OF(states); i++)
        if (strcmp(error->sqlstate, states[i]) == 0)
            return true;
    return false;
}

static bool may_try_again(const job_t *job)
{
    return !job->tried_twice && !job->canceled;
}

/* The same bind from its beginning; its pool is gone where the context was closed. */
static void try_again(job_t *job)
{
    job->tried_twice = true;
    let_lane_go(job);
    if (aq__context_use(&job->context) == AQ_OK)
        acquire(job);
    else
        fail_last(job);
}

/* What was waited for is there; false: it failed, and the job goes on from there. */
static bool succeeded(job_t *job, const aq_op_t *op)
{
    job->pending = NULL;
    if (aq_op_code(op) == AQ_OK)
        return true;
    if (job->step != ACQUIRING && is_of_the_moment(aq_op_error(op)) && may_try_again(job))
        try_again(job);
    else
        fail_with(job, aq_op_error(op));
    return false;
}

/* ---- CHANGING ------------------------------------------------------------------------------------------------------------------ */

static int add_statement(void *data, const aq__ddl_statement_t *statement)
{
    job_t *job = data;
    int index = aq__unit_add_own(job->unit, AQ__OWN_UTILITY, statement->sql, NULL);

    return index < 0 ? index : AQ_OK;
}

/* An index, say, with the name of a table is none: then CREATE TABLE fails, and says so. */
static bool is_there(void *data, const aq__ddl_statement_t *statement)
{
    const job_t *job = data;
    char found = aq__present_find(&job->present, statement);

    if (statement->schema != NULL)
        return found != '\0';
    if (statement->enumeration != NULL)
        return found != '\0' && found != 'c';
    return found != '\0' && strchr(statement->sequence != NULL ? "S" : "rpvmf", found) != NULL;
}

/* Nor is a view that stands for a table one that was made here. */
static bool is_not_there(void *data, const aq__ddl_statement_t *statement)
{
    const job_t *job = data;
    char found = aq__present_find(&job->present, statement);

    if (statement->enumeration != NULL)
        return found != 'e';
    return found == '\0' || strchr(statement->sequence != NULL ? "S" : "rp", found) == NULL;
}

/* Whether models have a foreign key from one table to the other that closes a cycle. */
static bool is_by_alter(const aq__metadata_t *metadata, const aq__table_t *from, const aq__table_t *to)
{
    for (size_t i = 0; i < metadata->by_alter_count; i++)
        if (metadata->foreign_keys_by_alter[i]->table == from &&
            metadata->foreign_keys_by_alter[i]->referred == to)
            return true;
    return false;
}

/* Tables go in the reverse order of their creation. Foreign keys of cycles are in the way of that, and so are those that the database has and
 * the models have not: what there is counts, which gives us the names as well. */
static int drop_foreign_keys(job_t *job, aq_rows_t *rows)
{
    const aq__metadata_t *metadata = job->metadata;
    aq_text_t sql = {0};
    int code = AQ_OK;

    for (size_t i = 0; i < aq_rows_count(rows) && code == AQ_OK; i++) {
        size_t from = (size_t)aq_as_int4(aq_cell(rows, i, 0)) - 1,
               to = (size_t)aq_as_int4(aq_cell(rows, i, 1)) - 1;
        const char *name = aq_as_text(aq_cell(rows, i, 2));

        if (name == NULL || from == to || from >= metadata->table_count || to >= metadata->table_count)
            continue;
        if (from > to && !is_by_alter(metadata, metadata->ordered_tables[from], metadata->ordered_tables[to]))
            continue;
        aq_text_clear(&sql);
        aq__ddl_drop_constraint(&sql, metadata->ordered_tables[from], name);
        code =
            sql.failed ? AQ_ENOMEM : aq__unit_add_own(job->unit, AQ__OWN_UTILITY, aq_text_string(&sql), NULL);
        code = code < 0 ? code : AQ_OK;
    }
    aq_text_dispose(&sql);
    return code != AQ_OK || aq_rows_error(rows) == NULL ? code : aq__fail_with(aq_rows_error(rows));
}

/* Fills job->unit, which is there. */
static int plan(job_t *job, aq_results_t *results)
{
    int code = aq__present_read(&job->present, aq_results_rows(results, THINGS_STATEMENT));

    if (code == AQ_OK && !job->drops)
        return aq__ddl_walk(job->metadata, is_there, add_statement, job);
    if (code == AQ_OK)
        code = drop_foreign_keys(job, aq_results_rows(results, FOREIGN_KEYS_STATEMENT));
    return code == AQ_OK ? aq__ddl_walk_drop(job->metadata, is_not_there, add_statement, job) : code;
}

/* The server has answered and the transaction is over, so it was committed: only for the results there was no memory, and nobody wants them. */
static bool is_committed(const job_t *job, const aq_op_t *op)
{
    return aq_op_code(op) == AQ_ENOMEM && aq_lane_backend_pid(job->lane) != 0 &&
           !aq_lane_in_transaction(job->lane);
}

static void on_changed(aq_op_t *op, void *data)
{
    job_t *job = data;

    if (!is_committed(job, op) && !succeeded(job, op))
        return;
    job->pending = NULL;
    let_lane_go(job);
    next_bind(job);
}

/* Where there is nothing to do, the pool ends the transaction when it gets the lane back. */
static void change(job_t *job)
{
    aq_unit_t *unit = job->unit;
    int index = aq_unit_add(unit, "COMMIT", NULL);

    if (index < 0) {
        fail_last(job);
        return;
    }
    job->unit = NULL;
    if (index > 0) {
        wait_for(job, CHANGING, aq_lane_send(job->lane, unit), on_changed);
        return;
    }
    aq_unit_close(unit);
    let_lane_go(job);
    next_bind(job);
}

/* ---- LOOKING ------------------------------------------------------------------------------------------------------------------- */

static void on_looked(aq_op_t *op, void *data)
{
    job_t *job = data;

    if (!succeeded(job, op) || is_canceled(job))
        return;
    job->unit = aq_unit_create();
    if (job->unit == NULL || plan(job, aq_op_value(op)) != AQ_OK)
        fail_last(job);
    else
        change(job);
}

static int ask(job_t *job, aq_unit_t *unit)
{
    int code = aq__present_init(&job->present, job->arena, job->metadata);

    if (code == AQ_OK && aq_unit_add(unit, LOCK, NULL) < 0)
        code = aq_last_error()->code;
    if (code == AQ_OK)
        code = aq__present_add_query(&job->present, unit);
    if (code == AQ_OK && job->drops)
        code = aq__present_add_foreign_keys_query(&job->present, unit);
    if (code == AQ_OK && aq_unit_add(unit, TEMPORARY_LAST, NULL) < 0)
        code = aq_last_error()->code;
    return code;
}

static void look(job_t *job)
{
    aq_unit_t *unit = aq_unit_create();

    if (unit == NULL || ask(job, unit) != AQ_OK) {
        aq_unit_close(unit);
        fail_last(job);
        return;
    }
    wait_for(job, LOOKING, aq_lane_send(job->lane, unit), on_looked);
}

/* ---- BEGINNING ----------------------------------------------------------------------------------------------------------------- */

/* BEGIN did what it should; false: it did not, and the job goes on from there. */
static bool is_in_transaction(job_t *job)
{
    if (aq_lane_in_transaction(job->lane))
        return true;
    if (may_try_again(job)) {
        try_again(job);
        return false;
    }
    aq__fail(AQ_ELOST, "bind '%s': %s: no transaction was begun, nothing was changed",
             aq__pool_name(job->pool), verb(job));
    fail_last(job);
    return false;
}

static void on_begun(aq_op_t *op, void *data)
{
    job_t *job = data;

    if (succeeded(job, op) && !is_canceled(job) && is_in_transaction(job))
        look(job);
}

/* ---- ACQUIRING ----------------------------------------------------------------------------------------------------------------- */

static void on_acquired(aq_op_t *op, void *data)
{
    job_t *job = data;

    if (!succeeded(job, op))
        return;
    job->lane = aq_op_take(op);
    if (!is_canceled(job))
        wait_for(job, BEGINNING, aq_lane_execute(job->lane, BEGIN, NULL), on_begun);
}

/* The next one that is to be worked on; false: there is none, or the job has failed. */
static bool find_next(job_t *job)
{
    aq_context_t *context = job->context;

    while (job->next < job->count) {
        const char *key = job->keys[job->next++];

        if (aq__context_find(&context, key, &job->pool) != AQ_OK) {
            fail_last(job);
            return false;
        }
        job->metadata = aq_db_metadata(context->app->db, key);
        if (job->metadata != NULL)
            return true;
    }
    finish(job, NULL);
    return false;
}

static void acquire(job_t *job)
{
    wait_for(job, ACQUIRING, aq__pool_acquire(job->pool), on_acquired);
}

static void next_bind(job_t *job)
{
    job->tried_twice = false;
    if (job->next < job->count && is_canceled(job))
        return;
    if (find_next(job))
        acquire(job);
}

/* ---- Starting ------------------------------------------------------------------------------------------------------------------ */

static bool on_cancel(aq_op_t *op, void *data)
{
    job_t *job = data;

    (void)op;
    job->canceled = true;
    if (job->pending != NULL)
        aq_cancel(job->pending);
    return false; /* it completes with what becomes of that */
}

static const aq_op_class_t create_class = {.name = "create_all", .cancel = on_cancel};
static const aq_op_class_t drop_class = {.name = "drop_all", .cancel = on_cancel};

/* All that declare something. */
static int copy_all_binds(job_t *job)
{
    const aq_db_t *db = job->context->app->db;
    size_t most = aq_db_bind_count(db);

    job->keys = aq_arena_calloc(job->arena, most, sizeof(*job->keys));
    for (size_t i = 0; i < most && job->keys != NULL; i++)
        if (aq_db_metadata(db, aq_db_bind_key(db, i)) != NULL)
            job->keys[job->count++] = aq_db_bind_key(db, i);
    return job->keys != NULL ? AQ_OK : AQ_ENOMEM;
}

static int copy_binds(job_t *job, const aq_binds_t *binds)
{
    if (binds->keys == NULL && binds->count > 0)
        return aq__fail(AQ_EINVAL, "%s: a list of %zu binds whose keys are NULL",
                        job->drops ? "drop_all" : "create_all", binds->count);
    job->keys = aq_arena_calloc(job->arena, binds->count, sizeof(*job->keys));
    if (job->keys == NULL)
        return AQ_ENOMEM;
    for (; job->count < binds->count; job->count++) {
        const char *key = binds->keys[job->count];

        job->keys[job->count] = aq_arena_strdup(job->arena, key);
        if (job->keys[job->count] == NULL && key != NULL)
            return AQ_ENOMEM;
    }
    return AQ_OK;
}

static job_t *make(aq_context_t *context, const aq_binds_t *binds, bool drops)
{
    aq_arena_t *arena = aq_arena_create();
    job_t *job = arena != NULL ? aq_arena_calloc(arena, 1, sizeof(*job)) : NULL;

    if (job == NULL) {
        aq_arena_close(arena);
        return NULL;
    }
    *job = (job_t){.arena = arena, .context = context, .drops = drops};
    if ((binds == AQ_ALL_BINDS ? copy_all_binds(job) : copy_binds(job, binds)) == AQ_OK)
        return job;
    aq_arena_close(arena);
    return NULL;
}

static aq_op_t *start(aq_context_t *context, const aq_binds_t *binds, bool drops)
{
    job_t *job;
    aq_op_t *op;

    if (aq__context_use(&context) != AQ_OK || (job = make(context, binds, drops)) == NULL)
        return aq__context_failed(context);
    op = job->op = aq_op_create(context->loop, drops ? &drop_class : &create_class, job);
    if (aq_op_done(op)) { /* there was no memory for it */
        aq_arena_close(job->arena);
        return op;
    }
    aq__context_hold(context);
    next_bind(job);
    return op;
}

aq_op_t *aq_create_all(aq_context_t *context, const aq_binds_t *binds)
{
    return start(context, binds, false);
}

aq_op_t *aq_drop_all(aq_context_t *context, const aq_binds_t *binds)
{
    return start(context, binds, true);
}
