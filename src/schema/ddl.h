/* DDL: metadata as the text of statements.
 *
 *     aq__ddl_create_table(&sql, user);      CREATE TABLE "user" (
 *                                                id SERIAL NOT NULL,
 *                                                username VARCHAR(80) NOT NULL,
 *                                                PRIMARY KEY (id),
 *                                                UNIQUE (username)
 *                                            )
 *
 * Every function appends to `sql`, which remembers whether memory was out (sql->failed). Statements have no ";" and no new line at their
 * end. Words are as SQLAlchemy writes them (shared vectors: ddl.json). Identifiers are quoted where they must be; expressions are taken as they
 * are. The metadata must be sealed. */
#ifndef AQ_SRC_SCHEMA_DDL_H
#define AQ_SRC_SCHEMA_DDL_H

#include "src/schema/metadata.h"

/* ---- Parts of statements --------------------------------------------------------------------------------------------------- */

void aq__ddl_type(aq_text_t *sql, const aq__type_t *type); /* "INTEGER", "VARCHAR(80)[]"; never "SERIAL" */
void aq__ddl_literal(aq_text_t *sql, const char *text);    /* 'it''s'; E'' where it has backslashes */
void aq__ddl_table_name(aq_text_t *sql, const aq__table_t *table); /* quoted, with its schema */
void aq__ddl_column(aq_text_t *sql,
                    const aq__column_t *column); /* "id SERIAL NOT NULL": as in CREATE TABLE and ADD COLUMN */
void aq__ddl_constraint(
    aq_text_t *sql,
    const aq__constraint_t *constraint); /* "CONSTRAINT pos CHECK (id > 0)": as in CREATE TABLE and ADD */
void aq__ddl_sequence_options(aq_text_t *sql,
                              const aq__sequence_t *sequence); /* "INCREMENT BY 2 START WITH 5" */
/* Of a serial column: whether its sequence has options, so that SERIAL cannot say it. Then it is an integer whose default is the next value of a
 * sequence that is made before the column and owned by it after. */
bool aq__ddl_has_own_sequence(const aq__column_t *column);

/* ---- Statements ------------------------------------------------------------------------------------------------------------- */

void aq__ddl_create_schema(aq_text_t *sql, const char *schema); /* IF NOT EXISTS */
void aq__ddl_create_enum(aq_text_t *sql, const aq__enum_t *enumeration);
void aq__ddl_create_sequence(
    aq_text_t *sql,
    const aq__sequence_t *sequence); /* without OWNED BY, which comes when its table is there */
void aq__ddl_own_sequence(aq_text_t *sql, const aq__sequence_t *sequence); /* or OWNED BY NONE */
/* The same for columns that have a sequence of their own. */
void aq__ddl_create_column_sequence(aq_text_t *sql, const aq__column_t *column);
void aq__ddl_own_column_sequence(aq_text_t *sql, const aq__column_t *column);
/* Without its foreign keys and defaults that are `by_alter`, and without what is not valid: that is added by ALTER TABLE, which does not look at rows then. */
void aq__ddl_create_table(aq_text_t *sql, const aq__table_t *table);
void aq__ddl_set_default(aq_text_t *sql, const aq__column_t *column); /* of one whose default was left out */
void aq__ddl_create_index(aq_text_t *sql, const aq__index_t *index);
void aq__ddl_add_constraint(aq_text_t *sql, const aq__constraint_t *constraint); /* ALTER TABLE ... ADD ... */
void aq__ddl_drop_table(aq_text_t *sql, const aq__table_t *table);
void aq__ddl_drop_enum(aq_text_t *sql, const aq__enum_t *enumeration);
void aq__ddl_drop_sequence(
    aq_text_t *sql, const aq__sequence_t *sequence); /* IF EXISTS where a table owns it: it went with that */
void aq__ddl_drop_constraint(aq_text_t *sql, const aq__table_t *table, const char *name);
/* COMMENT ON ... IS '...'; `comment` NULL: takes it away. */
void aq__ddl_comment_table(aq_text_t *sql, const aq__table_t *table, const char *comment);
void aq__ddl_comment_column(aq_text_t *sql, const aq__column_t *column, const char *comment);
void aq__ddl_comment_constraint(aq_text_t *sql, const aq__constraint_t *constraint, const char *comment);
void aq__ddl_comment_index(aq_text_t *sql, const aq__index_t *index, const char *comment);
void aq__ddl_comment_enum(aq_text_t *sql, const aq__enum_t *enumeration, const char *comment);
/* Of the sequence of a serial or identity column. */
void aq__ddl_comment_column_sequence(aq_text_t *sql, const aq__column_t *column, const char *comment);
void aq__ddl_comment_sequence(aq_text_t *sql, const aq__sequence_t *sequence, const char *comment);

/* ---- All of it (ddl-walk.c) ---------------------------------------------------------------------------------------------------- */

typedef enum aq__ddl_step {
    AQ__DDL_SCHEMA,
    AQ__DDL_ENUM,
    AQ__DDL_SEQUENCE,
    AQ__DDL_TABLE,
    AQ__DDL_INDEX,
    AQ__DDL_DEFAULT,
    AQ__DDL_FOREIGN_KEY,
    AQ__DDL_COMMENT
} aq__ddl_step_t;

/* One statement, and whose it is: exactly one of these four. */
typedef struct aq__ddl_statement {
    aq__ddl_step_t step;
    const char *schema; /* its name */
    const aq__enum_t *enumeration;
    const aq__sequence_t *sequence; /* one that stands alone */
    const aq__table_t *table;       /* also of its columns' sequences, its indexes, constraints, comments */
    const char *sql;                /* gone after the call; NULL when it is asked whether to skip it */
} aq__ddl_statement_t;

/* An error ends the walk and is returned. */
typedef int (*aq__ddl_cb)(void *data, const aq__ddl_statement_t *statement);
typedef bool (*aq__ddl_skip_cb)(void *data, const aq__ddl_statement_t *statement);

/* All statements of a metadata in the order in which they are to be run: schemas, enums, sequences; each table with its indexes behind it, in
 * order of creation; defaults that draw from a later one's sequence; foreign keys of cycles; comments. `skip` tells which are left out (NULL: none). AQ_ENOMEM, or what `cb` returned. */
int aq__ddl_walk(const aq__metadata_t *metadata, aq__ddl_skip_cb skip, aq__ddl_cb cb, void *data);
/* The other way: tables, sequences, enums. Schemas stay: others may have something in them. Foreign keys of cycles must be gone. */
int aq__ddl_walk_drop(const aq__metadata_t *metadata, aq__ddl_skip_cb skip, aq__ddl_cb cb, void *data);
/* aq__ddl_walk() as one text: each statement with ";" and a new line, an empty line between tables. */
void aq__ddl_append(aq_text_t *sql, const aq__metadata_t *metadata);
void aq__ddl_append_table(aq_text_t *sql, const aq__table_t *table); /* what belongs to one table */

#endif
