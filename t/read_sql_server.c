/* The files of sql/ and the server: psql runs them; and the DDL of what was read from them makes the same database, as pg_dump sees it. */
#include "tap.h"

#include "src/schema/ddl.h"
#include "src/schema/read_sql.h"
#include "t/cluster.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static cluster_t *cluster;

static char *read_all(FILE *stream)
{
    aq_text_t text = {0};
    char block[4096];
    size_t size;

    while ((size = fread(block, 1, sizeof(block), stream)) > 0)
        aq_text_append_bytes(&text, block, size);
    aq_text_append(&text, "");
    return aq_text_take(&text);
}

static char *output_of(const char *command, int *status)
{
    FILE *stream = popen(command, "r");
    char *text = stream != NULL ? read_all(stream) : NULL;

    *status = stream != NULL ? pclose(stream) : -1;
    return text;
}

/* What psql says; "" when the whole file ran. */
static void run_file(const char *database, const char *path, const char *name)
{
    char *command = NULL, *said;
    int status;

    if (asprintf(&command,
                 "psql -qXAt -v ON_ERROR_STOP=1 -d \"$(echo '%s' | sed 's,@/aquifer,@/%s,')\" -f '%s' 2>&1 "
                 ">/dev/null | grep -v NOTICE",
                 cluster_uri(cluster), database, path) < 0)
        bail_out("no memory");
    said = output_of(command, &status);
    is_text(said != NULL ? said : "", "", "%s", name);
    aq_free(said);
    free(command);
}

static char *dump(const char *database)
{
    char *command = NULL, *text;
    int status;

    if (asprintf(&command,
                 "pg_dump -s --no-owner --no-privileges -d \"$(echo '%s' | sed 's,@/aquifer,@/%s,')\" | grep "
                 "-Ev '^(--|$|.(un)?restrict )'",
                 cluster_uri(cluster), database) < 0)
        bail_out("no memory");
    text = output_of(command, &status);
    free(command);
    ok(text != NULL && strstr(text, "CREATE TABLE") != NULL, "pg_dump shows tables of %s", database);
    return text;
}

static char *ddl_of(const char *file, const char *text)
{
    aq__metadata_t *metadata = aq__metadata_create(NULL);
    aq__problems_t problems = {.arena = aq_arena_create()};
    aq_text_t sql = {0}, said = {0};

    aq__read_sql(metadata, file, text, strlen(text), &problems);
    aq__metadata_seal(metadata, &problems);
    aq__problems_append(&said, &problems);
    is_text(aq_text_string(&said), "", "%s is read without a problem", file);
    aq__ddl_append(&sql, metadata);
    aq__metadata_close(metadata);
    aq_arena_close(problems.arena);
    aq_text_dispose(&said);
    return aq_text_take(&sql);
}

/* Runs the DDL in a database of its own. */
static void run_ddl(const char *database, const char *ddl, const char *name)
{
    char *path = tap_build_path("t/read_sql_server.sql");
    FILE *file = fopen(path, "w");

    if (file == NULL || fputs(ddl, file) < 0 || fclose(file) != 0)
        bail_out("%s cannot be written", path);
    cluster_sql(cluster, "CREATE DATABASE %s", database);
    run_file(database, path, name);
    remove(path);
    free(path);
}

/* "music": the file, the DDL of what was read from it, and the DDL of what was read from the dump. */
static void test_file(const char *name)
{
    char relative[128], database[64], *path, *text, *ddl, *first, *second, *third;

    snprintf(relative, sizeof(relative), "sql/%s.sql", name);
    path = tap_source_path(relative);
    text = tap_read_file(path);
    cluster_sql(cluster, "CREATE DATABASE %s", name);
    run_file(name, path, relative);
    first = dump(name);
    ddl = ddl_of(relative, text);
    snprintf(database, sizeof(database), "%s_ddl", name);
    run_ddl(database, ddl, "its DDL runs");
    second = dump(database);
    is_text(second, first, "%s: its DDL makes the same database", relative);
    aq_free(ddl);
    ddl = ddl_of("pg_dump", first);
    snprintf(database, sizeof(database), "%s_dump", name);
    run_ddl(database, ddl, "and the DDL of its dump runs");
    third = dump(database);
    is_text(third, first, "%s: the DDL of its dump does so too", relative);
    aq_free(ddl);
    aq_free(first);
    aq_free(second);
    aq_free(third);
    free(text);
    free(path);
}

int main(void)
{
    if (system("pg_dump --version >/dev/null 2>&1") != 0 || system("psql --version >/dev/null 2>&1") != 0)
        plan_skip_all("psql and pg_dump are not installed");
    cluster = cluster_start(NULL);
    test_file("quickstart");
    test_file("rental");
    test_file("music");
    test_file("oddities");
    cluster_close(cluster);
    return tap_done();
}
