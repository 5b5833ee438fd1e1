/* Golden files: generated text that is compared with a file in t/golden/, and that `make renew-golden` writes there.
 *
 *     is_golden(aq_text_string(&sql), "blog.sql", "the DDL of the blog");                                             */
#ifndef AQUIFER_T_GOLDEN_H
#define AQUIFER_T_GOLDEN_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "t/tap.h"

static inline bool is_golden(const char *actual, const char *file, const char *name)
{
    char relative[256], *path, *expected;
    const char *renew = getenv("AQUIFER_RENEW_GOLDEN");
    FILE *stream;
    bool same;

    snprintf(relative, sizeof(relative), "t/golden/%s", file);
    path = tap_source_path(relative);
    if (renew != NULL && strcmp(renew, "1") == 0) {
        stream = fopen(path, "w");
        if (stream == NULL || fputs(actual, stream) < 0 || fclose(stream) != 0)
            bail_out("%s cannot be written", path);
        diag("%s was written", path);
    }
    expected = tap_read_file(path);
    same = is_text(actual, expected, "%s (%s)", name, relative);
    free(expected);
    free(path);
    return same;
}

#endif
