/* connection: one libpq connection in pipeline mode on one uv_poll_t.
 *
 * Units wait in the outbox until the end of the turn; then they are appended, each with its Sync (or one for a run of plain reads), and flushed
 * at once. Their results are collected until the Sync's verdict and delivered then.
 *
 *        outbox: QUEUED --- turn: append, Sync, flush ---> fifo: SENT --- results, SYNC ---> done
 *
 *  CONNECTING  -> IDLE | CLOSING                      a thread connects
 *  IDLE        -> BUSY | HELD | CLOSING
 *  BUSY        -> IDLE | RESERVED | QUARANTINED | CLOSING    shared lane
 *  RESERVED    -> IDLE | HELD | QUARANTINED | CLOSING        takes nothing new: the next exclusive lane waits for it
 *  HELD        -> IDLE | CLOSING                      exclusive lane; also while it is reset on return
 *  QUARANTINED -> IDLE | CLOSING                      a cancel is under way, or an abandoned unit runs out
 *  CLOSING     -> gone                                its handle is being closed                                                     */
#ifndef AQ_SRC_WIRE_CONNECTION_H
#define AQ_SRC_WIRE_CONNECTION_H

#include "src/wire/query.h"

#define AQ__CONNECTION_STATES(X) \
    X(CONNECTING)                \
    X(IDLE)                      \
    X(BUSY)                      \
    X(RESERVED)                  \
    X(HELD)                      \
    X(QUARANTINED)               \
    X(CLOSING)

typedef enum aq__connection_state {
#define AQ__STATE_ENUM(name) AQ__CONNECTION_##name,
    AQ__CONNECTION_STATES(AQ__STATE_ENUM)
#undef AQ__STATE_ENUM
        AQ__CONNECTION_STATE_COUNT
} aq__connection_state_t;

struct aq__connection {
    aq__list_t link; /* pool->connections[state] */
    aq_pool_t *pool;
    aq__connection_state_t state;
    uint64_t number; /* 1, 2 ... in this pool */
    uint64_t generation;
    uint64_t opened;     /* loop time */
    uint64_t recycle_at; /* loop time, 0: never */
    PGconn *pg;
    uv_poll_t *poll;
    int events;      /* that `poll` is started for */
    aq__turn_t turn; /* append and flush at the end of this turn */
    aq__list_t outbox;
    aq__list_t fifo;
    unsigned in_flight;        /* queries in both */
    bool blocked;              /* libpq could not send everything: give it nothing more */
    bool unsent;               /* the last unit's Sync has certainly not been sent */
    bool cut;                  /* the peer was gone while `unsent`: it stays so */
    aq__query_t *cursor;       /* in fifo: whose outcome comes next; NULL: the head's */
    bool batch_failed;         /* an error since the last Sync */
    bool in_transaction;       /* HELD: as of the last Sync */
    bool invalid;              /* close it before its next use */
    bool used;                 /* was an exclusive lane before: pre_ping tries it first */
    struct aq__cancel *cancel; /* under way */
    bool shot;                 /* a cancel was sent since nothing was in flight: it may hit whatever is */
    uint64_t
        stop_at; /* loop time at which the server is asked to stop what runs, if it still does; 0: no need */
    uint64_t give_up; /* loop time at which an abandoned unit or a cancel has used up its grace; 0: none */
    aq_lane_t *lane;  /* HELD */
    aq__reader_t *reader; /* a stream or COPY: has the connection, out of pipeline mode */
    uint32_t *prepared;   /* for each id, see use_name() */
    uint32_t prepared_size;
    uint32_t prepared_count;
    uint32_t group; /* of units behind one Sync: the number of the one that is being appended */
};

/* A connected one goes onto the loop, in pipeline mode. */
int aq__connection_start(aq__connection_t *connection);
/* Begins to connect, in a thread; the pool is told by aq__pool_on_connected / _on_connect_failed. 0 or an error. */
int aq__connection_open(aq_pool_t *pool, aq__connection_t **connection);
/* Takes a query for this turn's flush. */
void aq__connection_queue(aq__connection_t *connection, aq__query_t *query);
/* Takes a query back that was not appended yet. */
void aq__connection_unqueue(aq__query_t *query);
/* Ends it: what it still has is requeued or failed as `why` demands, the socket is closed, the memory goes when its handle has closed. */
void aq__connection_close(aq__connection_t *connection);
void aq__connection_lost(aq__connection_t *connection, const char *why);
/* Whether the query is among those that the server may be running: it, or one with which it shares a Sync, is the head of the fifo. */
bool aq__connection_runs(const aq__connection_t *connection, const aq__query_t *query);
/* Something of what may be running is not wanted any more: it gets a moment to end by itself, then a cancel if that harms nobody. */
void aq__connection_stop_head(aq__connection_t *connection);
/* That moment is over. */
void aq__connection_stop_now(aq__connection_t *connection);
/* The cancel is through. */
void aq__connection_on_cancel_end(aq__connection_t *connection);
void aq__connection_forget_prepared(aq__connection_t *connection);
void aq__connection_schedule(aq__connection_t *connection);
/* For readers: which events they want now, and handing the connection back in pipeline mode (false: it must be closed). */
void aq__connection_watch(aq__connection_t *connection, int events);
bool aq__connection_leave_pipeline(aq__connection_t *connection);
bool aq__connection_enter_pipeline(aq__connection_t *connection);
bool aq__connection_consume(aq__connection_t *connection);
/* prepared.c. `group` counts the Syncs of a connection, from here on. */
enum { AQ__FIRST_GROUP = 2 };
bool aq__use_name(aq__connection_t *connection, aq__prepared_t *form, uint32_t *prepares);
void aq__confirm_prepared(aq__connection_t *connection, uint32_t id);
void aq__unmark_prepared(aq__connection_t *connection, uint32_t id);
/* results.c: reads everything that has arrived. */
void aq__connection_pump(aq__connection_t *connection);
/* stop.c: whether someone in the first batch of the fifo does not want its outcome any more; and nothing is to be stopped any more. */
bool aq__connection_has_unwanted_head(const aq__connection_t *connection);
void aq__connection_stay(aq__connection_t *connection);
uint64_t
aq__connection_grace(const aq__connection_t *connection); /* until when what is abandoned may go on */
const char *aq__connection_state_name(aq__connection_state_t state);

/* A connect thread's and a cancel's outcome come here. */
void aq__pool_on_connected(aq__connection_t *connection);
void aq__pool_on_connect_failed(aq__connection_t *connection, const char *message, const char *sqlstate);
/* The connection has become less loaded, idle, or clean. */
void aq__pool_on_progress(aq__connection_t *connection);
void aq__pool_on_lost(aq__connection_t *connection, bool stop_older);
void aq__pool_on_closed(aq__connection_t *connection);
void aq__pool_on_read_only(aq__connection_t *connection);
/* Puts a query back at the head of the queue, or with a delay. */
void aq__pool_requeue(aq__query_t *query);
bool aq__pool_may_resend(aq__query_t *query); /* its connection was lost before it had begun */
bool aq__pool_may_retry(aq__query_t *query);  /* it failed with 40001 or 40P01 */
void aq__pool_requeue_later(aq__query_t *query);
void aq__pool_move(aq__connection_t *connection,
                   aq__connection_state_t state); /* the one writer of `state` */
void aq__pool_arm(aq_pool_t *pool, uint64_t due); /* the pool's timer fires by then */
void aq__lane_forget_op(aq_lane_t *lane);
void aq__lane_on_idle(aq_lane_t *lane);
void aq__lane_on_lost(aq_lane_t *lane);

#endif
