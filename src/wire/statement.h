/* statement: what one SQL text is, found out once per distinct text. Pure: no connection, no loop.
 * libpg_query speaks PostgreSQL 15's grammar: a text that it cannot parse is "unchecked" and left to the server to judge. */
#ifndef AQ_SRC_WIRE_STATEMENT_H
#define AQ_SRC_WIRE_STATEMENT_H

#include "aquifer/wire.h"
#include "src/base/base.h"
#include "src/wire/own.h"

typedef enum aq__statement_kind {
    AQ__STATEMENT_UNCHECKED, /* newer syntax, or an error that the server will report */
    AQ__STATEMENT_EMPTY,     /* nothing but blanks and comments */
    AQ__STATEMENT_SELECT, /* SELECT, VALUES, TABLE, also with locks or data-modifying CTEs (see `writes`) */
    AQ__STATEMENT_INSERT,
    AQ__STATEMENT_UPDATE,
    AQ__STATEMENT_DELETE,
    AQ__STATEMENT_MERGE,
    AQ__STATEMENT_TRANSACTION, /* BEGIN, COMMIT, ROLLBACK, SAVEPOINT, RELEASE, PREPARE TRANSACTION, COMMIT PREPARED ... */
    AQ__STATEMENT_COPY_IN,  /* COPY ... FROM STDIN */
    AQ__STATEMENT_COPY_OUT, /* COPY ... TO STDOUT */
    AQ__STATEMENT_EXPLAIN,  /* without ANALYZE; with it the kind of what it runs */
    AQ__STATEMENT_SHOW,
    AQ__STATEMENT_SET,    /* SET, RESET, DISCARD: leaves something on the session */
    AQ__STATEMENT_LISTEN, /* LISTEN, UNLISTEN */
    AQ__STATEMENT_UTILITY /* everything else: DDL, NOTIFY, LOCK, VACUUM, DO, CALL ... */
} aq__statement_kind_t;

typedef struct aq__statement {
    aq__statement_kind_t kind;
    int parameter_count; /* highest $n; -1: unchecked */
    int statement_count; /* more than 1: refused; 0: empty */
    bool writes; /* may leave something behind: everything but the kinds that cannot; unchecked: true */
    bool
        plain_read; /* one SELECT without locks, INTO, data-modifying CTE and functions that are not known to be free of side effects */
    bool
        no_transaction; /* cannot run inside a transaction block (VACUUM, CREATE DATABASE, CREATE INDEX CONCURRENTLY ...) */
} aq__statement_t;

/* Never fails but for AQ_ENOMEM: a text that makes no sense is AQ__STATEMENT_UNCHECKED. Text that is not UTF-8, longer than 1 MiB
 * (parsing it would block the loop for a third of a second) or nested some thousand levels deep is unchecked too. For unchecked
 * text the first keyword still tells transaction control apart: its kind is AQ__STATEMENT_TRANSACTION then. Of several statements
 * the kind is the first one's. From any thread; a task's small stack is enough. */
int aq__statement_parse(const char *sql, aq__statement_t *statement);
/* The longest text that is parsed: that blocks the loop for about a third of a second, and longer ones are data rather than code. */
#define AQ__STATEMENT_MOST ((size_t)1024 * 1024)

/* The same number for statements that differ in their values and in how they are written only, today and in other programs: libpg_query's. Of a text that
 * is not parsed, it is of its bytes. AQ_ENOMEM. (fingerprint.c) */
int aq__statement_fingerprint(const char *sql, uint64_t *fingerprint);
/* Appends the statement with "?" for each constant and without comments: what a user may have put into it. A text that does not scan is
 * not shown. AQ_ENOMEM. (fingerprint.c) */
int aq__statement_append_redacted(aq_text_t *text, const char *sql);

/* What parsing says of one of the library's own, where it writes those itself: see aq__own_t. */
void aq__statement_own(aq__own_t own, int parameter_count, aq__statement_t *statement);
const char *aq__statement_kind_name(aq__statement_kind_t kind); /* "SELECT", "transaction control" ... */
/* True when a function of this name in pg_catalog cannot write, lock or notify (see pure-functions.h). */
bool aq__function_is_pure(const char *name);

#endif
