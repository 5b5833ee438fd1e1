/* For tests of plans: models with their mappers, objects of a session that is nothing but memory, change sets made by hand.
 *
 *     open_models(MODELS(AQ_MODEL_OF(User), AQ_MODEL_OF(Post)));
 *     User *ann = new_of(User);
 *     ann->name = "ann";
 *     aq__changed_t *user = inserted(ann), *post = inserted(new_of(Post));
 *     carried(post, "author_id", user, "id");
 *     aq_text_append(&text, planned());           the statements
 *     close_models();                                                                                                        */
#ifndef AQUIFER_T_PLANS_H
#define AQUIFER_T_PLANS_H

#include "src/orm/member.h"
#include "src/orm/plan.h"
#include "src/orm/session.h"
#include "src/schema/ddl.h"
#include "t/declared.h"

static aq__model_registry_t *registry;
static aq__mappers_t *mappers;
static aq__engine_t engine;
static aq_session_t session;

static struct {
    aq__changeset_t set;
    aq__changed_t **items;
    size_t capacity;
    aq__association_t associations[64];
    aq__sweep_t sweeps[8];
} flush;

static inline void open_models_with(const aq_model_t *const *models, const aq_table_t *table)
{
    registry = add_all(models);
    if (table != NULL)
        (void)aq__models_add_table(registry, table);
    if (aq__models_seal(registry) != AQ_OK || (mappers = aq__mappers_create(registry)) == NULL)
        bail_out("%s", aq_last_error()->message);
    engine = (aq__engine_t){.mappers = mappers};
    session = (aq_session_t){.engine = &engine, .mappers = mappers, .arena = aq_arena_create()};
    session.cohorts = aq_arena_calloc(session.arena, mappers->count, sizeof(*session.cohorts));
    flush.set = (aq__changeset_t){.session = &session,
                                  .arena = aq_arena_create(),
                                  .associations = flush.associations,
                                  .sweeps = flush.sweeps};
}

static inline void open_models(const aq_model_t *const *models)
{
    open_models_with(models, NULL);
}

static inline void close_models(void)
{
    aq_arena_close(session.arena);
    aq_arena_close(flush.set.arena);
    free(flush.items);
    flush.items = NULL;
    flush.capacity = 0;
    aq__mappers_close(mappers);
    aq__models_close(registry);
}

/* The next change set. */
static inline void next_flush(void)
{
    aq_arena_close(flush.set.arena);
    flush.set.arena = aq_arena_create();
    flush.set.count = flush.set.association_count = flush.set.sweep_count = 0;
}

/* ---- Objects ------------------------------------------------------------------------------------------------------------------ */

static inline void *make_object(const aq_model_t *model)
{
    const aq__mapper_t *mapper = aq__mappers_find(mappers, model);
    aq__cohort_t *cohort = session.cohorts[mapper->index];
    char *object;

    if (cohort == NULL) {
        cohort = session.cohorts[mapper->index] = aq_arena_calloc(session.arena, 1, sizeof(*cohort));
        *cohort = (aq__cohort_t){.session = &session, .mapper = mapper, .snapshot_at = mapper->object_size};
    }
    object = aq__object_alloc(cohort);
    memcpy(object + sizeof(aq_object_t), (const char *)mapper->initial + sizeof(aq_object_t),
           mapper->object_size - sizeof(aq_object_t));
    aq__object_take_snapshot(object);
    return object;
}
#define new_of(struct_) ((struct_ *)make_object(&struct_##_model))

/* As it was loaded. */
static inline void *loaded(void *object)
{
    aq__object_take_snapshot(object);
    return object;
}

static inline const aq__field_t *field_of(const void *object, const char *name)
{
    const aq__field_t *field = aq__mapper_field(aq__object_mapper(object), name);

    if (field == NULL)
        bail_out("there is no field '%s'", name);
    return field;
}

/* ---- Changes ------------------------------------------------------------------------------------------------------------------ */

static inline aq__changed_t *add_change(void *object, aq_operation_t operation)
{
    aq__changed_t *changed = aq_arena_calloc(flush.set.arena, 1, sizeof(*changed));

    changed->object = object;
    changed->mapper = aq__object_mapper(object);
    changed->operation = operation;
    changed->number = flush.set.count;
    changed->fields =
        aq_arena_calloc(flush.set.arena, changed->mapper->field_count / 64 + 1, sizeof(uint64_t));
    if (flush.set.count == flush.capacity) {
        flush.capacity = flush.capacity > 0 ? flush.capacity * 2 : 64;
        flush.items = realloc(flush.items, flush.capacity * sizeof(*flush.items));
    }
    flush.items[flush.set.count++] = changed;
    flush.set.items = flush.items;
    return changed;
}

static inline void name_field(aq__changed_t *changed, const aq__field_t *field)
{
    changed->fields[field->index / 64] |= UINT64_C(1) << field->index % 64;
}

/* What aq_new() gave is not named, unless the server needs it. */
static inline aq__changed_t *inserted(void *object)
{
    aq__changed_t *changed = add_change(object, AQ_INSERT);

    for (size_t i = 0; i < changed->mapper->field_count; i++) {
        const aq__field_t *field = &changed->mapper->fields[i];

        if (aq__object_field_changed(object, field) ||
            (field->declared->default_value != NULL && !field->generated) ||
            (!field->nullable && !field->drawn))
            name_field(changed, field);
    }
    return changed;
}

static inline aq__changed_t *updated(void *object)
{
    aq__changed_t *changed = add_change(object, AQ_UPDATE);

    for (size_t i = 0; i < changed->mapper->field_count; i++)
        if (aq__object_field_changed(object, &changed->mapper->fields[i]))
            name_field(changed, &changed->mapper->fields[i]);
    return changed;
}

static inline aq__changed_t *deleted(void *object)
{
    return add_change(object, AQ_DELETE);
}

static inline void carried(aq__changed_t *changed, const char *name, aq__changed_t *source,
                           const char *source_name)
{
    aq__carried_t *grown = aq_arena_calloc(flush.set.arena, changed->carried_count + 1, sizeof(*grown));

    if (changed->carried_count > 0)
        memcpy(grown, changed->carried, changed->carried_count * sizeof(*grown));
    grown[changed->carried_count++] = (aq__carried_t){.field = field_of(changed->object, name),
                                                      .source = source,
                                                      .source_field = field_of(source->object, source_name)};
    changed->carried = grown;
}

static inline aq__association_t *linked(void *near, const char *relation, void *far)
{
    aq__association_t *link = &flush.associations[flush.set.association_count++];

    *link = (aq__association_t){
        .relation = aq__mapper_relation(aq__object_mapper(near), relation), .near = near, .far = far};
    return link;
}

static inline aq__sweep_t *swept(void *parent, const char *relation, aq__sweep_kind_t kind)
{
    aq__sweep_t *sweep = &flush.sweeps[flush.set.sweep_count++];
    void **parents = aq_arena_alloc(flush.set.arena, sizeof(*parents));

    parents[0] = parent;
    *sweep = (aq__sweep_t){.relation = aq__mapper_relation(aq__object_mapper(parent), relation),
                           .kind = kind,
                           .parents = parents,
                           .parent_count = 1};
    return sweep;
}

/* ---- Plans ---------------------------------------------------------------------------------------------------------------------- */

/* The statements of the change set, or the error; valid until the next. */
static inline const char *planned(void)
{
    static char result[65536];
    aq_text_t text = {0};
    aq__plan_t plan;
    int rc = aq__plan_make(&plan, &flush.set, NULL);

    if (rc == AQ_OK)
        rc = aq__plan_append(&plan, &text);
    if (rc != AQ_OK) {
        aq_text_clear(&text);
        aq_text_appendf(&text, "%s: %s\n", aq_error_name(rc), aq_last_error()->message);
    }
    snprintf(result, sizeof(result), "%s", aq_text_string(&text));
    aq_text_dispose(&text);
    return result;
}

#endif
