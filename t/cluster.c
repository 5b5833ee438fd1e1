/*
 * The throwaway PostgreSQL of a test program: a thin shell around build-aux/postgres.
 *
 * The happy path: `mktemp`, `start --for <this process> --remove`, later `remove`. The failure modes: the script fails (its words are on
 * standard error already: bail out), or this program dies: then the script's watcher sees it and removes the cluster.
 */
#include "cluster.h"

#include <errno.h>
#include <libpq-fe.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MAX_WORDS 48

struct cluster {
    char *dir;
    char *uri;
    char *unix_uri;
};

/* What the script prints on standard output, without the last newline, and its exit status. */
static char *read_all(int fd)
{
    char *text = calloc(1, 1);
    size_t size = 0;
    char buffer[4096];

    for (;;) {
        ssize_t got = read(fd, buffer, sizeof buffer);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        text = realloc(text, size + (size_t)got + 1);
        memcpy(text + size, buffer, (size_t)got);
        size += (size_t)got;
        text[size] = '\0';
    }
    if (size > 0 && text[size - 1] == '\n')
        text[size - 1] = '\0';
    return text;
}

static char *run_script(const char **words)
{
    char *script = tap_source_path("build-aux/postgres");
    int out[2], status;
    char *text;
    pid_t pid;

    words[0] = script;
    if (pipe(out) != 0)
        bail_out("pipe: %s", strerror(errno));
    fflush(NULL);
    pid = fork();
    if (pid < 0)
        bail_out("fork: %s", strerror(errno));
    if (pid == 0) {
        dup2(out[1], STDOUT_FILENO);
        close_range(3, ~0U, 0); /* the server must not keep what the test has open */
        execv(script, (char **)(uintptr_t)words);
        _exit(127);
    }
    close(out[1]);
    text = read_all(out[0]);
    close(out[0]);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        continue;
    if (status != 0)
        bail_out("%s %s %s failed (status %d)", script, words[1], words[2] ? words[2] : "", status);
    free(script);
    return text;
}

static char *run_verb(const cluster_t *cluster, const char *verb, const char *option, const char *value)
{
    const char *words[] = {NULL, verb, cluster->dir, option, value, NULL};

    return run_script(words);
}

cluster_t *cluster_start(const char *options)
{
    cluster_t *cluster = calloc(1, sizeof *cluster);
    char *copy = strdup(options ? options : "");
    const char *words[MAX_WORDS + 1] = {NULL, "start"};
    char pid[16];
    int count = 2;

    cluster->dir = run_script((const char *[]){NULL, "mktemp", NULL});
    snprintf(pid, sizeof pid, "%d", (int)getpid());
    words[count++] = cluster->dir;
    words[count++] = "--throwaway";
    words[count++] = "--for";
    words[count++] = pid;
    words[count++] = "--remove";
    for (char *save, *word = strtok_r(copy, " ", &save); word && count < MAX_WORDS;
         word = strtok_r(NULL, " ", &save))
        words[count++] = word;
    cluster->uri = run_script(words);
    cluster->unix_uri = cluster_uri_by(cluster, "--unix");
    free(copy);
    return cluster;
}

bool cluster_can_have_standby(void)
{
    const char *programs = getenv("AQUIFER_PG_BINDIR");
    char path[1024];

    snprintf(path, sizeof(path), "%s/pg_basebackup", programs != NULL ? programs : "");
    return programs == NULL || access(path, X_OK) == 0;
}

cluster_t *cluster_start_standby(cluster_t *primary)
{
    cluster_t *standby;
    char *options;

    if (asprintf(&options, "--standby-of %s", primary->dir) < 0)
        abort();
    standby = cluster_start(options);
    free(options);
    return standby;
}

const char *cluster_uri(const cluster_t *cluster)
{
    return cluster->uri;
}

char *cluster_uri_by(const cluster_t *cluster, const char *which)
{
    return run_verb(cluster, "uri", which, NULL);
}

const char *cluster_dir(const cluster_t *cluster)
{
    return cluster->dir;
}

void cluster_stop(cluster_t *cluster, const char *mode)
{
    free(run_verb(cluster, "down", "--mode", mode ? mode : "fast"));
}

void cluster_start_again(cluster_t *cluster)
{
    free(run_verb(cluster, "up", NULL, NULL));
}

void cluster_restart(cluster_t *cluster, const char *mode)
{
    free(run_verb(cluster, "restart", "--mode", mode ? mode : "fast"));
}

static pid_t read_pid(cluster_t *cluster, const char *option)
{
    char *text = run_verb(cluster, "pid", option, NULL);
    pid_t pid = (pid_t)atoi(text);

    free(text);
    return pid;
}

pid_t cluster_postmaster_pid(cluster_t *cluster)
{
    return read_pid(cluster, NULL);
}

pid_t cluster_pgbouncer_pid(cluster_t *cluster)
{
    return read_pid(cluster, "--pgbouncer");
}

static void ignore_notice(void *data, const char *message)
{
    (void)data;
    (void)message;
}

TAP_FORMAT(2, 0) static char *run_sql(cluster_t *cluster, const char *format, va_list args)
{
    PGconn *conn = PQconnectdb(cluster->unix_uri);
    char *value = NULL;
    PGresult *result;
    char *sql;

    if (vasprintf(&sql, format, args) < 0)
        abort();
    if (PQstatus(conn) != CONNECTION_OK)
        bail_out("cluster_sql: %s", PQerrorMessage(conn));
    PQsetNoticeProcessor(conn, ignore_notice, NULL);
    result = PQexec(conn, sql);
    if (PQresultStatus(result) != PGRES_COMMAND_OK && PQresultStatus(result) != PGRES_TUPLES_OK)
        bail_out("cluster_sql: %s: %s", sql, PQresultErrorMessage(result));
    if (PQntuples(result) > 0 && PQnfields(result) > 0 && !PQgetisnull(result, 0, 0))
        value = strdup(PQgetvalue(result, 0, 0));
    PQclear(result);
    PQfinish(conn);
    free(sql);
    return value;
}

void cluster_sql(cluster_t *cluster, const char *sql, ...)
{
    va_list args;

    va_start(args, sql);
    free(run_sql(cluster, sql, args));
    va_end(args);
}

char *cluster_value(cluster_t *cluster, const char *sql, ...)
{
    va_list args;
    char *value;

    va_start(args, sql);
    value = run_sql(cluster, sql, args);
    va_end(args);
    return value;
}

TAP_FORMAT(2, 0) static long run_number(cluster_t *cluster, const char *sql, va_list args)
{
    char *value = run_sql(cluster, sql, args);
    long number = value ? strtol(value, NULL, 10) : 0;

    free(value);
    return number;
}

long cluster_number(cluster_t *cluster, const char *sql, ...)
{
    va_list args;
    long number;

    va_start(args, sql);
    number = run_number(cluster, sql, args);
    va_end(args);
    return number;
}

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

bool cluster_await_number(cluster_t *cluster, long expected, int timeout_ms, const char *sql, ...)
{
    int64_t deadline = now_ms() + timeout_ms;
    long number;

    for (;;) {
        va_list args;
        va_start(args, sql);
        number = run_number(cluster, sql, args);
        va_end(args);
        if (number == expected || now_ms() >= deadline)
            break;
        nanosleep(&(struct timespec){.tv_nsec = 10 * 1000 * 1000}, NULL);
    }
    if (number != expected)
        diag("still %ld, not %ld, after %d ms: %s", number, expected, timeout_ms, sql);
    return number == expected;
}

void cluster_close(cluster_t *cluster)
{
    if (!cluster)
        return;
    free(run_verb(cluster, "remove", NULL, NULL));
    free(cluster->unix_uri);
    free(cluster->uri);
    free(cluster->dir);
    free(cluster);
}
