/* The models of the quickstart, and a context on them: for tests of sessions. */
#ifndef AQUIFER_T_BLOG_H
#define AQUIFER_T_BLOG_H

#include "t/cluster.h"

#include <aquifer.h>
#include <uv.h>

typedef struct User User;
typedef struct Post Post;
typedef struct Category Category;
typedef struct Tag Tag;

struct User {
    aq_object_t object;
    int32_t id;
    const char *username;
    const char *email;
    aq_int4_null_t age;
    aq_many_t posts;
};

struct Category {
    aq_object_t object;
    int32_t id;
    const char *name;
    aq_many_t posts;
};

struct Post {
    aq_object_t object;
    int32_t id;
    const char *title;
    const char *body;
    aq_timestamp_t pub_date;
    aq_int4_null_t author_id;
    aq_int4_null_t category_id;
    int32_t views;
    User *author;
    Category *category;
    aq_many_t tags;
};

struct Tag {
    aq_object_t object;
    int32_t id;
    const char *name;
    aq_many_t posts;
};

static const aq_column_t user_columns[] = {
    AQ_INT4(User, id, .primary_key = true),
    AQ_VARCHAR(User, username, 80, .unique = true),
    AQ_VARCHAR_NULL(User, email, 120),
    AQ_INT4_NULL(User, age, .check = "age >= 0"),
};
static const aq_relationship_t user_relationships[] = {
    AQ_MANY(User, posts, Post, .back_populates = "author", .order_by = "id"),
};
AQ_MODEL(User, user_columns, user_relationships, .table = "users");

static const aq_column_t category_columns[] = {
    AQ_INT4(Category, id, .primary_key = true),
    AQ_VARCHAR(Category, name, 50, .unique = true),
};
static const aq_relationship_t category_relationships[] = {
    AQ_MANY(Category, posts, Post, .back_populates = "category", .order_by = "id"),
};
AQ_MODEL(Category, category_columns, category_relationships);

static const aq_column_t post_tags_columns[] = {
    AQ_COLUMN(INT4, "post_id", .primary_key = true, .references = "post.id", .on_delete = AQ_CASCADE),
    AQ_COLUMN(INT4, "tag_id", .primary_key = true, .references = "tag.id", .on_delete = AQ_CASCADE),
};
AQ_TABLE(post_tags, post_tags_columns);

static const aq_column_t post_columns[] = {
    AQ_INT4(Post, id, .primary_key = true),
    AQ_VARCHAR(Post, title, 80),
    AQ_TEXT_NULL(Post, body),
    AQ_TIMESTAMP(Post, pub_date, .server_default = "now()"),
    AQ_INT4_NULL(Post, author_id, .references = AQ_REF(User, id)),
    AQ_INT4_NULL(Post, category_id, .references = AQ_REF(Category, id)),
    AQ_INT4(Post, views, .server_default = "7"),
};
static const aq_relationship_t post_relationships[] = {
    AQ_ONE(Post, author, User, .back_populates = "posts"),
    AQ_ONE(Post, category, Category, .back_populates = "posts"),
    AQ_MANY(Post, tags, Tag, .secondary = &post_tags_table, .back_populates = "posts", .order_by = "id"),
};
AQ_MODEL(Post, post_columns, post_relationships);

static const aq_column_t tag_columns[] = {
    AQ_INT4(Tag, id, .primary_key = true),
    AQ_VARCHAR(Tag, name, 20, .unique = true),
};
static const aq_relationship_t tag_relationships[] = {
    AQ_MANY(Tag, posts, Post, .secondary = &post_tags_table, .back_populates = "tags", .order_by = "id"),
};
AQ_MODEL(Tag, tag_columns, tag_relationships);

/* ---- A context ---------------------------------------------------------------------------------------------------- */

typedef struct blog {
    uv_loop_t uv;
    aq_db_t *db;
    aq_app_t *app;
    aq_context_t *context;
} blog_t;

/* The config's database_uri is the cluster's where it is NULL. The tables are made anew. */
static inline void blog_open(blog_t *blog, cluster_t *cluster, const aq_config_t *given)
{
    aq_config_t config = given != NULL ? *given : (aq_config_t){.track_modifications = AQ_ON};
    aq_op_t *op;

    if (config.database_uri == NULL)
        config.database_uri = cluster_uri(cluster);
    uv_loop_init(&blog->uv);
    if (blog->db == NULL)
        blog->db = aq_db_create();
    aq_db_model(blog->db, User);
    aq_db_model(blog->db, Category);
    aq_db_model(blog->db, Post);
    aq_db_model(blog->db, Tag);
    aq_db_table(blog->db, post_tags);
    blog->app = aq_app_create(&config);
    if (blog->app == NULL || aq_db_init_app(blog->db, blog->app) != AQ_OK ||
        (blog->context = aq_context_create(blog->app, &blog->uv)) == NULL)
        bail_out("%s", aq_last_error()->message);
    cluster_sql(cluster, "drop table if exists post_tags, post, users, category, tag cascade");
    op = aq_create_all(blog->context, AQ_ALL_BINDS);
    if (aq_wait(op) == NULL)
        bail_out("%s", aq_op_error(op)->message);
    aq_op_close(op);
}

/* Whether the loop has nothing left. */
static inline bool blog_close(blog_t *blog)
{
    aq_op_t *op = aq_context_close(blog->context);
    int closed;

    aq_wait(op);
    aq_op_close(op);
    aq_app_close(blog->app);
    aq_db_close(blog->db);
    blog->db = NULL;
    uv_run(&blog->uv, UV_RUN_DEFAULT);
    closed = uv_loop_close(&blog->uv);
    return closed == 0;
}

/* Waits for the op and closes it; the value of what lives as long as its session. An error is shown. */
static inline void *blog_wait(aq_op_t *op)
{
    void *value = aq_wait(op);

    if (aq_op_code(op) != AQ_OK)
        diag("%s: %s", aq_error_name(aq_op_code(op)), aq_op_error(op)->message);
    aq_op_close(op);
    return value;
}

#endif
