/* The library's own statements are not parsed: what it says they are is what parsing would say, and they leave nothing behind. DDL: t/ddl.c. */
#include "t/own.h"
#include "src/app/judge.h"
#include "src/schema/catalog.h"
#include "src/wire/query.h"
#include "t/heap.h"
#include "t/tap.h"

static void are_as_known(aq_unit_t *unit, size_t own, const char *name)
{
    size_t known = 0, others = 0;

    for (size_t i = 0; i < unit->count; i++) {
        const aq__unit_text_t *text = &unit->texts[i];

        if (text->own == AQ__OWN_NOT)
            others++;
        else if (is_as_known(text->own, text->sql, unit->items[i].parameters.count))
            known++;
        else
            diag("%s", text->sql);
    }
    is_int((long)known, (long)own, "%s", name);
    is_int((long)(known + others), (long)unit->count, "nor is any of the rest something else");
    aq_unit_close(unit);
}

static void test_catalogs(void)
{
    char *sql = aq__catalog_query();

    ok(is_as_known(AQ__OWN_QUERY, sql, 2), "the query of the catalogs");
    aq__free(sql);
}

static void test_judge(void)
{
    aq_arena_t *arena = aq_arena_create();
    aq_unit_t *unit = aq_unit_create();
    aq__judge_t *judge = aq__judge_create(arena);

    is_int(aq__judge_add(judge, unit), 2, "the judge's statements");
    are_as_known(unit, 1, "its block");
    aq__judge_dispose(judge);
    aq_arena_close(arena);
}

static void test_present(void)
{
    const aq__metadata_t metadata = {0};
    aq_arena_t *arena = aq_arena_create();
    aq_unit_t *unit = aq_unit_create();
    aq__present_t present;

    is_int(aq__present_init(&present, arena, &metadata), AQ_OK, "what is there: nothing to look for");
    aq__present_add_query(&present, unit);
    aq__present_add_foreign_keys_query(&present, unit);
    are_as_known(unit, 2, "the queries of create_all and drop_all");
    aq_arena_close(arena);
}

static void test_difference(void)
{
    ok(!is_as_known(AQ__OWN_QUERY, "select pg_notify('a', 'b')", 0),
       "a query that leaves something is none of ours");
    ok(!is_as_known(AQ__OWN_QUERY, "select 1 for update", 0), "nor is one that locks");
    ok(!is_as_known(AQ__OWN_QUERY, "select $1", 0), "nor one with other parameters");
    ok(!is_as_known(AQ__OWN_UTILITY, "create index concurrently on a (b)", 0),
       "nor a change that must be alone");
    ok(!is_as_known(AQ__OWN_UTILITY, "create table a (); drop table b", 0), "nor are two");
    ok(!is_as_known(AQ__OWN_UTILITY, "commit", 0), "nor is transaction control");
}

static void test_registry(void)
{
    const aq__parameters_t none = {0};
    aq__registry_t registry;
    aq__sql_t *own, *again, *same;

    aq__registry_init(&registry, 1);
    own = aq__registry_own(AQ__OWN_UTILITY, "create table a ()", 0);
    again = aq__registry_own(AQ__OWN_UTILITY, "create table a ()", 0);
    ok(own != again && registry.texts.count == 0, "the library's own text is not kept");
    ok(aq__registry_form(own, &none) != NULL && own->statement.kind == AQ__STATEMENT_UTILITY,
       "and has its form");
    own->users++;
    aq__sql_release(own);
    is_str(own->text, "create table a ()", "it stays as long as it is used");
    aq__sql_release(own);
    aq__sql_release(again);
    own = aq__registry_sql(&registry, "create table a ()");
    same = aq__registry_sql(&registry, "create table a ()");
    ok(own == same && own->users == 2 && registry.texts.count == 1, "a user's is kept, with all its users");
    aq__sql_release(own);
    aq__sql_release(same);
    ok(aq__registry_sql(&registry, "create table a ()") == own, "also when nobody uses it");
    aq__sql_release(own);
    aq__registry_dispose(&registry);
}

static int use_own(void)
{
    const aq__parameters_t none = {0};
    aq__sql_t *sql = aq__registry_own(AQ__OWN_UTILITY, "create table a ()", 0);
    int code = sql != NULL && aq__registry_form(sql, &none) != NULL ? AQ_OK : aq_last_error()->code;

    if (sql != NULL)
        aq__sql_release(sql);
    return code;
}

int main(void)
{
    aq_set_allocator(counting_allocator, NULL);
    test_catalogs();
    test_judge();
    test_present();
    test_difference();
    test_registry();
    check_each_request("a statement of our own", use_own);
    ok(all_memory_is_back(), "all memory came back");
    return tap_done();
}
