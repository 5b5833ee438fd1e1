/* What a user's program is after `make install`: built by `make installcheck` with nothing but pkg-config. */
#include <aquifer.h>
#ifdef WITH_H2O
#include <aquifer/h2o.h>
#endif

#include <stdio.h>
#include <string.h>

int main(void)
{
    if (strcmp(aq_version(), AQ_VERSION_STRING) != 0) {
        fprintf(stderr, "installed: the library is %s, its headers %s\n", aq_version(), AQ_VERSION_STRING);
        return 1;
    }
    printf("installed: aquifer %s\n", aq_version());
    return 0;
}
