/* For t/models_again.c: each adds the models of a header in t/golden/. */
#ifndef AQUIFER_T_AGAIN_H
#define AQUIFER_T_AGAIN_H

#include "aquifer.h"

int add_blog(aq_db_t *db);
int add_music(aq_db_t *db);
int add_oddities(aq_db_t *db);
int add_oddities_indexes(aq_db_t *db);
int add_oddities_keys(aq_db_t *db);
int add_oddities_names(aq_db_t *db);
int add_oddities_tables(aq_db_t *db);
int add_oddities_values(aq_db_t *db);
int add_diary(aq_db_t *db);
int add_quickstart(aq_db_t *db);
int add_relationships(aq_db_t *db);
int add_rental(aq_db_t *db);

#endif
