/* The subcommands that read files, whichever request for memory fails: they say so, give status 3, and what was to be written is not there. */
#include "t/tap.h"

#include "src/tool/arguments.h"
#include "t/heap.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/aquifer-tool-memory-XXXXXX";
static char output[sizeof folder + sizeof "/output"], said[sizeof folder + sizeof "/said"];
static char sql[4096];

static long size_of(const char *path)
{
    struct stat file;

    return stat(path, &file) == 0 ? (long)file.st_size : -1;
}

typedef struct running {
    const aq__tool_command_t *command;
    int status;
    bool silent, wrong, leaked;
} running_t;

/* With what it says in a file of its own. */
static int run(const aq__tool_command_t *command)
{
    char name[16], o[] = "-o";
    char *arguments[] = {name, sql, o, output, NULL};
    int old = dup(STDERR_FILENO), other = open(said, O_WRONLY | O_CREAT | O_TRUNC, 0600), status;

    snprintf(name, sizeof name, "%s", command->name);
    dup2(other, STDERR_FILENO);
    status = aq__tool_run(command, 4, arguments);
    dup2(old, STDERR_FILENO);
    close(other);
    close(old);
    return status;
}

static bool try_command(void *data)
{
    running_t *running = data;
    size_t before = atomic_load(&allocations.blocks);
    bool refused;

    unlink(output);
    running->status = run(running->command);
    refused = atomic_load(&allocations.refused) > 0;
    running->leaked = running->leaked || atomic_load(&allocations.blocks) != before;
    running->silent = running->silent || (refused && size_of(said) <= 0);
    running->wrong =
        running->wrong || (refused && (running->status != AQ__TOOL_FAILED || size_of(output) >= 0));
    return !refused;
}

static void check_command(const aq__tool_command_t *command)
{
    running_t running = {.command = command};
    size_t n = fail_each_request(try_command, &running, 20000);

    is_int(running.status, AQ__TOOL_DONE, "aquifer %s: done once all of %zu requests are met", command->name,
           n - 1);
    ok(size_of(output) > 0, "aquifer %s: then its output is there", command->name);
    ok(!running.wrong, "aquifer %s: else the status is 3, and no output is there", command->name);
    ok(!running.silent, "aquifer %s: it says why", command->name);
    ok(!running.leaked, "aquifer %s: nothing is left", command->name);
}

int main(void)
{
    const char *source = getenv("AQUIFER_SRCDIR");

    aq_set_allocator(counting_allocator, NULL);
    if (mkdtemp(folder) == NULL)
        return 1;
    snprintf(output, sizeof output, "%s/output", folder);
    snprintf(said, sizeof said, "%s/said", folder);
    snprintf(sql, sizeof sql, "%s/sql/diary.sql", source != NULL ? source : ".");

    check_command(&aq__tool_models);
    check_command(&aq__tool_ddl);

    unlink(output);
    unlink(said);
    is_int(rmdir(folder), 0, "no other file is left");
    return tap_done();
}
