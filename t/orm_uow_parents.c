/* Parents and children: which comes first, what becomes of children whose parent goes away, orphans. */
#include "t/orm_uow.h"

/* ---- m_o2m ------------------------------------------------------------------------------------------------------ */

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
    aq_int4_null_t category_id;
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
    AQ_INT4_NULL(Post, category_id, .references = AQ_REF(Category, id)),
};
static const aq_relationship_t post_relationships[] = {
    AQ_ONE(Post, category, Category, .back_populates = "posts"),
};
AQ_MODEL(Post, post_columns, post_relationships);

static Category *c;
static Post *posts[2];

static void declare_posts(aq_db_t *db)
{
    aq_db_model(db, Category);
    aq_db_model(db, Post);
}

static Category *new_category(uow_t *uow, const char *name)
{
    Category *category = aq_new(uow->session, Category);

    category->name = name;
    return category;
}

static Post *new_post(uow_t *uow, const char *title)
{
    Post *post = aq_new(uow->session, Post);

    post->title = title;
    return post;
}

static void two_posts(uow_t *uow)
{
    c = new_category(uow, "c");
    posts[0] = new_post(uow, "1");
    posts[1] = new_post(uow, "2");
    aq_append(c, Category, posts, posts[0]);
    aq_append(c, Category, posts, posts[1]);
    aq_add(uow->session, c);
    aq_add(uow->session, new_category(uow, "d"));
}

static void o2m_add_child_first(uow_t *uow)
{
    Post *post = new_post(uow, "p");

    aq_set(post, Post, category, new_category(uow, "c"));
    aq_add(uow->session, post);
    uow_commit(uow);
}

static void o2m_two_parents(uow_t *uow)
{
    Category *a = new_category(uow, "a"), *b = new_category(uow, "b");
    Post *first = new_post(uow, "1"), *second = new_post(uow, "2");

    first->category = b; /* a plain member does as well */
    second->category = a;
    aq_add_all(uow->session, (void *[]){first, second, b, a}, 4);
    uow_commit(uow);
    ok(b->posts.count == 1 && a->posts.count == 1, "the other side knows once it is flushed");
}

static void o2m_remove_nullable(uow_t *uow)
{
    aq_remove(c, Category, posts, posts[0]);
    uow_commit(uow);
    ok(!posts[0]->category_id.present && posts[0]->category == NULL, "it has no category");
}

/* ---- m_o2m_notnull ------------------------------------------------------------------------------------------------------------ */

typedef struct Shelf {
    aq_object_t object;
    int32_t id;
    const char *name;
    aq_many_t books;
} Shelf;

typedef struct Book {
    aq_object_t object;
    int32_t id;
    const char *title;
    int32_t category_id;
    Shelf *category;
} Book;

static const aq_column_t shelf_columns[] = {
    AQ_INT4(Shelf, id, .primary_key = true),
    AQ_VARCHAR(Shelf, name, 50),
};
static const aq_relationship_t shelf_relationships[] = {
    AQ_MANY(Shelf, books, Book, .back_populates = "category", .order_by = "id"),
};
AQ_MODEL(Shelf, shelf_columns, shelf_relationships, .table = "category");

static const aq_column_t book_columns[] = {
    AQ_INT4(Book, id, .primary_key = true),
    AQ_VARCHAR(Book, title, 80),
    AQ_INT4(Book, category_id, .references = AQ_REF(Shelf, id)),
};
static const aq_relationship_t book_relationships[] = {
    AQ_ONE(Book, category, Shelf, .back_populates = "books"),
};
AQ_MODEL(Book, book_columns, book_relationships, .table = "post");

static Shelf *shelf;
static Book *books[2];

static void declare_books(aq_db_t *db)
{
    aq_db_model(db, Shelf);
    aq_db_model(db, Book);
}

static Shelf *new_shelf(uow_t *uow, const char *name)
{
    Shelf *made = aq_new(uow->session, Shelf);

    made->name = name;
    return made;
}

static Book *new_book(uow_t *uow, const char *title)
{
    Book *book = aq_new(uow->session, Book);

    book->title = title;
    return book;
}

static void two_books(uow_t *uow)
{
    shelf = new_shelf(uow, "c");
    books[0] = new_book(uow, "1");
    books[1] = new_book(uow, "2");
    aq_append(shelf, Shelf, books, books[0]);
    aq_append(shelf, Shelf, books, books[1]);
    aq_add_all(uow->session, (void *[]){shelf, new_shelf(uow, "d")}, 2);
}

static void o2m_quickstart(uow_t *uow)
{
    Shelf *python = new_shelf(uow, "Python");
    Book *hello = new_book(uow, "Hello Python!"), *snakes = new_book(uow, "Snakes");

    aq_set(hello, Book, category, python);
    aq_append(python, Shelf, books, snakes);
    aq_add(uow->session, python);
    uow_commit(uow);
    ok(hello->category_id == python->id && snakes->category_id == python->id, "the posts know its key");
    ok(snakes->category == python && python->books.count == 2, "both sides are in step");
}

static void o2m_delete_parent_and_children(uow_t *uow)
{
    aq_delete(uow->session, shelf);
    aq_delete(uow->session, books[0]);
    aq_delete(uow->session, books[1]);
    uow_commit(uow);
}

static void o2m_delete_parent_notnull(uow_t *uow)
{
    aq_delete(uow->session, shelf);
    uow_commit(uow);
}

/* ---- m_o2m_cascade ------------------------------------------------------------------------------------------------------------------ */

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
    AQ_VARCHAR_NULL(Parent, name, 50),
};
static const aq_relationship_t parent_relationships[] = {
    AQ_MANY(Parent, children, Child, .backref = AQ_BACKREF(Child, parent, Parent), .order_by = "id",
            .cascade = AQ_CASCADE_ALL | AQ_CASCADE_DELETE_ORPHAN),
};
AQ_MODEL(Parent, parent_columns, parent_relationships);

static const aq_column_t child_columns[] = {
    AQ_INT4(Child, id, .primary_key = true),
    AQ_VARCHAR_NULL(Child, name, 50),
    AQ_INT4(Child, parent_id, .references = AQ_REF(Parent, id)),
};
AQ_MODEL(Child, child_columns, AQ_NONE);

static Parent *parent;
static Child *children[2];

static void declare_children(aq_db_t *db)
{
    aq_db_model(db, Parent);
    aq_db_model(db, Child);
}

static void two_children(uow_t *uow)
{
    static const char *const names[] = {"c1", "c2"};

    parent = aq_new(uow->session, Parent);
    parent->name = "p";
    for (int i = 0; i < 2; i++) {
        children[i] = aq_new(uow->session, Child);
        children[i]->name = names[i];
        aq_append(parent, Parent, children, children[i]);
    }
    aq_add(uow->session, parent);
}

static void cascade_delete_unloaded(uow_t *uow)
{
    aq_expunge_all(uow->session);
    parent = uow_wait(uow, aq_get(uow->session, Parent, 1));
    ok(!aq_is_loaded(parent, Parent, children), "the children are not loaded");
    aq_delete(uow->session, parent);
    uow_commit(uow);
}

static void cascade_orphan_removed(uow_t *uow)
{
    aq_remove(parent, Parent, children, children[0]);
    uow_commit(uow);
    ok(aq_object_state(children[0]) == AQ_DETACHED, "the orphan is gone");
}

/* ---- m_o2o_orphan ---------------------------------------------------------------------------------------------------------------------- */

typedef struct Owner Owner;

typedef struct Only {
    aq_object_t object;
    int32_t id;
    const char *name;
    aq_int4_null_t parent_id;
    Owner *parent;
} Only;

struct Owner {
    aq_object_t object;
    int32_t id;
    Only *child;
};

static const aq_column_t owner_columns[] = {
    AQ_INT4(Owner, id, .primary_key = true),
};
static const aq_relationship_t owner_relationships[] = {
    AQ_ONE(Owner, child, Only, .backref = AQ_BACKREF(Only, parent, Owner),
           .cascade = AQ_CASCADE_ALL | AQ_CASCADE_DELETE_ORPHAN),
};
AQ_MODEL(Owner, owner_columns, owner_relationships, .table = "parent");

static const aq_column_t only_columns[] = {
    AQ_INT4(Only, id, .primary_key = true),
    AQ_VARCHAR_NULL(Only, name, 20),
    AQ_INT4_NULL(Only, parent_id, .references = AQ_REF(Owner, id)),
};
AQ_MODEL(Only, only_columns, AQ_NONE, .table = "child");

static Owner *owner;

static void declare_owners(aq_db_t *db)
{
    aq_db_model(db, Owner);
    aq_db_model(db, Only);
}

static Only *new_only(uow_t *uow, const char *name)
{
    Only *only = aq_new(uow->session, Only);

    only->name = name;
    return only;
}

static void one_owner(uow_t *uow)
{
    owner = aq_new(uow->session, Owner);
    aq_set(owner, Owner, child, new_only(uow, "c1"));
    aq_add(uow->session, owner);
}

static void o2o_replace_orphan(uow_t *uow)
{
    Only *old = owner->child;

    aq_set(owner, Owner, child, new_only(uow, "c2"));
    uow_commit(uow);
    ok(aq_object_state(old) == AQ_DETACHED, "the old child is gone");
}

const uow_row_t uow_parents_rows[] = {
    UOW_ROW(declare_books, NULL, o2m_quickstart),
    UOW_ROW(declare_posts, NULL, o2m_add_child_first),
    UOW_ROW(declare_posts, NULL, o2m_two_parents),
    UOW_ROW(declare_posts, two_posts, o2m_remove_nullable),
    UOW_ROW(declare_books, two_books, o2m_delete_parent_notnull,
            .settled = "what can only fail is not sent: AQ_ENOTNULL, SQLSTATE 23502, with the objects' names",
            .writes = "", .error = "Shelf.books: <Book 1> loses <Shelf 1>, and Book.category_id is NOT NULL"),
    UOW_ROW(declare_books, two_books, o2m_delete_parent_and_children),
    UOW_ROW(declare_children, two_children, cascade_delete_unloaded),
    UOW_ROW(declare_children, two_children, cascade_orphan_removed),
    UOW_ROW(declare_owners, one_owner, o2o_replace_orphan),
    {.name = NULL},
};
