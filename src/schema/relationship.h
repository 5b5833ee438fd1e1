/* Between the files that make relationships. */
#ifndef AQ_SRC_SCHEMA_RELATIONSHIP_H
#define AQ_SRC_SCHEMA_RELATIONSHIP_H

#include "src/schema/models.h"

/* Adds a problem with a relationship. */
#define AQ__REFUSE(relationship, ...) \
    aq__problem_add(&(relationship)->model->registry->problems, (relationship)->source, __VA_ARGS__)

/* join.c. Finds the foreign key that it follows, in which direction, and the columns of its join. AQ_EMAPPING, AQ_ENOMEM. */
int aq__relationship_join(aq__relationship_t *relationship);
/* The columns of a foreign key; `forward`: from its own to those that it refers to. AQ_ENOMEM. */
int aq__relationship_set_pairs(aq_arena_t *arena, aq__pair_t **pairs, size_t *count,
                               const aq__constraint_t *key, bool forward);

/* sides.c. Ties it to the other side, or makes that. AQ_EMAPPING, AQ_ENOMEM. */
int aq__relationship_tie(aq__relationship_t *relationship);

/* relationship.c. */
int aq__relationship_set_lazy(aq__relationship_t *relationship, aq_lazy_t lazy); /* AQ_EMAPPING, AQ_ENOMEM */
/* Adds a copy to the model's; NULL: AQ_ENOMEM. */
aq__relationship_t *aq__relationship_add(aq__model_t *model, const aq__relationship_t *made);
/* Whether something of the model has this name or this place. */
bool aq__model_has_member(const aq__model_t *model, const char *name, size_t offset);

#endif
