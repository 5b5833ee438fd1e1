/* Building metadata and looking things up in it.
 *
 * The happy path: a thing is made in the arena, put into its list, filled by the caller.
 * The failure mode: no memory. Then NULL or AQ_ENOMEM, and the lists are what they were. */
#include <string.h>

#include "src/schema/metadata.h"

/* ---- Metadata ---------------------------------------------------------------------------------------------------------- */

aq__metadata_t *aq__metadata_create(const char *bind)
{
    aq_arena_t *arena = aq_arena_create();
    aq__metadata_t *metadata = arena != NULL ? aq_arena_calloc(arena, 1, sizeof(*metadata)) : NULL;

    if (metadata == NULL) {
        aq_arena_close(arena);
        return NULL;
    }
    metadata->arena = arena;
    metadata->problems.arena = arena;
    metadata->bind = aq_arena_strdup(arena, bind);
    if (metadata->bind == NULL && bind != NULL) {
        aq_arena_close(arena);
        return NULL;
    }
    return metadata;
}

void aq__metadata_close(aq__metadata_t *metadata)
{
    if (metadata == NULL)
        return;
    aq__map_dispose(&metadata->tables_by_name);
    aq_arena_close(metadata->arena);
}

/* A copy of a name that may be NULL; false: out of memory. */
static bool copy_name(aq__metadata_t *metadata, const char **copy, const char *name)
{
    *copy = aq_arena_strdup(metadata->arena, name);
    return *copy != NULL || name == NULL;
}

/* Tables of one name in several schemas are a chain, in the order in which they were declared. */
static int put_table(aq__metadata_t *metadata, aq__table_t *table)
{
    size_t length = strlen(table->name);
    aq__table_t *last = aq__map_get(&metadata->tables_by_name, table->name, length);

    if (last == NULL)
        return aq__map_put(&metadata->tables_by_name, table->name, length, table);
    while (last->same_name != NULL)
        last = last->same_name;
    last->same_name = table;
    return AQ_OK;
}

aq__table_t *aq__metadata_add_table(aq__metadata_t *metadata, const char *schema, const char *name,
                                    aq__source_t source)
{
    aq__table_t *table = aq_arena_calloc(metadata->arena, 1, sizeof(*table));
    aq__table_t **tables =
        aq__grow(metadata->arena, metadata->tables, metadata->table_count, sizeof(*tables));

    if (table == NULL || tables == NULL || !copy_name(metadata, &table->schema, schema) ||
        !copy_name(metadata, &table->name, name) || put_table(metadata, table) != AQ_OK)
        return NULL;
    table->metadata = metadata;
    table->source = source;
    table->position = metadata->table_count;
    metadata->tables = tables;
    metadata->tables[metadata->table_count++] = table;
    return table;
}

aq__enum_t *aq__metadata_add_enum(aq__metadata_t *metadata, const char *schema, const char *name,
                                  aq__source_t source)
{
    aq__enum_t *enumeration = aq_arena_calloc(metadata->arena, 1, sizeof(*enumeration));
    aq__enum_t **enums = aq__grow(metadata->arena, metadata->enums, metadata->enum_count, sizeof(*enums));

    if (enumeration == NULL || enums == NULL || !copy_name(metadata, &enumeration->schema, schema) ||
        !copy_name(metadata, &enumeration->name, name))
        return NULL;
    enumeration->source = source;
    metadata->enums = enums;
    metadata->enums[metadata->enum_count++] = enumeration;
    return enumeration;
}

int aq__enum_add_label(aq__metadata_t *metadata, aq__enum_t *enumeration, const char *label)
{
    const char **labels =
        aq__grow(metadata->arena, enumeration->labels, enumeration->label_count, sizeof(*labels));
    const char *copy = aq_arena_strdup(metadata->arena, label);

    if (labels == NULL || copy == NULL)
        return AQ_ENOMEM;
    enumeration->labels = labels;
    enumeration->labels[enumeration->label_count++] = copy;
    return AQ_OK;
}

aq__sequence_t *aq__metadata_add_sequence(aq__metadata_t *metadata, const char *schema, const char *name,
                                          aq__source_t source)
{
    aq__sequence_t *sequence = aq_arena_calloc(metadata->arena, 1, sizeof(*sequence));
    aq__sequence_t **sequences =
        aq__grow(metadata->arena, metadata->sequences, metadata->sequence_count, sizeof(*sequences));

    if (sequence == NULL || sequences == NULL || !copy_name(metadata, &sequence->schema, schema) ||
        !copy_name(metadata, &sequence->name, name))
        return NULL;
    sequence->source = source;
    metadata->sequences = sequences;
    metadata->sequences[metadata->sequence_count++] = sequence;
    return sequence;
}

/* ---- Tables ------------------------------------------------------------------------------------------------------------- */

static int append_column(aq_arena_t *arena, aq__column_t ***columns, size_t *count, aq__column_t *column)
{
    aq__column_t **grown = aq__grow(arena, *columns, *count, sizeof(*grown));

    if (grown == NULL)
        return AQ_ENOMEM;
    grown[(*count)++] = column;
    *columns = grown;
    return AQ_OK;
}

aq__column_t *aq__table_add_column(aq__table_t *table, const char *name, aq__source_t source)
{
    aq__metadata_t *metadata = table->metadata;
    aq__column_t *column = aq_arena_calloc(metadata->arena, 1, sizeof(*column));

    if (column == NULL || !copy_name(metadata, &column->name, name))
        return NULL;
    column->table = table;
    column->source = source;
    column->position = table->column_count;
    return append_column(metadata->arena, &table->columns, &table->column_count, column) == AQ_OK ? column
                                                                                                  : NULL;
}

aq__constraint_t *aq__table_add_constraint(aq__table_t *table, aq_constraint_kind_t kind, aq__source_t source)
{
    aq_arena_t *arena = table->metadata->arena;
    aq__constraint_t *constraint = aq_arena_calloc(arena, 1, sizeof(*constraint));
    aq__constraint_t **constraints =
        aq__grow(arena, table->constraints, table->constraint_count, sizeof(*constraints));

    if (constraint == NULL || constraints == NULL)
        return NULL;
    constraint->kind = kind;
    constraint->table = table;
    constraint->source = source;
    table->constraints = constraints;
    table->constraints[table->constraint_count++] = constraint;
    if (kind == AQ_CONSTRAINT_PRIMARY_KEY)
        table->primary_key = constraint;
    return constraint;
}

aq__index_t *aq__table_add_index(aq__table_t *table, aq__source_t source)
{
    aq_arena_t *arena = table->metadata->arena;
    aq__index_t *index = aq_arena_calloc(arena, 1, sizeof(*index));
    aq__index_t **indexes = aq__grow(arena, table->indexes, table->index_count, sizeof(*indexes));

    if (index == NULL || indexes == NULL)
        return NULL;
    index->table = table;
    index->source = source;
    table->indexes = indexes;
    table->indexes[table->index_count++] = index;
    return index;
}

int aq__constraint_add_column(aq__constraint_t *constraint, aq__column_t *column)
{
    return append_column(constraint->table->metadata->arena, &constraint->columns, &constraint->column_count,
                         column);
}

int aq__constraint_add_include(aq__constraint_t *constraint, aq__column_t *column)
{
    return append_column(constraint->table->metadata->arena, &constraint->include, &constraint->include_count,
                         column);
}

int aq__constraint_add_on_delete_column(aq__constraint_t *constraint, aq__column_t *column)
{
    return append_column(constraint->table->metadata->arena, &constraint->on_delete_columns,
                         &constraint->on_delete_column_count, column);
}

int aq__index_add_include(aq__index_t *index, aq__column_t *column)
{
    return append_column(index->table->metadata->arena, &index->include, &index->include_count, column);
}

int aq__constraint_add_referred(aq__constraint_t *constraint, const char *column)
{
    aq_arena_t *arena = constraint->table->metadata->arena;
    const char **names =
        aq__grow(arena, constraint->referred_names, constraint->referred_name_count, sizeof(*names));
    const char *copy = aq_arena_strdup(arena, column);

    if (names == NULL || copy == NULL)
        return AQ_ENOMEM;
    constraint->referred_names = names;
    constraint->referred_names[constraint->referred_name_count++] = copy;
    return AQ_OK;
}

static aq__part_t *add_part(aq_arena_t *arena, aq__part_t **parts, size_t *count)
{
    aq__part_t *grown = aq__grow(arena, *parts, *count, sizeof(*grown));

    if (grown == NULL)
        return NULL;
    *parts = grown;
    grown[*count] = (aq__part_t){0};
    return &grown[(*count)++];
}

aq__part_t *aq__constraint_add_part(aq__constraint_t *constraint)
{
    return add_part(constraint->table->metadata->arena, &constraint->parts, &constraint->part_count);
}

aq__part_t *aq__index_add_part(aq__index_t *index)
{
    return add_part(index->table->metadata->arena, &index->parts, &index->part_count);
}

/* ---- Looking up ------------------------------------------------------------------------------------------------------------ */

aq__table_t *aq__metadata_table(const aq__metadata_t *metadata, const char *schema, const char *name)
{
    aq__table_t *table = aq__map_get(&metadata->tables_by_name, name, strlen(name));

    while (table != NULL && !aq__same_text(table->schema, schema))
        table = table->same_name;
    return table;
}

aq__enum_t *aq__metadata_enum(const aq__metadata_t *metadata, const char *schema, const char *name)
{
    for (size_t i = 0; i < metadata->enum_count; i++)
        if (aq__same_text(metadata->enums[i]->name, name) &&
            aq__same_text(metadata->enums[i]->schema, schema))
            return metadata->enums[i];
    return NULL;
}

aq__sequence_t *aq__metadata_sequence(const aq__metadata_t *metadata, const char *schema, const char *name)
{
    for (size_t i = 0; i < metadata->sequence_count; i++)
        if (aq__same_text(metadata->sequences[i]->name, name) &&
            aq__same_text(metadata->sequences[i]->schema, schema))
            return metadata->sequences[i];
    return NULL;
}

aq__column_t *aq__table_column(const aq__table_t *table, const char *name)
{
    for (size_t i = 0; i < table->column_count; i++)
        if (strcmp(table->columns[i]->name, name) == 0)
            return table->columns[i];
    return NULL;
}

aq__constraint_t *aq__table_constraint(const aq__table_t *table, const char *name)
{
    for (size_t i = 0; i < table->constraint_count; i++)
        if (aq__same_text(table->constraints[i]->name, name))
            return table->constraints[i];
    return NULL;
}

aq__index_t *aq__table_index(const aq__table_t *table, const char *name)
{
    for (size_t i = 0; i < table->index_count; i++)
        if (aq__same_text(table->indexes[i]->name, name))
            return table->indexes[i];
    return NULL;
}

static bool has_column(aq__column_t *const *columns, size_t count, const aq__column_t *column)
{
    for (size_t i = 0; i < count; i++)
        if (columns[i] == column)
            return true;
    return false;
}

bool aq__constraint_has_column(const aq__constraint_t *constraint, const aq__column_t *column)
{
    return has_column(constraint->columns, constraint->column_count, column);
}

static bool is_unique_constraint(const aq__constraint_t *constraint, aq__column_t *const *columns,
                                 size_t count)
{
    if (constraint->kind != AQ_CONSTRAINT_PRIMARY_KEY && constraint->kind != AQ_CONSTRAINT_UNIQUE)
        return false;
    if (constraint->column_count != count)
        return false;
    for (size_t i = 0; i < count; i++)
        if (!has_column(columns, count, constraint->columns[i]))
            return false;
    return true;
}

static bool is_unique_index(const aq__index_t *index, aq__column_t *const *columns, size_t count)
{
    if (!index->unique || index->where != NULL || index->part_count != count)
        return false;
    for (size_t i = 0; i < count; i++)
        if (index->parts[i].column == NULL || !has_column(columns, count, index->parts[i].column))
            return false;
    return true;
}

static bool are_unique(const aq__table_t *table, aq__column_t *const *columns, size_t count, bool at_once)
{
    for (size_t i = 0; i < table->constraint_count; i++)
        if (is_unique_constraint(table->constraints[i], columns, count) &&
            !(at_once && table->constraints[i]->deferrable != AQ_NOT_DEFERRABLE))
            return true;
    for (size_t i = 0; i < table->index_count; i++)
        if (is_unique_index(table->indexes[i], columns, count))
            return true;
    return false;
}

bool aq__columns_are_unique(const aq__table_t *table, aq__column_t *const *columns, size_t count)
{
    return are_unique(table, columns, count, false);
}

bool aq__columns_can_be_referred_to(const aq__table_t *table, aq__column_t *const *columns, size_t count)
{
    return are_unique(table, columns, count, true);
}

bool aq__parts_are_twins(const aq__part_t *a, const aq__part_t *b)
{
    return a->column != NULL && a->column == b->column && aq__same_text(a->opclass, b->opclass) &&
           aq__same_text(a->collation, b->collation) &&
           aq__same_text(a->collation_schema, b->collation_schema);
}

bool aq__method_is_unordered(const char *method)
{
    static const char *const methods[] = {"hash", "gist", "gin", "spgist", "brin"};

    for (size_t i = 0; method != NULL && i < AQ__COUNT_OF(methods); i++)
        if (strcmp(method, methods[i]) == 0)
            return true;
    return false;
}

/* ---- Describing -------------------------------------------------------------------------------------------------------------- */

void aq__table_describe(aq_text_t *text, const aq__table_t *table)
{
    if (table->schema != NULL)
        aq_text_appendf(text, "%s.", table->schema);
    aq_text_append(text, table->name);
}

void aq__constraint_describe(aq_text_t *text, const aq__constraint_t *constraint)
{
    aq__table_describe(text, constraint->table);
    if (constraint->column_count == 1) {
        aq_text_appendf(text, ".%s", constraint->columns[0]->name);
        return;
    }
    for (size_t i = 0; i < constraint->column_count; i++)
        aq_text_appendf(text, "%s%s", i == 0 ? " (" : ", ", constraint->columns[i]->name);
    if (constraint->column_count > 0)
        aq_text_append_char(text, ')');
}
