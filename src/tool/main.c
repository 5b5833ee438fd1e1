/* aquifer: finds the subcommand and calls it. */
#include <string.h>

#include "src/tool/tool.h"

static const struct command {
    const char *name, *arguments, *text;
    aq__tool_cb run;
} commands[] = {
#define COMMAND_(name, arguments, text) {#name, arguments, text, aq__tool_##name},
    AQ__TOOL_COMMANDS(COMMAND_)
#undef COMMAND_
        {NULL, NULL, NULL, NULL},
};

static void print_usage(FILE *file)
{
    fputs("usage: aquifer COMMAND ...\n\n", file);
    for (const struct command *command = commands; command->name != NULL; command++)
        fprintf(file, "  aquifer %s %s\n      %s\n", command->name, command->arguments, command->text);
}

int main(int argc, char **argv)
{
    if (argc >= 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
        print_usage(stdout);
        return AQ__TOOL_DONE;
    }
    if (argc >= 2 && strcmp(argv[1], "--version") == 0) {
        printf("aquifer %s\n", aq_version());
        return AQ__TOOL_DONE;
    }
    for (const struct command *command = commands; argc >= 2 && command->name != NULL; command++)
        if (strcmp(argv[1], command->name) == 0)
            return command->run(argc - 1, argv + 1);
    if (argc >= 2)
        fprintf(stderr, "aquifer: there is no command '%s'\n\n", argv[1]);
    print_usage(stderr);
    return AQ__TOOL_USAGE;
}
