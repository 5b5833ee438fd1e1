/* cancel: asks the server to stop what a connection runs. The connection takes nothing new until both the cancel and what it was meant for
 * are through, so that it never hits anything else. */
#ifndef AQ_SRC_WIRE_CANCEL_H
#define AQ_SRC_WIRE_CANCEL_H

#include "src/wire/connection.h"

typedef struct aq__cancel aq__cancel_t;

/* Starts one. False: the bind has too many under way, again when one of them has ended. Failures are only logged. */
bool aq__cancel_start(aq__connection_t *connection);
/* The connection is gone; the cancel finds its end alone, and does not count any more. */
void aq__cancel_forget(aq__cancel_t *cancel);
/* The pool is closed by force: those on the loop end now. */
void aq__cancel_end_all(aq_pool_t *pool);

#endif
