/* Pointers are as the database has them, once a flush is written: the next one looks for what changed since.
 *
 * The happy path: each object of the session whose pointer is new remembers it as loaded, whether its own row was written (post->author) or the other one's (owner->pet).
 * The failure modes: none. A pointer to an object that was not written stays new. */
#include "src/orm/relate.h"

#include "src/orm/change.h"

static bool is_written(const void *object)
{
    return object == NULL || aq__object_status(object) == AQ_PERSISTENT;
}

static void settle_pointers(void *object)
{
    const aq__mapper_t *mapper = aq__object_mapper(object);

    for (size_t i = 0; i < mapper->relation_count; i++) {
        const aq__relation_t *relation = &mapper->relations[i];

        if (relation->many || !is_written(aq__object_one(object, relation)))
            continue;
        aq__object_take_snapshot_of_one(object, relation);
        if (aq__object_one(object, relation) != NULL) /* set, where it was not loaded */
            aq__object_mark(object, aq__relation_loaded_bit(relation));
    }
}

void aq__session_settle_pointers(aq_session_t *session)
{
    void *object;

    for (aq__cursor_t cursor = {0}; (object = aq__session_next(session, &cursor)) != NULL;)
        if (aq__object_is_kept(object))
            settle_pointers(object);
}

/* The other side's row has the key: what it leads to after a rollback is to be loaded anew. */
void aq__object_forget_others(void *object)
{
    const aq__mapper_t *mapper = aq__object_mapper(object);

    for (size_t i = 0; i < mapper->relation_count; i++) {
        const aq__relation_t *relation = &mapper->relations[i];

        if (relation->many || relation->direction == AQ__MANY_TO_ONE)
            continue;
        memset((char *)object + relation->offset, 0, sizeof(void *));
        aq__object_take_snapshot_of_one(object, relation);
        aq__object_unmark(object, aq__relation_loaded_bit(relation));
    }
}
