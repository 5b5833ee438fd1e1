/* The log: one line to one callback.
 *
 * The happy path: a line below the level costs one comparison; others are formatted on the stack and
 * handed over. The default callback writes "aquifer: warning: ..." to standard error; a newline inside
 * continues indented, as in PostgreSQL's own log, and other control characters become "?", so that nobody
 * can forge a line with a name.
 * The failure modes: no memory for a long line: it is cut and ends in "...". errno and the last error stay
 * what they were. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "src/base/base.h"

static void write_line(void *data, aq_log_level_t level, const char *message);

static aq_log_cb log_cb = write_line;
static void *log_data;
static aq_log_level_t log_least = AQ_LOG_WARNING;

void aq_set_log(aq_log_cb log, void *data, aq_log_level_t least)
{
    log_cb = log != NULL ? log : write_line;
    log_data = data;
    log_least = least;
}

bool aq_log_enabled(aq_log_level_t level)
{
    return level >= log_least;
}

static const char *level_name(aq_log_level_t level)
{
    switch (level) {
    case AQ_LOG_DEBUG: return "debug";
    case AQ_LOG_INFO: return "info";
    case AQ_LOG_WARNING: return "warning";
    case AQ_LOG_ERROR: return "error";
    }
    return "log";
}

static void write_line(void *data, aq_log_level_t level, const char *message)
{
    char line[1024];
    size_t used = (size_t)snprintf(line, sizeof(line), "aquifer: %s: ", level_name(level));

    (void)data;
    flockfile(stderr); /* a long line takes several writes */
    for (const char *next = message; *next != '\0'; next++) {
        unsigned char byte = (unsigned char)*next;

        if (used + 3 > sizeof(line)) {
            (void)fwrite(line, 1, used, stderr);
            used = 0;
        }
        line[used++] = byte == '\n' || byte == '\t' || (byte >= 0x20 && byte != 0x7F) ? *next : '?';
        if (byte == '\n')
            line[used++] = '\t';
    }
    line[used++] = '\n';
    (void)fwrite(line, 1, used, stderr);
    funlockfile(stderr);
}

static void hand_over(aq_log_level_t level, char *message, size_t length)
{
    while (length > 0 && message[length - 1] == '\n')
        message[--length] = '\0';
    log_cb(log_data, level, message);
}

/* A line that did not fit into `cut`, where its beginning is. */
AQ_PRINTF(2, 0)
static void log_long(aq_log_level_t level, const char *format, va_list arguments, char *cut, size_t room,
                     size_t length)
{
    char *message = aq__malloc_quietly(length + 1);

    if (message != NULL) {
        (void)vsnprintf(message, length + 1, format, arguments);
        hand_over(level, message, length);
        aq__free(message);
    } else {
        memcpy(cut + aq__utf8_cut(cut, room - 1, room - 4), "...", 4);
        hand_over(level, cut, strlen(cut));
    }
}

void aq_log(aq_log_level_t level, const char *format, ...)
{
    char message[512];
    int saved_errno = errno, length;
    va_list arguments, again;

    if (!aq_log_enabled(level))
        return;
    va_start(arguments, format);
    va_copy(again, arguments);
    length = vsnprintf(message, sizeof(message), format, arguments);
    if (length < 0)
        length = snprintf(message, sizeof(message), "format '%.400s': the C library refuses it", format);
    if ((size_t)length < sizeof(message))
        hand_over(level, message, (size_t)length);
    else
        log_long(level, format, again, message, sizeof(message), (size_t)length);
    va_end(again);
    va_end(arguments);
    errno = saved_errno;
}
