/*
 * A throwaway PostgreSQL for a test program, through build-aux/postgres. It starts in about half a second, in a directory of its
 * own (in memory when there is room, or under $TMPDIR), and is stopped and deleted when the program ends, however it ends.
 *
 *     cluster_t *cluster = cluster_start("--set max_connections=20");
 *     cluster_sql(cluster, "CREATE TABLE t (id int)");
 *     ... connect to cluster_uri(cluster) ...
 *     cluster_close(cluster);
 *
 * Everything here blocks; what cannot be done bails out, with the script's own words.
 */
#ifndef AQUIFER_T_CLUSTER_H
#define AQUIFER_T_CLUSTER_H

#include "tap.h"

#include <sys/types.h>

typedef struct cluster cluster_t;

/* Options of `build-aux/postgres start`, separated by spaces, or NULL; --throwaway is always given. */
cluster_t *cluster_start(const char *options);

/* A server that came without its tools cannot have a standby. */
bool cluster_can_have_standby(void);
/* A hot standby of `primary`. */
cluster_t *cluster_start_standby(cluster_t *primary);

/* What an application connects to, by the options: PgBouncer, TCP (with TLS), else the Unix socket. Lives as long as the cluster. */
const char *cluster_uri(const cluster_t *cluster);

/* The same for "--unix", "--tcp" or "--pgbouncer" explicitly: a new text, the caller frees it. */
char *cluster_uri_by(const cluster_t *cluster, const char *which);

/* The directory that holds data/, log, run/, tls/. */
const char *cluster_dir(const cluster_t *cluster);

/* Stop with mode "fast", "immediate" or "smart" (NULL: fast) and start again, same socket and port, same options. */
void cluster_restart(cluster_t *cluster, const char *mode);
void cluster_stop(cluster_t *cluster, const char *mode);
void cluster_start_again(cluster_t *cluster);

/* For SIGSTOP and SIGCONT: the postmaster, PgBouncer, the backend of a pg_backend_pid() are ordinary processes. */
pid_t cluster_postmaster_pid(cluster_t *cluster);
pid_t cluster_pgbouncer_pid(cluster_t *cluster);

/* Runs statements on a connection of its own (Unix socket, not through PgBouncer); an error bails out. */
void cluster_sql(cluster_t *cluster, const char *sql, ...) TAP_FORMAT(2, 3);

/* The first column of the first row as a new text that the caller frees; NULL for no row or a null. */
char *cluster_value(cluster_t *cluster, const char *sql, ...) TAP_FORMAT(2, 3);

/* cluster_value() as a number; no row or a null is 0. */
long cluster_number(cluster_t *cluster, const char *sql, ...) TAP_FORMAT(2, 3);

/* Asks cluster_number() every 10 ms until it gives `expected`; false when that takes more than `timeout_ms`. For what the server does
 * in its own time: a backend that is gone, a lock that is waited for. */
bool cluster_await_number(cluster_t *cluster, long expected, int timeout_ms, const char *sql, ...)
    TAP_FORMAT(4, 5);

/* Stops it and deletes its directory. NULL is fine. */
void cluster_close(cluster_t *cluster);

#endif
