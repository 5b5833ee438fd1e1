/* Sequences: alone, of identity columns, of serial columns.
 *
 * The happy path: CREATE SEQUENCE, OWNED BY, and a default that draws from it are what serial means, whoever wrote them (pg_dump does); at the end they become one
 * serial column. Options that are the server's defaults are not kept, so that both ways of writing it give the same. The failure modes: a sequence or a column that is not there. */
#include <stdlib.h>

#include "src/schema/ddl.h"
#include "src/schema/naming.h"
#include "src/schema/read_sql-private.h"

/* ---- Options ---------------------------------------------------------------------------------------------------------------- */

static int64_t number_of(const PgQuery__Node *node)
{
    if (node == NULL)
        return 0;
    if (node->node_case == PG_QUERY__NODE__NODE_INTEGER)
        return node->integer->ival;
    if (node->node_case == PG_QUERY__NODE__NODE_FLOAT) /* it does not fit an int */
        return strtoll(node->float_->fval, NULL, 10);
    return 0;
}

static bool flag_of(const PgQuery__Node *node)
{
    return node != NULL && node->node_case == PG_QUERY__NODE__NODE_BOOLEAN ? node->boolean->boolval
                                                                           : number_of(node) != 0;
}

static int read_as(aq__sql_reader_t *reader, aq__sequence_t *sequence, const PgQuery__DefElem *option)
{
    aq__type_t type;
    const char *why;

    if (aq__sql_read_type_name(reader, reader->scratch, option->arg->type_name, "", &type, &why) != AQ_OK)
        return AQ_ENOMEM;
    if (type.oid != AQ_OID_INT2 && type.oid != AQ_OID_INT4 && type.oid != AQ_OID_INT8)
        return aq__sql_tell(reader, option->location, "a sequence has the type smallint, integer or bigint");
    sequence->type = type.oid;
    return AQ_OK;
}

static int read_owner(aq__sql_reader_t *reader, aq__sequence_t *sequence, const PgQuery__DefElem *option)
{
    const PgQuery__List *names = option->arg->list;
    const char *column = aq__sql_last_name(names->items, names->n_items),
               *name = aq__sql_first_name(names->items, names->n_items);
    const aq__table_t *table;

    sequence->owner = NULL;
    if (name == NULL) /* OWNED BY NONE */
        return AQ_OK;
    table = aq__sql_find_table(reader, aq__sql_first_name(names->items, names->n_items - 1), name);
    if (table == NULL)
        return aq__sql_tell(reader, option->location, "OWNED BY %s.%s: there is no such table", name, column);
    sequence->owner = aq__table_column(table, column);
    if (sequence->owner == NULL)
        return aq__sql_tell(reader, option->location, "OWNED BY %s.%s: there is no such column", name,
                            column);
    return AQ_OK;
}

static int read_name(aq__sql_reader_t *reader, aq__sequence_t *sequence, const PgQuery__DefElem *option)
{
    const PgQuery__List *names = option->arg->list;
    const char *schema = aq__sql_schema(aq__sql_first_name(names->items, names->n_items));

    sequence->name =
        aq_arena_strdup(reader->metadata->arena, aq__sql_last_name(names->items, names->n_items));
    sequence->schema = aq_arena_strdup(reader->metadata->arena, schema);
    return sequence->name != NULL && (sequence->schema != NULL || schema == NULL) ? AQ_OK : AQ_ENOMEM;
}

static int read_option(aq__sql_reader_t *reader, aq__sequence_t *sequence, const PgQuery__DefElem *option)
{
    const struct {
        const char *name;
        bool *has;
        int64_t *number;
    } numbers[] = {
        {"start", &sequence->has_start, &sequence->start},
        {"increment", &sequence->has_increment, &sequence->increment},
        {"minvalue", &sequence->has_min, &sequence->min},
        {"maxvalue", &sequence->has_max, &sequence->max},
        {"cache", &sequence->has_cache, &sequence->cache},
    };

    for (size_t i = 0; i < AQ__COUNT_OF(numbers); i++)
        if (strcmp(option->defname, numbers[i].name) == 0) {
            *numbers[i].has = option->arg != NULL; /* NO MINVALUE */
            *numbers[i].number = number_of(option->arg);
            return AQ_OK;
        }
    if (strcmp(option->defname, "cycle") == 0)
        sequence->cycle = flag_of(option->arg);
    else if (strcmp(option->defname, "as") == 0)
        return read_as(reader, sequence, option);
    else if (strcmp(option->defname, "owned_by") == 0)
        return read_owner(reader, sequence, option);
    else if (strcmp(option->defname, "sequence_name") == 0)
        return read_name(reader, sequence, option);
    else if (strcmp(option->defname, "restart") != 0) /* its value is data */
        return aq__sql_tell(reader, option->location, "%s of a sequence is left out", option->defname);
    return AQ_OK;
}

static int64_t most_of(uint32_t type)
{
    return type == AQ_OID_INT2 ? INT16_MAX : type == AQ_OID_INT4 ? INT32_MAX : INT64_MAX;
}

static int64_t least_of(uint32_t type)
{
    return type == AQ_OID_INT2 ? INT16_MIN : type == AQ_OID_INT4 ? INT32_MIN : INT64_MIN;
}

/* What is said although it would be so anyway. `type`: of the sequence, when it does not say it. */
static void forget_defaults(aq__sequence_t *sequence, uint32_t type)
{
    uint32_t as = sequence->type != 0 ? sequence->type : type;
    bool down = sequence->has_increment && sequence->increment < 0;

    if (sequence->type == type)
        sequence->type = 0;
    if (sequence->min == (down ? least_of(as) : 1))
        sequence->has_min = false;
    if (sequence->max == (down ? -1 : most_of(as)))
        sequence->has_max = false;
    if (sequence->start == (down                ? (sequence->has_max ? sequence->max : -1)
                            : sequence->has_min ? sequence->min
                                                : 1))
        sequence->has_start = false;
    if (sequence->increment == 1)
        sequence->has_increment = false;
    if (sequence->cache == 1)
        sequence->has_cache = false;
}

static void keep_number(bool *has, int64_t *number, int64_t usual)
{
    if (!*has)
        *number = usual;
    *has = true;
}

/* Before ALTER changes one thing: all others stay as they are, whether they were said or not. `type`: of the sequence, when it does not say it. */
static void keep_numbers(aq__sequence_t *sequence, uint32_t type)
{
    uint32_t as = sequence->type != 0 ? sequence->type : type;
    bool down = sequence->has_increment && sequence->increment < 0;

    keep_number(&sequence->has_min, &sequence->min, down ? least_of(as) : 1);
    keep_number(&sequence->has_max, &sequence->max, down ? -1 : most_of(as));
    keep_number(&sequence->has_start, &sequence->start, down ? sequence->max : sequence->min);
}

/* ... but for a bound that was the old type's. */
static void follow_type(aq__sequence_t *sequence, uint32_t from, uint32_t to)
{
    if (sequence->max == most_of(from))
        sequence->max = most_of(to);
    if (sequence->min == least_of(from))
        sequence->min = least_of(to);
}

static bool says_nothing(const aq__sequence_t *sequence)
{
    return sequence->name == NULL && sequence->type == 0 && !sequence->has_start &&
           !sequence->has_increment && !sequence->has_min && !sequence->has_max && !sequence->has_cache &&
           !sequence->cycle && sequence->comment == NULL;
}

static int read_options(aq__sql_reader_t *reader, aq__sequence_t *sequence, PgQuery__Node *const *options,
                        size_t count)
{
    int code = AQ_OK;

    for (size_t i = 0; i < count && code == AQ_OK; i++)
        code = read_option(reader, sequence, options[i]->def_elem);
    return code;
}

/* The type first, whatever comes first: the bounds are those of it. */
static int change_options(aq__sql_reader_t *reader, aq__sequence_t *sequence, PgQuery__Node *const *options,
                          size_t count, uint32_t type)
{
    uint32_t from = sequence->type != 0 ? sequence->type : type;

    keep_numbers(sequence, type);
    for (size_t i = 0; i < count; i++)
        if (strcmp(options[i]->def_elem->defname, "as") == 0) {
            if (read_as(reader, sequence, options[i]->def_elem) != AQ_OK)
                return AQ_ENOMEM;
            follow_type(sequence, from, sequence->type);
        }
    return read_options(reader, sequence, options, count);
}

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
    if ((anew ? read_options(reader, sequence, options, count)
              : change_options(reader, sequence, options, count, column->type.oid)) != AQ_OK)
        return AQ_ENOMEM;
    forget_defaults(sequence, column->type.oid);
    if (sequence->name != NULL && has_default_name(column, sequence->name))
        sequence->schema = sequence->name = NULL;
    sequence->owner = NULL;
    column->sequence = says_nothing(sequence) ? NULL : sequence;
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
    column->sequence = says_nothing(sequence) ? NULL : sequence;
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
    if (sequence == NULL || read_options(reader, sequence, statement->options, statement->n_options) != AQ_OK)
        return AQ_ENOMEM;
    forget_defaults(sequence, AQ_OID_INT8);
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
    if (change_options(reader, sequence, statement->options, statement->n_options, AQ_OID_INT8) != AQ_OK)
        return AQ_ENOMEM;
    forget_defaults(sequence, AQ_OID_INT8);
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
    column->sequence = says_nothing(sequence) ? NULL : sequence;
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
        column->sequence = says_nothing(sequence) ? NULL : sequence;
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
    forget_defaults(options, column->type.oid);
    options->owner = NULL;
    if (has_default_name(column, sequence->name))
        options->schema = options->name = NULL;
    column->server_default = NULL;
    column->autoincrement = AQ_SERIAL;
    column->sequence = says_nothing(options) ? NULL : options;
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
