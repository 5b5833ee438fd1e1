/* What the unit gave, into the objects. It has succeeded, so every row is written; what is left to do is memory.
 *
 *     for each statement in order: what came back, and what was carried from others' keys
 *     for each object: text is copied to the session, versions count, the snapshot is what was written
 *
 * When the unit has failed nothing of this is done: objects are as the user made them. The one failure that is ours is a row that was changed or deleted
 * meanwhile: the statement's own check made the server fail, and its text says which. */
#include "src/orm/plan-step.h"

/* ---- What came back ------------------------------------------------------------------------------------------------------------------------ */

static aq_arena_t *memory_of(const aq__plan_t *plan)
{
    return plan->set->session->arena;
}

static int read_row(aq__plan_t *plan, const aq__step_t *step, aq_rows_t *rows, size_t row, size_t column,
                    void *object)
{
    int rc = AQ_OK;

    for (size_t i = 0; rc == AQ_OK && i < step->returned_count; i++) {
        const aq__field_t *field = step->returned[i]->field;

        rc = aq__member_read(field, aq_cell(rows, row, column + i), memory_of(plan),
                             aq__member_of(field, object));
    }
    return rc;
}

/* A trigger that leaves out rows leaves us without knowing which. */
static int refuse_count(const aq__step_t *step, uint64_t count)
{
    return aq__fail(AQ_ESTALE,
                    "INSERT statement on table '%s' expected to insert %zu row(s); %llu were inserted.",
                    step->table->table->name, step->count, (unsigned long long)count);
}

static int read_inserted(aq__plan_t *plan, const aq__step_t *step, aq_rows_t *rows)
{
    int rc = AQ_OK;

    if (step->returned_count == 0 && step->carry_count > 0)
        return AQ_OK;
    if (step->returned_count == 0)
        return aq_rows_affected(rows) == step->count ? AQ_OK : refuse_count(step, aq_rows_affected(rows));
    if (aq_rows_count(rows) != step->count)
        return refuse_count(step, aq_rows_count(rows));
    for (size_t i = 0; rc == AQ_OK && i < step->count; i++)
        rc = read_row(plan, step, rows, i, 0, step->parts[i]->changed->object);
    return rc;
}

/* Rows come in any order, with their number in the second column. */
static int read_updated(aq__plan_t *plan, const aq__step_t *step, aq_rows_t *rows)
{
    int rc = AQ_OK;

    for (size_t i = 0; rc == AQ_OK && step->returned_count > 0 && i < aq_rows_count(rows); i++) {
        int64_t number = aq_as_int8(aq_cell(rows, i, 1));

        if (number < 1 || (uint64_t)number > step->count)
            return aq__fail(AQ_EPROTOCOL, "UPDATE statement on table '%s' gave row %lld of %zu",
                            step->table->table->name, (long long)number, step->count);
        rc = read_row(plan, step, rows, i, 2, step->parts[number - 1]->changed->object);
    }
    return rc;
}

static void warn_of_deleted(const aq__step_t *step, aq_rows_t *rows)
{
    const char *table = step->table != NULL ? step->table->table->name : step->relation->secondary->name;
    uint64_t matched = aq_rows_affected(rows);

    if (matched < step->count && !step->unchecked && (step->table == NULL || !aq__step_has_version(step)))
        aq_log(AQ_LOG_WARNING,
               "DELETE statement on table '%s' expected to delete %zu row(s); %llu were matched.", table,
               step->count, (unsigned long long)matched);
}

static int read_step(aq__plan_t *plan, const aq__step_t *step, aq_rows_t *rows)
{
    switch (step->kind) {
    case AQ__STEP_INSERT:
    case AQ__STEP_DEFAULTS: return read_inserted(plan, step, rows);
    case AQ__STEP_UPDATE:
    case AQ__STEP_SWITCH: return read_updated(plan, step, rows);
    case AQ__STEP_DELETE:
    case AQ__STEP_UNLINK: warn_of_deleted(step, rows); return AQ_OK;
    case AQ__STEP_LATER:
    case AQ__STEP_RELEASE:
    case AQ__STEP_LINK:
    case AQ__STEP_SWEEP: return AQ_OK;
    }
    return AQ_OK;
}

/* ---- What the plan knows --------------------------------------------------------------------------------------------------------------------- */

static int assign(aq__plan_t *plan, const aq__field_t *field, void *object, aq_value_t value)
{
    return aq__member_assign(field, &value, memory_of(plan), aq__member_of(field, object));
}

/* The key of another object, which has it by now: its statement came first. */
static int assign_carried(aq__plan_t *plan, const aq__setting_t *setting, const aq__planned_t *part)
{
    const aq__carried_t *carried = aq__changed_carried(part->changed, setting->field);
    aq_value_t value;
    int rc;

    rc = aq__member_value(carried->source_field,
                          aq__member_of(carried->source_field, carried->source->object), plan->arena, &value);
    return rc == AQ_OK ? assign(plan, carried->field, part->changed->object, value) : rc;
}

static int assign_version(aq__plan_t *plan, const aq__setting_t *setting, const aq__planned_t *part)
{
    const aq__field_t *field = setting->field;
    void *object = part->changed->object;
    const char *snapshot = aq__object_snapshot(object);
    aq_value_t value = aq_int8(1);
    int rc = AQ_OK;

    if (setting->from == AQ__FROM_NEXT) {
        if (snapshot != NULL)
            memcpy(aq__member_of(field, object), snapshot + field->snapshot, field->size);
        rc = aq__member_value(field, aq__member_of(field, object), plan->arena, &value);
        value = aq_int8(value.as.integer + 1);
    }
    return rc == AQ_OK ? assign(plan, field, object, value) : rc;
}

static int assign_setting(aq__plan_t *plan, const aq__step_t *step, const aq__setting_t *setting)
{
    int rc = AQ_OK;

    for (size_t i = 0; rc == AQ_OK && i < step->count; i++) {
        if (setting->from == AQ__FROM_CARRIED && !setting->own)
            rc = assign_carried(plan, setting, step->parts[i]);
        else if (setting->from == AQ__FROM_FIRST ||
                 (setting->from == AQ__FROM_NEXT && step->kind == AQ__STEP_UPDATE))
            rc = assign_version(plan, setting, step->parts[i]);
    }
    return rc;
}

static int assign_step(aq__plan_t *plan, const aq__step_t *step)
{
    int rc = AQ_OK;

    for (size_t i = 0; rc == AQ_OK && step->parts != NULL && i < step->setting_count; i++)
        if (step->settings[i].from != AQ__FROM_MEMBER)
            rc = assign_setting(plan, step, &step->settings[i]);
    return rc;
}

/* ---- Objects as the database has them ------------------------------------------------------------------------------------------------------------ */

static int keep(aq__plan_t *plan, const aq__field_t *field, void *object)
{
    return aq__member_keep(field, memory_of(plan), aq__member_of(field, object));
}

static int settle_inserted(aq__plan_t *plan, const aq__changed_t *changed)
{
    int rc = AQ_OK;

    for (size_t i = 0; rc == AQ_OK && i < changed->mapper->field_count; i++)
        rc = keep(plan, &changed->mapper->fields[i], changed->object);
    if (rc == AQ_OK && aq__object_snapshot(changed->object) != NULL)
        aq__object_take_snapshot(changed->object);
    return rc;
}

static int settle_updated(aq__plan_t *plan, const aq__changed_t *changed)
{
    const aq__mapper_t *mapper = changed->mapper;
    int rc = AQ_OK;

    for (size_t i = 0; rc == AQ_OK && i < mapper->field_count; i++) {
        const aq__field_t *field = &mapper->fields[i];

        if (!aq__field_is_set(changed, field) && !field->generated && !field->version &&
            aq__changed_carried(changed, field) == NULL)
            continue;
        rc = keep(plan, field, changed->object);
        if (rc == AQ_OK && aq__object_snapshot(changed->object) != NULL)
            aq__object_take_snapshot_of(changed->object, field);
    }
    return rc;
}

static int settle_objects(aq__plan_t *plan)
{
    int rc = AQ_OK;

    for (size_t i = 0; rc == AQ_OK && i < plan->set->count; i++) {
        const aq__changed_t *changed = plan->set->items[i];

        if (changed->touched || !aq__plan_has(plan, changed->mapper))
            continue;
        switch (aq__changed_operation(changed)) {
        case AQ_INSERT: rc = settle_inserted(plan, changed); break;
        case AQ_UPDATE: rc = settle_updated(plan, changed); break;
        case AQ_DELETE: break;
        }
    }
    return rc;
}

int aq__plan_settle(aq__plan_t *plan, aq_results_t *results)
{
    int rc = AQ_OK;

    for (size_t i = 0; rc == AQ_OK && i < plan->step_count; i++) {
        rc = read_step(plan, plan->steps[i], aq_results_rows(results, (size_t)plan->first + i));
        if (rc == AQ_OK)
            rc = assign_step(plan, plan->steps[i]);
    }
    return rc == AQ_OK ? settle_objects(plan) : rc;
}

/* ---- When it failed ---------------------------------------------------------------------------------------------------------------------------------- */

/* Where our text ends: the server quotes it in words of its own, in whatever language. NULL: it is not there. */
static const char *end_of(const char *text)
{
    static const char *const ends[] = {"were matched.", "were inserted."};
    const char *last = NULL;

    for (size_t i = 0; i < AQ__COUNT_OF(ends); i++)
        for (const char *at = text; (at = strstr(at, ends[i])) != NULL;) {
            at += strlen(ends[i]);
            last = last == NULL || at > last ? at : last;
        }
    return last;
}

const aq_error_t *aq__plan_explain(aq__plan_t *plan, const aq_error_t *error)
{
    const char *from = error->message != NULL ? strstr(error->message, AQ__STALE_MARK) : NULL, *to;
    aq_error_t *stale;

    if (from == NULL || strcmp(error->sqlstate, "22P02") != 0 || (to = end_of(from)) == NULL ||
        (stale = aq__error_dup(plan->arena, error)) == NULL)
        return NULL;
    from += sizeof(AQ__STALE_MARK) - 1;
    stale->code = AQ_ESTALE;
    stale->message = aq_arena_strndup(plan->arena, from, (size_t)(to - from));
    stale->sqlstate[0] = '\0';
    return stale->message != NULL ? stale : NULL;
}
