/* The models of t/golden/oddities-names.h, which have a file of their own because names of structs are those of others too. */
#include "t/again.h"

#include "t/golden/oddities-names.h"

int add_oddities_names(aq_db_t *db)
{
    return oddities_names_add_models(db);
}
