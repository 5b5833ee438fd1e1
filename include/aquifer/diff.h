/* diff: what differs between the models and a live database, with the ALTER statements that would mend it. They are printed, never run.
 *
 *     aq_op_t *op = aq_diff(context, NULL);                                     aquifer/app.h
 *     const aq_diff_t *diff = aq_await(op);
 *     for (size_t i = 0; i < diff->count; i++)
 *         printf("-- %s\n%s;\n", diff->items[i].text, diff->items[i].sql);
 *     aq_op_close(op); */
#ifndef AQUIFER_DIFF_H
#define AQUIFER_DIFF_H

#include "aquifer/base.h"

AQ_BEGIN_DECLS

/* X(NAME, "text"): what is not as the models say. MISSING: the database lacks it; EXTRA: only the database has it. */
#define AQ_DIFFERENCE_TABLE(X)                  \
    X(MISSING_SCHEMA, "missing schema")         \
    X(MISSING_TYPE, "missing type")             \
    X(TYPE_LABELS, "other labels")              \
    X(MISSING_SEQUENCE, "missing sequence")     \
    X(OTHER_SEQUENCE, "other sequence")         \
    X(MISSING_TABLE, "missing table")           \
    X(EXTRA_TABLE, "extra table")               \
    X(MISSING_COLUMN, "missing column")         \
    X(EXTRA_COLUMN, "extra column")             \
    X(COLUMN_TYPE, "other type")                \
    X(COLUMN_NULLABILITY, "other nullability")  \
    X(COLUMN_DEFAULT, "other default")          \
    X(COLUMN_GENERATED, "other generation")     \
    X(COLUMN_IDENTITY, "other identity")        \
    X(COLUMN_COLLATION, "other collation")      \
    X(MISSING_CONSTRAINT, "missing constraint") \
    X(EXTRA_CONSTRAINT, "extra constraint")     \
    X(OTHER_CONSTRAINT, "other constraint")     \
    X(MISSING_INDEX, "missing index")           \
    X(EXTRA_INDEX, "extra index")               \
    X(OTHER_INDEX, "other index")               \
    X(COMMENT, "other comment")

typedef enum aq_difference_kind {
#define AQ_DIFFERENCE_ENUM_(name, text) AQ_DIFFERENCE_##name,
    AQ_DIFFERENCE_TABLE(AQ_DIFFERENCE_ENUM_)
#undef AQ_DIFFERENCE_ENUM_
        AQ_DIFFERENCE_KINDS
} aq_difference_kind_t;

typedef struct aq_difference {
    aq_difference_kind_t kind;
    const char *schema, *table; /* NULL: what belongs to no table */
    const char
        *name; /* of the column, constraint, index, type ...; NULL: the table itself, or it has no name */
    const char *text; /* "user.age: the models say BIGINT, the database has INTEGER" */
    const char *
        sql; /* the statements that would mend it, joined by ";\n"; NULL: there is none, and `text` says why */
    /* Running them takes data away, or a column then refuses values that it has: DROP, a narrower type, SET NOT NULL. A constraint that rows
     * could violate is none of these: it fails, and nothing is lost. */
    bool loses_data;
} aq_difference_t;

typedef struct aq_diff {
    const aq_difference_t *items;
    size_t count;
} aq_diff_t;

AQ_API const char *aq_difference_kind_text(aq_difference_kind_t kind);
/* All of it as a script: each difference as a comment, its statements behind it; those that lose data are commented out.
 * The statements may be one transaction, unless labels are added to an enum type and used by what comes behind: PostgreSQL wants a commit between. */
AQ_API void aq_diff_append_sql(const aq_diff_t *diff, aq_text_t *sql);

AQ_END_DECLS

#endif
