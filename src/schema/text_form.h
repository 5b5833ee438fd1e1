/* Whether a text can be a value of a type, told without a server: for what declarations say as text. */
#ifndef AQ_SRC_SCHEMA_TEXT_FORM_H
#define AQ_SRC_SCHEMA_TEXT_FORM_H

#include "aquifer/value.h"

/* NULL: `text` is a value of the type; else what the type needs, for messages: "an integer of -32768 to 32767". `length`: of
 * varchar(n) and char(n), in characters; 0: any. Of arrays and intervals only the outside is looked at. */
const char *aq__text_form_needed(uint32_t oid, const char *text, int length);
/* Nothing, or only white space. */
bool aq__is_blank(const char *text);

#endif
