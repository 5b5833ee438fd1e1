/* LIKE: the columns of a table that is known, and of its other things those that INCLUDING asks for.
 *
 * The happy path: columns are copied with their types and NOT NULL; then defaults, checks, keys and indexes without their names, as the server does. The
 * failure mode: a table that was not declared before. */
#include "src/schema/naming.h"
#include "src/schema/read_sql-private.h"

/* Of CREATE TABLE LIKE, in PostgreSQL's parsenodes.h. */
enum {
    COMMENTS = 1 << 0,
    CONSTRAINTS = 1 << 2,
    DEFAULTS = 1 << 3,
    GENERATED = 1 << 4,
    IDENTITY = 1 << 5,
    INDEXES = 1 << 6
};

/* A serial column's default is its sequence, which stays that of the other table. */
static int copy_default(aq__sql_reader_t *reader, aq__column_t *column, const aq__column_t *from)
{
    const char *bare;
    aq_text_t name = {0};

    column->server_default = from->server_default;
    if (from->autoincrement != AQ_SERIAL)
        return AQ_OK;
    bare = aq__sql_column_sequence(reader, from);
    if (bare == NULL)
        return AQ_ENOMEM;
    aq__name_append_qualified(&name, from->table->schema, bare);
    if (!name.failed)
        column->server_default =
            aq_arena_printf(reader->metadata->arena, "nextval('%s'::regclass)", aq_text_string(&name));
    aq_text_dispose(&name);
    return column->server_default != NULL ? AQ_OK : AQ_ENOMEM;
}

/* With a sequence of its own that has the same options. */
static int copy_identity(aq__sql_reader_t *reader, aq__column_t *column, const aq__column_t *from)
{
    aq__sequence_t *sequence;

    column->autoincrement = from->autoincrement;
    if (from->sequence == NULL)
        return AQ_OK;
    sequence = aq_arena_dup(reader->metadata->arena, from->sequence, sizeof(*sequence));
    if (sequence == NULL)
        return AQ_ENOMEM;
    sequence->schema = sequence->name = sequence->comment = NULL;
    column->sequence = sequence;
    return AQ_OK;
}

static int copy_column(aq__sql_reader_t *reader, aq__table_t *table, const aq__column_t *from,
                       unsigned options)
{
    aq__column_t *column = aq__table_add_column(table, from->name, aq__sql_source(reader, 0));
    bool identity = from->autoincrement == AQ_IDENTITY || from->autoincrement == AQ_IDENTITY_ALWAYS;

    if (column == NULL)
        return AQ_ENOMEM;
    column->type = from->type;
    column->not_null = from->not_null;
    column->collation_schema = from->collation_schema;
    column->collation = from->collation;
    column->autoincrement = AQ_AUTOINCREMENT_OFF;
    if ((options & COMMENTS) != 0)
        column->comment = from->comment;
    if ((options & GENERATED) != 0)
        column->generated = from->generated;
    if ((options & IDENTITY) != 0 && identity && copy_identity(reader, column, from) != AQ_OK)
        return AQ_ENOMEM;
    return (options & DEFAULTS) != 0 ? copy_default(reader, column, from) : AQ_OK;
}

static aq__column_t *twin_of(const aq__table_t *table, const aq__column_t *column)
{
    return column != NULL ? aq__table_column(table, column->name) : NULL;
}

static int copy_parts(const aq__table_t *table, aq__part_t *to, const aq__part_t *from)
{
    if (to == NULL)
        return AQ_ENOMEM;
    *to = *from;
    to->column = twin_of(table, from->column);
    return AQ_OK;
}

static bool is_wanted(const aq__constraint_t *constraint, unsigned options)
{
    if (constraint->kind == AQ_CONSTRAINT_FOREIGN_KEY)
        return false; /* never copied */
    return (options & (constraint->kind == AQ_CONSTRAINT_CHECK ? CONSTRAINTS : INDEXES)) != 0;
}

/* Also where only the server has given one. */
static int copy_name(aq__sql_reader_t *reader, aq__constraint_t *constraint, const aq__constraint_t *from)
{
    const char *name = from->name != NULL ? from->name : aq__sql_server_name(reader, from);

    constraint->name = name != NULL ? aq_arena_strdup(reader->metadata->arena, name) : NULL;
    return constraint->name != NULL ? AQ_OK : AQ_ENOMEM;
}

/* A check keeps its name, what has an index loses it. */
static int copy_constraint(aq__sql_reader_t *reader, aq__table_t *table, const aq__constraint_t *from,
                           unsigned options)
{
    aq__constraint_t *constraint = aq__table_add_constraint(table, from->kind, aq__sql_source(reader, 0));
    int code = constraint != NULL ? AQ_OK : AQ_ENOMEM;

    for (size_t i = 0; i < from->column_count && code == AQ_OK; i++)
        code = aq__constraint_add_column(constraint, twin_of(table, from->columns[i]));
    for (size_t i = 0; i < from->include_count && code == AQ_OK; i++)
        code = aq__constraint_add_include(constraint, twin_of(table, from->include[i]));
    for (size_t i = 0; i < from->part_count && code == AQ_OK; i++)
        code = copy_parts(table, aq__constraint_add_part(constraint), &from->parts[i]);
    if (code != AQ_OK)
        return code;
    constraint->name = NULL;
    if (from->kind == AQ_CONSTRAINT_CHECK && copy_name(reader, constraint, from) != AQ_OK)
        return AQ_ENOMEM;
    constraint->name_final = constraint->name != NULL;
    constraint->nulls_not_distinct = from->nulls_not_distinct;
    constraint->check = from->check;
    constraint->no_inherit = from->no_inherit;
    constraint->method = from->method;
    constraint->where = from->where;
    constraint->deferrable = from->deferrable;
    constraint->comment = (options & COMMENTS) != 0 ? from->comment : NULL;
    return AQ_OK;
}

static int copy_index(aq__sql_reader_t *reader, aq__table_t *table, const aq__index_t *from, unsigned options)
{
    aq__index_t *index = aq__table_add_index(table, aq__sql_source(reader, 0));
    int code = index != NULL ? AQ_OK : AQ_ENOMEM;

    for (size_t i = 0; i < from->part_count && code == AQ_OK; i++)
        code = copy_parts(table, aq__index_add_part(index), &from->parts[i]);
    for (size_t i = 0; i < from->include_count && code == AQ_OK; i++)
        code = aq__index_add_include(index, twin_of(table, from->include[i]));
    if (code != AQ_OK)
        return code;
    index->unique = from->unique;
    index->nulls_not_distinct = from->nulls_not_distinct;
    index->method = from->method;
    index->where = from->where;
    index->storage = from->storage;
    index->comment = (options & COMMENTS) != 0 ? from->comment : NULL;
    return aq__sql_name_index(reader, index);
}

static int copy_table(aq__sql_reader_t *reader, aq__table_t *table, const aq__table_t *from, unsigned options)
{
    int code = AQ_OK;

    for (size_t i = 0; i < from->column_count && code == AQ_OK; i++)
        code = copy_column(reader, table, from->columns[i], options);
    for (size_t i = 0; i < from->constraint_count && code == AQ_OK; i++)
        if (is_wanted(from->constraints[i], options))
            code = copy_constraint(reader, table, from->constraints[i], options);
    for (size_t i = 0; i < from->index_count && code == AQ_OK && (options & INDEXES) != 0; i++)
        code = copy_index(reader, table, from->indexes[i], options);
    return code;
}

int aq__sql_read_like(aq__sql_reader_t *reader, aq__table_t *table, const PgQuery__TableLikeClause *like)
{
    const PgQuery__RangeVar *name = like->relation;
    const aq__table_t *from = aq__sql_find_table(reader, name->schemaname, name->relname);
    const char *described = aq__sql_described(reader, table->schema, table->name);

    if (from == NULL || from == table)
        return aq__sql_tell(reader, name->location,
                            "%s: LIKE %s: there is no such table; its columns are left out", described,
                            name->relname);
    for (size_t i = 0; i < from->column_count; i++)
        if (aq__table_column(table, from->columns[i]->name) != NULL)
            return aq__sql_tell(reader, name->location,
                                "%s: LIKE %s: both have a column '%s'; its columns are left out", described,
                                name->relname, from->columns[i]->name);
    return copy_table(reader, table, from, like->options);
}

/* ---- For INHERITS ---------------------------------------------------------------------------------------------------------- */

int aq__sql_copy_column(aq__sql_reader_t *reader, aq__table_t *table, const aq__column_t *from)
{
    return copy_column(reader, table, from, DEFAULTS | GENERATED);
}

int aq__sql_copy_check(aq__sql_reader_t *reader, aq__table_t *table, const aq__constraint_t *from)
{
    return copy_constraint(reader, table, from, CONSTRAINTS);
}
