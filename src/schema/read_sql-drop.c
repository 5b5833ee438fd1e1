/* What takes away something that was declared before: DROP.
 *
 * The happy path: it is found, and with CASCADE so is all that needs it. The failure modes: it is not there (told, unless IF EXISTS).
 * Dropping what was never read, such as a view, needs no word. */
#include "src/schema/read_sql-private.h"

/* ---- Taking away ---------------------------------------------------------------------------------------------------------- */

/* Takes an item out of an array of pointers. */
static void take_out(void *items, size_t *count, const void *item)
{
    void **pointers = items;
    size_t at = 0;

    while (at < *count && pointers[at] != item)
        at++;
    if (at == *count)
        return;
    memmove(pointers + at, pointers + at + 1, (*count - at - 1) * sizeof(*pointers));
    (*count)--;
}

void aq__sql_remove_constraint(aq__constraint_t *constraint)
{
    aq__table_t *table = constraint->table;

    take_out(table->constraints, &table->constraint_count, constraint);
    if (table->primary_key == constraint)
        table->primary_key = NULL;
}

void aq__sql_remove_index(aq__index_t *index)
{
    take_out(index->table->indexes, &index->table->index_count, index);
}

void aq__sql_remove_sequence(aq__metadata_t *metadata, const aq__sequence_t *sequence)
{
    take_out(metadata->sequences, &metadata->sequence_count, sequence);
}

static void remove_sequences_of(aq__metadata_t *metadata, const aq__column_t *column)
{
    for (size_t i = metadata->sequence_count; i-- > 0;)
        if (metadata->sequences[i]->owner == column)
            aq__sql_remove_sequence(metadata, metadata->sequences[i]);
}

int aq__sql_unlink_table(aq__table_t *table)
{
    aq__map_t *map = &table->metadata->tables_by_name;
    size_t length = strlen(table->name);
    aq__table_t *other = aq__map_get(map, table->name, length);
    int code = AQ_OK;

    if (other == table) {
        aq__map_remove(map, table->name, length);
        if (table->same_name != NULL)
            code = aq__map_put(map, table->same_name->name, length, table->same_name);
    } else {
        while (other->same_name != table)
            other = other->same_name;
        other->same_name = table->same_name;
    }
    table->same_name = NULL;
    return code;
}

int aq__sql_link_table(aq__table_t *table)
{
    aq__map_t *map = &table->metadata->tables_by_name;
    aq__table_t *other = aq__map_get(map, table->name, strlen(table->name));

    if (other == NULL)
        return aq__map_put(map, table->name, strlen(table->name), table);
    while (other->same_name != NULL)
        other = other->same_name;
    other->same_name = table;
    return AQ_OK;
}

bool aq__sql_refers_to(const aq__constraint_t *constraint, const aq__table_t *table)
{
    return constraint->kind == AQ_CONSTRAINT_FOREIGN_KEY &&
           aq__same_text(constraint->referred_table, table->name) &&
           aq__same_text(constraint->referred_schema, table->schema);
}

/* Foreign keys of others go with CASCADE; without it the seal will tell that they lead nowhere. */
int aq__sql_remove_table(aq__table_t *table, bool cascade)
{
    aq__metadata_t *metadata = table->metadata;

    for (size_t i = 0; i < metadata->table_count && cascade; i++)
        for (size_t j = metadata->tables[i]->constraint_count; j-- > 0;)
            if (aq__sql_refers_to(metadata->tables[i]->constraints[j], table))
                aq__sql_remove_constraint(metadata->tables[i]->constraints[j]);
    for (size_t i = 0; i < table->column_count; i++)
        remove_sequences_of(metadata, table->columns[i]);
    take_out(metadata->tables, &metadata->table_count, table);
    for (size_t i = 0; i < metadata->table_count; i++)
        metadata->tables[i]->position = i;
    return aq__sql_unlink_table(table);
}

/* ---- Columns ---------------------------------------------------------------------------------------------------------------- */

static bool has(aq__column_t *const *columns, size_t count, const aq__column_t *column)
{
    for (size_t i = 0; i < count; i++)
        if (columns[i] == column)
            return true;
    return false;
}

static int parts_have(aq__sql_reader_t *reader, const aq__part_t *parts, size_t count,
                      const aq__column_t *column, bool *found)
{
    for (size_t i = 0; i < count && !*found; i++) {
        *found = parts[i].column == column;
        if (!*found && aq__sql_mentions(reader, parts[i].expression, column->name, found) != AQ_OK)
            return AQ_ENOMEM;
    }
    return AQ_OK;
}

static int constraint_has(aq__sql_reader_t *reader, const aq__constraint_t *constraint,
                          const aq__column_t *column, bool *found)
{
    *found = has(constraint->columns, constraint->column_count, column) ||
             has(constraint->include, constraint->include_count, column);
    if (!*found && aq__sql_mentions(reader, constraint->check, column->name, found) != AQ_OK)
        return AQ_ENOMEM;
    if (!*found && aq__sql_mentions(reader, constraint->where, column->name, found) != AQ_OK)
        return AQ_ENOMEM;
    return parts_have(reader, constraint->parts, constraint->part_count, column, found);
}

static int index_has(aq__sql_reader_t *reader, const aq__index_t *index, const aq__column_t *column,
                     bool *found)
{
    *found = has(index->include, index->include_count, column);
    if (!*found && aq__sql_mentions(reader, index->where, column->name, found) != AQ_OK)
        return AQ_ENOMEM;
    return parts_have(reader, index->parts, index->part_count, column, found);
}

static int remove_generated_from(aq__sql_reader_t *reader, const aq__column_t *column)
{
    aq__table_t *table = column->table;
    bool found;

    for (size_t i = table->column_count; i-- > 0;) {
        if (table->columns[i] == column)
            continue;
        if (aq__sql_mentions(reader, table->columns[i]->generated, column->name, &found) != AQ_OK ||
            (found && aq__sql_remove_column(reader, table->columns[i]) != AQ_OK))
            return AQ_ENOMEM;
    }
    return AQ_OK;
}

/* The server takes the constraints and indexes that know the column along, and with CASCADE, which it wants then, the columns that are generated from it. */
int aq__sql_remove_column(aq__sql_reader_t *reader, aq__column_t *column)
{
    aq__table_t *table = column->table;
    bool found;

    for (size_t i = table->constraint_count; i-- > 0;) {
        if (constraint_has(reader, table->constraints[i], column, &found) != AQ_OK)
            return AQ_ENOMEM;
        if (found)
            aq__sql_remove_constraint(table->constraints[i]);
    }
    for (size_t i = table->index_count; i-- > 0;) {
        if (index_has(reader, table->indexes[i], column, &found) != AQ_OK)
            return AQ_ENOMEM;
        if (found)
            aq__sql_remove_index(table->indexes[i]);
    }
    if (remove_generated_from(reader, column) != AQ_OK)
        return AQ_ENOMEM;
    remove_sequences_of(table->metadata, column);
    take_out(table->columns, &table->column_count, column);
    for (size_t i = 0; i < table->column_count; i++)
        table->columns[i]->position = i;
    return AQ_OK;
}

/* ---- CASCADE ---------------------------------------------------------------------------------------------------------------- */

enum { KEY_COLUMNS_MOST = 32 }; /* the server takes no more */

/* Whether a foreign key has lost what it refers to. */
static bool is_lost(const aq__constraint_t *constraint, const aq__table_t *table)
{
    aq__column_t *columns[KEY_COLUMNS_MOST];
    size_t count = constraint->referred_name_count;

    if (count == 0)
        return table->primary_key == NULL;
    for (size_t i = 0; i < count && count <= KEY_COLUMNS_MOST; i++) {
        columns[i] = aq__table_column(table, constraint->referred_names[i]);
        if (columns[i] == NULL)
            return true;
    }
    return count <= KEY_COLUMNS_MOST && !aq__columns_are_unique(table, columns, count);
}

void aq__sql_remove_lost_keys(const aq__table_t *table)
{
    const aq__metadata_t *metadata = table->metadata;

    for (size_t i = 0; i < metadata->table_count; i++)
        for (size_t j = metadata->tables[i]->constraint_count; j-- > 0;) {
            aq__constraint_t *constraint = metadata->tables[i]->constraints[j];

            if (aq__sql_refers_to(constraint, table) && is_lost(constraint, table))
                aq__sql_remove_constraint(constraint);
        }
}

/* ---- DROP ----------------------------------------------------------------------------------------------------------------------- */

aq__sql_target_t aq__sql_target_of(const PgQuery__Node *object)
{
    if (object->node_case == PG_QUERY__NODE__NODE_LIST)
        return (aq__sql_target_t){aq__sql_first_name(object->list->items, object->list->n_items),
                                  aq__sql_last_name(object->list->items, object->list->n_items)};
    if (object->node_case == PG_QUERY__NODE__NODE_TYPE_NAME)
        return (aq__sql_target_t){aq__sql_first_name(object->type_name->names, object->type_name->n_names),
                                  aq__sql_last_name(object->type_name->names, object->type_name->n_names)};
    return (aq__sql_target_t){NULL,
                              object->node_case == PG_QUERY__NODE__NODE_STRING ? object->string->sval : ""};
}

/* An enum, or a type that is only known by its name. With CASCADE its columns go. */
static int drop_type(aq__sql_reader_t *reader, aq__sql_target_t target, bool cascade, bool *found)
{
    aq__metadata_t *metadata = reader->metadata;
    const char *schema = aq__sql_schema(target.schema);

    *found = target.schema != NULL ? aq__sql_has_type(reader, schema, target.name)
                                   : aq__sql_find_type(reader, target.name, &schema);
    if (!*found)
        return AQ_OK;
    for (size_t i = 0; i < metadata->table_count && cascade; i++)
        for (size_t j = metadata->tables[i]->column_count; j-- > 0;) {
            aq__column_t *column = metadata->tables[i]->columns[j];

            if (aq__same_text(column->type.name, target.name) && aq__same_text(column->type.schema, schema) &&
                aq__sql_remove_column(reader, column) != AQ_OK)
                return AQ_ENOMEM;
        }
    take_out(metadata->enums, &metadata->enum_count, aq__metadata_enum(metadata, schema, target.name));
    for (size_t i = reader->type_count; i-- > 0;)
        if (aq__same_text(reader->types[i].schema, schema) && strcmp(reader->types[i].name, target.name) == 0)
            reader->types[i] = reader->types[--reader->type_count];
    return AQ_OK;
}

/* `*found`: whether there was one. */
static int drop_one(aq__sql_reader_t *reader, const PgQuery__DropStmt *statement, aq__sql_target_t target,
                    bool *found)
{
    bool cascade = statement->behavior == PG_QUERY__DROP_BEHAVIOR__DROP_CASCADE;
    aq__metadata_t *metadata = reader->metadata;
    aq__table_t *table;
    aq__index_t *index;
    aq__sequence_t *sequence;

    switch ((int)statement->remove_type) {
    case PG_QUERY__OBJECT_TYPE__OBJECT_TABLE:
        table = aq__sql_find_table(reader, target.schema, target.name);
        *found = table != NULL;
        return *found ? aq__sql_remove_table(table, cascade) : AQ_OK;
    case PG_QUERY__OBJECT_TYPE__OBJECT_INDEX:
        index = aq__sql_find_index(reader, target.schema, target.name);
        *found = index != NULL;
        if (*found)
            aq__sql_remove_index(index);
        return AQ_OK;
    case PG_QUERY__OBJECT_TYPE__OBJECT_TYPE:
    case PG_QUERY__OBJECT_TYPE__OBJECT_DOMAIN: return drop_type(reader, target, cascade, found);
    case PG_QUERY__OBJECT_TYPE__OBJECT_SEQUENCE:
        sequence = aq__sql_find_sequence(reader, target.schema, target.name);
        *found = sequence != NULL;
        if (*found && cascade && aq__sql_drop_draws(reader, sequence) != AQ_OK)
            return AQ_ENOMEM;
        if (*found)
            aq__sql_remove_sequence(metadata, sequence);
        return AQ_OK;
    default: *found = true; return AQ_OK; /* never read */
    }
}

static bool is_in(const char *schema, const char *name)
{
    return aq__same_text(schema, aq__sql_schema(name));
}

static int drop_schema(aq__sql_reader_t *reader, const char *name)
{
    aq__metadata_t *metadata = reader->metadata;

    for (size_t i = metadata->table_count; i-- > 0;)
        if (is_in(metadata->tables[i]->schema, name) &&
            aq__sql_remove_table(metadata->tables[i], true) != AQ_OK)
            return AQ_ENOMEM;
    for (size_t i = metadata->enum_count; i-- > 0;)
        if (is_in(metadata->enums[i]->schema, name))
            take_out(metadata->enums, &metadata->enum_count, metadata->enums[i]);
    for (size_t i = metadata->sequence_count; i-- > 0;)
        if (is_in(metadata->sequences[i]->schema, name))
            aq__sql_remove_sequence(metadata, metadata->sequences[i]);
    return AQ_OK;
}

int aq__sql_drop(aq__sql_reader_t *reader, const PgQuery__DropStmt *statement)
{
    bool found;

    for (size_t i = 0; i < statement->n_objects; i++) {
        aq__sql_target_t target = aq__sql_target_of(statement->objects[i]);
        int code;

        if (statement->remove_type == PG_QUERY__OBJECT_TYPE__OBJECT_SCHEMA) {
            if (drop_schema(reader, target.name) != AQ_OK)
                return AQ_ENOMEM;
            continue;
        }
        code = drop_one(reader, statement, target, &found);
        if (code == AQ_OK && !found && !statement->missing_ok)
            code = aq__sql_tell(reader, 0, "DROP: there is no '%s'; it is left out",
                                aq__sql_described(reader, target.schema, target.name));
        if (code != AQ_OK)
            return code;
    }
    return AQ_OK;
}
