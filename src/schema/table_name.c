/* Names of tables, made of the names of structs.
 *
 * The happy path: "_" goes in front of each capital that begins a word, the whole becomes lower case, and leading "_" go.
 * The failure modes: nothing is left; the name is not UTF-8; the result is longer than a name may be. */
#include <string.h>

#include "src/schema/lowercase.h"
#include "src/schema/naming.h"

static bool is_capital(char c)
{
    return c >= 'A' && c <= 'Z';
}

static bool is_small(char c)
{
    return c >= 'a' && c <= 'z';
}

static bool is_small_or_digit(char c)
{
    return is_small(c) || (c >= '0' && c <= '9');
}

/* Capitals of ASCII only, as in the original: "éÉ" is one word. */
static void append_words(aq_text_t *words, const char *name)
{
    for (size_t i = 0; name[i] != '\0'; i++) {
        if (i > 0 && is_capital(name[i]) && (is_small_or_digit(name[i - 1]) || is_small(name[i + 1])))
            aq_text_append_char(words, '_');
        aq_text_append_char(words, name[i]);
    }
}

static void append_small(aq_text_t *words, const char *capitals, size_t length)
{
    for (size_t i = 0; i < length; i++)
        aq_text_append_char(words, (char)(capitals[i] - 'A' + 'a'));
}

/* Version 2.3: a run of capitals before a small letter or a digit is a word, but for its last, which begins the next one. All else
 * stays, capitals too. */
static void append_words_legacy(aq_text_t *words, const char *name)
{
    while (*name != '\0') {
        size_t run = strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ");

        if (run > 0 && is_small_or_digit(name[run])) {
            aq_text_append_char(words, '_');
            append_small(words, name, run - 1);
            if (run > 1)
                aq_text_append_char(words, '_');
            append_small(words, name + run - 1, 1);
        } else {
            aq_text_append_bytes(words, name, run > 0 ? run : 1);
        }
        name += run > 0 ? run : 1;
    }
}

/* NULL: one of the texts failed, or the result is no name. */
static const char *finish(aq_arena_t *arena, const char *type, const aq_text_t *words, const aq_text_t *lower)
{
    const char *table = aq_text_string(lower) + strspn(aq_text_string(lower), "_");

    if (words->failed || lower->failed)
        return NULL;
    if (*table == '\0') {
        (void)aq__fail(AQ_EMAPPING, "struct '%s': no table name can be made of it", type);
        return NULL;
    }
    return aq__name_check("table", table) == AQ_OK ? aq_arena_strdup(arena, table) : NULL;
}

const char *aq__table_name(aq_arena_t *arena, const char *type, bool legacy)
{
    aq_text_t words = {0}, lower = {0};
    const char *table;

    if (aq__name_check_text("struct", type) != AQ_OK)
        return NULL;
    if (legacy) {
        append_words_legacy(&lower, type);
    } else {
        append_words(&words, type);
        aq__lowercase_append(&lower, aq_text_string(&words), words.length);
    }
    table = finish(arena, type, &words, &lower);
    aq_text_dispose(&words);
    aq_text_dispose(&lower);
    return table;
}
