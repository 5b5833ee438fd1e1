/* Parents and children: orphans, cascades, children that are not loaded. */
#include "t/orm_flush.h"

typedef struct Parent Parent;
typedef struct Child Child;
typedef struct Toy Toy;

struct Parent {
    aq_object_t object;
    int32_t id;
    const char *name;
    aq_many_t children;
};

struct Child {
    aq_object_t object;
    int32_t id;
    const char *name;
    int32_t parent_id;
    Parent *parent;
    aq_many_t toys;
};

struct Toy {
    aq_object_t object;
    int32_t id;
    aq_int4_null_t child_id;
    Child *child;
};

static const aq_column_t parent_columns[] = {
    AQ_INT4(Parent, id, .primary_key = true),
    AQ_TEXT(Parent, name),
};
static const aq_relationship_t parent_relationships[] = {
    AQ_MANY(Parent, children, Child, .back_populates = "parent", .order_by = "id",
            .cascade = AQ_CASCADE_ALL | AQ_CASCADE_DELETE_ORPHAN),
};
AQ_MODEL(Parent, parent_columns, parent_relationships);

static const aq_column_t child_columns[] = {
    AQ_INT4(Child, id, .primary_key = true),
    AQ_TEXT(Child, name),
    AQ_INT4(Child, parent_id, .references = AQ_REF(Parent, id)),
};
static const aq_relationship_t child_relationships[] = {
    AQ_ONE(Child, parent, Parent, .back_populates = "children"),
    AQ_MANY(Child, toys, Toy, .back_populates = "child", .cascade = AQ_CASCADE_ALL),
};
AQ_MODEL(Child, child_columns, child_relationships);

static const aq_column_t toy_columns[] = {
    AQ_INT4(Toy, id, .primary_key = true),
    AQ_INT4_NULL(Toy, child_id, .references = AQ_REF(Child, id)),
};
static const aq_relationship_t toy_relationships[] = {
    AQ_ONE(Toy, child, Child, .back_populates = "toys"),
};
AQ_MODEL(Toy, toy_columns, toy_relationships);

static void declare(aq_db_t *db)
{
    aq_db_model(db, Parent);
    aq_db_model(db, Child);
    aq_db_model(db, Toy);
}

static Parent *add_parent(uow_t *uow, const char *name)
{
    Parent *parent = aq_new(uow->session, Parent);

    parent->name = name;
    aq_add(uow->session, parent);
    return parent;
}

static Child *add_child(uow_t *uow, Parent *parent, const char *name)
{
    Child *child = aq_new(uow->session, Child);

    child->name = name;
    aq_append(parent, Parent, children, child);
    return child;
}

static Toy *add_toy(uow_t *uow, Child *child)
{
    Toy *toy = aq_new(uow->session, Toy);

    aq_append(child, Child, toys, toy);
    return toy;
}

/* p -> (a -> toy 1, toy 2; b), q */
static Parent *p, *q;
static Child *a, *b;
static Toy *toys[2];

static void family(uow_t *uow)
{
    p = add_parent(uow, "p");
    q = add_parent(uow, "q");
    a = add_child(uow, p, "a");
    b = add_child(uow, p, "b");
    toys[0] = add_toy(uow, a);
    toys[1] = add_toy(uow, a);
    uow_commit(uow);
    uow_skip(uow);
}

static void three_levels(uow_t *uow)
{
    family(uow);
    uow->told = 0;
    uow_tell(uow, "parents, children, toys: keys of each level are drawn in the same trip");
    uow_is_contents(uow, "child: (1,a,1) (2,b,1)\nparent: (1,p) (2,q)\ntoy: (1,1) (2,1)");
}

static void orphan_moves(uow_t *uow)
{
    family(uow);
    aq_remove(p, Parent, children, a);
    aq_append(q, Parent, children, a);
    uow_commit(uow);
    uow_tell(uow, "a child that goes to another parent is no orphan");
    ok(a->parent == q && a->parent_id == q->id, "it has a parent");
    uow_is_contents(uow, "child: (1,a,2) (2,b,1)\nparent: (1,p) (2,q)\ntoy: (1,1) (2,1)");
}

static void orphan_and_its_own(uow_t *uow)
{
    family(uow);
    aq_remove(p, Parent, children, a);
    uow_commit(uow);
    uow_tell(uow, "an orphan goes, and its toys");
    ok(aq_object_state(toys[0]) == AQ_DETACHED && aq_object_state(a) == AQ_DETACHED, "they are gone");
    uow_is_contents(uow, "child: (2,b,1)\nparent: (1,p) (2,q)");
}

static void pending_orphan(uow_t *uow)
{
    Child *child;

    family(uow);
    child = add_child(uow, p, "never");
    aq_remove(p, Parent, children, child);
    uow_commit(uow);
    uow_tell(uow, "a child that was never written and is taken off is nothing");
    uow_is_contents(uow, "child: (1,a,1) (2,b,1)\nparent: (1,p) (2,q)\ntoy: (1,1) (2,1)");
}

static void removed_and_back(uow_t *uow)
{
    family(uow);
    aq_remove(p, Parent, children, a);
    aq_append(p, Parent, children, a);
    uow_commit(uow);
    uow_tell(uow, "a child that is taken off and put back is as it was");
    uow_is_contents(uow, "child: (1,a,1) (2,b,1)\nparent: (1,p) (2,q)\ntoy: (1,1) (2,1)");
}

static void child_by_itself(uow_t *uow)
{
    family(uow);
    aq_delete(uow->session, b);
    uow_commit(uow);
    uow_tell(uow, "a child that is deleted by itself");
    is_int(p->children.count, 1, "its parent's list does not have it");
    ok(p->children.items[0] == a, "but the other one");
    uow_is_contents(uow, "child: (1,a,1)\nparent: (1,p) (2,q)\ntoy: (1,1) (2,1)");
}

static void all_unloaded(uow_t *uow)
{
    Parent *parent;

    family(uow);
    aq_expunge_all(uow->session);
    parent = uow_wait(uow, aq_get(uow->session, Parent, 1));
    uow_skip(uow);
    aq_delete(uow->session, parent);
    uow_commit(uow);
    uow_tell(uow, "a parent whose children, and theirs, are not loaded");
    uow_is_contents(uow, "parent: (2,q)");
}

static void some_loaded(uow_t *uow)
{
    Parent *parent;
    Child *child;

    family(uow);
    aq_expunge_all(uow->session);
    parent = uow_wait(uow, aq_get(uow->session, Parent, 1));
    child = uow_wait(uow, aq_get(uow->session, Child, 2));
    uow_skip(uow);
    aq_delete(uow->session, parent);
    uow_commit(uow);
    uow_tell(uow, "... of which one is in the session by chance");
    ok(aq_object_state(child) == AQ_DETACHED, "it is gone too");
    uow_is_contents(uow, "parent: (2,q)");
}

static void moved_then_parent_deleted(uow_t *uow)
{
    family(uow);
    aq_set(a, Child, parent, q);
    aq_delete(uow->session, p);
    uow_commit(uow);
    uow_tell(uow, "a child goes to another parent, and the first one is deleted with the rest");
    uow_is_contents(uow, "child: (1,a,2)\nparent: (2,q)\ntoy: (1,1) (2,1)");
}

static void append_to_unloaded(uow_t *uow)
{
    Parent *parent;

    family(uow);
    aq_expunge_all(uow->session);
    parent = uow_wait(uow, aq_get(uow->session, Parent, 2));
    uow_skip(uow);
    add_child(uow, parent, "c");
    uow_commit(uow);
    uow_tell(uow, "a list that is not loaded gets another");
    uow_is_contents(uow, "child: (1,a,1) (2,b,1) (3,c,2)\nparent: (1,p) (2,q)\ntoy: (1,1) (2,1)");
}

static void set_unloaded(uow_t *uow)
{
    Child *child;
    Parent *parent;

    family(uow);
    aq_expunge_all(uow->session);
    parent = uow_wait(uow, aq_get(uow->session, Parent, 2));
    child = uow_wait(uow, aq_get(uow->session, Child, 1));
    uow_skip(uow);
    ok(!aq_is_loaded(child, Child, parent), "its parent is not loaded");
    child->parent = parent;
    uow_commit(uow);
    uow_tell(uow, "a plain pointer where nothing was loaded");
    ok(aq_related(child, Child, parent) == parent, "it is what was set");
    uow_is_contents(uow, "child: (1,a,2) (2,b,1)\nparent: (1,p) (2,q)\ntoy: (1,1) (2,1)");
}

static void rolled_back(uow_t *uow)
{
    Child *child;

    family(uow);
    child = add_child(uow, q, "c");
    aq_delete(uow->session, b);
    a->name = "z";
    uow_flush(uow);
    ok(child->id == 3 && aq_object_state(b) == AQ_DELETED, "written");
    uow_rollback(uow);
    ok(aq_object_state(child) == AQ_TRANSIENT && child->id == 0, "what was new is transient");
    ok(aq_object_state(b) == AQ_PERSISTENT && b->parent == p, "what was deleted is back");
    is_str(a->name, "a", "what was changed is as it was");
    uow_skip(uow);
    uow_is_contents(uow, "child: (1,a,1) (2,b,1)\nparent: (1,p) (2,q)\ntoy: (1,1) (2,1)");
    aq_set(child, Child, parent, q);
    aq_add(uow->session, child);
    a->name = "y";
    uow_commit(uow);
    uow_tell(uow, "after a rollback: the same again");
    uow_is_contents(uow, "child: (1,y,1) (2,b,1) (4,c,2)\nparent: (1,p) (2,q)\ntoy: (1,1) (2,1)");
}

static void flushes_then_commit(uow_t *uow)
{
    aq_pool_stats_t before, after;

    family(uow);
    aq_pool_get_stats(uow->context, NULL, &before);
    for (int i = 0; i < 3; i++) {
        add_child(uow, q, "c");
        uow_flush(uow);
    }
    uow_commit(uow);
    aq_pool_get_stats(uow->context, NULL, &after);
    is_int(after.syncs - before.syncs, 4,
           "three flushes and a commit are four round trips: BEGIN goes with the first");
    uow_tell(uow, "three flushes and a commit");
    uow_is_contents(uow,
                    "child: (1,a,1) (2,b,1) (3,c,2) (4,c,2) (5,c,2)\nparent: (1,p) (2,q)\ntoy: (1,1) (2,1)");
}

const flush_case_t flush_families_cases[] = {
    {"three levels", declare, three_levels},
    {"an orphan that moves", declare, orphan_moves},
    {"an orphan and its own", declare, orphan_and_its_own},
    {"a pending orphan", declare, pending_orphan},
    {"removed and put back", declare, removed_and_back},
    {"a child by itself", declare, child_by_itself},
    {"nothing is loaded", declare, all_unloaded},
    {"some are loaded", declare, some_loaded},
    {"moved, then the parent is deleted", declare, moved_then_parent_deleted},
    {"an unloaded list gets another", declare, append_to_unloaded},
    {"a pointer that was not loaded", declare, set_unloaded},
    {"rolled back", declare, rolled_back},
    {"flushes, then a commit", declare, flushes_then_commit},
    {NULL, NULL, NULL},
};
