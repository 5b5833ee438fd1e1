/* The options of a pool: one table gives each its name, its default, its bounds and its environment variable.
 *
 * The happy path: what the bind sets wins over what the app sets, which wins over the default.
 * The failure modes: a value out of bounds is refused with a text that names the option and the value. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/app/app.h"

typedef enum { INTEGER, SECONDS, SYNC, PREPARE, SWITCH } kind_t;

typedef struct {
    const char *member; /* of aq_pool_options_t */
    const char *name;   /* in a JSON bind; "AQUIFER_" and this in capitals is the environment variable */
    kind_t kind;
    size_t offset;
    double usual, least, most;
    bool never;       /* -1 is allowed beside [least, most] */
    const char *rule; /* what is allowed, for people */
} option_t;

/* A thousand million seconds are 31 years: enough, and in range as milliseconds of any type. */
#define LONG 1e9
#define MANY 1e9

#define OPTION(member, name, kind, usual, least, most, never, rule)                               \
    {                                                                                             \
#member, name, kind, offsetof(aq_pool_options_t, member), usual, least, most, never, rule \
    }

static const option_t table[] = {
    OPTION(size, "pool_size", INTEGER, 5, 0, MANY, false, "1 or more, or zero (AQ_ZERO) for no limit"),
    OPTION(max_overflow, "max_overflow", INTEGER, 10, 0, MANY, true,
           "zero (AQ_ZERO) or more, or -1 for no limit"),
    OPTION(timeout, "pool_timeout", SECONDS, 30, 0, LONG, false,
           "seconds, or zero (AQ_ZERO) to fail at once"),
    OPTION(recycle, "pool_recycle", SECONDS, -1, 0, LONG, true, "seconds, or -1 for never"),
    OPTION(recycle_jitter, "recycle_jitter", SECONDS, 0.1, 0, 1, false,
           "a fraction from zero (AQ_ZERO) to 1"),
    OPTION(connect_timeout, "connect_timeout", SECONDS, 10, 2, 2147483, false, "2 seconds or more"),
    OPTION(query_timeout, "query_timeout", SECONDS, 60, 0.001, LONG, true,
           "0.001 seconds or more, or -1 for none"),
    OPTION(grace, "grace", SECONDS, 5, 0, LONG, false, "seconds"),
    OPTION(close_timeout, "close_timeout", SECONDS, 5, 0, LONG, false, "seconds"),
    OPTION(pipeline_depth, "pipeline_depth", INTEGER, 128, 1, 65536, false, "from 1 to 65536"),
    OPTION(max_waiters, "max_waiters", INTEGER, 10000, 0, MANY, true,
           "zero (AQ_ZERO) or more, or -1 for no limit"),
    OPTION(statement_cache, "statement_cache", INTEGER, 256, 0, 1000000, false, "zero (AQ_ZERO) or more"),
    OPTION(retry_limit, "retry_limit", INTEGER, 3, 0, 1000, false, "zero (AQ_ZERO) to 1000"),
    OPTION(sync, "sync", SYNC, AQ_SYNC_TURN, AQ_SYNC_TURN, AQ_SYNC_UNIT, false, "turn or unit"),
    OPTION(prepare, "prepare", PREPARE, AQ_PREPARE_AUTO, AQ_PREPARE_AUTO, AQ_PREPARE_UNNAMED, false,
           "auto, named or unnamed"),
    OPTION(lifo, "lifo", SWITCH, 0, 0, 1, false, "a boolean"),
    OPTION(pre_ping, "pre_ping", SWITCH, 0, 0, 1, false, "a boolean"),
    OPTION(reset_discard, "reset_discard", SWITCH, 0, 0, 1, false, "a boolean"),
};

static void *member_of(const aq_pool_options_t *options, const option_t *option)
{
    return (char *)(uintptr_t)options + option->offset;
}

static double get(const aq_pool_options_t *options, const option_t *option)
{
    const void *member = member_of(options, option);

    switch (option->kind) {
    case INTEGER: return *(const int *)member;
    case SECONDS: return *(const double *)member;
    case SYNC: return (double)(int)*(const aq_sync_t *)member;
    case PREPARE: return (double)(int)*(const aq_prepare_t *)member;
    case SWITCH: return *(const bool *)member;
    }
    return 0;
}

static void set(aq_pool_options_t *options, const option_t *option, double value)
{
    void *member = member_of(options, option);

    switch (option->kind) {
    case INTEGER: *(int *)member = (int)value; break;
    case SECONDS: *(double *)member = value; break;
    case SYNC: *(aq_sync_t *)member = (aq_sync_t)(int)value; break;
    case PREPARE: *(aq_prepare_t *)member = (aq_prepare_t)(int)value; break;
    case SWITCH: *(bool *)member = value != 0; break;
    }
}

/* ---- Merging and checking -------------------------------------------------------------------------------------------- */

/* "AQUIFER_POOL_SIZE". */
static void variable_of(const option_t *option, char *variable, size_t size)
{
    size_t length = (size_t)snprintf(variable, size, "AQUIFER_%s", option->name);

    for (size_t i = 0; i < length && i < size; i++)
        variable[i] = (char)toupper((unsigned char)variable[i]);
}

static bool in_range(const option_t *option, double value)
{
    return (value >= option->least && value <= option->most) || (option->never && value == -1);
}

static int merge(aq_pool_options_t *merged, const option_t *option, double given)
{
    double value = given == 0 ? option->usual : given == AQ_ZERO ? 0 : given;
    char variable[40];

    if (!in_range(option, value)) {
        variable_of(option, variable, sizeof(variable));
        return aq__fail(AQ_ECONFIG, "pool.%s (%s): %.12g is out of range: it must be %s", option->member,
                        variable, value, option->rule);
    }
    set(merged, option, value);
    return AQ_OK;
}

int aq__options_merge(aq_pool_options_t *merged, const aq_pool_options_t *first,
                      const aq_pool_options_t *second)
{
    aq_pool_options_t result = *first;

    for (size_t i = 0; i < AQ__COUNT_OF(table); i++) {
        double given = get(first, &table[i]);
        int code = merge(&result, &table[i], given != 0 ? given : get(second, &table[i]));

        if (code != AQ_OK)
            return code;
    }
    if (result.on_event == NULL) {
        result.on_event = second->on_event;
        result.on_event_data = second->on_event_data;
    }
    *merged = result;
    return AQ_OK;
}

/* ---- From texts ------------------------------------------------------------------------------------------------------ */

static bool parse_word(const char *text, const char *const *words, double *value)
{
    for (int i = 0; words[i] != NULL; i++)
        if (strcmp(words[i], text) == 0) {
            *value = i;
            return true;
        }
    return false;
}

static bool parse_decimal(const char *text, bool whole, double *value)
{
    static const char digits[] = "0123456789";
    const char *at = text + (*text == '-' || *text == '+');
    size_t integer = strspn(at, digits), fraction = 0;

    at += integer;
    if (!whole && *at == '.') {
        fraction = strspn(at + 1, digits);
        at += 1 + fraction;
    }
    if (integer + fraction == 0 || *at != '\0' || integer > 12)
        return false;
    *value = strtod(text, NULL);
    return true;
}

static bool parse(const option_t *option, const char *text, double *value)
{
    static const char *const syncs[] = {"default", "turn", "unit", NULL};
    static const char *const prepares[] = {"auto", "named", "unnamed", NULL};
    bool on;

    switch (option->kind) {
    case INTEGER: return parse_decimal(text, true, value);
    case SECONDS: return parse_decimal(text, false, value);
    case SYNC: return parse_word(text, syncs, value) && *value != AQ_SYNC_DEFAULT;
    case PREPARE: return parse_word(text, prepares, value);
    case SWITCH:
        if (!aq__parse_bool(text, &on))
            return false;
        *value = on;
        return true;
    }
    return false;
}

/* In a config zero stands for the default: a zero that somebody wrote is AQ_ZERO. */
static double explicit_zero(const option_t *option, double value)
{
    return value == 0 && (option->kind == INTEGER || option->kind == SECONDS) ? AQ_ZERO : value;
}

static int set_text(aq_pool_options_t *options, const option_t *option, const char *name, const char *text)
{
    double value;

    if (!parse(option, text, &value))
        return aq__fail(AQ_ECONFIG, "%s: '%s' is wrong: it must be %s", name, text, option->rule);
    if (!in_range(option, value))
        return aq__fail(AQ_ECONFIG, "%s: %s is out of range: it must be %s", name, text, option->rule);
    set(options, option, explicit_zero(option, value));
    return AQ_OK;
}

int aq__options_set(aq_pool_options_t *options, const char *name, const char *text)
{
    for (size_t i = 0; i < AQ__COUNT_OF(table); i++)
        if (strcmp(table[i].name, name) == 0)
            return set_text(options, &table[i], name, text);
    return aq__fail(AQ_ECONFIG, "there is no option '%s'", name);
}

int aq__options_from_environment(aq_pool_options_t *options)
{
    for (size_t i = 0; i < AQ__COUNT_OF(table); i++) {
        char variable[40];
        const char *text;
        int code = AQ_OK;

        variable_of(&table[i], variable, sizeof(variable));
        text = getenv(variable);
        if (text != NULL && get(options, &table[i]) == 0)
            code = set_text(options, &table[i], variable, text);
        if (code != AQ_OK)
            return code;
    }
    return AQ_OK;
}
