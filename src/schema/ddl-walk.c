/* All statements of a metadata, in the order in which they can be run.
 *
 * The happy path: what tables stand on (schemas, enums, sequences); the tables, each behind those that it refers to, with its indexes; what
 * could not be said before all tables were there; comments. Each statement is made in one text, which is used again.
 * The failure modes: no memory; whoever gets the statements has had enough. */
#include <string.h>

#include "src/schema/ddl.h"

typedef struct walk {
    const aq__metadata_t *metadata;
    aq__ddl_skip_cb skip;
    aq__ddl_cb cb;
    void *data;
    aq_text_t sql;
    int code; /* of the first failure: then nothing more is made */
} walk_t;

/* Whether this statement is to be made; then its text goes into walk->sql, and end() hands it over. */
static bool begin(walk_t *walk, const aq__ddl_statement_t *statement)
{
    aq_text_clear(&walk->sql);
    return walk->code == AQ_OK && (walk->skip == NULL || !walk->skip(walk->data, statement));
}

static void end(walk_t *walk, aq__ddl_statement_t *statement)
{
    statement->sql = aq_text_string(&walk->sql);
    walk->code = walk->sql.failed ? AQ_ENOMEM : walk->cb(walk->data, statement);
    statement->sql = NULL;
}

static int finish(walk_t *walk)
{
    aq_text_dispose(&walk->sql);
    return walk->code;
}

/* ---- What tables stand on --------------------------------------------------------------------------------------------------- */

static bool is_text_of(const char *schema, const char *other)
{
    return schema != NULL && other != NULL && strcmp(schema, other) == 0;
}

/* Whether something that comes before it in tables, enums, sequences is in this schema too. Tables count in the order in which they are made, so
 * that this SQL, read again, gives the schemas in the same order. */
static bool is_new_schema(const aq__metadata_t *metadata, const char *schema, size_t tables, size_t enums,
                          size_t sequences)
{
    for (size_t i = 0; i < tables; i++)
        if (is_text_of(schema, metadata->ordered_tables[i]->schema))
            return false;
    for (size_t i = 0; i < enums; i++)
        if (is_text_of(schema, metadata->enums[i]->schema))
            return false;
    for (size_t i = 0; i < sequences; i++)
        if (is_text_of(schema, metadata->sequences[i]->schema))
            return false;
    return schema != NULL;
}

static void walk_schema(walk_t *walk, const char *schema)
{
    aq__ddl_statement_t statement = {.step = AQ__DDL_SCHEMA, .schema = schema};

    if (!begin(walk, &statement))
        return;
    aq__ddl_create_schema(&walk->sql, schema);
    end(walk, &statement);
}

static void walk_schemas(walk_t *walk)
{
    const aq__metadata_t *metadata = walk->metadata;
    size_t tables = metadata->table_count, enums = metadata->enum_count;

    for (size_t i = 0; i < tables; i++)
        if (is_new_schema(metadata, metadata->ordered_tables[i]->schema, i, 0, 0))
            walk_schema(walk, metadata->ordered_tables[i]->schema);
    for (size_t i = 0; i < enums; i++)
        if (is_new_schema(metadata, metadata->enums[i]->schema, tables, i, 0))
            walk_schema(walk, metadata->enums[i]->schema);
    for (size_t i = 0; i < metadata->sequence_count; i++)
        if (is_new_schema(metadata, metadata->sequences[i]->schema, tables, enums, i))
            walk_schema(walk, metadata->sequences[i]->schema);
}

static void walk_enums(walk_t *walk)
{
    for (size_t i = 0; i < walk->metadata->enum_count; i++) {
        aq__ddl_statement_t statement = {.step = AQ__DDL_ENUM, .enumeration = walk->metadata->enums[i]};

        if (!begin(walk, &statement))
            continue;
        aq__ddl_create_enum(&walk->sql, statement.enumeration);
        end(walk, &statement);
    }
}

static void walk_sequences(walk_t *walk)
{
    for (size_t i = 0; i < walk->metadata->sequence_count; i++) {
        aq__ddl_statement_t statement = {.step = AQ__DDL_SEQUENCE, .sequence = walk->metadata->sequences[i]};

        if (!begin(walk, &statement))
            continue;
        aq__ddl_create_sequence(&walk->sql, statement.sequence);
        end(walk, &statement);
    }
}

/* ---- Tables ----------------------------------------------------------------------------------------------------------------- */

/* The sequences of serial columns that have options, before (`create`) or behind the table. */
static void walk_column_sequences(walk_t *walk, const aq__table_t *table,
                                  void (*append)(aq_text_t *sql, const aq__column_t *column))
{
    for (size_t i = 0; i < table->column_count; i++) {
        aq__ddl_statement_t statement = {.step = AQ__DDL_SEQUENCE, .table = table};

        if (!aq__ddl_has_own_sequence(table->columns[i]) || !begin(walk, &statement))
            continue;
        append(&walk->sql, table->columns[i]);
        end(walk, &statement);
    }
}

static void walk_table_alone(walk_t *walk, const aq__table_t *table)
{
    aq__ddl_statement_t statement = {.step = AQ__DDL_TABLE, .table = table};

    if (!begin(walk, &statement))
        return;
    aq__ddl_create_table(&walk->sql, table);
    end(walk, &statement);
}

/* Constraints that CREATE TABLE does not say because they are not valid; those of cycles have their turn later. */
static void walk_not_valid(walk_t *walk, const aq__table_t *table)
{
    for (size_t i = 0; i < table->constraint_count; i++) {
        const aq__constraint_t *constraint = table->constraints[i];
        aq__ddl_statement_t statement = {.step = AQ__DDL_TABLE, .table = table};

        if (!constraint->not_valid || constraint->by_alter || !begin(walk, &statement))
            continue;
        aq__ddl_add_constraint(&walk->sql, constraint);
        end(walk, &statement);
    }
}

static void walk_indexes(walk_t *walk, const aq__table_t *table)
{
    for (size_t i = 0; i < table->index_count; i++) {
        aq__ddl_statement_t statement = {.step = AQ__DDL_INDEX, .table = table};

        if (!begin(walk, &statement))
            continue;
        aq__ddl_create_index(&walk->sql, table->indexes[i]);
        end(walk, &statement);
    }
}

static void walk_table(walk_t *walk, const aq__table_t *table)
{
    walk_column_sequences(walk, table, aq__ddl_create_column_sequence);
    walk_table_alone(walk, table);
    walk_column_sequences(walk, table, aq__ddl_own_column_sequence);
    walk_not_valid(walk, table);
    walk_indexes(walk, table);
}

/* ---- What needs all tables ---------------------------------------------------------------------------------------------------- */

static void walk_owners(walk_t *walk)
{
    for (size_t i = 0; i < walk->metadata->sequence_count; i++) {
        aq__ddl_statement_t statement = {.step = AQ__DDL_SEQUENCE, .sequence = walk->metadata->sequences[i]};

        if (statement.sequence->owner == NULL || !begin(walk, &statement))
            continue;
        aq__ddl_own_sequence(&walk->sql, statement.sequence);
        end(walk, &statement);
    }
}

static void walk_defaults(walk_t *walk, const aq__table_t *table)
{
    for (size_t i = 0; i < table->column_count; i++) {
        aq__ddl_statement_t statement = {.step = AQ__DDL_DEFAULT, .table = table};

        if (!table->columns[i]->default_by_alter || !begin(walk, &statement))
            continue;
        aq__ddl_set_default(&walk->sql, table->columns[i]);
        end(walk, &statement);
    }
}

static void walk_foreign_keys(walk_t *walk)
{
    for (size_t i = 0; i < walk->metadata->by_alter_count; i++) {
        const aq__constraint_t *constraint = walk->metadata->foreign_keys_by_alter[i];
        aq__ddl_statement_t statement = {.step = AQ__DDL_FOREIGN_KEY, .table = constraint->table};

        if (!begin(walk, &statement))
            continue;
        aq__ddl_add_constraint(&walk->sql, constraint);
        end(walk, &statement);
    }
}

/* ---- Comments ----------------------------------------------------------------------------------------------------------------- */

static void walk_comments_of_types(walk_t *walk)
{
    const aq__metadata_t *metadata = walk->metadata;

    for (size_t i = 0; i < metadata->enum_count; i++) {
        aq__ddl_statement_t statement = {.step = AQ__DDL_COMMENT, .enumeration = metadata->enums[i]};

        if (metadata->enums[i]->comment == NULL || !begin(walk, &statement))
            continue;
        aq__ddl_comment_enum(&walk->sql, metadata->enums[i], metadata->enums[i]->comment);
        end(walk, &statement);
    }
    for (size_t i = 0; i < metadata->sequence_count; i++) {
        aq__ddl_statement_t statement = {.step = AQ__DDL_COMMENT, .sequence = metadata->sequences[i]};

        if (metadata->sequences[i]->comment == NULL || !begin(walk, &statement))
            continue;
        aq__ddl_comment_sequence(&walk->sql, metadata->sequences[i], metadata->sequences[i]->comment);
        end(walk, &statement);
    }
}

/* Those of serial and identity columns. */
static void walk_comments_of_sequences(walk_t *walk, const aq__table_t *table)
{
    for (size_t i = 0; i < table->column_count; i++) {
        const aq__column_t *column = table->columns[i];
        aq__ddl_statement_t statement = {.step = AQ__DDL_COMMENT, .table = table};

        if (column->sequence == NULL || column->sequence->comment == NULL || !begin(walk, &statement))
            continue;
        aq__ddl_comment_column_sequence(&walk->sql, column, column->sequence->comment);
        end(walk, &statement);
    }
}

static void walk_comments_of_columns(walk_t *walk, const aq__table_t *table)
{
    for (size_t i = 0; i < table->column_count; i++) {
        aq__ddl_statement_t statement = {.step = AQ__DDL_COMMENT, .table = table};

        if (table->columns[i]->comment == NULL || !begin(walk, &statement))
            continue;
        aq__ddl_comment_column(&walk->sql, table->columns[i], table->columns[i]->comment);
        end(walk, &statement);
    }
}

/* A comment is put on a name; the seal tells of those without. */
static void walk_comments_of_names(walk_t *walk, const aq__table_t *table)
{
    aq__ddl_statement_t statement = {.step = AQ__DDL_COMMENT, .table = table};

    for (size_t i = 0; i < table->constraint_count; i++) {
        const aq__constraint_t *constraint = table->constraints[i];

        if (constraint->comment == NULL || constraint->name == NULL || !begin(walk, &statement))
            continue;
        aq__ddl_comment_constraint(&walk->sql, constraint, constraint->comment);
        end(walk, &statement);
    }
    for (size_t i = 0; i < table->index_count; i++) {
        const aq__index_t *index = table->indexes[i];

        if (index->comment == NULL || index->name == NULL || !begin(walk, &statement))
            continue;
        aq__ddl_comment_index(&walk->sql, index, index->comment);
        end(walk, &statement);
    }
}

static void walk_comments_of_table(walk_t *walk, const aq__table_t *table)
{
    aq__ddl_statement_t statement = {.step = AQ__DDL_COMMENT, .table = table};

    if (table->comment != NULL && begin(walk, &statement)) {
        aq__ddl_comment_table(&walk->sql, table, table->comment);
        end(walk, &statement);
    }
    walk_comments_of_columns(walk, table);
    walk_comments_of_sequences(walk, table);
    walk_comments_of_names(walk, table);
}

/* ---- Both ways ---------------------------------------------------------------------------------------------------------------- */

int aq__ddl_walk(const aq__metadata_t *metadata, aq__ddl_skip_cb skip, aq__ddl_cb cb, void *data)
{
    walk_t walk = {.metadata = metadata, .skip = skip, .cb = cb, .data = data};

    walk_schemas(&walk);
    walk_enums(&walk);
    walk_sequences(&walk);
    for (size_t i = 0; i < metadata->table_count; i++)
        walk_table(&walk, metadata->ordered_tables[i]);
    walk_owners(&walk);
    for (size_t i = 0; i < metadata->table_count && metadata->default_by_alter_count > 0; i++)
        walk_defaults(&walk, metadata->ordered_tables[i]);
    walk_foreign_keys(&walk);
    walk_comments_of_types(&walk);
    for (size_t i = 0; i < metadata->table_count; i++)
        walk_comments_of_table(&walk, metadata->ordered_tables[i]);
    return finish(&walk);
}

static void drop_tables(walk_t *walk)
{
    for (size_t i = walk->metadata->table_count; i-- > 0;) {
        aq__ddl_statement_t statement = {.step = AQ__DDL_TABLE, .table = walk->metadata->ordered_tables[i]};

        if (!begin(walk, &statement))
            continue;
        aq__ddl_drop_table(&walk->sql, statement.table);
        end(walk, &statement);
    }
}

int aq__ddl_walk_drop(const aq__metadata_t *metadata, aq__ddl_skip_cb skip, aq__ddl_cb cb, void *data)
{
    walk_t walk = {.metadata = metadata, .skip = skip, .cb = cb, .data = data};

    drop_tables(&walk);
    for (size_t i = metadata->sequence_count; i-- > 0;) {
        aq__ddl_statement_t statement = {.step = AQ__DDL_SEQUENCE, .sequence = metadata->sequences[i]};

        if (!begin(&walk, &statement))
            continue;
        aq__ddl_drop_sequence(&walk.sql, statement.sequence);
        end(&walk, &statement);
    }
    for (size_t i = metadata->enum_count; i-- > 0;) {
        aq__ddl_statement_t statement = {.step = AQ__DDL_ENUM, .enumeration = metadata->enums[i]};

        if (!begin(&walk, &statement))
            continue;
        aq__ddl_drop_enum(&walk.sql, statement.enumeration);
        end(&walk, &statement);
    }
    return finish(&walk);
}

/* ---- As one text ---------------------------------------------------------------------------------------------------------------- */

typedef struct script {
    aq_text_t *sql;
    size_t start;            /* of what was appended */
    const aq__table_t *only; /* NULL: all */
    const aq__table_t *last; /* whose statement was the last */
    aq__ddl_step_t step;
} script_t;

static bool is_of_another_table(void *data, const aq__ddl_statement_t *statement)
{
    const script_t *script = data;

    return script->only != NULL && statement->table != script->only;
}

/* Comments stand together, and foreign keys of cycles do. */
static aq__ddl_step_t group_of(aq__ddl_step_t step)
{
    return step == AQ__DDL_SEQUENCE || step == AQ__DDL_INDEX ? AQ__DDL_TABLE : step;
}

static int append_to_script(void *data, const aq__ddl_statement_t *statement)
{
    script_t *script = data;
    bool apart = group_of(statement->step) != group_of(script->step) ||
                 (statement->table != script->last && group_of(statement->step) == AQ__DDL_TABLE);

    if (apart && script->only == NULL && script->sql->length > script->start)
        aq_text_append_char(script->sql, '\n');
    aq_text_append(script->sql, statement->sql);
    aq_text_append(script->sql, ";\n");
    script->last = statement->table;
    script->step = statement->step;
    return script->sql->failed ? AQ_ENOMEM : AQ_OK;
}

static void append_script(const aq__metadata_t *metadata, script_t *script)
{
    script->start = script->sql->length;
    if (aq__ddl_walk(metadata, is_of_another_table, append_to_script, script) != AQ_OK)
        script->sql->failed = true;
}

void aq__ddl_append(aq_text_t *sql, const aq__metadata_t *metadata)
{
    append_script(metadata, &(script_t){.sql = sql});
}

void aq__ddl_append_table(aq_text_t *sql, const aq__table_t *table)
{
    append_script(table->metadata, &(script_t){.sql = sql, .only = table});
}
