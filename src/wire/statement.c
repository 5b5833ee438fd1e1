/* statement: what one SQL text is.
 *
 * The happy path: libpg_query parses the text, one walk over the tree looks for what makes a SELECT more than a plain read, and the
 * node of the statement itself tells the rest. The failure modes: a text that is too long, not UTF-8, nests too deep or has a syntax
 * that libpg_query does not know is unchecked, and then its first keyword tells whether it is transaction control.
 *
 * What a text does not show is not seen: a view, a row-level policy, a rule, a cast, an operator or a domain's check may call any
 * function; a user's overload of a name in pg_catalog takes part in the choice; in `(row).name` the name may be a function. So a plain
 * read is one that is safe to run again, not one that is proved to have no effect at all. */
#include "src/wire/statement.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "src/wire/tree.h"

/* ---- Functions ---------------------------------------------------------------------------------------------------- */

static const char *const pure_functions[] = {
#include "src/wire/pure-functions.h"
};

static int compare_name(const void *key, const void *item)
{
    const aq__field_t *name = key;
    const char *other = *(const char *const *)item;
    size_t length = (size_t)(name->data_end - name->data);
    int order = strncmp((const char *)name->data, other, length);

    return order != 0 ? order : other[length] != '\0' ? -1 : 0;
}

static bool is_pure(const aq__field_t *name)
{
    return bsearch(name, pure_functions, AQ__COUNT_OF(pure_functions), sizeof pure_functions[0],
                   compare_name) != NULL;
}

bool aq__function_is_pure(const char *name)
{
    const uint8_t *data = (const uint8_t *)name;
    aq__field_t field = {.data = data, .data_end = data + strlen(name)};

    return is_pure(&field);
}

/* The list of names in field `list`: how many, and the last; `catalog`: nothing or pg_catalog stands before it. */
static int last_name(aq__message_t message, const char *list, aq__field_t *last, bool *catalog)
{
    const ProtobufCFieldDescriptor *type =
        protobuf_c_message_descriptor_get_field_by_name(message.type, list);
    aq__field_t field;
    int count = 0;

    *catalog = true;
    memset(last, 0, sizeof *last);
    while (aq__message_next(&message, &field)) {
        if (field.type != type)
            continue;
        if (count++ > 0)
            *catalog = count == 2 && aq__field_is(last, "pg_catalog");
        aq__message_find(aq__field_message(&field), "sval", last);
    }
    return count;
}

/* pg_sleep, pg_sleep_for, pg_sleep_until: they leave nothing behind, but a neighbour must not wait for them. */
static bool is_sleep(const aq__field_t *name)
{
    return aq__field_is(name, "pg_sleep") || aq__field_is(name, "pg_sleep_for") ||
           aq__field_is(name, "pg_sleep_until");
}

static bool is_catalog_operator(aq__message_t message, const char *list)
{
    aq__field_t name;
    bool catalog;

    last_name(message, list, &name, &catalog);
    return catalog;
}

static bool samples_by_catalog(aq__message_t sample)
{
    aq__field_t name;
    bool catalog;

    last_name(sample, "method", &name, &catalog);
    return catalog && (aq__field_is(&name, "system") || aq__field_is(&name, "bernoulli"));
}

/* ---- What is anywhere in the tree --------------------------------------------------------------------------------- */

typedef struct found {
    bool modifies; /* INSERT, UPDATE, DELETE, MERGE or INTO at any level */
    bool locks;    /* FOR UPDATE and the like */
    bool delays;   /* pg_sleep */
    bool effects;  /* a function, operator or sampling method that is not known to have none */
    int parameters;
} found_t;

typedef struct look {
    const ProtobufCMessageDescriptor *type;
    void (*cb)(aq__message_t message, found_t *found);
} look_t;

static void on_modify(aq__message_t message, found_t *found)
{
    (void)message;
    found->modifies = true;
}

static void on_lock(aq__message_t message, found_t *found)
{
    (void)message;
    found->locks = true;
}

static void on_call(aq__message_t message, found_t *found)
{
    aq__field_t name;
    bool catalog;
    bool known = last_name(message, "funcname", &name, &catalog) > 0 && catalog;

    if (known && is_sleep(&name))
        found->delays = true;
    else if (!known || !is_pure(&name))
        found->effects = true;
}

static void on_operator(aq__message_t message, found_t *found)
{
    if (!is_catalog_operator(message, "name"))
        found->effects = true;
}

static void on_sort(aq__message_t message, found_t *found)
{
    if (!is_catalog_operator(message, "use_op"))
        found->effects = true;
}

static void on_sub_link(aq__message_t message, found_t *found)
{
    if (!is_catalog_operator(message, "oper_name"))
        found->effects = true;
}

static void on_sample(aq__message_t message, found_t *found)
{
    if (!samples_by_catalog(message))
        found->effects = true;
}

static void on_parameter(aq__message_t message, found_t *found)
{
    int64_t number = aq__message_number(message, "number");

    if (number > found->parameters && number <= INT32_MAX)
        found->parameters = (int)number;
}

static const look_t looks[] = {
    {&pg_query__param_ref__descriptor, on_parameter}, {&pg_query__func_call__descriptor, on_call},
    {&pg_query__a__expr__descriptor, on_operator},    {&pg_query__locking_clause__descriptor, on_lock},
    {&pg_query__sort_by__descriptor, on_sort},        {&pg_query__sub_link__descriptor, on_sub_link},
    {&pg_query__insert_stmt__descriptor, on_modify},  {&pg_query__update_stmt__descriptor, on_modify},
    {&pg_query__delete_stmt__descriptor, on_modify},  {&pg_query__merge_stmt__descriptor, on_modify},
    {&pg_query__into_clause__descriptor, on_modify},  {&pg_query__range_table_sample__descriptor, on_sample},
};

static void on_message(aq__message_t message, void *data)
{
    for (size_t i = 0; i < AQ__COUNT_OF(looks); i++)
        if (looks[i].type == message.type)
            looks[i].cb(message, data);
}

/* ---- Options of statements ------------------------------------------------------------------------------------------ */

/* "off" is a text, or a name where the grammar takes it for a type's. */
static bool is_off(aq__message_t value)
{
    aq__field_t text;
    bool catalog;
    size_t length;

    if (value.type == &pg_query__type_name__descriptor)
        last_name(value, "names", &text, &catalog);
    else if (!aq__message_find(value, "sval", &text))
        return false;
    length = (size_t)(text.data_end - text.data);
    return (length == 3 && strncasecmp((const char *)text.data, "off", 3) == 0) ||
           (length == 5 && strncasecmp((const char *)text.data, "false", 5) == 0);
}

/* As the server reads a boolean option: no value is true, and what is no boolean is the server's to refuse. */
static bool option_value(aq__message_t element)
{
    aq__message_t value = aq__message_child(element, "arg");

    if (value.type == NULL)
        return true;
    if (value.type == &pg_query__integer__descriptor)
        return aq__message_number(value, "ival") != 0;
    if (value.type == &pg_query__boolean__descriptor)
        return aq__message_number(value, "boolval") != 0;
    return !is_off(value);
}

/* The last one of that name in the list `list`; `missing` when there is none. */
static bool option(aq__message_t message, const char *list, const char *name, bool missing)
{
    const ProtobufCFieldDescriptor *type =
        protobuf_c_message_descriptor_get_field_by_name(message.type, list);
    bool value = missing;
    aq__field_t field, found;

    while (aq__message_next(&message, &field)) {
        aq__message_t element = aq__field_message(&field);

        if (field.type == type && element.type == &pg_query__def_elem__descriptor &&
            aq__message_find(element, "defname", &found) && aq__field_is(&found, name))
            value = option_value(element);
    }
    return value;
}

static bool is_text(aq__message_t message, const char *name, const char *text)
{
    aq__field_t field;

    return aq__message_find(message, name, &field) && aq__field_is(&field, text);
}

/* ---- The statement itself ------------------------------------------------------------------------------------------- */

/* What the node of a statement says beyond its kind. `statement` has the kind's defaults, and what the walk found in `writes` of a SELECT. */
typedef void (*judge_cb)(aq__message_t node, const found_t *found, aq__statement_t *statement);

static void judge(aq__message_t node, const found_t *found, aq__statement_t *statement);

/* Locks and sleeps go with the transaction: they are no write, but a neighbour must not wait for them. */
static void judge_select(aq__message_t node, const found_t *found, aq__statement_t *statement)
{
    (void)node;
    statement->writes = found->modifies || found->effects;
    statement->plain_read = !statement->writes && !found->locks && !found->delays;
}

static void judge_transaction(aq__message_t node, const found_t *found, aq__statement_t *statement)
{
    int64_t kind = aq__message_number(node, "kind");

    (void)found;
    statement->no_transaction = kind == PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_COMMIT_PREPARED ||
                                kind == PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_ROLLBACK_PREPARED;
}

/* A file or a program of the server's is none of the client's business: a utility. */
static void judge_copy(aq__message_t node, const found_t *found, aq__statement_t *statement)
{
    if (aq__message_has(node, "filename"))
        return;
    if (aq__message_number(node, "is_from") != 0) {
        statement->kind = AQ__STATEMENT_COPY_IN;
        return;
    }
    statement->kind = AQ__STATEMENT_COPY_OUT;
    statement->writes = found->modifies || found->effects;
}

static void judge_explain(aq__message_t node, const found_t *found, aq__statement_t *statement)
{
    statement->writes = false;
    if (!option(node, "options", "analyze", false))
        return;
    judge(aq__message_child(node, "query"), found, statement);
    statement->plain_read = false;
}

/* SET LOCAL and SET TRANSACTION end with the transaction. */
static void judge_set(aq__message_t node, const found_t *found, aq__statement_t *statement)
{
    (void)found;
    if (aq__message_number(node, "is_local") != 0 || is_text(node, "name", "TRANSACTION") ||
        is_text(node, "name", "TRANSACTION SNAPSHOT"))
        statement->writes = false;
}

static void judge_discard(aq__message_t node, const found_t *found, aq__statement_t *statement)
{
    (void)found;
    statement->no_transaction = aq__message_number(node, "target") == PG_QUERY__DISCARD_MODE__DISCARD_ALL;
}

static void judge_show(aq__message_t node, const found_t *found, aq__statement_t *statement)
{
    (void)node, (void)found;
    statement->writes = false;
}

static void judge_alone(aq__message_t node, const found_t *found, aq__statement_t *statement)
{
    (void)node, (void)found;
    statement->no_transaction = true;
}

static void judge_vacuum(aq__message_t node, const found_t *found, aq__statement_t *statement)
{
    (void)found;
    statement->no_transaction = aq__message_number(node, "is_vacuumcmd") != 0; /* else ANALYZE */
}

static void judge_concurrent(aq__message_t node, const found_t *found, aq__statement_t *statement)
{
    (void)found;
    statement->no_transaction = aq__message_number(node, "concurrent") != 0;
}

static void judge_reindex(aq__message_t node, const found_t *found, aq__statement_t *statement)
{
    int64_t kind = aq__message_number(node, "kind");

    (void)found;
    statement->no_transaction = kind == PG_QUERY__REINDEX_OBJECT_TYPE__REINDEX_OBJECT_SCHEMA ||
                                kind == PG_QUERY__REINDEX_OBJECT_TYPE__REINDEX_OBJECT_SYSTEM ||
                                kind == PG_QUERY__REINDEX_OBJECT_TYPE__REINDEX_OBJECT_DATABASE ||
                                option(node, "params", "concurrently", false);
}

static void judge_cluster(aq__message_t node, const found_t *found, aq__statement_t *statement)
{
    (void)found;
    statement->no_transaction = !aq__message_has(node, "relation");
}

static void judge_alter_database(aq__message_t node, const found_t *found, aq__statement_t *statement)
{
    (void)found;
    statement->no_transaction = option(node, "options", "tablespace", false);
}

static void judge_create_subscription(aq__message_t node, const found_t *found, aq__statement_t *statement)
{
    (void)found;
    statement->no_transaction =
        option(node, "options", "connect", true) && option(node, "options", "create_slot", true);
}

static void judge_alter_subscription(aq__message_t node, const found_t *found, aq__statement_t *statement)
{
    int64_t kind = aq__message_number(node, "kind");

    (void)found;
    statement->no_transaction =
        kind == PG_QUERY__ALTER_SUBSCRIPTION_TYPE__ALTER_SUBSCRIPTION_REFRESH ||
        (kind >= PG_QUERY__ALTER_SUBSCRIPTION_TYPE__ALTER_SUBSCRIPTION_SET_PUBLICATION &&
         kind <= PG_QUERY__ALTER_SUBSCRIPTION_TYPE__ALTER_SUBSCRIPTION_DROP_PUBLICATION &&
         option(node, "options", "refresh", true));
}

/* DETACH PARTITION ... CONCURRENTLY. */
static void judge_alter_table(aq__message_t node, const found_t *found, aq__statement_t *statement)
{
    aq__field_t field;

    (void)found;
    while (aq__message_next(&node, &field)) {
        aq__message_t command = aq__field_message(&field);

        if (command.type == &pg_query__alter_table_cmd__descriptor &&
            aq__message_number(aq__message_child(command, "def"), "concurrent") != 0)
            statement->no_transaction = true;
    }
}

/* What is not here is a utility. */
static const struct {
    const ProtobufCMessageDescriptor *type;
    aq__statement_kind_t kind;
    judge_cb judge;
} nodes[] = {
    {&pg_query__select_stmt__descriptor, AQ__STATEMENT_SELECT, judge_select},
    {&pg_query__insert_stmt__descriptor, AQ__STATEMENT_INSERT, NULL},
    {&pg_query__update_stmt__descriptor, AQ__STATEMENT_UPDATE, NULL},
    {&pg_query__delete_stmt__descriptor, AQ__STATEMENT_DELETE, NULL},
    {&pg_query__merge_stmt__descriptor, AQ__STATEMENT_MERGE, NULL},
    {&pg_query__transaction_stmt__descriptor, AQ__STATEMENT_TRANSACTION, judge_transaction},
    {&pg_query__copy_stmt__descriptor, AQ__STATEMENT_UTILITY, judge_copy},
    {&pg_query__explain_stmt__descriptor, AQ__STATEMENT_EXPLAIN, judge_explain},
    {&pg_query__variable_show_stmt__descriptor, AQ__STATEMENT_SHOW, judge_show},
    {&pg_query__variable_set_stmt__descriptor, AQ__STATEMENT_SET, judge_set},
    {&pg_query__discard_stmt__descriptor, AQ__STATEMENT_SET, judge_discard},
    {&pg_query__listen_stmt__descriptor, AQ__STATEMENT_LISTEN, NULL},
    {&pg_query__unlisten_stmt__descriptor, AQ__STATEMENT_LISTEN, NULL},
    {&pg_query__vacuum_stmt__descriptor, AQ__STATEMENT_UTILITY, judge_vacuum},
    {&pg_query__createdb_stmt__descriptor, AQ__STATEMENT_UTILITY, judge_alone},
    {&pg_query__dropdb_stmt__descriptor, AQ__STATEMENT_UTILITY, judge_alone},
    {&pg_query__create_table_space_stmt__descriptor, AQ__STATEMENT_UTILITY, judge_alone},
    {&pg_query__drop_table_space_stmt__descriptor, AQ__STATEMENT_UTILITY, judge_alone},
    {&pg_query__alter_system_stmt__descriptor, AQ__STATEMENT_UTILITY, judge_alone},
    {&pg_query__alter_database_stmt__descriptor, AQ__STATEMENT_UTILITY, judge_alter_database},
    {&pg_query__index_stmt__descriptor, AQ__STATEMENT_UTILITY, judge_concurrent},
    {&pg_query__drop_stmt__descriptor, AQ__STATEMENT_UTILITY, judge_concurrent},
    {&pg_query__reindex_stmt__descriptor, AQ__STATEMENT_UTILITY, judge_reindex},
    {&pg_query__cluster_stmt__descriptor, AQ__STATEMENT_UTILITY, judge_cluster},
    {&pg_query__create_subscription_stmt__descriptor, AQ__STATEMENT_UTILITY, judge_create_subscription},
    {&pg_query__alter_subscription_stmt__descriptor, AQ__STATEMENT_UTILITY, judge_alter_subscription},
    {&pg_query__alter_table_stmt__descriptor, AQ__STATEMENT_UTILITY, judge_alter_table},
};

static void judge(aq__message_t node, const found_t *found, aq__statement_t *statement)
{
    statement->kind = AQ__STATEMENT_UTILITY;
    statement->writes = true;
    statement->plain_read = statement->no_transaction = false;
    for (size_t i = 0; i < AQ__COUNT_OF(nodes); i++)
        if (nodes[i].type == node.type) {
            statement->kind = nodes[i].kind;
            if (nodes[i].judge != NULL)
                nodes[i].judge(node, found, statement);
            return;
        }
}

/* ---- Unchecked texts ------------------------------------------------------------------------------------------------- */

/* Behind a comment that nests; at its end when it is not closed. */
static const char *skip_comment(const char *at)
{
    int depth = 1;

    for (at += 2; *at != '\0' && depth > 0; at++) {
        if (at[0] == '/' && at[1] == '*')
            depth++, at++;
        else if (at[0] == '*' && at[1] == '/')
            depth--, at++;
    }
    return at;
}

static const char *skip_blank(const char *at)
{
    for (;;) {
        if (strchr(" \t\n\r\f\v;", *at) != NULL && *at != '\0')
            at++;
        else if (at[0] == '-' && at[1] == '-')
            at += strcspn(at, "\r\n");
        else if (at[0] == '/' && at[1] == '*')
            at = skip_comment(at);
        else
            return at;
    }
}

/* Takes `word`, in whatever case, and the blanks behind it. */
static bool take_word(const char **at, const char *word)
{
    const char *rest = *at;

    for (; *word != '\0'; word++, rest++)
        if ((*rest | 0x20) != *word) /* ASCII letters only: `word` is lower case */
            return false;
    if ((*rest | 0x20) >= 'a' && (*rest | 0x20) <= 'z')
        return false;
    if ((*rest >= '0' && *rest <= '9') || *rest == '_' || *rest == '$' || (unsigned char)*rest >= 0x80)
        return false;
    *at = skip_blank(rest);
    return true;
}

static bool starts_with_transaction_control(const char *sql)
{
    static const char *const words[] = {"begin", "commit",    "end",    "rollback",
                                        "abort", "savepoint", "release"};
    const char *at = skip_blank(sql);

    for (size_t i = 0; i < AQ__COUNT_OF(words); i++)
        if (take_word(&at, words[i]))
            return true;
    return (take_word(&at, "start") || take_word(&at, "prepare")) && take_word(&at, "transaction");
}

static bool starts_with_copy(const char *sql)
{
    const char *at = skip_blank(sql);

    return take_word(&at, "copy");
}

static void judge_unchecked(const char *sql, aq__statement_t *statement)
{
    *statement = (aq__statement_t){
        .kind = AQ__STATEMENT_UNCHECKED, .parameter_count = -1, .statement_count = 1, .writes = true};
    if (starts_with_transaction_control(sql))
        statement->kind = AQ__STATEMENT_TRANSACTION;
    else if (starts_with_copy(sql))
        statement->kind =
            AQ__STATEMENT_COPY_IN; /* or OUT: either way not for a pipeline, which it would break */
}

/* ---- All together ------------------------------------------------------------------------------------------------------ */

/* Several statements: the kind is the first one's, and nothing is plain. */
static void judge_all(aq__message_t result, const found_t *found, aq__statement_t *statement)
{
    aq__field_t field;

    *statement = (aq__statement_t){.kind = AQ__STATEMENT_EMPTY};
    while (aq__message_next(&result, &field)) {
        aq__message_t raw = aq__field_message(&field);
        aq__statement_t one;

        if (raw.type != &pg_query__raw_stmt__descriptor)
            continue;
        judge(aq__message_child(raw, "stmt"), found, &one);
        if (statement->statement_count++ == 0) {
            statement->kind = one.kind;
            statement->plain_read = one.plain_read;
        } else {
            statement->plain_read = false;
        }
        statement->writes = statement->writes || one.writes;
        statement->no_transaction = statement->no_transaction || one.no_transaction;
    }
    statement->parameter_count = found->parameters;
}

int aq__statement_parse(const char *sql, aq__statement_t *statement)
{
    size_t length = strnlen(sql, AQ__STATEMENT_MOST + 1);
    found_t found = {.parameters = 0};
    aq__tree_t tree;
    int code;

    judge_unchecked(sql, statement);
    if (length > AQ__STATEMENT_MOST || !aq_utf8_valid(sql, length))
        return AQ_OK;
    code = aq__tree_parse(sql, length, &tree);
    if (code != AQ_OK)
        return code;
    if (tree.root.type != NULL) {
        code = aq__tree_walk(tree.root, on_message, &found);
        if (code == AQ_OK)
            judge_all(tree.root, &found, statement);
    }
    aq__tree_close(&tree);
    return code;
}

void aq__statement_own(aq__own_t own, int parameter_count, aq__statement_t *statement)
{
    bool utility = own == AQ__OWN_UTILITY;

    *statement = (aq__statement_t){.kind = utility ? AQ__STATEMENT_UTILITY : AQ__STATEMENT_SELECT,
                                   .parameter_count = parameter_count,
                                   .statement_count = 1,
                                   .writes = utility,
                                   .plain_read = !utility};
}

const char *aq__statement_kind_name(aq__statement_kind_t kind)
{
    switch (kind) {
    case AQ__STATEMENT_UNCHECKED: return "unchecked";
    case AQ__STATEMENT_EMPTY: return "empty";
    case AQ__STATEMENT_SELECT: return "SELECT";
    case AQ__STATEMENT_INSERT: return "INSERT";
    case AQ__STATEMENT_UPDATE: return "UPDATE";
    case AQ__STATEMENT_DELETE: return "DELETE";
    case AQ__STATEMENT_MERGE: return "MERGE";
    case AQ__STATEMENT_TRANSACTION: return "transaction control";
    case AQ__STATEMENT_COPY_IN: return "COPY FROM STDIN";
    case AQ__STATEMENT_COPY_OUT: return "COPY TO STDOUT";
    case AQ__STATEMENT_EXPLAIN: return "EXPLAIN";
    case AQ__STATEMENT_SHOW: return "SHOW";
    case AQ__STATEMENT_SET: return "SET";
    case AQ__STATEMENT_LISTEN: return "LISTEN";
    case AQ__STATEMENT_UTILITY: return "utility";
    }
    return "unknown";
}
