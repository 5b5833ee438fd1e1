/* check_server: a throwaway server, by the script "postgres" that is installed beside the tool (build-aux/postgres).
 *
 * The happy path: the script makes a directory and starts a server there in the name of this process; when that is gone, however it ended, the script's
 * own watch stops the server and deletes the directory. So nothing is to be done about signals. The failure modes: no script, no PostgreSQL; the script says
 * why on stderr, which is ours. */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "src/tool/check.h"

extern char **environ;

enum { ARGUMENTS_MOST = 8, OUTPUT_MOST = 8192 };

/* AQUIFER_POSTGRES names it where the tool is not installed. */
static const char *script(void)
{
    const char *given = getenv("AQUIFER_POSTGRES");

    return given != NULL && given[0] != '\0' ? given : AQ_PKGLIBEXECDIR "/postgres";
}

static ssize_t read_all(int file, char *buffer, size_t size)
{
    size_t length = 0;

    for (;;) {
        ssize_t got = read(file, buffer + length, size - 1 - length);

        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0 || (length += (size_t)got) == size - 1)
            break;
    }
    buffer[length] = '\0';
    return (ssize_t)length;
}

static int await_child(pid_t child)
{
    int status;

    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            return -1;
    return status;
}

static int spawn(const char *const *arguments, int output, pid_t *child)
{
    posix_spawn_file_actions_t actions;
    int error = posix_spawn_file_actions_init(&actions);

    if (error != 0)
        return error;
    error = posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
    if (error == 0)
        error =
            posix_spawn(child, arguments[0], &actions, NULL, (char *const *)(uintptr_t)arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
    return error;
}

/* Runs the script; its first line of output, without the newline, is the result, which the caller frees. */
static int run(const char *const *arguments, char **line)
{
    char buffer[OUTPUT_MOST];
    int ends[2], error, status;
    pid_t child;

    if (pipe2(ends, O_CLOEXEC) != 0) /* the server must not inherit them */
        return aq__fail(AQ_ESYSTEM, "throwaway server: %s", strerror(errno));
    error = spawn(arguments, ends[1], &child);
    close(ends[1]);
    if (error != 0) {
        close(ends[0]);
        return aq__fail(AQ_ESYSTEM, "throwaway server: %s: %s (AQUIFER_POSTGRES names it)", arguments[0],
                        strerror(error));
    }
    (void)read_all(ends[0], buffer, sizeof buffer);
    close(ends[0]);
    status = await_child(child);
    if (status != 0)
        return aq__fail(AQ_ESYSTEM, "throwaway server: '%s %s' failed", arguments[0], arguments[1]);
    buffer[strcspn(buffer, "\n")] = '\0';
    if (line != NULL && (*line = aq__strdup(buffer)) == NULL)
        return AQ_ENOMEM;
    return AQ_OK;
}

int aq__check_server_start(aq__check_server_t *server)
{
    char self[32];
    int code = run((const char *const[]){script(), "mktemp", NULL}, &server->directory);

    snprintf(self, sizeof self, "%ld", (long)getpid());
    if (code == AQ_OK)
        code = run((const char *const[]){script(), "start", server->directory, "--throwaway", "--for", self,
                                         "--remove", NULL},
                   &server->uri);
    if (code != AQ_OK)
        aq__check_server_stop(server);
    return code;
}

void aq__check_server_stop(aq__check_server_t *server)
{
    if (server->directory != NULL) {
        (void)run((const char *const[]){script(), "remove", server->directory, NULL}, NULL);
        (void)rmdir(server->directory); /* the script found nothing of its own in it */
    }
    aq__free(server->directory);
    aq__free(server->uri);
    memset(server, 0, sizeof *server);
}
