/* What libpq has from version 17 on, found at run time, so that one binary uses it where the library at hand has it and the older way
 * where it has not. Both ways are tested (t/run runs the database tests with libpq 15 and 18). */
#ifndef AQ_SRC_WIRE_LIBPQ_H
#define AQ_SRC_WIRE_LIBPQ_H

#include <libpq-fe.h>
#include <stdbool.h>

/* PGRES_TUPLES_CHUNK of libpq 17; older headers do not name it. */
#define AQ__TUPLES_CHUNK 12

typedef struct pg_cancel_conn aq__cancel_conn_t; /* libpq 17's PGcancelConn */

typedef struct aq__libpq {
    int (*send_pipeline_sync)(PGconn *);           /* PQsendPipelineSync: a Sync without a flush */
    int (*set_chunked_rows_mode)(PGconn *, int);   /* PQsetChunkedRowsMode */
    aq__cancel_conn_t *(*cancel_create)(PGconn *); /* PQcancelCreate and what belongs to it, all or none */
    int (*cancel_start)(aq__cancel_conn_t *);
    int (*cancel_poll)(aq__cancel_conn_t *); /* a PostgresPollingStatusType */
    int (*cancel_socket)(const aq__cancel_conn_t *);
    char *(*cancel_error_message)(const aq__cancel_conn_t *);
    void (*cancel_finish)(aq__cancel_conn_t *);
    int (*ssl_pending)(const void *); /* of the TLS library that libpq was built with */
} aq__libpq_t;

/* Members are NULL where the library at hand does not have them. Any thread. */
const aq__libpq_t *aq__libpq(void);

#endif
