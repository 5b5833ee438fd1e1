/* The parameters of a connection: what PQconnectdbParams takes, as a table of every keyword that this libpq knows. */
#ifndef AQ_SRC_WIRE_CONNINFO_H
#define AQ_SRC_WIRE_CONNINFO_H

#include "src/base/base.h"

typedef struct aq__conninfo {
    aq_arena_t *arena;     /* holds everything here */
    size_t count;          /* keywords that libpq knows */
    const char **keywords; /* all of them, then NULL */
    const char **values;   /* beside them; NULL: not set. PQconnectdbParams skips those */
    const bool *secret;    /* beside them: never to be shown */
} aq__conninfo_t;

/* An empty table; NULL: out of memory. */
aq__conninfo_t *aq__conninfo_create(aq_arena_t *arena);
/* Sets what the text (postgresql:// or postgres://, or keyword=value) names. AQ_ECONFIG with libpq's own text, in which whatever
 * may be a part of a password is ***. */
int aq__conninfo_parse(aq__conninfo_t *info, const char *text);
const char *aq__conninfo_get(const aq__conninfo_t *info, const char *keyword); /* NULL: not set, or unknown */
/* Copies the value; NULL and "" remove it. AQ_ECONFIG: libpq knows no such keyword. */
int aq__conninfo_set(aq__conninfo_t *info, const char *keyword, const char *value);
/* The same, unless it is set. A keyword that this libpq does not know is left out. */
int aq__conninfo_set_default(aq__conninfo_t *info, const char *keyword, const char *value);
/* Checks what libpq itself would look at only when it connects: AQ_ECONFIG names keyword and value. */
int aq__conninfo_check(const aq__conninfo_t *info);
/* Appends the parameters as a URI with *** for each secret. */
void aq__conninfo_append_uri(aq_text_t *text, const aq__conninfo_t *info);
/* Appends a text that may be no URI at all, with *** for whatever may be a password. */
void aq__conninfo_append_masked(aq_text_t *text, const char *uri);

#endif
