/* Models of oddities-keys.sql, made by aquifer models; edit freely or make it again.
 *
 * What models cannot say, and so is not as it was:
 *   - t2 (d, c): two foreign keys on the same columns refer to t1, and a relationship could not say which it follows: there is none */
#ifndef ODDITIES_KEYS_MODELS_H
#define ODDITIES_KEYS_MODELS_H

#include <aquifer.h>

/* ---- Structs ------------------------------------------------------------------------------------------- */

typedef struct T2 T2;
typedef struct ATableWithANameThatIsReallyMuchLongerThanAnyb ATableWithANameThatIsReallyMuchLongerThanAnyb;
typedef struct RightOne RightOne;
typedef struct Middle Middle;

typedef struct T1 {
    aq_object_t object;
    int32_t a;
    int32_t b;
    aq_int4_null_t c;
    const char *d;
    const char *e;
    aq_int4_null_t f;
    aq_many_t t2s;
    aq_many_t c_t2s;
} T1;

struct T2 {
    aq_object_t object;
    int32_t id;
    aq_int4_null_t a;
    aq_int4_null_t b;
    aq_int4_null_t c;
    aq_int4_null_t d;
    aq_int4_null_t up;
    T1 *t1;
    T1 *c_t1;
    T2 *up_t2;
    aq_many_t up_t2s;
};

typedef struct Check {
    aq_object_t object;
    int32_t a;
    int32_t b;
    const char *c;
    aq_date_null_t d;
    aq_int4_array_t e;
    const char *f;
    const char *g;
    const char *h;
    aq_timestamp_null_t i;
    const char *j;
    aq_bool_null_t k;
    aq_int4_null_t l;
    const char *m;
    const char *n;
    const char *o;
    aq_inet_null_t p;
    const char *q;
} Check;

struct ATableWithANameThatIsReallyMuchLongerThanAnyb {
    aq_object_t object;
    int32_t a_column_with_a_name_that_is_really_much_long;
    int32_t another_column_with_a_name_that_is_really_muc;
    aq_int4_null_t groesse_die_auch_noch_sehr_lang_ist_und_deren;
    ATableWithANameThatIsReallyMuchLongerThanAnyb *groesse_die_auch_noch_sehr_lang_ist_und_deren_2;
    aq_many_t a_table_with_a_name_that_is_really_much_longe;
};

typedef struct LeftOne {
    aq_object_t object;
    int32_t id;
    aq_int4_null_t other;
    RightOne *other_right_one;
    Middle *other_middle;
    aq_many_t other_right_ones;
    aq_many_t again_right_ones;
    aq_many_t middles;
} LeftOne;

struct RightOne {
    aq_object_t object;
    int32_t id;
    aq_int4_null_t other;
    aq_int4_null_t again;
    LeftOne *other_left_one;
    LeftOne *again_left_one;
    aq_many_t left_ones;
    Middle *middle;
};

struct Middle {
    aq_object_t object;
    int32_t id;
    aq_int4_null_t l;
    RightOne *right_one;
    LeftOne *l_left_one;
    aq_many_t left_ones;
};

/* ---- T1 ------------------------------------------------------------------------------------------------ */

static const aq_column_t t1_columns[] = {
    AQ_INT4(T1, a),
    AQ_INT4(T1, b),
    AQ_INT4_NULL(T1, c),
    AQ_TEXT_NULL(T1, d),
    AQ_TEXT_NULL(T1, e, .sql_type = "int4range"),
    AQ_INT4_NULL(T1, f, .unique = true),
};
static const aq_relationship_t t1_relationships[] = {
    AQ_MANY(T1, t2s, T2, .back_populates = "t1", .foreign_keys = AQ_COLUMNS("a", "b")),
    AQ_MANY(T1, c_t2s, T2, .back_populates = "c_t1", .foreign_keys = AQ_COLUMNS("c"),
            .cascade = AQ_CASCADE_ALL, .passive_deletes = true),
};
static const aq_constraint_t t1_constraints[] = {
    AQ_PRIMARY_KEY(.columns = AQ_COLUMNS("b", "a"), .include = AQ_COLUMNS("c"), .name = "t1_pkey",
                   .comment = "the key"),
    AQ_UNIQUE(.columns = AQ_COLUMNS("c", "d"), .include = AQ_COLUMNS("a", "f"), .nulls_not_distinct = true,
              .name = "t1's key", .comment = "it's unique"),
    AQ_UNIQUE(.columns = AQ_COLUMNS("d"), .deferrable = AQ_INITIALLY_IMMEDIATE),
    AQ_UNIQUE(.columns = AQ_COLUMNS("f", "a"), .deferrable = AQ_INITIALLY_DEFERRED),
    AQ_EXCLUDE(.parts = AQ_PARTS({.column = "e", .with = "&&"}), .deferrable = AQ_INITIALLY_DEFERRED,
               .where = "a > 0", .name = "no_overlap", .comment = "periods"),
    AQ_EXCLUDE(.parts = AQ_PARTS({.column = "e", .opclass = "range_ops", .with = "-|-"},
                                 {.expression = "e * '[1,10)'::int4range", .with = "&&"})),
    AQ_EXCLUDE(.parts = AQ_PARTS({.expression = "lower(d)", .opclass = "text_pattern_ops", .with = "="}),
               .include = AQ_COLUMNS("a"), .method = "btree", .name = "lowered"),
    AQ_EXCLUDE(.parts = AQ_PARTS({.column = "d", .with = "="}), .method = "hash", .name = "hashed"),
    AQ_EXCLUDE(.parts = AQ_PARTS({.column = "a", .with = "=", .descending = true, .nulls = AQ_NULLS_LAST},
                                 {.expression = "b + 1", .with = "=", .nulls = AQ_NULLS_FIRST}),
               .method = "btree", .name = "sorted"),
};
AQ_MODEL(T1, t1_columns, t1_relationships, .constraints = AQ_LIST(t1_constraints));

/* ---- T2 ------------------------------------------------------------------------------------------------ */

static const aq_column_t t2_columns[] = {
    AQ_INT4(T2, id),
    AQ_INT4_NULL(T2, a),
    AQ_INT4_NULL(T2, b),
    AQ_INT4_NULL(T2, c, .references = AQ_REF(T1, f), .on_delete = AQ_CASCADE,
                 .deferrable = AQ_INITIALLY_DEFERRED),
    AQ_INT4_NULL(T2, d),
    AQ_INT4_NULL(T2, up),
};
static const aq_relationship_t t2_relationships[] = {
    AQ_ONE(T2, t1, T1, .back_populates = "t2s", .foreign_keys = AQ_COLUMNS("a", "b")),
    AQ_ONE(T2, c_t1, T1, .back_populates = "c_t2s", .foreign_keys = AQ_COLUMNS("c")),
    AQ_ONE(T2, up_t2, T2, .back_populates = "up_t2s", .foreign_keys = AQ_COLUMNS("up"),
           .remote_side = AQ_COLUMNS("id")),
    AQ_MANY(T2, up_t2s, T2, .back_populates = "up_t2", .foreign_keys = AQ_COLUMNS("up")),
};
static const aq_constraint_t t2_constraints[] = {
    AQ_PRIMARY_KEY(.columns = AQ_COLUMNS("id"), .name = "the key"),
    AQ_FOREIGN_KEY(.columns = AQ_COLUMNS("up"), .model = AQ_STRUCT(T2), .on_delete = AQ_SET_NULL,
                   .on_update = AQ_CASCADE, .deferrable = AQ_INITIALLY_DEFERRED, .name = "ref"),
    AQ_FOREIGN_KEY(.columns = AQ_COLUMNS("a", "b"), .model = AQ_STRUCT(T1), .referred = AQ_COLUMNS("a", "b"),
                   .on_delete = AQ_RESTRICT, .match_full = true, .name = "pair"),
    AQ_FOREIGN_KEY(.columns = AQ_COLUMNS("c", "d"), .model = AQ_STRUCT(T1), .on_delete = AQ_SET_NULL,
                   .on_delete_columns = AQ_COLUMNS("d")),
    AQ_FOREIGN_KEY(.columns = AQ_COLUMNS("d", "c"), .model = AQ_STRUCT(T1), .on_delete = AQ_SET_DEFAULT,
                   .on_update = AQ_SET_DEFAULT, .deferrable = AQ_INITIALLY_IMMEDIATE,
                   .on_delete_columns = AQ_COLUMNS("c", "d")),
    AQ_FOREIGN_KEY(.columns = AQ_COLUMNS("id"), .model = AQ_STRUCT(T2), .not_valid = true, .name = "later"),
};
AQ_MODEL(T2, t2_columns, t2_relationships, .constraints = AQ_LIST(t2_constraints));

/* ---- Check --------------------------------------------------------------------------------------------- */

static const aq_column_t check_columns[] = {
    AQ_INT4(Check, a, .primary_key = true, .autoincrement = AQ_AUTOINCREMENT_OFF, .check = "a > 0"),
    AQ_INT4(Check, b),
    AQ_TEXT_NULL(Check, c, .check = "c IN ('a', 'b', 'c')"),
    AQ_DATE_NULL(Check, d, .check = "d BETWEEN '2000-01-01' AND CURRENT_DATE"),
    AQ_INT4_ARRAY_NULL(Check, e, .check = "array_length(e, 1) <= 3 AND 0 <> ALL (e) AND 5 = ANY (e)"),
    AQ_JSONB_NULL(Check, f, .check = "f ? 'key' AND f ->> 'a' = 'b' AND (f -> 'n')::int > 0"),
    AQ_TEXT_NULL(Check, g, .check = "CASE WHEN g = 'x' THEN true WHEN g = 'y' THEN a > 5 ELSE false END"),
    AQ_TEXT_NULL(Check, h,
                 .check = "char_length(h) < 10 AND substring(h from 1 for 2) = 'ab' AND position('b' in h) > "
                          "0 AND trim(both ' ' from h) = h"),
    AQ_TIMESTAMPTZ_NULL(Check, i,
                        .check = "extract(year from i) > 2000 AND i AT TIME ZONE 'UTC' > '2000-01-01' AND "
                                 "date_trunc('day', i) = i"),
    AQ_NUMERIC_NULL(Check, j, .precision = 10, .scale = 2,
                    .check = "j >= 0.00 AND j <= 1e6 AND -j < 5 AND j::int = 3"),
    AQ_BOOL_NULL(Check, k, .check = "k"),
    AQ_INT4_NULL(Check, l, .check = "(a, b) < (b, l) AND ROW(a, b) IS NOT NULL", .check_name = "checks_l"),
    AQ_TEXT_NULL(Check, m, .sql_type = "xml", .check = "m IS DOCUMENT"),
    AQ_TEXT_NULL(Check, n, .check = "n COLLATE \"C\" < 'x'"),
    AQ_TEXT_NULL(Check, o, .sql_type = "bit(3)", .check = "o & B'101' = B'001'"),
    AQ_INET_NULL(Check, p, .check = "p << '10.0.0.0/8'"),
    AQ_TEXT_NULL(Check, q, .check = "q = E'a\\tb\\\\c''d' OR q = $$dollar$$"),
};
static const aq_constraint_t check_constraints[] = {
    AQ_CHECK("a < 100"),
    AQ_CHECK("a % 2 = 1", .name = "odd"),
    AQ_CHECK("b > a", .no_inherit = true, .name = "b_check1"),
    AQ_CHECK("c LIKE 'a%' OR c ~ '^b' AND NOT c ILIKE '%c%'"),
    AQ_CHECK("d IS NOT NULL AND d IS DISTINCT FROM DATE '2001-01-01'"),
    AQ_CHECK("e[1] > 0"),
    AQ_CHECK("coalesce(g, c, '') <> ''", .name = "checks_g"),
    AQ_CHECK("k IS NOT FALSE"),
    AQ_CHECK("NOT k OR a = 1", .name = "checks_k"),
    AQ_CHECK("l = GREATEST(a, b, 3) OR l = LEAST(a, NULLIF(b, 3))"),
    AQ_CHECK("n SIMILAR TO '[ab]+'"),
    AQ_CHECK("n || 'x' <> U&'\\0441\\043B'"),
    AQ_CHECK("true"),
    AQ_CHECK("a > 0 AND b > 0 OR c IS NULL"),
    AQ_CHECK("a <> b", .name = "with \" quote"),
    AQ_CHECK("b < 1000", .not_valid = true, .name = "later"),
    AQ_UNIQUE(.columns = AQ_COLUMNS("b"), .name = "b_unique"),
};
AQ_MODEL(Check, check_columns, AQ_NONE, .table = "checks", .constraints = AQ_LIST(check_constraints));

/* ---- ATableWithANameThatIsReallyMuchLongerThanAnyb ----------------------------------------------------- */

static const aq_column_t a_table_with_a_name_that_is_really_much_longe_columns[] = {
    AQ_INT4(ATableWithANameThatIsReallyMuchLongerThanAnyb, a_column_with_a_name_that_is_really_much_long,
            .name = "a_column_with_a_name_that_is_really_much_longer_than_anybody_ne", .primary_key = true,
            .autoincrement = AQ_AUTOINCREMENT_OFF),
    AQ_INT4(ATableWithANameThatIsReallyMuchLongerThanAnyb, another_column_with_a_name_that_is_really_muc,
            .name = "another_column_with_a_name_that_is_really_much_longer_than_anyb",
            .autoincrement = AQ_SERIAL, .unique = true,
            .check = "another_column_with_a_name_that_is_really_much_longer_than_anybody_needs > 0"),
    AQ_INT4_NULL(ATableWithANameThatIsReallyMuchLongerThanAnyb, groesse_die_auch_noch_sehr_lang_ist_und_deren,
                 .name = "größe_die_auch_noch_sehr_lang_ist_und_deren_name_mit_ä_ö_ü",
                 .references = AQ_REF(ATableWithANameThatIsReallyMuchLongerThanAnyb,
                                      a_column_with_a_name_that_is_really_much_long)),
};
static const aq_relationship_t a_table_with_a_name_that_is_really_much_longe_relationships[] = {
    AQ_ONE(ATableWithANameThatIsReallyMuchLongerThanAnyb, groesse_die_auch_noch_sehr_lang_ist_und_deren_2,
           ATableWithANameThatIsReallyMuchLongerThanAnyb,
           .back_populates = "a_table_with_a_name_that_is_really_much_longe",
           .remote_side = AQ_COLUMNS("a_column_with_a_name_that_is_really_much_long")),
    AQ_MANY(ATableWithANameThatIsReallyMuchLongerThanAnyb, a_table_with_a_name_that_is_really_much_longe,
            ATableWithANameThatIsReallyMuchLongerThanAnyb,
            .back_populates = "groesse_die_auch_noch_sehr_lang_ist_und_deren_2"),
};
static const aq_index_t a_table_with_a_name_that_is_really_much_longe_indexes[] = {
    {
        .name = "a_table_with_a_name_that_is_r_größe_die_auch_noch_sehr_la_idx",
        .parts = AQ_PARTS({.column = "groesse_die_auch_noch_sehr_lang_ist_und_deren"},
                          {.expression = "lower('x')"}),
    },
};
AQ_MODEL(ATableWithANameThatIsReallyMuchLongerThanAnyb, a_table_with_a_name_that_is_really_much_longe_columns,
         a_table_with_a_name_that_is_really_much_longe_relationships,
         .table = "a_table_with_a_name_that_is_really_much_longer_than_anybody_nee",
         .indexes = AQ_LIST(a_table_with_a_name_that_is_really_much_longe_indexes));

/* ---- LeftOne ------------------------------------------------------------------------------------------- */

static const aq_column_t left_one_columns[] = {
    AQ_INT4(LeftOne, id, .primary_key = true, .autoincrement = AQ_AUTOINCREMENT_OFF),
    AQ_INT4_NULL(LeftOne, other, .references = AQ_REF(RightOne, id)),
};
static const aq_relationship_t left_one_relationships[] = {
    AQ_ONE(LeftOne, other_right_one, RightOne, .back_populates = "left_ones"),
    AQ_ONE(LeftOne, other_middle, Middle, .back_populates = "left_ones"),
    AQ_MANY(LeftOne, other_right_ones, RightOne, .back_populates = "other_left_one",
            .foreign_keys = AQ_COLUMNS("other")),
    AQ_MANY(LeftOne, again_right_ones, RightOne, .back_populates = "again_left_one",
            .foreign_keys = AQ_COLUMNS("again")),
    AQ_MANY(LeftOne, middles, Middle, .back_populates = "l_left_one"),
};
static const aq_constraint_t left_one_constraints[] = {
    AQ_FOREIGN_KEY(.columns = AQ_COLUMNS("other"), .model = AQ_STRUCT(Middle), .name = "second"),
};
AQ_MODEL(LeftOne, left_one_columns, left_one_relationships, .constraints = AQ_LIST(left_one_constraints));

/* ---- RightOne ------------------------------------------------------------------------------------------ */

static const aq_column_t right_one_columns[] = {
    AQ_INT4(RightOne, id, .primary_key = true, .autoincrement = AQ_AUTOINCREMENT_OFF),
    AQ_INT4_NULL(RightOne, other, .references = AQ_REF(LeftOne, id)),
    AQ_INT4_NULL(RightOne, again, .references = AQ_REF(LeftOne, id)),
};
static const aq_relationship_t right_one_relationships[] = {
    AQ_ONE(RightOne, other_left_one, LeftOne, .back_populates = "other_right_ones",
           .foreign_keys = AQ_COLUMNS("other")),
    AQ_ONE(RightOne, again_left_one, LeftOne, .back_populates = "again_right_ones",
           .foreign_keys = AQ_COLUMNS("again")),
    AQ_MANY(RightOne, left_ones, LeftOne, .back_populates = "other_right_one"),
    AQ_ONE(RightOne, middle, Middle, .back_populates = "right_one"),
};
AQ_MODEL(RightOne, right_one_columns, right_one_relationships);

/* ---- Middle -------------------------------------------------------------------------------------------- */

static const aq_column_t middle_columns[] = {
    AQ_INT4(Middle, id, .primary_key = true, .references = AQ_REF(RightOne, id)),
    AQ_INT4_NULL(Middle, l, .references = AQ_REF(LeftOne, id)),
};
static const aq_relationship_t middle_relationships[] = {
    AQ_ONE(Middle, right_one, RightOne, .back_populates = "middle"),
    AQ_ONE(Middle, l_left_one, LeftOne, .back_populates = "middles"),
    AQ_MANY(Middle, left_ones, LeftOne, .back_populates = "other_middle"),
};
AQ_MODEL(Middle, middle_columns, middle_relationships);

/* ---- All of them --------------------------------------------------------------------------------------- */

/* Adds them to the db. What is wrong is told again by its seal; the last of it: aq_last_error(). */
static inline int oddities_keys_add_models(aq_db_t *db)
{
    int wrong = 0;

    wrong |= aq_db_model(db, T1);
    wrong |= aq_db_model(db, T2);
    wrong |= aq_db_model(db, Check);
    wrong |= aq_db_model(db, ATableWithANameThatIsReallyMuchLongerThanAnyb);
    wrong |= aq_db_model(db, LeftOne);
    wrong |= aq_db_model(db, RightOne);
    wrong |= aq_db_model(db, Middle);
    return wrong == 0 ? AQ_OK : aq_last_error()->code;
}

#endif
