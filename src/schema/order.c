/* The order in which tables are created.
 *
 * The happy path: a table comes behind all tables that its foreign keys refer to. Tables are sorted by their depth (0 refers to nobody,
 * otherwise one more than the deepest that is referred to), and as they were declared where that is the same: what SQLAlchemy does too.
 * The failure mode, which is none: tables that refer to each other. They are the strongly connected components of the graph (R. Tarjan,
 * "Depth-first search and linear graph algorithms", 1972); the foreign keys inside one are marked `by_alter` and no longer count. A
 * table that refers to itself is no such case.
 *
 * Without recursion: a chain of references may be as long as there are tables. */
#include <string.h>

#include "src/schema/metadata.h"

typedef struct node {
    size_t number; /* the order of the visit, from 1; 0: not yet visited */
    size_t low;    /* the lowest number on the stack that is reached from here */
    size_t next;   /* the constraint to be looked at next */
    size_t component;
    size_t depth;
    bool on_stack;
} node_t;

typedef struct graph {
    aq__metadata_t *metadata;
    node_t *nodes; /* by table->position */
    size_t *path;  /* the tables that are being visited */
    size_t *stack; /* Tarjan's */
    size_t path_length, stack_length;
    size_t visited, components;
    size_t *finished; /* the tables, each behind those that it refers to */
    size_t finished_count;
} graph_t;

/* The table that a foreign key makes this one wait for; NULL: this is no such constraint. */
static const aq__table_t *awaited(const aq__constraint_t *constraint)
{
    bool counts = constraint->kind == AQ_CONSTRAINT_FOREIGN_KEY && constraint->referred != NULL &&
                  constraint->referred != constraint->table &&
                  constraint->referred->metadata == constraint->table->metadata;

    return counts ? constraint->referred : NULL;
}

static void enter(graph_t *graph, size_t table)
{
    graph->nodes[table] = (node_t){.number = ++graph->visited, .low = graph->visited, .on_stack = true};
    graph->path[graph->path_length++] = table;
    graph->stack[graph->stack_length++] = table;
}

/* Everything that is reached from this table was seen. */
static void leave(graph_t *graph, size_t table)
{
    node_t *node = &graph->nodes[table];
    size_t popped;

    graph->path_length--;
    graph->finished[graph->finished_count++] = table;
    if (graph->path_length > 0) {
        node_t *parent = &graph->nodes[graph->path[graph->path_length - 1]];

        if (node->low < parent->low)
            parent->low = node->low;
    }
    if (node->low != node->number)
        return;
    do {
        popped = graph->stack[--graph->stack_length];
        graph->nodes[popped].on_stack = false;
        graph->nodes[popped].component = graph->components;
    } while (popped != table);
    graph->components++;
}

static void visit(graph_t *graph, size_t start)
{
    enter(graph, start);
    while (graph->path_length > 0) {
        size_t at = graph->path[graph->path_length - 1];
        const aq__table_t *table = graph->metadata->tables[at], *other;
        node_t *node = &graph->nodes[at];

        if (node->next == table->constraint_count) {
            leave(graph, at);
            continue;
        }
        other = awaited(table->constraints[node->next++]);
        if (other == NULL)
            continue;
        if (graph->nodes[other->position].number == 0)
            enter(graph, other->position);
        else if (graph->nodes[other->position].on_stack && graph->nodes[other->position].number < node->low)
            node->low = graph->nodes[other->position].number;
    }
}

/* Goes through the tables so that those that are referred to have their depth already. */
static size_t mark_cycles_and_depths(graph_t *graph)
{
    size_t by_alter = 0;

    for (size_t i = 0; i < graph->finished_count; i++) {
        aq__table_t *table = graph->metadata->tables[graph->finished[i]];
        node_t *node = &graph->nodes[table->position];

        for (size_t j = 0; j < table->constraint_count; j++) {
            aq__constraint_t *constraint = table->constraints[j];
            const aq__table_t *other = awaited(constraint);
            const node_t *awaited_node = other != NULL ? &graph->nodes[other->position] : NULL;

            constraint->by_alter = other != NULL && awaited_node->component == node->component;
            if (constraint->by_alter)
                by_alter++;
            else if (other != NULL && awaited_node->depth >= node->depth)
                node->depth = awaited_node->depth + 1;
        }
    }
    return by_alter;
}

/* A counting sort: stable. `counts` has room for one more than there are tables. */
static void sort_by_depth(const graph_t *graph, aq__table_t **sorted, size_t *counts)
{
    size_t count = graph->metadata->table_count;

    memset(counts, 0, (count + 1) * sizeof(*counts));
    for (size_t i = 0; i < count; i++)
        counts[graph->nodes[i].depth + 1]++;
    for (size_t i = 1; i < count; i++)
        counts[i] += counts[i - 1];
    for (size_t i = 0; i < count; i++)
        sorted[counts[graph->nodes[i].depth]++] = graph->metadata->tables[i];
}

/* In the order of creation as well, which a database that was made so has too. */
static void collect_by_alter(aq__metadata_t *metadata, aq__constraint_t **foreign_keys)
{
    metadata->by_alter_count = 0;
    for (size_t i = 0; i < metadata->table_count; i++) {
        const aq__table_t *table = metadata->ordered_tables[i];

        for (size_t j = 0; j < table->constraint_count; j++)
            if (table->constraints[j]->by_alter)
                foreign_keys[metadata->by_alter_count++] = table->constraints[j];
    }
    metadata->foreign_keys_by_alter = foreign_keys;
}

int aq__metadata_order(aq__metadata_t *metadata)
{
    size_t count = metadata->table_count;
    graph_t graph = {.metadata = metadata};
    aq_arena_t *scratch = aq_arena_create();
    aq__table_t **sorted = aq_arena_alloc(metadata->arena, count * sizeof(*sorted));
    aq__constraint_t **foreign_keys = NULL;

    if (scratch != NULL) {
        graph.nodes = aq_arena_calloc(scratch, count, sizeof(*graph.nodes));
        graph.path = aq_arena_calloc(scratch, count + 1, sizeof(*graph.path));
        graph.stack = aq_arena_calloc(scratch, count, sizeof(*graph.stack));
        graph.finished = aq_arena_calloc(scratch, count, sizeof(*graph.finished));
    }
    if (sorted != NULL && graph.nodes != NULL && graph.path != NULL && graph.stack != NULL &&
        graph.finished != NULL) {
        for (size_t i = 0; i < count; i++)
            if (graph.nodes[i].number == 0)
                visit(&graph, i);
        foreign_keys =
            aq_arena_alloc(metadata->arena, mark_cycles_and_depths(&graph) * sizeof(*foreign_keys));
    }
    if (foreign_keys != NULL) {
        sort_by_depth(&graph, sorted, graph.path);
        metadata->ordered_tables = sorted;
        collect_by_alter(metadata, foreign_keys);
    }
    aq_arena_close(scratch);
    return foreign_keys != NULL ? AQ_OK : AQ_ENOMEM;
}
