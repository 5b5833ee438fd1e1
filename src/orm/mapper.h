/* mapper: what sessions and queries need to know of a model, worked out once when the db is sealed; then read-only, shared by threads.
 *
 *     const aq__mapper_t *mapper = aq__mappers_find(mappers, &User_model);
 *     for (size_t i = 0; i < mapper->field_count; i++)
 *         puts(mapper->fields[i].attribute->name);
 *
 * A field is a member that is a column; a relation is a member that is a relationship. A model with joined inheritance has several tables, that of its
 * furthest base first; each other model has one. */
#ifndef AQ_SRC_ORM_MAPPER_H
#define AQ_SRC_ORM_MAPPER_H

#include "aquifer/session.h"
#include "src/schema/models.h"

typedef struct aq__mapper aq__mapper_t;
typedef struct aq__mappers aq__mappers_t;
typedef struct aq__relation aq__relation_t;

/* How the values of a member are handled: one for each C type that members have (member.c). */
typedef struct aq__member_class aq__member_class_t;

/* What a member is made of. */
typedef enum aq__member_form {
    AQ__MEMBER_PLAIN,    /* the value; what has no NULL of its own is never NULL */
    AQ__MEMBER_NULLABLE, /* aq_int4_null_t ...: the value, and behind it whether it is there */
    AQ__MEMBER_ARRAY     /* aq_int4_array_t ... */
} aq__member_form_t;

/* Members that most cells can be read into without a call (row.c). */
typedef enum aq__member_shortcut {
    AQ__SHORTCUT_NONE,
    AQ__SHORTCUT_BOOL,
    AQ__SHORTCUT_INT4,
    AQ__SHORTCUT_INT8,
    AQ__SHORTCUT_FLOAT8,
    AQ__SHORTCUT_TIMESTAMP,
    AQ__SHORTCUT_TEXT
} aq__member_shortcut_t;

typedef struct aq__field {
    const aq__attribute_t *attribute;
    const aq_column_t *declared;
    const char *model; /* the mapper's name, for messages */
    const aq__member_class_t *member_class;
    aq__member_form_t form;
    aq__member_shortcut_t shortcut;
    size_t index;    /* in mapper->fields */
    size_t offset;   /* of the member in the object */
    size_t size;     /* of the member */
    size_t snapshot; /* where its copy is in a snapshot; not aligned */
    uint32_t
        oid; /* of the column's type, AQ_OID_...; AQ_OID_UNKNOWN: travels as text (enums, custom types, domains, arrays of them) */
    aq_value_kind_t kind; /* what it travels as when it is one value; AQ_VALUE_ARRAY: of `element` */
    aq_value_kind_t element;
    /* What it travels as when it is a column of an array parameter, for unnest(); AQ_VALUE_TEXT where unnest() could not give it back (arrays) or the type has no codec. */
    aq_value_kind_t carrier;
    const char *carrier_type; /* that array's type in SQL: "int4[]", "text[]" */
    const char *cast; /* from an element of it to the column: "::mood", "::int4[]"; "": none is needed */
    const char *sql;  /* the column's name, quoted where it must be */
    bool key;         /* part of the primary key */
    bool nullable;
    bool drawn; /* the server gives it a value where INSERT does not: serial, identity, default, generated */
    bool generated;       /* ... always: never written, and new after each write */
    bool identity_always; /* INSERT that names it says OVERRIDING SYSTEM VALUE */
    bool foreign;         /* part of a foreign key, but for that to its base's table */
    bool version;         /* the model's version column */
    bool discriminator;   /* tells the model of a row; written by INSERT */
} aq__field_t;

/* A field in one of the model's tables. */
typedef struct aq__mapped_column {
    const aq__field_t *field;
    const aq__column_t *column;
    const char *sql; /* quoted */
} aq__mapped_column_t;

typedef struct aq__mapped_table {
    const aq__table_t *table;
    const char *sql;      /* its name, quoted, with its schema */
    const char *name_sql; /* without */
    aq__mapped_column_t *columns;
    size_t column_count;
    size_t *key; /* places in `columns`, in the order of mapper->key */
} aq__mapped_table_t;

/* One side of the link between rows: these fields of this side have the values of those of the other. */
typedef struct aq__field_pair {
    const aq__field_t *near, *far;
} aq__field_pair_t;

struct aq__relation {
    const aq__relationship_t *relationship;
    const char *name;
    const aq__mapper_t *mapper; /* that has it, here; a child has its own */
    const aq__mapper_t *target;
    const aq__relation_t *reverse; /* of the target; NULL: none */
    size_t index;                  /* in mapper->relations */
    unsigned bit;                  /* to-one: which bit of the object's state says that it is loaded */
    size_t offset;
    bool many;
    aq__direction_t direction;
    /* Many-to-one: near fields are foreign, far ones are referred to. One-to-many: the other way. Many-to-many: none of these, but: */
    aq__field_pair_t *pairs;
    size_t pair_count;
    /* Many-to-many: fields of this side and the columns of the table between that have their values, then the same of the far side. */
    const aq__table_t *secondary;
    const char *secondary_sql;
    const aq__field_t **near_fields, **far_fields;
    const aq__column_t **near_columns, **far_columns;
    size_t near_count, far_count;
    const aq__field_t **order_fields; /* of the target, as relationship->order; NULL: one that is no member */
    aq_lazy_t lazy;
    unsigned cascade;
    bool passive_deletes;
    bool post_update; /* rows are written first, and linked by an UPDATE after: cycles */
    const void *query_class;
};

struct aq__mapper {
    const aq__model_t *model;
    const char *name;
    aq__mappers_t *mappers;
    size_t index;             /* in mappers->items */
    const aq__mapper_t *base; /* whose rows its rows are too; NULL: of none */
    const aq__mapper_t
        *root; /* of the hierarchy: whose identity map its objects are in; itself, where there is none */
    const aq__mapper_t **children; /* direct and not */
    size_t child_count;
    const char *bind; /* NULL: the default one */
    size_t object_size;
    size_t snapshot_size; /* of all fields, packed */
    size_t one_count;     /* to-one relations, whose pointers are behind them */
    const void *initial;  /* an object as aq_new() gives it, but for its two first words */
    aq__field_t *fields;  /* inherited ones first */
    size_t field_count;
    const aq__field_t **key; /* in the order of the attributes */
    size_t key_count;
    const aq__field_t *discriminator; /* NULL: none */
    const aq__field_t *version;       /* NULL: none */
    const char *identity;
    aq__mapped_table_t *tables; /* the furthest base's first */
    size_t table_count;
    aq__relation_t *relations; /* inherited ones first */
    size_t relation_count;
    const void *query_class;                         /* the model's, or the db's; NULL: none */
    const struct aq__key_statements *key_statements; /* compile-relation.c; NULL: not made yet */
    size_t order; /* of its first table in its metadata: parents before those that refer to them */
};

struct aq__mappers {
    aq_arena_t *arena; /* this struct lives in it too */
    const aq__model_registry_t *registry;
    aq__mapper_t **items; /* abstract models have none */
    size_t count;
    aq__map_t by_model; /* by the address of aq_model_t */
};

/* The registry is sealed and outlives it. NULL: AQ_ENOMEM, or AQ_EMAPPING: a model has what sessions cannot handle (more than 32 to-one relationships); all of it in one text. */
aq__mappers_t *aq__mappers_create(const aq__model_registry_t *registry);
void aq__mappers_close(aq__mappers_t *mappers); /* NULL is fine */
/* NULL: AQ_EMAPPING: "'User' is not mapped: aq_db_model() it first". The same struct's model of another file that includes the header is the same. */
const aq__mapper_t *aq__mappers_find(const aq__mappers_t *mappers, const aq_model_t *model);
/* NULL: there is none; no error is set. */
const aq__field_t *aq__mapper_field(const aq__mapper_t *mapper,
                                    const char *name); /* by member, "timestamps.created" */
const aq__field_t *aq__mapper_field_at(const aq__mapper_t *mapper, size_t offset);
const aq__field_t *aq__mapper_field_of(const aq__mapper_t *mapper, const aq__column_t *column);
const aq__relation_t *aq__mapper_relation(const aq__mapper_t *mapper, const char *name);
const aq__relation_t *aq__mapper_relation_at(const aq__mapper_t *mapper, size_t offset);
/* Bytes of a snapshot, pointers and all. */
static inline size_t aq__mapper_snapshot_bytes(const aq__mapper_t *mapper)
{
    return mapper->snapshot_size + mapper->one_count * sizeof(void *);
}
/* Whether objects of `mapper` are rows of `of` too. */
bool aq__mapper_is_a(const aq__mapper_t *mapper, const aq__mapper_t *of);
/* The mapper of the hierarchy of `mapper` whose rows have this discriminator; `mapper` itself where none has. */
const aq__mapper_t *aq__mapper_by_identity(const aq__mapper_t *mapper, const char *identity);

#endif
