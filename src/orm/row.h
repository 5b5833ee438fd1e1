/* row: from a row of a result to an object of the session. */
#ifndef AQ_SRC_ORM_ROW_H
#define AQ_SRC_ORM_ROW_H

#include "src/orm/session.h"

/* Where the columns of a mapper are in a result: field i of `mapper` is column columns[i]; -1: not there. Made once for a statement. */
typedef struct aq__row_shape {
    const aq__mapper_t *mapper;
    int *columns;      /* mapper->field_count */
    int discriminator; /* column; -1: none. Then `by_identity` is asked for each row */
    const int *
        children; /* of polymorphic queries: for child k of the mapper, field i: columns at children[k * most_fields + i]; NULL: none are there */
    size_t most_fields;
} aq__row_shape_t;

/* Fills columns by the names of the result's, which must have the key's; others may be missing. AQ_ECOLUMN: "User: the statement has no column 'id'"; AQ_ENOMEM. */
int aq__row_shape_find(aq__row_shape_t *shape, aq_rows_t *rows, aq_arena_t *arena);
/* What a row does to an object that the identity map has. */
typedef enum aq__meeting {
    AQ__MEETS_EXPIRED, /* one that is expired takes it, another is left alone */
    AQ__MEETS_NEWER, /* every one takes it, because the row is locked now; what the user has changed stays */
    AQ__REFRESHES    /* every one takes it, changes are lost */
} aq__meeting_t;

/* The object of a row: that of the identity map, where its key is there, else a new one. *object is NULL where the key is NULL: the far side of an outer join has none. AQ_ENOMEM and those of
 * aq__member_read(). */
int aq__row_object(aq_session_t *session, const aq__row_shape_t *shape, aq_rows_t *rows, size_t row,
                   aq__meeting_t meeting, void **object);

#endif
