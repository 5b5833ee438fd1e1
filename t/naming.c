/* Names: tables from structs (vectors table_names), their lengths (vectors naming), how SQL spells them, MD5, lower case. No database: that
 * the server accepts what is not quoted is t/keywords.t's.
 *
 * Each row of the vectors is a subtest. Where Aquifer does something else on purpose its name says "settled". */
#include "tap.h"

#include "src/schema/lowercase.h"
#include "src/schema/md5.h"
#include "src/schema/naming.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static aq_arena_t *arena;

static const char *text_of(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

static const char *error_text(int code)
{
    return code == AQ_OK ? "(no error)" : aq_last_error()->message;
}

/* ---- MD5 and lower case -------------------------------------------------------------------------------------------------- */

static const char *md5_text(const void *bytes, size_t length)
{
    static char text[2 * AQ__MD5_SIZE + 1];
    uint8_t digest[AQ__MD5_SIZE];

    aq__md5(bytes, length, digest);
    for (size_t i = 0; i < AQ__MD5_SIZE; i++)
        snprintf(text + 2 * i, 3, "%02x", digest[i]);
    return text;
}

static void test_md5(void)
{
    static const struct {
        const char *text, *digest;
    } rfc1321[] = {
        {"", "d41d8cd98f00b204e9800998ecf8427e"},
        {"a", "0cc175b9c0f1b6a831c399e269772661"},
        {"abc", "900150983cd24fb0d6963f7d28e17f72"},
        {"message digest", "f96b697d7cb7938d525a2f31aaf161d0"},
        {"abcdefghijklmnopqrstuvwxyz", "c3fcd3d76192e4007dfb496cca67e13b"},
        {"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
         "d174ab98d277d9f5a5611c2c9f419d9f"},
        {"12345678901234567890123456789012345678901234567890123456789012345678901234567890",
         "57edf4a22be3c955ac49da2e2107b67a"},
    };
    uint8_t digests[260][AQ__MD5_SIZE];
    char as[260];

    subtest("MD5: RFC 1321, appendix A.5") {
        for (size_t i = 0; i < AQ__COUNT_OF(rfc1321); i++)
            is_str(md5_text(rfc1321[i].text, strlen(rfc1321[i].text)), rfc1321[i].digest, "'%s'",
                   rfc1321[i].text);
    }
    memset(as, 'a', sizeof(as));
    for (size_t i = 0; i < AQ__COUNT_OF(digests); i++)
        aq__md5(as, i, digests[i]);
    is_str(md5_text(digests, sizeof(digests)), "f69045f1f86bd369b798b328a42519bd",
           "MD5: every length up to 259");
}

static const char *lowercase(const char *string)
{
    aq_text_t text = {0};
    char *copy;

    aq__lowercase_append(&text, string, strlen(string));
    copy = aq_arena_strdup(arena, aq_text_string(&text));
    aq_text_dispose(&text);
    return copy;
}

static void test_lowercase(void)
{
    static const struct {
        const char *capital, *small;
    } rows[] = {
        {"", ""},
        {"AZaz[@`{_09$", "azaz[@`{_09$"},
        {"ÀÞ×ß÷ÿŸ", "àþ×ß÷ÿÿ"},
        {"ĀāĹŁŽ", "āāĺłž"},
        {"ЖУК Ѐ", "жук ѐ"},
        {"ᲐᲑ", "აბ"},
        {"ẞ", "ß"},
        {"Ⅷ", "ⅷ"},
        {"K", "k"},
        {"日本語", "日本語"},
        {"𐐀𐐁", "𐐨𐐩"},
        {"İI", "i̇i"},
        {"ΟΔΥΣΣΕΥΣ", "οδυσσευς"},
        {"ΑΣ ΑΣ_ΣΑ Σ", "ας ας_σα σ"},
        {"ΑΣa aΣ1", "ασa aς1"},
        {"ςΣ", "ςς"},
    };

    subtest("lower case as Unicode has it, whatever the locale") {
        for (size_t i = 0; i < AQ__COUNT_OF(rows); i++)
            is_str(lowercase(rows[i].capital), rows[i].small, "'%s'", rows[i].capital);
    }
}

/* ---- Tables ---------------------------------------------------------------------------------------------------------------- */

static const char *table_error(const char *type, bool legacy)
{
    return aq__table_name(arena, type, legacy) != NULL ? "(no error)" : aq_last_error()->message;
}

static void convert_row(const char *type, const char *expected, bool legacy)
{
    char empty[128];

    snprintf(empty, sizeof(empty),
             type[0] == '\0' ? "struct '%s': the name is empty"
                             : "struct '%s': no table name can be made of it",
             type);
    if (expected[0] != '\0')
        is_str(aq__table_name(arena, type, legacy), expected, "%s",
               legacy ? "version 2.3.2's rule" : "the rule");
    else
        is_str(table_error(type, legacy), empty, "%s", legacy ? "version 2.3.2's rule" : "the rule");
}

static void test_table_vectors(void)
{
    json_t *vectors = vectors_load("table_names.json"), *row;
    size_t i;

    json_array_foreach(json_object_get(vectors, "convert"), i, row)
    {
        const char *v3 = text_of(row, "v3");

        subtest("table of struct '%s'%s", text_of(row, "name"),
                v3[0] == '\0' ? " (settled: an empty name is an error)" : "") {
            convert_row(text_of(row, "name"), v3, false);
            convert_row(text_of(row, "name"), text_of(row, "v232"), true);
            is_int(strlen(v3), json_integer_value(json_object_get(row, "bytes_v3")), "bytes");
        }
    }
    json_decref(vectors);
}

static void test_tables(void)
{
    char longest[AQ__NAME_MAX + 2], message[256];

    subtest("structs that give no table's name") {
        is_str(table_error(NULL, false), "struct: the name is missing", "NULL");
        is_str(table_error("", false), "struct '': the name is empty", "nothing");
        is_str(table_error("_", false), "struct '_': no table name can be made of it", "'_'");
        is_str(table_error("__", true), "struct '__': no table name can be made of it",
               "'__' by version 2.3.2's rule");
        is_str(table_error("A\xC3", false), "struct 'A...': the name is not valid UTF-8", "half a character");
        is_int(aq_last_error()->code, AQ_EMAPPING, "AQ_EMAPPING");
    }
    memset(longest, 'T', sizeof(longest));
    longest[AQ__NAME_MAX] = '\0';
    is_int(strlen(aq__table_name(arena, longest, false)), AQ__NAME_MAX, "a table's name of 63 bytes");
    longest[AQ__NAME_MAX] = 'T';
    longest[AQ__NAME_MAX + 1] = '\0';
    snprintf(message, sizeof(message), "table '%s': the name has 64 bytes: at most 63 are allowed",
             lowercase(longest));
    is_str(table_error(longest, false), message, "one of 64 is refused");
    longest[0] = 'a';
    snprintf(message, sizeof(message), "table '%.1s_%s': the name has 65 bytes: at most 63 are allowed",
             longest, lowercase(longest + 1));
    is_str(table_error(longest, false), message, "what counts is the table, not the struct");
}

/* ---- Identifiers ------------------------------------------------------------------------------------------------------------ */

static const char *spell(const char *name)
{
    aq_text_t text = {0};
    char *copy;

    aq__name_append(&text, name);
    copy = aq_arena_strdup(arena, aq_text_string(&text));
    aq_text_dispose(&text);
    return copy;
}

static const char *spell_qualified(const char *schema, const char *name)
{
    aq_text_t text = {0};
    char *copy;

    aq__name_append_qualified(&text, schema, name);
    copy = aq_arena_strdup(arena, aq_text_string(&text));
    aq_text_dispose(&text);
    return copy;
}

static void test_quotes(void)
{
    static const char *const plain[] = {"a",        "user_id", "_",       "_a",     "a1$",  "users",
                                        "name",     "type",    "value",   "values", "time", "text",
                                        "interval", "row",     "selects", "selec",  "zone", "aa"};
    static const char *const quoted[] = {
        "",    "A",    "aB",      "1a",   "$a",        "a b",         "a-b",     "a.b",
        "a%",  "é",    "aé",      "a\n",  "a;",        "user",        "order",   "select",
        "all", "with", "lateral", "left", "collation", "system_user", "between", "new",
        "of",  "off",  "old",     "over", "\x7f",      "a\xC4\xB1"};

    subtest("what is spelt as it is") {
        for (size_t i = 0; i < AQ__COUNT_OF(plain); i++)
            is_str(spell(plain[i]), plain[i], "'%s'", plain[i]);
    }
    subtest("what needs quotes") {
        for (size_t i = 0; i < AQ__COUNT_OF(quoted); i++) {
            char expected[32];

            snprintf(expected, sizeof(expected), "\"%s\"", quoted[i]);
            is_str(spell(quoted[i]), expected, "%s", expected);
        }
    }
    is_str(spell("a\"b\"\""), "\"a\"\"b\"\"\"\"\"", "a quote inside is doubled");
    is_str(spell_qualified("s1", "user"), "s1.\"user\"", "a schema and a name");
    is_str(spell_qualified("a.b", "t"), "\"a.b\".t", "a schema with a dot");
    is_str(spell_qualified(NULL, "t"), "t", "no schema");
}

static void test_checks(void)
{
    char name[200] = "", message[300];

    is_int(aq__name_check("column", "Any thing; \"goes\" %s \n"), AQ_OK, "any text is a name");
    is_str(error_text(aq__name_check("column", NULL)), "column: the name is missing", "NULL is none");
    is_str(error_text(aq__name_check("column", "")), "column '': the name is empty", "nothing is none");
    is_str(error_text(aq__name_check("column", "a\xFF"
                                               "b")),
           "column 'a...': the name is not valid UTF-8", "nor is what is not UTF-8");
    memset(name, 'a', 100);
    name[100] = '\xC0';
    name[101] = '\0';
    is_str(error_text(aq__name_check_text("column", name)),
           "column 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa...': the name is not "
           "valid UTF-8",
           "of a long one the message shows the beginning");
    name[100] = '\0';
    is_int(aq__name_check_text("column", name), AQ_OK, "what will be shortened may be long");
    memset(name, 'a', sizeof(name));
    name[AQ__NAME_MAX] = '\0';
    is_int(aq__name_check("schema", name), AQ_OK, "63 bytes");
    strcpy(name + AQ__NAME_MAX - 1, "é");
    snprintf(message, sizeof(message), "schema '%s': the name has 64 bytes: at most 63 are allowed", name);
    is_str(error_text(aq__name_check("schema", name)), message,
           "63 characters of 64 bytes are too long (settled: bytes count)");
    is_int(aq_last_error()->code, AQ_EMAPPING, "AQ_EMAPPING");
}

static const char *repeat(const char *head, const char *text, int count)
{
    char *result = aq_arena_strdup(arena, head);

    while (count-- > 0)
        result = aq_arena_printf(arena, "%s%s", result, text);
    return result;
}

static void test_shorten(void)
{
    const char *name = repeat("", "x", 63);

    ok(aq__name_shorten(arena, name, AQ__NAME_MAX) == name, "63 bytes stay");
    is_str(aq__name_shorten(arena, repeat("", "x", 64), AQ__NAME_MAX),
           aq_arena_printf(arena, "%.55s_2456", name), "64 do not");
}

static void test_shorten_utf8(void)
{
    const char *rows[][2] = {
        {aq_arena_printf(arena, "%s_%s", repeat("uq_", "é", 40), repeat("", "ü", 10)),
         aq_arena_printf(arena, "%s_2410", repeat("uq_", "é", 26))},
        {repeat("pk_x", "é", 40), aq_arena_printf(arena, "%s_3125", repeat("pk_x", "é", 25))},
        {repeat("pk_", "日", 30), aq_arena_printf(arena, "%s_b0bc", repeat("pk_", "日", 17))},
        {repeat(repeat("uq__", "€", 16), "𝄞", 10),
         aq_arena_printf(arena, "%s_f7ed", repeat("uq__", "€", 16))},
    };

    subtest("no character is split") {
        for (size_t i = 0; i < AQ__COUNT_OF(rows); i++)
            is_str(aq__name_shorten(arena, rows[i][0], AQ__NAME_MAX), rows[i][1], "%s", rows[i][0]);
    }
}

/* ---- naming.json: limits --------------------------------------------------------------------------------------------------------- */

static void test_limits(const json_t *vectors)
{
    json_t *row;
    size_t i;

    json_array_foreach(json_object_get(vectors, "identifier_limits"), i, row)
    {
        int length = (int)json_integer_value(json_object_get(row, "table_name_length"));
        const char *name = repeat("", "t", length);
        const char *message =
            aq_arena_printf(arena, "table '%s': the name has %d bytes: at most 63 are allowed", name, length);

        if (length > 0)
            is_str(error_text(aq__name_check("table", name)),
                   strcmp(text_of(row, "result"), "ok") == 0 ? "(no error)" : message,
                   "a table's name of %d characters", length);
    }
    is_str(error_text(aq__name_check("column", repeat("", "c", 64))),
           "column 'cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc': the name has 64 "
           "bytes: at most 63 are "
           "allowed",
           "a column's name of 64 characters (settled: refused, not cut by the server)");
    is_str(error_text(aq__name_check("table", repeat("", "é", 40))),
           "table 'éééééééééééééééééééééééééééééééééééééééé': the name has 80 bytes: at most 63 are allowed",
           "a table's name of 40 characters in 80 bytes (settled: refused, not cut by the server)");
}

static void test_naming_vectors(void)
{
    json_t *vectors = vectors_load("naming.json"), *row;
    size_t i;

    json_array_foreach(json_object_get(vectors, "from_sqlalchemy_tests"), i, row)
    {
        size_t most = (size_t)json_integer_value(json_object_get(row, "max_length"));

        if (most > 0)
            is_str(aq__name_shorten(arena, text_of(row, "name"), most), text_of(row, "emitted"),
                   "at most %zu: %s", most, text_of(row, "name"));
    }
    if (vectors != NULL)
        test_limits(vectors);
    json_decref(vectors);
}

/* ---- Out of memory --------------------------------------------------------------------------------------------------------------------- */

static struct {
    long live, made, fail_at; /* fail_at 0: never */
} heap;

static void *count_allocations(void *data, void *block, size_t size)
{
    (void)data;
    if (size == 0) {
        heap.live -= block != NULL;
        free(block);
        return NULL;
    }
    if (++heap.made == heap.fail_at)
        return NULL;
    heap.live += block == NULL;
    return realloc(block, size);
}

static int name_everything(aq_arena_t *names, const char *padding)
{
    if (aq__table_name(names, padding, false) != NULL || aq_last_error()->code != AQ_EMAPPING)
        return aq_last_error()->code;
    if (aq__table_name(names, "HTTP2Request", false) == NULL || aq__table_name(names, "HTTP2", true) == NULL)
        return aq_last_error()->code;
    return aq__name_shorten(names, padding, sizeof("padding")) != NULL ? AQ_OK : aq_last_error()->code;
}

static void test_memory(void)
{
    static char padding[3000]; /* more than an arena's first chunk has room for */
    bool right = true, leaked = false;
    long n = 0;
    int code;

    memset(padding, 'u', sizeof(padding) - 1);
    aq_set_allocator(count_allocations, NULL);
    do {
        aq_arena_t *names;

        heap.made = 0;
        heap.fail_at = ++n;
        names = aq_arena_create();
        code = names != NULL ? name_everything(names, padding) : AQ_ENOMEM;
        right = right && (code == AQ_OK || (code == AQ_ENOMEM && aq_last_error()->code == AQ_ENOMEM));
        aq_arena_close(names);
        leaked = leaked || heap.live != 0;
    } while (code != AQ_OK && n < 1000);
    aq_set_allocator(NULL, NULL);
    ok(n > 5 && n < 1000, "every name, failed at each of %ld allocations", n - 1);
    ok(right, "gives AQ_ENOMEM each time");
    ok(!leaked, "and leaks nothing");
}

int main(void)
{
    test_memory();
    arena = aq_arena_create();
    test_md5();
    test_lowercase();
    test_table_vectors();
    test_tables();
    test_quotes();
    test_checks();
    test_shorten();
    test_shorten_utf8();
    test_naming_vectors();
    aq_arena_close(arena);
    return tap_done();
}
