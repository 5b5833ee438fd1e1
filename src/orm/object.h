/* object: the state of an object, which is in the two words that every model's struct begins with.
 *
 *     home    the cohort: the objects of one model in one session
 *     state   bits: what it is to its session, how old it is, which to-one relationships are loaded
 *
 * Behind the object, in the same block, is its snapshot: its columns as the database has them (or, of a new one, as aq_new() made them), and the
 * pointers of its to-one relationships as of then. Sessions that only read have none. */
#ifndef AQ_SRC_ORM_OBJECT_H
#define AQ_SRC_ORM_OBJECT_H

#include "src/orm/mapper.h"

typedef struct aq__identity aq__identity_t;

/* The objects of one model in one session. */
typedef struct aq__cohort {
    aq_session_t *session; /* whose memory they are in */
    const aq__mapper_t *mapper;
    aq__identity_t *identity; /* the map of mapper->root, shared by the hierarchy */
    size_t snapshot_at;       /* where it is behind the object; 0: there is none */
} aq__cohort_t;

#define AQ__STATE_STATUS 0x7u    /* aq_state_t */
#define AQ__STATE_EXPIRED 0x8u   /* of itself; others are by their age */
#define AQ__STATE_DOOMED 0x10u   /* persistent, and the next flush deletes it */
#define AQ__STATE_FLAGGED 0x20u  /* has columns in session->flagged */
#define AQ__STATE_VISITED 0x40u  /* by whoever walks the graph; cleared by it */
#define AQ__STATE_TOUCHED 0x80u  /* is in session->undo since the last mark */
#define AQ__STATE_LINKED 0x100u  /* a list of its was changed: is in session->linked */
#define AQ__STATE_GONE 0x200u    /* its deletion was committed: never again */
#define AQ__STATE_LISTED 0x400u  /* by whoever compares two lists; cleared by it */
#define AQ__STATE_WRITTEN 0x800u /* is in the change set that is being made; cleared when it is */
#define AQ__STATE_AGE_SHIFT 12   /* 20 bits: session->age when it was loaded */
#define AQ__STATE_AGE_MASK 0xfffffull
#define AQ__STATE_LOADED_SHIFT 32 /* 32 bits: relation->bit */

static inline aq_object_t *aq__object(const void *object)
{
    return (aq_object_t *)(uintptr_t)object;
}

static inline aq__cohort_t *aq__object_cohort(const void *object)
{
    return aq__object(object)->home;
}

static inline const aq__mapper_t *aq__object_mapper(const void *object)
{
    return aq__object_cohort(object)->mapper;
}

static inline aq_state_t aq__object_status(const void *object)
{
    return (aq_state_t)(aq__object(object)->state & AQ__STATE_STATUS);
}

static inline void aq__object_set_status(void *object, aq_state_t status)
{
    aq__object(object)->state = (aq__object(object)->state & ~(uint64_t)AQ__STATE_STATUS) | (uint64_t)status;
}

static inline bool aq__object_has(const void *object, uint64_t bits)
{
    return (aq__object(object)->state & bits) != 0;
}

static inline void aq__object_mark(void *object, uint64_t bits)
{
    aq__object(object)->state |= bits;
}

static inline void aq__object_unmark(void *object, uint64_t bits)
{
    aq__object(object)->state &= ~bits;
}

/* Its snapshot; NULL: the session only reads. Columns lie at field->snapshot; the pointer of the to-one relation with `bit` b at mapper->snapshot_size + b * sizeof(void *). */
static inline char *aq__object_snapshot(const void *object)
{
    const aq__cohort_t *cohort = aq__object_cohort(object);

    return cohort->snapshot_at != 0 ? (char *)(uintptr_t)object + cohort->snapshot_at : NULL;
}

/* The relation of the object's own model: a child has its own of each that it inherits. */
static inline const aq__relation_t *aq__object_relation(const void *object, const aq__relation_t *relation)
{
    const aq__mapper_t *mapper = aq__object_mapper(object);

    return mapper == relation->mapper ? relation : aq__mapper_relation_at(mapper, relation->offset);
}

/* Of a to-one relation of the object's own model. */
static inline uint64_t aq__relation_loaded_bit(const aq__relation_t *relation)
{
    return UINT64_C(1) << (AQ__STATE_LOADED_SHIFT + relation->bit);
}

/* object.c */

/* Room for an object and its snapshot, and `extra` bytes behind them (at *behind, not aligned): not zeroed. NULL: AQ_ENOMEM. */
void *aq__object_room(aq__cohort_t *cohort, size_t extra, char **behind);
/* A block for an object of the cohort, zeroed, home set; not initialized further. NULL: AQ_ENOMEM. */
void *aq__object_alloc(aq__cohort_t *cohort);
/* Makes the snapshot of what the columns are now. */
void aq__object_take_snapshot(void *object);
/* Of one field. */
void aq__object_take_snapshot_of(void *object, const aq__field_t *field);
/* Of the pointer of a to-one relation. */
void aq__object_take_snapshot_of_one(void *object, const aq__relation_t *relation);
/* Whether the member is otherwise than in the snapshot. */
bool aq__object_field_changed(const void *object, const aq__field_t *field);
/* Whether any is that somebody writes (not a generated one). */
bool aq__object_has_changed_field(const void *object);
/* The pointer of a to-one relation, now and in the snapshot (NULL where there is none). */
void *aq__object_one(const void *object, const aq__relation_t *relation);
void *aq__object_snapshot_one(const void *object, const aq__relation_t *relation);
void aq__object_set_snapshot_one(void *object, const aq__relation_t *relation, void *one);
/* Whether the relation is loaded: to-one by its bit, to-many by its list. */
bool aq__object_relation_loaded(const void *object, const aq__relation_t *relation);

/* Sets the members that have a .default_cb and are unset yet, as an INSERT wants it. What the callback says. */
int aq__object_set_defaults(void *object);

/* many.c: the lists of to-many relationships. */

/* What aq_many_t.state points to. `items` and `count` of aq_many_t are what the user sees: loaded ones without the removed, and the added. */
typedef struct aq__many {
    const aq__relation_t *relation;
    void *owner;
    bool loaded;
    uint64_t age;    /* session->age when it was */
    size_t capacity; /* of items */
    void **original; /* as the database has it, as far as it was loaded */
    size_t original_count;
    void **removed; /* taken off while it was not loaded */
    size_t removed_count, removed_capacity;
} aq__many_t;

/* The inside of lists of new objects, which are loaded and empty, until somebody changes them: read-only. */
extern const aq__many_t aq__many_empty;

/* The list's inside, made where there is none that can be written; NULL: AQ_ENOMEM. */
aq__many_t *aq__many_of(void *object, const aq__relation_t *relation);
static inline aq_many_t *aq__many_list(const void *object, const aq__relation_t *relation)
{
    return (aq_many_t *)(void *)((char *)(uintptr_t)object + relation->offset);
}
/* As loaded: these are in the database. What was added or removed before stays so. AQ_ENOMEM. */
int aq__many_load(void *object, const aq__relation_t *relation, void *const *items, size_t count);
/* Low level: one side only, no checks. aq__many_remove(): false: it was not there. */
int aq__many_add(void *object, const aq__relation_t *relation, void *item);
bool aq__many_remove(void *object, const aq__relation_t *relation, void *item);
bool aq__many_has(const void *object, const aq__relation_t *relation, const void *item);
/* It was loaded since the last commit or rollback. False for that of a new object. */
bool aq__many_is_fresh(const void *object, const aq__relation_t *relation);
/* Something was added or removed since it was loaded or settled. */
bool aq__many_is_changed(const void *object, const aq__relation_t *relation);
/* What was added and removed since it was loaded or settled is forgotten. */
void aq__many_reset(void *object, const aq__relation_t *relation);
/* As a new object's: the database has nothing of what it has. */
void aq__many_renew(void *object, const aq__relation_t *relation);
/* Not loaded, and nothing was added or removed. */
void aq__many_unload(void *object, const aq__relation_t *relation);
/* What is now is what the database has. AQ_ENOMEM. */
int aq__many_settle(void *object, const aq__relation_t *relation);

/* identity.c: the objects of a hierarchy by their key. */

struct aq__identity {
    const aq__mapper_t *root;
    void **slots;                   /* open addressing */
    uint8_t *tags;                  /* of each slot: free, removed, or bits of its key's hash */
    size_t count, used, slot_count; /* used: with the places of removed ones */
};

/* Of a key: `near` is a number itself, so that those that follow each other lie side by side. */
typedef struct aq__key_hash {
    uint64_t near, hash;
} aq__key_hash_t;

aq__key_hash_t aq__identity_hash(const aq__mapper_t *mapper, const void *object);
/* Room for so many more. AQ_ENOMEM. */
int aq__identity_reserve(aq__identity_t *identity, size_t more);
/* One that may have the key of this hash; NULL: there is none any more.
 * for (size_t at = 0; (object = aq__identity_probe(identity, hash, &at)) != NULL;) */
void *aq__identity_probe(const aq__identity_t *identity, aq__key_hash_t hash, size_t *at);
/* Whether an object of the map has the key that is in the members of `key_object`. */
bool aq__identity_is(const aq__identity_t *identity, const void *object, const void *key_object);
/* A new one, whose key is not there yet; so many with it are to come, if it must grow. AQ_ENOMEM. */
int aq__identity_add(aq__identity_t *identity, void *object, aq__key_hash_t hash, size_t expected);

/* By the key that is in these members: an object of the root's layout, or a scratch one. NULL: there is none. */
void *aq__identity_find(const aq__identity_t *identity, const void *object);
/* An object is in the map under the key that its snapshot has (so take that first); without snapshots its members. One of the same key is replaced. AQ_ENOMEM. */
int aq__identity_put(aq__identity_t *identity, void *object);
/* Quick while its snapshot has the key that it was put under. */
void aq__identity_remove(aq__identity_t *identity, void *object);
void aq__identity_dispose(aq__identity_t *identity);
/* for (size_t at = 0; (object = aq__identity_next(identity, &at)) != NULL;) */
void *aq__identity_next(const aq__identity_t *identity, size_t *at);

#endif
