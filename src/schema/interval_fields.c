/* Which fields an interval has, as the parser and the catalogs say it: a bit for each, 1 << MONTH and so on, of PostgreSQL's datetime.h. */
#include "src/schema/metadata.h"

enum { MONTH = 1 << 1, YEAR = 1 << 2, DAY = 1 << 3, HOUR = 1 << 10, MINUTE = 1 << 11, SECOND = 1 << 12 };

static const struct {
    int mask;
    const char *fields;
} intervals[] = {
    {YEAR, "year"},
    {MONTH, "month"},
    {DAY, "day"},
    {HOUR, "hour"},
    {MINUTE, "minute"},
    {SECOND, "second"},
    {YEAR | MONTH, "year to month"},
    {DAY | HOUR, "day to hour"},
    {DAY | HOUR | MINUTE, "day to minute"},
    {DAY | HOUR | MINUTE | SECOND, "day to second"},
    {HOUR | MINUTE, "hour to minute"},
    {HOUR | MINUTE | SECOND, "hour to second"},
    {MINUTE | SECOND, "minute to second"},
};

const char *aq__interval_fields(int mask)
{
    for (size_t i = 0; i < AQ__COUNT_OF(intervals); i++)
        if (intervals[i].mask == mask)
            return intervals[i].fields;
    return NULL;
}
