/* Configuration: connection URIs (vectors urls), config keys, binds and query recording (vectors config), the environment.
 *
 * A row of the vectors says what Flask-SQLAlchemy does; a subtest says it in Aquifer's terms. Where FEATURES settles on something
 * else the name of the subtest says "settled". Nothing here connects. */
#include "heap.h"
#include "tap.h"

#include "t/first_loop.h"

#include <aquifer.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

/* ---- Helpers ---------------------------------------------------------------------------------------------------------- */

static char warnings[4096];

static void on_log(void *data, aq_log_level_t level, const char *message)
{
    (void)data, (void)level;
    snprintf(warnings + strlen(warnings), sizeof(warnings) - strlen(warnings), "%s\n", message);
}

/* An app of this config with modifications tracked, so that it warns of nothing. */
static aq_app_t *make_app(aq_config_t config)
{
    if (config.track_modifications == AQ_UNSET)
        config.track_modifications = AQ_ON;
    return aq_app_create(&config);
}

#define app_with(...) make_app((aq_config_t){__VA_ARGS__})

static void refused(aq_app_t *app, const char *text, const char *name)
{
    int code = aq_last_error()->code;

    ok(app == NULL, "%s: no app", name);
    is_int(code, AQ_ECONFIG, "%s: AQ_ECONFIG", name);
    is_str(aq_last_error()->message, text, "%s: the whole text", name);
    aq_app_close(app);
}

static void is_uri(const aq_app_t *app, const char *bind, const char *uri, const char *name)
{
    char *shown = app != NULL ? aq_app_bind_uri(app, bind) : NULL;

    is_str(shown, uri, "%s", name);
    aq_free(shown);
}

/* ---- urls.json --------------------------------------------------------------------------------------------------------- */

static const char *const keywords[] = {
    "user",    "password",        "dbname",           "host",    "hostaddr",       "port",
    "sslmode", "connect_timeout", "application_name", "options", "client_encoding"};
#define KEYWORDS (sizeof(keywords) / sizeof(keywords[0]))

typedef struct {
    char values[KEYWORDS][64];
} seen_t;

static int see(void *data, const char *bind, aq_connect_parameters_t *parameters)
{
    seen_t *seen = data;

    (void)bind;
    for (size_t i = 0; i < KEYWORDS; i++) {
        const char *value = aq_connect_parameter(parameters, keywords[i]);

        snprintf(seen->values[i], sizeof(seen->values[i]), "%s", value != NULL ? value : "");
    }
    return AQ_OK;
}

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text != NULL ? text : "";
}

/* What Aquifer says of a URI that libpq takes and that it refuses; NULL: it takes it too. */
static const char *refusal_of(const char *url, const json_t *libpq, char *buffer, size_t size)
{
    const char *port = text_of(libpq, "port"), *mode = text_of(libpq, "sslmode");

    if (strchr(port, ',') == NULL && (atol(port) > 65535 || (port[0] != '\0' && atol(port) < 1)))
        snprintf(buffer, size, "port %s is out of range: it must be from 1 to 65535", port);
    else if (mode[0] != '\0' && strstr("disable allow prefer require verify-ca verify-full", mode) == NULL)
        snprintf(
            buffer, size,
            "sslmode '%s' is unknown: it must be one of disable allow prefer require verify-ca verify-full",
            mode);
    else if (url[strspn(url, " ")] == '\0')
        snprintf(buffer, size, "the URI is empty");
    else if (strstr(url, "://") == NULL)
        snprintf(buffer, size, "not a URI: it must start with postgresql://");
    else
        return NULL;
    return buffer;
}

static void url_taken(aq_app_t *app, const seen_t *seen, const json_t *libpq)
{
    char *shown = app != NULL ? aq_app_bind_uri(app, NULL) : NULL;
    seen_t again = {0};
    aq_app_t *copy;

    ok(app != NULL, "it is taken") || (diag("%s", aq_last_error()->message), false);
    for (size_t i = 0; i < KEYWORDS; i++)
        is_str(seen->values[i], text_of(libpq, keywords[i]), "%s is what libpq reads", keywords[i]);
    copy = app_with(.database_uri = shown, .before_connect = see, .before_connect_data = &again);
    ok(copy != NULL, "it is shown as a URI: %s", shown != NULL ? shown : "(none)");
    for (size_t i = 0; i < KEYWORDS; i++)
        is_str(again.values[i],
               strcmp(keywords[i], "password") == 0 && seen->values[i][0] != '\0' ? "***" : seen->values[i],
               "%s is shown%s", keywords[i], strcmp(keywords[i], "password") == 0 ? " as ***" : "");
    aq_app_close(copy);
    aq_free(shown);
}

static void url_row(const json_t *row)
{
    const char *url = text_of(row, "url"), *colon = strstr(url, "://");
    const json_t *libpq = json_object_get(row, "libpq");
    const char *error = text_of(libpq, "error"), *why = NULL;
    char buffer[512];
    seen_t seen = {0};
    aq_app_t *app = app_with(.database_uri = url, .before_connect = see, .before_connect_data = &seen);

    if (colon != NULL && strncmp(url, "postgres", 8) != 0)
        snprintf(buffer, sizeof(buffer), "only postgresql is supported, got '%.*s'", (int)(colon - url), url),
            why = buffer;
    else if (error[0] != '\0')
        why = strchr(error, ' ') + strlen(" dsn: ");
    else
        why = refusal_of(url, libpq, buffer, sizeof(buffer));
    if (why == NULL) {
        url_taken(app, &seen, libpq);
    } else {
        ok(app == NULL, "it is refused");
        is_int(aq_last_error()->code, AQ_ECONFIG, "as AQ_ECONFIG");
        has_str(aq_last_error()->message, why, "the text says why");
        ok(strncmp(aq_last_error()->message, "AQUIFER_DATABASE_URI '", 22) == 0, "and names the key: %s",
           aq_last_error()->message);
        ok(strstr(aq_last_error()->message, "tiger") == NULL, "and shows no password");
    }
    aq_app_close(app);
}

static void test_urls(void)
{
    json_t *vectors = vectors_load("urls.json"), *row;
    size_t i;

    json_array_foreach(json_object_get(vectors, "rows"), i, row)
    {
        const char *sqlalchemy = text_of(json_object_get(row, "sqlalchemy"), "error");
        const char *libpq = text_of(json_object_get(row, "libpq"), "error");

        subtest("url '%s'%s", text_of(row, "url"),
                sqlalchemy[0] != '\0' && libpq[0] == '\0'
                    ? " (settled: libpq's reading counts where it makes sense)"
                    : "") {
            url_row(row);
        }
    }
    json_decref(vectors);
}

/* ---- URIs beyond the vectors --------------------------------------------------------------------------------------------- */

static void uri_refused(const char *uri, const char *why)
{
    aq_app_t *app = app_with(.database_uri = uri);
    char text[512];

    snprintf(text, sizeof(text), "AQUIFER_DATABASE_URI %s", why);
    is_str(app == NULL ? aq_last_error()->message : "(taken)", text, "refused: %s", why);
    aq_app_close(app);
}

static void test_uri_checks(void)
{
    subtest("what libpq would find out only while it connects is refused at once") {
        uri_refused("postgresql://localhost:notaport/db",
                    "'postgresql://localhost:notaport/db': port 'notaport' is not a number");
        uri_refused("postgresql://localhost:0/db",
                    "'postgresql://localhost:0/db': port 0 is out of range: it must be from 1 to 65535");
        uri_refused(
            "postgresql://h1:1,h2:70000/db",
            "'postgresql://h1:1,h2:70000/db': port 70000 is out of range: it must be from 1 to 65535");
        uri_refused("postgresql://h1,h2,h3/db?port=1,2",
                    "'postgresql://h1,h2,h3/db?port=1,2': 2 ports for 3 hosts");
        uri_refused("postgresql://h/db?connect_timeout=soon",
                    "'postgresql://h/db?connect_timeout=soon': connect_timeout 'soon' is not a number");
        uri_refused("postgresql://h/db?connect_timeout=0",
                    "'postgresql://h/db?connect_timeout=0': connect_timeout 0 is out of range: it must be "
                    "from 1 to 2147483");
        uri_refused("postgresql://h/db?keepalives_idle=x",
                    "'postgresql://h/db?keepalives_idle=x': keepalives_idle 'x' is not a number");
        uri_refused("postgresql://h/db?target_session_attrs=master",
                    "'postgresql://h/db?target_session_attrs=master': target_session_attrs 'master' is "
                    "unknown: it must be one of any "
                    "read-write read-only primary standby prefer-standby");
        uri_refused("postgresql://h/db?sslmode=prefer%20require",
                    "'postgresql://h/db?sslmode=prefer%20require': sslmode 'prefer require' is unknown: it "
                    "must be one of disable "
                    "allow prefer require verify-ca verify-full");
        uri_refused("postgresql://h/db?replication=database",
                    "'postgresql://h/db?replication=database': replication connections are not supported");
        uri_refused("postgresql://h/db%0A", "'postgresql://h/db%0A': dbname holds a control character");
        uri_refused("postgresql://h/%ff", "'postgresql://h/%ff': dbname is not valid UTF-8");
        uri_refused("postgresql+://h/db",
                    "'postgresql+://h/db': only postgresql is supported, got 'postgresql+'");
        uri_refused("postgresqlx://h/db",
                    "'postgresqlx://h/db': only postgresql is supported, got 'postgresqlx'");
    }
}

static void test_passwords(void)
{
    static const char *const uris[] = {
        "postgresql://scott:s3cret@localhost/db?nonsense=1",
        "postgresql://scott:s3cret@localhost:99999/db",
        "postgresql://scott:s3cret@localhost/db?sslmode=bogus",
        "postgresql://scott:s3%zzcret@localhost/db",
        "postgresql://scott:s3cret%zz@localhost/db",
        "postgresql://scott:a@s3cret@localhost/db",
        "postgresql://scott:a@s3cret%zz@localhost/db",
        "postgresql://scott:s3cret/a@localhost/db",
        "postgresql://scott:a/s3cret@localhost/db",
        "postgresql://scott:s3cret@[::1/db",
        "postgresql://scott:s3cret@[::1]x/db",
        "postgresql:/scott:s3cret@localhost/db",
        "postgresql:scott:s3cret@localhost/db",
        "scott:s3cret@localhost/db",
        "mysql://scott:s3cret@localhost/db",
        "my:sql://scott:s3cret@localhost/db",
        "postgresql://localhost/db?password=s3cret&nonsense=1",
        "postgresql://localhost/db?password=s3cret%zz",
        "postgresql://localhost/db?p%61ssword=s3cret%zz",
        "postgresql://localhost/db?sslpassword=s3cret&port=0",
        "postgresql://localhost/db?passwd=s3cret",
        "postgresql://localhost/db?password=a=s3cret",
        "host=localhost password=s3cret",
        "host=localhost password = 's3cret",
        "host=localhost password=s3cret nonsense=1",
        "host=localhost password='a s3cret' nonsense",
        "POSTGRESQL://scott:s3cret@localhost/db",
        " postgresql://scott:s3cret@localhost/db",
    };
    char *described;
    aq_db_t *db = aq_db_create();
    aq_app_t *app =
        app_with(.database_uri = "postgresql://scott:s3cret@localhost/db?sslpassword=s3cret&password=s3cret");

    subtest("a password is never shown, whatever is wrong with the URI") {
        for (size_t i = 0; i < sizeof(uris) / sizeof(uris[0]); i++) {
            aq_app_t *none = app_with(.database_uri = uris[i]);

            ok(none == NULL, "refused: %s", uris[i]);
            ok(strstr(aq_last_error()->message, "s3cret") == NULL, "%s", aq_last_error()->message);
            aq_app_close(none);
        }
    }
    subtest("a db is described without the password") {
        is_int(aq_db_init_app(db, app), AQ_OK, "the app is registered");
        described = aq_db_describe(db);
        is_str(described, "<Aquifer postgresql://scott:***@localhost/db?sslpassword=***>",
               "user, host and database are shown");
        aq_free(described);
    }
    aq_app_close(app);
    aq_db_close(db);
}

/* ---- config.json: config and binds ----------------------------------------------------------------------------------------- */

#define URI "postgresql://postgres@/inv?host=/tmp/sock&port=54777"
#define URI2 "postgresql://postgres@/inv2?host=/tmp/sock&port=54777"
#define SHOWN "postgresql://postgres@/inv?host=%2Ftmp%2Fsock&port=54777"
#define SHOWN2 "postgresql://postgres@/inv2?host=%2Ftmp%2Fsock&port=54777"

static void is_pool(const aq_app_t *app, const char *bind, const json_t *expected)
{
    const aq_pool_options_t *pool = app != NULL ? aq_app_bind_options(app, bind) : NULL;

    if (!ok(pool != NULL, "the bind has options"))
        return;
    is_int(pool->size, json_integer_value(json_object_get(expected, "size")), "pool_size");
    is_int(pool->max_overflow, json_integer_value(json_object_get(expected, "max_overflow")), "max_overflow");
    ok(pool->timeout == json_number_value(json_object_get(expected, "timeout")), "pool_timeout");
    ok(pool->recycle == json_number_value(json_object_get(expected, "recycle")), "pool_recycle");
    ok(pool->pre_ping == json_is_true(json_object_get(expected, "pre_ping")), "pre_ping");
}

static const json_t *expected_of(const json_t *row)
{
    const json_t *expect = json_object_get(row, "expect"), *version = json_object_get(expect, "2.3.2");

    if (json_is_null(version))
        version = json_object_get(expect, "3.x");
    return json_object_get(version, "result");
}

static const aq_pool_options_t pool_keys = {.size = 7, .max_overflow = 2, .timeout = 3, .recycle = 60};

static void row_no_uri_no_binds(const json_t *row)
{
    (void)row;
    refused(app_with(.database_uri = NULL), "Either 'AQUIFER_DATABASE_URI' or 'AQUIFER_BINDS' must be set.",
            "neither");
    setenv("PGHOST", "localhost", 1);
    refused(app_with(.database_uri = NULL), "Either 'AQUIFER_DATABASE_URI' or 'AQUIFER_BINDS' must be set.",
            "libpq's own environment does not count");
    unsetenv("PGHOST");
    refused(aq_app_create(NULL), "Either 'AQUIFER_DATABASE_URI' or 'AQUIFER_BINDS' must be set.",
            "no config at all");
}

static void row_only_binds(const json_t *row)
{
    aq_bind_config_t binds[] = {{.key = "a", .uri = URI}};
    aq_app_t *app = app_with(.binds = binds, .bind_count = 1);

    (void)row;
    is_int(app != NULL ? aq_app_bind_count(app) : 0, 1, "one bind");
    is_uri(app, "a", SHOWN, "its URI");
    ok(app != NULL && aq_app_bind_options(app, NULL) == NULL, "and no default one");
    is_str(aq_last_error()->message, "the default bind is not configured: set AQUIFER_DATABASE_URI",
           "the text");
    aq_app_close(app);
}

static void track(aq_switch_t set, bool expected, const char *warning)
{
    aq_config_t config = {.database_uri = URI, .track_modifications = set};
    aq_app_t *app;

    warnings[0] = '\0';
    aq_set_log(on_log, NULL, AQ_LOG_WARNING);
    app = aq_app_create(&config);
    aq_set_log(NULL, NULL, AQ_LOG_WARNING);
    ok(app != NULL && aq_app_tracks_modifications(app) == expected, "%s",
       expected ? "tracked" : "not tracked");
    is_text(warnings, warning, "warnings");
    aq_app_close(app);
}

static void row_track_true(const json_t *row)
{
    (void)row;
    track(AQ_ON, true, "");
}

static void row_track_false(const json_t *row)
{
    (void)row;
    track(AQ_OFF, false, "");
}

static void row_track_none(const json_t *row)
{
    (void)row;
    track(AQ_UNSET, true,
          "AQUIFER_TRACK_MODIFICATIONS is not set: modifications are tracked. Set it to 1 or 0 to suppress "
          "this warning.\n");
}

static void row_pool_keys(const json_t *row)
{
    aq_app_t *app = app_with(.database_uri = URI, .pool = pool_keys);

    is_pool(app, NULL, expected_of(row));
    aq_app_close(app);
}

static void row_pool_keys_apply_to_every_bind(const json_t *row)
{
    aq_bind_config_t binds[] = {{.key = "two", .uri = URI2}};
    aq_app_t *app = app_with(.database_uri = URI, .pool = {.size = 7}, .binds = binds, .bind_count = 1);

    is_pool(app, "two", expected_of(row));
    is_uri(app, "two", SHOWN2, "its URI");
    aq_app_close(app);
}

static void row_echo_false(const json_t *row)
{
    aq_app_t *app = app_with(.database_uri = URI, .echo = AQ_ECHO_OFF);

    is_pool(app, NULL, expected_of(row));
    aq_app_close(app);
}

static void row_echo_debug(const json_t *row)
{
    aq_app_t *app = app_with(.database_uri = URI, .echo = AQ_ECHO_DEBUG);

    is_pool(app, NULL, expected_of(row));
    aq_app_close(app);
    refused(app_with(.database_uri = URI, .echo = (aq_echo_t)7), "AQUIFER_ECHO: 7 is none of off, on, debug",
            "another number");
}

static void row_empty_uri(const json_t *row)
{
    (void)row;
    refused(app_with(.database_uri = ""), "AQUIFER_DATABASE_URI '': the URI is empty", "empty");
}

static void row_unknown_dialect(const json_t *row)
{
    (void)row;
    refused(app_with(.database_uri = "foodb://h/db"),
            "AQUIFER_DATABASE_URI 'foodb://h/db': only postgresql is supported, got 'foodb'", "foodb");
}

static void row_postgres_scheme(const json_t *row)
{
    aq_app_t *app =
        app_with(.database_uri = text_of(json_object_get(json_object_get(row, "expect"), "2.3.2"), "result"));

    is_uri(app, NULL, "postgresql://localhost/main", "taken");
    aq_app_close(app);
}

static void row_missing_driver(const json_t *row)
{
    aq_app_t *app = app_with(.database_uri = "postgresql+nodriver://localhost/main");

    (void)row;
    is_uri(app, NULL, "postgresql://localhost/main", "the driver is dropped");
    aq_app_close(app);
}

static void row_uri_changed(const json_t *row)
{
    char uri[] = URI;
    aq_config_t config = {.database_uri = uri, .track_modifications = AQ_ON, .pool.size = 3};
    aq_app_t *app = aq_app_create(&config);

    (void)row;
    memcpy(uri, "mysql", 5);
    config.pool.size = 9;
    is_uri(app, NULL, SHOWN, "the URI is the one of the time when the app was made");
    is_int(app != NULL ? aq_app_bind_options(app, NULL)->size : 0, 3, "and so are the options");
    aq_app_close(app);
}

static void row_engine_options(const json_t *row)
{
    aq_pool_options_t pool = pool_keys;
    aq_app_t *app;

    pool.pre_ping = true;
    app = app_with(.database_uri = URI, .pool = pool);
    is_pool(app, NULL, expected_of(row));
    aq_app_close(app);
}

static void row_options_and_binds(const json_t *row)
{
    aq_bind_config_t binds[] = {{.key = "two", .uri = URI2, .pool = {.size = 4, .timeout = AQ_ZERO}}};
    aq_app_t *app = app_with(.database_uri = URI, .pool = {.size = 7, .max_overflow = 2}, .binds = binds,
                             .bind_count = 1);
    const aq_pool_options_t *pool = app != NULL ? aq_app_bind_options(app, "two") : &pool_keys;

    (void)row;
    is_int(pool->size, 4, "what the bind sets wins");
    is_int(pool->max_overflow, 2, "then comes what the app sets");
    ok(pool->timeout == 0, "AQ_ZERO is zero");
    ok(pool->query_timeout == 60, "then the default");
    aq_app_close(app);
}

static void row_bind_without_url(const json_t *row)
{
    aq_bind_config_t binds[] = {{.key = "two", .pool = {.size = 4}}};

    (void)row;
    refused(app_with(.binds = binds, .bind_count = 1), "AQUIFER_BINDS: bind 'two': the URI is missing",
            "no uri");
    binds[0].key = NULL;
    refused(app_with(.binds = binds, .bind_count = 1), "AQUIFER_BINDS: default bind: the URI is missing",
            "default, no uri");
}

static void row_uri_overrides_none_bind(const json_t *row)
{
    aq_bind_config_t binds[] = {{.key = NULL, .uri = URI2}};
    aq_app_t *app = app_with(.database_uri = URI, .binds = binds, .bind_count = 1);

    is_uri(app, NULL, SHOWN, "the URI is database_uri");
    is_int(app != NULL ? aq_app_bind_count(app) : 0, 1, "it is one bind");
    is_pool(app, NULL, expected_of(row));
    aq_app_close(app);
}

static void row_none_bind_only(const json_t *row)
{
    aq_bind_config_t binds[] = {{.key = NULL, .uri = URI2}};
    aq_app_t *app = app_with(.binds = binds, .bind_count = 1);

    is_uri(app, NULL, SHOWN2, "the default bind may stand among the binds");
    is_pool(app, NULL, expected_of(row));
    aq_app_close(app);
}

static void row_binds_none_value(const json_t *row)
{
    (void)row;
    refused(app_with(.database_uri = URI, .binds = NULL, .bind_count = 2),
            "AQUIFER_BINDS: 2 binds are announced, but there are none", "NULL binds");
}

static const struct {
    const char *name;
    void (*test)(const json_t *row);
    const char *settled;
} config_rows[] = {
    {"no_uri_no_binds", row_no_uri_no_binds, "3.x: refused"},
    {"only_binds", row_only_binds, "3.x: no sqlite default"},
    {"track_true", row_track_true, NULL},
    {"track_false", row_track_false, NULL},
    {"track_none", row_track_none, "on, with one warning"},
    {"pool_keys", row_pool_keys, NULL},
    {"pool_keys_apply_to_every_bind", row_pool_keys_apply_to_every_bind, NULL},
    {"echo_False", row_echo_false, NULL},
    {"echo_debug", row_echo_debug, NULL},
    {"empty_uri", row_empty_uri, NULL},
    {"unknown_dialect", row_unknown_dialect, "only postgresql"},
    {"postgres_scheme", row_postgres_scheme, NULL},
    {"missing_driver", row_missing_driver, "the driver is dropped"},
    {"uri_changed_after_engine_created", row_uri_changed, "3.x: the config is copied"},
    {"engine_options", row_engine_options, NULL},
    {"engine_options_do_not_apply_to_binds", row_options_and_binds, "2.3.2: they do; the bind's own win"},
    {"bind_dict_without_url", row_bind_without_url, NULL},
    {"uri_overrides_none_bind", row_uri_overrides_none_bind, NULL},
    {"none_bind_only", row_none_bind_only, NULL},
    {"binds_none_value", row_binds_none_value, NULL},
};

/* The binds group: an app with a default bind and "two"; what a call with a bind key finds. What needs models is in their tests. */
static void bind_row(const aq_app_t *app, const char *name)
{
    ok(aq_app_bind_options(app, NULL) != NULL, "the default bind is found");
    ok(aq_app_bind_options(app, "two") != NULL, "bind 'two' is found");
    for (size_t i = 0; i < 2; i++) {
        const char *key = i == 0 ? "nope" : "missing";
        char text[80];

        if (strstr(name, "unknown") == NULL && strstr(name, "nope") == NULL &&
            strstr(name, "unconfigured") == NULL)
            break;
        snprintf(text, sizeof(text), "bind '%s' is not configured: set it in AQUIFER_BINDS", key);
        ok(aq_app_bind_options(app, key) == NULL, "bind '%s' is not", key);
        is_int(aq_last_error()->code, AQ_ENOBIND, "AQ_ENOBIND");
        is_str(aq_last_error()->message, text, "the whole text");
        ok(aq_app_bind_uri(app, key) == NULL && aq_last_error()->code == AQ_ENOBIND, "nor has it a URI");
    }
}

/* "debug=True testing=False RECORD_QUERIES=None" */
static void recording_row(const char *name, const json_t *row)
{
    bool debug = strstr(name, "debug=True") != NULL, testing = strstr(name, "testing=True") != NULL;
    aq_switch_t set = strstr(name, "QUERIES=True") != NULL    ? AQ_ON
                      : strstr(name, "QUERIES=False") != NULL ? AQ_OFF
                                                              : AQ_UNSET;
    bool original = json_is_true(expected_of(row));
    aq_app_t *app = app_with(.database_uri = URI, .debug = debug, .testing = testing, .record_queries = set);

    ok(app != NULL && aq_app_records_queries(app) == (set == AQ_OFF ? false : original), "recorded or not");
    aq_app_close(app);
}

/* Outside of any context. */
static void context_row(const char *name)
{
    aq_db_t *db = aq_db_create();
    aq_app_t *app = app_with(.database_uri = URI);
    uv_loop_t loop;
    char *described;

    uv_loop_init(&loop);
    if (strcmp(name, "engine_with_unregistered_app") == 0) {
        ok(aq_context_create(app, &loop) == NULL, "an app without a db has no context");
        is_int(aq_last_error()->code, AQ_ENOTREG, "AQ_ENOTREG");
        is_str(aq_last_error()->message,
               "aq_context_create: this app was not registered: call aq_db_init_app() first",
               "the whole text");
    } else if (strncmp(name, "repr_", 5) == 0) {
        if (strcmp(name, "repr_unbound") != 0)
            is_int(aq_db_init_app(db, app), AQ_OK, "the db has an app");
        described = aq_db_describe(db);
        is_str(described, strcmp(name, "repr_unbound") != 0 ? "<Aquifer " SHOWN ">" : "<Aquifer>", "shown");
        aq_free(described);
    } else {
        if (strcmp(name, "engine_bound_app_without_context") == 0)
            is_int(aq_db_init_app(db, app), AQ_OK, "the db has an app");
        ok(aq_context_current() == NULL && aq_last_error()->code == AQ_ENOAPP, "there is no current context");
        ok(aq_session_current(NULL) == NULL && aq_last_error()->code == AQ_ENOAPP, "and no session");
    }
    uv_run(&loop, UV_RUN_DEFAULT);
    is_int(uv_loop_close(&loop), 0, "uv_loop_close() == 0");
    aq_app_close(app);
    aq_db_close(db);
}

static const struct {
    const char *name, *settled;
} context_rows[] = {
    {"engine_without_app", NULL},
    {"engine_with_unregistered_app", "our words"},
    {"engine_bound_app_without_context", "3.x: it needs a context"},
    {"repr_no_context", "2.3.2: the URI is shown"},
    {"repr_unbound", "our words"},
};

static bool run_config_row(const char *name, const json_t *row)
{
    for (size_t i = 0; i < sizeof(config_rows) / sizeof(config_rows[0]); i++) {
        const char *settled = config_rows[i].settled;

        if (strcmp(config_rows[i].name, name) != 0)
            continue;
        subtest("config %s%s%s", name, settled != NULL ? ", settled: " : "", settled != NULL ? settled : "") {
            config_rows[i].test(row);
        }
        return true;
    }
    return false;
}

static bool run_context_row(const char *name)
{
    for (size_t i = 0; i < sizeof(context_rows) / sizeof(context_rows[0]); i++) {
        const char *settled = context_rows[i].settled;

        if (strcmp(context_rows[i].name, name) != 0)
            continue;
        subtest("contexts %s%s%s", name, settled != NULL ? ", settled: " : "",
                settled != NULL ? settled : "") {
            context_row(name);
        }
        return true;
    }
    return false;
}

/* What needs a database is in t/orm_config.c: the detail of recording, teardown, models, binds of models. */
static bool is_elsewhere(const char *group, const char *name)
{
    return strcmp(group, "teardown") == 0 || strcmp(group, "model") == 0 ||
           strcmp(group, "session_scope") == 0 ||
           (strcmp(group, "recording") == 0 && strcmp(name, "detail") == 0);
}

static void run_vector(const aq_app_t *app, const json_t *row)
{
    const char *group = text_of(row, "group"), *name = text_of(row, "name");

    if (strcmp(group, "binds") == 0)
        subtest("binds %s: the keys", name) {
            bind_row(app, name);
        }
    else if (strcmp(group, "recording") == 0 && strncmp(name, "debug=", 6) == 0)
        subtest("recording %s%s", name,
                strstr(name, "QUERIES=False") != NULL ? ", settled: what is set wins" : "") {
            recording_row(name, row);
        }
    else if (!(strcmp(group, "config") == 0 && run_config_row(name, row)) &&
             !(strcmp(group, "contexts") == 0 && run_context_row(name)) && !is_elsewhere(group, name))
        fail("no function for row '%s' of %s", name, group);
}

static void test_config_vectors(void)
{
    json_t *vectors = vectors_load("config.json"), *row;
    aq_bind_config_t binds[] = {{.key = "two", .uri = URI2}};
    aq_app_t *app = app_with(.database_uri = URI, .binds = binds, .bind_count = 1);
    size_t i;

    json_array_foreach(json_object_get(vectors, "rows"), i, row)
    {
        run_vector(app, row);
    }
    aq_app_close(app);
    json_decref(vectors);
}

/* ---- Bounds ------------------------------------------------------------------------------------------------------------------ */

static void pool_refused(aq_pool_options_t pool, const char *text)
{
    aq_bind_config_t bind = {.key = "users", .uri = URI, .pool = pool};
    char prefixed[256];

    refused(app_with(.database_uri = URI, .pool = pool), text, "of the app");
    snprintf(prefixed, sizeof(prefixed), "AQUIFER_BINDS: bind 'users': %s", text);
    refused(app_with(.binds = &bind, .bind_count = 1), prefixed, "of a bind");
}

#define POOL(...) ((aq_pool_options_t){__VA_ARGS__})

static void test_bounds(void)
{
    subtest("pool options out of range are refused at init; the text names key and value") {
        pool_refused(POOL(.size = -1), "pool.size (AQUIFER_POOL_SIZE): -1 is out of range: it must be 1 or "
                                       "more, or zero (AQ_ZERO) for no limit");
        pool_refused(POOL(.max_overflow = -2),
                     "pool.max_overflow (AQUIFER_MAX_OVERFLOW): -2 is out of range: it must be zero "
                     "(AQ_ZERO) or more, or -1 for no limit");
        pool_refused(POOL(.timeout = -0.5),
                     "pool.timeout (AQUIFER_POOL_TIMEOUT): -0.5 is out of range: it must be seconds, or zero "
                     "(AQ_ZERO) to fail at once");
        pool_refused(POOL(.timeout = 0.0 / 0.0 * -1.0),
                     "pool.timeout (AQUIFER_POOL_TIMEOUT): nan is out of range: it must be "
                     "seconds, or zero (AQ_ZERO) to fail at once");
        pool_refused(
            POOL(.recycle = -2),
            "pool.recycle (AQUIFER_POOL_RECYCLE): -2 is out of range: it must be seconds, or -1 for never");
        pool_refused(POOL(.recycle_jitter = 1.5), "pool.recycle_jitter (AQUIFER_RECYCLE_JITTER): 1.5 is out "
                                                  "of range: it must be a fraction from zero (AQ_ZERO) to 1");
        pool_refused(POOL(.connect_timeout = 1),
                     "pool.connect_timeout (AQUIFER_CONNECT_TIMEOUT): 1 is out of range: it must be 2 "
                     "seconds or more");
        pool_refused(POOL(.query_timeout = AQ_ZERO),
                     "pool.query_timeout (AQUIFER_QUERY_TIMEOUT): 0 is out of range: it must be 0.001 "
                     "seconds or more, or -1 for none");
        pool_refused(POOL(.grace = -1), "pool.grace (AQUIFER_GRACE): -1 is out of range: it must be seconds");
        pool_refused(POOL(.close_timeout = 1e300),
                     "pool.close_timeout (AQUIFER_CLOSE_TIMEOUT): 1e+300 is out of range: it must be "
                     "seconds");
        pool_refused(POOL(.pipeline_depth = -1),
                     "pool.pipeline_depth (AQUIFER_PIPELINE_DEPTH): -1 is out of range: it must be from 1 "
                     "to 65536");
        pool_refused(POOL(.max_waiters = -2),
                     "pool.max_waiters (AQUIFER_MAX_WAITERS): -2 is out of range: it must be zero (AQ_ZERO) "
                     "or more, or -1 for no limit");
        pool_refused(POOL(.statement_cache = -1),
                     "pool.statement_cache (AQUIFER_STATEMENT_CACHE): -1 is out of range: it must be zero "
                     "(AQ_ZERO) or more");
        pool_refused(POOL(.retry_limit = -1),
                     "pool.retry_limit (AQUIFER_RETRY_LIMIT): -1 is out of range: it must be zero (AQ_ZERO) "
                     "to 1000");
        pool_refused(POOL(.sync = (aq_sync_t)9),
                     "pool.sync (AQUIFER_SYNC): 9 is out of range: it must be turn or unit");
        pool_refused(POOL(.prepare = (aq_prepare_t)9),
                     "pool.prepare (AQUIFER_PREPARE): 9 is out of range: it must be auto, named or unnamed");
    }
    subtest("the defaults, and -1 and AQ_ZERO where they mean something") {
        aq_app_t *app = app_with(.database_uri = URI);
        const aq_pool_options_t *pool = aq_app_bind_options(app, NULL);

        ok(pool->size == 5 && pool->max_overflow == 10 && pool->timeout == 30 && pool->recycle == -1, "pool");
        ok(pool->recycle_jitter == 0.1 && pool->connect_timeout == 10 && pool->query_timeout == 60, "times");
        ok(pool->grace == 5 && pool->close_timeout == 5, "closing");
        ok(pool->pipeline_depth == 128 && pool->max_waiters == 10000 && pool->statement_cache == 256,
           "limits");
        ok(pool->retry_limit == 3 && pool->sync == AQ_SYNC_TURN && pool->prepare == AQ_PREPARE_AUTO, "ways");
        aq_app_close(app);
        app = app_with(.database_uri = URI, .pool = {.size = AQ_ZERO,
                                                     .max_overflow = -1,
                                                     .timeout = AQ_ZERO,
                                                     .recycle = AQ_ZERO,
                                                     .recycle_jitter = AQ_ZERO,
                                                     .query_timeout = -1,
                                                     .max_waiters = AQ_ZERO,
                                                     .statement_cache = AQ_ZERO,
                                                     .retry_limit = AQ_ZERO});
        pool = aq_app_bind_options(app, NULL);
        ok(pool->size == 0 && pool->max_overflow == -1 && pool->timeout == 0 && pool->recycle == 0, "pool");
        ok(pool->recycle_jitter == 0 && pool->query_timeout == -1 && pool->max_waiters == 0,
           "times and waiters");
        ok(pool->statement_cache == 0 && pool->retry_limit == 0, "cache and retries");
        aq_app_close(app);
    }
    subtest("keys of binds") {
        aq_bind_config_t binds[] = {{.key = "a", .uri = URI}, {.key = "a", .uri = URI2}};

        refused(app_with(.binds = binds, .bind_count = 2), "AQUIFER_BINDS: bind 'a' is there twice", "twice");
        binds[0].key = binds[1].key = NULL;
        refused(app_with(.binds = binds, .bind_count = 2), "AQUIFER_BINDS: the default bind is there twice",
                "default twice");
        binds[1].key = "";
        refused(app_with(.binds = binds, .bind_count = 2),
                "AQUIFER_BINDS: bind 2: the key is empty: the default bind has none (NULL)", "empty");
        binds[1] = (aq_bind_config_t){.key = "b", .uri = "sqlite:///x.db"};
        refused(app_with(.binds = binds, .bind_count = 2),
                "AQUIFER_BINDS: bind 'b' 'sqlite:///x.db': only postgresql is supported, got 'sqlite'",
                "other database");
    }
    subtest("switches that are neither on nor off") {
        refused(app_with(.database_uri = URI, .record_queries = (aq_switch_t)5),
                "AQUIFER_RECORD_QUERIES: 5 is neither on nor off", "record_queries");
        refused(app_with(.database_uri = URI, .redact_records = (aq_switch_t)5),
                "AQUIFER_REDACT_RECORDS: 5 is neither on nor off", "redact_records");
        refused(app_with(.database_uri = URI, .track_modifications = (aq_switch_t)5),
                "AQUIFER_TRACK_MODIFICATIONS: 5 is neither on nor off", "track_modifications");
    }
}

/* ---- before_connect ---------------------------------------------------------------------------------------------------------- */

static int edit(void *data, const char *bind, aq_connect_parameters_t *parameters)
{
    (void)bind;
    if (strcmp(data, "fail") == 0)
        return AQ_EPERMISSION;
    if (strcmp(data, "unknown") == 0)
        return aq_connect_parameter_set(parameters, "nonsense", "1");
    if (strcmp(data, "bad") == 0)
        return aq_connect_parameter_set(parameters, "port", "x");
    if (strcmp(data, "remove") == 0)
        return aq_connect_parameter_set(parameters, "host", NULL);
    return aq_connect_parameter_set(parameters, "password", "s3cret");
}

static void test_before_connect(void)
{
    subtest("before_connect edits the parameters; when it fails there is no app") {
        aq_app_t *app = app_with(.database_uri = "postgresql://u@h/db", .before_connect = edit,
                                 .before_connect_data = (char[]){"set"});

        is_uri(app, NULL, "postgresql://u:***@h/db", "a password is added, and not shown");
        aq_app_close(app);
        app = app_with(.database_uri = "postgresql://u@h/db", .before_connect = edit,
                       .before_connect_data = (char[]){"remove"});
        is_uri(app, NULL, "postgresql://u@/db", "the host is removed");
        aq_app_close(app);
        refused(app_with(.database_uri = "postgresql://u:s3cret@h/db", .before_connect = edit,
                         .before_connect_data = (char[]){"unknown"}),
                "AQUIFER_DATABASE_URI: before_connect: libpq knows no connection parameter 'nonsense'",
                "unknown keyword");
        refused(app_with(.database_uri = "postgresql://u:s3cret@h/db", .before_connect = edit,
                         .before_connect_data = (char[]){"bad"}),
                "AQUIFER_DATABASE_URI: port 'x' is not a number", "bad value");
        ok(app_with(.database_uri = URI, .before_connect = edit, .before_connect_data = (char[]){"fail"}) ==
               NULL,
           "it fails: no app");
        is_int(aq_last_error()->code, AQ_EPERMISSION, "its error is the app's");
        is_str(aq_last_error()->message, "AQUIFER_DATABASE_URI: before_connect: insufficient privilege",
               "the whole text");
    }
}

/* ---- db and app ---------------------------------------------------------------------------------------------------------------- */

static void test_db(void)
{
    subtest("one db serves several apps; an app has one db") {
        aq_db_t *db = aq_db_create(), *other = aq_db_create();
        aq_app_t *one = app_with(.database_uri = URI), *two = app_with(.database_uri = URI2);
        char *described = aq_db_describe(db);

        is_str(described, "<Aquifer>", "a db without an app");
        aq_free(described);
        is_int(aq_db_init_app(db, one), AQ_OK, "the first app");
        is_int(aq_db_init_app(db, two), AQ_OK, "the second app");
        ok(aq_app_db(one) == db && aq_app_db(two) == db, "both have it");
        described = aq_db_describe(db);
        is_str(described, "<Aquifer>", "with two apps it is neither");
        aq_free(described);
        is_int(aq_db_init_app(db, one), AQ_EEXIST, "twice is AQ_EEXIST");
        is_str(aq_last_error()->message, "aq_db_init_app: this app has this db already", "the whole text");
        is_int(aq_db_init_app(other, one), AQ_EEXIST, "another db too");
        is_str(aq_last_error()->message, "aq_db_init_app: this app has another db already", "the whole text");
        is_int(aq_db_init_app(db, NULL), AQ_EINVAL, "no app");
        is_str(aq_last_error()->message, "aq_db_init_app: the app is NULL", "the whole text");
        aq_db_close(db); /* too early: it stays for its apps */
        aq_app_close(one);
        ok(aq_app_db(two) == db, "a db closed before its apps stays");
        aq_app_close(two);
        aq_db_close(other);
        aq_app_close(NULL);
        aq_db_close(NULL);
    }
    subtest("outside any context there is no application") {
        ok(aq_context_current() == NULL, "no current context");
        is_int(aq_last_error()->code, AQ_ENOAPP, "AQ_ENOAPP");
        is_str(aq_last_error()->message,
               "no application found: either work inside a request or push a context (aq_context_push)",
               "the whole text");
        is_int(aq_context_pop(), AQ_EINVAL, "nothing to pop");
        is_str(aq_last_error()->message, "aq_context_pop: nothing was pushed", "the whole text");
    }
}

/* ---- The environment -------------------------------------------------------------------------------------------------------------- */

static const char *const variables[] = {
    "AQUIFER_DATABASE_URI",   "AQUIFER_BINDS",           "AQUIFER_ECHO",
    "AQUIFER_RECORD_QUERIES", "AQUIFER_REDACT_RECORDS",  "AQUIFER_TRACK_MODIFICATIONS",
    "AQUIFER_DEBUG",          "AQUIFER_TESTING",         "AQUIFER_CLIENT_ENCODING",
    "AQUIFER_POOL_SIZE",      "AQUIFER_MAX_OVERFLOW",    "AQUIFER_POOL_TIMEOUT",
    "AQUIFER_POOL_RECYCLE",   "AQUIFER_CONNECT_TIMEOUT", "AQUIFER_QUERY_TIMEOUT",
    "AQUIFER_PIPELINE_DEPTH", "AQUIFER_MAX_WAITERS",     "AQUIFER_SYNC",
    "AQUIFER_PREPARE"};

static void clear_environment(void)
{
    for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]); i++)
        unsetenv(variables[i]);
}

/* Reads one variable of this value and gives the text of the error, "" for none. */
static const char *read_one(const char *variable, const char *value)
{
    aq_arena_t *arena = aq_arena_create();
    aq_config_t config = {0};
    int code;

    setenv(variable, value, 1);
    code = aq_config_from_environment(&config, arena);
    unsetenv(variable);
    aq_arena_close(arena);
    if (code != AQ_OK && code != AQ_ECONFIG)
        return "(another error)";
    return code == AQ_OK ? "" : aq_last_error()->message;
}

static void test_environment(void)
{
    aq_arena_t *arena = aq_arena_create();
    aq_config_t config = {.pool = {.size = 3}};

    clear_environment();
    subtest("the environment fills what is not set") {
        setenv("AQUIFER_DATABASE_URI", URI, 1);
        setenv("AQUIFER_BINDS", " users=postgresql://h/users?sslmode=require ;meta=postgresql://h/meta;", 1);
        setenv("AQUIFER_ECHO", "debug", 1);
        setenv("AQUIFER_RECORD_QUERIES", "false", 1);
        setenv("AQUIFER_REDACT_RECORDS", "yes", 1);
        setenv("AQUIFER_TRACK_MODIFICATIONS", "ON", 1);
        setenv("AQUIFER_DEBUG", "1", 1);
        setenv("AQUIFER_CLIENT_ENCODING", "UTF8", 1);
        setenv("AQUIFER_POOL_SIZE", "9", 1);
        setenv("AQUIFER_MAX_OVERFLOW", "0", 1);
        setenv("AQUIFER_POOL_TIMEOUT", "0.25", 1);
        setenv("AQUIFER_POOL_RECYCLE", "-1", 1);
        setenv("AQUIFER_SYNC", "unit", 1);
        setenv("AQUIFER_PREPARE", "unnamed", 1);
        is_int(aq_config_from_environment(&config, arena), AQ_OK, "it is read");
        clear_environment();
        is_str(config.database_uri, URI, "database_uri");
        is_int(config.bind_count, 2, "two binds");
        is_str(config.binds[0].key, "users", "the key of the first");
        is_str(config.binds[0].uri, "postgresql://h/users?sslmode=require ", "its URI, with its own '='");
        is_str(config.binds[1].key, "meta", "the key of the second");
        ok(config.echo == AQ_ECHO_DEBUG && config.record_queries == AQ_OFF &&
               config.redact_records == AQ_ON && config.track_modifications == AQ_ON,
           "switches");
        ok(config.debug && !config.testing, "debug and testing");
        is_int(config.pool.size, 3, "what the program set stays");
        is_int(config.pool.max_overflow, AQ_ZERO, "a zero that somebody wrote is meant");
        ok(config.pool.timeout == 0.25 && config.pool.recycle == -1, "numbers");
        ok(config.pool.sync == AQ_SYNC_UNIT && config.pool.prepare == AQ_PREPARE_UNNAMED, "words");
    }
    subtest("AQUIFER_BINDS as JSON: URIs, or objects with options") {
        aq_config_t json = {0};
        aq_app_t *app;

        setenv("AQUIFER_BINDS",
               "{\"users\": \"postgresql://h/users\", \"meta\": {\"url\": \"postgresql://h/meta\", "
               "\"pool_size\": 2, "
               "\"pool_timeout\": 0, \"pre_ping\": true, \"sync\": \"unit\", \"grace\": null, "
               "\"pool_recycle\": 1.5}}",
               1);
        is_int(aq_config_from_environment(&json, arena), AQ_OK, "it is read");
        clear_environment();
        json.track_modifications = AQ_ON;
        app = aq_app_create(&json);
        is_uri(app, "users", "postgresql://h/users", "the first");
        is_uri(app, "meta", "postgresql://h/meta", "the second");
        if (app != NULL) {
            const aq_pool_options_t *pool = aq_app_bind_options(app, "meta");

            ok(pool->size == 2 && pool->timeout == 0 && pool->pre_ping && pool->sync == AQ_SYNC_UNIT &&
                   pool->grace == 5 && pool->recycle == 1.5,
               "its options");
        }
        aq_app_close(app);
    }
    subtest("what cannot be read is refused; the text names the variable and the value") {
        is_str(read_one("AQUIFER_ECHO", "loud"),
               "AQUIFER_ECHO: 'loud' is wrong: it must be 0, 1, off, on, false, true or debug", "echo");
        is_str(read_one("AQUIFER_RECORD_QUERIES", "maybe"),
               "AQUIFER_RECORD_QUERIES: 'maybe' is wrong: it must be 0, 1, off, on, false or true",
               "record_queries");
        is_str(read_one("AQUIFER_DEBUG", ""),
               "AQUIFER_DEBUG: '' is wrong: it must be 0, 1, off, on, false or true", "set to nothing");
        is_str(read_one("AQUIFER_POOL_SIZE", "five"),
               "AQUIFER_POOL_SIZE: 'five' is wrong: it must be 1 or more, or zero (AQ_ZERO) for no limit",
               "no number");
        is_str(read_one("AQUIFER_POOL_SIZE", "-1"),
               "AQUIFER_POOL_SIZE: -1 is out of range: it must be 1 or more, or zero (AQ_ZERO) for no limit",
               "negative");
        is_str(read_one("AQUIFER_POOL_SIZE", "5.5"),
               "AQUIFER_POOL_SIZE: '5.5' is wrong: it must be 1 or more, or zero (AQ_ZERO) for no limit",
               "a fraction");
        is_str(read_one("AQUIFER_POOL_SIZE", "99999999999"),
               "AQUIFER_POOL_SIZE: 99999999999 is out of range: it must be 1 or more, or zero (AQ_ZERO) for "
               "no limit",
               "huge");
        is_str(
            read_one("AQUIFER_POOL_TIMEOUT", "-3"),
            "AQUIFER_POOL_TIMEOUT: -3 is out of range: it must be seconds, or zero (AQ_ZERO) to fail at once",
            "negative timeout");
        is_str(read_one("AQUIFER_POOL_TIMEOUT", "3s"),
               "AQUIFER_POOL_TIMEOUT: '3s' is wrong: it must be seconds, or zero (AQ_ZERO) to fail at once",
               "a unit");
        is_str(read_one("AQUIFER_SYNC", "default"),
               "AQUIFER_SYNC: 'default' is wrong: it must be turn or unit", "sync");
        is_str(read_one("AQUIFER_PREPARE", "Named"),
               "AQUIFER_PREPARE: 'Named' is wrong: it must be auto, named or unnamed", "prepare");
        is_str(read_one("AQUIFER_BINDS", "postgresql://u:s3cret@h/db"),
               "AQUIFER_BINDS: bind 1 is not key=uri", "a URI without key");
        is_str(read_one("AQUIFER_BINDS", "postgresql://u:s3cret@h/db?a=b"),
               "AQUIFER_BINDS: bind 1 is not key=uri", "nor with '='");
        is_str(read_one("AQUIFER_BINDS", "a=postgresql://h/db;b"), "AQUIFER_BINDS: bind 2 is not key=uri",
               "the second");
        is_str(read_one("AQUIFER_BINDS", "{\"a\": s3cret}"),
               "AQUIFER_BINDS: not a JSON object: line 1, column 7", "no JSON");
        is_str(read_one("AQUIFER_BINDS", "{\"a\": 5}"),
               "AQUIFER_BINDS: bind 'a': it must be a URI or an object", "a number");
        is_str(read_one("AQUIFER_BINDS", "{\"a\": {\"pool_size\": 5}}"),
               "AQUIFER_BINDS: bind 'a': 'url' is missing", "no url");
        is_str(read_one("AQUIFER_BINDS", "{\"a\": {\"url\": \"postgresql:///\", \"nonsense\": 5}}"),
               "AQUIFER_BINDS: bind 'a': there is no option 'nonsense'", "unknown option");
        is_str(read_one("AQUIFER_BINDS", "{\"a\": {\"url\": \"postgresql:///\", \"pool_size\": -5}}"),
               "AQUIFER_BINDS: bind 'a': pool_size: -5 is out of range: it must be 1 or more, or zero "
               "(AQ_ZERO) for no limit",
               "bad option");
        is_str(read_one("AQUIFER_BINDS", "{\"a\": {\"url\": \"postgresql:///\", \"pool_size\": []}}"),
               "AQUIFER_BINDS: bind 'a': pool_size: it must be a number, a text or a boolean", "a list");
    }
    aq_arena_close(arena);
}

/* ---- Out of memory ------------------------------------------------------------------------------------------------------------ */

typedef struct {
    aq_app_t *app;
    size_t wrong;
} attempt_t;

static bool make_without_memory(void *data)
{
    aq_bind_config_t binds[] = {{.key = "two", .uri = URI2}};
    attempt_t *attempt = data;

    attempt->app = app_with(.database_uri = "postgresql://u:p@h/db?sslrootcert=x", .root_path = "/etc",
                            .binds = binds, .bind_count = 1);
    attempt->wrong += attempt->app == NULL && (aq_last_error()->code != AQ_ENOMEM || allocations.blocks != 0);
    return attempt->app != NULL;
}

static void test_memory(void)
{
    attempt_t attempt = {0};
    size_t tries;

    subtest("whichever allocation fails, there is AQ_ENOMEM and no leak") {
        aq_set_allocator(counting_allocator, NULL);
        allocations.fail_rest = true;
        tries = fail_each_request(make_without_memory, &attempt, 10000);
        ok(attempt.app != NULL && tries > 3, "an app after %zu tries", tries);
        is_int(attempt.wrong, 0, "every other try was out of memory and kept nothing");
        fail_request(1);
        ok(aq_app_bind_uri(attempt.app, NULL) == NULL && aq_last_error()->code == AQ_ENOMEM,
           "aq_app_bind_uri");
        ok(aq_db_create() == NULL && aq_last_error()->code == AQ_ENOMEM, "aq_db_create");
        aq_app_close(attempt.app);
        is_int(allocations.blocks, 0, "nothing is left");
        aq_set_allocator(NULL, NULL);
    }
}

int main(void)
{
    open_first_loop();
    clear_environment();
    test_memory();
    test_urls();
    test_uri_checks();
    test_passwords();
    test_config_vectors();
    test_bounds();
    test_before_connect();
    test_db();
    test_environment();
    return tap_done();
}
