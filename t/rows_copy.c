/* Rows that were copied out of libpq's result look like those that kept it. */
#include <string.h>

#include "src/wire/codec.h"
#include "t/tap.h"

/* int4, text, float8 in binary, `count` rows: NULLs, an empty text, texts of `length` bytes. */
static PGresult *make_result(int count, int length)
{
    static PGresAttDesc columns[] = {
        {.name = (char *)"id", .format = 1, .typid = AQ_OID_INT4, .typlen = 4, .atttypmod = -1},
        {.name = (char *)"name", .format = 1, .typid = AQ_OID_TEXT, .typlen = -1, .atttypmod = -1},
        {.name = (char *)"score", .format = 1, .typid = AQ_OID_FLOAT8, .typlen = 8, .atttypmod = -1},
    };
    PGresult *result = PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK);
    char id[4] = {0, 0, 1, 2}, score[8] = {0x40, 0x08}, name[4096];

    memset(name, 'x', sizeof name);
    PQsetResultAttrs(result, 3, columns);
    for (int row = 0; row < count; row++) {
        PQsetvalue(result, row, 0, id, row == 1 ? -1 : 4);
        PQsetvalue(result, row, 1, name, row == 2 ? 0 : length);
        PQsetvalue(result, row, 2, score, 8);
    }
    return result;
}

static aq__blocks_t *blocks;

static bool same_cells(aq_rows_t *a, aq_rows_t *b)
{
    bool same = aq_rows_count(a) == aq_rows_count(b) && aq_rows_columns(a) == aq_rows_columns(b);

    for (size_t row = 0; row < aq_rows_count(a); row++) {
        for (size_t column = 0; column < aq_rows_columns(a); column++) {
            aq_cell_t x = aq_cell(a, row, column), y = aq_cell(b, row, column);

            same = same && x.length == y.length && x.type == y.type && x.binary == y.binary &&
                   x.row == y.row && x.column == y.column && (x.data == NULL) == (y.data == NULL);
            if (same && x.length >= 0)
                same = memcmp(x.data, y.data, (size_t)x.length + 1) == 0;
        }
    }
    return same;
}

static void test_same(void)
{
    PGresult *result = make_result(3, 20);
    aq__shape_t *shape = aq__shape_create(7, result);
    aq_rows_t *copy = aq__rows_copy(result, shape, blocks), *kept = aq__rows_create(result);

    ok(same_cells(copy, kept), "every cell is the same, NULL and empty ones too, with a NUL behind it");
    is_str(aq_rows_column_name(copy, 1), "name", "columns have their names");
    is_int(aq_rows_column(copy, "score"), 2, "columns are found by name");
    is_int(aq_rows_column_type(copy, 2), AQ_OID_FLOAT8, "columns have their types");
    aq_rows_close(kept);
    is_int(aq_as_int4(aq_cell(copy, 0, 0)), 258, "a copy outlives libpq's result");
    aq__shape_release(shape);
    is_str(aq_rows_column_name(copy, 2), "score", "and the statement it came from");
    ok(aq_rows_error(copy) == NULL, "nothing was wrong so far");
    is_int(aq_as_int4(aq_cell(copy, 3, 0)), 0, "a row that is not there is zero");
    is_str(aq_rows_error(copy)->message, "no row 3: there are 3", "and is noted");
    aq_rows_close(copy);
}

static void test_limits(void)
{
    static const struct {
        int rows, length;
        bool small;
        const char *name;
    } cases[] = {
        {0, 0, true, "no rows"},
        {5, 5, true, "15 cells"},
        {12, 5, false, "36 cells"},
        {1, 300, true, "a text of 300"},
        {1, 400, false, "a text of 400"},
        {70, 5, false, "70 rows"},
        {1, 4000, false, "a text of 4,000"},
    };

    for (size_t i = 0; i < AQ__COUNT_OF(cases); i++) {
        PGresult *result = make_result(cases[i].rows, cases[i].length);
        aq__shape_t *shape = aq__shape_create(7, result);
        aq_rows_t *copy = aq__rows_copy(result, shape, blocks);

        ok((copy != NULL) == cases[i].small, "%s: %s", cases[i].name,
           cases[i].small ? "copied" : "not copied");
        is_int(aq_rows_count(copy), cases[i].small ? cases[i].rows : 0, "%s: all rows or none",
               cases[i].name);
        aq_rows_close(copy);
        aq__shape_release(shape);
        PQclear(result);
    }
}

static void test_shape(void)
{
    PGresult *result = make_result(1, 5), *none = PQmakeEmptyPGresult(NULL, PGRES_COMMAND_OK);
    aq__shape_t *shape = aq__shape_create(7, result);

    ok(aq__shape_fits(shape, 7, true, result), "a shape fits its own result");
    ok(!aq__shape_fits(shape, 8, true, result), "not that of a statement with another name");
    ok(!aq__shape_fits(shape, 7, false, result), "not one that was asked for as text");
    ok(!aq__shape_fits(shape, 7, true, none), "not one with other columns");
    ok(!aq__shape_fits(NULL, 7, true, result), "and what is not there fits nothing");
    aq__shape_release(shape);
    PQclear(result);
    PQclear(none);
}

static void test_command(void)
{
    static const struct {
        const char *tag;
        int affected;
    } tags[] = {{"INSERT 0 3", 3}, {"UPDATE 12", 12}, {"CREATE TABLE", 0}, {"LISTEN", 0}, {"", 0}};

    for (size_t i = 0; i < AQ__COUNT_OF(tags); i++) {
        PGresult *result = PQmakeEmptyPGresult(NULL, PGRES_COMMAND_OK);
        aq_rows_t *copy;

        strcpy(PQcmdStatus(result), tags[i].tag);
        copy = aq__rows_copy(result, NULL, blocks);
        PQclear(result);
        is_str(aq_rows_command(copy), tags[i].tag, "'%s': the command is kept", tags[i].tag);
        is_int(aq_rows_affected(copy), tags[i].affected, "'%s': affected rows", tags[i].tag);
        aq_rows_close(copy);
    }
}

static void test_select(void)
{
    PGresult *result = make_result(3, 5);
    aq__shape_t *shape = aq__shape_create(7, result);
    aq_rows_t *copy;

    strcpy(PQcmdStatus(result), "SELECT 3");
    copy = aq__rows_copy(result, shape, blocks);
    PQclear(result);
    is_int(aq_rows_affected(copy), 3, "a SELECT's rows are counted without its tag");
    is_str(aq_rows_command(copy), "SELECT 3", "which is made when it is asked for");
    is_str(aq_rows_command(copy), "SELECT 3", "and again");
    is_int(aq_rows_affected(copy), 3, "and says the same");
    aq_rows_close(copy);
    aq__shape_release(shape);
}

static void test_owner(void)
{
    PGresult *result = make_result(2, 10);
    aq__shape_t *shape = aq__shape_create(7, result);
    aq_rows_t *rows = aq__rows_copy(result, shape, blocks);

    aq__shape_release(shape);
    PQclear(result);
    aq__blocks_close(blocks);
    is_int(aq_as_int4(aq_cell(rows, 0, 0)), 258, "rows outlive the owner of their block");
    aq_rows_close(rows);
}

int main(void)
{
    blocks = aq__blocks_create();
    test_same();
    test_limits();
    test_shape();
    test_command();
    test_select();
    test_owner();
    return tap_done();
}
