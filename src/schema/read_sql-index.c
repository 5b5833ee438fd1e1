/* CREATE INDEX, and the parts that indexes and exclusion constraints are made of. */
#include "src/schema/naming.h"
#include "src/schema/read_sql-private.h"

static bool is_string(const char *text)
{
    return text != NULL && text[0] != '\0';
}

/* ---- Parts ---------------------------------------------------------------------------------------------------------------- */

/* "lower(email)" is an expression without brackets of its own, (a + b) one with them. `*next` is the token behind it. */
static int read_expression(aq__sql_reader_t *reader, size_t from, size_t end, aq__part_t *part, size_t *next)
{
    bool bracketed = aq__sql_token_is(reader, from, "(");
    size_t open = bracketed ? from : aq__sql_find(reader, from, end, "(");
    size_t close = open < end ? aq__sql_close(reader, open) : from; /* CURRENT_DATE has none at all */

    part->expression =
        bracketed ? aq__sql_expression(reader, from + 1, close) : aq__sql_expression(reader, from, close + 1);
    *next = close + 1;
    return part->expression != NULL ? AQ_OK : AQ_ENOMEM;
}

/* ((email)) is the column: NULL for what is no such thing. */
static aq__column_t *bracketed_column(const aq__table_t *table, const PgQuery__Node *expression)
{
    const PgQuery__ColumnRef *reference =
        expression->node_case == PG_QUERY__NODE__NODE_COLUMN_REF ? expression->column_ref : NULL;

    return reference != NULL && reference->n_fields == 1
               ? aq__table_column(table, aq__sql_last_name(reference->fields, 1))
               : NULL;
}

/* The token behind a name with as many dots as it has. */
static size_t skip_name(const aq__sql_reader_t *reader, size_t token)
{
    for (token++; aq__sql_token_is(reader, token, ".");)
        token += 2;
    return token;
}

static int read_part_collation(aq__sql_reader_t *reader, const PgQuery__IndexElem *element, aq__part_t *part)
{
    const char *schema = aq__sql_first_name(element->collation, element->n_collation);

    if (element->n_collation == 0)
        return AQ_OK;
    if (schema != NULL && strcmp(schema, "pg_catalog") == 0)
        schema = NULL; /* always in the search path */
    part->collation =
        aq_arena_strdup(reader->metadata->arena, aq__sql_last_name(element->collation, element->n_collation));
    part->collation_schema = aq_arena_strdup(reader->metadata->arena, schema);
    return part->collation != NULL && (part->collation_schema != NULL || schema == NULL) ? AQ_OK : AQ_ENOMEM;
}

/* As it was written: its options are names and numbers. */
static int read_opclass(aq__sql_reader_t *reader, const PgQuery__IndexElem *element, size_t from,
                        aq__part_t *part)
{
    size_t end = skip_name(reader, from);

    if (element->n_opclass == 0)
        return AQ_OK;
    if (element->n_opclassopts > 0)
        end = aq__sql_close(reader, end) + 1;
    part->opclass = aq__sql_slice(reader, from, end);
    return part->opclass != NULL ? AQ_OK : AQ_ENOMEM;
}

int aq__sql_read_part(aq__sql_reader_t *reader, aq__table_t *table, const PgQuery__IndexElem *element,
                      size_t from, size_t end, aq__part_t *part)
{
    size_t next = from + 1;

    if (is_string(element->name))
        part->column = aq__table_column(table, element->name);
    else if (read_expression(reader, from, end, part, &next) != AQ_OK)
        return AQ_ENOMEM;
    else if ((part->column = bracketed_column(table, element->expr)) != NULL)
        part->expression = NULL;
    if (read_part_collation(reader, element, part) != AQ_OK)
        return AQ_ENOMEM;
    if (part->collation != NULL)
        next = skip_name(reader, next + 1);
    part->descending = element->ordering == PG_QUERY__SORT_BY_DIR__SORTBY_DESC;
    part->nulls = element->nulls_ordering == PG_QUERY__SORT_BY_NULLS__SORTBY_NULLS_FIRST  ? AQ_NULLS_FIRST
                  : element->nulls_ordering == PG_QUERY__SORT_BY_NULLS__SORTBY_NULLS_LAST ? AQ_NULLS_LAST
                                                                                          : AQ_NULLS_DEFAULT;
    return read_opclass(reader, element, next, part);
}

/* ---- Indexes ---------------------------------------------------------------------------------------------------------------- */

/* The first column of a list that the table does not have; NULL: it has all. */
static const char *missing_column(const aq__table_t *table, PgQuery__Node *const *elements, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *name = elements[i]->index_elem->name;

        if (is_string(name) && aq__table_column(table, name) == NULL)
            return name;
    }
    return NULL;
}

static int read_parts(aq__sql_reader_t *reader, aq__index_t *index, const PgQuery__IndexStmt *statement,
                      size_t open)
{
    size_t from = open + 1;

    for (size_t i = 0; i < statement->n_index_params; i++) {
        size_t end = aq__sql_expression_end(reader, from);
        aq__part_t *part = aq__index_add_part(index);

        if (part == NULL || aq__sql_read_part(reader, index->table, statement->index_params[i]->index_elem,
                                              from, end, part) != AQ_OK)
            return AQ_ENOMEM;
        from = end + 1;
    }
    for (size_t i = 0; i < statement->n_index_including_params; i++)
        if (aq__index_add_include(
                index, aq__table_column(index->table,
                                        statement->index_including_params[i]->index_elem->name)) != AQ_OK)
            return AQ_ENOMEM;
    return AQ_OK;
}

/* What stands behind the parts: WITH (...) and WHERE. */
static int read_rest(aq__sql_reader_t *reader, aq__index_t *index, const PgQuery__IndexStmt *statement,
                     size_t close)
{
    size_t count = reader->statement.count, with = aq__sql_find(reader, close + 1, count, "with"),
           where = aq__sql_find(reader, close + 1, count, "where");

    if (statement->n_options > 0) {
        index->storage = aq__sql_slice(reader, with + 2, aq__sql_close(reader, with + 1));
        if (index->storage == NULL)
            return AQ_ENOMEM;
    }
    if (statement->where_clause != NULL) {
        index->where = aq__sql_expression(reader, where + 1, aq__sql_expression_end(reader, where + 1));
        if (index->where == NULL)
            return AQ_ENOMEM;
    }
    return is_string(statement->table_space)
               ? aq__sql_tell(reader, 0, "%s: TABLESPACE of its index is left out", index->table->name)
               : AQ_OK;
}

static int add_index(aq__sql_reader_t *reader, aq__table_t *table, const PgQuery__IndexStmt *statement)
{
    aq__index_t *index = aq__table_add_index(table, aq__sql_source(reader, 0));
    size_t count = reader->statement.count,
           open = aq__sql_find(reader, aq__sql_token_at(reader, statement->relation->location), count, "(");

    if (index == NULL)
        return AQ_ENOMEM;
    index->unique = statement->unique;
    index->nulls_not_distinct = statement->nulls_not_distinct;
    if (is_string(statement->idxname)) {
        index->name = aq_arena_strdup(reader->metadata->arena, statement->idxname);
        if (index->name == NULL)
            return AQ_ENOMEM;
    }
    if (strcmp(statement->access_method, "btree") != 0) {
        index->method = aq_arena_strdup(reader->metadata->arena, statement->access_method);
        if (index->method == NULL)
            return AQ_ENOMEM;
    }
    if (read_parts(reader, index, statement, open) != AQ_OK)
        return AQ_ENOMEM;
    if (index->name == NULL && aq__sql_name_index(reader, index) != AQ_OK)
        return AQ_ENOMEM;
    return read_rest(reader, index, statement, aq__sql_close(reader, open));
}

/* Tells why it cannot be; `*fine`: it can. */
static int check(aq__sql_reader_t *reader, const aq__table_t *table, const PgQuery__IndexStmt *statement,
                 bool *fine)
{
    const char *missing = missing_column(table, statement->index_params, statement->n_index_params);
    const aq__index_t *twin = NULL;

    *fine = false;
    if (is_string(statement->idxname))
        twin =
            aq__sql_find_index(reader, table->schema != NULL ? table->schema : "public", statement->idxname);
    if (twin != NULL && statement->if_not_exists)
        return AQ_OK;
    if (twin != NULL)
        return aq__sql_tell(reader, 0, "index '%s': it is declared twice, first at %s; this one is left out",
                            aq__sql_described(reader, table->schema, statement->idxname),
                            aq__sql_place(reader, twin->source));
    if (missing == NULL)
        missing =
            missing_column(table, statement->index_including_params, statement->n_index_including_params);
    if (missing != NULL)
        return aq__sql_tell(reader, 0,
                            "%s: its index names the column '%s', which it does not have; it is left out",
                            aq__sql_described(reader, table->schema, table->name), missing);
    *fine = true;
    return AQ_OK;
}

int aq__sql_create_index(aq__sql_reader_t *reader, const PgQuery__IndexStmt *statement)
{
    const PgQuery__RangeVar *relation = statement->relation;
    aq__table_t *table = aq__sql_find_table(reader, relation->schemaname, relation->relname);
    bool fine;
    int code;

    if (table == NULL)
        return aq__sql_leave_out_missing(reader, relation);
    code = check(reader, table, statement, &fine);
    return code == AQ_OK && fine ? add_index(reader, table, statement) : code;
}
