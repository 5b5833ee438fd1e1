/* Between the files of the expressions:
 *
 *     expression.c             the text is parsed; which node is built by whom; nodes that can be written in one way only
 *     expression-operator.c    AND, OR, comparisons, IN, BETWEEN
 *     expression-constant.c    numbers and strings */
#ifndef AQ_SRC_SCHEMA_EXPRESSION_PRIVATE_H
#define AQ_SRC_SCHEMA_EXPRESSION_PRIVATE_H

#include "src/schema/expression.h"

typedef struct aq__builder {
    aq_arena_t *arena;
    bool failed; /* out of memory: what is built then is there, but worth nothing */
} aq__builder_t;

aq__expression_t *aq__new_expression(aq__builder_t *builder, aq__node_kind_t kind, const char *text);
void aq__add_part(aq__builder_t *builder, aq__expression_t *expression, aq__expression_t *part);
/* Either part may be NULL. */
aq__expression_t *aq__with_parts(aq__builder_t *builder, aq__node_kind_t kind, const char *text,
                                 aq__expression_t *first, aq__expression_t *second);
const char *aq__builder_copy(aq__builder_t *builder, const char *text);

aq__expression_t *aq__build_node(aq__builder_t *builder, const PgQuery__Node *node);
/* The last name, and the schema unless it is pg_catalog. */
aq__expression_t *aq__build_name(aq__builder_t *builder, aq__node_kind_t kind, PgQuery__Node *const *names,
                                 size_t count);
aq__expression_t *aq__build_constant(aq__builder_t *builder, const PgQuery__AConst *constant);
aq__expression_t *aq__build_condition(aq__builder_t *builder, const PgQuery__BoolExpr *condition);
aq__expression_t *aq__build_operation(aq__builder_t *builder, const PgQuery__AExpr *said);
/* Any node that can be written in one way only: its numbers, its texts and its nodes. */
aq__expression_t *aq__build_message(aq__builder_t *builder, const ProtobufCMessage *message);

#endif
