/* The two sides of a relationship: which member of the other model is the same, seen from there.
 *
 * The happy path: .back_populates names it, and it is tied; or .backref makes it, for the model and all that inherit from it.
 * The failure modes: it is not there, or there already; or it is not the same, since it leads elsewhere, follows another foreign key, or
 * goes in the same direction. */
#include <string.h>

#include "src/schema/relationship.h"

static const char *direction_name(const aq__relationship_t *relationship)
{
    switch (relationship->direction) {
    case AQ__MANY_TO_ONE: return "many-to-one";
    case AQ__ONE_TO_MANY: return relationship->many ? "one-to-many" : "one-to-one";
    case AQ__MANY_TO_MANY: return "many-to-many";
    }
    return "";
}

static aq__direction_t opposite(aq__direction_t direction)
{
    return direction == AQ__MANY_TO_ONE   ? AQ__ONE_TO_MANY
           : direction == AQ__ONE_TO_MANY ? AQ__MANY_TO_ONE
                                          : AQ__MANY_TO_MANY;
}

static bool related(const aq__model_t *a, const aq__model_t *b)
{
    return aq__model_inherits(a, b) || aq__model_inherits(b, a);
}

static int tie(aq__relationship_t *relationship, aq__relationship_t *other)
{
    const char *model = relationship->model->name, *name = relationship->name;
    const char *back = other->is_backref ? NULL : other->declared->back_populates;
    const aq__constraint_t *key = relationship->secondary != NULL ? other->secondary_key : other->foreign_key;

    if (!related(other->target, relationship->model))
        return AQ__REFUSE(relationship, "%s.%s: .back_populates is %s.%s, which leads to '%s'", model, name,
                          other->model->name, other->name, other->target->name);
    if (back != NULL && strcmp(back, name) != 0)
        return AQ__REFUSE(relationship, "%s.%s: .back_populates is %s.%s, whose own is '%s'", model, name,
                          other->model->name, other->name, back);
    if (other->direction != opposite(relationship->direction))
        return AQ__REFUSE(relationship, "%s.%s: .back_populates is %s.%s, but the one is %s and the other %s",
                          model, name, other->model->name, other->name, direction_name(relationship),
                          direction_name(other));
    if (key != relationship->foreign_key)
        return AQ__REFUSE(relationship, "%s.%s: .back_populates is %s.%s, which follows another foreign key",
                          model, name, other->model->name, other->name);
    if (other->reverse != NULL && other->reverse != relationship)
        return AQ__REFUSE(relationship, "%s.%s: .back_populates is %s.%s, which is the other side of %s.%s",
                          model, name, other->model->name, other->name, other->reverse->model->name,
                          other->reverse->name);
    relationship->reverse = other;
    other->reverse = relationship;
    return AQ_OK;
}

static int tie_back_populates(aq__relationship_t *relationship)
{
    const char *back = relationship->declared->back_populates;
    aq__relationship_t *other = aq__model_relationship(relationship->target, back);

    if (other == NULL)
        return AQ__REFUSE(relationship, "%s.%s: .back_populates is '%s', and '%s' has no such relationship",
                          relationship->model->name, relationship->name, back, relationship->target->name);
    if (other == relationship)
        return AQ__REFUSE(relationship, "%s.%s: .back_populates is '%s', itself", relationship->model->name,
                          relationship->name, back);
    return other->resolved && relationship->resolved ? tie(relationship, other) : AQ_OK;
}

/* Adds it to all models that inherit, too. */
static int share_with_children(aq__relationship_t *relationship)
{
    aq__model_registry_t *registry = relationship->model->registry;

    for (size_t i = 0; i < registry->model_count; i++) {
        aq__model_t *child = registry->models[i];
        aq__relationship_t **relationships;

        if (child == relationship->model || child->declared->abstract ||
            !aq__model_inherits(child, relationship->model))
            continue;
        relationships = aq__grow(registry->arena, child->relationships, child->relationship_count,
                                 sizeof(*relationships));
        if (relationships == NULL)
            return AQ_ENOMEM;
        relationships[child->relationship_count++] = relationship;
        child->relationships = relationships;
    }
    return AQ_OK;
}

/* Who has a relationship of this name already, the model or one that inherits from it. */
static const aq__relationship_t *namesake(const aq__model_t *model, const char *name)
{
    const aq__model_registry_t *registry = model->registry;

    for (size_t i = 0; i < registry->model_count; i++)
        if (aq__model_inherits(registry->models[i], model) &&
            aq__model_relationship(registry->models[i], name) != NULL)
            return aq__model_relationship(registry->models[i], name);
    return NULL;
}

static int check_backref(const aq__relationship_t *relationship)
{
    const aq_backref_t *backref = relationship->declared->backref;
    const char *model = relationship->model->name, *name = relationship->name;
    const aq__model_t *target = relationship->target;
    const aq__relationship_t *other = namesake(target, backref->name);

    if (strcmp(backref->model, relationship->declared->target) != 0)
        return AQ__REFUSE(relationship, "%s.%s: .backref is %s.%s, of another struct than '%s'", model, name,
                          backref->model, backref->name, relationship->declared->target);
    if (backref->target != NULL && strcmp(backref->target, relationship->declared->model) != 0)
        return AQ__REFUSE(relationship, "%s.%s: .backref is %s.%s, which is for objects of '%s'", model, name,
                          backref->model, backref->name, backref->target);
    if (other != NULL && other->is_backref)
        return AQ__REFUSE(relationship, "%s.%s: .backref is '%s', which is that of %s.%s", model, name,
                          backref->name, other->reverse->model->name, other->reverse->name);
    if (other != NULL || aq__model_attribute(target, backref->name) != NULL)
        return AQ__REFUSE(relationship, "%s.%s: .backref is '%s', and '%s' declares that member itself",
                          model, name, backref->name, other != NULL ? other->model->name : target->name);
    if (aq__model_has_member(target, backref->name, backref->offset))
        return AQ__REFUSE(relationship, "%s.%s: .backref is '%s', and '%s' has another member there", model,
                          name, backref->name, target->name);
    return AQ_OK;
}

/* The columns of its joins: those of the other side, seen from there. */
static int set_backref_pairs(aq__relationship_t *backref, const aq__relationship_t *other)
{
    aq_arena_t *arena = backref->model->registry->arena;

    if (backref->secondary != NULL) {
        backref->foreign_key = other->secondary_key;
        backref->secondary_key = other->foreign_key;
        if (aq__relationship_set_pairs(arena, &backref->secondary_pairs, &backref->secondary_pair_count,
                                       backref->secondary_key, true) != AQ_OK)
            return AQ_ENOMEM;
    }
    return aq__relationship_set_pairs(arena, &backref->pairs, &backref->pair_count, backref->foreign_key,
                                      backref->direction == AQ__MANY_TO_ONE);
}

/* The other side, which is not in any list yet. */
static aq__relationship_t turned_round(aq__relationship_t *relationship)
{
    const aq_backref_t *backref = relationship->declared->backref;

    return (aq__relationship_t){.declared = relationship->declared,
                                .name = backref->name,
                                .model = relationship->target,
                                .target = relationship->model,
                                .offset = backref->offset,
                                .many = backref->many,
                                .direction = opposite(relationship->direction),
                                .foreign_key = relationship->foreign_key,
                                .secondary = relationship->secondary,
                                .reverse = relationship,
                                .cascade = AQ_CASCADE_SAVE_UPDATE,
                                .is_backref = true,
                                .resolved = true,
                                .source = relationship->source};
}

static int make_backref(aq__relationship_t *relationship)
{
    aq__relationship_t made = turned_round(relationship);
    int code = check_backref(relationship);

    if (code != AQ_OK)
        return code;
    if ((made.direction == AQ__MANY_TO_ONE && made.many) ||
        (made.direction == AQ__MANY_TO_MANY && !made.many))
        return AQ__REFUSE(relationship, "%s.%s: .backref is %s.%s, which is %s and so must be %s",
                          relationship->model->name, relationship->name, made.model->name, made.name,
                          direction_name(&made), made.many ? "a pointer" : "aq_many_t");
    code = set_backref_pairs(&made, relationship);
    if (code == AQ_OK)
        code = aq__relationship_set_lazy(&made, relationship->declared->backref->lazy);
    if (code != AQ_OK)
        return code;
    relationship->reverse = aq__relationship_add(made.model, &made);
    return relationship->reverse != NULL ? share_with_children(relationship->reverse) : AQ_ENOMEM;
}

int aq__relationship_tie(aq__relationship_t *relationship)
{
    const aq_relationship_t *declared = relationship->declared;

    if (declared->back_populates != NULL && declared->backref != NULL)
        return AQ__REFUSE(relationship, "%s.%s: it has both .back_populates and .backref",
                          relationship->model->name, relationship->name);
    if (declared->back_populates != NULL && relationship->target != NULL)
        return tie_back_populates(relationship);
    if (declared->backref != NULL && relationship->resolved)
        return make_backref(relationship);
    return AQ_OK;
}
