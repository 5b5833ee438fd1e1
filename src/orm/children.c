/* Children that no list knows: "User.posts" was never loaded, but some posts were, by queries of their own. What becomes of their parent becomes of them.
 *
 * The happy path: the first question about a relationship looks at all of its target's objects in the session, once, and puts each with its parent.
 * The failure mode: memory. */
#include "src/orm/cascade.h"
#include "src/orm/relate.h"

typedef struct family {
    aq__child_key_t key;
    aq__object_array_t items; /* of the arena: never disposed of */
} family_t;

static family_t *family_of(aq__children_t *children, aq__child_key_t key)
{
    family_t *family = aq__map_get(&children->by_parent, &key, sizeof(key));

    if (family != NULL)
        return family;
    family = aq_arena_calloc(children->arena, 1, sizeof(*family));
    if (family == NULL)
        return NULL;
    family->key = key;
    return aq__map_put(&children->by_parent, &family->key, sizeof(key), family) == AQ_OK ? family : NULL;
}

static int add_child(aq__children_t *children, aq__child_key_t key, void *child)
{
    family_t *family = family_of(children, key);
    aq__object_array_t *items;

    if (family == NULL)
        return AQ_ENOMEM;
    items = &family->items;
    if (aq__arena_make_room(children->arena, &items->items, &items->capacity, items->count,
                            sizeof items->items[0]) != AQ_OK)
        return AQ_ENOMEM;
    items->items[items->count++] = child;
    return AQ_OK;
}

static int look_through(aq__children_t *children, const aq__relation_t *relation)
{
    const aq__identity_t *identity = children->session->identities[relation->target->root->index];
    void *child, *owner;
    int code = AQ_OK;

    for (size_t at = 0;
         code == AQ_OK && identity != NULL && (child = aq__identity_next(identity, &at)) != NULL;) {
        if (!aq__mapper_is_a(aq__object_mapper(child), relation->target))
            continue;
        code = aq__owner_known(child, relation, &owner);
        if (code == AQ_OK && owner != NULL)
            code = add_child(children, (aq__child_key_t){relation->relationship, owner}, child);
    }
    return code;
}

int aq__children_of(aq__children_t *children, const aq__relation_t *relation, const void *parent,
                    const aq__object_array_t **found)
{
    const aq__child_key_t all = {relation->relationship, NULL}, key = {relation->relationship, parent};
    const family_t *family;
    int code = AQ_OK;

    *found = NULL;
    if (aq__map_get(&children->by_parent, &all, sizeof(all)) == NULL) {
        code = look_through(children, relation);
        if (code == AQ_OK && family_of(children, all) == NULL)
            code = AQ_ENOMEM;
    }
    family = code == AQ_OK ? aq__map_get(&children->by_parent, &key, sizeof(key)) : NULL;
    if (family != NULL)
        *found = &family->items;
    return code;
}

void aq__children_dispose(aq__children_t *children)
{
    aq__map_dispose(&children->by_parent);
}
