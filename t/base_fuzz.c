/* base under random use, held against slow and simple models; built with --enable-sanitizers every overrun shows too.
 *
 *     AQUIFER_FUZZ_SEED=7 AQUIFER_FUZZ_ROUNDS=100000 t/base_fuzz.t
 *
 * Without these the seed is always the same, so that a failure can be repeated. */
#include "heap.h"
#include "tap.h"

#include "src/base/base.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t state;
static int rounds;

/* xorshift64*: Marsaglia, "Xorshift RNGs"; Vigna, "An experimental exploration of Marsaglia's xorshift generators". */
static uint64_t draw(void)
{
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return state * UINT64_C(2685821657736338717);
}

static size_t below(size_t limit)
{
    return (size_t)(draw() >> 11) % limit;
}

/* ---- UTF-8, by the table of well-formed sequences (Unicode, table 3-7) ----------------------------------- */

static const struct {
    size_t length;
    unsigned char range[4][2];
} well_formed[] = {
    {1, {{0x00, 0x7F}}},
    {2, {{0xC2, 0xDF}, {0x80, 0xBF}}},
    {3, {{0xE0, 0xE0}, {0xA0, 0xBF}, {0x80, 0xBF}}},
    {3, {{0xE1, 0xEC}, {0x80, 0xBF}, {0x80, 0xBF}}},
    {3, {{0xED, 0xED}, {0x80, 0x9F}, {0x80, 0xBF}}},
    {3, {{0xEE, 0xEF}, {0x80, 0xBF}, {0x80, 0xBF}}},
    {4, {{0xF0, 0xF0}, {0x90, 0xBF}, {0x80, 0xBF}, {0x80, 0xBF}}},
    {4, {{0xF1, 0xF3}, {0x80, 0xBF}, {0x80, 0xBF}, {0x80, 0xBF}}},
    {4, {{0xF4, 0xF4}, {0x80, 0x8F}, {0x80, 0xBF}, {0x80, 0xBF}}},
};

/* How many bytes fit the beginning of some row; `whole`: they are that row. */
static size_t longest_fit(const unsigned char *bytes, size_t length, bool *whole)
{
    size_t longest = 0;

    *whole = false;
    for (size_t row = 0; row < AQ__COUNT_OF(well_formed); row++) {
        size_t fit = 0;

        while (fit < well_formed[row].length && fit < length &&
               bytes[fit] >= well_formed[row].range[fit][0] && bytes[fit] <= well_formed[row].range[fit][1])
            fit++;
        if (fit == well_formed[row].length)
            *whole = true;
        if (fit > longest)
            longest = fit;
    }
    return longest;
}

/* What a reader of the bytes should see: U+FFFD for each maximal subpart of what is not well-formed. */
static size_t decode_model(const unsigned char *bytes, size_t length, char *seen, bool *valid)
{
    size_t used = 0, step;
    bool whole;

    *valid = true;
    for (size_t i = 0; i < length; i += step) {
        step = longest_fit(bytes + i, length - i, &whole);
        if (whole) {
            memcpy(seen + used, bytes + i, step);
            used += step;
            *valid = *valid && bytes[i] != 0;
        } else {
            memcpy(seen + used, "\xEF\xBF\xBD", 3);
            used += 3;
            step = step == 0 ? 1 : step;
            *valid = false;
        }
    }
    return used;
}

/* The bytes as JSON, read back by jansson, are what the model sees. */
static bool json_holds(const unsigned char *bytes, size_t length)
{
    char *exact = malloc(length + 1), *seen = malloc(3 * length + 1);
    unsigned char *input = length > 0 ? memcpy(exact, bytes, length) : (unsigned char *)exact;
    aq_text_t text = {0};
    bool valid, holds;
    size_t seen_length = decode_model(input, length, seen, &valid);
    json_t *parsed;

    exact = realloc(exact, length > 0 ? length : 1); /* no byte behind it may be read */
    aq_text_append_json(&text, exact, length);
    parsed = json_loadb(text.data, text.length, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
    holds = parsed != NULL && json_is_string(parsed) && json_string_length(parsed) == seen_length &&
            memcmp(json_string_value(parsed), seen, seen_length) == 0 && strlen(text.data) == text.length &&
            aq_utf8_valid(exact, length) == valid && aq_utf8_valid(text.data, text.length);
    json_decref(parsed);
    aq_text_dispose(&text);
    free(exact);
    free(seen);
    return holds;
}

static void show_bytes(const unsigned char *bytes, size_t length)
{
    char line[1024];
    size_t used = 0;

    for (size_t i = 0; i < length && used + 3 < sizeof(line); i++)
        used += (size_t)sprintf(line + used, "%02x ", bytes[i]);
    line[used] = '\0';
    diag("these bytes: %s", line);
}

static void test_borders(void)
{
    static const unsigned char borders[] = {0x00, 0x1F, 'A',  0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0,
                                            0xC1, 0xC2, 0xDF, 0xE0, 0xE1, 0xED, 0xEF, 0xF0, 0xF1, 0xF4, 0xF5};
    const size_t n = AQ__COUNT_OF(borders);
    unsigned char bytes[16];
    size_t tried = 0;
    bool held = true;

    for (size_t length = 0; length <= 4; length++) {
        size_t combinations = 1;

        for (size_t i = 0; i < length; i++)
            combinations *= n;
        for (size_t number = 0; held && number < combinations; number++) {
            size_t ahead = number % 9, rest = number; /* so that they fall anywhere in a word of eight */

            memset(bytes, 'x', sizeof(bytes));
            for (size_t i = 0; i < length; i++, rest /= n)
                bytes[ahead + i] = borders[rest % n];
            held = json_holds(bytes, ahead + length);
            if (!held)
                show_bytes(bytes, ahead + length);
            tried++;
        }
    }
    ok(held,
       "each of %zu texts of up to four border bytes is validated and written as JSON as the model says",
       tried);
}

/* Mostly well-formed, with damage. */
static size_t draw_bytes(unsigned char *bytes, size_t most)
{
    size_t length = below(most), kind = below(4);

    for (size_t i = 0; i < length; i++) {
        if (kind == 0)
            bytes[i] = (unsigned char)draw();
        else if (kind == 1)
            bytes[i] = (unsigned char)(0x20 + below(0x5F));
        else
            bytes[i] =
                (unsigned char)"a\"\\<>&'\n\x01\x7f\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\xED\xA0\x80"[below(
                    22)];
    }
    if (kind == 3)
        for (size_t i = 0; i + 4 < length; i += 1 + below(9))
            memcpy(bytes + i, "\xF0\x9F\x98\x80", 4);
    return length;
}

static void test_json(void)
{
    unsigned char bytes[300];
    bool held = true;

    for (int i = 0; held && i < rounds; i++) {
        size_t length = draw_bytes(bytes, sizeof(bytes));

        held = json_holds(bytes, length);
        if (!held)
            show_bytes(bytes, length);
    }
    ok(held, "%d random texts are written as JSON that reads back as the model says", rounds);
}

/* ---- Escapes that can be undone ------------------------------------------------------------------------------- */

static size_t undo_html(const char *html, char *plain)
{
    static const struct {
        const char *escape;
        char character;
    } escapes[] = {{"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&#39;", '\''}};
    size_t used = 0;

    while (*html != '\0') {
        size_t i = 0;

        while (i < AQ__COUNT_OF(escapes) && strncmp(html, escapes[i].escape, strlen(escapes[i].escape)) != 0)
            i++;
        if (i == AQ__COUNT_OF(escapes)) {
            plain[used++] = *html++;
        } else {
            plain[used++] = escapes[i].character;
            html += strlen(escapes[i].escape);
        }
    }
    return used;
}

static void test_html(void)
{
    bool harmless = true, same = true;
    unsigned char bytes[300];
    char plain[2000];

    for (int i = 0; i < rounds; i++) {
        aq_text_t text = {0};
        size_t length = draw_bytes(bytes, sizeof(bytes));

        for (size_t j = 0; j < length; j++)
            bytes[j] = bytes[j] == 0 ? 'x' : bytes[j];
        aq_text_append_html(&text, (const char *)bytes, length);
        harmless = harmless && strpbrk(aq_text_string(&text), "<>\"'") == NULL;
        same = same && undo_html(aq_text_string(&text), plain) == length && memcmp(plain, bytes, length) == 0;
        aq_text_dispose(&text);
    }
    ok(harmless, "%d random texts as HTML have no < > \" or '", rounds);
    ok(same, "and read back as they were");
}

static void test_identifiers(void)
{
    bool same = true;
    unsigned char bytes[100];

    for (int i = 0; i < rounds; i++) {
        aq_text_t text = {0};
        size_t length = draw_bytes(bytes, sizeof(bytes) - 1), used = 0;
        char plain[200];

        for (size_t j = 0; j < length; j++)
            bytes[j] = bytes[j] == 0 ? '"' : bytes[j];
        bytes[length] = '\0';
        aq_text_append_identifier(&text, (const char *)bytes);
        for (const char *next = text.data + 1; *next != '\0'; next++) {
            if (*next == '"' && *++next != '"')
                break; /* the quote that ends it */
            plain[used++] = *next;
        }
        same = same && text.data[0] == '"' && used == length && memcmp(plain, bytes, length) == 0 &&
               text.data[text.length - 1] == '"';
        aq_text_dispose(&text);
    }
    ok(same, "%d random names, quoted, end at their last quote and read back as they were", rounds);
}

/* ---- The builder and the arena, with allocations that fail ------------------------------------------------------ */

static bool failing;

static void *fail_sometimes(void *data, void *block, size_t size)
{
    if (failing && size != 0 && below(3) == 0)
        return NULL;
    return counting_allocator(data, block, size);
}

static bool builder_step(aq_text_t *text, char *model, size_t *length)
{
    unsigned char bytes[64];
    size_t size = draw_bytes(bytes, sizeof(bytes)), before = *length;
    int64_t number = (int64_t)draw() >> below(64);

    switch (below(4)) {
    case 0:
        aq_text_append_bytes(text, bytes, size);
        memcpy(model + *length, bytes, size);
        *length += size;
        break;
    case 1:
        aq_text_append_int(text, number);
        *length += (size_t)sprintf(model + *length, "%lld", (long long)number);
        break;
    case 2:
        aq_text_appendf(text, "<%5d|%-8s>", (int)number, "ab");
        *length += (size_t)sprintf(model + *length, "<%5d|%-8s>", (int)number, "ab");
        break;
    default:
        aq_text_append_char(text, (char)bytes[0]);
        model[(*length)++] = (char)bytes[0];
        break;
    }
    if (text->failed)
        *length = before;
    return text->length == *length && (*length == 0 || memcmp(text->data, model, *length) == 0) &&
           aq_text_string(text)[*length] == '\0';
}

static void test_builder(void)
{
    static char model[64 * 100];
    long failures = 0;
    bool held = true;

    for (int i = 0; i < rounds; i++) {
        aq_text_t text = {0};
        size_t length = 0;

        failing = i % 2 != 0;
        for (size_t steps = below(100); held && steps > 0; steps--) {
            held = builder_step(&text, model, &length);
            if (below(40) == 0) {
                aq_text_clear(&text);
                length = 0;
            }
        }
        failures += text.failed;
        aq_text_dispose(&text);
    }
    failing = false;
    ok(held, "%d builders are what the model says after every append", rounds);
    ok(failures > rounds / 20, "also those %ld that failed in the middle", failures);
    is_int(allocations.blocks, 0, "and leave no memory");
}

enum { BLOCKS = 64 };

static bool arena_round(aq_arena_t *arena, long *failures)
{
    struct {
        unsigned char *data;
        size_t size;
    } blocks[BLOCKS];
    size_t count = below(BLOCKS);
    bool held = true;

    for (size_t i = 0; i < count; i++) {
        blocks[i].size = below(10) == 0 ? below(100000) : below(300);
        blocks[i].data = aq_arena_alloc(arena, blocks[i].size);
        *failures += blocks[i].data == NULL;
        if (blocks[i].data == NULL)
            blocks[i].size = 0;
        else
            memset(blocks[i].data, (int)i, blocks[i].size);
        held = held && (uintptr_t)blocks[i].data % _Alignof(max_align_t) == 0;
    }
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < blocks[i].size; j++)
            held = held && blocks[i].data[j] == (unsigned char)i;
    return held;
}

static void test_arena(void)
{
    aq_arena_t *arena = aq_arena_create();
    long failures = 0;
    bool held = true;

    failing = true;
    for (int i = 0; i < rounds / 10; i++) {
        held = held && arena_round(arena, &failures);
        if (below(3) == 0)
            aq_arena_reset(arena);
        held = held && (below(3) != 0 || arena_round(arena, &failures));
        if (i % 7 == 0)
            aq_arena_reset(arena);
    }
    failing = false;
    aq_arena_close(arena);
    ok(held, "blocks of random size never overlap and are aligned, over resets");
    ok(failures > 0, "and over %ld failed allocations", failures);
    is_int(allocations.blocks, 0, "and the arena leaves no memory");
}

/* ---- The map --------------------------------------------------------------------------------------------------- */

enum { NAMES = 700 };

static void test_map(void)
{
    static char names[NAMES][8];
    static void *model[NAMES];
    static size_t put_at[NAMES]; /* when it was put, for the order */
    aq__map_t map = {0};
    size_t clock = 0, count = 0, last = 0, seen = 0;
    long failures = 0;
    bool held = true, ordered = true;

    for (size_t i = 0; i < NAMES; i++)
        sprintf(names[i], "%zu", i * i);
    failing = true;
    for (int i = 0; held && i < 20 * rounds; i++) {
        size_t k = below(i / rounds % 2 != 0 ? NAMES : NAMES / 10);
        void *value = &names[below(NAMES)];

        if (below(2) == 0) {
            held = aq__map_remove(&map, names[k], strlen(names[k])) == model[k];
            count -= model[k] != NULL;
            model[k] = NULL;
        } else if (aq__map_put(&map, names[k], strlen(names[k]), value) == AQ_OK) {
            count += model[k] == NULL;
            put_at[k] = model[k] == NULL ? ++clock : put_at[k];
            model[k] = value;
        } else {
            failures++;
            held = model[k] == NULL; /* replacing needs no memory */
        }
        k = below(NAMES);
        held = held && map.count == count && aq__map_get(&map, names[k], strlen(names[k])) == model[k];
    }
    failing = false;
    AQ__MAP_FOREACH(entry, &map) {
        size_t k = (size_t)((const char *)entry->key - names[0]) / sizeof(names[0]);

        ordered = ordered && put_at[k] > last && entry->value == model[k];
        last = put_at[k];
        seen++;
    }
    ok(held, "%d random puts, removals and gets of a map are what the model says", 20 * rounds);
    ok(ordered && seen == count, "its entries are in the order in which they were put");
    ok(failures > 0, "over %ld failed allocations", failures);
    aq__map_dispose(&map);
    is_int(allocations.blocks, 0, "and the map leaves no memory");
}

int main(void)
{
    const char *seed = getenv("AQUIFER_FUZZ_SEED"), *wanted = getenv("AQUIFER_FUZZ_ROUNDS");

    state = seed != NULL ? strtoull(seed, NULL, 10) * 2 + 1 : 88172645463325253;
    rounds = wanted != NULL && atoi(wanted) > 0 ? atoi(wanted) : 3000;
    aq_set_allocator(fail_sometimes, NULL);
    test_borders();
    test_json();
    test_html();
    test_identifiers();
    test_builder();
    test_arena();
    test_map();
    return tap_done();
}
