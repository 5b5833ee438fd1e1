/* cells: rows for the rooms above that read millions of them, without libpq in sight. */
#ifndef AQ_SRC_WIRE_CELLS_H
#define AQ_SRC_WIRE_CELLS_H

#include "aquifer/wire.h"
#include "src/wire/number.h"

/* The cells of a row in these columns, as aq_cell() for each of them gives; of a column -1 one that is NULL. */
void aq__rows_cells(aq_rows_t *rows, size_t row, const int *columns, size_t count, aq_cell_t *cells);
/* aq_as_timestamp() of nearly every cell, without the call. False: that is to tell. */
static inline bool aq__cell_timestamp(const aq_cell_t *cell, aq_timestamp_t *value)
{
    int64_t number;

    if (!cell->binary || cell->length != 8 ||
        (cell->type != AQ_OID_TIMESTAMPTZ && cell->type != AQ_OID_TIMESTAMP))
        return false;
    number = (int64_t)aq_load64_(cell->data);
    *value = (aq_timestamp_t)((uint64_t)number + (uint64_t)AQ__EPOCH_MICROSECONDS);
    return number >= AQ__TIMESTAMP_FIRST && number < INT64_MAX - AQ__EPOCH_MICROSECONDS;
}

/* Whether the cell's bytes are its text, with a NUL behind them. */
static inline bool aq__cell_is_text(const aq_cell_t *cell)
{
    return cell->length >= 0 &&
           (!cell->binary || cell->type == AQ_OID_TEXT || cell->type == AQ_OID_VARCHAR ||
            cell->type == AQ_OID_BPCHAR || cell->type == AQ_OID_NAME || cell->type == AQ_OID_JSON);
}

/* Rows without a row, for a cell made by hand: its memory and its error. NULL: out of memory; else aq_rows_close(). */
aq_rows_t *aq__rows_scratch(void);

#endif
