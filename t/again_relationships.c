/* The models of t/golden/relationships.h, which have a file of their own because names of structs are those of others too. */
#include "t/again.h"

#include "t/golden/relationships.h"

int add_relationships(aq_db_t *db)
{
    return relationships_add_models(db);
}
