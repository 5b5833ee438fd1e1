/* Rows that are copied out of libpq's result, which is then cleared at once.
 *
 * The happy path: the lengths are added up, one block takes cells, command and bytes, and what the columns are is shared with all
 * other results of the same prepared statement.
 * The failure modes: too much for a small block, or no memory: the caller keeps libpq's result instead. */
#include <string.h>

#include "src/task/sanitizers.h"
#include "src/wire/codec.h"

enum { CELLS_LIMIT = 64, BYTES_LIMIT = 1024, BLOCK_SIZE = 384 };
#ifdef AQ__ASAN
enum { BLOCKS_KEPT = 0 }; /* so that a use after the close is seen */
#else
enum { BLOCKS_KEPT = 1024 };
#endif

/* ---- Blocks ---------------------------------------------------------------------------------------------------------- */

typedef struct spare {
    struct spare *next;
} spare_t;

struct aq__blocks {
    spare_t *spares;
    unsigned spare_count;
    unsigned users; /* blocks that are out, and the owner */
};

aq__blocks_t *aq__blocks_create(void)
{
    aq__blocks_t *blocks = aq__malloc(sizeof(*blocks));

    if (blocks != NULL)
        *blocks = (aq__blocks_t){.users = 1};
    return blocks;
}

static void drop_user(aq__blocks_t *blocks)
{
    spare_t *spare;

    if (--blocks->users > 0)
        return;
    while ((spare = blocks->spares) != NULL) {
        blocks->spares = spare->next;
        aq__free(spare);
    }
    aq__free(blocks);
}

void aq__blocks_close(aq__blocks_t *blocks)
{
    if (blocks != NULL)
        drop_user(blocks);
}

static void *take_block(aq__blocks_t *blocks)
{
    spare_t *spare = blocks->spares;

    if (spare != NULL) {
        blocks->spares = spare->next;
        blocks->spare_count--;
    } else {
        spare = aq__malloc(BLOCK_SIZE);
    }
    blocks->users += spare != NULL;
    return spare;
}

void aq__blocks_give(aq__blocks_t *blocks, void *block)
{
    spare_t *spare = block;

    if (blocks->spare_count < BLOCKS_KEPT) {
        spare->next = blocks->spares;
        blocks->spares = spare;
        blocks->spare_count++;
    } else {
        aq__free(spare);
    }
    drop_user(blocks);
}

/* ---- Shapes ---------------------------------------------------------------------------------------------------------- */

/* All columns of a result have the same format: it is asked for so. */
bool aq__shape_fits(const aq__shape_t *shape, uint32_t id, const PGresult *result)
{
    return shape != NULL && shape->id == id && shape->count == (size_t)PQnfields(result) &&
           (shape->count == 0 || shape->forms[0].binary == (PQfformat(result, 0) == 1));
}

aq__shape_t *aq__shape_create(uint32_t id, const PGresult *result)
{
    size_t count = (size_t)PQnfields(result);
    aq__shape_t *shape = aq__malloc(sizeof(*shape) + count * sizeof(shape->forms[0]));

    if (shape == NULL)
        return NULL;
    *shape = (aq__shape_t){.users = 1, .id = id, .count = count};
    shape->columns = PQcopyResult(result, PG_COPYRES_ATTRS);
    if (shape->columns == NULL) {
        aq__free(shape);
        return NULL;
    }
    for (size_t i = 0; i < count; i++) {
        shape->forms[i].type = PQftype(result, (int)i);
        shape->forms[i].binary = PQfformat(result, (int)i) == 1;
    }
    return shape;
}

void aq__shape_release(aq__shape_t *shape)
{
    if (shape == NULL || --shape->users > 0)
        return;
    PQclear(shape->columns);
    aq__free(shape);
}

/* ---- Copies ---------------------------------------------------------------------------------------------------------- */

/* Where the cells' bytes go; -1 as a length for NULL. Returns what they take, with a NUL behind each. */
static size_t measure(const PGresult *result, int rows, int columns, int32_t *lengths)
{
    size_t total = 0;

    for (int row = 0; row < rows; row++) {
        for (int column = 0; column < columns; column++) {
            int length = PQgetlength(result, row, column);

            if (length == 0 && PQgetisnull(result, row, column))
                length = -1;
            *lengths++ = length;
            total += (size_t)(length + 1);
        }
    }
    return total;
}

static void copy_cells(const PGresult *result, int rows, int columns, const int32_t *lengths,
                       aq__copied_cell_t *cells, char *to)
{
    for (int row = 0; row < rows; row++) {
        for (int column = 0; column < columns; column++, cells++) {
            int32_t length = *lengths++;

            *cells = (aq__copied_cell_t){.length = length};
            if (length < 0)
                continue;
            cells->data = memcpy(to, PQgetvalue(result, row, column), (size_t)length + 1);
            to += length + 1;
        }
    }
}

aq_rows_t *aq__rows_copy(PGresult *result, aq__shape_t *shape, aq__blocks_t *blocks)
{
    int row_count = PQntuples(result), column_count = shape != NULL ? (int)shape->count : 0;
    size_t cell_count = (size_t)row_count * (size_t)column_count, bytes, command_size, size;
    const char *command = PQcmdStatus(result);
    int32_t lengths[CELLS_LIMIT];
    aq__copied_cell_t *cells;
    aq_rows_t *rows;

    if (row_count > CELLS_LIMIT || cell_count > CELLS_LIMIT)
        return NULL;
    bytes = measure(result, row_count, column_count, lengths);
    command_size = strlen(command) + 1;
    if (bytes > BYTES_LIMIT)
        return NULL;
    size = sizeof(*rows) + cell_count * sizeof(*cells) + command_size + bytes;
    if (size > BLOCK_SIZE)
        blocks = NULL;
    rows = blocks != NULL ? take_block(blocks) : aq__malloc(size);
    if (rows == NULL)
        return NULL;
    cells = (aq__copied_cell_t *)(rows + 1);
    *rows = (aq_rows_t){
        .row_count = (size_t)row_count,
        .column_count = (size_t)column_count,
        .shape = shape,
        .cells = cells,
        .blocks = blocks,
    };
    rows->command = memcpy(cells + cell_count, command, command_size);
    if (shape != NULL) {
        shape->users++;
        rows->forms = shape->forms;
        copy_cells(result, row_count, column_count, lengths, cells,
                   (char *)(cells + cell_count) + command_size);
    }
    return rows;
}
