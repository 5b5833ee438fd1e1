/* A peer that sends garbage: cut off, altered, misplaced or random, while connecting and while answering. Whatever it sends, the op ends, no
 * memory is touched that is not ours (the sanitizers' part), and the next connection works. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "t/fault.h"
#include "t/liar.h"

enum { ROOM = 8192 };

/* libpq 15 itself forgets the rows of a statement whose Sync is answered before its end. */
__attribute__((visibility("default"))) const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:PQisBusy";
}

/* What the liar sends instead of its next answer, or of its greeting. Set by the test before it asks, taken by the liar once. */
static struct {
    pthread_mutex_t mutex;
    bool armed, greeting, stay; /* stay: leave the connection open after it */
    unsigned char bytes[ROOM];
    size_t length;
} lie = {.mutex = PTHREAD_MUTEX_INITIALIZER};

static void tell_next(const unsigned char *bytes, size_t length, bool greeting, bool stay)
{
    pthread_mutex_lock(&lie.mutex);
    memcpy(lie.bytes, bytes, length);
    lie.length = length;
    lie.greeting = greeting;
    lie.stay = stay;
    lie.armed = true;
    pthread_mutex_unlock(&lie.mutex);
}

/* Takes the lie for this occasion, if there is one. */
static bool take_lie(bool greeting, unsigned char *bytes, size_t *length, bool *stay)
{
    bool taken;

    pthread_mutex_lock(&lie.mutex);
    taken = lie.armed && lie.greeting == greeting;
    if (taken) {
        memcpy(bytes, lie.bytes, lie.length);
        *length = lie.length;
        *stay = lie.stay;
        lie.armed = false;
    }
    pthread_mutex_unlock(&lie.mutex);
    return taken;
}

static void serve(int fd, int nth, void *data)
{
    unsigned char bytes[ROOM];
    size_t length;
    bool stay;

    (void)nth, (void)data;
    if (!liar_read_startup(fd))
        return;
    if (take_lie(true, bytes, &length, &stay)) {
        liar_send(fd, bytes, length);
        return;
    }
    length = liar_greeting(bytes);
    if (!liar_send(fd, bytes, length))
        return;
    while (liar_read_sync(fd)) {
        if (take_lie(false, bytes, &length, &stay)) {
            if (!liar_send(fd, bytes, length) || !stay)
                return;
            liar_gone(fd, 5000);
            return;
        }
        length = liar_answer(bytes, "good");
        if (!liar_send(fd, bytes, length))
            return;
    }
}

static const aq_pool_options_t patient = {
    .size = 1, .timeout = 5, .query_timeout = 10, .prepare = AQ_PREPARE_UNNAMED, .retry_limit = AQ_ZERO};
static const aq_pool_options_t hasty = {.size = 1,
                                        .timeout = 5,
                                        .query_timeout = 0.03,
                                        .grace = 0.02,
                                        .prepare = AQ_PREPARE_UNNAMED,
                                        .retry_limit = AQ_ZERO};

/* Runs a query into the lie, and then sees that the pool still works. False: it does not. */
static bool survives(fault_t *fault)
{
    const char *first = outcome(aq_execute(fault->context, NULL, "select 'x'::text", NULL));

    for (int tries = 0; tries < 20; tries++)
        if (strcmp(outcome(aq_execute(fault->context, NULL, "select 'x'::text", NULL)), "good") == 0)
            return true;
    diag("after \"%s\" the pool does not work", first);
    return false;
}

/* ---- answers ----------------------------------------------------------------------------------------------------------- */

static void check_cut_answers(fault_t *fault)
{
    unsigned char answer[ROOM];
    size_t length = liar_answer(answer, "good");
    int wrong = 0, succeeded = 0;

    for (size_t cut = 0; cut <= length; cut++) {
        const char *got;

        tell_next(answer, cut, false, false);
        got = outcome(aq_execute(fault->context, NULL, "select 'x'::text", NULL));
        if (strcmp(got, "good") == 0)
            succeeded++;
        else if (strncmp(got, "AQ_ELOST: bind 'default': connection lost, nothing was kept: ", 61) != 0 &&
                 wrong++ == 0)
            diag("cut after %zu bytes: %s", cut, got);
        wrong += !survives(fault);
    }
    is_int(wrong, 0, "closed after each byte of an answer: lost, and the next connection works");
    is_int(succeeded, 1, "only the whole answer counts");
}

/* The peer stops in the middle but stays: nothing may wait for the rest of the answer but the unit itself. */
static void check_halted_answers(fault_t *fault)
{
    unsigned char answer[ROOM];
    size_t length = liar_answer(answer, "good");
    int wrong = 0;

    for (size_t cut = 0; cut < length; cut++) {
        const char *got;

        tell_next(answer, cut, false, true);
        got = outcome(aq_execute(fault->context, NULL, "select 'x'::text", NULL));
        if (strcmp(got, "AQ_ETIMEDOUT: bind 'default': no answer within 30 ms (query_timeout): select "
                        "'x'::text") != 0 &&
            wrong++ == 0)
            diag("halted after %zu bytes: %s", cut, got);
        wrong += !survives(fault);
    }
    is_int(wrong, 0, "halted after each byte of an answer: timed out, the loop went on");
}

static void check_cut_answers_to_writes(fault_t *fault)
{
    unsigned char answer[ROOM];
    size_t length = liar_answer(answer, "good");
    int wrong = 0;

    for (size_t cut = 0; cut < length; cut++) {
        const char *got;

        tell_next(answer, cut, false, false);
        got = outcome(aq_execute(fault->context, NULL, "insert into t values ('x') returning v", NULL));
        if (strncmp(got, "AQ_ECOMMITUNKNOWN: ", 19) != 0 && wrong++ == 0)
            diag("cut after %zu bytes: %s", cut, got);
    }
    is_int(wrong, 0,
           "for a write that is AQ_ECOMMITUNKNOWN each time: the Sync was sent, its answer did not come");
}

static void check_altered_answers(fault_t *fault, bool stay, size_t step)
{
    static const unsigned char masks[] = {0xff, 0x01, 0x80, 0x20};
    unsigned char answer[ROOM];
    size_t length = liar_answer(answer, "good");
    int wrong = 0;

    for (size_t at = 0; at < length; at += step)
        for (size_t i = 0; i < sizeof masks / sizeof masks[0]; i++) {
            answer[at] ^= masks[i];
            tell_next(answer, length, false, stay);
            if (!survives(fault) && wrong++ == 0)
                diag("byte %zu ^ 0x%02x", at, masks[i]);
            answer[at] ^= masks[i];
        }
    is_int(wrong, 0, "%s byte of an answer altered in four ways, then %s", step == 1 ? "each" : "every third",
           stay ? "silence" : "the end");
}

/* ---- messages at the wrong place ------------------------------------------------------------------------------------------ */

static uint32_t seed = 20261123;

static uint32_t draw(uint32_t below)
{
    seed ^= seed << 13;
    seed ^= seed >> 17;
    seed ^= seed << 5;
    return seed % below;
}

static const struct {
    char type;
    const char *body;
    size_t length;
} messages[] = {
    {'1', NULL, 0},             /* ParseComplete */
    {'2', NULL, 0},             /* BindComplete */
    {'3', NULL, 0},             /* CloseComplete */
    {'A', "\0\0\0\1c\0p\0", 8}, /* NotificationResponse */
    {'C', "SELECT 1", 9},       /* CommandComplete */
    {'C', "", 1},
    {'D', "\0\1\0\0\0\4good", 10}, /* DataRow */
    {'D', "\0\0", 2},
    {'D', "\0\2\377\377\377\377\377\377\377\377", 10},
    {'D', "\0\1\177\377\377\377", 6},
    {'E', "SERROR\0VERROR\0C42601\0Mwrong\0", 29}, /* ErrorResponse */
    {'E', "SFATAL\0VFATAL\0C57P01\0Mends\0", 28},
    {'E', "", 1},
    {'G', "\0\0\1\0\0", 5},                          /* CopyInResponse */
    {'H', "\0\0\1\0\0", 5},                          /* CopyOutResponse */
    {'W', "\0\0\1\0\0", 5},                          /* CopyBothResponse */
    {'d', "data", 4},                                /* CopyData */
    {'c', NULL, 0},                                  /* CopyDone */
    {'I', NULL, 0},                                  /* EmptyQueryResponse */
    {'K', "\0\0\0\1\0\0\0\2", 8},                    /* BackendKeyData */
    {'N', "SNOTICE\0VNOTICE\0C00000\0Mhello\0", 31}, /* NoticeResponse */
    {'R', "\0\0\0\0", 4},                            /* AuthenticationOk */
    {'R', "\0\0\0\5salt", 8},
    {'S', "TimeZone\0UTC\0", 13}, /* ParameterStatus */
    {'S', "client_encoding\0LATIN1\0", 23},
    {'T', "\0\0", 2}, /* RowDescription */
    {'T', "\0\1v\0\0\0\0\0\0\0\0\0\0\31\377\377\377\377\377\377\0\0", 22},
    {'T', "\0\1v\0\0\0\0\0\0\0\0\0\0\27\0\4\377\377\377\377\0\1", 22}, /* int4, binary */
    {'V', "\0\0\0\0", 4},                                              /* FunctionCallResponse */
    {'Z', "I", 1},                                                     /* ReadyForQuery */
    {'Z', "T", 1},
    {'Z', "E", 1},
    {'n', NULL, 0},               /* NoData */
    {'s', NULL, 0},               /* PortalSuspended */
    {'t', "\0\1\0\0\0\27", 6},    /* ParameterDescription */
    {'v', "\0\0\0\0\0\0\0\0", 8}, /* NegotiateProtocolVersion */
};

static size_t draw_messages(unsigned char *bytes)
{
    size_t length = 0, count = 1 + draw(10), whole = liar_answer(bytes, "good");

    if (draw(3) == 0)
        length = draw((uint32_t)whole); /* behind the beginning of a good answer */
    else if (draw(3) == 0)
        length = whole; /* behind a whole one */
    for (size_t i = 0; i < count; i++) {
        size_t which = draw(sizeof messages / sizeof messages[0]);

        length +=
            liar_message(bytes + length, messages[which].type, messages[which].body, messages[which].length);
    }
    return length;
}

static void check_misplaced_messages(fault_t *fault, int rounds, bool stay)
{
    unsigned char bytes[ROOM];
    int wrong = 0;

    for (int round = 0; round < rounds; round++) {
        size_t length = draw_messages(bytes);

        tell_next(bytes, length, false, stay);
        if (!survives(fault) && wrong++ == 0)
            diag("round %d", round);
    }
    is_int(wrong, 0, "%d answers of messages in any order, then %s", rounds, stay ? "silence" : "the end");
}

static void check_random_bytes(fault_t *fault)
{
    unsigned char bytes[ROOM];
    int wrong = 0;

    for (int round = 0; round < 200; round++) {
        size_t length = draw(ROOM);

        for (size_t i = 0; i < length; i++)
            bytes[i] = (unsigned char)draw(256);
        tell_next(bytes, length, false, false);
        if (!survives(fault) && wrong++ == 0)
            diag("round %d", round);
    }
    is_int(wrong, 0, "200 answers of random bytes");
}

/* Everything a server may say at any time, between the messages of good answers. */
static void check_good_company(fault_t *fault)
{
    unsigned char bytes[ROOM];
    size_t length = 0;

    length += liar_message(bytes + length, 'N', "SNOTICE\0VNOTICE\0C00000\0Mhello\0", 31);
    length += liar_message(bytes + length, 'S', "TimeZone\0UTC\0", 13);
    length += liar_message(bytes + length, 'A', "\0\0\0\1c\0p\0", 8);
    length += liar_answer(bytes + length, "good");
    tell_next(bytes, length, false, false);
    is_str(outcome(aq_execute(fault->context, NULL, "select 'x'::text", NULL)), "good",
           "notices, parameters and notifications may come at any time");
}

/* A Sync's answer whose statement was never answered is no success. */
static void check_missing_answer(fault_t *fault)
{
    unsigned char bytes[ROOM];

    ok(survives(fault), "a new connection");
    tell_next(bytes, liar_message(bytes, 'Z', "I", 1), false, false);
    is_str(outcome(aq_execute(fault->context, NULL, "insert into t values ('x') returning v", NULL)),
           "AQ_ECOMMITUNKNOWN: bind 'default': connection lost after the unit was sent, so it may or may not "
           "have been committed: "
           "the server sent what does not belong here",
           "only ReadyForQuery: not known what became of the write");
    ok(survives(fault), "the next connection works");
}

/* ---- greetings ------------------------------------------------------------------------------------------------------------- */

static const char *greeted_with(const liar_t *liar, const unsigned char *bytes, size_t length)
{
    fault_t fault;
    const char *got;
    aq_op_t *op;

    fault_open(&fault, liar_uri(liar), &patient);
    tell_next(bytes, length, true, false);
    got = outcome(aq_execute(fault.context, NULL, "select 'x'::text", NULL));
    op = aq_context_close(fault.context);
    aq_wait(op);
    aq_op_close(op);
    aq_app_close(fault.app);
    aq_db_close(fault.db);
    uv_run(&fault.uv, UV_RUN_DEFAULT);
    return uv_loop_close(&fault.uv) == 0 ? got : "something is left on the loop";
}

static void check_cut_greetings(const liar_t *liar)
{
    unsigned char greeting[ROOM];
    size_t length = liar_greeting(greeting);
    int wrong = 0;

    for (size_t cut = 0; cut < length; cut++) {
        const char *got = greeted_with(liar, greeting, cut);

        if (strncmp(got,
                    "AQ_ECONNECT: bind 'default': execute: cannot connect: connection to server on socket",
                    84) != 0 &&
            wrong++ == 0)
            diag("cut after %zu bytes: %s", cut, got);
    }
    is_int(wrong, 0, "closed after each byte of the greeting: cannot connect");
}

static void check_altered_greetings(const liar_t *liar)
{
    unsigned char greeting[ROOM];
    size_t length = liar_greeting(greeting);
    int wrong = 0;

    for (size_t at = 0; at < length; at++) {
        const char *got;

        greeting[at] ^= 0xff;
        got = greeted_with(liar, greeting, length);
        greeting[at] ^= 0xff;
        if (strncmp(got, "AQ_E", 4) != 0 && wrong++ == 0)
            diag("byte %zu: %s", at, got);
    }
    is_int(wrong, 0, "each byte of the greeting altered: an error, and nothing left");
}

static void check_other_servers(const liar_t *liar)
{
    static const char *const greetings[] = {"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n",
                                            "SSH-2.0-OpenSSH_9.2\r\n",
                                            "+OK\r\n",
                                            "N",
                                            "S",
                                            "J\0\0\0\n8.0.33"};
    int wrong = 0;

    for (size_t i = 0; i < sizeof greetings / sizeof greetings[0]; i++) {
        const char *got = greeted_with(liar, (const unsigned char *)greetings[i], strlen(greetings[i]));

        if (strncmp(got, "AQ_ECONNECT: ", 13) != 0 && wrong++ == 0)
            diag("%s: %s", greetings[i], got);
    }
    is_int(wrong, 0, "servers of other protocols: cannot connect");
}

int main(void)
{
    liar_t *liar;
    fault_t fault;

    aq_set_log(NULL, NULL, AQ_LOG_ERROR);
    liar = liar_start(serve, NULL);
    fault_open(&fault, liar_uri(liar), &patient);
    check_cut_answers(&fault);
    check_cut_answers_to_writes(&fault);
    check_altered_answers(&fault, false, 1);
    check_misplaced_messages(&fault, 500, false);
    check_random_bytes(&fault);
    check_good_company(&fault);
    check_missing_answer(&fault);
    fault_close(&fault);
    fault_open(&fault, liar_uri(liar), &hasty);
    check_halted_answers(&fault);
    check_altered_answers(&fault, true, 3);
    check_misplaced_messages(&fault, 30, true);
    fault_close(&fault);
    check_cut_greetings(liar);
    check_altered_greetings(liar);
    check_other_servers(liar);
    uv_library_shutdown();
    liar_close(liar);
    return tap_done();
}
