/* announce: what signals are told: the objects that a commit writes, and how.
 *
 * The happy path: each flush appends what it wrote to session->changes; before a commit the list is made of that and of what the commit will flush, after it of that alone.
 * Inserts, then updates, then deletes of one flush, flush by flush; a row that is written twice is told once: an update after an update is nothing new, a delete takes the place of an update.
 * A new object is told as an insert in any case, so that it may stand twice.
 * The failure modes: no memory; a veto. Nobody connected: nothing is made. */
#include <stdlib.h>

#include "src/orm/change.h"
#include "src/orm/listeners.h"

static int push(aq_session_t *session, void *object, aq_operation_t operation)
{
    if (aq__make_room(&session->changes.items, &session->changes.capacity, session->changes.count,
                      sizeof session->changes.items[0]) != AQ_OK)
        return AQ_ENOMEM;
    session->changes.items[session->changes.count++] = (aq_change_t){object, operation};
    return AQ_OK;
}

static int compare_numbers(const void *left, const void *right)
{
    const aq__changed_t *const *a = left, *const *b = right;

    return ((*a)->number > (*b)->number) - ((*a)->number < (*b)->number);
}

/* Rows are written by key; they are told in the order in which they were added, deleted, found. */
static int add_each(aq_session_t *session, const aq__changeset_t *set, aq_operation_t operation,
                    const aq__changed_t **found)
{
    size_t count = 0;

    for (size_t i = 0; i < set->count; i++)
        if (aq__changed_operation(set->items[i]) == operation && !set->items[i]->silent)
            found[count++] = set->items[i];
    if (count > 1)
        qsort(found, count, sizeof *found, compare_numbers);
    for (size_t i = 0; i < count; i++)
        if (push(session, found[i]->object, operation) != AQ_OK)
            return AQ_ENOMEM;
    return AQ_OK;
}

static int add(aq_session_t *session, const aq__changeset_t *set)
{
    const aq__changed_t **found = aq_arena_alloc(set->arena, set->count * sizeof *found);
    int code = found != NULL ? AQ_OK : AQ_ENOMEM;

    for (aq_operation_t operation = AQ_INSERT; operation <= AQ_DELETE && code == AQ_OK; operation++)
        code = add_each(session, set, operation, found);
    return code;
}

static bool wanted(const aq_session_t *session, aq_signal_t signal)
{
    const aq__engine_t *engine = session->engine;

    return session->tracks && engine != NULL && engine->listeners != NULL &&
           aq__listeners_wanted(engine->listeners, signal, engine->app);
}

int aq__announce_add(aq_session_t *session, const aq__changeset_t *set)
{
    if (!wanted(session, AQ_MODELS_COMMITTED) && !wanted(session, AQ_BEFORE_MODELS_COMMITTED))
        return AQ_OK;
    return add(session, set);
}

/* ---- The list ------------------------------------------------------------------------------------------------------------------------------ */

typedef struct list {
    aq_arena_t *arena;
    aq_change_t *items;
    size_t count;
    aq__map_t written; /* object -> place of its update or delete, + 1 */
} list_t;

static int put(list_t *list, const aq_change_t *change)
{
    aq_change_t *at = &list->items[list->count];
    uintptr_t place;

    if (change->operation != AQ_INSERT) {
        if ((place = (uintptr_t)aq__map_get(&list->written, &change->object, sizeof change->object)) != 0) {
            if (change->operation == AQ_DELETE)
                list->items[place - 1].operation = AQ_DELETE;
            return AQ_OK;
        }
    }
    *at = *change;
    list->count++;
    return change->operation == AQ_INSERT
               ? AQ_OK
               : aq__map_put(&list->written, &at->object, sizeof at->object, (void *)(uintptr_t)list->count);
}

static int make(aq_session_t *session, list_t *list)
{
    int code = AQ_OK;

    if ((list->arena = aq_arena_create()) == NULL ||
        (list->items = aq_arena_alloc(list->arena, (session->changes.count + 1) * sizeof list->items[0])) ==
            NULL)
        return AQ_ENOMEM;
    for (size_t i = 0; i < session->changes.count && code == AQ_OK; i++)
        code = put(list, &session->changes.items[i]);
    return code;
}

static void dispose(list_t *list)
{
    aq__map_dispose(&list->written);
    aq_arena_close(list->arena);
}

static int emit(aq_session_t *session, aq_signal_t signal)
{
    list_t list = {.arena = NULL};
    int code = make(session, &list);

    if (code == AQ_OK && list.count > 0)
        code = aq__listeners_emit(session->engine->listeners, signal, session->engine->app, session,
                                  &(aq_changes_t){list.items, list.count});
    dispose(&list);
    return code;
}

/* ---- Before and after ---------------------------------------------------------------------------------------------------------------------- */

static int emit_before(aq_session_t *session, aq_arena_t *arena)
{
    const size_t flushed = session->changes.count;
    aq__changeset_t set = {.session = session, .arena = arena};
    int code = aq__session_is_dirty(session) ? aq__changes_collect(session, arena, &set) : AQ_OK;

    if (code == AQ_OK)
        code = add(session, &set);
    if (code == AQ_OK)
        code = emit(session, AQ_BEFORE_MODELS_COMMITTED);
    aq__changes_put_back(&set);
    session->changes.count = flushed;
    return code;
}

int aq__announce_before(aq_session_t *session)
{
    aq_arena_t *arena;
    int code;

    if (!wanted(session, AQ_BEFORE_MODELS_COMMITTED))
        return AQ_OK;
    if ((arena = aq_arena_create()) == NULL)
        return AQ_ENOMEM;
    code = emit_before(session, arena);
    aq_arena_close(arena);
    return code;
}

void aq__announce_after(aq_session_t *session)
{
    if (session->changes.count > 0 && wanted(session, AQ_MODELS_COMMITTED) &&
        emit(session, AQ_MODELS_COMMITTED) == AQ_ENOMEM)
        aq_log(AQ_LOG_ERROR, "models_committed was not sent: out of memory");
    session->changes.count = 0;
}
