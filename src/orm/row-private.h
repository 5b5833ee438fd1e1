/* What the files that make objects of rows share. */
#ifndef AQ_SRC_ORM_ROW_PRIVATE_H
#define AQ_SRC_ORM_ROW_PRIVATE_H

#include "src/orm/member.h"
#include "src/orm/session.h"
#include "src/wire/cells.h"

/* A row that becomes an object. */
typedef struct aq__row {
    aq_session_t *session;
    aq_rows_t *rows;
    size_t row;
    const aq__mapper_t *mapper; /* whose object it is */
    aq__cohort_t *cohort;
    const int *columns; /* of its first `count` fields; -1: not there */
    size_t count;
    aq_cell_t *cells;    /* of them */
    aq__key_hash_t hash; /* of its key */
} aq__row_t;

/* reload.c. Brings an object to what its row says now. What the user changed in it stays, unless it is a refresh. */
int aq__row_reload(const aq__row_t *row, void *object, bool refresh);

#endif
