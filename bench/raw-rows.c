/* A million rows by hand: binary, into an array of structs.
 * `raw_rows`: PQexecParams, texts stay in the result. `raw_stream`: single-row mode (chunks where libpq has them), texts are copied. */
#include "bench/bench.h"

#include <libpq-fe.h>
#include <stdlib.h>

typedef struct reader {
    PGconn *conn;
    char *texts; /* the chunk that texts are copied into; chunks are linked by their first bytes */
    size_t used;
} reader_t;

static const Oid int4 = 23; /* of the parameter */
static const int four = 4, binary = 1;

enum { CHUNK = 1 << 20, CHUNK_ROWS = 256 };

static void *open_reader(const bench_case_t *bench_case)
{
    reader_t *reader = bench_alloc(sizeof *reader);

    reader->conn = PQconnectdb(bench_case->uri);
    if (PQstatus(reader->conn) != CONNECTION_OK)
        bench_die("raw: %s", PQerrorMessage(reader->conn));
    return reader;
}

static void close_reader(void *state)
{
    reader_t *reader = state;

    PQfinish(reader->conn);
    free(reader);
}

static uint64_t be64(const char *bytes)
{
    uint64_t value;

    memcpy(&value, bytes, sizeof value);
    return be64toh(value);
}

static void decode(const PGresult *result, int index, bench_row_t *row)
{
    uint32_t id;
    uint64_t score = be64(PQgetvalue(result, index, 3));

    memcpy(&id, PQgetvalue(result, index, 0), sizeof id);
    row->id = (int32_t)ntohl(id);
    row->name = PQgetvalue(result, index, 1);
    row->name_length = PQgetlength(result, index, 1);
    row->created = (int64_t)be64(PQgetvalue(result, index, 2)) + BENCH_EPOCH_2000;
    memcpy(&row->score, &score, sizeof score);
}

static uint64_t sum_rows(const bench_row_t *rows, uint64_t count)
{
    uint64_t sum = 0;

    for (uint64_t i = 0; i < count; i++)
        sum += bench_row_sum(&rows[i]);
    return sum;
}

static uint64_t run_rows(void *state, uint64_t count)
{
    reader_t *reader = state;
    uint32_t limit = htonl((uint32_t)count);
    PGresult *result;
    bench_row_t *rows = malloc(sizeof *rows * count);
    uint64_t sum;

    result =
        PQexecParams(reader->conn, BENCH_ROWS, 1, &int4, &(const char *){(char *)&limit}, &four, &binary, 1);
    if (PQresultStatus(result) != PGRES_TUPLES_OK || PQntuples(result) != (int)count)
        bench_die("raw: %d rows, expected %llu: %s", PQntuples(result), (unsigned long long)count,
                  PQerrorMessage(reader->conn));
    for (int i = 0; i < (int)count; i++)
        decode(result, i, &rows[i]);
    sum = sum_rows(rows, count);
    PQclear(result);
    free(rows);
    return sum;
}

static const char *copy_text(reader_t *reader, const char *text, size_t length)
{
    char *chunk = reader->texts, *copy;

    if (chunk == NULL || reader->used + length + 1 > CHUNK) {
        chunk = malloc(CHUNK);
        if (chunk == NULL)
            bench_die("raw: out of memory");
        memcpy(chunk, &reader->texts, sizeof reader->texts);
        reader->texts = chunk;
        reader->used = sizeof reader->texts;
    }
    copy = chunk + reader->used;
    memcpy(copy, text, length + 1);
    reader->used += length + 1;
    return copy;
}

static void free_texts(reader_t *reader)
{
    char *next;

    for (char *chunk = reader->texts; chunk != NULL; chunk = next) {
        memcpy(&next, chunk, sizeof next);
        free(chunk);
    }
    reader->texts = NULL;
}

static uint64_t run_stream(void *state, uint64_t count)
{
    reader_t *reader = state;
    uint32_t limit = htonl((uint32_t)count);
    PGresult *result;
    bench_row_t *rows = malloc(sizeof *rows * count);
    uint64_t sum, n = 0;

    if (!PQsendQueryParams(reader->conn, BENCH_ROWS, 1, &int4, &(const char *){(char *)&limit}, &four,
                           &binary, 1))
        bench_die("raw: %s", PQerrorMessage(reader->conn));
#ifdef HAVE_PQSETCHUNKEDROWSMODE
    PQsetChunkedRowsMode(reader->conn, CHUNK_ROWS);
#else
    PQsetSingleRowMode(reader->conn);
#endif
    while ((result = PQgetResult(reader->conn)) != NULL) {
        if (PQresultStatus(result) == PGRES_FATAL_ERROR)
            bench_die("raw: %s", PQresultErrorMessage(result));
        for (int i = 0; i < PQntuples(result) && n < count; i++, n++) {
            decode(result, i, &rows[n]);
            rows[n].name = copy_text(reader, rows[n].name, (size_t)rows[n].name_length);
        }
        PQclear(result);
    }
    sum = sum_rows(rows, n);
    free_texts(reader);
    free(rows);
    return sum;
}

const bench_side_t raw_rows = {open_reader, NULL, run_rows, close_reader};
const bench_side_t raw_stream = {open_reader, NULL, run_stream, close_reader};
