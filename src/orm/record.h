/* record: the statements that a session ran, a ring of them, and the notice of N+1 queries.
 *
 *     aq__recorded_t *recorded = aq__record_begin(session->records, bind, sql, arguments, work->place);
 *     ...                                                                                     sent, answered
 *     if (aq__record_end(session->records, recorded, aq_rows_count(rows), NULL))
 *         aq__session_event(session, AQ_N_PLUS_ONE);
 *
 * Begin and commit are not for here, nor are savepoints: what is recorded is what was asked for. */
#ifndef AQ_SRC_ORM_RECORD_H
#define AQ_SRC_ORM_RECORD_H

#include "aquifer/session.h"

typedef struct aq__records aq__records_t;

/* Keeps so many; `n_plus_one` 0: never tells. NULL: AQ_ENOMEM. */
aq__records_t *aq__records_create(size_t limit, unsigned n_plus_one, bool redacts);
/* With what has begun and not ended: it must not be ended any more. NULL is fine. */
void aq__records_close(aq__records_t *records);

/* What was sent, until its outcome is known. Statement and values are copied here, where records are kept. */
typedef struct aq__recorded aq__recorded_t;
/* NULL: out of memory; the statement is not recorded. The thread's last error may be another afterwards. */
aq__recorded_t *aq__record_begin(aq__records_t *records, const char *bind, const char *sql,
                                 const aq_arguments_t *arguments, aq_place_t place);
/* `error` NULL: it succeeded. True: this statement has come from this line too often, now for the first time: its record is the last. `recorded` NULL: nothing
 * happens. */
bool aq__record_end(aq__records_t *records, aq__recorded_t *recorded, uint64_t rows, const char *error);

#endif
