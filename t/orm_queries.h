/* Queries of every kind, by name: t/orm_query.c compares their texts with a golden file, t/orm_query_server.c has a server parse each. */
#ifndef AQUIFER_T_ORM_QUERIES_H
#define AQUIFER_T_ORM_QUERIES_H

#include "t/orm_models.h"

typedef struct query_case {
    const char *name;
    int (*compile)(aq_session_t *session, aq_arena_t *arena, aq__compiled_t *compiled);
} query_case_t;

#define CASE(name_, form_, query_)                                                       \
    static int name_(aq_session_t *session, aq_arena_t *arena, aq__compiled_t *compiled) \
    {                                                                                    \
        return aq__query_compile((query_), AQ__FORM_##form_, arena, compiled);           \
    }
#define Q(struct_) aq_query(session, struct_)

/* ---- Conditions ---------------------------------------------------------------------------------------------------------------------- */

CASE(plain, OBJECTS, Q(Label))
CASE(equal, OBJECTS, aq_filter(Q(Label), aq_eq(Label, name, "x")))
CASE(equal_by_name, OBJECTS, aq_filter_by(Q(Label), "name", aq_text("x")))
CASE(equal_null, OBJECTS, aq_filter(Q(Label), aq_eq(Label, name, (const char *)NULL)))
CASE(unequal_null, OBJECTS, aq_filter(Q(Label), aq_ne(Label, name, (const char *)NULL)))
CASE(equal_null_by_name, OBJECTS, aq_filter_by(Q(Label), "name", aq_null()))
CASE(several, OBJECTS,
     aq_filter(aq_filter(Q(Label), aq_ge(Label, id, 3)),
               aq_or(aq_lt(Label, id, 9), aq_and(aq_gt(Label, id, 10), aq_le(Label, id, 20)),
                     aq_not(aq_ne(Label, name, "y")))))
CASE(patterns, OBJECTS,
     aq_filter(Q(Label), aq_and(aq_like(Label, name, "P%"), aq_ilike(Label, name, "_x"),
                                aq_starts_with(Label, name, "50%"), aq_ends_with(Label, name, "a_b"),
                                aq_contains_text(Label, name, "c\\d"),
                                aq_compare(aq_column(Label, name), AQ_NOT_LIKE, aq_value("z%")))))
CASE(patterns_of_columns, OBJECTS,
     aq_filter(Q(User),
               aq_or(aq_compare(aq_column(User, username), AQ_STARTS_WITH, aq_column(User, username)),
                     aq_compare(aq_column(User, username), AQ_ENDS_WITH, aq_fragment0("'x' || 'y'")),
                     aq_compare(aq_column(User, username), AQ_CONTAINS, aq_fragment0("lower('X')")))))
static const int32_t some_ids[] = {1, 2, 3};
static const char *const some_names[] = {"a", "b"};
static const int64_t some_numbers[] = {1, INT64_C(1) << 40};
static const int some_moods[] = {MOOD_HAPPY, MOOD_SAD};
CASE(in_integers, OBJECTS, aq_filter(Q(Label), aq_in(Label, id, some_ids, 3)))
CASE(in_none, OBJECTS, aq_filter(Q(Label), aq_in(Label, id, some_ids, 0)))
CASE(not_in_texts, OBJECTS, aq_filter(Q(Label), aq_not_in(Label, name, some_names, 2)))
CASE(in_wide, OBJECTS, aq_filter(Q(Label), aq_in(Label, id, some_numbers, 2)))
CASE(in_narrow, OBJECTS, aq_filter(Q(User), aq_in(User, visits, some_ids, 2)))
CASE(in_dates, OBJECTS, aq_filter(Q(User), aq_in(User, born, some_ids, 2)))
CASE(in_enums, OBJECTS, aq_filter(Q(User), aq_in(User, mood, some_moods, 2)))
CASE(in_numerics, OBJECTS, aq_filter(Q(User), aq_in(User, balance, ((const char *const[]){"1.50", "-3"}), 2)))
CASE(types, OBJECTS,
     aq_filter(Q(User), aq_and(aq_eq(User, age, 18L), aq_eq(User, visits, 3), aq_eq(User, mood, MOOD_HAPPY),
                               aq_gt(User, born, 100), aq_eq(User, active, true), aq_lt(User, ratio, 1),
                               aq_eq(User, balance, "1.50"), aq_ge(User, seen, INT64_C(0)))))
CASE(between, OBJECTS, aq_filter(Q(User), aq_between(User, age, 18, 30)))
CASE(nulls, OBJECTS, aq_filter(Q(User), aq_or(aq_is_null(User, age), aq_is_not_null(User, seen))))
CASE(distinct_from, OBJECTS,
     aq_filter(Q(User),
               aq_and(aq_compare(aq_column(User, age), AQ_IS_DISTINCT_FROM, aq_value(aq_null())),
                      aq_compare(aq_column(User, age), AQ_IS_NOT_DISTINCT_FROM, aq_column(User, id)))))
CASE(value_first, OBJECTS, aq_filter(Q(User), aq_compare(aq_value(3), AQ_LT, aq_column(User, visits))))
CASE(nothing_and_all, OBJECTS,
     aq_filter(Q(Label), aq_not(aq_compare(aq_value(aq_bool(true)), AQ_EQ, aq_fragment0("1 = 1 or 2 = 1")))))
CASE(fragments, OBJECTS,
     aq_order_by(aq_filter(aq_filter(Q(User), aq_eq(User, id, 1)),
                           aq_fragment("lower({User.username}) = $2 or {User.age} + $1 > $1", 3, "ann")),
                 aq_ordered(aq_fragment0("length({User.username})"), true, AQ_NULLS_LAST)))

/* ---- Orders, limits, forms ----------------------------------------------------------------------------------------------------------- */

CASE(orders, OBJECTS,
     aq_order_by(aq_order_by(Q(Label), aq_desc(Label, name)),
                 aq_ordered(aq_column(Label, id), false, AQ_NULLS_FIRST)))
CASE(order_of_text, OBJECTS, aq_order_by_text(Q(Label), "name desc nulls last, id asc"))
CASE(limits, OBJECTS, aq_offset(aq_limit(aq_order_by(Q(Label), aq_asc(Label, id)), 20), 40))
CASE(offset_0, OBJECTS, aq_offset(aq_limit(Q(Label), 0), 0))
CASE(distinct_rows, OBJECTS, aq_distinct(Q(Label)))
CASE(grouped, COLUMNS,
     aq_columns(aq_having(aq_group_by(Q(Post), aq_column(Post, author_id)), aq_fragment("count(*) > $1", 1)),
                aq_column(Post, author_id), aq_label("n", aq_fragment0("count(*)")),
                aq_label("Last one", aq_fragment0("max({Post.created})"))))
CASE(columns, COLUMNS,
     aq_columns(aq_limit(aq_distinct(aq_order_by(Q(Post), aq_asc(Post, title))), 3), aq_column(Post, title)))
CASE(count, COUNT, aq_order_by(aq_filter(Q(Post), aq_eq(Post, title, "x")), aq_asc(Post, id)))
CASE(count_limited, COUNT, aq_limit(aq_order_by(Q(Post), aq_asc(Post, id)), 3))
CASE(count_distinct, COUNT, aq_distinct(Q(Label)))
CASE(count_grouped, COUNT, aq_group_by(Q(Post), aq_column(Post, author_id)))
CASE(count_columns, COUNT, aq_columns(aq_distinct(Q(Post)), aq_column(Post, title)))
CASE(count_without_loads, COUNT, aq_option(Q(User), aq_joined_load(User, posts)))
CASE(any, ANY, aq_filter(Q(Post), aq_eq(Post, title, "x")))
CASE(any_offset, ANY, aq_offset(aq_distinct(Q(Label)), 2))
CASE(locked, OBJECTS, aq_for_update(aq_filter(Q(Label), aq_eq(Label, id, 1)), AQ_FOR_UPDATE, AQ_LOCK_WAIT))
CASE(locked_nowait, OBJECTS, aq_for_update(Q(Label), AQ_FOR_NO_KEY_UPDATE, AQ_LOCK_NOWAIT))
CASE(locked_skip, OBJECTS, aq_for_update(aq_limit(Q(Label), 1), AQ_FOR_SHARE, AQ_LOCK_SKIP))
CASE(locked_joined, OBJECTS,
     aq_for_update(aq_option(Q(Post), aq_joined_load(Post, author)), AQ_FOR_KEY_SHARE, AQ_LOCK_WAIT))
CASE(locked_nested, OBJECTS,
     aq_for_update(aq_limit(aq_option(Q(User), aq_joined_load(User, posts)), 2), AQ_FOR_UPDATE, AQ_LOCK_SKIP))

/* ---- Joins ------------------------------------------------------------------------------------------------------------------------------ */

CASE(join_one, OBJECTS, aq_filter(aq_join(Q(Post), Post, author), aq_eq(User, username, "ann")))
CASE(join_many, OBJECTS, aq_order_by(aq_outer_join(Q(User), User, posts), aq_asc(Post, title)))
CASE(join_through, OBJECTS, aq_filter(aq_join(Q(Post), Post, labels), aq_eq(Label, name, "c")))
CASE(join_through_outer, OBJECTS, aq_filter(aq_outer_join(Q(Post), Post, labels), aq_is_null(Label, id)))
CASE(join_twice, OBJECTS, aq_join(aq_join(Q(Comment), Comment, post), Post, author))
CASE(join_same, OBJECTS, aq_join(aq_join(Q(Comment), Comment, post), Comment, post))
CASE(join_self, OBJECTS,
     aq_filter(aq_join_as(aq_join_as(Q(Node), Node, parent, NULL, "up"), Node, parent, "up", "up2"),
               aq_and(aq_compare(aq_column_as("up2", Node, name), AQ_EQ, aq_column(Node, name)),
                      aq_fragment0("{up.name} <> {Node.name}"))))
CASE(exists_related, OBJECTS,
     aq_filter(Q(User), aq_exists(aq_filter(aq_filter(Q(Post), aq_compare(aq_column(Post, author_id), AQ_EQ,
                                                                          aq_column(User, id))),
                                            aq_eq(Post, title, "x")))))
CASE(not_exists, OBJECTS,
     aq_filter(aq_filter(Q(User), aq_eq(User, id, 1)),
               aq_not(aq_exists(aq_filter(Q(User), aq_eq(User, id, 2))))))

/* ---- Objects that come along -------------------------------------------------------------------------------------------------------------- */

CASE(joined_many, OBJECTS, aq_order_by(aq_option(Q(User), aq_joined_load(User, posts)), aq_asc(User, id)))
CASE(joined_one, OBJECTS, aq_option(Q(Post), aq_joined_load(Post, author)))
CASE(joined_inner, OBJECTS, aq_option(Q(Post), aq_inner_load(Post, author)))
CASE(joined_through, OBJECTS, aq_option(Q(Post), aq_joined_load(Post, labels)))
CASE(joined_self, OBJECTS, aq_option(Q(Node), aq_joined_load(Node, children)))
CASE(joined_deep, OBJECTS,
     aq_option(aq_option(aq_option(Q(User), aq_joined_load(User, posts)), aq_joined_load(Post, labels)),
               aq_joined_load(Post, author)))
CASE(joined_limited, OBJECTS,
     aq_limit(aq_order_by(aq_option(Q(User), aq_joined_load(User, posts)), aq_asc(User, id)), 2))
CASE(joined_limited_one, OBJECTS, aq_limit(aq_option(Q(Post), aq_joined_load(Post, author)), 2))
CASE(joined_limited_by_others, OBJECTS,
     aq_limit(aq_order_by(aq_order_by(aq_filter(aq_join(aq_option(Q(Post), aq_joined_load(Post, comments)),
                                                        Post, author),
                                                aq_eq(User, username, "ann")),
                                      aq_desc(User, username)),
                          aq_ordered(aq_fragment("length({Post.title}) + $1", 1), false, AQ_NULLS_DEFAULT)),
              2))
CASE(joined_distinct, OBJECTS, aq_distinct(aq_option(Q(User), aq_joined_load(User, posts))))
CASE(lazy_over_joined, OBJECTS, aq_option(Q(Line), aq_lazy_load(Line, report)))
CASE(default_joined, OBJECTS, Q(Line))
CASE(default_selectin, OBJECTS, Q(Report))
CASE(subquery_first, OBJECTS, aq_option(Q(User), aq_subquery_load(User, posts)))

/* ---- Hierarchies ------------------------------------------------------------------------------------------------------------------------ */

CASE(single_base, OBJECTS, Q(Animal))
CASE(single_child, OBJECTS, aq_filter(Q(Dog), aq_gt(Dog, tricks, 3)))
CASE(single_child_of_base, COUNT, aq_filter(Q(Animal), aq_gt(Dog, tricks, 3)))
CASE(joined_base, OBJECTS, aq_filter(Q(Employee), aq_eq(Employee, name, "x")))
CASE(joined_base_count, COUNT, aq_filter(Q(Employee), aq_eq(Employee, name, "x")))
CASE(joined_base_by_child, COUNT, aq_filter(Q(Employee), aq_eq(Manager, department, "x")))
CASE(joined_child, OBJECTS, aq_filter(Q(Manager), aq_eq(Employee, name, "x")))
CASE(joined_hierarchy, OBJECTS, aq_option(Q(Company), aq_joined_load(Company, employees)))
CASE(joined_hierarchy_limited, OBJECTS,
     aq_limit(aq_order_by(aq_option(aq_option(Q(Employee), aq_joined_load(Employee, company)),
                                    aq_joined_load(Company, employees)),
                          aq_asc(Employee, name)),
              2))

/* ---- JSON ---------------------------------------------------------------------------------------------------------------------------------- */

CASE(json_plain, JSON, aq_order_by(aq_filter(Q(Post), aq_gt(Post, id, 1)), aq_asc(Post, id)))
CASE(json_related, JSON,
     aq_option(aq_option(aq_option(Q(User), aq_joined_load(User, posts)), aq_selectin_load(Post, labels)),
               aq_joined_load(Post, author)))
CASE(json_limited, JSON,
     aq_limit(aq_order_by(aq_option(Q(Post), aq_joined_load(Post, comments)), aq_desc(Post, created)), 2))
CASE(json_joined, JSON,
     aq_order_by(aq_join(aq_option(Q(Post), aq_inner_load(Post, author)), Post, labels), aq_asc(Label, name)))
CASE(json_hierarchy, JSON, aq_order_by(Q(Employee), aq_asc(Employee, id)))
CASE(json_quoted, JSON, Q(Report))
CASE(json_wide, JSON, aq_filter(Q(Wide), aq_in(Wide, c00, some_ids, 3)))
CASE(json_none, JSON, aq_filter(Q(Label), aq_eq(Label, id, 99)))

/* ---- UPDATE, DELETE -------------------------------------------------------------------------------------------------------------------------- */

CASE(delete_some, DELETE, aq_filter(Q(User), aq_lt(User, age, 18)))
CASE(delete_all, DELETE, Q(Comment))
CASE(delete_single, DELETE, Q(Dog))
CASE(delete_joined, DELETE, aq_filter(Q(Manager), aq_eq(Manager, department, "x")))
CASE(delete_hierarchy, DELETE, aq_filter(Q(Employee), aq_eq(Employee, name, "x")))

#define UPDATE(name_, query_, ...)                                                                      \
    static int name_(aq_session_t *session, aq_arena_t *arena, aq__compiled_t *compiled)                \
    {                                                                                                   \
        return aq__query_compile_update(                                                                \
            (query_), (const aq_assignment_t[]){__VA_ARGS__},                                           \
            sizeof((const aq_assignment_t[]){__VA_ARGS__}) / sizeof(aq_assignment_t), arena, compiled); \
    }
UPDATE(update_some, aq_filter(Q(User), aq_lt(User, age, 18)), aq_assign(User, mood, MOOD_SAD),
       aq_assign(User, balance, "3.5"), aq_assign_to(User, age, aq_fragment("{User.age} + $1", 1)))
UPDATE(update_null, Q(User), aq_assign(User, age, aq_null()))
UPDATE(update_array, Q(User), aq_assign(User, tags, aq_text_array(some_names, 2)))
UPDATE(update_joined, aq_filter(Q(Manager), aq_eq(Employee, name, "x")), aq_assign(Manager, department, "y"))
UPDATE(update_single, Q(Dog), aq_assign(Dog, tricks, 3))

/* ---- Relations, keys ------------------------------------------------------------------------------------------------------------------------------ */

static inline const aq__relation_t *relation_of(aq_session_t *session, const aq_model_t *model, size_t offset)
{
    return aq__mapper_relation_at(aq__mappers_find(session->engine->mappers, model), offset);
}

#define RELATION(name_, struct_, member_, around_)                                                      \
    static int name_(aq_session_t *session, aq_arena_t *arena, aq__compiled_t *compiled)                \
    {                                                                                                   \
        struct_ one = {0}, two = {0};                                                                   \
        void *parents[] = {&one, &two};                                                                 \
                                                                                                        \
        return aq__relation_compile(session,                                                            \
                                    relation_of(session, &struct_##_model, offsetof(struct_, member_)), \
                                    parents, 2, (around_), NULL, arena, compiled);                      \
    }
RELATION(selectin_many, User, posts, NULL)
RELATION(selectin_one, Post, author, NULL)
RELATION(selectin_through, Post, labels, NULL)
RELATION(selectin_back, Label, posts, NULL)
RELATION(selectin_compound, Report, lines, NULL)
RELATION(selectin_compound_one, Line, report, NULL)
RELATION(selectin_hierarchy, Company, employees, NULL)
RELATION(subquery_many, User, posts, aq_filter(Q(User), aq_eq(User, username, "ann")))
RELATION(subquery_one, Post, author, aq_limit(aq_order_by(Q(Post), aq_asc(Post, title)), 3))
RELATION(subquery_through, Post, labels, Q(Post))
RELATION(subquery_distinct, User, posts, aq_limit(aq_distinct(Q(User)), 3))
RELATION(subquery_compound, Report, lines, Q(Report))

#define PARENT(name_, struct_, member_, target_)                                                        \
    static int name_(aq_session_t *session, aq_arena_t *arena, aq__compiled_t *compiled)                \
    {                                                                                                   \
        aq__cohort_t cohort = {.session = session,                                                      \
                               .mapper = aq__mappers_find(session->engine->mappers, &struct_##_model)}; \
        struct_ object = {.object = {.home = &cohort}, .id = 7};                                        \
                                                                                                        \
        return aq__query_compile(target_, AQ__FORM_OBJECTS, arena, compiled);                           \
    }
PARENT(parent_many, User, posts,
       aq_filter(aq_with_parent(Q(Post), &object, User, posts), aq_ne(Post, title, "x")))
PARENT(parent_one, Post, author, aq_with_parent(Q(User), &object, Post, author))
PARENT(parent_through, Post, labels, aq_with_parent(Q(Label), &object, Post, labels))
PARENT(dynamic, User, drafts,
       aq_limit(aq_order_by(aq_related_query(&object, User, drafts), aq_asc(Post, title)), 2))

#define KEY(name_, struct_, many_)                                                                    \
    static int name_(aq_session_t *session, aq_arena_t *arena, aq__compiled_t *compiled)              \
    {                                                                                                 \
        return aq__key_compile(session, aq__mappers_find(session->engine->mappers, &struct_##_model), \
                               (many_), arena, compiled);                                             \
    }
KEY(key_one, User, false)
KEY(key_many, User, true)
KEY(key_compound, Report, false)
KEY(key_compound_many, Report, true)
KEY(key_single, Dog, true)
KEY(key_hierarchy, Employee, false)
KEY(key_joined, Line, false)

/* ---- One's own SQL ---------------------------------------------------------------------------------------------------------------------------------- */

CASE(sql_numbered, OBJECTS,
     aq_sql(session, &Label_model, "select * from label where id > $1 -- all\n;", aq_args(aq_int4(3))))
CASE(sql_named, COLUMNS,
     aq_sql_named(session, NULL,
                  "select :a::int4 + :b, ':a', $$:b$$ /* :c */ from label where name = :a::text",
                  aq_named({"b", aq_int4(1)}, {"a", aq_text("2")})))
CASE(sql_count, COUNT, aq_sql(session, NULL, "select 1 from label -- x", NULL))
CASE(sql_any, ANY, aq_sql(session, NULL, "delete from comment returning id;", NULL))
CASE(sql_json, JSON, aq_sql(session, &Label_model, "select * from label", NULL))

#define ROW(name_)    \
    {                 \
#name_, name_ \
    }
static const query_case_t query_cases[] = {
    ROW(plain),
    ROW(equal),
    ROW(equal_by_name),
    ROW(equal_null),
    ROW(unequal_null),
    ROW(equal_null_by_name),
    ROW(several),
    ROW(patterns),
    ROW(patterns_of_columns),
    ROW(in_integers),
    ROW(in_none),
    ROW(not_in_texts),
    ROW(in_wide),
    ROW(in_narrow),
    ROW(in_dates),
    ROW(in_enums),
    ROW(in_numerics),
    ROW(types),
    ROW(between),
    ROW(nulls),
    ROW(distinct_from),
    ROW(value_first),
    ROW(nothing_and_all),
    ROW(fragments),
    ROW(orders),
    ROW(order_of_text),
    ROW(limits),
    ROW(offset_0),
    ROW(distinct_rows),
    ROW(grouped),
    ROW(columns),
    ROW(count),
    ROW(count_limited),
    ROW(count_distinct),
    ROW(count_grouped),
    ROW(count_columns),
    ROW(count_without_loads),
    ROW(any),
    ROW(any_offset),
    ROW(locked),
    ROW(locked_nowait),
    ROW(locked_skip),
    ROW(locked_joined),
    ROW(locked_nested),
    ROW(join_one),
    ROW(join_many),
    ROW(join_through),
    ROW(join_through_outer),
    ROW(join_twice),
    ROW(join_same),
    ROW(join_self),
    ROW(exists_related),
    ROW(not_exists),
    ROW(joined_many),
    ROW(joined_one),
    ROW(joined_inner),
    ROW(joined_through),
    ROW(joined_self),
    ROW(joined_deep),
    ROW(joined_limited),
    ROW(joined_limited_one),
    ROW(joined_limited_by_others),
    ROW(joined_distinct),
    ROW(lazy_over_joined),
    ROW(default_joined),
    ROW(default_selectin),
    ROW(subquery_first),
    ROW(single_base),
    ROW(single_child),
    ROW(single_child_of_base),
    ROW(joined_base),
    ROW(joined_base_count),
    ROW(joined_base_by_child),
    ROW(joined_child),
    ROW(joined_hierarchy),
    ROW(joined_hierarchy_limited),
    ROW(json_plain),
    ROW(json_related),
    ROW(json_limited),
    ROW(json_joined),
    ROW(json_hierarchy),
    ROW(json_quoted),
    ROW(json_wide),
    ROW(json_none),
    ROW(delete_some),
    ROW(delete_all),
    ROW(delete_single),
    ROW(delete_joined),
    ROW(delete_hierarchy),
    ROW(update_some),
    ROW(update_null),
    ROW(update_array),
    ROW(update_joined),
    ROW(update_single),
    ROW(selectin_many),
    ROW(selectin_one),
    ROW(selectin_through),
    ROW(selectin_back),
    ROW(selectin_compound),
    ROW(selectin_compound_one),
    ROW(selectin_hierarchy),
    ROW(subquery_many),
    ROW(subquery_one),
    ROW(subquery_through),
    ROW(subquery_distinct),
    ROW(subquery_compound),
    ROW(parent_many),
    ROW(parent_one),
    ROW(parent_through),
    ROW(dynamic),
    ROW(key_one),
    ROW(key_many),
    ROW(key_compound),
    ROW(key_compound_many),
    ROW(key_single),
    ROW(key_hierarchy),
    ROW(key_joined),
    ROW(sql_numbered),
    ROW(sql_named),
    ROW(sql_count),
    ROW(sql_any),
    ROW(sql_json),
};
#undef ROW

#endif
