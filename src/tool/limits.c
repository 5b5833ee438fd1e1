/* Planning a header: what of a table models cannot say. Each is a problem, with the line in the SQL file, and a comment in the header. */
#include <string.h>

#include "src/tool/plan.h"

static const char *described(aq__plan_t *plan, const aq__table_t *table)
{
    aq_text_t text = {0};

    aq__table_describe(&text, table);
    return aq__make_text(&plan->maker, &text);
}

/* Those of pg_catalog are found by their names. */
static bool is_elsewhere(const char *schema)
{
    return schema != NULL && strcmp(schema, "pg_catalog") != 0;
}

/* `what`: "post.title", "post: an index". */
static void limit_collation(aq__plan_t *plan, aq__source_t source, const char *what, const char *schema,
                            const char *collation)
{
    if (collation != NULL && is_elsewhere(schema))
        aq__plan_tell(plan, source,
                      "%s: its collation is '%s' in schema '%s', and models name no schema of one", what,
                      collation, schema);
}

static void limit_parts(aq__plan_t *plan, aq__source_t source, const char *what, const aq__part_t *parts,
                        size_t count)
{
    for (size_t i = 0; i < count; i++)
        limit_collation(plan, source, what, parts[i].collation_schema, parts[i].collation);
}

/* Zero is the default of sequence options, so it cannot be said. */
static void limit_number(aq__plan_t *plan, const aq__column_t *column, const char *what, bool has,
                         int64_t value)
{
    if (has && value == 0)
        aq__plan_tell(plan, column->source, "%s.%s: the %s of its sequence is 0, which models cannot say",
                      described(plan, column->table), column->name, what);
}

static bool same_text(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static void limit_sequence(aq__plan_t *plan, const aq__column_t *column)
{
    const aq__sequence_t *sequence = column->sequence;
    const char *table = described(plan, column->table);

    limit_number(plan, column, "START", sequence->has_start, sequence->start);
    limit_number(plan, column, "MINVALUE", sequence->has_min, sequence->min);
    limit_number(plan, column, "MAXVALUE", sequence->has_max, sequence->max);
    if (sequence->type != 0 && sequence->type != column->type.oid)
        aq__plan_tell(plan, column->source,
                      "%s.%s: its sequence has another type than the column, which models cannot say", table,
                      column->name);
    if (sequence->name != NULL && !same_text(sequence->schema, column->table->schema))
        aq__plan_tell(plan, column->source,
                      "%s.%s: its sequence is in another schema than the table, which models cannot say",
                      table, column->name);
    if (sequence->comment != NULL)
        aq__plan_tell(plan, column->source, "%s.%s: its sequence has a comment, which models cannot say",
                      table, column->name);
}

static void limit_column(aq__plan_t *plan, const aq__column_t *column)
{
    const char *table = described(plan, column->table);

    if (column->collation != NULL)
        limit_collation(plan, column->source, aq__make(&plan->maker, "%s.%s", table, column->name),
                        column->collation_schema, column->collation);
    if (column->sequence != NULL)
        limit_sequence(plan, column);
}

static void limit_constraint(aq__plan_t *plan, const aq__constraint_t *constraint)
{
    aq_text_t text = {0};
    const char *what;

    aq__constraint_describe(&text, constraint);
    what = aq__make_text(&plan->maker, &text);
    if (constraint->not_valid)
        aq__plan_tell(plan, constraint->source,
                      "%s: a constraint is NOT VALID, which models cannot say: here it is valid", what);
    limit_parts(plan, constraint->source, what, constraint->parts, constraint->part_count);
    if (constraint->kind == AQ_CONSTRAINT_FOREIGN_KEY && constraint->referred == NULL) /* told by the seal */
        aq__plan_note(plan,
                      aq__make(&plan->maker, "%s: its foreign key refers to %s, which was not found", what,
                               constraint->referred_table != NULL ? constraint->referred_table : "a table"));
}

void aq__plan_limits(aq__plan_t *plan, const aq__entity_t *entity)
{
    const aq__table_t *table = entity->table;

    if (entity->is_skipped)
        aq__plan_tell(plan, table->source, "%s: a table without columns cannot be declared",
                      described(plan, table));
    for (size_t i = 0; i < table->column_count; i++)
        limit_column(plan, table->columns[i]);
    for (size_t i = 0; i < table->constraint_count; i++)
        limit_constraint(plan, table->constraints[i]);
    for (size_t i = 0; i < table->index_count; i++)
        limit_parts(plan, table->indexes[i]->source,
                    aq__make(&plan->maker, "%s: an index", described(plan, table)), table->indexes[i]->parts,
                    table->indexes[i]->part_count);
}
