/* What a live database has and metadata cannot express: each becomes a problem that names the thing. */
#include "src/schema/catalog-rows.h"

static const aq__source_t nowhere = {0};

/* X(kind, what is said before the detail, and behind it) */
#define NOTE_TABLE(X)                                                                                       \
    X("foreign", "it is a foreign table, and left out", "")                                                 \
    X("view", "it is a view, and left out", "")                                                             \
    X("stored view", "it is a materialized view, and left out", "")                                         \
    X("partition", "it is a partition of ", ", and left out")                                               \
    X("partitioned", "it is partitioned by ", ", which cannot be expressed: here it is an ordinary table")  \
    X("inherits", "it inherits from ", ", which cannot be expressed: here all columns are its own")         \
    X("unlogged", "it is unlogged, which cannot be expressed", "")                                          \
    X("of type", "it is a table of type ", ", which cannot be expressed: here all columns are its own")     \
    X("access method", "its access method is ", ", which cannot be expressed")                              \
    X("tablespace", "it is in tablespace ", ", which cannot be expressed")                                  \
    X("options", "its storage options are ", ", which cannot be expressed")                                 \
    X("replica identity", "its replica identity is ", ", which cannot be expressed")                        \
    X("row security", "it has row security, which cannot be expressed", "")                                 \
    X("policy", "this row security policy cannot be expressed", "")                                         \
    X("rule", "this rule cannot be expressed", "")                                                          \
    X("trigger", "this trigger cannot be expressed", "")                                                    \
    X("statistics", "these extended statistics cannot be expressed", "")                                    \
    X("column storage", "its storage is ", ", which cannot be expressed")                                   \
    X("column compression", "its compression is ", ", which cannot be expressed")                           \
    X("column options", "its options are ", ", which cannot be expressed")                                  \
    X("column statistics", "its statistics target is ", ", which cannot be expressed")                      \
    X("virtual", "its value is computed when it is read, which cannot be expressed: here it is stored", "") \
    X("not null", "its constraint ", ", a NOT NULL, is not valid, which cannot be expressed")               \
    X("match", "it is MATCH PARTIAL, which cannot be expressed: here it is MATCH SIMPLE", "")               \
    X("not enforced", "this constraint is not enforced, which cannot be expressed: here it is", "")         \
    X("period", "this constraint is for periods of time, which cannot be expressed: here it is for values", \
      "")                                                                                                   \
    X("key options", "the storage options of its index are ", ", which cannot be expressed")                \
    X("schema comment", "the comment on this schema cannot be expressed", "")                               \
    X("key comment", "the comment on its index cannot be expressed", "")                                    \
    X("invalid index", "this index is invalid: the server does not use it", "")                             \
    X("index tablespace", "this index is in tablespace ", ", which cannot be expressed")                    \
    X("domain", "it is a domain, whose definition cannot be expressed", "")                                 \
    X("composite", "it is a composite type, whose definition cannot be expressed", "")                      \
    X("range", "it is a range type, whose definition cannot be expressed", "")                              \
    X("base type", "it is a base type, whose definition cannot be expressed", "")

typedef struct note {
    const char *kind, *before, *behind;
} note_t;

static const note_t notes[] = {
#define ROW(kind, before, behind) {kind, before, behind},
    NOTE_TABLE(ROW)
#undef ROW
};

static const note_t *find_note(const char *kind)
{
    for (size_t i = 0; i < AQ__COUNT_OF(notes); i++)
        if (strcmp(notes[i].kind, kind) == 0)
            return &notes[i];
    return NULL;
}

static void tell(aq__row_t *row, const aq_text_t *text)
{
    aq__problems_t *problems = &row->catalog->metadata->problems;

    if (text->failed || aq__problem_add(problems, nowhere, "%s", aq_text_string(text)) == AQ_ENOMEM)
        row->code = AQ_ENOMEM;
}

/* Those about schemas. False: it is none of them. */
static bool append_about_schemas(aq__row_t *row, aq_text_t *text, const aq__catalog_note_row_t *item)
{
    const char *kind = aq__row_text(row, AQ__CELL(item, kind));

    if (strcmp(kind, "no path") == 0)
        aq_text_appendf(text, "search path '%s': none of its schemas is there for this role",
                        aq__row_text(row, AQ__CELL(item, detail)));
    else if (strcmp(kind, "no schema") == 0)
        aq_text_appendf(text, "schema '%s': there is none", aq__row_text(row, AQ__CELL(item, table)));
    else if (strcmp(kind, "no right") == 0)
        aq_text_appendf(text,
                        "schema '%s': role '%s' has no right to use it; what it has is read all the same",
                        aq__row_text(row, AQ__CELL(item, table)), aq__row_text(row, AQ__CELL(item, detail)));
    else
        return false;
    return true;
}

static void append_about_thing(aq__row_t *row, aq_text_t *text, const aq__catalog_note_row_t *item)
{
    const char *kind = aq__row_text(row, AQ__CELL(item, kind)),
               *table = aq__row_text(row, AQ__CELL(item, table));
    const note_t *note = find_note(kind);

    if (row->code == AQ_OK && note == NULL)
        row->code = aq__fail(AQ_EMAPPING, "catalog: note: there is no kind '%s'", kind);
    if (row->code == AQ_OK && note->behind[0] != '\0')
        (void)aq__row_text(row, AQ__CELL(item, detail));
    if (row->code != AQ_OK)
        return;
    if (item->schema != NULL)
        aq_text_appendf(text, "%s.", item->schema);
    aq_text_append(text, table);
    if (item->part != NULL)
        aq_text_appendf(text, ".%s", item->part);
    aq_text_appendf(text, ": %s", note->before);
    if (note->behind[0] != '\0')
        aq_text_appendf(text, "%s%s", item->detail, note->behind);
}

void aq__catalog_add_note(aq__row_t *row, const aq__catalog_note_row_t *item)
{
    aq_text_t text = {0};

    if (!append_about_schemas(row, &text, item))
        append_about_thing(row, &text, item);
    if (row->code == AQ_OK)
        tell(row, &text);
    aq_text_dispose(&text);
}
