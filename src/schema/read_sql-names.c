/* The names that the server gives to constraints and indexes that have none: whoever comments, renames or drops one uses them.
 *
 * The happy path: <table>_<columns>_<label>, in 63 bytes, with a number where it is taken. The failure modes: a name that is taken by something in another table is not known here; an
 * index on an expression has no name that could be told. */
#include <stdio.h>

#include "src/schema/naming.h"
#include "src/schema/read_sql-private.h"

/* <table>_<columns>_<label> in 63 bytes: the longer of the first two is cut, one byte after the other. */
static const char *make_name(aq__sql_reader_t *reader, const char *table, const char *columns,
                             const char *label)
{
    size_t first = strlen(table), second = strlen(columns);
    size_t room = AQ__NAME_MAX - strlen(label) - 1 - (second > 0);

    while (first + second > room) {
        if (first > second)
            first--;
        else
            second--;
    }
    first = aq__utf8_cut(table, strlen(table), first);
    second = aq__utf8_cut(columns, strlen(columns), second);
    return aq_arena_printf(reader->scratch, "%.*s%s%.*s_%s", (int)first, table, second > 0 ? "_" : "",
                           (int)second, columns, label);
}

/* The only column that a check mentions; NULL: several, or none. */
static int check_column(aq__sql_reader_t *reader, const aq__constraint_t *constraint, const char **name)
{
    size_t found = 0;
    bool mentions;

    for (size_t i = 0; i < constraint->table->column_count; i++) {
        if (aq__sql_mentions(reader, constraint->check, constraint->table->columns[i]->name, &mentions) !=
            AQ_OK)
            return AQ_ENOMEM;
        if (mentions && found++ == 0)
            *name = constraint->table->columns[i]->name;
    }
    if (found != 1)
        *name = "";
    return AQ_OK;
}

static const char *joined_columns(aq__sql_reader_t *reader, const aq__constraint_t *constraint)
{
    aq_text_t text = {0};
    const char *names;

    for (size_t i = 0; i < constraint->column_count; i++)
        aq_text_appendf(&text, "%s%s", i > 0 ? "_" : "", constraint->columns[i]->name);
    for (size_t i = 0; i < constraint->part_count; i++)
        aq_text_appendf(&text, "%s%s", i > 0 ? "_" : "",
                        constraint->parts[i].column != NULL ? constraint->parts[i].column->name : "expr");
    names = text.failed ? NULL : aq_arena_strdup(reader->scratch, aq_text_string(&text));
    aq_text_dispose(&text);
    return names;
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

/* "<table>_<columns>_idx" where all parts are columns, else "". NULL: AQ_ENOMEM. */
static const char *index_name(aq__sql_reader_t *reader, const aq__index_t *index)
{
    aq_text_t text = {0};
    const char *columns, *name = NULL;

    for (size_t i = 0; i < index->part_count; i++) {
        if (index->parts[i].column == NULL) {
            aq_text_dispose(&text);
            return "";
        }
        aq_text_appendf(&text, "%s%s", i > 0 ? "_" : "", index->parts[i].column->name);
    }
    for (size_t i = 0; i < index->include_count; i++)
        aq_text_appendf(&text, "_%s", index->include[i]->name);
    columns = text.failed ? NULL : aq_text_string(&text);
    if (columns != NULL)
        name = make_name(reader, index->table->name, columns, "idx");
    aq_text_dispose(&text);
    return name;
}

int aq__sql_find_nameless_index(aq__sql_reader_t *reader, const aq__table_t *table, const char *name,
                                aq__index_t **found)
{
    for (size_t i = 0; i < table->index_count && *found == NULL; i++) {
        const char *server_name =
            table->indexes[i]->name == NULL ? index_name(reader, table->indexes[i]) : "";

        if (server_name == NULL)
            return AQ_ENOMEM;
        if (strcmp(server_name, name) == 0)
            *found = table->indexes[i];
    }
    return AQ_OK;
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
    for (size_t i = 0; i < table->index_count; i++) {
        const char *name = table->indexes[i]->name == NULL ? index_name(reader, table->indexes[i]) : "";

        if (name == NULL)
            return AQ_ENOMEM;
        if (name[0] != '\0')
            table->indexes[i]->name = aq_arena_strdup(reader->metadata->arena, name);
        if (name[0] != '\0' && table->indexes[i]->name == NULL)
            return AQ_ENOMEM;
    }
    return AQ_OK;
}
