/* Names and where they lead: schemas, the search path, and what was read before.
 *
 * The happy path: a name without a schema is looked for in each schema of the search path, and what is created goes into the first. The failure modes: an empty search
 * path, as pg_dump sets it, is that of the default schema. */
#include "src/schema/read_sql-private.h"

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

static aq__index_t *index_in(const aq__metadata_t *metadata, const char *schema, const char *name)
{
    aq__index_t *index = NULL;

    for (size_t i = 0; i < metadata->table_count && index == NULL; i++)
        if (aq__same_text(metadata->tables[i]->schema, schema))
            index = aq__table_index(metadata->tables[i], name);
    return index;
}

aq__index_t *aq__sql_find_index(const aq__sql_reader_t *reader, const char *schema, const char *name)
{
    aq__index_t *index = NULL;

    FIND_IN_PATH(reader, schema, index, index_in(reader->metadata, in, name));
    return index;
}

bool aq__sql_has_type(const aq__sql_reader_t *reader, const char *schema, const char *name)
{
    for (size_t i = 0; i < reader->type_count; i++)
        if (aq__same_text(reader->types[i].schema, schema) && aq__same_text(reader->types[i].name, name))
            return true;
    return aq__metadata_enum(reader->metadata, schema, name) != NULL;
}

static aq__table_t *composite_in(const aq__sql_reader_t *reader, const char *schema, const char *name)
{
    for (size_t i = 0; i < reader->type_count; i++)
        if (aq__same_text(reader->types[i].schema, schema) && strcmp(reader->types[i].name, name) == 0)
            return reader->types[i].composite;
    return NULL;
}

aq__table_t *aq__sql_find_composite(const aq__sql_reader_t *reader, const char *schema, const char *name)
{
    aq__table_t *composite = NULL;

    FIND_IN_PATH(reader, schema, composite, composite_in(reader, in, name));
    return composite;
}

static const aq__sql_name_t *left_out_in(const aq__sql_reader_t *reader, const char *schema, const char *name)
{
    for (size_t i = 0; i < reader->left_out_count; i++)
        if (aq__same_text(reader->left_out[i].schema, schema) && strcmp(reader->left_out[i].name, name) == 0)
            return &reader->left_out[i];
    return NULL;
}

bool aq__sql_is_left_out(const aq__sql_reader_t *reader, const char *schema, const char *name)
{
    const aq__sql_name_t *table = NULL;

    FIND_IN_PATH(reader, schema, table, left_out_in(reader, in, name));
    return table != NULL;
}
#undef FIND_IN_PATH

int aq__sql_note_left_out(aq__sql_reader_t *reader, const char *schema, const char *name)
{
    aq__sql_name_t *names = aq__grow(reader->arena, reader->left_out, reader->left_out_count, sizeof(*names));

    if (names == NULL)
        return AQ_ENOMEM;
    names[reader->left_out_count++] = (aq__sql_name_t){schema, name};
    reader->left_out = names;
    return AQ_OK;
}

int aq__sql_leave_out_missing(aq__sql_reader_t *reader, const PgQuery__RangeVar *table)
{
    return aq__sql_is_left_out(reader, table->schemaname, table->relname)
               ? AQ_OK
               : aq__sql_leave_out(reader, "there is no such table");
}

bool aq__sql_find_type(const aq__sql_reader_t *reader, const char *name, const char **schema)
{
    for (size_t i = 0; i < reader->path_count; i++)
        if (aq__sql_has_type(reader, reader->path[i], name)) {
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

/* ---- The search path ------------------------------------------------------------------------------------------------------------ */

int aq__sql_add_to_path(aq__sql_reader_t *reader, const char *schema)
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

int aq__sql_set_path(aq__sql_reader_t *reader, const PgQuery__VariableSetStmt *set)
{
    int code = AQ_OK;

    clear_path(reader);
    if (set->kind != PG_QUERY__VARIABLE_SET_KIND__VAR_SET_VALUE)
        return aq__sql_add_to_path(reader, "public");
    for (size_t i = 0; i < set->n_args && code == AQ_OK; i++)
        if (constant(set->args[i]) != NULL)
            code = aq__sql_add_to_path(reader, constant(set->args[i]));
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
            code = aq__sql_add_to_path(reader, name);
    }
    return code;
}

/* SELECT pg_catalog.set_config(...) and setval(...), as pg_dump writes them; any other SELECT asks for rows. */
int aq__sql_select(aq__sql_reader_t *reader, const PgQuery__SelectStmt *select)
{
    const PgQuery__Node *value =
        select->n_target_list == 1 && select->target_list[0]->node_case == PG_QUERY__NODE__NODE_RES_TARGET
            ? select->target_list[0]->res_target->val
            : NULL;
    const PgQuery__FuncCall *call =
        value != NULL && value->node_case == PG_QUERY__NODE__NODE_FUNC_CALL ? value->func_call : NULL;
    const char *name = call != NULL ? aq__sql_last_name(call->funcname, call->n_funcname) : "";
    const char *setting;

    if (select->into_clause != NULL)
        return aq__sql_leave_out(reader, "INTO makes a table, and its columns are those of a query");
    if (strcmp(name, "setval") == 0)
        return AQ_OK;
    if (strcmp(name, "set_config") != 0 || call->n_args != 3)
        return aq__sql_leave_out_once(reader, "it declares nothing");
    setting = constant(call->args[0]);
    if (setting == NULL || strcmp(setting, "search_path") != 0)
        return AQ_OK;
    if (constant(call->args[1]) == NULL)
        return aq__sql_leave_out(reader, "the search path must be a constant");
    return set_path_to(reader, constant(call->args[1]));
}

/* What stands inside of CREATE SCHEMA is created there. */
int aq__sql_create_schema(aq__sql_reader_t *reader, const PgQuery__CreateSchemaStmt *statement)
{
    const char **path = reader->path;
    size_t count = reader->path_count;
    int code = AQ_OK;

    if (statement->n_schema_elts == 0)
        return AQ_OK;
    clear_path(reader);
    code = aq__sql_add_to_path(reader, statement->schemaname[0] != '\0' ? statement->schemaname
                                                                        : statement->authrole->rolename);
    for (size_t i = 0; i < count && code == AQ_OK; i++)
        code = aq__sql_add_to_path(reader, path[i] != NULL ? path[i] : "public");
    for (size_t i = 0; i < statement->n_schema_elts && code == AQ_OK; i++)
        code = aq__sql_read_node(reader, statement->schema_elts[i]);
    reader->path = path;
    reader->path_count = count;
    return code;
}
