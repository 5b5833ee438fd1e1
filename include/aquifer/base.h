/* base: memory, text, errors and the log: what every other room stands on. It needs the C library only.
 *
 *     aq_arena_t *arena = aq_arena_create();
 *     char *name = aq_arena_printf(arena, "%s-%d", "user", 7);      freed with the arena
 *
 *     aq_text_t json = {0};                                         a zeroed builder is ready
 *     aq_text_append(&json, "{\"name\":");
 *     aq_text_append_json(&json, name, strlen(name));
 *     aq_text_append(&json, "}");
 *     if (json.failed) ...                                          out of memory shows once, at the end
 *     aq_text_dispose(&json);
 *     aq_arena_close(arena);
 *
 * Threads: arenas and builders belong to one thread at a time. The log callback and the allocator are set
 * once, before any other call, and may be called from any thread. */
#ifndef AQUIFER_BASE_H
#define AQUIFER_BASE_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "aquifer/error-table.h"
#include "aquifer/export.h"

AQ_BEGIN_DECLS

/* An option that may also be left to its default. */
typedef enum aq_switch { AQ_UNSET, AQ_ON, AQ_OFF } aq_switch_t;

/* ---- Errors -------------------------------------------------------------------------------------------- */

/* Functions return 0 or one of these; the rows are in aquifer/error-table.h. */
enum {
    AQ_OK = 0,
#define AQ_ERROR_ENUM_(name, number, http, retryable, text) AQ_##name = number,
    AQ_ERROR_TABLE(AQ_ERROR_ENUM_)
#undef AQ_ERROR_ENUM_
};

/* "AQ_EINVAL"; for a number that is no error "AQ_E-999?". Never NULL; of such a number valid until the
 * thread's next. */
AQ_API const char *aq_error_name(int code);
/* The table's text, "out of memory"; for a number that is no error "unknown error -999". */
AQ_API const char *aq_strerror(int code);
/* The HTTP status of an answer that reports this error: 500 for unknown numbers, 200 for AQ_OK. */
AQ_API int aq_error_http_status(int code);
/* True where doing the same work again may succeed and nothing of the first try was kept. */
AQ_API bool aq_error_retryable(int code);
/* The error for a five-character SQLSTATE ("23505" -> AQ_EUNIQUE), by the whole code first, then by its
 * class. AQ_ESERVER for all others; never AQ_OK. */
AQ_API int aq_error_from_sqlstate(const char *sqlstate);

/* What went wrong, as an op (aq_op_error) or a thread (aq_last_error) tells it. Strings are NULL where the
 * server did not send them; `message` never is. They live as long as the op, or until the thread's next
 * failing call. */
typedef struct aq_error {
    int code;            /* AQ_E... */
    char sqlstate[6];    /* "" where the server was not asked */
    const char *message; /* what was tried, then why: "bind 'users': acquire: ..." */
    const char *detail;
    const char *hint;
    const char *schema;
    const char *table;
    const char *column;
    const char *datatype;
    const char *constraint;
    const char *statement; /* the text that failed */
    int position;          /* 1-based character in `statement`, 0 = unknown */
} aq_error_t;

/* The error of the last synchronous function that failed in this thread: valid until the next one fails. Like
 * errno it is only meaningful right after such a failure. Never NULL. Each thread has room of its own for it,
 * so telling of an error never needs memory; in return very long texts are cut (a message at 4 KiB) and then
 * end in "...". */
AQ_API const aq_error_t *aq_last_error(void);
/* Sets it, cut at 4 KiB, and returns `code`: for what is built on Aquifer. */
AQ_API int aq_fail(int code, const char *format, ...) AQ_PRINTF(2, 3);

/* ---- Memory -------------------------------------------------------------------------------------------- */

/* All memory that Aquifer itself takes comes from here: realloc's contract, and size 0 frees and returns
 * NULL. */
typedef void *(*aq_allocator_cb)(void *data, void *block, size_t size);
/* Replaces the allocator; call it before anything else and never while a block is out. NULL: the C library's.
 */
AQ_API void aq_set_allocator(aq_allocator_cb allocator, void *data);
/* Frees what an aq_..._take or aq_..._dup gave. NULL is fine. */
AQ_API void aq_free(void *block);

/* Memory that is freed all at once. Blocks are aligned for any type; those of size 0 are not NULL either.
 * NULL always means out of memory, and aq_last_error() says how much was asked for. */
typedef struct aq_arena aq_arena_t;

AQ_API aq_arena_t *aq_arena_create(void);
/* Runs the deferred calls, newest first, then frees everything. NULL is fine. */
AQ_API void aq_arena_close(aq_arena_t *arena);
/* The same, but the arena stays usable, and keeps up to 65 KiB for the next round. */
AQ_API void aq_arena_reset(aq_arena_t *arena);
AQ_API void *aq_arena_alloc(aq_arena_t *arena, size_t size);                /* not zeroed */
AQ_API void *aq_arena_calloc(aq_arena_t *arena, size_t count, size_t size); /* zeroed; NULL on overflow too */
AQ_API void *aq_arena_dup(aq_arena_t *arena, const void *data, size_t size);
AQ_API char *aq_arena_strdup(aq_arena_t *arena, const char *text);                 /* NULL in, NULL out */
AQ_API char *aq_arena_strndup(aq_arena_t *arena, const char *text, size_t length); /* ends at a NUL too */
AQ_API char *aq_arena_printf(aq_arena_t *arena, const char *format, ...) AQ_PRINTF(2, 3);
AQ_API char *aq_arena_vprintf(aq_arena_t *arena, const char *format, va_list arguments) AQ_PRINTF(2, 0);
/* Calls `cb(data)` when the arena is closed or reset; the arena's memory is still there, and the call may
 * defer more. AQ_ENOMEM: the call was not taken. */
AQ_API int aq_arena_defer(aq_arena_t *arena, void (*cb)(void *data), void *data);
AQ_API size_t aq_arena_size(const aq_arena_t *arena); /* bytes taken from the allocator */

/* ---- Text ---------------------------------------------------------------------------------------------- */

/* A growing, always NUL-terminated text. Zero is an empty one. An append that fails (out of memory;
 * aq_last_error()) sets `failed` and leaves the text as it was, all of it; later appends do nothing, so one
 * look at the end is enough. What is appended must not be part of the builder's own text. */
typedef struct aq_text {
    char *data; /* NULL until the first append */
    size_t length;
    size_t capacity;
    bool failed;
} aq_text_t;

AQ_API void aq_text_append(aq_text_t *text, const char *string); /* NULL: nothing */
AQ_API void aq_text_append_bytes(aq_text_t *text, const void *bytes, size_t length);
AQ_API void aq_text_append_char(aq_text_t *text, char character);
AQ_API void aq_text_append_int(aq_text_t *text, int64_t number);
AQ_API void aq_text_appendf(aq_text_t *text, const char *format, ...) AQ_PRINTF(2, 3);
AQ_API void aq_text_vappendf(aq_text_t *text, const char *format, va_list arguments) AQ_PRINTF(2, 0);
/* A JSON string with its quotes (RFC 8259). It is always valid UTF-8: each maximal subpart of what is not
 * becomes U+FFFD (Unicode, section 3.9). */
AQ_API void aq_text_append_json(aq_text_t *text, const char *string, size_t length);
/* For HTML text and quoted attributes: & < > " ' are escaped. */
AQ_API void aq_text_append_html(aq_text_t *text, const char *string, size_t length);
/* An SQL identifier, always quoted. */
AQ_API void aq_text_append_identifier(aq_text_t *text, const char *name);
/* The text; "" for an empty one, never NULL. Valid until the next append. */
AQ_API const char *aq_text_string(const aq_text_t *text);
/* Moves the text to the caller, who gives it to aq_free(). NULL when it failed. The builder is empty again.
 */
AQ_API char *aq_text_take(aq_text_t *text);
AQ_API void aq_text_clear(aq_text_t *text); /* empty and not failed, memory kept */
AQ_API void aq_text_dispose(aq_text_t *text);

/* True for well-formed UTF-8 without NUL (RFC 3629: no surrogates, no overlong forms, at most U+10FFFF). */
AQ_API bool aq_utf8_valid(const char *string, size_t length);

/* ---- Log ----------------------------------------------------------------------------------------------- */

typedef enum aq_log_level { AQ_LOG_DEBUG, AQ_LOG_INFO, AQ_LOG_WARNING, AQ_LOG_ERROR } aq_log_level_t;

/* Gets each line, without a newline at its end; texts of the server or of users may have some inside. May be
 * called from any thread. */
typedef void (*aq_log_cb)(void *data, aq_log_level_t level, const char *message);
/* Sends lines of level `least` and above to `log`. NULL: to standard error, with control characters made
 * harmless. Until it is called: standard error, AQ_LOG_WARNING. */
AQ_API void aq_set_log(aq_log_cb log, void *data, aq_log_level_t least);
/* Leaves errno and aq_last_error() alone. */
AQ_API void aq_log(aq_log_level_t level, const char *format, ...) AQ_PRINTF(2, 3);
/* For lines that are costly to make. */
AQ_API bool aq_log_enabled(aq_log_level_t level);

AQ_END_DECLS

#endif
