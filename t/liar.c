/* The happy path: bind, listen, and a thread that accepts until a byte in the `stop` pipe ends it. What fails here bails out; what a peer does
 * is for the test to judge. */
#include "t/liar.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <uv.h>

#include "t/tap.h"

struct liar {
    liar_cb serve;
    void *data;
    pthread_t thread;
    int listener;
    int stop[2];
    char dir[64];
    char path[96];
    char uri[160];
};

static void *serve_all(void *data)
{
    liar_t *liar = data;

    for (int nth = 0;; nth++) {
        struct pollfd ready[2] = {{.fd = liar->listener, .events = POLLIN},
                                  {.fd = liar->stop[0], .events = POLLIN}};
        int fd;

        if (poll(ready, 2, -1) < 0 && errno != EINTR)
            return NULL;
        if (ready[1].revents != 0)
            return NULL;
        fd = accept(liar->listener, NULL, NULL);
        if (fd < 0)
            continue;
        liar->serve(fd, nth, liar->data);
        close(fd);
    }
}

liar_t *liar_start(liar_cb serve, void *data)
{
    liar_t *liar = calloc(1, sizeof *liar);
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const char *top = getenv("TMPDIR");

    liar->serve = serve;
    liar->data = data;
    snprintf(liar->dir, sizeof liar->dir, "%.40s/liar-XXXXXX",
             top != NULL && strlen(top) <= 40 ? top : "/tmp");
    if (mkdtemp(liar->dir) == NULL || pipe(liar->stop) != 0)
        bail_out("liar: %s", strerror(errno));
    snprintf(liar->path, sizeof liar->path, "%s/.s.PGSQL.5432", liar->dir);
    snprintf(liar->uri, sizeof liar->uri, "postgresql://u@/d?host=%s&port=5432", liar->dir);
    snprintf(address.sun_path, sizeof address.sun_path, "%s", liar->path);
    liar->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(liar->listener, (struct sockaddr *)&address, sizeof address) != 0 ||
        listen(liar->listener, 64) != 0)
        bail_out("liar: %s: %s", liar->path, strerror(errno));
    if (pthread_create(&liar->thread, NULL, serve_all, liar) != 0)
        bail_out("liar: no thread");
    return liar;
}

const char *liar_uri(const liar_t *liar)
{
    return liar->uri;
}

void liar_close(liar_t *liar)
{
    if (write(liar->stop[1], "x", 1) != 1)
        bail_out("liar: %s", strerror(errno));
    pthread_join(liar->thread, NULL);
    close(liar->listener);
    close(liar->stop[0]);
    close(liar->stop[1]);
    unlink(liar->path);
    rmdir(liar->dir);
    free(liar);
}

bool liar_send(int fd, const void *bytes, size_t length)
{
    const char *at = bytes;

    while (length > 0) {
        ssize_t sent = send(fd, at, length, MSG_NOSIGNAL);

        if (sent < 0 && errno == EINTR)
            continue;
        if (sent <= 0)
            return false;
        at += sent;
        length -= (size_t)sent;
    }
    return true;
}

static bool read_exactly(int fd, void *bytes, size_t length)
{
    char *at = bytes;

    while (length > 0) {
        ssize_t got = read(fd, at, length);

        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        at += got;
        length -= (size_t)got;
    }
    return true;
}

static bool drop(int fd, size_t length)
{
    char buffer[65536];

    while (length > 0) {
        size_t piece = length < sizeof buffer ? length : sizeof buffer;

        if (!read_exactly(fd, buffer, piece))
            return false;
        length -= piece;
    }
    return true;
}

static uint32_t get32(const unsigned char *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static void put32(unsigned char *bytes, uint32_t number)
{
    bytes[0] = (unsigned char)(number >> 24);
    bytes[1] = (unsigned char)(number >> 16);
    bytes[2] = (unsigned char)(number >> 8);
    bytes[3] = (unsigned char)number;
}

bool liar_read_message(int fd, char *type, size_t *length)
{
    unsigned char head[5];

    if (!read_exactly(fd, head, sizeof head))
        return false;
    *type = (char)head[0];
    *length = get32(head + 1) - 4;
    return drop(fd, *length);
}

bool liar_read_sync(int fd)
{
    char type;
    size_t length;

    do {
        if (!liar_read_message(fd, &type, &length))
            return false;
    } while (type != 'S' && type != 'X');
    return type == 'S';
}

bool liar_gone(int fd, int timeout_ms)
{
    uint64_t deadline = uv_hrtime() + (uint64_t)timeout_ms * 1000000;
    char buffer[4096];

    for (;;) {
        struct pollfd ready = {.fd = fd, .events = POLLIN};
        int64_t left = (int64_t)(deadline - uv_hrtime()) / 1000000;

        if (left <= 0 || poll(&ready, 1, (int)left) == 0)
            return false;
        if (read(fd, buffer, sizeof buffer) <= 0)
            return true;
    }
}

size_t liar_message(unsigned char *buffer, char type, const void *body, size_t length)
{
    buffer[0] = (unsigned char)type;
    put32(buffer + 1, (uint32_t)(length + 4));
    if (length > 0)
        memcpy(buffer + 5, body, length);
    return length + 5;
}

static size_t parameter(unsigned char *buffer, const char *name, const char *value)
{
    char body[100];
    size_t name_size = strlen(name) + 1, value_size = strlen(value) + 1;

    memcpy(body, name, name_size);
    memcpy(body + name_size, value, value_size);
    return liar_message(buffer, 'S', body, name_size + value_size);
}

size_t liar_greeting(unsigned char *buffer)
{
    unsigned char *at = buffer;

    at += liar_message(at, 'R', "\0\0\0\0", 4);
    at += parameter(at, "server_version", "15.0");
    at += parameter(at, "client_encoding", "UTF8");
    at += parameter(at, "DateStyle", "ISO, MDY");
    at += parameter(at, "IntervalStyle", "postgres");
    at += parameter(at, "integer_datetimes", "on");
    at += parameter(at, "standard_conforming_strings", "on");
    at += liar_message(at, 'K', "\0\0\0\1\0\0\0\2", 8);
    at += liar_message(at, 'Z', "I", 1);
    return (size_t)(at - buffer);
}

bool liar_read_startup(int fd)
{
    unsigned char head[4];

    return read_exactly(fd, head, sizeof head) && drop(fd, get32(head) - 4);
}

bool liar_greet(int fd)
{
    unsigned char buffer[1024];

    return liar_read_startup(fd) && liar_send(fd, buffer, liar_greeting(buffer));
}

size_t liar_answer(unsigned char *buffer, const char *value)
{
    unsigned char *at = buffer;
    /* One column "v": no table, type text (25), of any length, no modifier, text form. */
    static const unsigned char columns[] = "\0\1"
                                           "v\0"
                                           "\0\0\0\0"
                                           "\0\0"
                                           "\0\0\0\31"
                                           "\377\377"
                                           "\377\377\377\377"
                                           "\0\0";
    unsigned char row[600] = "\0\1";
    size_t length = strlen(value);

    put32(row + 2, (uint32_t)length);
    memcpy(row + 6, value, length);
    at += liar_message(at, '1', NULL, 0);
    at += liar_message(at, '2', NULL, 0);
    at += liar_message(at, 'T', columns, sizeof columns - 1);
    at += liar_message(at, 'D', row, length + 6);
    at += liar_message(at, 'C', "SELECT 1", 9);
    at += liar_message(at, 'Z', "I", 1);
    return (size_t)(at - buffer);
}
