/* Planning a header: what of a table models cannot say. Each is a problem, with the line in the SQL file, and a comment in the header. */
#include <string.h>

#include "src/tool/plan.h"

static const char *described(aq__plan_t *plan, const aq__table_t *table)
{
    aq_text_t text = {0};

    aq__table_describe(&text, table);
    return aq__make_text(&plan->maker, &text);
}

/* ---- Sequences -------------------------------------------------------------------------------------------------------------- */

/* The number that says 0 (AQ_SEQUENCE_0) cannot say itself. */
static void limit_numbers(aq__plan_t *plan, const aq__sequence_t *sequence, aq__source_t source,
                          const char *what)
{
    if ((sequence->has_start && sequence->start == AQ_SEQUENCE_0) ||
        (sequence->has_min && sequence->min == AQ_SEQUENCE_0) ||
        (sequence->has_max && sequence->max == AQ_SEQUENCE_0))
        aq__plan_tell(plan, source, "%s: %lld, which models take for 0, is among the numbers of its sequence",
                      what, (long long)AQ_SEQUENCE_0);
}

static void limit_column_sequence(aq__plan_t *plan, const aq__column_t *column)
{
    const aq__sequence_t *sequence = column->sequence;
    const char *what = aq__make(&plan->maker, "%s.%s", described(plan, column->table), column->name);

    limit_numbers(plan, sequence, column->source, what);
    if (sequence->name != NULL && !aq__same_text(sequence->schema, column->table->schema))
        aq__plan_tell(plan, column->source,
                      "%s: its sequence is in another schema than the table, which models cannot say", what);
}

void aq__plan_ticket_limits(aq__plan_t *plan, aq__ticket_t *ticket)
{
    const aq__sequence_t *sequence = ticket->sequence;
    const aq__column_t *owner = sequence->owner;
    const char *what = aq__make(&plan->maker, "sequence '%s'", sequence->name);

    limit_numbers(plan, sequence, sequence->source, what);
    ticket->has_owner = owner != NULL && aq__same_text(owner->table->schema, sequence->schema) &&
                        (aq__plan_entity(plan, owner->table)->is_model || aq__fits_reference(owner));
    if (owner != NULL && !ticket->has_owner)
        aq__plan_tell(plan, sequence->source, "%s: that it is owned by %s.%s is what models cannot say", what,
                      described(plan, owner->table), owner->name);
}

/* ---- Constraints ------------------------------------------------------------------------------------------------------------- */

static const aq__column_t *column_twice(aq__column_t *const *columns, size_t count)
{
    for (size_t i = 1; i < count; i++)
        for (size_t j = 0; j < i; j++)
            if (columns[i] == columns[j])
                return columns[i];
    return NULL;
}

/* A column that both lists have, or one of them twice; NULL: none. */
static const aq__column_t *doubled(const aq__constraint_t *constraint)
{
    const aq__column_t *column = column_twice(constraint->columns, constraint->column_count);

    if (column == NULL)
        column = column_twice(constraint->include, constraint->include_count);
    for (size_t i = 0; column == NULL && i < constraint->include_count; i++)
        if (aq__constraint_has_column(constraint, constraint->include[i]))
            column = constraint->include[i];
    return column;
}

bool aq__constraint_is_left_out(const aq__constraint_t *constraint)
{
    return (constraint->kind == AQ_CONSTRAINT_FOREIGN_KEY && constraint->referred == NULL) ||
           (constraint->kind != AQ_CONSTRAINT_CHECK && doubled(constraint) != NULL);
}

bool aq__action_is_left_out(const aq__constraint_t *constraint, aq_action_t action)
{
    bool some = constraint->on_delete_column_count > 0;
    aq__column_t *const *set = some ? constraint->on_delete_columns : constraint->columns;
    size_t count = some ? constraint->on_delete_column_count : constraint->column_count;

    for (size_t i = 0; i < count && action == AQ_SET_NULL; i++)
        if (set[i]->not_null)
            return true;
    return false;
}

/* Told with the second of the two. */
static void limit_twin(aq__plan_t *plan, const aq__constraint_t *constraint, const char *what)
{
    const aq__constraint_t *twin =
        constraint->kind == AQ_CONSTRAINT_FOREIGN_KEY ? aq__twin_key(constraint) : NULL;
    const aq__table_t *table = constraint->table;

    for (size_t i = 0; twin != NULL && i < table->constraint_count && table->constraints[i] != twin; i++)
        if (table->constraints[i] == constraint)
            return;
    if (twin != NULL && aq__plan_entity(plan, table)->is_model &&
        aq__plan_entity(plan, constraint->referred)->is_model)
        aq__plan_tell(plan, constraint->source,
                      "%s: two foreign keys on the same columns refer to %s, and a relationship could not "
                      "say which it follows: there is none",
                      what, described(plan, constraint->referred));
}

static void limit_constraint(aq__plan_t *plan, const aq__constraint_t *constraint)
{
    aq_text_t text = {0};
    const char *what;

    aq__constraint_describe(&text, constraint);
    what = aq__make_text(&plan->maker, &text);
    if (constraint->kind == AQ_CONSTRAINT_FOREIGN_KEY && constraint->referred == NULL) /* told by the seal */
        aq__plan_note(plan,
                      aq__make(&plan->maker, "%s: its foreign key to %s is left out", what,
                               constraint->referred_table != NULL ? constraint->referred_table : "a table"));
    else if (aq__constraint_is_left_out(constraint))
        aq__plan_tell(plan, constraint->source,
                      "%s: a constraint names the column '%s' twice, which models refuse: it is left out",
                      what, doubled(constraint)->name);
    else if (aq__action_is_left_out(constraint, constraint->on_delete) ||
             aq__action_is_left_out(constraint, constraint->on_update))
        aq__plan_tell(
            plan, constraint->source,
            "%s: its foreign key sets NULL what is NOT NULL, which models refuse: SET NULL is left out",
            what);
    limit_twin(plan, constraint, what);
}

/* ---- Indexes -------------------------------------------------------------------------------------------------------------------- */

static bool includes(const aq__index_t *index, const aq__column_t *column)
{
    for (size_t i = 0; i < index->include_count; i++)
        if (index->include[i] == column)
            return true;
    return false;
}

/* A column that it has twice; NULL: none. */
static const aq__column_t *doubled_in_index(const aq__index_t *index)
{
    for (size_t i = 0; i < index->part_count; i++) {
        if (index->parts[i].column != NULL && includes(index, index->parts[i].column))
            return index->parts[i].column;
        for (size_t j = 0; j < i; j++)
            if (aq__parts_are_twins(&index->parts[i], &index->parts[j]))
                return index->parts[i].column;
    }
    return column_twice(index->include, index->include_count);
}

/* What even the server would not make of an SQL file; NULL: nothing is wrong. */
static const char *impossible(const aq__index_t *index)
{
    bool unordered = aq__method_is_unordered(index->method);
    bool compares = index->method == NULL || strcmp(index->method, "btree") == 0;

    if (unordered && index->unique)
        return "is UNIQUE, which only a btree can be";
    for (size_t i = 0; i < index->part_count; i++) {
        const aq__part_t *part = &index->parts[i];

        if (unordered && (part->descending || part->nulls != AQ_NULLS_DEFAULT))
            return "has an order, which only a btree has";
        if (compares && part->column != NULL && part->column->type.oid == AQ_OID_JSON)
            return "has a column of json, which cannot be compared";
    }
    return NULL;
}

bool aq__index_is_left_out(const aq__index_t *index)
{
    return doubled_in_index(index) != NULL || impossible(index) != NULL;
}

static void limit_index(aq__plan_t *plan, const aq__index_t *index)
{
    const char *table = described(plan, index->table);
    const char *what = index->name != NULL ? aq__make(&plan->maker, "%s: index '%s'", table, index->name)
                                           : aq__make(&plan->maker, "%s: an index", table);

    if (impossible(index) != NULL)
        aq__plan_tell(plan, index->source, "%s %s: it is left out", what, impossible(index));
    else if (aq__index_is_left_out(index))
        aq__plan_tell(plan, index->source,
                      "%s names the column '%s' twice, which models refuse: it is left out", what,
                      doubled_in_index(index)->name);
    else if (index->nulls_not_distinct && !index->unique)
        aq__plan_tell(plan, index->source,
                      "%s is NULLS NOT DISTINCT, which is nothing where it is not unique: that is left out",
                      what);
}

/* ---- The table ------------------------------------------------------------------------------------------------------------------- */

void aq__plan_limits(aq__plan_t *plan, const aq__entity_t *entity)
{
    const aq__table_t *table = entity->table;

    if (entity->is_skipped)
        aq__plan_tell(plan, table->source, "%s: a table without columns cannot be declared",
                      described(plan, table));
    for (size_t i = 0; i < table->column_count; i++)
        if (table->columns[i]->sequence != NULL)
            limit_column_sequence(plan, table->columns[i]);
    for (size_t i = 0; i < table->constraint_count; i++)
        limit_constraint(plan, table->constraints[i]);
    for (size_t i = 0; i < table->index_count; i++)
        limit_index(plan, table->indexes[i]);
}
