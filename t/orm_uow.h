/* The rows of the vectors uow_sql as C: what orm_uow.c runs, and what its rows are written with.
 *
 *     static void update_one(uow_t *uow)
 *     {
 *         users[0]->name = "z";
 *         uow_commit(uow);
 *     }
 *     const uow_row_t uow_users_rows[] = {
 *         UOW_ROW(declare_users, three_users, update_one),
 *         {.name = NULL},
 *     };
 *
 * Models mirror those of the row, `setup` and `ops` its Python. What is the same for all rows orm_uow.c compares by itself: the rows of the tables, the tables in the order in which they are
 * written, errors, warnings, and `result`. Where Aquifer does something else, the row says why and what. */
#ifndef AQUIFER_T_ORM_UOW_H
#define AQUIFER_T_ORM_UOW_H

#include "t/uow.h"

typedef struct uow_row {
    const char *name;
    void (*declare)(aq_db_t *db);
    void (*setup)(uow_t *uow); /* NULL: none. It is committed */
    void (*ops)(uow_t *uow);
    const char *settled;  /* why one of these is not as the vectors have it: FEATURES "Settled", DESIGN */
    const char *writes;   /* the tables in order, "UPDATE users, INSERT users" */
    const char *error;    /* the message; "": none */
    const char *warnings; /* "": none */
    const char *contents; /* of the tables, as uow_contents() has them */
} uow_row_t;

#define UOW_ROW(declare_, setup_, ...) UOW_ROW_(declare_, setup_, __VA_ARGS__, )
#define UOW_ROW_(declare_, setup_, ops_, ...)                                               \
    {                                                                                       \
        .name = #ops_, .declare = (declare_), .setup = (setup_), .ops = (ops_), __VA_ARGS__ \
    }

extern const uow_row_t uow_users_rows[], uow_parents_rows[], uow_tags_rows[], uow_trees_rows[],
    uow_tables_rows[];

/* orm_uow_replay.c. What uow_contents() would be if what `statements` (the row's "sql") has committed were sent now; the database stays as it is. */
char *uow_replay(cluster_t *cluster, const json_t *statements);

#endif
