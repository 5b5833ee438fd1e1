/* partial: a commit that one bind has kept and another has not (partial.c). Which have, their branches' codes tell. */
#ifndef AQ_SRC_ORM_PARTIAL_H
#define AQ_SRC_ORM_PARTIAL_H

#include "src/orm/change.h"

/* The object is of a bind that has committed. */
bool aq__partial_has(const aq_session_t *session, const void *object);
/* Leaves what these have kept. */
void aq__partial_filter(aq__changeset_t *set);
/* When that is settled: no rollback puts it back, and session->changes has nothing else. */
void aq__partial_keep(aq_session_t *session);

#endif
