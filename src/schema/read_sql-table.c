/* CREATE TABLE: columns, what stands behind them, and LIKE.
 *
 * The happy path: columns first, with the constraints that stand behind them, then the table's own constraints, which may name any column. The failure modes: a table or a column
 * that is there already is left out; what a table cannot express (a partition, a storage parameter) is told, and the rest of it is read. */
#include "src/schema/read_sql-private.h"

static bool is_string(const char *text)
{
    return text != NULL && text[0] != '\0';
}

/* ---- Columns --------------------------------------------------------------------------------------------------------------- */

static int read_collation(aq__sql_reader_t *reader, aq__column_t *column,
                          const PgQuery__CollateClause *clause)
{
    aq_arena_t *arena = reader->metadata->arena;
    const char *schema;

    if (clause == NULL)
        return AQ_OK;
    schema = aq__sql_first_name(clause->collname, clause->n_collname);
    if (schema != NULL && strcmp(schema, "pg_catalog") == 0)
        schema = NULL; /* always in the search path */
    column->collation = aq_arena_strdup(arena, aq__sql_last_name(clause->collname, clause->n_collname));
    column->collation_schema = aq_arena_strdup(arena, schema);
    return column->collation != NULL && (column->collation_schema != NULL || schema == NULL) ? AQ_OK
                                                                                             : AQ_ENOMEM;
}

static int read_column_type(aq__sql_reader_t *reader, aq__column_t *column,
                            const PgQuery__ColumnDef *definition)
{
    const PgQuery__TypeName *name = definition->type_name;
    const char *why, *text;
    uint32_t serial;

    if (name == NULL) /* of a view or a typed table */
        return aq__sql_tell(reader, definition->location, "%s.%s: it has no type", column->table->name,
                            column->name);
    if (aq__sql_is_serial(name, &serial) && name->n_array_bounds == 0) {
        column->type.oid = serial;
        column->autoincrement = AQ_SERIAL;
        column->not_null = true;
        return AQ_OK;
    }
    text = aq__sql_slice(reader, aq__sql_token_at(reader, name->location) - (name->setof ? 1 : 0),
                         aq__sql_type_end(reader, name->location));
    if (text == NULL ||
        aq__sql_read_type_name(reader, reader->metadata->arena, name, text, &column->type, &why) != AQ_OK)
        return AQ_ENOMEM;
    if (why == NULL)
        return AQ_OK;
    column->type = (aq__type_t){.oid = AQ_OID_INT4}; /* of what is told now the seal has nothing to tell */
    return aq__sql_tell(reader, name->location, "%s.%s: '%s' is no type of a column: %s", column->table->name,
                        column->name, text, why);
}

/* It ends where the next constraint or the collation starts, or with the column. */
static size_t default_end(const aq__sql_reader_t *reader, const PgQuery__ColumnDef *definition, size_t from)
{
    size_t end = aq__sql_expression_end(reader, from), next;

    for (size_t i = 0; i < definition->n_constraints; i++) {
        next = aq__sql_token_at(reader, definition->constraints[i]->constraint->location);
        if (next >= from && next < end)
            end = next;
    }
    if (definition->coll_clause != NULL) {
        next = aq__sql_token_at(reader, definition->coll_clause->location);
        if (next >= from && next < end)
            end = next;
    }
    return end;
}

static bool is_null(const PgQuery__Node *expression)
{
    return expression != NULL && expression->node_case == PG_QUERY__NODE__NODE_A_CONST &&
           expression->a_const->isnull;
}

static int read_default(aq__sql_reader_t *reader, aq__column_t *column, const PgQuery__ColumnDef *definition,
                        const PgQuery__Constraint *declared)
{
    size_t count = reader->statement.count;
    size_t from = aq__sql_find(reader, aq__sql_token_at(reader, declared->location), count, "default") + 1;

    if (is_null(declared->raw_expr)) /* the server keeps none either */
        return AQ_OK;
    column->server_default = aq__sql_expression(reader, from, default_end(reader, definition, from));
    return column->server_default != NULL ? AQ_OK : AQ_ENOMEM;
}

static int read_generated(aq__sql_reader_t *reader, aq__column_t *column, const PgQuery__Constraint *declared)
{
    column->generated = aq__sql_in_brackets(reader, declared->location, "as");
    return column->generated != NULL ? AQ_OK : AQ_ENOMEM;
}

static int read_identity(aq__sql_reader_t *reader, aq__column_t *column, const PgQuery__Constraint *declared)
{
    column->autoincrement = declared->generated_when[0] == 'a' ? AQ_IDENTITY_ALWAYS : AQ_IDENTITY;
    column->not_null = true;
    return aq__sql_identity_options(reader, column, declared->options, declared->n_options, true);
}

static bool is_attribute(const PgQuery__Constraint *declared)
{
    return declared->contype >= PG_QUERY__CONSTR_TYPE__CONSTR_ATTR_DEFERRABLE;
}

static int read_column_constraint(aq__sql_reader_t *reader, aq__column_t *column,
                                  const PgQuery__ColumnDef *definition, size_t at)
{
    const PgQuery__Constraint *declared = definition->constraints[at]->constraint;
    const PgQuery__Constraint *attributes[4];
    size_t count = 0;

    switch ((int)declared->contype) {
    case PG_QUERY__CONSTR_TYPE__CONSTR_NULL: return AQ_OK;
    case PG_QUERY__CONSTR_TYPE__CONSTR_NOTNULL: column->not_null = true; return AQ_OK;
    case PG_QUERY__CONSTR_TYPE__CONSTR_DEFAULT: return read_default(reader, column, definition, declared);
    case PG_QUERY__CONSTR_TYPE__CONSTR_IDENTITY: return read_identity(reader, column, declared);
    case PG_QUERY__CONSTR_TYPE__CONSTR_GENERATED: return read_generated(reader, column, declared);
    default: break;
    }
    while (count < AQ__COUNT_OF(attributes) && at + 1 + count < definition->n_constraints &&
           is_attribute(definition->constraints[at + 1 + count]->constraint)) {
        attributes[count] = definition->constraints[at + 1 + count]->constraint;
        count++;
    }
    return aq__sql_add_constraint(reader, column->table, column, declared, attributes, count);
}

static int tell_storage(aq__sql_reader_t *reader, const aq__column_t *column,
                        const PgQuery__ColumnDef *definition)
{
    int code = AQ_OK;

    if (is_string(definition->storage))
        code = aq__sql_tell(reader, definition->location, "%s.%s: its STORAGE is left out",
                            column->table->name, column->name);
    if (code == AQ_OK && is_string(definition->compression))
        code = aq__sql_tell(reader, definition->location, "%s.%s: its COMPRESSION is left out",
                            column->table->name, column->name);
    return code;
}

static aq__column_t *new_column(aq__sql_reader_t *reader, aq__table_t *table,
                                const PgQuery__ColumnDef *definition)
{
    aq__column_t *column =
        aq__table_add_column(table, definition->colname, aq__sql_source(reader, definition->location));

    if (column != NULL)
        column->autoincrement = AQ_AUTOINCREMENT_OFF;
    return column;
}

static int read_column_rest(aq__sql_reader_t *reader, aq__column_t *column,
                            const PgQuery__ColumnDef *definition)
{
    int code = tell_storage(reader, column, definition);

    for (size_t i = 0; i < definition->n_constraints && code == AQ_OK; i++)
        if (!is_attribute(definition->constraints[i]->constraint))
            code = read_column_constraint(reader, column, definition, i);
    return code;
}

int aq__sql_add_column(aq__sql_reader_t *reader, aq__table_t *table, const PgQuery__ColumnDef *definition)
{
    const aq__column_t *twin = aq__table_column(table, definition->colname);
    aq__column_t *column;
    int code;

    if (twin != NULL)
        return aq__sql_tell(reader, definition->location,
                            "%s.%s: it is declared twice, first at %s; this one is left out",
                            aq__sql_described(reader, table->schema, table->name), twin->name,
                            aq__sql_place(reader, twin->source));
    column = new_column(reader, table, definition);
    if (column == NULL)
        return AQ_ENOMEM;
    code = read_column_type(reader, column, definition);
    if (code == AQ_OK)
        code = read_collation(reader, column, definition->coll_clause);
    return code == AQ_OK ? read_column_rest(reader, column, definition) : code;
}

/* ---- Tables ------------------------------------------------------------------------------------------------------------------ */

/* What a typed table is of. */
static aq__table_t *composite_of(const aq__sql_reader_t *reader, const PgQuery__CreateStmt *statement)
{
    const PgQuery__TypeName *type = statement->of_typename;

    return aq__sql_find_composite(reader, aq__sql_first_name(type->names, type->n_names),
                                  aq__sql_last_name(type->names, type->n_names));
}

static const char *why_left_out(const aq__sql_reader_t *reader, const PgQuery__CreateStmt *statement)
{
    if (statement->relation->relpersistence[0] == 't' ||
        strcmp(statement->relation->schemaname, "pg_temp") == 0)
        return "a temporary table is gone with its session";
    if (statement->partbound != NULL)
        return "partitions are not read";
    if (statement->of_typename != NULL && composite_of(reader, statement) == NULL)
        return "its columns are those of a type that was not read";
    return NULL;
}

/* What it has beyond what a table can express. */
static int tell_rest(aq__sql_reader_t *reader, const aq__table_t *table, const PgQuery__CreateStmt *statement)
{
    const struct {
        bool there;
        const char *text;
    } rest[] = {
        {statement->relation->relpersistence[0] == 'u', "UNLOGGED"},
        {statement->partspec != NULL, "PARTITION BY"},
        {statement->n_options > 0, "WITH (...)"},
        {is_string(statement->tablespacename), "TABLESPACE"},
        {is_string(statement->access_method), "USING"},
    };
    int code = AQ_OK;

    for (size_t i = 0; i < AQ__COUNT_OF(rest) && code == AQ_OK; i++)
        if (rest[i].there)
            code = aq__sql_tell(reader, statement->relation->location, "%s: its %s is left out",
                                aq__sql_described(reader, table->schema, table->name), rest[i].text);
    if (code == AQ_OK && statement->n_inh_relations > 0)
        code = aq__sql_tell(reader, statement->relation->location,
                            "%s: its INHERITS is left out: here all columns are its own",
                            aq__sql_described(reader, table->schema, table->name));
    if (code == AQ_OK && statement->of_typename != NULL)
        code = aq__sql_tell(
            reader, statement->relation->location, "%s: its OF %s is left out: here all columns are its own",
            aq__sql_described(reader, table->schema, table->name),
            aq__sql_last_name(statement->of_typename->names, statement->of_typename->n_names));
    return code;
}

/* One that the table inherits may be said again, with more behind it, but not with another type. */
static int merge_column(aq__sql_reader_t *reader, aq__column_t *column, const PgQuery__ColumnDef *definition)
{
    aq__column_t said = *column;

    if (definition->type_name == NULL) /* WITH OPTIONS, of a typed table */
        return read_column_rest(reader, column, definition);
    if (read_column_type(reader, &said, definition) != AQ_OK)
        return AQ_ENOMEM;
    aq__sql_own(reader, column);
    if (aq__sql_check_type(reader, &said, aq__sql_column_parent(reader, column->table, column->name)) !=
        AQ_OK)
        return AQ_ENOMEM;
    return read_column_rest(reader, column, definition);
}

static int read_column(aq__sql_reader_t *reader, aq__table_t *table, const PgQuery__ColumnDef *definition,
                       size_t inherited)
{
    aq__column_t *twin = aq__table_column(table, definition->colname);

    return twin != NULL && twin->position < inherited ? merge_column(reader, twin, definition)
                                                      : aq__sql_add_column(reader, table, definition);
}

static int read_elements(aq__sql_reader_t *reader, aq__table_t *table, const PgQuery__CreateStmt *statement)
{
    size_t inherited = table->column_count;
    int code = AQ_OK;

    for (size_t i = 0; i < statement->n_table_elts && code == AQ_OK; i++) {
        const PgQuery__Node *element = statement->table_elts[i];

        if (element->node_case == PG_QUERY__NODE__NODE_COLUMN_DEF)
            code = read_column(reader, table, element->column_def, inherited);
        else if (element->node_case == PG_QUERY__NODE__NODE_TABLE_LIKE_CLAUSE)
            code = aq__sql_read_like(reader, table, element->table_like_clause);
    }
    for (size_t i = 0; i < statement->n_table_elts && code == AQ_OK; i++)
        if (statement->table_elts[i]->node_case == PG_QUERY__NODE__NODE_CONSTRAINT)
            code = aq__sql_add_constraint(reader, table, NULL, statement->table_elts[i]->constraint, NULL, 0);
    return code;
}

static int leave_table_out(aq__sql_reader_t *reader, const PgQuery__RangeVar *table, const char *why)
{
    const char *schema, *name = aq_arena_strdup(reader->arena, table->relname);

    if (name == NULL || aq__sql_create_in(reader, table->schemaname, &schema) != AQ_OK ||
        aq__sql_note_left_out(reader, schema, name) != AQ_OK)
        return AQ_ENOMEM;
    return aq__sql_leave_out(reader, why);
}

int aq__sql_create_table(aq__sql_reader_t *reader, const PgQuery__CreateStmt *statement)
{
    const PgQuery__RangeVar *name = statement->relation;
    const char *why = why_left_out(reader, statement), *schema;
    aq__table_t *table;
    int code;

    if (why != NULL)
        return leave_table_out(reader, name, why);
    if (aq__sql_create_in(reader, name->schemaname, &schema) != AQ_OK)
        return AQ_ENOMEM;
    table = aq__metadata_table(reader->metadata, schema, name->relname);
    if (table != NULL && statement->if_not_exists)
        return AQ_OK;
    if (table != NULL)
        return aq__sql_tell(
            reader, name->location, "table '%s': it is declared twice, first at %s; this one is left out",
            aq__sql_described(reader, schema, name->relname), aq__sql_place(reader, table->source));
    table = aq__metadata_add_table(reader->metadata, schema, name->relname,
                                   aq__sql_source(reader, name->location));
    if (table == NULL)
        return AQ_ENOMEM;
    code = tell_rest(reader, table, statement);
    if (code == AQ_OK)
        code = statement->of_typename != NULL
                   ? aq__sql_inherit_from(reader, table, composite_of(reader, statement))
                   : aq__sql_inherit_columns(reader, table, statement);
    if (code == AQ_OK)
        code = read_elements(reader, table, statement);
    return code == AQ_OK ? aq__sql_inherit_checks(reader, table) : code;
}
