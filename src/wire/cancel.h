/* cancel: asks the server to stop what a connection runs. The connection takes nothing new until both the cancel and what it was meant for
 * are through, so that it never hits anything else. */
#ifndef AQ_SRC_WIRE_CANCEL_H
#define AQ_SRC_WIRE_CANCEL_H

#include "src/wire/connection.h"

typedef struct aq__cancel aq__cancel_t;

/* Starts one if the bind has not too many under way (then what runs is waited for); failures are only logged. */
void aq__cancel_start(aq__connection_t *connection);
/* The connection is gone; the cancel finds its end alone. */
void aq__cancel_forget(aq__cancel_t *cancel);
/* The pool is closed by force: those on the loop end now. */
void aq__cancel_end_all(aq_pool_t *pool);

#endif
