/* The harness of the database tests keeps its own promises. */
#include "cluster.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static bool gone_within(const char *path, int ms)
{
    for (; ms > 0; ms -= 20) {
        if (access(path, F_OK) != 0)
            return true;
        nanosleep(&(struct timespec){.tv_nsec = 20 * 1000 * 1000}, NULL);
    }
    return false;
}

static void test_life(void)
{
    cluster_t *cluster = cluster_start("--set max_connections=17");
    char *dir = strdup(cluster_dir(cluster));
    char *value = cluster_value(cluster, "SHOW max_connections");
    char process[32];
    pid_t first;

    has_str(cluster_uri(cluster), "postgresql://aquifer@/aquifer?host=/",
            "the URI names user, database and socket");
    is_str(value, "17", "a setting of the caller's is in force");
    cluster_sql(cluster, "CREATE TABLE kept (id int); INSERT INTO kept VALUES (%d)", 41);
    first = cluster_postmaster_pid(cluster);
    is_int(kill(first, 0), 0, "the postmaster is a process");
    cluster_restart(cluster, "immediate");
    ok(cluster_postmaster_pid(cluster) != first, "a restart is another postmaster");
    is_int(cluster_number(cluster, "SELECT id FROM kept"), 41, "the data survive it");
    first = cluster_postmaster_pid(cluster);
    cluster_stop(cluster, NULL);
    snprintf(process, sizeof process, "/proc/%d", (int)first);
    ok(gone_within(process, 2000), "a stopped server is gone");
    cluster_start_again(cluster);
    is_int(cluster_number(cluster, "SHOW max_connections"), 17, "it comes back with the same settings");
    ok(cluster_await_number(cluster, 1, 1000, "SELECT 1"), "a number is awaited");
    cluster_close(cluster);
    is_int(access(dir, F_OK), -1, "nothing is left of a closed cluster");
    free(value);
    free(dir);
}

static void test_stopped_server(void)
{
    cluster_t *cluster = cluster_start(NULL);
    char *dir = strdup(cluster_dir(cluster));

    kill(cluster_postmaster_pid(cluster), SIGSTOP);
    cluster_close(cluster);
    is_int(access(dir, F_OK), -1, "a server under SIGSTOP is closed too");
    free(dir);
}

static void test_death(void)
{
    char dir[256] = "";
    int line[2];
    pid_t pid;

    if (pipe(line) != 0)
        bail_out("pipe");
    fflush(NULL);
    pid = fork();
    if (pid == 0) {
        cluster_t *cluster = cluster_start(NULL);
        if (write(line[1], cluster_dir(cluster), strlen(cluster_dir(cluster))) > 0)
            raise(SIGKILL);
        _exit(1);
    }
    close(line[1]);
    ok(read(line[0], dir, sizeof dir - 1) > 0, "a program starts a cluster and is killed");
    close(line[0]);
    waitpid(pid, NULL, 0);
    ok(gone_within(dir, 5000), "its cluster is stopped and deleted by itself");
}

int main(void)
{
    subtest("one cluster's life")
        test_life();
    subtest("a server that does not answer")
        test_stopped_server();
    subtest("no orphans")
        test_death();
    return tap_done();
}
