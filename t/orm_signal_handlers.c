/* Handlers of signals: whose commits they hear, what they may do while they run, what becomes of their errors; and what is announced of savepoints, of several
 * binds and of a commit that only one of them kept. What each kind of change is told as: t/orm_signals.c. */
#include "tap.h"

#include "t/todo.h"

#include "src/orm/session.h"

static todos_t todos;
static todo_app_t one, two;

static char logged[1024];

static void on_log(void *data, aq_log_level_t level, const char *message)
{
    (void)data;
    snprintf(logged + strlen(logged), sizeof logged - strlen(logged), "%s%s\n",
             level == AQ_LOG_ERROR ? "error: " : "", message);
}

/* ---- Helpers ----------------------------------------------------------------------------------------------------------------- */

static aq_text_t heard;

static void is_heard(const char *expected, const char *name)
{
    is_text(aq_text_string(&heard), expected, "%s", name);
    aq_text_dispose(&heard);
}

/* `data` is what it is called. */
static int hear(void *data, aq_session_t *session, const aq_changes_t *changes)
{
    (void)session;
    aq_text_appendf(&heard, "%s: ", (const char *)data);
    append_heard(&heard, changes, false);
    aq_text_append_char(&heard, '\n');
    return AQ_OK;
}

static void connect_(aq_signal_t signal, const todo_app_t *app, aq_signal_cb cb, void *data)
{
    is_int(aq_signal_connect(todos.db, signal, app != NULL ? app->app : NULL, cb, data), AQ_OK, "connected");
}

static void disconnect(aq_signal_t signal, const todo_app_t *app, aq_signal_cb cb, void *data)
{
    is_int(aq_signal_disconnect(todos.db, signal, app != NULL ? app->app : NULL, cb, data), AQ_OK,
           "disconnected");
}

static Todo *add_todo(aq_session_t *session, const char *name)
{
    Todo *todo = aq_new(session, Todo);

    todo->text = name;
    name_object(name, todo);
    is_int(aq_add(session, todo), AQ_OK, "add %s", name);
    return todo;
}

static Other *add_other(aq_session_t *session, const char *name)
{
    Other *other = aq_new(session, Other);

    other->text = name;
    name_object(name, other);
    is_int(aq_add(session, other), AQ_OK, "add %s", name);
    return other;
}

static void done(aq_op_t *op, const char *name)
{
    aq_wait(op);
    ok(aq_op_code(op) == AQ_OK, "%s", name) || (diag("%s", aq_op_error(op)->message), false);
    aq_op_close(op);
}

static void fails(aq_op_t *op, int code, const char *text, const char *name)
{
    ok(aq_wait(op) == NULL, "%s", name);
    is_str(aq_error_name(aq_op_code(op)), aq_error_name(code), "its code");
    is_str(aq_op_error(op)->message, text, "the whole text");
    aq_op_close(op);
}

static long rows(void)
{
    return cluster_number(todos.cluster, "select count(*) from todo");
}

static aq_session_t *begin(todo_app_t *app)
{
    todos_empty(&todos);
    named_count = 0;
    return aq_session_open(app->context, NULL);
}

/* ---- Whose ---------------------------------------------------------------------------------------------------------------------- */

static void test_apps(void)
{
    subtest("a handler of one app hears that one, a handler of none hears all") {
        aq_session_t *session = begin(&one), *other = aq_session_open(two.context, NULL);

        connect_(AQ_MODELS_COMMITTED, &one, hear, (void *)"one");
        connect_(AQ_MODELS_COMMITTED, &two, hear, (void *)"two");
        connect_(AQ_MODELS_COMMITTED, NULL, hear, (void *)"all");
        add_todo(session, "a");
        add_todo(other, "b");
        done(aq_commit(session), "one commits");
        done(aq_commit(other), "two commits");
        is_heard("one: a insert\nall: a insert\ntwo: b insert\nall: b insert\n", "each its own");
        disconnect(AQ_MODELS_COMMITTED, &one, hear, (void *)"one");
        disconnect(AQ_MODELS_COMMITTED, NULL, hear, (void *)"all");
        add_todo(session, "c");
        done(aq_commit(session), "one commits");
        is_heard("", "nobody hears it any more");
        is_int(session->changes.count, 0, "and nothing was kept for them");
        disconnect(AQ_MODELS_COMMITTED, &two, hear, (void *)"two");
        aq_session_close(session);
        aq_session_close(other);
    }
    subtest("a session's own switch wins over the app's") {
        aq_session_t *session = begin(&one);
        aq_session_t *quiet =
            aq_session_open(one.context, &(aq_session_options_t){.track_modifications = AQ_OFF});

        connect_(AQ_BEFORE_MODELS_COMMITTED, NULL, hear, (void *)"before");
        connect_(AQ_MODELS_COMMITTED, NULL, hear, (void *)"after");
        add_todo(quiet, "a");
        done(aq_commit(quiet), "a session that does not tell");
        is_heard("", "nothing");
        add_todo(session, "b");
        done(aq_flush(session), "flushed");
        is_int(session->changes.count, 1, "what was flushed is kept until the commit");
        done(aq_commit(session), "committed");
        is_heard("before: b insert\nafter: b insert\n", "both");
        done(aq_commit(session), "nothing to commit");
        is_heard("", "nothing to tell");
        disconnect(AQ_BEFORE_MODELS_COMMITTED, NULL, hear, (void *)"before");
        disconnect(AQ_MODELS_COMMITTED, NULL, hear, (void *)"after");
        aq_session_close(session);
        aq_session_close(quiet);
    }
}

/* ---- Before --------------------------------------------------------------------------------------------------------------------- */

static int veto(void *data, aq_session_t *session, const aq_changes_t *changes)
{
    hear(data, session, changes);
    return aq_fail(AQ_EPERMISSION, "%s may not be written", name_of(changes->items[0].object));
}

static int veto_without_text(void *data, aq_session_t *session, const aq_changes_t *changes)
{
    (void)data, (void)session, (void)changes;
    return AQ_ECANCELED;
}

static void test_veto(void)
{
    subtest("a veto: the commit fails with it, nothing was sent, and the session goes on") {
        aq_session_t *session = begin(&one);
        Todo *todo = add_todo(session, "a");

        connect_(AQ_BEFORE_MODELS_COMMITTED, &one, veto, (void *)"veto");
        connect_(AQ_BEFORE_MODELS_COMMITTED, &one, hear, (void *)"behind it");
        connect_(AQ_MODELS_COMMITTED, &one, hear, (void *)"after");
        fails(aq_commit(session), AQ_EPERMISSION, "a may not be written", "the commit fails");
        is_heard("veto: a insert\n", "nobody behind it is asked");
        is_int(aq_object_state(todo), AQ_PENDING, "the object waits");
        ok(aq_session_is_active(session) && !aq_session_in_transaction(session), "the session is active");
        is_int(rows(), 0, "no rows");
        disconnect(AQ_BEFORE_MODELS_COMMITTED, &one, veto, (void *)"veto");
        done(aq_commit(session), "without the veto it is committed");
        is_heard("behind it: a insert\nafter: a insert\n", "and announced");
        is_int(rows(), 1, "one row");
        disconnect(AQ_BEFORE_MODELS_COMMITTED, &one, hear, (void *)"behind it");
        disconnect(AQ_MODELS_COMMITTED, &one, hear, (void *)"after");
        aq_session_close(session);
    }
    subtest("a veto after a flush: the transaction is there for a rollback") {
        aq_session_t *session = begin(&one);

        connect_(AQ_BEFORE_MODELS_COMMITTED, &one, veto_without_text, NULL);
        add_todo(session, "a");
        done(aq_flush(session), "flushed");
        fails(aq_commit(session), AQ_ECANCELED, "before_models_committed: canceled", "the commit fails");
        ok(aq_session_in_transaction(session), "in its transaction");
        done(aq_rollback(session), "rolled back");
        disconnect(AQ_BEFORE_MODELS_COMMITTED, &one, veto_without_text, NULL);
        done(aq_commit(session), "and nothing is left to commit");
        is_int(rows(), 0, "no rows");
        aq_session_close(session);
    }
}

static int work_on(void *data, aq_session_t *session, const aq_changes_t *changes)
{
    Todo **todos_of_test = data;

    hear((void *)"before", session, changes);
    add_todo(session, "new");
    todos_of_test[0]->text = "changed";
    return aq_delete(session, todos_of_test[1]);
}

static void test_working_handlers(void)
{
    subtest("what a handler adds, changes and deletes goes with the same commit") {
        aq_session_t *session = begin(&one);
        Todo *kept[2] = {add_todo(session, "a"), add_todo(session, "b")};
        long transactions;

        done(aq_commit(session), "two rows");
        connect_(AQ_BEFORE_MODELS_COMMITTED, &one, work_on, kept);
        connect_(AQ_MODELS_COMMITTED, &one, hear, (void *)"after");
        add_todo(session, "c");
        transactions = cluster_number(todos.cluster, "select txid_current()");
        done(aq_commit(session), "committed");
        is_heard("before: c insert\nafter: c insert, new insert, a update, b delete\n", "told afterwards");
        is_int(cluster_number(todos.cluster, "select txid_current()") - transactions, 2,
               "in one transaction");
        is_int(
            cluster_number(todos.cluster, "select count(*) from todo where text in ('c', 'new', 'changed')"),
            3, "these rows are there");
        is_int(rows(), 3, "and no other");
        disconnect(AQ_BEFORE_MODELS_COMMITTED, &one, work_on, kept);
        disconnect(AQ_MODELS_COMMITTED, &one, hear, (void *)"after");
        aq_session_close(session);
    }
}

/* ---- Ops inside ------------------------------------------------------------------------------------------------------------------ */

static aq_op_t *inside;
static int deadlock;

static int run_sql(void *data, aq_session_t *session, const aq_changes_t *changes)
{
    hear(data, session, changes);
    inside = aq_count(aq_query(session, Todo));
    deadlock = aq_wait(inside) == NULL ? aq_last_error()->code : AQ_OK;
    return AQ_OK;
}

static void is_count(aq_op_t *op, int64_t expected, const char *name)
{
    const int64_t *count = aq_wait(op);

    is_int(count != NULL ? *count : -1, expected, "%s", name);
    aq_op_close(op);
}

static void test_sql_inside(void)
{
    for (aq_signal_t signal = AQ_BEFORE_MODELS_COMMITTED; signal <= AQ_MODELS_COMMITTED; signal++) {
        subtest("SQL in a handler %s the commit: an op begun there runs after it",
                signal == AQ_MODELS_COMMITTED ? "after" : "before") {
            aq_session_t *session = begin(&one);

            add_todo(session, "a");
            connect_(signal, &one, run_sql, (void *)"handler");
            done(aq_commit(session), "committed");
            is_int(deadlock, AQ_EDEADLK, "it cannot wait inside");
            is_count(inside, 1, "the new row is counted");
            is_heard("handler: a insert\n", "called once");
            disconnect(signal, &one, run_sql, (void *)"handler");
            aq_session_close(session);
        }
    }
}

static int open_another(void *data, aq_session_t *session, const aq_changes_t *changes)
{
    aq_session_t **another = data;

    hear((void *)"outer", session, changes);
    if (*another != NULL)
        return AQ_OK;
    *another = aq_session_open(aq_session_context(session), NULL);
    add_todo(*another, "log");
    inside = aq_commit(*another);
    return AQ_OK;
}

static void test_session_inside(void)
{
    subtest("a handler may have a session of its own, whose commit is told too") {
        aq_session_t *session = begin(&one), *another = NULL;

        add_todo(session, "a");
        connect_(AQ_MODELS_COMMITTED, &one, open_another, &another);
        done(aq_commit(session), "committed");
        done(inside, "the other one too");
        is_heard("outer: a insert\nouter: log insert\n", "both are told");
        is_int(rows(), 2, "two rows");
        disconnect(AQ_MODELS_COMMITTED, &one, open_another, &another);
        aq_session_close(session);
        aq_session_close(another);
    }
}

static int close_it(void *data, aq_session_t *session, const aq_changes_t *changes)
{
    hear(data, session, changes);
    aq_session_close(session);
    return AQ_OK;
}

static void test_close_inside(void)
{
    for (aq_signal_t signal = AQ_BEFORE_MODELS_COMMITTED; signal <= AQ_MODELS_COMMITTED; signal++) {
        subtest("a handler %s the commit closes the session: what was under way ends as it ends",
                signal == AQ_MODELS_COMMITTED ? "after" : "before") {
            aq_session_t *session = begin(&one);
            aq_op_t *op;

            add_todo(session, "a");
            connect_(signal, &one, close_it, (void *)"closing");
            op = aq_commit(session);
            aq_wait(op);
            is_int(aq_op_code(op), AQ_OK, "committed");
            aq_op_close(op);
            is_heard("closing: a insert\n", "called once");
            is_int(rows(), 1, "the row is there");
            disconnect(signal, &one, close_it, (void *)"closing");
        }
    }
}

/* ---- Connecting inside -------------------------------------------------------------------------------------------------------------- */

static int connect_next(void *data, aq_session_t *session, const aq_changes_t *changes)
{
    hear(data, session, changes);
    connect_(AQ_MODELS_COMMITTED, &one, hear, (void *)"next");
    return AQ_OK;
}

static int disconnect_all(void *data, aq_session_t *session, const aq_changes_t *changes)
{
    hear(data, session, changes);
    disconnect(AQ_MODELS_COMMITTED, &one, hear, (void *)"next");
    disconnect(AQ_MODELS_COMMITTED, &one, disconnect_all, data);
    return AQ_OK;
}

static void test_connecting_inside(void)
{
    subtest("who is connected inside hears the next commit, who is disconnected does not hear this one") {
        aq_session_t *session = begin(&one);

        connect_(AQ_MODELS_COMMITTED, &one, connect_next, (void *)"first");
        add_todo(session, "a");
        done(aq_commit(session), "committed");
        is_heard("first: a insert\n", "the new one is not called yet");
        disconnect(AQ_MODELS_COMMITTED, &one, connect_next, (void *)"first");
        disconnect(AQ_MODELS_COMMITTED, &one, hear, (void *)"next");
        connect_(AQ_MODELS_COMMITTED, &one, disconnect_all, (void *)"last");
        connect_(AQ_MODELS_COMMITTED, &one, hear, (void *)"next");
        add_todo(session, "b");
        done(aq_commit(session), "committed");
        is_heard("last: b insert\n", "the other is not called any more");
        add_todo(session, "c");
        done(aq_commit(session), "committed");
        is_heard("", "nor is it itself");
        aq_session_close(session);
    }
}

/* ---- After ------------------------------------------------------------------------------------------------------------------------- */

static void test_failing_after(void)
{
    subtest("an error of models_committed is logged, and those behind it are called") {
        aq_session_t *session = begin(&one);

        connect_(AQ_MODELS_COMMITTED, &one, veto, (void *)"failing");
        connect_(AQ_MODELS_COMMITTED, &one, hear, (void *)"behind it");
        add_todo(session, "a");
        logged[0] = '\0';
        aq_set_log(on_log, NULL, AQ_LOG_WARNING);
        done(aq_commit(session), "the commit succeeds");
        aq_set_log(NULL, NULL, AQ_LOG_WARNING);
        is_text(logged, "error: models_committed: a may not be written\n", "the log");
        is_heard("failing: a insert\nbehind it: a insert\n", "both");
        is_int(rows(), 1, "the row is there");
        disconnect(AQ_MODELS_COMMITTED, &one, veto, (void *)"failing");
        disconnect(AQ_MODELS_COMMITTED, &one, hear, (void *)"behind it");
        aq_session_close(session);
    }
}

/* ---- Savepoints ---------------------------------------------------------------------------------------------------------------------- */

static void test_savepoints(void)
{
    subtest("savepoints: what is told is what was committed, exactly") {
        aq_session_t *session = begin(&one);
        Todo *a;

        connect_(AQ_BEFORE_MODELS_COMMITTED, &one, hear, (void *)"before");
        connect_(AQ_MODELS_COMMITTED, &one, hear, (void *)"after");
        a = add_todo(session, "a");
        done(aq_begin_nested(session), "savepoint 1");
        add_todo(session, "b");
        done(aq_begin_nested(session), "savepoint 2");
        add_todo(session, "c");
        a->text = "changed";
        done(aq_rollback_nested(session), "back to 2");
        is_str(a->text, "a", "a is as it was");
        add_todo(session, "d");
        done(aq_commit_nested(session), "1 is kept");
        done(aq_begin_nested(session), "savepoint 1 again");
        is_int(aq_delete(session, a), AQ_OK, "delete a");
        done(aq_flush(session), "flushed");
        done(aq_rollback_nested(session), "a is back");
        is_heard("", "nothing is told before the commit");
        done(aq_commit(session), "committed");
        is_heard("before: a insert, b insert, d insert\nafter: a insert, b insert, d insert\n",
                 "what is there");
        is_int(rows(), 3, "three rows");
        is_int(cluster_number(todos.cluster, "select count(*) from todo where text in ('a', 'b', 'd')"), 3,
               "these");
        disconnect(AQ_BEFORE_MODELS_COMMITTED, &one, hear, (void *)"before");
        disconnect(AQ_MODELS_COMMITTED, &one, hear, (void *)"after");
        aq_session_close(session);
    }
}

/* ---- Binds ---------------------------------------------------------------------------------------------------------------------------- */

static void test_binds(void)
{
    subtest(
        "two binds: one signal for both, and of a commit that only one of them kept, what that one kept") {
        aq_session_t *session = begin(&one);

        connect_(AQ_BEFORE_MODELS_COMMITTED, &one, hear, (void *)"before");
        connect_(AQ_MODELS_COMMITTED, &one, hear, (void *)"after");
        add_other(session, "o");
        add_todo(session, "a");
        add_other(session, "p");
        done(aq_commit(session), "committed");
        is_heard("before: o insert, a insert, p insert\nafter: o insert, a insert, p insert\n",
                 "in the order of add");
        add_todo(session, "a"); /* a duplicate */
        add_other(session, "q");
        fails(aq_commit(session), AQ_EPARTIALCOMMIT,
              "commit: bind 'two' has committed, bind 'default' has not: duplicate key value violates unique "
              "constraint \"todo_text_key\"",
              "one bind fails");
        is_int(aq_session_bind_code(session, "two"), AQ_OK, "the other has committed");
        is_int(aq_session_bind_code(session, NULL), AQ_EUNIQUE, "this one has not");
        is_heard("before: a insert, q insert\nafter: q insert\n", "what is there is told");
        is_int(aq_object_state(object_named("q")), AQ_PERSISTENT, "and its object is a row");
        done(aq_rollback(session), "rolled back");
        is_int(aq_object_state(object_named("q")), AQ_PERSISTENT, "which a rollback does not change");
        is_int(aq_object_state(object_named("a")), AQ_TRANSIENT, "the other is transient again");
        done(aq_commit(session), "nothing is left");
        is_heard("", "and nothing more is told");
        disconnect(AQ_BEFORE_MODELS_COMMITTED, &one, hear, (void *)"before");
        disconnect(AQ_MODELS_COMMITTED, &one, hear, (void *)"after");
        aq_session_close(session);
    }
}

static void test_partial_transaction(void)
{
    subtest("a transaction on two binds that only one of them kept") {
        aq_session_t *session = begin(&one);
        Other *old = add_other(session, "old"), *new;

        add_todo(session, "a");
        done(aq_commit(session), "committed");
        connect_(AQ_MODELS_COMMITTED, &one, hear, (void *)"after");
        new = add_other(session, "new");
        is_int(aq_delete(session, old), AQ_OK, "delete");
        add_todo(session, "b");
        done(aq_flush(session), "flushed on both");
        new->text = "changed";
        add_todo(session, "a"); /* a duplicate */
        fails(aq_commit(session), AQ_EPARTIALCOMMIT,
              "commit: bind 'two' has committed, bind 'default' has not: duplicate key value violates unique "
              "constraint \"todo_text_key\"",
              "one bind fails");
        is_heard("after: new insert, old delete, new update\n", "what the other has kept is told");
        done(aq_rollback(session), "rolled back");
        is_int(aq_object_state(new), AQ_PERSISTENT, "its objects stay");
        is_str(new->text, "changed", "as they were written");
        is_int(aq_object_state(old), AQ_DETACHED, "or are gone");
        is_int(aq_object_state(object_named("b")), AQ_TRANSIENT, "those of the other are not");
        is_int(rows(), 1, "one row, the first");
        done(aq_refresh(session, new), "the row is there");
        is_str(new->text, "changed", "changed");
        disconnect(AQ_MODELS_COMMITTED, &one, hear, (void *)"after");
        aq_session_close(session);
    }
}

/* ---- Events ---------------------------------------------------------------------------------------------------------------------------- */

static int hear_event(void *data, aq_session_t *session)
{
    (void)session;
    aq_text_appendf(&heard, "%s\n", (const char *)data);
    return AQ_OK;
}

static void test_events(void)
{
    subtest("signals among the events of a session") {
        aq_session_t *session = begin(&one);

        aq_session_on(session, AQ_BEFORE_FLUSH, hear_event, (void *)"before flush");
        aq_session_on(session, AQ_AFTER_FLUSH, hear_event, (void *)"after flush");
        aq_session_on(session, AQ_BEFORE_COMMIT, hear_event, (void *)"before commit");
        aq_session_on(session, AQ_AFTER_COMMIT, hear_event, (void *)"after commit");
        aq_session_on(session, AQ_AFTER_ROLLBACK, hear_event, (void *)"after rollback");
        connect_(AQ_BEFORE_MODELS_COMMITTED, &one, hear, (void *)"before models committed");
        connect_(AQ_MODELS_COMMITTED, &one, hear, (void *)"models committed");
        add_todo(session, "a");
        done(aq_commit(session), "committed");
        is_heard("before models committed: a insert\nbefore commit\nbefore flush\nafter flush\nmodels "
                 "committed: a insert\n"
                 "after commit\n",
                 "a commit");
        add_todo(session, "b");
        done(aq_flush(session), "flushed");
        is_heard("before flush\nafter flush\n", "a flush");
        done(aq_rollback(session), "rolled back");
        is_heard("after rollback\n", "a rollback");
        done(aq_commit(session), "nothing to commit");
        is_heard("before commit\nafter commit\n", "a commit of nothing");
        disconnect(AQ_BEFORE_MODELS_COMMITTED, &one, hear, (void *)"before models committed");
        disconnect(AQ_MODELS_COMMITTED, &one, hear, (void *)"models committed");
        aq_session_close(session);
    }
}

int main(void)
{
    todos_open(&todos);
    one = todos_app(&todos, AQ_ON);
    two = todos_app(&todos, AQ_ON);
    todos_wait(aq_create_all(one.context, AQ_ALL_BINDS));
    test_apps();
    test_veto();
    test_working_handlers();
    test_sql_inside();
    test_session_inside();
    test_close_inside();
    test_connecting_inside();
    test_failing_after();
    test_savepoints();
    test_binds();
    test_partial_transaction();
    test_events();
    todos_app_close(&one);
    todos_app_close(&two);
    todos_close(&todos);
    return tap_done();
}
