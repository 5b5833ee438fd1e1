/* Models of diary.sql, made by aquifer models; edit freely or make it again. */
#ifndef DIARY_MODELS_H
#define DIARY_MODELS_H

#include <aquifer.h>

/* ---- Types --------------------------------------------------------------------------------------------- */

typedef enum mood { MOOD_SAD, MOOD_HAPPY } mood_t;
static const char *const mood_labels[] = {[MOOD_SAD] = "sad", [MOOD_HAPPY] = "happy"};
static const aq_enum_t mood_enum = {.name = "mood", .labels = AQ_LIST(mood_labels)};

/* ---- Structs ------------------------------------------------------------------------------------------- */

typedef struct Writer {
    aq_object_t object;
    int32_t id;
    const char *name;
    aq_many_t entries;
} Writer;

typedef struct Entry {
    aq_object_t object;
    int64_t id;
    int32_t writer_id;
    const char *title;
    mood_t mood;
    aq_int2_null_t rating;
    aq_text_array_t tags;
    aq_timestamp_t created;
    Writer *writer;
} Entry;

/* ---- Writer -------------------------------------------------------------------------------------------- */

static const aq_column_t writer_columns[] = {
    AQ_INT4(Writer, id, .primary_key = true),
    AQ_TEXT(Writer, name, .unique = true),
};
static const aq_relationship_t writer_relationships[] = {
    AQ_MANY(Writer, entries, Entry, .back_populates = "writer", .cascade = AQ_CASCADE_ALL,
            .passive_deletes = true),
};
AQ_MODEL(Writer, writer_columns, writer_relationships);

/* ---- Entry --------------------------------------------------------------------------------------------- */

static const aq_column_t entry_columns[] = {
    AQ_INT8(Entry, id, .primary_key = true, .autoincrement = AQ_IDENTITY_ALWAYS),
    AQ_INT4(Entry, writer_id, .references = AQ_REF(Writer, id), .on_delete = AQ_CASCADE),
    AQ_VARCHAR(Entry, title, 80, .check = "title <> ''"),
    AQ_ENUM(Entry, mood, &mood_enum, .server_default = "'happy'"),
    AQ_INT2_NULL(Entry, rating),
    AQ_TEXT_ARRAY(Entry, tags, .server_default = "'{}'"),
    AQ_TIMESTAMPTZ(Entry, created, .index = true, .server_default = "now()"),
};
static const aq_relationship_t entry_relationships[] = {
    AQ_ONE(Entry, writer, Writer, .back_populates = "entries"),
};
static const aq_constraint_t entry_constraints[] = {
    AQ_UNIQUE(.columns = AQ_COLUMNS("writer_id", "title")),
};
AQ_MODEL(Entry, entry_columns, entry_relationships, .constraints = AQ_LIST(entry_constraints));

/* ---- All of them --------------------------------------------------------------------------------------- */

/* Adds them to the db. What is wrong is told again by its seal; the last of it: aq_last_error(). */
static inline int diary_add_models(aq_db_t *db)
{
    int wrong = 0;

    wrong |= aq_db_model(db, Writer);
    wrong |= aq_db_model(db, Entry);
    return wrong == 0 ? AQ_OK : aq_last_error()->code;
}

#endif
