/* Which Aquifer this is: at compile time the macros, at run time aq_version(). */
#ifndef AQUIFER_VERSION_H
#define AQUIFER_VERSION_H

#include <aquifer/export.h>

#ifdef __cplusplus
extern "C" {
#endif

#define AQ_VERSION_MAJOR 0
#define AQ_VERSION_MINOR 1
#define AQ_VERSION_PATCH 0
#define AQ_VERSION_STRING "0.1.0"

/* The version of the library that is running, such as "0.1.0": a static string. Any thread. */
AQ_API const char *aq_version(void);

#ifdef __cplusplus
}
#endif

#endif
