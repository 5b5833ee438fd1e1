/* Settling a flush: objects become what the database has.
 *
 * The happy path: what is to be undone and announced is remembered; objects leave their old keys in the identity map, take what came back, enter it under their new ones; lists and pointers are as written.
 * The failure mode: no memory for what came back, although it is written: the objects are expired. */
#include "src/orm/flush.h"
#include "src/orm/listeners.h"
#include "src/orm/partial.h"

static bool key_changes(const aq__changed_t *changed)
{
    for (size_t i = 0; i < changed->mapper->key_count; i++)
        if (aq__object_field_changed(changed->object, changed->mapper->key[i]))
            return true;
    return false;
}

/* The map has objects under the keys that their snapshots have: what leaves its key does so while they are those of before. */
static void leave_old_keys(aq__flush_t *flush)
{
    for (size_t i = 0; i < flush->set.count; i++) {
        const aq__changed_t *changed = flush->set.items[i];

        if (changed->operation == AQ_DELETE || (changed->operation == AQ_UPDATE && key_changes(changed)))
            aq__identity_remove(flush->session->identities[changed->mapper->root->index], changed->object);
    }
}

static int enter(aq_session_t *session, void *object)
{
    aq__cohort_t *cohort = aq__session_cohort(session, aq__object_mapper(object));

    return cohort != NULL ? aq__identity_put(cohort->identity, object) : AQ_ENOMEM;
}

static int settle_state(aq_session_t *session, const aq__changed_t *changed)
{
    switch (aq__changed_operation(changed)) {
    case AQ_INSERT:
        aq__object_set_status(changed->object, AQ_PERSISTENT);
        aq__object_set_fresh(session, changed->object);
        return enter(session, changed->object);
    case AQ_UPDATE:
        if (aq__object_has(changed->object, AQ__STATE_DOOMED))
            return AQ_OK; /* untied from another row, and deleted after that */
        return enter(session, changed->object);
    case AQ_DELETE:
        aq__object_unmark(changed->object, AQ__STATE_DOOMED);
        aq__object_set_status(changed->object, AQ_DELETED);
        return aq__objects_push(&session->deleted, changed->object);
    }
    return AQ_OK;
}

static int settle_lists_of(void *object)
{
    const aq__mapper_t *mapper = aq__object_mapper(object);

    for (size_t i = 0; i < mapper->relation_count; i++)
        if (mapper->relations[i].many && aq__many_settle(object, &mapper->relations[i]) != AQ_OK)
            return AQ_ENOMEM;
    return AQ_OK;
}

/* A new object's were written whether it is listed or not: it is not when it got them before a rollback. */
static int settle_lists(const aq__flush_t *flush)
{
    const aq_session_t *session = flush->session;

    for (size_t i = 0; i < session->linked.count; i++) {
        void *object = session->linked.items[i];

        if (flush->partial && !aq__partial_has(session, object))
            continue;
        aq__object_unmark(object, AQ__STATE_LINKED);
        if (aq__object_status(object) != AQ_PERSISTENT)
            continue; /* not written: what its lists got is still to be, once it is added */
        if (settle_lists_of(object) != AQ_OK)
            return AQ_ENOMEM;
    }
    for (size_t i = 0; i < flush->set.count; i++) {
        const aq__changed_t *changed = flush->set.items[i];

        if (aq__changed_operation(changed) == AQ_INSERT &&
            aq__object_status(changed->object) == AQ_PERSISTENT && settle_lists_of(changed->object) != AQ_OK)
            return AQ_ENOMEM;
    }
    return AQ_OK;
}

/* What was added or is to be deleted since the unit was made is the next flush's. */
static void keep_later(aq_session_t *session)
{
    aq__object_array_t *pending = &session->pending, *doomed = &session->doomed;
    size_t kept = 0;

    for (size_t i = 0; i < pending->count; i++)
        if (pending->items[i] != NULL && aq__object_status(pending->items[i]) == AQ_PENDING)
            pending->items[kept++] = pending->items[i];
    pending->count = kept;
    kept = 0;
    for (size_t i = 0; i < doomed->count; i++)
        if (doomed->items[i] != NULL && aq__object_has(doomed->items[i], AQ__STATE_DOOMED))
            doomed->items[kept++] = doomed->items[i];
    doomed->count = kept;
}

static void clear_lists(aq_session_t *session)
{
    for (size_t i = 0; i < session->flagged_count; i++)
        aq__object_unmark(session->flagged[i].object, AQ__STATE_FLAGGED);
    session->flagged_count = session->linked.count = 0;
}

/* New objects that follow each other are as many more in their map. */
static int make_room(const aq__flush_t *flush)
{
    const aq__changeset_t *set = &flush->set;
    int code = AQ_OK;

    for (size_t i = 0, end; i < set->count && code == AQ_OK; i = end) {
        const aq__mapper_t *mapper = set->items[i]->mapper;
        const aq__cohort_t *cohort = aq__session_cohort(flush->session, mapper);

        for (end = i; end < set->count && set->items[end]->mapper == mapper &&
                      set->items[end]->operation == AQ_INSERT;)
            end++;
        if (cohort == NULL || (end > i && aq__identity_reserve(cohort->identity, end - i) != AQ_OK))
            code = AQ_ENOMEM;
        end += end == i;
    }
    return code;
}

int aq__flush_settle(aq__flush_t *flush)
{
    int code = make_room(flush);

    leave_old_keys(flush);
    for (size_t i = 0; i < flush->part_count && code == AQ_OK; i++)
        if (flush->parts[i].results != NULL && flush->parts[i].code == AQ_OK)
            code = aq__plan_settle(&flush->parts[i].plan, flush->parts[i].results);
    for (size_t i = 0; i < flush->set.count && code == AQ_OK; i++)
        code = settle_state(flush->session, flush->set.items[i]);
    aq__session_part(&flush->set);
    aq__session_settle_pointers(flush->session);
    return code == AQ_OK ? settle_lists(flush) : code;
}

/* It is written, so what follows must not fail where that can be helped. */
int aq__flush_settle_all(aq__flush_t *flush)
{
    aq_session_t *session = flush->session;
    int code = flush->commit ? AQ_OK : aq__undo_remember(session, &flush->set);

    if (code == AQ_OK && session->tracks)
        code = aq__announce_add(session, &flush->set);
    if (code == AQ_OK)
        code = aq__flush_settle(flush);
    clear_lists(session);
    if (code == AQ_OK) {
        keep_later(session);
        return flush->announced ? aq__session_event(session, AQ_AFTER_FLUSH) : AQ_OK;
    }
    session->pending.count = session->doomed.count = 0;
    aq_expire_all(session);
    return aq__fail(code, "%s: it is %s, but what came back could not be kept: %s",
                    aq__work_name(flush->work), flush->commit ? "committed" : "written",
                    aq_last_error()->message);
}
