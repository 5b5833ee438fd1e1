/* The reader of SQL files: one statement after the other, each parsed by itself, so that one that is wrong does not hide the rest.
 *
 * The happy path: a statement is cut off, parsed and given to the file that knows its kind; at the end sequences that belong to columns become
 * serial columns. The failure modes: whatever cannot be parsed or expressed is one problem with its place, and the next statement is read; no memory ends
 * the reading. */
#include "src/schema/naming.h"
#include "src/schema/read_sql-private.h"

/* ---- Statements ------------------------------------------------------------------------------------------------------------------- */

/* Said, each time: what metadata does not have. */
#define TOLD_(X)                                                                                   \
    X(VIEW_STMT, "views are not tables")                                                           \
    X(CREATE_TABLE_AS_STMT, "its columns are those of a query")                                    \
    X(CREATE_FOREIGN_TABLE_STMT, "foreign tables are not read")                                    \
    X(CREATE_FDW_STMT, "foreign data is not read")                                                 \
    X(CREATE_FOREIGN_SERVER_STMT, "foreign data is not read")                                      \
    X(CREATE_USER_MAPPING_STMT, "foreign data is not read")                                        \
    X(CREATE_FUNCTION_STMT, "functions are not read")                                              \
    X(ALTER_FUNCTION_STMT, "functions are not read")                                               \
    X(CREATE_TRIG_STMT, "triggers are not read")                                                   \
    X(CREATE_EVENT_TRIG_STMT, "triggers are not read")                                             \
    X(RULE_STMT, "rules are not read")                                                             \
    X(CREATE_POLICY_STMT, "policies are not read")                                                 \
    X(CREATE_EXTENSION_STMT, "extensions are not read, so it must be there before the tables are") \
    X(ALTER_DOMAIN_STMT, "domains are not read")                                                   \
    X(CREATE_CAST_STMT, "casts are not read")                                                      \
    X(CREATE_STATS_STMT, "statistics are not read")                                                \
    X(CREATE_ROLE_STMT, "roles are not read")                                                      \
    X(ALTER_ROLE_STMT, "roles are not read")                                                       \
    X(CREATEDB_STMT, "databases are not read")                                                     \
    X(ALTER_DATABASE_STMT, "databases are not read")                                               \
    X(ALTER_DATABASE_SET_STMT, "databases are not read")                                           \
    X(DO_STMT, "what its code does is not known")                                                  \
    X(CALL_STMT, "what its code does is not known")                                                \
    X(EXECUTE_STMT, "what it does is not known")

/* Said once for each table. */
#define DATA_(X)   \
    X(INSERT_STMT) \
    X(UPDATE_STMT) \
    X(DELETE_STMT) \
    X(MERGE_STMT)  \
    X(COPY_STMT)   \
    X(TRUNCATE_STMT)

/* Nothing that metadata could have depends on these; read_sql.h has the list. */
#define IGNORED_(X)                  \
    X(VARIABLE_SHOW_STMT)            \
    X(GRANT_STMT)                    \
    X(GRANT_ROLE_STMT)               \
    X(ALTER_DEFAULT_PRIVILEGES_STMT) \
    X(ALTER_OWNER_STMT)              \
    X(VACUUM_STMT)                   \
    X(REINDEX_STMT)                  \
    X(CLUSTER_STMT)                  \
    X(LOCK_STMT)                     \
    X(CONSTRAINTS_SET_STMT)          \
    X(CHECK_POINT_STMT)              \
    X(DISCARD_STMT)

/* A type that is no enum; said, but its name is known from now on. */
static int note_type(aq__sql_reader_t *reader, const char *schema, const char *name, const char *why)
{
    aq__sql_type_name_t *types = aq__grow(reader->arena, reader->types, reader->type_count, sizeof(*types));
    aq__sql_type_name_t *type;

    if (types == NULL)
        return AQ_ENOMEM;
    reader->types = types;
    type = &types[reader->type_count];
    type->composite = NULL;
    type->name = aq_arena_strdup(reader->arena, name);
    if (type->name == NULL || aq__sql_create_in(reader, schema, &type->schema) != AQ_OK)
        return AQ_ENOMEM;
    reader->type_count++;
    return aq__sql_leave_out(reader, why);
}

/* Columns of its type keep the name, tables of it have its columns. */
static int note_composite(aq__sql_reader_t *reader, const PgQuery__CompositeTypeStmt *statement)
{
    const PgQuery__RangeVar *name = statement->typevar;
    int code = note_type(reader, name->schemaname, name->relname,
                         "composite types are not read; columns keep the name of the type");
    aq__table_t *composite = aq_arena_calloc(reader->metadata->arena, 1, sizeof(*composite));
    aq__sql_type_name_t *type;

    if (code != AQ_OK || composite == NULL)
        return AQ_ENOMEM;
    type = &reader->types[reader->type_count - 1];
    *composite = (aq__table_t){.metadata = reader->metadata,
                               .schema = type->schema,
                               .name = type->name,
                               .source = aq__sql_source(reader, name->location)};
    type->composite = composite;
    for (size_t i = 0; i < statement->n_coldeflist && code == AQ_OK; i++)
        code = aq__sql_add_column(reader, composite, statement->coldeflist[i]->column_def);
    return code;
}

static int note_named_type(aq__sql_reader_t *reader, PgQuery__Node *const *names, size_t count,
                           const char *why)
{
    return note_type(reader, aq__sql_first_name(names, count), aq__sql_last_name(names, count), why);
}

static bool is_off(const PgQuery__VariableSetStmt *set)
{
    const PgQuery__AConst *value = set->n_args == 1 && set->args[0]->node_case == PG_QUERY__NODE__NODE_A_CONST
                                       ? set->args[0]->a_const
                                       : NULL;

    return value != NULL && ((value->val_case == PG_QUERY__A__CONST__VAL_SVAL &&
                              (value->sval->sval[0] == 'f' || strcmp(value->sval->sval, "off") == 0)) ||
                             (value->val_case == PG_QUERY__A__CONST__VAL_IVAL && value->ival->ival == 0));
}

static int set_variable(aq__sql_reader_t *reader, const PgQuery__VariableSetStmt *set)
{
    if (strcmp(set->name, "search_path") == 0 || set->kind == PG_QUERY__VARIABLE_SET_KIND__VAR_RESET_ALL)
        return aq__sql_set_path(reader, set);
    if (strcmp(set->name, "standard_conforming_strings") == 0 && is_off(set))
        return aq__sql_leave_out(reader, "a backslash in a string stands for itself");
    return AQ_OK;
}

static int read_transaction(aq__sql_reader_t *reader, const PgQuery__TransactionStmt *transaction)
{
    if (transaction->kind == PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_ROLLBACK ||
        transaction->kind == PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_ROLLBACK_TO)
        return aq__sql_leave_out(reader, "nothing is taken back");
    return AQ_OK;
}

int aq__sql_read_node(aq__sql_reader_t *reader, const PgQuery__Node *node)
{
    switch ((int)node->node_case) {
    case PG_QUERY__NODE__NODE_CREATE_STMT: return aq__sql_create_table(reader, node->create_stmt);
    case PG_QUERY__NODE__NODE_ALTER_TABLE_STMT: return aq__sql_alter_table(reader, node->alter_table_stmt);
    case PG_QUERY__NODE__NODE_INDEX_STMT: return aq__sql_create_index(reader, node->index_stmt);
    case PG_QUERY__NODE__NODE_CREATE_ENUM_STMT: return aq__sql_create_enum(reader, node->create_enum_stmt);
    case PG_QUERY__NODE__NODE_ALTER_ENUM_STMT: return aq__sql_alter_enum(reader, node->alter_enum_stmt);
    case PG_QUERY__NODE__NODE_CREATE_SEQ_STMT: return aq__sql_create_sequence(reader, node->create_seq_stmt);
    case PG_QUERY__NODE__NODE_ALTER_SEQ_STMT: return aq__sql_alter_sequence(reader, node->alter_seq_stmt);
    case PG_QUERY__NODE__NODE_COMMENT_STMT: return aq__sql_comment(reader, node->comment_stmt);
    case PG_QUERY__NODE__NODE_DROP_STMT: return aq__sql_drop(reader, node->drop_stmt);
    case PG_QUERY__NODE__NODE_RENAME_STMT: return aq__sql_rename(reader, node->rename_stmt);
    case PG_QUERY__NODE__NODE_ALTER_OBJECT_SCHEMA_STMT:
        return aq__sql_move(reader, node->alter_object_schema_stmt);
    case PG_QUERY__NODE__NODE_CREATE_SCHEMA_STMT:
        return aq__sql_create_schema(reader, node->create_schema_stmt);
    case PG_QUERY__NODE__NODE_VARIABLE_SET_STMT: return set_variable(reader, node->variable_set_stmt);
    case PG_QUERY__NODE__NODE_SELECT_STMT: return aq__sql_select(reader, node->select_stmt);
    case PG_QUERY__NODE__NODE_TRANSACTION_STMT: return read_transaction(reader, node->transaction_stmt);
    case PG_QUERY__NODE__NODE_CREATE_DOMAIN_STMT:
        return note_named_type(reader, node->create_domain_stmt->domainname,
                               node->create_domain_stmt->n_domainname,
                               "domains are not read; columns keep the name of the type");
    case PG_QUERY__NODE__NODE_COMPOSITE_TYPE_STMT: return note_composite(reader, node->composite_type_stmt);
    case PG_QUERY__NODE__NODE_CREATE_RANGE_STMT:
        return note_named_type(reader, node->create_range_stmt->type_name,
                               node->create_range_stmt->n_type_name,
                               "range types are not read; columns keep the name of the type");
#define TELL_(name, why) \
    case PG_QUERY__NODE__NODE_##name: return aq__sql_leave_out(reader, why);
        TOLD_(TELL_)
#undef TELL_
#define TELL_DATA_(name) case PG_QUERY__NODE__NODE_##name:
        DATA_(TELL_DATA_)
#undef TELL_DATA_
        return aq__sql_leave_out_once(reader, "rows are not part of a schema");
#define IGNORE_(name) case PG_QUERY__NODE__NODE_##name:
        IGNORED_(IGNORE_)
#undef IGNORE_
        return AQ_OK;
    default: return aq__sql_leave_out(reader, "it is not understood");
    }
}

/* The parser counts characters from 1. */
static size_t offset_of(const char *sql, int position)
{
    size_t at = 0;

    for (int i = 1; i < position && sql[at] != '\0'; i++)
        for (at++; ((unsigned char)sql[at] & 0xc0) == 0x80;)
            at++;
    return at;
}

static int parse(aq__sql_reader_t *reader, const char *sql)
{
    aq__sql_tree_t tree;
    int code = aq__sql_parse(reader->scratch, sql, &tree);

    if (code == AQ_OK && tree.result == NULL)
        code = aq__sql_tell(reader, (int)offset_of(sql, tree.position), "%s; the statement is left out",
                            tree.problem);
    for (size_t i = 0; code == AQ_OK && tree.result != NULL && i < tree.result->n_stmts; i++)
        code = aq__sql_read_node(reader, tree.result->stmts[i]->stmt);
    return code;
}

/* The parser cuts names off as the server does, which only gives a notice. */
static int tell_long_names(aq__sql_reader_t *reader)
{
    const aq__sql_statement_t *statement = &reader->statement;
    int code = AQ_OK;

    for (size_t i = 0; i < statement->count && code == AQ_OK; i++) {
        const aq__sql_token_t *token = &statement->tokens[i];
        size_t quotes = token->kind == AQ__SQL_QUOTED && reader->text[token->start] == '"' ? 1 : 0;
        size_t length = token->end - token->start - 2 * quotes;
        const char *name = reader->text + token->start + quotes;

        if (length <= AQ__NAME_MAX || (token->kind != AQ__SQL_WORD && quotes == 0))
            continue;
        code = aq__sql_tell(reader, (int)(token->start - statement->start),
                            "'%.*s': the name has %zu bytes, of which the server keeps %d", (int)length, name,
                            length, AQ__NAME_MAX);
    }
    return code;
}

static int read_statement(aq__sql_reader_t *reader)
{
    const aq__sql_statement_t *statement = &reader->statement;
    const char *text = reader->text + statement->start;
    size_t length = statement->end - statement->start, depth;
    const char *sql;

    if (!aq_utf8_valid(text, length))
        return aq__sql_tell(reader, 0, "the statement is not valid UTF-8; it is left out");
    if (aq__sql_depth(reader->text, statement->tokens, statement->count, &depth) != AQ_OK)
        return AQ_ENOMEM;
    if (depth > AQ__SQL_DEPTH_MOST)
        return aq__sql_tell(reader, 0, "the statement nests too deep; it is left out");
    sql = aq_arena_strndup(reader->scratch, text, length);
    if (sql == NULL || tell_long_names(reader) != AQ_OK)
        return AQ_ENOMEM;
    return parse(reader, sql);
}

/* \restrict and \unrestrict stand around all that pg_dump writes. */
static bool is_restrict(const char *command, size_t length)
{
    return (length > 10 && strncmp(command, "\\restrict ", 10) == 0) ||
           (length > 12 && strncmp(command, "\\unrestrict ", 12) == 0);
}

static int read_command(aq__sql_reader_t *reader)
{
    const char *command = reader->text + reader->statement.start;
    size_t length = reader->statement.end - reader->statement.start;

    if (is_restrict(command, length))
        return AQ_OK;
    return aq__sql_tell(reader, 0, "%.*s: a command of psql; it is left out",
                        (int)aq__utf8_cut(command, length, 80), command);
}

static int read_next(aq__sql_reader_t *reader)
{
    switch (reader->statement.what) {
    case AQ__SQL_STATEMENT: return read_statement(reader);
    case AQ__SQL_COMMAND: return read_command(reader);
    case AQ__SQL_COPY_DATA: return AQ_OK; /* its COPY was told */
    }
    return AQ_OK;
}

static int read_all(void *data)
{
    aq__sql_reader_t *reader = data;
    aq__sql_lexer_t lexer = {.text = reader->text, .length = reader->length};
    bool end = false;
    int code = aq__sql_index_lines(reader);

    if (code == AQ_OK)
        code = aq__sql_add_to_path(reader, "public");
    if (reader->length >= 3 && memcmp(reader->text, "\xef\xbb\xbf", 3) == 0)
        lexer.at = 3; /* a byte order mark */
    while (code == AQ_OK) {
        aq_arena_reset(reader->scratch);
        code = aq__sql_next(&lexer, reader->scratch, &reader->statement, &end);
        if (code != AQ_OK || end)
            break;
        code = read_next(reader);
    }
    return code == AQ_OK ? aq__sql_make_serials(reader) : code;
}

int aq__read_sql(aq__metadata_t *metadata, const char *file, const char *text, size_t length,
                 aq__problems_t *problems)
{
    aq__sql_reader_t reader = {
        .metadata = metadata, .problems = problems, .file = file, .text = text, .length = length};
    int code = AQ_ENOMEM;

    reader.arena = aq_arena_create();
    reader.scratch = aq_arena_create();
    if (reader.arena != NULL && reader.scratch != NULL)
        code = aq__sql_call_deep(read_all, &reader);
    aq__map_dispose(&reader.told_once);
    aq_arena_close(reader.scratch);
    aq_arena_close(reader.arena);
    if (code == AQ_OK && reader.wrong)
        code = aq__fail(AQ_EMAPPING, "%s", problems->items[problems->count - 1].text);
    return code;
}
