/* A hash map from bytes to pointers: open addressing, linear probing, keys borrowed from the caller.
 * Zero is an empty map. Iteration order is that of insertion for a map from which nothing was removed; otherwise unspecified. */
#ifndef AQ_SRC_BASE_MAP_H
#define AQ_SRC_BASE_MAP_H

#include <stddef.h>
#include <stdint.h>

typedef struct aq__map_entry {
    const void *key;
    size_t      length;
    uint64_t    hash;
    void       *value; /* never NULL in a live entry */
} aq__map_entry_t;

typedef struct aq__map {
    aq__map_entry_t *entries;  /* in order of insertion; value NULL = removed */
    uint32_t        *slots;    /* index + 1 into entries, 0 = free */
    size_t           count;    /* live entries */
    size_t           used;     /* entries used, removed ones too */
    size_t           capacity; /* of entries */
    size_t           slot_count;
} aq__map_t;

uint64_t aq__hash(const void *bytes, size_t length); /* fast, not for hostile keys beyond a per-process seed */
void    *aq__map_get(const aq__map_t *map, const void *key, size_t length);
void    *aq__map_get_hashed(const aq__map_t *map, const void *key, size_t length, uint64_t hash);
/* Takes a new key or replaces the value of one; the key must live as long as the entry. AQ_ENOMEM: nothing changed. */
int   aq__map_put(aq__map_t *map, const void *key, size_t length, void *value);
void *aq__map_remove(aq__map_t *map, const void *key, size_t length); /* the value, NULL when there was none */
void  aq__map_dispose(aq__map_t *map);

#define AQ__MAP_FOREACH(entry, map)                                                                              \
    for (const aq__map_entry_t *entry = (map)->entries; entry != (map)->entries + (map)->used; entry++)          \
        if (entry->value != NULL)

#endif
