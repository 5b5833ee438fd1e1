/* DDL statements, one function each. Texts are SQLAlchemy's; they are put together from ddl-parts.c. */
#include <string.h>

#include "src/schema/ddl-parts.h"
#include "src/schema/ddl.h"
#include "src/schema/naming.h"

/* ---- Schemas, enums, sequences ------------------------------------------------------------------------------------------------ */

void aq__ddl_create_schema(aq_text_t *sql, const char *schema)
{
    aq_text_append(sql, "CREATE SCHEMA IF NOT EXISTS ");
    aq__name_append(sql, schema);
}

void aq__ddl_create_enum(aq_text_t *sql, const aq__enum_t *enumeration)
{
    aq_text_append(sql, "CREATE TYPE ");
    aq__name_append_qualified(sql, enumeration->schema, enumeration->name);
    aq_text_append(sql, " AS ENUM (");
    for (size_t i = 0; i < enumeration->label_count; i++) {
        aq_text_append(sql, i > 0 ? ", " : "");
        aq__ddl_literal(sql, enumeration->labels[i]);
    }
    aq_text_append_char(sql, ')');
}

static void append_sequence_type(aq_text_t *sql, uint32_t type)
{
    aq_text_append(sql, type == AQ_OID_INT2 ? " AS SMALLINT" : type == AQ_OID_INT4 ? " AS INTEGER" : "");
}

void aq__ddl_create_sequence(aq_text_t *sql, const aq__sequence_t *sequence)
{
    aq_text_append(sql, "CREATE SEQUENCE ");
    aq__name_append_qualified(sql, sequence->schema, sequence->name);
    append_sequence_type(sql, sequence->type);
    aq__ddl_sequence_list(sql, sequence);
}

static void append_owner(aq_text_t *sql, const aq__column_t *column)
{
    aq_text_append(sql, column != NULL ? " OWNED BY " : " OWNED BY NONE");
    if (column == NULL)
        return;
    aq__ddl_table_name(sql, column->table);
    aq_text_append_char(sql, '.');
    aq__name_append(sql, column->name);
}

void aq__ddl_own_sequence(aq_text_t *sql, const aq__sequence_t *sequence)
{
    aq_text_append(sql, "ALTER SEQUENCE ");
    aq__name_append_qualified(sql, sequence->schema, sequence->name);
    append_owner(sql, sequence->owner);
}

void aq__ddl_create_column_sequence(aq_text_t *sql, const aq__column_t *column)
{
    const aq__sequence_t *sequence = column->sequence;

    aq_text_append(sql, "CREATE SEQUENCE ");
    aq__ddl_own_sequence_name(sql, column);
    append_sequence_type(sql, sequence->type != 0 ? sequence->type : column->type.oid);
    aq__ddl_sequence_list(sql, sequence);
}

void aq__ddl_own_column_sequence(aq_text_t *sql, const aq__column_t *column)
{
    aq_text_append(sql, "ALTER SEQUENCE ");
    aq__ddl_own_sequence_name(sql, column);
    append_owner(sql, column);
}

/* ---- Tables ----------------------------------------------------------------------------------------------------------------------- */

static void begin_line(aq_text_t *sql, bool *first)
{
    aq_text_append(sql, *first ? "\n    " : ",\n    ");
    *first = false;
}

static bool is_added_later(const aq__constraint_t *constraint)
{
    return constraint->by_alter || constraint->not_valid;
}

static void append_column(aq_text_t *sql, const aq__column_t *column)
{
    aq__column_t now = *column;

    if (column->default_by_alter)
        now.server_default = NULL;
    aq__ddl_column(sql, &now);
}

void aq__ddl_set_default(aq_text_t *sql, const aq__column_t *column)
{
    aq_text_append(sql, "ALTER TABLE ");
    aq__ddl_table_name(sql, column->table);
    aq_text_append(sql, " ALTER COLUMN ");
    aq__name_append(sql, column->name);
    aq_text_appendf(sql, " SET DEFAULT %s", column->server_default);
}

/* The primary key comes first, wherever it was declared. */
void aq__ddl_create_table(aq_text_t *sql, const aq__table_t *table)
{
    bool first = true;

    aq_text_append(sql, "CREATE TABLE ");
    aq__ddl_table_name(sql, table);
    aq_text_append(sql, " (");
    for (size_t i = 0; i < table->column_count; i++) {
        begin_line(sql, &first);
        append_column(sql, table->columns[i]);
    }
    if (table->primary_key != NULL) {
        begin_line(sql, &first);
        aq__ddl_constraint(sql, table->primary_key);
    }
    for (size_t i = 0; i < table->constraint_count; i++) {
        const aq__constraint_t *constraint = table->constraints[i];

        if (constraint == table->primary_key || is_added_later(constraint))
            continue;
        begin_line(sql, &first);
        aq__ddl_constraint(sql, constraint);
    }
    aq_text_append(sql, "\n)");
}

void aq__ddl_create_index(aq_text_t *sql, const aq__index_t *index)
{
    aq_text_append(sql, index->unique ? "CREATE UNIQUE INDEX " : "CREATE INDEX ");
    if (index->name != NULL) {
        aq__name_append(sql, index->name);
        aq_text_append_char(sql, ' ');
    }
    aq_text_append(sql, "ON ");
    aq__ddl_table_name(sql, index->table);
    if (index->method != NULL) {
        aq_text_append(sql, " USING ");
        aq__name_append(sql, index->method);
    }
    aq_text_append_char(sql, ' ');
    aq__ddl_part_list(sql, index->parts, index->part_count);
    aq__ddl_include(sql, index->include, index->include_count);
    aq_text_append(sql, index->nulls_not_distinct ? " NULLS NOT DISTINCT" : "");
    if (index->storage != NULL)
        aq_text_appendf(sql, " WITH (%s)", index->storage);
    if (index->where != NULL)
        aq_text_appendf(sql, " WHERE %s", index->where);
}

static void alter_table(aq_text_t *sql, const aq__table_t *table, const char *what)
{
    aq_text_append(sql, "ALTER TABLE ");
    aq__ddl_table_name(sql, table);
    aq_text_append(sql, what);
}

void aq__ddl_add_constraint(aq_text_t *sql, const aq__constraint_t *constraint)
{
    alter_table(sql, constraint->table, " ADD ");
    aq__ddl_constraint(sql, constraint);
}

void aq__ddl_drop_constraint(aq_text_t *sql, const aq__table_t *table, const char *name)
{
    alter_table(sql, table, " DROP CONSTRAINT ");
    aq__name_append(sql, name);
}

void aq__ddl_drop_table(aq_text_t *sql, const aq__table_t *table)
{
    aq_text_append(sql, "DROP TABLE ");
    aq__ddl_table_name(sql, table);
}

void aq__ddl_drop_enum(aq_text_t *sql, const aq__enum_t *enumeration)
{
    aq_text_append(sql, "DROP TYPE ");
    aq__name_append_qualified(sql, enumeration->schema, enumeration->name);
}

void aq__ddl_drop_sequence(aq_text_t *sql, const aq__sequence_t *sequence)
{
    aq_text_append(sql, sequence->owner != NULL ? "DROP SEQUENCE IF EXISTS " : "DROP SEQUENCE ");
    aq__name_append_qualified(sql, sequence->schema, sequence->name);
}

/* ---- Comments ------------------------------------------------------------------------------------------------------------------- */

static void append_comment(aq_text_t *sql, const char *comment)
{
    aq_text_append(sql, " IS ");
    if (comment != NULL)
        aq__ddl_literal(sql, comment);
    else
        aq_text_append(sql, "NULL");
}

void aq__ddl_comment_table(aq_text_t *sql, const aq__table_t *table, const char *comment)
{
    aq_text_append(sql, "COMMENT ON TABLE ");
    aq__ddl_table_name(sql, table);
    append_comment(sql, comment);
}

void aq__ddl_comment_column(aq_text_t *sql, const aq__column_t *column, const char *comment)
{
    aq_text_append(sql, "COMMENT ON COLUMN ");
    aq__ddl_table_name(sql, column->table);
    aq_text_append_char(sql, '.');
    aq__name_append(sql, column->name);
    append_comment(sql, comment);
}

void aq__ddl_comment_constraint(aq_text_t *sql, const aq__constraint_t *constraint, const char *comment)
{
    aq_text_append(sql, "COMMENT ON CONSTRAINT ");
    aq__name_append(sql, constraint->name);
    aq_text_append(sql, " ON ");
    aq__ddl_table_name(sql, constraint->table);
    append_comment(sql, comment);
}

void aq__ddl_comment_index(aq_text_t *sql, const aq__index_t *index, const char *comment)
{
    aq_text_append(sql, "COMMENT ON INDEX ");
    aq__name_append_qualified(sql, index->table->schema, index->name);
    append_comment(sql, comment);
}

void aq__ddl_comment_enum(aq_text_t *sql, const aq__enum_t *enumeration, const char *comment)
{
    aq_text_append(sql, "COMMENT ON TYPE ");
    aq__name_append_qualified(sql, enumeration->schema, enumeration->name);
    append_comment(sql, comment);
}

void aq__ddl_comment_column_sequence(aq_text_t *sql, const aq__column_t *column, const char *comment)
{
    aq_text_append(sql, "COMMENT ON SEQUENCE ");
    aq__ddl_own_sequence_name(sql, column);
    append_comment(sql, comment);
}

void aq__ddl_comment_sequence(aq_text_t *sql, const aq__sequence_t *sequence, const char *comment)
{
    aq_text_append(sql, "COMMENT ON SEQUENCE ");
    aq__name_append_qualified(sql, sequence->schema, sequence->name);
    append_comment(sql, comment);
}
