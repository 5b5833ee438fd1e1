/* Rows into objects of a session: `aq_objects`; and a commit of a session in which nothing has changed: `aq_unchanged`. */
#include <stdlib.h>

#include "bench/models.h"

enum { UNCHANGED = 10000 };

typedef struct reader {
    aq_bench_t bench;
    bool read_only;
    aq_session_t *session; /* of aq_unchanged */
} reader_t;

static aq_objects_t *load(aq_session_t *session, uint64_t count)
{
    aq_query_t *query = aq_filter(aq_query(session, Row), aq_le(Row, id, (int32_t)count));
    aq_objects_t *objects = aq_bench_wait("rows", aq_all(query));

    if (objects->count != count)
        bench_die("aquifer: %zu objects, expected %llu", objects->count, (unsigned long long)count);
    return objects;
}

static uint64_t sum_objects(const aq_objects_t *objects)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < objects->count; i++) {
        const Row *object = objects->items[i];
        const bench_row_t row = {.id = object->id,
                                 .name = object->name,
                                 .name_length = (int32_t)strlen(object->name),
                                 .created = object->created,
                                 .score = object->score};

        sum += bench_row_sum(&row);
    }
    return sum;
}

static uint64_t run_objects(void *state, uint64_t count)
{
    reader_t *reader = state;
    aq_session_t *session =
        aq_bench_session(&reader->bench, &(aq_session_options_t){.read_only = reader->read_only});
    uint64_t sum = sum_objects(load(session, count));

    aq_session_close(session);
    return sum;
}

static void *open_reader(const bench_case_t *bench_case)
{
    reader_t *reader = bench_alloc(sizeof *reader);

    reader->read_only = bench_case->read_only;
    aq_bench_open(&reader->bench, bench_case->uri, &(aq_pool_options_t){.size = 1});
    return reader;
}

static void close_reader(void *state)
{
    reader_t *reader = state;

    aq_session_close(reader->session);
    aq_bench_close(&reader->bench);
    free(reader);
}

/* A session of 10,000 is committed as often as it takes to look at `count` objects. */
static void *open_unchanged(const bench_case_t *bench_case)
{
    reader_t *reader = open_reader(bench_case);

    reader->session = aq_bench_session(&reader->bench, NULL);
    load(reader->session, UNCHANGED);
    return reader;
}

static uint64_t run_unchanged(void *state, uint64_t count)
{
    reader_t *reader = state;

    for (uint64_t done = 0; done < count; done += UNCHANGED)
        aq_bench_wait("commit", aq_commit(reader->session));
    return 0;
}

/* What an object of the big table takes from the heap, while its session is open. */
double aq_memory_object(const char *uri)
{
    enum { OBJECTS = 200000 };
    reader_t *reader = open_reader(&(bench_case_t){.uri = uri});
    aq_session_t *session = aq_bench_session(&reader->bench, NULL);
    double before, after;

    load(session, 1000);
    before = bench_heap();
    load(session, OBJECTS);
    after = bench_heap();
    aq_session_close(session);
    close_reader(reader);
    return (after - before) / (OBJECTS - 1000);
}

/* The struct and its text. */
double raw_memory_object(const char *uri)
{
    (void)uri;
    return sizeof(Row) + sizeof "row number 123456";
}

const bench_side_t aq_objects = {open_reader, NULL, run_objects, close_reader};
const bench_side_t aq_unchanged = {open_unchanged, NULL, run_unchanged, close_reader};
