/* timer: the deadlines of aq_timeout() and the ops of aq_sleep().
 *
 * The happy path: a spare timer is started for an op, fires or is stopped, and is spare again.
 * The failure mode: no memory for one more. */
#include "src/task/loop.h"

static aq__timer_t *create(aq_loop_t *loop)
{
    aq__timer_t *timer = aq__malloc(sizeof(*timer));

    if (timer == NULL) {
        aq__fail(AQ_ENOMEM, "start a timer: out of memory");
        return NULL;
    }
    uv_timer_init(loop->uv, &timer->uv); /* always 0 */
    timer->uv.data = timer;
    timer->loop = loop;
    loop->handles++;
    return timer;
}

aq__timer_t *aq__timer_start(aq_op_t *op, uint64_t milliseconds, uv_timer_cb cb)
{
    aq_loop_t *loop = op->loop;
    aq__timer_t *timer = loop->spare_timers;

    if (timer != NULL) {
        loop->spare_timers = timer->next;
        loop->spare_timer_count--;
    } else if ((timer = create(loop)) == NULL) {
        return NULL;
    }
    timer->op = op;
    timer->milliseconds = milliseconds;
    uv_update_time(
        loop->uv); /* before uv_run(), or after a long callback, its clock is behind: too early a deadline */
    uv_timer_start(&timer->uv, cb, milliseconds, 0);
    return timer;
}

static void on_closed(uv_handle_t *handle)
{
    aq__timer_t *timer = handle->data;
    aq_loop_t *loop = timer->loop;

    aq__free(timer);
    aq__loop_on_handle_closed(loop);
}

void aq__timer_stop(aq_loop_t *loop, aq__timer_t *timer)
{
    uv_timer_stop(&timer->uv);
    timer->op = NULL;
    if (loop->spare_timer_count < AQ__LOOP_SPARE_TIMERS) {
        timer->next = loop->spare_timers;
        loop->spare_timers = timer;
        loop->spare_timer_count++;
    } else {
        uv_close((uv_handle_t *)&timer->uv, on_closed);
    }
}

void aq__timer_close_spares(aq_loop_t *loop)
{
    aq__timer_t *timer;

    while ((timer = loop->spare_timers) != NULL) {
        loop->spare_timers = timer->next;
        uv_close((uv_handle_t *)&timer->uv, on_closed);
    }
    loop->spare_timer_count = 0;
}

/* ---- aq_sleep ---------------------------------------------------------------------------------------------------- */

static bool on_sleep_cancel(aq_op_t *op, void *data)
{
    aq__timer_stop(op->loop, op->data);
    (void)data;
    aq_op_fail(op, AQ_ECANCELED, "sleep: canceled");
    return true;
}

static const aq_op_class_t sleep_class = {.name = "sleep", .cancel = on_sleep_cancel};

static void on_sleep_over(uv_timer_t *handle)
{
    aq__timer_t *timer = handle->data;
    aq_op_t *op = timer->op;
    aq_loop_t *loop = op->loop;

    aq__loop_enter(loop);
    aq__timer_stop(loop, timer);
    aq_op_complete(op, NULL);
    aq__loop_leave(loop);
}

aq_op_t *aq_sleep(aq_loop_t *loop, uint64_t milliseconds)
{
    aq_op_t *op = aq_op_create(loop, &sleep_class, NULL);

    if (aq_op_done(op))
        return op;
    op->data = aq__timer_start(op, milliseconds, on_sleep_over);
    if (op->data == NULL)
        aq_op_fail(op, AQ_ENOMEM, "sleep: out of memory");
    return op;
}
