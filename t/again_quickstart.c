/* The models of t/golden/quickstart.h, which have a file of their own because names of structs are those of others too. */
#include "t/again.h"

#include "t/golden/quickstart.h"

int add_quickstart(aq_db_t *db)
{
    return quickstart_add_models(db);
}
