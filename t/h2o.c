/* The h2o room: patterns, arguments, answers, the life of a request, closing. A server in this process, clients in libuv's threads. */
#include "tap.h"

#include "src/h2o/h2o.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- Patterns ---------------------------------------------------------------------------------------------------------------- */

static void nothing(aq_request_t *req)
{
    (void)req;
}

static const char *matches(const char *pattern, const char *path)
{
    static char text[256];
    aq_arena_t *arena = aq_arena_create();
    aq__route_t *route = aq__route_create(arena, "GET", pattern, nothing);
    aq__matched_t matched;
    size_t used = 0;

    if (route == NULL) {
        snprintf(text, sizeof(text), "%s", aq_last_error()->message);
    } else if (!aq__route_match(route, path, strlen(path), arena, &matched)) {
        snprintf(text, sizeof(text), "no");
    } else {
        snprintf(text, sizeof(text), "yes");
        for (size_t i = 0; i < matched.count; i++)
            used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%s=%s/%lld", i > 0 ? " " : "",
                                     matched.arguments[i].name, matched.arguments[i].text,
                                     (long long)matched.arguments[i].number);
    }
    aq_arena_close(arena);
    return text;
}

static void test_patterns(void)
{
    static const struct {
        const char *pattern, *path, *result;
    } rows[] = {
        {"/", "/", "yes"},
        {"/", "/a", "no"},
        {"/users", "/users", "yes"},
        {"/users", "/%75sers", "yes"},
        {"/users", "/users/", "no"},
        {"/users", "/user", "no"},
        {"/users", "/userss", "no"},
        {"/users", "users", "no"},
        {"/users", "", "no"},
        {"/users/<name>", "/users/ada", "name=ada/0"},
        {"/users/<name>", "/users/a%2Fb%20c", "name=a/b c/0"},
        {"/users/<name>", "/users/a+b", "name=a+b/0"},
        {"/users/<name>", "/users/", "no"},
        {"/users/<name>", "/users/a/b", "no"},
        {"/users/<name>", "/users/%", "no"},
        {"/users/<name>", "/users/%4", "no"},
        {"/users/<name>", "/users/%zz", "no"},
        {"/users/<name>", "/users/%00", "no"},
        {"/users/<name>", "/users/%ff", "no"},
        {"/users/<name>", "/users/%C3%B6", "name=\xC3\xB6/0"},
        {"/users/<text:name>", "/users/7", "name=7/0"},
        {"/p/<int:id>", "/p/7", "id=7/7"},
        {"/p/<int:id>", "/p/007", "id=007/7"},
        {"/p/<int:id>", "/p/9223372036854775807", "id=9223372036854775807/9223372036854775807"},
        {"/p/<int:id>", "/p/9223372036854775808", "no"},
        {"/p/<int:id>", "/p/-1", "no"},
        {"/p/<int:id>", "/p/+1", "no"},
        {"/p/<int:id>", "/p/1x", "no"},
        {"/p/<int:id>", "/p/ 1", "no"},
        {"/p/<uuid:id>", "/p/00112233-4455-6677-8899-aabbccddeeff",
         "id=00112233-4455-6677-8899-aabbccddeeff/0"},
        {"/p/<uuid:id>", "/p/00112233445566778899aabbccddeeff", "no"},
        {"/p/<uuid:id>", "/p/x", "no"},
        {"/f/<path:rest>", "/f/a/b/c", "rest=a/b/c/0"},
        {"/f/<path:rest>", "/f/", "no"},
        {"/<a>/x/<int:b>", "/1/x/2", "a=1/0 b=2/2"},
        {"users", "", "route 'users': it must start with '/'"},
        {"/<", "", "route '/<': '<' is no <name> or <type:name>"},
        {"/<>", "", "route '/<>': '<>' is no <name> or <type:name>"},
        {"/<int:>", "", "route '/<int:>': '<int:>' is no <name> or <type:name>"},
        {"/<a>b", "", "route '/<a>b': '<a>b' is no <name> or <type:name>"},
        {"/<float:x>", "",
         "route '/<float:x>': type 'float' is unknown: it must be one of text, int, uuid, path"},
        {"/<a>/<a>", "", "route '/<a>/<a>': argument 'a' is there twice"},
        {"/<path:a>/b", "", "route '/<path:a>/b': <path:a> must be the last"},
        {"/<a>/<b>/<c>/<d>/<e>/<f>/<g>/<h>/<i>", "",
         "route '/<a>/<b>/<c>/<d>/<e>/<f>/<g>/<h>/<i>': more than 8 arguments"},
    };

    subtest("patterns take the paths that they say") {
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
            is_str(matches(rows[i].pattern, rows[i].path), rows[i].result, "'%s' and '%s'", rows[i].pattern,
                   rows[i].path);
    }
}

/* ---- A server in this process ---------------------------------------------------------------------------------------------------- */

static uv_loop_t uv;
static aq_db_t *db;
static aq_app_t *app;
static h2o_globalconf_t config;
static h2o_context_t h2o_context;
static h2o_accept_ctx_t accept_context;
static aq_h2o_t *h2o;
static uv_tcp_t listener;
static int port;
static char logged[4096];

static void on_log(void *data, aq_log_level_t level, const char *message)
{
    (void)data, (void)level;
    snprintf(logged + strlen(logged), sizeof(logged) - strlen(logged), "%s\n", message);
}

static void on_connection(uv_stream_t *stream, int status)
{
    uv_tcp_t *client = malloc(sizeof(*client));

    (void)status;
    uv_tcp_init(&uv, client);
    uv_accept(stream, (uv_stream_t *)client);
    h2o_accept(&accept_context, h2o_uv_socket_create((AQ_H2O_SOCKET_HANDLE *)client, (uv_close_cb)free));
}

/* One request from another thread: sends a text, reads the answer, or leaves after so many milliseconds. */
typedef struct {
    uv_work_t work;
    const char *text;
    int leave_after; /* ms; 0: reads to the end */
    char answer[8192];
    bool done;
} client_t;

static void run_client(uv_work_t *work)
{
    client_t *client = work->data;
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    struct timeval patience = {.tv_sec = 10};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    size_t used = 0;
    ssize_t count;

    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0 &&
        send(fd, client->text, strlen(client->text), MSG_NOSIGNAL) > 0) {
        if (client->leave_after > 0)
            usleep((useconds_t)client->leave_after * 1000);
        while (client->leave_after == 0 && used < sizeof(client->answer) - 1 &&
               (count = read(fd, client->answer + used, sizeof(client->answer) - 1 - used)) > 0)
            used += (size_t)count;
    }
    client->answer[used] = '\0';
    close(fd);
}

static void after_client(uv_work_t *work, int status)
{
    (void)status;
    ((client_t *)work->data)->done = true;
}

static void begin_leaving(client_t *client, const char *text, int leave_after)
{
    *client = (client_t){.text = text, .leave_after = leave_after, .work.data = client};
    uv_queue_work(&uv, &client->work, run_client, after_client);
}

static void begin(client_t *client, const char *text)
{
    begin_leaving(client, text, 0);
}

static const char *finish(client_t *client)
{
    while (!client->done)
        uv_run(&uv, UV_RUN_ONCE);
    return client->answer;
}

/* "GET /path" and the headers and body behind it. */
static const char *ask(const char *line, const char *rest)
{
    static client_t client;
    static char text[4096];

    snprintf(text, sizeof(text), "%s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n%s", line,
             rest != NULL ? rest : "\r\n");
    begin(&client, text);
    return finish(&client);
}

static const char *body_of(const char *answer)
{
    const char *body = strstr(answer, "\r\n\r\n");

    return body != NULL ? body + 4 : answer;
}

/* ---- Handlers --------------------------------------------------------------------------------------------------------------------- */

static int cleaned, finished;

static void echo(aq_request_t *req)
{
    aq_text_t text = {0};
    size_t length;
    const char *query = aq_request_query(req, "q"), *header = aq_request_header(req, "x-test");
    const char *body = aq_request_body(req, &length);

    aq_text_appendf(&text, "%s|%s|%s|%lld|%s|%s|%s|%zu|%s", aq_request_method(req), aq_request_route(req),
                    aq_request_arg(req, "name"), (long long)aq_request_arg_int(req, "id"),
                    query != NULL ? query : "-", header != NULL ? header : "-", body, length,
                    aq_request_arg(req, "nope") == NULL ? "-" : "?");
    aq_respond(req, 200, "text/plain", aq_text_string(&text), text.length);
    aq_text_dispose(&text);
}

static void silent(aq_request_t *req)
{
    (void)req;
}

static void failing(aq_request_t *req)
{
    (void)req;
    aq_task_fail(AQ_EPOOLTIMEOUT, "secret %d", 7);
}

static void twice(aq_request_t *req)
{
    aq_respond_json(req, 200, "1");
    ok(aq_responded(req), "it is answered");
    aq_respond_json(req, 500, "2");
    aq_respond_header(req, "x-late", "y");
}

static void splitting(aq_request_t *req)
{
    aq_respond_header(req, "X-Good", "%d", 1);
    aq_respond_header(req, "x-bad", "%s", "a\r\nx-injected: 1");
    aq_respond_header(req, "x-injected: 1;", "%d", 1);
    aq_respond_created(req, "/made/%d", 7);
}

static void on_cleanup(void *data)
{
    (void)data;
    cleaned++;
}

static void aborting(aq_request_t *req)
{
    aq_defer(on_cleanup, NULL);
    aq_abort_field(req, 422, "a\"b", "no %s", "way");
}

static void slow(aq_request_t *req)
{
    const char *name = aq_request_arg(req, "name");

    aq_defer(on_cleanup, NULL);
    aq_await(aq_sleep(aq_context_loop(aq_request_context(req)), 150));
    finished++;
    aq_respond(req, 200, "text/plain", name,
               strlen(name)); /* the name is there also when the client is not */
}

static void stubborn(aq_request_t *req)
{
    aq_op_t *op = aq_sleep(aq_context_loop(aq_request_context(req)), 60000);

    ok(aq_await(op) == NULL, "it is canceled");
    is_int(aq_op_code(op), AQ_ECANCELED, "AQ_ECANCELED");
    aq_respond_error(req, op);
}

static void contextual(aq_request_t *req)
{
    aq_respond_json(req, 200, aq_context_current() == aq_request_context(req) ? "true" : "false");
}

/* ---- Up and down -------------------------------------------------------------------------------------------------------------------- */

static void start(const aq_h2o_options_t *options)
{
    h2o_hostconf_t *host;
    struct sockaddr_in address;
    int length = sizeof(address);

    uv_loop_init(&uv);
    db = aq_db_create();
    app = aq_app_create(
        &(aq_config_t){.database_uri = "postgresql://nobody@127.0.0.1:9/none", .track_modifications = AQ_ON});
    aq_db_init_app(db, app);
    memset(&config, 0, sizeof(config));
    h2o_config_init(&config);
    host = h2o_config_register_host(&config, h2o_iovec_init(H2O_STRLIT("default")), 65535);
    h2o = aq_h2o_init(h2o_config_register_path(host, "/", 0), app, options);
    aq_h2o_route(h2o, "GET", "/echo/<name>/<int:id>", echo);
    aq_h2o_route(h2o, "POST", "/echo/<name>/<int:id>", echo);
    aq_h2o_route(h2o, "GET", "/silent", silent);
    aq_h2o_route(h2o, "GET", "/failing", failing);
    aq_h2o_route(h2o, "GET", "/twice", twice);
    aq_h2o_route(h2o, "POST", "/splitting", splitting);
    aq_h2o_route(h2o, "GET", "/aborting", aborting);
    aq_h2o_route(h2o, "GET", "/slow/<name>", slow);
    aq_h2o_route(h2o, "GET", "/stubborn", stubborn);
    aq_h2o_route(h2o, "GET", "/contextual", contextual);
    h2o_context_init(&h2o_context, &uv, &config);
    accept_context = (h2o_accept_ctx_t){.ctx = &h2o_context, .hosts = config.hosts};
    uv_tcp_init(&uv, &listener);
    uv_ip4_addr("127.0.0.1", 0, &address);
    uv_tcp_bind(&listener, (struct sockaddr *)&address, 0);
    uv_listen((uv_stream_t *)&listener, 64, on_connection);
    uv_tcp_getsockname(&listener, (struct sockaddr *)&address, &length);
    port = ntohs(address.sin_port);
    logged[0] = '\0';
}

static void stop(void)
{
    is_int(aq_h2o_running(h2o, &h2o_context), 0, "no handler runs any more");
    uv_close((uv_handle_t *)&listener, NULL);
    ok(aq_wait(aq_h2o_close(h2o, &h2o_context)) != NULL, "the context is closed");
    h2o_context_dispose(&h2o_context);
    uv_run(&uv, UV_RUN_DEFAULT);
    is_int(uv_loop_close(&uv), 0, "uv_loop_close() == 0");
    h2o_config_dispose(&config);
    aq_app_close(app);
    aq_db_close(db);
}

/* ---- Tests --------------------------------------------------------------------------------------------------------------------------- */

static void test_arguments(void)
{
    subtest("what the client sent") {
        start(NULL);
        is_str(body_of(ask("GET /echo/J%C3%B6rg/7?a=b&q=x+%26y&q=z", "X-Test: yes\r\n\r\n")),
               "GET|GET /echo/<name>/<int:id>|J\xC3\xB6rg|7|x &y|yes||0|-", "path, query, header");
        is_str(body_of(ask("POST /echo/a/1", "Content-Length: 5\r\n\r\nhello")),
               "POST|POST /echo/<name>/<int:id>|a|1|-|-|hello|5|-", "body");
        is_str(body_of(ask("GET /echo/a/1?q", NULL)), "GET|GET /echo/<name>/<int:id>|a|1||-||0|-",
               "a query without value");
        has_str(ask("GET /echo/a/1?q=%ff", NULL), "HTTP/1.1 400 ", "a bad query: 400");
        has_str(ask("GET /echo/a/x", NULL), "HTTP/1.1 404 ", "an argument of another type: 404");
        has_str(ask("PUT /echo/a/1", NULL), "\r\nallow: GET, HEAD, POST, OPTIONS\r\n",
                "405 tells the methods");
        is_str(body_of(ask("GET /contextual", NULL)), "true", "the loop's context is the current one");
        is_int(aq_h2o_route(h2o, "get", "/x", nothing), AQ_EINVAL, "a method that is none");
        is_str(aq_last_error()->message, "route '/x': 'get' is no method", "the whole text");
        is_int(aq_h2o_route(h2o, "GET", "/x", NULL), AQ_EINVAL, "no handler");
        is_str(aq_last_error()->message, "route '/x': the handler is NULL", "the whole text");
        stop();
    }
}

static void test_answers(void)
{
    subtest("answers, and what is answered for a handler") {
        const char *answer;

        start(NULL);
        aq_set_log(on_log, NULL, AQ_LOG_WARNING);
        answer = ask("GET /silent", NULL);
        has_str(answer, "HTTP/1.1 500 Internal Server Error\r\n", "no answer: 500");
        is_str(body_of(answer),
               "{\"type\":\"about:blank\",\"title\":\"Internal Server Error\",\"status\":500}",
               "which tells nothing");
        answer = ask("GET /failing", NULL);
        has_str(answer, "HTTP/1.1 503 Service Unavailable\r\n",
                "a task that failed: the status of its error");
        has_str(answer, "\r\nretry-after: 1\r\n", "with Retry-After");
        ok(strstr(answer, "secret") == NULL, "without its text");
        has_str(ask("GET /failing", NULL), "HTTP/1.1 503 ", "again: the log tells of one 503 in a second");
        answer = ask("GET /twice", NULL);
        is_str(body_of(answer), "1", "the first answer counts");
        ok(strstr(answer, "x-late") == NULL, "and no header after it");
        answer = ask("POST /splitting", "Content-Length: 0\r\n\r\n");
        has_str(answer, "HTTP/1.1 201 Created\r\n", "created");
        has_str(answer, "\r\nlocation: /made/7\r\n", "Location");
        ok(strstr(answer, "x-good: 1") != NULL && strstr(answer, "x-injected") == NULL,
           "no line end gets into a header");
        cleaned = 0;
        answer = ask("GET /aborting", NULL);
        is_str(body_of(answer),
               "{\"type\":\"about:blank\",\"title\":\"Unprocessable Content\",\"status\":422,\"detail\":\"no "
               "way\",\"field\":\"a\\\"b\"}",
               "aq_abort_field");
        is_int(cleaned, 1, "deferred calls run");
        aq_set_log(NULL, NULL, AQ_LOG_WARNING);
        is_text(logged,
                "GET /silent: the handler gave no answer\n"
                "GET /failing: secret 7\n"
                "GET /twice: a second answer (500) is ignored\n"
                "POST /splitting: header 'x-bad' is left out: its value holds a line end\n"
                "POST /splitting: header 'x-injected: 1;' is left out: no header has such a name\n",
                "the log tells the rest");
        stop();
    }
}

static void test_life(void)
{
    subtest("a client that leaves, at every moment") {
        start(NULL);
        for (int after = 1; after < 300; after = after * 2 + 7) {
            static client_t client;

            begin_leaving(&client, "GET /slow/ada HTTP/1.1\r\nHost: x\r\n\r\n", after);
            finish(&client);
        }
        while (aq_h2o_running(h2o, &h2o_context) > 0)
            uv_run(&uv, UV_RUN_ONCE);
        is_str(body_of(ask("GET /slow/eve", NULL)), "eve", "the next is served");
        uv_run(&uv, UV_RUN_NOWAIT);
        stop();
    }
    subtest("more than max_requests at a time: 503") {
        client_t clients[3];
        int served = 0, refused = 0;

        start(&(aq_h2o_options_t){.max_requests = 2});
        for (int i = 0; i < 3; i++)
            begin(&clients[i], "GET /slow/ada HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        for (int i = 0; i < 3; i++) {
            const char *answer = finish(&clients[i]);

            served += strstr(answer, "HTTP/1.1 200 ") != NULL;
            refused += strstr(answer, "HTTP/1.1 503 ") != NULL && strstr(answer, "retry-after: 1") != NULL;
        }
        is_int(served, 2, "two are served");
        is_int(refused, 1, "one is told to come again");
        stop();
    }
    subtest("a drain waits for what runs, and refuses what comes") {
        client_t running, late;
        aq_op_t *drain, *again;

        start(NULL);
        finished = 0;
        begin(&running, "GET /slow/ada HTTP/1.1\r\nHost: x\r\n\r\n");
        while (aq_h2o_running(h2o, &h2o_context) == 0)
            uv_run(&uv, UV_RUN_ONCE);
        drain = aq_h2o_drain(h2o, &h2o_context, 5);
        begin(&late, "GET /silent HTTP/1.1\r\nHost: x\r\n\r\n");
        has_str(finish(&late), "HTTP/1.1 503 ", "what comes late is 503, and its connection is closed");
        ok(!aq_op_done(drain), "the drain is not done");
        again = aq_h2o_drain(h2o, &h2o_context, 5);
        is_int(aq_op_code(again), AQ_EEXIST, "there is one at a time");
        is_str(aq_op_error(again)->message, "aq_h2o_drain: one is under way already",
               "and a second one is told so");
        aq_op_close(again);
        ok(aq_wait(drain) != NULL && finished == 1, "it is when the handler has ended");
        has_str(finish(&running), "HTTP/1.1 200 ", "which was answered");
        stop();
    }
    subtest("a drain cancels what does not end in time") {
        client_t running;
        aq_op_t *drain;

        start(NULL);
        begin(&running, "GET /stubborn HTTP/1.1\r\nHost: x\r\n\r\n");
        while (aq_h2o_running(h2o, &h2o_context) == 0)
            uv_run(&uv, UV_RUN_ONCE);
        drain = aq_h2o_drain(h2o, &h2o_context, 0.05);
        ok(aq_wait(drain) != NULL, "it is done");
        has_str(finish(&running), "HTTP/1.1 503 ", "and the client was told");
        stop();
    }
}

static void no_work(uv_work_t *work)
{
    (void)work;
}

int main(void)
{
    uv_loop_t first;
    uv_work_t work;

    /* Descriptors that libuv keeps once it has run. */
    uv_loop_init(&first);
    uv_queue_work(&first, &work, no_work, NULL);
    uv_run(&first, UV_RUN_DEFAULT);
    uv_loop_close(&first);
    tap_descriptors_expected(tap_descriptors());
    test_patterns();
    test_arguments();
    test_answers();
    test_life();
    return tap_done();
}
