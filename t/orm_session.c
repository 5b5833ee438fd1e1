/* Sessions on a database: objects in, objects out, what a commit sends, what a rollback puts back. */
#include "tap.h"

#include "t/blog.h"
#include "t/loops.h"

#include <string.h>

static cluster_t *cluster;
static blog_t blog;

static void test_add_and_get(void)
{
    subtest("a new object is inserted, found, changed and deleted") {
        aq_session_t *session = aq_session_open(blog.context, NULL);
        User *user = aq_new(session, User);
        Post *post = aq_new(session, Post);

        user->username = "ann";
        post->title = "first";
        aq_append(user, User, posts, post);
        is_int(aq_add(session, user), AQ_OK, "add");
        ok(blog_wait(aq_commit(session)) != NULL, "commit");
        ok(user->id > 0, "the key is here: %d", user->id);
        ok(post->author_id.present && post->author_id.value == user->id, "and the post's author_id");
        is_int(post->views, 7, "and the server's default");
        is_int(cluster_number(cluster, "select count(*) from post join users on users.id = author_id"), 1,
               "both rows are there");
        user->email = "ann@example.org";
        ok(blog_wait(aq_commit(session)) != NULL, "commit");
        is_int(cluster_number(cluster, "select count(*) from users where email = 'ann@example.org'"), 1,
               "the change is there");
        ok(blog_wait(aq_get(session, User, user->id)) == user, "get gives the same object");
        ok(blog_wait(aq_get(session, User, 12345)) == NULL, "nobody");
        aq_delete(session, post);
        ok(blog_wait(aq_commit(session)) != NULL, "commit");
        is_int(cluster_number(cluster, "select count(*) from post"), 0, "it is gone");
        aq_session_close(session);
    }
}

static uint64_t sent(void)
{
    aq_pool_stats_t stats;

    if (aq_pool_get_stats(blog.context, NULL, &stats) != AQ_OK)
        bail_out("%s", aq_last_error()->message);
    return stats.units + stats.statements + stats.syncs;
}

static void test_unchanged(void)
{
    subtest("a commit of what has not changed sends nothing") {
        aq_session_t *session = aq_session_open(blog.context, NULL);
        User *user = blog_wait(aq_first(aq_query(session, User)));
        const char *email = user->email;
        uint64_t before = sent();

        ok(blog_wait(aq_commit(session)) != NULL, "commit");
        is_int((long long)(sent() - before), 0, "nothing was sent");
        user->email = "other@example.org";
        user->email = email;
        user->age = aq_some_int4(1);
        user->age = (aq_int4_null_t){.value = 1};
        user->username = aq_arena_strdup(aq_session_arena(session), user->username);
        ok(blog_wait(aq_commit(session)) != NULL,
           "set back, or to the same text elsewhere, or NULL with another value beside it");
        is_int((long long)(sent() - before), 0, "nothing was sent");
        ok(blog_wait(aq_flush(session)) != NULL, "flush");
        is_int((long long)(sent() - before), 0, "nothing was sent");
        aq_session_close(session);
    }
}

static void test_query(void)
{
    subtest("queries") {
        aq_session_t *session = aq_session_open(blog.context, NULL);
        aq_query_t *query = aq_query(session, User);
        aq_objects_t *users;
        int64_t *count;
        aq_op_t *op;

        for (int i = 0; i < 5; i++) {
            User *user = aq_new(session, User);

            user->username = aq_arena_printf(aq_session_arena(session), "user%d", i);
            user->age = aq_some_int4(i);
            aq_add(session, user);
        }
        aq_filter(query, aq_ge(User, age, 2));
        aq_order_by(query, aq_desc(User, age));
        users = blog_wait(aq_all(query));
        ok(users != NULL && users->count == 3, "autoflush: three of them");
        is_str(users != NULL ? ((User *)users->items[0])->username : NULL, "user4", "in order");
        op = aq_count(query);
        count = aq_wait(op);
        is_int(count != NULL ? *count : -1, 3, "counted");
        aq_op_close(op);
        ok(blog_wait(aq_rollback(session)) != NULL, "rolled back");
        is_int(cluster_number(cluster, "select count(*) from users where username like 'user_'"), 0,
               "nothing stays");
        aq_session_close(session);
    }
}

static int64_t count_users(aq_session_t *session)
{
    aq_op_t *op = aq_count(aq_query(session, User));
    const int64_t *count = aq_wait(op);
    const int64_t value = count != NULL ? *count : -1;

    if (count == NULL)
        diag("%s", aq_op_error(op)->message);
    aq_op_close(op);
    return value;
}

static User *add_user(aq_session_t *session, const char *name)
{
    User *user = aq_new(session, User);

    user->username = name;
    aq_add(session, user);
    return user;
}

static void test_rollback(void)
{
    subtest("a rollback puts everything back, in memory too") {
        aq_session_t *session = aq_session_open(blog.context, NULL);
        User *old = add_user(session, "old"), *gone = add_user(session, "gone"), *new_one;

        blog_wait(aq_commit(session));
        new_one = add_user(session, "new");
        old->username = "changed";
        aq_delete(session, gone);
        ok(blog_wait(aq_flush(session)) != NULL, "flush");
        ok(aq_session_in_transaction(session), "in a transaction");
        is_str(aq_state_name(aq_object_state(new_one)), "persistent", "the new one is persistent");
        is_str(aq_state_name(aq_object_state(gone)), "deleted", "the deleted one deleted");
        is_int(cluster_number(cluster, "select count(*) from users where username = 'new'"), 0,
               "not committed yet");
        ok(blog_wait(aq_rollback(session)) != NULL, "rollback");
        is_str(old->username, "old", "the member is as it was");
        is_int(new_one->id, 0, "a drawn key is taken back");
        is_str(aq_state_name(aq_object_state(new_one)), "transient", "the new one is transient");
        is_str(aq_state_name(aq_object_state(gone)), "persistent", "the deleted one is back");
        ok(blog_wait(aq_commit(session)) != NULL, "nothing to commit");
        is_int(cluster_number(cluster, "select count(*) from users where username in ('old', 'gone')"), 2,
               "the rows are as they were");
        aq_add(session, new_one);
        ok(blog_wait(aq_commit(session)) != NULL, "it can be added again");
        ok(new_one->id > 0, "and gets a key");
        aq_session_close(session);
    }
}

static void test_savepoints(void)
{
    subtest("savepoints") {
        aq_session_t *session = aq_session_open(blog.context, NULL);
        User *a, *b, *c;

        cluster_sql(cluster, "delete from post_tags; delete from post; delete from users");
        a = add_user(session, "a");
        ok(blog_wait(aq_begin_nested(session)) != NULL, "begin_nested flushes");
        b = add_user(session, "b");
        is_int(count_users(session), 2, "both are seen");
        a->email = "changed";
        ok(blog_wait(aq_begin_nested(session)) != NULL, "one inside");
        c = add_user(session, "c");
        is_int(count_users(session), 3, "three");
        ok(blog_wait(aq_rollback_nested(session)) != NULL, "the inner one is undone");
        is_str(aq_state_name(aq_object_state(c)), "transient", "c is transient");
        is_int(count_users(session), 2, "two again");
        is_str(a->email, "changed", "what came before stays");
        ok(blog_wait(aq_commit_nested(session)) != NULL, "the outer one is kept");
        ok(blog_wait(aq_commit(session)) != NULL, "commit");
        is_int(cluster_number(cluster, "select count(*) from users"), 2, "two rows");
        is_int(cluster_number(cluster, "select count(*) from users where email = 'changed'"), 1,
               "one changed");
        ok(b->id > 0, "b has its key");
        ok(aq_wait(aq_rollback_nested(session)) == NULL, "there is no savepoint any more");
        aq_session_close(session);
    }
}

static void test_failure(void)
{
    subtest("a flush that fails leaves the session inactive until the rollback") {
        aq_session_t *session = aq_session_open(blog.context, NULL);
        User *again;
        aq_op_t *op;

        cluster_sql(cluster, "delete from users; insert into users (username) values ('taken')");
        again = add_user(session, "taken");
        op = aq_commit(session);
        ok(aq_wait(op) == NULL, "refused");
        is_int(aq_op_code(op), AQ_EUNIQUE, "unique");
        is_str(aq_op_error(op)->constraint, "users_username_key", "the constraint");
        aq_op_close(op);
        ok(!aq_session_is_active(session), "inactive");
        op = aq_count(aq_query(session, User));
        ok(aq_wait(op) == NULL, "a query is refused");
        is_str(
            aq_op_error(op)->message,
            "count: the session's transaction was rolled back because a flush failed, aq_rollback() begins "
            "a new one; the flush: duplicate key value violates unique constraint \"users_username_key\"",
            "with the first error");
        aq_op_close(op);
        ok(blog_wait(aq_rollback(session)) != NULL, "rollback");
        is_str(aq_state_name(aq_object_state(again)), "transient", "the object is transient");
        is_int(count_users(session), 1, "and the session works");
        aq_session_close(session);
    }
    subtest("inside a savepoint only that is lost") {
        aq_session_t *session = aq_session_open(blog.context, NULL);

        add_user(session, "kept");
        blog_wait(aq_begin_nested(session));
        add_user(session, "taken");
        ok(aq_wait(aq_flush(session)) == NULL, "refused");
        ok(blog_wait(aq_rollback_nested(session)) != NULL, "back to the savepoint");
        ok(blog_wait(aq_commit(session)) != NULL, "commit");
        is_int(cluster_number(cluster, "select count(*) from users where username = 'kept'"), 1,
               "the rest is there");
        aq_session_close(session);
    }
}

static void test_loading(void)
{
    subtest("relationships") {
        aq_session_t *session = aq_session_open(blog.context, NULL);
        User *ann = add_user(session, "ann2"), *read;
        Tag *tag = aq_new(session, Tag);
        Post *posts[3];
        aq_query_t *query;
        const aq_many_t *list;
        aq_op_t *first, *second;

        tag->name = "c";
        for (int i = 0; i < 3; i++) {
            posts[i] = aq_new(session, Post);
            posts[i]->title = aq_arena_printf(aq_session_arena(session), "post%d", i);
            aq_set(posts[i], Post, author, ann);
            aq_append(posts[i], Post, tags, tag);
        }
        ok(blog_wait(aq_commit(session)) != NULL, "a graph that hangs on one object is committed");
        is_int(cluster_number(cluster, "select count(*) from post_tags"), 3, "with its associations");
        aq_session_close(session);

        session = aq_session_open(blog.context, NULL);
        query = aq_query(session, User);
        aq_filter(query, aq_eq(User, username, "ann2"));
        read = blog_wait(aq_one(query));
        ok(read != NULL && aq_list(read, User, posts) == NULL, "posts are not loaded");
        is_str(aq_last_error()->message, "User.posts is not loaded: aq_load() it, or load it with the query",
               "and that is said");
        list = blog_wait(aq_load(read, User, posts));
        is_int(list != NULL ? (int)list->count : -1, 3, "loaded");
        is_str(list != NULL ? ((Post *)list->items[2])->title : NULL, "post2", "in order");
        ok(list != NULL && aq_related((Post *)list->items[0], Post, author) == read, "the other side knows");
        first = aq_load((Post *)list->items[0], Post, tags);
        second = aq_load((Post *)list->items[1], Post, tags);
        blog_wait(first);
        blog_wait(second);
        is_int(((Post *)list->items[1])->tags.count, 1, "tags");
        aq_session_close(session);

        session = aq_session_open(blog.context, NULL);
        query = aq_query(session, User);
        aq_filter(query, aq_eq(User, username, "ann2"));
        aq_option(query, aq_joined_load(User, posts));
        aq_option(query, aq_selectin_load(Post, tags));
        read = blog_wait(aq_one(query));
        ok(read != NULL && read->posts.count == 3, "joined");
        ok(read != NULL && ((Post *)read->posts.items[1])->tags.count == 1, "and selectin");
        aq_session_close(session);
    }
}

static void test_bulk(void)
{
    subtest("bulk update and delete") {
        aq_session_t *session = aq_session_open(blog.context, NULL);
        aq_query_t *query = aq_query(session, User);
        uint64_t *rows;
        aq_op_t *op;

        cluster_sql(cluster,
                    "delete from post_tags; delete from post; delete from users;"
                    "insert into users (username, age) select 'u' || n, n from generate_series(1, 5) n");
        aq_filter(query, aq_gt(User, age, 3));
        op = aq_bulk_update(query, aq_assign_to(User, age, aq_fragment0("{User.age} + 10")));
        rows = aq_wait(op);
        is_int(rows != NULL ? (int)*rows : -1, 2, "two rows are updated");
        aq_op_close(op);
        is_int(cluster_number(cluster, "select max(age) from users"), 5, "in the session's transaction");
        op = aq_bulk_delete(query);
        rows = aq_wait(op);
        is_int(rows != NULL ? (int)*rows : -1, 2, "and deleted");
        aq_op_close(op);
        ok(blog_wait(aq_commit(session)) != NULL, "commit");
        is_int(cluster_number(cluster, "select count(*) from users"), 3, "three are left");
        aq_limit(query, 1);
        op = aq_bulk_delete(query);
        ok(aq_wait(op) == NULL, "a limit is refused");
        is_str(aq_op_error(op)->message,
               "delete being called on a query which already has LIMIT or OFFSET applied", "told");
        aq_op_close(op);
        aq_session_close(session);
    }
}

static void test_joined_transaction(void)
{
    subtest("a session that joins a transaction of the caller's") {
        aq_op_t *acquired = aq_acquire(blog.context, NULL);
        aq_lane_t *lane = aq_wait(acquired);
        aq_session_t *session;

        blog_wait(aq_lane_execute(lane, "begin", NULL));
        session = aq_session_open(blog.context, &(aq_session_options_t){.lane = lane});
        add_user(session, "joined1");
        ok(blog_wait(aq_commit(session)) != NULL, "commit");
        is_int(cluster_number(cluster, "select count(*) from users where username = 'joined1'"), 0,
               "is none");
        add_user(session, "joined2");
        ok(blog_wait(aq_flush(session)) != NULL, "flush");
        ok(blog_wait(aq_rollback(session)) != NULL, "rollback");
        is_int(count_users(session), 4, "goes back to the last commit: joined1 is there");
        aq_session_close(session);
        blog_wait(aq_lane_execute(lane, "rollback", NULL));
        aq_release(lane);
        aq_op_close(acquired);
        is_int(cluster_number(cluster, "select count(*) from users"), 3, "the caller's rollback undoes all");
    }
}

static void test_transaction_control(void)
{
    subtest("raw statements do not end the transaction behind the session's back") {
        aq_session_t *session = aq_session_open(blog.context, NULL);
        aq_op_t *op = aq_session_execute(session, NULL, "commit", NULL);

        ok(aq_wait(op) == NULL, "refused");
        is_int(aq_op_code(op), AQ_ETXCONTROL, "as transaction control");
        is_str(aq_op_error(op)->message,
               "execute: the session's transaction is for aq_begin(), aq_commit() and aq_rollback(): commit",
               "and told");
        aq_op_close(op);
        op = aq_session_execute(session, NULL, "select 1", NULL);
        ok(aq_wait(op) != NULL, "others run");
        aq_op_close(op);
        aq_session_close(session);
    }
}

static int work_runs;

static int work(aq_session_t *session, void *data)
{
    User *user = aq_new(session, User);

    (void)data;
    user->username = aq_arena_printf(aq_session_arena(session), "run%d", work_runs++);
    if (aq_add(session, user) != AQ_OK)
        return AQ_ENOMEM;
    return work_runs == 1 ? aq_fail(AQ_ESERIALIZATION, "made up") : AQ_OK;
}

static void test_run(void)
{
    subtest("aq_run") {
        aq_session_t *session = aq_session_open(blog.context, NULL);

        work_runs = 0;
        ok(blog_wait(aq_run(session, work, NULL, 2)) == session, "done");
        is_int(work_runs, 2, "the second time");
        is_int(cluster_number(cluster, "select count(*) from users where username like 'run%%'"), 1,
               "one row");
        aq_session_close(session);
    }
}

static int count_tags(const Post *post)
{
    return (int)cluster_number(cluster, "select count(*) from post_tags where post_id = %d", post->id);
}

static void test_again_after_rollback(bool flushed)
{
    subtest("what was linked before a rollback is written when it is added again: %s",
            flushed ? "after a flush" : "after one that failed") {
        aq_session_t *session = aq_session_open(blog.context, NULL);
        User *user = add_user(session, flushed ? "again1" : "again2");
        Post *post = aq_new(session, Post);
        Tag *tag = aq_new(session, Tag), *other = aq_new(session, Tag);

        tag->name = flushed ? "again1" : "again2";
        other->name = flushed ? "other1" : "other2";
        post->title = flushed ? "again" : NULL;
        aq_append(user, User, posts, post);
        aq_append(post, Post, tags, tag);
        is_int(aq_wait(aq_flush(session)) != NULL, flushed, "flushed");
        blog_wait(aq_rollback(session));
        post->title = "again";
        aq_add(session, user);
        ok(blog_wait(aq_commit(session)) != NULL, "added again");
        is_int(count_tags(post), 1, "with its tag");
        aq_append(post, Post, tags, other);
        ok(blog_wait(aq_commit(session)) != NULL, "and another");
        is_int(count_tags(post), 2, "is written");
        blog_wait(aq_rollback(session));
        ok(post->tags.count == 2 && user->posts.count == 1, "a rollback of nothing leaves the lists alone");
        aq_session_close(session);
    }
}

/* ---- Without a connection ---------------------------------------------------------------------------------------- */

static blog_t small; /* an app of the same db with one connection for transactions */

static void open_small(void)
{
    const aq_config_t config = {.database_uri = cluster_uri(cluster),
                                .track_modifications = AQ_OFF,
                                .pool = {.size = 1, .max_overflow = AQ_ZERO, .timeout = 0.1}};

    small.app = aq_app_create(&config);
    if (small.app == NULL || aq_db_init_app(blog.db, small.app) != AQ_OK ||
        (small.context = aq_context_create(small.app, &blog.uv)) == NULL)
        bail_out("%s", aq_last_error()->message);
}

static void close_small(void)
{
    blog_wait(aq_context_close(small.context));
    aq_app_close(small.app);
}

static aq_op_t *begin_serializable(aq_session_t *session)
{
    return aq_begin(session, &(aq_begin_options_t){.isolation = AQ_SERIALIZABLE});
}

static void test_failed_begin(const char *name, aq_op_t *(*begin_it)(aq_session_t *session))
{
    subtest("what was to be in a transaction that did not begin is not done without it: %s", name) {
        aq_session_t *session, *other;
        aq_op_t *begin, *count;

        open_small();
        session = aq_session_open(small.context, NULL);
        other = aq_session_open(small.context, NULL);
        ok(blog_wait(aq_begin(other, NULL)) != NULL && count_users(other) >= 0,
           "one has the only connection");
        begin = begin_it(session);
        count = aq_count(aq_query(session, User));
        ok(aq_wait(begin) == NULL && aq_op_code(begin) == AQ_EPOOLTIMEOUT, "the other waits in vain");
        ok(aq_wait(count) == NULL && aq_op_code(count) == AQ_EINACTIVE, "its query is refused");
        has_str(aq_op_error(count)->message, aq_op_error(begin)->message, "with the first error");
        aq_op_close(begin);
        aq_op_close(count);
        blog_wait(aq_rollback(other));
        count = aq_count(aq_query(session, User));
        ok(aq_wait(count) == NULL && aq_op_code(count) == AQ_EINACTIVE,
           "also when there is a connection again");
        aq_op_close(count);
        ok(blog_wait(aq_rollback(session)) != NULL && count_users(session) >= 0, "until it is rolled back");
        aq_session_close(other);
        aq_session_close(session);
        close_small();
    }
}

/* A handler may still work when its server shuts down. */
static void test_orphan(void)
{
    subtest("a session whose context was closed is memory only") {
        aq_session_t *session;
        aq_query_t *query, *old;
        User *user;
        aq_op_t *ops[8];

        open_small();
        session = aq_session_open(small.context, NULL);
        old = aq_filter(aq_query(session, User), aq_fragment("lower({User.username}) = $1", "ann"));
        close_small();
        user = aq_new(session, User);
        ok(user != NULL && aq_add(session, user) == AQ_OK, "objects are made and added");
        user->username = "late";
        is_str(aq_state_name(aq_object_state(user)), "pending", "and have a state");
        query = aq_filter(aq_query(session, User), aq_fragment("lower({User.username}) = $1", "ann"));
        aq_join(query, User, posts);
        aq_option(query, aq_joined_load(User, posts));
        ops[0] = aq_all(query);
        ops[1] = aq_all(old);
        ops[2] = aq_all(aq_sql(session, &User_model, "select * from users", NULL));
        ops[3] = aq_get(session, User, 1);
        ops[4] = aq_commit(session);
        ops[5] = aq_begin(session, NULL);
        ops[6] = aq_load(user, User, posts);
        ops[7] = aq_stream_of(old);
        for (size_t i = 0; i < 8; i++) {
            is_int(aq_op_code(ops[i]), AQ_ECLOSED, "op %zu: closed", i);
            aq_op_close(ops[i]);
        }
        is_int(aq_query_statement(old, NULL, NULL), AQ_ECLOSED, "the statement of a query");
        ok(aq_session_context(session) == NULL && aq_session_loop(session) == NULL,
           "neither context nor loop");
        aq_session_close(session);
    }
    subtest("nor does it need the program's db any more") {
        static blog_t other;
        aq_text_t text = {0};
        aq_session_t *session;
        User *user;

        blog_open(&other, cluster, NULL);
        session = aq_session_open(other.context, NULL);
        user = add_user(session, "bob");
        blog_wait(aq_commit(session));
        ok(blog_close(&other), "context, app and db are closed");
        aq_object_append(&text, user);
        is_str(aq_text_string(&text), "<User 1>", "its objects know what they are");
        aq_text_dispose(&text);
        aq_session_close(session);
    }
}

int main(void)
{
    init_loops();
    cluster = cluster_start(NULL);
    blog_open(&blog, cluster, NULL);
    test_add_and_get();
    test_unchanged();
    test_query();
    test_rollback();
    test_savepoints();
    test_failure();
    test_loading();
    test_bulk();
    test_joined_transaction();
    test_transaction_control();
    test_run();
    test_again_after_rollback(false);
    test_again_after_rollback(true);
    test_failed_begin("aq_begin()", begin_serializable);
    test_failed_begin("aq_begin_nested()", aq_begin_nested);
    test_orphan();
    ok(blog_close(&blog), "everything closes");
    cluster_close(cluster);
    ok(all_memory_is_back(), "all memory is back");
    return tap_done();
}
