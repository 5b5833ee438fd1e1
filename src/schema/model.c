/* One model: its table and its attributes.
 *
 * The happy path: its columns, mixins opened, become entries (entries.c); where its table is (placement.c) is decided from itself, its
 * mixins and its parents; the entries become columns of its table (declare.c), and its members attributes that point to them. Its rows
 * may be in its parent's table too, or in one that was declared without a model.
 * The failure modes: what is wrong is a problem, and the rest is made all the same. Out of memory leaves it by half. */
#include <string.h>

#include "src/schema/models.h"

/* ---- Attributes ----------------------------------------------------------------------------------------------------------------------- */

static int append_attribute(aq__model_t *model, aq__attribute_t *attribute)
{
    aq__attribute_t **attributes =
        aq__grow(model->registry->arena, model->attributes, model->attribute_count, sizeof(*attributes));

    if (attributes == NULL)
        return AQ_ENOMEM;
    attributes[model->attribute_count++] = attribute;
    model->attributes = attributes;
    return AQ_OK;
}

/* Puts a column in front of those that the attribute has. */
static int prepend_column(aq_arena_t *arena, aq__attribute_t *attribute, aq__column_t *column)
{
    aq__column_t **columns = aq_arena_alloc(arena, (attribute->column_count + 1) * sizeof(*columns));

    if (columns == NULL)
        return AQ_ENOMEM;
    columns[0] = column;
    if (attribute->column_count > 0)
        memcpy(columns + 1, attribute->columns, attribute->column_count * sizeof(*columns));
    attribute->columns = columns;
    attribute->column_count++;
    attribute->column = column;
    return AQ_OK;
}

/* The parent's columns are at the same places of the child's struct. */
static int inherit_attributes(aq__model_t *model)
{
    const aq__model_t *base = model->base;

    for (size_t i = 0; base != NULL && i < base->attribute_count; i++) {
        aq__attribute_t *copy =
            aq_arena_dup(model->registry->arena, base->attributes[i], sizeof(*base->attributes[i]));

        if (copy == NULL || append_attribute(model, copy) != AQ_OK)
            return AQ_ENOMEM;
    }
    return AQ_OK;
}

static int add_attribute(aq__model_t *model, const aq__entry_t *entry, aq__column_t *column)
{
    aq_arena_t *arena = model->registry->arena;
    aq__attribute_t *attribute = aq__model_attribute_at(model, entry->offset);

    if (attribute != NULL) { /* a key that joined inheritance shares */
        attribute->primary_key = attribute->primary_key || entry->column->primary_key;
        return prepend_column(arena, attribute, column);
    }
    attribute = aq_arena_calloc(arena, 1, sizeof(*attribute));
    if (attribute == NULL || append_attribute(model, attribute) != AQ_OK)
        return AQ_ENOMEM;
    attribute->declared = entry->column;
    attribute->name = entry->attribute;
    attribute->offset = entry->offset;
    attribute->size = entry->column->size;
    attribute->source = entry->source;
    return prepend_column(arena, attribute, column);
}

static int collect_primary_key(aq__model_t *model)
{
    const aq__table_t *table =
        model->base != NULL && model->inheritance == AQ__INHERITS_SINGLE ? model->base->table : model->table;
    const aq__constraint_t *key = table->primary_key;
    size_t count = key != NULL ? key->column_count : 0;

    model->primary_key = aq_arena_calloc(model->registry->arena, count, sizeof(*model->primary_key));
    if (model->primary_key == NULL)
        return AQ_ENOMEM;
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < model->attribute_count; j++)
            for (size_t k = 0; k < model->attributes[j]->column_count; k++)
                if (model->attributes[j]->columns[k] == key->columns[i]) {
                    model->attributes[j]->primary_key = true;
                    model->primary_key[model->primary_key_count++] = model->attributes[j];
                }
    return AQ_OK;
}

/* ---- Adding a model ------------------------------------------------------------------------------------------------------------------------ */

/* Whether rows of the model are in a table of its own. */
static bool has_own_table(const aq__model_t *model, const aq__entries_t *entries)
{
    const aq_model_t *declared = model->declared;

    if (model->base == NULL || declared->table != NULL)
        return true;
    for (size_t i = 0; i < entries->count; i++)
        if (entries->items[i].column->primary_key)
            return true;
    do
        for (size_t i = 0; i < model->declared->constraints.count; i++)
            if (model->declared->constraints.items[i].kind == AQ_CONSTRAINT_PRIMARY_KEY)
                return true;
    while ((model = aq__abstract_parent(model)) != NULL);
    return false;
}

/* Who has this table already: "the model 'User' (models.c:12)". */
static const aq__model_t *model_with_table(const aq__model_registry_t *registry, const aq__table_t *table)
{
    for (size_t i = 0; i < registry->model_count; i++)
        if (registry->models[i]->table == table)
            return registry->models[i];
    return NULL;
}

/* Types that have one form in C. */
static bool is_text(uint32_t oid)
{
    return oid == AQ_OID_TEXT || oid == AQ_OID_VARCHAR || oid == AQ_OID_BPCHAR || oid == AQ_OID_NAME;
}

static bool same_type(const aq_column_t *declared, const aq__type_t *type)
{
    uint32_t oid = aq__element_oid(declared->type);

    if (declared->sql_type != NULL || declared->custom != NULL || type->text != NULL)
        return true; /* the server knows */
    if (declared->enumeration != NULL)
        return declared->array == type->array && aq__same_text(declared->enumeration->name, type->name);
    return aq__is_array_oid(declared->type) == type->array &&
           (oid == type->oid || (is_text(oid) && is_text(type->oid)));
}

/* The column of a plain table that a member is to be. */
static int check_adopted(const aq__model_t *model, const aq__entry_t *entry, const aq__column_t *column)
{
    aq__problems_t *problems = &model->registry->problems;

    if (!same_type(entry->column, &column->type))
        return aq__problem_add(problems, entry->source,
                               "%s.%s: table '%s' is declared already, and its column '%s' is not %s%s",
                               entry->owner, entry->label, column->table->name, column->name,
                               aq__column_type_name(entry->column),
                               aq__is_array_oid(entry->column->type) || entry->column->array ? "[]" : "");
    if (!entry->column->nullable && !column->not_null)
        return aq__problem_add(problems, entry->source,
                               "%s.%s: table '%s' is declared already, and its column '%s' can be NULL",
                               entry->owner, entry->label, column->table->name, column->name);
    return AQ_OK;
}

/* A table that was declared without a model is taken as it is: the model's columns must be among its. */
static int adopt_table(aq__model_t *model, aq__table_t *table, const aq__entries_t *entries)
{
    aq__problems_t *problems = &model->registry->problems;
    const aq__model_t *owner = model_with_table(model->registry, table);
    int code = AQ_OK;

    if (owner != NULL)
        return aq__problem_add(problems, aq__model_source(model->declared),
                               "%s: table '%s' is declared already, for the model '%s' (%s:%d)", model->name,
                               table->name, owner->name, owner->declared->file, owner->declared->line);
    model->table = table;
    for (size_t i = 0; i < entries->count && code != AQ_ENOMEM; i++) {
        const aq__entry_t *entry = &entries->items[i];
        aq__column_t *column = aq__table_column(table, entry->name);

        if (column == NULL)
            code = aq__problem_add(problems, entry->source,
                                   "%s.%s: table '%s' is declared already, and has no column '%s'",
                                   model->name, entry->attribute, table->name, entry->name);
        else if (add_attribute(model, entry, column) != AQ_OK)
            code = AQ_ENOMEM;
        else
            code = aq__worse(code, check_adopted(model, entry, column));
    }
    if (code != AQ_ENOMEM && (model->declared->constraints.count > 0 || model->declared->indexes.count > 0 ||
                              model->declared->comment != NULL))
        code = aq__problem_add(problems, aq__model_source(model->declared),
                               "%s: table '%s' is declared already: its constraints, indexes and comment "
                               "are declared there",
                               model->name, table->name);
    return code;
}

static aq__declaration_t declaration_of(aq__model_t *model, const aq__entries_t *entries)
{
    return (aq__declaration_t){.registry = model->registry,
                               .model = model,
                               .what = model->name,
                               .table = model->table,
                               .entries = entries->items,
                               .entry_count = entries->count};
}

/* The entries become columns of model->table, which others may have put columns into; the constraints and indexes of abstract parents
 * are its as well. */
static int fill_table(aq__model_t *model, const aq__entries_t *entries)
{
    aq__declaration_t declaration = declaration_of(model, entries);
    int code = aq__declare_columns(&declaration);

    for (size_t i = 0; i < entries->count && code != AQ_ENOMEM; i++)
        if (add_attribute(model, &entries->items[i],
                          aq__table_column(model->table, entries->items[i].name)) != AQ_OK)
            code = AQ_ENOMEM;
    for (const aq__model_t *from = model; from != NULL && code != AQ_ENOMEM;
         from = aq__abstract_parent(from)) {
        declaration.file = from->declared->file;
        declaration.line = from->declared->line;
        declaration.constraints = from->declared->constraints;
        declaration.indexes = from->declared->indexes;
        code = aq__worse(code, aq__declare_constraints(&declaration));
    }
    return code;
}

/* Its name and its bind. */
static int find_own_table(aq__model_t *model, const char **name)
{
    aq__model_registry_t *registry = model->registry;
    aq__source_t source = aq__model_source(model->declared);
    const char *bind = aq__model_bind(model);
    int code;

    model->metadata = aq__models_bind(registry, bind);
    if (model->metadata == NULL)
        return AQ_ENOMEM;
    code = aq__model_table_name(model, name);
    if (code == AQ_EMAPPING)
        return aq__problem_add(&registry->problems, source, "%s: %s", model->name, aq_last_error()->message);
    if (code == AQ_OK && *name == NULL)
        return aq__problem_add(
            &registry->problems, source,
            "%s: it has no table name: .no_autonaming is set, and neither .table nor .table_name is",
            model->name);
    return code == AQ_OK ? aq__check_name(registry, source, *name, "%s: table", model->name) : code;
}

static int make_own_table(aq__model_t *model, const aq__entries_t *entries)
{
    const char *schema = aq__model_schema(model), *name = NULL;
    aq__source_t source = aq__model_source(model->declared);
    int code = find_own_table(model, &name);
    aq__table_t *known;

    if (code == AQ_OK && schema != NULL)
        code = aq__check_name(model->registry, source, schema, "%s: schema", model->name);
    if (code != AQ_OK)
        return code;
    known = aq__metadata_table(model->metadata, schema, name);
    if (known != NULL) {
        code = adopt_table(model, known, entries);
    } else {
        model->table = aq__metadata_add_table(model->metadata, schema, name, source);
        if (model->table == NULL)
            return AQ_ENOMEM;
        model->table->comment = model->declared->comment;
        code = fill_table(model, entries);
    }
    if (code != AQ_ENOMEM && model->table != NULL && model->table->primary_key == NULL)
        code = aq__problem_add(&model->registry->problems, source,
                               "%s: table '%s' has no primary key: give a column .primary_key = true",
                               model->name, name);
    return code;
}

/* Single-table inheritance: what a model says of its table must be what the table is. (A bind of its own says nothing, as in
 * Flask-SQLAlchemy 3.) */
static int check_shared_table(const aq__model_t *model)
{
    const aq_model_t *declared = model->declared;
    bool elsewhere = declared->schema != NULL && !aq__same_text(declared->schema, model->table->schema);
    const char *option = declared->comment != NULL ? "comment" : elsewhere ? "schema" : NULL;

    if (option == NULL)
        return AQ_OK;
    return aq__problem_add(&model->registry->problems, aq__model_source(declared),
                           "%s: .%s is for a table of its own, and its rows are in table '%s' of '%s'",
                           model->name, option, model->table->name, model->base->name);
}

/* Single-table inheritance: what the model adds must leave room for rows of its base. A column that is there already goes. */
static int check_shared_entries(const aq__model_t *model, aq__entries_t *entries)
{
    aq__problems_t *problems = &model->registry->problems;
    size_t kept = 0;
    int code = AQ_OK;

    for (size_t i = 0; i < entries->count && code != AQ_ENOMEM; i++) {
        const aq__entry_t *entry = &entries->items[i];

        if (aq__table_column(model->table, entry->name) != NULL) {
            code = aq__problem_add(problems, entry->source,
                                   "%s.%s: table '%s' of '%s' has a column '%s' already", model->name,
                                   entry->attribute, model->table->name, model->base->name, entry->name);
            continue;
        }
        if (!entry->column->nullable && entry->column->server_default == NULL &&
            entry->column->generated == NULL)
            code = aq__problem_add(
                problems, entry->source,
                "%s.%s: it is NOT NULL, and rows of '%s', in the same table, have no value for it",
                model->name, entry->attribute, model->base->name);
        entries->items[kept++] = *entry;
    }
    entries->count = kept;
    return code;
}

static int share_table(aq__model_t *model, aq__entries_t *entries)
{
    int code;

    model->table = model->base->table;
    model->metadata = model->base->metadata;
    if (model->table == NULL) /* a problem of the base's */
        return AQ_OK;
    code = check_shared_table(model);
    if (code != AQ_ENOMEM)
        code = aq__worse(code, check_shared_entries(model, entries));
    return code != AQ_ENOMEM ? aq__worse(code, fill_table(model, entries)) : code;
}

/* Whether another model of the hierarchy has this identity. */
static const aq__model_t *model_with_identity(const aq__model_t *model)
{
    const aq__model_registry_t *registry = model->registry;

    for (size_t i = 0; i < registry->model_count; i++) {
        const aq__model_t *other = registry->models[i];

        if (other != model && other->discriminator != NULL && model->discriminator != NULL &&
            other->discriminator->columns[other->discriminator->column_count - 1] ==
                model->discriminator->columns[model->discriminator->column_count - 1] &&
            aq__same_text(other->identity, model->identity))
            return other;
    }
    return NULL;
}

/* Of the parents one that declares a discriminator: without one, it has a problem that was told. */
static bool parent_discriminates(const aq__model_t *model)
{
    while ((model = model->base) != NULL)
        if (model->declared->discriminator != NULL)
            return true;
    return false;
}

/* Whether one of the columns, or one of a mixin's, is of this member. */
static bool have_member(const aq_column_t *columns, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        const aq_mixin_t *mixin = columns[i].mixin;
        const char *member = columns[i].attribute;
        size_t length = member != NULL ? strlen(member) : 0;

        if (member == NULL || strncmp(member, name, length) != 0)
            continue;
        if (mixin != NULL && name[length] == '.' &&
            have_member(mixin->columns, mixin->column_count, name + length + 1))
            return true;
        if (mixin == NULL && name[length] == '\0')
            return true;
    }
    return false;
}

/* Whether the model or a parent says that it has this column, right or wrong. */
static bool is_said(const aq__model_t *model, const char *name)
{
    for (; model != NULL; model = model->parent)
        if (have_member(model->declared->columns, model->declared->column_count, name))
            return true;
    return false;
}

/* `whole`: all of its columns are right, so that one which is not there was not refused. */
static int set_discriminator(aq__model_t *model, bool whole)
{
    aq__problems_t *problems = &model->registry->problems;
    const char *name = model->declared->discriminator;
    aq__source_t source = aq__model_source(model->declared);
    const char *needed;
    const aq__model_t *other;

    model->identity = model->declared->identity;
    if (model->base != NULL && model->base->discriminator != NULL)
        model->discriminator = aq__model_attribute_at(model, model->base->discriminator->offset);
    if (name != NULL && model->discriminator != NULL &&
        aq__model_attribute(model, name) != model->discriminator)
        return aq__problem_add(problems, source,
                               "%s: .discriminator is '%s', and that of its parent '%s' is '%s'", model->name,
                               name, model->base->name, model->discriminator->name);
    if (name != NULL)
        model->discriminator = aq__model_attribute(model, name);
    if (name != NULL && model->discriminator == NULL && (whole || !is_said(model, name)))
        return aq__problem_add(problems, source, "%s: .discriminator is '%s', and it has no such column",
                               model->name, name);
    if (model->discriminator == NULL && (name != NULL || parent_discriminates(model)))
        return AQ_OK;
    if (model->identity != NULL && model->discriminator == NULL)
        return aq__problem_add(problems, source,
                               "%s: .identity is '%s', but neither it nor a parent has a .discriminator",
                               model->name, model->identity);
    if (model->base != NULL && model->discriminator != NULL && model->identity == NULL)
        return aq__problem_add(problems, source, "%s: it has no .identity, which '%s' of its rows would be",
                               model->name, model->discriminator->name);
    needed =
        model->identity != NULL ? aq__value_needed(model->discriminator->declared, model->identity) : NULL;
    if (needed != NULL)
        return aq__problem_add(problems, source, "%s: .identity is '%s', but '%s' is %s and needs %s",
                               model->name, model->identity, model->discriminator->name,
                               aq__column_type_name(model->discriminator->declared), needed);
    other = model->identity != NULL ? model_with_identity(model) : NULL;
    if (other != NULL)
        return aq__problem_add(problems, source, "%s: .identity is '%s', as that of '%s'", model->name,
                               model->identity, other->name);
    return AQ_OK;
}

/* Its own, or what the nearest parent says, abstract or not. */
static const aq__model_t *model_with_version(const aq__model_t *model)
{
    while (model != NULL && model->declared->version == NULL)
        model = model->parent;
    return model;
}

/* UPDATE counts it and compares it, so it is a number that is always there, and that nobody else counts. */
static int check_version(const aq__model_t *model)
{
    aq__problems_t *problems = &model->registry->problems;
    const aq__model_t *from = model_with_version(model);
    const aq__attribute_t *attribute;
    const aq_column_t *column;
    const char *name;

    if (from == NULL)
        return AQ_OK;
    name = from->declared->version;
    attribute = aq__model_attribute(model, name);
    if (attribute == NULL)
        return aq__problem_add(problems, aq__model_source(from->declared),
                               "%s: .version is '%s', and it has no such column", from->name, name);
    column = attribute->declared;
    if (column->sql_type != NULL ||
        (column->type != AQ_OID_INT2 && column->type != AQ_OID_INT4 && column->type != AQ_OID_INT8))
        return aq__problem_add(problems, aq__model_source(from->declared),
                               "%s: .version is '%s', which is %s: it must be int2, int4 or int8", from->name,
                               name, aq__column_type_name(column));
    if (column->nullable)
        return aq__problem_add(problems, aq__model_source(from->declared),
                               "%s: .version is '%s', which can be NULL", from->name, name);
    if (attribute->primary_key)
        return aq__problem_add(problems, aq__model_source(from->declared),
                               "%s: .version is '%s', which is part of its primary key", from->name, name);
    if (column->generated != NULL || column->autoincrement > AQ_AUTOINCREMENT_OFF)
        return aq__problem_add(problems, aq__model_source(from->declared),
                               "%s: .version is '%s', which the server counts by itself", from->name, name);
    return AQ_OK;
}

/* What only rows could have. */
static int check_abstract(const aq__model_t *model)
{
    const aq_model_t *declared = model->declared;
    const char *option = declared->discriminator != NULL ? "discriminator"
                         : declared->identity != NULL    ? "identity"
                         : declared->comment != NULL     ? "comment"
                                                         : NULL;

    if (option == NULL)
        return AQ_OK;
    return aq__problem_add(
        &model->registry->problems, aq__model_source(declared),
        "%s: it is abstract and has no rows, so .%s is for the models that inherit from it", model->name,
        option);
}

int aq__model_make(aq__model_t *model)
{
    aq__model_registry_t *registry = model->registry;
    const aq_model_t *declared = model->declared;
    aq__entries_t entries = {.arena = registry->arena};
    size_t before = registry->problems.count;
    int checked, code = aq__check_structs(registry, model->name, declared->columns, declared->column_count,
                                          model->name, declared->file);

    if (code == AQ_OK)
        code = aq__entries_collect(model, &entries);
    if (code != AQ_OK)
        return code;
    checked = aq__entries_check(registry, model->name, &entries);
    if (checked == AQ_ENOMEM || model->declared->abstract)
        return checked != AQ_ENOMEM ? aq__worse(checked, check_abstract(model)) : checked;
    model->inheritance = model->base == NULL              ? AQ__INHERITS_NOTHING
                         : has_own_table(model, &entries) ? AQ__INHERITS_JOINED
                                                          : AQ__INHERITS_SINGLE;
    if (inherit_attributes(model) != AQ_OK)
        return AQ_ENOMEM;
    code = model->inheritance == AQ__INHERITS_SINGLE ? share_table(model, &entries)
                                                     : make_own_table(model, &entries);
    if (code != AQ_ENOMEM && model->table != NULL)
        code = collect_primary_key(model);
    if (code != AQ_ENOMEM)
        code = aq__worse(code, set_discriminator(model, registry->problems.count == before));
    if (code == AQ_OK && checked == AQ_OK && registry->problems.count == before)
        code = check_version(model);
    if (code != AQ_ENOMEM && registry->problems.count > before) /* the first is the error */
        return aq__fail(AQ_EMAPPING, "%s", registry->problems.items[before].text);
    return aq__worse(code, checked);
}
