/* For tests of what sessions write: a case has a database of its own, one session, and the models that it declares.
 *
 *     uow_t uow;
 *     uow_open(&uow, cluster, declare);                     void declare(aq_db_t *db)
 *     User *user = aq_new(uow.session, User); ...
 *     uow_commit(&uow);                                     asserts that it was one round trip
 *     uow_is_error(&uow, AQ_OK, "");
 *     uow_close(&uow);                                                                                   */
#ifndef AQUIFER_T_UOW_H
#define AQUIFER_T_UOW_H

#include "t/cluster.h"

#include <aquifer.h>
#include <uv.h>

typedef struct uow {
    cluster_t *cluster;
    uv_loop_t uv;
    aq_db_t *db;
    aq_app_t *app;
    aq_context_t *context;
    aq_session_t *session;
    json_t *result;       /* an array of what the row tells */
    int code;             /* the first error */
    aq_text_t error;      /* its message */
    char sqlstate[6];     /* and the server's code; "" */
    aq_text_t warnings;   /* what was logged, a line each */
    uint64_t round_trips; /* of all commits */
    aq_text_t *sql;       /* uow_tell(): appends to it; NULL: nothing */
    size_t told;          /* records that were */
} uow_t;

/* Everything in schema public is dropped; the tables are made. Statements are recorded, warnings kept. */
void uow_open(uow_t *uow, cluster_t *cluster, void (*declare)(aq_db_t *db));
void uow_close(uow_t *uow);

/* Wait, and keep the first error. A commit is one unit with one Sync, or nothing where there is nothing to do: that is asserted. */
int uow_flush(uow_t *uow);
int uow_commit(uow_t *uow);
int uow_rollback(uow_t *uow);
/* The value of an op whose value lives as long as the session. */
void *uow_wait(uow_t *uow, aq_op_t *op);
/* In the session's transaction. */
void uow_execute(uow_t *uow, const char *sql);

/* The first error since the last time, or AQ_OK and "". */
void uow_is_error(uow_t *uow, int code, const char *message);
/* What the tables have. */
void uow_is_contents(uow_t *uow, const char *expected);
/* Appends "-- title" and the statements that were sent since the last time, with their parameters. */
void uow_tell(uow_t *uow, const char *title);
/* Forgets them. */
void uow_skip(uow_t *uow);

/* Append to `result`. */
void uow_result_int(uow_t *uow, int64_t number);
void uow_result_text(uow_t *uow, const char *text);
void uow_result_bool(uow_t *uow, bool truth);

/* All rows of all tables, a line for each table that has some: "users: (1,a,e,7,5) (2,b,,7,5)". The caller frees it. */
char *uow_contents(cluster_t *cluster);
/* The SELECT that gives them. */
char *uow_contents_query(cluster_t *cluster);

#endif
