/* How long a loop is held up: the processor time of its longest turn. TURNS_ALONE is that of the loop's thread; TURNS_TOGETHER is that of the
 * process, for what is done in threads that the loop waits for.
 *
 *     turns_watch(&uv, TURNS_TOGETHER);
 *     aq_wait(op);
 *     note("at most %.1f ms at a time", turns_longest());         ends the watching; the loop must run once more before it is closed */
#ifndef AQUIFER_T_TURNS_H
#define AQUIFER_T_TURNS_H

#include <time.h>
#include <uv.h>

#define TURNS_ALONE CLOCK_THREAD_CPUTIME_ID
#define TURNS_TOGETHER CLOCK_PROCESS_CPUTIME_ID

static struct {
    clockid_t clock;
    uv_prepare_t prepare;
    double since, longest;
} turn_watch;

static inline double turns_now(void)
{
    struct timespec now;

    clock_gettime(turn_watch.clock, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static inline void turns_note(uv_prepare_t *prepare)
{
    double now = turns_now();

    (void)prepare;
    if (now - turn_watch.since > turn_watch.longest)
        turn_watch.longest = now - turn_watch.since;
    turn_watch.since = now;
}

/* Each turn goes from before one poll, which waits without taking processor time, to before the next; the first begins now. */
static inline void turns_watch(uv_loop_t *watched, clockid_t clock)
{
    turn_watch.clock = clock;
    turn_watch.longest = 0;
    turn_watch.since = turns_now();
    uv_prepare_init(watched, &turn_watch.prepare);
    uv_prepare_start(&turn_watch.prepare, turns_note);
    uv_unref((uv_handle_t *)&turn_watch.prepare);
}

/* In milliseconds. */
static inline double turns_longest(void)
{
    turns_note(&turn_watch.prepare);
    uv_close((uv_handle_t *)&turn_watch.prepare, NULL);
    return turn_watch.longest;
}

#endif
