/* A model with members of every type, and random values for them. */
#ifndef AQUIFER_T_MEMBERS_H
#define AQUIFER_T_MEMBERS_H

#include <math.h>
#include <stdio.h>

#include "src/orm/member-class.h"
#include "t/declared.h"
#include "t/tap.h"

/* ---- A model of everything ------------------------------------------------------------------------------------------------------------ */

typedef enum mood { MOOD_SAD, MOOD_HAPPY, MOOD_ODD } mood_t;
static const char *const mood_labels[] = {"sad", "so \"happy\"", "{odd, NULL}"};
static const aq_enum_t mood_enum = {.name = "mood", .labels = AQ_LIST(mood_labels)};

typedef struct point {
    int32_t x, y;
    const char *label; /* NULL: the point is */
} point_t;

static int encode_point(void *data, const void *member, aq_arena_t *arena, aq_bytes_t *value)
{
    const point_t *point = member;

    (void)data;
    if (point->x == 666)
        return aq_fail(AQ_EINVAL, "no such point");
    if (point->label == NULL)
        return AQ_OK;
    value->data = aq_arena_printf(arena, "%d,%d,%s", point->x, point->y, point->label);
    value->length = value->data != NULL ? strlen(value->data) : 0;
    return value->data != NULL ? AQ_OK : AQ_ENOMEM;
}

static int decode_point(void *data, aq_bytes_t value, aq_arena_t *arena, void *member)
{
    point_t *point = member;
    char text[256] = "";
    int label = 0;

    (void)data;
    memcpy(text, value.data, value.length < 255 ? value.length : 255);
    if (sscanf(text, "%d,%d,%n", &point->x, &point->y, &label) != 2 || label == 0)
        return aq_fail(AQ_EINVAL, "'%s' is no point", text);
    point->label = aq_arena_strdup(arena, text + label);
    return point->label != NULL ? AQ_OK : AQ_ENOMEM;
}

static const aq_custom_t point_text = {"app.labelled_point", false, encode_point, decode_point, NULL};
static const aq_custom_t point_bytes = {"bytea", true, encode_point, decode_point, NULL};

/* Macro, name, C type and C type of the one that may be NULL. */
#define BOTH(X)                                                  \
    X(BOOL, flag, bool, aq_bool_null_t)                          \
    X(INT2, two, int16_t, aq_int2_null_t)                        \
    X(INT4, four, int32_t, aq_int4_null_t)                       \
    X(INT8, eight, int64_t, aq_int8_null_t)                      \
    X(FLOAT4, single, float, aq_float4_null_t)                   \
    X(FLOAT8, number, double, aq_float8_null_t)                  \
    X(DATE, day, aq_date_t, aq_date_null_t)                      \
    X(TIME, hour, aq_time_t, aq_time_null_t)                     \
    X(TIMESTAMP, moment, aq_timestamp_t, aq_timestamp_null_t)    \
    X(TIMESTAMPTZ, instant, aq_timestamp_t, aq_timestamp_null_t) \
    X(INTERVAL, span, aq_interval_t, aq_interval_null_t)         \
    X(UUID, uuid, aq_uuid_t, aq_uuid_null_t)                     \
    X(INET, address, aq_inet_t, aq_inet_null_t)                  \
    X(NUMERIC, exact, const char *, const char *)                \
    X(TEXT, words, const char *, const char *)                   \
    X(JSON, json, const char *, const char *)                    \
    X(JSONB, jsonb, const char *, const char *)                  \
    X(BYTEA, raw, aq_bytes_t, aq_bytes_t)
#define ARRAYS(X)                                        \
    X(BOOL_ARRAY, flags, aq_bool_array_t)                \
    X(INT2_ARRAY, twos, aq_int2_array_t)                 \
    X(INT4_ARRAY, fours, aq_int4_array_t)                \
    X(INT8_ARRAY, eights, aq_int8_array_t)               \
    X(FLOAT4_ARRAY, singles, aq_float4_array_t)          \
    X(FLOAT8_ARRAY, numbers, aq_float8_array_t)          \
    X(DATE_ARRAY, days, aq_date_array_t)                 \
    X(TIME_ARRAY, hours, aq_time_array_t)                \
    X(TIMESTAMP_ARRAY, moments, aq_timestamp_array_t)    \
    X(TIMESTAMPTZ_ARRAY, instants, aq_timestamp_array_t) \
    X(INTERVAL_ARRAY, spans, aq_interval_array_t)        \
    X(UUID_ARRAY, uuids, aq_uuid_array_t)                \
    X(INET_ARRAY, addresses, aq_inet_array_t)            \
    X(NUMERIC_ARRAY, exacts, aq_text_array_t)            \
    X(TEXT_ARRAY, texts, aq_text_array_t)                \
    X(VARCHAR_ARRAY, names, aq_text_array_t)             \
    X(JSON_ARRAY, jsons, aq_text_array_t)                \
    X(JSONB_ARRAY, jsonbs, aq_text_array_t)              \
    X(BYTEA_ARRAY, raws, aq_bytea_array_t)

typedef struct All {
    aq_object_t object;
    int32_t id;
#define MEMBER(MACRO, name, type, null_type) \
    type name;                               \
    null_type name##_null;
    BOTH(MEMBER)
#undef MEMBER
#define MEMBER(MACRO, name, type) type name;
    ARRAYS(MEMBER)
#undef MEMBER
    mood_t mood;
    aq_enum_null_t mood_null;
    aq_enum_array_t moods;
    const char *name, *code;
    point_t point, place;
    const char *loose; /* of a domain, or whatever */
    aq_int4_null_t loose_four;
    aq_date_array_t loose_days;
} All;

static const aq_column_t all_columns[] = {
    AQ_INT4(All, id, .primary_key = true),
#define COLUMN(MACRO, name, type, null_type) AQ_##MACRO(All, name), AQ_##MACRO##_NULL(All, name##_null),
    BOTH(COLUMN)
#undef COLUMN
#define COLUMN(MACRO, name, type) AQ_##MACRO##_NULL(All, name),
        ARRAYS(COLUMN)
#undef COLUMN
            AQ_ENUM(All, mood, &mood_enum),
    AQ_ENUM_NULL(All, mood_null, &mood_enum),
    AQ_ENUM_ARRAY_NULL(All, moods, &mood_enum),
    AQ_VARCHAR(All, name, 80),
    AQ_CHAR_NULL(All, code, 2),
    AQ_CUSTOM_NULL(All, point, point_t, &point_text),
    AQ_CUSTOM_NULL(All, place, point_t, &point_bytes),
    AQ_TEXT_NULL(All, loose, .sql_type = "app.loose"),
    AQ_INT4_NULL(All, loose_four, .sql_type = "app.small"),
    AQ_DATE_ARRAY_NULL(All, loose_days, .sql_type = "app.days"),
};
AQ_MODEL(All, all_columns, AQ_NONE);

static aq__model_registry_t *registry;
static aq__mappers_t *mappers;
static const aq__mapper_t *mapper;

static void make_mapper(void)
{
    registry = add_all(MODELS(AQ_MODEL_OF(All)));
    if (aq__models_seal(registry) != AQ_OK)
        bail_out("%s", aq_last_error()->message);
    mappers = aq__mappers_create(registry);
    if (mappers == NULL)
        bail_out("%s", aq_last_error()->message);
    mapper = aq__mappers_find(mappers, AQ_MODEL_OF(All));
}

/* ---- Random values -------------------------------------------------------------------------------------------------------------------- */

static uint64_t random_state = 88172645463325252u;

static uint64_t draw(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state;
}

static uint64_t below(uint64_t limit)
{
    return draw() % limit;
}

static const char *random_text(aq_arena_t *arena)
{
    static const char *const pieces[] = {"",    "a", "NULL",        "null", "\"",   "\\", "{",
                                         "}",   ",", "\t",          " ",    "b c",  "'",  "$1",
                                         "ä€𝄞", "0", "\\\"\\\\,{}", "xyz",  "word", "\n", "--"};
    aq_text_t text = {0};
    const char *copy;

    for (size_t i = below(4); i > 0; i--)
        aq_text_append(&text, pieces[below(AQ__COUNT_OF(pieces))]);
    copy = aq_arena_strdup(arena, aq_text_string(&text));
    aq_text_dispose(&text);
    return copy;
}

static const char *text_of_type(uint32_t oid, aq_arena_t *arena)
{
    static const char *const numerics[] = {
        "0", "1.50", "-123456789012345678901234567890.000100", "NaN", "0.0001", "-7", "10000"};
    static const char *const jsons[] = {"{\"a\": [1, \"x\\\\\"]}", "null", "[]", "\"{1,2}\"", "1"};
    static const char *const codes[] = {"ab", " x", "\"\\", "ä€"}; /* of two characters */

    if (oid == AQ_OID_NUMERIC)
        return numerics[below(AQ__COUNT_OF(numerics))];
    if (oid == AQ_OID_JSON || oid == AQ_OID_JSONB)
        return jsons[below(AQ__COUNT_OF(jsons))];
    return oid == AQ_OID_BPCHAR ? codes[below(AQ__COUNT_OF(codes))] : random_text(arena);
}

#define SET(type, value)                 \
    do {                                 \
        type made = (type)(value);       \
                                         \
        memcpy(at, &made, sizeof(made)); \
    } while (0)

/* A value that is not NULL. */
static void set_random(const aq__field_t *field, aq_arena_t *arena, void *at)
{
    static const double numbers[] = {0, -0.0, 1.5, -1e300, 1e-300, 3.141592653589793, 5e-324};
    aq_inet_t inet = {.family = below(2) != 0 ? 4 : 6};

    switch (field->member_class->type) {
    case AQ__MEMBER_BOOL: SET(bool, below(2)); break;
    case AQ__MEMBER_INT2: SET(int16_t, draw()); break;
    case AQ__MEMBER_INT4: SET(int32_t, draw()); break;
    case AQ__MEMBER_INT8: SET(int64_t, draw()); break;
    case AQ__MEMBER_FLOAT4:
        SET(float, below(9) == 0 ? (double)INFINITY : (double)(int32_t)draw() / 1024);
        break;
    case AQ__MEMBER_FLOAT8:
        SET(double, below(9) == 0 ? (double)NAN : numbers[below(AQ__COUNT_OF(numbers))] * (double)below(9));
        break;
    case AQ__MEMBER_DATE:
        SET(aq_date_t, below(9) == 0 ? AQ_DATE_INFINITY : (int32_t)below(3000000) - 2000000);
        break;
    case AQ__MEMBER_TIME: SET(aq_time_t, below(86400000001)); break;
    case AQ__MEMBER_TIMESTAMP:
        SET(aq_timestamp_t, below(9) == 0 ? AQ_TIMESTAMP_NEGATIVE_INFINITY
                                          : (int64_t)below(400000000000000000) - 200000000000000000);
        break;
    case AQ__MEMBER_INTERVAL: {
        aq_interval_t span = {(int32_t)below(1000) - 500, (int32_t)below(1000) - 500,
                              (int64_t)below(1000000000000) - 500000000000};

        memcpy(at, &span, sizeof(span));
        break;
    }
    case AQ__MEMBER_UUID: {
        aq_uuid_t uuid;

        for (size_t i = 0; i < 16; i++)
            uuid.bytes[i] = (uint8_t)draw();
        memcpy(at, &uuid, sizeof(uuid));
        break;
    }
    case AQ__MEMBER_INET:
        inet.bits = inet.family == 4 ? 32 : 128;
        for (size_t i = 0; i < (inet.family == 4 ? 4u : 16u); i++)
            inet.bytes[i] = (uint8_t)draw();
        memcpy(at, &inet, sizeof(inet));
        break;
    case AQ__MEMBER_ENUM: SET(int, below(3)); break;
    case AQ__MEMBER_TEXT:
        SET(const char *, text_of_type(aq__element_oid(field->declared->type), arena));
        break;
    case AQ__MEMBER_BYTEA: {
        aq_bytes_t bytes = {aq_arena_alloc(arena, 8), below(9)};

        for (size_t i = 0; i < 8; i++)
            ((char *)(uintptr_t)bytes.data)[i] = (char)draw();
        memcpy(at, &bytes, sizeof(bytes));
        break;
    }
    case AQ__MEMBER_CUSTOM: {
        point_t point = {(int32_t)below(100), (int32_t)draw(), random_text(arena)};

        memcpy(at, &point, sizeof(point));
        break;
    }
    }
}

static void set_random_array(const aq__field_t *field, aq_arena_t *arena, void *member)
{
    size_t size = aq__member_size(field), count = below(5);
    char *items = aq_arena_calloc(arena, count, size);
    bool *nulls = below(2) != 0 ? aq_arena_calloc(arena, count, 1) : NULL;
    aq_text_array_t array = {(const void *)items, nulls, count};

    for (size_t i = 0; i < count; i++) {
        bool null = nulls != NULL && below(3) == 0;

        if (null)
            nulls[i] = true;
        else
            set_random(field, arena, items + i * size);
    }
    memcpy(member, &array, sizeof(array));
}

static void set_random_member(const aq__field_t *field, aq_arena_t *arena, void *member)
{
    const bool present = true;

    memset(member, 0, field->size);
    if (field->nullable && below(4) == 0)
        return;
    if (field->form == AQ__MEMBER_ARRAY)
        set_random_array(field, arena, member);
    else
        set_random(field, arena, member);
    if (field->form == AQ__MEMBER_NULLABLE)
        memcpy((char *)member + aq__member_size(field), &present, 1);
}

#endif
