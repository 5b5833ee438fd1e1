/* Arguments of a subcommand: options, and operands in any order between them.
 *
 *     static const aq__tool_option_t options[] = {{"--output", 'o', "FILE"}, {"--schema", 0, "NAME"}};
 *     aq__tool_arguments_t arguments = {.command = "reflect", .options = options, .option_count = 2, .usage = "URI [-o FILE]", .help = "..."};
 *     int status;
 *
 *     if (!aq__tool_read(&arguments, argc, argv, &status))
 *         return status;                                            --help was printed, or what is wrong
 *     for (size_t i = 0; i < arguments.operand_count; i++)
 *         ...
 *
 * "--output FILE", "--output=FILE", "-o FILE" and "-oFILE" are the same; what stands behind "--" is an operand. */
#ifndef AQ_SRC_TOOL_ARGUMENTS_H
#define AQ_SRC_TOOL_ARGUMENTS_H

#include "src/tool/tool.h"

typedef struct aq__tool_option {
    const char *name;  /* "--output" */
    char letter;       /* 'o' for "-o"; 0: none */
    const char *value; /* what it is, "FILE" */
    bool many;         /* may be given more than once */
} aq__tool_option_t;

typedef struct aq__tool_arguments {
    const char *command;              /* "models" */
    const char *usage;                /* what stands behind the command's name: "FILE... [-o FILE]" */
    const char *help;                 /* the text behind it, for --help */
    const aq__tool_option_t *options; /* --help is there by itself */
    size_t option_count;

    /* Filled; the arrays live in the arena, the texts are those of argv. */
    aq_arena_t *arena;
    const char **operands;
    size_t operand_count;
    const char ***values; /* of each option */
    size_t *value_counts;
} aq__tool_arguments_t;

/* False: there is nothing more to do, `*status` is that of the process. The arguments must be disposed of where it was true. */
bool aq__tool_read(aq__tool_arguments_t *arguments, int argc, char **argv, int *status);
void aq__tool_dispose(aq__tool_arguments_t *arguments);
/* Of an option that is given once; NULL: not given. */
const char *aq__tool_value(const aq__tool_arguments_t *arguments, const char *name);
/* All of one that may be given more than once. */
const char *const *aq__tool_values(const aq__tool_arguments_t *arguments, const char *name, size_t *count);
/* "aquifer models: <text>" and the usage, on stderr; AQ__TOOL_USAGE. */
int aq__tool_refuse(const aq__tool_arguments_t *arguments, const char *format, ...) AQ_PRINTF(2, 3);
/* "aquifer models: <text>" on stderr; AQ__TOOL_FAILED. */
int aq__tool_fail(const aq__tool_arguments_t *arguments, const char *format, ...) AQ_PRINTF(2, 3);

#endif
