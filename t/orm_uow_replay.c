/* What the recorded statements would leave in the tables: they are sent in a transaction that is given up, and sequences are set back. So the vectors tell the contents of tables, although they have
 * none.
 *
 * Only what was committed counts: statements from BEGIN to a COMMIT. */
#include "t/orm_uow.h"

#include <stdlib.h>
#include <string.h>

/* ---- Statements with their parameters ------------------------------------------------------------------------------- */

static void append_value(aq_text_t *text, const json_t *value)
{
    if (json_is_integer(value)) {
        aq_text_appendf(text, "%lld", (long long)json_integer_value(value));
    } else if (json_is_string(value)) {
        aq_text_append(text, "'");
        for (const char *at = json_string_value(value); *at != '\0'; at++)
            aq_text_appendf(text, *at == '\'' ? "'%c" : "%c", *at);
        aq_text_append(text, "'");
    } else if (json_is_boolean(value)) {
        aq_text_append(text, json_is_true(value) ? "true" : "false");
    } else {
        aq_text_append(text, "null");
    }
}

/* "... VALUES (%(name)s)" */
static void append_statement(aq_text_t *text, const char *sql, const json_t *parameters)
{
    char name[64];
    int length;

    while (*sql != '\0') {
        length = 0;
        if (sscanf(sql, "%%(%63[^)])s%n", name, &length) == 1 && length > 0) {
            append_value(text, json_object_get(parameters, name));
            sql += length;
        } else {
            aq_text_appendf(text, "%c", *sql++);
        }
    }
    aq_text_append(text, ";\n");
}

static void append_recorded(aq_text_t *text, const json_t *statement)
{
    const char *sql = json_string_value(json_object_get(statement, "sql"));
    const json_t *parameters = json_object_get(statement, "params"), *each;
    size_t i;

    if (!json_is_array(parameters)) {
        append_statement(text, sql, parameters);
        return;
    }
    json_array_foreach(parameters, i, each) append_statement(text, sql, each);
}

/* Those from BEGIN to COMMIT. */
static void append_committed(aq_text_t *text, const json_t *statements)
{
    aq_text_t open = {0};
    const json_t *each;
    size_t i;

    json_array_foreach(statements, i, each)
    {
        const char *sql = json_string_value(json_object_get(each, "sql"));

        if (sql == NULL || strncmp(sql, "SELECT", 6) == 0)
            continue;
        if (strcmp(sql, "BEGIN") != 0 && strcmp(sql, "COMMIT") != 0 && strcmp(sql, "ROLLBACK") != 0) {
            append_recorded(&open, each);
            continue;
        }
        if (strcmp(sql, "COMMIT") == 0)
            aq_text_append(text, aq_text_string(&open));
        aq_text_clear(&open);
    }
    aq_text_dispose(&open);
}

char *uow_replay(cluster_t *cluster, const json_t *statements)
{
    char *query = uow_contents_query(cluster), *contents;
    char *sequences = cluster_value(
        cluster,
        "select string_agg(format('setval(%%L, %%s, %%L)', sequencename, coalesce(last_value, start_value), "
        "last_value is not null), ', ') from pg_sequences");
    aq_text_t text = {0};

    aq_text_append(&text, "begin;\n");
    append_committed(&text, statements);
    aq_text_append(&text, query);
    contents = cluster_value(cluster, "%s", aq_text_string(&text));
    if (sequences != NULL)
        cluster_sql(cluster, "select %s", sequences);
    free(sequences);
    free(query);
    aq_text_dispose(&text);
    return contents;
}
