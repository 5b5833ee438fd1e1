/* The rows that the catalogs' query gives: which parts it has, and what the columns of each are. For catalog*.c and their tests.
 *
 * One table of columns for each part makes the struct by which C reads a row; the query's array has the same in the same order
 * (catalog-sql.c). Every value is text: booleans "true" or "false", numbers in digits, NULL where there is nothing. A schema is NULL where
 * the search path decides. */
#ifndef AQ_SRC_SCHEMA_CATALOG_ROWS_H
#define AQ_SRC_SCHEMA_CATALOG_ROWS_H

#include "src/schema/catalog.h"

/* clang-format off */
#define AQ__CATALOG_ENUM_ROW(X) \
    X(oid) X(schema) X(name) X(comment) X(label)

#define AQ__CATALOG_TABLE_ROW(X) \
    X(oid) X(schema) X(name) X(comment)

/* type_oid, type_schema, type_name: of an array, its elements'. type_text: all of it, as in CREATE TABLE; cast: without modifiers, as the server
 * writes it behind a "::". sequence: whose nextval() is the default, and which the column owns. */
#define AQ__CATALOG_COLUMN_ROW(X)                                                              \
    X(table) X(number) X(name)                                                                 \
    X(type_oid) X(type_schema) X(type_name) X(builtin) X(array) X(modifier) X(type_text) X(cast) \
    X(not_null) X(expression) X(generated) X(identity) X(sequence)                             \
    X(collation_schema) X(collation) X(comment)

/* table, column: that owns it, of an identity too. */
#define AQ__CATALOG_SEQUENCE_ROW(X)                                                            \
    X(oid) X(schema) X(name)                                                                   \
    X(type) X(start) X(increment) X(min) X(max) X(cache) X(cycle)                              \
    X(table) X(column) X(identity) X(comment)

/* index: of keys and exclusion constraints, the one that they brought along. */
#define AQ__CATALOG_CONSTRAINT_ROW(X)                                                          \
    X(oid) X(table) X(kind) X(name) X(deferrable) X(deferred) X(validated) X(no_inherit)       \
    X(nulls_not_distinct) X(check)                                                             \
    X(referred_schema) X(referred_table) X(on_delete) X(on_update) X(match)                    \
    X(index) X(method) X(where) X(comment)

/* role: "column", "referred", "on delete" */
#define AQ__CATALOG_KEY_ROW(X) \
    X(constraint) X(role) X(name)

#define AQ__CATALOG_INDEX_ROW(X)                                                               \
    X(oid) X(table) X(name) X(unique) X(nulls_not_distinct) X(method) X(where) X(storage) X(comment)

/* Of an index, or of a constraint's index. usual_opclass: the default one, where it is that. */
#define AQ__CATALOG_PART_ROW(X)                                                                \
    X(index) X(column) X(expression) X(included)                                               \
    X(collation_schema) X(collation) X(opclass) X(usual_opclass) X(operator) X(descending) X(nulls_first)

/* What metadata cannot express. table: or what else it is of; part: a column, a trigger ... of it. */
#define AQ__CATALOG_NOTE_ROW(X) \
    X(kind) X(schema) X(table) X(part) X(detail)
/* clang-format on */

/* X(CONSTANT, name), in the order in which their rows come: each part's rows refer to rows of those before it. */
#define AQ__CATALOG_PART_TABLE(X) \
    X(ENUM, enum)                 \
    X(TABLE, table)               \
    X(COLUMN, column)             \
    X(SEQUENCE, sequence)         \
    X(CONSTRAINT, constraint)     \
    X(KEY, key)                   \
    X(INDEX, index)               \
    X(PART, part)                 \
    X(NOTE, note)

typedef enum aq__catalog_part {
#define AQ__CATALOG_ENUM_(CONSTANT, name) AQ__CATALOG_##CONSTANT,
    AQ__CATALOG_PART_TABLE(AQ__CATALOG_ENUM_)
#undef AQ__CATALOG_ENUM_
        AQ__CATALOG_PARTS
} aq__catalog_part_t;

#define AQ__CATALOG_MEMBER_(name) const char *name;
#define AQ__CATALOG_STRUCT_(CONSTANT, part)               \
    typedef struct aq__catalog_##part##_row {             \
        AQ__CATALOG_##CONSTANT##_ROW(AQ__CATALOG_MEMBER_) \
    } aq__catalog_##part##_row_t;
AQ__CATALOG_PART_TABLE(AQ__CATALOG_STRUCT_)
#undef AQ__CATALOG_STRUCT_
#undef AQ__CATALOG_MEMBER_

/* A column, and the sequence that its default draws from, if it is a serial's. */
typedef struct aq__catalog_column {
    aq__column_t *column;
    const char *sequence; /* its oid */
} aq__catalog_column_t;

/* What is only known while rows come in; keys are the digits of oids. */
struct aq__catalog {
    aq__metadata_t *metadata;
    aq_arena_t *scratch;
    aq__map_t enums, tables, constraints, indexes;
    aq__map_t columns;     /* "table.number": aq__catalog_column_t */
    aq__map_t own_indexes; /* by the index that a constraint brought along: the constraint */
};

/* ---- Reading a row (catalog-row.c) ------------------------------------------------------------------------------------------- */

/* Values are asked for one by one; the first that makes no sense is kept as `code` and as the last error, and what is asked for after it is
 * harmless. `column` is for that message. */
typedef struct aq__row {
    aq__catalog_t *catalog;
    const char *part;
    int code;
} aq__row_t;

/* In the functions below as (row, AQ__CELL(item, name)). */
#define AQ__CELL(item, column) #column, (item)->column

const char *aq__row_text(aq__row_t *row, const char *column, const char *text); /* not NULL; "": see code */
const char *aq__row_copy(aq__row_t *row, const char *text); /* in the metadata; NULL stays NULL */
/* The same for an expression, which must not be empty either: the server shows none where a table was dropped meanwhile. */
const char *aq__row_expression(aq__row_t *row, const char *column, const char *text);
bool aq__row_bool(aq__row_t *row, const char *column, const char *text);
int64_t aq__row_number(aq__row_t *row, const char *column, const char *text);
int aq__row_int(aq__row_t *row, const char *column, const char *text);
uint32_t aq__row_oid(aq__row_t *row, const char *column, const char *text);
char aq__row_letter(aq__row_t *row, const char *column, const char *text, const char *letters);
/* What was put under this oid. NULL: see code. */
void *aq__row_find(aq__row_t *row, const char *column, const char *text, const aq__map_t *map);
/* NULL: there is no such column; see code. */
aq__column_t *aq__row_find_column(aq__row_t *row, const char *name, const aq__table_t *table);
/* Remembers a thing under its oid. */
void aq__row_put(aq__row_t *row, const char *column, const char *text, aq__map_t *map, void *thing);
/* Takes the code of what was done, unless there is one already; true: it is AQ_OK. */
bool aq__row_did(aq__row_t *row, int code);
/* The same for what is NULL when memory is out. */
bool aq__row_made(aq__row_t *row, const void *thing);

/* ---- What is done with each ---------------------------------------------------------------------------------------------------- */

void aq__catalog_add_column(aq__row_t *row, const aq__catalog_column_row_t *item); /* catalog-column.c */
void aq__catalog_add_sequence(aq__row_t *row,
                              const aq__catalog_sequence_row_t *item); /* catalog-sequence.c */
void aq__catalog_add_constraint(aq__row_t *row,
                                const aq__catalog_constraint_row_t *item); /* catalog-constraint.c */
void aq__catalog_add_key(aq__row_t *row, const aq__catalog_key_row_t *item);
void aq__catalog_add_index(aq__row_t *row, const aq__catalog_index_row_t *item); /* catalog-index.c */
void aq__catalog_add_part(aq__row_t *row, const aq__catalog_part_row_t *item);
void aq__catalog_add_note(aq__row_t *row, const aq__catalog_note_row_t *item); /* catalog-note.c */

#endif
