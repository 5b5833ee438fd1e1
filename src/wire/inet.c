/* inet, cidr and uuid <-> text and binary. Written by hand: the C library writes addresses in other ways than PostgreSQL does. */
#include <arpa/inet.h>
#include <stdio.h>

#include "src/wire/value.h"

enum { SERVER_INET = 2, SERVER_INET6 = 3 };

/* ---- inet: writing ------------------------------------------------------------------------------------------------------------ */

static char *put_inet4(char *to, const uint8_t *bytes)
{
    return to + sprintf(to, "%u.%u.%u.%u", bytes[0], bytes[1], bytes[2], bytes[3]);
}

/* The first of the longest runs of zero words, of two at least. */
static int longest_zeros(const unsigned words[8], int *length)
{
    int first = -1;

    *length = 1;
    for (int i = 0; i < 8; i++) {
        int n = 0;

        while (i + n < 8 && words[i + n] == 0)
            n++;
        if (n > *length) {
            *length = n;
            first = i;
        }
        i += n;
    }
    return first;
}

static char *put_inet6(char *to, const uint8_t *bytes)
{
    unsigned words[8];
    int zeros, length;

    for (int i = 0; i < 8; i++)
        words[i] = (unsigned)bytes[2 * i] << 8 | bytes[2 * i + 1];
    zeros = longest_zeros(words, &length);
    for (int i = 0; i < 8; i++) {
        if (i == zeros) {
            to += sprintf(to, i + length == 8 ? "::" : ":");
            i += length - 1;
            continue;
        }
        if (i > 0)
            *to++ = ':';
        if (i == 6 && zeros == 0 &&
            (length == 6 || (length == 5 && words[5] == 0xFFFF))) /* an IPv4 address inside */
            return put_inet4(to, bytes + 12);
        to += sprintf(to, "%x", words[i]);
    }
    return to;
}

int aq__inet_format(const aq_inet_t *value, char *buffer)
{
    char *to = value->family == 4 ? put_inet4(buffer, value->bytes) : put_inet6(buffer, value->bytes);

    if (value->cidr || value->bits != (value->family == 4 ? 32 : 128))
        to += sprintf(to, "/%u", value->bits);
    return (int)(to - buffer);
}

static int check(const aq_inet_t *value)
{
    unsigned bits = value->family == 4 ? 32 : 128;

    if (value->family != 4 && value->family != 6)
        return aq__fail(AQ_ERANGE, "inet of family %u: it is 4 or 6", value->family);
    if (value->bits > bits)
        return aq__fail(AQ_ERANGE, "inet of family %u with %u bits: the limit is %u", value->family,
                        value->bits, bits);
    return AQ_OK;
}

int aq_format_inet(aq_inet_t value, char *buffer, size_t size)
{
    char form[AQ__FORM_SIZE];

    return check(&value) == 0 ? aq__form_copy(form, aq__inet_format(&value, form), buffer, size) : AQ_ERANGE;
}

/* ---- inet: reading ------------------------------------------------------------------------------------------------------------ */

static bool parse_bits(const char *text, unsigned most, uint8_t *bits)
{
    unsigned number = 0;

    if (*text == '\0')
        return false;
    for (; *text >= '0' && *text <= '9' && number <= most; text++)
        number = number * 10 + (unsigned)(*text - '0');
    *bits = (uint8_t)number;
    return *text == '\0' && number <= most;
}

int aq_parse_inet(const char *text, aq_inet_t *value)
{
    bool six = strchr(text, ':') != NULL;
    const char *slash = strchr(text, '/');
    size_t length = slash != NULL ? (size_t)(slash - text) : strlen(text);
    char address[64];

    *value = (aq_inet_t){.family = six ? 6 : 4, .bits = six ? 128 : 32};
    if (length < sizeof(address)) {
        memcpy(address, text, length);
        address[length] = '\0';
        if (inet_pton(six ? AF_INET6 : AF_INET, address, value->bytes) == 1 &&
            (slash == NULL || parse_bits(slash + 1, value->bits, &value->bits)))
            return AQ_OK;
    }
    *value = (aq_inet_t){0};
    return aq__fail(AQ_EINVAL, "inet '%.*s': not an address", (int)aq__utf8_cut(text, strlen(text), 60),
                    text);
}

size_t aq__inet_size(const aq_inet_t *value)
{
    if (check(value) != 0)
        return 0;
    return value->family == 4 ? 8 : 20;
}

char *aq__inet_write(char *to, const aq_inet_t *value)
{
    size_t size = value->family == 4 ? 4 : 16;

    *to++ = value->family == 4 ? SERVER_INET : SERVER_INET6;
    *to++ = (char)value->bits;
    *to++ = value->cidr;
    *to++ = (char)size;
    memcpy(to, value->bytes, size);
    return to + size;
}

bool aq__inet_read(const char *data, size_t length, aq_inet_t *value)
{
    size_t size;

    *value = (aq_inet_t){0};
    if (length < 4 || (data[0] != SERVER_INET && data[0] != SERVER_INET6))
        return false;
    size = data[0] == SERVER_INET ? 4 : 16;
    if (length != 4 + size || (unsigned char)data[3] != size || (unsigned char)data[1] > 8 * size)
        return false;
    value->family = size == 4 ? 4 : 6;
    value->bits = (uint8_t)data[1];
    value->cidr = data[2] != 0;
    memcpy(value->bytes, data + 4, size);
    return true;
}

/* ---- uuid ----------------------------------------------------------------------------------------------------------------------- */

int aq__uuid_format(const uint8_t bytes[16], char *buffer)
{
    static const char hex[] = "0123456789abcdef";
    char *to = buffer;

    for (int i = 0; i < 16; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            *to++ = '-';
        *to++ = hex[bytes[i] >> 4];
        *to++ = hex[bytes[i] & 15];
    }
    *to = '\0';
    return (int)(to - buffer);
}

int aq_format_uuid(aq_uuid_t value, char *buffer, size_t size)
{
    char form[AQ__FORM_SIZE];

    return aq__form_copy(form, aq__uuid_format(value.bytes, form), buffer, size);
}

int aq__hex_digit(char character)
{
    if (character >= '0' && character <= '9')
        return character - '0';
    if ((character | 0x20) >= 'a' && (character | 0x20) <= 'f')
        return (character | 0x20) - 'a' + 10;
    return -1;
}

/* As the server reads it: 32 digits, a hyphen allowed after each four of them, braces around it all. */
int aq_parse_uuid(const char *text, aq_uuid_t *value)
{
    const char *at = text + (*text == '{');
    int digits = 0;

    memset(value, 0, sizeof(*value));
    for (; digits < 32 && aq__hex_digit(*at) >= 0; digits++, at++) {
        value->bytes[digits / 2] = (uint8_t)(value->bytes[digits / 2] << 4 | aq__hex_digit(*at));
        at += digits % 4 == 3 && digits < 31 && at[1] == '-';
    }
    at += *text == '{' && *at == '}' && digits == 32;
    if (digits == 32 && *at == '\0' && (*text == '{') == (at[-1] == '}'))
        return AQ_OK;
    memset(value, 0, sizeof(*value));
    return aq__fail(AQ_EINVAL, "uuid '%.*s': not 32 hexadecimal digits",
                    (int)aq__utf8_cut(text, strlen(text), 60), text);
}
