/* numeric: PostgreSQL's base-10000 digits <-> text, without loss.
 *
 * Binary (numeric_send): digit count, weight of the first digit, sign, digits behind the point (dscale), then the digits, all
 * int16. The value is the sum of digit[i] * 10000^(weight - i). */
#include <stdio.h>

#include "src/wire/value.h"

enum { NAN_SIGN = 0xC000, INFINITY_SIGN = 0xD000, NEGATIVE_INFINITY_SIGN = 0xF000, NEGATIVE_SIGN = 0x4000 };

#define DSCALE_LIMIT 0x3FFF
#define HEADER 8

/* A text taken apart: the digits with the point and the exponent out of the way. */
typedef struct {
    const char *digits; /* with the point between them */
    size_t count;       /* of digits, from the first that is not 0 */
    int64_t point;      /* so many of them are before the point; may be negative, or more than there are */
    int64_t dscale;
    uint16_t sign;
} decimal_t;

static bool special(const char *text, size_t length, decimal_t *decimal)
{
    static const struct {
        const char *name;
        uint16_t sign;
    } names[] = {{"nan", NAN_SIGN},
                 {"infinity", INFINITY_SIGN},
                 {"+infinity", INFINITY_SIGN},
                 {"inf", INFINITY_SIGN},
                 {"+inf", INFINITY_SIGN},
                 {"-infinity", NEGATIVE_INFINITY_SIGN},
                 {"-inf", NEGATIVE_INFINITY_SIGN}};

    for (size_t i = 0; i < AQ__COUNT_OF(names); i++) {
        size_t n = 0;

        while (n < length && names[i].name[n] != '\0' && (text[n] | 0x20) == (names[i].name[n] | 0x20))
            n++;
        if (n == length && names[i].name[n] == '\0') {
            *decimal = (decimal_t){.sign = names[i].sign};
            return true;
        }
    }
    return false;
}

/* ---- Text to binary ---------------------------------------------------------------------------------------------------- */

static bool is_digit(char character)
{
    return character >= '0' && character <= '9';
}

/* Digits with at most one point; returns how many bytes, 0 when there is no digit. */
static size_t scan_digits(const char *text, size_t length, decimal_t *decimal)
{
    const char *last = NULL, *point = NULL;
    size_t i = 0, zeros = 0, before = 0;
    bool any = false;

    for (; i < length && (is_digit(text[i]) || (text[i] == '.' && point == NULL)); i++) {
        if (text[i] == '.') {
            point = text + i;
            continue;
        }
        any = true;
        before += point == NULL;
        decimal->dscale += point != NULL;
        if (text[i] != '0')
            last = text + i;
        if (text[i] != '0' && decimal->digits == NULL)
            decimal->digits = text + i;
        zeros += decimal->digits == NULL;
    }
    if (last != NULL)
        decimal->count =
            (size_t)(last - decimal->digits) + 1 - (point != NULL && point > decimal->digits && point < last);
    decimal->point = (int64_t)before - (int64_t)zeros;
    return any ? i : 0;
}

static bool scan_exponent(const char *text, size_t length, int64_t *exponent)
{
    bool minus = length > 0 && text[0] == '-';
    size_t i = length > 0 && (text[0] == '-' || text[0] == '+');
    int64_t value = 0;

    if (i == length)
        return false;
    for (; i < length && is_digit(text[i]); i++)
        value = value < 1000000 ? value * 10 + (text[i] - '0') : value;
    *exponent = minus ? -value : value;
    return i == length;
}

static int refuse(int code, const char *text, size_t length, const char *why)
{
    return aq__fail(code, "numeric '%.*s': %s", (int)aq__utf8_cut(text, length, 60), text, why);
}

static int parse(const char *text, size_t length, decimal_t *decimal)
{
    size_t i = length > 0 && (text[0] == '-' || text[0] == '+'), digits;
    int64_t exponent = 0;

    if (special(text, length, decimal))
        return AQ_OK;
    *decimal = (decimal_t){.sign = length > 0 && text[0] == '-' ? NEGATIVE_SIGN : 0};
    digits = scan_digits(text + i, length - i, decimal);
    i += digits;
    if (digits == 0 ||
        (i < length && ((text[i] | 0x20) != 'e' || !scan_exponent(text + i + 1, length - i - 1, &exponent))))
        return refuse(AQ_EINVAL, text, length, "not a number");
    decimal->point += exponent;
    decimal->dscale = decimal->dscale > exponent ? decimal->dscale - exponent : 0;
    if (decimal->count == 0) {
        decimal->point = 1;
        decimal->sign = 0;
    }
    return AQ_OK;
}

/* The weight of the first group of four digits: those before the point count from 0. */
static int64_t weight_of(const decimal_t *decimal)
{
    return (decimal->point + 3 + 4 * INT64_C(1000000)) / 4 - 1000000 - 1;
}

/* So many zeros come before the first digit in its group. */
static size_t padding_of(const decimal_t *decimal)
{
    return (size_t)(4 - (decimal->point - 4 * weight_of(decimal)));
}

static size_t groups_of(const decimal_t *decimal)
{
    return decimal->count == 0 ? 0 : (padding_of(decimal) + decimal->count + 3) / 4;
}

int aq__numeric_measure(const char *text, size_t length, size_t *size)
{
    decimal_t decimal;
    int error = parse(text, length, &decimal);

    if (error != 0)
        return error;
    if (decimal.dscale > DSCALE_LIMIT || weight_of(&decimal) > INT16_MAX || weight_of(&decimal) < INT16_MIN ||
        groups_of(&decimal) > INT16_MAX)
        return refuse(AQ_ERANGE, text, length, "PostgreSQL's numeric does not go that far");
    *size = HEADER + 2 * groups_of(&decimal);
    return AQ_OK;
}

char *aq__numeric_write(char *to, const char *text, size_t length)
{
    decimal_t decimal;
    size_t groups, place;
    uint16_t group = 0;

    (void)parse(text, length, &decimal);
    groups = groups_of(&decimal);
    to = aq__store16(to, (uint16_t)groups);
    to = aq__store16(to, (uint16_t)(groups > 0 ? weight_of(&decimal) : 0));
    to = aq__store16(to, decimal.sign);
    to = aq__store16(to, (uint16_t)decimal.dscale);
    place = groups > 0 ? padding_of(&decimal) : 0;
    for (const char *next = decimal.digits; place < groups * 4; place++) {
        bool more = decimal.count > 0;

        if (more && *next == '.')
            next++;
        group = (uint16_t)(group * 10 + (more ? *next++ - '0' : 0));
        decimal.count -= more;
        if (place % 4 == 3) {
            to = aq__store16(to, group);
            group = 0;
        }
    }
    return to;
}

/* ---- Binary to text ---------------------------------------------------------------------------------------------------- */

/* A value as it came, checked. */
typedef struct {
    const char *groups;
    int count, weight, dscale;
    uint16_t sign;
} groups_t;

static bool load(const char *data, size_t length, groups_t *groups)
{
    if (length < HEADER)
        return false;
    groups->count = aq__load16(data);
    groups->weight = (int16_t)aq__load16(data + 2);
    groups->sign = aq__load16(data + 4);
    groups->dscale = aq__load16(data + 6);
    groups->groups = data + HEADER;
    if (length != HEADER + 2 * (size_t)groups->count || groups->dscale > DSCALE_LIMIT)
        return false;
    for (int i = 0; i < groups->count; i++)
        if (aq__load16(groups->groups + 2 * i) > 9999)
            return false;
    for (; groups->count > 0 && aq__load16(groups->groups) == 0; groups->count--, groups->weight--)
        groups->groups += 2; /* the server sends none in front */
    if (groups->count == 0)
        groups->weight = 0;
    return groups->sign == 0 || groups->sign == NEGATIVE_SIGN || groups->sign == NAN_SIGN ||
           groups->sign == INFINITY_SIGN || groups->sign == NEGATIVE_INFINITY_SIGN;
}

static const char *special_name(uint16_t sign)
{
    switch (sign) {
    case NAN_SIGN: return "NaN";
    case INFINITY_SIGN: return "Infinity";
    case NEGATIVE_INFINITY_SIGN: return "-Infinity";
    default: return NULL;
    }
}

/* The four digits that weigh 10000^weight. */
static void group_digits(const groups_t *groups, int weight, char digits[4])
{
    int i = groups->weight - weight;
    unsigned group = i >= 0 && i < groups->count ? aq__load16(groups->groups + 2 * i) : 0;

    for (int k = 3; k >= 0; k--, group /= 10)
        digits[k] = (char)('0' + group % 10);
}

int aq__numeric_append(aq_text_t *text, const char *data, size_t length)
{
    groups_t groups;
    char digits[4];

    if (!load(data, length, &groups))
        return AQ_EPROTOCOL;
    if (special_name(groups.sign) != NULL) {
        aq_text_append(text, special_name(groups.sign));
        return AQ_OK;
    }
    if (groups.sign == NEGATIVE_SIGN)
        aq_text_append_char(text, '-');
    for (int weight = groups.weight > 0 ? groups.weight : 0, first = weight; weight >= 0; weight--) {
        int zeros = 0;

        group_digits(&groups, weight, digits);
        while (weight == first && zeros < 3 && digits[zeros] == '0')
            zeros++;
        aq_text_append_bytes(text, digits + zeros, (size_t)(4 - zeros));
    }
    if (groups.dscale > 0)
        aq_text_append_char(text, '.');
    for (int weight = -1, left = groups.dscale; left > 0; weight--, left -= 4) {
        group_digits(&groups, weight, digits);
        aq_text_append_bytes(text, digits, left < 4 ? (size_t)left : 4);
    }
    return AQ_OK;
}

int aq__numeric_to_float8(const char *data, size_t length, double *value)
{
    enum { GROUPS = 200 }; /* more digits than these do not change a float8 */
    char text[1 + 4 * GROUPS + 16], *to = text;
    groups_t groups;
    const char *name;
    int used;

    if (!load(data, length, &groups))
        return AQ_EINVAL;
    name = special_name(groups.sign);
    if (name != NULL)
        return aq__float_parse(name, strlen(name), false, value);
    used = groups.count < GROUPS ? groups.count : GROUPS;
    if (groups.sign == NEGATIVE_SIGN)
        *to++ = '-';
    for (int i = 0; i < used; i++, to += 4)
        group_digits(&groups, groups.weight - i, to);
    if (used == 0)
        *to++ = '0';
    if (groups.count > used)
        *to++ = '1'; /* not exactly in the middle */
    to += sprintf(to, "e%d", 4 * (groups.weight - used + 1) - (groups.count > used));
    return aq__float_parse(text, (size_t)(to - text), false, value);
}
