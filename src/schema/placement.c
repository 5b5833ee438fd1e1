/* Where a model's table is: its bind, its schema, its name. A model says it itself; else a mixin of its, else its parents. */
#include <string.h>

#include "src/schema/models.h"
#include "src/schema/naming.h"

/* Who gives what it declares to this model. */
const aq__model_t *aq__abstract_parent(const aq__model_t *model)
{
    return model->parent != NULL && model->parent->declared->abstract ? model->parent : NULL;
}

/* The first mixin of a model that says something, told by `says`. */
static const aq_mixin_t *mixin_that(const aq_model_t *declared, bool (*says)(const aq_mixin_t *mixin))
{
    for (size_t i = 0; i < declared->column_count; i++)
        if (declared->columns[i].mixin != NULL && says(declared->columns[i].mixin))
            return declared->columns[i].mixin;
    return NULL;
}

static bool says_bind(const aq_mixin_t *mixin)
{
    return mixin->bind != NULL;
}

static bool says_schema(const aq_mixin_t *mixin)
{
    return mixin->schema != NULL;
}

static bool says_table(const aq_mixin_t *mixin)
{
    return mixin->table != NULL;
}

static bool says_table_name(const aq_mixin_t *mixin)
{
    return mixin->table_name != NULL;
}

/* Its own, a mixin's, its parent's. */
const char *aq__model_bind(const aq__model_t *model)
{
    for (; model != NULL; model = model->parent) {
        const aq_mixin_t *mixin = mixin_that(model->declared, says_bind);
        const char *bind = model->declared->bind != NULL ? model->declared->bind
                           : mixin != NULL               ? mixin->bind
                                                         : NULL;

        if (bind != NULL)
            return bind[0] != '\0' ? bind : NULL;
    }
    return NULL;
}

const char *aq__model_schema(const aq__model_t *model)
{
    const aq__model_registry_t *registry = model->registry;

    for (; model != NULL; model = model->parent) {
        const aq_mixin_t *mixin = mixin_that(model->declared, says_schema);

        if (model->declared->schema != NULL)
            return model->declared->schema;
        if (mixin != NULL)
            return mixin->schema;
    }
    return registry->options.schema;
}

/* A plain name counts for the model that has it, from itself, a mixin or an abstract parent. */
static const char *plain_table_of(const aq__model_t *model)
{
    const aq__model_t *from = model;

    for (; model != NULL && (model == from || model->declared->abstract); model = model->parent) {
        const aq_mixin_t *mixin = mixin_that(model->declared, says_table);

        if (model->declared->table != NULL)
            return model->declared->table;
        if (mixin != NULL)
            return mixin->table;
    }
    return NULL;
}

/* A callback counts for all that inherit. */
static aq_table_name_cb table_name_cb_of(const aq__model_t *model)
{
    const aq__model_registry_t *registry = model->registry;

    for (; model != NULL; model = model->parent) {
        const aq_mixin_t *mixin = mixin_that(model->declared, says_table_name);

        if (model->declared->table_name != NULL)
            return model->declared->table_name;
        if (mixin != NULL)
            return mixin->table_name;
    }
    return registry->options.table_name;
}

/* The name of a model's own table, NULL where naming is off and there is none. AQ_EMAPPING: none can be made of the struct's. */
int aq__model_table_name(const aq__model_t *model, const char **name)
{
    aq_arena_t *arena = model->registry->arena;
    aq_table_name_cb callback = table_name_cb_of(model);

    *name = plain_table_of(model);
    /* The model's own name, or its own callback, before what it inherits. */
    if (model->declared->table == NULL && callback != NULL &&
        (*name == NULL || model->declared->table_name != NULL)) {
        const char *asked = callback(model->declared, arena);

        if (asked != NULL)
            *name = asked;
    }
    if (*name != NULL || model->registry->options.no_autonaming)
        return AQ_OK;
    *name = aq__table_name(arena, model->name, false);
    return *name != NULL ? AQ_OK : aq_last_error()->code;
}
