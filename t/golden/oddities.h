/* Models of oddities.sql, made by aquifer models; edit freely or make it again.
 *
 * What models cannot say, and so is not as it was:
 *   - empty: a table without columns cannot be declared
 *   - self (a, b): two foreign keys on the same columns refer to self, and a relationship could not say which it follows: there is none */
#ifndef ODDITIES_MODELS_H
#define ODDITIES_MODELS_H

#include <aquifer.h>

/* ---- Types --------------------------------------------------------------------------------------------- */

typedef enum the_mood {
    THE_MOOD_IT_S,
    THE_MOOD_1,
    THE_MOOD_A_B,
    THE_MOOD_BACK_SLASH,
    THE_MOOD_GROESSE,
    THE_MOOD_DOLLAR
} the_mood_t;
static const char *const the_mood_labels[] = {
    [THE_MOOD_IT_S] = "it's",     [THE_MOOD_1] = "",
    [THE_MOOD_A_B] = "a\"b",      [THE_MOOD_BACK_SLASH] = "back\\slash",
    [THE_MOOD_GROESSE] = "Größe", [THE_MOOD_DOLLAR] = "dollar",
};
static const aq_enum_t the_mood_enum = {
    .name = "the \"Mood\"",
    .schema = AQ_NO_SCHEMA,
    .labels = AQ_LIST(the_mood_labels),
};

/* ---- Structs ------------------------------------------------------------------------------------------- */

typedef struct Y Y;
typedef struct Z Z;

typedef struct OtherTwin {
    aq_object_t object;
    int32_t id;
    const char *same;
    aq_many_t heres;
} OtherTwin;

typedef struct Twin {
    aq_object_t object;
    int64_t id;
    const char *other;
} Twin;

typedef struct OddOnesTwin {
    aq_object_t object;
    aq_uuid_t id;
    aq_many_t heres;
} OddOnesTwin;

typedef struct Self {
    aq_object_t object;
    int32_t id;
    aq_int4_null_t a;
    aq_int4_null_t b;
    aq_int4_null_t c;
} Self;

typedef struct Renamed {
    aq_object_t object;
    int32_t id;
    aq_int4_null_t y;
    aq_int4_null_t n;
    Y *y_row;
    aq_many_t zs;
} Renamed;

struct Y {
    aq_object_t object;
    int32_t id;
    aq_int4_null_t z;
    Z *z_row;
    aq_many_t renameds;
};

struct Z {
    aq_object_t object;
    int32_t id;
    aq_int4_null_t x;
    Renamed *x_renamed;
    aq_many_t ys;
};

typedef struct BigSerial {
    aq_object_t object;
    int64_t id;
    int32_t other;
} BigSerial;

typedef struct Here {
    aq_object_t object;
    int32_t id;
    aq_uuid_null_t twin;
    aq_int4_null_t twin2;
    aq_enum_null_t mood;
    OddOnesTwin *twin_row;
    OtherTwin *twin2_twin;
} Here;

/* ---- Sequences ----------------------------------------------------------------------------------------- */

AQ_SEQUENCE(down, .type = AQ_OID_INT2, .start = -5, .increment = -1, .min = -100);
AQ_SEQUENCE(big_serial_other_seq, .type = AQ_OID_INT4, .owned_by = AQ_REF(BigSerial, other));

/* ---- Tables without a model ---------------------------------------------------------------------------- */

/* No model: it has no primary key. */
static const aq_column_t twin2_columns[] = {
    AQ_COLUMN(INT4, "id", .nullable = true, .references = AQ_REF(OtherTwin, id)),
};
AQ_TABLE(twin2, twin2_columns, .schema = "other");

/* No model: it has no primary key. */
static const aq_column_t weird_table_name_columns[] = {
    AQ_COLUMN(INT4, "select", .nullable = true),
    AQ_COLUMN(TEXT, "from", .nullable = true, .server_default = "'from'"),
    AQ_COLUMN(INT4, "Quote\"d", .nullable = true, .server_default = "1", .check = "\"Quote\"\"d\" <> 2"),
    AQ_COLUMN(TEXT, " spaces ", .nullable = true),
    AQ_COLUMN(TEXT, "grüße", .nullable = true, .server_default = "'Grüße'"),
    AQ_COLUMN(TEXT, "数据", .nullable = true),
    AQ_COLUMN(TEXT, "a;b", .nullable = true, .server_default = "';'"),
    AQ_COLUMN(TEXT, "--comment", .nullable = true),
    AQ_COLUMN(INT4, "a_name_that_has_exactly_63_bytes_which_is_all_that_it_can_have_", .nullable = true),
    AQ_COLUMN(INT4, "$1", .nullable = true),
    AQ_COLUMN(INT4, "1st", .nullable = true),
    AQ_COLUMN(INT4, "data", .nullable = true),
    AQ_COLUMN(UNKNOWN, "mood", .enumeration = &the_mood_enum, .nullable = true, .server_default = "'it''s'"),
    AQ_COLUMN(UNKNOWN, "moods", .enumeration = &the_mood_enum, .array = true, .nullable = true),
};
static const aq_index_t weird_table_name_indexes[] = {
    {
        .name = "Index on \"odd\" names",
        .parts = AQ_PARTS({.column = "Quote\"d"},
                          {.expression = "(\"1st\") + 1", .descending = true, .nulls = AQ_NULLS_FIRST},
                          {.expression = "lower(\"from\")", .opclass = "text_pattern_ops"}),
    },
};
AQ_TABLE(weird_table_name, weird_table_name_columns, .table = "Weird \"Table\" name",
         .indexes = AQ_LIST(weird_table_name_indexes));

/* No model: it has no primary key. */
static const aq_column_t types_columns[] = {
    AQ_COLUMN(INT4, "int", .nullable = true),
    AQ_COLUMN(INT4, "integer", .nullable = true),
    AQ_COLUMN(TEXT, "text", .nullable = true),
    AQ_COLUMN(VARCHAR, "varchar", .nullable = true),
    AQ_COLUMN(DATE, "date", .nullable = true),
    AQ_COLUMN(TIME, "time", .nullable = true),
    AQ_COLUMN(TIMESTAMP, "timestamp", .nullable = true),
    AQ_COLUMN(INTERVAL, "interval", .nullable = true),
    AQ_COLUMN(UNKNOWN, "char", .nullable = true, .sql_type = "\"char\""),
    AQ_COLUMN(BPCHAR, "bpchar", .nullable = true),
    AQ_COLUMN(UNKNOWN, "bit", .nullable = true, .sql_type = "bit(1)"),
    AQ_COLUMN(NAME, "name", .nullable = true),
    AQ_COLUMN(OID, "oid", .nullable = true),
    AQ_COLUMN(JSON, "json", .nullable = true),
    AQ_COLUMN(UUID, "uuid", .nullable = true),
    AQ_COLUMN(TEXT, "type", .nullable = true),
    AQ_COLUMN(INT4, "value", .nullable = true),
    AQ_COLUMN(INT4, "key", .nullable = true),
    AQ_COLUMN(TEXT, "zone", .nullable = true),
    AQ_COLUMN(INT4, "year", .nullable = true),
};
static const aq_index_t types_indexes[] = {
    {
        .name = "types_expr_idx",
        .parts = AQ_PARTS({.expression = "text || 'x'"}),
        .where = "(text IS NOT NULL) AND value > 0",
    },
    {.name = "types_ix", .columns = AQ_COLUMNS("int"), .method = "hash"},
};
AQ_TABLE(types, types_columns, .indexes = AQ_LIST(types_indexes));

/* No model: it has no primary key. */
static const aq_column_t every_type_columns[] = {
    AQ_COLUMN(INT2, "a01", .nullable = true),
    AQ_COLUMN(INT2, "a02", .nullable = true),
    AQ_COLUMN(INT4, "a03", .nullable = true),
    AQ_COLUMN(INT4, "a04", .nullable = true),
    AQ_COLUMN(INT4, "a05", .nullable = true),
    AQ_COLUMN(INT8, "a06", .nullable = true),
    AQ_COLUMN(INT8, "a07", .nullable = true),
    AQ_COLUMN(FLOAT4, "a08", .nullable = true),
    AQ_COLUMN(FLOAT4, "a09", .nullable = true),
    AQ_COLUMN(FLOAT8, "a10", .nullable = true),
    AQ_COLUMN(FLOAT8, "a11", .nullable = true),
    AQ_COLUMN(FLOAT8, "a12", .nullable = true),
    AQ_COLUMN(FLOAT4, "a13", .nullable = true),
    AQ_COLUMN(FLOAT8, "a14", .nullable = true),
    AQ_COLUMN(NUMERIC, "a15", .nullable = true),
    AQ_COLUMN(NUMERIC, "a16", .nullable = true, .precision = 5),
    AQ_COLUMN(NUMERIC, "a17", .nullable = true, .precision = 10, .scale = 2),
    AQ_COLUMN(NUMERIC, "a18", .nullable = true, .precision = 10),
    AQ_COLUMN(NUMERIC, "a19", .nullable = true, .precision = 3),
    AQ_COLUMN(NUMERIC, "a20", .nullable = true, .precision = 3, .scale = -2),
    AQ_COLUMN(NUMERIC, "a21", .nullable = true, .precision = 1000, .scale = 1000),
    AQ_COLUMN(BPCHAR, "b01", .nullable = true, .length = 1),
    AQ_COLUMN(BPCHAR, "b02", .nullable = true, .length = 1),
    AQ_COLUMN(BPCHAR, "b03", .nullable = true, .length = 7),
    AQ_COLUMN(VARCHAR, "b04", .nullable = true),
    AQ_COLUMN(VARCHAR, "b05", .nullable = true, .length = 5),
    AQ_COLUMN(VARCHAR, "b06", .nullable = true, .length = 6),
    AQ_COLUMN(VARCHAR, "b07", .nullable = true, .length = 7),
    AQ_COLUMN(BPCHAR, "b08", .nullable = true),
    AQ_COLUMN(VARCHAR, "b09", .nullable = true, .length = 3),
    AQ_COLUMN(TEXT, "b10", .nullable = true),
    AQ_COLUMN(UNKNOWN, "c01", .nullable = true, .sql_type = "bit(1)"),
    AQ_COLUMN(UNKNOWN, "c02", .nullable = true, .sql_type = "bit(3)"),
    AQ_COLUMN(UNKNOWN, "c03", .nullable = true, .sql_type = "varbit"),
    AQ_COLUMN(UNKNOWN, "c04", .nullable = true, .sql_type = "varbit(5)"),
    AQ_COLUMN(BYTEA, "c05", .nullable = true),
    AQ_COLUMN(UNKNOWN, "c06", .nullable = true, .sql_type = "\"char\""),
    AQ_COLUMN(NAME, "c07", .nullable = true),
    AQ_COLUMN(DATE, "d01", .nullable = true),
    AQ_COLUMN(TIME, "d02", .nullable = true),
    AQ_COLUMN(TIME, "d03", .nullable = true, .precision = AQ_PRECISION_0),
    AQ_COLUMN(TIME, "d04", .nullable = true, .precision = 3),
    AQ_COLUMN(UNKNOWN, "d05", .nullable = true, .sql_type = "timetz"),
    AQ_COLUMN(UNKNOWN, "d06", .nullable = true, .sql_type = "timetz(0)"),
    AQ_COLUMN(UNKNOWN, "d07", .nullable = true, .sql_type = "timetz(0)"),
    AQ_COLUMN(TIMESTAMP, "d08", .nullable = true),
    AQ_COLUMN(TIMESTAMP, "d09", .nullable = true, .precision = AQ_PRECISION_0),
    AQ_COLUMN(TIMESTAMPTZ, "d10", .nullable = true),
    AQ_COLUMN(TIMESTAMPTZ, "d11", .nullable = true, .precision = 3),
    AQ_COLUMN(TIMESTAMPTZ, "d12", .nullable = true, .precision = 6),
    AQ_COLUMN(INTERVAL, "e01", .nullable = true),
    AQ_COLUMN(INTERVAL, "e02", .nullable = true, .precision = AQ_PRECISION_0),
    AQ_COLUMN(UNKNOWN, "e03", .nullable = true, .sql_type = "INTERVAL YEAR"),
    AQ_COLUMN(UNKNOWN, "e04", .nullable = true, .sql_type = "INTERVAL YEAR TO MONTH"),
    AQ_COLUMN(UNKNOWN, "e05", .nullable = true, .sql_type = "INTERVAL DAY TO SECOND(3)"),
    AQ_COLUMN(UNKNOWN, "e06", .nullable = true, .sql_type = "INTERVAL SECOND(2)"),
    AQ_COLUMN(UNKNOWN, "e07", .nullable = true, .sql_type = "INTERVAL HOUR TO MINUTE"),
    AQ_COLUMN(BOOL, "f01", .nullable = true),
    AQ_COLUMN(BOOL, "f02", .nullable = true),
    AQ_COLUMN(UUID, "f03", .nullable = true),
    AQ_COLUMN(JSON, "f04", .nullable = true),
    AQ_COLUMN(JSONB, "f05", .nullable = true),
    AQ_COLUMN(UNKNOWN, "f06", .nullable = true, .sql_type = "xml"),
    AQ_COLUMN(INET, "f07", .nullable = true),
    AQ_COLUMN(UNKNOWN, "f08", .nullable = true, .sql_type = "cidr"),
    AQ_COLUMN(UNKNOWN, "f09", .nullable = true, .sql_type = "macaddr"),
    AQ_COLUMN(UNKNOWN, "f10", .nullable = true, .sql_type = "macaddr8"),
    AQ_COLUMN(UNKNOWN, "f11", .nullable = true, .sql_type = "money"),
    AQ_COLUMN(UNKNOWN, "g01", .nullable = true, .sql_type = "point"),
    AQ_COLUMN(UNKNOWN, "g02", .nullable = true, .sql_type = "line"),
    AQ_COLUMN(UNKNOWN, "g03", .nullable = true, .sql_type = "lseg"),
    AQ_COLUMN(UNKNOWN, "g04", .nullable = true, .sql_type = "box"),
    AQ_COLUMN(UNKNOWN, "g05", .nullable = true, .sql_type = "path"),
    AQ_COLUMN(UNKNOWN, "g06", .nullable = true, .sql_type = "polygon"),
    AQ_COLUMN(UNKNOWN, "g07", .nullable = true, .sql_type = "circle"),
    AQ_COLUMN(UNKNOWN, "h01", .nullable = true, .sql_type = "int4range"),
    AQ_COLUMN(UNKNOWN, "h02", .nullable = true, .sql_type = "tstzmultirange"),
    AQ_COLUMN(UNKNOWN, "h03", .nullable = true, .sql_type = "tsvector"),
    AQ_COLUMN(UNKNOWN, "h04", .nullable = true, .sql_type = "tsquery"),
    AQ_COLUMN(OID, "h05", .nullable = true),
    AQ_COLUMN(UNKNOWN, "h06", .nullable = true, .sql_type = "regclass"),
    AQ_COLUMN(UNKNOWN, "h07", .nullable = true, .sql_type = "pg_lsn"),
    AQ_COLUMN(INT4, "h08", .nullable = true),
    AQ_COLUMN(VARCHAR, "h09", .nullable = true, .length = 3),
    AQ_COLUMN(UNKNOWN, "h10", .nullable = true, .sql_type = "jsonpath"),
    AQ_COLUMN(INT4_ARRAY, "i01", .nullable = true),
    AQ_COLUMN(INT4_ARRAY, "i02", .nullable = true),
    AQ_COLUMN(INT4_ARRAY, "i03", .nullable = true),
    AQ_COLUMN(INT4_ARRAY, "i04", .nullable = true),
    AQ_COLUMN(INT4_ARRAY, "i05", .nullable = true),
    AQ_COLUMN(INT4_ARRAY, "i06", .nullable = true),
    AQ_COLUMN(VARCHAR_ARRAY, "i07", .nullable = true, .length = 5),
    AQ_COLUMN(NUMERIC_ARRAY, "i08", .nullable = true, .precision = 4, .scale = 2),
    AQ_COLUMN(UNKNOWN, "i09", .nullable = true, .sql_type = "\"char\"[]"),
    AQ_COLUMN(TIMESTAMPTZ_ARRAY, "i10", .nullable = true, .precision = AQ_PRECISION_0),
    AQ_COLUMN(UNKNOWN, "i11", .nullable = true, .sql_type = "INTERVAL DAY TO SECOND(3)[]"),
};
static const aq_index_t every_type_indexes[] = {
    {
        .name = "every_type_h03_g04_idx",
        .parts = AQ_PARTS({.column = "h03", .opclass = "tsvector_ops(siglen = 100)"}, {.column = "g04"}),
        .method = "gist",
    },
};
AQ_TABLE(every_type, every_type_columns, .indexes = AQ_LIST(every_type_indexes));

/* No model: it has no primary key. */
static const aq_column_t defaults_columns[] = {
    AQ_COLUMN(TEXT, "a", .nullable = true, .server_default = "$$it's$$"),
    AQ_COLUMN(TEXT, "b", .nullable = true, .server_default = "$tag$a $$ b$tag$"),
    AQ_COLUMN(TEXT, "c", .nullable = true, .server_default = "E'a\\'b\\\\c\\n'"),
    AQ_COLUMN(TEXT, "d", .nullable = true,
              .server_default = "'two '\n"
                                "        'lines'"),
    AQ_COLUMN(TEXT, "e", .collation = "C", .server_default = "('brackets')"),
    AQ_COLUMN(INT4, "f", .server_default = "- 5", .check = "f < 0"),
    AQ_COLUMN(INT4, "g", .nullable = true, .server_default = "(1 + 2) * 3 + 4"),
    AQ_COLUMN(TEXT, "h", .nullable = true, .server_default = "'a' || 'b' || 'c'"),
    AQ_COLUMN(INT4, "i", .nullable = true),
    AQ_COLUMN(INT4_ARRAY, "j", .server_default = "'{1,2,3}'::int[]"),
    AQ_COLUMN(INT4_ARRAY, "k", .nullable = true, .server_default = "ARRAY[1, 2, 3]"),
    AQ_COLUMN(TEXT_ARRAY, "l", .nullable = true, .server_default = "ARRAY[['a', 'b'], ['c', 'd,e']]"),
    AQ_COLUMN(TIMESTAMPTZ, "m", .nullable = true, .server_default = "now() - interval '1 day'"),
    AQ_COLUMN(DATE, "n", .nullable = true, .server_default = "date '2020-02-29'"),
    AQ_COLUMN(UNKNOWN, "o", .nullable = true, .unique = true, .sql_type = "bit(3)",
              .server_default = "B'101'"),
    AQ_COLUMN(BOOL, "p", .nullable = true, .server_default = "1 = 1"),
    AQ_COLUMN(TEXT, "q", .nullable = true, .server_default = "CASE WHEN 1 > 2 THEN 'no' ELSE 'yes' END",
              .check = "q <> ''", .check_name = "q_not_empty"),
    AQ_COLUMN(INT4, "r", .nullable = true, .server_default = "length('x'::text)", .check = "r > 0"),
    AQ_COLUMN(TEXT, "s", .nullable = true, .server_default = "U&'d\\0061ta'"),
    AQ_COLUMN(JSONB, "t", .nullable = true, .server_default = "'{\"a\": [1, 2, {\"b\": null}]}'"),
    AQ_COLUMN(TEXT, "u", .nullable = true, .server_default = "current_user"),
    AQ_COLUMN(NUMERIC, "v", .nullable = true, .server_default = "1e-10"),
    AQ_COLUMN(TEXT, "w", .nullable = true, .server_default = "'-- no comment'"),
    AQ_COLUMN(TEXT, "x", .nullable = true, .server_default = "'/* nor this */'"),
    AQ_COLUMN(INT4, "y", .nullable = true, .server_default = "5"),
};
static const aq_constraint_t defaults_constraints[] = {
    AQ_UNIQUE(.columns = AQ_COLUMNS("r"), .deferrable = AQ_INITIALLY_DEFERRED),
};
AQ_TABLE(defaults, defaults_columns, .constraints = AQ_LIST(defaults_constraints));

/* ---- OtherTwin ----------------------------------------------------------------------------------------- */

static const aq_column_t other_twin_columns[] = {
    AQ_INT4(OtherTwin, id, .primary_key = true, .autoincrement = AQ_AUTOINCREMENT_OFF),
    AQ_TEXT_NULL(OtherTwin, same),
};
static const aq_relationship_t other_twin_relationships[] = {
    AQ_MANY(OtherTwin, heres, Here, .back_populates = "twin2_twin"),
};
AQ_MODEL(OtherTwin, other_twin_columns, other_twin_relationships, .table = "twin", .schema = "other");

/* ---- Twin ---------------------------------------------------------------------------------------------- */

static const aq_column_t twin_columns[] = {
    AQ_INT8(Twin, id, .primary_key = true, .autoincrement = AQ_AUTOINCREMENT_OFF),
    AQ_TEXT_NULL(Twin, other),
};
AQ_MODEL(Twin, twin_columns, AQ_NONE);

/* ---- OddOnesTwin --------------------------------------------------------------------------------------- */

static const aq_column_t odd_ones_twin_columns[] = {
    AQ_UUID(OddOnesTwin, id, .primary_key = true),
};
static const aq_relationship_t odd_ones_twin_relationships[] = {
    AQ_MANY(OddOnesTwin, heres, Here, .back_populates = "twin_row"),
};
AQ_MODEL(OddOnesTwin, odd_ones_twin_columns, odd_ones_twin_relationships, .table = "twin",
         .schema = "Odd Ones");

/* ---- Self ---------------------------------------------------------------------------------------------- */

static const aq_column_t self_columns[] = {
    AQ_INT4(Self, id, .primary_key = true, .references = AQ_REF(Self, id)),
    AQ_INT4_NULL(Self, a),
    AQ_INT4_NULL(Self, b),
    AQ_INT4_NULL(Self, c),
};
static const aq_constraint_t self_constraints[] = {
    AQ_UNIQUE(.columns = AQ_COLUMNS("a", "b"), .include = AQ_COLUMNS("c")),
    AQ_FOREIGN_KEY(.columns = AQ_COLUMNS("b", "a"), .model = AQ_STRUCT(Self),
                   .referred = AQ_COLUMNS("a", "b"), .on_delete = AQ_CASCADE, .on_update = AQ_SET_DEFAULT,
                   .match_full = true),
    AQ_FOREIGN_KEY(.columns = AQ_COLUMNS("a", "b"), .model = AQ_STRUCT(Self),
                   .referred = AQ_COLUMNS("a", "b"), .on_delete = AQ_SET_DEFAULT,
                   .deferrable = AQ_INITIALLY_IMMEDIATE, .on_delete_columns = AQ_COLUMNS("b")),
};
AQ_MODEL(Self, self_columns, AQ_NONE, .constraints = AQ_LIST(self_constraints));

/* ---- Renamed ------------------------------------------------------------------------------------------- */

static const aq_column_t renamed_columns[] = {
    AQ_INT4(Renamed, id, .autoincrement = AQ_AUTOINCREMENT_OFF),
    AQ_INT4_NULL(Renamed, y, .name = "Y"),
    AQ_INT4_NULL(Renamed, n, .name = "N"),
};
static const aq_relationship_t renamed_relationships[] = {
    AQ_ONE(Renamed, y_row, Y, .back_populates = "renameds"),
    AQ_MANY(Renamed, zs, Z, .back_populates = "x_renamed"),
};
static const aq_constraint_t renamed_constraints[] = {
    AQ_PRIMARY_KEY(.columns = AQ_COLUMNS("id"), .name = "x_pkey"),
    AQ_FOREIGN_KEY(.columns = AQ_COLUMNS("y"), .model = AQ_STRUCT(Y), .name = "x_y_fkey"),
    AQ_CHECK("\"N\" > \"Y\"", .name = "big"),
};
AQ_MODEL(Renamed, renamed_columns, renamed_relationships, .constraints = AQ_LIST(renamed_constraints));

/* ---- Y ------------------------------------------------------------------------------------------------- */

static const aq_column_t y_columns[] = {
    AQ_INT4(Y, id, .primary_key = true, .autoincrement = AQ_AUTOINCREMENT_OFF),
    AQ_INT4_NULL(Y, z, .references = AQ_REF(Z, id)),
};
static const aq_relationship_t y_relationships[] = {
    AQ_ONE(Y, z_row, Z, .back_populates = "ys"),
    AQ_MANY(Y, renameds, Renamed, .back_populates = "y_row"),
};
AQ_MODEL(Y, y_columns, y_relationships);

/* ---- Z ------------------------------------------------------------------------------------------------- */

static const aq_column_t z_columns[] = {
    AQ_INT4(Z, id, .primary_key = true, .autoincrement = AQ_AUTOINCREMENT_OFF),
    AQ_INT4_NULL(Z, x, .references = AQ_REF(Renamed, id)),
};
static const aq_relationship_t z_relationships[] = {
    AQ_ONE(Z, x_renamed, Renamed, .back_populates = "zs"),
    AQ_MANY(Z, ys, Y, .back_populates = "z_row"),
};
AQ_MODEL(Z, z_columns, z_relationships);

/* ---- BigSerial ----------------------------------------------------------------------------------------- */

static const aq_column_t big_serial_columns[] = {
    AQ_INT8(BigSerial, id, .autoincrement = AQ_SERIAL, .sequence = {.increment = 2}),
    AQ_INT4(BigSerial, other, .primary_key = true, .autoincrement = AQ_AUTOINCREMENT_OFF),
};
AQ_MODEL(BigSerial, big_serial_columns, AQ_NONE);

/* ---- Here ---------------------------------------------------------------------------------------------- */

static const aq_column_t here_columns[] = {
    AQ_INT4(Here, id, .primary_key = true, .autoincrement = AQ_AUTOINCREMENT_OFF),
    AQ_UUID_NULL(Here, twin, .references = AQ_REF(OddOnesTwin, id)),
    AQ_INT4_NULL(Here, twin2, .references = AQ_REF(OtherTwin, id)),
    AQ_ENUM_NULL(Here, mood, &the_mood_enum),
};
static const aq_relationship_t here_relationships[] = {
    AQ_ONE(Here, twin_row, OddOnesTwin, .back_populates = "heres"),
    AQ_ONE(Here, twin2_twin, OtherTwin, .back_populates = "heres"),
};
AQ_MODEL(Here, here_columns, here_relationships, .schema = "Odd Ones");

/* ---- All of them --------------------------------------------------------------------------------------- */

/* Adds them to the db. What is wrong is told again by its seal; the last of it: aq_last_error(). */
static inline int oddities_add_models(aq_db_t *db)
{
    int wrong = 0;

    wrong |= aq_db_sequence(db, down);
    wrong |= aq_db_sequence(db, big_serial_other_seq);
    wrong |= aq_db_model(db, OtherTwin);
    wrong |= aq_db_table(db, twin2);
    wrong |= aq_db_model(db, Twin);
    wrong |= aq_db_model(db, OddOnesTwin);
    wrong |= aq_db_table(db, weird_table_name);
    wrong |= aq_db_table(db, types);
    wrong |= aq_db_table(db, every_type);
    wrong |= aq_db_table(db, defaults);
    wrong |= aq_db_model(db, Self);
    wrong |= aq_db_model(db, Renamed);
    wrong |= aq_db_model(db, Y);
    wrong |= aq_db_model(db, Z);
    wrong |= aq_db_model(db, BigSerial);
    wrong |= aq_db_model(db, Here);
    return wrong == 0 ? AQ_OK : aq_last_error()->code;
}

#endif
