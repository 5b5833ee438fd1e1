/* What the files that make statements of queries share.
 *
 *     aq__writer_t writer;
 *     aq__writer_open(&writer, mappers, arena);
 *     aq__write(&writer, "select ");  ...
 *     return aq__writer_end(&writer, compiled);
 *
 * A writer fails once: later calls do nothing, and the end tells. Aliases are unique in a whole statement, so that a query inside of another may speak of
 * the outer one's columns. */
#ifndef AQ_SRC_ORM_COMPILE_H
#define AQ_SRC_ORM_COMPILE_H

#include "src/orm/query.h"

/* A table in a statement. */
typedef struct aq__table_use {
    const aq__table_t *table;
    const char *alias; /* as it stands in SQL */
} aq__table_use_t;

/* A use of a model in a statement. */
typedef struct aq__use {
    const aq__mapper_t *mapper;
    const char *name;        /* the user's; NULL: none */
    aq__table_use_t *tables; /* the mapper's, then those of its children where they are joined too */
    size_t table_count;
    bool children;                /* they are */
    const aq__row_shape_t *inner; /* it is a subquery now, whose columns are these, called... */
    const char *inner_alias;      /* ... this; aq__write_inner_name() */
} aq__use_t;

/* The uses of one SELECT. */
typedef struct aq__scope aq__scope_t;
struct aq__scope {
    const aq__scope_t *outer; /* around an EXISTS; NULL: none */
    aq__use_t *uses;          /* as query->sources */
    size_t count;
};

/* Where a relation is on the way from the query's model, so that loads do not go round in circles. */
typedef struct aq__path aq__path_t;
struct aq__path {
    const aq__path_t *up;
    const aq__relation_t *relation;
};

typedef struct aq__writer {
    const aq__mappers_t *mappers;
    aq_arena_t *arena;
    aq_text_t sql;
    aq_value_t *values;
    size_t value_count, value_room;
    const char **aliases; /* that are taken */
    size_t alias_count;
    int code; /* what failed; AQ_OK: nothing yet */
} aq__writer_t;

/* compile.c */
void aq__writer_open(aq__writer_t *writer, const aq__mappers_t *mappers, aq_arena_t *arena);
/* Moves the text and the arguments into the arena. The code of what failed. */
int aq__writer_end(aq__writer_t *writer, aq__compiled_t *compiled);
void aq__writer_fail(aq__writer_t *writer, int code, const char *format, ...) AQ_PRINTF(3, 4);
void aq__writer_fail_last(aq__writer_t *writer, int code);
/* "$3" of a value that lives as long as the arena; returns the 3. */
size_t aq__write_value(aq__writer_t *writer, const aq_value_t *value);
void *aq__writer_alloc(aq__writer_t *writer, size_t count, size_t size); /* zeroed; NULL: it has failed */

static inline void aq__write(aq__writer_t *writer, const char *text)
{
    aq_text_append(&writer->sql, text);
}

/* compile-from.c */
/* Gives the model's tables aliases: their own names where those are free; `loaded`: it is not the user's but comes along, and is never called by them. */
void aq__use_open(aq__writer_t *writer, aq__use_t *use, const aq__mapper_t *mapper, const char *name,
                  bool children);
void aq__use_open_loaded(aq__writer_t *writer, aq__use_t *use, const aq__mapper_t *mapper, bool children);
/* An alias that nothing in the statement has: `sql`, the name with the quotes that it needs (NULL: not that), or post_1, post_2 ... NULL: it has failed. */
const char *aq__writer_alias(aq__writer_t *writer, const char *name, const char *sql);
/* "employee join manager on manager.id = employee.id". */
void aq__write_use(aq__writer_t *writer, const aq__use_t *use);
/* " left join post as post_1 on post_1.author_id = user.id". */
void aq__write_join(aq__writer_t *writer, const aq__relation_t *relation, const aq__use_t *from,
                    const aq__use_t *to, bool outer);
/* The same as a condition: "post_1.author_id = user.id". */
void aq__write_link(aq__writer_t *writer, const aq__relation_t *relation, const aq__use_t *from,
                    const aq__use_t *to);
/* Of a many-to-many relation: "from tags as tags_1 join tag on ..." with `secondary` the alias; then the link is with that. */
void aq__write_secondary(aq__writer_t *writer, const aq__relation_t *relation, const char *secondary,
                         const aq__use_t *to);
void aq__write_secondary_link(aq__writer_t *writer, const aq__relation_t *relation, const char *secondary,
                              const aq__use_t *from);
/* Opens the uses of a query's sources. */
void aq__scope_open(aq__writer_t *writer, aq__scope_t *scope, const aq_query_t *query,
                    const aq__scope_t *outer, bool children);
/* " from ... where ... group by ... having ...". */
void aq__write_body(aq__writer_t *writer, const aq_query_t *query, const aq__scope_t *scope);
/* Without " from": the conditions, behind `before` (" where "); nothing where there are none. */
void aq__write_where(aq__writer_t *writer, const aq_query_t *query, const aq__scope_t *scope,
                     const char *before);
/* "type = any($1)" of a model whose rows are among others in one table; whether there is such a condition. */
bool aq__has_identities(const aq__mapper_t *mapper);
void aq__write_identities(aq__writer_t *writer, const aq__use_t *use);
void aq__write_limits(aq__writer_t *writer, const aq_query_t *query);

/* compile-term.c */
void aq__write_field(aq__writer_t *writer, const aq__use_t *use, const aq__field_t *field);
void aq__write_column(aq__writer_t *writer, const aq__use_t *use, const aq__column_t *column);
void aq__write_term(aq__writer_t *writer, const aq__scope_t *scope, const aq__term_t *term);
void aq__write_terms(aq__writer_t *writer, const aq__scope_t *scope, const aq__terms_t *terms,
                     const char *before, const char *between);
/* " desc nulls last" */
void aq__write_direction(aq__writer_t *writer, bool descending, aq_nulls_t nulls);
/* The use that a column's term means; NULL: it has failed. *field: in that use's mapper, or in a child's. */
const aq__use_t *aq__scope_find(aq__writer_t *writer, const aq__scope_t *scope, const aq__term_t *column,
                                const aq__field_t **field);
/* Whether a column of a child's own table is spoken of. */
bool aq__query_speaks_of_children(const aq_query_t *query);

/* compile-load.c */
typedef struct aq__loader {
    aq__writer_t *writer;
    aq__compiled_t *compiled;
    const aq_query_t *options; /* NULL: none */
    aq__use_t **uses;          /* as compiled->shapes */
    bool *inner;               /* of each joined */
    size_t column;             /* the next column of the result */
} aq__loader_t;
/* Which relations come along with the shapes from `first` on, and theirs: fills shapes, joined, follows. */
void aq__load_plan(aq__loader_t *loader, const aq__mapper_t *mapper, aq__use_t *use, const aq__path_t *path);
/* The columns of a shape, which it remembers; `names`: each "as c1", for a subquery. */
void aq__write_shape(aq__loader_t *loader, size_t shape, bool names);
void aq__write_shapes(aq__loader_t *loader, size_t first);
void aq__write_load_joins(aq__loader_t *loader);
/* ", post_1.created desc" of the relations that come along, behind `before` where they are the first. */
bool aq__write_load_orders(aq__loader_t *loader, const char *before);
bool aq__write_relation_order(aq__writer_t *writer, const aq__relation_t *relation, const aq__use_t *use,
                              const char *before);
bool aq__load_multiplies(const aq__loader_t *loader);
/* How a relation is loaded in this query. */
aq_lazy_t aq__relation_lazy(const aq_query_t *options, const aq__relation_t *relation, const aq__path_t *path,
                            bool *inner);
/* What the column is called in a subquery that has the shape's columns. */
void aq__write_inner_name(aq__writer_t *writer, const aq__row_shape_t *shape, const aq__field_t *field);

/* compile.c, for the other forms. */
bool aq__query_is_cut(const aq_query_t *query); /* it has a limit, an offset, DISTINCT or groups */
void aq__write_orders(aq__writer_t *writer, const aq_query_t *query, const aq__scope_t *scope);
/* "(select user.id, ..., length(user.name) as aq_order_1 from ... limit $1) as user": from then on the first use is that. The loader has one shape, which
 * is written. */
void aq__write_inner(aq__writer_t *writer, const aq_query_t *query, aq__scope_t *scope, aq__loader_t *loader);
/* The query's orders again, around it; whether there are any. */
bool aq__write_outer_orders(aq__writer_t *writer, const aq_query_t *query, aq__scope_t *scope,
                            const char *before);

/* compile-sql.c */
void aq__write_sql(aq__writer_t *writer, const aq_query_t *query, aq__query_form_t form,
                   aq__compiled_t *compiled);

/* compile-bulk.c */
void aq__write_update(aq__writer_t *writer, aq_query_t *query, const aq_assignment_t *assignments,
                      size_t count);
void aq__write_delete(aq__writer_t *writer, const aq_query_t *query);

/* Texts that are made once with a mapper (compile-relation.c). */
struct aq__key_statements {
    aq__compiled_t one, many;
    const char
        *columns; /* "post.id, post.title", of a model with one table and no children; NULL: of another */
    size_t length;
};

/* compile-json.c */
void aq__write_json(aq__writer_t *writer, const aq_query_t *query);

#endif
