/* gather: the rows of one statement become objects, with those that were joined to them.
 *
 *     aq__gather_t gather;
 *     aq__gather_open(&gather, session, arena, &compiled);
 *     for each row: aq__gather_row(&gather, rows, row)            gather.found[0] is the row's object
 *     aq__gather_end(&gather);                                    joined lists are loaded now
 *     gather.shapes[0].items, .count                              the objects, none twice, in order */
#ifndef AQ_SRC_ORM_GATHER_H
#define AQ_SRC_ORM_GATHER_H

#include "src/orm/query.h"

/* Objects, none twice. */
typedef struct aq__distinct {
    void **items;
    size_t count, capacity;
    aq__map_t places;
} aq__distinct_t;

/* The children of one parent, as rows bring them. */
typedef struct aq__children aq__children_t;

typedef struct aq__gather {
    aq_session_t *session;
    aq_arena_t *arena;
    const aq__compiled_t *compiled;
    aq__meeting_t meeting;       /* set after aq__gather_open(), where it is not the first */
    aq__distinct_t *shapes;      /* as compiled->shapes */
    void **found;                /* of the last row, for each shape; NULL: none */
    struct aq__gathered *joined; /* as compiled->joined */
} aq__gather_t;

/* AQ_ENOMEM, and what aq__row_object() says. */
int aq__gather_open(aq__gather_t *gather, aq_session_t *session, aq_arena_t *arena,
                    const aq__compiled_t *compiled);
int aq__gather_row(aq__gather_t *gather, aq_rows_t *rows, size_t row);
int aq__gather_end(aq__gather_t *gather);
void aq__gather_close(aq__gather_t *gather);

/* ---- What load.c does too ---- */

/* Whether it is loaded, and a list not before the last commit or rollback. */
bool aq__relation_is_fresh(const aq_session_t *session, const void *object, const aq__relation_t *relation);
/* The pointer of a to-one relation is this object, or nothing, as the database has it. A pointer that the user changed stays. */
void aq__one_load(void *object, const aq__relation_t *relation, void *target);
/* The list is these; each of them has `object` on its own side. AQ_ENOMEM. */
int aq__list_load(void *object, const aq__relation_t *relation, void *const *items, size_t count);

#endif
