/* Arguments of a subcommand: options, and operands in any order between them.
 *
 *     static const aq__tool_option_t options[] = {{.name = "--output", .letter = 'o', .value = "FILE"}};
 *
 *     static int run(const aq__tool_arguments_t *arguments)
 *     {
 *         if (arguments->operand_count == 0)
 *             return aq__tool_refuse(arguments, "which file?");
 *         ...
 *     }
 *
 *     const aq__tool_command_t aq__tool_reflect = {.name = "reflect", .usage = "URI [-o FILE]", .run = run, ...};
 *
 * "--output FILE", "--output=FILE", "-o FILE" and "-oFILE" are the same; what stands behind "--" is an operand. */
#ifndef AQ_SRC_TOOL_ARGUMENTS_H
#define AQ_SRC_TOOL_ARGUMENTS_H

#include "src/tool/tool.h"

/* The arrays live in the arena, until the command has run; the texts are those of argv. */
struct aq__tool_arguments {
    const aq__tool_command_t *command;
    aq_arena_t *arena; /* for the command as well */
    const char **operands;
    size_t operand_count;
    const char ***values; /* of each option; of one without a value its name */
    size_t *value_counts;
};

/* Reads the arguments, argv[0] being the command's name, and runs it; --help and what is wrong are told. The status. */
int aq__tool_run(const aq__tool_command_t *command, int argc, char **argv);
/* Of an option that is given once; NULL: not given. */
const char *aq__tool_value(const aq__tool_arguments_t *arguments, const char *name);
/* All of one that may be given more than once. */
const char *const *aq__tool_values(const aq__tool_arguments_t *arguments, const char *name, size_t *count);
/* "aquifer models: <text>" and the usage, on stderr; AQ__TOOL_USAGE. */
int aq__tool_refuse(const aq__tool_arguments_t *arguments, const char *format, ...) AQ_PRINTF(2, 3);
/* "aquifer models: <text>" on stderr; AQ__TOOL_FAILED. */
int aq__tool_fail(const aq__tool_arguments_t *arguments, const char *format, ...) AQ_PRINTF(2, 3);
bool aq__tool_is_uri(const char *operand); /* "postgresql://..." */
/* An argument as it may be printed: with *** for what may be a password, where it may be meant as a database. */
const char *aq__tool_shown(const aq__tool_arguments_t *arguments, const char *argument);
/* AQ__TOOL_DONE of AQ_OK; of an error, which is the thread's last one, the same with its message. */
int aq__tool_outcome(const aq__tool_arguments_t *arguments, int code);

#endif
