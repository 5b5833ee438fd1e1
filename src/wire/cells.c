/* Cells for the rooms above: a row's at once, and rows that stand behind a cell which came from nowhere.
 *
 * The happy path: what all cells of a row share is looked up once; one asks libpq, or the copy, for each cell's bytes only.
 * The failure mode: a row that is not there, which is the caller's mistake: every cell is NULL. */
#include "src/wire/cells.h"

#include "src/wire/codec.h"

static aq_cell_t absent(aq_rows_t *rows, size_t row)
{
    return (aq_cell_t){.rows = rows, .length = -1, .row = (int32_t)row, .column = -1};
}

static inline void take_result(const PGresult *result, int row, int column, aq_cell_t *cell)
{
    cell->length = PQgetlength(result, row, column);
    cell->data = PQgetvalue(result, row, column);
    if (cell->length == 0 && PQgetisnull(result, row, column)) {
        cell->length = -1;
        cell->data = NULL;
    }
}

void aq__rows_cells(aq_rows_t *rows, size_t row, const int *columns, size_t count, aq_cell_t *cells)
{
    const aq__copied_cell_t *copied = rows->cells != NULL ? rows->cells + row * rows->column_count : NULL;

    for (size_t i = 0; i < count; i++) {
        int column = columns[i];

        if (column < 0 || (size_t)column >= rows->column_count || row >= rows->row_count) {
            cells[i] = absent(rows, row);
            continue;
        }
        cells[i].rows = rows;
        cells[i].type = rows->forms[column].type;
        cells[i].binary = rows->forms[column].binary;
        cells[i].row = (int32_t)row;
        cells[i].column = (int16_t)column;
        if (copied == NULL) {
            take_result(rows->result, (int)row, column, &cells[i]);
        } else {
            cells[i].data = copied[column].data;
            cells[i].length = copied[column].length;
        }
    }
}

aq_rows_t *aq__rows_scratch(void)
{
    return aq__calloc(1, sizeof(aq_rows_t));
}
