/* Patterns of paths: "/users/<name>", "/posts/<int:id>".
 *
 * The happy path: a pattern is cut into segments once; a path is compared with them one by one, decoding what is an argument.
 * The failure modes: a pattern that makes no sense (AQ_EINVAL); a path that does not fit, which is no error. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "src/h2o/h2o.h"

typedef enum { LITERAL, TEXT, INT, UUID, PATH } kind_t;

struct aq__segment {
    kind_t kind;
    const char *text; /* of a literal; else the name of the argument */
};

/* ---- Percent signs --------------------------------------------------------------------------------------------------- */

static int hex_digit(char character)
{
    if (character >= '0' && character <= '9')
        return character - '0';
    if (character >= 'a' && character <= 'f')
        return character - 'a' + 10;
    return character >= 'A' && character <= 'F' ? character - 'A' + 10 : -1;
}

char *aq__percent_decode(aq_arena_t *arena, const char *text, size_t length, bool plus)
{
    char *decoded = aq_arena_alloc(arena, length + 1);
    size_t used = 0;

    for (size_t i = 0; decoded != NULL && i < length; i++) {
        if (text[i] == '%') {
            int high = i + 2 < length ? hex_digit(text[i + 1]) : -1,
                low = high >= 0 ? hex_digit(text[i + 2]) : -1;

            if (low < 0)
                return NULL;
            decoded[used++] = (char)(high * 16 + low);
            i += 2;
        } else {
            decoded[used++] = plus && text[i] == '+' ? ' ' : text[i];
        }
    }
    if (decoded == NULL || !aq_utf8_valid(decoded, used)) /* which also refuses NUL */
        return NULL;
    decoded[used] = '\0';
    return decoded;
}

/* ---- Patterns --------------------------------------------------------------------------------------------------------- */

static const struct {
    const char *name;
    kind_t kind;
} kinds[] = {{"text", TEXT}, {"int", INT}, {"uuid", UUID}, {"path", PATH}};

/* "<int:id>": the kind and the name. */
static int parse_argument(aq_arena_t *arena, const char *pattern, const char *text, size_t length,
                          aq__segment_t *segment)
{
    const char *colon = memchr(text, ':', length), *name = colon != NULL ? colon + 1 : text + 1;
    size_t name_length = (size_t)(text + length - 1 - name),
           kind_length = colon != NULL ? (size_t)(colon - text - 1) : 0;

    if (text[length - 1] != '>' || name_length == 0)
        return aq_fail(AQ_EINVAL, "route '%s': '%.*s' is no <name> or <type:name>", pattern, (int)length,
                       text);
    segment->kind = TEXT;
    if (colon != NULL) {
        size_t i = 0;

        while (i < 4 &&
               (strlen(kinds[i].name) != kind_length || memcmp(kinds[i].name, text + 1, kind_length) != 0))
            i++;
        if (i == 4)
            return aq_fail(AQ_EINVAL,
                           "route '%s': type '%.*s' is unknown: it must be one of text, int, uuid, path",
                           pattern, (int)kind_length, text + 1);
        segment->kind = kinds[i].kind;
    }
    segment->text = aq_arena_strndup(arena, name, name_length);
    return segment->text != NULL ? AQ_OK : AQ_ENOMEM;
}

static int check_arguments(const char *pattern, const aq__segment_t *segments, size_t count)
{
    size_t arguments = 0;

    for (size_t i = 0; i < count; i++) {
        if (segments[i].kind == LITERAL)
            continue;
        if (++arguments > AQ__ARGUMENTS)
            return aq_fail(AQ_EINVAL, "route '%s': more than %d arguments", pattern, AQ__ARGUMENTS);
        if (segments[i].kind == PATH && i + 1 < count)
            return aq_fail(AQ_EINVAL, "route '%s': <path:%s> must be the last", pattern, segments[i].text);
        for (size_t j = 0; j < i; j++)
            if (segments[j].kind != LITERAL && strcmp(segments[i].text, segments[j].text) == 0)
                return aq_fail(AQ_EINVAL, "route '%s': argument '%s' is there twice", pattern,
                               segments[i].text);
    }
    return AQ_OK;
}

static int parse_pattern(aq_arena_t *arena, const char *pattern, aq__segment_t *segments, size_t *count)
{
    for (const char *at = pattern; *at != '\0';) {
        size_t length = strcspn(++at, "/");
        aq__segment_t *segment = &segments[(*count)++];
        int code = AQ_OK;

        if (at[0] == '<')
            code = parse_argument(arena, pattern, at, length, segment);
        else if ((segment->text = aq_arena_strndup(arena, at, length)) == NULL)
            code = AQ_ENOMEM;
        if (code != AQ_OK)
            return code;
        at += length;
    }
    return check_arguments(pattern, segments, *count);
}

aq__route_t *aq__route_create(aq_arena_t *arena, const char *method, const char *pattern,
                              aq_handler_cb handler)
{
    aq__route_t *route = aq_arena_calloc(arena, 1, sizeof(*route));
    size_t slashes = 0;

    if (method == NULL || method[strspn(method, "ABCDEFGHIJKLMNOPQRSTUVWXYZ-")] != '\0' ||
        method[0] == '\0') {
        aq_fail(AQ_EINVAL, "route '%s': '%s' is no method", pattern != NULL ? pattern : "(null)",
                method != NULL ? method : "(null)");
        return NULL;
    }
    if (pattern == NULL || pattern[0] != '/' || handler == NULL) {
        aq_fail(AQ_EINVAL, "route '%s': %s", pattern != NULL ? pattern : "(null)",
                handler == NULL ? "the handler is NULL" : "it must start with '/'");
        return NULL;
    }
    for (const char *at = pattern; *at != '\0'; at++)
        slashes += *at == '/';
    if (route == NULL || (route->method = aq_arena_strdup(arena, method)) == NULL ||
        (route->label = aq_arena_printf(arena, "%s %s", method, pattern)) == NULL ||
        (route->segments = aq_arena_calloc(arena, slashes, sizeof(*route->segments))) == NULL)
        return NULL;
    route->handler = handler;
    return parse_pattern(arena, pattern, route->segments, &route->segment_count) == AQ_OK ? route : NULL;
}

/* ---- Paths -------------------------------------------------------------------------------------------------------------- */

static bool parse_int(const char *text, int64_t *number)
{
    char *end;

    if (text[strspn(text, "0123456789")] != '\0')
        return false;
    errno = 0;
    *number = strtoll(text, &end, 10);
    return errno == 0;
}

static bool take_argument(const aq__segment_t *segment, const char *text, aq__matched_t *matched)
{
    aq_uuid_t uuid;
    size_t i = matched->count;

    matched->arguments[i].name = segment->text;
    matched->arguments[i].text = text;
    matched->arguments[i].number = 0;
    matched->count++;
    if (segment->kind == INT)
        return parse_int(text, &matched->arguments[i].number);
    return segment->kind != UUID || (strlen(text) == 36 && aq_parse_uuid(text, &uuid) == AQ_OK);
}

static bool match_segment(const aq__segment_t *segment, const char *raw, size_t length, aq_arena_t *arena,
                          aq__matched_t *matched)
{
    size_t literal = segment->kind == LITERAL ? strlen(segment->text) : 0;
    char *text;

    if (segment->kind == LITERAL && length == literal && memcmp(raw, segment->text, length) == 0)
        return true;
    if (length == 0 || (segment->kind == LITERAL && memchr(raw, '%', length) == NULL))
        return false;
    if ((text = aq__percent_decode(arena, raw, length, false)) == NULL)
        return false;
    return segment->kind == LITERAL ? strcmp(text, segment->text) == 0
                                    : take_argument(segment, text, matched);
}

bool aq__route_match(const aq__route_t *route, const char *path, size_t length, aq_arena_t *arena,
                     aq__matched_t *matched)
{
    const char *end = path + length;

    matched->count = 0;
    for (size_t i = 0; i < route->segment_count; i++) {
        const char *slash;

        if (path == end || *path++ != '/')
            return false;
        slash = memchr(path, '/', (size_t)(end - path));
        if (slash == NULL || route->segments[i].kind == PATH)
            slash = end;
        if (!match_segment(&route->segments[i], path, (size_t)(slash - path), arena, matched))
            return false;
        path = slash;
    }
    return path == end;
}
