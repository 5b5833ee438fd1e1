/* load: relationships of objects that are there, each by one statement for all of them.
 *
 * The happy path of a step: parents that have it already are left alone; to-one relationships whose object is in the identity map need no statement; for the others one statement
 * (aq__relation_compile, of each of their values once) gives rows that begin with the parents' keys; each row's object goes to the parents of its key; what comes along with these objects is added as further steps.
 *
 * The failure modes: the statement fails, no memory: the work fails, and what was loaded by then stays. */
#include "src/orm/load.h"

#include "src/orm/member.h"

/* ---- Opened, closed --------------------------------------------------------------------------------------------------------------------- */

int aq__loading_open(aq__loading_t *loading)
{
    if (loading->arena == NULL)
        loading->arena = aq_arena_create();
    return loading->arena != NULL ? AQ_OK : AQ_ENOMEM;
}

void aq__loading_close(aq__work_t *work)
{
    aq__loading_t *loading = (aq__loading_t *)(void *)work;

    aq_arena_close(loading->arena);
    loading->arena = NULL;
}

int aq__loading_add(aq__loading_t *loading, const aq__load_step_t *step)
{
    aq__load_step_t *steps = aq__grow(loading->arena, loading->steps, loading->step_count, sizeof *steps);
    void **parents = aq_arena_dup(loading->arena, step->parents, step->count * sizeof *parents);

    if (steps == NULL || parents == NULL)
        return AQ_ENOMEM;
    loading->steps = steps;
    steps[loading->step_count] = *step;
    steps[loading->step_count++].parents = parents;
    return AQ_OK;
}

int aq__loading_follow(aq__loading_t *loading, const aq__gather_t *gather, aq_query_t *query)
{
    for (size_t i = 0; i < gather->compiled->follow_count; i++) {
        const aq__follow_t *follow = &gather->compiled->follows[i];
        const aq__distinct_t *parents = &gather->shapes[follow->from];
        const bool around = follow->lazy == AQ_LAZY_SUBQUERY && follow->from == 0 && loading->next == 0;

        if (parents->count > 0 && aq__loading_add(loading, &(aq__load_step_t){.relation = follow->relation,
                                                                              .parents = parents->items,
                                                                              .count = parents->count,
                                                                              .around = around ? query : NULL,
                                                                              .options = query}) != AQ_OK)
            return AQ_ENOMEM;
    }
    return AQ_OK;
}

/* ---- Parents by the values that link them ------------------------------------------------------------------------------------------------- */

typedef struct parent {
    void *object;
    void **items; /* its children */
    size_t count, capacity;
    struct parent *next; /* of the same bucket, with other values */
    struct parent *twin; /* with the same values */
} parent_t;

typedef struct aq__parents {
    const aq__relation_t *relation;
    aq_arena_t *arena;
    size_t link_count;
    void *scratch; /* an object with nothing but the link's values */
    parent_t **buckets;
    size_t mask;
    parent_t *items;
    size_t count;
    void **distinct; /* one for each of their values */
    size_t distinct_count;
} parents_t;

static const aq__field_t *link_field(const aq__relation_t *relation, size_t index)
{
    return relation->direction == AQ__MANY_TO_MANY ? relation->near_fields[index]
                                                   : relation->pairs[index].near;
}

static uint64_t hash(const parents_t *parents, const void *object)
{
    uint64_t value = 0;

    for (size_t i = 0; i < parents->link_count; i++) {
        const aq__field_t *field = link_field(parents->relation, i);

        value = aq__member_hash(field, aq__member_of(field, object), value);
    }
    return value;
}

static bool same_link(const parents_t *parents, const void *a, const void *b)
{
    for (size_t i = 0; i < parents->link_count; i++) {
        const aq__field_t *field = link_field(parents->relation, i);

        if (!aq__member_equal(field, aq__member_of(field, a), aq__member_of(field, b)))
            return false;
    }
    return true;
}

/* The first parent that has the values of this object. */
static parent_t *find_parent(const parents_t *parents, const void *object, uint64_t hashed)
{
    parent_t *parent = parents->buckets[hashed & parents->mask];

    while (parent != NULL && !same_link(parents, parent->object, object))
        parent = parent->next;
    return parent;
}

static void index_parent(parents_t *parents, parent_t *parent)
{
    const uint64_t hashed = hash(parents, parent->object);
    parent_t *first = find_parent(parents, parent->object, hashed),
             **bucket = &parents->buckets[hashed & parents->mask];

    if (first != NULL) {
        parent->twin = first->twin;
        first->twin = parent;
        return;
    }
    parent->next = *bucket;
    *bucket = parent;
    parents->distinct[parents->distinct_count++] = parent->object;
}

static int index_parents(parents_t *parents, aq_arena_t *arena, const aq__load_step_t *step)
{
    size_t buckets = 8;

    while (buckets < step->count)
        buckets *= 2;
    parents->arena = arena;
    parents->relation = step->relation;
    parents->link_count = step->relation->direction == AQ__MANY_TO_MANY ? step->relation->near_count
                                                                        : step->relation->pair_count;
    parents->mask = buckets - 1;
    parents->count = step->count;
    parents->scratch = aq_arena_calloc(arena, 1, step->relation->mapper->object_size);
    parents->buckets = aq_arena_calloc(arena, buckets, sizeof parents->buckets[0]);
    parents->items = aq_arena_calloc(arena, step->count + 1, sizeof parents->items[0]);
    parents->distinct = aq_arena_alloc(arena, (step->count + 1) * sizeof parents->distinct[0]);
    if (parents->scratch == NULL || parents->buckets == NULL || parents->items == NULL ||
        parents->distinct == NULL)
        return AQ_ENOMEM;
    for (size_t i = 0; i < step->count; i++) {
        parents->items[i].object = step->parents[i];
        index_parent(parents, &parents->items[i]);
    }
    return AQ_OK;
}

static int give_child(parents_t *parents, parent_t *parent, void *child)
{
    if (parent->count > 0 && parent->items[parent->count - 1] == child)
        return AQ_OK;
    if (aq__arena_make_room(parents->arena, &parent->items, &parent->capacity, parent->count,
                            sizeof parent->items[0]) != AQ_OK)
        return AQ_ENOMEM;
    parent->items[parent->count++] = child;
    return AQ_OK;
}

/* To every parent of the values that the row begins with. */
static int give_row(parents_t *parents, aq_rows_t *rows, size_t row, void *child)
{
    for (size_t i = 0; i < parents->link_count; i++) {
        const aq__field_t *field = link_field(parents->relation, i);
        const int code = aq__member_read(field, aq_cell(rows, row, i), parents->arena,
                                         aq__member_of(field, parents->scratch));

        if (code != AQ_OK)
            return code;
    }
    for (parent_t *parent = find_parent(parents, parents->scratch, hash(parents, parents->scratch));
         parent != NULL; parent = parent->twin)
        if (give_child(parents, parent, child) != AQ_OK)
            return AQ_ENOMEM;
    return AQ_OK;
}

static int load_parents(const parents_t *parents)
{
    const aq__relation_t *relation = parents->relation, *reverse = relation->reverse;

    for (size_t i = 0; i < parents->count; i++) {
        const parent_t *parent = &parents->items[i];

        if (relation->many) {
            if (aq__list_load(parent->object, relation, parent->items, parent->count) != AQ_OK)
                return AQ_ENOMEM;
            continue;
        }
        aq__one_load(parent->object, relation, parent->count > 0 ? parent->items[0] : NULL);
        if (parent->count > 0 && relation->direction == AQ__ONE_TO_MANY && reverse != NULL && !reverse->many)
            aq__one_load(parent->items[0], reverse, parent->object);
    }
    return AQ_OK;
}

/* ---- A step ---------------------------------------------------------------------------------------------------------------------------------- */

static int read_step(aq__loading_t *loading, const aq__load_step_t *step, aq__gather_t *gather,
                     aq_rows_t *rows)
{
    parents_t *parents = loading->parents;
    int code = AQ_OK;

    for (size_t row = 0; row < aq_rows_count(rows) && code == AQ_OK; row++) {
        code = aq__gather_row(gather, rows, row);
        if (code == AQ_OK && gather->found[0] != NULL)
            code = give_row(parents, rows, row, gather->found[0]);
    }
    if (code == AQ_OK)
        code = aq__gather_end(gather);
    if (code == AQ_OK)
        code = load_parents(parents);
    return code == AQ_OK ? aq__loading_follow(loading, gather, step->options) : code;
}

static void run_next(aq__loading_t *loading);

static void on_rows(aq__work_t *work, aq_rows_t *rows)
{
    aq__loading_t *loading = (aq__loading_t *)(void *)work;
    aq__gather_t gather;
    int code;

    if (rows == NULL) {
        aq__fail_with(aq_op_error(work->pending));
        loading->then(work, aq_last_error()->code);
        return;
    }
    code = aq__gather_open(&gather, work->session, loading->arena, &loading->compiled);
    if (code == AQ_OK)
        code = read_step(loading, &loading->steps[loading->next - 1], &gather, rows);
    aq__gather_close(&gather);
    if (code != AQ_OK)
        loading->then(work, code);
    else
        run_next(loading);
}

/* A to-one relationship that needs no statement: no key, or an object that is there and fresh. */
static bool load_from_map(aq_session_t *session, const aq__relation_t *relation, void *parent, void *scratch)
{
    const aq__mapper_t *target = relation->target;
    aq__identity_t *identity = session->identities[target->root->index];
    void *found;

    if (relation->direction != AQ__MANY_TO_ONE)
        return false;
    for (size_t i = 0; i < relation->pair_count; i++) {
        const aq__field_pair_t *pair = &relation->pairs[i];
        void *near = aq__member_of(pair->near, parent);

        if (aq__member_is_null(pair->near, near)) {
            aq__one_load(parent, relation, NULL);
            return true;
        }
        if (!pair->far->key || pair->near->member_class != pair->far->member_class)
            return false;
        memcpy(aq__member_of(pair->far, scratch), near,
               pair->far->size < pair->near->size ? pair->far->size : pair->near->size);
    }
    if (identity == NULL || relation->pair_count != target->key_count ||
        (found = aq__identity_find(identity, scratch)) == NULL || aq__object_is_expired(session, found) ||
        aq__object_status(found) != AQ_PERSISTENT || !aq__mapper_is_a(aq__object_mapper(found), target))
        return false;
    aq__one_load(parent, relation, found);
    return true;
}

/* Leaves those for which the server must be asked. */
static int sift(aq__loading_t *loading, aq__load_step_t *step)
{
    aq_session_t *session = loading->work.session;
    void *scratch = aq_arena_calloc(loading->arena, 1, step->relation->target->object_size);
    size_t count = 0;

    if (scratch == NULL)
        return AQ_ENOMEM;
    for (size_t i = 0; i < step->count; i++) {
        void *parent = step->parents[i];

        if (!aq__mapper_is_a(aq__object_mapper(parent), step->relation->mapper) ||
            aq__relation_is_fresh(session, parent, step->relation) ||
            load_from_map(session, step->relation, parent, scratch))
            continue;
        step->parents[count++] = parent;
    }
    step->count = count;
    return AQ_OK;
}

static void send_step(aq__loading_t *loading, aq__load_step_t *step)
{
    aq__work_t *work = &loading->work;
    aq__branch_t *branch = aq__session_branch(work->session, step->relation->target->bind);
    parents_t *parents = loading->parents = aq_arena_calloc(loading->arena, 1, sizeof *parents);

    if (branch == NULL || parents == NULL || index_parents(parents, loading->arena, step) != AQ_OK ||
        aq__relation_compile(work->session, step->relation, parents->distinct, parents->distinct_count,
                             step->around, step->options, loading->arena, &loading->compiled) != AQ_OK)
        loading->then(work, aq_last_error()->code);
    else
        aq__session_read(work, branch, loading->compiled.sql, &loading->compiled.arguments,
                         loading->compiled.reads, on_rows);
}

static void run_next(aq__loading_t *loading)
{
    while (loading->next < loading->step_count) {
        aq__load_step_t *step = &loading->steps[loading->next++];

        if (sift(loading, step) != AQ_OK) {
            loading->then(&loading->work, AQ_ENOMEM);
            return;
        }
        if (step->count > 0) {
            send_step(loading, step);
            return;
        }
    }
    loading->then(&loading->work, AQ_OK);
}

void aq__loading_run(aq__loading_t *loading, void (*then)(aq__work_t *work, int code))
{
    loading->then = then;
    run_next(loading);
}
