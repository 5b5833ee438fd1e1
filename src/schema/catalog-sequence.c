/* Sequences: those that stand alone, and what those of serial and identity columns have that is not the default.
 *
 * A sequence that a column owns without drawing from it by default stands alone, and says whose it is. */
#include <stdio.h>

#include "src/schema/catalog-rows.h"
#include "src/schema/naming.h"

static const aq__source_t nowhere = {0};

static int64_t least_of(uint32_t type)
{
    return type == AQ_OID_INT2 ? INT16_MIN : type == AQ_OID_INT4 ? INT32_MIN : INT64_MIN;
}

static int64_t most_of(uint32_t type)
{
    return type == AQ_OID_INT2 ? INT16_MAX : type == AQ_OID_INT4 ? INT32_MAX : INT64_MAX;
}

/* What is not the default (PostgreSQL documentation, CREATE SEQUENCE). `usual`: the type that need not be said. */
static void read_options(aq__row_t *row, const aq__catalog_sequence_row_t *item, uint32_t usual,
                         aq__sequence_t *sequence)
{
    uint32_t type = aq__row_oid(row, AQ__CELL(item, type));
    bool up;

    sequence->increment = aq__row_number(row, AQ__CELL(item, increment));
    sequence->min = aq__row_number(row, AQ__CELL(item, min));
    sequence->max = aq__row_number(row, AQ__CELL(item, max));
    sequence->start = aq__row_number(row, AQ__CELL(item, start));
    sequence->cache = aq__row_number(row, AQ__CELL(item, cache));
    sequence->cycle = aq__row_bool(row, AQ__CELL(item, cycle));
    sequence->comment = aq__row_copy(row, item->comment);

    up = sequence->increment > 0;
    sequence->type = type != usual ? type : 0;
    sequence->has_increment = sequence->increment != 1;
    sequence->has_min = sequence->min != (up ? 1 : least_of(type));
    sequence->has_max = sequence->max != (up ? most_of(type) : -1);
    sequence->has_start = sequence->start != (up ? sequence->min : sequence->max);
    sequence->has_cache = sequence->cache != 1;
}

static bool says_something(const aq__sequence_t *sequence)
{
    return sequence->name != NULL || sequence->type != 0 || sequence->has_start || sequence->has_increment ||
           sequence->has_min || sequence->has_max || sequence->has_cache || sequence->cycle ||
           sequence->comment != NULL;
}

static void give_to_column(aq__row_t *row, const aq__catalog_sequence_row_t *item, aq__column_t *column)
{
    aq__sequence_t *sequence = aq_arena_calloc(row->catalog->metadata->arena, 1, sizeof(*sequence));
    char usual[AQ__NAME_MAX + 1];

    if (!aq__row_made(row, sequence))
        return;
    read_options(row, item, column->type.oid, sequence);
    aq__name_make(usual, column->table->name, column->name, "seq");
    if (row->code == AQ_OK && strcmp(item->name, usual) != 0) {
        sequence->schema = aq__row_copy(row, item->schema);
        sequence->name = aq__row_copy(row, item->name);
    }
    if (says_something(sequence))
        column->sequence = sequence;
}

static void stand_alone(aq__row_t *row, const aq__catalog_sequence_row_t *item, aq__column_t *owner)
{
    aq__sequence_t *sequence =
        aq__metadata_add_sequence(row->catalog->metadata, item->schema, item->name, nowhere);

    if (!aq__row_made(row, sequence))
        return;
    read_options(row, item, AQ_OID_INT8, sequence);
    sequence->owner = owner;
}

static aq__catalog_column_t *find_owner(aq__row_t *row, const aq__catalog_sequence_row_t *item)
{
    const char *table = aq__row_text(row, AQ__CELL(item, table)),
               *column = aq__row_text(row, AQ__CELL(item, column));
    char key[64];

    snprintf(key, sizeof(key), "%.20s.%.20s", table, column);
    return aq__row_find(row, "column", key, &row->catalog->columns);
}

void aq__catalog_add_sequence(aq__row_t *row, const aq__catalog_sequence_row_t *item)
{
    const char *oid = aq__row_text(row, AQ__CELL(item, oid));
    bool identity = aq__row_bool(row, AQ__CELL(item, identity));
    aq__catalog_column_t *owner = NULL;

    (void)aq__row_text(row, AQ__CELL(item, name));
    if (identity || item->table != NULL)
        owner = find_owner(row, item);
    if (row->code != AQ_OK)
        return;
    if (owner != NULL && (identity || (owner->sequence != NULL && strcmp(owner->sequence, oid) == 0)))
        give_to_column(row, item, owner->column);
    else
        stand_alone(row, item, owner != NULL ? owner->column : NULL);
}
