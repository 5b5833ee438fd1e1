/* The hash map, and the hash.
 *
 * The happy path: the low bits of the hash name a slot, the slot an entry, and the entry's whole hash,
 * length and bytes are compared; at most half of the slots are in use, so one or two probes find it.
 * Entries and slots are one block.
 * The failure modes: no memory for a bigger block: AQ_ENOMEM, and the map is what it was. Hostile keys
 * cannot be chosen ahead of time, because each process draws its own seed. */
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "src/base/base.h"

/* ---- The hash ------------------------------------------------------------------------------------------ */

static uint64_t seeds[4]; /* odd, drawn before main() */

/* The 128-bit product, folded: each bit of the result depends on all bits of both factors. */
static inline uint64_t fold(uint64_t a, uint64_t b)
{
#ifdef __SIZEOF_INT128__
    __extension__ typedef unsigned __int128 wide_t;
    wide_t product = (wide_t)a * b;

    return (uint64_t)product ^ (uint64_t)(product >> 64);
#else
    uint64_t low = (a & 0xFFFFFFFFu) * (b & 0xFFFFFFFFu), high = (a >> 32) * (b >> 32);
    uint64_t left = (a >> 32) * (b & 0xFFFFFFFFu), right = (a & 0xFFFFFFFFu) * (b >> 32);
    uint64_t middle = (low >> 32) + (left & 0xFFFFFFFFu) + (right & 0xFFFFFFFFu);

    high += (left >> 32) + (right >> 32) + (middle >> 32);
    return high ^ ((middle << 32) | (low & 0xFFFFFFFFu));
#endif
}

static inline uint64_t read8(const unsigned char *bytes)
{
    uint64_t word;

    memcpy(&word, bytes, sizeof(word));
    return word;
}

static inline uint64_t read4(const unsigned char *bytes)
{
    uint32_t word;

    memcpy(&word, bytes, sizeof(word));
    return word;
}

__attribute__((constructor)) static void draw_seeds(void)
{
    uint64_t drawn[4] = {0};
    struct timespec now = {0};

    if (getentropy(drawn, sizeof(drawn)) != 0) {
        (void)clock_gettime(CLOCK_REALTIME, &now); /* forbidden: the clock and where the stack is */
        drawn[0] ^= (uint64_t)now.tv_nsec << 32 ^ (uint64_t)now.tv_sec;
        drawn[1] ^= (uint64_t)(uintptr_t)&now;
    }
    /* fractional digits of the golden ratio, e, pi and the square root of 2, should nothing have been drawn */
    seeds[0] = (drawn[0] ^ 0x9E3779B97F4A7C15u) | 1;
    seeds[1] = (drawn[1] ^ 0xB7E151628AED2A6Bu) | 1;
    seeds[2] = (drawn[2] ^ 0x243F6A8885A308D3u) | 1;
    seeds[3] = (drawn[3] ^ 0xB504F333F9DE6485u) | 1;
}

uint64_t aq__hash(const void *key, size_t length)
{
    const unsigned char *bytes = key;
    uint64_t state = seeds[0] ^ length, first, last;

    if (length > 16) {
        const unsigned char *end = bytes + length - 16;

        do {
            state = fold(read8(bytes) ^ seeds[1], read8(bytes + 8) ^ state);
            bytes += 16;
        } while (bytes < end);
        first = read8(end);
        last = read8(end + 8);
    } else if (length >= 8) {
        first = read8(bytes);
        last = read8(bytes + length - 8);
    } else if (length >= 4) {
        first = read4(bytes);
        last = read4(bytes + length - 4);
    } else {
        first =
            length > 0 ? (uint64_t)bytes[0] << 16 | (uint64_t)bytes[length / 2] << 8 | bytes[length - 1] : 0;
        last = 0;
    }
    return fold(seeds[2], fold(first ^ seeds[3], last ^ state));
}

/* ---- The map ------------------------------------------------------------------------------------------- */

enum { FIRST_CAPACITY = 8, SLOTS_PER_ENTRY = 2 };

/* The length of a removed entry: no key has it, so its dangling key is never read. */
#define REMOVED SIZE_MAX

static inline aq__map_entry_t *find(const aq__map_t *map, const void *key, size_t length, uint64_t hash)
{
    size_t mask = map->slot_count - 1;

    if (map->count == 0)
        return NULL;
    for (size_t slot = hash & mask, index; (index = map->slots[slot]) != 0; slot = (slot + 1) & mask) {
        aq__map_entry_t *entry = &map->entries[index - 1];

        if (entry->hash == hash && entry->length == length &&
            (length == 0 || memcmp(entry->key, key, length) == 0))
            return entry;
    }
    return NULL;
}

void *aq__map_get_hashed(const aq__map_t *map, const void *key, size_t length, uint64_t hash)
{
    const aq__map_entry_t *entry = find(map, key, length, hash);

    return entry != NULL ? entry->value : NULL;
}

void *aq__map_get(const aq__map_t *map, const void *key, size_t length)
{
    return aq__map_get_hashed(map, key, length, aq__hash(key, length));
}

static void fill_slot(aq__map_t *map, size_t index)
{
    size_t mask = map->slot_count - 1, slot = map->entries[index].hash & mask;

    while (map->slots[slot] != 0)
        slot = (slot + 1) & mask;
    map->slots[slot] = (uint32_t)(index + 1);
}

/* Moves the live entries of `old` into `map`, in order; the two may share their memory. */
static void move_entries(aq__map_t *map, const aq__map_t *old)
{
    memset(map->slots, 0, map->slot_count * sizeof(*map->slots));
    map->count = map->used = 0;
    for (size_t i = 0; i < old->used; i++) {
        if (old->entries[i].value == NULL)
            continue;
        map->entries[map->used++] = old->entries[i];
        fill_slot(map, map->count++);
    }
}

static int grow(aq__map_t *map)
{
    size_t capacity = map->capacity != 0 ? 2 * map->capacity : FIRST_CAPACITY;
    aq__map_t bigger = {.capacity = capacity, .slot_count = SLOTS_PER_ENTRY * capacity};

    if (capacity > UINT32_MAX / 4)
        return aq__fail(AQ_ENOMEM, "map of %zu entries: add one more: out of memory", map->count);
    bigger.entries =
        aq__malloc(capacity * sizeof(*bigger.entries) + bigger.slot_count * sizeof(*bigger.slots));
    if (bigger.entries == NULL)
        return AQ_ENOMEM;
    bigger.slots = (uint32_t *)(void *)(bigger.entries + capacity);
    move_entries(&bigger, map);
    aq__free(map->entries);
    *map = bigger;
    return AQ_OK;
}

static int make_room(aq__map_t *map)
{
    aq__map_t old = *map;

    if (map->used < map->capacity)
        return AQ_OK;
    if (map->count > map->capacity - map->capacity / 4)
        return grow(map);
    if (map->capacity == 0)
        return grow(map);
    move_entries(map, &old); /* a quarter or more was removed: sweep instead */
    return AQ_OK;
}

int aq__map_put(aq__map_t *map, const void *key, size_t length, void *value)
{
    uint64_t hash = aq__hash(key, length);
    aq__map_entry_t *entry = find(map, key, length, hash);

    if (value == NULL)
        return aq__fail(AQ_EINVAL, "map: put a key of %zu bytes: its value is NULL", length);
    if (entry == NULL) {
        if (make_room(map) != AQ_OK)
            return AQ_ENOMEM;
        entry = &map->entries[map->used++];
        *entry = (aq__map_entry_t){.length = length, .hash = hash};
        fill_slot(map, map->used - 1);
        map->count++;
    }
    entry->key = key;
    entry->value = value;
    return AQ_OK;
}

void *aq__map_remove(aq__map_t *map, const void *key, size_t length)
{
    aq__map_entry_t *entry = find(map, key, length, aq__hash(key, length));
    void *value = entry != NULL ? entry->value : NULL;

    if (entry == NULL)
        return NULL;
    *entry = (aq__map_entry_t){.length = REMOVED}; /* its slot stays, so that probes go on past it */
    map->count--;
    return value;
}

void aq__map_dispose(aq__map_t *map)
{
    aq__free(map->entries);
    *map = (aq__map_t){0};
}
