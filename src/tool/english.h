/* English: one and many of a noun in lower case, as names of tables have them: "category" and "categories". Where a word could be both
 * ("series", "status"), it stays. */
#ifndef AQ_SRC_TOOL_ENGLISH_H
#define AQ_SRC_TOOL_ENGLISH_H

#include "aquifer/base.h"

/* Appends what one of them is called: "people" gives "person", "user" gives "user". */
void aq__english_append_one(aq_text_t *text, const char *word);
/* Appends what many of them are called: "person" gives "people", "users" gives "users". */
void aq__english_append_many(aq_text_t *text, const char *word);

#endif
