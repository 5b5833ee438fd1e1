/* Mappers: what the registry knows of a model, as sessions need it.
 *
 * The happy path: one mapper for each model that has a table, bases before their children: its fields and tables; then, when all are there, what needs others: children, relations and their reverses
 * (mapper-relation.c). Names are quoted and casts are spelt here, once.
 * The failure modes: what sessions cannot handle is a problem each, and all of them are one text. */
#include "src/orm/mapper-private.h"
#include "src/orm/query.h"

#include "src/orm/member.h"
#include "src/schema/naming.h"

/* ---- Fields ---------------------------------------------------------------------------------------------------------------------- */

const char *aq__mapper_quote(aq_arena_t *arena, const char *schema, const char *name)
{
    aq_text_t text = {0};
    const char *copy = NULL;

    aq__name_append_qualified(&text, schema, name);
    if (!text.failed)
        copy = aq_arena_strdup(arena, aq_text_string(&text));
    aq_text_dispose(&text);
    return copy;
}

/* A key that joined inheritance shares refers to its base's: that is no foreign key to anybody else. */
static bool is_own_column(const aq__attribute_t *attribute, const aq__column_t *column)
{
    for (size_t i = 0; i < attribute->column_count; i++)
        if (attribute->columns[i] == column)
            return true;
    return false;
}

static bool is_foreign(const aq__attribute_t *attribute, const aq__column_t *column)
{
    for (size_t i = 0; i < column->table->constraint_count; i++) {
        const aq__constraint_t *key = column->table->constraints[i];

        for (size_t j = 0; key->kind == AQ_CONSTRAINT_FOREIGN_KEY && j < key->column_count; j++)
            if (key->columns[j] == column &&
                (key->referred == NULL || !is_own_column(attribute, key->referred_columns[j])))
                return true;
    }
    return false;
}

/* Who gives it its value: of a key that several tables share, that of the furthest base. */
static void set_origin(aq__field_t *field)
{
    const aq__attribute_t *attribute = field->attribute;
    const aq__column_t *origin = attribute->columns[attribute->column_count - 1];

    field->generated = origin->generated != NULL;
    field->identity_always = origin->autoincrement == AQ_IDENTITY_ALWAYS;
    field->drawn =
        field->generated || origin->autoincrement != AQ_AUTOINCREMENT_OFF || origin->server_default != NULL;
    for (size_t i = 0; i < attribute->column_count; i++)
        field->foreign = field->foreign || is_foreign(attribute, attribute->columns[i]);
}

static int make_field(aq__mapper_t *mapper, const aq__attribute_t *attribute, aq__field_t *field)
{
    aq_arena_t *arena = mapper->mappers->arena;

    field->attribute = attribute;
    field->declared = attribute->declared;
    field->model = mapper->name;
    field->index = (size_t)(field - mapper->fields);
    field->offset = attribute->offset;
    field->size = attribute->size;
    field->snapshot = mapper->snapshot_size;
    field->nullable = !attribute->column->not_null;
    field->sql = aq__mapper_quote(arena, NULL, attribute->column->name);
    mapper->snapshot_size += attribute->size;
    set_origin(field);
    return field->sql != NULL ? aq__member_classify(field, arena) : AQ_ENOMEM;
}

static int make_fields(aq__mapper_t *mapper, const aq__model_t *model, aq__problems_t *problems)
{
    mapper->fields = aq_arena_calloc(mapper->mappers->arena, model->attribute_count, sizeof(*mapper->fields));
    if (mapper->fields == NULL)
        return AQ_ENOMEM;
    for (; mapper->field_count < model->attribute_count; mapper->field_count++) {
        const aq__attribute_t *attribute = model->attributes[mapper->field_count];
        int code = make_field(mapper, attribute, &mapper->fields[mapper->field_count]);

        if (code == AQ_EMAPPING)
            code = aq__problem_add(problems, attribute->source, "%s", aq_last_error()->message);
        if (code == AQ_ENOMEM)
            return code;
    }
    return AQ_OK;
}

static aq__field_t *field_of(const aq__mapper_t *mapper, const aq__attribute_t *attribute)
{
    for (size_t i = 0; i < mapper->field_count && attribute != NULL; i++)
        if (mapper->fields[i].attribute == attribute)
            return &mapper->fields[i];
    return NULL;
}

/* ---- Keys and other marks ------------------------------------------------------------------------------------------------------------ */

/* Objects of a hierarchy are in one map, so a child's key is its base's, whatever its own table calls it. */
static bool is_key(const aq__mapper_t *mapper, const aq__model_t *model, const aq__field_t *field)
{
    const aq__field_t *inherited =
        mapper->base != NULL ? aq__mapper_field_at(mapper->base, field->offset) : NULL;

    if (mapper->base != NULL)
        return inherited != NULL && inherited->key;
    for (size_t i = 0; i < model->primary_key_count; i++)
        if (model->primary_key[i] == field->attribute)
            return true;
    return false;
}

static int mark_key(aq__mapper_t *mapper, const aq__model_t *model)
{
    mapper->key = aq_arena_calloc(mapper->mappers->arena, mapper->field_count, sizeof(*mapper->key));
    if (mapper->key == NULL)
        return AQ_ENOMEM;
    for (size_t i = 0; i < mapper->field_count; i++) {
        mapper->fields[i].key = is_key(mapper, model, &mapper->fields[i]);
        if (mapper->fields[i].key)
            mapper->key[mapper->key_count++] = &mapper->fields[i];
    }
    return AQ_OK;
}

/* Its own, or what the nearest parent says, abstract or not. */
static const char *version_of(const aq__model_t *model)
{
    while (model != NULL && model->declared->version == NULL)
        model = model->parent;
    return model != NULL ? model->declared->version : NULL;
}

static void mark_special(aq__mapper_t *mapper, const aq__model_t *model)
{
    const char *version = version_of(model);
    aq__field_t *field = field_of(mapper, model->discriminator);

    mapper->identity = model->identity;
    mapper->discriminator = field;
    if (field != NULL)
        field->discriminator = true;
    field = version != NULL ? field_of(mapper, aq__model_attribute(model, version)) : NULL;
    mapper->version = field;
    if (field != NULL)
        field->version = true;
}

static const void *query_class_of(const aq__model_t *model)
{
    const aq__model_registry_t *registry = model->registry;

    while (model != NULL && model->declared->query_class == NULL)
        model = model->parent;
    return model != NULL ? model->declared->query_class : registry->options.query_class;
}

/* ---- Tables -------------------------------------------------------------------------------------------------------------------------- */

static const aq__column_t *column_in(const aq__field_t *field, const aq__table_t *table)
{
    for (size_t i = 0; i < field->attribute->column_count; i++)
        if (field->attribute->columns[i]->table == table)
            return field->attribute->columns[i];
    return NULL;
}

/* The column of a table that has the value of this field of the key: its own, or one that refers to the base's. */
static bool is_key_column(const aq__mapped_column_t *mapped, const aq__field_t *key)
{
    const aq__table_t *table = mapped->column->table;

    if (mapped->field == key)
        return true;
    for (size_t i = 0; i < table->constraint_count; i++) {
        const aq__constraint_t *link = table->constraints[i];

        for (size_t j = 0; link->referred != NULL && j < link->column_count; j++)
            if (link->columns[j] == mapped->column && table->primary_key != NULL &&
                aq__constraint_has_column(table->primary_key, mapped->column) &&
                is_own_column(key->attribute, link->referred_columns[j]))
                return true;
    }
    return false;
}

static size_t find_key_column(const aq__mapped_table_t *mapped, const aq__field_t *key)
{
    for (size_t i = 0; i < mapped->column_count; i++)
        if (mapped->columns[i].field == key)
            return i;
    for (size_t i = 0; i < mapped->column_count; i++)
        if (is_key_column(&mapped->columns[i], key))
            return i;
    return mapped->column_count;
}

static int map_key(const aq__mapper_t *mapper, aq__mapped_table_t *mapped, aq__problems_t *problems)
{
    mapped->key = aq_arena_calloc(mapper->mappers->arena, mapper->key_count, sizeof(*mapped->key));
    if (mapped->key == NULL)
        return AQ_ENOMEM;
    for (size_t i = 0; i < mapper->key_count; i++) {
        mapped->key[i] = find_key_column(mapped, mapper->key[i]);
        if (mapped->key[i] < mapped->column_count)
            continue;
        mapped->key[i] = 0;
        return aq__problem_add(
            problems, aq__model_source(mapper->model->declared),
            "%s: table '%s' has no column with the key of its base, '%s': a foreign key to "
            "it, that is its primary key",
            mapper->name, mapped->table->name, mapper->key[i]->attribute->name);
    }
    return AQ_OK;
}

static int map_table(const aq__mapper_t *mapper, const aq__table_t *table, aq__mapped_table_t *mapped,
                     aq__problems_t *problems)
{
    aq_arena_t *arena = mapper->mappers->arena;

    mapped->table = table;
    mapped->sql = aq__mapper_quote(arena, table->schema, table->name);
    mapped->name_sql = aq__mapper_quote(arena, NULL, table->name);
    mapped->columns = aq_arena_calloc(arena, mapper->field_count, sizeof(*mapped->columns));
    if (mapped->sql == NULL || mapped->name_sql == NULL || mapped->columns == NULL)
        return AQ_ENOMEM;
    for (size_t i = 0; i < mapper->field_count; i++) {
        const aq__column_t *column = column_in(&mapper->fields[i], table);
        aq__mapped_column_t *to = &mapped->columns[mapped->column_count];

        if (column == NULL)
            continue;
        *to = (aq__mapped_column_t){&mapper->fields[i], column, aq__mapper_quote(arena, NULL, column->name)};
        if (to->sql == NULL)
            return AQ_ENOMEM;
        mapped->column_count++;
    }
    return map_key(mapper, mapped, problems);
}

/* The base's first; a model that shares its base's table adds none. */
static int map_tables(aq__mapper_t *mapper, const aq__model_t *model, aq__problems_t *problems)
{
    const aq__mapper_t *base = mapper->base;
    size_t inherited = base != NULL ? base->table_count : 0;
    bool shares = model->inheritance == AQ__INHERITS_SINGLE;

    mapper->tables = aq_arena_calloc(mapper->mappers->arena, inherited + 1, sizeof(*mapper->tables));
    if (mapper->tables == NULL)
        return AQ_ENOMEM;
    for (; mapper->table_count < inherited + !shares; mapper->table_count++) {
        const aq__table_t *table =
            mapper->table_count < inherited ? base->tables[mapper->table_count].table : model->table;

        if (map_table(mapper, table, &mapper->tables[mapper->table_count], problems) == AQ_ENOMEM)
            return AQ_ENOMEM;
    }
    return AQ_OK;
}

/* ---- What aq_new() gives --------------------------------------------------------------------------------------------------------------- */

/* What was said of a member, without its name. */
static const char *reason_of(const aq__field_t *field)
{
    const char *message = aq_last_error()->message;
    size_t length = strlen(field->model) + strlen(field->attribute->name) + strlen(".: ");

    return strlen(message) > length ? message + length : message;
}

static int set_initial(const aq__mapper_t *mapper, const aq__field_t *field, char *object,
                       aq__problems_t *problems)
{
    bool identity = field->discriminator && mapper->identity != NULL;
    const char *text = identity ? mapper->identity : field->declared->default_value;
    int code =
        text != NULL ? aq__member_parse(field, text, mapper->mappers->arena, object + field->offset) : AQ_OK;

    if (code == AQ_OK || code == AQ_ENOMEM)
        return code;
    return aq__problem_add(problems, field->attribute->source, "%s.%s: %s is '%s': %s", mapper->name,
                           field->attribute->name, identity ? ".identity" : ".default_value", text,
                           reason_of(field));
}

static int make_initial(aq__mapper_t *mapper, aq__problems_t *problems)
{
    char *object = aq_arena_calloc(mapper->mappers->arena, 1, mapper->object_size);

    mapper->initial = object;
    for (size_t i = 0; i < mapper->field_count && object != NULL; i++)
        if (mapper->fields[i].member_class != NULL &&
            set_initial(mapper, &mapper->fields[i], object, problems) == AQ_ENOMEM)
            return AQ_ENOMEM;
    return object != NULL ? AQ_OK : AQ_ENOMEM;
}

/* ---- A mapper -------------------------------------------------------------------------------------------------------------------------- */

static size_t order_of(const aq__table_t *table)
{
    size_t i = 0;

    while (i < table->metadata->table_count && table->metadata->ordered_tables[i] != table)
        i++;
    return i;
}

static int make_mapper(aq__mappers_t *mappers, const aq__model_t *model, aq__problems_t *problems)
{
    aq__mapper_t *mapper = aq_arena_calloc(mappers->arena, 1, sizeof(*mapper));
    int code;

    if (mapper == NULL)
        return AQ_ENOMEM;
    mapper->model = model;
    mapper->name = model->name;
    mapper->mappers = mappers;
    mapper->index = mappers->count;
    mapper->base = model->base != NULL ? aq__mapper_of_model(mappers, model->base) : NULL;
    mapper->root = mapper->base != NULL ? mapper->base->root : mapper;
    mapper->bind = model->metadata->bind;
    mapper->object_size = model->declared->size;
    mapper->query_class = query_class_of(model);
    mappers->items[mappers->count++] = mapper;
    code = aq__map_put(&mappers->by_model, &model->declared, sizeof(model->declared), mapper);
    if (code == AQ_OK)
        code = make_fields(mapper, model, problems);
    if (code == AQ_OK)
        code = mark_key(mapper, model);
    if (code != AQ_OK)
        return code;
    mark_special(mapper, model);
    if (map_tables(mapper, model, problems) == AQ_ENOMEM)
        return AQ_ENOMEM;
    mapper->order = order_of(mapper->tables[0].table);
    return make_initial(mapper, problems);
}

static int find_children(aq__mappers_t *mappers, aq__mapper_t *mapper)
{
    mapper->children = aq_arena_calloc(mappers->arena, mappers->count, sizeof(*mapper->children));
    for (size_t i = 0; i < mappers->count && mapper->children != NULL; i++)
        if (mappers->items[i] != mapper && aq__mapper_is_a(mappers->items[i], mapper))
            mapper->children[mapper->child_count++] = mappers->items[i];
    return mapper->children != NULL ? AQ_OK : AQ_ENOMEM;
}

/* ---- All of them ----------------------------------------------------------------------------------------------------------------------- */

static int make_all(aq__mappers_t *mappers, aq__problems_t *problems)
{
    const aq__model_registry_t *registry = mappers->registry;
    int code = AQ_OK;

    mappers->items = aq_arena_calloc(mappers->arena, registry->model_count, sizeof(*mappers->items));
    if (mappers->items == NULL)
        return AQ_ENOMEM;
    for (size_t i = 0; i < registry->model_count && code != AQ_ENOMEM; i++)
        if (registry->models[i]->table != NULL)
            code = make_mapper(mappers, registry->models[i], problems);
    for (size_t i = 0; i < mappers->count && code != AQ_ENOMEM; i++)
        code = find_children(mappers, mappers->items[i]);
    if (code != AQ_ENOMEM)
        code = aq__mappers_relate(mappers, problems);
    return code;
}

static int tell(const aq__problems_t *problems)
{
    aq_text_t text = {0};
    int code = AQ_ENOMEM;

    aq__problems_append(&text, problems);
    if (!text.failed)
        code = aq__fail(AQ_EMAPPING, "%s", aq_text_string(&text));
    aq_text_dispose(&text);
    return code;
}

aq__mappers_t *aq__mappers_create(const aq__model_registry_t *registry)
{
    aq_arena_t *arena = aq_arena_create();
    aq__mappers_t *mappers = arena != NULL ? aq_arena_calloc(arena, 1, sizeof(*mappers)) : NULL;
    aq__problems_t problems = {.arena = arena};
    int code;

    if (mappers == NULL) {
        aq_arena_close(arena);
        return NULL;
    }
    mappers->arena = arena;
    mappers->registry = registry;
    code = make_all(mappers, &problems);
    if (code != AQ_ENOMEM && problems.count > 0)
        code = tell(&problems);
    for (size_t i = 0; code == AQ_OK && i < mappers->count; i++)
        code = aq__mapper_compile_keys(mappers->items[i], arena, &mappers->items[i]->key_statements);
    if (code == AQ_OK)
        return mappers;
    aq__mappers_close(mappers);
    return NULL;
}

void aq__mappers_close(aq__mappers_t *mappers)
{
    if (mappers == NULL)
        return;
    aq__map_dispose(&mappers->by_model);
    aq_arena_close(mappers->arena);
}

/* ---- Looking up ------------------------------------------------------------------------------------------------------------------------ */

aq__mapper_t *aq__mapper_of_model(const aq__mappers_t *mappers, const aq__model_t *model)
{
    return aq__map_get(&mappers->by_model, &model->declared, sizeof(model->declared));
}

const aq__mapper_t *aq__mappers_find(const aq__mappers_t *mappers, const aq_model_t *model)
{
    const aq__mapper_t *mapper = aq__map_get(&mappers->by_model, &model, sizeof(model));
    const aq__model_t *known;

    if (mapper != NULL)
        return mapper;
    known = aq__models_find(mappers->registry, model->name);
    if (known != NULL && aq__same_model(known->declared, model))
        mapper = aq__mapper_of_model(mappers, known);
    if (mapper == NULL && model->abstract)
        (void)aq__fail(AQ_EMAPPING, "'%s' is abstract: it has no rows", model->name);
    else if (mapper == NULL)
        (void)aq__fail(AQ_EMAPPING, "'%s' is not mapped: aq_db_model() it first", model->name);
    return mapper;
}

/* What a base calls "id" is the child's "employee.id". */
const aq__field_t *aq__mapper_field(const aq__mapper_t *mapper, const char *name)
{
    return field_of(mapper, aq__model_attribute(mapper->model, name));
}

const aq__field_t *aq__mapper_field_at(const aq__mapper_t *mapper, size_t offset)
{
    for (size_t i = 0; i < mapper->field_count; i++)
        if (mapper->fields[i].offset == offset)
            return &mapper->fields[i];
    return NULL;
}

const aq__field_t *aq__mapper_field_of(const aq__mapper_t *mapper, const aq__column_t *column)
{
    for (size_t i = 0; i < mapper->field_count; i++)
        if (is_own_column(mapper->fields[i].attribute, column))
            return &mapper->fields[i];
    return NULL;
}

const aq__relation_t *aq__mapper_relation(const aq__mapper_t *mapper, const char *name)
{
    for (size_t i = 0; i < mapper->relation_count; i++)
        if (strcmp(mapper->relations[i].name, name) == 0)
            return &mapper->relations[i];
    return NULL;
}

const aq__relation_t *aq__mapper_relation_at(const aq__mapper_t *mapper, size_t offset)
{
    for (size_t i = 0; i < mapper->relation_count; i++)
        if (mapper->relations[i].offset == offset)
            return &mapper->relations[i];
    return NULL;
}

bool aq__mapper_is_a(const aq__mapper_t *mapper, const aq__mapper_t *of)
{
    while (mapper != NULL && mapper != of)
        mapper = mapper->base;
    return mapper != NULL;
}

static bool has_identity(const aq__mapper_t *mapper, const char *identity)
{
    return mapper->identity != NULL && strcmp(mapper->identity, identity) == 0;
}

const aq__mapper_t *aq__mapper_by_identity(const aq__mapper_t *mapper, const char *identity)
{
    const aq__mapper_t *root = mapper->root;

    if (identity == NULL || has_identity(mapper, identity))
        return mapper;
    for (size_t i = 0; i < root->child_count; i++)
        if (has_identity(root->children[i], identity))
            return root->children[i];
    return has_identity(root, identity) ? root : mapper;
}
