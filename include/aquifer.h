/* Aquifer: a PostgreSQL data layer for event-driven servers. The core in one include; the h2o integration is in aquifer/h2o.h. */
#ifndef AQUIFER_H
#define AQUIFER_H

#include "aquifer/app.h"
#include "aquifer/base.h"
#include "aquifer/diff.h"
#include "aquifer/export.h"
#include "aquifer/metadata.h"
#include "aquifer/query.h"
#include "aquifer/schema.h"
#include "aquifer/session.h"
#include "aquifer/task.h"
#include "aquifer/value.h"
#include "aquifer/version.h"
#include "aquifer/wire.h"

#endif
