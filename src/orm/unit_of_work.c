/* What may be done with an object in the state that it is in, and the calls that do it: memory only.
 *
 * The happy path: the object is the session's, the table below allows what is asked, and the object goes from one list to another.
 * The failure modes: no object, an object of another session, one that is in the wrong state; a session whose flush failed; memory. Nothing has changed then.
 *
 *     TRANSIENT --add--> PENDING --(flush)--> PERSISTENT --delete, (flush)--> DELETED --(commit)--> DETACHED, and gone
 *         ^--expunge------'                       `--expunge--> DETACHED --add--> PERSISTENT                                 */
#include <string.h>

#include "src/orm/cascade.h"
#include "src/orm/change.h"
#include "src/orm/member.h"
#include "src/orm/relate.h"

/* ---- The table ------------------------------------------------------------------------------------------------------------------------- */

#define NOT_PERSISTED "is not persisted"
#define NOT_PRESENT "is not present in this session"
#define NOT_PERSISTENT "is not persistent in this session"
#define DELETED "has been deleted"

/* NULL: allowed; else what is wrong, behind the object's name. Deleting what is deleted does nothing. */
static const struct {
    const char *name;
    const char *refused[AQ_DETACHED + 1];
    bool gone_too; /* what is detached because it was deleted is like any other that is detached */
} verbs[] = {
    /*                                   TRANSIENT       PENDING         PERSISTENT DELETED         DETACHED */
    [AQ__VERB_ADD] = {"aq_add", {NULL, NULL, NULL, DELETED, NULL}, false},
    [AQ__VERB_DELETE] = {"aq_delete", {NOT_PERSISTED, NOT_PERSISTED, NULL, NULL, NOT_PRESENT}, false},
    [AQ__VERB_EXPUNGE] = {"aq_expunge", {NOT_PRESENT, NULL, NULL, DELETED, NOT_PRESENT}, true},
    [AQ__VERB_EXPIRE] = {"aq_expire", {NOT_PERSISTENT, NOT_PERSISTENT, NULL, DELETED, NOT_PERSISTENT}, true},
    [AQ__VERB_REFRESH] = {"aq_refresh",
                          {NOT_PERSISTENT, NOT_PERSISTENT, NULL, DELETED, NOT_PERSISTENT},
                          true},
    [AQ__VERB_MERGE] = {"aq_merge", {NULL, NULL, NULL, DELETED, NULL}, true},
    [AQ__VERB_FLAG] = {"aq_flag_modified", {NULL, NULL, NULL, DELETED, NULL}, false},
};

static int refuse(const aq_session_t *session, const void *object, const char *verb, const char *why)
{
    return aq__fail(AQ_EINVAL, "%s: %s %s", verb, aq__object_name(object, session->arena), why);
}

/* What the object is in any session; that it is gone is a state of its own. */
static const char *why_not(const void *object, aq__verb_t verb)
{
    if (aq__object_has(object, AQ__STATE_GONE) && !verbs[verb].gone_too)
        return verb == AQ__VERB_DELETE ? NULL : DELETED;
    return verbs[verb].refused[aq__object_status(object)];
}

int aq__session_usable(const aq_session_t *session, const char *verb)
{
    if (session == NULL)
        return aq__fail(AQ_EINVAL, "%s: NULL is no session", verb);
    if (session->failure != NULL)
        return aq__fail(AQ_EINACTIVE,
                        "%s: the session's transaction was rolled back because a flush failed, aq_rollback() "
                        "begins a new one; the flush: %s",
                        verb, session->failure->message);
    return AQ_OK;
}

int aq__session_owns(const aq_session_t *session, const void *object, const char *verb)
{
    const aq_session_t *owner;

    if (object == NULL)
        return aq__fail(AQ_EINVAL, "%s: NULL is no object", verb);
    if (aq__object(object)->home == NULL)
        return aq__fail(AQ_EINVAL, "%s: the object was made neither by aq_new() nor by a query", verb);
    owner = aq__object_cohort(object)->session;
    if (owner == session)
        return AQ_OK;
    return aq__fail(AQ_EINVAL, "%s: %s is %s session %llu (this is %llu)", verb,
                    aq__object_name(object, session->arena),
                    aq_object_session(object) != NULL ? "already attached to" : "in memory of",
                    (unsigned long long)owner->number, (unsigned long long)session->number);
}

int aq__session_allows(const aq_session_t *session, const void *object, aq__verb_t verb)
{
    const char *name = verbs[verb].name, *why;
    int code = aq__session_usable(session, name);

    if (code == AQ_OK)
        code = aq__session_owns(session, object, name);
    if (code != AQ_OK)
        return code;
    if (aq__object_snapshot(object) == NULL && (verb == AQ__VERB_ADD || verb == AQ__VERB_DELETE))
        return aq__fail(AQ_EINVAL, "%s: session %llu only reads", name, (unsigned long long)session->number);
    why = why_not(object, verb);
    return why != NULL ? refuse(session, object, name, why) : AQ_OK;
}

/* ---- Add ------------------------------------------------------------------------------------------------------------------------------------ */

/* Leaves a hole, the others keep their places; at the end there is none to leave. */
static void take_out(aq__object_array_t *array, const void *object)
{
    for (size_t i = array->count; i-- > 0;)
        if (array->items[i] == object) {
            array->items[i] = NULL;
            break;
        }
    while (array->count > 0 && array->items[array->count - 1] == NULL)
        array->count--;
}

static int make_pending(aq_session_t *session, void *object)
{
    int code = aq__objects_push(&session->pending, object);

    if (code == AQ_OK)
        aq__object_set_status(object, AQ_PENDING);
    return code;
}

/* An expunged object is back. What was done to its lists meanwhile counts. */
static int reattach(aq_session_t *session, void *object)
{
    aq__identity_t *identity = aq__object_cohort(object)->identity;
    const void *other = aq__identity_find(identity, object);
    int code;

    if (other != NULL && other != object)
        return refuse(session, object, "aq_add", "is there already, as another object of this session");
    code = aq__object_link(object);
    if (code == AQ_OK)
        code = aq__identity_put(identity, object);
    if (code == AQ_OK)
        aq__object_set_status(object, AQ_PERSISTENT);
    return code;
}

static void undoom(aq_session_t *session, void *object)
{
    if (!aq__object_has(object, AQ__STATE_DOOMED))
        return;
    aq__object_unmark(object, AQ__STATE_DOOMED);
    take_out(&session->doomed, object);
}

int aq_add(aq_session_t *session, void *object)
{
    int code = aq__session_allows(session, object, AQ__VERB_ADD);

    if (code != AQ_OK)
        return code;
    switch (aq__object_status(object)) {
    case AQ_TRANSIENT: return make_pending(session, object);
    case AQ_PERSISTENT: undoom(session, object); return AQ_OK;
    case AQ_DETACHED: return reattach(session, object);
    case AQ_PENDING:
    case AQ_DELETED: break;
    }
    return AQ_OK;
}

int aq_add_all(aq_session_t *session, void *const *objects, size_t count)
{
    int code = AQ_OK;

    for (size_t i = 0; i < count && code == AQ_OK; i++)
        code = aq__session_allows(session, objects[i], AQ__VERB_ADD);
    for (size_t i = 0; i < count && code == AQ_OK; i++)
        code = aq_add(session, objects[i]);
    return code;
}

/* ---- Delete, expunge -------------------------------------------------------------------------------------------------------------------------- */

int aq_delete(aq_session_t *session, void *object)
{
    int code = aq__session_allows(session, object, AQ__VERB_DELETE);

    if (code != AQ_OK || aq__object_status(object) != AQ_PERSISTENT)
        return code;
    return aq__object_doom(session, object);
}

static void clear_flags(aq_session_t *session, void *object)
{
    size_t kept = 0;

    if (!aq__object_has(object, AQ__STATE_FLAGGED))
        return;
    for (size_t i = 0; i < session->flagged_count; i++)
        if (session->flagged[i].object != object)
            session->flagged[kept++] = session->flagged[i];
    session->flagged_count = kept;
    aq__object_unmark(object, AQ__STATE_FLAGGED);
}

static void expunge_one(aq_session_t *session, void *object)
{
    if (aq__object_status(object) == AQ_PENDING) {
        take_out(&session->pending, object);
        aq__object_set_status(object, AQ_TRANSIENT);
        return;
    }
    undoom(session, object);
    aq__identity_remove(aq__object_cohort(object)->identity, object);
    aq__object_set_status(object, AQ_DETACHED);
}

int aq_expunge(aq_session_t *session, void *object)
{
    aq__object_array_t reached = {0};
    int code = aq__session_allows(session, object, AQ__VERB_EXPUNGE);

    if (code == AQ_OK)
        code = aq__cascade_reach(object, AQ_CASCADE_EXPUNGE, &reached);
    for (size_t i = 0; i < reached.count && code == AQ_OK; i++)
        if (aq_contains(session, reached.items[i]))
            expunge_one(session, reached.items[i]);
    aq__objects_dispose(&reached);
    return code;
}

int aq_expunge_all(aq_session_t *session)
{
    aq__object_array_t all = {0};
    int code = aq__session_usable(session, "aq_expunge_all");
    void *object;

    for (size_t i = 0; code == AQ_OK && i < session->pending.count; i++)
        if (session->pending.items[i] != NULL)
            code = aq__objects_push(&all, session->pending.items[i]);
    for (aq__cursor_t cursor = {0}; code == AQ_OK && (object = aq__session_next(session, &cursor)) != NULL;)
        code = aq__objects_push(&all, object);
    for (size_t i = all.count; i-- > 0 && code == AQ_OK;)
        expunge_one(session, all.items[i]);
    aq__objects_dispose(&all);
    return code;
}

/* ---- Expire ------------------------------------------------------------------------------------------------------------------------------------- */

/* Members and pointers as in the snapshot, lists as they were loaded. */
static void revert(void *object)
{
    const aq__mapper_t *mapper = aq__object_mapper(object);
    const char *snapshot = aq__object_snapshot(object);

    for (size_t i = 0; i < mapper->field_count && snapshot != NULL; i++)
        memcpy(aq__member_of(&mapper->fields[i], object), snapshot + mapper->fields[i].snapshot,
               mapper->fields[i].size);
    for (size_t i = 0; i < mapper->relation_count && snapshot != NULL; i++) {
        const aq__relation_t *relation = &mapper->relations[i];
        void *one = relation->many ? NULL : aq__object_snapshot_one(object, relation);

        if (relation->many)
            aq__many_reset(object, relation);
        else
            memcpy((char *)object + relation->offset, &one, sizeof(one));
    }
}

static void expire_one(aq_session_t *session, void *object)
{
    revert(object);
    clear_flags(session, object);
    aq__object_mark(object, AQ__STATE_EXPIRED);
}

int aq_expire(aq_session_t *session, void *object)
{
    aq__object_array_t reached = {0};
    int code = aq__session_allows(session, object, AQ__VERB_EXPIRE);

    if (code == AQ_OK)
        code = aq__cascade_reach(object, AQ_CASCADE_REFRESH, &reached);
    for (size_t i = 0; i < reached.count && code == AQ_OK; i++)
        if (aq__object_status(reached.items[i]) == AQ_PERSISTENT)
            expire_one(session, reached.items[i]);
    aq__objects_dispose(&reached);
    return code;
}

int aq_expire_all(aq_session_t *session)
{
    int code = aq__session_usable(session, "aq_expire_all");
    void *object;

    for (aq__cursor_t cursor = {0}; code == AQ_OK && (object = aq__session_next(session, &cursor)) != NULL;)
        expire_one(session, object);
    return code;
}

/* ---- Flags ------------------------------------------------------------------------------------------------------------------------------------------ */

bool aq__object_is_flagged(const void *object, const aq__field_t *field)
{
    const aq_session_t *session = aq__object_cohort(object)->session;

    if (!aq__object_has(object, AQ__STATE_FLAGGED))
        return false;
    for (size_t i = 0; i < session->flagged_count; i++)
        if (session->flagged[i].object == object && session->flagged[i].field->offset == field->offset)
            return true;
    return false;
}

int aq__object_flag(void *object, const aq__field_t *field)
{
    aq_session_t *session = aq__object_cohort(object)->session;

    if (aq__object_is_flagged(object, field))
        return AQ_OK;
    if (aq__make_room(&session->flagged, &session->flagged_capacity, session->flagged_count,
                      sizeof session->flagged[0]) != AQ_OK)
        return AQ_ENOMEM;
    session->flagged[session->flagged_count++] = (aq__flagged_t){object, field};
    aq__object_mark(object, AQ__STATE_FLAGGED);
    return AQ_OK;
}

int aq_object_flag_modified(void *object, const aq_model_t *model, size_t offset)
{
    const char *name = verbs[AQ__VERB_FLAG].name;
    const aq__mapper_t *wanted;
    const aq__field_t *field;
    int code;

    if (object == NULL || aq__object(object)->home == NULL)
        return aq__session_owns(NULL, object, name);
    code = aq__session_allows(aq__object_cohort(object)->session, object, AQ__VERB_FLAG);
    wanted = code == AQ_OK ? aq__mappers_find(aq__object_mapper(object)->mappers, model) : NULL;
    if (wanted == NULL)
        return aq_last_error()->code;
    if (!aq__mapper_is_a(aq__object_mapper(object), wanted))
        return aq__fail(AQ_EINVAL, "%s: a %s is no %s", name, aq__object_mapper(object)->name, wanted->name);
    field = aq__mapper_field_at(aq__object_mapper(object), offset);
    if (field == NULL || field->generated)
        return aq__fail(AQ_EINVAL, "%s: this member of '%s' is %s", name, wanted->name,
                        field == NULL ? "no column" : "always generated by the server");
    return aq__object_flag(object, field);
}
