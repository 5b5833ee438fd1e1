/* listeners: who wants to know of commits and of what sessions do. Those of the db are shared by threads; those of a session are its own. */
#ifndef AQ_SRC_ORM_LISTENERS_H
#define AQ_SRC_ORM_LISTENERS_H

#include "aquifer/session.h"
#include "src/base/base.h"

typedef struct aq__listeners aq__listeners_t;   /* of a db */
typedef struct aq__event_list aq__event_list_t; /* of a session */

/* ---- listeners.c: signals ---- */

aq__listeners_t *aq__listeners_create(void); /* NULL: AQ_ENOMEM */
/* When nobody emits any more. NULL is fine. */
void aq__listeners_close(aq__listeners_t *listeners);
/* These three from any thread. AQ_EINVAL: no such signal, no callback. */
int aq__listeners_connect(aq__listeners_t *listeners, aq_signal_t signal, const aq_app_t *app,
                          aq_signal_cb cb, void *data);
int aq__listeners_disconnect(aq__listeners_t *listeners, aq_signal_t signal, const aq_app_t *app,
                             aq_signal_cb cb, void *data);
/* BEFORE_MODELS_COMMITTED stops at the first error, which is the thread's last one then, and returns it; MODELS_COMMITTED logs errors and returns AQ_OK. */
int aq__listeners_emit(aq__listeners_t *listeners, aq_signal_t signal, const aq_app_t *app,
                       aq_session_t *session, const aq_changes_t *changes);
/* Somebody is connected for this app, so that changes are worth collecting. No lock is taken where nobody is connected at all. */
bool aq__listeners_wanted(aq__listeners_t *listeners, aq_signal_t signal, const aq_app_t *app);

/* ---- events.c: events of sessions ---- */

/* For all sessions, before there are any. */
int aq__listeners_on(aq__listeners_t *listeners, aq_session_event_t event, aq_session_event_cb cb,
                     void *data);
/* The session's own, then the db's, in the order in which they came: of those that may fail (before ...), the first error ends it and is the thread's
 * last one; of all others errors are logged. The session must not be freed meanwhile; one that is added meanwhile is not called yet. */
int aq__session_event(aq_session_t *session, aq_session_event_t event);
void aq__event_list_close(
    aq__event_list_t *listening); /* NULL is fine. With the session's memory, not before */

/* ---- Between the two ---- */

/* Makes *listening where it is NULL. */
int aq__event_list_add(aq__event_list_t **listening, const char *function, aq_session_event_t event,
                       aq_session_event_cb cb, void *data);
aq__event_list_t **aq__listeners_events(aq__listeners_t *listeners);
/* Before a callback is called: so that an error that is there afterwards is its own. */
void aq__listeners_forget_error(void);
/* What comes of what it returned. `may_fail`: the error, whose text is the thread's last error; else it is logged. `what`: the signal or event. */
int aq__listeners_judge(int returned, const char *what, bool may_fail);

#endif
