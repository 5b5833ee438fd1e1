/* Who listens to the sessions of a db, and how its sessions are made.
 *
 * The happy path: events and the setup before the db is sealed, because all its sessions have them without a lock; signals at any time, from any thread.
 * The failure modes: no db, a db that is sealed, an option that makes no sense, no memory. */
#include "src/app/app.h"

#include "src/orm/listeners.h"
#include "src/orm/options.h"

/* ---- Signals ------------------------------------------------------------------------------------------------------------------- */

int aq_signal_connect(aq_db_t *db, aq_signal_t signal, const aq_app_t *app, aq_signal_cb cb, void *data)
{
    if (db == NULL)
        return aq__fail(AQ_EINVAL, "aq_signal_connect: the db is NULL");
    return aq__listeners_connect(db->listeners, signal, app, cb, data);
}

int aq_signal_disconnect(aq_db_t *db, aq_signal_t signal, const aq_app_t *app, aq_signal_cb cb, void *data)
{
    if (db == NULL)
        return aq__fail(AQ_EINVAL, "aq_signal_disconnect: the db is NULL");
    return aq__listeners_disconnect(db->listeners, signal, app, cb, data);
}

/* ---- Before the seal ------------------------------------------------------------------------------------------------------------- */

/* With the db's lock. */
static int check_open(const aq_db_t *db, const char *function)
{
    if (!db->models->sealed)
        return AQ_OK;
    return aq__fail(AQ_EINVAL, "%s: the db is sealed: contexts use it already", function);
}

int aq_db_on(aq_db_t *db, aq_session_event_t event, aq_session_event_cb cb, void *data)
{
    int code;

    if (db == NULL)
        return aq__fail(AQ_EINVAL, "aq_db_on: the db is NULL");
    pthread_mutex_lock(&db->lock);
    code = check_open(db, "aq_db_on");
    if (code == AQ_OK)
        code = aq__listeners_on(db->listeners, event, cb, data);
    pthread_mutex_unlock(&db->lock);
    return code;
}

int aq_db_set_session_setup(aq_db_t *db, const aq_session_setup_t *setup)
{
    int code;

    if (db == NULL || setup == NULL)
        return aq__fail(AQ_EINVAL, "aq_db_set_session_setup: the %s is NULL", db == NULL ? "db" : "setup");
    if (setup->options.lane != NULL)
        return aq__fail(AQ_EINVAL,
                        "aq_db_set_session_setup: options.lane: a lane is for one session, not for all");
    if ((code = aq__session_options_check("aq_db_set_session_setup", &setup->options)) != AQ_OK)
        return code;
    pthread_mutex_lock(&db->lock);
    code = check_open(db, "aq_db_set_session_setup");
    if (code == AQ_OK)
        db->session_setup = *setup;
    pthread_mutex_unlock(&db->lock);
    return code;
}
