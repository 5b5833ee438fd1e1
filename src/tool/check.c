/* aquifer check: the statements of a file, held against a server before the program that has them runs.
 *
 * The happy path: the file is read and split; without --uri a throwaway server is started and the schema files are run on it; the statements are
 * described and linted; what was found is printed, all at once. Nothing is changed on a server that --uri names: statements are parsed there, never run.
 * The failure modes: wrong usage, a file that cannot be read, no server, a schema that does not run: told on stderr, and nothing else is printed. */
#include "src/tool/check.h"

#include "src/tool/live.h"

static const char help[] =
    "Describes the statements of a file, parameters and columns of the result with their types and whether "
    "they\n"
    "may be NULL, and tells what is wrong or looks doubtful. None of them is run.\n"
    "\n"
    "  FILE           SQL statements, named or not; - is standard input\n"
    "  --schema FILE  is run before on the throwaway server; may be given more than once\n"
    "  --uri URI      asks the server at postgresql://user@host/database instead; nothing is changed there\n"
    "  --json         prints one object of JSON\n";

static const aq__tool_option_t options[] = {
    {.name = "--schema", .value = "FILE", .many = true},
    {.name = "--uri", .value = "URI"},
    {.name = "--json"},
};

enum { FILE_MOST = 64 }; /* MiB */

/* ---- On a server -------------------------------------------------------------------------------------------------------------- */

static int run_text(const aq__tool_arguments_t *arguments, const char *path, const aq_text_t *text,
                    aq_lane_t *lane)
{
    aq__check_t schema;
    int code = aq__check_init(&schema, aq__tool_file_name(path), aq_text_string(text), text->length);

    if (code == AQ_OK) {
        code = aq__check_run(&schema, lane);
        aq__check_dispose(&schema);
    }
    return aq__tool_outcome(arguments, code);
}

static int run_schema(const aq__tool_arguments_t *arguments, const char *path, aq_lane_t *lane)
{
    aq_text_t text = {0};
    int status = aq__tool_read(arguments, path, FILE_MOST, &text);

    if (status == AQ__TOOL_DONE)
        status = run_text(arguments, path, &text, lane);
    aq_text_dispose(&text);
    return status;
}

/* On one lane: what they SET ends with it. */
static int run_schemas(const aq__tool_arguments_t *arguments, aq_context_t *context)
{
    size_t count;
    const char *const *schemas = aq__tool_values(arguments, "--schema", &count);
    aq_op_t *op = aq_acquire(context, NULL); /* without a schema: whether there is a server */
    aq_lane_t *lane = aq_wait(op);
    int status = lane != NULL ? AQ__TOOL_DONE : aq__tool_fail(arguments, "%s", aq_op_error(op)->message);

    for (size_t i = 0; i < count && status == AQ__TOOL_DONE; i++)
        status = run_schema(arguments, schemas[i], lane);
    aq_release(lane);
    aq_op_close(op);
    return status;
}

static int describe(const aq__tool_arguments_t *arguments, aq_context_t *context, void *check)
{
    int status = run_schemas(arguments, context);

    return status == AQ__TOOL_DONE ? aq__tool_outcome(arguments, aq__check_describe(check, context)) : status;
}

static int describe_at(const aq__tool_arguments_t *arguments, const char *uri, aq__check_t *check)
{
    static const aq_pool_options_t pool = {.size = 1, .timeout = 20, .reset_discard = true};

    return aq__tool_with_context(arguments, uri, &pool, describe, check);
}

static int describe_somewhere(const aq__tool_arguments_t *arguments, aq__check_t *check)
{
    const char *uri = aq__tool_value(arguments, "--uri");
    aq__check_server_t server = {NULL, NULL};
    int status;

    if (uri != NULL)
        return describe_at(arguments, uri, check);
    status = aq__tool_outcome(arguments, aq__check_server_start(&server));
    if (status == AQ__TOOL_DONE)
        status = describe_at(arguments, server.uri, check);
    aq__check_server_stop(&server);
    return status;
}

/* ---- The command --------------------------------------------------------------------------------------------------------------- */

static int print(const aq__tool_arguments_t *arguments, const aq__check_t *check)
{
    size_t told = aq__check_count_problems(check, AQ__SEVERITY_ERROR) +
                  aq__check_count_problems(check, AQ__SEVERITY_LINT);
    aq_text_t text = {0};
    int status;

    if (aq__tool_value(arguments, "--json") != NULL)
        aq__check_print_json(check, &text);
    else
        aq__check_print(check, &text);
    status = aq__tool_write(arguments, &text);
    aq_text_dispose(&text);
    return status == AQ__TOOL_DONE && told > 0 ? AQ__TOOL_TOLD : status;
}

static int check_text(const aq__tool_arguments_t *arguments, const char *path, const aq_text_t *text)
{
    aq__check_t check;
    int status = aq__tool_outcome(
        arguments, aq__check_init(&check, aq__tool_file_name(path), aq_text_string(text), text->length));

    if (status != AQ__TOOL_DONE)
        return status;
    status = aq__tool_outcome(arguments, aq__check_lint(&check));
    if (status == AQ__TOOL_DONE)
        status = describe_somewhere(arguments, &check);
    if (status == AQ__TOOL_DONE)
        status = print(arguments, &check);
    aq__check_dispose(&check);
    return status;
}

static int check_file(const aq__tool_arguments_t *arguments, const char *path)
{
    aq_text_t text = {0};
    int status = aq__tool_read(arguments, path, FILE_MOST, &text);

    if (status == AQ__TOOL_DONE)
        status = check_text(arguments, path, &text);
    aq_text_dispose(&text);
    return status;
}

static int run(const aq__tool_arguments_t *arguments)
{
    size_t schemas;

    (void)aq__tool_values(arguments, "--schema", &schemas);
    if (arguments->operand_count == 0)
        return aq__tool_refuse(arguments, "which file?");
    if (arguments->operand_count > 1)
        return aq__tool_refuse(arguments, "one file at a time: '%s' is one too many",
                               aq__tool_shown(arguments, arguments->operands[1]));
    if (schemas > 0 && aq__tool_value(arguments, "--uri") != NULL)
        return aq__tool_refuse(arguments,
                               "--schema is for the throwaway server: nothing is changed on the one "
                               "that --uri names");
    return check_file(arguments, arguments->operands[0]);
}

const aq__tool_command_t aq__tool_check = {
    .name = "check",
    .usage = "FILE [--schema FILE]... [--uri URI] [--json]",
    .text = "describe the statements of a file on a throwaway server (or the one at URI) and lint them",
    .help = help,
    .options = options,
    .option_count = AQ__COUNT_OF(options),
    .run = run,
};
