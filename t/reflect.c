/* Reflecting live databases: every feature, every kind of name, what cannot be expressed, and what goes wrong.
 *
 * t/reflect.sql has the features, t/golden/reflect.txt what is made of them; the rest is made and asserted here. */
#include "cluster.h"
#include "tap.h"

#include "src/app/app.h"
#include "t/described.h"
#include "t/golden.h"
#include "t/heap.h"
#include "t/loops.h"
#include "t/outcomes.h"
#include "t/turns.h"

#include <time.h>

static cluster_t *cluster;
static aq_db_t *db;
static aq_app_t *app;
static aq_context_t *context;
static int version; /* of the server */

/* ---- A context for each test --------------------------------------------------------------------------------------------------- */

/* The cluster's URI with one more parameter. */
static const char *uri_with(const char *parameter)
{
    static char text[1024];
    const char *uri = cluster_uri(cluster);

    if (parameter == NULL)
        return uri;
    snprintf(text, sizeof(text), "%s%c%s", uri, strchr(uri, '?') != NULL ? '&' : '?', parameter);
    return text;
}

static void open_context(const char *parameter)
{
    uv_loop_init(&uv);
    db = aq_db_create();
    app = aq_app_create(
        &(aq_config_t){.database_uri = uri_with(parameter), .pool.size = 2, .track_modifications = AQ_ON});
    if (app == NULL || aq_db_init_app(db, app) != AQ_OK || (context = aq_context_create(app, &uv)) == NULL)
        bail_out("%s", aq_last_error()->message);
    loop = aq_context_loop(context);
}

static bool close_context(void)
{
    aq_op_t *op = aq_context_close(context);
    bool closed = aq_wait(op) != NULL && uv_loop_close(&uv) == 0;

    aq_op_close(op);
    aq_app_close(app);
    aq_db_close(db);
    for (int i = 0; i < 3000 && atomic_load(&allocations.blocks) != 0; i++)
        usleep(1000); /* a thread that connects may outlive its pool by a moment */
    return all_memory_is_back() && closed;
}

#define with_context_of(parameter, ...)                           \
    subtest(__VA_ARGS__)                                          \
        for (bool once_ = (open_context(parameter), true); once_; \
             once_ = false, ok(close_context(), "the context closes, no memory is left"))
#define with_context(...) with_context_of(NULL, __VA_ARGS__)

/* ---- What is read ------------------------------------------------------------------------------------------------------------------ */

#define SCHEMAS(...)                                                              \
    (&(const aq_reflect_options_t){.schemas = (const char *const[]){__VA_ARGS__}, \
                                   .schema_count = AQ__COUNT_OF(((const char *const[]){__VA_ARGS__}))})

/* The description, or the error; for aq_free(). Closes the op. */
static char *description_of(aq_op_t *op)
{
    aq_text_t text = {0};
    const aq_metadata_t *metadata = aq_wait(op);

    if (metadata != NULL)
        say_metadata(&text, metadata);
    else
        aq_text_append(&text, aq_op_error(op)->message);
    aq_op_close(op);
    aq_text_append(&text, ""); /* something, in any case */
    return aq_text_take(&text);
}

static void is_read(const aq_reflect_options_t *options, const char *expected, const char *name)
{
    char *text = description_of(aq_reflect(context, NULL, options));

    is_text(text != NULL ? text : "", expected, "%s", name);
    aq_free(text);
}

/* Schema public as it was at first. */
static void make(const char *sql)
{
    cluster_sql(cluster,
                "drop schema public cascade; create schema public; grant all on schema public to public");
    cluster_sql(cluster, "%s", sql);
}

/* ---- Everything --------------------------------------------------------------------------------------------------------------------- */

/* What DDL needs and metadata does not have. */
#define AROUND                                              \
    "create extension citext; create extension btree_gist;" \
    "create domain positive as integer check (value > 0); create domain code as varchar(5) collate \"C\";"

static char *features(void)
{
    char *path = tap_source_path("t/reflect.sql"), *sql = tap_read_file(path);

    free(path);
    return sql;
}

static void is_golden_reflection(const char *name)
{
    char *text = description_of(aq_reflect(context, NULL, NULL));

    is_golden(text != NULL ? text : "", "reflect.txt", name);
    aq_free(text);
}

static void test_features(void)
{
    char *sql, *text;

    if (version < 15) {
        skip("t/reflect.sql is for servers from 15 on");
        return;
    }
    sql = features();
    with_context("every feature")
    {
        make(sql);
        is_golden_reflection("all that is there");
    }
    with_context_of(
        "options=-cdatestyle%3DGerman%20-cintervalstyle%3Diso_8601%20-cquote_all_identifiers%3Don%20"
        "-cextra_float_digits%3D0%20-cbytea_output%3Descape",
        "whatever the settings are") is_golden_reflection("the same");
    with_context("what is read makes the same again")
    {
        aq_text_t ddl = {0};
        aq_op_t *op = aq_reflect(context, NULL, NULL);
        const aq_metadata_t *metadata = aq_wait(op);

        aq_text_append(&ddl, AROUND);
        aq_metadata_append_ddl(metadata, &ddl);
        aq_op_close(op);
        make(aq_text_string(&ddl));
        aq_text_clear(&ddl);
        text = description_of(aq_reflect(context, NULL, NULL));
        op = aq_reflect(context, NULL, NULL);
        metadata = aq_wait(op);
        aq_text_append(&ddl, AROUND);
        aq_metadata_append_ddl(metadata, &ddl);
        aq_op_close(op);
        make(aq_text_string(&ddl));
        aq_text_dispose(&ddl);
        is_read(NULL, text, "the second time");
        is_golden(text, "reflect_again.txt", "the first time: what comes late in SQL comes late");
        aq_free(text);
    }
    with_context("an empty database")
    {
        make("select 1");
        is_read(NULL, "", "nothing, and nothing to tell");
    }
    free(sql);
}

/* ---- Names ------------------------------------------------------------------------------------------------------------------------- */

#define NAME_63 "name_of_sixty_three_bytes_which_is_as_many_as_the_server_takes_"
_Static_assert(sizeof(NAME_63) == 64, "as long as names may be");
#define UMLAUTS "\u00e4\u00e4\u00e4\u00e4\u00e4\u00e4\u00e4\u00e4\u00e4\u00e4"

static void test_names(void)
{
    with_context("names of all kinds")
    {
        make("create type \"Odd \"\"mood\"\"\" as enum ('a,b', 'c\"d', '{e}', 'NULL', '');"
             "create table \"select\" (\"from\" serial primary key, \"User\" text default 'NULL', \"a b\" "
             "\"Odd \"\"mood\"\"\""
             " default '{e}', \"it's\" int, \"a.b\" int unique, \"back\\slash\" serial, \"\u00fcml\u00e4ut\" "
             "int);"
             "create table \"with \"\"quotes\"\"\" (\"select\" int references \"select\" (\"a.b\"));"
             "create table " NAME_63 " (" NAME_63 " serial primary key, " UMLAUTS UMLAUTS UMLAUTS "a serial);"
             "create index \"an index\" on \"select\" (lower(\"User\"), \"a b\");"
             "create sequence \"NULL\"");
        is_read(NULL,
                "table select\n"
                "  from int4 not null serial\n"
                "  User text default 'NULL'\n"
                "  a b Odd \"mood\" <enum of 5> default '{e}'\n"
                "  it's int4\n"
                "  a.b int4\n"
                "  back\\slash int4 not null serial\n"
                "  \u00fcml\u00e4ut int4\n"
                "  primary key select_pkey (from)\n"
                "  unique select_a.b_key (a.b)\n"
                "  index an index (lower(\"User\"), a b)\n"
                "table " NAME_63 "\n"
                "  " NAME_63 " int4 not null serial\n"
                "  " UMLAUTS UMLAUTS UMLAUTS "a int4 not null serial\n"
                "  primary key name_of_sixty_three_bytes_which_is_as_many_as_the_server_t_pkey (" NAME_63
                ")\n"
                "table with \"quotes\"\n"
                "  select int4\n"
                "  foreign key with \"quotes\"_select_fkey (select) -> select (a.b)\n"
                "enum Odd \"mood\" a,b|c\"d|{e}|NULL|\n"
                "sequence NULL\n",
                "all as they are in the catalogs");
    }
    with_context("schemas with names of all kinds")
    {
        make(
            "drop schema if exists \"Odd.schema\" cascade; create schema \"Odd.schema\";"
            "create type \"Odd.schema\".\"Mood\" as enum ('x');"
            "create table \"Odd.schema\".\"T\" (id serial primary key, m \"Odd.schema\".\"Mood\" default 'x',"
            " up int references \"Odd.schema\".\"T\")");
        is_read(SCHEMAS("Odd.schema"),
                "table Odd.schema.T\n"
                "  id int4 not null serial\n"
                "  m Odd.schema.Mood <enum of 1> default 'x'\n"
                "  up int4\n"
                "  primary key T_pkey (id)\n"
                "  foreign key T_up_fkey (up) -> Odd.schema.T (id)\n"
                "enum Odd.schema.Mood x\n",
                "they are said");
        cluster_sql(cluster, "drop schema \"Odd.schema\" cascade");
    }
    with_context("the same name again where it may be")
    {
        make("create table a (id int constraint same check (id > 0)); create table b (id int constraint same "
             "check (id > 0));");
        is_read(NULL,
                "table a\n  id int4\n  check same (id) : id > 0\n"
                "table b\n  id int4\n  check same (id) : id > 0\n",
                "no problem");
    }
}

/* ---- Schemas ----------------------------------------------------------------------------------------------------------------------- */

static void test_schemas(void)
{
    static const char sql[] =
        "drop schema if exists blog cascade; create schema blog; create extension citext;"
        "create type mood as enum ('sad'); create type blog.mood as enum ('ok', 'fine');"
        "create table person (id int primary key, m mood, other blog.mood default 'ok', mail citext);"
        "create table blog.post (id serial primary key, m public.mood, other blog.mood default 'ok', mail "
        "public.citext,"
        " author int references person)";
#define PERSON(prefix, mine, blogs, citext)                                  \
    "table " prefix "person\n  id int4 not null\n  m " mine " <enum of 1>\n" \
    "  other " blogs " <enum of 2> default 'ok'\n  mail " citext "citext\n"  \
    "  primary key person_pkey (id)\n"
#define POST(prefix, mine, blogs, citext, person)                                          \
    "table " prefix "post\n  id int4 not null serial\n  m " mine " <enum of 1>\n"          \
    "  other " blogs " <enum of 2> default 'ok'\n  mail " citext "citext\n  author int4\n" \
    "  primary key post_pkey (id)\n  foreign key post_author_fkey (author) -> " person "person (id)\n"

    make(sql);
    with_context("schemas")
    {
        is_read(SCHEMAS("blog", "public"),
                PERSON("public.", "public.mood", "blog.mood", "")
                    POST("blog.", "public.mood", "blog.mood", "",
                         "public.") "enum blog.mood ok|fine\nenum public.mood sad\n",
                "those that are named say so");
        is_read(SCHEMAS(NULL, "blog"),
                PERSON("", "mood", "blog.mood", "")
                    POST("blog.", "mood", "blog.mood", "", "") "enum mood sad\nenum blog.mood ok|fine\n",
                "NULL is the search path");
        is_read(
            SCHEMAS("blog", "nope", "Blog"),
            "table blog.post\n  id int4 not null serial\n  m mood\n"
            "  other blog.mood <enum of 2> default 'ok'\n  mail citext\n  author int4\n"
            "  primary key post_pkey (id)\n  foreign key post_author_fkey (author) -> public.person (id) "
            "unresolved\n"
            "enum blog.mood ok|fine\n"
            "problem schema 'Blog': there is none\nproblem schema 'nope': there is none\n"
            "problem blog.post.author: its foreign key refers to 'public.person.id', but there is no table"
            " 'public.person'\n",
            "what is not there, and what was not read, is told");
    }
    with_context_of("options=-csearch_path%3Dblog%2Cpublic%2Cpg_catalog", "a search path of several") is_read(
        NULL,
        PERSON("public.", "public.mood", "mood", "")
            POST("", "public.mood", "mood", "", "public.") "enum mood ok|fine\nenum public.mood sad\n",
        "only what is of its first goes without a schema");
    with_context_of("options=-csearch_path%3Dnope", "a search path without a schema") is_read(
        NULL, "problem search path 'nope': none of its schemas is there for this role\n", "it is told");
    cluster_sql(
        cluster,
        "drop role if exists guest; create role guest login; grant connect on database aquifer to guest;"
        "revoke all on schema public from public");
    with_context_of("user=guest", "a role without rights")
    {
        is_read(NULL, "problem search path '\"$user\", public': none of its schemas is there for this role\n",
                "nothing is in its search path");
        is_read(
            SCHEMAS("blog"),
            "table blog.post\n  id int4 not null serial\n  m public.mood\n"
            "  other blog.mood <enum of 2> default 'ok'\n  mail public.citext\n  author int4\n"
            "  primary key post_pkey (id)\n  foreign key post_author_fkey (author) -> public.person (id) "
            "unresolved\n"
            "enum blog.mood ok|fine\n"
            "problem schema 'blog': role 'guest' has no right to use it; what it has is read all the same\n"
            "problem blog.post.author: its foreign key refers to 'public.person.id', but there is no table"
            " 'public.person'\n",
            "the catalogs may be read by all");
    }
    cluster_sql(cluster,
                "drop schema blog cascade; revoke all on database aquifer from guest; drop role guest");
}

/* ---- What cannot be expressed -------------------------------------------------------------------------------------------------------- */

static void test_problems(void)
{
    with_context("what cannot be expressed")
    {
        make("create table event (id int, at date, primary key (id, at)) partition by range (at);"
             "create table event_1 partition of event for values from ('2020-01-01') to ('2021-01-01');"
             "create table late (id serial, at date not null); alter table event attach partition late for "
             "values from ('2022-01-01') to ('2023-01-01');"
             "create table refers (id int, at date, foreign key (id, at) references event);"
             "create table parent (a int not null check (a > 0)); create table child (b int) inherits "
             "(parent);"
             "create unlogged table fast (a int); create unlogged table faster (a int generated always as "
             "identity);"
             "create type pair as (a int, b int); create table typed of pair;"
             "create type span as range (subtype = float8); create domain even as int check (value % 2 = 0);"
             "create table filled (a int primary key with (fillfactor = 50)) with (fillfactor = 70);"
             "create table watched (a int, b text); alter table watched enable row level security;"
             "create policy mine on watched using (a > 0);"
             "create rule nothing as on delete to watched do instead nothing;"
             "create function f() returns trigger language plpgsql as 'begin return new; end';"
             "create trigger audit before insert on watched for each row execute function f();"
             "create statistics linked on a, b from watched;"
             "alter table watched replica identity full;"
             "alter table watched alter b set storage external, alter b set "
             "(n_distinct = 5), alter a set statistics 500;"
             "create foreign data wrapper fdw; create server away foreign data wrapper fdw; create foreign "
             "table far (a int) server away;"
             "create index broken on watched (a); update pg_index set indisvalid = false where indexrelid = "
             "'broken'::regclass;"
             "create view seen as select 1; create materialized view kept as select 1");
        is_read(
            NULL,
            "table event\n  id int4 not null\n  at date not null\n  primary key event_pkey (id, at)\n"
            "table parent\n  a int4 not null\n  check parent_a_check (a) : a > 0\n"
            "table child\n  a int4 not null\n  b int4\n  check parent_a_check (a) : a > 0\n"
            "table fast\n  a int4\n"
            "table faster\n  a int4 not null identity always\n"
            "table typed\n  a int4\n  b int4\n"
            "table filled\n  a int4 not null\n  primary key filled_pkey (a)\n"
            "table watched\n  a int4\n  b text\n  index broken (a)\n"
            "table refers\n  id int4\n  at date\n  foreign key refers_id_at_fkey (id, at) -> event (id, at)\n"
            "problem event: it is partitioned by RANGE (at), which cannot be expressed: here it is an "
            "ordinary table\n"
            "problem event_1: it is a partition of event, and left out\n"
            "problem late: it is a partition of event, and left out\n"
            "problem child: it inherits from parent, which cannot be expressed: here all columns are its "
            "own\n"
            "problem fast: it is unlogged, which cannot be expressed\n"
            "problem faster: it is unlogged, which cannot be expressed\n"
            "problem pair: it is a composite type, whose definition cannot be expressed\n"
            "problem typed: it is a table of type pair, which cannot be expressed: here all columns are its "
            "own\n"
            "problem span: it is a range type, whose definition cannot be expressed\n"
            "problem even: it is a domain, whose definition cannot be expressed\n"
            "problem filled.filled_pkey: the storage options of its index are fillfactor=50, which cannot be "
            "expressed\n"
            "problem filled: its storage options are fillfactor=70, which cannot be expressed\n"
            "problem watched.b: its options are n_distinct=5, which cannot be expressed\n"
            "problem watched.a: its statistics target is 500, which cannot be expressed\n"
            "problem watched.b: its storage is external, which cannot be expressed\n"
            "problem watched.broken: this index is invalid: the server does not use it\n"
            "problem watched.mine: this row security policy cannot be expressed\n"
            "problem watched: its replica identity is full, which cannot be expressed\n"
            "problem watched: it has row security, which cannot be expressed\n"
            "problem watched.nothing: this rule cannot be expressed\n"
            "problem watched.linked: these extended statistics cannot be expressed\n"
            "problem watched.audit: this trigger cannot be expressed\n"
            "problem far: it is a foreign table, and left out\n"
            "problem seen: it is a view, and left out\n"
            "problem kept: it is a materialized view, and left out\n",
            "all of it is told");
        cluster_sql(cluster, "drop foreign data wrapper fdw cascade");
    }
    with_context("what belongs to an extension is left out")
    {
        make("create extension citext; create table its (id serial primary key); create type mine as enum "
             "('a');"
             "alter extension citext add table its; alter extension citext add type mine;"
             "create table ours (id int)");
        is_read(NULL, "table ours\n  id int4\n", "a table, its sequence, a type");
    }
    with_context("compression")
    {
        if (version < 14) {
            skip("this server has none");
            continue;
        }
        make("create table t (a text compression pglz)");
        is_read(NULL, "table t\n  a text\nproblem t.a: its compression is pglz, which cannot be expressed\n",
                "it is told");
    }
    with_context("on a server of version 18, what that has more")
    {
        if (version < 18) {
            skip("this server is older");
            continue;
        }
        make("create extension btree_gist; create table n (a int constraint not_null_by_name not null, b "
             "int, v int generated always as (a * 2) virtual);"
             "alter table n add constraint late not null b not valid;"
             "create table p (id int, d daterange, primary key (id, d without overlaps));"
             "create table c (id int check (id > 0) not enforced)");
        is_read(
            NULL,
            "table n\n  a int4 not null\n  b int4 not null\n  v int4 generated a * 2\n"
            "table p\n  id int4 not null\n  d daterange not null\n  primary key p_pkey (id, d)\n"
            "table c\n  id int4\n  check c_id_check (id) : id > 0 not valid\n"
            "problem n.b: its constraint late, a NOT NULL, is not valid, which cannot be expressed\n"
            "problem n.v: its value is computed when it is read, which cannot be expressed: here it is "
            "stored\n"
            "problem p.p_pkey: this constraint is for periods of time, which cannot be expressed: here it is "
            "for values\n"
            "problem c.c_id_check: this constraint is not enforced, which cannot be expressed: here it is\n",
            "NOT NULLs with names are no constraints");
    }
}

/* ---- How it is asked ------------------------------------------------------------------------------------------------------------------ */

static aq_pool_stats_t stats(void)
{
    aq_pool_stats_t now;

    aq_pool_get_stats(context, NULL, &now);
    return now;
}

/* How long it takes to read all; asserts what it costs. */
static double read_tables(size_t tables)
{
    aq_pool_stats_t before = stats(), after;
    double since = now_ms();
    aq_op_t *op = aq_reflect(context, NULL, NULL);
    const aq_metadata_t *metadata = aq_wait(op);

    since = now_ms() - since;
    after = stats();
    is_int(metadata != NULL ? aq_metadata_table_count(metadata) : 0, tables, "%zu tables", tables);
    is_int(after.units - before.units, 1, "%zu tables: one unit", tables);
    is_int(after.syncs - before.syncs, 1, "%zu tables: one Sync, so one round trip", tables);
    is_int(after.statements - before.statements, 2, "%zu tables: two statements", tables);
    aq_op_close(op);
    return since;
}

static void test_cost(void)
{
    with_context("what it costs")
    {
        double first, again, here, longest;

        make("do $$ begin for i in 1..200 loop"
             " execute format('create table t%s (id serial primary key, name varchar(80) not null unique, "
             "price numeric(10, 2) default 0"
             " check (price >= 0), created timestamptz not null default now(), up int references t%s, note "
             "text)', i, greatest(i - 1, 1));"
             " execute format('create index t%s_lower on t%s (lower(name), created desc) where price > 0', "
             "i, i);"
             " end loop; end $$");
        cluster_sql(cluster, "create schema one; create table one.t (id int)");
        outcome(aq_execute(context, NULL, "set search_path = one", NULL));
        read_tables(1);
        outcome(aq_execute(context, NULL, "set search_path = public", NULL));
        turns_watch(&uv, TURNS_TOGETHER);
        first = read_tables(200);
        longest = turns_longest();
        here = (double)clock();
        again = read_tables(200);
        here = ((double)clock() - here) * 1000 / CLOCKS_PER_SEC;
        diag(
            "200 tables, 1200 columns, 800 constraints, 200 indexes: %.0f ms, at most %.1f ms in one turn of "
            "the loop; again %.0f ms, %.1f ms of it in this process",
            first, longest, again, here);
        cluster_sql(cluster, "drop schema one cascade");
        make("select 1");
    }
}

/* ---- Ops --------------------------------------------------------------------------------------------------------------------------- */

static void test_errors(void)
{
    make("create table t (id int)");
    with_context("errors")
    {
        is_str(failure_of(aq_reflect(context, "nope", NULL)),
               "AQ_ENOBIND: bind 'nope' is not configured: set it in AQUIFER_BINDS", "no such bind");
        is_str(failure_of(aq_reflect(NULL, NULL, NULL)),
               "AQ_ENOAPP: no application found: either work inside a request or push a context "
               "(aq_context_push)",
               "no context");
        is_str(failure_of(aq_reflect(context, NULL, SCHEMAS("\xff"))),
               "AQ_EENCODING: argument $1: element 0: text that is not UTF-8 at byte 0", "no text");
        is_str(failure_of(aq_timeout(aq_reflect(context, NULL, NULL), 0)),
               "AQ_ETIMEDOUT: reflect: not done within 0 ms", "no time");
    }
    subtest("a bind of its own") {
        const aq_bind_config_t bind = {.key = "users", .uri = cluster_uri(cluster)};
        aq_op_t *op;
        const aq_metadata_t *metadata;

        uv_loop_init(&uv);
        db = aq_db_create();
        app = aq_app_create(&(aq_config_t){.binds = &bind, .bind_count = 1, .track_modifications = AQ_ON});
        if (app == NULL || aq_db_init_app(db, app) != AQ_OK ||
            (context = aq_context_create(app, &uv)) == NULL)
            bail_out("%s", aq_last_error()->message);
        loop = aq_context_loop(context);
        op = aq_reflect(context, "users", NULL);
        metadata = aq_wait(op);
        is_str(metadata != NULL ? aq_metadata_bind(metadata) : NULL, "users", "metadata knows it");
        is_int(metadata != NULL ? aq_metadata_find(metadata, NULL, "t") : -1, 0, "and what is there");
        aq_op_close(op);
        ok(close_context(), "the context closes, no memory is left");
    }
    with_context("what is taken from the op outlives it")
    {
        aq_op_t *op = aq_reflect(context, NULL, &(aq_reflect_options_t){0});
        aq_metadata_t *metadata;

        aq_wait(op);
        metadata = aq_op_take(op);
        aq_op_close(op);
        is_str(aq_metadata_table_name(metadata, 0), "t", "its table");
        is_str(aq_metadata_bind(metadata), NULL, "of the default bind");
        aq_metadata_close(metadata);
    }
}

/* Turns of the loop until it is done. */
static unsigned turns_of(aq_op_t *op)
{
    unsigned turns = 0;

    for (; !aq_op_done(op) && turns < 100000; turns++)
        uv_run(&uv, UV_RUN_ONCE);
    return turns;
}

static void *reflect_in_task(void *data)
{
    const aq_metadata_t *metadata = aq_await(aq_reflect(data, NULL, NULL));

    is_int(metadata != NULL ? aq_metadata_table_count(metadata) : 0, 1, "one table");
    return NULL;
}

static void *leave_reflecting(void *data)
{
    (void)aq_reflect(data, NULL, NULL);
    return data;
}

/* The op, `left` turns before it is done if it takes `turns`. */
static aq_op_t *reflect_until(unsigned turns, unsigned left)
{
    aq_op_t *op = aq_reflect(context, NULL, NULL);

    for (unsigned i = left; i < turns && !aq_op_done(op); i++)
        uv_run(&uv, UV_RUN_ONCE);
    return op;
}

static void test_reading_turns(void)
{
    enum { LEFT_MOST = 7 };
    unsigned turns = 0, good = 0;

    make("do $$ begin execute (select format('create table wide (%s)', string_agg('c' || i || ' int', ', '))"
         " from generate_series(1, 1200) i); end $$");
    with_context("canceled or closed in any turn in which rows are read")
    {
        aq_op_close(reflect_until(1, 0));
        for (int i = 0; i < 2; i++) { /* the second is on a connection that is there */
            aq_op_t *op = aq_reflect(context, NULL, NULL);

            turns = turns_of(op);
            aq_op_close(op);
        }
        for (unsigned left = 0; left < LEFT_MOST; left++) {
            aq_op_t *op = reflect_until(turns, left);

            aq_cancel(op);
            good += aq_wait(op) != NULL || aq_op_code(op) == AQ_ECANCELED;
            aq_op_close(op);
            aq_op_close(reflect_until(turns, left));
        }
        is_int(good, LEFT_MOST, "canceled in each of the last turns: AQ_ECANCELED, or its value");
    }
    for (unsigned left = 0; left < LEFT_MOST; left++)
        with_context("the context is closed %u turns before the end", left)
        {
            aq_op_t *op = aq_reflect(context, NULL, NULL);

            turns = turns_of(op);
            aq_op_close(op);
            (void)reflect_until(turns, left);
            pass("it is on its way");
        }
}

static void test_turns(void)
{
    with_context("canceled, closed or left behind in any turn")
    {
        aq_op_t *op = aq_reflect(context, NULL, NULL);
        unsigned turns = turns_of(op), good = 0;

        aq_op_close(op);
        for (unsigned n = 0; n <= turns; n++) {
            op = aq_reflect(context, NULL, NULL);
            for (unsigned i = 0; i < n; i++)
                uv_run(&uv, UV_RUN_NOWAIT);
            aq_cancel(op);
            good += aq_wait(op) != NULL || aq_op_code(op) == AQ_ECANCELED;
            aq_op_close(op);
            op = aq_reflect(context, NULL, NULL);
            for (unsigned i = 0; i < n; i++)
                uv_run(&uv, UV_RUN_NOWAIT);
            aq_op_close(op);
        }
        is_int(good, turns + 1, "canceled in each of %u turns: AQ_ECANCELED, or its value", turns);
        is_read(NULL, "table t\n  id int4\n", "and then it is read again");
        (void)aq_reflect(context, NULL, NULL); /* the context closes with it */
    }
    test_reading_turns();
    make("create table t (id int)");
    with_context("closed with its context")
    {
        aq_op_t *op;

        is_read(NULL, "table t\n  id int4\n", "connected");
        op = aq_reflect(context, NULL, NULL);
        aq_op_keep(op);
        pass("it is on its way");
        uv_run(&uv, UV_RUN_NOWAIT);
        aq_op_close(op);
    }
    with_context("in a task")
    {
        aq_op_t *op = aq_spawn(loop, reflect_in_task, context);

        ok(aq_wait(op) != NULL, "it is awaited");
        aq_op_close(op);
        op = aq_spawn(loop, leave_reflecting, context);
        ok(aq_wait(op) == context, "it is left behind by a task that ends");
        aq_op_close(op);
    }
}

static bool is_waiting(void *data)
{
    (void)data;
    return cluster_number(cluster, "select count(*) from pg_locks where not granted"
                                   " and relation = 'pg_ts_config'::regclass") == 1;
}

/* Somebody holds a catalog that the server reads only to show the default of `kept`, while the query runs: so the query's snapshot is older than
 * what he does then. */
static void test_concurrency(void)
{
    static const char *const changes[] = {"drop table dropped", "alter table dropped drop column a cascade",
                                          "alter table dropped drop column b"};

    for (size_t i = 0; i < AQ__COUNT_OF(changes); i++) {
        make("create table kept (id int primary key, words tsvector default to_tsvector('english', 'x'));"
             "create table dropped (id int primary key default 5, a int check (a > 0), b int generated "
             "always as (a * 2) stored);"
             "create index its on dropped ((b + 1)) where b > 3");
        with_context("meanwhile: %s", changes[i])
        {
            aq_lane_t *lane = aq_wait(aq_acquire(context, NULL));
            aq_pool_stats_t before;
            aq_op_t *op;
            char *text, *expected;

            outcome(aq_lane_execute(lane, "begin", NULL));
            is_str(outcome(aq_lane_execute(lane, "lock table pg_ts_config in access exclusive mode", NULL)),
                   "", "a catalog is locked");
            before = stats();
            op = aq_reflect(context, NULL, NULL);
            ok(await_that(is_waiting, NULL, 5000), "the query waits");
            is_str(outcome(aq_lane_execute(lane, changes[i], NULL)), "", "it is done meanwhile");
            outcome(aq_lane_execute(lane, "commit", NULL));
            aq_release(lane);
            text = description_of(op);
            ok(stats().units - before.units > 3, "so it is read again");
            expected = description_of(aq_reflect(context, NULL, NULL));
            is_text(text, expected, "it is as it is then");
            aq_free(expected);
            aq_free(text);
        }
    }
}

static bool read_without_memory(void *data)
{
    aq_op_t *op = aq_reflect(context, NULL, SCHEMAS(NULL, "public"));
    bool *wrong = data, done = aq_wait(op) != NULL;

    if (!done && aq_op_code(op) != AQ_ENOMEM) {
        diag("allocation %zu: %s", atomic_load(&allocations.fail_at), outcome_of(op));
        *wrong = true;
    }
    aq_op_close(op);
    return done && atomic_load(&allocations.refused) == 0;
}

static void test_memory(void)
{
    make("create type mood as enum ('sad'); create table t (id serial primary key, m mood default 'sad');"
         "create index on t (m) include (id); create unlogged table u (id int references t)");
    with_context("out of memory")
    {
        bool wrong = false;
        size_t n;

        outcome(aq_execute(context, NULL, "select 1", NULL));
        n = fail_each_request(read_without_memory, &wrong, 20000);
        ok(!wrong && n < 20000, "AQ_ENOMEM, until all of %zu requests are met", n - 1);
        fail_request(0);
    }
}

int main(void)
{
    alarm(300);
    init_loops();
    cluster = cluster_start("--set max_connections=20 --set allow_system_table_mods=on");
    version = (int)cluster_number(cluster, "select current_setting('server_version_num')::int / 10000");
    test_features();
    test_names();
    test_schemas();
    test_problems();
    test_cost();
    test_errors();
    test_turns();
    test_concurrency();
    test_memory();
    cluster_close(cluster);
    return tap_done();
}
