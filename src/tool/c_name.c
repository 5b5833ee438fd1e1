/* C names.
 *
 * The happy path: small letters, digits and "_": the name is what it was. Else capitals begin words, letters of Latin alphabets lose their
 * marks, what has no place in C becomes "_", other scripts their code points.
 * The failure modes: nothing is left (the caller has a word for that); a keyword, a type, a macro; a name that is taken. */
#include <stdlib.h>
#include <string.h>

#include "src/tool/c_name.h"
#include "src/tool/english.h"

/* Sorted. Keywords of C and C++, macros and types that <aquifer.h> brings along or that gcc defines by itself, and the member that every model
 * has. */
static const char *const reserved[] = {
    "alignas",      "alignof",
    "and",          "and_eq",
    "asm",          "auto",
    "bitand",       "bitor",
    "bool",         "break",
    "case",         "catch",
    "char",         "char16_t",
    "char32_t",     "char8_t",
    "class",        "co_await",
    "co_return",    "co_yield",
    "compl",        "concept",
    "const",        "const_cast",
    "consteval",    "constexpr",
    "constinit",    "continue",
    "decltype",     "default",
    "delete",       "do",
    "double",       "dynamic_cast",
    "else",         "enum",
    "errno",        "explicit",
    "export",       "extern",
    "false",        "float",
    "for",          "friend",
    "goto",         "h_addr",
    "i386",         "if",
    "inline",       "int",
    "int16_t",      "int32_t",
    "int64_t",      "int8_t",
    "intmax_t",     "intptr_t",
    "linux",        "long",
    "mode_t",       "mutable",
    "namespace",    "new",
    "noexcept",     "not",
    "not_eq",       "nullptr",
    "object",       "off_t",
    "operator",     "or",
    "or_eq",        "pid_t",
    "private",      "protected",
    "ptrdiff_t",    "public",
    "register",     "reinterpret_cast",
    "requires",     "restrict",
    "return",       "s_addr",
    "sa_handler",   "sa_sigaction",
    "short",        "signed",
    "size_t",       "sizeof",
    "ssize_t",      "st_atime",
    "st_ctime",     "st_mtime",
    "static",       "static_assert",
    "static_cast",  "stderr",
    "stdin",        "stdout",
    "struct",       "switch",
    "template",     "this",
    "thread_local", "throw",
    "time_t",       "true",
    "try",          "typedef",
    "typeid",       "typename",
    "typeof",       "typeof_unqual",
    "uint16_t",     "uint32_t",
    "uint64_t",     "uint8_t",
    "uintmax_t",    "uintptr_t",
    "union",        "unix",
    "unsigned",     "using",
    "virtual",      "void",
    "volatile",     "wchar_t",
    "while",        "xor",
    "xor_eq",
};

/* Letters of Latin-1 and Latin Extended-A, by their first and last code point; from U+00C0 on capitals have theirs 0x20 before. */
static const struct letters {
    uint32_t first, last;
    const char *text;
} letters[] = {
    {0xdf, 0xdf, "ss"},   {0xe0, 0xe3, "a"},    {0xe4, 0xe4, "ae"},  {0xe5, 0xe5, "a"},   {0xe6, 0xe6, "ae"},
    {0xe7, 0xe7, "c"},    {0xe8, 0xeb, "e"},    {0xec, 0xef, "i"},   {0xf0, 0xf0, "d"},   {0xf1, 0xf1, "n"},
    {0xf2, 0xf5, "o"},    {0xf6, 0xf6, "oe"},   {0xf8, 0xf8, "o"},   {0xf9, 0xfb, "u"},   {0xfc, 0xfc, "ue"},
    {0xfd, 0xfd, "y"},    {0xfe, 0xfe, "th"},   {0xff, 0xff, "y"},   {0x100, 0x105, "a"}, {0x106, 0x10d, "c"},
    {0x10e, 0x111, "d"},  {0x112, 0x11b, "e"},  {0x11c, 0x123, "g"}, {0x124, 0x127, "h"}, {0x128, 0x131, "i"},
    {0x132, 0x133, "ij"}, {0x134, 0x135, "j"},  {0x136, 0x138, "k"}, {0x139, 0x142, "l"}, {0x143, 0x14b, "n"},
    {0x14c, 0x151, "o"},  {0x152, 0x153, "oe"}, {0x154, 0x159, "r"}, {0x15a, 0x161, "s"}, {0x162, 0x167, "t"},
    {0x168, 0x173, "u"},  {0x174, 0x175, "w"},  {0x176, 0x178, "y"}, {0x179, 0x17e, "z"}, {0x17f, 0x17f, "s"},
};

void aq__c_names_dispose(aq__c_names_t *names)
{
    aq__map_dispose(&names->taken);
}

/* ---- Words --------------------------------------------------------------------------------------------------------------- */

static bool is_capital(char c)
{
    return c >= 'A' && c <= 'Z';
}

static bool is_small(char c)
{
    return c >= 'a' && c <= 'z';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* As the names of tables are made of those of structs: "HTTP2Request" has the words http2 and request. */
static bool begins_word(const char *name, size_t i)
{
    return i > 0 && is_capital(name[i]) &&
           (is_small(name[i - 1]) || is_digit(name[i - 1]) ||
            (is_capital(name[i - 1]) && is_small(name[i + 1])));
}

static uint32_t code_point(const char *string, size_t *length)
{
    const unsigned char *s = (const unsigned char *)string;
    size_t more = s[0] >= 0xf0 ? 3 : s[0] >= 0xe0 ? 2 : s[0] >= 0xc0 ? 1 : 0;
    uint32_t point = more == 0 ? s[0] : s[0] & (0x3fu >> more);

    for (*length = 1; *length <= more && (s[*length] & 0xc0) == 0x80; ++*length)
        point = point << 6 | (s[*length] & 0x3fu);
    return point;
}

/* "_" between words: never first, never two. */
static void append_gap(aq_text_t *words)
{
    if (words->length > 0 && words->data[words->length - 1] != '_')
        aq_text_append_char(words, '_');
}

static void append_letter(aq_text_t *words, uint32_t point)
{
    uint32_t small = point >= 0xc0 && point <= 0xde && point != 0xd7 ? point + 0x20 : point;

    for (size_t i = 0; i < AQ__COUNT_OF(letters); i++)
        if (small >= letters[i].first && small <= letters[i].last) {
            aq_text_append(words, letters[i].text);
            return;
        }
    append_gap(words);
    if (point >= 0x370)
        aq_text_appendf(words, "u%04x_", (unsigned)point);
}

/* Small letters, digits, single "_": nothing needs to be done to it. */
static bool is_plain(const char *name)
{
    return name[0] != '\0' && name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_")] == '\0' &&
           strncmp(name, "__", 2) != 0 && name[strspn(name, "_")] != '\0';
}

const char *aq__c_words(aq__maker_t *maker, const char *name)
{
    aq_text_t words = {0};
    size_t length;

    if (is_plain(name))
        return name;
    for (size_t i = 0; name[i] != '\0'; i += length) {
        uint32_t point = code_point(name + i, &length);

        if (begins_word(name, i))
            append_gap(&words);
        if (point >= 0x80)
            append_letter(&words, point);
        else if (is_capital(name[i]))
            aq_text_append_char(&words, (char)(name[i] - 'A' + 'a'));
        else if (is_small(name[i]) || is_digit(name[i]))
            aq_text_append_char(&words, name[i]);
        else
            append_gap(&words);
    }
    if (words.length > 0 && words.data[words.length - 1] == '_')
        words.data[--words.length] = '\0';
    return aq__make_text(maker, &words);
}

/* ---- Identifiers ----------------------------------------------------------------------------------------------------------- */

static int compare(const void *name, const void *word)
{
    return strcmp(name, *(const char *const *)word);
}

static bool is_reserved(const char *name)
{
    return bsearch(name, reserved, AQ__COUNT_OF(reserved), sizeof(reserved[0]), compare) != NULL;
}

/* Cut where a name is longer than it should be. */
static const char *shorten(aq__maker_t *maker, const char *name)
{
    return strlen(name) <= AQ__C_NAME_MAX ? name : aq__make(maker, "%.*s", AQ__C_NAME_MAX, name);
}

const char *aq__c_identifier(aq__maker_t *maker, const char *words)
{
    words = shorten(maker, words);
    if (is_reserved(words))
        return aq__make(maker, "%s_", words);
    return is_digit(words[0]) ? aq__make(maker, "_%s", words) : words;
}

const char *aq__c_camel(aq__maker_t *maker, const char *words)
{
    aq_text_t camel = {0};

    words += strspn(words, "_");
    if (is_digit(words[0]))
        aq_text_append(&camel, "Table");
    for (size_t i = 0; words[i] != '\0'; i++)
        if (words[i] != '_' && (i == 0 || words[i - 1] == '_') && is_small(words[i]))
            aq_text_append_char(&camel, (char)(words[i] - 'a' + 'A'));
        else if (words[i] != '_')
            aq_text_append_char(&camel, words[i]);
    return shorten(maker, aq__make_text(maker, &camel));
}

const char *aq__c_capitals(aq__maker_t *maker, const char *words)
{
    aq_text_t capitals = {0};

    for (; *words != '\0'; words++)
        aq_text_append_char(&capitals, is_small(*words) ? (char)(*words - 'a' + 'A') : *words);
    return aq__make_text(maker, &capitals);
}

/* ---- One and many ------------------------------------------------------------------------------------------------------------ */

static const char *change_last(aq__maker_t *maker, const char *words,
                               void (*change)(aq_text_t *, const char *))
{
    const char *gap = strrchr(words, '_');
    aq_text_t text = {0};

    if (gap != NULL && gap[1] != '\0')
        aq_text_append_bytes(&text, words, (size_t)(gap + 1 - words));
    change(&text, gap != NULL && gap[1] != '\0' ? gap + 1 : words);
    return aq__make_text(maker, &text);
}

const char *aq__c_one(aq__maker_t *maker, const char *words)
{
    return change_last(maker, words, aq__english_append_one);
}

const char *aq__c_many(aq__maker_t *maker, const char *words)
{
    return change_last(maker, words, aq__english_append_many);
}

/* ---- Unique -------------------------------------------------------------------------------------------------------------------- */

bool aq__c_name_is_taken(const aq__c_names_t *names, const char *name)
{
    return aq__map_get(&names->taken, name, strlen(name)) != NULL;
}

bool aq__c_name_take(aq__c_names_t *names, const char *name)
{
    if (aq__c_name_is_taken(names, name))
        return false;
    if (aq__map_put(&names->taken, name, strlen(name), names) != AQ_OK)
        names->maker->failed = true;
    return true;
}

const char *aq__c_name_unique(aq__c_names_t *names, const char *name)
{
    const char *unique = name;

    for (unsigned i = 2; !names->maker->failed && !aq__c_name_take(names, unique); i++)
        unique = aq__make(names->maker, "%s_%u", name, i);
    return unique;
}

const char *aq__c_name(aq__c_names_t *names, const char *name)
{
    const char *words = aq__c_words(names->maker, name);

    return aq__c_name_unique(names, aq__c_identifier(names->maker, words[0] != '\0' ? words : "column"));
}
