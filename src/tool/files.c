/* Reading SQL files, writing results.
 *
 * The happy path: every file is read whole and given to the reader of SQL; the result goes to a new file beside the one that it is to be, and takes its
 * place.
 * The failure modes: a file that cannot be read or written, told with the reason of the system: status 3, and what was there stays as it was. */
#include "src/tool/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "src/schema/read_sql.h"

/* ---- Names of files --------------------------------------------------------------------------------------------------------- */

const char *aq__tool_base_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash != NULL && slash[1] != '\0' ? slash + 1 : path;
}

const char *aq__tool_file_name(const char *path)
{
    return strcmp(path, "-") == 0 ? "standard input" : path;
}

const char *aq__tool_stem(const aq__tool_arguments_t *arguments, const char *path)
{
    const char *name = aq__tool_base_name(path), *dot = strchr(name, '.');

    return dot != NULL && dot != name ? aq_arena_strndup(arguments->arena, name, (size_t)(dot - name))
                                      : aq_arena_strdup(arguments->arena, name);
}

/* ---- Reading ------------------------------------------------------------------------------------------------------------------ */

enum { BLOCK = 64 * 1024, MEBIBYTE = 1024 * 1024 };

static int read_stream(const aq__tool_arguments_t *arguments, const char *name, FILE *stream, size_t most,
                       aq_text_t *text)
{
    char *block = aq_arena_alloc(arguments->arena, BLOCK);
    size_t count = block != NULL ? BLOCK : 0;

    while (count == BLOCK && !text->failed && text->length <= most * MEBIBYTE) {
        count = fread(block, 1, BLOCK, stream);
        aq_text_append_bytes(text, block, count);
    }
    if (block == NULL || text->failed)
        return aq__tool_fail(arguments, "%s: %s", name, aq_strerror(AQ_ENOMEM));
    if (ferror(stream))
        return aq__tool_fail(arguments, "%s: %s", name, strerror(errno));
    if (text->length > most * MEBIBYTE)
        return aq__tool_fail(arguments, "%s: it is bigger than %zu MiB", name, most);
    return AQ__TOOL_DONE;
}

static int read_file(const aq__tool_arguments_t *arguments, const char *path, size_t most, aq_text_t *text)
{
    FILE *stream;
    int status;

    if (strcmp(path, "-") == 0)
        return read_stream(arguments, aq__tool_file_name(path), stdin, most, text);
    stream = fopen(path, "re");
    if (stream == NULL && aq__tool_is_uri(path))
        return aq__tool_refuse(arguments, "'%s' is a database, where a file should be",
                               aq__tool_shown(arguments, path));
    if (stream == NULL)
        return aq__tool_fail(arguments, "%s: %s", aq__tool_shown(arguments, path), strerror(errno));
    status = read_stream(arguments, path, stream, most, text);
    fclose(stream);
    return status;
}

/* The line of the first byte that is not right. */
static size_t wrong_line(const aq_text_t *text)
{
    const char *line = text->data;
    size_t number = 1;

    for (;; number++) {
        size_t left = text->length - (size_t)(line - text->data);
        const char *end = memchr(line, '\n', left);

        if (end == NULL || !aq_utf8_valid(line, (size_t)(end - line)))
            return number;
        line = end + 1;
    }
}

int aq__tool_read(const aq__tool_arguments_t *arguments, const char *path, size_t most, aq_text_t *text)
{
    int status = read_file(arguments, path, most, text);

    if (status == AQ__TOOL_DONE && !aq_utf8_valid(aq_text_string(text), text->length))
        status = aq__tool_fail(arguments, "%s:%zu: this is no text in UTF-8", aq__tool_file_name(path),
                               wrong_line(text));
    return status;
}

/* ---- Problems ------------------------------------------------------------------------------------------------------------------ */

/* The place among the operands: files are told of in their order. */
static size_t place_of(const aq__tool_arguments_t *arguments, const char *file)
{
    size_t place = 0;

    while (file != NULL && place < arguments->operand_count &&
           strcmp(aq__tool_file_name(arguments->operands[place]), file) != 0)
        place++;
    return file != NULL ? place : arguments->operand_count + 1;
}

static bool comes_before(const aq__tool_arguments_t *arguments, const aq__source_t *a, const aq__source_t *b)
{
    size_t left = place_of(arguments, a->file), right = place_of(arguments, b->file);

    if (left != right)
        return left < right;
    return a->line != b->line ? a->line < b->line : a->column < b->column;
}

/* By insertion: few, almost sorted, and those of one place stay in their order. */
static void sort(const aq__tool_arguments_t *arguments, aq__problems_t *problems)
{
    for (size_t i = 1; i < problems->count; i++) {
        aq__problem_t problem = problems->items[i];
        size_t at = i;

        for (; at > 0 && comes_before(arguments, &problem.source, &problems->items[at - 1].source); at--)
            problems->items[at] = problems->items[at - 1];
        problems->items[at] = problem;
    }
}

int aq__tool_tell(const aq__tool_arguments_t *arguments, aq__problems_t *problems)
{
    aq_text_t text = {0};
    int status = AQ__TOOL_TOLD;

    if (problems->count == 0)
        return AQ__TOOL_DONE;
    sort(arguments, problems);
    aq__problems_append(&text, problems);
    if (text.failed)
        status = aq__tool_fail(arguments, "%s", aq_strerror(AQ_ENOMEM));
    else
        fprintf(stderr, "%s\n", aq_text_string(&text));
    aq_text_dispose(&text);
    return status;
}

/* ---- Writing ------------------------------------------------------------------------------------------------------------------- */

static bool fill(int descriptor, const aq_text_t *text)
{
    const char *at = aq_text_string(text), *end = at + text->length;

    while (at < end) {
        ssize_t count = write(descriptor, at, (size_t)(end - at));

        if (count < 0 && errno != EINTR)
            return false;
        at += count > 0 ? count : 0;
    }
    return true;
}

/* Those of the file that it replaces, else those of any new one; those of mkstemp() are the owner's alone. */
static bool set_permissions(int descriptor, const struct stat *old)
{
    mode_t mask = umask(0);

    umask(mask);
    return fchmod(descriptor, old != NULL ? old->st_mode & 07777 : 0666 & ~mask) == 0;
}

static int fail_errno(const aq__tool_arguments_t *arguments, const char *path)
{
    return aq__tool_fail(arguments, "%s: %s", path, strerror(errno));
}

/* What is no file, a terminal or a pipe, cannot be replaced. */
static int write_into(const aq__tool_arguments_t *arguments, const char *path, const aq_text_t *text)
{
    int descriptor = open(path, O_WRONLY | O_CLOEXEC), status = AQ__TOOL_DONE;

    if (descriptor < 0)
        return fail_errno(arguments, path);
    if (!fill(descriptor, text))
        status = fail_errno(arguments, path);
    if (close(descriptor) != 0 && status == AQ__TOOL_DONE)
        status = fail_errno(arguments, path);
    return status;
}

/* A link stays one: what it leads to is replaced. NULL: no memory. */
static char *other_name(const aq__tool_arguments_t *arguments, const char *path, const char **target)
{
    char *real = realpath(path, NULL);

    *target = real != NULL ? aq_arena_strdup(arguments->arena, real) : path;
    free(real);
    return *target != NULL ? aq_arena_printf(arguments->arena, "%s.XXXXXX", *target) : NULL;
}

static int replace(const aq__tool_arguments_t *arguments, const char *path, const struct stat *old,
                   const aq_text_t *text)
{
    const char *target;
    char *other = other_name(arguments, path, &target);
    int descriptor = other != NULL ? mkstemp(other) : -1, status = AQ__TOOL_DONE;

    if (other == NULL)
        return aq__tool_fail(arguments, "%s: %s", path, aq_strerror(AQ_ENOMEM));
    if (descriptor < 0)
        return fail_errno(arguments, path);
    if (!fill(descriptor, text) || !set_permissions(descriptor, old))
        status = fail_errno(arguments, path);
    if (close(descriptor) != 0 && status == AQ__TOOL_DONE)
        status = fail_errno(arguments, path);
    if (status == AQ__TOOL_DONE && rename(other, target) != 0)
        status = fail_errno(arguments, path);
    if (status != AQ__TOOL_DONE)
        unlink(other);
    return status;
}

int aq__tool_write(const aq__tool_arguments_t *arguments, const aq_text_t *text)
{
    const char *path = aq__tool_value(arguments, "--output");
    struct stat old;

    if (text->failed)
        return aq__tool_fail(arguments, "%s", aq_strerror(AQ_ENOMEM));
    if (path != NULL && strcmp(path, "-") != 0) {
        bool there = stat(path, &old) == 0;

        if (there && !S_ISREG(old.st_mode))
            return write_into(arguments, path, text);
        return replace(arguments, path, there ? &old : NULL, text);
    }
    if (fwrite(aq_text_string(text), 1, text->length, stdout) != text->length || fflush(stdout) != 0)
        return aq__tool_fail(arguments, "standard output: %s", strerror(errno));
    return AQ__TOOL_DONE;
}

/* ---- Metadata ------------------------------------------------------------------------------------------------------------------ */

enum { SQL_MOST = 1024 }; /* MiB: dumps may have rows */

static int read_sql(const aq__tool_arguments_t *arguments, const char *path, aq__metadata_t *metadata,
                    aq__problems_t *problems)
{
    const char *name = aq__tool_file_name(path);
    aq_text_t text = {0};
    int status = aq__tool_read(arguments, path, SQL_MOST, &text);

    if (status == AQ__TOOL_DONE &&
        aq__read_sql(metadata, name, aq_text_string(&text), text.length, problems) == AQ_ENOMEM)
        status = aq__tool_fail(arguments, "%s: %s", name, aq_last_error()->message);
    aq_text_dispose(&text);
    return status;
}

int aq__tool_use_files(const aq__tool_arguments_t *arguments, aq__tool_use_cb use)
{
    aq__problems_t problems = {.arena = arguments->arena};
    aq__metadata_t *metadata = aq__metadata_create(NULL);
    int status = metadata != NULL ? AQ__TOOL_DONE : aq__tool_fail(arguments, "%s", aq_last_error()->message);

    for (size_t i = 0; i < arguments->operand_count && status == AQ__TOOL_DONE; i++)
        status = read_sql(arguments, arguments->operands[i], metadata, &problems);
    if (status == AQ__TOOL_DONE && aq__metadata_seal(metadata, &problems) == AQ_ENOMEM)
        status = aq__tool_fail(arguments, "%s", aq_last_error()->message);
    if (status == AQ__TOOL_DONE)
        status = use(arguments, metadata, &problems, NULL);
    if (status == AQ__TOOL_DONE)
        status = aq__tool_tell(arguments, &problems);
    aq__metadata_close(metadata);
    return status;
}
