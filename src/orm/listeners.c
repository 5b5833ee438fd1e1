/* Signals of a db, which any thread may connect to, disconnect from and emit.
 *
 * The happy path: listeners are a list in the order in which they were connected, under one lock that is never held while a callback runs. An emission goes
 * from one to the next and calls those that were connected before it began. A listener that is being called stays on the list, so that the way on from it is
 * known even if it was disconnected meanwhile: then it is marked as gone, and freed by the last who needs it.
 *
 *     CONNECTED -> GONE -> freed       at once where nobody is calling it
 *
 * Disconnecting waits for other threads that are inside the callback, so that what `data` points to may be freed next. Only a callback does not wait: two
 * of them might wait for each other. Where nobody is connected, all that is done is to read one number.
 * The failure modes: no memory; a listener that is not there; a callback's error, which is a veto before the commit and a line in the log after it. */
#include "src/orm/listeners.h"

#include <pthread.h>
#include <stdatomic.h>

enum { SIGNALS = 2 };

typedef struct listener {
    aq__list_t link;
    const aq_app_t *app; /* NULL: all */
    aq_signal_cb cb;
    void *data;
    uint64_t number;  /* in the order of connection */
    unsigned calls;   /* that are under way, in all threads */
    unsigned waiters; /* threads in disconnect() */
    bool gone;
} listener_t;

struct aq__listeners {
    pthread_mutex_t lock;
    pthread_cond_t called; /* the last call of a listener that is waited for has ended */
    aq__list_t lists[SIGNALS];
    atomic_size_t counts[SIGNALS]; /* that are connected; written under the lock */
    uint64_t last_number;
    aq__event_list_t *events;
};

/* Callbacks of signals that are under way in this thread. */
static _Thread_local unsigned depth;

static const char *name_of(aq_signal_t signal)
{
    switch (signal) {
    case AQ_BEFORE_MODELS_COMMITTED: return "before_models_committed";
    case AQ_MODELS_COMMITTED: return "models_committed";
    }
    return NULL;
}

/* ---- Making and closing --------------------------------------------------------------------------------------------------------- */

aq__listeners_t *aq__listeners_create(void)
{
    aq__listeners_t *listeners = aq__calloc(1, sizeof(*listeners));

    if (listeners == NULL)
        return NULL;
    pthread_mutex_init(&listeners->lock, NULL);
    pthread_cond_init(&listeners->called, NULL);
    for (size_t i = 0; i < SIGNALS; i++) {
        aq__list_init(&listeners->lists[i]);
        atomic_init(&listeners->counts[i], 0);
    }
    return listeners;
}

void aq__listeners_close(aq__listeners_t *listeners)
{
    aq__list_t *link;

    if (listeners == NULL)
        return;
    for (size_t i = 0; i < SIGNALS; i++)
        while ((link = aq__list_shift(&listeners->lists[i])) != NULL)
            aq__free(AQ__CONTAINER_OF(link, listener_t, link));
    aq__event_list_close(listeners->events);
    pthread_cond_destroy(&listeners->called);
    pthread_mutex_destroy(&listeners->lock);
    aq__free(listeners);
}

aq__event_list_t **aq__listeners_events(aq__listeners_t *listeners)
{
    return &listeners->events;
}

/* ---- Connecting --------------------------------------------------------------------------------------------------------------------- */

static int check(const char *function, aq_signal_t signal, aq_signal_cb cb)
{
    if (name_of(signal) == NULL)
        return aq__fail(AQ_EINVAL, "%s: there is no signal %d", function, (int)signal);
    if (cb == NULL)
        return aq__fail(AQ_EINVAL, "%s: %s: the callback is NULL", function, name_of(signal));
    return AQ_OK;
}

int aq__listeners_connect(aq__listeners_t *listeners, aq_signal_t signal, const aq_app_t *app,
                          aq_signal_cb cb, void *data)
{
    int code = check("aq_signal_connect", signal, cb);
    listener_t *listener = code == AQ_OK ? aq__calloc(1, sizeof(*listener)) : NULL;

    if (listener == NULL)
        return code == AQ_OK ? AQ_ENOMEM : code;
    listener->app = app;
    listener->cb = cb;
    listener->data = data;
    pthread_mutex_lock(&listeners->lock);
    listener->number = ++listeners->last_number;
    aq__list_append(&listeners->lists[signal], &listener->link);
    atomic_fetch_add(&listeners->counts[signal], 1);
    pthread_mutex_unlock(&listeners->lock);
    return AQ_OK;
}

/* The newest of those that are alike. */
static listener_t *find(const aq__list_t *list, const aq_app_t *app, aq_signal_cb cb, const void *data)
{
    for (aq__list_t *link = list->prev; link != list; link = link->prev) {
        listener_t *listener = AQ__CONTAINER_OF(link, listener_t, link);

        if (!listener->gone && listener->app == app && listener->cb == cb && listener->data == data)
            return listener;
    }
    return NULL;
}

/* Frees what is gone and needed by nobody. */
static void sweep(listener_t *listener)
{
    if (!listener->gone || listener->calls > 0 || listener->waiters > 0)
        return;
    aq__list_unlink(&listener->link);
    aq__free(listener);
}

static void wait_for_calls(aq__listeners_t *listeners, listener_t *listener)
{
    listener->waiters++;
    while (listener->calls > 0)
        pthread_cond_wait(&listeners->called, &listeners->lock);
    listener->waiters--;
}

int aq__listeners_disconnect(aq__listeners_t *listeners, aq_signal_t signal, const aq_app_t *app,
                             aq_signal_cb cb, void *data)
{
    int code = check("aq_signal_disconnect", signal, cb);
    listener_t *listener;

    if (code != AQ_OK)
        return code;
    pthread_mutex_lock(&listeners->lock);
    listener = find(&listeners->lists[signal], app, cb, data);
    if (listener != NULL) {
        listener->gone = true;
        atomic_fetch_sub(&listeners->counts[signal], 1);
        if (depth == 0)
            wait_for_calls(listeners, listener);
        sweep(listener);
    }
    pthread_mutex_unlock(&listeners->lock);
    if (listener == NULL)
        return aq__fail(AQ_ENOENT,
                        "aq_signal_disconnect: %s: no such callback is connected for this app and data",
                        name_of(signal));
    return AQ_OK;
}

/* ---- Emitting ----------------------------------------------------------------------------------------------------------------------- */

static bool wants(const listener_t *listener, const aq_app_t *app)
{
    return !listener->gone && (listener->app == NULL || listener->app == app);
}

bool aq__listeners_wanted(aq__listeners_t *listeners, aq_signal_t signal, const aq_app_t *app)
{
    bool wanted = false;

    if (listeners == NULL || atomic_load_explicit(&listeners->counts[signal], memory_order_relaxed) == 0)
        return false;
    pthread_mutex_lock(&listeners->lock);
    AQ__LIST_FOREACH(link, &listeners->lists[signal])
        wanted = wanted || wants(AQ__CONTAINER_OF(link, listener_t, link), app);
    pthread_mutex_unlock(&listeners->lock);
    return wanted;
}

/* Without the lock. */
static int call(const listener_t *listener, aq_signal_t signal, aq_session_t *session,
                const aq_changes_t *changes)
{
    int returned;

    depth++;
    aq__listeners_forget_error();
    returned = listener->cb(listener->data, session, changes);
    depth--;
    return aq__listeners_judge(returned, name_of(signal), signal == AQ_BEFORE_MODELS_COMMITTED);
}

int aq__listeners_emit(aq__listeners_t *listeners, aq_signal_t signal, const aq_app_t *app,
                       aq_session_t *session, const aq_changes_t *changes)
{
    const aq__list_t *list;
    uint64_t last;
    int code = AQ_OK;

    if (listeners == NULL || atomic_load_explicit(&listeners->counts[signal], memory_order_relaxed) == 0)
        return AQ_OK;
    pthread_mutex_lock(&listeners->lock);
    list = &listeners->lists[signal];
    last = listeners->last_number;
    for (aq__list_t *link = list->next, *next; code == AQ_OK && link != list; link = next) {
        listener_t *listener = AQ__CONTAINER_OF(link, listener_t, link);

        if (listener->number > last)
            break;
        if (!wants(listener, app)) {
            next = link->next;
            continue;
        }
        listener->calls++;
        pthread_mutex_unlock(&listeners->lock);
        code = call(listener, signal, session, changes);
        pthread_mutex_lock(&listeners->lock);
        next = link->next;
        if (--listener->calls == 0 && listener->waiters > 0)
            pthread_cond_broadcast(&listeners->called);
        sweep(listener);
    }
    pthread_mutex_unlock(&listeners->lock);
    return code;
}

/* ---- What a callback returned --------------------------------------------------------------------------------------------------------- */

void aq__listeners_forget_error(void)
{
    aq__fail(AQ_OK, "%s", aq_strerror(AQ_OK));
}

int aq__listeners_judge(int returned, const char *what, bool may_fail)
{
    const aq_error_t *error = aq_last_error();

    if (returned == AQ_OK || (may_fail && returned < 0 && error->code == returned))
        return returned;
    if (returned > 0) {
        aq__fail(AQ_EINVAL, "the callback returned %d, which is no error code", returned);
        returned = AQ_EINVAL;
    } else if (error->code != returned) {
        aq__fail(returned, "%s", aq_strerror(returned));
    }
    aq__fail(returned, "%s: %s", what, aq_last_error()->message);
    if (may_fail)
        return returned;
    aq_log(AQ_LOG_ERROR, "%s", aq_last_error()->message);
    return AQ_OK;
}

/* ---- Names -------------------------------------------------------------------------------------------------------------------------------- */

const char *aq_operation_name(aq_operation_t operation)
{
    switch (operation) {
    case AQ_INSERT: return "insert";
    case AQ_UPDATE: return "update";
    case AQ_DELETE: return "delete";
    }
    return "no operation";
}
