/* What pointed to objects that a flush has deleted: lists do not have them any more, and rows that were written without their parent have no parent in memory either.
 *
 * The happy path: from each deleted object over its relationships to those on the other side; each of these is looked through once, however many of its children went. A rollback needs no record of
 * it: lists are loaded anew, pointers are in the images of undo.c.
 * The failure modes: none. What only knows the deleted object from afar, by a relationship that has no other side, keeps it. */
#include "src/orm/relate.h"

#include "src/orm/change.h"

static bool is_deleted(const void *object)
{
    return object != NULL && aq__object_status(object) == AQ_DELETED;
}

static size_t drop_deleted(void **items, size_t count)
{
    size_t kept = 0;

    for (size_t i = 0; i < count; i++)
        if (!is_deleted(items[i]))
            items[kept++] = items[i];
    return kept;
}

static void drop_from_lists(void *owner)
{
    const aq__mapper_t *mapper = aq__object_mapper(owner);

    for (size_t i = 0; i < mapper->relation_count; i++) {
        const aq__relation_t *relation = &mapper->relations[i];
        aq_many_t *list = relation->many ? aq__many_list(owner, relation) : NULL;
        aq__many_t *many = list != NULL ? list->state : NULL;

        if (many == NULL || many == &aq__many_empty)
            continue;
        list->count = drop_deleted(list->items, list->count);
        many->original_count = drop_deleted(many->original, many->original_count);
        many->removed_count = drop_deleted(many->removed, many->removed_count);
    }
}

static void look_through(void *owner, bool first)
{
    if (owner == NULL || is_deleted(owner))
        return;
    if (first && !aq__object_has(owner, AQ__STATE_LISTED))
        drop_from_lists(owner);
    if (first)
        aq__object_mark(owner, AQ__STATE_LISTED);
    else
        aq__object_unmark(owner, AQ__STATE_LISTED);
}

/* Those whose lists may have it. */
static void look_around(void *deleted, bool first)
{
    const aq__mapper_t *mapper = aq__object_mapper(deleted);

    for (size_t i = 0; i < mapper->relation_count; i++) {
        const aq__relation_t *relation = &mapper->relations[i];

        if (relation->reverse == NULL || !relation->reverse->many)
            continue;
        if (!relation->many) {
            look_through(aq__object_one(deleted, relation), first);
            look_through(aq__object_snapshot_one(deleted, relation), first);
            continue;
        }
        for (size_t k = 0; k < aq__many_list(deleted, relation)->count; k++)
            look_through(aq__many_list(deleted, relation)->items[k], first);
    }
}

static void drop_pointers(void *object)
{
    const aq__mapper_t *mapper = aq__object_mapper(object);

    for (size_t i = 0; i < mapper->relation_count; i++) {
        const aq__relation_t *relation = &mapper->relations[i];

        if (relation->many || !is_deleted(aq__object_one(object, relation)))
            continue;
        memset((char *)object + relation->offset, 0, sizeof(void *));
        aq__object_set_snapshot_one(object, relation, NULL);
    }
}

void aq__session_part(const aq__changeset_t *set)
{
    for (int pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < set->count; i++)
            if (is_deleted(set->items[i]->object))
                look_around(set->items[i]->object, pass == 0);
    for (size_t i = 0; i < set->count; i++)
        if (set->items[i]->operation == AQ_UPDATE)
            drop_pointers(set->items[i]->object);
}
