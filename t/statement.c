/* What one SQL text is: kind, parameters, whether it may write, whether it may share a Sync, whether it must be alone. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "src/wire/statement.h"
#include "t/heap.h"
#include "t/tap.h"

/* What a text is, in one line: "SELECT 1 reads", "SELECT writes", "UPDATE 2 writes", "utility writes alone":
 * kind, highest parameter, then reads (plain), looks (no plain read, but leaves nothing) or writes; "x3": so many statements. */
static const char *judged(const char *sql)
{
    static char line[200];
    aq__statement_t statement;
    int code = aq__statement_parse(sql, &statement), length;

    if (code != AQ_OK)
        return aq_last_error()->message;
    length = snprintf(line, sizeof line, "%s", aq__statement_kind_name(statement.kind));
    if (statement.parameter_count != 0)
        length += snprintf(line + length, sizeof line - (size_t)length, " $%d", statement.parameter_count);
    if (statement.statement_count != 1)
        length += snprintf(line + length, sizeof line - (size_t)length, " x%d", statement.statement_count);
    snprintf(line + length, sizeof line - (size_t)length, " %s%s%s",
             statement.plain_read ? "reads"
             : statement.writes   ? "writes"
                                  : "looks",
             statement.plain_read && statement.writes ? " and writes?" : "",
             statement.no_transaction ? " alone" : "");
    return line;
}

typedef struct row {
    const char *sql, *expected;
} row_t;

static const row_t plain_reads[] = {
    {"select 1", "SELECT reads"},
    {"SELECT 1;", "SELECT reads"},
    {"  select 1 ; ; ;; ", "SELECT reads"},
    {"/* a /* nested */ comment */ select 1 -- end", "SELECT reads"},
    {"-- first\nselect 1", "SELECT reads"},
    {"select $1", "SELECT $1 reads"},
    {"select $1::int4 + $3::int4", "SELECT $3 reads"},
    {"select * from users where id = $1", "SELECT $1 reads"},
    {"select u.id, u.name from public.users as u where u.id = any($1) order by u.name limit $2 offset $3",
     "SELECT $3 reads"},
    {"select \"id\" from \"user\" where \"username\" like '%' || $1", "SELECT $1 reads"},
    {"select $body$ delete from users; $body$", "SELECT reads"},
    {"select $$ $1 $2 $$, $1", "SELECT $1 reads"},
    {"select 'it''s; commit', E'\\'; rollback'", "SELECT reads"},
    {"select U&'\\0441\\043B\\043E\\043D'", "SELECT reads"},
    {"select 'snowman \xE2\x98\x83'", "SELECT reads"},
    {"values (1), (2)", "SELECT reads"},
    {"values ($1, $2), ($3, $4)", "SELECT $4 reads"},
    {"table users", "SELECT reads"},
    {"(select 1)", "SELECT reads"},
    {"((select 1) union all (select 2))", "SELECT reads"},
    {"select 1 union select 2 intersect select 3 except select 4", "SELECT reads"},
    {"with x as (select 1) select * from x", "SELECT reads"},
    {"with recursive t(n) as (values (1) union all select n + 1 from t where n < 100) select sum(n) from t",
     "SELECT reads"},
    {"with x as materialized (select 1) select * from x", "SELECT reads"},
    {"select (select count(*) from posts p where p.author = u.id) from users u", "SELECT reads"},
    {"select exists (select 1 from users where name = $1)", "SELECT $1 reads"},
    {"select * from users where id in (select author from posts where id = $2) and name = $1",
     "SELECT $2 reads"},
    {"select * from a join b on a.id = b.a left join c using (id) natural join d cross join e",
     "SELECT reads"},
    {"select * from a, lateral (select * from b where b.a = a.id) x", "SELECT reads"},
    {"select * from generate_series(1, 10) with ordinality as g(x, n)", "SELECT reads"},
    {"select * from unnest($1::int[], $2::text[]) as u(a, b)", "SELECT $2 reads"},
    {"select * from rows from (generate_series(1, 2), unnest(array[1])) x", "SELECT reads"},
    {"select count(*), sum(a), avg(a), min(a), max(a), array_agg(a order by b), string_agg(a, ',') from t "
     "group by b having count(*) > 1",
     "SELECT reads"},
    {"select count(*) filter (where a > 0), percentile_cont(0.5) within group (order by a) from t",
     "SELECT reads"},
    {"select row_number() over (partition by a order by b), lag(a) over w from t window w as (order by a)",
     "SELECT reads"},
    {"select a, b, sum(c) from t group by grouping sets ((a), rollup (b), cube (a, b))", "SELECT reads"},
    {"select distinct on (a) a, b from t order by a, b desc nulls last", "SELECT reads"},
    {"select * from t order by a fetch first 3 rows with ties", "SELECT reads"},
    {"select now(), current_timestamp, current_date, localtime(0), current_user, session_user, "
     "current_catalog",
     "SELECT reads"},
    {"select random(), clock_timestamp(), timeofday(), gen_random_uuid()", "SELECT reads"},
    {"select pg_catalog.lower($1)", "SELECT $1 reads"},
    {"select lower(name) || upper(name), length(name), coalesce(a, b), nullif(a, b), greatest(a, b), "
     "least(a, b) from t",
     "SELECT reads"},
    {"select extract(year from ts), ts at time zone 'UTC', (a, b) overlaps (c, d), position('a' in b) from t",
     "SELECT reads"},
    {"select substring(a from 1 for 2), overlay(a placing b from 1), trim(both from a), a similar to 'x', a "
     "ilike 'y' from t",
     "SELECT reads"},
    {"select a::date, cast(a as numeric(10, 2)), date '2020-01-01', interval '1 day', 'x'::mood from t",
     "SELECT reads"},
    {"select case when a then b else c end, a between 1 and 2, a is distinct from b, a is null, not a from t",
     "SELECT reads"},
    {"select (array[1, 2])[1], row(1, 2), (row(1, 2)).f1, array(select 1) from t", "SELECT reads"},
    {"select data -> 'a' ->> 'b', data #>> '{a}', data @> '{}', data ? 'a' from t", "SELECT reads"},
    {"select json_build_object('a', $1), to_jsonb(t), row_to_json(t), jsonb_agg(a) from t",
     "SELECT $1 reads"},
    {"select a operator(pg_catalog.+) b from t order by c using operator(pg_catalog.<)", "SELECT reads"},
    {"select * from t tablesample system (10) repeatable (1)", "SELECT reads"},
    {"select * from t tablesample bernoulli (10)", "SELECT reads"},
    {"select currval('s'), lastval()", "SELECT reads"},
    {"select pg_total_relation_size('t'), pg_is_in_recovery(), pg_xact_status($1)", "SELECT $1 reads"},
    {"select current_setting('search_path'), version(), current_schema()", "SELECT reads"},
    {"select xmlelement(name a, xmlattributes(b)), xmlforest(a), xmlconcat(a, b), xmlparse(document c) from "
     "t",
     "SELECT reads"},
    {"select * from xmltable('/a' passing x columns b int)", "SELECT reads"},
    {"select a collate \"C\" from t order by a collate \"de_DE\"", "SELECT reads"},
    {"select date_trunc('day', $1::timestamptz), to_char($2::timestamptz, 'YYYY'), age($3::timestamp)",
     "SELECT $3 reads"},
    {"select t.* from only t", "SELECT reads"},
    {"select $65535", "SELECT $65535 reads"},
    {"select \"select\", \"a\"\"b\" from \"x y\"", "SELECT reads"},
    {"select", "SELECT reads"},
    {"select from t", "SELECT reads"},
};

static const row_t other_selects[] = {
    {"select * from t for update", "SELECT looks"},
    {"select * from t where id = $1 for no key update of t nowait", "SELECT $1 looks"},
    {"select * from t for share skip locked", "SELECT looks"},
    {"select * from t for key share", "SELECT looks"},
    {"select * from (select * from t for update) x", "SELECT looks"},
    {"with x as (select * from t for update) select * from x", "SELECT looks"},
    {"select (select 1 from t limit 1 for share)", "SELECT looks"},
    {"select 1 union (select id from t for update)", "SELECT looks"},
    {"select * into copy from t", "SELECT writes"},
    {"select 1 into temp x", "SELECT writes"},
    {"select 1 into x union select 2", "SELECT writes"},
    {"with x as (insert into t values (1) returning *) select * from x", "SELECT writes"},
    {"with x as (update t set a = $2 where id = $1 returning *) select * from x", "SELECT $2 writes"},
    {"with x as (delete from t returning *) select * from x", "SELECT writes"},
    {"with x as (with y as (select 1) delete from t) select 1", "SELECT writes"},
    {"with x as (insert into t values (1)) select 1 union select 2", "SELECT writes"},
    {"select nextval('s')", "SELECT writes"},
    {"select NEXTVAL('s')", "SELECT writes"},
    {"select pg_catalog.nextval('s')", "SELECT writes"},
    {"select \"nextval\"('s')", "SELECT writes"},
    {"select setval('s', 1)", "SELECT writes"},
    {"select set_config('a.b', $1, true)", "SELECT $1 writes"},
    {"select setseed(0.5)", "SELECT writes"},
    {"select lo_create(0)", "SELECT writes"},
    {"select lo_unlink(1), lo_get(1), lo_from_bytea(0, ''), lowrite(1, '')", "SELECT writes"},
    {"select pg_advisory_lock(1)", "SELECT writes"},
    {"select pg_try_advisory_xact_lock($1)", "SELECT $1 writes"},
    {"select pg_advisory_unlock_all()", "SELECT writes"},
    {"select pg_notify('a', 'b')", "SELECT writes"},
    {"select txid_current()", "SELECT writes"},
    {"select pg_current_xact_id()", "SELECT writes"},
    {"select pg_current_xact_id_if_assigned()", "SELECT reads"},
    {"select pg_sleep(1)", "SELECT looks"},
    {"select pg_sleep_for('1 s'), pg_sleep_until(now())", "SELECT looks"},
    {"select my.pg_sleep(1)", "SELECT writes"},
    {"select pg_terminate_backend(1), pg_cancel_backend(1), pg_reload_conf()", "SELECT writes"},
    {"select query_to_xml('delete from t', true, true, '')", "SELECT writes"},
    {"select table_to_xml('v', true, true, '')", "SELECT writes"},
    {"select ts_stat('select 1')", "SELECT writes"},
    {"select ts_rewrite($1::tsquery, 'select 1')", "SELECT $1 writes"},
    {"select * from dblink('x', 'delete from t') as t(a int)", "SELECT writes"},
    {"select my_function(1)", "SELECT writes"},
    {"select public.lower('x')", "SELECT writes"},
    {"select db.pg_catalog.lower('x')", "SELECT writes"},
    {"select 1 from t where my_function(a)", "SELECT writes"},
    {"select lower(my_function(a)) from t", "SELECT writes"},
    {"select 1 from t order by my_function(a)", "SELECT writes"},
    {"select 1 from t limit my_function()", "SELECT writes"},
    {"select 1 from t join u on my_function(t.a)", "SELECT writes"},
    {"select count(*) filter (where my_function(a)) from t", "SELECT writes"},
    {"select sum(a) over (order by my_function(b)) from t", "SELECT writes"},
    {"select my_window() over w from t window w as ()", "SELECT writes"},
    {"select * from my_function(1)", "SELECT writes"},
    {"select * from rows from (my_function(1)) x", "SELECT writes"},
    {"select case when my_function(1) then 1 end", "SELECT writes"},
    {"select array[my_function(1)]", "SELECT writes"},
    {"select (select my_function(1))", "SELECT writes"},
    {"values (my_function(1))", "SELECT writes"},
    {"select 1 group by my_function(1)", "SELECT writes"},
    {"select a[my_function(1)] from t", "SELECT writes"},
    {"select 1 operator(public.+) 2", "SELECT writes"},
    {"select 1 from t order by a using operator(public.<)", "SELECT writes"},
    {"select 1 from t where (a, b) operator(public.=) any (select 1, 2)", "SELECT writes"},
    {"select * from t tablesample system_rows(10)", "SELECT writes"},
    {"select * from t tablesample public.system(10)", "SELECT writes"},
    {"select * from t tablesample system (my_function(1))", "SELECT writes"},
    {"select \"LOWER\"('x')", "SELECT writes"},
    {"select lower_(a), lowe(a) from t", "SELECT writes"},
};

static const row_t writes[] = {
    {"insert into t values (1)", "INSERT writes"},
    {"insert into t (a, b) values ($1, $2) returning id", "INSERT $2 writes"},
    {"insert into t select * from u where id = $1", "INSERT $1 writes"},
    {"insert into t default values", "INSERT writes"},
    {"insert into t values ($1) on conflict (id) do update set a = excluded.a where t.b = $2",
     "INSERT $2 writes"},
    {"with x as (select $1) insert into t select * from x", "INSERT $1 writes"},
    {"insert into t select unnest($1::int[]), unnest($2::text[])", "INSERT $2 writes"},
    {"update t set a = $1 where id = $2", "UPDATE $2 writes"},
    {"update only t set (a, b) = (select 1, 2) from u where t.id = u.id returning *", "UPDATE writes"},
    {"with x as (delete from u returning id) update t set a = 1 from x", "UPDATE writes"},
    {"delete from t where id = any($1)", "DELETE $1 writes"},
    {"delete from t using u where t.id = u.id", "DELETE writes"},
    {"with x as (select 1) delete from t", "DELETE writes"},
    {"update t set a = 1 where current of c", "UPDATE writes"},
    {"merge into t using u on t.id = u.id when matched then update set a = $1 when not matched then insert "
     "values (1)",
     "MERGE $1 writes"},
    {"merge into t using (values ($1)) v(a) on t.a = v.a when matched then do nothing when not matched then "
     "insert values (v.a)",
     "MERGE $1 writes"},
};

static const row_t transaction_control[] = {
    {"begin", "transaction control writes"},
    {"BEGIN;", "transaction control writes"},
    {"begin isolation level serializable, read only, deferrable", "transaction control writes"},
    {"begin work", "transaction control writes"},
    {"start transaction read write", "transaction control writes"},
    {"commit", "transaction control writes"},
    {"commit and chain", "transaction control writes"},
    {"commit work and no chain", "transaction control writes"},
    {"end", "transaction control writes"},
    {"end transaction", "transaction control writes"},
    {"rollback", "transaction control writes"},
    {"abort", "transaction control writes"},
    {"rollback to savepoint a", "transaction control writes"},
    {"rollback to a", "transaction control writes"},
    {"rollback and chain", "transaction control writes"},
    {"savepoint a", "transaction control writes"},
    {"release a", "transaction control writes"},
    {"release savepoint a", "transaction control writes"},
    {"prepare transaction 'x'", "transaction control writes"},
    {"commit prepared 'x'", "transaction control writes alone"},
    {"rollback prepared 'x'", "transaction control writes alone"},
    {"/* ; */ -- x\n ; commit ;", "transaction control writes"},
};

static const row_t several[] = {
    {"select 1; select $2", "SELECT $2 x2 looks"},
    {"select 1; commit", "SELECT x2 writes"},
    {"commit; select 1", "transaction control x2 writes"},
    {"begin; insert into t values (1); commit;", "transaction control x3 writes"},
    {";;select 1;;;select 2;;", "SELECT x2 looks"},
    {"select 1; vacuum", "SELECT x2 writes alone"},
    {"select ';'; -- ;\n", "SELECT reads"},
    {"create rule r as on insert to t do also (insert into u values (1); delete from v)", "utility writes"},
    {"create function f() returns int language sql begin atomic select 1; select 2; end", "utility writes"},
};

static const row_t empty[] = {
    {"", "empty x0 looks"},
    {" ", "empty x0 looks"},
    {";", "empty x0 looks"},
    {" ;; \n ; ", "empty x0 looks"},
    {"-- nothing", "empty x0 looks"},
    {"/* nothing */", "empty x0 looks"},
    {"/* /* nested */ */ -- and\n;", "empty x0 looks"},
};

static const row_t copies[] = {
    {"copy t from stdin", "COPY FROM STDIN writes"},
    {"copy t (a, b) from stdin with (format csv, header)", "COPY FROM STDIN writes"},
    {"copy t from stdin binary", "COPY FROM STDIN writes"},
    {"copy t from stdin where a > 1", "COPY FROM STDIN writes"},
    {"copy binary t from stdin", "COPY FROM STDIN writes"},
    {"copy t from '/tmp/x'", "utility writes"},
    {"copy t from program 'cat'", "utility writes"},
    {"copy t to stdout", "COPY TO STDOUT looks"},
    {"copy t (a) to stdout (format binary)", "COPY TO STDOUT looks"},
    {"copy (select * from t) to stdout", "COPY TO STDOUT looks"},
    {"copy (select nextval('s')) to stdout", "COPY TO STDOUT writes"},
    {"copy (insert into t values (1) returning *) to stdout", "COPY TO STDOUT writes"},
    {"copy (with x as (delete from t returning *) select * from x) to stdout", "COPY TO STDOUT writes"},
    {"copy t to '/tmp/x'", "utility writes"},
    {"copy (select 1) to program 'cat'", "utility writes"},
    {"copy t to stdin", "COPY TO STDOUT looks"},
    {"copy t from stdout", "COPY FROM STDIN writes"},
};

static const row_t explains[] = {
    {"explain select 1", "EXPLAIN looks"},
    {"explain delete from t where id = $1", "EXPLAIN $1 looks"},
    {"explain verbose update t set a = 1", "EXPLAIN looks"},
    {"explain (costs off, format json) insert into t values (1)", "EXPLAIN looks"},
    {"explain (analyze off) delete from t", "EXPLAIN looks"},
    {"explain (analyze false) delete from t", "EXPLAIN looks"},
    {"explain (analyze 0) delete from t", "EXPLAIN looks"},
    {"explain (analyze, analyze off) delete from t", "EXPLAIN looks"},
    {"explain (analyze OFF) delete from t", "EXPLAIN looks"},
    {"explain (analyze 'Off') delete from t", "EXPLAIN looks"},
    {"explain analyze select 1", "SELECT looks"},
    {"explain analyze select nextval('s')", "SELECT writes"},
    {"explain analyze verbose delete from t", "DELETE writes"},
    {"explain (analyze) update t set a = 1", "UPDATE writes"},
    {"explain (analyze on) insert into t values (1)", "INSERT writes"},
    {"explain (analyze true, buffers) insert into t values (1)", "INSERT writes"},
    {"explain (analyze 1) merge into t using u on true when matched then delete", "MERGE writes"},
    {"explain (analyze off, analyze) delete from t", "DELETE writes"},
    {"explain (\"analyze\" 'on') delete from t", "DELETE writes"},
    {"explain analyze create table x as select 1", "utility writes"},
    {"explain analyze execute p", "utility writes"},
    {"explain analyze declare c cursor for select 1", "utility writes"},
    {"explain create materialized view v as select 1", "EXPLAIN looks"},
};

static const row_t settings[] = {
    {"show search_path", "SHOW looks"},
    {"show all", "SHOW looks"},
    {"show transaction isolation level", "SHOW looks"},
    {"set search_path to a, b", "SET writes"},
    {"set session statement_timeout = 100", "SET writes"},
    {"set local statement_timeout = 100", "SET looks"},
    {"set local role x", "SET looks"},
    {"set transaction isolation level serializable", "SET looks"},
    {"set transaction snapshot 'x'", "SET looks"},
    {"set session characteristics as transaction read only", "SET writes"},
    {"set role x", "SET writes"},
    {"set session authorization x", "SET writes"},
    {"set time zone 'UTC'", "SET writes"},
    {"set names 'utf8'", "SET writes"},
    {"reset all", "SET writes"},
    {"reset role", "SET writes"},
    {"reset search_path", "SET writes"},
    {"discard all", "SET writes alone"},
    {"discard plans", "SET writes"},
    {"discard temp", "SET writes"},
    {"listen a", "LISTEN writes"},
    {"unlisten *", "LISTEN writes"},
    {"unlisten a", "LISTEN writes"},
};

static const row_t utilities[] = {
    {"create table t (id int primary key)", "utility writes"},
    {"create table x as select $1::int", "utility $1 writes"},
    {"create table x as execute p", "utility writes"},
    {"create materialized view v as select 1", "utility writes"},
    {"refresh materialized view v", "utility writes"},
    {"refresh materialized view concurrently v", "utility writes"},
    {"create view v as select 1", "utility writes"},
    {"alter table t add column a int", "utility writes"},
    {"drop table t cascade", "utility writes"},
    {"truncate t", "utility writes"},
    {"notify a, 'b'", "utility writes"},
    {"lock table t in exclusive mode", "utility writes"},
    {"call p($1)", "utility $1 writes"},
    {"do $$ begin commit; end $$", "utility writes"},
    {"prepare p as select $1", "utility $1 writes"},
    {"execute p(1)", "utility writes"},
    {"deallocate all", "utility writes"},
    {"deallocate p", "utility writes"},
    {"declare c cursor for select 1", "utility writes"},
    {"declare c cursor with hold for select * from t", "utility writes"},
    {"fetch 10 from c", "utility writes"},
    {"move c", "utility writes"},
    {"close c", "utility writes"},
    {"set constraints all deferred", "utility writes"},
    {"grant select on t to x", "utility writes"},
    {"comment on table t is 'x'", "utility writes"},
    {"analyze t", "utility writes"},
    {"checkpoint", "utility writes"},
    {"load 'x'", "utility writes"},
    {"create function f() returns int language sql as 'commit'", "utility writes"},
    {"create trigger t before insert on t for each row execute function f()", "utility writes"},
    {"import foreign schema a from server b into c", "utility writes"},
    {"security label on table t is 'x'", "utility writes"},
    {"vacuum", "utility writes alone"},
    {"vacuum (full, analyze) t", "utility writes alone"},
    {"create database d", "utility writes alone"},
    {"drop database d", "utility writes alone"},
    {"alter database d set tablespace x", "utility writes alone"},
    {"alter database d set work_mem = '1MB'", "utility writes"},
    {"alter database d connection limit 5", "utility writes"},
    {"create tablespace x location '/x'", "utility writes alone"},
    {"drop tablespace x", "utility writes alone"},
    {"alter system set work_mem = '1MB'", "utility writes alone"},
    {"create index i on t (a)", "utility writes"},
    {"create index concurrently i on t (a)", "utility writes alone"},
    {"drop index i", "utility writes"},
    {"drop index concurrently i", "utility writes alone"},
    {"reindex table t", "utility writes"},
    {"reindex table concurrently t", "utility writes alone"},
    {"reindex (concurrently) index i", "utility writes alone"},
    {"reindex (concurrently off) index i", "utility writes"},
    {"reindex schema s", "utility writes alone"},
    {"reindex database d", "utility writes alone"},
    {"reindex system d", "utility writes alone"},
    {"cluster t", "utility writes"},
    {"cluster", "utility writes alone"},
    {"create subscription s connection 'x' publication p", "utility writes alone"},
    {"create subscription s connection 'x' publication p with (connect = false)", "utility writes"},
    {"create subscription s connection 'x' publication p with (create_slot = off)", "utility writes"},
    {"alter subscription s refresh publication", "utility writes alone"},
    {"alter subscription s set publication p", "utility writes alone"},
    {"alter subscription s set publication p with (refresh = false)", "utility writes"},
    {"alter subscription s disable", "utility writes"},
    {"alter table t detach partition p", "utility writes"},
    {"alter table t detach partition p concurrently", "utility writes alone"},
};

static const row_t unchecked[] = {
    {"selec 1", "unchecked $-1 writes"},
    {"select 1 +", "unchecked $-1 writes"},
    {"select 'open", "unchecked $-1 writes"},
    {"select $$open", "unchecked $-1 writes"},
    {"/* open", "unchecked $-1 writes"},
    {"select \"open", "unchecked $-1 writes"},
    {"select (1", "unchecked $-1 writes"},
    {"select $0x", "unchecked $-1 writes"},
    {"insert into", "unchecked $-1 writes"},
    {"select * from t where a = ?", "unchecked $-1 writes"},
    {"select :name", "unchecked $-1 writes"},
    {"merge into t using u on true when matched then delete returning t.*", "unchecked $-1 writes"},
    {"select * from json_table('[]', '$[*]' columns (a int path '$'))", "unchecked $-1 writes"},
    {"select json_array(1, 2 returning jsonb)", "unchecked $-1 writes"},
    {"update t set a = 1 returning old.a, with (old as o) new.b", "unchecked $-1 writes"},
    {"update t set a = 1 returning with (old as o) o.a", "unchecked $-1 writes"},
    {"create table t (id int, valid daterange, primary key (id, valid without overlaps))",
     "unchecked $-1 writes"},
    {"create table t (a int, b int generated always as (a * 2) virtual)", "unchecked $-1 writes"},
    {"alter table t alter constraint c not enforced", "unchecked $-1 writes"},
    {"commit and", "transaction control $-1 writes"},
    {"commit something new", "transaction control $-1 writes"},
    {"BEGIN something", "transaction control $-1 writes"},
    {"start transaction something", "transaction control $-1 writes"},
    {"start something", "unchecked $-1 writes"},
    {"prepare transaction", "transaction control $-1 writes"},
    {"prepare p as selec 1", "unchecked $-1 writes"},
    {"Rollback/* */something", "transaction control $-1 writes"},
    {"; -- a\n /* /* b */ */ ABORT something", "transaction control $-1 writes"},
    {"savepoint", "transaction control $-1 writes"},
    {"release", "transaction control $-1 writes"},
    {"end something", "transaction control $-1 writes"},
    {"begins", "unchecked $-1 writes"},
    {"commit_ something", "unchecked $-1 writes"},
    {"commit1 something", "unchecked $-1 writes"},
    {"commit\xC3\xA9 something", "unchecked $-1 writes"},
    {"select '\xff'", "unchecked $-1 writes"},
    {"commit '\xff'", "transaction control $-1 writes"},
    {"select '\xed\xa0\x80'", "unchecked $-1 writes"},
    {"/", "unchecked $-1 writes"},
    {"-", "unchecked $-1 writes"},
    {"/* *", "unchecked $-1 writes"},
    {"/* /", "unchecked $-1 writes"},
    {"/*", "unchecked $-1 writes"},
    {"/*/", "unchecked $-1 writes"},
};

#define CHECK(rows) check(rows, AQ__COUNT_OF(rows))
static void check(const row_t *rows, size_t count)
{
    for (size_t i = 0; i < count; i++)
        is_str(judged(rows[i].sql), rows[i].expected, "%s", *rows[i].sql != '\0' ? rows[i].sql : "(nothing)");
}

/* before, then `count` times `open`, then `middle`, then `count` times `close`. The caller frees it. */
static char *nested(const char *before, const char *open, size_t count, const char *middle, const char *close)
{
    size_t open_length = strlen(open), close_length = strlen(close);
    char *text = malloc(strlen(before) + count * (open_length + close_length) + strlen(middle) + 1),
         *at = text;

    at = stpcpy(at, before);
    for (size_t i = 0; i < count; i++, at += open_length)
        memcpy(at, open, open_length);
    at = stpcpy(at, middle);
    for (size_t i = 0; i < count; i++, at += close_length)
        memcpy(at, close, close_length);
    *at = '\0';
    return text;
}

static const struct {
    const char *before, *open, *middle, *close;
} shapes[] = {
    {"select ", "(", "1", ")"},
    {"select ", "1+", "1", ""},
    {"select ", "- ", "1", ""},
    {"select ", "(select ", "1", ")"},
    {"select ", "lower(", "a", ")"},
    {"select ", "not ", "true", ""},
    {"select ", "array[", "1", "]"},
    {"select 1", "::int", "", ""},
    {"select * from ", "(select * from ", "t", ") s"},
    {"", "with x as (", "select 1", ") select 1"},
    {"", "select 1, 2 union ", "select 1, 2", ""},
    {"select ", "case when ", "1", " then 1 end"},
    {"select 1 where ", "a and (b or ", "c", ")"},
    {"select * from ", "a join ", "b", " on true"},
    {"select ", "1, (select ", "1", ")"},
};

static void check_shapes(void)
{
    for (size_t i = 0; i < AQ__COUNT_OF(shapes); i++) {
        char *text = nested(shapes[i].before, shapes[i].open, 300, shapes[i].middle, shapes[i].close);

        is_str(judged(text), "SELECT reads", "300 times %s: parsed", shapes[i].open);
        free(text);
        text = nested(shapes[i].before, shapes[i].open, 40000, shapes[i].middle, shapes[i].close);
        is_str(judged(text), "unchecked $-1 writes", "40000 times %s: not tried", shapes[i].open);
        free(text);
    }
}

static void *parse_nested(void *data)
{
    char *text = nested("select ", "(", 2000, "1", ")");
    char *sums = nested("select ", "1+", 2000, "1", "");
    const char **lines = data;

    lines[0] = strcmp(judged(text), "SELECT reads") == 0 ? "parsed" : "not parsed";
    lines[1] = strcmp(judged(sums), "SELECT reads") == 0 ? "parsed" : "not parsed";
    free(text);
    free(sums);
    return NULL;
}

static void check_in_task(void)
{
    const char *lines[2] = {NULL, NULL};
    uv_loop_t uv;
    aq_loop_t *loop;
    aq_op_t *op;

    uv_loop_init(&uv);
    loop = aq_loop_open(&uv);
    op = aq_spawn(loop, parse_nested, lines);
    aq_wait(op);
    aq_op_close(op);
    aq_loop_close(loop);
    uv_run(&uv, UV_RUN_DEFAULT);
    is_str(lines[0], "parsed", "2000 nested parentheses in a task");
    is_str(lines[1], "parsed", "a sum of 2001 terms in a task");
    is_int(uv_loop_close(&uv), 0, "nothing is left on the loop");
    uv_library_shutdown(); /* its own pipe for signals */
}

/* A thread with as much stack as a task has by default. */
static void check_small_stack(void)
{
    const char *lines[2] = {NULL, NULL};
    pthread_attr_t attributes;
    pthread_t thread;

    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, 128 * 1024);
    if (pthread_create(&thread, &attributes, parse_nested, lines) == 0)
        pthread_join(thread, NULL);
    pthread_attr_destroy(&attributes);
    is_str(lines[0], "parsed", "2000 nested parentheses on a stack of 128 KiB");
    is_str(lines[1], "parsed", "a sum of 2001 terms on a stack of 128 KiB");
}

static void check_long_texts(void)
{
    char *text = nested("insert into t values (1, 'a', -1.5)", ", ($1, 'text of it', -2.5)", 20000, "", "");

    is_str(judged(text), "INSERT $1 writes", "half a megabyte of rows is flat, not deep");
    free(text);
    text = nested("select id from t where id in (0", ",1", 50000, ")", "");
    is_str(judged(text), "SELECT reads", "a list of 50001 numbers is flat");
    free(text);
    text = nested("select '", "x", 1000000, "'", "");
    is_str(judged(text), "SELECT reads", "a text of a million bytes in quotes");
    free(text);
    text = nested("select '", "x", 1 << 20, "'", "");
    is_str(judged(text), "unchecked $-1 writes", "more than 1 MiB is unchecked");
    free(text);
    text = nested("commit -- ", "x", 1 << 20, "", "");
    is_str(judged(text), "transaction control $-1 writes", "but its first keyword counts");
    free(text);
}

static void *parse_often(void *data)
{
    size_t *wrong = data;
    aq__statement_t statement;

    for (int i = 0; i < 200; i++) {
        const row_t *row = &plain_reads[(size_t)i % AQ__COUNT_OF(plain_reads)];

        if (aq__statement_parse(row->sql, &statement) != AQ_OK || !statement.plain_read)
            ++*wrong;
    }
    return NULL;
}

static void check_threads(void)
{
    pthread_t threads[4];
    size_t wrong[4] = {0, 0, 0, 0};

    for (int i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, parse_often, &wrong[i]);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    is_int(wrong[0] + wrong[1] + wrong[2] + wrong[3], 0, "four threads parse at the same time");
}

typedef struct {
    const char *text;
    aq__statement_t statement;
    int code;
} attempt_t;

static bool try_parse(void *data)
{
    attempt_t *attempt = data;

    attempt->code = aq__statement_parse(attempt->text, &attempt->statement);
    return attempt->code != AQ_ENOMEM;
}

/* Deep enough for the walk to need memory, long enough for the tokens to be counted. */
static void check_out_of_memory(void)
{
    char *text = nested("select 1, ", "(1 + ", 1800, "1", ")");
    attempt_t attempt = {.text = text};
    size_t failed;

    aq_set_allocator(counting_allocator, NULL);
    allocations.fail_rest = true;
    failed = fail_each_request(try_parse, &attempt, 100) - 1;
    aq_set_allocator(NULL, NULL);
    is_int(attempt.code, AQ_OK, "it succeeds in the end");
    ok(failed >= 3, "each of %zu allocations failed once: AQ_ENOMEM", failed);
    ok(attempt.statement.plain_read, "and then it is judged");
    free(text);
}

static void check_functions(void)
{
    static const char *const pure[] = {"abs", "xpath_exists", "count", "lower", "now", "random", "uuidv7"};
    static const char *const others[] = {"",
                                         "a",
                                         "zzz",
                                         "nextval",
                                         "set_config",
                                         "lo_create",
                                         "pg_notify",
                                         "LOWER",
                                         "pg_advisory_lock",
                                         "pg_current_xact_id",
                                         "txid_current",
                                         "query_to_xml"};
    static const char *const table[] = {
#include "src/wire/pure-functions.h"
    };
    size_t unsorted = 0, missed = 0;

    for (size_t i = 0; i < AQ__COUNT_OF(pure); i++)
        ok(aq__function_is_pure(pure[i]), "%s is pure", pure[i]);
    for (size_t i = 0; i < AQ__COUNT_OF(others); i++)
        ok(!aq__function_is_pure(others[i]), "'%s' is not", others[i]);
    for (size_t i = 0; i < AQ__COUNT_OF(table); i++) {
        if (i > 0 && strcmp(table[i - 1], table[i]) >= 0)
            unsorted++;
        if (!aq__function_is_pure(table[i]))
            missed++;
    }
    is_int(unsorted, 0, "the table of pure functions is sorted, each name once");
    is_int(missed, 0, "each of its names is found");
}

int main(void)
{
    subtest("plain reads")
        CHECK(plain_reads);
    subtest("other SELECTs")
        CHECK(other_selects);
    subtest("statements that write")
        CHECK(writes);
    subtest("transaction control")
        CHECK(transaction_control);
    subtest("several statements")
        CHECK(several);
    subtest("nothing")
        CHECK(empty);
    subtest("COPY")
        CHECK(copies);
    subtest("EXPLAIN, with ANALYZE what it runs")
        CHECK(explains);
    subtest("settings and LISTEN")
        CHECK(settings);
    subtest("utilities, and those that must be alone")
        CHECK(utilities);
    subtest("texts that cannot be parsed")
        CHECK(unchecked);
    subtest("deep texts are parsed or left alone")
        check_shapes();
    subtest("a task's stack is enough")
        check_in_task();
    subtest("a small stack is enough")
        check_small_stack();
    subtest("long texts")
        check_long_texts();
    subtest("threads")
        check_threads();
    subtest("out of memory")
        check_out_of_memory();
    subtest("pure functions")
        check_functions();
    return tap_done();
}
