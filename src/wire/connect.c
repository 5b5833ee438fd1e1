/* Connecting, in a thread: DNS, SCRAM and certificates block even libpq's "non-blocking" calls.
 *
 * The happy path: PQconnectStartParams, PQconnectPoll whenever the socket is ready, a SET if the server's date style is not the one
 * that cells read, pipeline mode, and back to the loop. The failure modes: libpq's own text, the deadline (connect_timeout for each host
 * of a list), and a pool that was closed meanwhile, which leaves the thread to finish what it made alone. */
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "src/wire/pool-private.h"

struct aq__login {
    atomic_uint users;
    size_t count;
    char **keywords;
    char **values;
};

static void free_login(aq__login_t *login)
{
    for (size_t i = 0; i < login->count; i++) {
        if (login->keywords != NULL)
            aq__free(login->keywords[i]);
        if (login->values != NULL)
            aq__free(login->values[i]);
    }
    aq__free(login->keywords);
    aq__free(login->values);
    aq__free(login);
}

aq__login_t *aq__login_create(const char *const *keywords, const char *const *values)
{
    aq__login_t *login = aq__calloc(1, sizeof *login);

    if (login == NULL)
        return NULL;
    atomic_init(&login->users, 1);
    while (keywords[login->count] != NULL)
        login->count++;
    login->keywords = aq__calloc(login->count + 1, sizeof *login->keywords);
    login->values = aq__calloc(login->count + 1, sizeof *login->values);
    if (login->keywords == NULL || login->values == NULL)
        goto no_memory;
    for (size_t i = 0; i < login->count; i++) {
        login->keywords[i] = aq__strdup(keywords[i]);
        login->values[i] = aq__strdup(values[i] != NULL ? values[i] : "");
        if (login->keywords[i] == NULL || login->values[i] == NULL)
            goto no_memory;
    }
    return login;

no_memory:
    free_login(login);
    return NULL;
}

aq__login_t *aq__login_hold(aq__login_t *login)
{
    atomic_fetch_add(&login->users, 1);
    return login;
}

void aq__login_release(aq__login_t *login)
{
    if (login != NULL && atomic_fetch_sub(&login->users, 1) == 1)
        free_login(login);
}

const char *const *aq__login_keywords(const aq__login_t *login)
{
    return (const char *const *)login->keywords;
}

const char *const *aq__login_values(const aq__login_t *login)
{
    return (const char *const *)login->values;
}

typedef struct {
    aq__offload_job_t job;
    aq__connected_cb connected_cb; /* on the loop, with `data` */
    void *data;
    aq__login_t *login;
    PGconn *pg;
    double timeout;
    bool connected;
    char message[1024];
    char sqlstate[6];
} connect_job_t;

static void free_job(connect_job_t *job)
{
    aq__login_release(job->login);
    aq__free(job);
}

/* libpq has no SQLSTATE for a failed connection, but its verbose text has: "FATAL:  53300: sorry, ...\nLOCATION: ...". Takes the code out
 * and leaves the text as a person would see it. */
static void take_sqlstate(connect_job_t *job)
{
    char *text = job->message, *location, *code;
    size_t length;

    location = strstr(text, "\nLOCATION: ");
    if (location != NULL)
        *location = '\0';
    for (code = strstr(text, ":  "); code != NULL; code = strstr(code + 1, ":  ")) {
        if (strspn(code + 3, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") == 5 && code[8] == ':' &&
            code[9] == ' ') {
            memcpy(job->sqlstate, code + 3, 5);
            memmove(code + 3, code + 10, strlen(code + 10) + 1);
            break;
        }
    }
    for (length = strlen(text); length > 0 && text[length - 1] == '\n'; length--)
        text[length - 1] = '\0';
    for (code = text; (code = strpbrk(code, "\n\t")) != NULL;) { /* libpq's hints are lines of their own */
        *code = ' ';
        memmove(code + 1, code + strspn(code, "\n\t "), strlen(code + strspn(code, "\n\t ")) + 1);
    }
}

static void on_notice(void *data, const PGresult *result)
{
    const char *severity = PQresultErrorField(result, PG_DIAG_SEVERITY_NONLOCALIZED);
    const char *primary = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    bool warning = severity != NULL && strcmp(severity, "WARNING") == 0;

    (void)data;
    aq_log(warning ? AQ_LOG_WARNING : AQ_LOG_INFO, "%s %s: %s", severity != NULL ? severity : "NOTICE",
           sqlstate != NULL ? sqlstate : "00000", primary != NULL ? primary : PQresultErrorMessage(result));
}

/* Waits for the socket; false when the deadline (CLOCK_MONOTONIC nanoseconds) has passed. */
static bool wait_socket(PGconn *pg, bool write, uint64_t deadline)
{
    struct pollfd socket = {.fd = PQsocket(pg), .events = write ? POLLOUT : POLLIN};
    uint64_t now = uv_hrtime();

    if (now >= deadline)
        return false;
    poll(&socket, 1, (int)((deadline - now) / 1000000 + 1));
    return uv_hrtime() < deadline;
}

static bool connect_until(connect_job_t *job, uint64_t deadline)
{
    PostgresPollingStatusType status = PGRES_POLLING_WRITING;

    while (status != PGRES_POLLING_OK && status != PGRES_POLLING_FAILED) {
        if (PQsocket(job->pg) >= 0 && !wait_socket(job->pg, status == PGRES_POLLING_WRITING, deadline)) {
            snprintf(job->message, sizeof job->message, "no answer within %g s (connect_timeout)",
                     job->timeout);
            return false;
        }
        status = PQconnectPoll(job->pg);
    }
    return status == PGRES_POLLING_OK;
}

static bool run_until(connect_job_t *job, const char *sql, uint64_t deadline)
{
    PGresult *result;
    bool good = true;

    if (!PQsendQuery(job->pg, sql))
        return false;
    while (PQisBusy(job->pg)) {
        if (!wait_socket(job->pg, false, deadline)) {
            snprintf(job->message, sizeof job->message, "no answer to %s within %g s (connect_timeout)", sql,
                     job->timeout);
            return false;
        }
        if (!PQconsumeInput(job->pg))
            return false;
    }
    while ((result = PQgetResult(job->pg)) != NULL) {
        good = good && PQresultStatus(result) == PGRES_COMMAND_OK;
        PQclear(result);
    }
    return good;
}

/* Cells read the ISO forms. Settings in the startup packet would be refused by poolers. */
static bool set_styles(connect_job_t *job, uint64_t deadline)
{
    const char *date = PQparameterStatus(job->pg, "DateStyle");
    const char *interval = PQparameterStatus(job->pg, "IntervalStyle");

    if (date != NULL && strncmp(date, "ISO", 3) != 0 && !run_until(job, "SET datestyle TO ISO", deadline))
        return false;
    if (interval != NULL && strcmp(interval, "postgres") != 0 &&
        !run_until(job, "SET intervalstyle TO postgres", deadline))
        return false;
    return true;
}

static unsigned count_hosts(const aq__login_t *login)
{
    unsigned hosts = 1;

    for (size_t i = 0; i < login->count; i++)
        if (strcmp(login->keywords[i], "host") == 0 || strcmp(login->keywords[i], "hostaddr") == 0) {
            unsigned commas = 0;

            for (const char *c = login->values[i]; *c != '\0'; c++)
                commas += *c == ',';
            if (commas + 1 > hosts)
                hosts = commas + 1;
        }
    return hosts;
}

static void work(aq__offload_job_t *base)
{
    connect_job_t *job = AQ__CONTAINER_OF(base, connect_job_t, job);
    uint64_t deadline = uv_hrtime() + (uint64_t)(job->timeout * 1e9) * count_hosts(job->login);

    job->pg = PQconnectStartParams(aq__login_keywords(job->login), aq__login_values(job->login), 0);
    if (job->pg == NULL) {
        snprintf(job->message, sizeof job->message, "out of memory");
        return;
    }
    PQsetErrorVerbosity(job->pg, PQERRORS_VERBOSE);
    PQsetNoticeReceiver(job->pg, on_notice, NULL);
    job->connected = PQstatus(job->pg) != CONNECTION_BAD && connect_until(job, deadline) &&
                     set_styles(job, deadline) && PQsetnonblocking(job->pg, 1) == 0;
    if (job->connected) {
        PQsetErrorVerbosity(job->pg, PQERRORS_DEFAULT);
        return;
    }
    if (job->message[0] == '\0')
        snprintf(job->message, sizeof job->message, "%s", PQerrorMessage(job->pg));
    take_sqlstate(job);
}

static void discard(aq__offload_job_t *base)
{
    connect_job_t *job = AQ__CONTAINER_OF(base, connect_job_t, job);

    PQfinish(job->pg);
    free_job(job);
}

static void done(aq__offload_job_t *base)
{
    connect_job_t *job = AQ__CONTAINER_OF(base, connect_job_t, job);

    job->connected_cb(job->data, job->pg, job->connected ? NULL : job->message, job->sqlstate);
    free_job(job);
}

int aq__connect(aq_pool_t *pool, aq__connected_cb connected, void *data)
{
    connect_job_t *job = aq__calloc(1, sizeof *job);
    int rc;

    if (job == NULL)
        return aq__fail(AQ_ENOMEM, "out of memory");
    job->job.work = work;
    job->job.done = done;
    job->job.discard = discard;
    job->connected_cb = connected;
    job->data = data;
    job->timeout = pool->options.connect_timeout;
    job->login = aq__login_hold(pool->login);
    rc = aq__offload_start(pool->offload, &job->job);
    if (rc != AQ_OK)
        free_job(job);
    return rc;
}

static void on_connected(void *data, PGconn *pg, const char *message, const char *sqlstate)
{
    aq__connection_t *connection = data;

    connection->pg = pg;
    if (message == NULL)
        aq__pool_on_connected(connection);
    else
        aq__pool_on_connect_failed(connection, message, sqlstate);
}

int aq__connection_open(aq_pool_t *pool, aq__connection_t **made)
{
    aq__connection_t *connection = aq__calloc(1, sizeof *connection);
    int rc;

    if (connection == NULL)
        return aq__fail(AQ_ENOMEM, "out of memory");
    connection->pool = pool;
    connection->generation = pool->generation;
    connection->state = AQ__CONNECTION_CONNECTING;
    aq__list_init(&connection->link);
    aq__list_init(&connection->outbox);
    aq__list_init(&connection->fifo);
    rc = aq__connect(pool, on_connected, connection);
    if (rc != AQ_OK) {
        aq__free(connection);
        return rc;
    }
    *made = connection;
    return AQ_OK;
}
