/* Which rows share a statement: those of one table for which it sets the same columns from the same sources. A key that is drawn by another statement of
 * the unit is such a source; each statement that has one gives its keys a number, under which the unit carries them.
 *
 * Two new objects of a model often differ only in columns that one of them leaves NULL. That is the same as naming them, where the server has no value of its
 * own for them, so a new row names what any new row of its model names: one statement instead of several, and rows are numbered in the order in which they were added. */
#include "src/orm/plan-step.h"

/* ---- Steps ------------------------------------------------------------------------------------------------------------------------------ */

aq__step_t *aq__plan_step(aq__making_t *making, aq__step_kind_t kind)
{
    aq__plan_t *plan = making->plan;
    aq__step_t *step;

    if (aq__arena_make_room(plan->arena, &plan->steps, &making->step_capacity, plan->step_count,
                            sizeof plan->steps[0]) != AQ_OK)
        return NULL;
    if ((step = aq_arena_calloc(plan->arena, 1, sizeof(*step))) == NULL)
        return NULL;
    step->kind = kind;
    return plan->steps[plan->step_count++] = step;
}

/* One array holds either. */
static int grow(aq__making_t *making, aq__step_t *step)
{
    size_t capacity = step->capacity > 0 ? step->capacity * 2 : 4;
    void **grown = aq_arena_alloc(making->plan->arena, capacity * sizeof(void *));

    if (grown == NULL)
        return AQ_ENOMEM;
    if (step->links != NULL) {
        memcpy(grown, step->links, step->count * sizeof(void *));
        step->links = (aq__association_t **)grown;
    } else if (step->parts != NULL) {
        memcpy(grown, step->parts, step->count * sizeof(void *));
        step->parts = (aq__planned_t **)grown;
    } else if (step->relation != NULL) {
        step->links = (aq__association_t **)grown;
    } else {
        step->parts = (aq__planned_t **)grown;
    }
    step->capacity = capacity;
    return AQ_OK;
}

static int add_part(aq__making_t *making, aq__step_t *step, aq__planned_t *part)
{
    if (step->count == step->capacity && grow(making, step) != AQ_OK)
        return AQ_ENOMEM;
    part->step = step;
    part->place = step->count;
    step->parts[step->count++] = part;
    return AQ_OK;
}

static int add_link(aq__making_t *making, aq__step_t *step, aq__association_t *link)
{
    if (step->count == step->capacity && grow(making, step) != AQ_OK)
        return AQ_ENOMEM;
    step->links[step->count++] = link;
    return AQ_OK;
}

/* ---- What is carried ------------------------------------------------------------------------------------------------------------------ */

/* The number of a column that others need, made on first use; 0: out of memory. */
static size_t carry(aq__making_t *making, aq__step_t *step, const aq__mapped_column_t *column)
{
    for (size_t i = 0; i < step->carry_count; i++)
        if (step->carries[i].column->column == column->column)
            return step->carries[i].number;
    if (step->carries == NULL &&
        (step->carries =
             aq_arena_calloc(making->plan->arena, step->table->column_count, sizeof(*step->carries))) == NULL)
        return 0;
    step->carries[step->carry_count] = (aq__carry_t){column, ++making->carried};
    return step->carries[step->carry_count++].number;
}

/* ---- Groups ------------------------------------------------------------------------------------------------------------------------------ */

/* What rows must have in common, as words, and what it says. */
typedef struct group {
    uint64_t *words;
    size_t word_count;
    aq__setting_t *settings;
    size_t setting_count, key_count;
    size_t most; /* columns there is room for */
} group_t;

/* Room for so many columns. What there is already is used again. */
static bool group_init(group_t *group, aq_arena_t *arena, size_t columns)
{
    if (columns <= group->most)
        return true;
    group->most = columns;
    group->words = aq_arena_alloc(arena, (4 + 3 * columns) * sizeof(*group->words));
    group->settings = aq_arena_alloc(arena, columns * sizeof(*group->settings));
    return group->words != NULL && group->settings != NULL;
}

static void group_word(group_t *group, uint64_t word)
{
    group->words[group->word_count++] = word;
}

static void group_setting(group_t *group, const aq__setting_t *setting, size_t position)
{
    if (setting->from == AQ__FROM_NOTHING)
        return;
    group_word(group, (uint64_t)position << 8 | (uint64_t)setting->from);
    if (setting->from == AQ__FROM_CARRIED) {
        group_word(group, (uint64_t)(uintptr_t)setting->source);
        group_word(group, (uint64_t)(uintptr_t)setting->source_column->column);
    }
    group->settings[group->setting_count++] = *setting;
}

/* Where the late UPDATE finds a row whose key may have been drawn. */
static void group_keys(const aq__making_t *making, group_t *group, const aq__planned_t *part)
{
    const aq__mapper_t *mapper = part->changed->mapper;

    for (size_t i = 0; i < mapper->key_count; i++) {
        const aq__mapped_column_t *column = &part->table->columns[part->table->key[i]];
        const aq__planned_t *own = part->changed->step;
        aq__setting_t setting =
            aq__setting_of(making, AQ__STEP_INSERT, &own[part->table - mapper->tables], column);

        if (setting.from == AQ__FROM_NOTHING) {
            setting = aq__carried_setting(column, column->field, own, column->field);
            setting.own = true;
        }
        group_setting(group, &setting, column->column->position);
        group->key_count++;
    }
}

static void group_of(const aq__making_t *making, group_t *group, aq__step_kind_t kind,
                     const aq__planned_t *part)
{
    group->word_count = group->setting_count = group->key_count = 0;
    group_word(group, making->group);
    group_word(group, (uint64_t)kind);
    group_word(group, (uint64_t)(uintptr_t)part->table->table);
    group_word(group, (uint64_t)(uintptr_t)part->changed->mapper->root);
    if (kind == AQ__STEP_LATER)
        group_keys(making, group, part);
    if (kind != AQ__STEP_DELETE)
        for (size_t i = 0; i < part->table->column_count; i++) {
            aq__setting_t setting = aq__setting_of(making, kind, part, &part->table->columns[i]);

            group_setting(group, &setting, part->table->columns[i].column->position);
        }
}

/* The settings and keys of a new step, and numbers for what they carry. */
static int take_settings(aq__making_t *making, aq__step_t *step, const group_t *group)
{
    if (group->setting_count == 0)
        return AQ_OK;
    step->settings =
        aq_arena_dup(making->plan->arena, group->settings, group->setting_count * sizeof(*group->settings));
    if (step->settings == NULL)
        return AQ_ENOMEM;
    step->setting_count = group->setting_count;
    for (size_t i = 0; i < step->setting_count; i++) {
        aq__setting_t *setting = &step->settings[i];

        if (setting->from == AQ__FROM_CARRIED &&
            (setting->number = carry(making, setting->source, setting->source_column)) == 0)
            return AQ_ENOMEM;
    }
    step->keys = step->settings;
    step->key_count = group->key_count;
    step->settings += group->key_count;
    step->setting_count -= group->key_count;
    return AQ_OK;
}

/* Columns that the server fills: of a new row what is not sent, of a changed one what it works out. */
static bool comes_back(const aq__step_t *step, const aq__planned_t *part, const aq__mapped_column_t *column)
{
    const aq__field_t *field = column->field;
    aq__source_kind_t from = AQ__FROM_NOTHING;

    if (step->kind == AQ__STEP_LATER || step->kind == AQ__STEP_RELEASE || step->kind == AQ__STEP_DELETE ||
        (field->key && !aq__is_base(part)))
        return false;
    if (field->generated)
        return true;
    for (size_t i = 0; i < step->setting_count; i++)
        if (step->settings[i].column->column == column->column)
            from = step->settings[i].from;
    if (step->kind == AQ__STEP_INSERT)
        return from == AQ__FROM_NOTHING && field->drawn;
    return step->kind == AQ__STEP_SWITCH && (from == AQ__FROM_DEFAULT || from == AQ__FROM_NEXT);
}

static int find_returned(aq__making_t *making, aq__step_t *step, const aq__planned_t *part)
{
    step->returned = aq_arena_alloc(making->plan->arena, part->table->column_count * sizeof(*step->returned));
    if (step->returned == NULL)
        return AQ_ENOMEM;
    for (size_t i = 0; i < part->table->column_count; i++)
        if (comes_back(step, part, &part->table->columns[i]))
            step->returned[step->returned_count++] = &part->table->columns[i];
    return AQ_OK;
}

static aq__step_t *make_step(aq__making_t *making, const group_t *group, aq__step_kind_t kind,
                             const aq__planned_t *part)
{
    aq__step_t *step = aq__plan_step(making, kind);
    void *words = aq_arena_dup(making->arena, group->words, group->word_count * sizeof(*group->words));

    if (step == NULL || words == NULL || take_settings(making, step, group) != AQ_OK)
        return NULL;
    step->table = part->table;
    step->mapper = part->changed->mapper;
    step->unchecked = part->node->is_swept;
    if (find_returned(making, step, part) != AQ_OK)
        return NULL;
    if (kind == AQ__STEP_INSERT && step->setting_count == 0)
        step->kind = AQ__STEP_DEFAULTS;
    return aq__map_put(&making->groups, words, group->word_count * sizeof(*group->words), step) == AQ_OK
               ? step
               : NULL;
}

/* ---- Rows of which nothing is sent -------------------------------------------------------------------------------------------------------- */

/* "INSERT ... DEFAULT VALUES" makes one row, INSERT ... SELECT cannot say DEFAULT, and what stands in a column's default need not be what its model says. So n such rows are
 * VALUES (DEFAULT), ... of 1024, 512, 256 ... rows: at most eleven texts, which are prepared like all others. */
enum { MOST_DEFAULTS = 1024 };

static int split_defaults(aq__making_t *making, aq__step_t *step)
{
    aq__planned_t **parts = step->parts;
    size_t left = step->count, size = MOST_DEFAULTS;
    aq__step_t *piece = step;

    while (left > 0) {
        while (size > left)
            size /= 2;
        if (piece == NULL) {
            if ((piece = aq__plan_step(making, step->kind)) == NULL)
                return AQ_ENOMEM;
            piece->table = step->table;
            piece->mapper = step->mapper;
            piece->returned = step->returned;
            piece->returned_count = step->returned_count;
        }
        piece->parts = parts;
        piece->count = piece->capacity = size;
        for (size_t i = 0; i < size; i++) {
            parts[i]->step = piece;
            parts[i]->place = i;
        }
        parts += size;
        left -= size;
        piece = NULL;
    }
    return AQ_OK;
}

/* ---- Buckets ---------------------------------------------------------------------------------------------------------------------------------- */

static aq__step_kind_t kind_of(aq__step_kind_t kind, const aq__planned_t *part)
{
    if (part->changed->replaced != NULL && part->changed->operation == AQ_UPDATE)
        return AQ__STEP_SWITCH;
    return kind == AQ__STEP_LATER && part->changed->operation == AQ_UPDATE ? AQ__STEP_UPDATE : kind;
}

static int finish_steps(aq__making_t *making, size_t from)
{
    size_t to = making->plan->step_count;

    for (size_t i = from; i < to; i++) {
        aq__step_t *step = making->plan->steps[i];

        if (step->kind == AQ__STEP_DEFAULTS && split_defaults(making, step) != AQ_OK)
            return AQ_ENOMEM;
        if (step->kind == AQ__STEP_UPDATE || step->kind == AQ__STEP_DELETE)
            aq__step_sort(step);
    }
    return AQ_OK;
}

static bool same_source(const aq__carried_t *a, const aq__carried_t *b)
{
    return a->field == b->field && a->source_field == b->source_field && a->later == b->later &&
           aq__planned_with(a->source, a->source_field)->step ==
               aq__planned_with(b->source, b->source_field)->step;
}

/* The rows are written by one statement, and that is plain to see. False: it has to be looked at. Mostly rows are as the one before. */
static bool is_alike(const aq__planned_t *a, const aq__planned_t *b)
{
    const aq__changed_t *left = a->changed, *right = b->changed;
    const aq__mapper_t *mapper = left->mapper;

    if (a->table != b->table || left->operation != right->operation || left->replaced != right->replaced ||
        left->carried_count != right->carried_count || a->node->broken_count > 0 || mapper->version != NULL)
        return false;
    if (left->operation == AQ_DELETE)
        return true;
    for (size_t i = 0; i <= (mapper->field_count - 1) / 64; i++)
        if (left->fields[i] != right->fields[i])
            return false;
    for (size_t i = 0; i < left->carried_count; i++)
        if (!same_source(&left->carried[i], &right->carried[i]))
            return false;
    return true;
}

/* The step of a row that is not as the one before. */
static aq__step_t *find_step(aq__making_t *making, group_t *group, aq__step_kind_t kind, aq__planned_t *part)
{
    aq__step_t *step;

    if (!group_init(group, making->arena, part->table->column_count + part->changed->mapper->key_count))
        return NULL;
    group_of(making, group, kind, part);
    step = aq__map_get(&making->groups, group->words, group->word_count * sizeof(*group->words));
    return step != NULL ? step : make_step(making, group, kind, part);
}

int aq__group_rows(aq__making_t *making, aq__step_kind_t kind, aq__bucket_t *bucket)
{
    size_t from = making->plan->step_count;
    const aq__planned_t *last = NULL;
    aq__step_t *step = NULL;
    group_t group = {0};

    making->group++;
    for (aq__planned_t *part = bucket->first, *next; part != NULL; last = part, part = next) {
        next = part->next;
        if ((last == NULL || !is_alike(last, part)) &&
            (step = find_step(making, &group, kind_of(kind, part), part)) == NULL)
            return AQ_ENOMEM;
        if (add_part(making, step, part) != AQ_OK)
            return AQ_ENOMEM;
    }
    return finish_steps(making, from);
}

/* ---- Links ---------------------------------------------------------------------------------------------------------------------------------------- */

static void group_side(group_t *group, const aq__field_t **fields, size_t count, const aq__changed_t *source)
{
    for (size_t i = 0; i < count; i++) {
        aq__setting_t setting = {.field = fields[i], .from = AQ__FROM_MEMBER};
        bool drawn = source != NULL &&
                     (!aq__field_is_set(source, fields[i]) || aq__changed_carried(source, fields[i]) != NULL);

        if (drawn)
            setting = aq__carried_setting(NULL, fields[i], aq__planned_with(source, fields[i]), fields[i]);
        group_setting(group, &setting, i);
    }
}

static aq__step_t *link_step(aq__making_t *making, const group_t *group, const aq__association_t *link)
{
    aq__step_t *step = aq__map_get(&making->groups, group->words, group->word_count * sizeof(*group->words));
    void *words;

    if (step != NULL)
        return step;
    step = aq__plan_step(making, link->removed ? AQ__STEP_UNLINK : AQ__STEP_LINK);
    words = aq_arena_dup(making->arena, group->words, group->word_count * sizeof(*group->words));
    if (step == NULL || words == NULL || take_settings(making, step, group) != AQ_OK ||
        aq__map_put(&making->groups, words, group->word_count * sizeof(*group->words), step) != AQ_OK)
        return NULL;
    step->relation = link->relation;
    return step;
}

int aq__group_links(aq__making_t *making, bool removed)
{
    aq__changeset_t *set = making->plan->set;
    group_t group = {0};

    making->group++;
    for (size_t i = 0; i < set->association_count; i++) {
        aq__association_t *link = &set->associations[i];
        const aq__relation_t *relation = link->relation;
        aq__step_t *step;

        if (link->removed != removed || !aq__plan_has(making->plan, relation->mapper))
            continue;
        if (!group_init(&group, making->arena, relation->near_count + relation->far_count))
            return AQ_ENOMEM;
        group.word_count = group.setting_count = group.key_count = 0;
        group_word(&group, making->group);
        group_word(&group, (uint64_t)(uintptr_t)relation);
        group_side(&group, relation->near_fields, relation->near_count, link->near_source);
        group_side(&group, relation->far_fields, relation->far_count, link->far_source);
        if ((step = link_step(making, &group, link)) == NULL || add_link(making, step, link) != AQ_OK)
            return AQ_ENOMEM;
    }
    return AQ_OK;
}
