/* Tasks: what is promised to the code that runs in them and to those who start them. t/task_ucontext.t is the same program with
 * the other way of switching stacks. */
#include "src/task/task.h"
#include "src/task/sanitizers.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "t/loops.h"

#ifdef AQ_HAVE_VALGRIND
#define MEMCHECK RUNNING_ON_VALGRIND
#else
#define MEMCHECK 0
#endif
#if defined(AQ__ASAN) || defined(AQ__TSAN)
#define SANITIZED 1 /* memory is not what it is without */
#else
#define SANITIZED 0
#endif
#ifdef AQ__TSAN
#define MANY 100 /* each fiber takes half a megabyte there */
#else
#define MANY 10000
#endif

static void *const NOTHING = NULL;

static bool cancel_no(aq_op_t *op, void *data)
{
    (void)op;
    note_call("cancel:%s", (const char *)data);
    return false;
}

static bool cancel_yes(aq_op_t *op, void *data)
{
    (void)op;
    note_call("cancel:%s", (const char *)data);
    aq_op_complete(op, NULL);
    return true;
}

static bool cancel_by_failing(aq_op_t *op, void *data)
{
    note_call("cancel:%s", (const char *)data);
    aq_op_fail(op, AQ_ECANCELED, "canceled by hand");
    return true;
}

static void dispose(void *value)
{
    note_call("dispose:%s", (const char *)value);
}

static const aq_op_class_t plain = {.name = "plain", .cancel = cancel_by_failing, .dispose = dispose};
static const aq_op_class_t write_class = {.name = "write", .cancel = cancel_no, .dispose = dispose};
static const aq_op_class_t completing = {.name = "completing", .cancel = cancel_yes};

static aq_op_t *make(const aq_op_class_t *op_class, const char *name)
{
    return aq_op_create(loop, op_class, (void *)(uintptr_t)name);
}

static void *text(const char *string)
{
    return (void *)(uintptr_t)string;
}

static void on_done(aq_op_t *op, void *data)
{
    const char *value = aq_op_value(op) == op ? "itself" : aq_op_value(op);

    note_call("%s=%s", (const char *)data, value != NULL ? value : aq_error_name(aq_op_code(op)));
}

/* An op that the test completes by hand while a task awaits it. */
static aq_op_t *gate;

static void *await_gate(void *data)
{
    const char *value;

    note_call("%s:in", (const char *)data);
    value = aq_await(gate);
    note_call("%s:%s", (const char *)data, value != NULL ? value : aq_error_name(aq_last_error()->code));
    return data;
}

/* ---- Running ------------------------------------------------------------------------------------------------------ */

static void *return_data(void *data)
{
    note_call("run");
    return data;
}

static void *return_nothing(void *data)
{
    (void)data;
    return NOTHING;
}

static void *two_awaits(void *data)
{
    aq_op_t *a = aq_sleep(loop, 4), *b = aq_sleep(loop, 2);
    uint64_t before = uv_hrtime();

    (void)data;
    ok(aq_await(a) == a && aq_await(b) == b, "both succeed");
    ok(aq_await(b) == b, "awaiting a done op again gives its value at once");
    ok(uv_hrtime() - before < UINT64_C(2000000000), "they ran at the same time");
    return NOTHING;
}

static void *await_failure(void *data)
{
    aq_op_t *op = make(&plain, "a");

    (void)data;
    aq_op_fail(op, AQ_EUNIQUE, "insert: there is one");
    ok(aq_await(op) == NULL, "aq_await gives NULL");
    is_str(aq_op_error(op)->message, "insert: there is one", "and the op has the error");
    return text("went on");
}

static void *await_taken(void *data)
{
    ok(aq_await(data) == NULL, "the second consumer gets NULL");
    is_str(aq_last_error()->message, "await 'plain': the op has a consumer already", "and a text");
    return NOTHING;
}

static void *wait_in_task(void *data)
{
    aq_op_t *op = make(&plain, "a");

    (void)data;
    ok(aq_wait(op) == NULL, "aq_wait gives NULL");
    is_int(aq_last_error()->code, AQ_EDEADLK, "as AQ_EDEADLK");
    ok(!aq_op_done(op), "the op goes on");
    aq_op_complete(op, NULL);
    return NOTHING;
}

static void test_running(void)
{
    with_loop("a task starts on the next turn, and its op gives what it returned")
    {
        aq_op_t *op = aq_spawn(loop, return_data, text("value"));

        is_str(record, "", "not inside aq_spawn");
        is_str(aq_wait(op), "value", "the value is the task's");
        is_str(record, "run", "it ran once");
        aq_op_close(op);
        op = aq_spawn(loop, return_nothing, NULL);
        ok(aq_wait(op) == op, "returning NULL is a success: the value is the op itself");
        aq_op_close(op);
    }
    with_loop("awaiting suspends only this task")
    {
        aq_op_t *a, *b;

        gate = make(&plain, "gate");
        a = aq_spawn(loop, await_gate, text("a"));
        b = aq_spawn(loop, return_data, text("b"));
        turn();
        is_str(record, "a:in run", "the next one runs");
        ok(!aq_op_done(a) && aq_op_done(b), "and ends");
        aq_op_complete(gate, text("open"));
        is_str(record, "a:in run", "completing does not switch");
        turn();
        is_str(record, "a:in run a:open", "the loop does");
        aq_op_close(gate), aq_op_close(a), aq_op_close(b);
    }
    with_loop("ops start when they are made: two awaits in a row take as long as the longer")
        aq_op_close((aq_wait(aq_spawn(loop, two_awaits, NULL)), NULL));
    with_loop("a failed op does not end the task")
    {
        aq_op_t *op = aq_spawn(loop, await_failure, NULL);

        is_str(aq_wait(op), "went on", "the task goes on");
        aq_op_close(op);
    }
    with_loop("an op has one consumer: aq_await refuses another's")
    {
        aq_op_t *op = make(&plain, "a");

        aq_then(op, on_done, text("a"));
        aq_op_close((aq_wait(aq_spawn(loop, await_taken, op)), NULL));
        aq_op_complete(op, NULL);
        run();
        is_str(record, "a=itself", "who still gets it");
    }
    with_loop("aq_wait in a task fails and never hangs")
        aq_op_close((aq_wait(aq_spawn(loop, wait_in_task, NULL)), NULL));
}

static void *await_itself(void *data)
{
    aq_op_t **own = data;

    ok(aq_await(*own) == NULL && aq_last_error()->code == AQ_EDEADLK, "it is refused");
    is_str(aq_last_error()->message, "await 'task': it is the task's own", "with a text");
    return NOTHING;
}

static void test_itself(void)
{
    with_loop("a task that awaits itself would never end")
    {
        aq_op_t *own = NULL;

        own = aq_spawn(loop, await_itself, &own);
        ok(aq_wait(own) == own, "the task goes on");
        aq_op_close(own);
    }
}

/* ---- Ends --------------------------------------------------------------------------------------------------------- */

static void on_defer(void *data)
{
    note_call("defer:%s", (const char *)data);
}

static void *defer_three(void *data)
{
    aq_defer(on_defer, text("1"));
    aq_defer(on_defer, text("2"));
    aq_defer(on_defer, text("3"));
    note_call("body");
    return data;
}

static int exit_from(int depth)
{
    volatile char frame[256];
    volatile bool deep_enough = depth == 0; /* or the compiler sees that this never returns */

    frame[7] = (char)depth;
    if (deep_enough)
        aq_task_exit(text("from the depth"));
    return depth == 0 ? 0 : exit_from(depth - 1) + frame[7];
}

static void *exit_deep(void *data)
{
    (void)data;
    make(&plain, "unfinished");
    aq_defer(on_defer, text("1"));
    aq_arena_defer(aq_task_arena(), on_defer, text("arena"));
    exit_from(50);
    note_call("never here");
    return NOTHING;
}

static void *fail_task(void *data)
{
    aq_defer(on_defer, text("1"));
    aq_task_fail(AQ_ENOENT, "user '%s': not found", (const char *)data);
}

static void defer_awaits(void *data)
{
    aq_op_t *op = aq_sleep(loop, 1);

    note_call("defer:%s:%s", (const char *)data, aq_await(op) == op ? "slept" : "refused");
}

static void defer_exits(void *data)
{
    note_call("defer:%s", (const char *)data);
    aq_defer(on_defer, text("added"));
    aq_task_exit(text("ignored"));
}

static void *defer_oddities(void *data)
{
    aq_defer(on_defer, text("oldest"));
    aq_defer(defer_awaits, text("awaits"));
    aq_defer(defer_exits, text("exits"));
    return data;
}

static void make_late(void *data)
{
    (void)make(&plain, "late");
    aq_defer(on_defer, data);
}

static void *arena_makes_late(void *data)
{
    aq_arena_defer(aq_task_arena(), make_late, text("late"));
    return data;
}

static void *own_ops(void *data)
{
    aq_op_t *kept = make(&plain, "kept"), *given = make(&plain, "given"), *left = make(&plain, "left");

    (void)left;
    aq_op_keep(kept);
    aq_then(given, on_done, text("given"));
    *(aq_op_t **)data = kept;
    gate = given;
    return NOTHING;
}

static void test_ends(void)
{
    with_loop("deferred calls run when the task ends, newest first")
    {
        aq_op_t *op = aq_spawn(loop, defer_three, text("value"));

        is_str(aq_wait(op), "value", "the value stays");
        is_str(record, "body defer:3 defer:2 defer:1", "in that order");
        aq_op_close(op);
    }
    with_loop("aq_task_exit ends the task from any depth")
    {
        aq_op_t *op = aq_spawn(loop, exit_deep, NULL);

        is_str(aq_wait(op), "from the depth", "with a value");
        is_str(record, "defer:1 cancel:unfinished defer:arena",
               "deferred calls, then its ops, then its arena");
        aq_op_close(op);
    }
    with_loop("aq_task_fail ends it with an error")
    {
        aq_op_t *op = aq_spawn(loop, fail_task, text("peter"));

        ok(aq_wait(op) == NULL, "the op has failed");
        is_int(aq_op_code(op), AQ_ENOENT, "with the code");
        is_str(aq_op_error(op)->message, "user 'peter': not found", "and the text");
        is_str(record, "defer:1", "deferred calls run");
        aq_op_close(op);
    }
    with_loop("a deferred call may await, defer and end the task again")
    {
        aq_op_t *op = aq_spawn(loop, defer_oddities, text("value"));

        is_str(aq_wait(op), "value", "the outcome is the body's");
        is_str(record, "defer:exits defer:added defer:awaits:slept defer:oldest", "and every call is made");
        aq_op_close(op);
    }
    with_loop("what the arena's own calls begin ends with the task as well")
    {
        aq_op_t *op = aq_spawn(loop, arena_makes_late, text("value"));

        is_str(aq_wait(op), "value", "the outcome is the body's");
        is_str(record, "defer:late cancel:late", "the call is made and the op is closed");
        aq_op_close(op);
    }
    with_loop("ops made in a task are closed with it, except what was kept or has a callback")
    {
        aq_op_t *kept = NULL, *op = aq_spawn(loop, own_ops, &kept);

        aq_wait(op);
        is_str(record, "cancel:left", "what is left");
        aq_op_complete(kept, text("kept"));
        is_str(aq_op_value(kept), "kept", "a kept one is the caller's");
        aq_op_close(kept);
        aq_op_complete(gate, text("given"));
        run();
        is_str(record, "cancel:left dispose:kept given=given dispose:given",
               "one with a callback is the library's");
        aq_op_close(op);
    }
}

/* ---- Cancel -------------------------------------------------------------------------------------------------------- */

static const char *outcome(aq_op_t *op)
{
    return aq_await(op) != NULL ? "value" : aq_error_name(aq_op_code(op));
}

static void *stubborn(void *data)
{
    aq_op_t *op;

    note_call("1:%s", outcome(gate));
    ok(aq_task_canceled(), "the task knows");
    op = make(&completing, "second");
    note_call("2:%s", outcome(op));
    is_str(aq_last_error()->message, "await 'completing': the task was canceled", "later awaits say why");
    aq_op_keep(op = make(&write_class, "third"));
    note_call("3:%s", outcome(op));
    aq_op_complete(op, text("third"));
    aq_op_close(op);
    op = make(&plain, "fourth");
    aq_op_complete(op, text("fourth"));
    note_call("4:%s", outcome(op));
    return data;
}

static void *cleans_up(void *data)
{
    (void)data;
    aq_defer(defer_awaits, text("rollback"));
    aq_await(gate);
    return NOTHING;
}

static void *close_own_op(void *data)
{
    aq_op_t **own = data;
    aq_op_t *op;

    aq_op_close(*own);
    ok(aq_task_canceled(), "it is canceled");
    op = aq_sleep(loop, 60000);
    ok(aq_await(op) == NULL && aq_op_code(op) == AQ_ECANCELED, "but runs to its end");
    note_call("ended");
    return NOTHING;
}

static void *exit_nothing(void *data)
{
    aq_task_set_label("GET /report");
    aq_await(gate);
    (void)data;
    aq_task_exit(NULL);
}

static void *child_of(void *data)
{
    note_call("child:in");
    note_call("child:%s", aq_await(data) != NULL ? "value" : "NULL");
    return NOTHING;
}

static void *parent_of_sleeper(void *data)
{
    aq_op_t *child;

    aq_op_keep(gate = make(&plain, "gate"));
    child = aq_spawn(loop, child_of, gate);
    aq_await(aq_sleep(loop, 1));
    ok(!aq_op_done(child), "the child is suspended when its parent ends");
    return data;
}

static void test_cancel(void)
{
    with_loop("canceling a task cancels what it awaits, now and later")
    {
        aq_op_t *op;

        gate = make(&plain, "gate");
        op = aq_spawn(loop, stubborn, text("ended well"));
        turn();
        aq_cancel(op);
        aq_cancel(op);
        is_str(record, "cancel:gate", "the awaited op is asked at once, once");
        is_str(aq_wait(op), "ended well", "the task's outcome is what it makes of it");
        is_str(record,
               "cancel:gate 1:AQ_ECANCELED cancel:second 2:AQ_ECANCELED cancel:third 3:AQ_ECANCELED "
               "dispose:third "
               "4:value dispose:fourth",
               "whatever the maker says; only an op that is done has its outcome");
        aq_op_close(op), aq_op_close(gate);
    }
    with_loop("a canceled task that awaits a write gets its real outcome")
    {
        aq_op_t *op;

        gate = make(&write_class, "gate");
        op = aq_spawn(loop, await_gate, text("a"));
        turn();
        aq_cancel(op);
        turn();
        is_str(record, "a:in cancel:gate", "it stays suspended");
        aq_op_complete(gate, text("committed"));
        run();
        is_str(record, "a:in cancel:gate a:committed", "until that is known");
        aq_op_close(op), aq_op_close(gate);
    }
    with_loop("a canceled task that ends with nothing has failed with AQ_ECANCELED")
    {
        aq_op_t *op;

        gate = make(&plain, "gate");
        op = aq_spawn(loop, exit_nothing, NULL);
        turn();
        aq_cancel(op);
        ok(aq_wait(op) == NULL && aq_op_code(op) == AQ_ECANCELED, "also through aq_task_exit");
        is_str(aq_op_error(op)->message, "task 'GET /report': canceled", "and says who it was");
        aq_op_close(op), aq_op_close(gate);
    }
    with_loop("deferred calls of a canceled task may await")
    {
        aq_op_t *op;

        gate = make(&plain, "gate");
        op = aq_spawn(loop, cleans_up, NULL);
        turn();
        aq_cancel(op);
        aq_wait(op);
        is_str(record, "cancel:gate defer:rollback:slept", "to clean up");
        aq_op_close(op), aq_op_close(gate);
    }
    with_loop("a task that is canceled before it starts still runs, canceled")
    {
        aq_op_t *op;

        gate = make(&plain, "gate");
        op = aq_spawn(loop, await_gate, text("a"));
        aq_op_close(op);
        run();
        is_str(record, "a:in cancel:gate a:AQ_ECANCELED", "so that it can free what it was given");
        aq_op_close(gate);
    }
    with_loop("a timeout of a task: its op fails at once, the task is canceled")
    {
        aq_op_t *op;

        gate = make(&write_class, "gate");
        op = aq_timeout(aq_spawn(loop, await_gate, text("a")), 3);
        ok(aq_wait(op) == NULL, "the wait ends");
        is_str(aq_op_error(op)->message, "task: not done within 3 ms", "with the deadline");
        aq_op_close(op);
        aq_op_complete(gate, text("late"));
        run();
        is_str(record, "a:in cancel:gate a:late", "the task ends when it can");
        aq_op_close(gate);
    }
    with_loop("a task may close its own op")
    {
        static aq_op_t *own;

        own = aq_spawn(loop, close_own_op, &own);
        run();
        is_str(record, "ended", "its outcome is dropped");
    }
    with_loop("a task spawned by a task is canceled with it")
    {
        aq_op_t *op = aq_spawn(loop, parent_of_sleeper, text("parent"));

        is_str(aq_wait(op), "parent", "the parent does not wait for it");
        run();
        is_str(record, "child:in cancel:gate child:NULL", "the child ends on its own");
        aq_op_close(op), aq_op_close(gate);
    }
}

/* ---- The op or the loop goes away ----------------------------------------------------------------------------------- */

static void *spin_on_awaits(void *data)
{
    int *awaits = data;

    aq_defer(on_defer, text("spin"));
    while (aq_await(aq_sleep(loop, 60000)) == NULL)
        ++*awaits;
    return NOTHING;
}

static void *spawn_late(void *data)
{
    aq_op_t *op;

    (void)data;
    aq_await(aq_sleep(loop, 60000));
    op = aq_spawn(loop, return_data, NULL);
    is_str(aq_op_error(op)->message, "spawn: the loop is closed", "no new task on a closed loop");
    return NOTHING;
}

static void *close_loop_inside(void *data)
{
    aq_op_t *op = aq_sleep(loop, 60000);

    (void)data;
    aq_loop_close(loop);
    note_call("still here");
    note_call("%s", aq_await(op) != NULL ? "value" : aq_error_name(aq_last_error()->code));
    return NOTHING;
}

static void test_closing(void)
{
    with_loop("closing an op resumes the task that awaits it, with nothing")
    {
        aq_op_t *op;

        gate = make(&plain, "gate");
        op = aq_spawn(loop, await_gate, text("a"));
        turn();
        aq_op_close(gate);
        is_str(aq_wait(op), "a", "the task goes on");
        is_str(record, "a:in cancel:gate a:AQ_ECANCELED", "with AQ_ECANCELED");
        is_str(aq_last_error()->message, "await: the op or its loop was closed meanwhile", "that says why");
        aq_op_close(op);
    }
    with_loop("closing the loop runs suspended tasks to their end")
    {
        gate = make(&plain, "gate");
        aq_spawn(loop, await_gate, text("a"));
        turn();
        aq_spawn(loop, await_gate, text("b"));
        aq_loop_close(loop);
        is_str(record, "a:in cancel:gate a:AQ_ECANCELED b:in b:AQ_ECANCELED",
               "at once: suspended ones, and those that have not started");
        run();
        loop = aq_loop_open(&uv);
    }
    with_loop("a task that goes on awaiting cannot hang the close")
    {
        int awaits = 0;

        aq_spawn(loop, spin_on_awaits, &awaits);
        aq_spawn(loop, cleans_up, NULL);
        aq_spawn(loop, spawn_late, NULL);
        gate = make(&plain, "gate");
        turn();
        aq_loop_close(loop);
        is_int(awaits, 65, "the one suspended and 64 more awaits fail, then it is ended where it stands");
        is_str(record, "defer:spin cancel:gate defer:rollback:refused",
               "deferred calls run, but cannot wait");
        run();
        loop = aq_loop_open(&uv);
    }
    with_loop("a task may close its loop")
    {
        aq_spawn(loop, close_loop_inside, NULL);
        run();
        is_str(record, "still here AQ_ECANCELED", "which ends the task at the end of the turn");
        loop = aq_loop_open(&uv);
    }
    with_loop("an op that is ready when its loop closes does not disturb")
    {
        gate = make(&plain, "gate");
        aq_spawn(loop, await_gate, text("a"));
        turn();
        aq_op_complete(gate, text("open"));
        aq_loop_close(loop);
        is_str(record, "a:in a:AQ_ECANCELED dispose:open", "the task is told of the close");
        run();
        loop = aq_loop_open(&uv);
    }
}

/* ---- What a task may ask for ---------------------------------------------------------------------------------------- */

static void *look_around(void *data)
{
    aq_task_stats_t stats;
    char label[] = "GET /report";

    (void)data;
    ok(aq_task_current() != NULL && !aq_task_canceled(), "inside a task");
    ok(aq_task_arena() != NULL && aq_task_arena() == aq_task_arena(), "it has one arena");
    ok(aq_task_label() == NULL, "and no label");
    is_int(aq_task_set_label(label), AQ_OK, "until it sets one");
    memset(label, 'x', sizeof(label) - 1);
    is_str(aq_task_label(), "GET /report", "which is copied");
    is_int(aq_task_set_label(NULL), AQ_OK, "and can be taken away");
    ok(aq_task_label() == NULL, "again");
    aq_task_get_stats(loop, &stats);
    is_int(stats.running, 1, "one task runs");
    is_int(stats.pending_ops, 1, "its op is pending");
    is_int(stats.stacks, 1, "on one stack");
    return NOTHING;
}

static void *spawn_inside(void *data)
{
    aq_task_t *self = aq_task_current();
    aq_op_t *op = aq_spawn(loop, return_data, text("inner"));

    is_str(aq_await(op), "inner", "a task awaits another");
    ok(aq_task_current() == self, "and is itself again");
    return data;
}

static void *run_other_loop(void *data)
{
    uv_loop_t other_uv;
    aq_loop_t *other;
    aq_task_t *self = aq_task_current();
    aq_op_t *op;

    (void)data;
    uv_loop_init(&other_uv);
    other = aq_loop_open(&other_uv);
    op = aq_spawn(other, return_data, text("other"));
    ok(aq_await(op) == NULL, "awaiting its ops here is refused");
    is_str(aq_last_error()->message, "await 'task': the op belongs to another loop", "with a text");
    uv_run(&other_uv, UV_RUN_DEFAULT);
    is_str(aq_op_value(op), "other", "its tasks run on their own stacks");
    ok(aq_task_current() == self, "and this one is the current one again");
    aq_sleep(other, 60000);
    aq_loop_close(other);
    uv_run(&other_uv, UV_RUN_DEFAULT);
    is_int(uv_loop_close(&other_uv), 0, "and it closes");
    return NOTHING;
}

static void test_surroundings(void)
{
    with_loop("a task has an arena, a label and counts")
        aq_op_close((aq_wait(aq_spawn(loop, look_around, NULL)), NULL));
    with_loop("nested tasks") aq_op_close((aq_wait(aq_spawn(loop, spawn_inside, NULL)), NULL));
    with_loop("a task may run another loop")
        aq_op_close((aq_wait(aq_spawn(loop, run_other_loop, NULL)), NULL));
    subtest("outside a task") {
        ok(aq_task_current() == NULL && aq_task_label() == NULL && !aq_task_canceled(), "there is none");
        ok(aq_task_arena() == NULL && aq_last_error()->code == AQ_EDEADLK, "no arena");
        is_int(aq_defer(on_defer, NULL), AQ_EDEADLK, "nothing to defer to");
        is_str(aq_last_error()->message, "defer: not inside a task", "with a text");
        is_int(aq_task_set_label("x"), AQ_EDEADLK, "nothing to name");
        is_int(aq_task_set_stack_size(16383), AQ_EINVAL, "a stack of less than 16 KiB is refused");
        is_str(aq_last_error()->message, "task stack size 16383: at least 16384 bytes", "with a text");
        is_int(aq_task_set_stack_size(SIZE_MAX), AQ_EINVAL, "an absurd one too");
    }
}

/* ---- Stacks -------------------------------------------------------------------------------------------------------- */

static int recurse(int depth)
{
    volatile char frame[4096];

    frame[0] = (char)depth;
    frame[sizeof(frame) - 1] = 1;
    return depth == 0 ? frame[0] : recurse(depth - 1) + frame[sizeof(frame) - 1];
}

static void *overflow(void *data)
{
    (void)data;
    recurse(1 << 20);
    return NOTHING;
}

static void *use_most(void *data)
{
    recurse(*(int *)data);
    return NOTHING;
}

/* What the child died of; 0: it ended by itself. */
static int signal_of(void (*child)(void))
{
    int status = 0;
    pid_t pid;

    fflush(NULL);
    pid = fork();
    if (pid == 0) {
        struct rlimit none = {0, 0};

        setrlimit(RLIMIT_CORE, &none);
        freopen("/dev/null", "w", stderr);
        signal(SIGSEGV, SIG_DFL);
        signal(SIGBUS, SIG_DFL);
        signal(SIGABRT, SIG_DFL);
        child();
        _exit(0);
    }
    waitpid(pid, &status, 0);
    return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static void child_overflows(void)
{
    open_loop();
    aq_wait(aq_spawn(loop, overflow, NULL));
}

static void child_exits_outside(void)
{
    aq_task_exit(NULL);
}

static void child_fails_outside(void)
{
    aq_task_fail(AQ_EINVAL, "x");
}

static size_t resident_bytes(void)
{
    size_t pages = 0, ignored;
    FILE *file = fopen("/proc/self/statm", "r");

    if (file == NULL || fscanf(file, "%zu %zu", &ignored, &pages) != 2)
        pages = 0;
    if (file != NULL)
        fclose(file);
    return pages * (size_t)sysconf(_SC_PAGESIZE);
}

static size_t resumed;

static void *wait_for_gate(void *data)
{
    aq_op_t *op = data;

    resumed += aq_await(op) == op;
    return NOTHING;
}

static void *sum_sleeps(void *data)
{
    (void)data;
    for (int i = 0; i < 100; i++) {
        aq_op_t *op = make(&plain, "a");

        aq_op_complete(op, NULL);
        aq_await(op);
        aq_op_close(op);
        resumed++;
    }
    return NOTHING;
}

static void test_many(size_t count)
{
    aq_op_t **gates = calloc(count, sizeof(*gates));
    aq_task_stats_t stats;
    size_t before = resident_bytes(), suspended;

    resumed = 0;
    for (size_t i = 0; i < count; i++) {
        aq_op_t *op;

        gates[i] = make(&plain, "gate");
        op = aq_spawn(loop, wait_for_gate, gates[i]);
        if (aq_op_done(op))
            diag("%s", aq_op_error(op)->message);
        aq_op_keep(op);
    }
    turn();
    suspended = resident_bytes();
    aq_task_get_stats(loop, &stats);
    is_int(stats.running, count, "all are there");
    is_int(stats.stacks, count, "on a stack each");
    is_int(stats.pending_ops, 2 * count, "each with its op and the one it awaits");
    note("%zu bytes of memory per suspended task", (suspended - before) / count);
    ok(SANITIZED || MEMCHECK || (suspended - before) / count < 10000, "two pages and a little each");
    for (size_t i = 0; i < count; i++)
        aq_op_complete(gates[i], NULL);
    run();
    is_int(resumed, count, "all are resumed");
    aq_task_get_stats(loop, &stats);
    is_int(stats.running, 0, "and end");
    ok(stats.stacks == stats.spare_stacks && stats.spare_stacks <= 256, "at most 256 spare stacks are kept");
    for (size_t i = 0; i < count; i++)
        aq_op_close(gates[i]);
    free(gates);
}

static void test_stacks(void)
{
    is_int(signal_of(child_overflows), SIGSEGV, "a stack that overflows hits its guard page");
    is_int(signal_of(child_exits_outside), SIGABRT, "aq_task_exit outside a task aborts");
    is_int(signal_of(child_fails_outside), SIGABRT, "aq_task_fail outside a task aborts");
    with_loop("the size of stacks can be chosen")
    {
        aq_task_stats_t stats;
        int depth = 200;

        aq_op_close((aq_wait(aq_spawn(loop, return_data, NULL)), NULL));
        is_int(aq_task_set_stack_size(2 * 1024 * 1024), AQ_OK, "2 MiB");
        aq_op_close((aq_wait(aq_spawn(loop, use_most, &depth)), NULL));
        pass("are enough for 200 frames of 4 KiB");
        aq_task_get_stats(loop, &stats);
        is_int(stats.stacks, 1, "the spare of another size was given back");
        is_int(aq_task_set_stack_size(128 * 1024), AQ_OK, "and back");
    }
    with_loop("stacks are used again")
    {
        aq_task_stats_t stats;

        resumed = 0;
        for (int i = 0; i < 1000; i++) {
            aq_op_t *op = aq_spawn(loop, sum_sleeps, NULL);

            aq_wait(op);
            aq_op_close(op);
        }
        is_int(resumed, 100000, "1,000 tasks with 100 ops each");
        aq_task_get_stats(loop, &stats);
        is_int(stats.stacks, 1, "took one stack");
    }
    with_loop("%d tasks may be suspended at a time", MANY) test_many(MANY);
}

/* ---- At every turn ------------------------------------------------------------------------------------------------- */

/* Five turns of awaits of each kind, with things that must not be lost. */
static void *many_awaits(void *data)
{
    aq_defer(on_defer, text("many"));
    for (int i = 0; i < 5; i++) {
        aq_op_t *instant = make(&plain, "instant"), *late = make(&write_class, "late");
        aq_op_t *child = aq_spawn(loop, return_data, data);
        aq_op_t *all;

        aq_op_keep(late);
        aq_op_complete(instant, NULL);
        all = aq_op_all(loop, (aq_op_t *[]){instant, child, aq_sleep(loop, 0)}, 3);
        if (aq_await(aq_timeout(all, 60000)) == NULL)
            note_call("lost");
        aq_then(aq_sleep(loop, 0), on_done, text("nap"));
        aq_op_complete(late, text("late"));
        aq_op_close(late);
    }
    return data;
}

enum { CANCEL, CLOSE, CLOSE_AFTER_CANCEL, CLOSE_LOOP, WAYS };

static void disturb(aq_op_t *op, int way)
{
    if (way == CANCEL || way == CLOSE_AFTER_CANCEL)
        aq_cancel(op);
    if (way == CLOSE || way == CLOSE_AFTER_CANCEL)
        aq_op_close(op);
    if (way == CLOSE_LOOP)
        aq_loop_close(loop);
}

/* Stops it after n turns; true: it was over by then. */
static bool stop_after(int turns, int way, bool *fine)
{
    aq_op_t *op;
    bool over;

    open_loop();
    op = aq_spawn(loop, many_awaits, text("value"));
    for (int i = 0; i < turns && !aq_op_done(op); i++)
        uv_run(&uv, UV_RUN_ONCE);
    over = aq_op_done(op);
    disturb(op, way);
    run();
    if (way == CANCEL) {
        *fine = aq_op_done(op) && *fine;
        aq_op_close(op);
    }
    if (way == CLOSE_LOOP)
        loop = aq_loop_open(&uv);
    *fine = strstr(record, "defer:many") != NULL && close_loop() && *fine;
    return over;
}

static void test_every_turn(void)
{
    static const char *const names[] = {"canceled", "closed", "canceled and closed",
                                        "left when the loop closes"};

    for (int way = 0; way < WAYS; way++) {
        bool fine = true, over = false;
        int turns = 0;

        while (fine && !over && turns < 1000)
            over = stop_after(turns++, way, &fine);
        ok(fine && over, "a task %s at turn N, for N up to its end at %d: it ends, nothing is lost",
           names[way], turns);
        ok(turns > 10, "which are many");
    }
}

/* ---- Out of memory --------------------------------------------------------------------------------------------------- */

static void *worker(void *data)
{
    char *name;
    aq_op_t *nap = aq_sleep(loop, 0), *made = make(&plain, "made"), *both;

    aq_task_set_label("worker");
    aq_defer(on_defer, text("worker"));
    if (aq_task_arena() == NULL || (name = aq_arena_printf(aq_task_arena(), "worker %d", 7)) == NULL)
        aq_task_fail(AQ_ENOMEM, "worker: no memory for its name");
    aq_op_complete(made, NULL);
    both = aq_op_all(loop, (aq_op_t *[]){aq_timeout(nap, 1000), made}, 2);
    if (aq_await(both) == NULL)
        aq_task_fail(aq_op_code(both), "worker: %s", aq_op_error(both)->message);
    return data;
}

static void *manager(void *data)
{
    aq_op_t *a = aq_spawn(loop, worker, text("a")), *b = aq_spawn(loop, worker, text("b"));
    aq_op_t *late = aq_timeout(make(&plain, "late"), 0);

    (void)data;
    if (aq_await(a) == NULL || aq_await(b) == NULL)
        aq_task_exit(NULL);
    return aq_await(late) == NULL && aq_op_code(late) == AQ_ETIMEDOUT ? text("fine") : NULL;
}

static int called;

static void on_called(aq_op_t *op, void *data)
{
    (void)op, (void)data;
    called++;
}

/* Ops and tasks in all their uses. True: every call was answered, and nothing was lost. */
static bool representative_program(bool *perfect)
{
    aq_op_t *op, *failed;
    int expected = 0;

    record[0] = '\0';
    called = 0;
    uv_loop_init(&uv);
    if ((loop = aq_loop_open(&uv)) == NULL)
        return uv_loop_close(&uv) == 0;
    expected += aq_then(aq_spawn(loop, manager, NULL), on_called, NULL) == AQ_OK;
    failed = make(&plain, "failed");
    expected += aq_then(failed, on_called, NULL) == AQ_OK;
    aq_op_fail(failed, AQ_EINVAL, "a failure %d", 1);
    op = aq_spawn(loop, manager, NULL);
    *perfect = aq_wait(op) != NULL && strcmp(aq_op_value(op), "fine") == 0;
    ok(aq_op_done(op), "a wait ends");
    aq_op_close(op);
    run();
    aq_loop_close(loop);
    run();
    return uv_loop_close(&uv) == 0 && called == expected;
}

typedef struct {
    bool fine, perfect;
} attempt_t;

static bool try_program(void *data)
{
    attempt_t *attempt = data;

    attempt->perfect = false;
    attempt->fine = representative_program(&attempt->perfect) && allocations.blocks == 0;
    return !attempt->fine || allocations.refused == 0;
}

static void test_out_of_memory(void)
{
    subtest("whichever allocation fails, every op completes and nothing is lost") {
        attempt_t attempt = {0};
        size_t n = fail_each_request(try_program, &attempt, 1000);

        note("%zu allocations were failed, one by one", n - 1);
        ok(attempt.fine, "failing allocation %zu", n);
        ok(attempt.perfect && n > 20, "and with memory enough the program succeeds");
    }
}

static void child_without_address_space(void)
{
    struct rlimit limit;
    aq_op_t *op;
    size_t spawned = 0;

    open_loop();
    getrlimit(RLIMIT_AS, &limit);
    limit.rlim_cur = (rlim_t)512 * 1024 * 1024;
    setrlimit(RLIMIT_AS, &limit);
    aq_task_set_stack_size((size_t)16 * 1024 * 1024);
    do {
        op = aq_spawn(loop, return_data, NULL);
    } while (!aq_op_done(op) && ++spawned < 1000);
    if (aq_op_code(op) != AQ_ENOMEM || strstr(aq_op_error(op)->message, "map a task's stack of 16") == NULL ||
        !close_loop())
        abort();
}

int main(void)
{
    init_loops();
    test_running();
    test_itself();
    test_ends();
    test_cancel();
    test_closing();
    test_surroundings();
    test_stacks();
    test_every_turn();
    test_out_of_memory();
    if (SANITIZED)
        skip("sanitizers need all of the address space");
    else
        is_int(signal_of(child_without_address_space), 0,
               "without address space for a stack, spawning fails with AQ_ENOMEM");
    return tap_done();
}
