/* Models of oddities-tables.sql, made by aquifer models; edit freely or make it again. */
#ifndef ODDITIES_TABLES_MODELS_H
#define ODDITIES_TABLES_MODELS_H

#include <aquifer.h>

/* ---- Types --------------------------------------------------------------------------------------------- */

typedef enum feeling { FEELING_SAD, FEELING_OK } feeling_t;
static const char *const feeling_labels[] = {[FEELING_SAD] = "sad", [FEELING_OK] = "ok"};
static const aq_enum_t feeling_enum = {
    .name = "Feeling",
    .schema = "blog",
    .labels = AQ_LIST(feeling_labels),
};

typedef enum hue { HUE_RED } hue_t;
static const char *const hue_labels[] = {[HUE_RED] = "red"};
static const aq_enum_t hue_enum = {.name = "hue", .schema = "blog", .labels = AQ_LIST(hue_labels)};

typedef enum hue_2 { HUE_2_BLUE } hue_2_t;
static const char *const hue_2_labels[] = {[HUE_2_BLUE] = "blue"};
static const aq_enum_t hue_2_enum = {.name = "hue", .schema = AQ_NO_SCHEMA, .labels = AQ_LIST(hue_2_labels)};

/* ---- Structs ------------------------------------------------------------------------------------------- */

typedef struct Elder {
    aq_object_t object;
    int32_t id;
    aq_int8_null_t n;
    const char *title;
    const char *later;
    int32_t s;
} Elder;

typedef struct Keyless {
    aq_object_t object;
    int32_t a;
    aq_int4_null_t b;
} Keyless;

typedef struct Pair {
    aq_object_t object;
    int32_t a;
    aq_date_null_t c;
} Pair;

typedef struct Measured {
    aq_object_t object;
    int32_t place;
    aq_date_t at;
    const char *value;
    const char *unit;
} Measured;

typedef struct Hue {
    aq_object_t object;
    int32_t id;
    aq_enum_null_t h;
    aq_enum_null_t b;
    aq_int4_null_t n;
    aq_int4_null_t m;
} Hue;

/* ---- Sequences ----------------------------------------------------------------------------------------- */

AQ_SEQUENCE(hue_number, .schema = "blog");

/* ---- Tables without a model ---------------------------------------------------------------------------- */

/* No model: it has no primary key. */
static const aq_column_t other_columns[] = {
    AQ_COLUMN(INT4, "kept", .nullable = true),
    AQ_COLUMN(INT4, "q", .nullable = true),
};
AQ_TABLE(other, other_columns);

/* No model: it has no primary key. */
static const aq_column_t younger_columns[] = {
    AQ_COLUMN(INT4, "id", .server_default = "nextval('parent_id_seq'::regclass)"),
    AQ_COLUMN(INT8, "n", .nullable = true, .server_default = "7"),
    AQ_COLUMN(TEXT, "title", .server_default = "'own'"),
    AQ_COLUMN(INT4, "kept", .nullable = true),
    AQ_COLUMN(INT4, "own", .nullable = true),
    AQ_COLUMN(VARCHAR, "later", .length = 20, .server_default = "'x'", .check = "later <> 'y'",
              .check_name = "parent_later_check"),
    AQ_COLUMN(INT4, "s", .server_default = "nextval('elder_s_seq'::regclass)"),
};
static const aq_constraint_t younger_constraints[] = {
    AQ_CHECK("title <> ''", .name = "new"),
    AQ_CHECK("n < 100", .name = "parent_n_check1"),
};
AQ_TABLE(younger, younger_columns, .constraints = AQ_LIST(younger_constraints));

/* No model: it has no primary key. */
static const aq_column_t grandchild_columns[] = {
    AQ_COLUMN(INT4, "id", .server_default = "nextval('parent_id_seq'::regclass)"),
    AQ_COLUMN(INT8, "n", .nullable = true, .server_default = "7"),
    AQ_COLUMN(TEXT, "title", .server_default = "'own'"),
    AQ_COLUMN(INT4, "kept", .nullable = true),
    AQ_COLUMN(INT4, "own", .nullable = true),
    AQ_COLUMN(INT4, "q", .nullable = true),
    AQ_COLUMN(INT4, "more", .nullable = true),
    AQ_COLUMN(VARCHAR, "later", .length = 20, .server_default = "'x'", .check = "later <> 'y'",
              .check_name = "parent_later_check"),
    AQ_COLUMN(INT4, "s", .server_default = "nextval('elder_s_seq'::regclass)"),
};
static const aq_constraint_t grandchild_constraints[] = {
    AQ_CHECK("title <> ''", .name = "new"),
    AQ_CHECK("n < 100", .name = "parent_n_check1"),
};
AQ_TABLE(grandchild, grandchild_columns, .constraints = AQ_LIST(grandchild_constraints));

/* No model: it has no primary key. */
static const aq_column_t loner_columns[] = {
    AQ_COLUMN(INT4, "id", .server_default = "nextval('parent_id_seq'::regclass)"),
    AQ_COLUMN(INT8, "n", .nullable = true, .server_default = "7"),
    AQ_COLUMN(TEXT, "title"),
    AQ_COLUMN(INT4, "gone", .nullable = true),
    AQ_COLUMN(INT4, "kept", .nullable = true),
    AQ_COLUMN(VARCHAR, "later", .length = 20, .server_default = "'x'", .check = "later <> 'y'",
              .check_name = "parent_later_check"),
    AQ_COLUMN(INT4, "s", .server_default = "nextval('elder_s_seq'::regclass)"),
};
static const aq_constraint_t loner_constraints[] = {
    AQ_CHECK("title <> ''", .name = "new"),
    AQ_CHECK("n < 100", .name = "parent_n_check1"),
};
AQ_TABLE(loner, loner_columns, .constraints = AQ_LIST(loner_constraints));

/* No model: it has no primary key. */
static const aq_column_t key_heir_columns[] = {
    AQ_COLUMN(INT4, "a"),
    AQ_COLUMN(INT4, "b", .nullable = true),
};
AQ_TABLE(key_heir, key_heir_columns);

/* No model: it has no primary key. */
static const aq_column_t base_columns[] = {
    AQ_COLUMN(INT4, "x", .nullable = true),
    AQ_COLUMN(DATE, "z", .nullable = true),
};
static const aq_constraint_t base_constraints[] = {
    AQ_CHECK("x > 0", .not_valid = true, .name = "unchecked"),
};
AQ_TABLE(base, base_columns, .constraints = AQ_LIST(base_constraints));

/* No model: it has no primary key. */
static const aq_column_t base_heir_columns[] = {
    AQ_COLUMN(INT4, "x", .nullable = true),
    AQ_COLUMN(DATE, "z", .nullable = true),
};
static const aq_constraint_t base_heir_constraints[] = {
    AQ_CHECK("x > 0", .not_valid = true, .name = "unchecked"),
};
AQ_TABLE(base_heir, base_heir_columns, .constraints = AQ_LIST(base_heir_constraints));

/* No model: it has no primary key. */
static const aq_column_t late_heir_columns[] = {
    AQ_COLUMN(INT4, "x", .nullable = true),
    AQ_COLUMN(DATE, "z", .nullable = true),
};
static const aq_constraint_t late_heir_constraints[] = {
    AQ_CHECK("x > 0", .name = "unchecked"),
};
AQ_TABLE(late_heir, late_heir_columns, .constraints = AQ_LIST(late_heir_constraints));

/* No model: it has no primary key. */
static const aq_column_t more_pairs_columns[] = {
    AQ_COLUMN(INT4, "a", .nullable = true),
    AQ_COLUMN(DATE, "c", .nullable = true),
};
AQ_TABLE(more_pairs, more_pairs_columns);

/* No model: it has no primary key. */
static const aq_column_t counted_columns[] = {
    AQ_COLUMN(INT4, "number", .autoincrement = AQ_SERIAL, .sequence = {.name = "my seq"}),
    AQ_COLUMN(INT4, "Id", .autoincrement = AQ_IDENTITY_ALWAYS, .sequence = {.name = "numbered_Id_seq"}),
    AQ_COLUMN(INT4, "n", .nullable = true, .server_default = "nextval('blog.\"my seq\"')"),
};
AQ_TABLE(counted, counted_columns, .schema = "blog");

/* No model: it has no primary key. */
static const aq_column_t draws_columns[] = {
    AQ_COLUMN(TEXT, "a", .nullable = true, .server_default = "'x' || nextval('blog.\"my seq\"')"),
};
AQ_TABLE(draws, draws_columns);

/* No model: it has no primary key. */
static const aq_column_t moods_columns[] = {
    AQ_COLUMN(UNKNOWN, "m", .enumeration = &feeling_enum, .nullable = true,
              .server_default = "blog.\"Feeling\" 'sad'", .check = "m <> 'ok'::blog.\"Feeling\""),
    AQ_COLUMN(TEXT, "t", .nullable = true, .server_default = "'sad'::blog.\"Feeling\""),
    AQ_COLUMN(TEXT, "u", .nullable = true, .server_default = "(CAST('ok' AS blog.\"Feeling\"))::text"),
};
static const aq_index_t moods_indexes[] = {
    {
        .name = "moods_expr_idx",
        .parts = AQ_PARTS({.expression = "m = 'ok'::blog.\"Feeling\""}),
        .where = "m > 'sad'::blog.\"Feeling\"",
    },
};
AQ_TABLE(moods, moods_columns, .indexes = AQ_LIST(moods_indexes));

/* No model: it has no primary key. */
static const aq_column_t losers_columns[] = {
    AQ_COLUMN(TEXT, "t", .nullable = true),
    AQ_COLUMN(INT4, "k", .nullable = true),
};
AQ_TABLE(losers, losers_columns);

/* No model: it has no primary key. */
static const aq_column_t drew_columns[] = {
    AQ_COLUMN(INT4, "a", .nullable = true),
    AQ_COLUMN(INT4, "id"),
    AQ_COLUMN(INT4, "i", .autoincrement = AQ_IDENTITY_ALWAYS),
};
AQ_TABLE(drew, drew_columns);

/* ---- Elder --------------------------------------------------------------------------------------------- */

static const aq_column_t elder_columns[] = {
    AQ_INT4(Elder, id, .sequence = {.name = "parent_id_seq"}),
    AQ_INT8_NULL(Elder, n, .server_default = "8"),
    AQ_TEXT(Elder, title),
    AQ_VARCHAR(Elder, later, 20, .server_default = "'x'", .check = "later <> 'y'",
               .check_name = "parent_later_check"),
    AQ_INT4(Elder, s, .autoincrement = AQ_SERIAL),
};
static const aq_constraint_t elder_constraints[] = {
    AQ_PRIMARY_KEY(.columns = AQ_COLUMNS("id"), .name = "parent_pkey"),
    AQ_CHECK("title <> ''", .name = "new"),
    AQ_UNIQUE(.columns = AQ_COLUMNS("later"), .name = "parent_later_key"),
    AQ_CHECK("n <> 5", .no_inherit = true, .name = "no"),
};
AQ_MODEL(Elder, elder_columns, AQ_NONE, .constraints = AQ_LIST(elder_constraints));

/* ---- Keyless ------------------------------------------------------------------------------------------- */

static const aq_column_t keyless_columns[] = {
    AQ_INT4(Keyless, a, .primary_key = true, .autoincrement = AQ_AUTOINCREMENT_OFF),
    AQ_INT4_NULL(Keyless, b),
};
AQ_MODEL(Keyless, keyless_columns, AQ_NONE);

/* ---- Pair ---------------------------------------------------------------------------------------------- */

static const aq_column_t pair_columns[] = {
    AQ_INT4(Pair, a, .primary_key = true, .autoincrement = AQ_AUTOINCREMENT_OFF),
    AQ_DATE_NULL(Pair, c),
};
AQ_MODEL(Pair, pair_columns, AQ_NONE, .table = "pairs");

/* ---- Measured ------------------------------------------------------------------------------------------ */

static const aq_column_t measured_columns[] = {
    AQ_INT4(Measured, place, .primary_key = true),
    AQ_DATE(Measured, at, .primary_key = true),
    AQ_NUMERIC_NULL(Measured, value, .precision = 5, .scale = 2),
    AQ_TEXT_NULL(Measured, unit, .server_default = "'m'"),
};
static const aq_index_t measured_indexes[] = {
    {.name = "measured_value", .columns = AQ_COLUMNS("value")},
};
AQ_MODEL(Measured, measured_columns, AQ_NONE, .indexes = AQ_LIST(measured_indexes));

/* ---- Hue ----------------------------------------------------------------------------------------------- */

static const aq_column_t hue_columns[] = {
    AQ_INT4(Hue, id, .primary_key = true),
    AQ_ENUM_NULL(Hue, h, &hue_enum, .server_default = "'red'::blog.hue",
                 .check = "h = CAST('red' AS blog.hue)"),
    AQ_ENUM_NULL(Hue, b, &hue_2_enum, .server_default = "'blue'::public.hue"),
    AQ_INT4_NULL(Hue, n, .server_default = "nextval('blog.hue_number') + 1"),
    AQ_INT4_NULL(Hue, m, .server_default = "nextval('blog.hues_id_seq')"),
};
static const aq_index_t hue_indexes[] = {
    {.name = "hues_n_idx", .columns = AQ_COLUMNS("n"), .where = "h = 'red'::blog.hue"},
};
AQ_MODEL(Hue, hue_columns, AQ_NONE, .table = "hues", .schema = "blog", .indexes = AQ_LIST(hue_indexes));

/* ---- All of them --------------------------------------------------------------------------------------- */

/* Adds them to the db. What is wrong is told again by its seal; the last of it: aq_last_error(). */
static inline int oddities_tables_add_models(aq_db_t *db)
{
    int wrong = 0;

    wrong |= aq_db_sequence(db, hue_number);
    wrong |= aq_db_model(db, Elder);
    wrong |= aq_db_table(db, other);
    wrong |= aq_db_table(db, younger);
    wrong |= aq_db_table(db, grandchild);
    wrong |= aq_db_table(db, loner);
    wrong |= aq_db_model(db, Keyless);
    wrong |= aq_db_table(db, key_heir);
    wrong |= aq_db_table(db, base);
    wrong |= aq_db_table(db, base_heir);
    wrong |= aq_db_table(db, late_heir);
    wrong |= aq_db_model(db, Pair);
    wrong |= aq_db_table(db, more_pairs);
    wrong |= aq_db_model(db, Measured);
    wrong |= aq_db_table(db, counted);
    wrong |= aq_db_table(db, draws);
    wrong |= aq_db_table(db, moods);
    wrong |= aq_db_table(db, losers);
    wrong |= aq_db_table(db, drew);
    wrong |= aq_db_model(db, Hue);
    return wrong == 0 ? AQ_OK : aq_last_error()->code;
}

#endif
