/* From what a program declares to metadata: one table's columns, constraints and indexes.
 *
 * The happy path: every entry becomes a column; what its options say becomes constraints and indexes; then those of the table follow.
 * The failure modes: each option that makes no sense, and each name that is not there, is a problem with a text of its own, and the
 * rest is done all the same. */
#include <string.h>

#include "src/schema/models.h"

static aq_arena_t *arena_of(const aq__declaration_t *declaration)
{
    return declaration->table->metadata->arena;
}

/* ---- Columns ------------------------------------------------------------------------------------------------------------------ */

/* The enum of a column: made when its first column is. */
static int declare_enum(const aq__declaration_t *declaration, const aq__entry_t *entry, aq__type_t *type)
{
    const aq_enum_t *declared = entry->column->enumeration;
    const aq__table_t *table = declaration->table;
    const char *schema = declared->schema == NULL      ? table->schema
                         : declared->schema[0] == '\0' ? NULL
                                                       : declared->schema;

    *type = (aq__type_t){.schema = schema, .name = declared->name, .array = entry->column->array};
    return aq__declare_enum(declaration->registry, table->metadata, schema, declared, entry->source);
}

static void set_modifiers(aq__type_t *type, const aq_column_t *column)
{
    if (column->length > 0)
        type->modifiers[type->modifier_count++] = column->length;
    if (column->precision != 0)
        type->modifiers[type->modifier_count++] = column->precision == AQ_PRECISION_0 ? 0 : column->precision;
    if (column->scale != 0)
        type->modifiers[type->modifier_count++] = column->scale;
}

static int set_type(const aq__declaration_t *declaration, const aq__entry_t *entry, aq__type_t *type)
{
    const aq_column_t *column = entry->column;

    if (column->sql_type != NULL)
        *type = (aq__type_t){.text = column->sql_type};
    else if (column->custom != NULL)
        *type = (aq__type_t){.text = column->custom->sql_type};
    else if (column->enumeration != NULL)
        return declare_enum(declaration, entry, type);
    else
        *type = (aq__type_t){.oid = aq__element_oid(column->type), .array = aq__is_array_oid(column->type)};
    set_modifiers(type, column);
    return AQ_OK;
}

static int set_sequence(aq__column_t *column, const aq_column_t *declared)
{
    const aq_sequence_options_t *options = &declared->sequence;
    aq__sequence_t *sequence;

    if (!aq__has_sequence(declared))
        return AQ_OK;
    sequence = aq_arena_calloc(column->table->metadata->arena, 1, sizeof(*sequence));
    if (sequence == NULL)
        return AQ_ENOMEM;
    *sequence = (aq__sequence_t){
        .schema = options->name != NULL ? column->table->schema : NULL,
        .name = options->name,
        .owner = column,
        .source = column->source,
    };
    aq__set_sequence_options(sequence, options);
    column->sequence = sequence;
    return AQ_OK;
}

/* The member itself: "created" of "timestamps.created". */
static const char *key_of(const aq__entry_t *entry)
{
    const char *dot = entry->attribute != NULL ? strrchr(entry->attribute, '.') : NULL;

    return dot != NULL ? dot + 1 : entry->attribute;
}

static int declare_column(const aq__declaration_t *declaration, const aq__entry_t *entry)
{
    const aq_column_t *declared = entry->column;
    aq__column_t *column = aq__table_add_column(declaration->table, entry->name, entry->source);

    if (column == NULL || set_sequence(column, declared) != AQ_OK)
        return AQ_ENOMEM;
    column->key = aq_arena_strdup(arena_of(declaration), key_of(entry));
    if (column->key == NULL && entry->attribute != NULL)
        return AQ_ENOMEM;
    column->not_null = !declared->nullable;
    column->server_default = declared->server_default;
    column->generated = declared->generated;
    column->autoincrement = declared->autoincrement;
    column->collation = declared->collation;
    column->collation_schema = declared->collation_schema;
    column->comment = declared->comment;
    return entry->refused ? AQ_OK : set_type(declaration, entry, &column->type);
}

/* ---- What a column's options make ------------------------------------------------------------------------------------------------ */

/* A constraint on one column. */
static aq__constraint_t *add_constraint(const aq__declaration_t *declaration, const aq__entry_t *entry,
                                        aq_constraint_kind_t kind)
{
    aq__column_t *column = aq__table_column(declaration->table, entry->name);
    aq__constraint_t *constraint = aq__table_add_constraint(declaration->table, kind, entry->source);

    if (constraint == NULL || aq__constraint_add_column(constraint, column) != AQ_OK)
        return NULL;
    return constraint;
}

static int declare_primary_key(const aq__declaration_t *declaration)
{
    aq__constraint_t *key = NULL;
    int code = AQ_OK;

    for (size_t i = 0; i < declaration->entry_count && code == AQ_OK; i++) {
        const aq__entry_t *entry = &declaration->entries[i];

        if (!entry->column->primary_key)
            continue;
        if (key != NULL)
            code = aq__constraint_add_column(key, aq__table_column(declaration->table, entry->name));
        else if ((key = add_constraint(declaration, entry, AQ_CONSTRAINT_PRIMARY_KEY)) == NULL)
            code = AQ_ENOMEM;
    }
    return code;
}

static int declare_column_index(const aq__declaration_t *declaration, const aq__entry_t *entry)
{
    aq__index_t *index = aq__table_add_index(declaration->table, entry->source);
    aq__part_t *part = index != NULL ? aq__index_add_part(index) : NULL;

    if (part == NULL)
        return AQ_ENOMEM;
    part->column = aq__table_column(declaration->table, entry->name);
    index->unique = entry->column->unique;
    return AQ_OK;
}

/* Remembers a foreign key that names a model until the seal. */
static int add_reference(aq__model_registry_t *registry, const aq__model_reference_t *reference)
{
    aq__model_reference_t *references =
        aq__grow(registry->arena, registry->references, registry->reference_count, sizeof(*references));

    if (references == NULL)
        return AQ_ENOMEM;
    references[registry->reference_count++] = *reference;
    registry->references = references;
    return AQ_OK;
}

/* "User->id": refers to a model. */
static int refer_to_member(const aq__declaration_t *declaration, aq__constraint_t *constraint,
                           const char *text, const char *arrow)
{
    aq__model_reference_t reference = {.constraint = constraint, .member_count = 1};
    aq_arena_t *arena = declaration->registry->arena;
    const char *member = aq_arena_strdup(arena, arrow + 2);

    reference.model = aq_arena_strndup(arena, text, (size_t)(arrow - text));
    reference.members = member != NULL ? aq_arena_dup(arena, &member, sizeof(member)) : NULL;
    if (reference.model == NULL || reference.members == NULL)
        return AQ_ENOMEM;
    return add_reference(declaration->registry, &reference);
}

/* "table.column" or "schema.table.column". */
static int refer_to_column(const aq__declaration_t *declaration, aq__constraint_t *constraint,
                           const aq__entry_t *entry)
{
    aq__model_registry_t *registry = declaration->registry;
    char *text = aq_arena_strdup(arena_of(declaration), entry->column->references), *dot, *column;

    if (text == NULL)
        return AQ_ENOMEM;
    column = strrchr(text, '.');
    if (column == NULL || column == text || column[1] == '\0')
        return aq__problem_add(
            &registry->problems, entry->source,
            "%s.%s: .references is '%s': it must be AQ_REF(Model, member) or 'table.column'",
            declaration->what, entry->attribute != NULL ? entry->attribute : entry->name, text);
    *column++ = '\0';
    dot = strchr(text, '.');
    constraint->referred_table = dot != NULL ? dot + 1 : text;
    constraint->referred_schema = dot != NULL ? text : registry->options.schema;
    if (dot != NULL)
        *dot = '\0';
    return aq__constraint_add_referred(constraint, column);
}

static int declare_column_reference(const aq__declaration_t *declaration, const aq__entry_t *entry)
{
    const aq_column_t *column = entry->column;
    const char *arrow = strstr(column->references, "->");
    aq__constraint_t *constraint = add_constraint(declaration, entry, AQ_CONSTRAINT_FOREIGN_KEY);

    if (constraint == NULL)
        return AQ_ENOMEM;
    constraint->on_delete = column->on_delete;
    constraint->on_update = column->on_update;
    constraint->deferrable = column->deferrable;
    return arrow != NULL ? refer_to_member(declaration, constraint, column->references, arrow)
                         : refer_to_column(declaration, constraint, entry);
}

static int declare_options(const aq__declaration_t *declaration, const aq__entry_t *entry)
{
    const aq_column_t *column = entry->column;
    aq__constraint_t *check;
    int code = AQ_OK;

    if (column->index)
        code = declare_column_index(declaration, entry);
    else if (column->unique && add_constraint(declaration, entry, AQ_CONSTRAINT_UNIQUE) == NULL)
        code = AQ_ENOMEM;
    if (code == AQ_OK && column->check != NULL) {
        check = add_constraint(declaration, entry, AQ_CONSTRAINT_CHECK);
        if (check == NULL)
            return AQ_ENOMEM;
        check->check = column->check;
        check->name = entry->refused ? NULL : column->check_name;
    }
    if (code == AQ_OK && column->references != NULL)
        code = declare_column_reference(declaration, entry);
    return code;
}

/* ---- Constraints and indexes of the table ------------------------------------------------------------------------------------------ */

static aq__source_t source_of(const aq__declaration_t *declaration, int line)
{
    return (aq__source_t){declaration->file, line != 0 ? line : declaration->line, 0};
}

/* A list of names that a user gave, as columns. `add` puts one into `made`. */
static int add_columns(const aq__thing_t *thing, const char *const *names, void *made,
                       int (*add)(void *made, aq__column_t *column))
{
    const aq__declaration_t *declaration = thing->declaration;

    for (size_t i = 0; names != NULL && names[i] != NULL; i++) {
        aq__column_t *column = aq__find_column(declaration->model, declaration->table, names[i]);

        if (column == NULL)
            return aq__refuse_thing(thing, "it names a column '%s', which the table has not", names[i]);
        if (add(made, column) != AQ_OK)
            return AQ_ENOMEM;
    }
    return AQ_OK;
}

static int add_to_constraint(void *made, aq__column_t *column)
{
    return aq__constraint_add_column(made, column);
}

static int add_to_include(void *made, aq__column_t *column)
{
    return aq__constraint_add_include(made, column);
}

static int add_to_on_delete(void *made, aq__column_t *column)
{
    return aq__constraint_add_on_delete_column(made, column);
}

static int add_to_index(void *made, aq__column_t *column)
{
    aq__part_t *part = aq__index_add_part(made);

    if (part == NULL)
        return AQ_ENOMEM;
    part->column = column;
    return AQ_OK;
}

static int add_to_index_include(void *made, aq__column_t *column)
{
    return aq__index_add_include(made, column);
}

static aq__part_t *add_to_exclusion(void *made)
{
    return aq__constraint_add_part(made);
}

static aq__part_t *add_part_to_index(void *made)
{
    return aq__index_add_part(made);
}

static int add_parts(const aq__thing_t *thing, const aq_part_t *parts, void *made,
                     aq__part_t *(*add)(void *made))
{
    const aq__declaration_t *declaration = thing->declaration;

    for (; parts != NULL && aq__is_part(parts); parts++) {
        aq__part_t *part = add(made);

        if (part == NULL)
            return AQ_ENOMEM;
        *part = (aq__part_t){.expression = parts->expression,
                             .collation = parts->collation,
                             .collation_schema = parts->collation_schema,
                             .opclass = parts->opclass,
                             .with = parts->with,
                             .descending = parts->descending,
                             .nulls = parts->nulls};
        if (parts->column == NULL)
            continue;
        part->column = aq__find_column(declaration->model, declaration->table, parts->column);
        if (part->column == NULL)
            return aq__refuse_thing(thing, "it names a column '%s', which the table has not", parts->column);
    }
    return AQ_OK;
}

static const char *kind_name(aq_constraint_kind_t kind)
{
    switch (kind) {
    case AQ_CONSTRAINT_PRIMARY_KEY: return "AQ_PRIMARY_KEY";
    case AQ_CONSTRAINT_UNIQUE: return "AQ_UNIQUE";
    case AQ_CONSTRAINT_FOREIGN_KEY: return "AQ_FOREIGN_KEY";
    case AQ_CONSTRAINT_CHECK: return "AQ_CHECK";
    case AQ_CONSTRAINT_EXCLUDE: return "AQ_EXCLUDE";
    }
    return "a constraint";
}

static int set_referred(const aq__declaration_t *declaration, aq__constraint_t *constraint,
                        const aq_constraint_t *declared)
{
    aq__model_registry_t *registry = declaration->registry;
    aq__model_reference_t reference = {.constraint = constraint, .model = declared->model};

    for (size_t i = 0; declared->referred != NULL && declared->referred[i] != NULL; i++)
        if (declared->model == NULL &&
            aq__constraint_add_referred(constraint, declared->referred[i]) != AQ_OK)
            return AQ_ENOMEM;
        else
            reference.member_count++;
    if (declared->model == NULL) {
        constraint->referred_table = declared->table;
        constraint->referred_schema = declared->schema != NULL ? declared->schema : registry->options.schema;
        return AQ_OK;
    }
    if (reference.member_count > 0) {
        reference.members = aq_arena_dup(registry->arena, declared->referred,
                                         reference.member_count * sizeof(*reference.members));
        if (reference.members == NULL)
            return AQ_ENOMEM;
    }
    return add_reference(registry, &reference);
}

/* Its columns and parts; with a problem not all of them. */
static int fill_constraint(const aq__thing_t *thing, aq__constraint_t *constraint,
                           const aq_constraint_t *declared)
{
    int code = add_columns(thing, declared->columns, constraint, add_to_constraint);

    if (code == AQ_OK)
        code = add_columns(thing, declared->include, constraint, add_to_include);
    if (code == AQ_OK)
        code = add_columns(thing, declared->on_delete_columns, constraint, add_to_on_delete);
    if (code == AQ_OK)
        code = add_parts(thing, declared->parts, constraint, add_to_exclusion);
    if (code == AQ_OK)
        code = aq__check_made_constraint(thing, constraint);
    if (code == AQ_OK && declared->kind == AQ_CONSTRAINT_FOREIGN_KEY)
        code = set_referred(thing->declaration, constraint, declared);
    return code;
}

static int declare_constraint(const aq__declaration_t *declaration, const aq_constraint_t *declared)
{
    const aq__thing_t thing = {declaration, source_of(declaration, declared->line),
                               kind_name(declared->kind)};
    aq__constraint_t *constraint;
    int code = aq__check_constraint(&thing, declared);

    if (code != AQ_OK)
        return code;
    constraint = aq__table_add_constraint(declaration->table, declared->kind, thing.source);
    if (constraint == NULL)
        return AQ_ENOMEM;
    constraint->name = declared->name;
    constraint->name_final = declared->name_final;
    constraint->nulls_not_distinct = declared->nulls_not_distinct;
    constraint->on_delete = declared->on_delete;
    constraint->on_update = declared->on_update;
    constraint->match_full = declared->match_full;
    constraint->check = declared->check;
    constraint->no_inherit = declared->no_inherit;
    constraint->not_valid = declared->not_valid;
    constraint->method = declared->method;
    constraint->where = declared->where;
    constraint->deferrable = declared->deferrable;
    constraint->comment = declared->comment;
    return fill_constraint(&thing, constraint, declared);
}

static int fill_index(const aq__thing_t *thing, aq__index_t *index, const aq_index_t *declared)
{
    int code = add_columns(thing, declared->columns, index, add_to_index);

    if (code == AQ_OK)
        code = add_parts(thing, declared->parts, index, add_part_to_index);
    if (code == AQ_OK)
        code = add_columns(thing, declared->include, index, add_to_index_include);
    return code == AQ_OK ? aq__check_made_index(thing, index) : code;
}

static int declare_index(const aq__declaration_t *declaration, const aq_index_t *declared)
{
    const char *name = declared->name != NULL
                           ? aq_arena_printf(arena_of(declaration), "index '%s'", declared->name)
                           : "an index";
    const aq__thing_t thing = {declaration, source_of(declaration, 0), name};
    aq__index_t *index;
    int code = name != NULL ? aq__check_index(&thing, declared) : AQ_ENOMEM;

    if (code != AQ_OK)
        return code;
    index = aq__table_add_index(declaration->table, thing.source);
    if (index == NULL)
        return AQ_ENOMEM;
    index->name = declared->name;
    index->unique = declared->unique;
    index->nulls_not_distinct = declared->nulls_not_distinct;
    index->method = declared->method;
    index->where = declared->where;
    index->storage = declared->storage;
    index->comment = declared->comment;
    return fill_index(&thing, index, declared);
}

/* ---- The table -------------------------------------------------------------------------------------------------------------------- */

int aq__declare_columns(const aq__declaration_t *declaration)
{
    int code = AQ_OK;

    for (size_t i = 0; i < declaration->entry_count && code != AQ_ENOMEM; i++)
        code = aq__worse(code, declare_column(declaration, &declaration->entries[i]));
    if (code != AQ_ENOMEM)
        code = aq__worse(code, declare_primary_key(declaration));
    for (size_t i = 0; i < declaration->entry_count && code != AQ_ENOMEM; i++)
        code = aq__worse(code, declare_options(declaration, &declaration->entries[i]));
    return code;
}

int aq__declare_constraints(const aq__declaration_t *declaration)
{
    int code = AQ_OK;

    for (size_t i = 0; i < declaration->constraints.count && code != AQ_ENOMEM; i++)
        code = aq__worse(code, declare_constraint(declaration, &declaration->constraints.items[i]));
    for (size_t i = 0; i < declaration->indexes.count && code != AQ_ENOMEM; i++)
        code = aq__worse(code, declare_index(declaration, &declaration->indexes.items[i]));
    return code;
}
