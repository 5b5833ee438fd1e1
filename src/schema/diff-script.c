/* A diff as a script that a person reads, changes and runs with psql.
 *
 *     -- user.age: the models say BIGINT, the database has INTEGER
 *     ALTER TABLE "user" ALTER COLUMN age TYPE BIGINT;
 *
 *     -- user.nick: only the database has this column
 *     -- (this could lose or refuse data)
 *     -- ALTER TABLE "user" DROP COLUMN nick;
 *
 * A text with several lines, a comment of the database for one, stays a comment: each of its lines begins with "--". */
#include <string.h>

#include "aquifer/diff.h"

const char *aq_difference_kind_text(aq_difference_kind_t kind)
{
    switch (kind) {
#define TEXT(name, text) \
    case AQ_DIFFERENCE_##name: return text;
        AQ_DIFFERENCE_TABLE(TEXT)
#undef TEXT
    case AQ_DIFFERENCE_KINDS: break;
    }
    return "unknown difference";
}

/* `end` stands behind the last line. */
static void append_commented(aq_text_t *sql, const char *text, const char *end)
{
    for (;;) {
        size_t length = strcspn(text, "\r\n");

        aq_text_append(sql, "-- ");
        aq_text_append_bytes(sql, text, length);
        if (text[length] == '\0')
            break;
        aq_text_append_char(sql, '\n');
        text += length + 1;
    }
    aq_text_append(sql, end);
}

static void append_difference(aq_text_t *sql, const aq_difference_t *difference)
{
    append_commented(sql, difference->text, "\n");
    if (difference->sql == NULL) {
        aq_text_append(sql, "-- (no statement mends it)\n");
    } else if (difference->loses_data) {
        aq_text_append(sql, "-- (this could lose or refuse data)\n");
        append_commented(sql, difference->sql, ";\n");
    } else {
        aq_text_appendf(sql, "%s;\n", difference->sql);
    }
}

void aq_diff_append_sql(const aq_diff_t *diff, aq_text_t *sql)
{
    for (size_t i = 0; i < diff->count; i++) {
        aq_text_append(sql, i == 0 ? "" : "\n");
        append_difference(sql, &diff->items[i]);
    }
}
