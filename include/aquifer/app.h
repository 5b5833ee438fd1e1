/* app: what a program configures and what it calls: db, app, context, and raw SQL on a context. Objects and queries of models are a session's:
 * aquifer/session.h, aquifer/query.h.
 *
 *     aq_db_t  *db = aq_db_create();
 *     aq_app_t *app = aq_app_create(&(aq_config_t){.database_uri = "postgresql:///main"});
 *     if (app == NULL || aq_db_init_app(db, app) != AQ_OK)
 *         errx(1, "%s", aq_last_error()->message);
 *     aq_context_t *context = aq_context_create(app, uv_default_loop());          one per loop
 *     aq_rows_t *rows = aq_wait(aq_execute(context, NULL, "select version()", NULL));
 *     ...
 *     aq_wait(aq_context_close(context));
 *     aq_app_close(app);
 *     aq_db_close(db);
 *
 * Threads: db and app may be shared once a context was made (they are read-only from then on); a context and all that is made
 * on it belong to the thread of its loop. */
#ifndef AQUIFER_APP_H
#define AQUIFER_APP_H

#include "aquifer/diff.h"
#include "aquifer/metadata.h"
#include "aquifer/schema.h"
#include "aquifer/wire.h"

AQ_BEGIN_DECLS

/* ---- Configuration -------------------------------------------------------------------------------------------------- */

/* A named database. */
typedef struct aq_bind_config {
    const char *key; /* NULL: the default bind (config.database_uri wins over it) */
    const char *uri;
    aq_pool_options_t pool; /* zero members are taken from config.pool, then from the defaults */
} aq_bind_config_t;

/* May change the connection parameters of a bind (PQconnectdbParams keywords) when the app is created: return AQ_OK or an error, which makes
 * aq_app_create fail. */
typedef struct aq_connect_parameters aq_connect_parameters_t;
typedef int (*aq_before_connect_cb)(void *data, const char *bind, aq_connect_parameters_t *parameters);
AQ_API const char *aq_connect_parameter(const aq_connect_parameters_t *parameters,
                                        const char *keyword); /* NULL: not set */
AQ_API int aq_connect_parameter_set(aq_connect_parameters_t *parameters, const char *keyword,
                                    const char *value); /* copied; NULL value: removed */

/* Everything an app can be told. Zero is the default everywhere. Copied by aq_app_create; changing it later changes nothing. */
typedef struct aq_config {
    const char *
        database_uri; /* postgresql://user:password@host:port/database?keyword=value, postgres:// and postgresql+driver:// too */
    const aq_bind_config_t *binds;
    size_t bind_count;
    aq_pool_options_t pool; /* of the default bind, and defaults of all others */
    aq_echo_t echo;
    aq_switch_t record_queries;      /* unset: on when debug or testing */
    aq_switch_t redact_records;      /* records show no values, "?" stands for each. Unset: off */
    aq_switch_t track_modifications; /* unset: on, with one warning */
    bool debug;
    bool testing;
    const char *client_encoding; /* default UTF8; the only one that values and rows are checked against */
    const char *root_path; /* relative passfile, sslrootcert ... are looked up here; NULL: as libpq does */
    aq_before_connect_cb before_connect;
    void *before_connect_data;
} aq_config_t;

/* Fills the members that the environment names and that are still zero: AQUIFER_DATABASE_URI, AQUIFER_BINDS ("key=uri;key=uri", or a
 * JSON object of uris or of {"url": ..., "pool_size": ...}), AQUIFER_ECHO (0/1/off/on/false/true/debug), AQUIFER_RECORD_QUERIES,
 * AQUIFER_REDACT_RECORDS, AQUIFER_TRACK_MODIFICATIONS, AQUIFER_DEBUG, AQUIFER_TESTING, AQUIFER_CLIENT_ENCODING, AQUIFER_POOL_SIZE,
 * AQUIFER_MAX_OVERFLOW, AQUIFER_POOL_TIMEOUT, AQUIFER_POOL_RECYCLE, AQUIFER_CONNECT_TIMEOUT, AQUIFER_QUERY_TIMEOUT, AQUIFER_PIPELINE_DEPTH,
 * AQUIFER_MAX_WAITERS, AQUIFER_SYNC (turn/unit), AQUIFER_PREPARE (auto/named/unnamed). The strings live in the arena.
 * AQ_ECONFIG names the variable and the value. */
AQ_API int aq_config_from_environment(aq_config_t *config, aq_arena_t *arena);

/* ---- db and app --------------------------------------------------------------------------------------------------------- */

typedef struct aq_db aq_db_t;
typedef struct aq_app aq_app_t;
typedef struct aq_context aq_context_t;

/* What the application declares; no I/O. */
AQ_API aq_db_t *aq_db_create(void);   /* NULL: aq_last_error() */
AQ_API void aq_db_close(aq_db_t *db); /* after its apps; NULL is fine */
/* Ties the db to the app; one db may serve several apps. AQ_EEXIST: this app has a db already. */
AQ_API int aq_db_init_app(aq_db_t *db, aq_app_t *app);
/* "<Aquifer postgresql://user:***@host/name>" or "<Aquifer>", for logs. Free with aq_free. */
AQ_API char *aq_db_describe(const aq_db_t *db);

/* What AQ_MODEL() or AQ_SUBMODEL() defined, and its parents; what AQ_TABLE() or AQ_SEQUENCE() defined; an enum, `mood_enum`, that no column has but
 * others may need, as a function of the database (those of columns come with them). In any order, before the first context. What is wrong with
 * a declaration is told here and again by the seal: AQ_EMAPPING. AQ_EINVAL: the db is sealed. AQ_ENOMEM: it cannot be sealed any more. */
#define aq_db_model(db, struct_) aq_db_add_model((db), &struct_##_model)
#define aq_db_table(db, name_) aq_db_add_table((db), &name_##_table)
#define aq_db_sequence(db, name_) aq_db_add_sequence((db), &name_##_sequence)
#define aq_db_enum(db, name_) aq_db_add_enum((db), NULL, &name_##_enum)
AQ_API int aq_db_add_model(aq_db_t *db, const aq_model_t *model);
AQ_API int aq_db_add_table(aq_db_t *db, const aq_table_t *table);
AQ_API int aq_db_add_sequence(aq_db_t *db, const aq_sequence_t *sequence);
AQ_API int aq_db_add_enum(aq_db_t *db, const char *bind,
                          const aq_enum_t *enumeration); /* NULL: the default bind */
/* For all models and tables; before the first of them: AQ_EINVAL. AQ_EMAPPING: the naming convention makes no sense, which the seal tells again. */
AQ_API int aq_db_set_schema_options(aq_db_t *db, const aq_schema_options_t *options);
/* Lets foreign keys and relationships find each other; nothing can be added from then on. The first context does it, so that calling it is for
 * tests and for programs that want to know early. AQ_EMAPPING: aq_last_error() has the texts of all that is wrong, a line each, and the log
 * has each as an error. Later calls give the same result. */
AQ_API int aq_db_seal(aq_db_t *db);

/* One configured application. Everything is checked here: NULL and aq_last_error() (AQ_ECONFIG, whose text names the key and the value). */
AQ_API aq_app_t *aq_app_create(const aq_config_t *config);
/* After its contexts are closed; NULL is fine. */
AQ_API void aq_app_close(aq_app_t *app);
AQ_API aq_db_t *aq_app_db(const aq_app_t *app);
AQ_API size_t aq_app_bind_count(const aq_app_t *app);
AQ_API const char *aq_app_bind_key(const aq_app_t *app, size_t index); /* NULL for the default bind */
AQ_API char *aq_app_bind_uri(
    const aq_app_t *app,
    const char *bind); /* password as ***; NULL: aq_last_error() is AQ_ENOBIND. Free with aq_free */
AQ_API const aq_pool_options_t *
aq_app_bind_options(const aq_app_t *app,
                    const char *bind); /* with all defaults filled in; NULL: AQ_ENOBIND */
AQ_API bool aq_app_records_queries(const aq_app_t *app);
AQ_API bool aq_app_redacts_records(const aq_app_t *app);
AQ_API bool aq_app_tracks_modifications(const aq_app_t *app);

/* ---- context --------------------------------------------------------------------------------------------------------------- */

/* The app on this loop: makes a pool per bind, which connects on first use. The app must have a db: AQ_ENOTREG.
 * Seals the db: AQ_EMAPPING. */
AQ_API aq_context_t *aq_context_create(aq_app_t *app, uv_loop_t *loop); /* NULL: aq_last_error() */
/* Fails what waits (AQ_ECLOSED), waits at most close_timeout for what runs, closes connections. Done when everything is closed; aq_wait() on
 * it also lets the loop finish its handles, so that uv_loop_close() succeeds next if nothing else is open. */
AQ_API aq_op_t *aq_context_close(aq_context_t *context);
AQ_API aq_app_t *aq_context_app(const aq_context_t *context);
AQ_API aq_loop_t *aq_context_loop(const aq_context_t *context);
/* The current context: of the running task if it has one (a task inherits it from where it was spawned), else what this thread pushed last.
 * NULL and aq_last_error() AQ_ENOAPP: "no application found: ..." */
AQ_API aq_context_t *aq_context_current(void);
AQ_API int aq_context_push(aq_context_t *context);
AQ_API int aq_context_pop(void); /* AQ_EINVAL: nothing was pushed */

/* ---- raw SQL ------------------------------------------------------------------------------------------------------------------ */

/* In all of these, `context` NULL is the current one and `bind` NULL the default one; text and arguments are copied before they return, and
 * what cannot start completes with its error on the next turn. */

/* Runs one statement as a unit of its own; value: aq_rows_t. Errors: AQ_ENOBIND, AQ_EMULTIPLE, AQ_ETXCONTROL, AQ_EARGUMENTS, AQ_EENCODING,
 * AQ_ETOOBIG, AQ_EPOOLTIMEOUT, AQ_EPOOLFULL, AQ_ECONNECT, AQ_ELOST, AQ_ECOMMITUNKNOWN, AQ_ETIMEDOUT, AQ_ECANCELED, AQ_ECLOSED and the server's. */
AQ_API aq_op_t *aq_execute(aq_context_t *context, const char *bind, const char *sql,
                           const aq_arguments_t *arguments);
/* The same for a statement that only reads and that the caller vouches for: one SELECT without locks whose functions have no side effects
 * (checked as far as its text tells: AQ_EINVAL). Such reads of one turn may share a Sync (sync = turn). */
AQ_API aq_op_t *aq_read(aq_context_t *context, const char *bind, const char *sql,
                        const aq_arguments_t *arguments);
/* Sends a unit, which it takes; value: aq_results_t. */
AQ_API aq_op_t *aq_send(aq_context_t *context, const char *bind, aq_unit_t *unit);

/* What one statement takes and gives, without running it: it is parsed and planned as far as types need it, and nothing of it stays. Value:
 * aq_description_t (aquifer/wire.h). Any statement may be described, transaction control and COPY too. Errors: the server's, with the position in the
 * text, AQ_EMULTIPLE, and those of aq_execute that come before a statement runs. */
AQ_API aq_op_t *aq_describe(aq_context_t *context, const char *bind, const char *sql);

/* An exclusive lane: one connection, from here to aq_release (aquifer/wire.h). Value: aq_lane_t. */
AQ_API aq_op_t *aq_acquire(aq_context_t *context, const char *bind);
/* A stream on a lane of its own (aquifer/wire.h). Value: aq_stream_t, once the server has begun to answer. */
AQ_API aq_op_t *aq_stream(aq_context_t *context, const char *bind, const char *sql,
                          const aq_arguments_t *arguments);
/* COPY on a lane of its own: "copy t from stdin ...", "copy t to stdout ...". Value: aq_copy_t, once the server is ready for data. */
AQ_API aq_op_t *aq_copy_in(aq_context_t *context, const char *bind, const char *sql);
AQ_API aq_op_t *aq_copy_out(aq_context_t *context, const char *bind, const char *sql);
/* Listens on a connection of its own per bind, which reconnects by itself. Value: aq_listener_t, once LISTEN has been answered; aq_unlisten() it. */
AQ_API aq_op_t *aq_listen(aq_context_t *context, const char *bind, const char *channel, aq_notify_cb cb,
                          void *data);

/* ---- tables ------------------------------------------------------------------------------------------------------------------- */

/* What the models and tables of this bind declare; NULL: nothing does. The db must be sealed (NULL and AQ_EINVAL) and without mistakes
 * (NULL and AQ_EMAPPING). */
AQ_API const aq_metadata_t *aq_db_metadata(const aq_db_t *db, const char *bind);
/* The binds that models and tables name, whether an app configures them or not; the first is NULL, the default one. */
AQ_API size_t aq_db_bind_count(const aq_db_t *db);
AQ_API const char *aq_db_bind_key(const aq_db_t *db, size_t index);

/* A list of binds: aq_binds("users", NULL) are two of them, the second being the default one; aq_binds() none. Valid in the enclosing block;
 * in C++ in the statement. */
typedef struct aq_binds {
    const char *const *keys;
    size_t count;
} aq_binds_t;

/* An empty list in braces is not C11: there is one more key in front. */
#ifndef __cplusplus
#define aq_binds(...)                                                \
    (&(const aq_binds_t){(const char *const[]){"", __VA_ARGS__} + 1, \
                         sizeof((const char *const[]){"", __VA_ARGS__}) / sizeof(char *) - 1})
#else
extern "C++" {
struct aq__binds {
    aq_binds_t binds;
    template <size_t count> explicit aq__binds(const char *const (&keys)[count]) : binds{keys + 1, count - 1}
    {
    }
    operator const aq_binds_t *() const
    {
        return &binds;
    }
};
}
#define aq_binds(...) aq__binds({"", __VA_ARGS__})
#endif
#define AQ_ALL_BINDS NULL /* all that models and tables name */

/* Makes the tables that are not there yet, with their types, sequences, schemas, indexes and comments: in order of their foreign keys, in one
 * transaction per bind, so all or nothing; the binds one after the other, so that those before one that fails stay made. What is there is left
 * as it is. Two programs may do it at once: both succeed. Where somebody makes or drops one of them by hand at that moment it looks once more.
 * Three round trips per bind, two where everything is there.
 * A foreign key to a table is a part of the table that has it: one of a table that was there is not added.
 * What has no schema is looked for and made in the first of the search path; temporary tables of the connection are not in the way.
 * Errors: AQ_ENOBIND (also for a bind that a model names and the app does not configure), those of aq_acquire() and aq_lane_send(), and the
 * server's: "bind 'users': create_all: ...", with the statement. Canceled before the tables are made: nothing is. The last step is not stopped any
 * more, and AQ_ECOMMITUNKNOWN says that the connection was lost in it. */
AQ_API aq_op_t *aq_create_all(aq_context_t *context, const aq_binds_t *binds);
/* The other way, under the same promises: drops the tables that are there, first the foreign keys between them that would be in the way, then
 * sequences and enums. Schemas stay, because others may have something in them. Nothing cascades: what others made of these tables (a view, a
 * foreign key) is the server's error. */
AQ_API aq_op_t *aq_drop_all(aq_context_t *context, const aq_binds_t *binds);

typedef struct aq_reflect_options {
    const char *const *schemas; /* NULL: those of the search path, which a NULL in the list stands for too */
    size_t schema_count;
    bool first_of_path; /* of the search path only its first schema, where CREATE puts what names none */
} aq_reflect_options_t;

/* What the database has (aquifer/metadata.h). Value: aq_metadata_t, which lives as long as the op, or after aq_op_take() until aq_metadata_close(). One
 * round trip and one snapshot, whatever the number of tables. Of the first schema of the search path, things have no schema; all others name theirs.
 * What cannot be expressed is no error: aq_metadata_problem() tells. Rows are read over turns of the loop: 200 tables hold it up for some 2 ms at a
 * time. Errors: those of aq_execute(). */
AQ_API aq_op_t *aq_reflect(aq_context_t *context, const char *bind, const aq_reflect_options_t *options);
/* What differs between the models of a bind and its database. Value: aq_diff_t (aquifer/diff.h), which lives as long as the op. Looks into the schemas
 * that the models use, for those that name none into the first of the search path; a bind without models has no differences. At most two round trips: the
 * second asks the server whether expressions that are written otherwise are the same, on temporary tables that are taken back at once: nothing changes.
 * Comparing is done in a thread of libuv's pool. Errors: those of aq_execute(). */
AQ_API aq_op_t *aq_diff(aq_context_t *context, const char *bind);

/* ---- statistics --------------------------------------------------------------------------------------------------------------- */

AQ_API int aq_pool_get_stats(aq_context_t *context, const char *bind,
                             aq_pool_stats_t *stats); /* AQ_ENOBIND */
/* All pools of the context as one JSON object, {"default": {...}, "users": {...}}, with a list of the holders. */
AQ_API void aq_pool_stats_json(aq_context_t *context, aq_text_t *json);
/* Closes what is idle now and every other connection when it is returned; the pool starts afresh. */
AQ_API int aq_pool_dispose(aq_context_t *context, const char *bind);

AQ_END_DECLS

#endif
