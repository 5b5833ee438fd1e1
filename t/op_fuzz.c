/* Ops and tasks in every order that chance finds: makers and consumers who do what they may do, at any moment, inside callbacks and
 * tasks too. Each op is told apart by a record that knows what must have happened to it. AQUIFER_FUZZ_SEED=n runs that seed only. */
#include "src/task/task.h"

#include "t/loops.h"

enum { SEEDS = 400, STEPS = 150, RECORDS = 1024, DEPTH = 3 };

typedef enum { NOBODY, CALLBACK, TASK, ANOTHER_OP } consumer_t;

typedef struct record_of_op {
    aq_op_t *op;
    bool owed;      /* this program is its maker, and has not completed it */
    bool closed;    /* or given away: not ours to look at */
    bool composite; /* waits for others itself */
    consumer_t consumer;
    unsigned called;
    unsigned asked;
} record_t;

static record_t records[RECORDS];
static unsigned record_count;
static uint64_t random_state;
static int depth;
static long values; /* that were made and not given back */
static long broken; /* promises */

static unsigned chance(unsigned below)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (unsigned)(random_state >> 33) % below;
}

static void promise(bool held, const char *text)
{
    if (!held && broken++ < 10)
        diag("broken: %s", text);
}

/* ---- Makers -------------------------------------------------------------------------------------------------------- */

static void dispose_value(void *value)
{
    values--;
    free(value);
}

static void finish(record_t *one)
{
    one->owed = false;
    if (chance(3) == 0) {
        aq_op_fail(one->op, AQ_EINVAL, "failed by chance");
    } else if (chance(2) == 0) {
        aq_op_complete(one->op, NULL);
    } else {
        values++;
        aq_op_complete(one->op, malloc(1));
    }
}

static void asked(record_t *one)
{
    one->asked++;
    promise(one->asked == 1, "a maker is asked to cancel once");
    promise(one->owed, "a maker is not asked after it completed the op");
}

static bool cancel_yes(aq_op_t *op, void *data)
{
    (void)op;
    asked(data);
    return true;
}

static bool cancel_no(aq_op_t *op, void *data)
{
    (void)op;
    asked(data);
    return false;
}

static bool cancel_by_finishing(aq_op_t *op, void *data)
{
    (void)op;
    asked(data);
    finish(data);
    return chance(2) == 0;
}

static const aq_op_class_t classes[] = {
    {.name = "plain", .dispose = dispose_value},
    {.name = "yes", .cancel = cancel_yes, .dispose = dispose_value},
    {.name = "no", .cancel = cancel_no, .dispose = dispose_value},
    {.name = "finishing", .cancel = cancel_by_finishing, .dispose = dispose_value},
};

/* ---- Consumers ------------------------------------------------------------------------------------------------------ */

static void some_steps(void);

static record_t *add(aq_op_t *op)
{
    record_t *one = &records[record_count++];

    *one = (record_t){.op = op};
    aq_op_keep(op); /* a task does not close it */
    return one;
}

/* A record that we may look at and that nobody consumes; NULL when chance finds none. */
static record_t *pick(bool consumed)
{
    for (int i = 0; i < 8 && record_count > 0; i++) {
        record_t *one = &records[chance(record_count)];

        if (!one->closed && (one->consumer == NOBODY) == !consumed)
            return one;
    }
    return NULL;
}

static void on_done(aq_op_t *op, void *data)
{
    record_t *one = data;

    promise(one->op == op && !one->closed, "a callback gets its own op, which is not closed");
    promise(aq_op_done(op), "a callback comes when the op is done");
    promise(aq_op_value(op) == NULL || aq_op_error(op) == NULL, "it never has both a value and an error");
    promise(++one->called == 1, "a callback comes once");
    some_steps();
    if (!one->closed) /* kept: closed by us, some time */
        one->consumer = NOBODY;
}

static void *run_task(void *data)
{
    for (unsigned i = chance(4); i > 0; i--) {
        record_t *one = pick(false);

        some_steps();
        if (one == NULL || one <= (record_t *)data || one->closed || one->consumer != NOBODY)
            continue; /* only what is younger than this task: two that await each other never end */
        one->consumer = TASK;
        (void)aq_await(one->op);
        if (!one->closed)
            one->consumer = NOBODY;
        some_steps();
    }
    return chance(2) == 0 ? data : NULL;
}

/* ---- What may happen ------------------------------------------------------------------------------------------------ */

static void give(record_t *one)
{
    one->consumer = CALLBACK;
    promise(aq_then(one->op, on_done, one) == AQ_OK || one->called > 0, "an op without a consumer takes one");
    if (one->called > 0) /* it had one: aq_then refused, and nothing is different */
        one->consumer = NOBODY;
}

static void gather(void)
{
    aq_op_t *ops[4];
    record_t *taken[4], *one;
    size_t count = 0;

    while (count < 4 && (one = pick(false)) != NULL) {
        bool twice = one->called > 0 || one->composite;

        for (size_t i = 0; i < count; i++)
            twice = twice || taken[i] == one;
        if (twice)
            break;
        taken[count] = one;
        ops[count++] = one->op;
    }
    for (size_t i = 0; i < count; i++) {
        taken[i]->consumer = ANOTHER_OP;
        taken[i]->closed = true;
    }
    one = add(aq_op_all(loop, ops, count));
    one->composite = true;
    promise(aq_op_code(one->op) != AQ_EEXIST, "ops without a consumer can be gathered");
}

static void close_record(record_t *one)
{
    one->closed = true;
    aq_op_close(one->op);
}

static void take(const record_t *one)
{
    void *value = aq_op_done(one->op) ? aq_op_take(one->op) : NULL;

    if (value != NULL && value != one->op && !one->composite)
        dispose_value(value);
}

static void make(void)
{
    const aq_op_class_t *op_class = &classes[chance(4)];
    record_t *one = &records[record_count];

    one = add(aq_op_create(loop, op_class, one));
    one->owed = true;
}

static void start(void)
{
    record_t *one = &records[record_count];

    one = add(aq_spawn(loop, run_task, one));
    one->composite = true;
}

static void step(void)
{
    record_t *one;

    if (record_count + 8 > RECORDS)
        return;
    switch (chance(12)) {
    case 0:
    case 1:
    case 2: make(); break;
    case 3: add(aq_sleep(loop, chance(3))); break;
    case 4: start(); break;
    case 5: gather(); break;
    case 6:
        if ((one = pick(false)) != NULL)
            give(one);
        break;
    case 7:
        if ((one = pick(chance(2) == 0)) != NULL)
            close_record(one);
        break;
    case 8:
        if ((one = pick(chance(2) == 0)) != NULL)
            aq_cancel(one->op);
        break;
    case 9:
        if ((one = pick(chance(2) == 0)) != NULL)
            aq_timeout(one->op, chance(3));
        break;
    case 10:
        if ((one = pick(false)) != NULL)
            take(one);
        break;
    case 11:
        one = record_count > 0 ? &records[chance(record_count)] : NULL;
        if (one != NULL && one->owed)
            finish(one);
        break;
    default: break;
    }
}

static void some_steps(void)
{
    if (depth >= DEPTH)
        return;
    depth++;
    for (unsigned i = chance(4); i > 0; i--)
        step();
    depth--;
}

/* ---- One seed ------------------------------------------------------------------------------------------------------- */

static void finish_all(void)
{
    for (unsigned i = 0; i < record_count; i++)
        if (records[i].owed)
            finish(&records[i]);
}

/* Either everything comes to its end first, or the loop is closed in the midst of it. */
static bool run_seed(uint64_t seed)
{
    bool settle = seed % 2 == 0, closed;

    random_state = seed * UINT64_C(0x9E3779B97F4A7C15) + 1;
    record_count = 0;
    depth = 0;
    broken = 0;
    open_loop();
    for (int i = 0; i < STEPS; i++) {
        step();
        if (chance(5) == 0)
            uv_run(&uv, UV_RUN_NOWAIT);
    }
    for (unsigned turns = 1; settle && turns < 100000 && uv_loop_alive(&uv); turns++) {
        finish_all(); /* what was resumed may have made more, so the loop must not wait for an event */
        uv_run(&uv, UV_RUN_NOWAIT);
    }
    if (settle) {
        promise(!uv_loop_alive(&uv), "when all makers are through, the loop ends");
        for (unsigned i = 0; i < record_count; i++)
            promise(records[i].closed || records[i].consumer != CALLBACK || records[i].called == 1,
                    "every consumer that was not closed was called");
    }
    depth = DEPTH; /* nothing new from here on */
    aq_loop_close(loop);
    finish_all();
    uv_run(&uv, UV_RUN_DEFAULT);
    finish_all();
    closed = uv_loop_close(&uv) == 0;
    promise(closed, "the loop closes");
    promise(values == 0, "every value is given back once");
    promise(allocations.blocks == 0, "all memory comes back");
    return broken == 0;
}

int main(void)
{
    const char *only = getenv("AQUIFER_FUZZ_SEED");
    uint64_t first = only != NULL ? strtoull(only, NULL, 10) : 0, last = only != NULL ? first : SEEDS - 1,
             seed;
    unsigned made = 0;

    init_loops();
    for (seed = first; seed <= last && run_seed(seed); seed++)
        made += record_count;
    ok(seed > last, "the promises hold in %d orders that chance made (seed %llu)", SEEDS,
       (unsigned long long)seed);
    note("%u ops", made);
    return tap_done();
}
