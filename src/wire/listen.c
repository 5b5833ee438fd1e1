/* LISTEN: one connection per pool for all its listeners, beside those that the pool counts.
 *
 * The happy path: the first listener connects; each channel that somebody listens to is asked for, one statement at a time; notifications go to all
 * listeners of their channel; a channel whose last listener has gone is let go of at the server too.
 *
 * The failure modes: the connection cannot be made (who waits for it is told, others go on being tried for, with full-jitter backoff), or is lost (it is
 * made again, every channel is asked for again, and then its listeners are told that they may have missed something), the server refuses a
 * LISTEN (a standby does), the pool is closed. Behind a transaction pooler nothing ever comes: LISTEN needs a session.
 *
 * A callback may end any listener, its own too, and make new ones: those who are still to be told are on `round`, not in an iteration. */
#include <stdio.h>
#include <string.h>

#include "src/wire/pool-private.h"

#define BACKOFF_FIRST 50 /* ms */
#define BACKOFF_LAST 5000

/*  DOWN       -> CONNECTING                nobody needs it, or `retry_at` has not come
 *  CONNECTING -> UP | DOWN
 *  UP         -> DOWN
 *  all        -> CLOSED                                                              */
typedef enum { DOWN, CONNECTING, UP, CLOSED } listening_state_t;

struct aq__listening {
    aq_pool_t *pool;
    listening_state_t state;
    aq__list_t channels;
    PGconn *pg; /* UP */
    uv_poll_t *poll;
    struct channel *asked; /* what the statement that runs is for */
    bool running;          /* a statement is */
    bool refused;          /* it has failed */
    int delivering;        /* channels are not freed meanwhile */
    unsigned failures;     /* to connect, in a row */
    uint64_t retry_at;     /* loop time before which nobody connects */
    uint64_t deadline;     /* of the statement that runs; 0: none */
};

typedef struct channel {
    aq__list_t link;
    aq__list_t listeners;
    aq__list_t round; /* who is still to be told of a notification */
    bool heard;       /* the server has answered LISTEN */
    char name[];
} channel_t;

struct aq_listener {
    aq__list_t link; /* in its channel */
    aq_op_t op;      /* not first: the listener is its value, and an op that is its own value has none */
    aq__listening_t *listening; /* NULL: nothing comes any more */
    aq_notify_cb cb;
    void *data;
    channel_t *channel;
    bool ready;    /* its op has succeeded */
    bool missed;   /* to be told, when its channel is heard again */
    bool released; /* the op is gone */
    bool ended;    /* aq_unlisten() */
};

static void go_on(aq__listening_t *listening);

/* ---- listeners ------------------------------------------------------------------------------------------------------------- */

static void free_if_done(aq_listener_t *listener)
{
    if (listener->released && listener->ended)
        aq__free(listener);
}

static void on_release(aq_op_t *op)
{
    aq_listener_t *listener = AQ__CONTAINER_OF(op, aq_listener_t, op);

    listener->released = true;
    free_if_done(listener);
}

static void detach(aq_listener_t *listener)
{
    aq__list_unlink(&listener->link);
    listener->listening = NULL;
    listener->channel = NULL;
}

/* Its op fails, and nobody ever had it. */
static void fail(aq_listener_t *listener, const aq_error_t *error)
{
    detach(listener);
    listener->ended = true;
    aq_op_fail_with(&listener->op, error);
}

static void fail_with(aq_listener_t *listener, int code, const char *why)
{
    aq_error_t error = {.code = code};
    char buffer[1024];

    snprintf(buffer, sizeof buffer, "bind '%s': listen '%s': %s", listener->listening->pool->name,
             listener->channel->name, why);
    error.message = buffer;
    fail(listener, &error);
}

void aq_unlisten(aq_listener_t *listener)
{
    aq__listening_t *listening;

    if (listener == NULL || listener->ended)
        return;
    listening = listener->listening;
    listener->ended = true;
    detach(listener);
    if (!listener->released && listener->op.value == listener)
        listener->op.value = &listener->op; /* its value is gone from now on */
    free_if_done(listener);
    if (listening != NULL)
        go_on(listening);
}

static void dispose(void *value)
{
    aq_unlisten(value);
}

static bool on_cancel(aq_op_t *op, void *data)
{
    aq_listener_t *listener = AQ__CONTAINER_OF(op, aq_listener_t, op);
    aq__listening_t *listening = data;

    fail_with(listener, AQ_ECANCELED, "canceled before the server had answered");
    go_on(listening);
    return false;
}

static const aq_op_class_t listen_class = {.name = "listen", .cancel = on_cancel, .dispose = dispose};

/* All on `round`, one after the other. False: the pool was closed meanwhile. */
static bool tell(aq__listening_t *listening, channel_t *channel, const aq_notification_t *notification)
{
    aq__list_t *node;

    while ((node = aq__list_shift(&channel->round)) != NULL) {
        aq_listener_t *listener = AQ__CONTAINER_OF(node, aq_listener_t, link);

        aq__list_append(&channel->listeners, node);
        if (!listener->ready || (notification->missed && !listener->missed))
            continue;
        if (notification->missed)
            listener->missed = false;
        listener->cb(listener->data, notification); /* the listener may be gone now */
        if (listening->state == CLOSED)
            return false;
    }
    return true;
}

/* ---- the connection ---------------------------------------------------------------------------------------------------------- */

static channel_t *find_channel(const aq__listening_t *listening, const char *name)
{
    AQ__LIST_FOREACH(node, &listening->channels) {
        channel_t *channel = AQ__CONTAINER_OF(node, channel_t, link);

        if (strcmp(channel->name, name) == 0)
            return channel;
    }
    return NULL;
}

static bool is_wanted(const channel_t *channel)
{
    return !aq__list_empty(&channel->listeners) || !aq__list_empty(&channel->round);
}

static void retry_later(aq__listening_t *listening)
{
    aq_pool_t *pool = listening->pool;
    unsigned doublings = listening->failures < 7 ? listening->failures : 7;
    double backoff = BACKOFF_FIRST * (double)(1u << doublings);

    listening->failures++;
    listening->retry_at =
        aq__pool_now(pool) + 1 +
        (uint64_t)((backoff < BACKOFF_LAST ? backoff : BACKOFF_LAST) * aq__pool_random(pool));
    aq__pool_arm(pool, listening->retry_at);
}

static void on_poll_closed(uv_handle_t *handle)
{
    aq_pool_t *pool = handle->data;

    aq__free(handle);
    aq__pool_handle_closed(pool);
}

static void disconnect(aq__listening_t *listening)
{
    if (listening->poll != NULL) {
        listening->poll->data = listening->pool;
        uv_poll_stop(listening->poll);
        uv_close((uv_handle_t *)listening->poll, on_poll_closed);
        listening->poll = NULL;
    }
    PQfinish(listening->pg);
    listening->pg = NULL;
    listening->running = false;
    listening->asked = NULL;
    listening->deadline = 0;
}

/* Every channel has to be asked for again, and what comes meanwhile is missed. */
static void on_lost(aq__listening_t *listening, const char *why)
{
    char text[512];

    snprintf(text, sizeof text, "%s", why);
    text[strcspn(text, "\n")] = '\0';
    aq_log(AQ_LOG_WARNING, "bind '%s': the connection that listens was lost: %s", listening->pool->name,
           text);
    disconnect(listening);
    listening->state = DOWN;
    AQ__LIST_FOREACH(node, &listening->channels) {
        channel_t *channel = AQ__CONTAINER_OF(node, channel_t, link);

        channel->heard = false;
        aq__list_splice(&channel->listeners, &channel->round);
        AQ__LIST_FOREACH(each, &channel->listeners) {
            aq_listener_t *listener = AQ__CONTAINER_OF(each, aq_listener_t, link);

            listener->missed = listener->ready;
        }
    }
    retry_later(listening);
}

/* Fails those of the channel whose LISTEN has not been answered yet. */
static void fail_waiting(channel_t *channel, int code, const char *why, const PGresult *failure)
{
    AQ__LIST_FOREACH_SAFE(node, &channel->listeners) {
        aq_listener_t *listener = AQ__CONTAINER_OF(node, aq_listener_t, link);
        aq_error_t error;
        char buffer[1024];

        if (listener->ready)
            continue;
        if (failure == NULL) {
            fail_with(listener, code, why);
            continue;
        }
        aq__error_from_result(&error, failure, buffer, sizeof buffer);
        fail(listener, &error);
    }
}

static void fail_all_waiting(aq__listening_t *listening, int code, const char *why)
{
    AQ__LIST_FOREACH(node, &listening->channels)
        fail_waiting(AQ__CONTAINER_OF(node, channel_t, link), code, why, NULL);
}

/* LISTEN was answered. */
static void on_heard(aq__listening_t *listening, channel_t *channel)
{
    aq_notification_t missed = {.channel = channel->name, .payload = "", .missed = true};

    channel->heard = true;
    AQ__LIST_FOREACH(node, &channel->listeners) {
        aq_listener_t *listener = AQ__CONTAINER_OF(node, aq_listener_t, link);

        if (!listener->ready) {
            listener->ready = true;
            aq_op_complete(&listener->op, listener);
        }
    }
    aq__list_splice(&channel->round, &channel->listeners);
    listening->delivering++;
    (void)tell(listening, channel, &missed);
    listening->delivering--;
}

static void on_statement_end(aq__listening_t *listening, PGresult *failure)
{
    channel_t *channel = listening->asked;

    listening->running = false;
    listening->asked = NULL;
    listening->deadline = 0;
    if (failure == NULL) {
        if (channel->heard)
            channel->heard = false; /* it was an UNLISTEN */
        else
            on_heard(listening, channel);
        return;
    }
    fail_waiting(channel, AQ_ESERVER, "refused", failure);
    if (is_wanted(channel) || channel->heard) /* it was heard before: perhaps another server hears it */
        on_lost(listening, PQresultErrorMessage(failure));
}

static void read_results(aq__listening_t *listening)
{
    PGresult *failure = NULL, *result;

    while (listening->running && !PQisBusy(listening->pg)) {
        result = PQgetResult(listening->pg);
        if (result != NULL && failure == NULL && PQresultStatus(result) == PGRES_FATAL_ERROR) {
            failure = result;
            continue;
        }
        PQclear(result);
        if (result == NULL && PQstatus(listening->pg) == CONNECTION_OK)
            on_statement_end(listening, failure);
        else if (result == NULL)
            listening->running = false;
        if (listening->state != UP)
            break;
    }
    PQclear(failure);
}

static void read_notifications(aq__listening_t *listening)
{
    PGnotify *notify;

    while (listening->state == UP && (notify = PQnotifies(listening->pg)) != NULL) {
        aq_notification_t notification = {
            .channel = notify->relname, .payload = notify->extra, .backend_pid = notify->be_pid};
        channel_t *channel = find_channel(listening, notify->relname);

        if (channel != NULL) {
            aq__list_splice(&channel->round, &channel->listeners);
            listening->delivering++;
            (void)tell(listening, channel, &notification);
            listening->delivering--;
        }
        PQfreemem(notify);
    }
}

static void watch(aq__listening_t *listening);

static void on_poll(uv_poll_t *handle, int status, int events)
{
    aq__listening_t *listening = handle->data;
    aq_loop_t *loop = listening->pool->loop;

    aq__loop_enter(loop);
    if (status < 0 || (events & UV_READABLE) != 0)
        (void)PQconsumeInput(listening->pg); /* a failure shows as PQstatus */
    for (int i = 0; i < 64 && aq__libpq()->ssl_pending != NULL && PQsslInUse(listening->pg) &&
                    aq__libpq()->ssl_pending(PQsslStruct(listening->pg, "OpenSSL")) > 0;
         i++)
        (void)PQconsumeInput(listening->pg);
    read_results(listening);
    read_notifications(listening);
    if (listening->state == UP && PQstatus(listening->pg) != CONNECTION_OK)
        on_lost(listening, PQerrorMessage(listening->pg));
    if (listening->state == UP && (events & UV_WRITABLE) != 0)
        watch(listening);
    go_on(listening);
    aq__loop_leave(loop);
}

static void watch(aq__listening_t *listening)
{
    int rc = PQflush(listening->pg);

    uv_poll_start(listening->poll, UV_READABLE | (rc == 1 ? UV_WRITABLE : 0), on_poll);
}

static void on_connected(void *data, PGconn *pg, const char *message, const char *sqlstate)
{
    aq__listening_t *listening = data;
    char why[1100];

    (void)sqlstate;
    if (listening->state != CONNECTING) {
        PQfinish(pg);
        return;
    }
    listening->poll = message == NULL ? aq__calloc(1, sizeof *listening->poll) : NULL;
    if (listening->poll != NULL &&
        uv_poll_init(aq_loop_uv(listening->pool->loop), listening->poll, PQsocket(pg)) == 0) {
        listening->poll->data = listening;
        uv_unref((uv_handle_t *)listening->poll);
        listening->pool->handles++;
        listening->pg = pg;
        listening->state = UP;
        listening->failures = 0;
        watch(listening);
        go_on(listening);
        return;
    }
    aq__free(listening->poll);
    listening->poll = NULL;
    PQfinish(pg);
    listening->state = DOWN;
    snprintf(why, sizeof why, "cannot connect: %s", message != NULL ? message : "out of memory");
    aq_log(AQ_LOG_WARNING, "bind '%s': listen: %s", listening->pool->name, why);
    retry_later(listening);
    fail_all_waiting(listening, AQ_ECONNECT, why);
    go_on(listening);
}

/* ---- what has to be done ------------------------------------------------------------------------------------------------------- */

static void ask(aq__listening_t *listening, channel_t *channel)
{
    aq_pool_t *pool = listening->pool;
    aq_text_t sql = {0};

    aq_text_append(&sql, channel->heard ? "UNLISTEN " : "LISTEN ");
    aq_text_append_identifier(&sql, channel->name);
    if (sql.failed || !PQsendQuery(listening->pg, sql.data)) {
        aq_text_dispose(&sql);
        fail_waiting(channel, AQ_ENOMEM, "out of memory", NULL);
        on_lost(listening, "a statement could not be sent");
        return;
    }
    aq_text_dispose(&sql);
    listening->running = true;
    listening->asked = channel;
    listening->deadline = aq__pool_after(
        pool, pool->options.query_timeout > 0 ? pool->options.query_timeout : pool->options.connect_timeout);
    aq__pool_arm(pool, listening->deadline);
    watch(listening);
}

/* Forgets channels that nobody wants and the server does not know; whether somebody still wants one. */
static bool sweep_channels(aq__listening_t *listening)
{
    bool wanted = false;

    AQ__LIST_FOREACH_SAFE(node, &listening->channels) {
        channel_t *channel = AQ__CONTAINER_OF(node, channel_t, link);

        if (is_wanted(channel)) {
            wanted = true;
        } else if (!channel->heard && listening->asked != channel) {
            aq__list_unlink(node);
            aq__free(channel);
        }
    }
    return wanted;
}

static void connect_now(aq__listening_t *listening)
{
    aq_pool_t *pool = listening->pool;

    listening->state = CONNECTING;
    if (aq__connect(pool, on_connected, listening) == AQ_OK)
        return;
    listening->state = DOWN;
    retry_later(listening);
    fail_all_waiting(listening, aq_last_error()->code, "cannot connect: out of memory");
}

/* The one place that decides what comes next. */
static void go_on(aq__listening_t *listening)
{
    bool wanted;

    if (listening->delivering > 0 || listening->state == CLOSED)
        return; /* the delivery goes on with it */
    wanted = sweep_channels(listening);
    if (listening->state == DOWN && wanted && aq__pool_now(listening->pool) >= listening->retry_at)
        connect_now(listening);
    if (listening->state != UP || listening->running)
        return;
    AQ__LIST_FOREACH(node, &listening->channels) {
        channel_t *channel = AQ__CONTAINER_OF(node, channel_t, link);

        if (channel->heard == is_wanted(channel))
            continue;
        ask(listening, channel);
        return;
    }
}

void aq__listening_sweep(aq_pool_t *pool, uint64_t now, uint64_t *due)
{
    aq__listening_t *listening = pool->listening;

    if (listening == NULL || listening->state == CLOSED)
        return;
    if (listening->deadline != 0 && listening->deadline <= now) {
        fail_all_waiting(listening, AQ_ETIMEDOUT, "no answer within query_timeout");
        on_lost(listening, "no answer within query_timeout");
    }
    if (listening->state == DOWN && listening->retry_at <= now)
        go_on(listening);
    if (listening->deadline != 0 && listening->deadline < *due)
        *due = listening->deadline;
    if (listening->state == DOWN && listening->retry_at > now && listening->retry_at < *due)
        *due = listening->retry_at;
}

/* ---- life -------------------------------------------------------------------------------------------------------------------------- */

static void close_list(aq__list_t *listeners)
{
    AQ__LIST_FOREACH_SAFE(node, listeners) {
        aq_listener_t *listener = AQ__CONTAINER_OF(node, aq_listener_t, link);

        if (listener->ready)
            detach(listener);
        else
            fail_with(listener, AQ_ECLOSED, "the context was closed");
    }
}

void aq__listening_close(aq_pool_t *pool)
{
    aq__listening_t *listening = pool->listening;

    if (listening == NULL)
        return;
    disconnect(listening);
    AQ__LIST_FOREACH(node, &listening->channels) {
        close_list(&AQ__CONTAINER_OF(node, channel_t, link)->listeners);
        close_list(&AQ__CONTAINER_OF(node, channel_t, link)->round);
    }
    listening->state = CLOSED;
}

void aq__listening_free(aq_pool_t *pool)
{
    aq__list_t *node;

    if (pool->listening == NULL)
        return;
    while ((node = aq__list_shift(&pool->listening->channels)) != NULL)
        aq__free(AQ__CONTAINER_OF(node, channel_t, link));
    aq__free(pool->listening);
    pool->listening = NULL;
}

static aq__listening_t *get_listening(aq_pool_t *pool)
{
    if (pool->listening != NULL)
        return pool->listening;
    pool->listening = aq__calloc(1, sizeof *pool->listening);
    if (pool->listening != NULL) {
        pool->listening->pool = pool;
        aq__list_init(&pool->listening->channels);
    }
    return pool->listening;
}

static channel_t *get_channel(aq__listening_t *listening, const char *name)
{
    channel_t *channel = find_channel(listening, name);

    if (channel != NULL)
        return channel;
    channel = aq__calloc(1, sizeof *channel + strlen(name) + 1);
    if (channel == NULL)
        return NULL;
    strcpy(channel->name, name);
    aq__list_init(&channel->listeners);
    aq__list_init(&channel->round);
    aq__list_append(&listening->channels, &channel->link);
    return channel;
}

static int check(const aq_pool_t *pool, const char *channel, aq_notify_cb cb)
{
    size_t length = channel != NULL ? strlen(channel) : 0;

    if (pool->state != AQ__POOL_OPEN)
        return aq__fail(AQ_ECLOSED, "bind '%s': listen: the context is being closed", pool->name);
    if (cb == NULL)
        return aq__fail(AQ_EINVAL, "bind '%s': listen: no callback (NULL)", pool->name);
    if (length == 0 || length > 63)
        return aq__fail(AQ_EINVAL, "bind '%s': listen: a channel's name has 1 to 63 bytes, not %zu",
                        pool->name, length);
    if (!aq_utf8_valid(channel, length))
        return aq__fail(AQ_EENCODING, "bind '%s': listen: the channel's name is not valid UTF-8", pool->name);
    return AQ_OK;
}

aq_op_t *aq__pool_listen(aq_pool_t *pool, const char *name, aq_notify_cb cb, void *data)
{
    aq_listener_t *listener;
    aq__listening_t *listening;
    channel_t *channel;

    if (check(pool, name, cb) != AQ_OK)
        return aq__op_failed(pool->loop);
    listening = get_listening(pool);
    channel = listening != NULL ? get_channel(listening, name) : NULL;
    listener = channel != NULL ? aq__calloc(1, sizeof *listener) : NULL;
    if (listener == NULL) {
        aq__fail(AQ_ENOMEM, "bind '%s': listen: out of memory", pool->name);
        return aq__op_failed(pool->loop);
    }
    aq__op_init(&listener->op, pool->loop, &listen_class, listening, on_release);
    listener->listening = listening;
    listener->cb = cb;
    listener->data = data;
    listener->channel = channel;
    aq__list_init(&listener->link);
    aq__list_append(&channel->listeners, &listener->link);
    if (channel->heard && listening->asked != channel) {
        listener->ready = true;
        aq_op_complete(&listener->op, listener);
    } else {
        go_on(listening);
    }
    return &listener->op;
}
