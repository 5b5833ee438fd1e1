/* A live database, as metadata. */
#ifndef AQ_SRC_TOOL_LIVE_H
#define AQ_SRC_TOOL_LIVE_H

#include "src/schema/metadata.h"
#include "src/tool/arguments.h"

/* What is done with it; returns the status. `database` is its name. */
typedef int (*aq__tool_live_cb)(const aq__tool_arguments_t *arguments, const aq__metadata_t *metadata,
                                const char *database);

bool aq__tool_is_uri(const char *operand); /* "postgresql://..." */
/* Connects, reads the tables of the schemas that --schema names, else of the search path, and calls `use` with them. The status of `use`; or 3: told on
 * stderr. */
int aq__tool_reflect_uri(const aq__tool_arguments_t *arguments, const char *uri, aq__tool_live_cb use);

#endif
