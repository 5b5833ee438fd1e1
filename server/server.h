/* The quickstart service: users in PostgreSQL, over HTTP. It sees only <aquifer...>, h2o and libuv: what it does, any program can. */
#ifndef AQ_SERVER_SERVER_H
#define AQ_SERVER_SERVER_H

#include <aquifer/h2o.h>
#include <h2o.h>
#include <pthread.h>
#include <semaphore.h>
#include <uv.h>

/* What /health tells of one loop; the sum of all loops is one of these too. */
typedef struct snapshot {
    int open, idle, busy, held, connecting, waiting, in_flight;
    uint64_t units, connect_failures, timeouts, lost;
    size_t requests;
    bool down;
} snapshot_t;

typedef struct server server_t;

/* One thread with its loop. */
typedef struct server_loop {
    server_t *server;
    unsigned index;
    pthread_t thread;
    bool started;  /* the thread is to be joined */
    bool failed;   /* it could not start, or could not close cleanly */
    int listening; /* the socket, until libuv owns it */
    uv_loop_t uv;
    uv_tcp_t listener;
    uv_async_t stop;
    uv_timer_t timer; /* publishes the snapshot; while closing, ends the waiting */
    h2o_context_t h2o;
    h2o_accept_ctx_t accept;
    size_t connections;
    bool overdue;
    snapshot_t published; /* under server->lock */
} server_loop_t;

struct server {
    const char *host;
    unsigned port, thread_count;
    aq_db_t *db;
    aq_app_t *app;
    h2o_globalconf_t config;
    h2o_hostconf_t *h2o_host;
    aq_h2o_t *routes;
    server_loop_t *loops;
    pthread_mutex_t lock;
    sem_t ended;
};

/* users.c */
int users_declare(aq_db_t *db);
int users_route(aq_h2o_t *routes);
/* Makes the table, now or as soon as the database is there. */
void users_begin(aq_context_t *context);

/* health.c */
int health_declare(server_t *server);
void health_publish(server_loop_t *loop);

/* loop.c: opens the socket; starts the loop's thread; asks it to end. */
int loop_listen(server_loop_t *loop);
int loop_start(server_loop_t *loop);
void loop_stop(server_loop_t *loop);
void loop_dispose(server_loop_t *loop);
server_loop_t *loop_current(void); /* of this thread */

#endif
