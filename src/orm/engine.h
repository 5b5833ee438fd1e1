/* engine: what a session stands on, seen from below: the context gives it, and this room does not know contexts.
 *
 *     aq_pool_t *pool = engine->find_pool(engine, "users");         NULL: AQ_ENOBIND, AQ_ECLOSED
 *
 * One for each context; used from its loop's thread. */
#ifndef AQ_SRC_ORM_ENGINE_H
#define AQ_SRC_ORM_ENGINE_H

#include "aquifer/session.h"
#include "src/base/base.h"
#include "src/orm/mapper.h"
#include "src/wire/pool.h"

struct aq__listeners;

enum { AQ__ENGINE_KNOWN = 16 };

typedef struct aq__engine aq__engine_t;
struct aq__engine {
    aq_loop_t *loop;
    aq_context_t *context; /* for callbacks only */
    const aq_app_t *app;   /* the same: who sends signals */
    const aq__mappers_t *mappers;
    struct aq__listeners *listeners; /* of the db: signals and events (listeners.h) */
    const aq_session_setup_t *setup; /* of the db; never NULL */
    struct aq__texts *
        texts; /* fragments and statements of the user's (query.h); NULL: none yet. Closed with the context */
    /* Models that were asked for: a header's has an address of its own in each file that includes it. */
    struct {
        const aq_model_t *model;
        const aq__mapper_t *mapper;
    } known[AQ__ENGINE_KNOWN];
    bool records, tracks;
    bool redacts; /* records have no parameters' values */
    /* NULL: the thread's last error is AQ_ENOBIND or AQ_ECLOSED. `bind` NULL: the default one. */
    aq_pool_t *(*find_pool)(aq__engine_t *engine, const char *bind);
    /* Until it is released, the engine stays; find_pool() may fail meanwhile. */
    void (*hold)(aq__engine_t *engine);
    void (*release)(aq__engine_t *engine);
    /* Whose the mappers are: a session may outlive its context, and even the program's use of the db. */
    aq_db_t *db; /* NULL: nobody's */
    void (*hold_db)(aq_db_t *db);
    void (*release_db)(aq_db_t *db);
    aq__list_t sessions; /* that are open, by aq_session.link: closed with the context */
    uint64_t next_session;
};

#endif
