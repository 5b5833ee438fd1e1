/* Streams of objects, and rows into structs of one's own. */
#include "tap.h"

#include "t/blog.h"
#include "t/heap.h"
#include "t/outcomes.h"

#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "src/task/sanitizers.h"

static cluster_t *cluster;
static blog_t blog;

/* ---- Streams --------------------------------------------------------------------------------------------------------------------------- */

static aq_object_stream_t *open_stream(aq_query_t *query)
{
    return blog_wait(aq_stream_of(query));
}

/* Reads to the end. How many; -1: an error, or users that are not the next ones from `first` on. */
static long read_users(aq_object_stream_t *stream, long first)
{
    long seen = 0;

    for (;;) {
        aq_op_t *op = aq_object_stream_next(stream);
        aq_objects_t *users = aq_wait(op);
        bool good = users != NULL && users->count <= 256;
        size_t count = good ? users->count : 0;

        for (size_t i = 0; i < count; i++, seen++)
            good = good && ((User *)users->items[i])->id == first + seen;
        aq_op_close(op);
        if (!good)
            return -1;
        if (count == 0)
            return seen;
    }
}

static aq_query_t *users_in_order(aq_session_t *session)
{
    aq_query_t *query = aq_query(session, User);

    aq_order_by(query, aq_asc(User, id));
    return query;
}

static long held(void)
{
    aq_pool_stats_t stats = {0};

    aq_pool_get_stats(blog.context, NULL, &stats);
    return stats.held;
}

/* The text of the error of an op, which is closed. */
static const char *error_of(aq_op_t *op)
{
    static char text[512];

    aq_wait(op);
    snprintf(text, sizeof text, "%s: %s", aq_error_name(aq_op_code(op)),
             aq_op_error(op) != NULL ? aq_op_error(op)->message : "");
    aq_op_close(op);
    return text;
}

static long memory(void)
{
    struct rusage usage;

    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
}

static void test_reading(void)
{
    subtest("all objects come, in order, a batch at a time") {
        aq_session_t *session = aq_session_open(blog.context, NULL);
        aq_object_stream_t *stream = open_stream(users_in_order(session));
        aq_op_t *op = aq_object_stream_next(stream);
        aq_objects_t *users = aq_wait(op);
        User *first = users->items[0], *copy;
        const long seen = (long)users->count;

        is_str(first->username, "user1", "members are filled");
        ok(first->age.present && first->age.value == 1, "those that may be NULL too");
        is_int(aq_object_state(first), AQ_DETACHED, "they belong to no session");
        ok(aq_object_session(first) == NULL && !aq_contains(session, first), "indeed");
        is_int(aq_add(session, first), AQ_EINVAL, "and cannot be added to one");
        has_str(aq_last_error()->message, "aq_add: <User 1> is in memory of session ", "with this text");
        is_int(held(), 1, "the stream has a connection");
        copy = blog_wait(aq_merge(session, first));
        ok(copy != NULL && copy != first && copy->id == 1, "but they can be copied into one");
        aq_op_close(op);
        is_int(read_users(stream, 1 + seen) + seen, 100000, "the others come");
        is_int(held(), 0, "at its end the connection is back");
        is_int(read_users(stream, 0), 0, "asked again, it has ended again");
        aq_object_stream_close(stream);
        ok(copy != NULL && strcmp(copy->username, "user1") == 0, "what was copied stays");
        aq_session_close(session);
    }
    subtest("a stream with nothing in it") {
        aq_session_t *session = aq_session_open(blog.context, NULL);
        aq_query_t *query = aq_query(session, User);

        aq_filter(query, aq_lt(User, id, 0));
        is_int(read_users(open_stream(query), 0), 0, "it ends at once");
        aq_session_close(session);
        ok(true, "and is closed with its session");
    }
}

static void test_memory(void)
{
    subtest("100000 objects in the memory of some hundred") {
        aq_session_t *session = aq_session_open(blog.context, NULL);
        aq_object_stream_t *stream = open_stream(users_in_order(session));
        long before, after;

        is_int(read_users(open_stream(users_in_order(session)), 1), 100000, "once, so that all is warm");
        before = memory();
        is_int(read_users(stream, 1), 100000, "again");
        after = memory();
#ifdef AQ__ASAN
        before = after; /* its quarantine grows */
#endif
        ok(after - before < 1024, "the process grew by %ld KiB", after - before);
        aq_session_close(session);
    }
}

static void test_relations(void)
{
    subtest("to-one relationships come along, lists do not") {
        aq_session_t *session = aq_session_open(blog.context, NULL);
        aq_query_t *query = aq_query(session, Post);
        aq_objects_t *posts;
        aq_op_t *op;
        Post *post;

        cluster_sql(cluster, "insert into post (title, author_id) values ('a', 7), ('b', null), ('c', 7)");
        aq_order_by(query, aq_asc(Post, id));
        aq_option(query, aq_joined_load(Post, author));
        op = aq_object_stream_next(open_stream(query));
        posts = aq_wait(op);
        is_int(posts->count, 3, "three posts");
        post = posts->items[0];
        ok(aq_is_loaded(post, Post, author) && post->author != NULL && post->author->id == 7,
           "with its author");
        ok(((Post *)posts->items[1])->author == NULL, "that has none");
        ok(((Post *)posts->items[2])->author == post->author, "the same one within a batch");
        is_int(aq_object_state(post->author), AQ_DETACHED, "who belongs to no session either");
        ok(aq_list(post, Post, tags) == NULL, "a list that was not asked for is not loaded");
        aq_op_close(op);

        query = aq_query(session, User);
        aq_option(query, aq_joined_load(User, posts));
        is_str(error_of(aq_stream_of(query)),
               "AQ_EINVAL: stream: 'User.posts' is a list, of which a batch may have a part only: "
               "aq_lazy_load(User, posts) leaves it out",
               "a joined list");
        query = aq_query(session, User);
        aq_option(query, aq_selectin_load(User, posts));
        is_str(error_of(aq_stream_of(query)),
               "AQ_EINVAL: stream: 'User.posts' comes by a statement of its own: aq_lazy_load(User, posts) "
               "leaves it out",
               "one by a second statement");
        aq_session_close(session);
        cluster_sql(cluster, "delete from post");
    }
}

static void test_own_sql(void)
{
    subtest("statements of one's own are streamed too") {
        aq_session_t *session = aq_session_open(blog.context, NULL);

        is_int(read_users(
                   open_stream(aq_sql(session, &User_model, "select * from users where id <= $1 order by id",
                                      aq_args(aq_int4(1000)))),
                   1),
               1000, "by the columns' names");
        is_str(error_of(aq_stream_of(aq_sql(session, NULL, "select 1", NULL))),
               "AQ_EINVAL: stream: the statement has no model: aq_stream() gives its rows",
               "without a model");
        is_str(error_of(aq_object_stream_next(
                   open_stream(aq_sql(session, &User_model, "select username from users limit 1", NULL)))),
               "AQ_ECOLUMN: User: the statement has no column 'id'", "without the key");
        aq_session_close(session);
    }
}

/* ---- In a transaction --------------------------------------------------------------------------------------------------------------------- */

static void test_transaction(void)
{
    subtest("inside a transaction the stream has its connection") {
        aq_session_t *session = aq_session_open(blog.context, NULL);
        User *user = aq_new(session, User);
        aq_query_t *query = users_in_order(session);
        aq_object_stream_t *stream;
        aq_objects_t *users;
        aq_op_t *op;
        long seen;

        user->username = "new";
        aq_add(session, user);
        aq_filter(query, aq_ge(User, id, 99001));
        stream = open_stream(query);
        ok(aq_session_in_transaction(session), "what was pending is flushed before it");
        op = aq_object_stream_next(stream);
        users = aq_wait(op);
        seen = users != NULL ? (long)users->count : 0;
        ok(seen > 0, "it runs");
        is_int(held(), 1, "on the transaction's connection");
        aq_op_close(op);
        is_str(
            error_of(aq_count(query)),
            "AQ_EINVAL: count: a stream has the connection of the transaction on bind 'default': read it to "
            "its end or close it first",
            "which nothing else can use meanwhile");
        is_str(error_of(aq_stream_of(query)),
               "AQ_EINVAL: stream: a stream has the connection of the transaction on bind 'default': read it "
               "to its end or close it first",
               "no other stream either");
        user->age = aq_some_int4(3);
        is_str(error_of(aq_commit(session)),
               "AQ_EINVAL: commit: a stream has the connection of the transaction on bind 'default': read it "
               "to its end or close it first",
               "nor a commit");
        is_str(error_of(aq_begin_nested(session)),
               "AQ_EINVAL: begin_nested: a stream has the connection of the transaction on bind 'default': "
               "read it to its end or close it first",
               "nor a savepoint");
        ok(aq_session_is_active(session), "nothing is broken by that");
        is_int(read_users(stream, 99001 + seen) + seen, 1001, "the stream goes on, and has the new one");
        ok(blog_wait(aq_commit(session)) != NULL, "then it is committed");
        is_int(cluster_number(cluster, "select age from users where username = 'new'"), 3, "all of it");
        aq_session_close(session);
        cluster_sql(cluster, "delete from users where username = 'new'");
    }
    subtest("a rollback ends it") {
        aq_session_t *session = aq_session_open(blog.context, NULL);
        aq_object_stream_t *stream;
        aq_op_t *op;

        ok(blog_wait(aq_begin(session, NULL)) != NULL, "begin");
        stream = open_stream(users_in_order(session));
        op = aq_object_stream_next(stream);
        ok(aq_wait(op) != NULL, "a batch");
        aq_op_close(op);
        ok(blog_wait(aq_rollback(session)) != NULL, "rollback");
        is_str(error_of(aq_object_stream_next(stream)),
               "AQ_ECLOSED: stream: the transaction that it was in has ended", "it is told to who asks");
        is_str(error_of(aq_object_stream_next(stream)),
               "AQ_ECLOSED: stream: the transaction that it was in has ended", "and asks again");
        op = aq_count(aq_query(session, User));
        ok(aq_wait(op) != NULL && *(int64_t *)aq_op_value(op) == 100000, "the session goes on");
        aq_op_close(op);
        aq_session_close(session);
    }
}

/* ---- Ends ------------------------------------------------------------------------------------------------------------------------------------- */

#define FAILS_LATE \
    "select id, username, email, 1 / (1000 - id) age from (select * from users order by id offset 0) users"

static void test_ends(void)
{
    subtest("an error in the middle comes after the batches before it") {
        aq_session_t *session = aq_session_open(blog.context, NULL);
        aq_object_stream_t *stream = open_stream(aq_sql(session, &User_model, FAILS_LATE, NULL));
        size_t seen = 0;
        int code = AQ_OK;

        while (code == AQ_OK) {
            aq_op_t *op = aq_object_stream_next(stream);
            aq_objects_t *users = aq_wait(op);

            seen += users != NULL ? users->count : 0;
            code = aq_op_code(op);
            aq_op_close(op);
        }
        is_int(seen, 999, "what came before it is given");
        is_str(error_of(aq_object_stream_next(stream)), "AQ_EDATA: division by zero",
               "then the error, again and again");
        is_int(held(), 0, "the connection is back");
        aq_session_close(session);
    }
    subtest("a query that is wrong, or fails at once") {
        aq_session_t *session = aq_session_open(blog.context, NULL);
        aq_query_t *query = aq_query(session, User);

        aq_filter_by(query, "nope", aq_int4(1));
        is_str(error_of(aq_stream_of(query)), "AQ_EINVAL: 'User' has no column 'nope'", "wrong");
        query = aq_query(session, User);
        aq_for_update(query, AQ_FOR_UPDATE, AQ_LOCK_WAIT);
        is_str(error_of(aq_stream_of(query)),
               "AQ_EINVAL: stream: rows are locked until the end of a transaction: aq_begin() one first",
               "a lock");
        is_str(error_of(aq_stream_of(aq_sql(session, &User_model, "select 1 / 0 id", NULL))),
               "AQ_EDATA: division by zero", "its first row");
        aq_session_close(session);
    }
    subtest("asked twice, canceled, closed") {
        aq_session_t *session = aq_session_open(blog.context, NULL);
        aq_object_stream_t *stream = open_stream(users_in_order(session));
        aq_op_t *first = aq_object_stream_next(stream), *second = aq_object_stream_next(stream);

        is_str(error_of(second),
               "AQ_EINVAL: stream: the objects asked for before have not come yet (one "
               "aq_object_stream_next() at "
               "a time)",
               "one at a time");
        aq_cancel(first);
        is_str(error_of(first), "AQ_ECANCELED: stream: canceled while it waited for objects", "canceled");
        is_int(read_users(stream, 1), 100000, "the objects stay for the next who asks");
        aq_object_stream_close(stream);

        stream = open_stream(users_in_order(session));
        first = aq_object_stream_next(stream);
        aq_object_stream_close(stream);
        is_str(error_of(first), "AQ_ECANCELED: stream: it was closed while its objects were waited for",
               "closed");
        aq_object_stream_close(NULL);

        stream = open_stream(users_in_order(session));
        first = aq_object_stream_next(stream);
        aq_session_close(session);
        is_str(error_of(first), "AQ_ECANCELED: stream: it was closed while its objects were waited for",
               "closed with its session");
    }
    subtest("given up while it is opened") {
        aq_session_t *session = aq_session_open(blog.context, NULL);
        aq_op_t *op =
            aq_stream_of(aq_sql(session, &User_model, "select 1 id, 'x' username from pg_sleep(10)", NULL));

        for (int i = 0; i < 50; i++)
            uv_run(&blog.uv, UV_RUN_NOWAIT), usleep(2000);
        aq_cancel(op);
        is_str(error_of(op), "AQ_ECANCELED: stream: canceled", "canceled");
        op = aq_stream_of(users_in_order(session));
        for (int i = 0; i < 3; i++)
            uv_run(&blog.uv, UV_RUN_NOWAIT);
        aq_session_close(session);
        is_str(error_of(op), "AQ_ECLOSED: stream: the session was closed", "the session is closed");
        op = aq_sleep(aq_context_loop(blog.context), 300);
        aq_wait(op);
        aq_op_close(op);
        is_int(held(), 0, "nothing is held");
    }
}

/* ---- Structs ------------------------------------------------------------------------------------------------------------------------------------ */

typedef struct Total {
    const char *name;
    int64_t posts;
    aq_float8_null_t mean;
    aq_text_array_t titles;
} Total;

static const aq_column_t total_columns[] = {
    AQ_TEXT(Total, name),
    AQ_INT8(Total, posts, .name = "post count"),
    AQ_FLOAT8_NULL(Total, mean),
    AQ_TEXT_ARRAY_NULL(Total, titles),
};

typedef struct Small {
    int32_t id;
    char rest[4];
} Small;

static const aq_column_t small_columns[] = {AQ_INT4(Small, id)};

static void test_into(void)
{
    subtest("rows into structs") {
        aq_session_t *session = aq_session_open(blog.context, NULL);
        aq_query_t *query = aq_query(session, Post);
        aq_structs_t *structs;
        const Total *totals;
        const Small *small;

        cluster_sql(
            cluster,
            "insert into post (title, author_id, views) values ('a', 7, 1), ('b', 7, 4), ('c', 8, 0)");
        structs = blog_wait(aq_into(
            aq_sql(
                session, NULL,
                "select array_agg(title order by title) titles, username as name, count(*) as \"post count\","
                " case when author_id = 7 then avg(views)::float8 end mean, 1 other from post"
                " join users on users.id = author_id group by username, author_id order by 2",
                NULL),
            Total, total_columns));
        is_int(structs != NULL ? structs->count : 0, 2, "two of them");
        totals = structs->items;
        is_str(totals[0].name, "user7", "text");
        is_int(totals[0].posts, 2, "a number, by its name in the result");
        ok(totals[0].mean.present && totals[0].mean.value == 2.5, "one that may be NULL");
        ok(!totals[1].mean.present, "and is");
        ok(totals[0].titles.count == 2 && strcmp(totals[0].titles.items[1], "b") == 0, "an array");
        aq_columns(query, aq_label("id", aq_fragment0("max({Post.id})")));
        structs = blog_wait(aq_into(query, Small, small_columns));
        small = structs->items;
        ok(structs->count == 1 && small[0].id > 0, "of a query's columns");
        structs =
            blog_wait(aq_into(aq_sql(session, NULL, "select 1 id where false", NULL), Small, small_columns));
        ok(structs != NULL && structs->count == 0, "no rows: none");
        cluster_sql(cluster, "delete from post");
        aq_session_close(session);
    }
    subtest("what does not fit") {
        aq_session_t *session = aq_session_open(blog.context, NULL);

        is_str(error_of(aq_into(aq_sql(session, NULL, "select 1 other", NULL), Small, small_columns)),
               "AQ_ECOLUMN: Small: the statement has no column 'id'", "a column that is not there");
        is_str(error_of(aq_into(aq_sql(session, NULL, "select 'x'::text id", NULL), Small, small_columns)),
               "AQ_ETYPE: Small.id: row 0, column 'id' (0): type 25 (text) where an int4 was asked for",
               "a value of another type");
        is_str(error_of(aq_into(aq_sql(session, NULL, "select 5000000000 id", NULL), Small, small_columns)),
               "AQ_ERANGE: Small.id: row 0, column 'id' (0): 5000000000 does not fit an int4",
               "one that is too big");
        is_str(error_of(aq_into(aq_query(session, User), Small, small_columns)),
               "AQ_EINVAL: the query has no columns: aq_columns() says which", "objects");
        is_str(
            error_of(aq_query_into(aq_sql(session, NULL, "select 1 id", NULL), 2, small_columns, 1, AQ_HERE)),
            "AQ_EINVAL: into: Small.id is not within the 2 bytes of the struct", "a struct that is smaller");
        is_str(error_of(aq_query_into(aq_sql(session, NULL, "select 1 post_id", NULL), 8, post_tags_columns,
                                      1, AQ_HERE)),
               "AQ_EINVAL: into: column 'post_id' is that of a table, and of no struct",
               "columns of a table");
        is_str(error_of(aq_into(aq_sql(session, NULL, "select 1 / 0 id", NULL), Small, small_columns)),
               "AQ_EDATA: division by zero", "the server's error");
        aq_session_close(session);
    }
}

/* ---- Without memory ------------------------------------------------------------------------------------------------------------------------------ */

typedef struct attempt {
    int wrong; /* neither complete nor AQ_ENOMEM */
    long seen;
    size_t structs;
} attempt_t;

static void judge(attempt_t *attempt, const aq_op_t *op)
{
    if (aq_op_code(op) == AQ_OK || aq_op_code(op) == AQ_ENOMEM)
        return;
    attempt->wrong++;
    diag("%s: %s", aq_error_name(aq_op_code(op)), aq_op_error(op)->message);
}

static void read_stream(attempt_t *attempt, aq_session_t *session)
{
    aq_query_t *query = users_in_order(session);
    aq_op_t *op = aq_stream_of(aq_filter(query, aq_le(User, id, 600)));
    aq_object_stream_t *stream = aq_wait(op);
    bool goes_on = stream != NULL;

    judge(attempt, op);
    aq_op_close(op);
    attempt->seen = 0;
    while (goes_on) {
        aq_objects_t *users;

        op = aq_object_stream_next(stream);
        users = aq_wait(op);
        goes_on = users != NULL && users->count > 0;
        attempt->seen += goes_on ? (long)users->count : 0;
        judge(attempt, op);
        aq_op_close(op);
    }
    if (attempt->seen % 2 == 0)
        aq_object_stream_close(stream); /* else the session does */
}

static void read_structs(attempt_t *attempt, aq_session_t *session)
{
    aq_op_t *op = aq_into(
        aq_sql(session, NULL,
               "select 'n' as name, 1::int8 as \"post count\", null::float8 mean, '{a,b}'::text[] titles",
               NULL),
        Total, total_columns);
    aq_structs_t *structs = aq_wait(op);

    attempt->structs = structs != NULL ? structs->count : 0;
    judge(attempt, op);
    aq_op_close(op);
}

static bool try_both(void *data)
{
    attempt_t *attempt = data;
    aq_session_t *session = aq_session_open(blog.context, NULL);

    if (session != NULL) {
        read_stream(attempt, session);
        read_structs(attempt, session);
    }
    aq_session_close(session);
    return atomic_load(&allocations.refused) == 0;
}

static void test_no_memory(void)
{
    subtest("whichever allocation fails, it is told, and the next try goes well") {
        attempt_t attempt = {0};
        size_t tries = fail_each_request(try_both, &attempt, 2000);

        is_int(attempt.wrong, 0, "what fails is AQ_ENOMEM");
        ok(tries > 50 && tries < 2000, "%zu tries", tries);
        is_int(attempt.seen, 600, "in the end all objects come");
        is_int(attempt.structs, 1, "and the struct");
        is_int(held(), 0, "nothing is held");
    }
}

static bool nothing_is_left(void)
{
    for (int i = 0; i < 3000 && atomic_load(&allocations.blocks) != 0; i++)
        usleep(1000); /* a thread that cancels may outlive its pool by a moment */
    return all_memory_is_back();
}

int main(void)
{
    aq_set_allocator(counting_allocator, NULL);
    cluster = cluster_start(NULL);
    blog_open(&blog, cluster, NULL);
    cluster_sql(cluster,
                "insert into users (username, age) select 'user' || i, i from generate_series(1, 100000) i");
    test_reading();
    test_memory();
    test_relations();
    test_own_sql();
    test_transaction();
    test_ends();
    test_into();
    test_no_memory();
    ok(blog_close(&blog), "everything closes");
    ok(nothing_is_left(), "nothing is left");
    uv_library_shutdown(); /* of the threads that cancel */
    cluster_close(cluster);
    return tap_done();
}
