/* The codec without a server: C values into parameters and COPY rows, results into C values, text and JSON. */
#include <libpq-fe.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/wire/codec.h"
#include "t/tap.h"

/* ---- Results made by hand ---------------------------------------------------------------------------------------------- */

typedef struct {
    const char *name;
    Oid type;
    int format;
    const char *data; /* NULL: NULL */
    int length;
} field_t;

#define BINARY(name, type, bytes)               \
    {                                           \
        name, type, 1, bytes, sizeof(bytes) - 1 \
    }
#define TEXT(name, type, text)                \
    {                                         \
        name, type, 0, text, sizeof(text) - 1 \
    }

static PGresult *make_result(const field_t *fields, int count, int rows)
{
    PGresult *result = PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK);
    PGresAttDesc columns[64];

    memset(columns, 0, sizeof(columns));
    for (int i = 0; i < count; i++) {
        columns[i].name = (char *)(uintptr_t)fields[i].name;
        columns[i].typid = fields[i].type;
        columns[i].format = fields[i].format;
    }
    PQsetResultAttrs(result, count, columns);
    for (int row = 0; row < rows; row++)
        for (int i = 0; i < count; i++)
            PQsetvalue(result, row, i, (char *)(uintptr_t)fields[i].data,
                       fields[i].data != NULL ? fields[i].length : -1);
    return result;
}

static aq_rows_t *make_rows(const field_t *fields, int count, int rows)
{
    return aq__rows_create(make_result(fields, count, rows));
}
#define ROWS(fields, rows) make_rows(fields, (int)AQ__COUNT_OF(fields), rows)

static void is_error(aq_rows_t *rows, int code, const char *message, const char *promise)
{
    const aq_error_t *error = aq_rows_error(rows);

    is_str(error != NULL ? error->message : NULL, message, "%s", promise);
    if (error != NULL)
        is_str(aq_error_name(error->code), aq_error_name(code), "... as %s", aq_error_name(code));
    aq_rows_close(rows);
}

static void test_rows(void)
{
    static const field_t fields[] = {BINARY("id", 23, "\0\0\0\7"),
                                     TEXT("name", 25, "Ada"),
                                     {"age", 23, 1, NULL, 0},
                                     BINARY("big", 20, "\0\0\0\0\xB2\xD0\x5E\0")};
    aq_rows_t *rows = ROWS(fields, 3);

    is_int(aq_rows_count(rows), 3, "rows are counted");
    is_int(aq_rows_columns(rows), 4, "columns are counted");
    is_str(aq_rows_column_name(rows, 1), "name", "a column's name");
    is_str(aq_rows_column_name(rows, 4), NULL, "no name beyond the last column");
    is_int(aq_rows_column_type(rows, 1), 25, "a column's type");
    is_int(aq_rows_column_type(rows, 4), 0, "no type beyond the last column");
    is_int(aq_rows_column(rows, "age"), 2, "a column by name");
    is_int(aq_rows_column(rows, "Age"), AQ_ECOLUMN, "case counts");
    is_int(aq_as_int4(aq_cell(rows, 2, 0)), 7, "an int4");
    is_int(aq_as_int8(aq_cell_named(rows, 1, "big")), 3000000000, "an int8 by name");
    is_str(aq_as_text(aq_cell(rows, 0, 1)), "Ada", "a text");
    ok(aq_is_null(aq_cell(rows, 0, 2)), "a NULL");
    is_str(aq_as_text(aq_cell(rows, 0, 2)), NULL, "NULL as text");
    is_int(aq_as_text_length(aq_cell(rows, 0, 2)), 0, "... has no length");
    ok(aq_rows_error(rows) == NULL, "none of this is an error");
    is_int(aq_as_int4(aq_cell(rows, 0, 2)), 0, "NULL as an int4 is 0");
    is_int(aq_as_int4(aq_cell(rows, 0, 1)), 0, "text as an int4 is 0");
    is_error(rows, AQ_ENULL, "row 0, column 'age' (2): NULL where an int4 was asked for",
             "the first wrong access is kept");

    rows = ROWS(fields, 3);
    (void)aq_as_int4(aq_cell(rows, 1, 1));
    is_error(rows, AQ_ETYPE, "row 1, column 'name' (1): type 25 (text) where an int4 was asked for",
             "another type");
    rows = ROWS(fields, 3);
    (void)aq_as_int2(aq_cell(rows, 2, 3));
    is_error(rows, AQ_ERANGE, "row 2, column 'big' (3): 3000000000 does not fit an int2",
             "a number that does not fit");
    rows = ROWS(fields, 3);
    is_int(aq_as_int4(aq_cell(rows, 7, 0)), 0, "no such row gives 0");
    is_error(rows, AQ_EROW, "no row 7: there are 3", "... and says so");
    rows = ROWS(fields, 3);
    is_str(aq_as_text(aq_cell(rows, 0, 9)), NULL, "no such column gives NULL");
    is_error(rows, AQ_ECOLUMN, "no column 9: there are 4", "... and says so");
    rows = ROWS(fields, 3);
    (void)aq_as_text(aq_cell_named(rows, 0, "agee"));
    is_error(rows, AQ_ECOLUMN, "no column 'agee'", "a misspelt column");
}

static void test_parameters(void)
{
    aq_arguments_t none = {0, NULL};
    const aq_arguments_t *arguments = aq_args(aq_int4(258), aq_text("x"), aq_null(), aq_bool(true));
    aq__parameters_t parameters;
    size_t bytes;
    char *block;

    is_int(aq__encode_measure(&none, &bytes), 0, "no arguments");
    is_int(bytes, 0, "... need no room");
    is_int(aq__encode_measure(arguments, &bytes), 0, "four arguments");
    block = malloc(bytes);
    aq__encode(arguments, block, &parameters);
    is_int(parameters.count, 4, "... are four parameters");
    is_mem(parameters.values[0], "\0\0\1\2", 4, "an int4 is big-endian");
    is_int(parameters.types[0], 23, "... and typed");
    is_int(parameters.formats[0], 1, "... and binary");
    is_int(parameters.lengths[0], 4, "... of four bytes");
    is_str(parameters.values[1], "x", "a text is a text");
    is_int(parameters.types[1], 0, "... whose type the server decides");
    ok(parameters.values[2] == NULL, "NULL is NULL");
    ok(parameters.values[3] + 1 == block + bytes, "the block is filled to its end");
    free(block);
    is_int(aq__encode_measure(aq_args(aq_int4(1), aq_textn("a\0b", 3)), &bytes), AQ_EENCODING,
           "NUL in a text");
    is_str(aq_last_error()->message, "argument $2: text with a NUL at byte 1", "... is refused by name");
}

int main(void)
{
    test_rows();
    test_parameters();
    return tap_done();
}
