/* settle: what became of a commit whose connection was lost.
 *
 * The happy path: the id of the unit's transaction had come, and with it the results of its statements; the server is asked on another connection what it knows of that id: it was committed, or it was rolled
 * back. While it is in progress (the server has not noticed yet that nobody listens any more) it is asked again, a little later each time.
 * The failure modes: still in progress when patience is over; no connection until then; a server that does not remember the id, or is not the one that gave it: a standby that was promoted
 * may have given the same id to another transaction, which its timeline tells. Then it stays unknown, and the text has the id. */
#include "src/orm/settle.h"

#include <stdio.h>

#include "src/wire/commit.h"

enum { FIRST_PAUSE = 10, LONGEST_PAUSE = 1000, PATIENCE = 10000 }; /* ms */

#define STATUS "select pg_xact_status($1::text::xid8), left(pg_walfile_name(pg_current_wal_lsn()), 8) = $2"

typedef struct settling {
    const aq__branch_t *branch;
    aq_results_t *results;
    aq_error_t *error; /* how it ended, as far as it is known */
    aq__settled_cb then;
    void *data;
    uint64_t pause, waited;
    char id[24], timeline[16];
} settling_t;

/* ---- The end ------------------------------------------------------------------------------------------------------------------------- */

static void end(settling_t *settling, const aq_error_t *error)
{
    if (error != NULL) {
        aq_results_close(settling->results);
        settling->results = NULL;
    }
    settling->then(settling->data, settling->results, error);
    aq__free(settling->error);
    aq__free(settling);
}

/* With the text of the thread's last error, which may change meanwhile. */
static void end_with_last(settling_t *settling, int code)
{
    aq_error_t error = *settling->error, *copy;

    error.code = code;
    error.message = aq_last_error()->message;
    copy = aq__error_copy(&error);
    end(settling, copy != NULL ? copy : settling->error);
    aq__free(copy);
}

static void end_aborted(settling_t *settling)
{
    aq__fail(AQ_ELOST, "%s; the server says that it was not: transaction %s was rolled back",
             settling->error->message, settling->id);
    end_with_last(settling, AQ_ELOST);
}

static void end_unknown(settling_t *settling, const char *why)
{
    aq__fail(AQ_ECOMMITUNKNOWN, "%s; what became of transaction %s is not known: %s",
             settling->error->message, settling->id, why);
    end_with_last(settling, AQ_ECOMMITUNKNOWN);
}

/* ---- Asked --------------------------------------------------------------------------------------------------------------------------- */

static void ask(settling_t *settling);

static void on_pause_over(aq_op_t *op, void *data)
{
    (void)op;
    ask(data);
}

static void ask_later(settling_t *settling, const char *why)
{
    aq_op_t *op;

    if (settling->waited >= PATIENCE) {
        end_unknown(settling, why);
        return;
    }
    op = aq_sleep(settling->branch->session->loop, settling->pause);
    settling->waited += settling->pause;
    settling->pause = settling->pause * 2 < LONGEST_PAUSE ? settling->pause * 2 : LONGEST_PAUSE;
    if (aq_then(op, on_pause_over, settling) != AQ_OK)
        end_unknown(settling, aq_last_error()->message);
}

static void judge(settling_t *settling, aq_rows_t *rows)
{
    const aq_cell_t status = aq_cell(rows, 0, 0);
    const char *text = aq_is_null(status) ? NULL : aq_as_text(status);

    if (!aq_as_bool(aq_cell(rows, 0, 1)))
        end_unknown(settling, "another server has taken over");
    else if (text == NULL)
        end_unknown(settling, "the server does not remember it");
    else if (strcmp(text, "committed") == 0)
        end(settling, NULL);
    else if (strcmp(text, "aborted") == 0)
        end_aborted(settling);
    else
        ask_later(settling, "it is still in progress");
}

/* A connection that cannot be had now may be had a moment later. */
static bool may_pass(const aq_error_t *error)
{
    return aq_error_retryable(error->code) || error->code == AQ_ETIMEDOUT ||
           strcmp(error->sqlstate, "55000") == 0; /* in recovery */
}

static void on_status(aq_op_t *op, void *data)
{
    const aq_error_t *error = aq_op_error(op);

    if (error == NULL)
        judge(data, aq_op_value(op));
    else if (may_pass(error))
        ask_later(data, error->message);
    else
        end_unknown(data, error->message);
}

static void ask(settling_t *settling)
{
    aq__engine_t *engine = settling->branch->session->engine;
    aq_pool_t *pool = engine->find_pool(engine, settling->branch->bind);
    aq_op_t *op;

    if (pool == NULL) {
        end_unknown(settling, aq_last_error()->message);
        return;
    }
    op = aq__pool_execute(pool, STATUS, aq_args(aq_text(settling->id), aq_text(settling->timeline)));
    if (aq_then(op, on_status, settling) != AQ_OK)
        end_unknown(settling, aq_last_error()->message);
}

/* ---- Begun --------------------------------------------------------------------------------------------------------------------------- */

static settling_t *create(const aq__branch_t *branch, aq_results_t *results, const aq_error_t *error)
{
    settling_t *settling = aq__calloc(1, sizeof *settling);
    aq_rows_t *rows = aq__results_transaction_id(results);

    if (settling == NULL || (settling->error = aq__error_copy(error)) == NULL) {
        aq__free(settling);
        return NULL;
    }
    settling->branch = branch;
    settling->results = results;
    settling->pause = FIRST_PAUSE;
    snprintf(settling->id, sizeof settling->id, "%s", aq_as_text(aq_cell(rows, 0, 0)));
    snprintf(settling->timeline, sizeof settling->timeline, "%s", aq_as_text(aq_cell(rows, 0, 1)));
    return settling;
}

bool aq__settle(const aq__branch_t *branch, aq_op_t *op, aq__settled_cb then, void *data)
{
    aq_results_t *results = aq_op_code(op) == AQ_ECOMMITUNKNOWN ? aq__op_take_salvaged(op) : NULL;
    settling_t *settling = NULL;

    if (results == NULL)
        return false;
    if (!aq_is_null(aq_cell(aq__results_transaction_id(results), 0, 0)))
        settling = create(branch, results, aq_op_error(op));
    if (settling == NULL) {
        aq_results_close(results);
        return false;
    }
    settling->then = then;
    settling->data = data;
    ask(settling);
    return true;
}
