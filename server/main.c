/* aquifer-server: the quickstart service.
 *
 *     AQUIFER_DATABASE_URI=postgresql:///main aquifer-server [--port N] [--threads N] [--host ADDRESS]
 *
 * It listens on 127.0.0.1 unless told otherwise, with one loop per thread, until SIGTERM or SIGINT; then it answers what runs, closes its
 * pools and exits 0. A second signal ends it at once. It starts without a database too, and answers 503 until there is one. */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "server/server.h"

static const char usage[] = "usage: aquifer-server [--port N] [--threads N] [--host ADDRESS]\n";

static int complain(const char *what, const char *why)
{
    fprintf(stderr, "aquifer-server: %s: %s\n", what, why);
    return 1;
}

/* ---- Options ----------------------------------------------------------------------------------------------------------------- */

static bool parse_number(const char *text, unsigned least, unsigned most, unsigned *number)
{
    size_t length = strlen(text);

    if (length == 0 || length > 6 || strspn(text, "0123456789") != length)
        return false;
    *number = (unsigned)strtoul(text, NULL, 10);
    return *number >= least && *number <= most;
}

static int parse_options(server_t *server, int count, char **arguments)
{
    static const struct option options[] = {{"port", required_argument, NULL, 'p'},
                                            {"threads", required_argument, NULL, 't'},
                                            {"host", required_argument, NULL, 'h'},
                                            {"help", no_argument, NULL, '?'},
                                            {NULL, 0, NULL, 0}};

    for (int option; (option = getopt_long(count, arguments, "", options, NULL)) != -1;) {
        if (option == 'p' && !parse_number(optarg, 0, 65535, &server->port))
            return complain("--port", "a number from 0 (any free one) to 65535 is expected");
        if (option == 't' && !parse_number(optarg, 1, 1024, &server->thread_count))
            return complain("--threads", "a number from 1 to 1024 is expected");
        if (option == 'h')
            server->host = optarg;
        if (option == '?') {
            fputs(usage, stderr);
            return 1;
        }
    }
    if (optind < count) {
        fputs(usage, stderr);
        return 1;
    }
    return 0;
}

/* ---- Setting up ------------------------------------------------------------------------------------------------------------------ */

static int create_app(server_t *server)
{
    aq_config_t config = {0};
    aq_arena_t *arena = aq_arena_create();

    if (arena != NULL && aq_config_from_environment(&config, arena) == AQ_OK) {
        if (config.track_modifications == AQ_UNSET)
            config.track_modifications = AQ_OFF; /* nobody asks for them here */
        server->app = aq_app_create(&config);
    }
    aq_arena_close(arena);
    server->db = server->app != NULL ? aq_db_create() : NULL;
    if (server->db == NULL || aq_db_init_app(server->db, server->app) != AQ_OK)
        return complain("configuration", aq_last_error()->message);
    if (users_declare(server->db) != AQ_OK || aq_db_seal(server->db) != AQ_OK)
        return complain("models", aq_last_error()->message);
    return 0;
}

static int declare_routes(server_t *server)
{
    h2o_pathconf_t *path;

    h2o_config_init(&server->config);
    server->h2o_host =
        h2o_config_register_host(&server->config, h2o_iovec_init(H2O_STRLIT("default")), 65535);
    path = h2o_config_register_path(server->h2o_host, "/", 0);
    server->routes = aq_h2o_init(path, server->app, NULL);
    if (server->routes == NULL || users_route(server->routes) != AQ_OK || health_declare(server) != AQ_OK)
        return complain("routes", aq_last_error()->message);
    return 0;
}

static int create_loops(server_t *server)
{
    char address[96];

    if ((server->loops = calloc(server->thread_count, sizeof(*server->loops))) == NULL)
        return complain("threads", "out of memory");
    for (unsigned i = 0; i < server->thread_count; i++)
        server->loops[i] = (server_loop_t){.server = server, .index = i, .listening = -1};
    for (unsigned i = 0; i < server->thread_count; i++) {
        int code = loop_listen(&server->loops[i]);

        if (code != 0) {
            snprintf(address, sizeof(address), "listen on %s port %u", server->host, server->port);
            return complain(address, code == EINVAL ? "not an IP address" : strerror(code));
        }
    }
    return 0;
}

/* ---- Running ------------------------------------------------------------------------------------------------------------------------- */

static void on_second_signal(int number)
{
    (void)number;
    _exit(1);
}

/* All threads begin with these signals blocked; this one waits for them. */
static int serve(server_t *server, const sigset_t *signals)
{
    int number, failed = 0;

    for (unsigned i = 0; i < server->thread_count; i++)
        if (loop_start(&server->loops[i]) != 0)
            failed = complain("threads", "cannot start one more");
    if (!failed) {
        bool ip6 = strchr(server->host, ':') != NULL;

        fprintf(stderr, "aquifer-server: listening on http://%s%s%s:%u/\n", ip6 ? "[" : "", server->host,
                ip6 ? "]" : "", server->port);
        sigwait(signals, &number);
    }
    signal(SIGTERM, on_second_signal);
    signal(SIGINT, on_second_signal);
    pthread_sigmask(SIG_UNBLOCK, signals, NULL);
    for (unsigned i = 0; i < server->thread_count; i++)
        loop_stop(&server->loops[i]);
    for (unsigned i = 0; i < server->thread_count; i++)
        while (server->loops[i].started && sem_wait(&server->ended) != 0)
            ;
    for (unsigned i = 0; i < server->thread_count; i++)
        failed |= server->loops[i].failed;
    return failed;
}

static void dispose(server_t *server)
{
    for (unsigned i = 0; server->loops != NULL && i < server->thread_count; i++)
        loop_dispose(&server->loops[i]);
    if (server->routes != NULL)
        h2o_config_dispose(&server->config);
    aq_app_close(server->app);
    aq_db_close(server->db);
    /* server->loops stay: their threads are parked on them. */
}

int main(int count, char **arguments)
{
    static server_t server = {
        .host = "127.0.0.1", .port = 8080, .thread_count = 2, .lock = PTHREAD_MUTEX_INITIALIZER};
    sigset_t signals;
    int status;

    sem_init(&server.ended, 0, 0);
    signal(SIGPIPE, SIG_IGN);
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    pthread_sigmask(SIG_BLOCK, &signals, NULL);
    status = parse_options(&server, count, arguments);
    if (status == 0)
        status = create_app(&server);
    if (status == 0)
        status = declare_routes(&server);
    if (status == 0)
        status = create_loops(&server);
    if (status == 0)
        status = serve(&server, &signals);
    dispose(&server);
    return status;
}
