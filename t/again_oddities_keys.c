/* The models of t/golden/oddities-keys.h, which have a file of their own because names of structs are those of others too. */
#include "t/again.h"

#include "t/golden/oddities-keys.h"

int add_oddities_keys(aq_db_t *db)
{
    return oddities_keys_add_models(db);
}
