/* Memory that runs out: a program that does a bit of everything is run again and again, and each time another allocation of its fails. Whatever
 * it is, each op completes with AQ_ENOMEM or with its value, nothing hangs, nothing is left. */
#include "t/pools.h"

static struct {
    int good, no_memory, wrong;
    char first[1024];
} tally;

static void wrong(const char *what, const char *text)
{
    if (tally.wrong++ == 0)
        snprintf(tally.first, sizeof tally.first, "allocation %d: %s: %s",
                 (int)atomic_load(&allocations.fail_at), what, text);
}

/* The rows came, and there was no memory to make a text of a cell: they say so. */
static bool cells_failed(aq_op_t *op)
{
    aq_rows_t *rows = aq_op_value(op);

    if (aq_op_code(op) != AQ_OK || (void *)rows == (void *)op || aq_rows_error(rows) == NULL)
        return false;
    return aq_rows_error(rows)->code == AQ_ENOMEM;
}

/* The right error, but there was no memory for its text: the table's stands for it. */
static bool bare_text(aq_op_t *op, const char *expected)
{
    const aq_error_t *error = aq_op_error(op);

    return error != NULL && strcmp(error->message, aq_strerror(error->code)) == 0 &&
           strncmp(expected, aq_error_name(error->code), strcspn(expected, ":")) == 0;
}

static void judge(aq_op_t *op, const char *what, const char *expected)
{
    const char *text = outcome_of(op);

    if (aq_op_code(op) == AQ_ENOMEM || cells_failed(op) || bare_text(op, expected))
        tally.no_memory++;
    else if (strcmp(text, expected) == 0)
        tally.good++;
    else
        wrong(what, text);
}

/* Waits for it, judges and closes it. */
static void expect(aq_op_t *op, const char *what, const char *expected)
{
    (void)aq_wait(op);
    judge(op, what, expected);
    aq_op_close(op);
}

static void use_statements(void)
{
    char big[500];
    aq_op_t *ops[4];

    memset(big, 'b', sizeof big - 1);
    big[sizeof big - 1] = '\0';
    for (int i = 0; i < 3; i++)
        expect(aq__pool_execute(pool, "select $1::int4, $2::text", aq_args(aq_int4(i), aq_text("x"))),
               "execute",
               i == 0   ? "0,x"
               : i == 1 ? "1,x"
                        : "2,x");
    expect(aq__pool_execute(pool, "select length($1)", aq_args(aq_text(big))), "a big argument", "499");
    expect(aq__pool_execute(pool, "select 1/0", NULL), "an error", "AQ_EDATA: division by zero");
    expect(aq__pool_execute(pool, "select 1; select 2", NULL), "two statements",
           "AQ_EMULTIPLE: bind 'default': 2 statements in one text, use aq_unit_add for each: select 1; "
           "select 2");
    for (int i = 0; i < 4; i++)
        ops[i] = aq__pool_read(pool, "select array[1, 2, $1::int4], 1.5::numeric, now() is not null",
                               aq_args(aq_int4(3)));
    for (int i = 0; i < 4; i++) {
        aq_rows_t *rows = aq_wait(ops[i]);

        if (rows != NULL && aq_rows_error(rows) == NULL) {
            aq_cells_t cells = aq_as_array(aq_cell(rows, 0, 0));

            if (cells.count != 3 && (aq_rows_error(rows) == NULL || aq_rows_error(rows)->code != AQ_ENOMEM))
                wrong("an array", "not three elements");
        }
        if (rows != NULL && strcmp(outcome_of(ops[i]), "{1,2,3},1.5,t") != 0 &&
            (aq_rows_error(rows) == NULL || aq_rows_error(rows)->code != AQ_ENOMEM))
            wrong("reads that share a Sync", outcome_of(ops[i]));
        if (rows == NULL)
            judge(ops[i], "reads that share a Sync", "");
        aq_op_close(ops[i]);
    }
}

static void use_unit(void)
{
    aq_unit_t *unit = aq_unit_create();
    aq_op_t *op;

    if (unit == NULL)
        return;
    for (int i = 0; i < 10; i++)
        aq_unit_add(unit, i % 2 == 0 ? "insert into kept values ($1)" : "select count(*) >= $1 from kept",
                    aq_args(aq_int4(i - 1)));
    op = aq__pool_send(pool, unit);
    if (aq_wait(op) == NULL)
        judge(op, "a unit", "");
    else if (aq_results_count(aq_op_value(op)) != 10)
        wrong("a unit", "not ten results");
    aq_op_close(op);
}

static void use_lane(void)
{
    aq_op_t *op = aq__pool_acquire(pool);
    aq_lane_t *lane = aq_wait(op);
    aq_op_t *steps[4];

    if (lane == NULL) {
        judge(op, "a lane", "");
        aq_op_close(op);
        return;
    }
    steps[0] = aq_lane_execute(lane, "begin", NULL);
    steps[1] = aq_lane_execute(lane, "insert into kept values ($1) returning id", aq_args(aq_int4(1)));
    steps[2] = aq_lane_execute(lane, "commit", NULL);
    steps[3] = aq_lane_execute(lane, "begin", NULL);
    for (int i = 0; i < 4; i++)
        expect(steps[i], "a lane's statement", i == 1 ? "1" : "");
    aq_op_close(op); /* and the lane with it, which must roll back */
}

static void *work(void *data)
{
    aq_rows_t *rows;

    aq_task_set_label("a task");
    rows = aq_await(aq__pool_execute(pool, "select 'in a task'", NULL));
    if (rows == NULL && aq_last_error()->code != AQ_ENOMEM)
        *(bool *)data = false;
    aq_await(aq_sleep(loop, 1));
    return NULL;
}

static void on_done(aq_op_t *op, void *data)
{
    (void)op;
    ++*(int *)data;
}

static bool four_done(void *data)
{
    return *(int *)data == 4;
}

static void use_tasks(void)
{
    aq_op_t *ops[4], *task;
    bool good = true;
    int done = 0;

    task = aq_spawn(loop, work, &good);
    (void)aq_wait(task);
    if (aq_op_code(task) != AQ_OK && aq_op_code(task) != AQ_ENOMEM)
        wrong("a task", outcome_of(task));
    aq_op_close(task);
    for (int i = 0; i < 4; i++)
        if (aq_then(aq__pool_execute(pool, "select 1", NULL), on_done, &done) != AQ_OK)
            wrong("then", aq_last_error()->message);
    if (!await_that(four_done, &done, 5000))
        wrong("then", "not all were called");
    for (int i = 0; i < 4; i++)
        ops[i] = aq__pool_execute(pool, "select $1::int4", aq_args(aq_int4(i)));
    task = aq_op_all(loop, ops, 4);
    if (aq_wait(task) == NULL)
        judge(task, "all", "");
    aq_op_close(task);
}

static void use_cancels(void)
{
    aq_op_t *op = aq__pool_execute(pool, "select pg_sleep(0.3)", NULL);

    run_for(3);
    aq_cancel(op);
    expect(op, "cancel", "AQ_ECANCELED: execute: canceled");
    op = aq_timeout(aq__pool_execute(pool, "select pg_sleep(0.3)", NULL), 3);
    expect(op, "timeout", "AQ_ETIMEDOUT: execute: not done within 3 ms");
}

static void use_statistics(void)
{
    aq_text_t json = {0};

    aq__pool_append_json(pool, &json);
    aq_text_dispose(&json);
}

/* One whole life. False: something is left. */
static bool live(size_t fail_at)
{
    static const aq_pool_options_t options = {
        .size = 2, .max_overflow = 1, .timeout = 3, .close_timeout = 1, .grace = 0.5};
    bool clean = true;

    fail_request(fail_at);
    uv_loop_init(&uv);
    loop = aq_loop_open(&uv);
    if (loop != NULL && make_pool(&pool, cluster_uri(cluster), &options)) {
        pool->patience = 0;
        use_statements();
        use_unit();
        use_lane();
        use_tasks();
        use_cancels();
        use_statistics();
        clean = end_pool() >= 0;
    }
    pool = NULL;
    return close_pool_loop() && clean;
}

static void check_all(void)
{
    size_t requests, fail_at, unclean = 0;
    double longest = 0, since, started = now_ms();

    ok(live(0), "with enough memory nothing is left");
    is_int(tally.wrong + tally.no_memory, 0, "and all have their values (%s)", tally.first);
    requests = atomic_load(&allocations.requests);
    note("%d allocations", (int)requests);
    for (fail_at = 1; fail_at <= requests + 5; fail_at++) {
        since = now_ms();
        if (!live(fail_at) && unclean++ < 5)
            diag("allocation %d: something is left", (int)fail_at);
        if (now_ms() - since > longest)
            longest = now_ms() - since;
        if (now_ms() - since > 1000)
            diag("allocation %d: %.0f ms", (int)fail_at, now_ms() - since);
    }
    note("%.1f s", (now_ms() - started) / 1000);
    is_int(unclean, 0, "whichever allocation fails, nothing is left");
    is_int(tally.wrong, 0, "each op completes with AQ_ENOMEM or its value (%s)", tally.first);
    ok(tally.no_memory > 50, "and it did fail: %d times", tally.no_memory);
    ok(longest < 3000, "nothing hangs (%.0f ms at most)", longest);
}

int main(void)
{
    init_pools(NULL);
    cluster_sql(cluster, "create table kept (id int)");
    check_all();
    return done_pools();
}
