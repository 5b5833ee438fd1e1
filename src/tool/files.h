/* Files: SQL that is read, and what is written. */
#ifndef AQ_SRC_TOOL_FILES_H
#define AQ_SRC_TOOL_FILES_H

#include "src/schema/metadata.h"
#include "src/tool/arguments.h"

/* Metadata of the operands, which are SQL files ("-": standard input), one behind the other; sealed. `problems` has what was not understood, in the
 * order of the files and their lines. NULL: told on stderr, status 3. */
aq__metadata_t *aq__tool_read_sql(const aq__tool_arguments_t *arguments, aq__problems_t *problems);
/* Writes the text to the file of --output, all of it or none: another file, then renamed. What is there and is no file, a pipe or a terminal, is written
 * into. No such option, or "-": standard output. The status. */
int aq__tool_write(const aq__tool_arguments_t *arguments, const aq_text_t *text);
/* On stderr, a line each: "schema.sql:3:5: ..."; AQ__TOOL_TOLD, or where there are none AQ__TOOL_DONE. */
int aq__tool_tell(const aq__tool_arguments_t *arguments, aq__problems_t *problems);
/* "shop" of "sql/shop.sql"; in the arguments' arena. NULL: no memory. */
const char *aq__tool_stem(const aq__tool_arguments_t *arguments, const char *path);
const char *aq__tool_base_name(const char *path);

#endif
