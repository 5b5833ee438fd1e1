/* Foreign keys, and what else is in the way of a change.
 *
 * The happy path: a key that is dropped takes the foreign keys that refer to it with it: these are dropped before, and made again when it is there. A
 * column that gets another type can do so once the constraints that cannot live with it are gone; each comes back by its own difference, which
 * drops it IF EXISTS, so that it can be run alone as well. A table that is missing is made without those foreign keys whose far ends are yet to
 * come.
 * What is extra was dropped in an earlier phase. */
#include <string.h>

#include "src/schema/ddl.h"
#include "src/schema/differ.h"

static bool is_key(const aq__constraint_t *constraint)
{
    return constraint->kind == AQ_CONSTRAINT_PRIMARY_KEY || constraint->kind == AQ_CONSTRAINT_UNIQUE;
}

/* ---- Keys that are dropped ---------------------------------------------------------------------------------------------------- */

static bool depends_on(const aq__constraint_t *foreign, const aq__constraint_t *key)
{
    return foreign->kind == AQ_CONSTRAINT_FOREIGN_KEY && foreign->referred == key->table &&
           foreign->referred_columns != NULL && foreign->name != NULL &&
           aq__same_column_set(foreign->referred_columns, foreign->column_count, key->columns,
                               key->column_count);
}

static const aq__table_t *wanted_of(const aq__differ_t *differ, const aq__table_t *live)
{
    for (size_t i = 0; i < differ->wanted->table_count; i++)
        if (differ->live_of[i] == live)
            return differ->wanted->tables[i];
    return NULL;
}

/* The models' foreign key that a live one is; NULL: it is not to come back as it was. */
static const aq__constraint_t *kept_as(const aq__differ_t *differ, const aq__constraint_t *foreign)
{
    const aq__table_t *table = wanted_of(differ, foreign->table);

    for (size_t i = 0; table != NULL && i < table->constraint_count; i++)
        if (aq__same_constraint(&differ->comparison, table->constraints[i], foreign) &&
            (table->constraints[i]->name == NULL ||
             aq__same_text(table->constraints[i]->name, foreign->name)))
            return table->constraints[i];
    return NULL;
}

typedef void (*dependent_cb)(const aq__differ_t *differ, aq_text_t *sql, const aq__constraint_t *foreign);

static void for_each_dependent(const aq__differ_t *differ, aq_text_t *sql, const aq__constraint_t *key,
                               dependent_cb cb)
{
    if (!is_key(key))
        return;
    for (size_t i = 0; i < differ->live->table_count; i++)
        for (size_t j = 0; j < differ->live->tables[i]->constraint_count; j++)
            if (depends_on(differ->live->tables[i]->constraints[j], key))
                cb(differ, sql, differ->live->tables[i]->constraints[j]);
}

/* IF EXISTS: it may be gone already, because it is extra or otherwise itself. */
static void drop_dependent(const aq__differ_t *differ, aq_text_t *sql, const aq__constraint_t *foreign)
{
    (void)differ;
    aq__alter_drop_constraint(sql, foreign->table, foreign->name, true);
}

static void restore_dependent(const aq__differ_t *differ, aq_text_t *sql, const aq__constraint_t *foreign)
{
    if (kept_as(differ, foreign) != NULL)
        aq__alter_add_constraint(sql, foreign);
}

static bool is_dropped_otherwise(const aq__differ_t *differ, const aq__constraint_t *foreign)
{
    return wanted_of(differ, foreign->table) != NULL && kept_as(differ, foreign) == NULL;
}

/* It becomes another one of that name, or of these columns, in a later phase. */
static bool is_replaced_later(const aq__differ_t *differ, const aq__constraint_t *foreign)
{
    const aq__table_t *table = wanted_of(differ, foreign->table);

    for (size_t i = 0; table != NULL && i < table->constraint_count; i++) {
        const aq__constraint_t *wanted = table->constraints[i];

        if (wanted->kind == AQ_CONSTRAINT_FOREIGN_KEY &&
            (wanted->name == NULL ? aq__same_column_set(wanted->columns, wanted->column_count,
                                                        foreign->columns, foreign->column_count)
                                  : strcmp(wanted->name, foreign->name) == 0))
            return kept_as(differ, foreign) == NULL;
    }
    return false;
}

static bool has_key(const aq__differ_t *differ, const aq__table_t *table, const aq__constraint_t *live)
{
    for (size_t i = 0; i < table->constraint_count; i++)
        if (aq__same_constraint(&differ->comparison, table->constraints[i], live))
            return true;
    return false;
}

/* The key that it refers to is dropped before. */
static bool loses_key(const aq__differ_t *differ, const aq__constraint_t *foreign)
{
    const aq__table_t *referred = foreign->referred != NULL ? wanted_of(differ, foreign->referred) : NULL;

    for (size_t i = 0; referred != NULL && i < foreign->referred->constraint_count; i++) {
        const aq__constraint_t *key = foreign->referred->constraints[i];

        if (is_key(key) && depends_on(foreign, key) && !has_key(differ, referred, key))
            return true;
    }
    return false;
}

/* Foreign keys of tables that the models do not know are dropped by nobody else, and those that are replaced too late. */
static void drop_strange_dependent(const aq__differ_t *differ, aq_text_t *sql,
                                   const aq__constraint_t *foreign)
{
    if (!is_dropped_otherwise(differ, foreign) || is_replaced_later(differ, foreign))
        aq__alter_drop_constraint(sql, foreign->table, foreign->name, true);
}

void aq__drop_dependents(const aq__differ_t *differ, aq_text_t *sql, const aq__constraint_t *key)
{
    for_each_dependent(differ, sql, key, drop_dependent);
}

void aq__restore_dependents(const aq__differ_t *differ, aq_text_t *sql, const aq__constraint_t *key)
{
    for_each_dependent(differ, sql, key, restore_dependent);
}

void aq__drop_strange_dependents(const aq__differ_t *differ, aq_text_t *sql, const aq__constraint_t *key)
{
    for_each_dependent(differ, sql, key, drop_strange_dependent);
}

/* ---- Columns that get another type ------------------------------------------------------------------------------------------------ */

static bool is_string(uint32_t oid)
{
    return oid == AQ_OID_TEXT || oid == AQ_OID_VARCHAR;
}

/* A foreign key stays when there is an "=" between its columns all the time. */
static bool stays_comparable(const aq__type_t *from, const aq__type_t *to)
{
    return from->oid != 0 && from->array == to->array &&
           (from->oid == to->oid || (aq__is_number(from->oid) && aq__is_number(to->oid)) ||
            (is_string(from->oid) && is_string(to->oid)));
}

static bool column_changes_kind(const aq__differ_t *differ, const aq__column_t *live)
{
    const aq__table_t *table = wanted_of(differ, live->table);
    const aq__column_t *wanted = table != NULL ? aq__table_column(table, live->name) : NULL;
    aq__type_t type;

    return wanted != NULL && aq__type_resolve(differ->arena, &wanted->type, &type) == AQ_OK &&
           !aq__same_type(&type, &live->type) && !stays_comparable(&live->type, &type);
}

static bool is_on(const aq__constraint_t *constraint, const aq__column_t *column)
{
    if (constraint->kind == AQ_CONSTRAINT_CHECK)
        return aq__mentions(constraint->check, column->name);
    for (size_t i = 0; i < constraint->part_count; i++)
        if (constraint->parts[i].column == column)
            return true;
    return aq__constraint_has_column(constraint, column);
}

static bool foreign_key_changes_type(const aq__differ_t *differ, const aq__constraint_t *live)
{
    for (size_t i = 0; i < live->column_count && live->referred_columns != NULL; i++)
        if (column_changes_kind(differ, live->columns[i]) ||
            column_changes_kind(differ, live->referred_columns[i]))
            return true;
    return false;
}

bool aq__constraint_changes_type(const aq__differ_t *differ, const aq__constraint_t *live)
{
    if (live->kind == AQ_CONSTRAINT_FOREIGN_KEY)
        return foreign_key_changes_type(differ, live);
    for (size_t i = 0; i < live->table->column_count && !is_key(live); i++)
        if (is_on(live, live->table->columns[i]) && column_changes_kind(differ, live->table->columns[i]))
            return true;
    return false;
}

/* Of a column as it is, with all by default, the server makes it again by itself. */
static bool part_changes_type(const aq__part_t *part, const aq__column_t *column)
{
    return part->column == column ? part->opclass != NULL
                                  : part->expression != NULL && aq__mentions(part->expression, column->name);
}

static bool index_is_of_type(const aq__index_t *index, const aq__column_t *column)
{
    if (index->where != NULL && aq__mentions(index->where, column->name))
        return true;
    for (size_t i = 0; i < index->part_count; i++)
        if (part_changes_type(&index->parts[i], column) ||
            (index->parts[i].column == column && index->method != NULL &&
             !aq__same_text(index->method, "btree")))
            return true;
    return false;
}

bool aq__index_changes_type(const aq__differ_t *differ, const aq__index_t *live)
{
    for (size_t i = 0; i < live->table->column_count; i++)
        if (index_is_of_type(live, live->table->columns[i]) &&
            column_changes_kind(differ, live->table->columns[i]))
            return true;
    return false;
}

static bool is_replaced(const aq__table_pair_t *pair, const aq__constraint_t *live)
{
    for (size_t i = 0; i < pair->wanted->constraint_count; i++)
        if (pair->constraint_of[i] == live)
            return !aq__same_constraint(&pair->differ->comparison, pair->wanted->constraints[i], live) ||
                   aq__constraint_changes_type(pair->differ, live);
    return false;
}

bool aq__is_dropped_early(const aq__table_pair_t *pair, const aq__constraint_t *live)
{
    if (live->kind == AQ_CONSTRAINT_FOREIGN_KEY &&
        (aq__constraint_changes_type(pair->differ, live) || loses_key(pair->differ, live)))
        return true;
    for (size_t i = 0; i < pair->live->column_count; i++)
        if (pair->is_altered[i] && is_on(live, pair->live->columns[i]))
            return true;
    return false;
}

static bool refers_to(const aq__constraint_t *foreign, const aq__column_t *column)
{
    for (size_t i = 0; i < foreign->column_count && foreign->referred_columns != NULL; i++)
        if (foreign->referred_columns[i] == column)
            return true;
    return false;
}

static void drop_references(const aq__differ_t *differ, aq_text_t *sql, const aq__column_t *column)
{
    for (size_t i = 0; i < differ->live->table_count; i++)
        for (size_t j = 0; j < differ->live->tables[i]->constraint_count; j++) {
            const aq__constraint_t *foreign = differ->live->tables[i]->constraints[j];

            if (refers_to(foreign, column) && foreign->name != NULL && kept_as(differ, foreign) != NULL &&
                aq__constraint_changes_type(differ, foreign))
                aq__alter_drop_constraint(sql, foreign->table, foreign->name, true);
        }
}

/* An index that does not was dropped in an earlier phase. */
static bool index_comes_back(const aq__table_pair_t *pair, const aq__index_t *live)
{
    for (size_t i = 0; i < pair->wanted->index_count; i++)
        if (aq__same_text(pair->wanted->indexes[i]->name, live->name) ||
            aq__same_index(&pair->differ->comparison, pair->wanted->indexes[i], live))
            return true;
    return false;
}

void aq__drop_in_the_way(const aq__table_pair_t *pair, aq_text_t *sql, const aq__column_t *live)
{
    for (size_t i = 0; i < pair->live->constraint_count; i++) {
        const aq__constraint_t *constraint = pair->live->constraints[i];

        if (constraint->name != NULL && is_on(constraint, live) && is_replaced(pair, constraint))
            aq__alter_drop_constraint(sql, pair->wanted, constraint->name, true);
    }
    drop_references(pair->differ, sql, live);
    for (size_t i = 0; i < pair->live->index_count; i++)
        if (index_is_of_type(pair->live->indexes[i], live) && column_changes_kind(pair->differ, live) &&
            index_comes_back(pair, pair->live->indexes[i]))
            aq__alter_drop_index(sql, pair->wanted, pair->live->indexes[i]->name, true);
}

/* ---- Foreign keys of tables that are missing --------------------------------------------------------------------------------------------------- */

/* What it refers to is there already, or comes with its table; not when columns or keys are yet to be added to that. */
bool aq__foreign_key_waits(const aq__differ_t *differ, const aq__constraint_t *key)
{
    const aq__table_t *live = key->referred != NULL ? differ->live_of[key->referred->position] : NULL;
    aq__column_t *columns[32];

    if (key->by_alter)
        return true;
    if (live == NULL)
        return false;
    if (key->column_count > AQ__COUNT_OF(columns))
        return true;
    for (size_t i = 0; i < key->column_count; i++) {
        columns[i] = aq__table_column(live, key->referred_columns[i]->name);
        if (columns[i] == NULL || !aq__same_type(&key->referred_columns[i]->type, &columns[i]->type))
            return true;
    }
    return !aq__columns_can_be_referred_to(live, columns, key->column_count);
}

void aq__diff_waiting_key(aq__differ_t *differ, const aq__constraint_t *key)
{
    aq__finding_t finding =
        aq__finding_of_table(AQ_DIFFERENCE_MISSING_CONSTRAINT, AQ__PHASE_FOREIGN_KEY, key->table);

    finding.name = key->name;
    aq_text_append(&finding.text, ": the database has no ");
    aq__ddl_constraint(&finding.text, key);
    aq__alter_add_constraint(&finding.sql, key);
    aq__differ_add(differ, &finding);
}
