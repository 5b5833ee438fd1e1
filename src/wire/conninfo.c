/* Connection parameters: libpq parses them, we edit, check and show them.
 *
 * The happy path: PQconninfoParse() fills the table of all keywords, defaults are added, PQconnectdbParams() takes both arrays.
 * The failure modes: texts that libpq refuses (its message is passed on), and values that libpq would look at only while it
 * connects (a port that is no number), which are refused here. Messages and shown URIs never hold a password: a part of the
 * text that might be one, because a '/' or '@' in it was not percent-encoded, counts as one. */
#include "src/wire/conninfo.h"

#include <ctype.h>
#include <errno.h>
#include <libpq-fe.h>
#include <stdlib.h>
#include <string.h>

/* ---- The table ------------------------------------------------------------------------------------------------------ */

static aq__conninfo_t *fill_table(aq__conninfo_t *info, const PQconninfoOption *options)
{
    bool *secret;

    while (options[info->count].keyword != NULL)
        info->count++;
    info->keywords = aq_arena_calloc(info->arena, info->count + 1, sizeof(*info->keywords));
    info->values = aq_arena_calloc(info->arena, info->count + 1, sizeof(*info->values));
    info->secret = secret = aq_arena_calloc(info->arena, info->count + 1, sizeof(*secret));
    if (info->keywords == NULL || info->values == NULL || secret == NULL)
        return NULL;
    for (size_t i = 0; i < info->count; i++) {
        secret[i] = options[i].dispchar[0] == '*';
        if ((info->keywords[i] = aq_arena_strdup(info->arena, options[i].keyword)) == NULL)
            return NULL;
    }
    return info;
}

aq__conninfo_t *aq__conninfo_create(aq_arena_t *arena)
{
    aq__conninfo_t *info = aq_arena_calloc(arena, 1, sizeof(*info));
    PQconninfoOption *options = PQconninfoParse("", NULL); /* all keywords, no values */

    if (info != NULL && options != NULL) {
        info->arena = arena;
        info = fill_table(info, options);
    } else {
        info = NULL;
    }
    PQconninfoFree(options);
    if (info == NULL)
        aq__fail(AQ_ENOMEM, "connection parameters: %s", aq_strerror(AQ_ENOMEM));
    return info;
}

static int find(const aq__conninfo_t *info, const char *keyword)
{
    for (size_t i = 0; i < info->count; i++)
        if (strcmp(info->keywords[i], keyword) == 0)
            return (int)i;
    return -1;
}

const char *aq__conninfo_get(const aq__conninfo_t *info, const char *keyword)
{
    int i = find(info, keyword);

    return i >= 0 ? info->values[i] : NULL;
}

int aq__conninfo_set(aq__conninfo_t *info, const char *keyword, const char *value)
{
    int i = find(info, keyword);
    char *copy = NULL;

    if (i < 0)
        return aq__fail(AQ_ECONFIG, "libpq knows no connection parameter '%s'", keyword);
    if (value != NULL && value[0] != '\0' && (copy = aq_arena_strdup(info->arena, value)) == NULL)
        return AQ_ENOMEM;
    info->values[i] = copy;
    return AQ_OK;
}

int aq__conninfo_set_default(aq__conninfo_t *info, const char *keyword, const char *value)
{
    int i = find(info, keyword);

    if (i < 0 || info->values[i] != NULL)
        return AQ_OK;
    return aq__conninfo_set(info, keyword, value);
}

/* ---- Hiding passwords ------------------------------------------------------------------------------------------------ */

typedef struct {
    size_t start, end; /* of the text; end 0: none */
} span_t;

static int hex_digit(char character)
{
    if (character >= '0' && character <= '9')
        return character - '0';
    if (character >= 'a' && character <= 'f')
        return character - 'a' + 10;
    return character >= 'A' && character <= 'F' ? character - 'A' + 10 : -1;
}

/* True if the percent-encoded keyword [name, end) names a secret. libpq marks those with '*'; whatever sounds like one is taken for
 * one too, so that a misspelt keyword gives nothing away. */
static bool names_secret(const char *name, const char *end)
{
    char keyword[64];
    size_t length = 0;
    PQconninfoOption *options;
    bool secret;

    while (name < end && length < sizeof(keyword) - 1) {
        if (*name == '%' && end - name > 2 && hex_digit(name[1]) >= 0 && hex_digit(name[2]) >= 0) {
            keyword[length++] = (char)(hex_digit(name[1]) * 16 + hex_digit(name[2]));
            name += 3;
        } else {
            keyword[length++] = (char)tolower((unsigned char)*name++);
        }
    }
    keyword[length] = '\0';
    if (strstr(keyword, "pass") != NULL || strstr(keyword, "secret") != NULL ||
        strstr(keyword, "key") != NULL)
        return strcmp(keyword, "sslkey") != 0 && strcmp(keyword, "passfile") != 0;
    secret = false;
    options = PQconninfoParse("", NULL);
    for (PQconninfoOption *option = options; option != NULL && option->keyword != NULL; option++)
        if (strcmp(option->keyword, keyword) == 0)
            secret = option->dispchar[0] == '*';
    PQconninfoFree(options);
    return secret;
}

/* The password between "user:" and the last '@': everything that could belong to it, wherever libpq would end it. */
static span_t userinfo_secret(const char *uri)
{
    const char *scheme = strstr(uri, "://"), *authority = scheme != NULL ? scheme + 3 : uri;
    const char *colon = strchr(authority, ':'), *at = strrchr(authority, '@');

    if (colon == NULL || at == NULL || at <= colon + 1)
        return (span_t){0, 0};
    return (span_t){(size_t)(colon + 1 - uri), (size_t)(at - uri)};
}

/* The next value of a secret keyword after `from`, in "?password=x&" and "password=x y" alike; the latter to the end. */
static span_t keyword_secret(const char *uri, size_t from)
{
    bool is_uri = strstr(uri, "://") != NULL;

    for (const char *equals = strchr(uri + from, '='); equals != NULL; equals = strchr(equals + 1, '=')) {
        const char *name, *end = equals, *stop;

        while (!is_uri && end > uri && isspace((unsigned char)end[-1]))
            end--;
        for (name = end; name > uri && strchr("?& \t\n", name[-1]) == NULL; name--)
            ;
        if (!names_secret(name, end))
            continue;
        stop = is_uri ? strchr(equals, '&') : NULL;
        stop = stop != NULL ? stop : equals + strlen(equals);
        if (stop > equals + 1)
            return (span_t){(size_t)(equals + 1 - uri), (size_t)(stop - uri)};
    }
    return (span_t){0, 0};
}

/* The first secret that ends after `from`. */
static span_t next_secret(const char *uri, size_t from)
{
    span_t user = userinfo_secret(uri), keyword = keyword_secret(uri, from);

    if (user.end > from && (keyword.end == 0 || user.start < keyword.start))
        return user;
    return keyword;
}

void aq__conninfo_append_masked(aq_text_t *text, const char *uri)
{
    size_t from = 0;

    for (span_t secret = next_secret(uri, 0); secret.end > 0; secret = next_secret(uri, from)) {
        if (secret.start > from)
            aq_text_append_bytes(text, uri + from, secret.start - from);
        aq_text_append(text, "***");
        from = secret.end;
    }
    aq_text_append(text, uri + from);
}

/* True if the piece of a message is a piece of the URI that holds nothing secret. */
static bool is_harmless(const char *uri, const char *piece, size_t length)
{
    bool found = false;

    if (length == 1 && strchr("=]:/", *piece) != NULL) /* what libpq missed */
        return true;
    for (const char *at = uri; *at != '\0'; at++) {
        size_t start = (size_t)(at - uri);

        if (strncmp(at, piece, length) != 0)
            continue;
        found = true;
        for (span_t secret = next_secret(uri, 0); secret.end > 0; secret = next_secret(uri, secret.end))
            if (start < secret.end && start + length > secret.start)
                return false;
    }
    return found || next_secret(uri, 0).end == 0;
}

/* Appends libpq's message; what it quotes is shown only if it is harmless. */
static void append_message(aq_text_t *text, const char *message, const char *uri)
{
    const char *open, *close;
    size_t length = strlen(uri);

    for (; (open = strchr(message, '"')) != NULL; message = close + 1) {
        /* A quoted copy of the whole text may itself hold quotes. */
        if (strncmp(open + 1, uri, length) == 0 && open[1 + length] == '"')
            close = open + 1 + length;
        else if ((close = strchr(open + 1, '"')) == NULL)
            break;
        aq_text_append_bytes(text, message, (size_t)(open + 1 - message));
        if (close == open + 1 + length)
            aq__conninfo_append_masked(text, uri);
        else if (is_harmless(uri, open + 1, (size_t)(close - open - 1)))
            aq_text_append_bytes(text, open + 1, (size_t)(close - open - 1));
        else
            aq_text_append(text, "***");
        aq_text_append_char(text, '"');
    }
    aq_text_append(text, open == NULL || next_secret(uri, 0).end == 0 ? message : "***");
}

/* ---- Parsing ---------------------------------------------------------------------------------------------------------- */

static int refuse(char *message, const char *uri)
{
    aq_text_t text = {0};
    size_t length = message != NULL ? strlen(message) : 0;

    if (message == NULL)
        return aq__fail(AQ_ENOMEM, "connection parameters: %s", aq_strerror(AQ_ENOMEM));
    while (length > 0 && message[length - 1] == '\n')
        message[--length] = '\0';
    append_message(&text, message, uri);
    if (text.failed)
        aq__fail(AQ_ENOMEM, "connection parameters: %s", aq_strerror(AQ_ENOMEM));
    else
        aq__fail(AQ_ECONFIG, "%s", aq_text_string(&text));
    aq_text_dispose(&text);
    return aq_last_error()->code;
}

int aq__conninfo_parse(aq__conninfo_t *info, const char *text)
{
    char *message = NULL;
    PQconninfoOption *options = PQconninfoParse(text, &message);
    int code = AQ_OK;

    if (options == NULL)
        code = refuse(message, text);
    for (PQconninfoOption *option = options; code == AQ_OK && option != NULL && option->keyword != NULL;
         option++)
        if (option->val != NULL)
            code = aq__conninfo_set(info, option->keyword, option->val);
    PQconninfoFree(options);
    PQfreemem(message);
    return code;
}

/* ---- Checking ---------------------------------------------------------------------------------------------------------- */

static bool parse_number(const char *text, size_t length, long *number)
{
    char digits[16], *end;

    if (length == 0 || length >= sizeof(digits) || isspace((unsigned char)text[0]))
        return false;
    memcpy(digits, text, length);
    digits[length] = '\0';
    errno = 0;
    *number = strtol(digits, &end, 10);
    return errno == 0 && *end == '\0';
}

static size_t count_items(const char *list)
{
    size_t count = list != NULL;

    for (; list != NULL && *list != '\0'; list++)
        count += *list == ',';
    return count;
}

/* Ports come as a list beside the hosts: one for all, or one each, where nothing stands for the default. */
static int check_ports(const aq__conninfo_t *info)
{
    const char *ports = aq__conninfo_get(info, "port"), *hosts = aq__conninfo_get(info, "hostaddr");
    size_t port_count = count_items(ports), host_count;

    hosts = hosts != NULL ? hosts : aq__conninfo_get(info, "host");
    host_count = hosts != NULL ? count_items(hosts) : 1;
    while (ports != NULL && *ports != '\0') {
        size_t length = strcspn(ports, ",");
        long number;

        if (length > 0 && !parse_number(ports, length, &number))
            return aq__fail(AQ_ECONFIG, "port '%.*s' is not a number", (int)length, ports);
        if (length > 0 && (number < 1 || number > 65535))
            return aq__fail(AQ_ECONFIG, "port %ld is out of range: it must be from 1 to 65535", number);
        ports += length + (ports[length] == ',');
    }
    if (port_count > 1 && port_count != host_count)
        return aq__fail(AQ_ECONFIG, "%zu ports for %zu host%s", port_count, host_count,
                        host_count == 1 ? "" : "s");
    return AQ_OK;
}

static int check_hosts(const aq__conninfo_t *info)
{
    const char *hosts = aq__conninfo_get(info, "host"), *addresses = aq__conninfo_get(info, "hostaddr");

    for (const char *at = hosts; at != NULL && (at = strchr(at, '@')) != NULL; at++)
        if (at > hosts && at[-1] != ',' && strchr(hosts, '/') == NULL)
            return aq__fail(AQ_ECONFIG,
                            "the host holds a '@': in a user name or password it is written %%40");
    if (hosts != NULL && addresses != NULL && count_items(hosts) != count_items(addresses))
        return aq__fail(AQ_ECONFIG, "%zu hosts for %zu hostaddr", count_items(hosts), count_items(addresses));
    return AQ_OK;
}

/* Values that are one of a few words. */
static const struct {
    const char *keyword, *words;
} choices[] = {
    {"sslmode", "disable allow prefer require verify-ca verify-full"},
    {"gssencmode", "disable prefer require"},
    {"channel_binding", "disable prefer require"},
    {"target_session_attrs", "any read-write read-only primary standby prefer-standby"},
    {"ssl_min_protocol_version", "TLSv1 TLSv1.1 TLSv1.2 TLSv1.3"},
    {"ssl_max_protocol_version", "TLSv1 TLSv1.1 TLSv1.2 TLSv1.3"},
    {"sslnegotiation", "postgres direct"},
    {"load_balance_hosts", "disable random"},
    {"keepalives", "0 1"},
    {"sslcompression", "0 1"},
    {"sslsni", "0 1"},
};

static bool is_one_of(const char *words, const char *value)
{
    size_t length = strlen(value);

    for (const char *at = strstr(words, value); length > 0 && at != NULL; at = strstr(at + 1, value))
        if ((at == words || at[-1] == ' ') && (at[length] == ' ' || at[length] == '\0'))
            return strchr(value, ' ') == NULL;
    return false;
}

/* Values that are whole numbers, and the least of them. */
static const struct {
    const char *keyword;
    long least;
} numbers[] = {
    {"connect_timeout", 1},  {"keepalives_idle", 0},  {"keepalives_interval", 0},
    {"keepalives_count", 0}, {"tcp_user_timeout", 0},
};

static int check_choices(const aq__conninfo_t *info)
{
    for (size_t i = 0; i < AQ__COUNT_OF(choices); i++) {
        const char *value = aq__conninfo_get(info, choices[i].keyword);

        if (value != NULL && !is_one_of(choices[i].words, value))
            return aq__fail(AQ_ECONFIG, "%s '%s' is unknown: it must be one of %s", choices[i].keyword, value,
                            choices[i].words);
    }
    return AQ_OK;
}

static int check_numbers(const aq__conninfo_t *info)
{
    for (size_t i = 0; i < AQ__COUNT_OF(numbers); i++) {
        const char *value = aq__conninfo_get(info, numbers[i].keyword);
        long number;

        if (value == NULL)
            continue;
        if (!parse_number(value, strlen(value), &number))
            return aq__fail(AQ_ECONFIG, "%s '%s' is not a number", numbers[i].keyword, value);
        if (number < numbers[i].least || number > 2147483)
            return aq__fail(AQ_ECONFIG, "%s %ld is out of range: it must be from %ld to 2147483",
                            numbers[i].keyword, number, numbers[i].least);
    }
    return AQ_OK;
}

/* A line end in a value is the end of a file that somebody read it from; UTF-8 is what the texts of errors are in. */
static int check_characters(const aq__conninfo_t *info)
{
    for (size_t i = 0; i < info->count; i++) {
        const char *value = info->values[i];

        if (value != NULL && !aq_utf8_valid(value, strlen(value)))
            return aq__fail(AQ_ECONFIG, "%s is not valid UTF-8", info->keywords[i]);
        for (; value != NULL && *value != '\0'; value++)
            if (iscntrl((unsigned char)*value))
                return aq__fail(AQ_ECONFIG, "%s holds a control character", info->keywords[i]);
    }
    return AQ_OK;
}

int aq__conninfo_check(const aq__conninfo_t *info)
{
    static int (*const checks[])(const aq__conninfo_t *) = {check_characters, check_hosts, check_ports,
                                                            check_choices, check_numbers};

    if (aq__conninfo_get(info, "replication") != NULL)
        return aq__fail(AQ_ECONFIG, "replication connections are not supported");
    for (size_t i = 0; i < AQ__COUNT_OF(checks); i++) {
        int code = checks[i](info);

        if (code != AQ_OK)
            return code;
    }
    return AQ_OK;
}

/* ---- Showing ----------------------------------------------------------------------------------------------------------- */

static void append_encoded(aq_text_t *text, const char *value, const char *safe)
{
    for (; *value != '\0'; value++)
        if (isalnum((unsigned char)*value) || strchr("-._~", *value) != NULL || strchr(safe, *value) != NULL)
            aq_text_append_char(text, *value);
        else
            aq_text_appendf(text, "%%%02X", (unsigned)(unsigned char)*value);
}

/* Hosts with their ports: "h1:1,h2:2", "[::1]:5432". */
static void append_hosts(aq_text_t *text, const char *hosts, const char *ports)
{
    bool several = ports != NULL && strchr(ports, ',') != NULL;

    while (hosts != NULL && *hosts != '\0') {
        size_t host = strcspn(hosts, ","), port = ports != NULL ? strcspn(ports, ",") : 0;
        bool ip6 = memchr(hosts, ':', host) != NULL;

        aq_text_append(text, ip6 ? "[" : "");
        aq_text_append_bytes(text, hosts, host);
        aq_text_append(text, ip6 ? "]" : "");
        if (port > 0)
            aq_text_appendf(text, ":%.*s", (int)port, ports);
        hosts += host;
        if (several)
            ports += port + (ports[port] == ',');
        if (*hosts == ',') {
            aq_text_append_char(text, ',');
            hosts++;
        }
    }
}

/* Hosts that stand in the authority of a URI as they are; socket directories and odd names go into its query. */
static bool is_plain_host(const char *hosts)
{
    return hosts != NULL &&
           hosts[strspn(hosts, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                               "-._~:,")] == '\0';
}

static bool is_in_authority(const char *keyword, bool plain_host)
{
    if (strcmp(keyword, "host") == 0 || strcmp(keyword, "port") == 0)
        return plain_host;
    return strcmp(keyword, "user") == 0 || strcmp(keyword, "password") == 0 || strcmp(keyword, "dbname") == 0;
}

void aq__conninfo_append_uri(aq_text_t *text, const aq__conninfo_t *info)
{
    const char *user = aq__conninfo_get(info, "user"), *hosts = aq__conninfo_get(info, "host");
    const char *database = aq__conninfo_get(info, "dbname");
    bool plain_host = is_plain_host(hosts);
    char separator = '?';

    aq_text_append(text, "postgresql://");
    append_encoded(text, user != NULL ? user : "", "");
    if (aq__conninfo_get(info, "password") != NULL)
        aq_text_append(text, ":***");
    if (user != NULL || aq__conninfo_get(info, "password") != NULL)
        aq_text_append_char(text, '@');
    if (plain_host)
        append_hosts(text, hosts, aq__conninfo_get(info, "port"));
    if (database != NULL || !plain_host)
        aq_text_append_char(text, '/');
    append_encoded(text, database != NULL ? database : "", "/");
    for (size_t i = 0; i < info->count; i++) {
        if (info->values[i] == NULL || is_in_authority(info->keywords[i], plain_host))
            continue;
        aq_text_appendf(text, "%c%s=", separator, info->keywords[i]);
        append_encoded(text, info->secret[i] ? "***" : info->values[i], "*");
        separator = '&';
    }
}
