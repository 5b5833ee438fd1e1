/* The models of t/golden/rental.h, which have a file of their own because names of structs are those of others too. */
#include "t/again.h"

#include "t/golden/rental.h"

int add_rental(aq_db_t *db)
{
    return rental_add_models(db);
}
