/* Queries as text: a golden file of every kind, whole texts of all that can be wrong, no memory. */
#include "tap.h"

#include "src/wire/arguments_text.h"
#include "t/golden.h"
#include "t/heap.h"
#include "t/orm_queries.h"

/* ---- The golden file -------------------------------------------------------------------------------------------------------------------- */

static void append_shape(aq_text_t *text, const aq__row_shape_t *shape)
{
    aq_text_appendf(text, "--   %s:", shape->mapper->name);
    for (size_t i = 0; shape->columns != NULL && i < shape->mapper->field_count; i++)
        aq_text_appendf(text, " %d", shape->columns[i]);
    if (shape->discriminator >= 0)
        aq_text_appendf(text, ", told by %d", shape->discriminator);
    for (size_t k = 0; shape->children != NULL && k < shape->mapper->child_count; k++) {
        aq_text_appendf(text, "; %s:", shape->mapper->children[k]->name);
        for (size_t i = 0; i < shape->mapper->children[k]->field_count; i++)
            aq_text_appendf(text, " %d", shape->children[k * shape->most_fields + i]);
    }
    aq_text_append(text, "\n");
}

static void append_compiled(aq_text_t *text, const aq__compiled_t *compiled)
{
    aq_text_appendf(text, "%s;\n", compiled->sql);
    if (compiled->arguments.count > 0) {
        aq_text_append(text, "-- [");
        aq__arguments_append(text, &compiled->arguments);
        aq_text_append(text, "]\n");
    }
    if (compiled->shape_count > 1 || (compiled->shape_count == 1 && compiled->shapes[0].children != NULL) ||
        compiled->follow_count > 0)
        for (size_t i = 0; i < compiled->shape_count; i++)
            append_shape(text, &compiled->shapes[i]);
    for (size_t i = 0; i < compiled->joined_count; i++)
        aq_text_appendf(text, "--   joined %s.%s: %zu to %zu\n", compiled->joined[i].relation->mapper->name,
                        compiled->joined[i].relation->name, compiled->joined[i].from, compiled->joined[i].to);
    for (size_t i = 0; i < compiled->follow_count; i++)
        aq_text_appendf(text, "--   then %s.%s of %zu by %s\n", compiled->follows[i].relation->mapper->name,
                        compiled->follows[i].relation->name, compiled->follows[i].from,
                        compiled->follows[i].lazy == AQ_LAZY_SUBQUERY ? "subquery" : "selectin");
    if (!compiled->reads)
        aq_text_append(text, "--   alone\n");
}

static void golden(world_t *world)
{
    aq_text_t text = {0};

    for (size_t i = 0; i < AQ__COUNT_OF(query_cases); i++) {
        aq__compiled_t compiled, again;
        int code = query_cases[i].compile(&world->session, world->session.arena, &compiled);

        aq_text_appendf(&text, "%s-- %s\n", i == 0 ? "" : "\n", query_cases[i].name);
        if (code != AQ_OK) {
            aq_text_appendf(&text, "%s: %s\n", aq_error_name(code), aq_last_error()->message);
            continue;
        }
        append_compiled(&text, &compiled);
        if (query_cases[i].compile(&world->session, world->session.arena, &again) != AQ_OK ||
            strcmp(compiled.sql, again.sql) != 0)
            fail("%s: the same calls give another text: %s", query_cases[i].name, again.sql);
    }
    is_golden(aq_text_string(&text), "queries.sql", "statements of every kind");
    aq_text_dispose(&text);
}

/* ---- Errors -------------------------------------------------------------------------------------------------------------------------------- */

static void wrong_as(aq_query_t *query, aq__query_form_t form, int code, const char *expected)
{
    aq_arena_t *arena = aq_arena_create();
    aq__compiled_t compiled;

    is_int(aq__query_compile(query, form, arena, &compiled), code, "%s", expected);
    is_text(aq_last_error()->message, expected, "... the whole text");
    aq_arena_close(arena);
}

static void wrong(aq_query_t *query, int code, const char *expected)
{
    wrong_as(query, AQ__FORM_OBJECTS, code, expected);
}

static void errors(world_t *world)
{
    aq_session_t *session = &world->session;
    world_t other;
    User stranger = {0};

    wrong(aq_filter(aq_limit(Q(User), 1), aq_eq(User, id, 1)), AQ_EINVAL,
          "filter being called on a query which already has LIMIT or OFFSET applied");
    wrong(aq_filter_by(aq_offset(Q(User), 1), "id", aq_int4(1)), AQ_EINVAL,
          "filter_by being called on a query which already has LIMIT or OFFSET applied");
    wrong(aq_order_by(aq_limit(Q(User), 1), aq_asc(User, id)), AQ_EINVAL,
          "order_by being called on a query which already has LIMIT or OFFSET applied");
    wrong(aq_join(aq_limit(Q(Post), 1), Post, author), AQ_EINVAL,
          "join being called on a query which already has LIMIT or OFFSET applied");
    wrong(aq_group_by(aq_limit(Q(Post), 1), aq_column(Post, id)), AQ_EINVAL,
          "group_by being called on a query which already has LIMIT or OFFSET applied");
    wrong(aq_having(aq_limit(Q(Post), 1), aq_eq(Post, id, 1)), AQ_EINVAL,
          "having being called on a query which already has LIMIT or OFFSET applied");
    wrong(aq_filter_by(Q(User), "nope", aq_int4(1)), AQ_EINVAL, "'User' has no column 'nope'");
    wrong(aq_filter_by(Q(User), "posts", aq_int4(1)), AQ_EINVAL, "'User' has no column 'posts'");
    wrong(aq_filter_by(Q(User), NULL, aq_int4(1)), AQ_EINVAL, "'User' has no column ''");
    wrong(aq_order_by_text(Q(User), "id, nope desc"), AQ_EINVAL, "'User' has no column 'nope'");
    wrong(aq_order_by_text(Q(User), "id descending"), AQ_EINVAL,
          "order_by 'id descending': 'descending' is none of asc, desc, nulls first, nulls last");
    wrong(aq_order_by_text(Q(User), "id desc nulls"), AQ_EINVAL,
          "order_by 'id desc nulls': 'nulls' is none of asc, desc, nulls first, nulls last");
    wrong(aq_order_by_text(Q(User), "id; drop table x"), AQ_EINVAL, "'User' has no column 'id;'");
    wrong(aq_order_by_text(Q(User), ""), AQ_EINVAL, "'User' has no column ''");
    wrong(aq_order_by_text(Q(User), NULL), AQ_EINVAL, "order_by: the text is NULL");
    wrong(aq_limit(Q(User), -1), AQ_EINVAL, "limit: -1 rows: it must not be negative");
    wrong(aq_offset(Q(User), -2), AQ_EINVAL, "offset: -2 rows: it must not be negative");
    wrong(aq_filter(Q(Post), aq_eq(User, id, 1)), AQ_EINVAL,
          "'User' is not in the query: aq_join() it first");
    wrong(aq_filter(Q(Node), aq_compare(aq_column_as("up", Node, id), AQ_EQ, aq_value(1))), AQ_EINVAL,
          "no use of 'Node' in the query is called 'up'");
    wrong(aq_filter(Q(Post), aq_fragment0("{User.id} = 1")), AQ_EINVAL,
          "'User' is not in the query: aq_join() it first");
    wrong(aq_filter(Q(User), aq_fragment0("{User.nope} = 1")), AQ_EINVAL, "'User' has no column 'nope'");
    wrong(aq_filter(Q(User), aq_is_null(User, posts)), AQ_EINVAL,
          "filter: 'User.posts' is a relationship, not a column");
    wrong(aq_filter(Q(User), aq_is_null(User, object)), AQ_EINVAL,
          "filter: 'User' has no column at this member");
    wrong(aq_filter(Q(User), NULL), AQ_EINVAL, "filter: an expression is NULL");
    wrong(aq_filter(Q(User), aq_not(NULL)), AQ_EINVAL, "filter: an expression is NULL");
    wrong(aq_filter(Q(User), aq_compare(NULL, AQ_EQ, aq_value(1))), AQ_EINVAL,
          "filter: a side of a comparison is NULL");
    wrong(aq_filter(Q(User), aq_asc(User, id)), AQ_EINVAL, "filter: an order stands inside of an expression");
    wrong(aq_filter(Q(User), aq_label("x", aq_column(User, id))), AQ_EINVAL,
          "filter: a label stands inside of an expression");
    wrong(aq_columns(Q(User), aq_label("", aq_column(User, id))), AQ_EINVAL, "columns: a label has no name");
    wrong(aq_filter(Q(User), aq_fragment("$1 = $2", 1)), AQ_EARGUMENTS,
          "fragment '$1 = $2': it has 2 parameters, and 1 values were given");
    wrong(aq_filter(Q(User), aq_fragment("1) OR ($1=1", 1)), AQ_ESYNTAX,
          "fragment '1) OR ($1=1': syntax error at or near \")\" at character 2 (it is read as PostgreSQL 15 "
          "reads it: newer "
          "syntax is not known here)");
    wrong(aq_filter(Q(User), aq_in(User, mood, ((const int[]){0, 7}), 2)), AQ_ERANGE,
          "User.mood: 7 is none of the 2 values of enum 'mood'");
    wrong(aq_filter(Q(User), aq_eq(User, mood, 7)), AQ_ERANGE,
          "User.mood: 7 is none of the 2 values of enum 'mood'");
    wrong(aq_filter_by(Q(User), "mood", aq_int4(-1)), AQ_ERANGE,
          "User.mood: -1 is none of the 2 values of enum 'mood'");
    wrong(aq_filter(Q(User), aq_in(User, id, (const int32_t *)NULL, 2)), AQ_EINVAL,
          "an array of 2 items is NULL");
    wrong(aq_filter(Q(User), aq_exists(Q(Audit))), AQ_EINVAL,
          "filter: the query of EXISTS is on another bind");
    wrong(Q(Stranger), AQ_EMAPPING, "'Stranger' is not mapped: aq_db_model() it first");
    wrong(aq_filter(Q(User), aq_eq(Stranger, id, 1)), AQ_EMAPPING,
          "'Stranger' is not mapped: aq_db_model() it first");
    wrong(aq_join(Q(Post), Comment, post), AQ_EINVAL,
          "join: 'Comment' is not in the query: aq_join() it first");
    wrong(aq_join(Q(Post), Post, title), AQ_EINVAL, "join: the member of 'Post' is not a relationship");
    wrong(aq_join(Q(Node), Node, parent), AQ_EINVAL,
          "join: 'Node' is in the query already: aq_join_as() gives this use of it a name");
    wrong(aq_join_as(aq_join_as(Q(Node), Node, parent, NULL, "up"), Node, parent, "up", "up"), AQ_EINVAL,
          "join: the name 'up' is given twice");
    wrong(aq_join_as(Q(Node), Node, parent, "up", "up2"), AQ_EINVAL,
          "join: no use of 'Node' in the query is called 'up'");
    wrong(aq_option(Q(User), aq_joined_load(User, drafts)), AQ_EINVAL,
          "'User.drafts' does not support object population - eager loading cannot be applied");
    wrong(aq_option(Q(User), aq_joined_load(User, id)), AQ_EINVAL,
          "option: the member of 'User' is not a relationship");
    wrong(aq_for_update(aq_distinct(Q(User)), AQ_FOR_UPDATE, AQ_LOCK_WAIT), AQ_EINVAL,
          "for_update: rows of DISTINCT and GROUP BY cannot be locked");
    wrong_as(Q(User), AQ__FORM_COLUMNS, AQ_EINVAL, "the query has no columns: aq_columns() says which");
    wrong(aq_with_parent(Q(Post), NULL, User, posts), AQ_EINVAL,
          "with_parent: the object is NULL, not of 'User'");
    {
        aq__cohort_t cohort = {.session = session, .mapper = aq__mappers_find(world->mappers, &User_model)};

        stranger.object.home = &cohort;
        wrong(aq_with_parent(Q(Label), &stranger, User, posts), AQ_EINVAL,
              "with_parent: 'User.posts' leads to 'Post', not to 'Label'");
        wrong(aq_with_parent(Q(Post), &stranger, Label, posts), AQ_EINVAL,
              "with_parent: the object is of another model, not of 'Label'");
        wrong(aq_with_parent(Q(Post), &stranger, User, id), AQ_EINVAL,
              "with_parent: the member of 'User' is not a relationship");
        wrong(aq_object_query(&stranger, &User_model, offsetof(User, id)), AQ_EINVAL,
              "with_parent: the member of 'User' is not a relationship");
    }
    world_open(&other);
    wrong(aq_filter(Q(User), aq_exists(aq_query(&other.session, Post))), AQ_EINVAL,
          "filter: the query of EXISTS is of another session");
    world_close(&other);
    {
        const aq_expression_t *deep = aq_eq(User, id, 1);
        aq_expression_t levels[200];

        for (size_t i = 0; i < 200; i++) {
            levels[i] = (aq_expression_t){.kind = AQ_EXPRESSION_NOT, .left = deep};
            deep = &levels[i];
        }
        wrong(aq_filter(Q(User), deep), AQ_EINVAL, "filter: the expression nests too deep");
    }
    wrong(aq_filter(Q(User), aq_exists(NULL)), AQ_EINVAL, "filter: the query of EXISTS is NULL");
    wrong(aq_filter(Q(User), aq_exists(aq_limit(Q(Post), -1))), AQ_EINVAL,
          "limit: -1 rows: it must not be negative");
    wrong(aq_filter(aq_limit(Q(Post), -1), NULL), AQ_EINVAL, "limit: -1 rows: it must not be negative");
}

static void bulk_errors(world_t *world)
{
    aq_session_t *session = &world->session;
    aq_arena_t *arena = session->arena;
    aq__compiled_t compiled;
    const aq_assignment_t two[] = {aq_assign(Manager, department, "x"),
                                   aq_assign_to(Manager, employee.name, aq_value("y"))};

    wrong_as(aq_limit(Q(User), 1), AQ__FORM_DELETE, AQ_EINVAL,
             "delete being called on a query which already has LIMIT or OFFSET applied");
    wrong_as(aq_order_by(Q(User), aq_asc(User, id)), AQ__FORM_DELETE, AQ_EINVAL,
             "delete being called on a query which has ORDER BY applied");
    wrong_as(aq_join(Q(Post), Post, author), AQ__FORM_DELETE, AQ_EINVAL,
             "delete being called on a query which has joins");
    wrong_as(aq_distinct(Q(Post)), AQ__FORM_DELETE, AQ_EINVAL,
             "delete being called on a query which has DISTINCT, GROUP BY or HAVING applied");
    wrong_as(aq_columns(Q(Post), aq_column(Post, id)), AQ__FORM_DELETE, AQ_EINVAL,
             "delete being called on a query which has columns");
    is_int(aq__query_compile_update(aq_offset(Q(User), 1), two, 1, arena, &compiled), AQ_EINVAL,
           "update of a page");
    is_text(aq_last_error()->message,
            "update being called on a query which already has LIMIT or OFFSET applied", "... text");
    is_int(aq__query_compile_update(Q(User), two, 0, arena, &compiled), AQ_EINVAL, "update of nothing");
    is_text(aq_last_error()->message, "update: there is nothing to set", "... text");
    is_int(aq__query_compile_update(Q(User), two, 1, arena, &compiled), AQ_EINVAL, "update of another model");
    is_text(aq_last_error()->message, "update: the query is of 'User', not of 'Manager'", "... text");
    is_int(aq__query_compile_update(Q(Manager), two, 2, arena, &compiled), AQ_EINVAL, "update of two tables");
    is_text(
        aq_last_error()->message,
        "update: 'Manager.department' and 'Manager.name' are in two tables: update them one after the other",
        "... text");
}

/* ---- Building --------------------------------------------------------------------------------------------------------------------------------- */

static void building(world_t *world)
{
    aq_session_t *session = &world->session;
    aq_query_t *query = aq_filter(Q(Label), aq_eq(Label, name, "it's")), *clone = aq_query_clone(query);
    aq_text_t sql = {0}, parameters = {0};
    char name[8] = "before";

    ok(aq_query_session(query) == session && aq_query_model(query) == &Label_model &&
           aq_query_class(query) == NULL,
       "a query knows whose it is");
    aq_filter(clone, aq_eq(Label, id, 2));
    aq_filter(query, aq_eq(Label, name, (const char *)name));
    memcpy(name, "after", 6);
    is_int(aq_query_statement(query, &sql, &parameters), AQ_OK, "the statement can be asked for");
    is_text(aq_text_string(&sql),
            "select label.id, label.name from label where label.name = $1 and label.name = $2",
            "... its text: a clone goes its own way");
    is_text(aq_text_string(&parameters), "'it''s', 'before'", "... and its parameters, which are copies");
    aq_text_clear(&sql);
    aq_text_clear(&parameters);
    is_int(aq_query_statement(clone, &sql, &parameters), AQ_OK, "that of the clone");
    is_text(aq_text_string(&sql),
            "select label.id, label.name from label where label.name = $1 and label.id = $2", "... text");
    is_text(aq_text_string(&parameters), "'it''s', 2", "... parameters");
    aq_text_dispose(&sql);
    aq_text_dispose(&parameters);
}

/* ---- No memory ---------------------------------------------------------------------------------------------------------------------------------- */

static world_t *shared;

/* Every query, in a session of its own. */
static int compile_all(void)
{
    aq_session_t session = shared->session;
    aq__engine_t engine = shared->engine;
    int code = AQ_OK;

    session.arena = aq_arena_create();
    session.engine = &engine;
    engine.texts = NULL;
    if (session.arena == NULL)
        return AQ_ENOMEM;
    for (size_t i = 0; i < AQ__COUNT_OF(query_cases) && code == AQ_OK; i++) {
        aq__compiled_t compiled;

        code = query_cases[i].compile(&session, session.arena, &compiled);
    }
    aq__texts_close(engine.texts);
    aq_arena_close(session.arena);
    return code;
}

int main(void)
{
    world_t world;

    aq_set_allocator(counting_allocator, NULL);
    world_open(&world);
    golden(&world);
    errors(&world);
    bulk_errors(&world);
    building(&world);
    shared = &world;
    check_each_request("queries of every kind", compile_all);
    world_close(&world);
    ok(all_memory_is_back(), "all memory is given back");
    return tap_done();
}
