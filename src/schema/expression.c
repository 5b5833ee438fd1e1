/* Expressions to trees.
 *
 * The happy path: PostgreSQL's parser, then each node that can be written in several ways is built in one; any other node is its numbers, its texts and its nodes. The failure
 * modes: a text that is no expression, or nests too deep, has no tree; no memory. */
#include "src/schema/expression-private.h"

/* ---- Building -------------------------------------------------------------------------------------------------------------- */

static aq__expression_t out_of_memory = {.kind = AQ__NODE_OTHER, .text = ""};

aq__expression_t *aq__new_expression(aq__builder_t *builder, aq__node_kind_t kind, const char *text)
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
static void set_text(aq__builder_t *builder, aq__expression_t *expression, const char *text)
{
    if (builder->failed || text == NULL)
        builder->failed = true;
    else
        expression->text = text;
}

void aq__add_part(aq__builder_t *builder, aq__expression_t *expression, aq__expression_t *part)
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

aq__expression_t *aq__with_parts(aq__builder_t *builder, aq__node_kind_t kind, const char *text,
                                 aq__expression_t *first, aq__expression_t *second)
{
    aq__expression_t *expression = aq__new_expression(builder, kind, text);

    if (first != NULL)
        aq__add_part(builder, expression, first);
    if (second != NULL)
        aq__add_part(builder, expression, second);
    return expression;
}

const char *aq__builder_copy(aq__builder_t *builder, const char *text)
{
    return aq_arena_strdup(builder->arena, text);
}

/* The last name, and the schema unless it is pg_catalog. */
aq__expression_t *aq__build_name(aq__builder_t *builder, aq__node_kind_t kind, PgQuery__Node *const *names,
                                 size_t count)
{
    const char *schema = aq__sql_first_name(names, count);
    aq__expression_t *expression =
        aq__new_expression(builder, kind, aq__builder_copy(builder, aq__sql_last_name(names, count)));

    if (schema != NULL && strcmp(schema, "pg_catalog") != 0 && !builder->failed) {
        expression->schema = aq__builder_copy(builder, schema);
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
static aq__expression_t *build_cast(aq__builder_t *builder, const PgQuery__TypeCast *cast)
{
    const PgQuery__TypeName *type = cast->type_name;
    aq__expression_t *name = aq__build_name(builder, AQ__NODE_CAST, type->names, type->n_names);
    aq_text_t text = {0};

    aq_text_append(&text, name->text);
    for (size_t i = 0; i < type->n_typmods; i++)
        append_modifier(&text, type->typmods[i]);
    if (type->n_array_bounds > 0)
        aq_text_append(&text, "[]");
    set_text(builder, name, text.failed ? NULL : aq__builder_copy(builder, aq_text_string(&text)));
    aq_text_dispose(&text);
    aq__add_part(builder, name, aq__build_node(builder, cast->arg));
    return name;
}

static aq__expression_t *build_column(aq__builder_t *builder, const PgQuery__ColumnRef *column)
{
    if (column->fields[column->n_fields - 1]->node_case != PG_QUERY__NODE__NODE_STRING)
        return aq__build_message(builder, &column->base);
    return aq__build_name(builder, AQ__NODE_COLUMN, column->fields, column->n_fields);
}

/* Its arguments; all else that a call can have makes it another thing. */
static aq__expression_t *build_call(aq__builder_t *builder, const PgQuery__FuncCall *call)
{
    aq__expression_t *expression = aq__build_name(builder, AQ__NODE_CALL, call->funcname, call->n_funcname);

    for (size_t i = 0; i < call->n_args; i++)
        aq__add_part(builder, expression, aq__build_node(builder, call->args[i]));
    if (call->agg_star || call->agg_distinct || call->func_variadic || call->agg_within_group ||
        call->n_agg_order > 0 || call->agg_filter != NULL || call->over != NULL)
        set_text(builder, expression,
                 aq_arena_printf(builder->arena, "%s %d%d%d%d", expression->text, call->agg_star,
                                 call->agg_distinct, call->func_variadic, call->agg_within_group));
    for (size_t i = 0; i < call->n_agg_order; i++)
        aq__add_part(builder, expression, aq__build_node(builder, call->agg_order[i]));
    if (call->agg_filter != NULL)
        aq__add_part(builder, expression,
                     aq__with_parts(builder, AQ__NODE_OTHER, "filter",
                                    aq__build_node(builder, call->agg_filter), NULL));
    if (call->over != NULL)
        aq__add_part(builder, expression, aq__build_message(builder, &call->over->base));
    return expression;
}

/* Without an ELSE it is ELSE NULL. */
static aq__expression_t *build_case(aq__builder_t *builder, const PgQuery__CaseExpr *said)
{
    aq__expression_t *expression =
        aq__new_expression(builder, AQ__NODE_OTHER, said->arg != NULL ? "case of" : "case");

    if (said->arg != NULL)
        aq__add_part(builder, expression, aq__build_node(builder, said->arg));
    for (size_t i = 0; i < said->n_args; i++)
        aq__add_part(builder, expression, aq__build_node(builder, said->args[i]));
    aq__add_part(builder, expression,
                 said->defresult != NULL ? aq__build_node(builder, said->defresult)
                                         : aq__new_expression(builder, AQ__NODE_OTHER, "NULL"));
    return expression;
}

static aq__expression_t *build_array(aq__builder_t *builder, const PgQuery__AArrayExpr *array)
{
    aq__expression_t *expression = aq__new_expression(builder, AQ__NODE_ARRAY, "");

    for (size_t i = 0; i < array->n_elements; i++)
        aq__add_part(builder, expression, aq__build_node(builder, array->elements[i]));
    return expression;
}

static aq__expression_t *build_collation(aq__builder_t *builder, const PgQuery__CollateClause *clause)
{
    aq__expression_t *expression =
        aq__build_name(builder, AQ__NODE_OTHER, clause->collname, clause->n_collname);

    set_text(builder, expression, aq_arena_printf(builder->arena, "collate %s", expression->text));
    aq__add_part(builder, expression, aq__build_node(builder, clause->arg));
    return expression;
}

static aq__expression_t *build_test(aq__builder_t *builder, const ProtobufCMessage *test)
{
    aq__expression_t *expression = aq__build_message(builder, test);

    if (!builder->failed)
        expression->kind = AQ__NODE_TEST;
    return expression;
}

aq__expression_t *aq__build_node(aq__builder_t *builder, const PgQuery__Node *node)
{
    if (builder->failed)
        return &out_of_memory;
    switch ((int)node->node_case) {
    case PG_QUERY__NODE__NODE_A_CONST: return aq__build_constant(builder, node->a_const);
    case PG_QUERY__NODE__NODE_TYPE_CAST: return build_cast(builder, node->type_cast);
    case PG_QUERY__NODE__NODE_BOOL_EXPR: return aq__build_condition(builder, node->bool_expr);
    case PG_QUERY__NODE__NODE_A_EXPR: return aq__build_operation(builder, node->a_expr);
    case PG_QUERY__NODE__NODE_COLUMN_REF: return build_column(builder, node->column_ref);
    case PG_QUERY__NODE__NODE_FUNC_CALL: return build_call(builder, node->func_call);
    case PG_QUERY__NODE__NODE_CASE_EXPR: return build_case(builder, node->case_expr);
    case PG_QUERY__NODE__NODE_A_ARRAY_EXPR: return build_array(builder, node->a_array_expr);
    case PG_QUERY__NODE__NODE_COLLATE_CLAUSE: return build_collation(builder, node->collate_clause);
    case PG_QUERY__NODE__NODE_NULL_TEST: return build_test(builder, &node->null_test->base);
    case PG_QUERY__NODE__NODE_BOOLEAN_TEST: return build_test(builder, &node->boolean_test->base);
    case PG_QUERY__NODE__NODE__NOT_SET: return aq__new_expression(builder, AQ__NODE_OTHER, "nothing");
    default:
        return aq__build_message(
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

static void add_child(aq__builder_t *builder, aq__expression_t *expression, aq_text_t *text,
                      const ProtobufCFieldDescriptor *field, const ProtobufCMessage *child)
{
    if (child == NULL)
        return;
    aq_text_appendf(text, "%s ", field->name);
    aq__add_part(builder, expression,
                 child->descriptor == &pg_query__node__descriptor
                     ? aq__build_node(builder, (const PgQuery__Node *)child)
                     : aq__build_message(builder, child));
}

static void add_field(aq__builder_t *builder, aq__expression_t *expression, aq_text_t *text,
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

aq__expression_t *aq__build_message(aq__builder_t *builder, const ProtobufCMessage *message)
{
    aq__expression_t *expression = aq__new_expression(builder, AQ__NODE_OTHER, "");
    aq_text_t text = {0};

    if (builder->failed)
        return expression;
    aq_text_appendf(&text, "%s ", message->descriptor->short_name);
    for (unsigned i = 0; i < message->descriptor->n_fields; i++)
        if (message->descriptor != &pg_query__node__descriptor)
            add_field(builder, expression, &text, &message->descriptor->fields[i], message);
    set_text(builder, expression, text.failed ? NULL : aq__builder_copy(builder, aq_text_string(&text)));
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
    aq__builder_t builder = {.arena = arena};
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
        *expression = aq__build_node(&builder, node->select_stmt->target_list[0]->res_target->val);
    return builder.failed ? AQ_ENOMEM : AQ_OK;
}
