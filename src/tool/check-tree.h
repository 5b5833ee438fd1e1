/* check_tree: small questions to a parse tree that both the lints and the nullness ask. */
#ifndef AQ_SRC_TOOL_CHECK_TREE_H
#define AQ_SRC_TOOL_CHECK_TREE_H

#include <string.h>

#include "src/tool/check.h"

/* The next element of the list `name`, which is taken off the message; false: there is none. */
static inline bool next_in(aq__message_t *message, const char *name, aq__message_t *element)
{
    aq__field_t field;

    while (message->type != NULL && aq__message_next(message, &field))
        if (field.type != NULL && strcmp(field.type->name, name) == 0) {
            *element = aq__field_message(&field);
            return true;
        }
    return false;
}

static inline aq__message_t first_in(aq__message_t message, const char *name)
{
    aq__message_t element = {NULL, NULL, NULL};

    (void)next_in(&message, name, &element);
    return element;
}

/* The node of the statement itself; {NULL} when it could not be parsed. */
static inline aq__message_t outermost(const aq__check_statement_t *statement)
{
    return aq__message_child(first_in(statement->tree.root, "stmts"), "stmt");
}

static inline bool is_same(const aq__field_t *one, const aq__field_t *other)
{
    size_t length = (size_t)(one->data_end - one->data);

    return length == (size_t)(other->data_end - other->data) && memcmp(one->data, other->data, length) == 0;
}

static inline bool is_select(aq__message_t message)
{
    return message.type == &pg_query__select_stmt__descriptor;
}

/* The word NULL. */
static inline bool is_null(aq__message_t message)
{
    return message.type == &pg_query__a__const__descriptor && aq__message_number(message, "isnull") != 0;
}

/* "*", "u.*", "(x).*" */
static inline bool is_star(aq__message_t value)
{
    bool column = value.type == &pg_query__column_ref__descriptor;
    aq__message_t field;
    bool star = false;

    if (!column && value.type != &pg_query__a__indirection__descriptor)
        return false;
    while (next_in(&value, column ? "fields" : "indirection", &field))
        star = field.type == &pg_query__a__star__descriptor;
    return star;
}

/* What an item of FROM is called. */
static inline bool alias_of(aq__message_t item, aq__field_t *alias)
{
    aq__message_t given = aq__message_child(item, "alias");

    if (given.type != NULL)
        return aq__message_find(given, "aliasname", alias);
    return aq__message_find(item, "relname", alias);
}

#endif
