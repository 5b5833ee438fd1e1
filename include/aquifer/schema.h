/* schema: what a program's tables look like, declared once, as const data that the compiler checks.
 *
 *     typedef struct User {
 *         aq_object_t object;                                    every model starts with this
 *         int32_t id;
 *         const char *username;
 *         aq_int4_null_t age;
 *         aq_many_t posts;
 *     } User;
 *
 *     static const aq_column_t user_columns[] = {
 *         AQ_INT4(User, id, .primary_key = true),
 *         AQ_VARCHAR(User, username, 80, .unique = true),
 *         AQ_INT4_NULL(User, age, .check = "age >= 0"),
 *     };
 *     static const aq_relationship_t user_relationships[] = {
 *         AQ_MANY(User, posts, Post, .back_populates = "author"),
 *     };
 *     AQ_MODEL(User, user_columns, user_relationships);          table "user": the struct's name in snake case
 *
 *     aq_db_model(db, User);                                     aquifer/app.h
 *
 * A member of the wrong type, a misspelt member and a misspelt option are errors of the compiler on the line where they are
 * written; what only the whole can tell (a foreign key to a table that is not there) is told by aq_db_seal(), all of it at once. So is an
 * option that means nothing where it stands, as a .collation of an integer: nothing that is said is forgotten.
 * Everything here is data: in every struct zero is the default, nothing is copied, and so it must live as long as the db. It may
 * stand in a header that several files include. AQ_COLUMNS(), AQ_PARTS() and AQ_BACKREF() are for file scope.
 *
 * Objects of a model are made, found and written by a session: aquifer/session.h.
 *
 * The macros are C11. C++ can include this and use what C declares. */
#ifndef AQUIFER_SCHEMA_H
#define AQUIFER_SCHEMA_H

#include "aquifer/value.h"

/* For gcc and clang this is a system header: that is how they report a wrong use of a macro where it is used, not in here. */
#if defined(__GNUC__)
#pragma GCC system_header
#endif

AQ_BEGIN_DECLS

typedef struct aq_model aq_model_t;
typedef struct aq_table aq_table_t;
typedef struct aq_sequence aq_sequence_t;
typedef struct aq_mixin aq_mixin_t;

/* ---- What structs are made of --------------------------------------------------------------------------------------------- */

/* The first member of every model, directly or as the first of its parent: the library's. */
typedef struct aq_object {
    void *home;
    uint64_t state;
} aq_object_t;

/* The "many" side of a relationship, a list of objects: the library's. (The "one" side is a plain pointer: User *author.) */
typedef struct aq_many {
    void **items;
    size_t count;
    void *state;
} aq_many_t;

/* ---- Types of one's own ----------------------------------------------------------------------------------------------------- */

typedef struct aq_labels {
    const char *const *items;
    size_t count;
} aq_labels_t;

/* An enum type of the database. Values in C are the places of its labels, so that a C enum fits:
 *
 *     typedef enum mood { MOOD_SAD, MOOD_HAPPY } mood_t;
 *     static const char *const mood_labels[] = {[MOOD_SAD] = "sad", [MOOD_HAPPY] = "happy"};
 *     static const aq_enum_t mood_enum = {.name = "mood", .labels = AQ_LIST(mood_labels)};
 *
 *     AQ_ENUM(User, mood, &mood_enum)                            the member: mood_t mood;  */
typedef struct aq_enum {
    const char *name;
    const char *schema; /* NULL: the table's; AQ_NO_SCHEMA */
    aq_labels_t labels;
    const char *comment;
} aq_enum_t;

#define AQ_NO_SCHEMA "" /* what the search path decides, even if the table names a schema */

/* A C type of one's own, kept in a column of any SQL type. */
typedef struct aq_custom {
    const char *sql_type; /* as in CREATE TABLE: "bytea", "hstore", "geometry(point, 4326)" */
    bool bytes;           /* the callbacks see the bytes of a bytea; else the SQL type's text form */
    /* The value of `member` as text or bytes, in memory of the arena or of the member; data NULL: NULL. */
    int (*encode)(void *data, const void *member, aq_arena_t *arena, aq_bytes_t *value);
    /* The other way. `value` is gone after the call; what the member points to is taken from the arena. An error (aq_fail()) fails the load. */
    int (*decode)(void *data, aq_bytes_t value, aq_arena_t *arena, void *member);
    void *data;
} aq_custom_t;

/* ---- Columns ----------------------------------------------------------------------------------------------------------------- */

/* What becomes of a row when the row that it refers to goes away or changes its key. */
typedef enum aq_action { AQ_NO_ACTION, AQ_RESTRICT, AQ_CASCADE, AQ_SET_NULL, AQ_SET_DEFAULT } aq_action_t;

typedef enum aq_deferrable {
    AQ_NOT_DEFERRABLE,
    AQ_INITIALLY_IMMEDIATE, /* deferrable initially immediate */
    AQ_INITIALLY_DEFERRED   /* deferrable initially deferred: checked at the commit */
} aq_deferrable_t;

/* Who gives a column its value when INSERT does not. */
typedef enum aq_autoincrement {
    AQ_AUTOINCREMENT_DEFAULT, /* serial where an integer is the whole primary key and refers to nothing; else nobody */
    AQ_AUTOINCREMENT_OFF,
    AQ_SERIAL,         /* a sequence that the column owns */
    AQ_IDENTITY,       /* generated by default as identity */
    AQ_IDENTITY_ALWAYS /* generated always as identity */
} aq_autoincrement_t;

/* Of a serial or identity column; zero: PostgreSQL's default. */
typedef struct aq_sequence_options {
    const char *name; /* NULL: the server's <table>_<column>_seq */
    uint32_t type;    /* of a serial's: AQ_OID_INT2, AQ_OID_INT4, AQ_OID_INT8; zero: the column's */
    int64_t start, increment, min, max, cache; /* AQ_SEQUENCE_0: a start, min or max of 0 itself */
    bool cycle;
    const char *comment;
} aq_sequence_options_t;

#define AQ_SEQUENCE_0 (INT64_MIN + 1)

/* Sets *member of a new or changed object; an error (aq_fail()) fails the flush. */
typedef int (*aq_default_cb)(void *member, const void *object);

/* One column. The macros below set the first part; the second is what may stand behind a macro's fixed arguments. */
typedef struct aq_column {
    const char *attribute; /* the member; NULL: a column of a plain table */
    const char *model;     /* the struct */
    size_t offset, size;   /* of the member */
    uint32_t type;         /* AQ_OID_...; AQ_OID_UNKNOWN: enumeration, custom or sql_type tells */
    int length;            /* of varchar and char; 0: none */
    const aq_enum_t *enumeration;
    bool array; /* of the enumeration's values */
    const aq_custom_t *custom;
    const aq_mixin_t *mixin; /* no column, but the place where those of a mixin are */
    int line;

    const char *name; /* in the database; NULL: the member's */
    bool nullable;    /* set by the ..._NULL macros; false: NOT NULL */
    bool primary_key; /* several: a compound key */
    bool unique;      /* a unique constraint; with `index` a unique index */
    bool index;
    /* Another type with the same text form, as in CREATE TABLE: "citext", "varchar(20)[]", a domain. */
    const char *sql_type;
    int precision, scale; /* of numeric; of times precision only: AQ_PRECISION_0 is none at all */
    const char *collation, *collation_schema; /* NULL: the search path decides where it is */
    /* AQ_REF(User, id), or "table.column", "schema.table.column" of names in the database. */
    const char *references;
    aq_action_t on_delete, on_update;
    aq_deferrable_t deferrable;
    aq_autoincrement_t autoincrement;
    aq_sequence_options_t sequence;
    const char *server_default; /* an SQL expression: "now()", "'new'" */
    const char *generated;      /* an SQL expression: always its value, stored */
    /* The client's: the text form of the type: "18", "true", "new"; dates and times as in ISO 8601, timestamptz with its zone:
     * "2024-12-31 23:59:59+00". */
    const char *default_value;
    aq_default_cb default_cb; /* the client's: called at INSERT where the member is still unset */
    aq_default_cb update_cb;  /* called where an UPDATE of the row is sent that does not change the member */
    const char *check;        /* an SQL expression */
    const char *check_name;   /* NULL: by the naming convention, else by the server */
    const char *comment;
} aq_column_t;

#define AQ_PRECISION_0 (-1)
#define AQ_ANY_LENGTH INT32_MIN /* AQ_VARCHAR(User, name, AQ_ANY_LENGTH): varchar without one */

/* ---- Relationships ------------------------------------------------------------------------------------------------------------- */

/* How the objects are loaded. Reading those that are not loaded is an error that names the relationship: there is no hidden I/O. */
typedef enum aq_lazy {
    AQ_LAZY_DEFAULT,  /* when they are asked for */
    AQ_LAZY_JOINED,   /* with their parent, by a LEFT JOIN in its statement */
    AQ_LAZY_SUBQUERY, /* with their parent, by a second statement around the first */
    AQ_LAZY_SELECTIN, /* with their parent, by a second statement with the parents' keys */
    AQ_LAZY_DYNAMIC   /* never: the relationship is a query */
} aq_lazy_t;

/* What is done to an object is done to those that it is related to. None of these is an aq_action_t: AQ_CASCADE is another thing. */
typedef enum aq_cascade {
    AQ_CASCADE_DEFAULT = 0, /* save-update */
    AQ_CASCADE_NONE = 0x10,
    AQ_CASCADE_SAVE_UPDATE = 0x20,
    AQ_CASCADE_DELETE = 0x40,
    AQ_CASCADE_DELETE_ORPHAN = 0x80, /* and those that are taken off the list are deleted */
    AQ_CASCADE_REFRESH = 0x100,
    AQ_CASCADE_EXPUNGE = 0x200,
    AQ_CASCADE_ALL =
        AQ_CASCADE_SAVE_UPDATE | AQ_CASCADE_DELETE | AQ_CASCADE_REFRESH | AQ_CASCADE_EXPUNGE /* no orphans */
} aq_cascade_t;

/* The other side of a relationship, which has no entry of its own: AQ_BACKREF(Post, author, User). */
typedef struct aq_backref {
    const char *name;   /* the member */
    const char *model;  /* its struct */
    const char *target; /* the struct that declares the relationship */
    size_t offset;
    bool many;
    aq_lazy_t lazy;
} aq_backref_t;

typedef struct aq_relationship {
    const char *name;   /* the member */
    const char *model;  /* its struct */
    const char *target; /* the other model */
    size_t offset;      /* of the member */
    bool many;          /* a list; else one object or NULL */
    int line;

    const char *back_populates;  /* the relationship of the other model that is the same, seen from there */
    const aq_backref_t *backref; /* the same, where the other model does not declare it */
    const aq_table_t *secondary; /* many-to-many: the table between the two */
    const char *const *foreign_keys; /* AQ_COLUMNS("author_id"): which, where several link the tables */
    /* AQ_COLUMNS("id"): the far columns, where a table refers to itself; else AQ_ONE leads to the row that is referred to, and AQ_MANY
     * to those that refer to this one. */
    const char *const *remote_side;
    const char *order_by; /* of AQ_MANY: columns of the other model: "created desc nulls last, id" */
    aq_lazy_t lazy;
    unsigned cascade;     /* AQ_CASCADE_DELETE | ... */
    bool passive_deletes; /* leave children that are not loaded to the foreign key's on_delete */
    bool
        post_update; /* rows are written first and linked by an UPDATE after: where two refer to each other */
    const void
        *query_class;   /* methods of the user's own for its queries (aq_query_class()); NULL: the model's */
    bool single_parent; /* allows delete-orphan where others could refer to the object as well */
} aq_relationship_t;

/* ---- Constraints and indexes ------------------------------------------------------------------------------------------------------ */

typedef enum aq_nulls { AQ_NULLS_DEFAULT, AQ_NULLS_FIRST, AQ_NULLS_LAST } aq_nulls_t;

/* One part of an index or an exclusion constraint: {.column = "email"}, {.expression = "lower(email)", .descending = true}. */
typedef struct aq_part {
    const char *column; /* or an expression */
    const char *expression;
    const char *collation, *collation_schema;
    const char *opclass; /* with its options: "text_pattern_ops", "tsvector_ops(siglen = 256)" */
    const char *with;    /* of an exclusion constraint, the operator: "&&" */
    bool descending;
    aq_nulls_t nulls;
} aq_part_t;

typedef enum aq_constraint_kind {
    AQ_CONSTRAINT_PRIMARY_KEY,
    AQ_CONSTRAINT_UNIQUE,
    AQ_CONSTRAINT_FOREIGN_KEY,
    AQ_CONSTRAINT_CHECK,
    AQ_CONSTRAINT_EXCLUDE
} aq_constraint_kind_t;

/* Made by AQ_PRIMARY_KEY() ... AQ_EXCLUDE(). Columns are named by their member or by their name in the database. */
typedef struct aq_constraint {
    aq_constraint_kind_t kind;
    int line;

    const char *name;           /* NULL: by the naming convention, else by the server */
    bool name_final;            /* the convention for checks does not touch the name */
    const char *const *columns; /* AQ_COLUMNS("first", "last") */
    const char *const
        *include; /* primary keys, unique and exclusion constraints: what the index holds beside them */
    bool nulls_not_distinct;     /* unique constraints, PostgreSQL 15 */
    const char *table, *schema;  /* foreign keys: of the table that is referred to */
    const char *model;           /* or the model: AQ_STRUCT(User) */
    const char *const *referred; /* its columns; NULL: its primary key */
    aq_action_t on_delete, on_update;
    const char *const *on_delete_columns; /* that AQ_SET_NULL, AQ_SET_DEFAULT set, PostgreSQL 15; NULL: all */
    bool match_full;
    const char *check; /* an SQL expression */
    bool no_inherit;
    bool not_valid;     /* foreign keys, checks: not of the rows that are there already, only of new ones */
    const char *method; /* exclusion constraints: NULL: gist */
    const aq_part_t *parts; /* AQ_PARTS({.column = "room", .with = "="}, ...) */
    const char *where;
    aq_deferrable_t deferrable;
    const char *comment;
} aq_constraint_t;

typedef struct aq_index {
    const char *name;           /* NULL: by the naming convention */
    const char *const *columns; /* AQ_COLUMNS("last", "first"); or, where one needs more than its name: */
    const aq_part_t
        *parts; /* AQ_PARTS({.expression = "lower(email)"}, {.column = "id", .descending = true}) */
    const char *const *include;
    bool unique;
    bool nulls_not_distinct; /* PostgreSQL 15 */
    const char *method;      /* NULL: btree */
    const char *where;       /* a partial index */
    const char *storage;     /* "fillfactor = 70": what stands in WITH (...) */
    const char *comment;
} aq_index_t;

typedef struct aq_constraints {
    const aq_constraint_t *items;
    size_t count;
} aq_constraints_t;

typedef struct aq_indexes {
    const aq_index_t *items;
    size_t count;
} aq_indexes_t;

/* ---- Tables, mixins, models ---------------------------------------------------------------------------------------------------------- */

/* The name of a model's table, in memory of the arena or static; NULL: the name that it would have without. */
typedef const char *(*aq_table_name_cb)(const aq_model_t *model, aq_arena_t *arena);

#define AQ_DEFAULT_BIND "" /* where a parent or a mixin names another */

/* A table without a model: AQ_TABLE(). */
struct aq_table {
    const aq_column_t *columns;
    size_t column_count;
    const char *name; /* in the program */
    const char *file;
    int line;

    const char *table; /* its name; NULL: `name` */
    const char *schema;
    const char *bind; /* NULL: the default one */
    aq_constraints_t constraints;
    aq_indexes_t indexes;
    const char *comment;
};

/* A sequence that belongs to no serial or identity column: AQ_SEQUENCE(). A .server_default may draw from it: "nextval('receipt_number')". */
struct aq_sequence {
    const char *name; /* in the program */
    const char *file;
    int line;

    const char *sequence; /* its name; NULL: `name` */
    const char *schema;
    const char *bind; /* NULL: the default one */
    uint32_t type;    /* AQ_OID_INT2, AQ_OID_INT4; zero: AQ_OID_INT8 */
    /* Zero: PostgreSQL's default; AQ_SEQUENCE_0: a start, min or max of 0 itself. */
    int64_t start, increment, min, max, cache;
    bool cycle;
    /* The column with which it is dropped: AQ_REF(Invoice, number), or "table.column", "schema.table.column" of names in the database. */
    const char *owned_by;
    const char *comment;
};

/* A struct that is a member of many models, and its columns: AQ_MIXIN(). What it says of the table holds for models that do
 * not say it themselves. */
struct aq_mixin {
    const char *name;
    size_t size;
    const aq_column_t *columns;
    size_t column_count;
    const char *file;
    int line;

    const char *table;
    aq_table_name_cb table_name;
    const char *schema;
    const char *bind;
};

/* A struct whose objects are rows: AQ_MODEL(), AQ_SUBMODEL(). */
struct aq_model {
    const char *name; /* of the struct */
    size_t size;
    const aq_column_t *columns;
    size_t column_count;
    const aq_relationship_t *relationships;
    size_t relationship_count;
    const aq_model_t *parent; /* whose struct is the first member */
    const char *file;
    int line;

    const char *table;           /* NULL: made from `name` ("HTTP2Request": http2_request) */
    aq_table_name_cb table_name; /* asked instead, for the models that inherit from this one too */
    const char *schema;
    const char *bind; /* NULL: a mixin's, the parent's, the default one */
    aq_constraints_t constraints;
    aq_indexes_t indexes;
    const char *comment;
    bool abstract; /* no table: its columns, constraints and indexes are for the models that inherit */
    const char *discriminator; /* the member that tells which model a row is of */
    const char *identity;      /* what the discriminator is, as text, in rows of this model */
    const char *
        version; /* the member that counts the UPDATEs of a row: one of a row that another has changed meanwhile is AQ_ESTALE */
    const void *
        query_class; /* methods of the user's own for queries of it (aq_query_class()); NULL: the parent's, the db's */
};

/* ---- Names of constraints and indexes --------------------------------------------------------------------------------------------------- */

typedef enum aq_named_kind {
    AQ_NAMED_IX,
    AQ_NAMED_UQ,
    AQ_NAMED_CK,
    AQ_NAMED_FK,
    AQ_NAMED_PK
} aq_named_kind_t;

typedef struct aq_named_column {
    const char *name; /* in the database */
    const char *key;  /* the member; NULL: the same */
} aq_named_column_t;

/* What is to have a name. */
typedef struct aq_named {
    aq_named_kind_t kind;
    const char *schema; /* NULL: none was given */
    const char *table;
    const aq_named_column_t *columns; /* of a check constraint: those in its expression, if known */
    size_t column_count;
    const char *referred_table; /* of a foreign key; without the schema */
    const char *const *referred_columns;
    size_t referred_count;
    const char *name; /* what the user calls it; NULL: nothing */
    bool final;       /* the user's name is taken as it is, whatever the convention says */
} aq_named_t;

/* A token of one's own. Appends its text; an error (aq_fail()) becomes that of the name. Must not keep `what`. */
typedef int (*aq_name_token_cb)(aq_text_t *text, const aq_named_t *what, void *data);

typedef struct aq_name_token {
    const char *name; /* "short_table" for %(short_table)s; one like a built-in token replaces it */
    aq_name_token_cb append;
    void *data;
} aq_name_token_t;

/* What constraints and indexes are called that have no name: one template for each kind, as in SQLAlchemy:
 *
 *     .naming_convention = {.ix = "ix_%(column_0_label)s",
 *                           .uq = "uq_%(table_name)s_%(column_0_name)s",
 *                           .ck = "ck_%(table_name)s_%(constraint_name)s",
 *                           .fk = "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
 *                           .pk = "pk_%(table_name)s"}
 *
 * NULL: that kind gets no name but the user's, and the server makes one; an index without a name is an error then. A convention without
 * anything is the default: "ix_%(column_0_label)s" for indexes. In a template "%%" is a percent sign, and these stand for
 *
 *     %(table_name)s               the table, without its schema
 *     %(column_0_name)s            the name of the first column, %(column_1_name)s of the second, ...; nothing past the last
 *     %(column_0_key)s             its member
 *     %(column_0_label)s           [schema_]table_column
 *     %(column_0N_name)s           all columns, one behind the other; also _key, _label
 *     %(column_0_N_name)s          all columns, joined by "_"; also _key, _label
 *     %(constraint_name)s          the user's name for it, .name or a column's .check_name, which it must have then
 *     %(referred_table_name)s      of a foreign key: the table that it refers to
 *     %(referred_column_0_name)s   and its columns; also _0N_, _0_N_. Past the last: an error
 *     %(token)s                    what a token of one's own appends
 *
 * The user's name stays as it is, unless the template has %(constraint_name)s and .name_final is not set; a name of more than 63 bytes is an
 * error when it is the user's, and shortened when it was made. Two that would have the same name are an error of the seal. */
typedef struct aq_naming_convention {
    const char *ix, *uq, *ck, *fk, *pk;
    const aq_name_token_t *tokens;
    size_t token_count;
} aq_naming_convention_t;

/* Of all models of a db. */
typedef struct aq_schema_options {
    const char *schema; /* of tables and enums that name none; NULL: the server's search path decides */
    aq_table_name_cb table_name; /* for models that have neither a name nor a callback */
    bool no_autonaming;          /* names are not made from structs: a model without one is an error */
    aq_naming_convention_t naming_convention; /* of every bind */
    const void *query_class; /* methods of the user's own for all queries (aq_query_class()) */
} aq_schema_options_t;

#ifndef __cplusplus

/* ---- Macros: models -------------------------------------------------------------------------------------------------------------------- */

/* AQ_MODEL(User, user_columns, user_relationships, .comment = "who may log in"): defines `User_model`. Either list may be AQ_NONE.
 * A table of the model's name that was added before without a model (AQ_TABLE) is taken as it is: it must have the model's columns, of
 * the same types, and its constraints and indexes are those that it has. */
#define AQ_MODEL(struct_, columns_, ...) AQ_MODEL_(struct_, columns_, __VA_ARGS__, )
#define AQ_MODEL_(struct_, columns_, relationships_, ...)                                            \
    static const aq_model_t struct_##_model = {                                                      \
        AQ_MODEL_PARTS_("AQ_MODEL", struct_, columns_, relationships_),                              \
        .size = sizeof(struct_) +                                                                    \
                AQ_ASSERT_(AQ_IS_(struct_, object, aq_object_t) && offsetof(struct_, object) == 0,   \
                           "AQ_MODEL(" #struct_ "): the struct must start with aq_object_t object"), \
        __VA_ARGS__}

/* AQ_SUBMODEL(Manager, employee, Employee, manager_columns, AQ_NONE, .identity = "manager"): a model that inherits, by its first member,
 * from another: struct Manager { Employee employee; ... }. With a primary key of its own it has a table of its own, beside its parent's
 * (joined inheritance: the key is a column of both, AQ_INT4(Manager, employee.id, .primary_key = true, .references = AQ_REF(Employee, id)));
 * without one its rows are in its parent's table and so in its bind (single-table inheritance). An abstract parent gives its columns to
 * either. */
#define AQ_SUBMODEL(struct_, member_, parent_, columns_, ...) \
    AQ_SUBMODEL_(struct_, member_, parent_, columns_, __VA_ARGS__, )
#define AQ_SUBMODEL_(struct_, member_, parent_, columns_, relationships_, ...)                         \
    static const aq_model_t struct_##_model = {                                                        \
        AQ_MODEL_PARTS_("AQ_SUBMODEL", struct_, columns_, relationships_), .parent = &parent_##_model, \
        .size = sizeof(struct_) +                                                                      \
                AQ_ASSERT_(AQ_IS_(struct_, member_, parent_) && offsetof(struct_, member_) == 0,       \
                           "AQ_SUBMODEL(" #struct_ ", " #member_ ", " #parent_                         \
                           "): the struct must start with " #parent_ " " #member_),                    \
        __VA_ARGS__}

/* AQ_MIXIN(Timestamps, timestamps_columns, .bind = "audit"): defines `Timestamps_mixin`, which AQ_MIX() puts among a model's columns. */
#define AQ_MIXIN(struct_, ...) AQ_MIXIN_(struct_, __VA_ARGS__, )
#define AQ_MIXIN_(struct_, columns_, ...)                                                      \
    static const aq_mixin_t struct_##_mixin = {.name = #struct_,                               \
                                               .size = sizeof(struct_),                        \
                                               AQ_COLUMN_LIST_("AQ_MIXIN", struct_, columns_), \
                                               .file = __FILE__,                               \
                                               .line = __LINE__,                               \
                                               __VA_ARGS__}

/* AQ_TABLE(post_tags, post_tags_columns, .bind = "blog"): defines `post_tags_table`, named "post_tags"; .table = "Post tags" names it
 * otherwise. */
#define AQ_TABLE(name_, ...) AQ_TABLE_(name_, __VA_ARGS__, )
#define AQ_TABLE_(name_, columns_, ...)                                                                    \
    static const aq_table_t name_##_table = {AQ_COLUMN_LIST_("AQ_TABLE", name_, columns_), .name = #name_, \
                                             .file = __FILE__, .line = __LINE__, __VA_ARGS__}

/* AQ_SEQUENCE(receipt_number, .start = 1000): defines `receipt_number_sequence`, named "receipt_number"; .sequence = "Receipt number" names it
 * otherwise. */
#define AQ_SEQUENCE(...) AQ_SEQUENCE_(__VA_ARGS__, )
#define AQ_SEQUENCE_(name_, ...)                    \
    static const aq_sequence_t name_##_sequence = { \
        .name = #name_, .file = __FILE__, .line = __LINE__, __VA_ARGS__}

#define AQ_NONE ((const void *)0) /* no columns, no relationships */
#define AQ_LIST(array_)                                \
    {                                                  \
        (array_), sizeof(array_) / sizeof((array_)[0]) \
    }

/* The model that AQ_MODEL() or AQ_SUBMODEL() defined. */
#define AQ_MODEL_OF(struct_) (&struct_##_model)
/* Names as texts, checked by the compiler: "username", "User", "User->id". */
#define AQ_NAME(struct_, member_) (&(#member_)[0 * sizeof(((struct_ *)0)->member_)])
#define AQ_STRUCT(struct_) (&(#struct_)[0 * sizeof(struct_)])
#define AQ_REF(struct_, member_) (&(#struct_ "->" #member_)[0 * sizeof(((struct_ *)0)->member_)])
/* Lists of names and of parts, for file scope. */
#define AQ_COLUMNS(...) ((const char *const[]){__VA_ARGS__, 0})
#define AQ_PARTS(...) ((const aq_part_t[]){__VA_ARGS__, {0}})

/* ---- Macros: columns -------------------------------------------------------------------------------------------------------------------- */

/* NOT NULL; the same with _NULL is not. Behind the fixed arguments stand options of aq_column_t. The member's type is in the table:
 *
 *     AQ_BOOL                              bool                    aq_bool_null_t
 *     AQ_INT2, AQ_INT4, AQ_INT8            int16_t ...             aq_int2_null_t ...
 *     AQ_FLOAT4, AQ_FLOAT8                 float, double           aq_float4_null_t ...
 *     AQ_NUMERIC, AQ_TEXT, AQ_JSON, AQ_JSONB, AQ_VARCHAR(.., .., 80), AQ_CHAR(.., .., 2)    const char * in both
 *     AQ_BYTEA                             aq_bytes_t in both
 *     AQ_DATE, AQ_TIME                     aq_date_t, aq_time_t    aq_date_null_t ...
 *     AQ_TIMESTAMP, AQ_TIMESTAMPTZ         aq_timestamp_t          aq_timestamp_null_t
 *     AQ_INTERVAL, AQ_UUID, AQ_INET        aq_interval_t ...       aq_interval_null_t ...
 *     AQ_ENUM(.., .., &mood_enum)          any C enum, or int      aq_enum_null_t
 *     AQ_CUSTOM(.., .., point_t, &point_type)                      the type that is named, in both
 *     AQ_INT4_ARRAY ... AQ_ENUM_ARRAY      aq_int4_array_t ... in both; text, varchar, numeric, json: aq_text_array_t
 *
 * The second argument may be a member of a member: AQ_TEXT(User, address.city) is a column named "city". */
#define AQ_BOOL(struct_, ...) AQ_NOT_NULL_(BOOL, bool, struct_, __VA_ARGS__, )
#define AQ_BOOL_NULL(struct_, ...) AQ_NULLABLE_(BOOL, aq_bool_null_t, struct_, __VA_ARGS__, )
#define AQ_INT2(struct_, ...) AQ_NOT_NULL_(INT2, int16_t, struct_, __VA_ARGS__, )
#define AQ_INT2_NULL(struct_, ...) AQ_NULLABLE_(INT2, aq_int2_null_t, struct_, __VA_ARGS__, )
#define AQ_INT4(struct_, ...) AQ_NOT_NULL_(INT4, int32_t, struct_, __VA_ARGS__, )
#define AQ_INT4_NULL(struct_, ...) AQ_NULLABLE_(INT4, aq_int4_null_t, struct_, __VA_ARGS__, )
#define AQ_INT8(struct_, ...) AQ_NOT_NULL_(INT8, int64_t, struct_, __VA_ARGS__, )
#define AQ_INT8_NULL(struct_, ...) AQ_NULLABLE_(INT8, aq_int8_null_t, struct_, __VA_ARGS__, )
#define AQ_FLOAT4(struct_, ...) AQ_NOT_NULL_(FLOAT4, float, struct_, __VA_ARGS__, )
#define AQ_FLOAT4_NULL(struct_, ...) AQ_NULLABLE_(FLOAT4, aq_float4_null_t, struct_, __VA_ARGS__, )
#define AQ_FLOAT8(struct_, ...) AQ_NOT_NULL_(FLOAT8, double, struct_, __VA_ARGS__, )
#define AQ_FLOAT8_NULL(struct_, ...) AQ_NULLABLE_(FLOAT8, aq_float8_null_t, struct_, __VA_ARGS__, )
#define AQ_NUMERIC(struct_, ...) AQ_NOT_NULL_(NUMERIC, const char *, struct_, __VA_ARGS__, )
#define AQ_NUMERIC_NULL(struct_, ...) AQ_NULLABLE_(NUMERIC, const char *, struct_, __VA_ARGS__, )
#define AQ_TEXT(struct_, ...) AQ_NOT_NULL_(TEXT, const char *, struct_, __VA_ARGS__, )
#define AQ_TEXT_NULL(struct_, ...) AQ_NULLABLE_(TEXT, const char *, struct_, __VA_ARGS__, )
#define AQ_JSON(struct_, ...) AQ_NOT_NULL_(JSON, const char *, struct_, __VA_ARGS__, )
#define AQ_JSON_NULL(struct_, ...) AQ_NULLABLE_(JSON, const char *, struct_, __VA_ARGS__, )
#define AQ_JSONB(struct_, ...) AQ_NOT_NULL_(JSONB, const char *, struct_, __VA_ARGS__, )
#define AQ_JSONB_NULL(struct_, ...) AQ_NULLABLE_(JSONB, const char *, struct_, __VA_ARGS__, )
#define AQ_BYTEA(struct_, ...) AQ_NOT_NULL_(BYTEA, aq_bytes_t, struct_, __VA_ARGS__, )
#define AQ_BYTEA_NULL(struct_, ...) AQ_NULLABLE_(BYTEA, aq_bytes_t, struct_, __VA_ARGS__, )
#define AQ_DATE(struct_, ...) AQ_NOT_NULL_(DATE, aq_date_t, struct_, __VA_ARGS__, )
#define AQ_DATE_NULL(struct_, ...) AQ_NULLABLE_(DATE, aq_date_null_t, struct_, __VA_ARGS__, )
#define AQ_TIME(struct_, ...) AQ_NOT_NULL_(TIME, aq_time_t, struct_, __VA_ARGS__, )
#define AQ_TIME_NULL(struct_, ...) AQ_NULLABLE_(TIME, aq_time_null_t, struct_, __VA_ARGS__, )
#define AQ_TIMESTAMP(struct_, ...) AQ_NOT_NULL_(TIMESTAMP, aq_timestamp_t, struct_, __VA_ARGS__, )
#define AQ_TIMESTAMP_NULL(struct_, ...) AQ_NULLABLE_(TIMESTAMP, aq_timestamp_null_t, struct_, __VA_ARGS__, )
#define AQ_TIMESTAMPTZ(struct_, ...) AQ_NOT_NULL_(TIMESTAMPTZ, aq_timestamp_t, struct_, __VA_ARGS__, )
#define AQ_TIMESTAMPTZ_NULL(struct_, ...) \
    AQ_NULLABLE_(TIMESTAMPTZ, aq_timestamp_null_t, struct_, __VA_ARGS__, )
#define AQ_INTERVAL(struct_, ...) AQ_NOT_NULL_(INTERVAL, aq_interval_t, struct_, __VA_ARGS__, )
#define AQ_INTERVAL_NULL(struct_, ...) AQ_NULLABLE_(INTERVAL, aq_interval_null_t, struct_, __VA_ARGS__, )
#define AQ_UUID(struct_, ...) AQ_NOT_NULL_(UUID, aq_uuid_t, struct_, __VA_ARGS__, )
#define AQ_UUID_NULL(struct_, ...) AQ_NULLABLE_(UUID, aq_uuid_null_t, struct_, __VA_ARGS__, )
#define AQ_INET(struct_, ...) AQ_NOT_NULL_(INET, aq_inet_t, struct_, __VA_ARGS__, )
#define AQ_INET_NULL(struct_, ...) AQ_NULLABLE_(INET, aq_inet_null_t, struct_, __VA_ARGS__, )
#define AQ_BOOL_ARRAY(struct_, ...) AQ_NOT_NULL_(BOOL_ARRAY, aq_bool_array_t, struct_, __VA_ARGS__, )
#define AQ_BOOL_ARRAY_NULL(struct_, ...) AQ_NULLABLE_(BOOL_ARRAY, aq_bool_array_t, struct_, __VA_ARGS__, )
#define AQ_INT2_ARRAY(struct_, ...) AQ_NOT_NULL_(INT2_ARRAY, aq_int2_array_t, struct_, __VA_ARGS__, )
#define AQ_INT2_ARRAY_NULL(struct_, ...) AQ_NULLABLE_(INT2_ARRAY, aq_int2_array_t, struct_, __VA_ARGS__, )
#define AQ_INT4_ARRAY(struct_, ...) AQ_NOT_NULL_(INT4_ARRAY, aq_int4_array_t, struct_, __VA_ARGS__, )
#define AQ_INT4_ARRAY_NULL(struct_, ...) AQ_NULLABLE_(INT4_ARRAY, aq_int4_array_t, struct_, __VA_ARGS__, )
#define AQ_INT8_ARRAY(struct_, ...) AQ_NOT_NULL_(INT8_ARRAY, aq_int8_array_t, struct_, __VA_ARGS__, )
#define AQ_INT8_ARRAY_NULL(struct_, ...) AQ_NULLABLE_(INT8_ARRAY, aq_int8_array_t, struct_, __VA_ARGS__, )
#define AQ_FLOAT4_ARRAY(struct_, ...) AQ_NOT_NULL_(FLOAT4_ARRAY, aq_float4_array_t, struct_, __VA_ARGS__, )
#define AQ_FLOAT4_ARRAY_NULL(struct_, ...) \
    AQ_NULLABLE_(FLOAT4_ARRAY, aq_float4_array_t, struct_, __VA_ARGS__, )
#define AQ_FLOAT8_ARRAY(struct_, ...) AQ_NOT_NULL_(FLOAT8_ARRAY, aq_float8_array_t, struct_, __VA_ARGS__, )
#define AQ_FLOAT8_ARRAY_NULL(struct_, ...) \
    AQ_NULLABLE_(FLOAT8_ARRAY, aq_float8_array_t, struct_, __VA_ARGS__, )
#define AQ_NUMERIC_ARRAY(struct_, ...) AQ_NOT_NULL_(NUMERIC_ARRAY, aq_text_array_t, struct_, __VA_ARGS__, )
#define AQ_NUMERIC_ARRAY_NULL(struct_, ...) \
    AQ_NULLABLE_(NUMERIC_ARRAY, aq_text_array_t, struct_, __VA_ARGS__, )
#define AQ_TEXT_ARRAY(struct_, ...) AQ_NOT_NULL_(TEXT_ARRAY, aq_text_array_t, struct_, __VA_ARGS__, )
#define AQ_TEXT_ARRAY_NULL(struct_, ...) AQ_NULLABLE_(TEXT_ARRAY, aq_text_array_t, struct_, __VA_ARGS__, )
#define AQ_VARCHAR_ARRAY(struct_, ...) AQ_NOT_NULL_(VARCHAR_ARRAY, aq_text_array_t, struct_, __VA_ARGS__, )
#define AQ_VARCHAR_ARRAY_NULL(struct_, ...) \
    AQ_NULLABLE_(VARCHAR_ARRAY, aq_text_array_t, struct_, __VA_ARGS__, )
#define AQ_JSON_ARRAY(struct_, ...) AQ_NOT_NULL_(JSON_ARRAY, aq_text_array_t, struct_, __VA_ARGS__, )
#define AQ_JSON_ARRAY_NULL(struct_, ...) AQ_NULLABLE_(JSON_ARRAY, aq_text_array_t, struct_, __VA_ARGS__, )
#define AQ_JSONB_ARRAY(struct_, ...) AQ_NOT_NULL_(JSONB_ARRAY, aq_text_array_t, struct_, __VA_ARGS__, )
#define AQ_JSONB_ARRAY_NULL(struct_, ...) AQ_NULLABLE_(JSONB_ARRAY, aq_text_array_t, struct_, __VA_ARGS__, )
#define AQ_BYTEA_ARRAY(struct_, ...) AQ_NOT_NULL_(BYTEA_ARRAY, aq_bytea_array_t, struct_, __VA_ARGS__, )
#define AQ_BYTEA_ARRAY_NULL(struct_, ...) AQ_NULLABLE_(BYTEA_ARRAY, aq_bytea_array_t, struct_, __VA_ARGS__, )
#define AQ_DATE_ARRAY(struct_, ...) AQ_NOT_NULL_(DATE_ARRAY, aq_date_array_t, struct_, __VA_ARGS__, )
#define AQ_DATE_ARRAY_NULL(struct_, ...) AQ_NULLABLE_(DATE_ARRAY, aq_date_array_t, struct_, __VA_ARGS__, )
#define AQ_TIME_ARRAY(struct_, ...) AQ_NOT_NULL_(TIME_ARRAY, aq_time_array_t, struct_, __VA_ARGS__, )
#define AQ_TIME_ARRAY_NULL(struct_, ...) AQ_NULLABLE_(TIME_ARRAY, aq_time_array_t, struct_, __VA_ARGS__, )
#define AQ_TIMESTAMP_ARRAY(struct_, ...) \
    AQ_NOT_NULL_(TIMESTAMP_ARRAY, aq_timestamp_array_t, struct_, __VA_ARGS__, )
#define AQ_TIMESTAMP_ARRAY_NULL(struct_, ...) \
    AQ_NULLABLE_(TIMESTAMP_ARRAY, aq_timestamp_array_t, struct_, __VA_ARGS__, )
#define AQ_TIMESTAMPTZ_ARRAY(struct_, ...) \
    AQ_NOT_NULL_(TIMESTAMPTZ_ARRAY, aq_timestamp_array_t, struct_, __VA_ARGS__, )
#define AQ_TIMESTAMPTZ_ARRAY_NULL(struct_, ...) \
    AQ_NULLABLE_(TIMESTAMPTZ_ARRAY, aq_timestamp_array_t, struct_, __VA_ARGS__, )
#define AQ_INTERVAL_ARRAY(struct_, ...) \
    AQ_NOT_NULL_(INTERVAL_ARRAY, aq_interval_array_t, struct_, __VA_ARGS__, )
#define AQ_INTERVAL_ARRAY_NULL(struct_, ...) \
    AQ_NULLABLE_(INTERVAL_ARRAY, aq_interval_array_t, struct_, __VA_ARGS__, )
#define AQ_UUID_ARRAY(struct_, ...) AQ_NOT_NULL_(UUID_ARRAY, aq_uuid_array_t, struct_, __VA_ARGS__, )
#define AQ_UUID_ARRAY_NULL(struct_, ...) AQ_NULLABLE_(UUID_ARRAY, aq_uuid_array_t, struct_, __VA_ARGS__, )
#define AQ_INET_ARRAY(struct_, ...) AQ_NOT_NULL_(INET_ARRAY, aq_inet_array_t, struct_, __VA_ARGS__, )
#define AQ_INET_ARRAY_NULL(struct_, ...) AQ_NULLABLE_(INET_ARRAY, aq_inet_array_t, struct_, __VA_ARGS__, )

/* A length that is no length is an error of the compiler too. */
#define AQ_VARCHAR(struct_, member_, ...) \
    AQ_SIZED_("AQ_VARCHAR", VARCHAR, false, struct_, member_, __VA_ARGS__, )
#define AQ_VARCHAR_NULL(struct_, member_, ...) \
    AQ_SIZED_("AQ_VARCHAR_NULL", VARCHAR, true, struct_, member_, __VA_ARGS__, )
#define AQ_CHAR(struct_, member_, ...) AQ_SIZED_("AQ_CHAR", BPCHAR, false, struct_, member_, __VA_ARGS__, )
#define AQ_CHAR_NULL(struct_, member_, ...) \
    AQ_SIZED_("AQ_CHAR_NULL", BPCHAR, true, struct_, member_, __VA_ARGS__, )

#define AQ_ENUM(struct_, member_, ...) AQ_ENUM_("AQ_ENUM", struct_, member_, __VA_ARGS__, )
#define AQ_ENUM_NULL(struct_, member_, ...) \
    AQ_NAMED_("AQ_ENUM_NULL", false, enumeration, true, aq_enum_null_t, struct_, member_, __VA_ARGS__, )
#define AQ_ENUM_ARRAY(struct_, member_, ...) \
    AQ_NAMED_("AQ_ENUM_ARRAY", true, enumeration, false, aq_enum_array_t, struct_, member_, __VA_ARGS__, )
#define AQ_ENUM_ARRAY_NULL(struct_, member_, ...) \
    AQ_NAMED_("AQ_ENUM_ARRAY_NULL", true, enumeration, true, aq_enum_array_t, struct_, member_, __VA_ARGS__, )
#define AQ_CUSTOM(struct_, member_, type_, ...) \
    AQ_NAMED_("AQ_CUSTOM", false, custom, false, type_, struct_, member_, __VA_ARGS__, )
#define AQ_CUSTOM_NULL(struct_, member_, type_, ...) \
    AQ_NAMED_("AQ_CUSTOM_NULL", false, custom, true, type_, struct_, member_, __VA_ARGS__, )

/* The columns of a mixin, whose struct is this member, in this place of the list. */
#define AQ_MIX(struct_, member_, mixin_)                                                                \
    {                                                                                                   \
        .attribute = #member_, .model = #struct_,                                                       \
        .offset = offsetof(struct_, member_) + AQ_ASSERT_(AQ_IS_(struct_, member_, mixin_),             \
                                                          "AQ_MIX(" #struct_ ", " #member_ ", " #mixin_ \
                                                          "): the member must be " #mixin_),            \
        .size = sizeof(mixin_), .mixin = &mixin_##_mixin, .line = __LINE__                              \
    }

/* A column of a plain table: AQ_COLUMN(INT4, "tag_id", .primary_key = true), AQ_COLUMN(VARCHAR, "name", .length = 20, .nullable = true),
 * AQ_COLUMN(UNKNOWN, "mood", .enumeration = &mood_enum). */
#define AQ_COLUMN(TYPE_, ...)                                         \
    {                                                                 \
        .type = AQ_OID_##TYPE_, .line = __LINE__, .name = __VA_ARGS__ \
    }

/* ---- Macros: relationships ----------------------------------------------------------------------------------------------------------------- */

/* AQ_ONE(Post, author, User, .back_populates = "posts"): the member is User *. With the foreign key on this side many-to-one, with it on
 * the other one-to-one. */
#define AQ_ONE(struct_, member_, ...) AQ_ONE_(struct_, member_, __VA_ARGS__, )
#define AQ_ONE_(struct_, member_, target_, ...)                                                          \
    {                                                                                                    \
        .name = #member_, .model = #struct_, .target = #target_,                                         \
        .offset = offsetof(struct_, member_) + AQ_ASSERT_(AQ_IS_(struct_, member_, target_ *),           \
                                                          "AQ_ONE(" #struct_ ", " #member_ ", " #target_ \
                                                          "): the member must be " #target_ " *"),       \
        .line = __LINE__, __VA_ARGS__                                                                    \
    }
/* AQ_MANY(User, posts, Post): the member is aq_many_t. One-to-many, or with .secondary many-to-many. */
#define AQ_MANY(struct_, member_, ...) AQ_MANY_(struct_, member_, __VA_ARGS__, )
#define AQ_MANY_(struct_, member_, target_, ...)                                                          \
    {                                                                                                     \
        .name = #member_, .model = #struct_, .target = AQ_STRUCT(target_),                                \
        .offset = offsetof(struct_, member_) + AQ_ASSERT_(AQ_IS_(struct_, member_, aq_many_t),            \
                                                          "AQ_MANY(" #struct_ ", " #member_ ", " #target_ \
                                                          "): the member must be aq_many_t"),             \
        .many = true, .line = __LINE__, __VA_ARGS__                                                       \
    }
/* .backref = AQ_BACKREF(Post, author, User): a member of the other struct, which is User * or aq_many_t. */
#define AQ_BACKREF(target_, member_, ...) AQ_BACKREF_(target_, member_, __VA_ARGS__, )
#define AQ_BACKREF_(target_, member_, struct_, ...)                                                      \
    (&(const aq_backref_t){                                                                              \
        .name = #member_,                                                                                \
        .model = #target_,                                                                               \
        .target = #struct_,                                                                              \
        .offset = offsetof(target_, member_) +                                                           \
                  AQ_ASSERT_(AQ_IS_(target_, member_, struct_ *) || AQ_IS_(target_, member_, aq_many_t), \
                             "AQ_BACKREF(" #target_ ", " #member_ ", " #struct_                          \
                             "): the member must be " #struct_ " * or aq_many_t"),                       \
        .many = AQ_IS_(target_, member_, aq_many_t),                                                     \
        __VA_ARGS__})

/* ---- Macros: constraints --------------------------------------------------------------------------------------------------------------------- */

/* AQ_UNIQUE(.columns = AQ_COLUMNS("first", "last")), AQ_CHECK("first <> last", .name = "two_names"),
 * AQ_FOREIGN_KEY(.columns = AQ_COLUMNS("room", "day"), .model = AQ_STRUCT(Booking), .on_delete = AQ_CASCADE),
 * AQ_EXCLUDE(.parts = AQ_PARTS({.column = "room", .with = "="}, {.column = "during", .with = "&&"})) */
#define AQ_PRIMARY_KEY(...)                                              \
    {                                                                    \
        .kind = AQ_CONSTRAINT_PRIMARY_KEY, .line = __LINE__, __VA_ARGS__ \
    }
#define AQ_UNIQUE(...)                                              \
    {                                                               \
        .kind = AQ_CONSTRAINT_UNIQUE, .line = __LINE__, __VA_ARGS__ \
    }
#define AQ_FOREIGN_KEY(...)                                              \
    {                                                                    \
        .kind = AQ_CONSTRAINT_FOREIGN_KEY, .line = __LINE__, __VA_ARGS__ \
    }
#define AQ_CHECK(...)                                                       \
    {                                                                       \
        .kind = AQ_CONSTRAINT_CHECK, .line = __LINE__, .check = __VA_ARGS__ \
    }
#define AQ_EXCLUDE(...)                                              \
    {                                                                \
        .kind = AQ_CONSTRAINT_EXCLUDE, .line = __LINE__, __VA_ARGS__ \
    }

/* ---- How the macros check ---------------------------------------------------------------------------------------------------------------------- */

/* 0, if the condition holds. */
#define AQ_ASSERT_(condition_, text_)       \
    (0 * sizeof(struct {                    \
         _Static_assert(condition_, text_); \
         char checked;                      \
     }))
#define AQ_IS_(struct_, member_, type_) _Generic(((struct_ *)0)->member_, type_ : 1, default : 0)
#define AQ_IS_LIST_(list_, type_)                                       \
    ((_Generic((list_), const type_ * : 1, type_ * : 1, default : 0) && \
      sizeof(list_) % sizeof(type_) == 0) ||                            \
     _Generic((list_), const void * : 1, default : 0))

#define AQ_COLUMN_LIST_(macro_, name_, columns_)                          \
    .columns = (columns_),                                                \
    .column_count = sizeof(columns_) / sizeof(aq_column_t) +              \
                    AQ_ASSERT_(AQ_IS_LIST_(columns_, aq_column_t), macro_ \
                               "(" #name_ "): " #columns_ " must be an array of aq_column_t, or AQ_NONE")
#define AQ_MODEL_PARTS_(macro_, struct_, columns_, relationships_)                                           \
    .name = &(#struct_)[AQ_ASSERT_(sizeof(#relationships_) > 1, macro_                                       \
                                   "(" #struct_ "): relationships must follow the columns, or AQ_NONE")],    \
    AQ_COLUMN_LIST_(macro_, struct_, columns_), .relationships = (relationships_),                           \
    .relationship_count =                                                                                    \
        sizeof(relationships_) / sizeof(aq_relationship_t) +                                                 \
        AQ_ASSERT_(AQ_IS_LIST_(relationships_, aq_relationship_t), macro_                                    \
                   "(" #struct_ "): " #relationships_ " must be an array of aq_relationship_t, or AQ_NONE"), \
    .file = __FILE__, .line = __LINE__

#define AQ_MEMBER_(macro_, null_, type_, struct_, member_)                                                \
    .attribute = #member_, .model = #struct_, .size = sizeof(((struct_ *)0)->member_), .nullable = null_, \
    .line = __LINE__,                                                                                     \
    .offset =                                                                                             \
        offsetof(struct_, member_) + AQ_ASSERT_(AQ_IS_(struct_, member_, type_), macro_                   \
                                                "(" #struct_ ", " #member_ "): the member must be " #type_)
/* Every list of arguments ends in an empty one, so that what is left of it may be nothing. */
#define AQ_NOT_NULL_(TYPE_, type_, struct_, member_, ...)                                             \
    {                                                                                                 \
        AQ_MEMBER_("AQ_" #TYPE_, false, type_, struct_, member_), .type = AQ_OID_##TYPE_, __VA_ARGS__ \
    }
#define AQ_NULLABLE_(TYPE_, type_, struct_, member_, ...)                                                    \
    {                                                                                                        \
        AQ_MEMBER_("AQ_" #TYPE_ "_NULL", true, type_, struct_, member_), .type = AQ_OID_##TYPE_, __VA_ARGS__ \
    }
/* A length that was forgotten is + 0, and so told as one that is wrong. */
#define AQ_SIZED_(macro_, TYPE_, null_, struct_, member_, length_, ...)                      \
    {                                                                                        \
        AQ_MEMBER_(macro_, null_, const char *, struct_, member_),                           \
            .type = AQ_OID_##TYPE_,                                                          \
            .length = ((length_ + 0) == AQ_ANY_LENGTH ? 0 : (length_ + 0)) +                 \
                      (int)AQ_ASSERT_((length_ + 0) == AQ_ANY_LENGTH ||                      \
                                          ((length_ + 0) >= 1 && (length_ + 0) <= 10485760), \
                                      macro_ "(" #struct_ ", " #member_ ", " #length_        \
                                             "): the length must be 1 to 10485760"),         \
            __VA_ARGS__                                                                      \
    }
/* The array stands last: what is behind it without a name is no aq_custom_t, which the compiler tells. */
#define AQ_NAMED_(macro_, array_, what_, null_, type_, struct_, member_, which_, ...)                       \
    {                                                                                                       \
        AQ_MEMBER_(macro_, null_, type_, struct_, member_), .what_ = (which_), .array = array_, __VA_ARGS__ \
    }
#define AQ_ENUM_(macro_, struct_, member_, which_, ...)                                                      \
    {                                                                                                        \
        .attribute = #member_, .model = #struct_, .size = sizeof(((struct_ *)0)->member_), .line = __LINE__, \
        .offset = offsetof(struct_, member_) +                                                               \
                  AQ_ASSERT_(AQ_IS_(struct_, member_, int) || AQ_IS_(struct_, member_, unsigned),            \
                             macro_ "(" #struct_ ", " #member_ "): the member must be an enum or int"),      \
        .enumeration = (which_), .array = false, __VA_ARGS__                                                 \
    }

#endif

AQ_END_DECLS

#endif
