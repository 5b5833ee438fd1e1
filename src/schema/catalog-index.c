/* Indexes, and the parts of all that are made of parts: indexes, exclusion constraints, and what keys include. */
#include "src/schema/catalog-rows.h"

static const aq__source_t nowhere = {0};

void aq__catalog_add_index(aq__row_t *row, const aq__catalog_index_row_t *item)
{
    aq__table_t *table = aq__row_find(row, AQ__CELL(item, table), &row->catalog->tables);
    const char *name = aq__row_text(row, AQ__CELL(item, name)),
               *method = aq__row_text(row, AQ__CELL(item, method));
    aq__index_t *index = row->code == AQ_OK ? aq__table_add_index(table, nowhere) : NULL;

    if (!aq__row_made(row, index))
        return;
    index->name = aq__row_copy(row, name);
    index->unique = aq__row_bool(row, AQ__CELL(item, unique));
    index->nulls_not_distinct = aq__row_bool(row, AQ__CELL(item, nulls_not_distinct));
    index->method = strcmp(method, "btree") != 0 ? aq__row_copy(row, method) : NULL;
    index->where = aq__row_expression(row, AQ__CELL(item, where));
    index->storage = aq__row_copy(row, item->storage);
    index->comment = aq__row_copy(row, item->comment);
    aq__row_put(row, AQ__CELL(item, oid), &row->catalog->indexes, index);
}

/* ---- Parts --------------------------------------------------------------------------------------------------------------------- */

/* The place of the parenthesis that closes the first one; the length: there is none. Quoted texts and names may hold some too. */
static size_t closing(const char *text)
{
    size_t at = 0;
    int depth = 0;

    for (; text[at] != '\0'; at++) {
        if (text[at] == '\'' || text[at] == '"') {
            const char *end = strchr(text + at + 1, text[at]);

            if (end == NULL)
                return strlen(text);
            at = (size_t)(end - text);
        } else if (text[at] == '(') {
            depth++;
        } else if (text[at] == ')' && --depth == 0) {
            break;
        }
    }
    return at;
}

/* The server puts parentheses around what is not a function call: (a + b). DDL puts them there anyway. */
static const char *read_expression(aq__row_t *row, const char *text)
{
    size_t length = strlen(text);
    const char *copy;

    if (length < 2 || text[0] != '(' || closing(text) != length - 1)
        return aq__row_copy(row, text);
    copy = aq_arena_strndup(row->catalog->metadata->arena, text + 1, length - 2);
    aq__row_made(row, copy);
    return copy;
}

static aq_nulls_t read_nulls(aq__row_t *row, const aq__catalog_part_row_t *item, bool descending)
{
    bool first = aq__row_bool(row, AQ__CELL(item, nulls_first));

    if (first == descending) /* as it would be anyway */
        return AQ_NULLS_DEFAULT;
    return first ? AQ_NULLS_FIRST : AQ_NULLS_LAST;
}

static void read_part(aq__row_t *row, const aq__catalog_part_row_t *item, aq__column_t *column,
                      aq__part_t *part)
{
    part->column = column;
    if (column == NULL)
        part->expression = read_expression(row, aq__row_text(row, AQ__CELL(item, expression)));
    part->collation_schema = aq__row_copy(row, item->collation_schema);
    part->collation = aq__row_copy(row, item->collation);
    part->opclass = aq__row_copy(row, item->opclass);
    part->usual_opclass = aq__row_copy(row, item->usual_opclass);
    part->with = aq__row_copy(row, item->operator);
    part->descending = aq__row_bool(row, AQ__CELL(item, descending));
    part->nulls = read_nulls(row, item, part->descending);
}

void aq__catalog_add_part(aq__row_t *row, const aq__catalog_part_row_t *item)
{
    const char *oid = aq__row_text(row, AQ__CELL(item, index));
    aq__constraint_t *constraint = aq__map_get(&row->catalog->own_indexes, oid, strlen(oid));
    aq__index_t *index =
        constraint == NULL ? aq__row_find(row, AQ__CELL(item, index), &row->catalog->indexes) : NULL;
    bool included = aq__row_bool(row, AQ__CELL(item, included));
    aq__column_t *column = NULL;
    aq__part_t *part;

    if (row->code == AQ_OK && (item->column != NULL || included))
        column = aq__row_find_column(row, aq__row_text(row, AQ__CELL(item, column)),
                                     index != NULL ? index->table : constraint->table);
    if (row->code != AQ_OK)
        return;
    if (included) {
        aq__row_did(row, index != NULL ? aq__index_add_include(index, column)
                                       : aq__constraint_add_include(constraint, column));
        return;
    }
    part = index != NULL ? aq__index_add_part(index) : aq__constraint_add_part(constraint);
    if (aq__row_made(row, part))
        read_part(row, item, column, part);
}
