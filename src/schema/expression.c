/* Expressions to trees.
 *
 * The happy path: PostgreSQL's parser, then each node that can be written in several ways is built in one; any other node is its numbers, its texts and its nodes. The failure
 * modes: a text that is no expression, or nests too deep, has no tree; no memory. */
#include <stdlib.h>

#include "src/schema/expression.h"

enum { EXPONENT_MOST = 100 }; /* of numbers that are compared digit by digit */

/* ---- Building -------------------------------------------------------------------------------------------------------------- */

typedef struct builder {
    aq_arena_t *arena;
    bool failed; /* out of memory */
} builder_t;

static aq__expression_t *build(builder_t *builder, const PgQuery__Node *node);
static aq__expression_t *build_message(builder_t *builder, const ProtobufCMessage *message);

static aq__expression_t out_of_memory = {.kind = AQ__NODE_OTHER, .text = ""};

static aq__expression_t *new_expression(builder_t *builder, aq__node_kind_t kind, const char *text)
{
    aq__expression_t *expression = aq_arena_calloc(builder->arena, 1, sizeof(*expression));

    if (expression == NULL || text == NULL) {
        builder->failed = true;
        return &out_of_memory;
    }
    expression->kind = kind;
    expression->text = text;
    return expression;
}

/* Not of `out_of_memory`, which all threads share. */
static void set_text(builder_t *builder, aq__expression_t *expression, const char *text)
{
    if (builder->failed || text == NULL)
        builder->failed = true;
    else
        expression->text = text;
}

static void add_part(builder_t *builder, aq__expression_t *expression, aq__expression_t *part)
{
    aq__expression_t **parts;

    if (builder->failed)
        return;
    parts = aq__grow(builder->arena, expression->parts, expression->count, sizeof(*parts));
    if (parts == NULL) {
        builder->failed = true;
        return;
    }
    parts[expression->count++] = part;
    expression->parts = parts;
}

static aq__expression_t *with_parts(builder_t *builder, aq__node_kind_t kind, const char *text,
                                    aq__expression_t *first, aq__expression_t *second)
{
    aq__expression_t *expression = new_expression(builder, kind, text);

    if (first != NULL)
        add_part(builder, expression, first);
    if (second != NULL)
        add_part(builder, expression, second);
    return expression;
}

static const char *copy(builder_t *builder, const char *text)
{
    return aq_arena_strdup(builder->arena, text);
}

/* "1000" of "1e3", "0.015" of "1.5e-2": the digits, and where the point comes among them. */
static const char *without_exponent(builder_t *builder, const char *number, const char *exponent)
{
    long point = strtol(exponent + 1, NULL, 10);
    aq_text_t digits = {0}, text = {0};
    const char *plain;

    if (point < -EXPONENT_MOST || point > EXPONENT_MOST)
        return number;
    for (const char *c = number; c < exponent; c++)
        if (*c != '.')
            aq_text_append_char(&digits, *c);
    for (const char *c = number; c < exponent && *c != '.'; c++)
        point++;
    aq_text_append(&text, point <= 0 ? "0." : "");
    for (long i = point; i < 0; i++)
        aq_text_append_char(&text, '0');
    for (size_t i = 0; i < digits.length; i++)
        aq_text_appendf(&text, "%s%c", point > 0 && i == (size_t)point ? "." : "", digits.data[i]);
    for (long i = (long)digits.length; i < point; i++)
        aq_text_append_char(&text, '0');
    plain = digits.failed || text.failed ? NULL : aq_arena_strdup(builder->arena, aq_text_string(&text));
    aq_text_dispose(&digits);
    aq_text_dispose(&text);
    return plain;
}

/* "0.5" of ".5", "5" of "5." and "05" */
static const char *plain_number(builder_t *builder, const char *text)
{
    const char *exponent = strpbrk(text, "eE");
    size_t length;

    if (exponent != NULL)
        text = without_exponent(builder, text, exponent);
    if (text == NULL)
        return NULL;
    length = strlen(text);
    while (text[0] == '0' && text[1] >= '0' && text[1] <= '9')
        text++, length--;
    if (length > 1 && text[length - 1] == '.')
        length--;
    return aq_arena_printf(builder->arena, "%s%.*s", text[0] == '.' ? "0" : "", (int)length, text);
}

static aq__expression_t *build_constant(builder_t *builder, const PgQuery__AConst *constant)
{
    switch ((int)constant->val_case) {
    case PG_QUERY__A__CONST__VAL_IVAL:
        return new_expression(builder, AQ__NODE_NUMBER,
                              aq_arena_printf(builder->arena, "%d", constant->ival->ival));
    case PG_QUERY__A__CONST__VAL_FVAL:
        return new_expression(builder, AQ__NODE_NUMBER, plain_number(builder, constant->fval->fval));
    case PG_QUERY__A__CONST__VAL_BOOLVAL:
        return new_expression(builder, AQ__NODE_TRUTH, constant->boolval->boolval ? "true" : "false");
    case PG_QUERY__A__CONST__VAL_SVAL:
        return new_expression(builder, AQ__NODE_CONSTANT, copy(builder, constant->sval->sval));
    case PG_QUERY__A__CONST__VAL_BSVAL: /* b101: the server shows it as a string */
        return new_expression(builder, AQ__NODE_CONSTANT,
                              copy(builder, constant->bsval->bsval + (constant->bsval->bsval[0] == 'b')));
    default: return new_expression(builder, AQ__NODE_OTHER, "NULL");
    }
}

/* The last name, and the schema unless it is pg_catalog. */
static aq__expression_t *build_name(builder_t *builder, aq__node_kind_t kind, PgQuery__Node *const *names,
                                    size_t count)
{
    const char *schema = aq__sql_first_name(names, count);
    aq__expression_t *expression =
        new_expression(builder, kind, copy(builder, aq__sql_last_name(names, count)));

    if (schema != NULL && strcmp(schema, "pg_catalog") != 0 && !builder->failed) {
        expression->schema = copy(builder, schema);
        builder->failed = expression->schema == NULL;
    }
    return expression;
}

/* 20 of varchar(20), Point of geometry(Point, 4326) */
static void append_modifier(aq_text_t *text, const PgQuery__Node *modifier)
{
    const PgQuery__AConst *constant =
        modifier->node_case == PG_QUERY__NODE__NODE_A_CONST ? modifier->a_const : NULL;

    aq_text_append_char(text, ',');
    if (modifier->node_case == PG_QUERY__NODE__NODE_COLUMN_REF)
        aq_text_append(text, aq__sql_last_name(modifier->column_ref->fields, modifier->column_ref->n_fields));
    else if (constant != NULL && constant->val_case == PG_QUERY__A__CONST__VAL_IVAL)
        aq_text_appendf(text, "%d", constant->ival->ival);
    else if (constant != NULL && constant->val_case == PG_QUERY__A__CONST__VAL_SVAL)
        aq_text_appendf(text, "'%s'", constant->sval->sval);
}

/* "varchar(20)[]" */
static aq__expression_t *build_cast(builder_t *builder, const PgQuery__TypeCast *cast)
{
    const PgQuery__TypeName *type = cast->type_name;
    aq__expression_t *name = build_name(builder, AQ__NODE_CAST, type->names, type->n_names);
    aq_text_t text = {0};

    aq_text_append(&text, name->text);
    for (size_t i = 0; i < type->n_typmods; i++)
        append_modifier(&text, type->typmods[i]);
    if (type->n_array_bounds > 0)
        aq_text_append(&text, "[]");
    set_text(builder, name, text.failed ? NULL : copy(builder, aq_text_string(&text)));
    aq_text_dispose(&text);
    add_part(builder, name, build(builder, cast->arg));
    return name;
}

static void flatten(builder_t *builder, aq__expression_t *into, aq__expression_t *part)
{
    if (part->kind != into->kind) {
        add_part(builder, into, part);
        return;
    }
    for (size_t i = 0; i < part->count; i++)
        add_part(builder, into, part->parts[i]);
}

static aq__expression_t *build_bool(builder_t *builder, const PgQuery__BoolExpr *bool_expression)
{
    aq__node_kind_t kind = bool_expression->boolop == PG_QUERY__BOOL_EXPR_TYPE__AND_EXPR  ? AQ__NODE_AND
                           : bool_expression->boolop == PG_QUERY__BOOL_EXPR_TYPE__OR_EXPR ? AQ__NODE_OR
                                                                                          : AQ__NODE_NOT;
    aq__expression_t *expression = new_expression(builder, kind, "");

    for (size_t i = 0; i < bool_expression->n_args; i++) {
        aq__expression_t *part = build(builder, bool_expression->args[i]);

        if (kind == AQ__NODE_NOT)
            add_part(builder, expression, part);
        else
            flatten(builder, expression, part);
    }
    return expression;
}

static aq__expression_t *join(builder_t *builder, aq__node_kind_t kind, aq__expression_t *first,
                              aq__expression_t *second)
{
    aq__expression_t *expression = new_expression(builder, kind, "");

    flatten(builder, expression, first);
    flatten(builder, expression, second);
    return expression;
}

/* One item is a comparison, constants are an array; columns are compared one by one, as the server does it. */
static aq__expression_t *build_in(builder_t *builder, const PgQuery__AExpr *in)
{
    const char *name = aq__sql_last_name(in->name, in->n_name);
    bool equal = strcmp(name, "=") == 0;
    const PgQuery__List *items = in->rexpr->list;
    aq__expression_t *left = build(builder, in->lexpr), *array = new_expression(builder, AQ__NODE_ARRAY, ""),
                     *columns = NULL, *whole = NULL;

    for (size_t i = 0; i < items->n_items; i++) {
        aq__expression_t *item = build(builder, items->items[i]), *one;

        if (items->n_items > 1 && item->kind != AQ__NODE_COLUMN) {
            add_part(builder, array, item);
            continue;
        }
        one = with_parts(builder, AQ__NODE_OPERATOR, equal ? "=" : "<>", left, item);
        columns = columns == NULL ? one : join(builder, equal ? AQ__NODE_OR : AQ__NODE_AND, columns, one);
    }
    if (array->count == 1)
        whole = with_parts(builder, AQ__NODE_OPERATOR, equal ? "=" : "<>", left, array->parts[0]);
    else if (array->count > 1)
        whole = with_parts(builder, equal ? AQ__NODE_ANY : AQ__NODE_ALL, equal ? "=" : "<>", left, array);
    if (whole == NULL || columns == NULL)
        return whole != NULL ? whole : columns != NULL ? columns : array;
    return join(builder, equal ? AQ__NODE_OR : AQ__NODE_AND, whole, columns);
}

static aq__expression_t *build_between(builder_t *builder, const PgQuery__AExpr *between, bool swapped,
                                       bool inside)
{
    const PgQuery__List *bounds = between->rexpr->list;
    aq__expression_t *left = build(builder, between->lexpr);
    aq__expression_t *low = build(builder, bounds->items[swapped]),
                     *high = build(builder, bounds->items[!swapped]);

    return join(builder, inside ? AQ__NODE_AND : AQ__NODE_OR,
                with_parts(builder, AQ__NODE_OPERATOR, inside ? ">=" : "<", left, low),
                with_parts(builder, AQ__NODE_OPERATOR, inside ? "<=" : ">", left, high));
}

/* -5 is a constant, and so is +5. */
static aq__expression_t *build_sign(builder_t *builder, const char *sign, aq__expression_t *number)
{
    if (sign[0] == '+')
        return number;
    return new_expression(builder, AQ__NODE_NUMBER,
                          number->text[0] == '-' ? copy(builder, number->text + 1)
                                                 : aq_arena_printf(builder->arena, "-%s", number->text));
}

static aq__expression_t *build_operator(builder_t *builder, const PgQuery__AExpr *said, aq__node_kind_t kind)
{
    aq__expression_t *expression = build_name(builder, kind, said->name, said->n_name);
    aq__expression_t *right = said->rexpr != NULL ? build(builder, said->rexpr) : NULL;

    if (kind == AQ__NODE_OPERATOR && said->lexpr == NULL && right != NULL && right->kind == AQ__NODE_NUMBER &&
        (strcmp(expression->text, "-") == 0 || strcmp(expression->text, "+") == 0))
        return build_sign(builder, expression->text, right);
    if (said->lexpr != NULL)
        add_part(builder, expression, build(builder, said->lexpr));
    if (right != NULL)
        add_part(builder, expression, right);
    return expression;
}

static const PgQuery__RowExpr *row_of(const PgQuery__Node *node)
{
    return node != NULL && node->node_case == PG_QUERY__NODE__NODE_ROW_EXPR ? node->row_expr : NULL;
}

/* Two rows are compared column by column; NULL: they are not two rows, or it is another comparison. */
static aq__expression_t *build_rows(builder_t *builder, const PgQuery__AExpr *said)
{
    const PgQuery__RowExpr *left = row_of(said->lexpr), *right = row_of(said->rexpr);
    const char *name = aq__sql_last_name(said->name, said->n_name);
    bool equal = strcmp(name, "=") == 0;
    aq__expression_t *whole = NULL;

    if (left == NULL || right == NULL || left->n_args != right->n_args || left->n_args < 2 ||
        (!equal && strcmp(name, "<>") != 0))
        return NULL;
    for (size_t i = 0; i < left->n_args; i++) {
        aq__expression_t *one = with_parts(builder, AQ__NODE_OPERATOR, equal ? "=" : "<>",
                                           build(builder, left->args[i]), build(builder, right->args[i]));

        whole = whole == NULL ? one : join(builder, equal ? AQ__NODE_AND : AQ__NODE_OR, whole, one);
    }
    return whole;
}

static aq__expression_t *build_a_expr(builder_t *builder, const PgQuery__AExpr *said)
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
        return with_parts(builder, AQ__NODE_OTHER, "is distinct from", build(builder, said->lexpr),
                          build(builder, said->rexpr));
    case PG_QUERY__A__EXPR__KIND__AEXPR_NOT_DISTINCT:
        return with_parts(builder, AQ__NODE_NOT, "",
                          with_parts(builder, AQ__NODE_OTHER, "is distinct from", build(builder, said->lexpr),
                                     build(builder, said->rexpr)),
                          NULL);
    case PG_QUERY__A__EXPR__KIND__AEXPR_NULLIF:
        return with_parts(builder, AQ__NODE_OTHER, "nullif", build(builder, said->lexpr),
                          build(builder, said->rexpr));
    default: return build_message(builder, &said->base);
    }
}

static aq__expression_t *build_column(builder_t *builder, const PgQuery__ColumnRef *column)
{
    if (column->fields[column->n_fields - 1]->node_case != PG_QUERY__NODE__NODE_STRING)
        return build_message(builder, &column->base);
    return build_name(builder, AQ__NODE_COLUMN, column->fields, column->n_fields);
}

/* Its arguments; all else that a call can have makes it another thing. */
static aq__expression_t *build_call(builder_t *builder, const PgQuery__FuncCall *call)
{
    aq__expression_t *expression = build_name(builder, AQ__NODE_CALL, call->funcname, call->n_funcname);

    for (size_t i = 0; i < call->n_args; i++)
        add_part(builder, expression, build(builder, call->args[i]));
    if (call->agg_star || call->agg_distinct || call->func_variadic || call->agg_within_group ||
        call->n_agg_order > 0 || call->agg_filter != NULL || call->over != NULL)
        set_text(builder, expression,
                 aq_arena_printf(builder->arena, "%s %d%d%d%d", expression->text, call->agg_star,
                                 call->agg_distinct, call->func_variadic, call->agg_within_group));
    for (size_t i = 0; i < call->n_agg_order; i++)
        add_part(builder, expression, build(builder, call->agg_order[i]));
    if (call->agg_filter != NULL)
        add_part(builder, expression,
                 with_parts(builder, AQ__NODE_OTHER, "filter", build(builder, call->agg_filter), NULL));
    if (call->over != NULL)
        add_part(builder, expression, build_message(builder, &call->over->base));
    return expression;
}

/* Without an ELSE it is ELSE NULL. */
static aq__expression_t *build_case(builder_t *builder, const PgQuery__CaseExpr *said)
{
    aq__expression_t *expression =
        new_expression(builder, AQ__NODE_OTHER, said->arg != NULL ? "case of" : "case");

    if (said->arg != NULL)
        add_part(builder, expression, build(builder, said->arg));
    for (size_t i = 0; i < said->n_args; i++)
        add_part(builder, expression, build(builder, said->args[i]));
    add_part(builder, expression,
             said->defresult != NULL ? build(builder, said->defresult)
                                     : new_expression(builder, AQ__NODE_OTHER, "NULL"));
    return expression;
}

static aq__expression_t *build_array(builder_t *builder, const PgQuery__AArrayExpr *array)
{
    aq__expression_t *expression = new_expression(builder, AQ__NODE_ARRAY, "");

    for (size_t i = 0; i < array->n_elements; i++)
        add_part(builder, expression, build(builder, array->elements[i]));
    return expression;
}

static aq__expression_t *build_collation(builder_t *builder, const PgQuery__CollateClause *clause)
{
    aq__expression_t *expression = build_name(builder, AQ__NODE_OTHER, clause->collname, clause->n_collname);

    set_text(builder, expression, aq_arena_printf(builder->arena, "collate %s", expression->text));
    add_part(builder, expression, build(builder, clause->arg));
    return expression;
}

static aq__expression_t *build_test(builder_t *builder, const ProtobufCMessage *test)
{
    aq__expression_t *expression = build_message(builder, test);

    if (!builder->failed)
        expression->kind = AQ__NODE_TEST;
    return expression;
}

static aq__expression_t *build(builder_t *builder, const PgQuery__Node *node)
{
    if (builder->failed)
        return &out_of_memory;
    switch ((int)node->node_case) {
    case PG_QUERY__NODE__NODE_A_CONST: return build_constant(builder, node->a_const);
    case PG_QUERY__NODE__NODE_TYPE_CAST: return build_cast(builder, node->type_cast);
    case PG_QUERY__NODE__NODE_BOOL_EXPR: return build_bool(builder, node->bool_expr);
    case PG_QUERY__NODE__NODE_A_EXPR: return build_a_expr(builder, node->a_expr);
    case PG_QUERY__NODE__NODE_COLUMN_REF: return build_column(builder, node->column_ref);
    case PG_QUERY__NODE__NODE_FUNC_CALL: return build_call(builder, node->func_call);
    case PG_QUERY__NODE__NODE_CASE_EXPR: return build_case(builder, node->case_expr);
    case PG_QUERY__NODE__NODE_A_ARRAY_EXPR: return build_array(builder, node->a_array_expr);
    case PG_QUERY__NODE__NODE_COLLATE_CLAUSE: return build_collation(builder, node->collate_clause);
    case PG_QUERY__NODE__NODE_NULL_TEST: return build_test(builder, &node->null_test->base);
    case PG_QUERY__NODE__NODE_BOOLEAN_TEST: return build_test(builder, &node->boolean_test->base);
    case PG_QUERY__NODE__NODE__NOT_SET: return new_expression(builder, AQ__NODE_OTHER, "nothing");
    default:
        return build_message(
            builder, (const ProtobufCMessage *)node->alias); /* any member of the union: each is a message */
    }
}

/* ---- Any other node: its numbers and texts, and its nodes ----------------------------------------------------------------------- */

static void append_scalar(aq_text_t *text, const ProtobufCFieldDescriptor *field, const void *value)
{
    switch ((int)field->type) {
    case PROTOBUF_C_TYPE_STRING: aq_text_appendf(text, "%s='%s' ", field->name, *(char *const *)value); break;
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_UINT64:
        aq_text_appendf(text, "%s=%lld ", field->name, (long long)*(const int64_t *)value);
        break;
    default: aq_text_appendf(text, "%s=%ld ", field->name, (long)*(const int32_t *)value); break;
    }
}

static void add_child(builder_t *builder, aq__expression_t *expression, aq_text_t *text,
                      const ProtobufCFieldDescriptor *field, const ProtobufCMessage *child)
{
    if (child == NULL)
        return;
    aq_text_appendf(text, "%s ", field->name);
    add_part(builder, expression,
             child->descriptor == &pg_query__node__descriptor ? build(builder, (const PgQuery__Node *)child)
                                                              : build_message(builder, child));
}

static void add_field(builder_t *builder, aq__expression_t *expression, aq_text_t *text,
                      const ProtobufCFieldDescriptor *field, const ProtobufCMessage *message)
{
    const char *member = (const char *)message + field->offset;

    if (strcmp(field->name, "location") == 0)
        return;
    if (field->label == PROTOBUF_C_LABEL_REPEATED) {
        size_t count = *(const size_t *)(const void *)((const char *)message + field->quantifier_offset);
        ProtobufCMessage *const *children = *(ProtobufCMessage *const *const *)(const void *)member;

        for (size_t i = 0; i < count && field->type == PROTOBUF_C_TYPE_MESSAGE; i++)
            add_child(builder, expression, text, field, children[i]);
    } else if (field->type == PROTOBUF_C_TYPE_MESSAGE) {
        add_child(builder, expression, text, field, *(ProtobufCMessage *const *)(const void *)member);
    } else {
        append_scalar(text, field, member);
    }
}

static aq__expression_t *build_message(builder_t *builder, const ProtobufCMessage *message)
{
    aq__expression_t *expression = new_expression(builder, AQ__NODE_OTHER, "");
    aq_text_t text = {0};

    if (builder->failed)
        return expression;
    aq_text_appendf(&text, "%s ", message->descriptor->short_name);
    for (unsigned i = 0; i < message->descriptor->n_fields; i++)
        if (message->descriptor != &pg_query__node__descriptor)
            add_field(builder, expression, &text, &message->descriptor->fields[i], message);
    set_text(builder, expression, text.failed ? NULL : copy(builder, aq_text_string(&text)));
    aq_text_dispose(&text);
    return expression;
}

/* ---- Parsing ------------------------------------------------------------------------------------------------------------------------ */

/* Brackets close after what they open, and it is one statement that does not nest too deep. AQ_ENOMEM. */
static int check_text(aq_arena_t *arena, const char *text, bool *fine)
{
    aq__sql_lexer_t lexer = {.text = text, .length = strlen(text)};
    aq__sql_statement_t statement = {.count = 0};
    size_t open = 0, depth = 0;
    bool end;

    *fine = false;
    if (!aq_utf8_valid(text, lexer.length))
        return AQ_OK;
    if (aq__sql_next(&lexer, arena, &statement, &end) != AQ_OK)
        return AQ_ENOMEM;
    if (end || statement.what != AQ__SQL_STATEMENT || lexer.at < lexer.length)
        return AQ_OK;
    for (size_t i = 0; i < statement.count; i++) {
        open += aq__sql_is(text, &statement.tokens[i], "(");
        if (aq__sql_is(text, &statement.tokens[i], ")") && open-- == 0)
            return AQ_OK;
    }
    if (aq__sql_depth(text, statement.tokens, statement.count, &depth) != AQ_OK)
        return AQ_ENOMEM;
    *fine = depth <= AQ__SQL_DEPTH_MOST;
    return AQ_OK;
}

/* `*expression` stays NULL where the text cannot be parsed. AQ_ENOMEM. */
int aq__expression_parse(aq_arena_t *arena, const char *text, const aq__expression_t **expression)
{
    builder_t builder = {.arena = arena};
    const PgQuery__Node *node;
    aq__sql_tree_t tree;
    const char *sql;
    bool fine;

    *expression = NULL;
    if (check_text(arena, text, &fine) != AQ_OK)
        return AQ_ENOMEM;
    if (!fine)
        return AQ_OK;
    sql = aq_arena_printf(arena, "SELECT (%s\n)", text);
    if (sql == NULL || aq__sql_parse(arena, sql, &tree) != AQ_OK)
        return AQ_ENOMEM;
    node = aq__sql_tree_statement(&tree);
    if (node != NULL && node->node_case == PG_QUERY__NODE__NODE_SELECT_STMT &&
        node->select_stmt->n_target_list == 1)
        *expression = build(&builder, node->select_stmt->target_list[0]->res_target->val);
    return builder.failed ? AQ_ENOMEM : AQ_OK;
}
