/* Aquifer: a PostgreSQL data layer for event-driven servers. The core in one include. */
#ifndef AQUIFER_H
#define AQUIFER_H

#include <aquifer/base.h>
#include <aquifer/export.h>
#include <aquifer/task.h>
#include <aquifer/version.h>

#endif
