/* pool: the connections of one bind on one loop, and the FIFO of those who wait. Used from that loop's thread only. */
#ifndef AQ_SRC_WIRE_POOL_H
#define AQ_SRC_WIRE_POOL_H

#include "aquifer/wire.h"
#include "src/task/task.h"

typedef struct aq_pool aq_pool_t;

typedef struct aq__pool_setup {
    const char *name;            /* of the bind; "default" for the default one; copied */
    const char *const *keywords; /* PQconnectdbParams, NULL-terminated; copied */
    const char *const *values;
    const aq_pool_options_t *options; /* resolved: every member set, 0 is zero (aq_app_bind_options) */
    aq_echo_t echo;
} aq__pool_setup_t;

int aq__pool_create(aq_pool_t **pool, aq_loop_t *loop, const aq__pool_setup_t *setup);
/* Fails what waits, waits at most close_timeout for what runs, closes the connections; then `cb(data)`, after which the pool is gone.
 * `forced` says how many units were cut off. */
void aq__pool_close(aq_pool_t *pool, void (*cb)(void *data, unsigned forced), void *data);

/* The public calls, once the context has found its pool; never NULL. */
aq_op_t *aq__pool_execute(aq_pool_t *pool, const char *sql, const aq_arguments_t *arguments);
aq_op_t *aq__pool_read(aq_pool_t *pool, const char *sql, const aq_arguments_t *arguments);
/* What a text is to a transaction. Where there is no memory to find out: AQ__SQL_WRITES, and sending it fails. */
typedef enum aq__sql_use {
    AQ__SQL_READS,   /* aq__pool_read() takes it */
    AQ__SQL_WRITES,  /* it may leave something behind */
    AQ__SQL_CONTROLS /* BEGIN, COMMIT ... */
} aq__sql_use_t;
aq__sql_use_t aq__pool_use(aq_pool_t *pool, const char *sql);
aq_op_t *aq__pool_send(aq_pool_t *pool, aq_unit_t *unit);
aq_op_t *aq__pool_describe(aq_pool_t *pool, const char *sql);
aq_op_t *aq__pool_acquire(aq_pool_t *pool);
aq_op_t *aq__pool_stream(aq_pool_t *pool, const char *sql, const aq_arguments_t *arguments);
aq_op_t *aq__pool_copy_in(aq_pool_t *pool, const char *sql);
aq_op_t *aq__pool_copy_out(aq_pool_t *pool, const char *sql);
aq_op_t *aq__pool_listen(aq_pool_t *pool, const char *channel, aq_notify_cb cb, void *data);
void aq__pool_get_stats(aq_pool_t *pool, aq_pool_stats_t *stats);
void aq__pool_append_json(aq_pool_t *pool, aq_text_t *json);
void aq__pool_dispose(aq_pool_t *pool);

/* ---- for the rest of wire ---- */

struct aq__query;
struct aq__registry;

aq_loop_t *aq__pool_loop(const aq_pool_t *pool);
const char *aq__pool_name(const aq_pool_t *pool);
aq_echo_t aq__pool_echo(const aq_pool_t *pool);
struct aq__registry *aq__pool_registry(aq_pool_t *pool);
struct aq__query *aq__pool_take_query(aq_pool_t *pool);
void aq__pool_spare_query(aq_pool_t *pool, struct aq__query *query);
/* Someone cancels: true when the query may be let go of at once. */
bool aq__pool_cancel(struct aq__query *query);

#endif
