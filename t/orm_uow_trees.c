/* Rows that refer to rows of the same table, and tables that refer to each other. */
#include "t/orm_uow.h"

/* ---- m_self -------------------------------------------------------------------------------------------------------------- */

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
    AQ_VARCHAR_NULL(Node, name, 20),
    AQ_INT4_NULL(Node, parent_id, .references = AQ_REF(Node, id)),
};
static const aq_relationship_t node_relationships[] = {
    AQ_MANY(Node, children, Node, .backref = AQ_BACKREF(Node, parent, Node), .order_by = "id"),
};
AQ_MODEL(Node, node_columns, node_relationships);

/* root -> (a -> a1, b) */
static Node *nodes[4];
static const char *const names[] = {"root", "a", "b", "a1"};

static void declare_nodes(aq_db_t *db)
{
    aq_db_model(db, Node);
}

static Node *new_node(uow_t *uow, const char *name)
{
    Node *node = aq_new(uow->session, Node);

    node->name = name;
    return node;
}

static void tree(uow_t *uow)
{
    for (int i = 0; i < 4; i++)
        nodes[i] = new_node(uow, names[i]);
    aq_append(nodes[0], Node, children, nodes[1]);
    aq_append(nodes[0], Node, children, nodes[2]);
    aq_append(nodes[1], Node, children, nodes[3]);
    aq_add(uow->session, nodes[0]);
}

static void self_insert_tree(uow_t *uow)
{
    tree(uow);
    uow_commit(uow);
    ok(nodes[3]->parent_id.value == nodes[1]->id && nodes[1]->parent_id.value == nodes[0]->id,
       "each knows its parent");
}

static void self_insert_unrelated(uow_t *uow)
{
    aq_add_all(uow->session, (void *[]){new_node(uow, "x"), new_node(uow, "y"), new_node(uow, "z")}, 3);
    uow_commit(uow);
}

static void self_delete_root_nullable(uow_t *uow)
{
    aq_delete(uow->session, nodes[0]);
    uow_commit(uow);
    ok(!nodes[1]->parent_id.present && nodes[1]->parent == NULL, "its children have no parent");
}

static void self_delete_all(uow_t *uow)
{
    for (int i = 0; i < 4; i++)
        aq_delete(uow->session, nodes[i]);
    uow_commit(uow);
}

static void self_cycle_insert(uow_t *uow)
{
    Node *a = new_node(uow, "a"), *b = new_node(uow, "b");

    aq_add_all(uow->session, (void *[]){a, b}, 2);
    aq_set(a, Node, parent, b);
    aq_set(b, Node, parent, a);
    uow_commit(uow);
}

static void self_row_points_to_itself(uow_t *uow)
{
    Node *a = new_node(uow, "a");

    aq_set(a, Node, parent, a);
    aq_add(uow->session, a);
    uow_commit(uow);
}

/* ---- m_self_cascade -------------------------------------------------------------------------------------------------------------- */

typedef struct Branch Branch;
struct Branch {
    aq_object_t object;
    int32_t id;
    const char *name;
    aq_int4_null_t parent_id;
    Branch *parent;
    aq_many_t children;
};

static const aq_column_t branch_columns[] = {
    AQ_INT4(Branch, id, .primary_key = true),
    AQ_VARCHAR_NULL(Branch, name, 20),
    AQ_INT4_NULL(Branch, parent_id, .references = AQ_REF(Branch, id)),
};
static const aq_relationship_t branch_relationships[] = {
    AQ_MANY(Branch, children, Branch, .backref = AQ_BACKREF(Branch, parent, Branch), .order_by = "id",
            .cascade = AQ_CASCADE_ALL | AQ_CASCADE_DELETE_ORPHAN),
};
AQ_MODEL(Branch, branch_columns, branch_relationships, .table = "node");

static Branch *root;

static void declare_branches(aq_db_t *db)
{
    aq_db_model(db, Branch);
}

static void branch_tree(uow_t *uow)
{
    Branch *branches[4];

    for (int i = 0; i < 4; i++) {
        branches[i] = aq_new(uow->session, Branch);
        branches[i]->name = names[i];
    }
    root = branches[0];
    aq_append(branches[0], Branch, children, branches[1]);
    aq_append(branches[0], Branch, children, branches[2]);
    aq_append(branches[1], Branch, children, branches[3]);
    aq_add(uow->session, root);
}

static void self_delete_root_cascade(uow_t *uow)
{
    aq_delete(uow->session, root);
    uow_commit(uow);
}

/* ---- m_cycle ---------------------------------------------------------------------------------------------------------------- */

typedef struct Person Person;
typedef struct Ball Ball;

struct Person {
    aq_object_t object;
    int32_t id;
    const char *name;
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
    AQ_VARCHAR_NULL(Person, name, 20),
    AQ_INT4_NULL(Person, favorite_id, .references = AQ_REF(Ball, id)),
};
static const aq_relationship_t person_relationships[] = {
    AQ_MANY(Person, balls, Ball, .foreign_keys = AQ_COLUMNS("owner_id"),
            .backref = AQ_BACKREF(Ball, owner, Person)),
    AQ_ONE(Person, favorite, Ball, .foreign_keys = AQ_COLUMNS("favorite_id")),
};
AQ_MODEL(Person, person_columns, person_relationships);

static const aq_column_t ball_columns[] = {
    AQ_INT4(Ball, id, .primary_key = true),
    AQ_INT4_NULL(Ball, owner_id, .references = AQ_REF(Person, id)),
};
AQ_MODEL(Ball, ball_columns, AQ_NONE);

static void declare_balls(aq_db_t *db)
{
    aq_db_model(db, Person);
    aq_db_model(db, Ball);
}

static void cycle_without_post_update(uow_t *uow)
{
    Person *person = aq_new(uow->session, Person);
    Ball *ball = aq_new(uow->session, Ball), *other = aq_new(uow->session, Ball);

    person->name = "p";
    aq_append(person, Person, balls, ball);
    aq_append(person, Person, balls, other);
    aq_set(person, Person, favorite, ball);
    aq_add(uow->session, person);
    uow_commit(uow);
}

/* ---- m_cycle_pu ---------------------------------------------------------------------------------------------------------------- */

typedef struct Fan Fan;
typedef struct Toy Toy;

struct Fan {
    aq_object_t object;
    int32_t id;
    const char *name;
    aq_int4_null_t favorite_id;
    aq_many_t balls;
    Toy *favorite;
};

struct Toy {
    aq_object_t object;
    int32_t id;
    aq_int4_null_t owner_id;
    Fan *owner;
};

static const aq_column_t fan_columns[] = {
    AQ_INT4(Fan, id, .primary_key = true),
    AQ_VARCHAR_NULL(Fan, name, 20),
    AQ_INT4_NULL(Fan, favorite_id, .references = AQ_REF(Toy, id)),
};
static const aq_relationship_t fan_relationships[] = {
    AQ_MANY(Fan, balls, Toy, .foreign_keys = AQ_COLUMNS("owner_id"), .backref = AQ_BACKREF(Toy, owner, Fan)),
    AQ_ONE(Fan, favorite, Toy, .foreign_keys = AQ_COLUMNS("favorite_id"), .post_update = true),
};
AQ_MODEL(Fan, fan_columns, fan_relationships, .table = "person");

static const aq_column_t toy_columns[] = {
    AQ_INT4(Toy, id, .primary_key = true),
    AQ_INT4_NULL(Toy, owner_id, .references = AQ_REF(Fan, id)),
};
AQ_MODEL(Toy, toy_columns, AQ_NONE, .table = "ball");

static void declare_toys(aq_db_t *db)
{
    aq_db_model(db, Fan);
    aq_db_model(db, Toy);
}

static void cycle_post_update(uow_t *uow)
{
    Fan *person = aq_new(uow->session, Fan);
    Toy *ball = aq_new(uow->session, Toy), *other = aq_new(uow->session, Toy);

    person->name = "p";
    aq_append(person, Fan, balls, ball);
    aq_append(person, Fan, balls, other);
    aq_set(person, Fan, favorite, ball);
    aq_add(uow->session, person);
    uow_commit(uow);
}

const uow_row_t uow_trees_rows[] = {
    UOW_ROW(declare_nodes, NULL, self_insert_tree),
    UOW_ROW(declare_nodes, NULL, self_insert_unrelated),
    UOW_ROW(declare_nodes, tree, self_delete_root_nullable),
    UOW_ROW(declare_nodes, tree, self_delete_all),
    UOW_ROW(declare_branches, branch_tree, self_delete_root_cascade),
    UOW_ROW(declare_nodes, NULL, self_cycle_insert,
            .settled = "a key that may be NULL is set when all rows are there",
            .writes = "INSERT node, UPDATE node", .error = "", .contents = "node: (1,b,2) (2,a,1)"),
    UOW_ROW(declare_nodes, NULL, self_row_points_to_itself,
            .settled = "a key that may be NULL is set when all rows are there",
            .writes = "INSERT node, UPDATE node", .error = "", .contents = "node: (1,a,1)"),
    UOW_ROW(declare_balls, NULL, cycle_without_post_update,
            .settled = "a key that may be NULL is set when all rows are there",
            .writes = "INSERT person, INSERT ball, UPDATE person", .error = "",
            .contents = "ball: (1,1) (2,1)\nperson: (1,p,1)"),
    UOW_ROW(declare_toys, NULL, cycle_post_update),
    {.name = NULL},
};
