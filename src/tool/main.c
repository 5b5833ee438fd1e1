/* aquifer: finds the subcommand and runs it. */
#include <errno.h>
#include <limits.h>
#include <string.h>

#include "src/tool/arguments.h"

static const aq__tool_command_t *const commands[] = {&aq__tool_models, &aq__tool_reflect, &aq__tool_ddl,
                                                     &aq__tool_check};

static void print_usage(FILE *file)
{
    fputs("usage: aquifer COMMAND ...\n\n", file);
    for (size_t i = 0; i < AQ__COUNT_OF(commands); i++)
        fprintf(file, "  aquifer %s %s\n      %s\n", commands[i]->name, commands[i]->usage,
                commands[i]->text);
}

/* It may be a URI with a password. */
static void tell_unknown(const char *command)
{
    const char *end = strstr(command, "://");

    fprintf(stderr, "aquifer: there is no command '%.*s'\n\n",
            end != NULL ? (int)(end - command) + 3 : INT_MAX, command);
}

static int run(int argc, char **argv)
{
    if (argc >= 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
        print_usage(stdout);
        return AQ__TOOL_DONE;
    }
    if (argc >= 2 && strcmp(argv[1], "--version") == 0) {
        printf("aquifer %s\n", aq_version());
        return AQ__TOOL_DONE;
    }
    for (size_t i = 0; argc >= 2 && i < AQ__COUNT_OF(commands); i++)
        if (strcmp(argv[1], commands[i]->name) == 0)
            return aq__tool_run(commands[i], argc - 1, argv + 1);
    if (argc >= 2)
        tell_unknown(argv[1]);
    print_usage(stderr);
    return AQ__TOOL_USAGE;
}

int main(int argc, char **argv)
{
    int status = run(argc, argv);

    if (status != AQ__TOOL_DONE || fflush(stdout) == 0)
        return status;
    fprintf(stderr, "aquifer: standard output: %s\n", strerror(errno));
    return AQ__TOOL_FAILED;
}
