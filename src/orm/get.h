/* get: objects by their key, those of one model and turn by one statement. */
#ifndef AQ_SRC_ORM_GET_H
#define AQ_SRC_ORM_GET_H

#include "src/orm/session.h"

void aq__gets_send(aq_session_t *session); /* what this turn asked for */

#endif
