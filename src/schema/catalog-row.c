/* Reading the cells of a row, each with what it must be.
 *
 * The happy path: a text, a number, a thing that was read before. The failure modes: a NULL or a nonsense where none may be, which the server
 * does not send (AQ_EMAPPING, and the message names part and column), and no memory. */
#include <errno.h>
#include <stdlib.h>

#include "src/schema/catalog-rows.h"

static bool is_missing(aq__row_t *row, const char *column, const char *text)
{
    if (row->code == AQ_OK && text == NULL)
        row->code = aq__fail(AQ_EMAPPING, "catalog: %s: '%s' is NULL", row->part, column);
    return row->code != AQ_OK;
}

const char *aq__row_text(aq__row_t *row, const char *column, const char *text)
{
    return is_missing(row, column, text) ? "" : text;
}

const char *aq__row_copy(aq__row_t *row, const char *text)
{
    const char *copy = row->code == AQ_OK ? aq_arena_strdup(row->catalog->metadata->arena, text) : NULL;

    if (row->code == AQ_OK && text != NULL && copy == NULL)
        row->code = AQ_ENOMEM;
    return copy;
}

const char *aq__row_expression(aq__row_t *row, const char *column, const char *text)
{
    if (row->code == AQ_OK && text != NULL && text[0] == '\0')
        row->code = aq__fail(AQ_EMAPPING, "catalog: %s: '%s' is empty", row->part, column);
    return aq__row_copy(row, text);
}

bool aq__row_bool(aq__row_t *row, const char *column, const char *text)
{
    bool yes = text != NULL && strcmp(text, "true") == 0;

    if (!is_missing(row, column, text) && !yes && strcmp(text, "false") != 0)
        row->code = aq__fail(AQ_EMAPPING, "catalog: %s: '%s' is neither true nor false: '%s'", row->part,
                             column, text);
    return yes;
}

static int64_t number_between(aq__row_t *row, const char *column, const char *text, int64_t least,
                              int64_t most)
{
    char *end;
    long long number;

    if (is_missing(row, column, text))
        return 0;
    errno = 0;
    number = strtoll(text, &end, 10);
    if (errno == 0 && end != text && *end == '\0' && number >= least && number <= most)
        return number;
    row->code = aq__fail(AQ_EMAPPING, "catalog: %s: '%s' is no number from %lld to %lld: '%s'", row->part,
                         column, (long long)least, (long long)most, text);
    return 0;
}

int64_t aq__row_number(aq__row_t *row, const char *column, const char *text)
{
    return number_between(row, column, text, INT64_MIN, INT64_MAX);
}

int aq__row_int(aq__row_t *row, const char *column, const char *text)
{
    return (int)number_between(row, column, text, INT32_MIN, INT32_MAX);
}

uint32_t aq__row_oid(aq__row_t *row, const char *column, const char *text)
{
    return (uint32_t)number_between(row, column, text, 1, UINT32_MAX);
}

char aq__row_letter(aq__row_t *row, const char *column, const char *text, const char *letters)
{
    if (is_missing(row, column, text))
        return '\0';
    if (text[0] != '\0' && text[1] == '\0' && strchr(letters, text[0]) != NULL)
        return text[0];
    row->code = aq__fail(AQ_EMAPPING, "catalog: %s: '%s' is none of the letters '%s': '%s'", row->part,
                         column, letters, text);
    return '\0';
}

void *aq__row_find(aq__row_t *row, const char *column, const char *text, const aq__map_t *map)
{
    void *found;

    if (is_missing(row, column, text))
        return NULL;
    found = aq__map_get(map, text, strlen(text));
    if (found == NULL)
        row->code = aq__fail(AQ_EMAPPING, "catalog: %s: '%s' is %s, of which no row came before", row->part,
                             column, text);
    return found;
}

aq__column_t *aq__row_find_column(aq__row_t *row, const char *name, const aq__table_t *table)
{
    aq__column_t *column = row->code == AQ_OK ? aq__table_column(table, name) : NULL;

    if (row->code == AQ_OK && column == NULL)
        row->code =
            aq__fail(AQ_EMAPPING, "catalog: %s: table '%s' has no column '%s'", row->part, table->name, name);
    return column;
}

void aq__row_put(aq__row_t *row, const char *column, const char *text, aq__map_t *map, void *thing)
{
    const char *key;

    if (is_missing(row, column, text))
        return;
    if (aq__map_get(map, text, strlen(text)) != NULL) {
        row->code = aq__fail(AQ_EMAPPING, "catalog: %s: '%s' is %s, of which there is one already", row->part,
                             column, text);
        return;
    }
    key = aq_arena_strdup(row->catalog->scratch, text);
    row->code = key != NULL ? aq__map_put(map, key, strlen(key), thing) : AQ_ENOMEM;
}

bool aq__row_did(aq__row_t *row, int code)
{
    if (row->code == AQ_OK)
        row->code = code;
    return row->code == AQ_OK;
}

bool aq__row_made(aq__row_t *row, const void *thing)
{
    return aq__row_did(row, thing != NULL ? AQ_OK : AQ_ENOMEM);
}
