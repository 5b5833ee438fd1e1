/* echo: what AQUIFER_ECHO writes to the log: each statement with its arguments, in debug the rows too. */
#ifndef AQ_SRC_WIRE_ECHO_H
#define AQ_SRC_WIRE_ECHO_H

#include "src/wire/query.h"

void aq__echo_query(const char *bind, const aq__query_t *query);
/* The arguments as they travel, as aq__arguments_append() shows them (arguments_text.c). */
void aq__parameters_append(aq_text_t *text, const aq__parameters_t *parameters);
void aq__echo_rows(const char *bind, const aq_rows_t *rows);

#endif
