/* The registry: the models and tables that a program declared, turned into metadata and tied together.
 *
 *     aq__model_registry_t *registry = aq__models_create();
 *     aq__models_add(registry, AQ_MODEL_OF(User));          columns, constraints, indexes are in the bind's metadata now
 *     aq__models_add(registry, AQ_MODEL_OF(Post));          in any order
 *     if (aq__models_seal(registry) != AQ_OK)               foreign keys and relationships find each other
 *         aq__problems_append(&text, &registry->problems);  all that is wrong, from the first declaration on
 *     aq__models_close(registry);
 *
 * What is declared wrongly is told at once (AQ_EMAPPING, aq_last_error()) and again, with all the rest, by the seal. A sealed registry is
 * read-only: threads share it. */
#ifndef AQ_SRC_SCHEMA_MODELS_H
#define AQ_SRC_SCHEMA_MODELS_H

#include "src/schema/metadata.h"

typedef struct aq__model_registry aq__model_registry_t;
typedef struct aq__model aq__model_t;
typedef struct aq__attribute aq__attribute_t;
typedef struct aq__relationship aq__relationship_t;

/* A member of a model that is a column. Each model has its own, for inherited members too. */
struct aq__attribute {
    const aq_column_t *declared;
    const char *name; /* the member, from the struct of the model on: "id", "timestamps.created" */
    size_t offset, size;
    aq__column_t *column; /* in the model's table, or where that has none, in the nearest parent's */
    /* All: more than one where joined inheritance shares a member, a key; that of the model's own table first. */
    aq__column_t **columns;
    size_t column_count;
    bool primary_key;
    aq__source_t source;
};

typedef enum aq__inheritance {
    AQ__INHERITS_NOTHING, /* or only from abstract models */
    AQ__INHERITS_SINGLE,  /* its rows are in its base's table */
    AQ__INHERITS_JOINED   /* its rows are in its base's table and in its own, under the same key */
} aq__inheritance_t;

struct aq__model {
    const aq_model_t *declared;
    const char *name;
    aq__model_registry_t *registry;
    aq__model_t *parent; /* whom it inherits from, abstract or not */
    aq__model_t *base;   /* the nearest of them that has a table */
    aq__inheritance_t inheritance;
    aq__metadata_t *metadata;     /* NULL: abstract */
    aq__table_t *table;           /* its own, or its base's; NULL: abstract */
    aq__attribute_t **attributes; /* inherited ones first */
    size_t attribute_count;
    aq__attribute_t **primary_key;
    size_t primary_key_count;
    aq__attribute_t *discriminator; /* of the hierarchy; NULL: none */
    const char *identity;
    aq__relationship_t **relationships; /* after the seal; inherited ones first */
    size_t relationship_count;
};

typedef enum aq__direction { AQ__MANY_TO_ONE, AQ__ONE_TO_MANY, AQ__MANY_TO_MANY } aq__direction_t;

/* near = far is (a part of) the condition of a join. */
typedef struct aq__pair {
    aq__column_t *near, *far;
} aq__pair_t;

typedef struct aq__order_part {
    aq__column_t *column;
    bool descending;
    aq_nulls_t nulls;
} aq__order_part_t;

struct aq__relationship {
    const aq_relationship_t *declared; /* of a backref, the other side's */
    const char *name;
    aq__model_t *model; /* that declares it; its children have it too */
    aq__model_t *target;
    size_t offset;
    bool many; /* aq_many_t; else a pointer. One-to-one is AQ__ONE_TO_MANY and a pointer */
    aq__direction_t direction;
    aq__constraint_t *foreign_key; /* of a many-to-many relationship: from the table between to this side */
    aq__pair_t *pairs;             /* from this side to the other; many-to-many: to the table between */
    size_t pair_count;
    aq__table_t *secondary; /* many-to-many: the table between; else NULL */
    aq__constraint_t *secondary_key;
    aq__pair_t *secondary_pairs; /* from the table between to the other side */
    size_t secondary_pair_count;
    aq__relationship_t *reverse; /* the same from the other side; NULL: not declared */
    aq__order_part_t *order;
    size_t order_count;
    aq_lazy_t lazy;
    unsigned cascade; /* AQ_CASCADE_SAVE_UPDATE | ...; neither DEFAULT nor NONE: nothing is 0 */
    bool passive_deletes, single_parent;
    bool is_backref; /* `declared` is that of the other side */
    bool resolved;   /* false: there is a problem with it */
    aq__source_t source;
};

/* A foreign key that names a model, until the seal: "User->id". */
typedef struct aq__model_reference {
    aq__constraint_t *constraint;
    const char *model;
    const char **members; /* NULL: the primary key */
    size_t member_count;
} aq__model_reference_t;

/* A sequence that stands alone; the seal finds who owns it. */
typedef struct aq__model_sequence {
    const aq_sequence_t *declared;
    aq__sequence_t *made;
} aq__model_sequence_t;

struct aq__model_registry {
    aq_arena_t *arena; /* this struct lives in it too */
    aq_schema_options_t options;
    const struct aq__naming *naming; /* the options' convention, or the default one */
    aq__metadata_t **metadatas;      /* that of the default bind first, always there */
    size_t metadata_count;
    aq__model_t **models; /* in the order in which they were added, parents before children */
    size_t model_count;
    aq__map_t models_by_name;
    const aq_table_t **plain_tables; /* added without a model */
    size_t plain_table_count;
    aq__model_reference_t *references;
    size_t reference_count;
    aq__model_sequence_t *sequences;
    size_t sequence_count;
    const aq_enum_t **refused_enums; /* that a problem was told of */
    size_t refused_enum_count;
    aq__problems_t problems;
    bool out_of_memory; /* something is there by half */
    bool sealed;
};

aq__model_registry_t *aq__models_create(void);         /* NULL: AQ_ENOMEM */
void aq__models_close(aq__model_registry_t *registry); /* NULL is fine */
/* Before the first model; the strings are copied. AQ_EINVAL, AQ_EMAPPING (a naming convention that makes no sense), AQ_ENOMEM. */
int aq__models_set_options(aq__model_registry_t *registry, const aq_schema_options_t *options);
/* Adds the parents too. What was added already, from the same line of the same file, is fine. AQ_EMAPPING, AQ_EINVAL (it is sealed),
 * AQ_ENOMEM (it cannot be sealed any more). */
int aq__models_add(aq__model_registry_t *registry, const aq_model_t *declared);
int aq__models_add_table(aq__model_registry_t *registry, const aq_table_t *declared);
int aq__models_add_sequence(aq__model_registry_t *registry, const aq_sequence_t *declared);
/* `bind` NULL: the default one. */
int aq__models_add_enum(aq__model_registry_t *registry, const char *bind, const aq_enum_t *declared);
/* Once; later calls give the same result. AQ_EMAPPING: aq_last_error() has the texts of all problems, a line each. AQ_ENOMEM: it is not sealed,
 * and may be tried again, unless memory was out when something was added. */
int aq__models_seal(aq__model_registry_t *registry);

/* NULL: there is none. */
aq__model_t *aq__models_find(const aq__model_registry_t *registry, const char *name);
aq__metadata_t *aq__models_metadata(const aq__model_registry_t *registry, const char *bind);
aq__attribute_t *aq__model_attribute(const aq__model_t *model, const char *name);
aq__attribute_t *aq__model_attribute_at(const aq__model_t *model, size_t offset);
aq__relationship_t *aq__model_relationship(const aq__model_t *model, const char *name);
/* Of a plain table: what it is called in the database. */
const char *aq__table_name_of(const aq_table_t *declared);
bool aq__model_inherits(const aq__model_t *model, const aq__model_t *from); /* or is the same */
/* What a user calls a column, by its member or by its name in the database; `model` NULL: by that only. */
aq__column_t *aq__find_column(const aq__model_t *model, const aq__table_t *table, const char *name);

static inline aq__source_t aq__model_source(const aq_model_t *declared)
{
    return (aq__source_t){declared->file, declared->line, 0};
}

/* ---- Between the files of the room ----------------------------------------------------------------------------------------- */

/* One column of a declaration, mixins opened. */
typedef struct aq__entry {
    const aq_column_t *column;
    const char *attribute; /* NULL: of a plain table */
    const char *name;      /* in the database */
    size_t offset;
    const char *owner; /* whose column it is, a model, a mixin or a plain table, and */
    const char *label; /* how that calls it: begin messages about the column by itself */
    aq__source_t source;
    bool refused; /* there is a problem with what it says: it is a name, but no more */
} aq__entry_t;

/* What a declaration says of its table. */
typedef struct aq__declaration {
    aq__model_registry_t *registry;
    aq__model_t *model; /* NULL: a plain table */
    const char *what;   /* "User", "table 'post_tags'": begins messages */
    const char *file;
    int line;
    aq__table_t *table;
    const aq__entry_t *entries;
    size_t entry_count;
    aq_constraints_t constraints;
    aq_indexes_t indexes;
} aq__declaration_t;

typedef struct aq__entries {
    aq_arena_t *arena;
    aq__entry_t *items;
    size_t count;
} aq__entries_t;

/* models.c. The metadata of a bind, made if it is not there; NULL: AQ_ENOMEM. */
aq__metadata_t *aq__models_bind(aq__model_registry_t *registry, const char *bind);

/* Returns the code; AQ_ENOMEM: something is there by half, and there is no seal any more. */
int aq__models_remember(aq__model_registry_t *registry, int code);
/* Whether two declarations are one, in a header that was included twice, maybe by different paths. */
bool aq__same_place(const char *file, int line, const char *other_file, int other_line);
bool aq__same_model(const aq_model_t *a, const aq_model_t *b);

/* model.c. Makes a model's table and attributes. AQ_EMAPPING: as far as could be. AQ_ENOMEM. */
int aq__model_make(aq__model_t *model);

/* placement.c. What a model, a mixin of its or its parents say of its table. */
/* Who gives what it declares to the model; NULL: nobody. */
const aq__model_t *aq__abstract_parent(const aq__model_t *model);
const char *aq__model_bind(const aq__model_t *model);   /* NULL: the default one */
const char *aq__model_schema(const aq__model_t *model); /* NULL: the search path's */
/* NULL where naming is off and there is none. AQ_EMAPPING: none can be made of the struct's name; AQ_ENOMEM. */
int aq__model_table_name(const aq__model_t *model, const char **name);

/* entries.c. Adds a list of columns, of a model, a mixin or a plain table, which is `owner` to messages. AQ_ENOMEM. */
int aq__entries_open(aq__entries_t *entries, const aq_column_t *columns, size_t count, const char *owner,
                     const char *file);
/* Adds those of a model, and of the abstract ones between it and the next that has a table. One of its own takes the place of an abstract
 * one of the same member. AQ_ENOMEM. */
int aq__entries_collect(const aq__model_t *model, aq__entries_t *entries);
/* AQ_EMAPPING, AQ_ENOMEM. */
int aq__entries_check(aq__model_registry_t *registry, const char *what, aq__entries_t *entries);
/* Whether columns are members of the struct `name`; NULL: of none. AQ_EMAPPING, AQ_ENOMEM. */
int aq__check_structs(aq__model_registry_t *registry, const char *what, const aq_column_t *columns,
                      size_t count, const char *name, const char *file);
/* "User.name: column", "User: table": what has the name. AQ_EMAPPING: it is no name, which is a problem now. AQ_ENOMEM. */
int aq__check_name(aq__model_registry_t *registry, aq__source_t source, const char *name, const char *format,
                   ...) AQ_PRINTF(4, 5);

/* declare.c. Puts the columns, and what their options make, into the table. AQ_EMAPPING: all that could be was put. AQ_ENOMEM. */
int aq__declare_columns(const aq__declaration_t *declaration);
/* The constraints and indexes of the table, once the model has its attributes. */
int aq__declare_constraints(const aq__declaration_t *declaration);
/* declare-enum.c. Makes the enum, unless it is there. AQ_EMAPPING, AQ_ENOMEM. */
int aq__declare_enum(aq__model_registry_t *registry, aq__metadata_t *metadata, const char *schema,
                     const aq_enum_t *declared, aq__source_t source);
/* declare-sequence.c. Lets sequences find the columns that own them. AQ_EMAPPING, AQ_ENOMEM. */
int aq__resolve_owners(aq__model_registry_t *registry);
/* check.c. What is wrong with an entry by itself. AQ_EMAPPING, AQ_ENOMEM. */
int aq__check_entry(const aq__entry_t *entry, aq__problems_t *problems);
bool aq__is_array_oid(uint32_t oid);
const char *aq__oid_name(uint32_t oid); /* of its elements' type; NULL: none of AQ_TYPE_TABLE */
/* The same with an enum. */
int aq__check_enum(const aq_enum_t *declared, aq__source_t source, aq__problems_t *problems);
uint32_t aq__element_oid(uint32_t oid); /* of an array type; else the type itself */
/* NULL: the text is a value of the column's type, or nobody but the server can tell; else what it needs: "one of its labels". */
const char *aq__value_needed(const aq_column_t *column, const char *text);
/* For messages; without the brackets of an array. */
const char *aq__column_type_name(const aq_column_t *column);

/* check-sequence.c. */
bool aq__has_sequence(const aq_column_t *column); /* it says something of one */
/* Whether something is wrong with the options of a sequence of this type; `why` tells it, and begins options with `prefix`, "." or
 * ".sequence.". */
bool aq__sequence_is_wrong(aq_text_t *why, const char *prefix, const aq_sequence_options_t *options,
                           uint32_t type);
void aq__set_sequence_options(aq__sequence_t *sequence, const aq_sequence_options_t *options);

/* A constraint or an index that is being declared, for messages. */
typedef struct aq__thing {
    const aq__declaration_t *declaration;
    aq__source_t source;
    const char *name; /* "AQ_UNIQUE", "index 'user_email'" */
} aq__thing_t;

/* check-table.c. What is wrong with a constraint or an index before it is made, and when it has its columns. AQ_EMAPPING, AQ_ENOMEM. */
int aq__check_constraint(const aq__thing_t *thing, const aq_constraint_t *declared);
int aq__check_index(const aq__thing_t *thing, const aq_index_t *declared);
int aq__check_made_constraint(const aq__thing_t *thing, const aq__constraint_t *constraint);
int aq__check_made_index(const aq__thing_t *thing, const aq__index_t *index);
/* Whether the columns of a sealed foreign key can be compared. AQ_EMAPPING, AQ_ENOMEM. */
int aq__check_compared_types(const aq__constraint_t *foreign_key, aq__problems_t *problems);
/* Adds the problem "User: AQ_UNIQUE: ...". */
int aq__refuse_thing(const aq__thing_t *thing, const char *format, ...) AQ_PRINTF(2, 3);
bool aq__is_part(const aq_part_t *part); /* false: the end of a list */
/* Lets foreign keys that name models refer to their tables (reference.c), then makes the relationships (relationship.c, join.c,
 * sides.c). */
int aq__resolve_references(aq__model_registry_t *registry);
int aq__resolve_relationships(aq__model_registry_t *registry);

#endif
