/* Reading SQL in tests: what a text says, and what it becomes. */
#ifndef AQ_T_READING_H
#define AQ_T_READING_H

#include <string.h>

#include "src/schema/ddl.h"
#include "src/schema/read_sql.h"
#include "tap.h"

typedef struct reading {
    aq__metadata_t *metadata;
    aq__problems_t problems;
    int code;   /* of reading */
    int sealed; /* of the seal */
} reading_t;

static inline reading_t read_bytes(const char *file, const char *text, size_t length)
{
    reading_t reading = {.metadata = aq__metadata_create(NULL), .problems = {.arena = aq_arena_create()}};

    reading.code = aq__read_sql(reading.metadata, file, text, length, &reading.problems);
    reading.sealed = aq__metadata_seal(reading.metadata, &reading.problems);
    return reading;
}

static inline reading_t read_text(const char *text)
{
    return read_bytes("t.sql", text, strlen(text));
}

static inline void close_reading(reading_t *reading)
{
    aq__metadata_close(reading->metadata);
    aq_arena_close(reading->problems.arena);
}

static inline char *ddl_of(const reading_t *reading)
{
    aq_text_t sql = {0};

    aq__ddl_append(&sql, reading->metadata);
    return aq_text_take(&sql);
}

static inline char *said_by(const reading_t *reading)
{
    aq_text_t text = {0};

    aq__problems_append(&text, &reading->problems);
    aq_text_append(&text, "");
    return aq_text_take(&text);
}

/* The problems of a text, all of them, each in a line. */
static inline void says(const char *sql, const char *expected)
{
    reading_t reading = read_text(sql);
    char *said = said_by(&reading);

    is_text(said != NULL ? said : "", expected, "%.60s", sql);
    is_int(reading.code != AQ_OK ? reading.code : reading.sealed, *expected == '\0' ? AQ_OK : AQ_EMAPPING,
           "and its code");
    aq_free(said);
    close_reading(&reading);
}

/* The DDL of a text. */
static inline void becomes(const char *sql, const char *expected)
{
    reading_t reading = read_text(sql);
    char *said = said_by(&reading), *ddl = ddl_of(&reading);

    is_text(said != NULL ? said : "", "", "%.60s: no problem", sql);
    is_text(ddl, expected, "and its DDL");
    aq_free(said);
    aq_free(ddl);
    close_reading(&reading);
}

/* Both: the problems of a text, and the DDL of what could be read all the same. */
static inline void is_read(const char *sql, const char *problems, const char *expected)
{
    reading_t reading = read_text(sql);
    char *said = said_by(&reading), *ddl = ddl_of(&reading);

    is_text(said != NULL ? said : "", problems, "%.60s", sql);
    is_text(ddl != NULL ? ddl : "", expected, "and its DDL");
    aq_free(said);
    aq_free(ddl);
    close_reading(&reading);
}

#endif
