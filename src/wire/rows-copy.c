/* Rows that are copied out of libpq's result, which is then cleared at once.
 *
 * The happy path: one block of a fixed size takes cells, bytes and command, and what the columns are is shared with all other
 * results of the same prepared statement.
 * The failure modes: too much for a block, or no memory: the caller keeps libpq's result instead. */
#include <string.h>

#include "src/base/arena.h"
#include "src/task/sanitizers.h"
#include "src/wire/codec.h"

enum {
    BLOCK_SIZE = 512,
    CELLS_LIMIT = (BLOCK_SIZE - (int)sizeof(aq_rows_t)) / (int)sizeof(aq__copied_cell_t)
};
#ifdef AQ__ASAN
static const int blocks_kept = 0; /* so that a use after the close is seen */
#else
static const int blocks_kept = 1024;
#endif

/* ---- Blocks ---------------------------------------------------------------------------------------------------------- */

typedef struct spare {
    struct spare *next;
} spare_t;

struct aq__blocks {
    spare_t *spares;
    int spare_count;
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

/* The next one has not been touched for long: it comes while this one is filled. */
static void *take_block(aq__blocks_t *blocks)
{
    enum { MOSTLY_USED = 192 };
    spare_t *spare = blocks->spares;

    if (spare != NULL) {
        blocks->spares = spare->next;
        blocks->spare_count--;
        aq__prefetch(spare->next, MOSTLY_USED);
    } else {
        spare = aq__malloc(BLOCK_SIZE);
    }
    blocks->users += spare != NULL;
    return spare;
}

void aq__blocks_give(aq__blocks_t *blocks, void *block)
{
    spare_t *spare = block;

    if (blocks->spare_count < blocks_kept) {
        spare->next = blocks->spares;
        blocks->spares = spare;
        blocks->spare_count++;
    } else {
        aq__free(spare);
    }
    drop_user(blocks);
}

/* ---- Shapes ---------------------------------------------------------------------------------------------------------- */

aq__shape_t *aq__shape_create(uint32_t id, const PGresult *result)
{
    size_t count = (size_t)PQnfields(result);
    aq__shape_t *shape = aq__malloc(sizeof(*shape) + count * sizeof(shape->forms[0]));

    if (shape == NULL)
        return NULL;
    *shape =
        (aq__shape_t){.users = 1, .id = id, .count = count, .binary = count > 0 && PQfformat(result, 0) == 1};
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

/* Copies one cell to `to`, with a NUL behind it, if it ends before `end`. Where the next one goes, or NULL. Most values of a fixed size
 * have four bytes or eight. */
static inline char *copy_cell(const PGresult *result, int row, int column, aq__copied_cell_t *cell, char *to,
                              const char *end)
{
    int length = PQgetlength(result, row, column);
    const char *from;

    if (length == 0 && PQgetisnull(result, row, column)) {
        *cell = (aq__copied_cell_t){.data = NULL, .length = -1};
        return to;
    }
    if (length >= end - to)
        return NULL;
    from = PQgetvalue(result, row, column);
    *cell = (aq__copied_cell_t){.data = to, .length = length};
    if (length == 4)
        memcpy(to, from, 4);
    else if (length == 8)
        memcpy(to, from, 8);
    else
        memcpy(to, from, (size_t)length);
    to[length] = '\0';
    return to + length + 1;
}

static bool is_select(const char *command)
{
    static const char tag[] = "SELECT ";
    size_t i = 0;

    while (tag[i] != '\0' && command[i] == tag[i])
        i++;
    return tag[i] == '\0';
}

/* The command's tag, unless it says no more than that so many rows were selected. False: it does not fit. */
static bool copy_command(aq_rows_t *rows, PGresult *result, char *to, const char *end)
{
    const char *command = PQcmdStatus(result);
    size_t size;

    if (rows->column_count > 0 && is_select(command))
        return true;
    size = strlen(command) + 1;
    if (size > (size_t)(end - to))
        return false;
    rows->command = memcpy(to, command, size);
    return true;
}

/* All cells, then the command. False: they do not fit. */
static bool fill(aq_rows_t *rows, PGresult *result, const char *end)
{
    int row_count = (int)rows->row_count, column_count = (int)rows->column_count;
    aq__copied_cell_t *cells = (aq__copied_cell_t *)(rows + 1);
    char *to = (char *)(cells + row_count * column_count);

    rows->cells = cells;
    for (int row = 0; row < row_count; row++)
        for (int column = 0; column < column_count; column++)
            if ((to = copy_cell(result, row, column, cells++, to, end)) == NULL)
                return false;
    return copy_command(rows, result, to, end);
}

aq_rows_t *aq__rows_copy(PGresult *result, aq__shape_t *shape, aq__blocks_t *blocks)
{
    unsigned row_count = (unsigned)PQntuples(result),
             column_count = shape != NULL ? (unsigned)shape->count : 0;
    aq_rows_t *rows;

    if (row_count > CELLS_LIMIT || column_count > CELLS_LIMIT || row_count * column_count > CELLS_LIMIT)
        return NULL;
    rows = take_block(blocks);
    if (rows == NULL)
        return NULL;
    *rows = (aq_rows_t){
        .row_count = row_count,
        .column_count = column_count,
        .blocks = blocks,
    };
    if (!fill(rows, result, (const char *)rows + BLOCK_SIZE)) {
        aq__blocks_give(blocks, rows);
        return NULL;
    }
    if (shape != NULL) {
        shape->users++;
        rows->shape = shape;
        rows->forms = shape->forms;
    }
    return rows;
}

/* ---- Gathered rows --------------------------------------------------------------------------------------------------- */

aq_rows_t *aq__rows_gather(aq__shape_t *shape, size_t capacity)
{
    aq_rows_t *rows = aq__malloc(sizeof(*rows));
    aq_arena_t *arena = aq_arena_create();
    aq__copied_cell_t *cells =
        arena != NULL ? aq_arena_alloc(arena, (capacity * shape->count + 1) * sizeof(*cells)) : NULL;

    if (rows == NULL || cells == NULL) {
        aq__free(rows);
        aq_arena_close(arena);
        return NULL;
    }
    shape->users++;
    *rows = (aq_rows_t){
        .arena = arena,
        .column_count = shape->count,
        .forms = shape->forms,
        .shape = shape,
        .cells = cells,
        .command = "",
    };
    return rows;
}

bool aq__rows_add(aq_rows_t *rows, const PGresult *result)
{
    aq__copied_cell_t *cells =
        (aq__copied_cell_t *)(uintptr_t)rows->cells + rows->row_count * rows->column_count;
    size_t bytes = 0;
    char *to;

    for (int column = 0; column < (int)rows->column_count; column++) {
        cells[column].length = PQgetlength(result, 0, column);
        bytes += (size_t)cells[column].length + 1;
    }
    to = aq__arena_alloc(rows->arena, bytes);
    if (to == NULL)
        return false;
    for (int column = 0; column < (int)rows->column_count; column++) {
        size_t size = (size_t)cells[column].length + 1;

        if (size == 1 && PQgetisnull(result, 0, column)) {
            cells[column] = (aq__copied_cell_t){.data = NULL, .length = -1};
            continue;
        }
        cells[column].data = memcpy(to, PQgetvalue(result, 0, column), size);
        to += size;
    }
    rows->row_count++;
    return true;
}
