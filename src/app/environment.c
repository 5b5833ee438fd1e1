/* A config from the environment: what the program did not set itself.
 *
 * The happy path: each variable fills one member; AQUIFER_BINDS is a list of pairs or a JSON object.
 * The failure modes: AQ_ECONFIG with the variable and the value in the text, except that nothing is shown of a text that
 * may hold passwords. A variable that is set to nothing is a mistake like any other wrong value. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "src/app/app.h"

/* ---- Words ------------------------------------------------------------------------------------------------------------- */

bool aq__parse_bool(const char *text, bool *value)
{
    static const char *const words[][4] = {{"0", "off", "false", "no"}, {"1", "on", "true", "yes"}};

    for (size_t i = 0; i < 2; i++)
        for (size_t j = 0; j < 4; j++)
            if (strcasecmp(text, words[i][j]) == 0) {
                *value = i == 1;
                return true;
            }
    return false;
}

static int read_bool(const char *variable, bool *value)
{
    const char *text = getenv(variable);

    if (text == NULL || *value)
        return AQ_OK;
    if (!aq__parse_bool(text, value))
        return aq__fail(AQ_ECONFIG, "%s: '%s' is wrong: it must be 0, 1, off, on, false or true", variable,
                        text);
    return AQ_OK;
}

static int read_switch(const char *variable, aq_switch_t *value)
{
    bool on = false;
    int code;

    if (getenv(variable) == NULL || *value != AQ_UNSET)
        return AQ_OK;
    if ((code = read_bool(variable, &on)) == AQ_OK)
        *value = on ? AQ_ON : AQ_OFF;
    return code;
}

static int read_echo(aq_echo_t *echo)
{
    const char *text = getenv("AQUIFER_ECHO");
    bool on;

    if (text == NULL || *echo != AQ_ECHO_DEFAULT)
        return AQ_OK;
    if (strcasecmp(text, "debug") == 0)
        *echo = AQ_ECHO_DEBUG;
    else if (aq__parse_bool(text, &on))
        *echo = on ? AQ_ECHO_ON : AQ_ECHO_OFF;
    else
        return aq__fail(AQ_ECONFIG,
                        "AQUIFER_ECHO: '%s' is wrong: it must be 0, 1, off, on, false, true or debug", text);
    return AQ_OK;
}

static int read_text(const char *variable, const char **value, aq_arena_t *arena)
{
    const char *text = getenv(variable);

    if (text == NULL || *value != NULL)
        return AQ_OK;
    return (*value = aq_arena_strdup(arena, text)) != NULL ? AQ_OK : AQ_ENOMEM;
}

/* ---- Binds ------------------------------------------------------------------------------------------------------------- */

/* key=uri;key=uri */
static int read_pairs(const char *text, aq_bind_config_t *binds, size_t *count, aq_arena_t *arena)
{
    while (*text != '\0') {
        size_t length = strcspn(text, ";");
        const char *equals = memchr(text, '=', length);
        aq_bind_config_t *bind = &binds[*count];

        if (strspn(text, " \t\n;") < length) {
            text += strspn(text, " \t\n");
            length = strcspn(text, ";");
            if (equals == NULL || equals == text || memchr(text, '/', (size_t)(equals - text)) != NULL)
                return aq__fail(AQ_ECONFIG, "AQUIFER_BINDS: bind %zu is not key=uri", *count + 1);
            bind->key = aq_arena_strndup(arena, text, (size_t)(equals - text));
            bind->uri = aq_arena_strndup(arena, equals + 1, (size_t)(text + length - equals - 1));
            if (bind->key == NULL || bind->uri == NULL)
                return AQ_ENOMEM;
            (*count)++;
        }
        text += length + (text[length] == ';');
    }
    return AQ_OK;
}

static int read_option(aq_bind_config_t *bind, const char *name, const json_t *value)
{
    char number[48];

    if (json_is_null(value))
        return AQ_OK;
    if (json_is_string(value))
        return aq__options_set(&bind->pool, name, json_string_value(value));
    if (json_is_boolean(value))
        return aq__options_set(&bind->pool, name, json_is_true(value) ? "true" : "false");
    if (!json_is_number(value))
        return aq__fail(AQ_ECONFIG, "%s: it must be a number, a text or a boolean", name);
    (void)snprintf(number, sizeof(number), "%.12g", json_number_value(value));
    return aq__options_set(&bind->pool, name, number);
}

/* "key": "uri", or "key": {"url": "uri", "pool_size": 3} */
static int read_json_bind(aq_bind_config_t *bind, json_t *value, aq_arena_t *arena)
{
    json_t *url = json_is_object(value) ? json_object_get(value, "url") : value, *option;
    const char *name;

    if (!json_is_string(value) && !json_is_object(value))
        return aq__fail(AQ_ECONFIG, "it must be a URI or an object");
    if (url == NULL)
        return aq__fail(AQ_ECONFIG, "'url' is missing");
    if (!json_is_string(url))
        return aq__fail(AQ_ECONFIG, "'url' must be a text");
    if ((bind->uri = aq_arena_strdup(arena, json_string_value(url))) == NULL)
        return AQ_ENOMEM;
    json_object_foreach(value, name, option)
    {
        int code = strcmp(name, "url") == 0 ? AQ_OK : read_option(bind, name, option);

        if (code != AQ_OK)
            return code;
    }
    return AQ_OK;
}

static int read_json(const char *text, aq_bind_config_t **binds, size_t *count, aq_arena_t *arena)
{
    json_error_t error;
    json_t *root = json_loads(text, JSON_REJECT_DUPLICATES, &error), *value;
    const char *key;
    int code = AQ_OK;

    if (root == NULL) /* jansson's text would quote what stands there */
        return aq__fail(AQ_ECONFIG, "AQUIFER_BINDS: not a JSON object: line %d, column %d", error.line,
                        error.column);
    *binds = aq_arena_calloc(arena, json_object_size(root) + 1, sizeof(**binds));
    if (*binds == NULL)
        code = AQ_ENOMEM;
    if (code == AQ_OK)
        json_object_foreach(root, key, value)
        {
            aq_bind_config_t *bind = &(*binds)[(*count)++];

            code = (bind->key = aq_arena_strdup(arena, key)) != NULL ? read_json_bind(bind, value, arena)
                                                                     : AQ_ENOMEM;
            if (code != AQ_OK && code != AQ_ENOMEM)
                aq__fail(code, "AQUIFER_BINDS: bind '%s': %s", key, aq_last_error()->message);
            if (code != AQ_OK)
                break;
        }
    json_decref(root);
    return code;
}

static int read_binds(aq_config_t *config, aq_arena_t *arena)
{
    const char *text = getenv("AQUIFER_BINDS");
    aq_bind_config_t *binds = NULL;
    size_t count = 0, most = 1;
    int code;

    if (text == NULL || config->binds != NULL)
        return AQ_OK;
    for (const char *at = text; *at != '\0'; at++)
        most += *at == ';';
    if (text[strspn(text, " \t\n")] == '{') {
        code = read_json(text, &binds, &count, arena);
    } else {
        binds = aq_arena_calloc(arena, most, sizeof(*binds));
        code = binds != NULL ? read_pairs(text, binds, &count, arena) : AQ_ENOMEM;
    }
    if (code == AQ_OK && count > 0) {
        config->binds = binds;
        config->bind_count = count;
    }
    return code;
}

/* ---- All of it ----------------------------------------------------------------------------------------------------------- */

int aq_config_from_environment(aq_config_t *config, aq_arena_t *arena)
{
    aq_config_t filled = *config;
    int code;

    if ((code = read_text("AQUIFER_DATABASE_URI", &filled.database_uri, arena)) != AQ_OK ||
        (code = read_text("AQUIFER_CLIENT_ENCODING", &filled.client_encoding, arena)) != AQ_OK ||
        (code = read_binds(&filled, arena)) != AQ_OK || (code = read_echo(&filled.echo)) != AQ_OK ||
        (code = read_switch("AQUIFER_RECORD_QUERIES", &filled.record_queries)) != AQ_OK ||
        (code = read_switch("AQUIFER_REDACT_RECORDS", &filled.redact_records)) != AQ_OK ||
        (code = read_switch("AQUIFER_TRACK_MODIFICATIONS", &filled.track_modifications)) != AQ_OK ||
        (code = read_bool("AQUIFER_DEBUG", &filled.debug)) != AQ_OK ||
        (code = read_bool("AQUIFER_TESTING", &filled.testing)) != AQ_OK ||
        (code = aq__options_from_environment(&filled.pool)) != AQ_OK)
        return code;
    *config = filled;
    return AQ_OK;
}
