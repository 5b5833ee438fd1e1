/* Models of quickstart.sql, made by aquifer models; edit freely or make it again. */
#ifndef QUICKSTART_MODELS_H
#define QUICKSTART_MODELS_H

#include <aquifer.h>

/* ---- Structs ------------------------------------------------------------------------------------------- */

typedef struct User {
    aq_object_t object;
    int32_t id;
    const char *username;
    const char *email;
    aq_many_t posts;
} User;

typedef struct Post {
    aq_object_t object;
    int32_t id;
    const char *title;
    const char *body;
    aq_timestamp_t pub_date;
    int32_t author_id;
    User *author;
    aq_many_t tags;
} Post;

typedef struct Tag {
    aq_object_t object;
    int32_t id;
    const char *name;
    aq_many_t posts;
} Tag;

/* ---- Tables without a model ---------------------------------------------------------------------------- */

static const aq_column_t post_tag_columns[] = {
    AQ_COLUMN(INT4, "post_id", .primary_key = true, .references = AQ_REF(Post, id), .on_delete = AQ_CASCADE),
    AQ_COLUMN(INT4, "tag_id", .primary_key = true, .references = AQ_REF(Tag, id), .on_delete = AQ_CASCADE),
};
AQ_TABLE(post_tag, post_tag_columns);

/* ---- User ---------------------------------------------------------------------------------------------- */

static const aq_column_t user_columns[] = {
    AQ_INT4(User, id, .primary_key = true),
    AQ_VARCHAR(User, username, 80, .unique = true),
    AQ_VARCHAR(User, email, 120, .unique = true),
};
static const aq_relationship_t user_relationships[] = {
    AQ_MANY(User, posts, Post, .back_populates = "author", .cascade = AQ_CASCADE_ALL,
            .passive_deletes = true),
};
AQ_MODEL(User, user_columns, user_relationships);

/* ---- Post ---------------------------------------------------------------------------------------------- */

static const aq_column_t post_columns[] = {
    AQ_INT4(Post, id, .primary_key = true),
    AQ_VARCHAR(Post, title, 80),
    AQ_TEXT(Post, body),
    AQ_TIMESTAMP(Post, pub_date, .server_default = "now()"),
    AQ_INT4(Post, author_id, .index = true, .references = AQ_REF(User, id), .on_delete = AQ_CASCADE),
};
static const aq_relationship_t post_relationships[] = {
    AQ_ONE(Post, author, User, .back_populates = "posts"),
    AQ_MANY(Post, tags, Tag, .secondary = &post_tag_table, .back_populates = "posts",
            .passive_deletes = true),
};
AQ_MODEL(Post, post_columns, post_relationships);

/* ---- Tag ----------------------------------------------------------------------------------------------- */

static const aq_column_t tag_columns[] = {
    AQ_INT4(Tag, id, .primary_key = true),
    AQ_VARCHAR(Tag, name, 40, .unique = true),
};
static const aq_relationship_t tag_relationships[] = {
    AQ_MANY(Tag, posts, Post, .secondary = &post_tag_table, .back_populates = "tags",
            .passive_deletes = true),
};
AQ_MODEL(Tag, tag_columns, tag_relationships);

/* ---- All of them --------------------------------------------------------------------------------------- */

/* Adds them to the db. What is wrong is told again by its seal; the last of it: aq_last_error(). */
static inline int quickstart_add_models(aq_db_t *db)
{
    int wrong = 0;

    wrong |= aq_db_model(db, User);
    wrong |= aq_db_model(db, Post);
    wrong |= aq_db_model(db, Tag);
    wrong |= aq_db_table(db, post_tag);
    return wrong == 0 ? AQ_OK : aq_last_error()->code;
}

#endif
