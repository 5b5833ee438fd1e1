/* Rows that are written, by hand: `raw_things`: binary arrays to INSERT ... SELECT unnest, UPDATE ... FROM unnest, DELETE ... = ANY, in a transaction of one round trip where
 * there are several statements; `raw_compared`: structs compared with what they were. */
#include "bench/bench.h"

#include <libpq-fe.h>
#include <stdlib.h>

enum { COMPARED = 10000, INT4 = 23, FLOAT8 = 701, TEXT = 25, TIMESTAMPTZ = 1184 };

typedef struct array {
    char *data;
    size_t length, room;
} array_t;

typedef struct writer {
    PGconn *conn;
    bench_case_t bench_case;
    bench_row_t *rows;
    uint64_t most, done; /* of them */
    array_t ids, names, created, scores;
} writer_t;

/* ---- Binary arrays ---- */

static char *more(array_t *array, size_t length)
{
    if (array->length + length > array->room) {
        array->room = 2 * array->room + length;
        array->data = realloc(array->data, array->room);
        if (array->data == NULL)
            bench_die("raw: out of memory");
    }
    array->length += length;
    return array->data + array->length - length;
}

static void put4(array_t *array, uint32_t number)
{
    number = htonl(number);
    memcpy(more(array, 4), &number, 4);
}

static void put8(array_t *array, uint64_t number)
{
    char *to = more(array, 12);
    uint32_t length = htonl(8);

    number = htobe64(number);
    memcpy(to, &length, 4);
    memcpy(to + 4, &number, 8);
}

static void begin(array_t *array, uint32_t type, uint64_t count)
{
    array->length = 0;
    put4(array, 1); /* dimension */
    put4(array, 0); /* NULLs */
    put4(array, type);
    put4(array, (uint32_t)count);
    put4(array, 1); /* the first index */
}

static void put_row(writer_t *writer, const bench_row_t *row)
{
    uint64_t score;

    memcpy(&score, &row->score, 8);
    put4(&writer->ids, 4);
    put4(&writer->ids, (uint32_t)row->id);
    put4(&writer->names, (uint32_t)row->name_length);
    memcpy(more(&writer->names, (size_t)row->name_length), row->name, (size_t)row->name_length);
    put8(&writer->created, (uint64_t)(row->created - BENCH_EPOCH_2000));
    put8(&writer->scores, score);
}

static void put_rows(writer_t *writer, const bench_row_t *rows, uint64_t count)
{
    begin(&writer->ids, INT4, count);
    begin(&writer->names, TEXT, count);
    begin(&writer->created, TIMESTAMPTZ, count);
    begin(&writer->scores, FLOAT8, count);
    for (uint64_t i = 0; i < count; i++)
        put_row(writer, &rows[i]);
}

/* ---- Statements ---- */

static void send_arrays(writer_t *writer, const char *name, int first, int count)
{
    const array_t *arrays[] = {&writer->ids, &writer->names, &writer->created, &writer->scores};
    static const int binary[] = {1, 1, 1, 1};
    const char *values[4];
    int lengths[4];

    for (int i = 0; i < count; i++) {
        values[i] = arrays[first + i]->data;
        lengths[i] = (int)arrays[first + i]->length;
    }
    if (!PQsendQueryPrepared(writer->conn, name, count, values, lengths, binary, 1))
        bench_die("raw: send: %s", PQerrorMessage(writer->conn));
}

/* That of one statement, and the NULL behind it. */
static PGresult *result_of(writer_t *writer, ExecStatusType expected)
{
    PGresult *result = PQgetResult(writer->conn);

    if (PQresultStatus(result) != expected)
        bench_die("raw: %s", PQerrorMessage(writer->conn));
    if (expected != PGRES_PIPELINE_SYNC)
        PQgetResult(writer->conn);
    return result;
}

static void send_sync(writer_t *writer)
{
    if (!PQpipelineSync(writer->conn))
        bench_die("raw: Sync: %s", PQerrorMessage(writer->conn));
}

static void take_ids(writer_t *writer, bench_row_t *rows, uint64_t count)
{
    PGresult *result = result_of(writer, PGRES_TUPLES_OK);
    uint32_t id;

    if (PQntuples(result) != (int)count)
        bench_die("raw: %d keys", PQntuples(result));
    for (int i = 0; i < (int)count; i++) {
        memcpy(&id, PQgetvalue(result, i, 0), sizeof id);
        rows[i].id = (int32_t)ntohl(id);
    }
    PQclear(result);
}

static uint64_t run_add(writer_t *writer, uint64_t count)
{
    uint64_t most = writer->bench_case.rows_a_statement > 0 ? writer->bench_case.rows_a_statement : count,
             sum = 0;
    bench_row_t *rows = malloc(count * sizeof *rows);

    for (uint64_t i = 0; i < count; i++)
        rows[i] = bench_copy_row(i);
    for (uint64_t at = 0; at < count; at += most) {
        uint64_t n = count - at < most ? count - at : most;

        put_rows(writer, rows + at, n);
        send_arrays(writer, "add", 1, 3);
        PQsendFlushRequest(writer->conn);
        take_ids(writer, rows + at, n);
    }
    send_sync(writer);
    PQclear(result_of(writer, PGRES_PIPELINE_SYNC));
    for (uint64_t i = 0; i < count; i++)
        sum += (uint64_t)(rows[i].id - rows[0].id);
    free(rows);
    return sum;
}

static uint64_t run_change(writer_t *writer, uint64_t count)
{
    const bool deletes = writer->bench_case.change == BENCH_DELETE;
    bench_row_t *rows = writer->rows + writer->done;
    PGresult *result;

    for (uint64_t i = 0; i < count && !deletes; i++) {
        int32_t id = rows[i].id;

        rows[i] = bench_changed_row(i);
        rows[i].id = id;
    }
    put_rows(writer, rows, count);
    send_arrays(writer, deletes ? "delete" : "update", 0, deletes ? 1 : 4);
    send_sync(writer);
    result = result_of(writer, PGRES_COMMAND_OK);
    if (strtoull(PQcmdTuples(result), NULL, 10) != count)
        bench_die("raw: %s rows", PQcmdTuples(result));
    PQclear(result);
    PQclear(result_of(writer, PGRES_PIPELINE_SYNC));
    writer->done += count;
    return count;
}

static uint64_t run_things(void *state, uint64_t count)
{
    writer_t *writer = state;

    return writer->bench_case.change == BENCH_ADD ? run_add(writer, count) : run_change(writer, count);
}

/* ---- Opened and reset ---- */

static void must(writer_t *writer, PGresult *result)
{
    if (PQresultStatus(result) != PGRES_COMMAND_OK)
        bench_die("raw: %s", PQerrorMessage(writer->conn));
    PQclear(result);
}

static void prepare(writer_t *writer, const char *name, const char *sql)
{
    must(writer, PQprepare(writer->conn, name, sql, 0, NULL));
}

static void *open_things(const bench_case_t *bench_case)
{
    writer_t *writer = bench_alloc(sizeof *writer);

    writer->bench_case = *bench_case;
    writer->conn = PQconnectdb(bench_case->uri);
    if (PQstatus(writer->conn) != CONNECTION_OK)
        bench_die("raw: %s", PQerrorMessage(writer->conn));
    prepare(writer, "add",
            "insert into bench_thing (name, created, score)"
            " select * from unnest($1::text[], $2::timestamptz[], $3::float8[]) returning id");
    prepare(
        writer, "update",
        "update bench_thing t set name = n.name, created = n.created, score = n.score"
        " from unnest($1::int4[], $2::text[], $3::timestamptz[], $4::float8[]) n (id, name, created, score)"
        " where t.id = n.id");
    prepare(writer, "delete", "delete from bench_thing where id = any($1::int4[])");
    return writer;
}

/* The rows that are changed or deleted, with their keys. */
static void make_rows(writer_t *writer, uint64_t count)
{
    free(writer->rows);
    writer->rows = malloc(count * sizeof *writer->rows);
    for (uint64_t i = 0; i < count; i++)
        writer->rows[i] = bench_copy_row(i);
    put_rows(writer, writer->rows, count);
    send_arrays(writer, "add", 1, 3);
    send_sync(writer);
    take_ids(writer, writer->rows, count);
    PQclear(result_of(writer, PGRES_PIPELINE_SYNC));
    writer->done = 0;
}

static void reset_things(void *state, uint64_t count)
{
    writer_t *writer = state;

    if (PQpipelineStatus(writer->conn) != PQ_PIPELINE_OFF)
        PQexitPipelineMode(writer->conn);
    must(writer, PQexec(writer->conn, "truncate bench_thing"));
    PQenterPipelineMode(writer->conn);
    if (writer->most < count)
        writer->most = count;
    if (writer->bench_case.change != BENCH_ADD)
        make_rows(writer, writer->most + BENCH_WARM);
}

static void close_things(void *state)
{
    writer_t *writer = state;

    PQfinish(writer->conn);
    free(writer->rows);
    free(writer->ids.data);
    free(writer->names.data);
    free(writer->created.data);
    free(writer->scores.data);
    free(writer);
}

/* ---- Compared ---- */

typedef struct compared {
    bench_row_t now[COMPARED], then[COMPARED];
} compared_t;

static void *open_compared(const bench_case_t *bench_case)
{
    compared_t *compared = bench_alloc(sizeof *compared);

    (void)bench_case;
    for (uint64_t i = 0; i < COMPARED; i++)
        compared->now[i] = compared->then[i] = bench_copy_row(i);
    return compared;
}

static uint64_t run_compared(void *state, uint64_t count)
{
    const compared_t *compared = state;
    uint64_t changed = 0;

    for (uint64_t n = 0; n < count; n++) {
        const bench_row_t *now = &compared->now[n % COMPARED], *then = &compared->then[n % COMPARED];

        changed += now->id != then->id || now->name != then->name || now->created != then->created ||
                   now->score != then->score;
    }
    return changed;
}

const bench_side_t raw_things = {open_things, reset_things, run_things, close_things};
const bench_side_t raw_compared = {open_compared, NULL, run_compared, free};
