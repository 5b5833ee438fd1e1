/* query: a unit on its way through a pool, and the op that tells how it went. */
#ifndef AQ_SRC_WIRE_QUERY_H
#define AQ_SRC_WIRE_QUERY_H

#include "src/task/task.h"
#include "src/wire/pool.h"
#include "src/wire/registry.h"

typedef struct aq__connection aq__connection_t;
typedef struct aq__reader aq__reader_t;

/*  WAITING -> QUEUED | SENT's way back | DONE      in the pool's queue
 *  QUEUED  -> SENT | WAITING | DONE                given to a connection, nothing of it is in libpq yet
 *  SENT    -> WAITING | DONE                       appended, Sync included; back to WAITING when it is sent again
 *  DELAYED -> WAITING | DONE                       waits a moment before it is sent again
 *  PINGING -> QUEUED | WAITING | DONE              an exclusive lane that is being tried (pre_ping)
 *  READING -> DONE                                 from QUEUED: its reader has the connection                    */
typedef enum aq__query_state {
    AQ__QUERY_WAITING,
    AQ__QUERY_DELAYED,
    AQ__QUERY_PINGING,
    AQ__QUERY_QUEUED,
    AQ__QUERY_SENT,
    AQ__QUERY_READING,
    AQ__QUERY_DONE
} aq__query_state_t;

typedef enum aq__query_kind {
    AQ__QUERY_EXECUTE,  /* one statement; value: aq_rows_t */
    AQ__QUERY_UNIT,     /* any number; value: aq_results_t */
    AQ__QUERY_DESCRIBE, /* one statement that is not run; value: aq_description_t */
    AQ__QUERY_STREAM,   /* these three open a reader; value: aq_stream_t or aq_copy_t */
    AQ__QUERY_COPY_IN,
    AQ__QUERY_COPY_OUT,
    AQ__QUERY_ACQUIRE, /* no statement: waits for an exclusive lane; value: aq_lane_t */
    AQ__QUERY_RESET    /* ours, to clean or try a lane's connection: no op, no value */
} aq__query_kind_t;

/* One statement. */
typedef struct aq__query_item {
    aq__prepared_t *form;
    aq__parameters_t parameters;
    PGresult *result;  /* as libpq gave it (of a description: its), or */
    aq_rows_t *rows;   /* copied, when it was small */
    uint32_t id;       /* of the name that it was sent by; 0: by none */
    uint32_t prepares; /* id for which a PQsendPrepare goes before it, whose outcome comes first; 0: none */
    bool binary;       /* its rows were asked for so */
} aq__query_item_t;

#define AQ__QUERY_INLINE 192

typedef struct aq__query {
    aq_op_t op;      /* first, so that an op of ours is a query */
    aq__list_t link; /* the list that its state says */
    aq_pool_t *pool;
    aq__connection_t *connection; /* QUEUED and SENT */
    aq_lane_t *lane;              /* its only connection; NULL: any */
    aq__reader_t *reader;         /* that it opens; until the op has succeeded it is the query's */
    aq__query_item_t *items;
    unsigned count;
    unsigned next;     /* item whose outcome comes next; == count: only the Sync is missing */
    unsigned failed;   /* item that `failure` is of; == count: none of them, it came at the Sync */
    PGresult *failure; /* the first error of the unit */
    uint64_t since;    /* loop time when it began to wait or was sent */
    uint64_t deadline; /* loop time; 0: none */
    aq_unit_t *unit;   /* owns items; NULL: `first` is the only one */
    void *block;       /* parameters too big for `space` */
    aq__query_item_t first;
    unsigned char kind;  /* aq__query_kind_t */
    unsigned char state; /* aq__query_state_t */
    uint16_t resends;
    bool op_made;
    bool shares; /* a plain read that may share a Sync */
    bool syncs;  /* a Sync follows it */
    bool
        prepare_pending; /* items[next]: the outcome of its PQsendPrepare (or of the Parse before a Describe) has not come yet */
    bool writes;      /* may leave something behind */
    bool stoppable;   /* may be cancelled at the server while it runs */
    bool alone;       /* has a statement that no transaction can hold: half of it may stay */
    bool transaction; /* has transaction control (lanes only) */
    bool forgets;     /* DISCARD or DEALLOCATE: what was prepared on its connection is gone */
    bool abandoned;   /* nobody wants the outcome; it must only be read */
    bool told;        /* abandoned, and its op has been completed by us */
    bool released;    /* told, and its op is closed: free it when it has been read */
    bool
        failed_early; /* `failure` came before the outcome of its last statement: it cannot have been committed */
    bool stale;       /* was sent again because of a stale plan: once only */
    _Alignas(8) unsigned char space[AQ__QUERY_INLINE];
} aq__query_t;

typedef struct aq__unit_text {
    char *sql;
    aq__own_t own;
} aq__unit_text_t;

struct aq_unit {
    aq__query_item_t *items;
    aq__unit_text_t *texts;
    void **blocks;
    size_t count, capacity;
    aq_error_t *error; /* of the first aq_unit_add that failed */
    void (*observe)(void *observer, const char *sql, const aq_arguments_t *arguments); /* observe.h */
    void *observer;
    aq_arena_t *arena;
    size_t id_behind; /* so many statements, the transaction's id the last of them (commit.h); 0: none */
    aq_results_t *salvaged; /* of those, when it is not known what became of it */
    unsigned retries;       /* in the place of the pool's retry_limit */
    bool has_retries;
};

struct aq_results {
    size_t count;
    size_t id_behind; /* salvaged: only these are there */
    aq_rows_t *rows[];
};

/* It needs an exclusive lane. */
static inline bool aq__query_is_exclusive(const aq__query_t *query)
{
    return query->kind == AQ__QUERY_ACQUIRE || query->reader != NULL;
}

/* Fetches what sending it, or settling it, will touch: that was not used for long when many are in flight. */
static inline void aq__query_prefetch(const aq__query_t *query)
{
    aq__prefetch(query, offsetof(aq__query_t, space));
}

/* A query with its op, not yet given to anyone. NULL: out of memory (aq_last_error()). */
aq__query_t *aq__query_create(aq_pool_t *pool, aq__query_kind_t kind);
/* Looks the statement up and encodes the arguments. An error is the thread's last one. */
int aq__query_set_statement(aq__query_t *query, const char *sql, const aq_arguments_t *arguments);
/* Takes the unit and looks its statements up. */
int aq__query_set_unit(aq__query_t *query, aq_unit_t *unit);
/* Moves the rows out of the item. NULL: out of memory. */
aq_rows_t *aq__query_take_rows(aq__query_item_t *item);
/* It is not known what became of it: keeps what came up to the transaction's id, where the unit has one and it has come. (commit.c) */
void aq__query_salvage(aq__query_t *query);
/* Drops what came for it. */
void aq__query_clear_item(aq__query_item_t *item);
/* Makes it as if it had never been sent. */
void aq__query_rewind(aq__query_t *query);
/* Ends it: unlinks nothing, completes the op last; touch it no more. */
void aq__query_succeed(aq__query_t *query);
void aq__query_complete(aq__query_t *query, void *value);
/* Its reader has begun: the handle is the value, and belongs to whoever has the op. */
void aq__query_open(aq__query_t *query);
void aq__query_fail(aq__query_t *query, int code, const char *format, ...) AQ_PRINTF(3, 4);
void aq__query_fail_result(aq__query_t *query, const PGresult *failure, const char *statement);
void aq__query_fail_with(aq__query_t *query, const aq_error_t *error);
void aq__query_fail_last(aq__query_t *query); /* with the thread's last error */
/* Tells the consumer now, although the query is still on a connection; its real outcome will be dropped. */
void aq__query_abandon(aq__query_t *query, int code, const char *format, ...) AQ_PRINTF(3, 4);
/* The outcome of an abandoned query has been read. */
void aq__query_finish_abandoned(aq__query_t *query);
/* "execute", "stream": what was tried, for texts. */
const char *aq__query_verb(const aq__query_t *query);
/* The statement whose outcome comes next, for texts; never NULL. */
const char *aq__query_statement(const aq__query_t *query);

/* The error that a result reports; its strings borrow from the result and from `buffer`. */
void aq__error_from_result(aq_error_t *error, const PGresult *result, char *buffer, size_t size);

#endif
