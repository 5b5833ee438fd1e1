/* Describing: what a statement takes and gives, without running it. Errors, cancels, lost connections, a pipeline shared with others, no memory. */
#include "t/pools.h"

static const char *const statements[] = {
    "create type mood as enum ('sad', 'ok')",
    "create domain positive as int4 check (value > 0)",
    "create table account (id int4 primary key, name varchar(40) not null, balance numeric(12, 2))",
    "alter table account add feels mood, add number positive",
    "create view names as select id, name from account",
    "create table locked (id int4 primary key)",
};

/* "int8, text -> id int4 account.1, name varchar(40) account.2", as the server names types and tables. Valid until the next but three. */
static const char *text_of(const aq_description_t *description)
{
    static char texts[4][1024];
    static unsigned next;
    char *text = texts[next++ % 4], *end = text, *type;

    for (size_t i = 0; i < description->parameter_count; i++) {
        type = cluster_value(cluster, "select format_type(%u, null)", description->parameters[i]);
        end += sprintf(end, "%s%s", i > 0 ? ", " : "", type);
        free(type);
    }
    end += sprintf(end, " ->");
    for (size_t i = 0; i < description->column_count; i++) {
        const aq_described_column_t *column = &description->columns[i];
        char *table = cluster_value(cluster, "select %u::regclass", column->table);

        type = cluster_value(cluster, "select format_type(%u, %d)", column->type, column->modifier);
        end += sprintf(end, "%s %s %s", i > 0 ? "," : "", column->name, type);
        if (column->table != 0)
            end += sprintf(end, " %s.%d", table, column->number);
        free(type);
        free(table);
    }
    return text;
}

static const char *described(aq_op_t *op)
{
    aq_description_t *description = aq_wait(op);
    const char *text = description != NULL ? text_of(description) : failure_of(op);

    if (description != NULL)
        aq_op_close(op);
    return text;
}

static const char *describe(const char *sql)
{
    return described(aq__pool_describe(pool, sql));
}

/* ---- What is told ------------------------------------------------------------------------------------------------------------- */

static void check_told(void)
{
    with_pool("parameters, columns and where these come from", .size = 1)
    {
        is_str(describe("select id, name, balance from account where id > $1 and name = $2"),
               "integer, text -> id integer account.1, name character varying(40) account.2, balance "
               "numeric(12,2) account.3",
               "columns of a table");
        is_str(describe("select a.feels, n.name, number, count(*) over () as n from account a join names n "
                        "using (id)"),
               " -> feels mood account.4, name character varying(40) names.2, number integer account.5, n "
               "bigint",
               "an enum, a view, a domain, which is its base type, and a computed one");
        is_str(describe("select * from (select id as x, balance + 1 as y from account) s"),
               " -> x integer account.1, y numeric", "through a subquery");
        is_str(describe("insert into account values ($1, $2, $3, $4)"),
               "integer, character varying, numeric, mood ->", "no rows");
        is_str(describe("update account set balance = balance + $1 where id = any($2) returning id"),
               "numeric, integer[] -> id integer account.1", "RETURNING");
        is_str(describe("values ($1::uuid, 'x')"), "uuid -> column1 uuid, column2 text", "VALUES");
        is_str(describe("select"), " ->", "a row without columns");
    }
    with_pool("what is no query", .size = 1)
    {
        is_str(describe(""), " ->", "an empty text");
        is_str(describe("begin"), " ->", "transaction control");
        is_str(describe("create table made_by_describe (id int4)"), " ->", "DDL");
        is_str(describe("copy account to stdout"), " ->", "COPY");
        is_str(describe("listen channel"), " ->", "LISTEN");
        is_str(describe("vacuum"), " ->", "VACUUM");
        is_str(describe("show work_mem"), " -> work_mem text", "SHOW");
        is_str(describe("explain select 1"), " -> QUERY PLAN text", "EXPLAIN");
    }
}

static void check_nothing_done(void)
{
    with_pool("nothing of it is run", .size = 1, .prepare = AQ_PREPARE_NAMED)
    {
        is_str(describe("insert into account (id, name) values (77, 'nobody') returning id"),
               " -> id integer account.1", "an INSERT is described");
        is_str(describe("select nextval('nosuch')"), "AQ_EUNDEFINED: relation \"nosuch\" does not exist",
               "constants are looked at");
        is_str(describe("discard all"), " ->", "DISCARD ALL too");
        is_str(describe("begin"), " ->", "and BEGIN");
        is_str(outcome(aq__pool_execute(pool, "select count(*) from account where id = 77", NULL)), "0",
               "no row is there");
        is_str(outcome(aq__pool_execute(pool, "select count(*) from account where id = 77", NULL)), "0",
               "what was prepared is known");
        is_str(outcome(aq__pool_execute(pool, "select count(*) from pg_prepared_statements where name = ''",
                                        NULL)),
               "0", "and no name is taken");
        is_int(stats().lost, 0, "the connection is the same");
    }
}

/* ---- Errors ----------------------------------------------------------------------------------------------------------------------- */

static void check_position(const char *sql, int position)
{
    aq_op_t *op = aq__pool_describe(pool, sql);

    ok(aq_wait(op) == NULL, "%s: fails", sql);
    is_int(aq_op_error(op)->position, position, "where");
    is_str(aq_op_error(op)->statement, sql, "in which statement");
    aq_op_close(op);
}

static void check_errors(void)
{
    with_pool("the server's errors", .size = 1)
    {
        is_str(describe("selec 1"), "AQ_ESYNTAX: syntax error at or near \"selec\"", "a syntax error");
        check_position("select idd from account", 8);
        check_position("select id from account where name = 5", 35);
        is_str(describe("select $2::int4"), "AQ_ESYNTAX: could not determine data type of parameter $1",
               "a parameter without a type");
        is_str(describe("select 1"), " -> ?column? integer", "the next one is described");
    }
    with_pool("what never reaches the server", .size = 1)
    {
        is_str(describe("select 1; select 2"),
               "AQ_EMULTIPLE: bind 'default': 2 statements in one text, use aq_unit_add for each: select 1; "
               "select 2",
               "two statements");
        is_str(describe(NULL), "AQ_EINVAL: bind 'default': describe: no statement (NULL)", "none");
        is_int(stats().open, 0, "nobody connected");
    }
    with_pool_at(uri_with("dbname=nosuch"), "a server that refuses", .size = 1, .timeout = 0.3)
    {
        has_str(describe("select 1"), "AQ_ECONNECT: bind 'default': ", "it cannot connect");
        has_str(describe("select 1"), "database \"nosuch\" does not exist", "and says why");
    }
}

/* ---- Beside others ------------------------------------------------------------------------------------------------------------------ */

static void check_pipelined(void)
{
    with_pool("in one pipeline with others, good and bad", .size = 1, .prepare = AQ_PREPARE_NAMED)
    {
        aq_op_t *ops[9];

        warm_up(1);
        ops[0] = aq__pool_read(pool, "select 1", NULL);
        ops[1] = aq__pool_describe(pool, "select id from account");
        ops[2] = aq__pool_read(pool, "select $1::int4", aq_args(aq_int4(2)));
        ops[3] = aq__pool_describe(pool, "select nosuch from account");
        ops[4] = aq__pool_execute(pool, "select 1 / 0", NULL);
        ops[5] = aq__pool_describe(pool, "select name from account");
        ops[6] = aq__pool_describe(pool, "select name from account");
        ops[7] = aq__pool_execute(pool, "select $1::int4", aq_args(aq_int4(7)));
        ops[8] = aq__pool_execute(pool, "select id from account", NULL);
        is_str(outcome(ops[0]), "1", "a read");
        is_str(described(ops[1]), " -> id integer account.1", "a description");
        is_str(outcome(ops[2]), "2", "a read with an argument");
        is_str(described(ops[3]), "AQ_EUNDEFINED: column \"nosuch\" does not exist", "one that fails");
        is_str(outcome(ops[4]), "AQ_EDATA: division by zero", "a statement that fails");
        is_str(described(ops[5]), " -> name character varying(40) account.2", "after them");
        is_str(described(ops[6]), " -> name character varying(40) account.2", "the same again");
        is_str(outcome(ops[7]), "7", "a statement prepared by name");
        is_str(outcome(ops[8]), "", "one that was described before");
        is_int(stats().connects, 1, "one connection");
    }
    with_pool("on a lane, inside its transaction", .size = 1)
    {
        aq_lane_t *lane = acquire();

        is_str(outcome(aq_lane_execute(lane, "begin", NULL)), "", "begin");
        is_str(outcome(aq_lane_execute(lane, "create table fresh (id int8)", NULL)), "", "a table is made");
        has_str(described(aq_lane_describe(lane, "select id as x from fresh")), " -> x bigint ", "and known");
        is_str(described(aq_lane_describe(lane, "select nosuch")),
               "AQ_EUNDEFINED: column \"nosuch\" does not exist", "an error");
        is_str(described(aq_lane_describe(lane, "select 1")),
               "AQ_ESERVER: current transaction is aborted, commands ignored until end of transaction block",
               "fails the transaction");
        is_str(described(aq_lane_describe(lane, "rollback")), " ->", "its end can be described");
        is_str(outcome(aq_lane_execute(lane, "rollback", NULL)), "", "and run");
        is_str(described(aq_lane_describe(lane, NULL)),
               "AQ_EINVAL: bind 'default': describe: no statement (NULL)", "no statement");
        aq_lane_invalidate(lane, false);
        is_str(described(aq_lane_describe(lane, "select 1")),
               "AQ_ELOST: bind 'default': the connection of this lane was lost", "a lost lane");
        aq_release(lane);
    }
}

/* ---- Cancel, abandon, lost connections --------------------------------------------------------------------------------------------------- */

static aq_lane_t *lock_out(void)
{
    aq_lane_t *lane = acquire();

    is_str(outcome(aq_lane_execute(lane, "begin", NULL)), "", "begin");
    is_str(outcome(aq_lane_execute(lane, "lock table locked", NULL)), "", "a table is locked");
    return lane;
}

/* A description that waits for the lock. */
static aq_op_t *stuck(void)
{
    aq_op_t *op = aq__pool_describe(pool, "select id from locked");

    for (int i = 0;
         i < 1000 && cluster_number(cluster, "select count(*) from pg_locks where not granted") == 0; i++)
        step();
    return op;
}

static void check_cancel(void)
{
    with_pool("cancelled while it waits for a lock", .size = 2)
    {
        aq_lane_t *lane = lock_out();
        aq_op_t *op = stuck();

        aq_cancel(op);
        is_str(described(op), "AQ_ECANCELED: describe: canceled", "it is canceled at once");
        aq_op_close(stuck());
        aq_release(lane);
        is_str(describe("select id from locked"), " -> id integer locked.1", "the next one is described");
        ok(cluster_await_number(cluster, 0, 3000, "select count(*) from pg_locks where not granted"),
           "and nobody waits at the server");
    }
    with_pool("cancelled before it was sent, and at each turn of its life", .size = 1)
    {
        for (int turns = 0; turns < 6; turns++) {
            aq_op_t *op = aq__pool_describe(pool, "select id from account");
            const char *text;

            for (int i = 0; i < turns; i++)
                step();
            aq_cancel(op);
            text = described(op);
            ok(strncmp(text, "AQ_ECANCELED: ", 14) == 0 || strcmp(text, " -> id integer account.1") == 0,
               "after %d turns: %s", turns, text);
        }
        is_str(describe("select id from account"), " -> id integer account.1", "the pool is fine");
    }
    with_pool("it takes too long", .size = 2, .query_timeout = 0.1)
    {
        aq_lane_t *lane = lock_out();

        is_str(describe("select id from locked"),
               "AQ_ETIMEDOUT: bind 'default': no answer within 100 ms (query_timeout): select id from locked",
               "its time is out");
        aq_release(lane);
    }
}

static void check_lost(void)
{
    with_pool("its connection is lost once it was sent: as with any read, the caller decides", .size = 2)
    {
        aq_lane_t *lane = lock_out();
        aq_op_t *op = stuck();

        cluster_sql(cluster, "select pg_terminate_backend(pid) from pg_locks where not granted");
        run_for(50);
        aq_release(lane);
        is_str(described(op),
               "AQ_ELOST: bind 'default': connection lost, nothing was kept: FATAL:  terminating connection "
               "due to "
               "administrator command",
               "it is told");
        is_str(describe("select id from locked"), " -> id integer locked.1", "the next one is described");
        is_int(stats().lost, 1, "one connection was lost");
    }
    with_pool("its connection is lost on a lane: it fails", .size = 2)
    {
        aq_lane_t *lane = acquire();
        aq_op_t *op;

        cluster_sql(cluster, "select pg_terminate_backend(%d)", aq_lane_backend_pid(lane));
        op = aq_lane_describe(lane, "select 1");
        has_str(described(op), "AQ_ELOST: ", "it was on its way");
        aq_release(lane);
    }
}

/* ---- Whose it is ------------------------------------------------------------------------------------------------------------------------ */

static char *lines[8];
static size_t line_count;

static void keep_line(void *data, aq_log_level_t level, const char *message)
{
    (void)data, (void)level;
    if (line_count < AQ__COUNT_OF(lines))
        lines[line_count++] = strdup(message);
}

static void check_owner(void)
{
    with_pool("the value is the op's until it is taken", .size = 1)
    {
        aq_op_t *op = aq__pool_describe(pool, "select id from account where id = $1");
        aq_description_t *description = aq_wait(op);

        ok(aq_op_take(op) == description, "taken");
        aq_op_close(op);
        is_str(text_of(description), "integer -> id integer account.1", "it is whole");
        aq_description_close(description);
        aq_description_close(NULL);
    }
    with_pool("echo tells that it was only described", .size = 1)
    {
        aq_op_t *op;

        pool->echo = AQ_ECHO_DEBUG;
        warm_up(1);
        aq_set_log(keep_line, NULL, AQ_LOG_INFO);
        op = aq__pool_describe(pool, "select $1::int4");
        (void)aq_wait(op);
        aq_op_close(op);
        aq_set_log(drop_log, NULL, AQ_LOG_ERROR);
        is_int((int)line_count, 1, "one line");
        is_str(line_count > 0 ? lines[0] : NULL, "bind 'default': describe: select $1::int4", "it");
        for (size_t i = 0; i < line_count; i++)
            free(lines[i]);
    }
}

typedef struct attempt {
    int good, no_memory;
    char wrong[512];
} attempt_t;

static bool try_describe(void *data)
{
    attempt_t *attempt = data;
    aq_op_t *op = aq__pool_describe(pool, "select id, name from account where balance > $1 or name = $2");
    aq_description_t *description = aq_wait(op);
    bool met = atomic_load(&allocations.refused) > 0;

    if (description != NULL)
        attempt->good++;
    else if (aq_op_code(op) == AQ_ENOMEM)
        attempt->no_memory++;
    else
        snprintf(attempt->wrong, sizeof attempt->wrong, "%s", aq_op_error(op)->message);
    aq_op_close(op);
    return description != NULL && !met;
}

static void check_memory(void)
{
    with_pool("memory is out at each request", .size = 1)
    {
        attempt_t attempt = {0};
        size_t n;

        warm_up(1);
        n = fail_each_request(try_describe, &attempt, 100);
        is_str(attempt.wrong, "", "no other error than AQ_ENOMEM");
        ok(n > 2 && n < 100 && attempt.no_memory > 0 && attempt.good > 0, "%zu requests, %d of them fatal",
           n - 1, attempt.no_memory);
        is_str(describe("select 1 as x"), " -> x integer", "the pool is fine");
    }
}

int main(void)
{
    init_pools(NULL);
    for (size_t i = 0; i < AQ__COUNT_OF(statements); i++)
        cluster_sql(cluster, "%s", statements[i]);
    check_told();
    check_nothing_done();
    check_errors();
    check_pipelined();
    check_cancel();
    check_lost();
    check_owner();
    check_memory();
    return done_pools();
}
