/* Lower case of UTF-8.
 *
 * The happy path: ASCII is mapped byte by byte; other characters are looked up in a table of ranges.
 * The failure modes: out of memory only, which the text tells. */
#include "src/schema/lowercase.h"

/* Of the capital letters first, first + step, ... last the small one is so much further on. Sorted, and no two overlap. */
typedef struct {
    uint32_t first, last, step;
    int32_t distance;
} range_t;

static const range_t ranges[] = {
#include "src/schema/lowercase-table.h"
};

enum { CAPITAL_I_WITH_DOT = 0x130, DOT_ABOVE = 0x307, CAPITAL_SIGMA = 0x3A3, FINAL_SIGMA = 0x3C2 };

/* ---- Characters ---------------------------------------------------------------------------------------------------------- */

/* The character at `bytes`, which is valid; `*length` becomes how many bytes it has. */
static uint32_t decode(const unsigned char *bytes, size_t *length)
{
    uint32_t lead = bytes[0];

    *length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    switch (*length) {
    case 1: return lead;
    case 2: return (lead & 0x1F) << 6 | (bytes[1] & 0x3Fu);
    case 3: return (lead & 0x0F) << 12 | (bytes[1] & 0x3Fu) << 6 | (bytes[2] & 0x3Fu);
    default:
        return (lead & 0x07) << 18 | (bytes[1] & 0x3Fu) << 12 | (bytes[2] & 0x3Fu) << 6 | (bytes[3] & 0x3Fu);
    }
}

static void append(aq_text_t *text, uint32_t character)
{
    char tail = (char)(0x80 | (character & 0x3F));

    if (character < 0x80) {
        aq_text_append_char(text, (char)character);
    } else if (character < 0x800) {
        aq_text_append_bytes(text, (char[]){(char)(0xC0 | character >> 6), tail}, 2);
    } else if (character < 0x10000) {
        aq_text_append_bytes(
            text, (char[]){(char)(0xE0 | character >> 12), (char)(0x80 | (character >> 6 & 0x3F)), tail}, 3);
    } else {
        aq_text_append_bytes(text,
                             (char[]){(char)(0xF0 | character >> 18), (char)(0x80 | (character >> 12 & 0x3F)),
                                      (char)(0x80 | (character >> 6 & 0x3F)), tail},
                             4);
    }
}

/* ---- Case ------------------------------------------------------------------------------------------------------------------ */

static bool in_range(const range_t *range, uint32_t character)
{
    return character >= range->first && character <= range->last &&
           (character - range->first) % range->step == 0;
}

static uint32_t lower(uint32_t character)
{
    for (size_t i = 0; i < AQ__COUNT_OF(ranges) && ranges[i].first <= character; i++)
        if (in_range(&ranges[i], character))
            return character + (uint32_t)ranges[i].distance;
    return character;
}

/* A letter that has a capital and a small form. */
static bool is_cased(uint32_t character)
{
    if (lower(character) != character)
        return true;
    for (size_t i = 0; i < AQ__COUNT_OF(ranges); i++)
        if (in_range(&ranges[i], character - (uint32_t)ranges[i].distance))
            return true;
    return character == FINAL_SIGMA;
}

void aq__lowercase_append(aq_text_t *text, const char *string, size_t length)
{
    const unsigned char *bytes = (const unsigned char *)string;
    bool behind_letter = false;
    size_t size;

    for (size_t i = 0; i < length; i += size) {
        uint32_t character = decode(bytes + i, &size);
        bool before_letter = false;

        if (character == CAPITAL_SIGMA && i + size < length)
            before_letter = is_cased(decode(bytes + i + size, &(size_t){0}));
        append(text, character == CAPITAL_SIGMA && behind_letter && !before_letter ? FINAL_SIGMA
                                                                                   : lower(character));
        if (character == CAPITAL_I_WITH_DOT)
            append(text, DOT_ABOVE);
        behind_letter = is_cased(character);
    }
}
