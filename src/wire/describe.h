/* describe: what a statement takes and gives, without running it. */
#ifndef AQ_SRC_WIRE_DESCRIBE_H
#define AQ_SRC_WIRE_DESCRIBE_H

#include "src/wire/query.h"

/* Copied out of what a Describe gave; NULL: out of memory. */
aq_description_t *aq__description_create(const PGresult *result);
/* Appends Parse and Describe; two outcomes come. False: the connection must be given up. */
bool aq__connection_append_describe(aq__connection_t *connection, aq__query_item_t *item);

#endif
