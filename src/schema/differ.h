/* Between the files of the diff: what is being compared, and what was found.
 *
 *     diff.c             whole tables; the order of what was found
 *     diff-type.c        schemas, types, sequences
 *     diff-column.c      the columns of a table that is on both sides
 *     diff-constraint.c  its constraints and indexes
 *     diff-key.c         what is in the way of a change: foreign keys, mostly
 *     alter*.c           the statements
 *     compare*.c, cast.c what is equal */
#ifndef AQ_SRC_SCHEMA_DIFFER_H
#define AQ_SRC_SCHEMA_DIFFER_H

#include "src/schema/compare.h"

/* The order in which differences are mended: what others need comes first, what could be in the way of others goes first, and what
 * loses data comes last. */
typedef enum aq__phase {
    AQ__PHASE_SCHEMA,
    AQ__PHASE_TYPE,
    AQ__PHASE_SEQUENCE,
    AQ__PHASE_TABLE,
    AQ__PHASE_COLUMN,
    AQ__PHASE_DROP_FOREIGN_KEY, /* before the keys that they refer to */
    AQ__PHASE_DROP_CONSTRAINT,
    AQ__PHASE_DROP_INDEX,
    AQ__PHASE_COLUMN_TYPE,
    AQ__PHASE_COLUMN_CHANGE,
    AQ__PHASE_GENERATED, /* when the columns that it is made from are as they shall be */
    AQ__PHASE_KEY,
    AQ__PHASE_NULL, /* when no key forbids it any more */
    AQ__PHASE_CHECK,
    AQ__PHASE_INDEX,
    AQ__PHASE_FOREIGN_KEY, /* when the keys are there */
    AQ__PHASE_COMMENT,
    AQ__PHASE_DROP_COLUMN,
    AQ__PHASE_DROP_TABLE,
    AQ__PHASES
} aq__phase_t;

/* One difference being told. */
typedef struct aq__finding {
    aq__phase_t phase;
    aq_difference_kind_t kind;
    const char *schema, *table, *name;
    aq_text_t text, sql;
    bool loses_data;
} aq__finding_t;

typedef struct aq__found {
    aq__phase_t phase;
    aq_difference_t difference;
} aq__found_t;

typedef struct aq__differ {
    aq_arena_t *arena;
    const aq__metadata_t *wanted, *live;
    const aq__diff_options_t *options;
    aq__comparison_t comparison;
    aq__table_t **live_of; /* per wanted table, by position: its counterpart, NULL: it is missing */
    bool *is_wanted;       /* per live table, by position */
    aq__found_t *found;
    size_t count;
    bool failed; /* no memory: the rest is not worth anything */
} aq__differ_t;

/* One table that is on both sides. */
typedef struct aq__table_pair {
    aq__differ_t *differ;
    const aq__table_t *wanted, *live;
    const aq__column_t **live_of; /* per wanted column, by position; NULL: it is missing */
    aq__type_t *types;            /* per wanted column: resolved */
    bool *is_remade; /* per live column, by position: it is dropped and added again, with all that is on it */
    bool *is_altered;                       /* per live column, by position: its type or collation */
    const aq__constraint_t **constraint_of; /* per wanted constraint: its counterpart; NULL: it is missing */
    const aq__constraint_t *
        *extra_constraints; /* per live constraint: itself while it is nobody's counterpart */
} aq__table_pair_t;

/* Takes what was found, and empties it. */
void aq__differ_add(aq__differ_t *differ, aq__finding_t *finding);
/* A finding about a wanted or live table; its text begins with the table's name, or with that of its column. */
aq__finding_t aq__finding_of_table(aq_difference_kind_t kind, aq__phase_t phase, const aq__table_t *table);
aq__finding_t aq__finding_of_column(aq_difference_kind_t kind, aq__phase_t phase, const aq__table_t *table,
                                    const aq__column_t *column);
/* About what belongs to no table: "type blog.mood". */
aq__finding_t aq__finding_of(aq_difference_kind_t kind, aq__phase_t phase, const char *what,
                             const char *schema, const char *name);
/* ": the models' comment is 'x', the database has none" */
void aq__append_comments(aq_text_t *text, const char *wanted, const char *live);
/* Memory for the differ, zeroed; NULL: it has failed. */
void *aq__differ_alloc(aq__differ_t *differ, size_t count, size_t size);

/* ---- diff-type.c ----------------------------------------------------------------------------------------------------------------- */

void aq__diff_schemas(aq__differ_t *differ); /* before all others */
void aq__diff_types(aq__differ_t *differ);
void aq__diff_sequences(aq__differ_t *differ);

/* ---- diff-column.c, diff-constraint.c: of a pair of tables, in this order ---------------------------------------------------- */

void aq__match_columns(aq__table_pair_t *pair); /* which are altered, and which are made again */
void aq__match_constraints(aq__table_pair_t *pair);
void aq__diff_columns(aq__table_pair_t *pair);
void aq__diff_constraints(aq__table_pair_t *pair);
void aq__diff_indexes(aq__table_pair_t *pair);

/* ---- diff-key.c: what is in the way -------------------------------------------------------------------------------------------- */

/* Drops the foreign keys that refer to a live key, and makes those again that the models have too. */
void aq__drop_dependents(const aq__differ_t *differ, aq_text_t *sql, const aq__constraint_t *key);
void aq__restore_dependents(const aq__differ_t *differ, aq_text_t *sql, const aq__constraint_t *key);
/* Drops those that no other difference drops. */
void aq__drop_strange_dependents(const aq__differ_t *differ, aq_text_t *sql, const aq__constraint_t *key);
/* Whether a live constraint has to go while its columns get other types: a foreign key has no "=", an expression no operator for what is halfway. */
bool aq__constraint_changes_type(const aq__differ_t *differ, const aq__constraint_t *live);
/* Whether a live index has to: its expressions, operator classes and methods are those of the old type. */
bool aq__index_changes_type(const aq__differ_t *differ, const aq__index_t *live);
/* Drops the constraints and indexes that are in the way of another type of a live column; whether a live constraint is dropped before its own difference
 * is mended. */
void aq__drop_in_the_way(const aq__table_pair_t *pair, aq_text_t *sql, const aq__column_t *live);
bool aq__is_dropped_early(const aq__table_pair_t *pair, const aq__constraint_t *live);
/* The foreign keys of a table that is missing which cannot be part of its CREATE TABLE. */
bool aq__foreign_key_waits(const aq__differ_t *differ, const aq__constraint_t *key);
void aq__diff_waiting_key(aq__differ_t *differ, const aq__constraint_t *key);

/* ---- alter.c: statements ---------------------------------------------------------------------------------------------------- */

/* Each begins a statement of its own behind those that are there. */
void aq__alter_begin(aq_text_t *sql);                           /* ";\n" unless it is the first */
void aq__alter_table(aq_text_t *sql, const aq__table_t *table); /* "ALTER TABLE blog.user" */
void aq__alter_column(aq_text_t *sql, const aq__table_t *table,
                      const char *column); /* "ALTER TABLE t ALTER COLUMN c" */
void aq__alter_drop_column(aq_text_t *sql, const aq__table_t *table, const char *column, bool if_exists);
/* `name` NULL: nothing, since no statement can say which one. */
void aq__alter_drop_constraint(aq_text_t *sql, const aq__table_t *table, const char *name, bool if_exists);
void aq__alter_drop_index(aq_text_t *sql, const aq__table_t *table, const char *name, bool if_exists);
void aq__alter_add_column(aq_text_t *sql, const aq__table_t *table,
                          const aq__column_t *column);                             /* and its comments */
void aq__alter_add_constraint(aq_text_t *sql, const aq__constraint_t *constraint); /* and its comment */
void aq__alter_create_index(aq_text_t *sql, const aq__index_t *index);             /* and its comment */
/* The options that are to become other, each behind `before`: " SET START WITH 5". */
void aq__alter_append_options(aq_text_t *sql, const aq__sequence_change_t *change, const char *before);
/* From the live column's way of getting values to the wanted one's. `table` is the live one. */
void aq__alter_generation(aq_text_t *sql, const aq__table_t *table, const aq__column_t *wanted,
                          const aq__column_t *live);
/* "SERIAL (START WITH 5)", "GENERATED ALWAYS AS IDENTITY", "no sequence" */
void aq__append_generation(aq_text_t *text, const aq__column_t *column);
/* The name of the sequence of a serial or identity column, in SQL: its own, or the one that PostgreSQL makes. */
void aq__append_sequence_name(aq_text_t *sql, const aq__column_t *column);
void aq__append_bare_sequence_name(aq_text_t *name,
                                   const aq__column_t *column); /* without schema or quotes */

#endif
