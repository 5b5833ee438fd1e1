/* Units as data: texts and encoded arguments, copied. Nothing is looked up before the unit is sent, so that making one needs
 * neither a context nor a connection. The first error is kept and given to whoever sends it. */
#include <string.h>

#include "src/wire/observe.h"
#include "src/wire/query.h"

aq_unit_t *aq_unit_create(void)
{
    aq_unit_t *unit = aq__calloc(1, sizeof *unit);

    if (unit == NULL || (unit->arena = aq_arena_create()) == NULL) {
        aq__free(unit);
        aq__fail(AQ_ENOMEM, "unit: out of memory");
        return NULL;
    }
    return unit;
}

void aq_unit_close(aq_unit_t *unit)
{
    if (unit == NULL)
        return;
    for (size_t i = 0; i < unit->count; i++) {
        PQclear(unit->items[i].result);
        aq_rows_close(unit->items[i].rows);
        aq__free(unit->blocks[i]);
    }
    aq_results_close(unit->salvaged);
    aq__free(unit->items);
    aq__free(unit->texts);
    aq__free(unit->blocks);
    aq_arena_close(unit->arena);
    aq__free(unit);
}

/* The three arrays grow together; each stays valid when another cannot. */
static bool grow(aq_unit_t *unit)
{
    size_t capacity = unit->capacity > 0 ? unit->capacity * 2 : 8;
    void *items, *texts, *blocks;

    if (unit->count < unit->capacity)
        return true;
    items = aq__realloc(unit->items, capacity * sizeof *unit->items);
    if (items != NULL)
        unit->items = items;
    texts = aq__realloc(unit->texts, capacity * sizeof *unit->texts);
    if (texts != NULL)
        unit->texts = texts;
    blocks = aq__realloc(unit->blocks, capacity * sizeof *unit->blocks);
    if (blocks != NULL)
        unit->blocks = blocks;
    if (items == NULL || texts == NULL || blocks == NULL)
        return false;
    unit->capacity = capacity;
    return true;
}

static int add(aq_unit_t *unit, aq__own_t own, const char *sql, const aq_arguments_t *arguments)
{
    size_t bytes;
    void *block;
    char *text;
    int rc;

    if (sql == NULL)
        return aq__fail(AQ_EINVAL, "unit: statement %zu is NULL", unit->count);
    rc = aq__encode_measure(arguments, &bytes);
    if (rc != AQ_OK)
        return rc;
    text = aq_arena_strdup(unit->arena, sql);
    if (text == NULL || !grow(unit) || (block = aq__malloc(bytes > 0 ? bytes : 1)) == NULL)
        return aq__fail(AQ_ENOMEM, "unit: statement %zu: out of memory", unit->count);
    memset(&unit->items[unit->count], 0, sizeof unit->items[0]);
    aq__encode(arguments, block, &unit->items[unit->count].parameters);
    unit->texts[unit->count] = (aq__unit_text_t){text, own};
    unit->blocks[unit->count] = block;
    if (unit->observe != NULL)
        unit->observe(unit->observer, sql, arguments);
    return (int)unit->count++;
}

int aq__unit_add_own(aq_unit_t *unit, aq__own_t own, const char *sql, const aq_arguments_t *arguments)
{
    static const aq_error_t no_memory = {.code = AQ_ENOMEM, .message = "unit: out of memory"};
    int rc;

    if (unit == NULL) /* aq_unit_create had no memory: aq_send fails as well */
        return aq__fail(AQ_EINVAL, "unit: there is none (NULL)");
    rc = add(unit, own, sql, arguments);
    if (rc < 0 && unit->error == NULL) {
        unit->error = aq__error_dup(unit->arena, aq_last_error());
        if (unit->error == NULL)
            unit->error = (aq_error_t *)(uintptr_t)&no_memory;
    }
    return rc;
}

void aq__unit_observe(aq_unit_t *unit, aq__unit_observe_cb observe, void *observer)
{
    if (unit == NULL)
        return;
    unit->observe = observe;
    unit->observer = observer;
}

size_t aq__unit_count(const aq_unit_t *unit)
{
    return unit != NULL ? unit->count : 0;
}

int aq_unit_add(aq_unit_t *unit, const char *sql, const aq_arguments_t *arguments)
{
    return aq__unit_add_own(unit, AQ__OWN_NOT, sql, arguments);
}

size_t aq_results_count(const aq_results_t *results)
{
    return results->count;
}

aq_rows_t *aq_results_rows(aq_results_t *results, size_t statement)
{
    return statement < results->count ? results->rows[statement] : NULL;
}

void aq_results_close(aq_results_t *results)
{
    if (results == NULL)
        return;
    for (size_t i = 0; i < results->count; i++)
        aq_rows_close(results->rows[i]);
    aq__free(results);
}
