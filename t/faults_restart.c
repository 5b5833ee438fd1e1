/* The server restarted under load. Twenty tasks insert numbers, each number once; afterwards what they were told is compared with what is there:
 * a success is there once, a failure is not there, and only AQ_ECOMMITUNKNOWN leaves it open. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "t/fault.h"

enum { TASKS = 20, NUMBERS = 200000, CODES = 8 };

static cluster_t *cluster;
static fault_t fault;
static int told[NUMBERS]; /* 1: not tried */
static int tried, succeeded;
static bool stopping;

static struct {
    int code, count;
} seen[CODES]; /* failures by code */

static void count_code(int code)
{
    for (int i = 0; i < CODES; i++)
        if (seen[i].count == 0 || seen[i].code == code) {
            seen[i].code = code;
            seen[i].count++;
            return;
        }
}

static void *insert_numbers(void *data)
{
    (void)data;
    while (!stopping && tried < NUMBERS) {
        int number = tried++;
        aq_op_t *op =
            aq_execute(fault.context, NULL, "insert into numbers values ($1)", aq_args(aq_int4(number)));

        aq_await(op);
        told[number] = aq_op_code(op);
        if (told[number] == AQ_OK) {
            succeeded++;
        } else {
            count_code(told[number]);
            aq_await(aq_sleep(aq_context_loop(fault.context), 5));
        }
        aq_op_close(op);
    }
    return NULL;
}

static int goal;

static bool goal_is_reached(void *unused)
{
    (void)unused;
    return succeeded >= goal;
}

static bool restarted;

static void restart(uv_work_t *work)
{
    cluster_restart(cluster, work->data);
}

static void on_restarted(uv_work_t *work, int status)
{
    (void)work, (void)status;
    restarted = true;
}

static bool is_restarted(void *unused)
{
    (void)unused;
    return restarted;
}

static void load_and_restart(const char *mode)
{
    char copy[16];
    uv_work_t work = {.data = copy};
    aq_pool_stats_t before = fault_stats(&fault), after;

    snprintf(copy, sizeof copy, "%s", mode);
    goal = succeeded + 300;
    ok(await_on(&fault.uv, goal_is_reached, NULL, 10000), "300 inserts before it");
    restarted = false;
    uv_queue_work(&fault.uv, &work, restart, on_restarted);
    ok(await_on(&fault.uv, is_restarted, NULL, 20000), "restarted (%s)", mode);
    goal = succeeded + 300;
    ok(await_on(&fault.uv, goal_is_reached, NULL, 10000), "300 more after it, without anybody's help");
    after = fault_stats(&fault);
    ok(after.lost > before.lost, "connections were lost on the way (%d)", (int)(after.lost - before.lost));
    ok(!after.down, "the pool does not think that the server is down");
}

/* How often each number is there. */
static void count_numbers(int *counts)
{
    aq_op_t *op = aq_execute(fault.context, NULL, "select n from numbers", NULL);
    aq_rows_t *rows = aq_wait(op);

    for (size_t i = 0; rows != NULL && i < aq_rows_count(rows); i++)
        counts[aq_as_int4(aq_cell(rows, i, 0))]++;
    ok(rows != NULL, "the table is read");
    aq_op_close(op);
}

static void check_numbers(void)
{
    static int counts[NUMBERS];
    int twice = 0, missing = 0, unwanted = 0, open = 0;

    count_numbers(counts);
    for (int i = 0; i < NUMBERS; i++) {
        twice += counts[i] > 1;
        missing += told[i] == AQ_OK && counts[i] == 0;
        unwanted += told[i] != AQ_OK && told[i] != AQ_ECOMMITUNKNOWN && counts[i] > 0;
        open += told[i] == AQ_ECOMMITUNKNOWN;
    }
    is_int(missing, 0, "what was told to be done is there (%d of %d)", succeeded, tried);
    is_int(twice, 0, "nothing is there twice");
    is_int(unwanted, 0, "nothing is there that was told to have failed");
    note("%d were left open by AQ_ECOMMITUNKNOWN", open);
    for (int i = 0; i < CODES && seen[i].count > 0; i++)
        note("%d failed with %s", seen[i].count, aq_error_name(seen[i].code));
}

int main(void)
{
    aq_op_t *tasks[TASKS];

    aq_set_log(NULL, NULL, AQ_LOG_ERROR);
    cluster = cluster_start(NULL);
    cluster_sql(cluster, "create table numbers (n int)");
    for (int i = 0; i < NUMBERS; i++)
        told[i] = 1;
    fault_open(&fault, cluster_uri(cluster), &(aq_pool_options_t){.size = 4, .timeout = 5});
    for (int i = 0; i < TASKS; i++)
        tasks[i] = aq_spawn(aq_context_loop(fault.context), insert_numbers, NULL);
    subtest("the server restarted under load, politely")
        load_and_restart("fast");
    subtest("the server restarted under load, by force")
        load_and_restart("immediate");
    subtest("and once more")
        load_and_restart("fast");
    stopping = true;
    for (int i = 0; i < TASKS; i++) {
        aq_wait(tasks[i]);
        aq_op_close(tasks[i]);
    }
    check_numbers();
    fault_close(&fault);
    cluster_close(cluster);
    return tap_done();
}
