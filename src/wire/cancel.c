/* The happy path: with libpq 17 a second connection is made on the loop (PQcancelStart, PQcancelPoll); before that PQcancel, which blocks, runs in a
 * thread. The failure modes: too many cancels at once (the next ones wait), a server that does not answer (the connection's
 * grace ends it), and a connection that is lost meanwhile. */
#include "src/wire/cancel.h"

#include <string.h>

#include "src/wire/pool-private.h"

#define CANCELS_AT_ONCE 4 /* per bind and loop: each costs the server a process */

struct aq__cancel {
    aq__list_t link;       /* pool->cancelling */
    aq__offload_job_t job; /* before 17 */
    PGcancel *handle;
    bool good;
    char text[256];
    aq__cancel_conn_t *pg; /* 17 */
    uv_poll_t poll;
    aq_pool_t *pool;
    aq__connection_t *connection; /* NULL: gone */
};

/* The cancel is through: the connection may go on. */
static void finish(aq__cancel_t *cancel)
{
    aq__connection_t *connection = cancel->connection;

    aq__list_unlink(&cancel->link);
    if (!cancel->good)
        aq_log(AQ_LOG_WARNING, "bind '%s': cancel: %s", cancel->pool->name, cancel->text);
    if (connection == NULL)
        return;
    cancel->pool->cancels--;
    aq__pool_arm(cancel->pool, aq__pool_now(cancel->pool)); /* others may wait for their turn */
    aq__connection_on_cancel_end(connection);
}

/* ---- before libpq 17: in a thread ------------------------------------------------------------------------------ */

static void free_job(aq__cancel_t *cancel)
{
    PQfreeCancel(cancel->handle);
    aq__free(cancel);
}

static void work(aq__offload_job_t *job)
{
    aq__cancel_t *cancel = AQ__CONTAINER_OF(job, aq__cancel_t, job);

    cancel->good = PQcancel(cancel->handle, cancel->text, sizeof cancel->text) == 1;
}

static void done(aq__offload_job_t *job)
{
    aq__cancel_t *cancel = AQ__CONTAINER_OF(job, aq__cancel_t, job);

    finish(cancel);
    free_job(cancel);
}

static void discard(aq__offload_job_t *job)
{
    free_job(AQ__CONTAINER_OF(job, aq__cancel_t, job));
}

static bool start_thread(aq__cancel_t *cancel)
{
    cancel->handle = PQgetCancel(cancel->connection->pg);
    if (cancel->handle == NULL)
        return false;
    cancel->job.work = work;
    cancel->job.done = done;
    cancel->job.discard = discard;
    if (aq__offload_start(cancel->pool->offload, &cancel->job) == AQ_OK)
        return true;
    PQfreeCancel(cancel->handle);
    return false;
}

/* ---- libpq 17: on the loop ---------------------------------------------------------------------------------------- */

static void on_poll_closed(uv_handle_t *handle)
{
    aq__cancel_t *cancel = handle->data;
    aq_pool_t *pool = cancel->pool;

    aq__free(cancel);
    aq__pool_handle_closed(pool);
}

static void end_poll(aq__cancel_t *cancel, bool good)
{
    cancel->good = good;
    if (!good)
        snprintf(cancel->text, sizeof cancel->text, "%s", aq__libpq()->cancel_error_message(cancel->pg));
    uv_poll_stop(&cancel->poll);
    uv_close((uv_handle_t *)&cancel->poll, on_poll_closed);
    aq__libpq()->cancel_finish(cancel->pg);
    finish(cancel);
}

static void on_poll(uv_poll_t *handle, int status, int events);

static void step(aq__cancel_t *cancel)
{
    int outcome = aq__libpq()->cancel_poll(cancel->pg);

    if (outcome == PGRES_POLLING_OK || outcome == PGRES_POLLING_FAILED)
        end_poll(cancel, outcome == PGRES_POLLING_OK);
    else
        uv_poll_start(&cancel->poll, outcome == PGRES_POLLING_READING ? UV_READABLE : UV_WRITABLE, on_poll);
}

static void on_poll(uv_poll_t *handle, int status, int events)
{
    aq__cancel_t *cancel = handle->data;

    (void)status;
    (void)events;
    aq__loop_enter(cancel->pool->loop);
    uv_poll_stop(handle); /* PQcancelPoll may close the socket */
    step(cancel);
    aq__loop_leave(cancel->pool->loop);
}

static bool start_poll(aq__cancel_t *cancel)
{
    const aq__libpq_t *libpq = aq__libpq();

    cancel->pg = libpq->cancel_create(cancel->connection->pg);
    if (cancel->pg == NULL)
        return false;
    if (libpq->cancel_start(cancel->pg) != 1 || libpq->cancel_socket(cancel->pg) < 0 ||
        uv_poll_init(aq_loop_uv(cancel->pool->loop), &cancel->poll, libpq->cancel_socket(cancel->pg)) < 0) {
        libpq->cancel_finish(cancel->pg);
        return false;
    }
    cancel->pool->handles++;
    cancel->poll.data = cancel;
    uv_unref((uv_handle_t *)&cancel->poll);
    uv_poll_start(&cancel->poll, UV_WRITABLE, on_poll);
    return true;
}

/* -------------------------------------------------------------------------------------------------------------------- */

bool aq__cancel_start(aq__connection_t *connection)
{
    aq_pool_t *pool = connection->pool;
    aq__cancel_t *cancel;

    if (pool->cancels >= CANCELS_AT_ONCE)
        return false;
    cancel = aq__calloc(1, sizeof *cancel);
    if (cancel == NULL)
        return true; /* then its end is waited for */
    aq__list_init(&cancel->link);
    cancel->pool = pool;
    cancel->connection = connection;
    if (!(aq__libpq()->cancel_create != NULL ? start_poll(cancel) : start_thread(cancel))) {
        aq_log(AQ_LOG_WARNING, "bind '%s': cancel: cannot start: %s", pool->name, aq_last_error()->message);
        aq__free(cancel);
        return true;
    }
    aq__list_append(&pool->cancelling, &cancel->link);
    connection->cancel = cancel;
    connection->shot = true;
    pool->cancels++;
    pool->canceled++;
    return true;
}

void aq__cancel_forget(aq__cancel_t *cancel)
{
    cancel->connection->cancel = NULL;
    cancel->connection = NULL;
    cancel->pool->cancels--;
}

void aq__cancel_end_all(aq_pool_t *pool)
{
    AQ__LIST_FOREACH_SAFE(node, &pool->cancelling) {
        aq__cancel_t *cancel = AQ__CONTAINER_OF(node, aq__cancel_t, link);

        if (cancel->pg != NULL)
            end_poll(cancel, false);
    }
}
