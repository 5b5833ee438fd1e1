/* Fragments: which are one expression, and the whole text about each that is not; and that each is parsed once. */
#include "tap.h"

#include "t/heap.h"
#include "t/orm_models.h"

static world_t world;

static void taken(const char *text, const aq_arguments_t *arguments, const char *expected)
{
    aq_session_t *session = &world.session;
    const aq_expression_t fragment = {.kind = AQ_EXPRESSION_FRAGMENT, .text = text, .arguments = arguments};
    aq_query_t *query = aq_filter(aq_query(session, Label), &fragment);
    aq_text_t sql = {0}, parameters = {0};

    if (aq_query_statement(query, &sql, &parameters) != AQ_OK)
        diag("%s", aq_last_error()->message);
    has_str(aq_text_string(&sql), expected, "%s", text);
    aq_text_dispose(&sql);
    aq_text_dispose(&parameters);
}

static void refused(const char *text, int code, const char *why)
{
    aq_session_t *session = &world.session;
    const aq_expression_t fragment = {.kind = AQ_EXPRESSION_FRAGMENT, .text = text};
    aq_query_t *query = aq_filter(aq_query(session, Label), &fragment);
    aq_text_t sql = {0}, expected = {0};

    aq_text_appendf(&expected, "fragment '%s': %s", text, why);
    is_int(aq_query_statement(query, &sql, &sql), code, "%s: refused", text);
    is_text(aq_last_error()->message, aq_text_string(&expected), "... the whole text");
    aq_text_dispose(&sql);
    aq_text_dispose(&expected);
}

#define NEWER " (it is read as PostgreSQL 15 reads it: newer syntax is not known here)"

static void check_taken(void)
{
    taken("1 = 1", NULL, "where (1 = 1)");
    taken("1 = 1 or 1 = 2", NULL, "where (1 = 1 or 1 = 2)");
    taken("{Label.id} + 1 > $1", aq_args(aq_int4(1)), "where (label.id + 1 > $1)");
    taken("$2 = $1 or $2 = 3", aq_args(aq_int4(1), aq_int4(2)), "where ($1 = $2 or $1 = 3)");
    taken("$1::int=1", aq_args(aq_int4(1)), "where ($1::int=1)");
    taken("'{Label.id} $1 -- ;' = $$/* $1 {x} $$", NULL, "where ('{Label.id} $1 -- ;' = $$/* $1 {x} $$)");
    taken("\"a--b;{x}$1\" is null", NULL, "where (\"a--b;{x}$1\" is null)");
    taken("exists (select 1 from post p where p.id = {Label.id} order by 1 limit 1)", NULL,
          "where (exists (select 1 from post p where p.id = label.id order by 1 limit 1))");
    taken("case when {Label.id} > 1 then true else false end", NULL,
          "where (case when label.id > 1 then true");
    taken("({Label.id}, {Label.name}) in (select 1, 'x')", NULL,
          "where ((label.id, label.name) in (select 1, 'x'))");
    taken("count(*) filter (where true) over () > 1", NULL,
          "where (count(*) filter (where true) over () > 1)");
    taken("'\xc3\xa4' = {Label.name}", NULL, "where ('\xc3\xa4' = label.name)");
    taken(" \n 1=1 \t", NULL, "where ( \n 1=1 \t)");
}

static void check_refused(void)
{
    refused("", AQ_EINVAL, "it is empty");
    refused("  ", AQ_EINVAL, "it is empty");
    refused("-- x", AQ_EINVAL, "it is empty");
    refused("1) OR (1=1", AQ_ESYNTAX, "syntax error at or near \")\" at character 2" NEWER);
    refused("{Label.id} = 1) OR (1=1", AQ_ESYNTAX, "syntax error at or near \")\" at character 15" NEWER);
    refused("\xc3\xa4 = = 1", AQ_ESYNTAX, "syntax error at or near \"=\" at character 5" NEWER);
    refused("lower(", AQ_ESYNTAX, "syntax error at end of input at character 7" NEWER);
    refused("'open", AQ_ESYNTAX, "unterminated quoted string at or near \"'open\" at character 1" NEWER);
    refused("1, 2", AQ_ESYNTAX, "it is not one expression");
    refused("1 as x", AQ_ESYNTAX, "it is not one expression");
    refused("1 x", AQ_ESYNTAX, "it is not one expression");
    refused("1 from post", AQ_ESYNTAX, "it is not one expression");
    refused("1 into x", AQ_ESYNTAX, "it is not one expression");
    refused("1 where true", AQ_ESYNTAX, "it is not one expression");
    refused("1 order by 1", AQ_ESYNTAX, "it is not one expression");
    refused("1 limit 1", AQ_ESYNTAX, "it is not one expression");
    refused("1 for update", AQ_ESYNTAX, "it is not one expression");
    refused("1 union select 2", AQ_ESYNTAX, "it is not one expression");
    refused("1 group by 1", AQ_ESYNTAX, "it is not one expression");
    refused("1 window w as ()", AQ_ESYNTAX, "it is not one expression");
    refused("distinct 1", AQ_ESYNTAX, "it is not one expression");
    refused("all 1", AQ_ESYNTAX, "it is not one expression");
    refused("*", AQ_ESYNTAX, "it is not one expression");
    refused("post.*", AQ_ESYNTAX, "it is not one expression");
    refused("1; drop table post", AQ_EINVAL, "semicolons have no place in it");
    refused("1;", AQ_EINVAL, "semicolons have no place in it");
    refused("1 -- x", AQ_EINVAL, "comments have no place in it");
    refused("1 /* x */ = 1", AQ_EINVAL, "comments have no place in it");
    refused("/* x */ 1", AQ_EINVAL, "comments have no place in it");
    refused("1 /* x", AQ_EINVAL, "comments have no place in it");
    refused("{Label}", AQ_EINVAL, "{Label} is no column: {User.age}");
    refused("{.id}", AQ_EINVAL, "{.id} is no column: {User.age}");
    refused("{}", AQ_EINVAL, "{} is no column: {User.age}");
    refused("{Label.id", AQ_EINVAL, "the '{' at character 1 does not begin a column: {User.age}");
    refused("1 = {Label.id + 1}", AQ_EINVAL, "the '{' at character 5 does not begin a column: {User.age}");
    refused("{\"Label\".id}", AQ_EINVAL, "the '{' at character 1 does not begin a column: {User.age}");
    refused("$0", AQ_EINVAL, "no parameter is called $0");
    refused("$70000", AQ_EINVAL, "no parameter is called $70000");
    refused("\\d", AQ_EINVAL, "it is not one expression");
    refused("json_table(x, '$' columns (a int)) is not null", AQ_ESYNTAX,
            "syntax error at or near \"columns\" at character 19" NEWER);
}

static void check_depth(void)
{
    size_t depth = 20000;
    char *text = malloc(2 * depth + 2);
    aq_text_t sql = {0};
    const aq_expression_t fragment = {.kind = AQ_EXPRESSION_FRAGMENT, .text = text};
    aq_session_t *session = &world.session;

    memset(text, '(', depth);
    text[depth] = '1';
    memset(text + depth + 1, ')', depth);
    text[2 * depth + 1] = '\0';
    is_int(aq_query_statement(aq_filter(aq_query(session, Label), &fragment), &sql, &sql), AQ_ESYNTAX,
           "one that nests too deep is refused");
    aq_text_dispose(&sql);
    free(text);
}

static void check_once(void)
{
    const char *texts[] = {"1 = 1 and 2 = 2", "1 = 1 and 2 = 2"};
    char copy[32];

    strcpy(copy, texts[0]);
    ok(aq__texts_find(&world.session, aq__fragment_read, texts[0]) ==
           aq__texts_find(&world.session, aq__fragment_read, copy),
       "a fragment is read once, wherever its text is");
    for (int i = 0; i < 5000; i++) {
        char text[32];

        snprintf(text, sizeof(text), "1 = %d", i);
        if (aq__texts_find(&world.session, aq__fragment_read, text) == NULL)
            fail("%s: %s", text, aq_last_error()->message);
    }
    ok(aq__texts_find(&world.session, aq__fragment_read, "1 = 4999") !=
           aq__texts_find(&world.session, aq__fragment_read, "1 = 4999"),
       "of very many different ones not all are kept");
}

int main(void)
{
    aq_set_allocator(counting_allocator, NULL);
    world_open(&world);
    check_taken();
    check_refused();
    check_depth();
    check_once();
    world_close(&world);
    ok(all_memory_is_back(), "all memory is given back");
    return tap_done();
}
