/* Events of sessions: what a session does, told to those who asked it or its db.
 *
 * The happy path: a list without a lock, because a session has one thread, and the db's is complete before the first session is opened. A session that
 * nobody listens to looks at two pointers. The failure modes: no memory; an event that does not exist; a callback's error, which stops what has not been
 * done yet, and is a line in the log for what has. */
#include "src/orm/session.h"

#include "src/orm/listeners.h"

typedef struct listener {
    aq_session_event_t event;
    aq_session_event_cb cb;
    void *data;
} listener_t;

struct aq__event_list {
    listener_t *items;
    size_t count, capacity;
};

static const char *name_of(aq_session_event_t event)
{
    switch (event) {
    case AQ_BEFORE_FLUSH: return "before_flush";
    case AQ_AFTER_FLUSH: return "after_flush";
    case AQ_BEFORE_COMMIT: return "before_commit";
    case AQ_AFTER_COMMIT: return "after_commit";
    case AQ_AFTER_ROLLBACK: return "after_rollback";
    case AQ_N_PLUS_ONE: return "n_plus_one";
    }
    return NULL;
}

static bool may_fail(aq_session_event_t event)
{
    switch (event) {
    case AQ_BEFORE_FLUSH:
    case AQ_BEFORE_COMMIT: return true;
    case AQ_AFTER_FLUSH:
    case AQ_AFTER_COMMIT:
    case AQ_AFTER_ROLLBACK:
    case AQ_N_PLUS_ONE: break;
    }
    return false;
}

/* ---- Asking ------------------------------------------------------------------------------------------------------------------------- */

static int check(const char *function, aq_session_event_t event, aq_session_event_cb cb)
{
    if (name_of(event) == NULL)
        return aq__fail(AQ_EINVAL, "%s: there is no event %d", function, (int)event);
    if (cb == NULL)
        return aq__fail(AQ_EINVAL, "%s: %s: the callback is NULL", function, name_of(event));
    return AQ_OK;
}

int aq__event_list_add(aq__event_list_t **listening, const char *function, aq_session_event_t event,
                       aq_session_event_cb cb, void *data)
{
    int code = check(function, event, cb);

    if (code != AQ_OK)
        return code;
    if (*listening == NULL && (*listening = aq__calloc(1, sizeof(**listening))) == NULL)
        return AQ_ENOMEM;
    if (aq__make_room(&(*listening)->items, &(*listening)->capacity, (*listening)->count,
                      sizeof(listener_t)) != AQ_OK)
        return AQ_ENOMEM;
    (*listening)->items[(*listening)->count++] = (listener_t){event, cb, data};
    return AQ_OK;
}

void aq__event_list_close(aq__event_list_t *listening)
{
    if (listening == NULL)
        return;
    aq__free(listening->items);
    aq__free(listening);
}

int aq__listeners_on(aq__listeners_t *listeners, aq_session_event_t event, aq_session_event_cb cb, void *data)
{
    return aq__event_list_add(aq__listeners_events(listeners), "aq_db_on", event, cb, data);
}

int aq_session_on(aq_session_t *session, aq_session_event_t event, aq_session_event_cb cb, void *data)
{
    if (session == NULL)
        return aq__fail(AQ_EINVAL, "aq_session_on: the session is NULL");
    return aq__event_list_add(&session->listening, "aq_session_on", event, cb, data);
}

/* ---- Telling ------------------------------------------------------------------------------------------------------------------------- */

static int call(const listener_t *listener, aq_session_t *session)
{
    aq__listeners_forget_error();
    return aq__listeners_judge(listener->cb(listener->data, session), name_of(listener->event),
                               may_fail(listener->event));
}

/* The list may grow, and so move, while one of them is called. */
static int call_each(const aq__event_list_t *listening, aq_session_t *session, aq_session_event_t event)
{
    size_t count = listening != NULL ? listening->count : 0;
    int code = AQ_OK;

    for (size_t i = 0; code == AQ_OK && i < count; i++) {
        listener_t listener = listening->items[i];

        if (listener.event == event)
            code = call(&listener, session);
    }
    return code;
}

int aq__session_event(aq_session_t *session, aq_session_event_t event)
{
    aq__listeners_t *listeners = session->engine->listeners;
    int code = call_each(session->listening, session, event);

    if (code == AQ_OK && listeners != NULL)
        code = call_each(*aq__listeners_events(listeners), session, event);
    return code;
}
