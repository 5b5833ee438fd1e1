/* INHERITS: what a table has from its parents, and what it gets from them later.
 *
 * The happy path: columns and checks of the parents are copied when the table is created; ALTER TABLE and RENAME of a parent find its heirs here, and do the same with them, parents
 * first. What a heir has of its own stays when a parent loses it. The failure modes: a parent that was not declared before; a heir whose own column or check is
 * another one.
 *
 * A typed table inherits from its type, as far as this goes. */
#include "src/schema/read_sql-private.h"

/* ---- Who inherits ---------------------------------------------------------------------------------------------------------- */

int aq__sql_add_heir(aq__sql_reader_t *reader, aq__table_t *parent, aq__table_t *child)
{
    aq__sql_heir_t *heirs = aq__grow(reader->arena, reader->heirs, reader->heir_count, sizeof(*heirs));

    if (heirs == NULL)
        return AQ_ENOMEM;
    heirs[reader->heir_count++] = (aq__sql_heir_t){parent, child};
    reader->heirs = heirs;
    return AQ_OK;
}

static void take_out(aq__sql_reader_t *reader, size_t at)
{
    memmove(reader->heirs + at, reader->heirs + at + 1, (--reader->heir_count - at) * sizeof(*reader->heirs));
}

void aq__sql_remove_heir(aq__sql_reader_t *reader, const aq__table_t *parent, const aq__table_t *child)
{
    for (size_t i = reader->heir_count; i-- > 0;)
        if (reader->heirs[i].parent == parent && reader->heirs[i].child == child)
            take_out(reader, i);
}

void aq__sql_forget_heirs(aq__sql_reader_t *reader, const aq__table_t *table)
{
    for (size_t i = reader->heir_count; i-- > 0;)
        if (reader->heirs[i].parent == table || reader->heirs[i].child == table)
            take_out(reader, i);
}

static bool is_in(aq__table_t *const *tables, size_t count, const aq__table_t *table)
{
    for (size_t i = 0; i < count; i++)
        if (tables[i] == table)
            return true;
    return false;
}

/* From the back: a table comes before all that inherit from it. */
static void collect(const aq__sql_reader_t *reader, const aq__table_t *table, aq__table_t **heirs,
                    size_t *count)
{
    for (size_t i = 0; i < reader->heir_count; i++) {
        aq__table_t *child = reader->heirs[i].child;

        if (reader->heirs[i].parent != table || is_in(heirs, *count, child))
            continue;
        collect(reader, child, heirs, count);
        if (!is_in(heirs, *count, child))
            heirs[(*count)++] = child;
    }
}

int aq__sql_heirs(aq__sql_reader_t *reader, const aq__table_t *table, aq__table_t ***heirs, size_t *count)
{
    *count = 0;
    *heirs = aq_arena_calloc(reader->scratch, reader->heir_count + 1, sizeof(**heirs));
    if (*heirs == NULL)
        return AQ_ENOMEM;
    collect(reader, table, *heirs, count);
    for (size_t i = 0; i < *count / 2; i++) {
        aq__table_t *other = (*heirs)[i];

        (*heirs)[i] = (*heirs)[*count - 1 - i];
        (*heirs)[*count - 1 - i] = other;
    }
    return AQ_OK;
}

/* ---- What is inherited ----------------------------------------------------------------------------------------------------- */

static int mark(aq__sql_reader_t *reader, const void *item)
{
    const void **items =
        aq__grow(reader->arena, reader->inherited, reader->inherited_count, sizeof(*reader->inherited));

    if (items == NULL)
        return AQ_ENOMEM;
    items[reader->inherited_count++] = item;
    reader->inherited = items;
    return AQ_OK;
}

/* It has a column or check from its parents only. */
static bool is_marked(const aq__sql_reader_t *reader, const void *item)
{
    for (size_t i = reader->inherited_count; i-- > 0;)
        if (reader->inherited[i] == item)
            return true;
    return false;
}

void aq__sql_own(aq__sql_reader_t *reader, const void *item)
{
    for (size_t i = reader->inherited_count; i-- > 0;)
        if (reader->inherited[i] == item)
            reader->inherited[i] = reader->inherited[--reader->inherited_count];
}

const aq__table_t *aq__sql_column_parent(const aq__sql_reader_t *reader, const aq__table_t *table,
                                         const char *name)
{
    for (size_t i = 0; i < reader->heir_count; i++)
        if (reader->heirs[i].child == table && aq__table_column(reader->heirs[i].parent, name) != NULL)
            return reader->heirs[i].parent;
    return NULL;
}

static int gives_check(aq__sql_reader_t *reader, const aq__table_t *parent, const char *name, bool *gives)
{
    aq__constraint_t *check;

    if (aq__sql_find_constraint(reader, parent, name, &check) != AQ_OK)
        return AQ_ENOMEM;
    *gives = check != NULL && check->kind == AQ_CONSTRAINT_CHECK && !check->no_inherit;
    return AQ_OK;
}

int aq__sql_check_parent(aq__sql_reader_t *reader, const aq__table_t *table, const char *name,
                         const aq__table_t **parent)
{
    bool gives;

    *parent = NULL;
    for (size_t i = 0; i < reader->heir_count && *parent == NULL; i++) {
        if (reader->heirs[i].child != table)
            continue;
        if (gives_check(reader, reader->heirs[i].parent, name, &gives) != AQ_OK)
            return AQ_ENOMEM;
        if (gives)
            *parent = reader->heirs[i].parent;
    }
    return AQ_OK;
}

int aq__sql_is_shared(aq__sql_reader_t *reader, const aq__table_t *table, const char *name, bool check,
                      bool *shared)
{
    aq__table_t **heirs;
    size_t count;

    *shared = false;
    if (aq__sql_heirs(reader, table, &heirs, &count) != AQ_OK)
        return AQ_ENOMEM;
    for (size_t i = 0; i < reader->heir_count && !*shared; i++) {
        const aq__table_t *parent = reader->heirs[i].parent;

        if (!is_in(heirs, count, reader->heirs[i].child) || parent == table || is_in(heirs, count, parent))
            continue;
        if (check && gives_check(reader, parent, name, shared) != AQ_OK)
            return AQ_ENOMEM;
        if (!check)
            *shared = aq__table_column(parent, name) != NULL;
    }
    return AQ_OK;
}

static bool is_same_type(const aq__type_t *a, const aq__type_t *b)
{
    bool same = a->oid == b->oid && a->array == b->array && a->modifier_count == b->modifier_count;

    for (int i = 0; i < a->modifier_count && same; i++)
        same = a->modifiers[i] == b->modifiers[i];
    return same && aq__same_text(a->name, b->name) && aq__same_text(a->schema, b->schema) &&
           aq__same_text(a->text, b->text) && aq__same_text(a->fields, b->fields);
}

int aq__sql_check_type(aq__sql_reader_t *reader, const aq__column_t *column, const aq__table_t *parent)
{
    const aq__column_t *twin = aq__table_column(parent, column->name);

    if (twin == NULL || is_same_type(&twin->type, &column->type))
        return AQ_OK;
    return aq__sql_tell(reader, 0, "%s.%s: it is of another type than in %s, from which it is inherited",
                        aq__sql_described(reader, column->table->schema, column->table->name), column->name,
                        aq__sql_described(reader, parent->schema, parent->name));
}

int aq__sql_inherit_column(aq__sql_reader_t *reader, aq__table_t *table, const aq__column_t *column)
{
    aq__column_t *twin = aq__table_column(table, column->name);

    if (twin != NULL)
        return aq__sql_check_type(reader, twin, column->table);
    if (aq__sql_copy_column(reader, table, column) != AQ_OK)
        return AQ_ENOMEM;
    return mark(reader, table->columns[table->column_count - 1]);
}

/* One of the same name must be the same. */
static int compare_checks(aq__sql_reader_t *reader, const aq__constraint_t *own,
                          const aq__constraint_t *check)
{
    bool same = false;

    if (own->kind == AQ_CONSTRAINT_CHECK &&
        aq__sql_same(reader->scratch, own->check, check->check, &same) != AQ_OK)
        return AQ_ENOMEM;
    if (same)
        return AQ_OK;
    return aq__sql_tell(reader, 0, "%s: its constraint '%s' is another than that of %s, which it inherits",
                        aq__sql_described(reader, own->table->schema, own->table->name), own->name,
                        aq__sql_described(reader, check->table->schema, check->table->name));
}

int aq__sql_inherit_check(aq__sql_reader_t *reader, aq__table_t *table, const aq__constraint_t *check,
                          bool not_valid)
{
    const char *name = check->name != NULL ? check->name : aq__sql_server_name(reader, check);
    const aq__constraint_t *own;

    if (name == NULL)
        return AQ_ENOMEM;
    own = aq__table_constraint(table, name);
    if (own != NULL)
        return compare_checks(reader, own, check);
    if (aq__sql_copy_check(reader, table, check) != AQ_OK)
        return AQ_ENOMEM;
    table->constraints[table->constraint_count - 1]->not_valid = not_valid;
    return mark(reader, table->constraints[table->constraint_count - 1]);
}

/* ---- CREATE TABLE ---------------------------------------------------------------------------------------------------------- */

static int tell_no_parent(aq__sql_reader_t *reader, const aq__table_t *table, const PgQuery__RangeVar *name)
{
    return aq__sql_tell(reader, name->location,
                        "%s: INHERITS %s: there is no such table; its columns are left out",
                        aq__sql_described(reader, table->schema, table->name), name->relname);
}

int aq__sql_inherit_from(aq__sql_reader_t *reader, aq__table_t *table, aq__table_t *parent)
{
    int code = aq__sql_add_heir(reader, parent, table);

    for (size_t i = 0; i < parent->column_count && code == AQ_OK; i++) {
        aq__column_t *twin = aq__table_column(table, parent->columns[i]->name);

        if (twin != NULL) /* of another parent */
            twin->not_null = twin->not_null || parent->columns[i]->not_null;
        code = aq__sql_inherit_column(reader, table, parent->columns[i]);
    }
    return code;
}

int aq__sql_inherit_columns(aq__sql_reader_t *reader, aq__table_t *table,
                            const PgQuery__CreateStmt *statement)
{
    int code = AQ_OK;

    for (size_t i = 0; i < statement->n_inh_relations && code == AQ_OK; i++) {
        const PgQuery__RangeVar *name = statement->inh_relations[i]->range_var;
        aq__table_t *parent = aq__sql_find_table(reader, name->schemaname, name->relname);

        code = parent != NULL && parent != table ? aq__sql_inherit_from(reader, table, parent)
                                                 : tell_no_parent(reader, table, name);
    }
    return code;
}

int aq__sql_inherit_checks(aq__sql_reader_t *reader, aq__table_t *table)
{
    int code = AQ_OK;

    for (size_t i = 0; i < reader->heir_count && code == AQ_OK; i++) {
        const aq__table_t *parent = reader->heirs[i].parent;

        for (size_t j = 0; reader->heirs[i].child == table && j < parent->constraint_count && code == AQ_OK;
             j++)
            if (parent->constraints[j]->kind == AQ_CONSTRAINT_CHECK && !parent->constraints[j]->no_inherit)
                code = aq__sql_inherit_check(reader, table, parent->constraints[j], false);
    }
    return code;
}

/* ---- What a parent loses --------------------------------------------------------------------------------------------------- */

int aq__sql_lose_column(aq__sql_reader_t *reader, aq__table_t *table, const char *name, bool only)
{
    aq__column_t *column = aq__table_column(table, name);

    if (column == NULL || !is_marked(reader, column) || aq__sql_column_parent(reader, table, name) != NULL)
        return AQ_OK;
    if (!only)
        return aq__sql_remove_column(reader, column);
    aq__sql_own(reader, column);
    return AQ_OK;
}

int aq__sql_lose_check(aq__sql_reader_t *reader, aq__table_t *table, const char *name, bool only)
{
    aq__constraint_t *check = aq__table_constraint(table, name);
    const aq__table_t *parent;

    if (check == NULL || !is_marked(reader, check))
        return AQ_OK;
    if (aq__sql_check_parent(reader, table, name, &parent) != AQ_OK)
        return AQ_ENOMEM;
    if (parent != NULL)
        return AQ_OK;
    if (only)
        aq__sql_own(reader, check);
    else
        aq__sql_remove_constraint(check);
    return AQ_OK;
}
