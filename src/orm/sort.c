/* Sorting objects by hierarchy and key.
 *
 * The happy path: the values of the keys are made once, then compared as numbers or bytes: any order will do that is always the same.
 * The failure modes: memory; a custom type that has no text for its value. */
#include "src/orm/sort.h"

#include <stdlib.h>

#include "src/orm/member.h"

static int compare_bytes(aq_bytes_t a, aq_bytes_t b)
{
    size_t length = a.length < b.length ? a.length : b.length;
    int order = length > 0 ? memcmp(a.data, b.data, length) : 0;

    return order != 0 ? order : (a.length > b.length) - (a.length < b.length);
}

static int compare_values(const aq_value_t *a, const aq_value_t *b)
{
    if (a->kind != b->kind)
        return (a->kind > b->kind) - (a->kind < b->kind);
    switch (a->kind) {
    case AQ_VALUE_INT2:
    case AQ_VALUE_INT4:
    case AQ_VALUE_INT8:
    case AQ_VALUE_DATE:
    case AQ_VALUE_TIME:
    case AQ_VALUE_TIMESTAMP:
    case AQ_VALUE_TIMESTAMPTZ: return (a->as.integer > b->as.integer) - (a->as.integer < b->as.integer);
    case AQ_VALUE_FLOAT4:
    case AQ_VALUE_FLOAT8: return (a->as.number > b->as.number) - (a->as.number < b->as.number);
    case AQ_VALUE_TEXT:
    case AQ_VALUE_BYTEA:
    case AQ_VALUE_NUMERIC:
    case AQ_VALUE_JSON:
    case AQ_VALUE_JSONB: return compare_bytes(a->as.bytes, b->as.bytes);
    case AQ_VALUE_UUID: return memcmp(&a->as.uuid, &b->as.uuid, sizeof(a->as.uuid));
    case AQ_VALUE_BOOL: return (int)a->as.boolean - (int)b->as.boolean;
    case AQ_VALUE_NULL:
    case AQ_VALUE_INTERVAL:
    case AQ_VALUE_INET:
    case AQ_VALUE_ARRAY: break;
    }
    return 0;
}

static int compare_numbers(size_t a, size_t b)
{
    return (a > b) - (a < b);
}

/* Of one hierarchy, so that there are as many fields in both keys. */
static int compare_keys(const aq__place_t *a, const aq__place_t *b)
{
    size_t count = aq__object_mapper(a->object)->key_count;
    int order = 0;

    for (size_t i = 0; i < count && order == 0; i++)
        order = compare_values(&a->key[i], &b->key[i]);
    return order;
}

static int compare_places(const void *left, const void *right)
{
    const aq__place_t *a = left, *b = right;
    int order = a->group - b->group;

    if (order == 0 && a->key != NULL)
        order = compare_numbers(aq__object_mapper(a->object)->root->index,
                                aq__object_mapper(b->object)->root->index);
    if (order == 0 && a->key != NULL)
        order = compare_keys(a, b);
    return order != 0 ? order : compare_numbers(a->number, b->number);
}

static int set_key(aq__place_t *place, aq_arena_t *arena)
{
    const aq__mapper_t *mapper = aq__object_mapper(place->object);
    int code = AQ_OK;

    place->key = NULL;
    if (place->group == 0)
        return AQ_OK;
    place->key = aq_arena_alloc(arena, mapper->key_count * sizeof(*place->key));
    if (place->key == NULL)
        return AQ_ENOMEM;
    for (size_t i = 0; i < mapper->key_count && code == AQ_OK; i++)
        code = aq__member_value(mapper->key[i], aq__member_of(mapper->key[i], place->object), arena,
                                &place->key[i]);
    return code;
}

/* They often are: new objects are in the order in which they were added, and maps mostly have theirs by their keys. */
static bool is_sorted(const aq__place_t *places, size_t count)
{
    for (size_t i = 1; i < count; i++)
        if (compare_places(&places[i - 1], &places[i]) > 0)
            return false;
    return true;
}

int aq__places_sort(aq__place_t *places, size_t count, aq_arena_t *arena)
{
    int code = AQ_OK;

    for (size_t i = 0; i < count && code == AQ_OK; i++)
        code = set_key(&places[i], arena);
    if (code == AQ_OK && !is_sorted(places, count))
        qsort(places, count, sizeof(*places), compare_places);
    return code;
}

static int sort_in(aq__object_array_t *array, aq_arena_t *arena)
{
    aq__place_t *places = aq_arena_calloc(arena, array->count, sizeof(*places));
    int code = places != NULL ? AQ_OK : AQ_ENOMEM;

    for (size_t i = 0; i < array->count && code == AQ_OK; i++)
        places[i] =
            (aq__place_t){.object = array->items[i], .what = array->items[i], .group = 1, .number = i};
    if (code == AQ_OK)
        code = aq__places_sort(places, array->count, arena);
    for (size_t i = 0; i < array->count && code == AQ_OK; i++)
        array->items[i] = places[i].what;
    return code;
}

int aq__objects_sort(aq__object_array_t *array)
{
    aq_arena_t *arena;
    int code;

    if (array->count < 2)
        return AQ_OK;
    arena = aq_arena_create();
    code = arena != NULL ? sort_in(array, arena) : AQ_ENOMEM;
    aq_arena_close(arena);
    return code;
}
