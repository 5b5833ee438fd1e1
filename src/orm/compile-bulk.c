/* UPDATE and DELETE of all rows that a query's conditions find.
 *
 * The happy path: one table, and WHERE. A model with joined inheritance has several: what is set must be in one of them, and DELETE takes the rows of all of them, the base's last, in one statement. The failure modes: what these statements cannot
 * have: limits, orders, joins. */
#include "src/orm/compile.h"
#include "src/orm/session.h"

static bool check(aq__writer_t *writer, const aq_query_t *query, const char *verb)
{
    if (query->limit >= 0 || query->offset >= 0)
        aq__writer_fail(writer, AQ_EINVAL,
                        "%s being called on a query which already has LIMIT or OFFSET applied", verb);
    else if (query->orders.count > 0)
        aq__writer_fail(writer, AQ_EINVAL, "%s being called on a query which has ORDER BY applied", verb);
    else if (query->source_count > 1)
        aq__writer_fail(writer, AQ_EINVAL, "%s being called on a query which has joins", verb);
    else if (query->distinct || query->groups.count > 0 || query->havings.count > 0)
        aq__writer_fail(writer, AQ_EINVAL,
                        "%s being called on a query which has DISTINCT, GROUP BY or HAVING applied", verb);
    else if (query->columns.count > 0)
        aq__writer_fail(writer, AQ_EINVAL, "%s being called on a query which has columns", verb);
    return writer->code == AQ_OK;
}

/* ---- UPDATE ---------------------------------------------------------------------------------------------------------------------------- */

static const aq__field_t *assigned_field(aq__writer_t *writer, const aq_query_t *query,
                                         const aq_assignment_t *assignment)
{
    const aq__mapper_t *mapper = aq__mappers_find(writer->mappers, assignment->model);
    const aq__field_t *field;

    if (mapper == NULL) {
        aq__writer_fail_last(writer, AQ_EMAPPING);
        return NULL;
    }
    if (!aq__mapper_is_a(query->mapper, mapper)) {
        aq__writer_fail(writer, AQ_EINVAL, "update: the query is of '%s', not of '%s'", query->mapper->name,
                        mapper->name);
        return NULL;
    }
    field = aq__mapper_field_at(query->mapper, assignment->offset);
    if (field == NULL)
        aq__writer_fail(writer, AQ_EINVAL, "update: '%s' has no column at this member", mapper->name);
    return field;
}

static void write_assignment(aq__writer_t *writer, aq_query_t *query, const aq__scope_t *scope,
                             const aq_assignment_t *assignment, const aq__field_t *field)
{
    const aq__term_t *value = aq__term_assigned(query, assignment->value, field);

    if (value == NULL) {
        aq__writer_fail_last(writer, aq_last_error()->code);
        return;
    }
    aq__write(writer, field->sql);
    aq__write(writer, " = ");
    aq__write_term(writer, scope, value);
}

static const aq__table_use_t *use_of(const aq__use_t *use, const aq__table_t *table)
{
    for (size_t i = 0; i < use->table_count; i++)
        if (use->tables[i].table == table)
            return &use->tables[i];
    return NULL;
}

/* The model's other tables: " from employee where employee.id = manager.id". What goes before the next condition. */
static const char *write_others(aq__writer_t *writer, const aq__use_t *use, const aq__table_t *table)
{
    const aq__mapper_t *mapper = use->mapper;
    size_t written = 0;

    for (size_t i = 0; i < mapper->table_count; i++)
        if (mapper->tables[i].table != table)
            aq_text_appendf(&writer->sql, "%s%s", written++ == 0 ? " from " : ", ", mapper->tables[i].sql);
    for (size_t i = 1, links = 0; i < mapper->table_count; i++)
        for (size_t k = 0; k < mapper->key_count; k++)
            aq_text_appendf(&writer->sql, "%s%s.%s = %s.%s", links++ == 0 ? " where " : " and ",
                            use->tables[i].alias, mapper->tables[i].columns[mapper->tables[i].key[k]].sql,
                            use->tables[0].alias, mapper->tables[0].columns[mapper->tables[0].key[k]].sql);
    return written > 0 ? " and " : " where ";
}

static const char *table_sql(const aq__mapper_t *mapper, const aq__table_t *table)
{
    for (size_t i = 0; i < mapper->table_count; i++)
        if (mapper->tables[i].table == table)
            return mapper->tables[i].sql;
    return mapper->tables[0].sql;
}

void aq__write_update(aq__writer_t *writer, aq_query_t *query, const aq_assignment_t *assignments,
                      size_t count)
{
    const aq__field_t *first = NULL;
    aq__scope_t scope;

    if (query->sql != NULL)
        aq__writer_fail(writer, AQ_EINVAL, "update being called on a query of one's own SQL");
    if (writer->code != AQ_OK || !check(writer, query, "update"))
        return;
    if (count == 0)
        aq__writer_fail(writer, AQ_EINVAL, "update: there is nothing to set");
    aq__scope_open(writer, &scope, query, NULL, false);
    for (size_t i = 0; i < count && writer->code == AQ_OK; i++) {
        const aq__field_t *field = assigned_field(writer, query, &assignments[i]);

        if (field == NULL)
            return;
        if (first == NULL)
            aq_text_appendf(&writer->sql, "update %s set ",
                            table_sql(query->mapper, field->attribute->column->table));
        else if (first->attribute->column->table != field->attribute->column->table)
            aq__writer_fail(writer, AQ_EINVAL,
                            "update: '%s.%s' and '%s.%s' are in two tables: update them one after the other",
                            query->mapper->name, first->attribute->name, query->mapper->name,
                            field->attribute->name);
        aq__write(writer, first == NULL ? "" : ", ");
        first = first != NULL ? first : field;
        write_assignment(writer, query, &scope, &assignments[i], field);
    }
    if (writer->code == AQ_OK && use_of(&scope.uses[0], first->attribute->column->table) != NULL)
        aq__write_where(writer, query, &scope,
                        write_others(writer, &scope.uses[0], first->attribute->column->table));
}

/* ---- DELETE ------------------------------------------------------------------------------------------------------------------------------- */

static void write_delete_by_key(aq__writer_t *writer, const aq__mapper_t *mapper,
                                const aq__mapped_table_t *table)
{
    aq_text_appendf(&writer->sql, "delete from %s using aq_keys where ", table->sql);
    for (size_t i = 0; i < mapper->key_count; i++)
        aq_text_appendf(&writer->sql, "%s%s.%s = aq_keys.k%zu", i == 0 ? "" : " and ", table->name_sql,
                        table->columns[table->key[i]].sql, i + 1);
}

static bool is_behind(const aq__use_t *use, const aq__table_t *table)
{
    return use_of(use, table) != NULL && use_of(use, table) != &use->tables[0];
}

static void write_delete_of_tables(aq__writer_t *writer, const aq__use_t *use, const aq__mapper_t *mapper,
                                   size_t from, size_t *written)
{
    for (size_t i = from; i < mapper->table_count; i++)
        if (is_behind(use, mapper->tables[i].table)) {
            aq_text_appendf(&writer->sql, ", aq_deleted_%zu as (", ++*written);
            write_delete_by_key(writer, mapper, &mapper->tables[i]);
            aq__write(writer, ")");
        }
}

/* "with aq_keys as (select employee.id as k1 ...), aq_deleted_1 as (delete from manager using aq_keys ...) delete from employee using ..." */
static void write_delete_of_all(aq__writer_t *writer, const aq_query_t *query, const aq__scope_t *scope)
{
    const aq__mapper_t *mapper = query->mapper;
    size_t written = 0;

    aq__write(writer, "with aq_keys as (select ");
    for (size_t i = 0; i < mapper->key_count; i++) {
        aq__write(writer, i == 0 ? "" : ", ");
        aq__write_field(writer, &scope->uses[0], mapper->key[i]);
        aq_text_appendf(&writer->sql, " as k%zu", i + 1);
    }
    aq__write_body(writer, query, scope);
    aq__write(writer, ")");
    write_delete_of_tables(writer, &scope->uses[0], mapper, 1, &written);
    for (size_t i = 0; i < mapper->child_count; i++) /* each child's own table is its last */
        if (mapper->children[i]->model->inheritance == AQ__INHERITS_JOINED)
            write_delete_of_tables(writer, &scope->uses[0], mapper->children[i],
                                   mapper->children[i]->table_count - 1, &written);
    aq__write(writer, " ");
    write_delete_by_key(writer, mapper, &mapper->tables[0]);
}

void aq__write_delete(aq__writer_t *writer, const aq_query_t *query)
{
    aq__scope_t scope;

    if (!check(writer, query, "delete"))
        return;
    aq__scope_open(writer, &scope, query, NULL, query->mapper->child_count > 0);
    if (writer->code != AQ_OK)
        return;
    if (scope.uses[0].table_count > 1) {
        write_delete_of_all(writer, query, &scope);
        return;
    }
    aq_text_appendf(&writer->sql, "delete from %s", query->mapper->tables[0].sql);
    aq__write_where(writer, query, &scope, " where ");
}
