/* SQL expressions as trees in which what the server writes in another way is written in one way: IN and = ANY, BETWEEN and its two comparisons, LIKE and ~~, nested ANDs. */
#ifndef AQ_SRC_SCHEMA_EXPRESSION_H
#define AQ_SRC_SCHEMA_EXPRESSION_H

#include "src/schema/read_sql-private.h"

typedef enum aq__expression_kind {
    AQ__EXPRESSION_CONSTANT,
    AQ__EXPRESSION_NUMBER,
    AQ__EXPRESSION_TRUTH,
    AQ__EXPRESSION_COLUMN,
    AQ__EXPRESSION_CAST,
    AQ__EXPRESSION_OPERATOR,
    AQ__EXPRESSION_ANY,
    AQ__EXPRESSION_ALL,
    AQ__EXPRESSION_AND,
    AQ__EXPRESSION_OR,
    AQ__EXPRESSION_NOT,
    AQ__EXPRESSION_ARRAY,
    AQ__EXPRESSION_CALL,
    AQ__EXPRESSION_TEST, /* IS NULL, IS TRUE: of what is there, as it is */
    AQ__EXPRESSION_OTHER
} aq__expression_kind_t;

typedef struct aq__expression {
    aq__expression_kind_t kind;
    const char *text;   /* the constant, the operator, the name, the type */
    const char *schema; /* of a name; NULL: none, or pg_catalog */
    struct aq__expression **parts;
    size_t count;
} aq__expression_t;

/* `*expression` stays NULL where the text cannot be parsed or nests too deep. To be called by aq__sql_call_deep(); all of it is in memory of the arena.
 * AQ_ENOMEM. */
int aq__expression_parse(aq_arena_t *arena, const char *text, const aq__expression_t **expression);

#endif
