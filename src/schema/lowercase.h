/* Unicode's lower case, whatever the locale. */
#ifndef AQ_SRC_SCHEMA_LOWERCASE_H
#define AQ_SRC_SCHEMA_LOWERCASE_H

#include "src/base/base.h"

/* Appends valid UTF-8 in lower case, by the full mapping: also where one character becomes two, and a capital sigma at the end of a
 * word (Unicode 15, section 3.13). */
void aq__lowercase_append(aq_text_t *text, const char *string, size_t length);

#endif
