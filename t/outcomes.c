#include "t/outcomes.h"

#include <stdio.h>
#include <string.h>

enum { TEXTS = 16, TEXT_SIZE = 4096 };

static char *next_text(void)
{
    static char texts[TEXTS][TEXT_SIZE];
    static size_t next;

    next = (next + 1) % TEXTS;
    texts[next][0] = '\0';
    return texts[next];
}

static void append(char *text, const char *part)
{
    strncat(text, part, TEXT_SIZE - 1 - strlen(text));
}

static void append_rows(char *text, aq_rows_t *rows)
{
    for (size_t row = 0; row < aq_rows_count(rows); row++) {
        append(text, row > 0 ? "|" : "");
        for (size_t column = 0; column < aq_rows_columns(rows); column++) {
            const char *cell = aq_as_text(aq_cell(rows, row, column));

            append(text, column > 0 ? "," : "");
            append(text, cell != NULL ? cell : "~");
        }
    }
}

static void append_results(char *text, aq_results_t *results)
{
    for (size_t i = 0; i < aq_results_count(results); i++) {
        append(text, i > 0 ? ";" : "");
        append_rows(text, aq_results_rows(results, i));
    }
}

/* False: it is done without an error, and what its value is, is not written on it. */
static bool tell_error(char *text, aq_op_t *op)
{
    const aq_error_t *error = aq_op_error(op);

    if (!aq_op_done(op))
        append(text, "pending");
    else if (error != NULL)
        snprintf(text, TEXT_SIZE, "%s: %s", aq_error_name(error->code), error->message);
    return text[0] != '\0';
}

const char *outcome_of(aq_op_t *op)
{
    char *text = next_text();

    if (!tell_error(text, op))
        append_rows(text, aq_op_value(op));
    return text;
}

const char *outcome(aq_op_t *op)
{
    const char *text;

    (void)aq_wait(op);
    text = outcome_of(op);
    aq_op_close(op);
    return text;
}

const char *unit_outcome(aq_op_t *op)
{
    char *text = next_text();

    (void)aq_wait(op);
    if (!tell_error(text, op))
        append_results(text, aq_op_value(op));
    aq_op_close(op);
    return text;
}

const char *outcome_code(aq_op_t *op)
{
    const char *name = aq_wait(op) != NULL ? "ok" : aq_error_name(aq_op_code(op));

    aq_op_close(op);
    return name;
}

const char *failure_of(aq_op_t *op)
{
    char *text = next_text();

    (void)aq_wait(op);
    if (!tell_error(text, op))
        append(text, "it succeeded");
    aq_op_close(op);
    return text;
}
