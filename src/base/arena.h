/* The inside of an arena, so that rooms which allocate per row or per op can do it without a call. */
#ifndef AQ_SRC_BASE_ARENA_H
#define AQ_SRC_BASE_ARENA_H

#include "aquifer/base.h"

#if defined(__SANITIZE_ADDRESS__)
#define AQ__ARENA_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define AQ__ARENA_ASAN 1
#endif
#endif

#define AQ__ARENA_ALIGN _Alignof(max_align_t)
#define AQ__ARENA_ROUND(size) (((size) + (AQ__ARENA_ALIGN - 1)) & ~(size_t)(AQ__ARENA_ALIGN - 1))

typedef struct aq__chunk aq__chunk_t;
typedef struct aq__deferred aq__deferred_t;

struct aq_arena {
    char *next, *end;         /* what is free of the chunk in use; both aligned */
    aq__chunk_t *chunks;      /* all of them, newest first; the last is the one that this struct is in */
    aq__chunk_t *spare;       /* kept by a reset for when the first chunk is full; also in `chunks` */
    aq__deferred_t *deferred; /* newest first */
    size_t chunk_size;        /* of the next ordinary chunk */
    size_t size;              /* bytes taken from the allocator */
};

void *aq__arena_alloc_slowly(aq_arena_t *arena, size_t size);

/* aq_arena_alloc() without the call. Under AddressSanitizer every block gets a guard behind it, hence the
 * slow way. */
static inline void *aq__arena_alloc(aq_arena_t *arena, size_t size)
{
#ifndef AQ__ARENA_ASAN
    if (size <= (size_t)(arena->end - arena->next)) {
        void *block = arena->next;

        arena->next += AQ__ARENA_ROUND(size);
        return block;
    }
#endif
    return aq__arena_alloc_slowly(arena, size);
}

#endif
