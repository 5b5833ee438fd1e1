/* query: a SELECT that is being built, of models or of one's own SQL, and what it gives: objects, tuples, a number.
 *
 *     aq_query_t *query = aq_query(session, User);
 *     aq_filter(query, aq_eq(User, username, "ann"));
 *     aq_filter(query, aq_or(aq_ge(User, age, 18), aq_is_null(User, age)));
 *     aq_order_by(query, aq_desc(User, id));
 *     aq_limit(query, 20);
 *     aq_objects_t *users = aq_await(aq_all(query));
 *     for (size_t i = 0; users != NULL && i < users->count; i++)
 *         puts(((User *)users->items[i])->username);
 *
 * Values are compared with members: aq_eq(User, age, "x") does not compile. All values travel as parameters; names come from the models only.
 * Building does no I/O and returns the query. What is wrong with it (a member that is not a column, out of memory) is kept and given to every op
 * that runs it. The same calls in the same order give the same text, so that the server parses and plans it once.
 *
 * A query belongs to its session, and lives until that is closed. It can be run again, and goes on being built. Source: SQLAlchemy, "Query API". */
#ifndef AQUIFER_QUERY_H
#define AQUIFER_QUERY_H

#include "aquifer/session.h"

#if defined(__GNUC__)
#pragma GCC system_header
#endif

AQ_BEGIN_DECLS

typedef struct aq_query aq_query_t;

/* ---- Expressions -------------------------------------------------------------------------------------------------- */

typedef enum aq_comparison {
    AQ_EQ,
    AQ_NE,
    AQ_LT,
    AQ_LE,
    AQ_GT,
    AQ_GE,
    AQ_LIKE,
    AQ_ILIKE,
    AQ_NOT_LIKE,
    AQ_NOT_ILIKE,
    AQ_STARTS_WITH, /* these escape what LIKE gives a meaning to */
    AQ_ENDS_WITH,
    AQ_CONTAINS,
    AQ_IS_DISTINCT_FROM,
    AQ_IS_NOT_DISTINCT_FROM
} aq_comparison_t;

typedef enum aq_expression_kind {
    AQ_EXPRESSION_COLUMN,
    AQ_EXPRESSION_VALUE,
    AQ_EXPRESSION_COMPARE, /* left, right */
    AQ_EXPRESSION_IN,      /* left; right: an array */
    AQ_EXPRESSION_NOT_IN,
    AQ_EXPRESSION_BETWEEN, /* left; items[0], items[1] */
    AQ_EXPRESSION_IS_NULL, /* left */
    AQ_EXPRESSION_NOT_NULL,
    AQ_EXPRESSION_AND, /* items */
    AQ_EXPRESSION_OR,
    AQ_EXPRESSION_NOT,      /* left */
    AQ_EXPRESSION_EXISTS,   /* query */
    AQ_EXPRESSION_FRAGMENT, /* text, arguments */
    AQ_EXPRESSION_ORDER,    /* left; descending, nulls */
    AQ_EXPRESSION_LABEL     /* left; text: its name */
} aq_expression_kind_t;

/* A plain value, made by the macros below; valid in the enclosing block, copied by what it is given to. */
typedef struct aq_expression aq_expression_t;
struct aq_expression {
    aq_expression_kind_t kind;
    aq_comparison_t comparison;
    const aq_model_t *model; /* of a column */
    size_t offset;
    const char *alias; /* of a column: which of the query's uses of the model; NULL: the first */
    aq_value_t value;
    const aq_expression_t *left, *right;
    const aq_expression_t *const *items;
    size_t count;
    const char *text;
    const aq_arguments_t *arguments;
    aq_query_t *query;
    bool descending;
    aq_nulls_t nulls;
};

#ifndef __cplusplus
#define AQ_EXPRESSION_(...) (&(const aq_expression_t){__VA_ARGS__})

/* A column: aq_column(User, age), of the model's use that aq_join_as() named: aq_column_as("parent", Node, name). */
#define aq_column(struct_, member_)                                         \
    AQ_EXPRESSION_(.kind = AQ_EXPRESSION_COLUMN, .model = &struct_##_model, \
                   .offset = offsetof(struct_, member_))
#define aq_column_as(alias_, struct_, member_)                              \
    AQ_EXPRESSION_(.kind = AQ_EXPRESSION_COLUMN, .model = &struct_##_model, \
                   .offset = offsetof(struct_, member_), .alias = (alias_))
/* A value as an expression: aq_value(aq_int4(3)), aq_value(3), aq_value("x"). */
#define aq_value(value_) AQ_EXPRESSION_(.kind = AQ_EXPRESSION_VALUE, .value = AQ_ANY_(value_))

/* Column and value: aq_eq(User, age, 18). A value of another type than the member's is an error of the compiler. NULL text: is null. */
#define aq_eq(struct_, member_, value_) AQ_COMPARE_("aq_eq", AQ_EQ, struct_, member_, value_)
#define aq_ne(struct_, member_, value_) AQ_COMPARE_("aq_ne", AQ_NE, struct_, member_, value_)
#define aq_lt(struct_, member_, value_) AQ_COMPARE_("aq_lt", AQ_LT, struct_, member_, value_)
#define aq_le(struct_, member_, value_) AQ_COMPARE_("aq_le", AQ_LE, struct_, member_, value_)
#define aq_gt(struct_, member_, value_) AQ_COMPARE_("aq_gt", AQ_GT, struct_, member_, value_)
#define aq_ge(struct_, member_, value_) AQ_COMPARE_("aq_ge", AQ_GE, struct_, member_, value_)
/* Text with the wildcards % and _ of LIKE, or without any: the others. */
#define aq_like(struct_, member_, text_) AQ_COMPARE_("aq_like", AQ_LIKE, struct_, member_, text_)
#define aq_ilike(struct_, member_, text_) AQ_COMPARE_("aq_ilike", AQ_ILIKE, struct_, member_, text_)
#define aq_starts_with(struct_, member_, text_) \
    AQ_COMPARE_("aq_starts_with", AQ_STARTS_WITH, struct_, member_, text_)
#define aq_ends_with(struct_, member_, text_) \
    AQ_COMPARE_("aq_ends_with", AQ_ENDS_WITH, struct_, member_, text_)
#define aq_contains_text(struct_, member_, text_) \
    AQ_COMPARE_("aq_contains_text", AQ_CONTAINS, struct_, member_, text_)
/* One of a C array, which is one parameter however many there are: aq_in(User, id, ids, count), ids being const int32_t *. count 0: none. */
#define aq_in(struct_, member_, items_, count_) \
    AQ_IN_("aq_in", AQ_EXPRESSION_IN, struct_, member_, items_, count_)
#define aq_not_in(struct_, member_, items_, count_) \
    AQ_IN_("aq_not_in", AQ_EXPRESSION_NOT_IN, struct_, member_, items_, count_)
#define aq_between(struct_, member_, low_, high_)                                                        \
    AQ_EXPRESSION_(.kind = AQ_EXPRESSION_BETWEEN, .left = aq_column(struct_, member_), .count = 2,       \
                   .items =                                                                              \
                       (const aq_expression_t *const[]){AQ_VALUE_("aq_between", struct_, member_, low_), \
                                                        AQ_VALUE_("aq_between", struct_, member_, high_)})
/* Beside aq_is_null(cell) of aquifer/wire.h: two arguments are a column. */
#define aq_is_null(...) AQ_IS_NULL_N_(__VA_ARGS__, 2, 1, )(__VA_ARGS__)
#define AQ_IS_NULL_N_(a_, b_, n_, ...) AQ_CONCATENATE_(AQ_IS_NULL_, n_)
#define AQ_IS_NULL_1_(cell_) (aq_is_null)(cell_)
#define AQ_IS_NULL_2_(struct_, member_) \
    AQ_EXPRESSION_(.kind = AQ_EXPRESSION_IS_NULL, .left = aq_column(struct_, member_))
#define aq_is_not_null(struct_, member_) \
    AQ_EXPRESSION_(.kind = AQ_EXPRESSION_NOT_NULL, .left = aq_column(struct_, member_))

/* Any expression with any other: aq_compare(aq_column(Post, author_id), AQ_EQ, aq_column(User, id)). */
#define aq_compare(left_, comparison_, right_)                                                  \
    AQ_EXPRESSION_(.kind = AQ_EXPRESSION_COMPARE, .comparison = (comparison_), .left = (left_), \
                   .right = (right_))
/* Arithmetic, functions, and whatever else SQL has: one expression, parsed before it is used, so that it cannot end and begin another. `{User.age}` stands for
 * a column, `{parent.age}` for that of a use by alias, $1 ... for its own values, up to eight: aq_fragment("lower({User.username}) = $1", "ann"). What is not
 * one expression is an error of the op. */
#define aq_fragment(text_, ...)                                     \
    AQ_EXPRESSION_(.kind = AQ_EXPRESSION_FRAGMENT, .text = (text_), \
                   .arguments = aq_args(AQ_EACH_(AQ_ANY_, __VA_ARGS__)))
#define aq_fragment0(text_) \
    AQ_EXPRESSION_(.kind = AQ_EXPRESSION_FRAGMENT, .text = (text_)) /* without values */

#define aq_and(...) AQ_LIST_OF_(AQ_EXPRESSION_AND, __VA_ARGS__)
#define aq_or(...) AQ_LIST_OF_(AQ_EXPRESSION_OR, __VA_ARGS__)
#define aq_not(expression_) AQ_EXPRESSION_(.kind = AQ_EXPRESSION_NOT, .left = (expression_))
/* Whether this query, of the same session, has rows; it may speak of the outer one's columns. */
#define aq_exists(query_) AQ_EXPRESSION_(.kind = AQ_EXPRESSION_EXISTS, .query = (query_))

#define aq_asc(struct_, member_) \
    AQ_EXPRESSION_(.kind = AQ_EXPRESSION_ORDER, .left = aq_column(struct_, member_))
#define aq_desc(struct_, member_) \
    AQ_EXPRESSION_(.kind = AQ_EXPRESSION_ORDER, .left = aq_column(struct_, member_), .descending = true)
/* The same of any expression: aq_ordered(aq_fragment0("length({User.username})"), true, AQ_NULLS_LAST). */
#define aq_ordered(expression_, descending_, nulls_)                                                \
    AQ_EXPRESSION_(.kind = AQ_EXPRESSION_ORDER, .left = (expression_), .descending = (descending_), \
                   .nulls = (nulls_))
/* An expression under a name, for aq_columns(). */
#define aq_label(name_, expression_) \
    AQ_EXPRESSION_(.kind = AQ_EXPRESSION_LABEL, .text = (name_), .left = (expression_))
#endif

/* ---- Building ----------------------------------------------------------------------------------------------------- */

#define aq_query(session, struct_) aq_session_query((session), &struct_##_model)
AQ_API aq_query_t *aq_session_query(aq_session_t *session, const aq_model_t *model); /* never NULL */
AQ_API aq_query_t *aq_query_clone(const aq_query_t *query);
AQ_API aq_session_t *aq_query_session(const aq_query_t *query);
AQ_API const aq_model_t *aq_query_model(const aq_query_t *query); /* NULL: of aq_sql() */
/* The table of methods that the relationship, the model or the db gives its queries (.query_class); NULL: none. */
AQ_API const void *aq_query_class(const aq_query_t *query);

/* Several are joined by AND. AQ_EINVAL after a limit or offset, as for aq_order_by(): "filter being called on a query which already has LIMIT or OFFSET
 * applied". */
AQ_API aq_query_t *aq_filter(aq_query_t *query, const aq_expression_t *expression);
/* By the member's name: aq_filter_by(query, "username", aq_text("ann")). AQ_EINVAL: 'User' has no column 'nope'. */
AQ_API aq_query_t *aq_filter_by(aq_query_t *query, const char *member, aq_value_t value);
/* Several follow each other: aq_order_by(query, aq_desc(User, id)). */
AQ_API aq_query_t *aq_order_by(aq_query_t *query, const aq_expression_t *order);
/* "created desc nulls last, id": columns of the model, their directions and nothing else, as in aq_relationship_t, so that a visitor may choose. AQ_EINVAL. */
AQ_API aq_query_t *aq_order_by_text(aq_query_t *query, const char *order);
AQ_API aq_query_t *aq_limit(aq_query_t *query, int64_t rows); /* negative: AQ_EINVAL */
AQ_API aq_query_t *aq_offset(aq_query_t *query, int64_t rows);
AQ_API aq_query_t *aq_distinct(aq_query_t *query);
AQ_API aq_query_t *aq_group_by(aq_query_t *query, const aq_expression_t *expression);
AQ_API aq_query_t *aq_having(aq_query_t *query, const aq_expression_t *expression);
/* Along a relationship of the model or of one that was joined: aq_join(query, Post, author): filters may then speak of User. */
#define aq_join(query, struct_, member_) \
    aq_query_join((query), &struct_##_model, offsetof(struct_, member_), NULL, NULL, false)
#define aq_outer_join(query, struct_, member_) \
    aq_query_join((query), &struct_##_model, offsetof(struct_, member_), NULL, NULL, true)
/* The same where a model comes more than once, from which use (NULL: the first), to which: aq_join_as(query, Node, parent, NULL, "up"),
 * aq_join_as(query, Node, parent, "up", "up2"); its columns are aq_column_as("up2", Node, name). */
#define aq_join_as(query, struct_, member_, from_, alias_) \
    aq_query_join((query), &struct_##_model, offsetof(struct_, member_), (from_), (alias_), false)
AQ_API aq_query_t *aq_query_join(aq_query_t *query, const aq_model_t *model, size_t offset, const char *from,
                                 const char *alias, bool outer);
/* What the relationship of this object leads to. aq_with_parent(aq_query(session, Post), user, User, posts). */
#define aq_with_parent(query, object, struct_, member_) \
    aq_query_with_parent((query), (object), &struct_##_model, offsetof(struct_, member_))
AQ_API aq_query_t *aq_query_with_parent(aq_query_t *query, const void *object, const aq_model_t *model,
                                        size_t offset);
/* The same as a query of its own: also what a relationship with AQ_LAZY_DYNAMIC is. */
#define aq_related_query(object, struct_, member_) \
    aq_object_query((object), &struct_##_model, offsetof(struct_, member_))
AQ_API aq_query_t *aq_object_query(const void *object, const aq_model_t *model, size_t offset);

typedef enum aq_lock {
    AQ_LOCK_NONE,
    AQ_FOR_UPDATE,
    AQ_FOR_NO_KEY_UPDATE,
    AQ_FOR_SHARE,
    AQ_FOR_KEY_SHARE
} aq_lock_t;
typedef enum aq_lock_wait { AQ_LOCK_WAIT, AQ_LOCK_NOWAIT, AQ_LOCK_SKIP } aq_lock_wait_t;
/* Locks the rows until the end of the transaction, which the session must have begun (aq_begin): AQ_EINVAL. Objects that were there take what the rows are
 * now, but for members that the user has changed. */
AQ_API aq_query_t *aq_for_update(aq_query_t *query, aq_lock_t lock, aq_lock_wait_t wait);

/* How relationships are loaded with the objects of this query, wherever they are met in it: aq_option(query, aq_joined_load(User, posts)). The default of the
 * relationship is its .lazy; aq_lazy_load() and aq_raise_load() take that back, and what is not loaded says so when it is read. AQ_EINVAL: dynamic
 * relationships, "'User.posts' does not support object population - eager loading cannot be applied". */
typedef struct aq_option {
    const aq_model_t *model;
    size_t offset;
    aq_lazy_t lazy;
    bool inner; /* of a joined load: those without are left out */
} aq_option_t;
#define AQ_OPTION_(struct_, member_, lazy_, inner_) \
    ((aq_option_t){&struct_##_model, offsetof(struct_, member_), lazy_, inner_})
#define aq_joined_load(struct_, member_) AQ_OPTION_(struct_, member_, AQ_LAZY_JOINED, false)
#define aq_inner_load(struct_, member_) AQ_OPTION_(struct_, member_, AQ_LAZY_JOINED, true)
#define aq_subquery_load(struct_, member_) AQ_OPTION_(struct_, member_, AQ_LAZY_SUBQUERY, false)
#define aq_selectin_load(struct_, member_) AQ_OPTION_(struct_, member_, AQ_LAZY_SELECTIN, false)
#define aq_lazy_load(struct_, member_) AQ_OPTION_(struct_, member_, AQ_LAZY_DEFAULT, false)
#define aq_raise_load(struct_, member_) AQ_OPTION_(struct_, member_, AQ_LAZY_DEFAULT, false)
AQ_API aq_query_t *aq_option(aq_query_t *query, aq_option_t option);

/* Loads a relationship now, of one object or of many; those that have it are left alone, but for lists that were loaded before the last commit or rollback.
 * Of siblings in one turn: one statement. Value: what the member is then (the object, NULL and AQ_OK for none, or aq_many_t *); of many objects: the
 * session. Errors: those of aq_all(); AQ_EINVAL: a dynamic relationship, an object that is in no session: "Parent instance <User 1> is not bound to a
 * session; load of 'posts' cannot proceed". */
#define aq_load(object, struct_, member_) \
    aq_object_load((object), &struct_##_model, offsetof(struct_, member_), AQ_HERE)
AQ_API aq_op_t *aq_object_load(void *object, const aq_model_t *model, size_t offset, aq_place_t place);
#define aq_load_all(session, objects, struct_, member_) \
    aq_objects_load((session), (objects), &struct_##_model, offsetof(struct_, member_), AQ_HERE)
AQ_API aq_op_t *aq_objects_load(aq_session_t *session, const aq_objects_t *objects, const aq_model_t *model,
                                size_t offset, aq_place_t place);

/* ---- One's own SQL ------------------------------------------------------------------------------------------------ */

/* A statement with $1 ... or :name (not both). It is parsed; its tables tell the bind. aq_all() makes objects of `model`, whose columns it finds by their names
 * among those of the result; NULL: aq_tuples(), aq_scalar() and aq_into() only. Rows of SELECT, or of INSERT, UPDATE, DELETE with RETURNING. Text and values
 * are copied. Filters and the like are for queries of models: AQ_EINVAL. */
typedef struct aq_named_value {
    const char *name;
    aq_value_t value;
} aq_named_value_t;
typedef struct aq_named_values {
    const aq_named_value_t *items;
    size_t count;
} aq_named_values_t;
#define aq_named(...)                                                    \
    (&(const aq_named_values_t){(const aq_named_value_t[]){__VA_ARGS__}, \
                                sizeof((const aq_named_value_t[]){__VA_ARGS__}) / sizeof(aq_named_value_t)})
AQ_API aq_query_t *aq_sql(aq_session_t *session, const aq_model_t *model, const char *text,
                          const aq_arguments_t *arguments);
AQ_API aq_query_t *aq_sql_named(aq_session_t *session, const aq_model_t *model, const char *text,
                                const aq_named_values_t *values);
/* On this bind, whatever its tables say. */
AQ_API aq_query_t *aq_query_set_bind(aq_query_t *query, const char *bind);

/* ---- Running ------------------------------------------------------------------------------------------------------ */

/* All of them first flush what is pending, in the session's transaction, which that begins (autoflush). The query is read when the op begins, not when it is
 * made (aq_bulk_update() and aq_bulk_delete(): at once), so build on it when that is done, or on a clone. Objects and lists of them live as long as the
 * session; numbers, cells, rows and texts as long as the op. Errors: what is wrong with the query; AQ_EINACTIVE; those of aq_execute(). */
/* Value: aq_objects_t, none twice. */
#define aq_all(query) aq_query_all((query), AQ_HERE)
AQ_API aq_op_t *aq_query_all(aq_query_t *query, aq_place_t place);
/* Value: the first; NULL without an error: there is none. */
#define aq_first(query) aq_query_first((query), AQ_HERE)
AQ_API aq_op_t *aq_query_first(aq_query_t *query, aq_place_t place);
/* Value: the only one. AQ_ENOROW: "no row was found when one was required"; AQ_EMANYROWS: "multiple rows were found when exactly one was required". */
#define aq_one(query) aq_query_one((query), AQ_HERE)
AQ_API aq_op_t *aq_query_one(aq_query_t *query, aq_place_t place);
/* The same, but NULL without an error: there is none. */
#define aq_one_or_none(query) aq_query_one_or_none((query), AQ_HERE)
AQ_API aq_op_t *aq_query_one_or_none(aq_query_t *query, aq_place_t place);
/* How many rows it has, without its order. Value: int64_t *. */
#define aq_count(query) aq_query_count((query), AQ_HERE)
AQ_API aq_op_t *aq_query_count(aq_query_t *query, aq_place_t place);
/* Whether it has any. Value: bool *. */
#define aq_any(query) aq_query_any((query), AQ_HERE)
AQ_API aq_op_t *aq_query_any(aq_query_t *query, aq_place_t place);

#ifndef __cplusplus
/* What aq_tuples() and aq_scalar() give in the place of objects: aq_columns(query, aq_column(User, id), aq_label("n", aq_fragment0("count(*)"))). */
#define aq_columns(query, ...) AQ_QUERY_COLUMNS_((query), __VA_ARGS__)
#define AQ_QUERY_COLUMNS_(query, ...)                                        \
    aq_query_columns((query), (const aq_expression_t *const[]){__VA_ARGS__}, \
                     sizeof((const aq_expression_t *const[]){__VA_ARGS__}) / sizeof(void *))
#endif
AQ_API aq_query_t *aq_query_columns(aq_query_t *query, const aq_expression_t *const *columns, size_t count);
/* Value: aq_rows_t, which lives as long as the op. */
#define aq_tuples(query) aq_query_tuples((query), AQ_HERE)
AQ_API aq_op_t *aq_query_tuples(aq_query_t *query, aq_place_t place);
/* Value: aq_cell_t *, the first column of the only row, which lives as long as the op; NULL without an error: no row. AQ_EMANYROWS. */
#define aq_scalar(query) aq_query_scalar((query), AQ_HERE)
AQ_API aq_op_t *aq_query_scalar(aq_query_t *query, aq_place_t place);
/* Rows into structs of the user's own, that are no models: aq_into(query, Total, total_columns), where total_columns is an array of aq_column_t whose names are
 * found among the columns of the result; mixins may be among them. Of aq_columns() or aq_sql(). Value: aq_structs_t, in the session's memory. AQ_ECOLUMN: one
 * of them is not there; AQ_ETYPE, AQ_ERANGE: a value does not fit its member; AQ_EINVAL: a declaration is of no struct, or of a bigger one. */
typedef struct aq_structs {
    void *items; /* an array of the structs */
    size_t count;
} aq_structs_t;
#define aq_into(query, struct_, columns_) \
    aq_query_into((query), sizeof(struct_), (columns_), sizeof(columns_) / sizeof(aq_column_t), AQ_HERE)
AQ_API aq_op_t *aq_query_into(aq_query_t *query, size_t size, const aq_column_t *columns, size_t count,
                              aq_place_t place);
/* The rows as one JSON text, an array of objects that the server makes, loaded relationships (joined and selectin alike) inside; "[]" without rows.
 * Value: aq_bytes_t *, with a NUL behind it, which lives as long as the op. */
#define aq_json_of(query) aq_query_json((query), AQ_HERE)
AQ_API aq_op_t *aq_query_json(aq_query_t *query, aq_place_t place);

/* Any number of objects in the memory of some hundred: each batch is gone when the next is asked for. They are DETACHED: what is changed in them is written
 * nowhere, and aq_merge() copies one into a session. To-one relationships may be joined; lists may not, nor what comes by a statement of its own: AQ_EINVAL.
 * Holds a connection until its end or close: the transaction's, where the session has one, which nothing else can use meanwhile (AQ_EINVAL, nothing is sent),
 * and whose end ends it (AQ_ECLOSED). Value: aq_object_stream_t. */
typedef struct aq_object_stream aq_object_stream_t;
#define aq_stream_of(query) aq_query_stream((query), AQ_HERE)
AQ_API aq_op_t *aq_query_stream(aq_query_t *query, aq_place_t place);
/* Value: aq_objects_t, valid until the next call; without any: the end. An error comes after the objects before it. One at a time: AQ_EINVAL. */
AQ_API aq_op_t *aq_object_stream_next(aq_object_stream_t *stream);
AQ_API void aq_object_stream_close(aq_object_stream_t *stream); /* NULL is fine; else with its session */

/* UPDATE and DELETE of all that the query's filters find, by the server: objects in the session do not learn of it (expire them), nor do signals. In the
 * session's transaction, which that begins: aq_commit() it. aq_bulk_update(query, aq_assign(User, age, 18)), with any number of them;
 * aq_assign_to(User, age, aq_fragment0("{User.age} + 1")). Value: uint64_t *, the rows, which lives as long as the op. AQ_EINVAL: limit, order, joins, or
 * nothing to set. */
typedef struct aq_assignment {
    const aq_model_t *model;
    size_t offset;
    const aq_expression_t *value;
} aq_assignment_t;
#ifndef __cplusplus
#define aq_assign(struct_, member_, value_)                          \
    ((aq_assignment_t){&struct_##_model, offsetof(struct_, member_), \
                       AQ_VALUE_("aq_assign", struct_, member_, value_)})
#define aq_assign_to(struct_, member_, expression_) \
    ((aq_assignment_t){&struct_##_model, offsetof(struct_, member_), (expression_)})
#define aq_bulk_update(query, ...)                                   \
    aq_query_update((query), (const aq_assignment_t[]){__VA_ARGS__}, \
                    sizeof((const aq_assignment_t[]){__VA_ARGS__}) / sizeof(aq_assignment_t), AQ_HERE)
#endif
AQ_API aq_op_t *aq_query_update(aq_query_t *query, const aq_assignment_t *assignments, size_t count,
                                aq_place_t place);
#define aq_bulk_delete(query) aq_query_delete((query), AQ_HERE)
AQ_API aq_op_t *aq_query_delete(aq_query_t *query, aq_place_t place);

/* Appends the statement that aq_all(), or where it has aq_columns() aq_tuples(), would send first, and its parameters as "1, 'ann', NULL"; either may be NULL.
 * An error: what is wrong with the query. */
AQ_API int aq_query_statement(aq_query_t *query, aq_text_t *sql, aq_text_t *parameters);

/* ---- How the macros check ----------------------------------------------------------------------------------------- */

#ifndef __cplusplus
#define AQ_IS_TEXT_(value_) _Generic((value_), char * : 1, const char * : 1, default : 0)
#define AQ_IS_INTEGER_(value_)                                                                      \
    _Generic((value_), bool : 1, char : 1, signed char : 1, unsigned char : 1, short : 1,           \
             unsigned short : 1, int : 1, unsigned : 1, long : 1, unsigned long : 1, long long : 1, \
             unsigned long long : 1, default : 0)
#define AQ_IS_NUMBER_(value_) \
    (AQ_IS_INTEGER_(value_) || _Generic((value_), float : 1, double : 1, default : 0))
#define AQ_IS_A_(value_, type_) _Generic((value_), type_ : 1, default : 0)
/* Whether a value can be compared with a member: aq_value_t with all, when only the run can tell. */
#define AQ_FITS_(struct_, member_, value_) \
    (AQ_IS_A_(value_, aq_value_t) ||                                                                        \
     _Generic(((struct_ *)0)->member_, const char * : AQ_IS_TEXT_(value_), aq_uuid_t : AQ_IS_A_(value_, aq_uuid_t), \
              aq_uuid_null_t : AQ_IS_A_(value_, aq_uuid_t), aq_interval_t : AQ_IS_A_(value_, aq_interval_t), \
              aq_interval_null_t : AQ_IS_A_(value_, aq_interval_t), aq_bytes_t : AQ_IS_A_(value_, aq_bytes_t), \
              float : AQ_IS_NUMBER_(value_), double : AQ_IS_NUMBER_(value_), aq_float4_null_t : AQ_IS_NUMBER_(value_), \
              aq_float8_null_t : AQ_IS_NUMBER_(value_), default : AQ_IS_INTEGER_(value_)))
#define AQ_VALUE_(macro_, struct_, member_, value_)                                                 \
    AQ_EXPRESSION_(.kind = AQ_EXPRESSION_VALUE +                                                    \
                           AQ_ASSERT_(AQ_FITS_(struct_, member_, value_),                           \
                                      macro_ "(" #struct_ ", " #member_                             \
                                             ", ...): the value has another type than the member"), \
                   .value = AQ_ANY_(value_))
#define AQ_COMPARE_(macro_, comparison_, struct_, member_, value_)           \
    AQ_EXPRESSION_(.kind = AQ_EXPRESSION_COMPARE, .comparison = comparison_, \
                   .left = aq_column(struct_, member_),                      \
                   .right = AQ_VALUE_(macro_, struct_, member_, value_))
#define AQ_IN_(macro_, kind_, struct_, member_, items_, count_)                                              \
    AQ_EXPRESSION_(.kind = kind_ + AQ_ASSERT_(AQ_FITS_(struct_, member_, (items_)[0]),                       \
                                              macro_ "(" #struct_ ", " #member_                              \
                                                     ", ...): the items have another type than the member"), \
                   .left = aq_column(struct_, member_),                                                      \
                   .right = AQ_EXPRESSION_(.kind = AQ_EXPRESSION_VALUE,                                      \
                                           .value = aq_array(AQ_ELEMENT_((items_)[0]), (items_), (count_),   \
                                                             NULL)))
#define AQ_ELEMENT_(item_) \
    _Generic((item_), bool : AQ_VALUE_BOOL, short : AQ_VALUE_INT2, int : AQ_VALUE_INT4, unsigned : AQ_VALUE_INT4, \
             long : AQ_VALUE_INT8, long long : AQ_VALUE_INT8, float : AQ_VALUE_FLOAT4, double : AQ_VALUE_FLOAT8, \
             char * : AQ_VALUE_TEXT, const char * : AQ_VALUE_TEXT, aq_uuid_t : AQ_VALUE_UUID,             \
             aq_interval_t : AQ_VALUE_INTERVAL, aq_bytes_t : AQ_VALUE_BYTEA)
#define AQ_LIST_OF_(kind_, ...)                                                           \
    AQ_EXPRESSION_(.kind = kind_, .items = (const aq_expression_t *const[]){__VA_ARGS__}, \
                   .count = sizeof((const aq_expression_t *const[]){__VA_ARGS__}) / sizeof(void *))
#endif

AQ_END_DECLS

#endif
