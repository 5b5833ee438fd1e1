/* The text builder, and UTF-8.
 *
 * The happy path: appends double the buffer and copy; escapes copy runs of harmless bytes at once.
 * The failure modes: no memory, or a printf format that the C library refuses. Then `failed` is set, the
 * text is what it was before that append (the whole of it, also for the escaping ones), and later appends
 * do nothing. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/base.h"

/* ---- UTF-8 --------------------------------------------------------------------------------------------- */

/* Looks at the sequence at `bytes`. Its length when it is well-formed; otherwise minus the length of its
 * maximal subpart (the bytes that one U+FFFD replaces: Unicode 15, section 3.9, table 3-7 and "U+FFFD
 * Substitution of Maximal Subparts"). */
static int utf8_sequence(const unsigned char *bytes, size_t length)
{
    unsigned char lead = bytes[0], least = 0x80, most = 0xBF;
    int want = lead < 0x80 ? 1 : lead < 0xC2 ? 0 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : lead < 0xF5 ? 4 : 0;

    if (want < 2)
        return want == 1 ? 1 : -1;
    switch (lead) { /* the second byte rules out overlong forms, surrogates, and what is above U+10FFFF */
    case 0xE0: least = 0xA0; break;
    case 0xED: most = 0x9F; break;
    case 0xF0: least = 0x90; break;
    case 0xF4: most = 0x8F; break;
    default: break;
    }
    for (int i = 1; i < want; i++) {
        if ((size_t)i >= length || bytes[i] < least || bytes[i] > most)
            return -i;
        least = 0x80;
        most = 0xBF;
    }
    return want;
}

#define ONES UINT64_C(0x0101010101010101)
#define TOPS UINT64_C(0x8080808080808080)

/* How many of the first bytes are ASCII and not NUL, counted in eights. */
static size_t plain_words(const unsigned char *bytes, size_t length)
{
    size_t i = 0;

    for (uint64_t word; i + sizeof(word) <= length; i += sizeof(word)) {
        memcpy(&word, bytes + i, sizeof(word));
        if (((word | (word - ONES)) & TOPS) != 0) /* a top bit, or a borrow from a zero byte */
            break;
    }
    return i;
}

bool aq_utf8_valid(const char *string, size_t length)
{
    const unsigned char *bytes = (const unsigned char *)string;
    int sequence;

    for (size_t i = plain_words(bytes, length); i < length; i += (size_t)sequence) {
        if (i > 0 && bytes[i - 1] >= 0x80) /* behind a character that is not ASCII */
            i += plain_words(bytes + i, length - i);
        if (i == length)
            break;
        sequence = utf8_sequence(bytes + i, length - i);
        if (sequence < 0 || bytes[i] == 0)
            return false;
    }
    return true;
}

size_t aq__utf8_cut(const char *string, size_t length, size_t most)
{
    size_t end = most;

    if (length <= most)
        return length;
    while (end > 0 && most - end < 3 && ((unsigned char)string[end] & 0xC0) == 0x80)
        end--;
    return ((unsigned char)string[end] & 0xC0) == 0x80 ? most : end; /* not UTF-8: anywhere will do */
}

/* ---- The builder --------------------------------------------------------------------------------------- */

/* Makes room for `length` more bytes and a NUL. */
static bool reserve_slowly(aq_text_t *text, size_t length)
{
    size_t capacity = text->capacity != 0 ? text->capacity : 64, need = text->length + length + 1;
    char *data;

    if (text->failed)
        return false;
    if (need <= length || need > PTRDIFF_MAX) {
        (void)aq__fail(AQ_ENOMEM, "text of %zu bytes: append %zu more: out of memory", text->length, length);
        text->failed = true;
        return false;
    }
    while (capacity < need)
        capacity *= 2;
    data = aq__realloc(text->data, capacity);
    if (data == NULL) {
        text->failed = true;
        return false;
    }
    text->data = data;
    text->capacity = capacity;
    return true;
}

static inline bool reserve(aq_text_t *text, size_t length)
{
    return (!text->failed && length < text->capacity - text->length) || reserve_slowly(text, length);
}

void aq_text_append_bytes(aq_text_t *text, const void *bytes, size_t length)
{
    if (!reserve(text, length))
        return;
    if (length > 0)
        memcpy(text->data + text->length, bytes, length);
    text->length += length;
    text->data[text->length] = '\0';
}

void aq_text_append(aq_text_t *text, const char *string)
{
    if (string != NULL)
        aq_text_append_bytes(text, string, strlen(string));
}

void aq_text_append_char(aq_text_t *text, char character)
{
    aq_text_append_bytes(text, &character, 1);
}

void aq_text_append_int(aq_text_t *text, int64_t number)
{
    char digits[20], *first = digits + sizeof(digits);
    uint64_t rest = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;

    do {
        *--first = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest != 0);
    if (number < 0)
        *--first = '-';
    aq_text_append_bytes(text, first, (size_t)(digits + sizeof(digits) - first));
}

void aq_text_vappendf(aq_text_t *text, const char *format, va_list arguments)
{
    va_list again;
    size_t room = text->capacity - text->length;
    int length;

    if (text->failed)
        return;
    va_copy(again, arguments);
    length = vsnprintf(room > 0 ? text->data + text->length : NULL, room, format, again);
    va_end(again);
    if (length >= 0 && (size_t)length >= room && reserve_slowly(text, (size_t)length))
        length = vsnprintf(text->data + text->length, (size_t)length + 1, format, arguments);
    if (length < 0) {
        (void)aq__fail(AQ_EINVAL, "format '%s': the C library refuses it", format);
        text->failed = true;
    }
    if (!text->failed)
        text->length += (size_t)length;
    else if (text->data != NULL)
        text->data[text->length] = '\0';
}

void aq_text_appendf(aq_text_t *text, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    aq_text_vappendf(text, format, arguments);
    va_end(arguments);
}

/* An append of several parts either happens as a whole or not at all. */
static void settle(aq_text_t *text, size_t start)
{
    if (!text->failed || text->data == NULL)
        return;
    text->length = start;
    text->data[start] = '\0';
}

/* ---- Escapes ------------------------------------------------------------------------------------------- */

/* `unicode` is "\\u0000" for the bytes that have no letter. */
static const char *json_escape(unsigned char byte, char unicode[7])
{
    switch (byte) {
    case '"': return "\\\"";
    case '\\': return "\\\\";
    case '\b': return "\\b";
    case '\f': return "\\f";
    case '\n': return "\\n";
    case '\r': return "\\r";
    case '\t': return "\\t";
    default:
        unicode[4] = (char)('0' + byte / 16);
        unicode[5] = "0123456789abcdef"[byte % 16];
        return unicode;
    }
}

static inline bool is_plain(unsigned char byte)
{
    return byte >= 0x20 && byte < 0x80 && byte != '"' && byte != '\\';
}

/* Nonzero where a byte of the word is zero. */
static inline uint64_t zero_byte(uint64_t word)
{
    return (word - ONES) & ~word & TOPS;
}

/* How many bytes from `i` on can be copied as they are. */
static size_t json_run(const unsigned char *bytes, size_t length, size_t i)
{
    size_t start = i;

    for (uint64_t word; i + sizeof(word) <= length; i += sizeof(word)) {
        memcpy(&word, bytes + i, sizeof(word));
        if (((word | (word - ONES * 0x20)) & TOPS) != 0 || zero_byte(word ^ ONES * '"') != 0 ||
            zero_byte(word ^ ONES * '\\') != 0)
            break;
    }
    while (i < length && is_plain(bytes[i]))
        i++;
    return i - start;
}

void aq_text_append_json(aq_text_t *text, const char *string, size_t length)
{
    const unsigned char *bytes = (const unsigned char *)string;
    size_t start = text->length, run = 0, i = 0;
    char unicode[7] = "\\u0000";
    int sequence;

    aq_text_append_char(text, '"');
    while ((i += json_run(bytes, length, i)) < length) {
        sequence = utf8_sequence(bytes + i, length - i);
        if (sequence > 1) {
            i += (size_t)sequence;
            continue;
        }
        aq_text_append_bytes(text, bytes + run, i - run);
        aq_text_append(text, sequence < 0 ? "\xEF\xBF\xBD" : json_escape(bytes[i], unicode));
        i += (size_t)abs(sequence);
        run = i;
    }
    if (run < length)
        aq_text_append_bytes(text, bytes + run, length - run);
    aq_text_append_char(text, '"');
    settle(text, start);
}

static const char *html_escape(char character)
{
    switch (character) {
    case '&': return "&amp;";
    case '<': return "&lt;";
    case '>': return "&gt;";
    case '"': return "&quot;";
    case '\'': return "&#39;";
    default: return NULL;
    }
}

void aq_text_append_html(aq_text_t *text, const char *string, size_t length)
{
    size_t start = text->length, run = 0;

    for (size_t i = 0; i < length; i++) {
        const char *escape = html_escape(string[i]);

        if (escape == NULL)
            continue;
        aq_text_append_bytes(text, string + run, i - run);
        aq_text_append(text, escape);
        run = i + 1;
    }
    if (run < length)
        aq_text_append_bytes(text, string + run, length - run);
    settle(text, start);
}

void aq_text_append_identifier(aq_text_t *text, const char *name)
{
    size_t start = text->length;
    const char *quote;

    aq_text_append_char(text, '"');
    for (; (quote = strchr(name, '"')) != NULL; name = quote + 1) {
        aq_text_append_bytes(text, name, (size_t)(quote - name));
        aq_text_append(text, "\"\"");
    }
    aq_text_append(text, name);
    aq_text_append_char(text, '"');
    settle(text, start);
}

/* ---- What becomes of it -------------------------------------------------------------------------------- */

const char *aq_text_string(const aq_text_t *text)
{
    return text->data != NULL ? text->data : "";
}

char *aq_text_take(aq_text_t *text)
{
    char *data;

    (void)reserve(text, 0); /* an empty one is a block too */
    data = text->failed ? NULL : text->data;
    if (text->failed)
        aq__free(text->data);
    else
        data[text->length] = '\0';
    *text = (aq_text_t){0};
    return data;
}

void aq_text_clear(aq_text_t *text)
{
    text->length = 0;
    text->failed = false;
    if (text->data != NULL)
        text->data[0] = '\0';
}

void aq_text_dispose(aq_text_t *text)
{
    aq__free(text->data);
    *text = (aq_text_t){0};
}
