/* Names: how SQL spells them, how long they may be, and which table a struct gets.
 *
 * Pure: no loop, no database. All names are UTF-8, and lengths are bytes, because the server counts bytes. Errors are AQ_EMAPPING or
 * AQ_ENOMEM. What is made belongs to the arena that is given. */
#ifndef AQ_SRC_SCHEMA_NAMING_H
#define AQ_SRC_SCHEMA_NAMING_H

#include "src/base/base.h"

/* ---- Identifiers (identifier.c): PostgreSQL documentation, 4.1.1 -------------------------------------------------------- */

/* NAMEDATALEN - 1: what is longer the server cuts, with a notice. */
enum { AQ__NAME_MAX = 63 };

/* AQ_EMAPPING: NULL, empty, not UTF-8, or longer than AQ__NAME_MAX bytes. `what` begins the message: "column" makes
 * "column '': the name is empty". */
int aq__name_check(const char *what, const char *name) AQ_MUST_USE;
/* The same for what is yet to be shortened: any length. */
int aq__name_check_text(const char *what, const char *name) AQ_MUST_USE;
/* True unless the name means the same without quotes in every place where SQL has the name of a table, column, constraint, index
 * or schema. */
bool aq__name_needs_quotes(const char *name);
/* Appends the name, in quotes where it needs them. */
void aq__name_append(aq_text_t *sql, const char *name);
/* schema.name; `schema` NULL: the name only. */
void aq__name_append_qualified(aq_text_t *sql, const char *schema, const char *name);
/* The name itself when it has at most `most` bytes; else its first `most` - 8 bytes, less where that would split a character, "_"
 * and the last four hexadecimal digits of its MD5. SQLAlchemy's formula, which counts characters. NULL: out of memory. */
const char *aq__name_shorten(aq_arena_t *arena, const char *name, size_t most);

/* ---- Tables (table_name.c) ------------------------------------------------------------------------------------------------- */

/* "HTTP2Request" -> "http2_request": the table of a struct that names none; NULL: AQ_EMAPPING (nothing is left of "___", or the
 * result is too long) or AQ_ENOMEM. Flask-SQLAlchemy 3's rule; `legacy` is that of version 2.3, which made "htt_p2_request" of it and
 * left "FOO" as it is. */
const char *aq__table_name(aq_arena_t *arena, const char *type, bool legacy);

#endif
