/* LISTEN and NOTIFY: every notification while the connection holds, and word of it when it did not. */
#include "t/lanes.h"

static aq_listener_t *listeners[3];

static void on_notify(void *data, const aq_notification_t *notification)
{
    note_call("%s:%s:%s%s", (const char *)data, notification->channel, notification->payload,
              notification->missed ? "missed" : "");
}

static void end_all(void *data, const aq_notification_t *notification)
{
    on_notify(data, notification);
    for (int i = 0; i < 3; i++)
        aq_unlisten(listeners[i]);
}

/* The op is closed: the listener is the caller's. */
static aq_listener_t *hear(const char *channel, aq_notify_cb cb, char *name)
{
    aq_op_t *op = aq__pool_listen(pool, channel, cb, name);
    aq_listener_t *listener = value_of(op);

    aq_op_take(op);
    aq_op_close(op);
    return listener;
}

/* Runs the loop until the record has this text in it, at most some seconds. */
static bool recorded(const char *text)
{
    uint64_t until = uv_hrtime() + UINT64_C(6000000000);

    while (strstr(record, text) == NULL && uv_hrtime() < until)
        run_for(5);
    return strstr(record, text) != NULL;
}

static void check_hearing(void)
{
    aq_op_t *op;

    open_pool(NULL);
    listeners[0] = hear("News \"today\"", on_notify, (char[]){"a"});
    listeners[1] = hear("News \"today\"", on_notify, (char[]){"b"});
    listeners[2] = hear("other", on_notify, (char[]){"c"});
    is_int(cluster_number(cluster, "select count(*) " OUR_BACKENDS), 1,
           "one connection serves all listeners of a pool");
    cluster_sql(cluster, "select pg_notify('News \"today\"', 'x')");
    cluster_sql(cluster, "notify other");
    ok(recorded("c:other:"), "notifications come");
    is_str(record, "a:News \"today\":x b:News \"today\":x c:other:",
           "to every listener of their channel, in order, whatever its name");
    record[0] = '\0';
    aq_unlisten(listeners[0]);
    cluster_sql(cluster, "select pg_notify('News \"today\"', 'y')");
    ok(recorded("b:News \"today\":y"), "one that is ended");
    is_str(record, "b:News \"today\":y", "hears nothing more");
    aq_unlisten(listeners[1]);
    run_for(50);
    cluster_sql(cluster, "select pg_notify('News \"today\"', 'z'), pg_notify('other', 'end')");
    record[0] = '\0';
    ok(recorded("c:other:end"), "the other channel goes on");
    is_str(record, "c:other:end", "alone");
    op = aq__pool_listen(pool, "dropped", on_notify, (char[]){"d"});
    value_of(op);
    aq_op_close(op);
    op = aq__pool_listen(pool, "canceled", on_notify, (char[]){"d"});
    aq_cancel(op);
    is_str(failure_of(op),
           "AQ_ECANCELED: bind 'default': listen 'canceled': canceled before the server had answered",
           "listening can be canceled");
    is_str(failure_of(aq__pool_listen(pool, "", on_notify, NULL)),
           "AQ_EINVAL: bind 'default': listen: a channel's name has 1 to 63 bytes, not 0", "no name");
    is_str(failure_of(aq__pool_listen(
               pool, "a123456789b123456789c123456789d123456789e123456789f123456789g123", on_notify, NULL)),
           "AQ_EINVAL: bind 'default': listen: a channel's name has 1 to 63 bytes, not 64",
           "a name that the server would cut");
    is_str(failure_of(aq__pool_listen(pool, "x", NULL, NULL)),
           "AQ_EINVAL: bind 'default': listen: no callback (NULL)", "no callback");
    is_int(close_pool(), 0, "the pool closes");
    aq_unlisten(listeners[2]);
    aq_unlisten(NULL);
}

static void check_callbacks(void)
{
    open_pool(NULL);
    listeners[0] = hear("news", end_all, (char[]){"a"});
    listeners[1] = hear("news", on_notify, (char[]){"b"});
    listeners[2] = hear("news", on_notify, (char[]){"c"});
    record[0] = '\0';
    cluster_sql(cluster, "notify news, '1'");
    ok(recorded("a:news:1"), "a callback ends all listeners, its own too");
    run_for(20);
    is_str(record, "a:news:1", "the others hear nothing more");
    is_int(close_pool(), 0, "the pool closes");
}

static void check_loss(void)
{
    open_pool(NULL);
    listeners[0] = hear("news", on_notify, (char[]){"a"});
    listeners[1] = hear("other", on_notify, (char[]){"b"});
    record[0] = '\0';
    terminate_backends();
    ok(recorded("a:news:missed") && recorded("b:other:missed"),
       "a lost connection comes back, and every listener is told");
    cluster_sql(cluster, "notify news, 'again'");
    ok(recorded("a:news:again"), "then it hears again");
    is_str(record, "a:news:missed b:other:missed a:news:again", "and nothing twice");
    cluster_stop(cluster, "immediate");
    run_for(50);
    has_str(failure_of(aq__pool_listen(pool, "late", on_notify, NULL)),
            "AQ_ECONNECT: bind 'default': listen 'late': cannot connect: ",
            "who begins while the server is away is told");
    record[0] = '\0';
    cluster_start_again(cluster);
    ok(recorded("a:news:missed"), "the others hear of it when it is back");
    is_int(close_pool(), 0, "the pool closes");
    aq_unlisten(listeners[0]);
    aq_unlisten(listeners[1]);
    {
        size_t before = allocations.blocks;
        aq_op_t *op;

        open_pool(NULL);
        op = aq__pool_listen(pool, "news", on_notify, NULL);
        is_int(close_pool(), 0, "the pool closes while it connects");
        aq_op_close(op);
        for (int i = 0; i < 500 && allocations.blocks > before; i++)
            uv_sleep(10); /* the thread that connects lets go of its memory a moment later */
    }
}

static bool hear_something(void)
{
    aq_op_t *op;
    bool good;

    if (!try_pool(NULL))
        return false;
    op = aq__pool_listen(pool, "news", on_notify, (char[]){"a"});
    good = aq_wait(op) != NULL;
    aq_op_close(op);
    close_pool();
    return good;
}

static void check_memory(void)
{
    check_each_allocation("listening", hear_something);
}

int main(void)
{
    init_pools(NULL);
    with_loop("hearing") check_hearing();
    with_loop("callbacks") check_callbacks();
    with_loop("the connection is lost") check_loss();
    subtest("out of memory")
        check_memory();
    return done_pools();
}
