/* The code of docs/sessions.md, compiled and run; t/docs.t compares the two. */
#include "t/blog.h"
#include "t/golden.h"
#include "t/loops.h"

static cluster_t *cluster;
static blog_t blog;
static char said[1024]; /* what the page's code says last */

static void say(const char *format, ...) TAP_FORMAT(1, 2);

static void say(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(said, sizeof said, format, arguments);
    va_end(arguments);
}

static aq_session_t *open_session(void)
{
    aq_session_t *session = aq_session_open(blog.context, NULL);

    if (session == NULL)
        bail_out("%s", aq_last_error()->message);
    return session;
}

/* Some rows: ann with three posts, the first of which has tags, bob with none; categories "c" and "sql". */
static void fill(void)
{
    cluster_sql(cluster, "truncate users, post, category, tag, post_tags, hit restart identity;"
                         "insert into users (username, email, age)"
                         "    values ('ann', 'ann@example.org', 30), ('bob', null, 17);"
                         "insert into category (name) values ('c'), ('sql');"
                         "insert into post (title, author_id, category_id, views)"
                         "    values ('first', 1, 1, 1), ('second', 1, 1, 20), ('third', 1, 2, 300);"
                         "insert into tag (name) values ('long'), ('short');"
                         "insert into post_tags values (1, 1), (1, 2), (2, 2)");
}

/* A part of the page: a task of its own, on the rows of fill(). */
typedef struct part {
    const char *name;
    void (*run)(aq_context_t *context);
} part_t;

static void *run_in_task(void *data)
{
    ((const part_t *)data)->run(blog.context);
    return NULL;
}

static void run_part(const part_t *part)
{
    subtest("%s", part->name) {
        fill();
        blog_wait(aq_spawn(aq_context_loop(blog.context), run_in_task, (void *)(uintptr_t)part));
    }
}

/* ---- Opening and closing --------------------------------------------------------------------------------------------- */

static void open_and_close(aq_context_t *context)
{
    aq_session_t *session = aq_session_open(context, NULL);
    User *user = aq_new(session, User);

    user->username = "eve";
    aq_add(session, user);
    aq_op_t *commit = aq_commit(session);
    if (aq_await(commit) == NULL)
        say("%s", aq_op_error(commit)->message);
    else
        say("%s has id %d", user->username, user->id);
    aq_session_close(session); /* and user is gone */

    is_str(said, "eve has id 3", "committed");
}

static void options_and_scopes(aq_context_t *context)
{
    const aq_session_options_t options = {.read_only = true, .autoflush = AQ_OFF};
    aq_session_t *reader = aq_session_open(context, &options);

    ok(reader != NULL, "with options");
    aq_session_close(reader);

    aq_context_push(context);
    aq_session_t *session = aq_session_current(NULL); /* made by the first who asks */
    User *ann = aq_await(aq_get(session, User, 1));

    is_str(ann->username, "ann", "the scope's session works");
    ok(aq_session_current(NULL) == session, "and is one");

    aq_session_remove(NULL); /* closed; else with its context */
    aq_context_pop();
}

/* ---- Objects --------------------------------------------------------------------------------------------------------- */

static void states(aq_context_t *context)
{
    aq_session_t *session = aq_session_open(context, NULL);
    aq_text_t text = {0};

    User *user = aq_new(session, User);
    user->username = "eve";
    is_str(aq_state_name(aq_object_state(user)), "transient", "new");
    aq_add(session, user);
    is_str(aq_state_name(aq_object_state(user)), "pending", "added");
    aq_object_append(&text, user); /* "<User (pending)>" */
    is_str(aq_text_string(&text), "<User (pending)>", "its name");
    aq_await(aq_flush(session));
    is_str(aq_state_name(aq_object_state(user)), "persistent", "flushed");
    aq_delete(session, user);
    aq_await(aq_flush(session));
    is_str(aq_state_name(aq_object_state(user)), "deleted", "deleted");
    aq_await(aq_commit(session));
    is_str(aq_state_name(aq_object_state(user)), "detached", "and gone");
    is_int(aq_add(session, user), AQ_EINVAL, "not to come back");

    aq_text_dispose(&text);
    aq_session_close(session);
}

static void changing(aq_context_t *context)
{
    aq_session_t *session = aq_session_open(context, NULL);

    User *ann = aq_await(aq_get(session, User, 1));
    char email[32];

    snprintf(email, sizeof email, "%s@example.com", ann->username);
    ann->email = email;
    ann->age = aq_some_int4(31);
    aq_await(aq_commit(session)); /* update users set email, age; ann->email is the session's own copy now */
    ann->age.present = false;
    aq_await(aq_commit(session)); /* update users set age = null */
    aq_await(aq_commit(session)); /* nothing changed: nothing is sent */

    is_int(
        cluster_number(cluster, "select count(*) from users where email = 'ann@example.com' and age is null"),
        1, "both are written");
    ok(ann->email != email, "the text is the session's");
    ann->username = "eve";
    ok(aq_is_modified(session, ann), "modified");

    aq_expire(session, ann); /* what was changed is forgotten, the next get or query loads it anew */
    ann = aq_await(aq_get(session, User, 1));

    is_str(ann->username, "ann", "loaded anew");
    ok(!aq_is_modified(session, ann), "not modified");

    aq_flag_modified(ann, User, username); /* written, whatever its value */
    ok(aq_is_modified(session, ann), "flagged");
    aq_session_close(session);
}

static void deleting(aq_context_t *context)
{
    aq_session_t *session = aq_session_open(context, NULL);

    User *bob = aq_await(aq_get(session, User, 2)), *ann = aq_await(aq_get(session, User, 1));
    aq_delete(session, bob);
    aq_delete(session, ann);
    aq_add(session, ann); /* taken back */
    aq_await(aq_commit(session));

    is_int(cluster_number(cluster, "select count(*) from users"), 1, "one is left");
    aq_session_close(session);
}

/* ---- What a commit sends ------------------------------------------------------------------------------------------------ */

static void append_records(aq_text_t *text, aq_session_t *session)
{
    for (size_t i = 0; i < aq_session_record_count(session); i++)
        aq_text_appendf(text, "%s;\n-- [%s]\n", aq_session_record(session, i)->statement,
                        aq_session_record(session, i)->parameters);
}

static void what_a_commit_sends(aq_context_t *context)
{
    aq_session_t *session = aq_session_open(context, NULL);
    User *ann = aq_await(aq_get(session, User, 1)), *bob = aq_await(aq_get(session, User, 2));
    aq_text_t sent = {0};

    aq_session_clear_records(session);

    User *eve = aq_new(session, User);
    eve->username = "eve";
    aq_add(session, eve);
    for (int i = 0; i < 1000; i++) {
        Post *post = aq_new(session, Post);

        post->title = "again";
        aq_append(eve, User, posts, post);
    }
    ann->age = aq_some_int4(31);
    aq_delete(session, bob);
    aq_await(aq_commit(session));

    append_records(&sent, session);
    is_golden(aq_text_string(&sent), "sessions.sql", "what the commit sent");
    is_int(cluster_number(cluster, "select count(*) from post where author_id = %d", eve->id), 1000,
           "the posts have their author");
    aq_text_dispose(&sent);
    aq_session_close(session);
}

/* ---- Transactions --------------------------------------------------------------------------------------------------------- */

static void rolling_back(aq_context_t *context)
{
    aq_session_t *session = aq_session_open(context, NULL);
    User *ann = aq_await(aq_get(session, User, 1));

    User *other = aq_new(session, User);
    other->username = "ann"; /* which is taken */
    aq_add(session, other);
    ann->age = aq_some_int4(31);
    aq_op_t *flush = aq_flush(session);
    if (aq_await(flush) == NULL && aq_op_code(flush) == AQ_EUNIQUE) {
        say("%s is taken: %s", other->username, aq_op_error(flush)->constraint);
        aq_await(aq_rollback(session)); /* until then every op of the session fails with AQ_EINACTIVE */
    }

    is_str(said, "ann is taken: users_username_key", "the error tells which");
    ok(aq_session_is_active(session), "active again");
    is_int(ann->age.value, 30, "the member is as it was");
    is_str(aq_state_name(aq_object_state(other)), "transient", "the object is transient");
    aq_session_close(session);
}

static void savepoints(aq_context_t *context)
{
    aq_session_t *session = aq_session_open(context, NULL);
    User *ann = aq_await(aq_get(session, User, 1));

    ann->age = aq_some_int4(31);
    aq_await(aq_begin_nested(session)); /* flushes, then SAVEPOINT */
    ann->age = aq_some_int4(-1);
    if (aq_await(aq_flush(session)) == NULL) /* a check is violated */
        aq_await(aq_rollback_nested(session));
    else
        aq_await(aq_commit_nested(session));
    aq_await(aq_commit(session)); /* 31 */

    is_int(ann->age.value, 31, "in memory");
    is_int(cluster_number(cluster, "select age from users where id = 1"), 31, "and on the server");
    aq_session_close(session);
}

static void isolation(aq_context_t *context)
{
    aq_session_t *session = aq_session_open(context, NULL);

    aq_begin(session, &(aq_begin_options_t){.isolation = AQ_REPEATABLE_READ, .read_only = true});
    aq_objects_t *users = aq_await(aq_all(aq_query(session, User)));
    aq_objects_t *posts = aq_await(aq_all(aq_query(session, Post))); /* of the same moment */
    aq_await(aq_commit(session));                                    /* gives the connection back */

    ok(users->count == 2 && posts->count == 3, "both");
    ok(!aq_session_in_transaction(session), "it has ended");
    aq_session_close(session);
}

static int count_view(aq_session_t *session, void *data)
{
    Post *post;

    aq_begin(session, &(aq_begin_options_t){.isolation = AQ_SERIALIZABLE}); /* need not be awaited */
    aq_op_t *get = aq_get(session, Post, *(const int32_t *)data);
    if ((post = aq_await(get)) == NULL)
        return aq_op_code(get) != AQ_OK ? aq_op_code(get) : AQ_ENOENT; /* rolled back */
    post->views++;
    return AQ_OK; /* committed */
}

static void running(aq_context_t *context)
{
    aq_session_t *session = aq_session_open(context, NULL);
    int32_t id = 1;

    aq_op_t *op = aq_run(session, count_view, &id, 5);
    if (aq_await(op) == NULL)
        say("%s", aq_op_error(op)->message);

    is_int(cluster_number(cluster, "select views from post where id = 1"), 2, "counted");
    id = 100;
    ok(aq_await(aq_run(session, count_view, &id, 5)) == NULL, "there is no such post");
    aq_session_close(session);
}

static void outcomes(aq_context_t *context)
{
    aq_session_t *session = aq_session_open(context, NULL);
    aq_op_t *commit = aq_commit(session);

    aq_await(commit);
    switch (aq_op_code(commit)) {
    case AQ_OK: say("committed"); break;
    case AQ_ECOMMITUNKNOWN: say("the connection was lost while COMMIT was on its way: look"); break;
    case AQ_EPARTIALCOMMIT: say("some binds have committed"); break; /* aq_session_bind_code() */
    default: say("nothing was committed"); break;
    }

    is_str(said, "committed", "committed");
    aq_session_close(session);
}

typedef struct Hit {
    aq_object_t object;
    int64_t id;
    const char *path;
} Hit;

static const aq_column_t hit_columns[] = {
    AQ_INT8(Hit, id, .primary_key = true),
    AQ_TEXT(Hit, path),
};
AQ_MODEL(Hit, hit_columns, AQ_NONE, .bind = "stats");

static void several_binds(aq_context_t *context)
{
    aq_session_t *session = aq_session_open(context, NULL);
    User *user = aq_new(session, User);
    Hit *hit = aq_new(session, Hit);

    user->username = "eve";
    hit->path = "/users";
    aq_add_all(session, (void *[]){user, hit}, 2);
    aq_await(aq_commit(session)); /* two units at once, one for each bind */
    if (aq_session_bind_code(session, NULL) == AQ_OK && aq_session_bind_code(session, "stats") == AQ_OK)
        say("both");

    is_str(said, "both", "both have committed");
    is_int(cluster_number(cluster, "select count(*) from hit"), 1, "the other bind's row");
    aq_session_close(session);
}

static void joining(aq_context_t *context)
{
    aq_lane_t *lane = aq_await(aq_acquire(context, NULL));
    aq_await(aq_lane_execute(lane, "begin", NULL));

    aq_session_t *session = aq_session_open(context, &(aq_session_options_t){.lane = lane});
    User *ann = aq_await(aq_get(session, User, 1));
    ann->age = aq_some_int4(99);
    aq_await(aq_commit(session)); /* to the session and its signals a commit, to the server a savepoint */
    aq_session_close(session);

    aq_await(aq_lane_execute(lane, "rollback", NULL));
    aq_release(lane);

    is_int(cluster_number(cluster, "select age from users where id = 1"), 30, "nothing is left of it");
}

/* ---- Relationships ------------------------------------------------------------------------------------------------------------ */

static void relating(aq_context_t *context)
{
    aq_session_t *session = aq_session_open(context, NULL);
    User *ann = aq_await(aq_get(session, User, 1));
    Category *sql = aq_await(aq_get(session, Category, 2));

    Post *post = aq_new(session, Post);
    post->title = "fourth";
    aq_set(post, Post, author, ann);
    post->category = sql; /* the same, but category->posts knows it only after the flush */
    Tag *tag = aq_new(session, Tag);
    tag->name = "new";
    aq_append(post, Post, tags, tag);
    aq_await(aq_commit(session)); /* ann is in the session, so post is, so tag is */

    is_int(cluster_number(cluster, "select author_id from post where title = 'fourth'"), 1, "author");
    is_int(cluster_number(cluster, "select category_id from post where title = 'fourth'"), 2, "category");
    is_int(cluster_number(cluster, "select count(*) from post_tags where post_id = %d", post->id), 1, "tag");

    aq_remove(post, Post, tags, tag); /* deletes the row of post_tags */
    aq_set(post, Post, author, NULL); /* author_id becomes NULL */
    aq_await(aq_commit(session));

    is_int(cluster_number(cluster, "select count(*) from post_tags where post_id = %d", post->id), 0,
           "no tag");
    ok(!post->author_id.present, "no author");
    aq_session_close(session);
}

static void loading(aq_context_t *context)
{
    aq_session_t *session = aq_session_open(context, NULL);

    User *ann = aq_await(aq_get(session, User, 1));
    const aq_many_t *posts = aq_list(ann, User, posts); /* NULL, AQ_ENOTLOADED: nobody has loaded them */

    ok(posts == NULL && aq_last_error()->code == AQ_ENOTLOADED, "not loaded");
    say("%s", aq_last_error()->message);
    is_str(said, "User.posts is not loaded: aq_load() it, or load it with the query", "the text");

    posts = aq_await(aq_load(ann, User, posts));
    for (size_t i = 0; i < posts->count; i++) {
        const Post *post = posts->items[i];

        say("%s by %s", post->title, post->author->username);
    }

    is_str(said, "third by ann", "the other side is known");

    aq_objects_t *all = aq_await(aq_all(aq_query(session, Post)));
    aq_await(aq_load_all(session, all, Post, tags)); /* one statement for all of them */

    is_int(((Post *)all->items[0])->tags.count, 2, "tags");
    aq_session_close(session);
}

static void loading_with_the_query(aq_context_t *context)
{
    aq_session_t *session = aq_session_open(context, NULL);

    aq_query_t *query = aq_query(session, User);
    aq_option(query, aq_selectin_load(User, posts));
    aq_option(query, aq_joined_load(Post, category));
    aq_option(query, aq_subquery_load(Post, tags));
    aq_objects_t *users = aq_await(aq_all(query)); /* three statements, however many users */

    const User *ann = users->items[0];
    const Post *first = ann->posts.items[0];
    is_str(first->category->name, "c", "two steps away");
    is_int(first->tags.count, 2, "and three");
    is_int(aq_session_record_count(session), 3, "three statements");
    aq_session_close(session);
}

static int on_n_plus_one(void *data, aq_session_t *session)
{
    const aq_record_t *last = aq_session_record(session, aq_session_record_count(session) - 1);

    say("%s: %s", last->place.line, last->statement);
    *(int *)data += 1;
    return AQ_OK;
}

static void n_plus_one(aq_context_t *context)
{
    aq_session_t *session = aq_session_open(context, &(aq_session_options_t){.n_plus_one = 2});
    int told = 0;

    aq_session_on(session, AQ_N_PLUS_ONE, on_n_plus_one, &told);
    aq_objects_t *posts = aq_await(aq_all(aq_query(session, Post)));
    for (size_t i = 0; i < posts->count; i++)
        aq_await(aq_load(posts->items[i], Post, tags)); /* told at the third */

    is_int(told, 1, "told once: %s", said);
    aq_session_close(session);
}

/* ---- Queries ------------------------------------------------------------------------------------------------------------------ */

static size_t count_of(aq_query_t *query)
{
    const int64_t *count = aq_await(aq_count(query));

    if (count == NULL)
        diag("%s", aq_last_error()->message);
    return count != NULL ? (size_t)*count : 999;
}

static void querying(aq_context_t *context)
{
    aq_session_t *session = aq_session_open(context, NULL);

    aq_query_t *query = aq_query(session, Post);
    aq_filter(query, aq_gt(Post, views, 10));
    aq_filter(query, aq_like(Post, title, "%d")); /* and */
    aq_order_by(query, aq_desc(Post, views));
    aq_limit(query, 20);
    aq_objects_t *posts = aq_await(aq_all(query));

    is_int(posts->count, 2, "two");
    is_str(((Post *)posts->items[0])->title, "third", "in order");

    Post *post = aq_await(aq_first(query)); /* NULL without an error: there is none */
    int64_t *count = aq_await(aq_count(query));
    bool *any = aq_await(aq_any(query));

    ok(*any && *count == 2 && post == posts->items[0], "first, count, any");

    query = aq_filter(aq_query(session, User), aq_eq(User, username, "nobody"));
    aq_op_t *one = aq_one(query);
    if (aq_await(one) == NULL)
        say("%s", aq_op_error(one)->message); /* AQ_ENOROW; AQ_EMANYROWS */

    is_str(said, "one: no row was found when one was required", "one");

    User *nobody = aq_await(aq_one_or_none(query)); /* NULL */

    ok(nobody == NULL, "none");
    aq_session_close(session);
}

static void expressions(aq_context_t *context)
{
    aq_session_t *session = aq_session_open(context, NULL);
    aq_query_t *query = aq_query(session, User);

    const int32_t ids[] = {1, 2, 3};
    aq_filter(query, aq_in(User, id, ids, 3)); /* one parameter: the text is the same for any number */
    aq_filter(query, aq_not_in(User, id, ids, 0));
    aq_filter(query, aq_between(User, age, 18, 65));
    aq_filter(query, aq_or(aq_is_null(User, email), aq_ends_with(User, email, "@example.org")));
    aq_filter(query, aq_not(aq_and(aq_eq(User, username, "eve"), aq_is_not_null(User, age))));
    aq_filter(query, aq_compare(aq_column(User, age), AQ_GT, aq_column(User, id)));
    aq_filter(query, aq_fragment("lower({User.username}) = $1 or {User.age} + $2 > 100", "ann", 1));
    aq_filter_by(query, "username", aq_text("ann"));

    is_int(count_of(query), 1, "ann");

    query = aq_query(session, User);
    aq_query_t *posts = aq_query(session, Post);
    aq_filter(posts, aq_compare(aq_column(Post, author_id), AQ_EQ, aq_column(User, id)));
    aq_filter(query, aq_not(aq_exists(posts))); /* users without posts */

    is_int(count_of(query), 1, "bob");

    query = aq_query(session, Post);
    aq_join(query, Post, author);
    aq_outer_join(query, Post, category);
    aq_filter(query, aq_eq(User, username, "ann"));
    aq_order_by(query, aq_asc(Category, name));
    aq_order_by_text(query, "views desc nulls last, id"); /* a visitor's choice: columns of Post only */

    is_int(count_of(query), 3, "joined");
    aq_session_close(session);
}

static void refused(aq_context_t *context)
{
    aq_session_t *session = aq_session_open(context, NULL);

    aq_query_t *query = aq_query(session, User);
    aq_filter(query, aq_fragment0("true) or (true"));
    aq_op_t *all = aq_all(query);
    if (aq_await(all) == NULL)
        say("%s", aq_op_error(all)->message);

    ok(aq_op_code(all) != AQ_OK, "refused: %s", said);
    aq_session_close(session);
}

typedef struct Total {
    const char *author;
    int64_t views;
} Total;

static const aq_column_t total_columns[] = {
    AQ_TEXT(Total, author),
    AQ_INT8(Total, views),
};

static void columns(aq_context_t *context)
{
    aq_session_t *session = aq_session_open(context, NULL);

    aq_query_t *query = aq_join(aq_query(session, Post), Post, author);
    aq_columns(query, aq_label("author", aq_column(User, username)),
               aq_label("views", aq_fragment0("sum({Post.views})")));
    aq_group_by(query, aq_column(User, username));
    aq_having(query, aq_fragment("count(*) > $1", 1));
    aq_rows_t *rows = aq_await(aq_tuples(query));                          /* of the op */
    aq_structs_t *totals = aq_await(aq_into(query, Total, total_columns)); /* of the session */
    const Total *total = totals->items;
    say("%s: %d", total->author, (int)total->views);

    is_str(said, "ann: 321", "structs");
    is_int(aq_as_int8(aq_cell_named(rows, 0, "views")), 321, "tuples");

    query = aq_columns(aq_query(session, User), aq_label("oldest", aq_fragment0("max({User.age})")));
    aq_cell_t *oldest = aq_await(aq_scalar(query));

    is_int(aq_as_int4(*oldest), 30, "scalar");
    aq_session_close(session);
}

static void own_sql(aq_context_t *context)
{
    aq_session_t *session = aq_session_open(context, NULL);

    const char *text = "select * from users where age > :age or username = :name order by id";
    aq_query_t *query =
        aq_sql_named(session, &User_model, text, aq_named({"age", aq_int4(18)}, {"name", aq_text("bob")}));
    aq_objects_t *users = aq_await(aq_all(query)); /* objects of the session, as any others */

    is_int(users->count, 2, "two");

    query =
        aq_sql(session, NULL, "update post set views = 0 where id = $1 returning title", aq_args(aq_int4(1)));
    aq_rows_t *rows = aq_await(aq_tuples(query));

    is_str(aq_as_text(aq_cell(rows, 0, 0)), "first", "tuples");
    aq_await(aq_commit(session));
    aq_session_close(session);
}

static void bulk(aq_context_t *context)
{
    aq_session_t *session = aq_session_open(context, NULL);

    aq_query_t *query = aq_filter(aq_query(session, Post), aq_lt(Post, views, 100));
    uint64_t *count = aq_await(aq_bulk_update(
        query, aq_assign(Post, body, "few"), aq_assign_to(Post, views, aq_fragment("{Post.views} + $1", 1))));
    aq_await(aq_commit(session));

    is_int(*count, 2, "two rows");
    is_int(cluster_number(cluster, "select sum(views) from post"), 323, "changed");

    aq_await(aq_bulk_delete(aq_filter(aq_query(session, User), aq_is_null(User, email))));
    aq_await(aq_commit(session));

    is_int(cluster_number(cluster, "select count(*) from users"), 1, "one is deleted");
    aq_session_close(session);
}

static void locks(aq_context_t *context)
{
    aq_session_t *session = aq_session_open(context, NULL);

    aq_begin(session, NULL);
    aq_query_t *query = aq_filter(aq_query(session, Post), aq_lt(Post, views, 100));
    aq_for_update(aq_limit(query, 1), AQ_FOR_UPDATE, AQ_LOCK_SKIP); /* one that nobody works at */
    Post *post = aq_await(aq_first(query));
    post->views++;
    aq_await(aq_commit(session));

    is_int(cluster_number(cluster, "select sum(views) from post"), 322, "changed");
    aq_session_close(session);
}

static void streams(aq_context_t *context)
{
    aq_session_t *session = aq_session_open(context, NULL);
    int64_t views = 0;

    aq_object_stream_t *stream = aq_await(aq_stream_of(aq_query(session, Post)));
    for (aq_objects_t *batch; (batch = aq_await(aq_object_stream_next(stream))) != NULL && batch->count > 0;)
        for (size_t i = 0; i < batch->count; i++)
            views += ((const Post *)batch->items[i])->views;
    aq_object_stream_close(stream);

    is_int(views, 321, "all rows");
    aq_session_close(session);
}

static void json(aq_context_t *context)
{
    aq_session_t *session = aq_session_open(context, NULL);

    aq_query_t *query = aq_filter(aq_query(session, Post), aq_eq(Post, id, 1));
    aq_option(query, aq_joined_load(Post, tags));
    const aq_bytes_t *text = aq_await(aq_json_of(query));
    say("%s", (const char *)text->data);

    has_str(said, "\"tags\"", "tags inside: %s", said);
    aq_session_close(session);
}

/* ---- Who is told -------------------------------------------------------------------------------------------------------------- */

static int on_committed(void *data, aq_session_t *session, const aq_changes_t *changes)
{
    aq_text_t text = {0};

    (void)data;
    (void)session;
    for (size_t i = 0; i < changes->count; i++) {
        aq_text_appendf(&text, "%s ", aq_operation_name(changes->items[i].operation));
        aq_object_append(&text, changes->items[i].object);
        aq_text_appendf(&text, ";");
    }
    say("%s", aq_text_string(&text));
    aq_text_dispose(&text);
    return AQ_OK;
}

/* Nobody may be called root. */
static int on_before_commit(void *data, aq_session_t *session, const aq_changes_t *changes)
{
    (void)data;
    (void)session;
    for (size_t i = 0; i < changes->count; i++) {
        const User *user = changes->items[i].object;

        if (aq_object_model(user) == &User_model && strcmp(user->username, "root") == 0)
            return aq_fail(AQ_EINVAL, "nobody may be called root");
    }
    return AQ_OK;
}

static void signals(aq_context_t *context)
{
    aq_session_t *session = aq_session_open(context, NULL);
    aq_db_t *db = blog.db;
    aq_op_t *commit;

    aq_signal_connect(db, AQ_MODELS_COMMITTED, NULL, on_committed, NULL);
    aq_signal_connect(db, AQ_BEFORE_MODELS_COMMITTED, NULL, on_before_commit, NULL);

    User *ann = aq_await(aq_get(session, User, 1));
    ann->username = "anna";
    aq_delete(session, aq_await(aq_get(session, User, 2)));
    aq_await(aq_commit(session)); /* "update <User 1>;delete <User 2>;" */

    is_str(said, "update <User 1>;delete <User 2>;", "told");
    ann->username = "root";
    commit = aq_commit(session);
    ok(aq_await(commit) == NULL, "vetoed");
    is_str(aq_op_error(commit)->message, "nobody may be called root", "with its text");

    aq_signal_disconnect(db, AQ_BEFORE_MODELS_COMMITTED, NULL, on_before_commit, NULL);
    aq_signal_disconnect(db, AQ_MODELS_COMMITTED, NULL, on_committed, NULL);
    aq_session_close(session);
}

static int set_body(void *data, aq_session_t *session)
{
    aq_objects_t news;

    (void)data;
    if (aq_session_new_objects(session, &news) != AQ_OK)
        return aq_last_error()->code;
    for (size_t i = 0; i < news.count; i++) {
        Post *post = news.items[i];

        if (aq_object_model(post) == &Post_model && post->body == NULL)
            post->body = "nothing yet";
    }
    return AQ_OK;
}

static void events(aq_context_t *context)
{
    aq_session_t *session = aq_session_open(context, NULL);

    aq_session_on(session, AQ_BEFORE_FLUSH, set_body, NULL);

    Post *post = aq_new(session, Post);
    post->title = "fourth";
    aq_add(session, post);
    aq_await(aq_commit(session));
    is_int(cluster_number(cluster, "select count(*) from post where body = 'nothing yet'"), 1,
           "it was called");
    aq_session_close(session);
}

static void records(aq_context_t *context)
{
    aq_session_t *session = aq_session_open(context, NULL);
    aq_text_t text = {0};

    aq_await(aq_get(session, User, 1));
    for (size_t i = 0; i < aq_session_record_count(session); i++) {
        const aq_record_t *sent = aq_session_record(session, i);

        aq_record_append(&text, sent); /* <query statement="select ..." parameters=[...] duration=0.000312> */
        say("%s in %s, %d row(s)", sent->place.line, sent->place.function, (int)sent->rows);
    }

    has_str(said, "t/doc_sessions.c:", "where: %s", said);
    has_str(said, " in records, 1 row(s)", "in which function");
    has_str(aq_text_string(&text), "<query statement=\"select", "what: %s", aq_text_string(&text));
    aq_text_dispose(&text);
    aq_session_close(session);
}

/* ---- Between sessions ------------------------------------------------------------------------------------------------------------ */

static void merging(aq_context_t *context)
{
    aq_session_t *reader = aq_session_open(context, NULL), *session = open_session();

    User *elsewhere = aq_await(aq_get(reader, User, 1));
    elsewhere->age = aq_some_int4(31);
    User *ann = aq_await(aq_merge(session, elsewhere)); /* a copy, of this session */
    aq_await(aq_commit(session));

    is_int(ann->age.value, 31, "copied");
    is_int(cluster_number(cluster, "select age from users where id = 1"), 31, "written");
    aq_session_close(session);
    aq_session_close(reader);
}

/* ---- Running it ------------------------------------------------------------------------------------------------------------------- */

static const part_t parts[] = {
    {"opening and closing", open_and_close},
    {"options and scopes", options_and_scopes},
    {"states", states},
    {"changing", changing},
    {"deleting", deleting},
    {"what a commit sends", what_a_commit_sends},
    {"rolling back", rolling_back},
    {"savepoints", savepoints},
    {"isolation", isolation},
    {"running", running},
    {"outcomes", outcomes},
    {"several binds", several_binds},
    {"joining", joining},
    {"relating", relating},
    {"loading", loading},
    {"loading with the query", loading_with_the_query},
    {"n plus one", n_plus_one},
    {"querying", querying},
    {"expressions", expressions},
    {"refused", refused},
    {"columns", columns},
    {"own SQL", own_sql},
    {"bulk", bulk},
    {"locks", locks},
    {"streams", streams},
    {"JSON", json},
    {"signals", signals},
    {"events", events},
    {"records", records},
    {"merging", merging},
};

int main(void)
{
    aq_bind_config_t stats = {.key = "stats"};

    init_loops();
    cluster = cluster_start(NULL);
    stats.uri = cluster_uri(cluster);
    blog.db = aq_db_create();
    aq_db_model(blog.db, Hit);
    blog_open(&blog, cluster,
              &(aq_config_t){
                  .track_modifications = AQ_ON, .record_queries = AQ_ON, .binds = &stats, .bind_count = 1});
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        run_part(&parts[i]);
    ok(blog_close(&blog), "nothing is left on the loop");
    cluster_close(cluster);
    return tap_done();
}
