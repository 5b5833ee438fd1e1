/* partial: a commit that one bind has kept and another has not.
 *
 * The happy path: what the one has kept is settled like any commit, and signals tell it; the session is failed, and its rollback puts back only what the others did not keep. So nobody who does
 * it all again writes twice what is there.
 * The failure mode: none here; where there is no memory for settling that is logged (flush.c), and the rollback expires everything. */
#include "src/orm/partial.h"

bool aq__partial_has(const aq_session_t *session, const void *object)
{
    const char *bind = aq__object_mapper(object)->bind;

    for (size_t i = 0; i < session->branch_count; i++)
        if (session->branches[i]->code == AQ_OK && aq__same_text(session->branches[i]->bind, bind))
            return true;
    return false;
}

void aq__partial_filter(aq__changeset_t *set)
{
    size_t kept = 0;

    for (size_t i = 0; i < set->count; i++)
        if (aq__partial_has(set->session, set->items[i]->object))
            set->items[kept++] = set->items[i];
    set->count = kept;
}

/* ---- What a rollback would put back -------------------------------------------------------------------------------------------------- */

static void filter(const aq_session_t *session, aq__object_array_t *array)
{
    size_t kept = 0;

    for (size_t i = 0; i < array->count; i++)
        if (array->items[i] != NULL && !aq__partial_has(session, array->items[i]))
            array->items[kept++] = array->items[i];
    array->count = kept;
}

static void filter_flagged(aq_session_t *session)
{
    size_t kept = 0;

    for (size_t i = 0; i < session->flagged_count; i++) {
        if (aq__partial_has(session, session->flagged[i].object))
            aq__object_unmark(session->flagged[i].object, AQ__STATE_FLAGGED);
        else
            session->flagged[kept++] = session->flagged[i];
    }
    session->flagged_count = kept;
}

/* Savepoints end with the commit, and so do their marks. */
static void filter_undo(aq_session_t *session)
{
    size_t kept = 0;

    for (size_t i = 0; i < session->undo_count; i++) {
        aq__undo_t *undo = &session->undo[i];

        if (undo->kind == AQ__UNDO_MARK || aq__partial_has(session, undo->object))
            aq__free(undo->image);
        else
            session->undo[kept++] = *undo;
    }
    session->undo_count = kept;
}

static void filter_changes(aq_session_t *session)
{
    size_t kept = 0;

    for (size_t i = 0; i < session->changes.count; i++)
        if (aq__partial_has(session, session->changes.items[i].object))
            session->changes.items[kept++] = session->changes.items[i];
    session->changes.count = kept;
}

static void set_deleted_apart(aq_session_t *session)
{
    for (size_t i = 0; i < session->deleted.count; i++) {
        void *object = session->deleted.items[i];

        if (aq__object_status(object) != AQ_DELETED || !aq__partial_has(session, object))
            continue;
        aq__object_set_status(object, AQ_DETACHED);
        aq__object_mark(object, AQ__STATE_GONE);
    }
    filter(session, &session->deleted);
}

void aq__partial_keep(aq_session_t *session)
{
    filter(session, &session->pending);
    filter(session, &session->doomed);
    filter(session, &session->linked);
    filter_flagged(session);
    filter_undo(session);
    filter_changes(session);
    set_deleted_apart(session);
}
