/* The models of t/golden/diary.h, which have a file of their own because names of structs are those of others too. */
#include "t/again.h"

#include "t/golden/diary.h"

int add_diary(aq_db_t *db)
{
    return diary_add_models(db);
}
