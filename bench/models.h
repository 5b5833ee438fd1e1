/* bench/models: the bench's tables as models. */
#ifndef AQUIFER_BENCH_MODELS_H
#define AQUIFER_BENCH_MODELS_H

#include "bench/aq.h"

typedef struct Person {
    aq_object_t object;
    int32_t id;
    const char *name;
    const char *email;
} Person;

static const aq_column_t person_columns[] = {
    AQ_INT4(Person, id, .primary_key = true),
    AQ_TEXT(Person, name),
    AQ_TEXT(Person, email),
};
AQ_MODEL(Person, person_columns, AQ_NONE, .table = "bench_user");

/* A row of the big table. */
typedef struct Row {
    aq_object_t object;
    int32_t id;
    const char *name;
    aq_timestamp_t created;
    double score;
} Row;

static const aq_column_t row_columns[] = {
    AQ_INT4(Row, id, .primary_key = true),
    AQ_TEXT(Row, name),
    AQ_TIMESTAMPTZ(Row, created),
    AQ_FLOAT8(Row, score),
};
AQ_MODEL(Row, row_columns, AQ_NONE, .table = "bench_row");

/* The same, in a table that is written; the server draws its keys. */
typedef struct Thing {
    aq_object_t object;
    int32_t id;
    const char *name;
    aq_timestamp_t created;
    double score;
} Thing;

static const aq_column_t thing_columns[] = {
    AQ_INT4(Thing, id, .primary_key = true),
    AQ_TEXT(Thing, name),
    AQ_TIMESTAMPTZ(Thing, created),
    AQ_FLOAT8(Thing, score),
};
AQ_MODEL(Thing, thing_columns, AQ_NONE, .table = "bench_thing");

#endif
