/* The `aquifer` command: each subcommand is a file of this folder. */
#ifndef AQ_SRC_TOOL_TOOL_H
#define AQ_SRC_TOOL_TOOL_H

#include <stdio.h>

#include "aquifer.h"
#include "src/base/base.h"

/* X(name, arguments, "what it does"): function aq__tool_<name>, called with what stands behind the subcommand's name, argv[0] being that name. It
 * returns the status of the process: 0: done; 1: done, but there is something to tell (problems, differences, lints), which is on stderr or in
 * the output; 2: wrong usage; 3: it could not be done (no file, no server, no memory). */
#define AQ__TOOL_COMMANDS(X)                                                                         \
    X(models, "FILE... [-o FILE] [--name NAME]", "write C models of the tables that SQL files make") \
    X(reflect, "URI [--schema NAME]... [-o FILE] [--name NAME]",                                     \
      "write C models of the tables of a database")                                                  \
    X(ddl, "FILE...|URI [--schema NAME]... [-o FILE]",                                               \
      "print the CREATE statements of SQL files or a database")                                      \
    X(check, "FILE [--schema FILE]... [--uri URI] [--json]",                                         \
      "describe the statements of a file on a throwaway server (or the one at URI) and lint them")

typedef int (*aq__tool_cb)(int argc, char **argv);

#define AQ__TOOL_DECLARE_(name, arguments, text) int aq__tool_##name(int argc, char **argv);
AQ__TOOL_COMMANDS(AQ__TOOL_DECLARE_)
#undef AQ__TOOL_DECLARE_

enum { AQ__TOOL_DONE, AQ__TOOL_TOLD, AQ__TOOL_USAGE, AQ__TOOL_FAILED };

#endif
