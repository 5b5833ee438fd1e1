/* The statements that are prepared on a connection. */
#include <string.h>

#include "src/wire/connection.h"
#include "src/wire/pool-private.h"

/* For each id: UNPREPARED, PREPARED, or the number of the group of units behind one Sync in which its Parse was sent and is not answered yet.
 * That group may use the name, because it fails when its Parse does. Later ones do without until it is certain. */
enum { UNPREPARED, PREPARED }; /* and from AQ__FIRST_GROUP on, groups */

static uint32_t prepared_state(const aq__connection_t *connection, uint32_t id)
{
    return id < connection->prepared_size ? connection->prepared[id] : UNPREPARED;
}

static bool mark_prepared(aq__connection_t *connection, uint32_t id)
{
    if (id >= connection->prepared_size) {
        uint32_t size = (id + 1 + 63) & ~(uint32_t)63;
        uint32_t *prepared = aq__realloc(connection->prepared, size * sizeof *prepared);

        if (prepared == NULL)
            return false; /* then it is not prepared by name, that is all */
        memset(prepared + connection->prepared_size, 0,
               (size - connection->prepared_size) * sizeof *prepared);
        connection->prepared = prepared;
        connection->prepared_size = size;
    }
    connection->prepared[id] = connection->group;
    connection->prepared_count++;
    return true;
}

void aq__confirm_prepared(aq__connection_t *connection, uint32_t id)
{
    if (prepared_state(connection, id) != UNPREPARED)
        connection->prepared[id] = PREPARED;
}

void aq__unmark_prepared(aq__connection_t *connection, uint32_t id)
{
    if (prepared_state(connection, id) != UNPREPARED) {
        connection->prepared[id] = UNPREPARED;
        connection->prepared_count--;
    }
}

void aq__connection_forget_prepared(aq__connection_t *connection)
{
    for (uint32_t id = 0; id < connection->prepared_size; id++)
        connection->prepared[id] = UNPREPARED;
    connection->prepared_count = 0;
}

/* Whether this form is to be used by name here, and the id if it must be prepared first. */
bool aq__use_name(aq__connection_t *connection, aq__prepared_t *form, uint32_t *prepares)
{
    const aq_pool_t *pool = connection->pool;
    uint32_t state = form->id != 0 ? prepared_state(connection, form->id) : UNPREPARED;

    *prepares = 0;
    if (form->sql->once || pool->unnamed || pool->options.prepare == AQ_PREPARE_UNNAMED)
        return false;
    if (state != UNPREPARED)
        return state == PREPARED || state == connection->group;
    if (connection->prepared_count >= (uint32_t)pool->options.statement_cache)
        return false;
    if (form->uses < 2 && pool->options.prepare != AQ_PREPARE_NAMED)
        return false;
    aq__registry_name(aq__pool_registry(connection->pool), form);
    if (mark_prepared(connection, form->id))
        *prepares = form->id;
    return *prepares != 0;
}
