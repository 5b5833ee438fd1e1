/* COMMENT ON: of a table, a column, a constraint, an index, an enum or a sequence. Comments of a database, an
 * extension and the schema public are about nothing that metadata has, and need no word. */
#include "src/schema/read_sql-private.h"

typedef struct names {
    PgQuery__Node *const *items;
    size_t count;
} names_t;

/* The names that say what the comment is on; a type's are in a type name. */
static names_t names_of(const PgQuery__Node *object)
{
    if (object->node_case == PG_QUERY__NODE__NODE_LIST)
        return (names_t){object->list->items, object->list->n_items};
    if (object->node_case == PG_QUERY__NODE__NODE_TYPE_NAME)
        return (names_t){object->type_name->names, object->type_name->n_names};
    return (names_t){NULL, 0};
}

/* "id" of [..., "users", "id"] is on this table. */
static aq__table_t *table_of(aq__sql_reader_t *reader, names_t names)
{
    if (names.count < 2)
        return NULL;
    return aq__sql_find_table(reader, aq__sql_first_name(names.items, names.count - 1),
                              aq__sql_last_name(names.items, names.count - 1));
}

/* The comment of a constraint is kept under its name, so that it has one. */
static int find_constraint(aq__sql_reader_t *reader, names_t names, const char ***place)
{
    const aq__table_t *table = table_of(reader, names);
    const char *name = aq__sql_last_name(names.items, names.count);
    aq__constraint_t *constraint = NULL;

    if (table != NULL && aq__sql_find_constraint(reader, table, name, &constraint) != AQ_OK)
        return AQ_ENOMEM;
    if (constraint == NULL)
        return AQ_OK;
    if (constraint->name == NULL) {
        constraint->name = aq_arena_strdup(reader->metadata->arena, name);
        constraint->name_final = true;
        if (constraint->name == NULL)
            return AQ_ENOMEM;
    }
    *place = &constraint->comment;
    return AQ_OK;
}

static int find_sequence(aq__sql_reader_t *reader, names_t names, const char ***place)
{
    const char *schema = aq__sql_first_name(names.items, names.count),
               *name = aq__sql_last_name(names.items, names.count);
    aq__sequence_t *sequence = aq__sql_find_sequence(reader, schema, name), *copy;
    aq__column_t *column;

    if (sequence != NULL) {
        *place = &sequence->comment;
        return AQ_OK;
    }
    column = aq__sql_sequence_column(reader, schema, name);
    if (column == NULL)
        return AQ_OK;
    copy = aq_arena_calloc(reader->metadata->arena, 1, sizeof(*copy));
    if (copy == NULL)
        return AQ_ENOMEM;
    if (column->sequence != NULL)
        *copy = *column->sequence;
    column->sequence = copy;
    *place = &copy->comment;
    return AQ_OK;
}

/* Where the comment is kept; `*place` stays NULL where there is no such thing. */
static int find(aq__sql_reader_t *reader, PgQuery__ObjectType type, names_t names, const char ***place)
{
    const char *schema = aq__sql_first_name(names.items, names.count),
               *name = aq__sql_last_name(names.items, names.count);
    aq__table_t *table;
    aq__column_t *column;
    aq__index_t *index;
    aq__enum_t *enumeration;

    switch ((int)type) {
    case PG_QUERY__OBJECT_TYPE__OBJECT_TABLE:
        table = aq__sql_find_table(reader, schema, name);
        *place = table != NULL ? &table->comment : NULL;
        return AQ_OK;
    case PG_QUERY__OBJECT_TYPE__OBJECT_COLUMN:
        table = table_of(reader, names);
        column = table != NULL ? aq__table_column(table, name) : NULL;
        *place = column != NULL ? &column->comment : NULL;
        return AQ_OK;
    case PG_QUERY__OBJECT_TYPE__OBJECT_INDEX:
        index = aq__sql_find_index(reader, schema, name);
        *place = index != NULL ? &index->comment : NULL;
        return AQ_OK;
    case PG_QUERY__OBJECT_TYPE__OBJECT_TYPE:
        enumeration = aq__sql_find_enum(reader, schema, name);
        *place = enumeration != NULL ? &enumeration->comment : NULL;
        return AQ_OK;
    case PG_QUERY__OBJECT_TYPE__OBJECT_TABCONSTRAINT: return find_constraint(reader, names, place);
    case PG_QUERY__OBJECT_TYPE__OBJECT_SEQUENCE: return find_sequence(reader, names, place);
    default: return AQ_OK;
    }
}

/* Of a table that was left out, or of what it has. */
static bool is_of_left_out(const aq__sql_reader_t *reader, PgQuery__ObjectType type, names_t names)
{
    bool of_part =
        type == PG_QUERY__OBJECT_TYPE__OBJECT_COLUMN || type == PG_QUERY__OBJECT_TYPE__OBJECT_TABCONSTRAINT;
    size_t count = names.count - (of_part && names.count > 0);

    return (of_part || type == PG_QUERY__OBJECT_TYPE__OBJECT_TABLE) &&
           aq__sql_is_left_out(reader, aq__sql_first_name(names.items, count),
                               aq__sql_last_name(names.items, count));
}

/* That of public is the server's own. */
static bool is_ignored(const PgQuery__CommentStmt *statement)
{
    const PgQuery__Node *object = statement->object;

    return statement->objtype == PG_QUERY__OBJECT_TYPE__OBJECT_EXTENSION ||
           statement->objtype == PG_QUERY__OBJECT_TYPE__OBJECT_DATABASE ||
           (statement->objtype == PG_QUERY__OBJECT_TYPE__OBJECT_SCHEMA &&
            object->node_case == PG_QUERY__NODE__NODE_STRING && strcmp(object->string->sval, "public") == 0);
}

int aq__sql_comment(aq__sql_reader_t *reader, const PgQuery__CommentStmt *statement)
{
    const names_t names = names_of(statement->object);
    const char **place = NULL;

    if (is_ignored(statement))
        return AQ_OK;
    if (find(reader, statement->objtype, names, &place) != AQ_OK)
        return AQ_ENOMEM;
    if (place == NULL && is_of_left_out(reader, statement->objtype, names))
        return AQ_OK;
    if (place == NULL)
        return aq__sql_leave_out(reader, "there is no such thing that could have it");
    *place = NULL;
    if (statement->comment[0] == '\0') /* IS NULL, and '' is the same */
        return AQ_OK;
    *place = aq_arena_strdup(reader->metadata->arena, statement->comment);
    return *place != NULL ? AQ_OK : AQ_ENOMEM;
}
