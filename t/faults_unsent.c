/* A connection that dies while the end of a unit is still on its way out. If the Sync was not sent, the unit is done elsewhere; if it was, nobody
 * knows; and the library must not mistake one for the other, because then a unit is done twice. libpq sends in more places than
 * PQflush: here it sends the rest while the library believes that it only reads. */
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "t/fault.h"
#include "t/liar.h"

enum { SIZE = 300 * 1024 }; /* more than a socket takes at once, less than it takes twice */

/* What the two threads wait for, in this order. */
enum { START, NOTICE_WANTED, NOTICE_SENT, DRAIN_WANTED, DRAINED, SYNC_SEEN };

static atomic_int step;
static atomic_int executions; /* units whose Sync the liar has seen */

static void wait_for_step(int wanted)
{
    double deadline = now_ms() + 5000;

    while (atomic_load(&step) < wanted && now_ms() < deadline)
        usleep(200);
    if (atomic_load(&step) < wanted)
        diag("step %d does not come", wanted);
}

static size_t drain(int fd)
{
    struct pollfd ready = {.fd = fd, .events = POLLIN};
    size_t total = 0;
    char buffer[65536];

    while (poll(&ready, 1, 30) > 0) {
        ssize_t got = read(fd, buffer, sizeof buffer);

        if (got <= 0)
            break;
        total += (size_t)got;
    }
    return total;
}

/* Reads messages from the middle of one on: what is drained is known to be of the first, big one. */
static bool read_rest_and_sync(int fd)
{
    unsigned char last[5] = {0}, byte;

    for (;;) { /* a Sync is 'S' 0 0 0 4; the data are zeros */
        if (read(fd, &byte, 1) != 1)
            return false;
        memmove(last, last + 1, 4);
        last[4] = byte;
        if (memcmp(last, "S\0\0\0\4", 5) == 0)
            return true;
    }
}

static void answer_all(int fd)
{
    unsigned char bytes[1024];

    while (liar_read_sync(fd)) {
        atomic_fetch_add(&executions, 1);
        if (!liar_send(fd, bytes, liar_answer(bytes, "done")))
            return;
    }
}

/* Whether it is the first connection, and is there; the others are served to their end. */
static bool greet_first(int fd, int nth)
{
    if (!liar_greet(fd))
        return false;
    if (nth > 0)
        answer_all(fd);
    return nth == 0;
}

/* The first connection takes everything, Sync and all, and is closed without an answer. */
static void takes_all_and_closes(int fd, int nth, void *data)
{
    static const char notice[] = "SNOTICE\0VNOTICE\0C00000\0Mhello\0";
    unsigned char bytes[100];

    (void)data;
    if (!greet_first(fd, nth))
        return;
    wait_for_step(NOTICE_WANTED);
    liar_send(fd, bytes, liar_message(bytes, 'N', notice, sizeof notice));
    atomic_store(&step, NOTICE_SENT);
    wait_for_step(DRAIN_WANTED);
    drain(fd);
    atomic_store(&step, DRAINED);
    if (read_rest_and_sync(fd))
        atomic_fetch_add(&executions, 1);
    shutdown(fd, SHUT_RDWR);
    atomic_store(&step, SYNC_SEEN);
}

static bool is_in_flight(void *fault)
{
    return fault_stats(fault).in_flight > 0;
}

/* Called in the same poll as the connection's own callback, before it: the socket was full when the loop looked, and is empty now. */
static void on_async(uv_async_t *async)
{
    (void)async;
    atomic_store(&step, DRAIN_WANTED);
    wait_for_step(DRAINED);
}

static aq_op_t *send_big_unit(fault_t *fault, const char *data)
{
    aq_op_t *op = aq_execute(fault->context, NULL, "insert into t values ($1) returning v",
                             aq_args(aq_bytea(data, SIZE)));

    ok(await_on(&fault->uv, is_in_flight, fault, 2000), "a big unit is on its way");
    run_on_for(&fault->uv, 30);
    return op;
}

static void check_sent_behind_our_back(void)
{
    liar_t *liar = liar_start(takes_all_and_closes, NULL);
    char *data = calloc(1, SIZE);
    uv_async_t async;
    fault_t fault;
    aq_op_t *op;

    fault_open(&fault, liar_uri(liar), &(aq_pool_options_t){.size = 1, .prepare = AQ_PREPARE_UNNAMED});
    uv_async_init(&fault.uv, &async, on_async);
    op = send_big_unit(&fault, data);
    uv_async_send(&async);
    atomic_store(&step, NOTICE_WANTED);
    wait_for_step(NOTICE_SENT);
    uv_run(&fault.uv, UV_RUN_ONCE);
    wait_for_step(SYNC_SEEN);
    has_str(outcome(op),
            "AQ_ECOMMITUNKNOWN: ", "the Sync was sent although nobody had asked for it: not known");
    is_int(atomic_load(&executions), 1, "the unit was done once");
    uv_close((uv_handle_t *)&async, NULL);
    fault_close(&fault);
    liar_close(liar);
    free(data);
}

/* The first connection takes some of it and is closed. */
static void takes_some_and_closes(int fd, int nth, void *data)
{
    char some[10000];

    (void)data;
    if (!greet_first(fd, nth))
        return;
    wait_for_step(NOTICE_WANTED);
    if (read(fd, some, sizeof some) <= 0)
        diag("nothing came");
}

static void check_not_sent(void)
{
    liar_t *liar = liar_start(takes_some_and_closes, NULL);
    char *data = calloc(1, SIZE);
    fault_t fault;
    aq_op_t *op;

    atomic_store(&step, START);
    atomic_store(&executions, 0);
    fault_open(&fault, liar_uri(liar), &(aq_pool_options_t){.size = 1, .prepare = AQ_PREPARE_UNNAMED});
    op = send_big_unit(&fault, data);
    atomic_store(&step, NOTICE_WANTED);
    is_str(outcome(op), "done", "the Sync was not sent: the unit is done on the next connection");
    is_int(atomic_load(&executions), 1, "once");
    is_int(fault_stats(&fault).resends, 1, "it was sent again");
    fault_close(&fault);
    liar_close(liar);
    free(data);
}

int main(void)
{
    subtest("the Sync was sent while the library only read")
        check_sent_behind_our_back();
    subtest("the Sync was not sent")
        check_not_sent();
    return tap_done();
}
