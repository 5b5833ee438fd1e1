/* observer: what a session sends becomes records, and the notice of N+1 queries an event.
 *
 * The happy path: begin when a statement is made, end when its outcome is known, each with nothing to do where the session keeps no records. The failure mode: no memory:
 * the statement is not recorded. */
#include "src/orm/observer.h"

#include "src/orm/listeners.h"
#include "src/orm/record.h"
#include "src/wire/observe.h"

struct aq__observed {
    aq_session_t *session;
    const char *bind;
    aq_place_t place;
    aq__recorded_t **items;
    size_t count, capacity;
    size_t before; /* statements of the unit that came before it was observed */
};

static void end(aq_session_t *session, aq__recorded_t *recorded, aq_rows_t *rows, const aq_error_t *error)
{
    if (recorded != NULL &&
        aq__record_end(session->records, recorded, rows != NULL ? aq_rows_affected(rows) : 0,
                       error != NULL ? error->message : NULL))
        (void)aq__session_event(session, AQ_N_PLUS_ONE);
}

void aq__observe_begin(aq__work_t *work, const aq__branch_t *branch, const char *sql,
                       const aq_arguments_t *arguments)
{
    if (work->session->records != NULL)
        work->recorded = aq__record_begin(work->session->records, branch->bind, sql, arguments, work->place);
}

void aq__observe_end(aq__work_t *work, aq_rows_t *rows, const aq_error_t *error)
{
    if (work->recorded != NULL)
        end(work->session, work->recorded, rows, error);
    work->recorded = NULL;
}

static void on_add(void *data, const char *sql, const aq_arguments_t *arguments)
{
    aq__observed_t *observed = data;

    if (aq__make_room(&observed->items, &observed->capacity, observed->count, sizeof observed->items[0]) ==
        AQ_OK)
        observed->items[observed->count++] =
            aq__record_begin(observed->session->records, observed->bind, sql, arguments, observed->place);
}

void aq__observe_unit(aq__work_t *work, const aq__branch_t *branch, aq_unit_t *unit)
{
    aq__observed_t *observed;

    if (work->session->records == NULL || (observed = aq__calloc(1, sizeof *observed)) == NULL)
        return;
    observed->session = work->session;
    observed->bind = branch->bind;
    observed->place = work->place;
    observed->before = aq__unit_count(unit);
    aq__unit_observe(unit, on_add, observed);
    work->session->observed = observed;
}

aq__observed_t *aq__observed_take(aq__work_t *work)
{
    aq__observed_t *observed = work->session->observed;

    work->session->observed = NULL;
    return observed;
}

void aq__observed_end(aq__observed_t *observed, aq_results_t *results, const aq_error_t *error)
{
    if (observed == NULL)
        return;
    for (size_t i = 0; i < observed->count; i++)
        end(observed->session, observed->items[i],
            results != NULL ? aq_results_rows(results, observed->before + i) : NULL, error);
    aq__free(observed->items);
    aq__free(observed);
}
