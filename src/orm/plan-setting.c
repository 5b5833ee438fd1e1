/* What a row sets each of its columns to: the object's member, a key that another statement of the unit draws, a version, or nothing, which leaves the
 * column to the server. */
#include "src/orm/plan-step.h"

/* ---- Where things are ------------------------------------------------------------------------------------------------------------------ */

const aq__mapped_column_t *aq__table_column_of(const aq__mapped_table_t *table, const aq__field_t *field)
{
    for (size_t i = 0; i < table->column_count; i++)
        if (table->columns[i].field->index == field->index)
            return &table->columns[i];
    return NULL;
}

const aq__carried_t *aq__changed_carried(const aq__changed_t *changed, const aq__field_t *field)
{
    for (size_t i = 0; i < changed->carried_count; i++)
        if (changed->carried[i].field->index == field->index)
            return &changed->carried[i];
    return NULL;
}

const aq__planned_t *aq__setting_source(const aq__setting_t *setting, const aq__planned_t *part)
{
    const aq__carried_t *carried;

    if (setting->own)
        return part->changed->step;
    carried = aq__changed_carried(part->changed, setting->field);
    return aq__planned_with(carried->source, carried->source_field);
}

aq__setting_t aq__carried_setting(const aq__mapped_column_t *column, const aq__field_t *field,
                                  const aq__planned_t *source, const aq__field_t *source_field)
{
    return (aq__setting_t){.field = field,
                           .column = column,
                           .from = AQ__FROM_CARRIED,
                           .source = source->step,
                           .source_column = aq__table_column_of(source->table, source_field)};
}

/* ---- What a row sets -------------------------------------------------------------------------------------------------------------------- */

/* NULL is what the column has if it is not named. */
static bool is_merged(const aq__making_t *making, const aq__planned_t *part,
                      const aq__mapped_column_t *column)
{
    return aq__bit(making->mappers[part->changed->mapper->index]->merged, column->field->index);
}

bool aq__planned_waits(const aq__planned_t *part, const aq__mapped_column_t *column)
{
    const void *member = aq__member_of(column->field, part->changed->object);

    if (part->node->broken_count == 0 || column->column->not_null ||
        !aq__node_breaks(part->node, column->column))
        return false;
    for (size_t i = 0; i < part->node->broken_count; i++)
        if (aq__constraint_has_column(part->node->broken[i], column->column) &&
            part->node->broken[i]->deferrable == AQ_INITIALLY_DEFERRED)
            return false;
    return aq__field_is_set(part->changed, column->field) && !aq__member_is_null(column->field, member);
}

static bool is_first_version(const aq__planned_t *part, const aq__field_t *field)
{
    return field->version && aq__member_is_zero(field, aq__member_of(field, part->changed->object));
}

bool aq__is_base(const aq__planned_t *part)
{
    return part->table == &part->changed->mapper->tables[0];
}

static aq__setting_t insert_setting(const aq__making_t *making, const aq__planned_t *part,
                                    const aq__mapped_column_t *column)
{
    const aq__field_t *field = column->field;
    aq__setting_t setting = {.field = field, .column = column, .from = AQ__FROM_NOTHING};

    if (field->generated || aq__planned_waits(part, column))
        return setting;
    if (is_first_version(part, field))
        setting.from = AQ__FROM_FIRST;
    else if (aq__field_is_set(part->changed, field) || is_merged(making, part, column))
        setting.from = AQ__FROM_MEMBER;
    else if (field->key && !aq__is_base(part)) {
        setting = aq__carried_setting(column, field, part->changed->step, field);
        setting.own = true;
    }
    return setting;
}

static aq__setting_t update_setting(const aq__planned_t *part, const aq__mapped_column_t *column)
{
    const aq__field_t *field = column->field;
    aq__setting_t setting = {.field = field, .column = column, .from = AQ__FROM_NOTHING};

    if (field->version && !aq__is_leaving(part))
        setting.from = AQ__FROM_NEXT;
    else if (aq__field_is_set(part->changed, field) && !field->generated &&
             (aq__is_base(part) || !field->key))
        setting.from = AQ__FROM_MEMBER;
    return setting;
}

/* The row shall be as if it had been inserted. */
static aq__setting_t switch_setting(const aq__planned_t *part, const aq__mapped_column_t *column)
{
    const aq__field_t *field = column->field;
    aq__setting_t setting = {.field = field, .column = column, .from = AQ__FROM_NOTHING};

    if (field->key || field->generated)
        return setting;
    setting.from = field->version                           ? AQ__FROM_NEXT
                   : aq__field_is_set(part->changed, field) ? AQ__FROM_MEMBER
                   : field->drawn                           ? AQ__FROM_DEFAULT
                   : column->column->not_null               ? AQ__FROM_MEMBER
                                                            : AQ__FROM_NULL;
    return setting;
}

aq__setting_t aq__setting_of(const aq__making_t *making, aq__step_kind_t kind, const aq__planned_t *part,
                             const aq__mapped_column_t *column)
{
    const aq__carried_t *carried =
        part->changed->carried_count > 0 ? aq__changed_carried(part->changed, column->field) : NULL;
    aq__setting_t nothing = {.field = column->field, .column = column, .from = AQ__FROM_NOTHING};

    if (carried != NULL && kind != AQ__STEP_RELEASE && kind != AQ__STEP_DELETE) {
        if (carried->later != (kind == AQ__STEP_LATER) && part->changed->operation == AQ_INSERT)
            return nothing;
        return aq__carried_setting(column, column->field,
                                   aq__planned_with(carried->source, carried->source_field),
                                   carried->source_field);
    }
    switch (kind) {
    case AQ__STEP_INSERT:
    case AQ__STEP_DEFAULTS: return insert_setting(making, part, column);
    case AQ__STEP_UPDATE: return update_setting(part, column);
    case AQ__STEP_SWITCH: return switch_setting(part, column);
    case AQ__STEP_LATER:
        nothing.from = aq__planned_waits(part, column) ? AQ__FROM_MEMBER : nothing.from;
        break;
    case AQ__STEP_RELEASE:
        nothing.from = !column->column->not_null && aq__node_breaks(part->node, column->column)
                           ? AQ__FROM_NULL
                           : nothing.from;
        break;
    case AQ__STEP_DELETE:
    case AQ__STEP_LINK:
    case AQ__STEP_UNLINK:
    case AQ__STEP_SWEEP: break;
    }
    return nothing;
}
