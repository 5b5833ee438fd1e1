/* What base gives to the rooms above it and to nobody outside: the allocator, intrusive lists, the map, error making. */
#ifndef AQ_SRC_BASE_H
#define AQ_SRC_BASE_H

#include "aquifer/base.h"
#include "src/base/list.h"
#include "src/base/map.h"

#define AQ__CONTAINER_OF(pointer, type, member) ((type *)(void *)((char *)(pointer)-offsetof(type, member)))
#define AQ__COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

void *aq__malloc(size_t size) AQ_MUST_USE;
void *aq__calloc(size_t count, size_t size) AQ_MUST_USE; /* zeroed; NULL on overflow */
void *aq__realloc(void *block, size_t size) AQ_MUST_USE;
char *aq__strdup(const char *text) AQ_MUST_USE;
void  aq__free(void *block);

/* Sets the thread's last error and returns `code`, so that `return aq__fail(AQ_EINVAL, "...")` reads well. */
int aq__fail(int code, const char *format, ...) AQ_PRINTF(2, 3);
/* The same with a whole error; the strings are copied. */
int aq__fail_with(const aq_error_t *error);
/* A copy whose strings live in the arena; NULL: out of memory. */
aq_error_t *aq__error_dup(aq_arena_t *arena, const aq_error_t *error);

#endif
