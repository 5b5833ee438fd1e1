/* What base gives to the rooms above it and to nobody outside: the allocator, intrusive lists, the map, error
 * making. */
#ifndef AQ_SRC_BASE_H
#define AQ_SRC_BASE_H

#include <string.h>

#include "aquifer/base.h"
#include "src/base/arena.h"
#include "src/base/list.h"
#include "src/base/map.h"

#define AQ__CONTAINER_OF(pointer, type, member) ((type *)(void *)((char *)(pointer)-offsetof(type, member)))
#define AQ__COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* A hint that these cache lines are used soon. NULL is fine, and so is memory that is not there. */
static inline void aq__prefetch(const void *block, size_t size)
{
    uintptr_t first = (uintptr_t)block;

    for (size_t at = 0; at < size; at += 64)
#if defined(__GNUC__)
        __builtin_prefetch((const void *)(first + at), 1);
#else
        (void)first;
#endif
}

/* memset() to 0 for a few cache lines: of a size that it knows the compiler makes "rep stos", which takes longer than the stores. */
static inline void aq__zero(void *block, size_t size)
{
    char *at = block;

    for (; size >= 64; size -= 64, at += 64)
        memset(at, 0, 64);
    memset(at, 0, size);
}

/* Each may give NULL, and then AQ_ENOMEM is the thread's last error already: `return AQ_ENOMEM;` is all that
 * is left to do. Size 0 is a block like any other. */
void *aq__malloc(size_t size) AQ_MUST_USE;
void *aq__calloc(size_t count, size_t size) AQ_MUST_USE; /* zeroed; NULL on overflow */
void *aq__realloc(void *block, size_t size) AQ_MUST_USE; /* NULL: the block is as it was */
char *aq__strdup(const char *text) AQ_MUST_USE;          /* NULL in, NULL out */
void aq__free(void *block);                              /* NULL is fine */
/* The same, but the last error stays what it was. */
void *aq__malloc_quietly(size_t size) AQ_MUST_USE;
/* Room for one more behind `count` items of `size` bytes: an array that is full is made twice as big. `items` is the
 * address of the pointer to the first. AQ_ENOMEM: nothing changed. The second is for arrays in an arena, where the
 * smaller one stays until its end. */
int aq__make_room(void *items, size_t *capacity, size_t count, size_t size);
int aq__arena_make_room(aq_arena_t *arena, void *items, size_t *capacity, size_t count, size_t size);

/* Sets the thread's last error and returns `code`, so that `return aq__fail(AQ_EINVAL, "...")` reads well.
 * The arguments may be texts of the last error: aq__fail(code, "bind 'users': %s", aq_last_error()->message).
 * Never allocates. */
int aq__fail(int code, const char *format, ...) AQ_PRINTF(2, 3);
/* The same with a whole error; the strings are copied, and cut where they are very long (see error.c). */
int aq__fail_with(const aq_error_t *error);
/* A copy whose strings live in the arena; NULL: out of memory. */
aq_error_t *aq__error_dup(aq_arena_t *arena, const aq_error_t *error);
/* A copy in one block, strings included, for aq__free(); NULL: out of memory, and the last error stays what
 * it was. */
aq_error_t *aq__error_copy(const aq_error_t *error) AQ_MUST_USE;

/* `length`, or where it is more than `most` the place at or before `most` that does not split a UTF-8
 * character. */
size_t aq__utf8_cut(const char *string, size_t length, size_t most);

#endif
