/* For tests of pools that need statements to stand still: a table that a connection of the test's own locks and lets go.
 *
 *     make_gate();
 *     close_gate();
 *     op = aq__pool_execute(pool, "select id from gate", NULL);
 *     ok(await_standing(1), "it runs");          and it stays at the server until
 *     open_gate();
 *     drop_keeper();                             before the cluster is closed */
#ifndef AQUIFER_T_GATE_H
#define AQUIFER_T_GATE_H

#include "t/pools.h"

/* The connection that holds the lock. What fails on it bails out. */
static PGconn *keeper;

static inline PGresult *ask_keeper(const char *sql, ExecStatusType expected)
{
    PGresult *result = PQexec(keeper, sql);

    if (PQresultStatus(result) != expected)
        bail_out("%s: %s", sql, PQerrorMessage(keeper));
    return result;
}

static inline void keep(const char *sql)
{
    PQclear(ask_keeper(sql, PGRES_COMMAND_OK));
}

static inline long count(const char *sql)
{
    PGresult *result = ask_keeper(sql, PGRES_TUPLES_OK);
    long number = atol(PQgetvalue(result, 0, 0));

    PQclear(result);
    return number;
}

static inline void make_gate(void)
{
    keeper = PQconnectdb(cluster_uri(cluster));
    keep("create table gate (id int)");
}

static inline void drop_keeper(void)
{
    PQfinish(keeper);
}

/* Statements that touch the table stand still from now on. */
static inline void close_gate(void)
{
    keep("begin");
    keep("lock table gate in access exclusive mode");
}

static inline void open_gate(void)
{
    keep("rollback");
}

static inline bool so_many_stand(void *data)
{
    return count("select count(*) from pg_locks where not granted") >= *(int *)data;
}

/* Runs the loop until at least so many statements stand at the gate. */
static inline bool await_standing(int number)
{
    return await_that(so_many_stand, &number, 5000);
}

#endif
