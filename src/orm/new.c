/* New objects: aq_new().
 *
 * The happy path: a copy of what the mapper has ready: zero, but for the client's defaults, which were parsed when the db was sealed. It has all its relationships: to nothing. Its snapshot is what it looks like,
 * so that a flush sees what the user set. Callbacks are asked when the row is inserted.
 * The failure modes: a model that the db does not have, no memory, what a callback says. */
#include "src/orm/session.h"

static void set_loaded(void *object, const aq__mapper_t *mapper)
{
    for (size_t i = 0; i < mapper->relation_count; i++) {
        const aq__relation_t *relation = &mapper->relations[i];

        if (relation->many)
            aq__many_list(object, relation)->state = (void *)(uintptr_t)&aq__many_empty;
        else
            aq__object_mark(object, aq__relation_loaded_bit(relation));
    }
}

void *aq_session_new(aq_session_t *session, const aq_model_t *model)
{
    const aq__mapper_t *mapper = aq__session_mapper(session, model);
    aq__cohort_t *cohort = mapper != NULL ? aq__session_cohort(session, mapper) : NULL;
    void *object = cohort != NULL ? aq__object_alloc(cohort) : NULL;

    if (object == NULL)
        return NULL;
    memcpy(object, mapper->initial, mapper->object_size);
    aq__object(object)->home = cohort;
    aq__object_set_status(object, AQ_TRANSIENT);
    aq__object_set_fresh(session, object);
    set_loaded(object, mapper);
    aq__object_take_snapshot(object);
    return object;
}
