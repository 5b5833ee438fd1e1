/* The TAP producer: what holds is ok, what does not is not, and nothing passes by accident. */
#include "tap.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

typedef int (*scenario_cb)(void);

/* Runs a scenario in a process of its own; what it prints on standard output, and its status. Its complaints are dropped. */
static void play(scenario_cb scenario, char *text, size_t size, int *status)
{
    size_t used = 0;
    int line[2];
    ssize_t got;
    pid_t pid;

    if (pipe(line) != 0)
        bail_out("pipe: %s", strerror(errno));
    fflush(NULL);
    pid = fork();
    if (pid == 0) {
        dup2(line[1], STDOUT_FILENO);
        dup2(open("/dev/null", O_WRONLY | O_CLOEXEC), STDERR_FILENO);
        close_range(3, ~0U, 0);
        tap_descriptors_expected(3);
        exit(scenario());
    }
    close(line[1]);
    while (used + 1 < size && (got = read(line[0], text + used, size - used - 1)) > 0)
        used += (size_t)got;
    text[used] = '\0';
    close(line[0]);
    waitpid(pid, status, 0);
    *status = WIFEXITED(*status) ? WEXITSTATUS(*status) : -1;
}

static int all_hold(void)
{
    plan(8);
    ok(true, "a truth");
    is_int(-7, -7, "a number");
    is_str("a", "a", "a text");
    is_str(NULL, NULL, "no text");
    is_text("a\nb\n", "a\nb\n", "lines");
    is_mem("a\0b", "a\0b", 4, "bytes");
    has_str("pool: full", "full", "a part");
    skip("no %s here", "moon");
    return tap_done();
}

static int each_fails(void)
{
    ok(false, "a lie # 1");
    is_int(1, 2, "a number");
    is_str("a", NULL, "a text and none");
    is_text("a\nb", "a\nc", "lines");
    is_mem("a\0b", "a\0c", 4, "bytes");
    has_str("pool", "full", "a part");
    return tap_done();
}

static int subtests(void)
{
    plan(3);
    subtest("holds") {
        plan(1);
        pass("inner");
    }
    subtest("fails") {
        pass("inner");
        subtest("deeper")
            fail("deepest");
    }
    subtest("is empty") {
    }
    return tap_done();
}

static int too_few(void)
{
    plan(2);
    pass("one");
    return tap_done();
}

static int nothing(void)
{
    return tap_done();
}

static int expected_failure(void)
{
    todo("it is not %s", "written");
    fail("a hope");
    end_todo();
    pass("a fact");
    return tap_done();
}

static int leaks_a_descriptor(void)
{
    pass("one");
    if (open("/dev/null", O_RDONLY | O_CLOEXEC) < 0)
        fail("open");
    return tap_done();
}

static int open_subtest(void)
{
    subtest_begin("never ended");
    pass("one");
    return tap_done();
}

static int skips_all(void)
{
    plan_skip_all("no database");
}

static const struct {
    const char *name;
    scenario_cb scenario;
    int status;
    const char *text;
} scenarios[] = {
    {"assertions that hold", all_hold, 0,
     "1..8\nok 1 - a truth\nok 2 - a number\nok 3 - a text\nok 4 - no text\nok 5 - lines\nok 6 - bytes\nok 7 "
     "- a part\n"
     "ok 8 # SKIP no moon here\n"},
    {"assertions that fail", each_fails, 1,
     "not ok 1 - a lie \\# 1\nnot ok 2 - a number\nnot ok 3 - a text and none\nnot ok 4 - lines\nnot ok 5 - "
     "bytes\n"
     "not ok 6 - a part\n1..6\n"},
    {"subtests", subtests, 1,
     "1..3\n# Subtest: holds\n    1..1\n    ok 1 - inner\nok 1 - holds\n"
     "# Subtest: fails\n    ok 1 - inner\n    # Subtest: deeper\n        not ok 1 - deepest\n        1..1\n  "
     "  not ok 2 - deeper\n"
     "    1..2\nnot ok 2 - fails\n# Subtest: is empty\n    1..0\nnot ok 3 - is empty\n"},
    {"fewer assertions than planned", too_few, 1, "1..2\nok 1 - one\n"},
    {"no assertion at all", nothing, 1, "1..0\n"},
    {"an expected failure", expected_failure, 0,
     "not ok 1 - a hope # TODO it is not written\nok 2 - a fact\n1..2\n"},
    {"a leaked descriptor", leaks_a_descriptor, 1, "ok 1 - one\n1..1\n"},
    {"a subtest left open", open_subtest, 255,
     "# Subtest: never ended\n    ok 1 - one\nBail out!  subtest 'never ended' was not ended\n"},
    {"a program that cannot run here", skips_all, 0, "1..0 # SKIP no database\n"},
};

static void test_vectors(void)
{
    const char *given = getenv("AQUIFER_VECTORS");
    char *saved = given ? strdup(given) : NULL;
    json_t *vectors;

    setenv("AQUIFER_VECTORS", "/nowhere", 1);
    vectors = vectors_load("pool.json");
    ok(vectors == NULL, "without the folder there are no vectors");
    if (saved)
        setenv("AQUIFER_VECTORS", saved, 1);
    else
        unsetenv("AQUIFER_VECTORS");
    free(saved);
    vectors = vectors_load("pool.json");
    ok(vectors == NULL || json_object_size(vectors) > 0 || json_array_size(vectors) > 0,
       "with it they are read");
    json_decref(vectors);
}

int main(void)
{
    enum { COUNT = sizeof scenarios / sizeof *scenarios };
    static char texts[COUNT][4096];
    int statuses[COUNT];

    for (size_t i = 0; i < COUNT; i++) /* before this process has made an assertion of its own */
        play(scenarios[i].scenario, texts[i], sizeof texts[i], &statuses[i]);
    for (size_t i = 0; i < COUNT; i++) {
        is_text(texts[i], scenarios[i].text, "%s: the lines", scenarios[i].name);
        is_int(statuses[i], scenarios[i].status, "%s: the status", scenarios[i].name);
    }
    subtest("vectors")
        test_vectors();
    return tap_done();
}
