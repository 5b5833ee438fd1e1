/* SQL expressions as trees in which what the server writes in another way is written in one way: IN and = ANY, BETWEEN and its two comparisons, LIKE and ~~, nested ANDs. */
#ifndef AQ_SRC_SCHEMA_EXPRESSION_H
#define AQ_SRC_SCHEMA_EXPRESSION_H

#include "src/schema/read_sql-private.h"

typedef enum aq__node_kind {
    AQ__NODE_CONSTANT,
    AQ__NODE_NUMBER,
    AQ__NODE_TRUTH,
    AQ__NODE_COLUMN,
    AQ__NODE_CAST,
    AQ__NODE_OPERATOR,
    AQ__NODE_ANY,
    AQ__NODE_ALL,
    AQ__NODE_AND,
    AQ__NODE_OR,
    AQ__NODE_NOT,
    AQ__NODE_ARRAY,
    AQ__NODE_CALL,
    AQ__NODE_TEST, /* IS NULL, IS TRUE: of what is there, as it is */
    AQ__NODE_OTHER
} aq__node_kind_t;

typedef struct aq__expression {
    aq__node_kind_t kind;
    const char *text;   /* the constant, the operator, the name, the type */
    const char *schema; /* of a name; NULL: none, or pg_catalog */
    struct aq__expression **parts;
    size_t count;
} aq__expression_t;

/* `*expression` stays NULL where the text cannot be parsed or nests too deep. To be called by aq__sql_call_deep(); all of it is in memory of the arena.
 * AQ_ENOMEM. */
int aq__expression_parse(aq_arena_t *arena, const char *text, const aq__expression_t **expression);

#endif
