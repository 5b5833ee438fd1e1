/* One thread: a loop, its listener (SO_REUSEPORT: the kernel deals connections out), h2o on it, and a clean end.
 *
 *     listen -> run -> stop asked -> drain requests -> close pools -> hang up -> dispose of h2o -> close the loop
 *
 * Each step has its deadline. The failure modes: the thread cannot start, or something does not close in time: the status of the process
 * tells. */
#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/server.h"

enum { PUBLISH_MS = 250, FLUSH_MS = 100, HANG_UP_MS = 2000 };
static const double drain_seconds = 5;

static _Thread_local server_loop_t *current;

server_loop_t *loop_current(void)
{
    return current;
}

static void report(const server_loop_t *loop, const char *what, const char *why)
{
    fprintf(stderr, "aquifer-server: thread %u: %s: %s\n", loop->index, what, why);
}

/* ---- Listening ------------------------------------------------------------------------------------------------------------- */

/* Bound by the main thread, so that a port in use is known before any thread starts. Port 0 is settled by the first. */
int loop_listen(server_loop_t *loop)
{
    server_t *server = loop->server;
    struct sockaddr_storage storage = {0};
    struct sockaddr *address = (struct sockaddr *)&storage;
    socklen_t length = sizeof(storage);
    int on = 1;

    if (uv_ip4_addr(server->host, (int)server->port, (struct sockaddr_in *)&storage) == 0)
        length = sizeof(struct sockaddr_in);
    else if (uv_ip6_addr(server->host, (int)server->port, (struct sockaddr_in6 *)&storage) == 0)
        length = sizeof(struct sockaddr_in6);
    else
        return EINVAL;
    if ((loop->listening = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0)) < 0)
        return errno;
    if (setsockopt(loop->listening, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0 ||
        (loop->index > 0 && setsockopt(loop->listening, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on)) != 0))
        return errno;
    /* The first is bound without SO_REUSEPORT, which fails when another server has the port; then it is shared. */
    if (bind(loop->listening, address, length) != 0 ||
        setsockopt(loop->listening, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on)) != 0)
        return errno;
    if (server->port == 0 && getsockname(loop->listening, address, &length) == 0)
        server->port = ntohs(((struct sockaddr_in *)&storage)->sin_port); /* the same place in sockaddr_in6 */
    return 0;
}

static void on_socket_closed(void *data)
{
    server_loop_t *loop = data;

    loop->connections--;
}

static void on_handle_closed(uv_handle_t *handle)
{
    free(handle);
}

static void on_connection(uv_stream_t *listener, int status)
{
    server_loop_t *loop = listener->data;
    uv_tcp_t *client;
    h2o_socket_t *socket;

    if (status != 0 || (client = malloc(sizeof(*client))) == NULL)
        return;
    uv_tcp_init(&loop->uv, client);
    if (uv_accept(listener, (uv_stream_t *)client) != 0) {
        uv_close((uv_handle_t *)client, on_handle_closed);
        return;
    }
    uv_tcp_nodelay(client, 1);
    socket = h2o_uv_socket_create((AQ_H2O_SOCKET_HANDLE *)client, on_handle_closed);
    socket->on_close.cb = on_socket_closed;
    socket->on_close.data = loop;
    loop->connections++;
    h2o_accept(&loop->accept, socket);
}

/* ---- Running ------------------------------------------------------------------------------------------------------------------ */

static void on_stop(uv_async_t *async)
{
    uv_stop(async->loop);
}

static void on_publish(uv_timer_t *timer)
{
    health_publish(timer->data);
}

static int open_loop(server_loop_t *loop)
{
    int status;

    loop->listener.data = loop->timer.data = loop;
    h2o_context_init(&loop->h2o, &loop->uv, &loop->server->config);
    loop->accept.ctx = &loop->h2o;
    loop->accept.hosts = loop->server->config.hosts;
    uv_tcp_init(&loop->uv, &loop->listener);
    uv_timer_init(&loop->uv, &loop->timer);
    if (aq_h2o_context(loop->server->routes, &loop->h2o) == NULL)
        return UV_ENOMEM;
    if ((status = uv_tcp_open(&loop->listener, loop->listening)) == 0) {
        loop->listening = -1;
        status = uv_listen((uv_stream_t *)&loop->listener, 1024, on_connection);
    }
    if (status == 0)
        status = uv_timer_start(&loop->timer, on_publish, 0, PUBLISH_MS);
    return status;
}

/* ---- Closing -------------------------------------------------------------------------------------------------------------------- */

static void on_overdue(uv_timer_t *timer)
{
    ((server_loop_t *)timer->data)->overdue = true;
}

static void run_until_no_connections(server_loop_t *loop, uint64_t milliseconds)
{
    loop->overdue = false;
    uv_timer_start(&loop->timer, on_overdue, milliseconds, 0);
    while (loop->connections > 0 && !loop->overdue)
        uv_run(&loop->uv, UV_RUN_ONCE);
    uv_timer_stop(&loop->timer);
}

/* h2o takes the end of what a client sends as a reason to close, after the answer that is on its way. */
static void hang_up(uv_handle_t *handle, void *data)
{
    uv_os_fd_t fd;

    if (handle->type == UV_TCP && !uv_is_closing(handle) && uv_fileno(handle, &fd) == 0)
        shutdown(fd, *(const int *)data);
}

static void close_connections(server_loop_t *loop)
{
    int how = SHUT_RD;

    run_until_no_connections(loop, FLUSH_MS);
    uv_walk(&loop->uv, hang_up, &how);
    run_until_no_connections(loop, HANG_UP_MS);
    how = SHUT_RDWR;
    uv_walk(&loop->uv, hang_up, &how);
    run_until_no_connections(loop, HANG_UP_MS);
}

static void close_loop(server_loop_t *loop)
{
    aq_h2o_t *routes = loop->server->routes;

    uv_timer_stop(&loop->timer);
    uv_close((uv_handle_t *)&loop->listener, NULL);
    h2o_context_request_shutdown(&loop->h2o);
    if (aq_h2o_context(routes, &loop->h2o) != NULL) {
        aq_wait(aq_h2o_drain(routes, &loop->h2o, drain_seconds));
        aq_wait(aq_h2o_close(routes, &loop->h2o));
    }
    close_connections(loop);
    uv_close((uv_handle_t *)&loop->timer, NULL);
    uv_close((uv_handle_t *)&loop->stop, NULL);
    if (loop->connections > 0) {
        report(loop, "close", "connections stay open");
        loop->failed = true;
        return;
    }
    /* h2o 2.2 would send HTTP/2 connections a second GOAWAY; there are none left. */
    if (h2o_timeout_is_linked(&loop->h2o.http2._graceful_shutdown_timeout))
        h2o_timeout_unlink(&loop->h2o.http2._graceful_shutdown_timeout);
    h2o_context_dispose(&loop->h2o);
    uv_run(&loop->uv, UV_RUN_DEFAULT);
    if (uv_loop_close(&loop->uv) != 0) {
        report(loop, "close", "the loop is busy");
        loop->failed = true;
    }
}

static void *run(void *data)
{
    server_loop_t *loop = data;
    int status;

    current = loop;
    status = open_loop(loop);
    if (status == 0) {
        if (loop->index == 0)
            users_begin(aq_h2o_context(loop->server->routes, &loop->h2o));
        uv_run(&loop->uv, UV_RUN_DEFAULT);
    } else {
        report(loop, "start", status == UV_ENOMEM ? aq_last_error()->message : uv_strerror(status));
        loop->failed = true;
        kill(getpid(), SIGTERM); /* the others stop as well */
    }
    close_loop(loop);
    sem_post(&loop->server->ended);
    /* h2o 2.2 keeps spare memory per thread and has no call to free it: a thread that returned would leave it unreachable, which tools for
     * finding leaks rightly report. The process ends soon. */
    for (;;)
        pause();
    return NULL;
}

/* ---- Called by the main thread ---------------------------------------------------------------------------------------------------- */

int loop_start(server_loop_t *loop)
{
    int status = uv_loop_init(&loop->uv);

    if (status == 0)
        status = uv_async_init(&loop->uv, &loop->stop, on_stop);
    if (status != 0)
        return EAGAIN;
    if (pthread_create(&loop->thread, NULL, run, loop) != 0) {
        uv_close((uv_handle_t *)&loop->stop, NULL);
        uv_run(&loop->uv, UV_RUN_DEFAULT);
        uv_loop_close(&loop->uv);
        return EAGAIN;
    }
    loop->started = true;
    return 0;
}

void loop_stop(server_loop_t *loop)
{
    if (loop->started)
        uv_async_send(&loop->stop);
}

void loop_dispose(server_loop_t *loop)
{
    if (loop->listening >= 0)
        close(loop->listening);
}
