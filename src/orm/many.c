/* Lists: the many side of relationships, in memory.
 *
 * The happy path: what the user sees is `items`. Beside it is what the database had (`original`), so that a flush finds what was added and what was removed; a list that is not loaded has no original, but what was
 * added to it, in `items`, and what was removed from it.
 * The failure mode: no memory; then the list is what it was. Arrays are in the session's arena: they double, so the old ones are not more than the new one. */
#include "src/orm/object.h"
#include "src/orm/session.h"

const aq__many_t aq__many_empty = {.loaded = true};

static aq_arena_t *arena_of(const void *object)
{
    return aq__object_cohort(object)->session->arena;
}

aq__many_t *aq__many_of(void *object, const aq__relation_t *relation)
{
    aq_many_t *list = aq__many_list(object, relation);
    aq__many_t *many = list->state;

    if (many != NULL && many != &aq__many_empty)
        return many;
    many = aq_arena_calloc(arena_of(object), 1, sizeof(*many));
    if (many == NULL)
        return NULL;
    many->relation = relation;
    many->owner = object;
    many->loaded = list->state == &aq__many_empty;
    many->age = aq__object_cohort(object)->session->age;
    list->state = many;
    return many;
}

static size_t find(void *const *items, size_t count, const void *item)
{
    size_t i = 0;

    while (i < count && items[i] != item)
        i++;
    return i;
}

static bool is_in(void *const *items, size_t count, const void *item)
{
    return find(items, count, item) < count;
}

/* Room for one more. */
static int grow(aq_arena_t *arena, void ***items, size_t count, size_t *capacity)
{
    return aq__arena_make_room(arena, items, capacity, count, sizeof(**items));
}

static void take_out(void **items, size_t *count, size_t at)
{
    --*count;
    memmove(items + at, items + at + 1, (*count - at) * sizeof(*items));
}

bool aq__many_has(const void *object, const aq__relation_t *relation, const void *item)
{
    const aq_many_t *list = aq__many_list(object, relation);

    return is_in(list->items, list->count, item);
}

int aq__many_add(void *object, const aq__relation_t *relation, void *item)
{
    aq_many_t *list = aq__many_list(object, relation);
    aq__many_t *many = aq__many_of(object, relation);
    size_t removed;

    if (many == NULL || grow(arena_of(object), &list->items, list->count, &many->capacity) != AQ_OK)
        return AQ_ENOMEM;
    removed = find(many->removed, many->removed_count, item);
    if (removed < many->removed_count)
        take_out(many->removed, &many->removed_count, removed);
    list->items[list->count++] = item;
    return AQ_OK;
}

/* One that is not loaded may have it in the database. */
static bool remember_removed(void *object, aq__many_t *many, void *item)
{
    if (is_in(many->removed, many->removed_count, item) ||
        grow(arena_of(object), &many->removed, many->removed_count, &many->removed_capacity) != AQ_OK)
        return false;
    many->removed[many->removed_count++] = item;
    return true;
}

bool aq__many_remove(void *object, const aq__relation_t *relation, void *item)
{
    aq_many_t *list = aq__many_list(object, relation);
    aq__many_t *many = aq__many_of(object, relation);
    size_t at = find(list->items, list->count, item);

    if (many == NULL)
        return false;
    if (at == list->count)
        return !many->loaded && remember_removed(object, many, item);
    take_out(list->items, &list->count, at);
    return true;
}

/* ---- Loading and settling ---------------------------------------------------------------------------------------------------------------- */

/* What was added to the list, or removed from it, since it was as in the database. */
static bool was_added(const aq__many_t *many, const void *item)
{
    return !is_in(many->original, many->original_count, item);
}

static bool was_removed(const aq_many_t *list, const aq__many_t *many, const void *item)
{
    if (!many->loaded)
        return is_in(many->removed, many->removed_count, item);
    return is_in(many->original, many->original_count, item) && !is_in(list->items, list->count, item);
}

/* Most lists are loaded once, and have no changes: then nothing is searched. */
static size_t merge(const aq_many_t *list, const aq__many_t *many, void *const *items, size_t count,
                    void **merged)
{
    bool changed = many->removed_count > 0 || many->original_count > 0 || list->count > 0;
    size_t merged_count = 0;

    for (size_t i = 0; i < count; i++)
        if (!changed || !was_removed(list, many, items[i]))
            merged[merged_count++] = items[i];
    for (size_t i = 0; i < list->count; i++)
        if (was_added(many, list->items[i]) && !is_in(items, count, list->items[i]))
            merged[merged_count++] = list->items[i];
    return merged_count;
}

int aq__many_load(void *object, const aq__relation_t *relation, void *const *items, size_t count)
{
    aq_arena_t *arena = arena_of(object);
    aq_many_t *list = aq__many_list(object, relation);
    aq__many_t *many = aq__many_of(object, relation);
    size_t capacity = count + list->count;
    void **merged = many != NULL ? aq_arena_alloc(arena, capacity * sizeof(*merged)) : NULL;
    void **original = merged != NULL ? aq_arena_dup(arena, items, count * sizeof(*original)) : NULL;

    if (original == NULL)
        return AQ_ENOMEM;
    list->count = merge(list, many, items, count, merged);
    list->items = merged;
    many->capacity = capacity;
    many->original = original;
    many->original_count = count;
    many->removed_count = 0;
    many->loaded = true;
    many->age = aq__object_cohort(object)->session->age;
    return AQ_OK;
}

bool aq__many_is_fresh(const void *object, const aq__relation_t *relation)
{
    const aq__many_t *many = aq__many_list(object, relation)->state;

    return many != NULL && many != &aq__many_empty && many->loaded &&
           many->age == aq__object_cohort(object)->session->age;
}

bool aq__many_is_changed(const void *object, const aq__relation_t *relation)
{
    const aq_many_t *list = aq__many_list(object, relation);
    const aq__many_t *many = list->state;

    if (many == NULL)
        return false;
    return many->removed_count > 0 || list->count != many->original_count ||
           (list->count > 0 &&
            memcmp(list->items, many->original, list->count * sizeof(list->items[0])) != 0);
}

void aq__many_reset(void *object, const aq__relation_t *relation)
{
    aq_many_t *list = aq__many_list(object, relation);
    aq__many_t *many = list->state;

    if (many == NULL || many == &aq__many_empty)
        return;
    if (many->original_count > 0) /* there was room for them once */
        memcpy(list->items, many->original, many->original_count * sizeof(list->items[0]));
    list->count = many->original_count;
    many->removed_count = 0;
}

void aq__many_renew(void *object, const aq__relation_t *relation)
{
    aq__many_t *many = aq__many_list(object, relation)->state;

    if (many != NULL && many != &aq__many_empty)
        many->original_count = many->removed_count = 0;
}

void aq__many_unload(void *object, const aq__relation_t *relation)
{
    aq_many_t *list = aq__many_list(object, relation);
    aq__many_t *many = list->state;

    list->count = 0;
    if (many == &aq__many_empty)
        list->state = NULL;
    if (many == NULL || many == &aq__many_empty)
        return;
    many->loaded = false;
    many->original_count = many->removed_count = 0;
}

int aq__many_settle(void *object, const aq__relation_t *relation)
{
    aq_many_t *list = aq__many_list(object, relation);
    aq__many_t *many = list->state;
    void **original;

    if (many == NULL || many == &aq__many_empty)
        return AQ_OK;
    if (!many->loaded) { /* what was added is in the database now, among what is not here */
        list->count = many->removed_count = 0;
        return AQ_OK;
    }
    original = aq_arena_dup(arena_of(object), list->items, list->count * sizeof(*original));
    if (original == NULL)
        return AQ_ENOMEM;
    many->original = original;
    many->original_count = list->count;
    many->removed_count = 0;
    return AQ_OK;
}
