/* For tests that need a loop: one uv_loop_t with its aq_loop_t, a record of what was called, and an allocator that
 * counts (t/heap.h). */
#ifndef AQUIFER_T_LOOPS_H
#define AQUIFER_T_LOOPS_H

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "aquifer/task.h"
#include "t/clock.h"
#include "t/heap.h"
#include "t/tap.h"

static uv_loop_t uv;
static aq_loop_t *loop;

/* What happened, in order: "a b c". */
static char record[4096];

static inline void note_call(const char *format, ...) TAP_FORMAT(1, 2);

static inline void note_call(const char *format, ...)
{
    size_t length = strlen(record);
    va_list arguments;

    if (length > 0 && length + 1 < sizeof(record))
        record[length++] = ' ';
    va_start(arguments, format);
    vsnprintf(record + length, sizeof(record) - length, format, arguments);
    va_end(arguments);
}

/* Before the first test: counts allocations, and lets libuv open what it keeps for the process. */
static inline void init_loops(void)
{
    aq_set_allocator(counting_allocator, NULL);
    uv_loop_init(&uv);
    uv_loop_close(&uv);
    tap_descriptors_expected(tap_descriptors());
}

/* ---- The loop ---------------------------------------------------------------------------------------------------- */

static inline void open_loop(void)
{
    record[0] = '\0';
    uv_loop_init(&uv);
    loop = aq_loop_open(&uv);
}

/* Runs what is left and closes both; true when libuv agrees that nothing is left. */
static inline bool end_loop(void)
{
    int closed;

    aq_loop_close(loop);
    uv_run(&uv, UV_RUN_DEFAULT);
    closed = uv_loop_close(&uv);
    if (closed != 0) {
        diag("uv_loop_close: %s", uv_strerror(closed));
        uv_print_all_handles(&uv, stderr);
    }
    return closed == 0;
}

/* The same, and all memory came back. */
static inline bool close_loop(void)
{
    bool ended = end_loop();

    return all_memory_is_back() && ended;
}

/* One pass over the loop that does not wait. */
static inline void turn(void)
{
    uv_run(&uv, UV_RUN_NOWAIT);
}

/* Until nothing is left to do. */
static inline void run(void)
{
    uv_run(&uv, UV_RUN_DEFAULT);
}

/* Runs the loop until the condition holds; whether it does within so many milliseconds. */
static inline bool await_that(bool (*condition)(void *data), void *data, unsigned milliseconds)
{
    return await_on(&uv, condition, data, milliseconds);
}

static inline void run_for(unsigned milliseconds)
{
    run_on_for(&uv, milliseconds);
}

#define with_loop(...)                                \
    subtest(__VA_ARGS__)                              \
        for (bool once_ = (open_loop(), true); once_; \
             once_ = false, ok(close_loop(), "the loop closes, no memory is left"))

#endif
