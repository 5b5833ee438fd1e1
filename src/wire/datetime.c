/* Dates, times and timestamps <-> text, as PostgreSQL writes them with DateStyle ISO (and, for JSON, as ISO 8601 has them).
 *
 * The happy path: days since 1970 and microseconds of the day; the calendar is the proleptic Gregorian one.
 * The failure modes: text of another form (AQ_EINVAL), a day or a time that does not exist or does not fit (AQ_ERANGE), a buffer
 * that is too small (AQ_EINVAL). */
#include "src/wire/value.h"

#define SECOND INT64_C(1000000)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)

/* ---- The calendar ------------------------------------------------------------------------------------------------------------ */

/* 400 years have 146097 days. Years are counted from March here, so that the leap day is the last of them. */
#define CYCLE_DAYS 146097
#define DAYS_TO_1970 719468 /* from 0000-03-01 */

typedef struct {
    int64_t year; /* 0 is 1 BC */
    int month, day;
} civil_t;

static int64_t floor_divide(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

static civil_t civil_of(int64_t days)
{
    int64_t cycle = floor_divide(days + DAYS_TO_1970, CYCLE_DAYS);
    int day = (int)(days + DAYS_TO_1970 - cycle * CYCLE_DAYS);
    int leaps = day / 1460 - day / 36524 + day / 146096; /* leap days before the year of this day */
    int year = (day - leaps) / 365;
    int month;

    day -= 365 * year + year / 4 - year / 100;
    month = (5 * day + 2) / 153; /* 31, 30, 31, 30, 31 days: 153 in five months */
    day -= (153 * month + 2) / 5;
    return (civil_t){cycle * 400 + year + (month >= 10), month < 10 ? month + 3 : month - 9, day + 1};
}

static int64_t days_of(civil_t civil)
{
    int64_t year = civil.year - (civil.month <= 2), cycle = floor_divide(year, 400);
    int64_t of_cycle = year - cycle * 400;
    int month = civil.month > 2 ? civil.month - 3 : civil.month + 9;

    return cycle * CYCLE_DAYS + of_cycle * 365 + of_cycle / 4 - of_cycle / 100 + (153 * month + 2) / 5 +
           civil.day - 1 - DAYS_TO_1970;
}

/* ---- Writing ------------------------------------------------------------------------------------------------------------------ */

static char *put_text(char *to, const char *text)
{
    size_t length = strlen(text);

    memcpy(to, text, length + 1);
    return to + length;
}

/* At least `width` digits. */
char *aq__put_number(char *to, int64_t number, int width)
{
    int digits = 1;

    for (int64_t rest = number; rest >= 10; rest /= 10)
        digits++;
    if (digits < width)
        digits = width;
    for (int i = digits - 1; i >= 0; i--, number /= 10)
        to[i] = (char)('0' + number % 10);
    return to + digits;
}

char *aq__put_seconds(char *to, int64_t microseconds, int width)
{
    int64_t fraction = microseconds % SECOND;
    int width_left = 6;

    to = aq__put_number(to, microseconds / SECOND, width);
    if (fraction == 0)
        return to;
    for (; fraction % 10 == 0; fraction /= 10)
        width_left--;
    *to++ = '.';
    return aq__put_number(to, fraction, width_left);
}

static char *put_date(char *to, civil_t civil, bool iso8601)
{
    if (iso8601 && (civil.year < 0 || civil.year > 9999)) { /* "expanded representation" */
        *to++ = civil.year < 0 ? '-' : '+';
        to = aq__put_number(to, civil.year < 0 ? -civil.year : civil.year, 6);
    } else {
        to = aq__put_number(to, iso8601 || civil.year > 0 ? civil.year : 1 - civil.year, 4);
    }
    *to++ = '-';
    to = aq__put_number(to, civil.month, 2);
    *to++ = '-';
    return aq__put_number(to, civil.day, 2);
}

static char *put_time(char *to, int64_t microseconds)
{
    to = aq__put_number(to, microseconds / HOUR, 2);
    *to++ = ':';
    to = aq__put_number(to, microseconds / MINUTE % 60, 2);
    *to++ = ':';
    return aq__put_seconds(to, microseconds % MINUTE, 2);
}

static char *put_era(char *to, civil_t civil, bool iso8601)
{
    return put_text(to, civil.year <= 0 && !iso8601 ? " BC" : "");
}

int aq__date_format(int32_t server_date, bool iso8601, char *buffer)
{
    civil_t civil = civil_of((int64_t)server_date + AQ__EPOCH_DAYS);

    if (server_date == AQ_DATE_INFINITY || server_date == AQ_DATE_NEGATIVE_INFINITY)
        return (int)(put_text(buffer, server_date > 0 ? "infinity" : "-infinity") - buffer);
    return (int)(put_era(put_date(buffer, civil, iso8601), civil, iso8601) - buffer);
}

int aq__time_format(int64_t microseconds, char *buffer)
{
    return (int)(put_text(put_time(buffer, microseconds), "") - buffer);
}

int aq__timestamp_format(int64_t server_timestamp, bool with_zone, bool iso8601, char *buffer)
{
    int64_t days = floor_divide(server_timestamp, AQ__DAY);
    civil_t civil = civil_of(days + AQ__EPOCH_DAYS);
    char *to = buffer;

    if (server_timestamp == AQ_TIMESTAMP_INFINITY || server_timestamp == AQ_TIMESTAMP_NEGATIVE_INFINITY)
        return (int)(put_text(to, server_timestamp > 0 ? "infinity" : "-infinity") - buffer);
    to = put_date(to, civil, iso8601);
    *to++ = iso8601 ? 'T' : ' ';
    to = put_time(to, server_timestamp - days * AQ__DAY);
    if (with_zone)
        to = put_text(to, iso8601 ? "Z" : "+00");
    return (int)(put_era(to, civil, iso8601) - buffer);
}

/* ---- Public writing ------------------------------------------------------------------------------------------------------------ */

int aq__form_copy(const char *form, int length, char *buffer, size_t size)
{
    if (size <= (size_t)length)
        return aq__fail(AQ_EINVAL, "'%s': %d bytes and a NUL do not fit a buffer of %zu", form, length, size);
    memcpy(buffer, form, (size_t)length + 1);
    return length;
}

static int format_timestamp(aq_timestamp_t value, bool with_zone, bool iso8601, char *buffer, size_t size)
{
    bool finite = value != AQ_TIMESTAMP_INFINITY && value != AQ_TIMESTAMP_NEGATIVE_INFINITY;
    char form[AQ__FORM_SIZE];

    if (finite && value < AQ__TIMESTAMP_FIRST + AQ__EPOCH_MICROSECONDS)
        return aq__fail(AQ_ERANGE, "timestamp of %lld microseconds: PostgreSQL's first is %lld",
                        (long long)value, (long long)(AQ__TIMESTAMP_FIRST + AQ__EPOCH_MICROSECONDS));
    return aq__form_copy(
        form, aq__timestamp_format(finite ? value - AQ__EPOCH_MICROSECONDS : value, with_zone, iso8601, form),
        buffer, size);
}

int aq_format_timestamp(aq_timestamp_t value, bool with_zone, char *buffer, size_t size)
{
    return format_timestamp(value, with_zone, false, buffer, size);
}

int aq_format_timestamp_iso8601(aq_timestamp_t value, bool with_zone, char *buffer, size_t size)
{
    return format_timestamp(value, with_zone, true, buffer, size);
}

int aq_format_date(aq_date_t value, char *buffer, size_t size)
{
    bool finite = value != AQ_DATE_INFINITY && value != AQ_DATE_NEGATIVE_INFINITY;
    char form[AQ__FORM_SIZE];

    if (finite && (value < AQ__DATE_FIRST || value > AQ__DATE_LAST))
        return aq__fail(AQ_ERANGE, "date of day %d: PostgreSQL has the days %d to %d", value, AQ__DATE_FIRST,
                        AQ__DATE_LAST);
    return aq__form_copy(form, aq__date_format(finite ? value - AQ__EPOCH_DAYS : value, false, form), buffer,
                         size);
}

int aq_format_time(aq_time_t value, char *buffer, size_t size)
{
    char form[AQ__FORM_SIZE];

    if (value < 0 || value > AQ__DAY)
        return aq__fail(AQ_ERANGE, "time of %lld microseconds: a day has %lld", (long long)value,
                        (long long)AQ__DAY);
    return aq__form_copy(form, aq__time_format(value, form), buffer, size);
}

/* ---- Reading -------------------------------------------------------------------------------------------------------------------- */

/* `most` digits at most; returns how many there were. */
static int take_number(const char **at, int most, int64_t *number)
{
    int digits = 0;

    for (*number = 0; digits < most && **at >= '0' && **at <= '9'; (*at)++, digits++)
        *number = *number * 10 + (**at - '0');
    return digits;
}

static bool take_char(const char **at, char character)
{
    bool there = **at == character;

    *at += there;
    return there;
}

bool aq__take_seconds(const char **at, int most, int64_t *microseconds)
{
    int64_t fraction = 0;
    int digits = 0;

    if (take_number(at, most, microseconds) == 0)
        return false;
    *microseconds *= SECOND;
    if (!take_char(at, '.'))
        return true;
    digits = take_number(at, 6, &fraction);
    for (int i = digits; i < 6; i++)
        fraction *= 10;
    *microseconds += fraction + (**at >= '5' && **at <= '9'); /* the seventh digit rounds */
    while (**at >= '0' && **at <= '9')
        ++*at;
    return true;
}

static bool take_date(const char **at, civil_t *civil)
{
    bool minus = **at == '-';
    int64_t month, day;

    *at += **at == '-' || **at == '+';
    if (take_number(at, 7, &civil->year) == 0 || !take_char(at, '-') || take_number(at, 2, &month) != 2 ||
        !take_char(at, '-') || take_number(at, 2, &day) != 2)
        return false;
    if (minus)
        civil->year = -civil->year;
    civil->month = (int)month;
    civil->day = (int)day;
    return true;
}

static bool take_time(const char **at, int64_t *microseconds)
{
    int64_t hours, minutes, seconds = 0;

    if (take_number(at, 2, &hours) != 2 || !take_char(at, ':') || take_number(at, 2, &minutes) != 2)
        return false;
    if (take_char(at, ':') && !aq__take_seconds(at, 2, &seconds))
        return false;
    *microseconds = hours * HOUR + minutes * MINUTE + seconds;
    return hours <= 24 && minutes < 60 && seconds <= MINUTE && *microseconds <= AQ__DAY;
}

/* Z, +hh, +hh:mm, +hh:mm:ss, +hhmm; nothing is UTC. */
static bool take_zone(const char **at, int64_t *offset)
{
    bool minus = **at == '-';
    int64_t hours, minutes = 0, seconds = 0;

    *offset = 0;
    if (take_char(at, 'Z') || (**at != '-' && **at != '+'))
        return true;
    ++*at;
    if (take_number(at, 2, &hours) != 2)
        return false;
    if ((take_char(at, ':') || (**at >= '0' && **at <= '9')) && take_number(at, 2, &minutes) != 2)
        return false;
    if (take_char(at, ':') && take_number(at, 2, &seconds) != 2)
        return false;
    *offset = hours * HOUR + minutes * MINUTE + seconds * SECOND;
    if (minus)
        *offset = -*offset;
    return minutes < 60 && seconds < 60;
}

static void take_era(const char **at, civil_t *civil)
{
    if (strcmp(*at, " BC") != 0)
        return;
    *at += 3;
    civil->year = 1 - civil->year;
}

static bool exists(civil_t civil)
{
    civil_t again = civil_of(days_of(civil));

    return civil.month >= 1 && civil.month <= 12 && again.day == civil.day && again.month == civil.month;
}

static int is_infinity(const char *text)
{
    return strcmp(text, "infinity") == 0 ? 1 : strcmp(text, "-infinity") == 0 ? -1 : 0;
}

static int refuse(int code, const char *type, const char *text, const char *why)
{
    return aq__fail(code, "%s '%.*s': %s", type, (int)aq__utf8_cut(text, strlen(text), 60), text, why);
}

int aq_parse_date(const char *text, aq_date_t *value)
{
    const char *at = text;
    civil_t civil;
    int64_t days;

    *value = is_infinity(text) > 0 ? AQ_DATE_INFINITY : AQ_DATE_NEGATIVE_INFINITY;
    if (is_infinity(text) != 0)
        return AQ_OK;
    *value = 0;
    if (!take_date(&at, &civil))
        return refuse(AQ_EINVAL, "date", text, "not of the form 2026-11-23");
    take_era(&at, &civil);
    if (*at != '\0')
        return refuse(AQ_EINVAL, "date", text, "not of the form 2026-11-23");
    days = days_of(civil);
    if (!exists(civil) || days < AQ__DATE_FIRST || days > AQ__DATE_LAST)
        return refuse(AQ_ERANGE, "date", text, "there is no such day");
    *value = (aq_date_t)days;
    return AQ_OK;
}

int aq_parse_time(const char *text, aq_time_t *value)
{
    const char *at = text;

    *value = 0;
    if (take_time(&at, value) && *at == '\0')
        return AQ_OK;
    *value = 0;
    return refuse(AQ_EINVAL, "time", text, "not of the form 04:05:06.5");
}

/* Days, time and zone as microseconds since 1970. */
static int join(const char *text, civil_t civil, int64_t time, int64_t zone, aq_timestamp_t *value)
{
    int64_t days = days_of(civil);

    if (!exists(civil))
        return refuse(AQ_ERANGE, "timestamp", text, "there is no such day");
    if (__builtin_mul_overflow(days, AQ__DAY, value) || __builtin_add_overflow(*value, time - zone, value) ||
        *value == AQ_TIMESTAMP_INFINITY || *value < AQ__TIMESTAMP_FIRST + AQ__EPOCH_MICROSECONDS) {
        *value = 0;
        return refuse(AQ_ERANGE, "timestamp", text, "out of range");
    }
    return AQ_OK;
}

int aq_parse_timestamp(const char *text, aq_timestamp_t *value)
{
    const char *at = text;
    int64_t time = 0, zone = 0;
    bool good;
    civil_t civil;

    *value = is_infinity(text) > 0 ? AQ_TIMESTAMP_INFINITY : AQ_TIMESTAMP_NEGATIVE_INFINITY;
    if (is_infinity(text) != 0)
        return AQ_OK;
    *value = 0;
    good = take_date(&at, &civil);
    if (good && (*at == 'T' || (*at == ' ' && at[1] >= '0' && at[1] <= '9'))) {
        at++;
        good = take_time(&at, &time) && take_zone(&at, &zone);
    }
    if (!good)
        return refuse(AQ_EINVAL, "timestamp", text, "not of the form 2026-11-23 04:05:06.5+00");
    take_era(&at, &civil);
    if (*at != '\0')
        return refuse(AQ_EINVAL, "timestamp", text, "not of the form 2026-11-23 04:05:06.5+00");
    return join(text, civil, time, zone, value);
}
