/* own: statements that the library itself writes, whose facts nobody needs to parse them for.
 *
 *     aq__unit_add_own(unit, AQ__OWN_QUERY, sql, aq_args(aq_text(name)));
 *
 * Parsing is worth its time for a text that comes again, and it blocks the loop: 20 KB that read the catalogs cost as much as a thousand small statements, and so does the DDL of 200
 * tables, which is run once. Never for a text that a user wrote: that must be checked. In DDL stand expressions of models; what such an expression could do to the
 * statement around it, the server refuses: the protocol takes one statement a message, and a parameter has no value.
 * t/own.c holds each of them against what parsing says. */
#ifndef AQ_SRC_WIRE_OWN_H
#define AQ_SRC_WIRE_OWN_H

#include "aquifer/wire.h"

typedef enum aq__own {
    AQ__OWN_NOT,    /* a user's */
    AQ__OWN_QUERY,  /* one SELECT that leaves nothing behind; as many parameters as arguments are given */
    AQ__OWN_UTILITY /* one CREATE, ALTER, DROP, COMMENT or DO, which a transaction can hold */
} aq__own_t;

/* aq_unit_add() for such a statement. The pool does not keep its text, and no connection prepares it. */
int aq__unit_add_own(aq_unit_t *unit, aq__own_t own, const char *sql, const aq_arguments_t *arguments);

#endif
