/* The unit of work as the vectors have it: each row of uow_sql is a subtest that does the row's `ops` on models like the row's, and compares the rows that are in the tables then, the tables in the
 * order in which they are written, `result`, errors and warnings with the JSON. A commit is one unit and one Sync.
 *
 * A row of the vectors that is in no list of orm_uow_*.c fails, and so does one of those that the vectors do not have. */
#include "t/orm_uow.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static cluster_t *cluster;

/* ---- Tables in the order in which they are written ------------------------------------------------------------------------------ */

typedef struct writes {
    aq_text_t text;
    char last[80];
} writes_t;

static const char *find(const char *text, const char *part)
{
    for (; *text != '\0'; text++)
        if (strncasecmp(text, part, strlen(part)) == 0)
            return text;
    return NULL;
}

/* The statement's verb and table, where it writes one; one after another that are the same are one. */
static void add_write(writes_t *writes, const char *sql)
{
    static const char *const verbs[] = {"INSERT INTO ", "UPDATE ", "DELETE FROM "};
    const char *first = NULL, *at;
    char entry[80], table[64];

    for (size_t i = 0; i < sizeof(verbs) / sizeof(*verbs); i++)
        if ((at = find(sql, verbs[i])) != NULL && (first == NULL || at < first)) {
            first = at;
            sscanf(at + strlen(verbs[i]), "%63[a-z0-9_]", table);
            snprintf(entry, sizeof(entry), "%.6s %s", verbs[i], table);
        }
    if (first == NULL || strcmp(entry, writes->last) == 0)
        return;
    aq_text_appendf(&writes->text, "%s%s", writes->last[0] != '\0' ? ", " : "", entry);
    snprintf(writes->last, sizeof(writes->last), "%s", entry);
}

static char *expected_writes(const json_t *statements)
{
    writes_t writes = {0};
    const json_t *each;
    size_t i;

    json_array_foreach(statements, i, each)
    {
        const char *sql = json_string_value(json_array_get(each, 0));

        if (sql != NULL)
            add_write(&writes, sql);
    }
    return aq_text_take(&writes.text);
}

static char *actual_writes(const uow_t *uow, size_t first)
{
    writes_t writes = {0};

    for (size_t i = first; i < aq_session_record_count(uow->session); i++)
        add_write(&writes, aq_session_record(uow->session, i)->statement);
    return aq_text_take(&writes.text);
}

/* ---- Errors and warnings ------------------------------------------------------------------------------------------------------------- */

static const json_t *expected_error(const json_t *statements)
{
    const json_t *last = json_array_get(statements, json_array_size(statements) - 1);

    return json_object_get(last, "error") != NULL ? last : NULL;
}

/* "(psycopg2.errors.UniqueViolation) duplicate key ...": what the server says. */
static const char *without_driver(const char *message)
{
    const char *end = message != NULL && message[0] == '(' ? strstr(message, ") ") : NULL;

    return end != NULL ? end + 2 : message;
}

static void compare_error(const uow_t *uow, const uow_row_t *row, const json_t *expected)
{
    const char *message = without_driver(json_string_value(json_object_get(expected, "message")));
    const char *sqlstate = json_string_value(json_object_get(expected, "sqlstate"));

    is_str(aq_text_string(&uow->error),
           row->error != NULL ? row->error
           : message != NULL  ? message
                              : "",
           "error");
    if (sqlstate != NULL && row->error == NULL)
        is_str(uow->sqlstate, sqlstate, "SQLSTATE");
}

/* Only the first sentence: what follows is how to change SQLAlchemy's options. */
static char *expected_warnings(const json_t *list)
{
    aq_text_t text = {0};
    const json_t *each;
    size_t i;

    json_array_foreach(list, i, each)
    {
        const char *message = json_string_value(json_array_get(each, 1)), *end = strstr(message, "  ");

        aq_text_append_bytes(&text, message, end != NULL ? (size_t)(end - message) : strlen(message));
        aq_text_append_char(&text, '\n');
    }
    return aq_text_take(&text);
}

/* ---- One row ------------------------------------------------------------------------------------------------------------------------------ */

static void open_row(uow_t *uow, const uow_row_t *row)
{
    uow_open(uow, cluster, row->declare);
    if (row->setup != NULL) {
        row->setup(uow);
        uow_wait(uow, aq_commit(uow->session));
    }
    if (uow->code != AQ_OK)
        diag("setup: %s", aq_text_string(&uow->error));
    aq_text_clear(&uow->warnings);
}

/* What is committed is not written again. */
static void compare_after(uow_t *uow)
{
    aq_pool_stats_t before, after;

    if (!aq_session_is_active(uow->session) || aq_session_in_transaction(uow->session))
        return;
    aq_pool_get_stats(uow->context, NULL, &before);
    uow_wait(uow, aq_commit(uow->session));
    aq_pool_get_stats(uow->context, NULL, &after);
    is_int(after.units, before.units, "another commit sends nothing");
}

static void is_same(const char *actual, const char *settled, char *expected, const char *name)
{
    is_text(actual, settled != NULL ? settled : expected, "%s%s", name, settled != NULL ? " (settled)" : "");
}

static void compare(uow_t *uow, const uow_row_t *row, const json_t *json, char *contents, size_t first)
{
    const json_t *dml = json_object_get(json, "dml"), *result = json_object_get(json, "result");
    char *writes = expected_writes(dml), *actual = actual_writes(uow, first),
         *warnings = expected_warnings(json_object_get(json, "warnings")),
         *got = json_dumps(uow->result, JSON_COMPACT),
         *wanted = result != NULL ? json_dumps(result, JSON_COMPACT) : strdup("[]");

    is_str(actual, row->writes != NULL ? row->writes : writes,
           "tables in the order in which they are written");
    is_str(got, wanted, "result");
    compare_error(uow, row, expected_error(dml));
    is_same(aq_text_string(&uow->warnings), row->warnings, warnings, "warnings");
    aq_text_clear(&uow->error);
    uow->code = AQ_OK;
    compare_after(uow);
    uow_wait(uow, aq_rollback(uow->session));
    free(actual);
    actual = uow_contents(cluster);
    is_same(actual, row->contents, contents, "rows of the tables");
    free(actual);
    aq_free(writes);
    aq_free(warnings);
    free(got);
    free(wanted);
}

static void run_row(const uow_row_t *row, const json_t *json)
{
    size_t first;
    char *contents;
    uow_t uow;

    subtest("%s%s%s", row->name, row->settled != NULL ? ": " : "", row->settled != NULL ? row->settled : "") {
        open_row(&uow, row);
        contents = uow_replay(cluster, json_object_get(json, "sql"));
        first = aq_session_record_count(uow.session);
        row->ops(&uow);
        compare(&uow, row, json, contents, first);
        free(contents);
        uow_close(&uow);
    }
}

/* ---- All rows -------------------------------------------------------------------------------------------------------------------------------- */

static const uow_row_t *const lists[] = {uow_users_rows, uow_parents_rows, uow_tags_rows, uow_trees_rows,
                                         uow_tables_rows};

static const uow_row_t *find_row(const char *name)
{
    for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++)
        for (const uow_row_t *row = lists[i]; row->name != NULL; row++)
            if (strcmp(row->name, name) == 0)
                return row;
    return NULL;
}

static size_t count_rows(void)
{
    size_t count = 0;

    for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++)
        for (const uow_row_t *row = lists[i]; row->name != NULL; row++)
            count++;
    return count;
}

int main(int argc, char **argv)
{
    json_t *vectors = vectors_load("uow_sql.json"), *rows = json_object_get(vectors, "rows"), *each;
    size_t i;

    if (vectors == NULL)
        return tap_done();
    cluster = cluster_start(NULL);
    json_array_foreach(rows, i, each)
    {
        const char *name = json_string_value(json_object_get(each, "name"));
        const uow_row_t *row = find_row(name);

        if (argc > 1 && strcmp(argv[1], name) != 0)
            continue;
        if (row == NULL)
            fail("%s: nothing here does it", name);
        else
            run_row(row, each);
    }
    is_int(json_array_size(rows), count_rows(), "each of ours is a row of the vectors");
    json_decref(vectors);
    cluster_close(cluster);
    uv_library_shutdown(); /* its own pipe for signals */
    return tap_done();
}
