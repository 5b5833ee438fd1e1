/* registry: the SQL texts that a pool has seen, each looked at once, and their prepared forms.
 *
 * A text has one prepared form per list of parameter types. A form gets a name (an id) when it is to be prepared on
 * connections, loses it when the server says that its plan is out of date (and gets another on its next use), and is asked for in
 * binary once a first result has shown that all its columns have a binary form that cells can read.
 * The library's own statements (own.h) pass by: nobody looks at them, and they are kept no longer than they are used. */
#ifndef AQ_SRC_WIRE_REGISTRY_H
#define AQ_SRC_WIRE_REGISTRY_H

#include "src/wire/codec.h"
#include "src/wire/statement.h"

typedef struct aq__sql {
    aq__list_t recent; /* in the registry: least recently looked up first */
    aq__statement_t statement;
    struct aq__prepared *forms;
    size_t length;
    unsigned users; /* queries that point here: not forgotten meanwhile */
    bool once;      /* the library's own: in no list, has no names, goes with its last user */
    bool forgets;   /* DISCARD or DEALLOCATE: prepared statements are gone after it */
    char text[];
} aq__sql_t;

typedef struct aq__prepared {
    struct aq__prepared *next;
    aq__sql_t *sql;
    uint32_t id; /* 0: no name yet */
    uint32_t uses;
    bool described;     /* a result has been seen */
    bool binary;        /* all its columns may come in binary */
    int count;          /* of types */
    aq__shape_t *shape; /* of the results that came by its name; NULL: none has */
    char name[32];      /* "aq_<pool's own>_<id>" */
    Oid types[];
} aq__prepared_t;

#define AQ__REGISTRY_RECENT 64

typedef struct aq__registry {
    aq__map_t texts;
    aq__sql_t *by_address
        [AQ__REGISTRY_RECENT]; /* what was looked up last from about there: most texts are literals */
    aq__list_t recent;
    uint64_t own; /* random: two programs behind one pooler never mean the same name */
    uint32_t last_id;
    uint32_t named; /* forms that have a name */
} aq__registry_t;

void aq__registry_init(aq__registry_t *registry, uint64_t own);
void aq__registry_dispose(aq__registry_t *registry);
/* The text's entry, made on first sight; NULL: out of memory (aq_last_error()). The caller becomes one of its users. */
aq__sql_t *aq__registry_sql(aq__registry_t *registry, const char *text);
/* An entry of its own for a statement of the library's own, which is not parsed. The same. */
aq__sql_t *aq__registry_own(aq__own_t own, const char *text, int parameter_count);
void aq__sql_free(aq__sql_t *sql); /* what is in no list */
/* Ends a use. */
static inline void aq__sql_release(aq__sql_t *sql)
{
    if (--sql->users == 0 && sql->once)
        aq__sql_free(sql);
}

/* Its form for these parameter types; NULL: out of memory. */
aq__prepared_t *aq__registry_form(aq__sql_t *sql, const aq__parameters_t *parameters);
/* Gives the form a name if it has none. */
void aq__registry_name(aq__registry_t *registry, aq__prepared_t *form);
/* Its plan is out of date on some connection: takes the name away and forgets what its columns were. */
void aq__registry_forget(aq__registry_t *registry, aq__prepared_t *form);
/* Learns from a result in text whether the next may come in binary. */
void aq__registry_describe(aq__prepared_t *form, const PGresult *result);

#endif
