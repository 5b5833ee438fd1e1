/* Commits of several binds by PREPARE TRANSACTION: all or none, whatever fails when. */
#include "tap.h"

#include "t/cluster.h"
#include "t/outcomes.h"

#include <aquifer.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

typedef struct Account {
    aq_object_t object;
    int32_t id;
    int32_t amount;
} Account;

typedef struct Entry {
    aq_object_t object;
    int32_t id;
    const char *note;
} Entry;

static const aq_column_t account_columns[] = {
    AQ_INT4(Account, id, .primary_key = true),
    AQ_INT4(Account, amount, .check = "amount >= 0"),
};
AQ_MODEL(Account, account_columns, AQ_NONE);

static const aq_column_t entry_columns[] = {
    AQ_INT4(Entry, id, .primary_key = true),
    AQ_TEXT(Entry, note, .unique = true),
};
AQ_MODEL(Entry, entry_columns, AQ_NONE, .bind = "books");

static cluster_t *cluster, *books;
static uv_loop_t uv;
static aq_db_t *db;
static aq_app_t *app;
static aq_context_t *context;

static void *wait_for(aq_op_t *op)
{
    void *value = aq_wait(op);

    if (aq_op_code(op) != AQ_OK)
        diag("%s: %s", aq_error_name(aq_op_code(op)), aq_op_error(op)->message);
    aq_op_close(op);
    return value;
}

/* The error of an op, its gid's random number as "*". */
static const char *error_of(aq_op_t *op)
{
    static char text[1024];
    char *at;

    aq_wait(op);
    snprintf(text, sizeof text, "%s: %s", aq_error_name(aq_op_code(op)),
             aq_op_error(op) != NULL ? aq_op_error(op)->message : "");
    aq_op_close(op);
    if ((at = strstr(text, "'aquifer_")) != NULL) {
        memmove(at + 10, at + 25, strlen(at + 25) + 1);
        at[9] = '*';
    }
    return text;
}

static void open_world(const char *uri, const char *books_uri)
{
    const aq_bind_config_t binds[] = {{.key = "books", .uri = books_uri}};

    uv_loop_init(&uv);
    db = aq_db_create();
    aq_db_model(db, Account);
    aq_db_model(db, Entry);
    app = aq_app_create(
        &(aq_config_t){.database_uri = uri, .binds = binds, .bind_count = 1, .track_modifications = AQ_OFF});
    if (app == NULL || aq_db_init_app(db, app) != AQ_OK || (context = aq_context_create(app, &uv)) == NULL)
        bail_out("%s", aq_last_error()->message);
    wait_for(aq_drop_all(context, AQ_ALL_BINDS));
    wait_for(aq_create_all(context, AQ_ALL_BINDS));
}

static void close_world(void)
{
    wait_for(aq_context_close(context));
    aq_app_close(app);
    aq_db_close(db);
    uv_run(&uv, UV_RUN_DEFAULT);
    ok(uv_loop_close(&uv) == 0, "everything closes");
    uv_library_shutdown();
}

static aq_session_t *session;
static Account *account;
static Entry *entry;

static void begin(int amount, const char *note)
{
    session = aq_session_open(context, &(aq_session_options_t){.two_phase = true});
    account = aq_new(session, Account);
    entry = aq_new(session, Entry);
    account->amount = amount;
    entry->note = note;
    aq_add(session, account);
    aq_add(session, entry);
}

static long accounts(void)
{
    return cluster_number(cluster, "select count(*) from account");
}

static long entries(void)
{
    return cluster_number(books, "select count(*) from entry");
}

static long prepared(void)
{
    return cluster_number(cluster, "select count(*) from pg_prepared_xacts") +
           cluster_number(books, "select count(*) from pg_prepared_xacts");
}

static void test_both(void)
{
    subtest("both commit") {
        begin(10, "first");
        ok(wait_for(aq_commit(session)) != NULL, "commit");
        ok(account->id > 0 && entry->id > 0, "keys are here");
        is_int(accounts() * 10 + entries(), 11, "both rows are there");
        is_int(prepared(), 0, "nothing is left prepared");
        ok(aq_session_bind_code(session, NULL) == AQ_OK && aq_session_bind_code(session, "books") == AQ_OK,
           "as is told");
        ok(!aq_session_in_transaction(session), "the transactions are over");
        account->amount = 20;
        ok(wait_for(aq_commit(session)) != NULL, "one bind alone");
        is_int(cluster_number(cluster, "select amount from account"), 20, "commits as ever");
        account->amount = 30;
        ok(wait_for(aq_flush(session)) != NULL, "flushed before");
        entry->note = "second";
        ok(wait_for(aq_commit(session)) != NULL, "and committed");
        is_int(cluster_number(cluster, "select amount from account") +
                   cluster_number(books, "select count(*) from entry where note = 'second'"),
               31, "both");
        ok(wait_for(aq_commit(session)) != NULL, "nothing to do");
        aq_session_close(session);
    }
}

static void test_one_fails(void)
{
    subtest("one cannot prepare: none is kept") {
        begin(-1, "third");
        is_str(
            error_of(aq_commit(session)),
            "AQ_ECHECK: new row for relation \"account\" violates check constraint \"account_amount_check\"",
            "the first error is told");
        is_int(accounts() * 10 + entries(), 11, "nothing was kept");
        is_int(prepared(), 0, "nothing is left prepared");
        is_int(aq_session_bind_code(session, "books"), AQ_ECHECK, "the other has not committed");
        ok(!aq_session_is_active(session), "the session waits for a rollback");
        ok(wait_for(aq_rollback(session)) != NULL, "rollback");
        is_int(aq_object_state(entry), AQ_TRANSIENT, "objects are as before");
        account->amount = 1;
        aq_add(session, account);
        aq_add(session, entry);
        ok(wait_for(aq_commit(session)) != NULL, "once more");
        is_int(accounts() * 10 + entries(), 22, "both");
        aq_session_close(session);
    }
}

/* A trigger of the second database, deferred, so that it runs in PREPARE TRANSACTION. */
static void set_trigger(const char *body)
{
    cluster_sql(books,
                "drop trigger if exists meddles on entry; create or replace function meddles() returns "
                "trigger language plpgsql as $$ begin %s; "
                "return null; end $$; create constraint trigger meddles after insert on entry deferrable "
                "initially deferred for each row execute function meddles()",
                body);
}

static void test_lost_preparing(void)
{
    subtest("a connection is lost while it prepares: none is kept") {
        const char *text;

        set_trigger("perform pg_terminate_backend(pg_backend_pid()); perform pg_sleep(1)");
        begin(1, "fourth");
        text = error_of(aq_commit(session));
        ok(strncmp(text, "AQ_ELOST: bind 'books': connection lost, nothing was kept: ", 55) == 0 ||
               strncmp(text, "AQ_ECOMMITUNKNOWN: bind 'books': ", 33) == 0,
           "%s", text);
        is_int(accounts() * 10 + entries(), 22, "nothing was kept");
        is_int(prepared(), 0, "nothing is left prepared");
        ok(wait_for(aq_rollback(session)) != NULL, "rollback");
        aq_session_close(session);
        cluster_sql(books, "drop trigger meddles on entry");
    }
    subtest("the same without a word, so that it may have prepared: its name is told") {
        aq_op_t *op;
        long pid = 0;

        set_trigger("perform pg_sleep(20)");
        begin(1, "fourth");
        op = aq_commit(session);
        for (int i = 0; i < 5000 && pid == 0; i++) {
            uv_run(&uv, UV_RUN_NOWAIT);
            pid = cluster_number(books, "select pid from pg_stat_activity where wait_event = 'PgSleep'");
        }
        if (pid > 0)
            kill((pid_t)pid, SIGKILL);
        has_str(error_of(op),
                "; bind 'books' may be left prepared as 'aquifer_*_1_books', to be rolled back: prepared "
                "transaction "
                "with identifier \"",
                "it is looked for, and not found");
        is_int(accounts(), 2, "nothing was kept here");
        is_int(entries(), 2, "nor there");
        is_int(prepared(), 0, "nothing is left prepared");
        is_int(aq_session_bind_code(session, "books"), AQ_ECOMMITUNKNOWN, "one bind is in doubt");
        is_int(aq_session_bind_code(session, NULL), AQ_ECANCELED, "the other is not");
        aq_session_close(session);
        cluster_sql(books, "drop trigger meddles on entry");
    }
}

/* The backends end between the two phases: a trigger of the first database, deferred and slow, holds it back. */
static void test_lost_between(void)
{
    subtest("a connection is lost between the phases: it is committed on another one") {
        aq_op_t *op;
        bool seen = false;

        cluster_sql(
            cluster,
            "create function waits() returns trigger language plpgsql as $$ begin perform pg_sleep(1); "
            "return null; end $$; create constraint trigger waits after insert on account deferrable "
            "initially deferred for each row execute function waits()");
        begin(1, "fifth");
        op = aq_commit(session);
        for (int i = 0; i < 5000 && !seen; i++) {
            uv_run(&uv, UV_RUN_NOWAIT);
            seen = cluster_number(books, "select count(*) from pg_prepared_xacts") > 0;
        }
        ok(seen, "one is prepared");
        cluster_sql(
            books, "select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and "
                   "datname = current_database() and backend_type = 'client backend'");
        ok(wait_for(op) != NULL, "the commit succeeds");
        is_int(accounts() * 10 + entries(), 33, "both");
        is_int(prepared(), 0, "nothing is left prepared");
        aq_session_close(session);
        cluster_sql(cluster, "drop trigger waits on account");
    }
    subtest("the server is gone between the phases: the error has the transaction's name") {
        aq_op_t *op;
        bool seen = false;
        char *gid;

        cluster_sql(cluster, "create constraint trigger waits after insert on account deferrable "
                             "initially deferred for each row execute function waits()");
        begin(1, "sixth");
        op = aq_commit(session);
        for (int i = 0; i < 5000 && !seen; i++) {
            uv_run(&uv, UV_RUN_NOWAIT);
            seen = cluster_number(books, "select count(*) from pg_prepared_xacts") > 0;
        }
        ok(seen, "one is prepared");
        cluster_stop(books, "immediate");
        has_str(error_of(op),
                "AQ_EPARTIALCOMMIT: commit: bind 'default' has committed, bind 'books' has not: bind 'books' "
                "is left "
                "prepared as 'aquifer_*_1_books', to be committed: ",
                "what is left where");
        is_int(aq_session_bind_code(session, NULL), AQ_OK, "one has committed");
        is_int(aq_session_bind_code(session, "books"), AQ_ECOMMITUNKNOWN, "one is left");
        aq_session_close(session);
        cluster_start_again(books);
        gid = cluster_value(books, "select gid from pg_prepared_xacts");
        ok(gid != NULL, "there it is: %s", gid != NULL ? gid : "");
        cluster_sql(books, "commit prepared '%s'", gid);
        free(gid);
        is_int(accounts() * 10 + entries(), 44, "ended by hand: both");
        cluster_sql(cluster, "drop trigger waits on account");
    }
}

static void test_refused(void)
{
    subtest("a server that cannot") {
        begin(1, "seventh");
        is_str(error_of(aq_commit(session)), "AQ_ESERVER: prepared transactions are disabled", "says so");
        is_int(accounts() + entries(), 0, "nothing was kept");
        aq_session_close(session);
    }
    subtest("a transaction of the caller's") {
        aq_op_t *op = aq_acquire(context, NULL);
        aq_lane_t *lane = aq_wait(op);

        ok(aq_session_open(context, &(aq_session_options_t){.two_phase = true, .lane = lane}) == NULL,
           "is refused");
        is_str(aq_last_error()->message,
               "aq_session_open: options.two_phase: a transaction of the caller's (options.lane) is not "
               "prepared",
               "with this text");
        aq_op_close(op);
    }
}

int main(void)
{
    cluster = cluster_start("--set max_prepared_transactions=10");
    books = cluster_start("--set max_prepared_transactions=10");
    open_world(cluster_uri(cluster), cluster_uri(books));
    test_both();
    test_one_fails();
    test_lost_preparing();
    test_lost_between();
    close_world();
    cluster_close(books);
    books = cluster_start("--set max_prepared_transactions=0");
    cluster_close(cluster);
    cluster = cluster_start("--set max_prepared_transactions=0");
    open_world(cluster_uri(cluster), cluster_uri(books));
    test_refused();
    close_world();
    cluster_close(books);
    cluster_close(cluster);
    return tap_done();
}
