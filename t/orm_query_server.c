/* Every statement of t/golden/queries.sql on a server: it is taken, with parameters of the types that are sent; and what some of them give. */
#include "t/orm_queries.h"
#include "t/pools.h"

static world_t world;

/* ---- Rows that they find ------------------------------------------------------------------------------------------------------------- */

static const char *const rows[] = {
    "insert into \"user\" (id, username, age, mood, visits, born, balance, active, ratio, tags) values "
    "(1, 'ann', 18, 'happy', 1, '2000-01-01', 1.50, true, 0.5, '{a,b}'), "
    "(2, 'bob', null, 'sad', 2, '2001-01-01', 2, false, 1.5, null), "
    "(3, '50%_x', 30, 'sad', 0, '2002-01-01', 0, false, 2, '{}')",
    "insert into post (id, author_id, title, created) values (1, 1, 'one', '2024-01-01Z'), (2, 1, 'two', "
    "'2024-01-02Z'), "
    "(3, 2, 'three', '2024-01-03Z'), (4, null, 'four', '2024-01-04Z')",
    "insert into label (id, name) values (1, 'x'), (2, 'a'), (3, 'b')",
    "insert into post_labels values (1, 1), (1, 2), (2, 1), (4, 3)",
    "insert into comment (id, post_id, body) values (1, 1, 'c1'), (2, 1, 'c2'), (3, 4, 'c3')",
    "insert into node (id, parent_id, name) values (1, null, 'root'), (2, 1, 'kid'), (3, 1, 'another'), (4, "
    "2, 'root')",
    "insert into animal (id, kind, name, tricks) values (1, 'animal', 'worm', null), (2, 'dog', 'rex', 5)",
    "insert into company (id, name) values (1, 'acme'), (2, 'empty')",
    "insert into employee (id, type, name, company_id) values (1, 'employee', 'e', 1), (2, 'manager', 'x', "
    "1), "
    "(3, 'engineer', 'n', 1)",
    "insert into manager values (2, 'sales')",
    "insert into engineer values (3, 'C')",
    "insert into \"Yearly report\" (year, kind, text) values (2024, 'sad', 't')",
    "insert into line (id, year, kind, \"select\") values (1, 2024, 'sad', 'l')",
};

static void create_rows(void)
{
    aq_text_t sql = {0};

    aq__ddl_append(&sql, aq__models_metadata(world.registry, NULL));
    cluster_sql(cluster, "%s", aq_text_string(&sql));
    aq_text_dispose(&sql);
    for (size_t i = 0; i < AQ__COUNT_OF(rows); i++)
        cluster_sql(cluster, "%s", rows[i]);
}

/* ---- Running one ------------------------------------------------------------------------------------------------------------------------- */

static void describe_rows(aq_text_t *text, aq_rows_t *given)
{
    for (size_t row = 0; row < aq_rows_count(given); row++) {
        aq_text_append(text, row == 0 ? "" : "\n");
        for (size_t column = 0; column < aq_rows_columns(given); column++) {
            aq_cell_t cell = aq_cell(given, row, column);

            aq_text_append(text, column == 0 ? "" : "|");
            aq_text_append(text, aq_is_null(cell) ? "-" : aq_as_text(cell));
        }
    }
}

/* All in a transaction that is rolled back. */
static void run_one(const query_case_t *query, aq_text_t *text)
{
    aq_lane_t *lane = acquire();
    aq__compiled_t compiled;
    aq_rows_t *given;
    aq_op_t *op;

    if (query->compile(&world.session, world.session.arena, &compiled) != AQ_OK) {
        aq_text_appendf(text, "%s", aq_last_error()->message);
        return;
    }
    op = aq_lane_execute(lane, "begin", NULL);
    aq_wait(op);
    aq_op_close(op);
    op = aq_lane_execute(lane, compiled.sql, &compiled.arguments);
    given = aq_wait(op);
    if (given == NULL)
        aq_text_appendf(text, "%s: %s", aq_op_error(op)->message, compiled.sql);
    else
        describe_rows(text, given);
    aq_op_close(op);
    op = aq_lane_execute(lane, "rollback", NULL);
    aq_wait(op);
    aq_op_close(op);
    aq_release(lane);
}

static const query_case_t *find(const char *name)
{
    for (size_t i = 0; i < AQ__COUNT_OF(query_cases); i++)
        if (strcmp(query_cases[i].name, name) == 0)
            return &query_cases[i];
    bail_out("no query '%s'", name);
}

static void taken_all(void)
{
    for (size_t i = 0; i < AQ__COUNT_OF(query_cases); i++) {
        aq__compiled_t compiled;
        aq_lane_t *lane = acquire();
        aq_op_t *op;

        if (query_cases[i].compile(&world.session, world.session.arena, &compiled) != AQ_OK) {
            fail("%s: %s", query_cases[i].name, aq_last_error()->message);
            continue;
        }
        op = aq_lane_execute(lane, "begin", NULL);
        aq_wait(op);
        aq_op_close(op);
        op = aq_lane_execute(lane, compiled.sql, &compiled.arguments);
        ok(aq_wait(op) != NULL, "%s", query_cases[i].name) ||
            (diag("%s\n%s", aq_op_error(op) != NULL ? aq_op_error(op)->message : "", compiled.sql), true);
        aq_op_close(op);
        op = aq_lane_execute(lane, "rollback", NULL);
        aq_wait(op);
        aq_op_close(op);
        aq_release(lane);
    }
}

/* ---- What they give ------------------------------------------------------------------------------------------------------------------------- */

static void gives(const char *name, const char *expected)
{
    aq_text_t text = {0};

    run_one(find(name), &text);
    is_text(aq_text_string(&text), expected, "%s", name);
    aq_text_dispose(&text);
}

static void given(void)
{
    gives("equal", "1|x");
    gives("equal_null", "");
    gives("in_integers", "1|x\n2|a\n3|b");
    gives("in_none", "");
    gives("not_in_texts", "1|x");
    gives("order_of_text", "1|x\n3|b\n2|a");
    gives("count", "0");
    gives("count_limited", "3");
    gives("count_grouped", "3");
    gives("any", "f");
    gives("any_offset", "t");
    gives("grouped", "1|2|2024-01-02 00:00:00+00");
    gives("join_through_outer", "3|2|three|2024-01-03 00:00:00+00");
    gives("join_self", "4|2|root");
    gives("joined_self",
          "1|-|root|3|1|another\n1|-|root|2|1|kid\n2|1|kid|4|2|root\n4|2|root|-|-|-\n3|1|another|-|-|-");
    gives("single_base", "1|animal|worm|-\n2|dog|rex|5");
    gives("single_child", "2|dog|rex|5");
    gives("single_child_of_base", "1");
    gives("joined_base", "2|manager|x|1|sales|-");
    gives("joined_child", "2|manager|x|1|sales");
    gives("joined_limited_by_others",
          "1|1|one|2024-01-01 00:00:00+00|1|1|c1\n1|1|one|2024-01-01 00:00:00+00|2|1|c2\n"
          "2|1|two|2024-01-02 00:00:00+00|-|-|-");
    gives("subquery_one",
          "1|1|ann|18|happy|1|2000-01-01|1.50|t|0.5|{a,b}|-\n2|2|bob|-|sad|2|2001-01-01|2|f|1.5|-|-");
    gives("subquery_through", "1|2|a\n4|3|b\n1|1|x\n2|1|x");
    gives(
        "json_plain",
        "[{\"id\" : 2, \"author_id\" : 1, \"title\" : \"two\", \"created\" : \"2024-01-02T00:00:00+00:00\"}, "
        "{\"id\" : 3, \"author_id\" : 2, \"title\" : \"three\", \"created\" : "
        "\"2024-01-03T00:00:00+00:00\"}, "
        "{\"id\" : 4, \"author_id\" : null, \"title\" : \"four\", \"created\" : "
        "\"2024-01-04T00:00:00+00:00\"}]");
    gives(
        "json_hierarchy",
        "[{\"id\" : 1, \"type\" : \"employee\", \"name\" : \"e\", \"company_id\" : 1}, "
        "{\"id\" : 2, \"type\" : \"manager\", \"name\" : \"x\", \"company_id\" : 1, \"department\" : "
        "\"sales\"}, "
        "{\"id\" : 3, \"type\" : \"engineer\", \"name\" : \"n\", \"company_id\" : 1, \"language\" : \"C\"}]");
    gives(
        "json_quoted",
        "[{\"year\" : 2024, \"kind\" : \"sad\", \"text\" : \"t\", \"lines\" : [{\"id\" : 1, \"year\" : 2024, "
        "\"kind\" : \"sad\", \"select\" : \"l\"}]}]");
    gives("json_none", "[]");
    gives("sql_count", "3");
}

int main(void)
{
    init_pools("--set timezone=UTC");
    world_open(&world);
    create_rows();
    world_close(&world);
    with_pool("every statement is taken", .size = 1)
    {
        world_open(&world);
        taken_all();
        world_close(&world);
    }
    with_pool("what they give", .size = 1)
    {
        world_open(&world);
        given();
        world_close(&world);
    }
    return done_pools();
}
