/* Models of built.sql, made by aquifer models; edit freely or make it again. */
#ifndef BUILT_MODELS_H
#define BUILT_MODELS_H

#include <aquifer.h>

/* ---- Structs ------------------------------------------------------------------------------------------- */

typedef struct Post Post;
typedef struct UserProfile UserProfile;

typedef struct User {
    aq_object_t object;
    int32_t id;
    const char *name;
    aq_many_t posts;
    aq_many_t sender_messages;
    aq_many_t recipient_messages;
    aq_many_t messages;
    UserProfile *profile;
    aq_many_t categories;
    aq_many_t followers;
    aq_many_t followed;
} User;

struct Post {
    aq_object_t object;
    int32_t id;
    int32_t author_id;
    int32_t parent_id;
    User *author;
    Post *parent;
    aq_many_t children;
    aq_many_t tags;
};

typedef struct Message {
    aq_object_t object;
    int32_t id;
    int32_t sender_id;
    int32_t recipient_id;
    int32_t user_id;
    User *sender;
    User *recipient;
    User *user;
} Message;

struct UserProfile {
    aq_object_t object;
    int32_t id;
    int32_t user_id;
    User *user;
};

typedef struct Category {
    aq_object_t object;
    int32_t id;
    int32_t owner;
    const char *users;
    User *owner_user;
} Category;

typedef struct Tag {
    aq_object_t object;
    int32_t id;
    aq_many_t posts;
} Tag;

/* ---- Tables without a model ---------------------------------------------------------------------------- */

static const aq_column_t post_tags_columns[] = {
    AQ_COLUMN(INT4, "post_id", .primary_key = true, .references = AQ_REF(Post, id)),
    AQ_COLUMN(INT4, "tag_id", .primary_key = true, .references = AQ_REF(Tag, id)),
};
AQ_TABLE(post_tags, post_tags_columns);

static const aq_column_t follow_columns[] = {
    AQ_COLUMN(INT4, "follower_id", .primary_key = true, .references = AQ_REF(User, id)),
    AQ_COLUMN(INT4, "followed_id", .primary_key = true, .references = AQ_REF(User, id)),
};
AQ_TABLE(follow, follow_columns);

/* ---- User ---------------------------------------------------------------------------------------------- */

static const aq_column_t user_columns[] = {
    AQ_INT4(User, id, .primary_key = true),
    AQ_VARCHAR(User, name, 80, .unique = true),
};
static const aq_relationship_t user_relationships[] = {
    AQ_MANY(User, posts, Post, .back_populates = "author", .cascade = AQ_CASCADE_ALL,
            .passive_deletes = true),
    AQ_MANY(User, sender_messages, Message, .back_populates = "sender",
            .foreign_keys = AQ_COLUMNS("sender_id")),
    AQ_MANY(User, recipient_messages, Message, .back_populates = "recipient",
            .foreign_keys = AQ_COLUMNS("recipient_id")),
    AQ_MANY(User, messages, Message, .back_populates = "user", .foreign_keys = AQ_COLUMNS("user_id")),
    AQ_ONE(User, profile, UserProfile, .back_populates = "user"),
    AQ_MANY(User, categories, Category, .back_populates = "owner_user"),
    AQ_MANY(User, followers, User, .secondary = &follow_table, .back_populates = "followed",
            .foreign_keys = AQ_COLUMNS("followed_id")),
    AQ_MANY(User, followed, User, .secondary = &follow_table, .back_populates = "followers",
            .foreign_keys = AQ_COLUMNS("follower_id")),
};
AQ_MODEL(User, user_columns, user_relationships, .table = "users");

/* ---- Post ---------------------------------------------------------------------------------------------- */

static const aq_column_t post_columns[] = {
    AQ_INT4(Post, id, .primary_key = true),
    AQ_INT4(Post, author_id, .references = AQ_REF(User, id), .on_delete = AQ_CASCADE),
    AQ_INT4(Post, parent_id, .references = AQ_REF(Post, id)),
};
static const aq_relationship_t post_relationships[] = {
    AQ_ONE(Post, author, User, .back_populates = "posts"),
    AQ_ONE(Post, parent, Post, .back_populates = "children", .remote_side = AQ_COLUMNS("id")),
    AQ_MANY(Post, children, Post, .back_populates = "parent"),
    AQ_MANY(Post, tags, Tag, .secondary = &post_tags_table, .back_populates = "posts"),
};
AQ_MODEL(Post, post_columns, post_relationships);

/* ---- Message ------------------------------------------------------------------------------------------- */

static const aq_column_t message_columns[] = {
    AQ_INT4(Message, id, .primary_key = true),
    AQ_INT4(Message, sender_id, .references = AQ_REF(User, id)),
    AQ_INT4(Message, recipient_id, .references = AQ_REF(User, id)),
    AQ_INT4(Message, user_id, .references = AQ_REF(User, id)),
};
static const aq_relationship_t message_relationships[] = {
    AQ_ONE(Message, sender, User, .back_populates = "sender_messages",
           .foreign_keys = AQ_COLUMNS("sender_id")),
    AQ_ONE(Message, recipient, User, .back_populates = "recipient_messages",
           .foreign_keys = AQ_COLUMNS("recipient_id")),
    AQ_ONE(Message, user, User, .back_populates = "messages", .foreign_keys = AQ_COLUMNS("user_id")),
};
AQ_MODEL(Message, message_columns, message_relationships);

/* ---- UserProfile --------------------------------------------------------------------------------------- */

static const aq_column_t user_profile_columns[] = {
    AQ_INT4(UserProfile, id, .primary_key = true),
    AQ_INT4(UserProfile, user_id, .unique = true, .references = AQ_REF(User, id)),
};
static const aq_relationship_t user_profile_relationships[] = {
    AQ_ONE(UserProfile, user, User, .back_populates = "profile"),
};
AQ_MODEL(UserProfile, user_profile_columns, user_profile_relationships);

/* ---- Category ------------------------------------------------------------------------------------------ */

static const aq_column_t category_columns[] = {
    AQ_INT4(Category, id, .primary_key = true),
    AQ_INT4(Category, owner, .references = AQ_REF(User, id)),
    AQ_TEXT_NULL(Category, users),
};
static const aq_relationship_t category_relationships[] = {
    AQ_ONE(Category, owner_user, User, .back_populates = "categories"),
};
AQ_MODEL(Category, category_columns, category_relationships);

/* ---- Tag ----------------------------------------------------------------------------------------------- */

static const aq_column_t tag_columns[] = {
    AQ_INT4(Tag, id, .primary_key = true),
};
static const aq_relationship_t tag_relationships[] = {
    AQ_MANY(Tag, posts, Post, .secondary = &post_tags_table, .back_populates = "tags"),
};
AQ_MODEL(Tag, tag_columns, tag_relationships);

/* ---- All of them --------------------------------------------------------------------------------------- */

/* Adds them to the db. What is wrong is told again by its seal; the last of it: aq_last_error(). */
static inline int built_add_models(aq_db_t *db)
{
    int wrong = 0;

    wrong |= aq_db_model(db, User);
    wrong |= aq_db_model(db, Post);
    wrong |= aq_db_model(db, Message);
    wrong |= aq_db_model(db, UserProfile);
    wrong |= aq_db_model(db, Category);
    wrong |= aq_db_model(db, Tag);
    wrong |= aq_db_table(db, post_tags);
    wrong |= aq_db_table(db, follow);
    return wrong == 0 ? AQ_OK : aq_last_error()->code;
}

#endif
