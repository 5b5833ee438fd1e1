/* Mappers: what sessions know of models; every text about those that they cannot handle. */
#include "tap.h"

#include <stdio.h>

#include "src/orm/mapper.h"
#include "t/declared.h"

/* ---- A blog ------------------------------------------------------------------------------------------------------------------------ */

typedef enum mood { MOOD_SAD, MOOD_HAPPY } mood_t;
static const char *const mood_labels[] = {[MOOD_SAD] = "sad", [MOOD_HAPPY] = "happy"};
static const aq_enum_t mood_enum = {.name = "Mood", .schema = "app", .labels = AQ_LIST(mood_labels)};

typedef struct User {
    aq_object_t object;
    int32_t id;
    const char *username;
    aq_int4_null_t age;
    mood_t mood;
    aq_enum_array_t moods;
    int32_t revision;
    const char *citext;
    aq_text_array_t tags;
    const char *code;
    aq_timestamp_t created;
    const char *upper;
    aq_many_t posts;
} User;

typedef struct Tag {
    aq_object_t object;
    int64_t id;
    const char *name;
    aq_many_t posts;
} Tag;

typedef struct Post {
    aq_object_t object;
    int32_t id;
    int32_t author_id;
    const char *title;
    User *author;
    aq_many_t tags;
} Post;

static const aq_column_t user_columns[] = {
    AQ_INT4(User, id, .primary_key = true),
    AQ_VARCHAR(User, username, 80, .default_value = "nobody"),
    AQ_INT4_NULL(User, age, .default_value = "18"),
    AQ_ENUM(User, mood, &mood_enum, .default_value = "happy"),
    AQ_ENUM_ARRAY_NULL(User, moods, &mood_enum),
    AQ_INT4(User, revision),
    AQ_TEXT_NULL(User, citext, .sql_type = "citext"),
    AQ_VARCHAR_ARRAY(User, tags, .name = "Tags"),
    AQ_CHAR_NULL(User, code, 2),
    AQ_TIMESTAMPTZ(User, created, .server_default = "now()"),
    AQ_TEXT(User, upper, .generated = "upper(username)"),
};
static const aq_relationship_t user_relationships[] = {
    AQ_MANY(User, posts, Post, .back_populates = "author", .order_by = "title desc, id"),
};
AQ_MODEL(User, user_columns, user_relationships, .version = "revision");

static const aq_column_t tag_columns[] = {
    AQ_INT8(Tag, id, .primary_key = true, .autoincrement = AQ_IDENTITY_ALWAYS),
    AQ_TEXT(Tag, name),
};
AQ_MODEL(Tag, tag_columns, AQ_NONE);

static const aq_column_t link_columns[] = {
    AQ_COLUMN(INT4, "post_id", .primary_key = true, .references = AQ_REF(Post, id)),
    AQ_COLUMN(INT8, "tag_id", .primary_key = true, .references = AQ_REF(Tag, id)),
};
AQ_TABLE(post_tags, link_columns, .schema = "app");

static const aq_column_t post_columns[] = {
    AQ_INT4(Post, id, .primary_key = true),
    AQ_INT4(Post, author_id, .references = AQ_REF(User, id)),
    AQ_TEXT(Post, title),
};
static const aq_relationship_t post_relationships[] = {
    AQ_ONE(Post, author, User, .back_populates = "posts"),
    AQ_MANY(Post, tags, Tag, .secondary = &post_tags_table, .backref = AQ_BACKREF(Tag, posts, Post)),
};
AQ_MODEL(Post, post_columns, post_relationships);

static aq__model_registry_t *blog(void)
{
    aq__model_registry_t *registry = add_all(MODELS(AQ_MODEL_OF(Post), AQ_MODEL_OF(User), AQ_MODEL_OF(Tag)));

    (void)aq__models_add_table(registry, &post_tags_table);
    if (aq__models_seal(registry) != AQ_OK)
        diag("%s", aq_last_error()->message);
    return registry;
}

static void describe_field(aq_text_t *text, const aq__field_t *field)
{
    aq_text_appendf(text, "%s: %s, oid %u, kind %d, carrier %d %s%s%s%s%s%s%s%s%s%s\n",
                    field->attribute->name, field->sql, (unsigned)field->oid, (int)field->kind,
                    (int)field->carrier, field->carrier_type, field->cast, field->key ? " key" : "",
                    field->nullable ? " nullable" : "", field->drawn ? " drawn" : "",
                    field->generated ? " generated" : "", field->identity_always ? " always" : "",
                    field->foreign ? " foreign" : "", field->version ? " version" : "",
                    field->discriminator ? " discriminator" : "");
}

static void check_fields(const aq__mappers_t *mappers, const aq_model_t *model, const char *expected)
{
    const aq__mapper_t *mapper = aq__mappers_find(mappers, model);
    aq_text_t text = {0};

    for (size_t i = 0; mapper != NULL && i < mapper->field_count; i++)
        describe_field(&text, &mapper->fields[i]);
    is_text(aq_text_string(&text), expected, "%s: its fields", model->name);
    aq_text_dispose(&text);
}

static void fields(const aq__mappers_t *mappers)
{
    check_fields(mappers, &User_model,
                 "id: id, oid 23, kind 3, carrier 3 int4[] key drawn\n"
                 "username: username, oid 1043, kind 7, carrier 7 text[]\n"
                 "age: age, oid 23, kind 3, carrier 3 int4[] nullable\n"
                 "mood: mood, oid 0, kind 7, carrier 7 text[]::app.\"Mood\"\n"
                 "moods: moods, oid 0, kind 7, carrier 7 text[]::app.\"Mood\"[] nullable\n"
                 "revision: revision, oid 23, kind 3, carrier 3 int4[] version\n"
                 "citext: citext, oid 0, kind 7, carrier 7 text[]::citext nullable\n"
                 "tags: \"Tags\", oid 1015, kind 7, carrier 7 text[]::varchar[]\n"
                 "code: code, oid 1042, kind 7, carrier 7 text[]::bpchar nullable\n"
                 "created: created, oid 1184, kind 12, carrier 12 timestamptz[] drawn\n"
                 "upper: upper, oid 25, kind 7, carrier 7 text[] drawn generated\n");
    check_fields(mappers, &Tag_model,
                 "id: id, oid 20, kind 4, carrier 4 int8[] key drawn always\n"
                 "name: name, oid 25, kind 7, carrier 7 text[]\n");
    check_fields(mappers, &Post_model,
                 "id: id, oid 23, kind 3, carrier 3 int4[] key drawn\n"
                 "author_id: author_id, oid 23, kind 3, carrier 3 int4[] foreign\n"
                 "title: title, oid 25, kind 7, carrier 7 text[]\n");
}

/* ---- Tables, relations -------------------------------------------------------------------------------------------------------------- */

static const aq__relation_t *relation_named(const aq__mappers_t *mappers, const aq_model_t *model,
                                            const char *name)
{
    const aq__relation_t *relation = aq__mapper_relation(aq__mappers_find(mappers, model), name);

    if (relation == NULL)
        bail_out("no relation '%s'", name);
    return relation;
}

static void relations(const aq__mappers_t *mappers)
{
    const aq__relation_t *author = relation_named(mappers, &Post_model, "author"),
                         *posts = relation_named(mappers, &User_model, "posts"),
                         *tags = relation_named(mappers, &Post_model, "tags"),
                         *tagged = relation_named(mappers, &Tag_model, "posts");

    ok(author->reverse == posts && posts->reverse == author, "two sides know each other");
    ok(author->direction == AQ__MANY_TO_ONE && !author->many && author->pair_count == 1 && author->bit == 0,
       "many-to-one");
    is_str(author->pairs[0].near->attribute->name, "author_id", "its near side is the foreign key");
    is_str(author->pairs[0].far->attribute->name, "id", "its far side what that refers to");
    ok(posts->many && posts->target == author->mapper && posts->pairs[0].near->key &&
           posts->pairs[0].far->foreign,
       "one-to-many is the other way round");
    is_str(posts->order_fields[0]->attribute->name, "title", "what it is ordered by");
    ok(tags->direction == AQ__MANY_TO_MANY && tags->reverse == tagged && tags->near_count == 1 &&
           tags->far_count == 1,
       "many-to-many, whose other side is a backref");
    is_str(tags->secondary_sql, "app.post_tags", "the table between");
    is_str(tags->near_columns[0]->name, "post_id", "its near column");
    is_str(tags->far_columns[0]->name, "tag_id", "its far column");
    ok(tags->near_fields[0]->model == tags->mapper->name && tags->far_fields[0]->model == tags->target->name,
       "and whose members these are");
    ok(aq__mapper_relation_at(author->mapper, offsetof(Post, tags)) == tags &&
           aq__mapper_relation_at(author->mapper, 1) == NULL,
       "relations by place");
    ok(aq__mapper_relation(author->mapper, "nobody") == NULL, "one that is not there");
    ok(author->mapper->order > author->target->order, "who refers to another comes behind it");
}

static void looking_up(const aq__mappers_t *mappers)
{
    const aq_model_t again = User_model;
    aq_model_t other = User_model;
    const aq__mapper_t *mapper = aq__mappers_find(mappers, &User_model);

    ok(aq__mappers_find(mappers, &again) == mapper,
       "the same declaration of another file that includes it is the same");
    other.line++;
    ok(aq__mappers_find(mappers, &other) == NULL && aq_last_error()->code == AQ_EMAPPING,
       "another model of that name is not");
    is_text(aq_last_error()->message, "'User' is not mapped: aq_db_model() it first",
            "... and the text says so");
    ok(aq__mapper_field(mapper, "age") == aq__mapper_field_at(mapper, offsetof(User, age)),
       "fields by name and place");
    ok(aq__mapper_field(mapper, "nobody") == NULL && aq__mapper_field_at(mapper, 1) == NULL, "none is there");
    ok(aq__mapper_field_of(mapper, mapper->fields[2].attribute->column) == &mapper->fields[2],
       "fields by column");
    ok(mapper->version == aq__mapper_field(mapper, "revision") && mapper->key_count == 1 &&
           mapper->key[0] == &mapper->fields[0],
       "its version and its key");
    is_str(((const User *)mapper->initial)->username, "nobody", "a client's default is ready");
    ok(((const User *)mapper->initial)->age.value == 18 &&
           ((const User *)mapper->initial)->mood == MOOD_HAPPY,
       "so are others");
    is_str(mapper->tables[0].sql, "\"user\"", "its table is quoted where it must be");
}

/* ---- Inheritance ---------------------------------------------------------------------------------------------------------------------- */

typedef struct Employee {
    aq_object_t object;
    int32_t id;
    const char *kind;
    const char *name;
} Employee;

typedef struct Engineer {
    Employee employee;
    int32_t engineer_id;
    const char *language;
} Engineer;

typedef struct Manager {
    Employee employee;
    aq_int4_null_t level;
} Manager;

static const aq_column_t employee_columns[] = {
    AQ_INT4(Employee, id, .primary_key = true),
    AQ_TEXT(Employee, kind),
    AQ_TEXT(Employee, name, .default_value = "x"),
};
AQ_MODEL(Employee, employee_columns, AQ_NONE, .discriminator = "kind", .identity = "employee");
static const aq_column_t engineer_columns[] = {
    AQ_INT4(Engineer, employee.id, .name = "Employee_id", .primary_key = true,
            .references = AQ_REF(Employee, id)),
    AQ_TEXT(Engineer, language),
};
AQ_SUBMODEL(Engineer, employee, Employee, engineer_columns, AQ_NONE, .identity = "engineer");
static const aq_column_t manager_columns[] = {AQ_INT4_NULL(Manager, level)};
AQ_SUBMODEL(Manager, employee, Employee, manager_columns, AQ_NONE, .identity = "manager");

static void inheritance(void)
{
    aq__model_registry_t *registry = add_all(MODELS(AQ_MODEL_OF(Engineer), AQ_MODEL_OF(Manager)));
    aq__mappers_t *mappers = aq__models_seal(registry) == AQ_OK ? aq__mappers_create(registry) : NULL;
    const aq__mapper_t *employee, *engineer, *manager;
    const aq__mapped_table_t *own;

    ok(mappers != NULL, "a hierarchy is mapped");
    if (mappers == NULL)
        bail_out("%s", aq_last_error()->message);
    employee = aq__mappers_find(mappers, &Employee_model);
    engineer = aq__mappers_find(mappers, &Engineer_model);
    manager = aq__mappers_find(mappers, &Manager_model);
    ok(engineer->base == employee && manager->root == employee && employee->child_count == 2, "who is whose");
    ok(employee->table_count == 1 && engineer->table_count == 2 && manager->table_count == 1,
       "joined and single tables");
    own = &engineer->tables[1];
    is_int(own->column_count, 2, "the joined table has its own columns and the key");
    is_str(own->columns[own->key[0]].sql, "\"Employee_id\"", "which has a name of its own there");
    ok(own->columns[own->key[0]].field == engineer->key[0], "but is the same member");
    ok(!engineer->key[0]->foreign && engineer->key[0]->drawn,
       "no foreign key to others, and drawn by the base's table");
    ok(aq__mapper_by_identity(employee, "engineer") == engineer &&
           aq__mapper_by_identity(engineer, "manager") == manager &&
           aq__mapper_by_identity(manager, "employee") == employee &&
           aq__mapper_by_identity(manager, "nobody") == manager,
       "whose rows have which discriminator");
    ok(aq__mapper_is_a(engineer, employee) && !aq__mapper_is_a(employee, engineer) &&
           !aq__mapper_is_a(engineer, manager),
       "who is a what");
    is_str(((const Engineer *)engineer->initial)->employee.kind, "engineer", "new ones have it");
    ok(aq__mapper_field(engineer, "employee.name") == aq__mapper_field(engineer, "name") ||
           aq__mapper_field(engineer, "employee.name") != NULL,
       "a base's member by the child's name");
    aq__mappers_close(mappers);
    aq__models_close(registry);
}

/* ---- What is wrong --------------------------------------------------------------------------------------------------------------------- */

typedef struct Crowd {
    aq_object_t object;
    int32_t id;
    int32_t friend_id;
    struct Crowd *ones[33];
} Crowd;

static void mapping_fails(aq__model_registry_t *registry, const char *expected, const char *name)
{
    aq__mappers_t *mappers;

    if (aq__models_seal(registry) != AQ_OK)
        bail_out("%s: %s", name, aq_last_error()->message);
    mappers = aq__mappers_create(registry);
    ok(mappers == NULL && aq_last_error()->code == AQ_EMAPPING, "%s: no mappers", name);
    is_text(strstr(aq_last_error()->message, ": ") + 2, expected, "%s: its text, behind its place", name);
    aq__mappers_close(mappers);
    aq__models_close(registry);
}

static void too_many_ones(void)
{
    static const aq_column_t columns[] = {
        AQ_INT4(Crowd, id, .primary_key = true),
        AQ_INT4(Crowd, friend_id, .references = AQ_REF(Crowd, id)),
    };
    static char names[33][4];
    static aq_relationship_t ones[33];

    for (size_t i = 0; i < 33; i++) {
        (void)snprintf(names[i], sizeof(names[i]), "o%zu", i);
        ones[i] = (aq_relationship_t){.name = names[i],
                                      .model = "Crowd",
                                      .target = "Crowd",
                                      .offset = offsetof(Crowd, ones) + i * sizeof(Crowd *)};
    }
    AQ_MODEL(Crowd, columns, ones);
    mapping_fails(add_all(MODELS(AQ_MODEL_OF(Crowd))),
                  "Crowd: it has 33 to-one relationships: at most 32 are allowed", "33 to-one relationships");
}

typedef struct Odd {
    aq_object_t object;
    int32_t id;
    aq_int4_null_t number;
} Odd;

static void wrong_default(void)
{
    static const aq_column_t columns[] = {
        AQ_INT4(Odd, id, .primary_key = true),
        AQ_INT4_NULL(Odd, number, .sql_type = "app.small", .default_value = "many"),
    };
    AQ_MODEL(Odd, columns, AQ_NONE);
    mapping_fails(add_all(MODELS(AQ_MODEL_OF(Odd))),
                  "Odd.number: .default_value is 'many': 'many' is no int4",
                  "a default that only the mapper can read");
}

static void versions(void)
{
    static const aq_column_t columns[] = {
        AQ_INT4(Odd, id, .primary_key = true),
        AQ_INT4_NULL(Odd, number),
    };
    static const aq_model_t models[] = {
        {.name = "Odd", .size = sizeof(Odd), .columns = columns, .column_count = 2, .version = "revision"},
        {.name = "Odd", .size = sizeof(Odd), .columns = columns, .column_count = 2, .version = "number"},
        {.name = "Odd", .size = sizeof(Odd), .columns = columns, .column_count = 2, .version = "id"},
    };

    wrong("Odd: .version is 'revision', and it has no such column", "a version that is no column",
          &models[0]);
    wrong("Odd: .version is 'number', which can be NULL", "one that can be NULL", &models[1]);
    wrong("Odd: .version is 'id', which is part of its primary key", "one that is the key", &models[2]);
}

typedef struct Named {
    aq_object_t object;
    int32_t id;
    const char *name;
    int32_t drawn;
} Named;

static void more_versions(void)
{
    static const aq_column_t columns[] = {
        AQ_INT4(Named, id, .primary_key = true),
        AQ_TEXT(Named, name),
        AQ_INT4(Named, drawn, .autoincrement = AQ_SERIAL),
    };
    static const aq_model_t models[] = {
        {.name = "Named", .size = sizeof(Named), .columns = columns, .column_count = 3, .version = "name"},
        {.name = "Named", .size = sizeof(Named), .columns = columns, .column_count = 3, .version = "drawn"},
    };

    wrong("Named: .version is 'name', which is text: it must be int2, int4 or int8", "one that is no integer",
          &models[0]);
    wrong("Named: .version is 'drawn', which the server counts by itself", "one that the server counts",
          &models[1]);
}

/* ---- Without memory ------------------------------------------------------------------------------------------------------------------------ */

static aq__model_registry_t *sealed;

static int map_blog(void)
{
    aq__mappers_t *mappers = aq__mappers_create(sealed);

    aq__mappers_close(mappers);
    return mappers != NULL ? AQ_OK : aq_last_error()->code;
}

int main(void)
{
    aq__model_registry_t *registry;
    aq__mappers_t *mappers;

    aq_set_allocator(counting_allocator, NULL);
    registry = blog();
    mappers = aq__mappers_create(registry);
    ok(mappers != NULL, "mappers are made");
    if (mappers == NULL)
        diag("%s", aq_last_error()->message);
    else
        fields(mappers);
    relations(mappers);
    looking_up(mappers);
    sealed = registry;
    check_each_request("the mappers of a blog", map_blog);
    aq__mappers_close(mappers);
    aq__models_close(registry);
    inheritance();
    too_many_ones();
    wrong_default();
    versions();
    more_versions();
    is_int(allocations.blocks, 0, "nothing is left");
    return tap_done();
}
