/* The happy path: a text is hashed, found, and its one form has the same parameter types. Failure modes: out of memory, and a program
 * that makes texts without end: beyond TEXT_LIMIT the longest unused is forgotten, unless it has a name (those are few: the
 * connections' statement_cache bounds them). */
#include "src/wire/registry.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define TEXT_LIMIT 4096

void aq__registry_init(aq__registry_t *registry, uint64_t own)
{
    memset(registry, 0, sizeof *registry);
    registry->own = own;
    aq__list_init(&registry->recent);
}

void aq__sql_free(aq__sql_t *sql)
{
    aq__prepared_t *form = sql->forms;

    while (form != NULL) {
        aq__prepared_t *next = form->next;

        aq__shape_release(form->shape);
        aq__free(form);
        form = next;
    }
    aq__free(sql);
}

static void forget_sql(aq__registry_t *registry, aq__sql_t *sql)
{
    for (size_t i = 0; i < AQ__REGISTRY_RECENT; i++)
        if (registry->by_address[i] == sql)
            registry->by_address[i] = NULL;
    aq__list_unlink(&sql->recent);
    aq__map_remove(&registry->texts, sql->text, sql->length);
    aq__sql_free(sql);
}

void aq__registry_dispose(aq__registry_t *registry)
{
    aq__list_t *node;

    while ((node = aq__list_first(&registry->recent)) != NULL)
        forget_sql(registry, AQ__CONTAINER_OF(node, aq__sql_t, recent));
    aq__map_dispose(&registry->texts);
}

static bool has_name(const aq__sql_t *sql)
{
    for (const aq__prepared_t *form = sql->forms; form != NULL; form = form->next)
        if (form->id != 0)
            return true;
    return false;
}

static void make_room(aq__registry_t *registry)
{
    AQ__LIST_FOREACH_SAFE(node, &registry->recent) {
        aq__sql_t *sql = AQ__CONTAINER_OF(node, aq__sql_t, recent);

        if (registry->texts.count < TEXT_LIMIT)
            return;
        if (sql->users == 0 && !has_name(sql))
            forget_sql(registry, sql);
    }
}

static aq__sql_t *create(const char *text, size_t length)
{
    aq__sql_t *sql = aq__calloc(1, sizeof *sql + length + 1);

    if (sql == NULL)
        return NULL;
    memcpy(sql->text, text, length);
    sql->length = length;
    aq__list_init(&sql->recent);
    return sql;
}

static aq__sql_t *fail(aq__sql_t *sql, size_t length)
{
    aq__free(sql);
    aq__fail(AQ_ENOMEM, "registering a statement of %zu bytes: out of memory", length);
    return NULL;
}

static aq__sql_t *add(aq__registry_t *registry, const char *text, size_t length)
{
    aq__sql_t *sql;

    make_room(registry);
    sql = create(text, length);
    if (sql == NULL)
        return fail(sql, length);
    sql->forgets = strncasecmp(text, "discard", 7) == 0 || strncasecmp(text, "deallocate", 10) == 0;
    if (aq__statement_parse(sql->text, &sql->statement) != AQ_OK ||
        aq__map_put(&registry->texts, sql->text, length, sql) != AQ_OK)
        return fail(sql, length);
    aq__list_append(&registry->recent, &sql->recent);
    return sql;
}

static aq__sql_t *find_or_add(aq__registry_t *registry, const char *text)
{
    size_t length = strlen(text);
    aq__sql_t *sql = aq__map_get(&registry->texts, text, length);

    return sql != NULL ? sql : add(registry, text, length);
}

aq__sql_t *aq__registry_sql(aq__registry_t *registry, const char *text)
{
    aq__sql_t **slot = &registry->by_address[((uintptr_t)text >> 3) % AQ__REGISTRY_RECENT], *sql = *slot;

    if (sql == NULL || strcmp(sql->text, text) != 0) {
        sql = find_or_add(registry, text);
        if (sql == NULL)
            return NULL;
        *slot = sql;
    }
    if (registry->texts.count > TEXT_LIMIT / 2) { /* the order only matters when something must go */
        aq__list_unlink(&sql->recent);
        aq__list_append(&registry->recent, &sql->recent);
    }
    sql->users++;
    return sql;
}

aq__sql_t *aq__registry_own(aq__own_t own, const char *text, int parameter_count)
{
    size_t length = strlen(text);
    aq__sql_t *sql = create(text, length);

    if (sql == NULL)
        return fail(sql, length);
    aq__statement_own(own, parameter_count, &sql->statement);
    sql->once = true;
    sql->users = 1;
    return sql;
}

static bool same_types(const aq__prepared_t *form, const aq__parameters_t *parameters)
{
    if (form->count != parameters->count)
        return false;
    for (int i = 0; i < form->count; i++)
        if (form->types[i] != parameters->types[i])
            return false;
    return true;
}

aq__prepared_t *aq__registry_form(aq__sql_t *sql, const aq__parameters_t *parameters)
{
    aq__prepared_t *form;
    size_t types;

    for (form = sql->forms; form != NULL; form = form->next)
        if (same_types(form, parameters))
            return form;
    types = (size_t)parameters->count * sizeof(Oid);
    form = aq__calloc(1, sizeof *form + types);
    if (form == NULL) {
        aq__fail(AQ_ENOMEM, "registering a statement with %d parameters: out of memory", parameters->count);
        return NULL;
    }
    form->sql = sql;
    form->count = parameters->count;
    if (types > 0)
        memcpy(form->types, parameters->types, types);
    form->next = sql->forms;
    sql->forms = form;
    return form;
}

void aq__registry_name(aq__registry_t *registry, aq__prepared_t *form)
{
    if (form->id != 0)
        return;
    form->id = ++registry->last_id;
    registry->named++;
    snprintf(form->name, sizeof form->name, "aq_%08x_%u", (unsigned)(registry->own & 0xffffffffu), form->id);
}

void aq__registry_forget(aq__registry_t *registry, aq__prepared_t *form)
{
    if (form->id != 0)
        registry->named--;
    form->id = 0;
    form->described = false;
    form->binary = false;
    aq__shape_release(form->shape);
    form->shape = NULL;
}

void aq__registry_describe(aq__prepared_t *form, const PGresult *result)
{
    int columns = PQnfields(result);

    form->described = true;
    form->binary = true;
    for (int i = 0; i < columns; i++)
        if (!aq__type_is_binary(PQftype(result, i)))
            form->binary = false;
}
