/* arguments_text: the arguments of a statement for people to read, in logs and records.
 *
 *     aq__arguments_append(&line, aq_args(aq_int4(1), aq_text("ann"), aq_null()));      1, 'ann', NULL
 *
 * Long ones are cut: a text after some bytes ('abc...'), an array after some elements (ARRAY[1, 2, ... 1000 in all]), and the whole list likewise. Time and memory do
 * not depend on how much was cut. */
#ifndef AQ_SRC_WIRE_ARGUMENTS_TEXT_H
#define AQ_SRC_WIRE_ARGUMENTS_TEXT_H

#include "aquifer/wire.h"

void aq__arguments_append(aq_text_t *text, const aq_arguments_t *arguments); /* NULL: none */
/* "?" for each of them. */
void aq__arguments_append_redacted(aq_text_t *text, const aq_arguments_t *arguments);

#endif
