/* aquifer reflect: the tables of a live database as a header of models. */
#include "src/tool/live.h"
#include "src/tool/write_models.h"

static const char help[] =
    "Writes C models of the tables that a database has, as `aquifer models` does of SQL files.\n"
    "What cannot be said in C is told on standard error.\n"
    "\n"
    "  URI                postgresql://user@host/database; nothing is changed there\n"
    "  --schema NAME      its tables; may be given more than once; '*': those of all schemas; without it "
    "those\n"
    "                     of the search path\n"
    "  -o, --output FILE  where the header goes, whole or not at all; without it to standard output\n"
    "  --name NAME        begins the include guard and NAME_add_models(); without it the database's name\n";

static const aq__tool_option_t options[] = {
    {.name = "--output", .letter = 'o', .value = "FILE"},
    {.name = "--schema", .value = "NAME", .many = true},
    {.name = "--name", .value = "NAME"},
};

static int write_header(const aq__tool_arguments_t *arguments, const aq__metadata_t *metadata,
                        aq__problems_t *problems, const char *database)
{
    const char *name = aq__tool_value(arguments, "--name");
    aq__models_options_t models = {.name = name != NULL ? name : database, .made_by = "aquifer reflect"};
    aq_text_t header = {0};
    int status;

    models.made_from = aq_arena_printf(arguments->arena, "database %s", database);
    if (models.made_from == NULL || aq__write_models(&header, metadata, &models, problems) == AQ_ENOMEM)
        status = aq__tool_fail(arguments, "%s", aq_strerror(AQ_ENOMEM));
    else
        status = aq__tool_write(arguments, &header);
    aq_text_dispose(&header);
    return status;
}

static int run(const aq__tool_arguments_t *arguments)
{
    if (arguments->operand_count == 0)
        return aq__tool_refuse(arguments, "which database?");
    if (arguments->operand_count > 1)
        return aq__tool_refuse(arguments, "one database at a time: '%s' is one too many",
                               aq__tool_shown(arguments, arguments->operands[1]));
    if (!aq__tool_is_uri(arguments->operands[0]))
        return aq__tool_refuse(arguments, "'%s' is no postgresql:// URI",
                               aq__tool_shown(arguments, arguments->operands[0]));
    return aq__tool_use_database(arguments, arguments->operands[0], write_header);
}

const aq__tool_command_t aq__tool_reflect = {
    .name = "reflect",
    .usage = "URI [--schema NAME]... [-o FILE] [--name NAME]",
    .text = "write C models of the tables of a database",
    .help = help,
    .options = options,
    .option_count = AQ__COUNT_OF(options),
    .run = run,
};
