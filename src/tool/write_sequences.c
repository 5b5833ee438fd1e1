/* Writing sequences: what .sequence of a column says, and AQ_SEQUENCE(receipt_number, .start = 1000) for those that stand alone. */
#include <string.h>

#include "src/tool/writer.h"

/* Of a start, min or max, where 0 has a name. */
static void option_bound(aq__plan_t *plan, aq__node_t *parent, const char *label, bool has, int64_t value)
{
    if (has && value == 0)
        aq__option(plan, parent, label, "AQ_SEQUENCE_0");
    else if (has)
        aq__option_number(plan, parent, label, value);
}

void aq__option_sequence(aq__plan_t *plan, aq__node_t *parent, const aq__sequence_t *sequence, uint32_t usual)
{
    if (sequence->type != 0 && sequence->type != usual)
        aq__option(plan, parent, "type",
                   sequence->type == AQ_OID_INT2   ? "AQ_OID_INT2"
                   : sequence->type == AQ_OID_INT4 ? "AQ_OID_INT4"
                                                   : "AQ_OID_INT8");
    option_bound(plan, parent, "start", sequence->has_start, sequence->start);
    if (sequence->has_increment)
        aq__option_number(plan, parent, "increment", sequence->increment);
    option_bound(plan, parent, "min", sequence->has_min, sequence->min);
    option_bound(plan, parent, "max", sequence->has_max, sequence->max);
    if (sequence->has_cache)
        aq__option_number(plan, parent, "cache", sequence->cache);
    aq__option_true(plan, parent, "cycle", sequence->cycle);
}

/* ---- Alone ---------------------------------------------------------------------------------------------------------------- */

static void option_owner(aq__plan_t *plan, aq__node_t *call, const aq__column_t *owner)
{
    const aq__table_t *table = owner->table;
    const aq__entity_t *entity = aq__plan_entity(plan, table);
    aq__node_t *reference;

    if (!entity->is_model) {
        aq__option_string(plan, call, "owned_by",
                          table->schema != NULL
                              ? aq__make(&plan->maker, "%s.%s.%s", table->schema, table->name, owner->name)
                              : aq__make(&plan->maker, "%s.%s", table->name, owner->name));
        return;
    }
    reference = aq__node_add(&plan->maker, call, AQ__CALL, ".owned_by = ", "AQ_REF");
    (void)aq__node_add(&plan->maker, reference, AQ__ATOM, NULL, entity->struct_name);
    (void)aq__node_add(&plan->maker, reference, AQ__ATOM, NULL, aq__plan_member(plan, owner));
}

void aq__write_sequence(aq_text_t *header, aq__plan_t *plan, const aq__ticket_t *ticket)
{
    const aq__sequence_t *sequence = ticket->sequence;
    aq__node_t *call = aq__node(&plan->maker, AQ__CALL, NULL, "AQ_SEQUENCE");

    (void)aq__node_add(&plan->maker, call, AQ__ATOM, NULL, ticket->prefix);
    if (strcmp(ticket->prefix, sequence->name) != 0)
        aq__option_string(plan, call, "sequence", sequence->name);
    aq__option_string(plan, call, "schema", sequence->schema);
    aq__option_string(plan, call, "bind", plan->metadata->bind);
    aq__option_sequence(plan, call, sequence, AQ_OID_INT8);
    if (ticket->has_owner)
        option_owner(plan, call, sequence->owner);
    aq__option_string(plan, call, "comment", sequence->comment);
    aq__layout_append(header, call, 0, 1);
    aq_text_append(header, ";\n");
}
