/* Code that needs more stack than a task or a small thread has: parsers that recurse. */
#ifndef AQ_SRC_TASK_DEEP_H
#define AQ_SRC_TASK_DEEP_H

#include <stddef.h>

/* Usable bytes; only touched pages count. */
#define AQ__DEEP_STACK ((size_t)8 * 1024 * 1024)

/* Runs `cb(data)` to its end on a big stack, in this thread. It must return, and not await. AQ_ENOMEM: it was not called.
 * From any thread, inside a task or not. */
int aq__call_deep(void (*cb)(void *data), void *data);

#endif
