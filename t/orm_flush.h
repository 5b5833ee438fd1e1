/* More of what flushes write: cases with models of their own, whose statements are in t/golden/flush.sql. */
#ifndef AQUIFER_T_ORM_FLUSH_H
#define AQUIFER_T_ORM_FLUSH_H

#include "t/uow.h"

typedef struct flush_case {
    const char *name;
    void (*declare)(aq_db_t *db);
    void (*run)(uow_t *uow);
} flush_case_t;

extern const flush_case_t flush_families_cases[], flush_links_cases[], flush_trees_cases[],
    flush_keys_cases[], flush_tables_cases[], flush_pairs_cases[], flush_versions_cases[], flush_many_cases[];

#endif
