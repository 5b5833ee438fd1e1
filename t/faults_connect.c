/* Hosts that refuse, servers that do not answer, and descriptors whose numbers come back. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "t/fault.h"
#include "t/liar.h"

static cluster_t *cluster;

/* The socket directory of the cluster. */
static void socket_dir(char *buffer, size_t size)
{
    snprintf(buffer, size, "%s/run", cluster_dir(cluster));
}

static void check_refused_first_host(void)
{
    char uri[1024], dir[512];
    fault_t fault;

    socket_dir(dir, sizeof dir);
    snprintf(uri, sizeof uri, "postgresql://aquifer@/aquifer?host=127.0.0.1,%s&port=1,5432", dir);
    fault_open(&fault, uri, &(aq_pool_options_t){.size = 2});
    for (int i = 0; i < 3; i++)
        is_str(outcome(aq_execute(fault.context, NULL, "select 1", NULL)), "1",
               "the second of two hosts, try %d", i);
    is_int(fault_stats(&fault).connect_failures, 0, "that counts as one good connection");
    fault_close(&fault);

    snprintf(uri, sizeof uri, "postgresql://aquifer@/aquifer?host=/nowhere,%s&port=5432", dir);
    fault_open(&fault, uri, &(aq_pool_options_t){.size = 2});
    is_str(outcome(aq_execute(fault.context, NULL, "select 1", NULL)), "1",
           "the same with a socket that is not there");
    fault_close(&fault);
}

static void check_all_refuse(void)
{
    fault_t fault;

    fault_open(&fault, "postgresql://u:secret@/d?host=127.0.0.1,/nowhere&port=1,5432",
               &(aq_pool_options_t){.size = 2});
    is_str(outcome(aq_execute(fault.context, NULL, "select 1", NULL)),
           "AQ_ECONNECT: bind 'default': execute: cannot connect: connection to server at \"127.0.0.1\", "
           "port 1 failed: Connection refused "
           "Is the server running on that host and accepting TCP/IP connections? "
           "connection to server on socket \"/nowhere/.s.PGSQL.5432\" failed: No such file or directory "
           "Is the server running locally and accepting connections on that socket?",
           "when all refuse, the error says why of each");
    ok(fault_stats(&fault).down, "the pool knows that it is down");
    fault_close(&fault);
}

static void never_answers(int fd, int nth, void *data)
{
    (void)nth, (void)data;
    liar_gone(fd, 10000);
}

static void check_silent_server(void)
{
    liar_t *liar = liar_start(never_answers, NULL);
    double start = now_ms(), took;
    fault_t fault;

    fault_open(&fault, liar_uri(liar),
               &(aq_pool_options_t){.size = 1, .connect_timeout = 2, .close_timeout = 0.5});
    is_str(outcome(aq_execute(fault.context, NULL, "select 1", NULL)),
           "AQ_ECONNECT: bind 'default': execute: cannot connect: no answer within 2 s (connect_timeout)",
           "a server that accepts and is silent");
    took = now_ms() - start;
    ok(took >= 1900 && took < 6000, "after connect_timeout (%d ms)", (int)took);
    fault_close(&fault);
    liar_close(liar);
}

/* Waiting for such a server does not hold up the end. */
static void check_close_while_connecting(void)
{
    liar_t *liar = liar_start(never_answers, NULL);
    fault_t fault;
    int code;

    fault_open(&fault, liar_uri(liar),
               &(aq_pool_options_t){.size = 1, .connect_timeout = 2, .close_timeout = 0.2});
    fault_note(aq_execute(fault.context, NULL, "select 1", NULL), &code);
    fault_close(&fault);
    is_str(aq_error_name(code), "AQ_ECLOSED", "what waited for it is told");
    liar_close(
        liar); /* the thread that connects gives its socket back when the deadline has passed, or now */
}

/* Serves one answer, then closes: the next connection usually gets the same descriptor. */
static void answers_once(int fd, int nth, void *data)
{
    unsigned char bytes[1024];
    char value[32];

    (void)data;
    snprintf(value, sizeof value, "%d", nth);
    if (liar_greet(fd) && liar_read_sync(fd))
        liar_send(fd, bytes, liar_answer(bytes, value));
}

static bool has_none_open(void *fault)
{
    return fault_stats(fault).open == 0;
}

static void check_same_descriptor(void)
{
    liar_t *liar = liar_start(answers_once, NULL);
    int wrong = 0, before = tap_descriptors();
    fault_t fault;

    fault_open(&fault, liar_uri(liar), &(aq_pool_options_t){.size = 1});
    for (int i = 0; i < 100; i++) {
        const char *got = outcome(aq_execute(fault.context, NULL, "select 'x'::text", NULL));

        if (atoi(got) != i && wrong++ == 0)
            diag("%d: %s", i, got);
        if (!await_on(&fault.uv, has_none_open, &fault, 2000) && wrong++ == 0)
            diag("%d: the connection stays", i);
    }
    is_int(wrong, 0, "a hundred connections, one after the other, with the same number again and again");
    is_int(fault_stats(&fault).connects, 100, "each was a new one");
    ok(tap_descriptors() < before + 20, "no descriptor stays behind");
    fault_close(&fault);
    liar_close(liar);
}

int main(void)
{
    aq_set_log(NULL, NULL, AQ_LOG_ERROR);
    cluster = cluster_start(NULL);
    subtest("a refused first host of two")
        check_refused_first_host();
    subtest("all hosts refuse")
        check_all_refuse();
    subtest("a server that accepts and never answers")
        check_silent_server();
    subtest("closing while that one connects")
        check_close_while_connecting();
    subtest("the same fd number after reconnect")
        check_same_descriptor();
    cluster_close(cluster);
    return tap_done();
}
