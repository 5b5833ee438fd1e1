/* Ops: what is promised to their makers and to their consumers. */
#include "src/task/sanitizers.h"
#include "src/task/task.h"

#include <sys/resource.h>

#include "t/loops.h"

#ifdef AQ__ASAN
#define KEEPS_SPARES 0
#else
#define KEEPS_SPARES 1
#endif

/* ---- A kind of op whose every event is recorded ------------------------------------------------------------------ */

static void dispose(void *value)
{
    note_call("dispose:%s", (const char *)value);
}

static bool cancel_yes(aq_op_t *op, void *data)
{
    (void)op;
    note_call("cancel:%s", (const char *)data);
    return true;
}

static bool cancel_no(aq_op_t *op, void *data)
{
    (void)op;
    note_call("cancel:%s", (const char *)data);
    return false;
}

static bool cancel_by_completing(aq_op_t *op, void *data)
{
    note_call("cancel:%s", (const char *)data);
    aq_op_complete(op, (void *)"just made it");
    return true;
}

static const aq_op_class_t plain = {.name = "plain", .dispose = dispose};
static const aq_op_class_t yes = {.name = "yes", .cancel = cancel_yes, .dispose = dispose};
static const aq_op_class_t no = {.name = "no", .cancel = cancel_no, .dispose = dispose};
static const aq_op_class_t completes = {
    .name = "completes", .cancel = cancel_by_completing, .dispose = dispose};

static aq_op_t *make(const aq_op_class_t *op_class, const char *name)
{
    return aq_op_create(loop, op_class, (void *)(uintptr_t)name);
}

static void finish(aq_op_t *op, const char *value)
{
    aq_op_complete(op, (void *)(uintptr_t)value);
}

static void on_done(aq_op_t *op, void *data)
{
    const char *value = aq_op_value(op) == op ? "itself" : aq_op_value(op);

    note_call("%s=%s", (const char *)data, value != NULL ? value : aq_error_name(aq_op_code(op)));
}

static void then(aq_op_t *op, const char *name)
{
    is_int(aq_then(op, on_done, (void *)(uintptr_t)name), AQ_OK, "%s has a consumer", name);
}

/* ---- Completion ------------------------------------------------------------------------------------------------- */

static void test_completion(void)
{
    with_loop("an op completes exactly once, and never inside a call")
    {
        aq_op_t *op = make(&plain, "a");

        ok(!aq_op_done(op), "a new op is pending");
        is_int(aq_op_code(op), 1, "its code says so");
        ok(aq_op_value(op) == NULL && aq_op_error(op) == NULL, "with neither value nor error");
        then(op, "a");
        finish(op, "first");
        ok(aq_op_done(op), "completing it makes it done");
        is_str(record, "", "but calls nobody");
        run();
        is_str(record, "a=first dispose:first",
               "the loop calls the consumer once, then gives the value back");
    }
    with_loop("callbacks come in the order of completion")
    {
        aq_op_t *a = make(&plain, "a"), *b = make(&plain, "b"), *c = make(&plain, "c");

        then(a, "a"), then(b, "b"), then(c, "c");
        finish(b, NULL), finish(c, NULL), finish(a, NULL);
        run();
        is_str(record, "b=itself c=itself a=itself", "not in that of creation");
    }
    with_loop("a consumer may come after completion")
    {
        aq_op_t *op = make(&plain, "a");

        finish(op, "early");
        run();
        then(op, "a");
        is_str(record, "", "it is not called inside aq_then");
        run();
        is_str(record, "a=early dispose:early", "but by the loop");
    }
    with_loop("an op that has nothing to give has itself as value")
    {
        aq_op_t *op = make(&plain, "a");

        finish(op, NULL);
        ok(aq_op_value(op) == op && aq_wait(op) == op && aq_op_take(op) == op, "for value, wait and take");
        is_int(aq_op_code(op), AQ_OK, "and succeeded");
        aq_op_close(op);
    }
    with_loop("a second consumer is refused")
    {
        aq_op_t *op = make(&plain, "a");

        then(op, "a");
        is_int(aq_then(op, on_done, NULL), AQ_EEXIST, "aq_then again is AQ_EEXIST");
        is_str(aq_last_error()->message, "then: op 'plain' has a consumer already", "and says so");
        ok(aq_wait(op) == NULL && aq_last_error()->code == AQ_EEXIST, "aq_wait as well");
        finish(op, NULL);
        run();
        is_str(record, "a=itself", "the first one is called");
    }
}

static void test_failure(void)
{
    with_loop("an op fails with a formatted text")
    {
        aq_op_t *op = make(&plain, "a");

        aq_op_fail(op, AQ_EINVAL, "count %d: %s", 7, "too many");
        is_int(aq_op_code(op), AQ_EINVAL, "its code");
        is_str(aq_op_error(op)->message, "count 7: too many", "its text");
        ok(aq_op_value(op) == NULL, "and no value");
        aq_op_close(op);
    }
    with_loop("an op fails with a whole error, whose strings are copied")
    {
        char message[] = "insert: duplicate key", constraint[] = "user_pkey", statement[] = "insert ...";
        aq_error_t error = {.code = AQ_EUNIQUE,
                            .sqlstate = "23505",
                            .message = message,
                            .detail = "Key (id)=(1) already exists.",
                            .constraint = constraint,
                            .statement = statement,
                            .position = 12};
        aq_op_t *op = make(&plain, "a");
        const aq_error_t *copy;

        aq_op_fail_with(op, &error);
        memset(message, 'x', sizeof(message) - 1);
        memset(constraint, 'x', sizeof(constraint) - 1);
        memset(statement, 'x', sizeof(statement) - 1);
        copy = aq_op_error(op);
        is_int(copy->code, AQ_EUNIQUE, "code");
        is_str(copy->sqlstate, "23505", "sqlstate");
        is_str(copy->message, "insert: duplicate key", "message");
        is_str(copy->detail, "Key (id)=(1) already exists.", "detail");
        is_str(copy->constraint, "user_pkey", "constraint");
        is_str(copy->statement, "insert ...", "statement");
        is_int(copy->position, 12, "position");
        ok(copy->hint == NULL && copy->table == NULL, "what was not there is NULL");
        aq_op_close(op);
    }
    with_loop("a code that is no error becomes AQ_EINVAL")
    {
        aq_op_t *op = make(&plain, "a");

        aq_op_fail(op, AQ_OK, "oops");
        is_int(aq_op_code(op), AQ_EINVAL, "a failed op never looks like a success");
        aq_op_close(op);
    }
    with_loop("a call that cannot start gives an op that has failed")
    {
        aq_op_t *op;

        aq__fail(AQ_ENOBIND, "bind 'x': not configured");
        op = aq__op_failed(loop);
        is_str(aq_op_error(op)->message, "bind 'x': not configured", "with the error of the thread");
        then(op, "a");
        is_str(record, "", "nobody is called inside the call");
        run();
        is_str(record, "a=AQ_ENOBIND", "but on the next turn");
    }
}

/* ---- Closing ----------------------------------------------------------------------------------------------------- */

static void on_done_close(aq_op_t *op, void *data)
{
    on_done(op, data);
    aq_op_close(op);
    note_call("closed");
}

static aq_op_t *kept;

static void on_done_keep(aq_op_t *op, void *data)
{
    on_done(op, data);
    aq_op_keep(op);
    kept = op;
}

static void on_done_close_other(aq_op_t *op, void *data)
{
    on_done(op, (void *)"first");
    aq_op_close(data);
}

static void test_closing(void)
{
    with_loop("closing a pending op cancels it, drops its result and calls nobody")
    {
        aq_op_t *op = make(&no, "a");

        then(op, "a");
        aq_op_close(op);
        is_str(record, "cancel:a", "the maker is asked");
        finish(op, "late");
        run();
        is_str(record, "cancel:a dispose:late", "the late value is given back, nobody is called");
    }
    with_loop("closing a done op before its callback: nobody is called")
    {
        aq_op_t *op = make(&plain, "a");

        then(op, "a");
        finish(op, "value");
        aq_op_close(op);
        is_str(record, "dispose:value", "the value goes at once");
        run();
        is_str(record, "dispose:value", "and nothing else happens");
    }
    with_loop("closing inside the callback is safe")
    {
        aq_op_t *op = make(&plain, "a");

        aq_then(op, on_done_close, (void *)"a");
        finish(op, "value");
        run();
        is_str(record, "a=value dispose:value closed", "and the library does not touch it afterwards");
    }
    with_loop("a callback may close another op that is ready too")
    {
        aq_op_t *a = make(&plain, "a"), *b = make(&plain, "b");

        aq_then(a, on_done_close_other, b);
        then(b, "b");
        finish(a, NULL), finish(b, NULL);
        run();
        is_str(record, "first=itself", "which then does not come");
    }
    with_loop("a callback may keep its op")
    {
        aq_op_t *op = make(&plain, "a");

        aq_then(op, on_done_keep, (void *)"a");
        finish(op, "value");
        run();
        is_str(record, "a=value", "it is not closed");
        is_str(aq_op_value(kept), "value", "and still has its value");
        aq_op_close(kept);
        is_str(record, "a=value dispose:value", "until it is closed");
    }
    with_loop("taking a value moves it")
    {
        aq_op_t *op = make(&plain, "a");

        finish(op, "value");
        is_str(aq_op_take(op), "value", "the first time");
        ok(aq_op_take(op) == NULL && aq_op_value(op) == NULL, "then it is gone");
        aq_op_close(op);
        is_str(record, "", "and close does not give it back");
    }
    with_loop("forgotten ops are closed with the loop")
    {
        aq_op_t *a = make(&yes, "a"), *b = make(&plain, "b");

        finish(b, "value");
        then(a, "a");
        aq_loop_close(loop);
        is_str(record, "cancel:a dispose:value", "pending and done");
        ok(aq_loop_open(&uv) != loop, "a loop opened now is another one");
        finish(a, "late");
        run();
        is_str(record, "cancel:a dispose:value dispose:late", "whose makers may still be late");
        loop = aq_loop_open(&uv);
        aq_loop_close(loop);
    }
    subtest("aq_op_close(NULL) and aq_loop_close(NULL) are fine") {
        aq_op_close(NULL);
        aq_loop_close(NULL);
        aq_cancel(NULL);
        pass("nothing happens");
    }
}

/* ---- Cancel -------------------------------------------------------------------------------------------------------- */

static void test_cancel(void)
{
    with_loop("a maker that lets go: AQ_ECANCELED at once")
    {
        aq_op_t *op = make(&yes, "a");

        then(op, "a");
        aq_cancel(op);
        aq_cancel(op);
        is_str(record, "cancel:a", "it is asked once, nobody is called inside the call");
        is_str(aq_op_error(op)->message, "yes: canceled", "the error names the kind");
        turn();
        is_str(record, "cancel:a a=AQ_ECANCELED", "the consumer comes before the maker is through");
        finish(op, "late");
        is_str(record, "cancel:a a=AQ_ECANCELED dispose:late", "whose outcome is dropped");
    }
    with_loop("no cancel callback is the same")
    {
        aq_op_t *op = make(&plain, "a");

        then(op, "a");
        aq_cancel(op);
        turn();
        aq_op_fail(op, AQ_EINVAL, "late");
        is_str(record, "a=AQ_ECANCELED", "canceled at once");
    }
    with_loop("a maker that does not let go: the real outcome")
    {
        aq_op_t *op = make(&no, "a");

        then(op, "a");
        aq_cancel(op);
        aq_cancel(op);
        turn();
        is_str(record, "cancel:a", "the op stays pending");
        finish(op, "committed");
        run();
        is_str(record, "cancel:a a=committed dispose:committed", "until it has one");
    }
    with_loop("a maker that completes while it is asked: that outcome")
    {
        aq_op_t *op = make(&completes, "a");

        then(op, "a");
        aq_cancel(op);
        run();
        is_str(record, "cancel:a a=just made it dispose:just made it", "counts");
        op = make(&completes, "b");
        record[0] = '\0';
        aq_op_close(op);
        is_str(record, "cancel:b dispose:just made it", "or is dropped when the op is being closed");
    }
    with_loop("a done op cannot be canceled")
    {
        aq_op_t *op = make(&yes, "a");

        finish(op, "value");
        aq_cancel(op);
        is_str(record, "", "nobody is asked");
        is_int(aq_op_code(op), AQ_OK, "it stays what it is");
        aq_op_close(op);
    }
    with_loop("a canceled op may be closed before its maker is through")
    {
        aq_op_t *op = make(&yes, "a");

        aq_cancel(op);
        aq_op_close(op);
        finish(op, "late");
        is_str(record, "cancel:a dispose:late", "its memory waits for the maker");
    }
}

/* ---- Timeout and sleep -------------------------------------------------------------------------------------------- */

static void test_time(void)
{
    with_loop("a timeout fails the op, whatever its maker says")
    {
        aq_op_t *op = aq_timeout(make(&no, "a"), 5);

        ok(aq_wait(op) == NULL, "the wait ends");
        is_int(aq_op_code(op), AQ_ETIMEDOUT, "as AQ_ETIMEDOUT");
        is_str(aq_op_error(op)->message, "no: not done within 5 ms", "with a text that says how long");
        is_str(record, "cancel:a", "after it was canceled");
        finish(op, "late");
        aq_op_close(op);
        is_str(record, "cancel:a dispose:late", "the real outcome is dropped");
    }
    with_loop("an op that is done in time is not touched")
    {
        aq_op_t *op = aq_timeout(make(&yes, "a"), 60000);
        uint64_t before = uv_hrtime();

        then(op, "a");
        finish(op, NULL);
        run();
        is_str(record, "a=itself", "it succeeds");
        ok(uv_hrtime() - before < UINT64_C(30000000000), "and its deadline does not keep the loop");
    }
    with_loop("a second timeout replaces the first")
    {
        aq_op_t *op = aq_timeout(aq_timeout(make(&yes, "a"), 60000), 3);

        ok(aq_wait(op) == NULL && aq_op_code(op) == AQ_ETIMEDOUT, "the later call counts");
        finish(op, NULL);
        aq_op_close(op);
        op = make(&plain, "b");
        finish(op, NULL);
        ok(aq_timeout(op, 1) == op && aq_op_code(op) == AQ_OK, "a done op has no deadline");
        aq_op_close(op);
    }
    with_loop("aq_sleep")
    {
        uint64_t before = uv_hrtime();
        aq_op_t *op = aq_sleep(loop, 10);

        ok(aq_wait(op) == op, "succeeds");
        ok(uv_hrtime() - before >= UINT64_C(9000000), "not too early");
        aq_op_close(op);
        op = aq_sleep(loop, 60000);
        aq_cancel(op);
        is_str(aq_op_error(op)->message, "sleep: canceled", "can be canceled");
        aq_op_close(op);
        aq_op_close(aq_sleep(loop, 60000));
        op = aq_timeout(aq_sleep(loop, 60000), 2);
        ok(aq_wait(op) == NULL, "can time out");
        is_str(aq_op_error(op)->message, "sleep: not done within 2 ms", "and says so");
        aq_op_close(op);
        for (int i = 0; i < 200; i++)
            aq_sleep(loop, 60000);
        pass("200 forgotten ones are closed with the loop");
    }
}

/* ---- All ------------------------------------------------------------------------------------------------------------ */

static void test_all(void)
{
    with_loop("all of none is done at once")
    {
        aq_op_t *all = aq_op_all(loop, NULL, 0);

        ok(aq_op_done(all) && aq_op_value(all) == all, "with itself as value");
        then(all, "all");
        is_str(record, "", "its consumer waits for the loop");
        run();
        is_str(record, "all=itself", "as always");
    }
    with_loop("all of three succeeds with the last")
    {
        aq_op_t *ops[] = {make(&plain, "a"), make(&plain, "b"), make(&plain, "c")};
        aq_op_t *all = aq_op_all(loop, ops, 3);

        then(all, "all");
        finish(ops[2], "c");
        finish(ops[0], NULL);
        turn();
        is_str(record, "", "two are not enough");
        finish(ops[1], "b");
        run();
        is_str(record, "all=itself dispose:b dispose:c", "and they are closed with it");
    }
    with_loop("all fails as the first that failed in time, after the last is done")
    {
        aq_op_t *ops[] = {make(&plain, "a"), make(&plain, "b"), make(&plain, "c")};
        aq_op_t *all = aq_op_all(loop, ops, 3);

        aq_op_fail(ops[1], AQ_EINVAL, "b failed");
        turn();
        aq_op_fail(ops[0], AQ_ENOMEM, "a failed");
        turn();
        ok(!aq_op_done(all), "it waits for the third");
        finish(ops[2], "c");
        ok(aq_wait(all) == NULL, "then fails");
        is_str(aq_op_error(all)->message, "b failed", "with the first error");
        is_str(aq_op_value(ops[2]), "c", "the others can be read until it is closed");
        aq_op_close(all);
        is_str(record, "dispose:c", "then they are gone");
    }
    with_loop("ops that are done already count")
    {
        aq_op_t *ops[] = {make(&plain, "a"), make(&plain, "b")};
        aq_op_t *all;

        finish(ops[0], NULL);
        aq_op_fail(ops[1], AQ_EINVAL, "b failed");
        all = aq_op_all(loop, ops, 2);
        is_int(aq_op_code(all), AQ_EINVAL, "done at once, and failed as one of them");
        aq_op_close(all);
    }
    with_loop("canceling all cancels those still pending and waits for them")
    {
        aq_op_t *ops[] = {make(&yes, "a"), make(&no, "b"), make(&plain, "c")};
        aq_op_t *all = aq_op_all(loop, ops, 3);

        finish(ops[2], NULL);
        then(all, "all");
        aq_cancel(all);
        turn();
        is_str(record, "cancel:a cancel:b", "each is asked");
        finish(ops[0], NULL);
        finish(ops[1], "really");
        run();
        is_str(record, "cancel:a cancel:b all=AQ_ECANCELED dispose:really",
               "and the outcome comes with the last");
    }
    with_loop("closing all closes them")
    {
        aq_op_t *ops[] = {make(&yes, "a"), make(&no, "b"), make(&plain, "c")};
        aq_op_t *all = aq_op_all(loop, ops, 3);

        finish(ops[2], "c");
        aq_op_close(all);
        is_str(record, "cancel:a cancel:b dispose:c", "pending and done");
        finish(ops[0], "late");
        finish(ops[1], NULL);
        run();
        is_str(record, "cancel:a cancel:b dispose:c dispose:late", "nobody is called");
    }
    with_loop("a timeout of all")
    {
        aq_op_t *ops[] = {aq_sleep(loop, 60000), aq_sleep(loop, 0)};
        aq_op_t *all = aq_timeout(aq_op_all(loop, ops, 2), 5);

        ok(aq_wait(all) == NULL, "fails it");
        is_str(aq_op_error(all)->message, "all: not done within 5 ms", "as its own");
        aq_op_close(all);
    }
    with_loop("all refuses an op that has a consumer, and then takes none")
    {
        aq_op_t *a = make(&plain, "a"), *b = make(&plain, "b");
        aq_op_t *all;

        then(b, "b");
        all = aq_op_all(loop, (aq_op_t *[]){a, b}, 2);
        is_str(aq_op_error(all)->message, "all: op 2 of 2 ('plain') has a consumer already", "says which");
        aq_op_close(all);
        all = aq_op_all(loop, (aq_op_t *[]){a, a}, 2);
        is_str(aq_op_error(all)->message, "all: op 2 of 2 ('plain') has a consumer already",
               "also the same op twice");
        aq_op_close(all);
        then(a, "a");
        finish(a, NULL), finish(b, NULL);
        run();
        is_str(record, "a=itself b=itself", "the ops are still the caller's");
    }
}

/* ---- Wait and await where they may not be -------------------------------------------------------------------------- */

static void on_done_wait(aq_op_t *op, void *data)
{
    aq_op_t *other = data;

    (void)op;
    ok(aq_wait(other) == NULL, "aq_wait in our callback gives NULL");
    is_int(aq_last_error()->code, AQ_EDEADLK, "as AQ_EDEADLK");
    is_str(aq_last_error()->message, "wait 'plain': inside the loop", "with a text");
    ok(!aq_op_done(other), "the op goes on");
}

static void on_foreign_timer(uv_timer_t *timer)
{
    aq_op_t *op = timer->data;

    ok(aq_wait(op) == NULL, "aq_wait in a user's own timer gives NULL");
    is_int(aq_last_error()->code, AQ_EDEADLK, "as AQ_EDEADLK");
    ok(!aq_op_done(op), "the op goes on");
    finish(op, NULL);
    uv_close((uv_handle_t *)timer, NULL);
}

static void on_done_close_loop(aq_op_t *op, void *data)
{
    on_done(op, data);
    aq_loop_close(loop);
    note_call("loop closed");
}

static void test_deadlocks(void)
{
    with_loop("aq_await outside a task fails and never hangs")
    {
        aq_op_t *op = make(&plain, "a");

        ok(aq_await(op) == NULL, "it gives NULL");
        is_str(aq_last_error()->message, "await 'plain': not inside a task", "and says why");
        is_int(aq_last_error()->code, AQ_EDEADLK, "as AQ_EDEADLK");
        ok(!aq_op_done(op), "the op goes on");
        finish(op, NULL);
        ok(aq_await(op) == NULL && aq_last_error()->code == AQ_EDEADLK, "also for a done op");
        aq_op_close(op);
    }
    with_loop("aq_wait inside a callback of ours fails and never hangs")
    {
        aq_op_t *a = make(&plain, "a"), *b = make(&plain, "b");

        aq_then(a, on_done_wait, b);
        finish(a, NULL);
        turn();
        finish(b, NULL);
        aq_op_close(b);
    }
    with_loop("aq_wait inside anybody's callback fails and never hangs")
    {
        uv_timer_t timer;

        uv_timer_init(&uv, &timer);
        timer.data = make(&plain, "a");
        uv_timer_start(&timer, on_foreign_timer, 1, 0);
        run();
        aq_op_close(timer.data);
    }
    with_loop("aq_wait between aq__loop_enter and aq__loop_leave fails")
    {
        aq_op_t *op = make(&plain, "a");

        aq__loop_enter(loop);
        ok(aq_wait(op) == NULL && aq_last_error()->code == AQ_EDEADLK, "as in a callback of ours");
        finish(op, NULL);
        then(op, "a");
        aq__loop_leave(loop);
        run();
        is_str(record, "a=itself", "what completed in between is delivered");
    }
    with_loop("aq_wait ends when a callback closes what it waits for")
    {
        aq_op_t *op = make(&yes, "a"), *nap = aq_sleep(loop, 1);

        aq_then(nap, on_done_close_other, op);
        ok(aq_wait(op) == NULL, "it gives NULL");
        is_int(aq_last_error()->code, AQ_ECLOSED, "as AQ_ECLOSED");
        is_str(aq_last_error()->message, "wait 'yes': the op or its loop was closed meanwhile",
               "with a text");
        finish(op, NULL); /* the maker still owed it */
    }
    with_loop("aq_wait ends when a callback closes the loop")
    {
        aq_op_t *op = make(&yes, "a"), *nap = aq_sleep(loop, 1);

        aq_then(nap, on_done_close_loop, (void *)"nap");
        ok(aq_wait(op) == NULL && aq_last_error()->code == AQ_ECLOSED, "as AQ_ECLOSED");
        finish(op, NULL);
        run();
        loop = aq_loop_open(&uv);
    }
    with_loop("aq_wait outside the loop runs it, and others with it")
    {
        aq_op_t *sleep = aq_sleep(loop, 5), *op = make(&plain, "a");

        then(op, "a");
        finish(op, NULL);
        ok(aq_wait(sleep) == sleep, "it gives the value");
        is_str(record, "a=itself", "other ops were delivered meanwhile");
        ok(aq_wait(sleep) == sleep, "waiting again gives it at once");
        then(sleep, "sleep");
        run();
        is_str(record, "a=itself sleep=itself", "and it may have another consumer");
    }
}

/* ---- The loop ------------------------------------------------------------------------------------------------------ */

static int chain_left;

static void on_chain(aq_op_t *op, void *data)
{
    (void)op, (void)data;
    if (chain_left-- > 0) {
        aq_op_t *next = make(&plain, "next");

        aq_then(next, on_chain, NULL);
        finish(next, NULL);
    }
}

static void on_tick(uv_timer_t *timer)
{
    note_call(chain_left > 0 ? "tick" : "too late");
    chain_left = 0;
    uv_close((uv_handle_t *)timer, NULL);
}

static void on_late_prepare(uv_prepare_t *prepare)
{
    finish(prepare->data, NULL);
    uv_prepare_stop(prepare);
}

typedef struct counter_turn {
    aq__turn_t turn;
    int again;
} counter_turn_t;

static void on_turn(aq__turn_t *turn_)
{
    counter_turn_t *counter = AQ__CONTAINER_OF(turn_, counter_turn_t, turn);

    note_call("turn");
    if (counter->again-- > 0)
        aq__turn_schedule(loop, turn_);
}

static counter_turn_t flush;

static void on_done_schedule(aq_op_t *op, void *data)
{
    on_done(op, data);
    aq__turn_schedule(loop, &flush.turn);
    aq__turn_schedule(loop, &flush.turn);
}

static void on_unhold(uv_timer_t *timer)
{
    aq__loop_unhold(loop);
    uv_close((uv_handle_t *)timer, NULL);
}

static void test_loop(void)
{
    with_loop("one aq_loop_t per uv_loop_t, counted")
    {
        ok(aq_loop_open(&uv) == loop, "opening again gives the same");
        ok(aq_loop_uv(loop) == &uv, "which knows its uv_loop_t");
        aq_loop_close(loop);
        aq_op_close(aq_sleep(loop, 1));
        pass("and works until the last close");
        ok(aq_loop_open(NULL) == NULL && aq_last_error()->code == AQ_EINVAL, "NULL is refused");
    }
    with_loop("uv_run ends when nothing is pending")
    {
        aq_op_t *op = make(&plain, "a");

        is_int(uv_run(&uv, UV_RUN_NOWAIT), 1, "a pending op keeps the loop alive");
        finish(op, NULL);
        is_int(uv_run(&uv, UV_RUN_DEFAULT), 0, "a done one that nobody waits for does not");
        aq_op_close(op);
    }
    with_loop("a chain of instant ops does not starve the loop")
    {
        uv_timer_t timer;

        chain_left = 1 << 30;
        uv_timer_init(&uv, &timer);
        uv_timer_start(&timer, on_tick, 5, 0);
        on_chain(NULL, NULL);
        run();
        is_str(record, "tick", "a timer fires in between");
    }
    with_loop("an op completed right before the loop polls is not slept over")
    {
        uv_prepare_t prepare;
        uv_timer_t far;

        uv_prepare_init(&uv, &prepare);
        uv_timer_init(&uv, &far);
        uv_timer_start(&far, on_tick, 20000, 0);
        uv_unref((uv_handle_t *)&far);
        prepare.data = make(&plain, "a");
        then(prepare.data, "a");
        uv_prepare_start(&prepare, on_late_prepare);
        run();
        is_str(record, "a=itself", "its consumer is called at once");
        uv_close((uv_handle_t *)&prepare, NULL);
        uv_close((uv_handle_t *)&far, NULL);
        run();
    }
    with_loop("turns run once each, after delivery, before the loop polls")
    {
        aq_op_t *a = make(&plain, "a"), *b = make(&plain, "b");

        aq__turn_init(&flush.turn, on_turn);
        flush.again = 0;
        aq_then(a, on_done_schedule, (void *)"a");
        aq_then(b, on_done_schedule, (void *)"b");
        finish(a, NULL), finish(b, NULL);
        turn();
        is_str(record, "a=itself b=itself turn", "a burst shares one turn");
        record[0] = '\0';
        flush.again = 2;
        aq__turn_schedule(loop, &flush.turn);
        turn();
        is_str(record, "turn", "one that schedules itself runs in the next turn");
        run();
        is_str(record, "turn turn turn", "without an event");
        aq__turn_schedule(loop, &flush.turn);
        aq__list_unlink(&flush.turn.link);
        run();
        is_str(record, "turn turn turn", "and it can be taken back");
    }
    with_loop("a hold keeps uv_run alive")
    {
        uv_timer_t timer;

        aq__loop_hold(loop);
        uv_timer_init(&uv, &timer);
        uv_timer_start(&timer, on_unhold, 2, 0);
        uv_unref((uv_handle_t *)&timer);
        run();
        ok(uv_is_closing((uv_handle_t *)&timer) != 0, "until it is taken back");
    }
    with_loop("the loop may be closed inside a callback of its own")
    {
        aq_op_t *a = make(&plain, "a"), *b = make(&plain, "b");

        aq_loop_open(&uv);
        aq_then(a, on_done_close_loop, (void *)"a");
        then(b, "b");
        finish(a, NULL), finish(b, NULL);
        aq_loop_close(loop);
        run();
        is_str(record, "a=itself loop closed b=itself", "this turn's deliveries are still made");
        loop = aq_loop_open(&uv);
    }
}

/* ---- Embedded ops, memory ------------------------------------------------------------------------------------------ */

typedef struct thing {
    int before;
    aq_op_t op;
} thing_t;

static void on_release(aq_op_t *op)
{
    note_call("release:%d", AQ__CONTAINER_OF(op, thing_t, op)->before);
}

static void test_embedded(void)
{
    with_loop("an embedded op gives its memory back when both sides are done with it")
    {
        thing_t thing = {.before = 1};

        aq__op_init(&thing.op, loop, &no, (void *)"a", on_release);
        finish(&thing.op, "value");
        is_str(record, "", "the maker first");
        aq_op_close(&thing.op);
        is_str(record, "dispose:value release:1", "then the consumer");
        record[0] = '\0';
        thing.before = 2;
        aq__op_init(&thing.op, loop, &no, (void *)"a", on_release);
        aq_op_close(&thing.op);
        is_str(record, "cancel:a", "or the consumer first");
        finish(&thing.op, NULL);
        is_str(record, "cancel:a release:2", "then the maker");
        ok(aq_op_data(&thing.op) != NULL && aq_op_loop(&thing.op) == loop, "what it knows can be read");
    }
}

static long resident_kilobytes(void)
{
    struct rusage usage;

    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
}

static size_t round_trips;

static void on_round_trip(aq_op_t *op, void *data)
{
    (void)op, (void)data;
    round_trips++;
}

static void test_growth(void)
{
    with_loop("100,000 ops in a loop take no more memory than the first thousand")
    {
        size_t requests = 0;
        long kilobytes = 0;

        for (int i = 0; i < 1000; i++) {
            if (i == 10) {
                requests = allocations.requests;
                kilobytes = resident_kilobytes();
            }
            for (int j = 0; j < 100; j++) {
                aq_op_t *op = make(&plain, "a");

                aq_then(op, on_round_trip, NULL);
                finish(op, NULL);
            }
            turn();
        }
        is_int(round_trips, 100000, "each is delivered once");
        if (KEEPS_SPARES) {
            is_int(allocations.requests, requests, "no allocation after the first thousand");
            ok(resident_kilobytes() - kilobytes < 4096, "the process does not grow");
        } else {
            skip("with the address sanitizer freed memory is kept, to find its uses");
        }
    }
}

static size_t late_calls;

static void on_late(aq_op_t *op, void *data)
{
    (void)data;
    late_calls += aq_op_code(op) == AQ_ENOMEM;
}

static void test_out_of_memory(void)
{
    with_loop("an op is never NULL: without memory it has failed with AQ_ENOMEM")
    {
        aq_op_t *op, *all, *ops[2];
        int taken = 0;

        fail_request(1);
        op = make(&plain, "a");
        fail_request(0);
        ok(op != NULL && aq_op_done(op), "it is done");
        is_int(aq_op_code(op), AQ_ENOMEM, "with AQ_ENOMEM");
        is_str(aq_op_error(op)->message, "out of memory", "and its text");
        finish(op, "ignored");
        aq_op_fail(op, AQ_EINVAL, "ignored");
        aq_cancel(op);
        ok(aq_timeout(op, 1) == op && aq_wait(op) == NULL && aq_op_take(op) == NULL,
           "whatever is done to it");
        aq_op_keep(op);
        aq_op_close(op);
        aq_op_close(op);
        is_int(aq_op_code(op), AQ_ENOMEM, "it stays so, even when closed by many");
        while (aq_then(op, on_late, NULL) == AQ_OK)
            taken++;
        is_int(taken, 32, "32 consumers can be waiting at a time");
        is_int(aq_last_error()->code, AQ_ENOMEM, "more are refused");
        is_int(late_calls, 0, "none is called inside the call");
        run();
        is_int(late_calls, 32, "all are called by the loop");
        ops[0] = ops[1] = op;
        all = aq_op_all(loop, ops, 2);
        is_int(aq_op_code(all), AQ_ENOMEM, "aq_op_all takes such ops");
        aq_op_close(all);
        is_str(record, "", "and nothing else happened");
    }
    with_loop("an error that there is no memory for keeps its code")
    {
        aq_op_t *op = make(&plain, "a");

        fail_request(1);
        aq_op_fail(op, AQ_EUNIQUE, "text %d", 1);
        fail_request(0);
        is_int(aq_op_code(op), AQ_EUNIQUE, "the code");
        is_str(aq_op_error(op)->message, "unique violation", "with the table's text");
        aq_op_close(op);
    }
}

int main(void)
{
    init_loops();
    test_completion();
    test_failure();
    test_closing();
    test_cancel();
    test_time();
    test_all();
    test_deadlocks();
    test_loop();
    test_embedded();
    test_growth();
    test_out_of_memory();
    return tap_done();
}
