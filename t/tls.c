/* TLS and SCRAM: through a proxy that cuts and joins what it forwards, so that records arrive in pieces and in heaps; and connecting, whose cost the
 * loop must not feel. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <sys/socket.h>
#include <time.h>

#include "t/pools.h"

/* ---- A proxy ------------------------------------------------------------------------------------------------------------------ */

/* Forwards to the server as fast as it can; to the client in pieces of so many bytes, each gathered whole if more than that is on its way. */
typedef struct {
    int listener, port, server_port;
    size_t piece;
    pthread_t thread;
    atomic_int running;
} proxy_t;

typedef struct {
    proxy_t *proxy;
    int client;
} link_t;

static bool write_all(int fd, const char *data, size_t length)
{
    while (length > 0) {
        ssize_t sent = send(fd, data, length, MSG_NOSIGNAL);

        if (sent <= 0)
            return false;
        data += sent;
        length -= (size_t)sent;
    }
    return true;
}

static int connect_to(int port)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (connect(fd, (struct sockaddr *)&address, sizeof address) != 0)
        bail_out("proxy: connect to port %d: %s", port, strerror(errno));
    return fd;
}

/* One piece of what the server says: waits a moment for the rest of it. */
static ssize_t gather(int server, char *buffer, size_t piece)
{
    struct pollfd readable = {.fd = server, .events = POLLIN};
    size_t length = 0;

    do {
        ssize_t got = recv(server, buffer + length, piece - length, 0);

        if (got <= 0)
            return got;
        length += (size_t)got;
    } while (length < piece && poll(&readable, 1, 1) > 0);
    return (ssize_t)length;
}

static void *forward(void *data)
{
    link_t *link = data;
    size_t piece = link->proxy->piece;
    char *buffer = malloc(piece > 65536 ? piece : 65536);
    int server = connect_to(link->proxy->server_port), one = 1;
    struct pollfd both[] = {{.fd = link->client, .events = POLLIN}, {.fd = server, .events = POLLIN}};

    setsockopt(link->client, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    setsockopt(server, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    for (;;) {
        ssize_t got;

        poll(both, 2, -1);
        if (both[0].revents != 0) {
            got = recv(link->client, buffer, 65536, 0);
            if (got <= 0 || !write_all(server, buffer, (size_t)got))
                break;
        }
        if (both[1].revents != 0) {
            got = gather(server, buffer, piece);
            if (got <= 0 || !write_all(link->client, buffer, (size_t)got))
                break;
        }
    }
    close(server);
    close(link->client);
    free(buffer);
    atomic_fetch_sub(&link->proxy->running, 1);
    free(link);
    return NULL;
}

static void *accept_all(void *data)
{
    proxy_t *proxy = data;
    int client;

    while ((client = accept4(proxy->listener, NULL, NULL, SOCK_CLOEXEC)) >= 0) {
        link_t *link = malloc(sizeof *link);
        pthread_t thread;

        *link = (link_t){proxy, client};
        atomic_fetch_add(&proxy->running, 1);
        pthread_create(&thread, NULL, forward, link);
        pthread_detach(thread);
    }
    return NULL;
}

static int port_of_server(void)
{
    PQconninfoOption *all = PQconninfoParse(cluster_uri(cluster), NULL);
    int port = 0;

    for (PQconninfoOption *option = all; option->keyword != NULL; option++)
        if (strcmp(option->keyword, "port") == 0)
            port = atoi(option->val);
    PQconninfoFree(all);
    return port;
}

static void start_proxy(proxy_t *proxy, size_t piece)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;

    *proxy = (proxy_t){.piece = piece, .server_port = port_of_server()};
    proxy->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(proxy->listener, (struct sockaddr *)&address, sizeof address) != 0 ||
        listen(proxy->listener, 16) != 0)
        bail_out("proxy: %s", strerror(errno));
    getsockname(proxy->listener, (struct sockaddr *)&address, &length);
    proxy->port = ntohs(address.sin_port);
    pthread_create(&proxy->thread, NULL, accept_all, proxy);
}

static void stop_proxy(proxy_t *proxy)
{
    shutdown(proxy->listener, SHUT_RDWR);
    pthread_join(proxy->thread, NULL);
    close(proxy->listener);
    for (int i = 0; i < 500 && atomic_load(&proxy->running) > 0; i++)
        usleep(10000);
    is_int(atomic_load(&proxy->running), 0, "no connection is left open");
}

/* The cluster's URI with the proxy's port. */
static char *uri_through(const proxy_t *proxy)
{
    const char *uri = cluster_uri(cluster), *at;
    char port[16], *made;

    snprintf(port, sizeof port, ":%d/", proxy->server_port);
    at = strstr(uri, port);
    if (at == NULL || asprintf(&made, "%.*s:%d/%s", (int)(at - uri), uri, proxy->port, at + strlen(port)) < 0)
        bail_out("no port %s in %s", port, uri);
    return made;
}

/* ---- What must arrive ------------------------------------------------------------------------------------------------------------ */

/* Rows whose bytes can be checked: 'abc...' of the row's number. */
static bool check_rows(aq_rows_t *rows, int count, int width)
{
    if (rows == NULL || aq_rows_count(rows) != (size_t)count)
        return false;
    for (int i = 0; i < count; i++) {
        const char *text = aq_as_text(aq_cell(rows, (size_t)i, 0));

        if (aq_as_text_length(aq_cell(rows, (size_t)i, 0)) != (size_t)width)
            return false;
        for (int c = 0; c < width; c++)
            if (text[c] != 'a' + (i + 1) % 26)
                return false;
    }
    return true;
}

static void read_sizes(int times, int count, int width)
{
    aq_op_t *ops[8];

    for (int round = 0; round < times; round++) {
        int right = 0;

        for (int i = 0; i < 8; i++)
            ops[i] = aq__pool_execute(
                pool, "select repeat(chr(97 + n % 26), $2::int4) from generate_series(1, $1::int4) as n",
                aq_args(aq_int4(count), aq_int4(width)));
        for (int i = 0; i < 8; i++) {
            if (!check_rows(aq_wait(aq_timeout(ops[i], 20000)), count, width))
                diag("%s", aq_op_error(ops[i]) != NULL ? aq_op_error(ops[i])->message : "wrong rows");
            else
                right++;
            aq_op_close(ops[i]);
        }
        is_int(right, 8, "8 results of %d rows of %d bytes, behind each other", count, width);
    }
}

static void check_pieces(size_t piece, int count, int width)
{
    char name[100];
    proxy_t proxy;
    char *uri;

    snprintf(name, sizeof name, "through a proxy that forwards %d bytes at a time", (int)piece);
    start_proxy(&proxy, piece);
    uri = uri_through(&proxy);
    with_pool_at(uri, name, .size = 2, .max_overflow = AQ_ZERO)
    {
        aq_lane_t *lane = acquire();

        is_str(outcome(aq_lane_execute(
                   lane, "select ssl, version like 'TLSv1.%' from pg_stat_ssl where pid = pg_backend_pid()",
                   NULL)),
               "t,t", "the connection is encrypted");
        aq_release(lane);
        read_sizes(1, 1, 1);
        read_sizes(1, count, width);
        read_sizes(1, 1, count * width);
        is_int(stats().lost, 0, "no connection was lost");
    }
    free(uri);
    stop_proxy(&proxy);
}

static bool is_clean(void *data)
{
    (void)data;
    return stats().in_flight == 0 && stats().quarantined == 0;
}

static bool is_sent(void *data)
{
    (void)data;
    return stats().in_flight == 1;
}

static void check_without_proxy(void)
{
    with_pool("large results over TLS: nothing stays behind in its buffer", .size = 2,
              .max_overflow = AQ_ZERO)
    {
        static const int widths[] = {16383, 16384, 16385, 8192, 32768, 100000};

        for (size_t i = 0; i < AQ__COUNT_OF(widths); i++)
            read_sizes(1, 40, widths[i]);
        read_sizes(1, 1, 8000000);
    }
    with_pool("a large parameter over TLS", .size = 1)
    {
        char *big = malloc(8000001);

        memset(big, 'z', 8000000);
        big[8000000] = '\0';
        is_str(outcome(aq__pool_execute(pool, "select length($1), md5($1) = md5(repeat('z', 8000000))",
                                        aq_args(aq_text(big)))),
               "8000000,t", "arrives whole");
        free(big);
    }
    with_pool("a cancel where the server wants TLS", .size = 1, .max_overflow = AQ_ZERO)
    {
        aq_op_t *op = aq__pool_execute(pool, "select pg_sleep(20)", NULL);

        ok(await_that(is_sent, NULL, 5000), "the query is with the server");
        run_for(100);
        aq_cancel(op);
        is_str(outcome(op), "AQ_ECANCELED: execute: canceled", "its consumer is told");
        ok(await_that(is_clean, NULL, 3000), "the server stops it");
        is_int(stats().lost, 0, "no connection was lost");
    }
}

/* ---- Connecting -------------------------------------------------------------------------------------------------------------------- */

static struct {
    double last, longest;
    int ticks;
} beat;

static void on_beat(uv_timer_t *timer)
{
    double now = now_ms(), gap = now - beat.last;

    (void)timer;
    beat.last = now;
    beat.ticks++;
    if (gap > beat.longest)
        beat.longest = gap;
}

static double thread_cpu_ms(void)
{
    struct timespec used;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
    return (double)used.tv_sec * 1e3 + (double)used.tv_nsec / 1e6;
}

static void check_connecting(void)
{
    with_pool("20 connections with TLS and SCRAM are made without the loop feeling it", .size = 20,
              .max_overflow = AQ_ZERO)
    {
        double used = thread_cpu_ms();
        aq_op_t *ops[20];
        uv_timer_t timer;
        int given = 0;

        uv_timer_init(&uv, &timer);
        uv_timer_start(&timer, on_beat, 1, 1);
        beat.last = now_ms();
        for (int i = 0; i < 20; i++)
            ops[i] = aq__pool_acquire(pool);
        for (int i = 0; i < 20; i++)
            given += aq_wait(ops[i]) != NULL;
        used = thread_cpu_ms() - used;
        uv_close((uv_handle_t *)&timer, NULL);
        is_int(given, 20, "all are there");
        ok(used < 40, "the loop's thread used less than 2 ms for each (%.1f ms in all)", used);
        ok(beat.longest < 50, "a timer of 1 ms was never late by 50 (%.1f ms, %d ticks)", beat.longest,
           beat.ticks);
        for (int i = 0; i < 20; i++)
            aq_op_close(ops[i]);
    }
}

int main(void)
{
    init_pools("--tls --scram");
    PQfinish(PQconnectdb(cluster_uri(cluster))); /* OpenSSL 1.1 keeps its sources of randomness open */
    tap_descriptors_expected(tap_descriptors());
    check_connecting();
    check_without_proxy();
    check_pieces(1, 20, 100);
    check_pieces(7, 20, 700);
    check_pieces(1000, 100, 5000);
    check_pieces(16384 + 22, 40, 16384);
    check_pieces(24000, 40, 20000);
    check_pieces(1000000, 40, 50000);
    return done_pools();
}
