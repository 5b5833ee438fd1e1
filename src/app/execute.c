/* The calls on a context: each finds the pool of its bind and hands over.
 *
 * The failure modes (no context, a context that is closed, a bind that is not configured) give an op that has failed, on the loop of the
 * context, of the running task, or else on none. */
#include <string.h>

#include "src/app/app.h"

aq_op_t *aq_execute(aq_context_t *context, const char *bind, const char *sql, const aq_arguments_t *arguments)
{
    aq_pool_t *pool;

    return aq__context_find(&context, bind, &pool) == AQ_OK ? aq__pool_execute(pool, sql, arguments)
                                                            : aq__context_failed(context);
}

aq_op_t *aq_read(aq_context_t *context, const char *bind, const char *sql, const aq_arguments_t *arguments)
{
    aq_pool_t *pool;

    return aq__context_find(&context, bind, &pool) == AQ_OK ? aq__pool_read(pool, sql, arguments)
                                                            : aq__context_failed(context);
}

aq_op_t *aq_send(aq_context_t *context, const char *bind, aq_unit_t *unit)
{
    aq_pool_t *pool;

    if (aq__context_find(&context, bind, &pool) == AQ_OK)
        return aq__pool_send(pool, unit);
    aq_unit_close(unit); /* it was ours */
    return aq__context_failed(context);
}

aq_op_t *aq_describe(aq_context_t *context, const char *bind, const char *sql)
{
    aq_pool_t *pool;

    return aq__context_find(&context, bind, &pool) == AQ_OK ? aq__pool_describe(pool, sql)
                                                            : aq__context_failed(context);
}

aq_op_t *aq_acquire(aq_context_t *context, const char *bind)
{
    aq_pool_t *pool;

    return aq__context_find(&context, bind, &pool) == AQ_OK ? aq__pool_acquire(pool)
                                                            : aq__context_failed(context);
}

aq_op_t *aq_stream(aq_context_t *context, const char *bind, const char *sql, const aq_arguments_t *arguments)
{
    aq_pool_t *pool;

    return aq__context_find(&context, bind, &pool) == AQ_OK ? aq__pool_stream(pool, sql, arguments)
                                                            : aq__context_failed(context);
}

aq_op_t *aq_copy_in(aq_context_t *context, const char *bind, const char *sql)
{
    aq_pool_t *pool;

    return aq__context_find(&context, bind, &pool) == AQ_OK ? aq__pool_copy_in(pool, sql)
                                                            : aq__context_failed(context);
}

aq_op_t *aq_copy_out(aq_context_t *context, const char *bind, const char *sql)
{
    aq_pool_t *pool;

    return aq__context_find(&context, bind, &pool) == AQ_OK ? aq__pool_copy_out(pool, sql)
                                                            : aq__context_failed(context);
}

aq_op_t *aq_listen(aq_context_t *context, const char *bind, const char *channel, aq_notify_cb cb, void *data)
{
    aq_pool_t *pool;

    return aq__context_find(&context, bind, &pool) == AQ_OK ? aq__pool_listen(pool, channel, cb, data)
                                                            : aq__context_failed(context);
}

/* ---- Statistics ---------------------------------------------------------------------------------------------------------- */

int aq_pool_get_stats(aq_context_t *context, const char *bind, aq_pool_stats_t *stats)
{
    aq_pool_t *pool;
    int code = aq__context_find(&context, bind, &pool);

    if (code == AQ_OK)
        aq__pool_get_stats(pool, stats);
    return code;
}

void aq_pool_stats_json(aq_context_t *context, aq_text_t *json)
{
    const char *separator = "";

    aq_text_append_char(json, '{');
    if (context == NULL)
        context = aq__context_peek();
    for (size_t i = 0; context != NULL && i < context->app->bind_count; i++) {
        const char *key = context->app->binds[i].key != NULL ? context->app->binds[i].key : "default";

        if (context->pools[i].pool == NULL) /* closed already */
            continue;
        aq_text_append(json, separator);
        aq_text_append_json(json, key, strlen(key));
        aq_text_append_char(json, ':');
        aq__pool_append_json(context->pools[i].pool, json);
        separator = ",";
    }
    aq_text_append_char(json, '}');
}

int aq_pool_dispose(aq_context_t *context, const char *bind)
{
    aq_pool_t *pool;
    int code = aq__context_find(&context, bind, &pool);

    if (code == AQ_OK)
        aq__pool_dispose(pool);
    return code;
}
