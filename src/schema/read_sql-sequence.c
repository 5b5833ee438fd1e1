/* Sequences: alone, of identity columns, of serial columns.
 *
 * The happy path: CREATE SEQUENCE, OWNED BY, and a default that draws from it are what serial means, whoever wrote them (pg_dump does); at the end they become one
 * serial column. Options that are the server's defaults are not kept, so that both ways of writing it give the same. The failure modes: a sequence or a column that is not there. */
#include "src/schema/ddl.h"
#include "src/schema/naming.h"
#include "src/schema/read_sql-private.h"

static bool has_default_name(const aq__column_t *column, const char *name)
{
    char usual[AQ__NAME_MAX + 1];

    aq__name_make(usual, column->table->name, column->name, "seq");
    return strcmp(name, usual) == 0;
}

const char *aq__sql_column_sequence(aq__sql_reader_t *reader, const aq__column_t *column)
{
    char usual[AQ__NAME_MAX + 1];

    if (column->sequence != NULL && column->sequence->name != NULL)
        return column->sequence->name;
    aq__name_make(usual, column->table->name, column->name, "seq");
    return aq_arena_strdup(reader->scratch, usual);
}

static bool has_sequence(const aq__column_t *column)
{
    return column->autoincrement == AQ_SERIAL || column->autoincrement == AQ_IDENTITY ||
           column->autoincrement == AQ_IDENTITY_ALWAYS;
}

aq__column_t *aq__sql_sequence_column(const aq__sql_reader_t *reader, const char *schema, const char *name)
{
    for (size_t i = 0; i < reader->metadata->table_count; i++) {
        const aq__table_t *table = reader->metadata->tables[i];

        if (schema != NULL && schema[0] != '\0' && !aq__same_text(table->schema, aq__sql_schema(schema)))
            continue;
        for (size_t j = 0; j < table->column_count; j++) {
            aq__column_t *column = table->columns[j];
            bool named = column->sequence != NULL && column->sequence->name != NULL;

            if (has_sequence(column) &&
                (named ? strcmp(column->sequence->name, name) == 0 : has_default_name(column, name)))
                return column;
        }
    }
    return NULL;
}

int aq__sql_identity_options(aq__sql_reader_t *reader, aq__column_t *column, PgQuery__Node *const *options,
                             size_t count, bool anew)
{
    aq__sequence_t *sequence = aq_arena_calloc(reader->metadata->arena, 1, sizeof(*sequence));

    if (sequence == NULL)
        return AQ_ENOMEM;
    if (column->sequence != NULL)
        *sequence = *column->sequence;
    if ((anew ? aq__sql_sequence_options(reader, sequence, options, count)
              : aq__sql_change_sequence(reader, sequence, options, count, column->type.oid)) != AQ_OK)
        return AQ_ENOMEM;
    aq__sql_forget_usual(sequence, column->type.oid);
    if (sequence->name != NULL && has_default_name(column, sequence->name))
        sequence->schema = sequence->name = NULL;
    sequence->owner = NULL;
    column->sequence = aq__sql_says_nothing(sequence) ? NULL : sequence;
    return AQ_OK;
}

int aq__sql_keep_sequence_type(aq__sql_reader_t *reader, aq__column_t *column, uint32_t type)
{
    aq__sequence_t *sequence = aq_arena_calloc(reader->metadata->arena, 1, sizeof(*sequence));

    if (sequence == NULL)
        return AQ_ENOMEM;
    if (column->sequence != NULL)
        *sequence = *column->sequence;
    if (sequence->type == 0)
        sequence->type = column->type.oid;
    if (sequence->type == type)
        sequence->type = 0;
    column->sequence = aq__sql_says_nothing(sequence) ? NULL : sequence;
    return AQ_OK;
}

int aq__sql_free_sequence(aq__sql_reader_t *reader, aq__column_t *column)
{
    const aq__sequence_t *options = column->sequence;
    const char *name = aq__sql_column_sequence(reader, column);
    aq__sequence_t *sequence =
        name != NULL
            ? aq__metadata_add_sequence(reader->metadata, column->table->schema, name, column->source)
            : NULL;
    const char *schema, *copy;

    if (sequence == NULL)
        return AQ_ENOMEM;
    schema = sequence->schema;
    copy = sequence->name;
    if (options != NULL)
        *sequence = *options;
    sequence->schema = schema;
    sequence->name = copy;
    sequence->source = column->source;
    if (sequence->type == 0 && column->type.oid != AQ_OID_INT8)
        sequence->type = column->type.oid;
    sequence->owner = column;
    column->sequence = NULL;
    column->autoincrement = AQ_AUTOINCREMENT_OFF;
    return AQ_OK;
}

/* ---- Statements ---------------------------------------------------------------------------------------------------------------- */

int aq__sql_create_sequence(aq__sql_reader_t *reader, const PgQuery__CreateSeqStmt *statement)
{
    const PgQuery__RangeVar *name = statement->sequence;
    aq__sequence_t *sequence;
    const char *schema;

    if (name->relpersistence[0] == 't')
        return aq__sql_leave_out(reader, "a temporary sequence is gone with its session");
    if (aq__sql_create_in(reader, name->schemaname, &schema) != AQ_OK)
        return AQ_ENOMEM;
    sequence = aq__metadata_sequence(reader->metadata, schema, name->relname);
    if (sequence != NULL && statement->if_not_exists)
        return AQ_OK;
    if (sequence != NULL)
        return aq__sql_tell(
            reader, name->location, "sequence '%s': it is declared twice, first at %s; this one is left out",
            aq__sql_described(reader, schema, name->relname), aq__sql_place(reader, sequence->source));
    sequence = aq__metadata_add_sequence(reader->metadata, schema, name->relname,
                                         aq__sql_source(reader, name->location));
    if (sequence == NULL ||
        aq__sql_sequence_options(reader, sequence, statement->options, statement->n_options) != AQ_OK)
        return AQ_ENOMEM;
    aq__sql_forget_usual(sequence, AQ_OID_INT8);
    return AQ_OK;
}

int aq__sql_alter_sequence(aq__sql_reader_t *reader, const PgQuery__AlterSeqStmt *statement)
{
    const PgQuery__RangeVar *name = statement->sequence;
    aq__sequence_t *sequence = aq__sql_find_sequence(reader, name->schemaname, name->relname);
    aq__column_t *column =
        sequence == NULL ? aq__sql_sequence_column(reader, name->schemaname, name->relname) : NULL;

    if (column != NULL)
        return aq__sql_identity_options(reader, column, statement->options, statement->n_options, false);
    if (sequence == NULL)
        return statement->missing_ok ? AQ_OK : aq__sql_leave_out(reader, "there is no such sequence");
    if (aq__sql_change_sequence(reader, sequence, statement->options, statement->n_options, AQ_OID_INT8) !=
        AQ_OK)
        return AQ_ENOMEM;
    aq__sql_forget_usual(sequence, AQ_OID_INT8);
    return AQ_OK;
}

int aq__sql_rename_column_sequence(aq__sql_reader_t *reader, aq__column_t *column, const char *name)
{
    aq__sequence_t *sequence = aq_arena_calloc(reader->metadata->arena, 1, sizeof(*sequence));
    const aq__sql_thing_t from = {AQ__SQL_SEQUENCE, column->table->schema,
                                  aq__sql_column_sequence(reader, column)},
                          to = {AQ__SQL_SEQUENCE, column->table->schema, name};

    if (sequence == NULL || from.name == NULL || aq__sql_rename_draws(reader, &from, &to) != AQ_OK)
        return AQ_ENOMEM;
    if (column->sequence != NULL)
        *sequence = *column->sequence;
    sequence->schema = column->table->schema;
    sequence->name = name;
    if (has_default_name(column, name))
        sequence->schema = sequence->name = NULL;
    column->sequence = aq__sql_says_nothing(sequence) ? NULL : sequence;
    return AQ_OK;
}

int aq__sql_keep_sequence_names(aq__sql_reader_t *reader, const aq__table_t *table, const aq__column_t *only)
{
    for (size_t i = 0; i < table->column_count; i++) {
        aq__column_t *column = table->columns[i];
        aq__sequence_t *sequence;

        if (!has_sequence(column) || (only != NULL && only != column))
            continue;
        sequence = aq_arena_calloc(reader->metadata->arena, 1, sizeof(*sequence));
        if (sequence == NULL)
            return AQ_ENOMEM;
        if (column->sequence != NULL)
            *sequence = *column->sequence;
        sequence->name = aq_arena_strdup(reader->metadata->arena, aq__sql_column_sequence(reader, column));
        if (sequence->name == NULL)
            return AQ_ENOMEM;
        column->sequence = sequence;
    }
    return AQ_OK;
}

int aq__sql_settle_sequences(aq__sql_reader_t *reader, const aq__table_t *table, const char *schema)
{
    for (size_t i = 0; i < table->column_count; i++) {
        aq__column_t *column = table->columns[i];
        aq__sequence_t *sequence;

        if (!has_sequence(column) || column->sequence == NULL || column->sequence->name == NULL)
            continue;
        sequence = aq_arena_dup(reader->metadata->arena, column->sequence, sizeof(*sequence));
        if (sequence == NULL)
            return AQ_ENOMEM;
        if (!aq__same_text(schema, table->schema) &&
            aq__sql_rename_draws(reader, &(aq__sql_thing_t){AQ__SQL_SEQUENCE, schema, sequence->name},
                                 &(aq__sql_thing_t){AQ__SQL_SEQUENCE, table->schema, sequence->name}) !=
                AQ_OK)
            return AQ_ENOMEM;
        sequence->schema = table->schema;
        if (has_default_name(column, sequence->name))
            sequence->schema = sequence->name = NULL;
        column->sequence = aq__sql_says_nothing(sequence) ? NULL : sequence;
    }
    return AQ_OK;
}

/* ---- Serial columns ------------------------------------------------------------------------------------------------------------- */

/* nextval('blog.numbers'::regclass) */
static void append_draw(aq_text_t *sql, const char *schema, const char *name)
{
    aq_text_t qualified = {0};

    aq__name_append_qualified(&qualified, schema, name);
    aq_text_append(sql, "nextval(");
    aq__ddl_literal(sql, aq_text_string(&qualified));
    aq_text_append(sql, "::regclass)");
    sql->failed = sql->failed || qualified.failed;
    aq_text_dispose(&qualified);
}

/* nextval('name'::regclass), in any of its spellings: with the schema or without it, with the cast or without it. */
static int draws_from(aq__sql_reader_t *reader, const aq__column_t *column, const aq__sequence_t *sequence,
                      bool *draws)
{
    int code = AQ_OK;

    *draws = false;
    for (int i = 0; i < 2 && code == AQ_OK && !*draws && column->server_default != NULL; i++) {
        aq_text_t text = {0};

        append_draw(&text, i == 0 ? sequence->schema : NULL, sequence->name);
        code = text.failed
                   ? AQ_ENOMEM
                   : aq__sql_same(reader->scratch, column->server_default, aq_text_string(&text), draws);
        aq_text_dispose(&text);
    }
    return code;
}

int aq__sql_rename_draws(aq__sql_reader_t *reader, const aq__sql_thing_t *from, const aq__sql_thing_t *to)
{
    const aq__metadata_t *metadata = reader->metadata;
    int code = AQ_OK;

    for (size_t i = 0; i < metadata->table_count; i++)
        for (size_t j = 0; j < metadata->tables[i]->column_count && code == AQ_OK; j++)
            code = aq__sql_rename_in(reader, &metadata->tables[i]->columns[j]->server_default, from, to);
    return code;
}

int aq__sql_name_sequence(aq__sql_reader_t *reader, aq__sequence_t *sequence, const char *schema,
                          const char *name)
{
    if (aq__sql_rename_draws(reader, &(aq__sql_thing_t){AQ__SQL_SEQUENCE, sequence->schema, sequence->name},
                             &(aq__sql_thing_t){AQ__SQL_SEQUENCE, schema, name}) != AQ_OK)
        return AQ_ENOMEM;
    sequence->schema = schema;
    sequence->name = name;
    return AQ_OK;
}

static bool is_integer(const aq__type_t *type)
{
    return !type->array && (type->oid == AQ_OID_INT2 || type->oid == AQ_OID_INT4 || type->oid == AQ_OID_INT8);
}

static int make_serial(aq__sql_reader_t *reader, aq__sequence_t *sequence, bool *made)
{
    aq__column_t *column = sequence->owner;
    aq__sequence_t *options;

    *made = false;
    if (column == NULL || column->autoincrement != AQ_AUTOINCREMENT_OFF || !is_integer(&column->type) ||
        !aq__same_text(column->table->schema, sequence->schema))
        return AQ_OK;
    if (!column->not_null)
        return AQ_OK; /* a serial column is NOT NULL */
    if (draws_from(reader, column, sequence, made) != AQ_OK)
        return AQ_ENOMEM;
    if (!*made)
        return AQ_OK;
    options = aq_arena_dup(reader->metadata->arena, sequence, sizeof(*sequence));
    if (options == NULL)
        return AQ_ENOMEM;
    if (options->type == 0)
        options->type = AQ_OID_INT8;
    aq__sql_forget_usual(options, column->type.oid);
    options->owner = NULL;
    if (has_default_name(column, sequence->name))
        options->schema = options->name = NULL;
    column->server_default = NULL;
    column->autoincrement = AQ_SERIAL;
    column->sequence = aq__sql_says_nothing(options) ? NULL : options;
    return AQ_OK;
}

int aq__sql_make_serials(aq__sql_reader_t *reader)
{
    aq__metadata_t *metadata = reader->metadata;
    bool made;

    for (size_t i = 0; i < metadata->sequence_count;) {
        if (make_serial(reader, metadata->sequences[i], &made) != AQ_OK)
            return AQ_ENOMEM;
        if (made)
            aq__sql_remove_sequence(metadata, metadata->sequences[i]);
        else
            i++;
    }
    return AQ_OK;
}
