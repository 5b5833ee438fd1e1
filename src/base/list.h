/* An intrusive, circular, doubly linked list: the state of a thing is the list it is on.
 * A head and an unlinked node point to themselves, so unlinking twice is harmless. */
#ifndef AQ_SRC_BASE_LIST_H
#define AQ_SRC_BASE_LIST_H

#include <stdbool.h>
#include <stddef.h>

typedef struct aq__list {
    struct aq__list *next, *prev;
} aq__list_t;

static inline void aq__list_init(aq__list_t *list)
{
    list->next = list->prev = list;
}

static inline bool aq__list_empty(const aq__list_t *list)
{
    return list->next == list;
}

static inline void aq__list_insert_before(aq__list_t *position, aq__list_t *node)
{
    node->next = position;
    node->prev = position->prev;
    position->prev->next = node;
    position->prev = node;
}

static inline void aq__list_append(aq__list_t *list, aq__list_t *node)
{
    aq__list_insert_before(list, node);
}

static inline void aq__list_prepend(aq__list_t *list, aq__list_t *node)
{
    aq__list_insert_before(list->next, node);
}

static inline void aq__list_unlink(aq__list_t *node)
{
    node->prev->next = node->next;
    node->next->prev = node->prev;
    node->next = node->prev = node;
}

/* Moves all nodes of `from` behind those of `to`; `from` is empty afterwards. */
static inline void aq__list_splice(aq__list_t *to, aq__list_t *from)
{
    if (aq__list_empty(from))
        return;
    from->next->prev = to->prev;
    to->prev->next = from->next;
    from->prev->next = to;
    to->prev = from->prev;
    aq__list_init(from);
}

static inline aq__list_t *aq__list_first(const aq__list_t *list)
{
    return list->next == list ? NULL : list->next;
}

/* Unlinks and returns the first node; NULL when there is none. */
static inline aq__list_t *aq__list_shift(aq__list_t *list)
{
    aq__list_t *node = aq__list_first(list);

    if (node != NULL)
        aq__list_unlink(node);
    return node;
}

static inline size_t aq__list_length(const aq__list_t *list)
{
    size_t length = 0;

    for (const aq__list_t *node = list->next; node != list; node = node->next)
        length++;
    return length;
}

#define AQ__LIST_FOREACH(node, list) for (aq__list_t *node = (list)->next; node != (list); node = node->next)
/* The body may unlink `node`, and nothing else. */
#define AQ__LIST_FOREACH_SAFE(node, list)                                            \
    for (aq__list_t *node = (list)->next, *node##_next = node->next; node != (list); \
         node = node##_next, node##_next = node->next)

#endif
