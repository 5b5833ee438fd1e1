/* bench: what the two sides of every measure share.
 *
 * A measure is one piece of work done by two sides: `raw` (hand-written libpq) and `aquifer` (the public API). Each side is opened
 * once, then bench.c lets them work in turn, raw, Aquifer, raw, Aquifer, so that whatever else the machine does hits both alike.
 * Whatever goes wrong ends the program with a text: a benchmark has nobody to recover for. */
#ifndef AQUIFER_BENCH_H
#define AQUIFER_BENCH_H

#include <arpa/inet.h>
#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { BENCH_USERS = 100000, BENCH_IN_FLIGHT = 256, BENCH_COPY_PIECE = 16384, BENCH_WARM = 1000 };

#define BENCH_SELECT "select id, name, email from bench_user where id = $1"
#define BENCH_INSERT "insert into bench_insert (id, name) values ($1, $2)"
#define BENCH_COPY_TEXT "copy bench_copy from stdin"
#define BENCH_COPY_BINARY "copy bench_copy from stdin (format binary)"

typedef enum bench_sync { BENCH_SYNC_TURN, BENCH_SYNC_UNIT } bench_sync_t;
typedef enum bench_verb { BENCH_READ, BENCH_WRITE } bench_verb_t;

typedef enum bench_change { BENCH_ADD, BENCH_UPDATE, BENCH_DELETE } bench_change_t;

/* What a measure asks of its sides; each reads the members that concern it. */
typedef struct bench_case {
    const char *uri;
    bench_verb_t verb;
    bench_sync_t sync;
    int connections;
    bool binary;    /* COPY */
    bool read_only; /* a session without snapshots */
    bench_change_t change;
    uint64_t rows_a_statement; /* of the raw side; 0: all */
} bench_case_t;

typedef struct bench_side {
    /* Connects and prepares; not timed. */
    void *(*open)(const bench_case_t *bench_case);
    /* Before each run, not timed: brings the tables back, makes the input. NULL: nothing to do. */
    void (*reset)(void *state, uint64_t count);
    /* Does the work `count` times (queries, rows ...); timed. Returns a sum over what was read: it must not depend on the side. */
    uint64_t (*run)(void *state, uint64_t count);
    void (*close)(void *state);
} bench_side_t;

/* Bytes that one more of something (the measure's noun) costs its side. */
typedef double (*bench_memory_cb)(const char *uri);

extern const bench_side_t raw_pipeline, raw_rows, raw_stream, raw_copy, raw_things, raw_compared;
extern const bench_side_t aq_ops, aq_tasks, aq_whole_rows, aq_streamed_rows, aq_copied_rows, aq_thens,
    aq_awaits, aq_gets, aq_gets_of_turn, aq_objects, aq_things, aq_unchanged;
double raw_memory_connection(const char *uri), aq_memory_connection(const char *uri);
double raw_memory_waiting(const char *uri), aq_memory_waiting(const char *uri);
double aq_memory_suspended(const char *uri);
double raw_memory_object(const char *uri), aq_memory_object(const char *uri);

/* ---- helpers (bench.c) ---- */

#if defined(__GNUC__)
__attribute__((noreturn, format(printf, 1, 2)))
#endif
void bench_die(const char *format, ...);
void *bench_alloc(size_t size); /* zeroed; never NULL */
/* Heap in use, in bytes; with the C library told to keep one heap for all threads. */
double bench_heap(void);
/* Resident memory, in bytes. */
double bench_resident(void);

/* The key of the nth query: the same on both sides, and all over the table. */
static inline int32_t bench_key(uint64_t n)
{
    return (int32_t)((n * UINT64_C(2654435761)) % BENCH_USERS) + 1;
}

/* ---- the big table's rows ---- */

typedef struct bench_row {
    int32_t id;
    int32_t name_length;
    const char *name;
    int64_t created; /* microseconds since 1970 */
    double score;
} bench_row_t;

#define BENCH_ROWS \
    "select id, name, created, score from bench_row where id <= $1" /* in any order: the sums do not care */
#define BENCH_EPOCH_2000 INT64_C(946684800000000)

static inline uint64_t bench_row_sum(const bench_row_t *row)
{
    return (uint64_t)row->id + (uint64_t)row->name_length + (unsigned char)row->name[0] +
           (uint64_t)(row->created / 1000000) + (uint64_t)row->score;
}

/* The nth row to copy in: made the same way on both sides. */
static inline bench_row_t bench_copy_row(uint64_t n)
{
    static const char name[] = "a name of middling length";
    bench_row_t row = {.id = (int32_t)n, .name = name, .name_length = (int32_t)(10 + n % 15)};

    row.created = INT64_C(1700000000000000) + (int64_t)n * 1000003;
    row.score = (double)n / 3;
    return row;
}

/* What becomes of it when it is changed. */
static inline bench_row_t bench_changed_row(uint64_t n)
{
    bench_row_t row = bench_copy_row(n + 7);

    row.score += 1;
    return row;
}

/* Rows as COPY's text. */
typedef struct bench_text {
    char *data;
    size_t length;
    size_t *ends; /* of each row that was ever made */
    uint64_t rows;
} bench_text_t;
void bench_copy_text(bench_text_t *text,
                     uint64_t count); /* makes what is not there yet; `length` is of `count` rows */
void bench_text_dispose(bench_text_t *text);

#endif
