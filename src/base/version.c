/* The version at run time. It cannot fail. */
#include <aquifer/version.h>

const char *aq_version(void)
{
    return AQ_VERSION_STRING;
}
