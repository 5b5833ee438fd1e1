/* The pool at its simplest: statements, many at once, and units that there are not. What it does with those who wait is in t/waiters.c. */
#include "t/pools.h"

static void check_statements(void)
{
    with_pool("a statement gives rows, as text, in binary and by name", .size = 1)
    {
        for (int i = 0; i < 5; i++)
            is_str(outcome(aq__pool_execute(pool, "select $1::int4 + 1, 'x'", aq_args(aq_int4(41)))), "42,x",
                   "round %d", i);
        is_str(outcome(aq__pool_execute(pool, "select 1/0", NULL)), "AQ_EDATA: division by zero",
               "an error has the server's text");
    }
}

static void check_many(void)
{
    with_pool("1,000 reads in flight, each with its own rows", .size = 4)
    {
        aq_op_t *ops[1000];
        int good = 0;

        for (int i = 0; i < 1000; i++)
            ops[i] = aq__pool_read(pool, "select $1::int4", aq_args(aq_int4(i)));
        for (int i = 0; i < 1000; i++) {
            aq_rows_t *rows = aq_wait(ops[i]);

            good += rows != NULL && aq_as_int4(aq_cell(rows, 0, 0)) == i;
            aq_op_close(ops[i]);
        }
        is_int(good, 1000, "all of them");
        ok(stats().shared_reads > 500, "most behind a Sync that they share");
    }
}

/* So that nobody has to look at each step. */
static void check_no_unit(void)
{
    with_pool("a unit that could not be made is refused wherever it goes", .size = 1)
    {
        is_int(aq_unit_add(NULL, "select 1", NULL), AQ_EINVAL, "nothing is added to it");
        is_str(aq_last_error()->message, "unit: there is none (NULL)", "and the error says so");
        is_str(outcome(aq__pool_send(pool, NULL)), "AQ_EINVAL: bind 'default': send: no unit (NULL)",
               "it is not sent");
    }
}

int main(void)
{
    init_pools(NULL);
    check_statements();
    check_many();
    check_no_unit();
    return done_pools();
}
