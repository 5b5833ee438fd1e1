/* What the files of this room share: the insides of db and app, and how they are configured. */
#ifndef AQ_SRC_APP_APP_H
#define AQ_SRC_APP_APP_H

#include <pthread.h>
#include <stdatomic.h>

#include "aquifer/app.h"
#include "aquifer/session.h"
#include "src/base/base.h"
#include "src/orm/engine.h"
#include "src/schema/ddl.h"
#include "src/schema/models.h"
#include "src/task/task.h"
#include "src/wire/conninfo.h"
#include "src/wire/own.h"
#include "src/wire/pool.h"

/* One database of an app, checked and complete. */
typedef struct aq__bind {
    const char *key; /* NULL: the default one */
    aq__conninfo_t *conninfo;
    const char *shown_uri;     /* password as *** */
    aq_pool_options_t options; /* no default and no AQ_ZERO left: 0 is zero */
} aq__bind_t;

struct aq_connect_parameters {
    aq__conninfo_t *conninfo;
};

struct aq_db {
    atomic_int users; /* the program, and each app: the last to close frees it */
    aq__list_t apps;
    pthread_mutex_t lock; /* contexts of several threads may be the first to seal */
    aq__model_registry_t *models;
    aq__mappers_t *mappers;           /* made by the first context */
    struct aq__listeners *listeners;  /* of any thread (src/orm/listeners.h) */
    aq_session_setup_t session_setup; /* complete when the db is sealed */
    bool told;                        /* what is wrong with the models was logged */
};

struct aq_app {
    atomic_int users; /* the program, and each context */
    aq__list_t link;  /* in db->apps */
    aq_db_t *db;
    aq_arena_t *arena; /* holds the app itself */
    aq__bind_t *binds; /* the default one first, if there is one */
    size_t bind_count;
    aq_echo_t echo;
    bool records_queries, redacts_records, tracks_modifications;
};

typedef struct aq__context_pool {
    aq_pool_t *pool; /* NULL: closed */
    aq_context_t *context;
    const aq__bind_t *bind;
} aq__context_pool_t;

struct aq_context {
    aq__engine_t engine; /* what sessions stand on */
    aq__list_t scopes;   /* session.c: sessions of scopes */
    aq__list_t link;     /* of the open contexts of this thread */
    aq_app_t *app;
    aq_loop_t *loop;
    aq_op_t *close_op; /* not NULL: closing */
    aq__turn_t closed;
    size_t users; /* open pools, and whatever else works on it: the last to go lets it be closed */
    aq__context_pool_t pools[]; /* in the order of app->binds */
};

/* ---- options.c: one table of all pool options ---- */

/* The `first` that are set, else the `second`, else the defaults, all checked. AQ_ECONFIG names the option and its value. */
int aq__options_merge(aq_pool_options_t *merged, const aq_pool_options_t *first,
                      const aq_pool_options_t *second);
/* Sets the option of this name ("pool_size") from a text. AQ_ECONFIG: no such option, or a wrong value. */
int aq__options_set(aq_pool_options_t *options, const char *name, const char *text);
/* Sets what the environment names (AQUIFER_POOL_SIZE ...) and what is still zero. */
int aq__options_from_environment(aq_pool_options_t *options);

/* ---- uri.c ---- */

/* A connection URI as parameters. AQ_ECONFIG; no text ever shows a password. */
int aq__uri_parse(aq__conninfo_t *info, const char *uri);

/* ---- environment.c ---- */

bool aq__parse_bool(const char *text, bool *value); /* 0 1 off on false true no yes; false: no such word */

/* ---- config.c ---- */

/* Fills the app from the config: all texts are copied into its arena. */
int aq__config_apply(aq_app_t *app, const aq_config_t *config);

/* ---- app.c, db.c ---- */

int aq__app_find_bind(const aq_app_t *app,
                      const char *key); /* its index; AQ_ENOBIND: aq_last_error() has the text */
void aq__app_use(aq_app_t *app);        /* until aq_app_close() */
void aq__db_remove_app(aq_app_t *app);
/* Has the mappers made, once, of a sealed db. AQ_EMAPPING, AQ_ENOMEM. */
int aq__db_map(aq_db_t *db);

/* ---- diff.c ---- */

/* aq_diff() with any sealed metadata in the place of the models; it must outlive the op. */
aq_op_t *aq__diff_with(aq_context_t *context, const char *bind, const aq__metadata_t *wanted);

/* ---- context.c, current.c ---- */

/* Sets *context to the current one if it is NULL. AQ_ENOAPP, AQ_ECLOSED. */
int aq__context_use(aq_context_t **context);
/* The pool of a bind of *context, which is set to the current one if it is NULL. AQ_ENOAPP, AQ_ECLOSED, AQ_ENOBIND. */
int aq__context_find(aq_context_t **context, const char *bind, aq_pool_t **pool);
aq_context_t *aq__context_peek(void); /* the current one, or NULL and no error */
/* An op that has failed with the thread's last error, on the loop of the context, of the running task, or else on none. */
aq_op_t *aq__context_failed(const aq_context_t *context);
/* Until it is released, the context is not freed; it may be closed meanwhile. */
void aq__context_hold(aq_context_t *context);
void aq__context_release(aq_context_t *context);
void aq__context_opened(aq_context_t *context);

/* ---- session.c ---- */

void aq__context_init_engine(aq_context_t *context);
void aq__context_dispose_engine(aq_context_t *context);
void aq__context_end_sessions(aq_context_t *context); /* the context is being closed */

/* ---- present.c: what of a metadata is in the database ---- */

typedef struct aq__present {
    const aq__metadata_t *metadata;
    size_t count; /* of things: tables in order of creation, enums, sequences, schemas */
    const char **kinds, **schemas, **names;
    char *found; /* what the server has under that name, as its catalogs say it ('r': a table); 0: nothing */
    size_t *table_places; /* by table->position */
} aq__present_t;

int aq__present_init(aq__present_t *present, aq_arena_t *arena,
                     const aq__metadata_t *metadata); /* AQ_ENOMEM */
/* Adds a query to the unit; its rows are for aq__present_read(). */
int aq__present_add_query(const aq__present_t *present, aq_unit_t *unit);
int aq__present_read(aq__present_t *present, aq_rows_t *rows);
/* The same for foreign keys between the tables: rows of the place that refers, the place that is referred to, and a name. */
int aq__present_add_foreign_keys_query(const aq__present_t *present, aq_unit_t *unit);
/* What there is of the thing that a statement is about. */
char aq__present_find(const aq__present_t *present, const aq__ddl_statement_t *statement);

#endif
