/* codec: C values <-> what travels. Pure: no connection, no loop. */
#ifndef AQ_SRC_WIRE_CODEC_H
#define AQ_SRC_WIRE_CODEC_H

#include <libpq-fe.h>

#include "aquifer/wire.h"
#include "src/base/base.h"

/* libpq and the server cannot take a value of 1 GB; the message around it needs room too. */
#define AQ__VALUE_LIMIT ((size_t)0x3fffffff - 1024)
#define AQ__ARGUMENT_LIMIT ((size_t)65535)

/* Parameters in the form of PQsendQueryPrepared. All arrays and the bytes lie in one block. */
typedef struct aq__parameters {
    int count;
    const char **values;
    int *lengths;
    int *formats;
    Oid *types; /* 0: the server decides */
} aq__parameters_t;

/* Checks the arguments (NULL: none) and says how many bytes aq__encode needs. AQ_EENCODING, AQ_ETOOBIG, AQ_EARGUMENTS,
 * AQ_ERANGE (a date that PostgreSQL does not have), with the thread's last error naming the argument: "argument $2: ...". */
int aq__encode_measure(const aq_arguments_t *arguments, size_t *bytes);
/* Writes them into `block`, which has that many bytes and is aligned for pointers. Cannot fail after a good measure. */
void aq__encode(const aq_arguments_t *arguments, void *block, aq__parameters_t *parameters);
/* Element i of an array as a value of its own. */
aq_value_t aq__array_item(const aq_value_t *array, size_t i);
/* The same for COPY's binary form: appends one row, field count and all, to `text`. */
int aq__encode_copy_row(const aq_arguments_t *row, aq_text_t *text);

/* True when this type's binary form is one that the cells can read; all others must be asked for as text. */
bool aq__type_is_binary(Oid type);

typedef struct aq__cell_form {
    Oid type;
    bool binary;
} aq__cell_form_t;

/* The columns of a prepared statement's results, shared by all rows that were copied out of them. */
typedef struct aq__shape {
    unsigned users;
    uint32_t id;       /* of the statement's name: another name may have other columns */
    PGresult *columns; /* no rows, for the columns' names */
    size_t count;
    bool binary; /* all columns are, or none: it is asked for so */
    aq__cell_form_t forms[];
} aq__shape_t;

/* Blocks for copied rows, kept for the next ones. It stays until the last of them is back. */
typedef struct aq__blocks aq__blocks_t;
aq__blocks_t *aq__blocks_create(void); /* NULL: out of memory */
void aq__blocks_close(aq__blocks_t *blocks);
void aq__blocks_give(aq__blocks_t *blocks, void *block); /* back */

/* A cell of rows that were copied. */
typedef struct aq__copied_cell {
    const char *data; /* with a NUL behind it */
    int32_t length;   /* -1: NULL, and `data` is too */
} aq__copied_cell_t;

struct aq_rows {
    size_t row_count;
    size_t column_count;
    const aq__copied_cell_t *cells; /* of copied rows; NULL: in the result */
    PGresult *result;               /* NULL: copied */
    const aq__cell_form_t *forms;   /* of the columns: behind this, or the shape's */
    aq__shape_t *shape;             /* of copied rows; NULL: no columns */
    const char *command;            /* of copied rows; NULL: "SELECT <row_count>", made when somebody asks */
    const aq_error_t
        *error; /* the first wrong access; one block, or a static one when there was no memory for it */
    aq_arena_t *arena;    /* texts and arrays made by aq_as_...; made when needed */
    aq__blocks_t *blocks; /* where copied rows go back to; NULL: to the allocator */
};

/* Takes the result. NULL: out of memory, and it is cleared. */
aq_rows_t *aq__rows_create(PGresult *result);
/* Frees what rows own but not the rows: for zeroed ones on the stack. */
void aq__rows_dispose(aq_rows_t *rows);
/* A copy of a small result in one block, or NULL when it does not fit, or memory is out: then keep the result. libpq gives a
 * result 3 KB and more, and a turn's worth of them costs the C library's allocator more than copying a row does.
 * `shape`: the columns, NULL when there are none. */
aq_rows_t *aq__rows_copy(PGresult *result, aq__shape_t *shape, aq__blocks_t *blocks);

/* Rows that are copied out of results of one row each; holds the shape. Room for so many rows. NULL: out of memory. */
aq_rows_t *aq__rows_gather(aq__shape_t *shape, size_t capacity);
/* Copies one more row. False: out of memory, and nothing was added. */
bool aq__rows_add(aq_rows_t *rows, const PGresult *result);

/* True when the results of the statement of this name, asked for in that format, look so. */
static inline bool aq__shape_fits(const aq__shape_t *shape, uint32_t id, bool binary, const PGresult *result)
{
    return shape != NULL && shape->id == id && shape->binary == binary &&
           shape->count == (size_t)PQnfields(result);
}
aq__shape_t *aq__shape_create(uint32_t id, const PGresult *result); /* NULL: out of memory */
void aq__shape_release(aq__shape_t *shape);                         /* NULL is fine */

#endif
