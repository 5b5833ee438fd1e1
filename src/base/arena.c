/* Memory that is freed all at once: a bump pointer through chunks of 1, 2, 4 ... 64 KiB.
 *
 * The happy path: the block fits into the chunk in use, and the pointer moves on. The arena itself lives
 * in its first chunk, so a small one costs one malloc and one free. A block above 16 KiB gets a chunk of
 * its own, and the chunk in use stays in use.
 * The failure modes: the allocator gives NULL or a size overflows: NULL, and the arena is what it was. */
#include <stdio.h>
#include <string.h>

#include "src/base/base.h"

#ifdef AQ__ARENA_ASAN
#include <sanitizer/asan_interface.h>
#define POISON(pointer, size) ASAN_POISON_MEMORY_REGION(pointer, size)
#define UNPOISON(pointer, size) ASAN_UNPOISON_MEMORY_REGION(pointer, size)
enum { GUARD = 16 };
#else
#define POISON(pointer, size) ((void)(pointer), (void)(size))
#define UNPOISON(pointer, size) ((void)(pointer), (void)(size))
enum { GUARD = 0 };
#endif

enum {
    FIRST_SIZE = 1024, /* glibc's per-thread cache takes it */
    MOST_SIZE = 64 * 1024,
    BIG = MOST_SIZE / 4, /* a bigger block is its own chunk */
};

struct aq__chunk {
    _Alignas(max_align_t) aq__chunk_t *next;
    size_t size; /* with this header */
};

struct aq__deferred {
    aq__deferred_t *next;
    void (*cb)(void *data);
    void *data;
};

static char *chunk_data(aq__chunk_t *chunk)
{
    return (char *)(chunk + 1);
}

static char *first_data(aq_arena_t *arena)
{
    return (char *)arena + AQ__ARENA_ROUND(sizeof(*arena));
}

/* The chunk that the arena lives in. */
static aq__chunk_t *first_chunk(aq_arena_t *arena)
{
    return (aq__chunk_t *)(void *)arena - 1;
}

static void use_room(aq_arena_t *arena, char *from, aq__chunk_t *chunk)
{
    arena->next = from;
    arena->end = (char *)chunk + chunk->size;
    POISON(arena->next, (size_t)(arena->end - arena->next));
}

aq_arena_t *aq_arena_create(void)
{
    aq__chunk_t *chunk = aq__malloc(FIRST_SIZE);
    aq_arena_t *arena;

    if (chunk == NULL)
        return NULL;
    *chunk = (aq__chunk_t){.size = FIRST_SIZE};
    arena = (aq_arena_t *)(void *)chunk_data(chunk);
    *arena = (aq_arena_t){.chunks = chunk, .chunk_size = 2 * FIRST_SIZE, .size = FIRST_SIZE};
    use_room(arena, first_data(arena), chunk);
    return arena;
}

static void run_deferred(aq_arena_t *arena)
{
    aq__deferred_t *deferred;

    while ((deferred = arena->deferred) != NULL) { /* a call may defer more */
        arena->deferred = deferred->next;
        deferred->cb(deferred->data);
    }
}

/* Frees every chunk but the first and `kept`. */
static void free_chunks(aq_arena_t *arena, aq__chunk_t *kept)
{
    aq__chunk_t *first = first_chunk(arena), *next;

    for (aq__chunk_t *chunk = arena->chunks; chunk != first; chunk = next) {
        next = chunk->next;
        if (chunk == kept)
            continue;
        UNPOISON(chunk_data(chunk), chunk->size - sizeof(*chunk));
        aq__free(chunk);
    }
    arena->chunks = first;
    arena->size = FIRST_SIZE;
    if (kept != NULL) {
        kept->next = first;
        arena->chunks = kept;
        arena->size += kept->size;
    }
}

void aq_arena_close(aq_arena_t *arena)
{
    if (arena == NULL)
        return;
    run_deferred(arena);
    free_chunks(arena, NULL);
    UNPOISON(first_data(arena), FIRST_SIZE - sizeof(aq__chunk_t) - AQ__ARENA_ROUND(sizeof(*arena)));
    aq__free(first_chunk(arena));
}

static aq__chunk_t *biggest_ordinary_chunk(aq_arena_t *arena)
{
    aq__chunk_t *biggest = NULL;

    for (aq__chunk_t *chunk = arena->chunks; chunk != first_chunk(arena); chunk = chunk->next)
        if (chunk->size <= MOST_SIZE && (biggest == NULL || chunk->size > biggest->size))
            biggest = chunk;
    return biggest;
}

void aq_arena_reset(aq_arena_t *arena)
{
    run_deferred(arena);
    arena->spare = biggest_ordinary_chunk(arena);
    free_chunks(arena, arena->spare);
    if (arena->spare != NULL)
        POISON(chunk_data(arena->spare), arena->spare->size - sizeof(aq__chunk_t));
    use_room(arena, first_data(arena), first_chunk(arena));
}

static aq__chunk_t *add_chunk(aq_arena_t *arena, size_t size)
{
    aq__chunk_t *chunk = aq__malloc(size);

    if (chunk == NULL)
        return NULL;
    *chunk = (aq__chunk_t){.next = arena->chunks, .size = size};
    arena->chunks = chunk;
    arena->size += size;
    return chunk;
}

/* Makes room for `size` bytes at arena->next. */
static bool refill(aq_arena_t *arena, size_t size)
{
    aq__chunk_t *chunk = arena->spare;

    if (chunk != NULL && size <= chunk->size - sizeof(*chunk)) {
        arena->spare = NULL;
    } else {
        while (arena->chunk_size - sizeof(*chunk) < size)
            arena->chunk_size *= 2; /* ends: BIG is a quarter of MOST_SIZE */
        chunk = add_chunk(arena, arena->chunk_size);
        if (chunk == NULL)
            return false;
        if (arena->chunk_size < MOST_SIZE)
            arena->chunk_size *= 2;
    }
    use_room(arena, chunk_data(chunk), chunk);
    return true;
}

static void *alloc_big(aq_arena_t *arena, size_t size)
{
    aq__chunk_t *chunk = add_chunk(arena, sizeof(*chunk) + AQ__ARENA_ROUND(size));

    if (chunk == NULL)
        return NULL;
    POISON(chunk_data(chunk) + size, AQ__ARENA_ROUND(size) - size);
    return chunk_data(chunk);
}

void *aq__arena_alloc_slowly(aq_arena_t *arena, size_t size)
{
    size_t need;
    char *block;

    if (size > BIG) {
        if (size <= PTRDIFF_MAX)
            return alloc_big(arena, size);
        (void)aq__fail(AQ_ENOMEM, "allocate %zu bytes: out of memory", size);
        return NULL;
    }
    need = AQ__ARENA_ROUND(size + GUARD);
    if (need > (size_t)(arena->end - arena->next) && !refill(arena, need))
        return NULL;
    block = arena->next;
    arena->next += need;
    UNPOISON(block, size);
    return block;
}

void *aq_arena_alloc(aq_arena_t *arena, size_t size)
{
    return aq__arena_alloc(arena, size);
}

void *aq_arena_calloc(aq_arena_t *arena, size_t count, size_t size)
{
    void *block;

    if (size != 0 && count > SIZE_MAX / size) {
        (void)aq__fail(AQ_ENOMEM, "allocate %zu times %zu bytes: out of memory", count, size);
        return NULL;
    }
    block = aq__arena_alloc(arena, count * size);
    return block != NULL ? memset(block, 0, count * size) : NULL;
}

void *aq_arena_dup(aq_arena_t *arena, const void *data, size_t size)
{
    void *copy = aq__arena_alloc(arena, size);

    if (copy != NULL && size > 0)
        memcpy(copy, data, size);
    return copy;
}

char *aq_arena_strdup(aq_arena_t *arena, const char *text)
{
    return text != NULL ? aq_arena_dup(arena, text, strlen(text) + 1) : NULL;
}

char *aq_arena_strndup(aq_arena_t *arena, const char *text, size_t length)
{
    const char *end;
    char *copy;

    if (text == NULL)
        return NULL;
    end = memchr(text, '\0', length);
    if (end != NULL)
        length = (size_t)(end - text);
    copy = aq__arena_alloc(arena, length + 1);
    if (copy == NULL)
        return NULL;
    memcpy(copy, text, length);
    copy[length] = '\0';
    return copy;
}

char *aq_arena_vprintf(aq_arena_t *arena, const char *format, va_list arguments)
{
    va_list again;
    int length;
    char *text;

    va_copy(again, arguments);
    length = vsnprintf(NULL, 0, format, again);
    va_end(again);
    if (length < 0) {
        (void)aq__fail(AQ_EINVAL, "format '%s': the C library refuses it", format);
        return NULL;
    }
    text = aq__arena_alloc(arena, (size_t)length + 1);
    if (text != NULL)
        (void)vsnprintf(text, (size_t)length + 1, format, arguments);
    return text;
}

char *aq_arena_printf(aq_arena_t *arena, const char *format, ...)
{
    va_list arguments;
    char *text;

    va_start(arguments, format);
    text = aq_arena_vprintf(arena, format, arguments);
    va_end(arguments);
    return text;
}

int aq_arena_defer(aq_arena_t *arena, void (*cb)(void *data), void *data)
{
    aq__deferred_t *deferred = aq__arena_alloc(arena, sizeof(*deferred));

    if (deferred == NULL)
        return AQ_ENOMEM;
    *deferred = (aq__deferred_t){.next = arena->deferred, .cb = cb, .data = data};
    arena->deferred = deferred;
    return AQ_OK;
}

size_t aq_arena_size(const aq_arena_t *arena)
{
    return arena->size;
}
