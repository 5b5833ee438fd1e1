/*
 * What the fault tests share: an app with one context on a loop of its own, and a server that lies. What ops come to is told by
 * t/outcomes.h.
 *
 *     fault_t fault;
 *     fault_open(&fault, cluster_uri(cluster), &(aq_pool_options_t){.size = 1});
 *     is_str(outcome(aq_execute(fault.context, NULL, "select 1, 2", NULL)), "1,2", "rows");
 *     fault_close(&fault);                       asserts that nothing is left on the loop
 */
#ifndef AQUIFER_T_FAULT_H
#define AQUIFER_T_FAULT_H

#include <uv.h>

#include "aquifer/app.h"
#include "t/cluster.h"
#include "t/outcomes.h"
#include "t/tap.h"

typedef struct fault {
    uv_loop_t uv;
    aq_db_t *db;
    aq_app_t *app;
    aq_context_t *context;
} fault_t;

/* The first call also starts a watchdog: a program that hangs is ended, and says so. */
void fault_open(fault_t *fault, const char *uri, const aq_pool_options_t *pool);
/* Closes the context and asserts that this ends within the pool's close_timeout, and that the loop is empty then. Ops end with it. */
void fault_close(fault_t *fault);

/* Gives the op away; its code is in `code` once it is done (1 before that). For ops that end while the context is closed. */
void fault_note(aq_op_t *op, int *code);
/* Runs the loop until the condition holds or so many milliseconds have passed; whether it holds. */
bool fault_await(fault_t *fault, bool (*condition)(fault_t *fault), int timeout_ms);
aq_pool_stats_t fault_stats(fault_t *fault);
int64_t fault_now_ms(void);

/* ---- A server that lies ---------------------------------------------------------------------------------------------- */

/* It listens on a Unix socket and serves one connection at a time, each by `serve` in a thread of its own; `nth` counts from 0. The
 * socket is closed when `serve` returns. */
typedef struct liar liar_t;
typedef void (*liar_cb)(int fd, int nth, void *data);

liar_t *liar_start(liar_cb serve, void *data);
const char *liar_uri(const liar_t *liar);
/* Waits until the connection that is being served has ended. */
void liar_close(liar_t *liar);

/* For `serve`: false when the peer is gone. */
bool liar_greet(int fd);        /* reads the startup packet and answers as a server without passwords does */
bool liar_read_startup(int fd); /* the first half of liar_greet */
size_t liar_greeting(unsigned char *buffer); /* what its second half sends */
bool liar_send(int fd, const void *bytes, size_t length);
bool liar_read_sync(int fd); /* reads messages up to the next Sync, or Terminate: false */
bool liar_read_message(int fd, char *type, size_t *length); /* reads one, drops its body */
bool liar_gone(int fd, int timeout_ms);                     /* waits for the peer to go */

/* One message of a server: type, length, body. Returns its size in `buffer`. */
size_t liar_message(unsigned char *buffer, char type, const void *body, size_t length);
/* What a server says to one unnamed statement that gives one text column with this value, and its Sync. Returns the size. */
size_t liar_answer(unsigned char *buffer, const char *value);

#endif
