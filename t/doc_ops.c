/* The code of docs/ops-and-tasks.md, compiled and run; t/docs.t compares the two. */
#include "t/loops.h"

#include <sys/stat.h>

/* ---- Making ops ---------------------------------------------------------------------------------------------------- */

static bool on_size_cancel(aq_op_t *op, void *data)
{
    (void)op;
    uv_cancel(data); /* on_stat() comes in any case */
    return true;
}

static const aq_op_class_t size_class = {.name = "size", .cancel = on_size_cancel, .dispose = free};

static void on_stat(uv_fs_t *request)
{
    aq_op_t *op = request->data;
    uint64_t *size = malloc(sizeof(*size));

    if (size == NULL || request->result < 0) {
        aq_op_fail(op, AQ_ESYSTEM, "size of '%s': %s", request->path,
                   size == NULL ? "out of memory" : uv_strerror((int)request->result));
        free(size);
    } else {
        *size = request->statbuf.st_size;
        aq_op_complete(op, size);
    }
    uv_fs_req_cleanup(request);
    free(request);
}

/* The size of a file; the value is a uint64_t that lives as long as the op. */
static aq_op_t *file_size(aq_loop_t *on, const char *path)
{
    uv_fs_t *request = malloc(sizeof(*request));
    aq_op_t *op = aq_op_create(on, &size_class, request);

    if (aq_op_done(op)) { /* there was no memory for it */
        free(request);
        return op;
    }
    if (request == NULL) {
        aq_op_fail(op, AQ_ENOMEM, "size of '%s': out of memory", path);
        return op;
    }
    request->data = op;
    if (uv_fs_stat(aq_loop_uv(on), request, path, on_stat) != 0) {
        aq_op_fail(op, AQ_ESYSTEM, "size of '%s': cannot start", path);
        free(request);
    }
    return op;
}

/* ---- The three ways -------------------------------------------------------------------------------------------------- */

static char printed[256];

static void print(const char *format, ...) TAP_FORMAT(1, 2);

static void print(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(printed, sizeof(printed), format, arguments);
    va_end(arguments);
}

static void on_size(aq_op_t *op, void *data)
{
    uint64_t *size = aq_op_value(op);

    if (size == NULL)
        print("%s", aq_op_error(op)->message);
    else
        print("%s: %llu", (const char *)data, (unsigned long long)*size);
} /* the op is closed here, and *size with it */

static void with_a_callback(void)
{
    aq_then(file_size(loop, "/etc/passwd"), on_size, (void *)"passwd");
}

static void *compare(void *data)
{
    aq_op_t *a = file_size(loop, "/etc/passwd"), *b = file_size(loop, "/etc/group"); /* both are under way */
    uint64_t *of_a = aq_await(a), *of_b = aq_await(b);

    (void)data;
    if (of_a == NULL || of_b == NULL)
        aq_task_fail(AQ_ESYSTEM, "compare: %s", aq_op_error(of_a == NULL ? a : b)->message);
    return (void *)(*of_a > *of_b ? "passwd" : "group");
} /* both ops are closed here */

static void in_a_task(void)
{
    aq_op_t *op = aq_spawn(loop, compare, NULL);

    print("%s", (const char *)aq_wait(op));
    aq_op_close(op);
}

static void in_a_script(void)
{
    aq_op_t *op = aq_timeout(file_size(loop, "/nowhere"), 5000);
    uint64_t *size = aq_wait(op);

    print("%s", size == NULL ? aq_op_error(op)->message : "there");
    aq_op_close(op);
}

/* ---- Ends and cleaning up --------------------------------------------------------------------------------------------- */

static void close_file(void *data)
{
    fclose(data);
}

static void *read_line(void *data)
{
    FILE *file = fopen(data, "r");
    char *line;

    if (file == NULL)
        aq_task_fail(AQ_ENOENT, "read '%s': cannot open it", (const char *)data);
    if (aq_defer(close_file, file) != AQ_OK) {
        fclose(file);
        aq_task_fail(AQ_ENOMEM, "read '%s': out of memory", (const char *)data);
    }
    line = aq_arena_calloc(aq_task_arena(), 1, 80); /* freed with the task */
    if (line == NULL || fgets(line, 80, file) == NULL)
        aq_task_exit(NULL); /* close_file() runs in any case */
    if (aq_await(aq_sleep(loop, 10)) == NULL)
        return NULL; /* canceled: stop soon */
    return (void *)(strncmp(line, "root:", 5) == 0 ? "root" : "somebody else");
}

int main(void)
{
    init_loops();
    with_loop("a callback")
    {
        with_a_callback();
        uv_run(&uv, UV_RUN_DEFAULT);
        has_str(printed, "passwd: ", "prints the size");
    }
    with_loop("a task")
    {
        in_a_task();
        ok(strcmp(printed, "passwd") == 0 || strcmp(printed, "group") == 0, "compares: %s", printed);
    }
    with_loop("a script")
    {
        in_a_script();
        is_str(printed, "size of '/nowhere': no such file or directory",
               "prints what was tried, and why it failed");
    }
    with_loop("ends of a task")
    {
        aq_op_t *op = aq_spawn(loop, read_line, (void *)"/etc/passwd");
        aq_op_t *bad = aq_spawn(loop, read_line, (void *)"/nowhere");
        aq_op_t *canceled = aq_spawn(loop, read_line, (void *)"/etc/passwd");

        aq_cancel(canceled);
        is_str(aq_wait(op), "root", "returning");
        ok(aq_wait(bad) == NULL, "failing");
        is_str(aq_op_error(bad)->message, "read '/nowhere': cannot open it", "with a text");
        ok(aq_wait(canceled) == NULL && aq_op_code(canceled) == AQ_ECANCELED, "canceled");
        aq_op_close(op), aq_op_close(bad), aq_op_close(canceled);
    }
    with_loop("a canceled request is cleaned up")
    {
        aq_op_t *op = file_size(loop, "/etc/passwd");

        aq_cancel(op);
        is_int(aq_op_code(op), AQ_ECANCELED, "at once");
        aq_op_close(op);
        aq_op_close(file_size(loop, "/etc/passwd"));
        uv_run(&uv, UV_RUN_DEFAULT);
    }
    return tap_done();
}
