/* COPY FROM STDIN by hand, on a blocking connection: text in pieces that are ready, binary one row at a time, encoded here. */
#include "bench/bench.h"

#include <libpq-fe.h>
#include <stdlib.h>

typedef struct copier {
    PGconn *conn;
    bool binary;
    bench_text_t text;
} copier_t;

static void *open_copier(const bench_case_t *bench_case)
{
    copier_t *copier = bench_alloc(sizeof *copier);

    copier->binary = bench_case->binary;
    copier->conn = PQconnectdb(bench_case->uri);
    if (PQstatus(copier->conn) != CONNECTION_OK)
        bench_die("raw: %s", PQerrorMessage(copier->conn));
    return copier;
}

static void expect(copier_t *copier, PGresult *result, ExecStatusType status)
{
    if (PQresultStatus(result) != status)
        bench_die("raw: copy: %s", PQerrorMessage(copier->conn));
    PQclear(result);
}

static void reset_copier(void *state, uint64_t count)
{
    copier_t *copier = state;

    expect(copier, PQexec(copier->conn, "truncate bench_copy"), PGRES_COMMAND_OK);
    if (!copier->binary)
        bench_copy_text(&copier->text, count);
}

static void put(copier_t *copier, const char *data, size_t length)
{
    if (PQputCopyData(copier->conn, data, (int)length) != 1)
        bench_die("raw: copy: %s", PQerrorMessage(copier->conn));
}

static char *put32(char *to, uint32_t value)
{
    value = htonl(value);
    memcpy(to, &value, sizeof value);
    return to + sizeof value;
}

static char *put64(char *to, uint64_t value)
{
    value = htobe64(value);
    memcpy(to, &value, sizeof value);
    return to + sizeof value;
}

static void put_row(copier_t *copier, uint64_t n)
{
    bench_row_t row = bench_copy_row(n);
    char buffer[128], *to = buffer;
    uint16_t columns = htons(4);
    uint64_t score;

    memcpy(to, &columns, sizeof columns);
    to = put32(put32(to + sizeof columns, 4), (uint32_t)row.id);
    to = put32(to, (uint32_t)row.name_length);
    memcpy(to, row.name, (size_t)row.name_length);
    to = put64(put32(to + row.name_length, 8), (uint64_t)(row.created - BENCH_EPOCH_2000));
    memcpy(&score, &row.score, sizeof score);
    to = put64(put32(to, 8), score);
    put(copier, buffer, (size_t)(to - buffer));
}

static void put_all_binary(copier_t *copier, uint64_t count)
{
    static const char header[19] = "PGCOPY\n\377\r\n", trailer[2] = "\377\377";

    put(copier, header, sizeof header);
    for (uint64_t n = 0; n < count; n++)
        put_row(copier, n);
    put(copier, trailer, sizeof trailer);
}

static void put_all_text(copier_t *copier)
{
    for (size_t at = 0; at < copier->text.length; at += BENCH_COPY_PIECE) {
        size_t rest = copier->text.length - at;

        put(copier, copier->text.data + at, rest < BENCH_COPY_PIECE ? rest : BENCH_COPY_PIECE);
    }
}

static uint64_t run_copier(void *state, uint64_t count)
{
    copier_t *copier = state;
    PGresult *result;
    uint64_t copied;

    expect(copier, PQexec(copier->conn, copier->binary ? BENCH_COPY_BINARY : BENCH_COPY_TEXT), PGRES_COPY_IN);
    if (copier->binary)
        put_all_binary(copier, count);
    else
        put_all_text(copier);
    if (PQputCopyEnd(copier->conn, NULL) != 1)
        bench_die("raw: copy: %s", PQerrorMessage(copier->conn));
    result = PQgetResult(copier->conn);
    copied = strtoull(PQcmdTuples(result), NULL, 10);
    expect(copier, result, PGRES_COMMAND_OK);
    while ((result = PQgetResult(copier->conn)) != NULL)
        PQclear(result);
    return copied;
}

static void close_copier(void *state)
{
    copier_t *copier = state;

    PQfinish(copier->conn);
    bench_text_dispose(&copier->text);
    free(copier);
}

const bench_side_t raw_copy = {open_copier, reset_copier, run_copier, close_copier};
