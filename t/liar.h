/*
 * A server that lies: it listens on a Unix socket and says what the test wants it to say. Its one thread serves one connection at a time.
 *
 *     static void hangs_up(int fd, int nth, void *data)
 *     {
 *         if (liar_greet(fd))
 *             liar_read_sync(fd);           and the connection is closed without an answer
 *     }
 *     ...
 *     liar_t *liar = liar_start(hangs_up, NULL);
 *     ... connect to liar_uri(liar) ...
 *     liar_close(liar);
 */
#ifndef AQUIFER_T_LIAR_H
#define AQUIFER_T_LIAR_H

#include <stdbool.h>
#include <stddef.h>

typedef struct liar liar_t;

/* Serves one connection; `nth` counts from 0. The socket is closed when this returns. */
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
