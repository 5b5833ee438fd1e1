/* texts: pieces of SQL of the user's, taken apart: fragments (fragment.c), statements (sql.c), and what was found out about either, kept (texts.c).
 *
 * This stands apart from query.h because it knows trees of libpg_query, and not models. */
#ifndef AQ_SRC_ORM_TEXTS_H
#define AQ_SRC_ORM_TEXTS_H

#include "aquifer/session.h"

typedef enum aq__piece_kind { AQ__PIECE_TEXT, AQ__PIECE_COLUMN, AQ__PIECE_PARAMETER } aq__piece_kind_t;

typedef struct aq__piece {
    aq__piece_kind_t kind;
    const char *text; /* of a column: "User.age", or "parent.age" */
    size_t length;
    size_t owner;  /* of a column: how long the part before the first dot is */
    size_t number; /* of a parameter: 0 is $1 */
} aq__piece_t;

/* A fragment or a statement, taken apart. */
typedef struct aq__sql_template {
    const char *text; /* all of it; pieces point into it */
    aq__piece_t *pieces;
    size_t piece_count;
    size_t parameter_count; /* the highest $n, or how many names there are */
    const char **names;     /* of :name parameters, in the order of their first use */
    size_t name_count;
    const char **tables;  /* of a statement: those that it speaks of, */
    const char **schemas; /* whose schemas may be NULL */
    size_t table_count;
    const aq_error_t *error;    /* it is refused */
    const aq_error_t *unparsed; /* a statement that cannot be parsed here, but may be newer syntax */
} aq__sql_template_t;

/* What was found out about texts, so that each is parsed once for a context. In memory of its own; one thread's. */
typedef struct aq__texts aq__texts_t;
void aq__texts_close(aq__texts_t *texts); /* NULL is fine */
typedef int (*aq__sql_reader_cb)(aq_arena_t *arena, const char *text, aq__sql_template_t *made);
/* That of the text, read by `read` where it is not known, for the session's engine. NULL: AQ_ENOMEM. What is wrong with the text is in it. */
const aq__sql_template_t *aq__texts_find(aq_session_t *session, aq__sql_reader_cb read, const char *text);

/* fragment.c, sql.c. AQ_ENOMEM. */
int aq__fragment_read(aq_arena_t *arena, const char *text, aq__sql_template_t *made);
int aq__statement_read(aq_arena_t *arena, const char *text, aq__sql_template_t *made);
int aq__template_add(aq_arena_t *arena, aq__sql_template_t *made, const aq__piece_t *piece);
/* Keeps the error in the template: AQ_OK, or AQ_ENOMEM. */
int aq__template_refuse(aq_arena_t *arena, const aq_error_t **error, int code, const char *format, ...)
    AQ_PRINTF(4, 5);

#endif
