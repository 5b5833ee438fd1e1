/* The models that tests of queries share: a blog, a hierarchy in one table, one in several, a tree, and what needs quotes. */
#ifndef AQUIFER_T_ORM_MODELS_H
#define AQUIFER_T_ORM_MODELS_H

#include "aquifer/query.h"
#include "src/orm/query.h"
#include "src/orm/session.h"
#include "src/schema/ddl.h"
#include "t/tap.h"

typedef enum mood { MOOD_SAD, MOOD_HAPPY } mood_t;
static const char *const mood_labels[] = {[MOOD_SAD] = "sad", [MOOD_HAPPY] = "happy"};
static const aq_enum_t mood_enum = {.name = "mood", .labels = AQ_LIST(mood_labels)};

typedef struct Post Post;

typedef struct User {
    aq_object_t object;
    int32_t id;
    const char *username;
    aq_int4_null_t age;
    mood_t mood;
    int64_t visits;
    aq_date_t born;
    const char *balance;
    bool active;
    double ratio;
    aq_text_array_t tags;
    aq_timestamp_null_t seen;
    aq_many_t posts;
    aq_many_t drafts;
} User;

struct Post {
    aq_object_t object;
    int32_t id;
    aq_int4_null_t author_id;
    const char *title;
    aq_timestamp_t created;
    User *author;
    aq_many_t labels;
    aq_many_t comments;
};

typedef struct Label {
    aq_object_t object;
    int32_t id;
    const char *name;
    aq_many_t posts;
} Label;

typedef struct Comment {
    aq_object_t object;
    int64_t id;
    int32_t post_id;
    const char *body;
    Post *post;
} Comment;

static const aq_column_t user_columns[] = {
    AQ_INT4(User, id, .primary_key = true),
    AQ_VARCHAR(User, username, 80, .unique = true),
    AQ_INT4_NULL(User, age),
    AQ_ENUM(User, mood, &mood_enum),
    AQ_INT8(User, visits),
    AQ_DATE(User, born),
    AQ_NUMERIC(User, balance),
    AQ_BOOL(User, active),
    AQ_FLOAT8(User, ratio),
    AQ_VARCHAR_ARRAY_NULL(User, tags),
    AQ_TIMESTAMPTZ_NULL(User, seen),
};
static const aq_relationship_t user_relationships[] = {
    AQ_MANY(User, posts, Post, .back_populates = "author", .order_by = "created desc nulls last, id"),
    AQ_MANY(User, drafts, Post, .lazy = AQ_LAZY_DYNAMIC, .order_by = "id"),
};
AQ_MODEL(User, user_columns, user_relationships);

static const aq_column_t post_label_columns[] = {
    AQ_COLUMN(INT4, "post_id", .primary_key = true, .references = AQ_REF(Post, id)),
    AQ_COLUMN(INT4, "label_id", .primary_key = true, .references = AQ_REF(Label, id)),
};
AQ_TABLE(post_labels, post_label_columns);

static const aq_column_t post_columns[] = {
    AQ_INT4(Post, id, .primary_key = true),
    AQ_INT4_NULL(Post, author_id, .references = AQ_REF(User, id)),
    AQ_TEXT(Post, title),
    AQ_TIMESTAMPTZ(Post, created, .server_default = "now()"),
};
static const aq_relationship_t post_relationships[] = {
    AQ_ONE(Post, author, User, .back_populates = "posts"),
    AQ_MANY(Post, labels, Label, .secondary = &post_labels_table, .order_by = "name",
            .backref = AQ_BACKREF(Label, posts, Post)),
    AQ_MANY(Post, comments, Comment, .back_populates = "post", .order_by = "id"),
};
AQ_MODEL(Post, post_columns, post_relationships);

static const aq_column_t label_columns[] = {AQ_INT4(Label, id, .primary_key = true), AQ_TEXT(Label, name)};
AQ_MODEL(Label, label_columns, AQ_NONE);

static const aq_column_t comment_columns[] = {
    AQ_INT8(Comment, id, .primary_key = true),
    AQ_INT4(Comment, post_id, .references = AQ_REF(Post, id)),
    AQ_TEXT(Comment, body),
};
static const aq_relationship_t comment_relationships[] = {
    AQ_ONE(Comment, post, Post, .back_populates = "comments")};
AQ_MODEL(Comment, comment_columns, comment_relationships);

/* ---- A tree, and a compound key ------------------------------------------------------------------------------------------------------ */

typedef struct Node Node;
struct Node {
    aq_object_t object;
    int32_t id;
    aq_int4_null_t parent_id;
    const char *name;
    Node *parent;
    aq_many_t children;
};
static const aq_column_t node_columns[] = {
    AQ_INT4(Node, id, .primary_key = true),
    AQ_INT4_NULL(Node, parent_id, .references = AQ_REF(Node, id)),
    AQ_TEXT(Node, name),
};
static const aq_relationship_t node_relationships[] = {
    AQ_ONE(Node, parent, Node, .remote_side = AQ_COLUMNS("id"), .back_populates = "children"),
    AQ_MANY(Node, children, Node, .back_populates = "parent", .order_by = "name"),
};
AQ_MODEL(Node, node_columns, node_relationships);

typedef struct Report {
    aq_object_t object;
    int32_t year;
    mood_t kind;
    const char *text;
    aq_many_t lines;
} Report;
typedef struct Line {
    aq_object_t object;
    int32_t id;
    int32_t year;
    mood_t kind;
    const char *select;
    Report *report;
} Line;
static const aq_column_t report_columns[] = {
    AQ_INT4(Report, year, .primary_key = true),
    AQ_ENUM(Report, kind, &mood_enum, .primary_key = true),
    AQ_TEXT(Report, text),
};
static const aq_relationship_t report_relationships[] = {
    AQ_MANY(Report, lines, Line, .back_populates = "report", .lazy = AQ_LAZY_SELECTIN)};
AQ_MODEL(Report, report_columns, report_relationships, .table = "Yearly report");
static const aq_column_t line_columns[] = {
    AQ_INT4(Line, id, .primary_key = true),
    AQ_INT4(Line, year),
    AQ_ENUM(Line, kind, &mood_enum),
    AQ_TEXT(Line, select, .name = "select"),
};
static const aq_relationship_t line_relationships[] = {
    AQ_ONE(Line, report, Report, .back_populates = "lines", .lazy = AQ_LAZY_JOINED)};
static const aq_constraint_t line_constraints[] = {
    AQ_FOREIGN_KEY(.columns = AQ_COLUMNS("year", "kind"), .model = AQ_STRUCT(Report))};
AQ_MODEL(Line, line_columns, line_relationships, .constraints = AQ_LIST(line_constraints));

/* ---- Hierarchies ------------------------------------------------------------------------------------------------------------------------- */

typedef struct Animal {
    aq_object_t object;
    int32_t id;
    const char *kind;
    const char *name;
} Animal;
typedef struct Dog {
    Animal animal;
    aq_int4_null_t tricks;
} Dog;
static const aq_column_t animal_columns[] = {
    AQ_INT4(Animal, id, .primary_key = true),
    AQ_TEXT(Animal, kind),
    AQ_TEXT(Animal, name),
};
AQ_MODEL(Animal, animal_columns, AQ_NONE, .discriminator = "kind", .identity = "animal");
static const aq_column_t dog_columns[] = {AQ_INT4_NULL(Dog, tricks)};
AQ_SUBMODEL(Dog, animal, Animal, dog_columns, AQ_NONE, .identity = "dog");

typedef struct Company {
    aq_object_t object;
    int32_t id;
    const char *name;
    aq_many_t employees;
} Company;
typedef struct Employee {
    aq_object_t object;
    int32_t id;
    const char *type;
    const char *name;
    int32_t company_id;
    Company *company;
} Employee;
typedef struct Manager {
    Employee employee;
    const char *department;
} Manager;
typedef struct Engineer {
    Employee employee;
    const char *language;
} Engineer;
static const aq_column_t company_columns[] = {AQ_INT4(Company, id, .primary_key = true),
                                              AQ_TEXT(Company, name)};
static const aq_relationship_t company_relationships[] = {
    AQ_MANY(Company, employees, Employee, .back_populates = "company")};
AQ_MODEL(Company, company_columns, company_relationships);
static const aq_column_t employee_columns[] = {
    AQ_INT4(Employee, id, .primary_key = true),
    AQ_TEXT(Employee, type),
    AQ_TEXT(Employee, name),
    AQ_INT4(Employee, company_id, .references = AQ_REF(Company, id)),
};
static const aq_relationship_t employee_relationships[] = {
    AQ_ONE(Employee, company, Company, .back_populates = "employees")};
AQ_MODEL(Employee, employee_columns, employee_relationships, .discriminator = "type", .identity = "employee");
static const aq_column_t manager_columns[] = {
    AQ_INT4(Manager, employee.id, .primary_key = true, .references = AQ_REF(Employee, id)),
    AQ_TEXT(Manager, department),
};
AQ_SUBMODEL(Manager, employee, Employee, manager_columns, AQ_NONE, .identity = "manager");
static const aq_column_t engineer_columns[] = {
    AQ_INT4(Engineer, employee.id, .primary_key = true, .references = AQ_REF(Employee, id)),
    AQ_TEXT(Engineer, language),
};
AQ_SUBMODEL(Engineer, employee, Employee, engineer_columns, AQ_NONE, .identity = "engineer");

/* ---- More columns than a function has arguments ---------------------------------------------------------------------------------------------- */

#define WIDE_TEN(X, tens) \
    X(c##tens##0)         \
    X(c##tens##1)         \
    X(c##tens##2)         \
    X(c##tens##3) X(c##tens##4) X(c##tens##5) X(c##tens##6) X(c##tens##7) X(c##tens##8) X(c##tens##9)
#define WIDE_ALL(X) WIDE_TEN(X, 0) WIDE_TEN(X, 1) WIDE_TEN(X, 2) WIDE_TEN(X, 3) WIDE_TEN(X, 4)
#define WIDE_MEMBER(name_) int16_t name_;
#define WIDE_COLUMN(name_) AQ_INT2(Wide, name_),
typedef struct Wide {
    aq_object_t object;
    int32_t id;
    WIDE_ALL(WIDE_MEMBER)
} Wide;
static const aq_column_t wide_columns[] = {AQ_INT4(Wide, id, .primary_key = true), WIDE_ALL(WIDE_COLUMN)};
AQ_MODEL(Wide, wide_columns, AQ_NONE);

/* ---- Another bind, and one that nobody has ------------------------------------------------------------------------------------------------ */

typedef struct Audit {
    aq_object_t object;
    int32_t id;
    const char *what;
} Audit;
static const aq_column_t audit_columns[] = {AQ_INT4(Audit, id, .primary_key = true), AQ_TEXT(Audit, what)};
AQ_MODEL(Audit, audit_columns, AQ_NONE, .bind = "audit");

typedef struct Stranger {
    aq_object_t object;
    int32_t id;
} Stranger;
static const aq_column_t stranger_columns[] = {AQ_INT4(Stranger, id, .primary_key = true)};
AQ_MODEL(Stranger, stranger_columns, AQ_NONE);

/* ---- A session without a database ------------------------------------------------------------------------------------------------------------ */

typedef struct world {
    aq__model_registry_t *registry;
    aq__mappers_t *mappers;
    aq__engine_t engine;
    aq_session_t session;
} world_t;

static inline void world_open(world_t *world)
{
    static const aq_model_t *const models[] = {
        &User_model,     &Post_model,    &Label_model,    &Comment_model, &Node_model,
        &Report_model,   &Line_model,    &Animal_model,   &Dog_model,     &Company_model,
        &Employee_model, &Manager_model, &Engineer_model, &Audit_model,   &Wide_model};

    memset(world, 0, sizeof(*world));
    world->registry = aq__models_create();
    for (size_t i = 0; i < sizeof(models) / sizeof(models[0]); i++)
        (void)aq__models_add(world->registry, models[i]);
    (void)aq__models_add_table(world->registry, &post_labels_table);
    if (aq__models_seal(world->registry) != AQ_OK)
        bail_out("the models: %s", aq_last_error()->message);
    world->mappers = aq__mappers_create(world->registry);
    if (world->mappers == NULL)
        bail_out("the mappers: %s", aq_last_error()->message);
    world->engine.mappers = world->mappers;
    world->session.mappers = world->mappers;
    world->session.engine = &world->engine;
    world->session.arena = aq_arena_create();
}

static inline void world_close(world_t *world)
{
    aq_arena_close(world->session.arena);
    aq__texts_close(world->engine.texts);
    aq__mappers_close(world->mappers);
    aq__models_close(world->registry);
}

#endif
