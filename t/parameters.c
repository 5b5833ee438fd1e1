/* What may be asked of a server, and what is refused before it is asked: sizes, counts, encodings, texts that are not one statement. */
#include <sys/mman.h>

#include "t/pools.h"

static const char *execute(const char *sql, const aq_arguments_t *arguments)
{
    return outcome(aq__pool_execute(pool, sql, arguments));
}

static char *filled(size_t length)
{
    char *text = malloc(length + 1);

    memset(text, 'x', length);
    text[length] = '\0';
    return text;
}

/* ---- One value ---------------------------------------------------------------------------------------------------------------- */

static void check_small_values(void)
{
    with_pool("values of no bytes are values, not NULL", .size = 1)
    {
        is_str(execute("select $1::text, $1::text is null, octet_length($2::bytea), $2::bytea is null",
                       aq_args(aq_text(""), aq_bytea("", 0))),
               ",f,0,f", "an empty text and an empty bytea");
        is_str(execute("select $1::text is null, $2::bytea is null, $3::int4 is null",
                       aq_args(aq_text(NULL), aq_bytea(NULL, 0), aq_null())),
               "t,t,t", "NULL pointers are NULL");
        is_str(execute("select cardinality($1::int4[])", aq_args(aq_int4_array(NULL, 0))), "0",
               "an array of no elements");
    }
    with_pool("text with a NUL or that is not UTF-8 is refused, and the error says where", .size = 1)
    {
        is_str(execute("select $1::text", aq_args(aq_textn("ab\0c", 4))),
               "AQ_EENCODING: argument $1: text with a NUL at byte 2", "a NUL");
        is_str(execute("select $1::int4, $2::text", aq_args(aq_int4(1), aq_text("ab\xC3("))),
               "AQ_EENCODING: argument $2: text that is not UTF-8 at byte 2", "a cut character");
        is_str(execute("select $1::text", aq_args(aq_text("\xED\xA0\x80"))),
               "AQ_EENCODING: argument $1: text that is not UTF-8 at byte 0", "a surrogate");
        is_str(execute("select $1::text", aq_args(aq_text("\xC0\xAF"))),
               "AQ_EENCODING: argument $1: text that is not UTF-8 at byte 0", "an overlong form");
        is_str(execute("select octet_length($1::bytea)", aq_args(aq_bytea("\0\xFF\xC0", 3))), "3",
               "bytea may have any bytes");
        is_str(execute("select '\xC3('", NULL),
               "AQ_EDATA: invalid byte sequence for encoding \"UTF8\": 0xc3 0x28",
               "a statement that is not UTF-8");
        is_int(stats().connects, 1, "the connection is as good as before");
    }
}

static void check_huge_value(void)
{
    size_t length = (size_t)1 << 30;
    void *huge =
        mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    with_pool("a value of 1 GB is refused before anything is copied", .size = 1)
    {
        double since = now_ms();

        is_str(execute("select length($1)", aq_args(aq_bytea(huge, length))),
               "AQ_ETOOBIG: argument $1: bytea of 1073741824 bytes: the limit is 1073740799", "bytea");
        is_str(execute("select length($1)", aq_args(aq_textn(huge, length))),
               "AQ_ETOOBIG: argument $1: text of 1073741824 bytes: the limit is 1073740799", "text");
        is_str(execute("select length($1 || $2)",
                       aq_args(aq_bytea(huge, length / 2), aq_bytea(huge, length / 2))),
               "AQ_ETOOBIG: arguments of 1073741824 bytes in all: the limit is 1073740799",
               "two halves of it");
        ok(now_ms() - since < 500, "at once");
        is_int(stats().connecting + stats().open, 0, "without a connection");
    }
    munmap(huge, length);
}

/* Other units, one after another, until the op is done: how many were before it. */
static int run_others(aq_op_t *op)
{
    int others = 0;

    while (!aq_op_done(op)) {
        aq_op_t *other = aq__pool_execute(pool, "select 1", NULL);

        if (aq_wait(other) == NULL)
            fail("another unit: %s", outcome_of(other));
        others += !aq_op_done(op);
        aq_op_close(other);
    }
    return others;
}

static void check_big_values(void)
{
    size_t length = (size_t)64 << 20;
    char *big = filled(length);

    with_pool("a parameter of 64 MB travels while other units run", .size = 2, .max_overflow = AQ_ZERO)
    {
        aq_op_t *op;
        int others;

        warm_up(2);
        op = aq__pool_execute(pool, "select length($1)", aq_args(aq_bytea(big, length)));
        others = run_others(op);
        is_str(outcome(op), "67108864", "it arrives whole");
        ok(others > 10, "others were answered meanwhile (%d)", others);
    }
    free(big);
    with_pool("a result of 50 MB is read while other units run", .size = 2, .max_overflow = AQ_ZERO)
    {
        aq_op_t *op;
        aq_rows_t *rows;
        int others;

        warm_up(2);
        op = aq__pool_execute(pool, "select repeat('y', 1048576) from generate_series(1, 50)", NULL);
        others = run_others(op);
        rows = aq_op_value(op);
        is_int(aq_rows_count(rows), 50, "its rows");
        is_int(aq_as_text_length(aq_cell(rows, 49, 0)), 1048576, "the last one, whole");
        aq_op_close(op);
        ok(others > 10, "others were answered meanwhile (%d)", others);
    }
}

/* ---- Many of them --------------------------------------------------------------------------------------------------------------- */

static char *many_parameters(int number)
{
    aq_text_t text = {0};

    aq_text_append(&text, "select cardinality(array[$1::int4");
    for (int i = 2; i <= number; i++)
        aq_text_appendf(&text, ",$%d", i);
    aq_text_append(&text, "])");
    return aq_text_take(&text);
}

static void check_counts(void)
{
    aq_value_t *values = calloc(65536, sizeof *values);
    char *sql;

    for (int i = 0; i < 65536; i++)
        values[i] = aq_int4(i);
    with_pool("65,535 parameters are served, 65,536 refused", .size = 1)
    {
        sql = many_parameters(65535);
        is_str(execute(sql, &(aq_arguments_t){65535, values}), "65535", "as many as the protocol has");
        is_str(execute("select 1", &(aq_arguments_t){65536, values}),
               "AQ_EARGUMENTS: 65536 arguments: the limit is 65535", "one more");
        aq_free(sql);
    }
    free(values);
    with_pool("arguments that are too many or too few are refused with both numbers", .size = 1)
    {
        is_str(execute("select $1::int4 + $2::int4", aq_args(aq_int4(1))),
               "AQ_EARGUMENTS: bind 'default': 1 arguments for a statement with 2 parameters: select "
               "$1::int4 + $2::int4",
               "too few");
        is_str(
            execute("select $1::int4", aq_args(aq_int4(1), aq_int4(2))),
            "AQ_EARGUMENTS: bind 'default': 2 arguments for a statement with 1 parameters: select $1::int4",
            "too many");
        is_str(execute("select 1", aq_args(aq_int4(1))),
               "AQ_EARGUMENTS: bind 'default': 1 arguments for a statement with 0 parameters: select 1",
               "none wanted");
        is_str(
            execute("select $1::int4", NULL),
            "AQ_EARGUMENTS: bind 'default': 0 arguments for a statement with 1 parameters: select $1::int4",
            "none given");
        is_int(stats().units, 0, "the server was not asked");
    }
    with_pool("a unit of 10,000 statements is one transaction and one round trip", .size = 1)
    {
        aq_unit_t *unit = aq_unit_create();
        aq_results_t *results;
        aq_op_t *op;
        int right = 0;

        for (int i = 0; i < 10000; i++)
            aq_unit_add(unit, "insert into numbers values ($1) returning n", aq_args(aq_int4(i)));
        op = aq__pool_send(pool, unit);
        results = aq_wait(op);
        if (!ok(results != NULL, "it succeeds"))
            diag("%s", outcome_of(op));
        for (size_t i = 0; results != NULL && i < aq_results_count(results); i++)
            right += aq_as_int4(aq_cell(aq_results_rows(results, i), 0, 0)) == (int)i;
        is_int(right, 10000, "each statement has its own row");
        aq_op_close(op);
        is_str(execute("select count(distinct xmin::text), count(*) from numbers", NULL), "1,10000",
               "in one transaction");
        is_int(stats().syncs, 2, "with one Sync");
    }
    with_pool("a unit of 10,000 statements whose last one fails keeps nothing", .size = 1)
    {
        aq_unit_t *unit = aq_unit_create();
        aq_op_t *op;

        for (int i = 0; i < 9999; i++)
            aq_unit_add(unit, "insert into numbers values ($1)", aq_args(aq_int4(i)));
        aq_unit_add(unit, "insert into numbers values (1 / ($1::int4 - 9999))", aq_args(aq_int4(9999)));
        op = aq__pool_send(pool, unit);
        (void)aq_wait(op);
        is_str(outcome_of(op), "AQ_EDATA: division by zero", "it fails");
        is_str(aq_op_error(op)->statement, "insert into numbers values (1 / ($1::int4 - 9999))",
               "the statement that failed");
        aq_op_close(op);
        is_str(execute("select count(*) from numbers", NULL), "10000", "nothing was kept");
    }
}

/* ---- Texts that are not one statement ---------------------------------------------------------------------------------------------- */

static const struct {
    const char *sql, *outcome, *promise;
} refused[] = {
    {NULL, "AQ_EINVAL: bind 'default': execute: no statement (NULL)", "no text"},
    {"select 1; select 2",
     "AQ_EMULTIPLE: bind 'default': 2 statements in one text, use aq_unit_add for each: select 1; select 2",
     "two statements"},
    {"begin",
     "AQ_ETXCONTROL: bind 'default': transaction control outside an exclusive lane (aq_acquire): begin",
     "BEGIN"},
    {"/* x */ COMMIT",
     "AQ_ETXCONTROL: bind 'default': transaction control outside an exclusive lane (aq_acquire): /* x */ "
     "COMMIT",
     "COMMIT behind a comment"},
    {"rollback to savepoint a",
     "AQ_ETXCONTROL: bind 'default': transaction control outside an exclusive lane (aq_acquire): rollback to "
     "savepoint a",
     "ROLLBACK TO"},
    {"savepoint a",
     "AQ_ETXCONTROL: bind 'default': transaction control outside an exclusive lane (aq_acquire): savepoint a",
     "SAVEPOINT"},
    {"prepare transaction 'x'",
     "AQ_ETXCONTROL: bind 'default': transaction control outside an exclusive lane (aq_acquire): prepare "
     "transaction 'x'",
     "PREPARE TRANSACTION"},
    {"begin newer syntax",
     "AQ_ETXCONTROL: bind 'default': transaction control outside an exclusive lane (aq_acquire): begin newer "
     "syntax",
     "BEGIN in a syntax we do not know"},
    {"copy numbers from stdin", "AQ_EINVAL: bind 'default': COPY needs aq_copy_in: copy numbers from stdin",
     "COPY FROM STDIN"},
    {"copy numbers to stdout", "AQ_EINVAL: bind 'default': COPY needs aq_copy_out: copy numbers to stdout",
     "COPY TO STDOUT"},
    {"listen x", "AQ_EINVAL: bind 'default': LISTEN and UNLISTEN need aq_listen: listen x", "LISTEN"},
    {"unlisten *", "AQ_EINVAL: bind 'default': LISTEN and UNLISTEN need aq_listen: unlisten *", "UNLISTEN"},
};

static void check_texts(void)
{
    with_pool("what is not one statement is refused before it is sent", .size = 1)
    {
        for (size_t i = 0; i < AQ__COUNT_OF(refused); i++)
            is_str(execute(refused[i].sql, NULL), refused[i].outcome, "%s", refused[i].promise);
        is_int(stats().connecting + stats().open, 0, "without a connection");
    }
    with_pool("in a unit too, and then nothing of it is sent", .size = 1)
    {
        for (size_t i = 1; i < AQ__COUNT_OF(refused); i++) {
            aq_unit_t *unit = aq_unit_create();

            aq_unit_add(unit, "insert into numbers values (-1)", NULL);
            aq_unit_add(unit, refused[i].sql, NULL);
            is_str(unit_outcome(aq__pool_send(pool, unit)), refused[i].outcome, "%s", refused[i].promise);
        }
        is_str(unit_outcome(aq__pool_send(pool, NULL)), "AQ_EINVAL: bind 'default': send: no unit (NULL)",
               "no unit");
        is_int(stats().connecting + stats().open, 0, "without a connection");
    }
    with_pool("a read that is none is refused", .size = 1)
    {
        is_str(outcome(aq__pool_read(pool, "select 1 for update", NULL)),
               "AQ_EINVAL: bind 'default': read: not a plain SELECT (no locks, no writing, no functions with "
               "side effects): select 1 for update",
               "a lock");
        is_str(outcome(aq__pool_read(pool, "select nextval('s')", NULL)),
               "AQ_EINVAL: bind 'default': read: not a plain SELECT (no locks, no writing, no functions with "
               "side effects): select nextval('s')",
               "a function");
    }
    with_pool("a text of no statement is answered with no rows", .size = 1)
    {
        is_str(execute("", NULL), "", "an empty text");
        is_str(execute(" ; -- nothing\n", NULL), "", "blanks and a comment");
        is_str(unit_outcome(aq__pool_send(pool, aq_unit_create())), "", "a unit of no statements");
        is_str(execute("select 'next'", NULL), "next", "and the next one is");
    }
    with_pool("newer syntax is left to the server to judge", .size = 1)
    {
        is_str(execute("select 1 frobnicate 2", NULL), "AQ_ESYNTAX: syntax error at or near \"2\"",
               "one that it does not know either");
        is_str(execute("select json_array_of_the_future(absent on null) with gusto", NULL),
               "AQ_ESYNTAX: syntax error at or near \"on\"", "another");
        if (cluster_number(cluster, "select current_setting('server_version_num')::int / 10000") >= 16)
            is_str(execute("select json_array(1, $1::int4)", aq_args(aq_int4(2))), "[1, 2]",
                   "one that it knows");
    }
}

static void check_errors(void)
{
    with_pool("the server's errors carry its fields, the statement and the place in it", .size = 1)
    {
        aq_op_t *op = aq__pool_execute(pool, "select 1 +\n from numbers", NULL);
        const aq_error_t *error;

        (void)aq_wait(op);
        is_str(outcome_of(op), "AQ_ESYNTAX: syntax error at or near \"from\"", "a syntax error");
        is_str(aq_op_error(op)->sqlstate, "42601", "its SQLSTATE");
        is_int(aq_op_error(op)->position, 13, "its place");
        is_str(aq_op_error(op)->statement, "select 1 +\n from numbers", "its statement");
        aq_op_close(op);
        op = aq__pool_execute(pool, "insert into keys values ($1)", aq_args(aq_int4(1)));
        (void)aq_wait(op);
        error = aq_op_error(op);
        is_str(outcome_of(op), "AQ_EUNIQUE: duplicate key value violates unique constraint \"keys_pkey\"",
               "a duplicate");
        is_str(error->detail, "Key (k)=(1) already exists.", "its detail");
        is_str(error->schema, "public", "its schema");
        is_str(error->table, "keys", "its table");
        is_str(error->constraint, "keys_pkey", "its constraint");
        aq_op_close(op);
        op = aq__pool_execute(pool, "select lenght('x')", NULL);
        (void)aq_wait(op);
        is_str(outcome_of(op), "AQ_EUNDEFINED: function lenght(unknown) does not exist",
               "a misspelt function");
        is_str(aq_op_error(op)->hint,
               "No function matches the given name and argument types. You might need to add explicit type "
               "casts.",
               "its hint");
        is_int(aq_op_error(op)->position, 8, "its place");
        aq_op_close(op);
    }
    with_pool("a very long message of the server is told whole, ours end at a character and in dots",
              .size = 1)
    {
        char *big = filled(20000);
        char *expected = filled(20100);
        const char *text;
        aq_op_t *op;

        for (int i = 0; i < 20000; i += 2)
            memcpy(big + i, "\xC3\xA4", 2);
        op = aq__pool_execute(pool, "select cast($1::text as int4)", aq_args(aq_text(big)));
        (void)aq_wait(op);
        snprintf(expected, 20100, "invalid input syntax for type integer: \"%s\"", big);
        ok(strcmp(aq_op_error(op)->message, expected) == 0, "the server's");
        aq_op_close(op);
        memcpy(big, "begin; --", 9);
        for (int i = 9; i + 1 < 20000; i += 2)
            memcpy(big + i, "\xC3\xA4", 2);
        big[19999] = 'x';
        op = aq__pool_execute(pool, big, NULL);
        text = aq_op_error(op)->message;
        ok(aq_utf8_valid(text, strlen(text)), "ours is UTF-8");
        is_str(text + strlen(text) - 5, "\xC3\xA4...", "and ends in dots");
        aq_op_close(op);
        free(big);
        free(expected);
    }
}

int main(void)
{
    init_pools(NULL);
    cluster_sql(cluster, "create table numbers (n int); create sequence s; create table keys (k int primary "
                         "key); insert into keys values (1)");
    check_small_values();
    check_huge_value();
    check_big_values();
    check_counts();
    check_texts();
    check_errors();
    return done_pools();
}
