/* What a statement takes and gives, without running it.
 *
 * The happy path: a query of one statement, for which a Parse of no name and a Describe go into the pipeline instead of its execution, with a Sync of
 * their own; what the server tells is copied out of libpq's result. It leaves nothing behind, so that it may be sent again whatever happened to its
 * connection. The failure modes are those of a query: the server's errors, which come with the Parse, and no memory for the value. */
#include "aquifer/wire.h"

#include <string.h>

#include "src/wire/connection.h"
#include "src/wire/describe.h"
#include "src/wire/pool-private.h"

/* In one block: the description, its columns, its parameters, the names. */
typedef struct block {
    aq_description_t description; /* first */
    aq_described_column_t columns[];
} block_t;

static size_t names_size(const PGresult *result)
{
    size_t size = 0;

    for (int i = 0; i < PQnfields(result); i++)
        size += strlen(PQfname(result, i)) + 1;
    return size;
}

static aq_described_column_t describe_column(const PGresult *result, int i, char **names)
{
    const char *name = PQfname(result, i);
    size_t size = strlen(name) + 1;
    aq_described_column_t column = {.name = memcpy(*names, name, size),
                                    .type = PQftype(result, i),
                                    .modifier = PQfmod(result, i),
                                    .table = PQftable(result, i),
                                    .number = (int16_t)PQftablecol(result, i)};

    *names += size;
    return column;
}

aq_description_t *aq__description_create(const PGresult *result)
{
    size_t columns = (size_t)PQnfields(result), parameters = (size_t)PQnparams(result);
    size_t head = sizeof(block_t) + columns * sizeof(aq_described_column_t);
    block_t *block = aq__malloc(head + parameters * sizeof(uint32_t) + names_size(result));
    uint32_t *types;
    char *names;

    if (block == NULL)
        return NULL;
    types = (uint32_t *)(void *)((char *)block + head);
    names = (char *)(types + parameters);
    for (size_t i = 0; i < columns; i++)
        block->columns[i] = describe_column(result, (int)i, &names);
    for (size_t i = 0; i < parameters; i++)
        types[i] = PQparamtype(result, (int)i);
    block->description = (aq_description_t){types, parameters, block->columns, columns};
    return &block->description;
}

void aq_description_close(aq_description_t *description)
{
    aq__free(description);
}

bool aq__connection_append_describe(aq__connection_t *connection, aq__query_item_t *item)
{
    item->id = item->prepares = 0;
    return PQsendPrepare(connection->pg, "", item->form->sql->text, 0, NULL) &&
           PQsendDescribePrepared(connection->pg, "");
}

/* ---- the calls ---------------------------------------------------------------------------------------------------------------- */

aq_op_t *aq__pool_describe(aq_pool_t *pool, const char *sql)
{
    aq__query_t *query = aq__query_create(pool, AQ__QUERY_DESCRIBE);
    aq_op_t *op;

    if (query == NULL)
        return aq__op_failed(pool->loop);
    op = &query->op;
    if (aq__query_set_statement(query, sql, NULL) != AQ_OK)
        aq__query_fail_last(query);
    else
        aq__pool_submit(pool, query);
    return op;
}

aq_op_t *aq_lane_describe(aq_lane_t *lane, const char *sql)
{
    return aq__lane_run(lane, AQ__QUERY_DESCRIBE, sql, NULL);
}
