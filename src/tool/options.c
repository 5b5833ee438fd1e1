/* Writing options: ".unique = true" and the like, where they say more than the default. */
#include <string.h>

#include "src/tool/writer.h"

void aq__option(aq__plan_t *plan, aq__node_t *parent, const char *label, const char *value)
{
    (void)aq__node_add(&plan->maker, parent, AQ__ATOM, aq__make(&plan->maker, ".%s = ", label), value);
}

void aq__option_string(aq__plan_t *plan, aq__node_t *parent, const char *label, const char *value)
{
    if (value != NULL)
        (void)aq__node_add(&plan->maker, parent, AQ__STRING, aq__make(&plan->maker, ".%s = ", label), value);
}

void aq__option_true(aq__plan_t *plan, aq__node_t *parent, const char *label, bool value)
{
    if (value)
        aq__option(plan, parent, label, "true");
}

/* The least number cannot be said as one literal. */
void aq__option_number(aq__plan_t *plan, aq__node_t *parent, const char *label, int64_t value)
{
    if (value == INT64_MIN)
        aq__option(plan, parent, label, "INT64_MIN");
    else if (value != 0)
        aq__option(plan, parent, label, aq__make(&plan->maker, "%lld", (long long)value));
}

void aq__option_columns(aq__plan_t *plan, aq__node_t *parent, const char *label, aq__column_t *const *columns,
                        size_t count)
{
    aq__node_t *list;

    if (count == 0)
        return;
    list =
        aq__node_add(&plan->maker, parent, AQ__CALL, aq__make(&plan->maker, ".%s = ", label), "AQ_COLUMNS");
    for (size_t i = 0; i < count; i++)
        (void)aq__node_add(&plan->maker, list, AQ__STRING, NULL, aq__plan_member(plan, columns[i]));
}

static const char *action_name(aq_action_t action)
{
    switch (action) {
    case AQ_NO_ACTION: return "AQ_NO_ACTION";
    case AQ_RESTRICT: return "AQ_RESTRICT";
    case AQ_CASCADE: return "AQ_CASCADE";
    case AQ_SET_NULL: return "AQ_SET_NULL";
    case AQ_SET_DEFAULT: return "AQ_SET_DEFAULT";
    }
    return "AQ_NO_ACTION";
}

void aq__option_deferrable(aq__plan_t *plan, aq__node_t *parent, aq_deferrable_t deferrable)
{
    if (deferrable != AQ_NOT_DEFERRABLE)
        aq__option(plan, parent, "deferrable",
                   deferrable == AQ_INITIALLY_DEFERRED ? "AQ_INITIALLY_DEFERRED" : "AQ_INITIALLY_IMMEDIATE");
}

/* Those of pg_catalog are found by their names. */
void aq__option_collation(aq__plan_t *plan, aq__node_t *parent, const char *schema, const char *collation)
{
    aq__option_string(plan, parent, "collation", collation);
    if (collation != NULL && schema != NULL && strcmp(schema, "pg_catalog") != 0)
        aq__option_string(plan, parent, "collation_schema", schema);
}

void aq__option_actions(aq__plan_t *plan, aq__node_t *parent, const aq__constraint_t *constraint)
{
    if (constraint->on_delete != AQ_NO_ACTION && !aq__action_is_left_out(constraint, constraint->on_delete))
        aq__option(plan, parent, "on_delete", action_name(constraint->on_delete));
    if (constraint->on_update != AQ_NO_ACTION && !aq__action_is_left_out(constraint, constraint->on_update))
        aq__option(plan, parent, "on_update", action_name(constraint->on_update));
    aq__option_deferrable(plan, parent, constraint->deferrable);
}
