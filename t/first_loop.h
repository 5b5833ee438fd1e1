/* The first loop of a process opens descriptors that libuv keeps: they are no leak of the tests. */
#ifndef AQUIFER_T_FIRST_LOOP_H
#define AQUIFER_T_FIRST_LOOP_H

#include "t/tap.h"

#include <uv.h>

static inline void open_first_loop(void)
{
    uv_loop_t first;

    uv_loop_init(&first);
    uv_loop_close(&first);
    tap_descriptors_expected(tap_descriptors());
}

#endif
