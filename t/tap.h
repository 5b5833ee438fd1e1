/*
 * A small TAP producer for the programs in t/.
 *
 *     int main(void)
 *     {
 *         plan(2);                                   or no plan: tap_done() then prints it
 *         ok(1 + 1 == 2, "numbers add up");
 *         is_str(name, "pool", "the error names the %s", "bind");
 *         return tap_done();
 *     }
 *
 * Every assertion returns whether it held. A NULL is a value that text can be compared with. Not thread-safe:
 * assert on one thread only. tap_done() also asserts that no descriptor opened since the program's start is left.
 */
#ifndef AQUIFER_T_TAP_H
#define AQUIFER_T_TAP_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TAP_FORMAT(text, first) __attribute__((format(printf, text, first)))

/* How many assertions follow (in this program or subtest). At most once, first of all. */
void plan(int count);

/* The whole program has nothing to test here: prints the reason and exits 0. */
void plan_skip_all(const char *reason, ...) TAP_FORMAT(1, 2) __attribute__((noreturn));

#define ok(condition, ...) tap_ok(__FILE__, __LINE__, #condition, (condition) ? true : false, __VA_ARGS__)
#define pass(...) tap_ok(__FILE__, __LINE__, "pass", true, __VA_ARGS__)
#define fail(...) tap_ok(__FILE__, __LINE__, "fail", false, __VA_ARGS__)

/* Equal integers; on failure both are printed. */
#define is_int(got, expected, ...) \
    tap_is_int(__FILE__, __LINE__, (intmax_t)(got), (intmax_t)(expected), __VA_ARGS__)

/* Equal texts in one line; on failure both are printed. */
#define is_str(got, expected, ...) tap_is_str(__FILE__, __LINE__, got, expected, __VA_ARGS__)

/* Equal texts of many lines (golden files, SQL); on failure both are printed line by line, the first difference marked. */
#define is_text(got, expected, ...) tap_is_text(__FILE__, __LINE__, got, expected, __VA_ARGS__)

/* Equal bytes; on failure both are printed in hexadecimal. */
#define is_mem(got, expected, size, ...) tap_is_mem(__FILE__, __LINE__, got, expected, size, __VA_ARGS__)

/* `got` contains `part`; on failure both are printed. */
#define has_str(got, part, ...) tap_has_str(__FILE__, __LINE__, got, part, __VA_ARGS__)

/* Assertions until end_todo() may fail without failing the program; the reason is printed with each. */
void todo(const char *reason, ...) TAP_FORMAT(1, 2);
void end_todo(void);

/* Counts as one assertion that was not made, and says why. */
void skip(const char *reason, ...) TAP_FORMAT(1, 2);

/* Comments: diag is shown by prove always, note with -v only. A text may have many lines. */
void diag(const char *text, ...) TAP_FORMAT(1, 2);
void note(const char *text, ...) TAP_FORMAT(1, 2);

/* Nothing after this makes sense: ends the whole prove run. */
void bail_out(const char *reason, ...) TAP_FORMAT(1, 2) __attribute__((noreturn));

/*
 * A group of assertions that counts as one.
 *     subtest("a refused first host") { ok(...); ok(...); }
 * Do not leave the block by return or goto. subtest_begin() and subtest_end() are the same for where a block does not fit.
 */
#define subtest(...) TAP_SUBTEST(TAP_JOIN(tap_once_, __LINE__), __VA_ARGS__)
#define TAP_SUBTEST(once, ...) \
    for (bool once = subtest_begin(__VA_ARGS__); once; once = (subtest_end(), false))
#define TAP_JOIN(a, b) TAP_JOIN_AGAIN(a, b)
#define TAP_JOIN_AGAIN(a, b) a##b
bool subtest_begin(const char *name, ...) TAP_FORMAT(1, 2);
bool subtest_end(void);

/* Prints the plan if none was given and checks the descriptors. Returns what main returns: 0 if everything held. */
int tap_done(void);

/* How many descriptors this process has open. */
int tap_descriptors(void);

/* Descriptors opened so far are not leaks: for programs that must keep one open (a library's, a log). */
void tap_descriptors_expected(int count);

/* A file of the behaviour vectors, such as "pool.json"; NULL, after a skip() that says why, when the folder is not there.
 * A file that is there and cannot be read bails out. The caller owns the value (json_decref). */
json_t *vectors_load(const char *name);

/* "<source directory>/<name>" and "<build directory>/<name>": a new text, the caller frees it. */
char *tap_source_path(const char *name);
char *tap_build_path(const char *name);

/* The whole file as a text with a NUL behind it, or NULL: the caller frees it. */
char *tap_read_file(const char *path);

bool tap_ok(const char *file, int line, const char *condition, bool held, const char *name, ...)
    TAP_FORMAT(5, 6);
bool tap_is_int(const char *file, int line, intmax_t got, intmax_t expected, const char *name, ...)
    TAP_FORMAT(5, 6);
bool tap_is_str(const char *file, int line, const char *got, const char *expected, const char *name, ...)
    TAP_FORMAT(5, 6);
bool tap_is_text(const char *file, int line, const char *got, const char *expected, const char *name, ...)
    TAP_FORMAT(5, 6);
bool tap_is_mem(const char *file, int line, const void *got, const void *expected, size_t size,
                const char *name, ...) TAP_FORMAT(6, 7);
bool tap_has_str(const char *file, int line, const char *got, const char *part, const char *name, ...)
    TAP_FORMAT(5, 6);

#endif
