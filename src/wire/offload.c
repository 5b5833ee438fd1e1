/* The happy path: start() makes a detached thread; it works, puts its job on the list of the finished and wakes the loop, where the
 * job's `done` is called. The failure modes: no thread can be had (start fails), and the offload is closed while threads work: then
 * it stays in memory, without its handle, until the last of them has discarded its job. */
#include "src/wire/offload.h"

#include <pthread.h>
#include <signal.h>
#include <string.h>

struct aq__offload {
    aq_loop_t *loop;
    uv_async_t wake;
    pthread_mutex_t mutex; /* guards what follows */
    aq__list_t finished;
    size_t working; /* threads */
    bool closed;    /* the loop has let go */
    bool handle_closed;
    void (*on_closed)(void *data);
    void *on_closed_data;
};

static void destroy(aq__offload_t *offload)
{
    pthread_mutex_destroy(&offload->mutex);
    aq__free(offload);
}

/* The next that is finished; NULL: none, or the offload was closed. */
static aq__offload_job_t *next_finished(aq__offload_t *offload)
{
    aq__list_t *node;

    pthread_mutex_lock(&offload->mutex);
    node = offload->closed ? NULL : aq__list_shift(&offload->finished);
    pthread_mutex_unlock(&offload->mutex);
    return node != NULL ? AQ__CONTAINER_OF(node, aq__offload_job_t, link) : NULL;
}

/* One by one: what one of them brings about may close the offload, and then the others are discarded. */
static void on_wake(uv_async_t *handle)
{
    aq__offload_t *offload = handle->data;
    aq_loop_t *loop = offload->loop;
    aq__offload_job_t *job;

    aq__loop_enter(loop);
    while ((job = next_finished(offload)) != NULL)
        job->done(job);
    aq__loop_leave(loop);
}

aq__offload_t *aq__offload_create(aq_loop_t *loop)
{
    aq__offload_t *offload = aq__calloc(1, sizeof *offload);
    int rc;

    if (offload == NULL) {
        aq__fail(AQ_ENOMEM, "threads for connecting: out of memory");
        return NULL;
    }
    offload->loop = loop;
    aq__list_init(&offload->finished);
    rc = uv_async_init(aq_loop_uv(loop), &offload->wake, on_wake);
    if (rc < 0) {
        aq__free(offload);
        aq__fail(AQ_ESYSTEM, "threads for connecting: uv_async_init: %s", uv_strerror(rc));
        return NULL;
    }
    pthread_mutex_init(&offload->mutex, NULL);
    offload->wake.data = offload;
    uv_unref((uv_handle_t *)&offload->wake);
    return offload;
}

static void on_handle_closed(uv_handle_t *handle)
{
    aq__offload_t *offload = handle->data;
    void (*cb)(void *) = offload->on_closed;
    void *data = offload->on_closed_data;
    bool last;

    pthread_mutex_lock(&offload->mutex);
    offload->handle_closed = true;
    last = offload->working == 0;
    pthread_mutex_unlock(&offload->mutex);
    if (last)
        destroy(offload);
    cb(data);
}

void aq__offload_close(aq__offload_t *offload, void (*closed)(void *data), void *data)
{
    aq__list_t finished, *node;

    aq__list_init(&finished);
    offload->on_closed = closed;
    offload->on_closed_data = data;
    pthread_mutex_lock(&offload->mutex);
    offload->closed = true;
    aq__list_splice(&finished, &offload->finished);
    pthread_mutex_unlock(&offload->mutex);
    while ((node = aq__list_shift(&finished)) != NULL) {
        aq__offload_job_t *job = AQ__CONTAINER_OF(node, aq__offload_job_t, link);

        job->discard(job);
    }
    uv_close((uv_handle_t *)&offload->wake, on_handle_closed);
}

static void *run(void *argument)
{
    aq__offload_job_t *job = argument;
    aq__offload_t *offload = job->offload;
    bool closed, last;

    job->work(job);
    pthread_mutex_lock(&offload->mutex);
    closed = offload->closed;
    if (!closed) {
        aq__list_append(&offload->finished, &job->link);
        uv_async_send(&offload->wake);
    }
    offload->working--;
    last = closed && offload->working == 0 && offload->handle_closed;
    pthread_mutex_unlock(&offload->mutex);
    if (closed)
        job->discard(job);
    if (last)
        destroy(offload);
    return NULL;
}

int aq__offload_start(aq__offload_t *offload, aq__offload_job_t *job)
{
    pthread_attr_t attributes;
    pthread_t thread;
    sigset_t all, before;
    int rc;

    aq__list_init(&job->link);
    job->offload = offload;
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_mutex_lock(&offload->mutex);
    offload->working++;
    pthread_mutex_unlock(&offload->mutex);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before); /* signals are for the program's own threads */
    rc = pthread_create(&thread, &attributes, run, job);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    if (rc == 0)
        return AQ_OK;
    pthread_mutex_lock(&offload->mutex);
    offload->working--;
    pthread_mutex_unlock(&offload->mutex);
    return aq__fail(AQ_ESYSTEM, "threads for connecting: pthread_create: %s", strerror(rc));
}
