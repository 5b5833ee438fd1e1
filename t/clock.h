/* Time on a loop: how late it is, and letting the loop run until something holds or for a while.
 *
 *     double since = now_ms();
 *
 *     ok(await_on(&uv, all_are_done, &ops, 2000), "all are done within 2 s");
 *     note("%.0f ms", now_ms() - since); */
#ifndef AQUIFER_T_CLOCK_H
#define AQUIFER_T_CLOCK_H

#include <stdbool.h>
#include <uv.h>

static inline double now_ms(void)
{
    return (double)uv_hrtime() / 1e6;
}

static inline void stop_loop(uv_timer_t *timer)
{
    uv_stop(timer->loop);
}

/* Runs the loop until the condition holds; whether it does within so many milliseconds. */
static inline bool await_on(uv_loop_t *on, bool (*condition)(void *data), void *data, unsigned milliseconds)
{
    double end = now_ms() + milliseconds;
    uv_timer_t timer;
    bool holds;

    uv_timer_init(on, &timer);
    uv_timer_start(&timer, stop_loop, 1, 1);
    while (!(holds = condition(data)) && now_ms() < end)
        uv_run(on, UV_RUN_ONCE);
    uv_close((uv_handle_t *)&timer, NULL);
    uv_run(on, UV_RUN_NOWAIT);
    return holds;
}

static inline bool never(void *data)
{
    (void)data;
    return false;
}

static inline void run_on_for(uv_loop_t *on, unsigned milliseconds)
{
    await_on(on, never, NULL, milliseconds);
}

#endif
