/* Whether two SQL expressions are the same, one as somebody wrote it, one as the server shows it.
 *
 * The happy path: both become trees in which what the server writes in another way is written in one way (IN and = ANY, BETWEEN and its two comparisons, LIKE and ~~,
 * nested ANDs), and the trees are compared. Casts are what is left: the server shows those that it added. It adds them to constants, and to what is inside of something else
 * where a type has to become a wider one; so such a cast may be missing on the other side.
 * The failure modes: what cannot be parsed, or nests too deep, or finds no memory, is compared as text. What the server computes is not computed here: '1 hour' and
 * '01:00:00' are two intervals. */
#include <stdlib.h>

#include "src/schema/read_sql_private.h"

enum { EXPONENT_MOST = 100 }; /* of numbers that are compared digit by digit */

typedef enum kind {
    CONSTANT,
    NUMBER,
    TRUTH,
    COLUMN,
    CAST,
    OPERATOR,
    ANY,
    ALL,
    AND,
    OR,
    NOT,
    ARRAY,
    CALL,
    OTHER
} kind_t;

typedef struct expression {
    kind_t kind;
    const char *text;   /* the constant, the operator, the name, the type */
    const char *schema; /* of a name; NULL: none, or pg_catalog */
    struct expression **parts;
    size_t count;
} expression_t;

/* ---- Building -------------------------------------------------------------------------------------------------------------- */

typedef struct builder {
    aq_arena_t *arena;
    bool failed; /* out of memory */
} builder_t;

static expression_t *build(builder_t *builder, const PgQuery__Node *node);
static expression_t *build_message(builder_t *builder, const ProtobufCMessage *message);

static expression_t out_of_memory = {.kind = OTHER, .text = ""};

static expression_t *new_expression(builder_t *builder, kind_t kind, const char *text)
{
    expression_t *expression = aq_arena_calloc(builder->arena, 1, sizeof(*expression));

    if (expression == NULL || text == NULL) {
        builder->failed = true;
        return &out_of_memory;
    }
    expression->kind = kind;
    expression->text = text;
    return expression;
}

static void add_part(builder_t *builder, expression_t *expression, expression_t *part)
{
    expression_t **parts;

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

static expression_t *with_parts(builder_t *builder, kind_t kind, const char *text, expression_t *first,
                                expression_t *second)
{
    expression_t *expression = new_expression(builder, kind, text);

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

static expression_t *build_constant(builder_t *builder, const PgQuery__AConst *constant)
{
    switch ((int)constant->val_case) {
    case PG_QUERY__A__CONST__VAL_IVAL:
        return new_expression(builder, NUMBER, aq_arena_printf(builder->arena, "%d", constant->ival->ival));
    case PG_QUERY__A__CONST__VAL_FVAL:
        return new_expression(builder, NUMBER, plain_number(builder, constant->fval->fval));
    case PG_QUERY__A__CONST__VAL_BOOLVAL:
        return new_expression(builder, TRUTH, constant->boolval->boolval ? "true" : "false");
    case PG_QUERY__A__CONST__VAL_SVAL:
        return new_expression(builder, CONSTANT, copy(builder, constant->sval->sval));
    case PG_QUERY__A__CONST__VAL_BSVAL: /* b101: the server shows it as a string */
        return new_expression(builder, CONSTANT,
                              copy(builder, constant->bsval->bsval + (constant->bsval->bsval[0] == 'b')));
    default: return new_expression(builder, OTHER, "NULL");
    }
}

/* The last name, and the schema unless it is pg_catalog. */
static expression_t *build_name(builder_t *builder, kind_t kind, PgQuery__Node *const *names, size_t count)
{
    const char *schema = aq__sql_first_name(names, count);
    expression_t *expression = new_expression(builder, kind, copy(builder, aq__sql_last_name(names, count)));

    if (schema != NULL && strcmp(schema, "pg_catalog") != 0 && !builder->failed) {
        expression->schema = copy(builder, schema);
        builder->failed = expression->schema == NULL;
    }
    return expression;
}

/* "varchar(20)[]" */
static expression_t *build_cast(builder_t *builder, const PgQuery__TypeCast *cast)
{
    const PgQuery__TypeName *type = cast->type_name;
    expression_t *name = build_name(builder, CAST, type->names, type->n_names);
    aq_text_t text = {0};

    aq_text_append(&text, name->text);
    for (size_t i = 0; i < type->n_typmods; i++)
        if (type->typmods[i]->node_case == PG_QUERY__NODE__NODE_A_CONST &&
            type->typmods[i]->a_const->val_case == PG_QUERY__A__CONST__VAL_IVAL)
            aq_text_appendf(&text, ",%d", type->typmods[i]->a_const->ival->ival);
    if (type->n_array_bounds > 0)
        aq_text_append(&text, "[]");
    if (!builder->failed)
        name->text = text.failed ? NULL : copy(builder, aq_text_string(&text));
    builder->failed = builder->failed || name->text == NULL;
    aq_text_dispose(&text);
    add_part(builder, name, build(builder, cast->arg));
    return name;
}

static void flatten(builder_t *builder, expression_t *into, expression_t *part)
{
    if (part->kind != into->kind) {
        add_part(builder, into, part);
        return;
    }
    for (size_t i = 0; i < part->count; i++)
        add_part(builder, into, part->parts[i]);
}

static expression_t *build_bool(builder_t *builder, const PgQuery__BoolExpr *bool_expression)
{
    kind_t kind = bool_expression->boolop == PG_QUERY__BOOL_EXPR_TYPE__AND_EXPR  ? AND
                  : bool_expression->boolop == PG_QUERY__BOOL_EXPR_TYPE__OR_EXPR ? OR
                                                                                 : NOT;
    expression_t *expression = new_expression(builder, kind, "");

    for (size_t i = 0; i < bool_expression->n_args; i++) {
        expression_t *part = build(builder, bool_expression->args[i]);

        if (kind == NOT)
            add_part(builder, expression, part);
        else
            flatten(builder, expression, part);
    }
    return expression;
}

static expression_t *join(builder_t *builder, kind_t kind, expression_t *first, expression_t *second)
{
    expression_t *expression = new_expression(builder, kind, "");

    flatten(builder, expression, first);
    flatten(builder, expression, second);
    return expression;
}

/* One item is a comparison, constants are an array; columns are compared one by one, as the server does it. */
static expression_t *build_in(builder_t *builder, const PgQuery__AExpr *in)
{
    const char *name = aq__sql_last_name(in->name, in->n_name);
    bool equal = strcmp(name, "=") == 0;
    const PgQuery__List *items = in->rexpr->list;
    expression_t *left = build(builder, in->lexpr), *array = new_expression(builder, ARRAY, ""),
                 *columns = NULL, *whole = NULL;

    for (size_t i = 0; i < items->n_items; i++) {
        expression_t *item = build(builder, items->items[i]), *one;

        if (items->n_items > 1 && item->kind != COLUMN) {
            add_part(builder, array, item);
            continue;
        }
        one = with_parts(builder, OPERATOR, equal ? "=" : "<>", left, item);
        columns = columns == NULL ? one : join(builder, equal ? OR : AND, columns, one);
    }
    if (array->count == 1)
        whole = with_parts(builder, OPERATOR, equal ? "=" : "<>", left, array->parts[0]);
    else if (array->count > 1)
        whole = with_parts(builder, equal ? ANY : ALL, equal ? "=" : "<>", left, array);
    if (whole == NULL || columns == NULL)
        return whole != NULL ? whole : columns != NULL ? columns : array;
    return join(builder, equal ? OR : AND, whole, columns);
}

static expression_t *build_between(builder_t *builder, const PgQuery__AExpr *between, bool swapped,
                                   bool inside)
{
    const PgQuery__List *bounds = between->rexpr->list;
    expression_t *left = build(builder, between->lexpr);
    expression_t *low = build(builder, bounds->items[swapped]),
                 *high = build(builder, bounds->items[!swapped]);

    return join(builder, inside ? AND : OR, with_parts(builder, OPERATOR, inside ? ">=" : "<", left, low),
                with_parts(builder, OPERATOR, inside ? "<=" : ">", left, high));
}

/* -5 is a constant, and so is +5. */
static expression_t *build_sign(builder_t *builder, const char *sign, expression_t *number)
{
    if (sign[0] == '+')
        return number;
    return new_expression(builder, NUMBER,
                          number->text[0] == '-' ? copy(builder, number->text + 1)
                                                 : aq_arena_printf(builder->arena, "-%s", number->text));
}

static expression_t *build_operator(builder_t *builder, const PgQuery__AExpr *said, kind_t kind)
{
    expression_t *expression = build_name(builder, kind, said->name, said->n_name);
    expression_t *right = said->rexpr != NULL ? build(builder, said->rexpr) : NULL;

    if (kind == OPERATOR && said->lexpr == NULL && right != NULL && right->kind == NUMBER &&
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
static expression_t *build_rows(builder_t *builder, const PgQuery__AExpr *said)
{
    const PgQuery__RowExpr *left = row_of(said->lexpr), *right = row_of(said->rexpr);
    const char *name = aq__sql_last_name(said->name, said->n_name);
    bool equal = strcmp(name, "=") == 0;
    expression_t *whole = NULL;

    if (left == NULL || right == NULL || left->n_args != right->n_args || left->n_args < 2 ||
        (!equal && strcmp(name, "<>") != 0))
        return NULL;
    for (size_t i = 0; i < left->n_args; i++) {
        expression_t *one = with_parts(builder, OPERATOR, equal ? "=" : "<>", build(builder, left->args[i]),
                                       build(builder, right->args[i]));

        whole = whole == NULL ? one : join(builder, equal ? AND : OR, whole, one);
    }
    return whole;
}

static expression_t *build_a_expr(builder_t *builder, const PgQuery__AExpr *said)
{
    expression_t *rows = said->kind == PG_QUERY__A__EXPR__KIND__AEXPR_OP ? build_rows(builder, said) : NULL;

    if (rows != NULL)
        return rows;
    switch ((int)said->kind) {
    case PG_QUERY__A__EXPR__KIND__AEXPR_OP:
    case PG_QUERY__A__EXPR__KIND__AEXPR_LIKE:
    case PG_QUERY__A__EXPR__KIND__AEXPR_ILIKE:
    case PG_QUERY__A__EXPR__KIND__AEXPR_SIMILAR: return build_operator(builder, said, OPERATOR);
    case PG_QUERY__A__EXPR__KIND__AEXPR_OP_ANY: return build_operator(builder, said, ANY);
    case PG_QUERY__A__EXPR__KIND__AEXPR_OP_ALL: return build_operator(builder, said, ALL);
    case PG_QUERY__A__EXPR__KIND__AEXPR_IN: return build_in(builder, said);
    case PG_QUERY__A__EXPR__KIND__AEXPR_BETWEEN: return build_between(builder, said, false, true);
    case PG_QUERY__A__EXPR__KIND__AEXPR_NOT_BETWEEN: return build_between(builder, said, false, false);
    case PG_QUERY__A__EXPR__KIND__AEXPR_BETWEEN_SYM:
        return join(builder, OR, build_between(builder, said, false, true),
                    build_between(builder, said, true, true));
    case PG_QUERY__A__EXPR__KIND__AEXPR_NOT_BETWEEN_SYM:
        return join(builder, AND, build_between(builder, said, false, false),
                    build_between(builder, said, true, false));
    case PG_QUERY__A__EXPR__KIND__AEXPR_DISTINCT:
        return with_parts(builder, OTHER, "is distinct from", build(builder, said->lexpr),
                          build(builder, said->rexpr));
    case PG_QUERY__A__EXPR__KIND__AEXPR_NOT_DISTINCT:
        return with_parts(builder, NOT, "",
                          with_parts(builder, OTHER, "is distinct from", build(builder, said->lexpr),
                                     build(builder, said->rexpr)),
                          NULL);
    case PG_QUERY__A__EXPR__KIND__AEXPR_NULLIF:
        return with_parts(builder, OTHER, "nullif", build(builder, said->lexpr), build(builder, said->rexpr));
    default: return build_message(builder, &said->base);
    }
}

static expression_t *build_column(builder_t *builder, const PgQuery__ColumnRef *column)
{
    if (column->fields[column->n_fields - 1]->node_case != PG_QUERY__NODE__NODE_STRING)
        return build_message(builder, &column->base);
    return build_name(builder, COLUMN, column->fields, column->n_fields);
}

/* Its arguments; all else that a call can have makes it another thing. */
static expression_t *build_call(builder_t *builder, const PgQuery__FuncCall *call)
{
    expression_t *expression = build_name(builder, CALL, call->funcname, call->n_funcname);

    for (size_t i = 0; i < call->n_args; i++)
        add_part(builder, expression, build(builder, call->args[i]));
    if (call->agg_star || call->agg_distinct || call->func_variadic || call->agg_within_group ||
        call->n_agg_order > 0 || call->agg_filter != NULL || call->over != NULL)
        expression->text = aq_arena_printf(builder->arena, "%s %d%d%d%d", expression->text, call->agg_star,
                                           call->agg_distinct, call->func_variadic, call->agg_within_group);
    builder->failed = builder->failed || expression->text == NULL;
    for (size_t i = 0; i < call->n_agg_order; i++)
        add_part(builder, expression, build(builder, call->agg_order[i]));
    if (call->agg_filter != NULL)
        add_part(builder, expression,
                 with_parts(builder, OTHER, "filter", build(builder, call->agg_filter), NULL));
    if (call->over != NULL)
        add_part(builder, expression, build_message(builder, &call->over->base));
    return expression;
}

/* Without an ELSE it is ELSE NULL. */
static expression_t *build_case(builder_t *builder, const PgQuery__CaseExpr *said)
{
    expression_t *expression = new_expression(builder, OTHER, said->arg != NULL ? "case of" : "case");

    if (said->arg != NULL)
        add_part(builder, expression, build(builder, said->arg));
    for (size_t i = 0; i < said->n_args; i++)
        add_part(builder, expression, build(builder, said->args[i]));
    add_part(builder, expression,
             said->defresult != NULL ? build(builder, said->defresult)
                                     : new_expression(builder, OTHER, "NULL"));
    return expression;
}

static expression_t *build_array(builder_t *builder, const PgQuery__AArrayExpr *array)
{
    expression_t *expression = new_expression(builder, ARRAY, "");

    for (size_t i = 0; i < array->n_elements; i++)
        add_part(builder, expression, build(builder, array->elements[i]));
    return expression;
}

static expression_t *build_collation(builder_t *builder, const PgQuery__CollateClause *clause)
{
    expression_t *expression = build_name(builder, OTHER, clause->collname, clause->n_collname);

    expression->text = aq_arena_printf(builder->arena, "collate %s", expression->text);
    builder->failed = builder->failed || expression->text == NULL;
    add_part(builder, expression, build(builder, clause->arg));
    return expression;
}

static expression_t *build(builder_t *builder, const PgQuery__Node *node)
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
    case PG_QUERY__NODE__NODE__NOT_SET: return new_expression(builder, OTHER, "nothing");
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

static void add_child(builder_t *builder, expression_t *expression, aq_text_t *text,
                      const ProtobufCFieldDescriptor *field, const ProtobufCMessage *child)
{
    if (child == NULL)
        return;
    aq_text_appendf(text, "%s ", field->name);
    add_part(builder, expression,
             child->descriptor == &pg_query__node__descriptor ? build(builder, (const PgQuery__Node *)child)
                                                              : build_message(builder, child));
}

static void add_field(builder_t *builder, expression_t *expression, aq_text_t *text,
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

static expression_t *build_message(builder_t *builder, const ProtobufCMessage *message)
{
    expression_t *expression = new_expression(builder, OTHER, "");
    aq_text_t text = {0};

    if (builder->failed)
        return expression;
    aq_text_appendf(&text, "%s ", message->descriptor->short_name);
    for (unsigned i = 0; i < message->descriptor->n_fields; i++)
        if (message->descriptor != &pg_query__node__descriptor)
            add_field(builder, expression, &text, &message->descriptor->fields[i], message);
    expression->text = text.failed ? NULL : copy(builder, aq_text_string(&text));
    builder->failed = builder->failed || expression->text == NULL;
    aq_text_dispose(&text);
    return expression;
}

/* ---- Comparing -------------------------------------------------------------------------------------------------------------------- */

/* Where an expression stands. */
typedef enum where { ALONE, IN_OPERATOR, IN_CALL } where_t;

static bool is_one_of(const char *text, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(text, names[i]) == 0)
            return true;
    return false;
}

/* Types that others become by themselves inside of an operator or a call. A smallint becomes an integer only in a call: operators know both. */
static bool is_wide(const expression_t *cast, where_t where)
{
    static const char *const names[] = {"text",   "varchar",   "bpchar",    "numeric",     "float8",
                                        "float4", "int8",      "timestamp", "timestamptz", "interval",
                                        "text[]", "varchar[]", "bpchar[]",  "numeric[]",   "float8[]",
                                        "int8[]", "regclass",  "oid",       "inet",        "varbit"};

    return is_one_of(cast->text, names, AQ__COUNT_OF(names)) ||
           (where == IN_CALL && strcmp(cast->text, "int4") == 0);
}

/* What the casts are around. */
static const expression_t *inside(const expression_t *expression)
{
    while (expression->kind == CAST)
        expression = expression->parts[0];
    return expression;
}

static bool is_constant(const expression_t *expression)
{
    return expression->kind == CONSTANT || expression->kind == NUMBER || expression->kind == TRUTH ||
           expression->kind == ARRAY || (expression->kind == OTHER && strcmp(expression->text, "NULL") == 0);
}

/* Whether the server may have added this cast. */
static bool may_be_added(const expression_t *cast, const expression_t *around, where_t where)
{
    return is_constant(around) || (where != ALONE && is_wide(cast, where));
}

static size_t count_casts(const expression_t *expression)
{
    size_t count = 0;

    for (; expression->kind == CAST; expression = expression->parts[0])
        count++;
    return count;
}

static bool same_schema(const expression_t *a, const expression_t *b)
{
    return a->schema == NULL || b->schema == NULL || strcmp(a->schema, b->schema) == 0;
}

static bool same_casts(const expression_t *a, const expression_t *b, where_t where)
{
    size_t a_count = count_casts(a), b_count = count_casts(b);
    const expression_t *a_inside = inside(a), *b_inside = inside(b);

    while (a_count > 0 || b_count > 0) {
        if (a_count > 0 && b_count > 0 && strcmp(a->text, b->text) == 0 && same_schema(a, b)) {
            a = a->parts[0];
            b = b->parts[0];
            a_count--;
            b_count--;
        } else if (a_count > b_count && may_be_added(a, a_inside, where)) {
            a = a->parts[0];
            a_count--;
        } else if (b_count > a_count && may_be_added(b, b_inside, where)) {
            b = b->parts[0];
            b_count--;
        } else {
            return false;
        }
    }
    return true;
}

static bool has_cast(const expression_t *expression, const char *type)
{
    for (; expression->kind == CAST; expression = expression->parts[0])
        if (strcmp(expression->text, type) == 0)
            return true;
    return false;
}

static bool either_has(const expression_t *a, const expression_t *b, const char *type)
{
    return has_cast(a, type) || has_cast(b, type);
}

static const char *without_public(const char *name)
{
    return strncmp(name, "public.", 7) == 0 ? name + 7 : name;
}

/* '08:00' is '08:00:00' */
static bool same_time(const char *a, const char *b)
{
    size_t shorter = strlen(a) < strlen(b) ? strlen(a) : strlen(b);

    return shorter == 5 && a[2] == ':' && strncmp(a, b, shorter) == 0 &&
           (strcmp(a + shorter, ":00") == 0 || strcmp(b + shorter, ":00") == 0);
}

/* "t", "f" and the like, when the other one is a truth value. */
static bool is_truth(const expression_t *constant, const expression_t *truth)
{
    static const char *const yes[] = {"t", "true", "yes", "on", "1"}, *const no[] = {"f", "false", "no",
                                                                                     "off", "0"};

    return truth->text[0] == 't' ? is_one_of(constant->text, yes, AQ__COUNT_OF(yes))
                                 : is_one_of(constant->text, no, AQ__COUNT_OF(no));
}

static bool is_literal(const expression_t *expression)
{
    return expression->kind == CONSTANT || expression->kind == NUMBER || expression->kind == TRUTH;
}

/* `a` and `b` have their casts. */
static bool same_literal(const expression_t *a, const expression_t *b)
{
    bool regclass = either_has(a, b, "regclass"),
         time = either_has(a, b, "time") || either_has(a, b, "timetz");

    a = inside(a);
    b = inside(b);
    if (a->kind == TRUTH && b->kind == CONSTANT)
        return is_truth(b, a);
    if (b->kind == TRUTH && a->kind == CONSTANT)
        return is_truth(a, b);
    if (a->kind == TRUTH || b->kind == TRUTH)
        return a->kind == b->kind && strcmp(a->text, b->text) == 0;
    if (regclass && strcmp(without_public(a->text), without_public(b->text)) == 0)
        return true;
    return strcmp(a->text, b->text) == 0 || (time && same_time(a->text, b->text));
}

static bool same(const expression_t *a, const expression_t *b, where_t where)
{
    const expression_t *a_inside = inside(a), *b_inside = inside(b);
    bool calls = a_inside->kind == CALL || a_inside->kind == ARRAY || a_inside->kind == OTHER;

    if (!same_casts(a, b, where))
        return false;
    if (is_literal(a_inside) && is_literal(b_inside))
        return same_literal(a, b);
    if (a_inside->kind != b_inside->kind || a_inside->count != b_inside->count ||
        strcmp(a_inside->text, b_inside->text) != 0 || !same_schema(a_inside, b_inside))
        return false;
    for (size_t i = 0; i < a_inside->count; i++)
        if (!same(a_inside->parts[i], b_inside->parts[i], calls ? IN_CALL : IN_OPERATOR))
            return false;
    return true;
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
static int parse(aq_arena_t *arena, const char *text, const expression_t **expression)
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

int aq__sql_same(aq_arena_t *arena, const char *a, const char *b, bool *is_same)
{
    const expression_t *first, *second;

    *is_same = strcmp(a, b) == 0;
    if (*is_same)
        return AQ_OK;
    if (parse(arena, a, &first) != AQ_OK || parse(arena, b, &second) != AQ_OK)
        return AQ_ENOMEM;
    *is_same = first != NULL && second != NULL && same(first, second, ALONE);
    return AQ_OK;
}

typedef struct pair {
    const char *a, *b;
    bool same;
} pair_t;

static int compare(void *data)
{
    pair_t *pair = data;
    aq_arena_t *arena = aq_arena_create();
    int code = arena != NULL ? aq__sql_same(arena, pair->a, pair->b, &pair->same) : AQ_ENOMEM;

    aq_arena_close(arena);
    return code;
}

bool aq__same_expression(const char *a, const char *b)
{
    pair_t pair = {a, b, false};

    if (strcmp(a, b) == 0)
        return true;
    return aq__sql_call_deep(compare, &pair) == AQ_OK && pair.same;
}
