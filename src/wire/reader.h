/* reader: a stream or a COPY: a statement that has an exclusive lane's connection for itself, out of pipeline mode, from its beginning to the
 * end of its results.
 *
 *  WAITING  -> RUNNING | OVER     its query waits for a connection, or behind what the lane was given before it
 *  RUNNING  -> DRAINING | OVER    has the connection
 *  DRAINING -> OVER               nobody wants the rest: it is stopped at the server, and what still comes is dropped
 *  OVER                           the connection is back or lost; the handle stays until it is closed
 *
 * The op that opens it (aq__query_t) has the handle as its value; the handle's first member is its reader. */
#ifndef AQ_SRC_WIRE_READER_H
#define AQ_SRC_WIRE_READER_H

#include "src/wire/pool-private.h"

typedef enum aq__reader_state {
    AQ__READER_WAITING,
    AQ__READER_RUNNING,
    AQ__READER_DRAINING,
    AQ__READER_OVER
} aq__reader_state_t;

/* What a connection out of pipeline mode is in the midst of. */
typedef enum aq__reader_copying { AQ__COPYING_NOTHING, AQ__COPYING_IN, AQ__COPYING_OUT } aq__reader_copying_t;

typedef struct aq__reader_class {
    void (*init)(aq__reader_t *reader); /* made; NULL: nothing */
    /* The statement was given to libpq: what must be set before its results come. False: out of memory. NULL: nothing. */
    bool (*begin)(aq__reader_t *reader);
    /* RUNNING, and there may be something to read or room to write. Ends with aq__reader_watch(), or with the reader being ended. */
    void (*step)(aq__reader_t *reader);
    /* Its outcome is known (`error`; NULL: it ended well): completes who waits for it. Once. */
    void (*on_end)(aq__reader_t *reader);
    /* Its handle is closed: tells who still waits. False: it is not to be stopped, its class closes it again when it has ended. */
    bool (*on_close)(aq__reader_t *reader);
    void (*free)(aq__reader_t *reader);
} aq__reader_class_t;

struct aq__reader {
    const aq__reader_class_t *reader_class;
    aq_pool_t *pool;
    aq__connection_t *connection; /* RUNNING and DRAINING */
    aq_lane_t *lane;              /* its own, released at the end; NULL: the caller's */
    aq__query_t *query;           /* that opens it; NULL: has succeeded or failed */
    aq_op_t *op;                  /* whose value the handle is; NULL: that op is gone */
    aq__prepared_t *form;         /* until it is OVER; then NULL */
    PGresult *failure;            /* the server's first error */
    const aq_error_t *error;      /* how it ended; what every later call says */
    uint64_t deadline;            /* loop time; 0: nobody waits for the server */
    aq__reader_state_t state;
    aq__reader_copying_t copying;
    bool cancels;     /* the server is still to be asked to stop: too many were, just then */
    bool blocked;     /* libpq could not send everything */
    bool uncertain;   /* if the connection is lost now, it may have been carried out all the same */
    bool ended;       /* on_end was called */
    bool closed;      /* nobody has the handle */
    const char *verb; /* "stream" */
    char label[64];
};

/* ---- for pool, connection and query ---- */

const char *aq__reader_label(const aq__reader_t *reader);
void aq__reader_own_lane(aq__reader_t *reader, aq_lane_t *lane);
/* The connection is its from now on. False: libpq cannot, the connection must be given up. */
bool aq__reader_begin(aq__reader_t *reader, aq__connection_t *connection);
void aq__reader_on_event(aq__reader_t *reader, int status, int events);
void aq__reader_on_lost(aq__reader_t *reader, const char *why);
/* The pool's timer: whether its deadline has passed, and when it will. */
void aq__reader_sweep(aq__connection_t *connection, uint64_t now, uint64_t *due);
/* The op that opens it is cancelled while it runs: true when it may be let go of at once. */
bool aq__reader_cancel(aq__reader_t *reader);
void aq__reader_forget_op(aq__reader_t *reader);

/* ---- for streams and COPY ---- */

/* Makes the query that opens the reader, of `size` zeroed bytes, on the lane or (NULL) on one of its own. */
aq_op_t *aq__reader_open(aq_pool_t *pool, aq_lane_t *lane, aq__query_kind_t kind, size_t size,
                         const aq__reader_class_t *reader_class, const char *sql,
                         const aq_arguments_t *arguments);
/* The handle goes to whoever opened it, unless that has happened. False: nobody wanted it any more; touch it no more. */
bool aq__reader_opened(aq__reader_t *reader);
/* Sends what libpq holds; false: the connection was lost. */
bool aq__reader_flush(aq__reader_t *reader);
void aq__reader_watch(aq__reader_t *reader, bool reading);
/* Someone waits for the server from now on. */
void aq__reader_await(aq__reader_t *reader);
/* Takes a result that the class has no use for: an error, the wrong kind of statement, the NULL at the end. False: the reader is not running any
 * more; touch it no more. */
bool aq__reader_take(aq__reader_t *reader, PGresult *result);
/* Everything that came was read. False: and nothing more will come, because the connection is lost; touch the reader no more. */
bool aq__reader_check(aq__reader_t *reader);
/* An error that is not the reader's end, for a call that cannot be done. */
void aq__reader_refuse(const aq__reader_t *reader, aq_op_t *op, int code, const char *format, ...)
    AQ_PRINTF(4, 5);
/* Ends it by our own decision: who waits is told, and what still comes is dropped. One that is over only notes the error for later calls. */
void aq__reader_fail(aq__reader_t *reader, int code, const char *format, ...) AQ_PRINTF(3, 4);
/* Whoever had the handle closes it. */
void aq__reader_close(aq__reader_t *reader);
const char *aq__reader_sql(const aq__reader_t *reader);

#endif
