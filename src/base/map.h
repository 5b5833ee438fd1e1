/* A hash map from bytes to pointers: open addressing, linear probing, keys borrowed from the caller.
 * Zero is an empty map. Iteration is in the order in which the keys were put; the body may remove entries,
 * but not put any. */
#ifndef AQ_SRC_BASE_MAP_H
#define AQ_SRC_BASE_MAP_H

#include <stddef.h>
#include <stdint.h>

typedef struct aq__map_entry {
    const void *key;
    size_t length;
    uint64_t hash;
    void *value; /* never NULL in a live entry */
} aq__map_entry_t;

typedef struct aq__map {
    aq__map_entry_t *entries; /* in order of insertion; value NULL = removed */
    uint32_t *slots;          /* index + 1 into entries, 0 = free */
    size_t count;             /* live entries */
    size_t used;              /* entries used, removed ones too */
    size_t capacity;          /* of entries */
    size_t slot_count;
} aq__map_t;

uint64_t aq__hash(const void *bytes,
                  size_t length); /* differs from process to process; not for what is stored or sent */
void *aq__map_get(const aq__map_t *map, const void *key, size_t length); /* NULL: no such key */
void *aq__map_get_hashed(const aq__map_t *map, const void *key, size_t length,
                         uint64_t hash); /* where aq__hash(key) is known */
/* Takes a new key, or replaces key and value of an entry, which keeps its place; the key must live as long as
 * the entry. AQ_ENOMEM, AQ_EINVAL (a NULL value): nothing changed. */
int aq__map_put(aq__map_t *map, const void *key, size_t length, void *value);
void *aq__map_remove(aq__map_t *map, const void *key,
                     size_t length);  /* the value, NULL when there was none */
void aq__map_dispose(aq__map_t *map); /* empty again; keys and values are the caller's */

#define AQ__MAP_FOREACH(entry, map)                                       \
    for (const aq__map_entry_t *entry = (map)->entries;                   \
         entry != NULL && entry != (map)->entries + (map)->used; entry++) \
        if (entry->value == NULL) {                                       \
        } else

#endif
