/* What is equal between metadata that is wanted and metadata that is there: types, sequences, constraints, indexes.
 *
 * By meaning, not by spelling: NUMERIC(10) is NUMERIC(10, 0), an index without a method is a btree, an ascending key has its NULLs last. A schema that is
 * NULL, the search path's, is like any other, since nobody but the server knows which it is. */
#ifndef AQ_SRC_SCHEMA_COMPARE_H
#define AQ_SRC_SCHEMA_COMPARE_H

#include "src/schema/diff.h"

bool aq__same_schema(const char *a, const char *b); /* NULL is any */
/* Whether an expression has the word, a column's name. Too many are found rather than too few. */
bool aq__mentions(const char *expression, const char *name);

/* ---- Types ---------------------------------------------------------------------------------------------------------------- */

/* The type with its text taken apart, where it has one and that can be read; else as it is. AQ_ENOMEM. */
int aq__type_resolve(aq_arena_t *arena, const aq__type_t *type, aq__type_t *resolved) AQ_MUST_USE;
/* Of resolved types. */
bool aq__same_type(const aq__type_t *a, const aq__type_t *b);
/* Of these each converts to each other by itself, and has "=" with it. */
bool aq__is_number(uint32_t oid);
/* Whether each value of `from` is one of `to`, and the same (cast.c). */
bool aq__type_holds(const aq__type_t *to, const aq__type_t *from);
/* Appends the expression that turns a column of one type into the other; false: nothing, the server does it by itself (cast.c). */
bool aq__append_conversion(aq_text_t *sql, const char *column, const aq__type_t *from, const aq__type_t *to);

/* ---- Sequences ------------------------------------------------------------------------------------------------------------- */

/* Who gives a column its values: AQ_AUTOINCREMENT_OFF, AQ_SERIAL, AQ_IDENTITY, AQ_IDENTITY_ALWAYS. A default that draws from a
 * sequence that the column owns is what AQ_SERIAL stands for. */
aq_autoincrement_t aq__column_generation(const aq__column_t *column);
/* Its sequence; NULL: nothing but defaults. */
const aq__sequence_t *aq__column_sequence(const aq__column_t *column);
/* All options, with the server's defaults where `sequence` (NULL: nowhere) has none. `type`: that of its column; AQ_OID_INT8 without one. */
aq__sequence_t aq__sequence_resolve(const aq__sequence_t *sequence, uint32_t type);
/* What is to become other about a sequence. */
typedef struct aq__sequence_change {
    aq__sequence_t options; /* those that has_... and a `type` that is not 0 name */
    bool cycle;             /* options.cycle too */
} aq__sequence_change_t;
/* Those options of `wanted` that `live` has otherwise; true: there are some. The types are those of their columns: a sequence that is of its
 * column's type goes with it. */
bool aq__sequence_differs(const aq__sequence_t *wanted, uint32_t wanted_type, const aq__sequence_t *live,
                          uint32_t live_type, aq__sequence_change_t *change);

/* ---- Constraints and indexes -------------------------------------------------------------------------------------------------- */

/* What a comparison has to know beside the two. */
typedef struct aq__comparison {
    aq__same_cb same;
    void *data;
    aq__table_t *const *live_of; /* per wanted table, by its position: the one that is there, or NULL */
} aq__comparison_t;

/* Whether an expression, which may be NULL, is the same; `column` and `live_table` are the live ones. */
bool aq__same_part_expression(const aq__comparison_t *comparison, aq__expression_kind_t kind,
                              const aq__column_t *column, const aq__table_t *live_table, const char *wanted,
                              const char *live);
/* In all but their names, comments, and whether the rows that are there were checked. */
bool aq__same_constraint(const aq__comparison_t *comparison, const aq__constraint_t *wanted,
                         const aq__constraint_t *live);
/* In all but their names and comments. */
bool aq__same_index(const aq__comparison_t *comparison, const aq__index_t *wanted, const aq__index_t *live);
/* The same columns, in any order. */
bool aq__same_column_set(aq__column_t *const *a, size_t a_count, aq__column_t *const *b, size_t b_count);

#endif
