/* deep: a call on a big stack.
 *
 * The happy path: a thread with AQ__DEEP_STACK bytes of stack runs the call while this one waits for it. The failure modes: no thread
 * can be made. Signals stay with the threads that the program made. */
#include "src/task/deep.h"

#include <pthread.h>
#include <signal.h>
#include <string.h>

#include "src/base/base.h"

typedef struct call {
    void (*cb)(void *data);
    void *data;
} call_t;

static void *run(void *data)
{
    call_t *call = data;

    call->cb(call->data);
    return NULL;
}

static int create(pthread_t *thread, call_t *call)
{
    pthread_attr_t attributes;
    sigset_t all, before;
    int code = pthread_attr_init(&attributes);

    if (code != 0)
        return code;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    code = pthread_attr_setstacksize(&attributes, AQ__DEEP_STACK);
    if (code == 0)
        code = pthread_create(thread, &attributes, run, call);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    return code;
}

int aq__call_deep(void (*cb)(void *data), void *data)
{
    call_t call = {cb, data};
    pthread_t thread;
    int code = create(&thread, &call);

    if (code != 0)
        return aq__fail(AQ_ENOMEM, "start a thread with a stack of %zu bytes: %s", AQ__DEEP_STACK,
                        strerror(code));
    pthread_join(thread, NULL);
    return AQ_OK;
}
