/* ALTER TABLE: each of its commands changes what was read before.
 *
 * The happy path: the table is there, and so is what the command is about. The failure modes: it is not, or the command says something that a table cannot express:
 * told with the words of the command, and the next one is read. */
#include "src/schema/read_sql-private.h"

typedef struct command {
    const char *words; /* "ALTER TABLE" */
    aq__table_t *table;
    const PgQuery__AlterTableCmd *said;
    size_t from, end; /* its tokens */
    bool only;        /* ONLY: it is not for those that inherit from the table */
} command_t;

/* "ALTER TABLE users ADD COLUMN ...: <why>" */
static int tell(aq__sql_reader_t *reader, const command_t *command, const char *why)
{
    const char *text = aq__sql_slice(reader, command->from, command->end);
    size_t start;

    if (text == NULL)
        return AQ_ENOMEM;
    start = command->from < reader->statement.count
                ? reader->statement.tokens[command->from].start - reader->statement.start
                : 0;
    return aq__sql_tell(reader, (int)start, "%s %s: %.*s%s: %s; it is left out", command->words,
                        aq__sql_described(reader, command->table->schema, command->table->name),
                        (int)aq__utf8_cut(text, strlen(text), 60), text, strlen(text) > 60 ? "..." : "", why);
}

static aq__column_t *column_of(const command_t *command)
{
    return aq__table_column(command->table, command->said->name);
}

/* ---- Columns --------------------------------------------------------------------------------------------------------------- */

static int add_column(aq__sql_reader_t *reader, const command_t *command)
{
    const PgQuery__ColumnDef *definition = command->said->def->column_def;

    if (command->said->missing_ok && aq__table_column(command->table, definition->colname) != NULL)
        return AQ_OK;
    return aq__sql_add_column(reader, command->table, definition);
}

static int set_default(aq__sql_reader_t *reader, const command_t *command, aq__column_t *column)
{
    const PgQuery__Node *expression = command->said->def;
    size_t from = aq__sql_find(reader, command->from, command->end, "default") + 1;

    if (column->autoincrement == AQ_SERIAL && aq__sql_free_sequence(reader, column) != AQ_OK)
        return AQ_ENOMEM;
    column->server_default = NULL;
    if (expression == NULL ||
        (expression->node_case == PG_QUERY__NODE__NODE_A_CONST && expression->a_const->isnull))
        return AQ_OK;
    column->server_default = aq__sql_expression(reader, from, command->end);
    return column->server_default != NULL ? AQ_OK : AQ_ENOMEM;
}

/* USING tells how values are converted, which is no matter of what the table is like. */
static int set_type(aq__sql_reader_t *reader, const command_t *command, aq__column_t *column)
{
    const PgQuery__ColumnDef *definition = command->said->def->column_def;
    const PgQuery__TypeName *name = definition->type_name;
    const char *why, *text = aq__sql_slice(reader, aq__sql_token_at(reader, name->location),
                                           aq__sql_type_end(reader, name->location));
    aq__type_t type;

    if (text == NULL ||
        aq__sql_read_type_name(reader, reader->metadata->arena, name, text, &type, &why) != AQ_OK)
        return AQ_ENOMEM;
    if (why != NULL)
        return tell(reader, command, why);
    if (column->autoincrement == AQ_SERIAL && aq__sql_keep_sequence_type(reader, column, type.oid) != AQ_OK)
        return AQ_ENOMEM;
    column->type = type;
    column->collation_schema = column->collation = NULL;
    if (definition->coll_clause == NULL)
        return AQ_OK;
    column->collation =
        aq_arena_strdup(reader->metadata->arena, aq__sql_last_name(definition->coll_clause->collname,
                                                                   definition->coll_clause->n_collname));
    column->collation_schema =
        aq_arena_strdup(reader->metadata->arena, aq__sql_first_name(definition->coll_clause->collname,
                                                                    definition->coll_clause->n_collname));
    return column->collation != NULL ? AQ_OK : AQ_ENOMEM;
}

static int add_identity(aq__sql_reader_t *reader, const command_t *command, aq__column_t *column)
{
    const PgQuery__Constraint *declared = command->said->def->constraint;

    column->autoincrement = declared->generated_when[0] == 'a' ? AQ_IDENTITY_ALWAYS : AQ_IDENTITY;
    column->not_null = true;
    return aq__sql_identity_options(reader, column, declared->options, declared->n_options, true);
}

/* SET GENERATED ALWAYS, SET INCREMENT BY 2 ... */
static int set_identity(aq__sql_reader_t *reader, const command_t *command, aq__column_t *column)
{
    const PgQuery__List *options = command->said->def->list;
    PgQuery__Node **others;
    size_t count = 0;

    if (column->autoincrement != AQ_IDENTITY && column->autoincrement != AQ_IDENTITY_ALWAYS)
        return tell(reader, command, "the column is no identity");
    others = aq_arena_calloc(reader->scratch, options->n_items, sizeof(*others));
    if (others == NULL)
        return AQ_ENOMEM;
    for (size_t i = 0; i < options->n_items; i++) {
        const PgQuery__DefElem *option = options->items[i]->def_elem;

        if (strcmp(option->defname, "generated") == 0)
            column->autoincrement = option->arg->integer->ival == 'a' ? AQ_IDENTITY_ALWAYS : AQ_IDENTITY;
        else
            others[count++] = options->items[i];
    }
    return aq__sql_identity_options(reader, column, others, count, false);
}

static int drop_identity(aq__column_t *column)
{
    if (column->autoincrement != AQ_SERIAL) {
        column->autoincrement = AQ_AUTOINCREMENT_OFF;
        column->sequence = NULL;
    }
    return AQ_OK;
}

static bool in_key(const aq__column_t *column)
{
    const aq__constraint_t *key = column->table->primary_key;

    return key != NULL && aq__constraint_has_column(key, column);
}

static int drop_not_null(aq__sql_reader_t *reader, const command_t *command, aq__column_t *column)
{
    if (in_key(column) || column->autoincrement == AQ_IDENTITY || column->autoincrement == AQ_IDENTITY_ALWAYS)
        return tell(reader, command, "the column is a primary key or an identity");
    if (column->autoincrement == AQ_SERIAL)
        return tell(reader, command, "a serial column without NOT NULL is not expressed");
    column->not_null = false;
    return AQ_OK;
}

static int alter_column(aq__sql_reader_t *reader, const command_t *command)
{
    aq__column_t *column = column_of(command);

    if (column == NULL)
        return command->said->missing_ok ? AQ_OK : tell(reader, command, "there is no such column");
    switch ((int)command->said->subtype) {
    case PG_QUERY__ALTER_TABLE_TYPE__AT_ColumnDefault: return set_default(reader, command, column);
    case PG_QUERY__ALTER_TABLE_TYPE__AT_AlterColumnType: return set_type(reader, command, column);
    case PG_QUERY__ALTER_TABLE_TYPE__AT_SetNotNull: column->not_null = true; return AQ_OK;
    case PG_QUERY__ALTER_TABLE_TYPE__AT_DropNotNull: return drop_not_null(reader, command, column);
    case PG_QUERY__ALTER_TABLE_TYPE__AT_DropExpression: column->generated = NULL; return AQ_OK;
    case PG_QUERY__ALTER_TABLE_TYPE__AT_AddIdentity: return add_identity(reader, command, column);
    case PG_QUERY__ALTER_TABLE_TYPE__AT_SetIdentity: return set_identity(reader, command, column);
    case PG_QUERY__ALTER_TABLE_TYPE__AT_DropIdentity: return drop_identity(column);
    default: return aq__sql_remove_column(reader, column);
    }
}

/* ---- Constraints -------------------------------------------------------------------------------------------------------------- */

static int alter_constraint(aq__sql_reader_t *reader, const command_t *command)
{
    const PgQuery__Constraint *declared = command->said->def != NULL ? command->said->def->constraint : NULL;
    const char *name = declared != NULL ? declared->conname : command->said->name;
    aq__constraint_t *constraint;

    if (aq__sql_find_constraint(reader, command->table, name, &constraint) != AQ_OK)
        return AQ_ENOMEM;
    if (constraint == NULL)
        return command->said->missing_ok ? AQ_OK : tell(reader, command, "there is no such constraint");
    if (declared != NULL)
        constraint->deferrable = declared->initdeferred ? AQ_INITIALLY_DEFERRED
                                 : declared->deferrable ? AQ_INITIALLY_IMMEDIATE
                                                        : AQ_NOT_DEFERRABLE;
    else if (command->said->subtype == PG_QUERY__ALTER_TABLE_TYPE__AT_ValidateConstraint)
        constraint->not_valid = false;
    else
        aq__sql_remove_constraint(constraint);
    return AQ_OK;
}

/* ---- Commands -------------------------------------------------------------------------------------------------------------------- */

static bool is_ignored(PgQuery__AlterTableType type)
{
    return type == PG_QUERY__ALTER_TABLE_TYPE__AT_ChangeOwner ||
           type == PG_QUERY__ALTER_TABLE_TYPE__AT_ClusterOn ||
           type == PG_QUERY__ALTER_TABLE_TYPE__AT_DropCluster;
}

/* A partition that was made as a table of its own, as pg_dump does. */
static int attach(aq__sql_reader_t *reader, const command_t *command)
{
    const PgQuery__RangeVar *name = command->said->def->partition_cmd->name;
    aq__table_t *table = aq__sql_find_table(reader, name->schemaname, name->relname);

    if (table == NULL || table == command->table)
        return tell(reader, command, "there is no such table");
    if (aq__sql_tell(reader, name->location, "%s: it is a partition of %s now, and left out",
                     aq__sql_described(reader, table->schema, table->name),
                     aq__sql_described(reader, command->table->schema, command->table->name)) != AQ_OK)
        return AQ_ENOMEM;
    if (aq__sql_note_left_out(reader, table->schema, table->name) != AQ_OK)
        return AQ_ENOMEM;
    return aq__sql_remove_table(reader, table, true);
}

/* INHERIT and NO INHERIT: here all columns are a table's own, but it gets what its parents get. */
static int change_parent(aq__sql_reader_t *reader, const command_t *command)
{
    const PgQuery__RangeVar *name = command->said->def->range_var;
    aq__table_t *parent = aq__sql_find_table(reader, name->schemaname, name->relname), **heirs;
    size_t count;

    if (parent == NULL)
        return tell(reader, command, "there is no such table");
    if (aq__sql_heirs(reader, command->table, &heirs, &count) != AQ_OK)
        return AQ_ENOMEM;
    for (size_t i = 0; i <= count; i++)
        if (parent == (i < count ? heirs[i] : command->table))
            return tell(reader, command, "a table cannot inherit from itself");
    if (command->said->subtype == PG_QUERY__ALTER_TABLE_TYPE__AT_DropInherit)
        aq__sql_remove_heir(reader, parent, command->table);
    else if (aq__sql_add_heir(reader, parent, command->table) != AQ_OK)
        return AQ_ENOMEM;
    return tell(reader, command, "a table cannot express it");
}

static int alter_one(aq__sql_reader_t *reader, const command_t *command)
{
    switch ((int)command->said->subtype) {
    case PG_QUERY__ALTER_TABLE_TYPE__AT_AddColumn: return add_column(reader, command);
    case PG_QUERY__ALTER_TABLE_TYPE__AT_AttachPartition: return attach(reader, command);
    case PG_QUERY__ALTER_TABLE_TYPE__AT_AddInherit:
    case PG_QUERY__ALTER_TABLE_TYPE__AT_DropInherit: return change_parent(reader, command);
    case PG_QUERY__ALTER_TABLE_TYPE__AT_AddConstraint:
        return aq__sql_add_constraint(reader, command->table, NULL, command->said->def->constraint, NULL, 0);
    case PG_QUERY__ALTER_TABLE_TYPE__AT_ColumnDefault:
    case PG_QUERY__ALTER_TABLE_TYPE__AT_AlterColumnType:
    case PG_QUERY__ALTER_TABLE_TYPE__AT_SetNotNull:
    case PG_QUERY__ALTER_TABLE_TYPE__AT_DropNotNull:
    case PG_QUERY__ALTER_TABLE_TYPE__AT_DropExpression:
    case PG_QUERY__ALTER_TABLE_TYPE__AT_AddIdentity:
    case PG_QUERY__ALTER_TABLE_TYPE__AT_SetIdentity:
    case PG_QUERY__ALTER_TABLE_TYPE__AT_DropIdentity:
    case PG_QUERY__ALTER_TABLE_TYPE__AT_DropColumn: return alter_column(reader, command);
    case PG_QUERY__ALTER_TABLE_TYPE__AT_DropConstraint:
    case PG_QUERY__ALTER_TABLE_TYPE__AT_ValidateConstraint:
    case PG_QUERY__ALTER_TABLE_TYPE__AT_AlterConstraint: return alter_constraint(reader, command);
    default:
        return is_ignored(command->said->subtype) ? AQ_OK
                                                  : tell(reader, command, "a table cannot express it");
    }
}

/* ---- Heirs ------------------------------------------------------------------------------------------------------------------------ */

/* What the server does to the table and to all that inherit from it, or, with ONLY, not at all. */
static bool needs_heirs(const command_t *command)
{
    const PgQuery__Node *definition = command->said->def;

    switch ((int)command->said->subtype) {
    case PG_QUERY__ALTER_TABLE_TYPE__AT_AddColumn:
    case PG_QUERY__ALTER_TABLE_TYPE__AT_AlterColumnType: return true;
    case PG_QUERY__ALTER_TABLE_TYPE__AT_AddConstraint:
        return definition->constraint->contype == PG_QUERY__CONSTR_TYPE__CONSTR_CHECK &&
               !definition->constraint->is_no_inherit;
    default: return false;
    }
}

static bool changes_column(const command_t *command)
{
    switch ((int)command->said->subtype) {
    case PG_QUERY__ALTER_TABLE_TYPE__AT_ColumnDefault:
    case PG_QUERY__ALTER_TABLE_TYPE__AT_AlterColumnType:
    case PG_QUERY__ALTER_TABLE_TYPE__AT_SetNotNull:
    case PG_QUERY__ALTER_TABLE_TYPE__AT_DropNotNull:
    case PG_QUERY__ALTER_TABLE_TYPE__AT_DropExpression: return true;
    default: return false;
    }
}

static bool adds_identity(const command_t *command)
{
    const PgQuery__ColumnDef *definition = command->said->subtype == PG_QUERY__ALTER_TABLE_TYPE__AT_AddColumn
                                               ? command->said->def->column_def
                                               : NULL;

    for (size_t i = 0; definition != NULL && i < definition->n_constraints; i++)
        if (definition->constraints[i]->constraint->contype == PG_QUERY__CONSTR_TYPE__CONSTR_IDENTITY)
            return true;
    return false;
}

/* What is inherited is changed where it comes from. */
static int find_parent(aq__sql_reader_t *reader, const command_t *command, const aq__table_t **parent)
{
    *parent = NULL;
    switch ((int)command->said->subtype) {
    case PG_QUERY__ALTER_TABLE_TYPE__AT_DropColumn:
    case PG_QUERY__ALTER_TABLE_TYPE__AT_AlterColumnType:
        *parent = aq__sql_column_parent(reader, command->table, command->said->name);
        return AQ_OK;
    case PG_QUERY__ALTER_TABLE_TYPE__AT_DropConstraint:
        return aq__sql_check_parent(reader, command->table, command->said->name, parent);
    default: return AQ_OK;
    }
}

/* Whether a column goes from which others are generated. */
static int has_generated(aq__sql_reader_t *reader, const command_t *command, bool *found)
{
    const aq__table_t *table = command->table;
    const aq__sql_thing_t column = {AQ__SQL_COLUMN, NULL, command->said->name};

    *found = false;
    if (command->said->subtype != PG_QUERY__ALTER_TABLE_TYPE__AT_DropColumn)
        return AQ_OK;
    for (size_t i = 0; i < table->column_count && !*found; i++)
        if (aq__sql_mentions(reader, table->columns[i]->generated, &column, found) != AQ_OK)
            return AQ_ENOMEM;
    return AQ_OK;
}

/* `*why`: why the server would refuse it; NULL: it does not. */
static int why_refused(aq__sql_reader_t *reader, const command_t *command, size_t heirs, const char **why)
{
    bool cascade = command->said->behavior == PG_QUERY__DROP_BEHAVIOR__DROP_CASCADE, generates,
         retypes = command->said->subtype == PG_QUERY__ALTER_TABLE_TYPE__AT_AlterColumnType, shared = false;
    const aq__table_t *parent;

    *why = NULL;
    if (find_parent(reader, command, &parent) != AQ_OK ||
        has_generated(reader, command, &generates) != AQ_OK ||
        (retypes && aq__sql_is_shared(reader, command->table, command->said->name, false, &shared) != AQ_OK))
        return AQ_ENOMEM;
    if (parent != NULL)
        *why = "it is inherited";
    else if (generates && !cascade)
        *why = "another column is generated from it, and there is no CASCADE";
    else if (heirs > 0 && command->only && needs_heirs(command))
        *why = "tables that inherit from it need it too";
    else if (shared)
        *why = "a table that inherits it has it from another one too";
    else if (heirs > 0 && adds_identity(command))
        *why = "tables that inherit from it cannot have an identity from it";
    return AQ_OK;
}

/* How it was before the command. */
typedef struct before {
    size_t columns, constraints, problems;
} before_t;

/* What was added: a column, checks; NOT NULL of a primary key. */
static int pass_on(aq__sql_reader_t *reader, const aq__table_t *table, aq__table_t *heir,
                   const before_t *before)
{
    int code = AQ_OK;

    for (size_t i = before->columns; i < table->column_count && code == AQ_OK; i++)
        code = aq__sql_inherit_column(reader, heir, table->columns[i]);
    for (size_t i = before->constraints; i < table->constraint_count && code == AQ_OK; i++) {
        const aq__constraint_t *added = table->constraints[i];

        if (added->kind == AQ_CONSTRAINT_CHECK && !added->no_inherit)
            code = aq__sql_inherit_check(reader, heir, added, added->not_valid);
        for (size_t j = 0; j < added->column_count && added->kind == AQ_CONSTRAINT_PRIMARY_KEY; j++)
            aq__table_column(heir, added->columns[j]->name)->not_null = true;
    }
    return code;
}

static int alter_heir(aq__sql_reader_t *reader, const command_t *command, aq__table_t *heir,
                      const before_t *before)
{
    const command_t its = {command->words, heir, command->said, command->from, command->end, command->only};
    aq__constraint_t *check;
    int code = AQ_OK;

    switch ((int)command->said->subtype) {
    case PG_QUERY__ALTER_TABLE_TYPE__AT_DropColumn:
        code = aq__sql_lose_column(reader, heir, command->said->name, command->only);
        break;
    case PG_QUERY__ALTER_TABLE_TYPE__AT_DropConstraint:
        return aq__sql_lose_check(reader, heir, command->said->name, command->only);
    case PG_QUERY__ALTER_TABLE_TYPE__AT_ValidateConstraint:
        check = aq__table_constraint(heir, command->said->name);
        if (check != NULL && check->kind == AQ_CONSTRAINT_CHECK && !command->only)
            check->not_valid = false;
        return AQ_OK;
    default:
        if (command->only)
            return AQ_OK;
        code = changes_column(command) ? alter_column(reader, &its)
                                       : pass_on(reader, command->table, heir, before);
    }
    if (code == AQ_OK && command->said->behavior == PG_QUERY__DROP_BEHAVIOR__DROP_CASCADE)
        aq__sql_remove_lost_keys(heir);
    return code;
}

static int alter(aq__sql_reader_t *reader, const command_t *command)
{
    const before_t before = {command->table->column_count, command->table->constraint_count,
                             reader->problems->count};
    aq__table_t **heirs;
    const char *why;
    size_t count;
    int code;

    if (aq__sql_heirs(reader, command->table, &heirs, &count) != AQ_OK ||
        why_refused(reader, command, count, &why) != AQ_OK)
        return AQ_ENOMEM;
    if (why != NULL)
        return tell(reader, command, why);
    code = alter_one(reader, command);
    if (code == AQ_OK && command->said->behavior == PG_QUERY__DROP_BEHAVIOR__DROP_CASCADE)
        aq__sql_remove_lost_keys(command->table);
    if (reader->problems->count > before.problems && !needs_heirs(command))
        return code; /* it was left out */
    for (size_t i = 0; i < count && code == AQ_OK; i++)
        code = alter_heir(reader, command, heirs[i], &before);
    return code;
}

/* The token behind the table's name. */
static size_t first_command(const aq__sql_reader_t *reader, const PgQuery__RangeVar *relation)
{
    size_t token = aq__sql_token_at(reader, relation->location) + 1;
    bool bracketed = aq__sql_token_is(reader, token, ")"); /* ONLY (users) */

    while (aq__sql_token_is(reader, token, "."))
        token += 2;
    bracketed = bracketed || aq__sql_token_is(reader, token, ")") || aq__sql_token_is(reader, token, "*");
    return token + bracketed;
}

/* ALTER INDEX ATTACH PARTITION is about an index of a partition, which was left out with it. */
static bool all_ignored(const PgQuery__AlterTableStmt *statement)
{
    bool is_index = statement->objtype == PG_QUERY__OBJECT_TYPE__OBJECT_INDEX;

    for (size_t i = 0; i < statement->n_cmds; i++) {
        PgQuery__AlterTableType type = statement->cmds[i]->alter_table_cmd->subtype;

        if (!is_ignored(type) && !(is_index && type == PG_QUERY__ALTER_TABLE_TYPE__AT_AttachPartition))
            return false;
    }
    return true;
}

int aq__sql_alter_table(aq__sql_reader_t *reader, const PgQuery__AlterTableStmt *statement)
{
    const PgQuery__RangeVar *relation = statement->relation;
    command_t command = {.words = "ALTER TABLE",
                         .table = aq__sql_find_table(reader, relation->schemaname, relation->relname)};
    bool is_type = statement->objtype == PG_QUERY__OBJECT_TYPE__OBJECT_TYPE;
    int code = AQ_OK;

    if (all_ignored(statement))
        return AQ_OK;
    if (is_type) {
        command.words = "ALTER TYPE";
        command.table = aq__sql_find_composite(reader, relation->schemaname, relation->relname);
    } else if (statement->objtype != PG_QUERY__OBJECT_TYPE__OBJECT_TABLE) {
        return aq__sql_leave_out(reader, "it is about no table");
    }
    if (command.table == NULL)
        return statement->missing_ok ? AQ_OK
               : is_type             ? aq__sql_leave_out(reader, "there is no such composite type")
                                     : aq__sql_leave_out_missing(reader, relation);
    command.from = first_command(reader, relation);
    for (size_t i = 0; i < statement->n_cmds && code == AQ_OK; i++) {
        command.said = statement->cmds[i]->alter_table_cmd;
        command.only =
            is_type ? command.said->behavior != PG_QUERY__DROP_BEHAVIOR__DROP_CASCADE : !relation->inh;
        command.end = aq__sql_expression_end(reader, command.from);
        code = alter(reader, &command);
        command.from = command.end + 1;
    }
    return code;
}
