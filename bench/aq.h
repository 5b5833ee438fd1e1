/* bench/aq: one app with one context on a loop of its own, as every Aquifer side opens it. */
#ifndef AQUIFER_BENCH_AQ_H
#define AQUIFER_BENCH_AQ_H

#include <uv.h>

#include "aquifer.h"
#include "aquifer/app.h"
#include "bench/bench.h"

typedef struct aq_bench {
    uv_loop_t uv;
    aq_db_t *db;
    aq_app_t *app;
    aq_context_t *context;
} aq_bench_t;

void aq_bench_open(aq_bench_t *bench, const char *uri, const aq_pool_options_t *pool);
void aq_bench_close(aq_bench_t *bench);
/* Ends the program with the op's error, or the thread's when op is NULL. */
#if defined(__GNUC__)
__attribute__((noreturn))
#endif
void aq_bench_die(const char *what, const aq_op_t *op);
aq_session_t *aq_bench_session(aq_bench_t *bench, const aq_session_options_t *options); /* never NULL */
/* The op's value, which must be there, and outlive it. */
void *aq_bench_wait(const char *what, aq_op_t *op);
void aq_bench_sql(aq_bench_t *bench, const char *sql);

#endif
