/* bench: raw libpq and Aquifer side by side. bench/run builds this, starts a database for it and adds what callgrind counts.
 *
 *     bench [--pairs N] [--scale PERCENT] [--verbose] NAME...     the measures whose names begin so, as lines of TSV
 *     bench --list                                                name, noun, and two sizes for counting instructions
 *     bench --side raw|aquifer --count N NAME                     one side, once: for callgrind
 *
 * The database is AQUIFER_DATABASE_URI's. Each measure: both sides are opened and warmed up, then raw, Aquifer, raw, Aquifer ... ; the
 * columns are each side's median, the ratio is the median of the pairs' ratios. */
#include "bench/bench.h"

#include <libpq-fe.h>
#include <malloc.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>
#include <uv.h>

typedef struct measure {
    const char *name;
    const char *noun;
    bool bulk;           /* shown as the time of the whole, not as a rate */
    uint64_t count;      /* of one run */
    uint64_t counted[2]; /* runs under callgrind */
    const bench_side_t *raw, *aquifer;
    bench_case_t bench_case;
} measure_t;

#define SELECT(name, policy, n, side)                                                       \
    {                                                                                       \
        "select-" name "-" #n, "query", false, 150000, {4000, 12000}, &raw_pipeline, &side, \
        {                                                                                   \
            .sync = policy, .connections = n                                                \
        }                                                                                   \
    }
#define INSERT(n)                                                                   \
    {                                                                               \
        "insert-" #n, "insert", false, 50000, {2000, 6000}, &raw_pipeline, &aq_ops, \
        {                                                                           \
            .verb = BENCH_WRITE, .sync = BENCH_SYNC_UNIT, .connections = n          \
        }                                                                           \
    }

static const measure_t measures[] = {
    SELECT("ops-turn", BENCH_SYNC_TURN, 1, aq_ops),
    SELECT("ops-turn", BENCH_SYNC_TURN, 4, aq_ops),
    SELECT("ops-unit", BENCH_SYNC_UNIT, 1, aq_ops),
    SELECT("ops-unit", BENCH_SYNC_UNIT, 4, aq_ops),
    SELECT("tasks-turn", BENCH_SYNC_TURN, 1, aq_tasks),
    SELECT("tasks-turn", BENCH_SYNC_TURN, 4, aq_tasks),
    SELECT("tasks-unit", BENCH_SYNC_UNIT, 1, aq_tasks),
    SELECT("tasks-unit", BENCH_SYNC_UNIT, 4, aq_tasks),
    INSERT(1),
    INSERT(4),
    {"rows-whole", "row", true, 1000000, {20000, 60000}, &raw_rows, &aq_whole_rows, {0}},
    {"rows-streamed", "row", true, 1000000, {20000, 60000}, &raw_stream, &aq_streamed_rows, {0}},
    {"copy-text", "row", true, 100000, {20000, 60000}, &raw_copy, &aq_copied_rows, {0}},
    {"copy-binary", "row", true, 100000, {20000, 60000}, &raw_copy, &aq_copied_rows, {.binary = true}},
    {"get-sessions", "query", false, 100000, {4000, 12000}, &raw_pipeline, &aq_gets, {.connections = 1}},
    {"get-turn", "query", false, 100000, {4000, 12000}, &raw_pipeline, &aq_gets_of_turn, {.connections = 1}},
    {"objects-tracked", "row", true, 1000000, {20000, 60000}, &raw_stream, &aq_objects, {0}},
    {"objects-read-only",
     "row",
     true,
     1000000,
     {20000, 60000},
     &raw_stream,
     &aq_objects,
     {.read_only = true}},
    {"add-whole", "row", true, 100000, {5000, 15000}, &raw_things, &aq_things, {0}},
    {"add-1000", "row", true, 100000, {5000, 15000}, &raw_things, &aq_things, {.rows_a_statement = 1000}},
    {"update", "row", true, 10000, {2000, 6000}, &raw_things, &aq_things, {.change = BENCH_UPDATE}},
    {"delete", "row", true, 10000, {2000, 6000}, &raw_things, &aq_things, {.change = BENCH_DELETE}},
    {"unchanged", "row", true, 1000000, {20000, 60000}, &raw_compared, &aq_unchanged, {0}},
    {"task-await", "await", false, 2000000, {20000, 60000}, &aq_thens, &aq_awaits, {0}},
};

typedef struct memory_measure {
    const char *name;
    const char *noun;
    bench_memory_cb raw, aquifer; /* raw NULL: there is no such thing */
} memory_measure_t;

static const memory_measure_t memory_measures[] = {
    {"memory-connection", "connection", raw_memory_connection, aq_memory_connection},
    {"memory-waiting", "waiting op", raw_memory_waiting, aq_memory_waiting},
    {"memory-object", "object", raw_memory_object, aq_memory_object},
    {"memory-suspended", "suspended task", NULL, aq_memory_suspended},
};

enum {
    MEASURES = sizeof measures / sizeof *measures,
    MEMORY_MEASURES = sizeof memory_measures / sizeof *memory_measures
};

typedef struct options {
    const char *uri;
    int pairs;
    int scale; /* percent of each count */
    bool verbose, list;
    const char *side;
    uint64_t count;
    char *const *names;
} options_t;

/* ---- helpers of the sides ---- */

void bench_die(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    fputs("bench: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    exit(1);
}

void *bench_alloc(size_t size)
{
    void *block = calloc(1, size);

    if (block == NULL)
        bench_die("out of memory");
    return block;
}

double bench_heap(void)
{
    struct mallinfo2 info = mallinfo2();

    return (double)info.uordblks + (double)info.hblkhd;
}

double bench_resident(void)
{
    unsigned long total = 0, resident = 0;
    FILE *statm = fopen("/proc/self/statm", "r");

    if (statm == NULL || fscanf(statm, "%lu %lu", &total, &resident) != 2)
        bench_die("cannot read /proc/self/statm");
    fclose(statm);
    return (double)resident * (double)sysconf(_SC_PAGESIZE);
}

static size_t format_row(char *to, size_t room, const bench_row_t *row)
{
    time_t seconds = (time_t)(row->created / 1000000);
    char when[40];

    strftime(when, sizeof when, "%Y-%m-%d %H:%M:%S", gmtime(&seconds));
    return (size_t)snprintf(to, room, "%d\t%.*s\t%s.%06d+00\t%.17g\n", row->id, row->name_length, row->name,
                            when, (int)(row->created % 1000000), row->score);
}

void bench_copy_text(bench_text_t *text, uint64_t count)
{
    enum { LONGEST = 120 };
    size_t end = text->rows > 0 ? text->ends[text->rows - 1] : 0;

    if (text->rows < count) {
        text->data = realloc(text->data, count * LONGEST);
        text->ends = realloc(text->ends, count * sizeof *text->ends);
        if (text->data == NULL || text->ends == NULL)
            bench_die("out of memory");
    }
    for (; text->rows < count; text->rows++) {
        bench_row_t row = bench_copy_row(text->rows);

        text->ends[text->rows] = end += format_row(text->data + end, LONGEST, &row);
    }
    text->length = text->ends[count - 1];
}

void bench_text_dispose(bench_text_t *text)
{
    free(text->data);
    free(text->ends);
}

/* ---- the tables ---- */

static void make_tables(const char *uri)
{
    static const char sql[] =
        "set client_min_messages = warning;"
        "create table if not exists bench_user (id int primary key, name text not null, email text not null);"
        "insert into bench_user select i, 'user' || i, 'user' || i || '@example.com' from generate_series(1, "
        "%d) i"
        " where not exists (select from bench_user);"
        "create table if not exists bench_insert (id int not null, name text not null);"
        "create table if not exists bench_row (id int not null, name text not null, created timestamptz not "
        "null,"
        " score float8 not null);"
        "insert into bench_row select i, 'row number ' || i, timestamptz '2020-01-01 00:00+00' + i * "
        "interval '1.5 s', i / 7.0"
        " from generate_series(1, 1000000) i where not exists (select from bench_row);"
        "create unlogged table if not exists bench_copy (like bench_row);"
        "create table if not exists bench_thing (id serial primary key, name text not null, created "
        "timestamptz not null,"
        " score float8 not null);";
    static const char vacuum[] = "vacuum (freeze, analyze) bench_user, bench_row";
    char text[sizeof sql + 20];
    PGconn *conn = PQconnectdb(uri);
    PGresult *result;

    snprintf(text, sizeof text, sql, BENCH_USERS);
    result = PQexec(conn, text);
    if (PQresultStatus(result) != PGRES_COMMAND_OK)
        bench_die("cannot make the tables: %s", PQerrorMessage(conn));
    PQclear(result);
    PQclear(PQexec(conn, vacuum));
    PQfinish(conn);
}

/* ---- one measure ---- */

typedef struct sample {
    double seconds, cpu;
    uint64_t sum;
} sample_t;

static double cpu_seconds(void)
{
    struct rusage usage;

    getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static sample_t run_once(const bench_side_t *side, void *state, uint64_t count)
{
    sample_t sample;
    uint64_t start;
    double cpu;

    if (side->reset != NULL)
        side->reset(state, count);
    cpu = cpu_seconds();
    start = uv_hrtime();
    sample.sum = side->run(state, count);
    sample.seconds = (double)(uv_hrtime() - start) / 1e9;
    sample.cpu = cpu_seconds() - cpu;
    return sample;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static double median(double *values, int n)
{
    qsort(values, (size_t)n, sizeof *values, compare);
    return n % 2 != 0 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

/* Prints one line from what each pair measured; sorts the arrays. */
static void print_line(const options_t *options, const char *name, const char *unit, double *raw,
                       double *aquifer, int n)
{
    double *ratios = bench_alloc(sizeof *ratios * (size_t)n);
    double ratio;

    for (int i = 0; i < n; i++)
        ratios[i] = aquifer[i] / raw[i];
    ratio = median(ratios, n);
    printf("%s\t%s\t%.4g\t%.4g\t%.3f", name, unit, median(raw, n), median(aquifer, n), ratio);
    if (options->verbose)
        printf("\t%.3f\t%.3f", ratios[0], ratios[n - 1]);
    putchar('\n');
    fflush(stdout);
    free(ratios);
}

static void print_samples(const options_t *options, const measure_t *measure, uint64_t count,
                          sample_t (*samples)[2])
{
    int n = options->pairs;
    double *columns[4], per = (double)count;
    char unit[40];

    for (int c = 0; c < 4; c++)
        columns[c] = bench_alloc(sizeof **columns * (size_t)n);
    for (int i = 0; i < n; i++)
        for (int side = 0; side < 2; side++) {
            double seconds = samples[i][side].seconds;

            columns[side][i] = measure->bulk ? seconds * 1e3 : per / seconds;
            columns[2 + side][i] = samples[i][side].cpu * (measure->bulk ? 1e3 : 1e6 / per);
        }
    snprintf(unit, sizeof unit,
             measure->bulk                         ? "ms"
             : strcmp(measure->noun, "query") == 0 ? "queries/s"
                                                   : "%ss/s",
             measure->noun);
    print_line(options, measure->name, unit, columns[0], columns[1], n);
    snprintf(unit, sizeof unit, measure->bulk ? "cpu-ms" : "cpu-us/%s", measure->noun);
    print_line(options, measure->name, unit, columns[2], columns[3], n);
    for (int c = 0; c < 4; c++)
        free(columns[c]);
}

static void compare_sides(const options_t *options, const measure_t *measure)
{
    const bench_side_t *sides[2] = {measure->raw, measure->aquifer};
    bench_case_t bench_case = measure->bench_case;
    uint64_t count = measure->count * (uint64_t)options->scale / 100;
    sample_t(*samples)[2] = bench_alloc(sizeof *samples * (size_t)options->pairs);
    void *states[2];

    bench_case.uri = options->uri;
    for (int side = 0; side < 2; side++) {
        states[side] = sides[side]->open(&bench_case);
        run_once(sides[side], states[side], count / 10 + 1000);
    }
    for (int i = 0; i < options->pairs; i++) {
        for (int side = 0; side < 2; side++)
            samples[i][side] = run_once(sides[side], states[side], count);
        if (samples[i][0].sum != samples[i][1].sum)
            bench_die("%s: the two sides did not read the same: %llu and %llu", measure->name,
                      (unsigned long long)samples[i][0].sum, (unsigned long long)samples[i][1].sum);
    }
    for (int side = 0; side < 2; side++)
        sides[side]->close(states[side]);
    print_samples(options, measure, count, samples);
    free(samples);
}

static void compare_memory(const options_t *options, const memory_measure_t *measure)
{
    double raw = measure->raw != NULL ? measure->raw(options->uri) : 0;
    double aquifer = measure->aquifer(options->uri);

    printf("%s\tbytes/%s\t%.0f\t%.0f\t", measure->name, measure->noun, raw, aquifer);
    if (raw > 0)
        printf("%.3f\n", aquifer / raw);
    else
        puts("-");
    fflush(stdout);
}

/* One side, once, so that callgrind sees nothing else. */
static void run_one_side(const options_t *options, const measure_t *measure)
{
    const bench_side_t *side = strcmp(options->side, "raw") == 0 ? measure->raw : measure->aquifer;
    bench_case_t bench_case = measure->bench_case;
    void *state;

    bench_case.uri = options->uri;
    state = side->open(&bench_case);
    if (side->reset != NULL)
        side->reset(
            state,
            measure->counted[1]); /* what it makes for the largest run is not counted as a difference */
    run_once(side, state, BENCH_WARM);
    run_once(side, state, options->count);
    side->close(state);
}

/* ---- arguments ---- */

static bool wanted(const options_t *options, const char *name)
{
    if (*options->names == NULL)
        return true;
    for (char *const *asked = options->names; *asked != NULL; asked++)
        if (strncmp(name, *asked, strlen(*asked)) == 0)
            return true;
    return false;
}

static void list_measures(void)
{
    for (int i = 0; i < MEASURES; i++)
        printf("%s\t%s\t%llu\t%llu\n", measures[i].name, measures[i].noun,
               (unsigned long long)measures[i].counted[0], (unsigned long long)measures[i].counted[1]);
    for (int i = 0; i < MEMORY_MEASURES; i++)
        printf("%s\t%s\t0\t0\n", memory_measures[i].name, memory_measures[i].noun);
}

static void run_measures(const options_t *options)
{
    int found = 0;

    for (int i = 0; i < MEASURES; i++) {
        if (!wanted(options, measures[i].name))
            continue;
        found++;
        if (options->side != NULL)
            run_one_side(options, &measures[i]);
        else
            compare_sides(options, &measures[i]);
    }
    for (int i = 0; i < MEMORY_MEASURES; i++) {
        if (options->side != NULL || !wanted(options, memory_measures[i].name))
            continue;
        found++;
        compare_memory(options, &memory_measures[i]);
    }
    if (found == 0)
        bench_die("no measure's name begins so: see --list");
}

static const char *value_of(char ***arguments)
{
    if ((*arguments)[1] == NULL)
        bench_die("%s needs a value", **arguments);
    return *++*arguments;
}

static options_t parse_arguments(char **arguments)
{
    options_t options = {.pairs = 9, .scale = 100, .uri = getenv("AQUIFER_DATABASE_URI")};

    for (arguments++; *arguments != NULL && **arguments == '-'; arguments++) {
        if (strcmp(*arguments, "--verbose") == 0)
            options.verbose = true;
        else if (strcmp(*arguments, "--list") == 0)
            options.list = true;
        else if (strcmp(*arguments, "--pairs") == 0)
            options.pairs = atoi(value_of(&arguments));
        else if (strcmp(*arguments, "--scale") == 0)
            options.scale = atoi(value_of(&arguments));
        else if (strcmp(*arguments, "--side") == 0)
            options.side = value_of(&arguments);
        else if (strcmp(*arguments, "--count") == 0)
            options.count = strtoull(value_of(&arguments), NULL, 10);
        else
            bench_die("unknown option '%s'", *arguments);
    }
    options.names = arguments;
    if (options.pairs < 1 || options.scale < 1)
        bench_die("--pairs and --scale must be at least 1");
    return options;
}

int main(int argc, char **argv)
{
    options_t options = parse_arguments(argv);

    (void)argc;
    if (options.list) {
        list_measures();
        return 0;
    }
    if (options.uri == NULL)
        bench_die("AQUIFER_DATABASE_URI is not set: bench/run starts a database and sets it");
    mallopt(M_ARENA_MAX,
            1); /* one heap for all threads, or bench_heap() would not see what others allocate */
    make_tables(options.uri);
    run_measures(&options);
    return 0;
}
