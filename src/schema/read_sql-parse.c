/* Statements to trees: libpg_query, called safely.
 *
 * The happy path: a thread with a big stack parses, unpacks and reads, since all three recurse for each level of the tree. libpg_query gives back what it keeps for a
 * thread when the thread ends. The failure modes: a text that nests deeper than AQ__SQL_DEPTH_MOST is refused before it is parsed (aq__sql_depth); a syntax error is data; no thread and no
 * memory are AQ_ENOMEM.
 *
 * Measured with libpg_query 15-4.0: at most 1,080 bytes of stack for a level while parsing, and some 1,500 while unpacking. */
#include <pthread.h>

#include "src/schema/read_sql-private.h"

enum { STACK = 32 * 1024 * 1024 }; /* only touched pages count */

/* ---- The thread ---------------------------------------------------------------------------------------------------------- */

static _Thread_local bool is_deep; /* this thread is one of ours */

typedef struct deep {
    int (*cb)(void *data);
    void *data;
    int code;
    aq_error_t *error; /* NULL: none, or no memory for it */
} deep_t;

static void *run(void *data)
{
    deep_t *deep = data;

    is_deep = true;
    deep->code = deep->cb(deep->data);
    if (deep->code != AQ_OK)
        deep->error = aq__error_copy(aq_last_error());
    return NULL;
}

int aq__sql_call_deep(int (*cb)(void *data), void *data)
{
    deep_t deep = {.cb = cb, .data = data};
    pthread_attr_t attributes;
    pthread_t thread;
    bool started;

    if (is_deep)
        return cb(data);
    if (pthread_attr_init(&attributes) != 0)
        return aq__fail(AQ_ENOMEM, "read SQL: no memory for a thread");
    started = pthread_attr_setstacksize(&attributes, STACK) == 0 &&
              pthread_create(&thread, &attributes, run, &deep) == 0;
    pthread_attr_destroy(&attributes);
    if (!started || pthread_join(thread, NULL) != 0)
        return aq__fail(AQ_ENOMEM, "read SQL: no memory for a thread");
    if (deep.error != NULL)
        aq__fail_with(deep.error);
    else if (deep.code != AQ_OK)
        aq__fail(deep.code, "%s", aq_strerror(deep.code));
    aq__free(deep.error);
    return deep.code;
}

/* ---- The tree ------------------------------------------------------------------------------------------------------------ */

static int take_error(aq_arena_t *arena, const PgQueryError *error, aq__sql_tree_t *tree)
{
    if (strcmp(error->message, "out of memory") == 0)
        return aq__fail(AQ_ENOMEM, "parse SQL: out of memory");
    tree->problem = aq_arena_strdup(arena, error->message);
    tree->position = error->cursorpos;
    return tree->problem != NULL ? AQ_OK : AQ_ENOMEM;
}

/* The tree lives in the arena: freeing it by its nodes takes as long as making it. */
static void *allocate(void *arena, size_t size)
{
    return aq_arena_alloc(arena, size);
}

static void free_nothing(void *arena, void *block)
{
    (void)arena;
    (void)block;
}

int aq__sql_parse(aq_arena_t *arena, const char *sql, aq__sql_tree_t *tree)
{
    PgQueryProtobufParseResult parsed = pg_query_parse_protobuf(sql);
    ProtobufCAllocator allocator = {allocate, free_nothing, arena};
    int code = AQ_OK;

    *tree = (aq__sql_tree_t){NULL, NULL, 0};
    if (parsed.error != NULL) {
        code = take_error(arena, parsed.error, tree);
    } else {
        tree->result = pg_query__parse_result__unpack(&allocator, parsed.parse_tree.len,
                                                      (const uint8_t *)parsed.parse_tree.data);
        if (tree->result == NULL)
            code = aq__fail(AQ_ENOMEM, "parse SQL: out of memory");
    }
    pg_query_free_protobuf_parse_result(parsed);
    return code;
}

PgQuery__Node *aq__sql_tree_statement(const aq__sql_tree_t *tree)
{
    return tree->result != NULL && tree->result->n_stmts == 1 ? tree->result->stmts[0]->stmt : NULL;
}
