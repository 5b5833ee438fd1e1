/*
 * What ops come to, as text that a test can compare.
 *
 *     is_str(outcome(aq_execute(context, NULL, "select 1, null", NULL)), "1,~", "its row");
 *     is_str(outcome(aq_execute(context, NULL, "select 1/0", NULL)), "AQ_EDATA: division by zero", "its error");
 *
 * Rows are "a,b|c,d", no rows "", a NULL is "~". A text stays for the next 15 calls.
 */
#ifndef AQUIFER_T_OUTCOMES_H
#define AQUIFER_T_OUTCOMES_H

#include "aquifer/app.h"
#include "t/tap.h"

/* Of an op that gives rows, as it is now: "pending" while it is not done. */
const char *outcome_of(aq_op_t *op);

/* The others wait for the op and close it. */
const char *outcome(aq_op_t *op);
const char *unit_outcome(aq_op_t *op); /* the rows of each statement, separated by ";" */
const char *outcome_code(aq_op_t *op); /* "ok" or "AQ_ELOST", whatever its value */
const char *failure_of(aq_op_t *op);   /* the error, or "it succeeded", whatever its value */

#endif
