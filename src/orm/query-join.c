/* What leads from one model to another: joins, and the objects that a relationship of one object leads to.
 *
 * The happy path: the relationship is found in the mapper, and where it starts among the uses of models that the query has. The failure modes: a member that is no relationship, a model that the query does
 * not have yet, one that it has already and that could not be told from the other. */
#include "src/orm/query.h"
#include "src/orm/session.h"

enum { NOWHERE = -1 };

/* ---- Joins ---------------------------------------------------------------------------------------------------------------------------- */

/* The use that `from` names, or the first of the model; NOWHERE: there is none. */
static int find_source(const aq_query_t *query, const aq__mapper_t *mapper, const char *from)
{
    for (size_t i = 0; i < query->source_count; i++) {
        const aq__query_source_t *source = &query->sources[i];

        if (aq__mapper_is_a(source->mapper, mapper) &&
            (from == NULL || (source->name != NULL && strcmp(source->name, from) == 0)))
            return (int)i;
    }
    return NOWHERE;
}

static int find_joined(const aq_query_t *query, const aq__query_source_t *wanted)
{
    for (size_t i = 1; i < query->source_count; i++) {
        const aq__query_source_t *source = &query->sources[i];

        if (source->relation == wanted->relation && source->from == wanted->from && source->name == NULL &&
            source->outer == wanted->outer)
            return (int)i;
    }
    return NOWHERE;
}

/* A model that comes twice must have a name, since columns could not tell which is meant. */
static bool can_add(aq_query_t *query, const aq__query_source_t *source)
{
    for (size_t i = 0; i < query->source_count; i++) {
        const aq__query_source_t *other = &query->sources[i];

        if (source->name == NULL && other->mapper == source->mapper)
            aq__query_refuse(query, AQ_EINVAL,
                             "join: '%s' is in the query already: aq_join_as() gives this use of it a name",
                             source->mapper->name);
        else if (source->name != NULL && other->name != NULL && strcmp(source->name, other->name) == 0)
            aq__query_refuse(query, AQ_EINVAL, "join: the name '%s' is given twice", source->name);
        else
            continue;
        return false;
    }
    return true;
}

/* Joining twice along the same relationship is joining once. */
static aq_query_t *add_source(aq_query_t *query, const aq__query_source_t *source)
{
    if (source->name == NULL && find_joined(query, source) != NOWHERE)
        return query;
    if (can_add(query, source) &&
        aq__query_grow(query, &query->sources, query->source_count, sizeof(*query->sources)))
        query->sources[query->source_count++] = *source;
    return query;
}

static const aq__relation_t *find_relation(aq_query_t *query, const aq__mapper_t *mapper, size_t offset,
                                           const char *verb)
{
    const aq__relation_t *relation = aq__mapper_relation_at(mapper, offset);

    if (relation == NULL)
        aq__query_refuse(query, AQ_EINVAL, "%s: the member of '%s' is not a relationship", verb,
                         mapper->name);
    return relation;
}

aq_query_t *aq_query_join(aq_query_t *query, const aq_model_t *model, size_t offset, const char *from,
                          const char *alias, bool outer)
{
    const aq__mapper_t *mapper;
    aq__query_source_t source = {.outer = outer};
    int at;

    if (!aq__query_takes(query, "join"))
        return query;
    mapper = aq__mappers_find(query->session->mappers, model);
    if (mapper == NULL)
        return aq__query_refuse_last(query);
    at = find_source(query, mapper, from);
    if (at == NOWHERE && from != NULL)
        return aq__query_refuse(query, AQ_EINVAL, "join: no use of '%s' in the query is called '%s'",
                                mapper->name, from);
    if (at == NOWHERE)
        return aq__query_refuse(query, AQ_EINVAL, "join: '%s' is not in the query: aq_join() it first",
                                mapper->name);
    source.relation = find_relation(query, query->sources[at].mapper, offset, "join");
    if (source.relation == NULL)
        return query;
    source.from = (size_t)at;
    source.mapper = source.relation->target;
    source.name = aq_arena_strdup(query->session->arena, alias);
    if (alias != NULL && source.name == NULL)
        return aq__query_refuse_last(query);
    return add_source(query, &source);
}

/* ---- Of one object ------------------------------------------------------------------------------------------------------------------------ */

static aq_query_t *add_parent(aq_query_t *query, const void *object, const aq__relation_t *relation)
{
    if (!aq__mapper_is_a(query->mapper, relation->target) &&
        !aq__mapper_is_a(relation->target, query->mapper))
        return aq__query_refuse(query, AQ_EINVAL, "with_parent: '%s.%s' leads to '%s', not to '%s'",
                                relation->mapper->name, relation->name, relation->target->name,
                                query->mapper->name);
    if (aq__query_grow(query, &query->parents, query->parent_count, sizeof(*query->parents)))
        query->parents[query->parent_count++] = (aq__query_parent_t){object, relation};
    return query;
}

aq_query_t *aq_query_with_parent(aq_query_t *query, const void *object, const aq_model_t *model,
                                 size_t offset)
{
    const aq__mapper_t *mapper;
    const aq__relation_t *relation;

    if (!aq__query_takes(query, "with_parent"))
        return query;
    mapper = aq__mappers_find(query->session->mappers, model);
    if (mapper == NULL)
        return aq__query_refuse_last(query);
    if (object == NULL || !aq__mapper_is_a(aq__object_mapper(object), mapper))
        return aq__query_refuse(query, AQ_EINVAL, "with_parent: the object is %s, not of '%s'",
                                object == NULL ? "NULL" : "of another model", mapper->name);
    relation = find_relation(query, aq__object_mapper(object), offset, "with_parent");
    return relation != NULL ? add_parent(query, object, relation) : query;
}

aq_query_t *aq_object_query(const void *object, const aq_model_t *model, size_t offset)
{
    aq_session_t *session = aq__object_cohort(object)->session;
    const aq__mapper_t *mapper = aq__object_mapper(object);
    const aq__relation_t *relation = aq__mapper_relation_at(mapper, offset);
    aq_query_t *query;

    (void)model;
    if (relation == NULL) {
        query = aq_session_query(session, mapper->model->declared);
        return aq__query_refuse(query, AQ_EINVAL, "with_parent: the member of '%s' is not a relationship",
                                mapper->name);
    }
    query = aq_session_query(session, relation->target->model->declared);
    if (query->error != NULL)
        return query;
    if (relation->query_class != NULL)
        query->query_class = relation->query_class;
    query->order = relation->order_fields != NULL ? relation : NULL;
    return add_parent(query, object, relation);
}
