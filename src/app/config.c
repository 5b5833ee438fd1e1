/* From what the program wrote to what the pools need: binds with checked connection parameters and complete options.
 *
 * The happy path: the URI of each bind is parsed, before_connect may edit the result, defaults are added, everything is checked.
 * The failure modes: all are AQ_ECONFIG (or what before_connect returned), with a text that names the key and the value; the
 * passwords in it are ***. Nothing is taken from libpq's environment (PGHOST ...) in place of a URI that is missing. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/app/app.h"

/* ---- One bind -------------------------------------------------------------------------------------------------------- */

/* Puts the key, and the URI where `uri` is not NULL, before the text of the last error. */
static int name_bind(int code, const char *key, bool from_binds, const char *uri)
{
    aq_text_t shown = {0};

    if (code == AQ_ENOMEM)
        return code;
    if (key != NULL)
        aq_text_appendf(&shown, "AQUIFER_BINDS: bind '%s'", key);
    else
        aq_text_append(&shown, from_binds ? "AQUIFER_BINDS: default bind" : "AQUIFER_DATABASE_URI");
    if (uri != NULL) {
        aq_text_append(&shown, " '");
        aq__conninfo_append_masked(&shown, uri);
        aq_text_append(&shown, "'");
    }
    if (!shown.failed)
        aq__fail(code, "%s: %s", aq_text_string(&shown), aq_last_error()->message);
    aq_text_dispose(&shown);
    return code;
}

static int call_before_connect(const aq_config_t *config, aq__bind_t *bind)
{
    aq_connect_parameters_t parameters = {bind->conninfo};
    int code;

    if (config->before_connect == NULL)
        return AQ_OK;
    aq__fail(AQ_ECONFIG, "the callback failed");
    code = config->before_connect(config->before_connect_data, bind->key, &parameters);
    if (code == AQ_OK)
        return AQ_OK;
    if (code != aq_last_error()->code)
        return aq__fail(code < 0 ? code : AQ_ECONFIG, "before_connect: %s",
                        code < 0 ? aq_strerror(code) : "the callback failed");
    return aq__fail(code, "before_connect: %s", aq_last_error()->message);
}

/* Files that a URI names are looked up in root_path, if there is one. */
static int resolve_files(aq__conninfo_t *info, const char *root_path)
{
    static const char *const files[] = {"passfile",    "sslcert", "sslkey",
                                        "sslrootcert", "sslcrl",  "sslcrldir"};

    for (size_t i = 0; root_path != NULL && i < AQ__COUNT_OF(files); i++) {
        const char *value = aq__conninfo_get(info, files[i]);
        char *path;
        int code;

        if (value == NULL || value[0] == '/' || strcmp(value, "system") == 0)
            continue;
        if ((path = aq_arena_printf(info->arena, "%s/%s", root_path, value)) == NULL)
            return AQ_ENOMEM;
        if ((code = aq__conninfo_set(info, files[i], path)) != AQ_OK)
            return code;
    }
    return AQ_OK;
}

/* A URI's connect_timeout wins over the options; libpq waits 2 seconds at least. */
static int settle_connect_timeout(aq__bind_t *bind)
{
    const char *given = aq__conninfo_get(bind->conninfo, "connect_timeout");
    char seconds[24];

    if (given != NULL)
        bind->options.connect_timeout = (double)strtol(given, NULL, 10);
    if (bind->options.connect_timeout < 2)
        bind->options.connect_timeout = 2;
    (void)snprintf(seconds, sizeof(seconds), "%ld", (long)(bind->options.connect_timeout + 0.999));
    return aq__conninfo_set_default(bind->conninfo, "connect_timeout", seconds);
}

/* A dead peer is noticed within a minute; GSSAPI is not tried first, which costs a round trip and can block. Settings of the session
 * are no startup options: poolers refuse those. */
static int add_defaults(aq__bind_t *bind, const aq_config_t *config)
{
    const char *const defaults[][2] = {
        {"keepalives", "1"},
        {"keepalives_idle", "30"},
        {"keepalives_interval", "10"},
        {"keepalives_count", "3"},
        {"tcp_user_timeout", "30000"},
        {"gssencmode", "disable"},
        {"client_encoding", config->client_encoding != NULL ? config->client_encoding : "UTF8"},
        {"fallback_application_name", "aquifer"},
    };

    for (size_t i = 0; i < AQ__COUNT_OF(defaults); i++) {
        int code = aq__conninfo_set_default(bind->conninfo, defaults[i][0], defaults[i][1]);

        if (code != AQ_OK)
            return code;
    }
    return settle_connect_timeout(bind);
}

static int keep_shown_uri(aq_app_t *app, aq__bind_t *bind)
{
    aq_text_t text = {0};

    aq__conninfo_append_uri(&text, bind->conninfo);
    bind->shown_uri = text.failed ? NULL : aq_arena_strdup(app->arena, aq_text_string(&text));
    aq_text_dispose(&text);
    return bind->shown_uri != NULL ? AQ_OK : AQ_ENOMEM;
}

static int make_bind(aq_app_t *app, const aq_config_t *config, const aq_bind_config_t *given)
{
    aq__bind_t *bind = &app->binds[app->bind_count++];
    bool from_binds = given->key != NULL || config->database_uri == NULL;
    const char *uri = given->key == NULL && config->database_uri != NULL ? config->database_uri : given->uri;
    int code;

    if (given->key != NULL && (bind->key = aq_arena_strdup(app->arena, given->key)) == NULL)
        return AQ_ENOMEM;
    if ((bind->conninfo = aq__conninfo_create(app->arena)) == NULL)
        return AQ_ENOMEM;
    if (uri == NULL)
        return name_bind(aq__fail(AQ_ECONFIG, "the URI is missing"), bind->key, from_binds, NULL);
    if ((code = aq__options_merge(&bind->options, &given->pool, &config->pool)) != AQ_OK)
        return name_bind(code, bind->key, true, NULL);
    if ((code = aq__uri_parse(bind->conninfo, uri)) != AQ_OK ||
        (code = aq__conninfo_check(bind->conninfo)) != AQ_OK)
        return name_bind(code, bind->key, from_binds, uri);
    if ((code = call_before_connect(config, bind)) != AQ_OK ||
        (code = resolve_files(bind->conninfo, config->root_path)) != AQ_OK ||
        (code = keep_shown_uri(app, bind)) != AQ_OK || (code = add_defaults(bind, config)) != AQ_OK ||
        (code = aq__conninfo_check(bind->conninfo)) != AQ_OK)
        return name_bind(code, bind->key, from_binds, NULL);
    return AQ_OK;
}

/* ---- All of them ------------------------------------------------------------------------------------------------------- */

static bool same_key(const char *one, const char *other)
{
    return one == other || (one != NULL && other != NULL && strcmp(one, other) == 0);
}

static int check_keys(const aq_config_t *config)
{
    if (config->binds == NULL && config->bind_count > 0)
        return aq__fail(AQ_ECONFIG, "AQUIFER_BINDS: %zu binds are announced, but there are none",
                        config->bind_count);
    for (size_t i = 0; i < config->bind_count; i++) {
        const char *key = config->binds[i].key;

        if (key != NULL && (key[0] == '\0' || !aq_utf8_valid(key, strlen(key))))
            return aq__fail(AQ_ECONFIG, "AQUIFER_BINDS: bind %zu: the key is %s", i + 1,
                            key[0] == '\0' ? "empty: the default bind has none (NULL)" : "not valid UTF-8");
        for (size_t j = 0; j < i; j++)
            if (same_key(key, config->binds[j].key))
                return key != NULL ? aq__fail(AQ_ECONFIG, "AQUIFER_BINDS: bind '%s' is there twice", key)
                                   : aq__fail(AQ_ECONFIG, "AQUIFER_BINDS: the default bind is there twice");
    }
    return AQ_OK;
}

/* The default bind first; it may come from database_uri alone. */
static int make_binds(aq_app_t *app, const aq_config_t *config)
{
    aq_bind_config_t from_uri = {.uri = config->database_uri};
    const aq_bind_config_t *first = config->database_uri != NULL ? &from_uri : NULL;
    int code = AQ_OK;

    for (size_t i = 0; i < config->bind_count; i++)
        if (config->binds[i].key == NULL)
            first = &config->binds[i];
    if (first == NULL && config->bind_count == 0)
        return aq__fail(AQ_ECONFIG, "Either 'AQUIFER_DATABASE_URI' or 'AQUIFER_BINDS' must be set.");
    if ((app->binds = aq_arena_calloc(app->arena, config->bind_count + 1, sizeof(*app->binds))) == NULL)
        return AQ_ENOMEM;
    if (first != NULL)
        code = make_bind(app, config, first);
    for (size_t i = 0; code == AQ_OK && i < config->bind_count; i++)
        if (config->binds[i].key != NULL)
            code = make_bind(app, config, &config->binds[i]);
    return code;
}

static int set_switches(aq_app_t *app, const aq_config_t *config)
{
    if ((int)config->echo < AQ_ECHO_DEFAULT || config->echo > AQ_ECHO_DEBUG)
        return aq__fail(AQ_ECONFIG, "AQUIFER_ECHO: %d is none of off, on, debug", (int)config->echo);
    if ((int)config->record_queries < AQ_UNSET || config->record_queries > AQ_OFF)
        return aq__fail(AQ_ECONFIG, "AQUIFER_RECORD_QUERIES: %d is neither on nor off",
                        (int)config->record_queries);
    if ((int)config->redact_records < AQ_UNSET || config->redact_records > AQ_OFF)
        return aq__fail(AQ_ECONFIG, "AQUIFER_REDACT_RECORDS: %d is neither on nor off",
                        (int)config->redact_records);
    if ((int)config->track_modifications < AQ_UNSET || config->track_modifications > AQ_OFF)
        return aq__fail(AQ_ECONFIG, "AQUIFER_TRACK_MODIFICATIONS: %d is neither on nor off",
                        (int)config->track_modifications);
    app->echo = config->echo == AQ_ECHO_DEFAULT ? AQ_ECHO_OFF : config->echo;
    app->records_queries = config->record_queries == AQ_ON ||
                           (config->record_queries == AQ_UNSET && (config->debug || config->testing));
    app->redacts_records = config->redact_records == AQ_ON;
    app->tracks_modifications = config->track_modifications != AQ_OFF;
    return AQ_OK;
}

int aq__config_apply(aq_app_t *app, const aq_config_t *config)
{
    aq_pool_options_t checked;
    const aq_pool_options_t none = {0};
    int code;

    if ((code = set_switches(app, config)) != AQ_OK || (code = check_keys(config)) != AQ_OK ||
        (code = aq__options_merge(&checked, &config->pool, &none)) != AQ_OK ||
        (code = make_binds(app, config)) != AQ_OK)
        return code;
    if (config->track_modifications == AQ_UNSET)
        aq_log(
            AQ_LOG_WARNING,
            "AQUIFER_TRACK_MODIFICATIONS is not set: modifications are tracked. Set it to 1 or 0 to suppress "
            "this warning.");
    return AQ_OK;
}

/* ---- What a callback may edit -------------------------------------------------------------------------------------------- */

const char *aq_connect_parameter(const aq_connect_parameters_t *parameters, const char *keyword)
{
    return aq__conninfo_get(parameters->conninfo, keyword);
}

int aq_connect_parameter_set(aq_connect_parameters_t *parameters, const char *keyword, const char *value)
{
    return aq__conninfo_set(parameters->conninfo, keyword, value);
}
