/* Statements of one's own: placeholders, binds, and the whole text about each that is refused. */
#include "tap.h"

#include "t/heap.h"
#include "t/orm_models.h"

static world_t world;

static void is_query(aq_query_t *query, const char *sql, const char *parameters, const char *bind)
{
    aq_arena_t *arena = aq_arena_create();
    aq_text_t text = {0}, given = {0};
    aq__compiled_t compiled = {0};

    if (aq_query_statement(query, &text, &given) != AQ_OK)
        diag("%s", aq_last_error()->message);
    is_text(aq_text_string(&text), sql, "%s", sql);
    is_text(aq_text_string(&given), parameters, "... its parameters");
    (void)aq__query_compile(query, AQ__FORM_COLUMNS, arena, &compiled);
    is_str(compiled.bind, bind, "... its bind");
    aq_text_dispose(&text);
    aq_text_dispose(&given);
    aq_arena_close(arena);
}

static void wrong(aq_query_t *query, int code, const char *expected)
{
    aq_text_t sql = {0};

    is_int(aq_query_statement(query, &sql, &sql), code, "%s", expected);
    is_text(aq_last_error()->message, expected, "... the whole text");
    aq_text_dispose(&sql);
}

#define NEWER                                                                                              \
    " (it is read as PostgreSQL 15 reads it: where it is newer syntax, aq_query_set_bind() says where it " \
    "runs)"

static void check_placeholders(aq_session_t *session)
{
    is_query(aq_sql(session, NULL, "select $1, $2, $1", aq_args(aq_int4(1), aq_text("x"))),
             "select $1, $2, $1", "1, 'x'", NULL);
    is_query(
        aq_sql_named(session, NULL, "select :a,:b, :a", aq_named({"a", aq_int4(1)}, {"b", aq_text("x")})),
        "select $1,$2, $1", "1, 'x'", NULL);
    is_query(aq_sql_named(session, NULL,
                          "select :a::int4, x::text, (:b)::int, a[1:2], a[1:b], a[:c:2], ':d' from t",
                          aq_named({"a", aq_int4(1)}, {"b", aq_int4(2)}, {"c", aq_int4(3)})),
             "select $1::int4, x::text, ($2)::int, a[1:2], a[1:b], a[$3:2], ':d' from t", "1, 2, 3", NULL);
    is_query(aq_sql_named(session, NULL,
                          "select e':a\\'', $$:a$$, $x$:a$x$, \":a\", /* :a /* :a */ */ :a -- :a",
                          aq_named({"a", aq_int4(1)})),
             "select e':a\\'', $$:a$$, $x$:a$x$, \":a\", /* :a /* :a */ */ $1", "1", NULL);
    is_query(aq_sql_named(session, NULL, "select 1 where true=:a", aq_named({"a", aq_bool(true)})),
             "select 1 where true=$1", "true", NULL);
    is_query(aq_sql(session, NULL, " select 1 ; -- and no more\n ;", NULL), "select 1", "", NULL);
}

static void check_binds(aq_session_t *session)
{
    is_query(aq_sql(session, NULL, "select * from audit", NULL), "select * from audit", "", "audit");
    is_query(aq_sql(session, NULL, "select * from public.audit", NULL), "select * from public.audit", "",
             "audit");
    is_query(aq_sql(session, NULL, "with post as (select 1) select * from audit, post", NULL),
             "with post as (select 1) select * from audit, post", "", "audit");
    is_query(aq_sql(session, NULL, "insert into audit (what) select 'x' returning id", NULL),
             "insert into audit (what) select 'x' returning id", "", "audit");
    is_query(
        aq_sql(session, NULL, "update post set title = 'x' where id in (select post_id from comment)", NULL),
        "update post set title = 'x' where id in (select post_id from comment)", "", NULL);
    is_query(aq_sql(session, &Audit_model, "select 1 as id", NULL), "select 1 as id", "", "audit");
    is_query(aq_query_set_bind(aq_sql(session, NULL, "select * from audit", NULL), NULL),
             "select * from audit", "", NULL);
    is_query(aq_query_set_bind(aq_sql(session, NULL, "select * from audit, post", NULL), "x"),
             "select * from audit, post", "", "x");
    is_query(aq_query_set_bind(aq_sql(session, NULL, "select newer syntax than ours", NULL), "x"),
             "select newer syntax than ours", "", "x");
    is_query(aq_query_set_bind(aq_query(session, Label), "x"), "select label.id, label.name from label", "",
             "x");
    wrong(aq_sql(session, NULL, "select * from pg_class, audit, post, label", NULL), AQ_EINVAL,
          "sql: table 'audit' is in bind 'audit' and table 'post' in the default bind: a statement runs on "
          "one bind");
    wrong(aq_sql(session, &Audit_model, "select * from post join audit using (id)", NULL), AQ_EINVAL,
          "sql: table 'post' is in the default bind and table 'audit' in bind 'audit': a statement runs on "
          "one bind");
}

static void check_wrong(aq_session_t *session)
{
    wrong(aq_sql(session, NULL, NULL, NULL), AQ_EINVAL, "sql: the text is NULL");
    wrong(aq_sql(session, NULL, " -- nothing\n;", NULL), AQ_EINVAL, "sql: there is no statement in it");
    wrong(aq_sql(session, NULL, "\\d", NULL), AQ_EINVAL, "sql: commands of psql are no SQL");
    wrong(aq_sql(session, NULL, "select 1; select 2", NULL), AQ_EMULTIPLE,
          "sql: more than one statement: one at a time");
    wrong(aq_sql(session, NULL, "select $1, :a", aq_args(aq_int4(1))), AQ_EINVAL,
          "sql: parameters are numbered or named, not both: $1 and :a");
    wrong(aq_sql(session, NULL, "select :a", aq_args(aq_int4(1))), AQ_EARGUMENTS,
          "sql: its parameters have names, as :a: aq_sql_named()");
    wrong(aq_sql_named(session, NULL, "select $1", aq_named({"a", aq_int4(1)})), AQ_EARGUMENTS,
          "sql: it has no parameter :a");
    wrong(aq_sql_named(session, NULL, "select $1", NULL), AQ_EARGUMENTS,
          "sql: its parameters have numbers, as $1: aq_sql()");
    wrong(aq_sql(session, NULL, "select $2", aq_args(aq_int4(1))), AQ_EARGUMENTS,
          "sql: it has 2 parameters, and 1 values were given");
    wrong(aq_sql(session, NULL, "select 1", aq_args(aq_int4(1))), AQ_EARGUMENTS,
          "sql: it has 0 parameters, and 1 values were given");
    wrong(aq_sql_named(session, NULL, "select :a, :b", aq_named({"a", aq_int4(1)})), AQ_EARGUMENTS,
          "sql: parameter :b has no value");
    wrong(aq_sql_named(session, NULL, "select :a", aq_named({"a", aq_int4(1)}, {"b", aq_int4(1)})),
          AQ_EARGUMENTS, "sql: it has no parameter :b");
    wrong(aq_sql(session, NULL, "selec 1", NULL), AQ_ESYNTAX,
          "sql: syntax error at or near \"selec\" at character 1" NEWER);
    wrong(aq_sql_named(session, NULL, "select '\xc3\xa4', :long_name frm x y",
                       aq_named({"long_name", aq_int4(1)})),
          AQ_ESYNTAX, "sql: syntax error at or near \"x\" at character 28" NEWER);
    wrong(aq_sql(session, &Stranger_model, "select 1", NULL), AQ_EMAPPING,
          "'Stranger' is not mapped: aq_db_model() it first");
    wrong(aq_filter(aq_sql(session, &Label_model, "select 1", NULL), aq_eq(Label, id, 1)), AQ_EINVAL,
          "filter being called on a query of one's own SQL");
    wrong(aq_limit(aq_sql(session, &Label_model, "select 1", NULL), 1), AQ_EINVAL,
          "limit being called on a query of one's own SQL");
    ok(aq_query_model(aq_sql(session, &Label_model, "select 1", NULL)) == NULL, "it has no model");
}

static void check_loads(aq_session_t *session)
{
    aq_arena_t *arena = aq_arena_create();
    aq__compiled_t compiled = {0};
    aq_query_t *query =
        aq_option(aq_sql(session, &Line_model, "select * from line", NULL), aq_joined_load(Line, report));

    is_int(aq__query_compile(query, AQ__FORM_OBJECTS, arena, &compiled), AQ_OK, "objects of one's own SQL");
    ok(compiled.shape_count == 1 && compiled.shapes[0].columns == NULL && compiled.joined_count == 0 &&
           compiled.follow_count == 1 && compiled.follows[0].lazy == AQ_LAZY_SELECTIN && !compiled.reads,
       "their columns are found by name, and what is joined otherwise is loaded behind them");
    aq_arena_close(arena);
}

int main(void)
{
    aq_set_allocator(counting_allocator, NULL);
    world_open(&world);
    check_placeholders(&world.session);
    check_binds(&world.session);
    check_wrong(&world.session);
    check_loads(&world.session);
    world_close(&world);
    ok(all_memory_is_back(), "all memory is given back");
    return tap_done();
}
