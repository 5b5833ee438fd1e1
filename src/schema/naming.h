/* Names: how SQL spells them, how long they may be, which table a struct gets, and what constraints and indexes are called.
 *
 *     aq__naming_t *naming = aq__naming_create(arena, &(aq__convention_t){.uq = "uq_%(table_name)s_%(column_0_N_name)s"});
 *     aq__named_t unique = {.kind = AQ__NAMED_UQ, .table = "user", .columns = columns, .column_count = 1};
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

/* ---- Constraints and indexes (naming.c, template.c): SQLAlchemy's naming conventions ---------------------------------------- */

/* X(CONSTANT, key, "what it is") */
#define AQ__NAMED_TABLE(X)         \
    X(IX, ix, "index")             \
    X(UQ, uq, "unique constraint") \
    X(CK, ck, "check constraint")  \
    X(FK, fk, "foreign key")       \
    X(PK, pk, "primary key")

typedef enum aq__named_kind {
#define AQ__NAMED_ENUM_(constant, key, text) AQ__NAMED_##constant,
    AQ__NAMED_TABLE(AQ__NAMED_ENUM_)
#undef AQ__NAMED_ENUM_
        AQ__NAMED_KINDS
} aq__named_kind_t;

typedef struct aq__named_column {
    const char *name; /* in the database */
    const char *key;  /* in the program; NULL: the same */
} aq__named_column_t;

/* What is to have a name. */
typedef struct aq__named {
    aq__named_kind_t kind;
    const char *schema; /* NULL: none was given */
    const char *table;
    const aq__named_column_t *columns; /* of a check constraint: those in its expression, if known */
    size_t column_count;
    const char *referred_table; /* of a foreign key; without the schema */
    const char *const *referred_columns;
    size_t referred_count;
    const char *name; /* what the user calls it; NULL: nothing */
    bool final;       /* the user's name is taken as it is, whatever the convention says */
} aq__named_t;

/* A token of the user's. Appends its text; an error (made with aq_fail) becomes that of the name. Must not keep `what`. */
typedef int (*aq__name_token_cb)(aq_text_t *text, const aq__named_t *what, void *data);

typedef struct aq__name_token {
    const char *name; /* "short_table" for %(short_table)s; one like a built-in token replaces it */
    aq__name_token_cb append;
    void *data;
} aq__name_token_t;

/* One template for each kind; NULL: that kind gets no name but the user's, and PostgreSQL makes one. In a template "%%" is a percent
 * sign, and these stand for
 *
 *     %(table_name)s               the table, without its schema
 *     %(column_0_name)s            the name of the first column, %(column_1_name)s of the second, ...; nothing past the last
 *     %(column_0_key)s             what the program calls it
 *     %(column_0_label)s           [schema_]table_column
 *     %(column_0N_name)s           all columns, one behind the other; also _key, _label
 *     %(column_0_N_name)s          all columns, joined by "_"; also _key, _label
 *     %(constraint_name)s          the user's name for it, which it must have then
 *     %(referred_table_name)s      of a foreign key: the table that it refers to
 *     %(referred_column_0_name)s   and its columns; also _0N_, _0_N_. Past the last: an error
 *     %(token)s                    what a token of the user's appends
 *
 * A convention without anything is the default: "ix_%(column_0_label)s" for indexes. */
typedef struct aq__convention {
    const char *ix, *uq, *ck, *fk, *pk;
    const aq__name_token_t *tokens;
    size_t token_count;
} aq__convention_t;

typedef struct aq__naming aq__naming_t;

/* Parses the templates, and copies what it needs of them. NULL for the default. Returns NULL with AQ_EMAPPING where a template or a
 * token is wrong, or AQ_ENOMEM. */
aq__naming_t *aq__naming_create(aq_arena_t *arena, const aq__convention_t *convention);
/* `*name` becomes the name, or NULL where PostgreSQL shall make one. The user's name stays as it is, and must not be too long, unless
 * the kind's template has %(constraint_name)s and it is not final. Names that the convention makes, and final ones, are shortened.
 * AQ_EMAPPING, AQ_ENOMEM, or the code that a token of the user's returned. */
int aq__naming_name(const aq__naming_t *naming, aq_arena_t *arena, const aq__named_t *what,
                    const char **name) AQ_MUST_USE;

#endif
