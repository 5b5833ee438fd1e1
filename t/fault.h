/*
 * What the fault tests share: an app with one context on a loop of its own.
 *
 *     fault_t fault;
 *     fault_open(&fault, cluster_uri(cluster), &(aq_pool_options_t){.size = 1});
 *     is_str(outcome(aq_execute(fault.context, NULL, "select 1, 2", NULL)), "1,2", "rows");
 *     fault_close(&fault);                       asserts that nothing is left on the loop
 */
#ifndef AQUIFER_T_FAULT_H
#define AQUIFER_T_FAULT_H

#include <uv.h>

#include "aquifer/app.h"
#include "t/clock.h"
#include "t/cluster.h"
#include "t/outcomes.h"

typedef struct fault {
    uv_loop_t uv;
    aq_db_t *db;
    aq_app_t *app;
    aq_context_t *context;
} fault_t;

/* The first call also starts a watchdog: a program that hangs is ended, and says so. */
void fault_open(fault_t *fault, const char *uri, const aq_pool_options_t *pool);
/* Closes the context and asserts that this ends within the pool's close_timeout, and that the loop is empty then. Ops end with it. */
void fault_close(fault_t *fault);

/* Gives the op away; its code is in `code` once it is done (1 before that). For ops that end while the context is closed. */
void fault_note(aq_op_t *op, int *code);
aq_pool_stats_t fault_stats(fault_t *fault);

#endif
