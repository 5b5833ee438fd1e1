/* float4 and float8 <-> text, whatever the locale: C's conversions are only given numbers without a decimal point.
 *
 * Text is what the server prints with extra_float_digits 1: the fewest digits from which the same number is read back, and of
 * those the nearest; but never the middle between two numbers, because readers differ in how they round it. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "src/wire/value.h"

/* More digits than these cannot change a float8, except by not being zero. */
#define DIGITS 800

/* ---- Text to number ------------------------------------------------------------------------------------------------------ */

static bool is_word(const char *text, size_t length, const char *word)
{
    size_t i = 0;

    while (i < length && word[i] != '\0' && (text[i] | 0x20) == word[i])
        i++;
    return i == length && word[i] == '\0';
}

static bool special(const char *text, size_t length, bool minus, double *value)
{
    bool nan = is_word(text, length, "nan");

    if (!nan && !is_word(text, length, "infinity") && !is_word(text, length, "inf"))
        return false;
    *value = nan ? (double)NAN : minus ? -(double)INFINITY : (double)INFINITY;
    return true;
}

typedef struct {
    char digits[DIGITS + 40]; /* becomes "-12345e-4" */
    size_t used;
    size_t count; /* of significant digits */
    int64_t exponent;
    bool lost; /* digits that were not zero did not fit */
} decimal_t;

/* Reads digits with at most one point; returns what is behind them, NULL when there is no digit. */
static const char *take_digits(decimal_t *decimal, const char *text, const char *end)
{
    bool any = false, point = false;

    for (; text < end && ((*text >= '0' && *text <= '9') || (*text == '.' && !point)); text++) {
        if (*text == '.') {
            point = true;
            continue;
        }
        any = true;
        decimal->exponent -= point;
        if (decimal->count == 0 && *text == '0')
            continue;
        if (decimal->count < DIGITS) {
            decimal->digits[decimal->used++] = *text;
            decimal->count++;
        } else {
            decimal->exponent++;
            decimal->lost |= *text != '0';
        }
    }
    return any ? text : NULL;
}

static const char *take_exponent(decimal_t *decimal, const char *text, const char *end)
{
    bool minus = text < end && *text == '-';
    int64_t value = 0;
    const char *first;

    text += text < end && (*text == '-' || *text == '+');
    for (first = text; text < end && *text >= '0' && *text <= '9'; text++)
        value = value < 10000000 ? value * 10 + (*text - '0') : value;
    decimal->exponent += minus ? -value : value;
    return text > first ? text : NULL;
}

int aq__float_parse(const char *text, size_t length, bool single, double *value)
{
    const char *end = text + length;
    decimal_t decimal = {.used = 0};

    if (text < end && (*text == '-' || *text == '+')) {
        decimal.digits[decimal.used++] = *text;
        text++;
    }
    if (special(text, (size_t)(end - text), decimal.digits[0] == '-', value))
        return AQ_OK;
    text = take_digits(&decimal, text, end);
    if (text != NULL && text < end && (*text | 0x20) == 'e')
        text = take_exponent(&decimal, text + 1, end);
    if (text != end)
        return AQ_EINVAL;
    if (decimal.lost) {
        decimal.digits[decimal.used++] = '1';
        decimal.exponent--;
    }
    (void)snprintf(decimal.digits + decimal.used, sizeof(decimal.digits) - decimal.used, "%se%lld",
                   decimal.count == 0 ? "0" : "", (long long)decimal.exponent);
    *value = single ? (double)strtof(decimal.digits, NULL) : strtod(decimal.digits, NULL);
    return isinf(*value) ? AQ_ERANGE : AQ_OK;
}

/* ---- Number to text ------------------------------------------------------------------------------------------------------- */

/* How float4 and float8 differ. */
typedef struct {
    bool single;
    int first, last; /* digits: always safe to read back; always enough */
    int fixed;       /* numbers from 10^fixed on have an exponent */
    uint64_t
        middle; /* the odd part of a middle between two numbers is at least this, and less than twice as much */
    double smallest; /* normal number */
    double integers; /* below this they are exact and their digits the shortest */
} width_t;

static const width_t float4_width = {true, 6, 9, 6, UINT64_C(1) << 24, 0x1p-126, 0x1p24};
static const width_t float8_width = {false, 15, 17, 15, UINT64_C(1) << 53, 0x1p-1022, 1e15};

/* digits * 10^exponent */
typedef struct {
    uint64_t digits;
    int exponent;
} shortest_t;

static double read_back(shortest_t candidate, const width_t *width)
{
    char text[48];

    (void)snprintf(text, sizeof(text), "%llue%d", (unsigned long long)candidate.digits, candidate.exponent);
    return width->single ? (double)strtof(text, NULL) : strtod(text, NULL);
}

/* Whether the number, which reads back as one of this width, lies in the middle between two: then it is an odd integer of one bit
 * more than they have, times a power of two. A fraction with so few digits never is. */
static bool is_middle(shortest_t candidate, const width_t *width)
{
    uint64_t odd = candidate.digits;

    if (candidate.exponent < 0)
        return false;
    while (odd % 2 == 0)
        odd /= 2;
    for (int i = 0; i < candidate.exponent && odd < 2 * width->middle; i++)
        odd *= 5;
    return odd >= width->middle && odd < 2 * width->middle;
}

/* The number rounded to so many digits. */
static shortest_t round_to(double number, int digits)
{
    shortest_t rounded = {0, 0};
    char text[48];
    const char *next = text;

    (void)snprintf(text, sizeof(text), "%.*e", digits - 1, number);
    for (; *next != 'e'; next++)
        if (*next >= '0' && *next <= '9') /* and not the locale's point */
            rounded.digits = rounded.digits * 10 + (uint64_t)(*next - '0');
    rounded.exponent = atoi(next + 1) - (digits - 1);
    return rounded;
}

static bool fits(shortest_t candidate, double number, const width_t *width)
{
    return read_back(candidate, width) == number && !is_middle(candidate, width);
}

static bool is_power_of_two(double number)
{
    uint64_t bits;

    memcpy(&bits, &number, sizeof(bits));
    return (bits & ((UINT64_C(1) << 52) - 1)) == 0;
}

/* Above a power of two numbers are twice as far apart as below it, so the nearest text may be too far below while the next one above
 * is not. */
static shortest_t shorten(double number, const width_t *width)
{
    bool power = is_power_of_two(number);
    shortest_t candidate, next;

    for (int digits = number < width->smallest ? 1 : width->first; digits < width->last; digits++) {
        next = candidate = round_to(number, digits);
        next.digits++;
        if (fits(candidate, number, width))
            return candidate;
        if (power && fits(next, number, width))
            return next;
    }
    return round_to(number, width->last);
}

/* Lays out digits and exponent as the server does. */
static int lay_out(char *to, shortest_t number, int fixed)
{
    char digits[24];
    int count, point;

    while (number.digits % 10 == 0) {
        number.digits /= 10;
        number.exponent++;
    }
    count = snprintf(digits, sizeof(digits), "%llu", (unsigned long long)number.digits);
    point = count + number.exponent; /* so many digits are before the point */
    if (point < -3 || point > fixed)
        return sprintf(to, "%c%s%se%c%02d", digits[0], count > 1 ? "." : "", digits + 1,
                       point > 0 ? '+' : '-', abs(point - 1));
    if (point <= 0)
        return sprintf(to, "0.%.*s%s", -point, "0000", digits);
    if (point >= count)
        return sprintf(to, "%s%.*s", digits, point - count, "000000000000000");
    return sprintf(to, "%.*s.%s", point, digits, digits + point);
}

static int format(double number, const width_t *width, char *buffer)
{
    char *to = buffer;

    if (isnan(number))
        return sprintf(to, "NaN");
    if (signbit(number))
        *to++ = '-';
    number = fabs(number);
    if (isinf(number))
        return (int)(to - buffer) + sprintf(to, "Infinity");
    if (number == 0)
        return (int)(to - buffer) + sprintf(to, "0");
    if (number < width->integers && number == (double)(int64_t)number)
        return (int)(to - buffer) + lay_out(to, (shortest_t){(uint64_t)number, 0}, width->fixed);
    return (int)(to - buffer) + lay_out(to, shorten(number, width), width->fixed);
}

int aq__float8_format(double number, char *buffer)
{
    return format(number, &float8_width, buffer);
}

int aq__float4_format(float number, char *buffer)
{
    return format((double)number, &float4_width, buffer);
}
