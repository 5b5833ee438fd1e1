/* Metadata as others see it: aquifer/metadata.h. */
#include "aquifer/metadata.h"
#include "src/schema/ddl.h"

void aq_metadata_close(aq_metadata_t *metadata)
{
    aq__metadata_close(metadata);
}

const char *aq_metadata_bind(const aq_metadata_t *metadata)
{
    return metadata->bind;
}

size_t aq_metadata_table_count(const aq_metadata_t *metadata)
{
    return metadata->table_count;
}

static const aq__table_t *table_at(const aq_metadata_t *metadata, size_t table)
{
    return table < metadata->table_count ? metadata->ordered_tables[table] : NULL;
}

const char *aq_metadata_table_name(const aq_metadata_t *metadata, size_t table)
{
    const aq__table_t *at = table_at(metadata, table);

    return at != NULL ? at->name : NULL;
}

const char *aq_metadata_table_schema(const aq_metadata_t *metadata, size_t table)
{
    const aq__table_t *at = table_at(metadata, table);

    return at != NULL ? at->schema : NULL;
}

const char *aq_metadata_table_comment(const aq_metadata_t *metadata, size_t table)
{
    const aq__table_t *at = table_at(metadata, table);

    return at != NULL ? at->comment : NULL;
}

size_t aq_metadata_column_count(const aq_metadata_t *metadata, size_t table)
{
    const aq__table_t *at = table_at(metadata, table);

    return at != NULL ? at->column_count : 0;
}

int aq_metadata_column(const aq_metadata_t *metadata, size_t table, size_t column, aq_column_info_t *info)
{
    const aq__table_t *of = table_at(metadata, table);
    const aq__column_t *at;

    *info = (aq_column_info_t){0};
    if (of == NULL)
        return aq__fail(AQ_EINVAL, "metadata: table %zu of %zu", table, metadata->table_count);
    if (column >= of->column_count)
        return aq__fail(AQ_EINVAL, "metadata: table '%s': column %zu of %zu", of->name, column,
                        of->column_count);
    at = of->columns[column];
    *info = (aq_column_info_t){
        .name = at->name,
        .type = at->sql_type,
        .not_null = at->not_null,
        .primary_key = of->primary_key != NULL && aq__constraint_has_column(of->primary_key, at),
        .serial = at->autoincrement == AQ_SERIAL,
        .identity = at->autoincrement == AQ_IDENTITY || at->autoincrement == AQ_IDENTITY_ALWAYS,
        .server_default = at->server_default,
        .generated = at->generated,
        .comment = at->comment,
    };
    return AQ_OK;
}

ptrdiff_t aq_metadata_find(const aq_metadata_t *metadata, const char *schema, const char *table)
{
    const aq__table_t *found = table != NULL ? aq__metadata_table(metadata, schema, table) : NULL;

    for (size_t i = 0; found != NULL && i < metadata->table_count; i++)
        if (metadata->ordered_tables[i] == found)
            return (ptrdiff_t)i;
    return -1;
}

size_t aq_metadata_problem_count(const aq_metadata_t *metadata)
{
    return metadata->problems.count;
}

const char *aq_metadata_problem(const aq_metadata_t *metadata, size_t problem)
{
    return problem < metadata->problems.count ? metadata->problems.items[problem].text : NULL;
}

void aq_metadata_append_ddl(const aq_metadata_t *metadata, aq_text_t *sql)
{
    aq__ddl_append(sql, metadata);
}

void aq_metadata_append_table_ddl(const aq_metadata_t *metadata, size_t table, aq_text_t *sql)
{
    const aq__table_t *at = table_at(metadata, table);

    if (at != NULL)
        aq__ddl_append_table(sql, at);
}
