/* English nouns.
 *
 * The happy path: a table of those that follow no rule; then the rules, by the end of the word.
 * The failure mode: a word that is not English. It gets or loses an "s", which can be read. */
#include <string.h>

#include "src/base/base.h"
#include "src/tool/english.h"

/* Words that follow no rule. */
static const struct noun {
    const char *one, *many;
} irregular[] = {
    {"alumnus", "alumni"},
    {"analysis", "analyses"},
    {"appendix", "appendices"},
    {"atlas", "atlases"},
    {"axis", "axes"},
    {"cache", "caches"},
    {"calf", "calves"},
    {"canvas", "canvases"},
    {"child", "children"},
    {"cookie", "cookies"},
    {"crisis", "crises"},
    {"criterion", "criteria"},
    {"datum", "data"},
    {"diagnosis", "diagnoses"},
    {"echo", "echoes"},
    {"elf", "elves"},
    {"foot", "feet"},
    {"gas", "gases"},
    {"goose", "geese"},
    {"half", "halves"},
    {"headache", "headaches"},
    {"hero", "heroes"},
    {"hypothesis", "hypotheses"},
    {"index", "indexes"},
    {"knife", "knives"},
    {"leaf", "leaves"},
    {"lens", "lenses"},
    {"life", "lives"},
    {"loaf", "loaves"},
    {"man", "men"},
    {"matrix", "matrices"},
    {"mouse", "mice"},
    {"movie", "movies"},
    {"niche", "niches"},
    {"nucleus", "nuclei"},
    {"ox", "oxen"},
    {"parenthesis", "parentheses"},
    {"person", "people"},
    {"phenomenon", "phenomena"},
    {"potato", "potatoes"},
    {"quiz", "quizzes"},
    {"radius", "radii"},
    {"scarf", "scarves"},
    {"self", "selves"},
    {"sheaf", "sheaves"},
    {"shelf", "shelves"},
    {"shoe", "shoes"},
    {"stimulus", "stimuli"},
    {"synopsis", "synopses"},
    {"syllabus", "syllabi"},
    {"thesis", "theses"},
    {"thief", "thieves"},
    {"tie", "ties"},
    {"toe", "toes"},
    {"tomato", "tomatoes"},
    {"tooth", "teeth"},
    {"torpedo", "torpedoes"},
    {"vertex", "vertices"},
    {"veto", "vetoes"},
    {"wife", "wives"},
    {"wolf", "wolves"},
    {"woman", "women"},
    {"zombie", "zombies"},
    /* other words for many: these are read, and never written */
    {"appendix", "appendixes"},
    {"index", "indices"},
    {"matrix", "matrixes"},
    {"person", "persons"},
    {"vertex", "vertexes"},
};

/* The same for one and many. */
static const char *const unchanging[] = {
    "aircraft",  "audio",    "chassis",  "chess",    "corps",   "data",    "deer",
    "equipment", "feedback", "fish",     "gear",     "history", "info",    "inventory",
    "luggage",   "media",    "metadata", "money",    "news",    "payroll", "police",
    "salmon",    "series",   "sheep",    "software", "species", "staff",   "traffic",
};

/* One, though they end in "s" and look like many. */
static const char *const ends_in_s[] = {
    "alias",     "atlas",  "bias", "bus",  "canvas", "chaos",
    "christmas", "cosmos", "gas",  "iris", "lens",   "pancreas",
};

/* "menus" and "wikis" are many, unlike "virus" and "basis". */
static const char *const ends_in_u_or_i[] = {
    "api", "cpu", "emu", "gpu", "guru", "kpi", "menu", "ski", "sku", "taxi", "uri", "wiki",
};

static bool is_one_of(const char *word, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(word, words[i]) == 0)
            return true;
    return false;
}

static bool ends_in(const char *word, const char *end)
{
    size_t length = strlen(word), size = strlen(end);

    return length > size && strcmp(word + length - size, end) == 0;
}

static bool ends_in_any(const char *word, const char *const *ends, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (ends_in(word, ends[i]))
            return true;
    return false;
}

/* "menus", "wikis" */
static bool is_many_of_vowel(const char *word)
{
    size_t length = strlen(word);

    for (size_t i = 0; i < AQ__COUNT_OF(ends_in_u_or_i); i++)
        if (strlen(ends_in_u_or_i[i]) == length - 1 && strncmp(word, ends_in_u_or_i[i], length - 1) == 0)
            return true;
    return false;
}

/* Words that end in "s" and are one. */
static bool is_one(const char *word)
{
    static const char *const ends[] = {"ss", "us", "is"};

    return !ends_in(word, "s") || is_one_of(word, ends_in_s, AQ__COUNT_OF(ends_in_s)) ||
           (ends_in_any(word, ends, AQ__COUNT_OF(ends)) && !is_many_of_vowel(word));
}

/* All but the last bytes, and others for them. */
static void append_changed(aq_text_t *text, const char *word, size_t less, const char *end)
{
    aq_text_append_bytes(text, word, strlen(word) - less);
    aq_text_append(text, end);
}

void aq__english_append_one(aq_text_t *text, const char *word)
{
    static const char *const es[] = {"sses", "shes", "ches", "xes", "zzes", "uses", "iases"};
    static const char *const uses[] = {"causes", "clauses", "excuses",    "fuses", "houses", "pauses",
                                       "uses",   "spouses", "warehouses", "muses", "browses"};

    if (is_one_of(word, unchanging, AQ__COUNT_OF(unchanging))) {
        aq_text_append(text, word);
        return;
    }
    for (size_t i = 0; i < AQ__COUNT_OF(irregular); i++)
        if (strcmp(word, irregular[i].many) == 0) {
            aq_text_append(text, irregular[i].one);
            return;
        }
    if (is_one(word))
        aq_text_append(text, word);
    else if (ends_in(word, "ies") && strlen(word) > 4)
        append_changed(text, word, 3, "y");
    else if (ends_in_any(word, es, AQ__COUNT_OF(es)) && !is_one_of(word, uses, AQ__COUNT_OF(uses)))
        append_changed(text, word, 2, "");
    else
        append_changed(text, word, 1, "");
}

static bool is_vowel(char c)
{
    return strchr("aeiou", c) != NULL;
}

void aq__english_append_many(aq_text_t *text, const char *word)
{
    static const char *const es[] = {"s", "sh", "ch", "x", "z"};
    size_t length = strlen(word);

    if (is_one_of(word, unchanging, AQ__COUNT_OF(unchanging)) || !is_one(word)) {
        aq_text_append(text, word);
        return;
    }
    for (size_t i = 0; i < AQ__COUNT_OF(irregular); i++)
        if (strcmp(word, irregular[i].one) == 0 || strcmp(word, irregular[i].many) == 0) {
            aq_text_append(text, irregular[i].many);
            return;
        }
    if (ends_in(word, "y") && !is_vowel(word[length - 2]))
        append_changed(text, word, 1, "ies");
    else if (ends_in(word, "sis"))
        append_changed(text, word, 2, "es");
    else if (ends_in_any(word, es, AQ__COUNT_OF(es)))
        append_changed(text, word, 0, "es");
    else
        append_changed(text, word, 0, "s");
}
