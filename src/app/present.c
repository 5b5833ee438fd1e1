/* What of a metadata is in the database: one query for all of it, whatever the number of tables.
 *
 * The happy path: the things are listed (kind, schema, name), the query gives the places in that list of those that are there, and what each
 * is. A thing without a schema is looked for where CREATE would put it, in the first schema of the search path: what another one has
 * under that name, and what is temporary, is not ours. aq_reflect() and aq_diff() see it so too.
 * The failure mode: no memory. */
#include "src/app/app.h"

#define RELATION "relation"
#define TYPE "type"
#define SCHEMA "schema"

/* $1, $2, $3: the list. */
#define SEARCHED                                                                     \
    "WITH wanted AS (SELECT * FROM unnest($1::text[], $2::text[], $3::text[])"       \
    " WITH ORDINALITY AS w (kind, schema, name, place)),"                            \
    " searched AS (SELECT w.place, w.kind, w.name, n.oid AS namespace FROM wanted w" \
    " JOIN pg_catalog.pg_namespace n ON n.nspname ="                                 \
    " coalesce(w.schema::name, pg_catalog.current_schema()))"

static const char things_query[] =
    SEARCHED " SELECT s.place::int4, c.relkind::text FROM searched s JOIN pg_catalog.pg_class c"
             " ON c.relname = s.name AND c.relnamespace = s.namespace WHERE s.kind = '" RELATION "'"
             " UNION ALL SELECT s.place::int4, t.typtype::text FROM searched s JOIN pg_catalog.pg_type t"
             " ON t.typname = s.name AND t.typnamespace = s.namespace WHERE s.kind = '" TYPE "'"
             " UNION ALL SELECT w.place::int4, 'n' FROM wanted w JOIN pg_catalog.pg_namespace n"
             " ON n.nspname = w.name WHERE w.kind = '" SCHEMA "'";

static const char foreign_keys_query[] =
    SEARCHED ", tables AS (SELECT c.oid, s.place FROM searched s JOIN pg_catalog.pg_class c"
             " ON c.relname = s.name AND c.relnamespace = s.namespace WHERE s.kind = '" RELATION "')"
             " SELECT a.place::int4, b.place::int4, k.conname::text FROM pg_catalog.pg_constraint k"
             " JOIN tables a ON a.oid = k.conrelid JOIN tables b ON b.oid = k.confrelid"
             " WHERE k.contype = 'f' AND k.conparentid = 0 ORDER BY a.place, k.conname";

/* ---- The list -------------------------------------------------------------------------------------------------------------- */

static void list(aq__present_t *present, const char *kind, const char *schema, const char *name)
{
    present->kinds[present->count] = kind;
    present->schemas[present->count] = schema;
    present->names[present->count++] = name;
}

static bool is_no_schema(void *data, const aq__ddl_statement_t *statement)
{
    (void)data;
    return statement->step != AQ__DDL_SCHEMA;
}

static int list_schema(void *data, const aq__ddl_statement_t *statement)
{
    list(data, SCHEMA, NULL, statement->schema);
    return AQ_OK;
}

int aq__present_init(aq__present_t *present, aq_arena_t *arena, const aq__metadata_t *metadata)
{
    size_t things = metadata->table_count + metadata->enum_count + metadata->sequence_count;
    size_t most = 2 * things; /* each may bring a schema */

    *present = (aq__present_t){.metadata = metadata};
    present->kinds = aq_arena_calloc(arena, most, sizeof(*present->kinds));
    present->schemas = aq_arena_calloc(arena, most, sizeof(*present->schemas));
    present->names = aq_arena_calloc(arena, most, sizeof(*present->names));
    present->found = aq_arena_calloc(arena, most, 1);
    present->table_places = aq_arena_calloc(arena, metadata->table_count, sizeof(*present->table_places));
    if (present->kinds == NULL || present->schemas == NULL || present->names == NULL ||
        present->found == NULL || present->table_places == NULL)
        return AQ_ENOMEM;
    for (size_t i = 0; i < metadata->table_count; i++) {
        present->table_places[metadata->ordered_tables[i]->position] = i;
        list(present, RELATION, metadata->ordered_tables[i]->schema, metadata->ordered_tables[i]->name);
    }
    for (size_t i = 0; i < metadata->enum_count; i++)
        list(present, TYPE, metadata->enums[i]->schema, metadata->enums[i]->name);
    for (size_t i = 0; i < metadata->sequence_count; i++)
        list(present, RELATION, metadata->sequences[i]->schema, metadata->sequences[i]->name);
    return aq__ddl_walk(metadata, is_no_schema, list_schema, present);
}

/* ---- The queries ------------------------------------------------------------------------------------------------------------ */

static int add(const aq__present_t *present, aq_unit_t *unit, const char *query)
{
    int index = aq__unit_add_own(unit, AQ__OWN_QUERY, query,
                                 aq_args(aq_text_array(present->kinds, present->count),
                                         aq_text_array(present->schemas, present->count),
                                         aq_text_array(present->names, present->count)));

    return index < 0 ? index : AQ_OK;
}

int aq__present_add_query(const aq__present_t *present, aq_unit_t *unit)
{
    return add(present, unit, things_query);
}

int aq__present_add_foreign_keys_query(const aq__present_t *present, aq_unit_t *unit)
{
    return add(present, unit, foreign_keys_query);
}

int aq__present_read(aq__present_t *present, aq_rows_t *rows)
{
    for (size_t i = 0; i < aq_rows_count(rows); i++) {
        int32_t place = aq_as_int4(aq_cell(rows, i, 0));
        const char *kind = aq_as_text(aq_cell(rows, i, 1));

        if (place >= 1 && (size_t)place <= present->count && kind != NULL)
            present->found[place - 1] = kind[0];
    }
    return aq_rows_error(rows) == NULL ? AQ_OK : aq__fail_with(aq_rows_error(rows));
}

/* ---- What is there ---------------------------------------------------------------------------------------------------------- */

static size_t place_of_enum(const aq__metadata_t *metadata, const aq__enum_t *enumeration)
{
    size_t i = 0;

    while (metadata->enums[i] != enumeration)
        i++;
    return metadata->table_count + i;
}

static size_t place_of_sequence(const aq__metadata_t *metadata, const aq__sequence_t *sequence)
{
    size_t i = 0;

    while (metadata->sequences[i] != sequence)
        i++;
    return metadata->table_count + metadata->enum_count + i;
}

/* Schemas are the last of the list. */
static size_t place_of_schema(const aq__present_t *present, const char *schema)
{
    size_t i = present->count;

    while (present->names[--i] != schema)
        ;
    return i;
}

char aq__present_find(const aq__present_t *present, const aq__ddl_statement_t *statement)
{
    const aq__metadata_t *metadata = present->metadata;

    if (statement->schema != NULL)
        return present->found[place_of_schema(present, statement->schema)];
    if (statement->enumeration != NULL)
        return present->found[place_of_enum(metadata, statement->enumeration)];
    if (statement->sequence != NULL)
        return present->found[place_of_sequence(metadata, statement->sequence)];
    return present->found[present->table_places[statement->table->position]];
}
