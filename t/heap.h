/* For tests of what happens without memory: an allocator that counts, and that can fail the nth request.
 *
 *     aq_set_allocator(counting_allocator, NULL);
 *     fail_request(2);
 *     ok(aq_arena_create() != NULL && aq__malloc(8) == NULL, "the second request of these fails");
 *     fail_request(0);
 *     fail_each_request(some_work, &state, 1000);           with the first, the second ... until it needs no more
 *     is_int(allocations.blocks, 0, "nothing is left");
 *
 * Threads that connect use it too. */
#ifndef AQUIFER_T_HEAP_H
#define AQUIFER_T_HEAP_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>

#include "aquifer/base.h"
#include "t/tap.h"

static struct {
    atomic_size_t blocks;   /* that are out */
    atomic_size_t requests; /* for memory, so far */
    atomic_size_t fail_at;  /* this request fails; 0: none does */
    atomic_size_t refused;  /* requests that failed since fail_request() */
    bool fail_rest;         /* so does every one after fail_at: memory is out and stays out */
} allocations;

static inline bool is_refused(size_t request)
{
    size_t fail_at = atomic_load(&allocations.fail_at);

    return fail_at != 0 && (request == fail_at || (allocations.fail_rest && request > fail_at));
}

static inline void *counting_allocator(void *data, void *block, size_t size)
{
    (void)data;
    if (size == 0) {
        if (block != NULL)
            atomic_fetch_sub(&allocations.blocks, 1);
        free(block);
        return NULL;
    }
    if (is_refused(atomic_fetch_add(&allocations.requests, 1) + 1)) {
        atomic_fetch_add(&allocations.refused, 1);
        return NULL;
    }
    if (block == NULL)
        atomic_fetch_add(&allocations.blocks, 1);
    return realloc(block, size);
}

/* Of the requests from now on the nth fails; 0: none does. */
static inline void fail_request(size_t n)
{
    atomic_store(&allocations.fail_at, 0);
    atomic_store(&allocations.requests, 0);
    atomic_store(&allocations.refused, 0);
    atomic_store(&allocations.fail_at, n);
}

static inline bool all_memory_is_back(void)
{
    size_t blocks = atomic_load(&allocations.blocks);

    if (blocks != 0)
        diag("%zu blocks are still out", blocks);
    return blocks == 0;
}

/* Calls `run` again and again, its first request failing, then its second ..., until it says that it has seen enough: what that is, and whether
 * all was well, is for `run` to tell. How many runs it took, at most so many. */
static inline size_t fail_each_request(bool (*run)(void *data), void *data, size_t most)
{
    bool enough = false;
    size_t n = 0;

    while (!enough && n < most) {
        fail_request(++n);
        enough = run(data);
        fail_request(0);
    }
    return n;
}

/* For work that takes no state and returns a code: asserts that it is AQ_ENOMEM or, when none had to fail any more, AQ_OK, and that either way
 * it leaves nothing behind. */
typedef struct some_work {
    int (*work)(void);
    int code;
    bool leaked;
} some_work_t;

static inline bool try_some_work(void *data)
{
    some_work_t *some = data;
    size_t before = atomic_load(&allocations.blocks);

    some->code = some->work();
    some->leaked = some->leaked || atomic_load(&allocations.blocks) != before;
    return some->code != AQ_ENOMEM && atomic_load(&allocations.refused) == 0;
}

static inline void check_each_request(const char *name, int (*work)(void))
{
    some_work_t some = {.work = work};
    size_t n = fail_each_request(try_some_work, &some, 10000);

    is_int(some.code, AQ_OK, "%s: AQ_ENOMEM, until all of %zu requests are met", name, n - 1);
    ok(!some.leaked, "%s: whichever of them fails, nothing is left", name);
}

#endif
