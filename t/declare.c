/* For t/roundtrip.t: the models of a header in t/golden/, made in a database, or compared with one, or with a dump.
 *
 *     t/declare rental create URI        aq_create_all()
 *     t/declare rental diff URI          aq_diff(): a line for each difference, its statements behind it
 *     t/declare rental dump FILE         with what an SQL file declares: which things differ
 *
 * Status: 0, or 1 with the reason on stderr. */
#include "aquifer.h"
#include "src/app/app.h"
#include "src/schema/diff.h"
#include "src/schema/read_sql.h"
#include "t/again.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

static const struct {
    const char *name;
    int (*add_models)(aq_db_t *db);
} all[] = {
    {"diary", add_diary},
    {"music", add_music},
    {"oddities", add_oddities},
    {"oddities-indexes", add_oddities_indexes},
    {"oddities-keys", add_oddities_keys},
    {"oddities-names", add_oddities_names},
    {"oddities-tables", add_oddities_tables},
    {"oddities-values", add_oddities_values},
    {"quickstart", add_quickstart},
    {"relationships", add_relationships},
    {"rental", add_rental},
};

static int fail(const aq_error_t *error)
{
    fprintf(stderr, "%s\n", error->message);
    return 1;
}

static int create(aq_context_t *context)
{
    aq_op_t *op = aq_create_all(context, NULL);
    int status;

    (void)aq_wait(op);
    status = aq_op_error(op) != NULL ? fail(aq_op_error(op)) : 0;
    aq_op_close(op);
    return status;
}

static int print_diff(aq_context_t *context)
{
    aq_op_t *op = aq_diff(context, NULL);
    const aq_diff_t *diff = aq_wait(op);
    int status = aq_op_error(op) != NULL ? fail(aq_op_error(op)) : 0;

    for (size_t i = 0; diff != NULL && i < diff->count; i++)
        printf("%s: %s\n", diff->items[i].text, diff->items[i].sql != NULL ? diff->items[i].sql : "");
    aq_op_close(op);
    return status;
}

static int run(aq_db_t *db, const char *command, const char *uri)
{
    aq_app_t *app = aq_app_create(&(aq_config_t){.database_uri = uri, .track_modifications = AQ_OFF});
    aq_context_t *context;
    uv_loop_t loop;
    int status;

    if (app == NULL || aq_db_init_app(db, app) != AQ_OK || uv_loop_init(&loop) != 0 ||
        (context = aq_context_create(app, &loop)) == NULL)
        return fail(aq_last_error());
    status = strcmp(command, "create") == 0 ? create(context) : print_diff(context);
    (void)aq_wait(aq_context_close(context));
    aq_app_close(app);
    return uv_loop_close(&loop) != 0 ? 1 : status;
}

static char *read_file(const char *path)
{
    FILE *stream = fopen(path, "r");
    aq_text_t text = {0};
    char block[4096];
    size_t size;

    while (stream != NULL && (size = fread(block, 1, sizeof(block), stream)) > 0)
        aq_text_append_bytes(&text, block, size);
    if (stream != NULL)
        fclose(stream);
    return aq_text_take(&text);
}

/* What the file says that cannot be expressed is no matter here. */
static int compare_with_dump(aq_db_t *db, const char *path)
{
    aq__metadata_t *dumped = aq__metadata_create(NULL);
    aq__problems_t problems = {.arena = aq_arena_create()};
    aq_diff_t *diff = NULL;
    char *sql = read_file(path);
    int code = sql != NULL ? aq_db_seal(db) : aq_last_error()->code;

    if (code == AQ_OK)
        code = aq__read_sql(dumped, path, sql, strlen(sql), &problems);
    if (code == AQ_OK || code == AQ_EMAPPING)
        code = aq__metadata_seal(dumped, &problems);
    if (code == AQ_OK)
        code = aq__diff(problems.arena, aq__models_metadata(db->models, NULL), dumped, NULL, &diff);
    for (size_t i = 0; diff != NULL && i < diff->count; i++)
        printf("%s: %s.%s\n", aq_difference_kind_text(diff->items[i].kind), diff->items[i].table,
               diff->items[i].name != NULL ? diff->items[i].name : "");
    aq_free(sql);
    aq__metadata_close(dumped);
    aq_arena_close(problems.arena);
    return code == AQ_OK ? 0 : fail(aq_last_error());
}

static int act(aq_db_t *db, const char *command, const char *where)
{
    return strcmp(command, "dump") == 0 ? compare_with_dump(db, where) : run(db, command, where);
}

int main(int argc, char **argv)
{
    aq_db_t *db = aq_db_create();
    int status = 1;

    for (size_t i = 0; argc == 4 && i < sizeof(all) / sizeof(all[0]); i++)
        if (strcmp(all[i].name, argv[1]) == 0)
            status = all[i].add_models(db) == AQ_OK ? act(db, argv[2], argv[3]) : fail(aq_last_error());
    aq_db_close(db);
    return status;
}
