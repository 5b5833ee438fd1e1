/* dirty: whether a flush would find something to write.
 *
 * The happy path: the lists of what was added, deleted and linked are looked at, then every object is compared with its snapshot, as bytes first. It cannot fail. */
#include "src/orm/session.h"

static bool is_changed(const void *object)
{
    const aq__mapper_t *mapper = aq__object_mapper(object);

    if (aq__object_has_changed_field(object))
        return true;
    for (size_t i = 0; i < mapper->relation_count; i++)
        if (!mapper->relations[i].many && aq__object_one(object, &mapper->relations[i]) !=
                                              aq__object_snapshot_one(object, &mapper->relations[i]))
            return true;
    return false;
}

static bool has_changed_objects(const aq__identity_t *identity)
{
    size_t at = 0;
    void *object;

    while ((object = aq__identity_next(identity, &at)) != NULL)
        if (aq__object_snapshot(object) != NULL && is_changed(object))
            return true;
    return false;
}

bool aq__session_is_dirty(aq_session_t *session)
{
    if (session->doomed.count > 0 || session->linked.count > 0 || session->flagged_count > 0)
        return true;
    for (size_t i = 0; i < session->pending.count; i++)
        if (session->pending.items[i] != NULL)
            return true;
    for (size_t i = 0; i < session->mappers->count; i++)
        if (session->identities[i] != NULL && has_changed_objects(session->identities[i]))
            return true;
    return false;
}
