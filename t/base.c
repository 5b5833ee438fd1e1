/* base: memory, text, errors, log, lists and the map, without a loop and without a database. */
#include "heap.h"
#include "tap.h"

#include "src/base/base.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <wchar.h>

/* ---- Memory -------------------------------------------------------------------------------------------- */

static void test_allocator(void)
{
    static const char zeros[64];
    char *block, *copy;

    fail_request(0);
    ok((block = aq__malloc(0)) != NULL,
       "aq__malloc(0) is a block, so that NULL only ever means out of memory");
    is_int(allocations.blocks, 1, "the hook sees every allocation");
    ok((block = aq__realloc(block, 100)) != NULL, "aq__realloc gives a bigger block");
    strcpy(block, "kept");
    ok((block = aq__realloc(block, 100000)) != NULL && strcmp(block, "kept") == 0,
       "aq__realloc keeps what was in it");
    fail_request(1);
    ok(aq__realloc(block, 200000) == NULL && strcmp(block, "kept") == 0,
       "a failed aq__realloc leaves the block as it was");
    is_str(aq_last_error()->message, "allocate 200000 bytes: out of memory", "its text is the last error");
    is_int(aq_last_error()->code, AQ_ENOMEM, "its code is AQ_ENOMEM");
    fail_request(0);
    ok((block = aq__realloc(block, 0)) != NULL, "aq__realloc(block, 0) is a block too");
    aq__free(block);
    aq_free(NULL);
    block = aq__calloc(8, 8);
    is_mem(block, zeros, 64, "aq__calloc zeroes a hook's memory");
    aq__free(block);
    ok(aq__calloc(SIZE_MAX / 2, 3) == NULL, "aq__calloc refuses a product that overflows");
    has_str(aq_last_error()->message, "times 3 bytes: out of memory", "and says so");
    ok((block = aq__calloc(0, 8)) != NULL, "aq__calloc(0, n) is a block");
    aq__free(block);
    ok((copy = aq__strdup("copy me")) != NULL, "aq__strdup copies");
    is_str(copy, "copy me", "the text");
    aq_free(copy);
    ok(aq__strdup(NULL) == NULL, "aq__strdup(NULL) is NULL");
    is_int(allocations.blocks, 0, "every block went back to the hook");
    (void)aq__fail(AQ_EINVAL, "kept");
    fail_request(1);
    ok(aq__malloc_quietly(5) == NULL, "aq__malloc_quietly may fail too");
    is_str(aq_last_error()->message, "kept", "and leaves the last error alone");
    fail_request(0);
    aq_set_allocator(NULL, NULL);
    block = aq__calloc(8, 8);
    ok(allocations.requests == 0 && memcmp(block, zeros, 64) == 0,
       "without a hook the C library's memory is used");
    block = aq__realloc(block, 128);
    aq__free(block);
    aq_set_allocator(counting_allocator, NULL);
}

/* ---- Arena --------------------------------------------------------------------------------------------- */

static char order[32], a[] = "a", b[] = "b", c[] = "c";

static void note_order(void *data)
{
    strcat(order, data);
}

static void test_growing(void)
{
    aq_arena_t *arena = aq_arena_create();
    int32_t *own = NULL, *lent = NULL, *before;
    size_t own_room = 0, lent_room = 0;
    bool same = true, enough = true;

    fail_request(0);
    for (int32_t i = 0; i < 1000; i++) {
        enough &= aq__make_room(&own, &own_room, (size_t)i, sizeof(*own)) == AQ_OK && own_room > (size_t)i;
        enough &= aq__arena_make_room(arena, &lent, &lent_room, (size_t)i, sizeof(*lent)) == AQ_OK &&
                  lent_room > (size_t)i;
        own[i] = lent[i] = i;
    }
    ok(enough, "there is always room for one more");
    for (int32_t i = 0; i < 1000; i++)
        same &= own[i] == i && lent[i] == i;
    ok(same, "and what was there stays");
    before = own;
    fail_request(1);
    is_int(aq__make_room(&own, &own_room, own_room, sizeof(*own)), AQ_ENOMEM, "no room");
    ok(own == before && own_room == 1024, "nothing changed");
    before = lent;
    fail_request(1);
    is_int(aq__arena_make_room(arena, &lent, &lent_room, lent_room, sizeof(*lent)), AQ_ENOMEM,
           "nor in an arena");
    ok(lent == before && lent_room == 1024, "nothing changed");
    fail_request(0);
    aq__free(own);
    aq_arena_close(arena);
}

static void test_arena_blocks(void)
{
    aq_arena_t *arena;
    char *blocks[2000];
    bool aligned = true, whole = true;

    fail_request(0);
    arena = aq_arena_create();
    is_int(allocations.requests, 1, "a new arena is one allocation");
    is_int(aq_arena_size(arena), 1024, "of 1 KiB");
    for (size_t i = 0; i < AQ__COUNT_OF(blocks); i++) {
        blocks[i] = aq_arena_alloc(arena, i % 97);
        aligned = aligned && (uintptr_t)blocks[i] % _Alignof(max_align_t) == 0;
        memset(blocks[i], (int)(i % 251), i % 97);
    }
    for (size_t i = 0; i < AQ__COUNT_OF(blocks); i++)
        for (size_t j = 0; j < i % 97; j++)
            whole = whole && blocks[i][j] == (char)(i % 251);
    ok(aligned, "blocks of every size are aligned for any type");
    ok(whole, "blocks do not overlap");
    ok(allocations.requests <= 8, "chunks double: 100 KB are at most 8 allocations, not one each (%zu)",
       allocations.requests);
    ok(aq_arena_size(arena) >= 96000 && aq_arena_size(arena) < 4 * 96000,
       "aq_arena_size() counts what they take (%zu)", aq_arena_size(arena));
    aq_arena_close(arena);
    is_int(allocations.blocks, 0, "closing frees all of it");
    aq_arena_close(NULL);
}

static void test_arena_big_blocks(void)
{
    aq_arena_t *arena = aq_arena_create();
    char *small = aq_arena_alloc(arena, 16), *big = aq_arena_alloc(arena, 1 << 20),
         *next = aq_arena_alloc(arena, 16);

    ok(big != NULL, "a block of 1 MiB");
    memset(big, 1, 1 << 20);
    ok(next > small && next - small <= 64, "a big block does not end the chunk in use");
    small = aq_arena_alloc(arena, 16);
    (void)aq_arena_alloc(arena, 20000);
    next = aq_arena_alloc(arena, 16);
    ok(next > small && next - small <= 64, "nor does one of 20 KB");
    ok(aq_arena_alloc(arena, 16384) != NULL && aq_arena_alloc(arena, 16385) != NULL,
       "blocks at both sides of the limit");
    ok(aq_arena_alloc(arena, SIZE_MAX) == NULL, "a block of SIZE_MAX is refused");
    is_int(aq_last_error()->code, AQ_ENOMEM, "with AQ_ENOMEM");
    ok(aq_arena_alloc(arena, SIZE_MAX - 8) == NULL, "as is one whose rounding would overflow");
    ok(aq_arena_calloc(arena, SIZE_MAX / 2 + 2, 2) == NULL,
       "aq_arena_calloc refuses a product that overflows");
    has_str(aq_last_error()->message, "times 2 bytes: out of memory", "and says so");
    ok(aq_arena_calloc(arena, 0, 8) != NULL && aq_arena_calloc(arena, 8, 0) != NULL,
       "an empty product is no error");
    aq_arena_close(arena);
    is_int(allocations.blocks, 0, "big blocks are freed too");
}

static void test_arena_reset(void)
{
    aq_arena_t *arena = aq_arena_create();
    void *first = aq_arena_alloc(arena, 100);

    order[0] = '\0';
    is_int(aq_arena_defer(arena, note_order, a), AQ_OK, "a call can be deferred");
    (void)aq_arena_defer(arena, note_order, b);
    for (int i = 0; i < 1000; i++)
        (void)aq_arena_alloc(arena, 1000);
    (void)aq_arena_alloc(arena, 1 << 20);
    (void)aq_arena_defer(arena, note_order, c);
    aq_arena_reset(arena);
    is_str(order, "cba", "a reset runs the deferred calls, newest first");
    is_int(allocations.blocks, 2, "and keeps one chunk beside the arena's own");
    is_int(aq_arena_size(arena), 1024 + 65536, "the biggest ordinary one");
    ok(aq_arena_alloc(arena, 100) == first, "the room of the first chunk is used again");
    fail_request(0);
    for (int i = 0; i < 60; i++)
        (void)aq_arena_alloc(arena, 1000);
    is_int(allocations.requests, 0, "work of the same size needs no allocation after a reset");
    aq_arena_reset(arena);
    is_str(order, "cba", "a deferred call runs once");
    aq_arena_close(arena);
    is_int(allocations.blocks, 0, "nothing is left");
}

static aq_arena_t *deferring;

static void defer_more(void *data)
{
    (void)data;
    strcat(order, "m");
    (void)aq_arena_strdup(deferring, "memory is there until the last deferred call has run");
    (void)aq_arena_defer(deferring, note_order, b);
}

static void test_arena_defer(void)
{
    order[0] = '\0';
    deferring = aq_arena_create();
    (void)aq_arena_defer(deferring, note_order, a);
    (void)aq_arena_defer(deferring, defer_more, NULL);
    aq_arena_close(deferring);
    is_str(order, "mba", "a deferred call may use the arena and defer more");
    is_int(allocations.blocks, 0, "and that is freed");
}

static void test_arena_strings(void)
{
    aq_arena_t *arena = aq_arena_create();
    char long_text[5000], *text;

    is_str(aq_arena_strdup(arena, "text"), "text", "aq_arena_strdup");
    ok(aq_arena_strdup(arena, NULL) == NULL, "aq_arena_strdup(NULL) is NULL");
    is_str(aq_arena_strndup(arena, "text", 2), "te", "aq_arena_strndup cuts");
    is_str(aq_arena_strndup(arena, "text", 20), "text", "aq_arena_strndup ends at a NUL");
    ok(aq_arena_strndup(arena, NULL, 5) == NULL, "aq_arena_strndup(NULL) is NULL");
    is_mem(aq_arena_dup(arena, "a\0b", 3), "a\0b", 3, "aq_arena_dup copies NULs");
    ok(aq_arena_dup(arena, NULL, 0) != NULL, "aq_arena_dup of nothing is no error");
    is_str(aq_arena_printf(arena, "%s-%d", "user", 7), "user-7", "aq_arena_printf");
    memset(long_text, 'x', sizeof(long_text) - 1);
    long_text[sizeof(long_text) - 1] = '\0';
    text = aq_arena_printf(arena, "<%s>", long_text);
    ok(strlen(text) == 5001 && text[0] == '<' && text[5000] == '>', "aq_arena_printf of a long text");
    text = aq_arena_calloc(arena, 10, 10);
    ok(text[0] == 0 && memcmp(text, text + 1, 99) == 0, "aq_arena_calloc zeroes");
    text = aq__arena_alloc(arena, 8);
    ok(text != NULL && (uintptr_t)text % 16 == 0, "the inline allocation of other rooms");
    aq_arena_close(arena);
}

/* ---- Text ---------------------------------------------------------------------------------------------- */

static void test_text(void)
{
    aq_text_t text = {0};
    char *taken;

    is_str(aq_text_string(&text), "", "a zeroed builder is the empty text");
    aq_text_append(&text, "a");
    aq_text_append(&text, NULL);
    aq_text_append_bytes(&text, "bcd", 2);
    aq_text_append_bytes(&text, NULL, 0);
    aq_text_append_char(&text, 'd');
    aq_text_append_int(&text, 0);
    aq_text_append_char(&text, ' ');
    aq_text_append_int(&text, INT64_MIN);
    aq_text_append_char(&text, ' ');
    aq_text_append_int(&text, INT64_MAX);
    aq_text_appendf(&text, " %s=%05.1f", "x", 2.25);
    is_str(aq_text_string(&text), "abcd0 -9223372036854775808 9223372036854775807 x=002.2",
           "appends of every kind");
    is_int(text.length, strlen(text.data), "length counts without the NUL");
    aq_text_appendf(&text, "%*s", 1000, "right");
    ok(text.length == 1054 && strcmp(text.data + 1049, "right") == 0,
       "a formatted text that needs a bigger buffer");
    aq_text_clear(&text);
    ok(text.length == 0 && text.capacity > 1054, "a cleared builder is empty and keeps its memory");
    is_str(aq_text_string(&text), "", "and its text is empty");
    aq_text_append(&text, "taken");
    taken = aq_text_take(&text);
    is_str(taken, "taken", "aq_text_take moves the text");
    aq_free(taken);
    ok(text.data == NULL && text.length == 0 && text.capacity == 0, "and leaves an empty builder");
    taken = aq_text_take(&text);
    is_str(taken, "", "aq_text_take of an empty builder is an empty text, not NULL");
    aq_free(taken);
    for (int i = 0; i < 100000; i++)
        aq_text_append_char(&text, 'y');
    ok(text.length == 100000 && strspn(text.data, "y") == 100000, "100,000 characters, one by one");
    aq_text_dispose(&text);
    ok(text.data == NULL, "a disposed builder is empty");
    aq_text_dispose(&text);
    is_int(allocations.blocks, 0, "and freed");
}

static void append_any(aq_text_t *text, int kind)
{
    switch (kind) {
    case 0: aq_text_append(text, "0123456789"); break;
    case 1: aq_text_append_json(text, "a\"\x01\xff", 4); break;
    case 2: aq_text_append_html(text, "<&>\"'", 5); break;
    case 3: aq_text_append_identifier(text, "we\"ird"); break;
    case 4: aq_text_appendf(text, "%s", "0123456789"); break;
    case 5: aq_text_append_int(text, 1234567890); break;
    default: aq_text_append_char(text, 'c'); break;
    }
}

static void test_text_failure(void)
{
    static const char *const kinds[] = {"string", "json", "html", "identifier", "format", "int", "char"};

    for (int kind = 0; kind < 7; kind++) {
        bool kept = true, sticky = true;

        for (size_t fill = 0; fill < 64; fill++) {
            aq_text_t text = {0};
            const char *before;
            size_t length;

            fail_request(fill == 0 ? 1 : 2); /* the first buffer has room for 63 */
            for (size_t i = 0; i < fill; i++)
                aq_text_append_char(&text, 'f');
            while (!text.failed) {
                char copy[256];

                before = strcpy(copy, aq_text_string(&text));
                append_any(&text, kind);
                if (text.failed)
                    kept =
                        kept && strcmp(aq_text_string(&text), before) == 0 && text.length == strlen(before);
            }
            fail_request(0);
            length = text.length;
            append_any(&text, kind);
            sticky = sticky && text.failed && text.length == length;
            sticky = sticky && aq_text_take(&text) == NULL && !text.failed && text.data == NULL;
        }
        ok(kept, "a failed append leaves the text as it was, whole: %s", kinds[kind]);
        ok(sticky, "after it nothing is appended, and taking gives NULL: %s", kinds[kind]);
    }
    is_int(allocations.blocks, 0, "failed builders are freed");
}

static void test_text_limits(void)
{
    aq_text_t text = {0};

    aq_text_append_bytes(&text, "x", SIZE_MAX);
    ok(text.failed, "a length that overflows fails instead of wrapping around");
    is_str(aq_last_error()->message, "text of 0 bytes: append 18446744073709551615 more: out of memory",
           "and says so");
    aq_text_clear(&text);
    ok(!text.failed, "a cleared builder is usable again");
    aq_text_append_bytes(&text, "x", (size_t)PTRDIFF_MAX);
    ok(text.failed, "as does one that no object can have");
    aq_text_dispose(&text);
}

static void is_json(const char *bytes, size_t length, const char *expected, const char *name)
{
    aq_text_t text = {0};

    aq_text_append_json(&text, bytes, length);
    is_str(aq_text_string(&text), expected, "JSON: %s", name);
    aq_text_dispose(&text);
}

#define BAD "\xEF\xBF\xBD"
#define IS_JSON(literal, expected, name) is_json(literal, sizeof(literal) - 1, expected, name)

static void test_json(void)
{
    IS_JSON("", "\"\"", "an empty text");
    is_json(NULL, 0, "\"\"", "no text at all");
    IS_JSON("plain text, 0123456789 and more than eight", "\"plain text, 0123456789 and more than eight\"",
            "plain text");
    IS_JSON("\"\\/", "\"\\\"\\\\/\"", "quotes and backslashes, but not slashes");
    IS_JSON("\b\f\n\r\t", "\"\\b\\f\\n\\r\\t\"", "control characters with a letter");
    IS_JSON("\0\1\x1f\x7f", "\"\\u0000\\u0001\\u001f\x7f\"",
            "other control characters, NUL too; DEL is plain");
    IS_JSON("12345678\x1e"
            "2345678\"2345678\\",
            "\"12345678\\u001e2345678\\\"2345678\\\\\"", "escapes behind runs of eight");
    IS_JSON("\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80", "\"\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80\"",
            "well-formed UTF-8 is kept");
    IS_JSON("\xF4\x8F\xBF\xBF\xEE\x80\x80\xED\x9F\xBF", "\"\xF4\x8F\xBF\xBF\xEE\x80\x80\xED\x9F\xBF\"",
            "the borders of what is well-formed");
    IS_JSON("a\x80"
            "b",
            "\"a" BAD "b\"", "a stray continuation byte");
    IS_JSON("\xC0\xAF", "\"" BAD BAD "\"", "an overlong slash: one U+FFFD per byte");
    IS_JSON("\xE0\x80\xAF", "\"" BAD BAD BAD "\"", "an overlong form of three bytes");
    IS_JSON("\xED\xA0\x80", "\"" BAD BAD BAD "\"", "a surrogate");
    IS_JSON("\xF4\x90\x80\x80", "\"" BAD BAD BAD BAD "\"", "a character above U+10FFFF");
    IS_JSON("\xE2\x82", "\"" BAD "\"", "a cut character: one U+FFFD for its maximal subpart");
    IS_JSON("\xF0\x9F\x98"
            "A\xF0\x9F"
            "B\xF0"
            "C",
            "\"" BAD "A" BAD "B" BAD "C\"", "cut after three, two and one byte");
    IS_JSON("\x61\xF1\x80\x80\xE1\x80\xC2\x62\x80\x63\x80\xBF\x64",
            "\"a" BAD BAD BAD "b" BAD "c" BAD BAD "d\"", "the example of the Unicode standard, table 3-8");
    IS_JSON("\xFF\xFE", "\"" BAD BAD "\"", "bytes that are never UTF-8");
}

static void test_html_and_identifiers(void)
{
    aq_text_t text = {0};

    aq_text_append_html(&text, "<a href='x'>\"R&D\"</a> \xC3\xA9", 24);
    is_str(text.data, "&lt;a href=&#39;x&#39;&gt;&quot;R&amp;D&quot;&lt;/a&gt; \xC3\xA9",
           "HTML: & < > \" and ' are escaped");
    aq_text_clear(&text);
    aq_text_append_html(&text, NULL, 0);
    aq_text_append_html(&text, "plain", 5);
    is_str(text.data, "plain", "HTML: plain text is kept");
    aq_text_clear(&text);
    aq_text_append_identifier(&text, "user");
    aq_text_append_char(&text, '.');
    aq_text_append_identifier(&text, "we\"ir\"\"d\"");
    aq_text_append_identifier(&text, "");
    is_str(text.data, "\"user\".\"we\"\"ir\"\"\"\"d\"\"\"\"\"",
           "identifiers are quoted, quotes in them doubled");
    aq_text_dispose(&text);
}

static void test_utf8(void)
{
    static const struct {
        const char *name, *bytes;
        size_t length;
        bool valid;
    } rows[] = {
#define ROW(name, bytes, valid) {name, bytes, sizeof(bytes) - 1, valid}
        ROW("the empty text", "", true),
        ROW("ASCII", "The quick brown fox jumps over the lazy dog.", true),
        ROW("DEL", "\x7f", true),
        ROW("U+0080", "\xC2\x80", true),
        ROW("U+07FF", "\xDF\xBF", true),
        ROW("U+0800", "\xE0\xA0\x80", true),
        ROW("U+D7FF", "\xED\x9F\xBF", true),
        ROW("U+E000", "\xEE\x80\x80", true),
        ROW("U+FFFF", "\xEF\xBF\xBF", true),
        ROW("U+10000", "\xF0\x90\x80\x80", true),
        ROW("U+10FFFF", "\xF4\x8F\xBF\xBF", true),
        ROW("ASCII around",
            "12345678\xC3\xA9"
            "12345678\xE2\x82\xAC"
            "1234567",
            true),
        ROW("a NUL", "\0", false),
        ROW("a NUL among eight", "abc\0defgh", false),
        ROW("a NUL behind eight", "abcdefgh\0", false),
        ROW("a NUL behind a character", "\xC3\xA9\0", false),
        ROW("U+0000 in two bytes", "\xC0\x80", false),
        ROW("U+007F in two bytes", "\xC1\xBF", false),
        ROW("U+07FF in three bytes", "\xE0\x9F\xBF", false),
        ROW("U+FFFF in four bytes", "\xF0\x8F\xBF\xBF", false),
        ROW("U+D800", "\xED\xA0\x80", false),
        ROW("U+DFFF", "\xED\xBF\xBF", false),
        ROW("a pair of surrogates", "\xED\xA0\xBD\xED\xB8\x80", false),
        ROW("U+110000", "\xF4\x90\x80\x80", false),
        ROW("five bytes", "\xF8\x88\x80\x80\x80", false),
        ROW("0xFE", "\xFE", false),
        ROW("0xFF", "\xFF", false),
        ROW("a lone continuation byte", "\x80", false),
        ROW("cut after one of two", "\xC3", false),
        ROW("cut after two of three", "12345678\xE2\x82", false),
        ROW("cut after three of four", "\xF0\x9F\x98", false),
        ROW("ASCII where a continuation byte should be",
            "\xE2\x82"
            "A",
            false),
#undef ROW
    };

    for (size_t i = 0; i < AQ__COUNT_OF(rows); i++)
        ok(aq_utf8_valid(rows[i].bytes, rows[i].length) == rows[i].valid, "UTF-8: %s is %s", rows[i].name,
           rows[i].valid ? "valid" : "refused");
    ok(aq_utf8_valid(NULL, 0), "UTF-8: no bytes at all are valid");
}

/* Every code point's own encoding is valid, and every one that is cut or has one bit too many is told by the
 * table's rule. */
static void test_utf8_all(void)
{
    long refused = 0, accepted = 0;

    for (uint32_t point = 1; point < 0x120000; point++) {
        char bytes[4];
        size_t length = point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
        int lead[] = {0, 0xC0, 0xE0, 0xF0};

        for (size_t i = 0; i < length; i++)
            bytes[i] = (char)((i == 0 ? lead[length - 1] : 0x80) |
                              ((point >> 6 * (length - 1 - i)) & (length == 1 ? 0x7F : 0x3F)));
        if (length > 1)
            bytes[0] = (char)(lead[length - 1] | (int)(point >> 6 * (length - 1)));
        if (aq_utf8_valid(bytes, length))
            accepted++;
        else
            refused++;
    }
    is_int(accepted, 0x10FFFF - 2048, "UTF-8: every code point but NUL and the surrogates is accepted");
    is_int(refused, 2048 + 0x10000, "UTF-8: the surrogates and the plane above U+10FFFF are refused");
    is_int(aq__utf8_cut("abc", 3, 5), 3, "a text that fits is not cut");
    is_int(aq__utf8_cut("ab\xC3\xA9", 4, 3), 2, "a cut does not split a character");
    is_int(aq__utf8_cut("ab\xF0\x9F\x98\x80", 6, 5), 2, "of four bytes neither");
    is_int(aq__utf8_cut("\x80\x80\x80\x80\x80\x80", 6, 5), 5, "what is not UTF-8 is cut anywhere");
}

/* ---- Lists --------------------------------------------------------------------------------------------- */

typedef struct {
    int number;
    aq__list_t link;
} item_t;

static const char *numbers(const aq__list_t *list)
{
    static char text[64];

    text[0] = '\0';
    AQ__LIST_FOREACH(node, list)
        sprintf(text + strlen(text), "%d", AQ__CONTAINER_OF(node, item_t, link)->number);
    return text;
}

static void test_list(void)
{
    aq__list_t list, other;
    item_t items[4];

    aq__list_init(&list);
    aq__list_init(&other);
    for (int i = 0; i < 4; i++) {
        items[i].number = i;
        aq__list_init(&items[i].link);
    }
    ok(aq__list_empty(&list) && aq__list_first(&list) == NULL && aq__list_shift(&list) == NULL,
       "a new list is empty");
    aq__list_append(&list, &items[1].link);
    aq__list_append(&list, &items[2].link);
    aq__list_prepend(&list, &items[0].link);
    aq__list_insert_before(&items[2].link, &items[3].link);
    is_str(numbers(&list), "0132", "append, prepend and insert put nodes where they say");
    is_int(aq__list_length(&list), 4, "the length");
    aq__list_unlink(&items[1].link);
    aq__list_unlink(&items[1].link);
    is_str(numbers(&list), "032", "unlinking twice is harmless");
    ok(aq__list_shift(&list) == &items[0].link, "shift gives the first");
    aq__list_append(&other, &items[0].link);
    aq__list_append(&other, &items[1].link);
    aq__list_splice(&other, &list);
    is_str(numbers(&other), "0132", "splice moves all nodes behind");
    ok(aq__list_empty(&list), "and empties the list they came from");
    aq__list_splice(&other, &list);
    is_str(numbers(&other), "0132", "splicing an empty list changes nothing");
    aq__list_splice(&list, &other);
    is_str(numbers(&list), "0132", "splicing into an empty list moves all");
    AQ__LIST_FOREACH_SAFE(node, &list)
        aq__list_unlink(node);
    ok(aq__list_empty(&list), "the safe loop may unlink each node");
}

/* ---- The map ------------------------------------------------------------------------------------------- */

enum { KEYS = 100000 };

static void test_map_many(void)
{
    static char keys[KEYS][16];
    aq__map_t map = {0};
    bool put = true, found = true, absent = true, removed = true;
    size_t i;

    for (i = 0; i < KEYS; i++) {
        snprintf(keys[i], sizeof(keys[i]), "key %zu", i);
        put = put && aq__map_put(&map, keys[i], strlen(keys[i]), keys[i]) == AQ_OK;
    }
    ok(put && map.count == KEYS, "100,000 keys can be put");
    for (i = 0; i < KEYS; i++) {
        char same[16];

        snprintf(same, sizeof(same), "key %zu", i);
        found = found && aq__map_get(&map, same, strlen(same)) == keys[i];
        absent = absent && aq__map_get(&map, same, strlen(same) - 1) != keys[i] &&
                 aq__map_get(&map, same, 16) == NULL;
    }
    ok(found, "each is found by its bytes");
    ok(absent, "a key with another length is another key");
    i = 0;
    found = true;
    AQ__MAP_FOREACH(entry, &map)
        found = found && entry->value == keys[i++];
    ok(found && i == KEYS, "iteration is in the order of insertion");
    for (i = 0; i < KEYS; i += 2)
        removed = removed && aq__map_remove(&map, keys[i], strlen(keys[i])) == keys[i];
    ok(removed && map.count == KEYS / 2, "half of them can be removed");
    found = true;
    for (i = 0; i < KEYS; i++)
        found = found && aq__map_get(&map, keys[i], strlen(keys[i])) == (i % 2 != 0 ? keys[i] : NULL);
    ok(found, "the others are still found, those are not");
    ok(aq__map_remove(&map, keys[0], strlen(keys[0])) == NULL, "removing one again gives NULL");
    for (i = 0; i < KEYS; i += 2)
        put = put && aq__map_put(&map, keys[i], strlen(keys[i]), keys[i]) == AQ_OK;
    ok(put && map.count == KEYS, "they can be put again");
    i = 1;
    found = true;
    AQ__MAP_FOREACH(entry, &map) {
        found = found && entry->value == keys[i];
        i = i == KEYS - 1 ? 0 : i + 2;
    }
    ok(found, "and come last in the order");
    AQ__MAP_FOREACH(entry, &map)
        (void)aq__map_remove(&map, entry->key, entry->length);
    is_int(map.count, 0, "a loop may remove what it sees");
    aq__map_dispose(&map);
    ok(map.entries == NULL && allocations.blocks == 0, "a disposed map is empty and freed");
}

static void test_map_edges(void)
{
    aq__map_t map = {0};
    char one[] = "same", other[] = "same", text[8];
    size_t seen = 0;
    bool kept = true;

    ok(aq__map_get(&map, "x", 1) == NULL && aq__map_remove(&map, "x", 1) == NULL, "an empty map has nothing");
    AQ__MAP_FOREACH(entry, &map)
        seen++;
    is_int(seen, 0, "iterating over an empty map does nothing");
    is_int(aq__map_put(&map, NULL, 0, text), AQ_OK, "the empty key is a key");
    ok(aq__map_get(&map, "", 0) == text, "and is found");
    is_int(aq__map_put(&map, "k", 1, NULL), AQ_EINVAL, "a NULL value is refused");
    is_str(aq_last_error()->message, "map: put a key of 1 bytes: its value is NULL", "with a text");
    (void)aq__map_put(&map, one, 4, one);
    (void)aq__map_put(&map, other, 4, other);
    ok(aq__map_get(&map, "same", 4) == other && map.count == 2, "putting a key again replaces its value");
    one[0] = 'X';
    ok(aq__map_get(&map, "same", 4) == other, "and its key: the old one is not needed any more");
    ok(aq__map_get_hashed(&map, "same", 4, aq__hash("same", 4)) == other, "a hash may be computed ahead");
    aq__map_dispose(&map);
    for (size_t i = 0; i < 100000; i++) {
        snprintf(text, sizeof(text), "%zu", i);
        kept = kept && aq__map_put(&map, text, strlen(text), text) == AQ_OK &&
               aq__map_remove(&map, text, strlen(text)) == text;
    }
    ok(kept && map.capacity <= 16, "putting and removing 100,000 times does not make it grow (%zu)",
       map.capacity);
    aq__map_dispose(&map);
}

static void test_map_memory(void)
{
    static char keys[300][8];
    aq__map_t map = {0};
    size_t failures = 0;
    bool whole = true;

    for (size_t i = 0; i < 300; i++) {
        size_t count = map.count;

        snprintf(keys[i], sizeof(keys[i]), "%zu", i);
        fail_request(1);
        if (aq__map_put(&map, keys[i], strlen(keys[i]), keys[i]) == AQ_ENOMEM) {
            failures++;
            whole = whole && map.count == count && aq__map_get(&map, keys[i], strlen(keys[i])) == NULL;
            for (size_t j = 0; j < i; j++)
                whole = whole && aq__map_get(&map, keys[j], strlen(keys[j])) == keys[j];
            fail_request(0);
            whole = whole && aq__map_put(&map, keys[i], strlen(keys[i]), keys[i]) == AQ_OK;
        }
    }
    fail_request(0);
    ok(failures >= 5 && whole, "a map that cannot grow is what it was, and can be grown later (%zu times)",
       failures);
    aq__map_dispose(&map);
    is_int(allocations.blocks, 0, "and is freed");
}

static void test_hash(void)
{
    char bytes[200];
    uint64_t seen[200], all = 0;
    bool differs = true, spread = true;
    int flips = 0;

    memset(bytes, 0, sizeof(bytes));
    for (size_t i = 0; i < 200; i++) {
        seen[i] = aq__hash(bytes, i);
        all |= seen[i];
        for (size_t j = 0; j < i; j++)
            differs = differs && seen[i] != seen[j];
    }
    ok(differs, "zeros of 200 lengths have 200 hashes");
    for (size_t length = 1; length < 200; length++)
        for (size_t bit = 0; bit < length * 8; bit++) {
            bytes[bit / 8] ^= (char)(1 << bit % 8);
            flips = __builtin_popcountll(aq__hash(bytes, length) ^ seen[length]);
            spread = spread && flips > 5 && flips < 59;
            bytes[bit / 8] ^= (char)(1 << bit % 8);
        }
    ok(spread, "each single bit, of every length up to 200, changes between 6 and 58 bits of the hash");
    ok(all == UINT64_MAX, "every bit of the hash is used");
    ok(aq__hash("key", 3) == aq__hash("key", 3), "the same key has the same hash");
}

/* Prints what this process hashes "key" to: the same program, started again, is asked for the seed test. */
static void test_hash_seed(const char *program)
{
    char line[64] = "", again[64];
    FILE *pipe;
    char command[1024];

    snprintf(again, sizeof(again), "%016llx", (unsigned long long)aq__hash("key", 3));
    snprintf(command, sizeof(command), "'%s' --hash", program);
    pipe = popen(command, "r");
    if (pipe == NULL || fgets(line, sizeof(line), pipe) == NULL)
        diag("%s: cannot be started again", command);
    if (pipe != NULL)
        pclose(pipe);
    ok(strlen(line) == 16 && strcmp(line, again) != 0, "another process has another seed");
}

/* ---- Errors -------------------------------------------------------------------------------------------- */

static const struct {
    int number, http, retryable;
    const char *name, *text;
} table[] = {
#define ROW(name, number, http, retryable, text) {number, http, retryable, "AQ_" #name, text},
    AQ_ERROR_TABLE(ROW)
#undef ROW
};

static void test_error_table(void)
{
    bool unique = true, negative = true, texts = true, looked_up = true, statuses = true;

    for (size_t i = 0; i < AQ__COUNT_OF(table); i++) {
        for (size_t j = 0; j < i; j++)
            unique = unique && table[i].number != table[j].number &&
                     strcmp(table[i].name, table[j].name) != 0 && strcmp(table[i].text, table[j].text) != 0;
        negative = negative && table[i].number < 0;
        texts = texts && table[i].text[0] != '\0' && table[i].text[strlen(table[i].text) - 1] != '.';
        statuses = statuses && table[i].http >= 400 && table[i].http < 600 &&
                   (!table[i].retryable || table[i].http >= 500);
        looked_up = looked_up && strcmp(aq_error_name(table[i].number), table[i].name) == 0 &&
                    strcmp(aq_strerror(table[i].number), table[i].text) == 0 &&
                    aq_error_http_status(table[i].number) == table[i].http &&
                    aq_error_retryable(table[i].number) == (table[i].retryable != 0);
    }
    ok(unique, "numbers, names and texts of errors are unique");
    ok(negative, "numbers are negative");
    ok(texts, "every row has a text, without a full stop");
    ok(statuses,
       "every row has the HTTP status of an error; what may be done again is no fault of the client");
    ok(looked_up, "the look-ups give what the rows say");
    is_str(aq_error_name(AQ_OK), "AQ_OK", "AQ_OK has a name");
    is_int(aq_error_http_status(AQ_OK), 200, "and is HTTP 200");
    is_str(aq_strerror(AQ_OK), "no error", "and has a text");
    is_str(aq_error_name(-999), "AQ_E-999?", "a number that is no error has a name that shows it");
    is_str(aq_strerror(-999), "unknown error -999", "and a text");
    is_int(aq_error_http_status(-999), 500, "and is HTTP 500");
    ok(!aq_error_retryable(-999) && !aq_error_retryable(AQ_OK), "and is not to be done again");
    ok(aq_error_retryable(AQ_ESERIALIZATION) && !aq_error_retryable(AQ_ECOMMITUNKNOWN),
       "a serialization failure may be done again, an unknown commit may not");
}

static void test_sqlstates(void)
{
    static const struct {
        const char *sqlstate;
        int code;
    } rows[] = {
        {"08000", AQ_ELOST},
        {"08001", AQ_ECONNECT},
        {"08003", AQ_ELOST},
        {"08004", AQ_ECONNECT},
        {"08006", AQ_ELOST},
        {"08007", AQ_ECOMMITUNKNOWN},
        {"08P01", AQ_EPROTOCOL},
        {"0A000", AQ_ESERVER},
        {"22001", AQ_EDATA},
        {"22003", AQ_EDATA},
        {"22P02", AQ_EDATA},
        {"22012", AQ_EDATA},
        {"23000", AQ_ECONSTRAINT},
        {"23001", AQ_ECONSTRAINT},
        {"23502", AQ_ENOTNULL},
        {"23503", AQ_EFOREIGNKEY},
        {"23505", AQ_EUNIQUE},
        {"23514", AQ_ECHECK},
        {"23P01", AQ_EEXCLUSION},
        {"25001", AQ_ESERVER},
        {"25006", AQ_EREADONLY},
        {"25P02", AQ_ESERVER},
        {"26000", AQ_ESTALEPLAN},
        {"28000", AQ_EAUTH},
        {"28P01", AQ_EAUTH},
        {"2D000", AQ_ETXCONTROL},
        {"3D000", AQ_EUNDEFINED},
        {"3F000", AQ_EUNDEFINED},
        {"40000", AQ_ESERIALIZATION},
        {"40001", AQ_ESERIALIZATION},
        {"40002", AQ_ECONSTRAINT},
        {"40003", AQ_ECOMMITUNKNOWN},
        {"40P01", AQ_EDEADLOCK},
        {"42501", AQ_EPERMISSION},
        {"42601", AQ_ESYNTAX},
        {"42703", AQ_EUNDEFINED},
        {"42704", AQ_EUNDEFINED},
        {"42883", AQ_EUNDEFINED},
        {"42P01", AQ_EUNDEFINED},
        {"42P05", AQ_ESTALEPLAN},
        {"42P07", AQ_ESYNTAX},
        {"44000", AQ_ECHECK},
        {"53100", AQ_ERESOURCES},
        {"53200", AQ_ERESOURCES},
        {"53300", AQ_ERESOURCES},
        {"54000", AQ_ESERVER},
        {"55006", AQ_ESERVER},
        {"55P03", AQ_ELOCK},
        {"57014", AQ_EQUERYCANCELED},
        {"57P01", AQ_ESHUTDOWN},
        {"57P02", AQ_ESHUTDOWN},
        {"57P03", AQ_ESHUTDOWN},
        {"57P04", AQ_ESERVER},
        {"57P05", AQ_ELOST},
        {"P0001", AQ_ESERVER},
        {"XX000", AQ_ESERVER},
        {"00000", AQ_ESERVER},
        {"01000", AQ_ESERVER},
        {"", AQ_ESERVER},
        {"2350", AQ_ESERVER},
        {"235050", AQ_ESERVER},
        {"23505 ", AQ_ESERVER},
    };

    for (size_t i = 0; i < AQ__COUNT_OF(rows); i++)
        is_str(aq_error_name(aq_error_from_sqlstate(rows[i].sqlstate)), aq_error_name(rows[i].code),
               "SQLSTATE '%s' is %s", rows[i].sqlstate, aq_error_name(rows[i].code));
    is_int(aq_error_from_sqlstate(NULL), AQ_ESERVER, "no SQLSTATE at all is AQ_ESERVER");
}

static void *fail_in_thread(void *data)
{
    const aq_error_t *error = aq_last_error();
    bool fresh = error->code == 0 && error->message[0] == '\0';

    (void)aq__fail(AQ_ENOENT, "in the thread");
    *(bool *)data = fresh && strcmp(aq_last_error()->message, "in the thread") == 0;
    return NULL;
}

static void test_last_error(void)
{
    pthread_t thread;
    bool own = false;
    char long_text[9001];

    is_int(aq__fail(AQ_EINVAL, "open '%s': %d", "x", 5), AQ_EINVAL, "aq__fail returns its code");
    is_int(aq_last_error()->code, AQ_EINVAL, "which is the last error");
    is_str(aq_last_error()->message, "open 'x': 5", "with its text");
    ok(aq_last_error()->sqlstate[0] == '\0' && aq_last_error()->detail == NULL &&
           aq_last_error()->position == 0,
       "and nothing left of the one before");
    pthread_create(&thread, NULL, fail_in_thread, &own);
    pthread_join(thread, NULL);
    ok(own, "each thread has its own, which starts empty");
    is_str(aq_last_error()->message, "open 'x': 5", "and does not see another's");
    (void)aq__fail(AQ_ECONFIG, "init: %s", aq_last_error()->message);
    is_str(aq_last_error()->message, "init: open 'x': 5", "a new error may quote the one before");
    (void)aq__fail(AQ_ECONFIG, "app: %s", aq_last_error()->message);
    is_str(aq_last_error()->message, "app: init: open 'x': 5", "and the next one that");
    memset(long_text, 'x', sizeof(long_text) - 1);
    long_text[sizeof(long_text) - 1] = '\0';
    (void)aq__fail(AQ_EINVAL, "%s", long_text);
    ok(strlen(aq_last_error()->message) == 4095 && strcmp(aq_last_error()->message + 4090, "xx...") == 0,
       "a text beyond 4 KiB is cut and ends in '...'");
    for (size_t i = 0; i + 2 < sizeof(long_text); i += 2)
        memcpy(long_text + i, "\xC3\xA9", 2);
    (void)aq__fail(AQ_EINVAL, "%s", long_text);
    ok(aq_utf8_valid(aq_last_error()->message, strlen(aq_last_error()->message)),
       "but not inside a character");
}

static void test_whole_errors(void)
{
    aq_error_t error = {.code = AQ_EUNIQUE,
                        .sqlstate = "23505",
                        .message = "message",
                        .detail = "detail",
                        .hint = "hint",
                        .schema = "schema",
                        .table = "table",
                        .column = "column",
                        .datatype = "datatype",
                        .constraint = "constraint",
                        .statement = "statement",
                        .position = 7};
    aq_arena_t *arena = aq_arena_create();
    const aq_error_t *last;
    aq_error_t *copy, changed;
    char long_text[9001];

    is_int(aq__fail_with(&error), AQ_EUNIQUE, "aq__fail_with returns the error's code");
    last = aq_last_error();
    for (int i = 0; i < 3; i++) {
        const char *how[] = {"the last error", "a copy in an arena", "a copy in a block"};

        copy = i == 0 ? NULL : i == 1 ? aq__error_dup(arena, &error) : aq__error_copy(&error);
        last = i == 0 ? last : copy;
        ok(last->code == AQ_EUNIQUE && strcmp(last->sqlstate, "23505") == 0 && last->position == 7,
           "%s has the numbers", how[i]);
        ok(strcmp(last->message, "message") == 0 && strcmp(last->detail, "detail") == 0 &&
               strcmp(last->hint, "hint") == 0 && strcmp(last->schema, "schema") == 0 &&
               strcmp(last->table, "table") == 0 && strcmp(last->column, "column") == 0 &&
               strcmp(last->datatype, "datatype") == 0 && strcmp(last->constraint, "constraint") == 0 &&
               strcmp(last->statement, "statement") == 0,
           "%s has the texts", how[i]);
        ok(last->message != error.message && last->statement != error.statement, "%s has texts of its own",
           how[i]);
        if (i == 2)
            aq__free(copy);
    }
    error = (aq_error_t){.code = AQ_ELOST};
    (void)aq__fail_with(&error);
    ok(strcmp(aq_last_error()->message, aq_strerror(AQ_ELOST)) == 0 && aq_last_error()->detail == NULL,
       "an error without a message has the table's text; other missing texts stay NULL");
    copy = aq__error_dup(arena, &error);
    is_str(copy->message, aq_strerror(AQ_ELOST), "so has its copy");
    (void)aq__fail(AQ_EINVAL, "quoted");
    changed = *aq_last_error();
    changed.detail = changed.message;
    (void)aq__fail_with(&changed);
    ok(strcmp(aq_last_error()->message, "quoted") == 0 && strcmp(aq_last_error()->detail, "quoted") == 0,
       "aq__fail_with may be given the texts of the last error");
    memset(long_text, 'x', sizeof(long_text) - 1);
    long_text[sizeof(long_text) - 1] = '\0';
    error = (aq_error_t){.code = AQ_EDATA,
                         .message = long_text,
                         .constraint = "name",
                         .detail = long_text,
                         .statement = long_text};
    (void)aq__fail_with(&error);
    last = aq_last_error();
    ok(strlen(last->message) == 4095 && strcmp(last->constraint, "name") == 0 &&
           strlen(last->detail) > 1000 && strlen(last->statement) > 500 &&
           strcmp(last->statement + strlen(last->statement) - 4, "x...") == 0,
       "long texts are cut, each leaving room for the next");
    aq_arena_close(arena);
    is_int(allocations.blocks, 0, "errors hold no memory");
}

/* ---- Log ----------------------------------------------------------------------------------------------- */

static struct {
    int lines;
    aq_log_level_t level;
    size_t length;
    char text[4096];
} logged;

static void keep_line(void *data, aq_log_level_t level, const char *message)
{
    ok(data == &logged, "the log callback gets its data");
    logged.lines++;
    errno = EIO; /* as any system call may leave it */
    logged.level = level;
    logged.length = strlen(message);
    snprintf(logged.text, sizeof(logged.text), "%s", message);
}

static void test_log(void)
{
    char long_text[2001];

    memset(long_text, 'x', sizeof(long_text) - 1);
    long_text[sizeof(long_text) - 1] = '\0';
    ok(aq_log_enabled(AQ_LOG_WARNING) && !aq_log_enabled(AQ_LOG_INFO),
       "warnings are logged by default, information is not");
    aq_set_log(keep_line, &logged, AQ_LOG_INFO);
    ok(aq_log_enabled(AQ_LOG_INFO) && !aq_log_enabled(AQ_LOG_DEBUG), "the least level can be set");
    aq_log(AQ_LOG_DEBUG, "unseen");
    is_int(logged.lines, 0, "a line below it is not logged");
    errno = ENOENT;
    (void)aq__fail(AQ_EINVAL, "kept");
    aq_log(AQ_LOG_INFO, "%s %d\n", "line", 1);
    ok(logged.lines == 1 && logged.level == AQ_LOG_INFO, "one at it is");
    is_str(logged.text, "line 1", "without a newline at its end");
    is_int(errno, ENOENT, "errno is left alone");
    aq_log(AQ_LOG_ERROR, "<%s>", long_text);
    is_int(logged.length, 2002, "a long line is whole");
    fail_request(1);
    aq_log(AQ_LOG_ERROR, "<%s>", long_text);
    ok(logged.length == 511 && strcmp(logged.text + 507, "x...") == 0,
       "and cut where there is no memory for it");
    is_str(aq_last_error()->message, "kept", "the last error is left alone");
    fail_request(0);
    is_int(allocations.blocks, 0, "the log holds no memory");
}

/* What the default callback writes to standard error, read back through a file. */
static void test_log_default(void)
{
    FILE *file = tmpfile();
    int saved = dup(STDERR_FILENO);
    char text[8192] = "", long_text[3001];
    size_t length;

    memset(long_text, 'x', sizeof(long_text) - 1);
    long_text[sizeof(long_text) - 1] = '\0';
    fflush(stderr);
    dup2(fileno(file), STDERR_FILENO);
    aq_set_log(NULL, NULL, AQ_LOG_DEBUG);
    aq_log(AQ_LOG_DEBUG, "one");
    aq_log(AQ_LOG_INFO, "two");
    aq_log(AQ_LOG_WARNING, "three\naquifer: error: forged\x1b[2J");
    aq_log(AQ_LOG_ERROR, "%s", long_text);
    dup2(saved, STDERR_FILENO);
    close(saved);
    rewind(file);
    length = fread(text, 1, sizeof(text) - 1, file);
    fclose(file);
    ok(strncmp(text, "aquifer: debug: one\naquifer: info: two\naquifer: warning: three\n", 63) == 0,
       "the default log names the level");
    has_str(text, "three\n\taquifer: error: forged?[2J\n",
            "a newline inside a line cannot forge another, nor a control character act");
    ok(length > 3000 && strncmp(text + length - 3017, "aquifer: error: xxx", 19) == 0 &&
           text[length - 1] == '\n',
       "long lines are whole");
    aq_set_log(NULL, NULL, AQ_LOG_WARNING);
}

/* A format that the C library cannot carry out: in the C locale no byte stands for this character. */
static void test_bad_formats(void)
{
    static const wchar_t omega[] = {0x3A9, 0};
    aq_arena_t *arena = aq_arena_create();
    aq_text_t text = {0};

    ok(aq_arena_printf(arena, "a %ls", omega) == NULL,
       "aq_arena_printf gives NULL for a format that the C library refuses");
    is_str(aq_last_error()->message, "format 'a %ls': the C library refuses it", "with a text");
    aq_text_append(&text, "before");
    aq_text_appendf(&text, "b %ls", omega);
    ok(text.failed, "aq_text_appendf fails");
    is_str(text.data, "before", "and leaves the text as it was");
    is_str(aq_last_error()->message, "format 'b %ls': the C library refuses it", "with a text");
    aq_text_dispose(&text);
    (void)aq__fail(AQ_ECONFIG, "c %ls", omega);
    is_str(aq_last_error()->message, "bad configuration", "aq__fail then says what the table says");
    aq_set_log(keep_line, &logged, AQ_LOG_DEBUG);
    aq_log(AQ_LOG_ERROR, "d %ls", omega);
    is_str(logged.text, "format 'd %ls': the C library refuses it", "the log gets the format itself");
    aq_set_log(NULL, NULL, AQ_LOG_WARNING);
    aq_arena_close(arena);
}

/* ---- The nth allocation fails -------------------------------------------------------------------------- */

static int build_text(aq_arena_t *arena)
{
    aq_text_t text = {0};
    char *taken, *name = aq_arena_printf(arena, "%0300d", 7);

    if (name == NULL)
        return AQ_ENOMEM;
    for (int i = 0; i < 20; i++) {
        aq_text_append_json(&text, name, strlen(name));
        aq_text_append_html(&text, "<>", 2);
        aq_text_append_identifier(&text, name);
        aq_text_appendf(&text, "%s %d", name, i);
    }
    taken = aq_text_take(&text);
    if (taken == NULL)
        return AQ_ENOMEM;
    aq_free(taken);
    return AQ_OK;
}

static int fill_map(aq_arena_t *arena, aq__map_t *map)
{
    for (int i = 0; i < 500; i++) {
        char *key = aq_arena_printf(arena, "key %d", i);

        if (key == NULL || aq__map_put(map, key, strlen(key), key) != AQ_OK)
            return AQ_ENOMEM;
    }
    return AQ_OK;
}

static int copy_errors(aq_arena_t *arena)
{
    aq_error_t *copy;

    (void)aq__fail(AQ_EINVAL, "an error to copy");
    if (aq__error_dup(arena, aq_last_error()) == NULL)
        return AQ_ENOMEM;
    if ((copy = aq__error_copy(aq_last_error())) == NULL)
        return aq__fail(AQ_ENOMEM, "copy an error: out of memory");
    aq__free(copy);
    return AQ_OK;
}

static void count_down(void *data)
{
    --*(int *)data;
}

/* Uses every part of base that takes memory. */
static int representative_program(int *deferred)
{
    aq_arena_t *arena = aq_arena_create();
    aq__map_t map = {0};
    char *copy = NULL;
    int code = AQ_ENOMEM;

    if (arena == NULL)
        return AQ_ENOMEM;
    for (int i = 0; i < 100; i++) {
        if (aq_arena_defer(arena, count_down, deferred) != AQ_OK)
            goto done;
        ++*deferred;
    }
    if ((copy = aq__strdup("copy")) == NULL || aq_arena_calloc(arena, 1000, 100) == NULL)
        goto done;
    if ((code = build_text(arena)) != AQ_OK || (code = fill_map(arena, &map)) != AQ_OK)
        goto done;
    code = copy_errors(arena);
done:
    aq__free(copy);
    aq__map_dispose(&map);
    aq_arena_close(arena);
    return code;
}

typedef struct {
    int code;
    bool right, leaked, told, ran;
} attempt_t;

static bool try_program(void *data)
{
    attempt_t *attempt = data;
    int deferred = 0;

    attempt->code = representative_program(&deferred);
    attempt->right &= attempt->code == AQ_OK || attempt->code == AQ_ENOMEM;
    attempt->told &= attempt->code == AQ_OK || aq_last_error()->code == AQ_ENOMEM;
    attempt->leaked |= allocations.blocks != 0;
    attempt->ran &= deferred == 0;
    return attempt->code == AQ_OK;
}

static void test_nth_allocation(void)
{
    attempt_t attempt = {.right = true, .told = true, .ran = true};
    size_t n = fail_each_request(try_program, &attempt, 1000);

    ok(n > 20 && n < 1000, "a representative program, failed at each of its %zu allocations", n - 1);
    ok(attempt.right, "returns AQ_ENOMEM each time");
    ok(attempt.told, "the last error is AQ_ENOMEM each time");
    ok(!attempt.leaked, "leaks nothing");
    ok(attempt.ran, "and runs every deferred call that was taken");
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "--hash") == 0) {
        printf("%016llx", (unsigned long long)aq__hash("key", 3));
        return 0;
    }
    aq_set_allocator(counting_allocator, NULL);
    test_last_error();
    test_allocator();
    test_growing();
    test_arena_blocks();
    test_arena_big_blocks();
    test_arena_reset();
    test_arena_defer();
    test_arena_strings();
    test_text();
    test_text_failure();
    test_text_limits();
    test_json();
    test_html_and_identifiers();
    test_utf8();
    test_utf8_all();
    test_list();
    test_map_many();
    test_map_edges();
    test_map_memory();
    test_hash();
    test_hash_seed(argv[0]);
    test_error_table();
    test_sqlstates();
    test_whole_errors();
    test_log();
    test_log_default();
    test_bad_formats();
    test_nth_allocation();
    return tap_done();
}
