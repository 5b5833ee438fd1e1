/* The models of t/orm_plan.c and t/orm_plan_server.c, and objects of them. */
#ifndef AQUIFER_T_PLAN_MODELS_H
#define AQUIFER_T_PLAN_MODELS_H

#include "t/plans.h"

/* ---- A blog -------------------------------------------------------------------------------------------------------------------- */

typedef enum mood { MOOD_SAD, MOOD_HAPPY } mood_t;
static const char *const mood_labels[] = {[MOOD_SAD] = "sad", [MOOD_HAPPY] = "happy"};
static const aq_enum_t mood_enum = {.name = "mood", .labels = AQ_LIST(mood_labels)};

typedef struct User {
    aq_object_t object;
    int32_t id;
    const char *name;
    const char *email;
    mood_t mood;
    aq_text_array_t tags;
    aq_timestamp_t created;
    const char *shout;
    aq_many_t posts;
} User;

typedef struct Post {
    aq_object_t object;
    int64_t id;
    const char *title;
    aq_int4_null_t author_id;
    User *author;
    aq_many_t tags;
    aq_many_t comments;
} Post;

typedef struct Comment {
    aq_object_t object;
    int32_t id;
    int64_t post_id;
    const char *body;
} Comment;

typedef struct Tag {
    aq_object_t object;
    aq_uuid_t id;
    const char *name;
} Tag;

static const aq_column_t user_columns[] = {
    AQ_INT4(User, id, .primary_key = true),
    AQ_TEXT(User, name),
    AQ_TEXT_NULL(User, email),
    AQ_ENUM(User, mood, &mood_enum, .default_value = "happy"),
    AQ_TEXT_ARRAY_NULL(User, tags),
    AQ_TIMESTAMPTZ(User, created, .server_default = "now()"),
    AQ_TEXT(User, shout, .generated = "upper(name)"),
};
static const aq_relationship_t user_relationships[] = {
    AQ_MANY(User, posts, Post, .back_populates = "author", .cascade = AQ_CASCADE_ALL),
};
AQ_MODEL(User, user_columns, user_relationships, .table = "users");

static const aq_column_t tag_columns[] = {
    AQ_UUID(Tag, id, .primary_key = true, .server_default = "gen_random_uuid()"),
    AQ_TEXT(Tag, name),
};
AQ_MODEL(Tag, tag_columns, AQ_NONE);

static const aq_column_t link_columns[] = {
    AQ_COLUMN(INT8, "post_id", .primary_key = true, .references = AQ_REF(Post, id)),
    AQ_COLUMN(UUID, "tag_id", .primary_key = true, .references = AQ_REF(Tag, id)),
};
AQ_TABLE(post_tags, link_columns);

static const aq_column_t post_columns[] = {
    AQ_INT8(Post, id, .primary_key = true, .autoincrement = AQ_IDENTITY_ALWAYS),
    AQ_TEXT(Post, title),
    AQ_INT4_NULL(Post, author_id, .references = AQ_REF(User, id)),
};
static const aq_relationship_t post_relationships[] = {
    AQ_ONE(Post, author, User, .back_populates = "posts"),
    AQ_MANY(Post, tags, Tag, .secondary = &post_tags_table),
    AQ_MANY(Post, comments, Comment, .cascade = AQ_CASCADE_ALL),
};
AQ_MODEL(Post, post_columns, post_relationships);

static const aq_column_t comment_columns[] = {
    AQ_INT4(Comment, id, .primary_key = true),
    AQ_INT8(Comment, post_id, .references = AQ_REF(Post, id)),
    AQ_TEXT(Comment, body),
};
AQ_MODEL(Comment, comment_columns, AQ_NONE);

/* ---- A tree, a circle, others --------------------------------------------------------------------------------------------------- */

typedef struct Node {
    aq_object_t object;
    int32_t id;
    const char *name;
    aq_int4_null_t parent_id;
    aq_many_t children;
} Node;

static const aq_column_t node_columns[] = {
    AQ_INT4(Node, id, .primary_key = true),
    AQ_TEXT_NULL(Node, name),
    AQ_INT4_NULL(Node, parent_id, .references = AQ_REF(Node, id)),
};
static const aq_relationship_t node_relationships[] = {
    AQ_MANY(Node, children, Node, .cascade = AQ_CASCADE_ALL),
};
AQ_MODEL(Node, node_columns, node_relationships);

typedef struct Person {
    aq_object_t object;
    int32_t id;
    const char *name;
    aq_int4_null_t favorite_id;
} Person;

typedef struct Ball {
    aq_object_t object;
    int32_t id;
    int32_t owner_id;
} Ball;

static const aq_column_t person_columns[] = {
    AQ_INT4(Person, id, .primary_key = true),
    AQ_TEXT(Person, name),
    AQ_INT4_NULL(Person, favorite_id, .references = AQ_REF(Ball, id)),
};
AQ_MODEL(Person, person_columns, AQ_NONE);

static const aq_column_t ball_columns[] = {
    AQ_INT4(Ball, id, .primary_key = true),
    AQ_INT4(Ball, owner_id, .references = AQ_REF(Person, id)),
};
AQ_MODEL(Ball, ball_columns, AQ_NONE);

/* Neither can be first. */
typedef struct Hen {
    aq_object_t object;
    int32_t id;
    int32_t egg_id;
} Hen;

typedef struct Egg {
    aq_object_t object;
    int32_t id;
    int32_t hen_id;
} Egg;

static const aq_column_t hen_columns[] = {
    AQ_INT4(Hen, id, .primary_key = true),
    AQ_INT4(Hen, egg_id, .references = AQ_REF(Egg, id)),
};
AQ_MODEL(Hen, hen_columns, AQ_NONE);

static const aq_column_t egg_columns[] = {
    AQ_INT4(Egg, id, .primary_key = true),
    AQ_INT4(Egg, hen_id, .references = AQ_REF(Hen, id)),
};
AQ_MODEL(Egg, egg_columns, AQ_NONE);

typedef struct Base {
    aq_object_t object;
    int32_t id;
    const char *kind;
    const char *name;
    int32_t revision;
} Base;

typedef struct Sub {
    Base base;
    const char *title;
} Sub;

static const aq_column_t base_columns[] = {
    AQ_INT4(Base, id, .primary_key = true),
    AQ_TEXT(Base, kind),
    AQ_TEXT(Base, name),
    AQ_INT4(Base, revision),
};
AQ_MODEL(Base, base_columns, AQ_NONE, .discriminator = "kind", .identity = "base", .version = "revision");

static const aq_column_t sub_columns[] = {
    AQ_INT4(Sub, base.id, .primary_key = true, .references = AQ_REF(Base, id)),
    AQ_TEXT(Sub, title),
};
AQ_SUBMODEL(Sub, base, Base, sub_columns, AQ_NONE, .identity = "sub");

typedef struct Seat {
    aq_object_t object;
    int32_t row;
    const char *letter;
    aq_int4_null_t price;
} Seat;

static const aq_column_t seat_columns[] = {
    AQ_INT4(Seat, row, .primary_key = true),
    AQ_VARCHAR(Seat, letter, 1, .primary_key = true),
    AQ_INT4_NULL(Seat, price),
};
AQ_MODEL(Seat, seat_columns, AQ_NONE);

typedef struct Ticket {
    aq_object_t object;
    int32_t id;
    const char *state;
} Ticket;

static const aq_column_t ticket_columns[] = {
    AQ_INT4(Ticket, id, .primary_key = true),
    AQ_TEXT(Ticket, state, .server_default = "'new'"),
};
AQ_MODEL(Ticket, ticket_columns, AQ_NONE);

/* One for each owner. Nobody refers to it. */
typedef struct Profile {
    aq_object_t object;
    int32_t id;
    int32_t owner_id;
    const char *text;
} Profile;

static const aq_column_t profile_columns[] = {
    AQ_INT4(Profile, id, .primary_key = true),
    AQ_INT4(Profile, owner_id, .unique = true, .references = AQ_REF(User, id)),
    AQ_TEXT_NULL(Profile, text),
};
AQ_MODEL(Profile, profile_columns, AQ_NONE);

/* Whose things have tables of their own. */
typedef struct Box {
    aq_object_t object;
    int32_t id;
    aq_many_t things;
} Box;

typedef struct Part {
    aq_object_t object;
    int32_t id;
    int32_t box_id;
    const char *kind;
} Part;

typedef struct Wheel {
    Part part;
    int32_t spokes;
} Wheel;

static const aq_column_t box_columns[] = {AQ_INT4(Box, id, .primary_key = true)};
static const aq_relationship_t box_relationships[] = {
    AQ_MANY(Box, things, Part, .cascade = AQ_CASCADE_ALL),
};
AQ_MODEL(Box, box_columns, box_relationships);

static const aq_column_t part_columns[] = {
    AQ_INT4(Part, id, .primary_key = true),
    AQ_INT4(Part, box_id, .references = AQ_REF(Box, id)),
    AQ_TEXT(Part, kind),
};
AQ_MODEL(Part, part_columns, AQ_NONE, .discriminator = "kind", .identity = "part");

static const aq_column_t wheel_columns[] = {
    AQ_INT4(Wheel, part.id, .primary_key = true, .references = AQ_REF(Part, id)),
    AQ_INT4(Wheel, spokes),
};
AQ_SUBMODEL(Wheel, part, Part, wheel_columns, AQ_NONE, .identity = "wheel");

/* Whose kinds share a table. */
typedef struct Owner {
    aq_object_t object;
    int32_t id;
    aq_many_t dogs;
} Owner;

typedef struct Pet {
    aq_object_t object;
    int32_t id;
    const char *kind;
    aq_int4_null_t owner_id;
} Pet;

typedef struct Dog {
    Pet pet;
} Dog;

typedef struct Puppy {
    Dog dog;
    aq_int4_null_t weeks;
} Puppy;

static const aq_column_t owner_columns[] = {AQ_INT4(Owner, id, .primary_key = true)};
static const aq_relationship_t owner_relationships[] = {
    AQ_MANY(Owner, dogs, Dog, .cascade = AQ_CASCADE_ALL),
};
AQ_MODEL(Owner, owner_columns, owner_relationships);

static const aq_column_t pet_columns[] = {
    AQ_INT4(Pet, id, .primary_key = true),
    AQ_TEXT(Pet, kind),
    AQ_INT4_NULL(Pet, owner_id, .references = AQ_REF(Owner, id)),
};
AQ_MODEL(Pet, pet_columns, AQ_NONE, .discriminator = "kind", .identity = "pet");
AQ_SUBMODEL(Dog, pet, Pet, AQ_NONE, AQ_NONE, .identity = "dog");

static const aq_column_t puppy_columns[] = {AQ_INT4_NULL(Puppy, weeks)};
AQ_SUBMODEL(Puppy, dog, Dog, puppy_columns, AQ_NONE, .identity = "it's a puppy");

/* Circles that the commit looks at. */
typedef struct Left {
    aq_object_t object;
    int32_t id;
    int32_t right_id;
} Left;

typedef struct Right {
    aq_object_t object;
    int32_t id;
    int32_t left_id;
} Right;

static const aq_column_t left_columns[] = {
    AQ_INT4(Left, id, .primary_key = true),
    AQ_INT4(Left, right_id, .references = AQ_REF(Right, id), .deferrable = AQ_INITIALLY_DEFERRED),
};
AQ_MODEL(Left, left_columns, AQ_NONE);

static const aq_column_t right_columns[] = {
    AQ_INT4(Right, id, .primary_key = true),
    AQ_INT4(Right, left_id, .references = AQ_REF(Left, id)),
};
AQ_MODEL(Right, right_columns, AQ_NONE);

static const aq_model_t *const all_models[] = {
    AQ_MODEL_OF(Owner),   AQ_MODEL_OF(Pet),   AQ_MODEL_OF(Dog),    AQ_MODEL_OF(Puppy),
    AQ_MODEL_OF(Profile), AQ_MODEL_OF(Box),   AQ_MODEL_OF(Part),   AQ_MODEL_OF(Wheel),
    AQ_MODEL_OF(Left),    AQ_MODEL_OF(Right), AQ_MODEL_OF(User),   AQ_MODEL_OF(Post),
    AQ_MODEL_OF(Comment), AQ_MODEL_OF(Tag),   AQ_MODEL_OF(Node),   AQ_MODEL_OF(Person),
    AQ_MODEL_OF(Ball),    AQ_MODEL_OF(Hen),   AQ_MODEL_OF(Egg),    AQ_MODEL_OF(Base),
    AQ_MODEL_OF(Sub),     AQ_MODEL_OF(Seat),  AQ_MODEL_OF(Ticket), NULL};

/* ---- Objects ---------------------------------------------------------------------------------------------------------------------- */

static inline User *user(const char *name)
{
    User *made = new_of(User);

    made->name = name;
    return made;
}

static inline User *loaded_user(int32_t id)
{
    User *made = user("ann");

    made->id = id;
    return loaded(made);
}

static inline Profile *profile(int32_t owner)
{
    Profile *made = new_of(Profile);

    made->owner_id = owner;
    return made;
}

static inline Left *left(int32_t id, int32_t right)
{
    Left *made = new_of(Left);

    made->id = id;
    made->right_id = right;
    return made;
}

static inline Right *right(int32_t id, int32_t left_id)
{
    Right *made = new_of(Right);

    made->id = id;
    made->left_id = left_id;
    return made;
}

static inline Post *post(const char *title)
{
    Post *made = new_of(Post);

    made->title = title;
    return made;
}

static inline Post *loaded_post(int64_t id, int32_t author)
{
    Post *made = post("old");

    made->id = id;
    made->author_id = aq_some_int4(author);
    return loaded(made);
}

static inline Node *node(const char *name, int32_t id)
{
    Node *made = new_of(Node);

    made->name = name;
    made->id = id;
    return made;
}

#endif
