/* The relations of mappers: relationships as pairs of members.
 *
 * The happy path: the columns that link two tables are members on both sides; each relation finds them, then its reverse.
 * The failure modes: more to-one relationships than an object has bits for, and a link by a column that is no member: a problem each. */
#include "src/orm/mapper-private.h"

enum { MOST_ONES = 32 }; /* bits of an object's state */

static int refuse(const aq__relation_t *relation, const aq__mapper_t *of, const aq__column_t *column,
                  aq__problems_t *problems)
{
    return aq__problem_add(problems, relation->relationship->source,
                           "%s.%s: it links by column '%s' of table '%s', which is no member of %s",
                           relation->mapper->name, relation->name, column->name, column->table->name,
                           of->name);
}

static int find_field(const aq__relation_t *relation, const aq__mapper_t *mapper, const aq__column_t *column,
                      const aq__field_t **field, aq__problems_t *problems)
{
    *field = aq__mapper_field_of(mapper, column);
    return *field != NULL ? AQ_OK : refuse(relation, mapper, column, problems);
}

static int link_directly(aq__relation_t *relation, aq_arena_t *arena, aq__problems_t *problems)
{
    const aq__relationship_t *relationship = relation->relationship;
    int code = AQ_OK;

    relation->pairs = aq_arena_calloc(arena, relationship->pair_count, sizeof(*relation->pairs));
    if (relation->pairs == NULL)
        return AQ_ENOMEM;
    for (; relation->pair_count < relationship->pair_count && code == AQ_OK; relation->pair_count++) {
        const aq__pair_t *columns = &relationship->pairs[relation->pair_count];
        aq__field_pair_t *pair = &relation->pairs[relation->pair_count];

        code = find_field(relation, relation->mapper, columns->near, &pair->near, problems);
        if (code == AQ_OK)
            code = find_field(relation, relation->target, columns->far, &pair->far, problems);
    }
    return code;
}

/* One side of the table between. */
static int link_side(const aq__relation_t *relation, const aq__mapper_t *mapper, const aq__pair_t *pairs,
                     size_t count, bool near, const aq__field_t **fields, const aq__column_t **columns,
                     aq__problems_t *problems)
{
    int code = AQ_OK;

    for (size_t i = 0; i < count && code == AQ_OK; i++) {
        columns[i] = near ? pairs[i].far : pairs[i].near;
        code = find_field(relation, mapper, near ? pairs[i].near : pairs[i].far, &fields[i], problems);
    }
    return code;
}

static int link_through(aq__relation_t *relation, aq_arena_t *arena, aq__problems_t *problems)
{
    const aq__relationship_t *relationship = relation->relationship;
    size_t near = relationship->pair_count, far = relationship->secondary_pair_count;
    int code;

    relation->secondary = relationship->secondary;
    relation->secondary_sql =
        aq__mapper_quote(arena, relationship->secondary->schema, relationship->secondary->name);
    relation->near_fields = aq_arena_calloc(arena, near, sizeof(*relation->near_fields));
    relation->near_columns = aq_arena_calloc(arena, near, sizeof(*relation->near_columns));
    relation->far_fields = aq_arena_calloc(arena, far, sizeof(*relation->far_fields));
    relation->far_columns = aq_arena_calloc(arena, far, sizeof(*relation->far_columns));
    if (relation->secondary_sql == NULL || relation->near_fields == NULL || relation->near_columns == NULL ||
        relation->far_fields == NULL || relation->far_columns == NULL)
        return AQ_ENOMEM;
    relation->near_count = near;
    relation->far_count = far;
    code = link_side(relation, relation->mapper, relationship->pairs, near, true, relation->near_fields,
                     relation->near_columns, problems);
    return code == AQ_OK ? link_side(relation, relation->target, relationship->secondary_pairs, far, false,
                                     relation->far_fields, relation->far_columns, problems)
                         : code;
}

static int set_order(aq__relation_t *relation, aq_arena_t *arena)
{
    const aq__relationship_t *relationship = relation->relationship;

    relation->order_fields =
        aq_arena_calloc(arena, relationship->order_count, sizeof(*relation->order_fields));
    for (size_t i = 0; i < relationship->order_count && relation->order_fields != NULL; i++)
        relation->order_fields[i] = aq__mapper_field_of(relation->target, relationship->order[i].column);
    return relation->order_fields != NULL ? AQ_OK : AQ_ENOMEM;
}

/* What it says of itself. A backref says nothing: its options are those of the other side. */
static void set_options(aq__relation_t *relation)
{
    const aq__relationship_t *relationship = relation->relationship;
    const aq_relationship_t *declared = relationship->declared;

    relation->lazy = relationship->lazy;
    relation->cascade = relationship->cascade;
    relation->passive_deletes = relationship->passive_deletes;
    relation->post_update = declared->post_update;
    relation->query_class = relationship->is_backref ? NULL : declared->query_class;
    if (relation->query_class == NULL)
        relation->query_class = relation->target->query_class;
}

static int make_relation(aq__mapper_t *mapper, const aq__relationship_t *relationship,
                         aq__relation_t *relation, aq__problems_t *problems)
{
    aq_arena_t *arena = mapper->mappers->arena;
    int code;

    relation->relationship = relationship;
    relation->name = relationship->name;
    relation->mapper = mapper;
    relation->target = aq__mapper_of_model(mapper->mappers, relationship->target);
    relation->index = (size_t)(relation - mapper->relations);
    relation->offset = relationship->offset;
    relation->many = relationship->many;
    relation->direction = relationship->direction;
    if (!relation->many)
        relation->bit = (unsigned)mapper->one_count++;
    if (relation->target == NULL)
        return aq__problem_add(problems, relationship->source, "%s.%s: '%s' is abstract: it has no rows",
                               mapper->name, relation->name, relationship->target->name);
    set_options(relation);
    code = relation->direction == AQ__MANY_TO_MANY ? link_through(relation, arena, problems)
                                                   : link_directly(relation, arena, problems);
    return code == AQ_OK ? set_order(relation, arena) : code;
}

static int make_relations(aq__mapper_t *mapper, aq__problems_t *problems)
{
    const aq__model_t *model = mapper->model;

    mapper->relations =
        aq_arena_calloc(mapper->mappers->arena, model->relationship_count, sizeof(*mapper->relations));
    if (mapper->relations == NULL)
        return AQ_ENOMEM;
    for (; mapper->relation_count < model->relationship_count; mapper->relation_count++)
        if (make_relation(mapper, model->relationships[mapper->relation_count],
                          &mapper->relations[mapper->relation_count], problems) == AQ_ENOMEM)
            return AQ_ENOMEM;
    if (mapper->one_count <= MOST_ONES)
        return AQ_OK;
    return aq__problem_add(problems, aq__model_source(model->declared),
                           "%s: it has %zu to-one relationships: at most %d are allowed", mapper->name,
                           mapper->one_count, MOST_ONES);
}

static const aq__relation_t *find_reverse(const aq__relation_t *relation)
{
    const aq__mapper_t *target = relation->target;

    for (size_t i = 0; target != NULL && i < target->relation_count; i++)
        if (target->relations[i].relationship == relation->relationship->reverse)
            return &target->relations[i];
    return NULL;
}

/* One side of the two that says post_update is enough. */
static void tie(aq__relation_t *relation)
{
    relation->reverse = relation->relationship->reverse != NULL ? find_reverse(relation) : NULL;
    if (relation->reverse != NULL && relation->relationship->reverse->declared->post_update)
        relation->post_update = true;
}

int aq__mappers_relate(aq__mappers_t *mappers, aq__problems_t *problems)
{
    for (size_t i = 0; i < mappers->count; i++)
        if (make_relations(mappers->items[i], problems) == AQ_ENOMEM)
            return AQ_ENOMEM;
    for (size_t i = 0; i < mappers->count; i++)
        for (size_t j = 0; j < mappers->items[i]->relation_count; j++)
            tie(&mappers->items[i]->relations[j]);
    return AQ_OK;
}
