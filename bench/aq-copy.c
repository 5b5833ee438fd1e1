/* COPY FROM STDIN with Aquifer, in a task: text in pieces, each awaited; binary by aq_copy_write_row, awaited once per batch of rows.
 * What raw-copy.c does by hand. */
#include <stdlib.h>

#include "bench/aq.h"

enum { BATCH = 128 };

typedef struct copier {
    aq_bench_t bench;
    bool binary;
    bench_text_t text;
    uint64_t count, copied;
} copier_t;

static void *open_copier(const bench_case_t *bench_case)
{
    copier_t *copier = bench_alloc(sizeof *copier);

    copier->binary = bench_case->binary;
    aq_bench_open(&copier->bench, bench_case->uri, &(aq_pool_options_t){.size = 1});
    return copier;
}

static void reset_copier(void *state, uint64_t count)
{
    copier_t *copier = state;

    aq_bench_sql(&copier->bench, "truncate bench_copy");
    if (!copier->binary)
        bench_copy_text(&copier->text, count);
}

static void must(const char *what, aq_op_t *op)
{
    if (aq_await(op) == NULL)
        aq_bench_die(what, op);
    aq_op_close(op);
}

static void write_text(copier_t *copier, aq_copy_t *copy)
{
    for (size_t at = 0; at < copier->text.length; at += BENCH_COPY_PIECE) {
        size_t rest = copier->text.length - at;

        must("copy",
             aq_copy_write(copy, copier->text.data + at, rest < BENCH_COPY_PIECE ? rest : BENCH_COPY_PIECE));
    }
}

static aq_op_t *write_row(aq_copy_t *copy, uint64_t n)
{
    bench_row_t row = bench_copy_row(n);

    return aq_copy_write_row(copy, aq_args(aq_int4(row.id), aq_textn(row.name, (size_t)row.name_length),
                                           aq_timestamptz(row.created), aq_float8(row.score)));
}

static void write_rows(aq_copy_t *copy, uint64_t count)
{
    aq_op_t *ops[BATCH];

    for (uint64_t n = 0; n < count;) {
        int batch = 0;

        while (batch < BATCH && n < count)
            ops[batch++] = write_row(copy, n++);
        for (int i = batch - 1; i >= 0; i--)
            must("copy", ops[i]);
    }
}

static void *copy_in(void *data)
{
    copier_t *copier = data;
    aq_op_t *op =
        aq_copy_in(copier->bench.context, NULL, copier->binary ? BENCH_COPY_BINARY : BENCH_COPY_TEXT);
    aq_copy_t *copy = aq_await(op);
    aq_op_t *end;

    if (copy == NULL)
        aq_bench_die("copy", op);
    if (copier->binary)
        write_rows(copy, copier->count);
    else
        write_text(copier, copy);
    end = aq_copy_end(copy);
    if (aq_await(end) == NULL)
        aq_bench_die("copy", end);
    copier->copied = *(uint64_t *)aq_op_value(end);
    aq_op_close(end);
    aq_copy_close(copy);
    return NULL;
}

static uint64_t run_copier(void *state, uint64_t count)
{
    copier_t *copier = state;
    aq_op_t *op;

    copier->count = count;
    op = aq_spawn(aq_context_loop(copier->bench.context), copy_in, copier);
    if (aq_wait(op) == NULL)
        aq_bench_die("copy", op);
    aq_op_close(op);
    return copier->copied;
}

static void close_copier(void *state)
{
    copier_t *copier = state;

    aq_bench_close(&copier->bench);
    bench_text_dispose(&copier->text);
    free(copier);
}

const bench_side_t aq_copied_rows = {open_copier, reset_copier, run_copier, close_copier};
