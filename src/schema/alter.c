/* The statements that change what is there: ALTER TABLE. What makes a thing afresh is ddl.c's.
 *
 * Each function appends a whole statement behind those that are there, joined by ";\n". Memory that was out shows in sql->failed. */
#include <string.h>

#include "src/schema/ddl.h"
#include "src/schema/differ.h"
#include "src/schema/naming.h"

/* ---- Tables ------------------------------------------------------------------------------------------------------------------- */

void aq__alter_begin(aq_text_t *sql)
{
    if (sql->length > 0)
        aq_text_append(sql, ";\n");
}

void aq__alter_table(aq_text_t *sql, const aq__table_t *table)
{
    aq__alter_begin(sql);
    aq_text_append(sql, "ALTER TABLE ");
    aq__ddl_table_name(sql, table);
}

void aq__alter_column(aq_text_t *sql, const aq__table_t *table, const char *column)
{
    aq__alter_table(sql, table);
    aq_text_append(sql, " ALTER COLUMN ");
    aq__name_append(sql, column);
}

void aq__alter_drop_column(aq_text_t *sql, const aq__table_t *table, const char *column, bool if_exists)
{
    aq__alter_table(sql, table);
    aq_text_appendf(sql, " DROP COLUMN %s", if_exists ? "IF EXISTS " : "");
    aq__name_append(sql, column);
}

void aq__alter_drop_constraint(aq_text_t *sql, const aq__table_t *table, const char *name, bool if_exists)
{
    if (name == NULL)
        return;
    aq__alter_table(sql, table);
    aq_text_appendf(sql, " DROP CONSTRAINT %s", if_exists ? "IF EXISTS " : "");
    aq__name_append(sql, name);
}

/* Indexes are in the schema of their table. */
void aq__alter_drop_index(aq_text_t *sql, const aq__table_t *table, const char *name, bool if_exists)
{
    if (name == NULL)
        return;
    aq__alter_begin(sql);
    aq_text_appendf(sql, "DROP INDEX %s", if_exists ? "IF EXISTS " : "");
    aq__name_append_qualified(sql, table->schema, name);
}

static void append_of_column(aq_text_t *sql, const aq__column_t *column,
                             void (*append)(aq_text_t *sql, const aq__column_t *column))
{
    aq__alter_begin(sql);
    append(sql, column);
}

void aq__alter_add_column(aq_text_t *sql, const aq__table_t *table, const aq__column_t *column)
{
    bool own = aq__ddl_has_own_sequence(column);

    if (own)
        append_of_column(sql, column, aq__ddl_create_column_sequence);
    aq__alter_table(sql, table);
    aq_text_append(sql, " ADD COLUMN ");
    aq__ddl_column(sql, column);
    if (own)
        append_of_column(sql, column, aq__ddl_own_column_sequence);
    if (column->comment != NULL) {
        aq__alter_begin(sql);
        aq__ddl_comment_column(sql, column, column->comment);
    }
    if (column->sequence != NULL && column->sequence->comment != NULL) {
        aq__alter_begin(sql);
        aq__ddl_comment_column_sequence(sql, column, column->sequence->comment);
    }
}

/* A constraint without a name gets its comment when the next diff knows how the server calls it. */
void aq__alter_add_constraint(aq_text_t *sql, const aq__constraint_t *constraint)
{
    aq__alter_begin(sql);
    aq__ddl_add_constraint(sql, constraint);
    if (constraint->comment != NULL && constraint->name != NULL) {
        aq__alter_begin(sql);
        aq__ddl_comment_constraint(sql, constraint, constraint->comment);
    }
}

void aq__alter_create_index(aq_text_t *sql, const aq__index_t *index)
{
    aq__alter_begin(sql);
    aq__ddl_create_index(sql, index);
    if (index->comment != NULL && index->name != NULL) {
        aq__alter_begin(sql);
        aq__ddl_comment_index(sql, index, index->comment);
    }
}
