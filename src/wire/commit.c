/* The happy path needs none of this. The failure mode that it is for: a connection that is lost, or does not answer in time, after the Sync of a unit was sent. */
#include "src/wire/commit.h"

#include "src/wire/query.h"

#define TRANSACTION_ID                                                                  \
    "select id::text, "                                                                 \
    "case when id is not null then left(pg_walfile_name(pg_current_wal_lsn()), 8) end " \
    "from pg_current_xact_id_if_assigned() id"

int aq__unit_add_transaction_id(aq_unit_t *unit)
{
    int index = aq_unit_add(unit, TRANSACTION_ID, NULL);

    if (index >= 0)
        unit->id_behind = (size_t)index + 1;
    return index;
}

void aq__unit_set_retries(aq_unit_t *unit, unsigned retries)
{
    if (unit == NULL)
        return;
    unit->retries = retries;
    unit->has_retries = true;
}

void aq__query_salvage(aq__query_t *query)
{
    aq_unit_t *unit = query->unit;
    aq_results_t *results;

    if (unit == NULL || unit->id_behind == 0 || query->next < unit->id_behind || unit->salvaged != NULL)
        return;
    results = aq__calloc(1, sizeof *results + query->count * sizeof results->rows[0]);
    if (results == NULL)
        return;
    for (results->count = query->count; results->id_behind < unit->id_behind; results->id_behind++) {
        aq_rows_t *rows = aq__query_take_rows(&query->items[results->id_behind]);

        if (rows == NULL) {
            aq_results_close(results);
            return;
        }
        results->rows[results->id_behind] = rows;
    }
    unit->salvaged = results;
}

aq_results_t *aq__op_take_salvaged(aq_op_t *op)
{
    aq_unit_t *unit = ((aq__query_t *)op)->unit;
    aq_results_t *results = unit != NULL ? unit->salvaged : NULL;

    if (unit != NULL)
        unit->salvaged = NULL;
    return results;
}

aq_rows_t *aq__results_transaction_id(aq_results_t *results)
{
    return results->rows[results->id_behind - 1];
}
