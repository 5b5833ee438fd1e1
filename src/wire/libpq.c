/* Looks newer libpq functions up by name, once per process. A library without them is the normal case, not an error. */
#include "src/wire/libpq.h"

#include <dlfcn.h>
#include <string.h>
#include <uv.h>

static aq__libpq_t functions;
static uv_once_t once = UV_ONCE_INIT;

/* memcpy, because ISO C has no conversion from an object pointer to a function pointer. */
static void find(void *member, size_t size, const char *name)
{
    void *symbol = dlsym(RTLD_DEFAULT, name);

    memcpy(member, &symbol, size);
}
#define FIND(member, name) find(&functions.member, sizeof functions.member, name)

static void find_all(void)
{
    FIND(send_pipeline_sync, "PQsendPipelineSync");
    FIND(set_chunked_rows_mode, "PQsetChunkedRowsMode");
    FIND(cancel_create, "PQcancelCreate");
    FIND(cancel_start, "PQcancelStart");
    FIND(cancel_poll, "PQcancelPoll");
    FIND(cancel_socket, "PQcancelSocket");
    FIND(cancel_error_message, "PQcancelErrorMessage");
    FIND(cancel_finish, "PQcancelFinish");
    FIND(ssl_pending, "SSL_pending");
}

const aq__libpq_t *aq__libpq(void)
{
    uv_once(&once, find_all);
    return &functions;
}
