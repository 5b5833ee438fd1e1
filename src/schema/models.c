/* The registry of a db: who is who among models and tables.
 *
 * The happy path: a model is added after its parents, and made (model.c); a table without a model is added as it is; the seal lets them
 * find each other.
 * The failure modes: what is wrong is a problem; the model stays, as far as it could be made, so that others that name it are not wrong
 * as well. Out of memory leaves things by half: the registry remembers, and refuses to be sealed. */
#include <string.h>

#include "src/schema/models.h"
#include "src/schema/naming.h"

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

static bool declares_something(const aq__model_registry_t *registry)
{
    return registry->model_count > 0 || registry->plain_table_count > 0 || registry->sequence_count > 0 ||
           registry->metadatas[0]->enum_count > 0 || registry->metadata_count > 1;
}

int aq__models_set_options(aq__model_registry_t *registry, const aq_schema_options_t *options)
{
    const char *schema = aq_arena_strdup(registry->arena, options->schema);
    const aq__naming_t *naming;

    if (schema == NULL && options->schema != NULL)
        return AQ_ENOMEM;
    if (schema != NULL && aq__name_check("schema", schema) != AQ_OK)
        return aq__fail(AQ_EINVAL, "schema options: %s", aq_last_error()->message);
    if (registry->sealed || declares_something(registry))
        return aq__fail(AQ_EINVAL,
                        "schema options: they must be set before the first model or table is added");
    naming = aq__naming_create(registry->arena, &options->naming_convention);
    if (naming == NULL && aq_last_error()->code == AQ_ENOMEM)
        return AQ_ENOMEM;
    if (naming == NULL) /* who does not look here must not get names that nobody asked for */
        return aq__problem_add(&registry->problems, (aq__source_t){0}, "%s", aq_last_error()->message);
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
        if (aq__same_text(registry->metadatas[i]->bind, bind))
            return registry->metadatas[i];
    return NULL;
}

aq__metadata_t *aq__models_bind(aq__model_registry_t *registry, const char *bind)
{
    aq__metadata_t *metadata = aq__models_metadata(registry, bind);

    return metadata != NULL ? metadata : add_metadata(registry, bind);
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

/* ---- Adding a model ----------------------------------------------------------------------------------------------------- */

static const char *base_name(const char *file)
{
    const char *slash = strrchr(file, '/');

    return slash != NULL ? slash + 1 : file;
}

bool aq__same_place(const char *file, int line, const char *other_file, int other_line)
{
    if (file == NULL || other_file == NULL)
        return line == other_line && file == other_file;
    return line == other_line && strcmp(base_name(file), base_name(other_file)) == 0;
}

/* Two files of one name may have two models of one name on the same line. */
bool aq__same_model(const aq_model_t *a, const aq_model_t *b)
{
    return aq__same_place(a->file, a->line, b->file, b->line) && a->size == b->size &&
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
    while (model != NULL && model->declared->abstract)
        model = model->parent;
    return model;
}

static int add_model(aq__model_registry_t *registry, const aq_model_t *declared)
{
    aq__model_t *known = aq__models_find(registry, declared->name), *model;
    int code, parent_code = AQ_OK;

    if (known != NULL && aq__same_model(known->declared, declared))
        return AQ_OK;
    if (known != NULL)
        return aq__problem_add(&registry->problems, aq__model_source(declared),
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
    return code == AQ_OK ? aq__worse(parent_code, aq__model_make(model)) : code;
}

int aq__models_remember(aq__model_registry_t *registry, int code)
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
        return aq__problem_add(&registry->problems, aq__model_source(declared), "a model has no name");
    return aq__models_remember(registry, add_model(registry, declared));
}

/* ---- Adding a table ----------------------------------------------------------------------------------------------------------------------------- */

const char *aq__table_name_of(const aq_table_t *declared)
{
    return declared->table != NULL ? declared->table : declared->name;
}

static bool knows_table(const aq__model_registry_t *registry, const aq_table_t *declared)
{
    for (size_t i = 0; i < registry->plain_table_count; i++) {
        const aq_table_t *known = registry->plain_tables[i];

        if (aq__same_place(known->file, known->line, declared->file, declared->line) &&
            aq__same_text(aq__table_name_of(known), aq__table_name_of(declared)) &&
            known->column_count == declared->column_count)
            return true;
    }
    return false;
}

static int check_table(aq__model_registry_t *registry, const aq__metadata_t *metadata, const char *schema,
                       const aq_table_t *declared, const char *what)
{
    aq__source_t source = {declared->file, declared->line, 0};
    int code = aq__check_name(registry, source, aq__table_name_of(declared), "table");

    if (code == AQ_OK && schema != NULL)
        code = aq__check_name(registry, source, schema, "%s: schema", what);
    if (code != AQ_OK)
        return code;
    if (declared->column_count == 0)
        return aq__problem_add(&registry->problems, source, "%s: it has no columns", what);
    if (aq__metadata_table(metadata, schema, aq__table_name_of(declared)) != NULL)
        return aq__problem_add(&registry->problems, source, "%s: it is declared already", what);
    return aq__check_structs(registry, what, declared->columns, declared->column_count, NULL, declared->file);
}

/* Its columns, constraints and indexes. */
static int fill_table(aq__model_registry_t *registry, aq__table_t *table, const aq_table_t *declared,
                      const aq__entries_t *entries, const char *what)
{
    const aq__declaration_t declaration = {.registry = registry,
                                           .what = what,
                                           .file = declared->file,
                                           .line = declared->line,
                                           .table = table,
                                           .entries = entries->items,
                                           .entry_count = entries->count,
                                           .constraints = declared->constraints,
                                           .indexes = declared->indexes};
    int code = aq__declare_columns(&declaration);

    table->comment = declared->comment;
    return code != AQ_ENOMEM ? aq__worse(code, aq__declare_constraints(&declaration)) : code;
}

static int make_table(aq__model_registry_t *registry, const aq_table_t *declared, const char *what)
{
    const char *schema = declared->schema != NULL ? declared->schema : registry->options.schema;
    const char *bind = declared->bind != NULL && declared->bind[0] != '\0' ? declared->bind : NULL;
    aq__metadata_t *metadata = aq__models_bind(registry, bind);
    aq__entries_t entries = {.arena = registry->arena};
    aq__table_t *table;
    int code = metadata != NULL ? check_table(registry, metadata, schema, declared, what) : AQ_ENOMEM;

    if (code == AQ_OK)
        code = aq__entries_open(&entries, declared->columns, declared->column_count, what, declared->file);
    if (code != AQ_OK)
        return code;
    code = aq__entries_check(registry, what, &entries);
    if (code == AQ_ENOMEM)
        return code;
    table = aq__metadata_add_table(metadata, schema, aq__table_name_of(declared),
                                   (aq__source_t){declared->file, declared->line, 0});
    if (table == NULL)
        return AQ_ENOMEM;
    return aq__worse(fill_table(registry, table, declared, &entries, what), code);
}

static int add_table(aq__model_registry_t *registry, const aq_table_t *declared)
{
    const char *name = aq__table_name_of(declared), *what;
    const aq_table_t **tables;

    if (knows_table(registry, declared))
        return AQ_OK;
    tables = aq__grow(registry->arena, registry->plain_tables, registry->plain_table_count, sizeof(*tables));
    what = aq_arena_printf(registry->arena, "table '%s'", name != NULL ? name : "");
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
                        aq__table_name_of(declared));
    return aq__models_remember(registry, add_table(registry, declared));
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

static int check_foreign_keys(aq__model_registry_t *registry, const aq__table_t *table)
{
    int code = AQ_OK;

    for (size_t i = 0; i < table->constraint_count && code != AQ_ENOMEM; i++)
        if (table->constraints[i]->referred != NULL)
            code = aq__check_compared_types(table->constraints[i], &registry->problems);
    return code;
}

enum { MOST_COLUMNS = 1600 }; /* MaxHeapAttributeNumber */

static int check_width(aq__model_registry_t *registry, const aq__table_t *table)
{
    if (table->column_count <= MOST_COLUMNS)
        return AQ_OK;
    return aq__problem_add(&registry->problems, table->source,
                           "table '%s': it has %zu columns: at most %d are allowed", table->name,
                           table->column_count, MOST_COLUMNS);
}

static int check_sealed(aq__model_registry_t *registry, const aq__metadata_t *metadata)
{
    int code = AQ_OK;

    for (size_t i = 0; i < metadata->table_count && code != AQ_ENOMEM; i++) {
        code = check_width(registry, metadata->tables[i]);
        if (code != AQ_ENOMEM)
            code = check_sequences(registry, metadata->tables[i]);
        if (code != AQ_ENOMEM)
            code = check_foreign_keys(registry, metadata->tables[i]);
    }
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
    if (code != AQ_ENOMEM)
        code = aq__resolve_owners(registry);
    for (size_t i = 0; i < registry->metadata_count && code != AQ_ENOMEM; i++)
        code = aq__metadata_seal(registry->metadatas[i], &registry->problems);
    for (size_t i = 0; i < registry->metadata_count && code != AQ_ENOMEM; i++)
        code = check_sealed(registry, registry->metadatas[i]);
    if (code != AQ_ENOMEM)
        code = aq__resolve_relationships(registry);
    if (code == AQ_ENOMEM) {
        unseal(registry);
        aq__problems_cut(&registry->problems, problems);
        return AQ_ENOMEM;
    }
    registry->sealed = true;
    return result_of(registry);
}
