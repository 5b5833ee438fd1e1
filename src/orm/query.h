/* What the files of this room share of a query.
 *
 *     query.c          building; query-join.c: what leads from one model to another
 *     expression.c     the user's expressions become terms: copied and checked; values.c: their values, of the columns' types
 *     fragment.c       pieces of SQL of the user's; sql.c: whole statements; texts.c: what was found out about either, kept; sql-query.c: queries of statements
 *     compile.c        a query becomes a statement, by its form
 *     compile-from.c   tables, aliases, joins; compile-term.c: conditions; compile-load.c: columns, and objects that come along;
 *     compile-json.c   the server's JSON; compile-relation.c: what is loaded by keys; compile-sql.c: one's own SQL; compile-bulk.c: UPDATE and DELETE
 *     fetch.c          running it */
#ifndef AQ_SRC_ORM_QUERY_H
#define AQ_SRC_ORM_QUERY_H

#include "aquifer/query.h"
#include "src/orm/row.h"
#include "src/orm/texts.h"

/* ---- Terms ------------------------------------------------------------------------------------------------------------------------- */

/* One expression in the memory of a query. */
typedef struct aq__term aq__term_t;
struct aq__term {
    aq_expression_kind_t kind;
    aq_comparison_t comparison;
    const aq__mapper_t *mapper; /* of a column */
    const aq__field_t *field;
    const char *alias; /* of a column: the user's name of a use of the model; NULL: the first */
    aq_value_t value;
    const char *cast; /* of a value: "::text[]::mood[]"; NULL: none */
    const aq__term_t *left, *right;
    const aq__term_t **items;
    size_t count;
    const char *text;                        /* of a label: its name */
    const struct aq__sql_template *fragment; /* its text */
    aq_arguments_t arguments;                /* and its values */
    const aq_query_t *query;                 /* exists: a clone */
    bool descending;
    aq_nulls_t nulls;
};

typedef enum aq__term_place { AQ__TERM_CONDITION, AQ__TERM_ORDER, AQ__TERM_COLUMN } aq__term_place_t;

/* The expression as a term for this place of the query. `verb` begins messages: "filter". NULL: AQ_EINVAL, AQ_EMAPPING, AQ_ESYNTAX, AQ_ENOMEM ... */
const aq__term_t *aq__term_make(aq_query_t *query, const aq_expression_t *expression, aq__term_place_t place,
                                const char *verb);
/* A term that compares a column of the query's own model. NULL: AQ_ENOMEM. */
const aq__term_t *aq__term_of_field(aq_query_t *query, const aq__field_t *field);
/* What a column of this field is set to. NULL: as aq__term_make(). */
const aq__term_t *aq__term_assigned(aq_query_t *query, const aq_expression_t *expression,
                                    const aq__field_t *field);
/* `field` = `value`, which is converted. NULL: AQ_ENOMEM. */
const aq__term_t *aq__term_equal(aq_query_t *query, const aq__field_t *field, const aq_value_t *value);
/* A copy whose bytes are in the arena. AQ_ENOMEM. */
int aq__value_copy(aq_arena_t *arena, const aq_value_t *from, aq_value_t *to);
int aq__arguments_copy(aq_arena_t *arena, const aq_arguments_t *from, aq_arguments_t *to);
/* An array of C integers becomes what the column is, where all of them fit: dates, labels of an enum. AQ_ENOMEM, AQ_ERANGE. */
int aq__array_convert(aq_arena_t *arena, const aq__field_t *field, aq_value_t *array);
/* "::text[]::mood[]": from an array of the kind to that of the field's type; NULL: none is needed. In the arena; *failed: AQ_ENOMEM. */
const char *aq__array_cast(aq_arena_t *arena, const aq__field_t *field, aq_value_kind_t element,
                           bool *failed);

/* ---- Queries ---------------------------------------------------------------------------------------------------------------------------- */

/* One use of a model in a query: its own, and one for each join. */
typedef struct aq__query_source {
    const aq__mapper_t *mapper;
    const char *name;               /* the user's, of aq_join_as(); NULL: none */
    const aq__relation_t *relation; /* how it comes in; NULL: the query's own model */
    size_t from;                    /* the use that the relation starts from */
    bool outer;
} aq__query_source_t;

typedef struct aq__terms {
    const aq__term_t **items;
    size_t count;
} aq__terms_t;

typedef struct aq__query_option {
    const aq__mapper_t *mapper;
    size_t offset;
    aq_lazy_t lazy;
    bool inner;
} aq__query_option_t;

/* What the relation of this object leads to. Its members are read when the query is compiled. */
typedef struct aq__query_parent {
    const void *object;
    const aq__relation_t *relation;
} aq__query_parent_t;

struct aq_query {
    aq_session_t *session;
    const aq__mapper_t *mapper;  /* NULL: of aq_sql() without one, or there is an error */
    const aq_error_t *error;     /* the first thing that is wrong */
    aq__query_source_t *sources; /* the first is the query's own model */
    size_t source_count;
    aq__terms_t filters, orders, groups, havings, columns;
    aq__query_option_t *options;
    size_t option_count;
    aq__query_parent_t *parents;
    size_t parent_count;
    const aq__relation_t *order; /* whose order comes behind the query's own; NULL: none */
    int64_t limit, offset;       /* -1: none */
    bool distinct;
    aq_lock_t lock;
    aq_lock_wait_t wait;
    bool has_bind; /* of the user's, in `bind` */
    const char *bind;
    const void *query_class;
    const aq__sql_template_t *sql; /* of aq_sql() */
    const aq_error_t *bind_error;  /* of its bind, unless the user says which; NULL: none */
    aq_arguments_t arguments;
};

typedef enum aq__query_form {
    AQ__FORM_OBJECTS,
    AQ__FORM_COLUMNS, /* aq_columns() */
    AQ__FORM_COUNT,
    AQ__FORM_ANY,
    AQ__FORM_JSON,
    AQ__FORM_UPDATE,
    AQ__FORM_DELETE
} aq__query_form_t;

/* A loaded relation inside a statement: rows of the parent at `from` have objects of the relation's target at shape `to`. */
typedef struct aq__joined {
    const aq__relation_t *relation;
    size_t from, to; /* places in compiled->shapes */
} aq__joined_t;

/* What is loaded by a statement of its own once the objects are there. */
typedef struct aq__follow {
    const aq__relation_t *relation; /* of the shape's mapper, or of a child: then of its objects only */
    size_t from;                    /* place in shapes */
    aq_lazy_t lazy;                 /* subquery or selectin */
} aq__follow_t;

/* A query as one statement. */
typedef struct aq__compiled {
    const char *sql;
    aq_arguments_t arguments;
    aq__row_shape_t *
        shapes; /* of objects: the query's model, then what is joined. Of aq_sql() with a model: one, whose `columns` is NULL: they are found by their names */
    size_t shape_count;
    aq__joined_t *joined;
    size_t joined_count;
    aq__follow_t *follows;
    size_t follow_count;
    const char *bind;
    bool reads; /* may share a Sync: neither locks nor the user's SQL */
} aq__compiled_t;

/* The first thing that is wrong with the query: keeps the thread's last error, unless there is one. Returns the query. */
aq_query_t *aq__query_refuse_last(aq_query_t *query);
aq_query_t *aq__query_refuse(aq_query_t *query, int code, const char *format, ...) AQ_PRINTF(3, 4);
/* An empty one of the session; NULL: AQ_ENOMEM. */
aq_query_t *aq__query_begin(aq_session_t *session);
/* Stands for a query where there is no memory for one: of this thread, until it asks for the next. */
aq_query_t *aq__query_of_no_memory(aq_session_t *session);
/* Its error becomes the thread's last one. */
int aq__query_error(const aq_query_t *query);
/* False: the query is wrong already, or `verb` is not for this one, which is its error now. */
bool aq__query_takes(aq_query_t *query, const char *verb);
bool aq__query_grow(aq_query_t *query, void *items, size_t count,
                    size_t size); /* `items`: address of an array in its arena */

/* The statement of this form, in `arena`. What is wrong with the query: its error. */
int aq__query_compile(aq_query_t *query, aq__query_form_t form, aq_arena_t *arena, aq__compiled_t *compiled);
/* The same for UPDATE, whose assignments are checked and copied. */
int aq__query_compile_update(aq_query_t *query, const aq_assignment_t *assignments, size_t count,
                             aq_arena_t *arena, aq__compiled_t *compiled);
/* What a relation of these parents leads to: `parents` are objects of relation->mapper, whose keys are one array parameter (selectin); or, `around` not NULL, of those of that
 * query (subquery). The first columns of the result are the values of the parent's fields that the relation links by (aq__relation_links()), then come those of shape 0, the target's. `options`: the query
 * that has the options; NULL: none. */
int aq__relation_compile(aq_session_t *session, const aq__relation_t *relation, void *const *parents,
                         size_t count, aq_query_t *around, aq_query_t *options, aq_arena_t *arena,
                         aq__compiled_t *compiled);
/* How many fields of the parent the relation links by, and which is the nth. */
size_t aq__relation_link_count(const aq__relation_t *relation);
const aq__field_t *aq__relation_link(const aq__relation_t *relation, size_t n);
/* "select ... where key = $1" (`many` false), "... = any($1)" of an array of keys; with compound keys "$1 and ... $2", and one array for each column. The first arguments, as many
 * as the key has columns, are the caller's to set in a copy of them; there may be others behind. The text is the mapper's, made once with it. */
int aq__key_compile(aq_session_t *session, const aq__mapper_t *mapper, bool many, aq_arena_t *arena,
                    aq__compiled_t *compiled);
/* What aq__key_compile() gives, for mapper->key_statements: called for each mapper when all of them are there. In memory of the arena. AQ_ENOMEM. */
typedef struct aq__key_statements aq__key_statements_t;
int aq__mapper_compile_keys(const aq__mapper_t *mapper, aq_arena_t *arena, const aq__key_statements_t **made);

#endif
