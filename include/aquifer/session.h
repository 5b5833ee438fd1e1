/* session: a unit of work. It hands out objects, one for each row, and writes what was done to them in one round trip.
 *
 *     aq_session_t *session = aq_session_open(context, NULL);
 *     User *user = aq_new(session, User);                      aquifer/schema.h says what a model is
 *     user->username = "ann";
 *     aq_add(session, user);
 *     aq_op_t *commit = aq_commit(session);
 *     if (aq_await(commit) == NULL)                             one unit, one round trip; user->id is set now
 *         puts(aq_op_error(commit)->message);
 *     User *bob = aq_await(aq_get(session, User, 7));           NULL: there is none, or it failed
 *     if (bob != NULL)
 *         bob->email = "bob@example.org";                       nothing to call: the next commit sees that it changed
 *     aq_await(aq_commit(session));
 *     aq_session_close(session);                                and all its objects are gone
 *
 * Objects are plain structs of the user's, made by aq_new() or by a query. A session remembers what each looked like when it was loaded and compares
 * when it flushes, so that nobody needs to say what changed, only changed columns are written, and what was set back is not. Text that a member points to
 * must live until the flush; after it the member points to the session's own copy. While a flush or commit is on its way, leave objects alone: what is
 * changed in them then may pass for written. New objects, and deletions, may be made: they are the next one's.
 *
 * Nothing here waits or sends behind the user's back: what may go to the server returns an op, everything else is memory. The ops of one session take
 * effect in the order in which they were made, whether they are awaited or not; reads that follow each other go to the server together. An op that is
 * closed before it has begun is canceled, as any other.
 *
 * Who owns what: the session owns what it gives out, objects, lists, queries; an op that is made here is the caller's, as all are (aquifer/task.h). What an
 * op's value is, and how long it lives, is said with each.
 *
 * A session belongs to one loop and its thread: all of this is called from there, but for aq_signal_connect() and aq_signal_disconnect(). docs/sessions.md
 * tells the same in the order of use. Source: SQLAlchemy, "Session Basics", "State Management"; Flask-SQLAlchemy, "Signalling Support". */
#ifndef AQUIFER_SESSION_H
#define AQUIFER_SESSION_H

#include "aquifer/schema.h"
#include "aquifer/wire.h"

#if defined(__GNUC__)
#pragma GCC system_header
#endif

AQ_BEGIN_DECLS

typedef struct aq_db aq_db_t;
typedef struct aq_app aq_app_t;
typedef struct aq_context aq_context_t;
typedef struct aq_session aq_session_t;

/* Where in the user's program something was asked for: records and N+1 notices tell it. */
typedef struct aq_place {
    const char *line;     /* "blog.c:12", of static memory */
    const char *function; /* of static memory */
} aq_place_t;

#define AQ_LINE__(line_) #line_
#define AQ_LINE_(line_) AQ_LINE__(line_)
#define AQ_HERE ((aq_place_t){__FILE__ ":" AQ_LINE_(__LINE__), __func__})

/* ---- Opening and closing ------------------------------------------------------------------------------------------ */

typedef enum aq_isolation {
    AQ_ISOLATION_DEFAULT, /* the server's: read committed */
    AQ_READ_COMMITTED,
    AQ_REPEATABLE_READ,
    AQ_SERIALIZABLE
} aq_isolation_t;

/* Zero is the default everywhere. */
typedef struct aq_session_options {
    aq_switch_t autoflush;           /* queries first write what is pending; unset: on */
    aq_switch_t track_modifications; /* signals tell what was committed; unset: as the app's config says */
    /* Joins a transaction of the caller's on this connection: the session's commits are savepoints in it, and never COMMIT. For its bind only. The lane must
     * outlive the session, whose close undoes what it did not commit. */
    aq_lane_t *lane;
    const char *lane_bind; /* NULL: the default one */
    /* Keeps no record of how objects were loaded: they take less memory and time, and what is changed in them is not written. */
    bool read_only;
    /* Several binds commit by PREPARE TRANSACTION: all or none. (One alone commits as ever.) The servers must have max_prepared_transactions. What is left
     * prepared, because its server could not be reached any more, is named by the error, AQ_EPARTIALCOMMIT where another has committed, else
     * AQ_ECOMMITUNKNOWN: it holds its locks until somebody ends it. Not with a lane. */
    bool two_phase;
    /* How often a commit that failed with 40001 or 40P01 is sent again, each time after a random part of 10 ms, 20 ms ... 1.28 s; zero: the pool's
     * retry_limit; AQ_ZERO: never. A transaction that was begun is never sent again. */
    int retries;
    int n_plus_one; /* the same statement from a line more often than this is told (AQ_N_PLUS_ONE); zero: 10; AQ_ZERO: never */
    int record_limit; /* statements that are remembered, where the app records queries; zero: 1000 */
    /* A commit whose connection was lost asks the server what became of it, for up to 10 s: it succeeds, with keys and defaults, or is AQ_ELOST, which may be
     * tried again. AQ_ECOMMITUNKNOWN is left where the statements were not answered yet, or the server cannot say. Costs a statement a commit. */
    bool settle;
} aq_session_options_t;

/* A session on the context (NULL: the current one); no I/O. NULL: aq_last_error(): AQ_ENOAPP, AQ_ECLOSED, AQ_ENOMEM, AQ_EINVAL. */
AQ_API aq_session_t *aq_session_open(aq_context_t *context, const aq_session_options_t *options);
/* Everything that it gave out is gone at once: objects, queries, what its arena has. Open work is rolled back, reads are dropped, ops that were not begun
 * fail with AQ_ECLOSED. A commit that is on its way is not stopped: its op tells how it ended, and so do signals. Allowed in any callback. NULL is fine.
 * Where its context is closed first, it is memory only: its objects can be read, its ops fail with AQ_ECLOSED; it is to be closed all the same. */
AQ_API void aq_session_close(aq_session_t *session);
/* The session of a scope: made on first use, one for each key in each context, closed by aq_session_remove() or with its context, and by nobody else. The key
 * is what the db's scope function says (aq_db_set_session_setup), else the context itself. Context NULL: the current one. NULL: as for aq_session_open(). */
AQ_API aq_session_t *aq_session_current(aq_context_t *context);
AQ_API void aq_session_remove(aq_context_t *context);

/* Both are NULL when the context was closed. */
AQ_API aq_context_t *aq_session_context(const aq_session_t *session);
AQ_API aq_loop_t *aq_session_loop(const aq_session_t *session);
/* For what shall live as long as the session: aq_arena_printf(aq_session_arena(session), ...) makes a text for a member. */
AQ_API aq_arena_t *aq_session_arena(aq_session_t *session);
/* A pointer of the user's, for callbacks. */
AQ_API void aq_session_set_data(aq_session_t *session, void *data);
AQ_API void *aq_session_data(const aq_session_t *session);

/* ---- Objects ------------------------------------------------------------------------------------------------------ */

/* What an object is to its session, and what may be done with it:
 *
 *     TRANSIENT   aq_new() made it                    add, merge
 *     PENDING     added: the next flush inserts it    add (nothing), expunge, merge
 *     PERSISTENT  a row                               everything
 *     DELETED     the flush deleted it                nothing (aq_delete() does nothing), until a rollback makes it PERSISTENT again
 *     DETACHED    expunged, or deleted and committed  add (unless it was deleted), merge                                             */
typedef enum aq_state { AQ_TRANSIENT, AQ_PENDING, AQ_PERSISTENT, AQ_DELETED, AQ_DETACHED } aq_state_t;

AQ_API const char *aq_state_name(aq_state_t state); /* "transient" ... */
AQ_API aq_state_t aq_object_state(const void *object);
AQ_API const aq_model_t *
aq_object_model(const void *object); /* that it is of: a submodel where the row says so */
AQ_API aq_session_t *aq_object_session(const void *object); /* NULL: transient or detached */
/* Appends "<User 1>", "<Report 2, test>", "<User (transient)>", "<User (pending)>". */
AQ_API void aq_object_append(aq_text_t *text, const void *object);

/* A new object in the session's memory, zeroed but for what .default_value of its columns says; not in the session until it is added. The session remembers
 * what it looks like: INSERT names the columns that are otherwise then, those that have defaults of the client's, and those that are NOT NULL and that the
 * server gives no value; all others are the server's, and their values come back with the flush. A .default_cb is called by the flush that inserts it, where
 * the member is as aq_new() made it. NULL: aq_last_error(): AQ_EMAPPING (the db does not have the model), AQ_ENOMEM. */
#define aq_new(session, struct_) ((struct_ *)aq_session_new((session), &struct_##_model))
AQ_API void *aq_session_new(aq_session_t *session, const aq_model_t *model);

/* All of these: AQ_EINVAL, whose text says what is wrong (it is NULL, of another session, in a state that does not allow it); AQ_ENOMEM; and AQ_EINACTIVE
 * after a failed flush. They change memory only. The relationships of the object are followed as their .cascade says when the session is flushed. */
/* To be inserted by the next flush; where it was deleted or detached, back in the session. Twice is harmless. */
AQ_API int aq_add(aq_session_t *session, void *object);
AQ_API int aq_add_all(aq_session_t *session, void *const *objects, size_t count);
/* To be deleted by the next flush; aq_add() takes that back. What is deleted with it (AQ_CASCADE_DELETE) is found by the flush, loaded or not; only whom a
 * to-one or many-to-many relationship leads to must be loaded (AQ_ENOTLOADED of the flush). */
AQ_API int aq_delete(aq_session_t *session, void *object);
/* Out of the session, as it is; a pending one is transient again. */
AQ_API int aq_expunge(aq_session_t *session, void *object);
AQ_API int aq_expunge_all(aq_session_t *session);
/* What was changed in it is forgotten, and the next query or get that meets its row loads it anew. */
AQ_API int aq_expire(aq_session_t *session, void *object);
AQ_API int aq_expire_all(aq_session_t *session);
/* Writes this column in the next flush, whatever its value: INSERT leaves out what aq_new() gave, UPDATE what is as it was loaded. */
#define aq_flag_modified(object, struct_, member_) \
    aq_object_flag_modified((object), &struct_##_model, offsetof(struct_, member_))
AQ_API int aq_object_flag_modified(void *object, const aq_model_t *model, size_t offset);

AQ_API bool aq_contains(const aq_session_t *session, const void *object);    /* pending or persistent in it */
AQ_API bool aq_is_modified(const aq_session_t *session, const void *object); /* it would be written */
/* Objects, in an array. */
typedef struct aq_objects {
    void **items;
    size_t count;
} aq_objects_t;
/* All that is pending, changed, to be deleted: what the next flush has to do with. The arrays are valid until the session's next call. AQ_ENOMEM. */
AQ_API int aq_session_new_objects(aq_session_t *session, aq_objects_t *objects);
AQ_API int aq_session_dirty_objects(aq_session_t *session, aq_objects_t *objects);
AQ_API int aq_session_deleted_objects(aq_session_t *session, aq_objects_t *objects);

/* ---- Relationships ------------------------------------------------------------------------------------------------ */

/* There is no hidden I/O: what was not loaded is not there, and these say so: NULL, and aq_last_error() is AQ_ENOTLOADED, "User.posts is not loaded: ...".
 * Loading: aq_load(), and the options of a query (aquifer/query.h). New objects have everything loaded: nothing. */
/* The object that a to-one relationship leads to, aq_related(post, Post, author); NULL where aq_is_loaded() is true: there is none. Plain `post->author` reads
 * the same, without the check. */
#define aq_related(object, struct_, member_)                                                               \
    (aq_object_is_loaded((object), &struct_##_model, offsetof(struct_, member_), true) ? (object)->member_ \
                                                                                       : 0)
/* The list of a to-many relationship: const aq_many_t *, which is the member itself: it changes with it. */
#define aq_list(object, struct_, member_)                                                                   \
    (aq_object_is_loaded((object), &struct_##_model, offsetof(struct_, member_), true) ? &(object)->member_ \
                                                                                       : 0)
#define aq_is_loaded(object, struct_, member_) \
    aq_object_is_loaded((object), &struct_##_model, offsetof(struct_, member_), false)
AQ_API bool aq_object_is_loaded(const void *object, const aq_model_t *model, size_t offset, bool required);

/* Links two objects, on both sides in memory where the other side is a relationship too. `aq_set(post, Post, author, user)`; user NULL: none. A plain
 * `post->author = user` does the same when the session is flushed; until then the other side does not know. Where both the pointer and the members of the
 * foreign key (`post->author_id`) were changed, the pointer wins, and it wins over lists too; where only the key was, it is written, and the pointer is what
 * it was until it is loaded anew. Lists are changed by aq_append() and aq_remove() only; what is there already is not there twice.
 * A list that is not loaded can be changed all the same; a pointer that is not loaded can be set, but not a one-to-one's whose row is on the other side, since
 * nobody knows whom it replaces (AQ_ENOTLOADED). AQ_EINVAL: it is of another model or session, or NULL where the key must not be; AQ_ENOMEM. */
#define aq_set(object, struct_, member_, value) \
    aq_object_set((object), &struct_##_model,   \
                  offsetof(struct_, member_) + 0 * sizeof(((struct_ *)0)->member_ = (value)), (value))
#define aq_append(object, struct_, member_, item) \
    aq_object_append_item((object), &struct_##_model, offsetof(struct_, member_), (item))
#define aq_remove(object, struct_, member_, item) \
    aq_object_remove_item((object), &struct_##_model, offsetof(struct_, member_), (item))
AQ_API int aq_object_set(void *object, const aq_model_t *model, size_t offset, void *value);
AQ_API int aq_object_append_item(void *object, const aq_model_t *model, size_t offset, void *item);
/* AQ_ENOENT: it is not in the list. */
AQ_API int aq_object_remove_item(void *object, const aq_model_t *model, size_t offset, void *item);

/* ---- Reading by key ----------------------------------------------------------------------------------------------- */

/* The object with this primary key: aq_get(session, User, 7), aq_get(session, Report, 2, "test"), in the order of the model's columns. From the identity map
 * where it is there and not expired, else by a statement; those of one model and turn are one statement. Value: the object; NULL without an error (aq_op_code()
 * is AQ_OK): there is none, nor can there be one where a part is NULL or too big for its column. Errors: AQ_EARGUMENTS (too many, too few), AQ_ETYPE,
 * AQ_EINACTIVE and those of aq_execute(). */
#define aq_get(session, struct_, ...) \
    aq_session_get((session), &struct_##_model, aq_args(AQ_EACH_(AQ_ANY_, __VA_ARGS__)), AQ_HERE)
AQ_API aq_op_t *aq_session_get(aq_session_t *session, const aq_model_t *model, const aq_arguments_t *key,
                               aq_place_t place);
/* Loads the object's columns anew, and loses what was changed in it. Value: the object. AQ_EINVAL: it is not persistent; AQ_ENOROW: "<User 1> has
 * been deleted, or its row is otherwise not present". */
#define aq_refresh(session, object) aq_session_refresh((session), (object), AQ_HERE)
AQ_API aq_op_t *aq_session_refresh(aq_session_t *session, void *object, aq_place_t place);
/* Copies the columns of an object of another session, or of one that is in none, onto the object of the same key in this one, which is loaded if it must be,
 * or made and added. They are taken when the op is made; its relationships are not followed. Value: the object of this session. AQ_EINVAL: it is no object. */
#define aq_merge(session, object) aq_session_merge((session), (object), AQ_HERE)
AQ_API aq_op_t *aq_session_merge(aq_session_t *session, const void *object, aq_place_t place);

/* ---- Flush, commit, rollback -------------------------------------------------------------------------------------- */

/* Writes what is new, changed and deleted. Outside a transaction it begins one (aq_begin). Value: the session. A flush that fails rolls the transaction back
 * and leaves the session inactive: everything says AQ_EINACTIVE with the first error, until aq_rollback(). Errors: the server's; AQ_ESTALE ("UPDATE statement
 * on table 'users' expected to update 1 row(s); 0 were matched."); those of aq_send(). What is wrong before anything is sent leaves the session as it was:
 * AQ_EMAPPING (a cycle); AQ_ENOTLOADED; AQ_ENOTNULL of a key that is lost; what a column's or an event's callback says. */
#define aq_flush(session) aq_session_flush((session), AQ_HERE)
AQ_API aq_op_t *aq_session_flush(aq_session_t *session, aq_place_t place);
/* Flushes and commits: one unit, one Sync, one round trip for each bind that has something to do; without anything to do nothing is sent. Value: the session.
 * Before it AQ_BEFORE_MODELS_COMMITTED, after it AQ_MODELS_COMMITTED. Objects stay as they are, and are loaded anew by the next get or query that meets them.
 * Errors: as for aq_flush(); a veto's; AQ_ECOMMITUNKNOWN, the connection was lost while COMMIT was on its way; AQ_EPARTIALCOMMIT, one bind has committed and
 * another has not: aq_session_bind_code() tells which, signals tell what was kept, and the rollback that must follow leaves that alone. Canceled before it
 * begins: AQ_ECANCELED; later it ends as it ends. */
#define aq_commit(session) aq_session_commit((session), AQ_HERE)
AQ_API aq_op_t *aq_session_commit(aq_session_t *session, aq_place_t place);
/* Undoes all since the last commit, on the server and in memory: members are as they were, what was added is transient, what was deleted is back. Value: the
 * session. It makes an inactive session usable again. */
#define aq_rollback(session) aq_session_rollback((session), AQ_HERE)
AQ_API aq_op_t *aq_session_rollback(aq_session_t *session, aq_place_t place);

typedef struct aq_begin_options {
    const char *bind; /* NULL: the default one */
    aq_isolation_t isolation;
    bool read_only;
    bool deferrable; /* with AQ_SERIALIZABLE and read_only */
} aq_begin_options_t;

/* Takes a connection until the commit or rollback; everything that the session does on this bind goes through it. Without it there is none, and each read is
 * on its own. What was read before is loaded anew when it is met in the transaction. BEGIN goes with the first statement. Options NULL: zero. Value: the
 * session. AQ_EINVAL: it has begun. Where there is no connection (those of aq_acquire()), the session is inactive, as after a failed flush: what was to be in
 * the transaction, awaited or not, is not done without it. */
AQ_API aq_op_t *aq_begin(aq_session_t *session, const aq_begin_options_t *options);
/* A savepoint, after a flush; they nest, and begin a transaction where there is none. aq_commit_nested() keeps what was done since, aq_rollback_nested() undoes
 * that, in memory too, also after a flush that failed in it; both end the innermost. Value: the session. AQ_EINVAL: there is none. */
AQ_API aq_op_t *aq_begin_nested(aq_session_t *session);
AQ_API aq_op_t *aq_commit_nested(aq_session_t *session);
AQ_API aq_op_t *aq_rollback_nested(aq_session_t *session);
/* A raw statement inside the session's transaction, which it begins, in order with its other ops and after what is pending: aq_session_execute(session, NULL,
 * "lock table users", NULL). Text and values are copied. Value: aq_rows_t, which lives as long as the op. Errors: those of aq_execute(). */
#define aq_session_execute(session, bind, sql, arguments) \
    aq_session_execute_at((session), (bind), (sql), (arguments), AQ_HERE)
AQ_API aq_op_t *aq_session_execute_at(aq_session_t *session, const char *bind, const char *sql,
                                      const aq_arguments_t *arguments, aq_place_t place);

AQ_API bool aq_session_is_active(const aq_session_t *session); /* false: a flush failed, aq_rollback() it */
AQ_API bool aq_session_in_transaction(const aq_session_t *session);
AQ_API bool aq_session_autoflush(aq_session_t *session, bool on); /* what it was */
/* How the last commit ended on this bind: AQ_OK, an error, or 1: it had no part in it. */
AQ_API int aq_session_bind_code(const aq_session_t *session, const char *bind);
/* Which database the objects of a model are in; NULL: the default one. */
AQ_API const char *aq_session_bind(const aq_session_t *session, const aq_model_t *model);

/* Runs `work(session, data)` as a task, in which it may await, and commits; where that fails with something that may succeed the next time (40001, 40P01, a
 * connection lost before anything was kept), it is rolled back, and run again after a moment, up to so many times more. What `work` returns, AQ_OK or an error
 * (aq_fail() gives it a text), decides: an error rolls back. Value: the session, which must stay open until then. Errors: those of `work`, of aq_commit();
 * AQ_EINVAL. Canceled: what `work` awaits is; the op ends as it ends. */
typedef int (*aq_work_cb)(aq_session_t *session, void *data);
AQ_API aq_op_t *aq_run(aq_session_t *session, aq_work_cb work, void *data, int retries);

/* ---- Signals ------------------------------------------------------------------------------------------------------ */

typedef enum aq_operation { AQ_INSERT, AQ_UPDATE, AQ_DELETE } aq_operation_t;
AQ_API const char *aq_operation_name(aq_operation_t operation); /* "insert" ... */

typedef struct aq_change {
    void *object;
    aq_operation_t operation;
} aq_change_t;

/* Flush by flush: inserts, then updates, then deletes. Each row once for what was done to it: a delete takes the place of an update. Only a new object is told
 * as an insert whatever comes after, so that it may stand twice. */
typedef struct aq_changes {
    const aq_change_t *items;
    size_t count;
} aq_changes_t;

typedef enum aq_signal {
    AQ_BEFORE_MODELS_COMMITTED, /* may add, change and delete, with the same commit. An error (aq_fail()) is a veto: the commit fails with it */
    AQ_MODELS_COMMITTED         /* it is committed. An error is logged, no more */
} aq_signal_t;
typedef int (*aq_signal_cb)(void *data, aq_session_t *session, const aq_changes_t *changes);

/* For all sessions of the app (NULL: of every app) of this db that track modifications, in the order of connection. Not called for commits that changed no
 * objects. From any thread, callbacks too; a signal that is being emitted goes to those that were connected when it began and are still. The callback runs
 * in the thread of the session. Twice is twice. AQ_ENOMEM; AQ_EINVAL: no such signal, no callback.
 * Disconnecting takes off the newest of those that are alike; AQ_ENOENT: there is none. When it returns, the callback is not called any more and runs in no
 * other thread, so that what `data` points to may be freed: it waits for a thread that is inside the callback, so hold no lock that the callback
 * takes. Only where it is called by a callback of a signal it does not wait, because that one may be waiting too. */
AQ_API int aq_signal_connect(aq_db_t *db, aq_signal_t signal, const aq_app_t *app, aq_signal_cb cb,
                             void *data);
AQ_API int aq_signal_disconnect(aq_db_t *db, aq_signal_t signal, const aq_app_t *app, aq_signal_cb cb,
                                void *data);

typedef enum aq_session_event {
    AQ_BEFORE_FLUSH,  /* may add, change and delete; an error fails the flush */
    AQ_AFTER_FLUSH,   /* what it adds or changes is for the next flush */
    AQ_BEFORE_COMMIT, /* an error fails the commit */
    AQ_AFTER_COMMIT,
    AQ_AFTER_ROLLBACK,
    AQ_N_PLUS_ONE /* the last record (aq_session_record) is of a statement that came from one line too often; told once for each */
} aq_session_event_t;
typedef int (*aq_session_event_cb)(void *data, aq_session_t *session);

/* For one session, or, before the db is sealed, for all of it: the session's own are called first. Errors of those that come after what they tell of are
 * logged. AQ_ENOMEM, AQ_EINVAL (no such event; sealed). */
AQ_API int aq_session_on(aq_session_t *session, aq_session_event_t event, aq_session_event_cb cb, void *data);
AQ_API int aq_db_on(aq_db_t *db, aq_session_event_t event, aq_session_event_cb cb, void *data);

/* What aq_session_open() takes without options, who makes the sessions of scopes, and what a scope is. */
typedef struct aq_session_setup {
    aq_session_options_t options;
    aq_session_t *(*factory)(void *data, aq_context_t *context, const aq_session_options_t *options);
    const void *(*scope)(void *data, aq_context_t *context); /* a key; NULL: the context */
    void *data;
} aq_session_setup_t;
/* Before the db is sealed. AQ_EINVAL: later, and for options that make no sense (a lane is one of them). Copied. */
AQ_API int aq_db_set_session_setup(aq_db_t *db, const aq_session_setup_t *setup);

/* ---- Records ------------------------------------------------------------------------------------------------------ */

/* A statement that a session ran, where the app records queries; those that failed too, BEGIN and COMMIT not. */
typedef struct aq_record {
    const char *statement; /* cut after 4 KiB: "..." */
    /* The same for statements that differ in their values only: libpg_query's; people write it as 16 hexadecimal digits. */
    uint64_t fingerprint;
    /* "1, 'ann', NULL, ARRAY[1, 2, ... 1000 in all]": long ones are cut. Where the app redacts: "?" for each, and for each constant in the statement. */
    const char *parameters;
    const char *bind;
    double start, end; /* seconds of the loop's clock (uv_hrtime) */
    double duration;
    uint64_t rows;
    const char *error; /* NULL: none. The server's may quote values even where the app redacts */
    aq_place_t place;  /* "<unknown>": of a call that was not told */
} aq_record_t;

/* The newest are kept; the oldest of them is 0. NULL: no such record. Valid until the session's next op ends. A session that is NULL has none, so that
 * aq_session_record_count(aq_session_current(NULL)) is what the current context asked, and 0 outside of any. */
AQ_API size_t aq_session_record_count(const aq_session_t *session);
AQ_API const aq_record_t *aq_session_record(const aq_session_t *session, size_t index);
/* Statements that come too often from one line are counted anew from here on. */
AQ_API void aq_session_clear_records(aq_session_t *session);
/* Appends `<query statement="select $1" parameters=[1] duration=0.001>`, of a failed one with ` error="..."` before the `>`. */
AQ_API void aq_record_append(aq_text_t *text, const aq_record_t *record);

/* ---- How the macros make values ----------------------------------------------------------------------------------- */

#ifndef __cplusplus
static inline aq_value_t aq__value_itself(aq_value_t value)
{
    return value;
}
static inline aq_value_t aq__value_of_bytes(aq_bytes_t bytes)
{
    return aq_bytea(bytes.data, bytes.length);
}
static inline aq_value_t aq__value_of_unsigned(unsigned long long number)
{
    return aq_int8((int64_t)number);
}

/* A C value as a parameter. */
#define AQ_ANY_(value_) \
    _Generic((value_), bool : aq_bool, char : aq_int2, signed char : aq_int2, unsigned char : aq_int2,               \
             short : aq_int2, unsigned short : aq_int4, int : aq_int4, unsigned : aq_int8, long : aq_int8,           \
             unsigned long : aq__value_of_unsigned, long long : aq_int8, unsigned long long : aq__value_of_unsigned, \
             float : aq_float4, double : aq_float8, char * : aq_text, const char * : aq_text,                        \
             aq_uuid_t : aq_uuid, aq_interval_t : aq_interval, aq_bytes_t : aq__value_of_bytes,                      \
             aq_value_t : aq__value_itself)(value_)
#define AQ_EACH_(macro_, ...) AQ_EACH_N_(__VA_ARGS__, 8, 7, 6, 5, 4, 3, 2, 1, )(macro_, __VA_ARGS__)
#define AQ_EACH_N_(a_, b_, c_, d_, e_, f_, g_, h_, n_, ...) AQ_CONCATENATE_(AQ_EACH_, n_)
#define AQ_CONCATENATE_(a_, b_) AQ_CONCATENATE__(a_, b_)
#define AQ_CONCATENATE__(a_, b_) a_##b_##_
#define AQ_EACH_1_(m_, a_) m_(a_)
#define AQ_EACH_2_(m_, a_, b_) m_(a_), m_(b_)
#define AQ_EACH_3_(m_, a_, b_, c_) m_(a_), m_(b_), m_(c_)
#define AQ_EACH_4_(m_, a_, b_, c_, d_) m_(a_), m_(b_), m_(c_), m_(d_)
#define AQ_EACH_5_(m_, a_, b_, c_, d_, e_) m_(a_), m_(b_), m_(c_), m_(d_), m_(e_)
#define AQ_EACH_6_(m_, a_, b_, c_, d_, e_, f_) m_(a_), m_(b_), m_(c_), m_(d_), m_(e_), m_(f_)
#define AQ_EACH_7_(m_, a_, b_, c_, d_, e_, f_, g_) m_(a_), m_(b_), m_(c_), m_(d_), m_(e_), m_(f_), m_(g_)
#define AQ_EACH_8_(m_, a_, b_, c_, d_, e_, f_, g_, h_) \
    m_(a_), m_(b_), m_(c_), m_(d_), m_(e_), m_(f_), m_(g_), m_(h_)
#endif

AQ_END_DECLS

#endif
