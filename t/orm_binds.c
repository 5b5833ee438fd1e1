/* Two databases in one session: one unit for each in a commit, all at once; what is so when only one of them commits. */
#include "t/cluster.h"

#include <aquifer.h>
#include <string.h>
#include <uv.h>

typedef struct User {
    aq_object_t object;
    int32_t id;
    const char *name;
} User;

typedef struct Entry {
    aq_object_t object;
    int32_t id;
    const char *text;
} Entry;

static const aq_column_t user_columns[] = {
    AQ_INT4(User, id, .primary_key = true),
    AQ_TEXT(User, name, .unique = true),
};
AQ_MODEL(User, user_columns, AQ_NONE, .table = "users");

static const aq_column_t entry_columns[] = {
    AQ_INT4(Entry, id, .primary_key = true),
    AQ_TEXT(Entry, text, .unique = true),
};
AQ_MODEL(Entry, entry_columns, AQ_NONE, .bind = "audit");

static cluster_t *cluster;
static uv_loop_t uv;
static aq_db_t *db;
static aq_app_t *app;
static aq_context_t *context;
static aq_session_t *session;

static void open_all(void)
{
    const aq_bind_config_t binds[] = {{.key = "audit", .uri = cluster_uri(cluster)}};
    aq_op_t *op;

    uv_loop_init(&uv);
    db = aq_db_create();
    aq_db_model(db, User);
    aq_db_model(db, Entry);
    app = aq_app_create(&(aq_config_t){.database_uri = cluster_uri(cluster),
                                       .binds = binds,
                                       .bind_count = 1,
                                       .track_modifications = AQ_OFF});
    if (app == NULL || aq_db_init_app(db, app) != AQ_OK || (context = aq_context_create(app, &uv)) == NULL)
        bail_out("%s", aq_last_error()->message);
    op = aq_create_all(context, AQ_ALL_BINDS);
    if (aq_wait(op) == NULL)
        bail_out("%s", aq_op_error(op)->message);
    aq_op_close(op);
}

static void close_all(void)
{
    aq_op_t *op = aq_context_close(context);

    aq_wait(op);
    aq_op_close(op);
    aq_app_close(app);
    aq_db_close(db);
    uv_run(&uv, UV_RUN_DEFAULT);
    is_int(uv_loop_close(&uv), 0, "the loop is empty");
    uv_library_shutdown(); /* its own pipe for signals */
}

static User *add_user(const char *name)
{
    User *user = aq_new(session, User);

    user->name = name;
    aq_add(session, user);
    return user;
}

static Entry *add_entry(const char *text)
{
    Entry *entry = aq_new(session, Entry);

    entry->text = text;
    aq_add(session, entry);
    return entry;
}

static uint64_t syncs(const char *bind)
{
    aq_pool_stats_t stats;

    aq_pool_get_stats(context, bind, &stats);
    return stats.syncs;
}

/* Waits; asserts how it ended. */
static void ends(aq_op_t *op, int code, const char *message)
{
    aq_wait(op);
    is_str(aq_error_name(aq_op_code(op)), aq_error_name(code), "%s", aq_error_name(code));
    is_str(code != AQ_OK ? aq_op_error(op)->message : "", message, "its message");
    aq_op_close(op);
}

static void rows_are(long users, long entries)
{
    is_int(cluster_number(cluster, "select count(*) from users"), users, "%ld users", users);
    is_int(cluster_number(cluster, "select count(*) from entry"), entries, "%ld entries", entries);
}

static void test_commit(void)
{
    uint64_t first, second;
    User *user;
    Entry *entry;

    subtest("a commit is one round trip on each") {
        first = syncs(NULL);
        second = syncs("audit");
        user = add_user("ann");
        entry = add_entry("ann came");
        ends(aq_commit(session), AQ_OK, "");
        is_int(syncs(NULL) - first, 1, "one Sync");
        is_int(syncs("audit") - second, 1, "and one");
        ok(user->id == 1 && entry->id == 1, "both have their keys");
        is_int(aq_session_bind_code(session, NULL), AQ_OK, "the default one has committed");
        is_int(aq_session_bind_code(session, "audit"), AQ_OK, "the other too");
        is_str(aq_session_bind(session, &Entry_model), "audit", "a model tells its bind");
        rows_are(1, 1);
    }
}

static void test_one_only(void)
{
    uint64_t first, second;

    subtest("what has nothing to do takes no part") {
        first = syncs(NULL);
        second = syncs("audit");
        add_entry("alone");
        ends(aq_commit(session), AQ_OK, "");
        is_int(syncs(NULL) - first, 0, "nothing was sent to the default one");
        is_int(syncs("audit") - second, 1, "one Sync to the other");
        is_int(aq_session_bind_code(session, NULL), 1, "which had no part");
        rows_are(1, 2);
    }
}

static void test_partial(void)
{
    Entry *entry;
    User *user;

    subtest("one commits and the other does not") {
        user = add_user("bob");
        entry = add_entry("alone");
        ends(
            aq_commit(session), AQ_EPARTIALCOMMIT,
            "commit: bind 'default' has committed, bind 'audit' has not: duplicate key value violates unique "
            "constraint \"entry_text_key\"");
        is_int(aq_session_bind_code(session, NULL), AQ_OK, "the default one has committed");
        is_int(aq_session_bind_code(session, "audit"), AQ_EUNIQUE, "the other has not");
        rows_are(2, 2);
        ok(!aq_session_is_active(session), "the session has failed");
        ends(aq_rollback(session), AQ_OK, "");
        is_str(aq_state_name(aq_object_state(entry)), "transient", "what was not written is transient");
        is_str(aq_state_name(aq_object_state(user)), "persistent", "what was committed is persistent");
        is_int(user->id, (intmax_t)cluster_number(cluster, "select id from users where name = 'bob'"),
               "and has its key");
        entry->text = "another";
        aq_add(session, entry);
        ends(aq_commit(session), AQ_OK, "");
        rows_are(2, 3);
    }
}

static void test_flush(void)
{
    subtest("a flush begins a transaction on each, which are committed or rolled back together") {
        add_user("cat");
        add_entry("cat came");
        ends(aq_flush(session), AQ_OK, "");
        ok(aq_session_in_transaction(session), "there is a transaction");
        rows_are(2, 3);
        ends(aq_rollback(session), AQ_OK, "");
        rows_are(2, 3);
        add_user("dan");
        add_entry("dan came");
        ends(aq_flush(session), AQ_OK, "");
        ends(aq_commit(session), AQ_OK, "");
        rows_are(3, 4);
    }
}

static void test_flush_fails(void)
{
    subtest("a flush that fails on one is undone on both") {
        add_user("eve");
        add_entry("alone");
        ends(aq_flush(session), AQ_EUNIQUE,
             "duplicate key value violates unique constraint \"entry_text_key\"");
        ends(aq_rollback(session), AQ_OK, "");
        rows_are(3, 4);
    }
}

int main(void)
{
    cluster = cluster_start(NULL);
    open_all();
    session = aq_session_open(context, NULL);
    test_commit();
    test_one_only();
    test_partial();
    test_flush();
    test_flush_fails();
    aq_session_close(session);
    close_all();
    cluster_close(cluster);
    return tap_done();
}
