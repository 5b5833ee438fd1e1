/* The library's own statements are what it says they are: own.h, held against what parsing says. */
#ifndef AQ_T_OWN_H
#define AQ_T_OWN_H

#include "src/wire/statement.h"

static inline bool is_as_known(aq__own_t own, const char *sql, int parameter_count)
{
    aq__statement_t known, parsed;

    aq__statement_own(own, parameter_count, &known);
    return aq__statement_parse(sql, &parsed) == AQ_OK && known.kind == parsed.kind &&
           known.parameter_count == parsed.parameter_count &&
           known.statement_count == parsed.statement_count && known.writes == parsed.writes &&
           known.plain_read == parsed.plain_read && known.no_transaction == parsed.no_transaction;
}

#endif
