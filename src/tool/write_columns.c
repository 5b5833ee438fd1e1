/* Writing columns: AQ_INT4(User, id, .primary_key = true), and for plain tables AQ_COLUMN(INT4, "tag_id", .primary_key = true). */
#include <string.h>

#include "src/schema/naming.h"
#include "src/tool/writer.h"

/* ---- Types --------------------------------------------------------------------------------------------------------------- */

static bool is_array(const aq__member_t *member)
{
    return strcmp(member->type, member->c_type->array) == 0;
}

static bool has_length(const aq__type_t *type)
{
    return type->oid == AQ_OID_VARCHAR || type->oid == AQ_OID_BPCHAR;
}

/* What is no argument of the macro. */
static void add_type_options(aq__plan_t *plan, aq__node_t *call, const aq__member_t *member, bool length)
{
    const aq__type_t *type = &member->column->type;
    int precision = type->modifier_count > 0 ? type->modifiers[0] : 0;

    aq__option_string(plan, call, "sql_type", member->sql_type);
    if (member->sql_type != NULL || type->modifier_count == 0 || member->enumeration != NULL)
        return;
    if (has_length(type)) {
        if (length)
            aq__option_number(plan, call, "length", precision);
        return;
    }
    if (precision == 0)
        aq__option(plan, call, "precision", "AQ_PRECISION_0");
    aq__option_number(plan, call, "precision", precision);
    if (type->modifier_count > 1)
        aq__option_number(plan, call, "scale", type->modifiers[1]);
}

/* "AQ_VARCHAR(User, name, 80", of a model. */
static aq__node_t *begin_member(aq__plan_t *plan, aq__node_t *list, const aq__entity_t *entity,
                                const aq__member_t *member)
{
    aq__maker_t *maker = &plan->maker;
    const aq__type_t *type = &member->column->type;
    const char *macro = aq__make(maker, "AQ_%s%s%s", member->c_type->macro, is_array(member) ? "_ARRAY" : "",
                                 member->column->not_null ? "" : "_NULL");
    aq__node_t *call = aq__node_add(maker, list, AQ__CALL, NULL, macro);
    bool sized = member->sql_type == NULL && has_length(type) && !is_array(member);

    (void)aq__node_add(maker, call, AQ__ATOM, NULL, entity->struct_name);
    (void)aq__node_add(maker, call, AQ__ATOM, NULL, member->name);
    if (member->enumeration != NULL)
        (void)aq__node_add(maker, call, AQ__ATOM, NULL,
                           aq__make(maker, "&%s_enum", member->enumeration->prefix));
    if (sized)
        (void)aq__node_add(maker, call, AQ__ATOM, NULL,
                           type->modifier_count > 0 ? aq__make(maker, "%d", type->modifiers[0])
                                                    : "AQ_ANY_LENGTH");
    if (strcmp(member->name, member->column->name) != 0)
        aq__option_string(plan, call, "name", member->column->name);
    return call;
}

/* "INT4": what AQ_OID_INT4 ends in. */
static const char *oid_macro(uint32_t oid)
{
    switch (oid) {
#define CASE(NAME, name, oid, array_oid) \
    case oid: return #NAME;
        AQ_TYPE_TABLE(CASE)
#undef CASE
    default: return "UNKNOWN";
    }
}

static const char *column_type(aq__plan_t *plan, const aq__member_t *member)
{
    const aq__type_t *type = &member->column->type;

    if (member->enumeration != NULL || member->sql_type != NULL)
        return "UNKNOWN";
    return type->array ? aq__make(&plan->maker, "%s_ARRAY", oid_macro(type->oid)) : oid_macro(type->oid);
}

/* "AQ_COLUMN(VARCHAR, "name"", of a plain table. */
static aq__node_t *begin_column(aq__plan_t *plan, aq__node_t *list, const aq__member_t *member)
{
    aq__node_t *call = aq__node_add(&plan->maker, list, AQ__CALL, NULL, "AQ_COLUMN");

    (void)aq__node_add(&plan->maker, call, AQ__ATOM, NULL, column_type(plan, member));
    (void)aq__node_add(&plan->maker, call, AQ__STRING, NULL, member->column->name);
    if (member->enumeration != NULL) {
        aq__option(plan, call, "enumeration",
                   aq__make(&plan->maker, "&%s_enum", member->enumeration->prefix));
        aq__option_true(plan, call, "array", is_array(member));
    }
    aq__option_true(plan, call, "nullable", !member->column->not_null);
    return call;
}

/* ---- Sequences -------------------------------------------------------------------------------------------------------------- */

static bool is_integer(const aq__type_t *type)
{
    return !type->array && (type->oid == AQ_OID_INT2 || type->oid == AQ_OID_INT4 || type->oid == AQ_OID_INT8);
}

static bool refers(const aq__column_t *column)
{
    for (size_t i = 0; i < column->table->constraint_count; i++)
        if (column->table->constraints[i]->kind == AQ_CONSTRAINT_FOREIGN_KEY &&
            column->table->constraints[i]->referred != NULL &&
            aq__constraint_has_column(column->table->constraints[i], column))
            return true;
    return false;
}

/* What the seal decides where nothing is said. */
static aq_autoincrement_t usual_autoincrement(const aq__column_t *column)
{
    const aq__constraint_t *key = column->table->primary_key;
    bool whole_key = key != NULL && key->column_count == 1 && key->columns[0] == column;

    return whole_key && is_integer(&column->type) && column->server_default == NULL &&
                   column->generated == NULL && !refers(column)
               ? AQ_SERIAL
               : AQ_AUTOINCREMENT_OFF;
}

static const char *autoincrement_name(aq_autoincrement_t autoincrement)
{
    switch (autoincrement) {
    case AQ_AUTOINCREMENT_DEFAULT: return "AQ_AUTOINCREMENT_DEFAULT";
    case AQ_AUTOINCREMENT_OFF: return "AQ_AUTOINCREMENT_OFF";
    case AQ_SERIAL: return "AQ_SERIAL";
    case AQ_IDENTITY: return "AQ_IDENTITY";
    case AQ_IDENTITY_ALWAYS: return "AQ_IDENTITY_ALWAYS";
    }
    return "AQ_AUTOINCREMENT_DEFAULT";
}

/* "post_id_seq", which the server gives by itself. */
static bool is_usual_name(const aq__column_t *column)
{
    char usual[AQ__NAME_MAX + 1];

    aq__name_make(usual, column->table->name, column->name, "seq");
    return column->sequence->name == NULL || strcmp(column->sequence->name, usual) == 0;
}

static void add_sequence(aq__plan_t *plan, aq__node_t *call, const aq__column_t *column)
{
    const aq__sequence_t *sequence = column->sequence;
    aq__node_t *options;

    if (column->autoincrement != usual_autoincrement(column))
        aq__option(plan, call, "autoincrement", autoincrement_name(column->autoincrement));
    if (sequence == NULL || column->autoincrement == AQ_AUTOINCREMENT_OFF)
        return;
    options = aq__node(&plan->maker, AQ__BRACES, ".sequence = ", NULL);
    if (!is_usual_name(column))
        aq__option_string(plan, options, "name", sequence->name);
    aq__option_sequence(plan, options, sequence, column->type.oid);
    aq__option_string(plan, options, "comment", sequence->comment);
    if (options != NULL && options->count > 0)
        aq__node_adopt(call, options);
}

/* ---- References ---------------------------------------------------------------------------------------------------------------- */

/* AQ_REF(User, id), or "schema.table.column" of a table without a model. */
static void add_reference(aq__plan_t *plan, aq__node_t *call, const aq__constraint_t *key)
{
    const aq__entity_t *to = aq__plan_entity(plan, key->referred);
    const aq__column_t *column = key->referred_columns[0];
    aq__node_t *reference;

    if (to->is_model) {
        reference = aq__node_add(&plan->maker, call, AQ__CALL, ".references = ", "AQ_REF");
        (void)aq__node_add(&plan->maker, reference, AQ__ATOM, NULL, to->struct_name);
        (void)aq__node_add(&plan->maker, reference, AQ__ATOM, NULL, aq__plan_member(plan, column));
    } else if (to->table->schema != NULL) {
        aq__option_string(
            plan, call, "references",
            aq__make(&plan->maker, "%s.%s.%s", to->table->schema, to->table->name, column->name));
    } else {
        aq__option_string(plan, call, "references",
                          aq__make(&plan->maker, "%s.%s", to->table->name, column->name));
    }
    aq__option_actions(plan, call, key);
}

/* ---- The list --------------------------------------------------------------------------------------------------------------------- */

static void add_column(aq__plan_t *plan, aq__node_t *list, const aq__entity_t *entity,
                       const aq__member_t *member)
{
    const aq__column_t *column = member->column;
    aq__node_t *call =
        entity->is_model ? begin_member(plan, list, entity, member) : begin_column(plan, list, member);

    aq__option_true(plan, call, "primary_key", member->primary_key);
    add_sequence(plan, call, column);
    aq__option_true(plan, call, "unique",
                    member->unique != NULL || (member->index != NULL && member->index->unique));
    aq__option_true(plan, call, "index", member->index != NULL);
    add_type_options(plan, call, member, !entity->is_model || is_array(member));
    aq__option_collation(plan, call, column->collation_schema, column->collation);
    if (member->foreign_key != NULL)
        add_reference(plan, call, member->foreign_key);
    aq__option_string(plan, call, "server_default", column->server_default);
    aq__option_string(plan, call, "generated", column->generated);
    if (member->check != NULL) {
        aq__option_string(plan, call, "check", member->check->check);
        if (!aq__constraint_name_is_usual(member->check))
            aq__option_string(plan, call, "check_name", member->check->name);
    }
    aq__option_string(plan, call, "comment", column->comment);
}

void aq__write_columns(aq_text_t *header, aq__plan_t *plan, const aq__entity_t *entity)
{
    aq__node_t *list = aq__node(&plan->maker, AQ__BRACES, NULL, NULL);

    for (size_t i = 0; i < entity->table->column_count; i++)
        add_column(plan, list, entity, &entity->members[i]);
    aq__layout_append_list(
        header, aq__make(&plan->maker, "static const aq_column_t %s_columns[] = ", entity->prefix), list);
}
