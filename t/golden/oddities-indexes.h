/* Models of oddities-indexes.sql, made by aquifer models; edit freely or make it again. */
#ifndef ODDITIES_INDEXES_MODELS_H
#define ODDITIES_INDEXES_MODELS_H

#include <aquifer.h>

/* ---- Tables without a model ---------------------------------------------------------------------------- */

/* No model: it has no primary key. */
static const aq_column_t t_columns[] = {
    AQ_COLUMN(INT4, "a", .nullable = true),
    AQ_COLUMN(TEXT, "b", .nullable = true),
    AQ_COLUMN(TEXT_ARRAY, "c", .nullable = true),
    AQ_COLUMN(UNKNOWN, "d", .nullable = true, .sql_type = "tsvector"),
    AQ_COLUMN(UNKNOWN, "e", .nullable = true, .sql_type = "point"),
    AQ_COLUMN(UNKNOWN, "f", .nullable = true, .sql_type = "int4range"),
    AQ_COLUMN(INET, "g", .nullable = true),
    AQ_COLUMN(JSONB, "h", .nullable = true),
    AQ_COLUMN(TIMESTAMPTZ, "i", .nullable = true),
    AQ_COLUMN(DATE, "j", .nullable = true),
    AQ_COLUMN(UNKNOWN, "k", .nullable = true, .sql_type = "box"),
    AQ_COLUMN(UNKNOWN, "l", .nullable = true, .sql_type = "circle"),
    AQ_COLUMN(UNKNOWN, "m", .nullable = true, .sql_type = "polygon"),
    AQ_COLUMN(UUID, "n", .nullable = true),
    AQ_COLUMN(VARCHAR, "o", .nullable = true, .length = 10),
    AQ_COLUMN(UNKNOWN, "p", .nullable = true, .sql_type = "\"char\""),
    AQ_COLUMN(INT4, "c01", .nullable = true),
    AQ_COLUMN(INT4, "c02", .nullable = true),
    AQ_COLUMN(INT4, "c03", .nullable = true),
    AQ_COLUMN(INT4, "c04", .nullable = true),
    AQ_COLUMN(INT4, "c05", .nullable = true),
    AQ_COLUMN(INT4, "c06", .nullable = true),
    AQ_COLUMN(INT4, "c07", .nullable = true),
    AQ_COLUMN(INT4, "c08", .nullable = true),
    AQ_COLUMN(INT4, "c09", .nullable = true),
    AQ_COLUMN(INT4, "c10", .nullable = true),
    AQ_COLUMN(INT4, "c11", .nullable = true),
    AQ_COLUMN(INT4, "c12", .nullable = true),
    AQ_COLUMN(INT4, "c13", .nullable = true),
    AQ_COLUMN(INT4, "c14", .nullable = true),
    AQ_COLUMN(INT4, "c15", .nullable = true),
    AQ_COLUMN(INT4, "c16", .nullable = true),
    AQ_COLUMN(INT4, "c17", .nullable = true),
    AQ_COLUMN(INT4, "c18", .nullable = true),
    AQ_COLUMN(INT4, "c19", .nullable = true),
    AQ_COLUMN(INT4, "c20", .nullable = true),
    AQ_COLUMN(INT4, "c21", .nullable = true),
    AQ_COLUMN(INT4, "c22", .nullable = true),
    AQ_COLUMN(INT4, "c23", .nullable = true),
    AQ_COLUMN(INT4, "c24", .nullable = true),
    AQ_COLUMN(INT4, "c25", .nullable = true),
    AQ_COLUMN(INT4, "c26", .nullable = true),
    AQ_COLUMN(INT4, "c27", .nullable = true),
    AQ_COLUMN(INT4, "c28", .nullable = true),
    AQ_COLUMN(INT4, "c29", .nullable = true),
    AQ_COLUMN(INT4, "c30", .nullable = true),
    AQ_COLUMN(INT4, "c31", .nullable = true),
    AQ_COLUMN(INT4, "c32", .nullable = true),
};
static const aq_index_t t_indexes[] = {
    {
        .name = "thirty_two",
        .columns = AQ_COLUMNS("c01", "c02", "c03", "c04", "c05", "c06", "c07", "c08", "c09", "c10", "c11",
                              "c12", "c13", "c14", "c15", "c16", "c17", "c18", "c19", "c20", "c21", "c22",
                              "c23", "c24", "c25", "c26", "c27", "c28", "c29", "c30", "c31", "c32"),
    },
    {.name = "t_a_idx", .columns = AQ_COLUMNS("a"), .comment = "the first one"},
    {.name = "second One", .columns = AQ_COLUMNS("a")},
    {.name = "t_a_b_idx", .columns = AQ_COLUMNS("a", "b")},
    {
        .name = "t_a_b_j_i_idx",
        .parts = AQ_PARTS({.column = "a"}, {.column = "b", .descending = true},
                          {.column = "j", .nulls = AQ_NULLS_FIRST},
                          {.column = "i", .descending = true, .nulls = AQ_NULLS_LAST}),
    },
    {.name = "t_a_b_idx1", .columns = AQ_COLUMNS("a", "b"), .unique = true, .nulls_not_distinct = true},
    {
        .name = "covering",
        .columns = AQ_COLUMNS("a"),
        .include = AQ_COLUMNS("b", "c", "j"),
        .unique = true,
        .where = "a > 0 AND b IS NOT NULL",
        .storage = "fillfactor = 90, deduplicate_items = off",
    },
    {
        .name = "t_b_o_idx",
        .parts = AQ_PARTS({.column = "b", .opclass = "text_pattern_ops"},
                          {.column = "o", .opclass = "varchar_pattern_ops"}),
    },
    {
        .name = "t_b_b1_idx",
        .parts = AQ_PARTS({.column = "b", .collation = "C"},
                          {.column = "b", .opclass = "text_pattern_ops", .descending = true}),
    },
    {
        .name = "t_lower_expr_expr1_a_expr2_expr3_timezone_upper_idx",
        .parts = AQ_PARTS({.expression = "lower(b)"}, {.expression = "a + 1"}, {.expression = "b || o"},
                          {.expression = "a::text"}, {.expression = "(h ->> 'k')"},
                          {.expression = "a IS NULL"}, {.expression = "i AT TIME ZONE 'UTC'"},
                          {.expression = "upper(b)",
                           .collation = "C",
                           .opclass = "text_pattern_ops",
                           .descending = true,
                           .nulls = AQ_NULLS_LAST}),
    },
    {
        .name = "t_coalesce_case_nullif_greatest_substring_b_c_idx",
        .parts = AQ_PARTS({.expression = "coalesce(a, 0)"}, {.expression = "CASE WHEN a > 0 THEN b END"},
                          {.expression = "nullif(a, 1)"}, {.expression = "greatest(a, c01)"},
                          {.expression = "\"substring\"(b, 1, 2)"}, {.column = "b"}, {.expression = "c[1]"}),
    },
    {.name = "t_b_idx", .columns = AQ_COLUMNS("b"), .method = "hash"},
    {
        .name = "t_b_idx1",
        .parts = AQ_PARTS({.column = "b", .opclass = "text_pattern_ops"}),
        .method = "hash",
        .storage = "fillfactor = 60",
    },
    {
        .name = "t_c_d_idx",
        .columns = AQ_COLUMNS("c", "d"),
        .method = "gin",
        .storage = "fastupdate = off, gin_pending_list_limit = 128",
    },
    {.name = "t_h_idx", .parts = AQ_PARTS({.column = "h", .opclass = "jsonb_path_ops"}), .method = "gin"},
    {
        .name = "t_to_tsvector_idx",
        .parts = AQ_PARTS({.expression = "to_tsvector('english', b)"}),
        .method = "gin",
    },
    {
        .name = "t_to_tsvector_idx1",
        .parts = AQ_PARTS({.expression = "to_tsvector('pg_catalog.simple'::regconfig, coalesce(b, '') || ' ' "
                                         "|| coalesce(o, ''))"}),
        .method = "gin",
    },
    {
        .name = "t_d_e_f_a_idx",
        .parts = AQ_PARTS({.column = "d", .opclass = "tsvector_ops (siglen = 64)"}, {.column = "e"},
                          {.column = "f", .opclass = "range_ops"}),
        .include = AQ_COLUMNS("a"),
        .method = "gist",
        .storage = "buffering = on, fillfactor = 80",
    },
    {
        .name = "t_g_k_l_m_idx",
        .parts = AQ_PARTS({.column = "g", .opclass = "inet_ops"}, {.column = "k"}, {.column = "l"},
                          {.column = "m"}),
        .method = "gist",
    },
    {.name = "t_e_idx", .parts = AQ_PARTS({.column = "e", .opclass = "kd_point_ops"}), .method = "spgist"},
    {
        .name = "t_e_a_idx",
        .parts = AQ_PARTS({.column = "e", .opclass = "quad_point_ops"}),
        .include = AQ_COLUMNS("a"),
        .method = "spgist",
    },
    {.name = "t_b_idx2", .columns = AQ_COLUMNS("b"), .method = "spgist", .storage = "fillfactor = 75"},
    {
        .name = "t_i_a_idx",
        .columns = AQ_COLUMNS("i", "a"),
        .method = "brin",
        .storage = "pages_per_range = 16, autosummarize = on",
    },
    {
        .name = "t_a_n_f_idx",
        .parts = AQ_PARTS({.column = "a", .opclass = "int4_minmax_multi_ops (values_per_range = 16)"},
                          {.column = "n",
                           .opclass = "uuid_bloom_ops (n_distinct_per_range = 100, false_positive_rate = "
                                      "0.05)"},
                          {.column = "f", .opclass = "range_inclusion_ops"}),
        .method = "brin",
    },
    {
        .name = "part",
        .columns = AQ_COLUMNS("b"),
        .where = "j = '2024-01-01' OR b LIKE 'a%' OR a IN (1, 2, 3) OR p = 'x'",
        .comment = "some of it",
    },
    {.name = "an \"index\"", .parts = AQ_PARTS({.column = "a", .descending = true})},
};
AQ_TABLE(t, t_columns, .indexes = AQ_LIST(t_indexes));

/* ---- All of them --------------------------------------------------------------------------------------- */

/* Adds them to the db. What is wrong is told again by its seal; the last of it: aq_last_error(). */
static inline int oddities_indexes_add_models(aq_db_t *db)
{
    int wrong = 0;

    wrong |= aq_db_table(db, t);
    return wrong == 0 ? AQ_OK : aq_last_error()->code;
}

#endif
