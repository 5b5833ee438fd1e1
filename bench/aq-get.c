/* Objects by their key: `aq_gets`: 256 sessions, each asks for its next one as its last has come; `aq_gets_of_turn`: one session, which asks for 256 in
 * one turn. What raw-pipeline.c reads by hand. Sessions are new in each run, so that no object is there already. */
#include <stdlib.h>

#include "bench/models.h"

typedef struct gets gets_t;

typedef struct getter {
    gets_t *gets;
    aq_session_t *session;
} getter_t;

struct gets {
    aq_bench_t bench;
    getter_t getters[BENCH_IN_FLIGHT];
    uint64_t issued, done, count, sum;
};

static void on_person(aq_op_t *op, void *data);

static void issue(getter_t *getter)
{
    gets_t *gets = getter->gets;

    if (aq_then(aq_get(getter->session, Person, bench_key(gets->issued++)), on_person, getter) != AQ_OK)
        aq_bench_die("get", NULL);
}

static void take(gets_t *gets, aq_op_t *op)
{
    const Person *person = aq_op_value(op);

    if (person == NULL)
        aq_bench_die("get", op);
    gets->sum += (uint64_t)person->id + (unsigned char)person->name[0] + strlen(person->email);
    if (++gets->done == gets->count)
        uv_stop(&gets->bench.uv);
}

static void on_person(aq_op_t *op, void *data)
{
    getter_t *getter = data;

    take(getter->gets, op);
    if (getter->gets->issued < getter->gets->count)
        issue(getter);
}

static void start(gets_t *gets, uint64_t count, int sessions)
{
    gets->issued = gets->done = gets->sum = 0;
    gets->count = count;
    for (int i = 0; i < sessions; i++)
        gets->getters[i] = (getter_t){gets, aq_bench_session(&gets->bench, NULL)};
}

static uint64_t finish(gets_t *gets, int sessions)
{
    uv_run(&gets->bench.uv, UV_RUN_DEFAULT);
    for (int i = 0; i < sessions; i++)
        aq_session_close(gets->getters[i].session);
    return gets->sum;
}

static uint64_t run_gets(void *state, uint64_t count)
{
    gets_t *gets = state;

    start(gets, count, BENCH_IN_FLIGHT);
    for (int i = 0; i < BENCH_IN_FLIGHT && gets->issued < count; i++)
        issue(&gets->getters[i]);
    return finish(gets, BENCH_IN_FLIGHT);
}

static void on_one_of_turn(aq_op_t *op, void *data);

static void issue_turn(getter_t *getter)
{
    gets_t *gets = getter->gets;

    for (int i = 0; i < BENCH_IN_FLIGHT && gets->issued < gets->count; i++)
        if (aq_then(aq_get(getter->session, Person, bench_key(gets->issued++)), on_one_of_turn, getter) !=
            AQ_OK)
            aq_bench_die("get", NULL);
}

static void on_one_of_turn(aq_op_t *op, void *data)
{
    getter_t *getter = data;

    take(getter->gets, op);
    if (getter->gets->done == getter->gets->issued)
        issue_turn(getter);
}

static uint64_t run_turns(void *state, uint64_t count)
{
    gets_t *gets = state;

    start(gets, count, 1);
    issue_turn(&gets->getters[0]);
    return finish(gets, 1);
}

static void *open_gets(const bench_case_t *bench_case)
{
    gets_t *gets = bench_alloc(sizeof *gets);
    aq_pool_options_t pool = {
        .size = bench_case->connections, .max_overflow = AQ_ZERO, .pipeline_depth = BENCH_IN_FLIGHT};

    aq_bench_open(&gets->bench, bench_case->uri, &pool);
    return gets;
}

static void close_gets(void *state)
{
    gets_t *gets = state;

    aq_bench_close(&gets->bench);
    free(gets);
}

const bench_side_t aq_gets = {open_gets, NULL, run_gets, close_gets};
const bench_side_t aq_gets_of_turn = {open_gets, NULL, run_turns, close_gets};
