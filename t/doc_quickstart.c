/* The program of docs/quickstart.md, compiled and run; t/docs.t compares the two. */
#include "t/cluster.h"
#include "t/loops.h"

#include <aquifer.h>

static FILE *out; /* where the program prints */

/* ---- Models ---------------------------------------------------------------------------------------------------------- */

typedef struct User {
    aq_object_t object;
    int32_t id;
    const char *username;
    const char *email;
} User;

static const aq_column_t user_columns[] = {
    AQ_INT4(User, id, .primary_key = true),
    AQ_VARCHAR(User, username, 80, .unique = true),
    AQ_VARCHAR(User, email, 120, .unique = true),
};
AQ_MODEL(User, user_columns, AQ_NONE);

typedef struct Category {
    aq_object_t object;
    int32_t id;
    const char *name;
    aq_many_t posts;
} Category;

typedef struct Post {
    aq_object_t object;
    int32_t id;
    const char *title;
    const char *body;
    aq_timestamp_t pub_date;
    int32_t category_id;
    Category *category;
} Post;

static const aq_column_t category_columns[] = {
    AQ_INT4(Category, id, .primary_key = true),
    AQ_VARCHAR(Category, name, 50),
};
static const aq_relationship_t category_relationships[] = {
    AQ_MANY(Category, posts, Post, .back_populates = "category", .order_by = "id"),
};
AQ_MODEL(Category, category_columns, category_relationships);

static const aq_column_t post_columns[] = {
    AQ_INT4(Post, id, .primary_key = true),
    AQ_VARCHAR(Post, title, 80),
    AQ_TEXT(Post, body),
    AQ_TIMESTAMP(Post, pub_date, .server_default = "now()"),
    AQ_INT4(Post, category_id, .references = AQ_REF(Category, id)),
};
static const aq_relationship_t post_relationships[] = {
    AQ_ONE(Post, category, Category, .back_populates = "posts"),
};
AQ_MODEL(Post, post_columns, post_relationships);

typedef struct Tag {
    aq_object_t object;
    int32_t id;
    const char *name;
    aq_many_t pages;
} Tag;

typedef struct Page {
    aq_object_t object;
    int32_t id;
    const char *title;
    aq_many_t tags;
} Page;

static const aq_column_t tags_columns[] = {
    AQ_COLUMN(INT4, "tag_id", .primary_key = true, .references = AQ_REF(Tag, id)),
    AQ_COLUMN(INT4, "page_id", .primary_key = true, .references = AQ_REF(Page, id)),
};
AQ_TABLE(tags, tags_columns);

static const aq_column_t tag_columns[] = {
    AQ_INT4(Tag, id, .primary_key = true),
    AQ_VARCHAR(Tag, name, 40, .unique = true),
};
static const aq_relationship_t tag_relationships[] = {
    AQ_MANY(Tag, pages, Page, .secondary = &tags_table, .back_populates = "tags"),
};
AQ_MODEL(Tag, tag_columns, tag_relationships);

static const aq_column_t page_columns[] = {
    AQ_INT4(Page, id, .primary_key = true),
    AQ_VARCHAR(Page, title, 80),
};
static const aq_relationship_t page_relationships[] = {
    AQ_MANY(Page, tags, Tag, .secondary = &tags_table, .back_populates = "pages", .order_by = "name",
            .lazy = AQ_LAZY_SUBQUERY),
};
AQ_MODEL(Page, page_columns, page_relationships);

/* ---- The app --------------------------------------------------------------------------------------------------------- */

/* The value of an op, outside the loop. What a session gives out lives as long as the session, so that the op may go. */
static void *value_of(aq_op_t *op)
{
    void *value = aq_wait(op);

    if (aq_op_code(op) != AQ_OK)
        fprintf(stderr, "%s\n", aq_op_error(op)->message);
    aq_op_close(op);
    return value;
}

/* What fails for want of memory only; a program that has something to lose would do more. */
static void need(bool fine)
{
    if (fine)
        return;
    fprintf(stderr, "%s\n", aq_last_error()->message);
    exit(1);
}

static aq_context_t *start(aq_db_t *db, aq_app_t *app, uv_loop_t *uv_loop)
{
    aq_context_t *context;

    if (aq_db_model(db, User) != AQ_OK || aq_db_model(db, Category) != AQ_OK ||
        aq_db_model(db, Post) != AQ_OK || aq_db_model(db, Tag) != AQ_OK || aq_db_model(db, Page) != AQ_OK ||
        aq_db_table(db, tags) != AQ_OK || aq_db_init_app(db, app) != AQ_OK ||
        (context = aq_context_create(app, uv_loop)) == NULL) {
        fprintf(stderr, "%s\n", aq_last_error()->message);
        return NULL;
    }
    value_of(aq_create_all(context, AQ_ALL_BINDS));
    return context;
}

/* ---- What is the same in all three styles: memory only ----------------------------------------------------------------- */

static int add_users(aq_session_t *session)
{
    User *admin = aq_new(session, User), *guest = aq_new(session, User);

    if (admin == NULL || guest == NULL)
        return aq_last_error()->code;
    admin->username = "admin";
    admin->email = "admin@example.com";
    guest->username = "guest";
    guest->email = "guest@example.com";
    return aq_add_all(session, (void *[]){admin, guest}, 2);
}

static int add_posts(aq_session_t *session)
{
    Category *python = aq_new(session, Category);
    Post *hello = aq_new(session, Post), *snakes = aq_new(session, Post);

    if (python == NULL || hello == NULL || snakes == NULL)
        return aq_last_error()->code;
    python->name = "Python";
    hello->title = "Hello Python!";
    hello->body = "Python is pretty cool";
    snakes->title = "Snakes";
    snakes->body = "Ssssssss";
    aq_set(hello, Post, category, python);      /* python->posts has it now */
    aq_append(python, Category, posts, snakes); /* and snakes->category is python */
    return aq_add(session, python);             /* the posts come along */
}

static int add_pages(aq_session_t *session)
{
    Page *page = aq_new(session, Page);
    Tag *c = aq_new(session, Tag), *sql = aq_new(session, Tag);

    if (page == NULL || c == NULL || sql == NULL)
        return aq_last_error()->code;
    page->title = "Aquifer";
    c->name = "c";
    sql->name = "sql";
    aq_append(page, Page, tags, c);
    aq_append(page, Page, tags, sql);
    return aq_add(session, page);
}

static aq_query_t *users_named(aq_session_t *session, const char *name)
{
    return aq_filter(aq_query(session, User), aq_eq(User, username, name));
}

static aq_query_t *categories_with_posts(aq_session_t *session)
{
    aq_query_t *query = aq_query(session, Category);

    aq_option(query, aq_joined_load(Category, posts));
    return aq_order_by(query, aq_asc(Category, name));
}

static aq_query_t *posts_but_snakes(aq_session_t *session, const Category *category)
{
    aq_query_t *query = aq_with_parent(aq_query(session, Post), category, Category, posts);

    return aq_filter(query, aq_ne(Post, title, "Snakes"));
}

static void show_users(const aq_objects_t *users)
{
    for (size_t i = 0; users != NULL && i < users->count; i++) {
        const User *user = users->items[i];

        fprintf(out, "%d %s %s\n", user->id, user->username, user->email);
    }
}

static void show_posts(const Category *category)
{
    const aq_many_t *posts = aq_list(category, Category, posts);

    for (size_t i = 0; posts != NULL && i < posts->count; i++)
        fprintf(out, "%s: %s\n", category->name, ((const Post *)posts->items[i])->title);
}

static void show_pages(const aq_objects_t *pages)
{
    for (size_t i = 0; pages != NULL && i < pages->count; i++) {
        const Page *page = pages->items[i];

        fprintf(out, "%s:", page->title);
        for (size_t k = 0; k < page->tags.count; k++)
            fprintf(out, " %s", ((const Tag *)page->tags.items[k])->name);
        fprintf(out, "\n");
    }
}

/* ---- Wait: scripts and tests --------------------------------------------------------------------------------------------- */

static void in_a_script(aq_context_t *context)
{
    aq_session_t *session = aq_session_open(context, NULL);
    Category *python;
    User *admin;
    Post *post;

    need(session != NULL && add_users(session) == AQ_OK);
    value_of(aq_commit(session));
    show_users(value_of(aq_all(aq_query(session, User))));
    admin = value_of(aq_first(users_named(session, "admin")));
    if (admin != NULL)
        admin->email = "root@example.com"; /* the next commit writes it */
    need(add_posts(session) == AQ_OK);
    value_of(aq_commit(session));

    python = value_of(aq_first(categories_with_posts(session)));
    if (python != NULL) {
        show_posts(python);
        post = value_of(aq_one(posts_but_snakes(session, python)));
        fprintf(out, "but snakes: %s\n", post != NULL ? post->title : "none");
    }
    need(add_pages(session) == AQ_OK);
    value_of(aq_commit(session));
    show_pages(value_of(aq_all(aq_query(session, Page))));
    aq_session_close(session);
}

/* ---- Task: handlers and whatever has several steps ------------------------------------------------------------------------ */

static void close_session(void *session)
{
    aq_session_close(session);
}

/* Awaits it; an error ends the task, whose op has it then. */
static void *must(aq_op_t *op)
{
    void *value = aq_await(op);

    if (aq_op_code(op) != AQ_OK)
        aq_task_fail(aq_op_code(op), "%s", aq_op_error(op)->message);
    return value;
}

static void *in_a_task(void *context)
{
    aq_session_t *session = aq_session_open(context, NULL);
    Category *python;
    User *admin;
    Post *post;

    need(session != NULL && aq_defer(close_session, session) == AQ_OK && add_users(session) == AQ_OK);
    must(aq_commit(session));
    show_users(must(aq_all(aq_query(session, User))));
    if ((admin = must(aq_first(users_named(session, "admin")))) != NULL)
        admin->email = "root@example.com";
    need(add_posts(session) == AQ_OK);
    must(aq_commit(session));

    if ((python = must(aq_first(categories_with_posts(session)))) == NULL)
        aq_task_fail(AQ_ENOENT, "quickstart: there is no category");
    show_posts(python);
    post = must(aq_one(posts_but_snakes(session, python)));
    fprintf(out, "but snakes: %s\n", post->title);
    need(add_pages(session) == AQ_OK);
    must(aq_commit(session));
    show_pages(must(aq_all(aq_query(session, Page))));
    return NULL;
} /* close_session() is called however it ends */

/* ---- Callbacks: any libuv program ------------------------------------------------------------------------------------------ */

static bool failed(aq_op_t *op, aq_session_t *session)
{
    if (aq_op_code(op) == AQ_OK)
        return false;
    fprintf(stderr, "%s\n", aq_op_error(op)->message);
    aq_session_close(session);
    return true;
}

static void on_pages(aq_op_t *op, void *session)
{
    if (failed(op, session))
        return;
    show_pages(aq_op_value(op));
    aq_session_close(session);
}

static void on_pages_committed(aq_op_t *op, void *session)
{
    if (!failed(op, session))
        aq_then(aq_all(aq_query(session, Page)), on_pages, session);
}

static void on_but_snakes(aq_op_t *op, void *session)
{
    if (failed(op, session))
        return;
    fprintf(out, "but snakes: %s\n", ((const Post *)aq_op_value(op))->title);
    need(add_pages(session) == AQ_OK);
    aq_then(aq_commit(session), on_pages_committed, session);
}

static void on_category(aq_op_t *op, void *session)
{
    const Category *python = aq_op_value(op);

    if (failed(op, session))
        return;
    show_posts(python);
    aq_then(aq_one(posts_but_snakes(session, python)), on_but_snakes, session);
}

static void on_posts_committed(aq_op_t *op, void *session)
{
    if (!failed(op, session))
        aq_then(aq_first(categories_with_posts(session)), on_category, session);
}

static void on_admin(aq_op_t *op, void *session)
{
    User *admin = aq_op_value(op);

    if (failed(op, session))
        return;
    if (admin != NULL)
        admin->email = "root@example.com";
    need(add_posts(session) == AQ_OK);
    aq_then(aq_commit(session), on_posts_committed, session);
}

static void on_users(aq_op_t *op, void *session)
{
    if (failed(op, session))
        return;
    show_users(aq_op_value(op));
    aq_then(aq_first(users_named(session, "admin")), on_admin, session);
}

static void on_users_committed(aq_op_t *op, void *session)
{
    if (!failed(op, session))
        aq_then(aq_all(aq_query(session, User)), on_users, session);
}

static void with_callbacks(aq_context_t *context)
{
    aq_session_t *session = aq_session_open(context, NULL);

    need(session != NULL && add_users(session) == AQ_OK);
    aq_then(aq_commit(session), on_users_committed, session);
}

/* ---- Running it ------------------------------------------------------------------------------------------------------------ */

static void run_script(aq_context_t *context)
{
    in_a_script(context);
}

static void run_task(aq_context_t *context)
{
    value_of(aq_spawn(aq_context_loop(context), in_a_task, context));
}

static void run_callbacks(aq_context_t *context)
{
    with_callbacks(context);
    uv_run(&uv, UV_RUN_DEFAULT);
}

static void test_style(aq_context_t *context, cluster_t *cluster, const char *style,
                       void (*run_it)(aq_context_t *context))
{
    subtest("%s", style) {
        char *printed = NULL;
        size_t size;

        cluster_sql(cluster, "truncate \"user\", category, post, tag, page, tags restart identity");
        out = open_memstream(&printed, &size);
        run_it(context);
        fclose(out);
        is_text(printed,
                "1 admin admin@example.com\n"
                "2 guest guest@example.com\n"
                "Python: Hello Python!\n"
                "Python: Snakes\n"
                "but snakes: Hello Python!\n"
                "Aquifer: c sql\n",
                "prints");
        free(printed);
        is_int(cluster_number(cluster, "select count(*) from \"user\" where email = 'root@example.com'"), 1,
               "the change is written");
    }
}

int main(void)
{
    cluster_t *cluster;
    aq_app_t *app;
    aq_db_t *db = aq_db_create();
    aq_context_t *context;

    init_loops();
    cluster = cluster_start(NULL);
    uv_loop_init(&uv);
    app = aq_app_create(&(aq_config_t){.database_uri = cluster_uri(cluster), .track_modifications = AQ_OFF});
    context = start(db, app, &uv);
    ok(context != NULL, "it starts");
    test_style(context, cluster, "a script", run_script);
    test_style(context, cluster, "a task", run_task);
    test_style(context, cluster, "callbacks", run_callbacks);
    value_of(aq_context_close(context));
    is_int(uv_loop_close(&uv), 0, "nothing is left on the loop");
    aq_app_close(app);
    aq_db_close(db);
    cluster_close(cluster);
    return tap_done();
}
