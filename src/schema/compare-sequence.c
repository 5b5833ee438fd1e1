/* Sequences: those of serial and identity columns, and those that stand alone.
 *
 * The happy path: all options are spelled out, with the server's defaults (CREATE SEQUENCE in PostgreSQL's documentation), and compared one by
 * one. A sequence of a column has the column's type, so that one that was made with it counts as having none of its own. */
#include <string.h>

#include "src/schema/compare.h"

/* ---- Whose -------------------------------------------------------------------------------------------------------------------- */

/* nextval('...'), in any case and whatever it is cast to. */
static bool draws(const char *expression, const char *sequence)
{
    return expression != NULL && strncmp(expression, "nextval(", 8) == 0 &&
           strstr(expression, sequence) != NULL;
}

static const aq__sequence_t *own_sequence(const aq__column_t *column)
{
    const aq__metadata_t *metadata = column->table->metadata;

    for (size_t i = 0; i < metadata->sequence_count; i++)
        if (metadata->sequences[i]->owner == column &&
            draws(column->server_default, metadata->sequences[i]->name))
            return metadata->sequences[i];
    return NULL;
}

aq_autoincrement_t aq__column_generation(const aq__column_t *column)
{
    if (column->autoincrement == AQ_AUTOINCREMENT_OFF || column->autoincrement == AQ_AUTOINCREMENT_DEFAULT)
        return own_sequence(column) != NULL ? AQ_SERIAL : AQ_AUTOINCREMENT_OFF;
    return column->autoincrement;
}

const aq__sequence_t *aq__column_sequence(const aq__column_t *column)
{
    return column->sequence != NULL ? column->sequence : own_sequence(column);
}

/* ---- Options -------------------------------------------------------------------------------------------------------------------- */

static int64_t most_of(uint32_t type)
{
    return type == AQ_OID_INT2 ? INT16_MAX : type == AQ_OID_INT4 ? INT32_MAX : INT64_MAX;
}

static void set_default(bool *has, int64_t *value, int64_t standard)
{
    if (!*has)
        *value = standard;
    *has = true;
}

aq__sequence_t aq__sequence_resolve(const aq__sequence_t *sequence, uint32_t type)
{
    aq__sequence_t full = sequence != NULL ? *sequence : (aq__sequence_t){0};
    int64_t most;

    if (full.type == 0)
        full.type = type;
    most = most_of(full.type);
    set_default(&full.has_increment, &full.increment, 1);
    set_default(&full.has_min, &full.min, full.increment > 0 ? 1 : -most - 1);
    set_default(&full.has_max, &full.max, full.increment > 0 ? most : -1);
    set_default(&full.has_start, &full.start, full.increment > 0 ? full.min : full.max);
    set_default(&full.has_cache, &full.cache, 1);
    return full;
}

/* The live one as it would be after its column got the wanted type: what it has by its old type it has by the new one then. */
static aq__sequence_t follow_column(const aq__sequence_t *live, uint32_t live_type, uint32_t wanted_type)
{
    aq__sequence_t moved = live != NULL ? *live : (aq__sequence_t){0};
    const aq__sequence_t old = aq__sequence_resolve(live, live_type);

    if (old.type != live_type)
        return old;
    moved.type = wanted_type;
    if (old.increment > 0 && old.max == most_of(old.type))
        moved.has_max = false;
    if (old.increment < 0 && old.min == -most_of(old.type) - 1)
        moved.has_min = false;
    return aq__sequence_resolve(&moved, wanted_type);
}

static bool differs(bool *has, int64_t *option, int64_t wanted, int64_t live)
{
    *has = wanted != live;
    *option = wanted;
    return *has;
}

bool aq__sequence_differs(const aq__sequence_t *wanted, uint32_t wanted_type, const aq__sequence_t *live,
                          uint32_t live_type, aq__sequence_change_t *change)
{
    const aq__sequence_t to = aq__sequence_resolve(wanted, wanted_type);
    const aq__sequence_t from = follow_column(live, live_type, wanted_type);
    aq__sequence_t *options = &change->options;
    bool any;

    *change = (aq__sequence_change_t){.options = {.cycle = to.cycle}};
    change->cycle = to.cycle != from.cycle;
    options->type = to.type != from.type ? to.type : 0;
    any = change->cycle || options->type != 0;
    any |= differs(&options->has_start, &options->start, to.start, from.start);
    any |= differs(&options->has_increment, &options->increment, to.increment, from.increment);
    any |= differs(&options->has_min, &options->min, to.min, from.min);
    any |= differs(&options->has_max, &options->max, to.max, from.max);
    any |= differs(&options->has_cache, &options->cache, to.cache, from.cache);
    return any;
}
