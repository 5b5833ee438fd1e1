/* A change set as text, a line for each thing in it.
 *
 *     INSERT <Post (pending)>: title, author_id = <User (pending)>.id
 *     UPDATE <Post 1>: title (silent)
 *     TOUCH <User 1>
 *     LINK <Page 1>.tags <Tag 2>
 *     SWEEP NULL Post.author_id of <User 1>                                                        */
#include "src/orm/change.h"

static void append_operation(aq_text_t *text, const aq__changed_t *changed)
{
    static const char *const names[] = {
        [AQ_INSERT] = "INSERT", [AQ_UPDATE] = "UPDATE", [AQ_DELETE] = "DELETE"};

    aq_text_append(text, changed->touched ? "TOUCH" : names[changed->operation]);
    aq_text_append_char(text, ' ');
    aq_object_append(text, changed->object);
}

static const aq__carried_t *carried_by(const aq__changed_t *changed, const aq__field_t *field)
{
    for (size_t i = 0; i < changed->carried_count; i++)
        if (changed->carried[i].field->index == field->index)
            return &changed->carried[i];
    return NULL;
}

static void append_field(aq_text_t *text, const aq__changed_t *changed, const aq__field_t *field, bool first)
{
    const aq__carried_t *carried = carried_by(changed, field);

    aq_text_append(text, first ? ": " : ", ");
    aq_text_append(text, field->attribute->name);
    if (carried == NULL)
        return;
    aq_text_append(text, carried->later ? " = later " : " = ");
    aq_object_append(text, carried->source->object);
    aq_text_appendf(text, ".%s", carried->source_field->attribute->name);
}

static void append_row(aq_text_t *text, const aq__changed_t *changed)
{
    bool first = true;

    append_operation(text, changed);
    for (size_t i = 0; i < changed->mapper->field_count; i++) {
        const aq__field_t *field = &changed->mapper->fields[i];

        if (((changed->fields[i / 64] >> (i % 64)) & 1) == 0 && carried_by(changed, field) == NULL)
            continue;
        append_field(text, changed, field, first);
        first = false;
    }
    if (changed->replaced != NULL) {
        aq_text_append(text, " (the row of ");
        aq_object_append(text, changed->replaced);
        aq_text_append_char(text, ')');
    }
    aq_text_append(text, changed->silent ? " (silent)\n" : "\n");
}

static void append_association(aq_text_t *text, const aq__association_t *association)
{
    aq_text_append(text, association->removed ? "UNLINK " : "LINK ");
    aq_object_append(text, association->near);
    aq_text_appendf(text, ".%s ", association->relation->name);
    aq_object_append(text, association->far);
    aq_text_append_char(text, '\n');
}

static void append_sweep(aq_text_t *text, const aq__sweep_t *sweep)
{
    static const char *const names[] = {
        [AQ__SWEEP_DELETE] = "DELETE", [AQ__SWEEP_NULL] = "NULL", [AQ__SWEEP_ASSOCIATIONS] = "ASSOCIATIONS"};

    aq_text_appendf(text, "SWEEP %s %s.%s of", names[sweep->kind], sweep->relation->mapper->name,
                    sweep->relation->name);
    for (size_t i = 0; i < sweep->parent_count; i++) {
        aq_text_append(text, i == 0 ? " " : ", ");
        aq_object_append(text, sweep->parents[i]);
    }
    if (sweep->from != NULL)
        aq_text_appendf(text, " those of %s.%s", sweep->from->relation->mapper->name,
                        sweep->from->relation->name);
    aq_text_append(text, sweep->deep ? ", and theirs\n" : "\n");
}

void aq__changeset_append(aq_text_t *text, const aq__changeset_t *set)
{
    for (size_t i = 0; i < set->count; i++)
        append_row(text, set->items[i]);
    for (size_t i = 0; i < set->association_count; i++)
        append_association(text, &set->associations[i]);
    for (size_t i = 0; i < set->sweep_count; i++)
        append_sweep(text, &set->sweeps[i]);
}
