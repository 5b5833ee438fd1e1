/* What a live database has, built from the rows of its catalogs.
 *
 * The happy path: rows come in the order of AQ__CATALOG_PART_TABLE, so that each finds what it belongs to; then the metadata is sealed.
 * The failure modes: a row that makes no sense (AQ_EMAPPING; nothing that the server sends), and no memory. Either way the catalog is only
 * good for being closed. What is there but cannot be said in metadata is no failure: it is a problem that metadata->problems tells. */
#include "src/schema/catalog-rows.h"

static const aq__source_t nowhere = {0};

aq__catalog_t *aq__catalog_create(const char *bind)
{
    aq__catalog_t *catalog = aq__calloc(1, sizeof(*catalog));

    if (catalog == NULL)
        return NULL;
    catalog->metadata = aq__metadata_create(bind);
    catalog->scratch = aq_arena_create();
    if (catalog->metadata != NULL && catalog->scratch != NULL)
        return catalog;
    aq__catalog_close(catalog);
    return NULL;
}

void aq__catalog_close(aq__catalog_t *catalog)
{
    if (catalog == NULL)
        return;
    aq__map_dispose(&catalog->enums);
    aq__map_dispose(&catalog->tables);
    aq__map_dispose(&catalog->columns);
    aq__map_dispose(&catalog->constraints);
    aq__map_dispose(&catalog->indexes);
    aq__map_dispose(&catalog->own_indexes);
    aq__metadata_close(catalog->metadata);
    aq_arena_close(catalog->scratch);
    aq__free(catalog);
}

/* ---- Enums, tables ----------------------------------------------------------------------------------------------------------- */

/* A row for each label, in order; an enum without any has one row, without a label. */
static void add_enum(aq__row_t *row, const aq__catalog_enum_row_t *item)
{
    aq__catalog_t *catalog = row->catalog;
    const char *oid = aq__row_text(row, AQ__CELL(item, oid)), *name = aq__row_text(row, AQ__CELL(item, name));
    aq__enum_t *enumeration = aq__map_get(&catalog->enums, oid, strlen(oid));

    if (row->code == AQ_OK && enumeration == NULL) {
        enumeration = aq__metadata_add_enum(catalog->metadata, item->schema, name, nowhere);
        if (!aq__row_made(row, enumeration))
            return;
        enumeration->comment = aq__row_copy(row, item->comment);
        aq__row_put(row, AQ__CELL(item, oid), &catalog->enums, enumeration);
    }
    if (row->code == AQ_OK && item->label != NULL)
        aq__row_did(row, aq__enum_add_label(catalog->metadata, enumeration, item->label));
}

static void add_table(aq__row_t *row, const aq__catalog_table_row_t *item)
{
    const char *name = aq__row_text(row, AQ__CELL(item, name));
    aq__table_t *table;

    if (row->code != AQ_OK)
        return;
    table = aq__metadata_add_table(row->catalog->metadata, item->schema, name, nowhere);
    if (!aq__row_made(row, table))
        return;
    table->comment = aq__row_copy(row, item->comment);
    aq__row_put(row, AQ__CELL(item, oid), &row->catalog->tables, table);
}

/* ---- Rows ------------------------------------------------------------------------------------------------------------------------ */

static int check_part(int part, size_t count)
{
#define ONE(name) +1
#define COUNT(CONSTANT, part) AQ__CATALOG_##CONSTANT##_ROW(ONE),
#define NAME(CONSTANT, part) #part,
    static const size_t counts[] = {AQ__CATALOG_PART_TABLE(COUNT)};
    static const char *const names[] = {AQ__CATALOG_PART_TABLE(NAME)};
#undef NAME
#undef COUNT
#undef ONE

    if (part < 0 || part >= AQ__CATALOG_PARTS)
        return aq__fail(AQ_EMAPPING, "catalog: a row of part %d, which there is not", part);
    if (count != counts[part])
        return aq__fail(AQ_EMAPPING, "catalog: %s: a row of %zu columns, not %zu", names[part], count,
                        counts[part]);
    return AQ_OK;
}

int aq__catalog_add_row(aq__catalog_t *catalog, int part, const char *const *items, size_t count)
{
    aq__row_t row = {.catalog = catalog, .code = check_part(part, count)};

    if (row.code != AQ_OK)
        return row.code;
    switch ((aq__catalog_part_t)part) {
#define add_of(name, add)                   \
    {                                       \
        aq__catalog_##name##_row_t item;    \
                                            \
        row.part = #name;                   \
        memcpy(&item, items, sizeof(item)); \
        add(&row, &item);                   \
        break;                              \
    }
    case AQ__CATALOG_ENUM:
        add_of(enum, add_enum) case AQ__CATALOG_TABLE : add_of(table, add_table) case AQ__CATALOG_COLUMN
            : add_of(column, aq__catalog_add_column) case AQ__CATALOG_SEQUENCE
            : add_of(sequence, aq__catalog_add_sequence) case AQ__CATALOG_CONSTRAINT
            : add_of(constraint, aq__catalog_add_constraint) case AQ__CATALOG_KEY
            : add_of(key, aq__catalog_add_key) case AQ__CATALOG_INDEX
            : add_of(index, aq__catalog_add_index) case AQ__CATALOG_PART
            : add_of(part, aq__catalog_add_part) case AQ__CATALOG_NOTE : add_of(note, aq__catalog_add_note)
#undef add_of
                                                                             case AQ__CATALOG_PARTS : break;
    }
    return row.code;
}

aq__metadata_t *aq__catalog_take(aq__catalog_t *catalog)
{
    aq__metadata_t *metadata = catalog->metadata;

    /* A foreign key to a table that was not read is one problem more. */
    if (aq__metadata_seal(metadata, &metadata->problems) == AQ_ENOMEM)
        return NULL;
    catalog->metadata = NULL;
    return metadata;
}
