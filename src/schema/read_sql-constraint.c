/* Constraints: behind a column, in a table, by ALTER TABLE.
 *
 * The happy path: the columns are looked up, the constraint is added and gets its clauses. The failure modes: a column that the table does not have, a name that is taken, a
 * second primary key: the constraint is left out, and told. */
#include "src/schema/read_sql-private.h"

static bool is_string(const char *text)
{
    return text != NULL && text[0] != '\0';
}

static const char *kind_name(aq_constraint_kind_t kind)
{
    switch (kind) {
    case AQ_CONSTRAINT_PRIMARY_KEY: return "primary key";
    case AQ_CONSTRAINT_UNIQUE: return "unique constraint";
    case AQ_CONSTRAINT_FOREIGN_KEY: return "foreign key";
    case AQ_CONSTRAINT_CHECK: return "check";
    case AQ_CONSTRAINT_EXCLUDE: return "exclusion constraint";
    }
    return "constraint";
}

static aq_constraint_kind_t kind_of(const PgQuery__Constraint *declared)
{
    switch ((int)declared->contype) {
    case PG_QUERY__CONSTR_TYPE__CONSTR_PRIMARY: return AQ_CONSTRAINT_PRIMARY_KEY;
    case PG_QUERY__CONSTR_TYPE__CONSTR_UNIQUE: return AQ_CONSTRAINT_UNIQUE;
    case PG_QUERY__CONSTR_TYPE__CONSTR_FOREIGN: return AQ_CONSTRAINT_FOREIGN_KEY;
    case PG_QUERY__CONSTR_TYPE__CONSTR_EXCLUSION: return AQ_CONSTRAINT_EXCLUDE;
    default: return AQ_CONSTRAINT_CHECK;
    }
}

/* ---- Whether it can be added ---------------------------------------------------------------------------------------------------- */

typedef struct place {
    aq__table_t *table;
    aq__column_t *column;
    const PgQuery__Constraint *declared;
    aq_constraint_kind_t kind;
} place_t;

/* The first name of a list that is no column of the table; NULL: all are. */
static const char *missing(const aq__table_t *table, PgQuery__Node *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (names[i]->node_case == PG_QUERY__NODE__NODE_STRING &&
            aq__table_column(table, names[i]->string->sval) == NULL)
            return names[i]->string->sval;
    return NULL;
}

static const PgQuery__IndexElem *exclusion(const PgQuery__Constraint *declared, size_t i)
{
    return declared->exclusions[i]->list->items[0]->index_elem;
}

static const char *missing_column(const place_t *place)
{
    const PgQuery__Constraint *declared = place->declared;
    const char *name = missing(place->table, declared->keys, declared->n_keys);

    if (name == NULL)
        name = missing(place->table, declared->including, declared->n_including);
    if (name == NULL)
        name = missing(place->table, declared->fk_attrs, declared->n_fk_attrs);
    if (name == NULL)
        name = missing(place->table, declared->fk_del_set_cols, declared->n_fk_del_set_cols);
    for (size_t i = 0; i < declared->n_exclusions && name == NULL; i++)
        if (is_string(exclusion(declared, i)->name) &&
            aq__table_column(place->table, exclusion(declared, i)->name) == NULL)
            name = exclusion(declared, i)->name;
    return name;
}

/* Tells why it cannot be; `*fine`: it can. */
static int check(aq__sql_reader_t *reader, const place_t *place, bool *fine)
{
    const PgQuery__Constraint *declared = place->declared;
    const char *table = aq__sql_described(reader, place->table->schema, place->table->name),
               *name = missing_column(place);
    aq__constraint_t *twin =
        is_string(declared->conname) ? aq__table_constraint(place->table, declared->conname) : NULL;

    *fine = false;
    if (name != NULL)
        return aq__sql_tell(reader, declared->location,
                            "%s: its %s names the column '%s', which it does not have; it is left out", table,
                            kind_name(place->kind), name);
    if (twin != NULL)
        return aq__sql_tell(reader, declared->location,
                            "%s: the constraint '%s' is declared twice, first at %s; this one is left out",
                            table, twin->name, aq__sql_place(reader, twin->source));
    if (place->kind == AQ_CONSTRAINT_PRIMARY_KEY && place->table->primary_key != NULL)
        return aq__sql_tell(reader, declared->location,
                            "%s: it has two primary keys, the first at %s; this one is left out", table,
                            aq__sql_place(reader, place->table->primary_key->source));
    *fine = true;
    return AQ_OK;
}

/* ---- Its clauses ---------------------------------------------------------------------------------------------------------------- */

static int add_columns(aq__constraint_t *constraint, PgQuery__Node *const *names, size_t count,
                       int (*add)(aq__constraint_t *constraint, aq__column_t *column))
{
    for (size_t i = 0; i < count; i++)
        if (add(constraint, aq__table_column(constraint->table, names[i]->string->sval)) != AQ_OK)
            return AQ_ENOMEM;
    return AQ_OK;
}

static aq_action_t action_of(const char *letter)
{
    switch (letter[0]) {
    case 'r': return AQ_RESTRICT;
    case 'c': return AQ_CASCADE;
    case 'n': return AQ_SET_NULL;
    case 'd': return AQ_SET_DEFAULT;
    default: return AQ_NO_ACTION;
    }
}

/* The table may come later: then it is expected where it would be created now. */
static int read_foreign_key(aq__sql_reader_t *reader, aq__constraint_t *constraint,
                            const PgQuery__Constraint *declared)
{
    const PgQuery__RangeVar *name = declared->pktable;
    const aq__table_t *referred = aq__sql_find_table(reader, name->schemaname, name->relname);

    if (referred != NULL)
        constraint->referred_schema = referred->schema;
    else if (aq__sql_create_in(reader, name->schemaname, &constraint->referred_schema) != AQ_OK)
        return AQ_ENOMEM;
    constraint->referred_table = aq_arena_strdup(reader->metadata->arena, name->relname);
    if (constraint->referred_table == NULL)
        return AQ_ENOMEM;
    for (size_t i = 0; i < declared->n_pk_attrs; i++)
        if (aq__constraint_add_referred(constraint, declared->pk_attrs[i]->string->sval) != AQ_OK)
            return AQ_ENOMEM;
    constraint->on_delete = action_of(declared->fk_del_action);
    constraint->on_update = action_of(declared->fk_upd_action);
    constraint->match_full = declared->fk_matchtype[0] == 'f';
    if (add_columns(constraint, declared->fk_attrs, declared->n_fk_attrs, aq__constraint_add_column) != AQ_OK)
        return AQ_ENOMEM;
    return add_columns(constraint, declared->fk_del_set_cols, declared->n_fk_del_set_cols,
                       aq__constraint_add_on_delete_column);
}

/* "=", or "OPERATOR(public.&&)" */
static const char *operator_of(aq__sql_reader_t *reader, const PgQuery__Node *names)
{
    const PgQuery__List *list = names->list;
    const char *schema = aq__sql_first_name(list->items, list->n_items),
               *name = aq__sql_last_name(list->items, list->n_items);

    return schema == NULL || strcmp(schema, "pg_catalog") == 0
               ? aq_arena_strdup(reader->metadata->arena, name)
               : aq_arena_printf(reader->metadata->arena, "OPERATOR(%s.%s)", schema, name);
}

static int read_exclusion(aq__sql_reader_t *reader, aq__constraint_t *constraint,
                          const PgQuery__Constraint *declared)
{
    size_t count = reader->statement.count;
    size_t open = aq__sql_find(
        reader, aq__sql_find(reader, aq__sql_token_at(reader, declared->location), count, "exclude"), count,
        "(");
    size_t close = aq__sql_close(reader, open), from = open + 1,
           where = aq__sql_find(reader, close, count, "where");

    constraint->method = aq_arena_strdup(reader->metadata->arena, declared->access_method);
    if (constraint->method == NULL)
        return AQ_ENOMEM;
    for (size_t i = 0; i < declared->n_exclusions; i++) {
        size_t end = aq__sql_expression_end(reader, from);
        aq__part_t *part = aq__constraint_add_part(constraint);

        if (part == NULL ||
            aq__sql_read_part(reader, constraint->table, exclusion(declared, i), from, end, part) != AQ_OK)
            return AQ_ENOMEM;
        part->with = operator_of(reader, declared->exclusions[i]->list->items[1]);
        if (part->with == NULL)
            return AQ_ENOMEM;
        from = end + 1;
    }
    if (declared->where_clause == NULL)
        return AQ_OK;
    constraint->where = aq__sql_expression(reader, where + 2, aq__sql_close(reader, where + 1));
    return constraint->where != NULL ? AQ_OK : AQ_ENOMEM;
}

static int read_check(aq__sql_reader_t *reader, aq__constraint_t *constraint,
                      const PgQuery__Constraint *declared)
{
    constraint->check = aq__sql_in_brackets(reader, declared->location, "check");
    constraint->no_inherit = declared->is_no_inherit;
    return constraint->check != NULL ? AQ_OK : AQ_ENOMEM;
}

/* ... USING INDEX name: the index becomes the constraint. */
static int take_index(aq__sql_reader_t *reader, aq__constraint_t *constraint,
                      const PgQuery__Constraint *declared)
{
    aq__index_t *index = aq__table_index(constraint->table, declared->indexname);

    if (index == NULL)
        return aq__sql_tell(reader, declared->location, "%s: there is no index '%s'", constraint->table->name,
                            declared->indexname);
    for (size_t i = 0; i < index->part_count; i++)
        if (index->parts[i].column != NULL &&
            aq__constraint_add_column(constraint, index->parts[i].column) != AQ_OK)
            return AQ_ENOMEM;
    constraint->include = index->include;
    constraint->include_count = index->include_count;
    constraint->nulls_not_distinct = index->nulls_not_distinct;
    if (constraint->name == NULL)
        constraint->name = index->name;
    aq__sql_remove_index(index);
    return AQ_OK;
}

static int read_key(aq__sql_reader_t *reader, aq__constraint_t *constraint,
                    const PgQuery__Constraint *declared)
{
    constraint->nulls_not_distinct = declared->nulls_not_distinct;
    if (is_string(declared->indexname))
        return take_index(reader, constraint, declared);
    return add_columns(constraint, declared->keys, declared->n_keys, aq__constraint_add_column);
}

/* They stay so when the key is dropped. */
static void make_not_null(const aq__constraint_t *key)
{
    for (size_t i = 0; i < key->column_count; i++)
        key->columns[i]->not_null = true;
}

/* Storage is the table's business. */
static int tell_rest(aq__sql_reader_t *reader, const aq__constraint_t *constraint,
                     const PgQuery__Constraint *declared)
{
    int code = AQ_OK;

    if (declared->n_options > 0)
        code = aq__sql_tell(reader, declared->location, "%s: WITH (...) of its %s is left out",
                            constraint->table->name, kind_name(constraint->kind));
    if (code == AQ_OK && is_string(declared->indexspace))
        code = aq__sql_tell(reader, declared->location, "%s: TABLESPACE of its %s is left out",
                            constraint->table->name, kind_name(constraint->kind));
    return code;
}

static int read_clauses(aq__sql_reader_t *reader, aq__constraint_t *constraint,
                        const PgQuery__Constraint *declared)
{
    int code = AQ_OK;

    switch (constraint->kind) {
    case AQ_CONSTRAINT_PRIMARY_KEY:
    case AQ_CONSTRAINT_UNIQUE: code = read_key(reader, constraint, declared); break;
    case AQ_CONSTRAINT_FOREIGN_KEY: code = read_foreign_key(reader, constraint, declared); break;
    case AQ_CONSTRAINT_CHECK: code = read_check(reader, constraint, declared); break;
    case AQ_CONSTRAINT_EXCLUDE: code = read_exclusion(reader, constraint, declared); break;
    }
    if (code == AQ_OK && constraint->kind == AQ_CONSTRAINT_PRIMARY_KEY)
        make_not_null(constraint);
    if (code == AQ_OK)
        code =
            add_columns(constraint, declared->including, declared->n_including, aq__constraint_add_include);
    return code == AQ_OK ? tell_rest(reader, constraint, declared) : code;
}

/* In a table it is in the constraint; behind a column it is constraints of its own. */
static aq_deferrable_t deferrable_of(const PgQuery__Constraint *declared,
                                     const PgQuery__Constraint *const *attributes, size_t count)
{
    bool deferrable = declared->deferrable, deferred = declared->initdeferred;

    for (size_t i = 0; i < count; i++) {
        deferrable = deferrable || attributes[i]->contype == PG_QUERY__CONSTR_TYPE__CONSTR_ATTR_DEFERRABLE;
        deferred = deferred || attributes[i]->contype == PG_QUERY__CONSTR_TYPE__CONSTR_ATTR_DEFERRED;
    }
    return deferred ? AQ_INITIALLY_DEFERRED : deferrable ? AQ_INITIALLY_IMMEDIATE : AQ_NOT_DEFERRABLE;
}

int aq__sql_add_constraint(aq__sql_reader_t *reader, aq__table_t *table, aq__column_t *column,
                           const PgQuery__Constraint *declared, const PgQuery__Constraint *const *attributes,
                           size_t attribute_count)
{
    const place_t place = {table, column, declared, kind_of(declared)};
    aq__constraint_t *constraint;
    bool fine;
    int code = check(reader, &place, &fine);

    if (code != AQ_OK || !fine)
        return code;
    constraint = aq__table_add_constraint(table, place.kind, aq__sql_source(reader, declared->location));
    if (constraint == NULL)
        return AQ_ENOMEM;
    if (is_string(declared->conname)) {
        constraint->name = aq_arena_strdup(reader->metadata->arena, declared->conname);
        if (constraint->name == NULL)
            return AQ_ENOMEM;
    }
    constraint->name_final = constraint->name != NULL;
    constraint->deferrable = deferrable_of(declared, attributes, attribute_count);
    constraint->not_valid = declared->skip_validation && !declared->initially_valid;
    if (column != NULL && aq__constraint_add_column(constraint, column) != AQ_OK)
        return AQ_ENOMEM;
    return read_clauses(reader, constraint, declared);
}
