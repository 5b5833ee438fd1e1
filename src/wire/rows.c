/* Rows: the results of one statement, as libpq received them or copied (rows-copy.c), and the cells that point into them.
 *
 * The happy path: the columns' types and formats are copied once, so that a cell costs two calls of libpq, or none.
 * The failure modes: every wrong access gives a cell or a value that is zero and is noted on the rows, the first one only; when
 * there is no memory for the note, a static one is kept instead. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "src/wire/value.h"

static const aq_error_t no_memory = {.code = AQ_ENOMEM, .message = "rows: out of memory"};

/* ---- Making and closing ------------------------------------------------------------------------------------------------ */

static aq_rows_t *create(const PGresult *result)
{
    size_t columns = (size_t)PQnfields(result);
    aq__cell_form_t *forms;
    aq_rows_t *rows = aq__malloc(sizeof(*rows) + columns * sizeof(*forms));

    if (rows == NULL)
        return NULL;
    forms = (aq__cell_form_t *)(rows + 1);
    *rows = (aq_rows_t){.column_count = columns, .forms = forms};
    for (size_t i = 0; i < columns; i++) {
        forms[i].type = PQftype(result, (int)i);
        forms[i].binary = PQfformat(result, (int)i) == 1;
    }
    return rows;
}

aq_rows_t *aq__rows_create(PGresult *result)
{
    aq_rows_t *rows = create(result);

    if (rows == NULL) {
        PQclear(result);
        return NULL;
    }
    rows->result = result;
    rows->row_count = (size_t)PQntuples(result);
    return rows;
}

void aq__rows_dispose(aq_rows_t *rows)
{
    PQclear(rows->result);
    aq__shape_release(rows->shape);
    aq_arena_close(rows->arena);
    if (rows->error != &no_memory)
        aq__free((void *)(uintptr_t)rows->error);
}

void aq_rows_close(aq_rows_t *rows)
{
    if (rows == NULL)
        return;
    aq__rows_dispose(rows);
    if (rows->blocks != NULL)
        aq__blocks_give(rows->blocks, rows);
    else
        aq__free(rows);
}

/* ---- What they are ------------------------------------------------------------------------------------------------------ */

size_t aq_rows_count(const aq_rows_t *rows)
{
    return rows != NULL ? rows->row_count : 0;
}

size_t aq_rows_columns(const aq_rows_t *rows)
{
    return rows != NULL ? rows->column_count : 0;
}

/* Whose columns' names are those of the rows; only for rows that have columns. */
static const PGresult *description(const aq_rows_t *rows)
{
    return rows->shape != NULL ? rows->shape->columns : rows->result;
}

const char *aq_rows_column_name(const aq_rows_t *rows, size_t column)
{
    return column < aq_rows_columns(rows) ? PQfname(description(rows), (int)column) : NULL;
}

uint32_t aq_rows_column_type(const aq_rows_t *rows, size_t column)
{
    return column < aq_rows_columns(rows) ? rows->forms[column].type : 0;
}

/* PQfnumber() folds case and reads quotes; here a name is what the server called the column. */
static int find_column(const aq_rows_t *rows, const char *name)
{
    for (size_t i = 0; i < aq_rows_columns(rows); i++)
        if (strcmp(PQfname(description(rows), (int)i), name) == 0)
            return (int)i;
    return AQ_ECOLUMN;
}

int aq_rows_column(const aq_rows_t *rows, const char *name)
{
    int column = find_column(rows, name);

    return column >= 0 ? column : aq__fail(AQ_ECOLUMN, "no column '%s'", name);
}

/* NULL: out of memory. */
static aq_arena_t *make_arena(aq_rows_t *rows)
{
    if (rows->arena == NULL)
        rows->arena = aq_arena_create();
    return rows->arena;
}

/* Of copied rows whose tag was not: what it would be. */
static const char *make_command(aq_rows_t *rows)
{
    aq_arena_t *arena = make_arena(rows);

    if (arena != NULL)
        rows->command = aq_arena_printf(arena, "SELECT %zu", rows->row_count);
    return rows->command != NULL ? rows->command : "SELECT";
}

const char *aq_rows_command(const aq_rows_t *rows)
{
    if (rows == NULL)
        return "";
    if (rows->result != NULL)
        return PQcmdStatus(rows->result);
    return rows->command != NULL ? rows->command : make_command((aq_rows_t *)(uintptr_t)rows);
}

/* What PQcmdTuples() gives: the tag's last word, if it is a number ("INSERT 0 1"). */
static const char *count_in(const char *command)
{
    const char *space = strrchr(command, ' ');

    return space != NULL && space[1] >= '0' && space[1] <= '9' ? space + 1 : "";
}

uint64_t aq_rows_affected(const aq_rows_t *rows)
{
    const char *affected;

    if (rows == NULL)
        return 0;
    affected = rows->result != NULL    ? PQcmdTuples(rows->result)
               : rows->command != NULL ? count_in(rows->command)
                                       : "";
    return affected[0] != '\0' ? strtoull(affected, NULL, 10) : (uint64_t)rows->row_count;
}

const aq_error_t *aq_rows_error(const aq_rows_t *rows)
{
    return rows != NULL ? rows->error : NULL;
}

/* ---- Wrong accesses ------------------------------------------------------------------------------------------------------ */

/* Keeps the thread's last error as that of the rows. */
static void keep_last(aq_rows_t *rows)
{
    rows->error = aq__error_copy(aq_last_error());
    if (rows->error == NULL)
        rows->error = &no_memory;
}

void aq__cell_fail_last(const aq_cell_t *cell)
{
    const aq_error_t *why = aq_last_error();

    if (cell->rows == NULL || cell->rows->error != NULL)
        return;
    if (why->code == AQ_ENOMEM)
        cell->rows->error = &no_memory;
    else
        aq__cell_fail(cell, why->code, "%s", why->message);
}

void aq__cell_fail(const aq_cell_t *cell, int code, const char *format, ...)
{
    char why[512];
    const char *name;
    va_list arguments;

    if (cell->rows == NULL || cell->rows->error != NULL)
        return;
    name = aq_rows_column_name(cell->rows, (size_t)cell->column);
    va_start(arguments, format);
    (void)vsnprintf(why, sizeof(why), format, arguments);
    va_end(arguments);
    (void)aq__fail(code, "row %d, column '%s' (%d): %s", cell->row, name != NULL ? name : "?", cell->column,
                   why);
    keep_last(cell->rows);
}

aq_arena_t *aq__cell_arena(const aq_cell_t *cell)
{
    aq_arena_t *arena = make_arena(cell->rows);

    if (arena == NULL)
        aq__cell_fail_last(cell);
    return arena;
}

char *aq__cell_copy(const aq_cell_t *cell, const char *data, size_t length)
{
    aq_arena_t *arena = aq__cell_arena(cell);
    char *copy = arena != NULL ? aq_arena_alloc(arena, length + 1) : NULL;

    if (copy != NULL) {
        memcpy(copy, data, length);
        copy[length] = '\0';
    } else if (arena != NULL) {
        aq__cell_fail_last(cell);
    }
    return copy;
}

/* ---- Cells ------------------------------------------------------------------------------------------------------------------ */

/* The cell that is not there; every aq_as_...() of it is zero and says nothing more. */
static aq_cell_t no_cell(aq_rows_t *rows)
{
    if (rows != NULL && rows->error == NULL)
        keep_last(rows);
    return (aq_cell_t){.rows = rows, .length = -2, .row = -1, .column = -1};
}

/* Out of the way of what is asked for a million times. */
__attribute__((noinline, cold)) static aq_cell_t no_such_cell(aq_rows_t *rows, size_t row, size_t column)
{
    if (rows == NULL)
        (void)aq__fail(AQ_EINVAL, "cell of no rows: the rows are NULL");
    else if (row >= rows->row_count)
        (void)aq__fail(AQ_EROW, "no row %zu: there are %zu", row, rows->row_count);
    else
        (void)aq__fail(AQ_ECOLUMN, "no column %zu: there are %zu", column, rows->column_count);
    return no_cell(rows);
}

static inline aq_cell_t make_cell(aq_rows_t *rows, size_t row, size_t column, const char *data, int length)
{
    return (aq_cell_t){.rows = rows,
                       .data = data,
                       .length = length,
                       .type = rows->forms[column].type,
                       .row = (int32_t)row,
                       .column = (int16_t)column,
                       .binary = rows->forms[column].binary};
}

/* Of libpq's result; on its own, so that cells of copied rows need no stack. */
__attribute__((noinline)) static aq_cell_t result_cell(aq_rows_t *rows, size_t row, size_t column)
{
    const PGresult *result = rows->result;
    int length = PQgetlength(result, (int)row, (int)column);

    if (length == 0 && PQgetisnull(result, (int)row, (int)column))
        return make_cell(rows, row, column, NULL, -1);
    return make_cell(rows, row, column, PQgetvalue(result, (int)row, (int)column), length);
}

aq_cell_t aq_cell(aq_rows_t *rows, size_t row, size_t column)
{
    const aq__copied_cell_t *copied;

    if (rows == NULL || row >= rows->row_count || column >= rows->column_count)
        return no_such_cell(rows, row, column);
    if (rows->cells == NULL)
        return result_cell(rows, row, column);
    copied = &rows->cells[row * rows->column_count + column];
    return make_cell(rows, row, column, copied->data, copied->length);
}

aq_cell_t aq_cell_named(aq_rows_t *rows, size_t row, const char *column)
{
    int index = rows != NULL ? find_column(rows, column) : 0;

    if (index >= 0)
        return aq_cell(rows, row, (size_t)index);
    (void)aq__fail(AQ_ECOLUMN, "no column '%s'", column);
    return no_cell(rows);
}
