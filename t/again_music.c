/* The models of t/golden/music.h, which have a file of their own because names of structs are those of others too. */
#include "t/again.h"

#include "t/golden/music.h"

int add_music(aq_db_t *db)
{
    return music_add_models(db);
}
