/* check_lint: what the text of a statement shows to be doubtful.
 *
 * The happy path: the statement is parsed, what it is is looked up, and one walk over its tree calls a function for each kind of node that a lint is
 * about; a few more look at the statement's own node, because they mean its outermost level. The failure modes: a syntax that libpg_query does not know
 * (the server's word decides; nothing is linted), no memory. */
#include <string.h>

#include "src/tool/check-tree.h"
#include "src/tool/check.h"

enum { LEVELS_MOST = 1000, EXISTS_MOST = 64 };

typedef struct walk {
    aq__check_t *check;
    aq__check_statement_t *statement;
    const uint8_t *exists
        [EXISTS_MOST]; /* SELECTs inside EXISTS: how many rows they give, and of what, is all the same */
    size_t exists_count;
    uint64_t *placeholders; /* bits */
    int64_t highest;
    size_t highest_at;
    int code;
} walk_t;

enum { PLACEHOLDERS_MOST = 65535 };

/* The byte of the file for a place in the statement; nodes without one are told of where it begins. */
static size_t place(const walk_t *walk, int64_t location)
{
    const aq__check_statement_t *statement = walk->statement;

    return statement->at + (location > 0 && (size_t)location < statement->length ? (size_t)location : 0);
}

static size_t place_of(const walk_t *walk, aq__message_t message)
{
    return place(walk, aq__message_number(message, "location"));
}

static void tell(walk_t *walk, aq__lint_t lint, size_t at, const char *text)
{
    if (walk->code == AQ_OK)
        walk->code = aq__check_tell(walk->check, walk->statement, lint, at, "%s", text);
}

/* ---- UPDATE, DELETE, INSERT --------------------------------------------------------------------------------------------- */

static void on_update(walk_t *walk, aq__message_t update)
{
    if (!aq__message_has(update, "where_clause"))
        tell(walk, AQ__LINT_UPDATE_WITHOUT_WHERE, place_of(walk, aq__message_child(update, "relation")),
             "UPDATE without WHERE changes every row");
}

static void on_delete(walk_t *walk, aq__message_t delete)
{
    if (!aq__message_has(delete, "where_clause"))
        tell(walk, AQ__LINT_DELETE_WITHOUT_WHERE, place_of(walk, aq__message_child(delete, "relation")),
             "DELETE without WHERE deletes every row");
}

static void on_insert(walk_t *walk, aq__message_t insert)
{
    if (!aq__message_has(insert, "cols") && aq__message_has(insert, "select_stmt"))
        tell(walk, AQ__LINT_INSERT_WITHOUT_COLUMNS, place_of(walk, aq__message_child(insert, "relation")),
             "INSERT without a list of columns depends on their order in the table");
}

/* ---- SELECT * ------------------------------------------------------------------------------------------------------------- */

static void look_for_star(walk_t *walk, aq__message_t node, const char *list)
{
    aq__message_t target;

    while (next_in(&node, list, &target))
        if (is_star(aq__message_child(target, "val")))
            tell(walk, AQ__LINT_SELECT_STAR, place_of(walk, aq__message_child(target, "val")),
                 "what * stands for changes with the table: name the columns");
}

static void look_at_arms(walk_t *walk, aq__message_t select, int level)
{
    while (is_select(select) && aq__message_has(select, "larg")) {
        if (level < LEVELS_MOST)
            look_at_arms(walk, aq__message_child(select, "rarg"), level + 1);
        select = aq__message_child(select, "larg");
    }
    if (is_select(select))
        look_for_star(walk, select, "target_list");
}

/* Only where it shapes what the statement gives or stores. */
static void look_at_result(walk_t *walk, aq__message_t node)
{
    if (is_select(node)) {
        look_at_arms(walk, node, 0);
        return;
    }
    look_for_star(walk, node, "returning_list");
    if (node.type == &pg_query__insert_stmt__descriptor)
        look_at_arms(walk, aq__message_child(node, "select_stmt"), 0);
}

/* ---- LIMIT ------------------------------------------------------------------------------------------------------------------ */

static bool is_in_exists(const walk_t *walk, aq__message_t select)
{
    for (size_t i = 0; i < walk->exists_count; i++)
        if (walk->exists[i] == select.at)
            return true;
    return false;
}

static void look_at_limit(walk_t *walk, aq__message_t select)
{
    aq__message_t limit = aq__message_child(select, "limit_count");

    if (limit.type == NULL || is_null(limit)) /* LIMIT ALL */
        limit = aq__message_child(select, "limit_offset");
    if (limit.type == NULL || aq__message_has(select, "sort_clause") || is_in_exists(walk, select))
        return;
    tell(walk, AQ__LINT_LIMIT_WITHOUT_ORDER, place_of(walk, limit),
         "without ORDER BY it is chance which rows LIMIT and OFFSET let through");
}

/* ---- Cross joins ------------------------------------------------------------------------------------------------------------- */

/* A function or a LATERAL subquery is made from what stands before it: nobody forgot a condition. */
static bool is_plain_item(aq__message_t item)
{
    if (item.type == &pg_query__range_subselect__descriptor)
        return aq__message_number(item, "lateral") == 0;
    return item.type == &pg_query__range_var__descriptor || item.type == &pg_query__join_expr__descriptor;
}

typedef struct mentions {
    const aq__field_t *alias;
    bool unqualified, found;
} mentions_t;

static void on_mention(aq__message_t message, void *data)
{
    mentions_t *mentions = data;
    aq__message_t fields = message, first, second;
    aq__field_t text;

    if (message.type != &pg_query__column_ref__descriptor || !next_in(&fields, "fields", &first))
        return;
    if (!next_in(&fields, "fields", &second))
        mentions->unqualified = true; /* it may be of any item */
    else if (aq__message_find(first, "sval", &text) && is_same(&text, mentions->alias))
        mentions->found = true;
    else if (next_in(&fields, "fields", &first))
        mentions->unqualified = true; /* schema.table.column */
}

/* The item is not mentioned in the condition. */
static int is_free(aq__message_t where, aq__message_t item, bool *is)
{
    aq__field_t alias;
    mentions_t mentions = {.alias = &alias};
    int code = AQ_OK;

    *is = where.type == NULL;
    if (where.type == NULL || item.type == &pg_query__join_expr__descriptor || !alias_of(item, &alias))
        return AQ_OK;
    code = aq__tree_walk(where, on_mention, &mentions);
    *is = !mentions.found && !mentions.unqualified;
    return code;
}

static void look_at_joins(walk_t *walk, aq__message_t node, const char *list)
{
    aq__message_t where = aq__message_child(node, "where_clause"), item;
    size_t items = 0;
    bool any_free = false;

    while (walk->code == AQ_OK && next_in(&node, list, &item)) {
        bool one_is_free = false;

        items++;
        if (!is_plain_item(item))
            continue;
        walk->code = is_free(where, item, &one_is_free);
        if (items > 1 && (one_is_free || any_free) && walk->code == AQ_OK) {
            tell(walk, AQ__LINT_CROSS_JOIN, place_of(walk, item),
                 "a comma in FROM and no condition between its sides: every row meets every row (CROSS JOIN "
                 "says so)");
            return;
        }
        any_free = any_free || one_is_free;
    }
}

static void on_select(walk_t *walk, aq__message_t select)
{
    look_at_limit(walk, select);
    look_at_joins(walk, select, "from_clause");
}

/* ---- NULL ------------------------------------------------------------------------------------------------------------------- */

static void on_expression(walk_t *walk, aq__message_t expression)
{
    static const char *const operators[] = {"=", "<>", "<", ">", "<=", ">="};
    aq__field_t name;

    if (aq__message_number(expression, "kind") != PG_QUERY__A__EXPR__KIND__AEXPR_OP ||
        !aq__message_find(first_in(expression, "name"), "sval", &name))
        return;
    if (!is_null(aq__message_child(expression, "rexpr")) && !is_null(aq__message_child(expression, "lexpr")))
        return;
    for (size_t i = 0; i < AQ__COUNT_OF(operators); i++)
        if (aq__field_is(&name, operators[i]))
            tell(walk, AQ__LINT_COMPARES_NULL, place_of(walk, expression),
                 "a comparison with NULL is never true: write IS NULL or IS NOT NULL");
}

/* ---- NOT IN ------------------------------------------------------------------------------------------------------------------ */

static const char *copy_field(walk_t *walk, const aq__field_t *field)
{
    return aq_arena_strndup(walk->check->arena, (const char *)field->data,
                            (size_t)(field->data_end - field->data));
}

/* "schema"."relation", for to_regclass(). */
static const char *relation_name(walk_t *walk, aq__message_t relation)
{
    static const char *const parts[] = {"schemaname", "relname"};
    aq_text_t text = {0};
    const char *copy = NULL;

    for (size_t i = 0; i < AQ__COUNT_OF(parts); i++) {
        aq__field_t field;
        const char *part;

        if (!aq__message_find(relation, parts[i], &field))
            continue;
        part = copy_field(walk, &field);
        if (part == NULL)
            text.failed = true;
        else
            aq_text_appendf(&text, "%s", text.length > 0 ? "." : ""), aq_text_append_identifier(&text, part);
    }
    if (!text.failed)
        copy = aq_arena_strdup(walk->check->arena, aq_text_string(&text));
    aq_text_dispose(&text);
    return copy;
}

static bool last_field(aq__message_t reference, aq__field_t *name)
{
    aq__message_t field;
    bool found = false;

    if (reference.type != &pg_query__column_ref__descriptor)
        return false;
    while (next_in(&reference, "fields", &field))
        found = aq__message_find(field, "sval", name);
    return found;
}

/* "column IS NOT NULL", alone or among what AND joins. */
static bool demands_not_null(aq__message_t where, const aq__field_t *column)
{
    aq__message_t argument;
    aq__field_t name;

    if (where.type == &pg_query__null_test__descriptor)
        return aq__message_number(where, "nulltesttype") == PG_QUERY__NULL_TEST_TYPE__IS_NOT_NULL &&
               last_field(aq__message_child(where, "arg"), &name) && is_same(&name, column);
    if (where.type != &pg_query__bool_expr__descriptor ||
        aq__message_number(where, "boolop") != PG_QUERY__BOOL_EXPR_TYPE__AND_EXPR)
        return false;
    while (next_in(&where, "args", &argument))
        if (argument.type != &pg_query__bool_expr__descriptor && demands_not_null(argument, column))
            return true;
    return false;
}

static bool is_single(aq__message_t message, const char *list)
{
    aq__message_t element;

    return next_in(&message, list, &element) && !next_in(&message, list, &element);
}

/* A column of one table is for the server to judge; anything else may be NULL for all that is known. */
static void look_at_not_in(walk_t *walk, aq__message_t link, aq__message_t select)
{
    aq__check_not_in_t *found = aq_arena_calloc(walk->check->arena, 1, sizeof *found);
    aq__message_t value = aq__message_child(first_in(select, "target_list"), "val");
    aq__message_t item = first_in(select, "from_clause");
    aq__field_t column;

    if (found == NULL) {
        walk->code = AQ_ENOMEM;
        return;
    }
    found->at = place_of(walk, link);
    if (value.type == &pg_query__a__const__descriptor && !is_null(value))
        return;
    if (last_field(value, &column)) {
        if (demands_not_null(aq__message_child(select, "where_clause"), &column))
            return;
        if (is_single(select, "target_list") && is_single(select, "from_clause") &&
            item.type == &pg_query__range_var__descriptor) {
            found->relation = relation_name(walk, item);
            found->column = copy_field(walk, &column);
            walk->code = found->relation != NULL && found->column != NULL ? walk->code : AQ_ENOMEM;
        }
    }
    found->next = walk->statement->not_ins;
    walk->statement->not_ins = found;
}

static void on_bool(walk_t *walk, aq__message_t expression)
{
    aq__message_t argument = first_in(expression, "args");

    if (aq__message_number(expression, "boolop") == PG_QUERY__BOOL_EXPR_TYPE__NOT_EXPR &&
        argument.type == &pg_query__sub_link__descriptor &&
        aq__message_number(argument, "sub_link_type") == PG_QUERY__SUB_LINK_TYPE__ANY_SUBLINK &&
        !aq__message_has(argument, "oper_name"))
        look_at_not_in(walk, argument, aq__message_child(argument, "subselect"));
}

/* ---- The rest of the walk -------------------------------------------------------------------------------------------------------- */

static void on_sub_link(walk_t *walk, aq__message_t link)
{
    if (aq__message_number(link, "sub_link_type") == PG_QUERY__SUB_LINK_TYPE__EXISTS_SUBLINK &&
        walk->exists_count < EXISTS_MOST)
        walk->exists[walk->exists_count++] = aq__message_child(link, "subselect").at;
}

static void on_placeholder(walk_t *walk, aq__message_t placeholder)
{
    int64_t number = aq__message_number(placeholder, "number");

    if (number < 1 || number > PLACEHOLDERS_MOST)
        return; /* the server will refuse it */
    walk->placeholders[number / 64] |= UINT64_C(1) << number % 64;
    if (number > walk->highest) {
        walk->highest = number;
        walk->highest_at = place_of(walk, placeholder);
    }
}

static void on_transaction(walk_t *walk, aq__message_t transaction)
{
    (void)transaction;
    tell(walk, AQ__LINT_TRANSACTION_CONTROL, place(walk, 0),
         "transaction control is refused but on an exclusive lane (aq_acquire)");
}

static const struct {
    const ProtobufCMessageDescriptor *type;
    void (*cb)(walk_t *walk, aq__message_t message);
} nodes[] = {
    {&pg_query__update_stmt__descriptor, on_update},
    {&pg_query__delete_stmt__descriptor, on_delete},
    {&pg_query__insert_stmt__descriptor, on_insert},
    {&pg_query__select_stmt__descriptor, on_select},
    {&pg_query__a__expr__descriptor, on_expression},
    {&pg_query__bool_expr__descriptor, on_bool},
    {&pg_query__sub_link__descriptor, on_sub_link},
    {&pg_query__param_ref__descriptor, on_placeholder},
    {&pg_query__transaction_stmt__descriptor, on_transaction},
};

static void on_message(aq__message_t message, void *data)
{
    walk_t *walk = data;

    for (size_t i = 0; i < AQ__COUNT_OF(nodes) && walk->code == AQ_OK; i++)
        if (nodes[i].type == message.type)
            nodes[i].cb(walk, message);
}

/* ---- Placeholders ------------------------------------------------------------------------------------------------------------------- */

static void look_at_placeholders(walk_t *walk)
{
    aq_text_t missing = {0};
    int count = 0;

    for (int64_t number = 1; number < walk->highest; number++)
        if ((walk->placeholders[number / 64] & UINT64_C(1) << number % 64) == 0 && ++count <= 5)
            aq_text_appendf(&missing, "%s$%d", count > 1 ? ", " : "", (int)number);
    if (count > 5)
        aq_text_appendf(&missing, " and %d more", count - 5);
    if (missing.failed)
        walk->code = AQ_ENOMEM;
    else if (count > 0 && walk->code == AQ_OK)
        walk->code =
            aq__check_tell(walk->check, walk->statement, AQ__LINT_PLACEHOLDER_GAP, walk->highest_at,
                           "there is a $%d, but no %s", (int)walk->highest, aq_text_string(&missing));
    aq_text_dispose(&missing);
}

/* ---- A statement ---------------------------------------------------------------------------------------------------------------------- */

static int lint_tree(aq__check_t *check, aq__check_statement_t *statement)
{
    static uint64_t placeholders[PLACEHOLDERS_MOST / 64 + 1];
    walk_t walk = {.check = check, .statement = statement, .placeholders = placeholders};
    int code;

    memset(placeholders, 0, sizeof placeholders);
    look_at_result(&walk, outermost(statement));
    code = aq__tree_walk(statement->tree.root, on_message, &walk);
    if (code == AQ_OK && walk.code == AQ_OK)
        look_at_placeholders(&walk);
    return code != AQ_OK ? code : walk.code;
}

static int lint_statement(aq__check_t *check, aq__check_statement_t *statement)
{
    int code;

    if (statement->broken || statement->sql[0] == '\0')
        return AQ_OK;
    code = aq__statement_parse(statement->sql, &statement->is);
    if (code == AQ_OK)
        code = aq__tree_parse(statement->sql, statement->length, &statement->tree);
    if (code != AQ_OK)
        return code;
    return statement->tree.root.type != NULL ? lint_tree(check, statement) : AQ_OK;
}

int aq__check_lint(aq__check_t *check)
{
    int code = AQ_OK;

    for (size_t i = 0; code == AQ_OK && i < check->count; i++)
        code = lint_statement(check, &check->statements[i]);
    return code == AQ_OK ? AQ_OK : aq__fail(AQ_ENOMEM, "%s: out of memory", check->file);
}
