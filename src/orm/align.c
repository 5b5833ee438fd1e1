/* The other side of plain pointers: `post->author = user` says nothing to user->posts until a flush looks.
 *
 * The happy path: lists that were changed lose what points elsewhere by now; each object whose pointer is new leaves its old partner, and is gathered with the others that have the same new one; then each of these gets those that its list lacks. So a list is
 * looked through once, however many join it.
 * The failure mode: memory; what was aligned stays so, and the next flush does the rest. */
#include "src/orm/relate.h"

/* Those that point to one object. */
typedef struct group {
    struct {
        void *owner;
        const aq__relation_t *reverse;
    } key;
    aq__object_array_t joining;
} group_t;

typedef struct alignment {
    aq_session_t *session;
    aq__map_t groups;
} alignment_t;

static int gather(alignment_t *alignment, void *object, const aq__relation_t *reverse, void *owner)
{
    group_t probe = {.key = {owner, reverse}}, *group;

    group = aq__map_get(&alignment->groups, &probe.key, sizeof(probe.key));
    if (group == NULL) {
        group = aq__malloc(sizeof(*group));
        if (group == NULL)
            return AQ_ENOMEM;
        *group = probe;
        if (aq__map_put(&alignment->groups, &group->key, sizeof(group->key), group) != AQ_OK) {
            aq__free(group);
            return AQ_ENOMEM;
        }
    }
    return aq__objects_push(&group->joining, object);
}

static int align_one(alignment_t *alignment, void *object, const aq__relation_t *relation)
{
    void *old = aq__object_snapshot_one(object, relation), *now = aq__object_one(object, relation);
    const aq__relation_t *reverse = relation->reverse;
    int code = AQ_OK;

    if (old != NULL)
        code = aq__related_leave(old, reverse, object);
    if (code != AQ_OK || now == NULL)
        return code;
    if (reverse->many)
        return gather(alignment, object, reverse, now);
    if (aq__object_one(now, reverse) != object)
        aq__related_set(now, reverse, object);
    return AQ_OK;
}

static int align_object(alignment_t *alignment, void *object)
{
    const aq__mapper_t *mapper = aq__object_mapper(object);
    int code = AQ_OK;

    for (size_t i = 0; i < mapper->relation_count && code == AQ_OK; i++) {
        const aq__relation_t *relation = &mapper->relations[i];

        if (!relation->many && relation->reverse != NULL && aq__relation_changed(object, relation))
            code = align_one(alignment, object, relation);
    }
    return code;
}

static void mark_list(const group_t *group, bool on)
{
    const aq_many_t *list = aq__many_list(group->key.owner, group->key.reverse);

    for (size_t i = 0; i < list->count; i++)
        if (on)
            aq__object_mark(list->items[i], AQ__STATE_LISTED);
        else
            aq__object_unmark(list->items[i], AQ__STATE_LISTED);
}

static int join_list(const group_t *group)
{
    int code = AQ_OK;

    mark_list(group, true);
    for (size_t i = 0; i < group->joining.count && code == AQ_OK; i++) {
        void *object = group->joining.items[i];

        if (aq__object_has(object, AQ__STATE_LISTED))
            continue;
        code = aq__object_link(group->key.owner);
        if (code == AQ_OK)
            code = aq__many_add(group->key.owner, group->key.reverse, object);
        aq__object_mark(object, AQ__STATE_LISTED);
    }
    mark_list(group, false);
    for (size_t i = 0; i < group->joining.count; i++)
        aq__object_unmark(group->joining.items[i], AQ__STATE_LISTED);
    return code;
}

static int align_persistent(alignment_t *alignment)
{
    aq__object_array_t found = {0};
    int code = aq__session_repointed(alignment->session, &found);

    for (size_t i = 0; i < found.count && code == AQ_OK; i++)
        code = align_object(alignment, found.items[i]);
    aq__objects_dispose(&found);
    return code;
}

/* The pointer wins, wherever the object was put before. */
static void drop_astray(void *owner, const aq__relation_t *relation)
{
    const aq_many_t *list = aq__many_list(owner, relation);
    const aq__relation_t *reverse = relation->reverse;

    for (size_t i = list->count; i-- > 0;)
        if (aq__object_relation_loaded(list->items[i], reverse) &&
            aq__object_one(list->items[i], reverse) != owner)
            aq__many_remove(owner, relation, list->items[i]);
}

static void align_lists(const aq__object_array_t *linked)
{
    for (size_t i = 0; i < linked->count; i++) {
        const aq__mapper_t *mapper = aq__object_mapper(linked->items[i]);

        for (size_t k = 0; k < mapper->relation_count; k++) {
            const aq__relation_t *relation = &mapper->relations[k];

            if (relation->many && relation->reverse != NULL && !relation->reverse->many)
                drop_astray(linked->items[i], relation);
        }
    }
}

int aq__session_align(aq_session_t *session)
{
    alignment_t alignment = {.session = session};
    int code = AQ_OK;

    align_lists(&session->linked);
    for (size_t i = 0; i < session->pending.count && code == AQ_OK; i++)
        if (session->pending.items[i] != NULL)
            code = align_object(&alignment, session->pending.items[i]);
    if (code == AQ_OK)
        code = align_persistent(&alignment);
    AQ__MAP_FOREACH(entry, &alignment.groups) {
        group_t *group = entry->value;

        if (code == AQ_OK)
            code = join_list(group);
        aq__objects_dispose(&group->joining);
        aq__free(group);
    }
    aq__map_dispose(&alignment.groups);
    return code;
}
