/* What transactions of sessions promise on a server: what is read in them, what is locked, what comes of statements that fail in them. */
#include "tap.h"

#include "t/blog.h"
#include "t/loops.h"

#include <string.h>

static cluster_t *cluster;
static blog_t blog;

static User *one_user(aq_session_t *session)
{
    return blog_wait(aq_one(aq_filter(aq_query(session, User), aq_eq(User, username, "ann"))));
}

static void set_age(int age)
{
    cluster_sql(cluster, "update users set age = %d where username = 'ann'", age);
}

static long age(void)
{
    return cluster_number(cluster, "select age from users where username = 'ann'");
}

static void start(void)
{
    cluster_sql(cluster, "delete from post_tags; delete from post; delete from users; delete from tag;"
                         "insert into users (username, age) values ('ann', 1)");
}

static void test_isolation(void)
{
    static const struct {
        aq_isolation_t isolation;
        const char *name;
    } levels[] = {{AQ_READ_COMMITTED, "read committed"},
                  {AQ_REPEATABLE_READ, "repeatable read"},
                  {AQ_SERIALIZABLE, "serializable"}};

    for (size_t i = 0; i < sizeof levels / sizeof levels[0]; i++) {
        subtest("what was read before a transaction is loaded anew in it: %s", levels[i].name) {
            aq_session_t *session = aq_session_open(blog.context, NULL);
            aq_rows_t *rows;
            aq_op_t *op;
            User *user;

            start();
            user = one_user(session);
            set_age(50);
            ok(blog_wait(aq_begin(session, &(aq_begin_options_t){.isolation = levels[i].isolation})) != NULL,
               "begin");
            op = aq_session_execute(session, NULL, "select current_setting('transaction_isolation')", NULL);
            rows = aq_wait(op);
            is_str(rows != NULL ? aq_as_text(aq_cell(rows, 0, 0)) : NULL, levels[i].name,
                   "the server has the level");
            aq_op_close(op);
            ok(blog_wait(aq_get(session, User, user->id)) == user, "the same object");
            is_int(user->age.value, 50, "as it is now");
            user->age.value++;
            ok(blog_wait(aq_commit(session)) != NULL, "commit");
            is_int(age(), 51, "nothing is lost");
            aq_session_close(session);
        }
    }
    subtest("read only") {
        aq_session_t *session = aq_session_open(blog.context, NULL);
        User *user = one_user(session);
        aq_op_t *op;

        blog_wait(aq_begin(session, &(aq_begin_options_t){.read_only = true}));
        user->age = aq_some_int4(7);
        op = aq_commit(session);
        ok(aq_wait(op) == NULL, "a write is refused");
        is_int(aq_op_code(op), AQ_EREADONLY, "as read only");
        aq_op_close(op);
        aq_session_close(session);
    }
}

static void test_locks(void)
{
    subtest("what is locked is taken as it is now, and what the user has changed stays") {
        aq_session_t *session = aq_session_open(blog.context, NULL);
        aq_query_t *query;
        User *user;

        start();
        blog_wait(aq_begin(session, NULL));
        user = one_user(session);
        set_age(90);
        user->email = "mine";
        aq_session_autoflush(session, false);
        query = aq_for_update(aq_query(session, User), AQ_FOR_UPDATE, AQ_LOCK_WAIT);
        ok(blog_wait(aq_first(query)) == user, "locked");
        is_int(user->age.value, 90, "its member is new");
        is_str(user->email, "mine", "the changed one is the user's");
        user->age.value++;
        ok(blog_wait(aq_commit(session)) != NULL, "commit");
        is_int(age(), 91, "nothing is lost");
        aq_session_close(session);
    }
}

static void test_turns(void)
{
    subtest("a get and a load of one turn, after a commit") {
        aq_session_t *session = aq_session_open(blog.context, NULL);
        const aq_many_t *list;
        aq_op_t *get, *load;
        User *user;

        start();
        user = one_user(session);
        blog_wait(aq_load(user, User, posts));
        user->email = "x";
        blog_wait(aq_commit(session));
        cluster_sql(cluster, "insert into post (title, author_id) select 't' || n, users.id from users, "
                             "generate_series(1, 3) n");
        get = aq_get(session, User, user->id);
        load = aq_load(user, User, posts);
        blog_wait(get);
        list = aq_wait(load);
        is_int(list != NULL ? (int)list->count : -1, 3, "the list is what it is now");
        ok(aq_is_loaded(user, User, posts), "and loaded");
        aq_op_close(load);
        aq_session_close(session);
    }
    subtest("statements that write, side by side") {
        aq_session_t *session = aq_session_open(blog.context, NULL);
        aq_query_t *first = aq_sql(session, NULL, "insert into tag (name) values ('one') returning id", NULL);
        aq_query_t *second =
            aq_sql(session, NULL, "insert into tag (name) values ('two') returning id", NULL);
        aq_op_t *ops[] = {aq_tuples(first), aq_tuples(second), aq_count(aq_query(session, Tag))};
        int64_t *count;

        ok(aq_wait(ops[0]) != NULL && aq_wait(ops[1]) != NULL, "both are done");
        count = aq_wait(ops[2]);
        is_int(count != NULL ? *count : -1, 2, "what comes after sees them");
        for (int i = 0; i < 3; i++)
            aq_op_close(ops[i]);
        ok(blog_wait(aq_commit(session)) != NULL, "commit");
        is_int(cluster_number(cluster, "select count(*) from tag"), 2, "both are there");
        aq_session_close(session);
    }
    subtest("gets of one turn are one statement") {
        aq_session_t *session = aq_session_open(blog.context, NULL);
        aq_pool_stats_t before, after;
        aq_op_t *ops[4];

        aq_pool_get_stats(blog.context, NULL, &before);
        for (int i = 0; i < 4; i++)
            ops[i] = aq_get(session, User, 1000 + i);
        for (int i = 0; i < 4; i++)
            ok(blog_wait(ops[i]) == NULL, "nobody");
        aq_pool_get_stats(blog.context, NULL, &after);
        is_int(after.statements - before.statements, 1, "one statement");
        aq_session_close(session);
    }
}

static void test_failures(void)
{
    subtest("a savepoint is kept in vain after a statement has failed: what was before it stays") {
        aq_session_t *session = aq_session_open(blog.context, NULL);
        Tag *tag = aq_new(session, Tag);

        start();
        tag->name = "kept";
        aq_add(session, tag);
        blog_wait(aq_begin_nested(session));
        ok(aq_wait(aq_session_execute(session, NULL, "insert into users (username) values ('ann')", NULL)) ==
               NULL,
           "a duplicate");
        ok(aq_wait(aq_commit_nested(session)) == NULL, "cannot be kept");
        ok(blog_wait(aq_rollback_nested(session)) != NULL, "but taken back");
        ok(blog_wait(aq_commit(session)) != NULL, "commit");
        is_int(cluster_number(cluster, "select count(*) from tag where name = 'kept'"), 1,
               "the row is there");
        aq_session_close(session);
    }
    subtest("a statement that is refused does not begin anything") {
        aq_session_t *session = aq_session_open(blog.context, NULL);

        start();
        blog_wait(aq_begin(session, NULL));
        ok(aq_wait(aq_tuples(aq_sql(session, NULL, "commit", NULL))) == NULL, "transaction control");
        ok(blog_wait(aq_session_execute(session, NULL, "update users set age = 5", NULL)) != NULL,
           "another is done");
        ok(blog_wait(aq_rollback(session)) != NULL, "and undone");
        is_int(age(), 1, "it was in the transaction");
        aq_session_close(session);
    }
    subtest("a transaction that was begun and not used ends with its commit") {
        aq_session_t *session = aq_session_open(blog.context, NULL);

        blog_wait(aq_begin(session, NULL));
        ok(blog_wait(aq_commit(session)) != NULL, "commit");
        ok(!aq_session_in_transaction(session), "there is none");
        ok(blog_wait(aq_begin(session, NULL)) != NULL, "another can begin");
        aq_session_close(session);
    }
    subtest("what was expunged is not in the way after a rollback") {
        aq_session_t *session = aq_session_open(blog.context, NULL);
        User *user = one_user(session), *other;

        user->email = "changed";
        blog_wait(aq_flush(session));
        aq_expunge(session, user);
        blog_wait(aq_rollback(session));
        other = one_user(session);
        ok(other != NULL && other != user, "its row is another object");
        ok(blog_wait(aq_get(session, User, other->id)) == other, "which get gives");
        aq_session_close(session);
    }
    subtest("what cannot be sent is told before anything is, and forgotten by the records") {
        aq_session_t *session = aq_session_open(blog.context, NULL);
        Tag *tag = aq_new(session, Tag);
        aq_op_t *op;

        tag->name = "\xff";
        aq_add(session, tag);
        op = aq_commit(session);
        ok(aq_wait(op) == NULL, "refused");
        is_int(aq_op_code(op), AQ_EENCODING, "as no text");
        is_str(aq_op_error(op)->message, "Tag.name: text that is not UTF-8 at byte 0", "and told");
        aq_op_close(op);
        ok(aq_session_is_active(session), "the session goes on");
        tag->name = "text";
        ok(blog_wait(aq_commit(session)) != NULL, "with another value it is written");
        is_int(cluster_number(cluster, "select count(*) from tag where name = 'text'"), 1, "once");
        aq_session_close(session);
    }
    subtest("what is added while a commit is on its way is the next one's") {
        aq_session_t *session = aq_session_open(blog.context, NULL);
        Tag *first = aq_new(session, Tag), *second = aq_new(session, Tag);
        aq_op_t *op;

        first->name = "first";
        aq_add(session, first);
        op = aq_commit(session);
        while (first->id == 0 && !aq_op_done(op)) {
            uv_run(&blog.uv, UV_RUN_NOWAIT);
            if (aq_object_state(second) == AQ_TRANSIENT && !aq_op_done(op)) {
                second->name = "second";
                aq_add(session, second);
            }
        }
        blog_wait(op);
        ok(blog_wait(aq_commit(session)) != NULL, "the next");
        is_int(cluster_number(cluster, "select count(*) from tag where name in ('first', 'second')"), 2,
               "both are there");
        aq_session_close(session);
    }
}

int main(void)
{
    init_loops();
    cluster = cluster_start(NULL);
    blog_open(&blog, cluster, &(aq_config_t){.track_modifications = AQ_ON, .record_queries = AQ_ON});
    test_isolation();
    test_locks();
    test_turns();
    test_failures();
    ok(blog_close(&blog), "everything closes");
    cluster_close(cluster);
    ok(all_memory_is_back(), "all memory is back");
    return tap_done();
}
