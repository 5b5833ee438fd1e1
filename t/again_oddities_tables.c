/* The models of t/golden/oddities-tables.h, which have a file of their own because names of structs are those of others too. */
#include "t/again.h"

#include "t/golden/oddities-tables.h"

int add_oddities_tables(aq_db_t *db)
{
    return oddities_tables_add_models(db);
}
