/* options: whether the options of a session make sense. */
#ifndef AQ_SRC_ORM_OPTIONS_H
#define AQ_SRC_ORM_OPTIONS_H

#include "aquifer/session.h"

/* AQ_EINVAL: "aq_session_open: options.retries: -1 is out of range: it must be ...". NULL options are fine. */
int aq__session_options_check(const char *function, const aq_session_options_t *options);

#endif
