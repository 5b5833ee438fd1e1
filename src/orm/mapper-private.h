/* What the files of mappers share. */
#ifndef AQ_SRC_ORM_MAPPER_PRIVATE_H
#define AQ_SRC_ORM_MAPPER_PRIVATE_H

#include "src/orm/mapper.h"

/* mapper.c. Of a registered model; NULL: it is abstract. */
aq__mapper_t *aq__mapper_of_model(const aq__mappers_t *mappers, const aq__model_t *model);
/* "name", "schema.name" with the quotes that they need, in the arena. NULL: out of memory. */
const char *aq__mapper_quote(aq_arena_t *arena, const char *schema, const char *name);
/* mapper-relation.c. The relations of all mappers. AQ_ENOMEM; what cannot be handled is a problem. */
int aq__mappers_relate(aq__mappers_t *mappers, aq__problems_t *problems);

#endif
