/* Models of relationships.sql, made by aquifer models; edit freely or make it again. */
#ifndef RELATIONSHIPS_MODELS_H
#define RELATIONSHIPS_MODELS_H

#include <aquifer.h>

/* ---- Structs ------------------------------------------------------------------------------------------- */

typedef struct B B;
typedef struct Photo Photo;
typedef struct Node Node;
typedef struct Two Two;

typedef struct A {
    aq_object_t object;
    int32_t id;
    aq_int4_null_t other_id;
    B *other;
    aq_many_t bs;
} A;

struct B {
    aq_object_t object;
    int32_t id;
    aq_int4_null_t other_id;
    A *other;
    aq_many_t as;
};

typedef struct User {
    aq_object_t object;
    int32_t id;
    aq_int4_null_t avatar_id;
    Photo *avatar;
    Photo *photo;
    Two *two;
} User;

struct Photo {
    aq_object_t object;
    int32_t id;
    int32_t user_id;
    User *user;
    aq_many_t users;
    aq_many_t tags;
    aq_many_t tags_by_photo_hidden_tags;
};

typedef struct Tag {
    aq_object_t object;
    int32_t id;
    aq_many_t photos;
    aq_many_t photos_by_photo_hidden_tags;
} Tag;

struct Node {
    aq_object_t object;
    int32_t id;
    aq_int4_null_t next_id;
    aq_int4_null_t parent_id;
    aq_int4_null_t root_id;
    Node *next;
    Node *parent;
    Node *root;
    Node *next_of;
    aq_many_t children;
    aq_many_t root_nodes;
};

typedef struct Country {
    aq_object_t object;
    const char *code;
    aq_many_t cities;
    aq_many_t country_cities;
} Country;

typedef struct City {
    aq_object_t object;
    const char *country;
    const char *name;
    const char *country_code;
    Country *country_row;
    Country *country_row_2;
    aq_many_t streets;
} City;

typedef struct Street {
    aq_object_t object;
    const char *city_country;
    const char *city_name;
    const char *name;
    City *city;
} Street;

struct Two {
    aq_object_t object;
    int32_t id;
    const char *x;
    User *user;
};

/* ---- Tables without a model ---------------------------------------------------------------------------- */

static const aq_column_t photo_tags_columns[] = {
    AQ_COLUMN(INT4, "photo_id", .primary_key = true, .references = AQ_REF(Photo, id)),
    AQ_COLUMN(INT4, "tag_id", .primary_key = true, .references = AQ_REF(Tag, id)),
};
AQ_TABLE(photo_tags, photo_tags_columns);

static const aq_column_t photo_hidden_tags_columns[] = {
    AQ_COLUMN(INT4, "photo_id", .primary_key = true, .references = AQ_REF(Photo, id)),
    AQ_COLUMN(INT4, "tag_id", .primary_key = true, .references = AQ_REF(Tag, id)),
};
AQ_TABLE(photo_hidden_tags, photo_hidden_tags_columns);

/* ---- A ------------------------------------------------------------------------------------------------- */

static const aq_column_t a_columns[] = {
    AQ_INT4(A, id, .primary_key = true),
    AQ_INT4_NULL(A, other_id, .unique = true, .references = AQ_REF(B, id)),
};
static const aq_relationship_t a_relationships[] = {
    AQ_ONE(A, other, B, .back_populates = "as"),
    AQ_MANY(A, bs, B, .back_populates = "other"),
};
AQ_MODEL(A, a_columns, a_relationships);

/* ---- B ------------------------------------------------------------------------------------------------- */

static const aq_column_t b_columns[] = {
    AQ_INT4(B, id, .primary_key = true),
    AQ_INT4_NULL(B, other_id, .unique = true, .references = AQ_REF(A, id)),
};
static const aq_relationship_t b_relationships[] = {
    AQ_ONE(B, other, A, .back_populates = "bs"),
    AQ_MANY(B, as, A, .back_populates = "other"),
};
AQ_MODEL(B, b_columns, b_relationships);

/* ---- User ---------------------------------------------------------------------------------------------- */

static const aq_column_t user_columns[] = {
    AQ_INT4(User, id, .primary_key = true),
    AQ_INT4_NULL(User, avatar_id, .references = AQ_REF(Photo, id)),
};
static const aq_relationship_t user_relationships[] = {
    AQ_ONE(User, avatar, Photo, .back_populates = "users"),
    AQ_ONE(User, photo, Photo, .back_populates = "user", .foreign_keys = AQ_COLUMNS("user_id"),
           .cascade = AQ_CASCADE_ALL, .passive_deletes = true),
    AQ_ONE(User, two, Two, .back_populates = "user"),
};
AQ_MODEL(User, user_columns, user_relationships, .table = "users");

/* ---- Photo --------------------------------------------------------------------------------------------- */

static const aq_column_t photo_columns[] = {
    AQ_INT4(Photo, id, .primary_key = true),
    AQ_INT4(Photo, user_id, .unique = true, .references = AQ_REF(User, id), .on_delete = AQ_CASCADE),
};
static const aq_relationship_t photo_relationships[] = {
    AQ_ONE(Photo, user, User, .back_populates = "photo"),
    AQ_MANY(Photo, users, User, .back_populates = "avatar"),
    AQ_MANY(Photo, tags, Tag, .secondary = &photo_tags_table, .back_populates = "photos"),
    AQ_MANY(Photo, tags_by_photo_hidden_tags, Tag, .secondary = &photo_hidden_tags_table,
            .back_populates = "photos_by_photo_hidden_tags"),
};
AQ_MODEL(Photo, photo_columns, photo_relationships);

/* ---- Tag ----------------------------------------------------------------------------------------------- */

static const aq_column_t tag_columns[] = {
    AQ_INT4(Tag, id, .primary_key = true),
};
static const aq_relationship_t tag_relationships[] = {
    AQ_MANY(Tag, photos, Photo, .secondary = &photo_tags_table, .back_populates = "tags"),
    AQ_MANY(Tag, photos_by_photo_hidden_tags, Photo, .secondary = &photo_hidden_tags_table,
            .back_populates = "tags_by_photo_hidden_tags"),
};
AQ_MODEL(Tag, tag_columns, tag_relationships);

/* ---- Node ---------------------------------------------------------------------------------------------- */

static const aq_column_t node_columns[] = {
    AQ_INT4(Node, id, .primary_key = true),
    AQ_INT4_NULL(Node, next_id, .unique = true, .references = AQ_REF(Node, id)),
    AQ_INT4_NULL(Node, parent_id, .references = AQ_REF(Node, id)),
    AQ_INT4_NULL(Node, root_id, .references = AQ_REF(Node, id)),
};
static const aq_relationship_t node_relationships[] = {
    AQ_ONE(Node, next, Node, .back_populates = "next_of", .foreign_keys = AQ_COLUMNS("next_id"),
           .remote_side = AQ_COLUMNS("id")),
    AQ_ONE(Node, parent, Node, .back_populates = "children", .foreign_keys = AQ_COLUMNS("parent_id"),
           .remote_side = AQ_COLUMNS("id")),
    AQ_ONE(Node, root, Node, .back_populates = "root_nodes", .foreign_keys = AQ_COLUMNS("root_id"),
           .remote_side = AQ_COLUMNS("id")),
    AQ_ONE(Node, next_of, Node, .back_populates = "next", .foreign_keys = AQ_COLUMNS("next_id"),
           .remote_side = AQ_COLUMNS("next_id")),
    AQ_MANY(Node, children, Node, .back_populates = "parent", .foreign_keys = AQ_COLUMNS("parent_id")),
    AQ_MANY(Node, root_nodes, Node, .back_populates = "root", .foreign_keys = AQ_COLUMNS("root_id")),
};
AQ_MODEL(Node, node_columns, node_relationships);

/* ---- Country ------------------------------------------------------------------------------------------- */

static const aq_column_t country_columns[] = {
    AQ_CHAR(Country, code, 2, .primary_key = true),
};
static const aq_relationship_t country_relationships[] = {
    AQ_MANY(Country, cities, City, .back_populates = "country_row", .foreign_keys = AQ_COLUMNS("country")),
    AQ_MANY(Country, country_cities, City, .back_populates = "country_row_2",
            .foreign_keys = AQ_COLUMNS("country_code")),
};
AQ_MODEL(Country, country_columns, country_relationships);

/* ---- City ---------------------------------------------------------------------------------------------- */

static const aq_column_t city_columns[] = {
    AQ_CHAR(City, country, 2, .primary_key = true, .references = AQ_REF(Country, code)),
    AQ_TEXT(City, name, .primary_key = true),
    AQ_CHAR_NULL(City, country_code, 2, .references = AQ_REF(Country, code)),
};
static const aq_relationship_t city_relationships[] = {
    AQ_ONE(City, country_row, Country, .back_populates = "cities", .foreign_keys = AQ_COLUMNS("country")),
    AQ_ONE(City, country_row_2, Country, .back_populates = "country_cities",
           .foreign_keys = AQ_COLUMNS("country_code")),
    AQ_MANY(City, streets, Street, .back_populates = "city", .cascade = AQ_CASCADE_ALL,
            .passive_deletes = true),
};
AQ_MODEL(City, city_columns, city_relationships);

/* ---- Street -------------------------------------------------------------------------------------------- */

static const aq_column_t street_columns[] = {
    AQ_CHAR_NULL(Street, city_country, 2),
    AQ_TEXT_NULL(Street, city_name),
    AQ_TEXT(Street, name, .primary_key = true),
};
static const aq_relationship_t street_relationships[] = {
    AQ_ONE(Street, city, City, .back_populates = "streets"),
};
static const aq_constraint_t street_constraints[] = {
    AQ_FOREIGN_KEY(.columns = AQ_COLUMNS("city_country", "city_name"), .model = AQ_STRUCT(City),
                   .on_delete = AQ_CASCADE, .on_update = AQ_CASCADE),
};
AQ_MODEL(Street, street_columns, street_relationships, .constraints = AQ_LIST(street_constraints));

/* ---- Two ----------------------------------------------------------------------------------------------- */

static const aq_column_t two_columns[] = {
    AQ_INT4(Two, id, .primary_key = true, .references = AQ_REF(User, id)),
    AQ_TEXT_NULL(Two, x, .check = "x <> ''"),
};
static const aq_relationship_t two_relationships[] = {
    AQ_ONE(Two, user, User, .back_populates = "two"),
};
static const aq_constraint_t two_constraints[] = {
    AQ_CHECK("length(x) < 5"),
};
AQ_MODEL(Two, two_columns, two_relationships, .constraints = AQ_LIST(two_constraints));

/* ---- All of them --------------------------------------------------------------------------------------- */

/* Adds them to the db. What is wrong is told again by its seal; the last of it: aq_last_error(). */
static inline int relationships_add_models(aq_db_t *db)
{
    int wrong = 0;

    wrong |= aq_db_model(db, A);
    wrong |= aq_db_model(db, B);
    wrong |= aq_db_model(db, User);
    wrong |= aq_db_model(db, Photo);
    wrong |= aq_db_model(db, Tag);
    wrong |= aq_db_table(db, photo_tags);
    wrong |= aq_db_table(db, photo_hidden_tags);
    wrong |= aq_db_model(db, Node);
    wrong |= aq_db_model(db, Country);
    wrong |= aq_db_model(db, City);
    wrong |= aq_db_model(db, Street);
    wrong |= aq_db_model(db, Two);
    return wrong == 0 ? AQ_OK : aq_last_error()->code;
}

#endif
