/* What gives another name or schema to something that was declared before: RENAME, SET SCHEMA.
 *
 * The happy path: it is found, and so is all that knows it by name: foreign keys, types, expressions. The failure modes: it is not there (told, unless IF EXISTS),
 * or something else has the name. */
#include "src/schema/read_sql-private.h"

/* ---- RENAME ----------------------------------------------------------------------------------------------------------------------- */

/* What other tables' foreign keys, and types of columns, call it by. */
static void rename_references(aq__metadata_t *metadata, const aq__table_t *table, const char *schema,
                              const char *name)
{
    for (size_t i = 0; i < metadata->table_count; i++)
        for (size_t j = 0; j < metadata->tables[i]->constraint_count; j++)
            if (aq__sql_refers_to(metadata->tables[i]->constraints[j], table)) {
                metadata->tables[i]->constraints[j]->referred_schema = schema;
                metadata->tables[i]->constraints[j]->referred_table = name;
            }
}

/* Something gets another name. */
typedef struct renaming {
    aq__sql_thing_t from, to;
} renaming_t;

static int rename_parts(aq__sql_reader_t *reader, aq__part_t *parts, size_t count, const renaming_t *renaming)
{
    int code = AQ_OK;

    for (size_t i = 0; i < count && code == AQ_OK; i++)
        code = aq__sql_rename_in(reader, &parts[i].expression, &renaming->from, &renaming->to);
    return code;
}

static int rename_in_column(aq__sql_reader_t *reader, aq__column_t *column, const renaming_t *renaming)
{
    int code = aq__sql_rename_in(reader, &column->generated, &renaming->from, &renaming->to);

    return code == AQ_OK &&
                   renaming->from.kind == AQ__SQL_TYPE /* a default has types in it, but no columns */
               ? aq__sql_rename_in(reader, &column->server_default, &renaming->from, &renaming->to)
               : code;
}

static int rename_in_table(aq__sql_reader_t *reader, aq__table_t *table, const renaming_t *renaming)
{
    int code = AQ_OK;

    for (size_t i = 0; i < table->column_count && code == AQ_OK; i++)
        code = rename_in_column(reader, table->columns[i], renaming);
    for (size_t i = 0; i < table->constraint_count && code == AQ_OK; i++) {
        aq__constraint_t *constraint = table->constraints[i];

        code = aq__sql_rename_in(reader, &constraint->check, &renaming->from, &renaming->to);
        if (code == AQ_OK)
            code = aq__sql_rename_in(reader, &constraint->where, &renaming->from, &renaming->to);
        if (code == AQ_OK)
            code = rename_parts(reader, constraint->parts, constraint->part_count, renaming);
    }
    for (size_t i = 0; i < table->index_count && code == AQ_OK; i++) {
        code = aq__sql_rename_in(reader, &table->indexes[i]->where, &renaming->from, &renaming->to);
        if (code == AQ_OK)
            code = rename_parts(reader, table->indexes[i]->parts, table->indexes[i]->part_count, renaming);
    }
    return code;
}

/* The server moves the sequences that belong to its columns along. */
static int name_table(aq__sql_reader_t *reader, aq__table_t *table, const char *schema, const char *name)
{
    aq__metadata_t *metadata = reader->metadata;
    const renaming_t renaming = {{AQ__SQL_TABLE, NULL, table->name}, {AQ__SQL_TABLE, NULL, name}};
    const char *old_schema = table->schema;
    int code = AQ_OK;

    if (aq__metadata_table(metadata, schema, name) == table)
        return AQ_OK;
    if (aq__metadata_table(metadata, schema, name) != NULL)
        return aq__sql_leave_out(reader, "there is a table of the new name already");
    for (size_t i = 0; i < metadata->sequence_count && code == AQ_OK; i++)
        if (metadata->sequences[i]->owner != NULL && metadata->sequences[i]->owner->table == table)
            code =
                aq__sql_name_sequence(reader, metadata->sequences[i], schema, metadata->sequences[i]->name);
    if (code != AQ_OK || aq__sql_keep_names(reader, table) != AQ_OK ||
        aq__sql_keep_sequence_names(reader, table, NULL) != AQ_OK ||
        rename_in_table(reader, table, &renaming) != AQ_OK || aq__sql_unlink_table(table) != AQ_OK)
        return AQ_ENOMEM;
    rename_references(metadata, table, schema, name);
    table->schema = schema;
    table->name = name;
    return aq__sql_settle_sequences(reader, table, old_schema) == AQ_OK ? aq__sql_link_table(table)
                                                                        : AQ_ENOMEM;
}

static int rename_column(aq__sql_reader_t *reader, aq__column_t *column, const char *name)
{
    aq__metadata_t *metadata = reader->metadata;
    const renaming_t renaming = {{AQ__SQL_COLUMN, NULL, column->name}, {AQ__SQL_COLUMN, NULL, name}};

    if (aq__sql_keep_names(reader, column->table) != AQ_OK ||
        aq__sql_keep_sequence_names(reader, column->table, column) != AQ_OK)
        return AQ_ENOMEM;
    for (size_t i = 0; i < metadata->table_count; i++)
        for (size_t j = 0; j < metadata->tables[i]->constraint_count; j++) {
            aq__constraint_t *constraint = metadata->tables[i]->constraints[j];

            for (size_t k = 0;
                 k < constraint->referred_name_count && aq__sql_refers_to(constraint, column->table); k++)
                if (strcmp(constraint->referred_names[k], renaming.from.name) == 0)
                    constraint->referred_names[k] = name;
        }
    column->name = name;
    if (aq__sql_settle_sequences(reader, column->table, column->table->schema) != AQ_OK)
        return AQ_ENOMEM;
    return rename_in_table(reader, column->table, &renaming);
}

static int rename_missing(aq__sql_reader_t *reader, const PgQuery__RenameStmt *statement)
{
    return statement->missing_ok ? AQ_OK : aq__sql_leave_out(reader, "there is nothing of that name");
}

static int name_constraint(aq__constraint_t *constraint, const char *name)
{
    constraint->name = name;
    constraint->name_final = true;
    return AQ_OK;
}

/* Why the server would not rename what tables inherit; NULL: it does. */
static const char *why_not_renamed(const PgQuery__RenameStmt *statement, bool is_inherited, size_t heirs,
                                   bool is_shared)
{
    return is_inherited                             ? "it is inherited"
           : heirs > 0 && !statement->relation->inh ? "tables that inherit from it have it too"
           : is_shared                              ? "a table that inherits it has it from another one too"
                                                    : NULL;
}

/* In the table, and in all that inherit from it. */
static int rename_columns(aq__sql_reader_t *reader, const PgQuery__RenameStmt *statement, aq__table_t *table,
                          const char *name)
{
    aq__column_t *column = aq__table_column(table, statement->subname);
    aq__table_t **heirs;
    const char *why;
    bool shared;
    size_t count;
    int code;

    if (column == NULL)
        return rename_missing(reader, statement);
    if (aq__sql_heirs(reader, table, &heirs, &count) != AQ_OK ||
        aq__sql_is_shared(reader, table, column->name, false, &shared) != AQ_OK)
        return AQ_ENOMEM;
    why =
        why_not_renamed(statement, aq__sql_column_parent(reader, table, column->name) != NULL, count, shared);
    for (size_t i = 0; i <= count && why == NULL; i++)
        if (aq__table_column(i < count ? heirs[i] : table, name) != NULL)
            why = "there is a column of the new name already";
    if (why != NULL)
        return aq__sql_leave_out(reader, why);
    code = rename_column(reader, column, name);
    for (size_t i = 0; i < count && code == AQ_OK; i++) {
        column = aq__table_column(heirs[i], statement->subname);
        code = column != NULL ? rename_column(reader, column, name) : AQ_OK;
    }
    return code;
}

static int rename_constraint(aq__sql_reader_t *reader, const PgQuery__RenameStmt *statement,
                             const aq__table_t *table, const char *name)
{
    const aq__table_t *parent;
    aq__constraint_t *constraint;
    aq__table_t **heirs;
    const char *why;
    bool shared;
    size_t count = 0;

    if (aq__sql_find_constraint(reader, table, statement->subname, &constraint) != AQ_OK)
        return AQ_ENOMEM;
    if (constraint == NULL)
        return rename_missing(reader, statement);
    if (constraint->kind != AQ_CONSTRAINT_CHECK || constraint->no_inherit)
        return name_constraint(constraint, name);
    if (aq__sql_check_parent(reader, table, statement->subname, &parent) != AQ_OK ||
        aq__sql_heirs(reader, table, &heirs, &count) != AQ_OK ||
        aq__sql_is_shared(reader, table, statement->subname, true, &shared) != AQ_OK)
        return AQ_ENOMEM;
    why = why_not_renamed(statement, parent != NULL, count, shared);
    if (why != NULL)
        return aq__sql_leave_out(reader, why);
    for (size_t i = 0; i < count; i++) {
        aq__constraint_t *its = aq__table_constraint(heirs[i], statement->subname);

        if (its != NULL)
            name_constraint(its, name);
    }
    return name_constraint(constraint, name);
}

static int rename_of_table(aq__sql_reader_t *reader, const PgQuery__RenameStmt *statement, const char *name)
{
    const PgQuery__RangeVar *relation = statement->relation;
    aq__table_t *table = aq__sql_find_table(reader, relation->schemaname, relation->relname);

    if (table == NULL)
        return aq__sql_is_left_out(reader, relation->schemaname, relation->relname)
                   ? AQ_OK
                   : rename_missing(reader, statement);
    switch ((int)statement->rename_type) {
    case PG_QUERY__OBJECT_TYPE__OBJECT_TABLE: return name_table(reader, table, table->schema, name);
    case PG_QUERY__OBJECT_TYPE__OBJECT_COLUMN: return rename_columns(reader, statement, table, name);
    default: return rename_constraint(reader, statement, table, name);
    }
}

static int rename_type(aq__sql_reader_t *reader, aq__enum_t *enumeration, const char *schema,
                       const char *name)
{
    aq__metadata_t *metadata = reader->metadata;
    const renaming_t renaming = {{AQ__SQL_TYPE, enumeration->schema, enumeration->name},
                                 {AQ__SQL_TYPE, schema, name}};
    int code = AQ_OK;

    for (size_t i = 0; i < metadata->table_count; i++)
        for (size_t j = 0; j < metadata->tables[i]->column_count; j++) {
            aq__type_t *type = &metadata->tables[i]->columns[j]->type;

            if (type->name != NULL && strcmp(type->name, enumeration->name) == 0 &&
                aq__same_text(type->schema, enumeration->schema)) {
                type->schema = schema;
                type->name = name;
            }
        }
    for (size_t i = 0; i < metadata->table_count && code == AQ_OK; i++)
        code = rename_in_table(reader, metadata->tables[i], &renaming);
    enumeration->schema = schema;
    enumeration->name = name;
    return code;
}

/* The index of a key has the name of its constraint. */
static int find_key(aq__sql_reader_t *reader, const char *schema, const char *name, aq__constraint_t **found)
{
    const aq__metadata_t *metadata = reader->metadata;
    aq__constraint_t *constraint;

    *found = NULL;
    for (size_t i = 0; i < metadata->table_count && *found == NULL; i++) {
        const aq__table_t *table = metadata->tables[i];

        if (aq__sql_find_table(reader, schema, table->name) != table)
            continue;
        if (aq__sql_find_constraint(reader, table, name, &constraint) != AQ_OK)
            return AQ_ENOMEM;
        if (constraint != NULL && constraint->kind != AQ_CONSTRAINT_CHECK &&
            constraint->kind != AQ_CONSTRAINT_FOREIGN_KEY)
            *found = constraint;
    }
    return AQ_OK;
}

static int rename_index(aq__sql_reader_t *reader, const PgQuery__RenameStmt *statement, const char *name)
{
    const PgQuery__RangeVar *relation = statement->relation;
    aq__constraint_t *key;
    aq__index_t *index = aq__sql_find_index(reader, relation->schemaname, relation->relname);

    if (find_key(reader, relation->schemaname, relation->relname, &key) != AQ_OK)
        return AQ_ENOMEM;
    if (index == NULL)
        return key != NULL ? name_constraint(key, name) : rename_missing(reader, statement);
    index->name = name;
    return AQ_OK;
}

/* One that stands alone, or a column's. */
static int rename_sequence(aq__sql_reader_t *reader, const PgQuery__RenameStmt *statement, const char *name)
{
    const PgQuery__RangeVar *relation = statement->relation;
    aq__sequence_t *sequence = aq__sql_find_sequence(reader, relation->schemaname, relation->relname);
    aq__column_t *column =
        sequence == NULL ? aq__sql_sequence_column(reader, relation->schemaname, relation->relname) : NULL;

    if (column != NULL)
        return aq__sql_rename_column_sequence(reader, column, name);
    return sequence != NULL ? aq__sql_name_sequence(reader, sequence, sequence->schema, name)
                            : rename_missing(reader, statement);
}

int aq__sql_rename(aq__sql_reader_t *reader, const PgQuery__RenameStmt *statement)
{
    const char *name = aq_arena_strdup(reader->metadata->arena, statement->newname);
    aq__enum_t *enumeration;
    aq__sql_target_t target;

    if (name == NULL)
        return AQ_ENOMEM;
    switch ((int)statement->rename_type) {
    case PG_QUERY__OBJECT_TYPE__OBJECT_TABLE:
    case PG_QUERY__OBJECT_TYPE__OBJECT_COLUMN:
    case PG_QUERY__OBJECT_TYPE__OBJECT_TABCONSTRAINT: return rename_of_table(reader, statement, name);
    case PG_QUERY__OBJECT_TYPE__OBJECT_INDEX: return rename_index(reader, statement, name);
    case PG_QUERY__OBJECT_TYPE__OBJECT_SEQUENCE: return rename_sequence(reader, statement, name);
    case PG_QUERY__OBJECT_TYPE__OBJECT_TYPE:
        target = aq__sql_target_of(statement->object);
        enumeration = aq__sql_find_enum(reader, target.schema, target.name);
        if (enumeration == NULL)
            return rename_missing(reader, statement);
        return rename_type(reader, enumeration, enumeration->schema, name);
    default: return aq__sql_leave_out(reader, "it is about nothing that was read");
    }
}

/* ---- SET SCHEMA -------------------------------------------------------------------------------------------------------------------- */

int aq__sql_move(aq__sql_reader_t *reader, const PgQuery__AlterObjectSchemaStmt *statement)
{
    const PgQuery__RangeVar *relation = statement->relation;
    aq__table_t *table;
    aq__sequence_t *sequence;
    aq__enum_t *enumeration;
    const char *schema;
    aq__sql_target_t target;

    if (aq__sql_create_in(reader, statement->newschema, &schema) != AQ_OK)
        return AQ_ENOMEM;
    switch ((int)statement->object_type) {
    case PG_QUERY__OBJECT_TYPE__OBJECT_TABLE:
        table = aq__sql_find_table(reader, relation->schemaname, relation->relname);
        return table != NULL ? name_table(reader, table, schema, table->name)
                             : aq__sql_leave_out_missing(reader, relation);
    case PG_QUERY__OBJECT_TYPE__OBJECT_SEQUENCE:
        sequence = aq__sql_find_sequence(reader, relation->schemaname, relation->relname);
        if (sequence == NULL)
            return aq__sql_leave_out(reader, "there is no such sequence");
        return aq__sql_name_sequence(reader, sequence, schema, sequence->name);
    case PG_QUERY__OBJECT_TYPE__OBJECT_TYPE:
        target = aq__sql_target_of(statement->object);
        enumeration = aq__sql_find_enum(reader, target.schema, target.name);
        if (enumeration == NULL)
            return aq__sql_leave_out(reader, "there is no such enum");
        return rename_type(reader, enumeration, schema, enumeration->name);
    default: return aq__sql_leave_out(reader, "it is about nothing that was read");
    }
}
