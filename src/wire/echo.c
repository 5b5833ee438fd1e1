/* Arguments are shown in PostgreSQL's text form, long ones cut. Nothing here can fail: what there is no memory for is not logged. */
#include "src/wire/echo.h"

#include <string.h>

#define SHOWN 100 /* bytes of an argument */

static void append_cut(aq_text_t *line, const char *text, size_t length)
{
    size_t shown = length > SHOWN ? aq__utf8_cut(text, length, SHOWN) : length;

    aq_text_append_char(line, '\'');
    aq_text_append_bytes(line, text, shown);
    aq_text_append(line, shown < length ? "...'" : "'");
}

static void append_binary(aq_text_t *line, const aq__parameters_t *given, int i)
{
    aq_rows_t rows = {0};
    aq_cell_t cell = {.rows = &rows,
                      .data = given->values[i],
                      .length = given->lengths[i],
                      .type = given->types[i],
                      .binary = true};
    const char *text = aq_as_text(cell);

    if (text != NULL)
        append_cut(line, text, strlen(text));
    else
        aq_text_appendf(line, "%d bytes", given->lengths[i]);
    aq__rows_dispose(&rows);
}

static void append_argument(aq_text_t *line, const aq__parameters_t *given, int i)
{
    if (given->values[i] == NULL)
        aq_text_append(line, "NULL");
    else if (given->formats[i] == 0)
        append_cut(line, given->values[i], strlen(given->values[i]));
    else
        append_binary(line, given, i);
}

void aq__echo_query(const char *bind, const aq__query_t *query)
{
    for (unsigned i = 0; i < query->count; i++) {
        const aq__parameters_t *given = &query->items[i].parameters;
        aq_text_t line = {0};

        aq_text_appendf(&line, "bind '%s': %s%s", bind, query->kind == AQ__QUERY_DESCRIBE ? "describe: " : "",
                        query->items[i].form->sql->text);
        for (int k = 0; k < given->count; k++) {
            aq_text_append(&line, k == 0 ? " [" : ", ");
            append_argument(&line, given, k);
        }
        if (given->count > 0)
            aq_text_append(&line, "]");
        if (!line.failed)
            aq_log(AQ_LOG_INFO, "%s", aq_text_string(&line));
        aq_text_dispose(&line);
    }
}

void aq__echo_rows(const char *bind, const aq_rows_t *rows)
{
    aq_log(AQ_LOG_INFO, "bind '%s': %s", bind, aq_rows_command(rows));
    for (size_t i = 0; i < aq_rows_count(rows); i++) {
        aq_text_t line = {0};

        aq_text_append_row_json(&line, (aq_rows_t *)(uintptr_t)rows, i);
        if (!line.failed)
            aq_log(AQ_LOG_INFO, "bind '%s': %s", bind, aq_text_string(&line));
        aq_text_dispose(&line);
    }
}
