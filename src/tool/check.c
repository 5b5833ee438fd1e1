/* aquifer check: the statements of a file, held against a server before the program that has them runs.
 *
 * The happy path: the file is read and split; without --uri a throwaway server is started and the schema files are run on it; the statements are
 * described and linted; what was found is printed, all at once. Nothing is changed on a server that --uri names: statements are parsed there, never run.
 * The failure modes: wrong usage, a file that cannot be read, no server, a schema that does not run: told on stderr, and nothing else is printed. */
#include "src/tool/check.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "src/tool/tool.h"

enum { FILE_MOST = 64 * 1024 * 1024 };

typedef struct options {
    const char *file;
    const char *uri; /* NULL: a throwaway server */
    const char **schemas;
    size_t schema_count;
    bool json;
} options_t;

static int complain(const aq_error_t *error)
{
    fprintf(stderr, "aquifer check: %s\n", error->message);
    return AQ__TOOL_FAILED;
}

/* ---- Options ------------------------------------------------------------------------------------------------------------ */

static int refuse(const char *what, const char *which)
{
    fprintf(stderr, "aquifer check: %s%s\n", what, which);
    fputs("usage: aquifer check FILE [--schema FILE]... [--uri URI] [--json]\n", stderr);
    return AQ__TOOL_USAGE;
}

static int read_value(int argc, char **argv, int *i, options_t *options)
{
    const char *option = argv[(*i)++];

    if (*i >= argc)
        return refuse(option, " needs a value");
    if (strcmp(option, "--schema") == 0)
        options->schemas[options->schema_count++] = argv[*i];
    else if (options->uri == NULL)
        options->uri = argv[*i];
    else
        return refuse("--uri is there twice", "");
    return AQ__TOOL_DONE;
}

static int read_argument(int argc, char **argv, int *i, options_t *options)
{
    const char *argument = argv[*i];

    if (strcmp(argument, "--schema") == 0 || strcmp(argument, "--uri") == 0)
        return read_value(argc, argv, i, options);
    if (strcmp(argument, "--json") == 0)
        options->json = true;
    else if (argument[0] == '-' && argument[1] != '\0')
        return refuse("there is no option ", argument);
    else if (options->file == NULL)
        options->file = argument;
    else
        return refuse("one file at a time: ", argument);
    return AQ__TOOL_DONE;
}

static int read_arguments(int argc, char **argv, options_t *options)
{
    int status = AQ__TOOL_DONE;

    for (int i = 1; status == AQ__TOOL_DONE && i < argc; i++)
        status = read_argument(argc, argv, &i, options);
    if (status != AQ__TOOL_DONE)
        return status;
    if (options->file == NULL)
        return refuse("which file?", "");
    if (options->uri != NULL && options->schema_count > 0)
        return refuse("--schema is for the throwaway server: nothing is changed on the one that --uri names",
                      "");
    return AQ__TOOL_DONE;
}

/* ---- Files ----------------------------------------------------------------------------------------------------------------- */

static int read_into(FILE *file, const char *name, aq_text_t *text)
{
    char buffer[65536];
    size_t got;

    while ((got = fread(buffer, 1, sizeof buffer, file)) > 0) {
        aq_text_append_bytes(text, buffer, got);
        if (text->length > FILE_MOST)
            return aq__fail(AQ_ETOOBIG, "%s: it is bigger than %d MiB", name, FILE_MOST / 1024 / 1024);
    }
    if (ferror(file))
        return aq__fail(AQ_ESYSTEM, "%s: %s", name, strerror(errno));
    return text->failed ? AQ_ENOMEM : AQ_OK;
}

/* The line of the first byte that is not right. */
static int fail_encoding(const char *name, const aq_text_t *text)
{
    const char *line = text->data;
    size_t number = 1;

    for (;; number++) {
        size_t left = text->length - (size_t)(line - text->data);
        const char *end = memchr(line, '\n', left);

        if (end == NULL || !aq_utf8_valid(line, (size_t)(end - line)))
            break;
        line = end + 1;
    }
    return aq__fail(AQ_EENCODING, "%s:%zu: this is no text in UTF-8", name, number);
}

static int read_text(const char *name, aq_text_t *text)
{
    bool standard = strcmp(name, "-") == 0;
    FILE *file = standard ? stdin : fopen(name, "r");
    int code;

    if (file == NULL)
        return aq__fail(AQ_ESYSTEM, "%s: %s", name, strerror(errno));
    code = read_into(file, name, text);
    if (!standard)
        fclose(file);
    if (code != AQ_OK)
        return code;
    return aq_utf8_valid(aq_text_string(text), text->length) ? AQ_OK : fail_encoding(name, text);
}

/* ---- On a server -------------------------------------------------------------------------------------------------------------- */

static int run_schema(const char *name, aq_lane_t *lane)
{
    aq_text_t text = {0};
    aq__check_t schema;
    int code = read_text(name, &text);

    if (code == AQ_OK)
        code = aq__check_init(&schema, name, aq_text_string(&text), text.length);
    if (code == AQ_OK) {
        code = aq__check_run(&schema, lane);
        aq__check_dispose(&schema);
    }
    aq_text_dispose(&text);
    return code;
}

static int run_schemas(const options_t *options, aq_context_t *context)
{
    aq_op_t *op = aq_acquire(context, NULL); /* without a schema: whether there is a server */
    aq_lane_t *lane = aq_wait(op);
    int code = lane != NULL ? AQ_OK : aq__fail_with(aq_op_error(op));

    for (size_t i = 0; code == AQ_OK && i < options->schema_count; i++)
        code = run_schema(options->schemas[i], lane);
    aq_release(lane);
    aq_op_close(op);
    return code;
}

static int check_on(const options_t *options, aq__check_t *check, aq_context_t *context)
{
    int code = run_schemas(options, context);

    return code == AQ_OK ? aq__check_describe(check, context) : code;
}

/* What the schema's statements SET ends with its lane. */
static int check_with(const options_t *options, aq__check_t *check, aq_app_t *app)
{
    uv_loop_t loop;
    aq_context_t *context;
    int code;

    if (uv_loop_init(&loop) != 0)
        return aq__fail(AQ_ESYSTEM, "no loop");
    context = aq_context_create(app, &loop);
    code = context != NULL ? check_on(options, check, context) : aq_last_error()->code;
    if (context != NULL) {
        aq_error_t *error = aq__error_copy(aq_last_error()); /* closing may have one of its own */
        aq_op_t *op = aq_context_close(context);

        (void)aq_wait(op);
        aq_op_close(op);
        if (error != NULL)
            aq__fail_with(error);
        aq__free(error);
    }
    uv_loop_close(&loop);
    return code;
}

static int check_at(const options_t *options, aq__check_t *check, const char *uri)
{
    const aq_config_t config = {.database_uri = uri,
                                .track_modifications = AQ_OFF,
                                .pool = {.size = 1, .timeout = 20, .reset_discard = true}};
    aq_db_t *db = aq_db_create();
    aq_app_t *app = db != NULL ? aq_app_create(&config) : NULL;
    int code = app != NULL ? aq_db_init_app(db, app)
                           : aq__fail(aq_last_error()->code, "--uri: %s", aq_last_error()->message);

    if (code == AQ_OK)
        code = check_with(options, check, app);
    aq_app_close(app);
    aq_db_close(db);
    return code;
}

static int check_somewhere(const options_t *options, aq__check_t *check)
{
    aq__check_server_t server = {NULL, NULL};
    int code;

    if (options->uri != NULL)
        return check_at(options, check, options->uri);
    code = aq__check_server_start(&server);
    if (code == AQ_OK)
        code = check_at(options, check, server.uri);
    aq__check_server_stop(&server);
    return code;
}

/* ---- The command --------------------------------------------------------------------------------------------------------------- */

static int print(const options_t *options, const aq__check_t *check)
{
    aq_text_t text = {0};
    bool told = aq__check_count_problems(check, AQ__SEVERITY_ERROR) +
                    aq__check_count_problems(check, AQ__SEVERITY_LINT) >
                0;
    int status = told ? AQ__TOOL_TOLD : AQ__TOOL_DONE;

    (options->json ? aq__check_print_json : aq__check_print)(check, &text);
    if (text.failed)
        status = complain(&(aq_error_t){.message = "out of memory for what was found"});
    else if (fwrite(aq_text_string(&text), 1, text.length, stdout) < text.length || fflush(stdout) != 0)
        status = complain(&(aq_error_t){.message = "the output cannot be written"});
    aq_text_dispose(&text);
    return status;
}

static int check_text(const options_t *options, const aq_text_t *text)
{
    aq__check_t check;
    int status, code = aq__check_init(&check, options->file, aq_text_string(text), text->length);

    if (code != AQ_OK)
        return complain(aq_last_error());
    code = aq__check_lint(&check);
    if (code == AQ_OK)
        code = check_somewhere(options, &check);
    status = code == AQ_OK ? print(options, &check) : complain(aq_last_error());
    aq__check_dispose(&check);
    return status;
}

static int check_file(const options_t *options)
{
    aq_text_t text = {0};
    int status =
        read_text(options->file, &text) == AQ_OK ? check_text(options, &text) : complain(aq_last_error());

    aq_text_dispose(&text);
    return status;
}

int aq__tool_check(int argc, char **argv)
{
    options_t options = {.schemas = calloc((size_t)argc, sizeof(char *))};
    int status = options.schemas != NULL ? read_arguments(argc, argv, &options)
                                         : complain(&(aq_error_t){.message = "out of memory"});

    aq_set_log(NULL, NULL, AQ_LOG_ERROR);
    if (status == AQ__TOOL_DONE)
        status = check_file(&options);
    free(options.schemas);
    return status;
}
