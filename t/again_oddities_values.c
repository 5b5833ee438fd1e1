/* The models of t/golden/oddities-values.h, which have a file of their own because names of structs are those of others too. */
#include "t/again.h"

#include "t/golden/oddities-values.h"

int add_oddities_values(aq_db_t *db)
{
    return oddities_values_add_models(db);
}
