/* Metadata: what one database has, or shall have: tables, columns, constraints, indexes, enums, sequences, comments.
 *
 * There is one form of it, whoever makes it: models at registration, the reader of SQL files, the reader of the catalogs. Whoever uses
 * it (DDL, diff, generated C) need not know where it came from.
 *
 *     aq__metadata_t *metadata = aq__metadata_create(NULL);
 *     aq__table_t *post = aq__metadata_add_table(metadata, NULL, "post", source);
 *     aq__column_t *id = aq__table_add_column(post, "id", source);
 *     id->type.oid = AQ_OID_INT4;
 *     aq__constraint_t *key = aq__table_add_constraint(post, AQ_CONSTRAINT_PRIMARY_KEY, source);
 *     aq__constraint_add_column(key, id);
 *     ...
 *     aq__metadata_seal(metadata, &problems);         foreign keys find their tables; the order of creation
 *     aq__metadata_close(metadata);
 *
 * Builders copy the names that they are given into the metadata's arena; what is set by hand (a check's text) must live as long:
 * aq_arena_strdup(metadata->arena, ...). Each returns NULL when memory is out, and aq_last_error() says so. Names are as they are in the
 * catalogs: case and all, without quotes, and as long as they were given. A `schema` of NULL is what the search path decides.
 *
 * A sealed metadata is read-only, so that threads may share it. More may be added after a seal, by one thread; then it is sealed again. */
#ifndef AQ_SRC_SCHEMA_METADATA_H
#define AQ_SRC_SCHEMA_METADATA_H

#include "aquifer/schema.h"
#include "src/schema/problem.h"

struct aq__naming;
typedef struct aq__metadata aq__metadata_t;
typedef struct aq__table aq__table_t;
typedef struct aq__column aq__column_t;
typedef struct aq__constraint aq__constraint_t;
typedef struct aq__index aq__index_t;

/* CREATE TYPE ... AS ENUM */
typedef struct aq__enum {
    const char *schema, *name;
    const char **labels;
    size_t label_count;
    const char *comment;
    aq__source_t source;
} aq__enum_t;

/* CREATE SEQUENCE; or, in a column, what a serial's or an identity's sequence has that is not the default (`schema` and `name` may be
 * NULL there). */
typedef struct aq__sequence {
    const char *schema, *name;
    uint32_t type; /* AQ_OID_INT2, AQ_OID_INT4, AQ_OID_INT8; 0: the default (int8, or the column's) */
    bool has_start, has_increment, has_min, has_max, has_cache;
    int64_t start, increment, min, max, cache;
    bool cycle;
    aq__column_t *owner; /* OWNED BY */
    const char *comment;
    aq__source_t source;
} aq__sequence_t;

/* A column's type. Exactly one of these three tells it: `oid`, `name`, `text`. */
typedef struct aq__type {
    uint32_t oid;                  /* of AQ_TYPE_TABLE, never one of its array types */
    const char *schema, *name;     /* an enum, a domain, an extension's type, tsvector ... */
    const aq__enum_t *enumeration; /* with `name`: one of this metadata; set by aq__metadata_seal() */
    const char *
        text; /* as somebody wrote it in CREATE TABLE, all of it; after the seal only where it cannot be taken apart, as geometry(point, 4326) */
    int modifiers[2]; /* varchar(80): 80; numeric(10, 2): 10, 2; timestamp(3): 3 */
    int modifier_count;
    const char *fields; /* of an interval: "year to month" */
    bool array;
} aq__type_t;

struct aq__column {
    aq__table_t *table;
    const char *name;
    const char *key; /* what the program calls it, for names made of it; NULL: the same */
    size_t position; /* in table->columns */
    aq__type_t type;
    const char *sql_type;       /* after the seal: the type as in CREATE TABLE, "VARCHAR(80)" */
    bool not_null;              /* of a primary key's columns always, after the seal */
    const char *server_default; /* an SQL expression; not that of a serial column */
    bool
        default_by_alter; /* set by the seal: it draws from a sequence of a table that is created later, so set when all are there */
    const char *generated; /* an SQL expression: GENERATED ALWAYS AS (...) STORED */
    aq_autoincrement_t
        autoincrement;              /* OFF, SERIAL, IDENTITY, IDENTITY_ALWAYS; never DEFAULT after the seal */
    const aq__sequence_t *sequence; /* of a serial or identity; NULL: nothing but defaults */
    const char *collation_schema, *collation;
    const char *comment;
    aq__source_t source;
};

/* One part of an index or an exclusion constraint: a column or an expression. */
typedef struct aq__part {
    aq__column_t *column;
    const char *expression; /* with parentheses around it, unless it is the call of a function */
    const char *collation_schema, *collation;
    const char *opclass;       /* its options too: "tsvector_ops(siglen = 256)" */
    const char *usual_opclass; /* of a live database: what it is where `opclass` need not be said */
    const char *with;          /* the operator of an exclusion constraint */
    bool descending;
    aq_nulls_t nulls;
} aq__part_t;

struct aq__constraint {
    aq_constraint_kind_t kind;
    aq__table_t *table;
    const char *name; /* NULL: the naming convention gives it one, or the server does */
    bool name_final;  /* the convention for checks leaves the name alone */
    bool named;       /* the seal has settled its name */

    aq__column_t **
        columns; /* PRIMARY KEY, UNIQUE, FOREIGN KEY: in the order in which they are said. CHECK: those that are known to be in
                             * it, as the column that it was declared with */
    size_t column_count;
    aq__column_t **include; /* PRIMARY KEY, UNIQUE, EXCLUDE */
    size_t include_count;
    bool nulls_not_distinct; /* UNIQUE */

    /* FOREIGN KEY: whom it refers to by name, and after the seal by pointer; NULL where the seal did not find it. `referred_table` is NULL
     * where the declaration has a problem that was told already. */
    const char *referred_schema, *referred_table;
    const char **referred_names; /* as many as `columns`; NULL: the primary key */
    size_t referred_name_count;
    aq__table_t *referred;
    aq__column_t **referred_columns; /* as many as `columns` */
    aq_action_t on_delete, on_update;
    aq__column_t **on_delete_columns; /* ON DELETE SET NULL (...); NULL: all */
    size_t on_delete_column_count;
    bool match_full;
    bool
        by_alter; /* set by the seal: part of a cycle of tables, so added when all of them are there, and dropped first */

    const char *check; /* CHECK */
    bool no_inherit;

    const char *method; /* EXCLUDE */
    aq__part_t *parts;
    size_t part_count;
    const char *where;

    aq_deferrable_t deferrable;
    bool not_valid;
    const char *comment;
    aq__source_t source;
};

/* CREATE INDEX: not those that primary keys, unique and exclusion constraints bring along. */
struct aq__index {
    aq__table_t *table;
    const char *name; /* NULL: the naming convention gives it one, or the server does */
    bool named;       /* the seal has settled its name */
    bool unique, nulls_not_distinct;
    const char *method; /* NULL: btree */
    aq__part_t *parts;
    size_t part_count;
    aq__column_t **include;
    size_t include_count;
    const char *where;
    const char *storage; /* WITH (...) */
    const char *comment;
    aq__source_t source;
};

struct aq__table {
    aq__metadata_t *metadata;
    aq__table_t *same_name; /* the next one of this name, in another schema */
    const char *schema, *name;
    size_t position; /* in metadata->tables */
    aq__column_t **columns;
    size_t column_count;
    aq__constraint_t **constraints; /* the primary key too */
    size_t constraint_count;
    aq__constraint_t *primary_key; /* NULL: none */
    aq__index_t **indexes;
    size_t index_count;
    const char *comment;
    aq__source_t source;
};

struct aq__metadata {
    aq_arena_t *arena; /* this struct lives in it too */
    const char *bind;  /* NULL: the default one */
    const struct aq__naming
        *naming;          /* the seal gives names by it; NULL: everything is called as it is called already */
    aq__table_t **tables; /* in the order in which they were declared */
    size_t table_count;
    aq__map_t tables_by_name;
    aq__enum_t **enums;
    size_t enum_count;
    aq__sequence_t *
        *sequences; /* that stand alone; those of serial and identity columns are in the columns */
    size_t sequence_count;
    aq__problems_t
        problems; /* what a live database has and this cannot express; of models their registry tells */

    /* After the seal. In the order of creation: a table comes behind those that its foreign keys refer to, otherwise as declared; what is
     * dropped goes the other way. Foreign keys with `by_alter` do not count. */
    aq__table_t **ordered_tables;
    aq__constraint_t **foreign_keys_by_alter;
    size_t by_alter_count;
    size_t default_by_alter_count; /* of columns in all tables */
};

/* ---- Building -------------------------------------------------------------------------------------------------------------- */

aq__metadata_t *aq__metadata_create(const char *bind);
void aq__metadata_close(aq__metadata_t *metadata); /* NULL is fine */

/* Whether there is one already is for the caller to ask; these add in any case. */
aq__table_t *aq__metadata_add_table(aq__metadata_t *metadata, const char *schema, const char *name,
                                    aq__source_t source);
aq__enum_t *aq__metadata_add_enum(aq__metadata_t *metadata, const char *schema, const char *name,
                                  aq__source_t source);
int aq__enum_add_label(aq__metadata_t *metadata, aq__enum_t *enumeration, const char *label); /* AQ_ENOMEM */
aq__sequence_t *aq__metadata_add_sequence(aq__metadata_t *metadata, const char *schema, const char *name,
                                          aq__source_t source);

aq__column_t *aq__table_add_column(aq__table_t *table, const char *name, aq__source_t source);
/* A primary key becomes table->primary_key; that there is only one is for the caller to see to. */
aq__constraint_t *aq__table_add_constraint(aq__table_t *table, aq_constraint_kind_t kind,
                                           aq__source_t source);
aq__index_t *aq__table_add_index(aq__table_t *table, aq__source_t source);

/* AQ_ENOMEM. */
int aq__constraint_add_column(aq__constraint_t *constraint, aq__column_t *column);
int aq__constraint_add_include(aq__constraint_t *constraint, aq__column_t *column);
int aq__constraint_add_referred(aq__constraint_t *constraint, const char *column);
int aq__constraint_add_on_delete_column(aq__constraint_t *constraint, aq__column_t *column);
int aq__index_add_include(aq__index_t *index, aq__column_t *column);
/* Zeroed parts, to be filled; valid until the next one is added. */
aq__part_t *aq__constraint_add_part(aq__constraint_t *constraint);
aq__part_t *aq__index_add_part(aq__index_t *index);

/* ---- Looking up -------------------------------------------------------------------------------------------------------------- */

/* NULL: there is none. Schema and name must be the very same: NULL is not "public". */
aq__table_t *aq__metadata_table(const aq__metadata_t *metadata, const char *schema, const char *name);
aq__enum_t *aq__metadata_enum(const aq__metadata_t *metadata, const char *schema, const char *name);
aq__sequence_t *aq__metadata_sequence(const aq__metadata_t *metadata, const char *schema, const char *name);
aq__column_t *aq__table_column(const aq__table_t *table, const char *name);
aq__constraint_t *aq__table_constraint(const aq__table_t *table, const char *name);
aq__index_t *aq__table_index(const aq__table_t *table, const char *name);
bool aq__constraint_has_column(const aq__constraint_t *constraint, const aq__column_t *column);
/* True where no two rows of the table can have the same values in these columns: they are the primary key, a unique constraint or a
 * unique index over all rows, in any order. */
bool aq__columns_are_unique(const aq__table_t *table, aq__column_t *const *columns, size_t count);
/* The same for foreign keys: the server takes nothing that is deferrable for them. */
bool aq__columns_can_be_referred_to(const aq__table_t *table, aq__column_t *const *columns, size_t count);
/* Whether an index that has both has a column twice: it may be there for several operator classes or collations. */
bool aq__parts_are_twins(const aq__part_t *a, const aq__part_t *b);
/* Of PostgreSQL's own methods only btree, which NULL is too, knows an order, and which rows are equal. */
bool aq__method_is_unordered(const char *method);

/* "user", "blog.user": for messages. Appends. */
void aq__table_describe(aq_text_t *text, const aq__table_t *table);
/* "post.author_id", "post (room, day)", "post": what a constraint is on. */
void aq__constraint_describe(aq_text_t *text, const aq__constraint_t *constraint);

/* "day to second", of the server's mask of fields; NULL: all of them, or none that it would let pass (interval_fields.c). */
const char *aq__interval_fields(int mask);

/* ---- Sealing ------------------------------------------------------------------------------------------------------------------ */

/* Finds what foreign keys refer to and which types are enums of the metadata, makes the columns of primary keys NOT NULL, decides
 * which are serial, gives names to constraints and indexes and tells which are taken twice (names.c), and sorts the tables (order.c). Everything that is wrong is added to `problems`, and the rest is done all the same:
 * AQ_EMAPPING. AQ_ENOMEM: not done. */
int aq__metadata_seal(aq__metadata_t *metadata, aq__problems_t *problems);
/* The part of it that names, by metadata->naming. AQ_EMAPPING, AQ_ENOMEM. */
int aq__metadata_name(aq__metadata_t *metadata, aq__problems_t *problems);
/* The part of it that sorts. */
int aq__metadata_order(aq__metadata_t *metadata);
/* drawn.c. The part of it that, in this order, finds defaults that cannot be said with their table. */
int aq__metadata_mark_drawn(aq__metadata_t *metadata);

#endif
