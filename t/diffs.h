/* For tests of diffs with a database: a context on the throwaway cluster, schemas as SQL, and what a diff says as text.
 *
 *     open_context(cluster_uri(cluster));
 *     run_ddl(wanted);
 *     is_diff(wanted, "", "what was made by its own DDL does not differ");
 *     close_context();  */
#ifndef AQUIFER_T_DIFFS_H
#define AQUIFER_T_DIFFS_H

#include <string.h>
#include <uv.h>

#include "src/app/app.h"
#include "src/schema/ddl.h"
#include "src/schema/read_sql.h"
#include "t/cluster.h"
#include "t/diff_cases.h"
#include "t/first_loop.h"
#include "t/heap.h"
#include "t/tap.h"

static cluster_t *cluster;
static uv_loop_t uv;
static aq_db_t *db;
static aq_app_t *app;
static aq_context_t *context;

/* ---- A context --------------------------------------------------------------------------------------------------------------------- */

static inline void open_context(const char *uri)
{
    uv_loop_init(&uv);
    db = aq_db_create();
    app = aq_app_create(&(aq_config_t){.database_uri = uri, .track_modifications = AQ_ON});
    if (app == NULL || aq_db_init_app(db, app) != AQ_OK)
        bail_out("%s", aq_last_error()->message);
    context = aq_context_create(app, &uv);
    if (context == NULL)
        bail_out("%s", aq_last_error()->message);
}

static inline void close_context(void)
{
    ok(aq_wait(aq_context_close(context)) != NULL, "the context is closed");
    aq_app_close(app);
    aq_db_close(db);
    is_int(uv_loop_close(&uv), 0, "and the loop");
}

/* ---- Schemas ------------------------------------------------------------------------------------------------------------------------- */

static inline aq__metadata_t *schema(const char *sql)
{
    aq__problems_t problems = {.arena = aq_arena_create()};
    aq__metadata_t *metadata = aq__metadata_create(NULL);

    if (aq__read_sql(metadata, "case.sql", sql, strlen(sql), &problems) != AQ_OK ||
        aq__metadata_seal(metadata, &problems) != AQ_OK)
        bail_out("%s: %s", aq_last_error()->message, sql);
    aq_arena_close(problems.arena);
    return metadata;
}

static inline void clear(void)
{
    cluster_sql(cluster,
                "set client_min_messages = warning; drop schema public cascade; create schema public;"
                " drop schema if exists blog cascade");
}

static inline void run_ddl(const aq__metadata_t *metadata)
{
    aq_text_t sql = {0};

    aq__ddl_append(&sql, metadata);
    cluster_sql(cluster, "%s", aq_text_string(&sql));
    aq_text_dispose(&sql);
}

/* The diff as text, or its error's; the op is the caller's. */
static inline aq_op_t *diff(const aq__metadata_t *wanted, aq_text_t *text)
{
    aq_op_t *op = aq__diff_with(context, NULL, wanted);
    const aq_diff_t *found = aq_wait(op);

    if (found != NULL)
        append_differences(text, found);
    else
        aq_text_append(text, aq_op_error(op)->message);
    return op;
}

static inline void is_diff(const aq__metadata_t *wanted, const char *expected, const char *name)
{
    aq_text_t text = {0};
    aq_op_t *op = diff(wanted, &text);

    is_text(aq_text_string(&text), expected, "%s", name);
    aq_text_dispose(&text);
    aq_op_close(op);
}

#endif
