/* The inside of a pool, for the files of this room that serve it. */
#ifndef AQ_SRC_WIRE_POOL_PRIVATE_H
#define AQ_SRC_WIRE_POOL_PRIVATE_H

#include "src/wire/connection.h"
#include "src/wire/libpq.h"
#include "src/wire/offload.h"

/* Connection parameters, shared with the threads that connect: freed by the last of them. */
typedef struct aq__login aq__login_t;
aq__login_t *aq__login_create(const char *const *keywords, const char *const *values);
aq__login_t *aq__login_hold(aq__login_t *login);
void aq__login_release(aq__login_t *login);
const char *const *aq__login_keywords(const aq__login_t *login);
const char *const *aq__login_values(const aq__login_t *login);

/* Connects in a thread. `message` is NULL when that went well; `pg` (may be NULL) then belongs to the callback, and otherwise too. Not called once the
 * pool's handles are being closed. */
typedef void (*aq__connected_cb)(void *data, PGconn *pg, const char *message, const char *sqlstate);
int aq__connect(aq_pool_t *pool, aq__connected_cb connected, void *data);

/* listen.c: the pool's listeners and their connection. */
typedef struct aq__listening aq__listening_t;
void aq__listening_sweep(aq_pool_t *pool, uint64_t now, uint64_t *due);
void aq__listening_close(aq_pool_t *pool); /* nobody hears anything after this */
void aq__listening_free(aq_pool_t *pool);  /* its handle is closed */

/*  OPEN -> DRAINING -> (FORCING ->) HANDLES -> gone */
typedef enum aq__pool_state {
    AQ__POOL_OPEN,
    AQ__POOL_DRAINING, /* runs out what runs, until close_timeout */
    AQ__POOL_FORCING,  /* that has passed: everything is cut off */
    AQ__POOL_HANDLES   /* everything is closed; handles and threads are on their way out */
} aq__pool_state_t;

struct aq_pool {
    aq_loop_t *loop;
    char *name;
    aq__login_t *login;
    aq_pool_options_t options;
    uint64_t query_timeout, grace; /* of the options, in ms; query_timeout 0: none */
    aq_echo_t echo;
    aq__pool_state_t state;
    aq__registry_t registry;
    aq__list_t connections[AQ__CONNECTION_STATE_COUNT];
    int counts[AQ__CONNECTION_STATE_COUNT];
    aq__connection_t *shortest; /* no pipeline was shorter when this was found; NULL: look anew */
    unsigned shortest_until;    /* nor is any while it has less than so much in flight */
    aq__list_t waiters;         /* queries, first come first served */
    int waiting;
    aq__list_t delayed;   /* queries that are sent again in a moment */
    aq__list_t spare;     /* query memory */
    aq__blocks_t *blocks; /* for copied rows */
    unsigned spare_count;
    aq__list_t lanes;           /* given out */
    aq__listening_t *listening; /* NULL: nobody has listened yet */
    uv_timer_t *timer;
    uint64_t timer_due; /* loop time, 0: not armed */
    aq__offload_t *offload;
    aq__turn_t serve_turn;
    uint64_t generation;
    uint64_t numbers;  /* connections made so far */
    bool down;         /* the last attempt to connect failed */
    unsigned failures; /* in a row */
    uint64_t probe_at; /* loop time before which nobody connects while down */
    char *down_text;   /* why, for those who come meanwhile */
    bool unnamed;      /* a pooler is in the way */
    int cancels;       /* under way, of connections that still are */
    uint64_t patience; /* ms that an abandoned unit gets to end by itself before it is cancelled: most do */
    aq__list_t cancelling;
    size_t users;     /* itself, and every query and lane whose memory is its */
    unsigned handles; /* uv handles and offload still open */
    unsigned forced;
    uint64_t close_at;
    void (*on_closed)(void *data, unsigned forced);
    void *on_closed_data;
    uint64_t connects, connect_failures, units, statements, syncs, shared_reads, resends, timeouts, canceled,
        lost;
    uint64_t random;
};

static inline uint64_t aq__pool_now(const aq_pool_t *pool)
{
    return uv_now(aq_loop_uv(pool->loop));
}

static inline uint64_t aq__milliseconds(double seconds)
{
    return (uint64_t)(seconds * 1000.0 + 0.5);
}

static inline uint64_t aq__pool_after(const aq_pool_t *pool, double seconds)
{
    return aq__pool_now(pool) + aq__milliseconds(seconds);
}

static inline bool aq__pool_is_armed(const aq_pool_t *pool, uint64_t due) /* the timer fires by then anyway */
{
    return pool->timer_due != 0 && pool->timer_due <= due;
}

void aq__pool_event(aq_pool_t *pool, aq_pool_event_t event, uint64_t connection);
/* Takes a query, which finds a connection or waits for one. Returns its op. */
aq_op_t *aq__pool_submit(aq_pool_t *pool, aq__query_t *query);
void aq__pool_serve(aq_pool_t *pool);
void aq__pool_serve_soon(aq_pool_t *pool);
void aq__pool_on_serve_turn(aq__turn_t *turn);
void aq__pool_unwait(aq__query_t *query);       /* takes it out of the queue */
void aq__pool_fail_waiting(aq__query_t *query); /* its deadline has passed */
/* A connection could not be made: the next try comes later. */
void aq__pool_back_off(aq_pool_t *pool, const char *message);
void aq__pool_handle_closed(aq_pool_t *pool);
/* While the pool closes: goes on if nothing runs any more; cuts off what does. */
void aq__pool_close_if_drained(aq_pool_t *pool);
void aq__pool_force_close(aq_pool_t *pool);
void aq__pool_hold(aq_pool_t *pool);
void aq__pool_release(aq_pool_t *pool);
int aq__pool_open_count(const aq_pool_t *pool);                             /* connected, in whatever state */
const char *aq__pool_oldest_holder(const aq_pool_t *pool, uint64_t *since); /* NULL: nobody holds anything */
void aq__pool_checkin(aq__connection_t *connection);
/* "500 ms", "30 s". */
void aq__format_seconds(double seconds, char *buffer, size_t size);
double aq__pool_random(aq_pool_t *pool); /* 0 <= x < 1 */

struct aq_lane {
    aq__list_t link;              /* pool->lanes while given out */
    aq_pool_t *pool;              /* NULL: the pool is gone */
    aq__connection_t *connection; /* NULL: lost */
    aq_op_t *op;                  /* that gave it; NULL: that op is gone */
    aq__query_t *pending;         /* pre_ping: waits for the round trip */
    uint64_t since;
    bool released;
    bool reset;     /* the ROLLBACK was sent */
    bool discarded; /* the DISCARD ALL was sent */
    char label[64];
};
/* Gives the idle connection to a query that waits for a lane (at once, or after a round trip); fails it when memory is out. */
void aq__lane_give(aq__connection_t *connection, aq__query_t *query);
/* The query is not wanted any more while its lane is being tried. */
void aq__lane_cancel_pending(aq__query_t *query);
/* Fails the query if the lane cannot take it any more. */
bool aq__lane_refuses(const aq_lane_t *lane, aq__query_t *query);
/* One statement as a unit of its own: executed, or described. */
aq_op_t *aq__lane_run(aq_lane_t *lane, aq__query_kind_t kind, const char *sql,
                      const aq_arguments_t *arguments);

#endif
