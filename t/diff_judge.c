/* The server as the judge of expressions; that nothing is changed by looking; and how a diff ends when it does not end well. */
#include "t/diffs.h"
#include "t/turns.h"

#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* ---- The server as the judge -------------------------------------------------------------------------------------------------------------------- */

static const char *const checks[] = {
    "a between 1 and 3",
    "a not between 1 and 3",
    "t like 'x%'",
    "t not ilike '%y'",
    "t in ('x', 'y')",
    "v in ('x', 'y')",
    "a not in (1, 2)",
    "a in (1, 2) or (b > 3 and not c)",
    "coalesce(v, 'x') <> ''",
    "case when c then a > 0 else b > 0 end",
    "t similar to 'a+'",
    "t ~ '^[a-z]+$'",
    "length(trim(v)) > 0",
    "extract(year from d) > 2000",
    "(d + interval '1 day') > timestamp '2000-01-01'",
    "d at time zone 'UTC' is not null",
    "position('x' in t) = 0",
    "substring(t from 1 for 2) = 'ab'",
    "overlay(t placing 'x' from 1) <> t",
    "j ->> 'kind' = 'dog'",
    "j @> '{\"a\": 1}'",
    "arr[1] = 5",
    "5 = any (arr)",
    "arr <> '{}'",
    "cast(a as text) = '5'",
    "a::numeric(5, 2) > 1.50",
    "(a, b) = (1, 2)",
    "row(a, b) is distinct from row(1, 2)",
    "c is true",
    "c is not unknown",
    "a is null or b is not null",
    "not (a > 1 and b > 1)",
    "a > 1 and b > 1 and c",
    "a + b * 2 - 1 > -a",
    "a % 2 = 0",
    "t collate \"C\" < 'z'",
    "nullif(v, '') is not null",
    "greatest(a, b) > 0",
    "\"checked\".a > 0",
    "v = 'it''s'",
    "t = E'a\\nb'",
    "d > '2000-01-01'",
    "u <> '00000000-0000-0000-0000-000000000000'",
    "m = 'sad'",
    "m in ('sad', 'happy')",
    "d > '2000-1-1'",
    "arr <> '{1, 2}'",
};

static const char *const defaults[] = {
    "a int default 1 + 1",
    "a text default 'x' || 'y'",
    "a varchar(5) default 'new'",
    "a char(3) default 'abc'",
    "a date default current_date",
    "a timestamptz default current_timestamp",
    "a timestamptz(3) default current_timestamp(3)",
    "a timestamp default localtimestamp",
    "a timestamptz default now()",
    "a interval default interval '1 day'",
    "a interval default '1 day'",
    "a numeric(5, 2) default 1.5",
    "a float8 default 1",
    "a bigint default 5",
    "a boolean default 'yes'",
    "a boolean default true",
    "a text[] default '{}'",
    "a text[] default array['a', 'b']",
    "a int[] default array[]::int[]",
    "a jsonb default '{}'",
    "a uuid default gen_random_uuid()",
    "a mood default 'sad'",
    "a mood[] default array['sad']::mood[]",
    "a int default -1",
    "a text default null",
    "a text default current_user",
    "a text default session_user",
    "a bytea default '\\x00'",
    "a time default '10:00'",
    "a varchar default upper('x')",
    "a text default format('%s', 'x')",
    "a int default (random() * 10)::int",
    "a int default case when true then 1 else 2 end",
    "a bit(3) default b'101'",
    "a inet default '10.0.0.1'",
    "a text default lower('X') collate \"C\"",
    "a interval default '60 minutes'",
    "a int[] default '{1, 2}'",
    "a date default '2000-1-2'",
    "a jsonb default '{\"a\":1}'",
};

static const char columns[] =
    "a int, b int, c boolean, d timestamp, t text, v varchar(10), j jsonb, arr int[], u uuid, m mood";

/* A table for each, with every expression that differs from what the server shows of it. */
static aq__metadata_t *schema_of_expressions(void)
{
    aq__metadata_t *metadata;
    aq_text_t sql = {0};

    aq_text_appendf(&sql, "create type mood as enum ('sad', 'happy'); create table checked (%s", columns);
    for (size_t i = 0; i < AQ__COUNT_OF(checks); i++)
        aq_text_appendf(&sql, ", constraint check_%zu check (%s)", i, checks[i]);
    aq_text_append(&sql, ");\n");
    for (size_t i = 0; i < AQ__COUNT_OF(defaults); i++)
        aq_text_appendf(&sql, "create table default_%zu (%s);\n", i, defaults[i]);
    aq_text_appendf(
        &sql,
        "create table generated (%s, g1 text generated always as (t || ' ' || v) stored,"
        " g2 numeric generated always as (a * 1.5 / nullif(b, 0)) stored, g3 boolean generated always as (a "
        "in (1, 2)) stored);"
        "create table indexed (%s);"
        "create index index_1 on indexed (lower(t || v)) where t like 'x%%';"
        "create index index_2 on indexed ((j ->> 'kind'), (a + b) desc) where a in (1, 2) and d is not null;"
        "create unique index index_3 on indexed (coalesce(v, ''), date_trunc('day', d));"
        "create index index_4 on indexed ((case when c then a else b end));",
        columns, columns);
    metadata = schema(aq_text_string(&sql));
    aq_text_dispose(&sql);
    return metadata;
}

static void test_expressions(void)
{
    aq__metadata_t *wanted = schema_of_expressions();

    clear();
    run_ddl(wanted);
    is_diff(wanted, "", "expressions that the server shows in its own words do not differ");
    aq__metadata_close(wanted);
}

/* Only the server knows that the first three are the same; the others are not, and one that it does not take spoils no other. */
static const char judged[] = "create table j (a int default 1 + 1, b int default 2, c varchar(9), constraint "
                             "k1 check (c in ('x', 'y')),"
                             " constraint k2 check (a between 1 and 3), constraint k3 check (nobody(a)), "
                             "constraint k4 check (a not between 5 and 6));"
                             "create index i1 on j ((c || 'x')); create index i2 on j (a) where c like 'y%';";
static const char judged_live[] =
    "create table j (a int default 1 + 1, b int default 1 + 2, c varchar(9), constraint k1 check (c in ('x', "
    "'y')),"
    " constraint k2 check (a between 1 and 4), constraint k3 check (a > 0), constraint k4 check (a not "
    "between 5 and 6));"
    "create index i1 on j ((c || 'x')); create index i2 on j (a) where c like 'z%'";
static const char judged_text[] =
    "other default: j.b: the models say DEFAULT 2, the database has DEFAULT 1 + 2\n"
    "    ALTER TABLE j ALTER COLUMN b SET DEFAULT 2\n"
    "other constraint: j: the models say CONSTRAINT k2 CHECK (a between 1 and 3), the database has "
    "CONSTRAINT k2 CHECK (a >= 1 AND a <= 4)\n"
    "    ALTER TABLE j DROP CONSTRAINT k2;\n"
    "    ALTER TABLE j ADD CONSTRAINT k2 CHECK (a between 1 and 3)\n"
    "other constraint: j: the models say CONSTRAINT k3 CHECK (nobody(a)), the database has CONSTRAINT k3 "
    "CHECK (a > 0)\n"
    "    ALTER TABLE j DROP CONSTRAINT k3;\n"
    "    ALTER TABLE j ADD CONSTRAINT k3 CHECK (nobody(a))\n"
    "other index: j: the models say INDEX i2 ON j (a) WHERE c like 'y%', the database has INDEX i2 ON j (a) "
    "WHERE c::text ~~ 'z%'::text\n"
    "    DROP INDEX i2;\n"
    "    CREATE INDEX i2 ON j (a) WHERE c like 'y%'\n";

static void test_judge(void)
{
    aq__metadata_t *wanted = schema(judged);

    clear();
    cluster_sql(cluster, "%s", judged_live);
    is_diff(wanted, judged_text, "what the server does not find the same, or does not take, differs");
    aq__metadata_close(wanted);
}

/* ---- Nothing is changed by looking --------------------------------------------------------------------------------------------------------------- */

/* What differs here only the judge can tell: the server shows the interval as '01:00:00'. */
static const char same_for_server[] =
    "create table hours (a interval default '60 minutes', b timestamp, constraint k check (b > '2000-1-1'));"
    "create table more (id int primary key, a interval default '61 minutes');";

/* A number that is another one after any change of a catalog, committed or not: rows of the catalogs have places. */
static char *snapshot(void)
{
    return cluster_value(
        cluster,
        "select md5(string_agg(row, '' order by row)) from ("
        " select 'c' || c.oid || c.relname || c.relfilenode || c.relnatts || c.relchecks from pg_class c"
        " union all select 'a' || a.attrelid || a.attname || a.atttypid || a.attnotnull || a.atthasdef from "
        "pg_attribute a"
        " union all select 'k' || k.oid || k.conname from pg_constraint k"
        " union all select 'd' || d.oid from pg_attrdef d"
        " union all select 't' || t.oid from pg_type t"
        " union all select 'n' || n.oid || n.nspname from pg_namespace n"
        " union all select 'p' || p.objid || '/' || p.refobjid from pg_depend p) all_rows (row)");
}

static void test_nothing_changes(void)
{
    aq__metadata_t *wanted = schema(judged);
    aq_pool_stats_t before, after;
    char *old, *new;

    clear();
    cluster_sql(cluster, "%s", judged_live);
    old = snapshot();
    aq_pool_get_stats(context, NULL, &before);
    is_diff(wanted, judged_text, "a diff that asks the server");
    aq_pool_get_stats(context, NULL, &after);
    new = snapshot();
    is_str(new, old, "leaves the catalogs as they were");
    is_int(after.syncs - before.syncs, 2, "and takes two round trips");
    is_int(cluster_number(cluster, "select count(*) from pg_namespace where nspname like 'pg_temp%%'"), 0,
           "not even a schema of temporary tables is left");
    free(old);
    free(new);
    aq__metadata_close(wanted);
}

static void test_one_trip(void)
{
    aq__metadata_t *wanted =
        schema("create table t (a int default 5, b text default 'x', constraint k check (a in (1, 2)));");
    aq_pool_stats_t before, after;

    clear();
    run_ddl(wanted);
    aq_pool_get_stats(context, NULL, &before);
    is_diff(wanted, "", "a diff that need not ask");
    aq_pool_get_stats(context, NULL, &after);
    is_int(after.syncs - before.syncs, 1, "takes one");
    aq__metadata_close(wanted);
}

/* ---- Servers that cannot judge ------------------------------------------------------------------------------------------------------------------- */

/* The context of another user, or server, for a while. */
static void with_uri(const char *uri, const aq__metadata_t *wanted, const char *expected, const char *name)
{
    aq_context_t *usual = context;
    aq_app_t *usual_app = app;
    aq_db_t *usual_db = db;

    db = aq_db_create();
    app = aq_app_create(&(aq_config_t){.database_uri = uri, .track_modifications = AQ_ON});
    if (app == NULL || aq_db_init_app(db, app) != AQ_OK || (context = aq_context_create(app, &uv)) == NULL)
        bail_out("%s", aq_last_error()->message);
    is_diff(wanted, expected, name);
    aq_wait(aq_context_close(context));
    aq_app_close(app);
    aq_db_close(db);
    context = usual;
    app = usual_app;
    db = usual_db;
}

static const char not_judged[] =
    "other default: hours.a: the models say DEFAULT '60 minutes', the database has DEFAULT "
    "'01:00:00'\n"
    "    ALTER TABLE hours ALTER COLUMN a SET DEFAULT '60 minutes'\n"
    "other default: more.a: the models say DEFAULT '61 minutes', the database has DEFAULT "
    "'01:01:00'\n"
    "    ALTER TABLE more ALTER COLUMN a SET DEFAULT '61 minutes'\n"
    "other constraint: hours: the models say CONSTRAINT k CHECK (b > '2000-1-1'), the database has "
    "CONSTRAINT k CHECK (b > '2000-01-01 00:00:00'::timestamp without time zone)\n"
    "    ALTER TABLE hours DROP CONSTRAINT k;\n"
    "    ALTER TABLE hours ADD CONSTRAINT k CHECK (b > '2000-1-1')\n";

static const char *uri_of(const char *user)
{
    static char uri[1024];
    const char *usual = cluster_uri(cluster);

    snprintf(uri, sizeof(uri), "%s%cuser=%s", usual, strchr(usual, '?') != NULL ? '&' : '?', user);
    return uri;
}

static void test_rights(void)
{
    aq__metadata_t *wanted = schema(same_for_server);
    char *old, *new;

    clear();
    run_ddl(wanted);
    cluster_sql(
        cluster,
        "create role reader login; create role guest login; grant usage on schema public to reader, guest;"
        " grant select on all tables in schema public to reader");
    old = snapshot();
    with_uri(uri_of("reader"), wanted, "",
             "a role that may read tables, and create nothing, gets its judgement");
    with_uri(uri_of("guest"), wanted, not_judged, "one that may not read them does without");
    new = snapshot();
    is_str(new, old, "nothing has changed");
    free(old);
    free(new);
    cluster_sql(cluster, "do $$ begin execute format('revoke temporary on database %%I from public', "
                         "current_database()); end $$");
    with_uri(uri_of("reader"), wanted, not_judged, "nor may it have temporary tables");
    cluster_sql(cluster, "do $$ begin execute format('grant temporary on database %%I to public', "
                         "current_database()); end $$");
    cluster_sql(cluster, "drop owned by reader, guest; drop role reader, guest");
    aq__metadata_close(wanted);
}

static void test_no_language(void)
{
    aq__metadata_t *wanted = schema(same_for_server);

    clear();
    run_ddl(wanted);
    cluster_sql(cluster, "drop extension plpgsql");
    is_diff(wanted, not_judged, "a server without PL/pgSQL does not judge");
    cluster_sql(cluster, "create extension plpgsql");
    is_diff(wanted, "", "one that has it does");
    aq__metadata_close(wanted);
}

static void test_standby(void)
{
    aq__metadata_t *wanted;
    cluster_t *standby;

    if (!cluster_can_have_standby()) {
        skip("there is no pg_basebackup");
        return;
    }
    wanted = schema(same_for_server);
    clear();
    run_ddl(wanted);
    standby = cluster_start_standby(cluster);
    for (int i = 0;
         i < 500 && !cluster_number(standby, "select count(*) from pg_class where relname = 'more'"); i++)
        uv_sleep(10);
    with_uri(cluster_uri(standby), wanted, not_judged, "a standby does not judge");
    cluster_close(standby);
    aq__metadata_close(wanted);
}

/* Whoever holds pg_attrdef keeps the judge from setting defaults, and from nothing else. */
static void test_locked(void)
{
    aq__metadata_t *wanted = schema(same_for_server);
    PGconn *other = PQconnectdb(cluster_uri(cluster));

    clear();
    run_ddl(wanted);
    PQclear(PQexec(other, "begin; lock table pg_attrdef in exclusive mode"));
    is_diff(
        wanted,
        "other default: hours.a: the models say DEFAULT '60 minutes', the database has DEFAULT '01:00:00'\n"
        "    ALTER TABLE hours ALTER COLUMN a SET DEFAULT '60 minutes'\n"
        "other default: more.a: the models say DEFAULT '61 minutes', the database has DEFAULT '01:01:00'\n"
        "    ALTER TABLE more ALTER COLUMN a SET DEFAULT '61 minutes'\n",
        "what somebody holds is not waited for long");
    PQclear(PQexec(other, "rollback"));
    is_diff(wanted, "", "later it need not be");
    PQfinish(other);
    aq__metadata_close(wanted);
}

/* ---- Ends ------------------------------------------------------------------------------------------------------------------------------------------------ */

typedef enum end { CANCEL, CLOSE, TIMEOUT, ENDS } end_t;

/* Lets go of the op at the nth turn; false: it was done before. */
static bool end_at_turn(const aq__metadata_t *wanted, end_t end, int turn)
{
    aq_op_t *op = aq__diff_with(context, NULL, wanted);
    bool was_done;

    for (int i = 0; i < turn && !aq_op_done(op); i++) {
        uv_run(&uv, UV_RUN_NOWAIT);
        uv_sleep(1);
    }
    was_done = aq_op_done(op);
    if (end == CANCEL)
        aq_cancel(op);
    if (end == TIMEOUT)
        aq_timeout(op, 1);
    if (end == CLOSE) {
        aq_op_close(op);
        return !was_done;
    }
    if (aq_wait(op) == NULL && aq_op_code(op) != (end == CANCEL ? AQ_ECANCELED : AQ_ETIMEDOUT))
        fail("turn %d: %s", turn, aq_op_error(op)->message);
    aq_op_close(op);
    return !was_done;
}

static void test_ends(void)
{
    static const char *const names[] = {"canceled", "closed", "too late"};
    aq__metadata_t *wanted = schema(judged);

    clear();
    cluster_sql(cluster, "%s", judged_live);
    for (end_t end = CANCEL; end < ENDS; end++) {
        int turn = 0;

        while (turn < 200 && end_at_turn(wanted, end, turn))
            turn++;
        ok(turn > 1 && turn < 200, "%s at each of %d turns", names[end], turn);
    }
    is_diff(wanted, judged_text, "afterwards all is well");
    aq__metadata_close(wanted);
}

static void test_closed_context(void)
{
    aq__metadata_t *wanted = schema(judged);

    for (int turn = 0; turn < 40; turn += 3) {
        aq_context_t *closing = aq_context_create(app, &uv);
        aq_op_t *op = aq__diff_with(closing, NULL, wanted);

        for (int i = 0; i < turn; i++) {
            uv_run(&uv, UV_RUN_NOWAIT);
            uv_sleep(1);
        }
        aq_wait(aq_context_close(closing));
        if (aq_wait(op) == NULL && aq_op_code(op) != AQ_ECLOSED)
            fail("turn %d: %s", turn, aq_op_error(op)->message);
        aq_op_close(op);
    }
    pass("a context that is closed at any turn ends it");
    aq__metadata_close(wanted);
}

static void wait_for_lock(aq_op_t *op, PGconn *other)
{
    bool waits = false;

    for (int i = 0; i < 3000 && !waits && !aq_op_done(op); i++) {
        PGresult *result = PQexec(other, "select count(*) from pg_locks where not granted");

        waits = strcmp(PQgetvalue(result, 0, 0), "0") != 0;
        PQclear(result);
        uv_run(&uv, UV_RUN_NOWAIT);
        uv_sleep(1);
    }
    if (!waits)
        fail("it waits for a lock");
}

/* While the diff waits for what `lock` holds, `sql` ends its connection or its statement. */
static void test_end(const char *lock, const char *sql, const char *expected, const char *name)
{
    aq__metadata_t *wanted = schema(same_for_server);
    PGconn *other = PQconnectdb(cluster_uri(cluster));
    aq_op_t *op;

    clear();
    run_ddl(wanted);
    PQclear(PQexec(other, lock));
    op = aq__diff_with(context, NULL, wanted);
    wait_for_lock(op, other);
    PQclear(PQexec(other, sql));
    ok(aq_wait(op) == NULL, "%s: it fails", name);
    is_str(aq_op_error(op) != NULL ? aq_op_error(op)->message : NULL, expected, "%s: its text", name);
    aq_op_close(op);
    PQclear(PQexec(other, "rollback"));
    PQfinish(other);
    is_diff(wanted, "", "the next one is well");
    aq__metadata_close(wanted);
}

static void test_lost(void)
{
    static const char table[] = "begin; lock table hours in access exclusive mode";
    static const char catalog[] = "begin; lock table pg_attrdef in exclusive mode";
    static const char end[] = "select pg_terminate_backend(pid) from pg_locks where not granted";
    static const char stop[] = "select pg_cancel_backend(pid) from pg_locks where not granted";

    test_end(table, end,
             "bind 'default': connection lost, nothing was kept: FATAL:  terminating connection due to "
             "administrator command",
             "lost while it is reflected");
    test_end(table, stop, "canceling statement due to user request", "stopped while it is reflected");
    test_end(catalog, end,
             "bind 'default': connection lost, nothing was kept: FATAL:  terminating connection due to "
             "administrator command",
             "lost while it is judged");
    test_end(catalog, stop, "canceling statement due to user request", "stopped while it is judged");
}

/* ---- Tasks ----------------------------------------------------------------------------------------------------------------------------------- */

static void *await_diff(void *wanted)
{
    const aq_diff_t *found = aq_await(aq__diff_with(context, NULL, wanted));

    return found != NULL && found->count == 4 ? wanted : NULL;
}

static void *leave_diff(void *wanted)
{
    aq__diff_with(context, NULL, wanted);
    aq_await(aq_sleep(aq_context_loop(context), 3));
    return wanted;
}

static void test_tasks(void)
{
    aq__metadata_t *wanted = schema(judged);
    aq_op_t *task;

    clear();
    cluster_sql(cluster, "%s", judged_live);
    task = aq_spawn(aq_context_loop(context), await_diff, wanted);
    ok(aq_wait(task) == wanted, "a task awaits it");
    aq_op_close(task);
    task = aq_spawn(aq_context_loop(context), leave_diff, wanted);
    ok(aq_wait(task) == wanted, "a task leaves one behind");
    aq_op_close(task);
    is_diff(wanted, judged_text, "afterwards all is well");
    aq__metadata_close(wanted);
}

/* ---- Without memory ----------------------------------------------------------------------------------------------------------------------------- */

static const aq__metadata_t *of_memory;

/* Whatever it comes to: it ends, and the next one is well. */
static bool try_diff(void *data)
{
    aq_op_t *op = aq__diff_with(context, NULL, of_memory);
    size_t *failed = data;

    if (aq_wait(op) == NULL && (op == NULL || aq_op_code(op) == AQ_ENOMEM))
        ++*failed;
    aq_op_close(op);
    return atomic_load(&allocations.refused) == 0;
}

static void test_memory(void)
{
    aq__metadata_t *wanted = schema(judged);
    size_t failed = 0, n;

    clear();
    cluster_sql(cluster, "%s", judged_live);
    is_diff(wanted, judged_text, "the connection is warm");
    of_memory = wanted;
    n = fail_each_request(try_diff, &failed, 20000);
    ok(n > 100 && n < 20000 && failed > 0, "each of %zu requests for memory fails: %zu times the diff does",
       n - 1, failed);
    is_diff(wanted, judged_text, "afterwards all is well");
    aq__metadata_close(wanted);
}

/* ---- What it costs ------------------------------------------------------------------------------------------------------------------------------ */

static void test_cost(void)
{
    aq__metadata_t *wanted;
    aq_text_t sql = {0};

    for (int i = 1; i <= 200; i++)
        aq_text_appendf(
            &sql,
            "create table t%d (id serial primary key, name varchar(80) not null unique, price numeric(10, 2)"
            " default 0 check (price >= 0), kind text default 'new' check (kind in ('new', 'old')), created"
            " timestamptz not null default now(), up int references t%d, note citext[], a int, b int, c "
            "int);\n"
            "create index t%d_lower on t%d (lower(name), created desc) where price > 0;\n",
            i, i > 1 ? i - 1 : 1, i, i);
    clear();
    cluster_sql(cluster, "create extension if not exists citext");
    wanted = schema(aq_text_string(&sql));
    aq_text_dispose(&sql);
    run_ddl(wanted);
    turns_watch(&uv, TURNS_ALONE);
    is_diff(wanted, "", "200 tables do not differ");
    note("at most %.1f ms in one turn of the loop", turns_longest());
    aq__metadata_close(wanted);
    clear();
}

int main(void)
{
    open_first_loop();
    aq_set_allocator(counting_allocator, NULL);
    cluster = cluster_start(NULL);
    open_context(cluster_uri(cluster));
    test_expressions();
    test_judge();
    test_nothing_changes();
    test_one_trip();
    test_rights();
    test_no_language();
    test_standby();
    test_locked();
    test_ends();
    test_closed_context();
    test_lost();
    test_tasks();
    test_memory();
    test_cost();
    close_context();
    cluster_close(cluster);
    ok(all_memory_is_back(), "nothing leaks");
    return tap_done();
}
