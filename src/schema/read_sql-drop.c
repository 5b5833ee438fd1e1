/* What takes away something that was declared before: DROP.
 *
 * The happy path: it is found, and with CASCADE so is all that needs it. The failure modes: it is not there (told, unless IF EXISTS), or something needs it, and there is no CASCADE.
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
int aq__sql_remove_table(aq__sql_reader_t *reader, aq__table_t *table, bool cascade)
{
    aq__metadata_t *metadata = reader->metadata;

    for (size_t i = 0; i < metadata->table_count && cascade; i++)
        for (size_t j = metadata->tables[i]->constraint_count; j-- > 0;)
            if (aq__sql_refers_to(metadata->tables[i]->constraints[j], table))
                aq__sql_remove_constraint(metadata->tables[i]->constraints[j]);
    for (size_t i = 0; i < table->column_count; i++)
        remove_sequences_of(metadata, table->columns[i]);
    aq__sql_forget_heirs(reader, table);
    take_out(metadata->tables, &metadata->table_count, table);
    for (size_t i = 0; i < metadata->table_count; i++)
        metadata->tables[i]->position = i;
    return aq__sql_unlink_table(table);
}

/* ---- Columns ---------------------------------------------------------------------------------------------------------------- */

static int remove_generated_from(aq__sql_reader_t *reader, const aq__column_t *column)
{
    const aq__sql_thing_t thing = {AQ__SQL_COLUMN, NULL, column->name};
    aq__table_t *table = column->table;
    bool found;

    for (size_t i = table->column_count; i-- > 0;) {
        if (i >= table->column_count || table->columns[i] == column)
            continue; /* one that was generated from another may be gone */
        if (aq__sql_mentions(reader, table->columns[i]->generated, &thing, &found) != AQ_OK ||
            (found && aq__sql_remove_column(reader, table->columns[i]) != AQ_OK))
            return AQ_ENOMEM;
    }
    return AQ_OK;
}

/* The server takes the constraints and indexes that know the column along, and with CASCADE, which it wants then, the columns that are generated from it. */
int aq__sql_remove_column(aq__sql_reader_t *reader, aq__column_t *column)
{
    const aq__sql_thing_t thing = {AQ__SQL_COLUMN, NULL, column->name};
    aq__table_t *table = column->table;
    bool found;

    for (size_t i = table->constraint_count; i-- > 0;) {
        if (aq__sql_constraint_uses(reader, table->constraints[i], &thing, &found) != AQ_OK)
            return AQ_ENOMEM;
        if (found)
            aq__sql_remove_constraint(table->constraints[i]);
    }
    for (size_t i = table->index_count; i-- > 0;) {
        if (aq__sql_index_uses(reader, table->indexes[i], &thing, &found) != AQ_OK)
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

/* One of the things that a statement drops. */
typedef struct dropped {
    const char *schema, *name;
    bool cascade;
    const char *words; /* "DROP TYPE" */
} dropped_t;

/* Whether the statement drops that table too. */
static bool drops(const aq__sql_reader_t *reader, const PgQuery__DropStmt *statement,
                  const aq__table_t *table)
{
    for (size_t i = 0; i < statement->n_objects; i++) {
        aq__sql_target_t target = aq__sql_target_of(statement->objects[i]);

        if (aq__sql_find_table(reader, target.schema, target.name) == table)
            return true;
    }
    return false;
}

/* Those that inherit from it go with CASCADE; they keep it from going without. `table` NULL: nothing inherits. `statement` NULL: it drops no tables. */
static int release_heirs(aq__sql_reader_t *reader, const PgQuery__DropStmt *statement,
                         const dropped_t *dropped, const aq__table_t *table, bool *is_free)
{
    aq__table_t **heirs;
    size_t count = 0;
    int code = AQ_OK;

    *is_free = true;
    if (table != NULL && aq__sql_heirs(reader, table, &heirs, &count) != AQ_OK)
        return AQ_ENOMEM;
    for (size_t i = 0; i < count && !dropped->cascade; i++)
        if (statement == NULL || !drops(reader, statement, heirs[i])) {
            *is_free = false;
            return aq__sql_tell(reader, 0,
                                "%s %s: %s inherits from it, and there is no CASCADE; it is left out",
                                dropped->words, aq__sql_described(reader, table->schema, table->name),
                                aq__sql_described(reader, heirs[i]->schema, heirs[i]->name));
        }
    for (size_t i = 0; i < count && dropped->cascade && code == AQ_OK; i++)
        code = aq__sql_remove_table(reader, heirs[i], true);
    return code;
}

/* An enum, or a type that is only known by its name. With CASCADE its columns go. */
static int drop_type(aq__sql_reader_t *reader, const dropped_t *dropped, bool *found)
{
    aq__metadata_t *metadata = reader->metadata;
    aq__sql_thing_t type = {AQ__SQL_TYPE, aq__sql_schema(dropped->schema), dropped->name};
    bool is_free;

    *found = dropped->schema != NULL ? aq__sql_has_type(reader, type.schema, type.name)
                                     : aq__sql_find_type(reader, type.name, &type.schema);
    if (!*found)
        return AQ_OK;
    if (release_heirs(reader, NULL, dropped, aq__sql_find_composite(reader, dropped->schema, dropped->name),
                      &is_free) != AQ_OK)
        return AQ_ENOMEM;
    if (!is_free)
        return AQ_OK;
    if (aq__sql_release(reader, &type, dropped->words, dropped->cascade, &is_free) != AQ_OK)
        return AQ_ENOMEM;
    if (!is_free)
        return AQ_OK;
    take_out(metadata->enums, &metadata->enum_count, aq__metadata_enum(metadata, type.schema, type.name));
    for (size_t i = reader->type_count; i-- > 0;)
        if (aq__same_text(reader->types[i].schema, type.schema) &&
            strcmp(reader->types[i].name, type.name) == 0)
            reader->types[i] = reader->types[--reader->type_count];
    return AQ_OK;
}

/* The sequence of a serial column is one that stands alone from now on, and so may go. */
static int free_serial(aq__sql_reader_t *reader, const dropped_t *dropped, bool *found)
{
    aq__column_t *column = aq__sql_sequence_column(reader, dropped->schema, dropped->name);
    const char *described;

    *found = column != NULL;
    if (!*found || (column->autoincrement == AQ_SERIAL && dropped->cascade))
        return *found ? aq__sql_free_sequence(reader, column) : AQ_OK;
    described = aq__sql_described(reader, column->table->schema, column->table->name);
    return column->autoincrement == AQ_SERIAL
               ? aq__sql_tell(reader, 0, "%s %s: %s.%s needs it, and there is no CASCADE; it is left out",
                              dropped->words, dropped->name, described, column->name)
               : aq__sql_tell(reader, 0, "%s %s: it is that of the identity %s.%s; it is left out",
                              dropped->words, dropped->name, described, column->name);
}

static int drop_sequence(aq__sql_reader_t *reader, const dropped_t *dropped, bool *found)
{
    aq__sequence_t *sequence = aq__sql_find_sequence(reader, dropped->schema, dropped->name);
    aq__sql_thing_t thing = {.kind = AQ__SQL_SEQUENCE};
    bool is_free = true;

    *found = sequence != NULL;
    if (!*found && free_serial(reader, dropped, found) != AQ_OK)
        return AQ_ENOMEM;
    if (sequence == NULL)
        sequence = aq__sql_find_sequence(reader, dropped->schema, dropped->name);
    if (sequence == NULL)
        return AQ_OK;
    thing.schema = sequence->schema;
    thing.name = sequence->name;
    if (aq__sql_release(reader, &thing, dropped->words, dropped->cascade, &is_free) != AQ_OK)
        return AQ_ENOMEM;
    if (is_free)
        aq__sql_remove_sequence(reader->metadata, sequence);
    return AQ_OK;
}

/* With CASCADE those that inherit from it go too. */
static int drop_table(aq__sql_reader_t *reader, const PgQuery__DropStmt *statement, const dropped_t *dropped,
                      bool *found)
{
    aq__table_t *table = aq__sql_find_table(reader, dropped->schema, dropped->name);
    bool is_free;

    *found = table != NULL;
    if (!*found)
        return AQ_OK;
    if (release_heirs(reader, statement, dropped, table, &is_free) != AQ_OK)
        return AQ_ENOMEM;
    return is_free ? aq__sql_remove_table(reader, table, dropped->cascade) : AQ_OK;
}

/* `*found`: whether there was one. */
static int drop_one(aq__sql_reader_t *reader, const PgQuery__DropStmt *statement, aq__sql_target_t target,
                    bool *found)
{
    dropped_t dropped = {target.schema, target.name,
                         statement->behavior == PG_QUERY__DROP_BEHAVIOR__DROP_CASCADE, "DROP TABLE"};
    aq__index_t *index;

    switch ((int)statement->remove_type) {
    case PG_QUERY__OBJECT_TYPE__OBJECT_TABLE: return drop_table(reader, statement, &dropped, found);
    case PG_QUERY__OBJECT_TYPE__OBJECT_INDEX:
        index = aq__sql_find_index(reader, target.schema, target.name);
        *found = index != NULL;
        if (*found)
            aq__sql_remove_index(index);
        return AQ_OK;
    case PG_QUERY__OBJECT_TYPE__OBJECT_TYPE:
        dropped.words = "DROP TYPE";
        return drop_type(reader, &dropped, found);
    case PG_QUERY__OBJECT_TYPE__OBJECT_DOMAIN:
        dropped.words = "DROP DOMAIN";
        return drop_type(reader, &dropped, found);
    case PG_QUERY__OBJECT_TYPE__OBJECT_SEQUENCE:
        dropped.words = "DROP SEQUENCE";
        return drop_sequence(reader, &dropped, found);
    default: *found = true; return AQ_OK; /* never read */
    }
}

static bool is_in(const char *schema, const char *name)
{
    return aq__same_text(schema, aq__sql_schema(name));
}

static bool is_empty(const aq__metadata_t *metadata, const char *name)
{
    for (size_t i = 0; i < metadata->table_count; i++)
        if (is_in(metadata->tables[i]->schema, name))
            return false;
    for (size_t i = 0; i < metadata->enum_count; i++)
        if (is_in(metadata->enums[i]->schema, name))
            return false;
    for (size_t i = 0; i < metadata->sequence_count; i++)
        if (is_in(metadata->sequences[i]->schema, name))
            return false;
    return true;
}

static int drop_tables_in(aq__sql_reader_t *reader, const char *name)
{
    aq__metadata_t *metadata = reader->metadata;
    int code = AQ_OK;

    for (size_t i = metadata->table_count; i-- > 0 && code == AQ_OK;) {
        aq__sql_target_t target;
        bool found;

        if (i >= metadata->table_count || !is_in(metadata->tables[i]->schema, name))
            continue; /* one that inherited from another is gone with it */
        target = (aq__sql_target_t){name, metadata->tables[i]->name};
        code =
            drop_table(reader, NULL, &(dropped_t){target.schema, target.name, true, "DROP SCHEMA"}, &found);
    }
    return code;
}

static int drop_schema(aq__sql_reader_t *reader, const char *name, bool cascade)
{
    aq__metadata_t *metadata = reader->metadata;
    dropped_t dropped = {.schema = name, .cascade = cascade, .words = "DROP SCHEMA"};
    bool found;

    if (!cascade && !is_empty(metadata, name))
        return aq__sql_tell(reader, 0,
                            "DROP SCHEMA %s: it is not empty, and there is no CASCADE; it is left out", name);
    if (drop_tables_in(reader, name) != AQ_OK)
        return AQ_ENOMEM;
    for (size_t i = metadata->enum_count; i-- > 0;) {
        dropped.name = metadata->enums[i]->name;
        if (is_in(metadata->enums[i]->schema, name) && drop_type(reader, &dropped, &found) != AQ_OK)
            return AQ_ENOMEM;
    }
    for (size_t i = metadata->sequence_count; i-- > 0;) {
        dropped.name = metadata->sequences[i]->name;
        if (is_in(metadata->sequences[i]->schema, name) && drop_sequence(reader, &dropped, &found) != AQ_OK)
            return AQ_ENOMEM;
    }
    return AQ_OK;
}

int aq__sql_drop(aq__sql_reader_t *reader, const PgQuery__DropStmt *statement)
{
    bool found;

    for (size_t i = 0; i < statement->n_objects; i++) {
        aq__sql_target_t target = aq__sql_target_of(statement->objects[i]);
        int code;

        if (statement->remove_type == PG_QUERY__OBJECT_TYPE__OBJECT_SCHEMA) {
            if (drop_schema(reader, target.name,
                            statement->behavior == PG_QUERY__DROP_BEHAVIOR__DROP_CASCADE) != AQ_OK)
                return AQ_ENOMEM;
            continue;
        }
        code = drop_one(reader, statement, target, &found);
        if (code == AQ_OK && !found && !statement->missing_ok &&
            !(statement->remove_type == PG_QUERY__OBJECT_TYPE__OBJECT_TABLE &&
              aq__sql_is_left_out(reader, target.schema, target.name)))
            code = aq__sql_tell(reader, 0, "DROP: there is no '%s'; it is left out",
                                aq__sql_described(reader, target.schema, target.name));
        if (code != AQ_OK)
            return code;
    }
    return AQ_OK;
}
