/* Sessions of a context: what they stand on, and those of scopes.
 *
 * The happy path: aq_session_open() finds the context and makes a session on its engine; aq_session_current() does the same once for each scope. A context that is closed ends
 * what its sessions do; who has one still reads its objects, and closes it.
 * The failure modes: no context, or one that is being closed; no memory; a factory that gives nothing. */
#include "src/orm/session.h"
#include "src/app/app.h"
#include "src/orm/texts.h"

/* ---- The engine -------------------------------------------------------------------------------------------------------- */

static aq_pool_t *find_pool(aq__engine_t *engine, const char *bind)
{
    aq_context_t *context = engine->context;
    aq_pool_t *pool;

    return aq__context_find(&context, bind, &pool) == AQ_OK ? pool : NULL;
}

static void hold(aq__engine_t *engine)
{
    aq__context_hold(engine->context);
}

static void release(aq__engine_t *engine)
{
    aq__context_release(engine->context);
}

static void hold_db(aq_db_t *db)
{
    atomic_fetch_add(&db->users, 1);
}

void aq__context_init_engine(aq_context_t *context)
{
    const aq_app_t *app = context->app;

    context->engine = (aq__engine_t){
        .loop = context->loop,
        .context = context,
        .app = app,
        .mappers = app->db->mappers,
        .listeners = app->db->listeners,
        .setup = &app->db->session_setup,
        .records = app->records_queries,
        .tracks = app->tracks_modifications,
        .redacts = app->redacts_records,
        .find_pool = find_pool,
        .hold = hold,
        .release = release,
        .db = app->db,
        .hold_db = hold_db,
        .release_db = aq_db_close,
    };
    aq__list_init(&context->engine.sessions);
    aq__list_init(&context->scopes);
}

void aq__context_dispose_engine(aq_context_t *context)
{
    aq__texts_close(context->engine.texts);
}

/* ---- Opened -------------------------------------------------------------------------------------------------------------- */

aq_session_t *aq_session_open(aq_context_t *context, const aq_session_options_t *options)
{
    return aq__context_use(&context) == AQ_OK ? aq__session_create(&context->engine, options) : NULL;
}

/* ---- Scopes --------------------------------------------------------------------------------------------------------------- */

typedef struct scope {
    aq__list_t link; /* context->scopes */
    const void *key;
    aq_session_t *session;
} scope_t;

static const void *scope_key(aq_context_t *context)
{
    const aq_session_setup_t *setup = context->engine.setup;
    const void *key = setup->scope != NULL ? setup->scope(setup->data, context) : NULL;

    return key != NULL ? key : context;
}

static scope_t *find_scope(const aq_context_t *context, const void *key)
{
    AQ__LIST_FOREACH(node, &context->scopes) {
        scope_t *scope = AQ__CONTAINER_OF(node, scope_t, link);

        if (scope->key == key)
            return scope;
    }
    return NULL;
}

static aq_session_t *make_session(aq_context_t *context)
{
    const aq_session_setup_t *setup = context->engine.setup;
    aq_session_t *session;

    if (setup->factory == NULL)
        return aq_session_open(context, &setup->options);
    session = setup->factory(setup->data, context, &setup->options);
    if (session == NULL && aq_last_error()->code == AQ_OK)
        aq__fail(AQ_EINVAL, "aq_session_current: the factory gave no session");
    return session;
}

static void end_scope(scope_t *scope)
{
    aq_session_t *session = scope->session;

    aq__list_unlink(&scope->link);
    aq__free(scope);
    aq_session_close(session);
}

aq_session_t *aq_session_current(aq_context_t *context)
{
    const void *key;
    scope_t *scope;

    if (aq__context_use(&context) != AQ_OK)
        return NULL;
    key = scope_key(context);
    if ((scope = find_scope(context, key)) != NULL)
        return scope->session;
    if ((scope = aq__malloc(sizeof *scope)) == NULL)
        return NULL;
    if ((scope->session = make_session(context)) == NULL) {
        aq__free(scope);
        return NULL;
    }
    scope->key = key;
    aq__list_append(&context->scopes, &scope->link);
    return scope->session;
}

void aq_session_remove(aq_context_t *context)
{
    scope_t *scope;

    if (context == NULL)
        context = aq__context_peek();
    if (context != NULL && (scope = find_scope(context, scope_key(context))) != NULL)
        end_scope(scope);
}

/* ---- Closed ---------------------------------------------------------------------------------------------------------------- */

void aq__context_end_sessions(aq_context_t *context)
{
    aq__list_t ending, *node;

    while ((node = aq__list_first(&context->scopes)) != NULL)
        end_scope(AQ__CONTAINER_OF(node, scope_t, link));
    aq__list_init(&ending);
    aq__list_splice(&ending, &context->engine.sessions);
    while ((node = aq__list_shift(&ending)) != NULL) {
        aq__list_append(&context->engine.sessions, node);
        aq__session_orphan(AQ__CONTAINER_OF(node, aq_session_t, link));
    }
}
