/* What the files of a plan share.
 *
 *     change set -> rows of tables (parts) -> ordered by the graph of foreign keys -> steps -> texts and arguments -> results -> objects
 *
 * plan.c: the phases of a flush. plan-rows.c: which rows when. plan-graph.c: which table comes first, and where a cycle is broken. plan-level.c: which row of a table that refers to
 * itself comes first. plan-setting.c: what a row sets. plan-group.c: rows that share a statement. plan-text.c, plan-delete.c, plan-sweep.c: that statement.
 * plan-settle.c: what it gave. */
#ifndef AQ_SRC_ORM_PLAN_STEP_H
#define AQ_SRC_ORM_PLAN_STEP_H

#include "src/orm/member.h"
#include "src/orm/plan.h"

typedef struct aq__node aq__node_t;
typedef struct aq__planned aq__planned_t;

/* ---- Statements ---------------------------------------------------------------------------------------------------------------- */

typedef enum aq__step_kind {
    AQ__STEP_INSERT,
    AQ__STEP_DEFAULTS, /* INSERT of rows of which nothing is known but their number */
    AQ__STEP_UPDATE,
    AQ__STEP_SWITCH,  /* UPDATE of a row that is another object's now */
    AQ__STEP_LATER,   /* foreign keys of rows that were inserted without them */
    AQ__STEP_RELEASE, /* the same of rows that are to be deleted */
    AQ__STEP_DELETE,
    AQ__STEP_LINK, /* rows of a table between two models */
    AQ__STEP_UNLINK,
    AQ__STEP_SWEEP
} aq__step_kind_t;

typedef enum aq__source_kind {
    AQ__FROM_MEMBER,  /* of the object */
    AQ__FROM_CARRIED, /* drawn in this unit */
    AQ__FROM_FIRST,   /* 1: the version of a new row */
    AQ__FROM_NEXT,    /* one more: that of a changed one */
    AQ__FROM_DEFAULT, /* the server's */
    AQ__FROM_NULL,
    AQ__FROM_NOTHING /* it is not named */
} aq__source_kind_t;

/* A column that other statements of the unit need, under the name 'aq.k<number>'. */
typedef struct aq__carry {
    const aq__mapped_column_t *column;
    size_t number;
} aq__carry_t;

/* What a column is set to. */
typedef struct aq__setting {
    const aq__field_t *field; /* whose column it is; LINK, UNLINK: that the column has the value of */
    const aq__mapped_column_t *column; /* LINK, UNLINK: NULL */
    aq__source_kind_t from;
    aq__step_t *source; /* carried: the statement that draws it */
    const aq__mapped_column_t *source_column;
    size_t number; /* of the carry there */
    bool own;      /* it is the row's own key, drawn for the base's table */
} aq__setting_t;

struct aq__step {
    aq__step_kind_t kind;
    const aq__mapped_table_t *table; /* NULL: LINK, UNLINK, SWEEP */
    const aq__mapper_t *mapper;      /* of the first row */
    aq__setting_t *settings;         /* LINK, UNLINK: near columns, then far ones */
    size_t setting_count;
    aq__setting_t *keys; /* LATER: what its rows are found by */
    size_t key_count;
    aq__planned_t **parts; /* the rows */
    size_t count, capacity;
    aq__carry_t *carries;
    size_t carry_count;
    const aq__mapped_column_t **returned; /* what comes back, in order */
    size_t returned_count;
    bool unchecked; /* DELETE: rows may be gone, and that is fine */
    /* LINK, UNLINK */
    const aq__relation_t *relation;
    aq__association_t **links;
    /* SWEEP */
    const aq__sweep_t *sweep;
    /* The statement. */
    const char *sql;
    aq_arguments_t arguments;
    const aq__field_t **argument_fields; /* whose values each argument has; NULL: places */
};

/* ---- Rows ------------------------------------------------------------------------------------------------------------------------ */

/* A row of one table: an object of joined inheritance has several. */
struct aq__planned {
    aq__changed_t *changed;
    const aq__mapped_table_t *table;
    aq__node_t *node;
    aq__planned_t *next; /* of its bucket */
    aq__step_t *step;
    size_t place; /* there */
    int level;    /* of rows that refer to others of their table: those come first */
};

typedef struct aq__bucket {
    aq__planned_t *first, *last;
} aq__bucket_t;

static inline void aq__bucket_add(aq__bucket_t *bucket, aq__planned_t *part)
{
    part->next = NULL;
    if (bucket->last != NULL)
        bucket->last->next = part;
    else
        bucket->first = part;
    bucket->last = part;
}

/* ---- Tables ------------------------------------------------------------------------------------------------------------------------ */

struct aq__node {
    const aq__table_t *table;
    const char *name;                /* of the model; of the first of a hierarchy */
    size_t position;                 /* in the order of creation */
    size_t component;                /* tables that only go together: their rows are sorted by level */
    size_t index;                    /* in graph->nodes, sorted: the order of the flush */
    bool refers_to_component;        /* some foreign key of it stays in its component */
    const aq__constraint_t **broken; /* foreign keys that are to rows which come later */
    size_t broken_count;
    bool has_deletes;
    bool deletes_first;    /* they free unique values, and nothing refers to rows of the table */
    bool is_swept;         /* rows of it that are deleted may be gone by then, by a statement of this unit */
    aq__bucket_t *inserts; /* by level */
    size_t level_count;
    aq__bucket_t updates, updates_after, deletes, releases, late;
};

/* What a plan knows of a mapper. */
typedef struct aq__plan_mapper {
    const aq__mapper_t *mapper;
    aq__node_t **nodes; /* of its tables */
    uint64_t *merged;   /* fields that some new object of it names */
} aq__plan_mapper_t;

typedef struct aq__graph {
    aq__node_t **nodes;
    size_t count, capacity;
    aq__node_t **leaving; /* sorted: the order in which rows are deleted */
} aq__graph_t;

/* While a plan is made; gone after. */
typedef struct aq__making {
    aq__plan_t *plan;
    aq_arena_t *arena;
    aq__graph_t graph;
    aq__plan_mapper_t **mappers; /* by mapper->index */
    aq__map_t groups;            /* steps by what they have in common */
    size_t mapper_count;
    size_t step_capacity, group;
    size_t carried; /* numbers given */
} aq__making_t;

/* plan-graph.c. The tables in order, their components and broken foreign keys. AQ_ENOMEM. */
int aq__graph_sort(aq__making_t *making);
/* NULL: AQ_ENOMEM. */
aq__plan_mapper_t *aq__plan_mapper(aq__making_t *making, const aq__mapper_t *mapper);
/* Whether the column is part of a foreign key that was broken. */
bool aq__node_breaks(const aq__node_t *node, const aq__column_t *column);
/* ... of one to a table of its own component. */
bool aq__node_turns_back(const aq__node_t *node, const aq__column_t *column);

/* plan-level.c. Sets part->level of a new row, and of those that it needs. AQ_EMAPPING: a cycle that nothing breaks. AQ_ENOMEM. */
int aq__planned_level(aq__making_t *making, aq__planned_t *part);
/* The part of a new object that has the field. */
aq__planned_t *aq__planned_with(const aq__changed_t *changed, const aq__field_t *field);

/* plan-setting.c */
aq__setting_t aq__setting_of(const aq__making_t *making, aq__step_kind_t kind, const aq__planned_t *part,
                             const aq__mapped_column_t *column);
/* That the source's row has in the source's field. */
aq__setting_t aq__carried_setting(const aq__mapped_column_t *column, const aq__field_t *field,
                                  const aq__planned_t *source, const aq__field_t *source_field);
/* The part is of the first of its model's tables. */
bool aq__is_base(const aq__planned_t *part);

/* plan-group.c. Makes steps of a bucket. AQ_ENOMEM. */
int aq__group_rows(aq__making_t *making, aq__step_kind_t kind, aq__bucket_t *bucket);
int aq__group_links(aq__making_t *making, bool removed);
aq__step_t *aq__plan_step(aq__making_t *making, aq__step_kind_t kind);
/* Where the row's value of a carried setting is drawn. */
const aq__planned_t *aq__setting_source(const aq__setting_t *setting, const aq__planned_t *part);
/* Of the key of its object's columns. */
const aq__mapped_column_t *aq__table_column_of(const aq__mapped_table_t *table, const aq__field_t *field);
const aq__carried_t *aq__changed_carried(const aq__changed_t *changed, const aq__field_t *field);
/* Sorted by key, so that two sessions lock rows in the same order (plan-sort.c). */
void aq__step_sort(aq__step_t *step);
/* A foreign key that is broken, can be NULL and is not: it is set when all rows are there. */
bool aq__planned_waits(const aq__planned_t *part, const aq__mapped_column_t *column);

/* plan.c. Whether rows of the mapper are in the plan's bind. */
bool aq__plan_has(const aq__plan_t *plan, const aq__mapper_t *mapper);
bool aq__is_written(const aq__plan_t *plan, const aq__changed_t *changed);
/* plan-rows.c. Puts every row into a bucket of its table. AQ_EMAPPING, AQ_ENOMEM. */
int aq__put_rows(aq__making_t *making);

static inline bool aq__bit(const uint64_t *bits, size_t index)
{
    return bits != NULL && (bits[index / 64] >> (index % 64) & 1) != 0;
}

static inline void aq__set_bit(uint64_t *bits, size_t index)
{
    bits[index / 64] |= UINT64_C(1) << (index % 64);
}

/* A DELETE of it follows: this UPDATE only takes off what holds it back, and its version stays. */
static inline bool aq__is_leaving(const aq__planned_t *part)
{
    return aq__object_has(part->changed->object, AQ__STATE_DOOMED);
}

static inline bool aq__field_is_set(const aq__changed_t *changed, const aq__field_t *field)
{
    return aq__bit(changed->fields, field->index);
}

/* ---- Statements as text (plan-writer.c) ------------------------------------------------------------------------------------------------ */

/* A statement that is being written: its text, and arrays that unnest() makes rows of. */
typedef struct aq__writer {
    aq_arena_t *arena;
    aq__step_t *step;
    aq_text_t sql;
    aq_value_t *values;
    const aq__field_t **fields; /* whose values each array has; NULL: places */
    size_t count, capacity;
    void **objects; /* of the step's rows */
    int code;       /* the first error */
} aq__writer_t;

/* `most` arrays. AQ_ENOMEM. */
int aq__writer_init(aq__writer_t *writer, aq_arena_t *arena, aq__step_t *step, size_t most);
/* Ends it: the step has its text and arguments. Returns the first error. */
int aq__writer_finish(aq__writer_t *writer);
/* Each adds an array and returns its number, from 1. */
size_t aq__writer_members(aq__writer_t *writer, const aq__field_t *field, void *const *objects, size_t count);
/* As the database has them. */
size_t aq__writer_old_members(aq__writer_t *writer, const aq__field_t *field, void *const *objects,
                              size_t count);
/* Where each row's value of a carried setting is in the list that its source left. */
size_t aq__writer_places(aq__writer_t *writer, const aq__setting_t *setting);
size_t aq__writer_link_places(aq__writer_t *writer, size_t setting);
/* "$1::int4[]" */
void aq__writer_array(aq__writer_t *writer, size_t number);
/* "unnest($1::int4[], $2::text[]) aq_in(c1, c2)"; numbered: with aq_n, which counts rows. */
void aq__writer_unnest(aq__writer_t *writer, bool numbered);
/* "aq_in.c1::mood" */
void aq__writer_member_sql(aq__writer_t *writer, size_t number);
/* "((SELECT current_setting('aq.k1')::int4[]))[aq_in.c1]" */
void aq__writer_carried_sql(aq__writer_t *writer, const aq__setting_t *setting, size_t number);
/* Arrays of the rows' keys, and of their versions where these are looked at; the number of the first. */
size_t aq__writer_add_keys(aq__writer_t *writer);
/* Whether its rows must have the version that they were loaded with. */
bool aq__step_has_version(const aq__step_t *step);
/* " WHERE users.id = aq_in.c2 AND users.version = aq_in.c3", of these arrays. */
void aq__writer_where(aq__writer_t *writer, size_t first);
/* "SELECT CASE WHEN count(*) < cardinality($1::int4[]) THEN ... END": fails where less rows of aq_out were written than the array has. `verb`: "UPDATE", "DELETE". */
void aq__writer_check(aq__writer_t *writer, const char *verb, size_t number);
/* Begins the text that is no number: "('aquifer: UPDATE statement on table ''users'' expected to update ' || ". What it says is told by aq__plan_explain(). */
void aq__writer_stale(aq__writer_t *writer, const char *verb, const char *does);
/* Before all but the first of a list. */
void aq__writer_comma(aq__writer_t *writer, size_t index);

/* "= ANY($1::int4[])" does for it: it needs no cast. */
static inline bool aq__is_plain(const aq__field_t *field)
{
    return field->cast[0] == '\0';
}

/* plan-text.c, plan-delete.c, plan-link.c, plan-sweep.c. The first error. */
int aq__write_step(aq_arena_t *arena, aq__step_t *step);
int aq__write_deletes(aq_arena_t *arena, aq__step_t *step);
int aq__write_release(aq_arena_t *arena, aq__step_t *step);
int aq__write_row_link(aq_arena_t *arena, aq__step_t *step);
int aq__write_sweep(aq_arena_t *arena, aq__step_t *step);

/* Begins a text in the server's error that is ours (plan-settle.c). */
#define AQ__STALE_MARK "aquifer: "

#endif
