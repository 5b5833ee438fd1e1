/* The one door to memory: every block that Aquifer takes comes through here.
 *
 * The happy path: no hook is set, and aq__malloc is malloc. With a hook it is one indirect call.
 * The failure modes: the allocator gives NULL, or count * size overflows. Both return NULL and leave
 * AQ_ENOMEM as the thread's last error, so that a caller only has to say `return AQ_ENOMEM`. */
#include <stdlib.h>
#include <string.h>

#include "src/base/base.h"

static aq_allocator_cb hook; /* NULL: the C library's */
static void *hook_data;

void aq_set_allocator(aq_allocator_cb allocator, void *data)
{
    hook = allocator;
    hook_data = data;
}

static void *out_of_memory(size_t size)
{
    (void)aq__fail(AQ_ENOMEM, "allocate %zu bytes: out of memory", size);
    return NULL;
}

void *aq__malloc_quietly(size_t size)
{
    if (size == 0)
        size = 1; /* NULL shall mean "out of memory" and nothing else */
    return hook == NULL ? malloc(size) : hook(hook_data, NULL, size);
}

void *aq__malloc(size_t size)
{
    void *block = aq__malloc_quietly(size);

    return block != NULL ? block : out_of_memory(size);
}

void *aq__calloc(size_t count, size_t size)
{
    void *block;

    if (size != 0 && count > SIZE_MAX / size) {
        (void)aq__fail(AQ_ENOMEM, "allocate %zu times %zu bytes: out of memory", count, size);
        return NULL;
    }
    if (hook == NULL && count * size != 0) {
        block = calloc(count, size); /* knows which pages are zero already */
        return block != NULL ? block : out_of_memory(count * size);
    }
    block = aq__malloc(count * size);
    return block != NULL ? memset(block, 0, count * size) : NULL;
}

void *aq__realloc(void *block, size_t size)
{
    void *moved;

    if (size == 0)
        size = 1;
    moved = hook == NULL ? realloc(block, size) : hook(hook_data, block, size);
    return moved != NULL ? moved : out_of_memory(size);
}

char *aq__strdup(const char *text)
{
    size_t size;
    char *copy;

    if (text == NULL)
        return NULL;
    size = strlen(text) + 1;
    copy = aq__malloc(size);
    return copy != NULL ? memcpy(copy, text, size) : NULL;
}

void aq__free(void *block)
{
    if (block == NULL)
        return;
    if (hook == NULL)
        free(block);
    else
        (void)hook(hook_data, block, 0);
}

void aq_free(void *block)
{
    aq__free(block);
}

/* ---- Arrays that grow --------------------------------------------------------------------------------------------- */

enum { FIRST_CAPACITY = 4 };

static size_t next_capacity(size_t capacity)
{
    return capacity > 0 ? 2 * capacity : FIRST_CAPACITY;
}

static void *pointer_at(const void *place)
{
    void *pointer;

    memcpy(&pointer, place, sizeof pointer);
    return pointer;
}

int aq__make_room(void *items, size_t *capacity, size_t count, size_t size)
{
    const size_t wanted = next_capacity(*capacity);
    void *bigger;

    if (count < *capacity)
        return AQ_OK;
    if ((bigger = aq__realloc(pointer_at(items), wanted * size)) == NULL)
        return AQ_ENOMEM;
    memcpy(items, &bigger, sizeof bigger);
    *capacity = wanted;
    return AQ_OK;
}

int aq__arena_make_room(aq_arena_t *arena, void *items, size_t *capacity, size_t count, size_t size)
{
    const size_t wanted = next_capacity(*capacity);
    void *bigger;

    if (count < *capacity)
        return AQ_OK;
    if ((bigger = aq_arena_alloc(arena, wanted * size)) == NULL)
        return AQ_ENOMEM;
    if (count > 0)
        memcpy(bigger, pointer_at(items), count * size);
    memcpy(items, &bigger, sizeof bigger);
    *capacity = wanted;
    return AQ_OK;
}
