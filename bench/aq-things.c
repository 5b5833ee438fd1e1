/* Objects that are written: added, changed or deleted, and committed. What raw-things.c does by hand. */
#include <stdlib.h>

#include "bench/models.h"

typedef struct writer {
    aq_bench_t bench;
    bench_case_t bench_case;
    aq_session_t *session; /* with the objects that are changed or deleted */
    aq_objects_t *objects;
    uint64_t most, done; /* of them */
} writer_t;

static void set(Thing *thing, const bench_row_t *row)
{
    thing->name = row->name;
    thing->created = row->created;
    thing->score = row->score;
}

static Thing *add(aq_session_t *session, uint64_t n)
{
    Thing *thing = aq_new(session, Thing);
    const bench_row_t row = bench_copy_row(n);

    if (thing == NULL)
        aq_bench_die("new", NULL);
    set(thing, &row);
    if (aq_add(session, thing) != AQ_OK)
        aq_bench_die("add", NULL);
    return thing;
}

static uint64_t run_add(writer_t *writer, uint64_t count)
{
    aq_session_t *session = aq_bench_session(&writer->bench, NULL);
    Thing **things = bench_alloc(count * sizeof *things);
    uint64_t sum = 0;

    for (uint64_t i = 0; i < count; i++)
        things[i] = add(session, i);
    aq_bench_wait("commit", aq_commit(session));
    for (uint64_t i = 0; i < count; i++)
        sum += (uint64_t)(things[i]->id - things[0]->id);
    free(things);
    aq_session_close(session);
    return sum;
}

static uint64_t run_change(writer_t *writer, uint64_t count)
{
    const bool deletes = writer->bench_case.change == BENCH_DELETE;

    for (uint64_t i = 0; i < count; i++) {
        Thing *thing = writer->objects->items[writer->done++];
        const bench_row_t row = bench_changed_row(i);

        if (!deletes)
            set(thing, &row);
        else if (aq_delete(writer->session, thing) != AQ_OK)
            aq_bench_die("delete", NULL);
    }
    aq_bench_wait("commit", aq_commit(writer->session));
    return count;
}

static uint64_t run_things(void *state, uint64_t count)
{
    writer_t *writer = state;

    return writer->bench_case.change == BENCH_ADD ? run_add(writer, count) : run_change(writer, count);
}

static void reset_things(void *state, uint64_t count)
{
    writer_t *writer = state;

    aq_bench_sql(&writer->bench, "truncate bench_thing");
    if (writer->bench_case.change == BENCH_ADD)
        return;
    if (writer->most < count)
        writer->most = count;
    run_add(writer, writer->most + BENCH_WARM);
    aq_session_close(writer->session);
    writer->session = aq_bench_session(&writer->bench, NULL);
    writer->objects =
        aq_bench_wait("things", aq_all(aq_order_by(aq_query(writer->session, Thing), aq_asc(Thing, id))));
    writer->done = 0;
}

static void *open_things(const bench_case_t *bench_case)
{
    writer_t *writer = bench_alloc(sizeof *writer);

    writer->bench_case = *bench_case;
    aq_bench_open(&writer->bench, bench_case->uri, &(aq_pool_options_t){.size = 1});
    return writer;
}

static void close_things(void *state)
{
    writer_t *writer = state;

    aq_session_close(writer->session);
    aq_bench_close(&writer->bench);
    free(writer);
}

const bench_side_t aq_things = {open_things, reset_things, run_things, close_things};
