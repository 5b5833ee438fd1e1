/* value: the C types that PostgreSQL's values have in structs, parameters and cells. No functions but those that make a value.
 *
 *     typedef struct User {
 *         aq_object_t object;
 *         int32_t id;                    not null
 *         aq_int4_null_t age;            may be NULL
 *         const char *name;              text is a pointer in both cases: NULL is NULL
 *         aq_text_array_t tags;          text[]
 *     } User;
 *
 *     user->age = aq_some_int4(42);                    not NULL any more
 *     if (user->age.present)
 *         printf("%d\n", user->age.value);
 *
 * Zero is NULL wherever a type has a NULL, so a zeroed struct has no values yet. */
#ifndef AQUIFER_VALUE_H
#define AQUIFER_VALUE_H

#include "aquifer/base.h"

AQ_BEGIN_DECLS

/* ---- Types -------------------------------------------------------------------------------------------------------- */

/* OIDs of the types that travel in binary (pg_type.dat); their array types beside them. Everything else travels as text. */
#define AQ_TYPE_TABLE(X)                    \
    X(BOOL, bool, 16, 1000)                 \
    X(BYTEA, bytea, 17, 1001)               \
    X(NAME, name, 19, 1003)                 \
    X(INT8, int8, 20, 1016)                 \
    X(INT2, int2, 21, 1005)                 \
    X(INT4, int4, 23, 1007)                 \
    X(TEXT, text, 25, 1009)                 \
    X(OID, oid, 26, 1028)                   \
    X(JSON, json, 114, 199)                 \
    X(FLOAT4, float4, 700, 1021)            \
    X(FLOAT8, float8, 701, 1022)            \
    X(INET, inet, 869, 1041)                \
    X(BPCHAR, bpchar, 1042, 1014)           \
    X(VARCHAR, varchar, 1043, 1015)         \
    X(DATE, date, 1082, 1182)               \
    X(TIME, time, 1083, 1183)               \
    X(TIMESTAMP, timestamp, 1114, 1115)     \
    X(TIMESTAMPTZ, timestamptz, 1184, 1185) \
    X(INTERVAL, interval, 1186, 1187)       \
    X(NUMERIC, numeric, 1700, 1231)         \
    X(UUID, uuid, 2950, 2951)               \
    X(JSONB, jsonb, 3802, 3807)

enum {
    AQ_OID_UNKNOWN = 0, /* as a parameter: the server decides */
#define AQ_TYPE_ENUM_(NAME, name, oid, array_oid) AQ_OID_##NAME = oid, AQ_OID_##NAME##_ARRAY = array_oid,
    AQ_TYPE_TABLE(AQ_TYPE_ENUM_)
#undef AQ_TYPE_ENUM_
};

typedef int64_t aq_timestamp_t; /* microseconds since 1970-01-01 00:00 (UTC for timestamptz) */
typedef int32_t aq_date_t;      /* days since 1970-01-01, proleptic Gregorian */
typedef int64_t aq_time_t;      /* microseconds since midnight, 24:00 included */
#define AQ_TIMESTAMP_INFINITY INT64_MAX
#define AQ_TIMESTAMP_NEGATIVE_INFINITY INT64_MIN
#define AQ_DATE_INFINITY INT32_MAX
#define AQ_DATE_NEGATIVE_INFINITY INT32_MIN

typedef struct aq_interval {
    int32_t months;
    int32_t days;
    int64_t microseconds;
} aq_interval_t;

typedef struct aq_uuid {
    uint8_t bytes[16];
} aq_uuid_t;

typedef struct aq_inet {
    uint8_t family; /* 4 or 6 */
    uint8_t bits;   /* of the netmask */
    bool cidr;
    uint8_t bytes[16]; /* 4 or 16 used */
} aq_inet_t;

typedef struct aq_bytes {
    const void *data; /* NULL: NULL */
    size_t length;
} aq_bytes_t;

/* ---- Values that may be NULL --------------------------------------------------------------------------------------- */

/* Types without a pointer that could be NULL: aq_int4_null_t {value, present} ..., and aq_some_int4(42), which makes one that
 * is not NULL. */
#define AQ_NULL_TABLE_(X)        \
    X(bool, bool)                \
    X(int2, int16_t)             \
    X(int4, int32_t)             \
    X(int8, int64_t)             \
    X(float4, float)             \
    X(float8, double)            \
    X(date, aq_date_t)           \
    X(time, aq_time_t)           \
    X(timestamp, aq_timestamp_t) \
    X(interval, aq_interval_t)   \
    X(uuid, aq_uuid_t)           \
    X(inet, aq_inet_t)           \
    X(enum, int) /* of any C enum */

#define AQ_NULL_TYPE_(name, type)                               \
    typedef struct aq_##name##_null {                           \
        type value;                                             \
        bool present;                                           \
    } aq_##name##_null_t;                                       \
    static inline aq_##name##_null_t aq_some_##name(type value) \
    {                                                           \
        aq_##name##_null_t some;                                \
                                                                \
        some.value = value;                                     \
        some.present = true;                                    \
        return some;                                            \
    }
AQ_NULL_TABLE_(AQ_NULL_TYPE_)
#undef AQ_NULL_TYPE_
#undef AQ_NULL_TABLE_

/* ---- Arrays -------------------------------------------------------------------------------------------------------- */

/* One-dimensional arrays: aq_int4_array_t {items, nulls, count} ... `items` NULL is NULL, which an empty array is not. `nulls` marks
 * elements that are NULL; NULL: none is. Elements of text and bytea are NULL by their own pointer. */
#define AQ_ARRAY_TABLE_(X)                                                \
    X(bool, bool)                                                         \
    X(int2, int16_t)                                                      \
    X(int4, int32_t)                                                      \
    X(int8, int64_t)                                                      \
    X(float4, float)                                                      \
    X(float8, double)                                                     \
    X(date, aq_date_t)                                                    \
    X(time, aq_time_t)                                                    \
    X(timestamp, aq_timestamp_t)                                          \
    X(interval, aq_interval_t)                                            \
    X(uuid, aq_uuid_t)                                                    \
    X(inet, aq_inet_t)                                                    \
    X(enum, int)         /* of any C enum */                              \
    X(text, char *const) /* varchar, char, numeric, json and jsonb too */ \
    X(bytea, aq_bytes_t)

#define AQ_ARRAY_TYPE_(name, type)     \
    typedef struct aq_##name##_array { \
        const type *items;             \
        const bool *nulls;             \
        size_t count;                  \
    } aq_##name##_array_t;
AQ_ARRAY_TABLE_(AQ_ARRAY_TYPE_)
#undef AQ_ARRAY_TYPE_
#undef AQ_ARRAY_TABLE_

AQ_END_DECLS

#endif
