/* Who refers to whom from now on, as lists and pointers say.
 *
 * The happy path: first what was taken from lists loses its parent, then what lists got has theirs, then pointers: what is said last holds, so a pointer wins over a list and over a key member. The children of what is
 * deleted lose it. Of many-to-many lists rows of the table between are made, once, whichever side tells of them.
 * The failure mode: memory, and those of keys.c. */
#include "src/orm/collect.h"
#include "src/orm/member.h"

static int note_link(aq__collection_t *collection, void *child, const aq__relation_t *relation, void *parent)
{
    aq__link_t *link = aq_arena_alloc(collection->arena, sizeof(*link));

    if (link == NULL)
        return AQ_ENOMEM;
    *link = (aq__link_t){child, parent, relation};
    return aq__objects_push(&collection->links, link);
}

/* ---- Tables between ----------------------------------------------------------------------------------------------------------------------- */

typedef struct association_key {
    const aq__relationship_t *relationship;
    const void *near, *far;
} association_key_t;

typedef struct associated {
    association_key_t key;
    aq__association_t association;
} associated_t;

/* One of the two sides speaks for both: that which is not made from the other, else the first by name. */
static bool speaks(const aq__relation_t *relation)
{
    const aq__relationship_t *one = relation->relationship, *other = one->reverse;
    int order;

    if (other == NULL || one->is_backref != other->is_backref)
        return !one->is_backref;
    order = strcmp(one->model->name, other->model->name);
    return order != 0 ? order < 0 : strcmp(one->name, other->name) < 0;
}

static int find_source(aq__collection_t *collection, const void *object, const aq__field_t *const *fields,
                       size_t count, aq__changed_t **source)
{
    bool drawn = false;
    int code = AQ_OK;

    *source = NULL;
    for (size_t i = 0; i < count && !drawn && code == AQ_OK; i++)
        code = aq__collect_is_drawn(collection, object, fields[i], &drawn);
    if (code == AQ_OK && drawn) {
        aq__draft_t *entry = aq__collect(collection, object);

        *source = entry != NULL ? &entry->changed : NULL;
        code = entry != NULL ? AQ_OK : AQ_ENOMEM;
    }
    return code;
}

/* Its rows between went with it. */
static bool is_gone(const void *object)
{
    return aq__object_status(object) == AQ_DELETED || aq__object_has(object, AQ__STATE_GONE);
}

static int associate(aq__collection_t *collection, const aq__relation_t *relation, void *near, void *far,
                     bool removed)
{
    association_key_t key = {relation->relationship, near, far};
    associated_t *made;

    if (removed && is_gone(far))
        return AQ_OK;
    if (!speaks(relation) && relation->reverse != NULL)
        return associate(collection, relation->reverse, far, near, removed);
    if (aq__map_get(&collection->associated, &key, sizeof(key)) != NULL)
        return AQ_OK;
    made = aq_arena_calloc(collection->arena, 1, sizeof(*made));
    if (made == NULL)
        return AQ_ENOMEM;
    made->key = key;
    made->association =
        (aq__association_t){.relation = relation, .near = near, .far = far, .removed = removed};
    return aq__map_put(&collection->associated, &made->key, sizeof(made->key), made);
}

/* When keys are known. In the order in which they were found, the removed ones first. */
static int give_associations(aq__collection_t *collection)
{
    aq__changeset_t *set = collection->set;
    int code = AQ_OK;

    set->associations =
        aq_arena_alloc(collection->arena, collection->associated.count * sizeof(*set->associations));
    if (set->associations == NULL)
        return AQ_ENOMEM;
    for (int removed = 1; removed >= 0; removed--)
        AQ__MAP_FOREACH(entry, &collection->associated) {
            aq__association_t *found = &((associated_t *)entry->value)->association;
            const aq__relation_t *relation = found->relation;

            if (found->removed != (removed == 1) || code != AQ_OK)
                continue;
            code = find_source(collection, found->near, relation->near_fields, relation->near_count,
                               &found->near_source);
            if (code == AQ_OK)
                code = find_source(collection, found->far, relation->far_fields, relation->far_count,
                                   &found->far_source);
            set->associations[set->association_count++] = *found;
        }
    return code;
}

static int check_far(const aq__collection_t *collection, const aq__relation_t *relation, const void *far)
{
    if (aq__object_status(far) == AQ_PENDING || aq__object_status(far) == AQ_PERSISTENT)
        return AQ_OK;
    return aq__fail(AQ_EINVAL, "%s.%s: %s %s", relation->mapper->name, relation->name,
                    aq__object_name(far, collection->arena),
                    is_gone(far) ? "has been deleted"
                                 : "is not in the session, and .cascade does not add it: aq_add() it");
}

/* ---- Lists ----------------------------------------------------------------------------------------------------------------------------------- */

static int take_list(aq__collection_t *collection, void *owner, const aq__relation_t *relation)
{
    bool between = relation->direction == AQ__MANY_TO_MANY;
    aq__many_diff_t diff;
    int code = aq__many_compare(owner, relation, collection->arena, &diff);

    for (size_t i = 0; i < diff.removed_count && code == AQ_OK; i++)
        code = between ? associate(collection, relation, owner, diff.removed[i], true)
                       : aq__collect_unlink(collection, diff.removed[i], relation, owner, false);
    for (size_t i = 0; i < diff.added_count && code == AQ_OK; i++) {
        if (aq__object_has(diff.added[i], AQ__STATE_DOOMED))
            continue;
        if (between)
            code = check_far(collection, relation, diff.added[i]);
        if (code == AQ_OK)
            code = between ? associate(collection, relation, owner, diff.added[i], false)
                           : note_link(collection, diff.added[i], relation, owner);
    }
    return code;
}

static int take_lists(aq__collection_t *collection, void *owner)
{
    const aq__mapper_t *mapper = aq__object_mapper(owner);
    int code = AQ_OK;

    for (size_t i = 0; i < mapper->relation_count && code == AQ_OK; i++) {
        const aq__relation_t *relation = &mapper->relations[i];
        aq__draft_t *entry;

        if (!relation->many || !aq__relation_changed(owner, relation))
            continue;
        entry = aq__collect(collection, owner);
        if (entry == NULL)
            return AQ_ENOMEM;
        entry->listed = true;
        code = take_list(collection, owner, relation);
    }
    return code;
}

/* ---- Pointers --------------------------------------------------------------------------------------------------------------------------------- */

static int take_pointer(aq__collection_t *collection, void *object, const aq__relation_t *relation)
{
    void *old = aq__object_snapshot_one(object, relation), *now = aq__object_one(object, relation);
    aq__draft_t *entry;
    int code = AQ_OK;

    if (relation->direction == AQ__MANY_TO_ONE)
        return now != NULL ? note_link(collection, object, relation, now)
                           : aq__collect_unlink(collection, object, relation, old, false);
    entry = aq__collect(collection, object);
    if (entry == NULL)
        return AQ_ENOMEM;
    entry->listed = true;
    if (old != NULL)
        code = aq__collect_unlink(collection, old, relation, object, false);
    return code == AQ_OK && now != NULL ? note_link(collection, now, relation, object) : code;
}

static int take_pointers(aq__collection_t *collection, void *object)
{
    const aq__mapper_t *mapper = aq__object_mapper(object);
    int code = AQ_OK;

    for (size_t i = 0; i < mapper->relation_count && code == AQ_OK; i++)
        if (!mapper->relations[i].many && aq__relation_changed(object, &mapper->relations[i]))
            code = take_pointer(collection, object, &mapper->relations[i]);
    return code;
}

/* ---- Children of what is deleted ------------------------------------------------------------------------------------------------------------------ */

static int release_all(aq__collection_t *collection, void *parent, const aq__relation_t *relation,
                       void *const *items, size_t count)
{
    bool between = relation->direction == AQ__MANY_TO_MANY;
    int code = AQ_OK;

    for (size_t i = 0; i < count && code == AQ_OK; i++)
        code = between ? associate(collection, relation, parent, items[i], true)
                       : aq__collect_unlink(collection, items[i], relation, parent, true);
    return code;
}

/* What the database has of a list, of a pointer, and of a list that was not loaded. */
static int release_children(aq__collection_t *collection, void *parent, const aq__relation_t *relation)
{
    const aq__many_t *many = relation->many ? aq__many_list(parent, relation)->state : NULL;
    const aq__object_array_t *known = NULL;
    void *one = relation->many ? NULL : aq__object_snapshot_one(parent, relation);
    int code = AQ_OK;

    if (relation->direction == AQ__MANY_TO_ONE)
        return AQ_OK;
    if (relation->direction == AQ__ONE_TO_MANY && !relation->passive_deletes &&
        !aq__object_relation_loaded(parent, relation))
        code = aq__children_of(&collection->children, relation, parent, &known);
    if (code == AQ_OK && known != NULL)
        code = release_all(collection, parent, relation, known->items, known->count);
    if (code == AQ_OK && one != NULL)
        code = release_all(collection, parent, relation, &one, 1);
    if (code == AQ_OK && many != NULL)
        code = release_all(collection, parent, relation, many->original, many->original_count);
    return code;
}

/* A pointer that is set by an UPDATE of its own is cleared by one too, where both rows go: before they do. */
static int clear_post_update(aq__collection_t *collection, void *object, const aq__relation_t *relation)
{
    void *other = relation->direction == AQ__MANY_TO_ONE ? aq__object_snapshot_one(object, relation) : NULL;
    aq__draft_t *entry;

    if (!relation->post_update || other == NULL || !aq__object_has(other, AQ__STATE_DOOMED))
        return AQ_OK;
    entry = aq__collect_again(collection, object);
    if (entry == NULL)
        return AQ_ENOMEM;
    for (size_t i = 0; i < relation->pair_count; i++) {
        const aq__field_t *foreign = relation->pairs[i].near;

        if (!foreign->nullable)
            continue;
        memset(aq__member_of(foreign, object), 0, foreign->size);
        aq__field_set(entry->changed.fields, foreign->index);
    }
    return AQ_OK;
}

static int release(aq__collection_t *collection, void *parent)
{
    const aq__mapper_t *mapper = aq__object_mapper(parent);
    int code = AQ_OK;

    for (size_t i = 0; i < mapper->relation_count && code == AQ_OK; i++) {
        code = release_children(collection, parent, &mapper->relations[i]);
        if (code == AQ_OK)
            code = clear_post_update(collection, parent, &mapper->relations[i]);
    }
    return code;
}

/* ---- All ----------------------------------------------------------------------------------------------------------------------------------------- */

static int take_new_pointers(aq__collection_t *collection)
{
    aq__object_array_t found = {0};
    int code = aq__session_repointed(collection->session, &found);

    for (size_t i = 0; i < found.count && code == AQ_OK; i++)
        code = take_pointers(collection, found.items[i]);
    aq__objects_dispose(&found);
    return code;
}

int aq__collect_links(aq__collection_t *collection)
{
    const aq_session_t *session = collection->session;
    int code = AQ_OK;

    for (size_t i = 0; i < session->doomed.count && code == AQ_OK; i++)
        code = release(collection, session->doomed.items[i]);
    for (size_t i = 0; i < session->pending.count && code == AQ_OK; i++)
        if (session->pending.items[i] != NULL)
            code = take_lists(collection, session->pending.items[i]);
    for (size_t i = 0; i < session->linked.count && code == AQ_OK; i++)
        if (aq__object_is_kept(session->linked.items[i]))
            code = take_lists(collection, session->linked.items[i]);
    for (size_t i = 0; i < session->pending.count && code == AQ_OK; i++)
        if (session->pending.items[i] != NULL)
            code = take_pointers(collection, session->pending.items[i]);
    if (code == AQ_OK)
        code = take_new_pointers(collection);
    if (code == AQ_OK)
        code = aq__collect_keys(collection);
    return code == AQ_OK ? give_associations(collection) : code;
}
