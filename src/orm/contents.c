/* What is in a session: what is new, changed, to be deleted.
 *
 * The happy path: a look at its lists and identity maps; the answer lies in the session's memory.
 * The failure mode: memory. */
#include "src/orm/cascade.h"
#include "src/orm/relate.h"
#include "src/orm/sort.h"

/* ---- Arrays of objects ------------------------------------------------------------------------------------------------------------------- */

int aq__objects_push(aq__object_array_t *array, void *object)
{
    if (aq__make_room(&array->items, &array->capacity, array->count, sizeof array->items[0]) != AQ_OK)
        return AQ_ENOMEM;
    array->items[array->count++] = object;
    return AQ_OK;
}

void aq__objects_dispose(aq__object_array_t *array)
{
    aq__free(array->items);
    *array = (aq__object_array_t){0};
}

/* ---- Identity maps -------------------------------------------------------------------------------------------------------------------- */

void *aq__session_next(const aq_session_t *session, aq__cursor_t *cursor)
{
    for (; cursor->mapper < session->mappers->count; cursor->mapper++, cursor->at = 0) {
        const aq__identity_t *identity = session->identities[cursor->mapper];
        void *object = identity != NULL ? aq__identity_next(identity, &cursor->at) : NULL;

        if (object != NULL)
            return object;
    }
    return NULL;
}

/* ---- What is in it ------------------------------------------------------------------------------------------------------------------------------------ */

bool aq_contains(const aq_session_t *session, const void *object)
{
    if (session == NULL || object == NULL || aq__object(object)->home == NULL ||
        aq__object_cohort(object)->session != session)
        return false;
    return aq__object_status(object) == AQ_PENDING || aq__object_status(object) == AQ_PERSISTENT;
}

static bool is_changed(const void *object)
{
    const aq__mapper_t *mapper = aq__object_mapper(object);

    if (aq__object_snapshot(object) == NULL)
        return false;
    if (aq__object_has_changed_field(object))
        return true;
    for (size_t i = 0; i < mapper->relation_count; i++)
        if (aq__relation_changed(object, &mapper->relations[i]))
            return true;
    return aq__object_has(object, AQ__STATE_FLAGGED);
}

bool aq_is_modified(const aq_session_t *session, const void *object)
{
    if (!aq_contains(session, object))
        return false;
    return aq__object_status(object) == AQ_PENDING || aq__object_has(object, AQ__STATE_DOOMED) ||
           is_changed(object);
}

/* Moves what is in `array` to the session's memory. */
static int give(aq_session_t *session, aq__object_array_t *array, int code, aq_objects_t *objects)
{
    *objects = (aq_objects_t){0};
    if (code == AQ_OK && array->count > 0) {
        objects->items = aq_arena_dup(session->arena, array->items, array->count * sizeof(*array->items));
        if (objects->items == NULL)
            code = AQ_ENOMEM;
        else
            objects->count = array->count;
    }
    aq__objects_dispose(array);
    return code;
}

static int push_all(aq__object_array_t *array, const aq__object_array_t *from)
{
    int code = AQ_OK;

    for (size_t i = 0; i < from->count && code == AQ_OK; i++)
        if (from->items[i] != NULL)
            code = aq__objects_push(array, from->items[i]);
    return code;
}

int aq_session_new_objects(aq_session_t *session, aq_objects_t *objects)
{
    aq__object_array_t found = {0};
    int code = aq__session_usable(session, "aq_session_new_objects");

    if (code == AQ_OK)
        code = aq__cascade_save(session);
    if (code == AQ_OK)
        code = push_all(&found, &session->pending);
    return session != NULL ? give(session, &found, code, objects) : code;
}

int aq_session_dirty_objects(aq_session_t *session, aq_objects_t *objects)
{
    aq__object_array_t found = {0};
    int code = aq__session_usable(session, "aq_session_dirty_objects");
    void *object;

    for (aq__cursor_t cursor = {0}; code == AQ_OK && (object = aq__session_next(session, &cursor)) != NULL;)
        if (aq__object_is_kept(object) && is_changed(object))
            code = aq__objects_push(&found, object);
    if (code == AQ_OK)
        code = aq__objects_sort(&found);
    return session != NULL ? give(session, &found, code, objects) : code;
}

int aq_session_deleted_objects(aq_session_t *session, aq_objects_t *objects)
{
    aq__object_array_t found = {0};
    int code = aq__session_usable(session, "aq_session_deleted_objects");

    if (code == AQ_OK)
        code = push_all(&found, &session->doomed);
    return session != NULL ? give(session, &found, code, objects) : code;
}
