/* When each row is written: every table has buckets for its changed rows, for new ones by their level, for keys that wait until all rows are there, and for deleted ones.
 *
 * The failure mode is a key that cannot wait (AQ_EMAPPING), and memory. */
#include "src/orm/plan-step.h"

/* ---- Which rows when ------------------------------------------------------------------------------------------------------------------------ */

/* A row that took another's has its key already: nothing has to be carried. */
static int copy_known(const aq__plan_t *plan, aq__changed_t *changed)
{
    int rc = AQ_OK;

    for (size_t i = changed->carried_count; rc == AQ_OK && i-- > 0;) {
        const aq__carried_t *carried = &changed->carried[i];
        const aq__field_t *field = carried->field;
        aq_value_t value;

        if (carried->source->replaced == NULL || !carried->source_field->key)
            continue;
        rc = aq__member_value(carried->source_field,
                              aq__member_of(carried->source_field, carried->source->object), plan->arena,
                              &value);
        if (rc == AQ_OK)
            rc = aq__member_assign(field, &value, plan->set->session->arena,
                                   aq__member_of(field, changed->object));
        aq__set_bit(changed->fields, field->index);
        changed->carried[i] = changed->carried[--changed->carried_count];
    }
    return rc;
}

/* A key of a new row that is not there when this row is written, because a foreign key was broken. */
static int put_off(const aq__planned_t *part)
{
    for (size_t i = 0; part->node->broken_count > 0 && i < part->changed->carried_count; i++) {
        aq__carried_t *carried = &part->changed->carried[i];
        const aq__mapped_column_t *column = aq__table_column_of(part->table, carried->field);

        if (column == NULL || carried->later || !aq__node_breaks(part->node, column->column))
            continue;
        if (column->column->not_null && part->changed->operation == AQ_INSERT)
            return aq__fail(
                AQ_EMAPPING,
                "flush: %s.%s refers to a new %s whose key is drawn later, and it may not be NULL meanwhile: "
                "tables '%s' and '%s' refer to each other",
                part->changed->mapper->name, carried->field->attribute->name, carried->source->mapper->name,
                part->table->table->name, carried->source->mapper->tables[0].table->name);
        carried->later = true;
    }
    return AQ_OK;
}

/* Whether the row is written a second time, when all new rows are there. */
static bool has_late(const aq__planned_t *part)
{
    for (size_t i = 0; i < part->changed->carried_count; i++)
        if (part->changed->carried[i].later &&
            aq__table_column_of(part->table, part->changed->carried[i].field) != NULL)
            return true;
    for (size_t i = 0; part->node->broken_count > 0 && i < part->table->column_count; i++)
        if (aq__planned_waits(part, &part->table->columns[i]))
            return true;
    return false;
}

static int add_late(aq__making_t *making, const aq__planned_t *part)
{
    aq__planned_t *late = aq_arena_dup(making->plan->arena, part, sizeof(*part));

    if (late == NULL)
        return AQ_ENOMEM;
    aq__bucket_add(&late->node->late, late);
    return AQ_OK;
}

static int level_bucket(aq__making_t *making, aq__node_t *node, int level)
{
    size_t count = (size_t)level + 1;
    aq__bucket_t *grown;

    if (count <= node->level_count)
        return AQ_OK;
    if (count < 2 * node->level_count)
        count = 2 * node->level_count;
    if ((grown = aq_arena_calloc(making->arena, count, sizeof(*grown))) == NULL)
        return AQ_ENOMEM;
    if (node->level_count > 0)
        memcpy(grown, node->inserts, node->level_count * sizeof(*grown));
    node->inserts = grown;
    node->level_count = count;
    return AQ_OK;
}

static int put_insert(aq__making_t *making, aq__planned_t *part)
{
    int rc;

    if ((rc = aq__planned_level(making, part)) != AQ_OK)
        return rc;
    if (level_bucket(making, part->node, part->level) != AQ_OK)
        return AQ_ENOMEM;
    aq__bucket_add(&part->node->inserts[part->level], part);
    return has_late(part) ? add_late(making, part) : AQ_OK;
}

/* An UPDATE goes before the new rows of its table, unless it may refer to one of them. */
static void put_update(aq__planned_t *part)
{
    const aq__changed_t *changed = part->changed;
    bool any = false, after = false;

    for (size_t i = 0; i < part->table->column_count; i++) {
        const aq__mapped_column_t *column = &part->table->columns[i];
        bool written =
            aq__field_is_set(changed, column->field) || aq__changed_carried(changed, column->field) != NULL;

        if (written && column->field->key && part->table != &changed->mapper->tables[0])
            continue;
        any |= written || (column->field->version && !aq__is_leaving(part)) || changed->replaced != NULL;
        after |= written && aq__node_turns_back(part->node, column->column);
    }
    if (!any)
        return;
    aq__bucket_add(has_late(part) ? &part->node->late
                   : after        ? &part->node->updates_after
                                  : &part->node->updates,
                   part);
}

/* It refers to what goes before it does. */
static bool needs_release(const aq__making_t *making, const aq__planned_t *part)
{
    for (size_t b = 0; b < part->node->broken_count; b++) {
        const aq__constraint_t *broken = part->node->broken[b];

        if (broken->deferrable == AQ_INITIALLY_DEFERRED)
            continue;
        for (size_t n = 0; n < making->graph.count; n++)
            if (making->graph.nodes[n]->table == broken->referred && making->graph.nodes[n]->has_deletes)
                return true;
    }
    return false;
}

static int put_delete(aq__making_t *making, aq__planned_t *part)
{
    aq__bucket_add(&part->node->deletes, part);
    if (part->node->broken_count > 0 && needs_release(making, part)) {
        aq__planned_t *release = aq_arena_dup(making->plan->arena, part, sizeof(*part));

        if (release == NULL)
            return AQ_ENOMEM;
        aq__bucket_add(&part->node->releases, release);
    }
    return AQ_OK;
}

/* Every row knows its node before the first one is put anywhere. */
static int find_nodes(aq__making_t *making)
{
    aq__changeset_t *set = making->plan->set;
    int rc = AQ_OK;

    for (size_t i = 0; rc == AQ_OK && i < set->count; i++) {
        aq__changed_t *changed = set->items[i];
        aq__planned_t *parts = changed->step;

        if (!aq__is_written(making->plan, changed))
            continue;
        rc = copy_known(making->plan, changed);
        for (size_t t = 0; rc == AQ_OK && t < changed->mapper->table_count; t++) {
            parts[t].node = making->mappers[changed->mapper->index]->nodes[t];
            parts[t].node->has_deletes |= changed->operation == AQ_DELETE;
            rc = put_off(&parts[t]);
        }
    }
    return rc;
}

static int put(aq__making_t *making, aq__planned_t *part)
{
    switch (part->changed->operation) {
    case AQ_INSERT: return put_insert(making, part);
    case AQ_UPDATE: put_update(part); return AQ_OK;
    case AQ_DELETE: return put_delete(making, part);
    }
    return AQ_OK;
}

/* ---- Unique values ---------------------------------------------------------------------------------------------------------------------- */

static bool has_unique(const aq__table_t *table)
{
    for (size_t i = 0; i < table->constraint_count; i++)
        if (table->constraints[i]->kind == AQ_CONSTRAINT_UNIQUE ||
            table->constraints[i]->kind == AQ_CONSTRAINT_EXCLUDE)
            return true;
    for (size_t i = 0; i < table->index_count; i++)
        if (table->indexes[i]->unique)
            return true;
    return false;
}

static bool is_referred_to(const aq__table_t *table)
{
    const aq__metadata_t *metadata = table->metadata;

    for (size_t t = 0; t < metadata->table_count; t++)
        for (size_t i = 0; i < metadata->tables[t]->constraint_count; i++)
            if (metadata->tables[t]->constraints[i]->kind == AQ_CONSTRAINT_FOREIGN_KEY &&
                metadata->tables[t]->constraints[i]->referred == table)
                return true;
    return false;
}

static bool has_leaving(const aq__bucket_t *updates)
{
    for (const aq__planned_t *part = updates->first; part != NULL; part = part->next)
        if (aq__is_leaving(part))
            return true;
    return false;
}

/* A row may take a unique value that a deleted one has: then that has to go first. It can where no row refers to it, and where no statement
 * before it takes off what holds it back. */
static void find_first_deletes(aq__making_t *making)
{
    for (size_t i = 0; i < making->graph.count; i++) {
        aq__node_t *node = making->graph.nodes[i];

        node->deletes_first = node->deletes.first != NULL && has_unique(node->table) &&
                              node->releases.first == NULL && !has_leaving(&node->updates) &&
                              !has_leaving(&node->updates_after) && !has_leaving(&node->late) &&
                              !is_referred_to(node->table);
    }
}

int aq__put_rows(aq__making_t *making)
{
    aq__changeset_t *set = making->plan->set;
    int rc = find_nodes(making);

    for (size_t i = 0; rc == AQ_OK && i < set->count; i++)
        for (size_t t = 0; rc == AQ_OK && aq__is_written(making->plan, set->items[i]) &&
                           t < set->items[i]->mapper->table_count;
             t++)
            rc = put(making, &((aq__planned_t *)set->items[i]->step)[t]);
    find_first_deletes(making);
    return rc;
}
