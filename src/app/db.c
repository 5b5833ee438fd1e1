/* The db: what an application declares, shared by its apps. No I/O.
 *
 * The happy path: aq_db_create(), models added, aq_db_init_app() for each app, sealed by the first context, apps closed, aq_db_close().
 * The failure modes: an app that has a db already; models that are wrong, which no context is made for. A db that is closed before its apps
 * stays until the last of them is closed. */
#include "src/app/app.h"

#include "src/orm/listeners.h"

aq_db_t *aq_db_create(void)
{
    aq_db_t *db = aq__calloc(1, sizeof(*db));

    if (db == NULL)
        return NULL;
    db->models = aq__models_create();
    db->listeners = db->models != NULL ? aq__listeners_create() : NULL;
    if (db->listeners == NULL) {
        aq__models_close(db->models);
        aq__free(db);
        return NULL;
    }
    pthread_mutex_init(&db->lock, NULL);
    atomic_init(&db->users, 1);
    aq__list_init(&db->apps);
    return db;
}

void aq_db_close(aq_db_t *db)
{
    if (db == NULL || atomic_fetch_sub(&db->users, 1) != 1)
        return;
    aq__mappers_close(db->mappers);
    aq__models_close(db->models);
    aq__listeners_close(db->listeners);
    pthread_mutex_destroy(&db->lock);
    aq__free(db);
}

int aq_db_init_app(aq_db_t *db, aq_app_t *app)
{
    if (db == NULL || app == NULL)
        return aq__fail(AQ_EINVAL, "aq_db_init_app: the %s is NULL", db == NULL ? "db" : "app");
    if (app->db != NULL)
        return aq__fail(AQ_EEXIST, "aq_db_init_app: this app has %s db already",
                        app->db == db ? "this" : "another");
    app->db = db;
    atomic_fetch_add(&db->users, 1);
    aq__list_append(&db->apps, &app->link);
    return AQ_OK;
}

void aq__db_remove_app(aq_app_t *app)
{
    aq__list_unlink(&app->link);
    aq_db_close(app->db);
    app->db = NULL;
}

/* ---- Models -------------------------------------------------------------------------------------------------------------- */

static int refuse_null(const char *function, const aq_db_t *db, const char *what)
{
    return aq__fail(AQ_EINVAL, "%s: the %s NULL", function, db == NULL ? "db is" : what);
}

int aq_db_add_model(aq_db_t *db, const aq_model_t *model)
{
    if (db == NULL || model == NULL)
        return refuse_null("aq_db_add_model", db, "model is");
    return aq__models_add(db->models, model);
}

int aq_db_add_table(aq_db_t *db, const aq_table_t *table)
{
    if (db == NULL || table == NULL)
        return refuse_null("aq_db_add_table", db, "table is");
    return aq__models_add_table(db->models, table);
}

int aq_db_add_sequence(aq_db_t *db, const aq_sequence_t *sequence)
{
    if (db == NULL || sequence == NULL)
        return refuse_null("aq_db_add_sequence", db, "sequence is");
    return aq__models_add_sequence(db->models, sequence);
}

int aq_db_add_enum(aq_db_t *db, const char *bind, const aq_enum_t *enumeration)
{
    if (db == NULL || enumeration == NULL)
        return refuse_null("aq_db_add_enum", db, "enum is");
    return aq__models_add_enum(db->models, bind, enumeration);
}

int aq_db_set_schema_options(aq_db_t *db, const aq_schema_options_t *options)
{
    if (db == NULL || options == NULL)
        return refuse_null("aq_db_set_schema_options", db, "options are");
    return aq__models_set_options(db->models, options);
}

/* The error has room for 4 KiB; here is all of it. */
static void log_problems(const aq__problems_t *problems)
{
    aq_text_t line = {0};

    for (size_t i = 0; i < problems->count; i++) {
        aq_text_clear(&line);
        aq__problem_append(&line, &problems->items[i]);
        aq_log(AQ_LOG_ERROR, "%s", aq_text_string(&line));
    }
    aq_text_dispose(&line);
}

int aq_db_seal(aq_db_t *db)
{
    int code;

    if (db == NULL)
        return refuse_null("aq_db_seal", db, "db is");
    pthread_mutex_lock(&db->lock);
    code = aq__models_seal(db->models);
    if (code == AQ_EMAPPING && !db->told) {
        log_problems(&db->models->problems);
        db->told = true;
    }
    pthread_mutex_unlock(&db->lock);
    return code;
}

int aq__db_map(aq_db_t *db)
{
    int code = AQ_OK;

    pthread_mutex_lock(&db->lock);
    if (db->mappers == NULL && (db->mappers = aq__mappers_create(db->models)) == NULL)
        code = aq_last_error()->code;
    pthread_mutex_unlock(&db->lock);
    return code;
}

/* ---- Metadata ------------------------------------------------------------------------------------------------------------ */

static bool declares_something(const aq__metadata_t *metadata)
{
    return metadata->table_count > 0 || metadata->enum_count > 0 || metadata->sequence_count > 0;
}

const aq_metadata_t *aq_db_metadata(const aq_db_t *db, const char *bind)
{
    const aq__metadata_t *metadata;

    if (db == NULL || !db->models->sealed) {
        aq__fail(AQ_EINVAL, "aq_db_metadata: the db is %s",
                 db == NULL ? "NULL" : "not sealed yet: aq_db_seal()");
        return NULL;
    }
    if (aq__models_seal(db->models) != AQ_OK) /* sealed: this only tells */
        return NULL;
    metadata = aq__models_metadata(db->models, bind);
    return metadata != NULL && declares_something(metadata) ? metadata : NULL;
}

size_t aq_db_bind_count(const aq_db_t *db)
{
    return db->models->metadata_count;
}

const char *aq_db_bind_key(const aq_db_t *db, size_t index)
{
    return index < db->models->metadata_count ? db->models->metadatas[index]->bind : NULL;
}

/* ---- Describing ---------------------------------------------------------------------------------------------------------- */

/* The app that a description is about: that of the current context, or the only one. */
static const aq_app_t *described_app(const aq_db_t *db)
{
    aq_context_t *context = aq__context_peek();
    aq__list_t *first = aq__list_first(&db->apps);

    if (context != NULL && aq_app_db(aq_context_app(context)) == db)
        return aq_context_app(context);
    if (first == NULL || first->next != &db->apps)
        return NULL;
    return AQ__CONTAINER_OF(first, aq_app_t, link);
}

char *aq_db_describe(const aq_db_t *db)
{
    const aq_app_t *app = described_app(db);
    aq_text_t text = {0};

    aq_text_append(&text, "<Aquifer");
    if (app != NULL && app->binds[0].key == NULL)
        aq_text_appendf(&text, " %s", app->binds[0].shown_uri);
    aq_text_append(&text, ">");
    if (text.failed)
        aq__fail(AQ_ENOMEM, "aq_db_describe: %s", aq_strerror(AQ_ENOMEM));
    return aq_text_take(&text);
}
