/* Operators of expressions: AND and OR, comparisons, IN, BETWEEN, rows and signs, each built in one of the ways in which it can be written: the server's. */
#include "src/schema/expression-private.h"

static void flatten(aq__builder_t *builder, aq__expression_t *into, aq__expression_t *part)
{
    if (part->kind != into->kind) {
        aq__add_part(builder, into, part);
        return;
    }
    for (size_t i = 0; i < part->count; i++)
        aq__add_part(builder, into, part->parts[i]);
}

aq__expression_t *aq__build_condition(aq__builder_t *builder, const PgQuery__BoolExpr *bool_expression)
{
    aq__node_kind_t kind = bool_expression->boolop == PG_QUERY__BOOL_EXPR_TYPE__AND_EXPR  ? AQ__NODE_AND
                           : bool_expression->boolop == PG_QUERY__BOOL_EXPR_TYPE__OR_EXPR ? AQ__NODE_OR
                                                                                          : AQ__NODE_NOT;
    aq__expression_t *expression = aq__new_expression(builder, kind, "");

    for (size_t i = 0; i < bool_expression->n_args; i++) {
        aq__expression_t *part = aq__build_node(builder, bool_expression->args[i]);

        if (kind == AQ__NODE_NOT)
            aq__add_part(builder, expression, part);
        else
            flatten(builder, expression, part);
    }
    return expression;
}

static aq__expression_t *join(aq__builder_t *builder, aq__node_kind_t kind, aq__expression_t *first,
                              aq__expression_t *second)
{
    aq__expression_t *expression = aq__new_expression(builder, kind, "");

    flatten(builder, expression, first);
    flatten(builder, expression, second);
    return expression;
}

/* One item is a comparison, constants are an array; columns are compared one by one, as the server does it. */
static aq__expression_t *build_in(aq__builder_t *builder, const PgQuery__AExpr *in)
{
    const char *name = aq__sql_last_name(in->name, in->n_name);
    bool equal = strcmp(name, "=") == 0;
    const PgQuery__List *items = in->rexpr->list;
    aq__expression_t *left = aq__build_node(builder, in->lexpr),
                     *array = aq__new_expression(builder, AQ__NODE_ARRAY, ""), *columns = NULL, *whole = NULL;

    for (size_t i = 0; i < items->n_items; i++) {
        aq__expression_t *item = aq__build_node(builder, items->items[i]), *one;

        if (items->n_items > 1 && item->kind != AQ__NODE_COLUMN) {
            aq__add_part(builder, array, item);
            continue;
        }
        one = aq__with_parts(builder, AQ__NODE_OPERATOR, equal ? "=" : "<>", left, item);
        columns = columns == NULL ? one : join(builder, equal ? AQ__NODE_OR : AQ__NODE_AND, columns, one);
    }
    if (array->count == 1)
        whole = aq__with_parts(builder, AQ__NODE_OPERATOR, equal ? "=" : "<>", left, array->parts[0]);
    else if (array->count > 1)
        whole = aq__with_parts(builder, equal ? AQ__NODE_ANY : AQ__NODE_ALL, equal ? "=" : "<>", left, array);
    if (whole == NULL || columns == NULL)
        return whole != NULL ? whole : columns != NULL ? columns : array;
    return join(builder, equal ? AQ__NODE_OR : AQ__NODE_AND, whole, columns);
}

static aq__expression_t *build_between(aq__builder_t *builder, const PgQuery__AExpr *between, bool swapped,
                                       bool inside)
{
    const PgQuery__List *bounds = between->rexpr->list;
    aq__expression_t *left = aq__build_node(builder, between->lexpr);
    aq__expression_t *low = aq__build_node(builder, bounds->items[swapped]),
                     *high = aq__build_node(builder, bounds->items[!swapped]);

    return join(builder, inside ? AQ__NODE_AND : AQ__NODE_OR,
                aq__with_parts(builder, AQ__NODE_OPERATOR, inside ? ">=" : "<", left, low),
                aq__with_parts(builder, AQ__NODE_OPERATOR, inside ? "<=" : ">", left, high));
}

/* -5 is a constant, and so is +5. */
static aq__expression_t *build_sign(aq__builder_t *builder, const char *sign, aq__expression_t *number)
{
    if (sign[0] == '+')
        return number;
    return aq__new_expression(builder, AQ__NODE_NUMBER,
                              number->text[0] == '-' ? aq__builder_copy(builder, number->text + 1)
                                                     : aq_arena_printf(builder->arena, "-%s", number->text));
}

static aq__expression_t *build_operator(aq__builder_t *builder, const PgQuery__AExpr *said,
                                        aq__node_kind_t kind)
{
    aq__expression_t *expression = aq__build_name(builder, kind, said->name, said->n_name);
    aq__expression_t *right = said->rexpr != NULL ? aq__build_node(builder, said->rexpr) : NULL;

    if (kind == AQ__NODE_OPERATOR && said->lexpr == NULL && right != NULL && right->kind == AQ__NODE_NUMBER &&
        (strcmp(expression->text, "-") == 0 || strcmp(expression->text, "+") == 0))
        return build_sign(builder, expression->text, right);
    if (said->lexpr != NULL)
        aq__add_part(builder, expression, aq__build_node(builder, said->lexpr));
    if (right != NULL)
        aq__add_part(builder, expression, right);
    return expression;
}

static const PgQuery__RowExpr *row_of(const PgQuery__Node *node)
{
    return node != NULL && node->node_case == PG_QUERY__NODE__NODE_ROW_EXPR ? node->row_expr : NULL;
}

/* Two rows are compared column by column; NULL: they are not two rows, or it is another comparison. */
static aq__expression_t *build_rows(aq__builder_t *builder, const PgQuery__AExpr *said)
{
    const PgQuery__RowExpr *left = row_of(said->lexpr), *right = row_of(said->rexpr);
    const char *name = aq__sql_last_name(said->name, said->n_name);
    bool equal = strcmp(name, "=") == 0;
    aq__expression_t *whole = NULL;

    if (left == NULL || right == NULL || left->n_args != right->n_args || left->n_args < 2 ||
        (!equal && strcmp(name, "<>") != 0))
        return NULL;
    for (size_t i = 0; i < left->n_args; i++) {
        aq__expression_t *one =
            aq__with_parts(builder, AQ__NODE_OPERATOR, equal ? "=" : "<>",
                           aq__build_node(builder, left->args[i]), aq__build_node(builder, right->args[i]));

        whole = whole == NULL ? one : join(builder, equal ? AQ__NODE_AND : AQ__NODE_OR, whole, one);
    }
    return whole;
}

aq__expression_t *aq__build_operation(aq__builder_t *builder, const PgQuery__AExpr *said)
{
    aq__expression_t *rows =
        said->kind == PG_QUERY__A__EXPR__KIND__AEXPR_OP ? build_rows(builder, said) : NULL;

    if (rows != NULL)
        return rows;
    switch ((int)said->kind) {
    case PG_QUERY__A__EXPR__KIND__AEXPR_OP:
    case PG_QUERY__A__EXPR__KIND__AEXPR_LIKE:
    case PG_QUERY__A__EXPR__KIND__AEXPR_ILIKE:
    case PG_QUERY__A__EXPR__KIND__AEXPR_SIMILAR: return build_operator(builder, said, AQ__NODE_OPERATOR);
    case PG_QUERY__A__EXPR__KIND__AEXPR_OP_ANY: return build_operator(builder, said, AQ__NODE_ANY);
    case PG_QUERY__A__EXPR__KIND__AEXPR_OP_ALL: return build_operator(builder, said, AQ__NODE_ALL);
    case PG_QUERY__A__EXPR__KIND__AEXPR_IN: return build_in(builder, said);
    case PG_QUERY__A__EXPR__KIND__AEXPR_BETWEEN: return build_between(builder, said, false, true);
    case PG_QUERY__A__EXPR__KIND__AEXPR_NOT_BETWEEN: return build_between(builder, said, false, false);
    case PG_QUERY__A__EXPR__KIND__AEXPR_BETWEEN_SYM:
        return join(builder, AQ__NODE_OR, build_between(builder, said, false, true),
                    build_between(builder, said, true, true));
    case PG_QUERY__A__EXPR__KIND__AEXPR_NOT_BETWEEN_SYM:
        return join(builder, AQ__NODE_AND, build_between(builder, said, false, false),
                    build_between(builder, said, true, false));
    case PG_QUERY__A__EXPR__KIND__AEXPR_DISTINCT:
        return aq__with_parts(builder, AQ__NODE_OTHER, "is distinct from",
                              aq__build_node(builder, said->lexpr), aq__build_node(builder, said->rexpr));
    case PG_QUERY__A__EXPR__KIND__AEXPR_NOT_DISTINCT:
        return aq__with_parts(builder, AQ__NODE_NOT, "",
                              aq__with_parts(builder, AQ__NODE_OTHER, "is distinct from",
                                             aq__build_node(builder, said->lexpr),
                                             aq__build_node(builder, said->rexpr)),
                              NULL);
    case PG_QUERY__A__EXPR__KIND__AEXPR_NULLIF:
        return aq__with_parts(builder, AQ__NODE_OTHER, "nullif", aq__build_node(builder, said->lexpr),
                              aq__build_node(builder, said->rexpr));
    default: return aq__build_message(builder, &said->base);
    }
}
