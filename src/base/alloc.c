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
