/* The names that the server gives to constraints and indexes that have none: whoever comments, renames or drops one uses them.
 *
 * The happy path: <table>_<columns>_<label>, in 63 bytes, with a number where it is taken. Constraints get theirs when it is asked for, so that what nobody names stays without one;
 * indexes get theirs at once, since a model's would be called otherwise. The failure modes: a constraint's name that is taken by something in another table is
 * not known here. */
#include <stdio.h>

#include "src/schema/naming.h"
#include "src/schema/read_sql-private.h"

/* In memory of the statement. NULL: AQ_ENOMEM. */
static const char *make_name(aq__sql_reader_t *reader, const char *table, const char *columns,
                             const char *label)
{
    char name[AQ__NAME_MAX + 1];

    aq__name_make(name, table, columns, label);
    return aq_arena_strdup(reader->scratch, name);
}

/* The only column that a check mentions; NULL: several, or none. */
static int check_column(aq__sql_reader_t *reader, const aq__constraint_t *constraint, const char **name)
{
    size_t found = 0;
    bool mentions;

    for (size_t i = 0; i < constraint->table->column_count; i++) {
        const aq__sql_thing_t column = {AQ__SQL_COLUMN, NULL, constraint->table->columns[i]->name};

        if (aq__sql_mentions(reader, constraint->check, &column, &mentions) != AQ_OK)
            return AQ_ENOMEM;
        if (mentions && found++ == 0)
            *name = column.name;
    }
    if (found != 1)
        *name = "";
    return AQ_OK;
}

static const char *joined_columns(aq__sql_reader_t *reader, const aq__constraint_t *constraint)
{
    const char *joined = "";

    if (constraint->kind == AQ_CONSTRAINT_EXCLUDE)
        return aq__sql_joined_parts(reader, constraint->parts, constraint->part_count, constraint->include,
                                    constraint->include_count);
    for (size_t i = 0; i < constraint->column_count && joined != NULL; i++)
        joined = aq_arena_printf(reader->scratch, "%s%s%s", joined, i > 0 ? "_" : "",
                                 constraint->columns[i]->name);
    for (size_t i = 0; i < constraint->include_count && joined != NULL; i++)
        joined = aq_arena_printf(reader->scratch, "%s_%s", joined, constraint->include[i]->name);
    return joined;
}

static const char *base_name(aq__sql_reader_t *reader, const aq__constraint_t *constraint, const char *number)
{
    static const char *const labels[] = {[AQ_CONSTRAINT_PRIMARY_KEY] = "pkey",
                                         [AQ_CONSTRAINT_UNIQUE] = "key",
                                         [AQ_CONSTRAINT_FOREIGN_KEY] = "fkey",
                                         [AQ_CONSTRAINT_CHECK] = "check",
                                         [AQ_CONSTRAINT_EXCLUDE] = "excl"};
    const char *columns = "",
               *label = aq_arena_printf(reader->scratch, "%s%s", labels[constraint->kind], number);

    if (constraint->kind == AQ_CONSTRAINT_CHECK) {
        if (check_column(reader, constraint, &columns) != AQ_OK)
            return NULL;
    } else if (constraint->kind != AQ_CONSTRAINT_PRIMARY_KEY) {
        columns = joined_columns(reader, constraint);
    }
    return columns != NULL && label != NULL ? make_name(reader, constraint->table->name, columns, label)
                                            : NULL;
}

/* How many before it in the table would be called the same. */
static int count_twins(aq__sql_reader_t *reader, const aq__constraint_t *constraint, const char *name,
                       int *count)
{
    const aq__table_t *table = constraint->table;

    *count = 0;
    for (size_t i = 0; i < table->constraint_count && table->constraints[i] != constraint; i++) {
        const char *other;

        if (table->constraints[i]->name != NULL || table->constraints[i]->kind != constraint->kind)
            continue;
        other = base_name(reader, table->constraints[i], "");
        if (other == NULL)
            return AQ_ENOMEM;
        *count += strcmp(other, name) == 0;
    }
    return AQ_OK;
}

const char *aq__sql_server_name(aq__sql_reader_t *reader, const aq__constraint_t *constraint)
{
    const char *name = base_name(reader, constraint, "");
    int number;

    if (name == NULL || count_twins(reader, constraint, name, &number) != AQ_OK)
        return NULL;
    for (; name != NULL && (number > 0 || aq__table_constraint(constraint->table, name) != NULL); number++) {
        char digits[16];

        snprintf(digits, sizeof(digits), "%d", number > 0 ? number : 1);
        name = base_name(reader, constraint, digits);
        if (name == NULL || aq__table_constraint(constraint->table, name) == NULL)
            break;
        number += number == 0;
    }
    return name;
}

int aq__sql_find_constraint(aq__sql_reader_t *reader, const aq__table_t *table, const char *name,
                            aq__constraint_t **found)
{
    *found = aq__table_constraint(table, name);
    for (size_t i = 0; i < table->constraint_count && *found == NULL; i++) {
        const char *server_name;

        if (table->constraints[i]->name != NULL)
            continue;
        server_name = aq__sql_server_name(reader, table->constraints[i]);
        if (server_name == NULL)
            return AQ_ENOMEM;
        if (strcmp(server_name, name) == 0)
            *found = table->constraints[i];
    }
    return AQ_OK;
}

/* Tables, sequences and indexes of a schema share one space of names. */
static bool is_taken(aq__sql_reader_t *reader, const aq__table_t *table, const char *name)
{
    return aq__metadata_table(reader->metadata, table->schema, name) != NULL ||
           aq__metadata_sequence(reader->metadata, table->schema, name) != NULL ||
           aq__table_constraint(table, name) != NULL ||
           aq__sql_find_index(reader, table->schema != NULL ? table->schema : "public", name) != NULL;
}

int aq__sql_name_index(aq__sql_reader_t *reader, aq__index_t *index)
{
    const aq__table_t *table = index->table;
    const char *columns = aq__sql_joined_parts(reader, index->parts, index->part_count, index->include,
                                               index->include_count),
               *name = columns != NULL ? make_name(reader, table->name, columns, "idx") : NULL;

    for (unsigned i = 1; name != NULL && is_taken(reader, table, name); i++) {
        const char *label = aq_arena_printf(reader->scratch, "idx%u", i);

        name = label != NULL ? make_name(reader, table->name, columns, label) : NULL;
    }
    index->name = name != NULL ? aq_arena_strdup(reader->metadata->arena, name) : NULL;
    return index->name != NULL ? AQ_OK : AQ_ENOMEM;
}

int aq__sql_keep_names(aq__sql_reader_t *reader, aq__table_t *table)
{
    for (size_t i = 0; i < table->constraint_count; i++) {
        aq__constraint_t *constraint = table->constraints[i];
        const char *name;

        if (constraint->name != NULL)
            continue;
        name = aq__sql_server_name(reader, constraint);
        constraint->name = name != NULL ? aq_arena_strdup(reader->metadata->arena, name) : NULL;
        if (constraint->name == NULL)
            return AQ_ENOMEM;
        constraint->name_final = true;
    }
    return AQ_OK;
}
