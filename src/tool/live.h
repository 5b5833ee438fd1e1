/* A live database. */
#ifndef AQ_SRC_TOOL_LIVE_H
#define AQ_SRC_TOOL_LIVE_H

#include "src/tool/files.h"

/* What is done on a context; the status. */
typedef int (*aq__tool_context_cb)(const aq__tool_arguments_t *arguments, aq_context_t *context, void *data);
/* An app of the URI alone, on a loop of its own, for as long as `use` runs. The status of `use`; or 3: told on stderr. Connections are made when `use`
 * needs them. */
int aq__tool_with_context(const aq__tool_arguments_t *arguments, const char *uri,
                          const aq_pool_options_t *pool, aq__tool_context_cb use, void *data);
/* Calls `use` with the tables of the schemas that --schema names ("*": of all), else of the search path. The status. */
int aq__tool_use_database(const aq__tool_arguments_t *arguments, const char *uri, aq__tool_use_cb use);

#endif
