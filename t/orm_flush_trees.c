/* Rows that refer to rows of the same table, and tables that refer to each other. */
#include "t/orm_flush.h"

typedef struct Node Node;
struct Node {
    aq_object_t object;
    int32_t id;
    const char *name;
    aq_int4_null_t parent_id;
    Node *parent;
    aq_many_t children;
};

static const aq_column_t node_columns[] = {
    AQ_INT4(Node, id, .primary_key = true),
    AQ_TEXT(Node, name),
    AQ_INT4_NULL(Node, parent_id, .references = AQ_REF(Node, id)),
};
static const aq_relationship_t node_relationships[] = {
    AQ_MANY(Node, children, Node, .back_populates = "parent", .order_by = "id", .cascade = AQ_CASCADE_ALL),
    AQ_ONE(Node, parent, Node, .back_populates = "children", .remote_side = AQ_COLUMNS("id")),
};
AQ_MODEL(Node, node_columns, node_relationships);

static void declare_nodes(aq_db_t *db)
{
    aq_db_model(db, Node);
}

static Node *add_node(uow_t *uow, Node *parent, const char *name)
{
    Node *node = aq_new(uow->session, Node);

    node->name = name;
    aq_set(node, Node, parent, parent);
    aq_add(uow->session, node);
    return node;
}

/* a -> b -> c -> d, e */
static Node *a, *b, *c, *d, *e;

static void tree(uow_t *uow)
{
    a = add_node(uow, NULL, "a");
    b = add_node(uow, a, "b");
    c = add_node(uow, b, "c");
    d = add_node(uow, c, "d");
    e = add_node(uow, NULL, "e");
    uow_commit(uow);
    uow_skip(uow);
}

static void deep(uow_t *uow)
{
    tree(uow);
    uow->told = 0;
    uow_tell(uow, "a tree of four levels");
    ok(d->parent_id.value == c->id && c->parent_id.value == b->id && b->parent_id.value == a->id,
       "each knows its parent's key");
    is_int(cluster_number(
               uow->cluster,
               "with recursive up as (select parent_id, 1 as depth from node where name = 'd' union all "
               "select node.parent_id, depth + 1 from node join up on node.id = up.parent_id) "
               "select max(depth) from up"),
           4, "four levels");
}

static void backwards(uow_t *uow)
{
    Node *leaf = aq_new(uow->session, Node), *middle = aq_new(uow->session, Node),
         *root = aq_new(uow->session, Node);

    leaf->name = "leaf";
    middle->name = "middle";
    root->name = "root";
    leaf->parent = middle;
    middle->parent = root;
    aq_add(uow->session, leaf);
    uow_commit(uow);
    uow_tell(uow, "a leaf is added, its parents follow, and come first");
    uow_is_contents(uow, "node: (1,root,) (2,middle,1) (3,leaf,2)");
    ok(root->children.count == 1 && root->children.items[0] == middle, "the root knows its child");
}

static void subtree_moves(uow_t *uow)
{
    tree(uow);
    aq_set(c, Node, parent, e);
    add_node(uow, d, "below d");
    uow_commit(uow);
    uow_tell(uow, "a subtree moves, and gets a leaf");
    is_int(cluster_number(
               uow->cluster,
               "select count(*) from node x join node y on y.id = x.parent_id where (x.name, y.name) in "
               "(('c', 'e'), ('below d', 'd'), ('d', 'c'), ('b', 'a'))"),
           4, "all are where they should be");
    ok(b->children.count == 0 && e->children.count == 1, "lists are in step");
}

static void unloaded(uow_t *uow)
{
    tree(uow);
    aq_expunge_all(uow->session);
    a = uow_wait(uow, aq_get(uow->session, Node, 1));
    uow_skip(uow);
    is_str(a->name, "a", "the root");
    aq_delete(uow->session, a);
    uow_commit(uow);
    uow_tell(uow, "a root whose descendants are not loaded");
    is_int(cluster_number(uow->cluster, "select count(*) from node"), 1, "one is left");
}

static void leaves_first(uow_t *uow)
{
    tree(uow);
    aq_delete(uow->session, a);
    uow_commit(uow);
    uow_tell(uow, "a root whose descendants are loaded");
    ok(aq_object_state(d) == AQ_DETACHED, "they are gone");
    is_int(cluster_number(uow->cluster, "select count(*) from node"), 1, "one is left");
}

static void swapped(uow_t *uow)
{
    tree(uow);
    aq_set(b, Node, parent, NULL);
    aq_set(a, Node, parent, b);
    uow_commit(uow);
    uow_tell(uow, "parent and child change places");
    is_int(cluster_number(uow->cluster, "select count(*) from node x join node y on y.id = x.parent_id where "
                                        "x.name = 'a' and y.name = 'b'"),
           1, "swapped");
}

/* ---- Two tables ----------------------------------------------------------------------------------------------------------- */

typedef struct Person Person;
typedef struct Ball Ball;

struct Person {
    aq_object_t object;
    int32_t id;
    aq_int4_null_t favorite_id;
    aq_many_t balls;
    Ball *favorite;
};

struct Ball {
    aq_object_t object;
    int32_t id;
    aq_int4_null_t owner_id;
    Person *owner;
};

static const aq_column_t person_columns[] = {
    AQ_INT4(Person, id, .primary_key = true),
    AQ_INT4_NULL(Person, favorite_id, .references = AQ_REF(Ball, id)),
};
static const aq_relationship_t person_relationships[] = {
    AQ_MANY(Person, balls, Ball, .back_populates = "owner", .foreign_keys = AQ_COLUMNS("owner_id"),
            .cascade = AQ_CASCADE_ALL),
    AQ_ONE(Person, favorite, Ball, .foreign_keys = AQ_COLUMNS("favorite_id"), .post_update = true),
};
AQ_MODEL(Person, person_columns, person_relationships);

static const aq_column_t ball_columns[] = {
    AQ_INT4(Ball, id, .primary_key = true),
    AQ_INT4_NULL(Ball, owner_id, .references = AQ_REF(Person, id)),
};
static const aq_relationship_t ball_relationships[] = {
    AQ_ONE(Ball, owner, Person, .back_populates = "balls", .foreign_keys = AQ_COLUMNS("owner_id")),
};
AQ_MODEL(Ball, ball_columns, ball_relationships);

static void declare_balls(aq_db_t *db)
{
    aq_db_model(db, Person);
    aq_db_model(db, Ball);
}

static Person *person;
static Ball *balls[2];

static void owner(uow_t *uow)
{
    person = aq_new(uow->session, Person);
    for (int i = 0; i < 2; i++) {
        balls[i] = aq_new(uow->session, Ball);
        aq_append(person, Person, balls, balls[i]);
    }
    aq_set(person, Person, favorite, balls[1]);
    aq_add(uow->session, person);
    uow_commit(uow);
}

static void favorite_changes(uow_t *uow)
{
    Ball *ball;

    owner(uow);
    uow_is_contents(uow, "ball: (1,1) (2,1)\nperson: (1,2)");
    uow_skip(uow);
    ball = aq_new(uow->session, Ball);
    aq_append(person, Person, balls, ball);
    aq_set(person, Person, favorite, ball);
    uow_commit(uow);
    uow_tell(uow, "post_update: the favorite is a new one");
    uow_is_contents(uow, "ball: (1,1) (2,1) (3,1)\nperson: (1,3)");
    aq_set(person, Person, favorite, balls[0]);
    uow_commit(uow);
    uow_tell(uow, "... an old one");
    uow_is_contents(uow, "ball: (1,1) (2,1) (3,1)\nperson: (1,1)");
    aq_set(person, Person, favorite, NULL);
    uow_commit(uow);
    uow_tell(uow, "... none");
    uow_is_contents(uow, "ball: (1,1) (2,1) (3,1)\nperson: (1,)");
}

static void circle_goes(uow_t *uow)
{
    owner(uow);
    uow_skip(uow);
    aq_delete(uow->session, person);
    uow_commit(uow);
    uow_tell(uow, "post_update: both go");
    uow_is_contents(uow, "");
}

static void favorite_goes(uow_t *uow)
{
    owner(uow);
    uow_skip(uow);
    aq_set(person, Person, favorite, NULL);
    aq_delete(uow->session, balls[1]);
    uow_commit(uow);
    uow_tell(uow, "post_update: the favorite goes");
    uow_is_contents(uow, "ball: (1,1)\nperson: (1,)");
}

const flush_case_t flush_trees_cases[] = {
    {"a deep tree", declare_nodes, deep},
    {"a tree from its leaf", declare_nodes, backwards},
    {"a subtree moves", declare_nodes, subtree_moves},
    {"a tree that is not loaded goes", declare_nodes, unloaded},
    {"a tree that is loaded goes", declare_nodes, leaves_first},
    {"parent and child change places", declare_nodes, swapped},
    {"a favorite changes", declare_balls, favorite_changes},
    {"a circle goes", declare_balls, circle_goes},
    {"a favorite goes", declare_balls, favorite_goes},
    {NULL, NULL, NULL},
};
