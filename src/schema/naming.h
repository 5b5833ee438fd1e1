/* Names: how SQL spells them, how long they may be, which table a struct gets, and what constraints and indexes are called.
 *
 *     aq__naming_t *naming = aq__naming_create(arena, &(aq_naming_convention_t){.uq = "uq_%(table_name)s_%(column_0_N_name)s"});
 *     aq_named_t unique = {.kind = AQ_NAMED_UQ, .table = "user", .columns = columns, .column_count = 1};
 *     const char *name;
 *
 *     if (naming == NULL || aq__naming_name(naming, arena, &unique, &name) != AQ_OK)
 *         ...                                                        aq_last_error() tells which name, and why
 *     aq__name_append(&sql, name);                                   uq_user_data
 *
 * Pure: no loop, no database. All names are UTF-8, and lengths are bytes, because the server counts bytes. Errors are AQ_EMAPPING,
 * "table 'user': unique constraint (data): ...", or AQ_ENOMEM. What is made belongs to the arena that is given; a naming is
 * read-only once it is made, so that threads may share it. */
#ifndef AQ_SRC_SCHEMA_NAMING_H
#define AQ_SRC_SCHEMA_NAMING_H

#include "aquifer/schema.h"
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
/* <first>_<second>_<label>, or <first>_<label> where `second` is "": what the server calls things that have no name. The longer of the first two gives way
 * until it all fits (makeObjectName), and no character is split. `name` has room for AQ__NAME_MAX + 1 bytes; the label is a word. */
void aq__name_make(char *name, const char *first, const char *second, const char *label);
/* The name itself when it has at most `most` bytes; else its first `most` - 8 bytes, less where that would split a character, "_"
 * and the last four hexadecimal digits of its MD5. SQLAlchemy's formula, which counts characters. NULL: out of memory. */
const char *aq__name_shorten(aq_arena_t *arena, const char *name, size_t most);

/* ---- Tables (table_name.c) ------------------------------------------------------------------------------------------------- */

/* "HTTP2Request" -> "http2_request": the table of a struct that names none; NULL: AQ_EMAPPING (nothing is left of "___", or the
 * result is too long) or AQ_ENOMEM. Flask-SQLAlchemy 3's rule; `legacy` is that of version 2.3, which made "htt_p2_request" of it and
 * left "FOO" as it is. */
const char *aq__table_name(aq_arena_t *arena, const char *type, bool legacy);

/* ---- Constraints and indexes (naming.c, template.c): SQLAlchemy's naming conventions ---------------------------------------- */

/* X(CONSTANT, key, "what it is"), in the order of aq_named_kind_t */
#define AQ__NAMED_TABLE(X)         \
    X(IX, ix, "index")             \
    X(UQ, uq, "unique constraint") \
    X(CK, ck, "check constraint")  \
    X(FK, fk, "foreign key")       \
    X(PK, pk, "primary key")

enum { AQ__NAMED_KINDS = AQ_NAMED_PK + 1 };

typedef struct aq__naming aq__naming_t;

/* Parses the templates, and copies what it needs of them. NULL for the default. Returns NULL with AQ_EMAPPING where a template or a
 * token is wrong, or AQ_ENOMEM. */
aq__naming_t *aq__naming_create(aq_arena_t *arena, const aq_naming_convention_t *convention);
/* "table 'user': unique constraint (data)": begins messages. */
void aq__named_describe(aq_text_t *text, const aq_named_t *what);
/* `*name` becomes the name, or NULL where PostgreSQL shall make one. The user's name stays as it is, and must not be too long, unless
 * the kind's template has %(constraint_name)s and it is not final. Names that the convention makes, and final ones, are shortened.
 * AQ_EMAPPING, AQ_ENOMEM, or the code that a token of the user's returned. */
int aq__naming_name(const aq__naming_t *naming, aq_arena_t *arena, const aq_named_t *what,
                    const char **name) AQ_MUST_USE;

#endif
