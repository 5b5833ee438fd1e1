/* aquifer models: SQL files as a header of models.
 *
 * The happy path: the files are read, one behind the other, and what they make becomes a header.
 * The failure modes: a statement that is not understood, or what models cannot say: told on stderr, with the header written all the same. */
#include <string.h>

#include "src/tool/files.h"
#include "src/tool/write_models.h"

static const char help[] =
    "Writes C models of the tables that the SQL files make: structs, columns, relationships, constraints.\n"
    "What is not understood, or cannot be said in C, is told on standard error.\n"
    "\n"
    "  FILE               SQL as psql or pg_dump -s has it; - is standard input; several are read as one\n"
    "  -o, --output FILE  where the header goes, whole or not at all; without it to standard output\n"
    "  --name NAME        begins the include guard and NAME_add_models(); without it the first file's name\n";

static const aq__tool_option_t options[] = {
    {.name = "--output", .letter = 'o', .value = "FILE"},
    {.name = "--name", .value = "NAME"},
};

/* "shop.sql, audit.sql" */
static void append_sources(aq_text_t *text, const aq__tool_arguments_t *arguments)
{
    for (size_t i = 0; i < arguments->operand_count; i++) {
        const char *path = arguments->operands[i];

        aq_text_append(text, i > 0 ? ", " : "");
        aq_text_append(text, aq__tool_base_name(aq__tool_file_name(path)));
    }
}

/* The first file, else the header; NULL: only pipes. */
static const char *named_file(const aq__tool_arguments_t *arguments)
{
    const char *output = aq__tool_value(arguments, "--output");

    for (size_t i = 0; i < arguments->operand_count; i++)
        if (strcmp(arguments->operands[i], "-") != 0)
            return arguments->operands[i];
    return output != NULL && strcmp(output, "-") != 0 ? output : NULL;
}

/* NULL in `*name`: there is none. False: no memory. */
static bool find_name(const aq__tool_arguments_t *arguments, const char **name)
{
    const char *path = named_file(arguments);

    *name = aq__tool_value(arguments, "--name");
    if (*name != NULL || path == NULL)
        return true;
    *name = aq__tool_stem(arguments, path);
    return *name != NULL;
}

static int write_header(const aq__tool_arguments_t *arguments, const aq__metadata_t *metadata,
                        aq__problems_t *problems, const char *database)
{
    aq_text_t sources = {0}, header = {0};
    aq__models_options_t models = {.made_by = "aquifer models"};
    int status;

    (void)database;
    append_sources(&sources, arguments);
    models.made_from = aq_text_string(&sources);
    if (sources.failed || !find_name(arguments, &models.name) ||
        aq__write_models(&header, metadata, &models, problems) == AQ_ENOMEM)
        status = aq__tool_fail(arguments, "%s", aq_strerror(AQ_ENOMEM));
    else
        status = aq__tool_write(arguments, &header);
    aq_text_dispose(&sources);
    aq_text_dispose(&header);
    return status;
}

static int run(const aq__tool_arguments_t *arguments)
{
    if (arguments->operand_count == 0)
        return aq__tool_refuse(arguments, "which SQL file?");
    return aq__tool_use_files(arguments, write_header);
}

const aq__tool_command_t aq__tool_models = {
    .name = "models",
    .usage = "FILE... [-o FILE] [--name NAME]",
    .text = "write C models of the tables that SQL files make",
    .help = help,
    .options = options,
    .option_count = AQ__COUNT_OF(options),
    .run = run,
};
