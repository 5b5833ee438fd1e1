/* The plan of a header: which struct each table becomes, what its members, relationships and enums are called, and where each constraint
 * and index stands. Made whole before anything is written, since each name depends on the others.
 *
 *     aq__plan_t plan = {.maker = {.arena = arena}, .metadata = metadata, .problems = problems};
 *     aq__tool_plan_make(&plan);
 *     ... write ...
 *     aq__plan_dispose(&plan);
 *
 * The same metadata gives the same plan. */
#ifndef AQ_SRC_TOOL_PLAN_H
#define AQ_SRC_TOOL_PLAN_H

#include "src/schema/metadata.h"
#include "src/tool/c_name.h"

typedef struct aq__entity aq__entity_t;
typedef struct aq__link aq__link_t;

/* What a C type of aquifer/value.h a column's values have. */
typedef struct aq__c_type {
    const char *macro; /* "INT4": AQ_INT4, AQ_INT4_NULL, AQ_INT4_ARRAY */
    const char *one, *null, *array;
} aq__c_type_t;

/* A column as a member; of a plain table, where `name` is that of the column. */
typedef struct aq__member {
    const aq__column_t *column;
    const char *name;
    const char *type; /* "aq_int4_null_t", "const char *" */
    const aq__c_type_t *c_type;
    const char *sql_type; /* NULL: the macro says it all */
    const struct aq__label *enumeration;
    /* What its options say; NULL: nothing. */
    const aq__constraint_t *unique, *check, *foreign_key;
    const aq__index_t *index;
    bool primary_key;
} aq__member_t;

/* A relationship. */
struct aq__link {
    const char *name;
    aq__entity_t *from, *to;
    bool many;
    bool forward;                    /* `from` has the foreign key */
    const aq__constraint_t *key;     /* many-to-many: from the table between to this side */
    const aq__constraint_t *far_key; /* many-to-many: to the other side */
    aq__entity_t *secondary;         /* many-to-many: the table between */
    aq__link_t *back;
    bool says_key;  /* several could be meant */
    bool says_side; /* a table refers to itself */
    aq__link_t *next;
};

/* A table: a model, or where it has no primary key or is but the link between two models, AQ_TABLE(). */
struct aq__entity {
    const aq__table_t *table;
    bool is_model;
    bool is_skipped;         /* it has no columns: nothing can declare it */
    bool is_link;            /* a pure table between two */
    const char *struct_name; /* of a model: "BlogPost" */
    const char
        *prefix; /* "blog_post": begins the names of its lists; of a plain table its name in AQ_TABLE() */
    const char *one, *many; /* "blog_post", "blog_posts": in names of relationships */
    aq__c_names_t names;    /* of its members */
    aq__member_t *members;
    aq__link_t *links, *last_link;
    bool is_ahead; /* others mention the struct before it is defined */
    bool has_constraints, has_indexes;
};

/* An enum type. */
typedef struct aq__label {
    const aq__enum_t *enumeration;
    const char *prefix;        /* "mood": mood_t, mood_labels, mood_enum */
    const char *const *values; /* "MOOD_SAD" ... */
    bool is_used;              /* else no column declares it */
    bool needs_schema;         /* a column's table has a schema, and the type has none */
} aq__label_t;

/* A sequence that stands alone. */
typedef struct aq__ticket {
    const aq__sequence_t *sequence;
    const char *prefix; /* "receipt_number": receipt_number_sequence */
    bool has_owner;     /* that can be said */
} aq__ticket_t;

typedef struct aq__plan {
    aq__maker_t maker;
    const aq__metadata_t *metadata;
    aq__problems_t *problems;
    aq__entity_t *entities; /* one for each table, in the order of the metadata */
    aq__label_t *labels;    /* one for each enum */
    aq__ticket_t *tickets;  /* one for each sequence */
    const char **notes;     /* what the header cannot say, for a comment in it */
    size_t note_count;
    int code; /* AQ_EMAPPING: there are problems */
} aq__plan_t;

/* AQ_EMAPPING: something cannot be said in C, see the problems; all the rest is there. AQ_ENOMEM. */
int aq__tool_plan_make(aq__plan_t *plan);
void aq__plan_dispose(aq__plan_t *plan);

/* What a model cannot say: a problem, and a comment in the header. */
void aq__plan_tell(aq__plan_t *plan, aq__source_t source, const char *format, ...) AQ_PRINTF(3, 4);
/* Only the comment: somebody else told the problem. */
void aq__plan_note(aq__plan_t *plan, const char *text);
aq__entity_t *aq__plan_entity(const aq__plan_t *plan, const aq__table_t *table);
/* The member of a model, or the column of a plain table. */
const char *aq__plan_member(const aq__plan_t *plan, const aq__column_t *column);

/* ---- Between the files of the plan ------------------------------------------------------------------------------------- */

/* columns.c: types of columns, and which options say which constraint and index. */
void aq__plan_members(aq__plan_t *plan, aq__entity_t *entity);
/* limits.c: what of a table models cannot say. */
void aq__plan_limits(aq__plan_t *plan, const aq__entity_t *entity);
void aq__plan_ticket_limits(aq__plan_t *plan, aq__ticket_t *ticket);
/* What stands nowhere in the header. */
bool aq__constraint_is_left_out(const aq__constraint_t *constraint);
bool aq__index_is_left_out(const aq__index_t *index);
/* Whether the foreign key would set NULL what cannot be, which models refuse. */
bool aq__action_is_left_out(const aq__constraint_t *constraint, aq_action_t action);
/* Another foreign key from the same columns to the same table, so that no relationship can follow either; NULL: none. */
const aq__constraint_t *aq__twin_key(const aq__constraint_t *key);
/* "table.column" can name it. */
bool aq__fits_reference(const aq__column_t *column);
/* relationships.c: for all models, once they have their members. */
void aq__plan_relationships(aq__plan_t *plan);

/* Whether the name is the one that the server, or for an index the naming convention, gives where there is none. */
bool aq__constraint_name_is_usual(const aq__constraint_t *constraint);
bool aq__index_name_is_usual(const aq__index_t *index);
/* What the header calls it; NULL: nothing. One of expressions only must have a name, and a second one on the same first column. */
const char *aq__index_name(aq__maker_t *maker, const aq__index_t *index);
/* Whether the member's options say it. */
bool aq__member_says_constraint(const aq__entity_t *entity, const aq__constraint_t *constraint);
bool aq__member_says_index(const aq__entity_t *entity, const aq__index_t *index);

#endif
