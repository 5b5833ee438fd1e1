/* Statements with their arguments, and rows, as lines of the log. Nothing here can fail: what there is no memory for is not logged. */
#include "src/wire/echo.h"

void aq__echo_query(const char *bind, const aq__query_t *query)
{
    for (unsigned i = 0; i < query->count; i++) {
        const aq__parameters_t *given = &query->items[i].parameters;
        aq_text_t line = {0};

        aq_text_appendf(&line, "bind '%s': %s%s", bind, query->kind == AQ__QUERY_DESCRIBE ? "describe: " : "",
                        query->items[i].form->sql->text);
        if (given->count > 0) {
            aq_text_append(&line, " [");
            aq__parameters_append(&line, given);
            aq_text_append(&line, "]");
        }
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
