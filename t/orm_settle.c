/* Commits whose connection is lost: what became of them is asked. A proxy between the session and the server loses the connection at the moment that a test wants. */
#include "tap.h"

#include "t/blog.h"
#include "t/liar.h"
#include "t/outcomes.h"

#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define ADMIN "FATAL:  terminating connection due to administrator command"

static cluster_t *cluster;
static blog_t blog;

/* ---- The proxy ------------------------------------------------------------------------------------------------------------------------ */

/* What it does with what the server says next. */
enum {
    PASS,
    LOSE_VERDICT /* all but the answer to the Sync */,
    LOSE_AFTER_FIRST /* part, as it comes */,
    LOSE_ALL
};

static atomic_int fate;

static int connect_to_server(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    snprintf(address.sun_path, sizeof address.sun_path, "%s/run/.s.PGSQL.5432", cluster_dir(cluster));
    if (connect(fd, (struct sockaddr *)&address, sizeof address) != 0)
        bail_out("the proxy cannot connect to %s", address.sun_path);
    return fd;
}

/* False: the connection ends here. */
static bool pass_answer(int server, int client)
{
    static const unsigned char verdict[6] = {'Z', 0, 0, 0, 5, 'I'};
    unsigned char bytes[65536];
    ssize_t got = read(server, bytes, sizeof bytes);
    int now = atomic_load(&fate);

    if (got <= 0)
        return false;
    if (now == LOSE_ALL) {
        atomic_store(&fate, PASS);
        return false;
    }
    if (now == LOSE_VERDICT && got >= 6 && memcmp(bytes + got - 6, verdict, 6) == 0) {
        atomic_store(&fate, PASS);
        if (got > 6)
            (void)!write(client, bytes, (size_t)got - 6);
        return false;
    }
    if (write(client, bytes, (size_t)got) != got)
        return false;
    if (now != LOSE_AFTER_FIRST)
        return true;
    atomic_store(&fate, PASS);
    return false;
}

static bool pass_request(int client, int server)
{
    char bytes[65536];
    ssize_t got = read(client, bytes, sizeof bytes);

    return got > 0 && write(server, bytes, (size_t)got) == got;
}

static void serve(int client, int nth, void *data)
{
    int server = connect_to_server();
    struct pollfd ready[2] = {{.fd = client, .events = POLLIN}, {.fd = server, .events = POLLIN}};
    bool goes_on = true;

    (void)nth;
    (void)data;
    while (goes_on && poll(ready, 2, -1) > 0) {
        if (ready[1].revents != 0)
            goes_on = pass_answer(server, client);
        if (goes_on && ready[0].revents != 0)
            goes_on = pass_request(client, server);
    }
    close(server);
}

/* The cluster's URI with the proxy's directory. */
static char *uri_of(const liar_t *liar)
{
    const char *host = strstr(liar_uri(liar), "host="), *end = strchr(host, '&');
    char *user_name = cluster_value(cluster, "select current_user");
    char *database = cluster_value(cluster, "select current_database()");
    static char uri[512];

    snprintf(uri, sizeof uri, "postgresql://%s@/%s?%.*s&port=5432", user_name, database, (int)(end - host),
             host);
    free(user_name);
    free(database);
    return uri;
}

/* ---- The tests ------------------------------------------------------------------------------------------------------------------------------- */

static const char *error_of(aq_op_t *op)
{
    static char text[1024];

    aq_wait(op);
    snprintf(text, sizeof text, "%s: %s", aq_error_name(aq_op_code(op)),
             aq_op_error(op) != NULL ? aq_op_error(op)->message : "");
    aq_op_close(op);
    return text;
}

/* The same with the number of a transaction as "*". */
static const char *error_without_number(aq_op_t *op)
{
    char *text = (char *)(uintptr_t)error_of(op), *at = strstr(text, "transaction ");

    if (at != NULL) {
        at += strlen("transaction ");
        memmove(at + 1, at + strspn(at, "0123456789"), strlen(at + strspn(at, "0123456789")) + 1);
        *at = '*';
    }
    return text;
}

static aq_session_t *session;
static User *user;
static int number;

static void begin(bool settle)
{
    session = aq_session_open(blog.context, &(aq_session_options_t){.settle = settle});
    user = aq_new(session, User);
    user->username = aq_arena_printf(aq_session_arena(session), "user%d", ++number);
    aq_add(session, user);
}

static long rows(void)
{
    return cluster_number(cluster, "select count(*) from users where username = 'user%d'", number);
}

#define LOST \
    "bind 'default': connection lost after the unit was sent, so it may or may not have been committed: "

static void test_committed(void)
{
    subtest("it was committed: the commit succeeds, with keys and defaults") {
        Post *post;

        begin(true);
        blog_wait(aq_count(aq_query(session, Tag))); /* a connection is there */
        post = aq_new(session, Post);
        post->title = "t";
        aq_append(user, User, posts, post);
        atomic_store(&fate, LOSE_VERDICT);
        ok(blog_wait(aq_commit(session)) != NULL, "commit");
        is_int(atomic_load(&fate), PASS, "its connection was lost");
        is_int(rows(), 1, "it is there");
        ok(user->id > 0 && post->id > 0 && post->author_id.value == user->id, "the keys are here");
        is_int(post->views, 7, "and the default");
        is_int(aq_object_state(user), AQ_PERSISTENT, "persistent");
        is_int(aq_session_bind_code(session, NULL), AQ_OK, "as is told");
        user->email = "e";
        ok(blog_wait(aq_commit(session)) != NULL, "the session goes on");
        aq_session_close(session);
    }
    subtest("the same with a transaction that was begun") {
        begin(true);
        ok(blog_wait(aq_flush(session)) != NULL, "flush");
        atomic_store(&fate, LOSE_VERDICT);
        ok(blog_wait(aq_commit(session)) != NULL, "commit");
        is_int(atomic_load(&fate), PASS, "its connection was lost");
        is_int(rows(), 1, "it is there");
        ok(!aq_session_in_transaction(session), "the transaction is over");
        aq_session_close(session);
    }
    subtest("without the option it stays unknown") {
        begin(false);
        blog_wait(aq_count(aq_query(session, Tag)));
        atomic_store(&fate, LOSE_VERDICT);
        has_str(error_of(aq_commit(session)), "AQ_ECOMMITUNKNOWN: " LOST, "unknown");
        is_int(rows(), 1, "although it is there");
        aq_session_close(session);
    }
}

/* A trigger that runs at the Sync, after all statements were answered. */
static void set_trigger(const char *body)
{
    cluster_sql(
        cluster,
        "drop trigger if exists slow on users; create or replace function slow() returns trigger language "
        "plpgsql as $$ begin %s; return null; end $$; create constraint trigger slow after insert on users "
        "deferrable initially deferred for each row execute function slow()",
        body);
}

static bool sleeps(void)
{
    return cluster_number(cluster, "select count(*) from pg_stat_activity where wait_event = 'PgSleep'") > 0;
}

static void test_in_progress(void)
{
    subtest("it is still in progress: asked until it is not") {
        set_trigger("perform pg_sleep(0.5)");
        begin(true);
        blog_wait(aq_count(aq_query(session, Tag)));
        atomic_store(&fate, LOSE_AFTER_FIRST);
        ok(blog_wait(aq_commit(session)) != NULL, "commit");
        is_int(atomic_load(&fate), PASS, "its connection was lost");
        is_int(rows(), 1, "it is there");
        aq_session_close(session);
    }
}

static void test_aborted(void)
{
    subtest("it was rolled back: it can be done again") {
        aq_op_t *op;
        bool seen = false;

        set_trigger("perform pg_sleep(20)");
        begin(true);
        op = aq_commit(session);
        for (int i = 0; i < 5000 && !seen; i++) {
            uv_run(&blog.uv, UV_RUN_NOWAIT);
            seen = sleeps();
        }
        cluster_sql(cluster,
                    "select pg_terminate_backend(pid) from pg_stat_activity where wait_event = 'PgSleep'");
        is_str(error_without_number(op),
               "AQ_ELOST: " LOST ADMIN "; the server says that it was not: transaction * was rolled back",
               "it is known that nothing was kept");
        is_int(rows(), 0, "nothing was");
        ok(aq_error_retryable(AQ_ELOST), "it may be tried again");
        cluster_sql(cluster, "drop trigger slow on users");
        ok(blog_wait(aq_rollback(session)) != NULL, "rollback");
        aq_add(session, user);
        ok(blog_wait(aq_commit(session)) != NULL, "again");
        is_int(rows(), 1, "it is there");
        aq_session_close(session);
    }
}

static void test_unknown(void)
{
    subtest("the id had not come: it stays unknown") {
        begin(true);
        blog_wait(aq_count(aq_query(session, Tag)));
        atomic_store(&fate, LOSE_ALL);
        has_str(error_of(aq_commit(session)), "AQ_ECOMMITUNKNOWN: " LOST, "unknown");
        ok(!aq_session_is_active(session), "the session waits for a rollback");
        aq_session_close(session);
    }
    subtest("closed while the server is asked") {
        aq_op_t *op;

        set_trigger("perform pg_sleep(1)");
        begin(true);
        blog_wait(aq_count(aq_query(session, Tag)));
        atomic_store(&fate, LOSE_AFTER_FIRST);
        op = aq_commit(session);
        for (int i = 0; i < 5000 && atomic_load(&fate) != PASS; i++)
            uv_run(&blog.uv, UV_RUN_NOWAIT), usleep(100);
        aq_session_close(session);
        aq_wait(op);
        is_int(aq_op_code(op), AQ_OK, "a commit that is on its way ends as it ends");
        aq_op_close(op);
        is_int(rows(), 1, "it is there");
        cluster_sql(cluster, "drop trigger slow on users");
    }
}

/* ---- Retries ------------------------------------------------------------------------------------------------------------------------------------- */

/* Fails so many times. */
static void set_failures(int count)
{
    cluster_sql(cluster, "create sequence if not exists tries; select setval('tries', 1, false)");
    cluster_sql(
        cluster,
        "drop trigger if exists slow on users; create or replace function slow() returns trigger language "
        "plpgsql as $$ begin if nextval('tries') <= %d then raise exception 'not now' using errcode = "
        "'40001'; "
        "end if; return null; end $$; create trigger slow after insert on users for each row execute "
        "function slow()",
        count);
}

static void commit_with(int retries, int failures, const char *expected, long tries)
{
    subtest("retries %d, failures %d", retries, failures) {
        aq_session_options_t options = {.retries = retries};

        set_failures(failures);
        session = aq_session_open(blog.context, &options);
        user = aq_new(session, User);
        user->username = aq_arena_printf(aq_session_arena(session), "user%d", ++number);
        aq_add(session, user);
        is_str(error_of(aq_commit(session)), expected, "it ends so");
        is_int(cluster_number(cluster, "select last_value from tries"), tries, "after so many tries");
        aq_session_close(session);
    }
}

static void test_retries(void)
{
    commit_with(0, 3, "AQ_OK: ", 4);
    commit_with(0, 4, "AQ_ESERIALIZATION: not now", 4);
    commit_with(AQ_ZERO, 1, "AQ_ESERIALIZATION: not now", 1);
    commit_with(1, 1, "AQ_OK: ", 2);
    commit_with(1, 2, "AQ_ESERIALIZATION: not now", 2);
    commit_with(6, 6, "AQ_OK: ", 7);
    subtest("not inside a transaction that was begun") {
        set_failures(1);
        session = aq_session_open(blog.context, &(aq_session_options_t){.retries = 5});
        blog_wait(aq_begin(session, NULL));
        user = aq_new(session, User);
        user->username = "never";
        aq_add(session, user);
        is_str(error_of(aq_commit(session)), "AQ_ESERIALIZATION: not now", "it is told at once");
        aq_session_close(session);
    }
    cluster_sql(cluster, "drop trigger slow on users");
}

int main(void)
{
    liar_t *proxy;

    cluster = cluster_start(NULL);
    proxy = liar_start(serve, NULL);
    blog_open(&blog, cluster,
              &(aq_config_t){.database_uri = uri_of(proxy),
                             .pool = {.size = 1, .max_overflow = AQ_ZERO},
                             .track_modifications = AQ_OFF});
    test_committed();
    test_in_progress();
    test_aborted();
    test_unknown();
    test_retries();
    ok(blog_close(&blog), "everything closes");
    uv_library_shutdown();
    liar_close(proxy);
    cluster_close(cluster);
    return tap_done();
}
