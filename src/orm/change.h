/* change: what a flush has to write, found by comparing objects with their snapshots and by following relationships (change.c, cascade.c); a plan is made of it (plan.h).
 *
 *     pending, doomed, identity maps, lists  ->  aq__changeset_t  ->  aq__plan_t (statements of one bind, in order)  ->  unit  ->  settled
 *
 * Nothing of the session is changed by collecting, but for foreign key members whose value is known, and what a cascade adds to the session. */
#ifndef AQ_SRC_ORM_CHANGE_H
#define AQ_SRC_ORM_CHANGE_H

#include "src/orm/session.h"

typedef struct aq__changed aq__changed_t;

/* This field of the object has the value that a field of another object gets from the server in the same unit. */
typedef struct aq__carried {
    const aq__field_t *field; /* of the object that is written */
    aq__changed_t *source;    /* INSERT */
    const aq__field_t *source_field;
    bool later; /* by an UPDATE after both are there: post_update, or a cycle of NULL-able keys */
} aq__carried_t;

/* A row to write. */
struct aq__changed {
    void *object;
    const aq__mapper_t *mapper;
    aq_operation_t operation;
    size_t number;    /* in the order in which the objects were added; of updates and deletes: found */
    uint64_t *fields; /* a bit for each field: INSERT names it, UPDATE sets it; DELETE: none */
    aq__carried_t *carried;
    size_t carried_count;
    bool
        touched; /* its row is not written, but signals tell it: a list of its changed, or another object has its row (`replaced` of that) */
    bool
        silent; /* it is written, but signals do not tell it: its parent is deleted, and it only forgets that */
    /* A deleted object of the same key as this new one: its row stays and is this one's now. An UPDATE of all columns; an INSERT to signals, and to the session. The other is
     * a DELETE that is `touched`. NULL: nobody's. */
    void *replaced;
    /* Of plan.c: */
    void *step;   /* where it is written */
    size_t place; /* which row of that */
};

/* What it is to the session and to signals: an object that takes the row of another is new. */
static inline aq_operation_t aq__changed_operation(const aq__changed_t *changed)
{
    return changed->replaced != NULL ? AQ_INSERT : changed->operation;
}

/* A row of a table between two models. */
typedef struct aq__association {
    const aq__relation_t *relation;
    void *near, *far;
    aq__changed_t *near_source,
        *far_source; /* INSERTs of the same flush, where the keys come from; NULL: they are known */
    bool removed;
} aq__association_t;

typedef enum aq__sweep_kind {
    AQ__SWEEP_DELETE,      /* children that are not loaded go too (cascade delete) */
    AQ__SWEEP_NULL,        /* ... lose their parent */
    AQ__SWEEP_ASSOCIATIONS /* rows of the table between, of lists that are not loaded */
} aq__sweep_kind_t;

/* What happens to rows that refer to deleted objects and are not loaded: one statement for all of them, after the rows of the same table that are deleted by themselves, before
 * those that they refer to. */
typedef struct aq__sweep {
    const aq__relation_t *relation; /* of the deleted */
    aq__sweep_kind_t kind;
    void **parents;
    size_t parent_count;
    const struct aq__sweep
        *from; /* of the children's own children: the sweep that deletes these; NULL: `parents` tells */
    bool deep; /* the relation leads to its own model: the children's children by it too, all the way down */
} aq__sweep_t;

/* A key that a child has lost because its parent is to be deleted, and what it was. */
typedef struct aq__forgotten aq__forgotten_t;
struct aq__forgotten {
    void *object;
    const aq__field_t *field;
    void *value;
    aq__forgotten_t *next;
};

typedef struct aq__changeset {
    aq_session_t *session;
    aq_arena_t *arena;     /* of the flush */
    aq__changed_t **items; /* inserts in order of number, updates, deletes */
    size_t count;
    aq__association_t *associations;
    size_t association_count;
    aq__sweep_t *sweeps; /* parents' before those from them */
    size_t sweep_count;
    aq__forgotten_t *forgotten;
} aq__changeset_t;

/* Everything that the session has to write. Runs the client's defaults' callbacks (update_cb) and cascades. AQ_ENOMEM, AQ_EINVAL, or what a callback says. */
int aq__changes_collect(aq_session_t *session, aq_arena_t *arena, aq__changeset_t *set);
/* For who only looked: children have the keys of their parents again, whose deletion may be taken back. */
void aq__changes_put_back(const aq__changeset_t *set);

/* parted.c. It is written, and the deleted are deleted: nothing in memory leads to them any more. */
void aq__session_part(const aq__changeset_t *set);

/* pointers.c. It is written: to-one relationships are what they are in the database. */
void aq__session_settle_pointers(aq_session_t *session);
/* To-one relationships whose key the other row has are not loaded any more. */
void aq__object_forget_others(void *object);

/* For tests and for who looks for what goes wrong: a line for each row, link and sweep: "UPDATE <Post 1>: title, author_id". */
void aq__changeset_append(aq_text_t *text, const aq__changeset_t *set);

#endif
