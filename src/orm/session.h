/* What the files of this room share of a session.
 *
 * A session is a queue of work. Each asynchronous call makes one piece of work, which is its op too, and appends it; once a turn of the loop (before it polls) the session starts what may
 * start, in order: reads that need no transaction together, anything else when all before it is done.
 *
 *     aq__work_t:   QUEUED -> RUNNING -> (op done)
 *     aq__branch_t: IDLE -> OPENING -> OPEN -> IDLE          one bind's connection, from begin to commit or rollback
 *     the session:  ACTIVE -> FAILED (a flush failed) -> ACTIVE (rollback)
 *
 * session.c: opening, closing, the queue. branch.c: connections. flush.c: from changes to units and back. transaction.c: begin, commit, rollback, savepoints. undo.c: what a rollback puts
 * back. announce.c: signals. get.c: by key. load.c: relationships. fetch.c: queries. unit_of_work.c: add, delete, expunge ..., and the table of what a state allows. */
#ifndef AQ_SRC_ORM_SESSION_H
#define AQ_SRC_ORM_SESSION_H

#include "aquifer/query.h"
#include "src/orm/engine.h"
#include "src/orm/object.h"
#include "src/task/task.h"

typedef struct aq__work aq__work_t;
typedef struct aq__branch aq__branch_t;

/* ---- Work ------------------------------------------------------------------------------------------------------------------------------ */

typedef enum aq__work_state { AQ__WORK_QUEUED, AQ__WORK_RUNNING, AQ__WORK_DONE } aq__work_state_t;

#define AQ__WORK(name_) .op_class = {.name = (name_), .cancel = aq__work_cancel}

typedef struct aq__work_class {
    aq_op_class_t op_class; /* name; cancel and dispose are set by aq__work_create() where they are NULL */
    bool reads;             /* may run beside other reads; else alone, when all before it is done */
    bool flushes;           /* what is pending is flushed before it (autoflush) */
    bool revives;           /* runs in a failed session: rollback */
    /* Starts it: must end in aq__work_done() or aq__work_fail(), now or later. */
    void (*start)(aq__work_t *work);
    /* Nobody wants the outcome any more of a read that waits for a statement: false where others wait for that too, so that it goes on. NULL: true. */
    bool (*stop)(aq__work_t *work);
    void (*free)(aq__work_t *work);    /* it is done: what it holds beside its own memory; NULL: nothing */
    void (*release)(aq__work_t *work); /* its op is closed: what its value is in; NULL: nothing */
} aq__work_class_t;

/* One asynchronous call. Bigger structs begin with it. */
struct aq__work {
    aq_op_t op;      /* first */
    aq__list_t link; /* session->queue, session->running */
    const aq__work_class_t *work_class;
    aq_session_t *session; /* NULL: closed meanwhile */
    aq__work_state_t state;
    aq_place_t place;
    bool flushing;    /* waits for the flush before it */
    bool opening;     /* waits for a connection */
    aq_op_t *pending; /* the op of a lower room that it waits for; NULL: none */
    void (*pending_then)(aq__work_t *work, aq_op_t *op);
    void (*rows_then)(aq__work_t *work, aq_rows_t *rows);
    bool in_unit;          /* they are the last of a unit */
    aq_results_t *results; /* of which they were taken: closed with the op */
    struct aq__recorded *recorded;
};

bool aq__work_cancel(aq_op_t *op, void *data);
static inline const char *aq__work_name(const aq__work_t *work)
{
    return work->work_class->op_class.name;
}

/* Zeroed, `size` bytes, queued, the session's turn scheduled. NULL: out of memory. */
aq__work_t *aq__work_create(aq_session_t *session, const aq__work_class_t *work_class, size_t size,
                            aq_place_t place);
/* Ends it; the session goes on. `value` NULL: succeeded with nothing to give (aq_op_code() is AQ_OK). */
void aq__work_done(aq__work_t *work, void *value);
void aq__work_fail(aq__work_t *work, int code, const char *format, ...) AQ_PRINTF(3, 4);
void aq__work_fail_with(aq__work_t *work, const aq_error_t *error);
void aq__work_fail_last(aq__work_t *work);
/* work->pending = op, and `then(work, op)` when it is done; the op is closed after that. Takes the op. */
void aq__work_await(aq__work_t *work, aq_op_t *op, void (*then)(aq__work_t *work, aq_op_t *op));
/* AQ_ETXCONTROL, as the thread's last error: a statement of the user's would begin or end the session's transaction. */
int aq__work_refuse_control(const aq__work_t *work, const char *sql);
/* Around every callback of a lower room: the session stays meanwhile, even where the user closes it. */
void aq__session_enter(aq_session_t *session);
void aq__session_leave(aq_session_t *session);
/* For who comes back to it later, from outside: its memory stays, closed or not. */
void aq__session_hold(aq_session_t *session);
void aq__session_release(aq_session_t *session);
/* An op that fails with the thread's last error, for calls that cannot become work. */
aq_op_t *aq__session_failed(aq_session_t *session);

/* ---- Statements ------------------------------------------------------------------------------------------------------------------------- */

/* One statement that only reads: through the branch's connection where it has a transaction, else through the pool, where reads of one turn share a Sync. `then` gets its rows, which live as long as
 * work->pending, or NULL: aq_op_error(work->pending) tells. `plain`: it is ours, without locks or anything of the user's. */
void aq__session_read(aq__work_t *work, aq__branch_t *branch, const char *sql,
                      const aq_arguments_t *arguments, bool plain,
                      void (*then)(aq__work_t *work, aq_rows_t *rows));
/* In `then`: the rows live as long as the work's own op from now on: aq_rows_close() what this gives in work_class.release. */
aq_rows_t *aq__work_take_rows(aq__work_t *work);
/* A unit for the branch: where a transaction was begun and nothing was sent of it yet, it begins with BEGIN. Statements that are added are recorded. NULL: AQ_ENOMEM. */
aq_unit_t *aq__session_unit(aq__work_t *work, aq__branch_t *branch);
/* Sends it; takes it. `observed`: what aq__observed_take() gave when it was made. `then` gets the results, which are its own now (aq_results_close), or NULL and the error. Several units of one
 * work, of several branches, may be under way: each has its `data`. */
struct aq__observed;
void aq__session_send(aq__work_t *work, aq__branch_t *branch, aq_unit_t *unit, struct aq__observed *observed,
                      void *data,
                      void (*then)(aq__work_t *work, void *data, aq_results_t *results,
                                   const aq_error_t *error));

/* One statement as a stream of rows: on the connection of the branch's transaction, or on one of its own. The op is a lower room's: aq_stream_t. */
aq_op_t *aq__branch_stream(aq__branch_t *branch, const char *sql, const aq_arguments_t *arguments);
/* While a stream has the connection of the branch's transaction, nothing else may wait for it. AQ_EINVAL. */
int aq__branch_free(const aq__branch_t *branch, const char *verb);

/* ---- Branches ----------------------------------------------------------------------------------------------------------------------------- */

typedef enum aq__branch_state {
    AQ__BRANCH_IDLE,    /* no connection of its own */
    AQ__BRANCH_OPENING, /* waits for one */
    AQ__BRANCH_OPEN     /* has a connection, and a transaction on it */
} aq__branch_state_t;

/* What a session is on one bind. */
struct aq__branch {
    aq_session_t *session;
    const char *bind; /* NULL: the default one */
    aq_pool_t *pool;
    aq_lane_t *lane; /* OPEN */
    aq__branch_state_t state;
    bool joined;       /* the lane is the caller's, and its transaction too */
    const char *taken; /* `begin`, in a unit that was not sent yet */
    const char *begin; /* what the next unit must begin with; NULL: the transaction has begun on the server */
    aq_object_stream_t *stream; /* that has the transaction's connection for itself */
    unsigned depth;             /* savepoints that are open */
    int code;                   /* of the last commit: AQ_OK, an error, 1: it had no part */
};

/* session.c. For the context: makes a session; ends what it does when the context is closed. */
aq_session_t *aq__session_create(aq__engine_t *engine, const aq_session_options_t *options);
void aq__session_orphan(aq_session_t *session);

/* branch.c. Its connection goes back; what is open on it is rolled back. */
void aq__branch_close(aq__branch_t *branch);
/* The session ends: what it did in a transaction that it joined, and did not commit, is undone. */
void aq__branch_leave(aq__branch_t *branch);
/* Takes a connection for it, then `then(work, AQ_OK)`; or an error, which is the thread's last. OPEN already: at once. */
void aq__branch_open(aq__work_t *work, aq__branch_t *branch, const char *begin,
                     void (*then)(aq__work_t *work, int code));
/* Streams inside of transactions end: these do. */
void aq__session_cut_streams(aq_session_t *session);
/* A unit that was made is not sent: what it would have begun has not. */
void aq__branch_put_back(aq__branch_t *branch);
/* The branch of a bind, made on first use; NULL: AQ_ENOBIND, AQ_ENOMEM. */
aq__branch_t *aq__session_branch(aq_session_t *session, const char *bind);
const aq__mapper_t *aq__session_mapper(aq_session_t *session,
                                       const aq_model_t *model);                     /* NULL: AQ_EMAPPING */
aq__cohort_t *aq__session_cohort(aq_session_t *session, const aq__mapper_t *mapper); /* NULL: AQ_ENOMEM */

/* ---- Undo: what a rollback puts back ---------------------------------------------------------------------------------------------------------- */

typedef enum aq__undo_kind {
    AQ__UNDO_INSERTED, /* was pending: is to be transient */
    AQ__UNDO_UPDATED,
    AQ__UNDO_DELETED, /* was persistent */
    AQ__UNDO_MARK     /* a savepoint */
} aq__undo_kind_t;

typedef struct aq__undo {
    aq__undo_kind_t kind;
    void *object;
    char *image;         /* the object before the flush, and its snapshot; NULL: DELETED, MARK */
    size_t change_count; /* of a mark: session->changes.count then */
} aq__undo_t;

/* undo.c. Remembers what a flush is about to settle. AQ_ENOMEM: nothing is remembered. */
struct aq__changeset;
int aq__undo_remember(aq_session_t *session, const struct aq__changeset *set);
int aq__undo_mark(aq_session_t *session);     /* AQ_ENOMEM */
void aq__undo_release(aq_session_t *session); /* forgets the innermost mark, keeps what came after it */
/* Everything since the innermost mark is as it was then; `all`: since the last commit. */
void aq__undo_back(aq_session_t *session, bool all);
void aq__undo_forget(aq_session_t *session); /* it is committed */

/* ---- Announcing ------------------------------------------------------------------------------------------------------------------------------- */

/* announce.c. AQ_ENOMEM. */
int aq__announce_add(aq_session_t *session, const struct aq__changeset *set);
/* BEFORE_MODELS_COMMITTED, of what was flushed and of what would be. AQ_OK, AQ_ENOMEM, or a veto. */
int aq__announce_before(aq_session_t *session);
/* MODELS_COMMITTED, of what was flushed; then forgets it. */
void aq__announce_after(aq_session_t *session);

/* ---- The session --------------------------------------------------------------------------------------------------------------------------------- */

typedef struct aq__object_array {
    void **items;
    size_t count, capacity;
} aq__object_array_t;

/* AQ_ENOMEM. In memory of the allocator. */
int aq__objects_push(aq__object_array_t *array, void *object);
void aq__objects_dispose(aq__object_array_t *array);

typedef struct aq__flagged {
    void *object;
    const aq__field_t *field;
} aq__flagged_t;

struct aq__records;
struct aq__gets;
struct aq__loads;

struct aq_session {
    aq__list_t link;      /* engine->sessions */
    aq__engine_t *engine; /* NULL: its context was closed, or it was and nothing of it runs */
    const aq__mappers_t *mappers;
    aq_db_t *db; /* held for them; NULL: nobody's */
    void (*release_db)(aq_db_t *db);
    aq_loop_t *loop;
    aq_arena_t *arena; /* objects, what they point to, queries; this struct lives outside of it */
    uint64_t number;
    aq_session_options_t options;
    bool autoflush, tracks;
    void *data;
    aq__cohort_t **cohorts;      /* by mapper->index; NULL: none yet */
    aq__identity_t **identities; /* by mapper->index of roots */
    aq__branch_t **branches;
    size_t branch_count;

    aq__turn_t turn;
    aq__list_t queue, running;
    aq__list_t streams;         /* of objects, that are open */
    unsigned writing;           /* running works that are no reads: at most one */
    unsigned busy;              /* > 0: not to be freed under our feet */
    bool closing;               /* no handle any more: freed when the last work is done */
    unsigned runs;              /* that hold it: it is freed after them */
    bool orphaned;              /* its context is being closed */
    const aq_error_t *failure;  /* of the flush that failed; NULL: active */
    aq_error_t *failure_owned;  /* the same, to be freed; NULL: there was no memory for a copy */
    struct flush *flush;        /* that waits for a connection */
    unsigned depth;             /* savepoints */
    aq__object_array_t deleted; /* by flushes since the last commit */

    uint64_t age;               /* one more with each commit: what was loaded before is expired. 20 bits */
    aq__object_array_t pending; /* in the order in which they were added; holes are NULL */
    aq__object_array_t doomed;
    aq__object_array_t linked; /* whose lists were changed */
    aq__flagged_t *flagged;
    size_t flagged_count, flagged_capacity;
    aq__undo_t *undo; /* since the last commit, where something was flushed */
    size_t undo_count, undo_capacity;
    struct {
        aq_change_t *items;
        size_t count, capacity;
    } changes; /* flushed since the last commit, one after the other: announce.c makes the signals' list of it */
    struct aq__event_list *listening; /* of this session's own events (listeners.h) */
    struct aq__records *records;      /* record.h; NULL: none are kept */
    struct aq__observed *observed;    /* of the unit that is being made (observer.h) */
    struct aq__gets *gets;            /* of this turn, to be one statement (get.c) */
    struct aq__loads *loads;          /* the same for relationships (load.c) */
};

static inline bool aq__object_is_expired(const aq_session_t *session, const void *object)
{
    uint64_t state = aq__object(object)->state;

    return (state & AQ__STATE_EXPIRED) != 0 ||
           ((state >> AQ__STATE_AGE_SHIFT) & AQ__STATE_AGE_MASK) != (session->age & AQ__STATE_AGE_MASK);
}

/* Loaded just now. */
static inline void aq__object_set_fresh(const aq_session_t *session, void *object)
{
    aq__object(object)->state = (aq__object(object)->state & ~(AQ__STATE_AGE_MASK << AQ__STATE_AGE_SHIFT) &
                                 ~(uint64_t)AQ__STATE_EXPIRED) |
                                (session->age & AQ__STATE_AGE_MASK) << AQ__STATE_AGE_SHIFT;
}

/* ---- Flushing --------------------------------------------------------------------------------------------------------------------------------------- */

/* flush.c. What is to be written is collected and, for each bind, made a unit: with `commit` through the pool, or, where the branch is open, with COMMIT behind it; else in a transaction, which it
 * begins. `then` is called once all is done, AQ_OK or an error: the session is failed then, and the error in session->failure. */
void aq__flush(aq__work_t *work, bool commit, void (*then)(aq__work_t *work, int code));
bool aq__session_is_dirty(aq_session_t *session); /* a flush would find something */
/* transaction.c. Fails work whose flush has failed. */
void aq__work_fail_flushed(aq__work_t *work);
void aq__session_revive(aq_session_t *session); /* it is not failed any more */
/* The session is failed with this error; its open transactions are given up. */
void aq__session_break(aq_session_t *session, const aq_error_t *error);

/* "<User 1>" in the arena, for messages; never NULL. */
const char *aq__object_name(const void *object, aq_arena_t *arena);
/* contents.c. Everything in the identity maps, in no order that means anything:
 * for (aq__cursor_t cursor = {0}; (object = aq__session_next(session, &cursor)) != NULL;) */
typedef struct aq__cursor {
    size_t mapper, at;
} aq__cursor_t;
void *aq__session_next(const aq_session_t *session, aq__cursor_t *cursor);

/* What a user does to an object, as the table of unit_of_work.c knows it. */
typedef enum aq__verb {
    AQ__VERB_ADD,
    AQ__VERB_DELETE,
    AQ__VERB_EXPUNGE,
    AQ__VERB_EXPIRE,
    AQ__VERB_REFRESH,
    AQ__VERB_MERGE, /* of the object that is copied; its session may be another one */
    AQ__VERB_FLAG
} aq__verb_t;

/* AQ_EINACTIVE: a flush failed; AQ_EINVAL: it is NULL. */
int aq__session_usable(const aq_session_t *session, const char *verb);
/* That, the next, and whether the object's state allows it: AQ_EINVAL: "aq_delete: <User (transient)> is not persisted". */
int aq__session_allows(const aq_session_t *session, const void *object, aq__verb_t verb);
/* As aq_flag_modified(): once is enough. AQ_ENOMEM. */
int aq__object_flag(void *object, const aq__field_t *field);
bool aq__object_is_flagged(const void *object, const aq__field_t *field);
/* NULL, of no model, of another session ...: AQ_EINVAL. */
int aq__session_owns(const aq_session_t *session, const void *object, const char *verb);

#endif
