/* The reader of SQL files: one statement after the other, each parsed by itself, so that one that is wrong does not hide the rest.
 *
 * The happy path: a statement is cut off, parsed and given to the file that knows its kind; at the end sequences that belong to columns become
 * serial columns. The failure modes: whatever cannot be parsed or expressed is one problem with its place, and the next statement is read; no memory ends
 * the reading. */
#include "src/schema/naming.h"
#include "src/schema/read_sql_private.h"

/* ---- Places ---------------------------------------------------------------------------------------------------------------- */

static int index_lines(aq__sql_reader_t *reader)
{
    for (size_t at = 0; at <= reader->length; at++) {
        if (at > 0 && reader->text[at - 1] != '\n')
            continue;
        size_t *lines = aq__grow(reader->arena, reader->lines, reader->line_count, sizeof(*lines));

        if (lines == NULL)
            return AQ_ENOMEM;
        lines[reader->line_count++] = at;
        reader->lines = lines;
    }
    return AQ_OK;
}

/* Columns are characters, as editors count them. */
static aq__source_t place_of(const aq__sql_reader_t *reader, size_t at)
{
    size_t low = 0, high = reader->line_count;
    int column = 1;

    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;

        if (reader->lines[middle] <= at)
            low = middle;
        else
            high = middle;
    }
    for (size_t i = reader->lines[low]; i < at && i < reader->length; i++)
        column += ((unsigned char)reader->text[i] & 0xc0) != 0x80;
    return (aq__source_t){reader->file, (int)low + 1, column};
}

aq__source_t aq__sql_source(const aq__sql_reader_t *reader, int location)
{
    return place_of(reader, reader->statement.start + (location > 0 ? (size_t)location : 0));
}

const char *aq__sql_place(aq__sql_reader_t *reader, aq__source_t source)
{
    const char *place = source.file == NULL ? "elsewhere"
                                            : aq_arena_printf(reader->scratch, "%s:%d:%d", source.file,
                                                              source.line, source.column);

    return place != NULL ? place : "?"; /* the text of the problem is not there either then */
}

const char *aq__sql_described(aq__sql_reader_t *reader, const char *schema, const char *name)
{
    const char *text = schema != NULL ? aq_arena_printf(reader->scratch, "%s.%s", schema, name) : name;

    return text != NULL ? text : name;
}

static int add_problem(aq__sql_reader_t *reader, size_t at, const char *text)
{
    int code = aq__problem_add(reader->problems, place_of(reader, at), "%s", text);

    reader->wrong = true;
    return code == AQ_ENOMEM ? code : AQ_OK;
}

int aq__sql_tell(aq__sql_reader_t *reader, int location, const char *format, ...)
{
    va_list arguments;
    const char *text;

    va_start(arguments, format);
    text = aq_arena_vprintf(reader->scratch, format, arguments);
    va_end(arguments);
    if (text == NULL)
        return AQ_ENOMEM;
    return add_problem(reader, reader->statement.start + (location > 0 ? (size_t)location : 0), text);
}

/* For what comes a thousand times, as the rows of a table do. */
static int tell_once(aq__sql_reader_t *reader, const char *text)
{
    const char *key;

    if (aq__map_get(&reader->told_once, text, strlen(text)) != NULL)
        return AQ_OK;
    key = aq_arena_strdup(reader->arena, text);
    if (key == NULL || aq__map_put(&reader->told_once, key, strlen(key), reader) != AQ_OK)
        return AQ_ENOMEM;
    return add_problem(reader, reader->statement.start, text);
}

/* ---- What is left out -------------------------------------------------------------------------------------------------------- */

/* Words that may stand between the first one of a statement and the name of what it is about. */
static bool leads(const aq__sql_reader_t *reader, size_t token)
{
    static const char *const words[] = {
        "access",
        "aggregate",
        "alter",
        "as",
        "cast",
        "class",
        "collation",
        "column",
        "comment",
        "concurrently",
        "configuration",
        "constraint",
        "conversion",
        "copy",
        "create",
        "data",
        "database",
        "default",
        "delete",
        "dictionary",
        "domain",
        "drop",
        "event",
        "exists",
        "extension",
        "family",
        "for",
        "foreign",
        "from",
        "function",
        "global",
        "group",
        "if",
        "import",
        "index",
        "insert",
        "into",
        "label",
        "language",
        "local",
        "mapping",
        "materialized",
        "merge",
        "method",
        "not",
        "of",
        "on",
        "only",
        "operator",
        "or",
        "parser",
        "policy",
        "privileges",
        "procedural",
        "procedure",
        "publication",
        "recursive",
        "refresh",
        "replace",
        "role",
        "routine",
        "rule",
        "schema",
        "search",
        "security",
        "sequence",
        "server",
        "statistics",
        "subscription",
        "system",
        "table",
        "tablespace",
        "temp",
        "template",
        "temporary",
        "text",
        "transform",
        "trigger",
        "truncate",
        "trusted",
        "type",
        "unique",
        "unlogged",
        "update",
        "user",
        "view",
        "wrapper",
    };

    for (size_t i = 0; i < AQ__COUNT_OF(words); i++)
        if (aq__sql_token_is(reader, token, words[i]))
            return true;
    return false;
}

static bool is_name(const aq__sql_reader_t *reader, size_t token)
{
    return token < reader->statement.count && (reader->statement.tokens[token].kind == AQ__SQL_WORD ||
                                               reader->statement.tokens[token].kind == AQ__SQL_QUOTED);
}

/* Whether a name stands behind the first word, when nothing else leads. */
static bool names_something(const aq__sql_reader_t *reader)
{
    static const char *const words[] = {"call", "copy", "execute", "update", "truncate"};

    for (size_t i = 0; i < AQ__COUNT_OF(words); i++)
        if (aq__sql_token_is(reader, 0, words[i]))
            return true;
    return false;
}

/* "CREATE OR REPLACE VIEW blog.active": the words that lead, in capitals, and the name behind them. */
static void append_head(aq_text_t *text, const aq__sql_reader_t *reader)
{
    const aq__sql_token_t *tokens = reader->statement.tokens;
    size_t token = 0, end;

    for (; token < reader->statement.count && (token == 0 || leads(reader, token)); token++) {
        if (token > 0)
            aq_text_append_char(text, ' ');
        for (size_t i = tokens[token].start; i < tokens[token].end; i++) {
            char c = reader->text[i];

            aq_text_append_char(text, c >= 'a' && c <= 'z' ? (char)(c - ('a' - 'A')) : c);
        }
    }
    if ((token == 1 && !names_something(reader)) || !is_name(reader, token))
        return;
    for (end = token + 1; aq__sql_token_is(reader, end, ".") && is_name(reader, end + 1);)
        end += 2;
    aq_text_append_char(text, ' ');
    for (; token < end; token++)
        aq_text_append_bytes(text, reader->text + tokens[token].start,
                             tokens[token].end - tokens[token].start);
}

static int leave_out(aq__sql_reader_t *reader, const char *why, bool once)
{
    aq_text_t text = {0};
    int code = AQ_ENOMEM;

    append_head(&text, reader);
    aq_text_appendf(&text, ": %s; it is left out", why);
    if (!text.failed)
        code = once ? tell_once(reader, aq_text_string(&text))
                    : add_problem(reader, reader->statement.start, aq_text_string(&text));
    aq_text_dispose(&text);
    return code;
}

int aq__sql_leave_out(aq__sql_reader_t *reader, const char *why)
{
    return leave_out(reader, why, false);
}

/* ---- Names --------------------------------------------------------------------------------------------------------------------- */

const char *aq__sql_schema(const char *schema)
{
    return schema == NULL || schema[0] == '\0' || strcmp(schema, "public") == 0 ? NULL : schema;
}

static bool given(const char *schema)
{
    return schema != NULL && schema[0] != '\0';
}

int aq__sql_create_in(aq__sql_reader_t *reader, const char *schema, const char **found)
{
    const char *in = given(schema) ? aq__sql_schema(schema) : reader->path_count > 0 ? reader->path[0] : NULL;

    *found = aq_arena_strdup(reader->metadata->arena, in);
    return *found == NULL && in != NULL ? AQ_ENOMEM : AQ_OK;
}

/* `find` in that schema, or in each of the search path. */
#define FIND_IN_PATH(reader, schema, found, find)                                              \
    do {                                                                                       \
        size_t count_ = given(schema) || (reader)->path_count == 0 ? 1 : (reader)->path_count; \
        for (size_t i_ = 0; i_ < count_ && (found) == NULL; i_++) {                            \
            const char *in = given(schema)               ? aq__sql_schema(schema)              \
                             : (reader)->path_count == 0 ? NULL                                \
                                                         : (reader)->path[i_];                 \
            (found) = (find);                                                                  \
        }                                                                                      \
    } while (0)

aq__table_t *aq__sql_find_table(const aq__sql_reader_t *reader, const char *schema, const char *name)
{
    aq__table_t *table = NULL;

    FIND_IN_PATH(reader, schema, table, aq__metadata_table(reader->metadata, in, name));
    return table;
}

aq__enum_t *aq__sql_find_enum(const aq__sql_reader_t *reader, const char *schema, const char *name)
{
    aq__enum_t *enumeration = NULL;

    FIND_IN_PATH(reader, schema, enumeration, aq__metadata_enum(reader->metadata, in, name));
    return enumeration;
}

aq__sequence_t *aq__sql_find_sequence(const aq__sql_reader_t *reader, const char *schema, const char *name)
{
    aq__sequence_t *sequence = NULL;

    FIND_IN_PATH(reader, schema, sequence, aq__metadata_sequence(reader->metadata, in, name));
    return sequence;
}

static bool same_text(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

/* With `nameless` those that only the server has given a name. */
static int find_index(aq__sql_reader_t *reader, const char *schema, const char *name, bool nameless,
                      aq__index_t **found)
{
    const aq__metadata_t *metadata = reader->metadata;
    int code = AQ_OK;

    for (size_t i = 0; i < metadata->table_count && *found == NULL && code == AQ_OK; i++) {
        if (!same_text(metadata->tables[i]->schema, schema))
            continue;
        if (nameless)
            code = aq__sql_find_nameless_index(reader, metadata->tables[i], name, found);
        else
            *found = aq__table_index(metadata->tables[i], name);
    }
    return code;
}

int aq__sql_find_index(aq__sql_reader_t *reader, const char *schema, const char *name, aq__index_t **found)
{
    bool once = given(schema) || reader->path_count == 0;
    int code = AQ_OK;

    *found = NULL;
    for (size_t i = 0; i < (once ? 1 : reader->path_count) && *found == NULL && code == AQ_OK; i++) {
        const char *in = once ? aq__sql_schema(schema) : reader->path[i];

        code = find_index(reader, in, name, false, found);
        if (code == AQ_OK && *found == NULL)
            code = find_index(reader, in, name, true, found);
    }
    return code;
}
#undef FIND_IN_PATH

static bool has_type(const aq__sql_reader_t *reader, const char *schema, const char *name)
{
    for (size_t i = 0; i < reader->type_count; i++)
        if (same_text(reader->types[i].schema, schema) && same_text(reader->types[i].name, name))
            return true;
    return aq__metadata_enum(reader->metadata, schema, name) != NULL;
}

bool aq__sql_find_type(const aq__sql_reader_t *reader, const char *name, const char **schema)
{
    for (size_t i = 0; i < reader->path_count; i++)
        if (has_type(reader, reader->path[i], name)) {
            *schema = reader->path[i];
            return true;
        }
    return false;
}

const char *aq__sql_last_name(PgQuery__Node *const *names, size_t count)
{
    return count > 0 && names[count - 1]->node_case == PG_QUERY__NODE__NODE_STRING
               ? names[count - 1]->string->sval
               : "";
}

const char *aq__sql_first_name(PgQuery__Node *const *names, size_t count)
{
    return count > 1 && names[count - 2]->node_case == PG_QUERY__NODE__NODE_STRING
               ? names[count - 2]->string->sval
               : NULL;
}

/* A type that is no enum; said, but its name is known from now on. */
static int note_type(aq__sql_reader_t *reader, PgQuery__Node *const *names, size_t count, const char *why)
{
    aq__sql_type_name_t *types = aq__grow(reader->arena, reader->types, reader->type_count, sizeof(*types));
    aq__sql_type_name_t *type;

    if (types == NULL)
        return AQ_ENOMEM;
    reader->types = types;
    type = &types[reader->type_count];
    if (aq__sql_create_in(reader, aq__sql_first_name(names, count), &type->schema) != AQ_OK)
        return AQ_ENOMEM;
    type->name = aq_arena_strdup(reader->arena, aq__sql_last_name(names, count));
    if (type->name == NULL)
        return AQ_ENOMEM;
    reader->type_count++;
    return aq__sql_leave_out(reader, why);
}

/* ---- The search path ------------------------------------------------------------------------------------------------------------ */

static int add_to_path(aq__sql_reader_t *reader, const char *schema)
{
    const char **path;
    const char *name = aq__sql_schema(schema), *copy = aq_arena_strdup(reader->arena, name);

    if (schema[0] == '\0' || schema[0] == '$' || strncmp(schema, "pg_", 3) == 0)
        return AQ_OK;
    path = aq__grow(reader->arena, reader->path, reader->path_count, sizeof(*path));
    if (path == NULL || (copy == NULL && name != NULL))
        return AQ_ENOMEM;
    path[reader->path_count++] = copy;
    reader->path = path;
    return AQ_OK;
}

static void clear_path(aq__sql_reader_t *reader)
{
    reader->path = NULL;
    reader->path_count = 0;
}

static const char *constant(const PgQuery__Node *node)
{
    return node->node_case == PG_QUERY__NODE__NODE_A_CONST &&
                   node->a_const->val_case == PG_QUERY__A__CONST__VAL_SVAL
               ? node->a_const->sval->sval
               : NULL;
}

static int set_path(aq__sql_reader_t *reader, const PgQuery__VariableSetStmt *set)
{
    int code = AQ_OK;

    clear_path(reader);
    if (set->kind != PG_QUERY__VARIABLE_SET_KIND__VAR_SET_VALUE)
        return add_to_path(reader, "public");
    for (size_t i = 0; i < set->n_args && code == AQ_OK; i++)
        if (constant(set->args[i]) != NULL)
            code = add_to_path(reader, constant(set->args[i]));
    return code;
}

/* The names of 'blog, "My Schema"'. */
static int set_path_to(aq__sql_reader_t *reader, const char *names)
{
    aq__sql_lexer_t lexer = {.text = names, .length = strlen(names)};
    aq__sql_statement_t list = {0};
    bool end;
    int code = aq__sql_next(&lexer, reader->scratch, &list, &end);

    clear_path(reader);
    for (size_t i = 0; i < list.count && code == AQ_OK; i++) {
        const aq__sql_token_t *token = &list.tokens[i];
        bool quoted = token->kind == AQ__SQL_QUOTED;
        char *name = aq_arena_strndup(reader->scratch, names + token->start + quoted,
                                      token->end - token->start - 2 * quoted);

        if (name == NULL)
            return AQ_ENOMEM;
        for (char *c = name; *c != '\0' && !quoted; c++)
            *c = *c >= 'A' && *c <= 'Z' ? (char)(*c + ('a' - 'A')) : *c;
        if (quoted || token->kind == AQ__SQL_WORD)
            code = add_to_path(reader, name);
    }
    return code;
}

/* SELECT pg_catalog.set_config(...) and setval(...), as pg_dump writes them; any other SELECT asks for rows. */
static int read_select(aq__sql_reader_t *reader, const PgQuery__SelectStmt *select)
{
    const PgQuery__Node *value =
        select->n_target_list == 1 && select->target_list[0]->node_case == PG_QUERY__NODE__NODE_RES_TARGET
            ? select->target_list[0]->res_target->val
            : NULL;
    const PgQuery__FuncCall *call =
        value != NULL && value->node_case == PG_QUERY__NODE__NODE_FUNC_CALL ? value->func_call : NULL;
    const char *name = call != NULL ? aq__sql_last_name(call->funcname, call->n_funcname) : "";
    const char *setting;

    if (strcmp(name, "setval") == 0)
        return AQ_OK;
    if (strcmp(name, "set_config") != 0 || call->n_args != 3)
        return leave_out(reader, "it declares nothing", true);
    setting = constant(call->args[0]);
    if (setting == NULL || strcmp(setting, "search_path") != 0)
        return AQ_OK;
    if (constant(call->args[1]) == NULL)
        return aq__sql_leave_out(reader, "the search path must be a constant");
    return set_path_to(reader, constant(call->args[1]));
}

/* What stands inside of CREATE SCHEMA is created there. */
static int create_schema(aq__sql_reader_t *reader, const PgQuery__CreateSchemaStmt *statement)
{
    const char **path = reader->path;
    size_t count = reader->path_count;
    int code = AQ_OK;

    if (statement->n_schema_elts == 0)
        return AQ_OK;
    clear_path(reader);
    code = add_to_path(reader, statement->schemaname[0] != '\0' ? statement->schemaname
                                                                : statement->authrole->rolename);
    for (size_t i = 0; i < count && code == AQ_OK; i++)
        code = add_to_path(reader, path[i] != NULL ? path[i] : "public");
    for (size_t i = 0; i < statement->n_schema_elts && code == AQ_OK; i++)
        code = aq__sql_read_node(reader, statement->schema_elts[i]);
    reader->path = path;
    reader->path_count = count;
    return code;
}

/* ---- Statements ------------------------------------------------------------------------------------------------------------------- */

/* Said, each time: what metadata does not have. */
#define TOLD_(X)                                                                                   \
    X(VIEW_STMT, "views are not tables")                                                           \
    X(CREATE_TABLE_AS_STMT, "its columns are those of a query")                                    \
    X(CREATE_FOREIGN_TABLE_STMT, "foreign tables are not read")                                    \
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

static int set_variable(aq__sql_reader_t *reader, const PgQuery__VariableSetStmt *set)
{
    if (strcmp(set->name, "search_path") == 0 || set->kind == PG_QUERY__VARIABLE_SET_KIND__VAR_RESET_ALL)
        return set_path(reader, set);
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
    case PG_QUERY__NODE__NODE_CREATE_SCHEMA_STMT: return create_schema(reader, node->create_schema_stmt);
    case PG_QUERY__NODE__NODE_VARIABLE_SET_STMT: return set_variable(reader, node->variable_set_stmt);
    case PG_QUERY__NODE__NODE_SELECT_STMT: return read_select(reader, node->select_stmt);
    case PG_QUERY__NODE__NODE_TRANSACTION_STMT: return read_transaction(reader, node->transaction_stmt);
    case PG_QUERY__NODE__NODE_CREATE_DOMAIN_STMT:
        return note_type(reader, node->create_domain_stmt->domainname, node->create_domain_stmt->n_domainname,
                         "domains are not read; columns keep the name of the type");
    case PG_QUERY__NODE__NODE_COMPOSITE_TYPE_STMT: {
        const PgQuery__RangeVar *name = node->composite_type_stmt->typevar;
        PgQuery__String schema = PG_QUERY__STRING__INIT, relation = PG_QUERY__STRING__INIT;
        PgQuery__Node first = PG_QUERY__NODE__INIT, last = PG_QUERY__NODE__INIT, *names[] = {&first, &last};

        schema.sval = name->schemaname;
        relation.sval = name->relname;
        first.node_case = last.node_case = PG_QUERY__NODE__NODE_STRING;
        first.string = &schema;
        last.string = &relation;
        return note_type(reader, names, 2, "composite types are not read; columns keep the name of the type");
    }
    case PG_QUERY__NODE__NODE_CREATE_RANGE_STMT:
        return note_type(reader, node->create_range_stmt->type_name, node->create_range_stmt->n_type_name,
                         "range types are not read; columns keep the name of the type");
#define TELL_(name, why) \
    case PG_QUERY__NODE__NODE_##name: return aq__sql_leave_out(reader, why);
        TOLD_(TELL_)
#undef TELL_
#define TELL_DATA_(name) case PG_QUERY__NODE__NODE_##name:
        DATA_(TELL_DATA_)
#undef TELL_DATA_
        return leave_out(reader, "rows are not part of a schema", true);
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
    return sql != NULL ? parse(reader, sql) : AQ_ENOMEM;
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
    int code = index_lines(reader);

    if (code == AQ_OK)
        code = add_to_path(reader, "public");
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
