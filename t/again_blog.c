/* The models of t/golden/blog_models.h, which have a file of their own because names of structs are those of others too. */
#include "t/again.h"

#include "t/golden/blog_models.h"

int add_blog(aq_db_t *db)
{
    return built_add_models(db);
}
