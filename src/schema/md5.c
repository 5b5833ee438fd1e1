/* MD5, RFC 1321.
 *
 * The happy path: whole blocks are mixed where they are; the rest, its padding and the length in bits make one block more, or two.
 * The failure modes: none. */
#include <string.h>

#include "src/schema/md5.h"

enum { BLOCK = 64 };

/* floor(2^32 * abs(sin(i + 1))) */
static const uint32_t sines[BLOCK] = {
    0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a, 0xa8304613, 0xfd469501,
    0x698098d8, 0x8b44f7af, 0xffff5bb1, 0x895cd7be, 0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821,
    0xf61e2562, 0xc040b340, 0x265e5a51, 0xe9b6c7aa, 0xd62f105d, 0x02441453, 0xd8a1e681, 0xe7d3fbc8,
    0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed, 0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a,
    0xfffa3942, 0x8771f681, 0x6d9d6122, 0xfde5380c, 0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70,
    0x289b7ec6, 0xeaa127fa, 0xd4ef3085, 0x04881d05, 0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665,
    0xf4292244, 0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92, 0xffeff47d, 0x85845dd1,
    0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1, 0xf7537e82, 0xbd3af235, 0x2ad7d2bb, 0xeb86d391,
};

static uint32_t rotate(uint32_t word, unsigned bits)
{
    return word << bits | word >> (32 - bits);
}

static uint32_t read_word(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

/* The function of a round, and which word of the block its step i mixes in. */
static uint32_t choose(unsigned i, const uint32_t s[4], unsigned *word)
{
    switch (i / 16) {
    case 0: *word = i; return (s[1] & s[2]) | (~s[1] & s[3]);
    case 1: *word = (5 * i + 1) % 16; return (s[1] & s[3]) | (s[2] & ~s[3]);
    case 2: *word = (3 * i + 5) % 16; return s[1] ^ s[2] ^ s[3];
    default: *word = 7 * i % 16; return s[2] ^ (s[1] | ~s[3]);
    }
}

static void mix(uint32_t state[4], const uint8_t *block)
{
    static const uint8_t shifts[4][4] = {{7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}};
    uint32_t s[4] = {state[0], state[1], state[2], state[3]};

    for (unsigned i = 0; i < 64; i++) {
        unsigned word;
        uint32_t sum = s[0] + choose(i, s, &word) + sines[i];

        sum += read_word(block + (size_t)4 * word);
        s[0] = s[3];
        s[3] = s[2];
        s[2] = s[1];
        s[1] += rotate(sum, shifts[i / 16][i % 4]);
    }
    for (int i = 0; i < 4; i++)
        state[i] += s[i];
}

static void write_little_endian(uint8_t *bytes, uint64_t number, int count)
{
    for (int i = 0; i < count; i++)
        bytes[i] = (uint8_t)(number >> 8 * i);
}

void aq__md5(const void *bytes, size_t length, uint8_t digest[AQ__MD5_SIZE])
{
    uint32_t state[4] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476};
    size_t whole = length - length % BLOCK, rest = length % BLOCK;
    uint8_t last[2 * BLOCK] = {0};
    size_t size = rest < BLOCK - 8 ? BLOCK : 2 * BLOCK;

    for (size_t i = 0; i < whole; i += BLOCK)
        mix(state, (const uint8_t *)bytes + i);
    if (rest > 0)
        memcpy(last, (const uint8_t *)bytes + whole, rest);
    last[rest] = 0x80;
    write_little_endian(last + size - 8, (uint64_t)length * 8, 8);
    for (size_t i = 0; i < size; i += BLOCK)
        mix(state, last + i);
    for (int i = 0; i < 4; i++)
        write_little_endian(digest + (size_t)4 * (size_t)i, state[i], 4);
}
