/* array_text: arrays in PostgreSQL's text form, {a,"b c",NULL}, for whoever writes one. */
#ifndef AQ_SRC_WIRE_ARRAY_TEXT_H
#define AQ_SRC_WIRE_ARRAY_TEXT_H

#include "aquifer/base.h"

/* Appends an element that is not NULL, in quotes where it could be read as something else. */
void aq__array_append_element(aq_text_t *text, const aq_text_t *element);

#endif
