/* The version is one: in the header, in the library, in configure. */
#include "tap.h"

#include <aquifer.h>

#include <stdio.h>

int main(void)
{
    char made[32];

    plan(3);
    snprintf(made, sizeof made, "%d.%d.%d", AQ_VERSION_MAJOR, AQ_VERSION_MINOR, AQ_VERSION_PATCH);
    is_str(AQ_VERSION_STRING, made, "AQ_VERSION_STRING is made of the three numbers");
    is_str(aq_version(), AQ_VERSION_STRING, "aq_version() is what the header says");
    is_str(PACKAGE_VERSION, AQ_VERSION_STRING, "configure.ac says the same version as the header");
    return tap_done();
}
