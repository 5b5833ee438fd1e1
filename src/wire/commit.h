/* commit: what a unit that commits may ask for, so that it is not left in doubt.
 *
 *     aq__unit_add_transaction_id(unit);                         after its last statement, before a COMMIT
 *     op = aq__pool_send(pool, unit);
 *     ... failed with AQ_ECOMMITUNKNOWN: the connection was lost after the Sync was sent ...
 *     aq_results_t *results = aq__op_take_salvaged(op);          NULL: the id had not come, nobody will know
 *     ... ask pg_xact_status(id) on another connection ...
 *
 * The id is a statement's result like others, but the server is asked to send what it has by then (Flush) before it is asked to commit (Sync). So whoever knows the id has the results of all
 * statements before it too: a commit that turns out to have succeeded is complete, keys and defaults included. */
#ifndef AQ_SRC_WIRE_COMMIT_H
#define AQ_SRC_WIRE_COMMIT_H

#include "aquifer/wire.h"

/* Its rows: the id as text, NULL where nothing was written so far; and the server's timeline, because a standby that is promoted may give the same id to another transaction. Once in a unit. As
 * aq_unit_add(). */
int aq__unit_add_transaction_id(aq_unit_t *unit);
/* Of an op of aq__pool_send() or aq_lane_send() that has failed with AQ_ECOMMITUNKNOWN, once: the results of its statements up to that of the id, the others have none. NULL: that had not come. */
aq_results_t *aq__op_take_salvaged(aq_op_t *op);
/* The row of the id in what was salvaged. */
aq_rows_t *aq__results_transaction_id(aq_results_t *results);
/* How often it is sent again after 40001 or 40P01, in the place of the pool's retry_limit. */
void aq__unit_set_retries(aq_unit_t *unit, unsigned retries);

#endif
