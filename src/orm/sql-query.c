/* Queries of one's own SQL: a statement, its values, and the bind that has its tables.
 *
 * The happy path: the tables are all in one bind. The failure modes: values that do not fit the parameters, tables of several binds. */
#include "src/orm/query.h"
#include "src/orm/session.h"

/* ---- Binds ---------------------------------------------------------------------------------------------------------------------------------- */

static bool same_schema(const char *a, const char *b)
{
    a = a != NULL ? a : "public";
    b = b != NULL ? b : "public";
    return strcmp(a, b) == 0;
}

static bool has_table(const aq__metadata_t *metadata, const char *schema, const char *name)
{
    for (size_t i = 0; i < metadata->table_count; i++)
        if (strcmp(metadata->tables[i]->name, name) == 0 && same_schema(metadata->tables[i]->schema, schema))
            return true;
    return false;
}

static bool same_bind(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

/* How many of its tables are in any bind, and in this one. */
static size_t count_here(const aq__sql_template_t *sql, const aq__metadata_t *metadata)
{
    size_t count = 0;

    for (size_t i = 0; i < sql->table_count; i++)
        count += has_table(metadata, sql->schemas[i], sql->tables[i]);
    return count;
}

static const aq__metadata_t *where_is(const aq__model_registry_t *registry, const aq__sql_template_t *sql,
                                      size_t table, const aq__metadata_t *not_in)
{
    for (size_t i = 0; i < registry->metadata_count; i++)
        if (registry->metadatas[i] != not_in &&
            has_table(registry->metadatas[i], sql->schemas[table], sql->tables[table]))
            return registry->metadatas[i];
    return NULL;
}

static size_t count_known(const aq__model_registry_t *registry, const aq__sql_template_t *sql)
{
    size_t count = 0;

    for (size_t i = 0; i < sql->table_count; i++)
        count += where_is(registry, sql, i, NULL) != NULL;
    return count;
}

static const char *bind_name(aq_arena_t *arena, const aq__metadata_t *metadata)
{
    const char *name =
        metadata->bind != NULL ? aq_arena_printf(arena, "bind '%s'", metadata->bind) : "the default bind";

    return name != NULL ? name : "a bind";
}

/* Two tables that are not together anywhere. */
static int refuse_binds(aq_query_t *query, const aq__model_registry_t *registry)
{
    const aq__sql_template_t *sql = query->sql;
    aq_arena_t *arena = query->session->arena;
    size_t first = 0, second;
    const aq__metadata_t *one, *other = NULL;

    while (where_is(registry, sql, first, NULL) == NULL)
        first++;
    one = where_is(registry, sql, first, NULL);
    for (second = first + 1; second < sql->table_count; second++) {
        other = where_is(registry, sql, second, one);
        if (other != NULL && !has_table(one, sql->schemas[second], sql->tables[second]))
            break;
    }
    if (second == sql->table_count)
        return aq__template_refuse(
            arena, &query->bind_error, AQ_EINVAL,
            "sql: no bind has all of its tables: aq_query_set_bind() says where it runs");
    return aq__template_refuse(arena, &query->bind_error, AQ_EINVAL,
                               "sql: table '%s' is in %s and table '%s' in %s: a statement runs on one bind",
                               sql->tables[first], bind_name(arena, one), sql->tables[second],
                               bind_name(arena, other));
}

/* That of the model where it will do, else the first that has them all. */
static int find_bind(aq_query_t *query)
{
    const aq__model_registry_t *registry = query->session->mappers->registry;
    size_t known = count_known(registry, query->sql);
    const aq__metadata_t *found = NULL;

    query->bind = query->mapper != NULL ? query->mapper->bind : NULL;
    for (size_t i = 0; known > 0 && i < registry->metadata_count; i++) {
        const aq__metadata_t *metadata = registry->metadatas[i];

        if (count_here(query->sql, metadata) != known)
            continue;
        if (found == NULL || same_bind(metadata->bind, query->bind))
            found = metadata;
    }
    if (found != NULL)
        query->bind = found->bind;
    return known == 0 || found != NULL ? AQ_OK : refuse_binds(query, registry);
}

/* ---- Values -------------------------------------------------------------------------------------------------------------------------------------- */

static aq_query_t *create(aq_session_t *session, const aq_model_t *model, const char *text)
{
    aq_query_t *query = aq__query_begin(session);

    if (query == NULL)
        return aq__query_of_no_memory(session);
    if (text == NULL)
        return aq__query_refuse(query, AQ_EINVAL, "sql: the text is NULL");
    query->sql = aq__texts_find(session, aq__statement_read, text);
    if (query->sql == NULL)
        return aq__query_refuse_last(query);
    if (query->sql->error != NULL) {
        query->error = query->sql->error;
        return query;
    }
    query->mapper = model != NULL ? aq__mappers_find(session->mappers, model) : NULL;
    if (model != NULL && query->mapper == NULL)
        return aq__query_refuse_last(query);
    query->bind_error = query->sql->unparsed;
    if (query->sql->unparsed == NULL && find_bind(query) != AQ_OK)
        return aq__query_refuse_last(query);
    return query;
}

aq_query_t *aq_sql(aq_session_t *session, const aq_model_t *model, const char *text,
                   const aq_arguments_t *arguments)
{
    aq_query_t *query = create(session, model, text);
    size_t given = arguments != NULL ? arguments->count : 0;

    if (query->error != NULL)
        return query;
    if (query->sql->name_count > 0)
        return aq__query_refuse(query, AQ_EARGUMENTS,
                                "sql: its parameters have names, as :%s: aq_sql_named()",
                                query->sql->names[0]);
    if (given != query->sql->parameter_count)
        return aq__query_refuse(query, AQ_EARGUMENTS, "sql: it has %zu parameters, and %zu values were given",
                                query->sql->parameter_count, given);
    return aq__arguments_copy(session->arena, arguments, &query->arguments) == AQ_OK
               ? query
               : aq__query_refuse_last(query);
}

static const aq_named_value_t *find_value(const aq_named_values_t *values, const char *name)
{
    for (size_t i = 0; values != NULL && i < values->count; i++)
        if (values->items[i].name != NULL && strcmp(values->items[i].name, name) == 0)
            return &values->items[i];
    return NULL;
}

static bool has_name(const aq__sql_template_t *sql, const char *name)
{
    for (size_t i = 0; i < sql->name_count; i++)
        if (strcmp(sql->names[i], name) == 0)
            return true;
    return false;
}

/* Each value is for a parameter. */
static bool check_names(aq_query_t *query, const aq_named_values_t *values)
{
    for (size_t i = 0; values != NULL && i < values->count; i++) {
        const char *name = values->items[i].name;

        if (name == NULL || !has_name(query->sql, name))
            aq__query_refuse(query, AQ_EARGUMENTS, "sql: it has no parameter :%s",
                             name != NULL ? name : "NULL");
    }
    if (query->sql->name_count == 0 && query->sql->parameter_count > 0)
        aq__query_refuse(query, AQ_EARGUMENTS, "sql: its parameters have numbers, as $1: aq_sql()");
    return query->error == NULL;
}

aq_query_t *aq_sql_named(aq_session_t *session, const aq_model_t *model, const char *text,
                         const aq_named_values_t *values)
{
    aq_query_t *query = create(session, model, text);
    aq_value_t *taken;
    size_t count;

    if (query->error != NULL || !check_names(query, values))
        return query;
    count = query->sql->name_count;
    taken = aq_arena_calloc(session->arena, count, sizeof(*taken));
    if (taken == NULL)
        return aq__query_refuse_last(query);
    for (size_t i = 0; i < count; i++) {
        const aq_named_value_t *value = find_value(values, query->sql->names[i]);

        if (value == NULL)
            return aq__query_refuse(query, AQ_EARGUMENTS, "sql: parameter :%s has no value",
                                    query->sql->names[i]);
        if (aq__value_copy(session->arena, &value->value, &taken[i]) != AQ_OK)
            return aq__query_refuse_last(query);
    }
    query->arguments = (aq_arguments_t){count, taken};
    return query;
}
