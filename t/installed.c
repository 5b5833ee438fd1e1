/* What a user's program is after `make install`: built by `make installcheck` with nothing but pkg-config. */
#include <aquifer.h>
#ifdef WITH_H2O
#include <aquifer/h2o.h>
#endif

#include <stdio.h>
#include <string.h>

#include "models.h" /* sql/quickstart.sql, by the installed command */

static int add_models(void)
{
    aq_db_t *db = aq_db_create();
    int code = db != NULL ? quickstart_add_models(db) : AQ_ENOMEM;

    if (code == AQ_OK)
        code = aq_db_seal(db);
    aq_db_close(db);
    return code;
}

int main(void)
{
    if (strcmp(aq_version(), AQ_VERSION_STRING) != 0) {
        fprintf(stderr, "installed: the library is %s, its headers %s\n", aq_version(), AQ_VERSION_STRING);
        return 1;
    }
    if (add_models() != AQ_OK) {
        fprintf(stderr, "installed: %s\n", aq_last_error()->message);
        return 1;
    }
    printf("installed: aquifer %s\n", aq_version());
    return 0;
}
