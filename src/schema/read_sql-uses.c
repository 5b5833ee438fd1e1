/* What uses a column, a type or a sequence: it goes along with what is dropped, or keeps it from being dropped.
 *
 * The happy path: nothing does, or there is CASCADE. The failure mode: something does, and there is none: told with the first that was found, and nothing is dropped. */
#include "src/schema/read_sql-private.h"

static int parts_use(aq__sql_reader_t *reader, const aq__part_t *parts, size_t count,
                     const aq__sql_thing_t *thing, bool *found)
{
    for (size_t i = 0; i < count && !*found; i++) {
        *found = thing->kind == AQ__SQL_COLUMN && parts[i].column != NULL &&
                 strcmp(parts[i].column->name, thing->name) == 0;
        if (!*found && aq__sql_mentions(reader, parts[i].expression, thing, found) != AQ_OK)
            return AQ_ENOMEM;
    }
    return AQ_OK;
}

static bool is_among(aq__column_t *const *columns, size_t count, const aq__sql_thing_t *thing)
{
    for (size_t i = 0; i < count && thing->kind == AQ__SQL_COLUMN; i++)
        if (strcmp(columns[i]->name, thing->name) == 0)
            return true;
    return false;
}

int aq__sql_constraint_uses(aq__sql_reader_t *reader, const aq__constraint_t *constraint,
                            const aq__sql_thing_t *thing, bool *found)
{
    *found = is_among(constraint->columns, constraint->column_count, thing) ||
             is_among(constraint->include, constraint->include_count, thing);
    if (!*found && aq__sql_mentions(reader, constraint->check, thing, found) != AQ_OK)
        return AQ_ENOMEM;
    if (!*found && aq__sql_mentions(reader, constraint->where, thing, found) != AQ_OK)
        return AQ_ENOMEM;
    return parts_use(reader, constraint->parts, constraint->part_count, thing, found);
}

int aq__sql_index_uses(aq__sql_reader_t *reader, const aq__index_t *index, const aq__sql_thing_t *thing,
                       bool *found)
{
    *found = is_among(index->include, index->include_count, thing);
    if (!*found && aq__sql_mentions(reader, index->where, thing, found) != AQ_OK)
        return AQ_ENOMEM;
    return parts_use(reader, index->parts, index->part_count, thing, found);
}

/* ---- Types and sequences -------------------------------------------------------------------------------------------------- */

typedef struct use {
    const aq__sql_thing_t *thing;
    bool cascade, is_used; /* `is_used`: and it was told */
    const char *words;     /* "DROP TYPE" */
} use_t;

/* Only the first is told: the server's list is longer, but one is enough to see why. */
static int tell(aq__sql_reader_t *reader, use_t *use, const aq__table_t *table, const char *column)
{
    use->is_used = true;
    return aq__sql_tell(reader, 0, "%s %s: %s%s%s needs it, and there is no CASCADE; it is left out",
                        use->words, aq__sql_described(reader, use->thing->schema, use->thing->name),
                        aq__sql_described(reader, table->schema, table->name), column != NULL ? "." : "",
                        column != NULL ? column : "");
}

static bool is_of_type(const aq__column_t *column, const aq__sql_thing_t *thing)
{
    return thing->kind == AQ__SQL_TYPE && aq__same_text(column->type.name, thing->name) &&
           aq__same_text(column->type.schema, thing->schema);
}

static int release_column(aq__sql_reader_t *reader, use_t *use, aq__column_t *column)
{
    bool is_made = is_of_type(column, use->thing), draws = false;

    if (!is_made && aq__sql_mentions(reader, column->generated, use->thing, &is_made) != AQ_OK)
        return AQ_ENOMEM;
    if (!is_made && aq__sql_mentions(reader, column->server_default, use->thing, &draws) != AQ_OK)
        return AQ_ENOMEM;
    if ((is_made || draws) && !use->cascade)
        return tell(reader, use, column->table, column->name);
    if (draws)
        column->server_default = NULL;
    return is_made ? aq__sql_remove_column(reader, column) : AQ_OK;
}

static int release_constraint(aq__sql_reader_t *reader, use_t *use, aq__constraint_t *constraint)
{
    bool found;

    if (aq__sql_constraint_uses(reader, constraint, use->thing, &found) != AQ_OK)
        return AQ_ENOMEM;
    if (found && !use->cascade)
        return tell(reader, use, constraint->table, NULL);
    if (found)
        aq__sql_remove_constraint(constraint);
    return AQ_OK;
}

static int release_index(aq__sql_reader_t *reader, use_t *use, aq__index_t *index)
{
    bool found;

    if (aq__sql_index_uses(reader, index, use->thing, &found) != AQ_OK)
        return AQ_ENOMEM;
    if (found && !use->cascade)
        return tell(reader, use, index->table, NULL);
    if (found)
        aq__sql_remove_index(index);
    return AQ_OK;
}

/* From behind, since things go; a column may take others along that are generated from it. */
static int release_table(aq__sql_reader_t *reader, use_t *use, aq__table_t *table)
{
    int code = AQ_OK;

    for (size_t i = table->column_count; i-- > 0 && code == AQ_OK && !use->is_used;)
        if (i < table->column_count)
            code = release_column(reader, use, table->columns[i]);
    for (size_t i = table->constraint_count; i-- > 0 && code == AQ_OK && !use->is_used;)
        code = release_constraint(reader, use, table->constraints[i]);
    for (size_t i = table->index_count; i-- > 0 && code == AQ_OK && !use->is_used;)
        code = release_index(reader, use, table->indexes[i]);
    return code;
}

int aq__sql_release(aq__sql_reader_t *reader, const aq__sql_thing_t *thing, const char *words, bool cascade,
                    bool *is_free)
{
    use_t use = {thing, cascade, false, words};
    int code = AQ_OK;

    for (size_t i = 0; i < reader->metadata->table_count && code == AQ_OK && !use.is_used; i++)
        code = release_table(reader, &use, reader->metadata->tables[i]);
    *is_free = !use.is_used;
    return code;
}
