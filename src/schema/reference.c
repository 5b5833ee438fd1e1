/* Foreign keys that name a model and its members: AQ_REF(User, id), .model = AQ_STRUCT(User). At the seal all models are known, and they
 * become foreign keys that name a table and its columns. */
#include <string.h>

#include "src/schema/models.h"

/* "post.author_id: its foreign key refers to 'User->id', <why>" */
static int refuse(aq__model_registry_t *registry, const aq__model_reference_t *reference, const char *format,
                  ...) AQ_PRINTF(3, 4);

static int refuse(aq__model_registry_t *registry, const aq__model_reference_t *reference, const char *format,
                  ...)
{
    aq_text_t text = {0};
    va_list arguments;
    int code = AQ_ENOMEM;

    aq__constraint_describe(&text, reference->constraint);
    aq_text_appendf(&text, ": its foreign key refers to '%s", reference->model);
    if (reference->member_count == 1)
        aq_text_appendf(&text, "->%s", reference->members[0]);
    aq_text_append(&text, "', ");
    va_start(arguments, format);
    aq_text_vappendf(&text, format, arguments);
    va_end(arguments);
    if (!text.failed)
        code =
            aq__problem_add(&registry->problems, reference->constraint->source, "%s", aq_text_string(&text));
    aq_text_dispose(&text);
    return code;
}

/* The members become columns of `table`, which the model or one of its parents has. */
static int resolve_members(aq__model_registry_t *registry, const aq__model_reference_t *reference,
                           const aq__model_t *model, const aq__table_t *table)
{
    for (size_t i = 0; i < reference->member_count; i++) {
        const aq__column_t *column = aq__find_column(model, table, reference->members[i]);

        if (column == NULL)
            return refuse(registry, reference, "but the model has no column '%s' in its table",
                          reference->members[i]);
        if (aq__constraint_add_referred(reference->constraint, column->name) != AQ_OK)
            return AQ_ENOMEM;
    }
    return AQ_OK;
}

static int resolve(aq__model_registry_t *registry, const aq__model_reference_t *reference)
{
    aq__constraint_t *constraint = reference->constraint;
    const aq__model_t *model = aq__models_find(registry, reference->model);
    const aq__attribute_t *attribute;
    const aq__table_t *table;
    int code;

    if (model == NULL)
        return refuse(registry, reference, "but there is no model '%s': was it added?", reference->model);
    if (model->declared->abstract)
        return refuse(registry, reference, "but the model '%s' is abstract and has no table",
                      reference->model);
    if (model->table == NULL) /* told when the model was added */
        return AQ_EMAPPING;
    table = model->table;
    if (reference->member_count == 1) { /* where it is one of a parent's, that table */
        attribute = aq__model_attribute(model, reference->members[0]);
        if (attribute != NULL)
            table = attribute->column->table;
    }
    if (table->metadata != constraint->table->metadata)
        return refuse(registry, reference,
                      "but the model '%s' is in another bind: a foreign key cannot leave its database",
                      reference->model);
    code = resolve_members(registry, reference, model, table);
    if (code != AQ_OK)
        return code;
    constraint->referred_schema = table->schema;
    constraint->referred_table = table->name;
    return AQ_OK;
}

int aq__resolve_references(aq__model_registry_t *registry)
{
    int code = AQ_OK;

    for (size_t i = 0; i < registry->reference_count && code != AQ_ENOMEM; i++)
        code = resolve(registry, &registry->references[i]);
    return code;
}
