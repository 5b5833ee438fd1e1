/* sort: objects in the order of their keys, so that what a flush does is the same each time, and two sessions lock rows in the same order. */
#ifndef AQ_SRC_ORM_SORT_H
#define AQ_SRC_ORM_SORT_H

#include "src/orm/session.h"

typedef struct aq__place {
    const void *object;
    void *what; /* the caller's */
    int group; /* the first thing to sort by; in group 0 the number is the second, in the others the hierarchy and the key are */
    size_t number;   /* the last */
    aq_value_t *key; /* set by the sort */
} aq__place_t;

/* AQ_ENOMEM, or what a custom type's encode() says. */
int aq__places_sort(aq__place_t *places, size_t count, aq_arena_t *arena);
/* The same for objects, all of one group. */
int aq__objects_sort(aq__object_array_t *array);

#endif
