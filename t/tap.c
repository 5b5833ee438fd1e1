/*
 * TAP on standard output.
 *
 * The happy path: each assertion prints one line, tap_done() prints the plan and returns 0. The failure modes: an assertion
 * that does not hold prints what was got and what was expected as comments; a count that differs from the plan, a subtest left open
 * and a leaked descriptor each make tap_done() return 1.
 */
#include "tap.h"

#include <dirent.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_DEPTH 8

/* One level of assertions: the program is level 0, a subtest inside it level 1. */
typedef struct {
    int planned; /* -1: not said */
    int made;
    int failed;
    char *name;
} level_t;

static level_t levels[MAX_DEPTH] = {{.planned = -1}};
static int depth;
static char *todo_reason;
static int descriptors_at_start = -1;

__attribute__((constructor)) static void remember_start(void)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    descriptors_at_start = tap_descriptors();
}

TAP_FORMAT(1, 0) static char *format_text(const char *format, va_list args)
{
    char *text = NULL;

    if (vasprintf(&text, format, args) < 0)
        abort();
    return text;
}

static void indent(FILE *out)
{
    fprintf(out, "%*s", depth * 4, "");
}

static void comment(FILE *out, const char *text)
{
    fflush(stdout);
    for (const char *line = text; line;) {
        const char *end = strchr(line, '\n');
        indent(out);
        fprintf(out, "# %.*s\n", end ? (int)(end - line) : (int)strlen(line), line);
        line = end && end[1] ? end + 1 : NULL;
    }
    fflush(out);
}

/* A '#' in a name would start a directive. */
static void print_name(const char *name)
{
    for (; *name; name++) {
        if (*name == '#' || *name == '\\')
            putchar('\\');
        putchar(*name == '\n' ? ' ' : *name);
    }
}

TAP_FORMAT(5, 0)
static bool report(const char *file, int line, const char *condition, bool held, const char *format,
                   va_list args)
{
    char *name = format_text(format, args);
    level_t *level = &levels[depth];

    level->made++;
    indent(stdout);
    printf("%s %d - ", held ? "ok" : "not ok", level->made);
    print_name(name);
    if (todo_reason)
        printf(" # TODO %s", todo_reason);
    putchar('\n');
    if (!held) {
        if (!todo_reason)
            level->failed++;
        fflush(stdout);
        indent(stderr);
        fprintf(stderr, "#   Failed%s '%s'\n", todo_reason ? " (TODO)" : "", name);
        indent(stderr);
        fprintf(stderr, "#   at %s:%d%s%s\n", file, line, condition ? ": " : "", condition ? condition : "");
    }
    free(name);
    return held;
}

void plan(int count)
{
    levels[depth].planned = count;
    indent(stdout);
    printf("1..%d\n", count);
}

void plan_skip_all(const char *format, ...)
{
    va_list args;
    char *reason;

    va_start(args, format);
    reason = format_text(format, args);
    va_end(args);
    printf("1..0 # SKIP %s\n", reason);
    free(reason);
    exit(0);
}

bool tap_ok(const char *file, int line, const char *condition, bool held, const char *name, ...)
{
    va_list args;

    va_start(args, name);
    report(file, line, condition, held, name, args);
    va_end(args);
    return held;
}

bool tap_is_int(const char *file, int line, intmax_t got, intmax_t expected, const char *name, ...)
{
    va_list args;

    va_start(args, name);
    report(file, line, NULL, got == expected, name, args);
    va_end(args);
    if (got != expected)
        diag("       got: %jd\n  expected: %jd", got, expected);
    return got == expected;
}

static bool same_text(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

static void diag_value(const char *label, const char *text)
{
    if (text)
        diag("%s'%s'", label, text);
    else
        diag("%sNULL", label);
}

bool tap_is_str(const char *file, int line, const char *got, const char *expected, const char *name, ...)
{
    bool same = same_text(got, expected);
    va_list args;

    va_start(args, name);
    report(file, line, NULL, same, name, args);
    va_end(args);
    if (!same) {
        diag_value("       got: ", got);
        diag_value("  expected: ", expected);
    }
    return same;
}

static size_t line_length(const char *line)
{
    return strcspn(line, "\n");
}

static void diag_lines(const char *label, const char *text, int different)
{
    int number = 1;

    diag("%s", label);
    for (; *text; number++) {
        size_t length = line_length(text);
        diag("%s%4d  %.*s", number == different ? ">" : " ", number, (int)length, text);
        text += length + (text[length] == '\n');
    }
}

static int first_different_line(const char *a, const char *b)
{
    int number = 1;

    for (; *a && *b; number++) {
        size_t length = line_length(a);
        if (length != line_length(b) || memcmp(a, b, length) != 0)
            break;
        a += length + (a[length] == '\n');
        b += length + (b[length] == '\n');
    }
    return number;
}

bool tap_is_text(const char *file, int line, const char *got, const char *expected, const char *name, ...)
{
    bool same = same_text(got, expected);
    va_list args;

    va_start(args, name);
    report(file, line, NULL, same, name, args);
    va_end(args);
    if (!same && got && expected) {
        int different = first_different_line(got, expected);
        diag_lines("got:", got, different);
        diag_lines("expected:", expected, different);
    } else if (!same) {
        diag_value("       got: ", got);
        diag_value("  expected: ", expected);
    }
    return same;
}

static void diag_bytes(const char *label, const unsigned char *bytes, size_t size)
{
    char text[3 * 64 + 1] = "";
    size_t shown = size < 64 ? size : 64;

    for (size_t i = 0; i < shown; i++)
        snprintf(text + 3 * i, 4, "%02x ", bytes[i]);
    diag("%s%s%s", label, text, shown < size ? "..." : "");
}

bool tap_is_mem(const char *file, int line, const void *got, const void *expected, size_t size,
                const char *name, ...)
{
    bool same = got && expected ? memcmp(got, expected, size) == 0 : got == expected;
    va_list args;

    va_start(args, name);
    report(file, line, NULL, same, name, args);
    va_end(args);
    if (!same) {
        if (got)
            diag_bytes("       got: ", got, size);
        if (expected)
            diag_bytes("  expected: ", expected, size);
    }
    return same;
}

bool tap_has_str(const char *file, int line, const char *got, const char *part, const char *name, ...)
{
    bool has = got && strstr(got, part);
    va_list args;

    va_start(args, name);
    report(file, line, NULL, has, name, args);
    va_end(args);
    if (!has) {
        diag_value("            got: ", got);
        diag_value("  expected in it: ", part);
    }
    return has;
}

void todo(const char *format, ...)
{
    va_list args;

    end_todo();
    va_start(args, format);
    todo_reason = format_text(format, args);
    va_end(args);
}

void end_todo(void)
{
    free(todo_reason);
    todo_reason = NULL;
}

void skip(const char *format, ...)
{
    va_list args;
    char *reason;

    va_start(args, format);
    reason = format_text(format, args);
    va_end(args);
    indent(stdout);
    printf("ok %d # SKIP %s\n", ++levels[depth].made, reason);
    free(reason);
}

void diag(const char *format, ...)
{
    va_list args;
    char *text;

    va_start(args, format);
    text = format_text(format, args);
    va_end(args);
    comment(stderr, text);
    free(text);
}

void note(const char *format, ...)
{
    va_list args;
    char *text;

    va_start(args, format);
    text = format_text(format, args);
    va_end(args);
    comment(stdout, text);
    free(text);
}

void bail_out(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    printf("Bail out!  ");
    vprintf(format, args);
    putchar('\n');
    va_end(args);
    exit(255);
}

bool subtest_begin(const char *format, ...)
{
    va_list args;

    if (depth + 1 == MAX_DEPTH)
        bail_out("subtests are nested more than %d deep", MAX_DEPTH - 1);
    va_start(args, format);
    levels[depth + 1] = (level_t){.planned = -1, .name = format_text(format, args)};
    va_end(args);
    indent(stdout);
    printf("# Subtest: %s\n", levels[depth + 1].name);
    depth++;
    return true;
}

/* Prints the plan of this level if it has none, and whether everything in it held. */
static bool level_held(level_t *level)
{
    bool held = level->failed == 0;

    if (level->planned < 0) {
        plan(level->made);
    } else if (level->planned != level->made) {
        diag("planned %d assertions, made %d", level->planned, level->made);
        held = false;
    }
    if (level->made == 0) {
        diag("no assertion was made");
        held = false;
    }
    return held;
}

bool subtest_end(void)
{
    level_t level;
    bool held;

    if (depth == 0)
        bail_out("subtest_end() without subtest_begin()");
    held = level_held(&levels[depth]);
    level = levels[depth];
    depth--;
    tap_ok("subtest", level.made, NULL, held, "%s", level.name);
    free(level.name);
    return held;
}

int tap_descriptors(void)
{
    DIR *dir = opendir("/proc/self/fd");
    int count = 0;

    if (!dir)
        return -1;
    for (struct dirent *entry; (entry = readdir(dir));)
        count += entry->d_name[0] != '.';
    closedir(dir);
    return count - 1; /* without the one that reads the directory */
}

void tap_descriptors_expected(int count)
{
    descriptors_at_start = count;
}

static void diag_descriptors(void)
{
    char path[64], target[256];

    for (int fd = 3; fd < 4096; fd++) {
        ssize_t length;
        snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
        length = readlink(path, target, sizeof target - 1);
        if (length >= 0)
            diag("descriptor %d: %.*s", fd, (int)length, target);
    }
}

int tap_done(void)
{
    int descriptors = tap_descriptors();
    bool held;

    if (depth > 0)
        bail_out("subtest '%s' was not ended", levels[depth].name);
    held = level_held(&levels[0]);
    if (descriptors != descriptors_at_start) {
        diag("descriptors: %d open at the end, %d at the start", descriptors, descriptors_at_start);
        diag_descriptors();
        held = false;
    }
    if (levels[0].failed)
        diag("%d of %d assertions failed", levels[0].failed, levels[0].made);
    end_todo();
    fflush(stdout);
    return held ? 0 : 1;
}

static char *join_path(const char *directory, const char *name)
{
    char *path;

    if (asprintf(&path, "%s/%s", directory, name) < 0)
        abort();
    return path;
}

char *tap_source_path(const char *name)
{
    const char *directory = getenv("AQUIFER_SRCDIR");

    return join_path(directory && *directory ? directory : AQ_SRCDIR, name);
}

char *tap_build_path(const char *name)
{
    const char *directory = getenv("AQUIFER_BUILDDIR");

    return join_path(directory && *directory ? directory : AQ_BUILDDIR, name);
}

char *tap_read_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    char *text = NULL;
    size_t size = 0, got;

    if (!file)
        return NULL;
    do {
        char *larger = realloc(text, size + 65536 + 1);
        if (!larger)
            abort();
        text = larger;
        got = fread(text + size, 1, 65536, file);
        size += got;
    } while (got > 0);
    text[size] = '\0';
    fclose(file);
    return text;
}

json_t *vectors_load(const char *name)
{
    const char *given = getenv("AQUIFER_VECTORS");
    char *directory = given && *given ? strdup(given) : tap_source_path("../shared/vectors");
    char *path = join_path(directory, name);
    json_t *vectors = NULL;
    json_error_t error;

    if (access(directory, R_OK) != 0)
        skip("no vectors: the folder %s is not there (AQUIFER_VECTORS names it)", directory);
    else if (!(vectors = json_load_file(path, 0, &error)))
        bail_out("%s: line %d: %s", path, error.line, error.text);
    free(path);
    free(directory);
    return vectors;
}
