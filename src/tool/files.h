/* Files: SQL that is read, and what is written. */
#ifndef AQ_SRC_TOOL_FILES_H
#define AQ_SRC_TOOL_FILES_H

#include "src/schema/metadata.h"
#include "src/tool/arguments.h"

/* What a command does with metadata; the status. `problems` are those found so far, and told behind it where all went well; `database` is the name of
 * that which was read, NULL: files were. */
typedef int (*aq__tool_use_cb)(const aq__tool_arguments_t *arguments, const aq__metadata_t *metadata,
                               aq__problems_t *problems, const char *database);

/* Calls `use` with the metadata of the operands, which are SQL files, one behind the other; sealed. The status. */
int aq__tool_use_files(const aq__tool_arguments_t *arguments, aq__tool_use_cb use);
/* The whole file, UTF-8 without NUL and of at most so many MiB; "-" is standard input. The status; the caller disposes of the text in any case. */
int aq__tool_read(const aq__tool_arguments_t *arguments, const char *path, size_t most, aq_text_t *text);
/* Writes the text to the file of --output, all of it or none: another file, then renamed. What is there and is no file, a pipe or a terminal, is written
 * into. No such option, or "-": standard output. The status. */
int aq__tool_write(const aq__tool_arguments_t *arguments, const aq_text_t *text);
/* On stderr, in the order of the files and their lines: "schema.sql:3:5: ..."; AQ__TOOL_TOLD, or where there are none AQ__TOOL_DONE. */
int aq__tool_tell(const aq__tool_arguments_t *arguments, aq__problems_t *problems);
/* How a file is called where it is told of: "-" is "standard input". */
const char *aq__tool_file_name(const char *path);
/* "shop.sql" and "shop" of "sql/shop.sql"; the latter in the arguments' arena. NULL: no memory. */
const char *aq__tool_base_name(const char *path);
const char *aq__tool_stem(const aq__tool_arguments_t *arguments, const char *path);

#endif
