/* aquifer ddl: what SQL files make, or what a live database has, as CREATE statements in the order in which they run. */
#include "src/schema/ddl.h"

#include "src/tool/files.h"
#include "src/tool/live.h"

static const char help[] =
    "Prints the CREATE statements of the tables that SQL files make or that a database has, each with what "
    "it\n"
    "belongs to, in an order in which they can be run. What was not understood is told on standard error.\n"
    "\n"
    "  FILE               SQL as psql or pg_dump -s has it; - is standard input; several are read as one\n"
    "  URI                postgresql://user@host/database instead; nothing is changed there\n"
    "  --schema NAME      its tables; may be given more than once; without it those of the search path\n"
    "  -o, --output FILE  where the statements go, whole or not at all; without it to standard output\n"
    "\n"
    "Status: 0 done; 1 done, but something was told; 2 wrong usage; 3 it could not be done.\n";

static const aq__tool_option_t options[] = {
    {.name = "--output", .letter = 'o', .value = "FILE"},
    {.name = "--schema", .value = "NAME", .many = true},
};

static int write_ddl(const aq__tool_arguments_t *arguments, const aq__metadata_t *metadata)
{
    aq_text_t sql = {0};
    int status;

    aq__ddl_append(&sql, metadata);
    status = aq__tool_write(arguments, &sql);
    aq_text_dispose(&sql);
    return status;
}

static int write_live(const aq__tool_arguments_t *arguments, const aq__metadata_t *metadata,
                      const char *database)
{
    aq__problems_t problems = metadata->problems; /* sorting moves them: a copy */
    int status = write_ddl(arguments, metadata);

    (void)database;
    problems.items = aq_arena_dup(arguments->arena, problems.items, problems.count * sizeof(*problems.items));
    if (problems.items == NULL)
        return aq__tool_fail(arguments, "%s", aq_strerror(AQ_ENOMEM));
    return status == AQ__TOOL_DONE ? aq__tool_tell(arguments, &problems) : status;
}

static int run_on_files(const aq__tool_arguments_t *arguments)
{
    aq__problems_t problems = {.arena = arguments->arena};
    aq__metadata_t *metadata = aq__tool_read_sql(arguments, &problems);
    int status;

    if (metadata == NULL)
        return AQ__TOOL_FAILED;
    status = write_ddl(arguments, metadata);
    if (status == AQ__TOOL_DONE)
        status = aq__tool_tell(arguments, &problems);
    aq__metadata_close(metadata);
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
                           : run_on_files(arguments);
    if (arguments->operand_count > 1)
        return aq__tool_refuse(arguments, "one database at a time: '%s' is one too many",
                               arguments->operands[1]);
    return aq__tool_reflect_uri(arguments, arguments->operands[0], write_live);
}

int aq__tool_ddl(int argc, char **argv)
{
    aq__tool_arguments_t arguments = {.command = "ddl",
                                      .usage = "FILE...|URI [--schema NAME]... [-o FILE]",
                                      .help = help,
                                      .options = options,
                                      .option_count = AQ__COUNT_OF(options)};
    int status;

    if (!aq__tool_read(&arguments, argc, argv, &status))
        return status;
    status = run(&arguments);
    aq__tool_dispose(&arguments);
    return status;
}
