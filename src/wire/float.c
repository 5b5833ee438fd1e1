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

/* Raffaello Giulietti, "The Schubfach way to render doubles": a number is c * 2^q. Its neighbours' middles, times a power of ten that
 * makes the space between them 1 to 10 units wide, are computed to a quarter of a unit, with a bit for what is beyond. Among the
 * integers inside there is at most one multiple of ten, which is then the shortest; otherwise the nearest integer is.
 * Both middles are outside here, where C's readers would take an even number's as its own. */

#include "src/wire/powers.h"

__extension__ typedef unsigned __int128 uint128_t;

#define MASK63 (UINT64_MAX >> 1)

/* How float4 and float8 differ. */
typedef struct {
    uint64_t hidden; /* the bit that normal numbers have in front of the others */
    int least;       /* exponent */
    int fixed;       /* numbers from 10^fixed on have an exponent in the text too */
    double integers; /* below this they are exact and their digits the shortest */
} width_t;

static const width_t float4_width = {UINT64_C(1) << 23, -149, 6, 0x1p24};
static const width_t float8_width = {UINT64_C(1) << 52, -1074, 15, 1e15};

/* digits * 10^exponent */
typedef struct {
    uint64_t digits;
    int exponent;
} decimal_number_t;

/* Logarithms by multiplication, right for every exponent that a float8 has. */
static int floor_log10_of_2(int e) /* log10(2^e) */
{
    return (int)((e * INT64_C(661971961083)) >> 41);
}

static int floor_log10_of_three_quarters(int e) /* log10(3/4 * 2^e) */
{
    return (int)((e * INT64_C(661971961083) - INT64_C(274743187321)) >> 41);
}

static int floor_log2_of_10(int e) /* log2(10^e) */
{
    return (int)((e * INT64_C(913124641741)) >> 38);
}

/* power * c / 2^127, its last bit set when anything was cut off. */
static uint64_t multiply(const uint64_t power[2], uint64_t c)
{
    uint128_t high = (uint128_t)power[0] * c;
    uint64_t low = (uint64_t)(((uint128_t)power[1] * c) >> 64);
    uint64_t rest = ((uint64_t)high >> 1) + low, whole = (uint64_t)(high >> 64) + (rest >> 63);

    return whole | ((rest & MASK63) != 0);
}

static decimal_number_t shorten(uint64_t c, int q, const width_t *width)
{
    bool regular =
        c != width->hidden || q == width->least; /* below a power of two numbers are twice as close */
    int k = regular ? floor_log10_of_2(q) : floor_log10_of_three_quarters(q);
    int shift = q + floor_log2_of_10(-k) + 2;
    const uint64_t *power = powers[k - POWER_FIRST];
    uint64_t here = multiply(power, (4 * c) << shift),
             low = multiply(power, (4 * c - (regular ? 2 : 1)) << shift),
             high = multiply(power, (4 * c + 2) << shift);
    uint64_t down = here / 4, up = down + 1, tens = down / 10 * 10;
    bool tens_down = low < 4 * tens, tens_up = 4 * (tens + 10) < high;
    bool down_fits = low < 4 * down, up_fits = 4 * up < high;

    if (tens_down != tens_up)
        return (decimal_number_t){tens_down ? tens : tens + 10, k};
    if (down_fits != up_fits)
        return (decimal_number_t){down_fits ? down : up, k};
    if (here == 2 * (down + up))
        return (decimal_number_t){down % 2 == 0 ? down : up, k};
    return (decimal_number_t){here < 2 * (down + up) ? down : up, k};
}

static char *put_zeros(char *to, int count)
{
    for (; count > 0; count--)
        *to++ = '0';
    return to;
}

static char *put_bytes(char *to, const char *bytes, int count)
{
    memcpy(to, bytes, (size_t)count);
    return to + count;
}

static char *put_exponent(char *to, int exponent)
{
    *to++ = 'e';
    *to++ = exponent < 0 ? '-' : '+';
    return aq__put_number(to, abs(exponent), 2);
}

/* Lays out digits and exponent as the server does. */
static char *lay_out(char *to, decimal_number_t number, int fixed)
{
    char digits[24];
    int count, point;

    while (number.digits % 10 == 0) {
        number.digits /= 10;
        number.exponent++;
    }
    count = (int)(aq__put_number(digits, (int64_t)number.digits, 1) - digits);
    point = count + number.exponent; /* so many digits are before the point */
    if (point < -3 || point > fixed) {
        *to++ = digits[0];
        if (count > 1)
            *to++ = '.';
        return put_exponent(put_bytes(to, digits + 1, count - 1), point - 1);
    }
    if (point <= 0)
        return put_bytes(put_zeros(put_bytes(to, "0.", 2), -point), digits, count);
    if (point >= count)
        return put_zeros(put_bytes(to, digits, count), point - count);
    to = put_bytes(to, digits, point);
    *to++ = '.';
    return put_bytes(to, digits + point, count - point);
}

/* `bits` is the number without its sign, as it lies in memory. */
static int format(double number, uint64_t bits, const width_t *width, char *buffer)
{
    uint64_t fraction = bits & (width->hidden - 1), biased = bits / width->hidden;
    char *to = buffer;

    if (isnan(number))
        return (int)(put_bytes(to, "NaN", 4) - buffer) - 1;
    if (signbit(number))
        *to++ = '-';
    number = fabs(number);
    if (isinf(number))
        to = put_bytes(to, "Infinity", 8);
    else if (number == 0)
        *to++ = '0';
    else if (number < width->integers && number == (double)(int64_t)number)
        to = lay_out(to, (decimal_number_t){(uint64_t)number, 0}, width->fixed);
    else if (biased == 0)
        to = lay_out(to, shorten(fraction, width->least, width), width->fixed);
    else
        to = lay_out(to, shorten(fraction | width->hidden, width->least + (int)biased - 1, width),
                     width->fixed);
    *to = '\0';
    return (int)(to - buffer);
}

int aq__float8_format(double number, char *buffer)
{
    uint64_t bits;

    memcpy(&bits, &number, sizeof(bits));
    return format(number, bits & MASK63, &float8_width, buffer);
}

int aq__float4_format(float number, char *buffer)
{
    uint32_t bits;

    memcpy(&bits, &number, sizeof(bits));
    return format((double)number, bits & 0x7FFFFFFF, &float4_width, buffer);
}
