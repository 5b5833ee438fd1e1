/* What a model's table is called, which bind it is in, and what it has from its parents (vectors: table_names.json, scenarios). */
#include "tap.h"

#include "t/declared.h"

#include <stdio.h>
#include <string.h>

typedef struct Stamps {
    aq_timestamp_t created;
} Stamps;
static const aq_column_t stamps_columns[] = {AQ_TIMESTAMPTZ(Stamps, created)};
AQ_MIXIN(Stamps, stamps_columns);

/* ---- Names, binds, inheritance: the scenarios of table_names.json ---------------------------------------------------------------- */

/* Most scenarios need a key. */
#define KEYED(struct_)       \
    typedef struct struct_ { \
        aq_object_t object;  \
        int32_t id;          \
    } struct_;               \
    static const aq_column_t struct_##_columns[] = {AQ_INT4(struct_, id, .primary_key = true)}
/* A child whose table is its own: the key is its parent's as well. */
#define JOINED(struct_, parent_)                     \
    typedef struct struct_ {                         \
        parent_ parent;                              \
    } struct_;                                       \
    static const aq_column_t struct_##_columns[] = { \
        AQ_INT4(struct_, parent.id, .primary_key = true, .references = AQ_REF(parent_, id))}
#define SINGLE(struct_, parent_) \
    typedef struct struct_ {     \
        parent_ parent;          \
    } struct_

static const char *upper_case(const aq_model_t *model, aq_arena_t *arena)
{
    char *name = aq_arena_strdup(arena, model->name);

    for (char *at = name; at != NULL && *at != '\0'; at++)
        *at = (char)(*at >= 'a' && *at <= 'z' ? *at - 'a' + 'A' : *at);
    return name;
}

static void simple_and_explicit(aq__model_registry_t *registry)
{
    KEYED(FOOBar);
    KEYED(BazBar);
    KEYED(Ham);
    AQ_MODEL(FOOBar, FOOBar_columns, AQ_NONE);
    AQ_MODEL(BazBar, BazBar_columns, AQ_NONE);
    AQ_MODEL(Ham, Ham_columns, AQ_NONE, .table = "spam");
    aq__models_add(registry, &FOOBar_model);
    aq__models_add(registry, &BazBar_model);
    aq__models_add(registry, &Ham_model);
}

static void single_table_inheritance(aq__model_registry_t *registry)
{
    KEYED(Duck);
    SINGLE(Mallard, Duck);
    AQ_MODEL(Duck, Duck_columns, AQ_NONE);
    AQ_SUBMODEL(Mallard, parent, Duck, AQ_NONE, AQ_NONE);
    aq__models_add(registry, &Mallard_model); /* and its parent with it */
}

static void declared_attr_tablename(aq__model_registry_t *registry)
{
    KEYED(Bird);
    JOINED(Duck, Bird);
    typedef struct Mallard {
        Duck parent;
    } Mallard;
    static const aq_column_t Mallard_columns[] = {
        AQ_INT4(Mallard, parent.parent.id, .primary_key = true, .references = AQ_REF(Duck, parent.id))};
    AQ_MODEL(Bird, Bird_columns, AQ_NONE, .table_name = upper_case);
    AQ_SUBMODEL(Duck, parent, Bird, Duck_columns, AQ_NONE);
    AQ_SUBMODEL(Mallard, parent, Duck, Mallard_columns, AQ_NONE);
    aq__models_add(registry, &Mallard_model);
}

static void abstract_base(aq__model_registry_t *registry)
{
    KEYED(Base);
    SINGLE(Duck, Base);
    AQ_MODEL(Base, Base_columns, AQ_NONE, .abstract = true);
    AQ_SUBMODEL(Duck, parent, Base, AQ_NONE, AQ_NONE);
    aq__models_add(registry, &Duck_model);
}

static void abstract_base_with_tablename(aq__model_registry_t *registry)
{
    KEYED(Base);
    SINGLE(Duck, Base);
    AQ_MODEL(Base, Base_columns, AQ_NONE, .abstract = true, .table = "fixed");
    AQ_SUBMODEL(Duck, parent, Base, AQ_NONE, AQ_NONE);
    aq__models_add(registry, &Duck_model);
}

typedef struct Key {
    int32_t id;
} Key;
static const aq_column_t key_columns[] = {AQ_INT4(Key, id, .primary_key = true)};

static void mixin_with_plain_tablename(aq__model_registry_t *registry)
{
    AQ_MIXIN(Key, key_columns, .table = "fixed");
    typedef struct Duck {
        aq_object_t object;
        Key key;
    } Duck;
    static const aq_column_t columns[] = {AQ_MIX(Duck, key, Key)};
    AQ_MODEL(Duck, columns, AQ_NONE);
    aq__models_add(registry, &Duck_model);
}

static void joined_pk_from_mixin(aq__model_registry_t *registry)
{
    AQ_MIXIN(Key, key_columns);
    typedef struct Duck {
        aq_object_t object;
        Key key;
    } Duck;
    typedef struct RubberDuck {
        Duck duck;
    } RubberDuck;
    static const aq_column_t duck_columns[] = {AQ_MIX(Duck, key, Key)};
    static const aq_column_t rubber_duck_columns[] = {AQ_MIX(RubberDuck, duck.key, Key)};
    AQ_MODEL(Duck, duck_columns, AQ_NONE);
    AQ_SUBMODEL(RubberDuck, duck, Duck, rubber_duck_columns, AQ_NONE);
    aq__models_add(registry, &RubberDuck_model);
}

static void manual_name_then_inherit(aq__model_registry_t *registry)
{
    KEYED(Duck);
    JOINED(Daffy, Duck);
    SINGLE(Donald, Duck);
    AQ_MODEL(Duck, Duck_columns, AQ_NONE, .table = "DUCK");
    AQ_SUBMODEL(Daffy, parent, Duck, Daffy_columns, AQ_NONE);
    AQ_SUBMODEL(Donald, parent, Duck, AQ_NONE, AQ_NONE);
    aq__models_add(registry, &Daffy_model);
    aq__models_add(registry, &Donald_model);
}

static void existing_table_same_name(aq__model_registry_t *registry)
{
    KEYED(User);
    static const aq_column_t columns[] = {AQ_COLUMN(INT4, "id", .primary_key = true),
                                          AQ_COLUMN(TEXT, "more", .nullable = true)};
    AQ_TABLE(user, columns);
    AQ_MODEL(User, User_columns, AQ_NONE);
    aq__models_add_table(registry, &user_table);
    aq__models_add(registry, &User_model);
    is_int(aq__models_find(registry, "User")->table->column_count, 2, "the table is the one that was there");
}

static void bind_key_on_abstract(aq__model_registry_t *registry)
{
    KEYED(Base);
    SINGLE(M, Base);
    AQ_MODEL(Base, Base_columns, AQ_NONE, .abstract = true, .bind = "foo");
    AQ_SUBMODEL(M, parent, Base, AQ_NONE, AQ_NONE);
    aq__models_add(registry, &M_model);
}

static void bind_key_inherited_joined(aq__model_registry_t *registry)
{
    KEYED(P);
    JOINED(Ch, P);
    AQ_MODEL(P, P_columns, AQ_NONE, .bind = "auth");
    AQ_SUBMODEL(Ch, parent, P, Ch_columns, AQ_NONE);
    aq__models_add(registry, &Ch_model);
}

static void bind_key_override(aq__model_registry_t *registry)
{
    KEYED(Base);
    SINGLE(P, Base);
    SINGLE(R, Base);
    AQ_MODEL(Base, Base_columns, AQ_NONE, .abstract = true, .bind = "auth");
    AQ_SUBMODEL(P, parent, Base, AQ_NONE, AQ_NONE);
    AQ_SUBMODEL(R, parent, Base, AQ_NONE, AQ_NONE, .bind = "other");
    aq__models_add(registry, &P_model);
    aq__models_add(registry, &R_model);
}

static void same_table_name_two_binds(aq__model_registry_t *registry)
{
    KEYED(UserA);
    KEYED(UserB);
    AQ_MODEL(UserA, UserA_columns, AQ_NONE, .table = "user");
    AQ_MODEL(UserB, UserB_columns, AQ_NONE, .table = "user", .bind = "other");
    aq__models_add(registry, &UserA_model);
    aq__models_add(registry, &UserB_model);
}

static void composite_pk(aq__model_registry_t *registry)
{
    typedef struct CompositeKey {
        aq_object_t object;
        int32_t a, b;
    } CompositeKey;
    static const aq_column_t columns[] = {AQ_INT4(CompositeKey, a, .primary_key = true),
                                          AQ_INT4(CompositeKey, b, .primary_key = true)};
    AQ_MODEL(CompositeKey, columns, AQ_NONE);
    aq__models_add(registry, &CompositeKey_model);
}

static void three_levels_mixed(aq__model_registry_t *registry)
{
    KEYED(G);
    JOINED(P, G);
    typedef struct K {
        P parent;
    } K;
    typedef struct L {
        K parent;
    } L;
    static const aq_column_t l_columns[] = {
        AQ_INT4(L, parent.parent.parent.id, .primary_key = true, .references = AQ_REF(P, parent.id))};
    AQ_MODEL(G, G_columns, AQ_NONE);
    AQ_SUBMODEL(P, parent, G, P_columns, AQ_NONE);
    AQ_SUBMODEL(K, parent, P, AQ_NONE, AQ_NONE);
    AQ_SUBMODEL(L, parent, K, l_columns, AQ_NONE);
    aq__models_add(registry, &L_model);
}

static void timestamp_mixin(aq__model_registry_t *registry)
{
    typedef struct Post {
        aq_object_t object;
        int32_t id;
        Stamps stamps;
    } Post;
    static const aq_column_t columns[] = {AQ_INT4(Post, id, .primary_key = true),
                                          AQ_MIX(Post, stamps, Stamps)};
    AQ_MODEL(Post, columns, AQ_NONE);
    aq__models_add(registry, &Post_model);
}

static void single_child_with_own_bind(aq__model_registry_t *registry)
{
    KEYED(P);
    SINGLE(Kid, P);
    AQ_MODEL(P, P_columns, AQ_NONE, .table = "par");
    AQ_SUBMODEL(Kid, parent, P, AQ_NONE, AQ_NONE, .bind = "other");
    aq__models_add(registry, &Kid_model);
}

static void bind_key_on_mixin(aq__model_registry_t *registry)
{
    AQ_MIXIN(Key, key_columns, .bind = "auth");
    typedef struct M {
        aq_object_t object;
        Key key;
    } M;
    static const aq_column_t columns[] = {AQ_MIX(M, key, Key)};
    AQ_MODEL(M, columns, AQ_NONE, .table = "mm");
    aq__models_add(registry, &M_model);
}

static void no_primary_key(aq__model_registry_t *registry)
{
    typedef struct User {
        aq_object_t object;
    } User;
    AQ_MODEL(User, AQ_NONE, AQ_NONE);
    aq__models_add(registry, &User_model);
}

static void columns_but_no_primary_key(aq__model_registry_t *registry)
{
    typedef struct User {
        aq_object_t object;
        const char *name;
    } User;
    static const aq_column_t columns[] = {AQ_TEXT(User, name)};
    AQ_MODEL(User, columns, AQ_NONE);
    aq__models_add(registry, &User_model);
}

static void explicit_name_no_primary_key(aq__model_registry_t *registry)
{
    typedef struct User {
        aq_object_t object;
        const char *name;
    } User;
    static const aq_column_t columns[] = {AQ_TEXT(User, name)};
    AQ_MODEL(User, columns, AQ_NONE, .table = "people");
    aq__models_add(registry, &User_model);
}

static void tablename_none(aq__model_registry_t *registry)
{
    KEYED(Foo);
    AQ_MODEL(Foo, Foo_columns, AQ_NONE);
    aq__models_set_options(registry, &(aq_schema_options_t){.no_autonaming = true});
    aq__models_add(registry, &Foo_model);
}

static void tablename_empty(aq__model_registry_t *registry)
{
    KEYED(Foo);
    AQ_MODEL(Foo, Foo_columns, AQ_NONE, .table = "");
    aq__models_add(registry, &Foo_model);
}

#define SCENARIO(name, error) \
    {                         \
#name, name, error    \
    }
static const struct {
    const char *name;
    void (*add)(aq__model_registry_t *registry);
    const char *error;
} scenarios[] = {
    SCENARIO(simple_and_explicit, NULL),
    SCENARIO(single_table_inheritance, NULL),
    SCENARIO(declared_attr_tablename, NULL),
    SCENARIO(abstract_base, NULL),
    SCENARIO(abstract_base_with_tablename, NULL),
    SCENARIO(mixin_with_plain_tablename, NULL),
    SCENARIO(joined_pk_from_mixin, NULL),
    SCENARIO(manual_name_then_inherit, NULL),
    SCENARIO(existing_table_same_name, NULL),
    SCENARIO(no_primary_key, "User: table 'user' has no primary key: give a column .primary_key = true"),
    SCENARIO(columns_but_no_primary_key,
             "User: table 'user' has no primary key: give a column .primary_key = true"),
    SCENARIO(explicit_name_no_primary_key,
             "User: table 'people' has no primary key: give a column .primary_key = true"),
    SCENARIO(bind_key_on_abstract, NULL),
    SCENARIO(bind_key_inherited_joined, NULL),
    SCENARIO(bind_key_override, NULL),
    SCENARIO(same_table_name_two_binds, NULL),
    SCENARIO(composite_pk, NULL),
    SCENARIO(three_levels_mixed, NULL),
    SCENARIO(timestamp_mixin, NULL),
    SCENARIO(tablename_none,
             "Foo: it has no table name: .no_autonaming is set, and neither .table nor .table_name is"),
    SCENARIO(tablename_empty, "Foo: table '': the name is empty"), /* the original makes a table of no name */
    SCENARIO(single_child_with_own_bind, NULL),
    SCENARIO(bind_key_on_mixin, NULL),
};
#undef SCENARIO

static void check_scenario_model(const aq__model_t *model, const char *name, json_t *expect)
{
    json_t *keys = json_object_get(expect, "pk");

    if (!ok(model != NULL && model->table != NULL, "%s: it has a table", name))
        return;
    is_str(model->table->name, json_string_value(json_object_get(expect, "table")), "%s: its table", name);
    is_str(model->metadata->bind, json_string_value(json_object_get(expect, "bind_key")), "%s: its bind",
           name);
    is_int(model->inheritance != AQ__INHERITS_SINGLE, json_is_true(json_object_get(expect, "own_table")),
           "%s: whether the table is its own", name);
    is_int(model->primary_key_count, json_array_size(keys), "%s: its key", name);
    for (size_t i = 0; i < model->primary_key_count; i++)
        is_str(model->primary_key[i]->column->name, json_string_value(json_array_get(keys, i)), "%s: key %zu",
               name, i);
}

static void check_scenario(size_t which, json_t *expect)
{
    aq__model_registry_t *registry = aq__models_create();
    const char *name;
    json_t *model;

    scenarios[which].add(registry);
    if (scenarios[which].error != NULL) {
        is_str(aq_last_error()->message, scenarios[which].error, "it is refused at once");
        has_problems(registry, scenarios[which].error, scenarios[which].name);
        return;
    }
    is_int(aq__models_seal(registry), AQ_OK, "it is sealed");
    json_object_foreach(expect, name, model)
        check_scenario_model(aq__models_find(registry, name), name, model);
    aq__models_close(registry);
}

static void test_scenarios(void)
{
    json_t *vectors = vectors_load("table_names.json"), *row;
    size_t index;

    json_array_foreach(json_object_get(vectors, "scenarios"), index, row)
    {
        const char *name = json_string_value(json_object_get(row, "name"));
        size_t which = 0;

        while (which < AQ__COUNT_OF(scenarios) && strcmp(scenarios[which].name, name) != 0)
            which++;
        subtest("vector %s", name) {
            if (ok(which < AQ__COUNT_OF(scenarios), "the scenario is known"))
                check_scenario(which, json_object_get(json_object_get(row, "expect"), "3.1.1"));
        }
    }
    json_decref(vectors);
}

/* ---- What is inherited --------------------------------------------------------------------------------------------------------- */

typedef struct Company {
    aq_object_t object;
    int32_t id;
    aq_many_t staff;
} Company;
typedef struct Thing { /* abstract */
    aq_object_t object;
    int32_t id;
    const char *note;
    int32_t company_id;
    Company *company;
} Thing;
typedef struct Employee {
    Thing thing;
    const char *type;
} Employee;
typedef struct Manager { /* in its parent's table */
    Employee employee;
    const char *department;
} Manager;
typedef struct Engineer { /* in a table of its own */
    Employee employee;
    const char *language;
    aq_int4_null_t boss_id;
    Manager *boss;
} Engineer;

static const aq_column_t company_columns[] = {AQ_INT4(Company, id, .primary_key = true)};
static const aq_relationship_t company_relationships[] = {
    AQ_MANY(Company, staff, Employee, .back_populates = "company")};
AQ_MODEL(Company, company_columns, company_relationships);

static const aq_column_t thing_columns[] = {
    AQ_INT4(Thing, id, .primary_key = true),
    AQ_TEXT(Thing, note),
    AQ_INT4(Thing, company_id, .references = AQ_REF(Company, id)),
};
static const aq_relationship_t thing_relationships[] = {AQ_ONE(Thing, company, Company)};
AQ_MODEL(Thing, thing_columns, thing_relationships, .abstract = true);

static const aq_column_t employee_columns[] = {
    AQ_TEXT(Employee, type),
    AQ_TEXT(Employee, thing.note, .name = "remark", .server_default = "''"),
};
AQ_SUBMODEL(Employee, thing, Thing, employee_columns, AQ_NONE, .discriminator = "type",
            .identity = "employee");

static const aq_column_t manager_columns[] = {AQ_TEXT_NULL(Manager, department)};
AQ_SUBMODEL(Manager, employee, Employee, manager_columns, AQ_NONE, .identity = "manager");

static const aq_column_t engineer_columns[] = {
    AQ_INT4(Engineer, employee.thing.id, .primary_key = true, .references = AQ_REF(Employee, thing.id),
            .on_delete = AQ_CASCADE),
    AQ_TEXT(Engineer, language),
    AQ_INT4_NULL(Engineer, boss_id, .references = AQ_REF(Manager, employee.thing.id)),
};
static const aq_relationship_t engineer_relationships[] = {AQ_ONE(Engineer, boss, Manager)};
AQ_SUBMODEL(Engineer, employee, Employee, engineer_columns, engineer_relationships, .identity = "engineer");

static const char *names_of(const aq__table_t *table)
{
    static char text[256];

    text[0] = '\0';
    for (size_t i = 0; i < table->column_count; i++)
        snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s", i == 0 ? "" : " ",
                 table->columns[i]->name);
    return text;
}

static const char *members_of(const aq__model_t *model)
{
    static char text[256];

    text[0] = '\0';
    for (size_t i = 0; i < model->attribute_count; i++)
        snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s", i == 0 ? "" : " ",
                 model->attributes[i]->name);
    return text;
}

static void test_company(void)
{
    aq__model_registry_t *registry = add_all(MODELS(&Engineer_model, &Manager_model, &Company_model));
    const aq__model_t *employee, *manager, *engineer, *thing;
    const aq__attribute_t *id;
    const aq__relationship_t *company;

    if (aq__models_seal(registry) != AQ_OK)
        bail_out("%s", aq_last_error()->message);
    thing = aq__models_find(registry, "Thing");
    employee = aq__models_find(registry, "Employee");
    manager = aq__models_find(registry, "Manager");
    engineer = aq__models_find(registry, "Engineer");
    ok(thing->table == NULL && thing->attribute_count == 0, "an abstract model has no table");
    is_str(names_of(employee->table), "id remark company_id type department",
           "a table has the columns of abstract parents, where a child may say otherwise, and of those that "
           "share it");
    is_str(names_of(engineer->table), "id language boss_id",
           "a table of one's own has one's own, and the key");
    is_str(members_of(manager), "id thing.note company_id type department", "members are inherited");
    is_str(members_of(engineer), "id thing.note company_id type language boss_id",
           "in joined inheritance as well");
    ok(manager->inheritance == AQ__INHERITS_SINGLE && manager->table == employee->table,
       "a child without a key shares");
    ok(engineer->inheritance == AQ__INHERITS_JOINED && engineer->base == employee, "one with a key joins");
    id = aq__model_attribute(engineer, "employee.thing.id");
    ok(id != NULL && id->column_count == 2 && id->columns[0]->table == engineer->table &&
           id->columns[1]->table == employee->table,
       "the key is a column of both tables, its own first");
    ok(engineer->primary_key_count == 1 && engineer->primary_key[0] == id, "and is its key");
    is_int(engineer->table->columns[0]->autoincrement, AQ_AUTOINCREMENT_OFF, "which it has from its parent");
    is_int(employee->table->columns[0]->autoincrement, AQ_SERIAL, "who draws it");
    is_str(engineer->discriminator->name, "type", "the discriminator is inherited");
    is_str(engineer->identity, "engineer", "and has a value for each");
    company = aq__model_relationship(engineer, "company");
    ok(company != NULL && company->model == employee,
       "a relationship of an abstract model is that of its first child");
    ok(company->reverse == aq__model_relationship(aq__models_find(registry, "Company"), "staff"),
       "which is tied");
    ok(aq__model_relationship(engineer, "boss")->pairs[0].far == employee->table->columns[0],
       "the foreign key between kin is found beside that of the inheritance");
    ok(aq__model_inherits(engineer, thing) && !aq__model_inherits(thing, engineer), "who inherits from whom");
    aq__models_close(registry);
}

static void test_options(void)
{
    aq__model_registry_t *registry = aq__models_create();
    aq_schema_options_t options = {.schema = "blog", .table_name = upper_case};
    KEYED(Post);
    KEYED(Tag);
    AQ_MODEL(Post, Post_columns, AQ_NONE);
    AQ_MODEL(Tag, Tag_columns, AQ_NONE, .schema = "other", .table = "tag");

    is_int(aq__models_set_options(registry, &options), AQ_OK, "options are set before the first model");
    aq__models_add(registry, &Post_model);
    aq__models_add(registry, &Tag_model);
    is_str(aq__models_find(registry, "Post")->table->schema, "blog", "a schema for all");
    is_str(aq__models_find(registry, "Post")->table->name, "POST", "a name for those that have none");
    is_str(aq__models_find(registry, "Tag")->table->schema, "other", "unless a model says otherwise");
    is_str(aq__models_find(registry, "Tag")->table->name, "tag", "of either");
    has_problems(registry, "", "they are sealed");
}

/* ---- What is refused ------------------------------------------------------------------------------------------------------------- */

static void test_refused(void)
{
    KEYED(P);
    typedef struct Kid {
        P parent;
        const char *name;
        const char *kind;
    } Kid;
    static const aq_column_t not_null[] = {AQ_TEXT(Kid, name)};
    static const aq_column_t twice[] = {AQ_TEXT_NULL(Kid, name, .name = "id")};
    static const aq_column_t named[] = {AQ_TEXT_NULL(Kid, name)};
    AQ_MODEL(P, P_columns, AQ_NONE);

    {
        AQ_SUBMODEL(Kid, parent, P, not_null, AQ_NONE);
        wrong("Kid.name: it is NOT NULL, and rows of 'P', in the same table, have no value for it",
              "a shared table", &Kid_model);
    }
    {
        AQ_SUBMODEL(Kid, parent, P, named, AQ_NONE, .comment = "of kids");
        wrong("Kid: .comment is for a table of its own, and its rows are in table 'p' of 'P'",
              "a shared table's comment", &Kid_model);
    }
    {
        AQ_SUBMODEL(Kid, parent, P, named, AQ_NONE, .schema = "kids");
        wrong("Kid: .schema is for a table of its own, and its rows are in table 'p' of 'P'",
              "a shared table's schema", &Kid_model);
    }
    {
        AQ_SUBMODEL(Kid, parent, P, twice, AQ_NONE);
        wrong("Kid.name: table 'p' of 'P' has a column 'id' already", "a shared table's column", &Kid_model);
    }
    {
        AQ_SUBMODEL(Kid, parent, P, named, AQ_NONE, .table = "kid");
        wrong("Kid: table 'kid' has no primary key: give a column .primary_key = true",
              "a table without its key", &Kid_model);
    }
    {
        AQ_SUBMODEL(Kid, parent, P, named, AQ_NONE, .identity = "kid");
        wrong("Kid: .identity is 'kid', but neither it nor a parent has a .discriminator", "no discriminator",
              &Kid_model);
    }
    {
        static const aq_column_t kinds[] = {AQ_TEXT_NULL(Kid, kind)};
        aq_model_t parent = P_model;
        AQ_SUBMODEL(Kid, parent, P, kinds, AQ_NONE, .discriminator = "kind", .identity = "kid");
        aq_model_t kid = Kid_model;

        parent.discriminator = "id";
        kid.parent = &parent;
        wrong("Kid: .discriminator is 'kind', and that of its parent 'P' is 'id'",
              "two discriminators of one hierarchy", &kid);
    }
    {
        AQ_SUBMODEL(Kid, parent, P, named, AQ_NONE, .discriminator = "kind");
        wrong("Kid: .discriminator is 'kind', and it has no such column", "a discriminator that is no column",
              &Kid_model);
    }
}

/* ---- Abstract models and tables that are there -------------------------------------------------------------------------------------- */

typedef struct Base { /* abstract */
    aq_object_t object;
    int32_t id;
    int32_t rank;
} Base;
typedef struct First {
    Base base;
    const char *name;
} First;
typedef struct Second {
    Base base;
    aq_int4_null_t maybe;
} Second;

static const aq_column_t base_columns[] = {AQ_INT4(Base, id), AQ_INT4(Base, rank)};
static const aq_constraint_t base_constraints[] = {AQ_PRIMARY_KEY(.columns = AQ_COLUMNS("id")),
                                                   AQ_CHECK("rank > 0")};
static const aq_index_t base_indexes[] = {{.columns = AQ_COLUMNS("rank")}};
AQ_MODEL(Base, base_columns, AQ_NONE, .abstract = true, .constraints = AQ_LIST(base_constraints),
         .indexes = AQ_LIST(base_indexes));
AQ_SUBMODEL(First, base, Base, AQ_NONE, AQ_NONE);
AQ_SUBMODEL(Second, base, Base, AQ_NONE, AQ_NONE);

static void test_abstract_constraints(void)
{
    aq__model_registry_t *registry = add_all(MODELS(&First_model, &Second_model));

    for (size_t i = 0; i < 2; i++) {
        const aq__table_t *table = aq__models_find(registry, i == 0 ? "First" : "Second")->table;

        ok(table->primary_key != NULL && table->constraint_count == 2 && table->index_count == 1,
           "table '%s' has the key, the check and the index of the abstract parent", table->name);
        is_str(table->primary_key->columns[0]->table->name, table->name, "on its own column");
    }
    has_problems(registry, "", "constraints of an abstract model");
}

static void test_abstract_options(void)
{
    aq_model_t base = Base_model;

    base.discriminator = "rank";
    wrong("Base: it is abstract and has no rows, so .discriminator is for the models that inherit from it",
          "a discriminator of an abstract model", &base);
    base.discriminator = NULL;
    base.identity = "base";
    wrong("Base: it is abstract and has no rows, so .identity is for the models that inherit from it",
          "an identity of an abstract model", &base);
    base.identity = NULL;
    base.comment = "what all have";
    wrong("Base: it is abstract and has no rows, so .comment is for the models that inherit from it",
          "a comment on an abstract model", &base);
}

static void test_adopted(void)
{
    static const aq_column_t columns[] = {AQ_COLUMN(INT4, "id", .primary_key = true), AQ_COLUMN(TEXT, "rank"),
                                          AQ_COLUMN(VARCHAR, "name", .length = 8, .nullable = true)};
    static const aq_column_t firsts[] = {AQ_TEXT(First, name)};
    AQ_TABLE(first, columns, .comment = "the first");
    aq_model_t model = First_model, base = Base_model;
    aq__model_registry_t *registry = aq__models_create();

    base.constraints.count = base.indexes.count = 0;
    model.parent = &base;
    model.columns = firsts;
    model.column_count = 1;
    model.comment = "another";
    (void)aq__models_add_table(registry, &first_table);
    (void)aq__models_add(registry, &model);
    has_problems(
        registry,
        "Base.rank: table 'first' is declared already, and its column 'rank' is not int4\n"
        "First.name: table 'first' is declared already, and its column 'name' can be NULL\n"
        "First: table 'first' is declared already: its constraints, indexes and comment are declared "
        "there",
        "a table that is there already");
}

static void test_odd_names(void)
{
    aq_model_t nameless = {.name = "", .columns = base_columns, .column_count = 2}, unnamed = {0};
    aq_model_t elsewhere = {.name = "First", .columns = AQ_NONE, .schema = "", .parent = &Base_model};
    aq_table_t table = {.columns = base_columns, .column_count = 2}, nowhere = {.table = "t", .schema = ""};
    aq__model_registry_t *registry = add_all(MODELS(&nameless, &unnamed, &elsewhere));
    aq_schema_options_t options = {.schema = ""};

    (void)aq__models_add_table(registry, &table);
    (void)aq__models_add_table(registry, &nowhere);
    has_problems(registry,
                 "a model has no name\n"
                 "First: schema '': the name is empty\n"
                 "table: the name is missing\n"
                 "table 't': schema '': the name is empty",
                 "names that are none");
    registry = aq__models_create();
    is_int(aq__models_set_options(registry, &options), AQ_EINVAL, "a schema that is none");
    is_str(aq_last_error()->message, "schema options: schema '': the name is empty", "is refused");
    aq__models_close(registry);
}

static void test_same_place(void)
{
    aq_model_t other = First_model;
    aq__model_registry_t *registry = add_all(MODELS(&First_model, &other));

    is_int(registry->problems.count, 0, "a model that two files include is one");
    other.size++;
    (void)aq__models_add(registry, &other);
    has_problems(registry,
                 aq_arena_printf(registry->arena, "First: another model has this name (%s:%d)",
                                 First_model.file, First_model.line),
                 "another one, by chance on the same line of a file of the same name");
}

static void test_nameless(void)
{
    KEYED(___);
    AQ_MODEL(___, ____columns, AQ_NONE);

    wrong("___: struct '___': no table name can be made of it", "a struct of no letters", &____model);
}

static void test_identity_of_type(void)
{
    typedef struct P {
        aq_object_t object;
        int32_t id;
        int32_t type;
    } P;
    static const aq_column_t columns[] = {AQ_INT4(P, id, .primary_key = true), AQ_INT4(P, type)};
    AQ_MODEL(P, columns, AQ_NONE, .discriminator = "type", .identity = "p");

    wrong("P: .identity is 'p', but 'type' is int4 and needs an integer of -2147483648 to 2147483647",
          "an identity that the discriminator cannot be", &P_model);
}

/* A parent's problem is the parent's. */
static void test_parent_wrong(void)
{
    typedef struct P {
        aq_object_t object;
        int32_t id;
        const char *type;
    } P;
    typedef struct Kid {
        P parent;
        const char *name;
        aq_int4_null_t p_id;
        P *p;
    } Kid;
    static const aq_column_t columns[] = {AQ_INT4(P, id, .primary_key = true, .length = 1), AQ_TEXT(P, type)};
    static const aq_column_t more[] = {AQ_TEXT(Kid, name),
                                       AQ_INT4_NULL(Kid, p_id, .references = AQ_REF(P, id))};
    static const aq_relationship_t relationships[] = {AQ_ONE(Kid, p, P)};
    AQ_MODEL(P, columns, AQ_NONE, .discriminator = "type", .identity = "p");
    AQ_SUBMODEL(Kid, parent, P, more, relationships, .identity = "kid");

    wrong("P.id: .length is 1, which is for varchar and char\n"
          "Kid.name: it is NOT NULL, and rows of 'P', in the same table, have no value for it",
          "a wrong parent", &Kid_model);
}

static void test_identities(void)
{
    typedef struct P {
        aq_object_t object;
        int32_t id;
        const char *type;
    } P;
    SINGLE(Kid, P);
    SINGLE(Other, P);
    static const aq_column_t columns[] = {AQ_INT4(P, id, .primary_key = true), AQ_TEXT(P, type)};
    AQ_MODEL(P, columns, AQ_NONE, .discriminator = "type", .identity = "p");
    AQ_SUBMODEL(Other, parent, P, AQ_NONE, AQ_NONE, .identity = "p");
    AQ_SUBMODEL(Kid, parent, P, AQ_NONE, AQ_NONE);

    wrong("Other: .identity is 'p', as that of 'P'\n"
          "Kid: it has no .identity, which 'type' of its rows would be",
          "identities", &Other_model, &Kid_model);
}

/* A wrong column does not hide what is wrong with the identities. */
static void test_identities_of_wrong_models(void)
{
    typedef struct P {
        aq_object_t object;
        int32_t id;
        const char *type;
    } P;
    typedef struct Kid {
        P parent;
        const char *name;
    } Kid;
    SINGLE(Other, P);
    static const aq_column_t columns[] = {AQ_INT4(P, id, .primary_key = true),
                                          AQ_TEXT(P, type, .precision = 3)};
    static const aq_column_t more[] = {AQ_TEXT(Kid, name)};
    AQ_MODEL(P, columns, AQ_NONE, .discriminator = "type", .identity = "p");
    AQ_SUBMODEL(Kid, parent, P, more, AQ_NONE);
    AQ_SUBMODEL(Other, parent, P, AQ_NONE, AQ_NONE, .identity = "p");

    wrong("P.type: .precision is 3, which is for numeric, times and intervals\n"
          "Kid.name: it is NOT NULL, and rows of 'P', in the same table, have no value for it\n"
          "Kid: it has no .identity, which 'type' of its rows would be\n"
          "Other: .identity is 'p', as that of 'P'",
          "identities of models that are wrong", &Kid_model, &Other_model);
}

/* Nor does it hide a discriminator that is no column; one whose column was refused is not refused as well. */
static void test_discriminators_of_wrong_models(void)
{
    typedef struct Mixed {
        const char *type;
    } Mixed;
    typedef struct P {
        aq_object_t object;
        int32_t id;
        const char *name;
        Mixed mixed;
    } P;
    SINGLE(Kid, P);
    static const aq_column_t mixed_columns[] = {AQ_TEXT(Mixed, type, .name = "name")};
    AQ_MIXIN(Mixed, mixed_columns);
    static const aq_column_t columns[] = {AQ_INT4(P, id, .primary_key = true), AQ_TEXT(P, name),
                                          AQ_MIX(P, mixed, Mixed)};
    AQ_MODEL(P, columns, AQ_NONE, .identity = "p");
    AQ_SUBMODEL(Kid, parent, P, AQ_NONE, AQ_NONE, .identity = "kid");
    static const struct {
        const char *discriminator, *problem;
    } cases[] = {
        {"mixed.type", NULL},
        {"mixed.tipe", "P: .discriminator is 'mixed.tipe', and it has no such column"},
        {"mixed", "P: .discriminator is 'mixed', and it has no such column"},
        {"nam", "P: .discriminator is 'nam', and it has no such column"},
        {NULL, "P: .identity is 'p', but neither it nor a parent has a .discriminator\n"
               "Kid: .identity is 'kid', but neither it nor a parent has a .discriminator"},
    };

    for (size_t i = 0; i < AQ__COUNT_OF(cases); i++) {
        const char *refused = "P.mixed.type: the column 'name' is declared already, for name";
        aq_model_t parent = P_model, kid = Kid_model;
        aq_text_t problems = {0};

        parent.discriminator = cases[i].discriminator;
        kid.parent = &parent;
        aq_text_appendf(&problems, "%s%s%s", refused, cases[i].problem != NULL ? "\n" : "",
                        cases[i].problem != NULL ? cases[i].problem : "");
        wrong(aq_text_string(&problems), "discriminators of models that are wrong", &kid);
        aq_text_dispose(&problems);
    }
}

static void test_discriminator_of_wrong_child(void)
{
    typedef struct P {
        aq_object_t object;
        int32_t id;
    } P;
    typedef struct Kid {
        P parent;
        const char *id, *kind;
    } Kid;
    static const aq_column_t columns[] = {AQ_INT4(P, id, .primary_key = true)};
    static const aq_column_t more[] = {AQ_TEXT_NULL(Kid, id), AQ_TEXT_NULL(Kid, kind, .name = "id")};
    AQ_MODEL(P, columns, AQ_NONE);
    AQ_SUBMODEL(Kid, parent, P, more, AQ_NONE, .discriminator = "kind", .identity = "kid");

    wrong("Kid.kind: the column 'id' is declared already, for id\n"
          "Kid.id: table 'p' of 'P' has a column 'id' already",
          "a discriminator whose column was refused", &Kid_model);
}

/* ---- Without memory ----------------------------------------------------------------------------------------------------------- */

static int add_company(void)
{
    aq__model_registry_t *registry = aq__models_create();
    int code = registry != NULL ? aq__models_add(registry, &Engineer_model) : AQ_ENOMEM;

    if (code == AQ_OK)
        code = aq__models_add(registry, &Manager_model);
    if (code == AQ_OK)
        code = aq__models_add(registry, &Company_model);
    if (code == AQ_OK)
        code = aq__models_add(registry, &First_model);
    if (code == AQ_OK)
        code = aq__models_seal(registry);
    aq__models_close(registry);
    return code;
}

int main(void)
{
    aq_set_allocator(counting_allocator, NULL);
    test_scenarios();
    test_company();
    test_options();
    test_refused();
    test_identities();
    test_identities_of_wrong_models();
    test_discriminators_of_wrong_models();
    test_discriminator_of_wrong_child();
    test_identity_of_type();
    test_parent_wrong();
    test_nameless();
    test_abstract_constraints();
    test_abstract_options();
    test_adopted();
    test_odd_names();
    test_same_place();
    check_each_request("a company", add_company);
    ok(all_memory_is_back(), "all memory came back");
    return tap_done();
}
