/* The error table's look-ups, and the thread's last error.
 *
 * The happy path: aq__fail() formats into memory that every thread has from the start, so that telling of
 * an error needs none.
 * The failure modes: texts that do not fit are cut at a character and end in "...": each text may take
 * half of what those before it left, with the message first (4 KiB) and the statement last. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "src/base/base.h"

/* ---- The table ----------------------------------------------------------------------------------------- */

typedef struct {
    int code, http;
    bool retryable;
    const char *name, *text;
} row_t;

static const row_t rows[] = {
#define ROW(name, number, http, retryable, text) {number, http, retryable, "AQ_" #name, text},
    AQ_ERROR_TABLE(ROW)
#undef ROW
        {AQ_OK, 200, false, "AQ_OK", "no error"},
};

static const row_t *find_row(int code)
{
    for (size_t i = 0; i < AQ__COUNT_OF(rows); i++)
        if (rows[i].code == code)
            return &rows[i];
    return NULL;
}

const char *aq_error_name(int code)
{
    static _Thread_local char unknown[24];
    const row_t *row = find_row(code);

    if (row != NULL)
        return row->name;
    (void)snprintf(unknown, sizeof(unknown), "AQ_E%d?", code);
    return unknown;
}

const char *aq_strerror(int code)
{
    static _Thread_local char unknown[32];
    const row_t *row = find_row(code);

    if (row != NULL)
        return row->text;
    (void)snprintf(unknown, sizeof(unknown), "unknown error %d", code);
    return unknown;
}

int aq_error_http_status(int code)
{
    const row_t *row = find_row(code);

    return row != NULL ? row->http : 500;
}

bool aq_error_retryable(int code)
{
    const row_t *row = find_row(code);

    return row != NULL && row->retryable;
}

/* ---- SQLSTATE ------------------------------------------------------------------------------------------ */

/* PostgreSQL documentation, appendix A. Whole codes come before their class; the first row that fits is
 * taken. An error that the server reports as class 00, 01 or 02 is still an error. */
static const struct {
    char prefix[6];
    int code;
} sqlstates[] = {
    {"08001", AQ_ECONNECT},       /* client unable to establish connection */
    {"08004", AQ_ECONNECT},       /* server rejected the connection */
    {"08007", AQ_ECOMMITUNKNOWN}, /* transaction resolution unknown */
    {"08P01", AQ_EPROTOCOL},      /* protocol violation */
    {"08", AQ_ELOST},             /* connection exception; the server rolled back what it reported this for */
    {"22", AQ_EDATA},
    {"23502", AQ_ENOTNULL},
    {"23503", AQ_EFOREIGNKEY},
    {"23505", AQ_EUNIQUE},
    {"23514", AQ_ECHECK},
    {"23P01", AQ_EEXCLUSION},
    {"23", AQ_ECONSTRAINT},
    {"25006", AQ_EREADONLY},
    {"26", AQ_ESTALEPLAN}, /* invalid SQL statement name */
    {"28", AQ_EAUTH},
    {"2D", AQ_ETXCONTROL},        /* invalid transaction termination: COMMIT in a procedure inside a unit */
    {"3D", AQ_EUNDEFINED},        /* no such database */
    {"3F", AQ_EUNDEFINED},        /* no such schema */
    {"40002", AQ_ECONSTRAINT},    /* transaction integrity constraint violation */
    {"40003", AQ_ECOMMITUNKNOWN}, /* statement completion unknown */
    {"40P01", AQ_EDEADLOCK},
    {"40", AQ_ESERIALIZATION},
    {"42501", AQ_EPERMISSION},
    {"42703", AQ_EUNDEFINED}, /* column */
    {"42704", AQ_EUNDEFINED}, /* object, as a type */
    {"42883", AQ_EUNDEFINED}, /* function */
    {"42P01", AQ_EUNDEFINED}, /* table */
    {"42P05", AQ_ESTALEPLAN}, /* duplicate prepared statement: somebody else's, behind a pooler */
    {"42", AQ_ESYNTAX},
    {"44", AQ_ECHECK}, /* WITH CHECK OPTION violation */
    {"53", AQ_ERESOURCES},
    {"55P03", AQ_ELOCK},
    {"57014", AQ_EQUERYCANCELED},
    {"57P01", AQ_ESHUTDOWN}, /* admin shutdown */
    {"57P02", AQ_ESHUTDOWN}, /* crash shutdown */
    {"57P03", AQ_ESHUTDOWN}, /* cannot connect now */
    {"57P05", AQ_ELOST},     /* idle session timeout */
};

int aq_error_from_sqlstate(const char *sqlstate)
{
    if (sqlstate == NULL || strlen(sqlstate) != 5)
        return AQ_ESERVER;
    for (size_t i = 0; i < AQ__COUNT_OF(sqlstates); i++)
        if (strncmp(sqlstate, sqlstates[i].prefix, strlen(sqlstates[i].prefix)) == 0)
            return sqlstates[i].code;
    return AQ_ESERVER;
}

/* ---- The strings of an error --------------------------------------------------------------------------- */

/* The message first: where room is short it gets most. */
static const size_t strings[] = {
    offsetof(aq_error_t, message), offsetof(aq_error_t, schema),   offsetof(aq_error_t, table),
    offsetof(aq_error_t, column),  offsetof(aq_error_t, datatype), offsetof(aq_error_t, constraint),
    offsetof(aq_error_t, detail),  offsetof(aq_error_t, hint),     offsetof(aq_error_t, statement),
};

static const char *get_string(const aq_error_t *error, size_t i)
{
    return *(const char *const *)(const void *)((const char *)error + strings[i]);
}

static void set_string(aq_error_t *error, size_t i, const char *text)
{
    *(const char **)(void *)((char *)error + strings[i]) = text;
}

static size_t size_with_strings(const aq_error_t *error)
{
    size_t size = sizeof(*error);

    for (size_t i = 0; i < AQ__COUNT_OF(strings); i++)
        if (get_string(error, i) != NULL)
            size += strlen(get_string(error, i)) + 1;
    return size;
}

/* Copies the error and, behind it, its strings into size_with_strings() bytes. */
static aq_error_t *copy_into(void *block, const aq_error_t *error)
{
    aq_error_t *copy = memcpy(block, error, sizeof(*error));
    char *next = (char *)(copy + 1);

    for (size_t i = 0; i < AQ__COUNT_OF(strings); i++) {
        const char *text = get_string(error, i);
        size_t size = text != NULL ? strlen(text) + 1 : 0;

        if (text == NULL)
            continue;
        set_string(copy, i, memcpy(next, text, size));
        next += size;
    }
    if (copy->message == NULL)
        copy->message = aq_strerror(copy->code);
    return copy;
}

aq_error_t *aq__error_dup(aq_arena_t *arena, const aq_error_t *error)
{
    void *block = aq_arena_alloc(arena, size_with_strings(error));

    return block != NULL ? copy_into(block, error) : NULL;
}

aq_error_t *aq__error_copy(const aq_error_t *error)
{
    void *block = aq__malloc_quietly(size_with_strings(error)); /* `error` may be the thread's last */

    return block != NULL ? copy_into(block, error) : NULL;
}

/* ---- The last error ------------------------------------------------------------------------------------ */

/* Two of them, in turns: the arguments of a new error are often the texts of the one before. */
typedef struct {
    aq_error_t error;
    char texts[8192];
} slot_t;

static _Thread_local slot_t slots[2];
static _Thread_local int current;

const aq_error_t *aq_last_error(void)
{
    aq_error_t *error = &slots[current].error;

    if (error->message == NULL)
        error->message = "";
    return error;
}

static const char ellipsis[] = "...";

/* Ends a text that was cut to fill `room` bytes. */
static void mark_cut(char *text, size_t room)
{
    size_t most = room - sizeof(ellipsis), end = aq__utf8_cut(text, most + 1, most);

    memcpy(text + end, ellipsis, sizeof(ellipsis));
}

static int fail(int code, const char *format, va_list arguments) AQ_PRINTF(2, 0);

static int fail(int code, const char *format, va_list arguments)
{
    slot_t *slot = &slots[!current];
    size_t room = sizeof(slot->texts) / 2;
    int length = vsnprintf(slot->texts, room, format, arguments);

    slot->error = (aq_error_t){.code = code, .message = slot->texts};
    if (length < 0)
        slot->error.message = aq_strerror(code);
    else if ((size_t)length >= room)
        mark_cut(slot->texts, room);
    current = !current;
    return code;
}

int aq__fail(int code, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    fail(code, format, arguments);
    va_end(arguments);
    return code;
}

int aq_fail(int code, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    fail(code, format, arguments);
    va_end(arguments);
    return code;
}

int aq__fail_with(const aq_error_t *error)
{
    slot_t *slot = &slots[!current];
    size_t used = 0;

    slot->error = *error;
    for (size_t i = 0; i < AQ__COUNT_OF(strings); i++) {
        const char *text = get_string(error, i);
        size_t room = (sizeof(slot->texts) - used) / 2, size = text != NULL ? strlen(text) + 1 : 0;
        bool cut = size > room;

        if (text == NULL)
            continue;
        if (cut)
            size = room;
        memcpy(slot->texts + used, text, size);
        if (cut)
            mark_cut(slot->texts + used, room);
        set_string(&slot->error, i, slot->texts + used);
        used += size;
    }
    if (slot->error.message == NULL)
        slot->error.message = aq_strerror(error->code);
    current = !current;
    return error->code;
}
