/* The identity map: the objects of a hierarchy of models by their key.
 *
 * The happy path: most keys are numbers that follow each other, and most rows come in their order. So a key has a place of its own, the number itself modulo that of the slots: neighbours lie side by side, and a
 * search walks through memory as the rows do. Where another has that place, the search goes on where the hash says, slot by slot. A byte for each slot has bits of its key's hash, so that few objects are looked at
 * that are not the one; a slot that was never used ends it.
 * A child's struct and snapshot begin as its base's do, so the root's fields tell the key of each.
 * The failure mode: no memory for more slots: AQ_ENOMEM, and the map is what it was. */
#include "src/orm/member.h"
#include "src/orm/object.h"

enum { FREE = 0, REMOVED = 1, LEAST_TAG = 2, LEAST_SLOTS = 16, SMALL = 1024 };

/* ---- Keys ------------------------------------------------------------------------------------------------------------------------------ */

/* An object is in the map under the key that its row has, whatever the user has made of the member since. */
static const void *kept_key(const aq__field_t *key, const void *object)
{
    const char *snapshot = aq__object_snapshot(object);

    return snapshot != NULL ? snapshot + key->snapshot : aq__member_of(key, object);
}

static const void *given_key(const aq__field_t *key, const void *object)
{
    return aq__member_of(key, object);
}

/* The number that a key is; else its hash. */
static uint64_t near_of(const aq__field_t *key, const void *member, uint64_t hash)
{
    uint64_t eight;
    uint32_t four;

    if (key->shortcut == AQ__SHORTCUT_INT4) {
        memcpy(&four, member, sizeof(four));
        return four;
    }
    if (key->shortcut != AQ__SHORTCUT_INT8)
        return hash;
    memcpy(&eight, member, sizeof(eight));
    return eight;
}

static inline aq__key_hash_t hash_of(const aq__mapper_t *root, const void *object,
                                     const void *(*key_of)(const aq__field_t *key, const void *object))
{
    aq__key_hash_t hash = {0, 0};

    for (size_t i = 0; i < root->key_count; i++) {
        const aq__field_t *key = root->key[i];
        const void *member = key_of(key, object);

        hash.hash = aq__member_hash(key, member, hash.hash);
        hash.near = hash.near * 31 + near_of(key, member, hash.hash);
    }
    return hash;
}

aq__key_hash_t aq__identity_hash(const aq__mapper_t *mapper, const void *object)
{
    return hash_of(mapper, object, given_key);
}

static aq__key_hash_t kept_hash(const aq__mapper_t *root, const void *object)
{
    return hash_of(root, object, kept_key);
}

/* `kept` is in the map. */
static bool has_key(const aq__mapper_t *root, const void *kept, const void *object)
{
    for (size_t i = 0; i < root->key_count; i++)
        if (!aq__member_equal(root->key[i], kept_key(root->key[i], kept),
                              aq__member_of(root->key[i], object)))
            return false;
    return true;
}

bool aq__identity_is(const aq__identity_t *identity, const void *object, const void *key_object)
{
    return has_key(identity->root, object, key_object);
}

static bool has_same_key(const aq__mapper_t *root, const void *kept, const void *other)
{
    for (size_t i = 0; i < root->key_count; i++)
        if (!aq__member_equal(root->key[i], kept_key(root->key[i], kept), kept_key(root->key[i], other)))
            return false;
    return true;
}

/* ---- Searching --------------------------------------------------------------------------------------------------------------------------- */

static uint8_t tag_of(aq__key_hash_t hash)
{
    uint8_t tag = (uint8_t)hash.hash;

    return tag >= LEAST_TAG ? tag : (uint8_t)(tag + LEAST_TAG);
}

/* The slot to look at after `looked` others. */
static inline size_t slot_after(const aq__identity_t *identity, aq__key_hash_t hash, size_t looked)
{
    size_t slot;

    if (looked == 0)
        return (size_t)(hash.near % identity->slot_count);
    slot = (size_t)(((hash.hash >> 32) * (uint64_t)identity->slot_count) >> 32) + looked - 1;
    return slot < identity->slot_count ? slot : slot - identity->slot_count;
}

/* The next slot whose tag fits; SIZE_MAX: none. *at: how many were looked at. */
static inline size_t next_slot(const aq__identity_t *identity, aq__key_hash_t hash, size_t *at)
{
    uint8_t tag = tag_of(hash);

    while (*at <= identity->slot_count && identity->slot_count > 0) {
        size_t slot = slot_after(identity, hash, (*at)++);

        if (identity->tags[slot] == FREE)
            break;
        if (identity->tags[slot] == tag)
            return slot;
    }
    return SIZE_MAX;
}

void *aq__identity_probe(const aq__identity_t *identity, aq__key_hash_t hash, size_t *at)
{
    size_t slot = next_slot(identity, hash, at);

    return slot != SIZE_MAX ? identity->slots[slot] : NULL;
}

/* `same` tells whether an object of the map has the key of `object`. */
static size_t find_slot(const aq__identity_t *identity, const void *object, aq__key_hash_t hash,
                        bool (*same)(const aq__mapper_t *root, const void *kept, const void *object))
{
    size_t slot;

    for (size_t at = 0; (slot = next_slot(identity, hash, &at)) != SIZE_MAX;)
        if (same(identity->root, identity->slots[slot], object))
            break;
    return slot;
}

void *aq__identity_find(const aq__identity_t *identity, const void *object)
{
    size_t slot = find_slot(identity, object, aq__identity_hash(identity->root, object), has_key);

    return slot != SIZE_MAX ? identity->slots[slot] : NULL;
}

/* ---- Growing ----------------------------------------------------------------------------------------------------------------------------- */

static void place(aq__identity_t *identity, void *object, aq__key_hash_t hash)
{
    size_t looked = 0, slot = slot_after(identity, hash, looked);

    while (identity->tags[slot] >= LEAST_TAG)
        slot = slot_after(identity, hash, ++looked);
    identity->used += identity->tags[slot] == FREE;
    identity->tags[slot] = tag_of(hash);
    identity->slots[slot] = object;
    identity->count++;
}

static int resize(aq__identity_t *identity, size_t slot_count)
{
    aq__identity_t bigger = {.root = identity->root, .slot_count = slot_count};

    if (slot_count > UINT32_MAX)
        return aq__fail(AQ_ENOMEM, "identity map of '%s': %zu objects are too many", identity->root->name,
                        identity->count);
    bigger.slots = aq__malloc(slot_count * sizeof(*bigger.slots));
    bigger.tags = bigger.slots != NULL ? aq__calloc(slot_count, 1) : NULL;
    if (bigger.tags == NULL) {
        aq__free(bigger.slots);
        return AQ_ENOMEM;
    }
    for (size_t i = 0; i < identity->slot_count; i++)
        if (identity->tags[i] >= LEAST_TAG)
            place(&bigger, identity->slots[i], kept_hash(identity->root, identity->slots[i]));
    aq__identity_dispose(identity);
    *identity = bigger;
    return AQ_OK;
}

/* At most seven of eight slots are in use. */
static bool has_room(const aq__identity_t *identity, size_t more)
{
    return identity->used + more <= identity->slot_count - identity->slot_count / 8;
}

int aq__identity_reserve(aq__identity_t *identity, size_t more)
{
    size_t wanted = identity->count + more, grown = identity->count + identity->count / 2;

    if (identity->count < SMALL)
        grown = 2 * identity->count;

    if (identity->slot_count > 0 && has_room(identity, more))
        return AQ_OK;
    if (wanted < grown)
        wanted = grown;
    wanted += wanted / 6 + 1;
    return resize(identity, wanted > LEAST_SLOTS ? wanted : LEAST_SLOTS);
}

/* ---- Changing ------------------------------------------------------------------------------------------------------------------------------- */

int aq__identity_add(aq__identity_t *identity, void *object, aq__key_hash_t hash, size_t expected)
{
    if (!has_room(identity, 1) && aq__identity_reserve(identity, expected > 0 ? expected : 1) != AQ_OK)
        return AQ_ENOMEM;
    place(identity, object, hash);
    return AQ_OK;
}

int aq__identity_put(aq__identity_t *identity, void *object)
{
    aq__key_hash_t hash = kept_hash(identity->root, object);
    size_t slot = find_slot(identity, object, hash, has_same_key);

    if (slot == SIZE_MAX)
        return aq__identity_add(identity, object, hash, 1);
    identity->slots[slot] = object;
    return AQ_OK;
}

/* Where the object itself is, if its key is not what it was when it was put. */
static size_t find_object(const aq__identity_t *identity, const void *object)
{
    for (size_t i = 0; i < identity->slot_count; i++)
        if (identity->tags[i] >= LEAST_TAG && identity->slots[i] == object)
            return i;
    return SIZE_MAX;
}

void aq__identity_remove(aq__identity_t *identity, void *object)
{
    size_t slot = find_slot(identity, object, kept_hash(identity->root, object), has_same_key);

    if (slot == SIZE_MAX || identity->slots[slot] != object)
        slot = find_object(identity, object);
    if (slot == SIZE_MAX)
        return;
    identity->tags[slot] = REMOVED;
    identity->slots[slot] = NULL;
    identity->count--;
}

void aq__identity_dispose(aq__identity_t *identity)
{
    aq__free(identity->slots);
    aq__free(identity->tags);
    *identity = (aq__identity_t){.root = identity->root};
}

void *aq__identity_next(const aq__identity_t *identity, size_t *at)
{
    while (*at < identity->slot_count)
        if (identity->tags[(*at)++] >= LEAST_TAG)
            return identity->slots[*at - 1];
    return NULL;
}
