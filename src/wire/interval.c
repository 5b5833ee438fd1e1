/* Intervals <-> text: PostgreSQL's own style ("1 year 2 mons -3 days +04:05:06.7") and ISO 8601's ("P1Y2M-3DT4H5M6.7S").
 *
 * Months, days and microseconds are three numbers that are never converted into each other; each has its own sign.
 * All three at their greatest (least) are infinity, as from PostgreSQL 17 on. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "src/wire/value.h"

#define SECOND INT64_C(1000000)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)

static bool is_infinity(aq_interval_t value)
{
    return (value.months == INT32_MAX && value.days == INT32_MAX && value.microseconds == INT64_MAX) ||
           (value.months == INT32_MIN && value.days == INT32_MIN && value.microseconds == INT64_MIN);
}

/* ---- Writing ------------------------------------------------------------------------------------------------------------------ */

/* "-3 days", with a plus where the number before it was negative. */
static char *put_part(char *to, const char *start, int number, const char *unit, bool *after_minus)
{
    if (number == 0)
        return to;
    to += sprintf(to, "%s%s%d %s%s", to > start ? " " : "", *after_minus && number > 0 ? "+" : "", number,
                  unit, number != 1 ? "s" : "");
    *after_minus = number < 0;
    return to;
}

/* The absolute value, that of INT64_MIN too, in parts. */
static char *put_clock(char *to, int64_t microseconds)
{
    uint64_t rest = microseconds < 0 ? 0 - (uint64_t)microseconds : (uint64_t)microseconds;

    to += sprintf(to, "%02" PRIu64 ":%02u:", rest / HOUR, (unsigned)(rest / MINUTE % 60));
    to = aq__put_seconds(to, (int64_t)(rest % MINUTE), 2);
    *to = '\0';
    return to;
}

int aq__interval_format(aq_interval_t value, char *buffer)
{
    char *to = buffer;
    bool after_minus = false;

    if (is_infinity(value))
        return sprintf(buffer, "%sinfinity", value.months < 0 ? "-" : "");
    to = put_part(to, buffer, value.months / 12, "year", &after_minus);
    to = put_part(to, buffer, value.months % 12, "mon", &after_minus);
    to = put_part(to, buffer, value.days, "day", &after_minus);
    if (value.microseconds == 0 && to > buffer)
        return (int)(to - buffer);
    if (to > buffer)
        *to++ = ' ';
    if (value.microseconds < 0 || after_minus)
        *to++ = value.microseconds < 0 ? '-' : '+';
    return (int)(put_clock(to, value.microseconds) - buffer);
}

static char *put_iso_part(char *to, int64_t number, char unit)
{
    return number != 0 ? to + sprintf(to, "%" PRId64 "%c", number, unit) : to;
}

int aq__interval_format_iso8601(aq_interval_t value, char *buffer)
{
    int64_t seconds = value.microseconds % MINUTE;
    char *to = buffer;

    if (is_infinity(value))
        return aq__interval_format(value, buffer);
    *to++ = 'P';
    to = put_iso_part(to, value.months / 12, 'Y');
    to = put_iso_part(to, value.months % 12, 'M');
    to = put_iso_part(to, value.days, 'D');
    if (value.microseconds != 0 || to == buffer + 1)
        *to++ = 'T';
    to = put_iso_part(to, value.microseconds / HOUR, 'H');
    to = put_iso_part(to, value.microseconds / MINUTE % 60, 'M');
    if (seconds != 0 || to == buffer + 2) {
        if (seconds < 0)
            *to++ = '-';
        to = aq__put_seconds(to, llabs(seconds), 1);
        *to++ = 'S';
    }
    *to = '\0';
    return (int)(to - buffer);
}

int aq_format_interval(aq_interval_t value, char *buffer, size_t size)
{
    char form[AQ__FORM_SIZE];

    return aq__form_copy(form, aq__interval_format(value, form), buffer, size);
}

/* ---- Reading -------------------------------------------------------------------------------------------------------------------- */

typedef struct {
    int64_t months, days, microseconds;
    bool overflow;
} sum_t;

static void add(sum_t *sum, int64_t *to, int64_t number, int64_t unit)
{
    int64_t product;

    sum->overflow |=
        __builtin_mul_overflow(number, unit, &product) || __builtin_add_overflow(*to, product, to);
}

static bool add_unit(sum_t *sum, int64_t number, const char *unit, size_t length)
{
    static const struct {
        char name[8];
        size_t member;
        int64_t factor;
    } units[] = {
        {"year", offsetof(sum_t, months), 12},
        {"mon", offsetof(sum_t, months), 1},
        {"month", offsetof(sum_t, months), 1},
        {"week", offsetof(sum_t, days), 7},
        {"day", offsetof(sum_t, days), 1},
        {"hour", offsetof(sum_t, microseconds), HOUR},
        {"min", offsetof(sum_t, microseconds), MINUTE},
        {"minute", offsetof(sum_t, microseconds), MINUTE},
        {"sec", offsetof(sum_t, microseconds), SECOND},
        {"second", offsetof(sum_t, microseconds), SECOND},
    };

    if (length > 1 && unit[length - 1] == 's')
        length--;
    for (size_t i = 0; i < AQ__COUNT_OF(units); i++)
        if (strlen(units[i].name) == length && memcmp(units[i].name, unit, length) == 0) {
            add(sum, (int64_t *)(void *)((char *)sum + units[i].member), number, units[i].factor);
            return true;
        }
    return false;
}

/* Digits, with the sign that was before them; AQ__TOO_LONG of them are an overflow. */
static bool take_number(const char **at, bool minus, sum_t *sum, int64_t *number)
{
    const char *first = *at;

    for (*number = 0; **at >= '0' && **at <= '9'; ++*at) {
        int64_t digit = **at - '0';

        sum->overflow |= __builtin_mul_overflow(*number, 10, number) ||
                         __builtin_add_overflow(*number, minus ? -digit : digit, number);
    }
    return *at > first;
}

/* ":05:06.7" after the hours */
static bool take_clock(const char **at, bool minus, sum_t *sum, int64_t hours)
{
    int64_t minutes, seconds = 0;

    ++*at;
    if (!take_number(at, minus, sum, &minutes) || minutes <= -60 || minutes >= 60)
        return false;
    if (**at == ':') {
        ++*at;
        if (!aq__take_seconds(at, 2, &seconds) || seconds > MINUTE)
            return false;
    }
    add(sum, &sum->microseconds, hours, HOUR);
    add(sum, &sum->microseconds, minutes, MINUTE);
    add(sum, &sum->microseconds, minus ? -seconds : seconds, 1);
    return true;
}

static bool parse_words(const char *at, sum_t *sum)
{
    do {
        bool minus = *at == '-';
        int64_t number;
        size_t length;

        at += *at == '-' || *at == '+';
        if (!take_number(&at, minus, sum, &number))
            return false;
        if (*at == ':') {
            if (!take_clock(&at, minus, sum, number))
                return false;
        } else {
            at += *at == ' ';
            length = strspn(at, "abcdefghijklmnopqrstuvwxyz");
            if (!add_unit(sum, number, at, length))
                return false;
            at += length;
        }
    } while (*at++ == ' ');
    return at[-1] == '\0';
}

static bool add_iso_unit(sum_t *sum, int64_t number, char unit, bool time)
{
    static const struct {
        char name[2];
        const char *word;
    } units[] = {{"Y", "year"}, {"M", "mon"}, {"W", "week"}, {"D", "day"}},
      times[] = {{"H", "hour"}, {"M", "min"}, {"S", "sec"}};

    for (size_t i = 0; i < (time ? AQ__COUNT_OF(times) : AQ__COUNT_OF(units)); i++)
        if ((time ? times : units)[i].name[0] == unit) {
            const char *word = (time ? times : units)[i].word;

            return add_unit(sum, number, word, strlen(word));
        }
    return false;
}

static bool parse_iso8601(const char *at, sum_t *sum)
{
    bool time = false;

    if (*++at == '\0')
        return false;
    while (*at != '\0') {
        const char *start;
        bool minus;
        int64_t number, seconds;

        if (*at == 'T' && !time && at[1] != '\0') {
            time = true;
            at++;
        }
        minus = *at == '-';
        at += *at == '-' || *at == '+';
        start = at;
        if (!take_number(&at, minus, sum, &number))
            return false;
        if (*at == '.' && time) {
            at = start;
            if (!aq__take_seconds(&at, 12, &seconds) || *at++ != 'S')
                return false;
            add(sum, &sum->microseconds, minus ? -seconds : seconds, 1);
        } else if (*at == '\0' || !add_iso_unit(sum, number, *at++, time)) {
            return false;
        }
    }
    return true;
}

static int refuse(int code, const char *text, const char *why)
{
    return aq__fail(code, "interval '%.*s': %s", (int)aq__utf8_cut(text, strlen(text), 60), text, why);
}

int aq_parse_interval(const char *text, aq_interval_t *value)
{
    sum_t sum = {0, 0, 0, false};

    *value = (aq_interval_t){0, 0, 0};
    if (strcmp(text, "infinity") == 0 || strcmp(text, "-infinity") == 0) {
        *value = *text == '-' ? (aq_interval_t){INT32_MIN, INT32_MIN, INT64_MIN}
                              : (aq_interval_t){INT32_MAX, INT32_MAX, INT64_MAX};
        return AQ_OK;
    }
    if (!(*text == 'P' ? parse_iso8601(text, &sum) : parse_words(text, &sum)))
        return refuse(AQ_EINVAL, text, "not of the form 1 year 2 mons -3 days +04:05:06.7");
    if (sum.overflow || sum.months < INT32_MIN || sum.months > INT32_MAX || sum.days < INT32_MIN ||
        sum.days > INT32_MAX)
        return refuse(AQ_ERANGE, text, "out of range");
    *value = (aq_interval_t){(int32_t)sum.months, (int32_t)sum.days, sum.microseconds};
    return AQ_OK;
}
