/* The server as the judge of expressions: whether two texts are the same default, check, generation or index expression.
 *
 *     aq__judge_t *judge = aq__judge_create(arena);
 *     aq__diff(..., {.same = aq__judge_same, .data = judge}, ...)           what does not read the same is remembered
 *     if (judge->count > 0)
 *         ... send aq__judge_unit(judge), and give its results to aq__judge_take()
 *     aq__diff(...)                                                         now it knows
 *
 * Whoever writes lower(name) || '' finds lower((name)::text) || ''::text in the catalogs. So each text is put where the other stands, on an empty
 * temporary table like the live one, and read back as the server shows it; two that are shown alike are the same. */
#ifndef AQ_SRC_APP_JUDGE_H
#define AQ_SRC_APP_JUDGE_H

#include "src/app/app.h"
#include "src/schema/diff.h"

/* One text in one place. */
typedef struct aq__judged {
    aq__expression_kind_t kind;
    const char *schema, *table, *column; /* live; schema NULL: the search path's, column NULL: none */
    const char *text;
    const char *shown; /* NULL: not known, or the server does not take it */
} aq__judged_t;

typedef struct aq__judge {
    aq_arena_t *arena; /* this struct lives in it too */
    aq__judged_t **items;
    size_t count;
    aq__map_t by_key;
    bool has_ruled; /* what is not known now will not be */
    bool failed;    /* no memory */
} aq__judge_t;

aq__judge_t *aq__judge_create(aq_arena_t *arena); /* NULL: AQ_ENOMEM */
void aq__judge_dispose(aq__judge_t *judge);       /* NULL is fine */
/* An aq__same_cb. */
bool aq__judge_same(void *judge, const aq__expressions_t *expressions);
/* Adds the statements that ask; they leave nothing behind. Their rows are those of the last one of them, one for each item. AQ_ENOMEM shows when
 * the unit is sent. Returns the index of the last one. */
int aq__judge_add(aq__judge_t *judge, aq_unit_t *unit);
int aq__judge_take(aq__judge_t *judge, aq_rows_t *rows); /* AQ_ENOMEM */

#endif
