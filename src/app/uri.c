/* Connection URIs: dialect+driver://username:password@host:port/database?keyword=value, every part optional.
 *
 * The happy path: postgresql:// and postgres:// go to libpq as they are; the driver of postgresql+driver:// is dropped.
 * The failure modes: another scheme; a text that is no URI; what libpq refuses, in its own words. libpq takes some mistakes for
 * something else (a '/' in a password ends the host and makes the password a port), which would put a password into a message:
 * those are refused here. */
#include <string.h>

#include "src/app/app.h"

/* The length of "postgresql+psycopg2" in "postgresql+psycopg2://..."; 0: there is no scheme. */
static size_t scheme_length(const char *uri)
{
    size_t length = strspn(uri, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+.-_");

    return strncmp(uri + length, "://", 3) == 0 ? length : 0;
}

static bool is_postgresql(const char *scheme, size_t length)
{
    static const char *const dialects[] = {"postgresql", "postgres"};

    for (size_t i = 0; i < AQ__COUNT_OF(dialects); i++) {
        size_t dialect = strlen(dialects[i]);

        if (strncmp(scheme, dialects[i], dialect) == 0 &&
            (length == dialect || (scheme[dialect] == '+' && length > dialect + 1)))
            return true;
    }
    return false;
}

/* scott:ti/ger@localhost: for libpq a host "scott", a port "ti" and a database "ger@localhost". */
static bool password_has_slash(const char *authority)
{
    size_t length = strcspn(authority, "/");
    const char *end = authority + length, *port = end;

    while (port > authority && port[-1] != ':' && port[-1] != ']')
        port--;
    if (port == authority || port[-1] == ']' || memchr(authority, '@', length) != NULL ||
        strchr(end, '@') == NULL)
        return false;
    return strspn(port, "0123456789,") != (size_t)(end - port);
}

static int parse_postgresql(aq__conninfo_t *info, const char *rest)
{
    aq_text_t text = {0};
    int code;

    if (password_has_slash(rest + strlen("://")))
        return aq__fail(AQ_ECONFIG,
                        "the port is not a number: a '/' in a user name or password is written %%2F");
    aq_text_append(&text, "postgresql");
    aq_text_append(&text, rest);
    code = text.failed ? AQ_ENOMEM : aq__conninfo_parse(info, aq_text_string(&text));
    if (text.failed)
        aq__fail(code, "%s", aq_strerror(code));
    aq_text_dispose(&text);
    return code;
}

int aq__uri_parse(aq__conninfo_t *info, const char *uri)
{
    size_t scheme = scheme_length(uri);
    int code;

    if (scheme > 0 && is_postgresql(uri, scheme))
        return parse_postgresql(info, uri + scheme);
    if (scheme > 0)
        return aq__fail(AQ_ECONFIG, "only postgresql is supported, got '%.*s'", (int)scheme, uri);
    if (uri[strspn(uri, " \t\r\n")] == '\0')
        return aq__fail(AQ_ECONFIG, "the URI is empty");
    code = aq__conninfo_parse(info, uri);
    return code != AQ_OK ? code : aq__fail(AQ_ECONFIG, "not a URI: it must start with postgresql://");
}
