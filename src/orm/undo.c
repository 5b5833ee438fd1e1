/* undo: what a rollback puts back in memory.
 *
 * The happy path: each flush inside a transaction remembers what the objects that it writes were like (aq__undo_remember); a savepoint is a mark; aq__undo_back() goes back to
 * the mark or to the beginning, newest first; a commit forgets it all. What was changed and not flushed needs no record: the snapshots have it.
 * The failure mode: no memory for the record: the flush fails as a whole. */
#include "src/orm/change.h"
#include "src/orm/member.h"

/* ---- Remembered ------------------------------------------------------------------------------------------------------------------------- */

static bool make_room(aq_session_t *session)
{
    return aq__make_room(&session->undo, &session->undo_capacity, session->undo_count,
                         sizeof session->undo[0]) == AQ_OK;
}

static char *image_of(const void *object)
{
    const aq__mapper_t *mapper = aq__object_mapper(object);
    const size_t behind = aq__object_snapshot(object) != NULL ? aq__mapper_snapshot_bytes(mapper) : 0;
    char *image = aq__malloc(mapper->object_size + behind);

    if (image == NULL)
        return NULL;
    memcpy(image, object, mapper->object_size);
    if (behind > 0)
        memcpy(image + mapper->object_size, aq__object_snapshot(object), behind);
    return image;
}

/* The row that it took is another's again: an INSERT names its key, as before. */
static void forget_taken_key(const aq__mapper_t *mapper, char *snapshot)
{
    for (size_t i = 0; i < mapper->key_count; i++)
        memset(snapshot + mapper->key[i]->snapshot, 0, mapper->key[i]->size);
}

static int remember(aq_session_t *session, const aq__changed_t *changed)
{
    aq__undo_t undo = {.object = changed->object};

    switch (aq__changed_operation(changed)) {
    case AQ_INSERT: undo.kind = AQ__UNDO_INSERTED; break;
    case AQ_UPDATE: undo.kind = AQ__UNDO_UPDATED; break;
    case AQ_DELETE: undo.kind = AQ__UNDO_DELETED; break;
    }
    if (!make_room(session) ||
        (undo.kind != AQ__UNDO_DELETED && (undo.image = image_of(changed->object)) == NULL))
        return AQ_ENOMEM;
    if (changed->replaced != NULL)
        forget_taken_key(changed->mapper, undo.image + changed->mapper->object_size);
    session->undo[session->undo_count++] = undo;
    return AQ_OK;
}

static void drop(aq_session_t *session, size_t count)
{
    while (session->undo_count > count)
        aq__free(session->undo[--session->undo_count].image);
}

int aq__undo_remember(aq_session_t *session, const aq__changeset_t *set)
{
    const size_t count = session->undo_count;

    for (size_t i = 0; i < set->count; i++) {
        if (remember(session, set->items[i]) != AQ_OK) {
            drop(session, count);
            return AQ_ENOMEM;
        }
    }
    return AQ_OK;
}

int aq__undo_mark(aq_session_t *session)
{
    if (!make_room(session))
        return AQ_ENOMEM;
    session->undo[session->undo_count++] =
        (aq__undo_t){.kind = AQ__UNDO_MARK, .change_count = session->changes.count};
    return AQ_OK;
}

void aq__undo_forget(aq_session_t *session)
{
    drop(session, 0);
}

/* ---- Put back ------------------------------------------------------------------------------------------------------------------------------ */

/* Columns and pointers as the snapshot has them; lists without what was added and removed. */
static void restore_object(void *object)
{
    const aq__mapper_t *mapper = aq__object_mapper(object);
    const char *snapshot = aq__object_snapshot(object);

    for (size_t i = 0; snapshot != NULL && i < mapper->field_count; i++)
        memcpy((char *)object + mapper->fields[i].offset, snapshot + mapper->fields[i].snapshot,
               mapper->fields[i].size);
    for (size_t i = 0; i < mapper->relation_count; i++) {
        const aq__relation_t *relation = &mapper->relations[i];
        void *one;

        if (relation->many) {
            aq__many_reset(object, relation);
        } else if (snapshot != NULL) {
            one = aq__object_snapshot_one(object, relation);
            memcpy((char *)object + relation->offset, &one, sizeof one);
        }
    }
}

/* What was not flushed. */
static void restore_unflushed(aq_session_t *session)
{
    void *object;

    for (size_t i = 0; i < session->pending.count; i++)
        if (session->pending.items[i] != NULL)
            aq__object_set_status(session->pending.items[i], AQ_TRANSIENT);
    for (aq__cursor_t cursor = {0}; (object = aq__session_next(session, &cursor)) != NULL;) {
        restore_object(object);
        aq__object_unmark(object, AQ__STATE_DOOMED | AQ__STATE_LINKED | AQ__STATE_FLAGGED);
    }
    for (size_t i = 0; i < session->linked.count;
         i++) /* those that have no row too: what they get is listed again */
        aq__object_unmark(session->linked.items[i], AQ__STATE_LINKED);
    session->pending.count = session->doomed.count = session->linked.count = session->flagged_count = 0;
}

/* What its lists have is to be written when it is added again. */
static void renew_lists(void *object)
{
    const aq__mapper_t *mapper = aq__object_mapper(object);

    for (size_t i = 0; i < mapper->relation_count; i++)
        if (mapper->relations[i].many)
            aq__many_renew(object, &mapper->relations[i]);
}

static void put_snapshot_back(const aq__undo_t *undo)
{
    const aq__mapper_t *mapper = aq__object_mapper(undo->object);
    char *snapshot = aq__object_snapshot(undo->object);

    if (snapshot != NULL)
        memcpy(snapshot, undo->image + mapper->object_size, aq__mapper_snapshot_bytes(mapper));
}

/* What the server or the flush gave goes; what the user gave stays, since its copy is the session's by now and the user's may be gone. */
static void take_back_given(const aq__undo_t *undo)
{
    const aq__mapper_t *mapper = aq__object_mapper(undo->object);

    for (size_t i = 0; i < mapper->field_count; i++) {
        const aq__field_t *field = &mapper->fields[i];

        if (aq__member_is_zero(field, undo->image + field->offset))
            memcpy((char *)undo->object + field->offset, undo->image + field->offset, field->size);
    }
    put_snapshot_back(undo);
}

static void step_back(aq_session_t *session, aq__undo_t *undo)
{
    void *object = undo->object;
    aq__identity_t *identity = session->identities[aq__object_mapper(object)->root->index];

    switch (undo->kind) {
    case AQ__UNDO_INSERTED:
        aq__identity_remove(identity, object);
        take_back_given(undo);
        aq__object_set_status(object, AQ_TRANSIENT);
        renew_lists(object);
        break;
    case AQ__UNDO_UPDATED:
        aq__identity_remove(identity, object);
        put_snapshot_back(undo);
        restore_object(object);
        if (aq__object_status(object) == AQ_PERSISTENT) /* else it was expunged meanwhile */
            (void)aq__identity_put(identity, object);   /* there was room for it */
        break;
    case AQ__UNDO_DELETED:
        aq__object_set_status(object, AQ_PERSISTENT);
        restore_object(object);
        (void)aq__identity_put(identity, object);
        break;
    case AQ__UNDO_MARK: break; /* not here */
    }
}

/* Lists, and pointers to whom has the key, may say what is not so any more. */
static void forget_relations(aq_session_t *session)
{
    void *object;

    for (aq__cursor_t cursor = {0}; (object = aq__session_next(session, &cursor)) != NULL;) {
        const aq__mapper_t *mapper = aq__object_mapper(object);

        aq__object_forget_others(object);
        for (size_t i = 0; i < mapper->relation_count; i++)
            if (mapper->relations[i].many)
                aq__many_unload(object, &mapper->relations[i]);
    }
}

void aq__undo_back(aq_session_t *session, bool all)
{
    bool any = false;

    restore_unflushed(session);
    if (all)
        session->changes.count = 0;
    while (session->undo_count > 0) {
        aq__undo_t *undo = &session->undo[--session->undo_count];
        const bool mark = undo->kind == AQ__UNDO_MARK;

        if (mark && !all) {
            session->changes.count = undo->change_count;
            break;
        }
        if (!mark)
            step_back(session, undo);
        any = any || !mark;
        aq__free(undo->image);
    }
    if (any)
        forget_relations(session);
}

void aq__undo_release(aq_session_t *session)
{
    size_t at = session->undo_count;

    while (at > 0 && session->undo[at - 1].kind != AQ__UNDO_MARK)
        at--;
    if (at == 0)
        return;
    memmove(&session->undo[at - 1], &session->undo[at], (session->undo_count - at) * sizeof session->undo[0]);
    session->undo_count--;
}
