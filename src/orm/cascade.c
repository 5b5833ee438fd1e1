/* Following relationships from object to object.
 *
 * The happy path: a walk enters an object, notes it, and goes on with the first that it leads to, so that what an object brings comes right after it. It has a stack of its own: a chain
 * of a million objects is no deeper than one of two. What is saved begins with what was added, then what lists of persistent objects got, then their new pointers.
 * The failure modes: memory; a deletion that would have to delete what nobody has loaded. What became pending by a walk that failed is transient again. */
#include "src/orm/cascade.h"
#include "src/orm/member.h"
#include "src/orm/relate.h"

/* ---- The walk -------------------------------------------------------------------------------------------------------------------------- */

/* An object that the walk is in, and how far. */
typedef struct frame {
    void *object;
    size_t relation, item;
    const aq__object_array_t *more; /* of the relation, beside what the object itself says */
} frame_t;

typedef struct walk walk_t;
struct walk {
    aq_session_t *session;
    unsigned cascade;
    aq__object_array_t order; /* who was entered */
    frame_t *frames;
    size_t depth, capacity;
    /* Whether to enter one that a relation leads to, and anything that is to be done before. */
    int (*meet)(walk_t *walk, const aq__relation_t *relation, void *other, bool *enter);
    aq__object_array_t brought; /* became pending */
    aq__children_t *children;   /* NULL: what is not in lists does not count */
};

static int enter(walk_t *walk, void *object)
{
    if (aq__make_room(&walk->frames, &walk->capacity, walk->depth, sizeof walk->frames[0]) != AQ_OK)
        return AQ_ENOMEM;
    if (aq__objects_push(&walk->order, object) != AQ_OK)
        return AQ_ENOMEM;
    aq__object_mark(object, AQ__STATE_VISITED);
    walk->frames[walk->depth++] = (frame_t){.object = object};
    return AQ_OK;
}

/* Item i of a relation; false: there are no more. */
static bool item_at(const frame_t *frame, const aq__relation_t *relation, size_t i, void **item)
{
    const aq_many_t *list;
    size_t more = frame->more != NULL ? frame->more->count : 0;

    if (i < more) {
        *item = frame->more->items[i];
        return true;
    }
    i -= more;
    if (!relation->many) {
        *item = aq__object_one(frame->object, relation);
        return i == 0;
    }
    list = aq__many_list(frame->object, relation);
    if (i >= list->count)
        return false;
    *item = list->items[i];
    return true;
}

static int begin_relation(walk_t *walk, frame_t *frame, const aq__relation_t *relation)
{
    frame->more = NULL;
    if (walk->children == NULL || relation->direction != AQ__ONE_TO_MANY || relation->passive_deletes ||
        aq__object_relation_loaded(frame->object, relation))
        return AQ_OK;
    return aq__children_of(walk->children, relation, frame->object, &frame->more);
}

/* The next that the object leads to; *other NULL: there is none any more. */
static int next_other(walk_t *walk, frame_t *frame, const aq__relation_t **relation, void **other)
{
    const aq__mapper_t *mapper = aq__object_mapper(frame->object);
    int code = AQ_OK;

    *other = NULL;
    while (code == AQ_OK && frame->relation < mapper->relation_count) {
        *relation = &mapper->relations[frame->relation];
        if (((*relation)->cascade & walk->cascade) != 0) {
            if (frame->item == 0)
                code = begin_relation(walk, frame, *relation);
            while (code == AQ_OK && item_at(frame, *relation, frame->item, other)) {
                frame->item++;
                if (*other != NULL)
                    return AQ_OK;
            }
        }
        frame->relation++;
        frame->item = 0;
    }
    return code;
}

static int go_on(walk_t *walk)
{
    int code = AQ_OK;

    while (walk->depth > 0 && code == AQ_OK) {
        const aq__relation_t *relation;
        void *other;
        bool wanted = false;

        code = next_other(walk, &walk->frames[walk->depth - 1], &relation, &other);
        if (code == AQ_OK && other == NULL) {
            walk->depth--;
            continue;
        }
        if (code == AQ_OK && !aq__object_has(other, AQ__STATE_VISITED))
            code = walk->meet(walk, relation, other, &wanted);
        if (code == AQ_OK && wanted)
            code = enter(walk, other);
    }
    return code;
}

static int walk_from(walk_t *walk, void *object)
{
    int code = aq__object_has(object, AQ__STATE_VISITED) ? AQ_OK : enter(walk, object);

    return code == AQ_OK ? go_on(walk) : code;
}

/* The order is the caller's. */
static void end_walk(walk_t *walk)
{
    for (size_t i = 0; i < walk->order.count; i++)
        aq__object_unmark(walk->order.items[i], AQ__STATE_VISITED);
    aq__free(walk->frames);
    aq__objects_dispose(&walk->brought);
}

/* ---- Reach -------------------------------------------------------------------------------------------------------------------------------- */

static int meet_any(walk_t *walk, const aq__relation_t *relation, void *other, bool *enter)
{
    (void)walk;
    (void)relation;
    (void)other;
    *enter = true;
    return AQ_OK;
}

int aq__cascade_reach(void *root, unsigned cascade, aq__object_array_t *reached)
{
    walk_t walk = {.session = aq__object_cohort(root)->session, .cascade = cascade, .meet = meet_any};
    int code = walk_from(&walk, root);

    end_walk(&walk);
    *reached = walk.order;
    if (code != AQ_OK)
        aq__objects_dispose(reached);
    return code;
}

/* ---- Save ----------------------------------------------------------------------------------------------------------------------------------- */

/* New ones become pending; those that were taken out of the session come back. Persistent ones lead nowhere: what is new about them is a root itself. */
static int meet_saved(walk_t *walk, const aq__relation_t *relation, void *other, bool *enter)
{
    int code;

    (void)relation;
    switch (aq__object_status(other)) {
    case AQ_TRANSIENT:
        code = aq__objects_push(&walk->brought, other);
        if (code == AQ_OK)
            aq__object_set_status(other, AQ_PENDING);
        *enter = code == AQ_OK;
        return code;
    case AQ_PENDING: *enter = true; return AQ_OK;
    case AQ_DETACHED: return aq__object_has(other, AQ__STATE_GONE) ? AQ_OK : aq_add(walk->session, other);
    case AQ_PERSISTENT:
    case AQ_DELETED: break;
    }
    return AQ_OK;
}

/* What the lists of a persistent object got, and its pointers: without entering it. */
static int save_from(walk_t *walk, void *owner, bool many)
{
    const aq__mapper_t *mapper = aq__object_mapper(owner);
    int code = AQ_OK;

    for (size_t i = 0; i < mapper->relation_count && code == AQ_OK; i++) {
        const aq__relation_t *relation = &mapper->relations[i];
        frame_t frame = {.object = owner};
        void *other;

        if ((relation->cascade & AQ_CASCADE_SAVE_UPDATE) == 0 || relation->many != many)
            continue;
        for (size_t k = 0; code == AQ_OK && item_at(&frame, relation, k, &other); k++) {
            bool wanted = false;

            if (other == NULL || aq__object_has(other, AQ__STATE_VISITED))
                continue;
            code = meet_saved(walk, relation, other, &wanted);
            if (code == AQ_OK && wanted)
                code = walk_from(walk, other);
        }
    }
    return code;
}

static int save_pointers(walk_t *walk)
{
    aq__object_array_t found = {0};
    int code = aq__session_repointed(walk->session, &found);

    for (size_t i = 0; i < found.count && code == AQ_OK; i++)
        code = save_from(walk, found.items[i], false);
    aq__objects_dispose(&found);
    return code;
}

int aq__cascade_save(aq_session_t *session)
{
    walk_t walk = {.session = session, .cascade = AQ_CASCADE_SAVE_UPDATE, .meet = meet_saved};
    aq__object_array_t *pending = &session->pending;
    int code = AQ_OK;

    for (size_t i = 0; i < pending->count && code == AQ_OK; i++)
        if (pending->items[i] != NULL)
            code = walk_from(&walk, pending->items[i]);
    for (size_t i = 0; i < session->linked.count && code == AQ_OK; i++)
        if (aq__object_is_kept(session->linked.items[i]))
            code = save_from(&walk, session->linked.items[i], true);
    if (code == AQ_OK)
        code = save_pointers(&walk);
    for (size_t i = 0; i < walk.brought.count && code != AQ_OK; i++)
        aq__object_set_status(walk.brought.items[i], AQ_TRANSIENT);
    end_walk(&walk);
    if (code == AQ_OK) {
        aq__objects_dispose(pending);
        *pending = walk.order;
    } else {
        aq__objects_dispose(&walk.order);
    }
    return code;
}

/* ---- Delete ------------------------------------------------------------------------------------------------------------------------------------ */

int aq__object_doom(aq_session_t *session, void *object)
{
    int code = AQ_OK;

    if (aq__object_has(object, AQ__STATE_DOOMED))
        return AQ_OK;
    code = aq__objects_push(&session->doomed, object);
    if (code == AQ_OK)
        aq__object_mark(object, AQ__STATE_DOOMED);
    return code;
}

static int meet_deleted(walk_t *walk, const aq__relation_t *relation, void *other, bool *enter)
{
    (void)relation;
    switch (aq__object_status(other)) {
    case AQ_PERSISTENT: *enter = true; return AQ_OK;
    case AQ_PENDING: return aq_expunge(walk->session, other);
    case AQ_TRANSIENT:
    case AQ_DELETED:
    case AQ_DETACHED: break;
    }
    return AQ_OK;
}

/* Whether a relation that deletion follows leads to what cannot be found by one statement, and is not loaded. */
static int is_unknown(void *object, const aq__relation_t *relation, bool *unknown)
{
    const aq__field_t *key = relation->pair_count > 0 ? relation->pairs[0].near : NULL;
    int code;

    *unknown = false;
    if ((relation->cascade & AQ_CASCADE_DELETE) == 0 || aq__object_relation_loaded(object, relation))
        return AQ_OK;
    switch (relation->direction) {
    case AQ__MANY_TO_ONE:
        code = aq__related_load(object, relation);
        *unknown =
            aq__object_one(object, relation) == NULL && !aq__member_is_null(key, aq__member_of(key, object));
        return code;
    case AQ__MANY_TO_MANY: *unknown = !relation->passive_deletes; return AQ_OK;
    case AQ__ONE_TO_MANY: break;
    }
    return AQ_OK;
}

static int check_known(void *object)
{
    const aq__mapper_t *mapper = aq__object_mapper(object);
    int code = AQ_OK;

    for (size_t i = 0; i < mapper->relation_count && code == AQ_OK; i++) {
        bool unknown;

        code = is_unknown(object, &mapper->relations[i], &unknown);
        if (code == AQ_OK && unknown)
            code = aq__fail(AQ_ENOTLOADED, "%s.%s is not loaded: aq_load() it, it is deleted with %s",
                            mapper->name, mapper->relations[i].name,
                            aq__object_name(object, aq__object_cohort(object)->session->arena));
    }
    return code;
}

/* Whether a child that was taken from one parent is another's now. */
static bool has_parent(const aq_session_t *session, const aq__relation_t *relation, const void *child)
{
    const aq__relation_t *reverse = relation->reverse;

    if (reverse != NULL && !reverse->many)
        return aq__object_one(child, reverse) != NULL;
    for (size_t i = 0; relation->many && i < session->linked.count; i++) {
        const void *owner = session->linked.items[i];

        if (aq__mapper_is_a(aq__object_mapper(owner), relation->mapper) &&
            aq__many_has(owner, relation, child))
            return true;
    }
    return false;
}

static int doom_orphan(aq_session_t *session, const aq__relation_t *relation, void *child)
{
    if (aq__object_status(child) != AQ_PERSISTENT || has_parent(session, relation, child))
        return AQ_OK;
    return aq__object_doom(session, child);
}

static int doom_orphans_of(aq_session_t *session, void *owner, aq_arena_t *arena)
{
    const aq__mapper_t *mapper = aq__object_mapper(owner);
    int code = AQ_OK;

    for (size_t i = 0; i < mapper->relation_count && code == AQ_OK; i++) {
        const aq__relation_t *relation = &mapper->relations[i];
        aq__many_diff_t diff = {0};

        if ((relation->cascade & AQ_CASCADE_DELETE_ORPHAN) == 0 || !aq__relation_changed(owner, relation))
            continue;
        if (!relation->many && aq__object_snapshot_one(owner, relation) != NULL) {
            code = doom_orphan(session, relation, aq__object_snapshot_one(owner, relation));
            continue;
        }
        if (relation->many)
            code = aq__many_compare(owner, relation, arena, &diff);
        for (size_t k = 0; k < diff.removed_count && code == AQ_OK; k++)
            code = doom_orphan(session, relation, diff.removed[k]);
    }
    return code;
}

static int doom_orphans(aq_session_t *session, aq_arena_t *arena)
{
    aq__object_array_t found = {0};
    int code = aq__session_repointed(session, &found);

    for (size_t i = 0; i < session->linked.count && code == AQ_OK; i++)
        if (aq__object_is_kept(session->linked.items[i]))
            code = doom_orphans_of(session, session->linked.items[i], arena);
    for (size_t i = 0; i < found.count && code == AQ_OK; i++)
        code = doom_orphans_of(session, found.items[i], arena);
    aq__objects_dispose(&found);
    return code;
}

static int meet_checked(walk_t *walk, const aq__relation_t *relation, void *other, bool *enter)
{
    int code = meet_deleted(walk, relation, other, enter);

    return code == AQ_OK && *enter ? check_known(other) : code;
}

int aq__cascade_delete(aq_session_t *session, aq_arena_t *arena, aq__children_t *children)
{
    walk_t walk = {
        .session = session, .cascade = AQ_CASCADE_DELETE, .meet = meet_checked, .children = children};
    int code = doom_orphans(session, arena);

    for (size_t i = 0; i < session->doomed.count && code == AQ_OK; i++) {
        if (session->doomed.items[i] == NULL || aq__object_has(session->doomed.items[i], AQ__STATE_VISITED))
            continue;
        code = check_known(session->doomed.items[i]);
        if (code == AQ_OK)
            code = walk_from(&walk, session->doomed.items[i]);
    }
    end_walk(&walk);
    if (code != AQ_OK) {
        aq__objects_dispose(&walk.order);
        return code;
    }
    for (size_t i = 0; i < walk.order.count; i++)
        aq__object_mark(walk.order.items[i], AQ__STATE_DOOMED);
    aq__objects_dispose(&session->doomed);
    session->doomed = walk.order;
    return AQ_OK;
}
