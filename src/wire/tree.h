/* tree: a parse tree of libpg_query, read where it lies in its packed form, without recursion and without a copy.
 *
 *     aq__tree_t tree;
 *     aq__tree_parse(sql, length, &tree);
 *     aq__tree_walk(tree.root, on_message, data);       every message, parents first
 *     aq__tree_close(&tree);
 *
 * Messages and fields are described by libpg_query's own descriptors (pg_query.pb-c.h), so that none can be forgotten.
 * Source: Protocol Buffers documentation, "Encoding"; pg_query.proto. */
#ifndef AQ_SRC_WIRE_TREE_H
#define AQ_SRC_WIRE_TREE_H

#include <pg_query.h>
#include <pg_query/pg_query.pb-c.h>

#include "src/base/base.h"

/* One message: a node of the tree. `type` NULL: none. */
typedef struct aq__message {
    const ProtobufCMessageDescriptor *type;
    const uint8_t *at, *end;
} aq__message_t;

/* One field of a message; `type` NULL: one that this libpg_query does not describe. */
typedef struct aq__field {
    const ProtobufCFieldDescriptor *type;
    uint64_t number;                /* of numbers, enums, booleans */
    const uint8_t *data, *data_end; /* of texts and messages */
} aq__field_t;

typedef struct aq__tree {
    PgQueryProtobufParseResult result;
    aq__message_t
        root; /* a ParseResult; `type` NULL: the text could not be parsed, or nests too deep to try */
} aq__tree_t;

/* AQ_ENOMEM, or AQ_OK. Needs little stack of its own: the parser gets a big one. */
int aq__tree_parse(const char *sql, size_t length, aq__tree_t *tree);
/* Whether the text nests too deep to be given to the parser, or does not even scan. AQ_ENOMEM. */
int aq__tree_measure(const char *sql, size_t length, bool *too_deep);
void aq__tree_close(aq__tree_t *tree);

/* Takes the next field off `message`; false: there is none. */
bool aq__message_next(aq__message_t *message, aq__field_t *field);
/* The message in this field: what a Node holds rather than the Node itself; {NULL} when it is not a message. */
aq__message_t aq__field_message(const aq__field_t *field);
bool aq__field_is(const aq__field_t *field, const char *text);

/* The first field of that name; false: it has its default (0, "", none). A name that the descriptor does not have is false too. */
bool aq__message_find(aq__message_t message, const char *name, aq__field_t *field);
bool aq__message_has(aq__message_t message, const char *name);
int64_t aq__message_number(aq__message_t message, const char *name);
aq__message_t aq__message_child(aq__message_t message, const char *name);

typedef void (*aq__message_cb)(aq__message_t message, void *data);
/* Calls `cb` for every message, parents first. AQ_ENOMEM where it nests very deep. */
int aq__tree_walk(aq__message_t root, aq__message_cb cb, void *data);

#endif
