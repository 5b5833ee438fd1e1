/* GET /health: what the pool of this loop does, and the sum of all loops.
 *
 * A loop's statistics belong to its thread; each publishes a copy, every quarter of a second and when asked. The status is 200 also while the
 * database is away: the service itself is well, and the body says what is not. */
#include "server/server.h"

static snapshot_t look(server_loop_t *loop)
{
    aq_pool_stats_t stats = {0};
    aq_context_t *context = aq_h2o_context(loop->server->routes, &loop->h2o);

    if (context == NULL || aq_pool_get_stats(context, NULL, &stats) != AQ_OK)
        return (snapshot_t){.down = true};
    return (snapshot_t){.open = stats.open,
                        .idle = stats.idle,
                        .busy = stats.busy,
                        .held = stats.held,
                        .connecting = stats.connecting,
                        .waiting = stats.waiting,
                        .in_flight = stats.in_flight,
                        .units = stats.units,
                        .connect_failures = stats.connect_failures,
                        .timeouts = stats.timeouts,
                        .lost = stats.lost,
                        .requests = aq_h2o_running(loop->server->routes, &loop->h2o),
                        .down = stats.down};
}

void health_publish(server_loop_t *loop)
{
    snapshot_t snapshot = look(loop);

    pthread_mutex_lock(&loop->server->lock);
    loop->published = snapshot;
    pthread_mutex_unlock(&loop->server->lock);
}

static void add(snapshot_t *sum, const snapshot_t *one)
{
    sum->open += one->open;
    sum->idle += one->idle;
    sum->busy += one->busy;
    sum->held += one->held;
    sum->connecting += one->connecting;
    sum->waiting += one->waiting;
    sum->in_flight += one->in_flight;
    sum->units += one->units;
    sum->connect_failures += one->connect_failures;
    sum->timeouts += one->timeouts;
    sum->lost += one->lost;
    sum->requests += one->requests;
    sum->down = sum->down || one->down;
}

static snapshot_t sum_of_loops(server_t *server)
{
    snapshot_t sum = {0};

    pthread_mutex_lock(&server->lock);
    for (unsigned i = 0; i < server->thread_count; i++)
        add(&sum, &server->loops[i].published);
    pthread_mutex_unlock(&server->lock);
    return sum;
}

static void append_snapshot(aq_text_t *json, const snapshot_t *snapshot)
{
    aq_text_appendf(
        json,
        "{\"open\":%d,\"idle\":%d,\"busy\":%d,\"held\":%d,\"connecting\":%d,\"waiting\":%d,\"in_flight\":%d",
        snapshot->open, snapshot->idle, snapshot->busy, snapshot->held, snapshot->connecting,
        snapshot->waiting, snapshot->in_flight);
    aq_text_appendf(
        json, ",\"units\":%llu,\"connect_failures\":%llu,\"timeouts\":%llu,\"lost\":%llu,\"requests\":%zu",
        (unsigned long long)snapshot->units, (unsigned long long)snapshot->connect_failures,
        (unsigned long long)snapshot->timeouts, (unsigned long long)snapshot->lost, snapshot->requests);
    aq_text_appendf(json, ",\"down\":%s}", snapshot->down ? "true" : "false");
}

static void show_health(aq_request_t *req)
{
    server_loop_t *loop = loop_current();
    aq_text_t json = {0};
    snapshot_t sum;

    health_publish(loop);
    sum = sum_of_loops(loop->server);
    aq_text_appendf(&json, "{\"status\":\"%s\",\"threads\":%u,\"thread\":%u,\"pools\":",
                    sum.down ? "database away" : "ok", loop->server->thread_count, loop->index);
    aq_pool_stats_json(NULL, &json);
    aq_text_append(&json, ",\"total\":");
    append_snapshot(&json, &sum);
    aq_text_append_char(&json, '}');
    aq_respond_json_text(req, 200, &json);
    aq_text_dispose(&json);
}

int health_declare(server_t *server)
{
    return aq_h2o_route(server->routes, "GET", "/health", show_health);
}
