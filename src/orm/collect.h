/* collect: a change set that is being made: between change.c, links.c, keys.c, rows.c, sweep.c. */
#ifndef AQ_SRC_ORM_COLLECT_H
#define AQ_SRC_ORM_COLLECT_H

#include "src/orm/cascade.h"
#include "src/orm/change.h"
#include "src/orm/relate.h"

/* What is known of an object that is written. */
typedef struct aq__draft {
    aq__changed_t changed; /* first */
    uint64_t *nulled;      /* fields that are NULL because the parent is deleted; NULL: none */
    bool listed;           /* a list of its changed, or who points to it */
} aq__draft_t;

/* `child` refers to `parent`. Which of several is said last holds. */
typedef struct aq__link {
    void *child, *parent;
    const aq__relation_t *relation; /* of either side */
} aq__link_t;

typedef struct aq__collection {
    aq_session_t *session;
    aq_arena_t *arena;
    aq__changeset_t *set;
    aq__object_array_t entries; /* aq__draft_t */
    aq__map_t by_object;        /* of the first `mapped` of them */
    size_t mapped;
    aq__children_t children;
    aq__object_array_t links; /* aq__link_t */
    aq__object_array_t lost;  /* aq__link_t: the child has nobody any more, and its key is NOT NULL */
    aq__object_array_t again; /* aq__draft_t: UPDATEs of what is deleted */
    aq__map_t associated;     /* of links.c */
    bool chained;             /* a key that is carried may be referred to itself */
} aq__collection_t;

/* change.c. The object's entry, made where there is none; NULL: AQ_ENOMEM. */
aq__draft_t *aq__collect(aq__collection_t *collection, const void *object);
/* An UPDATE of an object that is deleted by the same flush, beside its entry. NULL: AQ_ENOMEM. */
aq__draft_t *aq__collect_again(aq__collection_t *collection, const void *object);
/* Its entry; *entry NULL: it has none. AQ_ENOMEM. */
int aq__collect_find(aq__collection_t *collection, const void *object, aq__draft_t **entry);
/* Whether an INSERT of it names the field. */
bool aq__inserts_field(const void *object, const aq__field_t *field);

static inline size_t aq__field_words(const aq__mapper_t *mapper)
{
    return mapper->field_count / 64 + 1;
}

static inline void aq__field_set(uint64_t *fields, size_t index)
{
    fields[index / 64] |= (uint64_t)1 << (index % 64);
}

static inline bool aq__field_is_set(const uint64_t *fields, size_t index)
{
    return fields != NULL && ((fields[index / 64] >> (index % 64)) & 1) != 0;
}

/* links.c. Lists and pointers that changed, and the children of what is deleted: who refers to whom from now on, and rows of tables between. */
int aq__collect_links(aq__collection_t *collection);
/* rows.c. Columns of each entry; entries that write and tell nothing are dropped; the set's items in their order. */
int aq__collect_rows(aq__collection_t *collection);
/* keys.c. The child no longer refers to this parent; `deleted`: because that is. */
int aq__collect_unlink(aq__collection_t *collection, void *child, const aq__relation_t *relation,
                       void *parent, bool deleted);
/* Makes keys of collection->links: values, or what is carried. */
int aq__collect_keys(aq__collection_t *collection);
/* Whether the field gets its value only while the flush is written. AQ_ENOMEM. */
int aq__collect_is_drawn(aq__collection_t *collection, const void *object, const aq__field_t *field,
                         bool *drawn);
/* sweep.c: what becomes of rows that nobody has loaded. AQ_ENOMEM, AQ_ENOTLOADED. */
int aq__collect_sweeps(aq__collection_t *collection);

#endif
