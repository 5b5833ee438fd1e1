/* object_stream: what sessions and branches need to know of the streams that run on them. */
#ifndef AQ_SRC_ORM_OBJECT_STREAM_H
#define AQ_SRC_ORM_OBJECT_STREAM_H

#include "aquifer/query.h"
#include "src/orm/session.h"

/* The rest of it is not to be had any more, its connection goes on: who waits, and whoever asks later, is told with the thread's last error. */
void aq__object_stream_cut(aq_object_stream_t *stream);
/* All of a session's: are cut, with this as the reason; or, the session being closed, are gone. */
void aq__object_streams_cut(aq_session_t *session, const char *why);
void aq__object_streams_close(aq_session_t *session);

#endif
