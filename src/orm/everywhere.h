/* everywhere: the same step on every connection of a session at once: savepoints, and the rollback of a transaction that was joined. */
#ifndef AQ_SRC_ORM_EVERYWHERE_H
#define AQ_SRC_ORM_EVERYWHERE_H

#include "src/orm/session.h"

/* A piece of work with such a step. */
typedef struct aq__everywhere {
    aq__work_t work; /* first */
    size_t waiting;  /* connections that have not answered */
    int code;        /* of the first that failed */
    void (*then)(aq__work_t *work, int code);
} aq__everywhere_t;

/* Statements for a branch, ";" between them, in the buffer or static; NULL: nothing for this one. */
typedef const char *(*aq__everywhere_cb)(aq__branch_t *branch, char *buffer, size_t size);

/* `then` comes once all have answered: AQ_OK, or an error, which is the thread's last. */
void aq__everywhere_send(aq__work_t *work, aq__everywhere_cb sql, void (*then)(aq__work_t *work, int code));
/* The op of a piece of such work. */
aq_op_t *aq__everywhere_call(aq_session_t *session, const aq__work_class_t *work_class, aq_place_t place);

#endif
