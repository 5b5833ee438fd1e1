/* Writing constraints and indexes that the options of columns do not say. */
#include <string.h>

#include "src/tool/writer.h"

/* NULL where it is what one gets without saying it. */
static const char *other_than(const char *text, const char *usual)
{
    return text != NULL && strcmp(text, usual) == 0 ? NULL : text;
}

/* ---- Parts ----------------------------------------------------------------------------------------------------------------- */

static void add_part(aq__plan_t *plan, aq__node_t *list, const aq__part_t *part)
{
    aq__node_t *braces = aq__node_add(&plan->maker, list, AQ__BRACES, NULL, NULL);

    if (part->column != NULL)
        aq__option_string(plan, braces, "column", aq__plan_member(plan, part->column));
    else
        aq__option_string(plan, braces, "expression", part->expression);
    aq__option_collation(plan, braces, part->collation_schema, part->collation);
    aq__option_string(plan, braces, "opclass", part->opclass);
    aq__option_string(plan, braces, "with", part->with);
    aq__option_true(plan, braces, "descending", part->descending);
    if (part->nulls != AQ_NULLS_DEFAULT)
        aq__option(plan, braces, "nulls", part->nulls == AQ_NULLS_FIRST ? "AQ_NULLS_FIRST" : "AQ_NULLS_LAST");
}

static void add_parts(aq__plan_t *plan, aq__node_t *parent, const aq__part_t *parts, size_t count)
{
    aq__node_t *list = aq__node_add(&plan->maker, parent, AQ__CALL, ".parts = ", "AQ_PARTS");

    for (size_t i = 0; i < count; i++)
        add_part(plan, list, &parts[i]);
}

/* ---- Constraints ------------------------------------------------------------------------------------------------------------ */

static const char *macro_of(aq_constraint_kind_t kind)
{
    switch (kind) {
    case AQ_CONSTRAINT_PRIMARY_KEY: return "AQ_PRIMARY_KEY";
    case AQ_CONSTRAINT_UNIQUE: return "AQ_UNIQUE";
    case AQ_CONSTRAINT_FOREIGN_KEY: return "AQ_FOREIGN_KEY";
    case AQ_CONSTRAINT_CHECK: return "AQ_CHECK";
    case AQ_CONSTRAINT_EXCLUDE: return "AQ_EXCLUDE";
    }
    return "";
}

/* The primary key in its own order is what a foreign key refers to where it names no columns. */
static bool refers_to_primary_key(const aq__constraint_t *key)
{
    const aq__constraint_t *primary = key->referred->primary_key;

    if (primary == NULL || primary->column_count != key->column_count)
        return false;
    for (size_t i = 0; i < key->column_count; i++)
        if (primary->columns[i] != key->referred_columns[i])
            return false;
    return true;
}

static void add_referred(aq__plan_t *plan, aq__node_t *call, const aq__constraint_t *key)
{
    const aq__entity_t *to = aq__plan_entity(plan, key->referred);

    if (to->is_model) {
        aq__option(plan, call, "model", aq__make(&plan->maker, "AQ_STRUCT(%s)", to->struct_name));
    } else {
        aq__option_string(plan, call, "table", to->table->name);
        aq__option_string(plan, call, "schema", to->table->schema);
    }
    if (!refers_to_primary_key(key))
        aq__option_columns(plan, call, "referred", key->referred_columns, key->column_count);
    aq__option_actions(plan, call, key);
    if (!aq__action_is_left_out(key, key->on_delete))
        aq__option_columns(plan, call, "on_delete_columns", key->on_delete_columns,
                           key->on_delete_column_count);
    aq__option_true(plan, call, "match_full", key->match_full);
}

static void add_constraint(aq__plan_t *plan, aq__node_t *list, const aq__constraint_t *constraint)
{
    aq__node_t *call = aq__node_add(&plan->maker, list, AQ__CALL, NULL, macro_of(constraint->kind));

    if (constraint->kind == AQ_CONSTRAINT_CHECK)
        (void)aq__node_add(&plan->maker, call, AQ__STRING, NULL, constraint->check);
    else if (constraint->kind == AQ_CONSTRAINT_EXCLUDE)
        add_parts(plan, call, constraint->parts, constraint->part_count);
    else
        aq__option_columns(plan, call, "columns", constraint->columns, constraint->column_count);
    aq__option_columns(plan, call, "include", constraint->include, constraint->include_count);
    aq__option_true(plan, call, "nulls_not_distinct", constraint->nulls_not_distinct);
    if (constraint->kind == AQ_CONSTRAINT_FOREIGN_KEY)
        add_referred(plan, call, constraint);
    else
        aq__option_deferrable(plan, call, constraint->deferrable);
    aq__option_true(plan, call, "no_inherit", constraint->no_inherit);
    aq__option_true(plan, call, "not_valid", constraint->not_valid);
    aq__option_string(plan, call, "method", other_than(constraint->method, "gist"));
    aq__option_string(plan, call, "where", constraint->where);
    if (!aq__constraint_name_is_usual(constraint) || constraint->comment != NULL) /* which is put on a name */
        aq__option_string(plan, call, "name", constraint->name);
    aq__option_string(plan, call, "comment", constraint->comment);
}

void aq__write_constraints(aq_text_t *header, aq__plan_t *plan, const aq__entity_t *entity)
{
    aq__node_t *list = aq__node(&plan->maker, AQ__BRACES, NULL, NULL);

    if (!entity->has_constraints)
        return;
    for (size_t i = 0; i < entity->table->constraint_count; i++) {
        const aq__constraint_t *constraint = entity->table->constraints[i];

        if (!aq__constraint_is_left_out(constraint) && !aq__member_says_constraint(entity, constraint))
            add_constraint(plan, list, constraint);
    }
    aq__layout_append_list(
        header, aq__make(&plan->maker, "static const aq_constraint_t %s_constraints[] = ", entity->prefix),
        list);
}

/* ---- Indexes ------------------------------------------------------------------------------------------------------------------ */

static bool is_column_only(const aq__part_t *part)
{
    return part->column != NULL && part->collation == NULL && part->opclass == NULL && !part->descending &&
           part->nulls == AQ_NULLS_DEFAULT;
}

static void add_index(aq__plan_t *plan, aq__node_t *list, const aq__index_t *index)
{
    aq__node_t *braces = aq__node_add(&plan->maker, list, AQ__BRACES, NULL, NULL), *columns;
    bool simple = true;

    aq__option_string(plan, braces, "name", aq__index_name(&plan->maker, index));
    for (size_t i = 0; i < index->part_count; i++)
        simple = simple && is_column_only(&index->parts[i]);
    if (!simple) {
        add_parts(plan, braces, index->parts, index->part_count);
    } else {
        columns = aq__node_add(&plan->maker, braces, AQ__CALL, ".columns = ", "AQ_COLUMNS");
        for (size_t i = 0; i < index->part_count; i++)
            (void)aq__node_add(&plan->maker, columns, AQ__STRING, NULL,
                               aq__plan_member(plan, index->parts[i].column));
    }
    aq__option_columns(plan, braces, "include", index->include, index->include_count);
    aq__option_true(plan, braces, "unique", index->unique);
    aq__option_true(plan, braces, "nulls_not_distinct", index->unique && index->nulls_not_distinct);
    aq__option_string(plan, braces, "method", other_than(index->method, "btree"));
    aq__option_string(plan, braces, "where", index->where);
    aq__option_string(plan, braces, "storage", index->storage);
    aq__option_string(plan, braces, "comment", index->comment);
}

void aq__write_indexes(aq_text_t *header, aq__plan_t *plan, const aq__entity_t *entity)
{
    aq__node_t *list = aq__node(&plan->maker, AQ__BRACES, NULL, NULL);

    if (!entity->has_indexes)
        return;
    for (size_t i = 0; i < entity->table->index_count; i++)
        if (!aq__index_is_left_out(entity->table->indexes[i]) &&
            !aq__member_says_index(entity, entity->table->indexes[i]))
            add_index(plan, list, entity->table->indexes[i]);
    aq__layout_append_list(
        header, aq__make(&plan->maker, "static const aq_index_t %s_indexes[] = ", entity->prefix), list);
}
