/* What is otherwise than in the database, of an object's relationships: its pointers and its lists.
 *
 * The happy path: a pointer is compared with that in the snapshot; a list is marked item by item and held against what was loaded of it.
 * The failure mode: memory. */
#include "src/orm/relate.h"
#include "src/orm/sort.h"

static void mark_all(void *const *items, size_t count, bool on)
{
    for (size_t i = 0; i < count; i++)
        if (on)
            aq__object_mark(items[i], AQ__STATE_LISTED);
        else
            aq__object_unmark(items[i], AQ__STATE_LISTED);
}

/* Moves those that are not marked to `to`, behind what is there. */
static size_t pick_unmarked(void **to, size_t at, void *const *items, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!aq__object_has(items[i], AQ__STATE_LISTED))
            to[at++] = items[i];
    return at;
}

static size_t count_unmarked(void *const *items, size_t count)
{
    size_t unmarked = 0;

    for (size_t i = 0; i < count; i++)
        unmarked += !aq__object_has(items[i], AQ__STATE_LISTED);
    return unmarked;
}

static bool list_changed(const void *object, const aq__relation_t *relation)
{
    const aq_many_t *list = aq__many_list(object, relation);
    const aq__many_t *many = list->state;
    bool changed;

    if (many == NULL)
        return false;
    if (many->removed_count > 0 || many->original_count != list->count)
        return true;
    mark_all(list->items, list->count, true);
    changed = count_unmarked(many->original, many->original_count) > 0;
    mark_all(list->items, list->count, false);
    return changed;
}

bool aq__relation_changed(const void *object, const aq__relation_t *relation)
{
    if (relation->many)
        return list_changed(object, relation);
    return aq__object_snapshot(object) != NULL &&
           aq__object_one(object, relation) != aq__object_snapshot_one(object, relation);
}

bool aq__object_has_new_pointer(const void *object)
{
    const aq__mapper_t *mapper = aq__object_mapper(object);

    for (size_t i = 0; i < mapper->relation_count; i++)
        if (!mapper->relations[i].many && aq__relation_changed(object, &mapper->relations[i]))
            return true;
    return false;
}

int aq__session_repointed(const aq_session_t *session, aq__object_array_t *found)
{
    int code = AQ_OK;
    void *object;

    for (aq__cursor_t cursor = {0}; code == AQ_OK && (object = aq__session_next(session, &cursor)) != NULL;)
        if (aq__object_is_kept(object) && aq__object_has_new_pointer(object))
            code = aq__objects_push(found, object);
    return code == AQ_OK ? aq__objects_sort(found) : code;
}

int aq__many_compare(const void *object, const aq__relation_t *relation, aq_arena_t *arena,
                     aq__many_diff_t *diff)
{
    const aq_many_t *list = aq__many_list(object, relation);
    const aq__many_t *many = list->state;

    *diff = (aq__many_diff_t){0};
    if (many == NULL)
        return AQ_OK;
    diff->added = aq_arena_alloc(arena, list->count * sizeof(*diff->added));
    diff->removed =
        aq_arena_alloc(arena, (many->original_count + many->removed_count) * sizeof(*diff->removed));
    if (diff->added == NULL || diff->removed == NULL)
        return AQ_ENOMEM;
    mark_all(many->original, many->original_count, true);
    diff->added_count = pick_unmarked(diff->added, 0, list->items, list->count);
    mark_all(many->original, many->original_count, false);
    mark_all(list->items, list->count, true);
    diff->removed_count = pick_unmarked(diff->removed, 0, many->original, many->original_count);
    diff->removed_count =
        pick_unmarked(diff->removed, diff->removed_count, many->removed, many->removed_count);
    mark_all(list->items, list->count, false);
    return AQ_OK;
}
