/* What wrong use and bad data get from a session: code and whole text (vectors errors; what is wrong with models is in t/mapping_errors.c).
 *
 * A row of the vectors is a subtest and a function. Where C or Aquifer has another answer on purpose, its reason stands in the table. */
#include "tap.h"

#include "t/cluster.h"
#include "t/first_loop.h"

#include <aquifer.h>
#include <string.h>
#include <uv.h>

typedef struct User User;
typedef struct Post Post;

struct User {
    aq_object_t object;
    int32_t id;
    const char *username;
    const char *email;
    bool admin;
    aq_many_t posts;
};

struct Post {
    aq_object_t object;
    int32_t id;
    aq_int4_null_t user_id;
    User *user;
};

typedef struct Stranger { /* of no db */
    aq_object_t object;
    int32_t id;
} Stranger;

static const aq_column_t user_columns[] = {
    AQ_INT4(User, id, .primary_key = true),
    AQ_VARCHAR(User, username, 80, .unique = true),
    AQ_VARCHAR_NULL(User, email, 120),
    AQ_BOOL(User, admin),
};
static const aq_relationship_t user_relationships[] = {AQ_MANY(User, posts, Post, .back_populates = "user")};
AQ_MODEL(User, user_columns, user_relationships, .table = "er_user");

static const aq_column_t post_columns[] = {
    AQ_INT4(Post, id, .primary_key = true),
    AQ_INT4_NULL(Post, user_id, .references = AQ_REF(User, id)),
};
static const aq_relationship_t post_relationships[] = {AQ_ONE(Post, user, User, .back_populates = "posts")};
AQ_MODEL(Post, post_columns, post_relationships, .table = "er_post");

static const aq_column_t stranger_columns[] = {AQ_INT4(Stranger, id, .primary_key = true)};
AQ_MODEL(Stranger, stranger_columns, AQ_NONE);

static cluster_t *cluster;
static aq_context_t *context;
static aq_session_t *session;

/* ---- Helpers --------------------------------------------------------------------------------------------------------------------- */

static void done(aq_op_t *op, const char *name)
{
    aq_wait(op);
    ok(aq_op_code(op) == AQ_OK, "%s", name) || (diag("%s", aq_op_error(op)->message), false);
    aq_op_close(op);
}

/* The numbers of sessions are not what is tested: they become N. */
static void is_message(const char *message, const char *expected)
{
    char text[512];
    size_t length = 0;

    while (*message != '\0' && length + 1 < sizeof text) {
        size_t digits = strspn(message, "0123456789");
        bool session_number =
            digits > 0 && length >= 8 &&
            (memcmp(text + length - 8, "session ", 8) == 0 || memcmp(text + length - 8, "this is ", 8) == 0);

        text[length++] = session_number ? 'N' : *message;
        message += session_number ? digits : 1;
    }
    text[length] = '\0';
    is_str(text, expected, "the whole text");
}

static void op_fails(aq_op_t *op, int code, const char *sqlstate, const char *message)
{
    ok(aq_wait(op) == NULL, "it fails");
    is_str(aq_error_name(aq_op_code(op)), aq_error_name(code), "the code");
    is_str(aq_op_error(op)->sqlstate, sqlstate, "the SQLSTATE");
    is_message(aq_op_error(op)->message, message);
    aq_op_close(op);
}

/* Of a call that changes memory only. */
static void refused(int result, int code, const char *message)
{
    is_str(aq_error_name(result), aq_error_name(code), "the code");
    is_message(aq_last_error()->message, message);
}

static User *make_user(const char *username)
{
    User *user = aq_new(session, User);

    user->username = username;
    return user;
}

static User *add_user(const char *username)
{
    User *user = make_user(username);

    is_int(aq_add(session, user), AQ_OK, "add");
    return user;
}

/* A row, and its object. */
static User *persisted(const char *username)
{
    User *user = add_user(username);

    done(aq_commit(session), "committed");
    return user;
}

static long users(void)
{
    return cluster_number(cluster, "select count(*) from er_user");
}

/* ---- New objects --------------------------------------------------------------------------------------------------------------------- */

static void new_of_no_model(void)
{
    ok(aq_new(session, Stranger) == NULL, "no object");
    refused(aq_last_error()->code, AQ_EMAPPING, "'Stranger' is not mapped: aq_db_model() it first");
}

static void unset_is_null(void)
{
    User *user = aq_new(session, User);

    ok(user->username == NULL && user->email == NULL, "text is NULL");
    ok(!aq_new(session, Post)->user_id.present, "a number that may be NULL is");
}

static void no_key_before_flush(void)
{
    User *user = add_user("a");

    is_int(user->id, 0, "no key yet");
    done(aq_flush(session), "flushed");
    is_int(user->id, 1, "now it has one");
}

static void wrong_item(void)
{
    User *user = make_user("a"), *other = make_user("b");
    Post post = {.id = 1};

    refused(aq_append(user, User, posts, other), AQ_EINVAL, "User.posts: a User is no Post");
    refused(aq_append(user, User, posts, NULL), AQ_EINVAL, "User.posts: NULL is no Post");
    refused(aq_append(user, User, posts, &post), AQ_EINVAL,
            "User.posts: the Post was made neither by aq_new() nor by a query");
    is_int(user->posts.count, 0, "nothing is in the list");
}

/* ---- What the server refuses -------------------------------------------------------------------------------------------------------- */

static void not_null(void)
{
    aq_add(session, aq_new(session, User));
    op_fails(aq_flush(session), AQ_ENOTNULL, "23502",
             "null value in column \"username\" of relation \"er_user\" violates not-null constraint");
    ok(!aq_session_is_active(session), "the session waits for a rollback");
}

static void unique(void)
{
    persisted("a");
    add_user("a");
    op_fails(aq_commit(session), AQ_EUNIQUE, "23505",
             "duplicate key value violates unique constraint \"er_user_username_key\"");
    is_int(users(), 1, "one row");
}

static void exact_length(void)
{
    char text[82] = {0};

    memset(text, 'x', 80);
    persisted(text);
    is_int(cluster_number(cluster, "select length(username) from er_user"), 80, "as long as it may be");
    text[80] = 'x';
    add_user(text);
    op_fails(aq_commit(session), AQ_EDATA, "22001", "value too long for type character varying(80)");
}

static void bad_integer(void)
{
    op_fails(aq_all(aq_filter_by(aq_query(session, User), "id", aq_text("abc"))), AQ_EDATA, "22P02",
             "invalid input syntax for type integer: \"abc\"");
}

static void bool_of_int(void)
{
    User *user = make_user("a");

    user->admin = 2;
    aq_add(session, user);
    done(aq_commit(session), "committed");
    is_int(cluster_number(cluster, "select count(*) from er_user where admin"), 1, "true");
}

static void foreign_key(void)
{
    Post *post = aq_new(session, Post);

    post->user_id = aq_some_int4(999);
    aq_add(session, post);
    op_fails(aq_commit(session), AQ_EFOREIGNKEY, "23503",
             "insert or update on table \"er_post\" violates foreign key constraint "
             "\"er_post_user_id_fkey\"");
}

/* ---- Wrong objects -------------------------------------------------------------------------------------------------------------------- */

static void add_none(void)
{
    refused(aq_add(session, NULL), AQ_EINVAL, "aq_add: NULL is no object");
    refused(aq_add(NULL, make_user("a")), AQ_EINVAL, "aq_add: NULL is no session");
    refused(aq_delete(session, NULL), AQ_EINVAL, "aq_delete: NULL is no object");
    refused(aq_expunge(session, NULL), AQ_EINVAL, "aq_expunge: NULL is no object");
    op_fails(aq_refresh(session, NULL), AQ_EINVAL, "", "refresh: NULL is no object");
    op_fails(aq_merge(session, NULL), AQ_EINVAL, "", "merge: NULL is no object");
    op_fails(aq_load((User *)NULL, User, posts), AQ_EINVAL, "", "load: NULL is no object");
}

static void add_foreign_struct(void)
{
    User user = {.username = "a"};

    refused(aq_add(session, &user), AQ_EINVAL,
            "aq_add: the object was made neither by aq_new() nor by a query");
    op_fails(aq_merge(session, &user), AQ_EINVAL, "", "merge: not an object that aq_new() or a query made");
}

static void add_all_or_none(void)
{
    void *objects[] = {make_user("a"), NULL};

    refused(aq_add_all(session, objects, 2), AQ_EINVAL, "aq_add: NULL is no object");
    is_int(aq_object_state(objects[0]), AQ_TRANSIENT, "nothing was added");
}

static void delete_transient(void)
{
    refused(aq_delete(session, make_user("a")), AQ_EINVAL, "aq_delete: <User (transient)> is not persisted");
}

static void delete_pending(void)
{
    refused(aq_delete(session, add_user("a")), AQ_EINVAL, "aq_delete: <User (pending)> is not persisted");
}

static void delete_twice(void)
{
    User *user = persisted("a");

    is_int(aq_delete(session, user), AQ_OK, "delete");
    is_int(aq_delete(session, user), AQ_OK, "delete again");
    done(aq_commit(session), "committed");
    is_int(users(), 0, "no rows");
}

static void delete_deleted(void)
{
    User *user = persisted("a");

    aq_delete(session, user);
    done(aq_commit(session), "committed");
    is_int(aq_delete(session, user), AQ_OK, "it is deleted: nothing happens");
    refused(aq_add(session, user), AQ_EINVAL, "aq_add: <User 1> has been deleted");
    done(aq_commit(session), "nothing to commit");
}

static void two_sessions(void)
{
    aq_session_t *other = aq_session_open(context, NULL);
    User *user = add_user("a");

    refused(aq_add(other, user), AQ_EINVAL,
            "aq_add: <User (pending)> is already attached to session N (this is N)");
    refused(aq_add(other, make_user("b")), AQ_EINVAL,
            "aq_add: <User (transient)> is in memory of session N (this is N)");
    aq_session_close(other);
}

static void expunge_foreign(void)
{
    refused(aq_expunge(session, make_user("a")), AQ_EINVAL,
            "aq_expunge: <User (transient)> is not present in this session");
}

static void refresh_transient(void)
{
    op_fails(aq_refresh(session, make_user("a")), AQ_EINVAL, "",
             "refresh: <User (transient)> is not persistent in this session");
}

/* ---- Rows that are gone ---------------------------------------------------------------------------------------------------------------- */

static void refresh_gone(void)
{
    User *user = persisted("a");

    cluster_sql(cluster, "delete from er_user");
    op_fails(aq_refresh(session, user), AQ_ENOROW, "",
             "refresh: <User 1> has been deleted, or its row is otherwise not present");
}

static void expired_gone(void)
{
    User *user = persisted("a");
    aq_op_t *op;

    cluster_sql(cluster, "delete from er_user");
    is_str(user->username, "a", "what was loaded can be read");
    op = aq_get(session, User, 1);
    ok(aq_wait(op) == NULL && aq_op_code(op) == AQ_OK, "get asks for it anew, and there is none");
    aq_op_close(op);
}

static void update_gone(void)
{
    User *user = persisted("a");

    cluster_sql(cluster, "delete from er_user");
    user->email = "a@b";
    op_fails(aq_commit(session), AQ_ESTALE, "",
             "UPDATE statement on table 'er_user' expected to update 1 row(s); 0 were matched.");
}

static char logged[512];

static void on_log(void *data, aq_log_level_t level, const char *message)
{
    (void)data, (void)level;
    snprintf(logged + strlen(logged), sizeof logged - strlen(logged), "%s\n", message);
}

static void delete_gone(void)
{
    User *user = persisted("a");

    cluster_sql(cluster, "delete from er_user");
    aq_delete(session, user);
    aq_set_log(on_log, NULL, AQ_LOG_WARNING);
    done(aq_commit(session), "what is gone is gone");
    aq_set_log(NULL, NULL, AQ_LOG_WARNING);
    is_text(logged, "DELETE statement on table 'er_user' expected to delete 1 row(s); 0 were matched.\n",
            "a warning");
}

/* ---- Detached ---------------------------------------------------------------------------------------------------------------------------- */

static void detached_load(void)
{
    User *user = persisted("a");

    is_int(aq_expunge(session, user), AQ_OK, "expunged");
    op_fails(aq_load(user, User, posts), AQ_EINVAL, "",
             "load: parent instance <User 1> is not bound to a session; load of 'posts' cannot proceed");
}

static void detached_refresh(void)
{
    User *user = persisted("a");

    is_int(aq_expunge(session, user), AQ_OK, "expunged");
    op_fails(aq_refresh(session, user), AQ_EINVAL, "", "refresh: <User 1> is not persistent in this session");
}

static void detached_read(void)
{
    User *user = persisted("a");

    is_int(aq_expunge(session, user), AQ_OK, "expunged");
    is_str(user->username, "a", "it can be read");
}

/* ---- Sessions ------------------------------------------------------------------------------------------------------------------------------ */

static void another_after_remove(void)
{
    aq_session_t *first = aq_session_current(context);
    User *user = aq_new(first, User), *found;
    aq_op_t *op;

    user->username = "a";
    aq_add(first, user);
    done(aq_commit(first), "committed");
    aq_session_remove(context);
    op = aq_get(aq_session_current(context), User, 1);
    found = aq_wait(op);
    ok(found != NULL && aq_object_session(found) == aq_session_current(context),
       "an object of the new session");
    aq_op_close(op);
    aq_session_remove(context);
}

static void in_session(void)
{
    User *user = make_user("a");

    ok(!aq_contains(session, user), "a new one is not in it");
    aq_add(session, user);
    ok(aq_contains(session, user), "one that was added is");
    done(aq_commit(session), "committed");
    ok(aq_contains(session, user), "so is a persistent one");
    aq_expunge(session, user);
    ok(!aq_contains(session, user), "expunged, it is not");
}

static void nested_recovery(void)
{
    add_user("a");
    done(aq_begin_nested(session), "a savepoint");
    add_user("a");
    op_fails(aq_flush(session), AQ_EUNIQUE, "23505",
             "duplicate key value violates unique constraint \"er_user_username_key\"");
    op_fails(aq_get(session, User, 1), AQ_EINACTIVE, "",
             "get: the session's transaction was rolled back because a flush failed, aq_rollback() begins a "
             "new one; "
             "the flush: duplicate key value violates unique constraint \"er_user_username_key\"");
    done(aq_rollback_nested(session), "back to it");
    ok(aq_session_is_active(session), "the session works on");
    done(aq_commit(session), "committed");
    is_int(users(), 1, "what was before the savepoint is there");
}

static void commit_nothing(void)
{
    done(aq_commit(session), "committed");
    done(aq_rollback(session), "rolled back");
    done(aq_flush(session), "flushed");
    op_fails(aq_commit_nested(session), AQ_EINVAL, "",
             "commit_nested: there is no savepoint: aq_begin_nested() it first");
    op_fails(aq_rollback_nested(session), AQ_EINVAL, "",
             "rollback_nested: there is no savepoint: aq_begin_nested() it first");
}

/* All say the first error until the rollback. */
static void inactive(void)
{
    static const char why[] =
        "the session's transaction was rolled back because a flush failed, aq_rollback() begins a "
        "new one; the flush: duplicate key value violates unique constraint "
        "\"er_user_username_key\"";
    User *user = persisted("a");
    char text[512];

    add_user("a");
    op_fails(aq_commit(session), AQ_EUNIQUE, "23505",
             "duplicate key value violates unique constraint \"er_user_username_key\"");
#define SAYS(verb_) (snprintf(text, sizeof text, "%s: %s", (verb_), why), text)
    refused(aq_add(session, user), AQ_EINACTIVE, SAYS("aq_add"));
    refused(aq_delete(session, user), AQ_EINACTIVE, SAYS("aq_delete"));
    refused(aq_expunge(session, user), AQ_EINACTIVE, SAYS("aq_expunge"));
    refused(aq_expire(session, user), AQ_EINACTIVE, SAYS("aq_expire"));
    op_fails(aq_commit(session), AQ_EINACTIVE, "", SAYS("commit"));
    op_fails(aq_flush(session), AQ_EINACTIVE, "", SAYS("flush"));
    op_fails(aq_get(session, User, 2), AQ_EINACTIVE, "", SAYS("get"));
    op_fails(aq_all(aq_query(session, User)), AQ_EINACTIVE, "", SAYS("all"));
    op_fails(aq_count(aq_query(session, User)), AQ_EINACTIVE, "", SAYS("count"));
    op_fails(aq_load(user, User, posts), AQ_EINACTIVE, "", SAYS("load"));
    op_fails(aq_begin(session, NULL), AQ_EINACTIVE, "", SAYS("begin"));
    op_fails(aq_begin_nested(session), AQ_EINACTIVE, "", SAYS("begin_nested"));
    op_fails(aq_refresh(session, user), AQ_EINACTIVE, "", SAYS("refresh"));
    op_fails(aq_session_execute(session, NULL, "select 1", NULL), AQ_EINACTIVE, "", SAYS("execute"));
#undef SAYS
    is_str(user->username, "a", "memory can be read");
    done(aq_rollback(session), "rolled back");
    add_user("b");
    done(aq_commit(session), "it works again");
    is_int(users(), 2, "two rows");
}

/* A statement of one's own that fails inside a transaction: the server refuses all behind it until the rollback. */
static void failed_statement(void)
{
    done(aq_begin(session, NULL), "begin");
    op_fails(aq_session_execute(session, NULL, "select 1/0", NULL), AQ_EDATA, "22012", "division by zero");
    op_fails(aq_session_execute(session, NULL, "select 1", NULL), AQ_ESERVER, "25P02",
             "current transaction is aborted, commands ignored until end of transaction block");
    done(aq_rollback(session), "rolled back");
    done(aq_session_execute(session, NULL, "select 1", NULL), "it works again");
}

static void not_loaded(void)
{
    User *user = persisted("a"), *found;
    aq_session_t *other = aq_session_open(context, NULL);
    aq_op_t *op = aq_get(other, User, 1);

    ok(aq_list(user, User, posts) != NULL, "a new object has everything loaded");
    found = aq_wait(op);
    ok(aq_list(found, User, posts) == NULL, "a loaded one has not");
    refused(aq_last_error()->code, AQ_ENOTLOADED,
            "User.posts is not loaded: aq_load() it, or load it with the query");
    aq_op_close(op);
    aq_session_close(other);
}

/* ---- Rows --------------------------------------------------------------------------------------------------------------------------------- */

#define COMPILER "the compiler's: "

static const struct {
    const char *name;
    void (*test)(void);
    const char *settled;
} tests[] = {
    {"ctor_positional", new_of_no_model,
     COMPILER "there are no constructors; a model that the db does not have"},
    {"ctor_attr_unset_reads_none", unset_is_null, NULL},
    {"ctor_no_id_before_flush", no_key_before_flush, NULL},
    {"relationship_wrong_type_in_list", wrong_item, NULL},
    {"not_null", not_null, NULL},
    {"unique", unique, NULL},
    {"exact_length", exact_length, NULL},
    {"int_from_bad_string", bad_integer, NULL},
    {"bool_from_int", bool_of_int, NULL},
    {"fk_violation", foreign_key, NULL},
    {"add_none", add_none, NULL},
    {"add_non_model", add_foreign_struct, NULL},
    {"add_class", add_all_or_none, COMPILER "a model is const, no object is; all or none are added"},
    {"delete_transient", delete_transient, NULL},
    {"delete_pending", delete_pending, NULL},
    {"delete_twice", delete_twice, NULL},
    {"delete_after_commit_again", delete_deleted, NULL},
    {"add_to_two_sessions", two_sessions, NULL},
    {"expunge_not_in_session", expunge_foreign, NULL},
    {"refresh_transient", refresh_transient, NULL},
    {"refresh_deleted_row", refresh_gone, NULL},
    {"access_expired_deleted_row", expired_gone, "reading is no I/O; a get asks for the row"},
    {"access_detached_lazy", detached_load, NULL},
    {"access_detached_expired_column", detached_refresh, "reading is no I/O; a refresh says it"},
    {"access_detached_loaded_column", detached_read, NULL},
    {"query_after_remove_uses_new_session", another_after_remove, NULL},
    {"in_session", in_session, NULL},
    {"begin_nested_error_recovery", nested_recovery, NULL},
    {"commit_without_transaction", commit_nothing, NULL},
    {"pagination_total_none", NULL, "pages are not of sessions"},
};

static void run_test(void (*test)(void))
{
    cluster_sql(cluster, "truncate er_user, er_post restart identity");
    session = aq_session_open(context, NULL);
    test();
    done(aq_rollback(session), "rolled back");
    aq_session_close(session);
}

static void run_row(const char *name)
{
    for (size_t i = 0; i < sizeof tests / sizeof tests[0]; i++) {
        if (strcmp(tests[i].name, name) != 0)
            continue;
        subtest("%s%s%s", name, tests[i].settled != NULL ? ", settled: " : "",
                tests[i].settled != NULL ? tests[i].settled : "") {
            if (tests[i].test != NULL)
                run_test(tests[i].test);
            else
                skip("%s", tests[i].settled);
        }
        return;
    }
    fail("no function for row '%s'", name);
}

static void test_vectors(void)
{
    json_t *vectors = vectors_load("errors.json"), *row;
    size_t i;

    json_array_foreach(json_object_get(vectors, "rows"), i, row)
    {
        const char *name = json_string_value(json_object_get(row, "name"));

        if (strncmp(name, "mapping_", 8) != 0)
            run_row(name);
    }
    json_decref(vectors);
}

static void test_more(void)
{
    subtest("a failed flush: all say its error until the rollback") {
        run_test(inactive);
    }
    subtest("a failed statement in a transaction") {
        run_test(failed_statement);
    }
    subtest("an UPDATE whose row is gone") {
        run_test(update_gone);
    }
    subtest("a DELETE whose row is gone") {
        run_test(delete_gone);
    }
    subtest("a relationship that is not loaded") {
        run_test(not_loaded);
    }
}

int main(void)
{
    uv_loop_t loop;
    aq_db_t *db = aq_db_create();
    aq_app_t *app;

    open_first_loop();
    cluster = cluster_start(NULL);
    uv_loop_init(&loop);
    aq_db_model(db, User);
    aq_db_model(db, Post);
    app = aq_app_create(&(aq_config_t){.database_uri = cluster_uri(cluster), .track_modifications = AQ_OFF});
    if (app == NULL || aq_db_init_app(db, app) != AQ_OK || (context = aq_context_create(app, &loop)) == NULL)
        bail_out("%s", aq_last_error()->message);
    done(aq_create_all(context, AQ_ALL_BINDS), "the tables");
    test_vectors();
    test_more();
    done(aq_context_close(context), "closed");
    aq_app_close(app);
    aq_db_close(db);
    uv_run(&loop, UV_RUN_DEFAULT);
    is_int(uv_loop_close(&loop), 0, "uv_loop_close() == 0");
    cluster_close(cluster);
    return tap_done();
}
