/* aquifer ddl: what SQL files make, or what a live database has, as CREATE statements in the order in which they run. */
#include "src/schema/ddl.h"

#include "src/tool/live.h"

static const char help[] =
    "Prints the CREATE statements of the tables that SQL files make or that a database has, each\n"
    "with what belongs to it, in an order in which they can be run. What was not understood is told\n"
    "on standard error.\n"
    "\n"
    "  FILE               SQL as psql or pg_dump -s has it; - is standard input; several are read as one\n"
    "  URI                postgresql://user@host/database instead; nothing is changed there\n"
    "  --schema NAME      its tables; may be given more than once; '*': those of all schemas; without it "
    "those\n"
    "                     of the search path\n"
    "  -o, --output FILE  where the statements go, whole or not at all; without it to standard output\n";

static const aq__tool_option_t options[] = {
    {.name = "--output", .letter = 'o', .value = "FILE"},
    {.name = "--schema", .value = "NAME", .many = true},
};

static int write_ddl(const aq__tool_arguments_t *arguments, const aq__metadata_t *metadata,
                     aq__problems_t *problems, const char *database)
{
    aq_text_t sql = {0};
    int status;

    (void)problems;
    (void)database;
    aq__ddl_append(&sql, metadata);
    status = aq__tool_write(arguments, &sql);
    aq_text_dispose(&sql);
    return status;
}

static int run(const aq__tool_arguments_t *arguments)
{
    size_t schemas;

    (void)aq__tool_values(arguments, "--schema", &schemas);
    if (arguments->operand_count == 0)
        return aq__tool_refuse(arguments, "which SQL file or database?");
    if (!aq__tool_is_uri(arguments->operands[0]))
        return schemas > 0 ? aq__tool_refuse(arguments, "--schema is for a database")
                           : aq__tool_use_files(arguments, write_ddl);
    if (arguments->operand_count > 1)
        return aq__tool_refuse(arguments, "one database at a time: '%s' is one too many",
                               aq__tool_shown(arguments, arguments->operands[1]));
    return aq__tool_use_database(arguments, arguments->operands[0], write_ddl);
}

const aq__tool_command_t aq__tool_ddl = {
    .name = "ddl",
    .usage = "FILE...|URI [--schema NAME]... [-o FILE]",
    .text = "print the CREATE statements of SQL files or a database",
    .help = help,
    .options = options,
    .option_count = AQ__COUNT_OF(options),
    .run = run,
};
