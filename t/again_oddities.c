/* The models of t/golden/oddities.h, which have a file of their own because names of structs are those of others too. */
#include "t/again.h"

#include "t/golden/oddities.h"

int add_oddities(aq_db_t *db)
{
    return oddities_add_models(db);
}
