/* The `aquifer` command: each subcommand is a file of this folder, and main.c lists them. */
#ifndef AQ_SRC_TOOL_TOOL_H
#define AQ_SRC_TOOL_TOOL_H

#include <stdio.h>

#include "aquifer.h"
#include "src/base/base.h"

/* Statuses of the process. TOLD: done, but there is something to tell (problems, differences, lints), which is on stderr or in the output; FAILED: it
 * could not be done (no file, no server, no memory). */
enum { AQ__TOOL_DONE, AQ__TOOL_TOLD, AQ__TOOL_USAGE, AQ__TOOL_FAILED };

typedef struct aq__tool_arguments aq__tool_arguments_t;

typedef struct aq__tool_option {
    const char *name;  /* "--output" */
    char letter;       /* 'o' for "-o"; 0: none */
    const char *value; /* what it is, "FILE"; NULL: it has none */
    bool many;         /* may be given more than once */
} aq__tool_option_t;

typedef struct aq__tool_command {
    const char *name;                 /* "models" */
    const char *usage;                /* what stands behind it: "FILE... [-o FILE]" */
    const char *text;                 /* what it does, in a line */
    const char *help;                 /* what --help has between the usage and the statuses */
    const aq__tool_option_t *options; /* --help is there by itself */
    size_t option_count;
    int (*run)(const aq__tool_arguments_t *arguments); /* returns the status */
} aq__tool_command_t;

extern const aq__tool_command_t aq__tool_models, aq__tool_reflect, aq__tool_ddl, aq__tool_check;

#endif
