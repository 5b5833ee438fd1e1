/* check_null: whether a column of a result may be NULL.
 *
 * "Not null" is a promise, so it is given only where it is certain; where it is not, "unknown" is the answer. The happy path: the server has said which
 * column of which table a column of the result is, and whether that is declared NOT NULL all the way down; the tree says whether an outer join, grouping
 * sets or RETURNING OLD can put a NULL in its place. What comes from no table is judged by its expression.
 *
 * A column comes from its table through subqueries and CTEs, but then its name here says nothing of which item it is. Then all items of that table's name in
 * the whole statement count, and a CTE or a subquery on the far side of an outer join may give a column of any table. WHERE x IS NOT NULL is not followed. */
#include <string.h>

#include "src/tool/check-tree.h"
#include "src/tool/check.h"

enum { LEVELS_MOST = 100, FIRST_USER_OID = 16384 };

/* What a walk over the whole statement collects. Everything lies in the packed tree, so that what is inside what shows by addresses. */
typedef struct spots {
    aq__message_t *items;
    size_t count, capacity;
} spots_t;

typedef struct scope {
    aq__check_t *check;
    const aq__check_statement_t *statement;
    spots_t far;    /* far sides of outer joins: what is inside may be NULL */
    spots_t tables; /* RangeVar and RangeSubselect, at any level */
    spots_t ctes;
    bool opaque; /* grouping sets, old.x, new.x: any column may be NULL */
    int code;
} scope_t;

const char *aq__nullness_name(aq__nullness_t nullness)
{
    switch (nullness) {
    case AQ__NULL_NEVER: return "not null";
    case AQ__NULL_MAY: return "null";
    case AQ__NULL_UNKNOWN: break;
    }
    return "unknown";
}

/* ---- The whole statement -------------------------------------------------------------------------------------------------- */

static void keep(scope_t *scope, spots_t *spots, aq__message_t message)
{
    if (aq__make_room(&spots->items, &spots->capacity, spots->count, sizeof spots->items[0]) != AQ_OK) {
        scope->code = AQ_ENOMEM;
        return;
    }
    spots->items[spots->count++] = message;
}

static void on_join(scope_t *scope, aq__message_t join)
{
    int64_t type = aq__message_number(join, "jointype");

    if (type == PG_QUERY__JOIN_TYPE__JOIN_LEFT || type == PG_QUERY__JOIN_TYPE__JOIN_FULL)
        keep(scope, &scope->far, aq__message_child(join, "rarg"));
    if (type == PG_QUERY__JOIN_TYPE__JOIN_RIGHT || type == PG_QUERY__JOIN_TYPE__JOIN_FULL)
        keep(scope, &scope->far, aq__message_child(join, "larg"));
}

/* old.id of an INSERT is NULL, from PostgreSQL 18 on; a table may be called so as well. */
static void on_reference(scope_t *scope, aq__message_t reference)
{
    aq__message_t field;
    aq__field_t name;

    if (next_in(&reference, "fields", &field) && aq__message_find(field, "sval", &name) &&
        (aq__field_is(&name, "old") || aq__field_is(&name, "new")) && next_in(&reference, "fields", &field))
        scope->opaque = true;
}

static void on_message(aq__message_t message, void *data)
{
    scope_t *scope = data;

    if (message.type == &pg_query__join_expr__descriptor)
        on_join(scope, message);
    else if (message.type == &pg_query__range_var__descriptor ||
             message.type == &pg_query__range_subselect__descriptor)
        keep(scope, &scope->tables, message);
    else if (message.type == &pg_query__common_table_expr__descriptor)
        keep(scope, &scope->ctes, message);
    else if (message.type == &pg_query__column_ref__descriptor)
        on_reference(scope, message);
    else if (message.type == &pg_query__grouping_set__descriptor)
        scope->opaque = true;
}

static bool is_far(const scope_t *scope, aq__message_t table)
{
    for (size_t i = 0; i < scope->far.count; i++)
        if (table.at >= scope->far.items[i].at && table.end <= scope->far.items[i].end)
            return true;
    return false;
}

static bool is_cte(const scope_t *scope, aq__message_t table)
{
    aq__field_t name, other;

    if (aq__message_has(table, "schemaname") || !aq__message_find(table, "relname", &name))
        return false;
    for (size_t i = 0; i < scope->ctes.count; i++)
        if (aq__message_find(scope->ctes.items[i], "ctename", &other) && is_same(&name, &other))
            return true;
    return false;
}

static bool is_of(aq__message_t table, const char *relation)
{
    aq__field_t name;

    return aq__message_find(table, "relname", &name) && aq__field_is(&name, relation);
}

/* Whether a column of a relation may have become NULL anywhere on its way. A subquery may give what it refers to outside of itself (LATERAL). */
static bool may_be_far(const scope_t *scope, const char *relation)
{
    for (size_t i = 0; i < scope->tables.count; i++) {
        aq__message_t table = scope->tables.items[i];

        if (is_far(scope, table) && (table.type == &pg_query__range_subselect__descriptor ||
                                     is_of(table, relation) || is_cte(scope, table)))
            return true;
    }
    return false;
}

/* ---- A column that a table has ------------------------------------------------------------------------------------------------- */

/* Looks below FROM's joins for the table of that alias. A join that has an alias hides its tables. */
static bool find_in(aq__message_t item, const aq__field_t *alias, int level, aq__message_t *found)
{
    aq__field_t name;

    if (item.type == &pg_query__range_var__descriptor && alias_of(item, &name) && is_same(&name, alias)) {
        *found = item;
        return true;
    }
    if (item.type != &pg_query__join_expr__descriptor || aq__message_has(item, "alias") ||
        level == LEVELS_MOST)
        return false;
    return find_in(aq__message_child(item, "larg"), alias, level + 1, found) ||
           find_in(aq__message_child(item, "rarg"), alias, level + 1, found);
}

static bool find_table(aq__message_t node, const aq__field_t *alias, aq__message_t *found)
{
    static const char *const lists[] = {"from_clause", "using_clause"};
    aq__message_t item;

    if (find_in(aq__message_child(node, "relation"), alias, 0, found))
        return true;
    for (size_t i = 0; i < AQ__COUNT_OF(lists); i++)
        for (aq__message_t rest = node; next_in(&rest, lists[i], &item);)
            if (find_in(item, alias, 0, found))
                return true;
    return false;
}

/* The table that "u.id" or "u.*" is of, when it is one itself. */
static bool find_named(const scope_t *scope, aq__message_t target, aq__message_t *table)
{
    aq__message_t value = aq__message_child(target, "val"), first, field;
    aq__field_t alias;

    if (value.type != &pg_query__column_ref__descriptor || !next_in(&value, "fields", &first) ||
        !next_in(&value, "fields", &field) || next_in(&value, "fields", &field) ||
        !aq__message_find(first, "sval", &alias))
        return false;
    return find_table(outermost(scope->statement), &alias, table) && !is_cte(scope, *table);
}

static aq__nullness_t judge_origin(const scope_t *scope, const aq__check_column_t *column,
                                   aq__message_t target)
{
    aq__message_t table;

    if (column->declared != AQ__NULL_NEVER)
        return column->declared;
    if (scope->opaque)
        return AQ__NULL_UNKNOWN;
    if (find_named(scope, target, &table) && is_of(table, column->relation))
        return is_far(scope, table) ? AQ__NULL_MAY : AQ__NULL_NEVER;
    return may_be_far(scope, column->relation) ? AQ__NULL_UNKNOWN : AQ__NULL_NEVER;
}

/* ---- An expression ---------------------------------------------------------------------------------------------------------------- */

static const char *const sure_functions[] = {
    "count",
    "row_number",
    "rank",
    "dense_rank",
    "percent_rank",
    "cume_dist",
    "now",
    "clock_timestamp",
    "statement_timestamp",
    "random",
    "transaction_timestamp",
    "gen_random_uuid",
    "concat",
    "pg_backend_pid",
};

const char *aq__sure_function(size_t n)
{
    return n < AQ__COUNT_OF(sure_functions) ? sure_functions[n] : NULL;
}

/* Types whose own input functions make no NULL of a constant. */
static const char *const sure_types[] = {
    "int2",   "int4", "int8",        "float4",    "float8", "numeric",  "bool", "text",  "varchar", "date",
    "bpchar", "time", "timestamptz", "timestamp", "timetz", "interval", "json", "jsonb", "uuid",    "bytea",
};

/* The one name in the list, or the second when the first is pg_catalog. */
static bool catalog_name(aq__message_t message, const char *list, aq__field_t *name)
{
    aq__message_t part;

    if (!next_in(&message, list, &part) || !aq__message_find(part, "sval", name))
        return false;
    if (!next_in(&message, list, &part))
        return true;
    return aq__field_is(name, "pg_catalog") && aq__message_find(part, "sval", name) &&
           !next_in(&message, list, &part);
}

static bool is_sure_call(const scope_t *scope, aq__message_t call)
{
    aq__field_t name;

    if (!catalog_name(call, "funcname", &name) || aq__message_number(call, "func_variadic") != 0)
        return false;
    for (size_t i = 0; i < AQ__COUNT_OF(sure_functions); i++)
        if (aq__field_is(&name, sure_functions[i]))
            return (scope->check->shadowed & (UINT32_C(1) << i)) == 0;
    return false;
}

static bool is_sure_cast(aq__message_t cast)
{
    aq__message_t argument = aq__message_child(cast, "arg"), type = aq__message_child(cast, "type_name");
    aq__field_t name;

    if (argument.type != &pg_query__a__const__descriptor || is_null(argument) ||
        !catalog_name(type, "names", &name) || aq__message_has(type, "array_bounds"))
        return false;
    for (size_t i = 0; i < AQ__COUNT_OF(sure_types); i++)
        if (aq__field_is(&name, sure_types[i]))
            return true;
    return false;
}

static bool is_sure(const scope_t *scope, aq__message_t value, int level);

static bool any_is_sure(const scope_t *scope, aq__message_t value, int level)
{
    aq__message_t argument;

    while (next_in(&value, "args", &argument))
        if (is_sure(scope, argument, level + 1))
            return true;
    return false;
}

static bool all_cases_are_sure(const scope_t *scope, aq__message_t value, int level)
{
    aq__message_t when;

    if (!is_sure(scope, aq__message_child(value, "defresult"), level + 1))
        return false;
    while (next_in(&value, "args", &when))
        if (!is_sure(scope, aq__message_child(when, "result"), level + 1))
            return false;
    return true;
}

static bool is_sure_link(aq__message_t link)
{
    int64_t type = aq__message_number(link, "sub_link_type");

    return type == PG_QUERY__SUB_LINK_TYPE__EXISTS_SUBLINK || type == PG_QUERY__SUB_LINK_TYPE__ARRAY_SUBLINK;
}

/* The expression gives a value whatever its arguments are. */
static bool is_sure(const scope_t *scope, aq__message_t value, int level)
{
    const ProtobufCMessageDescriptor *type = value.type;

    if (type == NULL || level == LEVELS_MOST)
        return false;
    if (type == &pg_query__a__const__descriptor)
        return !is_null(value);
    if (type == &pg_query__func_call__descriptor)
        return is_sure_call(scope, value);
    if (type == &pg_query__type_cast__descriptor)
        return is_sure_cast(value);
    if (type == &pg_query__coalesce_expr__descriptor || type == &pg_query__min_max_expr__descriptor)
        return any_is_sure(scope, value, level);
    if (type == &pg_query__case_expr__descriptor)
        return all_cases_are_sure(scope, value, level);
    if (type == &pg_query__sub_link__descriptor)
        return is_sure_link(value);
    if (type == &pg_query__sqlvalue_function__descriptor)
        return aq__message_number(value, "op") != PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_CURRENT_SCHEMA;
    return type == &pg_query__null_test__descriptor || type == &pg_query__boolean_test__descriptor ||
           type == &pg_query__a__array_expr__descriptor || type == &pg_query__row_expr__descriptor ||
           type == &pg_query__grouping_func__descriptor;
}

static aq__nullness_t judge_expression(const scope_t *scope, const aq__check_column_t *column,
                                       aq__message_t target)
{
    aq__message_t value = aq__message_child(target, "val");

    if (scope->opaque)
        return AQ__NULL_UNKNOWN; /* even a constant, if it is grouped by */
    if (is_null(value) || value.type == &pg_query__param_ref__descriptor)
        return AQ__NULL_MAY;
    if (column->told.type >= FIRST_USER_OID) /* a cast of the user's may be on its way */
        return AQ__NULL_UNKNOWN;
    return is_sure(scope, value, 0) ? AQ__NULL_NEVER : AQ__NULL_UNKNOWN;
}

/* ---- Which target is which column ------------------------------------------------------------------------------------------------------ */

static const char *target_list(aq__message_t node)
{
    if (!is_select(node))
        return "returning_list";
    return aq__message_has(node, "larg") || aq__message_has(node, "values_lists") ? "" : "target_list";
}

/* Those before the first * count from the left, those behind the last from the right; one * is all that is between, of several nobody knows. */
static void match_targets(aq__message_t node, aq__message_t *targets, size_t columns)
{
    const char *list = target_list(node);
    size_t count = 0, first = SIZE_MAX, last = 0;
    aq__message_t target, star = {NULL, NULL, NULL};

    for (aq__message_t rest = node; next_in(&rest, list, &target); count++)
        if (is_star(aq__message_child(target, "val"))) {
            star = target;
            first = first == SIZE_MAX ? count : first;
            last = count;
        }
    if (first == SIZE_MAX ? count != columns : columns + 1 < count)
        return;
    count = first == SIZE_MAX ? 0 : count; /* how many stand behind it: count - 1 - last */
    for (size_t i = 0; next_in(&node, list, &target); i++) {
        if (i < first)
            targets[i] = target;
        else if (i > last)
            targets[columns - count + i] = target;
    }
    if (first == last && first != SIZE_MAX)
        for (size_t i = first; i + count < columns + first + 1; i++)
            targets[i] = star;
}

static int judge(scope_t *scope, aq__check_statement_t *statement)
{
    aq__message_t *targets =
        aq_arena_calloc(scope->check->arena, statement->column_count + 1, sizeof *targets);
    int code = aq__tree_walk(statement->tree.root, on_message, scope);

    if (targets == NULL || code != AQ_OK || scope->code != AQ_OK)
        return AQ_ENOMEM;
    match_targets(outermost(statement), targets, statement->column_count);
    for (size_t i = 0; i < statement->column_count; i++) {
        aq__check_column_t *column = &statement->columns[i];

        column->nullness = column->relation != NULL ? judge_origin(scope, column, targets[i])
                                                    : judge_expression(scope, column, targets[i]);
    }
    return AQ_OK;
}

/* FETCH and EXECUTE give what another statement says. */
static bool is_judged(const aq__check_statement_t *statement)
{
    const ProtobufCMessageDescriptor *type = outermost(statement).type;

    return type == &pg_query__select_stmt__descriptor || type == &pg_query__insert_stmt__descriptor ||
           type == &pg_query__update_stmt__descriptor || type == &pg_query__delete_stmt__descriptor;
}

int aq__check_judge(aq__check_t *check, aq__check_statement_t *statement)
{
    scope_t scope = {.check = check, .statement = statement};
    int code = AQ_OK;

    if (statement->column_count > 0 && is_judged(statement))
        code = judge(&scope, statement);
    aq__free(scope.far.items);
    aq__free(scope.tables.items);
    aq__free(scope.ctes.items);
    return code;
}
