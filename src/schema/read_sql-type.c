/* Types of columns, taken apart.
 *
 * The happy path: the parser knows the words of the standard ("character varying"), and gives them the names of the catalog; those that AQ_TYPE_TABLE has become an
 * oid, the others a name. Modifiers are integers; where one is not, as in geometry(point, 4326), the type stays the text that it was.
 * The failure modes: what is no type of a column (serial, where an integer and its sequence are meant; SETOF) says why. */
#include "src/schema/naming.h"
#include "src/schema/read_sql-private.h"

static uint32_t oid_of(const char *name)
{
#define OID_(NAME, type, number, array_number) \
    if (strcmp(name, #type) == 0)              \
        return number;
    AQ_TYPE_TABLE(OID_)
#undef OID_
    return AQ_OID_UNKNOWN;
}

static bool is_integer(const PgQuery__Node *node, int *number)
{
    if (node->node_case != PG_QUERY__NODE__NODE_A_CONST ||
        node->a_const->val_case != PG_QUERY__A__CONST__VAL_IVAL)
        return false;
    *number = node->a_const->ival->ival;
    return true;
}

/* False: they are not the integers that aq__type_t has. */
static bool read_modifiers(aq__type_t *type, PgQuery__Node *const *modifiers, size_t count)
{
    enum { ALL_FIELDS = 0x7fff };
    size_t first = 0;
    int mask;

    if (type->oid == AQ_OID_INTERVAL && count > 0) { /* the fields come first, then the precision */
        if (!is_integer(modifiers[0], &mask))
            return false;
        type->fields = aq__interval_fields(mask);
        if (type->fields == NULL && mask != ALL_FIELDS)
            return false;
        first = 1;
    }
    if (count - first > AQ__COUNT_OF(type->modifiers))
        return false;
    for (size_t i = first; i < count; i++)
        if (!is_integer(modifiers[i], &type->modifiers[type->modifier_count++]))
            return false;
    return true;
}

static bool is_string(const char *text)
{
    return text != NULL && text[0] != '\0';
}

bool aq__sql_is_serial(const PgQuery__TypeName *name, uint32_t *oid)
{
    static const struct {
        const char *name;
        uint32_t oid;
    } serials[] = {
        {"serial", AQ_OID_INT4},  {"serial4", AQ_OID_INT4},     {"bigserial", AQ_OID_INT8},
        {"serial8", AQ_OID_INT8}, {"smallserial", AQ_OID_INT2}, {"serial2", AQ_OID_INT2},
    };

    for (size_t i = 0; i < AQ__COUNT_OF(serials) && name->n_names == 1; i++)
        if (strcmp(aq__sql_last_name(name->names, 1), serials[i].name) == 0) {
            *oid = serials[i].oid;
            return true;
        }
    return false;
}

int aq__sql_set_type_name(const aq__sql_reader_t *reader, aq_arena_t *arena, const char *schema,
                          const char *name, aq__type_t *type)
{
    bool in_catalog = schema != NULL && strcmp(schema, "pg_catalog") == 0;

    if (schema == NULL || in_catalog)
        type->oid = oid_of(name);
    if (type->oid != AQ_OID_UNKNOWN)
        return AQ_OK;
    if (schema == NULL && reader != NULL)
        aq__sql_find_type(reader, name, &schema);
    schema = in_catalog ? NULL : aq__sql_schema(schema);
    type->name = aq_arena_strdup(arena, name);
    type->schema = aq_arena_strdup(arena, schema);
    return type->name != NULL && (type->schema != NULL || schema == NULL) ? AQ_OK : AQ_ENOMEM;
}

int aq__sql_read_type_name(const aq__sql_reader_t *reader, aq_arena_t *arena, const PgQuery__TypeName *name,
                           const char *text, aq__type_t *type, const char **why)
{
    uint32_t serial;

    *type = (aq__type_t){0};
    *why = name->setof                        ? "it is a set"
           : aq__sql_is_serial(name, &serial) ? "a serial is no type, but an integer with a sequence"
                                              : NULL;
    if (*why == NULL && aq__sql_set_type_name(reader, arena, aq__sql_first_name(name->names, name->n_names),
                                              aq__sql_last_name(name->names, name->n_names), type) != AQ_OK)
        return AQ_ENOMEM;
    if (*why == NULL && name->n_names <= 2 && read_modifiers(type, name->typmods, name->n_typmods)) {
        type->array = name->n_array_bounds > 0;
        return AQ_OK;
    }
    *type = (aq__type_t){.text = aq_arena_strdup(arena, text)};
    return type->text != NULL ? AQ_OK : AQ_ENOMEM;
}

/* ---- In a statement -------------------------------------------------------------------------------------------------------- */

static bool is_any(const aq__sql_reader_t *reader, size_t token, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (aq__sql_token_is(reader, token, words[i]))
            return true;
    return false;
}

/* A name, then whatever may follow one in a type. */
size_t aq__sql_type_end(const aq__sql_reader_t *reader, int location)
{
    static const char *const next[] = {"varying", "precision", "with",      "without", "time",   "zone",
                                       "year",    "month",     "day",       "hour",    "minute", "second",
                                       "to",      "array",     "character", "char"};
    size_t token = aq__sql_token_at(reader, location) + 1, count = reader->statement.count;

    while (token < count) {
        if (aq__sql_token_is(reader, token, ".") || aq__sql_token_is(reader, token, "%"))
            token += 2;
        else if (aq__sql_token_is(reader, token, "(") || aq__sql_token_is(reader, token, "["))
            token = aq__sql_close(reader, token) + 1;
        else if (is_any(reader, token, next, AQ__COUNT_OF(next)))
            token++;
        else
            break;
    }
    return token < count ? token : count;
}

/* ---- Alone ------------------------------------------------------------------------------------------------------------------- */

typedef struct job {
    aq_arena_t *arena;
    const char *text;
    aq__type_t *type;
} job_t;

static int refuse(const job_t *job, const char *why)
{
    return aq__fail(AQ_EMAPPING, "'%s' is no type of a column: %s", job->text, why);
}

/* The type in SELECT NULL::type; NULL: the text is more than a type, or less. */
static const PgQuery__TypeName *type_name_of(const aq__sql_tree_t *tree)
{
    const PgQuery__Node *node = aq__sql_tree_statement(tree);
    const PgQuery__SelectStmt *select =
        node != NULL && node->node_case == PG_QUERY__NODE__NODE_SELECT_STMT ? node->select_stmt : NULL;
    const PgQuery__ResTarget *target;

    if (select == NULL || select->n_target_list != 1 || select->n_from_clause > 0 ||
        select->where_clause != NULL)
        return NULL;
    target = select->target_list[0]->res_target;
    if (is_string(target->name) || target->val->node_case != PG_QUERY__NODE__NODE_TYPE_CAST ||
        target->val->type_cast->arg->node_case != PG_QUERY__NODE__NODE_A_CONST)
        return NULL;
    return target->val->type_cast->type_name;
}

/* Brackets close after what they open: the text cannot leave the CAST that it is put into. */
static int check_brackets(const job_t *job, const aq__sql_statement_t *statement)
{
    size_t open = 0, depth;

    for (size_t i = 0; i < statement->count; i++) {
        open += aq__sql_is(job->text, &statement->tokens[i], "(");
        if (aq__sql_is(job->text, &statement->tokens[i], ")") && open-- == 0)
            return refuse(job, "syntax error at or near \")\"");
    }
    if (open > 0)
        return refuse(job, "syntax error at end of input");
    if (aq__sql_depth(job->text, statement->tokens, statement->count, &depth) != AQ_OK)
        return AQ_ENOMEM;
    return depth > AQ__SQL_DEPTH_MOST ? refuse(job, "it nests too deep") : AQ_OK;
}

static int take_tree(const job_t *job, const aq__sql_tree_t *tree)
{
    const PgQuery__TypeName *name = type_name_of(tree);
    const char *why = NULL;

    if (tree->result == NULL)
        return refuse(job, tree->problem);
    if (name == NULL)
        return refuse(job, "it is more than a type");
    if (aq__sql_read_type_name(NULL, job->arena, name, job->text, job->type, &why) != AQ_OK)
        return AQ_ENOMEM;
    return why != NULL ? refuse(job, why) : AQ_OK;
}

static int read_type(const job_t *job, aq_arena_t *scratch)
{
    aq__sql_lexer_t lexer = {.text = job->text, .length = strlen(job->text)};
    aq__sql_statement_t statement = {0};
    aq__sql_tree_t tree;
    const char *sql;
    bool end;
    int code = aq__sql_next(&lexer, scratch, &statement, &end);

    if (code != AQ_OK)
        return code;
    if (!aq_utf8_valid(job->text, lexer.length))
        return aq__fail(AQ_EMAPPING, "a type of a column is not valid UTF-8");
    if (end)
        return refuse(job, "it is empty");
    code = check_brackets(job, &statement);
    if (code != AQ_OK)
        return code;
    sql = aq_arena_printf(scratch, "SELECT CAST(NULL AS %s\n)", job->text);
    if (sql == NULL || aq__sql_parse(scratch, sql, &tree) != AQ_OK)
        return AQ_ENOMEM;
    return take_tree(job, &tree);
}

static int read_type_deep(void *data)
{
    aq_arena_t *scratch = aq_arena_create();
    int code = scratch != NULL ? read_type(data, scratch) : AQ_ENOMEM;

    aq_arena_close(scratch);
    return code;
}

int aq__parse_type(aq_arena_t *arena, const char *text, aq__type_t *type)
{
    job_t job = {arena, text, type};

    return aq__sql_call_deep(read_type_deep, &job);
}

int aq__read_type(aq_arena_t *arena, const char *text, aq__type_t *type)
{
    bool is_plain;
    int code = aq__read_plain_type(arena, text, type, &is_plain);

    return code != AQ_OK || is_plain ? code : aq__parse_type(arena, text, type);
}

/* ---- Of a whole metadata --------------------------------------------------------------------------------------------------------- */

typedef struct texts {
    aq__metadata_t *metadata;
    aq__problems_t *problems;
    bool wrong;
} texts_t;

static int read_text(texts_t *texts, aq_arena_t *scratch, aq__column_t *column)
{
    aq__type_t type;
    const job_t job = {texts->metadata->arena, column->type.text, &type};
    aq_text_t name = {0};
    int code = read_type(&job, scratch);

    if (code == AQ_OK)
        column->type = type;
    if (code != AQ_EMAPPING)
        return code;
    aq__table_describe(&name, column->table);
    code = name.failed ? AQ_ENOMEM
                       : aq__problem_add(texts->problems, column->source, "%s.%s: %s", aq_text_string(&name),
                                         column->name, aq_last_error()->message);
    aq_text_dispose(&name);
    texts->wrong = true;
    return code == AQ_ENOMEM ? code : AQ_OK;
}

static int read_texts(void *data)
{
    texts_t *texts = data;
    aq_arena_t *scratch = aq_arena_create();
    int code = scratch != NULL ? AQ_OK : AQ_ENOMEM;

    for (size_t i = 0; i < texts->metadata->table_count && code == AQ_OK; i++) {
        const aq__table_t *table = texts->metadata->tables[i];

        for (size_t j = 0; j < table->column_count && code == AQ_OK; j++) {
            aq_arena_reset(scratch);
            if (table->columns[j]->type.text != NULL)
                code = read_text(texts, scratch, table->columns[j]);
        }
    }
    aq_arena_close(scratch);
    return code;
}

/* Whether texts are `left`, which the parser must read: all of them in one thread. */
static int read_plain_texts(aq__metadata_t *metadata, bool *left)
{
    bool is_plain;

    *left = false;
    for (size_t i = 0; i < metadata->table_count; i++)
        for (size_t j = 0; j < metadata->tables[i]->column_count; j++) {
            aq__type_t *type = &metadata->tables[i]->columns[j]->type;

            if (type->text == NULL)
                continue;
            if (aq__read_plain_type(metadata->arena, type->text, type, &is_plain) != AQ_OK)
                return AQ_ENOMEM;
            *left = *left || !is_plain;
        }
    return AQ_OK;
}

int aq__read_types(aq__metadata_t *metadata, aq__problems_t *problems)
{
    texts_t texts = {metadata, problems, false};
    bool left;
    int code = read_plain_texts(metadata, &left);

    if (code == AQ_OK && left)
        code = aq__sql_call_deep(read_texts, &texts);
    return code == AQ_OK && texts.wrong
               ? aq__fail(AQ_EMAPPING, "%s", problems->items[problems->count - 1].text)
               : code;
}
