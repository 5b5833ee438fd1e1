/* The context: one app on one loop, with a pool for each bind.
 *
 * The happy path: aq_context_create() makes the pools, which connect on first use; aq_context_close() closes them all at once, then the
 * loop's handles.
 *
 *     OPEN -> CLOSING -> (gone)      CLOSING ends when the last pool is closed; that is never inside aq_context_close()
 *
 * The failure modes: an app without a db; no memory, after which what was made is closed by the loop's next turns. */
#include <stdlib.h>
#include <string.h>

#include "src/app/app.h"

/* ---- Closing ---------------------------------------------------------------------------------------------------------- */

/* The last of the pools is closed: the context goes, then the loop if nobody else keeps it. */
static void finish(aq__turn_t *turn)
{
    aq_context_t *context = AQ__CONTAINER_OF(turn, aq_context_t, closed);
    aq_loop_t *loop = context->loop;
    aq_op_t *op = context->close_op;

    aq__list_unlink(&context->link);
    aq__context_dispose_engine(context);
    aq_app_close(context->app);
    aq__free(context);
    aq__loop_unhold(loop);
    aq__loop_close_with(loop, op);
}

void aq__context_hold(aq_context_t *context)
{
    context->users++;
}

void aq__context_release(aq_context_t *context)
{
    if (--context->users == 0 && context->close_op != NULL)
        aq__turn_schedule(context->loop, &context->closed);
}

static void on_pool_closed(void *data, unsigned forced)
{
    aq__context_pool_t *pool = data;
    aq_context_t *context = pool->context;

    if (forced > 0)
        aq_log(AQ_LOG_WARNING, "%s%s%s: closed with %u units cut off",
               pool->bind->key != NULL ? "bind '" : "default bind",
               pool->bind->key != NULL ? pool->bind->key : "", pool->bind->key != NULL ? "'" : "", forced);
    pool->pool = NULL;
    aq__context_release(context);
}

static void begin_close(aq_context_t *context, aq_op_t *op)
{
    context->close_op = op;
    aq__loop_hold(context->loop);
    aq__context_hold(context);
    aq__context_end_sessions(context);
    for (size_t i = 0; i < context->app->bind_count; i++)
        if (context->pools[i].pool != NULL)
            aq__pool_close(context->pools[i].pool, on_pool_closed, &context->pools[i]);
    aq__context_release(context);
}

aq_op_t *aq_context_close(aq_context_t *context)
{
    aq_op_t *op;

    if (context->close_op != NULL) {
        aq__fail(AQ_ECLOSED, "aq_context_close: the context is being closed already");
        return aq__op_failed(context->loop);
    }
    op = aq__op_farewell(context->loop);
    begin_close(context, op);
    return op;
}

/* ---- Creating ---------------------------------------------------------------------------------------------------------- */

static int create_pools(aq_context_t *context)
{
    for (size_t i = 0; i < context->app->bind_count; i++) {
        const aq__bind_t *bind = &context->app->binds[i];
        aq__context_pool_t *pool = &context->pools[i];
        const aq__pool_setup_t setup = {
            .name = bind->key != NULL ? bind->key : "default",
            .keywords = bind->conninfo->keywords,
            .values = bind->conninfo->values,
            .options = &bind->options,
            .echo = context->app->echo,
        };
        int code = aq__pool_create(&pool->pool, context->loop, &setup);

        if (code != AQ_OK)
            return code;
        pool->context = context;
        pool->bind = bind;
        aq__context_hold(context);
    }
    return AQ_OK;
}

static aq_context_t *make(aq_app_t *app, uv_loop_t *uv)
{
    aq_context_t *context = aq__calloc(1, sizeof(*context) + app->bind_count * sizeof(context->pools[0]));

    if (context == NULL)
        return NULL;
    if ((context->loop = aq_loop_open(uv)) == NULL) {
        aq__free(context);
        return NULL;
    }
    context->app = app;
    aq__app_use(app);
    aq__context_init_engine(context);
    aq__turn_init(&context->closed, finish);
    aq__context_opened(context);
    return context;
}

aq_context_t *aq_context_create(aq_app_t *app, uv_loop_t *loop)
{
    aq_context_t *context;
    aq_error_t *error;

    if (app == NULL || loop == NULL) {
        aq__fail(AQ_EINVAL, "aq_context_create: the %s is NULL", app == NULL ? "app" : "loop");
        return NULL;
    }
    if (app->db == NULL) {
        aq__fail(AQ_ENOTREG, "aq_context_create: this app was not registered: call aq_db_init_app() first");
        return NULL;
    }
    if (aq_db_seal(app->db) != AQ_OK || aq__db_map(app->db) != AQ_OK || (context = make(app, loop)) == NULL)
        return NULL;
    if (create_pools(context) != AQ_OK) {
        error = aq__error_copy(aq_last_error());
        begin_close(context, aq__op_farewell(context->loop));
        if (error != NULL)
            aq__fail_with(error);
        aq__free(error);
        return NULL;
    }
    return context;
}

aq_app_t *aq_context_app(const aq_context_t *context)
{
    return context->app;
}

aq_loop_t *aq_context_loop(const aq_context_t *context)
{
    return context->loop;
}

/* ---- Finding a pool ------------------------------------------------------------------------------------------------------ */

aq_op_t *aq__context_failed(const aq_context_t *context)
{
    aq_loop_t *loop = context != NULL ? context->loop : aq__task_loop();

    return loop != NULL ? aq__op_failed(loop) : aq__op_failed_nowhere();
}

int aq__context_use(aq_context_t **context)
{
    if (*context == NULL && (*context = aq_context_current()) == NULL)
        return aq_last_error()->code;
    return (*context)->close_op == NULL ? AQ_OK : aq__fail(AQ_ECLOSED, "the context is closed");
}

int aq__context_find(aq_context_t **context, const char *bind, aq_pool_t **pool)
{
    int index = aq__context_use(context);

    if (index != AQ_OK)
        return index;
    if ((index = aq__app_find_bind((*context)->app, bind)) < 0)
        return index;
    *pool = (*context)->pools[index].pool;
    return AQ_OK;
}
