/* gather: the rows of one statement become objects, with those that were joined to them.
 *
 * The happy path: each row gives one object for each shape (aq__row_object), or none where an outer join found none; parents that come again in the next rows are told by a map; the
 * children of each are collected, and are its list when the last row is through. What was loaded before stays as it is: it may have been changed.
 * The failure modes: no memory; a cell that does not fit. Objects that were made by then stay in the session, which does no harm. */
#include "src/orm/gather.h"

/* ---- Objects, none twice ----------------------------------------------------------------------------------------------------------- */

static int make_room(aq__distinct_t *distinct)
{
    return aq__make_room(&distinct->items, &distinct->capacity, distinct->count, sizeof distinct->items[0]);
}

/* Of the statement's own objects: a bit in the object is quicker than a map, and is taken back at the end. */
static int add_own(aq__distinct_t *distinct, void *object)
{
    if (aq__object_has(object, AQ__STATE_VISITED))
        return AQ_OK;
    if (make_room(distinct) != AQ_OK)
        return AQ_ENOMEM;
    aq__object_mark(object, AQ__STATE_VISITED);
    distinct->items[distinct->count++] = object;
    return AQ_OK;
}

static int add_joined(aq_arena_t *arena, aq__distinct_t *distinct, void *object)
{
    void **key;

    if (aq__map_get(&distinct->places, &object, sizeof object) != NULL)
        return AQ_OK;
    if (make_room(distinct) != AQ_OK || (key = aq_arena_alloc(arena, sizeof *key)) == NULL)
        return AQ_ENOMEM;
    *key = object;
    distinct->items[distinct->count++] = object;
    return aq__map_put(&distinct->places, key, sizeof *key, object);
}

/* ---- Children ------------------------------------------------------------------------------------------------------------------------ */

struct aq__children {
    void *parent;
    bool kept; /* was loaded before this statement */
    void **items;
    size_t count, capacity;
    aq__children_t *next;
};

typedef struct aq__gathered {
    aq__map_t by_parent; /* aq__children_t */
    aq__map_t links;     /* parent and child: rows of other lists repeat them */
    aq__children_t *first, **last;
} aq__gathered_t;

static aq__children_t *children_of(aq__gather_t *gather, aq__gathered_t *gathered,
                                   const aq__relation_t *relation, void *parent)
{
    aq__children_t *children = aq__map_get(&gathered->by_parent, &parent, sizeof parent);

    if (children != NULL)
        return children;
    if ((children = aq_arena_calloc(gather->arena, 1, sizeof *children)) == NULL)
        return NULL;
    children->parent = parent;
    children->kept = aq__relation_is_fresh(gather->session, parent, relation);
    *gathered->last = children;
    gathered->last = &children->next;
    return aq__map_put(&gathered->by_parent, &children->parent, sizeof children->parent, children) == AQ_OK
               ? children
               : NULL;
}

static int add_child(aq__gather_t *gather, aq__gathered_t *gathered, aq__children_t *children, void *child)
{
    struct {
        void *parent, *child;
    } *link = aq_arena_alloc(gather->arena, sizeof *link);

    if (link == NULL)
        return AQ_ENOMEM;
    link->parent = children->parent;
    link->child = child;
    if (aq__map_get(&gathered->links, link, sizeof *link) != NULL)
        return AQ_OK;
    if (aq__arena_make_room(gather->arena, &children->items, &children->capacity, children->count,
                            sizeof children->items[0]) != AQ_OK)
        return AQ_ENOMEM;
    children->items[children->count++] = child;
    return aq__map_put(&gathered->links, link, sizeof *link, child);
}

static int join_row(aq__gather_t *gather, size_t index)
{
    const aq__joined_t *joined = &gather->compiled->joined[index];
    void *parent = gather->found[joined->from], *child = gather->found[joined->to];
    aq__gathered_t *gathered = &gather->joined[index];
    aq__children_t *children;

    if (parent == NULL || !aq__mapper_is_a(aq__object_mapper(parent), joined->relation->mapper))
        return AQ_OK;
    if ((children = children_of(gather, gathered, joined->relation, parent)) == NULL)
        return AQ_ENOMEM;
    return children->kept || child == NULL ? AQ_OK : add_child(gather, gathered, children, child);
}

/* ---- Loaded --------------------------------------------------------------------------------------------------------------------------- */

bool aq__relation_is_fresh(const aq_session_t *session, const void *object, const aq__relation_t *relation)
{
    if (!aq__object_relation_loaded(object, relation))
        return false;
    if (relation->many && aq__many_list(object, relation)->state != &aq__many_empty)
        return aq__many_is_fresh(object, relation);
    return !relation->many || !aq__object_is_expired(session, object);
}

void aq__one_load(void *object, const aq__relation_t *given, void *target)
{
    const aq__relation_t *relation = aq__object_relation(object, given);
    void **member = (void **)(void *)((char *)object + relation->offset);

    if (aq__object_snapshot(object) == NULL || *member == aq__object_snapshot_one(object, relation))
        *member = target;
    aq__object_set_snapshot_one(object, relation, target);
    aq__object_mark(object, aq__relation_loaded_bit(relation));
}

int aq__list_load(void *object, const aq__relation_t *given, void *const *items, size_t count)
{
    const aq__relation_t *relation = aq__object_relation(object, given), *reverse = relation->reverse;

    if (reverse != NULL && !reverse->many)
        for (size_t i = 0; i < count; i++)
            if (aq__mapper_is_a(aq__object_mapper(items[i]), reverse->mapper) &&
                !aq__object_relation_loaded(items[i], aq__object_relation(items[i], reverse)))
                aq__one_load(items[i], reverse, object);
    return aq__many_load(object, relation, items, count);
}

static int load_children(const aq__relation_t *relation, const aq__children_t *children)
{
    void *only = children->count > 0 ? children->items[0] : NULL;
    const aq__relation_t *reverse = relation->reverse;

    if (children->kept)
        return AQ_OK;
    if (relation->many)
        return aq__list_load(children->parent, relation, children->items, children->count);
    aq__one_load(children->parent, relation, only);
    if (relation->direction == AQ__ONE_TO_MANY && only != NULL && reverse != NULL && !reverse->many)
        aq__one_load(only, reverse, children->parent);
    return AQ_OK;
}

/* ---- The rows --------------------------------------------------------------------------------------------------------------------------- */

int aq__gather_open(aq__gather_t *gather, aq_session_t *session, aq_arena_t *arena,
                    const aq__compiled_t *compiled)
{
    *gather = (aq__gather_t){.session = session, .arena = arena, .compiled = compiled};
    gather->shapes = aq_arena_calloc(arena, compiled->shape_count + 1, sizeof gather->shapes[0]);
    gather->found = aq_arena_calloc(arena, compiled->shape_count + 1, sizeof gather->found[0]);
    gather->joined = aq_arena_calloc(arena, compiled->joined_count + 1, sizeof gather->joined[0]);
    if (gather->shapes == NULL || gather->found == NULL || gather->joined == NULL) {
        gather->shapes = NULL;
        return AQ_ENOMEM;
    }
    for (size_t i = 0; i < compiled->joined_count; i++)
        gather->joined[i].last = &gather->joined[i].first;
    return AQ_OK;
}

int aq__gather_row(aq__gather_t *gather, aq_rows_t *rows, size_t row)
{
    const aq__compiled_t *compiled = gather->compiled;
    int code = AQ_OK;

    for (size_t i = 0; i < compiled->shape_count && code == AQ_OK; i++) {
        code = aq__row_object(gather->session, &compiled->shapes[i], rows, row, gather->meeting,
                              &gather->found[i]);
        if (code == AQ_OK && gather->found[i] != NULL)
            code = i == 0 ? add_own(&gather->shapes[0], gather->found[0])
                          : add_joined(gather->arena, &gather->shapes[i], gather->found[i]);
    }
    for (size_t i = 0; i < compiled->joined_count && code == AQ_OK; i++)
        code = join_row(gather, i);
    return code;
}

int aq__gather_end(aq__gather_t *gather)
{
    int code = AQ_OK;

    for (size_t i = 0; i < gather->compiled->joined_count; i++)
        for (aq__children_t *children = gather->joined[i].first; children != NULL && code == AQ_OK;
             children = children->next)
            code = load_children(gather->compiled->joined[i].relation, children);
    return code;
}

void aq__gather_close(aq__gather_t *gather)
{
    if (gather->shapes == NULL)
        return;
    for (size_t i = 0; gather->compiled->shape_count > 0 && i < gather->shapes[0].count; i++)
        aq__object_unmark(gather->shapes[0].items[i], AQ__STATE_VISITED);
    for (size_t i = 0; i < gather->compiled->shape_count; i++) {
        aq__map_dispose(&gather->shapes[i].places);
        aq__free(gather->shapes[i].items);
    }
    for (size_t i = 0; i < gather->compiled->joined_count; i++) {
        aq__map_dispose(&gather->joined[i].by_parent);
        aq__map_dispose(&gather->joined[i].links);
    }
    gather->shapes = NULL;
}
