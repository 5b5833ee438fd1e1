/* The app: one configuration, checked and copied, that contexts on any number of loops share.
 *
 * The happy path: aq_app_create() copies and checks, aq_db_init_app() ties it to a db, contexts read it.
 * The failure modes: a bad configuration; a bind that is not configured. An app that is closed before its contexts stays until
 * the last of them is closed. */
#include <string.h>

#include "src/app/app.h"

aq_app_t *aq_app_create(const aq_config_t *config)
{
    static const aq_config_t nothing;
    aq_arena_t *arena = aq_arena_create();
    aq_app_t *app = arena != NULL ? aq_arena_calloc(arena, 1, sizeof(*app)) : NULL;

    if (app == NULL) {
        aq_arena_close(arena);
        return NULL;
    }
    atomic_init(&app->users, 1);
    aq__list_init(&app->link);
    app->arena = arena;
    if (aq__config_apply(app, config != NULL ? config : &nothing) != AQ_OK) {
        aq_arena_close(arena);
        return NULL;
    }
    return app;
}

void aq__app_use(aq_app_t *app)
{
    atomic_fetch_add(&app->users, 1);
}

void aq_app_close(aq_app_t *app)
{
    if (app == NULL || atomic_fetch_sub(&app->users, 1) > 1)
        return;
    aq__db_remove_app(app);
    aq_arena_close(app->arena);
}

aq_db_t *aq_app_db(const aq_app_t *app)
{
    return app->db;
}

/* ---- Binds ----------------------------------------------------------------------------------------------------------- */

size_t aq_app_bind_count(const aq_app_t *app)
{
    return app->bind_count;
}

const char *aq_app_bind_key(const aq_app_t *app, size_t index)
{
    return index < app->bind_count ? app->binds[index].key : NULL;
}

int aq__app_find_bind(const aq_app_t *app, const char *key)
{
    for (size_t i = 0; i < app->bind_count; i++) {
        const char *other = app->binds[i].key;

        if (key == other || (key != NULL && other != NULL && strcmp(key, other) == 0))
            return (int)i;
    }
    if (key == NULL)
        return aq__fail(AQ_ENOBIND, "the default bind is not configured: set AQUIFER_DATABASE_URI");
    return aq__fail(AQ_ENOBIND, "bind '%s' is not configured: set it in AQUIFER_BINDS", key);
}

char *aq_app_bind_uri(const aq_app_t *app, const char *bind)
{
    int index = aq__app_find_bind(app, bind);

    return index >= 0 ? aq__strdup(app->binds[index].shown_uri) : NULL;
}

const aq_pool_options_t *aq_app_bind_options(const aq_app_t *app, const char *bind)
{
    int index = aq__app_find_bind(app, bind);

    return index >= 0 ? &app->binds[index].options : NULL;
}

/* ---- Switches ---------------------------------------------------------------------------------------------------------- */

bool aq_app_records_queries(const aq_app_t *app)
{
    return app->records_queries;
}

bool aq_app_redacts_records(const aq_app_t *app)
{
    return app->redacts_records;
}

bool aq_app_tracks_modifications(const aq_app_t *app)
{
    return app->tracks_modifications;
}
