/* The models of tests of sessions: those of the quickstart, and each kind of relationship once. */
#ifndef AQUIFER_T_SESSION_MODELS_H
#define AQUIFER_T_SESSION_MODELS_H

#include "aquifer/schema.h"

/* ---- One to many, NULL-able: users and posts ------------------------------------------------------------------------------------------ */

typedef struct User {
    aq_object_t object;
    int32_t id;
    const char *name, *email;
    int32_t visits, level;
    aq_many_t posts;
} User;

typedef struct Post {
    aq_object_t object;
    int32_t id;
    const char *title;
    aq_int4_null_t author_id;
    User *author;
} Post;

static const aq_column_t user_columns[] = {
    AQ_INT4(User, id, .primary_key = true),     AQ_VARCHAR(User, name, 80),
    AQ_VARCHAR_NULL(User, email, 120),          AQ_INT4(User, visits, .server_default = "7"),
    AQ_INT4(User, level, .default_value = "5"),
};
static const aq_relationship_t user_relationships[] = {
    AQ_MANY(User, posts, Post, .back_populates = "author"),
};
AQ_MODEL(User, user_columns, user_relationships);

static const aq_column_t post_columns[] = {
    AQ_INT4(Post, id, .primary_key = true),
    AQ_VARCHAR(Post, title, 80),
    AQ_INT4_NULL(Post, author_id, .references = AQ_REF(User, id)),
};
static const aq_relationship_t post_relationships[] = {
    AQ_ONE(Post, author, User, .back_populates = "posts"),
};
AQ_MODEL(Post, post_columns, post_relationships);

/* ---- NOT NULL, orphans are deleted: parents and children --------------------------------------------------------------------------------- */

typedef struct Parent {
    aq_object_t object;
    int32_t id;
    const char *name;
    aq_many_t children;
} Parent;

typedef struct Child {
    aq_object_t object;
    int32_t id;
    const char *name;
    int32_t parent_id;
    Parent *parent;
} Child;

static const aq_column_t parent_columns[] = {
    AQ_INT4(Parent, id, .primary_key = true),
    AQ_TEXT_NULL(Parent, name),
};
static const aq_relationship_t parent_relationships[] = {
    AQ_MANY(Parent, children, Child, .back_populates = "parent",
            .cascade = AQ_CASCADE_ALL | AQ_CASCADE_DELETE_ORPHAN),
};
AQ_MODEL(Parent, parent_columns, parent_relationships);

static const aq_column_t child_columns[] = {
    AQ_INT4(Child, id, .primary_key = true),
    AQ_TEXT_NULL(Child, name),
    AQ_INT4(Child, parent_id, .references = AQ_REF(Parent, id)),
};
static const aq_relationship_t child_relationships[] = {
    AQ_ONE(Child, parent, Parent, .back_populates = "children"),
};
AQ_MODEL(Child, child_columns, child_relationships);

/* ---- NOT NULL, nothing cascades but save-update: categories and articles --------------------------------------------------------------------- */

typedef struct Category {
    aq_object_t object;
    int32_t id;
    const char *name;
    aq_many_t articles;
} Category;

typedef struct Article {
    aq_object_t object;
    int32_t id;
    int32_t category_id;
    Category *category;
} Article;

static const aq_column_t category_columns[] = {
    AQ_INT4(Category, id, .primary_key = true),
    AQ_TEXT_NULL(Category, name),
};
AQ_MODEL(Category, category_columns, AQ_NONE);

static const aq_column_t article_columns[] = {
    AQ_INT4(Article, id, .primary_key = true),
    AQ_INT4(Article, category_id, .references = AQ_REF(Category, id)),
};
static const aq_relationship_t article_relationships[] = {
    AQ_ONE(Article, category, Category, .backref = AQ_BACKREF(Category, articles, Article)),
};
AQ_MODEL(Article, article_columns, article_relationships);

/* ---- Many to many: pages and tags --------------------------------------------------------------------------------------------------------------- */

typedef struct Tag {
    aq_object_t object;
    int32_t id;
    const char *name;
    aq_many_t pages;
} Tag;

typedef struct Page {
    aq_object_t object;
    int32_t id;
    const char *name;
    aq_many_t tags;
} Page;

static const aq_column_t page_tags_columns[] = {
    AQ_COLUMN(INT4, "tag_id", .primary_key = true, .references = AQ_REF(Tag, id)),
    AQ_COLUMN(INT4, "page_id", .primary_key = true, .references = AQ_REF(Page, id)),
};
AQ_TABLE(page_tags, page_tags_columns);

static const aq_column_t tag_columns[] = {
    AQ_INT4(Tag, id, .primary_key = true),
    AQ_TEXT_NULL(Tag, name),
};
static const aq_relationship_t tag_relationships[] = {
    AQ_MANY(Tag, pages, Page, .secondary = &page_tags_table, .back_populates = "tags"),
};
AQ_MODEL(Tag, tag_columns, tag_relationships);

static const aq_column_t page_columns[] = {
    AQ_INT4(Page, id, .primary_key = true),
    AQ_TEXT_NULL(Page, name),
};
static const aq_relationship_t page_relationships[] = {
    AQ_MANY(Page, tags, Tag, .secondary = &page_tags_table, .back_populates = "pages"),
};
AQ_MODEL(Page, page_columns, page_relationships);

/* ---- A tree, and one whose branches are deleted with it ------------------------------------------------------------------------------------------- */

typedef struct Node {
    aq_object_t object;
    int32_t id;
    const char *name;
    aq_int4_null_t parent_id;
    struct Node *parent;
    aq_many_t children;
} Node;

static const aq_column_t node_columns[] = {
    AQ_INT4(Node, id, .primary_key = true),
    AQ_TEXT_NULL(Node, name),
    AQ_INT4_NULL(Node, parent_id, .references = AQ_REF(Node, id)),
};
static const aq_relationship_t node_relationships[] = {
    AQ_ONE(Node, parent, Node, .back_populates = "children"),
    AQ_MANY(Node, children, Node, .back_populates = "parent"),
};
AQ_MODEL(Node, node_columns, node_relationships);

typedef struct Branch {
    aq_object_t object;
    int32_t id;
    aq_int4_null_t parent_id;
    aq_many_t branches;
} Branch;

static const aq_column_t branch_columns[] = {
    AQ_INT4(Branch, id, .primary_key = true),
    AQ_INT4_NULL(Branch, parent_id, .references = AQ_REF(Branch, id)),
};
static const aq_relationship_t branch_relationships[] = {
    AQ_MANY(Branch, branches, Branch, .cascade = AQ_CASCADE_ALL),
};
AQ_MODEL(Branch, branch_columns, branch_relationships);

/* ---- One to one: countries and capitals ----------------------------------------------------------------------------------------------------------------- */

typedef struct Country Country;

typedef struct Capital {
    aq_object_t object;
    int32_t id;
    const char *name;
    aq_int4_null_t country_id;
    Country *country;
} Capital;

struct Country {
    aq_object_t object;
    int32_t id;
    Capital *capital;
};

static const aq_column_t country_columns[] = {
    AQ_INT4(Country, id, .primary_key = true),
};
static const aq_relationship_t country_relationships[] = {
    AQ_ONE(Country, capital, Capital, .back_populates = "country",
           .cascade = AQ_CASCADE_ALL | AQ_CASCADE_DELETE_ORPHAN),
};
AQ_MODEL(Country, country_columns, country_relationships);

static const aq_column_t capital_columns[] = {
    AQ_INT4(Capital, id, .primary_key = true),
    AQ_TEXT_NULL(Capital, name),
    AQ_INT4_NULL(Capital, country_id, .references = AQ_REF(Country, id)),
};
static const aq_relationship_t capital_relationships[] = {
    AQ_ONE(Capital, country, Country, .back_populates = "capital"),
};
AQ_MODEL(Capital, capital_columns, capital_relationships);

/* ---- Rows that refer to each other: persons and balls ------------------------------------------------------------------------------------------------------ */

typedef struct Person Person;

typedef struct Ball {
    aq_object_t object;
    int32_t id;
    aq_int4_null_t owner_id;
    Person *owner;
} Ball;

struct Person {
    aq_object_t object;
    int32_t id;
    aq_int4_null_t favorite_id;
    Ball *favorite;
    aq_many_t balls;
};

static const aq_column_t ball_columns[] = {
    AQ_INT4(Ball, id, .primary_key = true),
    AQ_INT4_NULL(Ball, owner_id, .references = AQ_REF(Person, id)),
};
static const aq_relationship_t ball_relationships[] = {
    AQ_ONE(Ball, owner, Person, .back_populates = "balls", .foreign_keys = AQ_COLUMNS("owner_id")),
};
AQ_MODEL(Ball, ball_columns, ball_relationships);

static const aq_column_t person_columns[] = {
    AQ_INT4(Person, id, .primary_key = true),
    AQ_INT4_NULL(Person, favorite_id, .references = AQ_REF(Ball, id)),
};
static const aq_relationship_t person_relationships[] = {
    AQ_ONE(Person, favorite, Ball, .foreign_keys = AQ_COLUMNS("favorite_id"), .post_update = true),
    AQ_MANY(Person, balls, Ball, .back_populates = "owner", .foreign_keys = AQ_COLUMNS("owner_id")),
};
AQ_MODEL(Person, person_columns, person_relationships);

/* ---- Keys of several columns, callbacks, versions ------------------------------------------------------------------------------------------------------------ */

typedef struct Seat {
    aq_object_t object;
    int32_t row, place;
    int32_t price;
} Seat;

static const aq_column_t seat_columns[] = {
    AQ_INT4(Seat, row, .primary_key = true),
    AQ_INT4(Seat, place, .primary_key = true),
    AQ_INT4(Seat, price),
};
AQ_MODEL(Seat, seat_columns, AQ_NONE);

typedef struct Memo {
    aq_object_t object;
    int32_t id;
    const char *text;
    int32_t created, updated, version;
    int32_t length;
} Memo;

static int callback_code; /* what the callbacks return */

static inline int give_99(void *member, const void *object)
{
    (void)object;
    *(int32_t *)member = 99;
    return callback_code == AQ_OK ? AQ_OK : aq_fail(callback_code, "no number today");
}

static const aq_column_t memo_columns[] = {
    AQ_INT4(Memo, id, .primary_key = true),
    AQ_TEXT_NULL(Memo, text),
    AQ_INT4(Memo, created, .default_cb = give_99),
    AQ_INT4(Memo, updated, .server_default = "0", .update_cb = give_99),
    AQ_INT4(Memo, version),
    AQ_INT4(Memo, length, .generated = "length(text)"),
};
AQ_MODEL(Memo, memo_columns, AQ_NONE, .version = "version");

/* ---- Inheritance, keys that are keys of others, relationships of one side ------------------------------------------------------------------------------------------- */

typedef struct Account {
    aq_object_t object;
    int32_t id;
    const char *type;
    struct Profile *profile;
    aq_many_t payments;
} Account;

typedef struct Company {
    Account account;
    const char *vat;
} Company;

typedef struct Profile {
    aq_object_t object;
    int32_t account_id; /* its key, and its account's */
    Account *account;
} Profile;

typedef struct Picture {
    aq_object_t object;
    int32_t profile_id; /* the same once more */
    Profile *profile;
} Picture;

typedef struct Payment {
    aq_object_t object;
    int32_t id;
    aq_int4_null_t account_id;
} Payment;

static const aq_column_t account_columns[] = {
    AQ_INT4(Account, id, .primary_key = true),
    AQ_TEXT(Account, type),
};
static const aq_relationship_t account_relationships[] = {
    AQ_ONE(Account, profile, Profile, .back_populates = "account", .cascade = AQ_CASCADE_ALL),
    AQ_MANY(Account, payments, Payment, .passive_deletes = true),
};
AQ_MODEL(Account, account_columns, account_relationships, .discriminator = "type", .identity = "person");

static const aq_column_t company_columns[] = {
    AQ_TEXT_NULL(Company, vat),
};
AQ_SUBMODEL(Company, account, Account, company_columns, AQ_NONE, .identity = "company");

static const aq_column_t profile_columns[] = {
    AQ_INT4(Profile, account_id, .primary_key = true, .references = AQ_REF(Account, id)),
};
static const aq_relationship_t profile_relationships[] = {
    AQ_ONE(Profile, account, Account, .back_populates = "profile"),
};
AQ_MODEL(Profile, profile_columns, profile_relationships);

static const aq_column_t picture_columns[] = {
    AQ_INT4(Picture, profile_id, .primary_key = true, .references = AQ_REF(Profile, account_id)),
};
static const aq_relationship_t picture_relationships[] = {
    AQ_ONE(Picture, profile, Profile, .cascade = AQ_CASCADE_ALL),
};
AQ_MODEL(Picture, picture_columns, picture_relationships);

static const aq_column_t payment_columns[] = {
    AQ_INT4(Payment, id, .primary_key = true),
    AQ_INT4_NULL(Payment, account_id, .references = AQ_REF(Account, id), .on_delete = AQ_SET_NULL),
};
AQ_MODEL(Payment, payment_columns, AQ_NONE);

typedef struct Loner {
    aq_object_t object;
    int32_t id;
    aq_int4_null_t friend_id;
    User *friend;
} Loner;

static const aq_column_t loner_columns[] = {
    AQ_INT4(Loner, id, .primary_key = true),
    AQ_INT4_NULL(Loner, friend_id, .references = AQ_REF(User, id)),
};
static const aq_relationship_t loner_relationships[] = {
    AQ_ONE(Loner, friend, User, .cascade = AQ_CASCADE_NONE),
};
AQ_MODEL(Loner, loner_columns, loner_relationships);

#define ALL_MODELS                                                                                           \
    MODELS(&User_model, &Post_model, &Parent_model, &Child_model, &Category_model, &Article_model,           \
           &Tag_model, &Page_model, &Node_model, &Branch_model, &Country_model, &Capital_model, &Ball_model, \
           &Person_model, &Seat_model, &Memo_model, &Account_model, &Company_model, &Profile_model,          \
           &Picture_model, &Payment_model, &Loner_model)
#define ALL_TABLES ((const aq_table_t *const[]){&page_tags_table, NULL})

#endif
