/* The rows of an UPDATE or DELETE in the order of their keys: two sessions that write the same rows lock them in the same order, as far as the server takes
 * them in the order in which they are given, and so they wait for each other instead of dying of a deadlock.
 *
 * Integers, texts and UUIDs are compared; a key of another type leaves the order as it is. The sort is stable, and what is sorted already costs one look. */
#include "src/orm/plan-step.h"

static int compare_integers(const void *a, const void *b, size_t size)
{
    int64_t left = 0, right = 0;

    if (size == sizeof(int16_t)) {
        left = *(const int16_t *)a;
        right = *(const int16_t *)b;
    } else if (size == sizeof(int32_t)) {
        left = *(const int32_t *)a;
        right = *(const int32_t *)b;
    } else if (size == sizeof(int64_t)) {
        left = *(const int64_t *)a;
        right = *(const int64_t *)b;
    }
    return (left > right) - (left < right);
}

static int compare_texts(const char *a, const char *b)
{
    if (a == NULL || b == NULL)
        return (a != NULL) - (b != NULL);
    return strcmp(a, b);
}

static int compare_field(const aq__field_t *field, const void *left, const void *right)
{
    const void *a = aq__member_of(field, left), *b = aq__member_of(field, right);

    switch (field->oid) {
    case AQ_OID_INT2:
    case AQ_OID_INT4:
    case AQ_OID_INT8:
    case AQ_OID_DATE:
    case AQ_OID_TIMESTAMP:
    case AQ_OID_TIMESTAMPTZ: return compare_integers(a, b, field->size);
    case AQ_OID_TEXT:
    case AQ_OID_VARCHAR:
        return field->size == sizeof(char *) ? compare_texts(*(char *const *)a, *(char *const *)b) : 0;
    case AQ_OID_UUID: return field->size == sizeof(aq_uuid_t) ? memcmp(a, b, sizeof(aq_uuid_t)) : 0;
    default: return 0;
    }
}

static int compare(const aq__mapper_t *mapper, const aq__planned_t *a, const aq__planned_t *b)
{
    int order = 0;

    for (size_t i = 0; order == 0 && i < mapper->key_count; i++)
        order = compare_field(mapper->key[i], a->changed->object, b->changed->object);
    return order;
}

static bool is_sorted(const aq__mapper_t *mapper, aq__planned_t *const *parts, size_t count)
{
    for (size_t i = 1; i < count; i++)
        if (compare(mapper, parts[i - 1], parts[i]) > 0)
            return false;
    return true;
}

/* The two halves are sorted; `spare` is as long as both. */
static void merge(const aq__mapper_t *mapper, aq__planned_t **parts, size_t half, size_t count,
                  aq__planned_t **spare)
{
    size_t a = 0, b = half;

    for (size_t i = 0; i < count; i++)
        spare[i] =
            b == count || (a < half && compare(mapper, parts[a], parts[b]) <= 0) ? parts[a++] : parts[b++];
    memcpy(parts, spare, count * sizeof(aq__planned_t *));
}

static void sort(const aq__mapper_t *mapper, aq__planned_t **parts, size_t count, aq__planned_t **spare)
{
    if (count < 2)
        return;
    sort(mapper, parts, count / 2, spare);
    sort(mapper, parts + count / 2, count - count / 2, spare);
    merge(mapper, parts, count / 2, count, spare);
}

void aq__step_sort(aq__step_t *step)
{
    aq__planned_t **spare;

    if (is_sorted(step->mapper, step->parts, step->count))
        return;
    spare = aq__malloc_quietly(step->count * sizeof(aq__planned_t *));
    if (spare == NULL) /* the order is a courtesy */
        return;
    sort(step->mapper, step->parts, step->count, spare);
    aq__free(spare);
    for (size_t i = 0; i < step->count; i++)
        step->parts[i]->place = i;
}
