/* A million rows with Aquifer, into an array of structs: `aq_whole_rows` in one result, whose texts are used where they are;
 * `aq_streamed_rows` as a stream, whose texts are copied into an arena. What raw-rows.c does by hand. */
#include <stdlib.h>

#include "bench/aq.h"

typedef struct reader {
    aq_bench_t bench;
    uint64_t count, sum;
} reader_t;

static void *open_reader(const bench_case_t *bench_case)
{
    reader_t *reader = bench_alloc(sizeof *reader);

    aq_bench_open(&reader->bench, bench_case->uri, &(aq_pool_options_t){.size = 1});
    return reader;
}

static void close_reader(void *state)
{
    reader_t *reader = state;

    aq_bench_close(&reader->bench);
    free(reader);
}

static void decode(aq_rows_t *rows, size_t index, bench_row_t *row)
{
    aq_cell_t name = aq_cell(rows, index, 1);

    row->id = aq_as_int4(aq_cell(rows, index, 0));
    row->name = aq_as_text(name);
    row->name_length = (int32_t)aq_as_text_length(name);
    row->created = aq_as_timestamp(aq_cell(rows, index, 2));
    row->score = aq_as_float8(aq_cell(rows, index, 3));
}

static uint64_t sum_rows(const bench_row_t *rows, uint64_t count)
{
    uint64_t sum = 0;

    for (uint64_t i = 0; i < count; i++)
        sum += bench_row_sum(&rows[i]);
    return sum;
}

static uint64_t run_whole(void *state, uint64_t count)
{
    reader_t *reader = state;
    bench_row_t *structs = malloc(sizeof *structs * count);
    aq_op_t *op;
    aq_rows_t *rows;
    uint64_t sum;

    op = aq_read(reader->bench.context, NULL, BENCH_ROWS, aq_args(aq_int4((int32_t)count)));
    rows = aq_wait(op);
    if (rows == NULL || aq_rows_count(rows) != count)
        aq_bench_die("rows", op);
    for (size_t i = 0; i < count; i++)
        decode(rows, i, &structs[i]);
    if (aq_rows_error(rows) != NULL)
        bench_die("aquifer: %s", aq_rows_error(rows)->message);
    sum = sum_rows(structs, count);
    aq_op_close(op);
    free(structs);
    return sum;
}

static uint64_t take_rows(aq_rows_t *rows, bench_row_t *structs, uint64_t room, aq_arena_t *arena)
{
    uint64_t taken = 0;

    for (; taken < aq_rows_count(rows) && taken < room; taken++) {
        decode(rows, taken, &structs[taken]);
        structs[taken].name =
            aq_arena_strndup(arena, structs[taken].name, (size_t)structs[taken].name_length);
    }
    if (aq_rows_error(rows) != NULL)
        bench_die("aquifer: %s", aq_rows_error(rows)->message);
    return taken;
}

static void *read_stream(void *data)
{
    reader_t *reader = data;
    bench_row_t *structs = malloc(sizeof *structs * reader->count);
    aq_op_t *op;
    aq_stream_t *stream;
    aq_rows_t *rows;
    uint64_t n = 0;

    op = aq_stream(reader->bench.context, NULL, BENCH_ROWS, aq_args(aq_int4((int32_t)reader->count)));
    stream = aq_await(op);
    if (stream == NULL)
        aq_bench_die("stream", op);
    for (;;) {
        aq_op_t *next = aq_stream_next(stream);

        rows = aq_await(next);
        if (rows == NULL)
            aq_bench_die("stream", next);
        if (aq_rows_count(rows) == 0)
            break;
        n += take_rows(rows, structs + n, reader->count - n, aq_task_arena());
        aq_op_close(next);
    }
    aq_stream_close(stream);
    reader->sum = sum_rows(structs, n);
    free(structs);
    return NULL;
}

static uint64_t run_streamed(void *state, uint64_t count)
{
    reader_t *reader = state;
    aq_op_t *op;

    reader->count = count;
    op = aq_spawn(aq_context_loop(reader->bench.context), read_stream, reader);
    if (aq_wait(op) == NULL)
        aq_bench_die("stream", op);
    aq_op_close(op);
    return reader->sum;
}

const bench_side_t aq_whole_rows = {open_reader, NULL, run_whole, close_reader};
const bench_side_t aq_streamed_rows = {open_reader, NULL, run_streamed, close_reader};
