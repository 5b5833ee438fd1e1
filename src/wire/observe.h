/* observe: what goes into a unit, for those who keep records of it. */
#ifndef AQ_SRC_WIRE_OBSERVE_H
#define AQ_SRC_WIRE_OBSERVE_H

#include "aquifer/wire.h"

typedef void (*aq__unit_observe_cb)(void *observer, const char *sql, const aq_arguments_t *arguments);

/* Called for each statement that is added from now on, while its values are still those of the caller. */
void aq__unit_observe(aq_unit_t *unit, aq__unit_observe_cb observe, void *observer);
size_t aq__unit_count(const aq_unit_t *unit); /* of its statements; NULL: 0 */

#endif
