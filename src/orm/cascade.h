/* cascade: what is done to an object is done to those that it is related to, as the relationships' .cascade says. Nothing that is not loaded is reached. */
#ifndef AQ_SRC_ORM_CASCADE_H
#define AQ_SRC_ORM_CASCADE_H

#include "src/orm/session.h"

/* All that one of AQ_CASCADE_SAVE_UPDATE (which is merge's too), AQ_CASCADE_REFRESH, AQ_CASCADE_EXPUNGE reaches from `root`, which is the first, each once, those
 * that an object brings right after it. AQ_ENOMEM. */
int aq__cascade_reach(void *root, unsigned cascade, aq__object_array_t *reached);
/* What is linked to the session's objects and may be saved with them becomes pending, right after who brought it. AQ_ENOMEM, AQ_EINVAL. */
int aq__cascade_save(aq_session_t *session);
/* What is deleted with what is deleted, and orphans, are in session->doomed too, right after who brought them. AQ_ENOMEM, AQ_ENOTLOADED. */
struct aq__children;
int aq__cascade_delete(aq_session_t *session, aq_arena_t *arena, struct aq__children *children);
/* To be deleted by the next flush; once is enough. AQ_ENOMEM. */
int aq__object_doom(aq_session_t *session, void *object);

/* children.c: the children of one-to-many relations that are in the session although no list has them: it was not loaded. */
typedef struct aq__children {
    aq_session_t *session;
    aq_arena_t *arena;
    aq__map_t by_parent; /* by relationship and parent; parent NULL: the relationship was looked through */
} aq__children_t;

typedef struct aq__child_key {
    const aq__relationship_t *relationship;
    const void *parent;
} aq__child_key_t;

/* *children NULL: none. They lie in the arena. AQ_ENOMEM. */
int aq__children_of(aq__children_t *children, const aq__relation_t *relation, const void *parent,
                    const aq__object_array_t **found);
void aq__children_dispose(aq__children_t *children);

#endif
