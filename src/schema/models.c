/* The registry of a db: who is who among models and tables.
 *
 * The happy path: a model is added after its parents. Its columns, mixins opened, become entries; what its table is called and which bind
 * it is in is decided from itself, its mixins and its parents; the entries become columns of its table (declare.c), and its members
 * attributes that point to them.
 * The failure modes: what is wrong is a problem; the model stays, as far as it could be made, so that others that name it are not wrong
 * as well. Out of memory leaves things by half: the registry remembers, and refuses to be sealed. */
#include <string.h>

#include "src/schema/models.h"
#include "src/schema/naming.h"

static aq__source_t model_source(const aq_model_t *declared)
{
    return (aq__source_t){declared->file, declared->line, 0};
}

static bool same_text(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static bool is_abstract(const aq__model_t *model)
{
    return model->declared->abstract;
}

/* Of two codes the worse: out of memory ends everything. */
static int worse(int first, int second)
{
    return first == AQ_ENOMEM || second == AQ_OK ? first : second;
}

/* ---- Creating -------------------------------------------------------------------------------------------------------------- */

static aq__metadata_t *add_metadata(aq__model_registry_t *registry, const char *bind)
{
    aq__metadata_t **metadatas =
        aq__grow(registry->arena, registry->metadatas, registry->metadata_count, sizeof(*metadatas));
    aq__metadata_t *metadata = metadatas != NULL ? aq__metadata_create(bind) : NULL;

    if (metadata == NULL)
        return NULL;
    metadata->naming = registry->naming;
    metadatas[registry->metadata_count++] = metadata;
    registry->metadatas = metadatas;
    return metadata;
}

aq__model_registry_t *aq__models_create(void)
{
    aq_arena_t *arena = aq_arena_create();
    aq__model_registry_t *registry = arena != NULL ? aq_arena_calloc(arena, 1, sizeof(*registry)) : NULL;

    if (registry == NULL) {
        aq_arena_close(arena);
        return NULL;
    }
    registry->arena = registry->problems.arena = arena;
    registry->naming = aq__naming_create(arena, NULL);
    if (registry->naming != NULL && add_metadata(registry, NULL) != NULL)
        return registry;
    aq_arena_close(arena);
    return NULL;
}

void aq__models_close(aq__model_registry_t *registry)
{
    if (registry == NULL)
        return;
    for (size_t i = 0; i < registry->metadata_count; i++)
        aq__metadata_close(registry->metadatas[i]);
    aq__map_dispose(&registry->models_by_name);
    aq_arena_close(registry->arena);
}

int aq__models_set_options(aq__model_registry_t *registry, const aq_schema_options_t *options)
{
    const aq__naming_t *naming;
    const char *schema;

    if (registry->sealed || registry->model_count > 0 || registry->plain_table_count > 0)
        return aq__fail(AQ_EINVAL,
                        "schema options: they must be set before the first model or table is added");
    if (options->schema != NULL && aq__name_check("schema", options->schema) != AQ_OK)
        return aq__fail(AQ_EINVAL, "schema options: %s", aq_last_error()->message);
    schema = aq_arena_strdup(registry->arena, options->schema);
    if (schema == NULL && options->schema != NULL)
        return AQ_ENOMEM;
    naming = aq__naming_create(registry->arena, &options->naming_convention);
    if (naming == NULL)
        return aq_last_error()->code;
    registry->options = *options;
    registry->options.schema = schema;
    registry->naming = naming;
    for (size_t i = 0; i < registry->metadata_count; i++)
        registry->metadatas[i]->naming = naming;
    return AQ_OK;
}

/* ---- Looking up -------------------------------------------------------------------------------------------------------------- */

aq__model_t *aq__models_find(const aq__model_registry_t *registry, const char *name)
{
    return aq__map_get(&registry->models_by_name, name, strlen(name));
}

aq__metadata_t *aq__models_metadata(const aq__model_registry_t *registry, const char *bind)
{
    for (size_t i = 0; i < registry->metadata_count; i++)
        if (same_text(registry->metadatas[i]->bind, bind))
            return registry->metadatas[i];
    return NULL;
}

static aq__attribute_t *attribute_named(const aq__model_t *model, const char *name)
{
    for (size_t i = 0; i < model->attribute_count; i++)
        if (strcmp(model->attributes[i]->name, name) == 0)
            return model->attributes[i];
    return NULL;
}

/* What a parent calls "id" is the child's "employee.id". */
aq__attribute_t *aq__model_attribute(const aq__model_t *model, const char *name)
{
    aq__attribute_t *attribute = attribute_named(model, name);

    for (const aq__model_t *from = model->parent; attribute == NULL && from != NULL; from = from->parent) {
        name = strchr(name, '.');
        if (name == NULL)
            break;
        attribute = attribute_named(model, ++name);
    }
    return attribute;
}

aq__attribute_t *aq__model_attribute_at(const aq__model_t *model, size_t offset)
{
    for (size_t i = 0; i < model->attribute_count; i++)
        if (model->attributes[i]->offset == offset)
            return model->attributes[i];
    return NULL;
}

aq__relationship_t *aq__model_relationship(const aq__model_t *model, const char *name)
{
    for (size_t i = 0; i < model->relationship_count; i++)
        if (strcmp(model->relationships[i]->name, name) == 0)
            return model->relationships[i];
    return NULL;
}

bool aq__model_inherits(const aq__model_t *model, const aq__model_t *from)
{
    while (model != NULL && model != from)
        model = model->parent;
    return model != NULL;
}

aq__column_t *aq__find_column(const aq__model_t *model, const aq__table_t *table, const char *name)
{
    const aq__attribute_t *attribute = model != NULL ? aq__model_attribute(model, name) : NULL;

    for (size_t i = 0; attribute != NULL && i < attribute->column_count; i++)
        if (attribute->columns[i]->table == table)
            return attribute->columns[i];
    return aq__table_column(table, name);
}

/* ---- Entries: columns with their mixins opened ----------------------------------------------------------------------------------- */

typedef struct entries {
    aq_arena_t *arena;
    aq__entry_t *items;
    size_t count;
} entries_t;

/* The member itself: "timestamps.created" -> "created". */
static const char *last_part(const char *member)
{
    const char *dot = strrchr(member, '.');

    return dot != NULL ? dot + 1 : member;
}

static int add_entry(entries_t *entries, const aq__entry_t *entry)
{
    aq__entry_t *items = aq__grow(entries->arena, entries->items, entries->count, sizeof(*items));

    if (items == NULL)
        return AQ_ENOMEM;
    items[entries->count++] = *entry;
    entries->items = items;
    return AQ_OK;
}

/* `prefix` is the member that the columns are in: "timestamps.", or "". */
static int open_columns(entries_t *entries, const aq_column_t *columns, size_t count, const char *owner,
                        const char *file, const char *prefix, size_t offset)
{
    int code = AQ_OK;

    for (size_t i = 0; i < count && code == AQ_OK; i++) {
        const aq_column_t *column = &columns[i];
        const aq_mixin_t *mixin = column->mixin;
        aq__entry_t entry = {.column = column,
                             .offset = offset + column->offset,
                             .owner = owner,
                             .source = {file, column->line, 0}};

        if (column->attribute != NULL) {
            entry.attribute = aq_arena_printf(entries->arena, "%s%s%s", prefix, column->attribute,
                                              mixin != NULL ? "." : "");
            if (entry.attribute == NULL)
                return AQ_ENOMEM;
        }
        entry.name = column->name != NULL      ? column->name
                     : entry.attribute != NULL ? last_part(entry.attribute)
                                               : "";
        entry.label = column->attribute != NULL ? column->attribute : entry.name;
        code = mixin != NULL ? open_columns(entries, mixin->columns, mixin->column_count, mixin->name,
                                            mixin->file, entry.attribute, entry.offset)
                             : add_entry(entries, &entry);
    }
    return code;
}

static const char *entry_label(const aq__entry_t *entry)
{
    return entry->attribute != NULL ? entry->attribute : entry->name;
}

/* "User.name: column", "User: table": what has the name. AQ_EMAPPING: the name is none, which is a problem now. */
static int check_name(aq__model_registry_t *registry, aq__source_t source, const char *name,
                      const char *format, ...) AQ_PRINTF(4, 5);

static int check_name(aq__model_registry_t *registry, aq__source_t source, const char *name,
                      const char *format, ...)
{
    aq_text_t what = {0};
    va_list arguments;
    int code = AQ_ENOMEM;

    if (aq__name_check("", name) == AQ_OK)
        return AQ_OK;
    va_start(arguments, format);
    aq_text_vappendf(&what, format, arguments);
    va_end(arguments);
    if (!what.failed && aq__name_check(aq_text_string(&what), name) == AQ_EMAPPING)
        code = aq__problem_add(&registry->problems, source, "%s", aq_last_error()->message);
    aq_text_dispose(&what);
    return code;
}

/* Two columns of one name, or of one member. */
static int check_against(aq__model_registry_t *registry, const char *what, const aq__entry_t *entry,
                         const aq__entry_t *others, size_t count)
{
    int code = AQ_OK;

    for (size_t i = 0; i < count && code != AQ_ENOMEM; i++) {
        const aq__entry_t *other = &others[i];

        if (strcmp(entry->name, other->name) == 0)
            code = aq__problem_add(&registry->problems, entry->source,
                                   "%s.%s: the column '%s' is declared already, for %s", what,
                                   entry_label(entry), entry->name, entry_label(other));
        else if (entry->attribute != NULL && entry->offset == other->offset)
            code = aq__problem_add(&registry->problems, entry->source,
                                   "%s.%s: the member is the column '%s' already", what, entry_label(entry),
                                   other->name);
    }
    return code;
}

static int check_one(aq__model_registry_t *registry, const aq__entry_t *entry)
{
    int code = aq__check_entry(entry, &registry->problems);

    if (code != AQ_ENOMEM)
        code = worse(code, check_name(registry, entry->source, entry->name, "%s.%s: column", entry->owner,
                                      entry->label));
    return code;
}

/* Each entry by itself, and against those before it. One that is wrong by itself stays, so that what names it is not wrong as well; the
 * second of a name or of a member goes. */
static int check_entries(aq__model_registry_t *registry, const char *what, entries_t *entries)
{
    int code = AQ_OK;
    size_t kept = 0;

    for (size_t i = 0; i < entries->count && code != AQ_ENOMEM; i++) {
        aq__entry_t entry = entries->items[i];
        int one = check_one(registry, &entry), many = AQ_OK;

        if (one != AQ_ENOMEM && kept > 0)
            many = check_against(registry, what, &entry, entries->items, kept);
        entry.refused = one != AQ_OK;
        if (many == AQ_OK)
            entries->items[kept++] = entry;
        code = worse(code, worse(one, many));
    }
    entries->count = kept;
    return code;
}

/* Columns say which struct they are members of; one of another would read and write the wrong place. */
static int check_structs(aq__model_registry_t *registry, const char *what, const aq_column_t *columns,
                         size_t count, const char *name, const char *file)
{
    int code = AQ_OK;

    for (size_t i = 0; i < count && code != AQ_ENOMEM; i++) {
        const aq_column_t *column = &columns[i];
        aq__source_t source = {file, column->line, 0};

        if (column->model == NULL && name != NULL)
            code =
                aq__problem_add(&registry->problems, source, "%s: its column '%s' is no member of a struct",
                                what, column->name != NULL ? column->name : "");
        else if (column->model != NULL && name == NULL)
            code =
                aq__problem_add(&registry->problems, source, "%s: its column is %s.%s, a member of a struct",
                                what, column->model, column->attribute);
        else if (name != NULL && strcmp(column->model, name) != 0)
            code =
                aq__problem_add(&registry->problems, source, "%s: its columns have %s.%s, of another struct",
                                what, column->model, column->attribute);
        else if (column->mixin != NULL)
            code = check_structs(registry, column->mixin->name, column->mixin->columns,
                                 column->mixin->column_count, column->mixin->name, column->mixin->file);
    }
    return code;
}

/* ---- What a model says of its table --------------------------------------------------------------------------------------------------- */

/* The first mixin of a model that says something, told by `says`. */
static const aq_mixin_t *mixin_that(const aq_model_t *declared, bool (*says)(const aq_mixin_t *mixin))
{
    for (size_t i = 0; i < declared->column_count; i++)
        if (declared->columns[i].mixin != NULL && says(declared->columns[i].mixin))
            return declared->columns[i].mixin;
    return NULL;
}

static bool says_bind(const aq_mixin_t *mixin)
{
    return mixin->bind != NULL;
}

static bool says_schema(const aq_mixin_t *mixin)
{
    return mixin->schema != NULL;
}

static bool says_table(const aq_mixin_t *mixin)
{
    return mixin->table != NULL;
}

static bool says_table_name(const aq_mixin_t *mixin)
{
    return mixin->table_name != NULL;
}

/* Its own, a mixin's, its parent's. */
static const char *bind_of(const aq__model_t *model)
{
    for (; model != NULL; model = model->parent) {
        const aq_mixin_t *mixin = mixin_that(model->declared, says_bind);
        const char *bind = model->declared->bind != NULL ? model->declared->bind
                           : mixin != NULL               ? mixin->bind
                                                         : NULL;

        if (bind != NULL)
            return bind[0] != '\0' ? bind : NULL;
    }
    return NULL;
}

static const char *schema_of(const aq__model_t *model)
{
    const aq__model_registry_t *registry = model->registry;

    for (; model != NULL; model = model->parent) {
        const aq_mixin_t *mixin = mixin_that(model->declared, says_schema);

        if (model->declared->schema != NULL)
            return model->declared->schema;
        if (mixin != NULL)
            return mixin->schema;
    }
    return registry->options.schema;
}

/* A plain name counts for the model that has it, from itself, a mixin or an abstract parent. */
static const char *plain_table_of(const aq__model_t *model)
{
    const aq__model_t *from = model;

    for (; model != NULL && (model == from || is_abstract(model)); model = model->parent) {
        const aq_mixin_t *mixin = mixin_that(model->declared, says_table);

        if (model->declared->table != NULL)
            return model->declared->table;
        if (mixin != NULL)
            return mixin->table;
    }
    return NULL;
}

/* A callback counts for all that inherit. */
static aq_table_name_cb table_name_cb_of(const aq__model_t *model)
{
    const aq__model_registry_t *registry = model->registry;

    for (; model != NULL; model = model->parent) {
        const aq_mixin_t *mixin = mixin_that(model->declared, says_table_name);

        if (model->declared->table_name != NULL)
            return model->declared->table_name;
        if (mixin != NULL)
            return mixin->table_name;
    }
    return registry->options.table_name;
}

/* The name of a model's own table, NULL where naming is off and there is none. AQ_EMAPPING: none can be made of the struct's. */
static int find_table_name(const aq__model_t *model, const char **name)
{
    aq_arena_t *arena = model->registry->arena;
    aq_table_name_cb callback = table_name_cb_of(model);

    *name = plain_table_of(model);
    /* The model's own name, or its own callback, before what it inherits. */
    if (model->declared->table == NULL && callback != NULL &&
        (*name == NULL || model->declared->table_name != NULL)) {
        const char *asked = callback(model->declared, arena);

        if (asked != NULL)
            *name = asked;
    }
    if (*name != NULL || model->registry->options.no_autonaming)
        return AQ_OK;
    *name = aq__table_name(arena, model->name, false);
    return *name != NULL ? AQ_OK : aq_last_error()->code;
}

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

/* Who gives what it declares to this model. */
static const aq__model_t *abstract_parent(const aq__model_t *model)
{
    return model->parent != NULL && is_abstract(model->parent) ? model->parent : NULL;
}

/* The columns of a model, and of the abstract ones between it and the next that has a table. A column of its own replaces an abstract
 * one of the same member. */
static int collect_entries(const aq__model_t *model, entries_t *entries)
{
    const aq_model_t *declared = model->declared;
    size_t inherited;
    int code = AQ_OK;

    if (model->parent != NULL && is_abstract(model->parent))
        code = collect_entries(model->parent, entries);
    inherited = entries->count;
    if (code == AQ_OK)
        code = open_columns(entries, declared->columns, declared->column_count, model->name, declared->file,
                            "", 0);
    for (size_t i = inherited; i < entries->count && code == AQ_OK; i++)
        for (size_t j = 0; j < inherited; j++)
            if (entries->items[i].offset == entries->items[j].offset) {
                entries->items[j] = entries->items[i];
                memmove(&entries->items[i], &entries->items[i + 1],
                        (entries->count - i - 1) * sizeof(*entries->items));
                entries->count--;
                i--;
                break;
            }
    return code;
}

/* Whether rows of the model are in a table of its own. */
static bool has_own_table(const aq__model_t *model, const entries_t *entries)
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
    while ((model = abstract_parent(model)) != NULL);
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
        return declared->array == type->array && same_text(declared->enumeration->name, type->name);
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
static int adopt_table(aq__model_t *model, aq__table_t *table, const entries_t *entries)
{
    aq__problems_t *problems = &model->registry->problems;
    const aq__model_t *owner = model_with_table(model->registry, table);
    int code = AQ_OK;

    if (owner != NULL)
        return aq__problem_add(problems, model_source(model->declared),
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
            code = worse(code, check_adopted(model, entry, column));
    }
    if (code != AQ_ENOMEM && (model->declared->constraints.count > 0 || model->declared->indexes.count > 0 ||
                              model->declared->comment != NULL))
        code = aq__problem_add(problems, model_source(model->declared),
                               "%s: table '%s' is declared already: its constraints, indexes and comment "
                               "are declared there",
                               model->name, table->name);
    return code;
}

static aq__declaration_t declaration_of(aq__model_t *model, const entries_t *entries)
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
static int fill_table(aq__model_t *model, const entries_t *entries)
{
    aq__declaration_t declaration = declaration_of(model, entries);
    int code = aq__declare_columns(&declaration);

    for (size_t i = 0; i < entries->count && code != AQ_ENOMEM; i++)
        if (add_attribute(model, &entries->items[i],
                          aq__table_column(model->table, entries->items[i].name)) != AQ_OK)
            code = AQ_ENOMEM;
    for (const aq__model_t *from = model; from != NULL && code != AQ_ENOMEM; from = abstract_parent(from)) {
        declaration.file = from->declared->file;
        declaration.line = from->declared->line;
        declaration.constraints = from->declared->constraints;
        declaration.indexes = from->declared->indexes;
        code = worse(code, aq__declare_constraints(&declaration));
    }
    return code;
}

/* Its name and its bind. */
static int find_own_table(aq__model_t *model, const char **name)
{
    aq__model_registry_t *registry = model->registry;
    aq__source_t source = model_source(model->declared);
    const char *bind = bind_of(model);
    int code;

    model->metadata = aq__models_metadata(registry, bind);
    if (model->metadata == NULL)
        model->metadata = add_metadata(registry, bind);
    if (model->metadata == NULL)
        return AQ_ENOMEM;
    code = find_table_name(model, name);
    if (code == AQ_EMAPPING)
        return aq__problem_add(&registry->problems, source, "%s: %s", model->name, aq_last_error()->message);
    if (code == AQ_OK && *name == NULL)
        return aq__problem_add(
            &registry->problems, source,
            "%s: it has no table name: .no_autonaming is set, and neither .table nor .table_name is",
            model->name);
    return code == AQ_OK ? check_name(registry, source, *name, "%s: table", model->name) : code;
}

static int make_own_table(aq__model_t *model, const entries_t *entries)
{
    const char *schema = schema_of(model), *name = NULL;
    aq__source_t source = model_source(model->declared);
    int code = find_own_table(model, &name);
    aq__table_t *known;

    if (code == AQ_OK && schema != NULL)
        code = check_name(model->registry, source, schema, "%s: schema", model->name);
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
    bool elsewhere = declared->schema != NULL && !same_text(declared->schema, model->table->schema);
    const char *option = declared->comment != NULL ? "comment" : elsewhere ? "schema" : NULL;

    if (option == NULL)
        return AQ_OK;
    return aq__problem_add(&model->registry->problems, model_source(declared),
                           "%s: .%s is for a table of its own, and its rows are in table '%s' of '%s'",
                           model->name, option, model->table->name, model->base->name);
}

/* Single-table inheritance: what the model adds must leave room for rows of its base. */
static int check_shared_entries(const aq__model_t *model, const entries_t *entries)
{
    int code = AQ_OK;

    for (size_t i = 0; i < entries->count && code != AQ_ENOMEM; i++) {
        const aq__entry_t *entry = &entries->items[i];

        if (aq__table_column(model->table, entry->name) != NULL)
            code = aq__problem_add(&model->registry->problems, entry->source,
                                   "%s.%s: table '%s' of '%s' has a column '%s' already", model->name,
                                   entry->attribute, model->table->name, model->base->name, entry->name);
        else if (!entry->column->nullable && entry->column->server_default == NULL &&
                 entry->column->generated == NULL)
            code = aq__problem_add(
                &model->registry->problems, entry->source,
                "%s.%s: it is NOT NULL, and rows of '%s', in the same table, have no value for it",
                model->name, entry->attribute, model->base->name);
    }
    return code;
}

static int share_table(aq__model_t *model, const entries_t *entries)
{
    int code;

    model->table = model->base->table;
    model->metadata = model->base->metadata;
    if (model->table == NULL) /* a problem of the base's */
        return AQ_OK;
    code = check_shared_table(model);
    if (code != AQ_ENOMEM)
        code = worse(code, check_shared_entries(model, entries));
    return code == AQ_OK ? fill_table(model, entries) : code;
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
            same_text(other->identity, model->identity))
            return other;
    }
    return NULL;
}

static int set_discriminator(aq__model_t *model)
{
    aq__problems_t *problems = &model->registry->problems;
    const char *name = model->declared->discriminator;
    aq__source_t source = model_source(model->declared);
    const char *needed;
    const aq__model_t *other;

    model->identity = model->declared->identity;
    if (name != NULL)
        model->discriminator = aq__model_attribute(model, name);
    else if (model->base != NULL && model->base->discriminator != NULL)
        model->discriminator = aq__model_attribute_at(model, model->base->discriminator->offset);
    if (name != NULL && model->discriminator == NULL)
        return aq__problem_add(problems, source, "%s: .discriminator is '%s', and it has no such column",
                               model->name, name);
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
        &model->registry->problems, model_source(declared),
        "%s: it is abstract and has no rows, so .%s is for the models that inherit from it", model->name,
        option);
}

static int make_model(aq__model_t *model)
{
    aq__model_registry_t *registry = model->registry;
    const aq_model_t *declared = model->declared;
    entries_t entries = {.arena = registry->arena};
    size_t before = registry->problems.count;
    int checked, code = check_structs(registry, model->name, declared->columns, declared->column_count,
                                      model->name, declared->file);

    if (code == AQ_OK)
        code = collect_entries(model, &entries);
    if (code != AQ_OK)
        return code;
    checked = check_entries(registry, model->name, &entries);
    if (checked == AQ_ENOMEM || is_abstract(model))
        return checked != AQ_ENOMEM ? worse(checked, check_abstract(model)) : checked;
    model->inheritance = model->base == NULL              ? AQ__INHERITS_NOTHING
                         : has_own_table(model, &entries) ? AQ__INHERITS_JOINED
                                                          : AQ__INHERITS_SINGLE;
    if (inherit_attributes(model) != AQ_OK)
        return AQ_ENOMEM;
    code = model->inheritance == AQ__INHERITS_SINGLE ? share_table(model, &entries)
                                                     : make_own_table(model, &entries);
    if (code != AQ_ENOMEM && model->table != NULL)
        code = collect_primary_key(model);
    if (code == AQ_OK && checked == AQ_OK && registry->problems.count == before)
        code = set_discriminator(model);
    if (code != AQ_ENOMEM && registry->problems.count > before) /* the first is the error */
        return aq__fail(AQ_EMAPPING, "%s", registry->problems.items[before].text);
    return worse(code, checked);
}

static const char *base_name(const char *file)
{
    const char *slash = strrchr(file, '/');

    return slash != NULL ? slash + 1 : file;
}

/* Whether two declarations are one, in a header that was included twice, maybe by different paths. */
static bool same_place(const char *file, int line, const char *other_file, int other_line)
{
    if (file == NULL || other_file == NULL)
        return line == other_line && file == other_file;
    return line == other_line && strcmp(base_name(file), base_name(other_file)) == 0;
}

/* Two files of one name may have two models of one name on the same line. */
static bool same_model(const aq_model_t *a, const aq_model_t *b)
{
    return same_place(a->file, a->line, b->file, b->line) && a->size == b->size &&
           a->column_count == b->column_count && a->relationship_count == b->relationship_count;
}

static int put_model(aq__model_registry_t *registry, aq__model_t *model)
{
    aq__model_t **models =
        aq__grow(registry->arena, registry->models, registry->model_count, sizeof(*models));

    if (models == NULL ||
        aq__map_put(&registry->models_by_name, model->name, strlen(model->name), model) != AQ_OK)
        return AQ_ENOMEM;
    models[registry->model_count++] = model;
    registry->models = models;
    return AQ_OK;
}

static aq__model_t *next_with_table(aq__model_t *model)
{
    while (model != NULL && is_abstract(model))
        model = model->parent;
    return model;
}

static int add_model(aq__model_registry_t *registry, const aq_model_t *declared)
{
    aq__model_t *known = aq__models_find(registry, declared->name), *model;
    int code, parent_code = AQ_OK;

    if (known != NULL && same_model(known->declared, declared))
        return AQ_OK;
    if (known != NULL)
        return aq__problem_add(&registry->problems, model_source(declared),
                               "%s: another model has this name (%s:%d)", declared->name,
                               known->declared->file, known->declared->line);
    if (declared->parent != NULL)
        parent_code = add_model(registry, declared->parent);
    if (parent_code == AQ_ENOMEM)
        return parent_code;
    model = aq_arena_calloc(registry->arena, 1, sizeof(*model));
    if (model == NULL)
        return AQ_ENOMEM;
    model->declared = declared;
    model->name = declared->name;
    model->registry = registry;
    model->parent = declared->parent != NULL ? aq__models_find(registry, declared->parent->name) : NULL;
    model->base = next_with_table(model->parent);
    code = put_model(registry, model);
    return code == AQ_OK ? worse(parent_code, make_model(model)) : code;
}

static int remember(aq__model_registry_t *registry, int code)
{
    if (code == AQ_ENOMEM)
        registry->out_of_memory = true;
    return code;
}

int aq__models_add(aq__model_registry_t *registry, const aq_model_t *declared)
{
    if (registry->sealed)
        return aq__fail(AQ_EINVAL, "%s: models are added before the first context is made", declared->name);
    if (declared->name == NULL || declared->name[0] == '\0')
        return aq__problem_add(&registry->problems, model_source(declared), "a model has no name");
    return remember(registry, add_model(registry, declared));
}

/* ---- Adding a table ----------------------------------------------------------------------------------------------------------------------------- */

static bool knows_table(const aq__model_registry_t *registry, const aq_table_t *declared)
{
    for (size_t i = 0; i < registry->plain_table_count; i++) {
        const aq_table_t *known = registry->plain_tables[i];

        if (same_place(known->file, known->line, declared->file, declared->line) &&
            same_text(known->table, declared->table) && known->column_count == declared->column_count)
            return true;
    }
    return false;
}

static int make_table(aq__model_registry_t *registry, const aq_table_t *declared, const char *what)
{
    const char *schema = declared->schema != NULL ? declared->schema : registry->options.schema;
    const char *bind = declared->bind != NULL && declared->bind[0] != '\0' ? declared->bind : NULL;
    entries_t entries = {.arena = registry->arena};
    aq__source_t source = {declared->file, declared->line, 0};
    aq__metadata_t *metadata = aq__models_metadata(registry, bind);
    aq__declaration_t declaration;
    int code, checked;

    if (metadata == NULL && (metadata = add_metadata(registry, bind)) == NULL)
        return AQ_ENOMEM;
    code = check_name(registry, source, declared->table, "table");
    if (code == AQ_OK && schema != NULL)
        code = check_name(registry, source, schema, "%s: schema", what);
    if (code != AQ_OK)
        return code;
    if (declared->column_count == 0)
        return aq__problem_add(&registry->problems, source, "%s: it has no columns", what);
    if (aq__metadata_table(metadata, schema, declared->table) != NULL)
        return aq__problem_add(&registry->problems, source, "%s: it is declared already", what);
    code = check_structs(registry, what, declared->columns, declared->column_count, NULL, declared->file);
    if (code == AQ_OK)
        code = open_columns(&entries, declared->columns, declared->column_count, what, declared->file, "", 0);
    if (code != AQ_OK)
        return code;
    checked = check_entries(registry, what, &entries);
    if (checked == AQ_ENOMEM)
        return checked;
    declaration =
        (aq__declaration_t){.registry = registry,
                            .what = what,
                            .file = declared->file,
                            .line = declared->line,
                            .table = aq__metadata_add_table(metadata, schema, declared->table, source),
                            .entries = entries.items,
                            .entry_count = entries.count,
                            .constraints = declared->constraints,
                            .indexes = declared->indexes};
    if (declaration.table == NULL)
        return AQ_ENOMEM;
    declaration.table->comment = declared->comment;
    code = aq__declare_columns(&declaration);
    if (code != AQ_ENOMEM)
        code = worse(code, aq__declare_constraints(&declaration));
    return worse(code, checked);
}

static int add_table(aq__model_registry_t *registry, const aq_table_t *declared)
{
    const aq_table_t **tables;
    const char *what;

    if (knows_table(registry, declared))
        return AQ_OK;
    tables = aq__grow(registry->arena, registry->plain_tables, registry->plain_table_count, sizeof(*tables));
    what = aq_arena_printf(registry->arena, "table '%s'", declared->table != NULL ? declared->table : "");
    if (tables == NULL || what == NULL)
        return AQ_ENOMEM;
    tables[registry->plain_table_count++] = declared;
    registry->plain_tables = tables;
    return make_table(registry, declared, what);
}

int aq__models_add_table(aq__model_registry_t *registry, const aq_table_t *declared)
{
    if (registry->sealed)
        return aq__fail(AQ_EINVAL, "table '%s': tables are added before the first context is made",
                        declared->table);
    return remember(registry, add_table(registry, declared));
}

/* ---- Sealing -------------------------------------------------------------------------------------------------------------------------------------- */

/* AQ_EMAPPING with all texts, when there are problems. */
static int result_of(const aq__model_registry_t *registry)
{
    aq_text_t text = {0};
    int code = AQ_OK;

    if (registry->out_of_memory)
        return aq__fail(AQ_ENOMEM, "seal: %s", aq_strerror(AQ_ENOMEM));
    if (registry->problems.count == 0)
        return AQ_OK;
    aq__problems_append(&text, &registry->problems);
    code = text.failed ? AQ_ENOMEM : aq__fail(AQ_EMAPPING, "%s", aq_text_string(&text));
    aq_text_dispose(&text);
    return code;
}

/* What only the whole tells of a sequence: whether the column has one. */
static int check_sequences(aq__model_registry_t *registry, const aq__table_t *table)
{
    int code = AQ_OK;

    for (size_t i = 0; i < table->column_count && code != AQ_ENOMEM; i++) {
        const aq__column_t *column = table->columns[i];

        if (column->sequence != NULL && column->autoincrement == AQ_AUTOINCREMENT_OFF)
            code = aq__problem_add(&registry->problems, column->source,
                                   "%s.%s: .sequence is for serial and identity columns, and it is neither",
                                   table->name, column->name);
    }
    return code;
}

/* A table is a type too. */
static int check_type_names(aq__model_registry_t *registry, const aq__metadata_t *metadata)
{
    int code = AQ_OK;

    for (size_t i = 0; i < metadata->enum_count && code != AQ_ENOMEM; i++) {
        const aq__enum_t *enumeration = metadata->enums[i];

        if (aq__metadata_table(metadata, enumeration->schema, enumeration->name) != NULL)
            code = aq__problem_add(&registry->problems, enumeration->source,
                                   "enum '%s': there is a table '%s', and a table is a type too",
                                   enumeration->name, enumeration->name);
    }
    return code;
}

static int check_sealed(aq__model_registry_t *registry, const aq__metadata_t *metadata)
{
    int code = check_type_names(registry, metadata);

    for (size_t i = 0; i < metadata->table_count && code != AQ_ENOMEM; i++)
        code = check_sequences(registry, metadata->tables[i]);
    return code;
}

/* What a seal that ran out of memory left. */
static void unseal(aq__model_registry_t *registry)
{
    for (size_t i = 0; i < registry->model_count; i++) {
        registry->models[i]->relationships = NULL;
        registry->models[i]->relationship_count = 0;
    }
    for (size_t i = 0; i < registry->reference_count; i++) {
        aq__constraint_t *constraint = registry->references[i].constraint;

        constraint->referred_table = NULL;
        constraint->referred_names = NULL;
        constraint->referred_name_count = 0;
    }
}

int aq__models_seal(aq__model_registry_t *registry)
{
    size_t problems = registry->problems.count;
    int code;

    if (registry->sealed || registry->out_of_memory)
        return result_of(registry);
    code = aq__resolve_references(registry);
    for (size_t i = 0; i < registry->metadata_count && code != AQ_ENOMEM; i++)
        code = aq__metadata_seal(registry->metadatas[i], &registry->problems);
    for (size_t i = 0; i < registry->metadata_count && code != AQ_ENOMEM; i++)
        code = check_sealed(registry, registry->metadatas[i]);
    if (code != AQ_ENOMEM)
        code = aq__resolve_relationships(registry);
    if (code == AQ_ENOMEM) {
        unseal(registry);
        registry->problems.count = problems;
        return AQ_ENOMEM;
    }
    registry->sealed = true;
    return result_of(registry);
}
