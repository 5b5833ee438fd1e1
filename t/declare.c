/* For t/roundtrip.t: the models of a header in t/golden/, made in a database, or compared with one.
 *
 *     t/declare rental create URI        aq_create_all()
 *     t/declare rental diff URI          aq_diff(): a line for each difference, its statements behind it
 *
 * Status: 0, or 1 with the reason on stderr. */
#include "aquifer.h"
#include "t/again.h"

#include <stdio.h>
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

int main(int argc, char **argv)
{
    aq_db_t *db = aq_db_create();
    int status = 1;

    for (size_t i = 0; argc == 4 && i < sizeof(all) / sizeof(all[0]); i++)
        if (strcmp(all[i].name, argv[1]) == 0)
            status = all[i].add_models(db) == AQ_OK ? run(db, argv[2], argv[3]) : fail(aq_last_error());
    aq_db_close(db);
    return status;
}
