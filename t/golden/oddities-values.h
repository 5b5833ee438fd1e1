/* Models of oddities-values.sql, made by aquifer models; edit freely or make it again. */
#ifndef ODDITIES_VALUES_MODELS_H
#define ODDITIES_VALUES_MODELS_H

#include <aquifer.h>

/* A text here is longer than the 4095 bytes that C promises. */
#ifdef __GNUC__
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Woverlength-strings"
#endif

/* ---- Types --------------------------------------------------------------------------------------------- */

typedef enum size_value {
    SIZE_VALUE_SMALL,
    SIZE_VALUE_IT_S_BIG,
    SIZE_VALUE_A_LABEL_THAT_HAS_EXACTLY_63_BYTES_WHICH_IS_ALL_THAT_IT_CAN_HAVE,
    SIZE_VALUE_3,
    SIZE_VALUE_4,
    SIZE_VALUE_UENI
} size_value_t;
static const char *const size_value_labels[] = {
    [SIZE_VALUE_SMALL] = "small",
    [SIZE_VALUE_IT_S_BIG] = "it's \"big\"",
    [SIZE_VALUE_A_LABEL_THAT_HAS_EXACTLY_63_BYTES_WHICH_IS_ALL_THAT_IT_CAN_HAVE] = "a_label_that_has_exactly_"
                                                                                   "63_bytes_which_is_all_tha"
                                                                                   "t_it_can_have",
    [SIZE_VALUE_3] = "",
    [SIZE_VALUE_4] = " ",
    [SIZE_VALUE_UENI] = "ünï",
};
static const aq_enum_t size_value_enum = {
    .name = "size",
    .schema = "tools",
    .labels = AQ_LIST(size_value_labels),
};

/* ---- Structs ------------------------------------------------------------------------------------------- */

typedef struct Serial {
    aq_object_t object;
    int32_t a;
    int64_t b;
    int16_t c;
    int64_t d;
    int16_t e;
    int32_t f;
} Serial;

typedef struct Identity {
    aq_object_t object;
    int32_t a;
    int16_t b;
    int64_t c;
    int32_t d;
    int32_t e;
    int32_t f;
} Identity;

typedef struct LongText {
    aq_object_t object;
    int32_t id;
    const char *word;
} LongText;

/* ---- Tables without a model ---------------------------------------------------------------------------- */

/* No model: it has no primary key. */
static const aq_column_t drawn_columns[] = {
    AQ_COLUMN(INT4, "a", .nullable = true, .server_default = "nextval('serials_b_seq')"),
    AQ_COLUMN(INT8, "b", .nullable = true, .server_default = "nextval('serials_b_seq'::regclass) + 1"),
};
AQ_TABLE(drawn, drawn_columns);

/* No model: it has no primary key. */
static const aq_column_t generated_columns[] = {
    AQ_COLUMN(INT4, "a", .nullable = true),
    AQ_COLUMN(INT4, "b", .nullable = true),
    AQ_COLUMN(TEXT, "s", .nullable = true),
    AQ_COLUMN(INT4, "c", .nullable = true, .generated = "a + b"),
    AQ_COLUMN(TEXT, "d", .generated = "upper(s) || '-' || lower(s)", .check = "d <> ''"),
    AQ_COLUMN(INT4, "e", .nullable = true, .unique = true, .generated = "a * 2"),
    AQ_COLUMN(UNKNOWN, "f", .nullable = true, .sql_type = "tsvector",
              .generated = "setweight(to_tsvector('simple'::regconfig, coalesce(s, '')), 'A')"),
    AQ_COLUMN(NUMERIC, "g", .nullable = true, .precision = 10, .scale = 2, .generated = "a * 1.19"),
    AQ_COLUMN(TEXT, "h", .nullable = true, .collation = "C",
              .generated = "CASE a WHEN 1 THEN 'one' ELSE 'many' END"),
    AQ_COLUMN(BOOL, "i", .nullable = true),
};
AQ_TABLE(generated, generated_columns);

/* No model: it has no primary key. */
static const aq_column_t defaults_columns[] = {
    AQ_COLUMN(UNKNOWN, "b", .enumeration = &size_value_enum, .nullable = true,
              .server_default = "'it''s \"big\"'"),
    AQ_COLUMN(UNKNOWN, "c", .enumeration = &size_value_enum, .array = true, .nullable = true,
              .server_default = "'{small,\"\"}'"),
    AQ_COLUMN(UNKNOWN, "d", .enumeration = &size_value_enum, .server_default = "'small'::tools.size"),
    AQ_COLUMN(TIMESTAMPTZ, "h", .nullable = true, .precision = 3, .server_default = "CURRENT_TIMESTAMP(3)"),
    AQ_COLUMN(TIMESTAMP, "i", .nullable = true, .server_default = "LOCALTIMESTAMP"),
    AQ_COLUMN(TIME, "k", .nullable = true, .server_default = "LOCALTIME(0)"),
    AQ_COLUMN(UNKNOWN, "l", .nullable = true, .sql_type = "timetz", .server_default = "CURRENT_TIME"),
    AQ_COLUMN(TEXT, "m", .nullable = true, .server_default = "SESSION_USER"),
    AQ_COLUMN(NAME, "n", .nullable = true, .server_default = "CURRENT_SCHEMA"),
    AQ_COLUMN(TEXT, "o", .nullable = true, .server_default = "CURRENT_ROLE::text || USER"),
    AQ_COLUMN(INTERVAL, "p", .nullable = true, .server_default = "'1 day -00:00:01'"),
    AQ_COLUMN(INTERVAL, "q", .nullable = true, .precision = 2, .server_default = "interval '1.5' second"),
    AQ_COLUMN(UNKNOWN, "r", .nullable = true, .sql_type = "INTERVAL YEAR TO MONTH",
              .server_default = "'1-2'"),
    AQ_COLUMN(INTERVAL, "s", .nullable = true, .server_default = "make_interval(days => 10)"),
    AQ_COLUMN(UNKNOWN, "t", .nullable = true, .sql_type = "bit(4)", .server_default = "B'1010'"),
    AQ_COLUMN(UNKNOWN, "u", .nullable = true, .sql_type = "varbit", .server_default = "X'FF'"),
    AQ_COLUMN(BYTEA, "v", .nullable = true, .server_default = "'\\xDEADBEEF'"),
    AQ_COLUMN(UNKNOWN, "w", .nullable = true, .sql_type = "money", .server_default = "12.34"),
    AQ_COLUMN(UNKNOWN, "x", .nullable = true, .sql_type = "pg_lsn", .server_default = "'0/0'"),
    AQ_COLUMN(UNKNOWN, "y", .nullable = true, .sql_type = "macaddr", .server_default = "'08:00:2b:01:02:03'"),
    AQ_COLUMN(UNKNOWN, "z", .nullable = true, .sql_type = "xml", .server_default = "'<a b=\"c\"/>'"),
    AQ_COLUMN(UNKNOWN, "aa", .nullable = true, .sql_type = "int4range", .server_default = "'[1,5)'"),
    AQ_COLUMN(UNKNOWN, "ab", .nullable = true, .sql_type = "int4multirange",
              .server_default = "'{[1,2),[5,6)}'"),
    AQ_COLUMN(UNKNOWN, "ac", .nullable = true, .sql_type = "tstzrange",
              .server_default = "tstzrange(now(), NULL)"),
    AQ_COLUMN(UNKNOWN, "ad", .nullable = true, .sql_type = "point", .server_default = "'(1,2)'"),
    AQ_COLUMN(UNKNOWN, "ae", .nullable = true, .sql_type = "circle", .server_default = "circle '<(0,0),1>'"),
    AQ_COLUMN(UNKNOWN, "af", .nullable = true, .sql_type = "path", .server_default = "'[(0,0),(1,1)]'"),
    AQ_COLUMN(FLOAT8, "ag", .nullable = true, .server_default = "'NaN'"),
    AQ_COLUMN(FLOAT4, "ah", .nullable = true, .server_default = "'-Infinity'"),
    AQ_COLUMN(NUMERIC, "ai", .nullable = true, .server_default = "'infinity'"),
    AQ_COLUMN(FLOAT8, "aj", .nullable = true, .server_default = "1e100"),
    AQ_COLUMN(NUMERIC, "ak", .nullable = true, .precision = 4, .scale = 1, .server_default = "-12.5"),
    AQ_COLUMN(INT8, "al", .nullable = true, .server_default = "9223372036854775807"),
    AQ_COLUMN(INT4, "am", .nullable = true, .server_default = "-2147483648"),
    AQ_COLUMN(INT2, "an", .nullable = true, .server_default = "(-1)"),
    AQ_COLUMN(FLOAT4, "ao", .nullable = true, .server_default = ".5"),
    AQ_COLUMN(BOOL, "aq", .nullable = true, .server_default = "true"),
    AQ_COLUMN(BOOL, "ar", .nullable = true, .server_default = "'no'"),
    AQ_COLUMN(BOOL, "as", .nullable = true, .server_default = "(NOT false)"),
    AQ_COLUMN(BOOL, "at", .nullable = true, .server_default = "'f'::bool"),
    AQ_COLUMN(UUID, "au", .nullable = true, .server_default = "gen_random_uuid()"),
    AQ_COLUMN(JSON, "av", .nullable = true, .server_default = "'{\"a\": \"it''s\"}'"),
    AQ_COLUMN(JSONB, "aw", .nullable = true, .server_default = "'[]'::jsonb"),
    AQ_COLUMN(JSONB, "ax", .nullable = true,
              .server_default = "jsonb_build_object('a', 1, 'b', ARRAY[1, 2])"),
    AQ_COLUMN(BPCHAR, "ay", .nullable = true, .length = 1, .server_default = "'x'"),
    AQ_COLUMN(BPCHAR, "az", .nullable = true, .length = 5, .server_default = "'ab'"),
    AQ_COLUMN(VARCHAR, "ba", .nullable = true, .length = 5, .server_default = "'abc'::varchar"),
    AQ_COLUMN(VARCHAR, "bb", .nullable = true, .server_default = "5"),
    AQ_COLUMN(TEXT, "bc", .nullable = true, .server_default = "'a'::varchar(3)"),
    AQ_COLUMN(UNKNOWN, "bd", .nullable = true, .sql_type = "\"char\"", .server_default = "'c'"),
    AQ_COLUMN(NAME, "be", .nullable = true, .server_default = "'n'"),
    AQ_COLUMN(INT4_ARRAY, "bf", .nullable = true, .server_default = "'{}'"),
    AQ_COLUMN(INT4_ARRAY, "bg", .nullable = true, .server_default = "'{{1,2},{3,4}}'"),
    AQ_COLUMN(TEXT_ARRAY, "bh", .nullable = true, .server_default = "ARRAY[]::text[]"),
    AQ_COLUMN(TEXT_ARRAY, "bi", .nullable = true, .server_default = "'{\"a b\",NULL,\"c\\\"d\"}'"),
    AQ_COLUMN(TIMESTAMPTZ_ARRAY, "bj", .nullable = true, .server_default = "ARRAY[now()]"),
    AQ_COLUMN(NUMERIC_ARRAY, "bk", .nullable = true, .precision = 5, .scale = 2, .server_default = "'{1.5}'"),
    AQ_COLUMN(UNKNOWN, "bl", .nullable = true, .sql_type = "regclass", .server_default = "'serials'"),
    AQ_COLUMN(OID, "bm", .nullable = true, .server_default = "5"),
    AQ_COLUMN(UNKNOWN, "bn", .nullable = true, .sql_type = "tsquery", .server_default = "'a & b'"),
    AQ_COLUMN(INET, "bo", .nullable = true, .server_default = "'::1'"),
    AQ_COLUMN(UNKNOWN, "bp", .nullable = true, .sql_type = "cidr", .server_default = "'10/8'"),
    AQ_COLUMN(UNKNOWN, "bq", .nullable = true, .sql_type = "jsonpath", .server_default = "'$.a'"),
    AQ_COLUMN(DATE, "br", .nullable = true, .server_default = "date '2020-01-01' + 1"),
    AQ_COLUMN(DATE, "bs", .nullable = true, .server_default = "'-infinity'"),
    AQ_COLUMN(TEXT, "bt", .nullable = true, .server_default = "('a' || 'b')"),
    AQ_COLUMN(INT4, "bu", .nullable = true, .server_default = "(1 + 2) * 3"),
    AQ_COLUMN(INT4, "bv", .nullable = true, .server_default = "1 + 2 * 3"),
    AQ_COLUMN(TEXT, "bw", .nullable = true, .server_default = "NULL::text"),
    AQ_COLUMN(INT4, "bx", .nullable = true),
    AQ_COLUMN(INT4, "by", .nullable = true, .server_default = "ascii('a')"),
    AQ_COLUMN(TEXT, "bz", .nullable = true, .server_default = "current_setting('search_path', true)"),
};
AQ_TABLE(defaults, defaults_columns);

/* ---- Serial -------------------------------------------------------------------------------------------- */

static const aq_column_t serial_columns[] = {
    AQ_INT4(Serial, a, .primary_key = true, .sequence = {.name = "first_seq"}),
    AQ_INT8(Serial, b, .autoincrement = AQ_SERIAL,
            .sequence = {.start = 10, .increment = 5, .cache = 3, .cycle = true}),
    AQ_INT2(Serial, c, .autoincrement = AQ_SERIAL, .sequence = {.max = 1000}),
    AQ_INT8(Serial, d, .autoincrement = AQ_SERIAL, .sequence = {.start = 1, .min = -5}),
    AQ_INT2(Serial, e, .autoincrement = AQ_SERIAL, .unique = true),
    AQ_INT4(Serial, f, .autoincrement = AQ_SERIAL),
};
AQ_MODEL(Serial, serial_columns, AQ_NONE, .table = "serials");

/* ---- Identity ------------------------------------------------------------------------------------------ */

static const aq_column_t identity_columns[] = {
    AQ_INT4(Identity, a, .primary_key = true, .autoincrement = AQ_IDENTITY_ALWAYS),
    AQ_INT2(Identity, b, .autoincrement = AQ_IDENTITY_ALWAYS, .sequence = {.increment = 3}),
    AQ_INT8(Identity, c, .autoincrement = AQ_IDENTITY_ALWAYS,
            .sequence = {.increment = -10, .min = -1000, .max = 100, .cache = 20, .cycle = true}),
    AQ_INT4(Identity, d, .autoincrement = AQ_IDENTITY, .sequence = {.name = "the D", .start = 5}),
    AQ_INT4(Identity, e),
    AQ_INT4(Identity, f, .autoincrement = AQ_IDENTITY_ALWAYS, .sequence = {.cache = 7}),
};
AQ_MODEL(Identity, identity_columns, AQ_NONE, .table = "identities");

/* ---- LongText ------------------------------------------------------------------------------------------ */

static const aq_column_t long_text_columns[] = {
    AQ_INT4(LongText, id, .primary_key = true, .autoincrement = AQ_AUTOINCREMENT_OFF),
    AQ_TEXT_NULL(LongText, word,
                 .check = "word IN ( 'word number 1', 'word number 2', 'word number 3', 'word number 4', "
                          "'word number 5', 'word number 6', 'word number 7', 'word number 8', 'word number "
                          "9', 'word number 10', 'word number 11', 'word number 12', 'word number 13', 'word "
                          "number 14', 'word number 15', 'word number 16', 'word number 17', 'word number "
                          "18', 'word number 19', 'word number 20', 'word number 21', 'word number 22', "
                          "'word number 23', 'word number 24', 'word number 25', 'word number 26', 'word "
                          "number 27', 'word number 28', 'word number 29', 'word number 30', 'word number "
                          "31', 'word number 32', 'word number 33', 'word number 34', 'word number 35', "
                          "'word number 36', 'word number 37', 'word number 38', 'word number 39', 'word "
                          "number 40', 'word number 41', 'word number 42', 'word number 43', 'word number "
                          "44', 'word number 45', 'word number 46', 'word number 47', 'word number 48', "
                          "'word number 49', 'word number 50', 'word number 51', 'word number 52', 'word "
                          "number 53', 'word number 54', 'word number 55', 'word number 56', 'word number "
                          "57', 'word number 58', 'word number 59', 'word number 60', 'word number 61', "
                          "'word number 62', 'word number 63', 'word number 64', 'word number 65', 'word "
                          "number 66', 'word number 67', 'word number 68', 'word number 69', 'word number "
                          "70', 'word number 71', 'word number 72', 'word number 73', 'word number 74', "
                          "'word number 75', 'word number 76', 'word number 77', 'word number 78', 'word "
                          "number 79', 'word number 80', 'word number 81', 'word number 82', 'word number "
                          "83', 'word number 84', 'word number 85', 'word number 86', 'word number 87', "
                          "'word number 88', 'word number 89', 'word number 90', 'word number 91', 'word "
                          "number 92', 'word number 93', 'word number 94', 'word number 95', 'word number "
                          "96', 'word number 97', 'word number 98', 'word number 99', 'word number 100', "
                          "'word number 101', 'word number 102', 'word number 103', 'word number 104', 'word "
                          "number 105', 'word number 106', 'word number 107', 'word number 108', 'word "
                          "number 109', 'word number 110', 'word number 111', 'word number 112', 'word "
                          "number 113', 'word number 114', 'word number 115', 'word number 116', 'word "
                          "number 117', 'word number 118', 'word number 119', 'word number 120', 'word "
                          "number 121', 'word number 122', 'word number 123', 'word number 124', 'word "
                          "number 125', 'word number 126', 'word number 127', 'word number 128', 'word "
                          "number 129', 'word number 130', 'word number 131', 'word number 132', 'word "
                          "number 133', 'word number 134', 'word number 135', 'word number 136', 'word "
                          "number 137', 'word number 138', 'word number 139', 'word number 140', 'word "
                          "number 141', 'word number 142', 'word number 143', 'word number 144', 'word "
                          "number 145', 'word number 146', 'word number 147', 'word number 148', 'word "
                          "number 149', 'word number 150', 'word number 151', 'word number 152', 'word "
                          "number 153', 'word number 154', 'word number 155', 'word number 156', 'word "
                          "number 157', 'word number 158', 'word number 159', 'word number 160', 'word "
                          "number 161', 'word number 162', 'word number 163', 'word number 164', 'word "
                          "number 165', 'word number 166', 'word number 167', 'word number 168', 'word "
                          "number 169', 'word number 170', 'word number 171', 'word number 172', 'word "
                          "number 173', 'word number 174', 'word number 175', 'word number 176', 'word "
                          "number 177', 'word number 178', 'word number 179', 'word number 180', 'word "
                          "number 181', 'word number 182', 'word number 183', 'word number 184', 'word "
                          "number 185', 'word number 186', 'word number 187', 'word number 188', 'word "
                          "number 189', 'word number 190', 'word number 191', 'word number 192', 'word "
                          "number 193', 'word number 194', 'word number 195', 'word number 196', 'word "
                          "number 197', 'word number 198', 'word number 199', 'word number 200', 'word "
                          "number 201', 'word number 202', 'word number 203', 'word number 204', 'word "
                          "number 205', 'word number 206', 'word number 207', 'word number 208', 'word "
                          "number 209', 'word number 210', 'word number 211', 'word number 212', 'word "
                          "number 213', 'word number 214', 'word number 215', 'word number 216', 'word "
                          "number 217', 'word number 218', 'word number 219', 'word number 220', 'word "
                          "number 221', 'word number 222', 'word number 223', 'word number 224', 'word "
                          "number 225', 'word number 226', 'word number 227', 'word number 228', 'word "
                          "number 229', 'word number 230', 'word number 231', 'word number 232', 'word "
                          "number 233', 'word number 234', 'word number 235', 'word number 236', 'word "
                          "number 237', 'word number 238', 'word number 239', 'word number 240' )"),
};
AQ_MODEL(LongText, long_text_columns, AQ_NONE, .table = "long_texts",
         .comment = "All of these are words. All of these are words. All of these are words. All of these "
                    "are words. All of these are words. All of these are words. All of these are words. All "
                    "of these are words. All of these are words. All of these are words. All of these are "
                    "words. All of these are words. All of these are words. All of these are words. All of "
                    "these are words. All of these are words. All of these are words. All of these are "
                    "words. All of these are words. All of these are words. All of these are words. All of "
                    "these are words. All of these are words. All of these are words. All of these are "
                    "words. All of these are words. All of these are words. All of these are words. All of "
                    "these are words. All of these are words. All of these are words. All of these are "
                    "words. All of these are words. All of these are words. All of these are words. All of "
                    "these are words. All of these are words. All of these are words. All of these are "
                    "words. All of these are words. All of these are words. All of these are words. All of "
                    "these are words. All of these are words. All of these are words. All of these are "
                    "words. All of these are words. All of these are words. All of these are words. All of "
                    "these are words. All of these are words. All of these are words. All of these are "
                    "words. All of these are words. All of these are words. All of these are words. All of "
                    "these are words. All of these are words. All of these are words. All of these are "
                    "words. All of these are words. All of these are words. All of these are words. All of "
                    "these are words. All of these are words. All of these are words. All of these are "
                    "words. All of these are words. All of these are words. All of these are words. All of "
                    "these are words. All of these are words. All of these are words. All of these are "
                    "words. All of these are words. All of these are words. All of these are words. All of "
                    "these are words. All of these are words. All of these are words. All of these are "
                    "words. All of these are words. All of these are words. All of these are words. All of "
                    "these are words. All of these are words. All of these are words. All of these are "
                    "words. All of these are words. All of these are words. All of these are words. All of "
                    "these are words. All of these are words. All of these are words. All of these are "
                    "words. All of these are words. All of these are words. All of these are words. All of "
                    "these are words. All of these are words. All of these are words. All of these are "
                    "words. All of these are words. All of these are words. All of these are words. All of "
                    "these are words. All of these are words. All of these are words. All of these are "
                    "words. All of these are words. All of these are words. All of these are words. All of "
                    "these are words. All of these are words. All of these are words. All of these are "
                    "words. All of these are words. All of these are words. All of these are words. All of "
                    "these are words. All of these are words. All of these are words. All of these are "
                    "words. All of these are words. All of these are words. All of these are words. All of "
                    "these are words. All of these are words. All of these are words. All of these are "
                    "words. All of these are words. All of these are words. All of these are words. All of "
                    "these are words. All of these are words. All of these are words. All of these are "
                    "words. All of these are words. All of these are words. All of these are words. All of "
                    "these are words. All of these are words. All of these are words. All of these are "
                    "words. All of these are words. All of these are words. All of these are words. All of "
                    "these are words. All of these are words. All of these are words. All of these are "
                    "words. All of these are words. All of these are words. All of these are words. All of "
                    "these are words. All of these are words. All of these are words. All of these are "
                    "words. All of these are words. All of these are words. All of these are words. All of "
                    "these are words. All of these are words. All of these are words. All of these are "
                    "words. All of these are words. All of these are words. All of these are words. All of "
                    "these are words. All of these are words. All of these are words. All of these are "
                    "words. All of these are words. All of these are words. All of these are words. All of "
                    "these are words. All of these are words. All of these are words. All of these are "
                    "words. All of these are words. All of these are words. All of these are words. All of "
                    "these are words. All of these are words. All of these are words. All of these are "
                    "words. All of these are words. All of these are words. All of these are words. All of "
                    "these are words. All of these are words. All of these are words. All of these are "
                    "words. All of these are words. All of these are words. All of these are words. All of "
                    "these are words. All of these are words. All of these are words. All of these are "
                    "words.");

/* ---- All of them --------------------------------------------------------------------------------------- */

/* Adds them to the db. What is wrong is told again by its seal; the last of it: aq_last_error(). */
static inline int oddities_values_add_models(aq_db_t *db)
{
    int wrong = 0;

    wrong |= aq_db_model(db, Serial);
    wrong |= aq_db_model(db, Identity);
    wrong |= aq_db_table(db, drawn);
    wrong |= aq_db_table(db, generated);
    wrong |= aq_db_table(db, defaults);
    wrong |= aq_db_model(db, LongText);
    return wrong == 0 ? AQ_OK : aq_last_error()->code;
}

#ifdef __GNUC__
#pragma GCC diagnostic pop
#endif

#endif
