/* The models of t/golden/oddities-indexes.h, which have a file of their own because names of structs are those of others too. */
#include "t/again.h"

#include "t/golden/oddities-indexes.h"

int add_oddities_indexes(aq_db_t *db)
{
    return oddities_indexes_add_models(db);
}
