/* The tables of a flush in the order in which their rows are inserted: those that are referred to first. Rows are deleted the other way.
 *
 * Foreign keys of any table to any other decide, whether a relationship goes along them or not; between tables that have the same number of others before them, the names of the models. Where they run in a circle, one that may be NULL is
 * broken: the row is inserted without it, and it is set when all rows are there; before such rows are deleted it is set to NULL again. One that is initially
 * deferred needs no breaking. Tables that only refer to each other by keys that may not be NULL are one component: their rows are sorted by
 * themselves (plan-level.c), and only if these run in a circle too there is no way.
 *
 * A flush has few tables, so everything here is quadratic in them and simple. */
#include "src/orm/plan-step.h"

#include <stdlib.h>

/* ---- What refers to what ------------------------------------------------------------------------------------------------------------ */

static bool refers(const aq__constraint_t *constraint, const aq__node_t *to)
{
    return constraint->kind == AQ_CONSTRAINT_FOREIGN_KEY && constraint->referred == to->table;
}

static bool can_wait(const aq__constraint_t *constraint)
{
    if (constraint->deferrable == AQ_INITIALLY_DEFERRED)
        return true;
    for (size_t i = 0; i < constraint->column_count; i++)
        if (!constraint->columns[i]->not_null)
            return true;
    return false;
}

/* 0: `from` does not refer to `to`; 1: by keys that can wait; 2: by one that cannot. */
static int strength(const aq__node_t *from, const aq__node_t *to)
{
    int found = 0;

    for (size_t i = 0; i < from->table->constraint_count; i++) {
        const aq__constraint_t *constraint = from->table->constraints[i];

        if (refers(constraint, to))
            found = found == 2 || !can_wait(constraint) ? 2 : 1;
    }
    return found;
}

/* Of a model with joined inheritance each table refers to the one before, foreign key or not. */
static void join_tables(const aq__making_t *making, char *edges)
{
    const aq__graph_t *graph = &making->graph;

    for (size_t m = 0; m < making->mapper_count; m++) {
        const aq__plan_mapper_t *known = making->mappers[m];

        for (size_t t = 1; known != NULL && t < known->mapper->table_count; t++)
            edges[known->nodes[t]->index * graph->count + known->nodes[t - 1]->index] = 2;
    }
}

static char *find_edges(aq__making_t *making)
{
    aq__graph_t *graph = &making->graph;
    char *edges = aq_arena_calloc(making->arena, graph->count, graph->count);

    if (edges == NULL)
        return NULL;
    for (size_t from = 0; from < graph->count; from++)
        for (size_t to = 0; to < graph->count; to++)
            edges[from * graph->count + to] = (char)strength(graph->nodes[from], graph->nodes[to]);
    join_tables(making, edges);
    return edges;
}

/* ---- Components ------------------------------------------------------------------------------------------------------------------------ */

/* Warshall: who is reached by keys that cannot wait. */
static char *find_reach(aq__making_t *making, const char *edges)
{
    size_t n = making->graph.count;
    char *reach = aq_arena_alloc(making->arena, n * n);

    if (reach == NULL)
        return NULL;
    for (size_t i = 0; i < n * n; i++)
        reach[i] = edges[i] == 2;
    for (size_t by = 0; by < n; by++)
        for (size_t from = 0; from < n; from++)
            for (size_t to = 0; reach[from * n + by] && to < n; to++)
                reach[from * n + to] |= reach[by * n + to];
    return reach;
}

/* The component of a node is the first that it reaches and that reaches it. */
static void find_components(aq__graph_t *graph, const char *reach)
{
    size_t n = graph->count;

    for (size_t i = 0; i < n; i++) {
        size_t first = 0;

        while (first < i && !(reach[i * n + first] && reach[first * n + i]))
            first++;
        graph->nodes[i]->component = first;
    }
}

/* Where nothing else decides: the names of the models, and the order of creation of one model's tables. */
static int by_name(const void *left, const void *right)
{
    const aq__node_t *a = *(aq__node_t *const *)left, *b = *(aq__node_t *const *)right;
    int order = strcmp(a->name, b->name);

    return order != 0 ? order : a->position < b->position ? -1 : a->position > b->position;
}

/* ---- Order ------------------------------------------------------------------------------------------------------------------------------ */

/* How strongly the component needs others that are not placed yet. */
static int need(const aq__graph_t *graph, const char *edges, const bool *placed, size_t component)
{
    int most = 0;

    for (size_t from = 0; from < graph->count; from++)
        for (size_t to = 0; to < graph->count; to++) {
            int edge = edges[from * graph->count + to];

            if (graph->nodes[from]->component == component && graph->nodes[to]->component != component &&
                !placed[graph->nodes[to]->component] && edge > most)
                most = edge;
        }
    return most;
}

/* Where a circle is broken create_all breaks it too. */
static bool comes_first(const aq__node_t *node, const aq__node_t *other)
{
    return node->position < other->position;
}

/* The components that come next: all that need nobody, else one that can wait for whom it needs. There always is one: keys that cannot wait make no circle
 * between components. */
static void find_next(const aq__graph_t *graph, const char *edges, const bool *placed, bool *next)
{
    size_t waiting = graph->count;
    bool any = false;

    for (size_t i = 0; i < graph->count; i++) {
        int needs;

        next[i] = false;
        if (placed[i] || graph->nodes[i]->component != i)
            continue;
        needs = need(graph, edges, placed, i);
        next[i] = needs == 0;
        any |= next[i];
        if (needs == 1 && (waiting == graph->count || comes_first(graph->nodes[i], graph->nodes[waiting])))
            waiting = i;
    }
    if (!any)
        next[waiting] = true;
}

static int add_broken(aq__making_t *making, aq__node_t *node, const aq__constraint_t *constraint)
{
    const aq__constraint_t **grown =
        aq_arena_alloc(making->arena, (node->broken_count + 1) * sizeof(*node->broken));

    if (grown == NULL)
        return AQ_ENOMEM;
    if (node->broken_count > 0)
        memcpy(grown, node->broken, node->broken_count * sizeof(*node->broken));
    grown[node->broken_count++] = constraint;
    node->broken = grown;
    return AQ_OK;
}

/* Keys of the component's tables to tables that come later. */
static int break_keys(aq__making_t *making, const bool *placed, size_t component)
{
    aq__graph_t *graph = &making->graph;

    for (size_t from = 0; from < graph->count; from++) {
        aq__node_t *node = graph->nodes[from];

        if (node->component != component)
            continue;
        for (size_t to = 0; to < graph->count; to++)
            for (size_t i = 0; i < node->table->constraint_count; i++) {
                const aq__node_t *referred = graph->nodes[to];

                if (!refers(node->table->constraints[i], referred))
                    continue;
                if (referred->component == component)
                    node->refers_to_component = true;
                else if (!placed[referred->component] &&
                         add_broken(making, node, node->table->constraints[i]) != AQ_OK)
                    return AQ_ENOMEM;
            }
    }
    return AQ_OK;
}

static int place_component(aq__making_t *making, bool *placed, size_t component, aq__node_t **sorted,
                           size_t *count)
{
    const aq__graph_t *graph = &making->graph;

    if (break_keys(making, placed, component) != AQ_OK)
        return AQ_ENOMEM;
    placed[component] = true;
    for (size_t i = 0; i < graph->count; i++)
        if (graph->nodes[i]->component == component)
            sorted[(*count)++] = graph->nodes[i];
    return AQ_OK;
}

static int place(aq__making_t *making, const char *edges)
{
    aq__graph_t *graph = &making->graph;
    bool *placed = aq_arena_calloc(making->arena, 2 * graph->count, sizeof(*placed)),
         *next = placed + graph->count;
    aq__node_t **sorted = aq_arena_alloc(making->arena, graph->count * sizeof(aq__node_t *));
    size_t count = 0;

    if (placed == NULL || sorted == NULL)
        return AQ_ENOMEM;
    while (count < graph->count) {
        find_next(graph, edges, placed, next);
        for (size_t i = 0; i < graph->count; i++)
            if (next[i] && place_component(making, placed, i, sorted, &count) != AQ_OK)
                return AQ_ENOMEM;
    }
    for (size_t i = 0; i < count; i++)
        sorted[i]->index = i;
    graph->nodes = sorted;
    return AQ_OK;
}

/* Rows go before those that they refer to: here those of tables to which none that still stays refers. Broken keys are set to NULL before. */
static bool can_leave(const aq__graph_t *graph, const char *edges, const bool *left, size_t node)
{
    for (size_t from = node + 1; from < graph->count; from++)
        if (!left[from] && edges[from * graph->count + node] != 0)
            return false;
    return true;
}

static int sort_leaving(aq__making_t *making)
{
    aq__graph_t *graph = &making->graph;
    bool *left = aq_arena_calloc(making->arena, graph->count, sizeof(*left));
    const char *edges = find_edges(making);
    size_t count = 0, round;

    graph->leaving = aq_arena_alloc(making->arena, graph->count * sizeof(aq__node_t *));
    if (left == NULL || edges == NULL || graph->leaving == NULL)
        return AQ_ENOMEM;
    while (count < graph->count) {
        round = count;
        for (size_t i = 0; i < graph->count; i++)
            if (!left[i] && can_leave(graph, edges, left, i))
                graph->leaving[count++] = graph->nodes[i];
        qsort(&graph->leaving[round], count - round, sizeof(aq__node_t *), by_name);
        for (; round < count; round++)
            left[graph->leaving[round]->index] = true;
    }
    return AQ_OK;
}

int aq__graph_sort(aq__making_t *making)
{
    aq__graph_t *graph = &making->graph;
    char *edges, *reach;

    if (graph->count == 0)
        return AQ_OK;
    qsort(graph->nodes, graph->count, sizeof(aq__node_t *), by_name);
    for (size_t i = 0; i < graph->count; i++)
        graph->nodes[i]->index = i;
    if ((edges = find_edges(making)) == NULL || (reach = find_reach(making, edges)) == NULL)
        return AQ_ENOMEM;
    find_components(graph, reach);
    return place(making, edges) == AQ_OK ? sort_leaving(making) : AQ_ENOMEM;
}

/* ---- Nodes ------------------------------------------------------------------------------------------------------------------------------ */

bool aq__node_breaks(const aq__node_t *node, const aq__column_t *column)
{
    for (size_t i = 0; i < node->broken_count; i++)
        if (aq__constraint_has_column(node->broken[i], column))
            return true;
    return false;
}

bool aq__node_turns_back(const aq__node_t *node, const aq__column_t *column)
{
    if (!node->refers_to_component)
        return false;
    for (size_t i = 0; i < node->table->constraint_count; i++) {
        const aq__constraint_t *constraint = node->table->constraints[i];

        if (constraint->kind == AQ_CONSTRAINT_FOREIGN_KEY && aq__constraint_has_column(constraint, column))
            return true;
    }
    return false;
}

static size_t position_of(const aq__table_t *table)
{
    const aq__metadata_t *metadata = table->metadata;
    size_t position = 0;

    while (position < metadata->table_count && metadata->ordered_tables[position] != table)
        position++;
    return position;
}

static aq__node_t *node_of(aq__making_t *making, const aq__table_t *table, const char *name)
{
    aq__graph_t *graph = &making->graph;
    aq__node_t *node;

    for (size_t i = 0; i < graph->count; i++)
        if (graph->nodes[i]->table == table)
            return graph->nodes[i];
    if (aq__arena_make_room(making->arena, &graph->nodes, &graph->capacity, graph->count,
                            sizeof graph->nodes[0]) != AQ_OK)
        return NULL;
    if ((node = aq_arena_calloc(making->arena, 1, sizeof(*node))) == NULL)
        return NULL;
    node->table = table;
    node->name = name;
    node->position = position_of(table);
    graph->nodes[graph->count++] = node;
    return node;
}

aq__plan_mapper_t *aq__plan_mapper(aq__making_t *making, const aq__mapper_t *mapper)
{
    aq__plan_mapper_t *known = making->mappers[mapper->index];

    if (known != NULL)
        return known;
    known = aq_arena_calloc(making->arena, 1, sizeof(*known));
    if (known == NULL ||
        (known->nodes = aq_arena_alloc(making->arena, mapper->table_count * sizeof(aq__node_t *))) == NULL ||
        (known->merged = aq_arena_calloc(making->arena, mapper->field_count / 64 + 1, sizeof(uint64_t))) ==
            NULL)
        return NULL;
    known->mapper = mapper;
    for (size_t i = 0; i < mapper->table_count; i++)
        if ((known->nodes[i] = node_of(making, mapper->tables[i].table, mapper->root->name)) == NULL)
            return NULL;
    return making->mappers[mapper->index] = known;
}
