/* What the server calls an expression in an index: index and exclusion constraint take their own names of it.
 *
 * The happy path: the expression's tree says it by its root: lower(email) is "lower", a::text is "a", a + b has no name. The failure modes: what cannot be
 * parsed has no name; no memory. Source: the server's behaviour; the documentation of CREATE INDEX says only that it is "suitable". */
#include <stdio.h>

#include "src/schema/naming.h"
#include "src/schema/read_sql-private.h"

/* How sure the server is: a name that is weak gives way to that of the cast or CASE around it. */
typedef enum strength { NAMELESS, WEAK, STRONG } strength_t;

static strength_t figure(const PgQuery__Node *node, const char **name);

static strength_t strong(const char **name, const char *text)
{
    *name = text;
    return STRONG;
}

/* The last one that is no subscript and no star. */
static strength_t last_string(PgQuery__Node *const *nodes, size_t count, const char **name)
{
    for (size_t i = count; i > 0; i--)
        if (nodes[i - 1]->node_case == PG_QUERY__NODE__NODE_STRING)
            return strong(name, nodes[i - 1]->string->sval);
    return NAMELESS;
}

static strength_t figure_indirection(const PgQuery__AIndirection *indirection, const char **name)
{
    strength_t strength = last_string(indirection->indirection, indirection->n_indirection, name);

    return strength != NAMELESS ? strength : figure(indirection->arg, name);
}

static strength_t figure_cast(const PgQuery__TypeCast *cast, const char **name)
{
    strength_t strength = figure(cast->arg, name);

    if (strength == STRONG)
        return strength;
    *name = aq__sql_last_name(cast->type_name->names, cast->type_name->n_names);
    return WEAK;
}

static strength_t figure_case(const PgQuery__CaseExpr *expression, const char **name)
{
    strength_t strength = expression->defresult != NULL ? figure(expression->defresult, name) : NAMELESS;

    if (strength == STRONG)
        return strength;
    *name = "case";
    return WEAK;
}

static const char *value_name(PgQuery__SQLValueFunctionOp op)
{
    switch ((int)op) {
    case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_CURRENT_DATE: return "current_date";
    case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_CURRENT_TIME:
    case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_CURRENT_TIME_N: return "current_time";
    case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_LOCALTIME:
    case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_LOCALTIME_N: return "localtime";
    case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_LOCALTIMESTAMP:
    case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_LOCALTIMESTAMP_N: return "localtimestamp";
    default: return "expr"; /* those of the session are not immutable: no index has them */
    }
}

static strength_t figure(const PgQuery__Node *node, const char **name)
{
    switch ((int)node->node_case) {
    case PG_QUERY__NODE__NODE_COLUMN_REF:
        return last_string(node->column_ref->fields, node->column_ref->n_fields, name);
    case PG_QUERY__NODE__NODE_FUNC_CALL:
        return last_string(node->func_call->funcname, node->func_call->n_funcname, name);
    case PG_QUERY__NODE__NODE_A_INDIRECTION: return figure_indirection(node->a_indirection, name);
    case PG_QUERY__NODE__NODE_TYPE_CAST: return figure_cast(node->type_cast, name);
    case PG_QUERY__NODE__NODE_COLLATE_CLAUSE: return figure(node->collate_clause->arg, name);
    case PG_QUERY__NODE__NODE_CASE_EXPR: return figure_case(node->case_expr, name);
    case PG_QUERY__NODE__NODE_A_ARRAY_EXPR: return strong(name, "array");
    case PG_QUERY__NODE__NODE_ROW_EXPR: return strong(name, "row");
    case PG_QUERY__NODE__NODE_COALESCE_EXPR: return strong(name, "coalesce");
    case PG_QUERY__NODE__NODE_MIN_MAX_EXPR:
        return strong(name,
                      node->min_max_expr->op == PG_QUERY__MIN_MAX_OP__IS_GREATEST ? "greatest" : "least");
    case PG_QUERY__NODE__NODE_SQLVALUE_FUNCTION: return strong(name, value_name(node->sqlvalue_function->op));
    case PG_QUERY__NODE__NODE_A_EXPR:
        return node->a_expr->kind == PG_QUERY__A__EXPR__KIND__AEXPR_NULLIF ? strong(name, "nullif")
                                                                           : NAMELESS;
    default: return NAMELESS;
    }
}

/* "expr" where there is no better one. NULL: AQ_ENOMEM. */
static const char *expression_name(aq__sql_reader_t *reader, const char *expression)
{
    const char *sql = aq_arena_printf(reader->scratch, "select %s", expression), *name = "expr";
    const PgQuery__Node *statement;
    aq__sql_tree_t tree;

    if (sql == NULL || aq__sql_parse(reader->scratch, sql, &tree) != AQ_OK)
        return NULL;
    statement = aq__sql_tree_statement(&tree);
    if (statement != NULL && statement->node_case == PG_QUERY__NODE__NODE_SELECT_STMT &&
        statement->select_stmt->n_target_list == 1)
        (void)figure(statement->select_stmt->target_list[0]->res_target->val, &name);
    return name;
}

static bool is_taken(const char *name, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

/* With a number where an earlier part has the name already: "lower", "lower1". */
static const char *distinct_name(aq__sql_reader_t *reader, const char *name, const char *const *names,
                                 size_t count)
{
    const char *distinct = name;
    char digits[16];

    for (unsigned i = 1; distinct != NULL && is_taken(distinct, names, count); i++) {
        size_t most = AQ__NAME_MAX - (size_t)snprintf(digits, sizeof(digits), "%u", i);
        size_t length = strlen(name);

        length = aq__utf8_cut(name, length, length < most ? length : most);
        distinct = aq_arena_printf(reader->scratch, "%.*s%s", (int)length, name, digits);
    }
    return distinct;
}

const char *aq__sql_joined_parts(aq__sql_reader_t *reader, const aq__part_t *parts, size_t count,
                                 aq__column_t *const *include, size_t include_count)
{
    const char **names = aq_arena_calloc(reader->scratch, count + include_count, sizeof(*names));
    const char *joined = "";

    for (size_t i = 0; i < count + include_count && names != NULL && joined != NULL; i++) {
        const char *name = i >= count                ? include[i - count]->name
                           : parts[i].column != NULL ? parts[i].column->name
                                                     : expression_name(reader, parts[i].expression);

        names[i] = name != NULL ? distinct_name(reader, name, names, i) : NULL;
        joined = names[i] != NULL
                     ? aq_arena_printf(reader->scratch, "%s%s%s", joined, i > 0 ? "_" : "", names[i])
                     : NULL;
    }
    return names != NULL ? joined : NULL;
}
