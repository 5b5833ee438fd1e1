/* What becomes of rows that refer to deleted ones and that nobody has loaded: a statement finds them, in the same flush.
 *
 * The happy path: each list of a deleted object that was not loaded adds its parent to the sweep of its relationship; a sweep that deletes brings those of the rows that it deletes.
 * The failure modes: memory; models that delete each other in a circle, where no number of statements is enough. */
#include "src/orm/collect.h"

static aq__sweep_kind_t kind_of(const aq__relation_t *relation)
{
    if (relation->direction == AQ__MANY_TO_MANY)
        return AQ__SWEEP_ASSOCIATIONS;
    return (relation->cascade & AQ_CASCADE_DELETE) != 0 ? AQ__SWEEP_DELETE : AQ__SWEEP_NULL;
}

/* Sweeps are pointed to, so they do not move while they are gathered. */
static aq__sweep_t *make_sweep(aq__collection_t *collection, aq__object_array_t *sweeps,
                               const aq__relation_t *relation, const aq__sweep_t *from)
{
    aq__sweep_t *sweep = aq_arena_calloc(collection->arena, 1, sizeof(*sweep));

    if (sweep == NULL || aq__objects_push(sweeps, sweep) != AQ_OK)
        return NULL;
    sweep->relation = relation;
    sweep->kind = kind_of(relation);
    sweep->from = from;
    return sweep;
}

static aq__sweep_t *sweep_of(aq__collection_t *collection, aq__object_array_t *sweeps,
                             const aq__relation_t *relation)
{
    for (size_t i = 0; i < sweeps->count; i++) {
        aq__sweep_t *sweep = sweeps->items[i];

        if (sweep->from == NULL && sweep->relation->relationship == relation->relationship)
            return sweep;
    }
    return make_sweep(collection, sweeps, relation, NULL);
}

/* Room for all that are deleted. */
static int add_parent(aq__collection_t *collection, aq__sweep_t *sweep, void *parent)
{
    if (sweep == NULL)
        return AQ_ENOMEM;
    if (sweep->parents == NULL)
        sweep->parents =
            aq_arena_alloc(collection->arena, collection->session->doomed.count * sizeof(*sweep->parents));
    if (sweep->parents == NULL)
        return AQ_ENOMEM;
    sweep->parents[sweep->parent_count++] = parent;
    return AQ_OK;
}

static int sweep_for(aq__collection_t *collection, aq__object_array_t *sweeps, void *parent)
{
    const aq__mapper_t *mapper = aq__object_mapper(parent);
    int code = AQ_OK;

    for (size_t i = 0; i < mapper->relation_count && code == AQ_OK; i++) {
        const aq__relation_t *relation = &mapper->relations[i];

        if (relation->direction == AQ__MANY_TO_ONE || relation->passive_deletes ||
            aq__object_relation_loaded(parent, relation))
            continue;
        code = add_parent(collection, sweep_of(collection, sweeps, relation), parent);
    }
    return code;
}

/* ---- Rows of rows ------------------------------------------------------------------------------------------------------------------------ */

static bool is_known(const aq__object_array_t *sweeps, const aq__relation_t *relation,
                     const aq__sweep_t *from)
{
    for (size_t i = 0; i < sweeps->count; i++) {
        const aq__sweep_t *sweep = sweeps->items[i];

        if (sweep->from == from && sweep->relation->relationship == relation->relationship)
            return true;
    }
    return false;
}

/* Whether the same relationship is followed already on the way here. */
static bool is_circle(const aq__relation_t *relation, const aq__sweep_t *from)
{
    for (; from != NULL; from = from->from)
        if (from->relation->relationship == relation->relationship)
            return true;
    return false;
}

static int follow(aq__collection_t *collection, aq__object_array_t *sweeps, const aq__relation_t *relation,
                  aq__sweep_t *from)
{
    if (relation->direction == AQ__MANY_TO_ONE || relation->passive_deletes ||
        is_known(sweeps, relation, from))
        return AQ_OK;
    if (relation->relationship == from->relation->relationship) {
        from->deep = true;
        return AQ_OK;
    }
    if (kind_of(relation) == AQ__SWEEP_DELETE && is_circle(relation, from))
        return aq__fail(AQ_ENOTLOADED,
                        "%s.%s is not loaded, and its deletion leads in a circle: aq_load() it first",
                        relation->mapper->name, relation->name);
    return make_sweep(collection, sweeps, relation, from) != NULL ? AQ_OK : AQ_ENOMEM;
}

static int follow_all(aq__collection_t *collection, aq__object_array_t *sweeps, const aq__mapper_t *mapper,
                      aq__sweep_t *from)
{
    int code = AQ_OK;

    for (size_t i = 0; i < mapper->relation_count && code == AQ_OK; i++)
        code = follow(collection, sweeps, &mapper->relations[i], from);
    return code;
}

static int sweep_further(aq__collection_t *collection, aq__object_array_t *sweeps)
{
    int code = AQ_OK;

    for (size_t i = 0; i < sweeps->count && code == AQ_OK; i++) {
        aq__sweep_t *sweep = sweeps->items[i];
        const aq__mapper_t *target = sweep->relation->target;

        if (sweep->kind != AQ__SWEEP_DELETE)
            continue;
        code = follow_all(collection, sweeps, target, sweep);
        for (size_t k = 0; k < target->child_count && code == AQ_OK; k++)
            code = follow_all(collection, sweeps, target->children[k], sweep);
    }
    return code;
}

/* ---- All ------------------------------------------------------------------------------------------------------------------------------------- */

/* Into one array: `from` leads into it. */
static int give_sweeps(aq__collection_t *collection, const aq__object_array_t *sweeps)
{
    aq__changeset_t *set = collection->set;

    set->sweeps = aq_arena_alloc(collection->arena, sweeps->count * sizeof(*set->sweeps));
    if (set->sweeps == NULL)
        return AQ_ENOMEM;
    for (size_t i = 0; i < sweeps->count; i++) {
        set->sweeps[i] = *(const aq__sweep_t *)sweeps->items[i];
        for (size_t k = 0; k < i; k++)
            if (set->sweeps[i].from == sweeps->items[k])
                set->sweeps[i].from = &set->sweeps[k];
    }
    set->sweep_count = sweeps->count;
    return AQ_OK;
}

int aq__collect_sweeps(aq__collection_t *collection)
{
    const aq__object_array_t *doomed = &collection->session->doomed;
    aq__object_array_t sweeps = {0};
    int code = AQ_OK;

    for (size_t i = 0; i < doomed->count && code == AQ_OK; i++)
        code = sweep_for(collection, &sweeps, doomed->items[i]);
    if (code == AQ_OK)
        code = sweep_further(collection, &sweeps);
    if (code == AQ_OK && sweeps.count > 0)
        code = give_sweeps(collection, &sweeps);
    aq__objects_dispose(&sweeps);
    return code;
}
