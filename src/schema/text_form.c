/* The text forms of types, as far as a client can tell them: PostgreSQL documentation, chapter 8. What is accepted here means the same in
 * every session: dates are ISO 8601, whatever DateStyle is, and words like 'now' or 'today', which are no values, are refused.
 *
 * The happy path: the text is scanned to its end. The failure mode: something is left, or a number is out of its range. */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "src/base/base.h"
#include "src/schema/text_form.h"

bool aq__is_blank(const char *text)
{
    return text[strspn(text, " \t\n\r\f\v")] == '\0';
}

/* ---- Numbers ------------------------------------------------------------------------------------------------------------------ */

static size_t digits(const char *text)
{
    return strspn(text, "0123456789");
}

static bool is_integer(const char *text, int64_t min, int64_t max)
{
    const char *first = text + (text[0] == '-' || text[0] == '+');
    long long number;

    if (first[0] == '\0' || first[digits(first)] != '\0')
        return false;
    errno = 0;
    number = strtoll(text, NULL, 10);
    return errno == 0 && number >= min && number <= max;
}

/* "-12.5e-3", "NaN", "-Infinity" */
static bool is_decimal(const char *text)
{
    size_t before, after = 0;

    if (strcasecmp(text, "nan") == 0)
        return true;
    text += text[0] == '-' || text[0] == '+';
    if (strcasecmp(text, "infinity") == 0 || strcasecmp(text, "inf") == 0)
        return true;
    before = digits(text);
    text += before;
    if (text[0] == '.')
        text += 1 + (after = digits(text + 1));
    if (before + after == 0)
        return false;
    if (text[0] == 'e' || text[0] == 'E') {
        text += 1 + (text[1] == '-' || text[1] == '+');
        if (digits(text) == 0)
            return false;
        text += digits(text);
    }
    return text[0] == '\0';
}

/* ---- Dates and times ------------------------------------------------------------------------------------------------------------ */

/* Takes `count` digits, a number of `min` to `max`. */
static bool take_number(const char **text, size_t count, int min, int max, int *number)
{
    if (digits(*text) < count)
        return false;
    *number = 0;
    for (size_t i = 0; i < count; i++)
        *number = 10 * *number + ((*text)[i] - '0');
    *text += count;
    return *number >= min && *number <= max;
}

static bool take(const char **text, char character)
{
    bool there = **text == character;

    *text += there;
    return there;
}

static int days_of(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    return days[month - 1] + (month == 2 && leap);
}

enum { LAST_YEAR_OF_DATES = 5874897, LAST_YEAR_OF_TIMES = 294276 };

/* "2024-02-29" */
static bool take_date(const char **text, int last_year)
{
    int year, month, day;
    size_t width = digits(*text);

    return width >= 4 && width <= 7 && take_number(text, width, 1, last_year, &year) && take(text, '-') &&
           take_number(text, 2, 1, 12, &month) && take(text, '-') &&
           take_number(text, 2, 1, days_of(year, month), &day);
}

/* "23:59", "23:59:60", "12:30:00.123456", "24:00:00" */
static bool take_time(const char **text)
{
    int hour, minute, second = 0, rest = 0;

    if (!take_number(text, 2, 0, 24, &hour) || !take(text, ':') || !take_number(text, 2, 0, 59, &minute))
        return false;
    if (take(text, ':') && !take_number(text, 2, 0, 60, &second))
        return false;
    if (take(text, '.')) {
        size_t width = digits(*text);

        if (width == 0 || width > 6 || !take_number(text, width, 0, 999999, &rest))
            return false;
    }
    return hour < 24 || minute + second + rest == 0;
}

/* "+02", "-03:30", "Z" */
static bool take_zone(const char **text)
{
    int hours, minutes;

    if (take(text, 'Z'))
        return true;
    if (!take(text, '+') && !take(text, '-'))
        return false;
    if (!take_number(text, 2, 0, 15, &hours))
        return false;
    return !take(text, ':') || take_number(text, 2, 0, 59, &minutes);
}

static bool is_infinite(const char *text)
{
    return strcmp(text, "infinity") == 0 || strcmp(text, "-infinity") == 0;
}

static bool is_date(const char *text)
{
    return is_infinite(text) || (take_date(&text, LAST_YEAR_OF_DATES) && text[0] == '\0');
}

static bool is_time(const char *text)
{
    return take_time(&text) && text[0] == '\0';
}

/* With a zone where the type has one: without it the session's would count. */
static bool is_timestamp(const char *text, bool zoned)
{
    if (is_infinite(text))
        return true;
    if (!take_date(&text, LAST_YEAR_OF_TIMES) || (!take(&text, ' ') && !take(&text, 'T')) ||
        !take_time(&text))
        return false;
    return (!zoned || take_zone(&text)) && text[0] == '\0';
}

/* ---- The rest ---------------------------------------------------------------------------------------------------------------- */

static bool is_bool(const char *text)
{
    static const char *const words[] = {"true", "false", "t", "f", "yes", "no", "on", "off", "1", "0"};

    for (size_t i = 0; i < AQ__COUNT_OF(words); i++)
        if (strcasecmp(text, words[i]) == 0)
            return true;
    return false;
}

/* "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11" */
static bool is_uuid(const char *text)
{
    for (size_t i = 0; i < 36; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;

        if (dash ? text[i] != '-' : !isxdigit((unsigned char)text[i]))
            return false;
    }
    return text[36] == '\0';
}

/* "\xdeadbeef" */
static bool is_bytea(const char *text)
{
    size_t length = strlen(text);

    return length >= 2 && length % 2 == 0 && text[0] == '\\' && text[1] == 'x' &&
           strspn(text + 2, "0123456789abcdefABCDEF") == length - 2;
}

/* "192.168.0.1" */
static bool take_ipv4(const char **text)
{
    int number;

    for (int i = 0; i < 4; i++) {
        size_t width = digits(*text);

        if ((i > 0 && !take(text, '.')) || (width = digits(*text)) == 0 || width > 3 ||
            !take_number(text, width, 0, 255, &number))
            return false;
    }
    return true;
}

/* "2001:db8::1", "::ffff:10.0.0.1": eight groups, or fewer and one "::". */
static bool take_ipv6(const char **text)
{
    int groups = 0;
    bool gap = strncmp(*text, "::", 2) == 0, more = true;

    *text += gap ? 2 : 0;
    while (more) {
        size_t width = strspn(*text, "0123456789abcdefABCDEF");

        if (width == 0)
            more = false; /* what a gap may be followed by */
        else if ((*text)[width] == '.')
            return take_ipv4(text) && (gap ? groups + 2 < 8 : groups + 2 == 8);
        else if (width > 4 || ++groups > 8)
            return false;
        else {
            bool again = strncmp(*text += width, "::", 2) == 0;

            if (again && gap)
                return false;
            gap = gap || again;
            more = again || ((*text)[0] == ':' && isxdigit((unsigned char)(*text)[1]));
            *text += again ? 2 : more ? 1 : 0;
        }
    }
    return gap ? groups < 8 : groups == 8;
}

static bool is_inet(const char *text)
{
    bool six = strchr(text, ':') != NULL;
    int bits;
    size_t width;

    if (six ? !take_ipv6(&text) : !take_ipv4(&text))
        return false;
    if (!take(&text, '/'))
        return text[0] == '\0';
    width = digits(text);
    return width >= 1 && width <= 3 && take_number(&text, width, 0, six ? 128 : 32, &bits) && text[0] == '\0';
}

/* ---- JSON (RFC 8259) ------------------------------------------------------------------------------------------------------------ */

static void skip_space(const char **text)
{
    *text += strspn(*text, " \t\n\r");
}

static bool take_json_string(const char **text)
{
    if (!take(text, '"'))
        return false;
    for (; **text != '"'; ++*text) {
        if ((unsigned char)**text < 0x20)
            return false;
        if (!take(text, '\\'))
            continue;
        if (**text == 'u' && strspn(*text + 1, "0123456789abcdefABCDEF") < 4)
            return false;
        if (**text == '\0' || strchr("\"\\/bfnrtu", **text) == NULL)
            return false;
    }
    return take(text, '"');
}

static bool take_json_number(const char **text)
{
    const char *at = *text;
    size_t whole;

    (void)take(&at, '-');
    whole = digits(at);
    if (whole == 0 || (whole > 1 && at[0] == '0'))
        return false;
    at += whole;
    if (take(&at, '.')) {
        if (digits(at) == 0)
            return false;
        at += digits(at);
    }
    if (take(&at, 'e') || take(&at, 'E')) {
        if (!take(&at, '-'))
            (void)take(&at, '+');
        if (digits(at) == 0)
            return false;
        at += digits(at);
    }
    *text = at;
    return true;
}

static bool take_word(const char **text, const char *word)
{
    bool there = strncmp(*text, word, strlen(word)) == 0;

    *text += there ? strlen(word) : 0;
    return there;
}

/* A value that holds no others. */
static bool take_json_scalar(const char **text)
{
    return **text == '"' ? take_json_string(text)
                         : take_word(text, "true") || take_word(text, "false") || take_word(text, "null") ||
                               take_json_number(text);
}

/* `"name" :`, in front of a value of an object. */
static bool take_json_name(const char **text)
{
    skip_space(text);
    if (!take_json_string(text))
        return false;
    skip_space(text);
    return take(text, ':');
}

/* Without recursion: `open` has the brackets that are open. */
static bool is_json(const char *text)
{
    enum { DEEPEST = 64 };
    char open[DEEPEST];
    int depth = 0;

    for (;;) {
        skip_space(&text);
        if (text[0] == '{' || text[0] == '[') {
            if (depth == DEEPEST)
                return true; /* the server tells */
            open[depth++] = *text++ == '{' ? '}' : ']';
            skip_space(&text);
            if (text[0] != open[depth - 1]) {
                if (open[depth - 1] == '}' && !take_json_name(&text))
                    return false;
                continue;
            }
        } else if (!take_json_scalar(&text)) {
            return false;
        }
        for (skip_space(&text); depth > 0 && take(&text, open[depth - 1]); skip_space(&text))
            depth--;
        if (depth == 0)
            return text[0] == '\0';
        if (!take(&text, ',') || (open[depth - 1] == '}' && !take_json_name(&text)))
            return false;
    }
}

/* ---- All of them ------------------------------------------------------------------------------------------------------------------ */

static size_t characters(const char *text)
{
    size_t count = 0;

    for (; *text != '\0'; text++)
        count += ((unsigned char)*text & 0xc0) != 0x80;
    return count;
}

static const char *needed_text(const char *text, int length)
{
    if (!aq_utf8_valid(text, strlen(text)))
        return "valid UTF-8";
    return length > 0 && characters(text) > (size_t)length ? "a text that is not longer than its .length"
                                                           : NULL;
}

static const char *needed_array(const char *text)
{
    size_t length = strlen(text);

    return length >= 2 && text[0] == '{' && text[length - 1] == '}' ? NULL : "a list in braces, as {}";
}

const char *aq__text_form_needed(uint32_t oid, const char *text, int length)
{
    switch (oid) {
    case AQ_OID_BOOL: return is_bool(text) ? NULL : "true or false";
    case AQ_OID_INT2: return is_integer(text, INT16_MIN, INT16_MAX) ? NULL : "an integer of -32768 to 32767";
    case AQ_OID_INT4:
        return is_integer(text, INT32_MIN, INT32_MAX) ? NULL : "an integer of -2147483648 to 2147483647";
    case AQ_OID_INT8: return is_integer(text, INT64_MIN, INT64_MAX) ? NULL : "an integer of 64 bits";
    case AQ_OID_OID: return is_integer(text, 0, UINT32_MAX) ? NULL : "an integer of 0 to 4294967295";
    case AQ_OID_FLOAT4:
    case AQ_OID_FLOAT8:
    case AQ_OID_NUMERIC: return is_decimal(text) ? NULL : "a number";
    case AQ_OID_DATE: return is_date(text) ? NULL : "a date as 2024-12-31";
    case AQ_OID_TIME: return is_time(text) ? NULL : "a time as 23:59:59";
    case AQ_OID_TIMESTAMP: return is_timestamp(text, false) ? NULL : "a time as 2024-12-31 23:59:59";
    case AQ_OID_TIMESTAMPTZ: return is_timestamp(text, true) ? NULL : "a time as 2024-12-31 23:59:59+00";
    case AQ_OID_INTERVAL: return !aq__is_blank(text) ? NULL : "a duration as 1 day 02:00:00";
    case AQ_OID_UUID: return is_uuid(text) ? NULL : "32 hexadecimal digits as 8-4-4-4-12";
    case AQ_OID_INET: return is_inet(text) ? NULL : "an address as 10.0.0.1/8 or ::1";
    case AQ_OID_BYTEA: return is_bytea(text) ? NULL : "hexadecimal digits as \\xff00";
    case AQ_OID_JSON:
    case AQ_OID_JSONB: return is_json(text) ? NULL : "JSON";
    case AQ_OID_TEXT:
    case AQ_OID_NAME:
    case AQ_OID_VARCHAR:
    case AQ_OID_BPCHAR: return needed_text(text, length);
    default: return needed_array(text);
    }
}
